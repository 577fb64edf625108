/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/http.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* A lost network is to be noticed within some ten seconds: five of idling, at most five of waiting. */
#define CONNECT_TIMEOUT_MS 5000L
#define LOW_SPEED_BYTES_S  16L
#define LOW_SPEED_TIME_S   5L
#define TOTAL_TIMEOUT_MS   60000L
/* A request that listens is silent for long: the kernel asks for the other end, and it has a little more time than it waits. */
#define KEEPALIVE_S       5L
#define LISTEN_GRACE_MS   10000L
#define RETRY_AFTER_S_MAX 3600
#define ZSTD_HEADER       "Content-Encoding: zstd"

/* One exchange: the ordinary ones, one after another, and beside them the one that listens. */
struct exchange {
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    struct http_response response;
    char date[64], retry_after[64]; /* headers of the answer */
    const struct http_file *file;   /* what is asked for; NULL: a document */
    int64_t file_at;                /* where its next bytes belong; −1: the answer has not said */
    bool too_big, file_refused, under_way, over;
    CURLcode code;
    char detail[CURL_ERROR_SIZE];
};

struct http {
    CURLM *multi;
    struct exchange main, ear;
    char *url;
    char *cert_pem, *key_pem; /* libcurl reads them at each handshake: the one copy */
    gint *stop;
    bool zstd_ok; /* the platform said that it takes such bodies */
};

/* Bytes of the file itself, and not of a problem document? */
static bool is_file(const struct exchange *exchange)
{
    long status = 0;

    return exchange->file != NULL &&
           curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
           (status == 206 || status == 200);
}

/* Without Content-Range it is the file from its beginning. A part that begins elsewhere than was asked is refused by `take`. */
static size_t take_file(struct exchange *exchange, const char *bytes, size_t len)
{
    const struct http_file *file = exchange->file;

    if (exchange->file_at < 0)
        exchange->file_at = 0;
    exchange->file_refused = !file->take(file->ctx, exchange->file_at, bytes, len);
    exchange->file_at += (int64_t)len;
    return exchange->file_refused ? 0 : len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    size_t len = size * count;

    if (is_file(exchange))
        return take_file(exchange, bytes, len);
    if (exchange->response.body->len + len > WIRE_ANSWER_BYTES_MAX) {
        exchange->too_big = true;
        return 0;
    }
    g_string_append_len(exchange->response.body, bytes, (gssize)len);
    return len;
}

/* The value of a header when the line has this name: trimmed, cut to size. */
static bool header_is(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);

    if (len <= name_len || g_ascii_strncasecmp(line, name, name_len) != 0)
        return false;
    g_autofree char *value = g_strndup(line + name_len, len - name_len);
    g_strlcpy(out, g_strstrip(value), size);
    return true;
}

/* RFC 9110 14.4: "bytes 1000-1999/5000". */
static void take_content_range(struct exchange *exchange, char *range)
{
    char *dash = strchr(range, '-');
    gint64 from;

    if (!g_str_has_prefix(range, "bytes ") || dash == NULL)
        return;
    *dash = '\0';
    if (g_ascii_string_to_signed(range + strlen("bytes "), 10, 0, G_MAXINT64, &from, NULL))
        exchange->file_at = from;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    size_t len = size * count;
    char codings[128], range[80];

    if (header_is(bytes, len, "content-range:", range, sizeof range))
        take_content_range(exchange, range);
    if (!header_is(bytes, len, "retry-after:", exchange->retry_after, sizeof exchange->retry_after))
        header_is(bytes, len, "date:", exchange->date, sizeof exchange->date);
    if (header_is(bytes, len, "accept-encoding:", codings, sizeof codings))
        exchange->http->zstd_ok = zip_listed(codings);
    return len;
}

/* RFC 9110 10.2.3: seconds, or a date, which is set against the platform's own `Date`: our clock may be wrong. Bounded: no
 * answer may silence a kiosk for long. */
static unsigned retry_after_s(const struct exchange *exchange)
{
    guint64 seconds;
    time_t then, now;

    if (g_ascii_string_to_unsigned(exchange->retry_after, 10, 0, G_MAXUINT32, &seconds, NULL))
        return (unsigned)MIN(seconds, RETRY_AFTER_S_MAX);
    then = exchange->retry_after[0] != '\0' ? curl_getdate(exchange->retry_after, NULL) : -1;
    now = then >= 0 ? curl_getdate(exchange->date, NULL) : -1;
    return now >= 0 && then > now ? (unsigned)MIN(then - now, RETRY_AFTER_S_MAX) : 0;
}

