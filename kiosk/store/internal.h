/* SPDX-License-Identifier: Apache-2.0 */
/** Shared by the files of this folder only. Functions here expect the store's lock to be held unless they say otherwise. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/sql.h"
#include "store/store.h"

/** A time that moves on all the while: kept in memory, and on disk at least every MARK_STEP_MS and at close. */
#define MARK_STEP_MS 60000
struct mark {
    const char *key;
    int64_t now_ms, disk_ms;
};

/** What hotlist.c keeps in memory; under the store's lock but for `work`. */
struct hotlist_keep {
    GMutex work; /* held by whoever changes the list, for as long as it takes; taken before the store's lock */
    char *path;  /* what its files' names begin with */
    struct hotfile *base;
    int64_t rows;      /* of hotlist_overlay */
    int64_t high;      /* as the second file has it … */
    char high_key[17]; /* … for this key */
    bool damaged;
};

struct store {
    GMutex lock;
    struct sql sql;
    int lock_fd; /* flock: one read-write connection on this file, in one process */
    struct store_identity identity;
    char boot_id[37];
    int64_t head_seq;
    uint8_t head_hash[32];
    int64_t acked_seq;
    struct mark time_high, feed, hotlist_confirmed;
    struct hotlist_keep hotlist;
};

/* store.c: `meta`, marks and commits. */
int64_t meta_int(struct store *store, const char *key, int64_t otherwise);
char *meta_text(struct store *store, const char *key);
bool meta_set_int(struct store *store, const char *key, int64_t value, GError **error);
bool meta_set_text(struct store *store, const char *key, const char *value, GError **error);
/** Write a mark within a running transaction; the caller moves now_ms once it is committed. */
bool mark_write(struct store *store, struct mark *mark, int64_t ms, GError **error);
/** Has it moved far enough to be written? */
bool mark_due(const struct mark *mark, int64_t ms);
/**
 * COMMIT. When it fails the WAL is emptied of the transaction's frames, so that "not committed" stays true after a power
 * cut. True and false are SQLite's answer; journal.c reads back on false.
 */
bool store_commit(struct store *store, GError **error);
/** Roll back, and learn anew what memory keeps of the file. Always false, for `return store_abandon(store)`. */
bool store_abandon(struct store *store);
bool store_state_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* hotlist.c */
/** Find the list's file, and what the second file remembers. What cannot be read leaves the list damaged, not the store shut. */
void hotlist_load(struct store *store, const char *path);
void hotlist_unload(struct store *store);
/** The file's changes were taken back or forgotten: count the table's rows anew. */
bool hotlist_rows_load(struct store *store, GError **error);

/* schema.c */
/** Check the file, migrate it, and make sure that it is ours. */
bool schema_prepare(struct store *store, GError **error);
/** Build the projections anew when their version is old. */
bool schema_projections(struct store *store, GError **error);

/* journal.c */
bool journal_head_load(struct store *store, GError **error);
/** Takes the lock itself, in pieces. */
bool journal_verify(struct store *store, int64_t first, int64_t last, GError **error);
/** Append while the lock is held. */
bool journal_append(struct store *store, const char *type, json_t *data, char *id_out, GError **error);
/** The `data` of a body, new reference; NULL with error. */
json_t *journal_data(const char *body, GError **error);

/* projection.c: works on any connection, so that the same code builds the fresh copy. */
#define PROJECTION_VERSION 1
bool projection_create(struct sql *sql, GError **error);
bool projection_drop(struct sql *sql, GError **error);
/** Check one event against what is known and apply it. STORE_ERROR_STATE when it is not allowed. */
bool projection_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, GError **error);
/** The last receipt number taken on a day, 0 none. */
bool projection_receipt_last(struct sql *sql, int64_t day, int64_t *last, GError **error);
/** Apply journal rows first..last, read from `store`, to `target`. */
bool projection_replay(struct store *store, struct sql *target, int64_t first, int64_t last, GError **error);

#endif
