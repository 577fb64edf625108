/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exactly once. An event's place is (kiosk, epoch, seq); its name is its id; its content is fixed by its hash, and the
 * hashes of a kiosk form a chain whose head is kept here. For each event of a batch, in one transaction of the database:
 *
 *   place taken, same id and hash       duplicate (or the verdict of the first time, when that was not "accepted")
 *   place taken, other hash             conflict SEQ_FORK: two disks with one name. Kept beside, alarm
 *   an epoch that was never given       conflict EPOCH_UNKNOWN. Kept beside, alarm
 *   a later epoch has events            conflict EPOCH_OLD: an old disk. Kept beside, alarm
 *   a number of an earlier epoch        conflict SEQ_REUSED. Kept beside, alarm
 *   seq beyond the head + 1             retry GAP: what is between has to come first; but the first event of an epoch, which
 *                                       hangs on the epoch's nonce, tells that what is between was lost: kept, alarm
 *   else it is the next one, and it is kept whatever it holds, so that nothing behind it is blocked:
 *     prev is not our head              conflict CHAIN_BROKEN, alarm
 *     hash is not that of its bytes     conflict HASH_WRONG, alarm
 *     id seen before                    conflict ID_REUSED, alarm
 *     body does not validate            rejected
 *     a personal member does not open   rejected SEAL
 *     payment rules say no              conflict or rejected with the rule's code
 *     all well                          accepted, with its effects
 *
 * The answer goes out after the commit. A kiosk that does not get it sends the same again and meets the first line.
 *
 * Batches of several kiosks that come at the same time share a commit:
 *
 *   each thread   reads its batch: bodies, seals, hashes, TACs ─► queue ─► somebody leads? waits ─► answers its kiosk
 *   who leads     takes what is in the queue ─► BEGIN ─► batch… ─► COMMIT ─► tells the others
 *   one fails     ─► ROLLBACK ─► BEGIN ─► (savepoint ─► batch ─► release, or undo)… ─► COMMIT, and so the next groups
 *
 * Then a batch that fails is undone alone. When the whole fails, each batch is tried in a transaction of its own.
 */
#include "platform/calls/ingest.h"
#include "platform/calls/ingest-batch.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-figures.h"
#include "platform/calls/epochs.h"
#include "platform/calls/metrics.h"
#include "platform/calls/restored.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

#define GROUP_EVENTS_MAX 1000 /* of batches that share a commit: the last one waits for all */
#define WARY_GROUPS      16   /* after one that had to be taken again: a kiosk that sends what is refused costs the others little */

static bool event_read(json_t *json, struct event_row *out)
{
    json_t *body = json_object_get(json, "body");

    if (!json_is_object(json) || !wire_get_int(json, "seq", 1, INT64_MAX - 1, &out->seq) ||
        !wire_get_string(json, "id", 36, &out->id) || !uuid_valid(out->id) ||
        !wire_get_hex(json, "prev", out->prev, sizeof out->prev) ||
        !wire_get_hex(json, "hash", out->hash, sizeof out->hash) ||
        !wire_get_string(json, "body", WIRE_BODY_BYTES_MAX, &out->body))
        return false;
    out->body_len = json_string_length(body);
    out->text = out->body;
    return true;
}

static bool answer(struct batch *batch, const struct event_row *event, enum store_verdict verdict,
                   const char *code)
{
    json_t *json = json_pack("{s:I, s:s, s:s}", "seq", (json_int_t)event->seq, "id", event->id, "verdict",
                             wire_verdict_name(verdict));

    if (code != NULL && *code != '\0')
        json_object_set_new(json, "code", json_string(code));
    return json_array_append_new(batch->verdicts, json) == 0;
}

/* ---- Placing one event ---- */

/* The first event of an epoch: what is missing before it was lost at the kiosk, and is told to people. */
static bool epoch_begin(struct batch *batch, const struct event_row *event, GError **error)
{
    int64_t lost = event->seq - batch->kiosk.head_seq - 1;

    if (batch->kiosk.head_epoch == event->epoch)
        return true;
    return db_epoch_begin(batch->db, event->kiosk, event->epoch, event->seq, lost, error) &&
           (lost == 0 || db_kiosk_alarm_set(batch->db, event->kiosk, "EVENTS_LOST", error));
}