#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (curl_easy_setopt(exchange->easy, option, value) != CURLE_OK)                                         \
            return false;                                                                                    \
    } while (0)

static bool set_limits(struct exchange *exchange, bool listens)
{
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
    SET(CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
    if (!listens) {
        SET(CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_S);
        SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_TIME_S);
    }
    SET(CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)WIRE_ANSWER_BYTES_MAX);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    return true;
}

/* As a blob: a connection that was made under another list is then never used again. */
static bool set_trust(struct exchange *exchange, const char *authorities)
{
    struct curl_blob blob = {(void *)authorities, strlen(authorities), CURL_BLOB_COPY};

    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAINFO_BLOB, &blob);
    return true;
}

static bool set_tls(struct exchange *exchange, const struct http_options *options)
{
    SET(CURLOPT_SSLVERSION, (long)(CURL_SSLVERSION_TLSv1_3 | CURL_SSLVERSION_MAX_TLSv1_3));
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (options->ca_pem == NULL)
        SET(CURLOPT_CAINFO, options->ca_file);
    else if (!set_trust(exchange, options->ca_pem))
        return false;
    /* Debian's libcurl has /etc/ssl/certs built in as a second source of trust: take it away. */
    SET(CURLOPT_CAPATH, NULL);
    return true;
}

/* As blobs: a connection that was made under another certificate is then never used again. */
static bool set_identity(struct exchange *exchange)
{
    const struct http *http = exchange->http;

    if (http->cert_pem == NULL)
        return true;
    struct curl_blob cert = {http->cert_pem, strlen(http->cert_pem), CURL_BLOB_NOCOPY},
                     key = {http->key_pem, strlen(http->key_pem), CURL_BLOB_NOCOPY};
    SET(CURLOPT_SSLCERT_BLOB, &cert);
    SET(CURLOPT_SSLKEY_BLOB, &key);
    return true;
}

static bool set_callbacks(struct exchange *exchange)
{
    SET(CURLOPT_ERRORBUFFER, exchange->detail);
    SET(CURLOPT_PRIVATE, exchange);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_USERAGENT, HTTP_USER_AGENT);
    SET(CURLOPT_ACCEPT_ENCODING, "zstd"); /* libcurl unpacks answers itself, in pieces that take_body() counts */
    return true;
}

static bool set_up(struct http *http, struct exchange *exchange, const struct http_options *options, bool listens)
{
    exchange->http = http;
    exchange->easy = curl_easy_init();
    return exchange->easy != NULL && set_limits(exchange, listens) && set_tls(exchange, options) &&
           set_identity(exchange) && set_callbacks(exchange);
}

#undef SET

static bool url_ok(const char *url)
{
    return url != NULL && g_str_has_prefix(url, "https://") && strlen(url) > 8 && strlen(url) < 256;
}

static void identity_clear(struct http *http)
{
    if (http->key_pem != NULL)
        OPENSSL_cleanse(http->key_pem, strlen(http->key_pem));
    g_clear_pointer(&http->key_pem, g_free);
    g_clear_pointer(&http->cert_pem, g_free);
}

static bool identity_load(struct http *http, const struct http_options *options, GError **error)
{
    if (options->cert_pem != NULL)
        http->cert_pem = g_strdup(options->cert_pem);
    else if (!g_file_get_contents(options->cert_file, &http->cert_pem, NULL, error))
        return false;
    http->key_pem = g_strdup(options->key_pem);
    return true;
}

struct http *http_new(const struct http_options *options, gint *stop, GError **error)
{
    static gsize once;
    struct http *http;

    if (!url_ok(options->url)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE,
                            "the platform's address must begin with https://");
        return NULL;
    }
    if (g_once_init_enter(&once))
        g_once_init_leave(&once, curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 1 : 2);
    http = g_new0(struct http, 1);
    http->url = g_strdup(options->url);
    if ((options->cert_pem != NULL || options->cert_file != NULL) && !identity_load(http, options, error)) {
        http_free(http);
        return NULL;
    }
    if (g_str_has_suffix(http->url, "/"))
        http->url[strlen(http->url) - 1] = '\0';
    http->stop = stop;
    http->multi = once == 1 ? curl_multi_init() : NULL;
    if (http->multi == NULL || !set_up(http, &http->main, options, false) ||
        !set_up(http, &http->ear, options, true)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "libcurl cannot be set up");
        http_free(http);
        return NULL;
    }
    return http;
}

