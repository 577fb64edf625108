/* SPDX-License-Identifier: Apache-2.0 */
/* Purses, their logs, and journeys, as a family's description has them. Only reading: nothing here changes a counter. */
#include "recognise.h"
#include "purse.h"

#include <string.h>

#define VALUE_MASK 0x7FFFFFFFu /* the top bit is noise on some cards */
#define SIGN_BIT   0x40000000u
#define LOG_LEN     23
#define JOURNEY_LEN 48

static const struct cc_family_desc *desc_of(const struct cc_card *card)
{
    return cc_family_desc_of(card->family);
}

static int read_value(struct cc_port *port, uint8_t p1, uint8_t p2, uint32_t *value)
{
    struct cc_command command = {.cla = 0x80, .ins = 0x5C, .p1 = p1, .p2 = p2, .le = 4};
    struct cc_answer answer;
    *value = 0;
    int result = cc_apdu(port, &command, &answer);
    if (result == CC_OK)
        result = cc_sw_result(answer.sw);
    if (result != CC_OK)
        return result;
    if (answer.len != 4)
        return CC_ERR_PROTOCOL;
    struct cc_bytes in = cc_answer_bytes(&answer);
    *value = cc_take_u32(&in) & VALUE_MASK;
    return CC_OK;
}

static int64_t fen_of(const struct cc_purse_desc *desc, uint32_t value)
{
    int64_t fen = value;
    if (desc->is_signed && (value & SIGN_BIT) != 0)
        fen -= (int64_t)VALUE_MASK + 1;
    return fen * (desc->factor ? desc->factor : 1) + desc->offset_fen;
}

int cc_balance(struct cc_port *port, const struct cc_card *card, int64_t *balance_fen)
{
    const struct cc_family_desc *desc = desc_of(card);
    uint32_t value;
    *balance_fen = 0;
    if (!desc || desc->purse_count == 0)
        return CC_ERR_UNSUPPORTED;
    int result = read_value(port, 0x00, desc->purses[0].p2, &value);
    if (result == CC_OK)
        *balance_fen = fen_of(&desc->purses[0], value);
    return result;
}

/*
 * What is owed and how much may be, from two values of which sources disagree which is which: what is owed never is the larger
 * one. A card that answers one of them only tells what is owed. With something in the purse nothing can be owed, and a card that
 * answers with its balance again knows no P1.
 */
static int read_overdraft(struct cc_port *port, const struct cc_purse_desc *desc, struct cc_purse *purse)
{
    uint32_t value[2] = {0, 0};
    int result[2];
    for (size_t i = 0; i < 2; i++) {
        result[i] = read_value(port, desc->overdraft_p1[i], desc->p2, &value[i]);
        if (port->broken)
            return result[i];
    }
    bool both = result[0] == CC_OK && result[1] == CC_OK;
    if (result[0] != CC_OK && result[1] != CC_OK)
        return CC_OK;
    uint32_t used = !both ? value[0] + value[1] : value[0] < value[1] ? value[0] : value[1];
    if (purse->balance_fen > 0 && used > 0)
        return CC_OK;
    purse->has_overdraft = true;
    purse->overdraft_used_fen = used;
    purse->overdraft_limit_fen = both ? value[0] + value[1] - used : 0;
    purse->balance_fen -= used;
    return CC_OK;
}

static int read_purse(struct cc_port *port, const struct cc_purse_desc *desc, bool overdraft, struct cc_purse *purse)
{
    uint32_t value;
    memset(purse, 0, sizeof *purse);
    int result = read_value(port, 0x00, desc->p2, &value);
    if (result != CC_OK)
        return result;
    purse->p2 = desc->p2;
    purse->balance_fen = fen_of(desc, value);
    if (desc->overdraft_p1[0] != 0 && (overdraft || purse->balance_fen == 0))
        result = read_overdraft(port, desc, purse);
    return result;
}

