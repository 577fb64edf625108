/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/round.h"
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

static bool item_ok(json_t *item)
{
    const char *topic, *key;
    bool deleted;

    return json_is_object(item) && wire_get_string(item, "topic", 32, &topic) &&
           wire_get_string(item, "key", 64, &key) && wire_get_bool(item, "deleted", &deleted) &&
           json_is_integer(json_object_get(item, "version"));
}

/* Take the hotlist out of the items: it has its own way into the store, past the signature check. Any other item that does
 * not fit goes along: the store sets it aside, so that one bad bill does not hold up every list of lost cards behind it. */
static bool split_items(struct feed_page *page, GError **error)
{
    for (size_t i = 0; i < json_array_size(page->items);) {
        json_t *item = json_array_get(page->items, i);

        if (g_strcmp0(json_string_value(json_object_get(item, "topic")), "hotlist") != 0) {
            i++;
            continue;
        }
        if (!item_ok(item) || page->hotlist != NULL || !json_is_object(json_object_get(item, "value"))) {
            g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "feed has no single hotlist envelope");
            return false;
        }
        page->hotlist = json_incref(json_object_get(item, "value"));
        json_array_remove(page->items, i);
    }
    return true;
}

bool feed_page_read(json_t *answer, struct feed_page *out, GError **error)
{
    memset(out, 0, sizeof *out);
    out->answer = answer;
    out->items = json_object_get(answer, "items");
    if (!json_is_array(out->items) || json_array_size(out->items) > WIRE_FEED_LIMIT_MAX + 1 ||
        !wire_get_string(answer, "cursor", WIRE_CURSOR_MAX, &out->cursor) || !cursor_ok(out->cursor) ||
        !wire_get_bool(answer, "more", &out->more) ||
        !wire_get_int(answer, "hotlist_version", 0, INT64_MAX, &out->hotlist_version)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                            "feed page without items, cursor, more, hotlist_version");
        feed_page_clear(out);
        return false;
    }
    if (!split_items(out, error)) {
        feed_page_clear(out);
        return false;
    }
    return true;
}

void feed_page_clear(struct feed_page *page)
{
    json_decref(page->hotlist);
    json_decref(page->answer);
    memset(page, 0, sizeof *page);
}

static int64_t our_hotlist(struct store *store)
{
    int64_t version = 0, issued_ms, confirmed_ms;

    return store_hotlist_info(store, &version, &issued_ms, &confirmed_ms) ? version : 0;
}

/* Signature first, then the version, then the store: nothing of an envelope is used before. A version never goes back. */
static bool apply_hotlist(struct round *round, json_t *envelope, GError **error)
{
    struct signed_hotlist list;
    int64_t ours = our_hotlist(round->store);
    bool ok = true;

    if (!signed_hotlist_open(round->identity->signing_key, envelope, &list, error))
        return false;
    if (list.version < ours) {
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                    "hotlist went back from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, ours, list.version);
        ok = false;
    } else if (list.version > ours) {
        ok = store_hotlist_set(round->store, list.version, list.issued_ms, list.entries, error);
    }
    signed_hotlist_clear(&list);
    return ok;
}

static bool apply_page(struct round *round, struct feed_page *page, GError **error)
{
    int64_t ours;

    if (page->hotlist != NULL && !apply_hotlist(round, page->hotlist, error))
        return false;
    ours = our_hotlist(round->store);
    if (page->hotlist_version < ours) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                            "platform knows an older hotlist than this kiosk");
        return false;
    }
    if (ours > 0 && page->hotlist_version == ours &&
        !store_hotlist_confirm(round->store, ours, store_true_ms(round->store), error))
        return false;
    quota_take(round, page->items);
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
    path = g_strdup_printf("/v1/feed?cursor=%s&limit=%d", cursor, WIRE_FEED_LIMIT_MAX);
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

/* Begin anew from the first change: rows are upserted, so that a second copy does no harm. */
static bool start_over(struct round *round, GError **error)
{
    json_t *none = json_array();
    bool ok = store_feed_apply(round->store, none, "", error);

    json_decref(none);
    return ok;
}

bool feed_pull(struct round *round, GError **error)
{
    struct feed_page page;
    GError *why = NULL;

    for (int i = 0; i < PAGES_MAX; i++) {
        if (!pull_page(round, &page, &why)) {
            /* 410: the platform's database is another one than the cursor is of. 400: it never gave that cursor. The next
             * round takes it all. */
            if ((round->http_status == 410 || round->http_status == 400) && !store_feed_reset(round->store, error)) {
                g_clear_error(&why);
                return false;
            }
            g_propagate_error(error, why);
            return false;
        }
        bool more = page.more, behind = our_hotlist(round->store) < page.hotlist_version;
        feed_page_clear(&page);
        if (more)
            continue;
        /* The list we lack was told to us before (our store was emptied since): ask for everything once more. */
        if (behind)
            return start_over(round, error);
        return store_feed_whole(round->store, error);
    }
    return true;
}
