/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables, and how an older file becomes a newer one. README.md says what each is for; whose file it is: epoch.c.
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

/*
 * Epochs: a row says in which one it was written. Its table is made anew and filled from the old one, which stays as
 * old_1_journal; the nonce of the enrolment is the `prev` of the first row.
 */
static const char SCHEMA_EPOCHS[] =
    "CREATE TABLE epoch(epoch INTEGER PRIMARY KEY, nonce BLOB NOT NULL CHECK(length(nonce)=32), first_seq "
    "INTEGER NOT NULL,"
    "  opened_ms INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;"
    "INSERT INTO epoch SELECT m.value, j.prev, 1, j.at_ms, 'enrolled' FROM journal j, meta m"
    "  WHERE j.seq=1 AND m.key='epoch';"
    "DROP TRIGGER journal_next; DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete;"
    "ALTER TABLE refused RENAME TO old_1_refused;"
    "ALTER TABLE journal RENAME TO old_1_journal;"
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, type "
    "TEXT NOT NULL,"
    "  at_ms INTEGER NOT NULL, body TEXT NOT NULL, prev BLOB NOT NULL CHECK(length(prev)=32),"
    "  hash BLOB NOT NULL CHECK(length(hash)=32)) STRICT;"
    "INSERT INTO journal SELECT j.seq, e.epoch, j.id, j.type, j.at_ms, j.body, j.prev, j.hash"
    "  FROM old_1_journal j, epoch e ORDER BY j.seq;"
    "CREATE TABLE refused(seq INTEGER PRIMARY KEY, verdict TEXT NOT NULL, code TEXT NOT NULL,"
    "  at_ms INTEGER NOT NULL) STRICT;"
    "INSERT INTO refused SELECT seq, verdict, code, at_ms FROM old_1_refused;"
    /* Rows that left the journal: what they were is proved by their first `prev`, their last hash and a digest of all. */
    "CREATE TABLE segment(first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    "  first_prev BLOB NOT NULL CHECK(length(first_prev)=32), last_hash BLOB NOT NULL "
    "CHECK(length(last_hash)=32),"
    "  rows INTEGER NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32), carried TEXT NOT NULL,"
    "  archive TEXT NOT NULL, at_ms INTEGER NOT NULL, CHECK(rows=last_seq-first_seq+1)) STRICT;"
    /* Rows of a damaged or forked file that have no place in the chain. */
    "CREATE TABLE salvaged(n INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, id TEXT NOT "
    "NULL,"
    "  type TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT "
    "NULL,"
    "  source TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('kept','known','recorded')),"
    "  UNIQUE(epoch,seq,hash)) STRICT;"
    "CREATE TRIGGER journal_next BEFORE INSERT ON journal"
    "  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq),0)+1 FROM journal)"
    "  AND NOT (NEW.seq>(SELECT coalesce(max(seq),0) FROM journal)"
    "    AND (EXISTS (SELECT 1 FROM epoch WHERE epoch=NEW.epoch AND first_seq=NEW.seq)"
    "      OR EXISTS (SELECT 1 FROM segment WHERE last_seq=NEW.seq-1)))"
    "  BEGIN SELECT RAISE(ABORT,'the journal has no gaps'); END;"
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    "  BEGIN SELECT RAISE(ABORT,'the journal is append only'); END;"
    "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
    "  WHEN NOT EXISTS (SELECT 1 FROM segment WHERE OLD.seq BETWEEN first_seq AND last_seq)"
    "  AND NOT EXISTS (SELECT 1 FROM salvaged WHERE epoch=OLD.epoch AND seq=OLD.seq AND hash=OLD.hash)"
    "  BEGIN SELECT RAISE(ABORT,'the journal is append only'); END;"
    "CREATE TRIGGER epoch_no_update BEFORE UPDATE ON epoch"
    "  BEGIN SELECT RAISE(ABORT,'an epoch is for ever'); END;"
    "CREATE TRIGGER epoch_no_delete BEFORE DELETE ON epoch"
    "  WHEN EXISTS (SELECT 1 FROM journal WHERE epoch=OLD.epoch) OR EXISTS (SELECT 1 FROM segment WHERE epoch=OLD.epoch)"
    "  BEGIN SELECT RAISE(ABORT,'an epoch is for ever'); END;"
    "CREATE TRIGGER segment_no_update BEFORE UPDATE ON segment"
    "  BEGIN SELECT RAISE(ABORT,'a segment is for ever'); END;"
    "CREATE TRIGGER segment_no_delete BEFORE DELETE ON segment"
    "  BEGIN SELECT RAISE(ABORT,'a segment is for ever'); END;"
    "CREATE TRIGGER salvaged_no_delete BEFORE DELETE ON salvaged"
    "  BEGIN SELECT RAISE(ABORT,'what was salvaged stays'); END;";

