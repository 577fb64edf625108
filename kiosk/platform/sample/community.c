/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/community.h"
#include "platform/data/error.h"
#include "platform/sample/dirty.h"
#include <string.h>

static void person_clear(gpointer data)
{
    g_free(((struct person *)data)->name);
}

static void household_clear(gpointer data)
{
    g_free(((struct household *)data)->address);
}

static bool options_good(const struct community_options *options, GError **error)
{
    if (options->residents >= 20 && options->residents <= 1000000)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "residents must be 20 to 1,000,000");
    return false;
}

static void begin(struct community *out, const struct community_options *options, unsigned block)
{
    *out = (struct community){.today = options->today, .block = block, .first = (int)(block * COMMUNITY_BLOCK)};
    out->people = g_array_new(FALSE, TRUE, sizeof(struct person));
    out->households = g_array_new(FALSE, TRUE, sizeof(struct household));
    out->cards = g_array_new(FALSE, TRUE, sizeof(struct sample_card));
    out->bills = g_array_new(FALSE, TRUE, sizeof(struct sample_bill));
    out->doubles = g_array_new(FALSE, TRUE, sizeof(struct person));
    out->dirt = g_array_new(FALSE, TRUE, sizeof(struct dirt));
    g_array_set_clear_func(out->doubles, person_clear);
    g_array_set_clear_func(out->people, person_clear);
    g_array_set_clear_func(out->households, household_clear);
}

unsigned community_blocks(unsigned residents)
{
    return MAX(1, residents / COMMUNITY_BLOCK);
}

bool community_block_make(const struct community_options *options, unsigned block, struct community *out, GError **error)
{
    if (!options_good(options, error))
        return false;
    begin(out, options, block);
    if (!community_people(out, options, error) || !community_cards(out, options, error)) {
        community_clear(out);
        return false;
    }
    community_bills(out, options);
    community_dirty(out, options);
    return true;
}

static int moved(int index, unsigned by)
{
    return index < 0 ? index : index + (int)by;
}

/* The block's rows behind what there is, and its memory with them. */
static void append(struct community *all, struct community *block)
{
    unsigned people = all->people->len, households = all->households->len, cards = all->cards->len;

    for (unsigned i = 0; i < block->people->len; i++) {
        struct person *person = &g_array_index(block->people, struct person, i);
        person->household = moved(person->household, households);
        person->mother = moved(person->mother, people);
        person->father = moved(person->father, people);
    }
    for (unsigned i = 0; i < block->doubles->len; i++) {
        struct person *twin = &g_array_index(block->doubles, struct person, i);
        twin->household = moved(twin->household, households);
    }
    for (unsigned i = 0; i < block->cards->len; i++)
        g_array_index(block->cards, struct sample_card, i).person += (int)people;
    for (unsigned i = 0; i < block->bills->len; i++)
        g_array_index(block->bills, struct sample_bill, i).card += (int)cards;
    g_array_append_vals(all->people, block->people->data, block->people->len);
    g_array_append_vals(all->households, block->households->data, block->households->len);
    g_array_append_vals(all->cards, block->cards->data, block->cards->len);
    g_array_append_vals(all->bills, block->bills->data, block->bills->len);
    g_array_append_vals(all->doubles, block->doubles->data, block->doubles->len);
    g_array_append_vals(all->dirt, block->dirt->data, block->dirt->len);
    g_array_set_clear_func(block->people, NULL);
    g_array_set_clear_func(block->doubles, NULL);
    g_array_set_clear_func(block->households, NULL);
    community_clear(block);
}

bool community_make(const struct community_options *options, struct community *out, GError **error)
{
    memset(out, 0, sizeof *out);
    if (!options_good(options, error))
        return false;
    begin(out, options, 0);
    for (unsigned block = 0; block < community_blocks(options->residents); block++) {
        struct community part;
        if (!community_block_make(options, block, &part, error)) {
            community_clear(out);
            return false;
        }
        append(out, &part);
    }
    return true;
}

bool community_resident(const struct community_options *options, unsigned number, struct community *out, int *at, GError **error)
{
    unsigned block = MIN(number / COMMUNITY_BLOCK, community_blocks(options->residents) - 1);

    if (number >= options->residents) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "there is no resident %u", number);
        return false;
    }
    *at = (int)(number - block * COMMUNITY_BLOCK);
    return community_block_make(options, block, out, error);
}

void community_clear(struct community *community)
{
    g_clear_pointer(&community->people, g_array_unref);
    g_clear_pointer(&community->households, g_array_unref);
    g_clear_pointer(&community->cards, g_array_unref);
    g_clear_pointer(&community->bills, g_array_unref);
    g_clear_pointer(&community->doubles, g_array_unref);
    g_clear_pointer(&community->dirt, g_array_unref);
}

static GDate gdate_of(uint32_t date)
{
    GDate out;

    g_date_clear(&out, 1);
    g_date_set_dmy(&out, (GDateDay)(date % 100), (GDateMonth)(date / 100 % 100), (GDateYear)(date / 10000));
    return out;
}

uint32_t community_date_add(uint32_t date, int days)
{
    GDate d = gdate_of(date);

    if (days >= 0)
        g_date_add_days(&d, (guint)days);
    else
        g_date_subtract_days(&d, (guint)-days);
    return (uint32_t)g_date_get_year(&d) * 10000 + (uint32_t)g_date_get_month(&d) * 100 + g_date_get_day(&d);
}

int community_days_between(uint32_t from, uint32_t to)
{
    GDate a = gdate_of(from), b = gdate_of(to);

    return g_date_days_between(&a, &b);
}
