/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What two people decide. One asks, another confirms within three days, and each stands in the table for ever:
 *
 *   ASKED ─ another confirms, and it is done in that transaction ─► DONE
 *     ├──── who asked, or anybody of the desk, takes it back ─────► WITHDRAWN
 *     └──── nobody does anything for 72 hours ────────────────────► EXPIRED
 *
 * Both at once (`--by A --by B`) is the same with nothing in between. Both are judged by the register of staff when it is done, also
 * the one who asked: who has retired since decides nothing.
 */
#ifndef PLATFORM_TWO_H
#define PLATFORM_TWO_H

#include <jansson.h>
#include "platform/platform.h"

#define TWO_LIFE_MS          (72 * INT64_C(3600000))
#define TWO_REASON_BYTES_MAX 200

struct two_action {
    const char *kind;    /* doubt-settle, hold-release, person-left, settlement-paid, credit-move, card-replace, card-found,
                            claim-pay, claim-short, claim-accept, certificate-withdraw */
    const char *subject; /* payment, hold, card token, BILLER:NUMBER, TOKEN:BOOK:AMOUNT, card token, card token, TOKEN:KIOSK:FEN (KIOSK "-": none;
                            of claim-accept TOKEN:KIOSK:FEN:MOST), number */
    const char *data;    /* doubt-settle: paid or void; card-replace: TOKEN or TOKEN:CAUSE of the new one; else "" */
    const char *reason;
};

/** Is there such a kind of action? */
bool two_kind_valid(const char *kind);
/** Each a transaction of its own. `id` gets the action's. */
bool two_ask(struct platform *platform, const struct two_action *action, const char *by, int64_t now_ms, char id[37], GError **error);
/** What is done stays so when the hotlist's file cannot be built behind it, which is an error too. */
bool two_confirm(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error);
bool two_withdraw(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error);
/** `by`: two names, NULL behind them. */
bool two_now(struct platform *platform, const struct two_action *action, char **by, int64_t now_ms, GError **error);
/** New reference. */
json_t *two_list(struct platform *platform, bool open_only, int64_t now_ms, GError **error);

#endif
