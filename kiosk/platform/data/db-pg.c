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
 * In a transaction that writes, statements without rows go out one behind the other in libpq's pipeline mode, and their answers are
 * read when something is asked, or four hundred wait: a server is not waited for at each row. A question travels behind them, so that
 * all of it is one way there and back; many that are known before go together (db-pg-ahead.h). What failed before a question is the question's error; what is released, or committed, was
 * waited for. Rows of one table that come one after the other (db_add_row()) go as one COPY; those of db_later() wait, and go table by table, the
 * rows of a table as one statement, before anything else goes. After an error the server takes nothing before the way back is read.
 *
 * Everything travels as text but bytes that are bound. A statement's result is held as a whole: long tables are read in pieces.
 */
#include "platform/data/db-copy.h"
#include "platform/data/db-pg-ahead.h"
#include "platform/data/db-pg-later.h"
#include "platform/data/db-pg-link.h"
#include "platform/data/db-pg-rows.h"
#include "platform/data/db-stats.h"
#include <stdio.h>
#include <string.h>

#define SERVER_MIN       150000 /* 15 */
#define LOCK_WAIT_MS     "10000"

struct link {
    PGconn *conn;
    char *conninfo;
    GHashTable *statements, *many; /* SQL literal → its name on the server, for one row of values and for many */
    bool writing;
    int changes;
    unsigned pending; /* statements whose answers have not been read */
    struct db_copy copy; /* rows that are not on their way: nothing is pending then */
    bool broken;      /* what comes next on it is not to be known: only a new connection will do */
    GError *late;     /* of one of them, that nobody was told of yet */
    uint64_t posted;  /* statements */
    struct db_pg_look look;
    struct db_pg_ahead ahead;
    struct db_pg_later later; /* rows that are not on their way */
};

static struct link *link_of(const struct db *db)
{
    return db->link;
}

/* The server's message names tables and constraints; DETAIL, which has values, stays out (PQERRORS_TERSE leaves it away). */
static bool fail(struct db *db, GError **error, const char *what)
{
    g_autofree char *message = g_strdup(PQerrorMessage(link_of(db)->conn));

    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", what, g_strchomp(message));
    return false;
}

static bool ended_well(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* ---- Statements whose answers are not waited for ---- */

#define PENDING_MAX 400 /* their answers fit into the socket's buffers: neither side waits for the other */
#define FLUSH_EACH  8
#define LATER_MAX   2000 /* rows that wait */

#define NOTHING_MAX 100

static void read_answer(struct link *link, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (ended_well(result)) {
        if (*PQcmdTuples((PGresult *)result) != '\0')
            link->changes = (int)g_ascii_strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
    } else if (status != PGRES_PIPELINE_ABORTED && link->late == NULL) {
        g_autofree char *message = g_strdup(PQresultErrorMessage(result));
        g_set_error(&link->late, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a statement before: %s", g_strchomp(message));
    }
}

static void set_late(struct db *db)
{
    struct link *link = link_of(db);

    if (link->late == NULL)
        fail(db, &link->late, "pipeline");
}

/* All answers that are under way. `last` (may be NULL) is given that of the last statement, when all before it went well. */
static void read_answers(struct db *db, PGresult **last)
{
    PGconn *conn = link_of(db)->conn;
    unsigned left = link_of(db)->pending;
    bool synced = false;
    unsigned nothing = 0; /* in a row: one stands behind each statement; many mean that no more will come, and no end either */

    if (PQpipelineSync(conn) != 1)
        nothing = NOTHING_MAX;
    while (!synced && nothing < NOTHING_MAX && PQstatus(conn) == CONNECTION_OK) {
        PGresult *result = PQgetResult(conn);
        nothing = result == NULL ? nothing + 1 : 0;
        synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (result != NULL && !synced) {
            read_answer(link_of(db), result);
            if (link_of(db)->ahead.awaits && ended_well(result))
                db_pg_ahead_answer(&link_of(db)->ahead, g_steal_pointer(&result));
            else if (last != NULL && --left == 0)
                *last = g_steal_pointer(&result);
        }
        PQclear(result);
    }
    if (!synced || PQexitPipelineMode(conn) != 1) {
        set_late(db);
        link_of(db)->broken = true;
    }
}

/* An error of any of them is an error here. */
static bool settle(struct db *db, PGresult **last, GError **error)
{
    struct link *link = link_of(db);

    if (PQpipelineStatus(link->conn) != PQ_PIPELINE_OFF)
        read_answers(db, last);
    link->pending = 0;
    if (link->late != NULL)
        db_copy_clear(&link->copy);
    else if (link->copy.sql != NULL && !db_copy_send(&link->copy, link->conn))
        fail(db, &link->late, "rows");
    if (link->late == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&link->late));
    return false;
}

static bool later_send(struct db *db, GError **error);

/* What waited goes first. */
static bool on_settle(struct db *db, GError **error)
{
    bool sent = link_of(db)->later.rows == 0 || later_send(db, error);

    return settle(db, NULL, sent ? error : NULL) && sent;
}

static bool exec(struct db *db, const char *sql, GError **error)
{
    bool settled = on_settle(db, error);

    db_pg_ahead_clear(&link_of(db)->ahead);
    if (!settled)
        return false;
    PGresult *result = PQexec(link_of(db)->conn, sql);
    bool ok = ended_well(result);

    PQclear(result);
    return ok || fail(db, error, "SQL");
}

/* First column of the first row; NULL with error, or there is none. */
static char *ask(struct db *db, const char *sql, GError **error)
{
    PGresult *result = PQexec(link_of(db)->conn, sql);
    char *text = NULL;

    if (!ended_well(result))
        fail(db, error, "SQL");
    else if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        text = g_strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return text;
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
        g_autofree char *show = g_strdup_printf("SHOW %s", SETTINGS[i]), *value = ask(db, show, error);
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
    PGconn *conn = link_of(db)->conn;

    if (PQserverVersion(conn) < SERVER_MIN) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the server is PostgreSQL %d; 15 is the oldest that will do",
                    PQserverVersion(conn) / 10000);
        return false;
    }
    PQsetErrorVerbosity(conn, PQERRORS_TERSE);
    PQsetNoticeProcessor(conn, on_notice, NULL);
    /* The one that writes asks the same short questions by their keys, thousands of times a second: a plan for each would cost more than
     * its answer. Reports are read elsewhere, and planned for what they ask. */
    if (db->owner == NULL && !exec(db, "SET plan_cache_mode=force_generic_plan", error))
        return false;
    return exec(db,
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
    struct link *link = link_of(db);

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
        return fail(db, error, "no connection to the database");
    return settle_in(db, error);
}

