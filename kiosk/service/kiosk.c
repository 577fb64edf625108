/* SPDX-License-Identifier: Apache-2.0 */
#include "service/internal.h"
#include "store/ledger.h"

#include <errno.h>
#include <gio/gio.h>
#include <openssl/crypto.h>
#include <string.h>

#define FRESH_BOOT_MS  (10 * 60 * 1000)
#define START_SPLAY_MS 60000

/* ---- Events to the screen: posted from any thread, delivered in the thread of kiosk_new() ----------------------- */

struct mailbox {
    GMainContext *context;
    kiosk_event_fn fn;
    void *data;
    bool open; /* read and written in the receiving thread only */
    guint session; /* of the card that was told of last; atomic */
};

struct letter {
    struct mailbox *mailbox; /* a reference */
    struct kiosk_event event;
    void *items;
    guint session; /* of a CARD or CARD_REMOVED */
};

static void mailbox_clear(void *box)
{
    struct mailbox *mailbox = box;
    g_main_context_unref(mailbox->context);
}

static struct mailbox *mailbox_new(kiosk_event_fn fn, void *data)
{
    struct mailbox *mailbox = g_atomic_rc_box_new0(struct mailbox);
    mailbox->context = g_main_context_ref_thread_default();
    mailbox->fn = fn;
    mailbox->data = data;
    mailbox->open = true;
    return mailbox;
}

static gboolean letter_deliver(void *data)
{
    struct letter *letter = data;
    if (letter->event.kind == KIOSK_EVENT_CARD || letter->event.kind == KIOSK_EVENT_CARD_REMOVED)
        g_atomic_int_set(&letter->mailbox->session, letter->session);
    if (letter->mailbox->open)
        letter->mailbox->fn(letter->mailbox->data, &letter->event);
    return G_SOURCE_REMOVE;
}

static void letter_free(void *data)
{
    struct letter *letter = data;
    g_atomic_rc_box_release_full(letter->mailbox, mailbox_clear);
    g_free(letter->items);
    OPENSSL_cleanse(&letter->event, sizeof letter->event);
    g_free(letter);
}

void kiosk_post(struct kiosk *kiosk, const struct kiosk_event *event, void *items)
{
    struct letter *letter = g_new0(struct letter, 1);
    letter->mailbox = g_atomic_rc_box_acquire(kiosk->mailbox);
    letter->event = *event;
    letter->items = items;
    if (event->kind == KIOSK_EVENT_CARD || event->kind == KIOSK_EVENT_CARD_REMOVED) /* posted by the worker alone */
        letter->session = kiosk->session.number;
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, letter_deliver, letter, letter_free);
    g_source_attach(source, kiosk->mailbox->context);
}

/* ---- Requests from the screen -------------------------------------------------------------------------------------- */

void request_free(struct request *request)
{
    if (request->pin != NULL)
        OPENSSL_cleanse(request->pin, strlen(request->pin));
    g_free(request->pin);
    g_strfreev(request->bill_ids);
    g_free(request->print_id);
    if (request->slip != NULL)
        OPENSSL_cleanse(request->slip, strlen(request->slip));
    g_free(request->slip);
    g_free(request->notice_id);
    g_free(request->language);
    if (request->order != NULL)
        OPENSSL_cleanse(request->order, sizeof *request->order);
    g_free(request->order);
    if (request->ticket != NULL)
        OPENSSL_cleanse(request->ticket, sizeof *request->ticket);
    g_free(request->ticket);
    g_free(request);
}

static void request_free_func(void *request)
{
    request_free(request);
}

static void request_send(struct kiosk *kiosk, const struct request *values)
{
    struct request *request = g_new(struct request, 1);
    *request = *values;
    request->session = g_atomic_int_get(&kiosk->mailbox->session);
    g_async_queue_push(kiosk->requests, request);
    kiosk->hall.wake(kiosk->hall.ctx);
}

void kiosk_request_bills(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_BILLS});
}

void kiosk_request_pay(struct kiosk *kiosk, const char *const *bill_ids, const char *pin)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_PAY,
                                          .bill_ids = g_strdupv((char **)bill_ids),
                                          .pin = g_strdup(pin)});
}

void kiosk_request_print(struct kiosk *kiosk, const struct kiosk_print_request *request)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_PRINT,
                                          .print = request->kind,
                                          .print_id = g_strdup(request->id),
                                          .language = g_strdup(request->language),
                                          .large = request->large,
                                          .slip = request->slip != NULL ? prints_pack(request->slip) : NULL});
}

void kiosk_request_load(struct kiosk *kiosk, const struct kiosk_load_request *load, const char *pin)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_LOAD, .load = *load, .pin = g_strdup(pin)});
}

void kiosk_request_statement(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_STATEMENT});
}

void kiosk_request_doubts(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_DOUBTS});
}

void kiosk_request_seat(struct kiosk *kiosk, const struct kiosk_seat_request *seat)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_SEAT, .seat = *seat});
}