static bool take_next(struct batch *batch, const struct event_row *event, GError **error)
{
    struct outcome out;

    if (!judge(batch, event, &out, error) || !epoch_begin(batch, event, error))
        return false;
    struct event_judged judged = {event, wire_verdict_name(out.verdict), out.code};
    g_array_append_val(batch->judged, judged);
    batch->taken += out.verdict == STORE_ACCEPTED;
    batch->refused += out.verdict != STORE_ACCEPTED;
    if (out.verdict == STORE_ACCEPTED)
        g_hash_table_add(batch->ids, g_strdup(event->id));
    batch->kiosk.head_epoch = event->epoch;
    batch->kiosk.head_seq = event->seq;
    memcpy(batch->kiosk.head_hash, event->hash, 32);
    return answer(batch, event, out.verdict, out.code);
}

static bool set_aside(struct batch *batch, const struct event_row *event, const char *code, GError **error)
{
    return db_refusal_add(batch->db, event, code, batch->now_ms, error) &&
           db_kiosk_alarm_set(batch->db, event->kiosk, code, error) &&
           answer(batch, event, STORE_CONFLICT, code);
}

/* A place that no event can have any more; NULL when it may. */
static const char *place_wrong(const struct batch *batch, const struct event_row *event)
{
    if (!batch->epoch_given && !(batch->epoch_ahead && event->seq > batch->kiosk.head_seq))
        return "EPOCH_UNKNOWN";
    if (event->epoch < batch->kiosk.head_epoch)
        return "EPOCH_OLD";
    return event->seq <= batch->kiosk.head_seq ? "SEQ_REUSED" : NULL;
}

/* Behind the head there is nothing. */
static bool is_new(const struct batch *batch, const struct event_row *event)
{
    return event->epoch > batch->kiosk.head_epoch ||
           (event->epoch == batch->kiosk.head_epoch && event->seq > batch->kiosk.head_seq);
}

static bool take_event(struct batch *batch, const struct event_row *event, GError **error)
{
    struct event_found stored = {.found = false};
    enum store_verdict verdict;

    if (!is_new(batch, event) && !(judged_write(batch, error) && db_event_find(batch->db, event->kiosk, event->epoch, event->seq, &stored, error)))
        return false;
    if (stored.found) {
        if (strcmp(stored.id, event->id) != 0 || memcmp(stored.hash, event->hash, 32) != 0)
            return set_aside(batch, event, "SEQ_FORK", error);
        if (!wire_verdict_parse(stored.verdict, &verdict))
            return false;
        return answer(batch, event, verdict == STORE_ACCEPTED ? STORE_DUPLICATE : verdict, stored.code);
    }
    const char *code = place_wrong(batch, event);
    if (code != NULL)
        return set_aside(batch, event, code, error);
    if (!batch->epoch_given || (event->seq > batch->kiosk.head_seq + 1 &&
        (event->epoch == batch->kiosk.head_epoch || memcmp(event->prev, batch->nonce, 32) != 0)))
        return answer(batch, event, STORE_RETRY, "GAP");
    return take_next(batch, event, error);
}

/* ---- The batch ---- */

static json_t *finish(struct batch *batch)
{
    return json_pack("{s:O, s:o, s:I}", "verdicts", batch->verdicts, "head",
                     epochs_head_json(batch->kiosk.epoch, batch->kiosk.head_seq, batch->kiosk.head_hash), "server_time",
                     (json_int_t)batch->now_ms);
}

static bool count_day(struct batch *batch, GError **error)
{
    return (batch->taken == 0 || db_day_add(batch->db, "events", batch->name, batch->now_ms, batch->taken, 0, error)) &&
           (batch->refused == 0 || db_day_add(batch->db, "refused", batch->name, batch->now_ms, batch->refused, 0, error)) &&
           (batch->pair.paid == 0 || db_day_add(batch->db, "paid", batch->name, batch->now_ms, batch->pair.paid, batch->pair.paid_fen, error));
}

