/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db-seal.h"
#include "model/model.h"
#include "model/seal.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>

static const struct db_keys *keys_of(sqlite3_context *context)
{
    const struct db_keys *keys = sqlite3_user_data(context);

    if (keys == NULL)
        sqlite3_result_error(context, "personal data without its keys", -1);
    return keys;
}

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

static void card_ref(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct db_keys *keys = keys_of(context);
    const char *number = text_of(context, values[0]);
    char token[33];

    if (keys == NULL || number == NULL)
        return;
    card_token(keys->index_key, number, token);
    sqlite3_result_text(context, token, -1, SQLITE_TRANSIENT);
}

static void blind(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct db_keys *keys = keys_of(context);
    const char *text = text_of(context, values[0]);
    char index[33];

    if (keys == NULL || text == NULL)
        return;
    card_token(keys->blind_key, text, index); /* the same HMAC-SHA-256 under a key of its own */
    sqlite3_result_text(context, index, -1, SQLITE_TRANSIENT);
}

static void seal(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct db_keys *keys = keys_of(context);
    const char *place = text_of(context, values[0]), *text = text_of(context, values[1]);

    if (keys == NULL || place == NULL || text == NULL)
        return;
    g_autofree char *sealed = seal_close(keys->rest_key, place, text, strlen(text));
    if (sealed == NULL)
        sqlite3_result_error(context, "a field is too long to be sealed", -1);
    else
        sqlite3_result_text(context, sealed, -1, SQLITE_TRANSIENT);
}

static void unseal(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct db_keys *keys = keys_of(context);
    const char *place = text_of(context, values[0]), *sealed = text_of(context, values[1]);
    size_t len = 0;

    if (keys == NULL || place == NULL || sealed == NULL)
        return;
    char *text = seal_open(keys->rest_key, place, sealed, &len);
    if (text == NULL) {
        sqlite3_result_error(context, "a sealed field does not open", -1);
        return;
    }
    sqlite3_result_text(context, text, (int)len, SQLITE_TRANSIENT);
    OPENSSL_cleanse(text, len);
    g_free(text);
}

typedef json_t *(*members_fn)(const struct seal_ring *ring, const char *id, json_t *data);

static void members(sqlite3_context *context, sqlite3_value **values, members_fn change)
{
    const struct db_keys *keys = keys_of(context);
    const char *id = text_of(context, values[0]), *body = text_of(context, values[1]);

    if (keys == NULL || id == NULL || body == NULL)
        return;
    struct seal_ring ring = {.newest = 1};
    memcpy(ring.keys[0], keys->rest_key, SEAL_KEY_SIZE);
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL), *changed = json != NULL ? change(&ring, id, json) : NULL;
    char *text = changed != NULL ? json_dumps(changed, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text == NULL)
        sqlite3_result_error(context, "a sealed payment does not open", -1);
    else
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    free(text);
    json_decref(changed);
    json_decref(json);
    OPENSSL_cleanse(&ring, sizeof ring);
}

static void seal_body(sqlite3_context *context, int count, sqlite3_value **values)
{
    members(context, values, seal_members);
}

static void open_body(sqlite3_context *context, int count, sqlite3_value **values)
{
    members(context, values, seal_open_members);
}

bool db_seal_functions(sqlite3 *sql, struct db_keys *keys)
{
    static const struct {
        const char *name;
        int count, flags;
        void (*run)(sqlite3_context *context, int count, sqlite3_value **values);
    } FUNCTIONS[] = {
        {"card_ref", 1, SQLITE_DETERMINISTIC, card_ref}, {"blind", 1, SQLITE_DETERMINISTIC, blind},
        {"seal", 2, 0, seal},                            {"unseal", 2, SQLITE_DETERMINISTIC, unseal},
        {"seal_body", 2, 0, seal_body},                  {"open_body", 2, SQLITE_DETERMINISTIC, open_body},
    };
    bool good = true;

    /* Not to be used by what is written in the database itself: no view or trigger opens anything. */
    for (size_t i = 0; i < G_N_ELEMENTS(FUNCTIONS); i++)
        good = good && sqlite3_create_function_v2(sql, FUNCTIONS[i].name, FUNCTIONS[i].count,
                                                  SQLITE_UTF8 | SQLITE_DIRECTONLY | FUNCTIONS[i].flags, keys,
                                                  FUNCTIONS[i].run, NULL, NULL, NULL) == SQLITE_OK;
    return good;
}
