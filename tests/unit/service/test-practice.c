/* SPDX-License-Identifier: Apache-2.0 */
/* The practice machine: each lesson is done by the real rooms, and nothing of it reaches the machine beside it, also after a stop in the middle. */
#include "model/model.h"
#include "roomkit.h"
#include "service/practice.h"
#include "store/file.h"
#include "store/orders.h"
#include "vcard/model.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_ENV "CITYCARD_TEST_PRACTICE"
#define WATER      "PRACTICE-WATER"

struct fixture {
    struct roomkit real;
    char *folder;
    uint8_t before[32];
    struct practice *practice;
    struct kiosk_event last[KIOSK_EVENT_TICKETS + 1]; /* of each kind; items are not kept */
    unsigned count[KIOSK_EVENT_TICKETS + 1];
    size_t bills;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    f->last[event->kind] = *event;
    f->count[event->kind]++;
    if (event->kind == KIOSK_EVENT_BILLS)
        f->bills = event->bills.count;
}

static void ignore(void *data, const struct kiosk_event *event)
{
}

/* Turns the main loop until one more event of this kind has come; the suite's own time-out ends it. */
static const struct kiosk_event *await(struct fixture *f, enum kiosk_event_kind kind, unsigned had)
{
    while (f->count[kind] == had)
        g_main_context_iteration(NULL, TRUE);
    return &f->last[kind];
}

/* ---- The machine beside it ------------------------------------------------------------------------------------------- */

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names and bytes of all that lies there, folders too, but for the practice folder. */
static void folder_sum(const char *path, const char *but, GChecksum *sum)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *child = g_build_filename(path, names->pdata[i], NULL), *bytes = NULL;
        gsize len = 0;

        if (strcmp(child, but) == 0)
            continue;
        g_checksum_update(sum, names->pdata[i], -1);
        if (g_file_test(child, G_FILE_TEST_IS_DIR)) {
            folder_sum(child, but, sum);
            continue;
        }
        g_assert_true(g_file_get_contents(child, &bytes, &len, NULL));
        g_checksum_update(sum, (const guchar *)bytes, (gssize)len);
    }
}

static void real_sum(struct fixture *f, uint8_t out[32])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize len = 32;

    folder_sum(f->real.dir, f->folder, sum);
    g_checksum_get_digest(sum, out, &len);
}

static void assert_real_untouched(struct fixture *f)
{
    uint8_t now[32];

    real_sum(f, now);
    g_assert_cmpmem(now, 32, f->before, 32);
    g_assert_cmpint(store_outbox_waiting(f->real.kiosk->store), ==, 0);
    g_assert_cmpint(store_head(f->real.kiosk->store, now), ==, 0);
}

/* ---- A lesson --------------------------------------------------------------------------------------------------------- */

static void lesson_begin(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    unsigned cards = f->count[KIOSK_EVENT_CARD];

    f->practice = practice_open(f->folder, on_event, f, &error);
    g_assert_no_error(error);
    const struct kiosk_card_event *card = &await(f, KIOSK_EVENT_CARD, cards)->card;
    g_assert_cmpint(card->verdict, ==, KIOSK_CARD_OK);
    g_assert_false(card->identity.visitor || card->identity.staff || card->identity.preference_kept);
    g_assert_cmpint(card->identity.balance_fen, ==, 20000);
    g_assert_cmpstr(card->identity.card_last4, ==, "0009");
}

static void lesson_end(struct fixture *f)
{
    practice_close(f->practice);
    f->practice = NULL;
    g_assert_false(g_file_test(f->folder, G_FILE_TEST_EXISTS));
    assert_real_untouched(f);
}

static void up(struct fixture *f, const void *data)
{
    roomkit_open(&f->real, ignore, NULL);
    g_assert_true(store_flush(f->real.kiosk->store));
    f->folder = g_build_filename(f->real.dir, "practice", NULL);
    real_sum(f, f->before);
}

static void down(struct fixture *f, const void *data)
{
    practice_close(f->practice);
    roomkit_close(&f->real);
    g_free(f->folder);
}

#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)

static size_t bills_now(struct fixture *f)
{
    unsigned had = f->count[KIOSK_EVENT_BILLS];

    kiosk_request_bills(practice_kiosk(f->practice));
    await(f, KIOSK_EVENT_BILLS, had);
    return f->bills;
}

