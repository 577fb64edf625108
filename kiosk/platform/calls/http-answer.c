/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/http-answer.h"
#include "sync/zip.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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

enum MHD_Result http_answer(struct MHD_Connection *connection, struct reply *reply, const char *id, bool last)
{
    bool packed = !reply->is_file && !reply->raw && pack(connection, reply);
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
    MHD_add_response_header(response, "Request-Id", id);
    if (last)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
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

/* ---- Addresses ---- */

bool http_listen_parse(const char *listen, struct sockaddr_storage *out, GError **error)
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
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "ADDRESS:PORT is needed, not %s",
                listen);
    return false;
}

static unsigned port_of(struct MHD_Daemon *daemon, int socket)
{
    const union MHD_DaemonInfo *info = socket < 0 ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;

    if (socket < 0)
        return info != NULL ? info->port : 0;
    if (getsockname(socket, (struct sockaddr *)&at, &len) != 0)
        return 0;
    return at.ss_family == AF_INET    ? ntohs(((struct sockaddr_in *)(void *)&at)->sin_port)
           : at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)(void *)&at)->sin6_port)
                                      : 0;
}

char *http_listen_text(struct MHD_Daemon *daemon, int socket, const char *listen)
{
    const char *colon = strrchr(listen, ':');

    return g_strdup_printf("%.*s:%u", (int)(colon - listen), listen, port_of(daemon, socket));
}
