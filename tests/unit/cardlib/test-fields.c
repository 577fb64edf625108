/* SPDX-License-Identifier: Apache-2.0 */
/* TLV, the FCI, and the files of T-Union, each also cut at every length. */
#include "citycard.h"
#include "script.h"
#include "tlv.h"
#include "fields.h"

#include <string.h>

/* A published sample answer to SELECT. */
#define SAMPLE_EF15 "01011000FFFFFFFF 02 01 03105170070104791381 20190718 20401231 0000"
#define SAMPLE_FCI  "6F31 8408A000000632010105 A525 9F080102 9F0C1E " SAMPLE_EF15

static struct cc_bytes bytes_of(const char *hex, uint8_t room[256])
{
    return cc_bytes_of(room, unhex(hex, room, 256));
}

/* A copy of exactly `len` bytes, so that the sanitizer sees a read beyond. */
static struct cc_bytes cut_copy(const uint8_t *bytes, size_t len, uint8_t **owned)
{
    *owned = g_malloc(MAX(len, 1));
    for (size_t i = 0; i < len; i++)
        (*owned)[i] = bytes[i];
    return cc_bytes_of(*owned, len);
}

static void test_tlv_forms(void)
{
    uint8_t room[256];
    struct cc_tlv object;
    struct cc_bytes in = bytes_of("00 FF 84 02 A1A2 9F0C 81 01 33 5F8101 820001 44 00", room);
    g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_OBJECT);
    g_assert_cmphex(object.tag, ==, 0x84);
    g_assert_cmpuint(object.value.left, ==, 2);
    g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_OBJECT);
    g_assert_cmphex(object.tag, ==, 0x9F0C);
    g_assert_cmphex(object.value.at[0], ==, 0x33);
    g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_OBJECT);
    g_assert_cmphex(object.tag, ==, 0x5F8101);
    g_assert_cmphex(object.value.at[0], ==, 0x44);
    g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_END);
}

static void test_tlv_malformed(void)
{
    static const char *const bad[] = {"84",           "84 03 0102",  "84 80 01", "84 83 000001 01",
                                      "84 81",        "84 82 00",    "9F",       "9F81 ",
                                      "9F8181 01 00", "6F 82FFFF 00"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint8_t room[256];
        struct cc_tlv object;
        struct cc_bytes in = bytes_of(bad[i], room);
        g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_MALFORMED);
        g_assert_cmpuint(object.value.left, ==, 0);
        g_assert_cmpint(cc_tlv_next(&in, &object), ==, CC_TLV_MALFORMED); /* and does not recover */
    }
}

static void test_tlv_limits(void)
{
    uint8_t room[256];
    struct cc_bytes value;
    g_assert_true(cc_tlv_find(bytes_of("6F06 A504 6102 8400", room), 0x84, &value));
    g_assert_false(cc_tlv_find(bytes_of("6F0A A508 6106 6204 6302 8400", room), 0x84, &value)); /* too deep */
    uint8_t many[2 * 70] = {0};
    for (size_t i = 0; i < sizeof many; i += 2)
        many[i] = i == 2 * 69 ? 0x84 : 0x85;
    g_assert_false(cc_tlv_find(cc_bytes_of(many, sizeof many), 0x84, &value)); /* too many */
    g_assert_true(cc_tlv_find(cc_bytes_of(many + 20, sizeof many - 20), 0x84, &value));
}

static int take(size_t file, struct cc_bytes in, struct cc_card *card)
{
    struct cc_reading reading = {.card = card};
    return cc_fields_take(&cc_family_desc_of(CC_FAMILY_T_UNION)->files[file], in, &reading);
}

static struct cc_bytes in_fci(struct cc_bytes fci)
{
    struct cc_bytes value;
    return cc_tlv_find(fci, 0x9F0C, &value) ? value : cc_bytes_of(NULL, 0);
}

static void check_sample(const struct cc_card *card)
{
    g_assert_cmpstr(card->card_number, ==, "3105170070104791381");
    assert_hex(card->serial, 8, "5170070104791381");
    assert_hex(card->issuer, 8, "01011000FFFFFFFF");
    g_assert_cmpuint(card->app_type, ==, 2);
    g_assert_cmpuint(card->app_version, ==, 1);
    g_assert_cmpuint(card->valid_from, ==, 20190718);
    g_assert_cmpuint(card->valid_to, ==, 20401231);
    g_assert_cmphex(card->city, ==, 0x1000);
}

static void test_fci(void)
{
    uint8_t room[256];
    struct cc_card card = {0};
    struct cc_bytes application = in_fci(bytes_of(SAMPLE_FCI, room));
    g_assert_cmpuint(application.left, ==, 30);
    g_assert_cmpint(take(0, application, &card), ==, CC_OK);
    check_sample(&card);
}

