/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link: one PC/SC context, one handle, one card, as a channel.
 *
 * Nothing of it is done on the caller's thread. While another program holds a transaction, pcscd keeps SCardConnect()
 * waiting inside the daemon, and libpcsclite repeats SCardBeginTransaction() for ever; SCardTransmit() has no time limit at
 * all, and a driver that hangs or a pcscd that is stopped keeps it waiting. None of these calls can be cancelled:
 * SCardCancel() is for SCardGetStatusChange() alone, and asks the same daemon. So a worker (worker.h) makes them, and the
 * caller waits for it no longer than it wants to.
 *
 *      caller                     worker
 *      cc_link_open ── open ────► establish, connect (again while SHARING_VIOLATION),
 *        │ waits                  begin transaction, ask ATR and keypad
 *      transmit, pad ─ exchange ► SCardTransmit, SCardControl
 *        │ waits
 *      cc_link_close ─ finish ──► end transaction, release, free
 *
 *      too late, each time: the worker is left to itself. It finishes when its call comes back, which it does at the latest
 *      when pcscd dies. Until then it stands in the list of those that are stuck.
 *
 * At most STUCK_MAX calls may be stuck in one reader; beyond that it is refused without asking, as it was the last time.
 * Other readers are not touched by that.
 *
 * After a failed exchange the link is dead: a card exchanged faster than pcscd polls would otherwise answer on the old
 * handle (PC/SC reports nothing then), and a command must never reach another card than the one that was checked.
 */
#include "citycard.h"
#include "pcsc.h"
#include "pinpad.h"
#include "worker.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <reader.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define RETRY_MS    50    /* between attempts while another program has the reader exclusively */
#define PATIENCE_MS 250   /* least time an attempt gets: a local round trip with a busy machine */
#define POWER_UP_MS 4000  /* more, when nobody else uses the reader: the card is only slow to power up */
#define STEP_MS     50    /* how often that question is asked */
#define ANSWER_MS   10000 /* longest command: no card of ours takes one second, and a resident leaves after ten */
#define CLOSE_MS    3000
#define STUCK_MAX   4
#define RECONNECTS  3 /* another program may reset the card between connect and begin */
#define COMMAND_MAX 65544 /* ISO 7816-3, extended: 4 + 3 + 65535 + 2 */

/* All that the worker touches. Freed by it, and by nobody else. */
struct core {
    /* Every core of the process is in one list, under `cores_lock`. */
    struct core *next;
    uint64_t id;
    int stuck; /* CC_OK, or what the caller was told when it gave up */
    char reader[CC_READER_NAME_SIZE];

    enum cc_share share;
    uint64_t deadline_ms;   /* for SHARING_VIOLATION */
    atomic_bool contended;  /* somebody else is connected to that reader */
    atomic_bool abandoned;  /* nobody waits any more */
    bool has_context, has_card, has_transaction, reset;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    struct cc_pad_features pad;
    size_t atr_len;
    uint8_t atr[CC_ATR_MAX];

    LONG rc; /* of the last job */
    DWORD control;
    size_t command_len;
    DWORD answer_len;
    uint8_t command[COMMAND_MAX], answer[CC_ANSWER_MAX];
};

struct cc_link {
    struct cc_channel channel;
    struct cc_worker *worker; /* NULL: left to itself */
    struct core *core;        /* ours only while the worker is idle */
    uint64_t core_id;
    unsigned answer_ms;
    int dead; /* CC_OK, or why nothing may be sent any more */
    size_t atr_len;
    uint8_t atr[CC_ATR_MAX];
};

/* ---- Those that are stuck ---------------------------------------------------------------------------------------- */

static pthread_mutex_t cores_lock = PTHREAD_MUTEX_INITIALIZER;
static struct core *cores;
static uint64_t last_id;

static void core_enter(struct core *core)
{
    pthread_mutex_lock(&cores_lock);
    core->id = ++last_id;
    core->next = cores;
    cores = core;
    pthread_mutex_unlock(&cores_lock);
}