/* The last word on it: what is under way is no end. */
static const struct kiosk_payment_event *water_paid(struct fixture *f)
{
    static const char *const IDS[] = {WATER, NULL};
    unsigned had = f->count[KIOSK_EVENT_PAYMENT];

    kiosk_request_pay(practice_kiosk(f->practice), IDS, NULL);
    do
        await(f, KIOSK_EVENT_PAYMENT, had++);
    while (f->last[KIOSK_EVENT_PAYMENT].payment.phase == KIOSK_PAYMENT_WORKING);
    return &f->last[KIOSK_EVENT_PAYMENT].payment;
}

static void test_bills(struct fixture *f, const void *data)
{
    lesson_begin(f);
    g_assert_cmpuint(bills_now(f), ==, 2);
    const struct kiosk_payment_event *paid = water_paid(f);
    g_assert_cmpint(paid->phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_cmpint(paid->amount_fen, ==, 3860);
    g_assert_cmpint(paid->balance_after_fen, ==, 20000 - 3860);
    g_assert_true(g_str_has_prefix(paid->receipt_no, PRACTICE_KIOSK));
    g_assert_cmpuint(bills_now(f), ==, 1);
    g_assert_cmpint(water_paid(f)->phase, ==, KIOSK_PAYMENT_ELSEWHERE); /* the real room: once */
    const struct kiosk_status *status = &f->last[KIOSK_EVENT_STATUS].status;
    g_assert_true(status->online && status->sam_ready && status->store_ok && status->waiting == 0);
    lesson_end(f);
    lesson_begin(f); /* made anew: it is there to be paid again */
    g_assert_cmpuint(bills_now(f), ==, 2);
    lesson_end(f);
}

static void test_report(struct fixture *f, const void *data)
{
    g_autofree struct kiosk_ticket_request *file = g_new0(struct kiosk_ticket_request, 1);

    lesson_begin(f);
    kiosk_request_tickets(practice_kiosk(f->practice), &(struct kiosk_ticket_request){.ask = KIOSK_TICKET_ASK_CATALOGUE});
    g_assert_cmpuint(await(f, KIOSK_EVENT_PLACES, 0)->places.count, ==, 2);
    g_assert_cmpuint(f->last[KIOSK_EVENT_CATEGORIES].categories.count, ==, 3);
    file->ask = KIOSK_TICKET_ASK_FILE;
    g_strlcpy(file->service, "F01", sizeof file->service);
    g_strlcpy(file->place, "PRACTICE", sizeof file->place);
    kiosk_request_tickets(practice_kiosk(f->practice), file);
    const struct kiosk_tickets_event *told = &await(f, KIOSK_EVENT_TICKETS, 0)->tickets;
    g_assert_cmpstr(told->reason, ==, "");
    g_assert_cmpint(told->phase, ==, KIOSK_TICKET_FILED);
    g_assert_true(g_str_has_prefix(told->local, PRACTICE_KIOSK));
    lesson_end(f);
}

static void test_sign_in(struct fixture *f, const void *data)
{
    struct kiosk_credit_request request = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "PRACTICE-1"};

    lesson_begin(f);
    kiosk_request_seat(practice_kiosk(f->practice), &(struct kiosk_seat_request){.ask = KIOSK_SEAT_ASK_LIST});
    g_assert_cmpuint(await(f, KIOSK_EVENT_ACTIVITIES, 0)->activities.count, ==, 1);
    kiosk_request_volunteer(practice_kiosk(f->practice), &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_LOOK});
    g_assert_true(await(f, KIOSK_EVENT_VOLUNTEER, 0)->volunteer.on_roll);
    request.slot_start_ms = now_ms() - 600000;
    request.slot_end_ms = now_ms() + 600000;
    kiosk_request_credit(practice_kiosk(f->practice), &request);
    g_assert_cmpint(await(f, KIOSK_EVENT_CREDIT, 0)->credit.phase, ==, KIOSK_CREDIT_IN);
    lesson_end(f);
}

static void test_order(struct fixture *f, const void *data)
{
    g_autofree struct kiosk_order_request *place = g_new0(struct kiosk_order_request, 1);

    lesson_begin(f);
    kiosk_request_services(practice_kiosk(f->practice));
    g_assert_cmpuint(await(f, KIOSK_EVENT_SERVICES, 0)->services.count, ==, 4);
    place->ask = KIOSK_ORDER_ASK_PLACE;
    place->price_fen = 1500;
    g_strlcpy(place->service, "C01", sizeof place->service);
    kiosk_request_orders(practice_kiosk(f->practice), place);
    const struct kiosk_orders_event *told = &await(f, KIOSK_EVENT_ORDERS, 0)->orders;
    g_assert_cmpstr(told->reason, ==, "");
    g_assert_cmpint(told->phase, ==, KIOSK_ORDER_PLACED);
    lesson_end(f);
}

