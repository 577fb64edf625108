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

/** A run of places that the platform gave: see epoch.c. */
struct epoch {
    int64_t epoch, first_seq;
    int64_t before_seq; /* the last row before it; what lies between was lost */
    uint8_t nonce[32];
};

struct store {
    GMutex lock;
    GMutex compacting; /* held through a whole compaction; taken before the lock */
    struct sql sql;
    int lock_fd; /* flock: one read-write connection on this file, in one process */
    struct store_identity identity;
    char boot_id[37];
    GArray *epochs; /* of struct epoch, rising */
    int64_t epoch;  /* the last of them: where the next row goes */
    enum store_state state;
    char *state_reason;
    bool looking;    /* read-only: look.c */
    bool recovering; /* appends go on although it waits: recover.c */
    struct sidecar *sidecar; /* NULL: there is none */
    int64_t beside;          /* `meta`: odd while rows may be in the sidecar alone */
    char *ballast;           /* a file that gives way when the disk is full, NULL: none */
    GArray *old_epochs;      /* struct epoch of a damaged file, while it is salvaged; else NULL */
    int64_t head_seq; /* the last row of all, 0 none */
    uint8_t head_hash[32];
    int64_t acked_seq;
    struct mark time_high, feed, hotlist_confirmed;
    struct hotlist_keep hotlist;
    /* snapshots.c */
    struct mark persons; /* true time at which the platform last confirmed what is cached of persons */
    bool refill;         /* it is being filled again, from the feed's beginning */
    bool wiped;          /* in this transaction: the WAL is emptied after it */
    bool persons_changed;
    int persons_max;
    int64_t swept_hotlist;
    unsigned feed_turn, feed_asked; /* how often the feed was begun anew by us; as it was when a page was asked for last */
    struct clockwatch clock;
    int64_t clock_saved_ms; /* the signed time that is on the disk, 0 none of this boot */
    bool revoked;
};

/* store.c: `meta`, marks and commits. */
int64_t meta_int(struct store *store, const char *key, int64_t otherwise);
char *meta_text(struct store *store, const char *key);
bool meta_set_int(struct store *store, const char *key, int64_t value, GError **error);
bool meta_set_text(struct store *store, const char *key, const char *value, GError **error);
/** Everything of `meta` and the journal's end that memory keeps. */
bool store_marks_load(struct store *store, GError **error);
/** Write a mark within a running transaction; the caller moves now_ms once it is committed. */
bool mark_write(struct store *store, struct mark *mark, int64_t ms, GError **error);
/** Has it moved far enough to be written? */
bool mark_due(const struct mark *mark, int64_t ms);
/**
 * COMMIT. When it fails the WAL is emptied of the transaction's frames, so that "not committed" stays true after a power
 * cut. True and false are SQLite's answer; journal.c reads back on false.
 */
bool store_commit(struct store *store, GError **error);
/** The same, of rows that the sidecar was handed too: its flush is all that is waited for. */
bool store_commit_beside(struct store *store, GError **error);
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
/** Is it a file of this program's version? Changes nothing. */
bool schema_is_present(struct store *store, GError **error);
/** Build the projections anew when their version is old. */
bool schema_projections_current(struct store *store);
bool schema_projections(struct store *store, GError **error);
/** The table of version 1 goes when each of its rows is in the journal. */
bool schema_old_drop(struct store *store, GError **error);

/* epoch.c */
bool epochs_load(struct store *store, GError **error);
/** Whose file is it: adopt an empty one, open the epoch of a new enrolment, refuse a foreign one. */
bool identity_hold(struct store *store, GError **error);
/** NULL when there is none. */
const struct epoch *epochs_last(const struct store *store);
/** The epoch that a row of this number belongs to. */
const struct epoch *epochs_at(const struct store *store, int64_t seq);
/** When `seq` lies where rows were lost: the epoch that begins behind. Else NULL. */
const struct epoch *epochs_after_gap(const struct store *store, int64_t seq);
/** How many numbers behind `after`, up to the head, no row has. */
int64_t epochs_gaps(const struct store *store, int64_t after);
/** The lowest number that a row can have. */
int64_t epochs_first(const struct store *store);
/** Number and `prev` of the next row. */
int64_t epochs_next(const struct store *store, uint8_t prev[32]);
bool epochs_add(struct store *store, int64_t epoch, const uint8_t nonce[32], int64_t first_seq, const char *reason,
                GError **error);