static void core_leave(struct core *core)
{
    pthread_mutex_lock(&cores_lock);
    for (struct core **at = &cores; *at != NULL; at = &(*at)->next) {
        if (*at == core) {
            *at = core->next;
            break;
        }
    }
    pthread_mutex_unlock(&cores_lock);
}

/* By number: the core itself may be gone already. */
static void core_is_stuck(uint64_t id, int result)
{
    pthread_mutex_lock(&cores_lock);
    for (struct core *core = cores; core != NULL; core = core->next) {
        if (core->id == id) {
            core->stuck = result;
            atomic_store(&core->abandoned, true);
        }
    }
    pthread_mutex_unlock(&cores_lock);
}

/* CC_OK, or how the last attempts with this reader ended that have not come back yet. */
static int reader_is_stuck(const char *reader)
{
    unsigned count = 0;
    int result = CC_OK;
    pthread_mutex_lock(&cores_lock);
    for (const struct core *core = cores; core != NULL; core = core->next) {
        if (core->stuck == CC_OK || strcmp(core->reader, reader) != 0)
            continue;
        result = count++ == 0 ? core->stuck : result;
    }
    pthread_mutex_unlock(&cores_lock);
    return count < STUCK_MAX ? CC_OK : result;
}

/* ---- Jobs: on the worker's thread -------------------------------------------------------------------------------- */

