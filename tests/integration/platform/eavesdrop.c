/* SPDX-License-Identifier: Apache-2.0 */
#include "eavesdrop.h"
#include "schema.h"
#include "sync/http.h"
#include "sync/wire.h"

struct ear {
    struct transport inner;
    char *path; /* of the request that waits */
};

struct transport __real_http_transport(struct http *http);
struct transport __wrap_http_transport(struct http *http);
bool __real_http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error);
bool __wrap_http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error);

static gint off, changed, requests, answers, pages = -1;

static void check(const struct http_call *call, const struct http_response *response)
{
    if (g_atomic_int_get(&off) != 0)
        return;
    g_autofree char *type = g_strdup(response != NULL ? response->content_type : NULL);
    g_autofree char *key = call->idempotency_key != NULL ? g_strdup_printf("\"%s\"", call->idempotency_key) : NULL;
    struct schema_exchange exchange = {.method = call->body != NULL ? "POST" : "GET", .path = call->path,
                                       .key = key, .request = call->body, .request_len = call->body_len};

    schema_check_kiosk(&exchange);
    g_atomic_int_inc(&requests);
    /* The body of a file is not in the response. */
    if (response == NULL || g_atomic_int_get(&changed) != 0 || (call->file != NULL && response->status < 300))
        return;
    exchange.status = (unsigned)response->status;
    exchange.type = type;
    exchange.answer = response->body->str;
    exchange.answer_len = response->body->len;
    schema_check_answer(&exchange);
    g_atomic_int_inc(&answers);
}

/* One page less; false: there is none. */
static bool page_left(const char *path)
{
    int left = g_atomic_int_get(&pages);

    if (left < 0 || !g_str_has_prefix(path, "/v1/feed?"))
        return true;
    if (left > 0)
        g_atomic_int_set(&pages, left - 1);
    return left > 0;
}

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct ear *ear = ctx;
    if (!page_left(call->path)) {
        *out = (struct http_response){0};
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "the line is dead");
        return false;
    }
    bool answered = ear->inner.request(ear->inner.ctx, call, out, error);

    check(call, answered ? out : NULL);
    return answered;
}

static void rest(void *ctx, int timeout_ms)
{
    struct ear *ear = ctx;

    ear->inner.sleep(ear->inner.ctx, timeout_ms);
}

static void wake(void *ctx)
{
    struct ear *ear = ctx;

    ear->inner.wake(ear->inner.ctx);
}

static bool listen_for(void *ctx, const char *path, unsigned wait_s)
{
    struct ear *ear = ctx;

    g_free(ear->path);
    ear->path = g_strdup(path);
    return ear->inner.listen(ear->inner.ctx, path, wait_s);
}

static enum listening heard(void *ctx, struct http_response *out)
{
    struct ear *ear = ctx;
    enum listening what = ear->inner.heard(ear->inner.ctx, out);

    if (what == LISTEN_HEARD)
        check(&(struct http_call){.path = ear->path}, out);
    return what;
}

static void hush(void *ctx)
{
    struct ear *ear = ctx;

    ear->inner.hush(ear->inner.ctx);
}

static bool renew(void *ctx, const char *cert_pem, const char *key_pem)
{
    struct ear *ear = ctx;

    return ear->inner.renew(ear->inner.ctx, cert_pem, key_pem);
}

static bool trust(void *ctx, const char *authorities)
{
    struct ear *ear = ctx;

    return ear->inner.trust(ear->inner.ctx, authorities);
}

static void let_go(void *ctx)
{
    struct ear *ear = ctx;

    ear->inner.free(ear->inner.ctx);
    g_free(ear->path);
    g_free(ear);
}

struct transport __wrap_http_transport(struct http *http)
{
    struct ear *ear = g_new0(struct ear, 1);

    ear->inner = __real_http_transport(http);
    return (struct transport){.ctx = ear, .request = request, .sleep = rest, .wake = wake, .listen = listen_for,
                              .heard = heard, .hush = hush, .renew = renew, .trust = trust, .free = let_go};
}

/* Enrolment has no transport yet. */
bool __wrap_http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error)
{
    bool answered = __real_http_request(http, call, out, error);

    check(call, answered ? out : NULL);
    return answered;
}

void eavesdrop_answers(bool checked)
{
    g_atomic_int_set(&changed, !checked);
}

void eavesdrop_pages(int left)
{
    g_atomic_int_set(&pages, left);
}

void eavesdrop_off(void)
{
    g_atomic_int_set(&off, 1);
}

unsigned eavesdrop_requests(void)
{
    return (unsigned)g_atomic_int_get(&requests);
}

unsigned eavesdrop_heard(void)
{
    return (unsigned)g_atomic_int_get(&answers);
}
