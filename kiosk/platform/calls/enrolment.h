/* SPDX-License-Identifier: Apache-2.0 */
/** One-time codes and the enrolment of a kiosk. */
#ifndef PLATFORM_ENROLMENT_H
#define PLATFORM_ENROLMENT_H

#include <jansson.h>
#include "platform/platform.h"

#define ENROLMENT_CODE_HOURS 24
#define ENROLMENT_TRIES      3

/** "K0001": 2 to 16 of A–Z, 0–9 and "-". */
bool enrolment_kiosk_id_ok(const char *id);

/**
 * A fresh code for this kiosk (made known when it is new), valid for a day and for one use; an older code ends. g_free'd
 * "XXXX-XXXX-XXXX" of Crockford's base 32: 60 random bits. The database holds a salted hash only.
 */
char *enrolment_code_new(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);

/**
 * `request` {kiosk, code, csr}. New reference to the answer. PLATFORM_ERROR_ARGUMENT: malformed (400);
 * PLATFORM_ERROR_STATE: refused (403), in words that do not tell a guesser which part was wrong.
 */
json_t *enrolment_accept(struct platform *platform, json_t *request, int64_t now_ms, GError **error);

/**
 * A new certificate for who is the kiosk with `certificate` still: NEXT until its first use. New reference to the answer.
 * PLATFORM_ERROR_ARGUMENT: malformed (400); PLATFORM_ERROR_KIOSK_…: it is that no more.
 */
json_t *enrolment_renew(struct platform *platform, const char *kiosk, const char *certificate, const char *csr, int64_t now_ms, GError **error);
/** The first use of a renewed certificate makes it the one; the older is out from then on. False with PLATFORM_ERROR_KIOSK_…: it is not NEXT any more. */
bool enrolment_renewed(struct platform *platform, const char *kiosk, const char *certificate, GError **error);

/** Shut a kiosk out at once: its quotas are over, what it had begun is left to the others. PLATFORM_ERROR_STATE: there is none. */
bool enrolment_revoke(struct platform *platform, const char *id, int64_t now_ms, GError **error);

#endif
