/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/handlers.h"
#include "platform/admin/admin.h"
#include "platform/admin/health.h"
#include "platform/calls/ballot-serve.h"
#include "platform/calls/calls.h"
#include "platform/calls/certificates-serve.h"
#include "platform/certificates/verify.h"
#include "platform/data/db-rows.h"
#include "platform/calls/desk-serve.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/epochs.h"
#include "platform/calls/feed-serve.h"
#include "platform/calls/hotlist-serve.h"
#include "platform/calls/ingest.h"
#include "platform/money/loads.h"
#include "platform/calls/persons-serve.h"
#include "platform/calls/problems.h"
#include "platform/calls/queue-serve.h"
#include "platform/calls/restored.h"
#include "platform/tickets/georeport.h"
#include "platform/calls/versions.h"
#include "model/model.h"
#include "store/file.h"
#include "sync/wire.h"
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void (*handler_fn)(struct platform *platform, const struct request *request, struct reply *out);

static void handle_enrol(struct platform *platform, const struct request *request, struct reply *out);
static void handle_events(struct platform *platform, const struct request *request, struct reply *out);
static void handle_own_events(struct platform *platform, const struct request *request, struct reply *out);
static void handle_epoch(struct platform *platform, const struct request *request, struct reply *out);
static void handle_feed(struct platform *platform, const struct request *request, struct reply *out);
static void handle_loads(struct platform *platform, const struct request *request, struct reply *out);
static void handle_health(struct platform *platform, const struct request *request, struct reply *out);
static void handle_openapi(struct platform *platform, const struct request *request, struct reply *out);
static void handle_docs(struct platform *platform, const struct request *request, struct reply *out);

/* `current`: not for a kiosk whose software is too old. What it wrote down is taken from it all the same. */
static const struct {
    const char *path, *method;
    bool kiosk_only, current;
    handler_fn run;
} routes[] = {
    {"/v1/enrol", "POST", false, true, handle_enrol},
    {"/v1/events", "POST", true, false, handle_events},
    {"/v1/loads", "POST", true, true, handle_loads},
    {"/v1/events", "GET", true, false, handle_own_events},
    {"/v1/epoch", "POST", true, false, handle_epoch},
    {"/v1/feed", "GET", true, true, handle_feed},
    {"/v1/time", "GET", false, false, call_time},
    {"/v1/signing-keys", "GET", true, false, call_signing_keys},
    {"/v1/authorities", "GET", true, false, call_authorities},
    {"/v1/health", "GET", false, false, handle_health},
    {"/v1/openapi.json", "GET", false, false, handle_openapi},
    {"/v1/docs", "GET", false, false, handle_docs},
    {"/v1/anchors", "POST", true, false, call_anchor},
    {"/v1/deadletter", "POST", true, false, call_letter},
    {"/v1/renew", "POST", true, false, call_renew},
    {"/v1/hotlist", "GET", true, false, call_hotlist},
    {ADMIN_PATH, "GET", false, false, call_admin},
    {ADMIN_STYLE_PATH, "GET", false, false, call_admin_style},
    {HOTLIST_FILE_PATH, "GET", true, false, call_hotlist_file},
    {"/v1/taps", "POST", true, true, call_tap},
    {"/v1/sessions", "POST", true, true, call_session},
    {"/v1/sessions/end", "POST", true, false, call_session_end},
    {CERTIFICATES_PATH, "GET", true, true, call_certificates},
    {CERTIFICATES_PATH, "POST", true, true, call_certificate_make},
    {VERIFY_PATH, "GET", false, false, call_verify},
    {VERIFY_STYLE_PATH, "GET", false, false, call_verify_style},
    {"/v1/me", "GET", true, true, call_me},
    {"/v1/me/access-log", "GET", true, true, call_me_access_log},
    {PERSONS_PATH, "GET", true, true, call_person},
    {CARE_PROFILES_PATH, "GET", true, true, call_care_profiles},
    {CARE_HOUSEHOLDS_PATH, "GET", true, true, call_care_household},
    {FILES_PATH, "POST", true, true, call_file_take},
    {FILE_PATH, "GET", true, true, call_file},
    {QUEUE_TICKETS_PATH, "POST", true, true, call_queue_ticket},
    {QUEUE_STEPS_PATH, "POST", true, true, call_queue_step},
    {BALLOT_PAPERS_PATH, "POST", true, true, call_ballot_paper},
    {CARDS_PATH, "GET", true, true, call_card},
    {CARD_LOST_PATH, "POST", true, true, call_card_lost},
    {CARD_FOUND_PATH, "POST", true, true, call_card_found},
    {CARD_REPLACED_PATH, "POST", true, true, call_card_replaced},
};

