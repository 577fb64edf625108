/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The purse (EP, P2 = 02) of JR/T 0025.2: load, purchase, compound purchase, proof.
 *
 *   idle ── 80 50 00 ──▶ LOAD ───── 80 52, MAC2 right ──▶ committed: balance, online counter, log, proof ──▶ idle
 *   idle ── 80 50 01 ──▶ PURCHASE ─ 80 54, MAC1 right ──▶ committed: balance, offline counter, log, proof ─▶ idle
 *   idle ── 80 50 03 ──▶ COMPOUND ─ 80 DC × n, 80 54 ───▶ the same and the journeys, in one commit ────────▶ idle
 *   any of the three ── any other command, a wrong MAC, loss of power ──▶ idle, nothing changed
 *
 * Serials told by INIT and used for session keys are those before the increment; log and proof hold the one after.
 */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

enum { KEY_INDEX = 0x01, KEY_VERSION = 0x01, ALGORITHM_3DES = 0x00, PURSE = 0x02 };
/* The top bit of a balance is noise to many readers: the card never gets there. */
#define BALANCE_MAX_FEN 0x7FFFFFFFu

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, (uint16_t)(value >> 16));
    put16(bytes + 2, (uint16_t)value);
}

static bool answer_status(struct vc_reply *reply, uint16_t sw)
{
    *reply = (struct vc_reply){.sw = sw};
    return true;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

/* P1 = 1 and 2 are read as overdraft limit and used overdraft (or as a negative part) by some terminals: both zero. */
bool vc_card_get_balance(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->lc)
        return answer_status(reply, 0x6700);
    if (command->p1 > 3 || command->p2 != PURSE)
        return answer_status(reply, 0x6A86);
    vc_reply_put32(reply, command->p1 == 0 || command->p1 == 3 ? card->state.balance_fen : 0);
    reply->sw = 0x9000;
    return true;
}

bool vc_card_prove(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_proof *proof = &card->state.proof;
    if (command->lc != 2)
        return answer_status(reply, 0x6700);
    if (command->p1 != 0)
        return answer_status(reply, 0x6A86);
    uint16_t counter = (uint16_t)(command->data[0] << 8 | command->data[1]);
    if (proof->type == 0 || proof->type != command->p2 || proof->counter != counter)
        return answer_status(reply, 0x9406);
    vc_reply_put(reply, proof->mac, 4);
    vc_reply_put(reply, proof->tac, 4);
    reply->sw = 0x9000;
    return true;
}

/* ---- INITIALIZE ----------------------------------------------------------------------------------------------------- */

/* 0, or why this transaction cannot begin. */
static uint16_t refuse_initialize(const struct vc_card *card, const struct vc_command *command)
{
    bool load = command->p1 == 0x00;
    if (command->p2 != PURSE || (!load && command->p1 != 0x01 && command->p1 != 0x03))
        return 0x6A86;
    if (command->lc != 11)
        return 0x6700;
    if (command->data[0] != KEY_INDEX)
        return 0x9403;
    if (!load && card->pin_for_purchase && !card->session.pin_verified)
        return 0x6982;
    if ((load ? card->state.online_counter : card->state.offline_counter) == 0xFFFF)
        return 0x9402;
    uint32_t amount_fen = get32(command->data + 1);
    if (!load && amount_fen > card->state.balance_fen)
        return 0x9401;
    if (load && amount_fen > BALANCE_MAX_FEN - card->state.balance_fen)
        return 0x6985;
    return 0;
}

static bool session_key(const struct vc_card *card, const uint8_t terminal_serial[4], uint8_t session[8])
{
    static const uint8_t load_tail[2] = {0x80, 0x00};
    const struct vc_pending *pending = &card->session.pending;
    bool load = pending->kind == VC_PENDING_LOAD;
    return vc_session_key(load ? card->keys.load : card->keys.purchase, pending->random,
                          load ? card->state.online_counter : card->state.offline_counter,
                          load ? load_tail : terminal_serial + 2, session);
}

/* MAC1 of a load: old balance, amount, type, terminal. */
static bool put_load_mac1(const struct vc_card *card, struct vc_reply *reply)
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[15], session[8], mac1[4];
    put32(input, card->state.balance_fen);
    put32(input + 4, pending->amount_fen);
    input[8] = VC_TYPE_LOAD;
    memcpy(input + 9, pending->terminal, 6);
    bool good = session_key(card, NULL, session) && vc_mac(session, input, sizeof(input), mac1);
    OPENSSL_cleanse(session, sizeof(session));
    vc_reply_put(reply, mac1, good ? 4 : 0);
    return good;
}

