/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A database that was put back to an earlier moment has forgotten what it told since. Kiosks tell their events again by themselves; what they
 * cannot tell is that their certificate was renewed, or their epoch raised, since that moment. For ninety days from the day that
 * it was marked the platform takes such a kiosk's word for both: the certificate is of this authority and was made after that moment, and a new
 * epoch goes on exactly where the database's own copy of the journal ends. Cursors of before are over, and the hotlist's version
 * is beyond any that kiosks may have; each of them is handed out a new quota, in the place of one that is unknown here.
 */
#ifndef PLATFORM_RESTORED_H
#define PLATFORM_RESTORED_H

#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"

/** It was put back to `from_ms`. Once after each time. */
bool restored_mark(struct platform *platform, int64_t from_ms, int64_t now_ms, GError **error);
/** In a transaction: may this kiosk have been given this epoch, which is unknown here, by the time that is gone? */
bool restored_epoch_may(struct db *db, const struct kiosk_row *kiosk, int64_t epoch, int64_t now_ms, bool *may, GError **error);
/** Then, in a writing one: `first` continues our copy of the journal, so it is taken for the epoch's first event. */
bool restored_epoch_take(struct db *db, struct kiosk_row *kiosk, const struct event_row *first, int64_t now_ms, GError **error);
/** What a new epoch is more than the last one: 1, or beyond all that the time that is gone can have given. */
bool restored_epoch_step(struct db *db, int64_t now_ms, int64_t *step, GError **error);
/** An enrolled kiosk with a certificate that is unknown here. *taken: it is this kiosk's from now on. */
bool restored_certificate_take(struct platform *platform, const struct request *request, bool *taken, GError **error);

#endif