static bool head_keep(struct batch *batch, GError **error)
{
    const struct kiosk_row *kiosk = &batch->kiosk;

    return db_kiosk_head_set(batch->db, batch->name, kiosk->head_epoch, kiosk->head_seq, kiosk->head_hash, batch->now_ms, error) &&
           db_anchors_settle(batch->db, batch->name, error);
}

/* Given in a time that this database has forgotten (restored.h). Until what is before it has been told again, it comes again. */
static bool epoch_restored(struct batch *batch, GError **error)
{
    if (!restored_epoch_may(batch->db, &batch->kiosk, batch->epoch, batch->now_ms, &batch->epoch_ahead, error))
        return false;
    if (!batch->epoch_ahead)
        return true;
    if (batch->count > 0 && batch->events[0].seq == batch->kiosk.head_seq + 1) {
        memcpy(batch->nonce, batch->events[0].prev, sizeof batch->nonce);
        batch->epoch_given = true;
        return restored_epoch_take(batch->db, &batch->kiosk, &batch->events[0], batch->now_ms, error);
    }
    batch->kiosk.epoch = MAX(batch->kiosk.epoch, batch->epoch); /* in the answer only: the kiosk is right about it */
    return true;
}

static bool take_all(struct batch *batch, GError **error)
{
    /* An older machine's batch would take the numbers of the one that came after it. Epochs before its own are told under any certificate. */
    if (!questions_ask(batch, error) || !db_kiosk_still(batch->db, batch->name, batch->certificate, &batch->kiosk, error))
        return false;
    if (!db_epoch_nonce(batch->db, batch->name, batch->epoch, batch->nonce, &batch->epoch_given, error))
        return false;
    if (!batch->epoch_given && !epoch_restored(batch, error))
        return false;
    int64_t head_seq = batch->kiosk.head_seq;
    batch->taken = batch->refused = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (!take_event(batch, &batch->events[i], error))
            return false;
    return batch->kiosk.head_seq == head_seq || (judged_write(batch, error) && count_day(batch, error) && head_keep(batch, error));
}

static struct event_row *events_read(json_t *request, const char *kiosk, int64_t *epoch, size_t *count,
                                     GError **error)
{
    json_t *array = json_object_get(request, "events");
    g_autofree struct event_row *events = NULL;

    *count = json_array_size(array);
    if (!wire_get_int(request, "epoch", 1, INT32_MAX, epoch) || !json_is_array(array) ||
        *count > WIRE_PUSH_ROWS_MAX) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "epoch and at most %d events are needed",
                    WIRE_PUSH_ROWS_MAX);
        return NULL;
    }
    events = g_new0(struct event_row, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        events[i].kiosk = kiosk;
        events[i].epoch = *epoch;
        if (!event_read(json_array_get(array, i), &events[i])) {
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                        "/events/%zu is not {seq, id, prev, hash, body}", i);
            return NULL;
        }
    }
    return g_steal_pointer(&events);
}

/* ---- One batch in a transaction ---- */

/* Only one that took its place, or was refused it: what is to come again is kept then. */
static bool letter_keep(struct batch *batch, GError **error)
{
    const char *verdict = json_string_value(json_object_get(json_array_get(batch->verdicts, 0), "verdict"));

    if (batch->letter_reason == NULL || strcmp(verdict, wire_verdict_name(STORE_RETRY)) == 0)
        return true;
    return db_letter_add(batch->db, &batch->events[0], batch->letter_reason, verdict, batch->now_ms, error);
}

static void batch_forget(struct batch *batch)
{
    g_clear_pointer(&batch->verdicts, json_decref);
    g_clear_pointer(&batch->ids, g_hash_table_unref);
    g_clear_pointer(&batch->judged, g_array_unref);
    g_clear_error(&batch->error);
    batch->kept = batch->again = batch->rules.read = false;
    batch->pair = (struct payment_pair){.end = NULL};
}

static void batch_clear(struct batch *batch)
{
    batch_forget(batch);
    bodies_close(batch);
    OPENSSL_cleanse(&batch->seal, sizeof batch->seal);
}