static void exchange_end(struct exchange *exchange)
{
    if (exchange->under_way)
        curl_multi_remove_handle(exchange->http->multi, exchange->easy);
    exchange->under_way = exchange->over = false;
    g_clear_pointer(&exchange->headers, curl_slist_free_all);
    http_response_clear(&exchange->response);
}

void http_free(struct http *http)
{
    struct exchange *exchanges[] = {&http->main, &http->ear};

    if (http == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(exchanges); i++) {
        exchange_end(exchanges[i]);
        if (exchanges[i]->easy != NULL)
            curl_easy_cleanup(exchanges[i]->easy);
    }
    if (http->multi != NULL)
        curl_multi_cleanup(http->multi);
    identity_clear(http);
    g_free(http->url);
    g_free(http);
}

static bool stopped(struct http *http)
{
    return http->stop != NULL && g_atomic_int_get(http->stop) != 0;
}

/* Move all transfers on and note which are over. False: libcurl is broken. */
static bool move_on(struct http *http)
{
    int running, left;

    if (curl_multi_perform(http->multi, &running) != CURLM_OK)
        return false;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left)) != NULL;) {
        char *exchange = NULL;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange) != CURLE_OK || exchange == NULL)
            continue;
        ((struct exchange *)(void *)exchange)->code = message->data.result;
        ((struct exchange *)(void *)exchange)->over = true;
    }
    return true;
}

/* To the end of this one. CURLE_ABORTED_BY_CALLBACK when told to stop. */
static CURLcode drive(struct http *http, const struct exchange *exchange)
{
    while (true) {
        if (stopped(http))
            return CURLE_ABORTED_BY_CALLBACK;
        if (!move_on(http))
            return CURLE_FAILED_INIT;
        if (exchange->over)
            return exchange->code;
        if (curl_multi_poll(http->multi, NULL, 0, 1000, NULL) != CURLM_OK)
            return CURLE_FAILED_INIT;
    }
}

static int error_code_of(CURLcode code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
        return SYNC_ERROR_TLS;
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_WRITE_ERROR:
        return SYNC_ERROR_ANSWER;
    case CURLE_ABORTED_BY_CALLBACK:
        return SYNC_ERROR_STOPPED;
    default:
        return SYNC_ERROR_TRANSPORT;
    }
}

static void tell_error(const struct exchange *exchange, CURLcode code, GError **error)
{
    if (exchange->file_refused)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "the file was not taken to its end");
    else if (exchange->too_big || code == CURLE_FILESIZE_EXCEEDED)
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer is larger than %u bytes",
                    WIRE_ANSWER_BYTES_MAX);
    else if (code == CURLE_BAD_CONTENT_ENCODING)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer cannot be unpacked");
    else
        g_set_error(error, SYNC_ERROR, error_code_of(code), "%s",
                    exchange->detail[0] != '\0' ? exchange->detail : curl_easy_strerror(code));
}

#define SET(option, value) (curl_easy_setopt(exchange->easy, option, value) == CURLE_OK)

static bool add_header(struct exchange *exchange, const char *header)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, header);

    exchange->headers = longer != NULL ? longer : exchange->headers;
    return longer != NULL;
}

/* The secret of a tap that proved its card. */
static bool add_session(struct exchange *exchange, const struct http_call *call)
{
    char *header = call->session != NULL ? g_strconcat("Authorization: Bearer ", call->session, NULL) : NULL;
    bool added = header == NULL || add_header(exchange, header);

    if (header != NULL)
        OPENSSL_cleanse(header, strlen(header));
    g_free(header);
    return added;
}

static bool add_headers(struct exchange *exchange, const struct http_call *call, bool packed)
{
    /* RFC 9651: a string in quotes. It is a UUID, which needs no escaping. */
    g_autofree char *key = call->idempotency_key != NULL
                               ? g_strdup_printf("Idempotency-Key: \"%s\"", call->idempotency_key)
                               : NULL;

    return add_header(exchange, "Content-Type: application/json") && (!packed || add_header(exchange, ZSTD_HEADER)) &&
           (key == NULL || add_header(exchange, key));
}

/* The rest of a file, if it still is the same one. */
static bool add_range(struct exchange *exchange, const struct http_file *file)
{
    g_autofree char *range = g_strdup_printf("Range: bytes=%" G_GINT64_FORMAT "-", file->from);
    g_autofree char *condition = g_strconcat("If-Range: ", file->etag, NULL);

    return file->from == 0 || (add_header(exchange, range) && add_header(exchange, condition));
}

