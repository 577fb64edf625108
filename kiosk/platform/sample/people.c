/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People and households of the sample community.
 *
 * First the ages: exact quotas of the pyramid. Then households take people out of pools by sex and age: children with
 * their siblings get a mother of 19 to 45 years more, most also a father, some grandparents; elders left over live
 * alone, as a couple or with a grown-up child; the others fill the remaining households so that the mean stays at 2.6.
 */
#include "platform/sample/community.h"
#include "platform/data/error.h"
#include "platform/sample/rng.h"
#include "model/model.h"
#include <string.h>

#define AGE_MAX        110
#define MEAN_SIZE_X100 260

enum kind { KIND_AGE = 1, KIND_FAMILY };

/* Five-year groups in 1/100,000 of all people, from 0–4 to 100+; male share in 1/1,000. */
static const unsigned group_share[] = {3600, 4400, 3900, 3600, 5400, 7400, 9600, 8600, 7200, 7300, 8000,
                                       7000, 6600, 6900, 4600, 2700, 1800, 1000, 330,  65,   5};

static unsigned male_permille(unsigned group)
{
    if (group < 3)
        return 527;
    if (group < 12)
        return 510;
    if (group < 14)
        return 490;
    if (group < 16)
        return 470;
    return group < 18 ? 430 : 330;
}

struct maker {
    struct community *community;
    struct rng rng;
    GArray *pool[2][AGE_MAX + 1]; /* of int: people without a household, by sex and age */
    unsigned left;
};

static struct person *person_at(struct community *community, int index)
{
    return &g_array_index(community->people, struct person, index);
}

/* ---- Ages ---- */

static int year_of_age(uint32_t today, int age)
{
    return (int)(today / 10000) - age;
}

/* A day within the last year of a person of this age. */
static uint32_t birth_for(struct rng *rng, uint32_t today, int age)
{
    uint32_t birthday = (uint32_t)year_of_age(today, age) * 10000 + today % 10000;

    if (!date_valid(birthday))
        birthday -= 1; /* 29 February in a common year */
    return community_date_add(birthday, -(int)rng_below(rng, 364));
}

static int add_person(struct maker *maker, char sex, int age)
{
    struct person person = {.sex = sex, .age = age, .household = -1, .mother = -1, .father = -1, .nation = 1};

    person.birth = birth_for(&maker->rng, maker->community->today, age);
    g_array_append_val(maker->community->people, person);
    return (int)maker->community->people->len - 1;
}

static void to_pool(struct maker *maker, int index)
{
    const struct person *person = person_at(maker->community, index);

    g_array_append_val(maker->pool[person->sex == 'F'][person->age], index);
    maker->left++;
}

/* People of a group among the first n: rounded, so that every hundred thousand have exactly their share. Those of a hundred come early. */
static unsigned share_of(uint64_t n, unsigned group)
{
    return (unsigned)((n * group_share[group] + (group == 20 ? 95000 : 50000)) / 100000);
}

/* What rounding leaves over is taken from, or given to, those of thirty. */
static void group_counts(unsigned first, unsigned size, const unsigned taken[21], unsigned counts[21])
{
    unsigned sum = 0;

    for (unsigned i = 0; i < 21; i++) {
        counts[i] = share_of(first + size, i) - share_of(first, i);
        sum += counts[i];
    }
    counts[6] += sum < size ? size - sum : 0;
    for (unsigned over = sum > size ? sum - size : 0, i = 6; over > 0; i = (i + 1) % 21) {
        unsigned less = MIN(over, counts[i]);
        counts[i] -= less;
        over -= less;
    }
    /* A community without anybody of 100 is one where that page is never seen. */
    if (first == 0 && counts[20] == 0 && counts[6] > 0) {
        counts[20] = 1;
        counts[6]--;
    }
    for (unsigned i = 0; i < 21; i++)
        counts[i] -= MIN(counts[i], taken[i]);
}

