/* SPDX-License-Identifier: Apache-2.0 */
/* Halls, matters, which kiosk stands where, and the numbers that it gives out by itself. */
#include "platform/queue/queues.h"
#include "platform/queue/appointments.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/keys/pki.h"
#include "sync/signed.h"
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

bool queues_hall_put(struct db *db, const struct hall_row *row, GError **error)
{
    if (!matter_code_valid(row->id) || *row->name_zh == '\0' ||
        *row->name_en == '\0' || row->open_min < 0 || row->close_min > 1440 || row->open_min >= row->close_min)
        return platform_refuse(error, "a hall has an id of letters and digits, names in both languages, and opens before it closes");
    g_autoptr(GPtrArray) matters = db_hall_put(db, row, error) && db_change_add(db, "queue", row->id, error) ? db_matters(db, error) : NULL;
    bool ok = matters != NULL;
    for (guint i = 0; ok && i < matters->len; i++) /* they say where one has to go */
        ok = db_change_add(db, "matter", g_ptr_array_index(matters, i), error);
    return ok;
}

bool queues_kiosk_put(struct db *db, const char *kiosk, const char *hall, int64_t own, GError **error)
{
    struct kiosk_row known;
    struct hall_row row;
    bool found;

    if (!db_kiosk_find(db, kiosk, &known, &found, error))
        return false;
    if (!found || own < 0 || own > 200)
        return platform_refuse(error, !found ? "no such kiosk" : "a kiosk gets at most 200 numbers of a letter and day");
    if (*hall == '\0')
        return db_hall_kiosk_set(db, kiosk, hall, 0, error) && db_meta_set(db, QUEUE_HANDED_OUT, "", error);
    if (!db_hall_find(db, hall, &row, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "no such hall");
    return db_hall_kiosk_set(db, kiosk, hall, own, error) && db_meta_set(db, QUEUE_HANDED_OUT, "", error) && db_change_add(db, "queue", hall, error);
}

/* The letter stands in numbers that are open, and where it is done is where they are called. */
bool queues_matter_put(struct db *db, const struct matter *matter, bool retired, int64_t now_ms, GError **error)
{
    if (!retired && matter->no_show_limit > 0 && (matter->no_show_window_days == 0 || matter->ban_days == 0))
        return platform_refuse(error, "with a no_show_limit, no_show_window_days and ban_days are one day at least");
    for (size_t i = 0; i < matter->place_count; i++) {
        struct hall_row hall;
        bool found;

        if (!db_hall_find(db, matter->places[i], &hall, &found, error))
            return false;
        if (!found)
            return platform_refuse(error, "a matter names a hall that there is not");
    }
    return db_matter_set(db, matter, retired ? now_ms : 0, error) && db_meta_set(db, QUEUE_HANDED_OUT, "", error) &&
           db_change_add(db, "matter", matter->code, error);
}

/* ---- Kiosks' own numbers ---- */

static bool issue(struct platform *platform, const char *kiosk, struct queue_ranges *ranges, int64_t newest, int64_t now_ms, GError **error)
{
    g_strlcpy(ranges->kiosk, kiosk, sizeof ranges->kiosk);
    ranges->version = MAX(newest + 1, now_ms);
    ranges->issued_ms = now_ms;
    json_t *json = queue_ranges_to_json(ranges);
    char *payload = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    g_autofree char *signature = payload != NULL ? pki_sign(platform->sign_key, payload, strlen(payload), error) : NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    bool ok = signature != NULL && signed_key_id(platform->sign_public, key_id) &&
              db_queue_issue_add(platform->db, ranges, payload, signature, key_id, error) &&
              db_change_add(platform->db, "numbers", kiosk, error);

    free(payload);
    json_decref(json);
    return ok;
}

/* The newest that it was told; version 0: nothing. */
static bool told_last(struct db *db, const char *kiosk, struct queue_ranges *out, GError **error)
{
    GError *trouble = NULL;
    json_t *envelope = db_queue_envelope(db, kiosk, &trouble);
    const char *payload = json_string_value(json_object_get(envelope, "payload"));
    json_t *json = payload != NULL ? json_loads(payload, 0, NULL) : NULL;
    bool ok = envelope == NULL ? trouble == NULL : json != NULL && queue_ranges_from_json(json, out);

    if (trouble != NULL)
        g_propagate_error(error, trouble);
    else if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "what kiosk %s was told of its numbers is damaged", kiosk);
    json_decref(json);
    json_decref(envelope);
    return ok;
}

/* From `today` on: what was before is nothing that counts. */
static bool ranges_same(const struct queue_ranges *told, const struct queue_ranges *now, uint32_t today)
{
    size_t at = 0;

    for (size_t i = 0; i < told->count; i++) {
        const struct queue_range *a = &told->ranges[i], *b = &now->ranges[at];

        if (a->day < today)
            continue;
        if (at == now->count || a->day != b->day || a->letter != b->letter || a->from_no != b->from_no || a->to_no != b->to_no)
            return false;
        at++;
    }
    return at == now->count && strcmp(told->place, now->place) == 0;
}