/* Doubts of all kiosks, as the platform's feed tells them. */
static const char SCHEMA_DOUBTS[] =
    "CREATE TABLE doubt(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, kiosk TEXT NOT NULL, state TEXT NOT NULL,"
    "  version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX doubt_card ON doubt(card_token);";

/* Credit of cards (sealed), the rules and this kiosk's quota, as the platform told them. */
static const char SCHEMA_CREDIT[] =
    "CREATE TABLE credit(token TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE rule(id TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE quota(version INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;";

/* Of whom nothing is to be taken in, up to which version of the feed; "*" is everybody. */
static const char SCHEMA_WIPED[] =
    "CREATE TABLE wiped(token TEXT PRIMARY KEY, version INTEGER NOT NULL, why TEXT NOT NULL) STRICT, WITHOUT ROWID;";

/* Whose card answers for what, as the platform's feed tells it. It told so before this file had room for it: once more from the
 * beginning. */
static const char SCHEMA_STAFF[] =
    "CREATE TABLE staff(token TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* The hotlist lies in a file now, with what came since in a table. The list of before goes on as changes to no file, until the
 * platform gives one. */
static const char SCHEMA_HOTLIST[] =
    "CREATE TABLE hotlist_overlay(mark TEXT PRIMARY KEY CHECK(length(mark)=16),"
    "  reason INTEGER NOT NULL CHECK(reason BETWEEN -1 AND 6)) STRICT, WITHOUT ROWID;"
    "INSERT OR REPLACE INTO hotlist_overlay SELECT substr(token,1,16), CASE reason WHEN 'lost' THEN 0"
    "  WHEN 'stolen' THEN 1 WHEN 'suspended' THEN 2 ELSE 6 END FROM hotlist;"
    "ALTER TABLE hotlist RENAME TO old_5_hotlist;";

/* Where a page is lost in the middle of a segment, SQLite does not see it. One that was lost before gets no seal, and is seen so. */
static const char SCHEMA_SEALS[] =
    "CREATE TABLE segment_seal(first_seq INTEGER PRIMARY KEY, seal BLOB NOT NULL CHECK(length(seal)=32)) STRICT;"
    "INSERT INTO segment_seal SELECT first_seq," SEGMENT_SEAL " FROM segment WHERE json_valid(carried);"
    "CREATE TRIGGER segment_seal_no_update BEFORE UPDATE ON segment_seal"
    "  BEGIN SELECT RAISE(ABORT,'a segment is for ever'); END;"
    "CREATE TRIGGER segment_seal_no_delete BEFORE DELETE ON segment_seal"
    "  BEGIN SELECT RAISE(ABORT,'a segment is for ever'); END;";

/* What the platform showed of a person whose card proved itself (sealed): for a day, `kept_ms` in true time. */
static const char SCHEMA_PEOPLE[] =
    "CREATE TABLE person_snapshot(token TEXT PRIMARY KEY, version INTEGER NOT NULL, kept_ms INTEGER NOT NULL, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* Staff of the later roles. They were told before this file had room for them: once more from the beginning. */
static const char SCHEMA_POSTS[] =
    "CREATE TABLE post(token TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* Activities, and seats of persons (sealed), as the platform's feed tells them; this kiosk's own seats; and what was asked for here:
 * `told` 0 not answered yet, 1 answered, 2 set aside and without an id still. They were told before this file had room for them. */
