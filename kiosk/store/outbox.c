/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox is no second copy: it is the journal behind the acknowledged mark, without the rows that the platform
 * refused for ever.
 *
 *       1 … mark │ mark+1 … head
 *   acknowledged │ waiting, but those in `refused`
 *
 * A verdict that ends a row (accepted, duplicate, conflict, rejected) lets the mark pass it; the mark stops before the
 * first row that is not ended. Rows behind it that were accepted are sent once more and come back as duplicates.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

static struct store_row *row_take(sqlite3_stmt *statement)
{
    struct store_row *row = g_new0(struct store_row, 1);

    row->seq = sqlite3_column_int64(statement, 0);
    row->epoch = sqlite3_column_int64(statement, 5);
    g_strlcpy(row->id, sql_text(statement, 1), sizeof row->id);
    row->body = g_strdup(sql_text(statement, 4));
    if (sql_bytes(statement, 2, row->prev, 32) && sql_bytes(statement, 3, row->hash, 32))
        return row;
    store_row_free(row);
    return NULL;
}

static bool rows_take(struct store *store, sqlite3_stmt *statement, size_t bytes_max, GPtrArray *rows,
                      GError **error)
{
    size_t bytes = 0;
    int64_t epoch = 0;
    int more = -1;

    while ((more = sql_step(&store->sql, statement, error)) == 1) {
        bytes += (size_t)sqlite3_column_bytes(statement, 4);
        if (rows->len > 0 && (bytes > bytes_max || sqlite3_column_int64(statement, 5) != epoch))
            break;
        epoch = sqlite3_column_int64(statement, 5);
        struct store_row *row = row_take(statement);
        if (row == NULL) {
            sql_done(statement);
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a row of the journal has no hash");
            return false;
        }
        g_ptr_array_add(rows, row);
    }
    if (more == 1)
        sql_done(statement);
    return more >= 0;
}

GPtrArray *outbox_rows(struct store *store, int64_t after, int rows_max, size_t bytes_max, GError **error)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)store_row_free);
    sqlite3_stmt *waiting = sql_query(&store->sql, SQL_OUTBOX,
                                      "SELECT seq,id,prev,hash,body,epoch FROM journal WHERE seq>?1"
                                      " AND seq NOT IN (SELECT seq FROM refused) ORDER BY seq LIMIT ?2",
                                      error, "ii", after, (int64_t)MAX(1, rows_max));

    if (waiting == NULL || !rows_take(store, waiting, bytes_max, rows, error))
        g_clear_pointer(&rows, g_ptr_array_unref);
    return rows;
}

struct store_row *outbox_row(struct store *store, int64_t seq, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_OUTBOX_ROW, "SELECT seq,id,prev,hash,body,epoch FROM journal WHERE seq=?1",
                                  error, "i", seq);
    struct store_row *row = NULL;

    if (get != NULL && sql_step(&store->sql, get, error) == 1) {
        row = row_take(get);
        sql_done(get);
    }
    return row;
}

GPtrArray *store_outbox(struct store *store, int rows_max, size_t bytes_max, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *rows = outbox_rows(store, store->acked_seq, rows_max, bytes_max, error);
    g_mutex_unlock(&store->lock);
    return rows;
}

/* Refused rows behind `seq`; -1 error. */
static int refused_after(struct store *store, int64_t seq)
{
    g_autoptr(GError) error = NULL;
    sqlite3_stmt *count = sql_query(&store->sql, SQL_OUTBOX_COUNT,
                                    "SELECT count(*) FROM refused WHERE seq>?1", &error, "i", seq);

    if (count == NULL || sql_step(&store->sql, count, &error) != 1) {
        g_critical("refused rows: %s", error != NULL ? error->message : "no count");
        return -1;
    }
    int n = sqlite3_column_int(count, 0);
    sql_done(count);
    return n;
}

int store_outbox_waiting(struct store *store)
{
    g_mutex_lock(&store->lock);
    int refused = refused_after(store, store->acked_seq);
    int64_t behind = store->head_seq - store->acked_seq - epochs_gaps(store, store->acked_seq);
    g_mutex_unlock(&store->lock);
    return refused < 0 ? -1 : (int)MIN(behind - refused, G_MAXINT);
}

/* ---- Verdicts ----------------------------------------------------------------------------------------------------- */

static bool refuses(enum store_verdict verdict)
{
    return verdict == STORE_CONFLICT || verdict == STORE_REJECTED;
}

static bool verdict_valid(const struct store *store, const struct store_verdict_row *row)
{
    return row->seq >= 1 && row->seq <= store->head_seq && row->verdict >= STORE_ACCEPTED &&
           row->verdict <= STORE_RETRY && memchr(row->code, '\0', sizeof row->code) != NULL &&
           g_utf8_validate(row->code, -1, NULL);
}

