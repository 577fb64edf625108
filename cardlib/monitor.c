/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: one picture of pcscd, its readers and their cards, kept for years.
 *
 *      establish fails: wait 250, 500, 1000, 1000 … ms
 *          ┌─────┐
 *          ▼     │        establish works
 *      ┌────────────┐ ───────────────────────────► ┌───────────┐ ◄─┐ a slice of at most 250 ms:
 *      │ NO_SERVICE │                              │ connected │   │ list the readers,
 *      └────────────┘ ◄─────────────────────────── └───────────┘ ──┘ wait for a change
 *                         any error but timeout,
 *                         cancelled, unknown reader
 *
 * Leaving "connected" releases the context; reaching it again counts as a restart.
 *
 * Why slices. pcscd 1.9.9 reports a change of the reader list only when it falls into a running call, so the
 * list is read anew each time; and SCardCancel() is lost when it comes just before the call. Neither costs
 * more than 250 ms.
 *
 * Invariants
 *  1. `context` is valid exactly while `connected`; both change under `lock`, so that a wake never cancels a
 *     context that is being released.
 *  2. `watched` holds the readers of the last list, each with the state word that pcscd last told.
 *  3. `told` is what the caller saw last; a call returns CC_OK exactly when `now` differs from it.
 */
#include "citycard.h"
#include "pcsc.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define SLICE_MS       250 /* longest single wait: bounds a lost wake and a missed reader */
#define PAUSE_FIRST_MS 250 /* between attempts to reach the service; doubles up to … */
#define PAUSE_LAST_MS  1000
#define IDLE_MS        20 /* when pcscd wakes us for something that is no news */
#define PNP_READER     "\\\\?PnP?\\Notification"

struct watched {
    char name[CC_READER_NAME_SIZE];
    DWORD
    state; /* for the next call: dwEventState without CHANGED, with the event counter in the high word */
};

struct cc_monitor {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool wake;
    bool connected;
    SCARDCONTEXT context;

    bool was_connected, told_once;
    unsigned pause_ms;
    uint64_t retry_at_ms;
    size_t watched_count;
    struct watched watched[CC_READERS_MAX];
    struct cc_reader_list now, told;
};

int cc_monitor_new(struct cc_monitor **out)
{
    if (out == NULL)
        return CC_ERR_ARGUMENT;
    *out = NULL;
    struct cc_monitor *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL)
        return CC_ERR_MEMORY;

    pthread_condattr_t clock;
    if (pthread_condattr_init(&clock) != 0)
        goto no_attribute;
    if (pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&monitor->woken, &clock) != 0)
        goto no_condition;
    if (pthread_mutex_init(&monitor->lock, NULL) != 0)
        goto no_mutex;
    pthread_condattr_destroy(&clock);
    monitor->pause_ms = PAUSE_FIRST_MS;
    *out = monitor;
    return CC_OK;

no_mutex:
    pthread_cond_destroy(&monitor->woken);
no_condition:
    pthread_condattr_destroy(&clock);
no_attribute:
    free(monitor);
    return CC_ERR_SYSTEM;
}

static void forget_service(struct cc_monitor *monitor)
{
    pthread_mutex_lock(&monitor->lock);
    if (monitor->connected) {
        /* With the daemon gone this reports NO_SERVICE, and still frees what the client library holds. */
        (void)SCardReleaseContext(monitor->context);
        monitor->connected = false;
    }
    pthread_mutex_unlock(&monitor->lock);
    monitor->watched_count = 0;
}

void cc_monitor_free(struct cc_monitor *monitor)
{
    if (monitor == NULL)
        return;
    forget_service(monitor);
    pthread_mutex_destroy(&monitor->lock);
    pthread_cond_destroy(&monitor->woken);
    free(monitor);
}

void cc_monitor_wake(struct cc_monitor *monitor)
{
    pthread_mutex_lock(&monitor->lock);
    monitor->wake = true;
    pthread_cond_signal(&monitor->woken);
    /* Failure means that nobody waits in pcscd just now; the flag alone is seen at the end of the slice. */
    if (monitor->connected)
        (void)SCardCancel(monitor->context);
    pthread_mutex_unlock(&monitor->lock);
}

static bool take_wake(struct cc_monitor *monitor)
{
    pthread_mutex_lock(&monitor->lock);
    bool wake = monitor->wake;
    monitor->wake = false;
    pthread_mutex_unlock(&monitor->lock);
    return wake;
}