bool vc_card_initialize(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    static const uint8_t no_overdraft[3] = {0};
    struct vc_pending *pending = &card->session.pending;
    uint16_t sw = refuse_initialize(card, command);
    if (sw)
        return answer_status(reply, sw);
    memset(pending, 0, sizeof(*pending));
    if (!vc_card_random(card, pending->random, 4))
        return answer_status(reply, 0x6F00);
    pending->kind = command->p1 == 0x00   ? VC_PENDING_LOAD
                    : command->p1 == 0x01 ? VC_PENDING_PURCHASE
                                          : VC_PENDING_COMPOUND;
    pending->amount_fen = get32(command->data + 1);
    memcpy(pending->terminal, command->data + 5, 6);
    bool load = pending->kind == VC_PENDING_LOAD;
    vc_reply_put32(reply, card->state.balance_fen);
    vc_reply_put16(reply, load ? card->state.online_counter : card->state.offline_counter);
    vc_reply_put(reply, no_overdraft, load ? 0 : 3);
    vc_reply_put8(reply, KEY_VERSION);
    vc_reply_put8(reply, ALGORITHM_3DES);
    vc_reply_put(reply, pending->random, 4);
    if (load && !put_load_mac1(card, reply))
        return answer_status(reply, 0x6F00);
    reply->sw = 0x9000;
    return true;
}

/* ---- What a finished transaction leaves ----------------------------------------------------------------------------- */

static void add_log(struct vc_card_state *next, uint16_t counter, uint8_t type,
                    const struct vc_pending *pending, const uint8_t when[7])
{
    uint8_t *record = next->log[0];
    memmove(next->log[1], next->log[0], (VC_LOG_RECORDS - 1) * VC_LOG_SIZE);
    memset(record, 0, VC_LOG_SIZE);
    put16(record, counter);
    put32(record + 5, pending->amount_fen);
    record[9] = type;
    memcpy(record + 10, pending->terminal, 6);
    memcpy(record + 16, when, 7);
    if (next->log_count < VC_LOG_RECORDS)
        next->log_count++;
}

static void add_proof(struct vc_card_state *next, uint8_t type, uint16_t counter, const uint8_t mac[4],
                      const uint8_t tac[4])
{
    next->proof = (struct vc_proof){.type = type, .counter = counter};
    memcpy(next->proof.mac, mac, 4);
    memcpy(next->proof.tac, tac, 4);
}

/* ---- CREDIT FOR LOAD ------------------------------------------------------------------------------------------------ */

/* 0, 9302 or 6F00: is the host's MAC2 over amount, type, terminal, date and time right? */
static uint16_t check_load_mac2(const struct vc_card *card, const struct vc_command *command)
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[18], session[8], mac2[4];
    put32(input, pending->amount_fen);
    input[4] = VC_TYPE_LOAD;
    memcpy(input + 5, pending->terminal, 6);
    memcpy(input + 11, command->data, 7);
    bool good = session_key(card, NULL, session) && vc_mac(session, input, sizeof(input), mac2);
    OPENSSL_cleanse(session, sizeof(session));
    if (!good)
        return 0x6F00;
    return CRYPTO_memcmp(mac2, command->data + 7, 4) == 0 ? 0 : 0x9302;
}

/* New balance, online serial before the increment, amount, type, terminal, date, time. */
static bool load_tac(const struct vc_card *card, uint32_t balance_fen, const uint8_t when[7], uint8_t tac[4])
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[24];
    put32(input, balance_fen);
    put16(input + 4, card->state.online_counter);
    put32(input + 6, pending->amount_fen);
    input[10] = VC_TYPE_LOAD;
    memcpy(input + 11, pending->terminal, 6);
    memcpy(input + 17, when, 7);
    return vc_tac(card->keys.tac, input, sizeof(input), tac);
}

static bool credit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    uint8_t tac[4];
    uint16_t sw = check_load_mac2(card, command);
    next.balance_fen += pending->amount_fen;
    next.online_counter++;
    if (!sw && !load_tac(card, next.balance_fen, command->data, tac))
        sw = 0x6F00;
    if (sw)
        return answer_status(reply, sw);
    add_log(&next, next.online_counter, VC_TYPE_LOAD, pending, command->data);
    add_proof(&next, VC_TYPE_LOAD, next.online_counter, command->data + 7, tac);
    vc_reply_put(reply, tac, 4);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_credit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool powered = true;
    if (card->session.pending.kind != VC_PENDING_LOAD)
        reply->sw = 0x6901;
    else if (command->p1 != 0 || command->p2 != 0)
        reply->sw = 0x6A86;
    else if (command->lc != 11)
        reply->sw = 0x6700;
    else
        powered = credit(card, command, reply);
    card->session.pending.kind = VC_PENDING_NONE;
    return powered;
}

