/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: one picture of pcscd, its readers and their cards, kept for years.
 *
 *      establish fails: wait 250, 500, 1000, 1000 … ms
 *          ┌─────┐
 *          ▼     │        establish works
 *      ┌────────────┐ ───────────────────────────► ┌───────────┐ ◄─┐ a slice of at most 60 s:
 *      │ NO_SERVICE │                              │ connected │   │ list the readers,
 *      └────────────┘ ◄─────────────────────────── └───────────┘ ──┘ wait for a change
 *                         any error but timeout,
 *                         cancelled, unknown reader
 *
 * Leaving "connected" releases the context; reaching it again counts as a restart.
 *
 * Slices run on a worker (worker.h), one at a time and only while somebody waits: a pcscd that is stopped, or waits for a
 * driver that hangs, keeps each call into libpcsclite for ever. A slice that is FROZEN_MS late is told as NO_SERVICE; when it
 * ends after all, its picture is told, and that counts as a restart too, because links have died meanwhile.
 *
 * Why slices. pcscd tells a change of a card, of the number of readers (by the pseudo reader) and its own end, and until then
 * a slice waits in it without a wake-up. What pcscd 1.9.9 does not tell bounds the slice: a reader that comes just between the list and
 * the wait, and readers come in swarms, so for SETTLE_MS after the list has changed slices are short; a card that somebody takes
 * exclusively, so they are short while one lies there that may be; that it hangs, which is seen when the slice is over, so whoever
 * wants to know that soon waits for a short time. A wake does not end a slice, it ends the wait for it. The end of the monitor does.
 *
 * Invariants
 *  1. The worker alone touches `struct watch` while a slice runs; between slices the caller does.
 *  2. `watched` holds the readers of the last list, each with the state word that pcscd last told.
 *  3. `told` is what the caller saw last; a call returns CC_OK exactly when the picture differs from it.
 */
#include "citycard.h"
#include "pcsc.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define SLICE_MS       60000 /* longest single wait */
#define SHORT_MS       250   /* while pcscd may miss something */
#define SETTLE_MS      3000
#define FROZEN_MS      2000
#define END_MS         1000
#define PAUSE_FIRST_MS 250 /* between attempts to reach the service; doubles up to … */
#define PAUSE_LAST_MS  1000
#define LOOK_MS        30 /* longer than an idle slice sleeps before it asks */
#define IDLE_MS        20 /* after a slice that pcscd ended at once: it may wake us again and again for what is no news */
#define PNP_READER     "\\\\?PnP?\\Notification"

/* SCardGetStatusChange() refuses more entries than pcscd was built for. */
#define WATCHED_MAX (CC_READERS_MAX < PCSCLITE_MAX_READERS_CONTEXTS ? CC_READERS_MAX : PCSCLITE_MAX_READERS_CONTEXTS)

struct watched {
    char name[CC_READER_NAME_SIZE];
    DWORD
    state; /* for the next call: dwEventState without CHANGED, with the event counter in the high word */
};

/* All that the worker touches. Freed by it. */
struct watch {
    unsigned wait_ms; /* the order: how long the next slice may take */
    bool connected, was_connected;
    SCARDCONTEXT context;
    unsigned pause_ms;
    uint64_t retry_at_ms;
    uint64_t settled_at_ms; /* the readers count as a swarm until then */
    struct cc_recall *recall;
    bool restless, full;
    size_t watched_count;
    struct watched watched[WATCHED_MAX];
    struct cc_reader_list now;
};

struct cc_monitor {
    struct cc_worker *worker;
    struct watch *watch;
    struct cc_recall *recall;
    bool running, told_once;
    bool frozen;
    unsigned late_ms;      /* the running slice is over its time by that much */
    unsigned slice_ms;     /* what it was given */
    uint64_t begun_ms;     /* when */
    unsigned thaws;        /* slices that came back after they had been told as NO_SERVICE */
    struct cc_reader_list now, told;
};

/* ---- Slices: on the worker's thread ------------------------------------------------------------------------------ */

static void forget_service(struct watch *watch)
{
    /* With the daemon gone this reports NO_SERVICE, and still frees what the client library holds. */
    if (watch->connected)
        cc_context_free(watch->context);
    watch->connected = false;
    watch->watched_count = 0;
}

static void picture_no_service(struct cc_reader_list *now)
{
    unsigned restarts = now->restarts;
    memset(now, 0, sizeof *now);
    now->service = CC_READER_NO_SERVICE;
    now->restarts = restarts;
}

static void lose_service(struct watch *watch)
{
    forget_service(watch);
    picture_no_service(&watch->now);
    watch->pause_ms = PAUSE_FIRST_MS;
    watch->retry_at_ms = cc_pcsc_now_ms() + PAUSE_FIRST_MS;
}

