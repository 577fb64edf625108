/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kiosk.db-tail: the rows that the platform has not acknowledged, once more, outside of the database. Each is written before
 * its commit, whose flush is this file's: one page in place of the five that a payment changes there.
 * After a power cut the rows that the database lost are put back from here; when it is damaged, cut or replaced by a copy,
 * the evidence of payments is here.
 *
 *   frame:  "CKT1" ‖ bytes behind the head 4 ‖ epoch 8 ‖ seq 8 ‖ id 36 ‖ prev 32 ‖ hash 32 ‖ body        (big endian)
 *
 * The chain hash is the checksum: a frame counts when its hash is that of its bytes. After damage the next "CKT1" is looked
 * for. Emptied when all is acknowledged and it has grown; it keeps its length then, full of zeros, because a file that grows is
 * flushed more slowly. Trouble with it never stops a payment: the database's commits flush again, and nothing more is written
 * here until all is acknowledged, or the next start, which writes what is missing.
 *
 * Read and written through SQLite's VFS, as the database is: whatever plays with that (tests, the simulator) plays with this.
 */
#include "store/internal.h"
#include "model/model.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FRAME_HEAD      24
#define FRAME_FIXED     (36 + 32 + 32)
#define FRAME_BODY_MAX  (128 * 1024)
#define TRIM_BYTES      (32 * 1024)
#define STEP_BYTES      (256 * 1024) /* the file grows by */
#define CATCH_UP_ROWS   500
#define BROKEN_MAX      1000 /* frames that are not whole: beyond, this is no damage but somebody's making */

static const char MAGIC[4] = "CKT1";

struct sidecar {
    sqlite3_file *file;
    int hint_fd;  /* of the same file: what is said to the kernel beside SQLite's VFS; −1 nothing */
    char *path;   /* the VFS keeps the pointer: the first flush also flushes the folder that it names */
    int64_t end;  /* where the next frame goes */
    int64_t size; /* of the file: zeros from `end` on, or what is left of older frames */
    int64_t last_seq, last_at;
    int64_t left_at; /* of a frame that could not be taken back, -1 none */
    bool broken;     /* said once */
};

static void put_be(uint8_t *out, int bytes, uint64_t value)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

static uint64_t get_be(const uint8_t *in, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}

/* ---- File ----------------------------------------------------------------------------------------------------------------- */

static sqlite3_file *file_open(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = g_malloc0((gsize)vfs->szOsFile);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL;

    if (vfs->xOpen(vfs, path, file, flags, &flags) == SQLITE_OK && file->pMethods != NULL)
        return file;
    g_free(file);
    return NULL;
}

static bool read_at(struct sidecar *sidecar, void *out, size_t len, int64_t at)
{
    return sidecar->file->pMethods->xRead(sidecar->file, out, (int)len, at) == SQLITE_OK;
}

