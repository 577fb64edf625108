/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling a purchase whose DEBIT may or may not have happened, with its card on the reader again.
 *
 *     select, same card? ──no──▶ CC_OTHER_CARD, nothing asked
 *      │
 *      ├─ GET TRANSACTION PROVE (s+1): the PSAM accepts its MAC2, or recomputes its TAC ──▶ CONFIRMED
 *      ├─ EF18 has our record: s+1, terminal, date, time, type, amount ──────────────────▶ CONFIRMED (log)
 *      ├─ the card still stands at s, the balance is what it was, nothing says otherwise ─▶ VOID
 *      └─ anything else ─────────────────────────────────────────────────────────────────▶ IN_DOUBT
 *
 * The proof comes first: some cards keep only one, and INIT may drop it. DEBIT is atomic on the card
 * (balance, counter and log record in one step), so the counter tells whether it happened; the balance alone
 * never does, a load can restore it. Answers that contradict each other settle nothing. A connection error
 * leaves the purchase exactly as it was.
 */
#include "apdu.h"
#include "citycard.h"
#include "psam.h"
#include "purchase.h"
#include "recognise.h"

#include <string.h>

/* The proof as the card gave it: two halves whose order differs between sources. */
struct proof {
    bool given;
    bool refuted; /* the PSAM made the TAC, and neither half is it */
    uint8_t half[2][4];
};

/* What the card says about itself, each only when `has_` it. */
struct standing {
    bool has_balance, has_counter, log_is_whole, log_has_ours, log_ends_at_s, log_is_beyond_s;
    int64_t balance_fen;
    uint16_t counter;
    uint32_t init_balance_fen;
};

static int ask_proof(struct cc_port *port, const struct cc_purchase *purchase, struct proof *proof)
{
    uint16_t counter = (uint16_t)(purchase->counter + 1); /* the value after the card's increment */
    uint8_t body[2] = {(uint8_t)(counter >> 8), (uint8_t)counter};
    struct cc_command command = {
        .cla = 0x80, .ins = 0x5A, .p2 = purchase->type, .data = body, .data_len = 2, .le = 8};
    struct cc_answer answer;
    memset(proof, 0, sizeof *proof);
    int result = cc_apdu(port, &command, &answer);
    if (result != CC_OK)
        return result;
    struct cc_bytes in = cc_answer_bytes(&answer);
    if (answer.sw != 0x9000 || answer.len != 8 || cc_bytes_blank(in))
        return CC_OK; /* 9406, 6A86, 6D00 …: this card cannot tell this way */
    proof->given = true;
    cc_take(&in, proof->half[0], 4);
    cc_take(&in, proof->half[1], 4);
    return CC_OK;
}

static void keep_proof(struct cc_purchase *purchase, const struct proof *proof, unsigned mac_half)
{
    memcpy(purchase->mac2, proof->half[mac_half], sizeof purchase->mac2);
    memcpy(purchase->tac, proof->half[1 - mac_half], sizeof purchase->tac);
    purchase->has_tac = true;
}

/* 80 72 while the session of the purchase lives, MAC first as most sources have it; else the TAC again. */
static enum cc_evidence check_proof(struct cc_sam *sam, struct cc_purchase *purchase, struct proof *proof)
{
    uint8_t tac[4];
    for (unsigned half = 0; half < 2; half++) {
        if (cc_sam_session_is(sam, purchase) && cc_sam_check_mac2(sam, proof->half[half])) {
            keep_proof(purchase, proof, half);
            return CC_EVIDENCE_MAC2;
        }
    }
    if (!sam || sam->port.broken || cc_sam_purchase_tac(sam, purchase, tac) != CC_OK)
        return CC_EVIDENCE_NONE;
    for (unsigned half = 0; half < 2; half++) {
        if (memcmp(tac, proof->half[1 - half], sizeof tac) == 0) {
            keep_proof(purchase, proof, half);
            return CC_EVIDENCE_TAC;
        }
    }
    proof->refuted = true;
    return CC_EVIDENCE_NONE;
}

static bool is_our_record(const struct cc_log_entry *entry, const struct cc_purchase *purchase)
{
    return entry->counter == (uint16_t)(purchase->counter + 1) && entry->type == purchase->type &&
           entry->amount_fen == purchase->amount_fen &&
           memcmp(entry->terminal, purchase->terminal, sizeof entry->terminal) == 0 &&
           memcmp(entry->date_bcd, purchase->date_bcd, sizeof entry->date_bcd) == 0 &&
           memcmp(entry->time_bcd, purchase->time_bcd, sizeof entry->time_bcd) == 0;
}

/* Cash, purchases and compound purchases share the offline counter; loads count apart. */
static bool counts_offline(const struct cc_log_entry *entry)
{
    return entry->type == 0x04 || entry->type == 0x05 || entry->type == 0x06 || entry->type == 0x09;
}

/*
 * `log_ends_at_s`: the newest offline record is number s. The log is cyclic and written in the same step as
 * the counter, so while record s is still there a record s+1 cannot have come and gone.
 */