int cc_purses_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_card *card)
{
    bool all = (what & CC_READ_PURSES) != 0;
    size_t count = all ? desc->purse_count : desc->purse_count > 0;
    for (size_t i = 0; i < count; i++) {
        int result = read_purse(port, &desc->purses[i], all, &card->purses[card->purse_count]);
        if (port->broken)
            return result;
        if (result != CC_OK)
            continue;
        if (i == 0) {
            card->has_balance = true;
            card->balance_fen = card->purses[0].balance_fen;
        }
        card->purse_count += 1;
    }
    return CC_OK;
}

/* ---- Logs ---------------------------------------------------------------------------------------------------------- */

/* Record `number` of a log. CC_NOT_FOUND for every refusal; *first_refused keeps why the first was. */
static int read_record(struct cc_port *port, uint8_t sfi, uint8_t number, uint8_t len, struct cc_answer *answer)
{
    struct cc_command command = {.ins = 0xB2, .p1 = number, .p2 = (uint8_t)(sfi << 3 | 4), .le = len};
    int result = cc_apdu(port, &command, answer);
    if (result != CC_OK)
        return result;
    if (answer->sw == 0x9000)
        return CC_OK;
    /* 6A83 ends the log; so does any other refusal after a first record. */
    return number == 1 && answer->sw != 0x6A83 ? cc_sw_result(answer->sw) : CC_NOT_FOUND;
}

static int read_log(struct cc_port *port, const struct cc_family_desc *desc, const struct cc_log_desc *log_desc,
                    struct cc_log_entry *log, size_t *count)
{
    uint8_t factor = desc->purse_count > 0 ? desc->purses[0].factor : 1;
    struct cc_answer answer;
    for (uint8_t number = 1; number <= log_desc->records; number++) {
        int result = read_record(port, log_desc->sfi, number, LOG_LEN, &answer);
        if (result == CC_NOT_FOUND && (number > 1 || port->last_sw == 0x6A83))
            return CC_OK;
        if (result != CC_OK)
            return result;
        int parsed = cc_log_parse(cc_answer_bytes(&answer), factor, &log[*count]);
        if (parsed == CC_ERR_PROTOCOL)
            return parsed;
        log[*count].file = log_desc->sfi;
        *count += parsed == CC_OK;
    }
    return CC_OK;
}

int cc_log_read(struct cc_port *port, const struct cc_card *card, struct cc_log_entry log[CC_LOG_MAX], size_t *count)
{
    const struct cc_family_desc *desc = desc_of(card);
    memset(log, 0, CC_LOG_MAX * sizeof log[0]);
    *count = 0;
    if (!desc || desc->log_count == 0)
        return CC_ERR_UNSUPPORTED;
    return read_log(port, desc, &desc->logs[0], log, count);
}

int cc_log_read_at(struct cc_port *port, const struct cc_card *card, size_t index, struct cc_log_entry log[CC_LOG_MAX],
                   size_t *count)
{
    const struct cc_family_desc *desc = desc_of(card);
    memset(log, 0, CC_LOG_MAX * sizeof log[0]);
    *count = 0;
    if (!desc || index >= desc->log_count)
        return CC_NOT_FOUND;
    return read_log(port, desc, &desc->logs[index], log, count);
}

int cc_logs_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card)
{
    for (size_t i = 0; i < desc->log_count; i++) {
        int result = read_log(port, desc, &desc->logs[i], card->log, &card->log_count);
        if (result < 0 && port->broken)
            return result;
    }
    return CC_OK;
}

int cc_journeys_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card)
{
    struct cc_answer answer;
    for (uint8_t number = 1; desc->journeys_sfi != 0 && number <= CC_JOURNEYS_MAX; number++) {
        int result = read_record(port, desc->journeys_sfi, number, JOURNEY_LEN, &answer);
        if (port->broken)
            return result;
        if (result != CC_OK)
            return CC_OK;
        result = cc_journey_parse(cc_answer_bytes(&answer), &card->journeys[card->journey_count]);
        if (result != CC_OK)
            return CC_OK; /* newest first: nothing is behind a blank one */
        card->journey_count += 1;
    }
    return CC_OK;
}