static void trouble(struct sidecar *sidecar, const char *what)
{
    if (!sidecar->broken)
        g_message("kiosk.db-tail: %s; payments go on without it", what);
    sidecar->broken = true;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------------------- */

bool sidecar_ready(const struct store *store)
{
    return store->sidecar != NULL && !store->sidecar->broken;
}

static bool write_at(struct sidecar *sidecar, const void *bytes, size_t len, int64_t at)
{
    return sidecar->file->pMethods->xWrite(sidecar->file, bytes, (int)len, at) == SQLITE_OK;
}

static bool zeros_write(struct sidecar *sidecar, int64_t from, int64_t to)
{
    static const uint8_t zeros[64 * 1024];
    bool good = true;

    for (; good && from < to; from += (int64_t)sizeof zeros)
        good = write_at(sidecar, zeros, (size_t)MIN((int64_t)sizeof zeros, to - from), from);
    return good;
}

static bool grow(struct sidecar *sidecar, int64_t end)
{
    int64_t size = (end / STEP_BYTES + 1) * STEP_BYTES;

    if (end <= sidecar->size)
        return true;
    if (!zeros_write(sidecar, sidecar->size, size))
        return false;
    sidecar->size = size;
    return true;
}

static uint8_t *frame_make(const struct store_row *row, size_t *len)
{
    size_t body_len = strlen(row->body);
    uint8_t *frame = g_malloc(FRAME_HEAD + FRAME_FIXED + body_len);

    memcpy(frame, MAGIC, 4);
    put_be(frame + 4, 4, FRAME_FIXED + body_len);
    put_be(frame + 8, 8, (uint64_t)row->epoch);
    put_be(frame + 16, 8, (uint64_t)row->seq);
    memcpy(frame + 24, row->id, 36);
    memcpy(frame + 60, row->prev, 32);
    memcpy(frame + 92, row->hash, 32);
    memcpy(frame + 124, row->body, body_len);
    *len = FRAME_HEAD + FRAME_FIXED + body_len;
    return frame;
}

static bool frame_write(struct sidecar *sidecar, const struct store_row *row)
{
    size_t len = 0;
    g_autofree uint8_t *frame = frame_make(row, &len);

    if (row->seq <= sidecar->last_seq || len > FRAME_HEAD + FRAME_FIXED + FRAME_BODY_MAX ||
        !grow(sidecar, sidecar->end + (int64_t)len) || !write_at(sidecar, frame, len, sidecar->end))
        return false;
    sidecar->last_at = sidecar->end;
    sidecar->end += (int64_t)len;
    sidecar->last_seq = row->seq;
    return true;
}

static bool flush(struct sidecar *sidecar)
{
    return sidecar->file->pMethods->xSync(sidecar->file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK;
}

/* The kernel may begin to write now: by the time of the flush there is less to wait for. A hint, which nothing relies upon. */
static void write_soon(const struct sidecar *sidecar)
{
    if (sidecar->hint_fd >= 0)
        sync_file_range(sidecar->hint_fd, sidecar->last_at, sidecar->end - sidecar->last_at, SYNC_FILE_RANGE_WRITE);
}

void sidecar_begin(struct store *store, const struct store_row *row)
{
    if (!sidecar_ready(store))
        return;
    if (frame_write(store->sidecar, row))
        write_soon(store->sidecar);
    else
        trouble(store->sidecar, "cannot be written");
}

bool sidecar_flush(struct store *store)
{
    bool done = sidecar_ready(store) && flush(store->sidecar);

    if (!done && store->sidecar != NULL)
        trouble(store->sidecar, "cannot be flushed");
    return done;
}

static bool frame_undo(struct sidecar *sidecar, int64_t at)
{
    static const uint8_t none[sizeof MAGIC];
    return write_at(sidecar, none, sizeof none, at) && flush(sidecar);
}

void sidecar_take_back(struct store *store, const struct store_row *row)
{
    struct sidecar *sidecar = store->sidecar;

    if (sidecar == NULL || sidecar->last_seq != row->seq || sidecar->last_at < 0)
        return;
    if (frame_undo(sidecar, sidecar->last_at)) {
        sidecar->end = sidecar->last_at;
    } else {
        /* Until it is emptied (`end` stays behind it), or closed. */
        sidecar->left_at = sidecar->last_at;
        trouble(sidecar, "keeps a row that was not committed");
    }
    sidecar->last_at = -1;
    sidecar->last_seq = row->seq - 1;
}

/* Not through take-back's door: what was before it is not known any more. */
static bool empty(struct sidecar *sidecar)
{
    if (sidecar->size > STEP_BYTES && sidecar->file->pMethods->xTruncate(sidecar->file, STEP_BYTES) != SQLITE_OK)
        return false;
    sidecar->size = MIN(sidecar->size, STEP_BYTES);
    return zeros_write(sidecar, 0, MIN(sidecar->end, sidecar->size));
}

void sidecar_trim(struct store *store)
{
    struct sidecar *sidecar = store->sidecar;

    if (sidecar == NULL || store->sql.torn || store->acked_seq < store->head_seq || (sidecar->end < TRIM_BYTES && !sidecar->broken))
        return;
    if (!empty(sidecar)) {
        trouble(sidecar, "cannot be emptied");
        return;
    }
    sidecar->end = 0;
    sidecar->last_at = sidecar->left_at = -1;
    sidecar->last_seq = store->head_seq;
    sidecar->broken = false;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

/* Behind damage: where does the next frame begin? `size` when there is none, -1 when it cannot be read. */
static int64_t resync(struct sidecar *sidecar, int64_t at, int64_t size)
{
    uint8_t block[4096];

    while (at + 4 <= size) {
        size_t len = (size_t)MIN((int64_t)sizeof block, size - at);
        if (!read_at(sidecar, block, len, at))
            return -1;
        const uint8_t *found = memmem(block, len, MAGIC, 4);
        if (found != NULL)
            return at + (found - block);
        at += (int64_t)len - 3;
    }
    return size;
}

/* 1 *row is what the frame holds, 0 it is not whole: its length says nothing either, -1 it cannot be read. */
static int frame_row(struct sidecar *sidecar, const uint8_t head[FRAME_HEAD], int64_t at, size_t len, struct store_row **out)
{
    g_autofree uint8_t *bytes = g_malloc(len + 1);
    struct store_row *row = NULL;
    uint8_t hash[32];

    if (!read_at(sidecar, bytes, len, at + FRAME_HEAD))
        return -1;
    bytes[len] = '\0';
    if (memchr(bytes + FRAME_FIXED, '\0', len - FRAME_FIXED) != NULL)
        return 0;
    row = g_new0(struct store_row, 1);
    row->epoch = (int64_t)get_be(head + 8, 8);
    row->seq = (int64_t)get_be(head + 16, 8);
    memcpy(row->id, bytes, 36);
    memcpy(row->prev, bytes + 36, 32);
    memcpy(row->hash, bytes + 68, 32);
    row->body = g_strdup((char *)bytes + FRAME_FIXED);
    chain_hash(row->prev, row->epoch, row->seq, row->id, row->body, strlen(row->body), hash);
    if (memcmp(hash, row->hash, 32) == 0) {
        *out = row;
        return 1;
    }
    store_row_free(row);
    return 0;
}

static bool head_valid(const uint8_t head[FRAME_HEAD], int64_t at, int64_t size, size_t *len)
{
    *len = (size_t)get_be(head + 4, 4);
    return memcmp(head, MAGIC, 4) == 0 && *len > FRAME_FIXED && *len <= FRAME_FIXED + FRAME_BODY_MAX &&
           at + FRAME_HEAD + (int64_t)*len <= size;
}

/* A row that was not committed and could not be taken back, where another one has the place by now: it must not come back when
 * the database is damaged some day. found->hole: the place, which is written anew. */
static bool frame_outlived(struct store *store, struct sidecar *sidecar, const struct store_row *row, int64_t at,
                           struct sidecar_found *found, GError **error)
{
    static const uint8_t none[sizeof MAGIC];
    uint8_t hash[32];
    int found_hash = journal_hash_at(store, row->seq, hash, error);

    if (found_hash != 1 || memcmp(row->hash, hash, 32) == 0)
        return found_hash >= 0;
    found->hole = MIN(found->hole, row->seq);
    if (!write_at(sidecar, none, sizeof none, at))
        trouble(sidecar, "keeps a row that was not committed");
    return true;
}

/* A whole frame: its row, when it lies behind the head, is taken over. */
static bool frame_take(struct store *store, struct sidecar *sidecar, const struct store_row *row, int64_t at,
                       struct sidecar_found *found, GError **error)
{
    bool joined = false, holds = true, behind = row->seq > store->head_seq;

    if (!behind && store->state != STORE_WAITS && !frame_outlived(store, sidecar, row, at, found, error))
        return false;
    if (behind && !recover_row(store, row, "sidecar", &joined, &holds, error))
        return false;
    found->joined += joined;
    found->kept += behind && holds && !joined;
    if (holds)
        sidecar->last_seq = MAX(sidecar->last_seq, row->seq);
    return true;
}

/* What stands at `at`; moves on. 1 go on, 0 it cannot be read, -1 error. */
static int frame_look(struct store *store, struct sidecar *sidecar, int64_t *at, int64_t size, struct sidecar_found *found,
                      GError **error)
{
    uint8_t head[FRAME_HEAD];
    struct store_row *row = NULL;
    size_t len = 0;

    if (!read_at(sidecar, head, FRAME_HEAD, *at))
        return 0;
    int whole = head_valid(head, *at, size, &len) ? frame_row(sidecar, head, *at, len, &row) : 0;
    if (whole < 1) {
        found->broken += whole == 0 && memcmp(head, MAGIC, 4) == 0;
        *at = whole == 0 ? resync(sidecar, *at + 1, size) : -1;
        return *at >= 0;
    }
    bool good = frame_take(store, sidecar, row, *at, found, error);
    store_row_free(row);
    *at += FRAME_HEAD + (int64_t)len;
    sidecar->end = *at;
    return good ? 1 : -1;
}

/* Rows behind the head, each looked at. Where it cannot be read nobody knows what stands. */
static bool frames_take(struct store *store, struct sidecar *sidecar, int64_t size, struct sidecar_found *found,
                        GError **error)
{
    int64_t at = 0;
    int more = 1;

    found->hole = INT64_MAX;
    while (more == 1 && at + FRAME_HEAD <= size && found->broken <= BROKEN_MAX)
        more = frame_look(store, sidecar, &at, size, found, error);
    found->read = more == 1 && found->broken <= BROKEN_MAX;
    sidecar->last_seq = MIN(sidecar->last_seq, found->hole - 1);
    return more >= 0;
}

/* What was committed and not written here any more before a stop. */
static bool catch_up(struct store *store, GError **error)
{
    int64_t after = MAX(store->sidecar->last_seq, store->acked_seq);
    bool more = true;

    while (more) {
        g_autoptr(GPtrArray) rows = outbox_rows(store, after, CATCH_UP_ROWS, SIZE_MAX, error);
        if (rows == NULL)
            return false;
        for (guint i = 0; i < rows->len; i++) {
            const struct store_row *row = rows->pdata[i];
            if (!store->sidecar->broken && !frame_write(store->sidecar, row))
                trouble(store->sidecar, "cannot be written");
            after = row->seq;
        }
        more = rows->len > 0 && !store->sidecar->broken;
    }
    return true;
}

/* Rows that fit the chain and make no sense behind it: people look at them, when the platform has said what it has. */
static bool set_aside(struct store *store, int64_t from, struct sidecar_found *found, const GError *why, GError **error)
{
    g_message("rows of kiosk.db-tail are set aside: %s", why->message);
    found->kept += found->joined;
    found->joined = 0;
    return recover_set_aside(store, from, error);
}

/* Rows that joined are facts of ours. As a rule they go on where a power cut left the projections; else those are built anew. */
static bool projections_follow(struct store *store, int64_t head_seq, struct sidecar_found *found, GError **error)
{
    g_autoptr(GError) why = NULL;

    if (found->joined == 0)
        return true;
    if (found->kept == 0 && schema_projections_current(store)) {
        if (!sql_script(&store->sql, "SAVEPOINT follow", error))
            return false;
        if (projection_replay(store, &store->sql, head_seq + 1, store->head_seq, &why))
            return sql_script(&store->sql, "RELEASE follow", error);
        if (!sql_script(&store->sql, "ROLLBACK TO follow; RELEASE follow", error))
            return false;
        if (g_error_matches(why, STORE_ERROR, STORE_ERROR_STATE))
            return set_aside(store, head_seq + 1, found, why, error);
    }
    return meta_set_int(store, "projection_version", 0, error);
}

static bool take_over(struct store *store, struct sidecar *sidecar, int64_t size, struct sidecar_found *found,
                      GError **error)
{
    int64_t head_seq = store->head_seq;
    bool done = sql_begin(&store->sql, error) && frames_take(store, sidecar, size, found, error) &&
                projections_follow(store, head_seq, found, error);

    if (done && (found->kept > 0 || (found->joined > 0 && store->state == STORE_WAITS)))
        done = meta_set_int(store, "end_known", found->read, error);
    if (done && found->kept > 0)
        done = meta_set_int(store, "seq_floor", MAX(meta_int(store, "seq_floor", 0), sidecar->last_seq), error) &&
               epochs_state_write(store, STORE_WAITS, "damaged", error);
    if (!done || !store_commit(store, error))
        return store_abandon(store);
    epochs_state_load(store);
    return true;
}

bool sidecar_open(struct store *store, const char *path, struct sidecar_found *found, GError **error)
{
    struct sidecar *sidecar = g_new0(struct sidecar, 1);
    sqlite3_int64 size = 0;
    found->joined = found->kept = found->broken = 0;
    found->read = false;
    sidecar->last_at = sidecar->left_at = -1;
    sidecar->hint_fd = -1;
    sidecar->path = g_strdup(path);
    sidecar->file = file_open(sidecar->path);
    if (sidecar->file == NULL || sidecar->file->pMethods->xFileSize(sidecar->file, &size) != SQLITE_OK) {
        trouble(sidecar, "cannot be opened");
        sidecar_free(sidecar);
        return true;
    }
    store->sidecar = sidecar;
    sidecar->hint_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    sidecar->size = size;
    if (!take_over(store, sidecar, size, found, error))
        return false;
    if (!found->read)
        trouble(sidecar, "cannot be read to its end");
    return catch_up(store, error);
}

void sidecar_free(struct sidecar *sidecar)
{
    if (sidecar == NULL)
        return;
    if (sidecar->file != NULL && sidecar->left_at >= 0 && !frame_undo(sidecar, sidecar->left_at))
        trouble(sidecar, "keeps a row that was not committed");
    if (sidecar->file != NULL)
        sidecar->file->pMethods->xClose(sidecar->file);
    if (sidecar->hint_fd >= 0)
        close(sidecar->hint_fd);
    g_free(sidecar->file);
    g_free(sidecar->path);
    g_free(sidecar);
}
