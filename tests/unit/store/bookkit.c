/* SPDX-License-Identifier: Apache-2.0 */
#include "bookkit.h"
#include "model/model.h"

#include <string.h>

void txn_begin(struct ledger_txn *txn, enum ledger_type type)
{
    memset(txn, 0, sizeof *txn);
    txn->type = type;
    txn->at_ms = now_ms();
    uuid7(txn->at_ms, txn->id);
    g_strlcpy(txn->rule, "sample", sizeof txn->rule);
}

void spend_make(struct ledger_txn *txn, const char *token, const char *item, int64_t points, int64_t quota)
{
    txn_begin(txn, LEDGER_SPEND);
    txn->quota = quota;
    g_assert_true(ledger_txn_add(txn, BOOK_POINTS, OWNER_PERSON, token, -points));
    g_assert_true(ledger_txn_add(txn, BOOK_POINTS, OWNER_REDEEMED, item, points));
}

void hold_make(struct ledger_hold *hold, int64_t amount, int64_t life_ms)
{
    *hold = (struct ledger_hold){.book = BOOK_POINTS, .account = {OWNER_PERSON, ALICE}, .amount = amount,
                                 .expires_ms = now_ms() + life_ms};
    uuid7(now_ms(), hold->id);
}

void tap_make(struct attendance_event *event, const char *token, int64_t start_ms, int64_t at_ms)
{
    *event = (struct attendance_event){.slot_start_ms = start_ms, .slot_end_ms = start_ms + 120 * MINUTE, .at_ms = at_ms};
    uuid7(at_ms, event->id);
    g_strlcpy(event->slot, "S1", sizeof event->slot);
    g_strlcpy(event->token, token, sizeof event->token);
}

void close_make(struct attendance_close *end, const char *id, const char *staff, int64_t minutes, const char *reason)
{
    *end = (struct attendance_close){.confirmed = minutes > 0, .minutes = minutes};
    g_strlcpy(end->id, id, sizeof end->id);
    g_strlcpy(end->staff, staff, sizeof end->staff);
    g_strlcpy(end->reason, reason, sizeof end->reason);
}

void load_make(struct payment *load, const char *card_number, int64_t amount_fen, const char *reverses)
{
    struct payment like;

    payment_make(&like, card_number, NULL, amount_fen);
    memset(load, 0, sizeof *load);
    load->kind = PAYMENT_LOAD;
    memcpy(load->id, like.id, sizeof load->id);
    load->at_ms = like.at_ms;
    load->load = (struct cc_load){.state = CC_PURCHASE_SENT, .type = 2, .amount_fen = (uint32_t)amount_fen,
                                  .balance_before_fen = 10000, .counter = 3, .key_index = 1};
    g_strlcpy(load->load.card_number, card_number, sizeof load->load.card_number);
    load->way = *reverses != '\0' ? PAYMENT_WAY_REVERSAL : PAYMENT_WAY_CASH;
    load->staff_count = *reverses != '\0' ? 2 : 1;
    g_strlcpy(load->reverses, reverses, sizeof load->reverses);
    memset(load->staff[0], 'a', 32);
    memset(load->staff[1], 'b', 32);
}
