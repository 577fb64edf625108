/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing, the one lock, commits that tell the truth, and the times that are kept. */
#include "store/internal.h"
#include "model/model.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERIFY_AT_OPEN 10000

bool store_state_error(GError **error, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    g_autofree char *text = g_strdup_vprintf(format, values);
    va_end(values);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_STATE, text);
    return false;
}

/* ---- meta --------------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *meta_query(struct store *store, const char *key)
{
    g_autoptr(GError) error = NULL;
    sqlite3_stmt *get =
        sql_query(&store->sql, SQL_META_GET, "SELECT value FROM meta WHERE key=?1", &error, "s", key);

    if (get == NULL || sql_step(&store->sql, get, &error) != 1) {
        if (error != NULL)
            g_critical("meta: %s", error->message);
        return NULL;
    }
    return get;
}

int64_t meta_int(struct store *store, const char *key, int64_t otherwise)
{
    sqlite3_stmt *get = meta_query(store, key);

    if (get == NULL)
        return otherwise;
    int64_t value = sqlite3_column_type(get, 0) == SQLITE_INTEGER ? sqlite3_column_int64(get, 0) : otherwise;
    sql_done(get);
    return value;
}

char *meta_text(struct store *store, const char *key)
{
    sqlite3_stmt *get = meta_query(store, key);

    if (get == NULL)
        return g_strdup("");
    char *text = g_strdup(sql_text(get, 0));
    sql_done(get);
    return text;
}

#define META_SET                                                                                             \
    "INSERT INTO meta(key,value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value"

bool meta_set_int(struct store *store, const char *key, int64_t value, GError **error)
{
    return sql_run(&store->sql, SQL_META_SET, META_SET, error, "si", key, value);
}

bool meta_set_text(struct store *store, const char *key, const char *value, GError **error)
{
    return sql_run(&store->sql, SQL_META_SET, META_SET, error, "ss", key, value);
}

/* ---- Marks: times that move on without an fsync each ------------------------------------------------------------- */

bool mark_due(const struct mark *mark, int64_t ms)
{
    return ms - mark->disk_ms >= MARK_STEP_MS || ms < mark->disk_ms;
}

bool mark_write(struct store *store, struct mark *mark, int64_t ms, GError **error)
{
    if (!meta_set_int(store, mark->key, ms, error))
        return false;
    mark->disk_ms = ms;
    return true;
}

static void mark_load(struct store *store, struct mark *mark, const char *key)
{
    mark->key = key;
    mark->now_ms = mark->disk_ms = meta_int(store, key, 0);
}

/* ---- Commits ------------------------------------------------------------------------------------------------------ */

#define WAL_PAGES     200  /* carried over behind a commit that nobody waits for */
#define WAL_PAGES_MAX 4000 /* behind an append, should there be no other for so long: 16 MB */

/* A checkpoint takes as long as tens of appends: it is for the commits of sync and upkeep, a payment does not wait for it. */
static void wal_shorten(struct store *store, int pages_max)
{
    if (store->sql.wal_pages >= pages_max && !sql_checkpoint(&store->sql))
        g_message("the database's WAL could not be carried over; it is tried again before anything else is written");
}

static bool beside_flush(void *ctx)
{
    return sidecar_flush(ctx);
}

/* The frames of a failed COMMIT may be whole in the WAL file: after a power cut SQLite would find and replay them, and a
 * transaction that was told to have failed would be there. An emptied WAL holds nothing to replay. Should the disk refuse
 * this too, it is done before the next transaction begins. */
static bool commit(struct store *store, bool beside, GError **error)
{
    if (beside ? sql_commit_with(&store->sql, beside_flush, store, error) : sql_commit(&store->sql, error)) {
        wal_shorten(store, beside ? WAL_PAGES_MAX : WAL_PAGES);
        return true;
    }
    sql_rollback(&store->sql);
    if (!sql_settle(&store->sql))
        g_prefix_error(error, "not committed, and still in the WAL: ");
    return false;
}

bool store_commit(struct store *store, GError **error)
{
    return commit(store, false, error);
}

bool store_commit_beside(struct store *store, GError **error)
{
    return commit(store, sidecar_ready(store), error);
}

