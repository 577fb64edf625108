/* SPDX-License-Identifier: Apache-2.0 */
#include "activity_list.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- What there is ------------------------------------------------------------------------------------------------- */

void activity_list_take(struct activity_list *list, const struct kiosk_activity *items, size_t count, int64_t asof_ms, int64_t now_ms)
{
    g_free(list->items);
    list->count = count;
    list->items = g_new0(struct kiosk_activity, MAX(list->count, 1));
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = items[i];
    list->known = true;
    list->asof_ms = asof_ms;
    list->now_ms = now_ms;
    list->taken_us = g_get_monotonic_time();
}

void activity_list_clear(void *data)
{
    struct activity_list *list = data;

    g_free(list->items);
}

int64_t activity_list_now_ms(const struct activity_list *list)
{
    return list->now_ms + (g_get_monotonic_time() - list->taken_us) / 1000;
}

const struct kiosk_activity *activity_list_find(const struct activity_list *list, const char *session)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].session, session) == 0)
            return &list->items[i];
    return NULL;
}

bool activity_door_open(const struct kiosk_activity *activity, int64_t now_ms)
{
    return !activity->called_off && now_ms >= activity->start_ms - SEAT_DOOR_OPEN_MS && now_ms < activity->end_ms;
}

/* ---- Seats --------------------------------------------------------------------------------------------------------- */

void seat_list_take(struct seat_list *list, const struct kiosk_seat *items, size_t count, bool whole)
{
    seat_list_clear(list);
    list->count = MIN(count, SEATS_SHOWN_MAX);
    list->items = g_new0(struct kiosk_seat, MAX(list->count, 1));
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = items[i];
    list->known = true;
    list->whole = whole;
}

void seat_list_clear(void *data)
{
    struct seat_list *list = data;

    if (list->items != NULL)
        OPENSSL_cleanse(list->items, list->count * sizeof *list->items);
    g_free(list->items);
    *list = (struct seat_list){0};
}

bool seat_is(const struct kiosk_seat *seat, enum seat_state state)
{
    return seat != NULL && strcmp(seat->state, seat_state_name(state)) == 0;
}

bool seat_open(const struct kiosk_seat *seat)
{
    enum seat_state state;

    return seat != NULL && seat_state_parse(seat->state, &state) && seat_is_open(state);
}

bool seat_steps(const struct kiosk_seat *seat, enum seat_step step)
{
    return seat != NULL && seat->waits && strcmp(seat->step, seat_step_name(step)) == 0;
}

/* The one asked for last comes first. */
const struct kiosk_seat *seat_list_of(const struct seat_list *list, const char *session)
{
    const struct kiosk_seat *last = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct kiosk_seat *seat = &list->items[i];

        if (strcmp(seat->session, session) != 0)
            continue;
        if (seat_open(seat))
            return seat;
        last = last != NULL ? last : seat;
    }
    return last;
}

const struct kiosk_seat *seat_list_find(const struct seat_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return &list->items[i];
    return NULL;
}

/* ---- In which order ------------------------------------------------------------------------------------------------ */

enum standing activity_standing(const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    bool off = activity->called_off || (seat != NULL && seat->called_off);

    if (off && seat != NULL && (seat_open(seat) || strcmp(seat->reason, seat_code_name(SEAT_OVER)) == 0))
        return STANDING_LOST;
    if (off)
        return STANDING_OFF;
    if (seat_is(seat, SEAT_OFFERED) && !seat->waits)
        return STANDING_OFFER;
    return seat_open(seat) && !seat_steps(seat, SEAT_DO_CANCEL) ? STANDING_OWN : STANDING_NOTHING;
}

/* Is it to be told here? All are that the card has to do with, of the others so many. */
static bool stands(const struct kiosk_activity *activity, const struct seat_list *seats, enum standing standing, size_t *others)
{
    const struct kiosk_seat *seat = seat_list_of(seats, activity->session);

    if (activity_standing(activity, seat) != standing)
        return false;
    return seat != NULL || ++*others <= ACTIVITY_OTHERS_MAX;
}

size_t *activity_order(const struct activity_list *list, const struct seat_list *seats, size_t *count)
{
    size_t *order = g_new0(size_t, MAX(list->count, 1)), others = 0;

    *count = 0;
    for (enum standing standing = STANDING_LOST; standing <= STANDING_NOTHING; standing++)
        for (size_t i = 0; i < list->count; i++)
            if (stands(&list->items[i], seats, standing, &others))
                order[(*count)++] = i;
    return order;
}
