/* SPDX-License-Identifier: Apache-2.0 */
/*
 * City cards with an application of their own. All keep PBOC's purse and log; what differs is the name, where the number lies
 * and how it is written. Several answer to file 1001 of the master file too, and their answer shows their name: one question
 * for all of them.
 */
#include "families.h"

#define FILE_1001 .file = 0x1001
#define NAME_SHENZHEN {'P', 'A', 'Y', '.', 'S', 'Z', 'T'}
#define NAME_WUHAN {'A', 'P', '1', '.', 'W', 'H', 'C', 'T', 'C'}
#define NAME_LINGNAN {'P', 'A', 'Y', '.', 'A', 'P', 'P', 'Y'}
#define NAME_MACAU {0xB0, 0xC4, 0xC3, 0xC5, 0xCD, 0xA8, 0xC7, 0xAE, 0xB0, 0xFC} /* 澳门通钱包 */

/*
 * Beijing's cards from before T-Union: no name; file 04 of the master file begins with 1000 and is the identity. DF 1001 calls
 * itself PBOC or OC. Older readers take both dates from here, none knows the city's issuer code.
 */
static const struct cc_file_desc beijing_files[] = {
    {.place = CC_PLACE_MASTER, .id = 0x04, .want = 32, .least = 32, .needed = true, .field_count = 4, .fields = {
        {CC_FIELD_NUMBER, 0, 8, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 24, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 28, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_beijing = {
    .family = CC_FAMILY_BEIJING,
    .name = "beijing",
    .beside_t_union = true,
    .select = {FILE_1001,
               .df_names = {{'P', 'B', 'O', 'C'}, {'O', 'C'}},
               .df_name_len = {4, 2},
               .master_sfi = 0x04,
               .master_want = 32,
               .master = {.offset = 0, .len = 2, .bytes = {0x10, 0x00}}},
    .files = beijing_files,
    .file_count = CC_COUNT(beijing_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};

/*
 * Shenzhen Tong. The number is four bytes: one reader takes them little-endian, another big-endian. Printed numbers have nine
 * digits; of the known cards only the little-endian ones do.
 */
static const struct cc_file_desc shenzhen_files[] = {
    {.id = 0x15, .want = 28, .least = 28, .in_fci = true, .needed = true, .field_count = 5, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_NUMBER, 16, 4, CC_CODING_LE_NUMBER},
        {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_shenzhen = {
    .family = CC_FAMILY_SHENZHEN,
    .name = "shenzhen",
    .beside_t_union = true,
    .select = {.name = NAME_SHENZHEN, .name_len = 7, FILE_1001, .df_names = {NAME_SHENZHEN}, .df_name_len = {7}},
    .files = shenzhen_files,
    .file_count = CC_COUNT(shenzhen_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};

/*
 * Wuhan Tong. One reader takes number and dates from EF15 as PBOC has it, an older one the number from EF0A and the dates from
 * EF05, where the expiry comes first. EF15 is asked for first, for it may come with the selection.
 */
static const struct cc_file_desc wuhan_files[] = {
    {.id = 0x15, .want = 30, .least = 28, .in_fci = true, .field_count = 5, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_NUMBER, 12, 8, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}},
    {.id = 0x0A, .want = 5, .least = 5, .instead = true, .needed = true, .field_count = 1, .fields = {
        {CC_FIELD_NUMBER, 0, 5, CC_CODING_DIGITS}}},
    {.id = 0x05, .want = 24, .least = 24, .instead = true, .field_count = 2, .fields = {
        {CC_FIELD_VALID_TO, 16, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_wuhan = {
    .family = CC_FAMILY_WUHAN,
    .name = "wuhan",
    .beside_t_union = true,
    .select = {.name = NAME_WUHAN, .name_len = 9, FILE_1001, .df_names = {NAME_WUHAN}, .df_name_len = {9}},
    .files = wuhan_files,
    .file_count = CC_COUNT(wuhan_files),
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};

/* Lingnan Tong, Guangdong: the identity in PAY.APPY, purse and log in PAY.TICL. */
static const struct cc_file_desc lingnan_files[] = {
    {.id = 0x15, .want = 32, .least = 16, .in_fci = true, .needed = true, .field_count = 5, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_NUMBER, 11, 5, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 8, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 23, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 27, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_lingnan = {
    .family = CC_FAMILY_LINGNAN,
    .name = "lingnan",
    .beside_t_union = true,
    .select = {.name = NAME_LINGNAN, .name_len = 8, FILE_1001, .df_names = {NAME_LINGNAN}, .df_name_len = {8}},
    .files = lingnan_files,
    .file_count = CC_COUNT(lingnan_files),
    .purse_name = {'P', 'A', 'Y', '.', 'T', 'I', 'C', 'L'},
    .purse_name_len = 8,
    .purses = {{.p2 = 0x02, .is_signed = true}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};

/* Suzhou's citizen card: the ED purse, and no log that may be read. */
static const struct cc_file_desc suzhou_files[] = {
    {.id = 0x15, .want = 30, .least = 8, .in_fci = true, .needed = true, .field_count = 4, .fields = {
        {CC_FIELD_NUMBER, 0, 8, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_suzhou = {
    .family = CC_FAMILY_SUZHOU,
    .name = "suzhou",
    .beside_t_union = true,
    .select = {.name = {'S', 'U', 'X', 'I', 'N', '.', 'D', 'D', 'F', '0', '1'}, .name_len = 11},
    .files = suzhou_files,
    .file_count = CC_COUNT(suzhou_files),
    .purses = {{.p2 = 0x01, .is_signed = true}},
    .purse_count = 1,
    .pin = CC_PIN_PBOC,
};

/*
 * Macau Pass: amounts in tenths of a pataca, and a hundred of them may be owed: shown = value * 10 - 1000. The number that is
 * printed stands in the last bytes of a long EF15; its serial is no decimal number.
 */
static const struct cc_file_desc macau_files[] = {
    {.id = 0x15, .want = 45, .least = 40, .in_fci = true, .needed = true, .field_count = 5, .fields = {
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},
        {CC_FIELD_NUMBER, 35, 5, CC_CODING_DIGITS},
        {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES},
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},
        {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}},
};

const struct cc_family_desc cc_family_macau = {
    .family = CC_FAMILY_MACAU,
    .name = "macau",
    .beside_t_union = true,
    .select = {.name = NAME_MACAU, .name_len = 10, FILE_1001, .df_names = {NAME_MACAU}, .df_name_len = {10}},
    .files = macau_files,
    .file_count = CC_COUNT(macau_files),
    .purses = {{.p2 = 0x02, .is_signed = true, .factor = 10, .offset_fen = -1000}},
    .purse_count = 1,
    .logs = {CC_LOG_EF18},
    .log_count = 1,
    .pin = CC_PIN_PBOC,
};
