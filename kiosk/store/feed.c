/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking in the platform's feed: one page and its cursor in one transaction. An item that does not fit is set aside for
 * staff and does not hold up the others; the page as a whole is refused only when it is no page at all.
 */
#include "store/ledger-internal.h"
#include "store/item.h"
#include "model/model.h"

#include <string.h>

#define ITEMS_MAX           5000
#define CURSOR_BYTES_MAX    256
#define QUARANTINE_ROWS_MAX 1000 /* a mad platform must not fill the disk */
#define QUARANTINE_BYTES    16384

/* ---- Keeping ------------------------------------------------------------------------------------------------------ */

static bool bill_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    g_autofree char *sealed = cache_close(store, "bill", item->key, value);

    store->persons_changed = true;
    return sql_run(
        &store->sql, SQL_FEED_BILL_PUT,
        "INSERT INTO bill(id,card_token,state,amount_fen,due,version,value) SELECT ?1,?2,?3,?4,?5,?6,?7"
        NOT_WIPED("?2", "?6")
        " ON CONFLICT(id) DO UPDATE SET card_token=excluded.card_token, state=excluded.state,"
        " amount_fen=excluded.amount_fen, due=excluded.due, version=excluded.version, value=excluded.value"
        " WHERE excluded.version>=bill.version",
        error, "sssiiis", item->key, item->card_token, item->state, item->amount_fen, item->due,
        item->version, sealed);
}

static bool notice_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    return sql_run(&store->sql, SQL_FEED_NOTICE_PUT,
                   "INSERT INTO notice(id,from_date,to_date,urgent,version,value) VALUES(?1,?2,?3,?4,?5,?6)"
                   " ON CONFLICT(id) DO UPDATE SET from_date=excluded.from_date, to_date=excluded.to_date,"
                   " urgent=excluded.urgent, version=excluded.version, value=excluded.value"
                   " WHERE excluded.version>=notice.version",
                   error, "siiiis", item->key, item->from, item->to, (int64_t)item->urgent, item->version,
                   value);
}

static bool orders_topic(enum item_topic topic)
{
    return topic == ITEM_SERVICE || topic == ITEM_PROVIDER || topic == ITEM_ORDER;
}

static bool tickets_topic(enum item_topic topic)
{
    return topic >= ITEM_CATEGORY && topic <= ITEM_CASE;
}

static bool item_delete(struct store *store, const struct item *item, GError **error)
{
    if (tickets_topic(item->topic))
        return tickets_delete(store, item, error);
    if (item->topic == ITEM_DOUBT)
        return doubts_delete(store, item, error);
    if (orders_topic(item->topic))
        return orders_delete(store, item, error);
    if (item->topic == ITEM_BILL)
        return sql_run(&store->sql, SQL_FEED_BILL_DELETE, "DELETE FROM bill WHERE id=?1 AND version<=?2",
                       error, "si", item->key, item->version);
    return sql_run(&store->sql, SQL_FEED_NOTICE_DELETE, "DELETE FROM notice WHERE id=?1 AND version<=?2",
                   error, "si", item->key, item->version);
}

static bool item_keep(struct store *store, const struct item *item, GError **error)
{
    if (item->deleted)
        return item_delete(store, item, error);
    g_autofree char *value = json_dumps(item->value, JSON_COMPACT | JSON_SORT_KEYS);
    if (value == NULL)
        return store_state_error(error, "no memory for an item");
    if (item->topic == ITEM_DOUBT)
        return doubts_put(store, item, value, error);
    if (tickets_topic(item->topic))
        return tickets_put(store, item, value, error);
    if (orders_topic(item->topic))
        return orders_put(store, item, value, error);
    return item->topic == ITEM_BILL ? bill_put(store, item, value, error)
                                    : notice_put(store, item, value, error);
}

/* ---- Setting aside ------------------------------------------------------------------------------------------------ */

/* A short copy of any text, cut between characters. */
static char *cut(const char *text, size_t bytes_max)
{
    const char *end = NULL;

    if (text == NULL)
        return g_strdup("");
    g_utf8_validate_len(text, MIN(strlen(text), bytes_max), &end);
    return g_strndup(text, (gsize)(end - text));
}

static bool quarantine(struct store *store, json_t *json, const char *reason, GError **error)
{
    g_autofree char *whole = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    g_autofree char *text = cut(whole, QUARANTINE_BYTES);
    g_autofree char *topic = cut(json_string_value(json_object_get(json, "topic")), 63);
    g_autofree char *key = cut(json_string_value(json_object_get(json, "key")), 63);
    g_autofree char *sealed = cache_close(store, "pull_quarantine", "", text);

    return sql_run(&store->sql, SQL_FEED_KEEP,
                   "INSERT INTO pull_quarantine(at_ms,topic,key,reason,item) VALUES(?1,?2,?3,?4,?5)", error,
                   "issss", now_ms(), topic, key, reason, sealed) &&
           sql_run(&store->sql, SQL_FEED_PRUNE,
                   "DELETE FROM pull_quarantine WHERE n<=(SELECT max(n) FROM pull_quarantine)-?1", error, "i",
                   (int64_t)QUARANTINE_ROWS_MAX);
}

