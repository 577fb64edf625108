/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 only. A client certificate is asked for in the handshake and not demanded there (enrolment has none yet); its
 * chain, dates, purpose and CN are looked at for each request, and the handlers ask the kiosk table.
 */
#include "platform/calls/address.h"
#include "platform/calls/http.h"
#include "platform/calls/acceptor.h"
#include "platform/calls/handlers.h"
#include "platform/calls/http-answer.h"
#include "platform/calls/log.h"
#include "platform/calls/metrics.h"
#include "platform/calls/throttle.h"
#include "platform/calls/tls.h"
#include "platform/calls/waiting.h"
#include "platform/data/db.h"
#include "platform/keys/pki.h"
#include "model/clock.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX    4096
#define IDLE_TIMEOUT_S     60
#define THREADS            4
#define THREADS_WRITING    16 /* as many batches can share a commit */
#define THREADS_READING    8
#define THREADS_DOOR       2
#define QUEUED_MS_LONG     1000 /* then it is looked whether somebody still waits for the answer */
#define DRAIN_MS_MAX       5000
#define BODIES_BYTES_MAX   (THROTTLE_UNDER_WAY_MAX * (int)WIRE_REQUEST_BYTES_MAX) /* of all that are being read or worked on */
#define OVERFLOW_BYTES_MAX                                                                                   \
    (4 * WIRE_REQUEST_BYTES_MAX) /* what is read and thrown away to be able to say 413 */

/*
 * The threads of libmicrohttpd read requests and send answers; what a request asks of the database is done by others, so that no
 * connection waits for another one's transaction:
 *
 *   on_request: the body ─► finish(): who is it ─► submit(): suspended, work() on a thread of its pool ─► resumed
 *   on_request again ─► answered ─► sent, or put off (waiting.c) and later submitted once more
 *
 * Calls that write have threads of their own: while all of them wait for a slow commit, calls that only read are answered. A GET that
 * has to write after all (the feed: a quota that is due, an order that ran out, what a kiosk tells of its health; a person's record:
 * who looked at it; the first use of a renewed certificate) finds that out on a thread that reads, and is run anew on one that writes. So have those of
 * the public door, fewer than there are connections that read: strangers wait for each other, and kiosks for none of them.
 */
struct server {
    struct platform *platform;
    GThreadPool *writing, *reading, *door; /* of struct upload; NULL: no more are taken */
    GMutex pools_lock;
    struct MHD_Daemon *daemon;
    struct throttle *throttle, *strangers; /* the latter: of those without a certificate, by address */
    struct crowd *crowd;
    struct waiting *waiting;
    struct tls *tls;
    char *address;
    gint running; /* requests under way, and bodies that are being read */
    gint shut;    /* nobody new is let in */
    struct acceptor *acceptor; /* of a socket that somebody else holds, too; NULL: the port is ours */
    gint body_bytes; /* of all requests */
};

/* One request while it is being read. */
struct upload {
    GByteArray *body;
    size_t room; /* of the body, without being moved */
    char *query; /* of the public door */
    size_t total;
    gint counted; /* in server->body_bytes */
    bool too_big, zipped;
    bool reading; /* counted in server->running */
    bool admitted; /* counted in server->throttle */
    int64_t wait_end_ms; /* boot time until which it may be put off; 0: not asked yet */
    struct tls_identity identity;
    bool identified;
    /* For its line in the log, and the metrics. */
    char id[17];
    int call;
    int64_t start_ms, suspended_ms; /* boot times; the latter moves start_ms on when it is woken */
    /* While a thread of a pool has it, nobody else looks at it. */
    struct MHD_Connection *connection;
    int64_t queued_ms; /* boot time */
    struct request request;
    struct reply reply;
    bool answered;
    bool reads; /* on a thread of those that only read */
    unsigned turn; /* of the news, before it was asked */
};

/* ---- Answers ---- */

