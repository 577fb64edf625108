/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/realism-year.h"
#include "platform/sample/names.h"
#include "platform/sample/places.h"
#include "model/model.h"
#include <string.h>

#define GROUPS       21
#define HOME_MAX     9
#define CHILD_BEFORE 16

struct realism {
    struct community_options options;
    int64_t people, groups[GROUPS], boys, girls, old, old_alone, hundred, local, phones_had, disabled;
    int64_t households, sizes[HOME_MAX + 2], biggest, three, lone, couples, shared, gaps, mothers, top_names, minors_alone, mothers_wrong, regions_wrong, ages_wrong, places_wrong;
    int64_t cards, housing[HOUSING_PUBLIC + 1];
    struct realism_people *known;
    struct realism_bills *bills;
    struct realism_town *town;
    struct realism_year *year;
    GArray *ids, *phones, *addresses, *numbers; /* of uint64_t: what must be there once */
    GArray *grids;                              /* of unsigned: households */
};

struct realism *realism_new(const struct community_options *options, const struct credit_rules *rules)
{
    struct realism *realism = g_new0(struct realism, 1);
    GArray **once[] = {&realism->ids, &realism->phones, &realism->addresses, &realism->numbers};

    realism->options = *options;
    for (size_t i = 0; i < G_N_ELEMENTS(once); i++)
        *once[i] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    realism->known = realism_people_new();
    realism->bills = realism_bills_new();
    realism->town = realism_town_new();
    realism->year = realism_year_new(rules);
    realism->grids = g_array_new(FALSE, TRUE, sizeof(unsigned));
    return realism;
}

void realism_free(struct realism *realism)
{
    GArray *once[] = {realism->ids, realism->phones, realism->addresses, realism->numbers, realism->grids};

    for (size_t i = 0; i < G_N_ELEMENTS(once); i++)
        g_array_unref(once[i]);
    realism_people_free(realism->known);
    realism_bills_free(realism->bills);
    realism_town_free(realism->town);
    realism_year_free(realism->year);
    g_free(realism);
}

/* ---- Once ---- */

/* FNV-1a: two of a hundred thousand texts fall together once in four thousand millions of samples. */
static void keep(GArray *array, const char *text)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);

    for (; *text != '\0'; text++)
        sum = (sum ^ (uint8_t)*text) * UINT64_C(0x100000001B3);
    g_array_append_val(array, sum);
}

static int by_value(gconstpointer a, gconstpointer b)
{
    uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;
    return one < two ? -1 : one > two;
}

static int64_t twice(GArray *array)
{
    int64_t found = 0;

    g_array_sort(array, by_value);
    for (guint i = 1; i < array->len; i++)
        found += g_array_index(array, uint64_t, i) == g_array_index(array, uint64_t, i - 1);
    return found;
}

/* ---- People ---- */

static bool is_top_name(const char *name)
{
    static const char *const top[] = {"王", "李", "张", "刘", "陈"};

    for (size_t i = 0; i < G_N_ELEMENTS(top); i++)
        if (g_str_has_prefix(name, top[i]))
            return true;
    return false;
}

static void add_numbers(struct realism *r, const struct community *block, const struct person *person)
{
    keep(r->ids, person->id_number);
    if (person->phone[0] != '\0')
        keep(r->phones, person->phone);
    r->phones_had += person->phone[0] != '\0';
    r->regions_wrong += strncmp(person->id_number, "99", 2) != 0 || id_number_check(person->id_number) != ID_OK ||
                        id_number_birth(person->id_number) != person->birth || id_number_sex(person->id_number) != person->sex;
    r->ages_wrong += age_on(person->birth, block->today) != person->age || person->age < 0;
}

