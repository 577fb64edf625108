/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is, signed: the platform answers our fresh nonce, so that no answer of yesterday can pass for today's. Asked
 * once after each start and then every minute; while a request listens for news this is also the sign that the platform is
 * still there. What follows from it is model/clockwatch.h.
 */
#include "sync/round.h"
#include "sync/signed.h"
#include "model/clock.h"

#include <string.h>

#define TIME_EVERY_MS INT64_C(60000)

bool time_due(const struct round *round)
{
    return !round->time_signed || clock_boot_ms() - round->time_boot_ms >= TIME_EVERY_MS;
}

static bool payload_read(const struct round *round, json_t *payload, const char *nonce, int64_t *server_ms)
{
    const char *text, *kiosk;

    return wire_get_string(payload, "nonce", 64, &text) && strcmp(text, nonce) == 0 &&
           wire_get_string(payload, "kiosk", 31, &kiosk) && strcmp(kiosk, round->identity->kiosk_id) == 0 &&
           wire_get_int(payload, "server_time", 0, INT64_MAX, server_ms) && wire_time_plausible(*server_ms);
}

static bool answer_take(struct round *round, json_t *answer, const char *nonce, const struct clock_reading *sent,
                        const struct clock_reading *received, GError **error)
{
    json_t *payload = signed_open(signing_key(round, answer), answer, error);
    int64_t server_ms;
    bool good = payload != NULL && payload_read(round, payload, nonce, &server_ms);

    if (payload != NULL && !good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE, "the signed time is not the answer to our question");
    good = good && store_clock_signed(round->store, server_ms, sent, received, error);
    json_decref(payload);
    return good;
}

bool time_ask(struct round *round, GError **error)
{
    struct clock_reading sent, received;
    uint8_t bytes[16];
    char nonce[33];
    g_autofree char *path = NULL;
    json_t *answer;
    bool good;

    random_bytes(bytes, sizeof bytes);
    path = g_strconcat("/v1/time?nonce=", wire_hex(bytes, sizeof bytes, nonce), NULL);
    clock_read(&sent);
    answer = round_call(round, path, NULL, error);
    clock_read(&received);
    good = answer != NULL && answer_take(round, answer, nonce, &sent, &received, error);
    json_decref(answer);
    if (good) {
        round->time_signed = true;
        round->time_boot_ms = received.boot_ms;
    }
    return good;
}
