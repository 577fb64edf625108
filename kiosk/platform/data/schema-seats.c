/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Of the seats that a kiosk was given of a date, so many are closed: it was enrolled anew, and may have forgotten what it promised of
 * them. What it still tells of them counts; it is told only of those that it was given since.
 */
const char db_schema_seats_closed[] =
    "CREATE TABLE seat_closed(community TEXT NOT NULL, kiosk TEXT NOT NULL, session TEXT NOT NULL, places INT NOT NULL CHECK(places>0),"
    " PRIMARY KEY(community, kiosk, session), FOREIGN KEY(community, kiosk, session)"
    " REFERENCES seat_allotment(community, kiosk, session)) STRICT, WITHOUT ROWID;";
