/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The purses (ED, P2 = 01, and EP, P2 = 02) of JR/T 0025.2: load, purchase, compound purchase, proof.
 *
 *   idle ── 80 50 00 ──▶ LOAD ───── 80 52, MAC2 right ──▶ committed: balance, online counter, log, proof ──▶ idle
 *   idle ── 80 50 01 ──▶ PURCHASE ─ 80 54, MAC1 right ──▶ committed: balance, offline counter, log, proof ─▶ idle
 *   idle ── 80 50 03 ──▶ COMPOUND ─ 80 DC × n, 80 54 ───▶ the same and the records, in one commit ─────────▶ idle
 *   idle ── 80 50 05 ──▶ UNLOAD, 80 50 04 ──▶ OVERDRAFT: card_issuer.c
 *   any of them ── any other command, a wrong MAC, loss of power ──▶ idle, nothing changed
 *
 * Serials told by INIT and used for session keys are those before the increment; log and proof hold the one after.
 * A purchase takes the balance first and then the overdraft; a load pays the overdraft back first.
 */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

enum { DEPOSIT = 0x01, PURSE = 0x02 };
enum { P1_LOAD, P1_PURCHASE, P1_CASH, P1_COMPOUND, P1_OVERDRAFT, P1_UNLOAD };
/* The top bit of a balance is noise to many readers: the card never gets there. */
#define BALANCE_MAX_FEN 0x7FFFFFFFu
#define NOISE           0x80000000u

/* The selected directory's purse of this P2, or VC_NONE. */
static uint8_t purse_of(const struct vc_card *card, uint8_t p2)
{
    return p2 == DEPOSIT || p2 == PURSE ? vc_card_app(card)->purses[p2 - DEPOSIT] : VC_NONE;
}

static const struct vc_purse_state *pending_purse(const struct vc_card *card)
{
    return &card->state.purses[card->session.pending.purse];
}

