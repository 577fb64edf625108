/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old rows leave the journal, and the chain stays provable: a run of acknowledged, final rows goes into an archive file and a
 * `segment` takes its place.
 *
 *   segment: first and last number, epoch, the `prev` of the first, the hash of the last, SHA-256 over the hashes of all,
 *            and `carried`: what the projections must remember of the run, since they are built from what is left and this
 *
 *   plan (lock) ─► read (lock, a few rows at a time) ─► pack, write, flush (no lock) ─► take (lock, one transaction)
 *
 * A row is final when nothing can move any more what it is about: ROW_STAYS asks the projections. Rows of one payment, hold or
 * attendance become final together; where a young or refused row lies between them a run ends, and the rest goes with a later
 * one: what is carried of a thing is all of it (carry.c), and rows of it that are left are not applied a second time.
 * The archive is on the disk before its rows go, and `take` asks everything again that `plan` had asked. A stop in between
 * leaves a file that no segment names: the next compaction removes it, once the journal is seen to have all that is in it.
 */
#include "store/internal.h"
#include "model/clock.h"
#include "model/model.h"

#include <openssl/evp.h>
#include <string.h>

#define READ_ROWS 100 /* copied under one hold of the lock */

/* ---- Which rows ------------------------------------------------------------------------------------------------------- */

#define DATA(member) "json_extract(j.body,'$.data." member "')"
/* The thing's last row is old enough, too, or out already. ?2 the highest number that may leave, ?3 written before. */
#define LAST_OLD(seq) seq "<=?2 AND coalesce((SELECT e.at_ms<?3 FROM journal e WHERE e.seq=" seq "),1)"

/* A card of which something is in doubt keeps all that it did; so does a load whose purchase is. CROSS JOIN keeps the order: from the
 * few to the many. */
#define PAYMENT_FINAL                                                                                        \
    "EXISTS (SELECT 1 FROM payment p WHERE p.id=" DATA("id") " AND p.state IN ('CONFIRMED','VOID') AND " LAST_OLD("p.seq") \
    " AND NOT EXISTS (SELECT 1 FROM payment_doubt d CROSS JOIN payment q ON q.id=d.payment_id WHERE q.card_token=p.card_token)"  \
    " AND NOT EXISTS (SELECT 1 FROM reversal r CROSS JOIN payment o ON o.id=r.payment_id WHERE r.load_id=p.id"     \
    "  AND o.state NOT IN ('CONFIRMED','VOID')))"
#define HOLD_FINAL(id) "EXISTS (SELECT 1 FROM ledger_hold h WHERE h.id=" id " AND h.state<>'HELD' AND " LAST_OLD("h.seq") ")"
/* Nobody closes one whose slot is long over; if somebody does, it is done to what is carried. */
#define ATTENDANCE_FINAL                                                                                     \
    "EXISTS (SELECT 1 FROM attendance a WHERE a.id=" DATA("id") " AND (a.state IN ('CONFIRMED','REJECTED') OR a.slot_end_ms<?3)" \
    " AND " LAST_OLD("a.seq") ")"
/* What was promised of this kiosk's own seats is counted by its row as long as there are some: the rest of the database may be lost. */
#define SEAT_FINAL                                                                                           \
    "coalesce(" DATA("drawn") ",0)=0 OR NOT EXISTS (SELECT 1 FROM allotment t WHERE"                         \
    " instr(t.value,json_quote(" DATA("session") "))>0)"
/* The end of an open call may still have to be told. */
#define HELP_FINAL "EXISTS (SELECT 1 FROM journal e WHERE e.type='help.ended' AND e.seq>j.seq AND json_extract(e.body,'$.data.call')=j.id)"
/* The newest anchor is asked for. Kinds that no projection is built from, and facts of one row, are final from the start. */
#define ROW_STAYS                                                                                            \
    "EXISTS (SELECT 1 FROM refused r WHERE r.seq=j.seq AND j.id NOT IN (SELECT id FROM refused_resolved))"   \
    " OR NOT CASE WHEN j.type GLOB 'payment.*' OR j.type GLOB 'load.*' THEN " PAYMENT_FINAL                  \
    " WHEN j.type='ledger.hold' THEN " HOLD_FINAL(DATA("id"))                                                \
    " WHEN j.type='ledger.txn' THEN coalesce(" DATA("hold") ",'')='' OR " HOLD_FINAL(DATA("hold"))           \
    " WHEN j.type GLOB 'attendance.*' THEN " ATTENDANCE_FINAL                                                \
    " WHEN j.type='seat.asked' THEN " SEAT_FINAL                                                             \
    " WHEN j.type='help.called' THEN " HELP_FINAL                                                            \
    " WHEN j.type GLOB 'ledger.*' THEN 0 WHEN j.type='journal.anchored' THEN"                                \
    "  j.seq<>(SELECT seq FROM journal WHERE type='journal.anchored' ORDER BY seq DESC LIMIT 1) ELSE 1 END"

