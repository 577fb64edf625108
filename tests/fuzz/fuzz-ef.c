/* SPDX-License-Identifier: Apache-2.0 */
/* EF15, EF16, EF17 and a record of EF18 from the same bytes, and the masks over what they hold. */
#include "fuzz.h"
#include "text.h"
#include "tunion.h"

#include <string.h>

static void check_text(const char *text, size_t size)
{
    FUZZ_CHECK(memchr(text, '\0', size) != NULL);
    uint32_t code_point;
    for (const char *at = text; *at != '\0';) {
        size_t len = cc_utf8_next(at, &code_point);
        FUZZ_CHECK(len > 1 || (code_point >= 0x20 && code_point < 0x7F)); /* whole characters, no controls */
        at += len;
    }
}

/* Characters that a mask would hide, without the separators it leaves. */
static size_t count_letters(const char *text)
{
    size_t count = 0;
    uint32_t c;
    for (; *text != '\0'; text += cc_utf8_next(text, &c)) {
        cc_utf8_next(text, &c);
        count += c != ' ' && c != 0x3000 && c != 0xB7 && c != 0x2022 && c != 0x2027 && c != 0x30FB &&
                 c != 0xFF0E && c != '*';
    }
    return count;
}

static void check_holder(const uint8_t *data, size_t size)
{
    struct cc_holder holder;
    char masked[CC_NAME_SIZE];
    int result = cc_tunion_parse_holder(cc_bytes_of(data, size), &holder);
    check_text(holder.name, sizeof holder.name);
    check_text(holder.id_number, sizeof holder.id_number);
    FUZZ_CHECK(result == CC_OK ? holder.present && size >= 54 : !holder.present && holder.name[0] == '\0');
    cc_mask_name(holder.name, masked, sizeof masked);
    FUZZ_CHECK(strlen(masked) <= strlen(holder.name));
    FUZZ_CHECK(count_letters(holder.name) <= 2 || strcmp(masked, holder.name) != 0);
    cc_mask_id(holder.id_number, masked, sizeof masked);
    FUZZ_CHECK(strlen(masked) == strlen(holder.id_number));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_card card = {0};
    struct cc_log_entry entry;
    int result = cc_tunion_parse_application(cc_bytes_of(data, size), &card);
    FUZZ_CHECK(result != CC_OK || (size >= 28 && card.card_number[0] != '\0'));
    cc_card_valid_on(&card, 20260101);
    check_holder(data, size);
    result = cc_tunion_parse_management(cc_bytes_of(data, size), &card);
    FUZZ_CHECK(result != CC_OK || size >= 11);
    result = cc_tunion_parse_log(cc_bytes_of(data, size), &entry);
    FUZZ_CHECK(result != CC_OK || size >= 23);
    FUZZ_CHECK((entry.amount_fen & 0x80000000) == 0);
    return 0;
}
