/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The platform's database: one connection that writes, behind one lock, and a few that read, to an engine that db-engine.h
 * describes. Who reads never waits for who writes. All SQL of the platform is in
 * db.c, schema.c and the db-*.c files; every table's key begins with the community's id, which is bound to ?1 of every
 * statement here, so that no statement can reach over into another community.
 */
#ifndef PLATFORM_DB_H
#define PLATFORM_DB_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "platform/data/error.h"

struct db;
struct db_rows; /* what a statement gives; borrowed until db_done() */
struct db_keys; /* db-seal.h */

#define DB_KEYED_SIZE 32

/** In the data folder: libpq's connection string of the server that the database is on. Without it the database is DIR/platform.db. */
#define DB_SERVER_FILE "database"

/**
 * Open the database of DIR; `create` makes it and fails when it is there already, else it must be there. An older version is
 * migrated; a newer one is refused. `keys` are copied; without them nothing personal can be written or read.
 */
struct db *db_open(const char *data_dir, const char *community, bool create, const struct db_keys *keys, GError **error);
void db_close(struct db *db);
const char *db_community(const struct db *db);

/**
 * A transaction owns a connection until it ends, and belongs to the thread that began it; those of one database do not nest. One that
 * reads sees one moment: what was committed before its first statement.
 */
bool db_begin(struct db *db, bool writing, GError **error);
/**
 * From now on this thread only reads: a transaction that writes does not begin, PLATFORM_ERROR_READS, rather than wait for its turn
 * behind all others who write. Whoever runs a call on such a thread asks db_thread_wrote() behind it (true once), and runs it
 * anew on a thread that may wait: nothing of it was written.
 */
void db_thread_reads(bool on);
bool db_thread_wrote(void);
/** Whom a thread answers: a kiosk and the number of the certificate it showed at the door. Both NULL: nobody. */
struct db_asker {
    const char *kiosk, *certificate;
};
/**
 * From now on this thread answers that one; texts are borrowed until the next call. Each transaction, of whichever database, begins with a look
 * whether it may still be answered (db_kiosk_still()), and does not begin otherwise: since the door it may have been shut out, or enrolled
 * anew on another machine. Whom it answered before.
 */
struct db_asker db_thread_answers(struct db_asker asker);
/** Durable when true. When false nothing was committed as far as is known: ask again by key before doing it anew. */
bool db_commit(struct db *db, GError **error);
void db_rollback(struct db *db);
/** Commit what is good, roll back what is not (`error` is set then already). True: durable. */
bool db_end(struct db *db, bool good, GError **error);
/** Any thread: for how long the transaction that writes now has kept all others of this program from it, in ms; 0: there is none. On a server
 *  its wait for that counts too, in a file the wait for other programs does not. */
int64_t db_turn_ms(struct db *db);
/**
 * A part of a transaction that can be taken back alone. A part may lie in another one of another name: taking back the outer one ends the
 * inner one wherever it stands. The name is a literal.
 */
bool db_savepoint(struct db *db, const char *name, GError **error);
bool db_release(struct db *db, const char *name, GError **error);
bool db_undo(struct db *db, const char *name, GError **error);
/** How many statements without rows db_run() was ever given here: when none came in between, there is nothing to take back. */
uint64_t db_runs(struct db *db);

/**
 * Statements. `format` binds ?2, ?3, …: s text (NULL is NULL), i int64_t, b bytes (const void *, size_t), and what stands there
 * for a text that must not (db-seal.h; NULL is NULL): c a card's number → its token, x a text → its blind index, p (place
 * "TABLE.COLUMN", key, text) → sealed, j (id, JSON) → its personal members sealed, k (bytes, size_t) → their keyed digest. SQL must be a literal: statements are kept
 * by its address.
 *
 * One SQL for both engines: coalesce, CASE, IS [NOT] DISTINCT FROM, ON CONFLICT (…) DO, RETURNING, LIKE; no function, cast or
 * abbreviation that only one of them knows. A condition is a condition and no number. INDEXED BY is for SQLite and not seen by the
 * other. A statement that fails ends its transaction's work: where a refusal is expected, a savepoint stands before it.
 */
