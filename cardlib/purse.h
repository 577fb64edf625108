/* SPDX-License-Identifier: Apache-2.0 */
/** Purses, logs and journeys of a card whose application is selected. */
#ifndef CITYCARD_PURSE_H
#define CITYCARD_PURSE_H

#include "apdu.h"
#include "family.h"

/** Each reads into the card what there is, and fails only when the card is gone. */
int cc_purses_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_card *card);
int cc_logs_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card);
int cc_journeys_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card);

/** The log number `index` of the family (0: the purse log; a load log may come after it). CC_NOT_FOUND: it has none. */
int cc_log_read_at(struct cc_port *port, const struct cc_card *card, size_t index, struct cc_log_entry log[CC_LOG_MAX],
                   size_t *count);

#endif
