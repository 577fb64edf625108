/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor is "1.GENERATION.HOTLIST.REST", and ".FIRST" behind it while a backlog is told, in which security topics are ahead of the rest:
 * the database it is of, the hotlist version it was told of and the changes it has seen. Without FIRST both are REST, as in every cursor
 * that was given before there were two. Kiosks treat it as opaque; the version in it is why nobody waits for news who has not been told of
 * the newest list. A cursor of another generation, or ahead of this database, was given by one that is gone: 410.
 */
#include "platform/calls/feed-serve.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/money/orders.h"
#include "platform/credit/quota.h"
#include "platform/keys/signing.h"
#include "model/allotment.h"
#include "model/credit.h"
#include "model/matter.h"
#include "sync/wire.h"
#include <string.h>

#define PAGE_BYTES_MAX ((size_t)WIRE_ANSWER_BYTES_MAX / 4)

struct position {
    char *generation;
    int64_t hotlist;
    struct feed_place place;
    int64_t newest_hotlist, newest_change;
};

static bool number(const char *text, int64_t *out)
{
    return g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, out, NULL);
}

static bool numbers(const GStrv parts, struct position *out)
{
    guint count = g_strv_length(parts);

    if ((count != 4 && count != 5) || strcmp(parts[0], "1") != 0 || !number(parts[2], &out->hotlist) ||
        !number(parts[3], &out->place.rest))
        return false;
    out->place.first = out->place.rest;
    return count == 4 || (number(parts[4], &out->place.first) && out->place.first > out->place.rest);
}

static bool parse(const char *cursor, const char *generation, struct position *out, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(cursor, ".", 6);

    if (*cursor == '\0')
        return true;
    if (!numbers(parts, out)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "cursor is not one of this platform");
        return false;
    }
    if (strcmp(parts[1], generation) != 0) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "cursor is of another database");
        return false;
    }
    return true;
}

static char *cursor_of(const struct position *position)
{
    g_autofree char *rest = g_strdup_printf("1.%s.%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, position->generation, position->newest_hotlist,
                                            position->place.rest);

    return position->place.first == position->place.rest ? g_steal_pointer(&rest)
                                                         : g_strdup_printf("%s.%" G_GINT64_FORMAT, rest, position->place.first);
}

static bool locate(struct db *db, const char *cursor, struct position *out, GError **error)
{
    memset(out, 0, sizeof *out);
    if (!db_meta_get(db, "generation", &out->generation, error) ||
        !db_hotlist_version(db, &out->newest_hotlist, error) || !db_change_last(db, &out->newest_change, error))
        return false;
    if (out->generation == NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "database has no generation");
        return false;
    }
    if (!parse(cursor, out->generation, out, error))
        return false;
    if (out->hotlist > out->newest_hotlist || out->place.first > out->newest_change) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "cursor is ahead of this database");
        return false;
    }
    return true;
}

static json_t *page(struct db *db, const char *kiosk, struct position *position, int64_t limit, int64_t now_ms,
                    GError **error)
{
    json_t *items = db_change_items(db, kiosk, &position->place, limit, error);

    if (items == NULL)
        return NULL;
    /* A page that is not full is the last: what may lie behind it is for other kiosks. */
    bool more = json_array_size(items) >= (size_t)limit && position->place.rest < position->newest_change;
    g_autofree char *cursor = cursor_of(position);
    return json_pack("{s:o, s:s, s:b, s:I, s:I}", "items", items, "cursor", cursor, "more", more,
                     "hotlist_version", (json_int_t)position->newest_hotlist, "server_time",
                     (json_int_t)now_ms);
}

static bool is_quota(json_t *payload)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    return quota_set_from_json(payload, set);
}

static bool is_allotment(json_t *payload)
{
    g_autofree struct allotment *allotment = g_new0(struct allotment, 1);
    return allotment_from_json(payload, allotment);
}

static bool is_numbers(json_t *payload)
{
    g_autofree struct queue_ranges *ranges = g_new0(struct queue_ranges, 1);
    return queue_ranges_from_json(payload, ranges);
}

static signing_form form_of(const char *topic)
{
    if (g_strcmp0(topic, "quota") == 0)
        return is_quota;
    if (g_strcmp0(topic, "allotment") == 0)
        return is_allotment;
    return g_strcmp0(topic, "numbers") == 0 ? is_numbers : NULL;
}

