/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load with a card that answers from the input's table (table.h): prepare, authorise, credit, settle at two later taps. First
 * byte: the family; second: how. Whatever the card says: CREDIT goes out once, confirmed is only what the card confirmed, and
 * void only what it did not.
 */
#include "checks.h"
#include "fuzz.h"
#include "table.h"

#include <string.h>

#define COMMANDS_MAX 3000

static const uint8_t terminal[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01};
static const uint8_t date_bcd[4] = {0x20, 0x26, 0x01, 0x15}, time_bcd[3] = {0x09, 0x30, 0x45},
                     mac2[4] = {1, 2, 3, 4};

static void check_credited(int result, const struct table *table, const struct cc_load *load)
{
    FUZZ_CHECK(table->credits <= 1);
    switch (result) {
    case CC_OK:
        FUZZ_CHECK(load->state == CC_PURCHASE_CONFIRMED && load->has_tac && table->credits == 1);
        FUZZ_CHECK(table->credit.sw == 0x9000 && table->credit.len == 4);
        FUZZ_CHECK(memcmp(table->credit.data, load->tac, 4) == 0);
        break;
    case CC_DECLINED:
        FUZZ_CHECK(load->state == CC_PURCHASE_VOID && !load->has_tac);
        FUZZ_CHECK(table->credit.sw != 0x9000 && table->credit.len == 0);
        break;
    case CC_IN_DOUBT:
        FUZZ_CHECK(load->state == CC_PURCHASE_IN_DOUBT);
        break;
    default:
        FUZZ_CHECK(result < 0 && table->credits == 0);
    }
}

static void check_resolved(int result, const struct table *table, const struct cc_load *before,
                           const struct cc_load *load)
{
    FUZZ_CHECK(table->credits <= 1 && table->debits == 0);
    if (result < 0 || result == CC_OTHER_CARD) {
        FUZZ_CHECK(memcmp(before, load, sizeof *load) == 0);
        return;
    }
    if (load->state == CC_PURCHASE_CONFIRMED)
        FUZZ_CHECK(load->evidence == CC_EVIDENCE_PROOF || load->evidence == CC_EVIDENCE_LOG);
    if (load->evidence == CC_EVIDENCE_PROOF)
        FUZZ_CHECK(table->prove.sw == 0x9000 && table->prove.len == 8 && load->has_tac);
    FUZZ_CHECK((result == CC_IN_DOUBT) == (load->state == CC_PURCHASE_IN_DOUBT));
}

static void settle(struct cc_port *port, struct table *table, struct cc_load *load)
{
    for (int tap = 0; tap < 2 && (load->state == CC_PURCHASE_SENT || load->state == CC_PURCHASE_IN_DOUBT);
         tap++) {
        struct cc_channel channel = table_channel(table);
        struct cc_load before = *load;
        table_again(table);
        cc_port_init(port, &channel);
        int result = cc_load_resolve(port, load);
        check_resolved(result, table, &before, load);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table table;
    struct cc_port port;
    struct cc_card card;
    struct cc_load load = {0}, nothing = {0};
    if (size < 2)
        return 0;
    struct cc_history history = {0};
    history.seen[data[0] % CC_FAMILIES] = 1;
    table_init(&table, data + 2, size - 2);
    struct cc_channel channel = table_channel(&table);
    cc_port_init(&port, &channel);
    port.history = &history;
    int result = cc_card_read(&port, 0, &card);
    check_card(result, &card);
    if (result != CC_OK)
        return 0;
    result = cc_load_prepare(&port, &card, terminal, data[1] & 0x0F, 1000, data[1] & 0x80 ? "123456" : NULL,
                             &load);
    FUZZ_CHECK(table.credits == 0 && table.writes == 0 && table.verifies <= (data[1] & 0x80 ? 1u : 0u));
    if (result != CC_OK) {
        FUZZ_CHECK(memcmp(&load, &nothing, sizeof load) == 0);
        return 0;
    }
    FUZZ_CHECK(load.state == CC_PURCHASE_PREPARED && load.amount_fen == 1000);
    FUZZ_CHECK(cc_load_credit(&port, &load) < 0 &&
               table.credits == 0); /* not before the platform has said yes */
    FUZZ_CHECK(cc_load_authorise(&load, date_bcd, time_bcd, mac2) == CC_OK && load.state == CC_PURCHASE_SENT);
    if (!(data[1] & 0x40)) /* else as after a power cut */
        check_credited(cc_load_credit(&port, &load), &table, &load);
    settle(&port, &table, &load);
    FUZZ_CHECK(table.commands < COMMANDS_MAX && table.writes == 0 && table.debits == 0);
    return 0;
}
