/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of real cards (real-card-answers.json: origin and licence stand there). Where a card's answers are complete it is
 * understood; where the collection lacks its identity, or the card is of no family here, that is said, and nothing made up.
 */
#include "citycard.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

static json_t *pairs;

/* "BJ|Wuhan", "ALL", "ALL^THU". */
static bool names(const char *cards, const char *card)
{
    g_auto(GStrv) except = g_strsplit(cards, "^", 2);
    g_auto(GStrv) list = g_strsplit(except[0], "|", -1);
    if (except[1] && strcmp(except[1], card) == 0)
        return false;
    return g_strv_contains((const char *const *)list, card) || strcmp(list[0], "ALL") == 0;
}

/* Readers differ in sending Le after a body: the same question with and without it. */
static bool same_question(const char *recorded, const uint8_t *command, size_t len)
{
    uint8_t bytes[300];
    int count = cc_unhex(recorded, bytes, sizeof bytes);
    if (count < 5)
        return false;
    size_t a = (size_t)count, b = len;
    if (bytes[1] == 0xA4)
        a = 5 + bytes[4];
    if (command[1] == 0xA4 && len > 5)
        b = 5 + command[4];
    return a == b && memcmp(bytes, command, a) == 0;
}

/* A pair that names the card goes before one for all. */
static const char *answer_of(const char *card, const uint8_t *command, size_t len)
{
    const char *found = NULL;
    size_t i;
    json_t *pair;
    json_array_foreach(pairs, i, pair)
    {
        const char *cards = json_string_value(json_object_get(pair, "cards"));
        const char *tx = json_string_value(json_object_get(pair, "tx"));
        if (!names(cards, card) || !same_question(tx, command, len))
            continue;
        bool general = g_str_has_prefix(cards, "ALL");
        if (!found || !general)
            found = json_string_value(json_object_get(pair, "rx"));
        if (!general)
            break;
    }
    return found ? found : "6A82";
}

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    int count = cc_unhex(answer_of(ctx, command, len), answer, *answer_len);
    g_assert_cmpint(count, >=, 2);
    *answer_len = (size_t)count;
    return CC_OK;
}

static int read_card(const char *name, struct cc_card *card)
{
    struct cc_channel channel = {(void *)name, transmit, NULL};
    struct cc_port port;
    cc_port_init(&port, &channel);
    return cc_card_read(&port, CC_READ_ALL & ~CC_READ_JOURNEYS, card);
}

struct expected {
    const char *name;
    enum cc_family family;
    const char *number;
    int64_t balance_fen;
    uint32_t from, to;
    size_t records;
};

static const struct expected complete[] = {
    {"BJ", CC_FAMILY_BEIJING, "1000751511409928", 5710, 20180410, 20240410, 3},
    {"SZ", CC_FAMILY_SHENZHEN, "331498659", 5710, 20170314, 20270314, 3},
    {"CU", CC_FAMILY_CITY_UNION, "0102030405060708", 5710, 20170101, 20271231, 3},
    {"CQ", CC_FAMILY_CHONGQING, "4000000212668612", 5710, 20140512, 20991231, 3},
    {"TU", CC_FAMILY_T_UNION, "3105170070104791381", 5710, 20190718, 20401231, 3},
    {"THU", CC_FAMILY_TSINGHUA, "000550A3", 5710, 20130101, 20190225, 3},
    {"Macau", CC_FAMILY_MACAU, "6032051333", 56100, 20210712, 20410712, 3},
};

static void test_complete(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(complete); i++) {
        const struct expected *expected = &complete[i];
        struct cc_card card;
        g_test_message("%s", expected->name);
        g_assert_cmpint(read_card(expected->name, &card), ==, CC_OK);
        g_assert_cmpint(card.family, ==, expected->family);
        g_assert_cmpstr(card.card_number, ==, expected->number);
        g_assert_true(card.has_balance);
        g_assert_cmpint(card.balance_fen, ==, expected->balance_fen);
        g_assert_cmpuint(card.valid_from, ==, expected->from);
        g_assert_cmpuint(card.valid_to, ==, expected->to);
        g_assert_cmpuint(card.log_count, ==, expected->records);
    }
}

static void test_details(void)
{
    struct cc_card card;
    read_card("TU", &card);
    g_assert_cmphex(card.city, ==, 0x5840);
    g_assert_true(card.interoperable);
    g_assert_cmpuint(card.card_class, ==, CC_CLASS_ORDINARY);
    g_assert_cmpuint(card.log[0].amount_fen, ==, 1000);
    g_assert_cmpuint(card.log[0].type, ==, 5);
    read_card("CQ", &card);
    g_assert_cmphex(card.city, ==, 0x4000);
    g_assert_cmpuint(card.issued, ==, 20140512);
    read_card("Macau", &card);
    g_assert_cmpuint(card.log[0].amount_fen, ==, 300); /* tenths, as the balance */
    g_assert_cmpuint(card.log[0].counter, ==, 8);
}

/* Recognised as what they are, and no identity made up. */
static void test_others(void)
{
    static const struct {
        const char *name;
        enum cc_family family;
    } rows[] = {{"UnionPay3", CC_FAMILY_BANK}, {"VISA", CC_FAMILY_BANK},    {"MC", CC_FAMILY_BANK},
                {"MC2", CC_FAMILY_BANK},       {"VISA_UP", CC_FAMILY_BANK}, {"TMoney", CC_FAMILY_ISO7816},
                {"Octo", CC_FAMILY_ISO7816},   {"ChinaID", CC_FAMILY_ISO7816},
                {"Wuhan", CC_FAMILY_ISO7816}}; /* the collection has only its DF name, "PBOC" */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct cc_card card;
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(read_card(rows[i].name, &card), ==, CC_NO_IDENTITY);
        g_assert_cmpint(card.family, ==, rows[i].family);
        g_assert_cmpstr(card.card_number, ==, "");
        g_assert_false(card.has_balance);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    json_error_t error;
    json_t *root = json_load_file(argv[1], 0, &error);
    g_assert_nonnull(root);
    pairs = json_object_get(root, "pairs");
    g_assert_cmpuint(json_array_size(pairs), >, 40);
    g_test_add_func("/real-cards/complete", test_complete);
    g_test_add_func("/real-cards/details", test_details);
    g_test_add_func("/real-cards/others", test_others);
    int status = g_test_run();
    json_decref(root);
    return status;
}
