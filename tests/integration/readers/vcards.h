/* SPDX-License-Identifier: Apache-2.0 */
/* citycard-vcard and its control socket, for tests in C: virtual cards and a PSAM that keep what they were charged. */
#ifndef TEST_VCARDS_H
#define TEST_VCARDS_H

#include <glib.h>
#include <stdint.h>

struct vcards;

/** Start it with fresh cards in `folder`, no card in, the PSAM in. */
struct vcards *vcards_new(const char *program, const char *folder, uint16_t card_port, uint16_t sam_port);
/** One control line; the answer behind "ok ". The test fails on "error". Free it. */
char *vcards_ask(struct vcards *cards, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** The same, when the answer does not matter. */
void vcards_do(struct vcards *cards, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** A number out of "card KEY", e.g. "balance_fen". */
gint64 vcards_number(struct vcards *cards, const char *key, const char *field);
/** The card number of "card KEY". Free it. */
char *vcards_card_number(struct vcards *cards, const char *key);
void vcards_free(struct vcards *cards);

#endif
