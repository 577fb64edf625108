/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * Evidence that contradicts itself, until two people have looked at it; and what an order needs to be settled without its
 * kiosk: the card's random of a MAC1 that was verified (NULL: it was not), and the load as the kiosk has it (`body`, sealed).
 * `taken`: its kiosk has never told of this payment, the platform made it of an order.
 */
const char db_schema_alarms[] =
    "ALTER TABLE load_order ADD COLUMN balance_before_fen INT;"
    "ALTER TABLE load_order ADD COLUMN random BLOB;"
    "ALTER TABLE load_order ADD COLUMN body TEXT;"
    "CREATE INDEX load_order_created ON load_order(community, made_ms) WHERE state='CREATED';"
    "ALTER TABLE payment ADD COLUMN taken INT NOT NULL DEFAULT 0 CHECK(taken IN (0,1));"
    "CREATE INDEX txn_payment ON txn(community, payment);"
    "CREATE TABLE alarm(community TEXT NOT NULL, payment TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN"
    " ('VOID_BUT_PROVEN','PAID_BUT_VOID','LOG_CONTRADICTS','LOAD_ON_CARD','LOAD_UNEXPLAINED','TAC_WRONG')),"
    " named TEXT NOT NULL, teller TEXT NOT NULL, at_ms INT NOT NULL, closed_ms INT, outcome TEXT"
    " CHECK(outcome IN ('CONFIRMED','VOID')), staff_a TEXT, staff_b TEXT, reason TEXT,"
    " CHECK((closed_ms IS NOT NULL) = (outcome IS NOT NULL AND staff_a IS NOT NULL AND staff_b IS NOT NULL AND"
    " reason IS NOT NULL)), CHECK(staff_a <> staff_b), PRIMARY KEY(community, payment, kind),"
    " FOREIGN KEY(community, payment) REFERENCES payment(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX alarm_open ON alarm(community, payment) WHERE closed_ms IS NULL;"
    "CREATE TRIGGER alarm_update BEFORE UPDATE ON alarm WHEN OLD.closed_ms IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT,'what people have said of an alarm stays'); END;"
    "CREATE TRIGGER alarm_delete BEFORE DELETE ON alarm BEGIN SELECT RAISE(ABORT,'alarms are never deleted'); END;";
