/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and ages, check digits, masks, the offline ladder, ids, tokens and the hash of one journal row. */
#include "model/model.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

/* ---- Dates ------------------------------------------------------------------------------------------------------- */

static void test_dates(void)
{
    g_assert_cmpuint(date_of_ms(0), ==, 19700101);
    g_assert_cmpint(ms_of_date(19700101), ==, -8 * HOUR_MS);
    g_assert_cmpuint(date_of_ms(-8 * HOUR_MS - 1), ==, 19691231);
    g_assert_cmpint(ms_of_date(20261122), ==,
                    INT64_C(1795276800000)); /* date -d '2026-11-22 00:00 +0800' +%s */
    g_assert_cmpuint(date_of_ms(INT64_C(1795276799999)), ==, 20261121);
    g_assert_cmpuint(date_of_ms(INT64_MAX), ==, 0);
    g_assert_cmpuint(date_of_ms(INT64_MIN), ==, 0);
    g_assert_cmpuint(date_of_ms(ms_of_date(10101)), ==, 10101);
    g_assert_cmpuint(date_of_ms(ms_of_date(99991231) + 24 * HOUR_MS - 1), ==, 99991231);
    g_assert_cmpuint(date_of_ms(ms_of_date(99991231) + 24 * HOUR_MS), ==, 0);
    g_assert_cmpint(ms_of_date(20260230), ==, 0);
}

/* Every day of four centuries follows the one before, 24 hours later. */
static void test_date_every_day(void)
{
    uint32_t days = 0;

    for (int64_t ms = ms_of_date(18000101); ms < ms_of_date(22000101); ms += 24 * HOUR_MS, days++) {
        uint32_t date = date_of_ms(ms);
        g_assert_true(date_valid(date));
        g_assert_cmpint(ms_of_date(date), ==, ms);
        g_assert_cmpuint(date_of_ms(ms - 1), <, date);
    }
    g_assert_cmpuint(days, ==, 146097);
}

static void test_date_valid(void)
{
    static const uint32_t BAD[] = {0,        20260001, 20261301,  20260100,  20260132,
                                   20260229, 21000229, 100000101, UINT32_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
        g_assert_false(date_valid(BAD[i]));
    g_assert_true(date_valid(20000229));
    g_assert_true(date_valid(20240229));
}

static void test_age(void)
{
    g_assert_cmpint(age_on(19611122, 20261122), ==, 65);
    g_assert_cmpint(age_on(19611123, 20261122), ==, 64);
    g_assert_cmpint(age_on(20000229, 20250228), ==, 25);
    g_assert_cmpint(age_on(20000229, 20250227), ==, 24);
    g_assert_cmpint(age_on(20000229, 20240228), ==, 23);
    g_assert_cmpint(age_on(20000229, 20240229), ==, 24);
    g_assert_cmpint(age_on(20261122, 20261122), ==, 0);
    g_assert_cmpint(age_on(20261123, 20261122), ==, -1);
    g_assert_cmpint(age_on(0, 20261122), ==, -1);
    g_assert_cmpint(age_on(20000101, 20261399), ==, -1);
}

/* ---- Check digits ------------------------------------------------------------------------------------------------ */

static void test_id_number(void)
{
    static const char *const GOOD[] = {"11010519491231002X", "440524188001010014", "990102193806070018",
                                       "990102193806070026", "990102195201318884", "990102201602290358",
                                       "990104196508151203", "99010219450903009X", "99010219450903009x"};

    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        char wrong[19];
        g_assert_cmpint(id_number_check(GOOD[i]), ==, ID_OK);
        g_strlcpy(wrong, GOOD[i], sizeof wrong);
        wrong[17] = g_ascii_isdigit(wrong[17]) ? (char)('0' + (wrong[17] - '0' + 1) % 10) : '0';
        g_assert_cmpint(id_number_check(wrong), ==, ID_BAD_CHECK);
        g_assert_cmpuint(id_number_birth(wrong), ==, 0);
        g_assert_cmpint(id_number_sex(wrong), ==, 0);
    }
    g_assert_cmpint(id_number_sex("990102193806070018"), ==, 'M');
    g_assert_cmpint(id_number_sex("990102193806070026"), ==, 'F');
    g_assert_cmpuint(id_number_birth("990102201602290358"), ==, 20160229);
    g_assert_cmpint(id_number_check("990102201502290358"), ==, ID_BAD_DATE);
}

static void test_id_number_form(void)
{
    static const char *const BAD[] = {NULL,
                                      "",
                                      "11010519491231002",
                                      "11010519491231002XX",
                                      "1101051949123100 X",
                                      "X10105194912310021",
                                      "11010519491231002Y",
                                      "11010519491231００2X"};

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
        g_assert_cmpint(id_number_check(BAD[i]), ==, ID_BAD_FORM);
}

static void test_id_upgrade(void)
{
    char id[19] = "untouched";

    g_assert_false(id_number_upgrade("110105491331002", id));
    g_assert_false(id_number_upgrade("11010549123100X", id));
    g_assert_false(id_number_upgrade("11010549123100", id));
    g_assert_false(id_number_upgrade(NULL, id));
    g_assert_cmpstr(id, ==, "untouched");
    g_assert_true(id_number_upgrade("110105491231002", id));
    g_assert_cmpstr(id, ==, "11010519491231002X");
}

