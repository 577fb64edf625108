/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_CERTIFICATES_SERVE_H
#define PLATFORM_CERTIFICATES_SERVE_H

#include "platform/calls/handlers.h"

#define CERTIFICATES_PATH "/v1/certificates"

/** GET: what can be certified of the person of the session, and what was. */
void call_certificates(struct platform *platform, const struct request *request, struct reply *out);
/** POST: one more, or the same again. */
void call_certificate_make(struct platform *platform, const struct request *request, struct reply *out);

#endif
