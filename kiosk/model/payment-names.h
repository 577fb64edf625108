/* SPDX-License-Identifier: Apache-2.0 */
/** The words of a payment's JSON, for the two files that write and read it. */
#ifndef MODEL_PAYMENT_NAMES_H
#define MODEL_PAYMENT_NAMES_H

#include <stddef.h>

struct payment_names {
    const char *const *names;
    size_t count;
};
extern const struct payment_names payment_states, payment_card_states, payment_evidence, payment_settlers, payment_whys,
    payment_ways;

#endif
