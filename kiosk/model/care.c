/* SPDX-License-Identifier: Apache-2.0 */
#include "model/care.h"

#include "model/model.h"
#include "model/strict.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)

static const char *const LEVEL_NAMES[] = {"high", "key", "general"};
static const char *const KIND_NAMES[] = {"home", "phone", "video", "third", "kiosk"};
static const char *const RESULT_NAMES[] = {"well", "help_needed", "major_change", "not_met", "died", "moved", "declined"};
static const char *const ITEM_NAMES[] = {"meals", "bath",  "cleaning", "haircut",    "escort", "medicine", "repair", "company", "safe_home",
                                         "alone", "very_old", "illness", "disability", "memory", "fall",     "fire",   "poor",    "grief"};
static const char *const URGENCY_NAMES[] = {"later", "soon", "overdue", "urgent"};
static const char *const CODE_NAMES[] = {"CARE_OK", "CARE_ENDED", "CARE_CONSENT", "CARE_SAME_DAY", "CARE_EARLY", "CARE_TIME", "CARE_NEXT"};
G_STATIC_ASSERT(G_N_ELEMENTS(LEVEL_NAMES) == CARE_LEVELS);
G_STATIC_ASSERT(G_N_ELEMENTS(KIND_NAMES) == CARE_KINDS);
G_STATIC_ASSERT(G_N_ELEMENTS(RESULT_NAMES) == CARE_RESULTS);
G_STATIC_ASSERT(G_N_ELEMENTS(ITEM_NAMES) == CARE_ITEMS);
G_STATIC_ASSERT(G_N_ELEMENTS(URGENCY_NAMES) == CARE_URGENCIES);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == CARE_CODES);

const char *care_level_name(enum care_level level)
{
    return names_at(LEVEL_NAMES, CARE_LEVELS, level);
}

const char *care_kind_name(enum care_kind kind)
{
    return names_at(KIND_NAMES, CARE_KINDS, kind);
}

const char *care_result_name(enum care_result result)
{
    return names_at(RESULT_NAMES, CARE_RESULTS, result);
}

const char *care_urgency_name(enum care_urgency urgency)
{
    return names_at(URGENCY_NAMES, CARE_URGENCIES, urgency);
}

const char *care_item_name(enum care_item item)
{
    return names_at(ITEM_NAMES, CARE_ITEMS, item);
}

const char *care_code_name(enum care_code code)
{
    return names_at(CODE_NAMES, CARE_CODES, code);
}

bool care_level_parse(const char *name, enum care_level *out)
{
    unsigned at = 0;

    if (name == NULL || !names_find(LEVEL_NAMES, CARE_LEVELS, name, &at))
        return false;
    *out = (enum care_level)at;
    return true;
}

bool care_kind_parse(const char *name, enum care_kind *out)
{
    unsigned at = 0;

    if (name == NULL || !names_find(KIND_NAMES, CARE_KINDS, name, &at))
        return false;
    *out = (enum care_kind)at;
    return true;
}

bool care_result_parse(const char *name, enum care_result *out)
{
    unsigned at = 0;

    if (name == NULL || !names_find(RESULT_NAMES, CARE_RESULTS, name, &at))
        return false;
    *out = (enum care_result)at;
    return true;
}

/* ---- Until when ---- */

/* The same day so many months later, or the last one of that month. */
static uint32_t months_later(uint32_t date, unsigned months)
{
    uint32_t month = date / 100 % 100 - 1 + months, day = date % 100;
    uint32_t first = (date / 10000 + month / 12) * 10000 + (month % 12 + 1) * 100;

    while (day > 28 && !date_valid(first + day))
        day--;
    return first + day;
}

uint32_t care_next(enum care_level level, uint32_t date)
{
    switch (level) {
    case CARE_HIGH:
        return date_of_ms(ms_of_date(date) + 7 * DAY_MS);
    case CARE_KEY:
        return months_later(date, 1);
    default:
        return months_later(date, 3);
    }
}

/* The last moment of a day. */
static int64_t end_of(uint32_t date)
{
    return ms_of_date(date) + DAY_MS - 1;
}

int64_t care_due_ms(const struct care *care)
{
    int64_t due_ms;

    if (care->ended_ms != 0 || !care->consent)
        return 0;
    /* The level may have become a closer one since a day was chosen; what began anew does not count from before. */
    due_ms = end_of(care_next(care->level, MAX(care->last, care->began)));
    if (care->chosen != 0)
        due_ms = MIN(due_ms, end_of(care->chosen));
    if (care->extra != 0)
        due_ms = MIN(due_ms, end_of(care->extra));
    return care->changed_ms != 0 ? MIN(due_ms, care->changed_ms + CARE_URGENT_MS) : due_ms;
}

enum care_urgency care_urgency(const struct care *care, int64_t seen_ms, int64_t now_ms)
{
    int64_t due_ms = care_due_ms(care);

    if (due_ms == 0)
        return CARE_LATER;
    if (care->changed_ms != 0)
        return CARE_URGENT;
    if (now_ms <= due_ms)
        return due_ms - now_ms <= CARE_SOON_MS ? CARE_SOON : CARE_LATER;
    return seen_ms != 0 && date_of_ms(seen_ms) == date_of_ms(now_ms) ? CARE_SOON : CARE_OVERDUE;
}

