/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/canteen.h"
#include "platform/data/db-canteen.h"
#include "platform/orders/meals.h"
#include "platform/sample/places.h"
#include "platform/sample/planner.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_MEAL = 150 };

#define MEALS_A_DAY  900 /* of a hundred thousand people */
#define OLD          60
#define GROWN        18
#define APART_MS     (3 * HOUR_MS) /* of two meals of one guest */
#define TRIES        6
#define CITY_VERSION "yt-2026-01"

static const struct { const char *id, *name_zh, *name_en; } CANTEEN_NAMES[CANTEENS] = {
    {"CT1", "稻香长者食堂", "Daoxiang Elder Canteen"},        {"CT2", "晒谷场长者食堂", "Shaiguchang Elder Canteen"},
    {"CT3", "明桥长者食堂", "Mingqiao Elder Canteen"},        {"CT4", "铁路新村长者食堂", "Railway Village Elder Canteen"},
    {"CT5", "杏林里长者食堂", "Xinglinli Elder Canteen"},     {"CT6", "月华长者食堂", "Yuehua Elder Canteen"},
};

/* Nine tenths from sixty on, 85 % from eighty on; two yuan, three, and five for those of little money. */
static const struct canteen_band BANDS[] = {
    {60, 79, 90, 1500, 200, false}, {80, 150, 85, 1500, 300, false}, {60, 150, 100, 800, 500, true}};
const struct canteen_rules canteen_city_rules = {BANDS, G_N_ELEMENTS(BANDS), false};

/* Yuan, and how often of a hundred: most cost 15 to 18. */
static const struct { unsigned yuan, percent; } PRICES[] = {{8, 4}, {10, 8}, {12, 6}, {13, 4}, {15, 24}, {16, 9}, {18, 24}, {20, 10}, {22, 4}, {25, 5}, {26, 2}};

static int64_t price_fen(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100), i = 0;

    while (draw >= PRICES[i].percent)
        draw -= PRICES[i++].percent;
    return 100 * (int64_t)PRICES[i].yuan;
}

/* 76 % at lunch, 8 % behind it, the others in the evening. */
static int64_t meal_time(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    if (draw < 76)
        return CANTEEN_LUNCH_MS + (int64_t)rng_below(rng, (CANTEEN_NOON_MS - CANTEEN_LUNCH_MS) / 1000) * 1000;
    if (draw < 84)
        return CANTEEN_NOON_MS + (int64_t)rng_below(rng, 4500) * 1000;
    return 1005 * MINUTE_MS + (int64_t)rng_below(rng, 5400) * 1000;
}

static bool ate_near(const GArray *meals, guint from, int card, int64_t at_ms)
{
    for (guint i = from; i < meals->len; i++) {
        const struct canteen_meal *meal = &g_array_index(meals, struct canteen_meal, i);
        if (meal->card == card && ABS(meal->at_ms - at_ms) < APART_MS)
            return true;
    }
    return false;
}

/* The one of four communities around; seven of a hundred eat at another. */
static unsigned canteen_of(const struct planner *planner, struct rng *rng, int card)
{
    struct place place;

    if (rng_permille(rng, 70))
        return rng_below(rng, CANTEENS);
    place_of((unsigned)(planner->community->first + g_array_index(planner->community->cards, struct sample_card, card).person), &place);
    return place.community * CANTEENS / PLACES_COMMUNITIES;
}

/* Eight of ten guests are of sixty and more. `from`: the day's first meal in `meals`. */
static void eat(const struct planner *planner, struct rng *rng, int64_t day_ms, guint from, GArray *meals)
{
    int64_t at_ms = day_ms + meal_time(rng);
    unsigned age_min = rng_permille(rng, 750) ? OLD : GROWN;
    int card = -1;

    for (unsigned i = 0; i < TRIES && card < 0; i++) {
        card = planner_draw(planner, rng, age_min);
        if (card >= 0 && (!planner_lives(planner_holder(planner, card), at_ms) || ate_near(meals, from, card, at_ms)))
            card = -1;
    }
    if (card < 0)
        return;
    struct canteen_meal meal = {.card = card, .at_ms = at_ms, .gross_fen = price_fen(rng)};
    meal.canteen = canteen_of(planner, rng, card);
    planner_id(rng, at_ms, meal.id);
    g_array_append_val(meals, meal);
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct canteen_meal *one = a, *two = b;

    if (one->at_ms != two->at_ms)
        return one->at_ms < two->at_ms ? -1 : 1;
    return strcmp(one->id, two->id);
}

GArray *canteen_plan(const struct community *community, const struct community_options *options)
{
    const struct planner planner = {.community = community, .options = options};
    uint64_t before = (uint64_t)community->first, behind = before + community->people->len;
    unsigned count = (unsigned)(behind * MEALS_A_DAY / PLACES_CITY - before * MEALS_A_DAY / PLACES_CITY);
    GArray *meals = g_array_sized_new(FALSE, FALSE, sizeof(struct canteen_meal), count * YEAR_DAYS);

    for (int day = 1 - YEAR_DAYS; day < 0; day++) {
        int64_t day_ms = ms_of_date(community_date_add(community->today, day));
        struct rng rng = rng_of(options->seed, KIND_MEAL, (uint64_t)community->block << 24 | (unsigned)-day);
        guint from = meals->len;
        for (unsigned i = 0; i < count; i++)
            eat(&planner, &rng, day_ms, from, meals);
    }
    g_array_sort(meals, by_time);
    return meals;
}

/* ---- Into the books ---- */

struct canteen_guest canteen_guest_of(const struct person *person, int64_t at_ms)
{
    return (struct canteen_guest){.age = age_on(person->birth, date_of_ms(at_ms)), .of_district = true, .registered = person->local,
                                  .low_income = person->low_income};
}

bool canteens_add(struct db *db, GError **error)
{
    for (size_t i = 0; i < CANTEENS; i++)
        if (!db_canteen_add(db, CANTEEN_NAMES[i].id, CANTEEN_NAMES[i].name_zh, CANTEEN_NAMES[i].name_en, error))
            return false;
    return true;
}

bool canteen_post(struct db *db, const struct community *community, const GArray *meals, GError **error)
{
    for (guint i = 0; i < meals->len; i++) {
        const struct canteen_meal *from = &g_array_index(meals, struct canteen_meal, i);
        int person = g_array_index(community->cards, struct sample_card, from->card).person;
        struct canteen_guest guest = canteen_guest_of(&g_array_index(community->people, struct person, person), from->at_ms);
        struct meal meal = {.canteen = CANTEEN_NAMES[from->canteen].id, .person = community->first + person, .at_ms = from->at_ms,
                            .gross_fen = from->gross_fen};
        struct canteen_price price;

        g_strlcpy(meal.id, from->id, sizeof meal.id);
        if (!meal_take(db, &canteen_city_rules, CITY_VERSION, &guest, &meal, &price, error))
            return false;
    }
    return true;
}
