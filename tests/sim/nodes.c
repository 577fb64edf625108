/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform starts and stops: one node or two, programs of their own on one database that know of each other only what lies there.
 *
 *   both up ─► one is killed, the other goes on ─► both up again, some steps later
 *       └────► the machine loses its power, or its disk is stuck: both end
 *
 * Whatever is done at the platform, one of them does it: which one is drawn anew for each request and each step.
 */
#include "sim.h"
#include "platform/keys/authorities.h"

#define BACK_PERMILLE 200 /* of the steps in which one is missing */

/* NULL: it did not start, or died on the way. */
static struct platform *node_open(struct world *world, GError **error)
{
    struct machine *machine = &world->platform.machine;
    int was = world_become(world, SIM_PLATFORM);
    struct platform *node = platform_open(machine->folder, error);

    if (node != NULL)
        node->ingest.unaided = true;
    if (machine->dead)
        g_clear_pointer(&node, platform_close);
    world_become(world, was);
    return node;
}

/* What dies here alone leaves the other one where it was. */
static bool one_alone(const struct sim_platform *platform)
{
    return platform->other != NULL && platform->machine.dead && !platform->machine.power_lost && !platform->machine.stuck;
}

static void broken_at_rest(struct world *world, const GError *error)
{
    if (world->calm)
        break_invariant(world, "platform-opens", "%s", error != NULL ? error->message : "died");
}

static bool first_up(struct world *world)
{
    struct sim_platform *platform = &world->platform;
    g_autoptr(GError) error = NULL;

    if (platform->platform != NULL)
        return true;
    platform->machine.dead = false;
    platform->platform = node_open(world, &error);
    if (platform->platform != NULL)
        return true;
    broken_at_rest(world, error);
    platform_down(world);
    return false;
}

/* Who is missing beside the one that is there; when it dies of itself, that one goes on. */
static void second_up(struct world *world)
{
    struct sim_platform *platform = &world->platform;
    g_autoptr(GError) error = NULL;

    if (!platform->two || platform->other != NULL)
        return;
    platform->other = node_open(world, &error);
    note(world, "second node: %s", platform->other != NULL ? "ok" : error != NULL ? error->message : "died");
    if (platform->other == NULL)
        broken_at_rest(world, error);
    if (platform->machine.dead && (platform->machine.power_lost || platform->machine.stuck))
        platform_down(world);
    platform->machine.dead = false;
}

bool platform_up(struct world *world)
{
    if (first_up(world))
        second_up(world);
    return world->platform.platform != NULL;
}

/* An orderly end, or a death that already was: then nothing of this reaches the disk. */
void platform_down(struct world *world)
{
    struct sim_platform *platform = &world->platform;
    bool alone = one_alone(platform);
    int was = world_become(world, SIM_PLATFORM);

    platform_close(platform->platform);
    platform->platform = alone ? platform->other : NULL;
    if (!alone)
        platform_close(platform->other);
    platform->other = NULL;
    if (alone) {
        platform->machine.dead = false;
        world->stats.nodes++;
        note(world, "the other node goes on");
    } else {
        machine_power_cut(&platform->machine);
        platform->machine.dead = platform->machine.power_lost = platform->machine.stuck = false;
        disk_room(platform->machine.disk, -1);
    }
    world_become(world, was);
}

/* What another one did about authorities is followed within seconds (calls/http.c). */
static void follow(struct world *world)
{
    struct sim_platform *platform = &world->platform;
    int was = world_become(world, SIM_PLATFORM);

    (void)authorities_follow(platform->platform, NULL); /* it goes on with those it has, and asks again */
    world_become(world, was);
    if (platform->machine.dead)
        platform_down(world);
}

void platform_turn(struct world *world)
{
    struct sim_platform *platform = &world->platform;

    if (platform->other == NULL || rng_permille(&world->env, 500))
        return;
    struct platform *before = platform->platform;
    platform->platform = platform->other;
    platform->other = before;
    if (world->authorities_changed)
        follow(world);
}

void platform_step(struct world *world)
{
    struct sim_platform *platform = &world->platform;

    if (platform->two && platform->platform != NULL && platform->other == NULL && rng_permille(&world->env, BACK_PERMILLE))
        second_up(world);
    platform_turn(world);
}
