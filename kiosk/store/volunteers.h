/* SPDX-License-Identifier: Apache-2.0 */
/** Who of the cards is on the roll of volunteers, as the platform told it, with what was asked for here on top. */
#ifndef STORE_VOLUNTEERS_H
#define STORE_VOLUNTEERS_H

#include "model/volunteer.h"
#include "store/store.h"

/** Something that was asked for here: it waits, or the platform refused it within thirty days. */
struct store_wish {
    bool waits;
    char refused[48]; /* the platform's code, of the last one; "" none */
    int64_t at_ms;
};
struct store_volunteer {
    bool known;   /* false: what the platform told is too old, or was wiped, or the feed was not read to its end yet */
    bool on_roll; /* `told` holds */
    struct volunteer told;
    struct store_wish join, star, dispute; /* dispute: of any hours */
    unsigned star_level;                   /* that waits */
    size_t disputed;                       /* hours of `told` of which it was said here; they wait */
    bool disputes[VOLUNTEER_HOURS_MAX];
};
bool store_volunteer(struct store *store, const char *card_token, struct store_volunteer *out, GError **error);

#endif
