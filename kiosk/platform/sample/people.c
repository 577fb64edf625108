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
#include "platform/sample/names.h"
#include "model/model.h"
#include <string.h>

#define AGE_MAX        110
#define MEAN_SIZE_X100 260

enum kind { KIND_AGE = 1, KIND_FAMILY, KIND_PERSON, KIND_ADDRESS };

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
    GHashTable *ids; /* ID numbers in use */
    GHashTable *phones;
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

/* Exact quotas by the largest remainder; what the personas fill is taken off. */
static void group_counts(unsigned residents, const unsigned taken[21], unsigned counts[21])
{
    unsigned sum = 0;
    uint64_t rest[21];

    for (unsigned i = 0; i < 21; i++) {
        uint64_t exact = (uint64_t)residents * group_share[i];

        counts[i] = (unsigned)(exact / 100000);
        rest[i] = exact % 100000;
        sum += counts[i];
    }
    for (; sum < residents; sum++) {
        unsigned best = 0;

        for (unsigned i = 1; i < 21; i++)
            if (rest[i] > rest[best])
                best = i;
        rest[best] = 0;
        counts[best]++;
    }
    /* A community without anybody of 100 is one where that page is never seen. */
    if (counts[20] == 0 && counts[6] > 0) {
        counts[20] = 1;
        counts[6]--;
    }
    for (unsigned i = 0; i < 21; i++)
        counts[i] -= MIN(counts[i], taken[i]);
}

static void make_ages(struct maker *maker, unsigned residents)
{
    unsigned taken[21] = {0}, counts[21];
    GArray *people = maker->community->people;
    unsigned personas = people->len;

    for (unsigned i = 0; i < personas; i++)
        taken[MIN(person_at(maker->community, (int)i)->age / 5, 20)]++;
    group_counts(residents, taken, counts);
    for (unsigned g = 0; g < 21; g++) {
        unsigned males = (counts[g] * male_permille(g) + 500) / 1000;

        for (unsigned i = 0; i < counts[g]; i++) {
            unsigned span = g == 20 ? 4 : 5;
            to_pool(maker,
                    add_person(maker, i < males ? 'M' : 'F', (int)(g * 5 + rng_below(&maker->rng, span))));
        }
    }
    /* Personas may outnumber a group of a tiny community: fill or shorten by people of thirty to be exact. */
    while (people->len < residents)
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
        int grown = i == 2 && age >= 42 ? take_any(maker, age - 27, 18, age - 19) : -1; /* a grown-up child */

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

/* ---- Attributes ---- */

/* The next free order number of that region, birth date and sex (odd male, even female); GB 11643. */
static void make_id_number(struct maker *maker, struct person *person, struct rng *rng)
{
    unsigned region = person->local ? 990102 : 990104 + 2 * rng_below(rng, 44);
    unsigned order = 10 + rng_below(rng, 900);

    order += (order % 2 == 1) != (person->sex == 'M');
    for (;; order = order >= 997 ? 10 + order % 2 : order + 2) {
        for (const char *check = "0123456789X"; *check != '\0'; check++) {
            g_snprintf(person->id_number, sizeof person->id_number, "%06u%08u%03u%c", region, person->birth,
                       order, *check);
            if (id_number_check(person->id_number) == ID_OK)
                break;
        }
        if (g_hash_table_add(maker->ids, g_strdup(person->id_number)))
            return;
    }
}

static void make_phone(struct maker *maker, struct person *person, struct rng *rng)
{
    if (person->age < 8 || rng_permille(rng, person->age >= 80 ? 200 : 30))
        return;
    do {
        g_snprintf(person->phone, sizeof person->phone, "100%08u", rng_below(rng, 100000000));
    } while (!g_hash_table_add(maker->phones, g_strdup(person->phone)));
}

static uint8_t make_nation(struct rng *rng)
{
    static const uint8_t others[] = {2, 4, 5, 6, 8, 11, 13, 15};
    unsigned draw = rng_below(rng, 100);

    return draw < 96 ? 1 : draw < 98 ? 3 : others[rng_below(rng, G_N_ELEMENTS(others))];
}

/* A child has the father's surname in 92 %, else the mother's. */
static const char *surname_for(struct maker *maker, int index, const char *const *surnames, struct rng *rng)
{
    const struct person *person = person_at(maker->community, index);
    bool from_father = rng_permille(rng, 920);
    const char *father = person->father >= 0 ? surnames[person->father] : NULL;
    const char *mother = person->mother >= 0 ? surnames[person->mother] : NULL;

    if (father != NULL && (from_father || mother == NULL))
        return father;
    return mother != NULL ? mother : names_surname(rng);
}

static void make_person(struct maker *maker, uint64_t seed, int index, const char **surnames)
{
    struct person *person = person_at(maker->community, index);
    struct rng rng = rng_of(seed, KIND_PERSON, (uint64_t)index);

    if (person->persona)
        return;
    person->local = rng_permille(&rng, 780);
    person->nation = make_nation(&rng);
    surnames[index] = surname_for(maker, index, surnames, &rng);
    g_autofree char *given = names_given(&rng, person->sex, person->birth);
    person->name = g_strconcat(surnames[index], given, NULL);
    make_id_number(maker, person, &rng);
    make_phone(maker, person, &rng);
}

static bool is_child(const struct person *person)
{
    return person->mother >= 0 || person->father >= 0;
}

/* Birthdays that find mistakes: today 60, 65 and 80 years ago, tomorrow, and 29 February. */
static void special_birthdays(struct maker *maker)
{
    struct community *community = maker->community;
    const int ages[] = {60, 65, 80};
    size_t found = 0;
    bool leap = false, tomorrow = false;

    for (unsigned i = 0; i < community->people->len; i++) {
        struct person *person = person_at(community, (int)i);
        uint32_t birthday =
            (uint32_t)year_of_age(community->today, person->age) * 10000 + community->today % 10000;

        if (person->persona || is_child(person) || !date_valid(birthday))
            continue;
        if (found < G_N_ELEMENTS(ages) && person->age == ages[found]) {
            person->birth = birthday;
            found++;
        } else if (!tomorrow && person->age > 30 && community->today % 100 < 28) {
            person->birth = birthday + 1 - 10000;
            tomorrow = date_valid(person->birth) && age_on(person->birth, community->today) == person->age;
        } else if (!leap && person->age > 30 && date_valid(person->birth / 10000 * 10000 + 229)) {
            person->birth = person->birth / 10000 * 10000 + 229;
            leap = age_on(person->birth, community->today) == person->age;
            if (!leap)
                person->birth = birth_for(&maker->rng, community->today, person->age);
        }
    }
}

static void make_attributes(struct maker *maker, uint64_t seed)
{
    unsigned count = maker->community->people->len, hard = 0;
    g_autofree const char **surnames = g_new0(const char *, count);

    special_birthdays(maker);
    /* Parents before children, so that the surname is there to be taken. */
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < count; i++)
            if (is_child(person_at(maker->community, (int)i)) == (pass == 1))
                make_person(maker, seed, (int)i, surnames);
    for (unsigned i = 20; i < count && hard < names_hard_count; i += 7) {
        struct person *person = person_at(maker->community, (int)i);

        g_free(person->name);
        person->name = g_strdup(names_hard[hard++]);
    }
}