/* A route that ends with a slash is of all paths that have one more part; one with a star, of those with any part there. */
static bool route_fits(const char *route, const char *path)
{
    size_t len = strlen(route), before = strcspn(route, "*");

    if (before < len) {
        size_t part = strncmp(route, path, before) == 0 ? strcspn(path + before, "/") : 0;
        return part > 0 && strcmp(route + before + 1, path + before + part) == 0;
    }

    if (route[len - 1] != '/')
        return strcmp(route, path) == 0;
    return strncmp(route, path, len) == 0 && path[len] != '\0' && strchr(path + len, '/') == NULL;
}

/* ---- Replies ---- */

void reply_json(struct reply *out, unsigned status, const char *type, json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    if (text == NULL) {
        static const char fallback[] =
            "{\"type\":\"" PROBLEM_TYPE "INTERNAL\",\"title\":\"The platform failed\",\"status\":500,\"code\":\"INTERNAL\"}";
        text = strdup(fallback);
        status = 500;
        type = "application/problem+json";
    }
    out->status = status;
    out->content_type = type;
    out->body = text;
    out->body_len = text != NULL ? strlen(text) : 0;
}

void handlers_problem(struct reply *out, unsigned status, const char *code, const char *detail)
{
    g_autofree char *type = g_strconcat(PROBLEM_TYPE, code, NULL);
    const struct problem *problem = problem_find(code);

    /* A kiosk lives with a code that it does not know; whoever wrote it has to list it. */
    if (problem == NULL || problem->status != status)
        g_critical("problem %s with status %u is not in the registry", code, status);
    reply_json(out, status, "application/problem+json",
               json_pack("{s:s, s:s, s:i, s:s, s:s*}", "type", type, "title",
                         problem != NULL ? problem->title : "The platform refused", "status", (int)status, "code", code,
                         "detail", detail));
    out->problem = problem != NULL ? problem->code : "INTERNAL";
    /* Spread what comes back after trouble: full jitter on top of a second. */
    if (status == 503)
        out->retry_after_s = 1 + random_below(5);
}

bool handlers_public(const char *path)
{
    return georeport_path(path) || verify_path(path);
}

void handlers_refuse(const struct request *request, struct reply *out, unsigned status, const char *code)
{
    const struct problem *problem = problem_find(code);

    if (georeport_path(request->path))
        georeport_error(out, request, status, problem != NULL ? problem->title : "The platform refused");
    else if (verify_path(request->path) && (status == 429 || status == 503))
        verify_later(request, out, status, code);
    else
        handlers_problem(out, status, code, NULL);
}

bool reply_read_file(struct reply *reply)
{
    char *bytes = malloc(reply->body_len + 1);
    bool read = bytes != NULL && file_read_at(reply->fd, reply->offset, bytes, reply->body_len);

    close(reply->fd);
    reply->is_file = false;
    reply->body = bytes;
    if (read)
        return true;
    reply_clear(reply);
    handlers_problem(reply, 503, "UNAVAILABLE", NULL);
    return false;
}

void reply_clear(struct reply *reply)
{
    if (reply->is_file)
        close(reply->fd);
    free(reply->body);
    memset(reply, 0, sizeof *reply);
}

