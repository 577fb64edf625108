/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Certificates of volunteer service (VR-7), a numbered register:
 *
 *   asked for by a card that proved itself ─► MADE: a number, what stands on it, nothing on paper that is known of
 *        │ a kiosk's printer has said that it is out (certificate.printed); each more is a reprint with the same number
 *        ▼
 *     ISSUED: whoever has number and check code sees that it is right
 *        │ two of the staff, with a reason; also before it was printed
 *        ▼
 *     WITHDRAWN
 *
 * Certified are posted hours (VR-5) of the issuing body and no others: what was signed in to at an activity is its organiser's, all else
 * that was confirmed here is the community's own body's. The volunteer's number stands on it and never the ID number (VR-8).
 */
#ifndef PLATFORM_CERTIFICATES_H
#define PLATFORM_CERTIFICATES_H

#include "platform/data/db-certificates.h"
#include "platform/persons/taps.h"

#define CERTIFICATES_LIST_MAX 10
/** Activities that stand on one by name; the rest is one line. */
#define CERTIFICATE_CONTENT_MAX 8
/** New ones of one person a day: who asks for more goes to the desk. */
#define CERTIFICATES_DAY_MAX 10

struct certificate_ask {
    const char *kiosk, *secret; /* who asks, and by which session */
    const char *request;        /* UUID: the same one is done once */
    const char *issuer;         /* "" the own body */
    uint32_t from, to;          /* YYYYMMDD, both in it */
    bool full_name;
};
/** The certificate, new reference; as taps_challenge(). Asked again for what stands on one that is good, it is that one. */
json_t *certificate_make(struct platform *platform, const struct certificate_ask *ask, int64_t now_ms, struct tap_refusal *refusal,
                         GError **error);
/** What can be certified of whose session it is, and what was: {name_masked, volunteer_no, offers, certificates, server_time}. */
json_t *certificates_read(struct platform *platform, const char *kiosk, const char *secret, int64_t now_ms, struct tap_refusal *refusal,
                          GError **error);

/** The event of a kiosk, inside its transaction; *code NULL: accepted. */
#define CERTIFICATE_PRINTED "certificate.printed"
bool certificate_type(const char *type);
bool certificate_apply(struct platform *platform, const char *kiosk, json_t *data, int64_t at_ms, const char **code, GError **error);

/** Inside a transaction, by two of the staff that two.c has judged. */
bool certificate_withdraw(struct platform *platform, const char *number, char **by, const char *reason, int64_t now_ms, GError **error);

/** A transaction of its own: one that is there by this code is changed. False with PLATFORM_ERROR_ARGUMENT: what does not fit. */
bool certificate_issuer_put(struct platform *platform, const struct certificate_issuer *issuer, int64_t now_ms, GError **error);

/** The register for staff, newest first, without names; `number` NULL: the last 200. New reference. */
json_t *certificates_list(struct platform *platform, const char *number, GError **error);

/* ---- paper.c ---- */
/** What stands on one: from what was served and who issues it; `name` in full. New reference. */
json_t *certificate_paper(const struct certificate_row *row, const struct certificate_issuer *issuer, const char *name,
                          const char *volunteer_no, GArray *services);
/** What a kiosk is told: with code and the address that verifies it. New reference. */
json_t *certificate_json(struct db *db, const struct certificate_row *row, GError **error);

#endif
