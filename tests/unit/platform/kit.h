/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of platform and sync share: folders, a platform, payments with right TACs, a kiosk's pen, calls. */
#ifndef TEST_KIT_H
#define TEST_KIT_H

#include <jansson.h>
#include "model/payment.h"
#include "model/staff.h"
#include "platform/platform.h"

#define KIT_TODAY 20261122

char *kit_dir(void);
/** Remove it with all that is in it, and free. */
void kit_dir_done(char *dir);
/** Is the database a file, and none of a server (CITYCARD_TEST_PG)? */
bool kit_on_file(void);
/** A new database of the server, for init_options.database: g_free; NULL on a file. kit_dir_done() drops it. */
char *kit_database(void);
/** One statement, by somebody who may make databases. */
void kit_server_script(const char *sql);
/** Does this text stand anywhere in the database of DIR, be it the file's bytes or a server's dump? */
bool kit_database_has(const char *dir, const char *text);

#define KIT_RESIDENTS 60
/** A platform of so many residents in DIR, made and opened; the first one of KIT_RESIDENTS. */
struct platform *kit_platform(const char *dir);
struct platform *kit_platform_of(const char *dir, unsigned residents);
void kit_init(const char *dir, unsigned residents);

/** Such a platform for each test: set up and torn down for g_test_add(). */
struct kit_stage {
    char *dir;
    struct platform *platform;
};
void kit_up(struct kit_stage *stage, const void *data);
void kit_down(struct kit_stage *stage, const void *data);

/** What the database refuses, by itself: the transaction goes on as it was before. */
#define KIT_REFUSED(DB, CALL)                     \
    do {                                          \
        g_assert_true(db_savepoint(DB, "item", NULL));    \
        g_assert_false((CALL) && db_settle(DB, NULL));    \
        g_assert_true(db_undo(DB, "item", NULL));         \
    } while (0)

/** A statement that the database refuses, and why: what stands in its message, "a|b" one of them. A statement that is no SQL proves
 *  nothing. Inside a transaction, which goes on. */
struct kit_attempt {
    const char *sql, *why;
};
void kit_assert_refused(struct db *db, const struct kit_attempt *attempt);
/** A transaction of its own: somebody said that this card is lost, or found again (hotlist_card_tell()). */
bool kit_card_told(struct platform *platform, const char *number, bool lost, int64_t at_ms, int64_t *version, GError **error);

/** The 19-digit number of a persona: 0 adult, 1 elder, 4 lost, 8 poor … */
char *kit_card(unsigned persona);
/** Its n-th unpaid bill: id into `id`, returns the amount. Personas' bills come first, see sample-bills.c. */
int64_t kit_bill(struct platform *platform, const char *card, unsigned n, char id[64]);

/** A payment of this card, as the kiosk makes it before DEBIT. `bill` NULL: none. Counter and terminal serial grow. */
void kit_payment(struct payment *payment, const char *card, const char *bill, int64_t amount_fen);
/** The right TAC by the demonstration keys, evidence MAC2, or PROOF of a load. */
void kit_tac(struct payment *payment);
/** What the card of these 19 digits answers to a challenge of 16 hex digits. */
void kit_proof(const char *card, const char *challenge, char answer[17]);

/**
 * A load as the kiosk asks for it, state INTENT with the card's right MAC1 by the demonstration keys, cash by `staff`'s card
 * token. The online counter is the caller's.
 */
void kit_load(struct platform *platform, struct payment *payment, const char *card, int64_t amount_fen,
              int64_t balance_fen, uint16_t counter, const char *staff_card);
/** MAC1 anew after values were changed. */
void kit_mac1(struct payment *payment);
/** POST /v1/loads with its id as the key (`key` NULL) or another; the problem's code ("" when authorised). */
const char *kit_ask_load(struct platform *platform, const char *kiosk, struct payment *payment, const char *key,
                         unsigned *status);

/** A member of staff of the register with a second card of this persona, whose token is `token`. */
void kit_staff(struct platform *platform, const char *token, const char *id, unsigned persona, enum staff_role role);

/** Writes events as a kiosk does: sequence and chain. */
struct pen {
    char kiosk[32];
    int64_t epoch, seq;
    uint8_t prev[32];
    struct seal_ring seal;
    bool clear; /* as kiosks wrote before personal members were sealed */
    bool unchecked; /* events are not held against the contract */
};
/** The next event, new reference; steals data. */
json_t *pen_event(struct pen *pen, const char *type, json_t *data);
json_t *pen_payment(struct pen *pen, struct payment *payment, enum payment_state state);

/** A kiosk enrolled in the database without a certificate of its own: its serial is "5e71a1". */
void kit_enrol(struct platform *platform, const char *kiosk, struct pen *pen);
#define KIT_SERIAL "5e71a1"

/** One call through the handlers, checked against openapi.json. Steals body. New reference to the answer. */
json_t *kit_call(struct platform *platform, const char *method, const char *path, const char *query_cursor,
                 const char *kiosk, json_t *body, unsigned *status);
/** GET /v1/authorities. */
json_t *kit_authorities(struct platform *platform, const char *kiosk, const char *known, unsigned *status);
/** GET /v1/events; NULL: not given. */
json_t *kit_own_events(struct platform *platform, const char *kiosk, const char *epoch, const char *after,
                       const char *limit, unsigned *status);
/** GET /v1/hotlist?since=V as K0001, which must be answered 200. */
json_t *kit_hotlist(struct platform *platform, int64_t since);
/** GET /v1/feed to its end, every page of which must be answered 200: {items}. New reference. */
json_t *kit_feed(struct platform *platform, const char *kiosk);
/** The last item of this key in it, borrowed; NULL: there is none. */
json_t *kit_fed(json_t *feed, const char *topic, const char *key);
/** POST /v1/events of these events (stolen, an array), which must be answered 200. */
json_t *kit_push(struct platform *platform, struct pen *pen, json_t *events);
/** Verdict i of an answer, and its code ("" when none). Borrowed. */
const char *kit_verdict(json_t *answer, size_t i);
const char *kit_code(json_t *answer, size_t i);

/** What this statement, of ?1 the community alone, counts. */
int64_t kit_count(struct platform *platform, const char *sql);
json_t *kit_report(struct platform *platform);
/** Balance of an account in a report, 0 when there is none. */
int64_t kit_balance(json_t *report, const char *account);
/** A member of the payment with this id. */
const char *kit_payment_text(json_t *report, const char *id, const char *member);
/** Every transaction sums to zero, all of them too, accounts equal their entries. */
void kit_assert_ledger(json_t *report);

/** Run a command with these words, a NULL behind the last one. What it tells people is kept from stdout: there it were no line of the test's. */
bool kit_command(bool (*command)(int argc, char **argv, GError **error), GPtrArray *words, GError **error);

#endif
