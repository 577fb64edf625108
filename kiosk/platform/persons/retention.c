/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/retention.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

#define DAY_MS   INT64_C(86400000)
#define AT_ONCE  500 /* rows of a transaction: nobody waits long for the lock */

static const struct {
    const char *name;
    int64_t days;
} KINDS[] = {
    [KEPT_CHALLENGE] = {"challenges", 1},
    [KEPT_FAILURE] = {"wrong answers", 1},
    [KEPT_SESSION] = {"sessions", 30},
    [KEPT_ANSWER] = {"idempotency keys", 7},
    [KEPT_LETTER] = {"dead letters", 180},
    [KEPT_CODE] = {"enrolment codes", 1},
    [KEPT_ACCESS] = {"access log", 3 * 365},
    [KEPT_READER] = {"readers of notices", 180},
    [KEPT_FILE] = {"files without a use", 30},
    [KEPT_PHOTO] = {"photos of tickets", 365},
    [KEPT_PERSON] = {"people who left", 180},
};
G_STATIC_ASSERT(G_N_ELEMENTS(KINDS) == KEPTS);

const char *retention_name(enum kept kept)
{
    return KINDS[kept].name;
}

int64_t retention_days(enum kept kept)
{
    return KINDS[kept].days;
}

static bool count(struct db *db, enum kept kept, int64_t before_ms, int64_t *out, GError **error)
{
    if (!db_begin(db, false, error))
        return false;
    bool good = db_kept_count(db, kept, before_ms, out, error);
    db_rollback(db);
    return good;
}

static bool stopped(gint *stop)
{
    return stop != NULL && g_atomic_int_get(stop) != 0;
}

static bool rows_delete(struct db *db, enum kept kept, int64_t before_ms, gint *stop, int64_t *out, GError **error)
{
    int64_t gone = AT_ONCE;

    while (gone == AT_ONCE && !stopped(stop)) {
        if (!db_begin(db, true, error) ||
            !db_end(db, db_kept_delete(db, kept, before_ms, AT_ONCE, &gone, error), error))
            return false;
        *out += gone;
    }
    return true;
}

/* One person a transaction. Who has an open payment is left for another night, and those who left after them, too: it is theirs to be
 * settled first. */
static bool people_erase(struct db *db, int64_t now_ms, int64_t before_ms, gint *stop, struct retention *out, GError **error)
{
    while (!stopped(stop)) {
        int64_t person = -1;
        bool open = false;

        if (!db_begin(db, true, error))
            return false;
        bool good = db_person_left_next(db, before_ms, &person, error) &&
                    (person < 0 || db_person_erase(db, person, now_ms, &open, error));
        if (!db_end(db, good, error))
            return false;
        if (person < 0)
            return true;
        if (open)
            return count(db, KEPT_PERSON, before_ms, &out->waiting, error);
        out->counts[KEPT_PERSON]++;
    }
    return true;
}

bool retention_run(struct platform *platform, int64_t now_ms, bool dry, gint *stop, struct retention *out, GError **error)
{
    bool good = true;

    memset(out, 0, sizeof *out);
    for (int kept = 0; good && kept < KEPTS; kept++) {
        int64_t before_ms = now_ms - KINDS[kept].days * DAY_MS;
        if (dry)
            good = count(platform->db, kept, before_ms, &out->counts[kept], error);
        else if (kept == KEPT_PERSON)
            good = people_erase(platform->db, now_ms, before_ms, stop, out, error);
        else
            good = rows_delete(platform->db, kept, before_ms, stop, &out->counts[kept], error);
    }
    return good;
}

/* ---- At night ---- */

#define NIGHT_MS (3 * INT64_C(3600000)) /* after midnight of the calendar here */

static bool day_done(struct db *db, const char *day, bool *done, GError **error)
{
    g_autofree char *last = NULL;

    if (!db_begin(db, false, error))
        return false;
    bool good = db_meta_get(db, "retention_day", &last, error);
    db_rollback(db);
    *done = g_strcmp0(last, day) == 0;
    return good;
}

static bool day_note(struct db *db, const char *day, GError **error)
{
    return db_begin(db, true, error) && db_end(db, db_meta_set(db, "retention_day", day, error), error);
}

bool retention_nightly(struct platform *platform, int64_t now_ms, gint *stop, GError **error)
{
    g_autofree char *day = g_strdup_printf("%u", date_of_ms(now_ms - NIGHT_MS));
    struct retention done;
    bool over = false;

    if (!day_done(platform->db, day, &over, error))
        return false;
    if (over)
        return true;
    if (!retention_run(platform, now_ms, false, stop, &done, error))
        return false;
    for (int kept = 0; kept < KEPTS; kept++)
        if (done.counts[kept] > 0)
            g_message("retention: %s %" G_GINT64_FORMAT, KINDS[kept].name, done.counts[kept]);
    return stopped(stop) || day_note(platform->db, day, error);
}
