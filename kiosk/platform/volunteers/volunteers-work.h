/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this room share. */
#ifndef PLATFORM_VOLUNTEERS_WORK_H
#define PLATFORM_VOLUNTEERS_WORK_H

#include "platform/volunteers/volunteers.h"

/** Put the verdict's code, NULL for VOLUNTEER_OK; true. */
bool volunteers_no(const char **out, enum volunteer_code code);

/** Each takes an event's data, as volunteers_apply(). */
bool volunteers_star(struct db *db, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);
bool volunteers_dispute(struct db *db, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);

#endif
