/* SPDX-License-Identifier: Apache-2.0 */
/* Who of a block died or moved away in the year that is told: the old by their age, and three households in two hundred as a whole. */
#include "platform/sample/community.h"
#include "platform/sample/rng.h"
#include <string.h>

enum kind { KIND_FATE = 80, KIND_MOVE };

#define YEAR_DAYS     365
#define MOVE_PERMILLE 15

/* Of a hundred thousand of this age in a year. */
static unsigned deaths(int age)
{
    static const struct { int until; unsigned deaths; } TABLE[] = {{49, 0},     {59, 300},   {64, 700},   {69, 1200},  {74, 2000},
                                                                   {79, 3600}, {84, 6500},  {89, 11500}, {200, 20000}};
    unsigned row = 0;

    while (age > TABLE[row].until)
        row++;
    return TABLE[row].deaths;
}

static uint32_t day_of(struct rng *rng, uint32_t today)
{
    return community_date_add(today, -(int)(1 + rng_below(rng, YEAR_DAYS - 20)));
}

struct home {
    unsigned adults, minors;
    bool persona;
    uint32_t moved;
};

static void look(const struct community *community, struct home *homes)
{
    for (unsigned i = 0; i < community->people->len; i++) {
        const struct person *person = &g_array_index(community->people, struct person, i);
        struct home *home = &homes[person->household];

        home->adults += person->age >= 18;
        home->minors += person->age < 18;
        home->persona |= person->persona;
    }
}

void community_fates(struct community *community, const struct community_options *options)
{
    g_autofree struct home *homes = g_new0(struct home, community->households->len);

    if (!options->year)
        return;
    look(community, homes);
    for (unsigned i = 0; i < community->households->len; i++) {
        struct rng rng = rng_of(options->seed, KIND_MOVE, (uint64_t)g_array_index(community->households, struct household, i).id);
        if (!homes[i].persona && rng_permille(&rng, MOVE_PERMILLE))
            homes[i].moved = day_of(&rng, community->today);
    }
    for (unsigned i = 0; i < community->people->len; i++) {
        struct person *person = &g_array_index(community->people, struct person, i);
        struct home *home = &homes[person->household];
        struct rng rng = rng_of(options->seed, KIND_FATE, (uint64_t)community->first + i);
        bool needed = home->adults == 1 && home->minors > 0;

        person->moved = home->moved;
        if (person->persona || home->persona || home->moved != 0 || needed || rng_below(&rng, 100000) >= deaths(person->age))
            continue;
        person->died = day_of(&rng, community->today);
        home->adults--;
    }
}
