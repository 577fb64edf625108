/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One JSON object a line on stderr: each request, and each incident that GLib's log is told of. What is in a line is listed
 * here and nothing else gets in: no body, no query, no header, no card, no name.
 */
#ifndef PLATFORM_LOG_H
#define PLATFORM_LOG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct log_request {
    const char *id;      /* also the answer's header Request-Id */
    const char *call;    /* "POST /v1/events", as in the contract; "other" */
    const char *kiosk;   /* of a verified certificate; "" none */
    const char *problem; /* its code; NULL none */
    unsigned status;
    int64_t ms;
};

/**
 * From now on all of GLib's log goes to stderr as lines of at most this level: "error", "warning", "info" (each request), "debug". Under
 * systemd each line begins with its priority. False: there is no such level. `node` names this node.
 */
bool log_start(const char *level, const char *node);
/** Requests that failed on our side are warnings; all others are info. */
void log_request(const struct log_request *request);

#endif
