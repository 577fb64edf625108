/* SPDX-License-Identifier: Apache-2.0 */
/* Results, hex, bounded bytes, GB 18030, masks. */
#include "bytes.h"
#include "citycard.h"
#include "script.h"
#include "text.h"

#include <string.h>

static void test_results(void)
{
    for (int result = CC_ERR_FROZEN; result <= CC_TWO_CARDS; result++) {
        if (result > CC_TIMEOUT && result < CC_TWO_CARDS)
            continue;
        g_assert_cmpstr(cc_result_name(result), !=, "UNKNOWN");
        g_assert_cmpuint(strlen(cc_result_text(result)), >, 4);
        for (int other = CC_ERR_FROZEN; other < result; other++)
            g_assert_cmpstr(cc_result_name(result), !=, cc_result_name(other));
    }
    g_assert_cmpstr(cc_result_name(CC_ERR_REMOVED), ==, "CARD_REMOVED");
    g_assert_cmpstr(cc_result_name(99), ==, "UNKNOWN");
    g_assert_cmpstr(cc_result_name(-99), ==, "UNKNOWN");
    g_assert_nonnull(cc_result_text(99));
}

static void test_names(void)
{
    g_assert_cmpstr(cc_class_name(CC_CLASS_ELDER), ==, "elder");
    g_assert_cmpstr(cc_class_name(CC_CLASS_SOLDIER), ==, "soldier");
    g_assert_cmpstr(cc_class_name(0), ==, "other");
    g_assert_cmpstr(cc_class_name(6), ==, "other");
    g_assert_cmpstr(cc_class_name(0xFFFFFFFF), ==, "other");
    g_assert_cmpstr(cc_family_name(CC_FAMILY_T_UNION), ==, "t-union");
    g_assert_cmpstr(cc_family_name(CC_FAMILY_UNKNOWN), ==, "unknown");
    g_assert_cmpstr(cc_purchase_state_name(CC_PURCHASE_IN_DOUBT), ==, "in-doubt");
    g_assert_cmpstr(cc_purchase_state_name(CC_PURCHASE_NONE), ==, "none");
    g_assert_cmpstr(cc_purchase_state_name((enum cc_purchase_state)77), ==, "unknown");
}

static void test_hex(void)
{
    uint8_t bytes[4] = {0x01, 0xAB, 0xFF, 0x00}, back[4];
    char text[9];
    g_assert_cmpstr(cc_hex(bytes, 4, text, sizeof text), ==, "01ABFF00");
    g_assert_cmpstr(cc_hex(bytes, 4, text, 8), ==, "01ABFF");
    g_assert_cmpstr(cc_hex(bytes, 4, text, 1), ==, "");
    g_assert_cmpstr(cc_hex(NULL, 0, text, sizeof text), ==, "");
    g_assert_cmpint(cc_unhex("01abFF00", back, sizeof back), ==, 4);
    g_assert_cmpmem(back, 4, bytes, 4);
    g_assert_cmpint(cc_unhex("", back, sizeof back), ==, 0);
    g_assert_cmpint(cc_unhex("0", back, sizeof back), ==, -1);
    g_assert_cmpint(cc_unhex("012", back, sizeof back), ==, -1);
    g_assert_cmpint(cc_unhex("0G", back, sizeof back), ==, -1);
    g_assert_cmpint(cc_unhex("0102030405", back, sizeof back), ==, -1);
}

static void test_reader(void)
{
    uint8_t bytes[6] = {1, 2, 3, 4, 5, 6}, copy[3] = {9, 9, 9};
    struct cc_bytes in = cc_bytes_of(bytes, sizeof bytes);
    g_assert_cmphex(cc_take_u16(&in), ==, 0x0102);
    g_assert_cmphex(cc_take_u24(&in), ==, 0x030405);
    cc_take(&in, copy, 2);
    g_assert_true(in.bad);
    g_assert_cmpmem(copy, 3, "\0\0\x09", 3);
    g_assert_cmphex(cc_take_u8(&in), ==, 0); /* a byte is left, but bad stays */
    g_assert_true(cc_take_sub(&in, 0).bad);
    in = cc_bytes_of(bytes, 4);
    g_assert_cmphex(cc_take_u32(&in), ==, 0x01020304);
    g_assert_false(in.bad);
    struct cc_bytes huge = cc_take_sub(&in, SIZE_MAX);
    g_assert_true(huge.bad && huge.left == 0);
    g_assert_true(cc_bytes_blank(cc_bytes_of(NULL, 0)));
    g_assert_false(cc_bytes_blank(cc_bytes_of((const uint8_t *)"\x00\xFF", 2)));
}

static void test_writer(void)
{
    uint8_t room[4] = {0};
    struct cc_writer out = cc_writer_on(room, 3);
    cc_put_u16(&out, 0xABCD);
    cc_put_u16(&out, 0x1122);
    g_assert_true(out.bad);
    g_assert_cmpuint(out.len, ==, 2);
    cc_put_u8(&out, 1); /* would fit, yet what is bad stays bad */
    g_assert_cmpmem(room, 4, "\xAB\xCD\0\0", 4);
}

static void test_bcd(void)
{
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0x20, 0x24, 0x12, 0x31}), ==, 20241231);
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0x20, 0x24, 0x13, 0x01}), ==, 0);
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0x20, 0x24, 0x00, 0x01}), ==, 0);
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0x20, 0x24, 0x01, 0x32}), ==, 0);
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0x20, 0x2A, 0x01, 0x01}), ==, 0);
    g_assert_cmpuint(cc_bcd_date((const uint8_t[]){0xFF, 0xFF, 0xFF, 0xFF}), ==, 0);
    for (unsigned value = 0; value < 100; value++)
        g_assert_cmpuint(cc_bcd_byte(value), ==, value / 10 * 16 + value % 10);
}

