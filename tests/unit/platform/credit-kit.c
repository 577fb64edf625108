/* SPDX-License-Identifier: Apache-2.0 */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/persons/taps.h"
#include "schema.h"
#include "sync/quota.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <string.h>

/* ---- A clock that can be moved --------------------------------------------------------------------------------- */

int64_t credit_kit_shift_ms;

static int64_t moved_wall(void *ctx)
{
    return g_get_real_time() / 1000 + credit_kit_shift_ms;
}

static int64_t moved_boot(void *ctx)
{
    return g_get_monotonic_time() / 1000 + credit_kit_shift_ms;
}

static const char *moved_boot_id(void *ctx)
{
    return "01985d5e-5c00-7000-8000-000000000001";
}

static void moved_sleep(void *ctx, unsigned ms)
{
    credit_kit_shift_ms += ms;
}

static void moved_random(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_test_rand_int();
}

static const struct clock_source moved = {NULL, moved_wall, moved_boot, moved_boot_id, moved_sleep, moved_random};

/* ---- Fixture --------------------------------------------------------------------------------------------------- */

static void persona_token(struct credit_kit *f, unsigned persona, char token[33])
{
    g_autofree char *card = kit_card(persona);
    card_token(f->platform->index_key, card, token);
}

void credit_kit_up(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    credit_kit_shift_ms = 0;
    clock_use(&moved);
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    kit_enrol(f->platform, "K0002", &f->other);
    persona_token(f, 0, f->adult);
    persona_token(f, 1, f->elder);
    persona_token(f, 2, f->student);
    kit_staff(f->platform, STAFF, "staff-1", 3, STAFF_CLERK);
    kit_staff(f->platform, OTHER_STAFF, "staff-2", 9, STAFF_CLERK);
    g_assert_true(db_begin(f->platform->db, false, &error));
    g_assert_true(credit_rules_load(f->platform->db, &f->rules, &error));
    db_rollback(f->platform->db);
}

void credit_kit_books(struct credit_kit *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, false, &error));
    g_autofree char *broken = db_credit_broken(f->platform->db, &error);
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_cmpstr(broken, ==, NULL);
}

void credit_kit_down(struct credit_kit *f, const void *data)
{
    credit_kit_books(f);
    platform_close(f->platform);
    kit_dir_done(f->dir);
    clock_use(NULL);
}


void credit_kit_push(struct credit_kit *f, struct pen *pen, const char *type, const char *schema, json_t *data,
                 const char *verdict, const char *code)
{
    g_autofree char *why = schema_fault(schema, data);
    g_assert_cmpstr(why, ==, NULL);
    json_t *answer = kit_push(f->platform, pen, json_pack("[o]", pen_event(pen, type, data)));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    json_decref(answer);
}

void credit_kit_txn(struct credit_kit *f, struct pen *pen, const struct ledger_txn *txn, const char *code)
{
    credit_kit_push(f, pen, "ledger.txn", "LedgerTxn", ledger_txn_to_json(txn), *code == '\0' ? "accepted" : "rejected", code);
}

int64_t credit_kit_balance(struct credit_kit *f, const char *account, enum book book)
{
    int64_t out = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_credit_balance(f->platform->db, account, book, &out, NULL));
    db_rollback(f->platform->db);
    return out;
}

int64_t credit_kit_person(struct credit_kit *f, const char *token, enum book book)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);
    return credit_kit_balance(f, account, book);
}

struct ledger_txn credit_kit_make(enum ledger_type type, enum book book, enum owner_kind from, const char *from_owner,
                              enum owner_kind to, const char *to_owner, int64_t amount)
{
    struct ledger_txn txn = {.type = type, .at_ms = now_ms(), .rule = "sample-2026-11"};

    uuid7(txn.at_ms, txn.id);
    g_assert_true(ledger_txn_add(&txn, book, from, from_owner, -amount));
    g_assert_true(ledger_txn_add(&txn, book, to, to_owner, amount));
    return txn;
}

struct ledger_txn credit_kit_spend(const char *token, enum book book, const char *item, int64_t amount)
{
    return credit_kit_make(LEDGER_SPEND, book, OWNER_PERSON, token, OWNER_REDEEMED, item, amount);
}

struct ledger_txn credit_kit_gift(const char *from, const char *to, int64_t minutes)
{
    return credit_kit_make(LEDGER_GIFT, BOOK_COIN, OWNER_PERSON, from, OWNER_PERSON, to, minutes);
}

static bool spends(const struct quota_set *set)
{
    bool any = false;

    for (size_t i = 0; i < set->count; i++)
        any = any || set->quotas[i].limit > 0;
    return any;
}

/* One, or one in front that took all back and one behind it. */
static void taken_quota(struct credit_kit *f, const char *kiosk, json_t *answer, struct quota_set *out)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "topic")), "quota") != 0)
            continue;
        g_assert_true(out->version == 0 || !spends(out));
        g_assert_cmpstr(json_string_value(json_object_get(item, "key")), ==, kiosk);
        g_assert_true(quota_open(f->platform->sign_public, kiosk, json_object_get(item, "value"), out, NULL));
        g_assert_false(json_is_true(json_object_get(answer, "more")) && spends(out)); /* before all balances are known */
    }
}

/* The quota that a kiosk pulls, checked as the kiosk checks it. Others' are not among the items. */
int64_t credit_kit_quota(struct credit_kit *f, const char *kiosk, struct quota_set *out)
{
    g_autofree char *cursor = g_strdup("");
    bool more = true;

    out->version = 0;
    while (more) {
        unsigned status;
        json_t *answer = kit_call(f->platform, "GET", "/v1/feed", cursor, kiosk, NULL, &status);
        g_assert_cmpuint(status, ==, 200);
        taken_quota(f, kiosk, answer, out);
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(answer, "cursor")));
        more = json_is_true(json_object_get(answer, "more"));
        json_decref(answer);
    }
    return out->version;
}

/* ---- Sessions ---- */

const char *credit_kit_secret(char digit)
{
    static char secret[TAP_SECRET_TEXT_SIZE];

    memset(secret, digit, 2 * TAP_SECRET_SIZE);
    return secret;
}

const char *credit_kit_session(struct credit_kit *f, const char *card, const char *staff, char digit)
{
    struct tap_session session = {.kiosk = "K0001", .opened_ms = now_ms(), .expires_ms = now_ms() + TAP_SESSION_MS};
    const char *secret = credit_kit_secret(digit);
    uint8_t bytes[TAP_SECRET_SIZE], digest[32];

    g_strlcpy(session.card, card, sizeof session.card);
    g_strlcpy(session.staff, staff, sizeof session.staff);
    g_assert_true(wire_unhex(secret, bytes, sizeof bytes) && EVP_Digest(bytes, sizeof bytes, digest, NULL, EVP_sha256(), NULL) == 1);
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_session_add(f->platform->db, digest, &session, NULL) &&
                  db_commit(f->platform->db, NULL));
    return secret;
}
