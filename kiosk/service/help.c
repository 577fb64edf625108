/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls for help (F16): on the disk and to the platform at once, without a card, and kept for the platform without a line. One is open
 * at a time; a red one takes the place of a green one. One that the disk refuses is tried again until it is there or over; the screen
 * says meanwhile that nobody hears of it. It ends by a card of the staff, by a touch, or by itself when nobody came. An end that the
 * disk refuses is tried again; after a restart a call whose end is not in the journal is open again, and ends as any other.
 */
#include "service/internal.h"
#include "model/help.h"

#include <string.h>

#define FORGOTTEN_MS (15 * 60 * 1000)
#define AGAIN_MS     5000

static bool red_now(const struct kiosk *kiosk)
{
    return kiosk->help.wish.is ? kiosk->help.wish.red : kiosk->help.red;
}

static void tell(struct kiosk *kiosk, enum kiosk_help_phase phase)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_HELP,
                                .help = {.phase = phase, .red = red_now(kiosk), .heard = !kiosk->help.wish.is && health_online(kiosk)}};

    kiosk_post(kiosk, &event, NULL);
}

static bool write_down(struct kiosk *kiosk, const char *type, json_t *data, char *id_out)
{
    g_autoptr(GError) error = NULL;
    bool done = data != NULL && store_append(kiosk->store, type, data, id_out, &error);

    json_decref(data);
    if (done)
        sync_kick(kiosk->sync);
    else
        g_warning("%s is not written: %s", type, error != NULL ? error->message : "no memory");
    return done;
}

static bool is_kept(const struct kiosk *kiosk)
{
    return kiosk->help.id[0] != '\0';
}

static bool is_open(const struct kiosk *kiosk)
{
    return is_kept(kiosk) || kiosk->help.wish.is;
}

/* Those that the disk has refused, in their order: what is behind the first that it refuses waits with it. */
static void ends_keep(struct kiosk *kiosk)
{
    kiosk->help_tried_ms = clock_boot_ms();
    while (kiosk->help_ends->len > 0) {
        if (!write_down(kiosk, HELP_ENDED, help_end_to_json(&g_array_index(kiosk->help_ends, struct help_end, 0)), NULL))
            return;
        g_array_remove_index(kiosk->help_ends, 0);
    }
}

static void end_call(struct kiosk *kiosk, const char *call, enum help_how how, int64_t after_ms)
{
    struct help_end end = {.how = how, .after_ms = CLAMP(after_ms, 0, HELP_AFTER_MS_MAX)};

    g_strlcpy(end.call, call, sizeof end.call);
    g_array_append_val(kiosk->help_ends, end);
    ends_keep(kiosk);
}

/* Here it is over, whenever it can be told. */
static void end(struct kiosk *kiosk, enum help_how how)
{
    end_call(kiosk, kiosk->help.id, how, clock_boot_ms() - kiosk->help.boot_ms);
    memset(&kiosk->help, 0, sizeof kiosk->help);
}

/* A green one is over only once the red one in its place is written. */
static bool wish_keep(struct kiosk *kiosk)
{
    char id[sizeof kiosk->help.id];
    bool red = kiosk->help.wish.red;
    int64_t boot_ms = kiosk->help.wish.boot_ms;

    kiosk->help.wish.tried_ms = clock_boot_ms();
    if (!write_down(kiosk, HELP_CALLED, help_call_to_json(red ? HELP_RED : HELP_GREEN), id))
        return false;
    if (is_kept(kiosk))
        end(kiosk, HELP_RAISED);
    memset(&kiosk->help, 0, sizeof kiosk->help);
    kiosk->help.red = red;
    kiosk->help.boot_ms = boot_ms;
    kiosk->help.quiet_ms = clock_boot_ms();
    g_strlcpy(kiosk->help.id, id, sizeof kiosk->help.id);
    return true;
}

static void call(struct kiosk *kiosk, bool red)
{
    if (!is_open(kiosk) || (red && !red_now(kiosk))) {
        kiosk->help.wish.is = true;
        kiosk->help.wish.red = red;
        kiosk->help.wish.boot_ms = clock_boot_ms();
    }
    if (kiosk->help.wish.is)
        wish_keep(kiosk);
    tell(kiosk, kiosk->help.answered && !kiosk->help.wish.is ? KIOSK_HELP_ANSWERED : KIOSK_HELP_CALLED);
}

/* One that was not written until now is tried a last time: it was called, and somebody wants to know. */
static void end_and_tell(struct kiosk *kiosk, enum help_how how)
{
    if (!is_open(kiosk))
        return;
    if (kiosk->help.wish.is && !wish_keep(kiosk))
        g_warning("a call for help is over that was never written");
    if (is_kept(kiosk))
        end(kiosk, how);
    memset(&kiosk->help, 0, sizeof kiosk->help);
    tell(kiosk, KIOSK_HELP_ENDED);
}

void help_do(struct kiosk *kiosk, enum kiosk_help_ask ask)
{
    help_begin(kiosk);
    if (ask == KIOSK_HELP_ASK_END)
        end_and_tell(kiosk, HELP_TOUCH);
    else
        call(kiosk, ask == KIOSK_HELP_ASK_RED);
}

