/* SPDX-License-Identifier: Apache-2.0 */
/** What can be found out about a database by looking at it. Each gives in `broken` what is wrong, g_free, or NULL; false: it cannot be asked. */
#ifndef PLATFORM_DB_CHECK_H
#define PLATFORM_DB_CHECK_H

#include "platform/data/db.h"

/** A database in a file: its pages, indexes and foreign keys, by a connection of its own. A server looks after its own. */
bool db_check_file(const char *data_dir, char **broken, GError **error);
/** Inside of a transaction: every kiosk's events are a chain from each epoch's nonce to the head that is kept; *count of them. */
bool db_check_chains(struct db *db, int64_t *count, char **broken, GError **error);
/** Inside of a transaction: everything that is sealed opens; *count of them. */
bool db_check_sealed(struct db *db, int64_t *count, char **broken, GError **error);
/** Inside of a transaction: MONEY, too, has no open transaction; all books sum to zero and keep their rules. */
bool db_check_books(struct db *db, char **broken, GError **error);

#endif
