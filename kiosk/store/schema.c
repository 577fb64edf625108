/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables, and how an older file becomes a newer one. README.md says what each is for.
 *
 * Migrations only ever add to the end of MIGRATIONS; `user_version` counts those done. Projections are not migrated: they
 * are dropped and built again from the journal when PROJECTION_VERSION has moved.
 */
#include "store/internal.h"

#include <string.h>

#define APPLICATION_ID 0x53434B31 /* "SCK1" */

static const char SCHEMA_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, at_ms "
    "INTEGER NOT NULL,"
    "  body TEXT NOT NULL, prev BLOB NOT NULL CHECK(length(prev)=32), hash BLOB NOT NULL "
    "CHECK(length(hash)=32)) STRICT;"
    "CREATE TRIGGER journal_next BEFORE INSERT ON journal"
    "  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq),0)+1 FROM journal)"
    "  BEGIN SELECT RAISE(ABORT,'the journal has no gaps'); END;"
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    "  BEGIN SELECT RAISE(ABORT,'the journal is append only'); END;"
    "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
    "  BEGIN SELECT RAISE(ABORT,'the journal is append only'); END;"
    "CREATE TABLE refused(seq INTEGER PRIMARY KEY REFERENCES journal(seq), verdict TEXT NOT NULL, code TEXT "
    "NOT NULL,"
    "  at_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE bill(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, state TEXT NOT NULL, amount_fen "
    "INTEGER NOT NULL,"
    "  due INTEGER NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX bill_card ON bill(card_token, due);"
    "CREATE TABLE notice(id TEXT PRIMARY KEY, from_date INTEGER NOT NULL, to_date INTEGER NOT NULL,"
    "  urgent INTEGER NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE hotlist(token TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pull_quarantine(n INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, topic TEXT NOT NULL, key "
    "TEXT NOT NULL,"
    "  reason TEXT NOT NULL, item TEXT NOT NULL) STRICT;";

/* The hotlist lies in a file now, with what came since in a table. The list of before goes on as changes to no file, until the
 * platform gives one. */
static const char HOTLIST_FILE[] =
    "CREATE TABLE hotlist_overlay(mark TEXT PRIMARY KEY CHECK(length(mark)=16),"
    "  reason INTEGER NOT NULL CHECK(reason BETWEEN -1 AND 6)) STRICT, WITHOUT ROWID;"
    "INSERT OR REPLACE INTO hotlist_overlay SELECT substr(token,1,16), CASE reason WHEN 'lost' THEN 0"
    "  WHEN 'stolen' THEN 1 WHEN 'suspended' THEN 2 ELSE 6 END FROM hotlist;"
    "ALTER TABLE hotlist RENAME TO old_1_hotlist;";

static const char *const MIGRATIONS[] = {SCHEMA_1, HOTLIST_FILE};

static int64_t pragma_int(struct sql *sql, const char *text, GError **error)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(sql->db, text, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        sql_fail(sql, text, error);
    else
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static bool migrate_one(struct store *store, size_t version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%" G_GSIZE_FORMAT,
                                            APPLICATION_ID, version + 1);

    if (sql_begin(&store->sql, error) && sql_script(&store->sql, MIGRATIONS[version], error) &&
        sql_script(&store->sql, mark, error) && sql_commit(&store->sql, error))
        return true;
    sql_rollback(&store->sql);
    return false;
}

static bool migrate(struct store *store, GError **error)
{
    int64_t version = pragma_int(&store->sql, "PRAGMA user_version", error);
    int64_t application = version < 0 ? -1 : pragma_int(&store->sql, "PRAGMA application_id", error);

    if (version < 0 || application < 0)
        return false;
    if (version > (int64_t)G_N_ELEMENTS(MIGRATIONS) || (version > 0) != (application == APPLICATION_ID)) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
                    "the file is of another program or a newer version (%d, %d)", (int)application,
                    (int)version);
        return false;
    }
    for (size_t at = (size_t)version; at < G_N_ELEMENTS(MIGRATIONS); at++)
        if (!migrate_one(store, at, error))
            return false;
    return true;
}

/* ---- Whose file is it --------------------------------------------------------------------------------------------- */

static char *nonce_text(const struct store_identity *identity)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < sizeof identity->chain_nonce; i++)
        g_string_append_printf(text, "%02x", identity->chain_nonce[i]);
    return g_string_free(text, FALSE);
}

/* What another platform sent means nothing to this one, and its cursor even less. */
static bool identity_adopt(struct store *store, const char *nonce, GError **error)
{
    return sql_script(&store->sql,
                      "DELETE FROM meta; DELETE FROM bill; DELETE FROM notice; DELETE FROM hotlist_overlay;"
                      "DELETE FROM pull_quarantine",
                      error) &&
           meta_set_text(store, "kiosk_id", store->identity.kiosk_id, error) &&
           meta_set_int(store, "epoch", store->identity.epoch, error) &&
           meta_set_text(store, "chain_nonce", nonce, error);
}

/* A journal belongs to one enrolment for ever. While it is empty (a kiosk that ran before it was enrolled) it may change hands. */
static bool identity_hold(struct store *store, GError **error)
{
    g_autofree char *nonce = nonce_text(&store->identity);
    g_autofree char *kiosk_id = meta_text(store, "kiosk_id");
    g_autofree char *had = meta_text(store, "chain_nonce");

    if (strcmp(kiosk_id, store->identity.kiosk_id) == 0 && strcmp(had, nonce) == 0 &&
        meta_int(store, "epoch", -1) == store->identity.epoch)
        return true;
    if (store->head_seq != 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
                    "the journal is of kiosk %s in another epoch: set it aside before enrolling anew",
                    kiosk_id);
        return false;
    }
    if (sql_begin(&store->sql, error) && identity_adopt(store, nonce, error) &&
        sql_commit(&store->sql, error))
        return true;
    sql_rollback(&store->sql);
    return false;
}

/* ---- Projections of an older version ------------------------------------------------------------------------------ */

bool schema_projections(struct store *store, GError **error)
{
    if (meta_int(store, "projection_version", 0) == PROJECTION_VERSION)
        return true;
    if (sql_begin(&store->sql, error) && projection_drop(&store->sql, error) &&
        projection_create(&store->sql, error) &&
        projection_replay(store, &store->sql, 1, store->head_seq, error) &&
        meta_set_int(store, "projection_version", PROJECTION_VERSION, error) &&
        sql_commit(&store->sql, error))
        return true;
    sql_rollback(&store->sql);
    return false;
}

static bool quick_check(struct store *store, GError **error)
{
    sqlite3_stmt *statement = NULL;
    bool good = false;

    if (sqlite3_prepare_v2(store->sql.db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK)
        return sql_fail(&store->sql, "quick_check", error);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        good = strcmp(sql_text(statement, 0), "ok") == 0;
        if (!good)
            g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "quick_check: %s", sql_text(statement, 0));
    } else {
        sql_fail(&store->sql, "quick_check", error);
    }
    sqlite3_finalize(statement);
    return good;
}

bool schema_prepare(struct store *store, GError **error)
{
    return quick_check(store, error) && migrate(store, error) && journal_head_load(store, error) &&
           identity_hold(store, error);
}
