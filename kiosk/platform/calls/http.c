/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 only. A client certificate is asked for in the handshake and not demanded there (enrolment has none yet); its
 * chain, dates, purpose and CN are looked at for each request, and the handlers ask the kiosk table.
 */
#include "platform/calls/http.h"
#include "platform/calls/handlers.h"
#include "platform/calls/throttle.h"
#include "platform/calls/waiting.h"
#include "platform/keys/pki.h"
#include "model/clock.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS_MAX    4096
#define CONNECTIONS_IP_MAX 512
#define IDLE_TIMEOUT_S     60
#define THREADS            4
#define THREADS_WRITING    16 /* as many batches can share a commit */
#define THREADS_READING    8
#define DRAIN_MS_MAX       5000
#define OVERFLOW_BYTES_MAX                                                                                   \
    (4 * WIRE_REQUEST_BYTES_MAX) /* what is read and thrown away to be able to say 413 */

/*
 * The threads of libmicrohttpd read requests and send answers; what a request asks of the database is done by others, so that no
 * connection waits for another one's transaction:
 *
 *   on_request: the body ─► finish(): who is it ─► submit(): suspended, work() on a thread of its pool ─► resumed
 *   on_request again ─► answered ─► sent, or put off (waiting.c) and later submitted once more
 *
 * Calls that write have threads of their own: while all of them wait for a slow commit, calls that read are answered.
 */
struct server {
    struct platform *platform;
    GThreadPool *writing, *reading; /* of struct upload; NULL: no more are taken */
    GMutex pools_lock;
    struct MHD_Daemon *daemon;
    struct throttle *throttle;
    struct waiting *waiting;
    gnutls_x509_crt_t operators; /* their authority; that of kiosks is every other one that is trusted */
    char *address;
    gint running; /* requests under way */
};

/* One request while it is being read. */
struct upload {
    GByteArray *body;
    size_t total;
    bool too_big, zipped;
    bool admitted; /* counted in server->throttle */
    int64_t wait_end_ms; /* boot time until which it may be put off; 0: not asked yet */
    struct identity {
        char name[32], role[16], serial[64]; /* role "": a kiosk */
    } identity;
    bool identified;
    /* While a thread of a pool has it, nobody else looks at it. */
    struct MHD_Connection *connection;
    struct request request;
    struct reply reply;
    bool answered;
    unsigned turn; /* of the news, before it was asked */
};

/* ---- Identity of the client ---- */

static bool name_part(gnutls_x509_crt_t certificate, const char *oid, char *out, size_t size)
{
    size_t len = size;

    return gnutls_x509_crt_get_dn_by_oid(certificate, oid, 0, 0, out, &len) == 0 && strlen(out) == len && len > 0;
}

/* The chain was verified: who issued it is one of the two authorities, and which one is told by its name and key. */
static bool certificate_names(const struct server *server, gnutls_x509_crt_t certificate, struct identity *out)
{
    uint8_t serial[20];
    size_t serial_len = sizeof serial;

    out->role[0] = '\0';
    if (!name_part(certificate, GNUTLS_OID_X520_COMMON_NAME, out->name, sizeof out->name) ||
        gnutls_x509_crt_get_serial(certificate, serial, &serial_len) != 0)
        return false;
    /* As OpenSSL writes the number: without the leading zero byte of a positive DER integer. */
    size_t skip = serial_len > 1 && serial[0] == 0 ? 1 : 0;
    wire_hex(serial + skip, serial_len - skip, out->serial);
    return gnutls_x509_crt_check_issuer(certificate, server->operators) == 0 ||
           name_part(certificate, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, out->role, sizeof out->role);
}

static bool peer_identity(const struct server *server, struct MHD_Connection *connection, struct identity *out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    gnutls_session_t session = info != NULL ? info->tls_session : NULL;
    gnutls_x509_crt_t certificate;
    const gnutls_datum_t *chain;
    unsigned status = 0, count = 0;
    bool ok = false;

    if (session == NULL || gnutls_certificate_verify_peers(session, &purpose, 1, &status) != 0 || status != 0)
        return false;
    chain = gnutls_certificate_get_peers(session, &count);
    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&certificate) != 0)
        return false;
    if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == 0)
        ok = certificate_names(server, certificate, out);
    gnutls_x509_crt_deinit(certificate);
    return ok;
}

/* ---- Answers ---- */

/* True when the body was replaced by a packed one. */
static bool pack(struct MHD_Connection *connection, struct reply *reply)
{
    size_t len = 0;
    char *packed;

    if (reply->body_len < ZIP_BYTES_MIN ||
        !zip_listed(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING)) ||
        (packed = zip_pack(reply->body, reply->body_len, &len)) == NULL)
        return false;
    free(reply->body);
    reply->body = packed;
    reply->body_len = len;
    return true;
}

