/* SPDX-License-Identifier: Apache-2.0 */
/** This kiosk's own seats among the items of a page: signed, as the quota is. */
#ifndef SYNC_ALLOTMENT_H
#define SYNC_ALLOTMENT_H

#include "model/allotment.h"
#include "sync/round.h"

/** Verify an envelope and check that it is of this kiosk. Pure. */
bool allotment_open(const uint8_t signing_key[32], const char *kiosk, json_t *envelope, struct allotment *out, GError **error);
/** Take it out of the items into the store; one that is not right stays among them. */
void allotment_take(struct round *round, json_t *items);

#endif
