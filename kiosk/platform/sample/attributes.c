/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of each person of a block, from the person's own number in the seed: names, ID numbers, phones, and what the
 * community knows of them. What must not occur twice in a million is apart by block: nine order numbers of ID numbers and a hundred
 * thousand phones each, and another city every hundred blocks.
 */
#include "platform/sample/community.h"
#include "platform/sample/names.h"
#include "model/model.h"
#include <string.h>

#define BLOCKS_OF_CITY 100
#define MARRIAGE_MEN   22 /* Civil Code, article 1047 */
#define MARRIAGE_WOMEN 20
#define ORDERS         9 /* of ID numbers, a block's own */

enum kind { KIND_PERSON = 3, KIND_BIRTHDAY = 5, KIND_ATTRIBUTE };

struct namer {
    struct community *community;
    uint64_t seed;
    const char **surnames; /* of each person, once it is made */
    GHashTable *ids, *phones;
};

static struct person *person_at(struct community *community, int index)
{
    return &g_array_index(community->people, struct person, index);
}

static bool is_child(const struct person *person)
{
    return person->mother >= 0 || person->father >= 0;
}

/* ---- Numbers ---- */

/* The table borrows the text: what is taken already must not become its key. */
static bool is_new(GHashTable *taken, const char *text)
{
    return !g_hash_table_contains(taken, text) && g_hash_table_add(taken, (gpointer)text);
}

/* The check digit of GB 11643 by the one rule that there is for it. */
static void id_number_write(struct person *person, unsigned region, unsigned order)
{
    for (const char *check = "0123456789X"; *check != '\0'; check++) {
        g_snprintf(person->id_number, sizeof person->id_number, "%06u%08u%03u%c", region, person->birth, order, *check);
        if (id_number_check(person->id_number) == ID_OK)
            return;
    }
}

/* Odd orders are male. When all of the block's are taken on that day, the person was registered elsewhere. */
static void make_id_number(struct namer *namer, struct person *person, struct rng *rng)
{
    unsigned city = namer->community->block / BLOCKS_OF_CITY, base = 10 + ORDERS * (namer->community->block % BLOCKS_OF_CITY);
    unsigned from = rng_below(rng, ORDERS), place = rng_below(rng, 44);

    for (;; place = (place + 1) % 44) {
        unsigned region = 990100 + 100 * city + (person->local ? 2 : 4 + 2 * place);
        for (unsigned i = 0; i < ORDERS; i++) {
            unsigned order = base + (from + i) % ORDERS;
            if ((order % 2 == 1) != (person->sex == 'M'))
                continue;
            id_number_write(person, region, order);
            if (is_new(namer->ids, person->id_number))
                return;
        }
        person->local = false;
    }
}

static void make_phone(struct namer *namer, struct person *person, struct rng *rng)
{
    if (person->age < 8 || rng_permille(rng, person->age >= 80 ? 200 : 30))
        return;
    do {
        g_snprintf(person->phone, sizeof person->phone, "100%03u%05u", namer->community->block % 1000, rng_below(rng, 100000));
    } while (!is_new(namer->phones, person->phone));
}

static uint8_t make_nation(struct rng *rng)
{
    static const uint8_t others[] = {2, 4, 5, 6, 8, 11, 13, 15};
    unsigned draw = rng_below(rng, 100);

    return draw < 96 ? 1 : draw < 98 ? 3 : others[rng_below(rng, G_N_ELEMENTS(others))];
}

/* A child has the father's surname in 92 %, else the mother's. */
static const char *surname_for(struct namer *namer, const struct person *person, struct rng *rng)
{
    bool from_father = rng_permille(rng, 920);
    const char *father = person->father >= 0 ? namer->surnames[person->father] : NULL;
    const char *mother = person->mother >= 0 ? namer->surnames[person->mother] : NULL;

    if (father != NULL && (from_father || mother == NULL))
        return father;
    return mother != NULL ? mother : names_surname(rng);
}

/* Parents before their children, so that the surname is there to be taken: a parent is older, so this ends. */
static void make_person(struct namer *namer, int index)
{
    struct person *person = person_at(namer->community, index);
    struct rng rng = rng_of(namer->seed, KIND_PERSON, (uint64_t)(namer->community->first + index));

    if (person->persona || namer->surnames[index] != NULL)
        return;
    if (person->father >= 0)
        make_person(namer, person->father);
    if (person->mother >= 0)
        make_person(namer, person->mother);
    person->local = rng_permille(&rng, 780);
    person->nation = make_nation(&rng);
    namer->surnames[index] = surname_for(namer, person, &rng);
    g_autofree char *given = names_given(&rng, person->sex, person->birth);
    person->name = g_strconcat(namer->surnames[index], given, NULL);
    make_id_number(namer, person, &rng);
    make_phone(namer, person, &rng);
}

/* ---- What the community knows ---- */

/* Whether somebody's children live with them, and whether the other parent does, too. */
enum parent { PARENT_NOT, PARENT_TOGETHER, PARENT_ALONE };

