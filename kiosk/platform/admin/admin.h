/* SPDX-License-Identifier: Apache-2.0 */
/** The page for operators and decision makers: GET /admin and its style. */
#ifndef PLATFORM_ADMIN_H
#define PLATFORM_ADMIN_H

#include "platform/calls/handlers.h"

#define ADMIN_PATH       "/admin"
#define ADMIN_STYLE_PATH "/admin/style.css"

/** Roles, as they stand in certificates. */
#define ADMIN_OPERATOR       "operator"
#define ADMIN_DECISION_MAKER "decision-maker"

void call_admin(struct platform *platform, const struct request *request, struct reply *out);
void call_admin_style(struct platform *platform, const struct request *request, struct reply *out);

#endif
