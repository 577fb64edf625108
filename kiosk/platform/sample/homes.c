/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Households of the sample community: how many there are of each size is planned first, then the kinds that have a share of their own are made out
 * of that plan, and people come out of the pools until each is full.
 *
 *   minors         with their siblings: three generations (9 % of all households), a lone parent (5 %), else a couple; a mother is 19 to 45
 *                  years older than each of her children
 *   of sixty on    12 % of them live alone, 38 % as a couple of two, the others with grown-up children
 *   the others     alone, sharing (4 % of all households), as couples, some of them with grown-up children
 */
#include "platform/sample/people.h"

/* Of a thousand households, by size: 2.595 people on average. */
static const unsigned size_share[HOME_SIZE + 1] = {0, 250, 295, 215, 135, 70, 25, 10};
#define MEAN_X1000 2595

#define THREE_PERMILLE  90 /* of all households */
#define LONE_PERMILLE   50
#define SHARED_PERMILLE 40
#define ALONE_PERMILLE  120 /* of those of sixty on */
#define COUPLE_PERMILLE 190 /* couples to a thousand of them: twice as many people */

static struct person *person_at(struct maker *maker, int index)
{
    return &g_array_index(maker->community->people, struct person, index);
}

static int age_of(struct maker *maker, int index)
{
    return person_at(maker, index)->age;
}

static struct household *home_at(struct maker *maker, int household)
{
    return &g_array_index(maker->community->households, struct household, household);
}

/* ---- The plan ---- */

static unsigned homes_among(uint64_t people, unsigned size)
{
    return (unsigned)((people * size_share[size] + MEAN_X1000 / 2) / MEAN_X1000);
}

/* One person more or less: of the sizes in turn, so that none of them pays for what rounding leaves. */
static bool plan_resize(struct maker *maker, unsigned *turn, bool more)
{
    for (unsigned tries = 0; tries < HOME_SIZE - 1; tries++) {
        unsigned small = 1 + (*turn)++ % (HOME_SIZE - 1), from = more ? small : small + 1;
        if (maker->homes[from] == 0)
            continue;
        maker->homes[from]--;
        maker->homes[more ? small + 1 : small]++;
        return true;
    }
    return false;
}

void homes_plan(struct maker *maker, unsigned first, unsigned people)
{
    unsigned planned = 0, turn = 1;

    for (unsigned size = 1; size <= HOME_SIZE; size++) {
        maker->homes[size] = homes_among(first + people, size) - homes_among(first, size);
        planned += size * maker->homes[size];
    }
    for (; planned < people && plan_resize(maker, &turn, true); planned++)
        ;
    for (; planned > people && plan_resize(maker, &turn, false); planned--)
        ;
    maker->homes[1] += people - MIN(planned, people);
}

/* When there is none of this size a larger one is parted, or small ones are put together. */
void homes_count(struct maker *maker, unsigned size)
{
    unsigned from = size, have = 0;

    while (from <= HOME_SIZE && maker->homes[from] == 0)
        from++;
    if (from <= HOME_SIZE) {
        maker->homes[from]--;
        maker->homes[from - size] += from > size;
        return;
    }
    for (from = HOME_SIZE; from > 0 && have < size;) {
        if (maker->homes[from] == 0) {
            from--;
        } else {
            maker->homes[from]--;
            have += from;
        }
    }
    if (have > size)
        maker->homes[have - size]++;
}

/* The planned size that is next to this one, the larger of two; 0: all are made. */
static unsigned plan_near(const struct maker *maker, unsigned size, unsigned least)
{
    for (unsigned distance = 0; distance <= HOME_SIZE; distance++) {
        if (size + distance <= HOME_SIZE && maker->homes[size + distance] > 0)
            return size + distance;
        if (size >= distance + least && maker->homes[size - distance] > 0)
            return size - distance;
    }
    return 0;
}

/* A part of a count: what is left of a whole one by chance, so that it holds over all blocks. */
static unsigned part_of(struct maker *maker, unsigned count, unsigned permille)
{
    return (count * permille + rng_below(&maker->rng, 1000)) / 1000;
}

/* ---- One household ---- */

int homes_open(struct maker *maker)
{
    struct household household = {0};

    g_array_append_val(maker->community->households, household);
    return (int)maker->community->households->len - 1;
}

void homes_join(struct maker *maker, int household, int index)
{
    if (index < 0)
        return;
    person_at(maker, index)->household = household;
    home_at(maker, household)->size++;
}