static void add_person(struct realism *r, const struct community *block, const struct person *person)
{
    add_numbers(r, block, person);
    r->people++;
    r->groups[MIN(person->age / 5, GROUPS - 1)]++;
    r->boys += person->age < 15 && person->sex == 'M';
    r->girls += person->age < 15 && person->sex == 'F';
    r->old += person->age >= 60;
    r->hundred += person->age >= 100;
    r->local += person->local;
    r->disabled += person->disabled;
    r->top_names += is_top_name(person->name);
    if (person->age >= 60)
        r->old_alone += g_array_index(block->households, struct household, person->household).size == 1;
    if (person->mother < 0)
        return;
    int gap = g_array_index(block->people, struct person, person->mother).age - person->age;
    r->mothers_wrong += gap < 18 || gap > 46;
    r->gaps += gap;
    r->mothers++;
}

/* Who lives in one household. */
struct home {
    unsigned adults, minors, elders, men, parents_of_minors;
    bool child, three; /* under sixteen; three generations */
};

static const struct person *parent_at_home(const struct community *block, const struct person *person, int parent)
{
    const struct person *at = parent >= 0 ? &g_array_index(block->people, struct person, parent) : NULL;

    return at != NULL && at->household == person->household ? at : NULL;
}

static void add_to_home(const struct community *block, const struct person *person, struct home *home)
{
    const struct person *parents[] = {parent_at_home(block, person, person->mother), parent_at_home(block, person, person->father)};

    home->adults += person->age >= 18;
    home->minors += person->age < 18;
    home->elders += person->age >= 60;
    home->men += person->sex == 'M';
    home->child |= person->age < CHILD_BEFORE;
    for (size_t i = 0; i < G_N_ELEMENTS(parents); i++) {
        if (parents[i] == NULL)
            continue;
        home->parents_of_minors += person->age < 18;
        home->three |= parent_at_home(block, parents[i], parents[i]->mother) != NULL || parent_at_home(block, parents[i], parents[i]->father) != NULL;
    }
}

static void add_home(struct realism *r, const struct household *household, const struct home *home)
{
    r->three += home->three;
    r->lone += home->adults == 1 && home->minors > 0 && home->parents_of_minors == home->minors;
    r->couples += household->size == 2 && home->elders == 2 && home->men == 1;
    r->shared += household->shared;
    r->minors_alone += home->child && home->adults == 0;
}

static void add_households(struct realism *r, const struct community *block)
{
    g_autofree struct home *homes = g_new0(struct home, block->households->len);

    for (guint i = 0; i < block->people->len; i++) {
        const struct person *person = &g_array_index(block->people, struct person, i);
        add_to_home(block, person, &homes[person->household]);
    }
    for (guint i = 0; i < block->households->len; i++) {
        const struct household *household = &g_array_index(block->households, struct household, i);
        unsigned number = (unsigned)block->first + (unsigned)((uint64_t)i * block->people->len / block->households->len);
        unsigned grid = (unsigned)((uint64_t)number * PLACES_COMMUNITIES * PLACES_GRIDS / PLACES_CITY);

        r->households++;
        r->housing[household->housing]++;
        r->sizes[CLAMP(household->size, 0, HOME_MAX + 1)]++;
        r->biggest = MAX(r->biggest, household->size);
        add_home(r, household, &homes[i]);
        r->places_wrong += strncmp(household->grid, "99", 2) != 0 || household->lat_e6 < 29950000 || household->lat_e6 > 30050000 ||
                           household->lon_e6 < 127950000 || household->lon_e6 > 128050000;
        keep(r->addresses, household->address);
        if (grid >= r->grids->len)
            g_array_set_size(r->grids, grid + 1);
        g_array_index(r->grids, unsigned, grid)++;
    }
}

void realism_add(struct realism *r, const struct community *block, const GArray *acts)
{
    for (guint i = 0; i < block->people->len; i++)
        add_person(r, block, &g_array_index(block->people, struct person, i));
    add_households(r, block);
    for (guint i = 0; i < block->cards->len; i++) {
        const struct sample_card *card = &g_array_index(block->cards, struct sample_card, i);
        keep(r->numbers, card->number);
        r->cards++;
    }
    realism_people_add(r->known, block);
    realism_bills_add(r->bills, block);
    if (acts == NULL)
        return;
    realism_year_add(r->year, block, acts);
    realism_town_add(r->town, block, &r->options);
}

