/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An anchor fixes the head of a kiosk's journal: signed by the kiosk, kept here, and compared with our own copy of the chain
 * now (MATCH, MISMATCH) or, when the kiosk is ahead, as soon as that event has come (AHEAD). Who rewrites a journal later has
 * to break a signature as well, at whichever end it was done.
 */
#include "platform/calls/calls.h"
#include "platform/calls/enrolment.h"
#include "platform/data/db-authorities.h"
#include "platform/data/db-rows.h"
#include "platform/calls/ingest.h"
#include "platform/keys/pki.h"
#include "platform/keys/signing.h"
#include "model/model.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

/* ---- Time ---- */

#define NONCE_MIN 16
#define NONCE_MAX 64

static bool nonce_ok(const char *nonce)
{
    size_t len = strlen(nonce);

    return len >= NONCE_MIN && len <= NONCE_MAX && strspn(nonce, "0123456789abcdef") == len;
}

static json_t *signed_time(struct platform *platform, const struct request *request, GError **error)
{
    int64_t server_time = now_ms();
    json_t *json = json_pack("{s:s, s:I, s:s}", "nonce", request->nonce, "server_time", (json_int_t)server_time,
                             "kiosk", request->kiosk);
    char *payload = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    g_autofree char *signature = payload != NULL
                                     ? pki_sign(platform->sign_key, payload, strlen(payload), error)
                                     : NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    json_t *answer = NULL;

    json_decref(json);
    if (signature != NULL && signed_key_id(platform->sign_public, key_id))
        answer = json_pack("{s:I, s:s, s:s, s:s}", "server_time", (json_int_t)server_time, "payload", payload,
                           "signature", signature, "key_id", key_id);
    free(payload);
    return answer;
}

void call_time(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;

    if (request->nonce == NULL) {
        reply_json(out, 200, "application/json", json_pack("{s:I}", "server_time", (json_int_t)now_ms()));
        return;
    }
    if (!nonce_ok(request->nonce)) {
        handlers_problem(out, 400, "MALFORMED", "nonce is 16 to 64 lower-case hex digits");
        return;
    }
    if (!kiosk_may(platform, request, out))
        return;
    json_t *answer = signed_time(platform, request, &error);
    reply_or_error(out, answer, error, 503, "UNAVAILABLE");
}

void call_signing_keys(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    json_t *list = signing_introductions(platform->data_dir, &error);
    json_t *answer = list != NULL ? json_pack("{s:o, s:I}", "introductions", list, "server_time", (json_int_t)now_ms()) : NULL;

    reply_or_error(out, answer, error, 503, "UNAVAILABLE");
}

/* ---- Authorities ---- */

/* Written when it changes, and not at each asking. */
static bool known_keep(struct platform *platform, const char *kiosk, int64_t known, GError **error)
{
    int64_t before = -1;

    if (!db_begin(platform->db, false, error))
        return false;
    bool ok = db_kiosk_authorities_get(platform->db, kiosk, &before, error);
    db_rollback(platform->db);
    if (!ok || before == known)
        return ok;
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_kiosk_authorities_set(platform->db, kiosk, known, now_ms(), error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

void call_authorities(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    gint64 known = 0;
    json_t *envelope = NULL, *answer = NULL;

    if (request->known != NULL && !g_ascii_string_to_signed(request->known, 10, 0, G_MAXINT64, &known, NULL)) {
        handlers_problem(out, 400, "MALFORMED", "known is the version that the kiosk has, 0 for none");
        return;
    }
    if (known_keep(platform, request->kiosk, known, &error))
        envelope = authorities_envelope(platform, &error);
    if (envelope != NULL)
        answer = json_pack("{s:o, s:I}", "authorities", envelope, "server_time", (json_int_t)now_ms());
    reply_or_error(out, answer, error, 503, "UNAVAILABLE");
}

/* ---- Anchors ---- */

static bool anchor_read(const char *text, const char *kiosk, struct anchor_row *out)
{
    json_t *json = wire_parse(text, strlen(text), NULL);
    const char *name;
    bool ok = json != NULL && wire_get_string(json, "kiosk", 31, &name) && strcmp(name, kiosk) == 0 &&
              wire_get_int(json, "epoch", 1, INT32_MAX, &out->epoch) &&
              wire_get_int(json, "seq", 1, INT64_MAX, &out->seq) &&
              wire_get_hex(json, "hash", out->hash, sizeof out->hash) &&
              wire_get_int(json, "at", 0, INT64_MAX, &out->at_ms);

    json_decref(json);
    out->kiosk = kiosk;
    return ok;
}

static bool argument(GError **error, const char *what)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, what);
    return false;
}

