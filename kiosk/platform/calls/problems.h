/* SPDX-License-Identifier: Apache-2.0 */
/** Every problem (RFC 9457) that this platform can send, in one place: the registry of kiosk/sync/openapi.json is checked against it. */
#ifndef PLATFORM_PROBLEMS_H
#define PLATFORM_PROBLEMS_H

#include <stddef.h>

/** `type` of a problem is this and its code. */
#define PROBLEM_TYPE "urn:citycard:problem:"

struct problem {
    const char *code;
    unsigned status;
    const char *title; /* one plain sentence, at most 80 bytes: a kiosk shows it to staff */
};

extern const struct problem problems[];
extern const size_t problems_count;

/** NULL: no such problem. */
const struct problem *problem_find(const char *code);

#endif
