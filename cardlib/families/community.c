/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cards that a community issues itself, our own profile: an identity, a volunteer number, a purse and a PIN by the rules of
 * JR/T 0025.2, under an unregistered application name (ISO 7816-5, category F): F0 "CITYCARD" 01. It is never on a card
 * together with T-Union, so it may be asked for first where such cards are many.
 */
#include "families.h"

static const struct cc_file_desc files[] = {
    CC_T_UNION_EF15,
    CC_HOLDER_92,
    {.id = 0x17, .want = 19, .least = 19, .personal = true, .when = CC_READ_CLASS, .field_count = 4, .fields = {
        {CC_FIELD_COMMUNITY, 0, 6, CC_CODING_DIGITS},
        {CC_FIELD_CLASS, 6, 1, CC_CODING_U8},
        {CC_FIELD_ISSUED, 7, 4, CC_CODING_DATE},
        {CC_FIELD_VOLUNTEER_NUMBER, 11, 8, CC_CODING_NUMBER}}},
};

const struct cc_family_desc cc_family_community = {
    .family = CC_FAMILY_COMMUNITY,
    .name = "community",
    .select = {.name = {0xF0, 'C', 'I', 'T', 'Y', 'C', 'A', 'R', 'D', 0x01}, .name_len = 10},
    .files = files,
    .file_count = CC_COUNT(files),
    .purses = {{.p2 = 0x02}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
    .payment = {.supported = true,
                .factors = {CC_FACTOR_CARD_SERIAL, CC_FACTOR_ISSUER},
                .factor_count = 2,
                .factors_fallback = 1,
                CC_SAM_TAC},
};
