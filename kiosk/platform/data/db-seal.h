/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What names a person or a card lies in platform.db sealed, and is found by a blind index. SQL does it by functions that know
 * the keys:
 *
 *   card_ref(number)          the card's token: what tables know a card by
 *   blind(text)               an index of another text: equal texts are found, texts are not told
 *   keyed(bytes)              the same of bytes
 *   seal(place, text)         base64 of AES-256-GCM, bound to `place`
 *   seal_body(id, json)       personal members of a payment's JSON (model/seal.h)
 *
 * NULL gives NULL. Places are 'TABLE.COLUMN|KEY', so that a value moved to another row does not open.
 */
#ifndef PLATFORM_DB_SEAL_H
#define PLATFORM_DB_SEAL_H

#include <jansson.h>
#include <sqlite3.h>
#include "platform/data/db.h"

struct db_keys {
    uint8_t index_key[32]; /* card tokens, the same as the kiosks' */
    uint8_t blind_key[32];
    uint8_t rest_key[32];
};

/**
 * The same in C: g_free, NULL with an error (`keys` NULL, or what is sealed does not open). What SQL of SQLite's migrations does by
 * functions is done by these everywhere else: db.h's formats c, x, p, j and db_col_unsealed().
 */
char *db_card_ref(const struct db_keys *keys, const char *number, GError **error);
char *db_blind(const struct db_keys *keys, const char *text, GError **error);
/** HMAC-SHA-256 of bytes that would tell a card, or let one be guessed: equal ones are found. */
bool db_keyed(const struct db_keys *keys, const void *bytes, size_t len, uint8_t out[DB_KEYED_SIZE], GError **error);
char *db_seal(const struct db_keys *keys, const char *place, const char *text, GError **error);
char *db_unseal(const struct db_keys *keys, const char *place, const char *sealed, GError **error);
char *db_seal_body(const struct db_keys *keys, const char *id, const char *body, GError **error);
/** The same of what is no text yet. */
char *db_seal_json(const struct db_keys *keys, const char *id, json_t *json, GError **error);
char *db_open_body(const struct db_keys *keys, const char *id, const char *body, GError **error);

/**
 * Where something sealed lies: `column` of `table`, whose rows are named by `key` (a column, or an expression of columns) in the place. Each place that db_seal() is asked for
 * has to be here (db-seal-places.c, where a new one comes in); the last one has a NULL place.
 */
struct db_seal_place {
    const char *place, *table, *key, *column;
    bool goes; /* may have been taken away: then it is '' */
};
#define DB_SEAL_BODY "" /* JSON with sealed members (db_seal_body) */
extern const struct db_seal_place db_seal_places[];
/** `place` with or without a key behind it. */
bool db_seal_place_known(const char *place);

/** `keys` is borrowed as long as the connection lives; NULL: the functions are there and fail. */
bool db_seal_functions(sqlite3 *sql, struct db_keys *keys);

#endif
