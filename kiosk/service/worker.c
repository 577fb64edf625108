/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card worker: owns the readers, the PSAM's slot and the session, and does one thing after another.
 *
 * A slot plays one of two roles, found by what lies in it: the PSAM's, held exclusively for as long as it is there, or a
 * resident's. A card counts as a new tap when its reader's event count is another than at the last look.
 */
#include "service/internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define WAIT_MS        500   /* while something is going on */
#define CALM_MS        10000 /* while nothing is: a reader, a request and the platform's news end it at once */
#define CALM_AFTER_MS  3000
#define CARD_BUSY_MS   3000
#define SAM_BUSY_MS    500
#define READ_TRIES     3
#define READ_PAUSE_MS  200
#define SAM_RETRY_MS   2000
#define TIME_RAISE_MS  60000
#define SWEEP_MS       60000
#define STORE_RETRY_MS 5000

/* ---- The PSAM ------------------------------------------------------------------------------------------------------ */

static void sam_drop(struct kiosk *kiosk)
{
    kiosk->hall.close(kiosk->hall.ctx, &kiosk->sam.card, false);
    OPENSSL_cleanse(&kiosk->sam, sizeof kiosk->sam);
}

/* A PSAM of another till would put its payments into another till's books. */
static bool sam_is_ours(struct kiosk *kiosk)
{
    struct cc_sam_expected expected = {.has_terminal = kiosk->config->sam_terminal != NULL};

    if (!expected.has_terminal)
        return true;
    bool is_number = cc_unhex(kiosk->config->sam_terminal, expected.terminal, sizeof expected.terminal) ==
                     (int)sizeof expected.terminal;
    if (is_number && cc_sam_check(&kiosk->sam.sam, &expected) == CC_OK)
        return true;
    if (!kiosk->sam_foreign)
        g_warning("the PSAM is not that of terminal %s", kiosk->config->sam_terminal);
    kiosk->sam_foreign = true;
    return false;
}

/* Keep the slot when the PSAM opens, else let go of it. */
static bool sam_take(struct kiosk *kiosk, const struct cc_reader *reader)
{
    struct sam_slot *slot = &kiosk->sam;

    if (kiosk->hall.open(kiosk->hall.ctx, reader->name, CC_SHARE_EXCLUSIVE, SAM_BUSY_MS, &slot->card) != CC_OK)
        return false;
    if (cc_sam_open(&slot->sam, &slot->card.channel, date_of_ms(health_now_ms(kiosk))) != CC_OK) {
        sam_drop(kiosk);
        return false;
    }
    if (!sam_is_ours(kiosk)) {
        sam_drop(kiosk);
        return false;
    }
    slot->events = reader->events;
    g_strlcpy(kiosk->sam_reader, reader->name, sizeof kiosk->sam_reader);
    g_strlcpy(slot->reader, reader->name, sizeof slot->reader);
    char terminal[13];
    g_message("PSAM ready, terminal %s", cc_hex(slot->sam.terminal, 6, terminal, sizeof terminal));
    return true;
}

static const struct cc_reader *reader_by_name(const struct cc_reader_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->readers[i].name, name) == 0)
            return &list->readers[i];
    return NULL;
}

/* Our own exclusive hold may show as IN_USE; only an empty, mute or vanished slot means that the PSAM went. */
static bool sam_gone(const struct kiosk *kiosk)
{
    if (kiosk->readers.service == CC_READER_NO_SERVICE || kiosk->sam.sam.port.broken)
        return true;
    const struct cc_reader *reader = reader_by_name(&kiosk->readers, kiosk->sam.reader);
    return reader == NULL || reader->events != kiosk->sam.events || reader->state == CC_READER_EMPTY ||
           reader->state == CC_READER_MUTE || reader->state == CC_READER_GONE;
}

/* ---- The resident's card --------------------------------------------------------------------------------------------- */

static void session_forget(struct kiosk *kiosk)
{
    person_session_end(kiosk);
    certificates_forget(kiosk);
    OPENSSL_cleanse(&kiosk->session, sizeof kiosk->session);
}

static void session_end(struct kiosk *kiosk)
{
    session_forget(kiosk);
    kiosk_post(kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_CARD_REMOVED}, NULL);
}

