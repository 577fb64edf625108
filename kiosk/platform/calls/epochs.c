/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk that stands before a disk it cannot trust asks for its own events, takes them over, and then for a new epoch. An
 * epoch is given only to a kiosk that knows all that we know: whoever is behind would take numbers that are taken.
 */
#include "platform/calls/epochs.h"
#include "platform/calls/restored.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"
#include "sync/wire.h"
#include <string.h>

#define ANSWER_BYTES_MAX (1024u * 1024)
#define REASON_MAX       32

json_t *epochs_head_json(int64_t epoch, int64_t seq, const uint8_t hash[32])
{
    char hex[65];

    return json_pack("{s:I, s:I, s:s}", "epoch", (json_int_t)epoch, "seq", (json_int_t)seq, "hash",
                     wire_hex(hash, 32, hex));
}

json_t *epochs_serve(struct platform *platform, const char *kiosk_id, const char *certificate, int64_t epoch, int64_t after, int64_t limit,
                     int64_t now_ms, GError **error)
{
    struct kiosk_row kiosk;
    json_t *events = NULL;
    bool more = false;

    if (!db_begin(platform->db, false, error))
        return NULL;
    if (db_kiosk_still(platform->db, kiosk_id, certificate, &kiosk, error))
        events = db_events_after(platform->db, kiosk_id, epoch, after, limit, ANSWER_BYTES_MAX, &more, error);
    db_rollback(platform->db);
    if (events == NULL)
        return NULL;
    return json_pack("{s:o, s:b, s:o, s:I}", "events", events, "more", more, "head",
                     epochs_head_json(kiosk.epoch, kiosk.head_seq, kiosk.head_hash), "server_time", (json_int_t)now_ms);
}

struct claim {
    int64_t epoch, seq;
    uint8_t hash[32];
    const char *reason;
};

static bool claim_read(json_t *request, struct claim *claim)
{
    json_t *head = json_object_get(request, "head");

    return json_is_object(head) && wire_get_int(head, "epoch", 0, INT32_MAX, &claim->epoch) &&
           wire_get_int(head, "seq", 0, INT64_MAX - 1, &claim->seq) &&
           wire_get_hex(head, "hash", claim->hash, sizeof claim->hash) &&
           wire_get_string(request, "reason", REASON_MAX, &claim->reason) && *claim->reason != '\0' &&
           claim->reason[strspn(claim->reason, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static bool raise_locked(struct platform *platform, struct kiosk_row *kiosk, const struct claim *claim, int64_t now_ms,
                         GError **error)
{
    if (claim->seq < kiosk->head_seq ||
        (claim->seq == kiosk->head_seq && claim->seq > 0 && memcmp(claim->hash, kiosk->head_hash, 32) != 0)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE,
                            "this platform has events of the kiosk that it has not told: fetch them first");
        return false;
    }
    int64_t step;
    if (!restored_epoch_step(platform->db, now_ms, &step, error))
        return false;
    kiosk->epoch += step;
    random_bytes(kiosk->chain_nonce, sizeof kiosk->chain_nonce);
    return db_epoch_open(platform->db, kiosk, claim->reason, now_ms, error) &&
           db_kiosk_alarm_set(platform->db, kiosk->id, "RESTORED", error);
}

static json_t *raise_answer(const struct kiosk_row *kiosk, int64_t now_ms)
{
    char nonce[65];

    return json_pack("{s:I, s:s, s:o, s:I}", "epoch", (json_int_t)kiosk->epoch, "chain_nonce",
                     wire_hex(kiosk->chain_nonce, 32, nonce), "head",
                     epochs_head_json(kiosk->epoch, kiosk->head_seq, kiosk->head_hash), "server_time",
                     (json_int_t)now_ms);
}

json_t *epochs_raise(struct platform *platform, const char *kiosk_id, const char *certificate, json_t *request, int64_t now_ms, GError **error)
{
    struct kiosk_row kiosk;
    struct claim claim;

    if (!claim_read(request, &claim)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "head and reason are needed");
        return NULL;
    }
    if (!db_begin(platform->db, true, error))
        return NULL;
    if (!db_kiosk_still(platform->db, kiosk_id, certificate, &kiosk, error) ||
        !raise_locked(platform, &kiosk, &claim, now_ms, error)) {
        db_rollback(platform->db);
        return NULL;
    }
    return db_commit(platform->db, error) ? raise_answer(&kiosk, now_ms) : NULL;
}
