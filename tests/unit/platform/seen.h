/* SPDX-License-Identifier: Apache-2.0 */
/** What the contract's own test counts as exercised: lines of the file that CONTRACT_SEEN names. */
#ifndef TEST_SEEN_H
#define TEST_SEEN_H

#include "schema.h"

/**
 * "METHOD PATH STATUS CODE" of an exchange that fits the contract; of events that it brought "EVENT TYPE VERDICT CODE" each, of
 * the feed's items "TOPIC NAME deleted|value -"; "-" where there is no code. The file that
 * CONTRACT_TOLD names gets examples: {told: "event", name, value: its body} of the first of each type that is accepted, and
 * {told: "topic", name, value: the item} of the first of each topic.
 */
void seen_note(const struct schema_exchange *exchange);

/** Called for every event of a push whose body can be read, with its verdict. */
typedef void seen_event(void *ctx, const char *type, json_t *verdict, json_t *body);
void seen_events(const struct schema_exchange *exchange, seen_event *each, void *ctx);

#endif
