/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ask.h"
#include "sync/transport.h"
#include "sync/wire.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <string.h>

/* One question on its way, shared by the asker and the worker: whoever leaves last frees it. */
struct ask {
    char *path, *key, *body, *session;
    int64_t end_ms; /* boot time: not sent after it */
    GAsyncQueue *replies; /* of struct reply, one at most */
};

struct reply {
    struct sync_answer answer;
    GError *error; /* NULL: `answer` is one */
};

struct asks {
    GAsyncQueue *waiting; /* of struct ask, a reference each */
};

/* ---- Questions and replies ---- */

static void reply_free(void *data)
{
    struct reply *reply = data;

    sync_answer_clear(&reply->answer);
    g_clear_error(&reply->error);
    g_free(reply);
}

static void ask_clear(void *data)
{
    struct ask *ask = data;

    g_free(ask->path);
    g_free(ask->key);
    g_free(ask->body);
    if (ask->session != NULL)
        OPENSSL_cleanse(ask->session, strlen(ask->session));
    g_free(ask->session);
    g_async_queue_unref(ask->replies);
}

static void ask_unref(void *ask)
{
    g_atomic_rc_box_release_full(ask, ask_clear);
}

static struct ask *ask_new(const struct sync_question *question, unsigned timeout_ms)
{
    struct ask *ask = g_atomic_rc_box_new0(struct ask);

    ask->path = g_strdup(question->path);
    ask->key = g_strdup(question->key);
    ask->body = g_strdup(question->body);
    ask->session = g_strdup(question->session);
    ask->end_ms = clock_boot_ms() + timeout_ms;
    ask->replies = g_async_queue_new_full(reply_free);
    return ask;
}

void sync_answer_clear(struct sync_answer *answer)
{
    g_free(answer->body);
    memset(answer, 0, sizeof *answer);
}

struct asks *asks_new(void)
{
    struct asks *asks = g_new0(struct asks, 1);

    asks->waiting = g_async_queue_new_full(ask_unref);
    return asks;
}

void asks_free(struct asks *asks)
{
    if (asks == NULL)
        return;
    g_async_queue_unref(asks->waiting);
    g_free(asks);
}

/* ---- The worker's side ---- */

static struct reply *carry(const struct ask *ask, const struct transport *transport)
{
    struct http_call call = {.path = ask->path, .body = ask->body, .body_len = ask->body != NULL ? strlen(ask->body) : 0,
                             .idempotency_key = ask->key, .session = ask->session};
    struct http_response response;
    struct reply *reply = g_new0(struct reply, 1);

    if (transport->request(transport->ctx, &call, &response, &reply->error)) {
        reply->answer.status = (unsigned)response.status;
        reply->answer.body = g_strndup(response.body->str, response.body->len);
    } else if (reply->error == NULL) {
        g_set_error_literal(&reply->error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "no answer");
    }
    if (response.body != NULL)
        g_string_free(response.body, TRUE);
    return reply;
}

static bool is_there(const struct reply *reply)
{
    return reply->error == NULL && reply->answer.status < 500 && reply->answer.status != 429;
}

bool asks_carry(struct asks *asks, const struct transport *transport)
{
    struct ask *ask;
    bool there = false;

    while ((ask = g_async_queue_try_pop(asks->waiting)) != NULL) {
        if (clock_boot_ms() < ask->end_ms) {
            struct reply *reply = carry(ask, transport);
            there |= is_there(reply);
            g_async_queue_push(ask->replies, reply);
        }
        ask_unref(ask);
    }
    return there;
}

/* ---- The asker's side ---- */

void asks_leave(struct asks *asks, const struct sync_question *question, unsigned timeout_ms)
{
    g_async_queue_push(asks->waiting, ask_new(question, timeout_ms));
}

bool asks_put(struct asks *asks, const struct transport *transport, void (*wake)(struct sync *sync), struct sync *sync,
              const struct sync_question *question, unsigned timeout_ms, struct sync_answer *out, GError **error)
{
    struct ask *ask = ask_new(question, timeout_ms);
    struct reply *reply;

    memset(out, 0, sizeof *out);
    g_async_queue_push(asks->waiting, g_atomic_rc_box_acquire(ask));
    if (wake != NULL)
        wake(sync);
    else
        asks_carry(asks, transport);
    reply = wake != NULL ? g_async_queue_timeout_pop(ask->replies, (guint64)timeout_ms * 1000)
                         : g_async_queue_try_pop(ask->replies);
    ask_unref(ask);
    if (reply == NULL) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "no answer in time");
        return false;
    }
    bool answered = reply->error == NULL;
    if (answered) {
        *out = reply->answer;
        memset(&reply->answer, 0, sizeof reply->answer);
    } else {
        g_propagate_error(error, g_steal_pointer(&reply->error));
    }
    reply_free(reply);
    return answered;
}
