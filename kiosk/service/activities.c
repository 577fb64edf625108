/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activities and seats (F09): what there is, a wish, what became of it, the door.
 *
 *   wish ─► gates ─► age, hours ─► one of this kiosk's own? ─► PROMISED: written down, also offline
 *                                  └► else ──────────────────► ASKED: written down; the platform decides, nothing is promised
 *
 * Invariants: (1) PROMISED is told only of a seat that was set aside and is in the journal. (2) Taking an offer and cancelling are
 * the platform's to confirm: WAITS until it has. (3) The door never turns anybody away: who has a seat is checked in by it, who has none
 * is a walk-in.
 */
#include "service/internal.h"
#include "service/values.h"
#include "store/seats.h"

#include <string.h>

/* ---- Telling ------------------------------------------------------------------------------------------------------ */

static void tell(struct kiosk *kiosk, enum kiosk_seat_phase phase, const char *id, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_SEAT, .seat = {.ask = kiosk->answers.seat, .phase = phase}};

    g_strlcpy(event.seat.id, id, sizeof event.seat.id);
    g_strlcpy(event.seat.reason, reason, sizeof event.seat.reason);
    kiosk_post(kiosk, &event, NULL);
}

static void refuse(struct kiosk *kiosk, const char *reason)
{
    tell(kiosk, KIOSK_SEAT_REFUSED, "", reason);
}

/* What has begun and ended is over; what is called off is shown as such. */
static void date_fill(struct kiosk *kiosk, json_t *activity, json_t *date, struct kiosk_activity *out)
{
    g_autoptr(GError) error = NULL;
    int64_t own = 0;

    value_string(activity, "id", out->activity, sizeof out->activity);
    value_string(activity, "kind", out->kind, sizeof out->kind);
    value_string(activity, "title_zh", out->title_zh, sizeof out->title_zh);
    value_string(activity, "title_en", out->title_en, sizeof out->title_en);
    value_string(activity, "place_zh", out->place_zh, sizeof out->place_zh);
    value_string(activity, "place_en", out->place_en, sizeof out->place_en);
    value_string(activity, "phone", out->phone, sizeof out->phone);
    out->fee_fen = json_integer_value(json_object_get(activity, "fee_fen"));
    value_string(date, "id", out->session, sizeof out->session);
    out->start_ms = json_integer_value(json_object_get(date, "start_ms"));
    out->end_ms = json_integer_value(json_object_get(date, "end_ms"));
    out->seats = (int)json_integer_value(json_object_get(date, "seats"));
    out->age_min = (int)json_integer_value(json_object_get(date, "age_min"));
    out->age_max = (int)json_integer_value(json_object_get(date, "age_max"));
    out->called_off = json_is_true(json_object_get(date, "called_off"));
    out->left = json_integer_value(json_object_get(date, "left"));
    out->waiting = json_integer_value(json_object_get(date, "waiting"));
    if (!store_allotment_left(kiosk->store, out->session, &own, &error))
        g_warning("seats of this kiosk: %s", error->message);
    out->own = own;
}

static int by_start(gconstpointer a, gconstpointer b)
{
    const struct kiosk_activity *one = a, *other = b;
    return (one->start_ms > other->start_ms) - (one->start_ms < other->start_ms);
}

static void activities_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_activities(kiosk->store, &error);
    GArray *items = g_array_new(FALSE, TRUE, sizeof(struct kiosk_activity));
    int64_t now_ms = health_now_ms(kiosk);

    if (rows == NULL)
        g_warning("activities: %s", error->message);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        json_t *activity = g_ptr_array_index(rows, i), *date;
        size_t at;
        json_array_foreach(json_object_get(activity, "sessions"), at, date)
        {
            struct kiosk_activity item = {0};
            if (json_integer_value(json_object_get(date, "end_ms")) <= now_ms)
                continue;
            date_fill(kiosk, activity, date, &item);
            g_array_append_val(items, item);
        }
    }
    g_array_sort(items, by_start);
    struct kiosk_event event = {.kind = KIOSK_EVENT_ACTIVITIES, .activities = {.count = items->len, .asof_ms = kiosk->told.synced_ms, .now_ms = now_ms}};
    event.activities.items = (const struct kiosk_activity *)(const void *)items->data;
    kiosk_post(kiosk, &event, g_array_free(items, FALSE));
}

static void seat_fill(struct kiosk *kiosk, const struct store_seat *seat, struct kiosk_seat *out)
{
    g_autoptr(GError) error = NULL;
    struct store_date date;
    bool found = false;

    g_strlcpy(out->id, seat->id, sizeof out->id);
    g_strlcpy(out->session, seat->session, sizeof out->session);
    g_strlcpy(out->reason, seat->reason, sizeof out->reason);
    out->state = seat_state_name(seat->seat.state);
    out->companions = seat->seat.companions;
    out->told = seat->told;
    out->waits = *seat->waits != '\0';
    g_strlcpy(out->step, seat->waits, sizeof out->step);
    out->offer_ends_ms = seat->seat.state == SEAT_OFFERED ? seat->seat.offered_ms + SEAT_OFFER_MS : 0;
    out->start_ms = seat->start_ms;
    if (!store_date(kiosk->store, seat->session, &date, &found, &error))
        g_warning("activities: %s", error->message);
    if (found) {
        g_strlcpy(out->activity, date.activity, sizeof out->activity);
        out->start_ms = date.session.start_ms;
        out->called_off = date.session.called_off;
    }
}

