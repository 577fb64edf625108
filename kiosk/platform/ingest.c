/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exactly once. An event's place is (kiosk, epoch, seq); its name is its id; its content is fixed by its hash, and the
 * hashes of a kiosk form a chain whose head is kept here. For each event of a batch, in one transaction of the database:
 *
 *   place taken, same id and hash       duplicate (or the verdict of the first time, when that was not "accepted")
 *   place taken, other hash             conflict SEQ_FORK: two disks with one name. Kept beside, alarm
 *   seq beyond the head + 1             retry GAP: what is between has to come first
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
 */
#include "platform/ingest.h"
#include "platform/db-rows.h"
#include "platform/payments.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

struct batch {
    struct platform *platform;
    struct db *db;
    struct kiosk_row kiosk;
    int64_t epoch, now_ms;
    json_t *verdicts;
    struct seal_ring seal; /* of the kiosk */
};

static bool event_read(json_t *json, struct event_row *out)
{
    json_t *body = json_object_get(json, "body");

    if (!json_is_object(json) || !wire_get_int(json, "seq", 1, INT64_MAX - 1, &out->seq) ||
        !wire_get_string(json, "id", 36, &out->id) || !uuid_valid(out->id) ||
        !wire_get_hex(json, "prev", out->prev, sizeof out->prev) ||
        !wire_get_hex(json, "hash", out->hash, sizeof out->hash) ||
        !wire_get_string(json, "body", WIRE_PUSH_BYTES_MAX, &out->body))
        return false;
    out->body_len = json_string_length(body);
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

/* ---- Judging the content of the next event ---- */

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

static bool judge_body(struct batch *batch, const struct event_row *event, struct outcome *out,
                       GError **error)
{
    json_t *body = body_parse(event);
    json_t *data = seal_open_members(&batch->seal, event->id, json_object_get(body, "data"));
    const char *type = json_string_value(json_object_get(body, "type"));
    bool ok = true;

    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    if (body == NULL)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "BODY"};
    else if (data == NULL)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "SEAL"};
    else if (payments_type(type))
        ok = payments_apply(batch->platform, event->kiosk, type, data, batch->now_ms,
                            out, error);
    else if (strcmp(type, "receipt.printed") != 0)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = "TYPE"};
    json_decref(data);
    json_decref(body);
    return ok;
}

static bool judge_chain(struct batch *batch, const struct event_row *event, struct outcome *out,
                        GError **error)
{
    uint8_t hash[32];
    bool taken;

    *out = (struct outcome){.verdict = STORE_CONFLICT};
    if (memcmp(event->prev, batch->kiosk.head_hash, 32) != 0) {
        out->code = "CHAIN_BROKEN";
        return true;
    }
    chain_hash(event->prev, event->epoch, event->seq, event->id, event->body, event->body_len, hash);
    if (memcmp(hash, event->hash, sizeof hash) != 0) {
        out->code = "HASH_WRONG";
        return true;
    }
    if (!db_event_id_taken(batch->db, event->id, &taken, error))
        return false;
    if (taken)
        out->code = "ID_REUSED";
    else
        out->verdict = STORE_ACCEPTED;
    return true;
}

/* Effects of a body that is not accepted are taken back; the mark of a wrong TAC is then set again by itself. */
static bool judge(struct batch *batch, const struct event_row *event, struct outcome *out, GError **error)
{
    if (!judge_chain(batch, event, out, error))
        return false;
    if (out->verdict != STORE_ACCEPTED)
        return db_kiosk_alarm_set(batch->db, event->kiosk, out->code, error);
    if (!db_savepoint(batch->db, error) || !judge_body(batch, event, out, error))
        return false;
    if (out->verdict == STORE_ACCEPTED)
        return db_release(batch->db, error);
    if (!db_undo(batch->db, error))
        return false;
    return out->tac_payment[0] == '\0' || db_payment_tac_set(batch->db, out->tac_payment, "WRONG", error);
}

/* ---- Placing one event ---- */

static bool take_next(struct batch *batch, const struct event_row *event, GError **error)
{
    struct outcome out;

    if (!judge(batch, event, &out, error) ||
        !db_event_add(batch->db, event, wire_verdict_name(out.verdict), out.code, batch->now_ms, error) ||
        !db_kiosk_head_set(batch->db, event->kiosk, event->seq, event->hash, batch->now_ms, error))
        return false;
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

static bool take_event(struct batch *batch, const struct event_row *event, GError **error)
{
    struct event_found stored;
    enum store_verdict verdict;

    if (!db_event_find(batch->db, event->kiosk, event->epoch, event->seq, &stored, error))
        return false;
    if (stored.found) {
        if (strcmp(stored.id, event->id) != 0 || memcmp(stored.hash, event->hash, 32) != 0)
            return set_aside(batch, event, "SEQ_FORK", error);
        if (!wire_verdict_parse(stored.verdict, &verdict))
            return false;
        return answer(batch, event, verdict == STORE_ACCEPTED ? STORE_DUPLICATE : verdict, stored.code);
    }
    if (event->epoch != batch->kiosk.epoch)
        return set_aside(batch, event, event->epoch < batch->kiosk.epoch ? "EPOCH_OLD" : "EPOCH_UNKNOWN",
                         error);
    if (event->seq > batch->kiosk.head_seq + 1)
        return answer(batch, event, STORE_RETRY, "GAP");
    return take_next(batch, event, error);
}

/* ---- The batch ---- */

static json_t *finish(struct batch *batch)
{
    char hash[65];

    wire_hex(batch->kiosk.head_hash, 32, hash);
    return json_pack("{s:O, s:{s:I, s:I, s:s}, s:I}", "verdicts", batch->verdicts, "head", "epoch",
                     (json_int_t)batch->kiosk.epoch, "seq", (json_int_t)batch->kiosk.head_seq, "hash", hash,
                     "server_time", (json_int_t)batch->now_ms);
}

static bool take_all(struct batch *batch, const struct event_row *events, size_t count, const char *kiosk,
                     GError **error)
{
    bool found;

    if (!db_kiosk_find(batch->db, kiosk, &batch->kiosk, &found, error))
        return false;
    if (!found) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "kiosk is gone");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!take_event(batch, &events[i], error))
            return false;
    return true;
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

json_t *ingest_batch(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms,
                     GError **error)
{
    struct batch batch = {.platform = platform, .db = platform->db, .now_ms = now_ms};
    size_t count;
    g_autofree struct event_row *events = events_read(request, kiosk, &batch.epoch, &count, error);
    json_t *done = NULL;

    if (events == NULL)
        return NULL;
    if (!db_begin(batch.db, true, error))
        return NULL;
    batch.verdicts = json_array();
    platform_seal_ring(platform, kiosk, &batch.seal);
    if (!take_all(&batch, events, count, kiosk, error)) {
        db_rollback(batch.db);
        if (error != NULL && *error == NULL)
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a batch could not be kept");
    } else if (db_commit(batch.db, error)) {
        done = finish(&batch);
    }
    json_decref(batch.verdicts);
    OPENSSL_cleanse(&batch.seal, sizeof batch.seal);
    return done;
}