/* Operators read the log; kiosks are told no more than they can use. */
static void reply_error(struct reply *out, GError *error, unsigned state_status, const char *state_code)
{
    if (g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT)) {
        handlers_problem(out, 400, "MALFORMED", error->message);
    } else if (g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE)) {
        handlers_problem(out, state_status, state_code, error->message);
    } else if (g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_KIOSK_UNKNOWN)) {
        handlers_problem(out, 403, "KIOSK_UNKNOWN", error->message);
    } else if (g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_KIOSK_REVOKED)) {
        handlers_problem(out, 403, "KIOSK_REVOKED", error->message);
    } else {
        if (!g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_READS)) /* asked anew where it may write */
            g_warning("request failed: %s", error != NULL ? error->message : "unknown");
        handlers_problem(out, 503, "UNAVAILABLE", NULL);
    }
    g_clear_error(&error);
}

void reply_or_error(struct reply *out, json_t *answer, GError *error, unsigned state_status, const char *state_code)
{
    if (answer != NULL)
        reply_json(out, 200, "application/json", answer);
    else
        reply_error(out, error, state_status, state_code);
}

/* ---- The calls ---- */

json_t *request_json(const struct request *request, struct reply *out)
{
    GError *error = NULL;
    json_t *json = wire_parse(request->body, request->body_len, &error);

    if (json == NULL)
        handlers_problem(out, 400, "MALFORMED", error->message);
    g_clear_error(&error);
    return json;
}

static void handle_enrol(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out);
    GError *error = NULL;

    if (json == NULL)
        return;
    json_t *answer = enrolment_accept(platform, json, now_ms(), &error);
    json_decref(json);
    reply_or_error(out, answer, error, 403, "ENROL_REFUSED");
}

static void handle_events(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out);
    GError *error = NULL;

    if (json == NULL)
        return;
    json_t *answer = ingest_batch(platform, request->kiosk, request->certificate, json, now_ms(), &error);
    json_decref(json);
    reply_or_error(out, answer, error, 403, "KIOSK_UNKNOWN");
}

static void handle_own_events(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    gint64 epoch = 0, after = 0, limit = 100;

    if ((request->epoch != NULL && !g_ascii_string_to_signed(request->epoch, 10, 0, INT32_MAX, &epoch, NULL)) ||
        (request->after != NULL && !g_ascii_string_to_signed(request->after, 10, 0, INT64_MAX - 1, &after, NULL)) ||
        (request->limit != NULL &&
         !g_ascii_string_to_signed(request->limit, 10, 1, WIRE_FEED_LIMIT_MAX, &limit, NULL))) {
        handlers_problem(out, 400, "MALFORMED", "epoch, after and limit (1 to 500) are numbers");
        return;
    }
    json_t *answer = epochs_serve(platform, request->kiosk, request->certificate, epoch, after, limit, now_ms(), &error);
    reply_or_error(out, answer, error, 403, "KIOSK_UNKNOWN");
}

static void handle_epoch(struct platform *platform, const struct request *request, struct reply *out)
{
    json_t *json = request_json(request, out);
    GError *error = NULL;

    if (json == NULL)
        return;
    json_t *answer = epochs_raise(platform, request->kiosk, request->certificate, json, now_ms(), &error);
    json_decref(json);
    reply_or_error(out, answer, error, 409, "HEAD_BEHIND");
}

/* The cursor after the page is the one before it: there is nothing that this kiosk has not. */
static bool no_news(json_t *answer, const char *cursor)
{
    return g_strcmp0(json_string_value(json_object_get(answer, "cursor")), cursor) == 0;
}

static void handle_feed(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    gint64 limit = 100, wait_s = 0, behind = 0;
    const char *cursor = request->cursor != NULL ? request->cursor : "";

    if (strlen(cursor) > WIRE_CURSOR_MAX ||
        (request->behind != NULL && !g_ascii_string_to_signed(request->behind, 10, 0, HEALTH_BEHIND_MAX, &behind, NULL)) ||
        (request->wait != NULL &&
         !g_ascii_string_to_signed(request->wait, 10, 0, WIRE_WAIT_S_MAX, &wait_s, NULL)) ||
        (request->limit != NULL &&
         !g_ascii_string_to_signed(request->limit, 10, 1, WIRE_FEED_LIMIT_MAX, &limit, NULL))) {
        handlers_problem(out, 400, "MALFORMED",
                         "limit is 1 to 500, wait 0 to 30, behind a number, cursor one that this platform gave");
        return;
    }
    json_t *answer = health_heard(platform, request, now_ms(), &error)
                         ? feed_serve(platform, request->kiosk, request->certificate, cursor, limit, now_ms(), &error)
                         : NULL;
    if (answer != NULL && no_news(answer, cursor))
        out->wait_ms = wait_s * 1000;
    reply_or_error(out, answer, error, 410, "CURSOR_GONE");
}