/* ---- Migrations ---- */

static bool one_value(struct db *db, const char *sql, bool *row, GError **error)
{
    const char *values[] = {db->community};
    PGresult *result = PQexecParams(link_of(db)->conn, sql, 1, NULL, values, NULL, NULL, 0);
    bool ok = ended_well(result);

    *row = ok && PQntuples(result) > 0;
    PQclear(result);
    return ok || fail(db, error, "SQL");
}

static int version_of(struct db *db, GError **error)
{
    GError *why = NULL;
    g_autofree char *text = ask(db, "SELECT max(version) FROM schema_version", &why);

    if (why != NULL) {
        g_propagate_error(error, why);
        return -1;
    }
    return text != NULL ? (int)g_ascii_strtoll(text, NULL, 10) : 0;
}

static bool migrate_to(struct db *db, const char *script, const char *more, int version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("INSERT INTO schema_version VALUES(%d)", version);
    return exec(db, script, error) && (more == NULL || exec(db, more, error)) && exec(db, mark, error);
}

static bool migrate_from(struct db *db, int version, GError **error)
{
    int newest = db_schema_version();

    if (version > newest) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "the database is of version %d, this program knows %d", version, newest);
        return false;
    }
    if (version == 0 && !migrate_to(db, db_pg_schema, NULL, db_migration_count, error))
        return false;
    for (int at = MAX(version, db_migration_count); at < newest; at++) {
        const struct db_step *step = &db_steps[at - db_migration_count];
        g_autofree char *script = db_pg_words(step->both);

        if (!migrate_to(db, script, step->pg, at + 1, error))
            return false;
    }
    return true;
}

/* What is missing is one transaction; a node that starts at the same moment waits for it. */
static bool on_migrate(struct db *db, GError **error)
{
    if (!exec(db, "BEGIN; LOCK TABLE schema_version IN EXCLUSIVE MODE", error)) {
        exec(db, "ROLLBACK", NULL);
        return false;
    }
    int version = version_of(db, error);
    bool ok = version >= 0 && migrate_from(db, version, error);

    return exec(db, ok ? "COMMIT" : "ROLLBACK", ok ? error : NULL) && ok;
}