/* Online for what the host takes part in, offline for the rest. */
static bool is_online(enum vc_pending_kind kind)
{
    return kind == VC_PENDING_LOAD || kind == VC_PENDING_UNLOAD || kind == VC_PENDING_OVERDRAFT;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

bool vc_card_get_balance(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t index = purse_of(card, command->p2);
    if (command->lc)
        return vc_reply_status(reply, 0x6700);
    if (index == VC_NONE || command->p1 > 3 ||
        card->profile.purses[index].balance[command->p1] == VC_BALANCE_REFUSED)
        return vc_reply_status(reply, 0x6A86);
    const struct vc_purse_state *purse = &card->state.purses[index];
    const uint32_t values[] = {
        [VC_BALANCE_PLAIN] = purse->balance_fen,
        [VC_BALANCE_OVERDRAWN] = purse->overdrawn_fen,
        [VC_BALANCE_LIMIT] = purse->limit_fen,
        [VC_BALANCE_AVAILABLE] = purse->balance_fen + purse->limit_fen - purse->overdrawn_fen,
        [VC_BALANCE_ZERO] = 0,
    };
    uint32_t noise = card->profile.purses[index].noise ? NOISE : 0;
    vc_reply_put32(reply, values[card->profile.purses[index].balance[command->p1]] | noise);
    reply->sw = 0x9000;
    return true;
}

/* One proof a purse; the type tells the purses apart only in part, so the serial has to fit too. */
bool vc_card_prove(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_app *app = vc_card_app(card);
    if (command->lc != 2)
        return vc_reply_status(reply, 0x6700);
    if (command->p1 != 0)
        return vc_reply_status(reply, 0x6A86);
    uint16_t counter = (uint16_t)(command->data[0] << 8 | command->data[1]);
    for (size_t i = 0; i < 2; i++) {
        if (app->purses[i] == VC_NONE)
            continue;
        const struct vc_proof *proof = &card->state.purses[app->purses[i]].proof;
        if (proof->type == 0 || proof->type != command->p2 || proof->counter != counter)
            continue;
        vc_reply_put(reply, proof->mac, 4);
        vc_reply_put(reply, proof->tac, 4);
        reply->sw = 0x9000;
        return true;
    }
    return vc_reply_status(reply, 0x9406);
}

/* ---- INITIALIZE ----------------------------------------------------------------------------------------------------- */

static const struct kind_of {
    enum vc_pending_kind kind;
    enum vc_key_kind key;
    uint8_t type_deposit, type_purse; /* TTI; 0: not for this purse */
} kinds[] = {
    [P1_LOAD] = {VC_PENDING_LOAD, VC_KEY_LOAD, VC_TYPE_LOAD_ED, VC_TYPE_LOAD},
    [P1_PURCHASE] = {VC_PENDING_PURCHASE, VC_KEY_PURCHASE, VC_TYPE_PURCHASE_ED, VC_TYPE_PURCHASE},
    [P1_CASH] = {VC_PENDING_PURCHASE, VC_KEY_PURCHASE, VC_TYPE_CASH, 0},
    [P1_COMPOUND] = {VC_PENDING_COMPOUND, VC_KEY_PURCHASE, VC_TYPE_COMPOUND, VC_TYPE_COMPOUND},
    [P1_OVERDRAFT] = {VC_PENDING_OVERDRAFT, VC_KEY_OVERDRAFT, VC_TYPE_OVERDRAFT, 0},
    [P1_UNLOAD] = {VC_PENDING_UNLOAD, VC_KEY_UNLOAD, VC_TYPE_UNLOAD, 0},
};

/* 0, or why the purse cannot do it: PIN, counter, money. */
static uint16_t refuse_amount(const struct vc_card *card, const struct kind_of *of, uint8_t purse,
                              uint32_t amount_fen)
{
    const struct vc_purse_state *state = &card->state.purses[purse];
    uint8_t pin = vc_card_pin(card);
    uint64_t has_fen = state->balance_fen;
    bool pays = of->kind == VC_PENDING_PURCHASE || of->kind == VC_PENDING_COMPOUND;
    if (pays)
        has_fen += state->limit_fen - state->overdrawn_fen;
    if (pays && card->profile.purses[purse].pin_for_purchase &&
        (pin == VC_NONE || !(card->session.pin_verified >> pin & 1)))
        return 0x6982;
    if ((is_online(of->kind) ? state->online_counter : state->offline_counter) == 0xFFFF)
        return 0x9402;
    if (of->kind != VC_PENDING_LOAD)
        return amount_fen > has_fen ? 0x9401 : 0;
    return amount_fen > BALANCE_MAX_FEN - state->balance_fen ? 0x6985 : 0;
}

/* The answer up to the random number: the offline transactions tell the overdraft limit, update of that limit too. */
static void put_initialized(const struct vc_card *card, bool with_limit, struct vc_reply *reply)
{
    const struct vc_pending *pending = &card->session.pending;
    const struct vc_purse_state *purse = pending_purse(card);
    const struct vc_key *key = &card->profile.keys[pending->key];
    uint8_t limit[4];
    vc_put32(limit, purse->limit_fen);
    vc_reply_put32(reply, purse->balance_fen);
    vc_reply_put16(reply, is_online(pending->kind) ? purse->online_counter : purse->offline_counter);
    vc_reply_put(reply, limit + 1, with_limit ? 3 : 0);
    vc_reply_put8(reply, key->version);
    vc_reply_put8(reply, key->algorithm);
    vc_reply_put(reply, pending->random, 4);
}

/* MAC1 of what goes to the host: balance, amount (or old limit, 3 bytes), type, terminal. */
static bool put_host_mac1(const struct vc_card *card, struct vc_reply *reply)
{
    const struct vc_pending *pending = &card->session.pending;
    bool overdraft = pending->kind == VC_PENDING_OVERDRAFT;
    struct vc_reply input = {.len = 0};
    uint8_t session[8], mac1[4], limit[4];
    vc_put32(limit, pending_purse(card)->limit_fen);
    vc_reply_put32(&input, pending_purse(card)->balance_fen);
    if (overdraft)
        vc_reply_put(&input, limit + 1, 3);
    else
        vc_reply_put32(&input, pending->amount_fen);
    vc_reply_put8(&input, pending->type);
    vc_reply_put(&input, pending->terminal, 6);
    bool good = vc_purse_session(card, NULL, session) && vc_mac(session, input.data, input.len, mac1);
    OPENSSL_cleanse(session, sizeof(session));
    vc_reply_put(reply, mac1, good ? 4 : 0);
    return good;
}

/* 0, or why this transaction cannot begin. Fills kind, purse, key and type. */
static uint16_t begin(struct vc_card *card, const struct vc_command *command, struct vc_pending *begun)
{
    bool known = command->p1 < sizeof(kinds) / sizeof(kinds[0]);
    const struct kind_of *of = known ? &kinds[command->p1] : &kinds[0];
    bool overdraft = of->kind == VC_PENDING_OVERDRAFT;
    uint8_t purse = purse_of(card, command->p2);
    *begun = (struct vc_pending){.kind = of->kind, .purse = purse};
    begun->type = command->p2 == DEPOSIT ? of->type_deposit : of->type_purse;
    if (!known || purse == VC_NONE || begun->type == 0)
        return 0x6A86;
    if (vc_card_find_key(card, of->key, -1) == VC_NONE)
        return 0x6A86; /* a card without such a key does not do such transactions */
    if (command->lc != (overdraft ? 7u : 11u))
        return 0x6700;
    begun->key = vc_card_find_key(card, of->key, command->data[0]);
    if (begun->key == VC_NONE)
        return 0x9403;
    begun->amount_fen = overdraft ? 0 : vc_get32(command->data + 1);
    memcpy(begun->terminal, command->data + (overdraft ? 1 : 5), 6);
    return refuse_amount(card, of, purse, begun->amount_fen);
}

bool vc_card_initialize(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending begun;
    uint16_t sw = begin(card, command, &begun);
    if (sw)
        return vc_reply_status(reply, sw);
    if (!vc_card_random(card, begun.random, 4))
        return vc_reply_status(reply, 0x6F00);
    card->session.pending = begun;
    put_initialized(card, !is_online(begun.kind) || begun.kind == VC_PENDING_OVERDRAFT, reply);
    if (is_online(begun.kind) && !put_host_mac1(card, reply))
        return vc_reply_status(reply, 0x6F00);
    reply->sw = 0x9000;
    return true;
}

/* ---- Codes, and what a finished transaction leaves ------------------------------------------------------------------ */

bool vc_purse_session(const struct vc_card *card, const uint8_t *terminal_serial, uint8_t session[8])
{
    static const uint8_t online_tail[2] = {0x80, 0x00};
    const struct vc_pending *pending = &card->session.pending;
    const struct vc_purse_state *purse = pending_purse(card);
    bool online = is_online(pending->kind);
    return vc_session_key(vc_card_key_value(card, pending->key), pending->random,
                          online ? purse->online_counter : purse->offline_counter,
                          online ? online_tail : terminal_serial + 2, session);
}

uint16_t vc_purse_check(const struct vc_card *card, const uint8_t *input, size_t len, const uint8_t theirs[4])
{
    uint8_t session[8], ours[4];
    bool good = vc_purse_session(card, NULL, session) && vc_mac(session, input, len, ours);
    OPENSSL_cleanse(session, sizeof(session));
    if (!good)
        return 0x6F00;
    return CRYPTO_memcmp(ours, theirs, 4) == 0 ? 0 : 0x9302;
}

bool vc_purse_tac(const struct vc_card *card, const uint8_t *input, size_t len, uint8_t tac[4])
{
    uint8_t key = vc_card_find_key(card, VC_KEY_TAC, -1);
    return key != VC_NONE && vc_tac(vc_card_key_value(card, key), input, len, tac);
}

void vc_purse_log(const struct vc_card *card, struct vc_card_state *next, uint16_t counter,
                  const uint8_t when[7])
{
    const struct vc_pending *pending = &card->session.pending;
    const struct vc_purse *purse = &card->profile.purses[pending->purse];
    uint8_t record[VC_LOG_SIZE] = {0}, limit[4];
    bool load = pending->kind == VC_PENDING_LOAD && purse->load_log != VC_NONE;
    uint8_t log = load ? purse->load_log : purse->log;
    if (log == VC_NONE)
        return;
    vc_put32(limit, next->purses[pending->purse].limit_fen);
    vc_put16(record, counter);
    memcpy(record + 2, limit + 1, 3);
    vc_put32(record + 5, pending->amount_fen);
    record[9] = pending->type;
    memcpy(record + 10, pending->terminal, 6);
    memcpy(record + 16, when, 7);
    vc_state_push(&card->profile, next, log, record, sizeof(record));
}

void vc_purse_prove(const struct vc_card *card, struct vc_card_state *next, uint16_t counter,
                    const uint8_t mac[4], const uint8_t tac[4])
{
    struct vc_proof *proof = &next->purses[card->session.pending.purse].proof;
    *proof = (struct vc_proof){.type = card->session.pending.type, .counter = counter};
    memcpy(proof->mac, mac, 4);
    memcpy(proof->tac, tac, 4);
}

/* ---- CREDIT FOR LOAD ------------------------------------------------------------------------------------------------ */

/* MAC2 of the host: amount, type, terminal, date and time. */
static uint16_t check_load_mac2(const struct vc_card *card, const struct vc_command *command)
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[18];
    vc_put32(input, pending->amount_fen);
    input[4] = pending->type;
    memcpy(input + 5, pending->terminal, 6);
    memcpy(input + 11, command->data, 7);
    return vc_purse_check(card, input, sizeof(input), command->data + 7);
}

