/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database on a server: PostgreSQL through libpq, any number of nodes; of each, one connection writes and a few read.
 *
 *   writing transaction   BEGIN ─► the community's row of `writer` is locked ─► … ─► COMMIT
 *   reading transaction   BEGIN, repeatable read, read only ─► … ─► COMMIT
 *
 * So writers of one community come one after the other on whatever node, as they do with a file, and what holds for the file holds
 * here: nothing that was read in a writing transaction is changed by others before its end. A row and no advisory lock,
 * because a database that is spread over servers knows where a row lies.
 *
 * A connection that broke is made anew with the next transaction. What was under way is lost with it: as with a COMMIT whose
 * answer did not come, nobody knows, and whoever asks again by key finds out.
 *
 * How statements go there and back is in db-pg-run.c. Everything travels as text but bytes that are bound. A statement's result is held as a
 * whole: long tables are read in pieces.
 */
#include "platform/data/db-pg-work.h"
#include "platform/data/db-stats.h"
#include <string.h>

#define SERVER_MIN       150000 /* 15 */
#define LOCK_WAIT_MS     "10000"

struct db_pg *db_pg_of(const struct db *db)
{
    return db->link;
}

/* The server's message names tables and constraints; DETAIL, which has values, stays out (PQERRORS_TERSE leaves it away). */
bool db_pg_fail(struct db *db, GError **error, const char *what)
{
    g_autofree char *message = g_strdup(PQerrorMessage(db_pg_of(db)->conn));

    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", what, g_strchomp(message));
    return false;
}

bool db_pg_well(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* ---- Connecting ---- */

static void on_notice(void *ctx, const char *message)
{
}

/* What a commit's promise rests on: the server's own configuration. */
static bool is_durable(struct db *db, GError **error)
{
    static const char *const SETTINGS[] = {"fsync", "full_page_writes", "synchronous_commit"};

    for (size_t i = 0; i < G_N_ELEMENTS(SETTINGS); i++) {
        g_autofree char *show = g_strdup_printf("SHOW %s", SETTINGS[i]), *value = db_pg_value(db, show, error);
        if (value == NULL)
            return false;
        if (strcmp(value, "off") == 0) {
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the server has %s=off: a commit may be lost with its power", SETTINGS[i]);
            return false;
        }
    }
    return true;
}

static bool settle_in(struct db *db, GError **error)
{
    PGconn *conn = db_pg_of(db)->conn;

    if (PQserverVersion(conn) < SERVER_MIN) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the server is PostgreSQL %d; 15 is the oldest that will do",
                    PQserverVersion(conn) / 10000);
        return false;
    }
    PQsetErrorVerbosity(conn, PQERRORS_TERSE);
    PQsetNoticeProcessor(conn, on_notice, NULL);
    /* The one that writes asks the same short questions by their keys, thousands of times a second: a plan for each would cost more than
     * its answer. Reports are read elsewhere, and planned for what they ask. */
    if (db->owner == NULL && !db_pg_exec(db, "SET plan_cache_mode=force_generic_plan", error))
        return false;
    return db_pg_exec(db,
                "SET search_path=citycard; SET client_min_messages=warning; SET TimeZone='UTC';"
                "SET lock_timeout=" LOCK_WAIT_MS "; SET statement_timeout=600000;"
                /* A plan is kept as long as the connection lives: one that was made while the table was small and unknown to the
                 * server's statistics must not go through all of it when it is large. */
                "SET enable_seqscan=off;"
                /* Without it a way through a whole table, where there is no other, counts as so dear that it would be compiled first. */
                "SET jit=off;"
                "SET idle_in_transaction_session_timeout=60000; SET default_transaction_isolation='read committed'",
                error) &&
           is_durable(db, error);
}

static bool connect_to(struct db *db, GError **error)
{
    struct db_pg *link = db_pg_of(db);

    PQfinish(link->conn);
    db_copy_clear(&link->copy);
    db_pg_ahead_clear(&link->ahead);
    db_pg_later_forget(&link->later);
    link->pending = 0;
    g_clear_error(&link->late);
    link->broken = false;
    g_hash_table_remove_all(link->statements);
    g_hash_table_remove_all(link->many);
    if (db->accounts != NULL)
        g_hash_table_remove_all(db->accounts); /* it may be another server, that knows less */
    link->conn = db_pg_connect(link->conninfo);
    if (PQstatus(link->conn) != CONNECTION_OK || PQsetClientEncoding(link->conn, "UTF8") != 0)
        return db_pg_fail(db, error, "no connection to the database");
    return settle_in(db, error);
}

static struct db_pg *link_new(const char *place)
{
    struct db_pg *link = g_new0(struct db_pg, 1);

    link->conninfo = g_strdup(place);
    link->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    link->many = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return link;
}

static bool on_open(struct db *db, const char *place, bool create, GError **error)
{
    db->link = link_new(place);
    return connect_to(db, error) &&
           (!create || db_pg_exec(db, "CREATE SCHEMA IF NOT EXISTS citycard; CREATE TABLE IF NOT EXISTS schema_version(version BIGINT PRIMARY KEY)",
                            error)) &&
           db_pg_migrate(db, error) && db_pg_community(db, create, error);
}

