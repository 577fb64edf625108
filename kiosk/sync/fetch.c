/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/fetch.h"
#include "sync/http.h"
#include "model/clock.h"
#include "store/file.h"

#include <string.h>

struct fetch {
    const struct fetch_order *order;
    const char *path; /* the part on our disk */
    int fd;
    int64_t from; /* what was here before */
    int64_t have, length;
    int64_t end_ms;
    bool paused;    /* enough for this round */
    GError *error;
};

static bool answer_error(const struct fetch *fetch, GError **error, const char *what)
{
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "%s: %s", fetch->order->what, what);
    return false;
}

/* A 200 where a part was asked for: the file is another one, or the server knows no ranges. From the beginning, then. */
static bool fetch_again(struct fetch *fetch)
{
    if (!file_append_close(fetch->fd, fetch->path, &fetch->error)) {
        fetch->fd = -1;
        return false;
    }
    fetch->fd = file_append_open(fetch->path, 0, &fetch->error);
    fetch->have = 0;
    return fetch->fd >= 0;
}

static bool fetch_take(void *ctx, int64_t at, const void *bytes, size_t len)
{
    struct fetch *fetch = ctx;

    if (at == 0 && fetch->have > 0 && !fetch_again(fetch))
        return false;
    if (at != fetch->have)
        return answer_error(fetch, &fetch->error, "the answer is another part of the file");
    if ((int64_t)len > fetch->length - fetch->have)
        return answer_error(fetch, &fetch->error, "the file is longer than the one that was told");
    if (!file_append(fetch->fd, fetch->path, bytes, len, &fetch->error))
        return false;
    fetch->have += (int64_t)len;
    fetch->paused = fetch->have < fetch->length && clock_boot_ms() >= fetch->end_ms;
    return !fetch->paused;
}

/* What the transfer came to. A connection that breaks off here need not be gone: the round goes on, and the push finds out. */
static bool fetch_judge(struct round *round, struct fetch *fetch, bool answered, struct http_response *response,
                        GError *why, GError **error)
{
    round->http_status = answered ? (int)response->status : 0;
    round->retry_after_s = answered ? response->retry_after_s : 0;
    round->fetch_broke = !answered && fetch->error == NULL && !fetch->paused && round_connection_lost(why) &&
                         !g_error_matches(why, SYNC_ERROR, SYNC_ERROR_STOPPED);
    round->fetch_grew = fetch->have > fetch->from;
    if (fetch->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&fetch->error));
    } else if (fetch->paused) {
        g_clear_error(&why);
        return true;
    } else if (!answered) {
        if (!g_error_matches(why, SYNC_ERROR, SYNC_ERROR_STOPPED))
            answer_error(fetch, error, why->message);
        else
            g_propagate_error(error, g_steal_pointer(&why));
    } else if (response->status != 200 && response->status != 206) {
        http_expect(response, 200, error);
    } else {
        return fetch->have == fetch->length || answer_error(fetch, error, "the file is shorter than the one that was told");
    }
    g_clear_error(&why);
    return false;
}

static bool fetch_run(struct round *round, struct fetch *fetch, GError **error)
{
    struct http_file file = {.from = fetch->have, .etag = fetch->order->etag, .ctx = fetch, .take = fetch_take};
    struct http_call call = {.path = fetch->order->url, .file = &file};
    struct http_response response;
    GError *why = NULL;
    bool answered = round->transport->request(round->transport->ctx, &call, &response, &why);
    /* 416: what we have is longer than their file. Not to be had twice. */
    bool useless = answered && response.status == 416;
    bool done = fetch_judge(round, fetch, answered, &response, why, error);

    http_response_clear(&response);
    return useless ? file_remove(fetch->path, NULL) && done : done;
}

bool fetch_file(struct round *round, const struct fetch_order *order, bool *done, GError **error)
{
    struct fetch fetch = {.order = order, .path = order->part, .length = order->length, .end_ms = order->end_ms};
    bool good;

    *done = round->fetch_broke = round->fetch_grew = false;
    if (!file_size(fetch.path, &fetch.have, error))
        return false;
    if (fetch.have < 0 || fetch.have > fetch.length)
        fetch.have = 0;
    fetch.from = fetch.have;
    *done = fetch.have == fetch.length;
    if (*done)
        return true;
    fetch.fd = file_append_open(fetch.path, fetch.have, error);
    if (fetch.fd < 0)
        return false;
    good = fetch_run(round, &fetch, error);
    if (fetch.fd >= 0 && !file_append_close(fetch.fd, fetch.path, good ? error : NULL))
        good = false;
    *done = good && fetch.have == fetch.length;
    return good;
}
