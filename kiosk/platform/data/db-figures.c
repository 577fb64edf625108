/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rating.h"
#include "platform/data/db-figures.h"
#include "platform/data/db-rows.h"
#include <string.h>

/* ---- Daily totals ---- */

#define ZONE_MS (8 * INT64_C(3600000))
#define DAY_MS  INT64_C(86400000)

int64_t stats_day(int64_t wall_ms)
{
    return (wall_ms + ZONE_MS) / DAY_MS;
}

int64_t stats_day_ms(int64_t day)
{
    return day * DAY_MS - ZONE_MS;
}

bool db_day_add(struct db *db, const char *key, const char *kiosk, int64_t now_ms, int64_t n, int64_t amount, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO day_total VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, key, day, kiosk) DO UPDATE SET"
                  " n=day_total.n+excluded.n, amount=day_total.amount+excluded.amount",
                  "sisii", key, stats_day(now_ms), kiosk, n, amount);
}

bool db_day_count(struct db *db, const char *key, const char *kiosk, int64_t now_ms, int64_t *n, GError **error)
{
    return db_int(db, error, 0, n, "SELECT coalesce(sum(n),0) FROM day_total WHERE community=?1 AND key=?2 AND day=?3 AND kiosk=?4",
                  "sis", key, stats_day(now_ms), kiosk);
}

static const char *key_of_kind(const char *kind)
{
    static const char *const keys[][2] = {
        {"payment", "paid"}, {"load", "loaded"}, {"reversal", "returned"}, {"undone", "returned"}};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i][0], kind) == 0)
            return keys[i][1];
    return NULL;
}

bool db_day_posted(struct db *db, const char *payment, const char *kind, int64_t now_ms, GError **error)
{
    const char *key = key_of_kind(kind);

    if (key == NULL)
        return true;
    db_touches(db, NULL, NULL);
    return db_run(db, error,
                  "INSERT INTO day_total SELECT community, ?3, ?4, kiosk, 1, amount_fen FROM payment WHERE community=?1 AND id=?2"
                  " ON CONFLICT(community, key, day, kiosk) DO UPDATE SET n=day_total.n+excluded.n,"
                  " amount=day_total.amount+excluded.amount",
                  "ssi", payment, key, stats_day(now_ms));
}

static bool day_read(struct db_rows *rows, void *into)
{
    struct day_row *out = into;

    out->day = db_col_int(rows, 0);
    db_copy_text(rows, 1, out->kiosk, sizeof out->kiosk);
    out->n = db_col_int(rows, 2);
    out->amount = db_col_int(rows, 3);
    return out->n >= 0;
}

GArray *db_day_rows(struct db *db, const char *key, int64_t from, int64_t to, GError **error)
{
    static const struct db_reader DAY = {day_read, sizeof(struct day_row), "a daily total"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT day, kiosk, n, amount FROM day_total WHERE community=?1 AND key=?2 AND day>=?3 AND day<?4"
                             " ORDER BY day, kiosk",
                             "sii", key, from, to),
                    &DAY, error);
}

/* ---- Ratings ---- */

/* What was said with a card in whose place this one stands was said with this one. */
bool db_rating_add(struct db *db, const struct rating_row *row, bool *new_one, GError **error)
{
    int64_t before = 0;

    if (!db_int(db, error, 0, &before,
                "SELECT 1 FROM card_line n JOIN rating r ON r.community=n.community AND r.service=?2 AND r.rater=n.card WHERE"
                " n.community=?1 AND n.current=?3 LIMIT 1",
                "ss", row->service, row->rater))
        return false;
    *new_one = before == 0;
    if (before != 0)
        return true;
    if (!db_run(db, error, "INSERT INTO rating(community, service, rater, kind, grade, kiosk, at_ms, counted_day) VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON"
                " CONFLICT(community, service, rater) DO NOTHING", "sssisii", row->service, row->rater, row->kind, row->grade, row->kiosk, row->at_ms,
                stats_day(row->counted_ms)))
        return false;
    *new_one = db_changes(db) > 0;
    return true;
}

bool db_rating_reasons_add(struct db *db, const struct rating_row *row, unsigned reasons, GError **error)
{
    return db_run(db, error, "INSERT INTO rating_reason VALUES(?1,?2,?3,?4)", "ssi", row->service, row->rater, (int64_t)reasons);
}

/* ---- Changed ---- */

static bool said_read(struct db_rows *row, void *into)
{
    struct rating_said *out = into;

    db_copy_text(row, 0, out->rater, sizeof out->rater);
    db_copy_text(row, 1, out->kiosk, sizeof out->kiosk);
    out->grade = db_col_int(row, 2);
    out->reasons = db_col_int(row, 3);
    out->at_ms = db_col_int(row, 4);
    out->changed = db_col_int(row, 5) != 0;
    out->counted_day = db_col_int(row, 6);
    return true;
}