void epochs_state_load(struct store *store);
/** Within a running transaction; epochs_state_load() once it is committed. */
bool epochs_state_write(struct store *store, enum store_state state, const char *reason, GError **error);
bool epochs_may_append(struct store *store, GError **error);

/* journal.c */
bool journal_head_load(struct store *store, GError **error);
/** Append while the lock is held. */
bool journal_append(struct store *store, const char *type, json_t *data, char *id_out, GError **error);
/**
 * The same with something that is written in its transaction. Both are lost or kept together, but for a power cut, after which the row
 * may be back from the sidecar alone.
 */
typedef bool (*journal_with_fn)(struct store *store, const void *ctx, GError **error);
bool journal_append_with(struct store *store, const char *type, json_t *data, journal_with_fn with, const void *ctx, GError **error);
/** The same under an event id that the fact has already. */
bool journal_append_as(struct store *store, const char *id, const char *type, json_t *data, GError **error);
/** A row as it is, within a running transaction; the caller has checked it and moves the head. */
bool journal_insert(struct store *store, const struct store_row *row, const char *type, int64_t at_ms, GError **error);
/** The `data` of a body with its personal members opened, new reference; NULL with error. */
json_t *journal_data(const struct store *store, const char *body, GError **error);

/* feed.c */
/** Once more from its beginning, within a running transaction: a page that was asked for before is not taken in. */
bool feed_anew(struct store *store, GError **error);
/** What was asked for last was asked for since then. */
bool feed_current(const struct store *store);

/* snapshots.c: what the cache holds of persons, sealed with the machine's own key and bound to its table and row. */
char *cache_close(const struct store *store, const char *table, const char *key, const char *text);
/** g_free; NULL with error. */
char *cache_open(const struct store *store, const char *table, const char *key, const char *sealed, GError **error);
/** All of it, and what was set aside of it. */
#define SNAPSHOTS_FORGET                                                                                     \
    "DELETE FROM bill; DELETE FROM credit; DELETE FROM service_order; DELETE FROM ticket;"                    \
    "DELETE FROM person_snapshot; DELETE FROM preference; DELETE FROM card_line; DELETE FROM volunteer;"                                                    \
    "DELETE FROM pull_quarantine WHERE topic IN ('bill','credit','order','ticket','card','volunteer','preference');"
void snapshots_load(struct store *store);
/** Of the tables that the platform's command empties the one `at`, from 0 on: the feed's topic that fills it; NULL none, or *end. */
const char *snapshots_topic(size_t at, bool *end);
/** preferences.c: an item of the topic "preference", as snapshots_command() says; `value` NULL: a tombstone. */
const char *preference_item(struct store *store, const char *key, int64_t version, json_t *value, GError **error);
/** Is what the cache says of this card token, also that it says nothing, fit to be told? */
bool snapshots_known(struct store *store, const char *token);
/** True time now: what the mark `persons` becomes by a page of the feed. */
int64_t snapshots_now_ms(struct store *store);
/** An item of the topic "command": a reason to set it aside, or NULL: done, unless `error` is set. */
const char *snapshots_command(struct store *store, json_t *item, GError **error);
/** After the transaction: nothing of what was wiped stays in the WAL. */
void snapshots_settle(struct store *store);
/** End of the text of an INSERT … SELECT: not of a person of whom nothing is to be taken in. ?1 is not touched. */
#define NOT_WIPED(token, version)                                                                            \
    " WHERE NOT EXISTS (SELECT 1 FROM wiped WHERE wiped.token IN (" token ",'*') AND wiped.version>=" version ")"
bool journal_type_valid(const char *type);
/** The columns beside a body are not hashed themselves: do they say what it says? */
bool journal_body_says(const struct store *store, const char *body, size_t len, int64_t at_ms, int64_t seq,
                       const char *id, const char *type);

/* room.c */
/** The disk was full: is there something that can give way? True: it did, try again. */
bool room_make(struct store *store);