typedef const char *(*topic_fn)(struct store *store, json_t *item, GError **error);

/* A topic that is read by whoever knows it. */
static bool other_apply(struct store *store, json_t *json, topic_fn take, GError **error)
{
    GError *failure = NULL;
    const char *wrong = take(store, json, &failure);

    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    return wrong == NULL || quarantine(store, json, wrong, error);
}

/* Which of this kiosk's calls for help was answered last. */
static const char *help_apply(struct store *store, json_t *item, GError **error)
{
    const char *call = json_string_value(json_object_get(json_object_get(item, "value"), "call"));

    if (g_strcmp0(json_string_value(json_object_get(item, "key")), store->identity.kiosk_id) != 0)
        return "key";
    if (json_is_true(json_object_get(item, "deleted")))
        return NULL;
    if (!uuid_valid(call))
        return "value";
    meta_set_text(store, "help_answered", call, error);
    return NULL;
}

static bool item_apply(struct store *store, json_t *json, GError **error)
{
    struct item item;
    const char *topic = json_string_value(json_object_get(json, "topic"));
    if (credit_topic(topic))
        return other_apply(store, json, credit_item_apply, error);
    if (g_strcmp0(topic, "command") == 0)
        return other_apply(store, json, snapshots_command, error);
    if (g_strcmp0(topic, "help") == 0)
        return other_apply(store, json, help_apply, error);
    const char *wrong = item_read(json, &item);

    if (wrong != NULL)
        return quarantine(store, json, wrong, error);
    bool done = item_keep(store, &item, error);
    item_clear(&item);
    return done;
}

/* ---- One page ----------------------------------------------------------------------------------------------------- */

static bool page_apply(struct store *store, json_t *items, const char *cursor, int64_t asof_ms,
                       GError **error)
{
    size_t at = 0;
    json_t *json = NULL;

    if (!sql_begin(&store->sql, error))
        return false;
    json_array_foreach(items, at, json)
    {
        if (!item_apply(store, json, error))
            return false;
    }
    return meta_set_text(store, "cursor", cursor, error) && mark_write(store, &store->feed, asof_ms, error) &&
           mark_write(store, &store->persons, snapshots_now_ms(store), error) && store_commit(store, error);
}

/* A page that brings nothing needs no fsync, but for the time of it now and then. */
static bool page_is_news(struct store *store, json_t *items, const char *cursor, int64_t asof_ms)
{
    g_autofree char *had = meta_text(store, "cursor");
    return json_array_size(items) > 0 || strcmp(had, cursor) != 0 || mark_due(&store->feed, asof_ms);
}

bool feed_anew(struct store *store, GError **error)
{
    store->feed_turn++;
    return meta_set_text(store, "cursor", "", error);
}

bool feed_current(const struct store *store)
{
    return store->feed_asked == store->feed_turn;
}

bool store_feed_apply(struct store *store, json_t *items, const char *cursor, GError **error)
{
    int64_t asof_ms = now_ms();

    if (!json_is_array(items) || json_array_size(items) > ITEMS_MAX || cursor == NULL ||
        strnlen(cursor, CURSOR_BYTES_MAX + 1) > CURSOR_BYTES_MAX || !g_utf8_validate(cursor, -1, NULL))
        return store_state_error(error, "this is no page of the feed");
    g_mutex_lock(&store->lock);
    if (!feed_current(store)) { /* of a place that is not ours any more: it is asked for again */
        g_mutex_unlock(&store->lock);
        return true;
    }
    bool done = !page_is_news(store, items, cursor, asof_ms) ||
                page_apply(store, items, cursor, asof_ms, error) || store_abandon(store);
    if (done) {
        store->feed.now_ms = asof_ms;
        store->persons.now_ms = snapshots_now_ms(store);
    }
    snapshots_settle(store);
    g_mutex_unlock(&store->lock);
    return done;
}

bool feed_forget(struct store *store, GError **error)
{
    g_autofree char *persons = snapshots_forget();

    return sql_script(&store->sql, persons, error) &&
           sql_script(&store->sql,
                      "DELETE FROM notice; DELETE FROM doubt; DELETE FROM rule; DELETE FROM staff; DELETE FROM post; DELETE FROM file;"
                      "DELETE FROM service; DELETE FROM provider; DELETE FROM activity; DELETE FROM listed",
                      error);
}

bool store_feed_reset(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = (sql_begin(&store->sql, error) && feed_forget(store, error) &&
                 sql_script(&store->sql, WIPED_ANEW, error) && meta_set_int(store, "persons_refill", 1, error) &&
                 meta_set_text(store, "cursor", "", error) && store_commit(store, error)) ||
                store_abandon(store);
    store->refill = store->refill || done; /* until its end what is there of a person is not all */
    g_mutex_unlock(&store->lock);
    return done;
}

char *store_cursor(struct store *store)
{
    g_mutex_lock(&store->lock);
    char *cursor = meta_text(store, "cursor");
    store->feed_asked = store->feed_turn;
    g_mutex_unlock(&store->lock);
    return cursor;
}
