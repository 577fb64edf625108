/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be saved of a damaged database. Two ways, and every row that either finds is believed by its own hash only:
 *
 *   carving   a journal row ends with body, prev, hash: wherever `{"at":` begins a JSON text in the file or its WAL, whatever
 *             is broken around it, the 64 bytes behind it must fit
 *   asking    row by row through SQLite on a copy, around pages that are broken: finds rows too long for one page
 *
 * Rows that follow on each other from the beginning go into the new journal; those behind a break are kept in `salvaged`.
 */
#include "store/file.h"
#include "store/internal.h"
#include "model/model.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#define BODY_MAX     (128 * 1024)
#define EPOCHS_AHEAD 64      /* epochs tried beyond the one of our enrolment */
#define SEQ_ASKED    2000000 /* rows asked for one by one at most */

/* The database itself last: where it is, nothing is left to be moved. */
static const char *const ENDINGS[] = {"-wal", "-shm", ""};
#define NAME_MAX_BYTES 64

/* ---- Setting aside ------------------------------------------------------------------------------------------------------- */

static bool failed(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    return false;
}

static bool folder_sync(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (!good)
        failed(path, error);
    if (fd >= 0)
        close(fd);
    return good;
}

static char *folder_make(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path), *root = g_build_filename(parent, "quarantine", NULL);
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ms() / 1000);
    g_autofree char *time = now != NULL ? g_date_time_format(now, "%Y%m%dT%H%M%SZ") : g_strdup("unknown");

    if (g_mkdir_with_parents(root, 0700) != 0) {
        failed(root, error);
        return NULL;
    }
    for (int n = 0; n < 1000; n++) {
        g_autofree char *name = n == 0 ? g_strdup(time) : g_strdup_printf("%s-%d", time, n);
        char *folder = g_build_filename(root, name, NULL);
        if (g_mkdir(folder, 0700) == 0)
            return folder;
        bool taken = errno == EEXIST;
        if (!taken)
            failed(folder, error);
        g_free(folder);
        if (!taken)
            return NULL;
    }
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s is full", root);
    return NULL;
}

/* PATH-damaged names the folder from before the first file is moved until what was saved is in the new database. */
static char *note_path(const char *path)
{
    return g_strconcat(path, "-damaged", NULL);
}

bool salvage_begun(const char *path, char **folder, GError **error)
{
    g_autofree char *note = note_path(path), *parent = g_path_get_dirname(path);
    GError *why = NULL;
    size_t len = 0;
    g_autofree char *name = file_read(note, NAME_MAX_BYTES, &len, &why);

    *folder = NULL;
    if (why != NULL) {
        g_propagate_error(error, why);
        return false;
    }
    if (name == NULL)
        return true;
    *folder = g_build_filename(parent, "quarantine", name, NULL);
    if (strchr(name, '/') == NULL && g_file_test(*folder, G_FILE_TEST_IS_DIR))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s names no folder", note);
    g_clear_pointer(folder, g_free);
    return false;
}

bool salvage_ended(const char *path, GError **error)
{
    g_autofree char *note = note_path(path);
    return file_remove(note, error);
}

static bool move_all(const char *path, const char *folder, GError **error)
{
    g_autofree char *moved = g_build_filename(folder, "kiosk.db", NULL), *parent = g_path_get_dirname(path);

    if (g_file_test(moved, G_FILE_TEST_EXISTS))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(ENDINGS); i++) {
        g_autofree char *from = g_strconcat(path, ENDINGS[i], NULL), *to = g_strconcat(moved, ENDINGS[i], NULL);
        if (g_rename(from, to) != 0 && errno != ENOENT)
            return failed(from, error);
        if (!folder_sync(folder, error) || !folder_sync(parent, error))
            return false;
    }
    return true;
}

char *salvage_quarantine(const char *path, GError **error)
{
    g_autofree char *folder = NULL, *note = note_path(path), *parent = g_path_get_dirname(path);

    if (!salvage_begun(path, &folder, error))
        return NULL;
    if (folder == NULL) {
        g_autofree char *root = g_build_filename(parent, "quarantine", NULL);
        folder = folder_make(path, error);
        g_autofree char *name = folder != NULL ? g_path_get_basename(folder) : NULL;
        if (folder == NULL || !folder_sync(root, error) || !folder_sync(parent, error) ||
            !file_replace(note, name, strlen(name), error))
            return NULL;
    }
    return move_all(path, folder, error) ? g_steal_pointer(&folder) : NULL;
}

