/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling a purchase whose DEBIT may or may not have happened, with its card on the reader again.
 *
 *     select, same card? ──no──▶ CC_OTHER_CARD, nothing asked
 *      │
 *      ├─ GET TRANSACTION PROVE (s+1): the PSAM accepts its MAC2, or recomputes its TAC ──▶ CONFIRMED
 *      ├─ the log has our record: s+1, terminal, date, time, type, amount ────────────────▶ CONFIRMED (log)
 *      ├─ the card still stands at s, the balance is what it was, nothing says otherwise ─▶ VOID
 *      ├─ record s+1 is somebody else's, and the log goes back beyond it ─────────────────▶ VOID (log)
 *      └─ anything else ─────────────────────────────────────────────────────────────────▶ IN_DOUBT
 *
 * Where the family says so the proof comes first: some cards keep only one, and INIT may drop it; else INIT does. DEBIT is
 * atomic on the card (balance, counter and log record in one step), so the counter tells whether it happened; the balance
 * alone never does, a load can restore it. Answers that contradict each other settle nothing. A connection error
 * leaves the purchase exactly as it was.
 */
#include "psam.h"
#include "transaction.h"

#include <string.h>

/* The proof as the card gave it: two halves whose order differs between sources. */
struct proof {
    bool given;
    bool refuted; /* the PSAM made the TAC, and neither half is it */
    uint8_t half[2][4];
};

/* What the card says about itself. */
struct standing {
    struct cc_standing now;
    bool log_is_whole, log_has_ours, log_ends_at_s, log_is_beyond_s, number_is_anothers;
};