static void test_luhn(void)
{
    static const char *const GOOD[] = {"9901000000000019", "9901000000000027", "9901000001000000",
                                       "9901000000001017"};

    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        g_autofree char *body = g_strndup(GOOD[i], strlen(GOOD[i]) - 1);
        g_assert_true(luhn_ok(GOOD[i]));
        g_assert_cmpint(luhn_digit(body), ==, GOOD[i][strlen(body)]);
        for (size_t at = 0; GOOD[i][at] != '\0'; at++) { /* every single wrong digit is found */
            g_autofree char *wrong = g_strdup(GOOD[i]);
            wrong[at] = (char)('0' + (wrong[at] - '0' + 1 + at % 9) % 10);
            g_assert_false(luhn_ok(wrong));
        }
    }
    g_assert_false(luhn_ok("") || luhn_ok("0") || luhn_ok(NULL) || luhn_ok("99010000000000x9"));
    g_assert_cmpint(luhn_digit("99a"), ==, 0);
    g_assert_cmpint(luhn_digit(""), ==, 0);
}

/* ---- Masks ------------------------------------------------------------------------------------------------------- */

struct mask_vector {
    const char *in, *out;
};

static void check_masks(char *(*mask)(const char *), const struct mask_vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *out = mask(vectors[i].in);
        g_assert_cmpstr(out, ==, vectors[i].out);
    }
}

static void test_mask_name(void)
{
    static const struct mask_vector VECTORS[] = {
        {"张伟", "张*"},
        {"张秀英", "张**"},
        {"欧阳知夏", "欧阳**"},
        {"欧阳夏", "欧阳*"},
        {"欧阳", "欧*"},
        {"阿依努尔·艾山江", "阿***·***"},
        {"Li Jing", "L* ****"},
        {"张", "*"},
        {" 张伟  ", "张*"},
        {"", ""},
        {NULL, ""},
        {"\xD5\xC5\xCE\xB0", "**"}, /* GBK that was not converted */
    };
    check_masks(mask_name, VECTORS, G_N_ELEMENTS(VECTORS));
}

static void test_mask_numbers(void)
{
    static const struct mask_vector SCREEN[] = {
        {"11010519491231002X", "**************002X"}, {"1234567", "*******"}, {"", ""}, {NULL, ""}};
    static const struct mask_vector PAPER[] = {
        {"11010519491231002X", "110***********002X"}, {"1234567890", "**********"}, {NULL, ""}};
    static const struct mask_vector PHONE[] = {{"13812345678", "138****5678"},
                                               {"13800001234", "138****1234"},
                                               {"62345678", "****5678"},
                                               {"110", "***"},
                                               {"", ""},
                                               {NULL, ""}};

    check_masks(mask_id_screen, SCREEN, G_N_ELEMENTS(SCREEN));
    check_masks(mask_id_paper, PAPER, G_N_ELEMENTS(PAPER));
    check_masks(mask_phone, PHONE, G_N_ELEMENTS(PHONE));
}

static void test_mask_address(void)
{
    static const struct mask_vector VECTORS[] = {
        {"澄明区稻香街道禾光路 126 弄 3 号 602 室", "澄明区稻香街道禾光路 126 弄 3 号"},
        {"禾光路100号光明小区5号楼2单元301室", "禾光路100号光明小区5号楼"},
        {"禾光路12号5幢301", "禾光路12号5幢"},
        {"稻香村 301", "稻香村"},
        {"稻香村", "稻香村"},
        {"\xFF", ""},
        {NULL, ""},
    };
    check_masks(mask_address, VECTORS, G_N_ELEMENTS(VECTORS));
}

/* ---- Ladder ------------------------------------------------------------------------------------------------------ */

static void test_ladder(void)
{
    g_assert_cmpint(ladder_of(true, 0), ==, LADDER_FULL);
    g_assert_cmpint(ladder_of(true, 24 * HOUR_MS), ==, LADDER_FULL);
    g_assert_cmpint(ladder_of(false, 0), ==, LADDER_OFFLINE_LIMITS);
    g_assert_cmpint(ladder_of(false, 24 * HOUR_MS), ==, LADDER_OFFLINE_LIMITS);
    for (int online = 0; online <= 1; online++) {
        g_assert_cmpint(ladder_of(online, 24 * HOUR_MS + 1), ==, LADDER_READING);
        g_assert_cmpint(ladder_of(online, 72 * HOUR_MS), ==, LADDER_READING);
        g_assert_cmpint(ladder_of(online, 72 * HOUR_MS + 1), ==, LADDER_PUBLIC);
        g_assert_cmpint(ladder_of(online, -1), ==, LADDER_PUBLIC);
        g_assert_cmpint(ladder_of(online, INT64_MIN), ==, LADDER_PUBLIC);
        g_assert_cmpint(ladder_of(online, INT64_MAX), ==, LADDER_PUBLIC);
    }
}

