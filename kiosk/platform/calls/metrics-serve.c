/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/metrics-serve.h"
#include "platform/calls/http-answer.h"
#include "platform/calls/metrics.h"
#include <errno.h>
#include <microhttpd.h>
#include <string.h>

#define SCRAPERS_MAX 8
#define IDLE_S       10

struct metrics_server {
    struct MHD_Daemon *daemon;
    struct db *db;
    char *address;
};

static enum MHD_Result plain(struct MHD_Connection *connection, unsigned status, char *text, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **state)
{
    struct metrics_server *server = data;
    static int seen;

    /* MHD asks once before the body and once behind it; there is none that we would read. */
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*len > 0)
        return MHD_NO;
    if (strcmp(method, "GET") != 0 || strcmp(url, "/metrics") != 0)
        return plain(connection, 404, (char *)"GET /metrics\n", "text/plain; charset=utf-8");
    g_autofree char *text = metrics_page(server->db);
    return plain(connection, 200, text, "text/plain; version=0.0.4; charset=utf-8");
}

void metrics_serve_end(struct metrics_server *server)
{
    if (server == NULL)
        return;
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    db_close(server->db);
    g_free(server->address);
    g_free(server);
}

struct metrics_server *metrics_serve(struct platform *platform, const char *listen, GError **error)
{
    struct metrics_server *server = g_new0(struct metrics_server, 1);
    struct sockaddr_storage address;

    server->db = http_listen_parse(listen, &address, error)
                     ? db_open(platform->data_dir, db_community(platform->db), false, NULL, error)
                     : NULL;
    if (server->db != NULL) {
        server->daemon = MHD_start_daemon(
            MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL, on_request,
            server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SCRAPERS_MAX,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_LISTENING_ADDRESS_REUSE, (unsigned)1, MHD_OPTION_END);
        if (server->daemon == NULL)
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "cannot listen on %s: %s", listen, g_strerror(errno));
    }
    if (server->daemon == NULL) {
        metrics_serve_end(server);
        return NULL;
    }
    server->address = http_listen_text(server->daemon, -1, listen);
    return server;
}

const char *metrics_server_address(const struct metrics_server *server)
{
    return server->address;
}