/* A file may be larger and take longer than any document, and comes as it lies there: a connection that stands still is what
 * ends it, and `take`. */
static bool prepare_file(struct exchange *exchange, const struct http_file *file)
{
    return SET(CURLOPT_TIMEOUT_MS, 0L) && SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)0) &&
           SET(CURLOPT_ACCEPT_ENCODING, NULL) && add_range(exchange, file) && SET(CURLOPT_HTTPGET, 1L) &&
           SET(CURLOPT_HTTPHEADER, exchange->headers);
}

/* The handle is used again: for documents, which have limits. */
static bool file_end(struct exchange *exchange)
{
    exchange->file = NULL;
    return SET(CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS) &&
           SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)WIRE_ANSWER_BYTES_MAX) && SET(CURLOPT_ACCEPT_ENCODING, "zstd") &&
           SET(CURLOPT_HTTPHEADER, NULL);
}

static bool prepare(struct exchange *exchange, const struct http_call *call, bool packed)
{
    g_autofree char *url = g_strconcat(exchange->http->url, call->path, NULL);

    if (!SET(CURLOPT_URL, url))
        return false;
    if (call->file != NULL)
        return prepare_file(exchange, call->file);
    if (call->body == NULL)
        return add_session(exchange, call) && SET(CURLOPT_HTTPGET, 1L) && SET(CURLOPT_HTTPHEADER, exchange->headers);
    return add_session(exchange, call) && add_headers(exchange, call, packed) && SET(CURLOPT_POST, 1L) &&
           SET(CURLOPT_HTTPHEADER, exchange->headers) &&
           SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len) && SET(CURLOPT_POSTFIELDS, call->body);
}

#undef SET

static bool exchange_begin(struct exchange *exchange, const struct http_call *call, bool packed)
{
    memset(&exchange->response, 0, sizeof exchange->response);
    exchange->response.body = g_string_new(NULL);
    exchange->too_big = exchange->file_refused = exchange->over = false;
    exchange->file = call->file;
    exchange->file_at = -1;
    exchange->detail[0] = exchange->date[0] = exchange->retry_after[0] = '\0';
    exchange->under_way = prepare(exchange, call, packed) &&
                          curl_multi_add_handle(exchange->http->multi, exchange->easy) == CURLM_OK;
    return exchange->under_way;
}

/* What the answer says of itself; the response is the caller's from here on. */
static void exchange_take(struct exchange *exchange, struct http_response *out)
{
    const char *type = NULL;

    *out = exchange->response;
    memset(&exchange->response, 0, sizeof exchange->response);
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &out->status);
    if (curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != NULL)
        g_strlcpy(out->content_type, type, sizeof out->content_type);
    out->retry_after_s = retry_after_s(exchange);
}

static bool exchange_run(struct exchange *exchange, const struct http_call *call, bool packed,
                         struct http_response *out, GError **error)
{
    CURLcode code = CURLE_FAILED_INIT;

    if (exchange_begin(exchange, call, packed))
        code = drive(exchange->http, exchange);
    else
        g_strlcpy(exchange->detail, "libcurl refuses the request", sizeof exchange->detail);
    if (code == CURLE_OK)
        exchange_take(exchange, out);
    else
        tell_error(exchange, code, error);
    if (call->file != NULL && !file_end(exchange) && code == CURLE_OK) {
        code = CURLE_FAILED_INIT;
        tell_error(exchange, code, error);
    }
    exchange_end(exchange);
    return code == CURLE_OK;
}

bool http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error)
{
    struct http_call shorter = *call;
    bool zip = call->body != NULL && call->body_len >= ZIP_BYTES_MIN && http->zstd_ok, done;
    char *packed = zip ? zip_pack(call->body, call->body_len, &shorter.body_len) : NULL;

    memset(out, 0, sizeof *out);
    if (packed != NULL)
        shorter.body = packed;
    else
        shorter.body_len = call->body_len;
    done = exchange_run(&http->main, &shorter, packed != NULL, out, error);
    free(packed);
    /* Somebody on the way does not take it: plain from now on, until an answer says otherwise. */
    if (done && packed != NULL && out->status == 415) {
        http_response_clear(out);
        done = exchange_run(&http->main, call, false, out, error);
        http->zstd_ok = false;
    }
    return done;
}

bool http_renew(struct http *http, const char *cert_pem, const char *key_pem)
{
    http_hush(http);
    identity_clear(http);
    http->cert_pem = g_strdup(cert_pem);
    http->key_pem = g_strdup(key_pem);
    return set_identity(&http->main) && set_identity(&http->ear);
}

