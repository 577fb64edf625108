/* SPDX-License-Identifier: Apache-2.0 */
/** A platform whose answers a test can change on their way out; every lawful exchange is checked against openapi.json. */
#ifndef TEST_FRONT_H
#define TEST_FRONT_H

#include "platform/calls/handlers.h"
#include "rig.h"

/** True: `out` is the answer. False: the platform's own. `front_truncated()` may be set as content type. */
typedef bool (*front_hook)(void *data, const struct request *request, struct reply *out);
struct front;
/** Serves the platform of data_dir in this process, on a free port. */
struct front *front_new(const char *data_dir);
unsigned front_port(const struct front *front);
struct platform *front_platform(struct front *front);
void front_set(struct front *front, front_hook hook, void *data);
/** Exchanges so far that were the platform's own and right. */
unsigned front_checked(const struct front *front);
void front_free(struct front *front);

/** A content type that makes the front cut the connection in the middle of the body. */
#define FRONT_TRUNCATED "application/json; truncated"

/** The same of the body that the reply has: its first half goes out, and then the connection is gone. */
#define FRONT_CUT "application/octet-stream; cut"

#endif
