/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-figures.h"
#include "platform/data/db-rows.h"
#include <string.h>

bool db_rating_case(struct db *db, const char *service, const char *rater, struct rating_case *out, bool *found, GError **error)
{
    struct db_rows *rows = db_query(db, error,
                                    "SELECT rater, state, staff, n, (SELECT count(*) FROM rating_step o WHERE o.community=?1 AND o.service=?2"
                                    " AND o.n=0) FROM rating_step WHERE community=?1 AND service=?2 AND (?3='' OR rater=?3)"
                                    " ORDER BY n DESC LIMIT 1",
                                    "ss", service, rater != NULL ? rater : "");
    int step = rows != NULL ? db_next(db, rows, error) : -1;

    *found = step > 0 && (rater != NULL || db_col_int(rows, 4) == 1);
    memset(out, 0, sizeof *out);
    if (step <= 0)
        return step == 0;
    db_copy_text(rows, 0, out->rater, sizeof out->rater);
    db_copy_text(rows, 1, out->state, sizeof out->state);
    db_copy_text(rows, 2, out->by, sizeof out->by);
    out->n = db_col_int(rows, 3);
    db_done(rows);
    return true;
}

bool db_rating_step_add(struct db *db, const char *service, const struct rating_case *step, const char *note, int64_t at_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO rating_step VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", "ssisssi", service, step->rater, step->n, step->state,
                  step->by, note, at_ms);
}

bool db_rating_case_close(struct db *db, const char *service, const char *rater, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO rating_step SELECT s.community, s.service, s.rater, s.n+1, 'CLOSED', 'platform', 'changed by whoever gave it', ?4"
                  " FROM rating_step s JOIN rating r ON r.community=s.community AND r.service=s.service AND r.rater=s.rater WHERE s.community=?1"
                  " AND s.service=?2 AND s.rater=?3 AND r.grade>2 AND s.n=(SELECT max(l.n) FROM rating_step l WHERE l.community=?1 AND"
                  " l.service=?2 AND l.rater=?3) AND s.state NOT IN ('CLOSED','EXCLUDED','APPEALED')",
                  "ssi", service, rater, now_ms);
}

json_t *db_rating_cases(struct db *db, bool all, GError **error)
{
    json_t *cases = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT r.service, r.rater, r.kind, r.grade, coalesce(w.reasons, 0) AS reasons, r.kiosk, r.at_ms, s.state,"
                              " s.at_ms AS since_ms, s.staff AS by_staff FROM rating_step s JOIN rating r ON r.community=s.community AND"
                              " r.service=s.service AND r.rater=s.rater LEFT JOIN rating_reason w ON w.community=s.community AND"
                              " w.service=s.service AND w.rater=s.rater WHERE s.community=?1 AND NOT EXISTS (SELECT 1 FROM rating_step l"
                              " WHERE l.community=s.community AND l.service=s.service AND l.rater=s.rater AND l.n>s.n) AND"
                              " (?2<>0 OR s.state NOT IN ('CLOSED','EXCLUDED')) ORDER BY r.at_ms, r.service, r.rater",
                              "i", (int64_t)all),
                     NULL, cases, error))
        return cases;
    json_decref(cases);
    return NULL;
}
