/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/queue-serve.h"
#include "platform/calls/persons-serve.h"
#include "platform/money/loads.h"
#include "platform/queue/queues.h"
#include "model/clock.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

/* An optional text of up to `max` bytes, "" when it is not there. */
static bool optional(json_t *json, const char *key, size_t max, const char **out)
{
    *out = "";
    return json_object_get(json, key) == NULL || wire_get_string(json, key, max, out);
}

static bool ticket_read(json_t *json, struct queue_call *call)
{
    json_t *priority = json_object_get(json, "priority");

    call->priority = json_is_true(priority);
    return wire_get_string(json, "matter", MATTER_CODE_SIZE - 1, &call->matter) && matter_code_valid(call->matter) && (priority == NULL || json_is_boolean(priority));
}

/* What each step has to bring along. */
static bool step_read(json_t *json, struct queue_call *call)
{
    static const char *const steps[] = {"call", "recall", "skip", "serve", "done", "back", "cancel", "transfer", "pause", "resume", NULL};
    bool numbered;

    if (!wire_get_string(json, "step", 16, &call->what) || !g_strv_contains(steps, call->what) ||
        !wire_get_string(json, "counter", QUEUE_COUNTER_SIZE - 1, &call->counter) || !queue_counter_valid(call->counter) ||
        !optional(json, "groups", 26, &call->groups) || !optional(json, "ticket", 36, &call->ticket) ||
        !optional(json, "matter", MATTER_CODE_SIZE - 1, &call->matter))
        return false;
    numbered = strcmp(call->what, "call") != 0 && strcmp(call->what, "pause") != 0 && strcmp(call->what, "resume") != 0;
    for (const char *at = call->groups; *at != '\0'; at++)
        if (!queue_letter_valid(*at))
            return false;
    return numbered == (uuid_valid(call->ticket)) && (strcmp(call->what, "transfer") == 0) == matter_code_valid(call->matter);
}

typedef bool (*read_fn)(json_t *json, struct queue_call *call);
typedef json_t *(*do_fn)(struct platform *platform, const struct queue_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);

static void serve(struct platform *platform, const struct request *request, read_fn read, do_fn run, struct reply *out)
{
    char key[37];
    struct queue_call call = {.kiosk = request->kiosk, .secret = request_secret(request), .key = key, .matter = "", .ticket = "", .counter = "",
                              .groups = ""};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out), *answer = NULL;

    if (json == NULL)
        return;
    if (!read(json, &call))
        refusal = (struct tap_refusal){.status = 400, .code = "MALFORMED"};
    else if (!idempotency_key_read(request->idempotency_key, key))
        refusal = (struct tap_refusal){.status = 400, .code = "IDEMPOTENCY_KEY"};
    else
        answer = run(platform, &call, now_ms(), &refusal, &error);
    json_decref(json); /* texts of the call end with it */
    reply_or_refusal(out, answer, &refusal, error);
}

void call_queue_ticket(struct platform *platform, const struct request *request, struct reply *out)
{
    serve(platform, request, ticket_read, queues_number, out);
}

void call_queue_step(struct platform *platform, const struct request *request, struct reply *out)
{
    serve(platform, request, step_read, queues_desk, out);
}
