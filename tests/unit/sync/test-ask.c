/* SPDX-License-Identifier: Apache-2.0 */
/* Asking through the sync worker: one answer, in time or not at all, and nothing sent after the time is over. */
#include "sync/ask.h"
#include "sync/transport.h"
#include "sync/wire.h"

#include <string.h>

struct wire {
    gint requests;
    bool dead; /* no answer ever */
    unsigned slow_ms;
    char key[64], path[64], body[64];
};

static bool carry(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct wire *wire = ctx;

    memset(out, 0, sizeof *out);
    out->body = g_string_new("{\"ok\":true}");
    g_atomic_int_inc(&wire->requests);
    g_strlcpy(wire->key, call->idempotency_key, sizeof wire->key);
    g_strlcpy(wire->path, call->path, sizeof wire->path);
    g_strlcpy(wire->body, call->body, sizeof wire->body);
    if (wire->slow_ms > 0)
        g_usleep(wire->slow_ms * 1000);
    out->status = 422;
    if (wire->dead)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "cut");
    return !wire->dead;
}

static const struct sync_question question = {
    .path = "/v1/loads", .key = "01990b2f-7c11-7abc-8def-0123456789ab", .body = "{}"};

static void test_in_this_thread(void)
{
    struct wire wire = {0};
    struct transport transport = {.ctx = &wire, .request = carry};
    struct asks *asks = asks_new();
    struct sync_answer answer;
    GError *error = NULL;

    g_assert_true(asks_put(asks, &transport, NULL, NULL, &question, 1000, &answer, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(answer.status, ==, 422); /* a refusal is an answer */
    g_assert_cmpstr(answer.body, ==, "{\"ok\":true}");
    g_assert_cmpstr(wire.key, ==, question.key);
    g_assert_cmpstr(wire.path, ==, question.path);
    g_assert_cmpstr(wire.body, ==, "{}");
    sync_answer_clear(&answer);
    g_assert_false(asks_carry(asks, &transport)); /* nothing waits: nothing was heard */
    wire.dead = true;
    g_assert_false(asks_put(asks, &transport, NULL, NULL, &question, 1000, &answer, &error));
    g_assert_error(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT);
    g_clear_error(&error);
    sync_answer_clear(&answer);
    asks_free(asks);
}

/* ---- With a worker ---- */

struct worker {
    struct asks *asks;
    struct transport transport;
    gint woken, stop;
};
static struct worker *worker; /* wake() has no other way to it */

static void wake(struct sync *sync)
{
    g_atomic_int_set(&worker->woken, 1);
}

static gpointer work(gpointer data)
{
    while (g_atomic_int_get(&worker->stop) == 0) {
        g_usleep(1000);
        if (g_atomic_int_get(&worker->woken) != 0)
            asks_carry(worker->asks, &worker->transport);
    }
    return NULL;
}

static void with_worker(struct wire *wire, unsigned timeout_ms, bool answered)
{
    struct worker own = {.asks = asks_new(), .transport = {.ctx = wire, .request = carry}};
    struct sync_answer answer;
    GError *error = NULL;

    worker = &own;
    GThread *thread = g_thread_new("worker", work, NULL);
    bool got = asks_put(own.asks, &own.transport, wake, NULL, &question, timeout_ms, &answer, &error);
    g_assert_true(got == answered);
    if (!answered)
        g_assert_error(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT);
    g_clear_error(&error);
    sync_answer_clear(&answer);
    g_atomic_int_set(&own.stop, 1);
    g_thread_join(thread);
    asks_free(own.asks);
}

static void test_worker(void)
{
    struct wire wire = {0};

    with_worker(&wire, 5000, true);
    g_assert_cmpint(wire.requests, ==, 1);
}

/* The answer comes too late: nobody waits for it, and nothing is left behind. */
static void test_too_late(void)
{
    struct wire wire = {.slow_ms = 200};

    with_worker(&wire, 50, false);
    g_assert_cmpint(wire.requests, ==, 1);
}

/* A worker that gets to it after the time sends nothing: whoever asked has told the platform that there will be no load. */
static void test_not_sent_after_the_time(void)
{
    struct wire wire = {0};
    struct worker own = {.asks = asks_new(), .transport = {.ctx = &wire, .request = carry}};
    struct sync_answer answer;

    worker = &own;
    g_assert_false(asks_put(own.asks, &own.transport, wake, NULL, &question, 20, &answer, NULL));
    asks_carry(own.asks, &own.transport);
    g_assert_cmpint(wire.requests, ==, 0);
    asks_free(own.asks);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync/ask/in-this-thread", test_in_this_thread);
    g_test_add_func("/sync/ask/worker", test_worker);
    g_test_add_func("/sync/ask/too-late", test_too_late);
    g_test_add_func("/sync/ask/not-sent-after-the-time", test_not_sent_after_the_time);
    return g_test_run();
}
