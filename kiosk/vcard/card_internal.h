/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Between the files of the card model: card.c dispatches and selects, card_files.c reads and writes, card_purse.c moves
 * money, card_issuer.c does what only an issuer's terminal asks of a purse, card_pin.c and card_keys.c guard.
 */
#ifndef VCARD_CARD_INTERNAL_H
#define VCARD_CARD_INTERNAL_H

#include "model.h"

/** A command's work: fills `reply`. False only when the power was lost at its commit. */
typedef bool (*vc_card_handler)(struct vc_card *card, const struct vc_command *command,
                                struct vc_reply *reply);

/* card.c */
/** Make `next` durable and current. On failure the reply says 6581. False: power lost. */
bool vc_card_commit(struct vc_card *card, struct vc_card_state *next, struct vc_reply *reply);
bool vc_card_random(struct vc_card *card, uint8_t *out, size_t len);
const struct vc_app *vc_card_app(const struct vc_card *card);

/* card_files.c */
/** The file with this short identifier, or this FID, in the selected directory; VC_NONE when there is none. */
uint8_t vc_card_file(const struct vc_card *card, unsigned id, bool by_fid);
/** Number of the record with this tag, 0 when there is none. */
size_t vc_card_tagged(const struct vc_card *card, uint8_t file, uint8_t tag);
bool vc_card_read_binary(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_read_record(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_update_binary(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_update_record(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_append(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

/* card_purse.c */
bool vc_card_get_balance(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_initialize(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_credit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_cache(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_debit(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_prove(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

/* What card_issuer.c shares with it. */
bool vc_purse_session(const struct vc_card *card, const uint8_t *terminal_serial, uint8_t session[8]);
/** 0, 9302 or 6F00: is `theirs` the MAC of `input`? */
uint16_t vc_purse_check(const struct vc_card *card, const uint8_t *input, size_t len,
                        const uint8_t theirs[4]);
void vc_purse_log(const struct vc_card *card, struct vc_card_state *next, uint16_t counter,
                  const uint8_t when[7]);
void vc_purse_prove(const struct vc_card *card, struct vc_card_state *next, uint16_t counter,
                    const uint8_t mac[4], const uint8_t tac[4]);
bool vc_purse_tac(const struct vc_card *card, const uint8_t *input, size_t len, uint8_t tac[4]);

/* card_issuer.c */
bool vc_card_unload(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_update_overdraft(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

/* card_pin.c */
bool vc_card_verify(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_change_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_unblock_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
/** Index of the PIN of the selected directory that guards its files and purses, VC_NONE when it has none. */
uint8_t vc_card_pin(const struct vc_card *card);

/* card_keys.c */
/** Index of a key of the selected directory, or VC_NONE. `id` −1: any. */
uint8_t vc_card_find_key(const struct vc_card *card, enum vc_key_kind kind, int id);
const uint8_t *vc_card_key_value(const struct vc_card *card, uint8_t key);
/** 0, or why the last four bytes of the data are not this command's MAC under that key. */
uint16_t vc_card_check_mac(struct vc_card *card, enum vc_key_kind kind, const struct vc_command *command);
bool vc_card_challenge(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_external(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_internal(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_block(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_unblock(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_block_card(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);
bool vc_card_write_key(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply);

#endif
