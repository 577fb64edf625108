/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the purse of a card that was replaced had left: money on a chip that nobody holds, known by what the card itself told.
 *
 *   WAITS    payments may still come: a kiosk without a line takes money for a day by an old hotlist, its clock may be a day off, and what it
 *            took is told when it has a line again. So each kiosk has to have told something since, and CLAIM_SETTLE_MS pass
 *   DOUBT    a payment of it is open, or its transactions do not follow each other: people look into that first (doubts, reconcile)
 *   UNKNOWN  no transaction of it was ever told
 *   DUE      its last balance is what its holder has to get
 *
 * Nothing is kept of this: it is computed each time, so that a payment that comes late lowers it.
 */
#ifndef PLATFORM_CLAIMS_H
#define PLATFORM_CLAIMS_H

#include "platform/data/db-reconcile.h"
#include "platform/platform.h"

#define CLAIM_OFFLINE_MS (2 * INT64_C(86400000)) /* after it was out of use no kiosk has taken money of it */
#define CLAIM_SETTLE_MS  (7 * INT64_C(86400000)) /* then kiosks have told of it */

enum claim_state { CLAIM_WAITS, CLAIM_DOUBT, CLAIM_UNKNOWN, CLAIM_DUE };
const char *claim_state_name(enum claim_state state);
enum claim_state claim_state(const struct purse_claim *claim, int64_t now_ms);
/** When it is due, if nothing is open by then. */
int64_t claim_due_ms(const struct purse_claim *claim);
/** A transaction of its own: all of them for people, the oldest first. New reference. */
json_t *claims_list(struct platform *platform, int64_t now_ms, GError **error);

#endif
