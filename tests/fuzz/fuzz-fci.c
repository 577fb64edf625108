/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to SELECT: an identity is whole or not there. */
#include "fields.h"
#include "fuzz.h"
#include "tlv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_card card = {0}, nothing = {0};
    struct cc_reading reading = {.card = &card};
    struct cc_bytes application;
    if (!cc_tlv_find(cc_bytes_of(data, size), 0x9F0C, &application))
        return 0;
    int result = cc_fields_take(&cc_family_desc_of(CC_FAMILY_T_UNION)->files[0], application, &reading);
    if (result != CC_OK) {
        FUZZ_CHECK(memcmp(&card, &nothing, sizeof card) == 0);
        return 0;
    }
    size_t digits = strspn(card.card_number, "0123456789");
    FUZZ_CHECK(application.left >= 28);
    FUZZ_CHECK(digits >= 1 && digits <= 20 && card.card_number[digits] == '\0' && card.card_number[0] != '0');
    return 0;
}
