/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What this node did since it was started, counted for the operator: by call, status class and verdict, never by kiosk, card or person,
 * so that the number of series is fixed when the program is built. Counting is one atomic addition; everything that costs more is
 * done when somebody asks. Thread safe, one for the process.
 */
#ifndef PLATFORM_METRICS_H
#define PLATFORM_METRICS_H

#include "platform/platform.h"
#include <glib.h>
#include <jansson.h>

/** An answer: `call` is handlers_call()'s, −1 none of ours; `ms` from its headers to its answer, without what it waited for news. */
void metrics_request(int call, unsigned status, int64_t ms);
/** One was sent away because too many are under way. */
void metrics_throttled(void);
/** One's client had left before a thread came to it: nothing was done. */
void metrics_abandoned(void);
/** The verdicts of a batch that was committed. */
void metrics_verdicts(const json_t *verdicts);
/** How long an event lay at its kiosk before it was taken. */
void metrics_event_age(int64_t age_ms);
void metrics_waiting(int change); /* +1: a request waits for news, −1: no more */
void metrics_draining(bool draining);
/** Ends of the certificates that are served now, s UTC. */
void metrics_certificates(int64_t server_end_s, int64_t authority_end_s, int64_t authority_old_end_s);

/** Prometheus' text format 0.0.4, g_free. `db` may be one that does not answer: then what it knows is left away. */
char *metrics_page(struct db *db);

#endif
