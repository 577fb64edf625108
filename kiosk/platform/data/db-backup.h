/* SPDX-License-Identifier: Apache-2.0 */
/** A copy of the whole database as it is at one moment, while others write, and the way back. */
#ifndef PLATFORM_DB_BACKUP_H
#define PLATFORM_DB_BACKUP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/** Is the database of this folder on a server? */
bool db_backup_on_server(const char *data_dir);
/** Into a new file (0600), on the disk when this returns; of which version its tables are. A server's is written by pg_dump. */
bool db_backup(const char *data_dir, const char *path, int64_t *schema, GError **error);
/** What db_backup() made of a server's, into a database that has nothing of this program: all of it or nothing (pg_restore). */
bool db_backup_load(const char *conninfo, const char *path, GError **error);

#endif
