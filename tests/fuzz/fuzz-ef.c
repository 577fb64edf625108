/* SPDX-License-Identifier: Apache-2.0 */
/* Every file of every family and the records of logs from the same bytes, and the masks over what they hold. */
#include "fields.h"
#include "fuzz.h"
#include "text.h"

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

static void check_masks(const struct cc_holder *holder)
{
    char masked[CC_NAME_SIZE];
    cc_mask_name(holder->name, masked, sizeof masked);
    FUZZ_CHECK(strlen(masked) <= strlen(holder->name));
    FUZZ_CHECK(count_letters(holder->name) <= 2 || strcmp(masked, holder->name) != 0);
    cc_mask_id(holder->id_number, masked, sizeof masked);
    FUZZ_CHECK(strlen(masked) == strlen(holder->id_number));
}

static void check_card(const struct cc_card *card)
{
    check_text(card->card_number, sizeof card->card_number);
    check_text(card->issued_by, sizeof card->issued_by);
    check_text(card->card_id, sizeof card->card_id);
    check_text(card->card_kind, sizeof card->card_kind);
    check_text(card->spec_version, sizeof card->spec_version);
    check_text(card->community, sizeof card->community);
    check_text(card->holder.name, sizeof card->holder.name);
    check_text(card->holder.id_number, sizeof card->holder.id_number);
    check_text(card->holder.birth_place, sizeof card->holder.birth_place);
    check_text(card->holder.student_number, sizeof card->holder.student_number);
    check_text(card->holder.volunteer_number, sizeof card->holder.volunteer_number);
    check_masks(&card->holder);
    cc_card_valid_on(card, 20260101);
}

/* Files one by one into the same card, as a card's are; then records of logs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        const struct cc_family_desc *desc = cc_family_descs[i];
        struct cc_card card = {.family = desc->family};
        struct cc_reading reading = {.card = &card};
        for (size_t k = 0; k < desc->file_count; k++) {
            int result = cc_fields_take(&desc->files[k], cc_bytes_of(data, size), &reading);
            FUZZ_CHECK(result != CC_OK || size >= desc->files[k].least);
            FUZZ_CHECK(reading.name_len <= sizeof reading.name);
            check_card(&card);
        }
    }
    struct cc_log_entry entry;
    struct cc_journey journey;
    int result = cc_log_parse(cc_bytes_of(data, size), 1, &entry);
    FUZZ_CHECK((result == CC_OK) <= (size >= 23) && (entry.amount_fen & 0x80000000) == 0);
    result = cc_journey_parse(cc_bytes_of(data, size), &journey);
    FUZZ_CHECK((result == CC_OK) <= (size >= 48) && (journey.balance_fen & 0x80000000) == 0);
    return 0;
}