/* ---- Figures ---- */

void realism_put(GArray *figures, const char *name, int64_t value, int64_t low, int64_t high)
{
    struct realism_figure figure = {.value = value, .low = low, .high = high};

    g_strlcpy(figure.name, name, sizeof figure.name);
    g_array_append_val(figures, figure);
}

int64_t realism_share(int64_t part, int64_t whole, int64_t of)
{
    return whole > 0 ? part * of / whole : 0;
}

/* The table of the domain, in 1/100,000. */
static void put_groups(const struct realism *r, GArray *figures)
{
    static const int64_t table[GROUPS] = {3600, 4400, 3900, 3600, 5400, 7400, 9600, 8600, 7200, 7300, 8000,
                                          7000, 6600, 6900, 4600, 2700, 1800, 1000, 330,  65,   5};
    int64_t room = 500000 / MAX(r->people, 1);

    for (unsigned i = 0; i < GROUPS; i++) {
        g_autofree char *name = g_strdup_printf("age %u to %u, 1/100000", i * 5, i * 5 + 4);
        int64_t value = realism_share(r->groups[i], r->people, 100000);
        /* The domain's 0.3 points are more than the oldest groups have: those keep to a twentieth of their share. */
        int64_t slack = MIN(300, table[i] / 20 + 2) + room;
        realism_put(figures, name, value, table[i] - slack, table[i] + slack);
    }
}

/* The last grid is filled only with a whole city. */
static void put_grids(const struct realism *r, GArray *figures)
{
    guint count = r->people % PLACES_CITY == 0 ? r->grids->len : MAX(r->grids->len, 1) - 1;
    int64_t low = 300, high = 300;

    for (guint i = 0; i < count; i++) {
        low = MIN(low, (int64_t)g_array_index(r->grids, unsigned, i));
        high = MAX(high, (int64_t)g_array_index(r->grids, unsigned, i));
    }
    realism_put(figures, "smallest grid, households", low, 250, 450);
    realism_put(figures, "largest grid, households", high, 250, 450);
}

static void put_people(struct realism *r, GArray *figures)
{
    bool full = r->people >= REALISM_FULL;

    realism_put(figures, "people", r->people, r->options.residents, r->options.residents);
    put_groups(r, figures);
    realism_put(figures, "people of 100 and more", r->hundred, r->people >= PLACES_CITY ? 5 * (r->people / PLACES_CITY) : 1, r->people);
    realism_put(figures, "boys to 1000 girls", realism_share(r->boys, r->girls, 1000), full ? 1060 : 900, full ? 1160 : 1350);
    realism_put(figures, "five commonest surnames, 1/1000", realism_share(r->top_names, r->people, 1000), full ? 290 : 230, full ? 315 : 380);
    realism_put(figures, "of here, 1/1000", realism_share(r->local, r->people, 1000), full ? 770 : 720, full ? 790 : 840);
    realism_put(figures, "with a disability, 1/1000", realism_share(r->disabled, r->people, 1000), full ? 24 : 10, full ? 34 : 60);
    realism_put(figures, "with a phone, 1/1000", realism_share(r->phones_had, r->people, 1000), full ? 870 : 820, 970);
    realism_put(figures, "ID numbers twice", twice(r->ids), 0, 0);
    realism_put(figures, "phones twice", twice(r->phones), 0, 0);
    realism_put(figures, "ID numbers not of region 99 or not valid", r->regions_wrong, 0, 0);
    realism_put(figures, "ages that are not those of the birth date", r->ages_wrong, 0, 0);
    realism_put(figures, "mothers not 18 to 46 at a birth", r->mothers_wrong, 0, 0);
}

