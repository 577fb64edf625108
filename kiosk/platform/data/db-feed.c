/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed. A key that changes again moves to the end, so a kiosk that was away reads each key once. The numbers
 * only grow and there is one writer, therefore "n > cursor" misses nothing. It is read in two lanes, each in the order of
 * changing: security topics, and behind them the rest.
 *
 *   change 1 … 100,000    s = security topic, . = any other; told so far: "first" of s, "rest" of .
 *   . . s . . . . s . .   page 1: both s, then "." from the left; first = the end, since no s is left
 *         ▲         ▲     page 2: what became s since then, then "." behind rest
 *        rest     first   rest is never ahead of first; at the end both are one number
 *
 * A key is of one topic for ever, so within a key nothing is told out of order. Of the topic quota, only one that takes all back is in
 * front: what may be spent is judged against balances, which are behind. It becomes the one or the other with a change of its own, at the end.
 */
#include "platform/credit/credit.h"
#include "platform/data/db-content.h"
#include "platform/data/db-activities.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-help.h"
#include "platform/data/db-preferences.h"
#include "platform/data/db-queue.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-service-orders.h"
#include "platform/data/db-tickets.h"
#include "platform/data/db-topics.h"
#include "platform/data/db-volunteers.h"
#include "model/clock.h"
#include <string.h>

/*
 * What makes a kiosk that has not heard of it do harm, whatever else it lacks: data to be forgotten (command), a card whose payment is
 * open (doubt), who may act for others (staff, post), what this kiosk may give out by itself (quota, allotment), warnings (notice), who
 * waits for an answer (help). Lost cards and signing keys do not come this way: the hotlist is fetched with the first page. `card` is not
 * here, since the one that was replaced is on the hotlist. Word for word as in the index change_first.
 */
#define FIRST "topic IN ('command','doubt','staff','post','notice','help','quota','allotment')"
/* ?5: a quota that takes nothing back, "" when the newest one does. */
#define IN_FRONT FIRST " AND topic<>?5"
#define BEHIND   "(NOT " FIRST " OR topic=?5)"
/* Told to the kiosk alone that is the key. */
#define FOR_IT "(topic NOT IN ('quota','allotment','help') OR key=?4)"
/* The same of numbers that it gives out in a hall; the hall's queue to all that stand there. */
#define IN_ITS_HALL                                                                                                                  \
    "(topic<>'numbers' OR key=?4) AND (topic<>'queue' OR key IN (SELECT hall FROM queue_kiosk WHERE community=?1 AND kiosk=?4))"

bool db_change_add(struct db *db, const char *topic, const char *key, GError **error)
{
    static const struct db_later CHANGE = {
        .sql = "INSERT INTO change(community, n, topic, key) VALUES(?1,(SELECT coalesce(max(n), 0) + 1 FROM change WHERE community=?1),?2,?3)"
               " ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
        .arrays = "INSERT INTO change(community, n, topic, key) SELECT ?1, (SELECT coalesce(max(n), 0) FROM change WHERE community=?1) + new.n,"
                  " new.topic, new.key FROM unnest(?2,?3) WITH ORDINALITY new(topic, key, n) ORDER BY new.n"
                  " ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
        .rank = LATER_CHANGE,
        .keys = 2};

    db_touches(db, NULL, NULL);
    return db_run_later(db, error, &CHANGE, "ss", topic, key);
}

bool db_change_last(struct db *db, int64_t *n, GError **error)
{
    return db_int(db, error, 0, n, "SELECT max(n) FROM change WHERE community=?1", "");
}

bool db_feed_head(struct db *db, struct feed_head *out, GError **error)
{
    return db_hotlist_version(db, &out->hotlist, error) && db_change_last(db, &out->change, error) &&
           db_int(db, error, 0, &out->urgent, "SELECT max(n) FROM change WHERE community=?1 AND " FIRST " AND topic NOT IN ('quota','allotment')", "");
}

bool db_command_set(struct db *db, const char *id, const char *value, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO command VALUES(?1,?2,?3) ON CONFLICT(community, id) DO UPDATE SET value=excluded.value",
                  "ss", id, value);
}

