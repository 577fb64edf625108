/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_HOTLIST_SERVE_H
#define PLATFORM_HOTLIST_SERVE_H

#include "platform/calls/handlers.h"

#define HOTLIST_FILE_PATH "/v1/hotlist/"

/** GET /v1/hotlist?since=V: deltas that lead on from V, or the manifest of a file when that is nearer. */
void call_hotlist(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/hotlist/V: the file, whole or from a byte on (RFC 9110 14). */
void call_hotlist_file(struct platform *platform, const struct request *request, struct reply *out);

#endif