static unsigned room(struct maker *maker, int household, unsigned size)
{
    return size - MIN(size, (unsigned)home_at(maker, household)->size);
}

/* Whoever is of about this age, until it is full. */
static void fill(struct maker *maker, int household, unsigned size, int age)
{
    while (room(maker, household, size) > 0) {
        int index = people_take_any(maker, age, 18, AGE_MAX);

        if (index < 0)
            index = people_take_any(maker, age, 0, AGE_MAX);
        if (index < 0)
            return;
        homes_join(maker, household, index);
    }
}

static int gap(struct maker *maker, double mean, double deviation)
{
    return (int)(rng_normal(&maker->rng, mean, deviation) + 0.5);
}

static void set_parent(struct maker *maker, int child, int parent)
{
    if (child < 0 || parent < 0)
        return;
    if (person_at(maker, parent)->sex == 'F')
        person_at(maker, child)->mother = parent;
    else
        person_at(maker, child)->father = parent;
}

/* ---- With minors ---- */

enum family { FAMILY_COUPLE, FAMILY_THREE, FAMILY_LONE };

struct family_plan {
    enum family kind;
    unsigned size, children;
};

static void family_plan_add(struct maker *maker, GArray *plans, enum family kind, unsigned wanted, unsigned least)
{
    struct family_plan plan = {.kind = kind, .size = plan_near(maker, wanted, least)};

    if (plan.size < least)
        return;
    maker->homes[plan.size]--;
    if (kind == FAMILY_LONE)
        plan.children = plan.size - 1;
    else if (kind == FAMILY_COUPLE)
        plan.children = plan.size - 2;
    else /* two grandparents; in one of four of five people only one */
        plan.children = plan.size <= 4 ? 1 : plan.size - 4 + (plan.size == 5 && rng_permille(&maker->rng, 250));
    plan.children = MIN(plan.children, 3);
    g_array_append_val(plans, plan);
}

static void shuffle(struct maker *maker, GArray *plans)
{
    for (unsigned i = plans->len; i > 1; i--) {
        unsigned j = rng_below(&maker->rng, i);
        struct family_plan swap = g_array_index(plans, struct family_plan, i - 1);
        g_array_index(plans, struct family_plan, i - 1) = g_array_index(plans, struct family_plan, j);
        g_array_index(plans, struct family_plan, j) = swap;
    }
}

static unsigned minors_left(const struct maker *maker)
{
    unsigned count = 0;

    for (int age = 0; age < 18; age++)
        count += maker->pool[0][age]->len + maker->pool[1][age]->len;
    return count;
}

/* The largest homes are those of three generations. Of couples somewhat fewer than there will be: those who are left over get theirs one by one. */
static GArray *plan_families(struct maker *maker, unsigned homes)
{
    GArray *plans = g_array_new(FALSE, FALSE, sizeof(struct family_plan));
    unsigned three = part_of(maker, homes, THREE_PERMILLE), lone = part_of(maker, homes, LONE_PERMILLE), children = 0, minors = minors_left(maker);

    for (unsigned i = 0; i < three; i++)
        family_plan_add(maker, plans, FAMILY_THREE, 7, 4);
    for (unsigned i = 0; i < lone; i++)
        family_plan_add(maker, plans, FAMILY_LONE, rng_permille(&maker->rng, 700) ? 2 : 3, 2);
    for (unsigned i = 0; i < plans->len; i++)
        children += g_array_index(plans, struct family_plan, i).children;
    for (unsigned wanted = (minors - MIN(minors, children)) * 85 / 130; wanted > 0; wanted--)
        family_plan_add(maker, plans, FAMILY_COUPLE, rng_permille(&maker->rng, 700) ? 3 : 4, 3);
    shuffle(maker, plans);
    return plans;
}

/* One that can be: siblings of a small child are not there. */
static struct family_plan next_plan(struct maker *maker, GArray *plans, int eldest)
{
    struct family_plan out = {.kind = FAMILY_COUPLE, .children = 1};

    for (unsigned i = plans->len; i > 0; i--) {
        out = g_array_index(plans, struct family_plan, i - 1);
        if ((int)out.children > 1 + eldest / 3 && i > 1)
            continue;
        g_array_remove_index(plans, i - 1);
        return out;
    }
    out.size = plan_near(maker, rng_permille(&maker->rng, 800) ? 3 : 4, 2);
    if (out.size == 0)
        out.size = 3; /* nothing is planned any more */
    else
        maker->homes[out.size]--;
    out.children = CLAMP(out.size, 3, 5) - 2;
    return out;
}

