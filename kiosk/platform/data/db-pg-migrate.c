/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that come to this program's version, and the community's place among others. */
#include "platform/data/db-pg-work.h"

/* ---- Asked at once: nothing is under way ---- */

char *db_pg_value(struct db *db, const char *sql, GError **error)
{
    PGresult *result = PQexec(db_pg_of(db)->conn, sql);
    char *text = NULL;

    if (!db_pg_well(result))
        db_pg_fail(db, error, "SQL");
    else if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        text = g_strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return text;
}

bool db_pg_has_row(struct db *db, const char *sql, bool *row, GError **error)
{
    const char *values[] = {db->community};
    PGresult *result = PQexecParams(db_pg_of(db)->conn, sql, 1, NULL, values, NULL, NULL, 0);
    bool ok = db_pg_well(result);

    *row = ok && PQntuples(result) > 0;
    PQclear(result);
    return ok || db_pg_fail(db, error, "SQL");
}

/* ---- Versions ---- */

static int version_of(struct db *db, GError **error)
{
    GError *why = NULL;
    g_autofree char *text = db_pg_value(db, "SELECT max(version) FROM schema_version", &why);

    if (why != NULL) {
        g_propagate_error(error, why);
        return -1;
    }
    return text != NULL ? (int)g_ascii_strtoll(text, NULL, 10) : 0;
}

static bool migrate_to(struct db *db, const char *script, const char *more, int version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("INSERT INTO schema_version VALUES(%d)", version);
    return db_pg_exec(db, script, error) && (more == NULL || db_pg_exec(db, more, error)) && db_pg_exec(db, mark, error);
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
bool db_pg_migrate(struct db *db, GError **error)
{
    if (!db_pg_exec(db, "BEGIN; LOCK TABLE schema_version IN EXCLUSIVE MODE", error)) {
        db_pg_exec(db, "ROLLBACK", NULL);
        return false;
    }
    int version = version_of(db, error);
    bool ok = version >= 0 && migrate_from(db, version, error);

    return db_pg_exec(db, ok ? "COMMIT" : "ROLLBACK", ok ? error : NULL) && ok;
}

/* Several communities share a database. Each has its row in `writer` from its beginning. */
bool db_pg_community(struct db *db, bool create, GError **error)
{
    bool row = false;

    if (!db_pg_has_row(db,
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
