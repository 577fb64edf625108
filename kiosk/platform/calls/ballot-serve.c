/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/ballot-serve.h"
#include "platform/calls/persons-serve.h"
#include "platform/topics/topics.h"
#include "model/clock.h"
#include "sync/wire.h"
#include <string.h>

/* The part of the path before "/papers"; false: longer than a topic's id. */
static bool topic_of(const char *path, char topic[TOPIC_ID_SIZE])
{
    const char *text = path + strcspn(BALLOT_PAPERS_PATH, "*");
    size_t len = strcspn(text, "/");

    if (len >= TOPIC_ID_SIZE)
        return false;
    memcpy(topic, text, len);
    topic[len] = '\0';
    return true;
}

static bool paper_read(json_t *json, struct ballot_call *call)
{
    int64_t choice = 0;

    if (!wire_get_string(json, "code", PAPER_CODE_SIZE - 1, &call->code) || !paper_code_valid(call->code) ||
        !wire_get_int(json, "choice", BALLOT_FOR, BALLOT_CHOICES, &choice))
        return false;
    call->choice = (enum ballot_choice)choice;
    return true;
}

void call_ballot_paper(struct platform *platform, const struct request *request, struct reply *out)
{
    char topic[TOPIC_ID_SIZE] = "";
    struct ballot_call call = {.kiosk = request->kiosk, .secret = request_secret(request), .topic = topic};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out), *answer = NULL;

    if (json == NULL)
        return;
    if (!topic_of(request->path, topic) || !paper_read(json, &call))
        refusal = (struct tap_refusal){.status = 400, .code = "MALFORMED"};
    else
        answer = ballots_vote(platform, &call, now_ms(), &refusal, &error);
    json_decref(json); /* texts of the call end with it */
    reply_or_refusal(out, answer, &refusal, error);
}
