/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old rows leave the journal, and the chain stays provable: a run of acknowledged, final rows goes into an archive file and a
 * `segment` takes its place.
 *
 *   segment: first and last number, epoch, the `prev` of the first, the hash of the last, SHA-256 over the hashes of all,
 *            and `carried`: what the projections must remember of the run, since they are built from what is left and this
 *
 * A row stays when it is young or not acknowledged, refused, of a payment that is open or whose other rows or whose card's
 * earlier payment stay, or of a kind whose projection carries nothing (KEEPERS). So an open doubt never leaves.
 * The archive is on the disk before the rows go; a stop in between leaves a file that the next run writes again.
 */
#include "store/internal.h"
#include "model/clock.h"
#include "model/model.h"
#include "sync/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

/* ---- Which rows ------------------------------------------------------------------------------------------------------------ */

struct candidate {
    int64_t seq, epoch;
    bool kept; /* a reason to stay of its own */
    char *about; /* the payment it speaks of, or NULL */
    int64_t end; /* then that one's last row */
};

struct survey {
    struct store *store;
    const struct store_retention *retention;
    GArray *rows;         /* of struct candidate */
    GHashTable *first_at; /* payment → index of its first row here + 1 */
};

static void candidate_clear(void *data)
{
    g_free(((struct candidate *)data)->about);
}

static bool is_payment(const char *type)
{
    return g_str_has_prefix(type, "payment.");
}

/* Kinds that no projection, or only the payments' own, is built from. Each other kind stays until its projection carries. */
static bool type_may_go(const char *type)
{
    static const char *const PLAIN[] = {"receipt.printed", "journal.restored", "journal.anchored", "test.fact"};

    for (size_t i = 0; i < G_N_ELEMENTS(PLAIN); i++)
        if (strcmp(type, PLAIN[i]) == 0)
            return true;
    return is_payment(type);
}

static char *payment_id_of(struct store *store, const char *body)
{
    json_t *data = journal_data(store, body, NULL);
    char *id = g_strdup(json_string_value(json_object_get(data, "id")));

    json_decref(data);
    return id;
}

/* The number of the last row of a payment that is over and may be forgotten; 0 none. */
static int64_t final_seq(struct store *store, const char *payment_id, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_COMPACT_FINAL,
                                  "SELECT seq FROM payment WHERE id=?1 AND state IN ('CONFIRMED','VOID') AND change_fen<0",
                                  error, "s", payment_id);
    int64_t seq = 0;

    if (get != NULL && sql_step(&store->sql, get, error) == 1) {
        seq = sqlite3_column_int64(get, 0);
        sql_done(get);
    }
    return seq;
}

static void survey_row(struct survey *survey, sqlite3_stmt *row)
{
    const char *type = sql_text(row, 2);
    struct candidate candidate = {.seq = sqlite3_column_int64(row, 0), .epoch = sqlite3_column_int64(row, 1)};

    candidate.kept = !type_may_go(type) || sqlite3_column_int(row, 4) != 0;
    if (is_payment(type)) {
        candidate.about = payment_id_of(survey->store, sql_text(row, 3));
        if (candidate.about == NULL)
            candidate.kept = true;
        else if (strcmp(type, "payment.committing") == 0)
            g_hash_table_insert(survey->first_at, g_strdup(candidate.about),
                                GUINT_TO_POINTER(survey->rows->len + 1));
    }
    g_array_append_val(survey->rows, candidate);
}

static bool survey_read(struct survey *survey, int64_t after, GError **error)
{
    struct store *store = survey->store;
    int64_t last = MIN(store->acked_seq, store->head_seq - survey->retention->rows_kept);
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_COMPACT_ROWS,
                                   "SELECT seq,epoch,type,body,EXISTS(SELECT 1 FROM refused r WHERE r.seq=j.seq)"
                                   " FROM journal j WHERE seq>?1 AND seq<=?2 AND at_ms<?3 ORDER BY seq LIMIT ?4",
                                   error, "iiii", after, last, survey->retention->before_ms,
                                   (int64_t)survey->retention->rows_max);
    int more = -1;

    while (rows != NULL && (more = sql_step(&store->sql, rows, error)) == 1)
        survey_row(survey, rows);
    return more == 0;
}

static struct candidate *row_at(struct survey *survey, guint at)
{
    return &g_array_index(survey->rows, struct candidate, at);
}