static void check_gb(const char *hex, const char *expected)
{
    uint8_t bytes[64];
    char text[CC_NAME_SIZE];
    size_t len = unhex(hex, bytes, sizeof bytes);
    cc_text_from_gb(cc_bytes_of(bytes, len), text, sizeof text);
    g_assert_cmpstr(text, ==, expected);
}

static void test_gb(void)
{
    check_gb("D5C5D0E3D3A2 0000 0000", "张秀英");
    check_gb("D5C5D0E3D3A2 2020 2020", "张秀英");
    check_gb("D5C5D0E3D3A2 FFFF FFFF", "张秀英");
    check_gb("E94F", "镺");     /* GBK beyond GB 2312, second byte in ASCII */
    check_gb("9538C132", "𡿺"); /* GB 18030, four bytes */
    check_gb("", "");
    check_gb("0000", "");
    check_gb("D5", "\uFFFD");
    check_gb("D5C5 D0", "张\uFFFD"); /* the second character was cut in the middle */
    check_gb("80 D5C5", "\uFFFD张");
    check_gb("FE 7F 41", "\uFFFD\uFFFDA");
    check_gb("41 0A 42 1B 7F", "A\uFFFD"
                               "B\uFFFD\uFFFD");
    check_gb("8136A731 41", "\uFFFD"
                            "A"); /* U+202E would turn the line around */
    check_gb("41 00 42", "A");    /* what stands behind the end does not count */
}

static void test_gb_room(void)
{
    char text[8] = "xxxxxxx";
    cc_text_from_gb(cc_bytes_of((const uint8_t *)"\xD5\xC5\xD0\xE3\xD3\xA2", 6), text, sizeof text);
    g_assert_cmpstr(text, ==, "张秀");
    cc_text_from_gb(cc_bytes_of((const uint8_t *)"A", 1), text, 1);
    g_assert_cmpstr(text, ==, "");
}

/* Any twenty bytes give valid, terminated UTF-8 that fits. */
static void test_gb_any(void)
{
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[20];
        char text[CC_NAME_SIZE];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)g_test_rand_int_range(0, 256);
        cc_text_from_gb(cc_bytes_of(bytes, sizeof bytes), text, sizeof text);
        g_assert_nonnull(memchr(text, '\0', sizeof text));
        g_assert_true(g_utf8_validate(text, -1, NULL));
    }
}

static void test_ascii(void)
{
    char text[CC_ID_NUMBER_SIZE];
    cc_text_from_ascii(cc_bytes_of((const uint8_t *)"11010519491231002X\0\0", 20), text, sizeof text);
    g_assert_cmpstr(text, ==, "11010519491231002X");
    cc_text_from_ascii(cc_bytes_of((const uint8_t *)"A\n<b>\xC3  ", 8), text, sizeof text);
    g_assert_cmpstr(text, ==, "A??b??");
    cc_text_from_ascii(cc_bytes_of((const uint8_t *)"****", 4), text, sizeof text); /* out of a masked recording */
    g_assert_cmpstr(text, ==, "****");
}

static void check_mask(const char *name, const char *expected)
{
    char out[CC_NAME_SIZE];
    cc_mask_name(name, out, sizeof out);
    g_assert_cmpstr(out, ==, expected);
}

static void test_mask_name(void)
{
    check_mask("张三", "张*");
    check_mask("张秀英", "张**");
    check_mask("欧阳", "欧*");
    check_mask("欧阳修", "欧阳*");
    check_mask("欧阳明月", "欧阳**");
    check_mask("诸葛亮", "诸葛*");
    check_mask("阿布都·沙拉木", "阿**·***");
    check_mask("阿依古丽•买买提", "阿***•***");
    check_mask("John Smith", "J*** *****");
    check_mask("张", "*");
    check_mask("", "");
    check_mask("张\xFF三", "张**");
    check_mask("\xE5\xBC", "**");
}

static void test_mask_room(void)
{
    char out[5] = "xxxx";
    cc_mask_name("欧阳明月", out, sizeof out);
    g_assert_cmpstr(out, ==, "欧"); /* never half a character */
    cc_mask_name("张三", out, 1);
    g_assert_cmpstr(out, ==, "");
    out[0] = 'q';
    cc_mask_name("张三", out, 0);
    g_assert_cmpint(out[0], ==, 'q');
}

static void test_mask_id(void)
{
    char out[CC_ID_NUMBER_SIZE];
    cc_mask_id("990102194403080021", out, sizeof out);
    g_assert_cmpstr(out, ==, "**************0021");
    cc_mask_id("1234", out, sizeof out);
    g_assert_cmpstr(out, ==, "****");
    cc_mask_id("12345", out, sizeof out);
    g_assert_cmpstr(out, ==, "*2345");
    cc_mask_id("", out, sizeof out);
    g_assert_cmpstr(out, ==, "");
    cc_mask_id("123456", out, 4);
    g_assert_cmpstr(out, ==, "**3");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/results", test_results);
    g_test_add_func("/text/names", test_names);
    g_test_add_func("/text/hex", test_hex);
    g_test_add_func("/bytes/reader", test_reader);
    g_test_add_func("/bytes/writer", test_writer);
    g_test_add_func("/bytes/bcd", test_bcd);
    g_test_add_func("/text/gb", test_gb);
    g_test_add_func("/text/gb-room", test_gb_room);
    g_test_add_func("/text/gb-any", test_gb_any);
    g_test_add_func("/text/ascii", test_ascii);
    g_test_add_func("/mask/name", test_mask_name);
    g_test_add_func("/mask/room", test_mask_room);
    g_test_add_func("/mask/id", test_mask_id);
    return g_test_run();
}
