/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A doorbell: one request for the feed beside all others, which the platform answers when there is something new, or when the
 * time is up. What it brings is not used, only that it came: the round that follows pulls the feed as ever, so that news have
 * one way in. A platform that answers at once although there is nothing new does not know how to wait; it is asked again no
 * sooner than it would have been without.
 */
#include "sync/round.h"
#include "model/clock.h"

#include <string.h>

#define WAIT_S      25
#define AT_ONCE_MS  1000
#define QUIET_MS    5000 /* after an answer that says nothing */
#define NEWS_GAP_MS 250  /* between two rings: a platform that always has news must not make us spin */
#define LOST_GAP_MS 1000 /* after a connection that was cut: the round behind it tells what it is */

void listen_stop(struct round *round)
{
    if (round->transport->hush != NULL)
        round->transport->hush(round->transport->ctx);
    round->listening = false;
}

static void start(struct round *round)
{
    const struct transport *transport = round->transport;
    int64_t now_boot_ms = clock_boot_ms();
    g_autofree char *cursor = NULL, *path = NULL;

    if (now_boot_ms < round->listen_quiet_ms)
        return;
    cursor = store_cursor(round->store);
    path = g_strdup_printf("/v1/feed?cursor=%s&limit=1&wait=%d", cursor, WAIT_S);
    round->listening = cursor != NULL && *cursor != '\0' && transport->listen(transport->ctx, path, WAIT_S);
    round->listen_from_ms = now_boot_ms;
    if (!round->listening)
        round->listen_quiet_ms = now_boot_ms + QUIET_MS;
}

/* Is it a page that says no more than we have? The platform has then confirmed our hotlist, too. */
static bool says_nothing(struct round *round, const struct http_response *response)
{
    g_autofree char *cursor = store_cursor(round->store);
    struct store_hotlist ours;
    struct feed_page page;
    json_t *answer = response->status == 200 ? wire_parse(response->body->str, response->body->len, NULL) : NULL;
    bool same;

    if (answer == NULL || !feed_page_read(answer, &page, NULL))
        return false;
    same = hotlist_state(round, &ours, NULL) && g_strcmp0(cursor, page.cursor) == 0 && !page.more &&
           page.hotlist_version == ours.version;
    feed_page_clear(&page);
    return same && (ours.version == 0 ||
                    store_hotlist_confirm(round->store, ours.version, store_true_ms(round->store), NULL));
}

static bool rings(struct round *round, const struct http_response *response)
{
    int64_t now_boot_ms = clock_boot_ms();

    if (!says_nothing(round, response)) {
        round->listen_quiet_ms = now_boot_ms + NEWS_GAP_MS;
        return true;
    }
    if (now_boot_ms - round->listen_from_ms < AT_ONCE_MS)
        round->listen_quiet_ms = now_boot_ms + QUIET_MS;
    return false;
}

int64_t listen_pause_ms(const struct round *round, int64_t pause_ms)
{
    int64_t quiet_ms = round->listen_quiet_ms - clock_boot_ms() + 1;

    return round->transport->listen != NULL && !round->listening ? CLAMP(quiet_ms, 1, pause_ms) : pause_ms;
}

bool listen_news(struct round *round)
{
    const struct transport *transport = round->transport;
    struct http_response response;
    enum listening state;
    bool news = false;

    if (transport->listen == NULL)
        return false;
    state = transport->heard(transport->ctx, &response);
    if (state == LISTEN_PENDING)
        return false;
    round->listening = false;
    if (state == LISTEN_HEARD) {
        news = rings(round, &response);
        if (response.body != NULL)
            g_string_free(response.body, TRUE);
    } else if (state == LISTEN_LOST) {
        round->listen_quiet_ms = clock_boot_ms() + LOST_GAP_MS;
        news = true;
    }
    if (!news)
        start(round);
    return news;
}
