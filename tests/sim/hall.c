/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readers of a kiosk: one for residents' cards, one that holds the PSAM, as the hall's seam shows them. What lies in
 * them are the models of tests/vcard; a link is bound to what lay there when it was opened.
 */
#include "sim.h"
#include "books.h"
#include "platform/keys/purse-keys.h"

#include <string.h>

#define READER "Sim Reader 00 00"
#define SAM    "Sim Reader 00 01"

#define STIR_MS_MAX 500 /* something wakes whoever waits, that often */

struct link {
    struct sim_kiosk *kiosk;
    bool is_sam;
    unsigned generation;
    bool dead;
};

/* ---- Putting and taking ------------------------------------------------------------------------------------------- */

static void slot_set(struct sim_kiosk *kiosk, struct slot *slot, int device)
{
    slot->device = device;
    slot->events++;
    slot->generation++;
    kiosk->readers_changed = true;
}

void card_lift(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;

    if (kiosk->reader.device < 0)
        return;
    world->cards[kiosk->reader.device].at = SIM_NOBODY;
    vc_card_power(&world->cards[kiosk->reader.device].card);
    slot_set(kiosk, &kiosk->reader, -1);
}

void card_put(struct sim_kiosk *kiosk, int card)
{
    struct world *world = kiosk->machine.world;

    if (world->cards[card].at >= 0)
        card_lift(&world->kiosks[world->cards[card].at]);
    card_lift(kiosk);
    world->cards[card].at = kiosk->machine.index;
    vc_card_power(&world->cards[card].card);
    slot_set(kiosk, &kiosk->reader, card);
}

void sam_lift(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;

    if (kiosk->sam.device < 0)
        return;
    world->sams[kiosk->sam.device].at = SIM_NOBODY;
    vc_sam_power(&world->sams[kiosk->sam.device].sam);
    slot_set(kiosk, &kiosk->sam, -1);
}

void sam_put(struct sim_kiosk *kiosk, int sam)
{
    struct world *world = kiosk->machine.world;

    if (world->sams[sam].at >= 0)
        sam_lift(&world->kiosks[world->sams[sam].at]);
    sam_lift(kiosk);
    world->sams[sam].at = kiosk->machine.index;
    vc_sam_power(&world->sams[sam].sam);
    slot_set(kiosk, &kiosk->sam, sam);
}

/* ---- One command -------------------------------------------------------------------------------------------------- */

static struct slot *slot_of(const struct link *link)
{
    return link->is_sam ? &link->kiosk->sam : &link->kiosk->reader;
}

static enum vc_outcome carry_out(struct link *link, const uint8_t *command, size_t len, uint8_t *answer, size_t room,
                                 size_t *answer_len)
{
    struct world *world = link->kiosk->machine.world;
    int device = slot_of(link)->device;

    if (link->is_sam)
        return vc_sam_transmit(&world->sams[device].sam, command, len, answer, room, answer_len);
    return vc_card_transmit(&world->cards[device].card, command, len, answer, room, answer_len);
}

static void power(struct link *link)
{
    struct world *world = link->kiosk->machine.world;
    int device = slot_of(link)->device;

    if (link->is_sam)
        vc_sam_power(&world->sams[device].sam);
    else
        vc_card_power(&world->cards[device].card);
}

static int lost(struct link *link, int result)
{
    link->dead = true;
    return result;
}

/* Any other card that lies on no reader; the same again, with its session gone, when there is none. */
static void swap(struct link *link, uint32_t arg)
{
    struct sim_kiosk *kiosk = link->kiosk;
    struct world *world = kiosk->machine.world;
    int other = (int)(arg % world->card_count);
    uint16_t events = kiosk->reader.events;

    if (world->cards[other].at != SIM_NOBODY)
        other = kiosk->reader.device;
    card_put(kiosk, other);
    /* Faster than PC/SC polls: nothing is seen of it, and the old handle leads to the new card. */
    kiosk->reader.events = events;
    kiosk->readers_changed = false;
}

/* Before the command: faults that keep it from being carried out, or change what carries it out. */
static bool fault_before(struct link *link, const struct fault *fault, int *result)
{
    struct sim_kiosk *kiosk = link->kiosk;

    switch (fault->kind) {
    case FAULT_PULL_BEFORE:
        card_lift(kiosk);
        *result = lost(link, CC_ERR_REMOVED);
        return false;
    case FAULT_SWAP:
        swap(link, fault->arg);
        *result = lost(link, CC_ERR_REMOVED);
        return false;
    case FAULT_SWAP_LIVE:
        swap(link, fault->arg);
        link->generation = kiosk->reader.generation;
        return true;
    case FAULT_RESET:
    case FAULT_SAM_RESET:
        power(link);
        return true;
    case FAULT_SAM_PULL:
        sam_lift(kiosk);
        *result = lost(link, CC_ERR_REMOVED);
        return false;
    case FAULT_SAM_EXCHANGE:
        sam_put(kiosk, (int)(kiosk->machine.world->kiosk_count + fault->arg % 2));
        *result = lost(link, CC_ERR_REMOVED);
        return false;
    default:
        return true;
    }
}