bool store_flush(struct store *store)
{
    g_mutex_lock(&store->lock);
    bool done = store->sql.wal_pages == 0 || (store->sql.torn ? sql_settle(&store->sql) : sql_checkpoint(&store->sql));
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_abandon(struct store *store)
{
    g_autoptr(GError) error = NULL;

    sql_rollback(&store->sql);
    /* What was meant to be on the disk may not be: written again at the next occasion. */
    store->time_high.disk_ms = store->feed.disk_ms = store->hotlist_confirmed.disk_ms = store->persons.disk_ms = 0;
    if (!journal_head_load(store, &error) || !epochs_load(store, &error))
        g_critical("journal head: %s", error->message);
    return false;
}

/* ---- Opening ------------------------------------------------------------------------------------------------------ */

/* What stands in receipts, bodies and file names: no quoting is ever needed. */
static bool identity_valid(const struct store_identity *identity, GError **error)
{
    size_t len = strnlen(identity->kiosk_id, sizeof identity->kiosk_id);
    bool good = len > 0 && len < sizeof identity->kiosk_id && identity->epoch >= 0;

    for (size_t i = 0; good && i < len; i++)
        good = g_ascii_isalnum(identity->kiosk_id[i]) || identity->kiosk_id[i] == '-' ||
               identity->kiosk_id[i] == '_';
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OPEN,
                            "a kiosk id is 1 to 31 letters, digits, - or _");
    return good;
}

/* SQLite 3.7.0 to 3.51.2 can lose a WAL that two connections write or checkpoint at once. A lock of our own beside the
 * file keeps it to one, also against a second store in this process. It dies with the process. */
static int lock_take(const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path, ".lock", NULL);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", name,
                errno == EWOULDBLOCK ? "another kiosk has this database open" : g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* SQLite gives -wal and -shm the mode of the database: card numbers are for this user alone. */
static bool file_private(const char *path, bool *existed, GError **error)
{
    *existed = g_file_test(path, G_FILE_TEST_EXISTS);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool good = fd >= 0 && fchmod(fd, 0600) == 0;

    if (!good)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

/* Acknowledged rows or payments beyond the end: the tail was cut off. What a segment carries is not: salvage may have found it
 * and no row behind it. */
static bool tail_hold(struct store *store, GError **error)
{
    sqlite3_stmt *last = sql_query(&store->sql, SQL_PAYMENT_LAST,
                                   "SELECT coalesce((SELECT max(seq) FROM payment),0), coalesce((SELECT max(last_seq) FROM segment),0)",
                                   error, "");
    if (last == NULL || sql_step(&store->sql, last, error) != 1)
        return false;
    int64_t seen = MAX(sqlite3_column_int64(last, 0), store->acked_seq);
    int64_t end = MAX(sqlite3_column_int64(last, 1), store->head_seq);
    sql_done(last);
    if (seen <= end || (seen == store->acked_seq && epochs_after_gap(store, seen) != NULL))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN,
                "the journal ends at %" G_GINT64_FORMAT " but had %" G_GINT64_FORMAT, store->head_seq, seen);
    return false;
}

/* Every append carried a wall time, so the highest of them counts too. */
bool store_marks_load(struct store *store, GError **error)
{
    mark_load(store, &store->time_high, "time_high_ms");
    mark_load(store, &store->feed, "feed_ms");
    mark_load(store, &store->hotlist_confirmed, "hotlist_confirmed_ms");
    mark_load(store, &store->persons, "persons_ms");
    snapshots_load(store);
    sqlite3_stmt *time =
        sql_query(&store->sql, SQL_JOURNAL_TIME,
                  "SELECT coalesce(max(at_ms),0) FROM (SELECT at_ms FROM journal ORDER BY seq DESC LIMIT 1)",
                  error, "");
    if (time == NULL || sql_step(&store->sql, time, error) != 1)
        return false;
    store->time_high.now_ms = MAX(store->time_high.now_ms, sqlite3_column_int64(time, 0));
    sql_done(time);
    store->acked_seq = meta_int(store, "acked_seq", 0);
    epochs_state_load(store);
    clock_load(store);
    return true;
}

/* How a file is opened: as it is; as the kiosk's only one, which may be new; or in place of a damaged one. */
struct opening {
    const char *path, *damaged; /* folder where the damaged one lies, or NULL */
    bool new_waits;
};

/* On an enrolled kiosk a new file is a disk that may have been another one: numbers may be taken. It is new as long as its
 * state was never written, also when an earlier start got as far as making it. */
static bool state_begin(struct store *store, const struct opening *opening, GError **error)
{
    g_autofree char *had = meta_text(store, "state");
    bool is_new = opening->new_waits && store->head_seq == 0;
    bool waits = store->identity.epoch > 0 && (opening->damaged != NULL || is_new);

    if (*had != '\0')
        return true;
    if ((sql_begin(&store->sql, error) &&
         epochs_state_write(store, waits ? STORE_WAITS : STORE_WHOLE,
                            !waits                      ? ""
                            : opening->damaged != NULL ? "damaged"
                                                        : "new",
                            error) &&
         store_commit(store, error))) {
        epochs_state_load(store);
        return true;
    }
    return store_abandon(store);
}