void kiosk_request_credit(struct kiosk *kiosk, const struct kiosk_credit_request *credit)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_CREDIT, .credit = *credit});
}

void kiosk_request_volunteer(struct kiosk *kiosk, const struct kiosk_volunteer_request *volunteer)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_VOLUNTEER, .volunteer = *volunteer});
}

void kiosk_request_person(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_PERSON});
}

void kiosk_request_mine(struct kiosk *kiosk, const struct kiosk_mine_request *mine)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_MINE, .mine = *mine});
}

void kiosk_request_rate(struct kiosk *kiosk, const struct kiosk_rating_request *rating)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_RATE, .rating = *rating});
}

void kiosk_request_services(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_SERVICES});
}

void kiosk_request_tickets(struct kiosk *kiosk, const struct kiosk_ticket_request *ticket)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_TICKETS, .ticket = g_memdup2(ticket, sizeof *ticket)});
}

void kiosk_request_orders(struct kiosk *kiosk, const struct kiosk_order_request *order)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_ORDERS, .order = g_memdup2(order, sizeof *order)});
}

void kiosk_request_help(struct kiosk *kiosk, enum kiosk_help_ask ask)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_HELP, .help = ask});
}

void kiosk_request_certificates(struct kiosk *kiosk, const struct kiosk_certificate_request *certificate)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_CERTIFICATES, .certificate = *certificate});
}

void kiosk_request_notices(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_NOTICES});
}

void kiosk_notice_read(struct kiosk *kiosk, const char *notice_id)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_NOTICE_READ, .notice_id = g_strdup(notice_id)});
}

void kiosk_request_end(struct kiosk *kiosk)
{
    request_send(kiosk, &(struct request){.kind = REQUEST_END});
}

/* ---- Life ------------------------------------------------------------------------------------------------------------ */

static void sync_told(void *data, const struct sync_status *status)
{
    struct kiosk *kiosk = data;
    g_mutex_lock(&kiosk->sync_lock);
    kiosk->sync_status = *status;
    g_mutex_unlock(&kiosk->sync_lock);
    kiosk->hall.wake(kiosk->hall.ctx); /* what a round brought is followed at once */
}

/* A kiosk that was never enrolled still runs, offline and without money: it has no hotlist. One that was, and cannot read
 * what it was given any more, does not go on as another. */
static bool enrolment_load(struct kiosk *kiosk, GError **error)
{
    GError *failure = NULL;
    const char *kiosk_id = *kiosk->config->kiosk_id ? kiosk->config->kiosk_id : "K0000";

    kiosk->keys = device_keys_open(kiosk->config->data_dir, error);
    if (kiosk->keys == NULL)
        return false;
    kiosk->key_in_file = device_keys_in_file(kiosk->keys);
    kiosk->enrolled =
        sync_identity_open(kiosk->keys, kiosk->config->data_dir, &kiosk->enrolment, &failure);
    if (kiosk->enrolled)
        return true;
    if (!g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_message("not enrolled with a platform: %s", failure->message);
    g_error_free(failure);
    sync_identity_none(kiosk->keys, kiosk_id, &kiosk->enrolment);
    return true;
}

/* The books are a projection: where they do not hold, the journal is right and they are built from it anew. Should they not hold
 * then either, nothing is spent until people have looked. */
static void books_hold(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL, again = NULL;

    if (store_ledger_check(kiosk->store, &error))
        return;
    g_critical("%s", error->message);
    if (!store_rebuild(kiosk->store, &again))
        g_message("%s", again->message);
    g_clear_error(&again);
    kiosk->books_broken = !store_ledger_check(kiosk->store, &again);
    if (kiosk->books_broken)
        g_critical("%s", again->message);
}

static bool store_start(struct kiosk *kiosk, GError **error)
{
    struct store_identity identity;
    g_autofree char *path = g_build_filename(kiosk->config->data_dir, "kiosk.db", NULL);

    sync_store_identity(&kiosk->enrolment, &identity);
    kiosk->store = store_open_or_salvage(path, &identity, error);
    OPENSSL_cleanse(&identity, sizeof identity);
    if (kiosk->store == NULL)
        return false;
    if (kiosk->config->cached_persons_max > 0)
        store_snapshots_cap(kiosk->store, kiosk->config->cached_persons_max);
    /* While the journal waits nothing is appended: the same is done when it goes on. */
    if (store_state(kiosk->store, NULL) == STORE_WAITS)
        return true;
    books_hold(kiosk);
    return store_payments_settle_boot(kiosk->store, error) >= 0;
}

static bool sync_begin(struct kiosk *kiosk, const struct transport *transport, GError **error)
{
    /* Power came back for a whole street: not all at once. A restart by people or by an update is no reason to wait. */
    bool fresh_boot = clock_boot_ms() < FRESH_BOOT_MS;
    struct sync_options options = {.data_dir = kiosk->config->data_dir,
                                   .platform_url = kiosk->config->platform_url,
                                   .keys = kiosk->keys,
                                   .start_splay_ms = fresh_boot ? START_SPLAY_MS : 0};
    if (options.platform_url == NULL)
        return true;
    kiosk->sync = sync_open(&options, transport, kiosk->store, sync_told, kiosk, error);
    return kiosk->sync != NULL;
}

/* A folder in place of a printer is ours to make; a failure shows at the first slip. */
static void printer_folder_make(const char *target)
{
    if (g_str_has_prefix(target, "folder:") && g_mkdir_with_parents(target + strlen("folder:"), 0700) != 0)
        g_warning("%s cannot be made: %s", target, g_strerror(errno));
}

/* The hall is ours from here on, whatever happens next. */
static bool hall_take(struct kiosk *kiosk, const struct hall *hall, GError **error)
{
    if (hall != NULL)
        kiosk->hall = *hall;
    else if (!hall_pcsc(&kiosk->hall)) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OPEN, "no memory for the reader monitor");
        return false;
    }
    return true;
}