/* An envelope when the newest one is not what holds now; *given: it was. In no hall it has no numbers of the last one. */
static bool tell(struct platform *platform, const char *kiosk, const char *hall, int64_t now_ms, bool *given, GError **error)
{
    g_autofree struct queue_ranges *now = g_new0(struct queue_ranges, 1), *told = g_new0(struct queue_ranges, 1);

    if (!told_last(platform->db, kiosk, told, error))
        return false;
    g_strlcpy(now->place, *hall != '\0' ? hall : told->place, sizeof now->place);
    if (*hall != '\0' && !db_queue_ranges(platform->db, kiosk, date_of_ms(now_ms), now, error))
        return false;
    *given = told->version == 0 ? now->count > 0 : !ranges_same(told, now, date_of_ms(now_ms));
    return !*given || issue(platform, kiosk, now, told->version, now_ms, error);
}

/* Letters of what is done in this hall: a set of bits, A first. */
static bool letters_of(struct db *db, const char *hall, unsigned *letters, GError **error)
{
    g_autoptr(GPtrArray) codes = db_matters(db, error);
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    bool ok = codes != NULL;

    *letters = 0;
    for (guint i = 0; ok && i < codes->len; i++) {
        bool retired, found;

        ok = db_matter_find(db, g_ptr_array_index(codes, i), matter, &retired, &found, error);
        if (ok && found && matter_at(matter, hall))
            *letters |= 1u << (matter->group - 'A');
    }
    return ok;
}

/* ---- After a restore ---- */

#define JUMP 200 /* more than are given out in the time that can be gone */

static bool hall_jump(struct db *db, const char *hall, int64_t now_ms, GError **error)
{
    unsigned letters = 0;
    int64_t own = 0;
    bool ok = letters_of(db, hall, &letters, error) && db_queue_own_of_hall(db, hall, &own, error);

    for (int i = 0; ok && i < QUEUE_DAYS_AHEAD; i++)
        for (char letter = 'A'; ok && letter <= 'Z'; letter++)
            if ((letters & (1u << (letter - 'A'))) != 0) /* of later days only kiosks had any */
                ok = db_queue_line_jump(db, hall, date_of_ms(now_ms + i * DAY_MS), letter, i == 0 ? JUMP : 0, MIN(own, JUMP), error);
    return ok;
}

bool queues_restored(struct db *db, int64_t now_ms, GError **error)
{
    g_autoptr(GPtrArray) halls = db_halls(db, error);
    bool ok = halls != NULL;

    for (guint i = 0; ok && i < halls->len; i++)
        ok = hall_jump(db, g_ptr_array_index(halls, i), now_ms, error);
    return ok && appointments_restored(db, now_ms, error) && db_queue_ranges_close_all(db, error) && db_meta_set(db, QUEUE_HANDED_OUT, "", error);
}

/* ---- Giving ---- */

struct giving {
    const char *kiosk;
    char hall[QUEUE_PLACE_SIZE];
    int64_t own;
};

static bool give_day(struct db *db, const struct giving *giving, unsigned letters, uint32_t day, GError **error)
{
    for (char letter = 'A'; letter <= 'Z'; letter++) {
        const struct queue_range like = {.day = day, .letter = letter};
        bool has = true, one = false;

        if ((letters & (1u << (letter - 'A'))) == 0)
            continue;
        if (!db_queue_range_has(db, giving->kiosk, giving->hall, day, letter, &has, error) ||
            (!has && !db_queue_range_give(db, giving->kiosk, giving->hall, &like, giving->own, &one, error)))
            return false;
    }
    return true;
}

bool queues_ranges_give(struct platform *platform, const char *kiosk, int64_t now_ms, bool *given, GError **error)
{
    struct giving giving = {.kiosk = kiosk};
    struct kiosk_row row;
    unsigned letters = 0;
    bool found;

    *given = false;
    if (!db_kiosk_find(platform->db, kiosk, &row, &found, error) || !db_hall_of_kiosk(platform->db, kiosk, giving.hall, &giving.own, error))
        return false;
    bool gives = giving.own > 0 && found && strcmp(row.state, "ENROLLED") == 0;
    if (gives && !letters_of(platform->db, giving.hall, &letters, error))
        return false;
    for (int i = 0; gives && i < QUEUE_DAYS_AHEAD; i++)
        if (!give_day(platform->db, &giving, letters, date_of_ms(now_ms + i * DAY_MS), error))
            return false;
    return tell(platform, kiosk, giving.hall, now_ms, given, error);
}

bool queues_close(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    char hall[QUEUE_PLACE_SIZE];
    int64_t own;
    bool told;

    return db_queue_ranges_close(platform->db, kiosk, error) && db_hall_of_kiosk(platform->db, kiosk, hall, &own, error) &&
           tell(platform, kiosk, hall, now_ms, &told, error) && db_meta_set(platform->db, QUEUE_HANDED_OUT, "", error);
}
