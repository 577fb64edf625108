/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PERSONS_SERVE_H
#define PLATFORM_PERSONS_SERVE_H

#include "platform/calls/handlers.h"

#include "platform/persons/taps.h"

#define PERSONS_PATH "/v1/persons/"
#define CARE_PROFILES_PATH   "/v1/care/profiles"
#define CARE_HOUSEHOLDS_PATH "/v1/care/households/"

/** POST /v1/taps: a challenge for the card on the reader. */
void call_tap(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/sessions: the card's answer, for a session. */
void call_session(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/sessions/end: the card was taken. */
void call_session_end(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/me: what the session's card may see. */
void call_me(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/me/access-log: who looked. */
void call_me_access_log(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/persons/TOKEN: staff look at somebody, for a reason. */
void call_person(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/care/profiles: what is due in the grids of whose session it is. */
void call_care_profiles(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/care/households/N: one of them. */
void call_care_household(struct platform *platform, const struct request *request, struct reply *out);

/** An answer (stolen), what refuses it, or trouble (`error`, stolen). */
void reply_or_refusal(struct reply *out, json_t *answer, const struct tap_refusal *refusal, GError *error);
/** The secret of "Authorization: Bearer SECRET"; NULL: there is none. */
const char *request_secret(const struct request *request);

#endif