/* Several communities share a database. Each has its row in `writer` from its beginning. */
static bool community_there(struct db *db, bool create, GError **error)
{
    bool row = false;

    if (!one_value(db,
                   create ? "INSERT INTO writer VALUES($1) ON CONFLICT (community) DO NOTHING RETURNING community"
                          : "SELECT community FROM writer WHERE community=$1",
                   &row, error))
        return false;
    if (!row)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE,
                    create ? "the community %s is in the database already" : "the community %s is not in the database: run init first",
                    db->community);
    return row;
}

static struct link *link_new(const char *place)
{
    struct link *link = g_new0(struct link, 1);

    link->conninfo = g_strdup(place);
    link->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    link->many = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return link;
}

static bool on_open(struct db *db, const char *place, bool create, GError **error)
{
    db->link = link_new(place);
    return connect_to(db, error) &&
           (!create || exec(db, "CREATE SCHEMA IF NOT EXISTS citycard; CREATE TABLE IF NOT EXISTS schema_version(version BIGINT PRIMARY KEY)",
                            error)) &&
           on_migrate(db, error) && community_there(db, create, error);
}

static bool on_open_reader(struct db *reader, const char *place, GError **error)
{
    reader->link = link_new(place);
    return connect_to(reader, error);
}

static void on_close(struct db *db)
{
    struct link *link = link_of(db);

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

    if (!exec(db, writing ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error))
        return false;
    if (!writing || one_value(db, "SELECT 1 FROM writer WHERE community=$1 FOR UPDATE", &row, error))
        return true;
    exec(db, "ROLLBACK", NULL);
    return false;
}

/* That the server went away is often seen only now: nothing has been done yet, so it is done on a new connection. */
static bool on_begin(struct db *db, bool writing, GError **error)
{
    struct link *link = link_of(db);
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
    db_pg_ahead_clear(&link_of(db)->ahead);
    if (!on_settle(db, error)) {
        exec(db, "ROLLBACK", NULL);
        return false;
    }
    PGresult *result = PQexec(link_of(db)->conn, "COMMIT");
    bool ok = ended_well(result), done = ok && strcmp(PQcmdStatus(result), "COMMIT") == 0;

    PQclear(result);
    if (!ok)
        fail(db, error, "COMMIT");
    else if (!done)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "COMMIT: a statement before it had failed");
    if (done && db->owner == NULL)
        db_pg_look(&link_of(db)->look, link_of(db)->conninfo, link_of(db)->posted);
    return done;
}

static void on_rollback(struct db *db)
{
    db_copy_clear(&link_of(db)->copy);
    db_pg_later_forget(&link_of(db)->later);
    (void)on_settle(db, NULL); /* whatever they say, it is undone */
    if (PQtransactionStatus(link_of(db)->conn) != PQTRANS_IDLE && PQstatus(link_of(db)->conn) == CONNECTION_OK)
        exec(db, "ROLLBACK", NULL);
}

/* ---- Statements ---- */

/* `text` is freed. */
static const char *prepare(struct db *db, GHashTable *names, const char *sql, char prefix, char *text, const struct db_pg_values *values, GError **error)
{
    g_autofree char *name = g_strdup_printf("%c%u", prefix, g_hash_table_size(names));
    PGresult *result = PQprepare(link_of(db)->conn, name, text, values->count, values->types);
    bool ok = ended_well(result);

    g_free(text);
    PQclear(result);
    if (!ok) {
        fail(db, error, "prepare");
        return NULL;
    }
    g_hash_table_insert(names, (gpointer)sql, name);
    return g_steal_pointer(&name);
}

/* Nothing may be under way for one that is new. */
static const char *name_one(struct db *db, const char *sql, const struct db_pg_values *values, GError **error)
{
    const char *known = g_hash_table_lookup(link_of(db)->statements, sql);

    return known != NULL ? known : prepare(db, link_of(db)->statements, sql, 's', db_pg_statement(sql), values, error);
}

/* `arrays`: what takes many rows of values, or NULL: it is made of `sql`. */
static const char *name_many(struct db *db, const char *sql, const char *arrays, const struct db_pg_values *values, GError **error)
{
    const char *known = g_hash_table_lookup(link_of(db)->many, sql);

    if (known != NULL)
        return known;
    char *text = arrays != NULL ? db_pg_statement(arrays) : db_pg_statement_many(sql, values->count);
    return prepare(db, link_of(db)->many, sql, 'm', text, values, error);
}

/* One more on its way. The server begins with those that are there while more are made. */
static bool send(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    struct link *link = link_of(db);

    if (PQenterPipelineMode(link->conn) != 1 ||
        PQsendQueryPrepared(link->conn, name, values->count, values->texts, values->lengths, values->formats, 0) != 1 ||
        (++link->pending % FLUSH_EACH == 0 && PQflush(link->conn) < 0))
        return fail(db, error, "step");
    return true;
}