/* ---- What was found --------------------------------------------------------------------------------------------------------- */

struct find {
    struct store *store;
    GHashTable *rows; /* of struct store_row, by hash */
    int64_t last_seq;
    bool segments; /* the damaged file had some, and all of them could be read */
};

static guint hash_hash(const void *row)
{
    guint value;
    memcpy(&value, ((const struct store_row *)row)->hash, sizeof value);
    return value;
}

static gboolean hash_equal(const void *a, const void *b)
{
    return memcmp(((const struct store_row *)a)->hash, ((const struct store_row *)b)->hash, 32) == 0;
}

static void row_free(void *row)
{
    store_row_free(row);
}

static void find_add(struct find *find, struct store_row *row)
{
    find->last_seq = MAX(find->last_seq, row->seq);
    g_hash_table_add(find->rows, row); /* the same row twice: the older one is freed */
}

/* ---- Carving -------------------------------------------------------------------------------------------------------------------- */

/* Which epoch a row is of does not stand near it: the one that makes its hash right. */
static bool epoch_find(const struct find *find, struct store_row *row)
{
    int64_t newest = find->store->identity.epoch;

    for (int64_t epoch = newest + EPOCHS_AHEAD; epoch >= 0; epoch--) {
        uint8_t hash[32];
        chain_hash(row->prev, epoch, row->seq, row->id, row->body, strlen(row->body), hash);
        row->epoch = epoch;
        if (memcmp(hash, row->hash, 32) == 0)
            return true;
    }
    return false;
}

static void carve_one(struct find *find, const char *bytes, size_t len)
{
    json_error_t where;
    json_t *body = json_loadb(bytes, MIN(len, BODY_MAX), JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &where);
    const char *id = json_string_value(json_object_get(body, "id"));
    size_t body_len = body != NULL ? (size_t)where.position : 0;

    if (id != NULL && body_len + 64 <= len && strlen(id) == 36) {
        struct store_row *row = g_new0(struct store_row, 1);
        row->seq = json_integer_value(json_object_get(body, "seq"));
        g_strlcpy(row->id, id, sizeof row->id);
        row->body = g_strndup(bytes, body_len);
        memcpy(row->prev, bytes + body_len, 32);
        memcpy(row->hash, bytes + body_len + 32, 32);
        if (epoch_find(find, row))
            find_add(find, row);
        else
            store_row_free(row);
    }
    json_decref(body);
}

static void carve(struct find *find, const char *path)
{
    static const char BEGIN[] = "{\"at\":";
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    const char *at = file != NULL ? g_mapped_file_get_contents(file) : NULL;
    const char *end = at != NULL ? at + g_mapped_file_get_length(file) : NULL;

    while (at != NULL && at < end && (at = memmem(at, (size_t)(end - at), BEGIN, sizeof BEGIN - 1)) != NULL) {
        carve_one(find, at, (size_t)(end - at));
        at += sizeof BEGIN - 1;
    }
}

/* ---- Asking --------------------------------------------------------------------------------------------------------------------- */

static bool file_copy(const char *from, const char *to)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(from, FALSE, NULL);

    if (file == NULL)
        return false;
    return g_file_set_contents_full(to, g_mapped_file_get_contents(file) ? g_mapped_file_get_contents(file) : "",
                                    (gssize)g_mapped_file_get_length(file), G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

static void copy_remove(const char *copy)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ENDINGS); i++) {
        g_autofree char *path = g_strconcat(copy, ENDINGS[i], NULL);
        if (g_unlink(path) != 0 && errno != ENOENT)
            g_message("%s: %s", path, g_strerror(errno));
    }
}

