/* SPDX-License-Identifier: Apache-2.0 */
/* Before the transaction: nobody else waits for what is read and reckoned here, nor for keys that lie elsewhere. */
#include "platform/calls/ingest-batch.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

/* The body repeats what is around it: an event cannot be moved to another place or kiosk. */
static json_t *body_parse(const struct event_row *event)
{
    json_t *body = wire_parse(event->body, event->body_len, NULL);
    const char *id, *kiosk, *type, *boot_id;
    int64_t seq, at, boot_ms;

    if (body != NULL && wire_get_string(body, "id", 36, &id) && strcmp(id, event->id) == 0 &&
        wire_get_string(body, "kiosk", 31, &kiosk) && strcmp(kiosk, event->kiosk) == 0 &&
        wire_get_int(body, "seq", event->seq, event->seq, &seq) &&
        wire_get_int(body, "at", 0, INT64_MAX, &at) && wire_get_string(body, "boot_id", 64, &boot_id) &&
        wire_get_int(body, "boot_ms", 0, INT64_MAX, &boot_ms) && wire_get_string(body, "type", 48, &type) &&
        json_is_object(json_object_get(body, "data")))
        return body;
    json_decref(body);
    return NULL;
}

static void body_open(const struct batch *batch, const struct event_row *event, struct body *out)
{
    uint8_t hash[32];

    chain_hash(event->prev, event->epoch, event->seq, event->id, event->body, event->body_len, hash);
    out->hash_right = memcmp(hash, event->hash, sizeof hash) == 0;
    out->json = body_parse(event);
    out->data = seal_open_members(&batch->seal, event->id, json_object_get(out->json, "data"));
    out->type = json_string_value(json_object_get(out->json, "type"));
    out->room = out->data != NULL ? room_of_type(out->type) : NULL;
}

void bodies_open(struct batch *batch)
{
    batch->bodies = g_new0(struct body, batch->count + 1);
    for (size_t i = 0; i < batch->count; i++)
        body_open(batch, &batch->events[i], &batch->bodies[i]);
}

void bodies_close(struct batch *batch)
{
    for (size_t i = 0; batch->bodies != NULL && i < batch->count; i++) {
        payments_ahead_free(batch->bodies[i].payment);
        json_decref(batch->bodies[i].data);
        json_decref(batch->bodies[i].json);
    }
    g_clear_pointer(&batch->bodies, g_free);
}

static bool head_read(struct batch *batch, const char *kiosk, int64_t *head_seq, GError **error)
{
    struct kiosk_row row;
    bool found, ok;

    if (!db_begin(batch->db, false, error))
        return false;
    ok = db_kiosk_find(batch->db, kiosk, &row, &found, error);
    db_rollback(batch->db);
    *head_seq = ok && found ? row.head_seq : 0;
    return ok;
}

/* What the event behind that one tells of a payment, if nothing can come between. */
const struct payment_ahead *payment_behind(const struct batch *batch, size_t i)
{
    return i + 1 < batch->count && batch->events[i + 1].seq == batch->events[i].seq + 1 ? batch->bodies[i + 1].payment : NULL;
}

static void payments_seal(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->bodies[i].payment != NULL && !payments_pair(batch->bodies[i].payment, payment_behind(batch, i)))
            payments_ahead_seal(batch->platform, batch->bodies[i].payment);
}

/* A token is asked only about what is new by its place: a batch that comes again has its answers already. */
bool payments_look(struct batch *batch, GError **error)
{
    int64_t head_seq = 0;

    if (batch->platform->hsm != NULL && !head_read(batch, batch->name, &head_seq, error))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        struct body *body = &batch->bodies[i];
        if (body->data != NULL &&
            !payments_ahead(batch->platform, body->type, body->data, batch->events[i].seq > head_seq, &body->payment, error))
            return false;
    }
    payments_seal(batch);
    return true;
}