/* ---- UPDATE CAPP DATA CACHE -------------------------------------------------------------------------------------------- */

/* Only remembered: it becomes a record together with the debit. P1 names the record, 0 adds a newest one. */
bool vc_card_cache(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    uint16_t sw = 0;
    if (pending->kind != VC_PENDING_COMPOUND)
        sw = 0x6901;
    else if (command->p2 != 0x1E << 3)
        sw = 0x6A82;
    else if (command->p1 > VC_JOURNEY_RECORDS)
        sw = 0x6A83;
    else if (command->lc != VC_JOURNEY_SIZE)
        sw = 0x6700;
    else if (pending->cache_count == VC_CACHE_MAX)
        sw = 0x6A84;
    if (sw) {
        pending->kind = VC_PENDING_NONE;
        return answer_status(reply, sw);
    }
    pending->cache[pending->cache_count].record = command->p1;
    memcpy(pending->cache[pending->cache_count].bytes, command->data, VC_JOURNEY_SIZE);
    pending->cache_count++;
    reply->sw = 0x9000;
    return true;
}

static void write_journeys(struct vc_card_state *next, const struct vc_pending *pending)
{
    for (size_t i = 0; i < pending->cache_count; i++) {
        unsigned record = pending->cache[i].record;
        if (record == 0)
            memmove(next->journeys[1], next->journeys[0], (VC_JOURNEY_RECORDS - 1) * VC_JOURNEY_SIZE);
        memcpy(next->journeys[record ? record - 1 : 0], pending->cache[i].bytes, VC_JOURNEY_SIZE);
    }
}

/* ---- DEBIT -------------------------------------------------------------------------------------------------------------- */

/* The codes of a purchase, over the values of INIT and of DEBIT (terminal serial 4, date 4, time 3, MAC1 4). */
struct debit_codes {
    uint8_t mac1[4], mac2[4], tac[4];
};

static bool debit_codes(const struct vc_card *card, uint8_t type, const uint8_t *data,
                        struct debit_codes *codes)
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t session[8], amount[4], mac_input[18], tac_input[22];
    put32(amount, pending->amount_fen);
    memcpy(mac_input, amount, 4);
    mac_input[4] = type;
    memcpy(mac_input + 5, pending->terminal, 6);
    memcpy(tac_input, mac_input, 11);
    memcpy(mac_input + 11, data + 4, 7);
    memcpy(tac_input + 11, data, 11);
    bool good = session_key(card, data, session) &&
                vc_mac(session, mac_input, sizeof(mac_input), codes->mac1) &&
                vc_mac(session, amount, sizeof(amount), codes->mac2) &&
                vc_tac(card->keys.tac, tac_input, sizeof(tac_input), codes->tac);
    OPENSSL_cleanse(session, sizeof(session));
    return good;
}

static bool debit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    struct debit_codes codes;
    uint8_t type = pending->kind == VC_PENDING_COMPOUND ? VC_TYPE_COMPOUND : VC_TYPE_PURCHASE;
    if (!debit_codes(card, type, command->data, &codes))
        return answer_status(reply, 0x6F00);
    if (CRYPTO_memcmp(codes.mac1, command->data + 11, 4) != 0)
        return answer_status(reply, 0x9302);
    next.balance_fen -= pending->amount_fen; /* INIT saw that it suffices, and nothing came in between */
    next.offline_counter++;
    add_log(&next, next.offline_counter, type, pending, command->data + 4);
    add_proof(&next, type, next.offline_counter, codes.mac2, codes.tac);
    write_journeys(&next, pending);
    if (card->spoil_mac2)
        codes.mac2[0] ^= 0x01;
    vc_reply_put(reply, codes.tac, 4);
    vc_reply_put(reply, codes.mac2, 4);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_debit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    enum vc_pending_kind kind = card->session.pending.kind;
    bool powered = true;
    if (kind != VC_PENDING_PURCHASE && kind != VC_PENDING_COMPOUND)
        reply->sw = 0x6901;
    else if (command->p1 != 1 || command->p2 != 0)
        reply->sw = 0x6A86;
    else if (command->lc != 15)
        reply->sw = 0x6700;
    else
        powered = debit(card, command, reply);
    card->session.pending.kind = VC_PENDING_NONE;
    return powered;
}
