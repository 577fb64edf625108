/* SPDX-License-Identifier: Apache-2.0 */
/* Who of a block is looked after, how closely, and a year of visits: 91 % in time, nobody twice on a day, nobody after they are gone. */
#include "platform/sample/planner.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_CARE = 140, KIND_CARE_VISITS };

#define AGE_MIN          60
#define IN_TIME_PERMILLE 910

/* Of a hundred thousand people; days before the last one on which visits are made, and after it when they are late. */
static const struct { unsigned people, before, late; } LEVELS[CARE_LEVELS] = {
    [CARE_HIGH] = {210, 2, 2}, [CARE_KEY] = {1400, 7, 9}, [CARE_GENERAL] = {2600, 20, 25}};

struct candidate {
    int card, score;
    unsigned items;
};

/* ---- Who ---- */

static unsigned risks_of(const struct planner *planner, const struct person *person)
{
    const struct household *home = &g_array_index(planner->community->households, struct household, person->household);

    return (home->size == 1 ? CARE_ITEM(CARE_RISK_ALONE) : 0) | (person->age >= 80 ? CARE_ITEM(CARE_RISK_VERY_OLD) : 0) |
           (person->chronic ? CARE_ITEM(CARE_RISK_ILLNESS) : 0) | (person->disabled ? CARE_ITEM(CARE_RISK_DISABILITY) : 0) |
           (person->low_income ? CARE_ITEM(CARE_RISK_POOR) : 0);
}

static int score_of(const struct person *person, unsigned risks, struct rng *rng)
{
    int score = person->age - AGE_MIN + (int)rng_below(rng, 10);

    score += (risks & CARE_ITEM(CARE_RISK_ALONE)) != 0 ? 25 : 0;
    score += (risks & CARE_ITEM(CARE_RISK_VERY_OLD)) != 0 ? 15 : 0;
    score += (risks & CARE_ITEM(CARE_RISK_DISABILITY)) != 0 ? 15 : 0;
    score += (risks & CARE_ITEM(CARE_RISK_ILLNESS)) != 0 ? 5 : 0;
    return score + ((risks & CARE_ITEM(CARE_RISK_POOR)) != 0 ? 8 : 0);
}

/* What they need: more with each risk. */
static unsigned needs_of(unsigned risks, struct rng *rng)
{
    unsigned needs = 0, permille = 60;

    for (unsigned i = CARE_RISK_ALONE; i < CARE_ITEMS; i++)
        permille += (risks & CARE_ITEM(i)) != 0 ? 60 : 0;
    for (unsigned i = 0; i < CARE_RISK_ALONE; i++)
        needs |= rng_permille(rng, permille) ? CARE_ITEM(i) : 0;
    return needs;
}

static int by_score(gconstpointer a, gconstpointer b)
{
    const struct candidate *one = a, *two = b;

    return one->score != two->score ? two->score - one->score : one->card - two->card;
}

/* Nobody whose home a persona shares: what is told about them stays true. */
static bool *persona_homes(const struct community *community)
{
    bool *homes = g_new0(bool, community->households->len);

    for (unsigned i = 0; i < community->people->len; i++) {
        const struct person *person = &g_array_index(community->people, struct person, i);
        if (person->persona)
            homes[person->household] = true;
    }
    return homes;
}

static GArray *candidates(const struct planner *planner)
{
    const struct community *community = planner->community;
    g_autofree bool *personas = persona_homes(community), *seen = g_new0(bool, community->people->len);
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct candidate));

    for (unsigned i = 0; i < community->cards->len; i++) {
        int at = g_array_index(community->cards, struct sample_card, i).person;
        const struct person *person = planner_holder(planner, (int)i);
        struct rng rng = rng_of(planner->options->seed, KIND_CARE, (uint64_t)(community->first + at));
        struct candidate one = {.card = (int)i, .items = risks_of(planner, person)};

        if (person->age <= AGE_MIN || personas[person->household] || seen[at])
            continue;
        seen[at] = true;
        one.score = score_of(person, one.items, &rng);
        one.items |= needs_of(one.items, &rng);
        g_array_append_val(out, one);
    }
    g_array_sort(out, by_score);
    return out;
}

/* ---- One visit after the other ---- */

struct visiting {
    struct planner *planner;
    struct rng rng;
    struct care care;
    int card;
    char id[37];
    int64_t last_ms;
};

static enum care_kind kind_of(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    return draw < 62 ? CARE_HOME : draw < 90 ? CARE_PHONE : draw < 95 ? CARE_VIDEO : CARE_THIRD;
}

static enum care_result result_of(struct rng *rng)
{
    unsigned draw = rng_below(rng, 1000);

    return draw < 880 ? CARE_WELL : draw < 994 ? CARE_HELP_NEEDED : CARE_MAJOR_CHANGE;
}

