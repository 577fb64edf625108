/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a transaction that writes, statements without rows go out one behind the other in libpq's pipeline mode, and their answers are
 * read when something is asked, or four hundred wait: a server is not waited for at each row. A question travels behind them, so that
 * all of it is one way there and back; many that are known before go together (db-pg-ahead.h). What failed before a question is the
 * question's error; what is released, or committed, was waited for. Rows of one table that come one after the other (db_add_row()) go as
 * one COPY; those of db_run_later() wait, and go table by table, the rows of a table as one statement, before anything else goes. After an
 * error the server takes nothing before the way back is read.
 */
#include "platform/data/db-pg-work.h"
#include "platform/data/db-stats.h"

/* ---- Statements whose answers are not waited for ---- */

#define PENDING_MAX 400 /* their answers fit into the socket's buffers: neither side waits for the other */
#define FLUSH_EACH  8
#define LATER_MAX   2000 /* rows that wait */

#define NOTHING_MAX 100

static void read_answer(struct db_pg *link, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (db_pg_well(result)) {
        if (*PQcmdTuples((PGresult *)result) != '\0')
            link->changes = (int)g_ascii_strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
    } else if (status != PGRES_PIPELINE_ABORTED && link->late == NULL) {
        g_autofree char *message = g_strdup(PQresultErrorMessage(result));
        g_set_error(&link->late, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a statement before: %s", g_strchomp(message));
    }
}

static void set_late(struct db *db)
{
    struct db_pg *link = db_pg_of(db);

    if (link->late == NULL)
        db_pg_fail(db, &link->late, "pipeline");
}

/* All answers that are under way. `last` (may be NULL) is given that of the last statement, when all before it went well. */
static void read_answers(struct db *db, PGresult **last)
{
    PGconn *conn = db_pg_of(db)->conn;
    unsigned left = db_pg_of(db)->pending;
    bool synced = false;
    unsigned nothing = 0; /* in a row: one stands behind each statement; many mean that no more will come, and no end either */

    if (PQpipelineSync(conn) != 1)
        nothing = NOTHING_MAX;
    while (!synced && nothing < NOTHING_MAX && PQstatus(conn) == CONNECTION_OK) {
        PGresult *result = PQgetResult(conn);
        nothing = result == NULL ? nothing + 1 : 0;
        synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (result != NULL && !synced) {
            read_answer(db_pg_of(db), result);
            if (db_pg_of(db)->ahead.awaits && db_pg_well(result))
                db_pg_ahead_answer(&db_pg_of(db)->ahead, g_steal_pointer(&result));
            else if (last != NULL && --left == 0)
                *last = g_steal_pointer(&result);
        }
        PQclear(result);
    }
    if (!synced || PQexitPipelineMode(conn) != 1) {
        set_late(db);
        db_pg_of(db)->broken = true;
    }
}

/* An error of any of them is an error here. */
static bool settle(struct db *db, PGresult **last, GError **error)
{
    struct db_pg *link = db_pg_of(db);

    if (PQpipelineStatus(link->conn) != PQ_PIPELINE_OFF)
        read_answers(db, last);
    link->pending = 0;
    if (link->late != NULL)
        db_copy_clear(&link->copy);
    else if (link->copy.sql != NULL && !db_copy_send(&link->copy, link->conn))
        db_pg_fail(db, &link->late, "rows");
    if (link->late == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&link->late));
    return false;
}

static bool later_send(struct db *db, GError **error);

/* What waited goes first. */
bool db_pg_settle(struct db *db, GError **error)
{
    bool sent = db_pg_of(db)->later.rows == 0 || later_send(db, error);

    return settle(db, NULL, sent ? error : NULL) && sent;
}

bool db_pg_exec(struct db *db, const char *sql, GError **error)
{
    bool settled = db_pg_settle(db, error);

    db_pg_ahead_clear(&db_pg_of(db)->ahead);
    if (!settled)
        return false;
    PGresult *result = PQexec(db_pg_of(db)->conn, sql);
    bool ok = db_pg_well(result);

    PQclear(result);
    return ok || db_pg_fail(db, error, "SQL");
}

/* ---- Statements ---- */

/* `text` is freed. */
static const char *prepare(struct db *db, GHashTable *names, const char *sql, char prefix, char *text, const struct db_pg_values *values, GError **error)
{
    g_autofree char *name = g_strdup_printf("%c%u", prefix, g_hash_table_size(names));
    PGresult *result = PQprepare(db_pg_of(db)->conn, name, text, values->count, values->types);
    bool ok = db_pg_well(result);

    g_free(text);
    PQclear(result);
    if (!ok) {
        db_pg_fail(db, error, "prepare");
        return NULL;
    }
    g_hash_table_insert(names, (gpointer)sql, name);
    return g_steal_pointer(&name);
}

/* Nothing may be under way for one that is new. */
static const char *name_one(struct db *db, const char *sql, const struct db_pg_values *values, GError **error)
{
    const char *known = g_hash_table_lookup(db_pg_of(db)->statements, sql);

    return known != NULL ? known : prepare(db, db_pg_of(db)->statements, sql, 's', db_pg_statement(sql), values, error);
}

/* `arrays`: what takes many rows of values, or NULL: it is made of `sql`. */
static const char *name_many(struct db *db, const char *sql, const char *arrays, const struct db_pg_values *values, GError **error)
{
    const char *known = g_hash_table_lookup(db_pg_of(db)->many, sql);

    if (known != NULL)
        return known;
    char *text = arrays != NULL ? db_pg_statement(arrays) : db_pg_statement_many(sql, values->count);
    return prepare(db, db_pg_of(db)->many, sql, 'm', text, values, error);
}

