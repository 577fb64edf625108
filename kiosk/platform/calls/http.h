/* SPDX-License-Identifier: Apache-2.0 */
/** HTTPS by libmicrohttpd and GnuTLS: this, http-answer.c, tls.c and metrics-serve.c are the places that know them. */
#ifndef PLATFORM_HTTP_H
#define PLATFORM_HTTP_H

#include "platform/platform.h"

struct server;
/** `listen` "ADDRESS:PORT" (IPv6 in brackets); port 0 takes a free one. `socket` one that listens there already, −1: none. */
struct server *server_start(struct platform *platform, const char *listen, int socket, GError **error);
/** "127.0.0.1:8443". */
const char *server_address(const struct server *server);
/** The server's certificate and the authorities of kiosks were changed, maybe: what begins now is under the new ones. */
bool server_reload(struct server *server, bool *changed, GError **error);
/**
 * From now on /v1/health says 503 DRAINING, so that a load balancer sends nobody here any more, those who wait for news are answered
 * at once, and each connection ends with its next answer. Everything is still served.
 */
void server_drain_begin(struct server *server);
/** Take no new connections, let requests under way end (at most five seconds), stop. NULL is allowed. */
void server_drain(struct server *server);

#endif
