/* SPDX-License-Identifier: Apache-2.0 */
/** A request of a life or of a recording, brought to a platform in this process. */
#ifndef TEST_CARRY_H
#define TEST_CARRY_H

#include "life.h"
#include "platform/calls/handlers.h"

struct carry {
    const char *method, *path;            /* with its query */
    const char *key, *range, *body;       /* NULL: none */
    const char *certificate;              /* of LIFE_KIOSK, NULL: none */
};

/** reply_clear() it; a file is read into it. */
void carry_run(struct platform *platform, const struct carry *carry, struct reply *out);
/** The number of the certificate that this platform's table has of LIFE_KIOSK. */
void carry_certificate(struct platform *platform, char serial[64]);

#endif
