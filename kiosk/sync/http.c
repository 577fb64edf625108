/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/http.h"
#include "sync/wire.h"
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* A lost network is to be noticed within some ten seconds: five of idling, at most five of waiting. */
#define CONNECT_TIMEOUT_MS 5000L
#define LOW_SPEED_BYTES_S  16L
#define LOW_SPEED_TIME_S   5L
#define TOTAL_TIMEOUT_MS   60000L

struct http {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *own_headers; /* of the request under way; NULL: `headers` do */
    char *url;
    char *key_pem; /* libcurl reads it at each handshake: the one copy */
    gint *stop;
    struct http_response *response; /* of the request under way */
    bool too_big;
    const struct http_file *file; /* of the request under way; NULL: a document */
    int64_t file_at;              /* where its next bytes belong; −1: the answer has not said */
    bool file_refused;
    char detail[CURL_ERROR_SIZE];
};

/* Bytes of the file itself, and not of a problem document? */
static bool is_file(struct http *http)
{
    long status = 0;

    return http->file != NULL &&
           curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
           (status == 206 || status == 200);
}

/* Without Content-Range it is the file from its beginning. A part that begins elsewhere than was asked is refused by `take`. */
static size_t take_file(struct http *http, const char *bytes, size_t len)
{
    if (http->file_at < 0)
        http->file_at = 0;
    http->file_refused = !http->file->take(http->file->ctx, http->file_at, bytes, len);
    http->file_at += (int64_t)len;
    return http->file_refused ? 0 : len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct http *http = data;
    size_t len = size * count;

    if (is_file(http))
        return take_file(http, bytes, len);
    if (http->response->body->len + len > WIRE_ANSWER_BYTES_MAX) {
        http->too_big = true;
        return 0;
    }
    g_string_append_len(http->response->body, bytes, (gssize)len);
    return len;
}

/* RFC 9110 10.2.3: seconds, or a date, which our platform never sends. Bounded to an hour: no answer may silence a kiosk. */
static void take_retry_after(struct http_response *response, const char *value, size_t len)
{
    g_autofree char *text = g_strstrip(g_strndup(value, len));
    guint64 seconds;

    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &seconds, NULL))
        response->retry_after_s = (unsigned)MIN(seconds, 3600);
}

/* RFC 9110 14.4: "bytes 1000-1999/5000". */
static void take_content_range(struct http *http, const char *value, size_t len)
{
    g_autofree char *text = g_strstrip(g_strndup(value, len));
    char *dash = strchr(text, '-');
    gint64 from;

    if (!g_str_has_prefix(text, "bytes ") || dash == NULL)
        return;
    *dash = '\0';
    if (g_ascii_string_to_signed(text + strlen("bytes "), 10, 0, G_MAXINT64, &from, NULL))
        http->file_at = from;
}

/* The value of a header line when it is this one; *len is its length then. */
static const char *header_value(const char *line, size_t line_len, const char *name, size_t *len)
{
    size_t name_len = strlen(name);

    if (line_len <= name_len || g_ascii_strncasecmp(line, name, name_len) != 0)
        return NULL;
    *len = MIN(line_len - name_len, 64);
    return line + name_len;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *data)
{
    struct http *http = data;
    size_t len = size * count, value_len;
    const char *value;

    if ((value = header_value(bytes, len, "retry-after:", &value_len)) != NULL)
        take_retry_after(http->response, value, value_len);
    else if ((value = header_value(bytes, len, "content-range:", &value_len)) != NULL)
        take_content_range(http, value, value_len);
    return len;
}

#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (curl_easy_setopt(http->easy, option, value) != CURLE_OK)                                         \
            return false;                                                                                    \
    } while (0)

static bool set_limits(struct http *http)
{
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_S);
    SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_TIME_S);
    SET(CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)WIRE_ANSWER_BYTES_MAX);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    return true;
}

static bool set_tls(struct http *http, const struct http_options *options)
{
    SET(CURLOPT_SSLVERSION, (long)(CURL_SSLVERSION_TLSv1_3 | CURL_SSLVERSION_MAX_TLSv1_3));
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, options->ca_file);
    /* Debian's libcurl has /etc/ssl/certs built in as a second source of trust: take it away. */
    SET(CURLOPT_CAPATH, NULL);
    if (options->cert_file != NULL) {
        SET(CURLOPT_SSLCERT, options->cert_file);
        struct curl_blob key = {http->key_pem, strlen(http->key_pem), CURL_BLOB_NOCOPY};
        SET(CURLOPT_SSLKEY_BLOB, &key);
    }
    return true;
}

static bool set_callbacks(struct http *http)
{
    http->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (http->headers == NULL)
        return false;
    SET(CURLOPT_ERRORBUFFER, http->detail);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, http);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, http);
    SET(CURLOPT_USERAGENT, "citycard-kiosk");
    return true;
}

#undef SET

