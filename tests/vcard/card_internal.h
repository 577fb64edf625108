/* SPDX-License-Identifier: Apache-2.0 */
/** Between the files of the card model: card.c dispatches, card_purse.c moves money, card_keys.c guards. */
#ifndef VCARD_CARD_INTERNAL_H
#define VCARD_CARD_INTERNAL_H

#include "model.h"

/** A command's work: fills `reply`. False only when the power was lost at its commit. */
typedef bool (*vc_card_handler)(struct vc_card *card, const struct vc_command *command,
                                struct vc_reply *reply);

/** Make `next` durable and current. On failure the reply says 6581. False: power lost. */
bool vc_card_commit(struct vc_card *card, struct vc_card_state *next, struct vc_reply *reply);
bool vc_card_random(struct vc_card *card, uint8_t *out, size_t len);

/* card_purse.c */
bool vc_card_get_balance(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_initialize(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_credit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_cache(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_debit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_prove(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

/* card_keys.c */
bool vc_card_verify(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_change_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_unblock_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_challenge(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_external(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_internal(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_update(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_block(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_unblock(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

#endif