bool db_rating_said(struct db *db, const char *service, const char *card, struct rating_said *out, bool *found, GError **error)
{
    static const struct db_reader SAID = {said_read, sizeof *out, "a rating"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT r.rater, r.kiosk, r.grade, coalesce(w.reasons,0), r.at_ms, (SELECT count(*) FROM rating_first f WHERE"
                             " f.community=r.community AND f.service=r.service AND f.rater=r.rater), coalesce(r.counted_day,-1) FROM rating r LEFT JOIN rating_reason w ON"
                             " w.community=r.community AND w.service=r.service AND w.rater=r.rater WHERE r.community=?1 AND r.service=?2 AND"
                             " (r.rater=?3 OR r.rater IN (SELECT n.card FROM card_line n WHERE n.community=?1 AND n.current=?3)) LIMIT 1",
                             "ss", service, card),
                    &SAID, out, found, error);
}

static bool reasons_set(struct db *db, const char *service, const char *rater, int64_t reasons, GError **error)
{
    if (reasons == 0)
        return db_run(db, error, "DELETE FROM rating_reason WHERE community=?1 AND service=?2 AND rater=?3", "ss", service, rater);
    return db_run(db, error,
                  "INSERT INTO rating_reason VALUES(?1,?2,?3,?4) ON CONFLICT(community, service, rater) DO UPDATE SET reasons=excluded.reasons",
                  "ssi", service, rater, reasons);
}

/* Where it was counted; of before that was written down: the first day behind it that has one of that grade. A kiosk's clock may be ahead
 * of the day of receipt, which it was counted at. Never below what is there. */
static bool count_move(struct db *db, const struct rating_said *said, const struct rating_change *change, GError **error)
{
    int64_t day = 0, from = said->counted_day >= 0 ? said->counted_day : stats_day(MIN(said->at_ms, change->now_ms));

    if (!db_int(db, error, -1, &day, "SELECT min(day) FROM day_total WHERE community=?1 AND key=?2 AND kiosk=?3 AND n>0 AND day>=?4", "ssi",
                change->from, said->kiosk, from))
        return false;
    if (day < 0)
        return true;
    return db_run(db, error, "UPDATE day_total SET n=n-1 WHERE community=?1 AND key=?2 AND kiosk=?3 AND day=?4", "ssi", change->from,
                  said->kiosk, day) &&
           db_run(db, error,
                  "INSERT INTO day_total VALUES(?1,?2,?4,?3,1,0) ON CONFLICT(community, key, day, kiosk) DO UPDATE SET n=day_total.n+1",
                  "ssi", change->to, said->kiosk, day);
}

/* An order keeps the stars of its rating, and shows them to whose it is. */
static bool order_stars(struct db *db, const struct rating_change *change, GError **error)
{
    int64_t rated = 0;

    if (!db_int(db, error, 0, &rated, "SELECT count(*) FROM service_order WHERE community=?1 AND id=?2 AND card=?3 AND stars>0", "ss",
                change->service, change->rater))
        return false;
    return rated == 0 || (db_run(db, error, "UPDATE service_order SET stars=?3 WHERE community=?1 AND id=?2", "si", change->service,
                                 change->grade) &&
                          db_change_add(db, "order", change->service, error));
}

bool db_rating_change(struct db *db, const struct rating_said *said, const struct rating_change *change, GError **error)
{
    return db_run(db, error, "INSERT INTO rating_first VALUES(?1,?2,?3,?4,?5,?6,?7)", "ssiisi", change->service, said->rater, said->grade,
                  said->reasons, change->kiosk, change->at_ms) &&
           db_run(db, error, "UPDATE rating SET grade=?4 WHERE community=?1 AND service=?2 AND rater=?3", "ssi", change->service, said->rater,
                  change->grade) &&
           reasons_set(db, change->service, said->rater, change->reasons, error) && count_move(db, said, change, error) &&
           order_stars(db, change, error) &&
           db_run(db, error,
                  "INSERT INTO rating_step SELECT r.community, r.service, r.rater, 0, 'OPEN', '', '', ?4 FROM rating r WHERE r.community=?1"
                  " AND r.service=?2 AND r.rater=?3 AND r.grade<=2 AND NOT EXISTS (SELECT 1 FROM rating_step s WHERE s.community=?1 AND"
                  " s.service=?2 AND s.rater=?3)",
                  "ssi", change->service, said->rater, change->at_ms) &&
           db_rating_case_close(db, change->service, said->rater, change->now_ms, error);
}

/* ---- The fleet ---- */

#define HEALTH_MS_MIN 300000

bool db_health_due(struct db *db, const char *kiosk, int64_t now_ms, const char *version, int64_t behind, bool *due, GError **error)
{
    int64_t fresh;
    bool ok = db_int(db, error, 0, &fresh,
                     "SELECT count(*) FROM kiosk_health WHERE community=?1 AND kiosk=?2 AND seen_ms>?3 AND version=?4 AND"
                     " (?5<0 OR (coalesce(behind, 0)>0)=(?5>0))",
                     "sisi", kiosk, now_ms - HEALTH_MS_MIN, version, behind);

    *due = fresh == 0;
    return ok;
}