static void mine_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    const char *closed = gate_card(kiosk);
    bool known = false;
    g_autoptr(GArray) rows = closed == NULL ? store_seats(kiosk->store, kiosk->session.token, &known, &error) : NULL;

    if (rows == NULL) {
        if (error != NULL)
            g_warning("seats: %s", error->message);
        refuse(kiosk, closed != NULL ? closed : "STORE");
        return;
    }
    struct kiosk_seat *items = g_new0(struct kiosk_seat, rows->len + 1);
    for (guint i = 0; i < rows->len; i++)
        seat_fill(kiosk, &g_array_index(rows, struct store_seat, i), &items[i]);
    struct kiosk_event event = {.kind = KIOSK_EVENT_SEATS, .seats = {.items = items, .count = rows->len, .known = known}};
    kiosk_post(kiosk, &event, items);
}

/* ---- Gates -------------------------------------------------------------------------------------------------------- */

static bool gates(struct kiosk *kiosk)
{
    const char *reason = gate_machine(kiosk);

    if (reason == NULL)
        reason = gate_card(kiosk);
    if (reason != NULL)
        refuse(kiosk, reason);
    return reason == NULL;
}

/* The store's refusal is a word; anything else is the disk. */
static bool written(struct kiosk *kiosk, bool done, GError *const *error)
{
    if (done) {
        sync_kick(kiosk->sync);
        return true;
    }
    if (!g_error_matches(*error, STORE_ERROR, STORE_ERROR_STATE)) {
        g_critical("a seat cannot be written: %s", (*error)->message);
        kiosk->store_ok = false;
    }
    refuse(kiosk, "STORE");
    return false;
}

/* ---- A wish ------------------------------------------------------------------------------------------------------- */

struct facts {
    struct store_date date;
    struct seat_facts of_card;
    struct store_seat open; /* the card's open seat at this date, as far as it is known here */
    bool has_open;
};

static bool holds_place(const struct store_seat *seat)
{
    return seat_places(&seat->seat) > 0;
}

static bool overlaps(struct kiosk *kiosk, const struct store_seat *seat, const struct seat_session *session)
{
    g_autoptr(GError) error = NULL;
    struct store_date other;
    bool found = false;

    if (!store_date(kiosk->store, seat->session, &other, &found, &error))
        g_warning("activities: %s", error->message);
    return found && !other.session.called_off && other.session.start_ms < session->end_ms && other.session.end_ms > session->start_ms;
}

/* False: told why not. What the platform knows besides, it judges. */
static bool facts_load(struct kiosk *kiosk, const char *session, struct facts *out)
{
    uint32_t birth = id_number_birth(kiosk->session.card.holder.id_number);
    g_autoptr(GError) error = NULL;
    bool found = false, known = false;

    memset(out, 0, sizeof *out);
    g_autoptr(GArray) rows = store_date(kiosk->store, session, &out->date, &found, &error)
                                 ? store_seats(kiosk->store, kiosk->session.token, &known, &error)
                                 : NULL;
    if (rows == NULL || !found) {
        if (error != NULL)
            g_warning("seats: %s", error->message);
        refuse(kiosk, rows == NULL ? "STORE" : "SEAT_UNKNOWN");
        return false;
    }
    out->of_card.age = birth != 0 ? age_on(birth, date_of_ms(out->date.session.start_ms)) : -1;
    for (guint i = 0; i < rows->len; i++) {
        const struct store_seat *seat = &g_array_index(rows, struct store_seat, i);
        bool here = strcmp(seat->session, session) == 0;

        if (here && seat_is_open(seat->seat.state) && !out->has_open) {
            out->open = *seat;
            out->has_open = true;
        }
        out->of_card.clash |= !here && holds_place(seat) && overlaps(kiosk, seat, &out->date.session);
    }
    return true;
}

static void wish_write(struct kiosk *kiosk, const struct kiosk_seat_request *request, const struct facts *facts, int64_t now_ms)
{
    struct store_wish wish = {.session = request->session, .token = kiosk->session.token, .companions = request->companions};
    g_autoptr(GError) error = NULL;
    bool drawn = false;
    char id[37];

    if (written(kiosk, store_seat_ask(kiosk->store, &wish, now_ms < facts->date.session.start_ms, &drawn, id, &error), &error))
        tell(kiosk, drawn ? KIOSK_SEAT_PROMISED : KIOSK_SEAT_ASKED, id, "");
}

