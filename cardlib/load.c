/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load of the ED or EP purse, JR/T 0025.2: 80 50 00 on the card, the platform's word, 80 52.
 *
 *   NONE ──prepare──▶ PREPARED ──authorise──▶ SENT ──caller: on disk──▶ credit ──▶ CONFIRMED  9000 and a TAC
 *                         │                    │                          ├──────▶ VOID       a known refusal, balance as it was
 *                         │                    │                          └──────▶ IN_DOUBT   everything else
 *                         └── given up ──▶ nothing to undo: the card forgets INIT at the next SELECT
 *   SENT, IN_DOUBT read back from disk ──resolve──▶ CONFIRMED | VOID | IN_DOUBT
 *
 * Invariants
 *  1. Nothing changes on the card before 80 52. MAC1 and the counter s go to the platform; it alone has the load key.
 *  2. MAC2 is bound to the random of this INIT, which the card forgets with 80 52, SELECT or a reset: bytes of one load can
 *     never credit twice, whatever the caller does with copies. 80 52 is sent once for each call, in SENT only, and the state
 *     leaves SENT before it goes out.
 *  3. From the moment 80 52 is handed to the channel only three things end the doubt: 9000 with a TAC, a refusal on the list
 *     in transaction.c with an unchanged balance, and resolve.
 *  4. The terminal cannot check a TAC. CONFIRMED rests on the card's word; TAC or log record go to the platform, which can.
 *  5. CONFIRMED and VOID are final: neither credit nor resolve takes them again.
 *  6. A connection error leaves the load exactly as it was. A load is reversed by the platform only, never by the terminal.
 *
 * Resolve, in this order; CREDIT is atomic on the card (balance, counter, log record), so each of these says all of it:
 *     proof for s+1 with our MAC2 in one half: the other is the TAC ─────────────────────▶ CONFIRMED (proof)
 *     a log has our record: s+1, terminal, date, time, type, amount ─────────────────────▶ CONFIRMED (log; proof with one)
 *     the card still stands at s, the balance is what it was, nothing says otherwise ────▶ VOID
 *     record s+1 is another load, and none is of our terminal and time ──────────────────▶ VOID (log)
 *     anything else: a proof that nothing here can tell from another's goes along ───────▶ IN_DOUBT
 */
#include "purse.h"
#include "transaction.h"

#include <string.h>

#define BALANCE_FEN_MAX 0x7FFFFFFF /* the top bit is noise */

/* ---- Prepare, authorise ----------------------------------------------------------------------------------------- */

static struct cc_init_request init_request(const struct cc_load *load)
{
    return (struct cc_init_request){.kind = CC_INIT_LOAD,
                                    .family = load->family,
                                    .key_index = load->key_index,
                                    .amount_fen = load->amount_fen,
                                    .terminal = load->terminal};
}

static int begin_on_card(struct cc_port *port, bool pin_given, struct cc_load *load)
{
    const struct cc_init_request request = init_request(load);
    struct cc_init init;
    int result = cc_transaction_begin(port, &request, load->balance_before_fen, pin_given, &init);
    if (result != CC_OK)
        return result;
    load->counter = init.counter;
    load->key_version = init.key_version;
    load->algorithm = init.algorithm;
    memcpy(load->random, init.random, sizeof load->random);
    memcpy(load->mac1, init.mac1, sizeof load->mac1);
    return CC_OK;
}

int cc_load_prepare(struct cc_port *port, const struct cc_card *card, const uint8_t terminal[6], uint8_t key_index,
                    uint32_t amount_fen, const char *pin, struct cc_load *out)
{
    const struct cc_purse_desc *purse = card ? cc_transaction_purse(card->family) : NULL;
    struct cc_load load = {.key_index = key_index, .amount_fen = amount_fen};
    int64_t balance_fen = 0;
    memset(out, 0, sizeof *out);
    if (!terminal || !card || card->family == CC_FAMILY_UNKNOWN || amount_fen == 0 || amount_fen > CC_AMOUNT_FEN_MAX)
        return CC_ERR_ARGUMENT;
    if (!purse || card->card_number[0] == '\0')
        return CC_ERR_UNSUPPORTED;
    load.family = card->family;
    load.type = purse->p2 == 0x01 ? CC_TYPE_ED_LOAD : CC_TYPE_EP_LOAD;
    memcpy(load.card_number, card->card_number, sizeof load.card_number);
    memcpy(load.serial, card->serial, sizeof load.serial);
    memcpy(load.issuer, card->issuer, sizeof load.issuer);
    memcpy(load.terminal, terminal, sizeof load.terminal);
    int result = cc_transaction_check(port, card, pin, &balance_fen);
    if (result == CC_OK && (balance_fen < 0 || balance_fen > BALANCE_FEN_MAX - (int64_t)amount_fen))
        result = CC_DECLINED; /* a debt is paid off by the issuer; a purse has an end */
    load.balance_before_fen = (uint32_t)balance_fen;
    if (result == CC_OK)
        result = begin_on_card(port, pin != NULL, &load);
    if (result != CC_OK)
        return result;
    load.state = CC_PURCHASE_PREPARED;
    *out = load;
    return CC_OK;
}

