/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * The certificate authorities in force with their keys, sealed, as one document with a version, so that every node has the same (there is
 * no row until the first one is changed: then the node's files count), and the version that each kiosk told that it trusts.
 */
const char db_schema_authorities[] =
    "CREATE TABLE authorities(community TEXT NOT NULL, id TEXT NOT NULL, version INT NOT NULL CHECK(version>0), sealed TEXT NOT NULL,"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE kiosk_authorities(community TEXT NOT NULL, kiosk TEXT NOT NULL, version INT NOT NULL CHECK(version>=0), told_ms INT NOT NULL,"
    " PRIMARY KEY(community, kiosk), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;";
