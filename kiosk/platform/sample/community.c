/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/community.h"
#include "platform/data/error.h"
#include <string.h>

static void person_clear(gpointer data)
{
    g_free(((struct person *)data)->name);
}

static void household_clear(gpointer data)
{
    g_free(((struct household *)data)->address);
}

bool community_make(const struct community_options *options, struct community *out, GError **error)
{
    memset(out, 0, sizeof *out);
    if (options->residents < 20 || options->residents > 1000000) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "residents must be 20 to 1,000,000");
        return false;
    }
    out->today = options->today;
    out->people = g_array_new(FALSE, TRUE, sizeof(struct person));
    out->households = g_array_new(FALSE, TRUE, sizeof(struct household));
    out->cards = g_array_new(FALSE, TRUE, sizeof(struct sample_card));
    out->bills = g_array_new(FALSE, TRUE, sizeof(struct sample_bill));
    g_array_set_clear_func(out->people, person_clear);
    g_array_set_clear_func(out->households, household_clear);
    if (!community_people(out, options, error) || !community_cards(out, options, error)) {
        community_clear(out);
        return false;
    }
    community_bills(out, options);
    return true;
}

void community_clear(struct community *community)
{
    g_clear_pointer(&community->people, g_array_unref);
    g_clear_pointer(&community->households, g_array_unref);
    g_clear_pointer(&community->cards, g_array_unref);
    g_clear_pointer(&community->bills, g_array_unref);
}

const char *card_state_name(enum card_state state)
{
    static const char *const names[] = {"active", "lost", "expired", "damaged", "suspended"};

    return names[state];
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
