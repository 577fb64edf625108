/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worked values for the self-test. V1 and V2 are tutorials of PBOC loads and purchases, V3 to V5 come from a
 * published test card of Changsha's metro, V6 is a whole chain of our own out of a master key. None is
 * secret, none opens a card in service.
 */
#include "vectors.h"

#include <string.h>

enum step { DIVERSIFY, SESSION, MAC, TAC, SM_MAC };

struct vector {
    const char *set;
    enum step step;
    const char *key;   /* master, card key, session key */
    const char *input; /* of SM_MAC: challenge, then data */
    const char *expected;
};

#define TUTORIAL_KEY "11223344556677888877665544332211"
#define V3_TAC_KEY   "CAA6025290114BFCC3C9043F70F7A07A"
#define V6_MASTER    "000102030405060708090A0B0C0D0E0F"
#define V6_PURCHASE  "F49DF0B2C6B8E32380D1DF8615654A39"
#define V6_TAC_KEY   "23B180836365D52D7873441FD0B8E32E"
#define V6_SESSION   "3A47DD08F2421E0B"

static const struct vector vectors[] = {
    {"V1", SESSION, TUTORIAL_KEY, "1122334400008000", "9B1D924E05595603"},
    {"V1", MAC, "9B1D924E05595603", "000000000000100001001122334455", "2988AE5A"},
    {"V1", MAC, "9B1D924E05595603", "000010000100112233445520111221214822", "3A845BF0"},
    {"V1", MAC, "9B1D924E05595603", "000000000000100002001122334455", "A5638AA0"},
    {"V2", SESSION, TUTORIAL_KEY, "1122334400000001", "003238ABC57659DD"},
    {"V2", MAC, "003238ABC57659DD", "000010000600112233445520120229135100", "F15CAB75"},
    {"V2", MAC, "003238ABC57659DD", "00001000", "56988A13"},
    {"V3", SESSION, "374598B5C0B0EAE1E1D06609AC5BB369", "CDEF4F2000008000", "3C05F429713D0188"},
    {"V3", MAC, "3C05F429713D0188", "0000000000001C3702000001000050", "06B1BEF5"},
    {"V3", MAC, "3C05F429713D0188", "00001C370200000100005020140825103100", "0641DCD8"},
    {"V3", TAC, V3_TAC_KEY, "00001C37000000001C370200000100005020140825103100", "ED0F8755"},
    {"V4", SESSION, "A338D92A10C8285411E761445C831C22", "9AC8750300000001", "45B5E6403E9995A8"},
    {"V4", MAC, "45B5E6403E9995A8", "00001C3709000000000001201109192048128588D32B7688D32B76", "303D735D"},
    {"V4", MAC, "45B5E6403E9995A8", "00001C370900000000000120110919204812", "CD573164"},
    {"V4", MAC, "45B5E6403E9995A8", "00001C37", "350AC480"},
    {"V4", TAC, V3_TAC_KEY, "00001C37090000000000010000000120110919204812", "44A8E04A"},
    {"V5", SM_MAC, "6474215EF549707831BB8DB9895FD48A", "1EA2B2E6841E000004", "A86CC6A8"},
    {"V5", SM_MAC, "A2F237922142D1605DDD33113E617823", "DBCF515E8418000004", "2BDCFB5E"},
    {"V5", SM_MAC, "F28E92292DCB63F11EA7F5776A7122B8",
     "1B53473204D685002C07314100000000004100000089999985020020150605000F00000001000120150605203808080000",
     "C853F358"},
    {"V5", SM_MAC, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
     "19393A9284D439001C7B9864710732C21C8BB314B67CC4B6C352C518AA7305D7FF", "6B72FE30"},
    {"V6", DIVERSIFY, V6_MASTER, "0000000012345678", V6_PURCHASE},
    {"V6", DIVERSIFY, "F0E0D0C0B0A090807060504030201000", "0000000012345678", V6_TAC_KEY},
    {"V6", SESSION, V6_PURCHASE, "A1B2C3D400070102", V6_SESSION},
    {"V6", MAC, V6_SESSION, "000000C806012300033D1120260115093045", "E551702B"},
    {"V6", MAC, V6_SESSION, "000000C8", "9B91B2CC"},
    {"V6", TAC, V6_TAC_KEY, "000000C806012300033D110000010220260115093045", "DE01C069"},
    {"V6", MAC, V6_SESSION, "000000C809012300033D1120260115093045", "08C5DA89"},
    {"V6", TAC, V6_TAC_KEY, "000000C809012300033D110000010220260115093045", "30B243A4"},
};

static int compute(const struct cc_suite *suite, const struct vector *vector, uint8_t out[16],
                   size_t *out_len)
{
    uint8_t key[16] = {0}, input[128], iv[8] = {0};
    int key_len = cc_unhex(vector->key, key, sizeof key);
    int len = cc_unhex(vector->input, input, sizeof input);
    if (key_len < 0 || len < 4)
        return CC_ERR_ARGUMENT;
    *out_len = vector->step == DIVERSIFY ? 16 : vector->step == SESSION ? suite->session_len : 4;
    switch (vector->step) {
    case DIVERSIFY:
        return suite->diversify(key, input, out);
    case SESSION:
        return suite->session(key, input, out);
    case MAC:
        return suite->mac(key, input, (size_t)len, out);
    case TAC:
        return suite->tac(key, input, (size_t)len, out);
    case SM_MAC:
        memcpy(iv, input, 4);
        return suite->sm_mac(key, iv, input + 4, (size_t)len - 4, out);
    }
    return CC_ERR_ARGUMENT;
}

static bool holds(const struct cc_suite *suite, const struct vector *vector)
{
    uint8_t out[16], expected[16];
    size_t out_len = 0;
    int len = cc_unhex(vector->expected, expected, sizeof expected);
    return compute(suite, vector, out, &out_len) == CC_OK && len == (int)out_len &&
           memcmp(out, expected, out_len) == 0;
}

void vectors_check(const struct cc_suite *suite, const char *set, unsigned *good, unsigned *all)
{
    *good = *all = 0;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        if (strcmp(vectors[i].set, set) != 0)
            continue;
        ++*all;
        *good += holds(suite, &vectors[i]);
    }
}
