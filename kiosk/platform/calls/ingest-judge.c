/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one event that has its place: the chain, its id, its body, and the room that its type belongs to. */
#include "platform/calls/ingest-batch.h"
#include "platform/admin/ratings.h"
#include "platform/calls/metrics.h"
#include "platform/calls/told.h"
#include "platform/data/db-figures.h"
#include "platform/data/db-rows.h"
#include "platform/money/alarms.h"
#include "platform/persons/late.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

/* Facts that are kept and have no effect here. */
static const char *const facts[] = {"journal.anchored", "journal.restored", "receipt.printed", "refused.resolved", NULL};

static bool payment_body(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    batch->pair.end = batch->careful ? NULL : payment_behind(batch, (size_t)(event - batch->events));
    return payments_apply(batch->platform, event->kiosk, body->type, body->data, batch->now_ms, body->payment, &batch->pair, out, error);
}

static bool credit_body(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    const struct credit_event told = {event->kiosk, body->type, event->epoch, event->seq, json_integer_value(json_object_get(body->json, "at")),
                                      json_integer_value(json_object_get(body->json, "clock_offset_ms")), &batch->rules};

    return credit_apply(batch->platform, &told, body->data, batch->now_ms, out, error);
}

static bool rating_type(const char *type)
{
    return strcmp(type, RATING_GIVEN) == 0 || strcmp(type, RATING_CHANGED) == 0;
}

static bool rating_body(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    int64_t at_ms = json_integer_value(json_object_get(body->json, "at"));

    if (strcmp(body->type, RATING_CHANGED) == 0)
        return ratings_change(batch->db, event->kiosk, body->data, at_ms, batch->now_ms, out, error);
    return ratings_apply(batch->db, event->kiosk, body->data, at_ms, batch->now_ms, out, error);
}

static bool told_body(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    return told_apply(batch->platform, &(struct told){event, body->type, body->json, body->data}, batch->now_ms, out, error);
}

/* All types that have effects: of no other one anything is written but the event. */
static const struct event_room {
    bool (*has)(const char *type);
    bool (*apply)(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error);
} ROOMS[] = {{payments_type, payment_body}, {credit_type, credit_body}, {rating_type, rating_body}, {told_type, told_body}};

const struct event_room *room_of_type(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROOMS); i++)
        if (ROOMS[i].has(type))
            return &ROOMS[i];
    return NULL;
}

static bool judge_data(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    if (body->room != NULL)
        return body->room->apply(batch, event, body, out, error);
    if (!g_strv_contains(facts, body->type))
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "TYPE"};
    return true;
}

/* Told of a card that was replaced, it is judged as if it had been told of the one in its place. */
static bool judge_current(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    int64_t at_ms = platform_told_ms(json_integer_value(json_object_get(body->json, "at")),
                                     json_integer_value(json_object_get(body->json, "clock_offset_ms")), batch->now_ms);
    struct body current = *body;
    struct late_word late;

    if (!late_read(batch->db, body->type, body->data, at_ms, &late, error))
        return false;
    if (late.code != NULL) {
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = late.code};
        return true;
    }
    current.data = late.data != NULL ? late.data : body->data;
    bool ok = judge_data(batch, event, &current, out, error);
    json_decref(late.data);
    return ok;
}

static bool judge_body(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out,
                       GError **error)
{
    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    if (body->json != NULL && batch->tries == 1) /* else it was counted then */
        metrics_event_age(batch->now_ms - json_integer_value(json_object_get(body->json, "at")));
    if (body->json == NULL)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "BODY"};
    else if (body->data == NULL)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "SEAL"};
    else
        return judge_current(batch, event, body, out, error);
    return true;
}

/* An epoch begins anew with its nonce. */
static const uint8_t *prev_wanted(const struct batch *batch)
{
    return batch->kiosk.head_epoch == batch->epoch ? batch->kiosk.head_hash : batch->nonce;
}

/* Those of the whole batch at once, when the first of them matters. */
static bool ids_read(struct batch *batch, GError **error)
{
    if (batch->ids != NULL)
        return true;
    batch->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return db_event_ids_taken(batch->db, batch->events, batch->count, batch->ids, error);
}

static bool judge_chain(struct batch *batch, const struct event_row *event, struct outcome *out,
                        GError **error)
{
    *out = (struct outcome){.verdict = STORE_CONFLICT};
    if (memcmp(event->prev, prev_wanted(batch), 32) != 0) {
        out->code = "CHAIN_BROKEN";
        return true;
    }
    if (!batch->bodies[event - batch->events].hash_right) {
        out->code = "HASH_WRONG";
        return true;
    }
    if (!ids_read(batch, error))
        return false;
    if (g_hash_table_contains(batch->ids, event->id))
        out->code = ID_REUSED;
    else
        out->verdict = STORE_ACCEPTED;
    return true;
}

/* Effects of a body that is not accepted are taken back; an alarm that it raises is kept by itself. */
static bool judge_in_savepoint(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out,
                               GError **error)
{
    if (!db_savepoint(batch->db, "event", error) || !judge_body(batch, event, body, out, error))
        return false;
    if (out->verdict == STORE_ACCEPTED)
        return db_release(batch->db, "event", error);
    return db_undo(batch->db, "event", error);
}

/* Most are accepted, and most that are not have written nothing by then. The few others make their batch begin once more; so does an end
 * that is none for the intent before it, of which nothing is written. */
static bool judge_at_once(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    uint64_t runs = db_runs(batch->db);
    bool held = batch->pair.held;

    if (!judge_body(batch, event, body, out, error))
        return false;
    batch->again = out->verdict != STORE_ACCEPTED && (held || db_runs(batch->db) != runs);
    return !batch->again;
}

static bool judge_effects(struct batch *batch, const struct event_row *event, const struct body *body, struct outcome *out, GError **error)
{
    bool ok = batch->careful ? judge_in_savepoint(batch, event, body, out, error) : judge_at_once(batch, event, body, out, error);

    return ok && (out->verdict == STORE_ACCEPTED || alarm_of_outcome(batch->db, out, event->kiosk, batch->now_ms, error));
}

/* Before anything looks at events. */
bool judged_write(struct batch *batch, GError **error)
{
    bool ok = db_events_add(batch->db, (const struct event_judged *)(const void *)batch->judged->data, batch->judged->len, batch->now_ms, error);

    g_array_set_size(batch->judged, 0);
    return ok;
}

bool judge(struct batch *batch, const struct event_row *event, struct outcome *out, GError **error)
{
    if (!judge_chain(batch, event, out, error))
        return false;
    batch->again = out->verdict != STORE_ACCEPTED && batch->pair.held;
    if (batch->again)
        return false;
    if (out->verdict != STORE_ACCEPTED)
        return db_kiosk_alarm_set(batch->db, event->kiosk, out->code, error);
    const struct body *body = &batch->bodies[event - batch->events];
    if (body->room != NULL && credit_reads_events(body->type) && !judged_write(batch, error))
        return false;
    return body->room != NULL ? judge_effects(batch, event, body, out, error) : judge_body(batch, event, body, out, error);
}