/* After it: faults of the way back. */
static int fault_after(struct link *link, const struct fault *fault, size_t *answer_len)
{
    switch (fault->kind) {
    case FAULT_PULL_AFTER:
        *answer_len = 0;
        card_lift(link->kiosk);
        return lost(link, CC_ERR_REMOVED);
    case FAULT_EMPTY:
    case FAULT_SAM_EMPTY:
        *answer_len = 0; /* "success" without a byte, as some drivers say it */
        power(link);
        return lost(link, CC_OK);
    case FAULT_CUT:
        *answer_len = MIN(*answer_len, fault->arg % (*answer_len + 1));
        return *answer_len < 2 ? lost(link, CC_OK) : CC_OK;
    default:
        return CC_OK;
    }
}

static int exchange(struct link *link, const struct fault *fault, const uint8_t *command, size_t len, uint8_t *answer,
                    size_t room, size_t *answer_len)
{
    struct world *world = link->kiosk->machine.world;
    int result = CC_OK;

    if (!fault_before(link, fault, &result))
        return result;
    if (!link->is_sam)
        books_command(world, link->kiosk, slot_of(link)->device, command, len);
    if (fault->kind == FAULT_PULL_AT_COMMIT)
        world->cards[link->kiosk->reader.device].card.lose_power_at_commit = true;
    if (carry_out(link, command, len, answer, room, answer_len) == VC_POWER_LOST) {
        *answer_len = 0;
        card_lift(link->kiosk);
        return lost(link, CC_ERR_REMOVED);
    }
    return fault_after(link, fault, answer_len);
}

static int transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer, size_t *answer_len)
{
    struct link *link = ctx;
    struct machine *machine = &link->kiosk->machine;
    size_t room = *answer_len;

    *answer_len = 0;
    if (machine->dead || link->dead || link->generation != slot_of(link)->generation)
        return CC_ERR_REMOVED;
    if (!link->is_sam && command_len > 1 && (command[1] == 0x54 || command[1] == 0x52))
        faults_debit(machine->world, machine);
    struct fault fault = effect_now(machine, link->is_sam ? EFFECT_SAM : EFFECT_CARD);
    if (machine->dead)
        return CC_ERR_REMOVED;
    note_bytes(machine->world, "command", command, command_len);
    int result = exchange(link, &fault, command, command_len, answer, room, answer_len);
    note_bytes(machine->world, "answer", answer, *answer_len);
    /* Between the answer on the wire and the program that reads it, the program can end, too. */
    effect_now(machine, EFFECT_ANSWER);
    if (!machine->dead)
        return result;
    *answer_len = 0;
    return lost(link, CC_ERR_REMOVED);
}

/* ---- The seam ----------------------------------------------------------------------------------------------------- */

static void reader_fill(struct cc_reader_list *list, const char *name, const struct slot *slot, const uint8_t *atr, size_t atr_len)
{
    struct cc_reader *reader = &list->readers[list->count++];

    memset(reader, 0, sizeof *reader);
    g_strlcpy(reader->name, name, sizeof reader->name);
    reader->state = slot->device >= 0 ? CC_READER_CARD : CC_READER_EMPTY;
    reader->events = slot->events;
    if (slot->device < 0)
        return;
    memcpy(reader->atr, atr, atr_len);
    reader->atr_len = atr_len;
}

static const struct vc_profile *profile_of(const struct sim_kiosk *kiosk)
{
    return &kiosk->machine.world->cards[MAX(kiosk->reader.device, 0)].card.profile;
}

static int hall_wait(void *ctx, unsigned timeout_ms, struct cc_reader_list *out)
{
    struct sim_kiosk *kiosk = ctx;
    struct world *world = kiosk->machine.world;
    const struct vc_profile *profile = profile_of(kiosk);
    bool changed = kiosk->readers_changed;

    out->service = CC_READER_EMPTY;
    out->count = 0;
    reader_fill(out, READER, &kiosk->reader, profile->atr, profile->atr_len);
    reader_fill(out, SAM, &kiosk->sam, world->people.sam.atr, world->people.sam.atr_len);
    kiosk->readers_changed = false;
    if (!changed)
        world->now_ms += MIN(timeout_ms, STIR_MS_MAX);
    return changed ? CC_OK : CC_TIMEOUT;
}

static void hall_wake(void *ctx)
{
    (void)ctx; /* nobody ever waits */
}

