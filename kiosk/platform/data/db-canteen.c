/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-canteen.h"
#include "model/model.h"

bool db_canteen_add(struct db *db, const char *id, const char *name_zh, const char *name_en, GError **error)
{
    return db_run(db, error, "INSERT INTO canteen(community, id, name_zh, name_en) VALUES(?1,?2,?3,?4)", "sss", id, name_zh, name_en);
}

bool db_meal_add(struct db *db, const struct meal_row *meal, GError **error)
{
    return db_add_row(db, error,
                      "INSERT INTO meal(community, id, canteen, person, at_ms, date, rules, gross_fen, discounted_fen, subsidy_fen)"
                      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                      "ssiiisiii", meal->id, meal->canteen, meal->person, meal->at_ms, (int64_t)date_of_ms(meal->at_ms), meal->rules,
                      meal->gross_fen, meal->discounted_fen, meal->subsidy_fen);
}

bool db_meal_subsidised(struct db *db, int64_t person, uint32_t date, bool *out, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM meal WHERE community=?1 AND person=?2 AND date=?3 AND subsidy_fen>0", "ii", person,
                     (int64_t)date);

    *out = found != 0;
    return ok;
}
