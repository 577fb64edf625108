/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognition and reading of every family, with a card that answers from the input's table (table.h). First byte: the family
 * seen most; second: what is read; third: the ATR; the rest: rows.
 */
#include "checks.h"
#include "fuzz.h"
#include "table.h"

#include <string.h>

#define COMMANDS_MAX 3000 /* of one read: ceilings multiplied, ten times what any card takes */

static void set_atr(struct cc_port *port, uint8_t which)
{
    static const uint8_t atrs[][20] = {
        {0x3B, 0x88, 0x80, 0x01, 0x00, 0x73, 0xC8, 0x40, 0x13, 0x00, 0x90, 0x00, 0x71},
        {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
         0x03, 0x06, 0x03, 0x00, 0x01, 0,    0,    0,    0,    0x6A},
        {0x3B, 0x6D, 0x00, 0x00, 0x00, 0x81, 0x54, 0x44, 0x55},
    };
    static const uint8_t lengths[] = {13, 20, 9};
    if (which % 4 == 3)
        return;
    memcpy(port->atr, atrs[which % 4], lengths[which % 4]);
    port->atr_len = lengths[which % 4];
}

static void ask_again(struct cc_port *port, struct table *table, const struct cc_card *card)
{
    struct cc_log_entry log[CC_LOG_MAX];
    size_t count = 0;
    int64_t balance_fen;
    if (port->broken)
        return;
    int result = cc_card_reselect(port, card);
    FUZZ_CHECK(result <= 0 || result == CC_OTHER_CARD || result == CC_CARD_BLOCKED);
    if (result != CC_OK)
        return;
    cc_balance(port, card, &balance_fen);
    cc_log_read(port, card, log, &count);
    FUZZ_CHECK(count <= CC_LOG_MAX);
    FUZZ_CHECK(table->debits == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table table;
    struct cc_port port;
    struct cc_card card;
    struct cc_history history = {0};
    if (size < 3)
        return 0;
    history.seen[data[0] % CC_FAMILIES] = data[0];
    table_init(&table, data + 3, size - 3);
    struct cc_channel channel = table_channel(&table);
    cc_port_init(&port, &channel);
    port.history = data[0] >= 128 ? NULL : &history;
    set_atr(&port, data[2]);
    memset(&card, 0xA5, sizeof card);
    int result = cc_card_read(&port, data[1] & CC_READ_ALL, &card);
    check_card(result, &card);
    FUZZ_CHECK(table.commands < COMMANDS_MAX && table.commands == port.commands);
    if (result == CC_OK)
        ask_again(&port, &table, &card);
    FUZZ_CHECK(table.debits == 0 && table.credits == 0 && table.verifies == 0 && table.writes == 0);
    return 0;
}