/* ---- Visits ---- */

bool care_contact(const struct care_visit *visit)
{
    return visit->kind != CARE_KIOSK && visit->result != CARE_NOT_MET;
}

static bool ends(enum care_result result)
{
    return result == CARE_DIED || result == CARE_MOVED || result == CARE_DECLINED;
}

static enum care_code visit_judge(const struct care *care, const struct care_visit *visit, int64_t told_ms)
{
    uint32_t date = date_of_ms(visit->at_ms);

    if (visit->at_ms > told_ms || visit->at_ms < told_ms - CARE_TOLD_LATE_MS)
        return CARE_TIME;
    if (date < care->began)
        return CARE_EARLY;
    if (!care->consent)
        return CARE_CONSENT;
    if (care->ended_ms != 0 && visit->at_ms >= care->ended_ms)
        return CARE_ENDED;
    if (care_contact(visit) && date == care->last)
        return CARE_SAME_DAY;
    if (visit->next != 0 && (!care_contact(visit) || visit->next <= date || visit->next > care_next(care->level, date)))
        return CARE_NEXT;
    return CARE_OK;
}

/* What was asked for before somebody was there is done with it. */
static void contact_take(struct care *care, const struct care_visit *visit)
{
    uint32_t date = date_of_ms(visit->at_ms);

    if (date > care->last) {
        care->last = date;
        care->chosen = visit->next;
    }
    if (visit->at_ms >= care->extra_ms) {
        care->extra = 0;
        care->extra_ms = 0;
    }
    if (visit->at_ms >= care->changed_ms)
        care->changed_ms = 0;
}

enum care_code care_visited(struct care *care, const struct care_visit *visit, int64_t told_ms)
{
    enum care_code code = visit_judge(care, visit, told_ms);
    bool newest = date_of_ms(visit->at_ms) >= care->last;

    if (code != CARE_OK)
        return code;
    if (care_contact(visit))
        contact_take(care, visit);
    if (visit->result == CARE_MAJOR_CHANGE && newest)
        care->changed_ms = MAX(care->changed_ms, visit->at_ms);
    if (ends(visit->result))
        care->ended_ms = visit->at_ms;
    return CARE_OK;
}

enum care_code care_changed(struct care *care, int64_t at_ms)
{
    if (care->ended_ms != 0)
        return CARE_ENDED;
    if (!care->consent)
        return CARE_CONSENT;
    care->changed_ms = MAX(care->changed_ms, at_ms);
    return CARE_OK;
}

/* ---- JSON ---- */

char *care_items_text(unsigned items)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < CARE_ITEMS; i++)
        if ((items & CARE_ITEM(i)) != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? "," : "", ITEM_NAMES[i]);
    return g_string_free(out, FALSE);
}

bool care_items_parse(const char *text, unsigned *out)
{
    g_auto(GStrv) names = g_strsplit(text, ",", CARE_ITEMS + 1);
    unsigned items = 0, at = 0;

    for (size_t i = 0; names[i] != NULL; i++) {
        if (!names_find(ITEM_NAMES, CARE_ITEMS, names[i], &at) || (items & CARE_ITEM(at)) != 0)
            return false;
        items |= CARE_ITEM(at);
    }
    *out = items;
    return true;
}

json_t *care_visit_to_json(const struct care_visit *visit)
{
    g_autofree char *found = care_items_text(visit->found), *closed = care_items_text(visit->closed);

    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "care", visit->care, "staff", visit->staff, "kind",
                     care_kind_name(visit->kind), "result", care_result_name(visit->result), "at_ms", (json_int_t)visit->at_ms, "next",
                     (json_int_t)visit->next, "care_found", found, "care_closed", closed, "description", visit->words);
}

static void items_take(struct strict *r, const char *key, unsigned *out)
{
    char text[CARE_ITEMS_SIZE] = "";

    *out = 0;
    strict_text(r, key, 0, text, sizeof text);
    if (!care_items_parse(text, out))
        r->ok = false;
}

bool care_visit_from_json(json_t *json, struct care_visit *out)
{
    struct strict r = strict_open(json);

    memset(out, 0, sizeof *out);
    strict_uuid(&r, "care", out->care);
    strict_text(&r, "staff", 1, out->staff, sizeof out->staff);
    out->kind = (enum care_kind)strict_name(&r, "kind", KIND_NAMES, CARE_KINDS);
    out->result = (enum care_result)strict_name(&r, "result", RESULT_NAMES, CARE_RESULTS);
    out->at_ms = strict_int(&r, "at_ms", 0, STRICT_MS_MAX);
    out->next = (uint32_t)strict_int(&r, "next", 0, 99991231);
    items_take(&r, "care_found", &out->found);
    items_take(&r, "care_closed", &out->closed);
    strict_words(&r, "description", out->words, sizeof out->words);
    return strict_done(&r) && (out->found & out->closed) == 0 && (out->next == 0 || date_valid(out->next));
}
