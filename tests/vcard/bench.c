/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

/* ---- Memory ------------------------------------------------------------------------------------------------------- */

static enum vc_commit commit_card(void *ctx, const struct vc_card_state *next)
{
    const struct vc_drawer *drawer = ctx;
    return vc_store_save_card(&drawer->bench->store, drawer->persona->key, next) ? VC_COMMITTED
                                                                                 : VC_COMMIT_FAILED;
}

static enum vc_commit commit_sam(void *ctx, const struct vc_sam_state *next)
{
    const struct vc_bench *bench = ctx;
    return vc_store_save_sam(&bench->store, next) ? VC_COMMITTED : VC_COMMIT_FAILED;
}

static bool open_card(struct vc_bench *bench, size_t index, char *error, size_t error_size)
{
    struct vc_drawer *drawer = &bench->drawers[index];
    struct vc_card_state state;
    *drawer = (struct vc_drawer){.bench = bench, .persona = &bench->community.personas[index]};
    enum vc_found found = vc_store_load_card(&bench->store, drawer->persona->key, &state);
    if (found == VC_DAMAGED || (found == VC_ABSENT && !vc_card_fresh(drawer->persona, &state)) ||
        !vc_card_init(&drawer->card, drawer->persona, &bench->community.keys, &state)) {
        snprintf(error, error_size, "the state of card %s cannot be used", drawer->persona->key);
        return false;
    }
    drawer->card.commit = commit_card;
    drawer->card.commit_ctx = drawer;
    return true;
}

static bool open_sam(struct vc_bench *bench, char *error, size_t error_size)
{
    struct vc_sam_state state = {.commits = 0};
    if (vc_store_load_sam(&bench->store, &state) == VC_DAMAGED) {
        snprintf(error, error_size, "the state of the PSAM cannot be used");
        return false;
    }
    vc_sam_init(&bench->sam, &bench->community.sam, &bench->community.keys, &state);
    bench->sam.commit = commit_sam;
    bench->sam.commit_ctx = bench;
    return true;
}

bool vc_bench_open(struct vc_bench *bench, const char *personas, const char *keys, const char *state,
                   char *error, size_t error_size)
{
    memset(bench, 0, sizeof(*bench));
    bench->store.folder = -1;
    vc_link_init(&bench->card_slot.link, 0);
    vc_link_init(&bench->sam_slot.link, 0);
    if (!vc_community_load(&bench->community, personas, keys, error, error_size) ||
        !vc_store_open(&bench->store, state, error, error_size) || !open_sam(bench, error, error_size))
        return false;
    for (size_t i = 0; i < bench->community.count; i++)
        if (!open_card(bench, i, error, error_size))
            return false;
    return true;
}

void vc_bench_close(struct vc_bench *bench)
{
    vc_link_out(&bench->card_slot.link);
    vc_link_out(&bench->sam_slot.link);
    vc_store_close(&bench->store);
    OPENSSL_cleanse(bench, sizeof(*bench));
}

struct vc_drawer *vc_bench_find(struct vc_bench *bench, const char *key)
{
    for (size_t i = 0; i < bench->community.count; i++)
        if (strcmp(bench->drawers[i].persona->key, key) == 0)
            return &bench->drawers[i];
    return NULL;
}

/* ---- Slots ---------------------------------------------------------------------------------------------------------- */

static void fill(struct vc_slot *slot, struct vc_device device, const uint8_t *atr, size_t atr_len,
                 unsigned after_ms)
{
    slot->device = device;
    slot->atr = atr;
    slot->atr_len = atr_len;
    device.power(device.model);
    vc_link_in(&slot->link, after_ms);
}

static void empty(struct vc_slot *slot)
{
    if (slot->device.model)
        slot->device.power(slot->device.model);
    slot->device = (struct vc_device){.model = NULL};
    vc_link_out(&slot->link);
}

void vc_bench_insert(struct vc_bench *bench, struct vc_drawer *drawer, unsigned after_ms)
{
    vc_bench_remove(bench);
    bench->inserted = drawer;
    fill(&bench->card_slot, vc_card_device(&drawer->card), drawer->persona->atr, drawer->persona->atr_len,
         after_ms);
}

void vc_bench_remove(struct vc_bench *bench)
{
    empty(&bench->card_slot);
    bench->inserted = NULL;
}

void vc_bench_sam(struct vc_bench *bench, bool on)
{
    bool is_on = bench->sam_slot.device.model != NULL;
    if (on && !is_on)
        fill(&bench->sam_slot, vc_sam_device(&bench->sam), bench->community.sam.atr,
             bench->community.sam.atr_len, 0);
    else if (!on && is_on)
        empty(&bench->sam_slot);
}

/* ---- What a link asks of its slot --------------------------------------------------------------------------------------- */

static void slot_power(void *ctx, bool on)
{
    struct vc_slot *slot = ctx;
    (void)on; /* on, off and reset all end the session */
    slot->device.power(slot->device.model);
}

static const uint8_t *slot_atr(void *ctx, size_t *len)
{
    const struct vc_slot *slot = ctx;
    *len = slot->atr_len;
    return slot->atr;
}

static void slot_command(void *ctx, const uint8_t *bytes, size_t len)
{
    struct vc_slot *slot = ctx;
    vc_faults_run(&slot->faults, &slot->device, bytes, len, &slot->play);
    vc_link_play(&slot->link, &slot->play);
}

/* The link is down: put in what the plan wants, when it wants it. When pcscd went away the link itself tries again. */
static void slot_down(void *ctx, bool ours)
{
    struct vc_slot *slot = ctx;
    const struct vc_play *play = &slot->play;
    struct vc_bench *bench = slot->bench;
    slot->device.power(slot->device.model);
    if (!ours)
        return;
    struct vc_drawer *other = play->swap_key[0] ? vc_bench_find(bench, play->swap_key) : NULL;
    if (other && slot == &bench->card_slot)
        vc_bench_insert(bench, other, play->back_ms < 0 ? 0 : (unsigned)play->back_ms);
    else if (play->back_ms >= 0)
        vc_link_in(&slot->link, (unsigned)play->back_ms);
    else if (slot == &bench->card_slot)
        vc_bench_remove(bench);
    else
        vc_bench_sam(bench, false);
}

void vc_bench_links(struct vc_bench *bench, uint16_t card_port, uint16_t sam_port)
{
    bench->card_slot.bench = bench->sam_slot.bench = bench;
    bench->card_slot.link.port = card_port;
    bench->sam_slot.link.port = sam_port;
}

uint64_t vc_bench_prepare(const struct vc_bench *bench, struct pollfd pollfds[2])
{
    uint64_t card = vc_link_prepare(&bench->card_slot.link, &pollfds[0]);
    uint64_t sam = vc_link_prepare(&bench->sam_slot.link, &pollfds[1]);
    return card < sam ? card : sam;
}

static void step_slot(struct vc_slot *slot, short revents)
{
    struct vc_link_owner owner = {slot, slot_power, slot_atr, slot_command, slot_down};
    vc_link_step(&slot->link, revents, &owner);
}

void vc_bench_step(struct vc_bench *bench, const struct pollfd pollfds[2])
{
    step_slot(&bench->card_slot, pollfds[0].revents);
    step_slot(&bench->sam_slot, pollfds[1].revents);
}
