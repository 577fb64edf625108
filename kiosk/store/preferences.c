/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How people want it here: what the feed told of a card, or what was said here since, whichever was said last. Sealed as all that is
 * known of persons, and wiped with it; of who gave it up an empty row stays until the platform has heard it.
 */
#include "store/internal.h"
#include "model/preference.h"

#include <string.h>

#define TABLE "preference"

/* `text` NULL: given up. */
static bool row_put(struct store *store, const char *token, int64_t version, int64_t said_ms, const char *text, GError **error)
{
    g_autofree char *sealed = text != NULL ? cache_close(store, TABLE, token, text) : g_strdup("");

    if (sealed == NULL)
        return store_state_error(error, "no memory for how somebody wants it");
    store->persons_changed = true;
    return sql_run(&store->sql, SQL_PREFERENCE_PUT,
                   "INSERT INTO preference(card_token,version,said_ms,value) SELECT ?1,?2,?3,?4" NOT_WIPED("?1", "?5")
                   " ON CONFLICT(card_token) DO UPDATE SET version=max(excluded.version,preference.version), said_ms=excluded.said_ms,"
                   " value=excluded.value WHERE excluded.said_ms>=preference.said_ms",
                   error, "siisi", token, version, said_ms, sealed, version > 0 ? version : INT64_MAX);
}

const char *preference_item(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct preference preference;
    char token[33], text[PREFERENCE_WANTS_SIZE];
    int64_t said_ms = 0;

    if (value == NULL) {
        sql_run(&store->sql, SQL_PREFERENCE_DELETE, "DELETE FROM preference WHERE card_token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (!preference_from_json(value, token, &preference, &said_ms) || strcmp(token, key) != 0)
        return "value";
    row_put(store, key, version, said_ms, preference_text(&preference, text), error);
    return NULL;
}

struct saying {
    const struct preference_event *event;
    int64_t said_ms;
};

static bool say(struct store *store, const void *ctx, GError **error)
{
    const struct saying *saying = ctx;
    char text[PREFERENCE_WANTS_SIZE];

    return row_put(store, saying->event->card_token, 0, saying->said_ms,
                   saying->event->kept ? preference_text(&saying->event->preference, text) : NULL, error);
}

bool store_preference_say(struct store *store, const struct preference_event *event, int64_t said_ms, GError **error)
{
    json_t *data = preference_event_to_json(event);
    bool done = data != NULL || store_state_error(error, "no memory for how somebody wants it");

    g_mutex_lock(&store->lock);
    done = done && journal_append_with(store, event->kept ? PREFERENCE_KEPT : PREFERENCE_GIVEN, data, say,
                                       &(struct saying){event, said_ms}, error);
    g_mutex_unlock(&store->lock);
    json_decref(data);
    return done;
}

static bool row_read(struct store *store, const char *token, struct preference *out, bool *kept, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PREFERENCE_GET, "SELECT value FROM preference WHERE card_token=?1 AND value<>''", error, "s", token);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (found != 1)
        return found == 0;
    g_autofree char *text = cache_open(store, TABLE, token, sql_text(get, 0), error);
    sql_done(get);
    *kept = text != NULL && preference_parse(text, out);
    return text != NULL;
}

bool store_preference(struct store *store, const char *token, struct preference *out, bool *kept, GError **error)
{
    *kept = false;
    g_mutex_lock(&store->lock);
    bool done = !snapshots_known(store, token) || row_read(store, token, out, kept, error);
    g_mutex_unlock(&store->lock);
    return done;
}