static void test_fci_cut(void)
{
    uint8_t room[256];
    struct cc_bytes whole = bytes_of(SAMPLE_FCI, room);
    for (size_t len = 0; len < whole.left; len++) {
        uint8_t *owned;
        struct cc_bytes fci = cut_copy(room, len, &owned);
        g_assert_cmpuint(in_fci(fci).left, ==, 0);
        g_free(owned);
    }
}

static void test_ef15_cut(void)
{
    uint8_t room[256];
    bytes_of(SAMPLE_EF15, room);
    for (size_t len = 0; len <= 30; len++) {
        uint8_t *owned;
        struct cc_card card = {0}, untouched = {0};
        int result = take(0, cut_copy(room, len, &owned), &card);
        g_free(owned);
        g_assert_cmpint(result, ==, len >= 28 ? CC_OK : CC_ERR_PROTOCOL);
        if (len >= 28)
            check_sample(&card);
        else
            g_assert_cmpmem(&card, sizeof card, &untouched, sizeof untouched);
    }
}

static int parse_ef15(const char *hex, struct cc_card *card)
{
    uint8_t room[256];
    memset(card, 0, sizeof *card);
    return take(0, bytes_of(hex, room), card);
}

static void test_ef15_numbers(void)
{
    struct cc_card card;
    const char *demo = "01019901FFFFFFFF 02 01 00009901000000001017 20240301 20340228 0000";
    g_assert_cmpint(parse_ef15(demo, &card), ==, CC_OK);
    g_assert_cmpstr(card.card_number, ==, "9901000000001017");
    assert_hex(card.serial, 8, "9901000000001017");
    g_assert_cmphex(card.city, ==, 0x9901);
    g_assert_cmpint(parse_ef15("01019901FFFFFFFF 02 01 12345678901234567890 20240301 20340228", &card), ==,
                    CC_OK);
    g_assert_cmpstr(card.card_number, ==, "12345678901234567890");
    g_assert_cmpint(parse_ef15("01019901FFFFFFFF 02 01 0000990100000000101A 20240301 20340228", &card), ==,
                    CC_ERR_PROTOCOL);
    g_assert_cmpint(parse_ef15("01019901FFFFFFFF 02 01 00000000000000000000 20240301 20340228", &card), ==,
                    CC_NOT_FOUND);
    g_assert_cmpint(parse_ef15("01019901FFFFFFFF 02 01 FFFFFFFFFFFFFFFFFFFF 20240301 20340228", &card), ==,
                    CC_NOT_FOUND);
    g_assert_cmpint(parse_ef15("01019901FFFFFFFF 02 01 00009901000000001017 FFFFFFFF 20341332", &card), ==,
                    CC_OK);
    g_assert_cmpuint(card.valid_from, ==, 0);
    g_assert_cmpuint(card.valid_to, ==, 0);
}

#define HOLDER                                                                                               \
    "00 01 D5C5D0E3D3A2 0000000000000000000000000000 "                                                       \
    "393930313032313934343033303830303231 0000000000000000000000000000 02"

static void test_ef16(void)
{
    uint8_t room[256];
    struct cc_bytes whole = bytes_of(HOLDER, room);
    g_assert_cmpuint(whole.left, ==, 55);
    for (size_t len = 0; len <= 55; len++) {
        uint8_t *owned;
        struct cc_card card = {0};
        int result = take(1, cut_copy(room, len, &owned), &card);
        g_free(owned);
        g_assert_cmpint(result, ==, len >= 54 ? CC_OK : CC_ERR_PROTOCOL);
        g_assert_cmpstr(card.holder.name, ==, len >= 54 ? "张秀英" : "");
        g_assert_cmpstr(card.holder.id_number, ==, len >= 54 ? "990102194403080021" : "");
        g_assert_cmpuint(card.holder.id_type, ==, len == 55 ? 2 : 0);
        g_assert_cmpuint(card.holder.staff, ==, len >= 54);
    }
}

static void test_ef16_blank(void)
{
    static const uint8_t fill[] = {0x00, 0xFF, ' '};
    for (size_t i = 0; i < sizeof fill; i++) {
        uint8_t bytes[55];
        struct cc_card card = {0};
        memset(bytes, fill[i], sizeof bytes);
        take(1, cc_bytes_of(bytes, sizeof bytes), &card);
        g_assert_cmpstr(card.holder.name, ==, "");
        g_assert_cmpstr(card.holder.id_number, ==, "");
    }
}

