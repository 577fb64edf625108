/* SPDX-License-Identifier: Apache-2.0 */
/** Connections to PostgreSQL that end when the other side is gone, and a look at its tables on one of its own. */
#ifndef PLATFORM_DB_PG_LINK_H
#define PLATFORM_DB_PG_LINK_H

#include <glib.h>
#include <libpq-fe.h>
#include <stdbool.h>

/**
 * PQconnectdb(), with an end to every wait for somebody who is not there any more, as far as neither the string, nor a service that it
 * names, nor libpq's environment says otherwise: ten seconds to connect, thirty for bytes that nobody acknowledges, sixty of silence.
 * Never NULL; PQfinish().
 */
PGconn *db_pg_connect(const char *conninfo);

/**
 * Plans are kept as long as a connection lives, and those that were made while a table was empty know nothing of it: any index
 * that begins with the community is as good as another to them. The server's own statistics come a minute later at best, which is
 * many thousand events; so its tables are looked at early, a few thousand rows of each, and then eight times as far on: by a thread
 * and a connection of its own, so that nobody waits for it.
 */
struct db_pg_look {
    guint64 at; /* at how many statements the next one is due; 0: at the first thousand */
    GThread *thread;
    gint busy;
    PGcancel *cancel; /* of its connection, as soon as there is one */
};
/** After a transaction that wrote, so many statements since the connection's owner was opened. */
void db_pg_look(struct db_pg_look *look, const char *conninfo, guint64 posted);
/** Ends one that is under way, and waits for it. */
void db_pg_look_end(struct db_pg_look *look);

#endif
