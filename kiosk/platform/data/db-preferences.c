/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-preferences.h"
#include "platform/data/db-rows.h"

#include <string.h>

#define TOPIC "preference"
#define PLACE "preference.value"

/* `text` NULL: given up. */
static bool row_put(struct db *db, const char *card, int64_t said_ms, const char *event, const char *text, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO preference VALUES(?1,?2,?3,?4,?5) ON CONFLICT(community, card) DO UPDATE SET said_ms=excluded.said_ms,"
                  " event=excluded.event, value=excluded.value WHERE excluded.said_ms>preference.said_ms OR"
                  " (excluded.said_ms=preference.said_ms AND excluded.event>preference.event)",
                  "sisp", card, said_ms, event, PLACE, card, text) &&
           db_change_add(db, TOPIC, card, error);
}

static bool value_put(struct db *db, const char *card, int64_t said_ms, const char *event, const struct preference *value, GError **error)
{
    json_t *json = preference_to_json(card, value, said_ms);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    bool good = text != NULL;

    if (!good)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "no memory for how somebody wants it");
    good = good && row_put(db, card, said_ms, event, text, error);
    json_decref(json);
    free(text);
    return good;
}

bool db_preference_put(struct db *db, const struct preference_event *said, int64_t said_ms, const char *event, GError **error)
{
    return said->kept ? value_put(db, said->card_token, said_ms, event, &said->preference, error)
                      : row_put(db, said->card_token, said_ms, event, NULL, error);
}

static json_t *value_read(struct db *db, struct db_rows *row, const char *card, GError **error)
{
    char *text = NULL;
    json_t *value = NULL;

    if (!db_col_unsealed(db, row, 0, PLACE, card, &text, error))
        return NULL;
    value = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (value == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "how somebody wants it is not JSON");
    db_secret_free(text);
    return value;
}

/* The last word of a card; `value` NULL: given up. */
struct word {
    bool any;
    int64_t said_ms;
    char event[37];
    json_t *value;
};

static bool word_read(struct db *db, const char *card, struct word *out, GError **error)
{
    struct db_rows *row = db_query(db, error, "SELECT value, said_ms, event FROM preference WHERE community=?1 AND card=?2", "s", card);
    int next = row != NULL ? db_next(db, row, error) : -1;

    *out = (struct word){.any = next == 1};
    if (next != 1)
        return next == 0;
    out->said_ms = db_col_int(row, 1);
    db_copy_text(row, 2, out->event, sizeof out->event);
    bool kept = !db_col_null(row, 0);
    out->value = kept ? value_read(db, row, card, error) : NULL;
    db_done(row);
    return !kept || out->value != NULL;
}

json_t *db_preference_value(struct db *db, const char *card, GError **error)
{
    struct word word;

    return word_read(db, card, &word, error) ? word.value : NULL;
}

/* Kiosks are told when there was something. */
static bool row_drop(struct db *db, const char *card, bool told, GError **error)
{
    return db_run(db, error, "DELETE FROM preference WHERE community=?1 AND card=?2", "s", card) &&
           (!told || db_change_add(db, TOPIC, card, error));
}

bool db_preference_erase(struct db *db, const char *card, GError **error)
{
    int64_t kept = 0;

    return db_int(db, error, 0, &kept, "SELECT count(*) FROM preference WHERE community=?1 AND card=?2 AND value IS NOT NULL", "s", card) &&
           row_drop(db, card, kept > 0, error);
}

bool db_preference_move(struct db *db, const char *card, const char *successor, GError **error)
{
    struct preference preference;
    struct word word;
    char token[33];
    int64_t said_ms;

    if (!word_read(db, card, &word, error))
        return false;
    bool kept = word.value != NULL && preference_from_json(word.value, token, &preference, &said_ms);
    bool given_up = word.any && word.value == NULL;
    json_decref(word.value);
    return (!kept || value_put(db, successor, word.said_ms, word.event, &preference, error)) &&
           (!given_up || row_put(db, successor, word.said_ms, word.event, NULL, error)) && row_drop(db, card, kept, error);
}