/* Nothing of elsewhere, no script, in no frame; the answer hangs on the language that was asked for. */
static void page_headers(struct MHD_Response *response, const char *language)
{
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_LANGUAGE, language);
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
    bool packed = !reply->is_file && pack(connection, reply);
    struct MHD_Response *response =
        reply->is_file ? MHD_create_response_from_fd_at_offset64(reply->body_len, reply->fd, (uint64_t)reply->offset)
                       : MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result = MHD_NO;
    char seconds[16];

    if (response == NULL) {
        reply_clear(reply);
        return MHD_NO;
    }
    reply->body = NULL; /* the response's now, and so is the file */
    reply->is_file = false;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    /* RFC 9110 12.5.3: in an answer it says what a request's body may come in. */
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_ENCODING, "zstd");
    if (packed)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "zstd");
    if (reply->page_language != NULL)
        page_headers(response, reply->page_language);
    if (reply->etag[0] != '\0')
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, reply->etag);
    if (reply->content_range[0] != '\0')
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, reply->content_range);
    if (reply->allow != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    if (reply->retry_after_s > 0) {
        g_snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    reply_clear(reply);
    return result;
}

static enum MHD_Result send_problem(struct MHD_Connection *connection, unsigned status, const char *code,
                                    const char *allow)
{
    struct reply reply = {0};

    handlers_problem(&reply, status, code, NULL);
    reply.allow = allow;
    return send_reply(connection, &reply);
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
    out->lang = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "lang");
    out->days = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "days");
    out->of = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "of");
    out->accept_language = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
    out->nonce = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "nonce");
    out->epoch = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "epoch");
    out->after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
}

static bool announced_too_big(struct MHD_Connection *connection)
{
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    guint64 len;

    return text != NULL && (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &len, NULL) ||
                            len > WIRE_REQUEST_BYTES_MAX);
}

static enum MHD_Result send_later(struct MHD_Connection *connection, unsigned status, unsigned retry_after_s)
{
    struct reply reply = {0};

    handlers_problem(&reply, status, status == 429 ? "TOO_MANY" : "BUSY", NULL);
    reply.retry_after_s = retry_after_s;
    return send_reply(connection, &reply);
}

/* Not encoded, or in the one coding that we know. */
static bool coding_of(struct MHD_Connection *connection, bool *zipped)
{
    const char *coding =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING);

    *zipped = coding != NULL && g_ascii_strcasecmp(coding, "zstd") == 0;
    return coding == NULL || *zipped || g_ascii_strcasecmp(coding, "identity") == 0;
}

/* The headers are there, the body is not: refuse what can be refused before it is read. */
static enum MHD_Result begin(struct server *server, struct MHD_Connection *connection,
                             const struct request *request, void **state)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = {{404, "NOT_FOUND"}, {405, "METHOD"}, {415, "MEDIA_TYPE"}};
    const char *allow = NULL;
    unsigned status = handlers_precheck(request, &allow), retry_after_s = 0;
    struct upload *upload;
    bool zipped = false;

    if (status == 0 && !coding_of(connection, &zipped))
        status = 415;
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (status == codes[i].status)
            return send_problem(connection, status, codes[i].code, status == 405 ? allow : NULL);
    if (announced_too_big(connection))
        return send_problem(connection, 413, "TOO_LARGE", NULL);
    if (!throttle_admit(server->throttle, &retry_after_s))
        return send_later(connection, 503, retry_after_s);
    upload = g_new0(struct upload, 1);
    upload->body = g_byte_array_new();
    upload->zipped = zipped;
    upload->admitted = true;
    *state = upload;
    return MHD_YES;
}

static enum MHD_Result more(struct upload *upload, const char *bytes, size_t len)
{
    upload->total += len;
    if (upload->total > OVERFLOW_BYTES_MAX)
        return MHD_NO;
    if (upload->total > WIRE_REQUEST_BYTES_MAX) {
        upload->too_big = true;
        g_byte_array_set_size(upload->body, 0);
    } else {
        g_byte_array_append(upload->body, (const guint8 *)bytes, (guint)len);
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
        g_byte_array_set_size(upload->body, 0);
        g_byte_array_append(upload->body, (const guint8 *)bytes, (guint)len);
        OPENSSL_cleanse(bytes, len);
        free(bytes);
        return 0;
    }
}

/* Nothing new, and the kiosk is ready to wait for it. True: suspended, and from waiting_add() on another thread may have the
 * connection and all that belongs to it. Who waits is no load. */
