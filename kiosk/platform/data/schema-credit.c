/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * Volunteer credit: HOURS, POINTS, COIN and SUBSIDY in double entry, beside the MONEY book of payments. A transaction is open
 * until its entries are there; then it sums to zero in each book and is never changed. Lots hold what is left of what was
 * earned; who took from them, and gave back, stays written.
 */
const char db_schema_credit[] =
    "CREATE TABLE volunteer(community TEXT NOT NULL, token TEXT NOT NULL, hardship INT NOT NULL CHECK(hardship IN (0,1)),"
    " stars INT NOT NULL CHECK(stars BETWEEN 0 AND 5), PRIMARY KEY(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE credit_txn(community TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, kiosk TEXT, seq INT NOT NULL,"
    " at_ms INT NOT NULL, rule TEXT NOT NULL, ref TEXT NOT NULL, hold TEXT NOT NULL, reverses TEXT, quota INT NOT NULL,"
    " staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, flags INT NOT NULL, posted_ms INT NOT NULL, closed INT NOT NULL,"
    " CHECK(type<>'ADJUST' OR (staff_a<>'' AND staff_b<>'' AND staff_a<>staff_b)),"
    " CHECK((type='REVERSE')=(reverses IS NOT NULL)), PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, reverses) REFERENCES credit_txn(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX credit_reversed_once ON credit_txn(community, reverses) WHERE reverses IS NOT NULL;"
    "CREATE UNIQUE INDEX credit_captured_once ON credit_txn(community, hold) WHERE hold<>'';"
    "CREATE INDEX credit_txn_quota ON credit_txn(community, kiosk, quota) WHERE quota<>0;"
    "CREATE INDEX credit_txn_ref ON credit_txn(community, ref) WHERE ref<>'';"
    "CREATE TABLE credit_entry(community TEXT NOT NULL, txn TEXT NOT NULL, line INT NOT NULL, book TEXT NOT NULL CHECK(book IN"
    " ('HOURS','POINTS','COIN','SUBSIDY')), account TEXT NOT NULL, amount INT NOT NULL CHECK(amount<>0),"
    " expires_on INT NOT NULL, PRIMARY KEY(community, txn, line), UNIQUE(community, txn, book, account),"
    " FOREIGN KEY(community, txn) REFERENCES credit_txn(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX credit_entry_account ON credit_entry(community, account, book);"
    "CREATE TRIGGER credit_entry_insert BEFORE INSERT ON credit_entry"
    " WHEN (SELECT closed FROM credit_txn WHERE community=NEW.community AND id=NEW.txn) IS NOT 0"
    " BEGIN SELECT RAISE(ABORT,'transaction is closed'); END;"
    "CREATE TRIGGER credit_entry_update BEFORE UPDATE ON credit_entry BEGIN SELECT RAISE(ABORT,'ledger is append only'); END;"
    "CREATE TRIGGER credit_entry_delete BEFORE DELETE ON credit_entry BEGIN SELECT RAISE(ABORT,'ledger is append only'); END;"
    "CREATE TRIGGER credit_txn_insert BEFORE INSERT ON credit_txn WHEN NEW.closed<>0"
    " BEGIN SELECT RAISE(ABORT,'a transaction begins open'); END;"
    "CREATE TRIGGER credit_txn_close BEFORE UPDATE ON credit_txn WHEN OLD.closed<>0 OR NEW.closed<>1 OR"
    " (SELECT count(*) FROM credit_entry WHERE community=NEW.community AND txn=NEW.id)<2 OR"
    " EXISTS (SELECT 1 FROM credit_entry WHERE community=NEW.community AND txn=NEW.id GROUP BY book HAVING sum(amount)<>0)"
    " BEGIN SELECT RAISE(ABORT,'transaction does not sum to zero'); END;"
    "CREATE TRIGGER credit_txn_delete BEFORE DELETE ON credit_txn BEGIN SELECT RAISE(ABORT,'ledger is append only'); END;"
    "CREATE TABLE credit_lot(community TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL, id TEXT NOT NULL,"
    " earned_ms INT NOT NULL, expires_on INT NOT NULL, amount INT NOT NULL CHECK(amount>0),"
    " remaining INT NOT NULL CHECK(remaining BETWEEN 0 AND amount), PRIMARY KEY(community, account, book, id),"
    " FOREIGN KEY(community, id) REFERENCES credit_txn(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX credit_lot_end ON credit_lot(community, expires_on) WHERE remaining>0;"
    "CREATE TABLE credit_lot_use(community TEXT NOT NULL, txn TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL,"
    " lot TEXT NOT NULL, amount INT NOT NULL, PRIMARY KEY(community, txn, account, book, lot),"
    " FOREIGN KEY(community, account, book, lot) REFERENCES credit_lot(community, account, book, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX credit_lot_use_lot ON credit_lot_use(community, account, book, lot);"
    "CREATE TABLE credit_hold(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL, book TEXT NOT NULL,"
    " account TEXT NOT NULL, amount INT NOT NULL CHECK(amount>0), captured INT NOT NULL CHECK(captured BETWEEN 0 AND amount),"
    " state TEXT NOT NULL CHECK(state IN ('HELD','CAPTURED','RELEASED','EXPIRED')), expires_ms INT NOT NULL, ref TEXT NOT NULL,"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX credit_hold_open ON credit_hold(community, account, book) WHERE state='HELD';"
    "CREATE TABLE attendance(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL, token TEXT NOT NULL,"
    " slot TEXT NOT NULL, slot_start_ms INT NOT NULL, slot_end_ms INT NOT NULL, in_ms INT NOT NULL, out_ms INT NOT NULL,"
    " minutes INT NOT NULL, state TEXT NOT NULL, public_until INT NOT NULL, PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX attendance_token ON attendance(community, token, in_ms);"
    "CREATE INDEX attendance_state ON attendance(community, state) WHERE state IN ('IN','PUBLIC');"
    "CREATE TABLE quota_policy(community TEXT NOT NULL, kiosk TEXT NOT NULL, key TEXT NOT NULL, amount INT NOT NULL,"
    " per_card INT NOT NULL, changed_ms INT NOT NULL, PRIMARY KEY(community, kiosk, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE quota_issue(community TEXT NOT NULL, kiosk TEXT NOT NULL, version INT NOT NULL, payload TEXT NOT NULL,"
    " signature TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY(community, kiosk, version)) STRICT, WITHOUT ROWID;";