/* Tell the caller whether a slow connect means another program or only a slow card. */
static LONG note_contention(struct core *core)
{
    SCARD_READERSTATE state = {.szReader = core->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
    cc_states_lock();
    LONG rc = SCardGetStatusChange(core->context, 1, &state, 1);
    cc_states_unlock();
    if (rc != SCARD_S_SUCCESS && rc != SCARD_E_TIMEOUT)
        return rc;
    atomic_store(&core->contended, (state.dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0);
    return SCARD_S_SUCCESS;
}

static LONG connect_card(struct core *core)
{
    DWORD share = core->share == CC_SHARE_EXCLUSIVE ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED;
    for (;;) {
        LONG rc = SCardConnect(core->context, core->reader, share, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                               &core->card, &core->protocol);
        if (rc != SCARD_E_SHARING_VIOLATION) {
            core->has_card = rc == SCARD_S_SUCCESS;
            return rc;
        }
        if (cc_pcsc_now_ms() + RETRY_MS > core->deadline_ms || atomic_load(&core->abandoned))
            return rc;
        struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

static LONG begin_transaction(struct core *core)
{
    for (int attempt = 0;; attempt++) {
        LONG rc = SCardBeginTransaction(core->card);
        if (rc == SCARD_S_SUCCESS)
            core->has_transaction = true;
        if (rc != SCARD_W_RESET_CARD || attempt == RECONNECTS)
            return rc;
        /* Nothing was said to the card yet, so a reset by another program costs nothing. */
        rc = SCardReconnect(core->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                            SCARD_LEAVE_CARD, &core->protocol);
        if (rc != SCARD_S_SUCCESS)
            return rc;
    }
}

static LONG ask_atr(struct core *core)
{
    char name[CC_READER_NAME_SIZE];
    DWORD name_len = sizeof name, state = 0, protocol = 0, atr_len = sizeof core->atr;
    cc_states_lock();
    LONG rc = SCardStatus(core->card, name, &name_len, &state, &protocol, core->atr, &atr_len);
    cc_states_unlock();
    if (rc == SCARD_S_SUCCESS)
        core->atr_len = atr_len <= sizeof core->atr ? atr_len : 0;
    return rc;
}

/* A reader without keypad refuses the question or answers with nothing: both are in order. */
static void ask_keypad(struct core *core)
{
    DWORD len = 0;
    LONG rc = SCardControl(core->card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, core->answer, MAX_BUFFER_SIZE, &len);
    if (rc == SCARD_S_SUCCESS && len <= MAX_BUFFER_SIZE)
        cc_pad_features_read(cc_bytes_of(core->answer, len), &core->pad);
}

static void job_open(void *subject)
{
    struct core *core = subject;
    LONG rc = cc_context_new(&core->context);
    core->has_context = rc == SCARD_S_SUCCESS;
    if (rc == SCARD_S_SUCCESS)
        rc = note_contention(core);
    if (rc == SCARD_S_SUCCESS)
        rc = connect_card(core);
    if (rc == SCARD_S_SUCCESS && core->share == CC_SHARE_TRANSACTION)
        rc = atomic_load(&core->abandoned) ? SCARD_E_CANCELLED : begin_transaction(core);
    if (rc == SCARD_S_SUCCESS)
        rc = ask_atr(core);
    if (rc == SCARD_S_SUCCESS)
        ask_keypad(core);
    core->rc = rc;
}

static void job_transmit(void *subject)
{
    struct core *core = subject;
    const SCARD_IO_REQUEST *pci = core->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    /* A buffer too small would lose the answer of a command that the card has already carried out. */
    core->answer_len = sizeof core->answer;
    core->rc = SCardTransmit(core->card, pci, core->command, core->command_len, NULL, core->answer,
                             &core->answer_len);
    OPENSSL_cleanse(core->command, core->command_len);
}

static void job_control(void *subject)
{
    struct core *core = subject;
    core->answer_len = 0;
    core->rc = SCardControl(core->card, core->control, core->command, core->command_len, core->answer,
                            MAX_BUFFER_SIZE, &core->answer_len);
}

/*
 * The last job. Nothing can be done about errors here: card, reader or daemon may be gone, and the context goes in any case,
 * which makes pcscd drop the handle, and reset the card if this handle still holds it (by a transaction, or exclusively). So
 * a card that shall stay as it is is let go first. One that is held exclusively can only be disconnected for that, see
 * cc_card_leave(); the others are not.
 */
static void finish(void *subject)
{
    struct core *core = subject;
    if (core->has_transaction && !core->reset)
        (void)SCardEndTransaction(core->card, SCARD_LEAVE_CARD);
    if (core->has_card && core->share == CC_SHARE_EXCLUSIVE && !core->reset)
        cc_card_leave(core->card);
    if (core->has_context)
        cc_context_free(core->context);
    core_leave(core);
    free(core);
}

/* ---- Exchange: on the caller's thread ---------------------------------------------------------------------------- */

static void leave_worker(struct cc_link *link, int result)
{
    core_is_stuck(link->core_id, result);
    (void)cc_worker_end(link->worker, 0);
    link->worker = NULL;
    link->core = NULL;
}

/* Run a job that sends something. CC_OK, or why the link is dead now. */
static int exchange(struct cc_link *link, void (*job)(void *), unsigned timeout_ms)
{
    cc_worker_start(link->worker, job);
    if (cc_worker_wait(link->worker, timeout_ms) != CC_WORK_DONE) {
        leave_worker(link, CC_ERR_FROZEN);
        link->dead = CC_ERR_FROZEN;
    } else if (link->core->rc != SCARD_S_SUCCESS) {
        /* The code first: with an error the length means nothing. */
        int result = cc_pcsc_result(link->core->rc);
        link->dead = result < 0 ? result : CC_ERR_REMOVED;
    } else if (link->core->answer_len < 2) {
        /* Some drivers report a card pulled in the middle as success with nothing. */
        link->dead = CC_ERR_REMOVED;
    }
    return link->dead;
}

static int take_answer(struct cc_link *link, uint8_t *answer, size_t room, size_t *answer_len)
{
    if (link->core->answer_len > room || link->core->answer_len > sizeof link->core->answer) {
        link->dead = CC_ERR_PROTOCOL;
        return link->dead;
    }
    struct cc_bytes in = cc_bytes_of(link->core->answer, link->core->answer_len);
    *answer_len = in.left;
    cc_take(&in, answer, in.left);
    return CC_OK;
}

/*
 * ISO 7816-3, 12.2.2.2: T=0 has no command with both a body and Le. Case 4 goes as case 3 and the answer is fetched by GET
 * RESPONSE, which the layer above does on 61xx. Some drivers drop Le themselves, others fail.
 */
static size_t without_le(const struct core *core, const uint8_t *command, size_t len)
{
    bool case_4 = len > 6 && command[4] != 0 && len == 6u + command[4];
    return core->protocol == SCARD_PROTOCOL_T0 && case_4 ? len - 1 : len;
}

static int link_transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                         size_t *answer_len)
{
    struct cc_link *link = ctx;
    size_t room = *answer_len;
    *answer_len = 0;
    if (link->dead != CC_OK)
        return link->dead;
    if (command_len == 0 || command_len > COMMAND_MAX)
        return CC_ERR_ARGUMENT;
    link->core->command_len = without_le(link->core, command, command_len);
    memcpy(link->core->command, command, link->core->command_len);
    int result = exchange(link, job_transmit, link->answer_ms);
    return result == CC_OK ? take_answer(link, answer, room, answer_len) : result;
}

static int link_pad(void *ctx, const struct cc_pad_request *request, uint8_t *answer, size_t *answer_len)
{
    struct cc_link *link = ctx;
    size_t room = *answer_len;
    *answer_len = 0;
    if (link->dead != CC_OK)
        return link->dead;
    struct core *core = link->core;
    uint8_t structure[CC_PAD_STRUCTURE_MAX];
    size_t len = cc_pad_build(request, structure);
    if (len == 0 || room < 2)
        return CC_ERR_ARGUMENT;
    core->control = request->kind == CC_PAD_VERIFY ? core->pad.verify : core->pad.modify;
    if (core->control == 0)
        return CC_ERR_UNSUPPORTED;
    memcpy(core->command, structure, len);
    core->command_len = len;
    /* Old PIN, new PIN, new PIN again; and each may take its time twice, before the first key and after it. */
    unsigned entries = request->kind == CC_PAD_VERIFY ? 1 : 3;
    int result = exchange(link, job_control, entries * 2 * request->timeout_s * 1000 + link->answer_ms);
    if (result == CC_OK && core->answer_len != 2)
        result = link->dead = CC_ERR_PROTOCOL;
    return result == CC_OK ? take_answer(link, answer, room, answer_len) : result;
}

/* ---- Open -------------------------------------------------------------------------------------------------------- */

static struct core *core_new(const char *reader, enum cc_share share, unsigned timeout_ms)
{
    struct core *core = malloc(sizeof *core);
    if (core == NULL)
        return NULL;
    /* Everything but the 128 KiB of room. */
    memset(core, 0, offsetof(struct core, command));
    atomic_init(&core->contended, false);
    atomic_init(&core->abandoned, false);
    core->share = share;
    core->deadline_ms = cc_pcsc_now_ms() + timeout_ms;
    memcpy(core->reader, reader, strlen(reader) + 1);
    core_enter(core);
    return core;
}

static struct cc_link *link_new(const char *reader, enum cc_share share, unsigned timeout_ms)
{
    struct cc_link *link = calloc(1, sizeof *link);
    struct core *core = core_new(reader, share, timeout_ms);
    struct cc_worker *worker = link != NULL && core != NULL ? cc_worker_new(core, finish) : NULL;
    if (worker == NULL) {
        if (core != NULL)
            finish(core);
        free(link);
        return NULL;
    }
    link->channel = (struct cc_channel){.ctx = link, .transmit = link_transmit};
    link->worker = worker;
    link->core = core;
    link->core_id = core->id;
    link->answer_ms = ANSWER_MS;
    return link;
}

/* Wait for job_open. Somebody else's reader is given up after the caller's time, a slow card gets more. */
static bool wait_for_open(struct cc_link *link, unsigned timeout_ms)
{
    unsigned first_ms = timeout_ms > PATIENCE_MS ? timeout_ms : PATIENCE_MS;
    bool done = cc_worker_wait(link->worker, first_ms) == CC_WORK_DONE;
    for (unsigned more_ms = 0; !done && more_ms < POWER_UP_MS; more_ms += STEP_MS) {
        if (atomic_load(&link->core->contended))
            break;
        done = cc_worker_wait(link->worker, STEP_MS) == CC_WORK_DONE;
    }
    return done;
}

static int open_result(struct cc_link *link, unsigned timeout_ms)
{
    cc_worker_start(link->worker, job_open);
    if (!wait_for_open(link, timeout_ms)) {
        int result = atomic_load(&link->core->contended) ? CC_ERR_IN_USE : CC_ERR_FROZEN;
        leave_worker(link, result);
        return result;
    }
    int result = cc_pcsc_result(link->core->rc);
    return result == CC_TIMEOUT ? CC_ERR_IN_USE : result;
}

int cc_link_open(struct cc_link **out, const char *reader, enum cc_share share, unsigned timeout_ms)
{
    if (out == NULL || reader == NULL || (share != CC_SHARE_TRANSACTION && share != CC_SHARE_EXCLUSIVE))
        return CC_ERR_ARGUMENT;
    *out = NULL;
    if (strnlen(reader, CC_READER_NAME_SIZE) == CC_READER_NAME_SIZE)
        return CC_ERR_NO_READER;
    int result = reader_is_stuck(reader);
    if (result != CC_OK)
        return result;
    struct cc_link *link = link_new(reader, share, timeout_ms);
    if (link == NULL)
        return CC_ERR_MEMORY;
    result = open_result(link, timeout_ms);
    if (result != CC_OK) {
        cc_link_close(link, false);
        return result;
    }
    if (link->core->pad.verify != 0)
        link->channel.pad = link_pad;
    memcpy(link->atr, link->core->atr, link->core->atr_len);
    link->atr_len = link->core->atr_len;
    *out = link;
    return CC_OK;
}

/* ---- The rest ---------------------------------------------------------------------------------------------------- */

const struct cc_channel *cc_link_channel(const struct cc_link *link)
{
    assert(link != NULL);
    return &link->channel;
}

void cc_link_deadline(struct cc_link *link, unsigned answer_ms)
{
    assert(link != NULL);
    link->answer_ms = answer_ms;
}

size_t cc_link_atr(const struct cc_link *link, uint8_t atr[CC_ATR_MAX])
{
    assert(link != NULL && link->atr_len <= CC_ATR_MAX);
    memcpy(atr, link->atr, link->atr_len);
    return link->atr_len;
}

/*
 * Whether the card is still there to be reset. Never reset one that has gone: pcscd 1.9.9 then marks the slot empty at once, and a
 * card put back before its next look (400 ms) stays invisible until it is taken out again. pcscd's own word is as old as its
 * last look; only an answer tells. SELECT of the master file is one that every card gives, and leaves the application.
 */
static bool may_be_reset(struct cc_link *link)
{
    static const uint8_t select_mf[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
    uint8_t answer[258];
    size_t len = sizeof answer;
    if (link->answer_ms > CLOSE_MS)
        link->answer_ms = CLOSE_MS;
    int result = link_transmit(link, select_mf, sizeof select_mf, answer, &len);
    return result == CC_OK || result == CC_ERR_PROTOCOL;
}

void cc_link_close(struct cc_link *link, bool reset)
{
    if (link == NULL)
        return;
    /* A card that is gone has forgotten its PIN. */
    reset = reset && link->dead == CC_OK && may_be_reset(link);
    if (link->worker != NULL) {
        link->core->reset = reset;
        if (!cc_worker_end(link->worker, CLOSE_MS))
            core_is_stuck(link->core_id, CC_ERR_FROZEN);
    }
    free(link);
}