static bool url_ok(const char *url)
{
    return url != NULL && g_str_has_prefix(url, "https://") && strlen(url) > 8 && strlen(url) < 256;
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
    http->key_pem = g_strdup(options->key_pem);
    if (g_str_has_suffix(http->url, "/"))
        http->url[strlen(http->url) - 1] = '\0';
    http->stop = stop;
    http->multi = once == 1 ? curl_multi_init() : NULL;
    http->easy = once == 1 ? curl_easy_init() : NULL;
    if (http->multi == NULL || http->easy == NULL || !set_limits(http) || !set_tls(http, options) ||
        !set_callbacks(http)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "libcurl cannot be set up");
        http_free(http);
        return NULL;
    }
    return http;
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    if (http->easy != NULL)
        curl_easy_cleanup(http->easy);
    if (http->multi != NULL)
        curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->headers);
    curl_slist_free_all(http->own_headers);
    if (http->key_pem != NULL)
        OPENSSL_cleanse(http->key_pem, strlen(http->key_pem));
    g_free(http->key_pem);
    g_free(http->url);
    g_free(http);
}

static bool stopped(struct http *http)
{
    return http->stop != NULL && g_atomic_int_get(http->stop) != 0;
}

/* Drive the one transfer to its end. CURLE_ABORTED_BY_CALLBACK when told to stop. */
static CURLcode drive(struct http *http)
{
    int running = 1;

    while (running > 0) {
        if (stopped(http))
            return CURLE_ABORTED_BY_CALLBACK;
        if (curl_multi_perform(http->multi, &running) != CURLM_OK ||
            (running > 0 && curl_multi_poll(http->multi, NULL, 0, 1000, NULL) != CURLM_OK))
            return CURLE_FAILED_INIT;
    }
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &running)) != NULL;)
        if (message->msg == CURLMSG_DONE)
            return message->data.result;
    return CURLE_FAILED_INIT;
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

static void tell_error(struct http *http, CURLcode code, GError **error)
{
    if (http->file_refused)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "the file was not taken to its end");
    else if (http->too_big || code == CURLE_FILESIZE_EXCEEDED)
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer is larger than %u bytes",
                    WIRE_ANSWER_BYTES_MAX);
    else
        g_set_error(error, SYNC_ERROR, error_code_of(code), "%s",
                    http->detail[0] != '\0' ? http->detail : curl_easy_strerror(code));
}

/* RFC 9651: a string in quotes. It is a UUID, which needs no escaping. */
static struct curl_slist *key_headers(const char *idempotency_key)
{
    g_autofree char *key = g_strdup_printf("Idempotency-Key: \"%s\"", idempotency_key);
    struct curl_slist *first = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *both = first != NULL ? curl_slist_append(first, key) : NULL;

    if (both == NULL)
        curl_slist_free_all(first);
    return both;
}

/* The rest of a file, if it still is the same one. */
static struct curl_slist *range_headers(const struct http_file *file)
{
    g_autofree char *range = g_strdup_printf("Range: bytes=%" G_GINT64_FORMAT "-", file->from);
    g_autofree char *condition = g_strconcat("If-Range: ", file->etag, NULL);
    struct curl_slist *first = curl_slist_append(NULL, range);
    struct curl_slist *both = first != NULL ? curl_slist_append(first, condition) : NULL;

    if (both == NULL)
        curl_slist_free_all(first);
    return both;
}

static bool headers_for(struct http *http, const struct http_call *call)
{
    bool range = call->file != NULL && call->file->from > 0;

    curl_slist_free_all(http->own_headers);
    http->own_headers = NULL;
    if (call->idempotency_key != NULL)
        http->own_headers = key_headers(call->idempotency_key);
    else if (range)
        http->own_headers = range_headers(call->file);
    return http->own_headers != NULL || (call->idempotency_key == NULL && !range);
}

/* A file may be larger and take longer than any document: a connection that stands still is what ends it, and `take`. */
static bool limits_for(CURL *easy, bool file)
{
    return curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, file ? 0L : TOTAL_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                            file ? (curl_off_t)0 : (curl_off_t)WIRE_ANSWER_BYTES_MAX) == CURLE_OK;
}

static bool prepare(struct http *http, const struct http_call *call)
{
    g_autofree char *url = g_strconcat(http->url, call->path, NULL);
    CURL *easy = http->easy;

    if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK || !headers_for(http, call) ||
        !limits_for(easy, call->file != NULL))
        return false;
    if (call->body == NULL)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->own_headers) == CURLE_OK;
    return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                            http->own_headers != NULL ? http->own_headers : http->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body) == CURLE_OK;
}

bool http_request(struct http *http, const struct http_call *call, struct http_response *out, GError **error)
{
    const char *type = NULL;
    CURLcode code;

    memset(out, 0, sizeof *out);
    out->body = g_string_new(NULL);
    http->response = out;
    http->too_big = false;
    http->file = call->file;
    http->file_at = -1;
    http->file_refused = false;
    http->detail[0] = '\0';
    if (!prepare(http, call) || curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "libcurl refuses the request");
        return false;
    }
    code = drive(http);
    curl_multi_remove_handle(http->multi, http->easy);
    http->response = NULL;
    if (code != CURLE_OK) {
        tell_error(http, code, error);
        return false;
    }
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &out->status);
    if (curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != NULL)
        g_strlcpy(out->content_type, type, sizeof out->content_type);
    return true;
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
    if (curl_multi_poll(http->multi, NULL, 0, timeout_ms, NULL) != CURLM_OK)
        g_usleep(100 * 1000); /* never spin, whatever libcurl says */
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

struct transport http_transport(struct http *http)
{
    return (struct transport){.ctx = http, .request = carry, .sleep = rest, .wake = rouse, .free = let_go};
}
