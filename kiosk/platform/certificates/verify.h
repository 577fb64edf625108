/* SPDX-License-Identifier: Apache-2.0 */
/** The page on which anybody sees whether a certificate is right: GET /verify?number=N&code=C, the address in its QR code. */
#ifndef PLATFORM_VERIFY_H
#define PLATFORM_VERIFY_H

#include "platform/calls/handlers.h"

#define VERIFY_PATH       "/verify"
#define VERIFY_STYLE_PATH "/verify/style.css"

/** Are these pages for everybody? Then the query comes as it is, and no certificate is asked for. */
bool verify_path(const char *path);
void call_verify(struct platform *platform, const struct request *request, struct reply *out);
void call_verify_style(struct platform *platform, const struct request *request, struct reply *out);

/** Come later (429, 503): a page for who takes HTML, else a problem. In place of the handler, or of what it had to say. */
void verify_later(const struct request *request, struct reply *out, unsigned status, const char *code);

#endif
