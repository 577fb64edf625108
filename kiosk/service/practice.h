/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A machine to learn on (F23): the kiosk's own rooms and worker over a store, a card and a PSAM that are made anew for each lesson and
 * gone behind it. It gets a folder and a callback, and nothing else: no sync, no outbox that anybody reads, no reader, no key or id
 * of the real machine. So whatever is done in a lesson cannot reach a real row or a real card.
 */
#ifndef SERVICE_PRACTICE_H
#define SERVICE_PRACTICE_H

#include "service/kiosk.h"

/** Its name in every event, number and slip of its own; no real kiosk is called so. */
#define PRACTICE_KIOSK "K0000"

/**
 * A demonstration card (F23) is a card whose number begins so: the region 99 01, which no standard gives to a city, and a run in it that no
 * issuer of a real or a sample card has. The number is all that is looked at, so no key of a real card matters, and such a card can do nothing
 * but lead to the lessons. The practice machine's own card is of another run.
 */
#define PRACTICE_DEMO_CARDS "310990199999998"

struct practice;
/**
 * `folder` is emptied first (what a stop in the middle left), and has the mode 0700. Events come as from kiosk_new(), in the caller's
 * main context: a status that says online, then the practice card, which lies there until the end. NULL with error: nothing is left.
 */
struct practice *practice_open(const char *folder, kiosk_event_fn fn, void *data, GError **error);
/** Where requests of kiosk.h go; borrowed. */
struct kiosk *practice_kiosk(struct practice *practice);
/** It stops, no event comes any more, and the folder is removed. NULL is allowed. */
void practice_close(struct practice *practice);

/** What a stop in the middle of a lesson left is removed; nothing there is fine. False: something stays. */
bool practice_wipe(const char *folder, GError **error);

#endif
