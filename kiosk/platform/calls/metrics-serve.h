/* SPDX-License-Identifier: Apache-2.0 */
/** Metrics on an address of their own, plain HTTP: GET /metrics and nothing else. */
#ifndef PLATFORM_METRICS_SERVE_H
#define PLATFORM_METRICS_SERVE_H

#include "platform/platform.h"

struct metrics_server;
/** `listen` "ADDRESS:PORT". Opens a connection of its own to the database, so that nobody who pushes waits for it. */
struct metrics_server *metrics_serve(struct platform *platform, const char *listen, GError **error);
const char *metrics_server_address(const struct metrics_server *server);
void metrics_serve_end(struct metrics_server *server);

#endif