/* One more on its way. The server begins with those that are there while more are made. */
static bool send(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    struct db_pg *link = db_pg_of(db);

    if (PQenterPipelineMode(link->conn) != 1 ||
        PQsendQueryPrepared(link->conn, name, values->count, values->texts, values->lengths, values->formats, 0) != 1 ||
        (++link->pending % FLUSH_EACH == 0 && PQflush(link->conn) < 0))
        return db_pg_fail(db, error, "step");
    return true;
}

/* Rows (of struct db_value *) of one literal, as one statement. */
static bool send_rows(struct db *db, const char *sql, const char *arrays, const GPtrArray *rows, int count, GError **error)
{
    struct db_pg *link = db_pg_of(db);
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
    struct db_pg_later *later = &db_pg_of(db)->later;
    bool ok = (db_pg_of(db)->late == NULL && db_pg_of(db)->copy.sql == NULL) || settle(db, NULL, error);

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
    return db_pg_of(db)->later.rows == 0 || later_send(db, error);
}

/* Behind what was posted, on the same way. */
static PGresult *ask_behind(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    PGresult *result = NULL;

    db_pg_of(db)->posted++;
    if (!send(db, name, values, error))
        return NULL;
    if (settle(db, &result, error) && result != NULL)
        return result;
    PQclear(result);
    if (error != NULL && *error == NULL)
        db_pg_fail(db, error, "step");
    return NULL;
}

static PGresult *ask_alone(struct db *db, const char *name, const struct db_pg_values *values, GError **error)
{
    PGresult *result = PQexecPrepared(db_pg_of(db)->conn, name, values->count, values->texts, values->lengths, values->formats, 0);

    if (db_pg_well(result))
        return result;
    PQclear(result);
    db_pg_fail(db, error, "step");
    return NULL;
}

static struct db_rows *ask_ahead(struct db *db, const char *sql, const struct db_value *in, int count)
{
    struct db_pg_ahead *ahead = &db_pg_of(db)->ahead;

    g_assert(g_str_has_prefix(sql, "SELECT"));
    if (db_pg_ahead_full(ahead) || !db_pg_ahead_add(ahead, sql, in, count))
        db_stats_answered(1); /* it goes nowhere */
    return db_pg_rows_in(db, &(struct db_pg_slice){.result = NULL});
}

/* Nothing else is under way then. */
static bool ask_gathered(struct db *db, GError **error)
{
    struct db_pg_ahead *ahead = &db_pg_of(db)->ahead;
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
    struct db_pg_ahead *ahead = &db_pg_of(db)->ahead;

    if (!db_pg_settle(db, error)) {
        db_pg_ahead_clear(ahead);
        return false;
    }
    db_pg_ahead_again(ahead, first);
    for (guint i = 0; i < ahead->asked->len; i++)
        db_stats_statement();
    return ask_gathered(db, error);
}

bool db_pg_run_asking(struct db *db, bool on, GError **error)
{
    struct db_pg_ahead *ahead = &db_pg_of(db)->ahead;

    if (!on)
        return ask_gathered(db, error);
    bool ok = db_pg_settle(db, error);
    db_pg_ahead_clear(ahead);
    if (ok)
        db_pg_ahead_begin(ahead);
    return ok;
}

void db_pg_run_rests(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_rests(&db_pg_of(db)->ahead, topic, key);
}

void db_pg_run_touches(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_touches(&db_pg_of(db)->ahead, topic, key);
}

void db_pg_run_forget(struct db *db, const char *topic, const char *key)
{
    db_pg_ahead_forget(&db_pg_of(db)->ahead, topic, key);
}

struct db_rows *db_pg_run_query(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct db_pg *link = db_pg_of(db);
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
    if ((link->late != NULL || link->copy.sql != NULL || !g_hash_table_contains(link->statements, sql)) && !db_pg_settle(db, error))
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

bool db_pg_run_post(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct db_pg *link = db_pg_of(db);
    struct db_pg_values values;

    g_assert(!link->ahead.asking);
    db_pg_ahead_wrote(&link->ahead);
    if (!later_first(db, error))
        return false;
    if ((!g_hash_table_contains(link->statements, sql) || link->late != NULL || link->copy.sql != NULL || link->pending >= PENDING_MAX) &&
        !db_pg_settle(db, error))
        return false;
    db_pg_values_of(in, count, &values);
    link->posted++;
    const char *name = name_one(db, sql, &values, error);
    return name != NULL && send(db, name, &values, error);
}

bool db_pg_run_later(struct db *db, const struct db_later *what, const struct db_value *in, int count, GError **error)
{
    struct db_pg_later *later = &db_pg_of(db)->later;

    g_assert(!db_pg_of(db)->ahead.asking);
    db_pg_ahead_wrote(&db_pg_of(db)->ahead);
    if (later->rows >= LATER_MAX && !later_send(db, error))
        return false;
    db_pg_later_add(later, what, in, count);
    return true;
}

/* What was posted before goes first. */
bool db_pg_run_gather(struct db *db, const char *sql, const struct db_value *in, int count, GError **error)
{
    struct db_pg *link = db_pg_of(db);

    g_assert(!link->ahead.asking);
    db_pg_ahead_wrote(&link->ahead);
    if ((link->late != NULL || link->pending > 0 || link->later.rows > 0 || !db_copy_takes(&link->copy, sql)) && !db_pg_settle(db, error))
        return false;
    db_copy_add(&link->copy, sql, in, count); /* whoever brings many looks at their tables, too: they are not counted in `posted` */
    return true;
}

int db_pg_run_changes(struct db *db)
{
    GError *late = NULL;

    if (!db_pg_settle(db, &late))
        db_pg_of(db)->late = late; /* for the next one to tell */
    return db_pg_of(db)->changes;
}