/* Sleep, unless cc_monitor_wake() comes first; the flag is left for take_wake(). */
static void nap(struct cc_monitor *monitor, unsigned timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&monitor->lock);
    while (!monitor->wake && pthread_cond_timedwait(&monitor->woken, &monitor->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&monitor->lock);
}

static void picture_no_service(struct cc_monitor *monitor)
{
    unsigned restarts = monitor->now.restarts;
    memset(&monitor->now, 0, sizeof monitor->now);
    monitor->now.service = CC_READER_NO_SERVICE;
    monitor->now.restarts = restarts;
}

static void lose_service(struct cc_monitor *monitor)
{
    forget_service(monitor);
    picture_no_service(monitor);
    monitor->pause_ms = PAUSE_FIRST_MS;
    monitor->retry_at_ms = cc_pcsc_now_ms() + PAUSE_FIRST_MS;
}

static bool reach_service(struct cc_monitor *monitor)
{
    if (monitor->connected)
        return true;
    if (cc_pcsc_now_ms() < monitor->retry_at_ms)
        return false;

    SCARDCONTEXT context = 0;
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) {
        picture_no_service(monitor);
        monitor->retry_at_ms = cc_pcsc_now_ms() + monitor->pause_ms;
        monitor->pause_ms = monitor->pause_ms * 2 < PAUSE_LAST_MS ? monitor->pause_ms * 2 : PAUSE_LAST_MS;
        return false;
    }
    pthread_mutex_lock(&monitor->lock);
    monitor->context = context;
    monitor->connected = true;
    pthread_mutex_unlock(&monitor->lock);
    monitor->pause_ms = PAUSE_FIRST_MS;
    if (monitor->was_connected)
        monitor->now.restarts++;
    monitor->was_connected = true;
    return true;
}

static DWORD known_state(const struct cc_monitor *monitor, const char *name)
{
    for (size_t i = 0; i < monitor->watched_count; i++)
        if (strcmp(monitor->watched[i].name, name) == 0)
            return monitor->watched[i].state;
    return SCARD_STATE_UNAWARE;
}

/* List the readers anew, keeping what is known of those that were there. *fewer: one of them has gone. */
static LONG list_readers(struct cc_monitor *monitor, bool *fewer)
{
    char names[CC_READERS_MAX * CC_READER_NAME_SIZE + 1] = "";
    DWORD size = sizeof names;
    LONG rc = SCardListReaders(monitor->context, NULL, names, &size);
    if (rc == SCARD_E_NO_READERS_AVAILABLE)
        size = 0;
    else if (rc != SCARD_S_SUCCESS)
        return rc;

    struct watched fresh[CC_READERS_MAX];
    size_t count = 0, kept = 0;
    const char *name = names, *end = names + (size < sizeof names ? size : sizeof names);
    while (name < end && *name != '\0' && count < CC_READERS_MAX) {
        size_t len = strnlen(name, (size_t)(end - name));
        if (len < sizeof fresh[count].name && name + len < end) {
            memcpy(fresh[count].name, name, len + 1);
            fresh[count].state = known_state(monitor, name);
            kept += fresh[count].state != SCARD_STATE_UNAWARE;
            count++;
        }
        name += len + 1;
    }
    *fewer = kept < monitor->watched_count;
    memcpy(monitor->watched, fresh, count * sizeof fresh[0]);
    monitor->watched_count = count;
    return SCARD_S_SUCCESS;
}