static const char SCHEMA_SEATS[] =
    "CREATE TABLE activity(id TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE seat(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, session TEXT NOT NULL, version INTEGER NOT NULL,"
    "  value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX seat_card ON seat(card_token);"
    "CREATE TABLE seat_own(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, session TEXT NOT NULL, companions INTEGER NOT NULL,"
    "  drawn INTEGER NOT NULL, door INTEGER NOT NULL, at_ms INTEGER NOT NULL, step TEXT NOT NULL, told INTEGER NOT NULL)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE INDEX seat_own_session ON seat_own(session);"
    "CREATE INDEX seat_own_card ON seat_own(card_token);"
    "CREATE TABLE allotment(version INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* What is offered, who does it, and what was ordered (sealed). Told before this file had room for them: once more from the beginning. */
static const char SCHEMA_ORDERS[] =
    "CREATE TABLE service(id TEXT PRIMARY KEY, place INTEGER NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE TABLE provider(id TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE service_order(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX service_order_card ON service_order(card_token);"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* What there is to be fetched. The platform told of it, and of more of a notice, before this file had room for it: once more. */
static const char SCHEMA_FILES[] =
    "CREATE TABLE file(id TEXT PRIMARY KEY, version INTEGER NOT NULL, type TEXT NOT NULL, length INTEGER NOT NULL, name TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* What was asked for here is looked up by its type, among all that is in the journal. */
static const char SCHEMA_SEATS_FOUND[] =
    "CREATE INDEX IF NOT EXISTS journal_seat_asked ON journal(seq) WHERE type='seat.asked';"
    "CREATE INDEX IF NOT EXISTS journal_seat_step ON journal(seq) WHERE type='seat.step';";

/* Which card is in the place of one that signed in here: who signed in with that one signs out with this one. */
static const char SCHEMA_LINE[] =
    "CREATE TABLE card_line(token TEXT PRIMARY KEY, current TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX card_line_current ON card_line(current);";

/* What residents can tell of, where, working days, open cases of everybody; and tickets of cards (sealed). Told before this file had room
 * for them: once more from the beginning. */
static const char SCHEMA_TICKETS[] =
    "CREATE TABLE listed(topic TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, about TEXT NOT NULL, version INTEGER NOT NULL,"
    "  value TEXT NOT NULL, PRIMARY KEY(topic, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX listed_about ON listed(topic, about) WHERE about<>'';"
    "CREATE TABLE ticket(id TEXT PRIMARY KEY, card_token TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX ticket_card ON ticket(card_token);"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* What is to be printed (sealed), and which things were printed: prints.c. */
static const char SCHEMA_PRINTS[] =
    "CREATE TABLE print(id INTEGER PRIMARY KEY, what TEXT NOT NULL, card_token TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,"
    "  made_ms INTEGER NOT NULL, value TEXT NOT NULL) STRICT;"
    "CREATE INDEX print_what ON print(what);"
    "CREATE INDEX print_now ON print(state) WHERE state IN ('WAITING','PRINTING');";

/* Who of the cards is on the roll of volunteers (sealed). Told before this file had room for them: once more from the beginning. */
static const char SCHEMA_VOLUNTEERS[] =
    "CREATE TABLE volunteer(token TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* Of one person the platform shows several pages, each for a reason of its own; what was kept is fetched again. And how people want it here
 * (sealed), told before this file had room for it: once more from the beginning. */
static const char SCHEMA_PREFERENCES[] =
    "DROP TABLE person_snapshot;"
    "CREATE TABLE person_snapshot(token TEXT NOT NULL, purpose TEXT NOT NULL, version INTEGER NOT NULL, kept_ms INTEGER NOT NULL,"
    "  value TEXT NOT NULL, PRIMARY KEY(token, purpose)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE preference(card_token TEXT PRIMARY KEY, version INTEGER NOT NULL, said_ms INTEGER NOT NULL, value TEXT NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "UPDATE meta SET value='' WHERE key='cursor';";

/* Which calls for help are open is asked of all that is in the journal. */
static const char SCHEMA_HELP[] =
    "CREATE INDEX IF NOT EXISTS journal_help_called ON journal(seq) WHERE type='help.called';"
    "CREATE INDEX IF NOT EXISTS journal_help_ended ON journal(seq) WHERE type='help.ended';";

