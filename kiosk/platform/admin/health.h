/* SPDX-License-Identifier: Apache-2.0 */
/** When a kiosk was last heard of, with what software, and how much it has still to tell. */
#ifndef PLATFORM_HEALTH_H
#define PLATFORM_HEALTH_H

#include "platform/calls/handlers.h"

#define HEALTH_BEHIND_MAX INT64_C(9007199254740991)

/** Outside of a transaction; a request without `behind` does not tell it. Written seldom: see db_health_due(). */
bool health_heard(struct platform *platform, const struct request *request, int64_t now_ms, GError **error);

#endif
