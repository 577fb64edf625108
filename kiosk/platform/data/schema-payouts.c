/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * What purses of cards that were replaced had left, and what became of it (money/claims.h). Each row is a transaction of the MONEY book:
 * `fen` on `debit`, as much off `credit`. It is no payment of a kiosk, and so no row of txn; view book_entry shows it beside those.
 * Rows of a card are numbered: two who pay the same thing at one time write the same number, and one of them is refused.
 */
const char db_schema_payouts[] =
    "CREATE TABLE purse_payout(community TEXT NOT NULL, card TEXT NOT NULL, n INT NOT NULL CHECK(n>0), what TEXT NOT NULL CHECK(what IN"
    " ('PAID','SHORT','REPAID','BORNE')), debit TEXT NOT NULL, credit TEXT NOT NULL, fen INT NOT NULL CHECK(fen<>0), kiosk TEXT NOT NULL,"
    " payment TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, reason TEXT NOT NULL, at_ms INT NOT NULL,"
    " CHECK(debit<>credit), CHECK(what<>'PAID' OR fen>0), CHECK((what='SHORT')=(staff_a='')), CHECK((staff_a='')=(staff_b='')),"
    " CHECK(staff_a='' OR staff_a<>staff_b), PRIMARY KEY(community, card, n),"
    " FOREIGN KEY(community, card) REFERENCES card_replacement(community, card),"
    " FOREIGN KEY(community, debit) REFERENCES account(community, code),"
    " FOREIGN KEY(community, credit) REFERENCES account(community, code)) STRICT, WITHOUT ROWID;"
    "DROP VIEW book_entry;"
    "CREATE VIEW book_entry AS SELECT community, txn, line, 'MONEY' AS book, account, amount_fen AS amount FROM entry"
    " UNION ALL SELECT community, txn, line, book, account, amount FROM credit_entry"
    " UNION ALL SELECT community, 'paid:' || account || ':' || n, 0, 'MONEY', account, amount FROM settle_paid"
    " UNION ALL SELECT community, 'paid:' || account || ':' || n, 1, 'MONEY', 'bank:settlement', -amount FROM settle_paid"
    " UNION ALL SELECT community, 'purse:' || card || ':' || n, 0, 'MONEY', debit, fen FROM purse_payout"
    " UNION ALL SELECT community, 'purse:' || card || ':' || n, 1, 'MONEY', credit, -fen FROM purse_payout;";

/*
 * What two people accepted of a purse that nobody can be certain of: `fen` of it was paid by row `payout` of above (0: nothing, and no row),
 * when it could have had `most_fen`.
 */
const char db_schema_accepted[] =
    "CREATE TABLE purse_accepted(community TEXT NOT NULL, card TEXT NOT NULL, n INT NOT NULL CHECK(n>0), fen INT NOT NULL CHECK(fen>=0),"
    " most_fen INT NOT NULL CHECK(most_fen>=fen), payout INT, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, reason TEXT NOT NULL,"
    " at_ms INT NOT NULL, CHECK((fen=0)=(payout IS NULL)), CHECK(staff_a<>'' AND staff_b<>'' AND staff_a<>staff_b), CHECK(reason<>''),"
    " PRIMARY KEY(community, card, n), FOREIGN KEY(community, card) REFERENCES card_replacement(community, card),"
    " FOREIGN KEY(community, card, payout) REFERENCES purse_payout(community, card, n)) STRICT, WITHOUT ROWID;";

/* What it had by their word, with what was given before, and by its last transaction then: the difference is what they answer for. */
const char db_schema_accepted_had[] = "ALTER TABLE purse_accepted ADD COLUMN had_fen INT NOT NULL DEFAULT 0;"
                                      "ALTER TABLE purse_accepted ADD COLUMN balance_fen INT NOT NULL DEFAULT 0;";

const char db_schema_accepted_sqlite[] =
    "CREATE TRIGGER purse_accepted_update BEFORE UPDATE ON purse_accepted BEGIN SELECT RAISE(ABORT,'what was accepted stays written'); END;"
    "CREATE TRIGGER purse_accepted_delete BEFORE DELETE ON purse_accepted BEGIN SELECT RAISE(ABORT,'what was accepted stays written'); END;";
const char db_schema_accepted_pg[] =
    "CREATE TRIGGER purse_accepted_update BEFORE UPDATE ON purse_accepted FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what was accepted stays written');"
    "CREATE TRIGGER purse_accepted_delete BEFORE DELETE ON purse_accepted FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what was accepted stays written');";

const char db_schema_payouts_sqlite[] =
    "CREATE TRIGGER purse_payout_update BEFORE UPDATE ON purse_payout BEGIN SELECT RAISE(ABORT,'what a purse had left stays written'); END;"
    "CREATE TRIGGER purse_payout_delete BEFORE DELETE ON purse_payout BEGIN SELECT RAISE(ABORT,'what a purse had left stays written'); END;";
const char db_schema_payouts_pg[] =
    "CREATE TRIGGER purse_payout_update BEFORE UPDATE ON purse_payout FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what a purse had left stays written');"
    "CREATE TRIGGER purse_payout_delete BEFORE DELETE ON purse_payout FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what a purse had left stays written');";