/* Youngest last. */
static unsigned take_children(struct maker *maker, const struct family_plan *plan, int eldest, int children[3])
{
    unsigned count = 1;
    int high_age = age_of(maker, eldest), low_age = high_age;

    children[0] = eldest;
    while (count < plan->children && low_age > 0) {
        int sibling = people_take_any(maker, low_age - 3, MAX(0, high_age - 9), low_age - 1);

        if (sibling < 0)
            break;
        children[count++] = sibling;
        low_age = age_of(maker, sibling);
    }
    return count;
}

static void take_parents(struct maker *maker, const struct family_plan *plan, int high_age, int low_age, int *mother, int *father)
{
    bool alone = plan->kind == FAMILY_LONE, with_father = alone && rng_permille(&maker->rng, 180);

    *father = -1;
    *mother = with_father ? -1 : people_take(maker, 'F', high_age + gap(maker, 28.5, 4.5), high_age + 19, low_age + 45);
    if (!alone || *mother < 0)
        *father = people_take(maker, 'M', (*mother >= 0 ? age_of(maker, *mother) : high_age + 30) + gap(maker, 2.2, 3.5), high_age + 19,
                              high_age + 55);
}

/* Those of the father mostly: at most two, as far as there is room. */
static void join_grandparents(struct maker *maker, int household, unsigned size, int parent)
{
    int age = age_of(maker, parent);
    int grandmother = people_take(maker, 'F', age + gap(maker, 28.5, 4.5), MAX(age + 19, 50), age + 45), grandfather = -1;

    homes_join(maker, household, grandmother);
    set_parent(maker, parent, grandmother);
    if (room(maker, household, size) == 0)
        return;
    grandfather = people_take(maker, 'M', age + 29, MAX(age + 20, 50), age + 42);
    homes_join(maker, household, grandfather);
    set_parent(maker, parent, grandfather);
}

static void make_family(struct maker *maker, const struct family_plan *plan, int eldest)
{
    int children[3], mother, father, household = homes_open(maker), age = age_of(maker, eldest);
    unsigned count = take_children(maker, plan, eldest, children);

    take_parents(maker, plan, age, age_of(maker, children[count - 1]), &mother, &father);
    for (unsigned i = 0; i < count; i++) {
        set_parent(maker, children[i], mother);
        set_parent(maker, children[i], father);
        homes_join(maker, household, children[i]);
    }
    homes_join(maker, household, mother);
    homes_join(maker, household, father);
    if (mother < 0 && father < 0)
        homes_join(maker, household, people_take_any(maker, age + 50, 20, AGE_MAX)); /* a guardian */
    else if (plan->kind == FAMILY_THREE)
        join_grandparents(maker, household, plan->size, father >= 0 && (mother < 0 || rng_permille(&maker->rng, 700)) ? father : mother);
    fill(maker, household, plan->size, age + 30);
}

static void make_families(struct maker *maker, unsigned homes)
{
    g_autoptr(GArray) plans = plan_families(maker, homes);

    for (int age = 17; age >= 0; age--) {
        for (int child; (child = people_take_any(maker, age, age, age)) >= 0;) {
            struct family_plan plan = next_plan(maker, plans, age);
            make_family(maker, &plan, child);
        }
    }
    for (unsigned i = 0; i < plans->len; i++)
        maker->homes[g_array_index(plans, struct family_plan, i).size]++;
}

/* ---- Of sixty on ---- */

static void elder_couple(struct maker *maker)
{
    int husband = people_take(maker, 'M', 62 + (int)rng_below(&maker->rng, 24), 60, AGE_MAX), household;
    int wife = husband >= 0 ? people_take(maker, 'F', age_of(maker, husband) - gap(maker, 2.2, 3.5), 60, AGE_MAX) : -1;

    if (wife < 0) {
        if (husband >= 0)
            people_to_pool(maker, husband);
        return;
    }
    homes_count(maker, 2);
    household = homes_open(maker);
    homes_join(maker, household, husband);
    homes_join(maker, household, wife);
}

