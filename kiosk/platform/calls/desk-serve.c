/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/desk-serve.h"
#include "platform/calls/persons-serve.h"
#include "platform/content/content.h"
#include "platform/money/loads.h"
#include "platform/persons/cards.h"
#include "model/card.h"
#include "model/clock.h"
#include <stdlib.h>
#include <string.h>

/* ---- Files ---- */

void call_file_take(struct platform *platform, const struct request *request, struct reply *out)
{
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out);

    if (json == NULL)
        return;
    json_t *answer = files_take(platform, request->kiosk, json, now_ms(), &refusal, &error);
    json_decref(json);
    reply_or_refusal(out, answer, &refusal, error);
}

/* *bytes NULL without error: there is no such file for everybody, or `out` says 416. */
static bool file_bytes(struct db *db, const struct request *request, const char *id, struct reply *out, GByteArray **bytes, GError **error)
{
    struct file_row row;
    int64_t from, to;
    char etag[68];
    bool found = false;

    if (!db_file_find(db, id, &row, &found, error))
        return false;
    if (!found || row.personal) {
        handlers_problem(out, 404, "NOT_FOUND", NULL);
        return true;
    }
    g_snprintf(etag, sizeof etag, "\"%s\"", id);
    if (!reply_range(request, row.told.length, etag, out, &from, &to))
        return true;
    *bytes = db_file_bytes(db, &row, from, to, error);
    return *bytes != NULL;
}

void call_file(struct platform *platform, const struct request *request, struct reply *out)
{
    const char *id = request->path + strlen(FILE_PATH);
    GByteArray *bytes = NULL;
    GError *error = NULL;

    if (!file_id_valid(id))
        id = ""; /* asked all the same: a database that is not there is told before a name that cannot be */
    bool ok = db_begin(platform->db, false, &error);
    if (ok) {
        ok = file_bytes(platform->db, request, id, out, &bytes, &error);
        db_rollback(platform->db);
    }
    if (!ok) {
        memset(out, 0, sizeof *out);
        reply_or_error(out, NULL, error, 503, "UNAVAILABLE");
        return;
    }
    if (bytes == NULL)
        return;
    struct reply head = *out;
    reply_bytes(out, "application/octet-stream", bytes->data, bytes->len);
    g_byte_array_unref(bytes);
    if (out->status != 200)
        return;
    out->status = head.status;
    out->raw = true;
    memcpy(out->etag, head.etag, sizeof out->etag);
    memcpy(out->content_range, head.content_range, sizeof out->content_range);
}

/* ---- Cards ---- */

/* The part of the path behind CARDS_PATH; false: it is no token. */
static bool token_of(const char *path, char token[33])
{
    const char *text = path + strlen(CARDS_PATH);
    size_t len = strcspn(text, "/");

    if (len != 32 || strspn(text, "0123456789abcdef") != 32)
        return false;
    g_strlcpy(token, text, 33);
    return true;
}

void call_card(struct platform *platform, const struct request *request, struct reply *out)
{
    char token[33];
    struct card_call call = {.kiosk = request->kiosk, .secret = request_secret(request), .token = token};
    struct tap_refusal refusal = {0};
    GError *error = NULL;

    if (!token_of(request->path, token)) {
        handlers_problem(out, 400, "MALFORMED", "a card is named by its token");
        return;
    }
    json_t *answer = cards_look(platform, &call, now_ms(), &refusal, &error);
    reply_or_refusal(out, answer, &refusal, error);
}

/* The secret of the second session; NULL when there is none. False: it is no text. */
static bool second_read(json_t *json, const char **out)
{
    json_t *second = json_object_get(json, "second");

    *out = json_string_value(second);
    return json_is_object(json) && (second == NULL || (*out != NULL && strlen(*out) == 2 * TAP_SECRET_SIZE));
}

#define REASON_BYTES_MAX 200

/* "": as the card is. */
static bool cause_fits(const char *cause)
{
    enum card_state state;

    return cause != NULL && (*cause == '\0' || (card_state_parse(cause, &state) && state != CARD_NEW && state != CARD_ACTIVE &&
                                                state != CARD_REPLACED));
}

/* The new card, and why: only of a replacement. */
static bool replaced_read(json_t *json, struct card_call *call)
{
    json_t *cause = json_object_get(json, "cause");

    call->successor = json_string_value(json_object_get(json, "successor"));
    call->reason = json_string_value(json_object_get(json, "reason"));
    call->cause = cause == NULL ? "" : json_string_length(cause) > 0 ? json_string_value(cause) : NULL;
    return call->successor != NULL && strlen(call->successor) == 32 && strspn(call->successor, "0123456789abcdef") == 32 &&
           call->reason != NULL && *call->reason != '\0' && strlen(call->reason) <= REASON_BYTES_MAX && cause_fits(call->cause);
}

static void report(struct platform *platform, const struct request *request, enum card_word word, struct reply *out)
{
    char token[33], key[37];
    struct card_call call = {.kiosk = request->kiosk, .secret = request_secret(request), .token = token, .key = key, .word = word};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out);

    if (json == NULL)
        return;
    if (!token_of(request->path, token) || !second_read(json, &call.second) || (word != CARD_WORD_LOST && call.second == NULL) ||
        (word == CARD_WORD_REPLACED && !replaced_read(json, &call)))
        refusal = (struct tap_refusal){.status = 400, .code = "MALFORMED"};
    else if (!idempotency_key_read(request->idempotency_key, key))
        refusal = (struct tap_refusal){.status = 400, .code = "IDEMPOTENCY_KEY"};
    json_t *answer = refusal.status == 0 ? cards_report(platform, &call, now_ms(), &refusal, &error) : NULL;
    json_decref(json); /* texts of the call end with it */
    reply_or_refusal(out, answer, &refusal, error);
}

void call_card_lost(struct platform *platform, const struct request *request, struct reply *out)
{
    report(platform, request, CARD_WORD_LOST, out);
}

void call_card_found(struct platform *platform, const struct request *request, struct reply *out)
{
    report(platform, request, CARD_WORD_FOUND, out);
}

void call_card_replaced(struct platform *platform, const struct request *request, struct reply *out)
{
    report(platform, request, CARD_WORD_REPLACED, out);
}