static bool reach_service(struct watch *watch)
{
    if (watch->connected)
        return true;
    if (cc_pcsc_now_ms() < watch->retry_at_ms)
        return false;
    if (cc_context_new(&watch->context) != SCARD_S_SUCCESS) {
        picture_no_service(&watch->now);
        watch->retry_at_ms = cc_pcsc_now_ms() + watch->pause_ms;
        watch->pause_ms = watch->pause_ms * 2 < PAUSE_LAST_MS ? watch->pause_ms * 2 : PAUSE_LAST_MS;
        return false;
    }
    watch->connected = true;
    watch->pause_ms = PAUSE_FIRST_MS;
    if (watch->was_connected)
        watch->now.restarts++;
    watch->was_connected = true;
    return true;
}

static DWORD known_state(const struct watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->watched_count; i++)
        if (strcmp(watch->watched[i].name, name) == 0)
            return watch->watched[i].state;
    return SCARD_STATE_UNAWARE;
}

/* Take over the names of a list. *fewer: one of those watched so far has gone. */
static void take_names(struct watch *watch, const char *names, size_t size, bool *fewer)
{
    struct watched fresh[WATCHED_MAX];
    size_t count = 0, kept = 0;
    const char *name = names, *end = names + size;
    while (name < end && *name != '\0' && count < WATCHED_MAX) {
        size_t len = strnlen(name, (size_t)(end - name));
        if (len < sizeof fresh[count].name && name + len < end) {
            memcpy(fresh[count].name, name, len + 1);
            fresh[count].state = known_state(watch, name);
            kept += fresh[count].state != SCARD_STATE_UNAWARE;
            count++;
        }
        name += len + 1;
    }
    *fewer = kept < watch->watched_count;
    watch->full = count == WATCHED_MAX;
    memcpy(watch->watched, fresh, count * sizeof fresh[0]);
    watch->watched_count = count;
}

