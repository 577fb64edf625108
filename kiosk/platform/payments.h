/* SPDX-License-Identifier: Apache-2.0 */
/** What a payment event of a kiosk does: state machine of model/payment.h, TAC, bills, ledger. */
#ifndef PLATFORM_PAYMENTS_H
#define PLATFORM_PAYMENTS_H

#include <jansson.h>
#include "platform/platform.h"
#include "store/store.h"

/** A verdict on one event, with a code for machines. */
struct outcome {
    enum store_verdict verdict; /* ACCEPTED, CONFLICT or REJECTED */
    const char *code;           /* static; NULL when accepted */
    char tac_payment
        [37]; /* TAC_WRONG: keep this mark on the payment although the event is undone; else empty */
};

/**
 * Apply one event. False only for trouble of the database: the whole batch is to be rolled back. With a verdict other
 * than ACCEPTED the caller undoes what was written.
 */
bool payments_apply(struct platform *platform, const char *kiosk, const char *type, json_t *data,
                    int64_t now_ms, struct outcome *out, GError **error);

/** Is this a type that payments_apply() knows? */
bool payments_type(const char *type);

#endif
