/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Who may answer for what: by the card that they tap. A row is never taken away, it ends; somebody who comes back gets another.
 * Where kiosks have told of something before there was a register, what was recorded until this moment is judged as it was then.
 */
const char db_schema_staff[] =
    "CREATE TABLE staff(community TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL, name TEXT NOT NULL,"
    " role TEXT NOT NULL CHECK(role IN ('leader','clerk')), scope TEXT NOT NULL, from_ms INT NOT NULL,"
    " to_ms INT NOT NULL CHECK(to_ms=0 OR to_ms>=from_ms), PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, token) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX staff_token ON staff(community, token, from_ms);"
    "CREATE TRIGGER staff_delete BEFORE DELETE ON staff BEGIN SELECT RAISE(ABORT,'staff retire, they are not erased'); END;"
    "INSERT INTO meta SELECT DISTINCT community, 'staff_since_ms', CAST(unixepoch()*1000 AS TEXT) FROM event;";

/*
 * The roles that came later: rows of the same register, in a table of their own, because the first one takes two roles only and
 * is never narrowed or made anew. Which roles there are says kiosk/model/staff.c.
 */
const char db_schema_posts[] =
    "CREATE TABLE staff_post(community TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL, name TEXT NOT NULL,"
    " role TEXT NOT NULL CHECK(role NOT IN ('','leader','clerk')), scope TEXT NOT NULL, from_ms INT NOT NULL,"
    " to_ms INT NOT NULL CHECK(to_ms=0 OR to_ms>=from_ms), PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, token) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX staff_post_token ON staff_post(community, token, from_ms);";
const char db_triggers_posts_sqlite[] =
    "CREATE TRIGGER staff_post_delete BEFORE DELETE ON staff_post BEGIN SELECT RAISE(ABORT,'staff retire, they are not erased'); END;";
const char db_triggers_posts_pg[] =
    "CREATE TRIGGER staff_post_delete BEFORE DELETE ON staff_post FOR EACH ROW EXECUTE FUNCTION refuse('staff retire, they are not"
    " erased');";
