/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of what is said of people: sex by age, names, what the community knows of each, their cards, who is whose parent. */
#include "platform/sample/realism-year.h"
#include "platform/sample/names.h"
#include "model/model.h"
#include <string.h>

enum { BANDS = 6, GENERATIONS = 6, HARD_MAX = 32, CARD_BANDS = 3, STATES = 5, BIRTHDAYS = 5, MARRIED = 4 };

struct counted {
    int64_t part, whole;
};

/* A sum and that of squares, of years. */
struct spread {
    int64_t n, sum, squares;
};

struct realism_people {
    struct counted male[BANDS], one_character[GENERATIONS], cards[CARD_BANDS], states[STATES];
    struct counted han, hui, chronic, poor, poor_old, disabled, disabled_old, phones, phones_old, large, proxies, by_child, by_neighbour, listed,
        compound, of_father;
    struct spread mothers, couples;
    struct counted married[MARRIED], pensioned, students, lone;
    int64_t hard[HARD_MAX], birthdays[BIRTHDAYS], work_wrong, marriage_wrong, parents_apart;
    uint32_t today;
};

struct realism_people *realism_people_new(void)
{
    return g_new0(struct realism_people, 1);
}

void realism_people_free(struct realism_people *r)
{
    g_free(r);
}

static void count(struct counted *counted, bool yes)
{
    counted->whole++;
    counted->part += yes;
}

static void add_years(struct spread *spread, int64_t years)
{
    spread->n++;
    spread->sum += years;
    spread->squares += years * years;
}

/* ---- One person ---- */

static const struct { int until; int64_t permille, near, loose; } MALE[BANDS] = {{14, 527, 3, 40}, {59, 510, 3, 20},  {69, 490, 3, 50},
                                                                                {79, 470, 3, 60}, {89, 430, 5, 110}, {200, 330, 25, 300}};
static const struct { unsigned until; int64_t permille, near; } GIVEN[GENERATIONS] = {{1949, 80, 15},  {1959, 100, 10}, {1979, 200, 8},
                                                                                      {1999, 270, 8}, {2009, 140, 14}, {9999, 60, 8}};

static void add_name(struct realism_people *r, const struct person *person)
{
    size_t surname = names_surname_size(person->name), band = 0;

    for (unsigned i = 0; i < names_hard_count && i < HARD_MAX; i++)
        if (strcmp(person->name, names_hard[i]) == 0) {
            r->hard[i]++;
            return;
        }
    while (person->birth / 10000 > GIVEN[band].until)
        band++;
    count(&r->one_character[band], g_utf8_strlen(person->name + surname, -1) == 1);
    count(&r->listed, names_is_listed(person->name));
    count(&r->compound, surname > 3);
}

/* Shares by age where the domain says no more than that they go by age: ours. */
static const struct { int from, until; int64_t permille, near; } MARRIED_BY[MARRIED] = {{25, 29, 575, 20}, {35, 44, 885, 12}, {50, 59, 935, 10}, {80, 120, 540, 45}};

static bool of_age(const struct person *person)
{
    return person->age >= (person->sex == 'M' ? 22 : 20);
}

static void add_state(struct realism_people *r, const struct person *person)
{
    for (size_t i = 0; i < MARRIED; i++)
        if (person->age >= MARRIED_BY[i].from && person->age <= MARRIED_BY[i].until)
            count(&r->married[i], person->marital == 20);
    r->marriage_wrong += person->marital != 10 && !of_age(person);
    if (person->age >= 18 && person->age < 23)
        count(&r->students, person->employment == 31);
    if (person->age >= 55 && person->age < 60 && person->sex == 'F')
        count(&r->pensioned, person->employment == 80);
}

static void add_known(struct realism_people *r, const struct person *person)
{
    bool old = person->age >= 60;

    count(&r->han, person->nation == 1);
    count(&r->hui, person->nation == 3);
    count(&r->poor, person->low_income);
    count(old ? &r->disabled_old : &r->disabled, person->disabled);
    add_state(r, person);
    r->work_wrong += (person->age < 18 && person->employment != 31) || (old && person->employment != 80);
    if (person->age >= 8)
        count(person->age >= 80 ? &r->phones_old : &r->phones, person->phone[0] != '\0');
    if (old) {
        count(&r->chronic, person->chronic);
        count(&r->poor_old, person->low_income);
    }
    if (person->age >= 70)
        count(&r->large, person->large_text);
    if (person->age < 75)
        return;
    count(&r->proxies, person->proxy != 0);
    if (person->proxy != 0) {
        count(&r->by_child, person->proxy == 'c');
        count(&r->by_neighbour, person->proxy == 'n');
    }
}

