/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link: one PC/SC context, one handle, one card, as a channel.
 *
 * Opening cannot be done on the caller's thread. While another program holds a transaction on the reader,
 * pcscd keeps SCardConnect() waiting inside the daemon, and libpcsclite repeats SCardBeginTransaction() for
 * ever; neither can be cancelled. So a helper thread opens, and the caller waits for it no longer than it
 * wants to. An attempt that is given up ends by itself when the other program lets go: it disconnects at once
 * and frees everything. At most ABANDONED_MAX of those may be pending in a process; beyond that a reader that
 * is in use is reported without asking.
 *
 *      caller                 helper thread
 *      cc_link_open ────────► establish, connect (again while SHARING_VIOLATION),
 *        │ waits              begin transaction, ask the ATR
 *        │                      │
 *        ├─ in time ◄───────────┤  the caller takes the link
 *        └─ too late ──────────►│  abandoned: the helper closes the link when it gets it
 *
 * After a failed transmit the link is dead: a card exchanged faster than pcscd polls would otherwise answer
 * on the old handle (PC/SC reports nothing then), and a command must never reach another card than the one
 * that was checked.
 */
#include "citycard.h"
#include "pcsc.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define RETRY_MS      50   /* between attempts while another program has the reader exclusively */
#define PATIENCE_MS   250  /* least time an attempt gets: a local round trip with a busy machine */
#define POWER_UP_MS   4000 /* more, when nobody else uses the reader: the card is only slow to power up */
#define ABANDONED_MAX 8
#define RECONNECTS    3 /* another program may reset the card between connect and begin */

struct cc_link {
    struct cc_channel channel;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    const SCARD_IO_REQUEST *pci;
    int dead; /* CC_OK, or why nothing may be sent any more */
    enum cc_share share;
    bool has_context, has_card, has_transaction;
    size_t atr_len;
    uint8_t atr[CC_ATR_MAX];
    uint8_t room[CC_ANSWER_MAX]; /* for callers whose own buffer is smaller than the longest answer */
};

/* Shared by the caller and the helper; the last one out frees it. */
struct opening {
    pthread_mutex_t lock;
    pthread_cond_t progress;
    bool done, abandoned;
    bool contended; /* somebody else is connected to that reader */
    int result;
    struct cc_link *link;
    enum cc_share share;
    uint64_t deadline_ms; /* for SHARING_VIOLATION */
    char reader[CC_READER_NAME_SIZE];
};

static atomic_int abandoned_count;

/* ---- Transmit ---------------------------------------------------------------------------------------------------- */

static int link_transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                         size_t *answer_len)
{
    struct cc_link *link = ctx;
    size_t room = *answer_len;
    *answer_len = 0;
    if (link->dead != CC_OK)
        return link->dead;

    /* A buffer too small would lose the answer of a command that the card has already carried out. */
    bool direct = room >= sizeof link->room;
    uint8_t *into = direct ? answer : link->room;
    DWORD len = sizeof link->room;
    LONG rc = SCardTransmit(link->card, link->pci, command, command_len, NULL, into, &len);
    /* The code first: with an error the length means nothing. */
    if (rc != SCARD_S_SUCCESS) {
        int result = cc_pcsc_result(rc);
        link->dead = result < 0 ? result : CC_ERR_REMOVED;
        return link->dead;
    }
    /* Some drivers report a card pulled in the middle as success with nothing. */
    if (len < 2) {
        link->dead = CC_ERR_REMOVED;
        return link->dead;
    }
    if (len > room) {
        link->dead = CC_ERR_PROTOCOL;
        return link->dead;
    }
    if (!direct)
        memcpy(answer, into, len);
    *answer_len = len;
    return CC_OK;
}

/* ---- Open: on the helper thread ---------------------------------------------------------------------------------- */

static bool given_up(struct opening *opening)
{
    pthread_mutex_lock(&opening->lock);
    bool abandoned = opening->abandoned;
    pthread_mutex_unlock(&opening->lock);
    return abandoned;
}