static void tell(const struct upload *upload, const struct reply *reply)
{
    int64_t ms = clock_boot_ms() - upload->start_ms;
    g_autofree char *call = handlers_call_name(upload->call);

    metrics_request(upload->call, reply->status, ms);
    log_request(&(struct log_request){upload->id, call, upload->identified ? upload->identity.name : "", reply->problem, reply->status, ms});
}

/* While the node drains, each connection ends with its next answer: its kiosk comes back by another one. */
static enum MHD_Result send_reply(struct server *server, struct MHD_Connection *connection, const struct upload *upload,
                                  struct reply *reply)
{
    tell(upload, reply);
    return http_answer(connection, reply, upload->id, g_atomic_int_get(&server->platform->draining));
}

static enum MHD_Result send_problem(struct server *server, struct MHD_Connection *connection, const struct upload *upload,
                                    unsigned status, const char *code, const char *allow)
{
    struct reply reply = {0};

    handlers_refuse(&upload->request, &reply, status, code);
    reply.allow = allow;
    return send_reply(server, connection, upload, &reply);
}

/* ---- Requests ---- */

static void fill(struct request *out, struct MHD_Connection *connection, const char *url, const char *method)
{
    memset(out, 0, sizeof *out);
    out->method = method;
    out->path = url;
    out->content_type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    out->cursor = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "cursor");
    out->idempotency_key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Idempotency-Key");
    out->limit = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "limit");
    out->since = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
    out->range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    out->if_range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);
    out->user_agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);
    out->authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    out->purpose = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "purpose");
    out->case_id = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "case");
    out->wait = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "wait");
    out->behind = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "behind");
    out->who = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "who");
    out->known = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "known");
    out->lang = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "lang");
    out->days = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "days");
    out->of = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "of");
    out->accept_language = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
    out->nonce = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "nonce");
    out->epoch = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "epoch");
    out->after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    out->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    out->accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
}

/* ---- The public door: any query, anybody ---- */

static enum MHD_Result add_argument(void *text, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                    size_t value_len)
{
    g_autofree char *left = g_uri_escape_bytes((const guint8 *)name, name_len, NULL);
    g_autofree char *right = g_uri_escape_bytes((const guint8 *)(value != NULL ? value : ""), value != NULL ? value_len : 0, NULL);

    g_string_append_printf(text, "&%s=%s", left, right);
    return MHD_YES;
}

/* The library has taken the query apart already: it is put together again, so that one parser reads queries and bodies. */
static char *query_of(struct MHD_Connection *connection)
{
    GString *text = g_string_new(NULL);

    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_argument, text);
    return g_string_free(text, FALSE);
}

/* Who brings no certificate of ours is told apart by where they come from, at the public door and at the calls of kiosks by itself:
 * an app that is busy there keeps no kiosk from being enrolled here. */
static bool stranger_may(struct server *server, struct MHD_Connection *connection, bool door, unsigned *retry_after_s)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return throttle_address(server->strangers, door ? "door" : "call", info != NULL ? info->client_addr : NULL, retry_after_s);
}

static bool announced_too_big(struct MHD_Connection *connection)
{
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    guint64 len;

    return text != NULL && (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &len, NULL) ||
                            len > WIRE_REQUEST_BYTES_MAX);
}

static enum MHD_Result send_later(struct server *server, struct MHD_Connection *connection, struct upload *upload, unsigned status,
                                  unsigned retry_after_s)
{
    struct reply reply = {0};

    if (handlers_public(upload->request.path) && upload->query == NULL)
        upload->query = query_of(connection);
    upload->request.query = upload->query;
    handlers_refuse(&upload->request, &reply, status, status == 429 ? "TOO_MANY" : "BUSY");
    reply.retry_after_s = retry_after_s;
    return send_reply(server, connection, upload, &reply);
}

/* Not encoded, or in the one coding that we know. */
static bool coding_of(struct MHD_Connection *connection, bool *zipped)
{
    const char *coding =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING);

    *zipped = coding != NULL && g_ascii_strcasecmp(coding, "zstd") == 0;
    return coding == NULL || *zipped || g_ascii_strcasecmp(coding, "identity") == 0;
}

