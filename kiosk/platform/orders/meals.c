/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/orders/meals.h"
#include "platform/data/db-canteen.h"
#include "platform/data/error.h"
#include "model/model.h"

bool meal_take(struct db *db, const struct canteen_rules *rules, const char *version, const struct canteen_guest *guest,
               const struct meal *meal, struct canteen_price *price, GError **error)
{
    struct meal_row row = {.canteen = meal->canteen, .rules = version, .person = meal->person, .at_ms = meal->at_ms, .gross_fen = meal->gross_fen};
    struct canteen_guest now = *guest;

    if (!db_meal_subsidised(db, meal->person, date_of_ms(meal->at_ms), &now.subsidy_used, error))
        return false;
    if (meal->gross_fen <= 0 || !canteen_price(rules, &now, meal->gross_fen, price)) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "no meal costs %" G_GINT64_FORMAT " fen", meal->gross_fen);
        return false;
    }
    g_strlcpy(row.id, meal->id, sizeof row.id);
    row.discounted_fen = price->discounted_fen;
    row.subsidy_fen = price->subsidy_fen;
    return db_meal_add(db, &row, error);
}
