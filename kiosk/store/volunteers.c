/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the platform told of a volunteer is a cache, sealed, by card. What was asked for here lies in the journal alone: until it is
 * acknowledged it is read from there and put on top, and what the platform refused of it, too.
 */
#include "store/volunteers.h"
#include "store/ledger-internal.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- Taking in ---------------------------------------------------------------------------------------------------- */

static bool put(struct store *store, const char *token, int64_t version, json_t *value, GError **error)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    g_autofree char *sealed = text != NULL ? cache_close(store, "volunteer", token, text) : NULL;

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    if (sealed == NULL)
        return store_state_error(error, "no memory for an item");
    store->persons_changed = true;
    return sql_run(&store->sql, SQL_VOLUNTEER_PUT,
                   "INSERT INTO volunteer(token,version,value) SELECT ?1,?2,?3" NOT_WIPED("?1", "?2") " ON CONFLICT(token) DO UPDATE SET"
                   " version=excluded.version, value=excluded.value WHERE excluded.version>=volunteer.version",
                   error, "sis", token, version, sealed);
}

const char *volunteer_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    g_autofree struct volunteer *volunteer = g_new0(struct volunteer, 1);

    if (value == NULL) {
        sql_run(&store->sql, SQL_VOLUNTEER_DELETE, "DELETE FROM volunteer WHERE token=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (!volunteer_from_json(value, volunteer) || strcmp(volunteer->token, key) != 0)
        return "value";
    json_t *known = volunteer_to_json(volunteer); /* without what a later platform may tell beside it */
    put(store, key, version, known, error);
    json_decref(known);
    return NULL;
}

/* ---- What is known of a card ---------------------------------------------------------------------------------------- */

static bool told_load(struct store *store, const char *token, struct store_volunteer *out, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_VOLUNTEER_GET, "SELECT value FROM volunteer WHERE token=?1", error, "s", token);
    int step = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (step != 1)
        return step == 0;
    char *text = cache_open(store, "volunteer", token, sql_text(get, 0), error);
    sql_done(get);
    if (text == NULL)
        return false;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    out->on_roll = volunteer_from_json(json, &out->told);
    json_decref(json);
    OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    return out->on_roll || store_state_error(error, "what was told of a volunteer is damaged");
}

struct looking {
    const char *token;
    struct store_volunteer *out;
};

/* A later word stands for the ones before it. */
static void wish_take(struct store_wish *wish, const struct waiting_row *row)
{
    *wish = (struct store_wish){.waits = row->refused == NULL, .at_ms = row->at_ms};
    g_strlcpy(wish->refused, row->refused != NULL ? row->refused : "", sizeof wish->refused);
}

static void dispute_take(struct store_volunteer *out, const struct waiting_row *row)
{
    const char *id = json_string_value(json_object_get(row->data, "attendance"));

    wish_take(&out->dispute, row);
    for (size_t i = 0; row->refused == NULL && i < out->told.hour_count; i++)
        if (g_strcmp0(out->told.hours[i].id, id) == 0 && !out->disputes[i]) {
            out->disputes[i] = true;
            out->disputed++;
        }
}

static bool row_take(void *ctx, const struct waiting_row *row, GError **error)
{
    struct looking *looking = ctx;

    if (g_strcmp0(json_string_value(json_object_get(row->data, "card_token")), looking->token) != 0)
        return true;
    if (strcmp(row->type, VOLUNTEER_JOINED) == 0) {
        wish_take(&looking->out->join, row);
    } else if (strcmp(row->type, VOLUNTEER_STAR_ASKED) == 0) {
        wish_take(&looking->out->star, row);
        looking->out->star_level = row->refused == NULL ? (unsigned)json_integer_value(json_object_get(row->data, "level")) : 0;
    } else {
        dispute_take(looking->out, row);
    }
    return true;
}

bool store_volunteer(struct store *store, const char *card_token, struct store_volunteer *out, GError **error)
{
    struct looking looking = {card_token, out};

    memset(out, 0, sizeof *out);
    g_mutex_lock(&store->lock);
    /* Who is on the roll comes with the feed: before its end was seen once, not to be on it means nothing. */
    out->known = snapshots_known(store, card_token) && meta_int(store, "roll_whole", 0) != 0;
    bool done = (!out->known || told_load(store, card_token, out, error)) &&
                waiting_each(store, "," VOLUNTEER_JOINED "," VOLUNTEER_STAR_ASKED "," VOLUNTEER_DISPUTED ",", row_take, &looking, error);
    g_mutex_unlock(&store->lock);
    return done;
}