static void body_free(GByteArray *body)
{
    if (body->data != NULL)
        OPENSSL_cleanse(body->data, body->len);
    g_byte_array_unref(body);
}

static struct upload *upload_new(const struct request *request)
{
    struct upload *upload = g_new0(struct upload, 1);
    uint8_t id[8];

    random_bytes(id, sizeof id);
    wire_hex(id, sizeof id, upload->id);
    upload->call = handlers_call(request);
    upload->request = *request;
    upload->start_ms = clock_boot_ms();
    upload->body = g_byte_array_new();
    return upload;
}

/* The headers are there, the body is not: refuse what can be refused before it is read. */
static enum MHD_Result begin(struct server *server, struct MHD_Connection *connection,
                             const struct request *request, struct upload *upload)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = {{404, "NOT_FOUND"}, {405, "METHOD"}, {415, "MEDIA_TYPE"}};
    const char *allow = NULL;
    unsigned status = handlers_precheck(request, &allow), retry_after_s = 0;

    if (status == 0 && !coding_of(connection, &upload->zipped))
        status = 415;
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (status == codes[i].status)
            return send_problem(server, connection, upload, status, codes[i].code, status == 405 ? allow : NULL);
    if (announced_too_big(connection))
        return send_problem(server, connection, upload, 413, "TOO_LARGE", NULL);
    if (throttle_admit(server->throttle, &retry_after_s)) {
        /* A place is taken when all of it is there: else slow lines of strangers would have them all. */
        throttle_done(server->throttle);
        g_atomic_int_inc(&server->running);
        upload->reading = true;
        return MHD_YES;
    }
    metrics_throttled();
    return send_later(server, connection, upload, 503, retry_after_s);
}

/* All of it is there, and is for the first time. */
static bool admit(struct server *server, struct upload *upload, unsigned *retry_after_s)
{
    upload->admitted = throttle_admit(server->throttle, retry_after_s);
    if (upload->reading)
        g_atomic_int_add(&server->running, -1);
    upload->reading = false;
    if (!upload->admitted)
        metrics_throttled();
    return upload->admitted;
}

/* Bodies hold codes, keys and names: where one grows out of its place, it leaves nothing there. */
static void body_append(struct upload *upload, const char *bytes, size_t len)
{
    size_t needed = upload->body->len + len;

    if (needed > upload->room) {
        GByteArray *old = upload->body;
        upload->room = MAX(2 * upload->room, needed);
        upload->body = g_byte_array_sized_new((guint)upload->room);
        g_byte_array_append(upload->body, old->data, old->len);
        body_free(old);
    }
    g_byte_array_append(upload->body, (const guint8 *)bytes, (guint)len);
}

/* False: bodies that are on their way have all the memory that there is for them. */
static bool body_add(struct server *server, struct upload *upload, const char *bytes, size_t len)
{
    if (g_atomic_int_add(&server->body_bytes, (gint)len) > BODIES_BYTES_MAX) {
        g_atomic_int_add(&server->body_bytes, -(gint)len);
        return false;
    }
    upload->counted += (gint)len;
    body_append(upload, bytes, len);
    return true;
}

static enum MHD_Result more(struct server *server, struct upload *upload, const char *bytes, size_t len)
{
    upload->total += len;
    if (upload->total > OVERFLOW_BYTES_MAX)
        return MHD_NO;
    if (upload->total > WIRE_REQUEST_BYTES_MAX) {
        upload->too_big = true;
        body_free(upload->body);
        upload->body = g_byte_array_new();
        upload->room = 0;
    } else if (!body_add(server, upload, bytes, len)) {
        return MHD_NO;
    }
    return MHD_YES;
}

