/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of the virtual card share: devices with known keys and randomness, commands and answers in hex. */
#ifndef VCARD_TEST_SUPPORT_H
#define VCARD_TEST_SUPPORT_H

#include "community.h"
#include "data.h"
#include "faults.h"
#include "hex.h"
#include "model.h"
#include "store.h"

#include <glib.h>

/** A card or PSAM whose "random" bytes are written in the test. */
struct bench {
    struct vc_community community;
    struct vc_card card;
    struct vc_sam sam;
    uint8_t random[8]; /* handed out from the front, again and again */
    unsigned commits;
    enum vc_commit commit_says;
};

/** People and keys from assets/community; the adult's fresh card, application selected; a new PSAM, likewise. */
void bench_setup(struct bench *bench, gconstpointer user_data);
void bench_teardown(struct bench *bench, gconstpointer user_data);
/** Another person's fresh card in its place, application selected. */
void bench_card(struct bench *bench, const char *key);

void set_hex(uint8_t *out, size_t size, const char *hex);
/** Send, and compare the whole answer. */
void expect(struct vc_card *card, const char *command, const char *answer);
void expect_sam(struct vc_sam *sam, const char *command, const char *answer);
/** Send, and give the answer as hex (free it). */
char *ask(struct vc_card *card, const char *command);
char *ask_sam(struct vc_sam *sam, const char *command);
/** Just SW1 SW2. */
unsigned status_of(struct vc_card *card, const char *command);
unsigned sam_status_of(struct vc_sam *sam, const char *command);

/** INIT (P1 01 or 03) and 8070 for `amount_fen`: the DEBIT command that follows, in hex (free it). */
char *prepare_debit(struct bench *bench, unsigned p1, uint32_t amount_fen);

/** Journey number `index`, newest first from 0. */
const uint8_t *journey_of(const struct vc_card *card, size_t index);

/** Files of a person's card, in the profile's order. */
enum { FILE_EF15, FILE_EF16, FILE_EF17, FILE_LOG, FILE_JOURNEYS };
/** The bytes of a file of the card. */
const uint8_t *file_of(const struct vc_card *card, uint8_t file);

/** A card or PSAM out of tests/vcard/data, "random" bytes A1B2C3D4E5F60718. */
void load_card(struct vc_card *card, const char *name);
void load_sam(struct vc_sam *sam, const char *name);
/** What the "random" bytes of loaded cards are from now on. */
void set_random(const char *hex);
/** header and data of a command with Lc counting the MAC, the MAC under `key` behind them (free it); takes a challenge. */
char *with_mac_of(struct vc_card *card, const uint8_t key[16], const char *header_and_data);

#define ADF_SELECT     "00A4040008A000000632010105"
#define SAM_ADF_SELECT "00A4040010A0000006324D4F542E435053414D3031"

#endif
