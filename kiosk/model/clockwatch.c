/* SPDX-License-Identifier: Apache-2.0 */
#include "model/clockwatch.h"
#include "model/clock.h"

#include <glib.h>
#include <string.h>

void clock_read(struct clock_reading *out)
{
    out->wall_ms = now_ms();
    out->boot_ms = clock_boot_ms();
    clock_boot_id(out->boot_id);
}

const char *clock_trust_name(enum clock_trust trust)
{
    static const char *const names[] = {"TRUSTED", "DRIFTING", "UNTRUSTED"};

    return names[trust];
}

static bool of_this_boot(const struct clockwatch *watch, const struct clock_anchor *anchor)
{
    return anchor->server_ms > 0 && strcmp(anchor->boot_id, watch->boot_id) == 0;
}

/* Since a signed time of an earlier boot at least this boot's whole uptime has passed. */
static int64_t floor_at_start(const struct clockwatch *watch, int64_t high_ms, int64_t boot_ms)
{
    const struct clock_anchor *anchor = &watch->anchor;
    int64_t after_ms = 0;

    if (of_this_boot(watch, anchor))
        after_ms = anchor->server_ms + MAX(boot_ms - anchor->boot_ms, 0);
    else if (anchor->server_ms > 0)
        after_ms = anchor->server_ms + boot_ms;
    return MAX(high_ms, after_ms);
}

void clockwatch_start(struct clockwatch *watch, const struct clock_anchor *saved, int64_t high_ms,
                      const struct clock_reading *now)
{
    memset(watch, 0, sizeof *watch);
    if (saved != NULL)
        watch->anchor = *saved;
    g_strlcpy(watch->boot_id, now->boot_id, sizeof watch->boot_id);
    watch->floor_ms = floor_at_start(watch, high_ms, now->boot_ms);
    watch->floor_boot_ms = now->boot_ms;
}

/* The machine slept its life away and woke as another boot (a simulator's, or a restored image): begin anew. */
static void follow_boot(struct clockwatch *watch, int64_t high_ms, const struct clock_reading *now)
{
    struct clock_anchor anchor = watch->anchor;

    if (strcmp(watch->boot_id, now->boot_id) != 0 || now->boot_ms < watch->floor_boot_ms)
        clockwatch_start(watch, &anchor, MAX(high_ms, watch->floor_ms), now);
}

bool clockwatch_signed(struct clockwatch *watch, int64_t server_ms, const struct clock_reading *sent,
                       const struct clock_reading *received)
{
    int64_t trip_ms = received->boot_ms - sent->boot_ms;

    if (strcmp(sent->boot_id, received->boot_id) != 0 || trip_ms < 0 || trip_ms > CLOCKWATCH_TRIP_MS)
        return false;
    follow_boot(watch, 0, received);
    watch->anchor = (struct clock_anchor){.server_ms = server_ms, .boot_ms = sent->boot_ms + trip_ms / 2};
    g_strlcpy(watch->anchor.boot_id, received->boot_id, sizeof watch->anchor.boot_id);
    /* From here on the floor is the platform's word, also when that is earlier than what a wrong clock had left on the disk. */
    watch->floor_ms = server_ms;
    watch->floor_boot_ms = watch->anchor.boot_ms;
    watch->stepping = false;
    return true;
}

static enum clock_trust by_distance(int64_t distance_ms)
{
    if (distance_ms <= CLOCKWATCH_NEAR_MS)
        return CLOCK_TRUSTED;
    return distance_ms <= CLOCKWATCH_FAR_MS ? CLOCK_DRIFTING : CLOCK_UNTRUSTED;
}

bool clockwatch_offset(const struct clockwatch *watch, const struct clock_reading *now, int64_t *offset_ms)
{
    const struct clock_anchor *anchor = &watch->anchor;

    if (anchor->server_ms <= 0 || strcmp(anchor->boot_id, now->boot_id) != 0)
        return false;
    *offset_ms = anchor->server_ms + (now->boot_ms - anchor->boot_ms) - now->wall_ms;
    return true;
}

static bool by_signature(const struct clockwatch *watch, const struct clock_reading *now, struct clock_view *out)
{
    out->offset_known = clockwatch_offset(watch, now, &out->offset_ms);
    out->true_ms = now->wall_ms + out->offset_ms;
    out->trust = by_distance(ABS(out->offset_ms));
    return out->offset_known;
}

/* How far the wall clock ran away from the boot clock since it was first seen where it could be right. */
static int64_t step_of(struct clockwatch *watch, const struct clock_reading *now)
{
    if (!watch->stepping) {
        watch->stepping = true;
        watch->step_wall_ms = now->wall_ms;
        watch->step_boot_ms = now->boot_ms;
    }
    return (now->wall_ms - watch->step_wall_ms) - (now->boot_ms - watch->step_boot_ms);
}

static void by_steps(struct clockwatch *watch, int64_t high_ms, const struct clock_reading *now,
                     struct clock_view *out)
{
    int64_t floor_ms = MAX(high_ms, watch->floor_ms + (now->boot_ms - watch->floor_boot_ms)), step_ms;

    out->true_ms = MAX(now->wall_ms, floor_ms);
    if (now->wall_ms < floor_ms - CLOCKWATCH_NEAR_MS) {
        out->trust = CLOCK_UNTRUSTED;
        return;
    }
    step_ms = step_of(watch, now);
    out->trust = step_ms < -CLOCKWATCH_NEAR_MS ? CLOCK_UNTRUSTED : by_distance(ABS(step_ms));
    /* What was once believed to be the time is passed for good. A step that is not believed leaves no trace here. */
    if (out->trust == CLOCK_TRUSTED) {
        watch->floor_ms = out->true_ms;
        watch->floor_boot_ms = now->boot_ms;
    }
}

void clockwatch_look(struct clockwatch *watch, int64_t high_ms, const struct clock_reading *now,
                     struct clock_view *out)
{
    memset(out, 0, sizeof *out);
    follow_boot(watch, high_ms, now);
    if (!by_signature(watch, now, out))
        by_steps(watch, high_ms, now, out);
}
