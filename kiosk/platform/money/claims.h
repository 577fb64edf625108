/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the purse of a card that was replaced had left: money on a chip that nobody holds, known by what the card itself told.
 *
 *   WAITS    payments may still come: a kiosk without a line takes money for a day by an old hotlist, its clock may be a day off, and what it
 *            took is told when it has a line again. So each kiosk has to have told something since, and CLAIM_SETTLE_MS pass
 *   DOUBT    a payment of it is open, or its transactions do not follow each other: people look into that first (doubts, reconcile). What
 *            they cannot clear (a kiosk that is gone, a chain that nobody completes) two of them end by a sum that they accept: nothing, or as
 *            much as whichever transaction may be the last had left ───► DONE, until more is told than that
 *   UNKNOWN  no transaction of it was ever told: two people end it, too, and by nothing, as there is no sum that anything speaks for
 *            ───► DONE, until something is told: then what that says counts, and the kiosk that told it has an alarm (as in doubt)
 *   DUE ──── two of the staff pay it, in cash at a desk ───► DONE    its holder has it, or it was empty
 *              ▲                                              │ ▲
 *              └── what comes late says that it had more ─────┘ └── two people: it came back, or the community bears it
 *                                                             ▼ │
 *   SHORT    what came late says that it had less: an alarm of the kiosk that told it
 *
 * What is due is computed each time, so that a payment that comes late changes it. What was paid is written down, a transaction of the MONEY
 * book each (accounts):
 *
 *   PAID    purse:float +       cash:KIOSK −         as a load backwards: who wants it on the new card loads it there by the ordinary way; also
 *                                                    what was accepted, with a row of its own that says so
 *   SHORT   overpaid:CARD +     purse:float −        that payment took it already: by the platform, with the event
 *   REPAID  cash:KIOSK +        overpaid:CARD −
 *   BORNE   loss:purses +       overpaid:CARD −
 */
#ifndef PLATFORM_CLAIMS_H
#define PLATFORM_CLAIMS_H

#include "platform/data/db-reconcile.h"
#include "platform/platform.h"

#define CLAIM_OFFLINE_MS (2 * INT64_C(86400000)) /* after it was out of use no kiosk has taken money of it */
#define CLAIM_SETTLE_MS  (7 * INT64_C(86400000)) /* then kiosks have told of it */

enum claim_state { CLAIM_WAITS, CLAIM_DOUBT, CLAIM_UNKNOWN, CLAIM_DUE, CLAIM_DONE, CLAIM_SHORT, CLAIM_STATES };
const char *claim_state_name(enum claim_state state);
enum claim_state claim_state(const struct purse_claim *claim, int64_t now_ms);
/** When it is due, if nothing is open by then. */
int64_t claim_due_ms(const struct purse_claim *claim);
/** Not with its holder yet, fen; what nothing is known of is 0. */
int64_t claim_owed_fen(const struct purse_claim *claim);
/** The most that its holder may still be owed, fen. */
int64_t claim_most_fen(const struct purse_claim *claim);
/** The holder got it, and it was not there: fen that nobody has answered for. Below zero: too much came back. */
int64_t claim_open_fen(const struct purse_claim *claim);
/** A transaction of its own: all of them for people, the oldest first. New reference. */
json_t *claims_list(struct platform *platform, int64_t now_ms, GError **error);

struct claim_deed {
    const char *card;        /* the one that was replaced, its token */
    const char *kiosk;       /* whose drawer; NULL: the community bears it (claim_end()), or nothing is paid (claim_accept()) */
    int64_t fen;             /* as people counted it: exactly what is owed, or open; of claim_accept() what they accept, claim_most_fen() at most */
    int64_t most_fen;        /* of claim_accept(): claim_most_fen() as people saw it */
    const char *const *staff; /* two different people of the register, neither of them the card's holder */
    const char *reason;
};
/**
 * Inside a transaction, which is to be rolled back when *refused is set; who decided stands in the access log of its holder: CLAIM_NONE (it was not replaced), CLAIM_NOT_DUE, CLAIM_NOT_SHORT,
 * CLAIM_NOT_IN_DOUBT, CLAIM_OPEN (a payment without an end: that comes first), CLAIM_WAITS (kiosks may tell yet), CLAIM_AMOUNT (another one
 * than that, or more or less could have been there than they saw), KIOSK_UNKNOWN, or why these two may not.
 */
bool claim_pay(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error);
/** `kiosk` goes with a sum above 0. */
bool claim_accept(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error);
bool claim_end(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error);

/**
 * Inside a transaction, when the chain of a card has changed of whose purse something was paid or accepted: what of it was not there, or that
 * more was there than people thought. `payment`, `kiosk`: who told.
 */
bool claim_follow(struct db *db, const char *card, const char *payment, const char *kiosk, int64_t now_ms, GError **error);

/** Inside a transaction: cards by state, and (g_free, NULL none) what is not as it must be. */
bool claims_check(struct db *db, int64_t now_ms, int64_t counts[CLAIM_STATES], char **broken, GError **error);

#endif