/* Payments whose end is not among the rows, or that began before them, stay with all their rows; then their cards' later ones. */
static bool survey_payments(struct survey *survey, GError **error)
{
    int64_t last = survey->rows->len > 0 ? row_at(survey, survey->rows->len - 1)->seq : 0;

    for (guint i = 0; i < survey->rows->len; i++) {
        struct candidate *row = row_at(survey, i);
        GError *why = NULL;
        if (row->about == NULL || row->kept)
            continue;
        row->end = final_seq(survey->store, row->about, &why);
        if (why != NULL) {
            g_propagate_error(error, why);
            return false;
        }
        row->kept = row->end == 0 || row->end > last || !g_hash_table_contains(survey->first_at, row->about);
    }
    return true;
}

static bool earlier_stays(struct store *store, const char *payment_id, int64_t first, bool *stays, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_COMPACT_BEFORE,
                                  "SELECT 1 FROM payment p JOIN payment b ON b.id=p.before JOIN journal j ON j.seq=b.seq"
                                  " WHERE p.id=?1 AND b.seq<?2",
                                  error, "si", payment_id, first);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (found == 1)
        sql_done(get);
    *stays = found == 1;
    return found >= 0;
}

/* ---- Runs -------------------------------------------------------------------------------------------------------------------- */

struct run {
    guint from, to; /* rows, both inclusive */
};

/* Shrink a run until no payment reaches over its end, and none begins before it. */
static bool run_settle(struct survey *survey, struct run *run, GError **error)
{
    bool changed = true;

    while (changed && run->from <= run->to && run->to != G_MAXUINT) {
        changed = false;
        for (guint i = run->from; !changed && i <= run->to; i++) {
            struct candidate *row = row_at(survey, i);
            if (row->about == NULL)
                continue;
            guint first = GPOINTER_TO_UINT(g_hash_table_lookup(survey->first_at, row->about)) - 1;
            bool stays = false;
            if (first >= run->from && !earlier_stays(survey->store, row->about, row_at(survey, run->from)->seq, &stays, error))
                return false;
            if (first < run->from || stays) { /* its beginning stays, or what its card did before: so does this */
                run->from = i + 1;
                changed = true;
            } else if (row->end > row_at(survey, run->to)->seq) {
                run->to = first - 1; /* before the very first: G_MAXUINT, nothing left */
                changed = true;
            }
        }
    }
    return true;
}

static bool follows(struct survey *survey, guint at)
{
    return row_at(survey, at)->seq == row_at(survey, at - 1)->seq + 1 &&
           row_at(survey, at)->epoch == row_at(survey, at - 1)->epoch;
}

/* The next run from `at` on that is worth a segment; false when there is none. */
static bool run_find(struct survey *survey, guint at, struct run *run, GError **error)
{
    while (at < survey->rows->len) {
        if (row_at(survey, at)->kept) {
            at++;
            continue;
        }
        run->from = run->to = at;
        while (run->to + 1 < survey->rows->len && !row_at(survey, run->to + 1)->kept && follows(survey, run->to + 1))
            run->to++;
        guint next = run->to + 1;
        if (!run_settle(survey, run, error))
            return false;
        if (run->to != G_MAXUINT && run->from <= run->to && (int)(run->to - run->from + 1) >= survey->retention->run_min)
            return true;
        at = next;
    }
    return false;
}

/* ---- Archive ------------------------------------------------------------------------------------------------------------------- */

static bool failed(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    return false;
}

static bool write_durably(const char *folder, const char *name, const void *bytes, size_t len, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (g_mkdir_with_parents(folder, 0700) != 0)
        return failed(folder, error);
    GError *why = NULL;
    if (!g_file_set_contents_full(path, bytes, (gssize)len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, &why)) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s", why->message);
        g_clear_error(&why);
        return false;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        failed(folder, error);
    if (fd >= 0)
        close(fd);
    return good;
}

struct segment {
    int64_t first, last, epoch;
    uint8_t first_prev[32], last_hash[32], digest[32];
    GString *lines;
};

static void hex_append(GString *out, const uint8_t bytes[32])
{
    for (int i = 0; i < 32; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
}

/* One JSON object a line; the body is a string in it, so that its bytes come out as they went in. */
static bool line_add(struct segment *segment, const struct store_row *row, EVP_MD_CTX *digest)
{
    g_autoptr(GString) prev = g_string_new(NULL), hash = g_string_new(NULL);

    hex_append(prev, row->prev);
    hex_append(hash, row->hash);
    json_t *line = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)row->epoch, "seq", (json_int_t)row->seq,
                             "id", row->id, "prev", prev->str, "hash", hash->str, "body", row->body);
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(line);
    if (text == NULL || EVP_DigestUpdate(digest, row->hash, 32) != 1)
        return false;
    g_string_append(segment->lines, text);
    g_string_append_c(segment->lines, '\n');
    free(text);
    return true;
}

