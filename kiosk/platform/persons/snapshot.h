/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What somebody may see of a person: the fields that the purpose needs, masked, with a time, and one row of the access log in the
 * same transaction. Without that row there is no answer.
 */
#ifndef PLATFORM_SNAPSHOT_H
#define PLATFORM_SNAPSHOT_H

#include "platform/persons/taps.h"

#define SNAPSHOT_HOLDS_MAX      16
#define SNAPSHOT_BILLS_MAX      50
#define SNAPSHOT_ATTENDANCE_MAX 50
#define SNAPSHOT_PAGE_MAX       50 /* entries, rows of the access log */
#define SNAPSHOT_CURSOR_MAX     80
/** Persons that one of the staff may look at within an hour. */
#define SNAPSHOT_STAFF_HOUR_MAX 60

struct snapshot_request {
    const char *kiosk, *secret;          /* who asks, and by which session */
    const char *purpose, *case_id, *cursor; /* as they came; NULL not given */
    const char *who;                     /* of the access log: "others" leaves out what the person looked at; NULL: all of it */
    const char *card;                    /* NULL: the session's own; else staff look at this one */
};

/** As taps_challenge(). */
json_t *snapshot_read(struct platform *platform, const struct snapshot_request *request, int64_t now_ms,
                      struct tap_refusal *refusal, GError **error);

/**
 * Inside a transaction: may whose session it is look at the owner of this card here? Not at themselves, not at too many people in an
 * hour. False with `refusal`, or status 0: trouble.
 */
bool snapshot_staff_fits(struct db *db, const struct tap_session *session, const char *card, const char *kiosk, int64_t now_ms,
                         struct tap_refusal *refusal, GError **error);

#endif
