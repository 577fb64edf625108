/* SPDX-License-Identifier: Apache-2.0 */
#include "model/matter.h"

#include "model/model.h"
#include "model/strict.h"

#include <string.h>

static const char *const KIOSK_NAMES[] = {"no", "part", "yes"};
G_STATIC_ASSERT(G_N_ELEMENTS(KIOSK_NAMES) == MATTER_KIOSKS);

#define FEE_MAX INT64_C(100000000)
G_STATIC_ASSERT(MATTER_CODE_SIZE == QUEUE_PLACE_SIZE);

/* ---- A matter ---- */

static bool words_read(json_t *json, bool needed, struct matter_words *out)
{
    struct strict r = strict_open(json);

    strict_words(&r, "zh", out->zh, sizeof out->zh);
    strict_words(&r, "en", out->en, sizeof out->en);
    return strict_done(&r) && (*out->zh == '\0') == (*out->en == '\0') && (!needed || *out->zh != '\0');
}

static bool papers_read(json_t *json, struct matter *out)
{
    out->paper_count = json_array_size(json);
    if (!json_is_array(json) || out->paper_count > MATTER_PAPERS_MAX)
        return false;
    for (size_t i = 0; i < out->paper_count; i++)
        if (!words_read(json_array_get(json, i), true, &out->papers[i]))
            return false;
    return true;
}

bool matter_code_valid(const char *code)
{
    size_t len = code != NULL ? strlen(code) : 0;

    return len > 0 && len < MATTER_CODE_SIZE &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

static bool places_read(json_t *json, struct matter *out)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > MATTER_PLACES_MAX)
        return false;
    for (out->place_count = 0; out->place_count < count; out->place_count++) {
        const char *id = json_string_value(json_array_get(json, out->place_count));

        if (!matter_code_valid(id) || matter_at(out, id))
            return false;
        g_strlcpy(out->places[out->place_count], id, QUEUE_PLACE_SIZE);
    }
    return true;
}

static void rules_read(struct strict *r, struct matter *out)
{
    out->lead_days_min = (int)strict_int(r, "lead_days_min", 0, 365);
    out->horizon_workdays = (int)strict_int(r, "horizon_workdays", 0, 365);
    out->cancel_hours = (int)strict_int(r, "cancel_hours", 0, 720);
    out->max_per_day = (int)strict_int(r, "max_per_day", 1, 100);
    out->no_show_limit = (int)strict_int(r, "no_show_limit", 0, 100);
    out->no_show_window_days = (int)strict_int(r, "no_show_window_days", 0, 3650);
    out->ban_days = (int)strict_int(r, "ban_days", 0, 3650);
}

bool matter_from_json(json_t *json, struct matter *out)
{
    g_autofree struct matter *read = g_new0(struct matter, 1);
    struct strict r = strict_open(json);
    char group[2] = "";

    strict_text(&r, "code", 1, read->code, sizeof read->code);
    strict_text(&r, "group", 1, group, sizeof group);
    read->group = group[0];
    bool words = words_read(strict_take(&r, "name"), true, &read->name) && words_read(strict_take(&r, "dept"), false, &read->dept) &&
                 words_read(strict_take(&r, "fee_note"), false, &read->fee_note) && papers_read(strict_take(&r, "papers"), read) &&
                 places_read(strict_take(&r, "places"), read);
    read->fee_fen = strict_int(&r, "fee_fen", 0, FEE_MAX);
    read->days = (int)strict_int(&r, "days", 0, 3650);
    read->kiosk = (enum matter_kiosk)strict_name(&r, "kiosk_can", KIOSK_NAMES, MATTER_KIOSKS);
    read->own_only = strict_bool(&r, "own_only");
    rules_read(&r, read);
    if (!words || !strict_done(&r) || !queue_letter_valid(read->group) || !matter_code_valid(read->code))
        return false;
    *out = *read;
    return true;
}

static json_t *words_json(const struct matter_words *words)
{
    return json_pack("{s:s, s:s}", "zh", words->zh, "en", words->en);
}

