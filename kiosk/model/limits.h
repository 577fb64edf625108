/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a machine may do by itself while the platform cannot be asked, and how much a purse may hold. One evaluator for
 * money and for credit; amounts are in the unit of whoever asks (fen or minutes). Pure.
 */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include <stdbool.h>
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** A limit below 0 is none. */
struct limits {
    int64_t payment;      /* at once */
    int64_t card_day;     /* a card, since the day began */
    int64_t stored_sum;   /* on this machine and not acknowledged */
    int64_t stored_count;
    int64_t hotlist_age_ms; /* of the list of lost cards; without a list nothing is allowed */
    int64_t offline_ms;     /* since the last good exchange with the platform */
};
struct limit_facts {
    int64_t amount; /* what is asked for */
    int64_t card_day, stored_sum, stored_count; /* what has been */
    int64_t hotlist_age_ms; /* below 0: no list */
    int64_t offline_ms;
};

enum limit_reason { LIMIT_NONE, LIMIT_AMOUNT, LIMIT_PAYMENT, LIMIT_DAY, LIMIT_TOTAL, LIMIT_COUNT, LIMIT_HOTLIST, LIMIT_OFFLINE,
                    LIMIT_REASONS };
/** As told to staff: "LIMIT_PAYMENT" …; "" for none. */
const char *limit_reason_name(enum limit_reason reason);
/** The first limit that would be passed. An amount of 0 or below is LIMIT_AMOUNT. */
enum limit_reason limits_check(const struct limits *limits, const struct limit_facts *facts);
/** The most that could be spent now; 0 when nothing may. */
int64_t limits_left(const struct limits *limits, const struct limit_facts *facts);

/* ---- Stored value (SV-1) ---- */
struct purse_caps {
    int64_t registered_fen, unregistered_fen; /* 5,000 and 1,000 yuan */
    int64_t unit_fen;                         /* a load is a multiple of it: 10 yuan */
};
enum topup_verdict { TOPUP_OK, TOPUP_UNIT, TOPUP_CAP };
enum topup_verdict topup_check(const struct purse_caps *caps, bool registered, int64_t balance_fen, int64_t amount_fen);

#endif