/* The body as it is meant. 0, or the status that refuses it. */
static unsigned unzip(struct upload *upload)
{
    char *bytes;
    size_t len;

    if (!upload->zipped)
        return 0;
    upload->zipped = false;
    switch (zip_unpack((const char *)upload->body->data, upload->body->len, WIRE_UNZIPPED_BYTES_MAX, &bytes, &len)) {
    case ZIP_TOO_LARGE:
        return 413;
    case ZIP_BROKEN:
        return 400;
    default:
        body_free(upload->body);
        upload->room = len;
        upload->body = g_byte_array_sized_new((guint)len);
        g_byte_array_append(upload->body, (const guint8 *)bytes, (guint)len);
        OPENSSL_cleanse(bytes, len);
        free(bytes);
        return 0;
    }
}

/* What it waited is not counted as time that it took. */
static void woken(struct upload *upload)
{
    if (upload->suspended_ms == 0)
        return;
    upload->start_ms += clock_boot_ms() - upload->suspended_ms;
    upload->suspended_ms = 0;
    metrics_waiting(-1);
}

/* Nothing new, and the kiosk is ready to wait for it. True: suspended, and from waiting_add() on another thread may have the
 * connection and all that belongs to it. Who waits is no load. */
static bool wait_for_news(struct server *server, struct MHD_Connection *connection, const char *kiosk,
                          struct upload *upload, unsigned turn)
{
    if (upload->admitted)
        throttle_done(server->throttle);
    upload->admitted = false;
    upload->suspended_ms = clock_boot_ms();
    metrics_waiting(1);
    if (waiting_add(server->waiting, kiosk, connection, turn, upload->wait_end_ms))
        return true;
    woken(upload);
    return false;
}

/* A file on its way over a slow line asks nothing of the database: it is not in the place of somebody who does. */
static void no_load(struct server *server, struct upload *upload)
{
    if (upload->admitted)
        throttle_done(server->throttle);
    upload->admitted = false;
}

/* False: it has to write, and goes on as if it had just come, on a thread that may wait for that. */
static bool ran_here(struct server *server, struct upload *upload)
{
    db_thread_reads(upload->reads);
    upload->turn = waiting_turn(server->waiting);
    handlers_run(server->platform, &upload->request, &upload->reply);
    if (!db_thread_wrote())
        return true;
    reply_clear(&upload->reply);
    upload->reads = false;
    return false;
}

static bool push_writing(struct server *server, struct upload *upload)
{
    g_mutex_lock(&server->pools_lock);
    bool taken = server->writing != NULL;
    if (taken)
        (void)g_thread_pool_push(server->writing, upload, NULL);
    g_mutex_unlock(&server->pools_lock);
    return taken;
}

/*
 * Its client has closed the connection, having waited too long, and asks anew: what is done for nobody keeps the next ones waiting until they
 * leave, too. One that only shut its own half is answered as long as the queue is short.
 */
static bool abandoned(const struct upload *upload)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(upload->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd at = {.fd = info != NULL ? info->connect_fd : -1, .events = POLLRDHUP};

    return clock_boot_ms() - upload->queued_ms > QUEUED_MS_LONG && poll(&at, 1, 0) == 1;
}

static void left_alone(struct upload *upload)
{
    metrics_abandoned();
    handlers_refuse(&upload->request, &upload->reply, 503, "BUSY");
}

/* On a thread of a pool. */
static void work(gpointer data, gpointer user_data)
{
    struct upload *upload = data;
    struct server *server = user_data;
    int64_t start_ms = clock_boot_ms();

    if (abandoned(upload))
        left_alone(upload);
    else
        while (!ran_here(server, upload)) /* once more here only when there is nobody else any more: the server ends */
            if (push_writing(server, upload))
                return;
    throttle_took(server->throttle, clock_boot_ms() - start_ms);
    upload->answered = true;
    MHD_resume_connection(upload->connection); /* from here on it belongs to the thread of its connection */
    OPENSSL_thread_stop(); /* threads of a pool outlive it, and what OpenSSL keeps for them would outlive OpenSSL */
    g_atomic_int_add(&server->running, -1);
}

static enum MHD_Result submit(struct server *server, struct MHD_Connection *connection, const struct request *request,
                              struct upload *upload)
{
    bool writes = strcmp(request->method, MHD_HTTP_METHOD_POST) == 0, door = handlers_public(request->path), taken;

