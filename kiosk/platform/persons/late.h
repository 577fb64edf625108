/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What kiosks tell of a card that was replaced: the kiosk was offline, or the event was on its way. README.md has the table of rules.
 */
#ifndef PLATFORM_LATE_H
#define PLATFORM_LATE_H

#include <jansson.h>
#include "platform/data/db.h"

struct late_word {
    json_t *data; /* what was told, of the card that stands there now: new reference; NULL: as it was told */
    const char *code; /* CARD_REPLACED: told of a time when that card was out of use, and refused; NULL: not */
};
/** Inside a transaction. `at_ms`: when it happened, as far as the kiosk's clock is to be believed. */
bool late_read(struct db *db, const char *type, json_t *data, int64_t at_ms, struct late_word *out, GError **error);

#endif
