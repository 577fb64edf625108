/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network between kiosks and platform: requests are carried to handlers_run() in this process, and lost, doubled, kept
 * for later, cut or answered with nonsense on the way.
 */
#include "sim.h"
#include "books.h"
#include "carrier.h"
#include "platform/calls/handlers.h"
#include "schema.h"
#include "sync/wire.h"

#include <string.h>

struct late {
    char *path, *body, *key, *session, kiosk[8], certificate[64];
    const char *range, *if_range; /* not of one that comes late: nobody waits for the file any more */
};

static void late_free(void *data)
{
    struct late *late = data;

    g_free(late->path);
    g_free(late->body);
    g_free(late->key);
    g_free(late->session);
    g_free(late);
}

/* ---- At the platform ---------------------------------------------------------------------------------------------- */

/* Both as openapi.json describes them, whatever became of the wire between. */
static void check_contract(const struct late *call, const struct reply *reply)
{
    const struct schema_exchange exchange = {.method = call->body != NULL ? "POST" : "GET", .path = call->path, .key = call->key,
                                             .request = call->body != NULL ? call->body : "",
                                             .request_len = call->body != NULL ? strlen(call->body) : 0,
                                             .status = reply->status, .type = reply->content_type,
                                             .answer = reply->body, .answer_len = reply->body_len};

    schema_check_kiosk(&exchange);
    schema_check_answer(&exchange);
}

static void check_session(struct world *world, const struct late *call, const struct reply *reply)
{
    const struct session_exchange exchange = {.path = call->path, .secret = call->session, .body = call->body,
                                              .answer = reply->body, .answer_len = reply->body_len};

    if (reply->status == 200)
        session_answered(world, call->kiosk, &exchange);
}

/* False: the platform is down, or died over it; what it had not written is gone, and there is no answer. */
static bool is_there(struct world *world)
{
    return world->platform.platform != NULL || (world->platform.down_steps == 0 && platform_up(world));
}

static bool serve(struct world *world, const struct late *call, struct reply *reply)
{
    const struct carried carried = {.path = call->path, .key = call->key, .range = call->range, .if_range = call->if_range,
                                    .session = call->session, .body = call->body, .kiosk = call->kiosk, .certificate = call->certificate};

    if (!is_there(world))
        return false;
    int was = world_become(world, SIM_PLATFORM);
    carrier_run(world->platform.platform, &carried, reply);
    world_become(world, was);
    world->stats.requests++;
    if (!world->platform.machine.dead) {
        check_contract(call, reply);
        check_session(world, call, reply);
        return true;
    }
    reply_clear(reply);
    platform_down(world);
    return false;
}

static void serve_unheard(struct world *world, const struct late *call)
{
    struct reply reply = {0};

    platform_turn(world);
    if (serve(world, call, &reply)) {
        note_bytes(world, "unheard", reply.body, reply.body_len);
        reply_clear(&reply);
    }
}

void wire_deliver_late(struct world *world)
{
    if (world->late->len == 0)
        return;
    struct late *late = g_ptr_array_steal_index(world->late, rng_below(&world->env, world->late->len));
    serve_unheard(world, late);
    late_free(late);
}

void wire_forget_late(struct world *world)
{
    while (world->late->len > 0)
        late_free(g_ptr_array_steal_index(world->late, 0));
}

/* ---- Answers ------------------------------------------------------------------------------------------------------ */

static const char *const NONSENSE[] = {
    "",
    "{",
    "null",
    "[]",
    "<html><body>Sign in to continue</body></html>",
    "{\"server_time\":1}",
    "{\"server_time\":9223372036854775807,\"items\":[],\"cursor\":\"\",\"more\":true,\"hotlist_version\":0}",
    "{\"verdicts\":[],\"server_time\":1795000000000}",
    "{\"verdicts\":[{\"seq\":1,\"id\":\"x\",\"verdict\":\"accepted\"}],\"head\":{},\"server_time\":1795000000000}",
    "{\"items\":{},\"cursor\":\"../..\",\"more\":false,\"hotlist_version\":-1,\"server_time\":1795000000000}",
};

static void respond(struct http_response *out, long status, const char *type, const char *body, size_t len)
{
    out->status = status;
    g_string_append_len(out->body, body, (gssize)len);
    g_strlcpy(out->content_type, type, sizeof out->content_type);
}

static void noise(struct world *world, struct http_response *out)
{
    char bytes[200];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rng_next(&world->env);
    respond(out, 200, "application/json", bytes, sizeof bytes);
}

/* The true answer with one member missing, or of another kind: nothing of it may be half believed. */
static void spoilt(const struct reply *reply, struct http_response *out, uint32_t arg)
{
    json_t *json = json_loadb(reply->body, reply->body_len, 0, NULL);
    size_t size = json_object_size(json), at = 0;
    const char *key = NULL, *chosen = NULL;
    json_t *value = NULL;

    json_object_foreach(json, key, value)
    {
        if (at++ == arg % MAX(size, 1))
            chosen = key;
    }
    if (chosen != NULL && arg / 16 % 2 == 0)
        json_object_del(json, chosen);
    else if (chosen != NULL)
        json_object_set_new(json, chosen, arg / 32 % 2 == 0 ? json_null() : json_pack("[s]", "x"));
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : strdup("");
    respond(out, reply->status, reply->content_type, text, strlen(text));
    free(text);
    json_decref(json);
}

