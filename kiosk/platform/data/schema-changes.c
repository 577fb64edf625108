/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/* A rating is changed once: what was said first is here, what counts is in `rating`; neither is changed after that. */
const char db_schema_changes[] =
    "CREATE TABLE rating_first(community TEXT NOT NULL, service TEXT NOT NULL, rater TEXT NOT NULL, grade INT NOT NULL CHECK(grade BETWEEN 1 AND"
    " 5), reasons INT NOT NULL CHECK(reasons BETWEEN 0 AND 63), kiosk TEXT NOT NULL, changed_ms INT NOT NULL,"
    " PRIMARY KEY(community, service, rater), FOREIGN KEY(community, service, rater) REFERENCES rating(community, service, rater))"
    " STRICT, WITHOUT ROWID;";

#define STAYS "'what was said first stays'"
const char db_schema_changes_sqlite[] =
    "CREATE TRIGGER rating_first_update BEFORE UPDATE ON rating_first BEGIN SELECT RAISE(ABORT," STAYS "); END;"
    "CREATE TRIGGER rating_first_delete BEFORE DELETE ON rating_first BEGIN SELECT RAISE(ABORT," STAYS "); END;";
const char db_schema_changes_pg[] =
    "CREATE TRIGGER rating_first_update BEFORE UPDATE ON rating_first FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");"
    "CREATE TRIGGER rating_first_delete BEFORE DELETE ON rating_first FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");";

/* At which day's total it was counted; NULL: of before this was kept. */
const char db_schema_counted_day[] = "ALTER TABLE rating ADD COLUMN counted_day INT;";
