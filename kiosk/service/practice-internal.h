/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the practice machine share. */
#ifndef SERVICE_PRACTICE_INTERNAL_H
#define SERVICE_PRACTICE_INTERNAL_H

#include "service/hall.h"
#include "service/practice.h"

/** practice-hall.c: two readers with a card and a PSAM whose keys are drawn for this lesson and told to nobody. False: OpenSSL has no DES. */
bool practice_hall(struct hall *out);
/** Of the card that lies there. */
extern const char practice_card_number[];

/** practice-town.c: what the platform would have told of this card: bills, services, what can be reported, a date of service. */
struct store;
bool practice_town(struct store *store, const char *card_token, int64_t now_ms, GError **error);

#endif