/* Tell the caller whether a slow connect means another program or only a slow card. */
static LONG note_contention(struct opening *opening, struct cc_link *link)
{
    SCARD_READERSTATE state = {.szReader = opening->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG rc = SCardGetStatusChange(link->context, 1, &state, 1);
    if (rc != SCARD_S_SUCCESS && rc != SCARD_E_TIMEOUT)
        return rc;
    pthread_mutex_lock(&opening->lock);
    opening->contended = (state.dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0;
    pthread_cond_signal(&opening->progress);
    pthread_mutex_unlock(&opening->lock);
    return SCARD_S_SUCCESS;
}

static LONG connect_card(struct opening *opening, struct cc_link *link, DWORD *protocol)
{
    DWORD share = opening->share == CC_SHARE_EXCLUSIVE ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED;
    for (;;) {
        LONG rc = SCardConnect(link->context, opening->reader, share, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                               &link->card, protocol);
        if (rc != SCARD_E_SHARING_VIOLATION) {
            link->has_card = rc == SCARD_S_SUCCESS;
            return rc;
        }
        if (cc_pcsc_now_ms() + RETRY_MS > opening->deadline_ms || given_up(opening))
            return rc;
        struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

static LONG begin_transaction(struct cc_link *link, DWORD *protocol)
{
    for (int attempt = 0;; attempt++) {
        LONG rc = SCardBeginTransaction(link->card);
        if (rc == SCARD_S_SUCCESS)
            link->has_transaction = true;
        if (rc != SCARD_W_RESET_CARD || attempt == RECONNECTS)
            return rc;
        /* Nothing was said to the card yet, so a reset by another program costs nothing. */
        rc = SCardReconnect(link->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                            SCARD_LEAVE_CARD, protocol);
        if (rc != SCARD_S_SUCCESS)
            return rc;
    }
}

static LONG ask_atr(struct cc_link *link)
{
    char name[CC_READER_NAME_SIZE];
    DWORD name_len = sizeof name, state = 0, protocol = 0, atr_len = sizeof link->atr;
    LONG rc = SCardStatus(link->card, name, &name_len, &state, &protocol, link->atr, &atr_len);
    if (rc == SCARD_S_SUCCESS)
        link->atr_len = atr_len <= sizeof link->atr ? atr_len : 0;
    return rc;
}

static LONG open_steps(struct opening *opening, struct cc_link *link)
{
    LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &link->context);
    if (rc != SCARD_S_SUCCESS)
        return rc;
    link->has_context = true;
    DWORD protocol = 0;
    rc = note_contention(opening, link);
    if (rc == SCARD_S_SUCCESS)
        rc = connect_card(opening, link, &protocol);
    if (rc == SCARD_S_SUCCESS && opening->share == CC_SHARE_TRANSACTION)
        rc = given_up(opening) ? SCARD_E_CANCELLED : begin_transaction(link, &protocol);
    if (rc == SCARD_S_SUCCESS)
        rc = ask_atr(link);
    link->pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    return rc;
}

static void opening_free(struct opening *opening)
{
    pthread_cond_destroy(&opening->progress);
    pthread_mutex_destroy(&opening->lock);
    free(opening);
}

static void *open_on_thread(void *data)
{
    struct opening *opening = data;
    struct cc_link *link = opening->link;
    int result = cc_pcsc_result(open_steps(opening, link));

    pthread_mutex_lock(&opening->lock);
    bool abandoned = opening->abandoned;
    opening->result = result == CC_TIMEOUT ? CC_ERR_IN_USE : result;
    opening->done = true;
    pthread_cond_signal(&opening->progress);
    pthread_mutex_unlock(&opening->lock);
    if (abandoned) {
        cc_link_close(link, false);
        opening_free(opening);
        atomic_fetch_sub(&abandoned_count, 1);
    }
    return NULL;
}

/* ---- Open: on the caller's thread -------------------------------------------------------------------------------- */

static struct opening *opening_new(const char *reader, enum cc_share share, unsigned timeout_ms)
{
    struct opening *opening = calloc(1, sizeof *opening);
    struct cc_link *link = malloc(sizeof *link);
    pthread_condattr_t clock;
    if (opening == NULL || link == NULL || pthread_condattr_init(&clock) != 0) {
        free(opening);
        free(link);
        return NULL;
    }
    /* With these attributes neither call can fail in glibc. */
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&opening->progress, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&opening->lock, NULL);

    /* Everything but the 64 KiB of room. */
    memset(link, 0, offsetof(struct cc_link, room));
    link->channel = (struct cc_channel){.ctx = link, .transmit = link_transmit};
    link->share = share;
    opening->link = link;
    opening->share = share;
    opening->deadline_ms = cc_pcsc_now_ms() + timeout_ms;
    memcpy(opening->reader, reader, strlen(reader) + 1);
    return opening;
}

static int start_thread(struct opening *opening)
{
    /* Signals belong to the program's own threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_t thread;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, open_on_thread, opening);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return CC_ERR_SYSTEM;
    pthread_detach(thread);
    return CC_OK;
}

static struct timespec at_ms(uint64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000L};
}

/* Wait for the helper. True: it is done and its result may be taken. False: it was abandoned and cleans up
 * itself. */
static bool wait_for_thread(struct opening *opening, unsigned timeout_ms)
{
    uint64_t start_ms = cc_pcsc_now_ms();
    pthread_mutex_lock(&opening->lock);
    while (!opening->done) {
        uint64_t allowed_ms = timeout_ms > PATIENCE_MS ? timeout_ms : PATIENCE_MS;
        if (!opening->contended)
            allowed_ms += POWER_UP_MS;
        struct timespec until = at_ms(start_ms + allowed_ms);
        if (pthread_cond_timedwait(&opening->progress, &opening->lock, &until) != 0 &&
            cc_pcsc_now_ms() - start_ms >= allowed_ms)
            break;
    }
    bool done = opening->done;
    if (!done) {
        opening->abandoned = true;
        atomic_fetch_add(&abandoned_count, 1);
    }
    pthread_mutex_unlock(&opening->lock);
    return done;
}

int cc_link_open(struct cc_link **out, const char *reader, enum cc_share share, unsigned timeout_ms)
{
    if (out == NULL || reader == NULL || (share != CC_SHARE_TRANSACTION && share != CC_SHARE_EXCLUSIVE))
        return CC_ERR_ARGUMENT;
    *out = NULL;
    if (strnlen(reader, CC_READER_NAME_SIZE) == CC_READER_NAME_SIZE)
        return CC_ERR_NO_READER;
    if (atomic_load(&abandoned_count) >= ABANDONED_MAX)
        return CC_ERR_IN_USE;

    struct opening *opening = opening_new(reader, share, timeout_ms);
    if (opening == NULL)
        return CC_ERR_MEMORY;
    int result = start_thread(opening);
    if (result == CC_OK && !wait_for_thread(opening, timeout_ms))
        return CC_ERR_IN_USE;
    if (result == CC_OK)
        result = opening->result;
    if (result == CC_OK)
        *out = opening->link;
    else
        cc_link_close(opening->link, false);
    opening_free(opening);
    return result;
}

/* ---- The rest ---------------------------------------------------------------------------------------------------- */

const struct cc_channel *cc_link_channel(const struct cc_link *link)
{
    assert(link != NULL);
    return &link->channel;
}

size_t cc_link_atr(const struct cc_link *link, uint8_t atr[CC_ATR_MAX])
{
    assert(link != NULL && link->atr_len <= CC_ATR_MAX);
    memcpy(atr, link->atr, link->atr_len);
    return link->atr_len;
}

void cc_link_close(struct cc_link *link, bool reset)
{
    if (link == NULL)
        return;
    /* Never reset a card that has gone: pcscd 1.9.9 then marks the slot empty at once, and a card put back before its
     * next look (400 ms) stays invisible until it is taken out again. A card that is gone has forgotten its PIN. */
    DWORD disposition = reset && link->dead == CC_OK ? SCARD_RESET_CARD : SCARD_LEAVE_CARD;
    /* Nothing can be done about errors here: card, reader or daemon may be gone, and the context goes in any
     * case, which makes pcscd end the transaction and drop the handle. The reset belongs to the disconnect
     * alone. */
    if (link->has_transaction)
        (void)SCardEndTransaction(link->card, SCARD_LEAVE_CARD);
    if (link->has_card)
        (void)SCardDisconnect(link->card, disposition);
    if (link->has_context)
        (void)SCardReleaseContext(link->context);
    free(link);
}