json_t *matter_to_json(const struct matter *matter)
{
    json_t *papers = json_array(), *places = json_array();
    const char group[2] = {matter->group, '\0'};

    for (size_t i = 0; i < matter->paper_count; i++)
        json_array_append_new(papers, words_json(&matter->papers[i]));
    for (size_t i = 0; i < matter->place_count; i++)
        json_array_append_new(places, json_string(matter->places[i]));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:i, s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "code", matter->code,
                     "group", group, "name", words_json(&matter->name), "dept", words_json(&matter->dept), "fee_note",
                     words_json(&matter->fee_note), "papers", papers, "places", places, "fee_fen", (json_int_t)matter->fee_fen, "days",
                     matter->days, "kiosk_can", names_at(KIOSK_NAMES, MATTER_KIOSKS, matter->kiosk), "own_only", matter->own_only,
                     "lead_days_min", matter->lead_days_min, "horizon_workdays", matter->horizon_workdays, "cancel_hours",
                     matter->cancel_hours, "max_per_day", matter->max_per_day, "no_show_limit", matter->no_show_limit,
                     "no_show_window_days", matter->no_show_window_days, "ban_days", matter->ban_days);
}

bool matter_at(const struct matter *matter, const char *place)
{
    for (size_t i = 0; i < matter->place_count; i++)
        if (strcmp(matter->places[i], place) == 0)
            return true;
    return false;
}

/* ---- Ranges ---- */

static bool meet(const struct queue_range *a, const struct queue_range *b)
{
    return a->day == b->day && a->letter == b->letter && a->from_no <= b->to_no && b->from_no <= a->to_no;
}

static bool range_read(json_t *json, struct queue_ranges *into)
{
    struct queue_range *range = &into->ranges[into->count];
    struct strict r = strict_open(json);
    char letter[2] = "";

    range->day = (uint32_t)strict_int(&r, "day", 19700101, 99991231);
    strict_text(&r, "group", 1, letter, sizeof letter);
    range->letter = letter[0];
    range->from_no = (int)strict_int(&r, "from", 1, QUEUE_NO_MAX);
    range->to_no = (int)strict_int(&r, "to", 1, QUEUE_NO_MAX);
    if (!strict_done(&r) || !date_valid(range->day) || !queue_letter_valid(range->letter) || range->from_no > range->to_no)
        return false;
    for (size_t i = 0; i < into->count; i++)
        if (meet(&into->ranges[i], range))
            return false;
    into->count++;
    return true;
}

bool queue_ranges_from_json(json_t *json, struct queue_ranges *out)
{
    g_autofree struct queue_ranges *read = g_new0(struct queue_ranges, 1);
    struct strict r = strict_open(json);

    read->version = strict_int(&r, "version", 1, INT64_MAX);
    strict_text(&r, "kiosk", 1, read->kiosk, sizeof read->kiosk);
    strict_text(&r, "place", 1, read->place, sizeof read->place);
    read->issued_ms = strict_int(&r, "issued_at", 0, STRICT_MS_MAX);
    json_t *list = strict_take(&r, "ranges");
    size_t count = json_array_size(list);
    bool good = json_is_array(list) && count <= QUEUE_RANGES_MAX && strict_done(&r);
    for (size_t i = 0; good && i < count; i++)
        good = range_read(json_array_get(list, i), read);
    if (good)
        *out = *read;
    return good;
}

json_t *queue_ranges_to_json(const struct queue_ranges *ranges)
{
    json_t *list = json_array();

    for (size_t i = 0; i < ranges->count; i++) {
        const char letter[2] = {ranges->ranges[i].letter, '\0'};
        json_array_append_new(list, json_pack("{s:i, s:s, s:i, s:i}", "day", (int)ranges->ranges[i].day, "group", letter, "from", ranges->ranges[i].from_no, "to",
                                              ranges->ranges[i].to_no));
    }
    return json_pack("{s:I, s:s, s:s, s:I, s:o}", "version", (json_int_t)ranges->version, "kiosk", ranges->kiosk, "place",
                     ranges->place, "issued_at", (json_int_t)ranges->issued_ms, "ranges", list);
}