struct run {
    int64_t first, last, epoch; /* last < first: none */
};

/* Where a walk over candidates is: the run that it is in. */
struct survey {
    struct run run;
    int rows;     /* looked at */
    bool ended;   /* the run is long enough, and over */
};

static bool run_is_long(const struct run *run, const struct store_retention *retention)
{
    return run->last - run->first + 1 >= MAX(1, retention->run_min);
}

static void survey_row(struct survey *survey, const struct store_retention *retention, int64_t seq, int64_t epoch, bool stays)
{
    struct run *run = &survey->run;
    bool goes_on = !stays && run->last == seq - 1 && run->epoch == epoch && run->last >= run->first;

    survey->rows++;
    if (goes_on) {
        run->last = seq;
        return;
    }
    survey->ended = run->last >= run->first && run_is_long(run, retention);
    if (!survey->ended)
        *run = (struct run){.first = seq, .last = stays ? seq - 1 : seq, .epoch = epoch};
}

/* The first run among the next rows_max candidates behind `after`, up to row `last`. */
static bool survey_rows(struct store *store, const struct store_retention *retention, int64_t after, int64_t last,
                        struct survey *survey, GError **error)
{
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_COMPACT_ROWS,
                                   "SELECT seq,epoch," ROW_STAYS " FROM journal j WHERE seq>?1 AND seq<=?2 AND at_ms<?3"
                                   " ORDER BY seq LIMIT ?4",
                                   error, "iiii", after, last, retention->before_ms, (int64_t)retention->rows_max);
    int more = -1;

    *survey = (struct survey){.run = {.first = after + 1, .last = after}};
    while (rows != NULL && !survey->ended && (more = sql_step(&store->sql, rows, error)) == 1)
        survey_row(survey, retention, sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1),
                   sqlite3_column_int(rows, 2) != 0);
    if (more == 1)
        sql_done(rows);
    return more >= 0;
}

static int64_t last_that_may(const struct store *store, const struct store_retention *retention)
{
    return MIN(store->acked_seq, store->head_seq - MAX(1, retention->rows_kept));
}

/* The next run behind *after, which moves on. False: nothing more, or an error. */
static bool plan(struct store *store, const struct store_retention *retention, int64_t *after, struct run *run, GError **error)
{
    struct survey survey = {.rows = retention->rows_max};

    while (survey.rows == retention->rows_max) {
        if (!survey_rows(store, retention, *after, last_that_may(store, retention), &survey, error))
            return false;
        *run = survey.run;
        if (survey.ended || run_is_long(run, retention)) {
            *after = run->last;
            return true;
        }
        /* One at the end that is cut is looked at again with its rest. */
        *after = run->last >= run->first ? run->first - 1 : run->first;
    }
    return false;
}

/* ---- Reading the run -------------------------------------------------------------------------------------------------- */

struct segment {
    struct run run;
    uint8_t first_prev[32], last_hash[32], digest[32];
    GString *lines;
    EVP_MD_CTX *digesting;
};

static bool row_add(struct segment *segment, const struct store_row *row)
{
    if (row->seq == segment->run.first)
        memcpy(segment->first_prev, row->prev, 32);
    memcpy(segment->last_hash, row->hash, 32);
    return archive_line(segment->lines, row) && EVP_DigestUpdate(segment->digesting, row->hash, 32) == 1;
}

static bool rows_copy(struct store *store, struct segment *segment, int64_t from, GError **error)
{
    int64_t to = MIN(from + READ_ROWS - 1, segment->run.last);
    bool good = true;

    for (int64_t seq = from; good && seq <= to; seq++) {
        struct store_row *row = outbox_row(store, seq, error);
        good = row != NULL && row_add(segment, row);
        store_row_free(row);
    }
    return good;
}

/* Takes the lock itself. Rows do not change, so they may be read piece by piece. */
static bool segment_read(struct store *store, struct segment *segment, GError **error)
{
    bool good = segment->digesting != NULL && EVP_DigestInit_ex2(segment->digesting, EVP_sha256(), NULL) == 1;

    for (int64_t from = segment->run.first; good && from <= segment->run.last; from += READ_ROWS) {
        g_mutex_lock(&store->lock);
        good = rows_copy(store, segment, from, error);
        g_mutex_unlock(&store->lock);
    }
    good = good && EVP_DigestFinal_ex(segment->digesting, segment->digest, NULL) == 1;
    if (!good && error != NULL && *error == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_SQL, "a run of rows cannot be archived");
    return good;
}

/* ---- Taking it out ---------------------------------------------------------------------------------------------------- */