/* The day of the next visit: mostly in the last days that the level allows, at times too late, never on the day of the one before. */
static uint32_t day_of(struct visiting *v)
{
    uint32_t due = date_of_ms(care_due_ms(&v->care)), last = v->care.last != 0 ? v->care.last : v->care.began;
    int days = rng_permille(&v->rng, IN_TIME_PERMILLE) ? -(int)rng_below(&v->rng, LEVELS[v->care.level].before + 1)
                                                       : 1 + (int)rng_below(&v->rng, LEVELS[v->care.level].late);
    uint32_t day = community_date_add(due, days);

    return day > last ? day : community_date_add(last, 1);
}

/* After a major change the next morning, within its 24 hours. Else in the hours of visits, when they are at home. */
static int64_t time_of(struct visiting *v)
{
    if (v->care.changed_ms != 0)
        return ms_of_date(community_date_add(date_of_ms(v->last_ms), 1)) + 8 * HOUR_MS + (int64_t)rng_below(&v->rng, 3600) * 1000;
    int64_t at_ms = ms_of_date(day_of(v)) + 9 * HOUR_MS + (int64_t)rng_below(&v->rng, 6 * 3600) * 1000;
    for (unsigned tries = 0; tries < 4 && !planner_free(v->planner, v->card, NULL, at_ms, at_ms + 30 * MINUTE_MS); tries++)
        at_ms += HOUR_MS;
    return at_ms;
}

static void add(struct visiting *v, int64_t at_ms, enum care_kind kind, enum care_result result)
{
    struct act *act = planner_add(v->planner, ACT_VISIT, v->card, at_ms, planner_kiosk_for(v->planner, &v->rng, v->card));
    struct care_course *course = &act->care;

    course->level = v->care.level;
    course->kind = kind;
    course->result = result;
    g_strlcpy(course->care, v->id, sizeof course->care);
    if (result == CARE_HELP_NEEDED)
        course->found = CARE_ITEM(rng_below(&v->rng, CARE_RISK_ALONE));
    else if (result == CARE_MAJOR_CHANGE)
        course->found = CARE_ITEM(rng_permille(&v->rng, 700) ? CARE_RISK_FALL : CARE_RISK_GRIEF);
    struct care_visit visit = {.kind = kind, .result = result, .at_ms = at_ms};
    if (care_visited(&v->care, &visit, at_ms) != CARE_OK)
        g_error("a visit was planned that cannot be");
    v->last_ms = at_ms;
}

static void visits(struct visiting *v)
{
    int64_t today_ms = ms_of_date(v->planner->community->today);

    for (;;) {
        int64_t at_ms = time_of(v), before_ms = at_ms - 24 * HOUR_MS;
        bool tried = v->care.changed_ms == 0 && rng_permille(&v->rng, 40) && before_ms > v->last_ms;
        if (at_ms >= today_ms || !planner_lives(planner_holder(v->planner, v->card), at_ms))
            return;
        if (tried) /* nobody opened the day before */
            add(v, before_ms, CARE_HOME, CARE_NOT_MET);
        add(v, at_ms, kind_of(&v->rng), result_of(&v->rng));
    }
}

static void look_after(struct planner *planner, const struct candidate *candidate, enum care_level level)
{
    const struct community *community = planner->community;
    int at = g_array_index(community->cards, struct sample_card, candidate->card).person;
    struct visiting v = {.planner = planner, .card = candidate->card,
                         .rng = rng_of(planner->options->seed, KIND_CARE_VISITS, (uint64_t)(community->first + at))};
    uint32_t began = community_date_add(community->today, -YEAR_DAYS + (int)rng_below(&v.rng, 7));
    int64_t at_ms = ms_of_date(began) + 8 * HOUR_MS;

    if (!planner_lives(planner_holder(planner, candidate->card), at_ms))
        return;
    struct act *act = planner_add(planner, ACT_CARE, candidate->card, at_ms, 0);
    act->care.level = level;
    act->care.found = candidate->items;
    g_strlcpy(act->care.care, act->id, sizeof act->care.care);
    g_strlcpy(v.id, act->id, sizeof v.id);
    v.care = (struct care){.level = level, .consent = true, .began = began};
    v.last_ms = ms_of_date(began) + 17 * HOUR_MS;
    visits(&v);
}

/* The shares hold over all blocks. */
static unsigned quota(const struct community *community, enum care_level level)
{
    uint64_t before = (uint64_t)community->first, behind = before + community->people->len;

    return (unsigned)(behind * LEVELS[level].people / 100000 - before * LEVELS[level].people / 100000);
}

void planner_care(struct planner *planner)
{
    g_autoptr(GArray) people = candidates(planner);
    unsigned at = 0;

    for (unsigned level = 0; level < CARE_LEVELS; level++)
        for (unsigned i = quota(planner->community, (enum care_level)level); i > 0 && at < people->len; i--)
            look_after(planner, &g_array_index(people, struct candidate, at++), (enum care_level)level);
}
