/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a card: recognise its family, then the files asked for. Nothing here changes a counter or a try. */
#include "apdu.h"
#include "citycard.h"
#include "profile.h"
#include "tunion.h"

#include <openssl/crypto.h>
#include <string.h>

#define BALANCE_NOISE 0x80000000u /* set by some cards in every amount */

int cc_balance(struct cc_port *port, const struct cc_card *card, int64_t *balance_fen)
{
    struct cc_command command = {.cla = 0x80, .ins = 0x5C, .p2 = cc_profile_t_union.purse_p2, .le = 4};
    struct cc_answer answer;
    *balance_fen = 0;
    int result = cc_apdu(port, &command, &answer);
    if (result == CC_OK)
        result = cc_sw_result(answer.sw);
    if (result != CC_OK)
        return result;
    if (answer.len != 4)
        return CC_ERR_PROTOCOL;
    struct cc_bytes in = cc_answer_bytes(&answer);
    *balance_fen = cc_take_u32(&in) & ~BALANCE_NOISE;
    return CC_OK;
}

int cc_log_read(struct cc_port *port, const struct cc_card *card, struct cc_log_entry log[CC_LOG_MAX], size_t *count)
{
    const struct cc_profile *profile = &cc_profile_t_union;
    struct cc_answer answer;
    memset(log, 0, CC_LOG_MAX * sizeof log[0]);
    *count = 0;
    for (uint8_t record = 1; record <= CC_LOG_MAX; record++) {
        struct cc_command command = {.ins = 0xB2, .p1 = record, .p2 = (uint8_t)(profile->sfi_log << 3 | 4)};
        command.le = profile->log_record_len;
        int result = cc_apdu(port, &command, &answer);
        if (result != CC_OK)
            return result;
        if (answer.sw != 0x9000 && record == 1 && answer.sw != 0x6A83)
            return cc_sw_result(answer.sw);
        if (answer.sw != 0x9000)
            return CC_OK; /* 6A83 ends the log; so does any other refusal after a first record */
        int parsed = cc_tunion_parse_log(cc_answer_bytes(&answer), &log[*count]);
        if (parsed == CC_OK)
            *count += 1;
        else if (parsed != CC_NOT_FOUND)
            return parsed;
    }
    return CC_OK;
}

/* An error of the connection, after which no further command makes sense; all else only leaves its field
 * empty. */
static bool is_fatal(const struct cc_port *port, int result)
{
    return result < 0 && port->broken;
}

static int read_files(struct cc_port *port, unsigned what, struct cc_card *out)
{
    const struct cc_profile *profile = &cc_profile_t_union;
    struct cc_answer answer;
    int result;
    if (what & CC_READ_HOLDER) {
        result = cc_file_read_either(port, profile->sfi_holder, profile->holder_len, &answer);
        if (is_fatal(port, result))
            return result;
        if (result == CC_OK)
            cc_tunion_parse_holder(cc_answer_bytes(&answer), &out->holder);
    }
    if (what & CC_READ_CLASS) {
        result = cc_file_read_either(port, profile->sfi_management, profile->management_len, &answer);
        if (is_fatal(port, result))
            return result;
        if (result == CC_OK)
            cc_tunion_parse_management(cc_answer_bytes(&answer), out);
    }
    OPENSSL_cleanse(&answer, sizeof answer);
    return CC_OK;
}

static int read_purse(struct cc_port *port, unsigned what, struct cc_card *out)
{
    if (what & CC_READ_BALANCE) {
        int result = cc_balance(port, out, &out->balance_fen);
        if (is_fatal(port, result))
            return result;
        out->has_balance = result == CC_OK;
    }
    if (what & CC_READ_LOG) {
        int result = cc_log_read(port, out, out->log, &out->log_count);
        if (is_fatal(port, result))
            return result;
    }
    return CC_OK;
}

int cc_card_read(struct cc_port *port, unsigned what, struct cc_card *out)
{
    memset(out, 0, sizeof *out);
    if ((what & ~(unsigned)CC_READ_ALL) != 0)
        return CC_ERR_ARGUMENT;
    int selected = cc_tunion_select(port, out);
    if (selected < 0)
        return selected;
    int result = read_files(port, what, out);
    if (result == CC_OK)
        result = read_purse(port, what, out);
    return result == CC_OK ? selected : result;
}

int cc_card_reselect(struct cc_port *port, const struct cc_card *card)
{
    struct cc_card now = {0};
    if (card->family != CC_FAMILY_T_UNION || card->card_number[0] == '\0')
        return CC_ERR_ARGUMENT;
    int result = cc_tunion_select(port, &now);
    if (result == CC_ERR_UNSUPPORTED)
        return CC_OTHER_CARD; /* the card asked for has this application */
    if (result < 0)
        return result;
    bool same = strncmp(now.card_number, card->card_number, sizeof now.card_number) == 0 &&
                memcmp(now.issuer, card->issuer, sizeof now.issuer) == 0;
    return same ? result : CC_OTHER_CARD;
}

bool cc_card_valid_on(const struct cc_card *card, uint32_t date)
{
    if (card->family == CC_FAMILY_UNKNOWN || card->blocked || card->app_version != 0x01)
        return false;
    bool begun = card->valid_from == 0 || date >= card->valid_from;
    bool ended = card->valid_to != 0 && date > card->valid_to;
    return begun && !ended;
}