    upload->connection = connection;
    upload->queued_ms = clock_boot_ms();
    upload->request = *request;
    upload->answered = false;
    upload->reads = !writes && !door;
    g_mutex_lock(&server->pools_lock);
    taken = server->writing != NULL;
    if (taken) {
        g_atomic_int_inc(&server->running);
        MHD_suspend_connection(connection);
        /* Without a thread of its own it waits for those that are there; an error tells of that only. */
        (void)g_thread_pool_push(door ? server->door : writes ? server->writing : server->reading, upload, NULL);
    }
    g_mutex_unlock(&server->pools_lock);
    return taken ? MHD_YES : send_later(server, connection, upload, 503, 1);
}

/* Woken for news that are not for this kiosk, it goes on waiting, to the end of the time that it asked for. */
static enum MHD_Result answered(struct server *server, struct MHD_Connection *connection, const struct request *request,
                                struct upload *upload)
{
    struct reply reply = upload->reply;
    int64_t now = clock_boot_ms();

    upload->reply = (struct reply){0};
    upload->answered = false;
    if (upload->wait_end_ms == 0)
        upload->wait_end_ms = now + reply.wait_ms;
    if (waiting_over(server->waiting, connection) || reply.wait_ms == 0 || request->kiosk == NULL || now >= upload->wait_end_ms) {
        if (reply.is_file)
            no_load(server, upload);
        return send_reply(server, connection, upload, &reply);
    }
    reply_clear(&reply);
    if (wait_for_news(server, connection, request->kiosk, upload, upload->turn))
        return MHD_YES;
    return submit(server, connection, request, upload);
}

/* True: a person, and no kiosk. */
static bool introduce(struct request *request, const struct tls_identity *identity)
{
    bool person = identity->role[0] != '\0';

    request->kiosk = person ? NULL : identity->name;
    request->operator_id = person ? identity->name : NULL;
    request->operator_role = person ? identity->role : NULL;
    request->certificate_digest = person ? identity->digest : NULL;
    request->certificate = identity->serial;
    return person;
}

/* All of it is there. */
static enum MHD_Result finish(struct server *server, struct MHD_Connection *connection,
                              struct request *request, struct upload *upload)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    bool door = handlers_public(request->path), first = !upload->answered && upload->wait_end_ms == 0;
    /* Whoever asks for health is a load balancer, perhaps the one before which all strangers stand: it is never told to come later. */
    bool counted = strcmp(request->path, "/v1/health") != 0;
    unsigned status, retry_after_s = 0;

    if (first && !admit(server, upload, &retry_after_s))
        return send_later(server, connection, upload, 503, retry_after_s);
    status = upload->too_big ? 413 : unzip(upload);
    if (status != 0)
        return send_problem(server, connection, upload, status, status == 413 ? "TOO_LARGE" : "MALFORMED", NULL);
    if (door && upload->query == NULL)
        upload->query = query_of(connection);
    request->query = upload->query;
    upload->identified = !door && info != NULL && tls_peer(server->tls, info->tls_session, &upload->identity);
    if (first && counted && !upload->identified && !stranger_may(server, connection, door, &retry_after_s))
        return send_later(server, connection, upload, 429, retry_after_s);
    if (upload->identified) {
        request->certificate_pem = upload->identity.pem;
        bool person = introduce(request, &upload->identity);
        /* People have a bucket of their own: what a kiosk is called they may be called too. */
        g_autofree char *who = g_strconcat(person ? "operator " : "", upload->identity.name, NULL);
        if (first && !throttle_kiosk(server->throttle, who, &retry_after_s))
            return send_later(server, connection, upload, 429, retry_after_s);
    }
    request->body = (const char *)upload->body->data;
    request->body_len = upload->body->len;
    if (request->body == NULL)
        request->body = "";
    return upload->answered ? answered(server, connection, request, upload) : submit(server, connection, request, upload);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes, size_t *len,
                                  void **state)
{
    struct server *server = data;
    struct upload *upload = *state;
    struct request request;

    fill(&request, connection, url, method);
    if (upload == NULL) {
        *state = upload = upload_new(&request);
        return begin(server, connection, &request, upload);
    }
    if (*len > 0) {
        enum MHD_Result result = more(server, upload, bytes, *len);
        *len = 0;
        return result;
    }
    woken(upload);
    return finish(server, connection, &request, upload);
}