/* One card may be wiped for several reasons, and each of them ends by itself. And certificates whose printing an older program had stopped,
 * and told nobody of: they may be out; they are settled again, and told then. */
static const char SCHEMA_WIPED_EACH[] =
    "CREATE TABLE wiped_each(token TEXT NOT NULL, why TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(token, why)) STRICT, WITHOUT ROWID;"
    "INSERT INTO wiped_each SELECT token, why, version FROM wiped;"
    "DROP TABLE wiped;"
    "ALTER TABLE wiped_each RENAME TO wiped;"
    "UPDATE print SET state='PRINTING', reason='' WHERE substr(what,1,12)='certificate:' AND state='FAILED' AND reason='STOPPED' AND"
    " substr(what,13) NOT IN (SELECT json_extract(body,'$.data.number') FROM journal WHERE type='certificate.printed');";

static const char *const MIGRATIONS[] = {SCHEMA_1,      SCHEMA_DOUBTS, SCHEMA_EPOCHS,
                                         SCHEMA_CREDIT, SCHEMA_WIPED,  SCHEMA_HOTLIST, SCHEMA_STAFF, SCHEMA_SEALS, SCHEMA_PEOPLE,
                                         SCHEMA_POSTS, SCHEMA_SEATS, SCHEMA_ORDERS, SCHEMA_FILES, SCHEMA_SEATS_FOUND,
                                         SCHEMA_LINE, SCHEMA_TICKETS, SCHEMA_PRINTS, SCHEMA_VOLUNTEERS, SCHEMA_PREFERENCES,
                                         SCHEMA_HELP, SCHEMA_WIPED_EACH};

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

/* Those behind `version`, all or none: a new file is one commit. */
static bool migrate_from(struct store *store, size_t version, GError **error)
{
    g_autofree char *mark = g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%" G_GSIZE_FORMAT,
                                            APPLICATION_ID, G_N_ELEMENTS(MIGRATIONS));
    bool done = sql_begin(&store->sql, error);

    for (size_t at = version; done && at < G_N_ELEMENTS(MIGRATIONS); at++)
        done = sql_script(&store->sql, MIGRATIONS[at], error);
    if (done && sql_script(&store->sql, mark, error) && sql_commit(&store->sql, error))
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
    bool ours = (version > 0) == (application == APPLICATION_ID);
    if (!ours || version > (int64_t)G_N_ELEMENTS(MIGRATIONS)) {
        g_set_error(error, STORE_ERROR, ours ? STORE_ERROR_OPEN : STORE_ERROR_FOREIGN,
                    "the file is of %s (%d, %d)", ours ? "a newer version" : "another program", (int)application,
                    (int)version);
        return false;
    }
    return version == (int64_t)G_N_ELEMENTS(MIGRATIONS) || migrate_from(store, (size_t)version, error);
}

/* ---- Keys --------------------------------------------------------------------------------------------------------- */

/* What stands in `meta` tells that keys changed and nothing of the keys. */
static char *keys_text(const struct store_identity *identity)
{
    GString *text = g_string_new(NULL);
    uint8_t check[2][SEAL_KEY_SIZE];

    seal_derive(identity->index_key, "citycard store: check of the index key", check[0]);
    seal_derive(identity->local_key, "citycard store: check of the local key", check[1]);
    for (size_t i = 0; i < 16; i++)
        g_string_append_printf(text, "%02x", check[i / 8][i % 8]);
    return g_string_free(text, FALSE);
}

/* Other keys, or the first: what the cache holds cannot be opened any more (or is in clear, of an older version), and cards have
 * other tokens. The platform sends the cache again, the journal gives the projections. */
