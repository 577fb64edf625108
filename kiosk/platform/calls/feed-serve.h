/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_FEED_SERVE_H
#define PLATFORM_FEED_SERVE_H

#include <jansson.h>
#include "platform/platform.h"

/**
 * One page of the feed after `cursor` ("" from the beginning), and the newest version of the hotlist. New reference. Only for who is
 * the kiosk still: `certificate` is the serial of the request's; else PLATFORM_ERROR_KIOSK_… (403).
 * PLATFORM_ERROR_ARGUMENT: not a cursor; PLATFORM_ERROR_STATE: of another database (410).
 */
json_t *feed_serve(struct platform *platform, const char *kiosk, const char *certificate, const char *cursor, int64_t limit,
                   int64_t now_ms, GError **error);

#endif
