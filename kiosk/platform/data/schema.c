/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform's tables up to version 16, for SQLite, and how an older database becomes a newer one; what came later is in
 * schema-steps.c. A migration is never edited, and takes nothing away: a table that changes is made anew, filled by INSERT … SELECT,
 * and the old one renamed to old_<version>_<name>. `user_version` counts those done; each is one transaction.
 */
#include "platform/data/db.h"

static const char schema_1[] =
    "CREATE TABLE meta(community TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(community, key)) STRICT, WITHOUT ROWID;"

    /* ---- People, cards, bills ---- */
    "CREATE TABLE household(community TEXT NOT NULL, id INT NOT NULL, address TEXT NOT NULL, grid TEXT NOT "
    "NULL,"
    " area_m2 INT NOT NULL, PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE person(community TEXT NOT NULL, id INT NOT NULL, name TEXT NOT NULL, id_number TEXT NOT "
    "NULL,"
    " sex TEXT NOT NULL CHECK(sex IN ('M','F')), birth INT NOT NULL, phone TEXT NOT NULL, nation INT NOT "
    "NULL,"
    " local INT NOT NULL, household INT NOT NULL, PRIMARY KEY(community, id), UNIQUE(community, id_number),"
    " FOREIGN KEY(community, household) REFERENCES household(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE card(community TEXT NOT NULL, number TEXT NOT NULL CHECK(length(number)=19), token TEXT "
    "NOT NULL,"
    " person INT NOT NULL, issuer TEXT NOT NULL, class INT NOT NULL, valid_from INT NOT NULL, valid_to INT "
    "NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('active','lost','expired','damaged','suspended')),"
    " PRIMARY KEY(community, number), UNIQUE(community, token),"
    " FOREIGN KEY(community, person) REFERENCES person(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE biller(community TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, name_zh TEXT NOT "
    "NULL,"
    " name_en TEXT NOT NULL, PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    /* One state on all channels; the key of a bill is (biller, account, period). */
    "CREATE TABLE bill(community TEXT NOT NULL, id TEXT NOT NULL, card TEXT NOT NULL, biller TEXT NOT NULL,"
    " account_no TEXT NOT NULL, period TEXT NOT NULL, amount_fen INT NOT NULL CHECK(amount_fen > 0),"
    " usage TEXT NOT NULL, issue INT NOT NULL, due INT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('UNPAID','PAYING','UNKNOWN','PAID','CLOSED')),"
    " PRIMARY KEY(community, id), UNIQUE(community, biller, account_no, period),"
    " FOREIGN KEY(community, card) REFERENCES card(community, number),"
    " FOREIGN KEY(community, biller) REFERENCES biller(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE notice(community TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY "
    "KEY(community, id))"
    " STRICT, WITHOUT ROWID;"

    /* ---- What kiosks pull: the newest change of each key, in the order of changing ---- */
    "CREATE TABLE change(community TEXT NOT NULL, n INT NOT NULL, topic TEXT NOT NULL, key TEXT NOT NULL,"
    " PRIMARY KEY(community, n), UNIQUE(community, topic, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE hotlist(community TEXT NOT NULL, version INT NOT NULL, issued_ms INT NOT NULL, payload "
    "TEXT NOT NULL,"
    " signature TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY(community, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE hotlist_entry(community TEXT NOT NULL, token TEXT NOT NULL, reason TEXT NOT NULL, since_ms "
    "INT NOT NULL,"
    " PRIMARY KEY(community, token)) STRICT, WITHOUT ROWID;"

    /* ---- Kiosks ---- */
    "CREATE TABLE kiosk(community TEXT NOT NULL, id TEXT NOT NULL, place_zh TEXT NOT NULL, place_en TEXT NOT "
    "NULL,"
    " state TEXT NOT NULL CHECK(state IN ('NEW','ENROLLED','REVOKED')), epoch INT NOT NULL, certificate TEXT,"
    " chain_nonce BLOB, head_seq INT NOT NULL, head_hash BLOB, alarm TEXT, enrolled_ms INT, seen_ms INT,"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE enrol_code(community TEXT NOT NULL, kiosk TEXT NOT NULL, salt BLOB NOT NULL, digest BLOB "
    "NOT NULL,"
    " expires_ms INT NOT NULL, tries_left INT NOT NULL, PRIMARY KEY(community, kiosk),"
    " FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"

    /* ---- Events: every row that a kiosk ever sent, with what became of it ---- */
    "CREATE TABLE event(community TEXT NOT NULL, kiosk TEXT NOT NULL, epoch INT NOT NULL, seq INT NOT NULL, "
    "id TEXT NOT NULL,"
    " prev BLOB NOT NULL CHECK(length(prev)=32), hash BLOB NOT NULL CHECK(length(hash)=32), body TEXT NOT "
    "NULL,"
    " verdict TEXT NOT NULL CHECK(verdict IN ('accepted','conflict','rejected')), code TEXT, received_ms INT "
    "NOT NULL,"
    " PRIMARY KEY(community, kiosk, epoch, seq),"
    " FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX event_id ON event(community, id) WHERE verdict='accepted';"
    "CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT,'events are append only'); "
    "END;"
    "CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT,'events are append only'); "
    "END;"
    /* What could not be kept as an event because its place is taken: forks, old epochs. */
    "CREATE TABLE refusal(community TEXT NOT NULL, kiosk TEXT NOT NULL, epoch INT NOT NULL, seq INT NOT NULL,"
    " hash BLOB NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, code TEXT NOT NULL, received_ms INT NOT NULL,"
    " PRIMARY KEY(community, kiosk, epoch, seq, hash)) STRICT, WITHOUT ROWID;"

    /* ---- Payments (projection of events) ---- */
    "CREATE TABLE payment(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('COMMITTING','CONFIRMED','IN_DOUBT','VOID')),"
    " card TEXT NOT NULL, token TEXT NOT NULL, amount_fen INT NOT NULL CHECK(amount_fen > 0),"
    " balance_before_fen INT NOT NULL, counter INT NOT NULL, terminal TEXT NOT NULL, terminal_serial INT NOT "
    "NULL,"
    " intent BLOB NOT NULL, receipt_no TEXT NOT NULL, at_ms INT NOT NULL, proof BLOB NOT NULL,"
    " tac TEXT NOT NULL DEFAULT 'NONE' CHECK(tac IN ('NONE','OK','WRONG','UNPROVEN')),"
    " settled TEXT NOT NULL DEFAULT 'KIOSK' CHECK(settled IN ('KIOSK','COUNTER')),"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, "
    "WITHOUT ROWID;"
    "CREATE INDEX payment_card ON payment(community, card, counter);"
    /* A TAC proves one debit: the same inputs are settled once. */
    "CREATE UNIQUE INDEX payment_proof ON payment(community, proof) WHERE state='CONFIRMED';"
    "CREATE TABLE payment_bill(community TEXT NOT NULL, payment TEXT NOT NULL, line INT NOT NULL, bill TEXT "
    "NOT NULL,"
    " amount_fen INT NOT NULL CHECK(amount_fen > 0),"
    " outcome TEXT NOT NULL CHECK(outcome IN ('PENDING','PAID','PAID_ELSEWHERE','SUSPENSE','VOID')),"
    " PRIMARY KEY(community, payment, line), FOREIGN KEY(community, payment) REFERENCES payment(community, "
    "id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX payment_bill_bill ON payment_bill(community, bill);"
    "CREATE UNIQUE INDEX bill_paid_once ON payment_bill(community, bill) WHERE outcome='PAID';"

    /* ---- Ledger: double entry, fen, debit above zero ---- */
    "CREATE TABLE account(community TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY(community, code)) STRICT, "
    "WITHOUT ROWID;"
    "CREATE TABLE txn(community TEXT NOT NULL, id TEXT NOT NULL, payment TEXT NOT NULL, kind TEXT NOT NULL, "
    "at_ms INT NOT NULL,"
    " closed INT NOT NULL DEFAULT 0, PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, payment) REFERENCES payment(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE entry(community TEXT NOT NULL, txn TEXT NOT NULL, line INT NOT NULL, account TEXT NOT NULL,"
    " amount_fen INT NOT NULL CHECK(amount_fen <> 0), PRIMARY KEY(community, txn, line),"
    " FOREIGN KEY(community, txn) REFERENCES txn(community, id),"
    " FOREIGN KEY(community, account) REFERENCES account(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER entry_insert BEFORE INSERT ON entry"
    " WHEN (SELECT closed FROM txn WHERE community=NEW.community AND id=NEW.txn) <> 0"
    " BEGIN SELECT RAISE(ABORT,'transaction is closed'); END;"
    "CREATE TRIGGER entry_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT,'ledger is append only'); "
    "END;"
    "CREATE TRIGGER entry_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT,'ledger is append only'); "
    "END;"
    "CREATE TRIGGER txn_insert BEFORE INSERT ON txn WHEN NEW.closed <> 0"
    " BEGIN SELECT RAISE(ABORT,'a transaction begins open'); END;"
    "CREATE TRIGGER txn_close BEFORE UPDATE ON txn WHEN OLD.closed <> 0 OR NEW.closed <> 1 OR"
    " (SELECT ifnull(sum(amount_fen), 1) FROM entry WHERE community=NEW.community AND txn=NEW.id) <> 0"
    " BEGIN SELECT RAISE(ABORT,'transaction does not sum to zero'); END;"
    "CREATE TRIGGER txn_delete BEFORE DELETE ON txn BEGIN SELECT RAISE(ABORT,'ledger is append only'); END;";

/* Certificates of kiosks by their numbers, heads of journals that kiosks have signed, events that came as raw bytes. */
static const char schema_fleet[] =
    "CREATE TABLE certificate(community TEXT NOT NULL, kiosk TEXT NOT NULL, serial TEXT NOT NULL, pem TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('NEXT','CURRENT','OLD')), issued_ms INT NOT NULL,"
    " PRIMARY KEY(community, kiosk, serial),"
    " FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE anchor(community TEXT NOT NULL, kiosk TEXT NOT NULL, epoch INT NOT NULL, seq INT NOT NULL,"
    " hash BLOB NOT NULL CHECK(length(hash)=32), at_ms INT NOT NULL, serial TEXT NOT NULL, text TEXT NOT NULL,"
    " signature TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('MATCH','AHEAD','MISMATCH')),"
    " received_ms INT NOT NULL, PRIMARY KEY(community, kiosk, epoch, seq, hash),"
    " FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX anchor_ahead ON anchor(community, kiosk) WHERE state='AHEAD';"
    "CREATE TABLE deadletter(community TEXT NOT NULL, kiosk TEXT NOT NULL, epoch INT NOT NULL, seq INT NOT NULL,"
    " hash BLOB NOT NULL, id TEXT NOT NULL, raw BLOB NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL,"
    " received_ms INT NOT NULL, PRIMARY KEY(community, kiosk, epoch, seq, hash)) STRICT, WITHOUT ROWID;";

/*
 * Epochs of each kiosk's journal. seq goes on over all of them, so the head is that of all epochs together; head_epoch says in
 * which one it lies. What lies between an epoch's first row and the head before it was lost at the kiosk.
 */
static const char schema_epochs[] =
    "CREATE TABLE kiosk_epoch(community TEXT NOT NULL, kiosk TEXT NOT NULL, epoch INT NOT NULL, nonce BLOB NOT NULL "
    "CHECK(length(nonce)=32),"
    " opened_ms INT NOT NULL, reason TEXT NOT NULL, first_seq INT, lost INT NOT NULL DEFAULT 0,"
    " PRIMARY KEY(community, kiosk, epoch), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO kiosk_epoch SELECT e.community, e.kiosk, e.epoch, e.prev, e.received_ms, 'enrolled', e.seq, 0"
    " FROM event e WHERE e.seq=(SELECT min(seq) FROM event f WHERE f.community=e.community AND f.kiosk=e.kiosk AND "
    "f.epoch=e.epoch);"
    "INSERT OR IGNORE INTO kiosk_epoch SELECT community, id, epoch, chain_nonce, enrolled_ms, 'enrolled', NULL, 0"
    " FROM kiosk WHERE chain_nonce IS NOT NULL;"
    "ALTER TABLE kiosk ADD COLUMN head_epoch INT NOT NULL DEFAULT 0;"
    "UPDATE kiosk SET (head_epoch, head_seq, head_hash) = (SELECT e.epoch, e.seq, e.hash FROM event e"
    " WHERE e.community=kiosk.community AND e.kiosk=kiosk.id ORDER BY e.epoch DESC, e.seq DESC LIMIT 1)"
    " WHERE EXISTS (SELECT 1 FROM event e WHERE e.community=kiosk.community AND e.kiosk=kiosk.id);";

/*
 * Loads, doubts that travel, and who ended them. `body`: the payment as its kiosk last told it, for the card to settle it
 * elsewhere. `settled` of the first schema said only "by the counter": settlements say it now, and are never changed.
 */
static const char schema_doubts[] =
    "ALTER TABLE payment ADD COLUMN kind TEXT NOT NULL DEFAULT 'purchase' CHECK(kind IN ('purchase','load'));"
    "ALTER TABLE payment ADD COLUMN body TEXT;"
    "UPDATE payment SET body=(SELECT json_extract(e.body,'$.data') FROM event e WHERE e.community=payment.community"
    "  AND e.kiosk=payment.kiosk AND e.verdict='accepted' AND json_extract(e.body,'$.data.id')=payment.id"
    "  ORDER BY e.epoch DESC, e.seq DESC LIMIT 1) WHERE state IN ('COMMITTING','IN_DOUBT');"

    "CREATE TABLE settlement(community TEXT NOT NULL, payment TEXT NOT NULL,"
    " outcome TEXT NOT NULL CHECK(outcome IN ('CONFIRMED','VOID')),"
    " settler TEXT NOT NULL CHECK(settler IN ('ELSEWHERE','COUNTER','NEXT','STAFF')),"
    " kiosk TEXT, staff_a TEXT, staff_b TEXT, reason TEXT, at_ms INT NOT NULL,"
    " CHECK((settler='STAFF') = (staff_a IS NOT NULL AND staff_b IS NOT NULL AND reason IS NOT NULL)),"
    " CHECK(staff_a <> staff_b), PRIMARY KEY(community, payment),"
    " FOREIGN KEY(community, payment) REFERENCES payment(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER settlement_update BEFORE UPDATE ON settlement"
    " BEGIN SELECT RAISE(ABORT,'settlements are append only'); END;"
    "CREATE TRIGGER settlement_delete BEFORE DELETE ON settlement"
    " BEGIN SELECT RAISE(ABORT,'settlements are append only'); END;"
    "INSERT INTO settlement(community, payment, outcome, settler, at_ms)"
    " SELECT community, id, 'VOID', 'COUNTER', at_ms FROM payment WHERE settled='COUNTER';"
    /* Which doubts kiosks were told of, and whether the one where it was taken knows how it ended. */
    "CREATE TABLE doubt(community TEXT NOT NULL, payment TEXT NOT NULL, opened_ms INT NOT NULL, closed_ms INT,"
    " PRIMARY KEY(community, payment), FOREIGN KEY(community, payment) REFERENCES payment(community, id))"
    " STRICT, WITHOUT ROWID;"

    "CREATE TABLE load_order(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL, card TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('CREATED','SENT','UNKNOWN','POSTED','REVERSED')),"
    " amount_fen INT NOT NULL CHECK(amount_fen > 0), counter INT NOT NULL, intent BLOB NOT NULL, way TEXT NOT NULL,"
    " reverses TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT, made_ms INT NOT NULL,"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX load_order_card ON load_order(community, card);"
    /* Given back once. */
    "CREATE UNIQUE INDEX load_order_reverses ON load_order(community, reverses)"
    " WHERE reverses <> '' AND state <> 'REVERSED';"
    "CREATE TABLE idempotency(community TEXT NOT NULL, kiosk TEXT NOT NULL, key TEXT NOT NULL,"
    " fingerprint BLOB NOT NULL, status INT NOT NULL, answer TEXT NOT NULL, at_ms INT NOT NULL,"
    " PRIMARY KEY(community, kiosk, key)) STRICT, WITHOUT ROWID;";

/* What kiosks are told to do. */
static const char schema_commands[] =
    "CREATE TABLE command(community TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(community, id))"
    " STRICT, WITHOUT ROWID;";

/*
 * The hotlist: marks (the first 64 bits of a token) instead of tokens, deltas instead of whole lists, and files. The last version of
 * before has neither count nor digest here; no delta leads on from it.
 */
static const char schema_hotlist[] =
    "ALTER TABLE hotlist RENAME TO old_6_hotlist;"
    "ALTER TABLE hotlist_entry RENAME TO old_6_hotlist_entry;"
    "CREATE TABLE hotlist(community TEXT NOT NULL, version INT NOT NULL, issued_ms INT NOT NULL, count INT,"
    " digest BLOB CHECK(length(digest)=32), changes INT NOT NULL, payload TEXT, signature TEXT, key_id TEXT,"
    " PRIMARY KEY(community, version)) STRICT, WITHOUT ROWID;"
    "INSERT INTO hotlist SELECT community, version, issued_ms, NULL, NULL, 0, NULL, NULL, NULL FROM old_6_hotlist;"
    "CREATE TABLE hotlist_entry(community TEXT NOT NULL, mark BLOB NOT NULL CHECK(length(mark)=8),"
    " reason INT NOT NULL CHECK(reason BETWEEN 0 AND 6), since_ms INT NOT NULL, PRIMARY KEY(community, mark))"
    " STRICT, WITHOUT ROWID;"
    "INSERT OR REPLACE INTO hotlist_entry SELECT community, unhex(substr(token, 1, 16)), CASE reason WHEN 'lost' THEN 0"
    " WHEN 'stolen' THEN 1 WHEN 'suspended' THEN 2 ELSE 6 END, since_ms FROM old_6_hotlist_entry;"
    "CREATE TABLE hotlist_file(community TEXT NOT NULL, version INT NOT NULL, payload TEXT NOT NULL,"
    " signature TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY(community, version),"
    " FOREIGN KEY(community, version) REFERENCES hotlist(community, version)) STRICT, WITHOUT ROWID;";

/* What a card has open is asked with each payment, and is next to nothing of what it ever had. */
static const char schema_open[] =
    "CREATE INDEX payment_open ON payment(community, card) WHERE state IN ('COMMITTING','IN_DOUBT');";

const char *const db_migrations[] = {schema_1,         schema_epochs,   schema_fleet,  schema_doubts,
                                     db_schema_credit, schema_commands, schema_hotlist, db_schema_sealed,
                                     schema_open,      db_schema_books, db_schema_staff,
                                     db_schema_alarms, db_schema_credit_bounds, db_schema_private,
                                     db_schema_import, db_schema_keyed};
const int db_migration_count = G_N_ELEMENTS(db_migrations);