static bool keys_hold(struct store *store, GError **error)
{
    g_autofree char *keys = keys_text(&store->identity), *had = meta_text(store, "keys");

    if (strcmp(keys, had) == 0)
        return true;
    /* Who asked to be forgotten stays so, unless their card has another token now. */
    bool same_tokens = strlen(had) == strlen(keys) && memcmp(keys, had, strlen(keys) / 2) == 0;
    g_autofree char *persons = snapshots_forget();
    if (sql_begin(&store->sql, error) && sql_script(&store->sql, persons, error) &&
        sql_script(&store->sql, "DELETE FROM doubt; DELETE FROM staff; DELETE FROM post; DELETE FROM file; DELETE FROM print; DELETE FROM pull_quarantine;"
                                /* What was promised stays counted, and is nobody's. */
                                "UPDATE seat_own SET card_token=''", error) &&
        sql_script(&store->sql, same_tokens ? WIPED_ANEW : WIPED_ANEW "; DELETE FROM wiped", error) &&
        meta_set_text(store, "cursor", "", error) && (*had == '\0' || meta_set_int(store, "persons_refill", 1, error)) &&
        meta_set_int(store, "projection_version", 0, error) &&
        meta_set_text(store, "keys", keys, error) && sql_commit(&store->sql, error))
        return true;
    sql_rollback(&store->sql);
    return false;
}

/* ---- Projections of an older version ------------------------------------------------------------------------------ */

bool schema_projections_current(struct store *store)
{
    return meta_int(store, "projection_version", 0) == PROJECTION_VERSION;
}

bool schema_projections(struct store *store, GError **error)
{
    if (schema_projections_current(store))
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

/* ---- The journal of version 1 ---------------------------------------------------------------------------------------- */

static int64_t old_count(struct store *store, const char *query, GError **error)
{
    sqlite3_stmt *rows = NULL;
    int64_t count = -1;

    if (sqlite3_prepare_v2(store->sql.db, query, -1, &rows, NULL) == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW)
        count = sqlite3_column_int64(rows, 0);
    else
        sql_fail(&store->sql, "the journal of version 1", error);
    sqlite3_finalize(rows);
    return count;
}

/* The refusals of version 1 point to its rows; what they say stays. */
static const char OLD_DROP[] =
    "CREATE TABLE old_1_refusals(seq INTEGER PRIMARY KEY, verdict TEXT NOT NULL, code TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "INSERT INTO old_1_refusals SELECT seq, verdict, code, at_ms FROM old_1_refused;"
    "DROP TABLE old_1_refused; ALTER TABLE old_1_refusals RENAME TO old_1_refused; DROP TABLE old_1_journal";

/* Its rows hold what is personal in clear a second time. They go, overwritten, once each is found in the journal, byte by byte;
 * where one is not, all stay. */
bool schema_old_drop(struct store *store, GError **error)
{
    int64_t there = old_count(store, "SELECT count(*) FROM sqlite_schema WHERE name='old_1_journal'", error);
    int64_t left = there != 1 ? there
                              : old_count(store,
                                          "SELECT count(*) FROM old_1_journal o WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE"
                                          " j.seq=o.seq AND j.id=o.id AND j.type=o.type AND j.at_ms=o.at_ms AND j.body=o.body AND"
                                          " j.prev=o.prev AND j.hash=o.hash)",
                                          error);

    if (there <= 0 || left != 0) {
        if (left > 0)
            g_message("%" G_GINT64_FORMAT " rows of version 1 are not in the journal: its table stays", left);
        return there >= 0 && left >= 0;
    }
    if (sql_begin(&store->sql, error) && sql_script(&store->sql, OLD_DROP, error) && sql_commit(&store->sql, error))
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

bool schema_is_present(struct store *store, GError **error)
{
    int64_t version = pragma_int(&store->sql, "PRAGMA user_version", error);
    int64_t application = version < 0 ? -1 : pragma_int(&store->sql, "PRAGMA application_id", error);

    if (version < 0 || application < 0)
        return false;
    if (application == APPLICATION_ID && version == (int64_t)G_N_ELEMENTS(MIGRATIONS))
        return true;
    g_set_error(error, STORE_ERROR, application == APPLICATION_ID ? STORE_ERROR_OPEN : STORE_ERROR_FOREIGN,
                "the file is of %s (version %d): start the kiosk once", application == APPLICATION_ID ? "another version" : "another program",
                (int)version);
    return false;
}

bool schema_prepare(struct store *store, GError **error)
{
    return quick_check(store, error) && migrate(store, error) && epochs_load(store, error) &&
           journal_head_load(store, error) && identity_hold(store, error) && keys_hold(store, error);
}
