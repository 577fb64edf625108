/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exactly once, whatever the network and the power do: answers are lost after the commit, the platform is killed at any
 * moment, batches come twice, in halves and over two connections at a time. In the end the platform has each event of the
 * kiosk's journal once and the books say what the kiosk's payments say.
 */
#include "rig.h"
#include "model/model.h"
#include "schema.h"
#include "sync/http.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

struct fixture {
    char *data;
    struct server_process server;
    struct wire *wire;
    struct kiosk_rig kiosk;
    char *card;
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    f->wire = wire_new(f->server.port);
    kiosk_enrol(&f->kiosk, f->data, wire_port(f->wire), "K0001");
    f->card = kit_card(1);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    wire_free(f->wire);
    if (f->server.process != NULL)
        server_down(&f->server);
    g_free(f->card);
    kit_dir_done(f->data);
}

/* `count` payments of 10, 11, 12 … fen; every fifth void, every seventh in doubt. The sum of the confirmed ones. */
static int64_t pay_many(struct fixture *f, int count, int *events, int *confirmed)
{
    int64_t sum_fen = 0;

    for (int i = 0; i < count; i++) {
        enum payment_state end = i % 5 == 4   ? PAYMENT_VOID
                                 : i % 7 == 6 ? PAYMENT_IN_DOUBT
                                              : PAYMENT_CONFIRMED;
        g_autofree char *card = kit_card((unsigned)(end == PAYMENT_IN_DOUBT ? 0 : 1));
        struct payment payment;
        struct payment *open;

        kit_payment(&payment, card, NULL, 10 + i);
        open = store_payment_open(f->kiosk.store, card, NULL);
        if (open != NULL) { /* one doubt a card */
            payment_free(open);
            continue;
        }
        kiosk_pay(&f->kiosk, &payment, end);
        *events += 2;
        if (end == PAYMENT_CONFIRMED) {
            sum_fen += 10 + i;
            (*confirmed)++;
        }
    }
    return sum_fen;
}

/* What the kiosk notes by itself is not counted. */
#define EVENTS "FROM event WHERE body NOT LIKE '%\"journal.anchored\"%' AND body NOT LIKE '%\"quota.taken\"%'"

static void assert_once(struct fixture *f, int events, int confirmed, int64_t sum_fen)
{
    g_assert_true(kiosk_wait_anchored(&f->kiosk));
    json_t *report = platform_ledger(f->data);
    uint8_t hash[32];

    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, sum_fen);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, (guint)confirmed);
    g_assert_cmpuint(json_array_size(json_object_get(report, "refused")), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) " EVENTS), ==, events);
    g_assert_cmpint(
        platform_sql_int(f->data, "SELECT count(DISTINCT id) " EVENTS " AND verdict='accepted'"), ==,
        events);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT head_seq FROM kiosk WHERE id='K0001'"), ==,
                    store_head(f->kiosk.store, hash));
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    g_assert_true(store_verify_chain(f->kiosk.store, 0, NULL));
    json_decref(report);
}

/* The platform commits, the answer never arrives, the platform is killed; the kiosk sends all of it again. */
static void test_lost_answer(struct fixture *f, const void *data)
{
    int events = 0, confirmed = 0;
    int64_t sum_fen;
    unsigned port = f->server.port;

    sum_fen = pay_many(f, 60, &events, &confirmed);
    wire_set(f->wire, WIRE_DEAF_ON_PUSH);
    kiosk_start(&f->kiosk);
    for (int i = 0; i < 1000 && platform_sql_int(f->data, "SELECT count(*) " EVENTS) < events; i++)
        g_usleep(10000);
    /* Committed over there, and nobody here knows. */
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, events + 1); /* and quota.taken */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) " EVENTS), ==, events);
    server_kill(&f->server);
    wire_cut(f->wire);
    server_up(&f->server, f->data, port);
    wire_set(f->wire, WIRE_PASS);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_once(f, events, confirmed, sum_fen);
}

