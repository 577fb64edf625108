/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What carries a request to the platform and its answer back. http.c does it with libcurl; the fault simulator carries them
 * over a wire of its own. Everything above (rounds, feed, push) is the same code on both.
 */
#ifndef SYNC_TRANSPORT_H
#define SYNC_TRANSPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct http_response {
    long status;
    GString *body; /* at most WIRE_ANSWER_BYTES_MAX */
    char content_type[64];
    unsigned retry_after_s; /* 0: none told */
};

/** One exchange: GET when `body` is NULL, else POST of JSON. All borrowed for the call. */
struct http_call {
    const char *path; /* with query */
    const char *body;
    size_t body_len;
    const char *idempotency_key; /* NULL: none */
};

struct transport {
    void *ctx;
    /**
     * True when a whole answer of any status arrived; false with SYNC_ERROR_TRANSPORT, _TLS, _ANSWER (too big) or _STOPPED.
     * The response must be cleared in both cases.
     */
    bool (*request)(void *ctx, const struct http_call *call, struct http_response *out, GError **error);
    /** Sleep until wake() or timeout_ms. */
    void (*sleep)(void *ctx, int timeout_ms);
    /** From any thread. */
    void (*wake)(void *ctx);
    void (*free)(void *ctx);
};

#endif