static void wish(struct kiosk *kiosk, const struct kiosk_seat_request *request)
{
    struct seat seat = {.state = SEAT_REQUESTED, .companions = request->companions};
    int64_t now_ms = health_now_ms(kiosk);
    struct facts facts;

    if (request->companions < 0 || request->companions > SEAT_COMPANIONS_MAX) {
        refuse(kiosk, "DATA");
        return;
    }
    if (!gates(kiosk) || !facts_load(kiosk, request->session, &facts))
        return;
    enum seat_code code = seat_judge(&facts.date.session, &seat, &facts.of_card, now_ms);
    if (facts.has_open)
        tell(kiosk, KIOSK_SEAT_REFUSED, facts.open.id, "SEAT_TWICE");
    else if (code != SEAT_OK && code != SEAT_FULL) /* full is the platform's to say: there is a queue */
        refuse(kiosk, seat_code_name(code));
    else
        wish_write(kiosk, request, &facts, now_ms);
}

/* ---- Steps and the door --------------------------------------------------------------------------------------------- */

static bool seat_find(struct kiosk *kiosk, const char *id, struct store_seat *out)
{
    g_autoptr(GError) error = NULL;
    bool known = false;
    g_autoptr(GArray) rows = store_seats(kiosk->store, kiosk->session.token, &known, &error);

    for (guint i = 0; rows != NULL && i < rows->len; i++)
        if (strcmp(g_array_index(rows, struct store_seat, i).id, id) == 0) {
            *out = g_array_index(rows, struct store_seat, i);
            return true;
        }
    if (rows == NULL)
        g_warning("seats: %s", error->message);
    refuse(kiosk, rows == NULL ? "STORE" : "SEAT_UNKNOWN");
    return false;
}

/* Judged here by what is known here, so that nothing is asked that cannot be; the platform's word is the one that counts. */
static void step(struct kiosk *kiosk, const char *id, enum seat_step step, enum kiosk_seat_phase phase)
{
    int64_t now_ms = health_now_ms(kiosk);
    g_autoptr(GError) error = NULL;
    struct store_date date;
    struct store_seat seat;
    bool found = false;

    if (!gates(kiosk) || !seat_find(kiosk, id, &seat))
        return;
    if (!store_date(kiosk->store, seat.session, &date, &found, &error) || !found) {
        refuse(kiosk, error != NULL ? "STORE" : "SEAT_UNKNOWN");
        return;
    }
    enum seat_code code = seat_do(&seat.seat, step, &date.session, now_ms);
    if (code != SEAT_OK)
        refuse(kiosk, seat_code_name(code));
    else if (written(kiosk, store_seat_step(kiosk->store, id, kiosk->session.token, step, &error), &error))
        tell(kiosk, phase, id, "");
}

static void walk_in(struct kiosk *kiosk, const struct kiosk_seat_request *request, const struct facts *facts)
{
    struct store_wish wish = {.session = request->session, .token = kiosk->session.token, .companions = request->companions, .door = true};
    struct seat probe = {.state = SEAT_REQUESTED};
    enum seat_code code = seat_do(&probe, SEAT_DO_CHECK_IN, &facts->date.session, health_now_ms(kiosk));
    g_autoptr(GError) error = NULL;
    bool drawn = false;
    char id[37];

    if (code != SEAT_OK)
        refuse(kiosk, seat_code_name(code));
    else if (written(kiosk, store_seat_ask(kiosk->store, &wish, false, &drawn, id, &error), &error))
        tell(kiosk, KIOSK_SEAT_WALKED_IN, id, "");
}

static void check_in(struct kiosk *kiosk, const struct kiosk_seat_request *request)
{
    struct facts facts;

    if (request->companions < 0 || request->companions > SEAT_COMPANIONS_MAX) {
        refuse(kiosk, "DATA");
        return;
    }
    if (!gates(kiosk) || !facts_load(kiosk, request->session, &facts))
        return;
    if (!facts.has_open)
        walk_in(kiosk, request, &facts);
    else if (facts.open.seat.state == SEAT_CHECKED_IN || strcmp(facts.open.waits, seat_step_name(SEAT_DO_CHECK_IN)) == 0)
        tell(kiosk, KIOSK_SEAT_CHECKED_IN, facts.open.id, ""); /* a second tap */
    else
        step(kiosk, facts.open.id, SEAT_DO_CHECK_IN, KIOSK_SEAT_CHECKED_IN);
}

void activities_do(struct kiosk *kiosk, const struct kiosk_seat_request *request)
{
    kiosk->answers.seat = request->ask;
    switch (request->ask) {
    case KIOSK_SEAT_ASK_LIST:
        activities_tell(kiosk);
        break;
    case KIOSK_SEAT_ASK_MINE:
        mine_tell(kiosk);
        break;
    case KIOSK_SEAT_ASK_SEAT:
        wish(kiosk, request);
        break;
    case KIOSK_SEAT_ASK_CANCEL:
        step(kiosk, request->id, SEAT_DO_CANCEL, KIOSK_SEAT_WAITS);
        break;
    case KIOSK_SEAT_ASK_TAKE:
        step(kiosk, request->id, SEAT_DO_TAKE, KIOSK_SEAT_WAITS);
        break;
    case KIOSK_SEAT_ASK_CHECK_IN:
        check_in(kiosk, request);
        break;
    }
}
