/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * A kiosk that does not know yet in whose place a card is opens a second attendance where the person signs in again, or wants to sign out.
 * Its id is one more of the first one: `attendance_also`.
 */
const char db_schema_also[] =
    "CREATE TABLE attendance_also(community TEXT NOT NULL, id TEXT NOT NULL, attendance TEXT NOT NULL, CHECK(id<>attendance),"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, attendance) REFERENCES attendance(community, id)) STRICT, WITHOUT ROWID;";