/* Rows (of struct db_value *) of one literal, as one statement. */
static bool send_rows(struct db *db, const char *sql, const char *arrays, const GPtrArray *rows, int count, GError **error)
{
    struct link *link = link_of(db);
    struct db_pg_values values;
    bool one = rows->len == 1;

    if ((!g_hash_table_contains(one ? link->statements : link->many, sql) || link->pending >= PENDING_MAX) && !settle(db, NULL, error))
        return false;
    if (one)
        db_pg_values_of(rows->pdata[0], count, &values);
    else
        db_pg_values_many(rows, count, &values);
    const char *name = one ? name_one(db, sql, &values, error) : name_many(db, sql, arrays, &values, error);
    bool ok = name != NULL && send(db, name, &values, error);
    db_pg_values_clear(&values);
    link->posted += rows->len;
    db_stats_answered(rows->len - 1);
    return ok;
}

/* All of it, whatever becomes of a part: what fails undoes the transaction. */
static bool later_send(struct db *db, GError **error)
{
    struct db_pg_later *later = &link_of(db)->later;
    bool ok = (link_of(db)->late == NULL && link_of(db)->copy.sql == NULL) || settle(db, NULL, error);

    later->rows = 0; /* nothing waits any more for whoever settles on the way */
    for (int rank = 0; rank < DB_PG_LATER_MAX; rank++) {
        struct db_pg_waiting *waiting = &later->at[rank];
        if (waiting->rows != NULL)
            ok = ok && send_rows(db, waiting->what->sql, waiting->what->arrays, waiting->rows, waiting->count, error);
        db_pg_later_clear(waiting);
    }
    return ok;
}

static bool later_first(struct db *db, GError **error)
{
    return link_of(db)->later.rows == 0 || later_send(db, error);
}

/* Behind what was posted, on the same way. */
static PGresult *ask_behind(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    PGresult *result = NULL;

    link_of(db)->posted++;
    if (!send(db, name, values, error))
        return NULL;
    if (settle(db, &result, error) && result != NULL)
        return result;
    PQclear(result);
    if (error != NULL && *error == NULL)
        fail(db, error, "step");
    return NULL;
}

static PGresult *ask_alone(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    PGresult *result = PQexecPrepared(link_of(db)->conn, name, values->count, values->texts, values->lengths, values->formats, 0);

    if (ended_well(result))
        return result;
    PQclear(result);
    fail(db, error, "step");
    return NULL;
}

static struct db_rows *ask_ahead(struct db *db, const char *sql, const struct db_value *in, int count)
{
    struct db_pg_ahead *ahead = &link_of(db)->ahead;

    g_assert(g_str_has_prefix(sql, "SELECT"));
    if (db_pg_ahead_full(ahead) || !db_pg_ahead_add(ahead, sql, in, count))
        db_stats_answered(1); /* it goes nowhere */
    return db_pg_rows_in(db, &(struct db_pg_slice){.result = NULL});
}

/* Nothing else is under way then. */
static bool ask_gathered(struct db *db, GError **error)
{
    struct db_pg_ahead *ahead = &link_of(db)->ahead;
    bool ok = true;

    db_pg_ahead_send(ahead);
    for (guint i = 0; ok && i < ahead->groups->len; i++) {
        const struct db_pg_group *group = ahead->groups->pdata[i];
        g_autoptr(GPtrArray) rows = g_ptr_array_new();
        for (guint at = 0; at < group->answers->len; at++)
            g_ptr_array_add(rows, ((const struct db_pg_answer *)group->answers->pdata[at])->values);
        ok = send_rows(db, group->sql, NULL, rows, group->count, error);
    }
    bool settled = settle(db, NULL, ok ? error : NULL);
    ok = ok && settled && db_pg_ahead_complete(ahead, error);
    if (!ok)
        db_pg_ahead_clear(ahead);
    ahead->awaits = false;
    return ok;
}

/* Behind what was written since. */
static bool ask_again(struct db *db, struct db_pg_answer *first, GError **error)
{
    struct db_pg_ahead *ahead = &link_of(db)->ahead;

    if (!on_settle(db, error)) {
        db_pg_ahead_clear(ahead);
        return false;
    }
    db_pg_ahead_again(ahead, first);
    for (guint i = 0; i < ahead->asked->len; i++)
        db_stats_statement();
    return ask_gathered(db, error);
}