/* A card nobody knows must not keep the next resident waiting. */
static bool session_busy(const struct session *session)
{
    return session->present && session->verdict != KIOSK_CARD_UNKNOWN;
}

static void card_tell(struct kiosk *kiosk)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD,
                                .card = {.verdict = kiosk->session.verdict, .identity = kiosk->session.identity}};
    kiosk_post(kiosk, &event, NULL);
}

int worker_card_open(struct kiosk *kiosk, struct hall_card *card, struct cc_port *port)
{
    int result = kiosk->hall.open(kiosk->hall.ctx, kiosk->session.reader, CC_SHARE_TRANSACTION, CARD_BUSY_MS, card);
    if (result != CC_OK)
        return result;
    cc_port_init(port, &card->channel);
    cc_port_set_atr(port, card->atr, card->atr_len);
    port->history = &kiosk->families_seen;
    return CC_OK;
}

void worker_card_close(struct kiosk *kiosk, struct hall_card *card, bool reset)
{
    kiosk->hall.close(kiosk->hall.ctx, card, reset);
}

/* Connect and read, again when the contact was not good yet. The link stays open only with CC_OK. */
static int session_read(struct kiosk *kiosk, struct hall_card *card, struct cc_port *port)
{
    int result = CC_ERR_NO_CARD;

    for (int try = 0; try < READ_TRIES; try++) {
        if (try > 0)
            clock_sleep_ms(READ_PAUSE_MS);
        result = worker_card_open(kiosk, card, port);
        if (result == CC_OK)
            result = identity_read(kiosk, port, &kiosk->session);
        if (result == CC_OK)
            return result;
        g_message("card not read: %s", cc_result_name(result));
        worker_card_close(kiosk, card, false);
    }
    return result;
}

/* Look at what was put there; an older doubt of this very card is settled before anything new. */
static void session_start(struct kiosk *kiosk, const struct cc_reader *reader)
{
    struct session *session = &kiosk->session;
    struct hall_card card = {0};
    struct cc_port port;

    session_forget(kiosk);
    session->present = true;
    session->number = ++kiosk->sessions;
    session->events = reader->events;
    session->verdict = KIOSK_CARD_UNREADABLE;
    g_strlcpy(session->reader, reader->name, sizeof session->reader);
    int result = session_read(kiosk, &card, &port);
    card_tell(kiosk);
    bool staff = result == CC_OK && session->identity.staff && session->verdict == KIOSK_CARD_OK && !session->identity.visitor;
    if (staff && !help_staff_came(kiosk)) /* a tap that ends a call says nothing of money */
        staff_tapped(kiosk);
    if (result == CC_OK && session->token[0] != '\0')
        wallet_recover(kiosk, &port, NULL);
    worker_card_close(kiosk, &card, false);
}

static bool slot_seen(struct kiosk *kiosk, const struct cc_reader *reader)
{
    for (size_t i = 0; i < CC_READERS_MAX; i++)
        if (kiosk->seen[i].valid && kiosk->seen[i].events == reader->events &&
            strcmp(kiosk->seen[i].reader, reader->name) == 0)
            return true;
    return false;
}

static void slot_remember(struct kiosk *kiosk, const struct cc_reader *reader)
{
    struct seen_slot *place = &kiosk->seen[0];

    for (size_t i = 0; i < CC_READERS_MAX; i++) {
        if (!kiosk->seen[i].valid)
            place = &kiosk->seen[i];
        if (kiosk->seen[i].valid && strcmp(kiosk->seen[i].reader, reader->name) == 0) {
            place = &kiosk->seen[i];
            break;
        }
    }
    place->valid = true;
    place->events = reader->events;
    g_strlcpy(place->reader, reader->name, sizeof place->reader);
}

/* What was seen counts no more once the slot was empty or unplugged: event counts begin anew with a reader. */
static void slots_forget_empty(struct kiosk *kiosk)
{
    for (size_t i = 0; i < CC_READERS_MAX; i++) {
        const struct cc_reader *reader = reader_by_name(&kiosk->readers, kiosk->seen[i].reader);
        if (reader == NULL || reader->state == CC_READER_EMPTY || reader->state == CC_READER_GONE)
            kiosk->seen[i].valid = false;
    }
}

/* ---- The picture of the readers ---------------------------------------------------------------------------------------- */

