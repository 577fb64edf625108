/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every purse transaction shares (JR/T 0025.2): the check of the card before it begins, INITIALIZE (80 50), what a
 * refusal means, and which records count with which counter.
 */
#ifndef CITYCARD_TRANSACTION_H
#define CITYCARD_TRANSACTION_H

#include "apdu.h"
#include "citycard.h"
#include "family.h"

#define CC_AMOUNT_FEN_MAX 1000000u /* 10 000 yuan: far above what any purse may hold */
#define CC_COUNTER_END    0xFFFFu  /* used up: the card would say 9402 */

/** Transaction types, as logs, MACs and TACs have them. */
enum {
    CC_TYPE_ED_LOAD = 0x01,
    CC_TYPE_EP_LOAD = 0x02,
    CC_TYPE_UNLOAD = 0x03,
    CC_TYPE_ED_CASH = 0x04,
    CC_TYPE_ED_PURCHASE = 0x05,
    CC_TYPE_EP_PURCHASE = 0x06,
    CC_TYPE_COMPOUND = 0x09,
};

/** P1 of INITIALIZE. */
enum cc_init_kind { CC_INIT_LOAD = 0x00, CC_INIT_PURCHASE = 0x01, CC_INIT_COMPOUND = 0x03 };

struct cc_init_request {
    enum cc_init_kind kind;
    enum cc_family family; /* gives P2, the purse */
    uint8_t key_index;
    uint32_t amount_fen;
    const uint8_t *terminal; /* 6 bytes */
};

/** That of a purchase, plain or compound. `sam` may be NULL: key index 1. */
struct cc_init_request cc_purchase_init_request(const struct cc_purchase *purchase, const struct cc_sam *sam);

/** Answer of INITIALIZE: 15 bytes, or 16 for a load. */
struct cc_init {
    uint32_t balance_fen;
    uint16_t counter; /* offline for purchases, online for loads; before the increment */
    uint8_t key_version, algorithm, random[4];
    uint8_t mac1[4]; /* of a load */
};

/**
 * CC_OK with any status word in *sw, `init` filled when it is 9000; CC_ERR_PROTOCOL when the answer has another length;
 * the connection's errors.
 */
int cc_transaction_init(struct cc_port *port, const struct cc_init_request *request, struct cc_init *init, uint16_t *sw);

/** The purse that transactions use; NULL for families without one, or whose amounts are not plain fen. */
const struct cc_purse_desc *cc_transaction_purse(enum cc_family family);

/** Same card (reselect), PIN when given, balance. Refusals are CC_DECLINED or better: nothing has changed yet. */
int cc_transaction_check(struct cc_port *port, const struct cc_card *card, const char *pin, int64_t *balance_fen);

/** The card's own word (not 9000) on why it does not go on. */
int cc_transaction_refusal(uint16_t sw, bool pin_given);

/** INITIALIZE of a card just checked: refusals as outcomes, the same balance, a counter that has a next. */
int cc_transaction_begin(struct cc_port *port, const struct cc_init_request *request, uint32_t balance_fen, bool pin_given,
                         struct cc_init *init);

/** True when GET BALANCE says exactly this. */
bool cc_transaction_balance_is(struct cc_port *port, enum cc_family family, uint32_t balance_fen);

/** What a card in doubt says of itself, each only when `has_` it. */
struct cc_standing {
    bool has_balance, has_counter, pin_wanted;
    int64_t balance_fen, init_balance_fen;
    uint16_t counter;
};
/** GET BALANCE, then INITIALIZE for its counter, which the next SELECT drops. Fails only with the link. */
int cc_transaction_ask_counter(struct cc_port *port, const struct cc_init_request *request, struct cc_standing *standing);
/** Counter and both balances as they were. */
bool cc_standing_is(const struct cc_standing *standing, uint16_t counter, uint32_t balance_fen);

/** A whole answer that surely was given before the card wrote anything, see transaction.c. */
bool cc_transaction_refused(const struct cc_answer *answer);

/**
 * Numbered by the same counter as a transaction of this type? In each purse cash, purchases and compound purchases share the
 * offline counter, loads and unloads the online one.
 */
bool cc_log_counts_offline(const struct cc_log_entry *entry, uint8_t type);
bool cc_log_counts_online(const struct cc_log_entry *entry, uint8_t type);
/** Made at this terminal in this second, whatever its number says. */
bool cc_log_is_of(const struct cc_log_entry *entry, const uint8_t terminal[6], const uint8_t date_bcd[4],
                  const uint8_t time_bcd[3]);

/** GET TRANSACTION PROVE with its two halves as they came. `given` is false when this card cannot tell this way. */
int cc_transaction_prove(struct cc_port *port, uint8_t type, uint16_t counter_before, struct cc_proof *proof, bool *given);

#endif
