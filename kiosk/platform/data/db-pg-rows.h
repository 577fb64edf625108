/* SPDX-License-Identifier: Apache-2.0 */
/** What PostgreSQL answered, as rows: the columns of db-engine.h. */
#ifndef PLATFORM_DB_PG_ROWS_H
#define PLATFORM_DB_PG_ROWS_H

#include "platform/data/db-engine.h"
#include <libpq-fe.h>

#define OID_BOOL         16
#define OID_BYTEA        17
#define OID_INT8         20
#define OID_INT2         21
#define OID_INT4         23
#define OID_TEXT         25
#define OID_NUMERIC      1700

/** Rows of a result that somebody else keeps: all of them, or those whose numbers are in `rows`; then the last column is not theirs. */
struct db_pg_slice {
    PGresult *result; /* NULL: it is only asked for, and has no rows */
    const int *rows;
    int count;
};

/** `result` is taken over. */
struct db_rows *db_pg_rows_of(const struct db *db, PGresult *result);
/** The slice's result lives longer. */
struct db_rows *db_pg_rows_in(const struct db *db, const struct db_pg_slice *slice);

void db_pg_done(struct db_rows *rows);
int db_pg_next(struct db *db, struct db_rows *rows, GError **error);
int db_pg_count(struct db_rows *rows);
const char *db_pg_name(struct db_rows *rows, int column);
bool db_pg_is_null(struct db_rows *rows, int column);
bool db_pg_is_int(struct db_rows *rows, int column);
const char *db_pg_text(struct db_rows *rows, int column);
int64_t db_pg_number(struct db_rows *rows, int column);
const void *db_pg_bytes(struct db_rows *rows, int column, size_t *len);

#endif
