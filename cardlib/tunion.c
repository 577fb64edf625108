/* SPDX-License-Identifier: Apache-2.0 */
/* T-Union, JT/T 978: application data (EF15), holder (EF16), management (EF17), purse log (EF18). */
#include "tunion.h"

#include "profile.h"
#include "text.h"
#include "tlv.h"

#include <string.h>

#define TAG_ISSUER_DATA 0x9F0C /* discretionary data of the FCI: EF15 as it is */

/* Twenty BCD digits as text, without leading zeros. False when one is not decimal or all are 0. */
static bool card_number_text(const uint8_t serial[10], char out[CC_CARD_NUMBER_SIZE])
{
    char digits[21] = {0};
    for (size_t i = 0; i < 20; i++) {
        unsigned digit = i % 2 == 0 ? serial[i / 2] >> 4 : serial[i / 2] & 0x0F;
        if (digit > 9)
            return false;
        digits[i] = (char)('0' + digit);
    }
    size_t zeros = strspn(digits, "0");
    memset(out, 0, CC_CARD_NUMBER_SIZE);
    struct cc_bytes rest = cc_bytes_of((const uint8_t *)digits + zeros, 20 - zeros);
    cc_take(&rest, (uint8_t *)out, 20 - zeros);
    return zeros < 20;
}

int cc_tunion_parse_application(struct cc_bytes in, struct cc_card *card)
{
    uint8_t issuer[8], serial[10], from[4], to[4];
    char number[CC_CARD_NUMBER_SIZE];
    cc_take(&in, issuer, sizeof issuer);
    uint8_t app_type = cc_take_u8(&in);
    uint8_t app_version = cc_take_u8(&in);
    cc_take(&in, serial, sizeof serial);
    cc_take(&in, from, sizeof from);
    cc_take(&in, to, sizeof to);
    if (in.bad)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(cc_bytes_of(serial, sizeof serial)))
        return CC_NOT_FOUND;
    if (!card_number_text(serial, number))
        return CC_ERR_PROTOCOL;
    memcpy(card->card_number, number, sizeof card->card_number);
    memcpy(card->issuer, issuer, sizeof card->issuer);
    memcpy(card->serial, serial + 2, sizeof card->serial);
    card->app_type = app_type;
    card->app_version = app_version;
    card->valid_from = cc_bcd_date(from);
    card->valid_to = cc_bcd_date(to);
    card->city = (uint16_t)(issuer[2] << 8 | issuer[3]);
    return CC_OK;
}

int cc_tunion_parse_holder(struct cc_bytes in, struct cc_holder *holder)
{
    memset(holder, 0, sizeof *holder);
    uint8_t holder_type = cc_take_u8(&in);
    uint8_t staff = cc_take_u8(&in);
    struct cc_bytes name = cc_take_sub(&in, 20);
    struct cc_bytes id_number = cc_take_sub(&in, 32);
    if (in.bad)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(name) && cc_bytes_blank(id_number))
        return CC_NOT_FOUND;
    holder->holder_type = holder_type;
    holder->staff = staff;
    holder->id_type = in.left > 0 ? cc_take_u8(&in) : 0; /* files of 54 bytes lack it */
    cc_text_from_gb(name, holder->name, sizeof holder->name);
    cc_text_from_ascii(id_number, holder->id_number, sizeof holder->id_number);
    if (strcmp(holder->name, "未发行") == 0) /* how some issuers fill the file of an anonymous card */
        memset(holder->name, 0, sizeof holder->name);
    holder->present = holder->name[0] != '\0' || holder->id_number[0] != '\0';
    return holder->present ? CC_OK : CC_NOT_FOUND;
}

int cc_tunion_parse_management(struct cc_bytes in, struct cc_card *card)
{
    if (cc_bytes_blank(in))
        return CC_NOT_FOUND;
    cc_skip(&in, 4); /* country, 00000156 */
    cc_skip(&in, 2); /* province */
    uint16_t city = cc_take_u16(&in);
    uint16_t interoperable = cc_take_u16(&in);
    uint8_t card_class = cc_take_u8(&in);
    if (in.bad)
        return CC_ERR_PROTOCOL;
    if (city != 0 && city != 0xFFFF)
        card->city = city; /* said outright here, only read out of the issuer code in EF15 */
    card->interoperable = interoperable == 1;
    card->card_class = card_class != 0xFF ? card_class : 0;
    return CC_OK;
}

int cc_tunion_parse_log(struct cc_bytes in, struct cc_log_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    struct cc_bytes record = cc_take_sub(&in, cc_profile_t_union.log_record_len);
    if (record.bad)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(record))
        return CC_NOT_FOUND;
    entry->counter = cc_take_u16(&record);
    entry->overdraft_fen = cc_take_u24(&record);
    entry->amount_fen = cc_take_u32(&record) & 0x7FFFFFFF; /* the top bit is noise on some cards */
    entry->type = cc_take_u8(&record);
    cc_take(&record, entry->terminal, sizeof entry->terminal);
    cc_take(&record, entry->date_bcd, sizeof entry->date_bcd);
    cc_take(&record, entry->time_bcd, sizeof entry->time_bcd);
    return CC_OK;
}

struct cc_bytes cc_tunion_application_in_fci(struct cc_bytes fci)
{
    struct cc_bytes application;
    if (!cc_tlv_find(fci, TAG_ISSUER_DATA, &application))
        return cc_bytes_of(NULL, 0);
    return application;
}

/* EF15 out of the FCI, and only when that has none of use, out of the file. */
static int read_application(struct cc_port *port, struct cc_answer *answer, struct cc_card *card)
{
    struct cc_bytes in_fci = cc_tunion_application_in_fci(cc_answer_bytes(answer));
    if (cc_tunion_parse_application(in_fci, card) == CC_OK)
        return CC_OK;
    const struct cc_profile *profile = &cc_profile_t_union;
    int result = cc_file_read_either(port, profile->sfi_application, profile->application_len, answer);
    if (result < 0)
        return result;
    if (result != CC_OK || cc_tunion_parse_application(cc_answer_bytes(answer), card) != CC_OK)
        return CC_ERR_UNSUPPORTED;
    return CC_OK;
}

int cc_tunion_select(struct cc_port *port, struct cc_card *card)
{
    const struct cc_profile *profile = &cc_profile_t_union;
    struct cc_answer answer;
    int result = cc_select_name(port, profile->aid, profile->aid_len, &answer);
    if (result != CC_OK)
        return result;
    /* A blocked application still gives its FCI, with 6A81 or 6283: the status counts, not the data. */
    bool blocked = answer.sw == 0x6A81 || answer.sw == 0x6283 || answer.sw == 0x9303;
    if (answer.sw != 0x9000 && !blocked)
        return CC_ERR_UNSUPPORTED;
    result = read_application(port, &answer, card);
    if (result != CC_OK)
        return result;
    card->family = CC_FAMILY_T_UNION;
    card->blocked = blocked;
    return blocked ? CC_CARD_BLOCKED : CC_OK;
}