static void make_addresses(struct community *community, uint64_t seed)
{
    static const char *const roads[] = {"禾光路", "麦香路", "稻花街", "桐影巷"};

    for (unsigned i = 0; i < community->households->len; i++) {
        struct household *household = &g_array_index(community->households, struct household, i);
        struct rng rng = rng_of(seed, KIND_ADDRESS, i);
        unsigned block = i / 240, in_block = i % 240; /* 10 buildings of 6 floors with 4 homes */

        g_snprintf(household->grid, sizeof household->grid, COMMUNITY_ID "%03u", i / 350 + 1);
        household->area_m2 = 38 + rng_below(&rng, 60) + 8 * (unsigned)household->size;
        if (household->address == NULL)
            household->address = g_strdup_printf("澄明区稻香街道%s %u 弄 %u 号 %u%02u 室", roads[block % 4],
                                                 128 + 2 * (block / 4), in_block / 24 + 1,
                                                 in_block % 24 / 4 + 1, in_block % 4 + 1);
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
    g_hash_table_add(maker->ids, g_strdup(id_number));
    g_hash_table_add(maker->phones, g_strdup(phone));
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
    struct maker maker = {.community = community, .rng = rng_of(options->seed, KIND_FAMILY, 0)};
    unsigned personas = 0, elders = 0;
    bool ok = true;
    json_t *persona;
    size_t i;

    maker.ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    maker.phones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int s = 0; s < 2; s++)
        for (int age = 0; age <= AGE_MAX; age++)
            maker.pool[s][age] = g_array_new(FALSE, FALSE, sizeof(int));
    json_array_foreach(json_object_get(options->personas, "cards"), i, persona)
    {
        ok = ok && add_persona(&maker, persona, error);
    }
    if (ok) {
        personas = community->people->len;
        make_ages(&maker, options->residents);
        house_personas(&maker, personas);
        make_families(&maker);
        for (i = 0; i < community->people->len; i++)
            elders += person_at(community, (int)i)->age >= 60;
        make_elder_households(&maker, elders);
        make_adult_households(&maker);
        make_attributes(&maker, options->seed);
        make_addresses(community, options->seed);
    }
    for (int s = 0; s < 2; s++)
        for (int age = 0; age <= AGE_MAX; age++)
            g_array_unref(maker.pool[s][age]);
    g_hash_table_unref(maker.ids);
    g_hash_table_unref(maker.phones);
    return ok;
}
