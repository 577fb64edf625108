/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Once a day the head of our journal goes to the platform, signed with the key of our certificate, and the journal notes that
 * it did. A journal that is rewritten later no longer leads to that head; a platform that rewrites what it has of us cannot
 * show our signature for it. Sent when nothing waits to be pushed; a failure is tried again in an hour and takes nothing else
 * with it.
 */
#include "sync/round.h"
#include "sync/credentials.h"
#include "model/clock.h"

#include <stdlib.h>
#include <string.h>

#define ANCHOR_EVERY_MS INT64_C(86400000)
#define TRY_EVERY_MS    INT64_C(3600000)

static bool due(struct round *round)
{
    int64_t now_boot_ms = clock_boot_ms();
    uint8_t hash[32];

    if (round->key == NULL || (round->anchor_tried_ms != 0 && now_boot_ms - round->anchor_tried_ms < TRY_EVERY_MS))
        return false;
    if (store_head(round->store, hash) == 0 || store_outbox_waiting(round->store) != 0)
        return false;
    round->anchor_tried_ms = MAX(now_boot_ms, 1);
    int64_t last_ms = store_anchored_ms(round->store);
    return last_ms >= 0 && store_true_ms(round->store) - last_ms >= ANCHOR_EVERY_MS;
}

struct head {
    int64_t epoch, seq, at_ms;
    char hash[65];
};

static char *head_text(const struct round *round, struct head *head)
{
    uint8_t hash[32];
    json_t *json;
    char *text;

    head->seq = store_head_place(round->store, &head->epoch, hash);
    head->at_ms = store_true_ms(round->store);
    json = json_pack("{s:s, s:I, s:I, s:s, s:I}", "kiosk", round->identity->kiosk_id, "epoch",
                     (json_int_t)head->epoch, "seq", (json_int_t)head->seq, "hash", wire_hex(hash, 32, head->hash),
                     "at", (json_int_t)head->at_ms);
    text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static json_t *post(struct round *round, const char *text, const char *signature, GError **error)
{
    json_t *body, *answer = NULL;
    char *request;

    body = json_pack("{s:s, s:s}", "anchor", text, "signature", signature);
    request = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (request != NULL)
        answer = round_call(round, "/v1/anchors", request, error);
    else
        crypto_failed(error, "writing an anchor");
    free(request);
    return answer;
}

/* With what was signed, by what, and what checks it: whoever has the journal can show it without the platform. */
static json_t *note_data(const struct round *round, const struct head *head, const char *text, const char *signature,
                         const char *state)
{
    g_autofree char *certificate = round->cert_pem != NULL ? credentials_certificate_der(round->cert_pem) : NULL;
    json_t *data = json_pack("{s:I, s:I, s:s, s:I, s:s}", "epoch", (json_int_t)head->epoch, "seq", (json_int_t)head->seq,
                             "hash", head->hash, "at", (json_int_t)head->at_ms, "state", state);

    if (data == NULL || certificate == NULL)
        return data;
    json_object_set_new(data, "anchor", json_string(text));
    json_object_set_new(data, "signature", json_string(signature));
    json_object_set_new(data, "certificate", json_string(certificate));
    return data;
}

static bool note(struct round *round, const struct head *head, const char *text, const char *signature, json_t *answer,
                 GError **error)
{
    const char *state;

    if (!wire_get_string(answer, "state", 16, &state) ||
        (strcmp(state, "MATCH") != 0 && strcmp(state, "AHEAD") != 0 && strcmp(state, "MISMATCH") != 0)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "an anchor's answer without its state");
        return false;
    }
    if (strcmp(state, "MISMATCH") == 0)
        g_critical("the platform has another journal of this kiosk at row %" G_GINT64_FORMAT, head->seq);
    json_t *data = note_data(round, head, text, signature, state);
    bool done = data != NULL && store_append(round->store, "journal.anchored", data, NULL, error);
    json_decref(data);
    return done;
}

static bool send(struct round *round, const char *text, const struct head *head, GError **error)
{
    g_autofree char *signature = credentials_sign(round->key, text, strlen(text), error);
    json_t *answer = signature != NULL ? post(round, text, signature, error) : NULL;
    bool done = answer != NULL && note(round, head, text, signature, answer, error);

    json_decref(answer);
    return done;
}

bool anchor_send(struct round *round, GError **error)
{
    GError *why = NULL;
    struct head head;
    char *text = due(round) ? head_text(round, &head) : NULL;
    bool done;

    if (text == NULL)
        return true;
    done = send(round, text, &head, &why);
    free(text);
    round->more = done; /* the note is to be pushed */
    return done || round_spare(&round->anchor_tried_ms, "the journal is not anchored", why, error);
}