static void nonsense(struct world *world, struct http_response *out, uint32_t arg)
{
    const char *text = NONSENSE[arg % G_N_ELEMENTS(NONSENSE)];

    if (arg % 7 == 0)
        noise(world, out);
    else
        respond(out, 200, arg % 3 == 0 ? "text/html" : "application/json", text, strlen(text));
}

static void status(struct http_response *out, uint32_t arg)
{
    static const long statuses[] = {500, 502, 503, 504, 429, 404, 400, 413, 301};
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Not now\",\"status\":503}";

    respond(out, statuses[arg % G_N_ELEMENTS(statuses)], "application/problem+json", body, sizeof body - 1);
    out->retry_after_s = arg % 5;
}

/* ---- The seam ----------------------------------------------------------------------------------------------------- */

static bool cut(GError **error)
{
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "the connection is gone");
    return false;
}

/* Deliver, and bring the answer; faults of the way in and out. */
static bool carry(struct sim_kiosk *kiosk, const struct late *call, const struct fault *fault, struct http_response *out)
{
    struct world *world = kiosk->machine.world;
    struct reply reply = {0};

    switch (fault->kind) {
    case FAULT_REQUEST_LOST:
        return false;
    case FAULT_LATE: {
        struct late *kept = g_memdup2(call, sizeof *call);
        kept->path = g_strdup(call->path);
        kept->body = g_strdup(call->body);
        kept->key = g_strdup(call->key);
        kept->session = g_strdup(call->session);
        kept->range = kept->if_range = NULL;
        g_ptr_array_add(world->late, kept);
        return false;
    }
    case FAULT_DOUBLE:
        serve_unheard(world, call);
        break;
    case FAULT_NONSENSE:
        if (fault->arg % 2 == 0)
            break;
        nonsense(world, out, fault->arg / 2);
        return true;
    case FAULT_STATUS:
        status(out, fault->arg);
        return true;
    default:
        break;
    }
    if (!serve(world, call, &reply))
        return false;
    if (fault->kind == FAULT_NONSENSE) {
        spoilt(&reply, out, fault->arg / 2);
        reply_clear(&reply);
        return true;
    }
    if (fault->kind == FAULT_ANSWER_CUT)
        reply.body_len = fault->arg % (reply.body_len + 1);
    respond(out, reply.status, reply.content_type, reply.body, reply.body_len);
    out->retry_after_s = reply.retry_after_s;
    reply_clear(&reply);
    return fault->kind != FAULT_ANSWER_LOST;
}

/* The body of a file goes to whoever writes it down. */
static bool hand_file(const struct http_file *file, struct http_response *out, GError **error)
{
    bool taken = file == NULL || (out->status != 200 && out->status != 206) ||
                 file->take(file->ctx, out->status == 206 ? file->from : 0, out->body->str, out->body->len);

    if (!taken)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "the file was not taken to its end");
    return taken;
}

static bool wire_request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct sim_kiosk *kiosk = ctx;
    struct machine *machine = &kiosk->machine;
    g_autofree char *key = call->idempotency_key != NULL ? g_strdup_printf("\"%s\"", call->idempotency_key) : NULL;
    struct late late = {.path = (char *)call->path, .key = key, .session = (char *)call->session}; /* the header's form: a Structured Field String */

    *out = (struct http_response){.body = g_string_new(NULL)};
    if (machine->dead || !kiosk->online)
        return cut(error);
    struct fault fault = effect_now(machine, EFFECT_NET);
    if (machine->dead)
        return cut(error);
    g_autofree char *body = call->body != NULL ? g_strndup(call->body, call->body_len) : NULL;
    g_autofree char *range = call->file != NULL ? g_strdup_printf("bytes=%" G_GINT64_FORMAT "-", call->file->from) : NULL;
    late.body = body;
    late.range = range;
    late.if_range = call->file != NULL ? call->file->etag : NULL;
    g_strlcpy(late.kiosk, kiosk->id, sizeof late.kiosk);
    g_strlcpy(late.certificate, kiosk->certificate, sizeof late.certificate);
    if (is_there(machine->world))
        platform_turn(machine->world);
    if (is_there(machine->world))
        authority_handshake(machine->world, kiosk);
    note(machine->world, "request %s %s", kiosk->id, call->path);
    note_bytes(machine->world, "body", body, call->body_len);
    trace_text(machine->world, body);
    books_sent(machine->world, kiosk, call->path, body);
    bool arrived = carry(kiosk, &late, &fault, out);
    note_bytes(machine->world, "response", out->body->str, out->body->len);
    trace_text(machine->world, out->body->str);
    effect_now(machine, EFFECT_ANSWER);
    if (arrived && !machine->dead)
        return hand_file(call->file, out, error);
    g_string_truncate(out->body, 0);
    out->status = 0;
    return cut(error);
}

static void wire_sleep(void *ctx, int timeout_ms)
{
    struct sim_kiosk *kiosk = ctx;
    kiosk->machine.world->now_ms += MAX(0, timeout_ms);
}

static void wire_wake(void *ctx)
{
    (void)ctx; /* nobody ever sleeps for long */
}

struct transport sim_transport(struct sim_kiosk *kiosk)
{
    return (struct transport){.ctx = kiosk, .request = wire_request, .sleep = wire_sleep, .wake = wire_wake,
                              .renew = authority_identity, .trust = authority_trust};
}