static void make_ages(struct maker *maker, unsigned size)
{
    unsigned taken[21] = {0}, counts[21];
    GArray *people = maker->community->people;
    unsigned personas = people->len;

    for (unsigned i = 0; i < personas; i++)
        taken[MIN(person_at(maker->community, (int)i)->age / 5, 20)]++;
    group_counts((unsigned)maker->community->first, size, taken, counts);
    for (unsigned g = 0; g < 21; g++) {
        unsigned males = (counts[g] * male_permille(g) + 500) / 1000;

        for (unsigned i = 0; i < counts[g]; i++) {
            unsigned span = g == 20 ? 4 : 5;
            to_pool(maker,
                    add_person(maker, i < males ? 'M' : 'F', (int)(g * 5 + rng_below(&maker->rng, span))));
        }
    }
    /* Personas may outnumber a group of a tiny community: fill or shorten by people of thirty to be exact. */
    while (people->len < size)
        to_pool(maker, add_person(maker, people->len % 2 ? 'M' : 'F', 30 + (int)rng_below(&maker->rng, 10)));
}

/* ---- Pools ---- */

static int take_at(struct maker *maker, int s, int age)
{
    GArray *pool = maker->pool[s][age];
    unsigned i;
    int index;

    if (pool->len == 0)
        return -1;
    i = rng_below(&maker->rng, pool->len);
    index = g_array_index(pool, int, i);
    g_array_remove_index_fast(pool, i);
    maker->left--;
    return index;
}

/* Somebody of this sex as near to `wanted` years as there is, within [low, high]; -1: nobody. */
static int take(struct maker *maker, char sex, int wanted, int low, int high)
{
    int s = sex == 'F';

    low = CLAMP(low, 0, AGE_MAX);
    high = CLAMP(high, 0, AGE_MAX);
    wanted = CLAMP(wanted, low, MAX(low, high));
    for (int distance = 0; distance <= high - low; distance++) {
        int index = wanted + distance <= high ? take_at(maker, s, wanted + distance) : -1;

        if (index < 0 && distance > 0 && wanted - distance >= low)
            index = take_at(maker, s, wanted - distance);
        if (index >= 0)
            return index;
    }
    return -1;
}

static int take_any(struct maker *maker, int wanted, int low, int high)
{
    char first = rng_below(&maker->rng, 2) ? 'M' : 'F';
    int index = take(maker, first, wanted, low, high);

    return index >= 0 ? index : take(maker, first == 'M' ? 'F' : 'M', wanted, low, high);
}

/* ---- Households ---- */

static int open_household(struct maker *maker)
{
    struct household household = {0};

    g_array_append_val(maker->community->households, household);
    return (int)maker->community->households->len - 1;
}

static void join(struct maker *maker, int household, int index)
{
    if (index < 0)
        return;
    person_at(maker->community, index)->household = household;
    g_array_index(maker->community->households, struct household, household).size++;
}

static int age_of(struct maker *maker, int index)
{
    return person_at(maker->community, index)->age;
}

static int gap(struct maker *maker, double mean, double deviation)
{
    return (int)(rng_normal(&maker->rng, mean, deviation) + 0.5);
}

/* Grandparents of `parent`: both in 55 %, else one. */
static void join_grandparents(struct maker *maker, int household, int parent)
{
    int age = age_of(maker, parent);
    int grandmother = take(maker, 'F', age + 27, MAX(age + 20, 50), age + 40);

    join(maker, household, grandmother);
    if (grandmother < 0 || rng_permille(&maker->rng, 550))
        join(maker, household, take(maker, 'M', age + 29, MAX(age + 20, 50), age + 42));
}

static unsigned sibling_count(struct maker *maker)
{
    unsigned draw = rng_below(&maker->rng, 100);

    return draw < 70 ? 0 : draw < 97 ? 1 : 2;
}

