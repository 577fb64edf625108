/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls for help (F16): on the disk and to the platform at once, without a card, and kept for the platform without a line. One is open
 * at a time; a red one takes the place of a green one. It ends by a card of the staff, by a touch, or by itself when nobody came.
 */
#include "service/internal.h"
#include "model/help.h"

#include <string.h>

#define FORGOTTEN_MS (15 * 60 * 1000)

static void tell(struct kiosk *kiosk, enum kiosk_help_phase phase, bool kept)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_HELP,
                                .help = {.phase = phase, .red = kiosk->help.red, .heard = kept && health_online(kiosk)}};

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

static bool is_open(const struct kiosk *kiosk)
{
    return kiosk->help.id[0] != '\0';
}

/* What cannot be written stays open at the platform until people look at it; here it is over all the same. */
static void end(struct kiosk *kiosk, enum help_how how)
{
    struct help_end end = {.how = how, .after_ms = MAX(0, clock_boot_ms() - kiosk->help.boot_ms)};

    g_strlcpy(end.call, kiosk->help.id, sizeof end.call);
    write_down(kiosk, HELP_ENDED, help_end_to_json(&end), NULL);
    memset(&kiosk->help, 0, sizeof kiosk->help);
}

/* A green one is over only once the red one in its place is written. */
static void call(struct kiosk *kiosk, bool red)
{
    char id[sizeof kiosk->help.id];

    if (is_open(kiosk) && (kiosk->help.red || !red)) {
        tell(kiosk, kiosk->help.answered ? KIOSK_HELP_ANSWERED : KIOSK_HELP_CALLED, true);
        return;
    }
    bool kept = write_down(kiosk, HELP_CALLED, help_call_to_json(red ? HELP_RED : HELP_GREEN), id);
    if (kept) {
        if (is_open(kiosk))
            end(kiosk, HELP_RAISED);
        kiosk->help.red = red;
        kiosk->help.boot_ms = kiosk->help.quiet_ms = clock_boot_ms();
        g_strlcpy(kiosk->help.id, id, sizeof kiosk->help.id);
    }
    tell(kiosk, KIOSK_HELP_CALLED, kept);
}

static void end_and_tell(struct kiosk *kiosk, enum help_how how)
{
    if (!is_open(kiosk))
        return;
    end(kiosk, how);
    tell(kiosk, KIOSK_HELP_ENDED, true);
}

void help_do(struct kiosk *kiosk, enum kiosk_help_ask ask)
{
    if (ask == KIOSK_HELP_ASK_END)
        end_and_tell(kiosk, HELP_TOUCH);
    else
        call(kiosk, ask == KIOSK_HELP_ASK_RED);
}

bool help_staff_came(struct kiosk *kiosk)
{
    bool open = is_open(kiosk);

    end_and_tell(kiosk, HELP_CARD);
    return open;
}

void help_follow(struct kiosk *kiosk)
{
    if (!is_open(kiosk))
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
    tell(kiosk, KIOSK_HELP_ANSWERED, true);
}
