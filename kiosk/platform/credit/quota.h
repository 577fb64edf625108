/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Offline quotas: what one kiosk may let people spend while nobody can be asked. Handed out by themselves when a kiosk pulls
 * its feed, for a day; a newer version takes back what is left of the one before. Versions are times, so that they never go
 * back, also not when this database was restored.
 */
#ifndef PLATFORM_QUOTA_H
#define PLATFORM_QUOTA_H

#include "model/credit.h"
#include "platform/data/db-credit.h"
#include "platform/platform.h"

/** Inside a transaction: is a new version due, since the kiosk has none, half of its time is over, or the rules changed since? */
bool quota_due(struct db *db, const char *kiosk, int64_t now_ms, bool *due, GError **error);
/** Inside a transaction that writes: a new version when one is due. The kiosk has to have been told all else (feed-serve.c). */
bool quota_issue(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error);
/** Set one rule for a kiosk or for all ("*"); a limit below 0 takes it away. */
bool quota_rule(struct platform *platform, const char *kiosk, const struct quota *quota, GError **error);
/**
 * Take back what a kiosk has left: all its rules become 0, and a version that says so is signed at once, so that its waiting pull of
 * the feed ends with it. *version 0: it never had any. It gets quotas again by quota_rule() for it.
 */
bool quota_withdraw(struct platform *platform, const char *kiosk, int64_t now_ms, int64_t *version, GError **error);
/**
 * Inside a transaction: all that was handed out to a kiosk is over, for what it writes behind this place, so that others can be given it.
 * `why`: "enrolled" (what waits of the epoch before still counts; a new version is due), or "revoked" (nothing that comes later does).
 */
bool quota_end(struct db *db, const char *kiosk, const char *why, const struct quota_place *from, GError **error);
/** The event quota.taken: like credit_apply(). */
struct credit_work;
bool quota_taken(struct credit_work *work, json_t *data, GError **error);
/**
 * Inside a transaction: what kiosks may still spend while they are offline, by version and book: [{kiosk, book, version, limit, used, left,
 * expires_at}], new reference. A kiosk that has not told that it took a newer version may spend from both, so both are there.
 */
json_t *quota_left(struct db *db, int64_t now_ms, GError **error);
/** Inside a transaction: what a new community begins with. */
bool quota_sample(struct db *db, GError **error);

#endif
