/* SPDX-License-Identifier: Apache-2.0 */
/** Take a batch of events, exactly once: see ingest.c. */
#ifndef PLATFORM_INGEST_H
#define PLATFORM_INGEST_H

#include <jansson.h>
#include "platform/platform.h"

/**
 * `request` is the body of POST /v1/events of this kiosk. New reference to the answer, and everything it says is durable.
 * NULL with PLATFORM_ERROR_ARGUMENT: the request is malformed (400); PLATFORM_ERROR_KIOSK_…: the kiosk is not that of
 * `certificate` any more (403); anything else: nothing was kept, try again (503).
 */
json_t *ingest_batch(struct platform *platform, const char *kiosk, const char *certificate, json_t *request, int64_t now_ms,
                     GError **error);
/**
 * The body of POST /v1/deadletter: one event whose bytes are base64, so that they may be anything. It takes its place in the
 * chain like any other and gets its verdict; the raw bytes are kept beside. The same answer.
 */
json_t *ingest_letter(struct platform *platform, const char *kiosk, const char *certificate, json_t *request, int64_t now_ms, GError **error);

#endif
