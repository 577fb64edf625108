/* SPDX-License-Identifier: Apache-2.0 */
/** What both of the platform's HTTP servers say and where they listen. */
#ifndef PLATFORM_HTTP_ANSWER_H
#define PLATFORM_HTTP_ANSWER_H

#include "platform/calls/handlers.h"
#include <microhttpd.h>
#include <sys/socket.h>

/** Takes what the reply has. `id` is the request's, `last`: the connection ends with this answer. */
enum MHD_Result http_answer(struct MHD_Connection *connection, struct reply *reply, const char *id, bool last);
/** "ADDRESS:PORT", IPv6 in brackets. */
bool http_listen_parse(const char *listen, struct sockaddr_storage *out, GError **error);
/** The same with the port that it really is: that of `socket`, or with −1 the daemon's own. g_free. */
char *http_listen_text(struct MHD_Daemon *daemon, int socket, const char *listen);

#endif
