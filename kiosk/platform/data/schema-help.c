/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Calls for help at kiosks: which, when, who of the staff answered, how it ended. Nobody's name but the staff's is in it. `at_ms` is
 * when it was called by the kiosk's clock, `told_ms` when the platform heard of it; 0: not yet.
 */
const char db_schema_help[] =
    "CREATE TABLE help_call(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN"
    " ('green','red')), at_ms INT NOT NULL, told_ms INT NOT NULL, answered_ms INT NOT NULL, staff TEXT NOT NULL, ended_ms INT NOT NULL,"
    " how TEXT NOT NULL CHECK(how IN ('','card','touch','nobody','raised')), after_ms INT NOT NULL, CHECK((answered_ms=0)=(staff='')),"
    " CHECK((ended_ms=0)=(how='')), PRIMARY KEY(community, id), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX help_call_open ON help_call(community, kiosk, told_ms) WHERE ended_ms=0;"
    "CREATE INDEX help_call_unanswered ON help_call(community, kiosk, told_ms) WHERE answered_ms=0;"
    "CREATE INDEX help_call_told ON help_call(community, told_ms);";
