/* SPDX-License-Identifier: Apache-2.0 */
/** The bench: all cards of the community, the PSAM, their memory on disk, and the two slots they are put into. */
#ifndef VCARD_BENCH_H
#define VCARD_BENCH_H

#include "store.h"
#include "vpcd.h"

struct vc_bench;

/** A card's place in the bench: what its commit hook needs. */
struct vc_drawer {
    struct vc_bench *bench;
    const struct vc_persona *persona;
    struct vc_card card;
};

struct vc_slot {
    struct vc_bench *bench;
    struct vc_link link;
    struct vc_faults faults;
    struct vc_device device; /* model NULL: empty */
    const uint8_t *atr;
    size_t atr_len;
    struct vc_play play;
};

struct vc_bench {
    struct vc_community community;
    struct vc_store store;
    struct vc_drawer drawers[VC_PERSONAS_MAX];
    struct vc_drawer *inserted; /* NULL: no card in */
    struct vc_sam sam;
    struct vc_slot card_slot, sam_slot;
};

/** Load people and keys, and every card's and the PSAM's memory. On failure false, and one sentence in `error`. */
bool vc_bench_open(struct vc_bench *bench, const char *personas, const char *keys, const char *state,
                   char *error, size_t error_size);
void vc_bench_close(struct vc_bench *bench);

struct vc_drawer *vc_bench_find(struct vc_bench *bench, const char *key);
void vc_bench_insert(struct vc_bench *bench, struct vc_drawer *drawer, unsigned after_ms);
void vc_bench_remove(struct vc_bench *bench);
void vc_bench_sam(struct vc_bench *bench, bool on);

/** Connect both slots and step them. */
void vc_bench_links(struct vc_bench *bench, uint16_t card_port, uint16_t sam_port);
uint64_t vc_bench_prepare(const struct vc_bench *bench, struct pollfd pollfds[2]);
void vc_bench_step(struct vc_bench *bench, const struct pollfd pollfds[2]);

#endif
