/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks tell of seats. The event's id is the seat's, or the step's, so that the same event twice is one. A wish that cannot be
 * fulfilled is no refused event: there is a seat, waiting or refused, and its kiosk is told so.
 */
#include "platform/activities/activities.h"
#include "model/strict.h"
#include <string.h>

#define ASKED "seat.asked"
#define STEP  "seat.step"

bool seats_type(const char *type)
{
    return strcmp(type, ASKED) == 0 || strcmp(type, STEP) == 0;
}

/* 32 lower-case hex digits. */
static void token_read(struct strict *r, char out[33])
{
    strict_text(r, "card_token", 32, out, 33);
    r->ok = r->ok && strspn(out, "0123456789abcdef") == 32;
}

static bool asked(struct platform *platform, const struct seat_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    char session[ACTIVITY_ID_SIZE] = "", token[33] = "";
    struct seat_asking asking = {.id = event->id, .session = session, .card = token, .kiosk = event->kiosk, .at_ms = event->at_ms};
    struct strict r = strict_open(data);

    strict_text(&r, "session", 1, session, sizeof session);
    token_read(&r, token);
    asking.companions = (int)strict_int(&r, "companions", 0, SEAT_COMPANIONS_MAX);
    asking.drawn = strict_has(&r, "drawn") && strict_bool(&r, "drawn");
    asking.door = strict_has(&r, "door") && strict_bool(&r, "door");
    if (!strict_done(&r) || (asking.drawn && asking.door)) {
        *code = "DATA";
        return true;
    }
    return seats_ask(platform->db, &asking, now_ms, code, error);
}

static bool stepped(struct platform *platform, const struct seat_event *event, json_t *data, int64_t now_ms, const char **code,
                    GError **error)
{
    char seat[37] = "", token[33] = "", step[16] = "";
    struct seat_order order = {.id = event->id, .seat = seat, .card = token, .kiosk = event->kiosk, .at_ms = event->at_ms};
    struct strict r = strict_open(data);
    bool taken = false;

    strict_uuid(&r, "seat", seat);
    token_read(&r, token);
    strict_text(&r, "step", 1, step, sizeof step);
    if (!strict_done(&r) || !seat_step_parse(step, &order.step)) {
        *code = "DATA";
        return true;
    }
    if (!db_seat_step_taken(platform->db, event->id, &taken, error))
        return false;
    if (taken) { /* of another step, or a seat: the same event does not come here twice */
        *code = ID_REUSED;
        return true;
    }
    return seats_step(platform->db, &order, now_ms, code, error);
}

bool seats_apply(struct platform *platform, const struct seat_event *event, json_t *data, int64_t now_ms, const char **code,
                 GError **error)
{
    *code = NULL;
    return strcmp(event->type, ASKED) == 0 ? asked(platform, event, data, now_ms, code, error)
                                           : stepped(platform, event, data, now_ms, code, error);
}
