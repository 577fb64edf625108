/* SPDX-License-Identifier: Apache-2.0 */
/** Rows of db_run_later() that are not on their way yet: pure, db-pg-run.c sends them. */
#ifndef PLATFORM_DB_PG_LATER_H
#define PLATFORM_DB_PG_LATER_H

#include "platform/data/db-pg-values.h"

#define DB_PG_LATER_MAX 16 /* tables that can wait at once */

/* Rows of one table. */
struct db_pg_waiting {
    const struct db_later *what;
    int count;          /* values of each */
    GPtrArray *rows;    /* of struct db_value * */
    GHashTable *by_key; /* key → place in `rows`, from 1; NULL: none is written twice */
};

struct db_pg_later {
    struct db_pg_waiting at[DB_PG_LATER_MAX]; /* by rank */
    guint rows;                               /* of all */
};

/** Values are copied, but for the first, the community. */
void db_pg_later_add(struct db_pg_later *later, const struct db_later *what, const struct db_value *values, int count);
/** One table's rows were sent, or are given up. */
void db_pg_later_clear(struct db_pg_waiting *waiting);
void db_pg_later_forget(struct db_pg_later *later);

#endif
