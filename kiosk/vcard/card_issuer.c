/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only an issuer's terminal asks of a purse: taking money back and setting the overdraft limit (JR/T 0025.2). Both
 * are of the deposit (P2 = 01) and go to the host as a load does: MAC1 to it, MAC2 from it, online serial.
 */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

/* Balance after, online serial before, amount, type, terminal, date, time: under the session key. */
static bool unload_mac3(const struct vc_card *card, uint32_t balance_fen, const uint8_t when[7],
                        uint8_t mac3[4])
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[24], session[8];
    vc_put32(input, balance_fen);
    vc_put16(input + 4, card->state.purses[pending->purse].online_counter);
    vc_put32(input + 6, pending->amount_fen);
    input[10] = pending->type;
    memcpy(input + 11, pending->terminal, 6);
    memcpy(input + 17, when, 7);
    bool good = vc_purse_session(card, NULL, session) && vc_mac(session, input, sizeof(input), mac3);
    OPENSSL_cleanse(session, sizeof(session));
    return good;
}

/* Called by DEBIT with the right P1 and length: date 4, time 3, MAC2 4. */
bool vc_card_unload(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    struct vc_purse_state *purse = &next.purses[pending->purse];
    uint8_t input[18], mac3[4];
    vc_put32(input, pending->amount_fen);
    input[4] = pending->type;
    memcpy(input + 5, pending->terminal, 6);
    memcpy(input + 11, command->data, 7);
    uint16_t sw = vc_purse_check(card, input, sizeof(input), command->data + 7);
    purse->balance_fen -= pending->amount_fen; /* INIT saw that it suffices */
    if (!sw && !unload_mac3(card, purse->balance_fen, command->data, mac3))
        sw = 0x6F00;
    if (sw)
        return vc_reply_status(reply, sw);
    purse->online_counter++;
    vc_purse_log(card, &next, purse->online_counter, command->data);
    vc_purse_prove(card, &next, purse->online_counter, command->data + 7, mac3);
    vc_reply_put(reply, mac3, 4);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

/* Balance 4, online serial before 2, new limit 3, type, terminal, date, time. */
static bool overdraft_tac(const struct vc_card *card, const uint8_t *data, uint8_t tac[4])
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[23];
    vc_put32(input, card->state.purses[pending->purse].balance_fen);
    vc_put16(input + 4, card->state.purses[pending->purse].online_counter);
    memcpy(input + 6, data, 3);
    input[9] = pending->type;
    memcpy(input + 10, pending->terminal, 6);
    memcpy(input + 16, data + 3, 7);
    return vc_purse_tac(card, input, sizeof(input), tac);
}

/* Data: new limit 3, date 4, time 3, MAC2 4 over new limit, type, terminal, date and time. */
static bool set_limit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    struct vc_purse_state *purse = &next.purses[pending->purse];
    const uint8_t *data = command->data;
    uint8_t input[17], tac[4];
    uint32_t limit_fen = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
    memcpy(input, data, 3);
    input[3] = pending->type;
    memcpy(input + 4, pending->terminal, 6);
    memcpy(input + 10, data + 3, 7);
    uint16_t sw = vc_purse_check(card, input, sizeof(input), data + 10);
    if (!sw && limit_fen < purse->overdrawn_fen)
        sw = 0x6985;
    if (!sw && !overdraft_tac(card, data, tac))
        sw = 0x6F00;
    if (sw)
        return vc_reply_status(reply, sw);
    purse->limit_fen = limit_fen;
    purse->online_counter++;
    vc_purse_prove(card, &next, purse->online_counter, data + 10, tac);
    vc_reply_put(reply, tac, 4);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_update_overdraft(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool powered = true;
    if (card->session.pending.kind != VC_PENDING_OVERDRAFT)
        reply->sw = 0x6901;
    else if (command->p1 != 0 || command->p2 != 0)
        reply->sw = 0x6A86;
    else if (command->lc != 14)
        reply->sw = 0x6700;
    else
        powered = set_limit(card, command, reply);
    card->session.pending.kind = VC_PENDING_NONE;
    return powered;
}
