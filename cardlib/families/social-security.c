/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The social security card, LD/T 32: application sx1.sh.社会保障 (SSSE), records of tag, length and value in EF05 (card) and EF06
 * (holder). They are read by tag; on cards that refuse that, by number, and told apart by the tag they carry: numbers differ
 * between versions (version 1 has no 4E). Free to read; one reader in service gives a fixed PIN first: a PIN is never tried
 * here. Its money runs through banks, not through a purse.
 */
#include "families.h"

#define CARD(TAG, LEN, FIELD, CODING, WHEN) \
    {.place = CC_PLACE_RECORD, .id = 0xEF05, .tag = TAG, .want = (LEN) + 2, .least = 1, .when = WHEN, .field_count = 1, \
     .fields = {{FIELD, 0, LEN, CODING}}}
#define HOLDER(TAG, LEN, FIELD, CODING) \
    {.place = CC_PLACE_RECORD, .id = 0xEF06, .tag = TAG, .want = (LEN) + 2, .least = 1, .personal = true, \
     .when = CC_READ_HOLDER, .field_count = 1, .fields = {{FIELD, 0, LEN, CODING}}}

static const struct cc_file_desc files[] = {
    {.place = CC_PLACE_RECORD, .id = 0xEF05, .tag = 0x07, .want = 11, .least = 9, .needed = true, .field_count = 1,
     .fields = {{CC_FIELD_NUMBER, 0, 9, CC_CODING_ASCII}}},
    {.place = CC_PLACE_RECORD, .id = 0xEF05, .tag = 0x01, .want = 18, .least = 16, .field_count = 2, .fields = {
        {CC_FIELD_CARD_ID, 0, 16, CC_CODING_CN},
        {CC_FIELD_CITY, 0, 2, CC_CODING_U16}}},
    CARD(0x05, 4, CC_FIELD_VALID_FROM, CC_CODING_DATE, 0),
    CARD(0x06, 4, CC_FIELD_VALID_TO, CC_CODING_DATE, 0),
    CARD(0x02, 1, CC_FIELD_CARD_KIND, CC_CODING_ASCII, CC_READ_CLASS),
    CARD(0x03, 4, CC_FIELD_SPEC_VERSION, CC_CODING_ASCII, CC_READ_CLASS),
    CARD(0x04, 12, CC_FIELD_ISSUED_BY, CC_CODING_CN, CC_READ_CLASS),
    HOLDER(0x08, 18, CC_FIELD_ID_NUMBER, CC_CODING_ASCII),
    HOLDER(0x09, 30, CC_FIELD_NAME, CC_CODING_GB),
    HOLDER(0x4E, 20, CC_FIELD_NAME_MORE, CC_CODING_GB),
    HOLDER(0x0A, 1, CC_FIELD_SEX, CC_CODING_SEX_ASCII),
    HOLDER(0x0B, 1, CC_FIELD_NATION, CC_CODING_BCD_U8),
    HOLDER(0x0C, 3, CC_FIELD_BIRTH_PLACE, CC_CODING_DIGITS),
    HOLDER(0x0D, 4, CC_FIELD_BIRTH_DATE, CC_CODING_DATE),
};

const struct cc_family_desc cc_family_social_security = {
    .family = CC_FAMILY_SOCIAL_SECURITY,
    .name = "social-security",
    .beside_t_union = true,
    .select = {.name = {'s', 'x', '1', '.', 's', 'h', '.', 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF},
               .name_len = 15},
    .files = files,
    .file_count = CC_COUNT(files),
};