static int ask_log(struct cc_port *port, const struct cc_purchase *purchase, struct standing *standing)
{
    struct cc_log_entry log[CC_LOG_MAX];
    size_t count = 0;
    bool seen_offline = false;
    const struct cc_card card = {.family = purchase->family};
    int result = cc_log_read(port, &card, log, &count);
    if (result < 0 && port->broken)
        return result;
    standing->log_is_whole = result == CC_OK;
    for (size_t i = 0; i < count; i++) {
        if (is_our_record(&log[i], purchase))
            standing->log_has_ours = true;
        if (counts_offline(&log[i]) && log[i].counter == (uint16_t)(purchase->counter + 1))
            standing->log_is_beyond_s = true;
        if (!seen_offline && counts_offline(&log[i])) {
            seen_offline = true;
            standing->log_ends_at_s = log[i].counter == purchase->counter;
        }
    }
    return CC_OK;
}

/* Balance, then INIT for its counter. INIT opens nothing that the next SELECT does not drop. */
static int ask_counter(struct cc_port *port, const struct cc_sam *sam, const struct cc_purchase *purchase,
                       struct standing *standing, uint16_t *sw)
{
    struct cc_purse_init init;
    const struct cc_card card = {.family = purchase->family};
    int result = cc_balance(port, &card, &standing->balance_fen);
    if (result < 0 && port->broken)
        return result;
    standing->has_balance = result == CC_OK;
    result = cc_purse_init(port, sam ? sam->key_index : 1, purchase, &init, sw);
    if (result < 0 && port->broken)
        return result;
    standing->has_counter = result == CC_OK && *sw == 0x9000;
    standing->counter = init.counter;
    standing->init_balance_fen = init.balance_fen;
    return CC_OK;
}

/*
 * Surely not debited? A proof, a TAC that DEBIT itself gave, or a record s+1 of anyone contradicts that. A
 * card that wants its PIN before INIT (6982) does not tell its counter; then its log may.
 */
static bool is_void(const struct standing *standing, const struct proof *proof,
                    const struct cc_purchase *purchase, uint16_t sw)
{
    if (proof->given || purchase->has_tac || standing->log_is_beyond_s || !standing->has_balance ||
        standing->balance_fen != purchase->balance_before_fen)
        return false;
    if (standing->has_counter)
        return standing->counter == purchase->counter &&
               standing->init_balance_fen == purchase->balance_before_fen;
    return sw == 0x6982 && standing->log_is_whole && standing->log_ends_at_s;
}

/* Work on a copy: the caller's purchase changes only with a verdict. */
static int settle(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    struct proof proof;
    struct standing standing = {0};
    uint16_t sw = 0;
    int result = ask_proof(port, purchase, &proof);
    if (result < 0 && port->broken)
        return result;
    purchase->evidence = proof.given ? check_proof(sam, purchase, &proof) : CC_EVIDENCE_NONE;
    if (purchase->evidence == CC_EVIDENCE_NONE) {
        result = ask_log(port, purchase, &standing);
        if (result != CC_OK)
            return result;
        if (standing.log_has_ours)
            purchase->evidence = CC_EVIDENCE_LOG;
    }
    bool debited = purchase->evidence != CC_EVIDENCE_NONE;
    if (!debited) {
        result = ask_counter(port, sam, purchase, &standing, &sw);
        if (result != CC_OK)
            return result;
    }
    if (!debited && is_void(&standing, &proof, purchase, sw)) {
        purchase->state = CC_PURCHASE_VOID;
        return CC_OK;
    }
    /*
     * A proof nobody could check goes along for the platform to check. One that the PSAM refuted belongs to somebody else's
     * purchase, unless the log has ours: then only the PSAM's TAC key is of another kind.
     */
    if (proof.given && !purchase->has_tac && (debited || !proof.refuted))
        keep_proof(purchase, &proof, 0);
    purchase->state = debited ? CC_PURCHASE_CONFIRMED : CC_PURCHASE_IN_DOUBT;
    return debited ? CC_OK : CC_IN_DOUBT;
}

static bool can_be_resolved(const struct cc_purchase *purchase)
{
    bool open = purchase->state == CC_PURCHASE_PREPARED || purchase->state == CC_PURCHASE_SENT ||
                purchase->state == CC_PURCHASE_IN_DOUBT;
    return open && memchr(purchase->card_number, '\0', sizeof purchase->card_number) &&
           purchase->card_number[0] != '\0' && purchase->amount_fen > 0;
}

int cc_purchase_resolve(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    struct cc_card card = {0};
    struct cc_purchase copy = *purchase;
    if (!can_be_resolved(purchase))
        return CC_ERR_ARGUMENT;
    int result = cc_family_select(port, cc_family_desc_of(purchase->family), &card);
    if (result == CC_ERR_UNSUPPORTED)
        return CC_OTHER_CARD;
    if (result < 0)
        return result;
    if (strncmp(card.card_number, purchase->card_number, sizeof card.card_number) != 0)
        return CC_OTHER_CARD;
    result = settle(port, sam, &copy);
    if (result >= 0)
        *purchase = copy;
    return result;
}
