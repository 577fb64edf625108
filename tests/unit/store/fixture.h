/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of the store share: a store in a folder of its own, payments, and raw access behind the store's back. */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include "store/store.h"

#include <sqlite3.h>

#define CARD  "9901000000001017"
#define OTHER "9901000000001025"
#define TOKEN "00112233445566778899aabbccddeeff"

struct fixture {
    char *dir, *path;
    struct store_identity identity;
    struct store *store;
};

/** An empty store, open. */
void fixture_up(struct fixture *fixture, const void *data);
void fixture_down(struct fixture *fixture, const void *data);
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
/** The sidecar is gone too: what it would bring back stays lost. */
void fixture_tail_remove(struct fixture *fixture);
/** A folder with all that is in it; it need not be there. */
void fixture_remove(const char *path);
#define FIXTURE_ADD(path, test) g_test_add(path, struct fixture, NULL, fixture_up, test, fixture_down)

/** Fill a payment of this card with one bill (NULL: none), not written yet. */
void payment_make(struct payment *payment, const char *card_number, const char *bill_id, int64_t amount_fen);
/** Write it in this state; what store_append() says. */
bool payment_write(struct store *store, struct payment *payment, enum payment_state state, GError **error);
/** The same, and it must work. */
void payment_put(struct store *store, struct payment *payment, enum payment_state state);

/** A fact without a projection. */
void fact_put(struct store *store, int n, char id_out[37]);

/** Run SQL on a closed store's file, without any of the store's protections. */
void raw_sql(const char *path, const char *script);
int64_t raw_int(const char *path, const char *query);

/** Parse JSON with ' for " so that tests stay readable. */
json_t *json_of(const char *text);

/** Chain whole, projections equal to a rebuild: what must hold after anything at all. */
void assert_sound(struct store *store);

#endif
