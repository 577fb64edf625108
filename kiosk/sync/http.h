/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One HTTPS request at a time over a kept connection, and beside it one that listens: TLS 1.3, own CA only, no redirects, no
 * proxy, every time and size bounded, bodies packed with zstd where the platform takes them. Owned by one thread; only
 * http_wake() may be called from others.
 */
#ifndef SYNC_HTTP_H
#define SYNC_HTTP_H

#include "sync/transport.h"

struct http_options {
    const char *url; /* "https://host:port" */
    const char *ca_file; /* not looked at when there is ca_pem */
    const char *ca_pem;  /* the same as text; a copy is kept */
    const char *cert_file; /* NULL, and no cert_pem: no client certificate (enrolment) */
    const char *key_pem;   /* of that certificate; a copy is kept and wiped */
    const char *cert_pem;  /* the same as text, goes before cert_file */
};

/** What a kiosk says of its software; a platform may refuse what is too old. */
#define HTTP_USER_AGENT "citycard-kiosk/" CITYCARD_VERSION

struct http;

/** `stop` is looked at with g_atomic_int_get(): when it becomes non-zero (and http_wake() is called) a request ends. */
struct http *http_new(const struct http_options *options, gint *stop, GError **error);
void http_free(struct http *http);

/** As transport.h says. */
bool http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error);
void http_response_clear(struct http_response *response);

/** True when the answer has this status and type application/json; else SYNC_ERROR_STATUS with the problem's title. */
bool http_expect(const struct http_response *response, long status, GError **error);

/** A second exchange beside the others, whose answer may be long in coming: as transport.h says. */
bool http_listen(struct http *http, const char *path, unsigned wait_s);
enum listening http_heard(struct http *http, struct http_response *out);
void http_hush(struct http *http);

/** Go on under this certificate and key; both are copied, the key is wiped in the end. */
bool http_renew(struct http *http, const char *cert_pem, const char *key_pem);

/** Only a server of these authorities (PEM, copied) from now on, also over connections that there are. */
bool http_trust(struct http *http, const char *authorities);

/** Sleep until http_wake() or timeout_ms, or until what is listened for is there. */
void http_sleep(struct http *http, int timeout_ms);
void http_wake(struct http *http);

/** The same as a transport, which owns it. */
struct transport http_transport(struct http *http);

#endif
