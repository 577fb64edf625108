/* SPDX-License-Identifier: Apache-2.0 */
#include "front.h"
#include "schema.h"
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

struct front {
    struct MHD_Daemon *daemon;
    struct platform *platform;
    char *certificate, *key, *ca;
    unsigned port;
    GMutex lock;
    front_hook hook;
    void *hook_data;
    gint checked;
};

static ssize_t half(void *data, uint64_t at, char *bytes, size_t max)
{
    if (at > 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memcpy(bytes, "{\"ite", 5);
    return 5;
}

static ssize_t first_half(void *data, uint64_t at, char *bytes, size_t max)
{
    gsize len = 0;
    const char *all = g_bytes_get_data(data, &len);

    if (at >= len / 2)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    max = MIN(max, len / 2 - at);
    memcpy(bytes, all + at, max);
    return (ssize_t)max;
}

static enum MHD_Result answer(struct MHD_Connection *connection, struct reply *reply)
{
    struct MHD_Response *response;
    enum MHD_Result result;
    g_autofree char *retry = g_strdup_printf("%u", reply->retry_after_s);

    if (g_strcmp0(reply->content_type, FRONT_CUT) == 0) {
        response = MHD_create_response_from_callback(reply->body_len, 4096, first_half, g_bytes_new_with_free_func(reply->body,
                                                     reply->body_len, free, reply->body), (MHD_ContentReaderFreeCallback)g_bytes_unref);
        reply->content_type = "application/octet-stream";
    } else if (g_strcmp0(reply->content_type, FRONT_TRUNCATED) == 0) {
        response = MHD_create_response_from_callback(4000, 512, half, NULL, NULL);
        reply_clear(reply);
        reply->status = 200;
        reply->content_type = "application/json";
    } else {
        if (reply->is_file)
            g_assert_true(reply_read_file(reply));
        response = MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_FREE);
    }
    if (reply->content_range[0] != '\0')
        MHD_add_response_header(response, "Content-Range", reply->content_range);
    if (reply->etag[0] != '\0')
        MHD_add_response_header(response, "ETag", reply->etag);
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    if (reply->retry_after_s > 0)
        MHD_add_response_header(response, "Retry-After", retry);
    if (reply->status == 302)
        MHD_add_response_header(response, "Location", "/v1/time");
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static void run(struct front *front, const struct request *request, struct reply *reply)
{
    front_hook hook;
    void *data;

    g_mutex_lock(&front->lock);
    hook = front->hook;
    data = front->hook_data;
    g_mutex_unlock(&front->lock);
    if (hook != NULL && hook(data, request, reply))
        return;
    handlers_run(front->platform, request, reply);
    if (reply->is_file || reply->raw)
        return;
    schema_check_exchange(request->method, request->path, request->body, reply->status, reply->body,
                          reply->body_len);
    g_atomic_int_inc(&front->checked);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes, size_t *len,
                                  void **state)
{
    struct front *front = data;
    GString *body = *state;
    struct reply reply = {0};
    struct request request = {.method = method, .path = url, .kiosk = "K0001"};
    g_autofree char *serial = NULL;

    if (body == NULL) {
        *state = g_string_new(NULL);
        return MHD_YES;
    }
    if (*len > 0) {
        g_string_append_len(body, bytes, (gssize)*len);
        *len = 0;
        return MHD_YES;
    }
    request.content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    request.cursor = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "cursor");
    request.limit = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "limit");
    request.since = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
    request.range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
    request.if_range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-Range");
    request.nonce = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "nonce");
    request.body = body->str;
    request.body_len = body->len;
    g_assert_true(db_begin(front->platform->db, false, NULL));
    g_assert_true(db_text(front->platform->db, NULL, &serial,
                          "SELECT certificate FROM kiosk WHERE community=?1 AND id='K0001'", ""));
    db_rollback(front->platform->db);
    request.certificate = serial;
    run(front, &request, &reply);
    return answer(connection, &reply);
}

static void on_done(void *data, struct MHD_Connection *connection, void **state,
                    enum MHD_RequestTerminationCode code)
{
    if (*state != NULL)
        g_string_free(*state, TRUE);
    *state = NULL;
}

struct front *front_new(const char *data_dir)
{
    struct front *front = g_new0(struct front, 1);
    g_autoptr(GError) error = NULL;

    g_mutex_init(&front->lock);
    schema_document();
    front->platform = platform_open(data_dir, &error);
    g_assert_no_error(error);
    front->certificate = platform_file(data_dir, PLATFORM_SERVER_FILE, NULL, NULL);
    front->key = platform_file(data_dir, PLATFORM_SERVER_KEY_FILE, NULL, NULL);
    front->ca = platform_file(data_dir, PLATFORM_CA_FILE, NULL, NULL);
    front->daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request,
                                     front, MHD_OPTION_HTTPS_MEM_CERT, front->certificate,
                                     MHD_OPTION_HTTPS_MEM_KEY, front->key, MHD_OPTION_HTTPS_MEM_TRUST,
                                     front->ca, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_END);
    g_assert_nonnull(front->daemon);
    front->port = MHD_get_daemon_info(front->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return front;
}

unsigned front_port(const struct front *front)
{
    return front->port;
}

struct platform *front_platform(struct front *front)
{
    return front->platform;
}

void front_set(struct front *front, front_hook hook, void *data)
{
    g_mutex_lock(&front->lock);
    front->hook = hook;
    front->hook_data = data;
    g_mutex_unlock(&front->lock);
}

unsigned front_checked(const struct front *front)
{
    return (unsigned)g_atomic_int_get(&front->checked);
}

void front_free(struct front *front)
{
    MHD_stop_daemon(front->daemon);
    platform_close(front->platform);
    g_free(front->certificate);
    g_free(front->key);
    g_free(front->ca);
    g_mutex_clear(&front->lock);
    g_free(front);
}