struct kiosk *kiosk_open(const struct kiosk_config *config, const struct hall *hall, const struct transport *transport,
                         kiosk_event_fn fn, void *data, GError **error)
{
    struct kiosk *kiosk = g_new0(struct kiosk, 1);
    kiosk->config = config;
    kiosk->store_ok = true;
    g_mutex_init(&kiosk->sync_lock);
    kiosk->mailbox = mailbox_new(fn, data);
    kiosk->requests = g_async_queue_new_full(request_free_func);
    kiosk->print_stop = g_cancellable_new();

    printer_folder_make(config->printer);
    bool open = hall_take(kiosk, hall, error) && enrolment_load(kiosk, error) && store_start(kiosk, error) &&
                (!kiosk->enrolled || sync_begin(kiosk, transport, error));
    g_clear_pointer(&kiosk->keys, device_keys_free);
    if (open)
        return kiosk;
    kiosk_free(kiosk);
    return NULL;
}

static bool threads_start(struct kiosk *kiosk, GError **error)
{
    if (kiosk->sync != NULL && !sync_run(kiosk->sync, error))
        return false;
    kiosk->print_queue = g_thread_pool_new(prints_run, kiosk, 1, FALSE, error);
    if (kiosk->print_queue == NULL)
        return false;
    kiosk->upkeep = upkeep_start(kiosk, error);
    if (kiosk->upkeep == NULL)
        return false;
    kiosk->worker = g_thread_try_new("card-worker", worker_main, kiosk, error);
    if (kiosk->worker == NULL)
        return false;
    prints_kick(kiosk);
    return true;
}

/* In the thread that turns the main loop: routes and addresses as the system tells of them, a cable among them. */
static void on_network(GNetworkMonitor *monitor, gboolean available, gpointer data)
{
    struct kiosk *kiosk = data;
    sync_network_changed(kiosk->sync);
}

static void network_watch(struct kiosk *kiosk)
{
    if (kiosk->sync != NULL)
        kiosk->network_handler =
            g_signal_connect(g_network_monitor_get_default(), "network-changed", G_CALLBACK(on_network), kiosk);
}

struct kiosk *kiosk_new(const struct kiosk_config *config, kiosk_event_fn fn, void *data, GError **error)
{
    struct kiosk *kiosk = kiosk_open(config, NULL, NULL, fn, data, error);

    if (kiosk == NULL)
        return NULL;
    if (threads_start(kiosk, error)) {
        network_watch(kiosk);
        return kiosk;
    }
    kiosk_free(kiosk);
    return NULL;
}

void kiosk_free(struct kiosk *kiosk)
{
    if (kiosk == NULL)
        return;
    kiosk->mailbox->open = false;
    if (kiosk->network_handler != 0)
        g_signal_handler_disconnect(g_network_monitor_get_default(), kiosk->network_handler);
    upkeep_stop(kiosk->upkeep);
    if (kiosk->worker != NULL) {
        request_send(kiosk, &(struct request){.kind = REQUEST_STOP});
        g_thread_join(kiosk->worker);
    } else if (kiosk->hall.close != NULL) {
        worker_end(kiosk);
    }
    if (kiosk->print_queue != NULL) {
        g_cancellable_cancel(kiosk->print_stop);
        g_thread_pool_free(kiosk->print_queue, FALSE, TRUE);
    }
    g_object_unref(kiosk->print_stop);
    sync_stop(kiosk->sync);
    if (kiosk->hall.free != NULL)
        kiosk->hall.free(kiosk->hall.ctx);
    if (kiosk->store != NULL)
        store_close(kiosk->store);
    g_clear_pointer(&kiosk->credit_waits, g_ptr_array_unref);
    g_clear_pointer(&kiosk->notice_reads, g_hash_table_unref);
    help_forget(kiosk);
    g_async_queue_unref(kiosk->requests);
    g_atomic_rc_box_release_full(kiosk->mailbox, mailbox_clear);
    g_mutex_clear(&kiosk->sync_lock);
    OPENSSL_cleanse(kiosk, sizeof *kiosk);
    g_free(kiosk);
}
