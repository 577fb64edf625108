/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to SELECT: an identity is whole or not there. */
#include "fuzz.h"
#include "tunion.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_card card = {0}, nothing = {0};
    struct cc_bytes application = cc_tunion_application_in_fci(cc_bytes_of(data, size));
    int result = cc_tunion_parse_application(application, &card);
    if (result != CC_OK) {
        FUZZ_CHECK(memcmp(&card, &nothing, sizeof card) == 0);
        return 0;
    }
    size_t digits = strspn(card.card_number, "0123456789");
    FUZZ_CHECK(application.left >= 28);
    FUZZ_CHECK(digits >= 1 && digits <= 20 && card.card_number[digits] == '\0' && card.card_number[0] != '0');
    return 0;
}
