/* SPDX-License-Identifier: Apache-2.0 */
/** When a kiosk was last heard of, with what software, and how much it has still to tell. */
#ifndef PLATFORM_HEALTH_H
#define PLATFORM_HEALTH_H

#include "platform/calls/handlers.h"

/** Outside of a transaction; `behind` of a request that is no number is not told. Written seldom: see db_health_due(). */
bool health_heard(struct platform *platform, const struct request *request, int64_t now_ms, GError **error);

#endif
