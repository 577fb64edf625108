/* SPDX-License-Identifier: Apache-2.0 */
#include "checks.h"
#include "fuzz.h"
#include "text.h"

#include <string.h>

void check_text(const char *text, size_t size)
{
    uint32_t c;
    FUZZ_CHECK(memchr(text, '\0', size) != NULL);
    for (const char *at = text; *at != '\0';) {
        size_t len = cc_utf8_next(at, &c);
        FUZZ_CHECK(len > 1 || (c >= 0x20 && c < 0x7F)); /* whole characters, no controls */
        FUZZ_CHECK(c != 0x200E && c != 0x200F && (c < 0x202A || c > 0x202E) && (c < 0x2066 || c > 0x2069));
        at += len;
    }
}

/* A number as it is shown: digits, or on social security cards letters too. */
static void check_number(const char *text, size_t size)
{
    check_text(text, size);
    for (const char *at = text; *at != '\0'; at++)
        FUZZ_CHECK(*at > ' ' && *at < 0x7F && *at != '?');
}

static void check_date(uint32_t date)
{
    FUZZ_CHECK(date == 0 ||
               (date / 100 % 100 >= 1 && date / 100 % 100 <= 12 && date % 100 >= 1 && date % 100 <= 31));
}

static void check_holder(const struct cc_holder *holder)
{
    char masked[CC_NAME_SIZE];
    check_text(holder->name, sizeof holder->name);
    check_text(holder->id_number, sizeof holder->id_number);
    check_text(holder->birth_place, sizeof holder->birth_place);
    check_text(holder->student_number, sizeof holder->student_number);
    check_text(holder->volunteer_number, sizeof holder->volunteer_number);
    FUZZ_CHECK(holder->sex == 0 || holder->sex == 'F' || holder->sex == 'M');
    check_date(holder->birth_date);
    FUZZ_CHECK(holder->present || (holder->name[0] == '\0' && holder->id_number[0] == '\0'));
    cc_mask_name(holder->name, masked, sizeof masked);
    check_text(masked, sizeof masked);
    cc_mask_id(holder->id_number, masked, sizeof masked);
    FUZZ_CHECK(strlen(masked) == strlen(holder->id_number));
}

static void check_counts(const struct cc_card *card)
{
    FUZZ_CHECK(card->log_count <= CC_LOGS_MAX && card->journey_count <= CC_JOURNEYS_MAX);
    FUZZ_CHECK(card->purse_count <= CC_PURSES_MAX && card->other_count <= CC_OTHERS_MAX);
    FUZZ_CHECK(card->uid_len <= sizeof card->uid);
    for (size_t i = 0; i < card->other_count; i++)
        check_number(card->others[i].card_number, sizeof card->others[i].card_number);
    for (size_t i = 0; i < card->purse_count; i++)
        FUZZ_CHECK(card->purses[i].p2 == 1 || card->purses[i].p2 == 2);
}

void check_card(int result, const struct cc_card *card)
{
    check_number(card->card_number, sizeof card->card_number);
    check_text(card->issued_by, sizeof card->issued_by);
    check_text(card->card_id, sizeof card->card_id);
    check_text(card->card_kind, sizeof card->card_kind);
    check_text(card->spec_version, sizeof card->spec_version);
    check_text(card->community, sizeof card->community);
    check_date(card->valid_from);
    check_date(card->valid_to);
    check_date(card->issued);
    check_holder(&card->holder);
    check_counts(card);
    FUZZ_CHECK((int)card->family >= 0 && card->family < CC_FAMILIES);
    if (result == CC_OK)
        FUZZ_CHECK(card->card_number[0] != '\0' && card->family >= CC_FAMILY_T_UNION &&
                   card->family <= CC_FAMILY_SOCIAL_SECURITY);
    if (result == CC_CARD_BLOCKED)
        FUZZ_CHECK(card->blocked);
    if (result == CC_NO_IDENTITY)
        FUZZ_CHECK(card->card_number[0] == '\0');
}
