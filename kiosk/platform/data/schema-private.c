/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts with billers and birth dates, sealed as names were before (schema-sealed.c). A bill is one of biller, account and period, found
 * by a blind index of the account; a birth date is only ever read of one person. Columns and tables that held them in clear do not stay.
 */
#include "platform/data/db.h"

const char db_schema_private[] =
    "CREATE TABLE private_bill(community TEXT NOT NULL, id TEXT NOT NULL, card TEXT NOT NULL, biller TEXT NOT NULL,"
    " account_no TEXT NOT NULL, period TEXT NOT NULL, amount_fen INT NOT NULL CHECK(amount_fen > 0),"
    " usage TEXT NOT NULL, issue INT NOT NULL, due INT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('UNPAID','PAYING','UNKNOWN','PAID','CLOSED')), account_index TEXT NOT NULL,"
    " PRIMARY KEY(community, id), UNIQUE(community, biller, account_index, period),"
    " FOREIGN KEY(community, card) REFERENCES card(community, token),"
    " FOREIGN KEY(community, biller) REFERENCES biller(community, id)) STRICT, WITHOUT ROWID;"
    "INSERT INTO private_bill SELECT community, id, card, biller, seal('bill.account_no|'||id, account_no), period, amount_fen,"
    "  usage, issue, due, state, blind('account|'||account_no) FROM bill;"
    "DROP TABLE bill; ALTER TABLE private_bill RENAME TO bill;"
    "ALTER TABLE person ADD COLUMN born TEXT;"
    "UPDATE person SET born=seal('person.birth|'||id, CAST(birth AS TEXT)), birth=0;";
