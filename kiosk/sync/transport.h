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

/**
 * A file that is fetched piece by piece: Range and If-Range of RFC 9110. The body of a 206 or 200 answer goes to `take` as it comes,
 * in order, and not into the response; any other answer is a document as usual. Its size and time are for `take` to bound.
 */
struct http_file {
    int64_t from;     /* bytes that are here already */
    const char *etag; /* what they are of: strong, with its quotes */
    void *ctx;
    /** `at`: where these bytes belong; a 200 begins at 0 again. False ends the transfer: SYNC_ERROR_FILE. */
    bool (*take)(void *ctx, int64_t at, const void *bytes, size_t len);
};

/** What became of a request that listens: see transport.listen. */
enum listening { LISTEN_NOT, LISTEN_PENDING, LISTEN_HEARD, LISTEN_LOST };

/** One exchange: GET when `body` is NULL, else POST of JSON. All borrowed for the call. */
struct http_call {
    const char *path; /* with query */
    const char *body;
    size_t body_len;
    const struct http_file *file; /* NULL: a document */
    const char *idempotency_key; /* NULL: none */
    const char *session;         /* secret of a tap, for Authorization; NULL: none */
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
    /**
     * A second exchange beside the others, whose answer may be put off for `wait_s` seconds; NULL where there is no such
     * thing. sleep() ends early when it comes. heard() tells once what became of it; after LISTEN_HEARD the response is the
     * caller's to clear. hush() drops one that is under way.
     */
    bool (*listen)(void *ctx, const char *path, unsigned wait_s);
    enum listening (*heard)(void *ctx, struct http_response *out);
    void (*hush)(void *ctx);
    /** Go on under this certificate and key (PEM); NULL: this transport has none. */
    bool (*renew)(void *ctx, const char *cert_pem, const char *key_pem);
    /** From now on the server has to be of one of these authorities (PEM); NULL: this transport knows none. */
    bool (*trust)(void *ctx, const char *authorities);
    void (*free)(void *ctx);
};

#endif