/* Quotas, allotments and numbers of before the key was changed. */
static bool signed_now(struct platform *platform, json_t *answer, GError **error)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        json_t *value = json_object_get(item, "value");
        signing_form form = form_of(json_string_value(json_object_get(item, "topic")));
        if (form != NULL && json_is_object(value) && !signing_again(platform, value, form, error))
            return false;
    }
    return true;
}

/* ---- Quotas ---- */

/*
 * What may be spent offline is judged against the balances that the kiosk knows, so a quota stands on the page behind which nothing waits:
 * it is handed out when there is room on that page, and one that would stand in front of waiting changes moves to the end.
 */
struct turn {
    struct platform *platform;
    const char *kiosk, *certificate, *cursor;
    int64_t limit, now_ms;
};

/* Each transaction asks anew whose page it is: between two of them it may have waited for the lock. */
static json_t *page_of(const struct turn *turn, int64_t limit, GError **error)
{
    struct position position;
    struct kiosk_row kiosk;
    json_t *answer = NULL;

    if (!db_kiosk_still(turn->platform->db, turn->kiosk, turn->certificate, &kiosk, error))
        return NULL;
    if (locate(turn->platform->db, turn->cursor, &position, error))
        answer = page(turn->platform->db, turn->kiosk, &position, limit, turn->now_ms, error);
    g_free(position.generation);
    return answer;
}

/* A page from the place of the cursor; in a transaction. A kiosk takes WIRE_ANSWER_BYTES_MAX and would ask for a longer one for ever. */
static json_t *turn_page(const struct turn *turn, GError **error)
{
    int64_t limit = turn->limit;
    json_t *answer = page_of(turn, limit, error);

    while (answer != NULL && limit > 1 && json_dumpb(answer, NULL, 0, JSON_COMPACT) > PAGE_BYTES_MAX) {
        json_decref(answer);
        limit /= 2;
        answer = page_of(turn, limit, error);
    }
    return answer;
}

static bool has_quota(json_t *answer)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
        if (g_strcmp0(json_string_value(json_object_get(item, "topic")), "quota") == 0)
            return true;
    return false;
}

static bool too_early(const struct turn *turn, json_t *answer, bool *early, GError **error)
{
    *early = false;
    return !json_is_true(json_object_get(answer, "more")) || !has_quota(answer) ||
           db_quota_spends(turn->platform->db, turn->kiosk, early, error);
}

static bool may_issue(const struct turn *turn, json_t *answer)
{
    return !json_is_true(json_object_get(answer, "more")) && json_array_size(json_object_get(answer, "items")) < (size_t)turn->limit;
}

/* Has anything to be written before this page can be told? */
static bool unready(const struct turn *turn, json_t *answer, bool *write, GError **error)
{
    if (!may_issue(turn, answer))
        return too_early(turn, answer, write, error);
    return quota_due(turn->platform->db, turn->kiosk, turn->now_ms, write, error);
}

/* In a transaction that writes. */
static bool make_ready(const struct turn *turn, json_t *answer, GError **error)
{
    bool early = false;

    if (may_issue(turn, answer))
        return quota_issue(turn->platform, turn->kiosk, turn->now_ms, error);
    return too_early(turn, answer, &early, error) && (!early || db_change_add(turn->platform->db, "quota", turn->kiosk, error));
}

/* Looked at once more with the lock: no change comes in between. */
static json_t *written_page(const struct turn *turn, GError **error)
{
    struct db *db = turn->platform->db;
    json_t *before, *answer = NULL;

    if (!db_begin(db, true, error))
        return NULL;
    before = turn_page(turn, error);
    if (before != NULL && make_ready(turn, before, error))
        answer = turn_page(turn, error);
    json_decref(before);
    if (answer == NULL)
        db_rollback(db);
    else if (!db_commit(db, error))
        g_clear_pointer(&answer, json_decref);
    return answer;
}

json_t *feed_serve(struct platform *platform, const char *kiosk, const char *certificate, const char *cursor, int64_t limit,
                   int64_t now_ms, GError **error)
{
    const struct turn turn = {platform, kiosk, certificate, cursor, limit, now_ms};
    json_t *answer;
    bool write = false;

    if (!orders_sweep(platform, now_ms, error) || !db_begin(platform->db, false, error))
        return NULL;
    answer = turn_page(&turn, error);
    if (answer != NULL && !unready(&turn, answer, &write, error))
        g_clear_pointer(&answer, json_decref);
    db_rollback(platform->db); /* nothing was written */
    if (write && answer != NULL) {
        json_decref(answer);
        answer = written_page(&turn, error);
    }
    if (answer != NULL && !signed_now(platform, answer, error))
        g_clear_pointer(&answer, json_decref);
    return answer;
}