static int hall_open(void *ctx, const char *reader, enum cc_share share, unsigned timeout_ms, struct hall_card *out)
{
    struct sim_kiosk *kiosk = ctx;
    bool is_sam = strcmp(reader, SAM) == 0;
    const struct slot *slot = is_sam ? &kiosk->sam : &kiosk->reader;
    const struct vc_profile *profile = profile_of(kiosk);

    memset(out, 0, sizeof *out);
    if (kiosk->machine.dead || slot->device < 0)
        return CC_ERR_NO_CARD;
    struct link *link = g_new0(struct link, 1);
    *link = (struct link){.kiosk = kiosk, .is_sam = is_sam, .generation = slot->generation};
    out->link = link;
    out->channel = (struct cc_channel){.ctx = link, .transmit = transmit};
    out->atr_len = is_sam ? kiosk->machine.world->people.sam.atr_len : profile->atr_len;
    memcpy(out->atr, is_sam ? kiosk->machine.world->people.sam.atr : profile->atr, out->atr_len);
    return CC_OK;
}

static void hall_close(void *ctx, struct hall_card *card, bool reset)
{
    struct link *link = card->link;

    if (link != NULL && reset && !link->kiosk->machine.dead && link->generation == slot_of(link)->generation)
        power(link);
    g_free(link);
    memset(card, 0, sizeof *card);
}

/* There is one reader for residents. */
static bool hall_two_cards(void *ctx, const struct cc_reader_list *readers)
{
    return false;
}

struct hall sim_hall(struct sim_kiosk *kiosk)
{
    return (struct hall){.ctx = kiosk,
                         .wait = hall_wait,
                         .wake = hall_wake,
                         .open = hall_open,
                         .close = hall_close,
                         .two_cards = hall_two_cards};
}

/* ---- Another operator's terminal ---------------------------------------------------------------------------------- */

static int direct_card(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    return vc_card_transmit(ctx, command, len, answer, *answer_len, answer_len) == VC_ANSWERED ? CC_OK : CC_ERR_REMOVED;
}

static int direct_sam(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    return vc_sam_transmit(ctx, command, len, answer, *answer_len, answer_len) == VC_ANSWERED ? CC_OK : CC_ERR_REMOVED;
}

/* A machine of somebody else: whatever lay on a reader of ours is taken there. */
static bool machine_opens(struct world *world, unsigned card, struct cc_port *port, struct cc_card *read, struct cc_sam *sam,
                          struct cc_channel channels[2])
{
    struct vc_card *model = &world->cards[card].card;
    struct vc_sam *bus = &world->sams[world->sam_count - 1].sam;

    if (world->cards[card].at >= 0)
        card_lift(&world->kiosks[world->cards[card].at]);
    vc_card_power(model);
    vc_sam_power(bus);
    channels[0] = (struct cc_channel){.ctx = model, .transmit = direct_card};
    channels[1] = (struct cc_channel){.ctx = bus, .transmit = direct_sam};
    cc_port_init(port, &channels[0]);
    return cc_card_read(port, CC_READ_BALANCE, read) == CC_OK && cc_sam_open(sam, &channels[1], 0) == CC_OK;
}

void card_elsewhere(struct world *world, unsigned card, uint32_t amount_fen)
{
    const struct cc_time when = {2026, 11, 22, 9, 30, 0};
    struct cc_channel channels[2];
    struct cc_purchase purchase;
    struct cc_port port;
    struct cc_card read;
    struct cc_sam sam;

    if (machine_opens(world, card, &port, &read, &sam, channels) &&
        cc_purchase_prepare(&port, &sam, &read, amount_fen, &when, world->cards[card].pin, &purchase) == CC_OK)
        note(world, "elsewhere %u: %d", card, cc_purchase_debit(&port, &sam, &purchase));
    vc_card_power(&world->cards[card].card);
}

void card_load_elsewhere(struct world *world, unsigned card, uint32_t amount_fen)
{
    static const uint8_t date[] = {0x20, 0x26, 0x11, 0x22}, time[] = {0x09, 0x30, 0x00};
    struct purse_masters masters;
    struct purse_keys keys = purse_keys_of_masters(&masters);
    struct cc_channel channels[2];
    struct cc_load load;
    struct cc_port port;
    struct cc_card read;
    struct cc_sam sam;
    uint8_t mac2[4];

    memcpy(masters.load, world->people.keys.load, sizeof masters.load);
    if (machine_opens(world, card, &port, &read, &sam, channels) &&
        cc_load_prepare(&port, &read, sam.terminal, 1, amount_fen, world->cards[card].pin, &load) == CC_OK &&
        keys.authorise(keys.ctx, &load, date, time, mac2) == PURSE_KEYS_OK &&
        cc_load_authorise(&load, date, time, mac2) == CC_OK)
        note(world, "loaded elsewhere %u: %d", card, cc_load_credit(&port, &load));
    vc_card_power(&world->cards[card].card);
}
