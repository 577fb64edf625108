/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-seal.h"
#include "model/model.h"
#include "model/seal.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>

/* ---- With the keys ---- */

static bool keys_there(const struct db_keys *keys, GError **error)
{
    if (keys == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "personal data without its keys");
    return keys != NULL;
}

static char *not_done(const char *what, GError **error)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, what);
    return NULL;
}

/* The same HMAC-SHA-256 for both, each under a key of its own. */
static char *token_by(const struct db_keys *keys, const uint8_t *key, const char *text, GError **error)
{
    char token[33];

    if (!keys_there(keys, error))
        return NULL;
    card_token(key, text, token);
    return g_strdup(token);
}

char *db_card_ref(const struct db_keys *keys, const char *number, GError **error)
{
    return token_by(keys, keys != NULL ? keys->index_key : NULL, number, error);
}

char *db_blind(const struct db_keys *keys, const char *text, GError **error)
{
    return token_by(keys, keys != NULL ? keys->blind_key : NULL, text, error);
}

bool db_keyed(const struct db_keys *keys, const void *bytes, size_t len, uint8_t out[DB_KEYED_SIZE], GError **error)
{
    g_autofree uint8_t *message = g_malloc(len + 1);

    if (!keys_there(keys, error))
        return false;
    *message = 0; /* no text begins so: an index of a text is none of bytes */
    memcpy(message + 1, bytes, len);
    keyed_digest(keys->blind_key, message, len + 1, out);
    OPENSSL_cleanse(message, len + 1);
    return true;
}

char *db_seal(const struct db_keys *keys, const char *place, const char *text, GError **error)
{
    if (!keys_there(keys, error))
        return NULL;
    if (!db_seal_place_known(place))
        return not_done("a place of sealed data that is not in db-seal-places.c", error);
    char *sealed = seal_close(keys->rest_key, place, text, strlen(text));
    return sealed != NULL ? sealed : not_done("a field is too long to be sealed", error);
}

char *db_unseal(const struct db_keys *keys, const char *place, const char *sealed, GError **error)
{
    size_t len = 0;

    if (!keys_there(keys, error))
        return NULL;
    char *text = seal_open(keys->rest_key, place, sealed, &len);
    return text != NULL ? text : not_done("a sealed field does not open", error);
}

typedef json_t *(*members_fn)(const struct seal_ring *ring, const char *id, json_t *data);

/* `json` may be NULL: it was no JSON. */
static char *members_of(const struct db_keys *keys, const char *id, json_t *json, members_fn change, GError **error)
{
    struct seal_ring ring = {.newest = 1};

    if (!keys_there(keys, error))
        return NULL;
    memcpy(ring.keys[0], keys->rest_key, SEAL_KEY_SIZE);
    json_t *changed = json != NULL ? change(&ring, id, json) : NULL;
    char *dump = changed != NULL ? json_dumps(changed, JSON_COMPACT) : NULL, *text = g_strdup(dump);

    if (dump != NULL)
        OPENSSL_cleanse(dump, strlen(dump));
    free(dump);
    json_decref(changed);
    OPENSSL_cleanse(&ring, sizeof ring);
    return text != NULL ? text : not_done("a sealed payment does not open", error);
}

static char *members(const struct db_keys *keys, const char *id, const char *body, members_fn change, GError **error)
{
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    char *text = members_of(keys, id, json, change, error);

    json_decref(json);
    return text;
}

char *db_seal_json(const struct db_keys *keys, const char *id, json_t *json, GError **error)
{
    return members_of(keys, id, json, seal_members, error);
}

char *db_seal_body(const struct db_keys *keys, const char *id, const char *body, GError **error)
{
    return members(keys, id, body, seal_members, error);
}

char *db_open_body(const struct db_keys *keys, const char *id, const char *body, GError **error)
{
    return members(keys, id, body, seal_open_members, error);
}

/* ---- As functions of SQL ---- */

/* NULL, or a text with a NUL inside, which would not come back as it was. */
static const char *text_of(sqlite3_context *context, sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);

    if (text != NULL && strlen(text) != (size_t)sqlite3_value_bytes(value)) {
        sqlite3_result_error(context, "personal data is text", -1);
        return NULL;
    }
    return text;
}

/* NULL gives NULL. */
static void result(sqlite3_context *context, char *text, GError *error)
{
    if (error != NULL)
        sqlite3_result_error(context, error->message, -1);
    else
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    g_clear_error(&error);
}

typedef char *(*one_fn)(const struct db_keys *keys, const char *text, GError **error);
typedef char *(*two_fn)(const struct db_keys *keys, const char *place, const char *text, GError **error);

static void one(sqlite3_context *context, sqlite3_value **values, one_fn run)
{
    const char *text = text_of(context, values[0]);
    GError *error = NULL;

    if (text != NULL) {
        char *out = run(sqlite3_user_data(context), text, &error);
        result(context, out, error);
    }
}

static void two(sqlite3_context *context, sqlite3_value **values, two_fn run)
{
    const char *place = text_of(context, values[0]), *text = text_of(context, values[1]);
    GError *error = NULL;

    if (place != NULL && text != NULL) {
        char *out = run(sqlite3_user_data(context), place, text, &error);
        result(context, out, error);
    }
}

#define FUNCTION(NAME, ARGUMENTS, RUN)                                                                     \
    static void NAME(sqlite3_context *context, int count, sqlite3_value **values)                          \
    {                                                                                                      \
        ARGUMENTS(context, values, RUN);                                                                   \
    }

FUNCTION(card_ref, one, db_card_ref)
FUNCTION(blind, one, db_blind)
FUNCTION(seal, two, db_seal)
FUNCTION(seal_body, two, db_seal_body)

static void keyed(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint8_t out[DB_KEYED_SIZE];
    g_autoptr(GError) error = NULL;

    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    if (db_keyed(sqlite3_user_data(context), sqlite3_value_blob(values[0]), (size_t)sqlite3_value_bytes(values[0]), out, &error))
        sqlite3_result_blob(context, out, sizeof out, SQLITE_TRANSIENT);
    else
        sqlite3_result_error(context, error->message, -1);
}

bool db_seal_functions(sqlite3 *sql, struct db_keys *keys)
{
    static const struct {
        const char *name;
        int count, flags;
        void (*run)(sqlite3_context *context, int count, sqlite3_value **values);
    } FUNCTIONS[] = {
        {"card_ref", 1, SQLITE_DETERMINISTIC, card_ref}, {"blind", 1, SQLITE_DETERMINISTIC, blind},
        {"seal", 2, 0, seal},                            {"seal_body", 2, 0, seal_body},
        {"keyed", 1, SQLITE_DETERMINISTIC, keyed},
    };
    bool good = true;

    /* Not to be used by what is written in the database itself: no view or trigger opens anything. */
    for (size_t i = 0; i < G_N_ELEMENTS(FUNCTIONS); i++)
        good = good && sqlite3_create_function_v2(sql, FUNCTIONS[i].name, FUNCTIONS[i].count,
                                                  SQLITE_UTF8 | SQLITE_DIRECTONLY | FUNCTIONS[i].flags, keys,
                                                  FUNCTIONS[i].run, NULL, NULL, NULL) == SQLITE_OK;
    return good;
}
