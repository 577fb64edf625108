/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What really happened, kept apart from everything that the programs say: each debit that a card committed, each "paid" that
 * a screen showed, each row that a journal ever had on its medium. The invariants hold the programs against these.
 */
#ifndef SIM_BOOKS_H
#define SIM_BOOKS_H

#include "sim.h"

struct books *books_new(struct world *world);
void books_free(struct books *books);

/** A command is about to reach a card: DEBIT only with its intent on the medium, and never the same twice. */
void books_command(struct world *world, struct sim_kiosk *kiosk, int card, const uint8_t *command, size_t len);
/** A card's purse changed for good. */
void books_committed(struct world *world, unsigned card, const struct vc_card_state *next);
/** A kiosk's request leaves: nothing is told that a power cut could take back. */
void books_sent(struct world *world, struct sim_kiosk *kiosk, const char *path, const char *body);
/** The screen of a living kiosk is shown this. */
void books_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event);

/** Which card a payment was of; −1: no journal knows it. */
int books_card_of(const struct world *world, const char *payment_id);

/** How many rows its journal had on the medium when it was read last. */
int64_t books_rows(const struct sim_kiosk *kiosk);
/** The bills of this card's payment that is open at this kiosk, at most `most`; they live as long as the books. 0: none is. */
unsigned books_open_bills(struct world *world, struct sim_kiosk *kiosk, unsigned card, const char *ids[], unsigned most);

/** After a recovery, and now and then: what the kiosk has on its disk. */
void books_check_kiosk(struct world *world, struct sim_kiosk *kiosk);
/** Was every row that the kiosk has now met by the books? */
bool books_have_all(struct world *world, struct sim_kiosk *kiosk);
void books_check_cards(struct world *world);
void books_check_platform(struct world *world);
/** Everything is settled and sent: nothing may be open, all books are equal. */
void books_check_end(struct world *world);

#endif