/*
 * What bounds kiosks and people: hours on paper are found by who confirmed them; two of the staff can end a hold, and that stays
 * written; a gift lives as long as what was given, so that one transaction may open several lots: the first bears its id.
 */
const char db_schema_credit_bounds[] =
    "CREATE INDEX credit_txn_paper ON credit_txn(community, staff_a, at_ms) WHERE type='EARN' AND staff_a<>'';"
    "CREATE TABLE credit_hold_end(community TEXT NOT NULL, hold TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL,"
    " reason TEXT NOT NULL, at_ms INT NOT NULL, CHECK(staff_a<>staff_b), PRIMARY KEY(community, hold),"
    " FOREIGN KEY(community, hold) REFERENCES credit_hold(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER credit_hold_end_update BEFORE UPDATE ON credit_hold_end"
    " BEGIN SELECT RAISE(ABORT,'decisions are append only'); END;"
    "CREATE TRIGGER credit_hold_end_delete BEFORE DELETE ON credit_hold_end"
    " BEGIN SELECT RAISE(ABORT,'decisions are append only'); END;"
    "DROP INDEX credit_lot_end; DROP INDEX credit_lot_use_lot;"
    "ALTER TABLE credit_lot_use RENAME TO old_12_credit_lot_use;"
    "ALTER TABLE credit_lot RENAME TO old_12_credit_lot;"
    "CREATE TABLE credit_lot(community TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL, id TEXT NOT NULL,"
    " txn TEXT NOT NULL, earned_ms INT NOT NULL, expires_on INT NOT NULL, amount INT NOT NULL CHECK(amount>0),"
    " remaining INT NOT NULL CHECK(remaining BETWEEN 0 AND amount), PRIMARY KEY(community, account, book, id),"
    " FOREIGN KEY(community, txn) REFERENCES credit_txn(community, id)) STRICT, WITHOUT ROWID;"
    "INSERT INTO credit_lot SELECT community, account, book, id, id, earned_ms, expires_on, amount, remaining"
    " FROM old_12_credit_lot;"
    "CREATE INDEX credit_lot_end ON credit_lot(community, expires_on) WHERE remaining>0;"
    "CREATE TABLE credit_lot_use(community TEXT NOT NULL, txn TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL,"
    " lot TEXT NOT NULL, amount INT NOT NULL, PRIMARY KEY(community, txn, account, book, lot),"
    " FOREIGN KEY(community, account, book, lot) REFERENCES credit_lot(community, account, book, id)) STRICT, WITHOUT ROWID;"
    "INSERT INTO credit_lot_use SELECT * FROM old_12_credit_lot_use;"
    "CREATE INDEX credit_lot_use_lot ON credit_lot_use(community, account, book, lot);";

/* The five books as one: MONEY is what payments and loads posted. */
const char db_schema_books[] =
    "CREATE VIEW book_entry AS SELECT community, txn, line, 'MONEY' AS book, account, amount_fen AS amount FROM entry"
    " UNION ALL SELECT community, txn, line, book, account, amount FROM credit_entry;";