/* New balance, online serial before the increment, amount, type, terminal, date, time. */
static bool load_tac(const struct vc_card *card, uint32_t balance_fen, const uint8_t when[7], uint8_t tac[4])
{
    const struct vc_pending *pending = &card->session.pending;
    uint8_t input[24];
    vc_put32(input, balance_fen);
    vc_put16(input + 4, pending_purse(card)->online_counter);
    vc_put32(input + 6, pending->amount_fen);
    input[10] = pending->type;
    memcpy(input + 11, pending->terminal, 6);
    memcpy(input + 17, when, 7);
    return vc_purse_tac(card, input, sizeof(input), tac);
}

static bool credit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    struct vc_purse_state *purse = &next.purses[pending->purse];
    uint8_t tac[4];
    uint32_t paid_back_fen =
        pending->amount_fen < purse->overdrawn_fen ? pending->amount_fen : purse->overdrawn_fen;
    uint16_t sw = check_load_mac2(card, command);
    purse->overdrawn_fen -= paid_back_fen;
    purse->balance_fen += pending->amount_fen - paid_back_fen;
    purse->online_counter++;
    if (!sw && !load_tac(card, purse->balance_fen, command->data, tac))
        sw = 0x6F00;
    if (sw)
        return vc_reply_status(reply, sw);
    vc_purse_log(card, &next, purse->online_counter, command->data);
    vc_purse_prove(card, &next, purse->online_counter, command->data + 7, tac);
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