static bool name_fits(const char *wanted, const struct cc_reader *reader)
{
    struct cc_role role;

    if (wanted == NULL)
        return true;
    cc_role_of(wanted, &role);
    return cc_role_fits(&role, reader->name);
}

static bool is_sam_slot(const struct kiosk *kiosk, const struct cc_reader *reader)
{
    return kiosk->sam.card.link != NULL && strcmp(kiosk->sam.reader, reader->name) == 0;
}

/* The PSAM's slot keeps its role while the PSAM is out: what lies there is never a resident's card. */
static bool was_sam_slot(const struct kiosk *kiosk, const struct cc_reader *reader)
{
    return strcmp(kiosk->sam_reader, reader->name) == 0;
}

/* Whether what lies there may be the PSAM we miss. */
static bool maybe_sam(const struct kiosk *kiosk, const struct cc_reader *reader)
{
    return kiosk->sam.card.link == NULL && name_fits(kiosk->config->sam, reader);
}

/* Readers with something in them that may be a resident's card. */
static size_t slots_taken(const struct kiosk *kiosk)
{
    size_t count = 0;

    for (size_t i = 0; i < kiosk->readers.count; i++) {
        const struct cc_reader *reader = &kiosk->readers.readers[i];
        count += reader->state == CC_READER_CARD && name_fits(kiosk->config->reader, reader) &&
                 !is_sam_slot(kiosk, reader) && !was_sam_slot(kiosk, reader);
    }
    return count;
}

/* Only asked with two slots taken: what lies in one of them may be a PSAM that is not open yet, or no city card. */
static bool two_cards_lie(struct kiosk *kiosk)
{
    return slots_taken(kiosk) > 1 && kiosk->hall.two_cards(kiosk->hall.ctx, &kiosk->readers);
}

/* Nobody's name is shown and nothing is paid while it is not clear with which card. */
static void two_cards_tell(struct kiosk *kiosk)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD, .card = {.verdict = KIOSK_CARD_TWO}};

    if (!kiosk->two_cards)
        kiosk_post(kiosk, &event, NULL);
    kiosk->two_cards = true;
}

static void two_cards_over(struct kiosk *kiosk)
{
    if (kiosk->two_cards)
        kiosk_post(kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_CARD_REMOVED}, NULL);
    kiosk->two_cards = false;
}

static void slot_look(struct kiosk *kiosk, const struct cc_reader *reader)
{
    if (reader->state != CC_READER_CARD || is_sam_slot(kiosk, reader) || slot_seen(kiosk, reader))
        return;
    if (kiosk->session.present && strcmp(kiosk->session.reader, reader->name) == 0 &&
        kiosk->session.events == reader->events)
        return;
    /* A PSAM's slot is bound by name or by content; looking for it first never disturbs a resident's card for long. */
    if (maybe_sam(kiosk, reader) && sam_take(kiosk, reader))
        return;
    bool welcome = name_fits(kiosk->config->reader, reader) && !was_sam_slot(kiosk, reader) &&
                   !session_busy(&kiosk->session);
    if (welcome && two_cards_lie(kiosk)) {
        two_cards_tell(kiosk); /* not remembered: looked at again when one is taken away */
        return;
    }
    slot_remember(kiosk, reader);
    if (!welcome)
        return;
    two_cards_over(kiosk);
    session_start(kiosk, reader);
}

static bool sam_awaited(const struct kiosk *kiosk)
{
    bool awaited = false;

    for (size_t i = 0; kiosk->sam.card.link == NULL && i < kiosk->readers.count; i++)
        awaited |= kiosk->readers.readers[i].state == CC_READER_CARD;
    return awaited;
}

/* A PSAM that could not be opened at first (busy, powering up) is tried again, also where it was taken for a card. */
static void sam_retry(struct kiosk *kiosk)
{
    int64_t now = clock_boot_ms();

    if (!sam_awaited(kiosk) || now - kiosk->sam_tried_ms < SAM_RETRY_MS)
        return;
    kiosk->sam_tried_ms = now;
    for (size_t i = 0; i < kiosk->readers.count && kiosk->sam.card.link == NULL; i++) {
        const struct cc_reader *reader = &kiosk->readers.readers[i];
        bool here = kiosk->session.present && strcmp(kiosk->session.reader, reader->name) == 0;
        if (reader->state != CC_READER_CARD || !maybe_sam(kiosk, reader) || (here && session_busy(&kiosk->session)))
            continue;
        if (sam_take(kiosk, reader) && here)
            session_end(kiosk);
    }
}