/* recover.c */
/** Does a row that came from elsewhere hold together: body, kiosk, id, hash? Gives what stands beside the body. */
bool recover_row_read(const struct store *store, const struct store_row *row, char type[49], int64_t *at_ms);
/** Rows from here on leave the chain and are kept in `salvaged`, within a running transaction. Not below the acknowledged mark. */
bool recover_set_aside(struct store *store, int64_t from, GError **error);
/**
 * A row that was found on this machine: put behind the head when it goes on there (*joined), else kept in `salvaged`; one that
 * does not hold together, or lies there already, is left out (*holds). Within a running transaction.
 */
bool recover_row(struct store *store, const struct store_row *row, const char *source, bool *joined, bool *holds,
                 GError **error);

/* segseal.c */
#define SEGMENT_SEAL "segment_seal(first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,carried,archive,at_ms)"
/** The SQL function of that name: a migration and the functions below use it. */
bool segment_seal_install(struct sql *sql, GError **error);
/** For a segment that was added, within the same transaction. */
bool segment_seal_add(struct sql *sql, int64_t first_seq, GError **error);
/** Does the first segment behind *first_seq, which moves on to it, still say what it said? 1 yes, 0 there is none, −1 error:
 *  STORE_ERROR_CHAIN when it does not, or is gone. */
int segment_seal_next(struct sql *sql, int64_t *first_seq, GError **error);
/** All of them. */
bool segment_seals_hold(struct sql *sql, GError **error);

/* sidecar.c */
struct sidecar;
struct sidecar_found {
    bool read;    /* to its end */
    int broken;   /* frames that are not whole */
    int64_t hole; /* the first place whose row it does not have, INT64_MAX none is known */
    int joined, kept; /* rows that the journal had not: put behind its head, or into `salvaged` */
};
/** Open beside the database, take over rows that the journal has not, and write those that it has not itself. */
bool sidecar_open(struct store *store, const char *path, struct sidecar_found *found, GError **error);
/** May rows be made durable here? Else the database's own commits flush. */
bool sidecar_ready(const struct store *store);
/** Write a row whose event is lawful; when that fails it is not ready any more. */
void sidecar_begin(struct store *store, const struct store_row *row);
/** Flush it: true, its rows are on the medium, whatever becomes of the database's pages. False: it is not ready any more. */
bool sidecar_flush(struct store *store);
/** The row's commit failed: it never was. Nothing to do when it is not the last one here. */
void sidecar_take_back(struct store *store, const struct store_row *row);
/** The acknowledged mark moved. */
void sidecar_trim(struct store *store);
void sidecar_free(struct sidecar *sidecar);

/* salvage.c */
/** Move the database's files to DIR/quarantine/TIME/, which is returned (g_free). Nothing is deleted. Noted beside the database
 *  until salvage_ended(), so that a stop, or a full disk, at any moment is gone on from at the next start. */
char *salvage_quarantine(const char *path, GError **error);
/** The folder of one that was begun and not ended, or NULL. */
bool salvage_begun(const char *path, char **folder, GError **error);
bool salvage_ended(const char *path, GError **error);
/** Into an empty database (or once more into the one of before), what can be read of a damaged one in `folder`. */
bool salvage(struct store *store, const char *folder, GError **error);

/* outbox.c */
/** Write a row into the list of refused ones, within a running transaction. */
bool outbox_refuse(struct store *store, const struct store_verdict_row *row, GError **error);
/** One row, store_row_free(); NULL, with error or not there. */
struct store_row *outbox_row(struct store *store, int64_t seq, GError **error);
/** Rows behind `after` that were not refused, of one epoch. */
GPtrArray *outbox_rows(struct store *store, int64_t after, int rows_max, size_t bytes_max, GError **error);

/* verify.c */
/** Where a walk along the chain is: the number expected next, and the hash before it. */
struct walk {
    int64_t seq;
    uint8_t prev[32];
};
bool walk_start(struct store *store, struct walk *walk, int64_t first, GError **error);
/** The hash of a row, also of one that was the last of a segment. 1 found, 0 none, -1 error. */
int journal_hash_at(struct store *store, int64_t seq, uint8_t hash[32], GError **error);
/** Both take the lock themselves, in pieces. */
bool journal_verify(struct store *store, int64_t first, int64_t last, GError **error);
/** The last `rows`, all when 0. */
bool journal_verify_tail(struct store *store, int64_t rows, GError **error);
/** seats.c, in a transaction: what these rows promised of this kiosk's own seats counts without them, too. */
bool seats_keep(struct store *store, int64_t first, int64_t last, GError **error);