static int ask_proof(struct cc_port *port, const struct cc_purchase *purchase, struct proof *proof)
{
    struct cc_proof told;
    int result = cc_transaction_prove(port, purchase->type, purchase->counter, &told, &proof->given);
    memcpy(proof->half[0], told.mac, 4);
    memcpy(proof->half[1], told.tac, 4);
    return result;
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

static bool is_our_moment(const struct cc_log_entry *entry, const struct cc_purchase *purchase)
{
    return cc_log_is_of(entry, purchase->terminal, purchase->date_bcd, purchase->time_bcd);
}

static bool is_our_record(const struct cc_log_entry *entry, const struct cc_purchase *purchase)
{
    return entry->counter == (uint16_t)(purchase->counter + 1) && entry->type == purchase->type &&
           entry->amount_fen == purchase->amount_fen && is_our_moment(entry, purchase);
}

/*
 * `log_ends_at_s`: the newest offline record is number s. The log is cyclic and written in the same step as
 * the counter, so while record s is still there a record s+1 cannot have come and gone.
 *
 * `number_is_anothers`: the card was used at another terminal since, a bus say. A number is given once, so when the record
 * after our counter is somebody else's the card surely was not debited for us. Believed only when no record at all is of our
 * terminal and time (whatever its number), and when the log goes back beyond that record, so that ours cannot have been
 * pushed out of it.
 */
static void weigh_log(const struct cc_log_entry *log, size_t count, const struct cc_purchase *purchase,
                      struct standing *standing)
{
    const struct cc_family_desc *desc = cc_family_desc_of(purchase->family);
    size_t full = desc->logs[0].records < CC_LOG_MAX ? desc->logs[0].records : CC_LOG_MAX;
    bool seen_offline = false, our_moment = false, goes_back = count < full;
    for (size_t i = 0; i < count; i++) {
        standing->log_has_ours = standing->log_has_ours || is_our_record(&log[i], purchase);
        our_moment = our_moment || is_our_moment(&log[i], purchase);
        if (is_our_moment(&log[i], purchase) && log[i].counter == (uint16_t)(purchase->counter + 1))
            standing->log_is_beyond_s = true; /* ours, under whatever type this card writes it */
        if (!cc_log_counts_offline(&log[i], purchase->type))
            continue;
        if (!seen_offline)
            standing->log_ends_at_s = log[i].counter == purchase->counter;
        seen_offline = true;
        if (log[i].counter == (uint16_t)(purchase->counter + 1))
            standing->log_is_beyond_s = true;
        goes_back = goes_back || log[i].counter <= purchase->counter;
    }
    standing->number_is_anothers =
        standing->log_is_whole && standing->log_is_beyond_s && goes_back && !our_moment;
}

static int ask_log(struct cc_port *port, const struct cc_purchase *purchase, struct standing *standing)
{
    struct cc_log_entry log[CC_LOG_MAX];
    size_t count = 0;
    const struct cc_card card = {.family = purchase->family};
    int result = cc_log_read(port, &card, log, &count);
    if (result < 0 && port->broken)
        return result;
    standing->log_is_whole = result == CC_OK;
    weigh_log(log, count, purchase, standing);
    return CC_OK;
}

/*
 * Surely not debited? A proof, a TAC that DEBIT itself gave, or a record s+1 of anyone contradicts that. A
 * card that wants its PIN before INIT (6982) does not tell its counter; then its log may.
 */
static bool stands_at_s(const struct standing *standing, const struct proof *proof,
                        const struct cc_purchase *purchase)
{
    const struct cc_standing *now = &standing->now;
    if (proof->given || purchase->has_tac || standing->log_is_beyond_s)
        return false;
    if (now->has_counter)
        return cc_standing_is(now, purchase->counter, purchase->balance_before_fen);
    return now->pin_wanted && now->has_balance && now->balance_fen == purchase->balance_before_fen &&
           standing->log_is_whole && standing->log_ends_at_s;
}

/* What the card can tell, as far as it is needed. */
static int gather(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase, struct proof *proof,
                  struct standing *standing)
{
    const struct cc_init_request request = cc_purchase_init_request(purchase, sam);
    int result = ask_proof(port, purchase, proof); /* before INIT: some cards keep only one */
    if (result != CC_OK)
        return result;
    purchase->evidence = proof->given ? check_proof(sam, purchase, proof) : CC_EVIDENCE_NONE;
    if (purchase->evidence != CC_EVIDENCE_NONE)
        return CC_OK;
    result = ask_log(port, purchase, standing);
    if (result != CC_OK)
        return result;
    if (standing->log_has_ours)
        purchase->evidence = CC_EVIDENCE_LOG;
    else
        result = cc_transaction_ask_counter(port, &request, &standing->now);
    return result;
}

static int verdict(struct cc_purchase *purchase, enum cc_purchase_state state, enum cc_evidence evidence)
{
    purchase->state = state;
    purchase->evidence = evidence;
    return state == CC_PURCHASE_IN_DOUBT ? CC_IN_DOUBT : CC_OK;
}

/* Work on a copy: the caller's purchase changes only with a verdict. */
static int settle(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    struct proof proof = {0};
    struct standing standing = {0};
    bool had_tac = purchase->has_tac;
    int result = gather(port, sam, purchase, &proof, &standing);
    if (result != CC_OK)
        return result;
    bool debited = purchase->evidence != CC_EVIDENCE_NONE;
    if (!debited && stands_at_s(&standing, &proof, purchase))
        return verdict(purchase, CC_PURCHASE_VOID, CC_EVIDENCE_NONE);
    bool counter_agrees = !standing.now.has_counter || standing.now.counter > purchase->counter;
    if (!debited && !had_tac && standing.number_is_anothers && counter_agrees)
        return verdict(purchase, CC_PURCHASE_VOID, CC_EVIDENCE_LOG); /* a proof, if any, is the other's */
    /*
     * A proof nobody could check goes along for the platform to check. One that the PSAM refuted belongs to somebody else's
     * purchase, unless the log has ours: then only the PSAM's TAC key is of another kind.
     */
    if (proof.given && !purchase->has_tac && (debited || !proof.refuted))
        keep_proof(purchase, &proof, 0);
    return verdict(purchase, debited ? CC_PURCHASE_CONFIRMED : CC_PURCHASE_IN_DOUBT, purchase->evidence);
}

static bool can_be_resolved(const struct cc_purchase *purchase)
{
    const struct cc_family_desc *desc = cc_family_desc_of(purchase->family);
    bool open = purchase->state == CC_PURCHASE_PREPARED || purchase->state == CC_PURCHASE_SENT ||
                purchase->state == CC_PURCHASE_IN_DOUBT;
    return open && desc && desc->payment.supported && cc_transaction_purse(purchase->family) &&
           memchr(purchase->card_number, '\0', sizeof purchase->card_number) && purchase->card_number[0] != '\0' &&
           (purchase->amount_fen > 0 || purchase->type == CC_TYPE_COMPOUND);
}

int cc_purchase_resolve_pin(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase, const char *pin)
{
    struct cc_card card = {.family = purchase->family == CC_FAMILY_UNKNOWN ? CC_FAMILY_T_UNION : purchase->family};
    struct cc_purchase copy = *purchase;
    unsigned tries_left;
    if (!can_be_resolved(purchase))
        return CC_ERR_ARGUMENT;
    memcpy(card.card_number, purchase->card_number, sizeof card.card_number);
    memcpy(card.issuer, purchase->issuer, sizeof card.issuer);
    int result = cc_card_reselect(port, &card);
    if (result == CC_OK && pin)
        result = cc_pin_verify(port, &card, pin, &tries_left);
    if (result != CC_OK && result != CC_CARD_BLOCKED)
        return result;
    result = settle(port, sam, &copy);
    if (result >= 0)
        *purchase = copy;
    return result;
}

int cc_purchase_resolve(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase)
{
    return cc_purchase_resolve_pin(port, sam, purchase, NULL);
}
