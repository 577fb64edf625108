/* SPDX-License-Identifier: Apache-2.0 */
/* PC/SC return codes and reader states in the words of citycard.h. */
#include "pcsc.h"

#include "citycard.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

int cc_pcsc_result(long rc)
{
    /* The SCARD_* constants are cast to LONG by <pcsclite.h>: positive on 64 bits. Never narrow before
     * comparing. */
    static const struct {
        LONG rc;
        int result;
    } table[] = {
        {SCARD_S_SUCCESS, CC_OK},
        {SCARD_E_TIMEOUT, CC_TIMEOUT},
        {SCARD_E_CANCELLED, CC_TIMEOUT},
        /* The service: not there, stopped, or another one than when this context or handle was made. */
        {SCARD_E_NO_SERVICE, CC_ERR_NO_SERVICE},
        {SCARD_E_SERVICE_STOPPED, CC_ERR_NO_SERVICE},
        {SCARD_F_COMM_ERROR, CC_ERR_NO_SERVICE},
        {SCARD_E_INVALID_HANDLE, CC_ERR_NO_SERVICE},
        /* The reader. INVALID_VALUE is what a handle says whose reader was unplugged. */
        {SCARD_E_UNKNOWN_READER, CC_ERR_NO_READER},
        {SCARD_E_NO_READERS_AVAILABLE, CC_ERR_NO_READER},
        {SCARD_E_READER_UNAVAILABLE, CC_ERR_NO_READER},
        {SCARD_E_INVALID_VALUE, CC_ERR_NO_READER},
        {SCARD_E_SHARING_VIOLATION, CC_ERR_IN_USE},
        /* The card. */
        {SCARD_E_NO_SMARTCARD, CC_ERR_NO_CARD},
        {SCARD_W_REMOVED_CARD, CC_ERR_REMOVED},
        {SCARD_E_NOT_TRANSACTED, CC_ERR_REMOVED},
        {SCARD_E_COMM_DATA_LOST, CC_ERR_REMOVED},
        {SCARD_W_RESET_CARD, CC_ERR_RESET},
        {SCARD_W_UNRESPONSIVE_CARD, CC_ERR_UNRESPONSIVE},
        {SCARD_W_UNPOWERED_CARD, CC_ERR_UNRESPONSIVE},
        {SCARD_W_UNSUPPORTED_CARD, CC_ERR_UNSUPPORTED},
        {SCARD_E_UNSUPPORTED_FEATURE, CC_ERR_UNSUPPORTED},
        {SCARD_E_CARD_UNSUPPORTED, CC_ERR_UNSUPPORTED},
        {SCARD_E_READER_UNSUPPORTED, CC_ERR_UNSUPPORTED},
        /* Both T=0 and T=1 are always offered: a card that takes neither is none of ours. */
        {SCARD_E_PROTO_MISMATCH, CC_ERR_UNSUPPORTED},
        /* The longest answer ISO 7816-4 allows fits the buffer: more is the card's fault. */
        {SCARD_E_INSUFFICIENT_BUFFER, CC_ERR_PROTOCOL},
        {SCARD_E_INVALID_PARAMETER, CC_ERR_ARGUMENT},
        {SCARD_E_NO_MEMORY, CC_ERR_MEMORY},
        {SCARD_F_UNKNOWN_ERROR, CC_ERR_SYSTEM},
        {SCARD_F_INTERNAL_ERROR, CC_ERR_SYSTEM},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].rc == rc)
            return table[i].result;
    return CC_ERR_SYSTEM;
}

/* ---- Turns with libpcsclite's array of states -------------------------------------------------------------------- */

#define CANCEL_AGAIN_MS 10  /* a cancel that comes just before the call that it means is lost */
#define SHARE_MS        250 /* of the turns, for a long wait while another one wants to begin */

struct cc_recall {
    unsigned references;
    bool called;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    bool busy;
    unsigned wanted;             /* short turns that are waited for: they go first */
    bool waiting;                /* the present turn is a long one, of this context */
    SCARDCONTEXT context;
    struct cc_recall *recall;    /* and ends with this */
} turn = {.lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

/* With the lock: until a turn ends, at most timeout_ms. */
static bool turn_ended(unsigned timeout_ms)
{
    uint64_t until_ms = cc_pcsc_now_ms() + timeout_ms;
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000L};

    return pthread_cond_clockwait(&turn.freed, &turn.lock, CLOCK_MONOTONIC, &until) == 0;
}