/* Children first: they are the ones who must not live alone. `eldest` is the child to begin with. */
static void make_family(struct maker *maker, int household, int eldest)
{
    int children[3] = {eldest, -1, -1};
    int count = 1, high_age = age_of(maker, eldest), low_age = high_age, mother, father = -1;

    for (unsigned i = sibling_count(maker); i > 0 && low_age > 0; i--) {
        int sibling = take_any(maker, low_age - 3, MAX(0, high_age - 9), low_age - 1);

        if (sibling < 0)
            break;
        children[count++] = sibling;
        low_age = age_of(maker, sibling);
    }
    mother = take(maker, 'F', high_age + gap(maker, 28.5, 4.5), high_age + 19, low_age + 45);
    if (mother < 0 || !rng_permille(&maker->rng, 120))
        father =
            take(maker, 'M', (mother >= 0 ? age_of(maker, mother) : high_age + 30) + gap(maker, 2.2, 3.5),
                 high_age + 19, high_age + 55);
    for (int i = 0; i < count; i++) {
        person_at(maker->community, children[i])->mother = mother;
        person_at(maker->community, children[i])->father = father;
        join(maker, household, children[i]);
    }
    join(maker, household, mother);
    join(maker, household, father);
    if (mother < 0 && father < 0)
        join(maker, household, take_any(maker, high_age + 50, 20, AGE_MAX)); /* a guardian */
    else if (rng_permille(&maker->rng, 320))
        join_grandparents(maker, household, father >= 0 ? father : mother);
}

static void make_families(struct maker *maker)
{
    for (int age = 17; age >= 0; age--) {
        for (int child; (child = take_any(maker, age, age, age)) >= 0;)
            make_family(maker, open_household(maker), child);
    }
}

/* A grown-up child at home; its other parent is not there. */
static void set_parent(struct maker *maker, int child, int parent)
{
    if (child < 0 || parent < 0)
        return;
    if (person_at(maker->community, parent)->sex == 'F')
        person_at(maker->community, child)->mother = parent;
    else
        person_at(maker->community, child)->father = parent;
}

static void make_elder_households(struct maker *maker, unsigned elders)
{
    unsigned alone = elders * 12 / 100, couples = elders * 19 / 100;

    for (unsigned i = 0; i < couples; i++) {
        int wife = take(maker, 'F', 60 + (int)rng_below(&maker->rng, 25), 60, AGE_MAX), household;

        if (wife < 0)
            break;
        household = open_household(maker);
        join(maker, household, wife);
        join(maker, household, take(maker, 'M', age_of(maker, wife) + gap(maker, 2.2, 3.5), 60, AGE_MAX));
    }
    for (unsigned i = 0; i < alone; i++) {
        int elder = take_any(maker, 65 + (int)rng_below(&maker->rng, 30), 60, AGE_MAX);

        if (elder < 0)
            break;
        join(maker, open_household(maker), elder);
    }
    for (int elder; (elder = take_any(maker, 75, 60, AGE_MAX)) >= 0;) {
        int household = open_household(maker), age = age_of(maker, elder), child;

        join(maker, household, elder);
        child = take_any(maker, age - 28, MAX(18, age - 45), age - 19);
        join(maker, household, child);
        set_parent(maker, child, elder);
        if (child >= 0 && rng_permille(&maker->rng, 400)) {
            char other = person_at(maker->community, child)->sex == 'M' ? 'F' : 'M';
            join(maker, household, take(maker, other, age_of(maker, child), 18, 64));
        }
    }
}

static void join_adults(struct maker *maker, int household, unsigned size)
{
    int first = take(maker, 'F', 25 + (int)rng_below(&maker->rng, 33), 18, AGE_MAX), age;

    if (first < 0)
        first = take(maker, 'M', 35, 0, AGE_MAX);
    join(maker, household, first);
    age = first >= 0 ? age_of(maker, first) : 35;
    for (unsigned i = 1; i < size && maker->left > 0; i++) {
        int grown = i == 2 && age >= 42 ? take_any(maker, age - 27, MAX(18, age - 45), age - 19) : -1; /* a grown-up child */

        set_parent(maker, grown, first);
        if (grown < 0)
            grown = take(maker, 'M', age + gap(maker, 2.2, 3.5), 18, AGE_MAX);
        join(maker, household, grown >= 0 ? grown : take_any(maker, age, 0, AGE_MAX));
    }
}

static unsigned draw_size(struct rng *rng)
{
    static const unsigned percent[] = {42, 28, 18, 9, 3};
    unsigned draw = rng_below(rng, 100), size = 0;

    while (draw >= percent[size])
        draw -= percent[size++];
    return size + 1;
}