/* GB/T 2261.2. Parents of one home are married; who brings up children alone is divorced mostly. Nobody marries before the law lets them. */
static uint8_t marital(const struct person *person, enum parent parent, struct rng *rng)
{
    static const struct { int until; unsigned single, divorced, widowed; } TABLE[] = {
        {19, 1000, 0, 0}, {24, 880, 3, 0}, {29, 500, 15, 0}, {34, 200, 35, 0}, {39, 90, 50, 2}, {49, 50, 60, 8}, {59, 25, 60, 30},
        {69, 15, 40, 95}, {79, 10, 20, 250}, {200, 10, 10, 520}};
    unsigned draw = rng_below(rng, 1000), row = 0;

    if (person->age < (person->sex == 'M' ? MARRIAGE_MEN : MARRIAGE_WOMEN))
        return 10;
    if (parent == PARENT_TOGETHER)
        return 20;
    if (parent == PARENT_ALONE)
        return draw < 600 ? 40 : draw < 750 ? 30 : draw < 850 ? 10 : 20;
    while (person->age > TABLE[row].until)
        row++;
    if (draw < TABLE[row].single)
        return 10;
    draw -= TABLE[row].single;
    return draw < TABLE[row].divorced ? 40 : draw < TABLE[row].divorced + TABLE[row].widowed ? 30 : 20;
}

/* GB/T 2261.4: pupils and students, then work, from sixty on a pension. */
static uint8_t employment(const struct person *person, struct rng *rng)
{
    static const struct { uint8_t code; unsigned permille; } WORK[] = {{11, 40}, {13, 190}, {17, 270}, {21, 60}, {24, 230}, {27, 20},
                                                                       {51, 70}, {54, 60}, {90, 20}};
    unsigned draw = rng_below(rng, 1000);

    if (person->age < 18 || (person->age < 23 && draw < 620))
        return 31;
    if (person->age >= 60 || (person->age >= 55 && person->sex == 'F' && draw < 700))
        return 80;
    for (size_t i = 0; i < G_N_ELEMENTS(WORK); i++) {
        if (draw < WORK[i].permille)
            return WORK[i].code;
        draw -= WORK[i].permille;
    }
    return 70;
}

static char proxy(const struct person *person, struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    if (person->age < 75 || !rng_permille(rng, 140))
        return 0;
    return draw < 80 ? 'c' : draw < 88 ? 'n' : 'w';
}

static void make_known(struct namer *namer, int index, enum parent parent)
{
    struct person *person = person_at(namer->community, index);
    struct rng rng = rng_of(namer->seed, KIND_ATTRIBUTE, (uint64_t)(namer->community->first + index));
    bool old = person->age >= 60;

    person->marital = marital(person, parent, &rng);
    person->employment = employment(person, &rng);
    person->disabled = rng_permille(&rng, old ? 60 : 20);
    person->low_income = rng_permille(&rng, old ? 15 : 6);
    person->chronic = old && rng_permille(&rng, 550);
    person->large_text = person->age >= 70 && rng_permille(&rng, 820);
    person->proxy = proxy(person, &rng);
}

/* Of each person, by those whose parents they are and with whom they live. */
static enum parent *find_parents(const struct community *community)
{
    enum parent *parents = g_new0(enum parent, community->people->len);

    for (unsigned i = 0; i < community->people->len; i++) {
        const struct person *child = &g_array_index(community->people, struct person, i);
        const int both[] = {child->mother, child->father};
        bool here[2];
        for (size_t p = 0; p < G_N_ELEMENTS(both); p++)
            here[p] = both[p] >= 0 && g_array_index(community->people, struct person, both[p]).household == child->household;
        for (size_t p = 0; p < G_N_ELEMENTS(both); p++)
            if (here[p] && parents[both[p]] != PARENT_TOGETHER)
                parents[both[p]] = here[1 - p] ? PARENT_TOGETHER : child->age < 18 ? PARENT_ALONE : parents[both[p]];
    }
    return parents;
}

/* ---- Birthdays that find mistakes: today 60, 65 and 80 years ago, tomorrow, and 29 February ---- */

static void special_birthdays(struct community *community, uint64_t seed)
{
    struct rng rng = rng_of(seed, KIND_BIRTHDAY, community->block);
    const int ages[] = {60, 65, 80};
    size_t found = 0;
    bool leap = false, tomorrow = false;

    for (unsigned i = 0; i < community->people->len; i++) {
        struct person *person = person_at(community, (int)i);
        uint32_t birthday = (community->today / 10000 - (uint32_t)person->age) * 10000 + community->today % 10000;

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
                person->birth = community_date_add(birthday, -(int)rng_below(&rng, 364));
        }
    }
}

static void hard_names(struct community *community)
{
    unsigned hard = 0;

    for (unsigned i = 20; i < community->people->len && hard < names_hard_count; i += 7) {
        struct person *person = person_at(community, (int)i);
        g_free(person->name);
        person->name = g_strdup(names_hard[hard++]);
    }
}

/* In every block: theirs are given, and could be anybody's. */
static void keep_personas(struct namer *namer, json_t *personas)
{
    json_t *card;
    size_t i;

    json_array_foreach(json_object_get(personas, "cards"), i, card)
    {
        g_hash_table_add(namer->ids, (gpointer)json_string_value(json_object_get(card, "id_number")));
        g_hash_table_add(namer->phones, (gpointer)json_string_value(json_object_get(card, "phone")));
    }
}

void community_attributes(struct community *community, const struct community_options *options)
{
    unsigned count = community->people->len;
    g_autofree const char **surnames = g_new0(const char *, count);
    g_autofree enum parent *parents = find_parents(community);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal), phones = g_hash_table_new(g_str_hash, g_str_equal);
    struct namer namer = {community, options->seed, surnames, ids, phones};

    if (community->block == 0)
        special_birthdays(community, options->seed);
    keep_personas(&namer, options->personas);
    for (unsigned i = 0; i < count; i++)
        make_person(&namer, (int)i);
    for (unsigned i = 0; i < count; i++)
        make_known(&namer, (int)i, parents[i]);
    if (community->block == 0)
        hard_names(community);
}
