/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A statement's text and values as PostgreSQL takes them: with one row of values, or with many rows at once, each parameter an array.
 * What begins, plans and checks a statement there costs as much as several rows do.
 */
#ifndef PLATFORM_DB_PG_VALUES_H
#define PLATFORM_DB_PG_VALUES_H

#include "platform/data/db-engine.h"
#include <libpq-fe.h>

#define DB_PG_VALUES_MAX 64

struct db_pg_values {
    const char *texts[DB_PG_VALUES_MAX];
    int lengths[DB_PG_VALUES_MAX], formats[DB_PG_VALUES_MAX];
    Oid types[DB_PG_VALUES_MAX];
    char numbers[DB_PG_VALUES_MAX][24];
    GByteArray *arrays[DB_PG_VALUES_MAX]; /* NULL: of one row */
    int count;
};

/** Borrows from `in`, and needs no end. */
void db_pg_values_of(const struct db_value *in, int count, struct db_pg_values *out);
/** Of rows (of struct db_value *) that all have `count` values, the first of which, the community, is the same: sent once. End it with db_pg_values_clear(). */
void db_pg_values_many(const GPtrArray *rows, int count, struct db_pg_values *out);
void db_pg_values_clear(struct db_pg_values *values);

/** The first value, the community, is borrowed, as it is by db_pg_row_free(). */
struct db_value *db_pg_row_copy(const struct db_value *values, int count);
void db_pg_row_free(struct db_value *values, int count);

/** ?N is $N there; INDEXED BY NAME is a word to SQLite. g_free. */
char *db_pg_statement(const char *sql);
/**
 * The same for many rows, ?1 still one value and each other one an array, in order; g_free. Of SELECT: what it selects and, as the last column, which
 * row it answers, from one; rows of one answer keep their order, answers need not. Of INSERT … VALUES(…): they go in in their order.
 */
char *db_pg_statement_many(const char *sql, int count);

#endif