bool outbox_refuse(struct store *store, const struct store_verdict_row *row, GError **error)
{
    return sql_run(
        &store->sql, SQL_OUTBOX_REFUSE,
        "INSERT INTO refused(seq,verdict,code,at_ms) VALUES(?1,?2,?3,?4) ON CONFLICT(seq) DO NOTHING", error,
        "issi", row->seq, row->verdict == STORE_CONFLICT ? "conflict" : "rejected", row->code, now_ms());
}

/* 1 yes, 0 no, -1 error. */
static int is_refused(struct store *store, int64_t seq, GError **error)
{
    sqlite3_stmt *refused =
        sql_query(&store->sql, SQL_OUTBOX_REFUSED, "SELECT 1 FROM refused WHERE seq=?1", error, "i", seq);
    int found = refused == NULL ? -1 : sql_step(&store->sql, refused, error);
    if (found == 1)
        sql_done(refused);
    return found;
}

/* Each row ended by this batch, or refused by an earlier one, lets the mark go on; numbers that were lost are one step. -1 error. */
static int64_t mark_after(struct store *store, GHashTable *ended, GError **error)
{
    int64_t mark = store->acked_seq;

    for (int64_t next = mark + 1; next <= store->head_seq; next++) {
        const struct epoch *lost = epochs_after_gap(store, next);
        if (lost != NULL)
            next = lost->first_seq - 1;
        int over = lost != NULL || g_hash_table_contains(ended, &next) ? 1 : is_refused(store, next, error);
        if (over < 0)
            return -1;
        if (over == 0)
            break;
        mark = next;
    }
    return mark;
}

/* Collect what the batch ends; false when it speaks of rows that do not exist or contradicts itself. */
static bool batch_read(struct store *store, const struct store_verdict_row *rows, size_t count,
                       GHashTable *ended, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);

    for (size_t i = 0; i < count; i++) {
        if (!verdict_valid(store, &rows[i]) || !g_hash_table_add(seen, (gpointer)&rows[i].seq))
            return store_state_error(error, "a verdict on row %" G_GINT64_FORMAT " makes no sense",
                                     rows[i].seq);
        if (rows[i].verdict != STORE_RETRY)
            g_hash_table_add(ended, (gpointer)&rows[i].seq);
    }
    return true;
}

static bool verdicts_write(struct store *store, const struct store_verdict_row *rows, size_t count,
                           GHashTable *ended, GError **error)
{
    for (size_t i = 0; i < count; i++)
        if (refuses(rows[i].verdict) && rows[i].seq > store->acked_seq && !outbox_refuse(store, &rows[i], error))
            return false;
    int64_t mark = mark_after(store, ended, error);
    if (mark < 0 || !meta_set_int(store, "acked_seq", mark, error) || !store_commit(store, error))
        return false;
    store->acked_seq = mark;
    sidecar_trim(store);
    return true;
}

bool store_outbox_verdicts(struct store *store, const struct store_verdict_row *rows, size_t count,
                           GError **error)
{
    g_autoptr(GHashTable) ended = g_hash_table_new(g_int64_hash, g_int64_equal);

    g_mutex_lock(&store->lock);
    bool done = batch_read(store, rows, count, ended, error) &&
                ((sql_begin(&store->sql, error) && verdicts_write(store, rows, count, ended, error)) ||
                 store_abandon(store));
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- A platform that forgot ---------------------------------------------------------------------------------------- */

/* How many of the numbers behind `seq` up to the mark have no row here. */
static bool gone(struct store *store, int64_t seq, int64_t *out, GError **error)
{
    sqlite3_stmt *count = sql_query(&store->sql, SQL_OUTBOX_GONE,
                                    "SELECT count(*) FROM journal WHERE seq>?1 AND seq<=?2", error, "ii", seq,
                                    store->acked_seq);

    if (count == NULL || sql_step(&store->sql, count, error) != 1)
        return false;
    *out = store->acked_seq - seq - sqlite3_column_int64(count, 0) -
           (epochs_gaps(store, seq) - epochs_gaps(store, store->acked_seq));
    sql_done(count);
    return true;
}

static bool again_locked(struct store *store, int64_t seq, GError **error)
{
    int64_t missing = 0;

    if (seq >= store->acked_seq)
        return true;
    if (!gone(store, seq, &missing, error))
        return false;
    if (missing > 0)
        return store_state_error(error, "the platform has only event %" G_GINT64_FORMAT " and before, and %" G_GINT64_FORMAT
                                 " behind it are in archives", seq, missing);
    bool done = (sql_begin(&store->sql, error) &&
                 sql_run(&store->sql, SQL_OUTBOX_AGAIN, "DELETE FROM refused WHERE seq>?1", error, "i", seq) &&
                 meta_set_int(store, "acked_seq", seq, error) && store_commit(store, error)) ||
                store_abandon(store);
    if (done)
        store->acked_seq = seq;
    return done;
}

bool store_outbox_again(struct store *store, int64_t seq, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = again_locked(store, seq, error);
    g_mutex_unlock(&store->lock);
    return done;
}
