/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volunteer credit between both ends as they are: two kiosks' stores and sync code against the platform's calls, with answers
 * that get lost, kiosks that are offline for long, and people who spend the same at both.
 */
#include "carrier.h"
#include "kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/handlers.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "store/ledger.h"
#include "sync/http.h"
#include "sync/round.h"
#include <stdlib.h>
#include <string.h>

#define HOUR  INT64_C(3600000)
#define STAFF "0f0e0d0c0b0a09080706050403020100"
#define OTHER "0f0e0d0c0b0a09080706050403020101"
#define KIOSKS 2
#define PEOPLE 3

/* ---- Time --------------------------------------------------------------------------------------------------------- */

static int64_t shift_ms;

static int64_t wall(void *ctx)
{
    return g_get_real_time() / 1000 + shift_ms;
}

static int64_t boot(void *ctx)
{
    return g_get_monotonic_time() / 1000 + shift_ms + 1;
}

static const char *boot_id(void *ctx)
{
    return "01985d5e-5c00-7000-8000-000000000001";
}

static void no_sleep(void *ctx, unsigned ms)
{
    shift_ms += ms;
}

static void chance(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_test_rand_int();
}

static const struct clock_source clock_source = {NULL, wall, boot, boot_id, no_sleep, chance};

/* ---- The wire: a call of the platform, whose answer may get lost ---------------------------------------------------- */

struct till {
    struct fixture *fixture;
    char id[32];
    struct pen pen; /* what enrolment gave */
    struct sync_identity identity;
    struct transport transport;
    struct round round;
    struct store *store;
    bool deaf; /* the next answer is lost */
};

struct fixture {
    char *dir;
    struct platform *platform;
    struct till tills[KIOSKS];
    char people[PEOPLE][33];
    GPtrArray *sure; /* ids of what was handed over from a quota */
};

static bool carry(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct till *till = ctx;
    g_autofree char *body = call->body != NULL ? g_strndup(call->body, call->body_len) : NULL;
    const struct carried carried = {.path = call->path, .body = body, .kiosk = till->id, .certificate = KIT_SERIAL};
    struct reply reply;

    memset(out, 0, sizeof *out);
    carrier_run(till->fixture->platform, &carried, &reply);
    out->status = reply.status;
    out->body = g_string_new(NULL);
    g_strlcpy(out->content_type, reply.content_type, sizeof out->content_type);
    bool lost = till->deaf;
    till->deaf = false;
    if (!lost && call->file != NULL && reply.status == 200)
        lost = !call->file->take(call->file->ctx, 0, reply.body, reply.body_len);
    else
        g_string_append_len(out->body, reply.body, (gssize)reply.body_len);
    reply_clear(&reply);
    if (lost)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "the answer is lost");
    return !lost;
}

/* ---- Fixture ------------------------------------------------------------------------------------------------------- */

static void till_open(struct till *till)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf("%s/%s.db", till->fixture->dir, till->id);
    struct store_identity identity;

    sync_store_identity(&till->identity, &identity);
    till->store = store_open(path, &identity, &error);
    g_assert_no_error(error);
    till->transport = (struct transport){.ctx = till, .request = carry};
    till->round = (struct round){.transport = &till->transport, .store = till->store, .identity = &till->identity,
                                 .rows_max = WIRE_PUSH_ROWS_MAX};
    g_assert_true(signing_init(&till->round.signing, till->identity.signing_key));
}

static void till_up(struct fixture *f, struct till *till, const char *id)
{
    till->fixture = f;
    g_strlcpy(till->id, id, sizeof till->id);
    kit_enrol(f->platform, id, &till->pen);
    g_strlcpy(till->identity.kiosk_id, id, sizeof till->identity.kiosk_id);
    till->identity.epoch = (int)till->pen.epoch;
    till->identity.head_seq = till->pen.seq;
    till->identity.seal = till->pen.seal;
    memcpy(till->identity.chain_nonce, till->pen.prev, 32);
    memcpy(till->identity.index_key, f->platform->index_key, 32);
    memcpy(till->identity.signing_key, f->platform->sign_public, 32);
    memset(till->identity.local_key, 7, 32);
    till_open(till);
}

static void up(struct fixture *f, const void *data)
{
    shift_ms = 0;
    clock_use(&clock_source);
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_staff(f->platform, STAFF, "staff-1", 3, STAFF_CLERK);
    f->sure = g_ptr_array_new_with_free_func(g_free);
    till_up(f, &f->tills[0], "K0001");
    till_up(f, &f->tills[1], "K0002");
    for (unsigned i = 0; i < PEOPLE; i++) {
        g_autofree char *card = kit_card(i);
        card_token(f->platform->index_key, card, f->people[i]);
    }
}

static void down(struct fixture *f, const void *data)
{
    for (unsigned i = 0; i < KIOSKS; i++)
        store_close(f->tills[i].store);
    g_ptr_array_unref(f->sure);
    platform_close(f->platform);
    kit_dir_done(f->dir);
    clock_use(NULL);
}

