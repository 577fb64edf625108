/* SPDX-License-Identifier: Apache-2.0 */
/** HTTPS by libmicrohttpd and GnuTLS: the only place that knows them. */
#ifndef PLATFORM_HTTP_H
#define PLATFORM_HTTP_H

#include "platform/platform.h"

struct server;
/** `listen` "ADDRESS:PORT" (IPv6 in brackets); port 0 takes a free one. */
struct server *server_start(struct platform *platform, const char *listen, GError **error);
/** "127.0.0.1:8443". */
const char *server_address(const struct server *server);
/** Take no new connections, let requests under way end (at most five seconds), stop. NULL is allowed. */
void server_drain(struct server *server);

#endif
