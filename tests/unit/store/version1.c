/* SPDX-License-Identifier: Apache-2.0 */
/* A database as version 1 left it, made from that version's own statements and rows: what a migration must be able to read. */
#include "version1.h"
#include "model/model.h"

#include <sqlite3.h>
#include <string.h>

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

#define BOOT_ID "01985d5e-5c00-4000-8000-0000000000b0"

static void must(sqlite3 *db, bool good)
{
    if (!good)
        g_error("version 1: %s", sqlite3_errmsg(db));
}

static void script(sqlite3 *db, const char *text)
{
    must(db, sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
}

/* A row as version 1 wrote it: no epoch beside the body. */
static void row_add(sqlite3 *db, int64_t seq, const char *type, const char *data, uint8_t head[32])
{
    int64_t at_ms = INT64_C(1795276800000) + seq;
    uint8_t hash[32];
    char id[37];
    sqlite3_stmt *insert = NULL;

    uuid7(at_ms, id);
    g_autofree char *body = g_strdup_printf("{\"at\":%" G_GINT64_FORMAT ",\"boot_id\":\"" BOOT_ID "\",\"boot_ms\":%d,"
                                            "\"data\":%s,\"id\":\"%s\",\"kiosk\":\"K0001\",\"seq\":%" G_GINT64_FORMAT
                                            ",\"type\":\"%s\"}",
                                            at_ms, (int)seq, data, id, seq, type);
    chain_hash(head, 1, seq, id, body, strlen(body), hash);
    must(db, sqlite3_prepare_v2(db, "INSERT INTO journal(seq,id,type,at_ms,body,prev,hash) VALUES(?1,?2,?3,?4,?5,?6,?7)",
                                -1, &insert, NULL) == SQLITE_OK);
    sqlite3_bind_int64(insert, 1, seq);
    sqlite3_bind_text(insert, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, type, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, at_ms);
    sqlite3_bind_text(insert, 5, body, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 6, head, 32, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 7, hash, 32, SQLITE_STATIC);
    must(db, sqlite3_step(insert) == SQLITE_DONE);
    sqlite3_finalize(insert);
    memcpy(head, hash, 32);
}

void version1_make(const char *path, const struct store_identity *identity, struct payment *const payments[],
                   const char *const types[], int count)
{
    sqlite3 *db = NULL;
    uint8_t head[32];

    memcpy(head, identity->chain_nonce, 32);
    must(db, sqlite3_open(path, &db) == SQLITE_OK);
    script(db, "PRAGMA journal_mode=WAL; BEGIN");
    script(db, SCHEMA_1);
    script(db, "PRAGMA application_id=1396919089; PRAGMA user_version=1;"
               "INSERT INTO meta VALUES('kiosk_id','K0001'),('epoch',1),('chain_nonce',"
               "'c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3'),"
               "('projection_version',0),('acked_seq',2),('cursor','c-7');"
               "INSERT INTO notice VALUES('n1',20261101,20261201,0,1,'{}')");
    for (int i = 0; i < count; i++) {
        json_t *json = payment_to_json(payments[i]);
        g_autofree char *data = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        row_add(db, i + 1, types[i], data, head);
        json_decref(json);
    }
    script(db, "INSERT INTO refused VALUES(1,'rejected','DATA',5); COMMIT");
    must(db, sqlite3_close(db) == SQLITE_OK);
}
