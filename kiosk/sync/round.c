/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/http.h"
#include "sync/round.h"
#include "model/model.h"
#include <string.h>

#define AGREE_MS INT64_C(300000) /* as far as two right clocks may be apart */

/* A mark ahead of both clocks came from one that ran ahead once: without this the kiosk would be closed until then. Our own
 * clock alone could have been set back, the platform's alone may be wrong: only together they take the mark back. */
static bool keep_time(struct round *round, int64_t server_ms, int64_t our_ms, GError **error)
{
    bool agree = ABS(server_ms - our_ms) <= AGREE_MS;

    if (agree && store_time_high(round->store) > MAX(server_ms, our_ms) + AGREE_MS)
        return store_time_correct(round->store, server_ms, error);
    return store_time_raise(round->store, server_ms, error);
}

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
    return keep_time(round, server_ms, received_ms, error);
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
        if (http_expect(&response, 200, error))
            answer = wire_parse(response.body->str, response.body->len, error);
        if (answer != NULL && !take_time(round, answer, sent_ms, received_ms, error))
            g_clear_pointer(&answer, json_decref);
    } else {
        round->http_status = 0;
        round->retry_after_s = 0;
    }
    http_response_clear(&response);
    return answer;
}

bool round_lost(const GError *error)
{
    return g_error_matches(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT) ||
           g_error_matches(error, SYNC_ERROR, SYNC_ERROR_TLS) ||
           g_error_matches(error, SYNC_ERROR, SYNC_ERROR_STOPPED);
}
