/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"
#include "model/model.h"
#include "platform/sample/community.h"
#include <string.h>

static json_t *personas(void)
{
    json_t *json = json_load_file(COMMUNITY_DIR "/personas.json", 0, NULL);

    g_assert_nonnull(json);
    return json;
}

static void make(struct community *out, unsigned residents, uint64_t seed)
{
    g_autoptr(GError) error = NULL;
    struct community_options options = {
        .residents = residents, .seed = seed, .today = KIT_TODAY, .personas = personas()};

    bool ok = community_make(&options, out, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    json_decref(options.personas);
}

#define PERSON(c, i)    (&g_array_index((c)->people, struct person, i))
#define HOUSEHOLD(c, i) (&g_array_index((c)->households, struct household, i))
#define CARD(c, i)      (&g_array_index((c)->cards, struct sample_card, i))
#define BILL(c, i)      (&g_array_index((c)->bills, struct sample_bill, i))

static char *digest(const struct community *community)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (unsigned i = 0; i < community->people->len; i++) {
        const struct person *person = PERSON(community, i);
        g_autofree char *line =
            g_strdup_printf("%s|%s|%s|%d|%s\n", person->name, person->id_number, person->phone,
                            person->household, HOUSEHOLD(community, person->household)->address);
        g_checksum_update(sum, (const guchar *)line, -1);
    }
    for (unsigned i = 0; i < community->cards->len; i++)
        g_checksum_update(sum, (const guchar *)CARD(community, i)->number, -1);
    for (unsigned i = 0; i < community->bills->len; i++) {
        const struct sample_bill *bill = BILL(community, i);
        g_autofree char *line = g_strdup_printf("%s|%s|%" G_GINT64_FORMAT "|%d|%u\n", bill->id,
                                                bill->account_no, bill->amount_fen, bill->paid, bill->due);
        g_checksum_update(sum, (const guchar *)line, -1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static void test_deterministic(void)
{
    struct community a, b, c;

    make(&a, 1000, 42);
    make(&b, 1000, 42);
    make(&c, 1000, 43);
    g_autofree char *da = digest(&a), *db = digest(&b), *dc = digest(&c);
    g_assert_cmpstr(da, ==, db);
    g_assert_cmpstr(da, !=, dc);
    community_clear(&a);
    community_clear(&b);
    community_clear(&c);
}

static void test_people(void)
{
    struct community c;
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) phones = g_hash_table_new(g_str_hash, g_str_equal);

    make(&c, 1000, 7);
    g_assert_cmpuint(c.people->len, ==, 1000);
    for (unsigned i = 0; i < c.people->len; i++) {
        const struct person *person = PERSON(&c, i);

        g_assert_cmpint(id_number_check(person->id_number), ==, ID_OK);
        g_assert_true(g_str_has_prefix(person->id_number, "9901"));
        g_assert_cmpuint(id_number_birth(person->id_number), ==, person->birth);
        g_assert_cmpint(id_number_sex(person->id_number), ==, person->sex);
        g_assert_cmpint(age_on(person->birth, KIT_TODAY), ==, person->age);
        g_assert_true(g_hash_table_add(ids, (gpointer)person->id_number));
        g_assert_true(g_utf8_validate(person->name, -1, NULL) && *person->name != '\0');
        if (person->phone[0] == '\0')
            continue;
        g_assert_true(g_str_has_prefix(person->phone, "100") && strlen(person->phone) == 11);
        g_assert_true(g_hash_table_add(phones, (gpointer)person->phone));
    }
    community_clear(&c);
}

/* Shares of the domain's table, tolerances for a thousand people. */
static void test_pyramid(void)
{
    struct community c;
    unsigned old = 0, oldest = 0, hundred = 0, young = 0, boys = 0;

    make(&c, 1000, 7);
    for (unsigned i = 0; i < c.people->len; i++) {
        const struct person *person = PERSON(&c, i);

        old += person->age >= 60;
        oldest += person->age >= 80;
        hundred += person->age >= 100;
        young += person->age < 15;
        boys += person->age < 15 && person->sex == 'M';
    }
    g_assert_cmpuint(old, >=, 230);
    g_assert_cmpuint(old, <=, 250);
    g_assert_cmpuint(oldest, >=, 27);
    g_assert_cmpuint(oldest, <=, 37);
    g_assert_cmpuint(hundred, >=, 1);
    g_assert_cmpuint(young, >=, 114);
    g_assert_cmpuint(young, <=, 124);
    g_assert_cmpuint(boys * 100, >=, (young - boys) * 106 - 300);
    g_assert_cmpuint(boys * 100, <=, (young - boys) * 116 + 300);
    community_clear(&c);
}

/* The same at the size where the domain's own tolerances hold. */
static void test_surnames(void)
{
    static const char *const first[] = {"王", "李", "张", "刘", "陈"};
    struct community c;
    unsigned hits = 0;

    make(&c, 20000, 7);
    for (unsigned i = 0; i < c.people->len; i++)
        for (size_t j = 0; j < G_N_ELEMENTS(first); j++)
            hits += g_str_has_prefix(PERSON(&c, i)->name, first[j]);
    g_assert_cmpuint(hits * 1000 / c.people->len, >=, 290);
    g_assert_cmpuint(hits * 1000 / c.people->len, <=, 325);
    community_clear(&c);
}

static void test_households(void)
{
    struct community c;
    unsigned alone = 0;

    make(&c, 1000, 7);
    g_autofree unsigned *grown = g_new0(unsigned, c.households->len);
    g_autofree int *size = g_new0(int, c.households->len);
    g_autoptr(GHashTable) addresses = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < c.people->len; i++) {
        const struct person *person = PERSON(&c, i);

        g_assert_cmpint(person->household, >=, 0);
        size[person->household]++;
        grown[person->household] += person->age >= 18;
        if (person->mother >= 0) {
            int gap = PERSON(&c, person->mother)->age - person->age;
            g_assert_cmpint(gap, >=, 18);
            g_assert_cmpint(gap, <=, 46);
        }
    }
    for (unsigned i = 0; i < c.people->len; i++)
        if (PERSON(&c, i)->age < 16)
            g_assert_cmpuint(grown[PERSON(&c, i)->household], >, 0);
    for (unsigned i = 0; i < c.households->len; i++) {
        g_assert_cmpint(size[i], ==, HOUSEHOLD(&c, i)->size);
        g_assert_cmpint(size[i], >=, 1);
        g_assert_cmpint(size[i], <=, 9);
        g_assert_true(g_hash_table_add(addresses, HOUSEHOLD(&c, i)->address));
        g_assert_cmpuint(strlen(HOUSEHOLD(&c, i)->grid), ==, 15);
        alone += size[i] == 1;
    }
    /* 2.55 to 2.65 people a household. */
    g_assert_cmpuint(c.people->len * 100 / c.households->len, >=, 255);
    g_assert_cmpuint(c.people->len * 100 / c.households->len, <=, 265);
    g_assert_cmpuint(alone * 100 / c.households->len, >=, 12);
    community_clear(&c);
}

static void test_birthdays(void)
{
    struct community c;
    bool today60 = false, today80 = false, leap = false, tomorrow = false;

    make(&c, 1000, 7);
    for (unsigned i = 0; i < c.people->len; i++) {
        uint32_t birth = PERSON(&c, i)->birth;

        today60 = today60 || birth == KIT_TODAY - 600000;
        today80 = today80 || birth == KIT_TODAY - 800000;
        leap = leap || birth % 10000 == 229;
        tomorrow = tomorrow || birth % 10000 == KIT_TODAY % 10000 + 1;
    }
    g_assert_true(today60 && today80 && leap && tomorrow);
    community_clear(&c);
}

static void test_cards(void)
{
    struct community c;
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    unsigned lost = 0;

    make(&c, 1000, 7);
    for (unsigned i = 0; i < c.cards->len; i++) {
        const struct sample_card *card = CARD(&c, i);

        g_assert_true(g_str_has_prefix(card->number, "3109901"));
        g_assert_cmpuint(strlen(card->number), ==, 19);
        g_assert_true(luhn_ok(card->number + 3));
        g_assert_true(g_hash_table_add(numbers, (gpointer)card->number));
        g_assert_true(date_valid(card->valid_from) && date_valid(card->valid_to));
        lost += card->state == CARD_LOST;
    }
    g_assert_cmpuint(c.cards->len, >=, 620);
    g_assert_cmpuint(c.cards->len, <=, 760);
    g_assert_cmpuint(lost, >=, 2);
    community_clear(&c);
}

static void test_personas(void)
{
    struct community c;
    json_t *file = personas(), *persona;
    size_t i;
    int bills[9] = {0};
    int64_t elder_electricity = 0;

    make(&c, 1000, 7);
    json_array_foreach(json_object_get(file, "cards"), i, persona)
    {
        g_assert_cmpstr(PERSON(&c, i)->name, ==, json_string_value(json_object_get(persona, "name")));
        g_assert_cmpstr(PERSON(&c, i)->id_number, ==,
                        json_string_value(json_object_get(persona, "id_number")));
        g_assert_cmpstr(CARD(&c, i)->number + 3, ==,
                        json_string_value(json_object_get(persona, "card_number")));
    }
    g_assert_cmpint(CARD(&c, 4)->state, ==, CARD_LOST);
    g_assert_cmpint(CARD(&c, 5)->state, ==, CARD_EXPIRED);
    for (i = 0; i < c.bills->len; i++) {
        const struct sample_bill *bill = BILL(&c, i);

        if (bill->card >= 9)
            continue;
        bills[bill->card]++;
        g_assert_false(bill->paid);
        if (bill->card == 1 && strcmp(bill->biller, "ytdl") == 0) {
            elder_electricity = bill->amount_fen;
            g_assert_cmpint(community_days_between(KIT_TODAY, bill->due), ==, 6);
        }
        if (bill->card == 8)
            g_assert_cmpint(bill->amount_fen, >, 150);
    }
    g_assert_cmpint(elder_electricity, ==, 8650);
    for (i = 0; i < 9; i++) {
        if (i == 6)
            g_assert_cmpint(bills[i], ==, 0);
        else
            g_assert_true(bills[i] >= 2 && bills[i] <= 4);
    }
    json_decref(file);
    community_clear(&c);
}

static void test_bills(void)
{
    struct community c;
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned paid = 0;

    make(&c, 1000, 7);
    for (unsigned i = 0; i < c.bills->len; i++) {
        const struct sample_bill *bill = BILL(&c, i);

        g_assert_nonnull(community_biller(bill->biller));
        g_assert_true(bill->account_no[0] == 'T');
        g_assert_true(bill->amount_fen > 0 || (!bill->paid && bill->amount_fen > -10000));
        g_assert_cmpint(bill->amount_fen, <, 300000);
        g_assert_true(date_valid(bill->issue) && date_valid(bill->due) && bill->issue < bill->due);
        g_assert_cmpuint(bill->issue, <=, KIT_TODAY);
        g_assert_true(g_hash_table_add(
            keys, g_strdup_printf("%s|%s|%s", bill->biller, bill->account_no, bill->period)));
        paid += bill->paid;
    }
    g_assert_cmpuint(paid * 100 / c.bills->len, >=, 45);
    g_assert_cmpuint(paid * 100 / c.bills->len, <=, 85);
    community_clear(&c);
}

static void test_small_and_wrong(void)
{
    struct community c;
    g_autoptr(GError) error = NULL;
    struct community_options options = {.residents = 19, .seed = 1, .today = KIT_TODAY};

    g_assert_false(community_make(&options, &c, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
    for (unsigned residents = 20; residents < 200; residents += 13) {
        make(&c, residents, residents);
        g_assert_cmpuint(c.people->len, >=, residents);
        for (unsigned i = 0; i < c.people->len; i++)
            g_assert_cmpint(PERSON(&c, i)->household, >=, 0);
        community_clear(&c);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/community/deterministic", test_deterministic);
    g_test_add_func("/platform/community/people", test_people);
    g_test_add_func("/platform/community/pyramid", test_pyramid);
    g_test_add_func("/platform/community/surnames", test_surnames);
    g_test_add_func("/platform/community/households", test_households);
    g_test_add_func("/platform/community/birthdays", test_birthdays);
    g_test_add_func("/platform/community/cards", test_cards);
    g_test_add_func("/platform/community/personas", test_personas);
    g_test_add_func("/platform/community/bills", test_bills);
    g_test_add_func("/platform/community/small-and-wrong", test_small_and_wrong);
    return g_test_run();
}
