/* SPDX-License-Identifier: Apache-2.0 */
/* Counting: the platform from 1 up, kiosks' own ranges from 999 down. */
#include "platform/data/db-queue.h"
#include "platform/data/db-rows.h"
#include <string.h>

static bool line_find(struct db *db, const char *hall, uint32_t day, const char *letter, int64_t *last_no, int64_t *low_no, GError **error)
{
    return db_int(db, error, 0, last_no, "SELECT last_no FROM queue_line WHERE community=?1 AND hall=?2 AND day=?3 AND letter=?4", "sis", hall,
                  (int64_t)day, letter) &&
           db_int(db, error, QUEUE_NO_MAX + 1, low_no, "SELECT low_no FROM queue_line WHERE community=?1 AND hall=?2 AND day=?3 AND letter=?4",
                  "sis", hall, (int64_t)day, letter);
}

static bool line_put(struct db *db, const char *hall, uint32_t day, const char *letter, int64_t last_no, int64_t low_no, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO queue_line(community, hall, day, letter, last_no, low_no) VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, hall,"
                  " day, letter) DO UPDATE SET last_no=excluded.last_no, low_no=excluded.low_no",
                  "sisii", hall, (int64_t)day, letter, last_no, low_no);
}

bool db_queue_next_no(struct db *db, const char *hall, uint32_t day, char letter, int *no, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t last_no, low_no;

    *no = 0;
    if (!line_find(db, hall, day, name, &last_no, &low_no, error))
        return false;
    if (last_no + 1 >= low_no)
        return true;
    *no = (int)last_no + 1;
    return line_put(db, hall, day, name, *no, low_no, error);
}

bool db_queue_line_jump(struct db *db, const char *hall, uint32_t day, char letter, int64_t up, int64_t down, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t last_no, low_no;

    if (!line_find(db, hall, day, name, &last_no, &low_no, error))
        return false;
    last_no = MIN(last_no + up, low_no - 1);
    return line_put(db, hall, day, name, last_no, MAX(low_no - down, last_no + 1), error);
}

/* ---- Ranges ---- */

bool db_queue_own_of_hall(struct db *db, const char *hall, int64_t *own, GError **error)
{
    return db_int(db, error, 0, own, "SELECT sum(own) FROM queue_kiosk WHERE community=?1 AND hall=?2", "s", hall);
}

bool db_queue_ranges_close_all(struct db *db, GError **error)
{
    return db_run(db, error, "UPDATE queue_range SET closed=1 WHERE community=?1 AND closed=0", "");
}

bool db_queue_range_give(struct db *db, const char *kiosk, const char *hall, const struct queue_range *like, int64_t own, bool *given,
                         GError **error)
{
    const char name[2] = {like->letter, '\0'};
    int64_t last_no, low_no;

    if (!line_find(db, hall, like->day, name, &last_no, &low_no, error))
        return false;
    *given = own > 0 && low_no - own > MAX(last_no, QUEUE_PLATFORM_NO);
    if (!*given)
        return true;
    return line_put(db, hall, like->day, name, last_no, low_no - own, error) &&
           db_run(db, error,
                  "INSERT INTO queue_range(community, hall, day, letter, from_no, to_no, kiosk, closed) VALUES(?1,?2,?3,?4,?5,?6,?7,0)",
                  "sisiis", hall, (int64_t)like->day, name, low_no - own, low_no - 1, kiosk);
}

bool db_queue_range_has(struct db *db, const char *kiosk, const char *hall, uint32_t day, char letter, bool *has, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found,
                     "SELECT 1 FROM queue_range WHERE community=?1 AND kiosk=?2 AND day=?3 AND hall=?4 AND letter=?5 AND closed=0 LIMIT 1", "siss",
                     kiosk, (int64_t)day, hall, name);

    *has = found != 0;
    return ok;
}

bool db_queue_range_held(struct db *db, const char *kiosk, const char *hall, uint32_t day, char letter, int no, bool *held, GError **error)
{
    const char name[2] = {letter, '\0'};
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found,
                     "SELECT 1 FROM queue_range WHERE community=?1 AND kiosk=?2 AND day=?3 AND hall=?4 AND letter=?5 AND ?6 BETWEEN from_no AND"
                     " to_no LIMIT 1",
                     "sissi", kiosk, (int64_t)day, hall, name, (int64_t)no);

    *held = found != 0;
    return ok;
}

bool db_queue_ranges(struct db *db, const char *kiosk, uint32_t from, struct queue_ranges *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT day, letter, from_no, to_no FROM queue_range WHERE community=?1 AND kiosk=?2 AND day>=?3 AND hall=?4"
                                    " AND closed=0 ORDER BY day, letter, from_no LIMIT ?5",
                                    "sisi", kiosk, (int64_t)from, out->place, (int64_t)QUEUE_RANGES_MAX);
    int step = stmt == NULL ? -1 : 1;

    out->count = 0;
    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct queue_range *range = &out->ranges[out->count++];
        char letter[2];

        range->day = (uint32_t)db_col_int(stmt, 0);
        db_copy_text(stmt, 1, letter, sizeof letter);
        range->letter = letter[0];
        range->from_no = (int)db_col_int(stmt, 2);
        range->to_no = (int)db_col_int(stmt, 3);
    }
    return step == 0;
}

bool db_queue_ranges_close(struct db *db, const char *kiosk, GError **error)
{
    return db_run(db, error, "UPDATE queue_range SET closed=1 WHERE community=?1 AND kiosk=?2 AND closed=0", "s", kiosk);
}

/* ---- What was signed ---- */

bool db_queue_issue_add(struct db *db, const struct queue_ranges *ranges, const char *payload, const char *signature, const char *key_id,
                        GError **error)
{
    return db_run(db, error, "INSERT INTO queue_issue(community, kiosk, version, payload, signature, key_id) VALUES(?1,?2,?3,?4,?5,?6)",
                  "sisss", ranges->kiosk, ranges->version, payload, signature, key_id);
}

json_t *db_queue_envelope(struct db *db, const char *kiosk, GError **error)
{
    return db_envelope(db,
                       db_query(db, error,
                                "SELECT payload, signature, key_id FROM queue_issue WHERE community=?1 AND kiosk=?2 ORDER BY version DESC"
                                " LIMIT 1",
                                "s", kiosk),
                       error);
}
