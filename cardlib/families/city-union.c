/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CityUnion, CJ/T 166 and 304: cards of the construction ministry's union of cities, and four issuers that differ.
 *
 * Where sources differ:
 *  - Number. Readers make a short number out of the last four bytes, little-endian for most cities, big-endian for Shanghai; another
 *    has it the other way round. We show the sixteen digits as they are on the card: a short number is no identity.
 *  - The security code of the Ministry of Housing (80 CA) goes into MAC1 where the card gives one.
 */
#include "families.h"

#define CITY_UNION_PAYMENT \
    {.supported = true, .security_code = true, .factors = {CC_FACTOR_CARD_SERIAL}, \
     .factor_count = 1, .factors_fallback = 1, .tac_key_p1 = 0x24, .tac_key_p2 = 0x00, .mac_p1 = 0x05}

static const struct cc_file_desc general_files[] = {
    CC_CITY_UNION_EF15,
    {.id = 0x16, .want = 55, .least = 54, .personal = true, .when = CC_READ_HOLDER, .field_count = 5, .fields = {
        {CC_FIELD_HOLDER_TYPE, 0, 1, CC_CODING_U8},
        {CC_FIELD_STAFF, 1, 1, CC_CODING_U8},
        {CC_FIELD_NAME, 2, 20, CC_CODING_GB},
        {CC_FIELD_ID_NUMBER, 22, 32, CC_CODING_ASCII},
        {CC_FIELD_ID_TYPE, 54, 1, CC_CODING_U8}}},
};

const struct cc_family_desc cc_family_city_union = {
    .family = CC_FAMILY_CITY_UNION,
    .name = "city-union",
    .beside_t_union = true,
    .select = {.name = CC_CITY_UNION_NAME, .name_len = 9},
    .files = general_files,
    .file_count = CC_COUNT(general_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
    .payment = CITY_UNION_PAYMENT,
};

/* Changsha's metro: issuer 0731, city 4100. Purchases elsewhere are in EF10, loads in EF1A. */
static const struct cc_file_desc changsha_files[] = {CC_CITY_UNION_EF15, CC_HOLDER_92};

const struct cc_family_desc cc_family_changsha = {
    .family = CC_FAMILY_CHANGSHA,
    .name = "changsha",
    .beside_t_union = true,
    .select = {.name = CC_CITY_UNION_NAME,
               .name_len = 9,
               .variant = {.offset = 0, .len = 4, .bytes = {0x07, 0x31, 0x41, 0x00}}},
    .files = changsha_files,
    .file_count = CC_COUNT(changsha_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18, {.sfi = 0x10, .records = 10}, {.sfi = 0x1A, .records = 10}},
    .log_count = 3,
    .pin = CC_PIN_PBOC,
    .payment = CITY_UNION_PAYMENT,
};

/* Chongqing: EF15 has no number, the master file has. The expiry stands at 8. */
static const struct cc_file_desc chongqing_files[] = {
    {.id = 0x15, .want = 30, .least = 12, .in_fci = true, .needed = true, .field_count = 3, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_CITY, 2, 2, CC_CODING_U16},
        {CC_FIELD_VALID_TO, 8, 4, CC_CODING_DATE}}},
    {.place = CC_PLACE_MASTER, .id = 0x05, .want = 48, .least = 24, .needed = true, .field_count = 4, .fields = {
        {CC_FIELD_NUMBER, 12, 8, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},
        {CC_FIELD_ISSUED, 20, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_chongqing = {
    .family = CC_FAMILY_CHONGQING,
    .name = "chongqing",
    .beside_t_union = true,
    .select = {.name = CC_CITY_UNION_NAME, .name_len = 9, .variant = {.offset = 2, .len = 2, .bytes = {0x40, 0x00}}},
    .files = chongqing_files,
    .file_count = CC_COUNT(chongqing_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};

/* Tsinghua's campus card: the ED purse, a holder file of its own, the number and the dates in the master file. */
static const struct cc_file_desc tsinghua_files[] = {
    {.id = 0x15, .want = 30, .least = 28, .in_fci = true, .needed = true, .field_count = 3, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE}}},
    {.id = 0x16, .want = 38, .least = 38, .personal = true, .when = CC_READ_HOLDER, .field_count = 2, .fields = {
        {CC_FIELD_NAME, 0, 20, CC_CODING_GB},
        {CC_FIELD_STUDENT_NUMBER, 28, 10, CC_CODING_ASCII}}},
    {.place = CC_PLACE_MASTER, .id = 0x15, .want = 33, .least = 18, .needed = true, .field_count = 2, .fields = {
        {CC_FIELD_NUMBER, 6, 4, CC_CODING_HEX},
        {CC_FIELD_VALID_TO, 12, 3, CC_CODING_DATE_SHORT}}},
};

const struct cc_family_desc cc_family_tsinghua = {
    .family = CC_FAMILY_TSINGHUA,
    .name = "tsinghua",
    .select = {.name = CC_CITY_UNION_NAME, .name_len = 9, .variant = {.offset = 0, .len = 4, .bytes = {0x62, 0x64, 0x00, 0x22}}},
    .files = tsinghua_files,
    .file_count = CC_COUNT(tsinghua_files),
    .purses = {{.p2 = 0x01, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};
