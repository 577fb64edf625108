/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/http.h"
#include "sync/round.h"
#include "model/model.h"
#include <string.h>

/* For the status only: what counts is signed, see time.c. */
static bool take_time(struct round *round, json_t *answer, int64_t sent_ms, int64_t received_ms, GError **error)
{
    int64_t server_ms, round_trip_ms = MAX(received_ms - sent_ms, 0);

    if (!wire_get_int(answer, "server_time", 0, INT64_MAX, &server_ms) || !wire_time_plausible(server_ms)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer has no believable server_time");
        return false;
    }
    if (!round->time_known || round_trip_ms < round->round_trip_ms) {
        round->clock_offset_ms = server_ms - (sent_ms + received_ms) / 2;
        round->round_trip_ms = round_trip_ms;
        round->time_known = true;
    }
    return true;
}

/* The code of a problem (RFC 9457), so that callers can tell one refusal from another. */
static void take_problem(struct round *round, const struct http_response *response)
{
    json_t *problem = NULL;
    const char *code;

    round->problem[0] = '\0';
    if (response->status >= 400 && g_str_has_prefix(response->content_type, "application/problem+json"))
        problem = wire_parse(response->body->str, response->body->len, NULL);
    if (problem != NULL && wire_get_string(problem, "code", sizeof round->problem - 1, &code))
        g_strlcpy(round->problem, code, sizeof round->problem);
    json_decref(problem);
}

json_t *round_call(struct round *round, const char *path, const char *body, GError **error)
{
    struct http_call call = {.path = path, .body = body, .body_len = body != NULL ? strlen(body) : 0};
    struct http_response response;
    int64_t sent_ms = now_ms(), received_ms;
    json_t *answer = NULL;

    if (round->transport->request(round->transport->ctx, &call, &response, error)) {
        received_ms = now_ms();
        round->http_status = (int)response.status;
        round->retry_after_s = response.retry_after_s;
        take_problem(round, &response);
        if (http_expect(&response, 200, error))
            answer = wire_parse(response.body->str, response.body->len, error);
        if (answer != NULL && !take_time(round, answer, sent_ms, received_ms, error))
            g_clear_pointer(&answer, json_decref);
        round->pair_answered |= answer != NULL;
    } else {
        round->http_status = 0;
        round->retry_after_s = 0;
        round->problem[0] = '\0';
    }
    http_response_clear(&response);
    return answer;
}

bool round_connection_lost(const GError *error)
{
    return g_error_matches(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT) ||
           g_error_matches(error, SYNC_ERROR, SYNC_ERROR_TLS) ||
           g_error_matches(error, SYNC_ERROR, SYNC_ERROR_STOPPED);
}

bool round_spare(int64_t *tried_ms, const char *what, GError *why, GError **error)
{
    if (round_connection_lost(why)) {
        *tried_ms = 0;
        g_propagate_error(error, why);
        return false;
    }
    g_warning("%s: %s", what, why != NULL ? why->message : "no memory");
    g_clear_error(&why);
    return true;
}
