/* SPDX-License-Identifier: Apache-2.0 */
/** Rows of one table that are gathered and go to PostgreSQL as one COPY. */
#ifndef PLATFORM_DB_COPY_H
#define PLATFORM_DB_COPY_H

#include "platform/data/db-engine.h"
#include <libpq-fe.h>

struct db_copy {
    const char *sql; /* the literal whose rows these are; NULL: none */
    GString *text;
};
/** Has it room for one more of this statement, without another one before? */
bool db_copy_takes(const struct db_copy *copy, const char *sql);
/** Behind the others. */
void db_copy_add(struct db_copy *copy, const char *sql, const struct db_value *values, int count);
/** All of it, on a connection that does nothing else; it is empty afterwards. False: PQerrorMessage() says why. */
bool db_copy_send(struct db_copy *copy, PGconn *conn);
void db_copy_clear(struct db_copy *copy);

#endif