/* projection.c: works on any connection, so that the same code builds the fresh copy. */
#define PROJECTION_VERSION 9
/** A table or view that is built from the journal, and the order in which two of them are compared. */
struct projection_part {
    const char *name, *kind, *key;
};
bool projection_create(struct sql *sql, GError **error);
bool projection_drop(struct sql *sql, GError **error);
/**
 * Check one event against what is known and apply it. STORE_ERROR_STATE when it is not allowed. `happened`: it comes back from
 * another copy of the disk, so that only what it is built on must be there.
 */
bool projection_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool happened, GError **error);
/** The last receipt number taken on a day, 0 none. */
bool projection_receipt_last(struct sql *sql, int64_t day, int64_t *last, GError **error);
/** Apply journal rows first..last, read from `store`, to `target`. */
bool projection_replay(struct store *store, struct sql *target, int64_t first, int64_t last, GError **error);
/**
 * What must be remembered of rows that leave the journal (compact.c), as JSON with one member a keeper, new reference; and the
 * reverse into fresh tables, before any row is applied. A kind of event whose projection does not carry itself may not leave.
 */
json_t *projection_carry(struct sql *sql, int64_t first, int64_t last, GError **error);
bool projection_load(struct sql *sql, json_t *carried, GError **error);
/** All segments are loaded. */
bool projection_loaded(struct sql *sql, GError **error);

/* archive.c. Those that write or remove a file want the lock not to be held. */
/** One row behind those that an archive file will hold. */
bool archive_line(GString *lines, const struct store_row *row);
/** FOLDER/journal-FIRST-LAST.jsonl.zst (or -N behind it), flushed; its name, g_free, or NULL with error. *made: it was not there. */
char *archive_write(const char *folder, int64_t first, int64_t last, const GString *lines, bool *made, GError **error);
bool archive_drop(const char *folder, const char *name, GError **error);
/** The body of a payment's last row that left the journal, g_free; NULL: with error, or no such one left. */
char *archive_payment(struct store *store, const char *payment_id, GError **error);
/** Remove what a compaction that was stopped had not ended writing. */
bool archive_tidy(const char *folder, GError **error);
/** What all segments carry, into `target`. */
bool segments_carry(struct store *store, struct sql *target, GError **error);

/* refused.c */
bool refused_resolved_apply(struct sql *sql, int64_t seq, json_t *data, GError **error);

/* ratings.c */
bool rated_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool replay, GError **error);

/* clock.c */
void clock_load(struct store *store);

/* payments.c */
/** The payment in a journal's body, or NULL with error. */
struct payment *payment_of_body(const struct store *store, const char *body, GError **error);

/* doubts.c */
/** What a load that gives a payment back does to that payment: refused when another load does so already. */
bool doubts_reversal_apply(struct sql *sql, const struct payment *load, GError **error);
bool doubts_settled_apply(struct sql *sql, int64_t seq, json_t *data, bool replay, GError **error);
struct item;
bool doubts_put(struct store *store, const struct item *item, const char *value, GError **error);
bool doubts_delete(struct store *store, const struct item *item, GError **error);

/* waiting.c */
struct waiting_row {
    const char *id, *type;
    const char *refused; /* the platform's code; NULL: it has not answered */
    int64_t at_ms;
    json_t *data; /* its personal members opened; borrowed */
};
/** False with error: stop. */
typedef bool (*waiting_fn)(void *ctx, const struct waiting_row *row, GError **error);
/** While the lock is held: rows of these types (",a,b,"), the oldest first, that are not acknowledged or were refused within thirty days. */
bool waiting_each(struct store *store, const char *types, waiting_fn give, void *ctx, GError **error);

/* cache.c */
/** New reference; NULL with error. */
json_t *cache_json(const char *text, GError **error);
/** While the lock is held: column 0 of every row as JSON; NULL with error, also when there is no query. */
GPtrArray *cache_values(struct store *store, sqlite3_stmt *query, GError **error);

/* tickets.c */
bool tickets_put(struct store *store, const struct item *item, const char *value, GError **error);
bool tickets_delete(struct store *store, const struct item *item, GError **error);

/* orders.c */
bool orders_put(struct store *store, const struct item *item, const char *value, GError **error);
bool orders_delete(struct store *store, const struct item *item, GError **error);

#endif
