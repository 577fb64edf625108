/* SPDX-License-Identifier: Apache-2.0 */
/** Two calls for a kiosk whose disk is a copy, a new one, or damaged: its own events back, and an epoch to go on in. */
#ifndef PLATFORM_EPOCHS_H
#define PLATFORM_EPOCHS_H

#include <jansson.h>
#include "platform/platform.h"

/** GET /v1/events: what stands behind the place (epoch, after). New reference, NULL with error; of both calls
 *  PLATFORM_ERROR_KIOSK_…: the kiosk is not that of `certificate` any more. */
json_t *epochs_serve(struct platform *platform, const char *kiosk, const char *certificate, int64_t epoch, int64_t after, int64_t limit,
                     int64_t now_ms, GError **error);
/**
 * POST /v1/epoch: the next epoch and its nonce. PLATFORM_ERROR_STATE when the head that the kiosk tells is behind ours or
 * another one: then it has to fetch first.
 */
json_t *epochs_raise(struct platform *platform, const char *kiosk, const char *certificate, json_t *request, int64_t now_ms, GError **error);

/** {epoch, seq, hash} of the last event. */
json_t *epochs_head_json(int64_t epoch, int64_t seq, const uint8_t hash[32]);

#endif