/* SIGKILL at moments that nobody chose. */
static void test_killed(struct fixture *f, const void *data)
{
    int events = 0, confirmed = 0;
    int64_t sum_fen = 0;
    unsigned port = f->server.port;

    kiosk_start(&f->kiosk);
    for (int i = 0; i < 12; i++) {
        sum_fen += pay_many(f, 25, &events, &confirmed);
        sync_kick(f->kiosk.sync);
        g_usleep((gulong)g_test_rand_int_range(0, 25000));
        server_kill(&f->server);
        wire_cut(f->wire);
        server_up(&f->server, f->data, port);
    }
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_once(f, events, confirmed, sum_fen);
}

/* The wire is cut at moments that nobody chose, the kiosk is stopped and started in between. */
static void test_cut(struct fixture *f, const void *data)
{
    int events = 0, confirmed = 0;
    int64_t sum_fen = 0;

    kiosk_start(&f->kiosk);
    for (int i = 0; i < 30; i++) {
        sum_fen += pay_many(f, 10, &events, &confirmed);
        sync_kick(f->kiosk.sync);
        g_usleep((gulong)g_test_rand_int_range(0, 20000));
        wire_cut(f->wire);
        if (i % 6 == 5) {
            kiosk_stop(&f->kiosk);
            g_clear_pointer(&f->kiosk.store, store_close);
            kiosk_open_store(&f->kiosk);
            kiosk_start(&f->kiosk);
        }
    }
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_once(f, events, confirmed, sum_fen);
}

/* ---- The same batch by hand: twice, in halves, over two connections ---- */

struct sender {
    struct fixture *f;
    GPtrArray *rows;
    guint from, to;
};

static char *batch_of(const struct sender *sender)
{
    json_t *events = json_array(), *batch;
    char prev[65], hash[65], *text;

    for (guint i = sender->from; i < sender->to; i++) {
        const struct store_row *row = g_ptr_array_index(sender->rows, i);

        json_array_append_new(events, json_pack("{s:I, s:s, s:s, s:s, s:s}", "seq", (json_int_t)row->seq,
                                                "id", row->id, "prev", wire_hex(row->prev, 32, prev), "hash",
                                                wire_hex(row->hash, 32, hash), "body", row->body));
    }
    batch = json_pack("{s:i, s:o}", "epoch", sender->f->kiosk.identity.epoch, "events", events);
    text = json_dumps(batch, 0);
    json_decref(batch);
    return text;
}

static gpointer send_part(gpointer data)
{
    struct sender *sender = data;
    g_autoptr(GError) error = NULL;
    const char *dir = sender->f->kiosk.dir;
    g_autofree char *ca = g_build_filename(dir, "ca.pem", NULL),
                    *cert = g_build_filename(dir, "client.pem", NULL), *key = kiosk_client_key(dir);
    struct http_options options = {.url = sender->f->kiosk.url, .ca_file = ca, .cert_file = cert, .key_pem = key};
    struct http *http = http_new(&options, NULL, &error);
    struct http_response response;
    char *text = batch_of(sender);

    g_assert_no_error(error);
    for (int i = 0; i < 3; i++) {
        struct http_call call = {.path = "/v1/events", .body = text, .body_len = strlen(text)};

        g_assert_true(http_request(http, &call, &response, &error));
        g_assert_cmpint(response.status, ==, 200);
        schema_check_exchange("POST", "/v1/events", text, 200, response.body->str, response.body->len);
        http_response_clear(&response);
    }
    free(text);
    http_free(http);
    return NULL;
}

static void test_two_connections(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    int events = 0, confirmed = 0;
    int64_t sum_fen = pay_many(f, 40, &events, &confirmed);
    g_autoptr(GPtrArray) rows = store_outbox(f->kiosk.store, 100, 1000000, &error);
    guint count = rows->len;
    struct sender senders[] = {
        {f, rows, 0, count}, {f, rows, 0, count / 2}, {f, rows, count / 2, count}, {f, rows, 3, count - 3}};
    GThread *threads[G_N_ELEMENTS(senders)];

    g_assert_cmpint((int)count, ==, events);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        threads[i] = g_thread_new("sender", send_part, &senders[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        g_thread_join(threads[i]);
    /* Now the worker, which knows nothing of it: all duplicates. */
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_once(f, events, confirmed, sum_fen);
}

#define ADD(name) g_test_add("/once/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    schema_document();
    ADD(lost_answer);
    ADD(killed);
    ADD(cut);
    ADD(two_connections);
    return g_test_run();
}
