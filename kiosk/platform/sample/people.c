/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People of the sample community: exact quotas of the pyramid of ages, in pools by sex and age. homes.c takes them from there.
 */
#include "platform/sample/people.h"
#include "platform/data/error.h"
#include "model/model.h"
#include <string.h>

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

void people_to_pool(struct maker *maker, int index)
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

/* Among so many of a group, likewise: groups of three or four in a block have their share over the city. */
static unsigned male_share(unsigned n, unsigned group)
{
    return (n * male_permille(group) + 500) / 1000;
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
    unsigned taken[21] = {0}, counts[21], first = (unsigned)maker->community->first;
    GArray *people = maker->community->people;
    unsigned personas = people->len;

    for (unsigned i = 0; i < personas; i++)
        taken[MIN(person_at(maker->community, (int)i)->age / 5, 20)]++;
    group_counts(first, size, taken, counts);
    for (unsigned g = 0; g < 21; g++) {
        unsigned males = first == 0 ? male_share(counts[g], g) : male_share(share_of(first + size, g), g) - male_share(share_of(first, g), g);

        for (unsigned i = 0; i < counts[g]; i++) {
            unsigned span = g == 20 ? 4 : 5;
            people_to_pool(maker,
                    add_person(maker, i < males ? 'M' : 'F', (int)(g * 5 + rng_below(&maker->rng, span))));
        }
    }
    /* Personas may outnumber a group of a tiny community: fill or shorten by people of thirty to be exact. */
    while (people->len < size)
        people_to_pool(maker, add_person(maker, people->len % 2 ? 'M' : 'F', 30 + (int)rng_below(&maker->rng, 10)));
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

int people_take(struct maker *maker, char sex, int wanted, int low, int high)
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

int people_take_any(struct maker *maker, int wanted, int low, int high)
{
    char first = rng_below(&maker->rng, 2) ? 'M' : 'F';
    int index = people_take(maker, first, wanted, low, high);

    return index >= 0 ? index : people_take(maker, first == 'M' ? 'F' : 'M', wanted, low, high);
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
    household = homes_open(maker);
    g_array_index(maker->community->households, struct household, household).address = g_strdup(address);
    homes_join(maker, household, (int)maker->community->people->len - 1);
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
            int mother = people_take(maker, 'F', age + 28, age + 19, age + 45);

            person_at(maker->community, (int)i)->mother = mother;
            homes_join(maker, household, mother);
            homes_join(maker, household, people_take(maker, 'M', age + 30, age + 19, age + 55));
        } else if (age < 76 && i % 2 == 0) {
            homes_join(maker, household, people_take(maker, other, age, MAX(18, age - 8), age + 8));
        }
        homes_count(maker, (unsigned)g_array_index(maker->community->households, struct household, household).size);
    }
}

bool community_people(struct community *community, const struct community_options *options, GError **error)
{
    struct maker maker = {.community = community, .rng = rng_of(options->seed, KIND_FAMILY, community->block)};
    bool last = community->block + 1 == community_blocks(options->residents);
    unsigned size = last ? options->residents - (unsigned)community->first : COMMUNITY_BLOCK, personas = 0;
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
        homes_plan(&maker, (unsigned)community->first, size);
        house_personas(&maker, personas);
        homes_make(&maker);
        community_attributes(community, options);
        community_places(community, options);
        community_fates(community, options);
    }
    for (int s = 0; s < 2; s++)
        for (int age = 0; age <= AGE_MAX; age++)
            g_array_unref(maker.pool[s][age]);
    return ok;
}
