/* SPDX-License-Identifier: Apache-2.0 */
/*
 *      caller                        thread
 *      start(job) ── job ──────────► job(subject)
 *      wait ◄─────── NULL ─────────┘
 *      end ───────── ending ───────► finish(subject)
 *        waits ◄──── finished ─────┘
 *
 * Two references, the caller's and the thread's; whoever lets go last frees the worker. The subject is the thread's alone
 * while a job runs and from cc_worker_end() on, the caller's in between.
 */
#include "worker.h"

#include "pcsc.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* libpcsclite needs some 10 KiB; the default of 8 MiB hurts a process that locks its memory. */
#define STACK_SIZE (256 * 1024)
#define TICK_MS    250

struct cc_worker {
    pthread_mutex_t lock;
    pthread_cond_t to_thread, to_caller;
    unsigned references;
    void (*job)(void *subject); /* NULL: idle */
    bool ending, finished, nudged;
    void *subject;
    void (*finish)(void *subject);
};

static void let_go(struct cc_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool last = --worker->references == 0;
    pthread_mutex_unlock(&worker->lock);
    if (!last)
        return;
    pthread_cond_destroy(&worker->to_caller);
    pthread_cond_destroy(&worker->to_thread);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

static void *serve(void *data)
{
    struct cc_worker *worker = data;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->job == NULL && !worker->ending)
            pthread_cond_wait(&worker->to_thread, &worker->lock);
        if (worker->job == NULL)
            break;
        void (*job)(void *) = worker->job;
        pthread_mutex_unlock(&worker->lock);
        job(worker->subject);
        pthread_mutex_lock(&worker->lock);
        worker->job = NULL;
        /* Signalled without the lock, or the caller would wake only to wait for it. */
        pthread_mutex_unlock(&worker->lock);
        pthread_cond_signal(&worker->to_caller);
        pthread_mutex_lock(&worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    worker->finish(worker->subject);
    pthread_mutex_lock(&worker->lock);
    worker->finished = true;
    pthread_cond_signal(&worker->to_caller);
    pthread_mutex_unlock(&worker->lock);
    let_go(worker);
    return NULL;
}

static bool start_thread(struct cc_worker *worker)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    /* Neither can fail with these values. */
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    /* Signals belong to the program's own threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failed = pthread_create(&thread, &attributes, serve, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed == 0;
}

struct cc_worker *cc_worker_new(void *subject, void (*finish)(void *subject))
{
    struct cc_worker *worker = calloc(1, sizeof *worker);
    pthread_condattr_t clock;
    if (worker == NULL || pthread_condattr_init(&clock) != 0) {
        free(worker);
        return NULL;
    }
    /* With these attributes none of them can fail in glibc. A clock that nobody sets: the wall clock may jump. */
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->to_caller, &clock);
    pthread_condattr_destroy(&clock);
    pthread_cond_init(&worker->to_thread, NULL);
    pthread_mutex_init(&worker->lock, NULL);
    worker->subject = subject;
    worker->finish = finish;
    worker->references = 2;
    if (start_thread(worker))
        return worker;
    worker->references = 1;
    let_go(worker);
    return NULL;
}

void cc_worker_start(struct cc_worker *worker, void (*job)(void *subject))
{
    pthread_mutex_lock(&worker->lock);
    assert(worker->job == NULL && !worker->ending);
    worker->job = job;
    pthread_mutex_unlock(&worker->lock);
    pthread_cond_signal(&worker->to_thread);
}

/*
 * Wait for a signal of the thread, at most what is left of the time, and take off what was waited. In ticks only time awake
 * counts: a process or machine that was asleep for an hour has not waited for an hour, and the thread has not had that hour either.
 */
static void wait_tick(struct cc_worker *worker, unsigned tick_ms_max, unsigned *left_ms)
{
    unsigned tick_ms = *left_ms < tick_ms_max ? *left_ms : tick_ms_max;
    uint64_t start_ms = cc_pcsc_now_ms(), until_ms = start_ms + tick_ms;
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000L};
    int error = pthread_cond_timedwait(&worker->to_caller, &worker->lock, &until);
    uint64_t waited_ms = cc_pcsc_now_ms() - start_ms;
    *left_ms -= error != 0 || waited_ms > tick_ms ? tick_ms : (unsigned)waited_ms;
}

static enum cc_work wait_work(struct cc_worker *worker, unsigned tick_ms, unsigned timeout_ms)
{
    pthread_mutex_lock(&worker->lock);
    while (worker->job != NULL && !worker->nudged && timeout_ms > 0)
        wait_tick(worker, tick_ms, &timeout_ms);
    enum cc_work work = worker->job == NULL ? CC_WORK_DONE : worker->nudged ? CC_WORK_NUDGED : CC_WORK_LATE;
    if (work == CC_WORK_NUDGED)
        worker->nudged = false;
    pthread_mutex_unlock(&worker->lock);
    return work;
}

enum cc_work cc_worker_wait(struct cc_worker *worker, unsigned timeout_ms)
{
    return wait_work(worker, TICK_MS, timeout_ms);
}

enum cc_work cc_worker_rest(struct cc_worker *worker, unsigned timeout_ms)
{
    return wait_work(worker, UINT_MAX, timeout_ms);
}

void cc_worker_nudge(struct cc_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->nudged = true;
    pthread_cond_signal(&worker->to_caller);
    pthread_mutex_unlock(&worker->lock);
}

bool cc_worker_end(struct cc_worker *worker, unsigned timeout_ms)
{
    pthread_mutex_lock(&worker->lock);
    worker->ending = true;
    pthread_cond_signal(&worker->to_thread);
    while (!worker->finished && timeout_ms > 0)
        wait_tick(worker, TICK_MS, &timeout_ms);
    bool finished = worker->finished;
    pthread_mutex_unlock(&worker->lock);
    let_go(worker);
    return finished;
}
