/* SPDX-License-Identifier: Apache-2.0 */
#include "model/allotment.h"

#include "model/seat.h"
#include "model/strict.h"

#include <string.h>

int allotment_places(const struct allotment *allotment, const char *session)
{
    for (size_t i = 0; i < allotment->count; i++)
        if (strcmp(allotment->allots[i].session, session) == 0)
            return allotment->allots[i].places;
    return 0;
}

static bool allot_from_json(json_t *json, struct allotment *into)
{
    struct allot *allot = &into->allots[into->count];
    struct strict r = strict_open(json);

    strict_text(&r, "session", 1, allot->session, sizeof allot->session);
    allot->places = (int)strict_int(&r, "places", 1, SEAT_SEATS_MAX);
    if (!strict_done(&r) || allotment_places(into, allot->session) != 0)
        return false;
    into->count++;
    return true;
}

static bool allots_from_json(json_t *json, struct allotment *into)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > ALLOTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!allot_from_json(json_array_get(json, i), into))
            return false;
    return true;
}

bool allotment_from_json(json_t *json, struct allotment *out)
{
    g_autofree struct allotment *read = g_new0(struct allotment, 1);
    struct strict r = strict_open(json);

    read->version = strict_int(&r, "version", 1, INT64_MAX);
    strict_text(&r, "kiosk", 1, read->kiosk, sizeof read->kiosk);
    read->issued_ms = strict_int(&r, "issued_at", 0, STRICT_MS_MAX);
    bool allots = allots_from_json(strict_take(&r, "seats"), read);
    if (!allots || !strict_done(&r))
        return false;
    *out = *read;
    return true;
}

json_t *allotment_to_json(const struct allotment *allotment)
{
    json_t *seats = json_array();

    for (size_t i = 0; i < allotment->count; i++)
        json_array_append_new(seats, json_pack("{s:s, s:i}", "session", allotment->allots[i].session, "places", allotment->allots[i].places));
    return json_pack("{s:I, s:s, s:I, s:o}", "version", (json_int_t)allotment->version, "kiosk", allotment->kiosk, "issued_at",
                     (json_int_t)allotment->issued_ms, "seats", seats);
}