/* List the readers anew, keeping what is known of those that were there. */
static LONG list_readers(struct watch *watch, bool *fewer)
{
    LPSTR names = NULL;
    DWORD size = SCARD_AUTOALLOCATE;
    cc_states_lock();
    LONG rc = SCardListReaders(watch->context, NULL, (LPSTR)&names, &size);
    cc_states_unlock();
    if (rc == SCARD_E_NO_READERS_AVAILABLE) {
        take_names(watch, "", 0, fewer);
        return SCARD_S_SUCCESS;
    }
    if (rc != SCARD_S_SUCCESS)
        return rc;
    take_names(watch, names, size, fewer);
    return SCardFreeMemory(watch->context, names);
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

static void picture_readers(struct watch *watch, const SCARD_READERSTATE *states)
{
    struct cc_reader_list *now = &watch->now;
    unsigned restarts = now->restarts;
    /* The whole struct is zeroed, padding too: pictures are compared as bytes. */
    memset(now, 0, sizeof *now);
    now->restarts = restarts;
    now->service = watch->watched_count > 0 ? CC_READER_EMPTY : CC_READER_NONE;
    now->full = watch->full;
    now->count = watch->watched_count;
    for (size_t i = 0; i < now->count; i++) {
        struct cc_reader *reader = &now->readers[i];
        watch->watched[i].state = states[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        memcpy(reader->name, watch->watched[i].name, strlen(watch->watched[i].name) + 1);
        reader->state = reader_state(states[i].dwEventState);
        reader->events = (uint16_t)(states[i].dwEventState >> 16);
        if (states[i].dwEventState & SCARD_STATE_PRESENT) {
            reader->atr_len = states[i].cbAtr < CC_ATR_MAX ? states[i].cbAtr : CC_ATR_MAX;
            memcpy(reader->atr, states[i].rgbAtr, reader->atr_len);
        }
    }
}

/* One slice: list, wait at most timeout_ms for a change, and bring `now` up to date. */
static LONG look(struct watch *watch, unsigned timeout_ms)
{
    bool fewer = false;
    LONG rc = list_readers(watch, &fewer);
    if (rc != SCARD_S_SUCCESS)
        return rc;

    /* The pseudo reader only shortens the wait for a new one; it yields its place to the last reader. */
    SCARD_READERSTATE states[WATCHED_MAX];
    memset(states, 0, sizeof states);
    size_t count = watch->watched_count;
    for (size_t i = 0; i < count; i++) {
        states[i].szReader = watch->watched[i].name;
        states[i].dwCurrentState = watch->watched[i].state;
    }
    if (count < WATCHED_MAX)
        states[count++].szReader = PNP_READER;

    bool stale = fewer || watch->now.service == CC_READER_NO_SERVICE || watch->now.count != watch->watched_count;
    if (stale)
        watch->settled_at_ms = cc_pcsc_now_ms() + SETTLE_MS;
    rc = cc_states_wait(watch->context, stale ? 1 : timeout_ms, states, count, watch->recall);
    if (rc == SCARD_S_SUCCESS || rc == SCARD_E_TIMEOUT)
        picture_readers(watch, states);
    if (rc == SCARD_E_TIMEOUT || rc == SCARD_E_CANCELLED || rc == SCARD_E_UNKNOWN_READER)
        rc = SCARD_S_SUCCESS;
    return rc;
}

/* May something happen that pcscd does not tell? */
static bool unsure(const struct watch *watch)
{
    bool card = cc_pcsc_now_ms() < watch->settled_at_ms;

    for (size_t i = 0; !card && i < watch->now.count; i++)
        card = watch->now.readers[i].state == CC_READER_CARD;
    return card;
}

static void nap(unsigned ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

/* Wait for news at most wait_ms, in pcscd or, without a service, asleep. */
static void slice(void *subject)
{
    struct watch *watch = subject;
    if (!reach_service(watch)) {
        uint64_t now_ms = cc_pcsc_now_ms();
        uint64_t left_ms = watch->retry_at_ms > now_ms ? watch->retry_at_ms - now_ms : 0;
        unsigned nap_ms = watch->wait_ms < SHORT_MS ? watch->wait_ms : SHORT_MS;
        nap(left_ms < nap_ms ? (unsigned)left_ms : nap_ms);
        return;
    }
    if (watch->restless && watch->wait_ms > IDLE_MS)
        nap(IDLE_MS);
    uint64_t begin_ms = cc_pcsc_now_ms();
    if (look(watch, unsure(watch) && watch->wait_ms > SHORT_MS ? SHORT_MS : watch->wait_ms) != SCARD_S_SUCCESS)
        lose_service(watch);
    watch->restless = cc_pcsc_now_ms() - begin_ms < IDLE_MS;
}

static void finish(void *subject)
{
    struct watch *watch = subject;

    forget_service(watch);
    cc_recall_unref(watch->recall);
    free(watch);
}

/* ---- A messenger, for the end of a slice that is under way: it asks pcscd, and may hang with it ------------------ */

static void bring_recall(void *recall)
{
    cc_states_recall(recall);
}

static void forget_recall(void *recall)
{
    cc_recall_unref(recall);
}

/* NULL without memory: then the slice ends by itself. Takes the reference. */
static struct cc_worker *send_recall(struct cc_recall *recall)
{
    struct cc_worker *messenger = cc_worker_new(recall, forget_recall);

    if (messenger != NULL)
        cc_worker_start(messenger, bring_recall);
    else
        cc_recall_unref(recall);
    return messenger;
}

/* ---- On the caller's thread -------------------------------------------------------------------------------------- */

int cc_monitor_new(struct cc_monitor **out)
{
    if (out == NULL)
        return CC_ERR_ARGUMENT;
    *out = NULL;
    struct cc_monitor *monitor = calloc(1, sizeof *monitor);
    struct watch *watch = calloc(1, sizeof *watch);
    struct cc_recall *recall = cc_recall_new();
    if (monitor != NULL && watch != NULL && recall != NULL) {
        watch->pause_ms = PAUSE_FIRST_MS;
        watch->recall = recall;
        monitor->worker = cc_worker_new(watch, finish);
    }
    if (monitor == NULL || monitor->worker == NULL) {
        free(monitor);
        free(watch);
        if (recall != NULL)
            cc_recall_unref(recall);
        return CC_ERR_MEMORY;
    }
    monitor->recall = cc_recall_ref(recall);
    monitor->watch = watch;
    *out = monitor;
    return CC_OK;
}

void cc_monitor_free(struct cc_monitor *monitor)
{
    struct cc_worker *messenger = NULL;

    if (monitor == NULL)
        return;
    if (cc_worker_wait(monitor->worker, 0) == CC_WORK_DONE)
        cc_recall_unref(monitor->recall);
    else
        messenger = send_recall(monitor->recall);
    /* A worker that is late ends by itself. */
    (void)cc_worker_end(monitor->worker, END_MS);
    if (messenger != NULL)
        (void)cc_worker_end(messenger, LOOK_MS);
    free(monitor);
}

void cc_monitor_wake(struct cc_monitor *monitor)
{
    cc_worker_nudge(monitor->worker);
}

static void begin_slice(struct cc_monitor *monitor, unsigned wait_ms)
{
    monitor->watch->wait_ms = wait_ms;
    monitor->slice_ms = wait_ms;
    monitor->begun_ms = cc_pcsc_now_ms();
    monitor->late_ms = 0;
    monitor->running = true;
    cc_worker_start(monitor->worker, slice);
}

/* The slice is over: its picture is ours. */
static void end_slice(struct cc_monitor *monitor)
{
    monitor->running = false;
    monitor->thaws += monitor->frozen;
    monitor->frozen = false;
    memcpy(&monitor->now, &monitor->watch->now, sizeof monitor->now);
    monitor->now.restarts += monitor->thaws;
}

/* What is left of the time that the slice was given. Until that is over it is not late, and has seen nothing new. */
static unsigned slice_left_ms(const struct cc_monitor *monitor)
{
    uint64_t now_ms = cc_pcsc_now_ms(), end_ms = monitor->begun_ms + monitor->slice_ms;

    return monitor->running && now_ms < end_ms ? (unsigned)(end_ms - now_ms) : 0;
}

static void note_lateness(struct cc_monitor *monitor, unsigned waited_ms)
{
    monitor->late_ms += waited_ms;
    if (monitor->late_ms < FROZEN_MS)
        return;
    monitor->frozen = true;
    picture_no_service(&monitor->now);
}

/* Of the slice, at most for so long: by the clock while it has time, and as long as it is known to hang; else in time awake. */
static enum cc_work wait_work(struct cc_monitor *monitor, unsigned left_ms)
{
    unsigned own_ms = slice_left_ms(monitor);

    if (monitor->frozen)
        return cc_worker_rest(monitor->worker, left_ms > 0 ? left_ms : 1);
    if (own_ms > 1)
        return cc_worker_rest(monitor->worker, own_ms < left_ms ? own_ms : left_ms);
    enum cc_work work = cc_worker_wait(monitor->worker, SHORT_MS);
    if (work == CC_WORK_LATE)
        note_lateness(monitor, SHORT_MS);
    return work;
}

/* Part of a wait. True: woken. */
static bool wait_slice(struct cc_monitor *monitor, unsigned left_ms)
{
    if (!monitor->running)
        begin_slice(monitor, !monitor->told_once || left_ms == 0 ? 1 : left_ms < SLICE_MS ? left_ms : SLICE_MS);
    enum cc_work work = wait_work(monitor, left_ms);
    if (work == CC_WORK_DONE)
        end_slice(monitor);
    return work == CC_WORK_NUDGED;
}

/* Let the slice go on for so long, whoever is woken meanwhile. True: it is over. */
static bool outwait(struct cc_monitor *monitor, unsigned patience_ms)
{
    enum cc_work work;
    bool woken = false;

    while ((work = cc_worker_wait(monitor->worker, patience_ms)) == CC_WORK_NUDGED)
        woken = true;
    if (woken)
        cc_worker_nudge(monitor->worker);
    if (work == CC_WORK_DONE)
        end_slice(monitor);
    return work == CC_WORK_DONE;
}

/* A slice that is still waiting in pcscd has seen nothing new; one that is over says how it was then, so another look is taken. */
static void look_now(struct cc_monitor *monitor)
{
    bool over = !monitor->running || outwait(monitor, LOOK_MS);

    if (!over && (monitor->frozen || slice_left_ms(monitor) > 0))
        return;
    if (over || outwait(monitor, FROZEN_MS)) {
        begin_slice(monitor, 1);
        over = outwait(monitor, FROZEN_MS);
    }
    if (over)
        return;
    monitor->frozen = true;
    picture_no_service(&monitor->now);
}

static int tell(struct cc_monitor *monitor, int result, struct cc_reader_list *out)
{
    monitor->told_once = true;
    memcpy(&monitor->told, &monitor->now, sizeof monitor->told);
    memcpy(out, &monitor->now, sizeof *out);
    return result;
}

int cc_monitor_look(struct cc_monitor *monitor, struct cc_reader_list *out)
{
    if (monitor == NULL || out == NULL)
        return CC_ERR_ARGUMENT;
    look_now(monitor);
    bool news = !monitor->told_once || memcmp(&monitor->now, &monitor->told, sizeof monitor->now) != 0;
    return tell(monitor, news ? CC_OK : CC_TIMEOUT, out);
}

int cc_monitor_wait(struct cc_monitor *monitor, unsigned timeout_ms, struct cc_reader_list *out)
{
    if (monitor == NULL || out == NULL)
        return CC_ERR_ARGUMENT;
    uint64_t start_ms = cc_pcsc_now_ms();
    int result = CC_TIMEOUT;
    for (;;) {
        uint64_t spent_ms = cc_pcsc_now_ms() - start_ms;
        unsigned left_ms = spent_ms < timeout_ms ? timeout_ms - (unsigned)spent_ms : 0;
        bool woken = wait_slice(monitor, left_ms);
        bool pictured = !monitor->running || monitor->frozen;
        bool quiet = pictured || slice_left_ms(monitor) > 1;
        if (pictured && (!monitor->told_once || memcmp(&monitor->now, &monitor->told, sizeof monitor->now) != 0)) {
            result = CC_OK;
            break;
        }
        /* The first call tells something in any case. */
        if (monitor->told_once && (woken || (left_ms == 0 && quiet)))
            break;
    }
    return tell(monitor, result, out);
}