/* With the lock: until a turn ends, or it is time to say again that a long one shall. */
static void hurry(void)
{
    if (turn.waiting)
        (void)SCardCancel(turn.context);
    (void)turn_ended(turn.waiting ? CANCEL_AGAIN_MS : SHARE_MS);
}

void cc_states_lock(void)
{
    pthread_mutex_lock(&turn.lock);
    turn.wanted++;
    while (turn.busy)
        hurry();
    turn.wanted--;
    turn.busy = true;
    pthread_mutex_unlock(&turn.lock);
}

void cc_states_unlock(void)
{
    pthread_mutex_lock(&turn.lock);
    turn.busy = turn.waiting = false;
    turn.recall = NULL;
    pthread_cond_broadcast(&turn.freed);
    pthread_mutex_unlock(&turn.lock);
}

LONG cc_states_wait(SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states, DWORD count,
                    struct cc_recall *recall)
{
    pthread_mutex_lock(&turn.lock);
    while (turn.busy || turn.wanted > 0)
        if (!turn_ended(SHARE_MS) && turn.waiting)
            hurry();
    bool called = recall->called;
    turn.busy = turn.waiting = !called;
    turn.context = context;
    turn.recall = recall;
    pthread_mutex_unlock(&turn.lock);
    if (called)
        return SCARD_E_CANCELLED;
    LONG rc = SCardGetStatusChange(context, timeout_ms, states, count);
    cc_states_unlock();
    return rc;
}

struct cc_recall *cc_recall_new(void)
{
    struct cc_recall *recall = calloc(1, sizeof *recall);

    if (recall != NULL)
        recall->references = 1;
    return recall;
}

struct cc_recall *cc_recall_ref(struct cc_recall *recall)
{
    pthread_mutex_lock(&turn.lock);
    recall->references++;
    pthread_mutex_unlock(&turn.lock);
    return recall;
}

void cc_recall_unref(struct cc_recall *recall)
{
    pthread_mutex_lock(&turn.lock);
    bool last = --recall->references == 0;
    pthread_mutex_unlock(&turn.lock);
    if (last)
        free(recall);
}

void cc_states_recall(struct cc_recall *recall)
{
    pthread_mutex_lock(&turn.lock);
    recall->called = true;
    while (turn.waiting && turn.recall == recall)
        hurry();
    pthread_mutex_unlock(&turn.lock);
}

/* ---- Contexts, and handles that are left --------------------------------------------------------------------------- */

static pthread_rwlock_t contexts = PTHREAD_RWLOCK_INITIALIZER;

LONG cc_context_new(SCARDCONTEXT *context)
{
    pthread_rwlock_rdlock(&contexts);
    LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, context);
    pthread_rwlock_unlock(&contexts);
    return rc;
}

void cc_context_free(SCARDCONTEXT context)
{
    pthread_rwlock_rdlock(&contexts);
    (void)SCardReleaseContext(context);
    pthread_rwlock_unlock(&contexts);
}

void cc_card_leave(SCARDHANDLE card)
{
    pthread_rwlock_wrlock(&contexts);
    (void)SCardDisconnect(card, SCARD_LEAVE_CARD);
    pthread_rwlock_unlock(&contexts);
}

/* ---- The rest ---------------------------------------------------------------------------------------------------- */

uint64_t cc_pcsc_now_ms(void)
{
    struct timespec now;
    /* CLOCK_MONOTONIC cannot fail on Linux. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const char *cc_reader_state_name(enum cc_reader_state state)
{
    switch (state) {
    case CC_READER_NO_SERVICE:
        return "no-service";
    case CC_READER_NONE:
        return "no-reader";
    case CC_READER_EMPTY:
        return "empty";
    case CC_READER_CARD:
        return "card";
    case CC_READER_MUTE:
        return "mute";
    case CC_READER_IN_USE:
        return "in-use";
    case CC_READER_GONE:
        return "gone";
    }
    return "unknown";
}
