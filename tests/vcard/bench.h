/* SPDX-License-Identifier: Apache-2.0 */
/** The bench: all cards, the PSAM, their memory on disk, and the slots they are put into. */
#ifndef VCARD_BENCH_H
#define VCARD_BENCH_H

#include "community.h"
#include "data.h"
#include "store.h"
#include "vpcd.h"

#define VC_CARD_SLOTS_MAX 4
#define VC_SLOTS_MAX      (VC_CARD_SLOTS_MAX + 1)
#define VC_DRAWERS_MAX    (VC_PERSONAS_MAX + 64)

struct vc_bench;
struct vc_slot;

/** A card's place in the bench: what its commit hook needs. */
struct vc_drawer {
    struct vc_bench *bench;
    char key[32];
    char number[33]; /* for people; may be empty */
    struct vc_card card;
    struct vc_slot *slot; /* NULL: in no reader */
};

struct vc_slot {
    struct vc_bench *bench;
    struct vc_link link;
    struct vc_faults faults;
    struct vc_device device;  /* model NULL: empty */
    struct vc_drawer *drawer; /* the card in it; NULL for the PSAM's slot */
    const uint8_t *atr;
    size_t atr_len;
    struct vc_play play;
};

/** Where everything comes from. */
struct vc_bench_files {
    const char *personas, *keys, *state;
    const char *cards; /* folder of data files, or NULL */
    const char *psam;  /* a PSAM's data file instead of the one in `keys`, or NULL */
};

struct vc_bench {
    struct vc_community community;
    struct vc_store store;
    struct vc_drawer drawers[VC_DRAWERS_MAX];
    size_t drawer_count;
    struct vc_sam sam;
    struct vc_slot card_slots[VC_CARD_SLOTS_MAX], sam_slot;
    size_t card_slot_count;
};

/** Load people, keys and data files, and every card's and the PSAM's memory. On failure false, and one sentence. */
bool vc_bench_open(struct vc_bench *bench, const struct vc_bench_files *files, char *error,
                   size_t error_size);
void vc_bench_close(struct vc_bench *bench);

struct vc_drawer *vc_bench_find(struct vc_bench *bench, const char *key);
/** The card must be in no other slot. */
void vc_bench_insert(struct vc_slot *slot, struct vc_drawer *drawer, unsigned after_ms);
void vc_bench_remove(struct vc_slot *slot);
void vc_bench_sam(struct vc_bench *bench, bool on);

/** Connect the slots and step them; `pollfds` has one place for each card slot and one for the PSAM's behind them. */
void vc_bench_links(struct vc_bench *bench, const uint16_t *card_ports, size_t card_port_count,
                    uint16_t sam_port);
uint64_t vc_bench_prepare(const struct vc_bench *bench, struct pollfd *pollfds);
void vc_bench_step(struct vc_bench *bench, const struct pollfd *pollfds);

#endif