/* Sixty, sixty-five and eighty today; somebody whose birthday is tomorrow; somebody of 29 February. */
static void add_birthday(struct realism_people *r, const struct person *person)
{
    static const unsigned years[] = {60, 65, 80};

    for (size_t i = 0; i < G_N_ELEMENTS(years); i++)
        r->birthdays[i] += person->birth + years[i] * 10000 == r->today;
    r->birthdays[3] += person->birth % 10000 == community_date_add(r->today, 1) % 10000;
    r->birthdays[4] += person->birth % 10000 == 229;
}

static void add_parents(struct realism_people *r, const struct community *block, const struct person *person)
{
    const struct person *mother = person->mother >= 0 ? &g_array_index(block->people, struct person, person->mother) : NULL;
    const struct person *father = person->father >= 0 ? &g_array_index(block->people, struct person, person->father) : NULL;

    if (mother != NULL)
        add_years(&r->mothers, mother->age - person->age);
    bool with_mother = mother != NULL && mother->household == person->household, with_father = father != NULL && father->household == person->household;
    if (with_mother && with_father)
        r->parents_apart += of_age(mother) && of_age(father) && (mother->marital != 20 || father->marital != 20);
    else if (person->age < 18 && (with_mother || with_father))
        count(&r->lone, (with_mother ? mother : father)->marital == 20);
    if (mother == NULL || father == NULL)
        return;
    add_years(&r->couples, father->age - mother->age);
    size_t his = names_surname_size(father->name), hers = names_surname_size(mother->name);
    if (his != hers || memcmp(father->name, mother->name, his) != 0)
        count(&r->of_father, strncmp(person->name, father->name, his) == 0);
}

static void add_person(struct realism_people *r, const struct community *block, const struct person *person)
{
    size_t band = 0;

    add_birthday(r, person);
    if (person->persona)
        return;
    while (person->age > MALE[band].until)
        band++;
    count(&r->male[band], person->sex == 'M');
    add_name(r, person);
    add_known(r, person);
    add_parents(r, block, person);
}

void realism_people_add(struct realism_people *r, const struct community *block)
{
    g_autofree bool *has_card = g_new0(bool, block->people->len);
    static const enum card_state states[STATES] = {CARD_ACTIVE, CARD_LOST, CARD_EXPIRED, CARD_DAMAGED, CARD_SUSPENDED};

    r->today = block->today;
    for (guint i = 0; i < block->cards->len; i++) {
        const struct sample_card *card = &g_array_index(block->cards, struct sample_card, i);
        has_card[card->person] = true;
        for (size_t s = 0; s < STATES; s++)
            count(&r->states[s], card->state == states[s]);
    }
    for (guint i = 0; i < block->people->len; i++) {
        const struct person *person = &g_array_index(block->people, struct person, i);
        add_person(r, block, person);
        if (!person->persona && person->age >= 6)
            count(&r->cards[person->age >= 60 ? 2 : person->age >= 18], has_card[i]);
    }
}

/* ---- Figures ---- */

static int64_t deviation(const struct spread *spread)
{
    double mean = (double)spread->sum / (double)MAX(spread->n, 1);

    return (int64_t)(10 * sqrt(MAX((double)spread->squares / (double)MAX(spread->n, 1) - mean * mean, 0)) + 0.5);
}

#define SHARE(name, counted, of, low, high, loose) {name, (counted).part, (counted).whole, of, low, high, loose}

static void put_sexes(const struct realism_people *r, bool full, GArray *figures)
{
    for (size_t i = 0; i < BANDS; i++) {
        g_autofree char *name = g_strdup_printf("male from %d on, 1/1000", i == 0 ? 0 : MALE[i - 1].until + 1);
        int64_t near = MALE[i].near + (full ? 0 : MALE[i].loose);
        realism_put(figures, name, realism_share(r->male[i].part, r->male[i].whole, 1000), MALE[i].permille - near, MALE[i].permille + near);
    }
}

static void put_names(const struct realism_people *r, bool full, GArray *figures)
{
    const struct realism_bound bounds[] = {
        SHARE("of the commonest surnames, 1/1000", r->listed, 1000, 841, 853, 40),
        SHARE("of compound surnames, 1/10000", r->compound, 10000, 7, 15, 25),
        SHARE("with the father's surname, of two, 1/1000", r->of_father, 1000, 911, 929, 40),
    };
    int64_t hard = 0;

    for (size_t i = 0; i < GENERATIONS; i++) {
        g_autofree char *name = g_strdup_printf("one character given, born until %u, 1/1000", GIVEN[i].until);
        int64_t near = GIVEN[i].near + (full ? 0 : 90);
        realism_put(figures, name, realism_share(r->one_character[i].part, r->one_character[i].whole, 1000), GIVEN[i].permille - near,
                    GIVEN[i].permille + near);
    }
    for (unsigned i = 0; i < names_hard_count && i < HARD_MAX; i++)
        hard += r->hard[i] > 0;
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "hard names", hard, names_hard_count, names_hard_count);
}