/* False: an answer got lost on the way. */
static bool sync_round(struct till *till)
{
    g_autoptr(GError) error = NULL;
    bool done = feed_pull(&till->round, &error) && push_outbox(&till->round, &error) && feed_pull(&till->round, &error);

    if (!done)
        g_assert_error(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT);
    return done;
}

static bool append(struct till *till, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;
    bool done = store_append(till->store, type, data, NULL, &error);

    json_decref(data);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    return done;
}

/* ---- What people do -------------------------------------------------------------------------------------------------- */

static void txn_begin(struct ledger_txn *txn, enum ledger_type type)
{
    *txn = (struct ledger_txn){.type = type, .at_ms = now_ms(), .rule = "r"};
    uuid7(txn->at_ms, txn->id);
}

static void place_hold(struct till *till, const char *token, int64_t points, char id[37])
{
    struct ledger_hold hold = {.book = BOOK_POINTS, .account = {.kind = OWNER_PERSON}, .amount = points,
                               .expires_ms = now_ms() + HOUR / 6};

    uuid7(now_ms(), hold.id);
    g_strlcpy(hold.account.owner, token, sizeof hold.account.owner);
    g_assert_true(append(till, "ledger.hold", ledger_hold_to_json(&hold)));
    memcpy(id, hold.id, 37);
}

/* As the kiosk's room does it: from the quota, of what is spendable, else only when the platform can be asked. */
static void spend(struct till *till, const char *token, bool online)
{
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    struct ledger_txn txn;
    enum ledger_code code = LEDGER_QUOTA;
    int64_t version = 0, points = g_test_rand_int_range(1, 25);

    g_assert_true(store_credit(till->store, token, now_ms(), credit, NULL));
    if (!credit->known || credit->spendable[BOOK_POINTS] < points)
        return;
    g_assert_true(store_quota_ask(till->store, token, BOOK_POINTS, "RICE", points, now_ms(), &code, &version, NULL));
    if (code != LEDGER_OK && !online)
        return;
    txn_begin(&txn, LEDGER_SPEND);
    txn.quota = code == LEDGER_OK ? version : 0;
    place_hold(till, token, points, txn.hold);
    g_assert_true(ledger_txn_add(&txn, BOOK_POINTS, OWNER_PERSON, token, -points) &&
                  ledger_txn_add(&txn, BOOK_POINTS, OWNER_REDEEMED, "RICE", points));
    g_assert_true(append(till, "ledger.txn", ledger_txn_to_json(&txn)));
    if (txn.quota != 0)
        g_ptr_array_add(till->fixture->sure, g_strdup(txn.id));
}

static void earn(struct till *till, const char *token)
{
    struct ledger_txn txn;
    int64_t minutes = 30 * g_test_rand_int_range(1, 9);

    txn_begin(&txn, LEDGER_EARN);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    g_assert_true(ledger_txn_add(&txn, BOOK_HOURS, OWNER_ISSUE, "community", -minutes) &&
                  ledger_txn_add(&txn, BOOK_HOURS, OWNER_PERSON, token, minutes));
    g_assert_true(append(till, "ledger.txn", ledger_txn_to_json(&txn)));
}

static void give(struct till *till, const char *from, const char *to)
{
    struct ledger_txn txn;
    int64_t minutes = g_test_rand_int_range(1, 100);

    txn_begin(&txn, LEDGER_GIFT);
    g_assert_true(ledger_txn_add(&txn, BOOK_COIN, OWNER_PERSON, from, -minutes) &&
                  ledger_txn_add(&txn, BOOK_COIN, OWNER_PERSON, to, minutes));
    bool done = append(till, "ledger.txn", ledger_txn_to_json(&txn));
    g_assert_true(done == (strcmp(from, to) != 0));
}

static void undo(struct till *till)
{
    GPtrArray *sure = till->fixture->sure;
    g_autofree struct ledger_txn *original = g_new0(struct ledger_txn, 1);
    struct ledger_txn txn;
    bool found;

    if (sure->len == 0)
        return;
    const char *id = g_ptr_array_index(sure, (guint)g_test_rand_int_range(0, (gint)sure->len));
    g_assert_true(store_ledger_txn(till->store, id, original, &found, NULL));
    if (!found)
        return;
    txn_begin(&txn, LEDGER_REVERSE);
    g_strlcpy(txn.staff[0], STAFF, sizeof txn.staff[0]);
    ledger_txn_reverse(original, &txn);
    g_autoptr(GError) error = NULL;
    json_t *json = ledger_txn_to_json(&txn);
    store_append(till->store, "ledger.txn", json, NULL, &error); /* refused when it was undone before */
    json_decref(json);
}

