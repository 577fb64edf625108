/* SPDX-License-Identifier: Apache-2.0 */
/** T-Union (JT/T 978): its files as structures, and selection of its application. */
#ifndef CITYCARD_TUNION_H
#define CITYCARD_TUNION_H

#include "apdu.h"
#include "bytes.h"
#include "citycard.h"

/**
 * Parsers. Each takes the bytes of a file or record as they came, however many, fills its fields only when
 * they are whole and returns CC_OK, CC_NOT_FOUND (blank), or CC_ERR_PROTOCOL (short, or no digits where
 * digits must be).
 */
int cc_tunion_parse_application(struct cc_bytes in, struct cc_card *card); /* EF15, 28 bytes or more */
int cc_tunion_parse_holder(struct cc_bytes in, struct cc_holder *holder);  /* EF16, 54 bytes or more */
int cc_tunion_parse_management(struct cc_bytes in, struct cc_card *card);  /* EF17, 11 bytes or more */
int cc_tunion_parse_log(struct cc_bytes in,
                        struct cc_log_entry *entry); /* record of EF18, 23 bytes or more */

/** EF15 within the answer of SELECT (9F0C), else an empty reader. */
struct cc_bytes cc_tunion_application_in_fci(struct cc_bytes fci);

/**
 * SELECT the application and fill the identity of `card`. CC_OK; CC_CARD_BLOCKED with the identity filled;
 * CC_ERR_UNSUPPORTED when the card has no such application or EF15 is not one; below zero when the card is
 * gone.
 */
int cc_tunion_select(struct cc_port *port, struct cc_card *card);

#endif