static void on_done(void *data, struct MHD_Connection *connection, void **state,
                    enum MHD_RequestTerminationCode code)
{
    struct server *server = data;
    struct upload *upload = *state;

    if (upload == NULL)
        return;
    woken(upload);
    waiting_forget(server->waiting, connection);
    if (upload->reading)
        g_atomic_int_add(&server->running, -1);
    g_atomic_int_add(&server->body_bytes, -upload->counted);
    if (upload->admitted)
        throttle_done(server->throttle);
    if (upload->answered)
        reply_clear(&upload->reply); /* the kiosk has gone meanwhile */
    body_free(upload->body);
    if (upload->query != NULL)
        OPENSSL_cleanse(upload->query, strlen(upload->query));
    g_free(upload->query);
    g_free(upload);
    *state = NULL;
}

/* MHD's log is for operators; TLS errors of strangers on the port are not worth a line each. */
static void on_log(void *data, const char *format, va_list args)
{
    g_autofree char *text = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text = g_strdup_vprintf(format, args);
#pragma GCC diagnostic pop
    g_debug("http: %s", g_strchomp(text));
}

/* ---- Start and stop ---- */

/* The library would count by the whole address, of which an IPv6 network has more than there are connections. */
static void on_connection(void *data, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code)
{
    struct server *server = data;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;

    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        crowd_enter(server->crowd, address);
    else
        crowd_leave(server->crowd, address);
}

/* Shut without MHD_quiesce_daemon(): libmicrohttpd 0.9.75 takes the port from epoll in two threads then, and dies when both do. */
static enum MHD_Result on_stranger(void *data, const struct sockaddr *address, socklen_t len)
{
    struct server *server = data;
    return g_atomic_int_get(&server->shut) == 0 && crowd_has_room(server->crowd, address) ? MHD_YES : MHD_NO;
}

/* `listens`: at the address; else connections are brought to it. */
static struct MHD_Daemon *start_daemon(struct server *server, const struct sockaddr_storage *address, bool listens, const char *ca)
{
    unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     MHD_ALLOW_SUSPEND_RESUME |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0) | (listens ? 0 : MHD_USE_NO_LISTEN_SOCKET);

    return MHD_start_daemon(
        flags, 0, on_stranger, server, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_HTTPS_CERT_CALLBACK, tls_retrieve,
        /* Kiosks are judged by tls_peer(); this makes the handshake ask them for a certificate. */
        MHD_OPTION_HTTPS_MEM_TRUST, ca, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        MHD_OPTION_NOTIFY_COMPLETED, on_done, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)4096, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)THREADS, MHD_OPTION_LISTENING_ADDRESS_REUSE, (unsigned)1, MHD_OPTION_END);
}

static void suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

static void resume(void *connection)
{
    MHD_resume_connection(connection);
}

/* Ends what is under way. */
static void pools_end(struct server *server)
{
    g_mutex_lock(&server->pools_lock);
    GThreadPool *pools[] = {g_steal_pointer(&server->writing), g_steal_pointer(&server->reading), g_steal_pointer(&server->door)};
    g_mutex_unlock(&server->pools_lock);
    for (size_t i = 0; i < G_N_ELEMENTS(pools); i++)
        if (pools[i] != NULL)
            g_thread_pool_free(pools[i], FALSE, TRUE);
}

