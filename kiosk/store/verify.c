/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the chain: row by row, over the places where rows were taken out (a segment stands there) and over the beginnings
 * of epochs (a nonce stands there, and seq may jump over what was lost).
 *
 *      epoch 1                                  epoch 2
 *   nonce ◄─ 1 ◄─ 2 ◄─ [segment 3…90] ◄─ 91     nonce ◄─ 95 ◄─ 96
 */
#include "store/internal.h"
#include "model/clock.h"
#include "model/model.h"

#include <string.h>

#define VERIFY_ROWS 1000 /* rows hashed under one hold of the lock */
#define TURN_MS     1    /* between two holds, for who waits: a lock that is taken again at once is not handed over */

static bool broken_at(int64_t seq, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN, "the journal is broken at row %" G_GINT64_FORMAT, seq);
    return false;
}

/* ---- Where a hash is found -------------------------------------------------------------------------------------------- */

/* 1 found, 0 there is no such row or segment end, -1 error. */
static int hash_of(struct store *store, enum sql_slot slot, const char *text, int64_t seq, uint8_t hash[32],
                   GError **error)
{
    sqlite3_stmt *at = sql_query(&store->sql, slot, text, error, "i", seq);
    int found = at == NULL ? -1 : sql_step(&store->sql, at, error);

    if (found == 1) {
        found = sql_bytes(at, 0, hash, 32) ? 1 : -1;
        sql_done(at);
        if (found < 0)
            broken_at(seq, error);
    }
    return found;
}

int journal_hash_at(struct store *store, int64_t seq, uint8_t hash[32], GError **error)
{
    int found = hash_of(store, SQL_JOURNAL_AT, "SELECT hash FROM journal WHERE seq=?1", seq, hash, error);

    if (found != 0)
        return found;
    return hash_of(store, SQL_SEGMENT_END, "SELECT last_hash FROM segment WHERE last_seq=?1", seq, hash, error);
}

/* ---- The walk ----------------------------------------------------------------------------------------------------------- */

bool walk_start(struct store *store, struct walk *walk, int64_t first, GError **error)
{
    const struct epoch *epoch = epochs_at(store, first);

    *walk = (struct walk){.seq = first};
    if (epoch == NULL || epoch->first_seq >= first)
        return true; /* the nonce comes with the epoch */
    int found = journal_hash_at(store, first - 1, walk->prev, error);
    return found == 0 ? broken_at(first - 1, error) : found == 1;
}

/* The `prev` that a row or segment at walk->seq must have. */
static const uint8_t *prev_wanted(const struct store *store, const struct walk *walk)
{
    const struct epoch *epoch = epochs_at(store, walk->seq);
    return epoch != NULL && epoch->first_seq == walk->seq ? epoch->nonce : walk->prev;
}

/* Rows that are out: over their segment, or over what was lost before an epoch. 1 gone on, 0 neither is there, -1 error. */
static int walk_jump(struct store *store, struct walk *walk, GError **error)
{
    const struct epoch *next = epochs_after_gap(store, walk->seq);
    if (next != NULL) {
        walk->seq = next->first_seq;
        return 1;
    }
    sqlite3_stmt *segment = sql_query(&store->sql, SQL_SEGMENT_AT,
                                      "SELECT last_seq,epoch,first_prev,last_hash FROM segment WHERE first_seq=?1",
                                      error, "i", walk->seq);
    int found = segment == NULL ? -1 : sql_step(&store->sql, segment, error);
    if (found != 1)
        return found;
    const struct epoch *epoch = epochs_at(store, walk->seq);
    uint8_t first_prev[32];
    bool good = epoch != NULL && sqlite3_column_int64(segment, 1) == epoch->epoch &&
                sql_bytes(segment, 2, first_prev, 32) && memcmp(first_prev, prev_wanted(store, walk), 32) == 0 &&
                sql_bytes(segment, 3, walk->prev, 32) && sqlite3_column_int64(segment, 0) >= walk->seq;
    walk->seq = sqlite3_column_int64(segment, 0) + 1;
    sql_done(segment);
    return good;
}

static bool walk_to(struct store *store, struct walk *walk, int64_t seq, GError **error)
{
    int moved = 1;

    while (moved == 1 && walk->seq < seq)
        moved = walk_jump(store, walk, error);
    if (moved < 0)
        return false;
    return (moved == 1 && walk->seq == seq) || broken_at(walk->seq, error);
}

/* The row under `walk`, whose columns are seq, epoch, id, type, at_ms, body, prev, hash. */
static bool row_holds(const struct store *store, sqlite3_stmt *row, struct walk *walk)
{
    const char *id = sql_text(row, 2), *type = sql_text(row, 3), *body = sql_text(row, 5);
    size_t len = (size_t)sqlite3_column_bytes(row, 5);
    int64_t at_ms = sqlite3_column_int64(row, 4), row_epoch = sqlite3_column_int64(row, 1);
    const struct epoch *epoch = epochs_at(store, walk->seq);
    const uint8_t *prev = prev_wanted(store, walk);
    uint8_t stored_prev[32], stored[32], hash[32];

    if (epoch == NULL || row_epoch != epoch->epoch || !uuid_valid(id) || !journal_type_valid(type) ||
        !sql_bytes(row, 6, stored_prev, 32) || !sql_bytes(row, 7, stored, 32))
        return false;
    chain_hash(prev, row_epoch, walk->seq, id, body, len, hash);
    bool good = memcmp(prev, stored_prev, 32) == 0 && memcmp(hash, stored, 32) == 0 &&
                journal_body_says(store, body, len, at_ms, walk->seq, id, type);
    memcpy(walk->prev, hash, 32);
    walk->seq++;
    return good;
}