static bool session_gone(const struct kiosk *kiosk)
{
    const struct session *session = &kiosk->session;
    if (kiosk->readers.service == CC_READER_NO_SERVICE)
        return true;
    const struct cc_reader *reader = reader_by_name(&kiosk->readers, session->reader);
    return reader == NULL || reader->events != session->events ||
           (reader->state != CC_READER_CARD && reader->state != CC_READER_IN_USE);
}

bool worker_card_asked(const struct kiosk *kiosk)
{
    const struct session *session = &kiosk->session;

    return session->present && !session->closed && session->verdict == KIOSK_CARD_OK && session->number == kiosk->asked_in;
}

/* What it finds is not lost for the next turn. */
static void readers_look(struct kiosk *kiosk, unsigned timeout_ms)
{
    if (kiosk->hall.wait(kiosk->hall.ctx, timeout_ms, &kiosk->readers) == CC_OK)
        kiosk->readers_moved = true;
}

bool worker_card_there(struct kiosk *kiosk)
{
    if (!worker_card_asked(kiosk))
        return false;
    readers_look(kiosk, 0);
    return kiosk->readers.restarts == kiosk->restarts && !session_gone(kiosk);
}

static void readers_changed(struct kiosk *kiosk)
{
    bool restarted = kiosk->readers.restarts != kiosk->restarts;

    kiosk->restarts = kiosk->readers.restarts;
    if (restarted)
        memset(kiosk->seen, 0, sizeof kiosk->seen);
    slots_forget_empty(kiosk);
    if (kiosk->session.present && (restarted || session_gone(kiosk)))
        session_end(kiosk);
    if (kiosk->sam.card.link != NULL && (restarted || sam_gone(kiosk))) {
        g_message("PSAM gone");
        sam_drop(kiosk);
    }
    for (size_t i = 0; i < kiosk->readers.count; i++)
        slot_look(kiosk, &kiosk->readers.readers[i]);
    if (slots_taken(kiosk) < 2)
        two_cards_over(kiosk);
}

/* ---- The loop -------------------------------------------------------------------------------------------------------- */

/* Not of the next person's card, which may lie there by now. */
static void session_close(struct kiosk *kiosk)
{
    if (kiosk->session.number != kiosk->asked_in)
        return;
    kiosk->session.closed = true;
    person_session_end(kiosk);
    certificates_forget(kiosk);
    OPENSSL_cleanse(&kiosk->session.card, sizeof kiosk->session.card);
    OPENSSL_cleanse(&kiosk->session.identity, sizeof kiosk->session.identity);
}

/* False: stop. */
static bool request_do(struct kiosk *kiosk, const struct request *request)
{
    kiosk->asked_in = request->session;
    switch (request->kind) {
    case REQUEST_BILLS:
        bills_tell(kiosk);
        break;
    case REQUEST_PAY:
        wallet_pay(kiosk, request->bill_ids, request->pin);
        break;
    case REQUEST_LOAD:
        wallet_load(kiosk, &request->load, request->pin);
        break;
    case REQUEST_DOUBTS:
        wallet_doubts_tell(kiosk);
        break;
    case REQUEST_HELP:
        help_do(kiosk, request->help);
        break;
    case REQUEST_STATEMENT:
        statement_tell(kiosk);
        break;
    case REQUEST_CREDIT:
        credit_do(kiosk, &request->credit);
        break;
    case REQUEST_VOLUNTEER:
        volunteers_do(kiosk, &request->volunteer);
        break;
    case REQUEST_SEAT:
        activities_do(kiosk, &request->seat);
        break;
    case REQUEST_PERSON:
        person_tell(kiosk);
        break;
    case REQUEST_MINE:
        mine_do(kiosk, &request->mine);
        break;
    case REQUEST_RATE:
        rating_give(kiosk, &request->rating);
        break;
    case REQUEST_SERVICES:
        services_tell(kiosk);
        break;
    case REQUEST_TICKETS:
        tickets_do(kiosk, request->ticket);
        break;
    case REQUEST_ORDERS:
        orders_do(kiosk, request->order);
        break;
    case REQUEST_PRINT:
        prints_ask(kiosk, request);
        break;
    case REQUEST_CERTIFICATES:
        certificates_do(kiosk, &request->certificate);
        break;
    case REQUEST_NOTICES:
        notices_tell(kiosk);
        break;
    case REQUEST_NOTICE_READ:
        notices_opened(kiosk, request->notice_id);
        break;
    case REQUEST_END:
        session_close(kiosk);
        break;
    case REQUEST_STOP:
        return false;
    }
    return true;
}