/* With a grown-up child at home, and whoever is theirs. */
static void elder_with_children(struct maker *maker, int elder)
{
    unsigned draw = rng_below(&maker->rng, 100), size = plan_near(maker, draw < 25 ? 2 : draw < 70 ? 3 : draw < 95 ? 4 : 5, 1);
    int household = homes_open(maker), age = age_of(maker, elder), spouse = -1, child;

    homes_count(maker, MAX(size, 1));
    homes_join(maker, household, elder);
    if (size > 2 && rng_permille(&maker->rng, 350))
        spouse = people_take(maker, person_at(maker, elder)->sex == 'M' ? 'F' : 'M', age, 60, AGE_MAX);
    homes_join(maker, household, spouse);
    while (room(maker, household, size) > 0) {
        child = people_take_any(maker, age - gap(maker, 28.5, 4.5), MAX(18, age - 45), age - 19);
        if (child < 0)
            break;
        homes_join(maker, household, child);
        set_parent(maker, child, elder);
        if (room(maker, household, size) > 0 && rng_permille(&maker->rng, 500))
            homes_join(maker, household,
                       people_take(maker, person_at(maker, child)->sex == 'M' ? 'F' : 'M', age_of(maker, child), 18, 59));
    }
    fill(maker, household, size, age - 28);
}

static void make_elders(struct maker *maker)
{
    unsigned elders = 0, alone, couples, housed = 0;

    for (unsigned i = 0; i < maker->community->people->len; i++) {
        const struct person *person = person_at(maker, (int)i);
        elders += person->age >= 60;
        housed += person->age >= 60 && person->household >= 0 && home_at(maker, person->household)->size == 1;
    }
    alone = part_of(maker, elders, ALONE_PERMILLE);
    couples = part_of(maker, elders, COUPLE_PERMILLE);
    for (unsigned i = 0; i < couples; i++)
        elder_couple(maker);
    for (unsigned i = housed; i < alone; i++) {
        int elder = people_take_any(maker, 65 + (int)rng_below(&maker->rng, 30), 60, AGE_MAX);

        if (elder < 0)
            break;
        homes_count(maker, 1);
        homes_join(maker, homes_open(maker), elder);
    }
    for (int elder; (elder = people_take_any(maker, 75, 60, AGE_MAX)) >= 0;)
        elder_with_children(maker, elder);
}

/* ---- The others ---- */

static void make_single(struct maker *maker)
{
    int age = 22 + (int)rng_below(&maker->rng, 37), household = homes_open(maker);

    homes_count(maker, 1);
    fill(maker, household, 1, age);
}

/* Who shares a flat is young and of no family. */
static void make_sharers(struct maker *maker, unsigned wanted)
{
    unsigned size = plan_near(maker, wanted, 2);
    int household;

    if (size < 2)
        return;
    homes_count(maker, size);
    household = homes_open(maker);
    home_at(maker, household)->shared = true;
    for (unsigned i = 0; i < size; i++)
        homes_join(maker, household, people_take_any(maker, 20 + (int)rng_below(&maker->rng, 14), 18, 59));
    fill(maker, household, size, 30);
}

/* A couple; where there are more, a couple whose children are grown up. */
static void make_couple(struct maker *maker, unsigned size)
{
    int age = size > 2 ? 44 + (int)rng_below(&maker->rng, 16) : 24 + (int)rng_below(&maker->rng, 34), household = homes_open(maker);
    int wife = people_take(maker, 'F', age, 18, AGE_MAX), husband;

    homes_count(maker, size);
    homes_join(maker, household, wife);
    age = wife >= 0 ? age_of(maker, wife) : age;
    husband = people_take(maker, 'M', age + gap(maker, 2.2, 3.5), MAX(18, age - 12), age + 20);
    homes_join(maker, household, husband);
    while (room(maker, household, size) > 0 && age >= 38) {
        int child = people_take_any(maker, age - 27, MAX(18, age - 45), age - 19);

        if (child < 0)
            break;
        homes_join(maker, household, child);
        set_parent(maker, child, wife);
        if (husband >= 0 && age_of(maker, husband) >= age_of(maker, child) + 18)
            set_parent(maker, child, husband);
    }
    fill(maker, household, size, age);
}

static unsigned homes_left(const struct maker *maker)
{
    unsigned count = 0;

    for (unsigned size = 1; size <= HOME_SIZE; size++)
        count += maker->homes[size];
    return count;
}

void homes_make(struct maker *maker)
{
    unsigned homes = homes_left(maker) + maker->community->households->len, shared = part_of(maker, homes, SHARED_PERMILLE);

    make_families(maker, homes);
    make_elders(maker);
    for (unsigned i = 0; i < shared && maker->left > 0; i++)
        make_sharers(maker, 2 + rng_below(&maker->rng, 3));
    for (unsigned size = HOME_SIZE; size > 1; size--)
        while (maker->homes[size] > 0 && maker->left > 0)
            make_couple(maker, size);
    while (maker->left > 0)
        make_single(maker);
}