static bool segment_read(struct store *store, struct segment *segment, GError **error)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool good = digest != NULL && EVP_DigestInit_ex2(digest, EVP_sha256(), NULL) == 1;

    segment->lines = g_string_new(NULL);
    for (int64_t seq = segment->first; good && seq <= segment->last; seq++) {
        struct store_row *row = outbox_row(store, seq, error);
        good = row != NULL && line_add(segment, row, digest);
        if (good && seq == segment->first)
            memcpy(segment->first_prev, row->prev, 32);
        if (good)
            memcpy(segment->last_hash, row->hash, 32);
        store_row_free(row);
    }
    good = good && EVP_DigestFinal_ex(digest, segment->digest, NULL) == 1;
    EVP_MD_CTX_free(digest);
    if (!good && error != NULL && *error == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_SQL, "a run of rows cannot be archived");
    return good;
}

static char *archive_write(struct segment *segment, const char *folder, GError **error)
{
    size_t len = 0;
    char *packed = zip_pack(segment->lines->str, segment->lines->len, &len);
    g_autofree char *name =
        g_strdup_printf("journal-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT ".jsonl%s", segment->first, segment->last,
                        packed != NULL ? ".zst" : "");
    bool done = write_durably(folder, name, packed != NULL ? packed : segment->lines->str,
                              packed != NULL ? len : segment->lines->len, error);

    free(packed);
    return done ? g_steal_pointer(&name) : NULL;
}

/* ---- One segment ---------------------------------------------------------------------------------------------------------------- */

static bool segment_put(struct store *store, const struct segment *segment, const char *archive, GError **error)
{
    json_t *carried = projection_carry(&store->sql, segment->first, segment->last, error);
    char *text = carried != NULL ? json_dumps(carried, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool done =
        text != NULL &&
        sql_run(&store->sql, SQL_SEGMENT_ADD,
                "INSERT INTO segment(first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,carried,archive,at_ms)"
                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                error, "iiibbibssi", segment->first, segment->last, segment->epoch, segment->first_prev, 32,
                segment->last_hash, 32, segment->last - segment->first + 1, segment->digest, 32, text, archive, now_ms()) &&
        sql_run(&store->sql, SQL_COMPACT_CUT, "DELETE FROM journal WHERE seq BETWEEN ?1 AND ?2", error, "ii", segment->first,
                segment->last);

    free(text);
    json_decref(carried);
    return done;
}

static bool segment_make(struct store *store, struct segment *segment, const char *folder, GError **error)
{
    g_autofree char *archive = NULL;
    bool done = segment_read(store, segment, error) && (archive = archive_write(segment, folder, error)) != NULL &&
                ((sql_begin(&store->sql, error) && segment_put(store, segment, archive, error) &&
                  store_commit(store, error)) ||
                 store_abandon(store));

    g_string_free(segment->lines, TRUE);
    segment->lines = NULL;
    return done && epochs_load(store, error);
}

/* One piece under the lock: the runs among the next rows. *after moves on. */
static bool compact_piece(struct store *store, const struct store_retention *retention, const char *folder, int64_t *after,
                          int *gone, bool *more, GError **error)
{
    struct survey survey = {.store = store,
                            .retention = retention,
                            .rows = g_array_new(FALSE, TRUE, sizeof(struct candidate)),
                            .first_at = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct run run = {0};
    int64_t reached = 0;
    GError *why = NULL;
    bool good;

    g_array_set_clear_func(survey.rows, candidate_clear);
    good = survey_read(&survey, *after, &why) && survey_payments(&survey, &why);
    *more = good && survey.rows->len == (guint)retention->rows_max;
    for (guint at = 0; good && run_find(&survey, at, &run, &why); at = run.to + 1) {
        struct segment segment = {.first = row_at(&survey, run.from)->seq,
                                  .last = row_at(&survey, run.to)->seq,
                                  .epoch = row_at(&survey, run.from)->epoch};
        good = segment_make(store, &segment, folder, &why);
        *gone += good ? (int)(segment.last - segment.first + 1) : 0;
        reached = segment.last;
    }
    /* A payment at the end that was cut in two is looked at again with its rest. */
    if (survey.rows->len > 0)
        *after = reached > 0 ? reached : row_at(&survey, survey.rows->len - 1)->seq;
    g_array_unref(survey.rows);
    g_hash_table_unref(survey.first_at);
    if (why == NULL)
        return true;
    g_propagate_error(error, why);
    return false;
}

bool store_compact(struct store *store, const struct store_retention *retention, const char *folder, int *gone,
                   GError **error)
{
    int64_t after = 0;
    bool good = true, more = true;

    *gone = 0;
    while (good && more) {
        g_mutex_lock(&store->lock);
        good = compact_piece(store, retention, folder, &after, gone, &more, error);
        g_mutex_unlock(&store->lock);
    }
    return good;
}
