/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#include "hex.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Memory ------------------------------------------------------------------------------------------------------- */

static enum vc_commit commit_card(void *ctx, const struct vc_card_state *next)
{
    const struct vc_drawer *drawer = ctx;
    return vc_store_save_card(&drawer->bench->store, &drawer->card.profile, drawer->key, next)
               ? VC_COMMITTED
               : VC_COMMIT_FAILED;
}

static enum vc_commit commit_sam(void *ctx, const struct vc_sam_state *next)
{
    const struct vc_bench *bench = ctx;
    return vc_store_save_sam(&bench->store, next) ? VC_COMMITTED : VC_COMMIT_FAILED;
}

/* Takes over profile and fresh state, which the memory on disk replaces where there is one. */
static bool open_card(struct vc_bench *bench, struct vc_data_card *card, char *error, size_t error_size)
{
    if (bench->drawer_count == VC_DRAWERS_MAX || vc_bench_find(bench, card->key)) {
        snprintf(error, error_size, "card %s: too many cards, or two of that name", card->key);
        return false;
    }
    struct vc_drawer *drawer = &bench->drawers[bench->drawer_count];
    if (vc_store_load_card(&bench->store, &card->profile, card->key, &card->fresh) == VC_DAMAGED) {
        snprintf(error, error_size, "the state of card %s cannot be used", card->key);
        return false;
    }
    memset(drawer, 0, sizeof(*drawer));
    vc_card_setup(&drawer->card, &card->profile, &card->fresh);
    memcpy(drawer->key, card->key, sizeof(drawer->key));
    memcpy(drawer->number, card->number, sizeof(drawer->number));
    drawer->bench = bench;
    drawer->card.commit = commit_card;
    drawer->card.commit_ctx = drawer;
    bench->drawer_count++;
    return true;
}

static bool open_persona(struct vc_bench *bench, const struct vc_persona *persona, char *error,
                         size_t error_size)
{
    static struct vc_data_card card;
    memset(&card, 0, sizeof(card));
    memcpy(card.key, persona->key, sizeof(card.key));
    if (!vc_persona_card(persona, &bench->community.keys, &card.profile, &card.fresh)) {
        snprintf(error, error_size, "no card can be made for %s", persona->key);
        return false;
    }
    char digits[21];
    vc_hex(card.fresh.image + card.profile.files[0].at + 10, 10, digits, sizeof(digits));
    snprintf(card.number, sizeof(card.number), "%s", digits + 1);
    bool good = open_card(bench, &card, error, error_size);
    OPENSSL_cleanse(&card, sizeof(card));
    return good;
}

static bool open_data(struct vc_bench *bench, const char *folder, const char *name, char *error,
                      size_t error_size)
{
    static struct vc_data_card card;
    char path[512];
    bool is_sam = false;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
        snprintf(error, error_size, "%s: the path is too long", folder);
        return false;
    }
    if (!vc_data_is_sam(path, &is_sam, error, error_size))
        return false;
    if (is_sam)
        return true; /* a PSAM lies in its slot by --psam, not among the cards */
    bool good = vc_data_card(path, &card, error, error_size) && open_card(bench, &card, error, error_size);
    OPENSSL_cleanse(&card, sizeof(card));
    return good;
}

static int is_data(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && end && strcmp(end, ".json") == 0;
}

