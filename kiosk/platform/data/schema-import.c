/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * A hotlist that is imported lies beside the one in force until all of it is there, written in many short transactions:
 *
 *   (none) ──► STAGING ──► PUBLISHED ──► (none)
 *                 └──► DROPPED ─────────────▲      another file came before it was whole
 *
 * `done` of the file's changes, in rising order, are staged; `changes`, `count` and `digest` are what they make of the list in
 * force. A staged row with reason = had changes nothing: somebody told of that card meanwhile, who knows better than the file. From
 * PUBLISHED on the list is its entries with the staged rows over them, and these move down when there is time.
 */
const char db_schema_import[] =
    "CREATE TABLE hotlist_import(community TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN"
    " ('STAGING','DROPPED','PUBLISHED')), file BLOB NOT NULL CHECK(length(file)=32), done INT NOT NULL, changes INT NOT NULL,"
    " count INT NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32), at_ms INT NOT NULL, PRIMARY KEY(community)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE TABLE hotlist_staged(community TEXT NOT NULL, mark BLOB NOT NULL CHECK(length(mark)=8),"
    " reason INT NOT NULL CHECK(reason BETWEEN -1 AND 6), had INT NOT NULL CHECK(had BETWEEN -1 AND 6),"
    " PRIMARY KEY(community, mark)) STRICT, WITHOUT ROWID;";