/* Power fails behind a payment: what it left is gone before the next lesson, and the machine beside it has nothing of it. */
static void test_stopped(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    if (g_test_subprocess()) {
        g_free(f->folder);
        f->folder = g_strdup(g_getenv(FOLDER_ENV));
        lesson_begin(f);
        g_assert_cmpint(water_paid(f)->phase, ==, KIOSK_PAYMENT_CONFIRMED);
        raise(SIGKILL);
    }
    g_setenv(FOLDER_ENV, f->folder, TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_autofree char *database = g_build_filename(f->folder, "kiosk.db", NULL);
    g_assert_true(g_file_test(database, G_FILE_TEST_EXISTS));
    assert_real_untouched(f);
    lesson_begin(f);
    g_assert_cmpuint(bills_now(f), ==, 2);
    lesson_end(f);
    g_assert_true(practice_wipe(f->folder, &error)); /* nothing there is fine */
    g_assert_no_error(error);
}

static void test_no_folder(struct fixture *f, const void *data)
{
    g_autofree char *deep = g_build_filename(f->folder, "not", "there", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(practice_open(deep, on_event, f, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    assert_real_untouched(f);
}

static int transmit(void *card, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    size_t room = *answer_len;

    *answer_len = 0;
    return vc_card_transmit(card, command, len, answer, room, answer_len) == VC_ANSWERED ? CC_OK : CC_ERR_REMOVED;
}

/* Read by the real room; the last four bytes of the card's number. */
static enum kiosk_card_verdict read_card(struct fixture *f, const uint8_t serial[4], struct session *session)
{
    struct vc_persona persona = {.key = "card", .name = "演示", .serial = {0x99, 0x01, 0x99, 0x99}, .city = {0x99, 0x01}, .card_class = 1,
                                 .valid_from = {0x20, 0x00, 0x01, 0x01}, .valid_to = {0x20, 0x99, 0x12, 0x31}, .balance_fen = 500,
                                 .atr = {0x3B, 0x00}, .atr_len = 2};
    g_autofree struct vc_card_state *state = g_new0(struct vc_card_state, 1);
    g_autofree struct vc_card *card = g_new0(struct vc_card, 1);
    struct vc_keys masters = {.purchase = {1}};
    struct cc_channel channel = {.ctx = card, .transmit = transmit};
    struct cc_port port;

    memcpy(persona.serial + 4, serial, 4);
    g_assert_true(vc_card_fresh(&persona, state) && vc_card_init(card, &persona, &masters, state));
    cc_port_init(&port, &channel);
    g_assert_cmpint(identity_read(f->real.kiosk, &port, session), ==, CC_OK);
    return session->verdict;
}

/* Known by its number; it has no token, so no request is done for it. Its neighbours are cards as any other. */
static void test_demo_card(struct fixture *f, const void *data)
{
    static const uint8_t DEMO[4] = {0x99, 0x98, 0x00, 0x15}, BEFORE[4] = {0x99, 0x97, 0x00, 0x15}, PRACTISED[4] = {0x99, 0x99, 0x00, 0x09};
    g_autofree struct session *session = g_new0(struct session, 1);

    g_assert_cmpint(read_card(f, DEMO, session), ==, KIOSK_CARD_DEMO);
    g_assert_cmpstr(session->token, ==, "");
    g_assert_cmpstr(session->card.card_number, ==, "");
    g_assert_cmpstr(session->identity.card_last4, ==, "");
    g_assert_cmpint(read_card(f, BEFORE, session), ==, KIOSK_CARD_OK);
    g_assert_cmpstr(session->identity.card_last4, ==, "0015");
    g_assert_cmpint(read_card(f, PRACTISED, session), ==, KIOSK_CARD_OK);
    assert_real_untouched(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/practice/bills", test_bills);
    ADD("/practice/report", test_report);
    ADD("/practice/sign-in", test_sign_in);
    ADD("/practice/order", test_order);
    ADD("/practice/stopped", test_stopped);
    ADD("/practice/no-folder", test_no_folder);
    ADD("/practice/demo-card", test_demo_card);
    return g_test_run();
}
