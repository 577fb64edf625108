/* SPDX-License-Identifier: Apache-2.0 */
/** One purchase of 2.00 yuan as bytes, and both slots with their scripts. */
#ifndef TEST_DESK_H
#define TEST_DESK_H

#include "citycard.h"
#include "script.h"

#include <string.h>

#define SELECT "00A4040008A00000063201010500"
#define EF15   "01019901FFFFFFFF 02 01 00009901000000001017 20240301 20340228 0000"
#define FCI    "6F31 8408A000000632010105 A525 9F080102 9F0C1E " EF15
#define OTHER                                                                                                \
    "6F31 8408A000000632010105 A525 9F080102 9F0C1E 01019901FFFFFFFF 02 01 00009901000000001025 20240301 "   \
    "20340228 0000"
#define BALANCE  "805C000204"
#define INIT     "805001020B 01 000000C8 990100000001 0F"
#define INIT_OK  "000068E2 0007 000000 01 00 A1B2C3D4 9000"
#define BODY     "A1B2C3D4 0007 000000C8 06 20260115 093045 01 00 9901000000001017"
#define SAM_INIT "8070000024" BODY "01019901FFFFFFFF 08"
#define DEBIT    "805401000F 00000102 20260115 093045 E551702B 08"
#define PROVE    "805A000602 0008 08"
#define CHECK    "8072000004 9B91B2CC"
#define OURS     "0008 000000 000000C8 06 990100000001 20260115 093045 9000"
#define LOG_1    "00B201C417"
#define LOG_2    "00B202C417"
#define TAC_KEY  "801A440010 9901000000001017 01019901FFFFFFFF"
#define TAC_MAC  "80FA050020 0000000000000000 000000C8 06 990100000001 00000102 20260115 093045 8000 04"

static const struct cc_time now = {2026, 1, 15, 9, 30, 45};
static const struct cc_card the_card = {.family = CC_FAMILY_T_UNION,
                                        .card_number = "9901000000001017",
                                        .serial = {0x99, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10, 0x17},
                                        .issuer = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF}};

/* Both slots with their scripts. */
struct desk {
    struct script card, module;
    struct cc_port port;
    struct cc_sam sam;
    struct cc_purchase purchase;
};

static inline void desk_open(struct desk *desk, const struct exchange *card, const struct exchange *module)
{
    static const struct exchange nothing[] = {{0}};
    memset(desk, 0, sizeof *desk);
    script_init(&desk->card, card);
    script_init(&desk->module, module ? module : nothing);
    script_port(&desk->card, &desk->port);
    script_port(&desk->module, &desk->sam.port);
    unhex("990100000001", desk->sam.terminal, 6);
    desk->sam.key_index = 1;
}

static inline void desk_close(struct desk *desk)
{
    script_done(&desk->card);
    script_done(&desk->module);
}

static inline int prepare(struct desk *desk, const char *pin)
{
    return cc_purchase_prepare(&desk->port, &desk->sam, &the_card, 200, &now, pin, &desk->purchase);
}

/* What prepare leaves behind, for tests that begin later. */
static inline void desk_prepared(struct desk *desk, const struct exchange *card,
                                 const struct exchange *module)
{
    desk_open(desk, card, module);
    struct cc_purchase *purchase = &desk->purchase;
    *purchase = (struct cc_purchase){.state = CC_PURCHASE_SENT, .card_number = "9901000000001017", .type = 6};
    memcpy(purchase->serial, the_card.serial, 8);
    memcpy(purchase->issuer, the_card.issuer, 8);
    unhex("990100000001", purchase->terminal, 6);
    unhex("A1B2C3D4", purchase->random, 4);
    unhex("20260115", purchase->date_bcd, 4);
    unhex("093045", purchase->time_bcd, 3);
    unhex("E551702B", purchase->mac1, 4);
    purchase->terminal_serial = 0x102;
    purchase->amount_fen = 200;
    purchase->balance_before_fen = 26850;
    purchase->counter = 7;
    purchase->key_version = 1;
    desk->sam.live = true;
    desk->sam.live_serial = 0x102;
}

#endif
