/* SPDX-License-Identifier: Apache-2.0 */
/* Seats of a planned year: each date with its activity when the first asks for it, each seat by the rules of its room. */
#include "platform/sample/year-post.h"
#include "platform/activities/activities.h"
#include "platform/sample/places.h"
#include "model/model.h"
#include <string.h>

/* By the block: its series are its own. */
static void activity_id(const struct year_posting *posting, const struct act *act, char out[ACTIVITY_ID_SIZE])
{
    g_snprintf(out, ACTIVITY_ID_SIZE, "Y%04u-%s", posting->community->block, act->item);
}

static void date_id(const struct year_posting *posting, const struct act *act, char out[ACTIVITY_ID_SIZE])
{
    char activity[ACTIVITY_ID_SIZE];

    activity_id(posting, act, activity);
    g_snprintf(out, ACTIVITY_ID_SIZE, "%.20s-%08u", activity, date_of_ms(act->seat.session.start_ms) % 100000000);
}

static bool activity_post(struct year_posting *posting, const struct act *act, GError **error)
{
    const struct year_offer *offer = &year_offers[act->seat.offer];
    struct activity_row row = {.made_ms = act->at_ms}, known;
    struct place place;
    bool found;

    place_of((unsigned)posting->community->first, &place);
    activity_id(posting, act, row.id);
    g_strlcpy(row.kind, offer->kind, sizeof row.kind);
    g_strlcpy(row.title_zh, offer->title_zh, sizeof row.title_zh);
    g_strlcpy(row.title_en, offer->title_en, sizeof row.title_en);
    g_snprintf(row.place_zh, sizeof row.place_zh, "%s活动室", place.community_zh);
    g_snprintf(row.place_en, sizeof row.place_en, "Activity room of %s", place.code);
    g_strlcpy(row.phone, "100-0000-2001", sizeof row.phone);
    if (!db_activity_find(posting->platform->db, row.id, &known, &found, error))
        return false;
    return found || activities_add(posting->platform->db, &row, error);
}

static bool date_post(struct year_posting *posting, const struct act *act, GError **error)
{
    struct date_row row = {.session = act->seat.session};

    date_id(posting, act, row.id);
    activity_id(posting, act, row.activity);
    return activity_post(posting, act, error) && activities_date_add(posting->platform->db, &row, error);
}

bool year_post_seat(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    struct seats_past_step steps[SEAT_COURSE_MAX];
    char session[ACTIVITY_ID_SIZE], kiosk[8];

    for (unsigned i = 0; i < act->seat.count; i++)
        steps[i] = (struct seats_past_step){act->seat.steps[i].step, act->seat.steps[i].at_ms};
    date_id(posting, act, session);
    year_kiosk_id(act->kiosk, kiosk);
    const struct seats_past past = {.id = act->id, .session = session, .card = token, .kiosk = kiosk, .companions = act->seat.companions,
                                    .asked_ms = act->at_ms, .steps = steps, .count = act->seat.count};
    return (!act->seat.first || date_post(posting, act, error)) && seats_past(posting->platform->db, &past, error);
}