static void attend(struct till *till, const char *token)
{
    struct attendance_event event = {.slot = "S1", .at_ms = now_ms()};
    struct store_attendance open;
    bool found;

    g_assert_true(store_attendance_open(till->store, token, now_ms(), &open, &found, NULL));
    g_strlcpy(event.token, token, sizeof event.token);
    uuid7(event.at_ms, event.id);
    event.slot_start_ms = now_ms() - HOUR;
    event.slot_end_ms = now_ms() + HOUR;
    if (found) {
        g_strlcpy(event.id, open.id, sizeof event.id);
        event.slot_start_ms = open.times.slot_start_ms;
        event.slot_end_ms = open.times.slot_end_ms;
        event.out = true;
    }
    if (!append(till, "attendance.tap", attendance_event_to_json(&event)) || !event.out)
        return;
    struct attendance_close end = {.confirmed = true, .minutes = 30, .staff = STAFF};
    g_strlcpy(end.id, event.id, sizeof end.id);
    g_assert_true(append(till, "attendance.close", attendance_close_to_json(&end)));
}

/* ---- What must be so --------------------------------------------------------------------------------------------------- */

static bool at_platform(struct fixture *f, const char *id)
{
    bool taken = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_credit_txn_taken(f->platform->db, id, &taken, NULL));
    db_rollback(f->platform->db);
    return taken;
}

static void books_hold(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autofree char *broken = db_credit_broken(f->platform->db, &error);
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_cmpstr(broken, ==, NULL);
    for (unsigned i = 0; i < KIOSKS; i++) {
        store_ledger_check(f->tills[i].store, &error);
        g_assert_no_error(error);
    }
}

/* What was handed over is never refused, whatever others did meanwhile. */
static void sure_is_posted(struct fixture *f)
{
    for (guint i = 0; i < f->sure->len; i++) {
        const char *id = g_ptr_array_index(f->sure, i);
        enum ledger_state state = LEDGER_NONE;
        for (unsigned k = 0; k < KIOSKS && state == LEDGER_NONE; k++)
            g_assert_true(store_ledger_state(f->tills[k].store, id, &state, NULL, NULL));
        g_assert_true(state == LEDGER_POSTED || state == LEDGER_REVERSED);
        g_assert_true(at_platform(f, id));
    }
}

/* When all is sent and told, every kiosk knows of everybody what the platform knows. */
static void all_agree(struct fixture *f)
{
    g_autofree struct balance *told = g_new0(struct balance, 1);
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    bool known;

    for (unsigned k = 0; k < KIOSKS; k++) {
        g_assert_true(sync_round(&f->tills[k]));
        g_assert_cmpint(store_outbox_waiting(f->tills[k].store), ==, 0);
    }
    for (unsigned k = 0; k < KIOSKS; k++)
        g_assert_true(sync_round(&f->tills[k]));
    for (unsigned i = 0; i < PEOPLE * KIOSKS; i++) {
        const char *token = f->people[i / KIOSKS];
        g_assert_true(db_begin(f->platform->db, false, NULL));
        g_assert_true(db_credit_snapshot(f->platform->db, token, now_ms(), told, &known, NULL));
        db_rollback(f->platform->db);
        g_assert_true(store_credit(f->tills[i % KIOSKS].store, token, now_ms(), credit, NULL));
        g_assert_true(credit->known == known);
        for (size_t book = 0; known && book < BOOKS; book++)
            g_assert_cmpint(credit->spendable[book], ==,
                            balance_spendable(told, (enum book)book, now_ms()));
    }
}

static void step(struct fixture *f, struct till *till, bool online)
{
    const char *who = f->people[g_test_rand_int_range(0, PEOPLE)], *whom = f->people[g_test_rand_int_range(0, PEOPLE)];

    switch (g_test_rand_int_range(0, 9)) {
    case 0:
        earn(till, who);
        break;
    case 1:
        if (online)
            give(till, who, whom);
        break;
    case 2:
        undo(till);
        break;
    case 3:
        attend(till, who);
        break;
    case 4:
        shift_ms += g_test_rand_int_range(1, 180) * INT64_C(60000);
        break;
    default:
        spend(till, who, online);
    }
}

static void restart(struct till *till)
{
    store_close(till->store);
    till_open(till);
}

static void test_both(struct fixture *f, const void *data)
{
    for (int i = 0; i < 600; i++) {
        struct till *till = &f->tills[g_test_rand_int_range(0, KIOSKS)];
        bool online = g_test_rand_int_range(0, 3) == 0;
        step(f, till, online);
        if (online) {
            till->deaf = g_test_rand_int_range(0, 4) == 0;
            sync_round(till);
        }
        if (i % 97 == 0)
            restart(till);
        if (i % 50 == 0)
            books_hold(f);
    }
    for (unsigned k = 0; k < KIOSKS; k++)
        f->tills[k].deaf = false;
    shift_ms += HOUR; /* holds of what was refused are over by themselves */
    all_agree(f);
    sure_is_posted(f);
    books_hold(f);
    g_assert_cmpuint(f->sure->len, >, 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/credit/both-ends", struct fixture, NULL, up, test_both, down);
    return g_test_run();
}