/**
 * In a transaction that writes, a server's answer is not waited for: what fails is told by a later statement, at the latest by
 * db_settle(), db_release() or db_commit(). Statements with rows, and db_changes(), wait for all before them.
 */
bool db_run(struct db *db, GError **error, const char *sql, const char *format, ...);
/**
 * The same, for one of many rows: `sql` is "INSERT INTO table(columns) VALUES(?1,…,?N)" and nothing else, its values in this order. Rows of
 * one table that come one after the other may go to a server together.
 */
bool db_add_row(struct db *db, GError **error, const char *sql, const char *format, ...);
/**
 * A statement that may wait: with others of its own it goes to a server as one, behind those of lower ranks that wait too, before any question
 * that has no answer here and before any other statement. `rank` below 16, of each one its own; one whose row needs another one's row stands behind it.
 */
struct db_later {
    const char *sql;    /* "INSERT INTO table(columns) VALUES(…)", with what stands behind it */
    const char *arrays; /* what does it for many, ?1 one value and each other one an array; NULL: it is made of `sql` */
    int rank;
    int keys; /* the first so many values behind the community, texts, are a key: a later row takes the place of one that waits; 0: there is no such */
};
/** Do they go together? */
bool db_gathers(struct db *db);
bool db_run_later(struct db *db, GError **error, const struct db_later *what, const char *format, ...);
/** All that db_run() was given in this transaction was done well. */
bool db_settle(struct db *db, GError **error);
/**
 * Much at once, inside a transaction: with a file more of it is held in memory, 192 MB; off waits for everything, and after it the
 * engine knows how large the tables are.
 */
bool db_bulk(struct db *db, bool on, GError **error);
/**
 * On a server each question is a way there and back; those that are known before go together. Between db_asking(true) and
 * db_asking(false), in a transaction that writes, db_query() only asks: what calls it finds no rows, and says nothing. Afterwards the same
 * literal with the same values has its answer at once, as long as that holds (db-pg-ahead.h says why it does). With a file nothing is
 * asked: false, and whoever would ask leaves it. Questions of one literal go as one statement. An error of what was asked is that of
 * db_asking(false); behind some thousand questions nothing is asked.
 */
bool db_asks(struct db *db);
bool db_asking(struct db *db, bool on, GError **error);
/** Right before a db_query(): what its answer rests on, as far as statements that tell what they touch may write it. */
void db_rests(struct db *db, const char *topic, const char *key);
/** Right before a db_run(): all that it touches of what answers may rest on; `topic` NULL: nothing of it. */
void db_touches(struct db *db, const char *topic, const char *key);
/** Answers that rest on this are not right any more, without any statement. */
void db_forget(struct db *db, const char *topic, const char *key);

/** Bound and not yet stepped; end it with db_done(). Borrowed. NULL on error. */
struct db_rows *db_query(struct db *db, GError **error, const char *sql, const char *format, ...);
/** 1 a row, 0 the end, −1 error; after 0 and −1 the statement is done. */
int db_next(struct db *db, struct db_rows *stmt, GError **error);
void db_done(struct db_rows *stmt);
/** First column of the first row; `fallback` when there is no row or NULL. */
bool db_int(struct db *db, GError **error, int64_t fallback, int64_t *out, const char *sql,
            const char *format, ...);
/** The same as text, g_free; NULL when there is none. */
bool db_text(struct db *db, GError **error, char **out, const char *sql, const char *format, ...);
/** Rows that the last db_run() changed. */
int db_changes(struct db *db);

