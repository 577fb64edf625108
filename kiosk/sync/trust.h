/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which certificate authorities the platform's server may be of. It begins with the file of our enrolment (ca.pem); the platform changes it
 * by a list with a version, signed by the key of lists, that comes over a connection which the old authorities protect.
 *
 *   ca.pem ──GET /v1/authorities: signature, kind, version beyond ours, authorities, the last one of today, one of them ours──► authorities.json ─► in use
 *                    │                                                              (again, so that the platform hears which version we have)
 *                    └► anything else: all stays as it was, asked again in an hour
 *
 * One file, written whole or not at all, so that a stop leaves the old list or the new one. Once there, it alone counts: an authority that
 * left the list is never trusted again, also when a platform that was put back lists it once more (the file keeps the digests of those that
 * left), and a file that is damaged is no reason to go back to ca.pem. The last of the list issues and has to be valid today: a kiosk whose
 * certificate is of another one renews it (renew.c). One whose time has ended is no reason to refuse a list; it is not trusted.
 */
#ifndef SYNC_TRUST_H
#define SYNC_TRUST_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TRUST_KIND     "authorities"
#define TRUST_FILE     "authorities.json"
#define TRUST_LIST_MAX 4
#define TRUST_LEFT_MAX 64 /* digests of authorities that left; then the oldest is forgotten */

struct trust {
    int64_t version; /* 0: that of ca.pem */
    char *pem;       /* all of them */
    char *issuer;    /* the last of the list; NULL: not told */
    GPtrArray *left; /* digests (hex) of those that were trusted once and are no more, oldest first; NULL: none */
};

/** From authorities.json, or else ca.pem. */
bool trust_open(const char *data_dir, struct trust *out, GError **error);
void trust_clear(struct trust *trust);
/** What is kept of it, g_free. */
char *trust_text(const struct trust *trust);
/**
 * Judge a list whose signature was checked. *next is empty when it is the version that we have; false: it is not to be taken. Pure.
 */
bool trust_next(const struct trust *trust, json_t *payload, int64_t now_ms, struct trust *next, GError **error);
/**
 * The same for the list of an enrolment's answer. The one-time code is used already, so one that cannot be followed costs no enrolment:
 * *out is empty, the log says why, and ca.pem, which protects that answer, goes on alone.
 */
void trust_first(const char *ca_pem, json_t *payload, int64_t now_ms, struct trust *out);

struct round;
/** At each start, then once an hour: ask, keep, use. */
bool trust_ask(struct round *round, GError **error);

#endif