#define ROW_COLUMNS "seq,epoch,id,type,at_ms,body,prev,hash"

/* At most VERIFY_ROWS rows with the lock held. 1 there may be more, 0 the end, -1 error. */
static int verify_piece(struct store *store, struct walk *walk, int64_t last, GError **error)
{
    sqlite3_stmt *rows =
        sql_query(&store->sql, SQL_JOURNAL_RANGE,
                  "SELECT " ROW_COLUMNS " FROM journal WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3", error, "iii",
                  walk->seq, last, (int64_t)VERIFY_ROWS);
    int more = -1, count = 0;
    bool good = rows != NULL;

    while (good && (more = sql_step(&store->sql, rows, error)) == 1) {
        int64_t seq = sqlite3_column_int64(rows, 0);
        good = walk_to(store, walk, seq, error) && (row_holds(store, rows, walk) || broken_at(seq, error));
        count++;
    }
    if (!good && more == 1)
        sql_done(rows);
    if (!good || more < 0)
        return -1;
    if (count == VERIFY_ROWS)
        return 1;
    return walk->seq > last || walk_to(store, walk, last + 1, error) ? 0 : -1;
}

bool journal_verify(struct store *store, int64_t first, int64_t last, GError **error)
{
    struct walk walk;
    int more = 1;

    if (first > last)
        return true;
    g_mutex_lock(&store->lock);
    if (!walk_start(store, &walk, first, error))
        more = -1;
    g_mutex_unlock(&store->lock);
    while (more == 1) {
        g_mutex_lock(&store->lock);
        more = verify_piece(store, &walk, last, error);
        g_mutex_unlock(&store->lock);
        if (more == 1)
            clock_sleep_ms(TURN_MS);
    }
    return more == 0;
}

/* The first row at or behind `seq` that the walk can begin at: not inside of a segment or of a gap. */
static bool begin_at(struct store *store, int64_t *seq, GError **error)
{
    sqlite3_stmt *inside = sql_query(&store->sql, SQL_SEGMENT_OVER,
                                     "SELECT first_seq FROM segment WHERE first_seq<=?1 AND last_seq>=?1", error, "i",
                                     *seq);
    int found = inside == NULL ? -1 : sql_step(&store->sql, inside, error);
    if (found == 1) {
        *seq = sqlite3_column_int64(inside, 0);
        sql_done(inside);
    }
    const struct epoch *next = epochs_after_gap(store, *seq);
    if (next != NULL)
        *seq = next->first_seq;
    return found >= 0;
}

/* One segment may be a megabyte: each under a hold of the lock of its own. */
static bool seals_verify(struct store *store, GError **error)
{
    int64_t first_seq = INT64_MIN;
    int more = 1;

    while (more == 1) {
        g_mutex_lock(&store->lock);
        more = segment_seal_next(&store->sql, &first_seq, error);
        g_mutex_unlock(&store->lock);
        if (more == 1)
            clock_sleep_ms(TURN_MS);
    }
    return more == 0;
}

static bool tail_verify(struct store *store, int64_t rows, GError **error)
{
    g_mutex_lock(&store->lock);
    int64_t first = MAX(1, store->head_seq - rows + 1);
    bool good = rows <= 0 || begin_at(store, &first, error);
    int64_t last = store->head_seq;
    g_mutex_unlock(&store->lock);
    return good && journal_verify(store, rows <= 0 ? epochs_first(store) : MAX(first, epochs_first(store)), last, error);
}

bool journal_verify_tail(struct store *store, int64_t rows, GError **error)
{
    return segment_seals_hold(&store->sql, error) && tail_verify(store, rows, error);
}

/* The head on the disk must be the head as we know it: rows cut off, or put behind it, are seen here. What we know stays. */
static bool head_holds(struct store *store, GError **error)
{
    int64_t head_seq = store->head_seq;
    uint8_t head_hash[32];

    memcpy(head_hash, store->head_hash, 32);
    bool loaded = journal_head_load(store, error);
    int64_t found_seq = store->head_seq;
    bool same = found_seq == head_seq && memcmp(head_hash, store->head_hash, 32) == 0;
    store->head_seq = head_seq;
    memcpy(store->head_hash, head_hash, 32);
    if (loaded && !same)
        g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN,
                    "the journal is broken at row %" G_GINT64_FORMAT ": its end is not the one that was written",
                    MIN(found_seq, head_seq));
    return loaded && same;
}

bool store_verify_chain(struct store *store, int64_t rows, GError **error)
{
    g_mutex_lock(&store->lock);
    bool good = head_holds(store, error);
    g_mutex_unlock(&store->lock);
    return good && seals_verify(store, error) && tail_verify(store, rows, error);
}