/* 0, or why these bytes cannot become that record. A cyclic file takes P1 = 0 as "a newest one". */
static uint16_t refuse_cache(const struct vc_card *card, uint8_t file, const struct vc_command *command)
{
    size_t len = 0, number = command->p1;
    if (file == VC_NONE || !card->profile.files[file].compound)
        return 0x6A82;
    const struct vc_file *at = &card->profile.files[file];
    if (at->by_tag)
        number = vc_card_tagged(card, file, command->p1);
    if (number > card->state.counts[file] || (number == 0 && (at->by_tag || at->kind != VC_CYCLIC)))
        return 0x6A83;
    if (number == 0 || !vc_state_record(&card->profile, &card->state, file, number, &len))
        len = at->size;
    if (command->lc != len || len > VC_CACHE_SIZE)
        return 0x6700;
    if (at->by_tag && command->data[0] != command->p1)
        return 0x6A80;
    return card->session.pending.cache_count == VC_CACHE_MAX ? 0x6A84 : 0;
}

/* Only remembered: it becomes a record together with the debit. P1 is a number, or a tag where records have tags. */
bool vc_card_cache(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    uint8_t file = vc_card_file(card, command->p2 >> 3, false);
    uint16_t sw = pending->kind != VC_PENDING_COMPOUND ? 0x6901
                  : command->p2 & 7                    ? 0x6A82
                                                       : refuse_cache(card, file, command);
    if (sw) {
        pending->kind = VC_PENDING_NONE;
        return vc_reply_status(reply, sw);
    }
    bool by_tag = card->profile.files[file].by_tag;
    size_t number = by_tag ? vc_card_tagged(card, file, command->p1) : command->p1;
    pending->cache[pending->cache_count].file = file;
    pending->cache[pending->cache_count].record = (uint8_t)number;
    pending->cache[pending->cache_count].len = (uint8_t)command->lc;
    memcpy(pending->cache[pending->cache_count].bytes, command->data, command->lc);
    pending->cache_count++;
    reply->sw = 0x9000;
    return true;
}

