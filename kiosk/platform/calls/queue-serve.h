/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_QUEUE_SERVE_H
#define PLATFORM_QUEUE_SERVE_H

#include "platform/calls/handlers.h"

#define QUEUE_TICKETS_PATH "/v1/queue-tickets"
#define QUEUE_STEPS_PATH   "/v1/queues/steps"

/** POST /v1/queue-tickets: a number for whoever stands at this kiosk. */
void call_queue_ticket(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/queues/steps: what the member of the staff whose session it is says at a counter. */
void call_queue_step(struct platform *platform, const struct request *request, struct reply *out);

#endif
