/* SPDX-License-Identifier: Apache-2.0 */
/** The signed quota among the items of a page. */
#ifndef SYNC_QUOTA_H
#define SYNC_QUOTA_H

#include "model/credit.h"
#include "sync/round.h"

/** Verify an envelope and check that it is this kiosk's quota. Pure: this is what a fuzzer feeds. */
bool quota_open(const uint8_t signing_key[32], const char *kiosk, json_t *envelope, struct quota_set *out, GError **error);
/** Take this kiosk's quota out of the items into the store; one that is not right stays among them. */
void quota_take(struct round *round, json_t *items);

#endif