static void write_records(const struct vc_card *card, struct vc_card_state *next)
{
    const struct vc_pending *pending = &card->session.pending;
    for (size_t i = 0; i < pending->cache_count; i++) {
        const uint8_t file = pending->cache[i].file, record = pending->cache[i].record;
        if (record == 0)
            vc_state_push(&card->profile, next, file, pending->cache[i].bytes, pending->cache[i].len);
        else
            vc_state_put(&card->profile, next, file, record, pending->cache[i].bytes, pending->cache[i].len);
    }
}

/* ---- DEBIT -------------------------------------------------------------------------------------------------------------- */

/* The codes of a purchase, over the values of INIT and of DEBIT (terminal serial 4, date 4, time 3, MAC1 4). */
struct debit_codes {
    uint8_t mac1[4], mac2[4], tac[4];
};

static bool debit_codes(const struct vc_card *card, const uint8_t *data, struct debit_codes *codes)
{
    const struct vc_pending *pending = &card->session.pending;
    bool code = card->profile.purses[pending->purse].code_in_mac1 && vc_card_app(card)->has_code;
    uint8_t session[8], mac_input[18 + VC_CODE_SIZE], tac_input[22];
    vc_put32(mac_input, pending->amount_fen);
    mac_input[4] = pending->type;
    memcpy(mac_input + 5, pending->terminal, 6);
    memcpy(tac_input, mac_input, 11);
    memcpy(mac_input + 11, data + 4, 7);
    memcpy(mac_input + 18, vc_card_app(card)->code, VC_CODE_SIZE);
    memcpy(tac_input + 11, data, 11);
    bool good = vc_purse_session(card, data, session) &&
                vc_mac(session, mac_input, code ? sizeof(mac_input) : 18, codes->mac1) &&
                vc_mac(session, mac_input, 4, codes->mac2) &&
                vc_purse_tac(card, tac_input, sizeof(tac_input), codes->tac);
    OPENSSL_cleanse(session, sizeof(session));
    return good;
}

/* INIT saw that it suffices, and nothing came in between. */
static void pay(struct vc_purse_state *purse, uint32_t amount_fen)
{
    uint32_t own_fen = amount_fen < purse->balance_fen ? amount_fen : purse->balance_fen;
    purse->balance_fen -= own_fen;
    purse->overdrawn_fen += amount_fen - own_fen;
}

static bool debit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_pending *pending = &card->session.pending;
    struct vc_card_state next = card->state;
    struct vc_purse_state *purse = &next.purses[pending->purse];
    struct debit_codes codes;
    if (!debit_codes(card, command->data, &codes))
        return vc_reply_status(reply, 0x6F00);
    if (CRYPTO_memcmp(codes.mac1, command->data + 11, 4) != 0)
        return vc_reply_status(reply, 0x9302);
    pay(purse, pending->amount_fen);
    purse->offline_counter++;
    vc_purse_log(card, &next, purse->offline_counter, command->data + 4);
    vc_purse_prove(card, &next, purse->offline_counter, codes.mac2, codes.tac);
    write_records(card, &next);
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
    bool powered = true, unload = kind == VC_PENDING_UNLOAD;
    if (kind != VC_PENDING_PURCHASE && kind != VC_PENDING_COMPOUND && !unload)
        reply->sw = 0x6901;
    else if (command->p1 != (unload ? 3 : 1) || command->p2 != 0)
        reply->sw = 0x6A86;
    else if (command->lc != (unload ? 11u : 15u))
        reply->sw = 0x6700;
    else
        powered = unload ? vc_card_unload(card, command, reply) : debit(card, command, reply);
    card->session.pending.kind = VC_PENDING_NONE;
    return powered;
}