static bool requests_do(struct kiosk *kiosk)
{
    struct request *request;
    bool go_on = true;

    while (go_on && (request = g_async_queue_try_pop(kiosk->requests)) != NULL) {
        kiosk->stirred_ms = clock_boot_ms();
        go_on = request_do(kiosk, request);
        request_free(request);
    }
    return go_on;
}

/* The disk takes writes again. What it refused between a debit and its record is a doubt now, for staff and platform; the
 * card that lies there still is asked at once, as nobody would lift it without a reason. */
static void store_back(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    struct hall_card card = {0};
    struct cc_port port;

    if (store_payments_settle_boot(kiosk->store, &error) < 0) {
        g_warning("open payments: %s", error->message);
        kiosk->store_ok = false;
        return;
    }
    sync_kick(kiosk->sync);
    if (!kiosk->session.present || kiosk->session.closed || kiosk->session.token[0] == '\0' ||
        worker_card_open(kiosk, &card, &port) != CC_OK)
        return;
    wallet_recover(kiosk, &port, NULL);
    worker_card_close(kiosk, &card, false);
}

/* The mark of the highest time seen; writing it also tells whether the disk takes anything. */
static void clock_keep(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    int64_t now = clock_boot_ms();
    bool was_ok = kiosk->store_ok;

    if (kiosk->raised_ms != 0 && now - kiosk->raised_ms < (kiosk->store_ok ? TIME_RAISE_MS : STORE_RETRY_MS))
        return;
    kiosk->raised_ms = now;
    if (!health_clock_trusted(kiosk))
        return;
    kiosk->store_ok = store_time_raise(kiosk->store, health_now_ms(kiosk), &error);
    if (!kiosk->store_ok)
        g_warning("clock mark: %s", error->message);
    else if (!was_ok)
        store_back(kiosk);
}

/* What is cached of persons does not stay longer than it may, and rows do not lie in the sidecar alone for long. */
static void minute_keep(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    int64_t now = clock_boot_ms();

    if (kiosk->swept_ms != 0 && now - kiosk->swept_ms < SWEEP_MS)
        return;
    kiosk->swept_ms = now;
    notices_reads_keep(kiosk, false);
    if (!store_snapshots_sweep(kiosk->store, &error))
        g_warning("cached persons: %s", error->message);
    if (!store_flush(kiosk->store))
        g_message("the journal's database could not be flushed; it is tried again in a minute");
}

/* Nobody there, nothing under way, nothing to be tried again. */
static bool is_calm(const struct kiosk *kiosk)
{
    return !kiosk->session.present && kiosk->store_ok && !help_waits(kiosk) && !sam_awaited(kiosk) &&
           kiosk->readers.service == CC_READER_EMPTY && clock_boot_ms() - kiosk->stirred_ms >= CALM_AFTER_MS;
}

bool worker_turn(struct kiosk *kiosk)
{
    readers_look(kiosk, kiosk->readers_moved ? 0 : is_calm(kiosk) ? CALM_MS : WAIT_MS);
    if (kiosk->readers_moved || kiosk->sam.sam.port.broken) {
        kiosk->stirred_ms = clock_boot_ms();
        kiosk->readers_moved = false;
        readers_changed(kiosk);
    }
    sam_retry(kiosk);
    clock_keep(kiosk);
    minute_keep(kiosk);
    wallet_follow(kiosk);
    credit_follow(kiosk);
    help_follow(kiosk);
    health_tell(kiosk);
    return requests_do(kiosk);
}

void worker_end(struct kiosk *kiosk)
{
    sam_drop(kiosk);
    session_forget(kiosk);
    notices_reads_keep(kiosk, true);
}

void *worker_main(void *data)
{
    struct kiosk *kiosk = data;

    while (worker_turn(kiosk))
        ;
    worker_end(kiosk);
    return NULL;
}
