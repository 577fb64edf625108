/* SPDX-License-Identifier: Apache-2.0 */
/** Notices of the sample: those of its day, which a demonstration is told with, and those of a year. */
#ifndef PLATFORM_NOTICES_H
#define PLATFORM_NOTICES_H

#include "platform/data/db.h"
#include "platform/sample/community.h"

/** Inside a transaction. */
bool notices_add(struct db *db, uint32_t today, GError **error);

struct year_notice {
    char id[16];
    unsigned text, street; /* places in what can be said, and of three */
    bool urgent;
    uint32_t from, to;
};
/** GArray of struct year_notice, in the order of time: twelve a week of a hundred thousand people, one a month of them urgent. */
GArray *notices_plan(const struct community_options *options);
/** Inside a transaction: written by the one, approved by the other; kiosks are told of what is not over yet. */
bool notices_post(struct db *db, const GArray *notices, const char *const staff[2], uint32_t today, GError **error);

#endif
