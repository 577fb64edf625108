/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/round.h"
#include "sync/allotment.h"
#include "sync/quota.h"
#include "sync/signed.h"
#include "model/model.h"
#include <string.h>

/* A platform that always says "more" ends a round here; the cursor is kept and the next round goes on from it. */
#define PAGES_MAX 200

/* Cursors go into a URL: only characters that need no escaping there (RFC 3986 2.3). */
static bool cursor_ok(const char *cursor)
{
    return cursor[strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")] ==
           '\0';
}

/* What does not fit in an item is the store's to set aside; what is no item at all is no answer, and is asked for again. */
static bool are_items(json_t *items)
{
    json_t *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        if (!json_is_object(item))
            return false;
    }
    return json_is_array(items);
}

bool feed_page_read(json_t *answer, struct feed_page *out, GError **error)
{
    memset(out, 0, sizeof *out);
    out->answer = answer;
    out->items = json_object_get(answer, "items");
    if (!are_items(out->items) || json_array_size(out->items) > WIRE_FEED_LIMIT_MAX ||
        !wire_get_string(answer, "cursor", WIRE_CURSOR_MAX, &out->cursor) || !cursor_ok(out->cursor) ||
        !wire_get_bool(answer, "more", &out->more) ||
        !wire_get_int(answer, "hotlist_version", 0, INT64_MAX, &out->hotlist_version)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                            "feed page without items, cursor, more, hotlist_version");
        feed_page_clear(out);
        return false;
    }
    return true;
}

void feed_page_clear(struct feed_page *page)
{
    json_decref(page->answer);
    memset(page, 0, sizeof *page);
}

static bool apply_page(struct round *round, struct feed_page *page, GError **error)
{
    struct store_hotlist ours;

    if (!hotlist_state(round, &ours, error))
        return false;
    if (page->hotlist_version < ours.high) {
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                    "the platform's hotlist went back from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, ours.high,
                    page->hotlist_version);
        return false;
    }
    if (ours.version > 0 && page->hotlist_version == ours.version &&
        !store_hotlist_confirm(round->store, ours.version, store_true_ms(round->store), error))
        return false;
    quota_take(round, page->items);
    allotment_take(round, page->items);
    return store_feed_apply(round->store, page->items, page->cursor, error);
}

static bool pull_page(struct round *round, struct feed_page *page, GError **error)
{
    g_autofree char *cursor = store_cursor(round->store);
    g_autofree char *path = NULL;
    json_t *answer;

    if (cursor == NULL || !cursor_ok(cursor)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "the stored cursor is not readable");
        return false;
    }
    path = g_strdup_printf("/v1/feed?cursor=%s&limit=%d&behind=%d", cursor, WIRE_FEED_LIMIT_MAX,
                           MAX(0, store_outbox_waiting(round->store)));
    answer = round_call(round, path, NULL, error);
    if (answer == NULL || !feed_page_read(answer, page, error))
        return false;
    if (page->more && strcmp(page->cursor, cursor) == 0) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "feed says more but does not move on");
        feed_page_clear(page);
        return false;
    }
    if (!apply_page(round, page, error)) {
        feed_page_clear(page);
        return false;
    }
    return true;
}

/* 410: the platform's database is another one than the cursor is of. 400: it never gave that cursor. The next round takes it
 * all. */
static bool feed_failed(struct round *round, GError *why, GError **error)
{
    if ((round->http_status == 410 || round->http_status == 400) && !store_feed_reset(round->store, error)) {
        g_error_free(why);
        return false;
    }
    g_propagate_error(error, why);
    return false;
}

/* A hotlist that fails does not hold up the bills; the round says so at its end. */
static bool feed_end(bool good, GError *hotlist_error, GError **error)
{
    if (good && hotlist_error != NULL) {
        g_propagate_error(error, hotlist_error);
        return false;
    }
    g_clear_error(&hotlist_error);
    return good;
}

bool feed_pull(struct round *round, GError **error)
{
    struct feed_page page;
    GError *why = NULL, *hotlist_error = NULL;
    bool more = true, asked = false;

    for (int i = 0; more && i < PAGES_MAX; i++) {
        if (!pull_page(round, &page, &why))
            return feed_end(feed_failed(round, why, error), hotlist_error, error);
        more = page.more;
        int64_t newest = page.hotlist_version;
        feed_page_clear(&page);
        /* Cards that were lost come before any bill: with the first page that knows of them. */
        if (!asked && hotlist_error == NULL && !hotlist_pull(round, newest, &asked, &hotlist_error) && round_connection_lost(hotlist_error))
            return feed_end(true, hotlist_error, error);
    }
    if (!more && !store_feed_whole(round->store, error))
        return feed_end(false, hotlist_error, error);
    return feed_end(true, hotlist_error, error);
}
