/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was done here and the platform has not answered, and for thirty days what it refused: for rooms that put it on top of what the
 * platform told, so that nothing has to be kept twice.
 */
#include "store/internal.h"
#include "model/model.h"

#define WAITING_MAX 5000
#define REFUSED_MS  (30 * 24 * 3600 * INT64_C(1000))

static bool row_give(struct store *store, sqlite3_stmt *query, waiting_fn give, void *ctx, GError **error)
{
    json_t *data = journal_data(store, sql_text(query, 3), error);
    const struct waiting_row row = {.id = sql_text(query, 0),
                                    .type = sql_text(query, 1),
                                    .at_ms = sqlite3_column_int64(query, 2),
                                    .refused = sqlite3_column_type(query, 4) != SQLITE_NULL ? sql_text(query, 4) : NULL,
                                    .data = data};
    bool good = data != NULL && give(ctx, &row, error);

    json_decref(data);
    return good;
}

bool waiting_each(struct store *store, const char *types, waiting_fn give, void *ctx, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, SQL_WAITING,
                                    "SELECT j.id,j.type,j.at_ms,j.body,r.code FROM journal j LEFT JOIN refused r ON r.seq=j.seq"
                                    " WHERE (j.seq>?1 OR j.seq IN (SELECT seq FROM refused WHERE at_ms>?2)) AND"
                                    " instr(?4, ','||j.type||',')>0 AND (r.seq IS NULL OR r.at_ms>?2) ORDER BY j.seq LIMIT ?3",
                                    error, "iiis", store->acked_seq, now_ms() - REFUSED_MS, (int64_t)WAITING_MAX, types);
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1)
        if (!row_give(store, query, give, ctx, error)) {
            sql_done(query);
            more = -1;
        }
    return more == 0;
}