/* What we have ourselves at that place of the chain. */
static bool anchor_judge(struct db *db, struct anchor_row *anchor, GError **error)
{
    struct event_found found;

    if (!db_event_find(db, anchor->kiosk, anchor->epoch, anchor->seq, &found, error))
        return false;
    anchor->state = !found.found                           ? "AHEAD"
                    : memcmp(found.hash, anchor->hash, 32) ? "MISMATCH"
                                                           : "MATCH";
    if (strcmp(anchor->state, "MISMATCH") == 0 &&
        !db_kiosk_alarm_set(db, anchor->kiosk, "ANCHOR_MISMATCH", error))
        return false;
    return db_anchor_add(db, anchor, now_ms(), error);
}

static bool anchor_keep(struct db *db, struct anchor_row *anchor, GError **error)
{
    g_autofree char *pem = NULL;

    if (!db_certificate_pem(db, anchor->kiosk, anchor->serial, &pem, error))
        return false;
    if (pem == NULL || !pki_signed_by(pem, anchor->text, strlen(anchor->text), anchor->signature)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE,
                            "the anchor is not signed with the key of this certificate");
        return false;
    }
    return anchor_judge(db, anchor, error);
}

static json_t *anchor_take(struct platform *platform, const struct request *request, json_t *json, GError **error)
{
    struct anchor_row anchor = {.serial = request->certificate};

    if (!wire_get_string(json, "anchor", 512, &anchor.text) ||
        !wire_get_string(json, "signature", 128, &anchor.signature) ||
        !anchor_read(anchor.text, request->kiosk, &anchor)) {
        argument(error, "anchor {kiosk, epoch, seq, hash, at} as text, and its signature, are needed");
        return NULL;
    }
    if (!db_begin(platform->db, true, error))
        return NULL;
    if (!anchor_keep(platform->db, &anchor, error)) {
        db_rollback(platform->db);
        return NULL;
    }
    if (!db_commit(platform->db, error))
        return NULL;
    return json_pack("{s:s, s:I}", "state", anchor.state, "server_time", (json_int_t)now_ms());
}

void call_anchor(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out);
    GError *error = NULL;

    if (json == NULL)
        return;
    json_t *answer = anchor_take(platform, request, json, &error);
    json_decref(json);
    reply_or_error(out, answer, error, 403, "SIGNATURE");
}

/* ---- Dead letters ---- */

void call_letter(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out);
    GError *error = NULL;

    if (json == NULL)
        return;
    json_t *answer = ingest_letter(platform, request->kiosk, request->certificate, json, now_ms(), &error);
    json_decref(json);
    reply_or_error(out, answer, error, 403, "KIOSK_UNKNOWN");
}

/* ---- A new certificate under the old one ---- */

void call_renew(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out), *answer = NULL;
    GError *error = NULL;
    const char *csr;

    if (json == NULL)
        return;
    if (wire_get_string(json, "csr", 4096, &csr))
        answer = enrolment_renew(platform, request->kiosk, request->certificate, csr, now_ms(), &error);
    else
        argument(&error, "csr is needed");
    json_decref(json);
    reply_or_error(out, answer, error, 403, "KIOSK_UNKNOWN");
}
