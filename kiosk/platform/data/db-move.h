/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A community that was made in a file beside goes to its server as it lies there: each table's rows as COPY, nothing asked, sealed or
 * reckoned anew. What makes much of a community writes it to a file, which costs a tenth of asking a server at each row.
 */
#ifndef PLATFORM_DB_MOVE_H
#define PLATFORM_DB_MOVE_H

#include "platform/data/db.h"

/** A new, empty database of the community of `db`, under its keys, in a file in the folder `dir`, which is there. db_close(). */
struct db *db_beside(struct db *db, const char *dir, GError **error);
/**
 * All that `file` has into `server`, whose community has nothing yet: one transaction, so all of it or nothing. The server's own
 * constraints hold each row: the books close there once more. A file whose merchants have been settled is refused
 * (PLATFORM_ERROR_STATE): what was handed out once is not told anew.
 */
bool db_move(struct db *file, struct db *server, GError **error);

#endif