static bool wait_for_news(struct server *server, struct MHD_Connection *connection, const char *kiosk,
                          struct upload *upload, unsigned turn)
{
    if (upload->admitted)
        throttle_done(server->throttle);
    upload->admitted = false;
    return waiting_add(server->waiting, kiosk, connection, turn, upload->wait_end_ms);
}

/* A file on its way over a slow line asks nothing of the database: it is not in the place of somebody who does. */
static void no_load(struct server *server, struct upload *upload)
{
    if (upload->admitted)
        throttle_done(server->throttle);
    upload->admitted = false;
}

/* On a thread of a pool. */
static void work(gpointer data, gpointer user_data)
{
    struct upload *upload = data;
    struct server *server = user_data;
    int64_t start_ms = clock_boot_ms();

    upload->turn = waiting_turn(server->waiting);
    handlers_run(server->platform, &upload->request, &upload->reply);
    throttle_took(server->throttle, clock_boot_ms() - start_ms);
    upload->answered = true;
    MHD_resume_connection(upload->connection); /* from here on it belongs to the thread of its connection */
    g_atomic_int_add(&server->running, -1);
}

static enum MHD_Result submit(struct server *server, struct MHD_Connection *connection, const struct request *request,
                              struct upload *upload)
{
    bool writes = strcmp(request->method, MHD_HTTP_METHOD_POST) == 0, taken;

    upload->connection = connection;
    upload->request = *request;
    upload->answered = false;
    g_mutex_lock(&server->pools_lock);
    taken = server->writing != NULL;
    if (taken) {
        g_atomic_int_inc(&server->running);
        MHD_suspend_connection(connection);
        /* Without a thread of its own it waits for those that are there; an error tells of that only. */
        (void)g_thread_pool_push(writes ? server->writing : server->reading, upload, NULL);
    }
    g_mutex_unlock(&server->pools_lock);
    return taken ? MHD_YES : send_later(connection, 503, 1);
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
        return send_reply(connection, &reply);
    }
    reply_clear(&reply);
    if (wait_for_news(server, connection, request->kiosk, upload, upload->turn))
        return MHD_YES;
    return submit(server, connection, request, upload);
}

/* True: a person, and no kiosk. */
static bool introduce(struct request *request, const struct identity *identity)
{
    bool person = identity->role[0] != '\0';

    request->kiosk = person ? NULL : identity->name;
    request->operator_id = person ? identity->name : NULL;
    request->operator_role = person ? identity->role : NULL;
    request->certificate = identity->serial;
    return person;
}

/* All of it is there. */
static enum MHD_Result finish(struct server *server, struct MHD_Connection *connection,
                              struct request *request, struct upload *upload)
{
    unsigned status = upload->too_big ? 413 : unzip(upload), retry_after_s = 0;

    if (status != 0)
        return send_problem(connection, status, status == 413 ? "TOO_LARGE" : "MALFORMED", NULL);
    upload->identified = peer_identity(server, connection, &upload->identity);
    if (upload->identified) {
        bool person = introduce(request, &upload->identity);
        /* People have a bucket of their own: what a kiosk is called they may be called too. */
        g_autofree char *who = g_strconcat(person ? "operator " : "", upload->identity.name, NULL);
        if (!upload->answered && upload->wait_end_ms == 0 && !throttle_kiosk(server->throttle, who, &retry_after_s))
            return send_later(connection, 429, retry_after_s);
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
    if (upload == NULL)
        return begin(server, connection, &request, state);
    if (*len > 0) {
        enum MHD_Result result = more(upload, bytes, *len);
        *len = 0;
        return result;
    }
    return finish(server, connection, &request, upload);
}

static void on_done(void *data, struct MHD_Connection *connection, void **state,
                    enum MHD_RequestTerminationCode code)
{
    struct server *server = data;
    struct upload *upload = *state;

    if (upload == NULL)
        return;
    if (upload->admitted)
        throttle_done(server->throttle);
    if (upload->answered)
        reply_clear(&upload->reply); /* the kiosk has gone meanwhile */
    /* An enrolment's body holds a code. */
    if (upload->body->data != NULL)
        OPENSSL_cleanse(upload->body->data, upload->body->len);
    g_byte_array_unref(upload->body);
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

static bool parse_listen(const char *listen, struct sockaddr_storage *out, GError **error)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    const char *colon = strrchr(listen, ':');
    g_autofree char *host = colon != NULL ? g_strndup(listen, (gsize)(colon - listen)) : NULL;
    guint64 port;