/* `meta.beside` is odd from before the first row that may be in the sidecar alone until a close has flushed the database; it moves
 * on at each start, so that this is a commit that flushes. A full disk cannot write it: then it must be odd already. */
static bool beside_mark(struct store *store, GError **error)
{
    int64_t had = meta_int(store, "beside", 0), next = (had | 1) + 2;
    g_autoptr(GError) why = NULL;

    if (store->sidecar == NULL)
        next++;
    bool done = (sql_begin(&store->sql, &why) && meta_set_int(store, "beside", next, &why) && store_commit(store, &why)) ||
                store_abandon(store);
    if (!done && !g_error_matches(why, STORE_ERROR, STORE_ERROR_FULL)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    if (!done && (had & 1) == 0)
        g_clear_pointer(&store->sidecar, sidecar_free);
    store->beside = done ? next : had;
    return true;
}

/* Rows may have been in a sidecar that is gone, or cannot be read. */
static bool beside_missed(struct store *store, const char *path, GError **error)
{
    g_message("%s cannot be read: rows of the last minutes may be missing", path);
    if (store->state == STORE_WAITS)
        return true;
    bool done = (sql_begin(&store->sql, error) && epochs_state_write(store, STORE_WAITS, "damaged", error) &&
                 meta_set_int(store, "end_known", 0, error) && store_commit(store, error)) ||
                store_abandon(store);
    epochs_state_load(store);
    return done;
}

/* In place of a damaged database: is it known how far the journal went? The first start that asks knows best. */
static bool end_known_write(struct store *store, bool known, GError **error)
{
    return meta_int(store, "end_known", -1) >= 0 || meta_set_int(store, "end_known", known, error);
}

static bool beside_open(struct store *store, const struct opening *opening, GError **error)
{
    g_autofree char *path = g_strconcat(opening->path, "-tail", NULL);
    struct sidecar_found found = {0};
    g_autoptr(GError) why = NULL;
    bool existed = g_file_test(path, G_FILE_TEST_EXISTS), had_rows = (meta_int(store, "beside", 0) & 1) != 0, ours;

    /* Before one is made: else the next start, should this one be stopped, would take it for the old one. */
    if (!existed && ((had_rows && !beside_missed(store, path, error)) ||
                     (opening->damaged != NULL && !end_known_write(store, false, error))))
        return false;
    if (!file_private(path, &ours, &why))
        g_message("%s; payments go on without it", why->message);
    else if (!sidecar_open(store, path, &found, error))
        return false;
    if (found.joined > 0)
        g_message("%d rows that the database had lost were taken from %s", found.joined, path);
    if (opening->damaged != NULL && !end_known_write(store, found.read, error))
        return false;
    if (existed && had_rows && !found.read && !beside_missed(store, path, error))
        return false;
    return beside_mark(store, error) && (found.joined == 0 || store_marks_load(store, error));
}

/* What the projections cannot make sense of without what is lost waits for the platform's rows. */
static bool projections_prepare(struct store *store, const struct opening *opening, GError **error)
{
    GError *why = NULL;

    if (schema_projections(store, &why))
        return true;
    if (opening->damaged == NULL || !g_error_matches(why, STORE_ERROR, STORE_ERROR_STATE)) {
        g_propagate_error(error, why);
        return false;
    }
    g_message("what was salvaged is set aside: %s", why->message);
    g_clear_error(&why);
    return ((sql_begin(&store->sql, error) && recover_set_aside(store, 1, error) && store_commit(store, error)) ||
            store_abandon(store)) &&
           schema_projections(store, error);
}

/* A process that was killed between writing and flushing leaves rows that we see and neither the medium nor the sidecar has:
 * told to the platform or built upon, they could still go with the power. A checkpoint flushes the WAL before it moves anything;
 * should there be no room to move it to, it is flushed all the same. */
static bool seen_is_durable(struct store *store, GError **error)
{
    if (!sql_again(&store->sql, error))
        return false;
    int code = sqlite3_wal_checkpoint_v2(store->sql.db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    return code == SQLITE_OK || (code & 0xFF) == SQLITE_FULL || sql_fail(&store->sql, "flush at start", error);
}

static bool prepare(struct store *store, const struct opening *opening, GError **error)
{
    store->sql.index_key = store->identity.index_key;
    return seen_is_durable(store, error) && schema_prepare(store, error) && state_begin(store, opening, error) &&
           (opening->damaged == NULL || salvage(store, opening->damaged, error)) && store_marks_load(store, error) &&
           journal_verify_tail(store, VERIFY_AT_OPEN, error) && schema_old_drop(store, error) && beside_open(store, opening, error) &&
           projections_prepare(store, opening, error) && tail_hold(store, error);
}

static struct store *open_file(const struct opening *opening, int lock_fd, const struct store_identity *identity,
                               GError **error)
{
    struct store *store = g_new0(struct store, 1);
    bool existed = false;

    store->identity = *identity;
    store->lock_fd = lock_fd;
    g_mutex_init(&store->lock);
    g_mutex_init(&store->compacting);
    clock_boot_id(store->boot_id);
    if (file_private(opening->path, &existed, error) && sql_open(&store->sql, opening->path, error) &&
        prepare(store, opening, error)) {
        hotlist_load(store, opening->path);
        return store;
    }
    store->lock_fd = -1; /* the caller's */
    store_close(store);
    return NULL;
}

struct store *store_open(const char *path, const struct store_identity *identity, GError **error)
{
    struct opening opening = {.path = path};

    if (!identity_valid(identity, error))
        return NULL;
    int lock_fd = lock_take(path, error);
    struct store *store = lock_fd >= 0 ? open_file(&opening, lock_fd, identity, error) : NULL;
    if (store == NULL && lock_fd >= 0)
        close(lock_fd);
    return store;
}

/* Damaged, cut or somebody else's: set aside, and a new one with what can be saved. */
static struct store *open_anew(const struct opening *first, int lock_fd, const struct store_identity *identity,
                               const char *why, GError **error)
{
    g_autofree char *folder = salvage_quarantine(first->path, error);

    if (folder == NULL)
        return NULL;
    g_message("the database is set aside in %s: %s", folder, why);
    struct opening anew = {.path = first->path, .damaged = folder, .new_waits = true};
    struct store *store = open_file(&anew, lock_fd, identity, error);
    if (store == NULL || salvage_ended(first->path, error))
        return store;
    store->lock_fd = -1; /* the caller's */
    store_close(store);
    return NULL;
}

static bool is_damage(const GError *error)
{
    return g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT) ||
           g_error_matches(error, STORE_ERROR, STORE_ERROR_CHAIN) ||
           g_error_matches(error, STORE_ERROR, STORE_ERROR_FOREIGN);
}

struct store *store_open_or_salvage(const char *path, const struct store_identity *identity, GError **error)
{
    struct opening opening = {.path = path, .new_waits = true};
    GError *why = NULL;

    if (!identity_valid(identity, error))
        return NULL;
    int lock_fd = lock_take(path, error);
    if (lock_fd < 0)
        return NULL;
    g_autofree char *begun = NULL;
    struct store *store = NULL;
    if (salvage_begun(path, &begun, &why))
        store = begun != NULL ? open_anew(&opening, lock_fd, identity, "a start before this one did not end it", &why)
                              : open_file(&opening, lock_fd, identity, &why);
    if (store == NULL && is_damage(why) && begun == NULL)
        store = open_anew(&opening, lock_fd, identity, why->message, error);
    else if (store == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    g_clear_error(&why);
    if (store == NULL)
        close(lock_fd);
    return store;
}

static void marks_flush(struct store *store)
{
    struct mark *marks[] = {&store->time_high, &store->feed, &store->hotlist_confirmed, &store->persons};
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; error == NULL && i < G_N_ELEMENTS(marks); i++)
        if (marks[i]->key != NULL && marks[i]->now_ms != marks[i]->disk_ms)
            mark_write(store, marks[i], marks[i]->now_ms, &error);
    if (error != NULL)
        g_warning("times of the last minute are not kept: %s", error->message);
}

/* This commit flushes all that lies before it: from here on the database has every row itself. */
static void beside_end(struct store *store)
{
    g_autoptr(GError) error = NULL;

    if ((store->beside & 1) != 0 && !(sql_begin(&store->sql, &error) && meta_set_int(store, "beside", store->beside + 1, &error) &&
                                      store_commit(store, &error))) {
        sql_rollback(&store->sql);
        g_warning("the next start needs kiosk.db-tail: %s", error->message);
    }
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->sql.db != NULL) {
        if (!store->looking) {
            marks_flush(store);
            beside_end(store);
        }
        sql_close(&store->sql);
    }
    hotlist_unload(store);
    sidecar_free(store->sidecar);
    if (store->epochs != NULL)
        g_array_unref(store->epochs);
    g_free(store->state_reason);
    g_free(store->ballast);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    g_mutex_clear(&store->lock);
    g_mutex_clear(&store->compacting);
    OPENSSL_cleanse(&store->identity, sizeof store->identity);
    g_free(store);
}