static void handle_loads(struct platform *platform, const struct request *request, struct reply *out)
{
    struct load_answer answer;
    GError *error = NULL;

    if (!loads_authorise(platform, request->kiosk, request->certificate, request->idempotency_key, request->body, request->body_len, now_ms(),
                         &answer, &error))
        reply_error(out, error, 503, "UNAVAILABLE");
    else if (answer.status == 200)
        reply_json(out, 200, "application/json", json_loads(answer.text, 0, NULL));
    else
        handlers_problem(out, answer.status, answer.code, NULL);
    g_free(answer.text);
}

static void handle_health(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    int64_t version = 0;
    bool ok;

    if (g_atomic_int_get(&platform->draining)) {
        handlers_problem(out, 503, "DRAINING", NULL);
        return;
    }
    ok = db_begin(platform->db, false, &error);
    if (ok) {
        ok = db_hotlist_version(platform->db, &version, &error);
        db_rollback(platform->db);
    }
    reply_or_error(out,
                   ok ? json_pack("{s:s, s:I, s:I}", "status", "ok", "hotlist_version", (json_int_t)version,
                                  "server_time", (json_int_t)now_ms())
                      : NULL,
                   error, 503, "UNAVAILABLE");
}

void reply_bytes(struct reply *out, const char *type, const void *bytes, size_t len)
{
    char *body = bytes != NULL ? malloc(len + 1) : NULL;

    if (body == NULL) {
        handlers_problem(out, 503, "UNAVAILABLE", NULL);
        return;
    }
    memcpy(body, bytes, len);
    *out = (struct reply){.status = 200, .content_type = type, .body = body, .body_len = len};
}

/* A file that was built into this program. */
static void reply_resource(struct reply *out, const char *path, const char *type)
{
    g_autoptr(GBytes) bytes = g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    gsize len = 0;
    const char *data = bytes != NULL ? g_bytes_get_data(bytes, &len) : NULL;

    reply_bytes(out, type, data, len);
}

static void handle_openapi(struct platform *platform, const struct request *request, struct reply *out)
{
    reply_resource(out, "/org/citycard/platform/openapi.json", "application/json");
}

/* The same for people; a build without the renderer has no such page. */
static void handle_docs(struct platform *platform, const struct request *request, struct reply *out)
{
    static const char page[] = "/org/citycard/platform/contract.html";

    if (g_resources_get_info(page, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL))
        reply_resource(out, page, "text/html; charset=utf-8");
    else
        handlers_problem(out, 404, "NOT_FOUND", "this platform was built without the page");
}

/* ---- Who may ---- */

enum admission { ADMIT_TROUBLE, ADMIT_OK, ADMIT_NEXT, ADMIT_REVOKED, ADMIT_UNKNOWN /* an enrolled kiosk, not with this certificate */, ADMIT_NOT };

static enum admission admission_of(struct platform *platform, const struct request *request, GError **error)
{
    struct kiosk_row kiosk;
    bool found, next = false;
    enum admission out = ADMIT_NOT;

    if (!db_begin(platform->db, false, error))
        return ADMIT_TROUBLE;
    if (!db_kiosk_find(platform->db, request->kiosk, &kiosk, &found, error))
        out = ADMIT_TROUBLE;
    else if (found && strcmp(kiosk.state, "REVOKED") == 0)
        out = ADMIT_REVOKED;
    else if (found && strcmp(kiosk.state, "ENROLLED") == 0 && strcmp(kiosk.certificate, request->certificate) == 0)
        out = ADMIT_OK;
    else if (found && strcmp(kiosk.state, "ENROLLED") == 0)
        out = !db_certificate_is_next(platform->db, request->kiosk, request->certificate, &next, error)
                  ? ADMIT_TROUBLE
              : next ? ADMIT_NEXT
                     : ADMIT_UNKNOWN;
    db_rollback(platform->db);
    return out;
}