    memset(out, 0, sizeof *out);
    if (host == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        goto wrong;
    if (host[0] == '[' && g_str_has_suffix(host, "]")) {
        host[strlen(host) - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
            goto wrong;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET, host, &v4->sin_addr) != 1)
        goto wrong;
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    return true;
wrong:
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "--listen takes ADDRESS:PORT, not %s",
                listen);
    return false;
}

static struct MHD_Daemon *start_daemon(struct server *server, const struct sockaddr_storage *address,
                                       const char *certificate, const char *key, const char *ca)
{
    unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     MHD_ALLOW_SUSPEND_RESUME |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY, key,
        MHD_OPTION_HTTPS_MEM_TRUST, ca, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        MHD_OPTION_NOTIFY_COMPLETED, on_done, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_IP_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)4096, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)THREADS, MHD_OPTION_LISTENING_ADDRESS_REUSE, (unsigned)1, MHD_OPTION_END);
}

static char *address_text(struct server *server, const char *listen)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const char *colon = strrchr(listen, ':');

    return g_strdup_printf("%.*s:%u", (int)(colon - listen), listen, info != NULL ? info->port : 0);
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
    GThreadPool *pools[] = {g_steal_pointer(&server->writing), g_steal_pointer(&server->reading)};
    g_mutex_unlock(&server->pools_lock);
    for (size_t i = 0; i < G_N_ELEMENTS(pools); i++)
        if (pools[i] != NULL)
            g_thread_pool_free(pools[i], FALSE, TRUE);
}

static bool pools_start(struct server *server, GError **error)
{
    server->writing = g_thread_pool_new(work, server, THREADS_WRITING, FALSE, error);
    server->reading = server->writing != NULL ? g_thread_pool_new(work, server, THREADS_READING, FALSE, error) : NULL;
    return server->reading != NULL;
}

static void server_free(struct server *server)
{
    if (server->operators != NULL)
        gnutls_x509_crt_deinit(server->operators);
    pools_end(server);
    g_mutex_clear(&server->pools_lock);
    waiting_free(server->waiting);
    throttle_free(server->throttle);
    g_free(server->address);
    g_free(server);
}

/* Whom certificates are believed of: kiosks' authority and operators', g_free. */
static char *trusted(struct server *server, GError **error)
{
    g_autofree char *kiosks = platform_file(server->platform->data_dir, PLATFORM_CA_FILE, NULL, error);
    g_autofree char *operators =
        kiosks != NULL && pki_operators_init(server->platform->data_dir, error)
            ? platform_file(server->platform->data_dir, PLATFORM_OPERATORS_FILE, NULL, error)
            : NULL;
    gnutls_datum_t pem = {(unsigned char *)operators, operators != NULL ? (unsigned)strlen(operators) : 0};

    if (operators == NULL)
        return NULL;
    if (gnutls_x509_crt_init(&server->operators) != 0 ||
        gnutls_x509_crt_import(server->operators, &pem, GNUTLS_X509_FMT_PEM) != 0) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, PLATFORM_OPERATORS_FILE " is not a certificate");
        return NULL;
    }
    return g_strconcat(kiosks, "\n", operators, NULL);
}

struct server *server_start(struct platform *platform, const char *listen, GError **error)
{
    struct server *server = g_new0(struct server, 1);
    g_autofree char *certificate = NULL, *ca = NULL;
    struct sockaddr_storage address;
    char *key = NULL;

    server->platform = platform;
    g_mutex_init(&server->pools_lock);
    server->throttle = throttle_new(THROTTLE_UNDER_WAY_MAX);
    server->waiting = waiting_new(platform, suspend, resume, error);
    if (server->waiting != NULL && pools_start(server, error) && parse_listen(listen, &address, error) &&
        (certificate = platform_file(platform->data_dir, PLATFORM_SERVER_FILE, NULL, error)) != NULL &&
        (ca = trusted(server, error)) != NULL &&
        (key = platform_file(platform->data_dir, PLATFORM_SERVER_KEY_FILE, NULL, error)) != NULL) {
        server->daemon = start_daemon(server, &address, certificate, key, ca);
        if (server->daemon == NULL)
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "cannot listen on %s: %s", listen,
                        g_strerror(errno));
    }
    if (key != NULL)
        OPENSSL_cleanse(key, strlen(key));
    g_free(key);
    if (server->daemon == NULL) {
        server_free(server);
        return NULL;
    }
    server->address = address_text(server, listen);
    return server;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

void server_drain(struct server *server)
{
    if (server == NULL)
        return;
    MHD_socket listener = MHD_quiesce_daemon(server->daemon);
    waiting_end(server->waiting);
    for (int waited_ms = 0; waited_ms < DRAIN_MS_MAX && g_atomic_int_get(&server->running) > 0;
         waited_ms += 20)
        g_usleep(20 * 1000);
    pools_end(server); /* a connection that is suspended cannot be ended */
    MHD_stop_daemon(server->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    server_free(server);
}