int cc_load_authorise(struct cc_load *load, const uint8_t date_bcd[4], const uint8_t time_bcd[3], const uint8_t mac2[4])
{
    if (load->state != CC_PURCHASE_PREPARED || cc_bcd_date(date_bcd) == 0)
        return CC_ERR_ARGUMENT;
    memcpy(load->date_bcd, date_bcd, sizeof load->date_bcd);
    memcpy(load->time_bcd, time_bcd, sizeof load->time_bcd);
    memcpy(load->mac2, mac2, sizeof load->mac2);
    load->state = CC_PURCHASE_SENT;
    return CC_OK;
}

/* ---- Credit ----------------------------------------------------------------------------------------------------- */

static int send_credit(struct cc_port *port, const struct cc_load *load, struct cc_answer *answer)
{
    uint8_t body[11] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    cc_put(&out, load->date_bcd, sizeof load->date_bcd);
    cc_put(&out, load->time_bcd, sizeof load->time_bcd);
    cc_put(&out, load->mac2, sizeof load->mac2);
    struct cc_command command = {.cla = 0x80, .ins = 0x52, .data = body, .data_len = out.len, .le = 4, .once = true};
    return cc_apdu(port, &command, answer);
}

int cc_load_credit(struct cc_port *port, struct cc_load *load)
{
    struct cc_answer answer = {0};
    if (load->state != CC_PURCHASE_SENT)
        return CC_ERR_ARGUMENT;
    load->state = CC_PURCHASE_IN_DOUBT;
    int result = send_credit(port, load, &answer);
    if (result != CC_OK)
        return CC_IN_DOUBT;
    if (cc_transaction_refused(&answer) && cc_transaction_balance_is(port, load->family, load->balance_before_fen)) {
        load->state = CC_PURCHASE_VOID;
        return CC_DECLINED;
    }
    if (answer.sw != 0x9000 || answer.len != 4)
        return CC_IN_DOUBT;
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, load->tac, sizeof load->tac);
    load->has_tac = true;
    load->state = CC_PURCHASE_CONFIRMED;
    load->evidence = CC_EVIDENCE_PROOF;
    return CC_OK;
}

/* ---- Resolve ---------------------------------------------------------------------------------------------------- */

/* What the card says about itself. */
struct standing {
    struct cc_standing now;
    bool has_proof, proof_is_ours;
    struct cc_proof proof;
    bool log_is_whole, log_has_ours, log_has_our_moment, log_is_beyond_s;
    uint16_t log_newest; /* highest online number in the logs, when `log_counts` */
    bool log_counts;
};

/* One half is the MAC2 that only this load has; sources differ about which. */
static int ask_proof(struct cc_port *port, const struct cc_load *load, struct standing *standing)
{
    struct cc_proof *proof = &standing->proof;
    int result = cc_transaction_prove(port, load->type, load->counter, proof, &standing->has_proof);
    if (result != CC_OK || !standing->has_proof)
        return result;
    if (memcmp(proof->tac, load->mac2, sizeof proof->tac) == 0 && memcmp(proof->mac, load->mac2, sizeof proof->mac) != 0)
        *proof = (struct cc_proof){.mac = {proof->tac[0], proof->tac[1], proof->tac[2], proof->tac[3]},
                                   .tac = {proof->mac[0], proof->mac[1], proof->mac[2], proof->mac[3]}};
    standing->proof_is_ours = memcmp(proof->mac, load->mac2, sizeof proof->mac) == 0;
    return CC_OK;
}

static void weigh_record(const struct cc_log_entry *entry, const struct cc_load *load, struct standing *standing)
{
    uint16_t next = (uint16_t)(load->counter + 1);
    bool our_moment = cc_log_is_of(entry, load->terminal, load->date_bcd, load->time_bcd);
    standing->log_has_our_moment = standing->log_has_our_moment || our_moment;
    if (our_moment && entry->counter == next)
        standing->log_is_beyond_s = true; /* ours, under whatever type this card writes it */
    if (!cc_log_counts_online(entry, load->type))
        return;
    if (our_moment && entry->counter == next && entry->type == load->type && entry->amount_fen == load->amount_fen)
        standing->log_has_ours = true;
    standing->log_is_beyond_s = standing->log_is_beyond_s || entry->counter == next;
    if (!standing->log_counts || entry->counter > standing->log_newest)
        standing->log_newest = entry->counter;
    standing->log_counts = true;
}

