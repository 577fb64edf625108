/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * How people want kiosks to look and sound, sealed: large type says something of whoever wants it. Of who gave it up only when stays
 * (`value` NULL), so that an older word that comes late brings nothing back.
 */
const char db_schema_preferences[] =
    "CREATE TABLE preference(community TEXT NOT NULL, card TEXT NOT NULL, said_ms INT NOT NULL, event TEXT NOT NULL, value TEXT,"
    " PRIMARY KEY(community, card)) STRICT, WITHOUT ROWID;";
