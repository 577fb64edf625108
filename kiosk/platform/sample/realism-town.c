/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of what a town has beside its people's own acts: meals, each priced once more by the model's rule, and notices. */
#include "platform/sample/realism-year.h"
#include "platform/sample/canteen.h"
#include "platform/sample/notices.h"
#include "model/model.h"

#define WEEKS 52

struct realism_town {
    int64_t meals, at[CANTEENS], lunch, common, good, old, subsidised, cheapest_fen, dearest_fen;
    int64_t gone, outside, near; /* what must not be */
};

struct realism_town *realism_town_new(void)
{
    struct realism_town *r = g_new0(struct realism_town, 1);

    r->cheapest_fen = G_MAXINT32;
    return r;
}

void realism_town_free(struct realism_town *r)
{
    g_free(r);
}

/* `day`: of each card's last subsidised meal; `last_ms`: of its last meal. */
static void add_meal(struct realism_town *r, const struct community *block, const struct canteen_meal *meal, uint32_t *day, int64_t *last_ms)
{
    const struct person *person = realism_holder(block, meal->card);
    struct canteen_guest guest = canteen_guest_of(person, meal->at_ms);
    uint32_t date = date_of_ms(meal->at_ms);
    int64_t of_day = meal->at_ms - ms_of_date(date), yuan = meal->gross_fen / 100;
    struct canteen_price price = {0};

    guest.subsidy_used = day[meal->card] == date;
    r->outside += !canteen_price(&canteen_city_rules, &guest, meal->gross_fen, &price) || date >= block->today ||
                  date < community_date_add(block->today, -YEAR_DAYS);
    r->gone += realism_gone(person, date);
    r->near += last_ms[meal->card] != 0 && meal->at_ms - last_ms[meal->card] < 7200000;
    r->subsidised += price.subsidy_fen > 0;
    day[meal->card] = price.subsidy_fen > 0 ? date : day[meal->card];
    last_ms[meal->card] = meal->at_ms;
    r->meals++;
    r->at[meal->canteen]++;
    r->lunch += of_day >= CANTEEN_LUNCH_MS && of_day < CANTEEN_NOON_MS;
    r->common += yuan >= 15 && yuan <= 18;
    r->good += yuan % 10 == 0 || yuan % 10 == 5 || yuan % 10 == 8;
    r->old += guest.age >= 60;
    r->cheapest_fen = MIN(r->cheapest_fen, meal->gross_fen);
    r->dearest_fen = MAX(r->dearest_fen, meal->gross_fen);
}

void realism_town_add(struct realism_town *r, const struct community *block, const struct community_options *options)
{
    g_autoptr(GArray) meals = canteen_plan(block, options);
    g_autofree uint32_t *day = g_new0(uint32_t, block->cards->len);
    g_autofree int64_t *last_ms = g_new0(int64_t, block->cards->len);

    for (guint i = 0; i < meals->len; i++)
        add_meal(r, block, &g_array_index(meals, struct canteen_meal, i), day, last_ms);
}

/* How often is drawn, not how much is true: bounds are three deviations of what is counted, and a little for who could not be found. */
static void put_meals(const struct realism_town *r, int64_t people, GArray *figures)
{
    bool full = people >= REALISM_FULL;
    int64_t used = 0;
    const struct realism_bound bounds[] = {
        {"meals a day of 100000", r->meals * 100000 / (YEAR_DAYS - 1), people, 1, 890, 900, 40},
        {"meals from 10:45 to 12:15, 1/1000", r->lunch, r->meals, 1000, 757, 763, 15},
        {"meals of 15 to 18 yuan, 1/1000", r->common, r->meals, 1000, 566, 574, 20},
        {"meals whose price ends in 0, 5 or 8, 1/1000", r->good, r->meals, 1000, 746, 754, 20},
        {"meals of who is 60 or more, 1/1000", r->old, r->meals, 1000, 800, 840, 40},
        {"meals with a subsidy, 1/1000", r->subsidised, r->meals, 1000, 400, 500, 60},
    };

    for (unsigned i = 0; i < CANTEENS; i++)
        used += r->at[i] > 0;
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "canteens", used, CANTEENS, CANTEENS);
    realism_put(figures, "cheapest meal, fen", r->cheapest_fen, 800, 800);
    realism_put(figures, "dearest meal, fen", r->dearest_fen, 2600, 2600);
    realism_put(figures, "meals before birth or of who is gone", r->gone, 0, 0);
    realism_put(figures, "meals outside their year or without a price", r->outside, 0, 0);
    realism_put(figures, "meals within two hours of the last", r->near, 0, 0);
}

static void put_notices(const struct community_options *options, GArray *figures)
{
    g_autoptr(GArray) notices = notices_plan(options);
    int64_t urgent = 0, wrong = 0, slack = options->residents >= REALISM_FULL ? 0 : 12;

    for (guint i = 0; i < notices->len; i++) {
        const struct year_notice *notice = &g_array_index(notices, struct year_notice, i);
        urgent += notice->urgent;
        wrong += notice->from >= options->today || notice->to < notice->from || notice->from < community_date_add(options->today, -YEAR_DAYS);
    }
    realism_put(figures, "notices in ten weeks of 100000", realism_share((int64_t)notices->len * 1000000 / WEEKS, options->residents, 1),
                118 - 10 * slack, 122 + 10 * slack);
    realism_put(figures, "urgent notices a year of 100000", realism_share(urgent * 100000, options->residents, 1), 12 - slack, 12 + slack);
    realism_put(figures, "notices outside their year", wrong, 0, 0);
}

void realism_town_put(const struct realism_town *r, const struct community_options *options, int64_t people, GArray *figures)
{
    put_meals(r, people, figures);
    put_notices(options, figures);
}