/* The rest: drawn sizes, held between what leaves one and what leaves three people for each household still to come. */
static void make_adult_households(struct maker *maker)
{
    unsigned wanted = (maker->community->people->len * 100 + MEAN_SIZE_X100 / 2) / MEAN_SIZE_X100;

    while (maker->left > 0) {
        unsigned made = maker->community->households->len, after = wanted > made + 1 ? wanted - made - 1 : 0;
        unsigned least = maker->left > 3 * after ? maker->left - 3 * after : 1;
        unsigned most = maker->left > after ? maker->left - after : 1;

        join_adults(maker, open_household(maker),
                    MIN(CLAMP(draw_size(&maker->rng), least, MAX(least, most)), 5));
    }
}

/* ---- Personas ---- */

static bool add_persona(struct maker *maker, json_t *json, GError **error)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *id_number = json_string_value(json_object_get(json, "id_number"));
    const char *phone = json_string_value(json_object_get(json, "phone"));
    const char *address = json_string_value(json_object_get(json, "address"));
    struct person person = {
        .household = -1, .mother = -1, .father = -1, .nation = 1, .local = true, .persona = true};
    int household;

    if (name == NULL || id_number == NULL || phone == NULL || address == NULL ||
        id_number_check(id_number) != ID_OK || strncmp(id_number, "99", 2) != 0 || strlen(phone) != 11) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "a persona has no valid name, id_number, phone, address");
        return false;
    }
    person.name = g_strdup(name);
    person.sex = id_number_sex(id_number);
    person.birth = id_number_birth(id_number);
    person.age = CLAMP(age_on(person.birth, maker->community->today), 0, AGE_MAX);
    g_strlcpy(person.id_number, id_number, sizeof person.id_number);
    g_strlcpy(person.phone, phone, sizeof person.phone);
    g_array_append_val(maker->community->people, person);
    household = open_household(maker);
    g_array_index(maker->community->households, struct household, household).address = g_strdup(address);
    join(maker, household, (int)maker->community->people->len - 1);
    return true;
}

/* A minor gets parents, elders up to 75 and every other adult a partner. */
static void house_personas(struct maker *maker, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct person *person = person_at(maker->community, (int)i);
        int household = person->household, age = person->age;
        char other = person->sex == 'M' ? 'F' : 'M';

        if (age < 18) {
            int mother = take(maker, 'F', age + 28, age + 19, age + 45);

            person_at(maker->community, (int)i)->mother = mother;
            join(maker, household, mother);
            join(maker, household, take(maker, 'M', age + 30, age + 19, age + 55));
        } else if (age < 76 && i % 2 == 0) {
            join(maker, household, take(maker, other, age, MAX(18, age - 8), age + 8));
        }
    }
}

bool community_people(struct community *community, const struct community_options *options, GError **error)
{
    struct maker maker = {.community = community, .rng = rng_of(options->seed, KIND_FAMILY, community->block)};
    bool last = community->block + 1 == community_blocks(options->residents);
    unsigned size = last ? options->residents - (unsigned)community->first : COMMUNITY_BLOCK, personas = 0, elders = 0;
    bool ok = true;
    json_t *persona;
    size_t i;

    for (int s = 0; s < 2; s++)
        for (int age = 0; age <= AGE_MAX; age++)
            maker.pool[s][age] = g_array_new(FALSE, FALSE, sizeof(int));
    json_array_foreach(community->block == 0 ? json_object_get(options->personas, "cards") : NULL, i, persona)
    {
        ok = ok && add_persona(&maker, persona, error);
    }
    if (ok) {
        personas = community->people->len;
        make_ages(&maker, size);
        house_personas(&maker, personas);
        make_families(&maker);
        for (i = 0; i < community->people->len; i++)
            elders += person_at(community, (int)i)->age >= 60;
        make_elder_households(&maker, elders);
        make_adult_households(&maker);
        community_attributes(community, options);
        community_places(community, options);
    }
    for (int s = 0; s < 2; s++)
        for (int age = 0; age <= AGE_MAX; age++)
            g_array_unref(maker.pool[s][age]);
    return ok;
}