/* Drawn for some two hundred compounds, of which a deviation is three and a half points of the largest share. */
static void put_places(const struct realism *r, GArray *figures)
{
    static const struct { const char *name; int64_t low, high; } HOUSING[] = {[HOUSING_OLD] = {"homes in old blocks, 1/1000", 450, 650},
                                                                              [HOUSING_TOWER] = {"homes in towers, 1/1000", 205, 395},
                                                                              [HOUSING_LANE] = {"homes in lanes, 1/1000", 40, 165},
                                                                              [HOUSING_PUBLIC] = {"homes in public housing, 1/1000", 5, 100}};

    for (size_t i = 0; r->people >= REALISM_FULL && i < G_N_ELEMENTS(HOUSING); i++)
        realism_put(figures, HOUSING[i].name, realism_share(r->housing[i], r->households, 1000), HOUSING[i].low, HOUSING[i].high);
    if (r->people >= PLACES_CITY)
        realism_put(figures, "kiosks", year_kiosks((unsigned)r->people), 30, 30);
}

static void put_homes(struct realism *r, GArray *figures)
{
    bool full = r->people >= REALISM_FULL;
    static const int sizes[] = {250, 295, 215, 135, 70, 25, 10}; /* of the domain, each within three thousandths */
    int near = full ? 3 : 60;

    realism_put(figures, "mean household, 1/1000", realism_share(r->people, r->households, 1000), full ? 2550 : 2400, full ? 2650 : 2800);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *name = g_strdup_printf("households of %u, 1/1000", i + 1);
        realism_put(figures, name, realism_share(r->sizes[i + 1], r->households, 1000), sizes[i] - near, sizes[i] + near);
    }
    realism_put(figures, "of three generations, 1/1000", realism_share(r->three, r->households, 1000), 90 - near, 90 + near);
    realism_put(figures, "of a lone parent, 1/1000", realism_share(r->lone, r->households, 1000), 50 - near, 50 + near);
    realism_put(figures, "shared, 1/1000", realism_share(r->shared, r->households, 1000), 40 - near, 40 + near);
    realism_put(figures, "of 60 and more, as a couple, 1/1000", realism_share(2 * r->couples, r->old, 1000), 380 - 2 * near, 380 + 2 * near);
    realism_put(figures, "mothers' age at a birth, 1/10", realism_share(r->gaps, r->mothers, 10), full ? 275 : 260, full ? 295 : 310);
    realism_put(figures, "largest household", r->biggest, 3, HOME_MAX);
    realism_put(figures, "of 60 and more, alone, 1/1000", realism_share(r->old_alone, r->old, 1000), 120 - near, 120 + near);
    realism_put(figures, "minors without an adult", r->minors_alone, 0, 0);
    realism_put(figures, "addresses twice", twice(r->addresses), 0, 0);
    realism_put(figures, "homes outside the sea", r->places_wrong, 0, 0);
    put_grids(r, figures);
    put_places(r, figures);
}

GArray *realism_figures(struct realism *r)
{
    GArray *figures = g_array_new(FALSE, TRUE, sizeof(struct realism_figure));
    bool full = r->people >= REALISM_FULL;

    put_people(r, figures);
    put_homes(r, figures);
    realism_put(figures, "cards to 1000 people", realism_share(r->cards, r->people, 1000), full ? 650 : 560, full ? 730 : 800);
    realism_put(figures, "card numbers twice", twice(r->numbers), 0, 0);
    realism_people_put(r->known, figures);
    realism_bills_put(r->bills, r->people, r->options.year, figures);
    if (r->options.year) {
        realism_year_put(r->year, r->people, figures);
        realism_town_put(r->town, &r->options, r->people, figures);
    }
    return figures;
}

bool realism_holds(const struct realism_figure *figure)
{
    return figure->value >= figure->low && figure->value <= figure->high;
}

GArray *realism_check(const struct community_options *options, const struct credit_rules *rules, GError **error)
{
    struct realism *r = realism_new(options, rules);
    GArray *figures;

    for (unsigned i = 0; i < community_blocks(options->residents); i++) {
        struct community block;
        if (!community_block_make(options, i, &block, error)) {
            realism_free(r);
            return NULL;
        }
        g_autoptr(GArray) acts = options->year ? year_plan(&block, options, rules) : NULL;
        realism_add(r, &block, acts);
        community_clear(&block);
    }
    figures = realism_figures(r);
    realism_free(r);
    return figures;
}