/* Looked at for every request: a revoked kiosk, or one that was enrolled anew elsewhere, is out at once. */
bool kiosk_may(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    enum admission admission;
    bool taken = false;

    if (request->kiosk == NULL || request->certificate == NULL) {
        handlers_problem(out, 403, "CERTIFICATE_NEEDED", "this call needs a kiosk's client certificate");
        return false;
    }
    admission = admission_of(platform, request, &error);
    if (admission == ADMIT_OK || (admission == ADMIT_NEXT && enrolment_renewed(platform, request->kiosk, request->certificate, &error)))
        return true;
    if (admission == ADMIT_UNKNOWN && restored_certificate_take(platform, request, &taken, &error) && taken)
        return true;
    if (error != NULL)
        reply_or_error(out, NULL, error, 503, "UNAVAILABLE");
    else
        handlers_problem(out, 403, admission == ADMIT_REVOKED ? "KIOSK_REVOKED" : "KIOSK_UNKNOWN",
                         "this kiosk is not enrolled with this certificate");
    return false;
}

/* "application/json", with any parameters. */
static bool is_json_type(const char *type)
{
    static const char name[] = "application/json";

    return type != NULL && g_ascii_strncasecmp(type, name, sizeof name - 1) == 0 &&
           strchr(" ;", type[sizeof name - 1]) != NULL; /* finds the NUL, too */
}

/* "GET, POST" of this path; NULL: there is no such path. */
static const char *methods_of(const char *path)
{
    const char *allow = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++)
        if (route_fits(routes[i].path, path))
            allow = allow == NULL ? routes[i].method : "GET, POST";
    return allow;
}

int handlers_call(const struct request *request)
{
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++)
        if (route_fits(routes[i].path, request->path) && strcmp(routes[i].method, request->method) == 0)
            return (int)i;
    int call = georeport_path(request->path) ? georeport_call(request) : -1;
    return call >= 0 ? (int)G_N_ELEMENTS(routes) + call : -1;
}

char *handlers_call_name(int call)
{
    if (call < 0 || (size_t)call >= handlers_count())
        return g_strdup("other");
    if ((size_t)call >= G_N_ELEMENTS(routes))
        return g_strdup(georeport_call_name(call - (int)G_N_ELEMENTS(routes)));
    return g_strconcat(routes[call].method, " ", routes[call].path, NULL);
}

size_t handlers_count(void)
{
    return G_N_ELEMENTS(routes) + GEOREPORT_CALLS;
}

unsigned handlers_precheck(const struct request *request, const char **allow)
{
    const char *methods = methods_of(request->path);

    if (georeport_path(request->path))
        return georeport_precheck(request, allow);
    if (methods == NULL)
        return 404;
    *allow = methods;
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        if (route_fits(routes[i].path, request->path) && strcmp(routes[i].method, request->method) == 0)
            return strcmp(request->method, "POST") == 0 && !is_json_type(request->content_type) ? 415 : 0;
    }
    return 405;
}

/* Of a kiosk: none of its transactions begins when it has been shut out since kiosk_may(). */
static void run_as(struct platform *platform, const struct request *request, handler_fn run, bool kiosk, struct reply *out)
{
    struct db_asker asker = {kiosk ? request->kiosk : NULL, kiosk ? request->certificate : NULL};
    struct db_asker before = db_thread_answers(asker);

    run(platform, request, out);
    db_thread_answers(before);
}

void handlers_run(struct platform *platform, const struct request *request, struct reply *out)
{
    if (georeport_path(request->path)) {
        georeport_run(platform, request, out);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        if (!route_fits(routes[i].path, request->path) || strcmp(routes[i].method, request->method) != 0)
            continue;
        if (routes[i].kiosk_only && !kiosk_may(platform, request, out))
            return;
        if (routes[i].current && versions_too_old(platform->kiosk_version_min, request->user_agent))
            handlers_problem(out, 403, "KIOSK_TOO_OLD", NULL);
        else
            run_as(platform, request, routes[i].run, routes[i].kiosk_only, out);
        return;
    }
    handlers_problem(out, 404, "NOT_FOUND", NULL);
}
