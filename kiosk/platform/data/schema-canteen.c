/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Meals at the elders' canteens, as they were priced; one subsidy a person a day at all of them, which the table itself keeps. And what
 * billers state although nothing is to be paid: such a line is no bill, no kiosk is told of it, and nobody asks for money by it.
 */
const char db_schema_canteen[] =
    "CREATE TABLE canteen(community TEXT NOT NULL, id TEXT NOT NULL, name_zh TEXT NOT NULL, name_en TEXT NOT NULL,"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE meal(community TEXT NOT NULL, id TEXT NOT NULL, canteen TEXT NOT NULL, person INT NOT NULL, at_ms INT NOT NULL,"
    " date INT NOT NULL, rules TEXT NOT NULL, gross_fen INT NOT NULL CHECK(gross_fen>0), discounted_fen INT NOT NULL"
    " CHECK(discounted_fen>=0 AND discounted_fen<=gross_fen), subsidy_fen INT NOT NULL CHECK(subsidy_fen>=0 AND"
    " subsidy_fen<=discounted_fen), PRIMARY KEY(community, id), FOREIGN KEY(community, canteen) REFERENCES canteen(community, id),"
    " FOREIGN KEY(community, person) REFERENCES person(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX meal_subsidy ON meal(community, person, date) WHERE subsidy_fen>0;"
    "CREATE INDEX meal_day ON meal(community, date, canteen);"
    "CREATE TABLE statement(community TEXT NOT NULL, id TEXT NOT NULL, card TEXT NOT NULL, biller TEXT NOT NULL, account_no TEXT NOT NULL,"
    " period TEXT NOT NULL, amount_fen INT NOT NULL CHECK(amount_fen<=0), usage TEXT NOT NULL, issue INT NOT NULL,"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, card) REFERENCES card(community, token), FOREIGN KEY(community, biller)"
    " REFERENCES biller(community, id)) STRICT, WITHOUT ROWID;";

const char db_triggers_canteen_sqlite[] =
    "CREATE TRIGGER meal_update BEFORE UPDATE ON meal BEGIN SELECT RAISE(ABORT,'meals stay as they were priced'); END;"
    "CREATE TRIGGER meal_delete BEFORE DELETE ON meal BEGIN SELECT RAISE(ABORT,'meals stay as they were priced'); END;";

const char db_triggers_canteen_pg[] =
    "CREATE TRIGGER meal_update BEFORE UPDATE ON meal FOR EACH ROW EXECUTE FUNCTION refuse('meals stay as they were priced');"
    "CREATE TRIGGER meal_delete BEFORE DELETE ON meal FOR EACH ROW EXECUTE FUNCTION refuse('meals stay as they were priced');";
