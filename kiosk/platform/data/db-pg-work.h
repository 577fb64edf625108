/* SPDX-License-Identifier: Apache-2.0 */
/** A connection to PostgreSQL, as the files of this engine share it: db-pg.c owns it, db-pg-run.c sends over it. */
#ifndef PLATFORM_DB_PG_WORK_H
#define PLATFORM_DB_PG_WORK_H

#include "platform/data/db-copy.h"
#include "platform/data/db-pg-ahead.h"
#include "platform/data/db-pg-later.h"
#include "platform/data/db-pg-link.h"

struct db_pg {
    PGconn *conn;
    char *conninfo;
    GHashTable *statements, *many; /* SQL literal → its name on the server, for one row of values and for many */
    bool writing;
    int changes;
    unsigned pending; /* statements whose answers have not been read */
    struct db_copy copy; /* rows that are not on their way: nothing is pending then */
    bool broken;      /* what comes next on it is not to be known: only a new connection will do */
    GError *late;     /* of one of them, that nobody was told of yet */
    uint64_t posted;  /* statements */
    struct db_pg_look look;
    struct db_pg_ahead ahead;
    struct db_pg_later later; /* rows that are not on their way */
};

struct db_pg *db_pg_of(const struct db *db);
/** False, with the server's message. */
bool db_pg_fail(struct db *db, GError **error, const char *what);
bool db_pg_well(const PGresult *result);

/* ---- db-pg-migrate.c: on a connection where nothing is under way ---- */
/** Tables of this program's version: what is missing is one transaction; a node that starts at the same moment waits for it. */
bool db_pg_migrate(struct db *db, GError **error);
/** The community's row in `writer`, which it has from its beginning: made, or there. */
bool db_pg_community(struct db *db, bool create, GError **error);
/** Has `sql`, with the community for $1, a row? */
bool db_pg_has_row(struct db *db, const char *sql, bool *row, GError **error);
/** First column of the first row, g_free; NULL with error, or there is none. */
char *db_pg_value(struct db *db, const char *sql, GError **error);

/* ---- db-pg-run.c: what db-engine.h says of them ---- */
bool db_pg_exec(struct db *db, const char *sql, GError **error);
bool db_pg_settle(struct db *db, GError **error);
struct db_rows *db_pg_run_query(struct db *db, const char *sql, const struct db_value *in, int count, GError **error);
bool db_pg_run_post(struct db *db, const char *sql, const struct db_value *in, int count, GError **error);
bool db_pg_run_later(struct db *db, const struct db_later *what, const struct db_value *in, int count, GError **error);
bool db_pg_run_gather(struct db *db, const char *sql, const struct db_value *in, int count, GError **error);
bool db_pg_run_asking(struct db *db, bool on, GError **error);
void db_pg_run_rests(struct db *db, const char *topic, const char *key);
void db_pg_run_touches(struct db *db, const char *topic, const char *key);
void db_pg_run_forget(struct db *db, const char *topic, const char *key);
int db_pg_run_changes(struct db *db);

#endif
