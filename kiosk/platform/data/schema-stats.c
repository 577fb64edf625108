/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * What people look at. `day_total`: how much of each kind was booked on a day at a kiosk ('' where it is of none), written in the
 * transaction that books it, at the day of the platform's own clock. So money, hours and events of a day that is over stay as they are,
 * and grades do not: a rating that is changed is counted anew on the day that counted it first. `day` is counted from 1970-01-01, by the
 * clock of +08:00. A rating is one of a service by one person. Certificates of operators are never taken off.
 */
const char db_schema_stats[] =
    "CREATE TABLE day_total(community TEXT NOT NULL, key TEXT NOT NULL, day INT NOT NULL, kiosk TEXT NOT NULL,"
    " n INT NOT NULL CHECK(n >= 0), amount INT NOT NULL, PRIMARY KEY(community, key, day, kiosk)) STRICT, WITHOUT ROWID;"
    "INSERT INTO day_total SELECT t.community, CASE t.kind WHEN 'payment' THEN 'paid' WHEN 'load' THEN 'loaded' ELSE 'returned' END,"
    " (t.at_ms+28800000)/86400000, p.kiosk, count(*), sum(p.amount_fen) FROM txn t JOIN payment p ON p.community=t.community AND"
    " p.id=t.payment WHERE t.kind IN ('payment','load','reversal','undone') GROUP BY 1, 2, 3, 4;"
    "INSERT INTO day_total SELECT t.community, 'hours', (t.posted_ms+28800000)/86400000, '', count(*), sum(e.amount) FROM credit_txn t"
    " JOIN credit_entry e ON e.community=t.community AND e.txn=t.id WHERE e.book='HOURS' AND e.account LIKE 'person:%'"
    " GROUP BY 1, 2, 3, 4;"
    "INSERT INTO day_total SELECT community, CASE verdict WHEN 'accepted' THEN 'events' ELSE 'refused' END,"
    " (received_ms+28800000)/86400000, kiosk, count(*), 0 FROM event GROUP BY 1, 2, 3, 4;"
    "CREATE TABLE rating(community TEXT NOT NULL, service TEXT NOT NULL, rater TEXT NOT NULL, kind TEXT NOT NULL,"
    " grade INT NOT NULL CHECK(grade BETWEEN 1 AND 5), kiosk TEXT NOT NULL, at_ms INT NOT NULL,"
    " PRIMARY KEY(community, service, rater), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE kiosk_health(community TEXT NOT NULL, kiosk TEXT NOT NULL, seen_ms INT NOT NULL, version TEXT NOT NULL,"
    " behind INT, PRIMARY KEY(community, kiosk), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE operator_certificate(community TEXT NOT NULL, serial TEXT NOT NULL, id TEXT NOT NULL, role TEXT NOT NULL"
    " CHECK(role IN ('operator','decision-maker')), issued_ms INT NOT NULL, ends_ms INT NOT NULL, revoked_ms INT,"
    " PRIMARY KEY(community, serial)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX operator_certificate_id ON operator_certificate(community, id);";

/* Which authority made it; '': the first one. */
const char db_schema_operator_authority[] = "ALTER TABLE operator_certificate ADD COLUMN authority TEXT NOT NULL DEFAULT '';";

/* SHA-256 of all of it, hex; '': of before that was kept. */
const char db_schema_operator_digest[] = "ALTER TABLE operator_certificate ADD COLUMN digest TEXT NOT NULL DEFAULT '';";