GPtrArray *db_change_personal(struct db *db, const char *topic, const char *token, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT key FROM change WHERE community=?1 AND topic=?2 AND (?3 IS NULL OR key=?3"
                             "  OR key IN (SELECT b.id FROM bill b JOIN card c ON c.community=b.community"
                             "    AND c.token=b.card WHERE b.community=?1 AND c.token=?3)"
                             "  OR key IN (SELECT id FROM service_order WHERE community=?1 AND card=?3)"
                             "  OR key IN (SELECT token FROM ticket WHERE community=?1 AND reporter=?3 AND reporter<>'')"
                             "  OR key IN (SELECT s.id FROM seat s WHERE s.community=?1 AND s.card=?3)"
                             "  OR key IN (SELECT l.card FROM card_line l WHERE l.community=?1 AND l.current=?3)) ORDER BY n",
                             "ss", topic, token),
                    error);
}

/* Of a table whose values lie there as JSON; NULL without error: gone. */
static json_t *stored_value(struct db *db, const char *query, const char *id, GError **error)
{
    g_autofree char *text = NULL;
    json_t *value;

    if (!db_text(db, error, &text, query, "s", id) || text == NULL)
        return NULL;
    value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s is not JSON", id);
    return value;
}

static json_t *credit_value(struct db *db, const char *token, GError **error)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);
    bool known = false;
    char current[33];
    int64_t stopped_ms = 0;

    /* Kiosks keep nothing of a card that was replaced. */
    if (!db_card_current(db, token, current, &stopped_ms, error) || strcmp(current, token) != 0)
        return NULL;
    return db_credit_snapshot(db, token, now_ms(), balance, &known, error) && known ? balance_to_json(balance) : NULL;
}

static json_t *card_value(struct db *db, const char *token, GError **error)
{
    char current[33];
    int64_t stopped_ms = 0;

    if (!db_card_current(db, token, current, &stopped_ms, error) || strcmp(current, token) == 0)
        return NULL;
    return json_pack("{s:s, s:s}", "card_token", token, "current", current);
}

static json_t *rule_value(struct db *db, GError **error)
{
    struct credit_rules rules;

    return credit_rules_load(db, &rules, error) ? credit_rules_to_json(&rules) : NULL;
}

