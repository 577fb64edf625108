/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver says of its keypad, what it is told, and readers' names. The rest of PIN entry goes through a real pcscd. */
#include "pinpad.h"

#include "citycard.h"
#include "script.h"

#include <reader.h>
#include <string.h>

static struct cc_pad_features features(const char *hex)
{
    uint8_t bytes[64];
    struct cc_pad_features out = {1, 1};
    int len = cc_unhex(hex, bytes, sizeof bytes);
    g_assert_cmpint(len, >=, 0);
    cc_pad_features_read(cc_bytes_of(bytes, (size_t)len), &out);
    return out;
}

static void test_features(void)
{
    static const struct {
        const char *hex;
        uint32_t verify, modify;
    } cases[] = {
        {"", 0, 0},
        {"06044233000607044233000712044233000C", 0x42330006, 0x42330007},
        {"120442330012" "0A044233000A" "060442330006", 0x42330006, 0},
        {"060442330006" "060499999999", 0x42330006, 0},  /* the first counts */
        {"060400000000" "060442330006", 0x42330006, 0},  /* code 0 is none */
        {"0603423300" "060442330006", 0x42330006, 0},    /* another length: passed over */
        {"0600" "0705420000070A" "060442330006", 0x42330006, 0},
        {"06", 0, 0},
        {"0604", 0, 0},
        {"0604423300", 0, 0},
        {"0604423300060704423300", 0x42330006, 0},       /* cut off behind the first */
        {"06FF42330006", 0, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct cc_pad_features got = features(cases[i].hex);
        g_assert_cmphex(got.verify, ==, cases[i].verify);
        g_assert_cmphex(got.modify, ==, cases[i].modify);
    }
}

/* Whatever a driver sends, in exactly as much memory as it sent. */
static void test_features_random(void)
{
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)g_test_rand_int_range(0, 40);
        uint8_t *bytes = g_malloc(len + 1);
        struct cc_pad_features out;
        for (size_t i = 0; i < len; i++)
            bytes[i] = g_test_rand_int_range(0, 3) == 0 ? (uint8_t)g_test_rand_int_range(4, 8) : (uint8_t)g_test_rand_int();
        bytes = g_realloc(bytes, MAX(len, 1));
        cc_pad_features_read(cc_bytes_of(bytes, len), &out);
        bool named = false;
        for (size_t i = 0; i < len; i++)
            named = named || bytes[i] == 6;
        g_assert_true(named || out.verify == 0);
        g_free(bytes);
    }
}

static const struct cc_pad_request six = {.digits_min = 6, .digits_max = 6, .timeout_s = 30};

static void test_verify(void)
{
    uint8_t out[CC_PAD_STRUCTURE_MAX];
    PIN_VERIFY_STRUCTURE told;
    size_t len = cc_pad_build(&six, out);
    g_assert_cmpuint(len, ==, sizeof told + 8);
    memcpy(&told, out, sizeof told);
    g_assert_cmpuint(told.bTimerOut, ==, 30);
    g_assert_cmphex(told.bmFormatString, ==, 0x81);
    g_assert_cmphex(told.bmPINBlockString, ==, 0x03);
    g_assert_cmphex(told.bmPINLengthFormat, ==, 0);
    g_assert_cmphex(told.wPINMaxExtraDigit, ==, 0x0606);
    g_assert_cmphex(told.bEntryValidationCondition, ==, 2);
    g_assert_cmphex(told.wLangId, ==, 0x0804);
    g_assert_cmpuint(told.ulDataLength, ==, 8);
    g_assert_cmpmem(out + sizeof told, len - sizeof told, "\x00\x20\x00\x00\x03\xFF\xFF\xFF", 8);

    struct cc_pad_request any = {.digits_min = 4, .digits_max = 12, .timeout_s = 15, .reference = 0x81};
    len = cc_pad_build(&any, out);
    memcpy(&told, out, sizeof told);
    g_assert_cmphex(told.bmPINBlockString, ==, 0x00);
    g_assert_cmphex(told.wPINMaxExtraDigit, ==, 0x040C);
    g_assert_cmpmem(out + sizeof told, len - sizeof told, "\x00\x20\x00\x81\x00", 5);
}