static bool pools_start(struct server *server, GError **error)
{
    server->writing = g_thread_pool_new(work, server, THREADS_WRITING, FALSE, error);
    server->reading = server->writing != NULL ? g_thread_pool_new(work, server, THREADS_READING, FALSE, error) : NULL;
    server->door = server->reading != NULL ? g_thread_pool_new(work, server, THREADS_DOOR, FALSE, error) : NULL;
    return server->door != NULL;
}

static void server_free(struct server *server)
{
    pools_end(server);
    g_mutex_clear(&server->pools_lock);
    waiting_free(server->waiting);
    throttle_free(server->throttle);
    throttle_free(server->strangers);
    crowd_free(server->crowd);
    tls_free(server->tls);
    g_free(server->address);
    g_free(server);
}

/* Whose certificates a client is asked for: kiosks' and people's, so that a browser knows which of its own to offer. g_free. */
static char *authorities(const char *data_dir, GError **error)
{
    g_autofree char *kiosks = platform_file(data_dir, PLATFORM_CA_FILE, NULL, error);
    g_autofree char *operators = kiosks != NULL && pki_operators_init(data_dir, error)
                                     ? platform_file(data_dir, PLATFORM_OPERATORS_FILE, NULL, error)
                                     : NULL;

    return operators != NULL ? g_strconcat(kiosks, "\n", operators, NULL) : NULL;
}

/* It takes the connection, or ends it: there are too many. */
static void bring(void *ctx, int connection, const struct sockaddr *address, socklen_t len)
{
    struct server *server = ctx;

    if (MHD_add_connection(server->daemon, connection, address, len) != MHD_YES)
        g_debug("http: a connection was not taken");
}

struct server *server_start(struct platform *platform, const char *listen, int socket, GError **error)
{
    struct server *server = g_new0(struct server, 1);
    g_autofree char *ca = NULL;
    struct sockaddr_storage address;

    server->platform = platform;
    g_mutex_init(&server->pools_lock);
    server->throttle = throttle_new(THROTTLE_UNDER_WAY_MAX);
    server->strangers = throttle_new(THROTTLE_UNDER_WAY_MAX);
    server->crowd = crowd_new(platform->address_connections_max != 0 ? platform->address_connections_max : ADDRESS_CONNECTIONS_MAX);
    server->waiting = waiting_new(platform, suspend, resume, error);
    if (server->waiting != NULL && pools_start(server, error) && http_listen_parse(listen, &address, error) &&
        authorities_follow(platform, error) &&
        (ca = authorities(platform->data_dir, error)) != NULL &&
        (server->tls = tls_new(platform->data_dir, error)) != NULL) {
        server->daemon = start_daemon(server, &address, socket < 0, ca);
        if (server->daemon == NULL)
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "cannot listen on %s: %s", listen,
                        g_strerror(errno));
    }
    if (server->daemon != NULL && socket >= 0 && (server->acceptor = acceptor_new(socket, bring, server, error)) == NULL)
        MHD_stop_daemon(g_steal_pointer(&server->daemon));
    if (server->daemon == NULL) {
        server_free(server);
        return NULL;
    }
    server->address = http_listen_text(server->daemon, socket, listen);
    return server;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

bool server_reload(struct server *server, bool *changed, GError **error)
{
    /* What another node, or a command, changed: files of this node are made of it. Without it what is there is read all the same. */
    bool followed = authorities_follow(server->platform, error);

    return tls_reload(server->tls, changed, followed ? error : NULL) && followed;
}

void server_drain_begin(struct server *server)
{
    g_atomic_int_set(&server->platform->draining, 1);
    metrics_draining(true);
    waiting_end(server->waiting);
}

void server_drain(struct server *server)
{
    if (server == NULL)
        return;
    server_drain_begin(server);
    g_clear_pointer(&server->acceptor, acceptor_free);
    g_atomic_int_set(&server->shut, 1);
    for (int waited_ms = 0; waited_ms < DRAIN_MS_MAX && (throttle_under_way(server->throttle) > 0 || g_atomic_int_get(&server->running) > 0);
         waited_ms += 20)
        clock_sleep_ms(20);
    pools_end(server); /* a connection that is suspended cannot be ended */
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
