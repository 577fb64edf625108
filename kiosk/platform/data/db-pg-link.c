/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-link.h"
#include <string.h>

/* ---- Connecting ---- */

struct wish {
    const char *keyword, *value, *environment;
};

/* A node that lost its server without a word (a cable, a machine that froze) would wait for TCP: a quarter of an hour for an answer, for
 * ever when nothing is on its way. */
static const struct wish wishes[] = {
    {"connect_timeout", "10", "PGCONNECT_TIMEOUT"}, /* s, of each host */
    {"tcp_user_timeout", "30000", NULL},            /* ms */
    {"keepalives_idle", "30", NULL},                /* s */
    {"keepalives_interval", "10", NULL},
    {"keepalives_count", "3", NULL},
};

static bool says(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL;
    return false;
}

/* Whoever names a service has a file for such things. */
static bool is_wanted(const PQconninfoOption *options, const struct wish *wish)
{
    bool service = says(options, "service") || g_getenv("PGSERVICE") != NULL;

    return !service && !says(options, wish->keyword) && (wish->environment == NULL || g_getenv(wish->environment) == NULL);
}

PGconn *db_pg_connect(const char *conninfo)
{
    const char *keywords[G_N_ELEMENTS(wishes) + 2] = {"dbname"}, *values[G_N_ELEMENTS(wishes) + 2] = {conninfo};
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL); /* NULL: no connection string; libpq says so itself */
    size_t count = 1;

    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++)
        if (is_wanted(options, &wishes[i])) {
            keywords[count] = wishes[i].keyword;
            values[count++] = wishes[i].value;
        }
    PQconninfoFree(options);
    PGconn *conn = PQconnectdbParams(keywords, values, 1);
    if (conn == NULL)
        g_error("no memory");
    return conn;
}

/* ---- Looking at the tables ---- */

#define LOOK_FIRST 1000
#define LOOK_LAST  1000000 /* from then on the server's own statistics will do */

struct looking {
    struct db_pg_look *look;
    char *conninfo;
};

static bool exec(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return ok;
}

static void looking_free(struct looking *looking)
{
    g_free(looking->conninfo);
    g_free(looking);
}

static gpointer look_run(gpointer data)
{
    struct looking *looking = data;
    PGconn *conn = db_pg_connect(looking->conninfo);

    g_atomic_pointer_set(&looking->look->cancel, PQgetCancel(conn));
    PQsetErrorVerbosity(conn, PQERRORS_TERSE);
    if (!exec(conn, "SET search_path=citycard; SET statement_timeout=600000; SET lock_timeout=5000; SET default_statistics_target=10") ||
        !exec(conn, "ANALYZE event, payment, payment_bill, txn, open_txn, entry, account, settle_line, bill, change, card_step, card_finding,"
                    " attendance, doubt, day_total, credit_txn, credit_entry, credit_lot"))
        g_message("the tables could not be looked at: %s", PQerrorMessage(conn));
    PQfinish(conn);
    g_atomic_int_set(&looking->look->busy, 0);
    looking_free(looking);
    return NULL;
}

void db_pg_look(struct db_pg_look *look, const char *conninfo, guint64 posted)
{
    if (posted < MAX(look->at, LOOK_FIRST) || look->at > LOOK_LAST || g_atomic_int_get(&look->busy))
        return;
    db_pg_look_end(look);
    struct looking *looking = g_new(struct looking, 1);
    *looking = (struct looking){.look = look, .conninfo = g_strdup(conninfo)};
    look->at = posted * 8;
    g_atomic_int_set(&look->busy, 1);
    look->thread = g_thread_try_new("look", look_run, looking, NULL); /* without one the tables are looked at some other time */
    if (look->thread == NULL) {
        g_atomic_int_set(&look->busy, 0);
        looking_free(looking);
    }
}

void db_pg_look_end(struct db_pg_look *look)
{
    PGcancel *cancel = g_atomic_pointer_get(&look->cancel);
    char why[256];

    if (cancel != NULL && g_atomic_int_get(&look->busy))
        (void)PQcancel(cancel, why, sizeof why); /* else it is over by itself, sooner or later */
    g_clear_pointer(&look->thread, g_thread_join);
    g_clear_pointer(&look->cancel, PQfreeCancel);
}