static void test_change(void)
{
    uint8_t out[CC_PAD_STRUCTURE_MAX];
    PIN_MODIFY_STRUCTURE told;
    struct cc_pad_request change = {.kind = CC_PAD_CHANGE, .digits_min = 6, .digits_max = 6, .timeout_s = 30};
    size_t len = cc_pad_build(&change, out);
    g_assert_cmpuint(len, ==, sizeof told + 12);
    memcpy(&told, out, sizeof told);
    g_assert_cmphex(told.bInsertionOffsetOld, ==, 0);
    g_assert_cmphex(told.bInsertionOffsetNew, ==, 4);
    g_assert_cmphex(told.bConfirmPIN, ==, 3);
    g_assert_cmphex(told.bNumberMessage, ==, 3);
    g_assert_cmpuint(told.ulDataLength, ==, 12);
    g_assert_cmpmem(out + sizeof told, len - sizeof told, "\x80\x5E\x01\x00\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12);
    change.digits_min = change.digits_max = 12;
    g_assert_cmpuint(cc_pad_build(&change, out), ==, sizeof told + 18);
}

static void test_impossible(void)
{
    uint8_t out[CC_PAD_STRUCTURE_MAX];
    for (unsigned min = 0; min < 256; min += 3)
        for (unsigned max = 0; max < 256; max++) {
            struct cc_pad_request request = {.digits_min = (uint8_t)min, .digits_max = (uint8_t)max, .timeout_s = 30};
            bool lawful = min >= 4 && max <= 12 && min <= max;
            g_assert_true((cc_pad_build(&request, out) > 0) == lawful);
            request.kind = CC_PAD_CHANGE;
            g_assert_true((cc_pad_build(&request, out) > 0) == (lawful && min == max));
        }
    struct cc_pad_request request = six;
    request.timeout_s = 0;
    g_assert_cmpuint(cc_pad_build(&request, out), ==, 0);
    request.timeout_s = 121;
    g_assert_cmpuint(cc_pad_build(&request, out), ==, 0);
}

/* ---- Readers' names ---------------------------------------------------------------------------------------------- */

static void test_slot_of_name(void)
{
    static const struct {
        const char *name;
        int slot;
    } cases[] = {
        {"Virtual PCD 00 00", 0},
        {"Virtual PCD 00 01", 1},
        {"ACS ACR1281 1S Dual Reader [ACR1281 Dual] (0001) 02 0A", 10},
        {"Reader FF FF", 255},
        {"Reader 00", -1},
        {"Reader 0000", -1},
        {"Reader 00 0", -1},
        {"Reader 00 0g", -1},
        {"Reader x0 00", -1},
        {"00 00", -1},
        {"", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(cc_reader_slot(cases[i].name), ==, cases[i].slot);
    g_assert_cmpint(cc_reader_slot(NULL), ==, -1);
}

static int role(const struct cc_reader_list *list, const char *prefix, int slot)
{
    struct cc_role wanted = {.slot = slot};
    g_strlcpy(wanted.name_prefix, prefix, sizeof wanted.name_prefix);
    return cc_find_role(list, &wanted);
}

/* The same two devices, plugged in in the other order. */
static void test_roles(void)
{
    static const char *const orders[2][4] = {{"Dual [A] 00 00", "Dual [A] 00 01", "Pad 01 00", "Pad 02 00"},
                                             {"Pad 00 00", "Dual [A] 01 00", "Dual [A] 01 01", "Pad 02 00"}};
    static const int first[2] = {0, 1};
    for (size_t i = 0; i < 2; i++) {
        struct cc_reader_list list = {.service = CC_READER_EMPTY, .count = 4};
        for (size_t j = 0; j < 4; j++)
            g_strlcpy(list.readers[j].name, orders[i][j], CC_READER_NAME_SIZE);
        g_assert_cmpint(role(&list, "Dual [A]", 0), ==, first[i]);
        g_assert_cmpint(role(&list, "Dual", 1), ==, first[i] + 1);
        g_assert_cmpint(role(&list, "Dual [A]", -1), ==, -2);
        g_assert_cmpint(role(&list, "Pad", 0), ==, -2);
        g_assert_cmpint(role(&list, "Pad 02", 0), ==, -1); /* pcscd's own number is not part of the name */
        g_assert_cmpint(role(&list, "", 1), ==, first[i] + 1);
        g_assert_cmpint(role(&list, "Other", -1), ==, -1);
    }
    struct cc_role any = {.slot = -1};
    g_assert_cmpint(cc_find_role(NULL, &any), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pinpad/features", test_features);
    g_test_add_func("/pinpad/features-random", test_features_random);
    g_test_add_func("/pinpad/verify", test_verify);
    g_test_add_func("/pinpad/change", test_change);
    g_test_add_func("/pinpad/impossible", test_impossible);
    g_test_add_func("/readers/slot-of-name", test_slot_of_name);
    g_test_add_func("/readers/roles", test_roles);
    return g_test_run();
}
