/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T-Union, JT/T 978: transport cards of the whole country, their phones and watches.
 *
 * Where sources differ:
 *  - City. One reader takes bytes 1 and 2 of EF15, another bytes 2 and 3: with known cards only 2 and 3 name a city. EF17 says
 *    it outright and overrides.
 *  - Number. Twenty BCD digits; leading zeros are not printed (19 digits in service).
 *  - GET BALANCE P1. P1 = 0 is the balance everywhere. One reader takes P1 = 1 as the debt; another P1 = 2 as the debt and P1 = 1 as
 *    its limit. A debt is never larger than its limit: the smaller one is the debt.
 */
#include "families.h"

static const struct cc_file_desc files[] = {
    CC_T_UNION_EF15,
    {.id = 0x16, .want = 55, .least = 54, .personal = true, .when = CC_READ_HOLDER, .field_count = 5, .fields = {
        {CC_FIELD_HOLDER_TYPE, 0, 1, CC_CODING_U8},
        {CC_FIELD_STAFF, 1, 1, CC_CODING_U8},
        {CC_FIELD_NAME, 2, 20, CC_CODING_GB},
        {CC_FIELD_ID_NUMBER, 22, 32, CC_CODING_ASCII},
        {CC_FIELD_ID_TYPE, 54, 1, CC_CODING_U8}}}, /* files of 54 bytes lack it */
    {.id = 0x17, .want = 11, .least = 11, .when = CC_READ_CLASS, .field_count = 3, .fields = {
        {CC_FIELD_CITY, 6, 2, CC_CODING_U16},
        {CC_FIELD_INTEROPERABLE, 8, 2, CC_CODING_TRUE_1},
        {CC_FIELD_CLASS, 10, 1, CC_CODING_U8}}},
};

const struct cc_family_desc cc_family_t_union = {
    .family = CC_FAMILY_T_UNION,
    .name = "t-union",
    .select = {.name = {0xA0, 0x00, 0x00, 0x06, 0x32, 0x01, 0x01, 0x05}, .name_len = 8},
    .files = files,
    .file_count = CC_COUNT(files),
    .purses = {{.p2 = 0x02, .overdraft_p1 = {1, 2}}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .journeys_sfi = 0x1E,
    .pin = CC_PIN_PBOC,
    .payment = {.supported = true,
                .factors = {CC_FACTOR_CARD_SERIAL, CC_FACTOR_ISSUER},
                .factor_count = 2,
                .factors_fallback = 1,
                CC_SAM_TAC},
};