static enum cc_reader_state reader_state(DWORD event)
{
    if (event & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
        return CC_READER_GONE;
    /* A slot stays EXCLUSIVE for whoever held it when its card is pulled: empty counts first. */
    if (event & SCARD_STATE_EMPTY)
        return CC_READER_EMPTY;
    if (event & SCARD_STATE_EXCLUSIVE)
        return CC_READER_IN_USE;
    if (!(event & SCARD_STATE_PRESENT))
        return CC_READER_EMPTY;
    return event & SCARD_STATE_MUTE ? CC_READER_MUTE : CC_READER_CARD;
}

static void picture_readers(struct cc_monitor *monitor, const SCARD_READERSTATE *states)
{
    struct cc_reader_list *now = &monitor->now;
    unsigned restarts = now->restarts;
    /* The whole struct is zeroed, padding too: pictures are compared as bytes. */
    memset(now, 0, sizeof *now);
    now->restarts = restarts;
    now->service = monitor->watched_count > 0 ? CC_READER_EMPTY : CC_READER_NONE;
    now->count = monitor->watched_count;
    for (size_t i = 0; i < now->count; i++) {
        struct cc_reader *reader = &now->readers[i];
        monitor->watched[i].state = states[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        memcpy(reader->name, monitor->watched[i].name, strlen(monitor->watched[i].name) + 1);
        reader->state = reader_state(states[i].dwEventState);
        reader->events = (uint16_t)(states[i].dwEventState >> 16);
        if (states[i].dwEventState & SCARD_STATE_PRESENT) {
            reader->atr_len = states[i].cbAtr < CC_ATR_MAX ? states[i].cbAtr : CC_ATR_MAX;
            memcpy(reader->atr, states[i].rgbAtr, reader->atr_len);
        }
    }
}

/* One slice: list, wait at most timeout_ms for a change, and bring `now` up to date. */
static LONG look(struct cc_monitor *monitor, unsigned timeout_ms)
{
    bool fewer = false;
    LONG rc = list_readers(monitor, &fewer);
    if (rc != SCARD_S_SUCCESS)
        return rc;

    /* The pseudo reader only shortens the wait for a new one; pcscd takes 16 entries, so it yields to a 16th
     * reader. */
    SCARD_READERSTATE states[CC_READERS_MAX];
    memset(states, 0, sizeof states);
    size_t count = monitor->watched_count;
    for (size_t i = 0; i < count; i++) {
        states[i].szReader = monitor->watched[i].name;
        states[i].dwCurrentState = monitor->watched[i].state;
    }
    if (count < CC_READERS_MAX)
        states[count++].szReader = PNP_READER;

    bool stale =
        fewer || monitor->now.service == CC_READER_NO_SERVICE || monitor->now.count != monitor->watched_count;
    rc = SCardGetStatusChange(monitor->context, stale ? 1 : timeout_ms, states, count);
    if (rc == SCARD_S_SUCCESS || rc == SCARD_E_TIMEOUT)
        picture_readers(monitor, states);
    if (rc == SCARD_E_TIMEOUT || rc == SCARD_E_CANCELLED || rc == SCARD_E_UNKNOWN_READER)
        rc = SCARD_S_SUCCESS;
    return rc;
}

/* Wait for news at most timeout_ms, in pcscd or, without a service, asleep. */
static void slice(struct cc_monitor *monitor, unsigned timeout_ms)
{
    if (!reach_service(monitor)) {
        uint64_t now_ms = cc_pcsc_now_ms();
        uint64_t left_ms = monitor->retry_at_ms > now_ms ? monitor->retry_at_ms - now_ms : 0;
        if (memcmp(&monitor->now, &monitor->told, sizeof monitor->now) == 0)
            nap(monitor, left_ms < timeout_ms ? (unsigned)left_ms : timeout_ms);
        return;
    }
    if (look(monitor, timeout_ms) != SCARD_S_SUCCESS)
        lose_service(monitor);
}

int cc_monitor_wait(struct cc_monitor *monitor, unsigned timeout_ms, struct cc_reader_list *out)
{
    if (monitor == NULL || out == NULL)
        return CC_ERR_ARGUMENT;
    uint64_t start_ms = cc_pcsc_now_ms();
    int result = CC_TIMEOUT;
    for (;;) {
        uint64_t begin_ms = cc_pcsc_now_ms();
        uint64_t spent_ms = begin_ms - start_ms;
        unsigned left_ms = spent_ms < timeout_ms ? timeout_ms - (unsigned)spent_ms : 0;
        /* pcscd takes 0 for "wait for ever" in some versions: ask for one millisecond at least. */
        unsigned wait_ms = !monitor->told_once || left_ms == 0 ? 1 : left_ms < SLICE_MS ? left_ms : SLICE_MS;
        bool woken = take_wake(monitor);
        slice(monitor, woken ? 1 : wait_ms);
        if (!monitor->told_once || memcmp(&monitor->now, &monitor->told, sizeof monitor->now) != 0) {
            result = CC_OK;
            break;
        }
        if (woken || left_ms == 0)
            break;
        if (cc_pcsc_now_ms() - begin_ms < IDLE_MS && wait_ms > IDLE_MS)
            nap(monitor, IDLE_MS);
    }
    monitor->told_once = true;
    memcpy(&monitor->told, &monitor->now, sizeof monitor->told);
    memcpy(out, &monitor->now, sizeof *out);
    return result;
}