static bool on_asking(struct db *db, bool on, GError **error)
{
    struct db_pg_ahead *ahead = &link_of(db)->ahead;

    if (!on)
        return ask_gathered(db, error);
    bool ok = on_settle(db, error);
    db_pg_ahead_clear(ahead);
    if (ok)
        db_pg_ahead_begin(ahead);
    return ok;
}

static void on_rests(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_rests(&link_of(db)->ahead, topic, key);
}

static void on_touches(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_touches(&link_of(db)->ahead, topic, key);
}

static void on_forget(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_forget(&link_of(db)->ahead, topic, key);
}

static struct db_rows *on_query(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct link *link = link_of(db);
    struct db_pg_values values;

    if (link->ahead.asking)
        return ask_ahead(db, sql, in, count);
    if (!g_str_has_prefix(sql, "SELECT"))
        db_pg_ahead_wrote(&link->ahead);
    struct db_pg_answer *known = db_pg_ahead_find(&link->ahead, sql, in, count);
    if (known != NULL && known->ended && !ask_again(db, known, error))
        return NULL;
    if (known != NULL) {
        known->wanted--;
        db_stats_answered(1);
        return db_pg_rows_in(db, &known->slice);
    }
    if (!later_first(db, error))
        return NULL;
    if ((link->late != NULL || link->copy.sql != NULL || !g_hash_table_contains(link->statements, sql)) && !on_settle(db, error))
        return NULL;
    db_pg_values_of(in, count, &values);
    const char *name = name_one(db, sql, &values, error);
    if (name == NULL)
        return NULL;
    PGresult *result = link->pending > 0 ? ask_behind(db, name, &values, error) : ask_alone(db, name, &values, error);
    if (result == NULL)
        return NULL;
    if (*PQcmdTuples(result) != '\0' && PQresultStatus(result) == PGRES_COMMAND_OK)
        link->changes = (int)g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
    return db_pg_rows_of(db, result);
}

static bool on_bulk(struct db *db, bool on, GError **error)
{
    return on || (on_settle(db, error) && exec(db, "ANALYZE", error)); /* so that plans know what lies there now */
}

static bool on_post(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct link *link = link_of(db);
    struct db_pg_values values;

    g_assert(!link->ahead.asking);
    db_pg_ahead_wrote(&link->ahead);
    if (!later_first(db, error))
        return false;
    if ((!g_hash_table_contains(link->statements, sql) || link->late != NULL || link->copy.sql != NULL || link->pending >= PENDING_MAX) &&
        !on_settle(db, error))
        return false;
    db_pg_values_of(in, count, &values);
    link->posted++;
    const char *name = name_one(db, sql, &values, error);
    return name != NULL && send(db, name, &values, error);
}

static bool on_later(struct db *db, const struct db_later *what, const struct db_value *in, int count, GError **error)
{
    struct db_pg_later *later = &link_of(db)->later;

    g_assert(!link_of(db)->ahead.asking);
    db_pg_ahead_wrote(&link_of(db)->ahead);
    if (later->rows >= LATER_MAX && !later_send(db, error))
        return false;
    db_pg_later_add(later, what, in, count);
    return true;
}

/* What was posted before goes first. */
static bool on_gather(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct link *link = link_of(db);

    g_assert(!link->ahead.asking);
    db_pg_ahead_wrote(&link->ahead);
    if ((link->late != NULL || link->pending > 0 || link->later.rows > 0 || !db_copy_takes(&link->copy, sql)) && !on_settle(db, error))
        return false;
    db_copy_add(&link->copy, sql, in, count); /* whoever brings many looks at their tables, too: they are not counted in `posted` */
    return true;
}

static int on_changes(struct db *db)
{
    GError *late = NULL;

    if (!on_settle(db, &late))
        link_of(db)->late = late; /* for the next one to tell */
    return link_of(db)->changes;
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
    .script = exec,
    .query = on_query,
    .post = on_post,
    .later = on_later,
    .gather = on_gather,
    .settle = on_settle,
    .asking = on_asking,
    .rests = on_rests,
    .touches = on_touches,
    .forget = on_forget,
    .bulk = on_bulk,
    .next = db_pg_next,
    .done = db_pg_done,
    .changes = on_changes,
    .version = on_version,
    .count = db_pg_count,
    .name_of = db_pg_name,
    .is_null = db_pg_is_null,
    .is_int = db_pg_is_int,
    .number = db_pg_number,
    .text = db_pg_text,
    .bytes = db_pg_bytes,
};