static bool open_folder(struct vc_bench *bench, const char *folder, char *error, size_t error_size)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_data, alphasort);
    bool good = count >= 0;
    if (!good)
        snprintf(error, error_size, "cannot read %s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        good = good && open_data(bench, folder, entries[i]->d_name, error, error_size);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool open_sam(struct vc_bench *bench, const char *path, char *error, size_t error_size)
{
    struct vc_sam_state state = {.commits = 0};
    struct vc_data_sam data = {.identity = bench->community.sam, .masters = bench->community.keys};
    if (path && !vc_data_sam(path, &data, error, error_size))
        return false;
    if (vc_store_load_sam(&bench->store, &state) == VC_DAMAGED) {
        snprintf(error, error_size, "the state of the PSAM cannot be used");
        return false;
    }
    vc_sam_init(&bench->sam, &data.identity, &data.masters, &state);
    OPENSSL_cleanse(&data, sizeof(data));
    bench->sam.commit = commit_sam;
    bench->sam.commit_ctx = bench;
    return true;
}

bool vc_bench_open(struct vc_bench *bench, const struct vc_bench_files *files, char *error, size_t error_size)
{
    memset(bench, 0, sizeof(*bench));
    bench->store.folder = -1;
    for (size_t i = 0; i < VC_CARD_SLOTS_MAX; i++)
        vc_link_init(&bench->card_slots[i].link, 0);
    vc_link_init(&bench->sam_slot.link, 0);
    if (!vc_community_load(&bench->community, files->personas, files->keys, error, error_size) ||
        !vc_store_open(&bench->store, files->state, error, error_size) ||
        !open_sam(bench, files->psam, error, error_size))
        return false;
    for (size_t i = 0; i < bench->community.count; i++)
        if (!open_persona(bench, &bench->community.personas[i], error, error_size))
            return false;
    return !files->cards || open_folder(bench, files->cards, error, error_size);
}

void vc_bench_close(struct vc_bench *bench)
{
    for (size_t i = 0; i < VC_CARD_SLOTS_MAX; i++)
        vc_link_out(&bench->card_slots[i].link);
    vc_link_out(&bench->sam_slot.link);
    vc_store_close(&bench->store);
    OPENSSL_cleanse(bench, sizeof(*bench));
}

struct vc_drawer *vc_bench_find(struct vc_bench *bench, const char *key)
{
    for (size_t i = 0; i < bench->drawer_count; i++)
        if (strcmp(bench->drawers[i].key, key) == 0)
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

void vc_bench_insert(struct vc_slot *slot, struct vc_drawer *drawer, unsigned after_ms)
{
    vc_bench_remove(slot);
    slot->drawer = drawer;
    drawer->slot = slot;
    fill(slot, vc_card_device(&drawer->card), drawer->card.profile.atr, drawer->card.profile.atr_len,
         after_ms);
}

void vc_bench_remove(struct vc_slot *slot)
{
    empty(slot);
    if (slot->drawer)
        slot->drawer->slot = NULL;
    slot->drawer = NULL;
}

void vc_bench_sam(struct vc_bench *bench, bool on)
{
    bool is_on = bench->sam_slot.device.model != NULL;
    if (on && !is_on)
        fill(&bench->sam_slot, vc_sam_device(&bench->sam), bench->sam.identity.atr,
             bench->sam.identity.atr_len, 0);
    else if (!on && is_on)
        empty(&bench->sam_slot);
}

/* ---- What a link asks of its slot --------------------------------------------------------------------------------------- */

static void slot_power(void *ctx)
{
    struct vc_slot *slot = ctx;
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
    bool free = other && (!other->slot || other->slot == slot);
    if (free && slot != &bench->sam_slot)
        vc_bench_insert(slot, other, play->back_ms < 0 ? 0 : (unsigned)play->back_ms);
    else if (play->back_ms >= 0)
        vc_link_in(&slot->link, (unsigned)play->back_ms);
    else if (slot != &bench->sam_slot)
        vc_bench_remove(slot);
    else
        vc_bench_sam(bench, false);
}

void vc_bench_links(struct vc_bench *bench, const uint16_t *card_ports, size_t card_port_count,
                    uint16_t sam_port)
{
    for (size_t i = 0; i < card_port_count; i++) {
        bench->card_slots[i].bench = bench;
        bench->card_slots[i].link.port = card_ports[i];
    }
    bench->card_slot_count = card_port_count;
    bench->sam_slot.bench = bench;
    bench->sam_slot.link.port = sam_port;
}

uint64_t vc_bench_prepare(const struct vc_bench *bench, struct pollfd *pollfds)
{
    uint64_t due_us = vc_link_prepare(&bench->sam_slot.link, &pollfds[bench->card_slot_count]);
    for (size_t i = 0; i < bench->card_slot_count; i++) {
        uint64_t card_us = vc_link_prepare(&bench->card_slots[i].link, &pollfds[i]);
        due_us = card_us < due_us ? card_us : due_us;
    }
    return due_us;
}

static void step_slot(struct vc_slot *slot, short revents)
{
    struct vc_link_owner owner = {slot, slot_power, slot_atr, slot_command, slot_down};
    vc_link_step(&slot->link, revents, &owner);
}

void vc_bench_step(struct vc_bench *bench, const struct pollfd *pollfds)
{
    for (size_t i = 0; i < bench->card_slot_count; i++)
        step_slot(&bench->card_slots[i], pollfds[i].revents);
    step_slot(&bench->sam_slot, pollfds[bench->card_slot_count].revents);
}