/* The purse log, and the logs that some families keep for loads apart. */
static int ask_logs(struct cc_port *port, const struct cc_load *load, struct standing *standing)
{
    const struct cc_family_desc *desc = cc_family_desc_of(load->family);
    const struct cc_card card = {.family = load->family};
    struct cc_log_entry log[CC_LOG_MAX];
    standing->log_is_whole = desc->log_count > 0;
    for (size_t i = 0; i < desc->log_count; i++) {
        size_t count = 0;
        int result = cc_log_read_at(port, &card, i, log, &count);
        if (result < 0 && port->broken)
            return result;
        standing->log_is_whole = standing->log_is_whole && result == CC_OK;
        for (size_t k = 0; k < count; k++)
            weigh_record(&log[k], load, standing);
    }
    return CC_OK;
}

/* Surely not credited? A proof, a TAC that CREDIT itself gave, or a record s+1 of anyone contradicts that. */
static bool stands_at_s(const struct standing *standing, const struct cc_load *load)
{
    const struct cc_standing *now = &standing->now;
    if (standing->has_proof || load->has_tac || standing->log_is_beyond_s)
        return false;
    if (now->has_counter)
        return cc_standing_is(now, load->counter, load->balance_before_fen);
    return now->pin_wanted && now->has_balance && now->balance_fen == load->balance_before_fen &&
           standing->log_is_whole && standing->log_counts && standing->log_newest == load->counter;
}

/* A number is given once: record s+1 of another load, and none of our terminal and time, whatever its number. */
static bool number_is_anothers(const struct standing *standing, const struct cc_load *load)
{
    if (standing->now.has_counter && standing->now.counter <= load->counter)
        return false; /* the card contradicts its own log */
    return standing->log_is_whole && standing->log_is_beyond_s && !standing->log_has_our_moment &&
           !standing->proof_is_ours && !load->has_tac;
}

static int verdict(struct cc_load *load, enum cc_purchase_state state, enum cc_evidence evidence)
{
    load->state = state;
    load->evidence = evidence;
    return state == CC_PURCHASE_IN_DOUBT ? CC_IN_DOUBT : CC_OK;
}

static void keep_tac(struct cc_load *load, const struct standing *standing)
{
    if (standing->has_proof)
        memcpy(load->tac, standing->proof.tac, sizeof load->tac);
    load->has_tac = load->has_tac || standing->has_proof;
}

/* Work on a copy: the caller's load changes only with a verdict. */
static int settle(struct cc_port *port, struct cc_load *load)
{
    struct standing standing = {0};
    int result = ask_proof(port, load, &standing);
    if (result == CC_OK && !standing.proof_is_ours)
        result = ask_logs(port, load, &standing);
    if (result != CC_OK)
        return result;
    if (standing.proof_is_ours || standing.log_has_ours) {
        keep_tac(load, &standing);
        return verdict(load, CC_PURCHASE_CONFIRMED, standing.has_proof ? CC_EVIDENCE_PROOF : CC_EVIDENCE_LOG);
    }
    const struct cc_init_request request = init_request(load);
    result = cc_transaction_ask_counter(port, &request, &standing.now);
    if (result != CC_OK)
        return result;
    if (stands_at_s(&standing, load))
        return verdict(load, CC_PURCHASE_VOID, CC_EVIDENCE_NONE);
    if (number_is_anothers(&standing, load))
        return verdict(load, CC_PURCHASE_VOID, CC_EVIDENCE_LOG); /* a proof, if any, is the other's */
    keep_tac(load, &standing);
    return verdict(load, CC_PURCHASE_IN_DOUBT, CC_EVIDENCE_NONE);
}

int cc_load_resolve(struct cc_port *port, struct cc_load *load)
{
    struct cc_card card = {.family = load->family};
    struct cc_load copy = *load;
    bool open = load->state == CC_PURCHASE_SENT || load->state == CC_PURCHASE_IN_DOUBT;
    if (!open || !cc_transaction_purse(load->family) || load->amount_fen == 0 || load->card_number[0] == '\0' ||
        !memchr(load->card_number, '\0', sizeof load->card_number))
        return CC_ERR_ARGUMENT;
    memcpy(card.card_number, load->card_number, sizeof card.card_number);
    memcpy(card.issuer, load->issuer, sizeof card.issuer);
    int result = cc_card_reselect(port, &card);
    if (result != CC_OK && result != CC_CARD_BLOCKED)
        return result;
    result = settle(port, &copy);
    if (result >= 0)
        *load = copy;
    return result;
}
