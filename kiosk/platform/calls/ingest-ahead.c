/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before the transaction: nobody else waits for what is read and reckoned here, nor for keys that lie elsewhere. Where processors
 * are idle, as when a single kiosk brings what it has, they take parts of the batch.
 */
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

static bool body_open(struct batch *batch, size_t i, GError **error)
{
    const struct event_row *event = &batch->events[i];
    struct body *out = &batch->bodies[i];
    uint8_t hash[32];

    chain_hash(event->prev, event->epoch, event->seq, event->id, event->body, event->body_len, hash);
    out->hash_right = memcmp(hash, event->hash, sizeof hash) == 0;
    out->json = body_parse(event);
    out->data = seal_open_members(&batch->seal, event->id, json_object_get(out->json, "data"));
    out->type = json_string_value(json_object_get(out->json, "type"));
    out->room = out->data != NULL ? room_of_type(out->type) : NULL;
    return true;
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

/* A token is asked only about what is new by its place: a batch that comes again has its answers already. */
static bool payment_look(struct batch *batch, size_t i, GError **error)
{
    struct body *body = &batch->bodies[i];

    return body->data == NULL ||
           payments_ahead(batch->platform, body->type, body->data, batch->events[i].seq > batch->asked_to, &body->payment, error);
}

static bool payment_seal(struct batch *batch, size_t i, GError **error)
{
    struct payment_ahead *payment = batch->bodies[i].payment;

    if (payment != NULL && !payments_pair(payment, payment_behind(batch, i)))
        payments_ahead_seal(batch->platform, payment);
    return true;
}

static bool body_and_payment(struct batch *batch, size_t i, GError **error)
{
    return body_open(batch, i, error) && payment_look(batch, i, error);
}

/* ---- By several ---- */

#define EVENTS_AT_ONCE 10 /* whoever helps takes so many, and comes for more */
#define HELPERS_MAX    3

typedef bool (*event_fn)(struct batch *batch, size_t i, GError **error);

/* What is to be done with each event of a batch. It outlives the batch where somebody comes to help too late. */
struct common_work {
    gatomicrefcount refs;
    GMutex lock;
    GCond rested;
    struct batch *batch;
    event_fn fn;
    size_t count, next; /* those before `next` are done, or under work */
    unsigned working;
    GError *error;      /* the first one: nothing is begun after it */
};

static void work_unref(struct common_work *work)
{
    if (!g_atomic_ref_count_dec(&work->refs))
        return;
    g_mutex_clear(&work->lock);
    g_cond_clear(&work->rested);
    g_clear_error(&work->error);
    g_free(work);
}

/* Under the lock, which is left for the time of the work. */
static void some_events(struct common_work *work)
{
    size_t from = work->next, to = MIN(from + EVENTS_AT_ONCE, work->count);
    GError *error = NULL;

    work->next = to;
    work->working++;
    g_mutex_unlock(&work->lock);
    for (size_t i = from; i < to && error == NULL; i++)
        if (!work->fn(work->batch, i, &error) && error == NULL)
            g_set_error_literal(&error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "an event could not be read");
    g_mutex_lock(&work->lock);
    work->working--;
    if (error != NULL && work->error == NULL)
        work->error = g_steal_pointer(&error);
    g_clear_error(&error);
}

static void work_on(struct common_work *work, bool to_the_end)
{
    g_mutex_lock(&work->lock);
    while (work->next < work->count && work->error == NULL)
        some_events(work);
    work->next = work->count; /* behind an error too: who comes to help now finds nothing, and the batch may be gone */
    while (to_the_end && work->working > 0)
        g_cond_wait(&work->rested, &work->lock);
    g_cond_signal(&work->rested);
    g_mutex_unlock(&work->lock);
}

static void help(gpointer data, gpointer user_data)
{
    struct common_work *work = data;

    work_on(work, false);
    work_unref(work);
}

static bool each_event(struct batch *batch, event_fn fn, unsigned helpers, GError **error)
{
    struct common_work *work = g_new0(struct common_work, 1);

    g_atomic_ref_count_init(&work->refs);
    g_mutex_init(&work->lock);
    g_cond_init(&work->rested);
    work->batch = batch;
    work->fn = fn;
    work->count = batch->count;
    for (unsigned i = 0; i < helpers && (i + 1) * EVENTS_AT_ONCE < batch->count; i++) {
        g_atomic_ref_count_inc(&work->refs);
        g_thread_pool_push(batch->platform->ingest.helpers, work, NULL); /* a thread that cannot be had now is no loss: the work waits for the next one */
    }
    work_on(work, true);
    bool ok = work->error == NULL; /* it stays there: nobody writes it any more, but who comes late may read it */
    if (!ok)
        g_propagate_error(error, g_error_copy(work->error));
    work_unref(work);
    return ok;
}

/* ---- The batch ---- */

/* Reading is work for processors, and all wait for the one who leads: a processor is left to them. So many are idle. */
static unsigned read_begin(struct ingest_queue *queue)
{
    unsigned processors = MAX(g_get_num_processors(), 2);

    g_mutex_lock(&queue->lock);
    while (queue->reading >= processors - 1)
        g_cond_wait(&queue->room, &queue->lock);
    queue->reading++;
    unsigned idle = queue->unaided ? 0 : processors - queue->reading - queue->leading;
    if (idle > 0 && queue->helpers == NULL)
        queue->helpers = g_thread_pool_new(help, NULL, HELPERS_MAX, FALSE, NULL);
    g_mutex_unlock(&queue->lock);
    return MIN(idle, HELPERS_MAX);
}

static void read_end(struct ingest_queue *queue)
{
    g_mutex_lock(&queue->lock);
    queue->reading--;
    g_cond_signal(&queue->room);
    g_mutex_unlock(&queue->lock);
}

/* Keys that lie elsewhere may be slow to answer: nobody else waits for that. */
static bool read_far(struct batch *batch, unsigned helpers, GError **error)
{
    (void)each_event(batch, body_open, helpers, NULL);
    read_end(&batch->platform->ingest);
    return head_read(batch, batch->name, &batch->asked_to, error) && each_event(batch, payment_look, 0, error) &&
           each_event(batch, payment_seal, 0, error);
}

bool batch_read(struct batch *batch, GError **error)
{
    struct platform *platform = batch->platform;

    platform_seal_ring(platform, batch->name, &batch->seal);
    batch->bodies = g_new0(struct body, batch->count + 1);
    unsigned helpers = read_begin(&platform->ingest);
    if (platform->hsm != NULL)
        return read_far(batch, helpers, error);
    bool ok = each_event(batch, body_and_payment, helpers, error) && each_event(batch, payment_seal, helpers, error);
    read_end(&platform->ingest);
    return ok;
}