/* 1 the rows are those that were read, 0 not, −1 error. */
static int same_rows(struct store *store, const struct segment *segment, GError **error)
{
    sqlite3_stmt *rows =
        sql_query(&store->sql, SQL_COMPACT_HASHES, "SELECT hash FROM journal WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq", error,
                  "ii", segment->run.first, segment->run.last);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1;
    uint8_t hash[32], digest[32];
    int more = -1;

    while (rows != NULL && good && (more = sql_step(&store->sql, rows, error)) == 1)
        good = sql_bytes(rows, 0, hash, 32) && EVP_DigestUpdate(context, hash, 32) == 1;
    if (more == 1)
        sql_done(rows);
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1 && memcmp(digest, segment->digest, 32) == 0;
    EVP_MD_CTX_free(context);
    return more < 0 ? -1 : good;
}

/* Is all still so that these rows may leave? Nothing that is final can move, so this is for what nobody thought of. */
static int still_final(struct store *store, const struct store_retention *retention, const struct segment *segment,
                       GError **error)
{
    struct store_retention all = {.before_ms = retention->before_ms, .rows_kept = retention->rows_kept, .run_min = G_MAXINT,
                                  .rows_max = G_MAXINT};
    const struct run *run = &segment->run;
    struct survey survey;

    if (run->last > last_that_may(store, retention))
        return 0;
    /* Everything up to the run's end is asked with the same limits; rows behind it do not matter. */
    all.rows_max = (int)(run->last - run->first + 1);
    if (!survey_rows(store, &all, run->first - 1, last_that_may(store, retention), &survey, error))
        return -1;
    return survey.run.first == run->first && survey.run.last == run->last && survey.run.epoch == run->epoch
               ? same_rows(store, segment, error)
               : 0;
}

static bool segment_put(struct store *store, const struct segment *segment, const char *archive, GError **error)
{
    const struct run *run = &segment->run;
    json_t *carried = projection_carry(&store->sql, run->first, run->last, error);
    char *text = carried != NULL ? json_dumps(carried, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool done =
        text != NULL &&
        sql_run(&store->sql, SQL_SEGMENT_ADD,
                "INSERT INTO segment(first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,carried,archive,at_ms)"
                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                error, "iiibbibssi", run->first, run->last, run->epoch, segment->first_prev, 32, segment->last_hash, 32,
                run->last - run->first + 1, segment->digest, 32, text, archive, now_ms()) &&
        segment_seal_add(&store->sql, run->first, error) && seats_keep(store, run->first, run->last, error) &&
        sql_run(&store->sql, SQL_COMPACT_CUT, "DELETE FROM journal WHERE seq BETWEEN ?1 AND ?2", error, "ii", run->first,
                run->last);

    free(text);
    json_decref(carried);
    return done;
}

/* One transaction. 1 the rows are out, 0 something was not as before and they stay, −1 error. */
static int take(struct store *store, const struct store_retention *retention, const struct segment *segment, const char *archive,
                GError **error)
{
    if (!sql_begin(&store->sql, error))
        return -1;
    int same = still_final(store, retention, segment, error);
    if (same == 1 && segment_put(store, segment, archive, error) && store_commit(store, error))
        return epochs_load(store, error) ? 1 : -1;
    store_abandon(store);
    return same == 0 ? 0 : -1;
}

/* ---- One after the other ---------------------------------------------------------------------------------------------- */

static bool segment_make(struct store *store, const struct store_retention *retention, const struct run *run,
                         const char *folder, int *gone, GError **error)
{
    struct segment segment = {.run = *run, .lines = g_string_new(NULL), .digesting = EVP_MD_CTX_new()};
    g_autofree char *archive = NULL;
    bool made = false;
    int taken = -1;

    if (segment_read(store, &segment, error) &&
        (archive = archive_write(folder, run->first, run->last, segment.lines, &made, error)) != NULL) {
        g_mutex_lock(&store->lock);
        taken = take(store, retention, &segment, archive, error);
        g_mutex_unlock(&store->lock);
    }
    *gone += taken == 1 ? (int)(run->last - run->first + 1) : 0;
    g_string_free(segment.lines, TRUE);
    EVP_MD_CTX_free(segment.digesting);
    return taken == 1 || (taken == 0 && (!made || archive_drop(folder, archive, error)));
}

bool store_compact(struct store *store, const struct store_retention *retention, const char *folder, int *gone,
                   GError **error)
{
    struct store_retention pieces = *retention;
    struct run run;
    int64_t after = 0;
    GError *why = NULL;
    bool more = true;

    *gone = 0;
    pieces.rows_max = MAX(pieces.rows_max, MAX(1, pieces.run_min)); /* else a run would never be seen whole */
    g_mutex_lock(&store->compacting);
    more = archive_tidy(folder, &why);
    while (more) {
        g_mutex_lock(&store->lock);
        more = plan(store, &pieces, &after, &run, &why);
        g_mutex_unlock(&store->lock);
        more = more && segment_make(store, &pieces, &run, folder, gone, &why);
    }
    g_mutex_unlock(&store->compacting);
    if (why == NULL)
        return true;
    g_propagate_error(error, why);
    return false;
}
