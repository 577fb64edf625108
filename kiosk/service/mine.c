/* SPDX-License-Identifier: Apache-2.0 */
/*
 * My page (F02, F29): who looked at what is known of the card's owner, what happened (timeline.c), how they want it (preference.c), and
 * that what is kept of them here goes. The platform shows each of it for a reason of its own (model/purpose.h), and writes that down;
 * without a line what was kept, with its time.
 */
#include "service/internal.h"
#include "service/values.h"
#include "sync/wire.h"

#include <openssl/crypto.h>
#include <string.h>

#define READINGS_MAX 50

/* ---- Who looked ---------------------------------------------------------------------------------------------------------- */

static bool reading_take(json_t *row, struct kiosk_reading *out)
{
    const char *text;
    bool good = wire_get_int(row, "n", 1, G_MAXINT64, &out->n) && wire_get_int(row, "at_ms", 0, G_MAXINT64, &out->at_ms) &&
                wire_time_plausible(out->at_ms) && wire_get_string(row, "role", sizeof out->role - 1, &text);

    if (!good)
        return false;
    g_strlcpy(out->role, text, sizeof out->role);
    if (!wire_get_string(row, "purpose", sizeof out->purpose - 1, &text))
        return false;
    g_strlcpy(out->purpose, text, sizeof out->purpose);
    if (!wire_get_string(row, "fields", PERSON_FIELDS_TEXT_SIZE, &text))
        return false;
    out->fields = person_fields_parse(text);
    value_string(row, "place_zh", out->place_zh, sizeof out->place_zh);
    value_string(row, "place_en", out->place_en, sizeof out->place_en);
    value_string(row, "case_id", out->case_id, sizeof out->case_id);
    return true;
}

/* `items` has room for READINGS_MAX; NULL: only looked whether it fits. */
static bool readings_take(json_t *page, struct kiosk_reading *items, struct kiosk_mine_event *out)
{
    json_t *rows = json_object_get(page, "access"), *own = json_object_get(page, "own"), *row;
    struct kiosk_reading one;
    size_t i;

    if (!json_is_array(rows) || json_array_size(rows) > READINGS_MAX || !wire_get_int(page, "asof_ms", 0, G_MAXINT64, &out->asof_ms) ||
        !wire_time_plausible(out->asof_ms) || !wire_get_int(own, "times", 0, G_MAXINT64, &out->own_times) ||
        !wire_get_int(own, "last_ms", 0, G_MAXINT64, &out->own_ms))
        return false;
    json_array_foreach(rows, i, row)
    {
        memset(&one, 0, sizeof one);
        if (!reading_take(row, &one))
            return false;
        if (items != NULL)
            items[i] = one;
    }
    out->count = json_array_size(rows);
    return true;
}

static bool readings_fit(json_t *page)
{
    struct kiosk_mine_event out = {0};

    return readings_take(page, NULL, &out);
}

static void readings_tell(struct kiosk *kiosk, struct kiosk_event *event)
{
    struct kiosk_reading *items = g_new0(struct kiosk_reading, READINGS_MAX);
    json_t *page = person_page(kiosk, PURPOSE_ACCESS, readings_fit, &event->mine.live, event->mine.reason);

    event->mine.known = page != NULL && readings_take(page, items, &event->mine);
    json_decref(page);
    if (!worker_card_there(kiosk)) { /* the platform may have taken its time */
        OPENSSL_cleanse(items, READINGS_MAX * sizeof *items);
        *event = (struct kiosk_event){.kind = KIOSK_EVENT_MINE, .mine = {.ask = KIOSK_MINE_ASK_READINGS, .reason = "CARD"}};
    }
    event->mine.readings = items;
    kiosk_post(kiosk, event, items);
}

static void happened_tell(struct kiosk *kiosk, struct kiosk_event *event)
{
    struct kiosk_happening *items = timeline_make(kiosk, &event->mine);

    if (!worker_card_there(kiosk)) {
        OPENSSL_cleanse(items, event->mine.count * sizeof *items);
        *event = (struct kiosk_event){.kind = KIOSK_EVENT_MINE, .mine = {.ask = KIOSK_MINE_ASK_HAPPENED, .reason = "CARD"}};
    }
    event->mine.happenings = items;
    kiosk_post(kiosk, event, items);
}

/* ---- What is kept of them here -------------------------------------------------------------------------------------------- */

static const char *forget(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    const char *reason = gate_card(kiosk);

    if (reason != NULL)
        return reason;
    if (store_person_forget(kiosk->store, kiosk->session.token, &error))
        return NULL;
    g_warning("what is kept of a person does not go: %s", error->message);
    return "STORE";
}

static void done_tell(struct kiosk *kiosk, struct kiosk_event *event, const char *reason)
{
    g_strlcpy(event->mine.reason, reason != NULL ? reason : "", sizeof event->mine.reason);
    kiosk_post(kiosk, event, NULL);
}

void mine_do(struct kiosk *kiosk, const struct kiosk_mine_request *request)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_MINE, .mine = {.ask = request->ask}};

    if (!worker_card_there(kiosk) || kiosk->session.identity.visitor) {
        done_tell(kiosk, &event, "CARD");
        return;
    }
    switch (request->ask) {
    case KIOSK_MINE_ASK_READINGS:
        readings_tell(kiosk, &event);
        break;
    case KIOSK_MINE_ASK_HAPPENED:
        happened_tell(kiosk, &event);
        break;
    case KIOSK_MINE_ASK_KEEP:
    case KIOSK_MINE_ASK_GIVE_UP:
        done_tell(kiosk, &event, preference_say(kiosk, request));
        break;
    case KIOSK_MINE_ASK_FORGET:
        done_tell(kiosk, &event, forget(kiosk));
        break;
    }
}
