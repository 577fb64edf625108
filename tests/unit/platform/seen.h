/* SPDX-License-Identifier: Apache-2.0 */
/** What the contract's own test counts as exercised: lines of the file that CONTRACT_SEEN names, nothing without it. */
#ifndef TEST_SEEN_H
#define TEST_SEEN_H

#include "schema.h"

/**
 * "METHOD PATH STATUS CODE" of an exchange that fits the contract; of events that it brought "EVENT TYPE VERDICT CODE" each, of
 * the feed's items "TOPIC NAME deleted|value -"; "-" where there is no code.
 */
void seen_note(const struct schema_exchange *exchange);

/** Calls `each` for every event of a push whose body can be read, with its verdict. */
void seen_events(const struct schema_exchange *exchange, void (*each)(void *ctx, const char *type, json_t *verdict), void *ctx);

#endif
