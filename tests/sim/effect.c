/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults strike at effects. A machine asks here before each write, command and request; the faults of the running action
 * count those of their own kind, from the beginning of the action, from its first write, or from DEBIT on.
 */
#include "sim.h"

#include <errno.h>
#include <string.h>

#define DISK_US    400  /* what effects take, so that time moves while things happen */
#define CARD_MS    4
#define NET_MS     25
#define JUMP_MS_MAX (40 * 3600 * 1000LL)

void faults_arm(struct world *world, const struct action *action)
{
    for (size_t i = 0; i < ACTION_FAULTS; i++)
        world->armed[i] = (struct armed){.fault = action != NULL ? action->faults[i] : (struct fault){0}};
}

static bool of_kiosk(const struct machine *machine)
{
    return machine->index != SIM_PLATFORM;
}

/* Is this effect one of those that the fault counts? */
static bool counts(const struct fault *fault, const struct machine *machine, enum effect effect)
{
    if (fault->kind >= FAULT_PLATFORM_KILL)
        return !of_kiosk(machine) && effect == EFFECT_DISK;
    if (!of_kiosk(machine) || fault->kind == FAULT_NONE)
        return false;
    if (fault->kind >= FAULT_REQUEST_LOST)
        return effect == EFFECT_NET;
    if (fault->kind >= FAULT_SAM_RESET)
        return effect == EFFECT_SAM;
    if (fault->kind >= FAULT_PULL_BEFORE)
        return effect == EFFECT_CARD;
    return fault->kind <= FAULT_CLOCK || effect == EFFECT_DISK;
}

static bool strikes(struct armed *armed, const struct machine *machine, enum effect effect)
{
    if (armed->fired || !counts(&armed->fault, machine, effect))
        return false;
    if (armed->fault.anchor == ANCHOR_WRITE && effect == EFFECT_DISK)
        armed->anchored = true;
    if (armed->fault.anchor != ANCHOR_ACTION && !armed->anchored)
        return false;
    armed->fired = ++armed->seen >= armed->fault.at;
    return armed->fired;
}

void faults_debit(struct world *world, struct machine *machine)
{
    for (size_t i = 0; i < ACTION_FAULTS; i++)
        if (world->armed[i].fault.anchor == ANCHOR_DEBIT && of_kiosk(machine))
            world->armed[i].anchored = true;
}

static void time_passes(struct world *world, enum effect effect)
{
    if (effect == EFFECT_DISK)
        world->now_ms += world->stats.effects * DISK_US / 1000 - (world->stats.effects - 1) * DISK_US / 1000;
    else
        world->now_ms += effect == EFFECT_NET ? NET_MS : CARD_MS;
}

/* Faults of the machine itself; the others are played by whoever asked. */
static void machine_strike(struct machine *machine, const struct fault *fault)
{
    struct world *world = machine->world;

    switch (fault->kind) {
    case FAULT_KILL:
    case FAULT_PLATFORM_KILL:
        machine->dead = true;
        world->stats.kills++;
        break;
    case FAULT_POWER:
    case FAULT_PLATFORM_POWER:
        machine->dead = machine->power_lost = true;
        world->stats.power_cuts++;
        break;
    case FAULT_CLOCK:
        world->kiosks[machine->index].offset_ms += (int64_t)(fault->arg % (2 * JUMP_MS_MAX)) - JUMP_MS_MAX;
        break;
    case FAULT_EIO_STUCK:
        machine->stuck = true;
        break;
    default:
        break;
    }
}

struct fault effect_now(struct machine *machine, enum effect effect)
{
    struct world *world = machine->world;
    struct fault none = {0};

    if (machine->dead)
        return none;
    world->stats.effects++;
    time_passes(world, effect);
    for (size_t i = 0; i < ACTION_FAULTS && !world->calm; i++) {
        if (!strikes(&world->armed[i], machine, effect))
            continue;
        world->stats.faults++;
        note(world, "fault %u at %d", world->armed[i].fault.kind, machine->index);
        machine_strike(machine, &world->armed[i].fault);
        return world->armed[i].fault;
    }
    return none;
}

/* ---- Disks -------------------------------------------------------------------------------------------------------- */

enum disk_verdict machine_disk(void *ctx, enum disk_op op, const char *name, int64_t at, const void *bytes, size_t len)
{
    static const char *const OPS[] = {"write", "sync", "truncate", "delete"};
    struct machine *machine = ctx;
    struct world *world = machine->world;

    if (machine->dead)
        return DISK_DEAD;
    struct fault fault = effect_now(machine, EFFECT_DISK);
    if (machine->dead)
        return DISK_DEAD;
    if (machine->stuck || fault.kind == FAULT_EIO || fault.kind == FAULT_PLATFORM_EIO)
        return DISK_EIO;
    if (fault.kind == FAULT_FULL || fault.kind == FAULT_PLATFORM_FULL) {
        disk_room(machine->disk, fault.arg % 20000);
        if (op == DISK_WRITE)
            return DISK_FULL;
    }
    if (bytes != NULL)
        note_bytes(world, name, bytes, len);
    note(world, "disk %d %s %s %" G_GINT64_FORMAT, machine->index, OPS[op], name, at);
    return DISK_GOOD;
}

/* Files beside the database: each step of writing one is an effect, too. */
int machine_file(void *ctx, enum file_step step, const char *path)
{
    struct world *world = ctx;

    if (world->who == SIM_NOBODY)
        return 0;
    struct machine *machine = world->who == SIM_PLATFORM ? &world->platform.machine : &world->kiosks[world->who].machine;
    struct fault fault = effect_now(machine, EFFECT_DISK);
    if (machine->dead || machine->stuck || fault.kind == FAULT_EIO || fault.kind == FAULT_PLATFORM_EIO)
        return EIO;
    if (fault.kind == FAULT_FULL || fault.kind == FAULT_PLATFORM_FULL)
        return ENOSPC;
    note(world, "file %d %u %s", machine->index, step, g_str_has_prefix(path, machine->folder) ? path + strlen(machine->folder) : "");
    plain_step(machine->files, step, path);
    return 0;
}