static void test_ef17(void)
{
    uint8_t room[256];
    bytes_of("00000156 5800 5840 0001 03", room);
    for (size_t len = 0; len <= 11; len++) {
        uint8_t *owned;
        struct cc_card card = {.city = 0x1000};
        int result = take(2, cut_copy(room, len, &owned), &card);
        g_free(owned);
        g_assert_cmpint(result == CC_OK, ==, len == 11);
        g_assert_cmphex(card.city, ==, len == 11 ? 0x5840 : 0x1000);
        g_assert_cmpuint(card.card_class, ==, len == 11 ? CC_CLASS_ELDER : 0);
        g_assert_true(card.interoperable == (len == 11));
    }
}

static void test_ef17_blank(void)
{
    uint8_t room[256];
    struct cc_card card = {.city = 0x1000};
    g_assert_cmpint(take(2, bytes_of("0000000000000000000000", room), &card), ==,
                    CC_NOT_FOUND);
    g_assert_cmpint(take(2, bytes_of("FFFFFFFFFFFFFFFFFFFFFF", room), &card), ==,
                    CC_NOT_FOUND);
    g_assert_cmpint(take(2, bytes_of("00000156 0000 0000 0000 FF", room), &card), ==,
                    CC_OK);
    g_assert_cmphex(card.city, ==, 0x1000);
    g_assert_cmpuint(card.card_class, ==, 0);
}

static void test_ef18(void)
{
    uint8_t room[256];
    struct cc_log_entry entry, nothing = {0};
    bytes_of("042D 000000 000001F4 09 300089000340 20241229 141740", room);
    for (size_t len = 0; len < 23; len++) {
        uint8_t *owned;
        int result = cc_log_parse(cut_copy(room, len, &owned), 1, &entry);
        g_free(owned);
        g_assert_cmpint(result, ==, CC_ERR_PROTOCOL);
        g_assert_cmpmem(&entry, sizeof entry, &nothing, sizeof nothing);
    }
    g_assert_cmpint(cc_log_parse(cc_bytes_of(room, 23), 1, &entry), ==, CC_OK);
    g_assert_cmphex(entry.counter, ==, 0x042D);
    g_assert_cmpuint(entry.amount_fen, ==, 500);
    g_assert_cmpuint(entry.type, ==, 9);
    assert_hex(entry.terminal, 6, "300089000340");
    assert_hex(entry.date_bcd, 4, "20241229");
    assert_hex(entry.time_bcd, 3, "141740");
    room[5] = 0x80; /* top bit of the amount is noise */
    g_assert_cmpint(cc_log_parse(cc_bytes_of(room, 23), 1, &entry), ==, CC_OK);
    g_assert_cmpuint(entry.amount_fen, ==, 500);
    memset(room, 0xFF, 23);
    g_assert_cmpint(cc_log_parse(cc_bytes_of(room, 23), 1, &entry), ==, CC_NOT_FOUND);
}

static void test_valid_on(void)
{
    struct cc_card card = {
        .family = CC_FAMILY_T_UNION, .app_version = 1, .valid_from = 20240301, .valid_to = 20340228};
    g_assert_false(cc_card_valid_on(&card, 20240229));
    g_assert_true(cc_card_valid_on(&card, 20240301));
    g_assert_true(cc_card_valid_on(&card, 20340228));
    g_assert_false(cc_card_valid_on(&card, 20340301));
    card.blocked = true;
    g_assert_false(cc_card_valid_on(&card, 20300101));
    card.blocked = false;
    card.app_version = 2; /* stopped */
    g_assert_false(cc_card_valid_on(&card, 20300101));
    card.app_version = 0; /* not enabled */
    g_assert_false(cc_card_valid_on(&card, 20300101));
    card = (struct cc_card){.family = CC_FAMILY_T_UNION, .app_version = 1}; /* no dates told */
    g_assert_true(cc_card_valid_on(&card, 20300101));
    card.family = CC_FAMILY_UNKNOWN;
    g_assert_false(cc_card_valid_on(&card, 20300101));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tlv/forms", test_tlv_forms);
    g_test_add_func("/tlv/malformed", test_tlv_malformed);
    g_test_add_func("/tlv/limits", test_tlv_limits);
    g_test_add_func("/fields/fci", test_fci);
    g_test_add_func("/fields/fci-cut", test_fci_cut);
    g_test_add_func("/fields/ef15-cut", test_ef15_cut);
    g_test_add_func("/fields/ef15-numbers", test_ef15_numbers);
    g_test_add_func("/fields/ef16", test_ef16);
    g_test_add_func("/fields/ef16-blank", test_ef16_blank);
    g_test_add_func("/fields/ef17", test_ef17);
    g_test_add_func("/fields/ef17-blank", test_ef17_blank);
    g_test_add_func("/fields/ef18", test_ef18);
    g_test_add_func("/fields/valid-on", test_valid_on);
    return g_test_run();
}
