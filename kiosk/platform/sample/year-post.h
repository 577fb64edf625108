/* SPDX-License-Identifier: Apache-2.0 */
/** A planned year into the books: by the same code and rules that kiosks' events go through, and refused by the same. */
#ifndef PLATFORM_YEAR_POST_H
#define PLATFORM_YEAR_POST_H

#include "platform/platform.h"
#include "platform/sample/year.h"

struct year_posting {
    struct platform *platform;
    const struct community *community;
    const struct credit_rules *rules;
    char staff[33]; /* token of who takes cash at the desk */
    unsigned posted[ACT_KINDS], skipped; /* skipped: loads, when the keys lie in a token that makes no card's MAC1 */
};

/** Inside a transaction: the block's acts in their order, then what volunteers have come to. Its bills are there, those of kiosks unpaid. */
bool year_post(struct year_posting *posting, const GArray *acts, GError **error);
/** Inside a transaction: kiosks from `first` on that a sample of so many people has. */
bool year_kiosks_add(struct db *db, unsigned first, unsigned residents, GError **error);

#endif
