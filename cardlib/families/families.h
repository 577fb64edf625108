/* SPDX-License-Identifier: Apache-2.0 */
/** The descriptions, and the pieces that several of them share. */
#ifndef CITYCARD_FAMILIES_H
#define CITYCARD_FAMILIES_H

#include "family.h"

extern const struct cc_family_desc cc_family_t_union, cc_family_community, cc_family_city_union, cc_family_changsha,
    cc_family_chongqing, cc_family_tsinghua, cc_family_beijing, cc_family_shenzhen, cc_family_wuhan,
    cc_family_lingnan, cc_family_suzhou, cc_family_macau, cc_family_social_security;

#define CC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Purse log EF18, ten records of 23 bytes, as PBOC has it. */
#define CC_LOG_EF18 {.sfi = 0x18, .records = 10}
/* PIN as PBOC has it: reference 00, BCD pairs; UNBLOCK as the fuel cards' P1 = 00, P2 = 01 (another reader has P1 = key, P2 = 00:
 * the order differs between systems, this one was seen on a card in service). */
#define CC_PIN_PBOC {.reference = 0x00, .digits_min = 4, .digits_max = 12, .unblock_p1 = 0x00, .unblock_p2 = 0x01}
/* PSAM's TAC key and MAC: two levels, key usage 4 (a PSAM in service recomputes the TAC with it); MAC, single, with initial value. */
#define CC_SAM_TAC .tac_key_p1 = 0x44, .tac_key_p2 = 0x00, .mac_p1 = 0x05

/* EF15 of CityUnion: 30 bytes; some cards lack the last one, which holds nothing of use. */
#define CC_CITY_UNION_NAME {0xA0, 0x00, 0x00, 0x00, 0x03, 0x86, 0x98, 0x07, 0x01}
#define CC_CITY_UNION_EF15 \
    {.id = 0x15, .want = 30, .least = 28, .in_fci = true, .needed = true, .field_count = 8, .fields = { \
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},       {CC_FIELD_CITY, 2, 2, CC_CODING_U16}, \
        {CC_FIELD_APP_VERSION, 8, 1, CC_CODING_U8},     {CC_FIELD_INTEROPERABLE, 10, 2, CC_CODING_TRUE_1}, \
        {CC_FIELD_NUMBER, 12, 8, CC_CODING_DIGITS},     {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES}, \
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},   {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}}

/* Holder as Changsha's metro writes it, 92 bytes: PBOC's holder file with the sex added. */
#define CC_HOLDER_92 \
    {.id = 0x16, .want = 92, .least = 55, .personal = true, .when = CC_READ_HOLDER, .field_count = 6, .fields = { \
        {CC_FIELD_HOLDER_TYPE, 0, 1, CC_CODING_U8},     {CC_FIELD_STAFF, 1, 1, CC_CODING_U8}, \
        {CC_FIELD_NAME, 2, 20, CC_CODING_GB},           {CC_FIELD_ID_NUMBER, 22, 32, CC_CODING_ASCII}, \
        {CC_FIELD_ID_TYPE, 54, 1, CC_CODING_U8},        {CC_FIELD_SEX, 55, 1, CC_CODING_SEX_BINARY}}}

/* EF15 of T-Union and of our own profile. */
#define CC_T_UNION_EF15 \
    {.id = 0x15, .want = 30, .least = 28, .in_fci = true, .needed = true, .field_count = 8, .fields = { \
        {CC_FIELD_ISSUER, 0, 8, CC_CODING_BYTES},       {CC_FIELD_CITY, 2, 2, CC_CODING_U16}, \
        {CC_FIELD_APP_TYPE, 8, 1, CC_CODING_U8},        {CC_FIELD_APP_VERSION, 9, 1, CC_CODING_U8}, \
        {CC_FIELD_NUMBER, 10, 10, CC_CODING_NUMBER},    {CC_FIELD_SERIAL, 12, 8, CC_CODING_BYTES}, \
        {CC_FIELD_VALID_FROM, 20, 4, CC_CODING_DATE},   {CC_FIELD_VALID_TO, 24, 4, CC_CODING_DATE}}}

#endif
