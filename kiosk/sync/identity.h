/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_IDENTITY_H
#define SYNC_IDENTITY_H

#include <jansson.h>
#include "sync/sync.h"

/** The enrolment's answer and platform.json have the same members. Strict. */
bool identity_from_json(json_t *json, struct sync_identity *out);

#endif