/* ---- db-read.c: `stmt` is ended; NULL, a db_query() that failed, is allowed ---- */
/** How a row is read into `size` bytes that are zero; false: it is damaged. `what` it is, for the message. */
struct db_reader {
    bool (*read)(struct db_rows *row, void *out);
    size_t size;
    const char *what;
};
/** The first row, or *found false without error. */
bool db_first(struct db *db, struct db_rows *stmt, const struct db_reader *reader, void *out, bool *found, GError **error);
/** All rows, in their order. */
GArray *db_array(struct db *db, struct db_rows *stmt, const struct db_reader *reader, GError **error);
/** First column of each row. GPtrArray of g_free'd text. */
GPtrArray *db_texts(struct db *db, struct db_rows *stmt, GError **error);

/** What format k puts in place of bytes; `out` may be `bytes`. */
bool db_digest(struct db *db, const void *bytes, size_t len, uint8_t out[DB_KEYED_SIZE], GError **error);

/** A number that is another one whenever anybody has written since it was last asked, or might have. For a `db` of one thread. */
bool db_version(struct db *db, int64_t *out, GError **error);

/** Columns of the row that db_next() came to; text and bytes are borrowed until the next one. NULL is NULL, 0, no bytes. */
int db_col_count(struct db_rows *rows);
const char *db_col_name(struct db_rows *rows, int column);
bool db_col_null(struct db_rows *rows, int column);
bool db_col_is_int(struct db_rows *rows, int column);
int64_t db_col_int(struct db_rows *rows, int column);
const char *db_col_text(struct db_rows *rows, int column);
size_t db_col_len(struct db_rows *rows, int column);
const void *db_col_bytes(struct db_rows *rows, int column, size_t *len);
/** What was bound as p, or j: *out g_free, NULL for NULL. False: it does not open. */
bool db_col_unsealed(struct db *db, struct db_rows *rows, int column, const char *place, const char *key, char **out, GError **error);
bool db_col_opened(struct db *db, struct db_rows *rows, int column, const char *id, char **out, GError **error);
/** Column helpers: copy at most size − 1 bytes; false when the bytes are not exactly `len`. */
void db_copy_text(struct db_rows *stmt, int column, char *out, size_t size);
bool db_copy_bytes(struct db_rows *stmt, int column, uint8_t *out, size_t len);

/** schema.c: what makes a database of version n one of version n + 1; the first one makes it from nothing. */
extern const char *const db_migrations[];
extern const int db_migration_count;
extern const char db_schema_credit[], db_schema_books[], db_schema_credit_bounds[]; /* schema-credit.c: three of them */
extern const char db_schema_sealed[]; /* schema-sealed.c: another */
extern const char db_schema_import[]; /* schema-import.c: another */
extern const char db_schema_staff[];  /* schema-staff.c: another */
extern const char db_schema_alarms[]; /* schema-alarms.c: another */
extern const char db_schema_private[]; /* schema-private.c: another */
extern const char db_schema_keyed[];   /* schema-keyed.c: another */
/* Steps of schema-steps.c: */
extern const char db_schema_books_hold[], db_schema_books_hold_sqlite[], db_schema_books_hold_pg[]; /* schema-books.c */
extern const char db_schema_steps_of_loads[]; /* schema-reconcile.c */
extern const char db_schema_scans[], db_schema_scans_holds[], db_schema_scans_balance[], db_schema_change_first[]; /* schema-scans.c: four of them */
extern const char db_schema_settle[], db_schema_settle_sqlite[], db_schema_settle_pg[]; /* schema-settle.c */
extern const char db_schema_ratings[], db_schema_ratings_sqlite[], db_schema_ratings_pg[]; /* schema-ratings.c */
extern const char db_schema_quota[], db_schema_quota_sqlite[], db_schema_quota_pg[]; /* schema-quota.c */
extern const char db_schema_reconcile[], db_schema_reconcile_sqlite[], db_schema_reconcile_pg[]; /* schema-reconcile.c */

#endif