static json_t *reward_value(struct db *db, GError **error)
{
    g_autofree char *text = NULL;

    return db_meta_get(db, "rewards", &text, error) && text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* One of another place is a tombstone here. */
static json_t *notice_value(struct db *db, const char *kiosk, const char *id, GError **error)
{
    json_t *value = stored_value(db, "SELECT value FROM notice WHERE community=?1 AND id=?2", id, error);

    if (value != NULL && !notice_is_for(value, kiosk))
        g_clear_pointer(&value, json_decref);
    return value;
}

/* Only bills that can be paid, and the news that one no longer can, are for kiosks: PAYING and UNKNOWN are tombstones. */
static json_t *value_of(struct db *db, const char *kiosk, const char *topic, const char *key, GError **error)
{
    json_t *value;
    const char *state;

    if (strcmp(topic, "notice") == 0)
        return notice_value(db, kiosk, key, error);
    if (strcmp(topic, "help") == 0)
        return db_help_value(db, key, error);
    if (strcmp(topic, "file") == 0)
        return db_file_value(db, key, error);
    if (strcmp(topic, "command") == 0)
        return stored_value(db, "SELECT value FROM command WHERE community=?1 AND id=?2", key, error);
    if (strcmp(topic, "doubt") == 0)
        return db_doubt_value(db, key, error);
    if (strcmp(topic, "credit") == 0)
        return credit_value(db, key, error);
    if (strcmp(topic, "volunteer") == 0)
        return db_volunteer_value(db, key, error);
    if (strcmp(topic, "card") == 0)
        return card_value(db, key, error);
    if (strcmp(topic, "preference") == 0)
        return db_preference_value(db, key, error);
    if (strcmp(topic, "rule") == 0)
        return rule_value(db, error);
    if (strcmp(topic, "reward") == 0)
        return reward_value(db, error);
    if (strcmp(topic, "staff") == 0 || strcmp(topic, "post") == 0)
        return db_staff_value(db, topic, key, now_ms(), error);
    if (strcmp(topic, "service") == 0)
        return db_service_value(db, key, error);
    if (strcmp(topic, "provider") == 0)
        return db_provider_value(db, key, error);
    if (strcmp(topic, "order") == 0)
        return db_service_order_value(db, key, error);
    if (strcmp(topic, "category") == 0)
        return db_category_value(db, key, error);
    if (strcmp(topic, "place") == 0)
        return db_place_value(db, key, error);
    if (strcmp(topic, "calendar") == 0)
        return db_calendar_value(db, now_ms(), error);
    if (strcmp(topic, "ticket") == 0)
        return db_ticket_value(db, key, error);
    if (strcmp(topic, "case") == 0)
        return db_case_value(db, key, error);
    if (strcmp(topic, "quota") == 0)
        return db_quota_envelope(db, key, error);
    if (strcmp(topic, "activity") == 0)
        return db_activity_value(db, key, error);
    if (strcmp(topic, "seat") == 0)
        return db_seat_value(db, key, now_ms(), error);
    if (strcmp(topic, "allotment") == 0)
        return db_seat_envelope(db, key, error);
    if (strcmp(topic, "topic") == 0)
        return db_topic_value(db, key, now_ms(), error);
    if (strcmp(topic, "matter") == 0)
        return db_matter_value(db, key, error);
    if (strcmp(topic, "queue") == 0)
        return db_queue_value(db, key, now_ms(), error);
    if (strcmp(topic, "numbers") == 0)
        return db_queue_envelope(db, key, error);
    value = db_bill_value(db, key, error);
    state = json_string_value(json_object_get(value, "state"));
    if (state != NULL && (strcmp(state, "PAYING") == 0 || strcmp(state, "UNKNOWN") == 0))
        g_clear_pointer(&value, json_decref);
    return value;
}

static bool add_item(struct db *db, const char *kiosk, json_t *items, int64_t n, const char *topic, const char *key,
                     GError **error)
{
    GError *why = NULL;
    json_t *value = value_of(db, kiosk, topic, key, &why);
    bool deleted = value == NULL;

    if (why != NULL) {
        g_propagate_error(error, why);
        return false;
    }
    if (json_array_append_new(items, json_pack("{s:s, s:s, s:I, s:b, s:o}", "topic", topic, "key", key,
                                               "version", (json_int_t)n, "deleted", deleted, "value",
                                               deleted ? json_null() : value)) == 0)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a feed item is not UTF-8");
    return false;
}

/* What a query tells, behind `items`; *last moves with it. The number of rows, -1 after an error. */
static int lane(struct db *db, const char *kiosk, struct db_rows *rows, json_t *items, int64_t *last, GError **error)
{
    int step = -1, count = 0;

    while (rows != NULL && (step = db_next(db, rows, error)) > 0) {
        const char *topic = db_col_text(rows, 1), *key = db_col_text(rows, 2);

        *last = db_col_int(rows, 0);
        if (!add_item(db, kiosk, items, *last, topic, key, error)) {
            db_done(rows);
            return -1;
        }
        count++;
    }
    return step == 0 ? count : -1;
}

static struct db_rows *first_rows(struct db *db, const char *kiosk, const char *late, int64_t after, int64_t limit, GError **error)
{
    return db_query(db, error, "SELECT n, topic, key FROM change WHERE community=?1 AND n>?2 AND " IN_FRONT " AND " FOR_IT " ORDER BY n LIMIT ?3",
                    "iiss", after, limit, kiosk, late);
}

static struct db_rows *rest_rows(struct db *db, const char *kiosk, const char *late, int64_t after, int64_t limit, GError **error)
{
    return db_query(db, error,
                    "SELECT n, topic, key FROM change WHERE community=?1 AND n>?2 AND " BEHIND " AND " FOR_IT " AND " IN_ITS_HALL
                    " ORDER BY n LIMIT ?3",
                    "iiss", after, limit, kiosk, late);
}

/* Both lanes; the numbers of what was told last. */
static bool lanes(struct db *db, const char *kiosk, const char *late, struct feed_place *place, int64_t end, int64_t limit, json_t *items,
                  GError **error)
{
    struct feed_place told = *place;
    int count = lane(db, kiosk, first_rows(db, kiosk, late, place->first, limit, error), items, &told.first, error), rest;

    if (count < 0 || count >= limit) {
        place->first = told.first;
        return count >= 0;
    }
    rest = lane(db, kiosk, rest_rows(db, kiosk, late, place->rest, limit - count, error), items, &told.rest, error);
    if (rest >= limit - count)
        *place = (struct feed_place){.first = end, .rest = told.rest};
    else /* all of it: where nothing was told, nothing moves */
        place->first = place->rest = MAX(told.first, told.rest);
    return rest >= 0;
}

json_t *db_change_items(struct db *db, const char *kiosk, struct feed_place *place, int64_t limit, GError **error)
{
    json_t *items = json_array();
    bool spends = false;
    int64_t end;

    if (db_change_last(db, &end, error) && db_quota_spends(db, kiosk, &spends, error) &&
        lanes(db, kiosk, spends ? "quota" : "", place, end, limit, items, error))
        return items;
    json_decref(items);
    return NULL;
}
