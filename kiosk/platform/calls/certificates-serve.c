/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/certificates-serve.h"
#include "platform/calls/persons-serve.h"
#include "platform/certificates/certificates.h"
#include "platform/money/loads.h"
#include "model/clock.h"
#include "sync/wire.h"
#include <string.h>

void call_certificates(struct platform *platform, const struct request *request, struct reply *out)
{
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *answer = certificates_read(platform, request->kiosk, request_secret(request), now_ms(), &refusal, &error);

    reply_or_refusal(out, answer, &refusal, error);
}

/* Texts of `ask` are the request's. */
static bool ask_read(json_t *json, struct certificate_ask *ask)
{
    int64_t from, to;
    json_t *full = json_object_get(json, "full_name");

    if (!wire_get_string(json, "issuer", CERTIFICATE_ISSUER_SIZE - 1, &ask->issuer) || !wire_get_int(json, "from", 1, 99991231, &from) ||
        !wire_get_int(json, "to", 1, 99991231, &to) || !json_is_boolean(full))
        return false;
    ask->from = (uint32_t)from;
    ask->to = (uint32_t)to;
    ask->full_name = json_is_true(full);
    return true;
}

void call_certificate_make(struct platform *platform, const struct request *request, struct reply *out)
{
    char key[37];
    struct certificate_ask ask = {.kiosk = request->kiosk, .secret = request_secret(request), .request = key};
    struct tap_refusal refusal = {0};
    GError *error = NULL;
    json_t *json = request_json(request, out), *answer = NULL;

    if (json == NULL)
        return;
    if (!ask_read(json, &ask))
        refusal = (struct tap_refusal){.status = 400, .code = "MALFORMED"};
    else if (!idempotency_key_read(request->idempotency_key, key))
        refusal = (struct tap_refusal){.status = 400, .code = "IDEMPOTENCY_KEY"};
    else
        answer = certificate_make(platform, &ask, now_ms(), &refusal, &error);
    json_decref(json);
    reply_or_refusal(out, answer, &refusal, error);
}