static bool on_open_reader(struct db *reader, const char *place, GError **error)
{
    reader->link = link_new(place);
    return connect_to(reader, error);
}

static void on_close(struct db *db)
{
    struct db_pg *link = db_pg_of(db);

    db_pg_look_end(&link->look);
    PQfinish(link->conn);
    db_copy_clear(&link->copy);
    db_pg_ahead_clear(&link->ahead);
    db_pg_later_forget(&link->later);
    g_clear_error(&link->late);
    g_hash_table_unref(link->statements);
    g_hash_table_unref(link->many);
    g_free(link->conninfo);
    g_free(link);
}

/* ---- Transactions ---- */

/* The wait for other writers ends with lock_timeout: then this is an error like any other, and may be tried again. */
static bool begin(struct db *db, bool writing, GError **error)
{
    bool row = false;

    if (!db_pg_exec(db, writing ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error))
        return false;
    if (!writing || db_pg_has_row(db, "SELECT 1 FROM writer WHERE community=$1 FOR UPDATE", &row, error))
        return true;
    db_pg_exec(db, "ROLLBACK", NULL);
    return false;
}

/* That the server went away is often seen only now: nothing has been done yet, so it is done on a new connection. */
static bool on_begin(struct db *db, bool writing, GError **error)
{
    struct db_pg *link = db_pg_of(db);
    GError *why = NULL;

    if (!link->broken && PQstatus(link->conn) == CONNECTION_OK && begin(db, writing, &why))
        return true;
    if (!link->broken && PQstatus(link->conn) == CONNECTION_OK) {
        g_propagate_error(error, why);
        return false;
    }
    g_clear_error(&why);
    db_stats_reconnected();
    return connect_to(db, error) && begin(db, writing, error);
}

/* A transaction in which a statement failed ends with ROLLBACK, and that is no error to the server. */
static bool on_commit(struct db *db, GError **error)
{
    db_pg_ahead_clear(&db_pg_of(db)->ahead);
    if (!db_pg_settle(db, error)) {
        db_pg_exec(db, "ROLLBACK", NULL);
        return false;
    }
    PGresult *result = PQexec(db_pg_of(db)->conn, "COMMIT");
    bool ok = db_pg_well(result), done = ok && strcmp(PQcmdStatus(result), "COMMIT") == 0;

    PQclear(result);
    if (!ok)
        db_pg_fail(db, error, "COMMIT");
    else if (!done)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "COMMIT: a statement before it had failed");
    if (done && db->owner == NULL)
        db_pg_look(&db_pg_of(db)->look, db_pg_of(db)->conninfo, db_pg_of(db)->posted);
    return done;
}

static void on_rollback(struct db *db)
{
    db_copy_clear(&db_pg_of(db)->copy);
    db_pg_later_forget(&db_pg_of(db)->later);
    (void)db_pg_settle(db, NULL); /* whatever they say, it is undone */
    if (PQtransactionStatus(db_pg_of(db)->conn) != PQTRANS_IDLE && PQstatus(db_pg_of(db)->conn) == CONNECTION_OK)
        db_pg_exec(db, "ROLLBACK", NULL);
}

/* ---- All of it ---- */

static bool on_bulk(struct db *db, bool on, GError **error)
{
    return on || (db_pg_settle(db, error) && db_pg_exec(db, "ANALYZE", error)); /* so that plans know what lies there now */
}

/*
 * What is committed and what is under way, as one number (FNV-1a): another one with every transaction that ends, of whomever. Its
 * newest number alone does not do: one that ends later than a younger one, or than a savepoint of its own that was undone, leaves it.
 */
static bool on_version(struct db *db, int64_t *out, GError **error)
{
    g_autofree char *text = NULL;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (!db_text(db, error, &text, "SELECT CAST(pg_current_snapshot() AS TEXT) WHERE ?1 IS NOT NULL", ""))
        return false;
    for (const char *at = text; at != NULL && *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    *out = (int64_t)(hash >> 1); /* never −1, which is none */
    return true;
}

const struct db_engine db_engine_pg = {
    .name = "PostgreSQL",
    .far = true,
    .open = on_open,
    .open_reader = on_open_reader,
    .close = on_close,
    .begin = on_begin,
    .commit = on_commit,
    .rollback = on_rollback,
    .script = db_pg_exec,
    .query = db_pg_run_query,
    .post = db_pg_run_post,
    .later = db_pg_run_later,
    .gather = db_pg_run_gather,
    .settle = db_pg_settle,
    .asking = db_pg_run_asking,
    .rests = db_pg_run_rests,
    .touches = db_pg_run_touches,
    .forget = db_pg_run_forget,
    .bulk = on_bulk,
    .next = db_pg_next,
    .done = db_pg_done,
    .changes = db_pg_run_changes,
    .version = on_version,
    .count = db_pg_count,
    .name_of = db_pg_name,
    .is_null = db_pg_is_null,
    .is_int = db_pg_is_int,
    .number = db_pg_number,
    .text = db_pg_text,
    .bytes = db_pg_bytes,
};