bool help_staff_came(struct kiosk *kiosk)
{
    help_begin(kiosk);
    bool open = is_open(kiosk);

    end_and_tell(kiosk, HELP_CARD);
    return open;
}

/* As long as it is not written nobody can have forgotten it. */
static void wish_follow(struct kiosk *kiosk)
{
    if (clock_boot_ms() - kiosk->help.wish.tried_ms >= AGAIN_MS && wish_keep(kiosk))
        tell(kiosk, KIOSK_HELP_CALLED);
}

/* ---- After a start ---- */

/* Somebody may stand there still. How one ended that could not be written is not known any more: it is open until it ends again. */
static void open_again(struct kiosk *kiosk, const struct store_help *call, int64_t age_ms)
{
    memset(&kiosk->help.wish, 0, sizeof kiosk->help.wish);
    kiosk->help.red = call->red;
    kiosk->help.boot_ms = clock_boot_ms() - age_ms;
    kiosk->help.quiet_ms = clock_boot_ms();
    g_strlcpy(kiosk->help.id, call->id, sizeof kiosk->help.id);
    tell(kiosk, KIOSK_HELP_CALLED);
}

/* Is this end waiting for the disk? */
static bool is_ending(const struct kiosk *kiosk, const char *call)
{
    for (guint i = 0; i < kiosk->help_ends->len; i++)
        if (strcmp(g_array_index(kiosk->help_ends, struct help_end, i).call, call) == 0)
            return true;
    return false;
}

/* It ends when what was called since is written in its place. */
static void take_place(struct kiosk *kiosk, const struct store_help *call, int64_t age_ms)
{
    kiosk->help.boot_ms = clock_boot_ms() - age_ms;
    g_strlcpy(kiosk->help.id, call->id, sizeof kiosk->help.id);
}

/* `last`: of those that the journal has. One that was called since this program began is in it (`own`), and goes on, but for a green one in front
 * of a red one that could not be read then. */
static void take_up(struct kiosk *kiosk, const struct store_help *call, bool last, const char *own)
{
    int64_t age_ms = CLAMP(now_ms() - call->at_ms, 0, HELP_AFTER_MS_MAX);

    if (is_ending(kiosk, call->id) || strcmp(own, call->id) == 0)
        return;
    if (is_kept(kiosk) && call->red && !kiosk->help.red && age_ms <= FORGOTTEN_MS) {
        end_call(kiosk, kiosk->help.id, HELP_RAISED, 0);
        open_again(kiosk, call, age_ms);
    } else if (!last || is_kept(kiosk)) {
        end_call(kiosk, call->id, HELP_RAISED, age_ms);
    } else if (age_ms > FORGOTTEN_MS) {
        end_call(kiosk, call->id, HELP_NOBODY, age_ms);
    } else if (kiosk->help.wish.is && (kiosk->help.wish.red || !call->red)) {
        take_place(kiosk, call, age_ms);
    } else {
        open_again(kiosk, call, age_ms);
    }
}

/* One is open at a time: of those before the last one only the end is missing. What cannot be read is read later: somebody may wait. */
static void begin(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) calls = store_help_open(kiosk->store, &error);
    char own[sizeof kiosk->help.id];

    g_strlcpy(own, kiosk->help.id, sizeof own);
    kiosk->help_read_ms = clock_boot_ms();
    kiosk->help_read = calls != NULL;
    if (calls == NULL)
        g_warning("open calls for help: %s", error->message);
    for (guint i = 0; calls != NULL && i < calls->len; i++)
        take_up(kiosk, &g_array_index(calls, struct store_help, i), i + 1 == calls->len, own);
}

void help_begin(struct kiosk *kiosk)
{
    bool first = kiosk->help_ends == NULL;

    if (first)
        kiosk->help_ends = g_array_new(FALSE, TRUE, sizeof(struct help_end));
    if (first || (!kiosk->help_read && clock_boot_ms() - kiosk->help_read_ms >= AGAIN_MS))
        begin(kiosk);
}

void help_forget(struct kiosk *kiosk)
{
    g_clear_pointer(&kiosk->help_ends, g_array_unref);
}

bool help_waits(const struct kiosk *kiosk)
{
    return kiosk->help.wish.is || kiosk->help_ends == NULL || !kiosk->help_read || kiosk->help_ends->len > 0;
}

void help_follow(struct kiosk *kiosk)
{
    help_begin(kiosk);
    if (kiosk->help_ends->len > 0 && clock_boot_ms() - kiosk->help_tried_ms >= AGAIN_MS)
        ends_keep(kiosk);
    if (kiosk->help.wish.is) {
        wish_follow(kiosk);
        return;
    }
    if (!is_kept(kiosk))
        return;
    if (clock_boot_ms() - kiosk->help.quiet_ms > FORGOTTEN_MS) {
        end_and_tell(kiosk, HELP_NOBODY);
        return;
    }
    g_autofree char *answered = kiosk->help.answered ? NULL : store_help_answered(kiosk->store);
    if (answered == NULL || strcmp(answered, kiosk->help.id) != 0)
        return;
    kiosk->help.answered = true;
    kiosk->help.quiet_ms = clock_boot_ms(); /* whoever answers has as long to come */
    tell(kiosk, KIOSK_HELP_ANSWERED);
}