bool http_trust(struct http *http, const char *authorities)
{
    http_hush(http);
    return set_trust(&http->main, authorities) && set_trust(&http->ear, authorities);
}

/* ---- Listening ---------------------------------------------------------------------------------------------------- */

bool http_listen(struct http *http, const char *path, unsigned wait_s)
{
    struct http_call call = {.path = path};

    http_hush(http);
    if (curl_easy_setopt(http->ear.easy, CURLOPT_TIMEOUT_MS, (long)wait_s * 1000 + LISTEN_GRACE_MS) == CURLE_OK &&
        exchange_begin(&http->ear, &call, false))
        return true;
    exchange_end(&http->ear);
    return false;
}

enum listening http_heard(struct http *http, struct http_response *out)
{
    struct exchange *ear = &http->ear;
    bool good = ear->over && ear->code == CURLE_OK;

    memset(out, 0, sizeof *out);
    if (!ear->under_way)
        return LISTEN_NOT;
    if (!ear->over)
        return LISTEN_PENDING;
    if (good)
        exchange_take(ear, out);
    exchange_end(ear);
    return good ? LISTEN_HEARD : LISTEN_LOST;
}

void http_hush(struct http *http)
{
    exchange_end(&http->ear);
}

void http_response_clear(struct http_response *response)
{
    if (response->body != NULL)
        g_string_free(response->body, TRUE);
    memset(response, 0, sizeof *response);
}

static bool type_is(const struct http_response *response, const char *type)
{
    size_t len = strlen(type);
    char after;

    if (g_ascii_strncasecmp(response->content_type, type, len) != 0)
        return false;
    after = response->content_type[len];
    return after == '\0' || after == ';' || after == ' ';
}

/* The problem's title (RFC 9457), when the answer is one. g_free. */
static char *problem_title(const struct http_response *response)
{
    json_t *problem;
    const char *title;
    char *copy = NULL;

    if (!type_is(response, "application/problem+json"))
        return NULL;
    problem = wire_parse(response->body->str, response->body->len, NULL);
    if (problem != NULL && wire_get_string(problem, "title", 80, &title))
        copy = g_strdup(title);
    json_decref(problem);
    return copy;
}

bool http_expect(const struct http_response *response, long status, GError **error)
{
    g_autofree char *title = NULL;

    if (response->status != status) {
        title = problem_title(response);
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_STATUS, "HTTP %ld%s%s", response->status,
                    title != NULL ? ": " : "", title != NULL ? title : "");
        return false;
    }
    if (!type_is(response, "application/json")) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer is not application/json");
        return false;
    }
    return true;
}

void http_sleep(struct http *http, int timeout_ms)
{
    bool was_over = http->ear.over;

    if (!move_on(http) || (!was_over && http->ear.over))
        return;
    if (curl_multi_poll(http->multi, NULL, 0, timeout_ms, NULL) != CURLM_OK)
        g_usleep(100 * 1000); /* never spin, whatever libcurl says */
    move_on(http);
}

void http_wake(struct http *http)
{
    curl_multi_wakeup(http->multi);
}

/* ---- As a transport ----------------------------------------------------------------------------------------------- */

static bool carry(void *http, const struct http_call *call, struct http_response *out, GError **error)
{
    return http_request(http, call, out, error);
}

static void rest(void *http, int timeout_ms)
{
    http_sleep(http, timeout_ms);
}

static void rouse(void *http)
{
    http_wake(http);
}

static void let_go(void *http)
{
    http_free(http);
}

static bool prick_up(void *http, const char *path, unsigned wait_s)
{
    return http_listen(http, path, wait_s);
}

static enum listening what_heard(void *http, struct http_response *out)
{
    return http_heard(http, out);
}

static void leave_off(void *http)
{
    http_hush(http);
}

static bool change_identity(void *http, const char *cert_pem, const char *key_pem)
{
    return http_renew(http, cert_pem, key_pem);
}

static bool change_trust(void *http, const char *authorities)
{
    return http_trust(http, authorities);
}

struct transport http_transport(struct http *http)
{
    return (struct transport){.ctx = http,
                              .request = carry,
                              .sleep = rest,
                              .wake = rouse,
                              .listen = prick_up,
                              .heard = what_heard,
                              .hush = leave_off,
                              .renew = change_identity,
                              .trust = change_trust,
                              .free = let_go};
}
