/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"
#include <string.h>

bool db_event_find(struct db *db, const char *kiosk, int64_t epoch, int64_t seq, struct event_found *out,
                   GError **error)
{
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT id, hash, verdict, code FROM event WHERE community=?1 AND kiosk=?2 AND epoch=?3"
                 " AND seq=?4",
                 "sii", kiosk, epoch, seq);
    int step;

    memset(out, 0, sizeof *out);
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step <= 0)
        return step == 0;
    out->found = db_copy_bytes(stmt, 1, out->hash, sizeof out->hash);
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    db_copy_text(stmt, 2, out->verdict, sizeof out->verdict);
    db_copy_text(stmt, 3, out->code, sizeof out->code);
    db_done(stmt);
    return true;
}

#define IDS_AT_ONCE 16
/* One look into the index for each: of a list (IN) the engines go through all of it as long as they do not know how long it is. */
#define ID(N)   "SELECT id FROM event INDEXED BY event_id WHERE community=?1 AND id=?" N " AND verdict='accepted'"
#define MORE(N) " UNION ALL " ID(N)

/* Those beyond `count` are asked for as the last one. */
static struct db_rows *ids_query(struct db *db, const struct event_row *events, size_t count, GError **error)
{
    const char *id[IDS_AT_ONCE];

    for (size_t i = 0; i < IDS_AT_ONCE; i++)
        id[i] = events[MIN(i, count - 1)].id;
    return db_query(db, error,
                    ID("2") MORE("3") MORE("4") MORE("5") MORE("6") MORE("7") MORE("8") MORE("9") MORE("10") MORE("11") MORE("12")
                        MORE("13") MORE("14") MORE("15") MORE("16") MORE("17"),
                    "ssssssssssssssss", id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11], id[12],
                    id[13], id[14], id[15]);
}

bool db_event_ids_taken(struct db *db, const struct event_row *events, size_t count, GHashTable *taken, GError **error)
{
    for (size_t at = 0; at < count; at += IDS_AT_ONCE) {
        db_rests(db, "event", "");
        struct db_rows *stmt = ids_query(db, &events[at], MIN(count - at, IDS_AT_ONCE), error);
        int step = stmt == NULL ? -1 : 1;

        while (step > 0 && (step = db_next(db, stmt, error)) > 0)
            g_hash_table_add(taken, g_strdup(db_col_text(stmt, 0)));
        if (step < 0)
            return false;
    }
    return true;
}

#define ROW(SEQ, ID, PREV, HASH, BODY, VERDICT, CODE) \
    "(?1,?2,?3,?" #SEQ ",?" #ID ",?" #PREV ",?" #HASH ",?" #BODY ",?" #VERDICT ",?" #CODE ",?4)"
#define OF(I)                                                                                                              \
    e[I].event->seq, e[I].event->id, e[I].event->prev, sizeof e[I].event->prev, e[I].event->hash, sizeof e[I].event->hash, \
        e[I].event->text, e[I].verdict, e[I].code
#define EVENTS_AT_ONCE 8

static bool add_eight(struct db *db, const struct event_judged *e, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO event VALUES" ROW(5, 6, 7, 8, 9, 10, 11) "," ROW(12, 13, 14, 15, 16, 17, 18) "," ROW(19, 20, 21, 22, 23, 24, 25) ","
                  ROW(26, 27, 28, 29, 30, 31, 32) "," ROW(33, 34, 35, 36, 37, 38, 39) "," ROW(40, 41, 42, 43, 44, 45, 46) ","
                  ROW(47, 48, 49, 50, 51, 52, 53) "," ROW(54, 55, 56, 57, 58, 59, 60),
                  "siiisbbsssisbbsssisbbsssisbbsssisbbsssisbbsssisbbsssisbbsss", e->event->kiosk, e->event->epoch, now_ms, OF(0), OF(1), OF(2),
                  OF(3), OF(4), OF(5), OF(6), OF(7));
}

static bool add_one(struct db *db, const struct event_judged *e, int64_t now_ms, GError **error)
{
    static const struct db_later EVENT = {.sql = "INSERT INTO event VALUES" ROW(5, 6, 7, 8, 9, 10, 11), .rank = LATER_EVENT};

    return db_run_later(db, error, &EVENT, "siiisbbsss", e->event->kiosk, e->event->epoch, now_ms, OF(0));
}

bool db_events_add(struct db *db, const struct event_judged *events, size_t count, int64_t now_ms, GError **error)
{
    for (size_t i = 0, n; i < count; i += n) {
        n = count - i >= EVENTS_AT_ONCE && !db_gathers(db) ? EVENTS_AT_ONCE : 1;
        db_touches(db, "event", "");
        if (!(n > 1 ? add_eight(db, &events[i], now_ms, error) : add_one(db, &events[i], now_ms, error)))
            return false;
    }
    return true;
}

bool db_refusal_add(struct db *db, const struct event_row *event, const char *code, int64_t now_ms,
                    GError **error)
{
    return db_run(db, error, "INSERT INTO refusal VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO NOTHING",
                  "siibsssi", event->kiosk, event->epoch, event->seq, event->hash, sizeof event->hash,
                  event->id, event->text, code, now_ms);
}