bool db_health_set(struct db *db, const char *kiosk, int64_t now_ms, const char *version, int64_t behind, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO kiosk_health VALUES(?1,?2,?3,?4,nullif(?5,-1)) ON CONFLICT(community, kiosk) DO UPDATE SET"
                  " seen_ms=excluded.seen_ms, version=excluded.version, behind=coalesce(excluded.behind, kiosk_health.behind)",
                  "sisi", kiosk, now_ms, version, behind);
}

static bool fleet_read(struct db_rows *rows, void *into)
{
    struct fleet_row *out = into;

    db_copy_text(rows, 0, out->id, sizeof out->id);
    db_copy_text(rows, 1, out->place_zh, sizeof out->place_zh);
    db_copy_text(rows, 2, out->place_en, sizeof out->place_en);
    db_copy_text(rows, 3, out->state, sizeof out->state);
    db_copy_text(rows, 4, out->alarm, sizeof out->alarm);
    db_copy_text(rows, 5, out->version, sizeof out->version);
    out->seen_ms = MAX(db_col_int(rows, 6), db_col_int(rows, 7));
    out->behind = db_col_null(rows, 8) ? -1 : db_col_int(rows, 8);
    db_copy_text(rows, 9, out->pem, sizeof out->pem);
    out->help_ms = db_col_int(rows, 10);
    out->help_red = db_col_int(rows, 11) > 0;
    return true;
}

GArray *db_fleet(struct db *db, GError **error)
{
    static const struct db_reader FLEET = {fleet_read, sizeof(struct fleet_row), "a kiosk"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT k.id, k.place_zh, k.place_en, k.state, k.alarm, h.version, h.seen_ms, k.seen_ms, h.behind, c.pem,"
                             " (SELECT min(told_ms) FROM help_call WHERE community=?1 AND kiosk=k.id AND answered_ms=0 AND"
                             "  (ended_ms=0 OR how='nobody')),"
                             " (SELECT count(*) FROM help_call WHERE community=?1 AND kiosk=k.id AND answered_ms=0 AND (ended_ms=0 OR how='nobody') AND"
                             "  kind='red')"
                             " FROM kiosk k LEFT JOIN kiosk_health h ON h.community=k.community AND h.kiosk=k.id"
                             " LEFT JOIN certificate c ON c.community=k.community AND c.kiosk=k.id AND c.serial=k.certificate"
                             " WHERE k.community=?1 ORDER BY k.id",
                             ""),
                    &FLEET, error);
}

bool db_open_matters(struct db *db, int64_t *doubts, int64_t *alarms, GError **error)
{
    return db_int(db, error, 0, doubts,
                  "SELECT count(*) FROM payment INDEXED BY payment_open WHERE community=?1 AND state IN ('COMMITTING','IN_DOUBT')", "") &&
           db_int(db, error, 0, alarms, "SELECT count(*) FROM alarm INDEXED BY alarm_open WHERE community=?1 AND closed_ms IS NULL", "");
}

/* ---- Operators ---- */

bool db_operator_add(struct db *db, const struct operator_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO operator_certificate VALUES(?1,?2,?3,?4,?5,?6,NULL,?7,?8)", "sssiiss", row->serial, row->id, row->role,
                  row->issued_ms, row->ends_ms, row->authority, row->digest);
}

static bool operator_read(struct db_rows *rows, void *into)
{
    struct operator_row *out = into;

    db_copy_text(rows, 0, out->serial, sizeof out->serial);
    db_copy_text(rows, 1, out->id, sizeof out->id);
    db_copy_text(rows, 2, out->role, sizeof out->role);
    out->issued_ms = db_col_int(rows, 3);
    out->ends_ms = db_col_int(rows, 4);
    out->revoked_ms = db_col_int(rows, 5);
    db_copy_text(rows, 6, out->authority, sizeof out->authority);
    db_copy_text(rows, 7, out->digest, sizeof out->digest);
    return true;
}

static const struct db_reader OPERATOR = {operator_read, sizeof(struct operator_row), "an operator"};

bool db_operator_find(struct db *db, const char *serial, struct operator_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT serial, id, role, issued_ms, ends_ms, revoked_ms, authority, digest FROM operator_certificate WHERE community=?1 AND"
                             " serial=?2",
                             "s", serial),
                    &OPERATOR, out, found, error);
}

bool db_operator_revoke(struct db *db, const char *id, int64_t now_ms, int *count, GError **error)
{
    bool ok = db_run(db, error, "UPDATE operator_certificate SET revoked_ms=?3 WHERE community=?1 AND id=?2 AND revoked_ms IS NULL",
                     "si", id, now_ms);

    *count = ok ? db_changes(db) : 0;
    return ok;
}

GArray *db_operators(struct db *db, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT serial, id, role, issued_ms, ends_ms, revoked_ms, authority, digest FROM operator_certificate WHERE community=?1"
                             " ORDER BY id, issued_ms",
                             ""),
                    &OPERATOR, error);
}