static void put_known(const struct realism_people *r, bool full, GArray *figures)
{
    const struct realism_bound bounds[] = {
        SHARE("of Han, 1/1000", r->han, 1000, 957, 963, 15),
        SHARE("of Hui, 1/1000", r->hui, 1000, 18, 22, 12),
        SHARE("of little money, 1/10000", r->poor, 10000, 73, 91, 60),
        SHARE("of little money, from 60 on, 1/10000", r->poor_old, 10000, 126, 174, 140),
        SHARE("with a disability, below 60, 1/10000", r->disabled, 10000, 185, 215, 100),
        SHARE("with a disability, from 60 on, 1/10000", r->disabled_old, 10000, 554, 646, 260),
        SHARE("with a long illness, from 60 on, 1/1000", r->chronic, 1000, 540, 560, 60),
        SHARE("with a phone, from 80 on, 1/1000", r->phones_old, 1000, 779, 821, 140),
        SHARE("with a phone, from 8 to 79, 1/1000", r->phones, 1000, 968, 972, 15),
        SHARE("large text, from 70 on, 1/1000", r->large, 1000, 808, 832, 70),
        SHARE("with a proxy, from 75 on, 1/1000", r->proxies, 1000, 126, 154, 90),
        SHARE("proxies that are children, 1/1000", r->by_child, 1000, 758, 842, 240),
        SHARE("proxies that are neighbours, 1/1000", r->by_neighbour, 1000, 51, 109, 200),
        SHARE("students of 18 to 22, 1/1000", r->students, 1000, 600, 640, 150),
        SHARE("women with a pension, of 55 to 59, 1/1000", r->pensioned, 1000, 670, 730, 250),
        SHARE("children with one parent whose parent is married, 1/1000", r->lone, 1000, 100, 200, 150),
    };

    for (size_t i = 0; i < MARRIED; i++) {
        g_autofree char *name = g_strdup_printf("married, of %d to %d, 1/1000", MARRIED_BY[i].from, MARRIED_BY[i].until);
        int64_t near = MARRIED_BY[i].near + (full ? 0 : 200);
        realism_put(figures, name, realism_share(r->married[i].part, r->married[i].whole, 1000), MARRIED_BY[i].permille - near,
                    MARRIED_BY[i].permille + near);
    }
    realism_put(figures, "married before the law lets them", r->marriage_wrong, 0, 0);
    realism_put(figures, "children whose parents live together unmarried", r->parents_apart, 0, 0);
    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
    realism_put(figures, "pupils that work, or pensioners that do not rest", r->work_wrong, 0, 0);
}

static void put_cards(const struct realism_people *r, bool full, GArray *figures)
{
    const struct realism_bound bounds[] = {
        SHARE("with a card, from 60 on, 1/1000", r->cards[2], 1000, 945, 955, 30),
        SHARE("with a card, from 18 to 59, 1/1000", r->cards[1], 1000, 694, 706, 40),
        SHARE("with a card, from 6 to 17, 1/1000", r->cards[0], 1000, 238, 262, 80),
        SHARE("cards in use, 1/1000", r->states[0], 1000, 957, 963, 20),
        SHARE("cards lost, 1/10000", r->states[1], 10000, 136, 164, 120),
        SHARE("cards expired, 1/10000", r->states[2], 10000, 136, 164, 120),
        SHARE("cards damaged, 1/10000", r->states[3], 10000, 41, 59, 60),
        SHARE("cards suspended, 1/10000", r->states[4], 10000, 41, 59, 60),
    };

    realism_put_bounds(bounds, G_N_ELEMENTS(bounds), full, figures);
}

static void put_parents(const struct realism_people *r, bool full, GArray *figures)
{
    int64_t near = full ? 0 : 10;

    realism_put(figures, "mothers' age at a birth, deviation, 1/10", deviation(&r->mothers), 41 - near, 49 + near);
    realism_put(figures, "fathers older than mothers, 1/10", realism_share(10 * r->couples.sum, r->couples.n, 1), 16 - near, 28 + near);
    realism_put(figures, "fathers older than mothers, deviation, 1/10", deviation(&r->couples), 30 - near, 38 + near);
}

/* Tomorrow's birthday is looked for where the month goes on, and nobody is born on 29 February 60 years before most days. */
static void put_birthdays(const struct realism_people *r, GArray *figures)
{
    static const char *const names[BIRTHDAYS] = {"60 today", "65 today", "80 today", "whose birthday is tomorrow", "born on 29 February"};
    int64_t least = r->today % 100 < 28 ? 1 : 0;

    for (size_t i = 0; i < BIRTHDAYS; i++)
        realism_put(figures, names[i], r->birthdays[i], i < 4 ? least : 1, G_MAXINT64);
}

void realism_people_put(struct realism_people *r, GArray *figures)
{
    bool full = r->han.whole >= REALISM_FULL - 100;

    put_sexes(r, full, figures);
    put_names(r, full, figures);
    put_known(r, full, figures);
    put_cards(r, full, figures);
    put_parents(r, full, figures);
    put_birthdays(r, figures);
}