static void batch_begin(struct batch *batch, bool careful)
{
    batch_forget(batch);
    batch->careful = careful;
    batch->tries++;
    batch->verdicts = json_array();
    batch->judged = g_array_new(FALSE, FALSE, sizeof(struct event_judged));
}

/* Its savepoint is not that of its events: an event that fails leaves its own one open. False: trouble of the database, whose
 * transaction is over. */
static bool batch_take(struct batch *batch, bool careful, GError **error)
{
    batch_begin(batch, careful);
    if (!db_savepoint(batch->db, "batch", error))
        return false;
    batch->kept = take_all(batch, &batch->error) && letter_keep(batch, &batch->error) && db_release(batch->db, "batch", &batch->error);
    if (batch->kept)
        return true;
    if (!db_undo(batch->db, "batch", error)) {
        if (batch->error != NULL && error != NULL) { /* why it could not be kept says more than that it could not be undone */
            g_clear_error(error);
            g_propagate_error(error, g_steal_pointer(&batch->error));
        }
        return false;
    }
    if (batch->again)
        return batch_take(batch, true, error);
    if (batch->error == NULL)
        g_set_error_literal(&batch->error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a batch could not be kept");
    return true;
}

/* Without a savepoint: false, and nothing of the transaction can stay. */
static bool batch_take_bare(struct batch *batch)
{
    batch_begin(batch, false);
    batch->kept = take_all(batch, &batch->error) && letter_keep(batch, &batch->error);
    return batch->kept;
}

/* `error` (stolen; NULL: none) says what became of the batch, whatever it had come to. */
static void batch_fail(struct batch *batch, GError *error)
{
    if (error == NULL)
        return;
    batch_forget(batch);
    batch->error = error;
}

static void take_alone(struct batch *batch)
{
    GError *error = NULL;
    bool kept = db_begin(batch->db, true, &error);

    if (kept && (!batch_take(batch, false, &error) || !batch->kept)) {
        db_rollback(batch->db);
        batch_fail(batch, error);
        return;
    }
    kept = kept && db_commit(batch->db, &error);
    if (!kept)
        batch_fail(batch, error);
}

/* ---- Several ---- */

/* Nearly always all is well with all of them, and nobody needs a savepoint, for which every page is kept once more as it was. False: of
 * none of them is anything kept. */
static bool take_bare(struct db *db, GPtrArray *group)
{
    bool good = db_begin(db, true, NULL);

    if (!good)
        return false;
    for (guint i = 0; good && i < group->len; i++)
        good = batch_take_bare(group->pdata[i]);
    if (good)
        return db_commit(db, NULL);
    db_rollback(db);
    return false;
}

/* False: of none of them is known that it was kept. A transaction that does not even begin would not for one of them either. */
static bool take_group(struct db *db, GPtrArray *group)
{
    g_autoptr(GError) error = NULL;
    bool good = true;

    if (!db_begin(db, true, &error)) {
        for (guint i = 0; i < group->len; i++)
            batch_fail(group->pdata[i], g_error_copy(error));
        return true;
    }
    for (guint i = 0; good && i < group->len; i++)
        good = batch_take(group->pdata[i], false, &error);
    if (good)
        good = db_commit(db, &error);
    else
        db_rollback(db);
    if (!good)
        g_warning("%u batches could not be kept together: %s", group->len, error != NULL ? error->message : "unknown");
    return good;
}

static void group_take(struct ingest_queue *queue, struct db *db, GPtrArray *group)
{
    if (queue->wary == 0 && take_bare(db, group))
        return;
    queue->wary = queue->wary == 0 ? WARY_GROUPS : queue->wary - 1;
    if (group->len > 1 && take_group(db, group))
        return;
    for (guint i = 0; i < group->len; i++)
        take_alone(group->pdata[i]);
}

/* For all of them, not for the one whose thread this is: each batch asks for its own kiosk. */
static void lead(struct ingest_queue *queue, struct db *db, GPtrArray *group)
{
    struct db_asker asker = db_thread_answers((struct db_asker){0});

    group_take(queue, db, group);
    db_thread_answers(asker);
}

/* Under the lock: what is in the queue, up to a limit. */
static GPtrArray *group_form(GQueue *queue)
{
    GPtrArray *group = g_ptr_array_new();

    for (size_t events = 0; events < GROUP_EVENTS_MAX && !g_queue_is_empty(queue);) {
        struct batch *batch = g_queue_pop_head(queue);
        events += batch->count;
        g_ptr_array_add(group, batch);
    }
    return group;
}

static void take_turn(struct ingest_queue *queue, struct batch *batch)
{
    g_mutex_lock(&queue->lock);
    g_queue_push_tail(&queue->waiting, batch);
    while (!batch->over && queue->leading)
        g_cond_wait(&queue->moved, &queue->lock);
    if (batch->over) {
        g_mutex_unlock(&queue->lock);
        return;
    }
    while (!batch->over) {
        g_autoptr(GPtrArray) group = group_form(&queue->waiting);
        queue->leading = true;
        g_mutex_unlock(&queue->lock);
        lead(queue, batch->db, group);
        g_mutex_lock(&queue->lock);
        for (guint i = 0; i < group->len; i++)
            ((struct batch *)group->pdata[i])->over = true;
        queue->leading = false;
        g_cond_broadcast(&queue->moved);
    }
    g_mutex_unlock(&queue->lock);
}

static json_t *take(struct batch *batch, GError **error)
{
    json_t *done = NULL;

    if (batch_read(batch, error)) {
        take_turn(&batch->platform->ingest, batch);
        if (batch->kept) {
            metrics_verdicts(batch->verdicts);
            done = finish(batch);
        } else {
            g_propagate_error(error, g_steal_pointer(&batch->error));
        }
    }
    batch_clear(batch);
    return done;
}

json_t *ingest_batch(struct platform *platform, const char *kiosk, const char *certificate, json_t *request, int64_t now_ms,
                     GError **error)
{
    struct batch batch = {.platform = platform, .db = platform->db, .name = kiosk, .certificate = certificate, .now_ms = now_ms};
    g_autofree struct event_row *events = events_read(request, kiosk, &batch.epoch, &batch.count, error);

    batch.events = events;
    return events != NULL ? take(&batch, error) : NULL;
}

/* ---- Dead letters ---- */

static bool letter_read(json_t *json, struct event_row *out, guchar **bytes, const char **reason)
{
    const char *text;
    gsize len = 0;

    if (!wire_get_int(json, "epoch", 1, INT32_MAX, &out->epoch) ||
        !wire_get_int(json, "seq", 1, INT64_MAX - 1, &out->seq) || !wire_get_string(json, "id", 36, &out->id) ||
        !uuid_valid(out->id) || !wire_get_hex(json, "prev", out->prev, sizeof out->prev) ||
        !wire_get_hex(json, "hash", out->hash, sizeof out->hash) || !wire_get_string(json, "reason", 96, reason) ||
        !wire_get_string(json, "body", (WIRE_LETTER_BYTES_MAX + 2) / 3 * 4, &text))
        return false;
    *bytes = g_base64_decode(text, &len);
    if (len == 0)
        return false;
    *bytes = g_realloc(*bytes, len + 1);
    (*bytes)[len] = '\0';
    out->body = (const char *)*bytes;
    out->body_len = len;
    /* Bytes that are no text lie with the letters only. */
    out->text = g_utf8_validate_len(out->body, len, NULL) ? out->body : "";
    return true;
}

json_t *ingest_letter(struct platform *platform, const char *kiosk, const char *certificate, json_t *request, int64_t now_ms, GError **error)
{
    struct event_row event = {.kiosk = kiosk};
    struct batch batch = {.platform = platform, .db = platform->db, .name = kiosk, .certificate = certificate, .now_ms = now_ms, .events = &event, .count = 1};
    g_autofree guchar *bytes = NULL;

    if (!letter_read(request, &event, &bytes, &batch.letter_reason)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "a letter is {epoch, seq, id, prev, hash, body, reason}");
        return NULL;
    }
    batch.epoch = event.epoch;
    return take(&batch, error);
}
