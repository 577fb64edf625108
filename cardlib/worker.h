/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A thread for calls that may never return, and a caller that never waits longer than it wants to.
 *
 * Every call into libpcsclite may block without end: pcscd stopped, a driver that hangs, another program's transaction.
 * None of them can be cancelled. So they are made on a worker's thread, one job at a time, on a subject that the worker owns;
 * the caller waits with a time limit, and a worker that is late is left to itself: when its call returns after all (the
 * reader answers, or pcscd dies and closes the socket), it clears its subject away and ends.
 */
#ifndef CITYCARD_WORKER_H
#define CITYCARD_WORKER_H

#include <stdbool.h>

struct cc_worker;

enum cc_work {
    CC_WORK_DONE,   /* the job is finished, or there was none: the subject may be touched */
    CC_WORK_LATE,   /* not yet: hands off the subject */
    CC_WORK_NUDGED, /* not yet, and cc_worker_nudge() was called */
};

/** `finish(subject)` is called on the thread, last of all. NULL without memory or threads; the subject stays the caller's. */
struct cc_worker *cc_worker_new(void *subject, void (*finish)(void *subject));
/** Begin a job. The last one must be done. */
void cc_worker_start(struct cc_worker *worker, void (*job)(void *subject));
/** Wait for the job's end at most timeout_ms, of which only time awake counts. */
enum cc_work cc_worker_wait(struct cc_worker *worker, unsigned timeout_ms);
/** The same by the clock, and without waking in between: for the time that a job was told to take. */
enum cc_work cc_worker_rest(struct cc_worker *worker, unsigned timeout_ms);
/** From any thread: end a wait now, or the next one. */
void cc_worker_nudge(struct cc_worker *worker);
/** Have the subject finished, and wait for that at most timeout_ms. False: it will be, later. `worker` is gone either way. */
bool cc_worker_end(struct cc_worker *worker, unsigned timeout_ms);

#endif