/* ---- Ids
 * ----------------------------------------------------------------------------------------------------------
 */

static void test_uuid(void)
{
    char before[37] = "", id[37];
    int64_t wall_ms = INT64_C(1795276800000);

    for (int i = 0; i < 20000; i++) { /* the clock stands still, then goes back */
        uuid7(i < 10000 ? wall_ms : wall_ms - 5 * HOUR_MS, id);
        g_assert_true(uuid_valid(id));
        g_assert_cmpint(id[14], ==, '7');
        g_assert_cmpstr(before, <, id);
        memcpy(before, id, sizeof id);
    }
    uuid7(wall_ms + HOUR_MS, id);
    g_assert_cmpstr(before, <, id);
    g_assert_true(g_str_has_prefix(id, "01a1")); /* 48 bits of wall time come first */
    uuid7(-1, id);
    g_assert_true(uuid_valid(id));
}

static void *uuid_many(void *data)
{
    char(*ids)[37] = data;

    for (int i = 0; i < 5000; i++)
        uuid7(INT64_C(1795276800000), ids[i]);
    return NULL;
}

static void test_uuid_threads(void)
{
    char(*ids)[37] = g_malloc0_n(10000, 37);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GThread *thread = g_thread_new("ids", uuid_many, ids + 5000);

    uuid_many(ids);
    g_thread_join(thread);
    for (int i = 0; i < 10000; i++)
        g_assert_true(g_hash_table_add(seen, ids[i]));
    g_hash_table_remove_all(seen);
    g_free(ids);
}

static void test_uuid_valid(void)
{
    static const char *const BAD[] = {NULL,
                                      "",
                                      "0199d3a2-7c11-7abc-8def-0123456789a",
                                      "0199d3a2-7c11-7abc-8def-0123456789abc",
                                      "0199D3A2-7c11-7abc-8def-0123456789ab",
                                      "0199d3a2_7c11-7abc-8def-0123456789ab",
                                      "0199d3a2-7c11-0abc-8def-0123456789ab",
                                      "0199d3a2-7c11-7abc-cdef-0123456789ab",
                                      "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                      "0199d3a2-7c11-7abc-8def-0123456789ag"};

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
        g_assert_false(uuid_valid(BAD[i]));
    g_assert_true(uuid_valid("0199d3a2-7c11-7abc-8def-0123456789ab"));
}

/* printf %s 9901000000001017 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f */
static void test_token(void)
{
    uint8_t key[32];
    char token[33], other[33];

    for (int i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
    card_token(key, "9901000000001017", token);
    g_assert_cmpstr(token, ==, "1de98a66cf26e4f2b8b515304041b138");
    card_token(key, "9901000000001025", other);
    g_assert_cmpstr(token, !=, other);
}

/* Computed apart with Python's hashlib and struct: see the README of kiosk/model. */
static void test_chain(void)
{
    static const char BODY[] = "{\"at\":1}";
    static const char ID[] = "0199d3a2-7c11-7abc-8def-0123456789ab";
    uint8_t prev[32], hash[32], other[32];
    char hex[65];

    memset(prev, 0xA5, sizeof prev);
    chain_hash(prev, 2, 258, ID, BODY, strlen(BODY), hash);
    for (size_t i = 0; i < sizeof hash; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    g_assert_cmpstr(hex, ==, "d15e62eaaedfba1c08cfbc57abb15bc1803b939a4b88a22f4fdda408ffc9dea0");

    chain_hash(prev, 2, 258, ID, BODY, strlen(BODY) - 1, other);
    g_assert_cmpint(memcmp(hash, other, 32), !=, 0);
    chain_hash(prev, 3, 258, ID, BODY, strlen(BODY), other);
    g_assert_cmpint(memcmp(hash, other, 32), !=, 0);
    chain_hash(prev, 2, 259, ID, BODY, strlen(BODY), other);
    g_assert_cmpint(memcmp(hash, other, 32), !=, 0);
    chain_hash(prev, 2, 258, "not an id", BODY, strlen(BODY), other);
    g_assert_cmpint(memcmp(hash, other, 32), !=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/date/known", test_dates);
    g_test_add_func("/model/date/every-day", test_date_every_day);
    g_test_add_func("/model/date/valid", test_date_valid);
    g_test_add_func("/model/date/age", test_age);
    g_test_add_func("/model/id/check", test_id_number);
    g_test_add_func("/model/id/form", test_id_number_form);
    g_test_add_func("/model/id/upgrade", test_id_upgrade);
    g_test_add_func("/model/id/luhn", test_luhn);
    g_test_add_func("/model/mask/name", test_mask_name);
    g_test_add_func("/model/mask/numbers", test_mask_numbers);
    g_test_add_func("/model/mask/address", test_mask_address);
    g_test_add_func("/model/ladder", test_ladder);
    g_test_add_func("/model/uuid/rising", test_uuid);
    g_test_add_func("/model/uuid/threads", test_uuid_threads);
    g_test_add_func("/model/uuid/valid", test_uuid_valid);
    g_test_add_func("/model/token", test_token);
    g_test_add_func("/model/chain", test_chain);
    return g_test_run();
}