/* SQLite may write where it reads: not on the original. */
static sqlite3 *copy_open(const char *folder, const char *copy)
{
    g_autofree char *db_path = g_build_filename(folder, "kiosk.db", NULL), *wal = g_strconcat(db_path, "-wal", NULL);
    g_autofree char *wal_copy = g_strconcat(copy, "-wal", NULL);
    sqlite3 *db = NULL;

    if (!file_copy(db_path, copy))
        return NULL;
    if (g_file_test(wal, G_FILE_TEST_EXISTS) && !file_copy(wal, wal_copy))
        return NULL;
    if (sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF", NULL, NULL, NULL) == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static void ask_one(struct find *find, sqlite3_stmt *get, int64_t seq)
{
    sqlite3_bind_int64(get, 1, seq);
    if (sqlite3_step(get) == SQLITE_ROW && sqlite3_column_bytes(get, 2) <= BODY_MAX) {
        struct store_row *row = g_new0(struct store_row, 1);
        char type[49];
        int64_t at_ms;
        row->seq = seq;
        row->epoch = sqlite3_column_int64(get, 0);
        g_strlcpy(row->id, sql_text(get, 1), sizeof row->id);
        row->body = g_strdup(sql_text(get, 2));
        if (sql_bytes(get, 3, row->prev, 32) && sql_bytes(get, 4, row->hash, 32) &&
            recover_row_read(find->store, row, type, &at_ms))
            find_add(find, row);
        else
            store_row_free(row);
    }
    sqlite3_reset(get);
}

static void ask_rows(struct find *find, sqlite3 *db)
{
    sqlite3_stmt *get = NULL, *last = NULL;
    int64_t to = find->last_seq;

    if (sqlite3_prepare_v2(db, "SELECT max(seq) FROM journal", -1, &last, NULL) == SQLITE_OK &&
        sqlite3_step(last) == SQLITE_ROW)
        to = MAX(to, sqlite3_column_int64(last, 0));
    sqlite3_finalize(last);
    if (sqlite3_prepare_v2(db, "SELECT epoch,id,body,prev,hash FROM journal WHERE seq=?1", -1, &get, NULL) == SQLITE_OK)
        for (int64_t seq = MAX(1, to - SEQ_ASKED); seq <= to; seq++)
            ask_one(find, get, seq);
    sqlite3_finalize(get);
}

static void ask_epochs(struct store *store, sqlite3 *db)
{
    sqlite3_stmt *get = NULL;

    if (sqlite3_prepare_v2(db, "SELECT epoch,nonce,first_seq FROM epoch ORDER BY epoch", -1, &get, NULL) == SQLITE_OK) {
        while (sqlite3_step(get) == SQLITE_ROW) {
            struct epoch epoch = {.epoch = sqlite3_column_int64(get, 0), .first_seq = sqlite3_column_int64(get, 2)};
            if (sql_bytes(get, 1, epoch.nonce, 32))
                g_array_append_val(store->old_epochs, epoch);
        }
    }
    sqlite3_finalize(get);
}

/* All or none: a journal with a hole where a segment was could not be told from one that lost rows. */
static bool ask_segments(struct find *find, sqlite3 *db, GError **error)
{
    struct store *store = find->store;
    sqlite3_stmt *get = NULL;
    int code = SQLITE_DONE;
    bool good = sqlite3_prepare_v2(db,
                                   "SELECT first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,carried,archive,at_ms,seal"
                                   " FROM segment LEFT JOIN segment_seal USING(first_seq) ORDER BY first_seq",
                                   -1, &get, NULL) == SQLITE_OK;

    while (good && (code = sqlite3_step(get)) == SQLITE_ROW) {
        good = sql_run(&store->sql, SQL_SEGMENT_ADD,
                       "INSERT INTO segment(first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,carried,archive,at_ms)"
                       " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                       error, "iiibbibssi", sqlite3_column_int64(get, 0), sqlite3_column_int64(get, 1),
                       sqlite3_column_int64(get, 2), sqlite3_column_blob(get, 3), sqlite3_column_bytes(get, 3),
                       sqlite3_column_blob(get, 4), sqlite3_column_bytes(get, 4), sqlite3_column_int64(get, 5),
                       sqlite3_column_blob(get, 6), sqlite3_column_bytes(get, 6), sql_text(get, 7), sql_text(get, 8),
                       sqlite3_column_int64(get, 9)) &&
               sql_run(&store->sql, SQL_SEGMENT_SEAL_PUT, "INSERT INTO segment_seal VALUES(?1,?2)", error, "ib",
                       sqlite3_column_int64(get, 0), sqlite3_column_blob(get, 10), sqlite3_column_bytes(get, 10));
        find->segments = good;
    }
    sqlite3_finalize(get);
    return good && code == SQLITE_DONE && segment_seals_hold(&store->sql, error);
}

/* Epochs that begin inside of a segment have no row any more that would bring them back. */
static bool epochs_of_segments(struct store *store, GError **error)
{
    if (!sql_script(&store->sql, "DELETE FROM epoch WHERE epoch NOT IN (SELECT epoch FROM segment)", error))
        return false;
    for (guint i = 0; i < store->old_epochs->len; i++) {
        const struct epoch *old = &g_array_index(store->old_epochs, struct epoch, i);
        if (!epochs_add(store, old->epoch, old->nonce, old->first_seq, "regained", error))
            return false;
    }
    return epochs_load(store, error);
}

/* Then all rows come from the platform, also those that are in archives. */
static bool segments_drop(struct find *find, GError **error)
{
    find->segments = false;
    return sql_script(&find->store->sql, "ROLLBACK TO segments", error) && epochs_load(find->store, error) &&
           journal_head_load(find->store, error);
}

static bool ask(struct find *find, const char *folder, GError **error)
{
    g_autofree char *copy = g_build_filename(folder, "copy.db", NULL);
    sqlite3 *db = copy_open(folder, copy);
    bool good = true;

    if (db != NULL) {
        ask_rows(find, db);
        ask_epochs(find->store, db);
        g_autoptr(GError) why = NULL;
        if (!ask_segments(find, db, &why) || (find->segments && !epochs_of_segments(find->store, &why)))
            good = segments_drop(find, error);
        sqlite3_close(db);
    }
    copy_remove(copy);
    return good;
}

/* ---- Into the new database ------------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct store_row *left = *(struct store_row *const *)a, *right = *(struct store_row *const *)b;

    if (left->epoch != right->epoch)
        return left->epoch < right->epoch ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static bool rows_put(struct find *find, int *joined_count, int *kept_count, GError **error)
{
    guint count = 0;
    g_autofree struct store_row **rows = (struct store_row **)g_hash_table_get_keys_as_array(find->rows, &count);
    bool good = true;

    qsort(rows, count, sizeof *rows, by_place);
    for (guint i = 0; good && i < count; i++) {
        bool joined = false, holds = false;
        good = recover_row(find->store, rows[i], "salvage", &joined, &holds, error);
        *joined_count += joined;
        *kept_count += holds && !joined;
    }
    return good && meta_set_int(find->store, "seq_floor", find->last_seq, error);
}

/* A row between two segments, or before the first, may be among those that are lost: what is left is no chain with them then. */
static bool chain_put(struct find *find, int *joined, int *kept, GError **error)
{
    struct store *store = find->store;
    GError *why = NULL;

    if (!rows_put(find, joined, kept, error))
        return false;
    if (!find->segments || journal_verify(store, epochs_first(store), store->head_seq, &why))
        return true;
    if (!g_error_matches(why, STORE_ERROR, STORE_ERROR_CHAIN)) {
        g_propagate_error(error, why);
        return false;
    }
    g_clear_error(&why);
    *joined = *kept = 0;
    return segments_drop(find, error) && rows_put(find, joined, kept, error);
}

bool salvage(struct store *store, const char *folder, GError **error)
{
    struct find find = {.store = store, .rows = g_hash_table_new_full(hash_hash, hash_equal, row_free, NULL)};
    int joined = 0, kept = 0;

    store->old_epochs = g_array_new(FALSE, TRUE, sizeof(struct epoch));
    for (size_t i = 0; i < G_N_ELEMENTS(ENDINGS); i++) {
        g_autofree char *name = g_strconcat("kiosk.db", ENDINGS[i], NULL), *path = g_build_filename(folder, name, NULL);
        if (strcmp(ENDINGS[i], "-shm") != 0)
            carve(&find, path);
    }
    bool done = (sql_begin(&store->sql, error) && sql_script(&store->sql, "SAVEPOINT segments", error) &&
                 ask(&find, folder, error) && chain_put(&find, &joined, &kept, error) &&
                 sql_script(&store->sql, "RELEASE segments", error) && meta_set_int(store, "projection_version", 0, error) && store_commit(store, error)) ||
                store_abandon(store);
    if (done)
        g_message("salvaged %d rows of the chain and %d beyond breaks", joined, kept);
    g_hash_table_unref(find.rows);
    g_array_unref(store->old_epochs);
    store->old_epochs = NULL;
    return done;
}
