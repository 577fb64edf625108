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
    const char *staff_ids[2];  /* two of the register; NULL: there are none, and nobody who answers a ticket, sees to an order or says who left */
    GHashTable *places;        /* address to the building → its id in the list of addresses */
    GArray *listed;            /* of struct hotlist_change: cards that were put out of use */
    unsigned posted[ACT_KINDS], skipped; /* skipped: loads, when the keys lie in a token that makes no card's MAC1 */
};

/** Inside a transaction: the block's acts in their order, then what volunteers have come to. Its bills are there, those of kiosks unpaid. */
bool year_post(struct year_posting *posting, const GArray *acts, GError **error);
/** year-civic-post.c: ACT_TICKET, ACT_RATING, ACT_LEFT. */
bool year_post_civic(struct year_posting *posting, const struct act *act, const char *token, GError **error);
/** year-orders-post.c: ACT_ALLOWANCE, ACT_ORDER. */
bool year_post_orders(struct year_posting *posting, const struct act *act, const char *token, GError **error);
/** year-seats-post.c: ACT_SEAT. */
bool year_post_seat(struct year_posting *posting, const struct act *act, const char *token, GError **error);
/** year-care-post.c: ACT_CARE, ACT_VISIT. */
bool year_post_care(struct year_posting *posting, const struct act *act, GError **error);
/** An id of its own for each step of what has more than one, by that of the act. */
void year_step_id(const struct act *act, unsigned step, char out[37]);
void year_token_of(const struct year_posting *posting, int card, char out[33]);
const struct person *year_person_of(const struct year_posting *posting, int card);
/** Inside a transaction: kiosks from `first` on that a sample of so many people has. */
bool year_kiosks_add(struct db *db, unsigned first, unsigned residents, GError **error);

#endif
