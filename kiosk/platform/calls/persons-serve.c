/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/persons-serve.h"
#include "platform/care/care.h"
#include "platform/persons/snapshot.h"
#include "model/clock.h"
#include <string.h>

/* An answer, what refuses it, or trouble. */
void reply_or_refusal(struct reply *out, json_t *answer, const struct tap_refusal *refusal, GError *error)
{
    if (answer != NULL || refusal->status == 0) {
        reply_or_error(out, answer, error, 503, "UNAVAILABLE");
        return;
    }
    g_clear_error(&error);
    handlers_problem(out, refusal->status, refusal->code, NULL);
    if (refusal->retry_after_s > 0)
        out->retry_after_s = refusal->retry_after_s;
}

/* The secret of "Authorization: Bearer SECRET"; NULL: there is none. */
const char *request_secret(const struct request *request)
{
    static const char scheme[] = "Bearer ";
    const char *text = request->authorization;

    if (text == NULL || g_ascii_strncasecmp(text, scheme, sizeof scheme - 1) != 0)
        return NULL;
    return text + sizeof scheme - 1;
}

typedef json_t *(*posted_fn)(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms,
                             struct tap_refusal *refusal, GError **error);

static void posted(struct platform *platform, const struct request *request, struct reply *out, posted_fn run)
{
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out);

    if (json == NULL)
        return;
    json_t *answer = run(platform, request->kiosk, json, now_ms(), &refusal, &error);
    json_decref(json);
    reply_or_refusal(out, answer, &refusal, error);
}

void call_tap(struct platform *platform, const struct request *request, struct reply *out)
{
    posted(platform, request, out, taps_challenge);
}

void call_session(struct platform *platform, const struct request *request, struct reply *out)
{
    posted(platform, request, out, taps_open);
}

void call_session_end(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    json_t *json = request_json(request, out);

    if (json == NULL)
        return;
    json_decref(json);
    bool ended = taps_end(platform, request->kiosk, request_secret(request), now_ms(), &error);
    reply_or_error(out, ended ? json_pack("{s:I}", "server_time", (json_int_t)now_ms()) : NULL, error, 503, "UNAVAILABLE");
}

static void read_person(struct platform *platform, const struct request *request, const char *purpose, const char *card,
                        struct reply *out)
{
    struct snapshot_request asked = {.kiosk = request->kiosk, .secret = request_secret(request), .purpose = purpose,
                                     .case_id = request->case_id, .cursor = request->cursor, .who = request->who, .card = card};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *answer = snapshot_read(platform, &asked, now_ms(), &refusal, &error);

    reply_or_refusal(out, answer, &refusal, error);
}

void call_me(struct platform *platform, const struct request *request, struct reply *out)
{
    read_person(platform, request, request->purpose, NULL, out);
}

void call_me_access_log(struct platform *platform, const struct request *request, struct reply *out)
{
    read_person(platform, request, purpose_name(PURPOSE_ACCESS), NULL, out);
}

void call_person(struct platform *platform, const struct request *request, struct reply *out)
{
    read_person(platform, request, request->purpose, request->path + strlen(PERSONS_PATH), out);
}

static void read_care(struct platform *platform, const struct request *request, const char *household, struct reply *out)
{
    struct care_request asked = {.kiosk = request->kiosk, .secret = request_secret(request), .purpose = request->purpose,
                                 .cursor = request->cursor, .household = household};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *answer = care_read(platform, &asked, now_ms(), &refusal, &error);

    reply_or_refusal(out, answer, &refusal, error);
}

void call_care_profiles(struct platform *platform, const struct request *request, struct reply *out)
{
    read_care(platform, request, NULL, out);
}

void call_care_household(struct platform *platform, const struct request *request, struct reply *out)
{
    read_care(platform, request, request->path + strlen(CARE_HOUSEHOLDS_PATH), out);
}
