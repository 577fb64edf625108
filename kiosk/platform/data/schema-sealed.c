/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, ID numbers, phones, addresses and card numbers sealed, found by blind indexes (db-seal.h). A card is its token from
 * here on: `bill.card`, `payment.card` and `load_order.card` hold it, the numbers themselves lie sealed beside it. Other than
 * elsewhere the tables before are not kept: they are what must not lie there. Bodies of events from before kiosks sealed
 * them stay as they were, since their bytes are hashed.
 */
#include "platform/data/db.h"

const char db_schema_sealed[] =
    "UPDATE household SET address=seal('household.address|'||id, address);"
    "ALTER TABLE person ADD COLUMN id_index TEXT;"
    "UPDATE person SET id_index=blind(id_number), id_number=seal('person.id_number|'||id, id_number),"
    "  name=seal('person.name|'||id, name), phone=seal('person.phone|'||id, phone);"
    "CREATE UNIQUE INDEX person_id_index ON person(community, id_index);"

    "CREATE TABLE sealed_card(community TEXT NOT NULL, token TEXT NOT NULL, number TEXT NOT NULL, person INT NOT NULL,"
    " issuer TEXT NOT NULL, class INT NOT NULL, valid_from INT NOT NULL, valid_to INT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('active','lost','expired','damaged','suspended')),"
    " PRIMARY KEY(community, token), FOREIGN KEY(community, person) REFERENCES person(community, id))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO sealed_card SELECT community, token, seal('card.number|'||token, number), person, issuer, class,"
    "  valid_from, valid_to, state FROM card;"
    "CREATE TABLE sealed_bill(community TEXT NOT NULL, id TEXT NOT NULL, card TEXT NOT NULL, biller TEXT NOT NULL,"
    " account_no TEXT NOT NULL, period TEXT NOT NULL, amount_fen INT NOT NULL CHECK(amount_fen > 0),"
    " usage TEXT NOT NULL, issue INT NOT NULL, due INT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('UNPAID','PAYING','UNKNOWN','PAID','CLOSED')),"
    " PRIMARY KEY(community, id), UNIQUE(community, biller, account_no, period),"
    " FOREIGN KEY(community, card) REFERENCES sealed_card(community, token),"
    " FOREIGN KEY(community, biller) REFERENCES biller(community, id)) STRICT, WITHOUT ROWID;"
    "INSERT INTO sealed_bill SELECT community, id, card_ref(card), biller, account_no, period, amount_fen, usage, issue,"
    "  due, state FROM bill;"
    "DROP TABLE bill; DROP TABLE card;"
    "ALTER TABLE sealed_card RENAME TO card; ALTER TABLE sealed_bill RENAME TO bill;"

    "ALTER TABLE payment ADD COLUMN number TEXT;"
    "UPDATE payment SET number=seal('payment.number|'||id, card), card=card_ref(card), body=seal_body(id, body);"
    "UPDATE load_order SET card=card_ref(card);";
