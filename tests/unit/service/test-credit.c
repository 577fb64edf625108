/* SPDX-License-Identifier: Apache-2.0 */
/* Volunteer credit at the kiosk: what is allowed when, from which quota, and what the screen is told. */
#include "model/credit.h"
#include "model/rating.h"
#include "model/staff.h"
#include "service/internal.h"
#include "service/wallet.h"
#include "hotkit.h"
#include "roomkit.h"
#include "store/ledger.h"

#include <stdio.h>
#include <string.h>

#define ALICE  "00112233445566778899aabbccddeeff"
#define BOB    "ffeeddccbbaa99887766554433221100"
#define STAFF  "0f0e0d0c0b0a09080706050403020100"
#define SECOND "0f0e0d0c0b0a09080706050403020101"
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)

/* ---- A clock that can be moved, a hall without readers ----------------------------------------------------------- */

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
        out[i] = (uint8_t)g_random_int();
}

static const struct clock_source clock_source = {NULL, wall, boot, boot_id, no_sleep, chance};

/* ---- Fixture ------------------------------------------------------------------------------------------------------ */

struct fixture {
    struct roomkit kit;
    struct kiosk_credit_event event; /* the last one */
    unsigned events;
    struct kiosk_rating_event rated; /* likewise */
    size_t rewards;
    struct kiosk_reward reward; /* the last one of the list */
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_RATING)
        f->rated = event->rating;
    if (event->kind == KIOSK_EVENT_REWARDS && (f->rewards = event->rewards.count) > 0)
        f->reward = event->rewards.items[event->rewards.count - 1];
    if (event->kind != KIOSK_EVENT_CREDIT)
        return;
    f->event = event->credit;
    f->events++;
}

static void staff_tell(struct fixture *f, const char *token, const char *id, enum staff_role role)
{
    struct staff staff = {.role = role, .scope = STAFF_EVERYWHERE};

    g_strlcpy(staff.token, token, sizeof staff.token);
    g_strlcpy(staff.id, id, sizeof staff.id);
    roomkit_feed(&f->kit, "staff", token, staff_to_json(&staff));
}

static void rules_tell(struct fixture *f)
{
    const struct credit_rules rules = {.version = "sample", .hours = {30, 0, 480, 480}, .coin_granularity_min = 60,
                                       .points_per_hour = 10, .redeem_age = 65, .redeem_age_hardship = 60,
                                       .star_min = {1, 2, 3, 4, 5}};

    roomkit_feed(&f->kit, "rule", "credit", credit_rules_to_json(&rules));
}

static void credit_tell(struct fixture *f, int64_t coins, int64_t points, int age)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);
    uint8_t hash[32];

    g_strlcpy(balance->token, ALICE, sizeof balance->token);
    balance->age = age;
    balance->books[BOOK_COIN].balance = coins;
    balance->books[BOOK_POINTS].balance = points;
    balance_add_lot(balance, BOOK_COIN, 0, coins);
    balance_add_lot(balance, BOOK_POINTS, 0, points);
    balance->seen_count = 1;
    g_strlcpy(balance->seen[0].kiosk, "K0000", sizeof balance->seen[0].kiosk);
    balance->seen[0].seq = store_head(f->kit.kiosk->store, hash);
    roomkit_feed(&f->kit, "credit", ALICE, balance_to_json(balance));
}

static void quota_tell(struct fixture *f, int64_t version)
{
    g_autoptr(GError) error = NULL;
    struct quota_set set = {.version = version, .kiosk = "K0000", .issued_ms = 1, .expires_ms = now_ms() + 24 * HOUR,
                            .count = 4,
                            .quotas = {{BOOK_COIN, QUOTA_KIOSK, "", 300, 0}, {BOOK_COIN, QUOTA_PERSON, "", 240, 0},
                                       {BOOK_POINTS, QUOTA_KIOSK, "", 300, 0}, {BOOK_POINTS, QUOTA_PERSON, "", 50, 0}}};

    store_quota_set(f->kit.kiosk->store, &set, &error);
    g_assert_no_error(error);
}

static void hotlist_tell(struct fixture *f, int64_t version, const char *lost)
{
    g_autoptr(GError) error = NULL;
    json_t *entries = lost != NULL ? json_pack("[{s:s, s:s}]", "token", lost, "reason", "lost") : json_array();

    hotkit_give(f->kit.kiosk->store, version, now_ms(), entries, &error);
    g_assert_no_error(error);
}

static void up(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    shift_ms = 0;
    clock_use(&clock_source);
    roomkit_open(&f->kit, on_event, f);
    rules_tell(f);
    staff_tell(f, STAFF, "S0001", STAFF_CLERK);
    staff_tell(f, SECOND, "S0002", STAFF_CLERK);
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    store_ledger_check(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    roomkit_close(&f->kit);
    clock_use(NULL);
}

#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)

/* One request through the door, and the event that answers it. */
static void ask(struct fixture *f, const struct kiosk_credit_request *request, enum kiosk_credit_phase phase,
                const char *reason)
{
    unsigned had = f->events;

    kiosk_request_credit(f->kit.kiosk, request);
    g_assert_true(worker_turn(f->kit.kiosk));
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpstr(f->event.reason, ==, reason);
    g_assert_cmpint(f->event.phase, ==, phase);
    g_assert_cmpint(f->event.ask, ==, request->ask);
}

static struct kiosk_credit_request redeem(enum kiosk_book book, int64_t amount)
{
    return (struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_REDEEM, .book = book, .amount = amount, .item = "CLEANING"};
}

static void online(struct fixture *f, bool yes)
{
    f->kit.kiosk->sync_status.online = yes;
}

/* The platform takes all that waits, but for the last, which gets this. */
static void verdict(struct fixture *f, enum store_verdict which)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < rows->len; i++) {
        const struct store_row *row = g_ptr_array_index(rows, i);
        struct store_verdict_row said = {.seq = row->seq, .verdict = i + 1 < rows->len ? STORE_ACCEPTED : which,
                                         .code = "BALANCE"};
        store_outbox_verdicts(f->kit.kiosk->store, &said, 1, &error);
        g_assert_no_error(error);
    }
    shift_ms += 2000;
    credit_follow(f->kit.kiosk);
    roomkit_deliver();
}

/* ---- Redeeming ------------------------------------------------------------------------------------------------------- */

static void test_offline(struct fixture *f, const void *data)
{
    struct kiosk_credit_request request = redeem(KIOSK_BOOK_COIN, 120);

    ask(f, &request, KIOSK_CREDIT_REFUSED, "SNAPSHOT"); /* nothing was told of this card */
    credit_tell(f, 600, 100, 70);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "QUOTA");
    quota_tell(f, 1);
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    g_assert_cmpint(f->event.coin_min, ==, 480);
    g_assert_true(f->event.known);
    request.amount = 121;
    ask(f, &request, KIOSK_CREDIT_REFUSED, "QUOTA"); /* 240 a person */
    request = redeem(KIOSK_BOOK_POINTS, 51);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "QUOTA");
    request.amount = 50;
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    quota_tell(f, 2);
    request = redeem(KIOSK_BOOK_COIN, 121);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "LIMIT_DAY"); /* a newer quota does not open the day's limit */
    request.amount = 120;
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    request.amount = 0;
    ask(f, &request, KIOSK_CREDIT_REFUSED, "FORM");
}

static void test_facts(struct fixture *f, const void *data)
{
    struct kiosk_credit_request request = redeem(KIOSK_BOOK_COIN, 60);

    quota_tell(f, 1);
    credit_tell(f, 600, 100, 64);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "AGE");
    g_assert_cmpint(f->event.from_age, ==, 65);
    credit_tell(f, 59, 100, 70);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "BALANCE");
    credit_tell(f, 600, 100, 70);
    f->kit.kiosk->session.verdict = KIOSK_CARD_EXPIRED;
    credit_do(f->kit.kiosk, &request);
    roomkit_deliver();
    g_assert_cmpstr(f->event.reason, ==, "NO_CARD");
    roomkit_lay(&f->kit, ALICE);
    hotlist_tell(f, 2, ALICE);
    ask(f, &request, KIOSK_CREDIT_REFUSED, "CARD_LOST");
    hotlist_tell(f, 3, NULL);
    f->kit.kiosk->store_ok = false;
    ask(f, &request, KIOSK_CREDIT_REFUSED, "STORE");
    f->kit.kiosk->store_ok = true;
    shift_ms += 25 * HOUR;
    ask(f, &request, KIOSK_CREDIT_REFUSED, "HOTLIST_OLD");
    hotlist_tell(f, 4, NULL); /* the list is young, but nothing else was heard of the platform */
    ask(f, &request, KIOSK_CREDIT_REFUSED, "SNAPSHOT");
}

/* Online and beyond the quota: the platform decides, and the screen hears of it. */
static void test_online(struct fixture *f, const void *data)
{
    struct kiosk_credit_request request = redeem(KIOSK_BOOK_COIN, 300);
    char id[37];

    credit_tell(f, 600, 100, 70);
    quota_tell(f, 1);
    online(f, true);
    ask(f, &request, KIOSK_CREDIT_PENDING, "");
    g_strlcpy(id, f->event.id, sizeof id);
    g_assert_cmpint(f->event.coin_min, ==, 300);
    ask(f, &(struct kiosk_credit_request){0}, KIOSK_CREDIT_BALANCE, "");
    verdict(f, STORE_ACCEPTED);
    g_assert_cmpint(f->event.phase, ==, KIOSK_CREDIT_POSTED);
    g_assert_cmpint(f->event.ask, ==, KIOSK_CREDIT_ASK_REDEEM);
    g_assert_cmpstr(f->event.id, ==, id);
    ask(f, &request, KIOSK_CREDIT_PENDING, "");
    verdict(f, STORE_REJECTED);
    g_assert_cmpint(f->event.phase, ==, KIOSK_CREDIT_REJECTED);
    g_assert_cmpstr(f->event.reason, ==, "BALANCE");
    unsigned had = f->events;
    shift_ms += 2000;
    credit_follow(f->kit.kiosk);
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had); /* told once */
    struct kiosk_credit_request balance = {.ask = KIOSK_CREDIT_ASK_BALANCE};
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_cmpint(f->event.coin_min, ==, 300); /* the refused one came back */
}

static void test_give(struct fixture *f, const void *data)
{
    struct kiosk_credit_request gift = {.ask = KIOSK_CREDIT_ASK_GIVE, .amount = 60, .to = BOB, .ref = "child"};
    struct kiosk_credit_request donate = {.ask = KIOSK_CREDIT_ASK_DONATE, .book = KIOSK_BOOK_COIN, .amount = 60};

    credit_tell(f, 100, 0, 70);
    ask(f, &gift, KIOSK_CREDIT_REFUSED, "OFFLINE");
    ask(f, &donate, KIOSK_CREDIT_REFUSED, "OFFLINE");
    online(f, true);
    g_strlcpy(gift.to, ALICE, sizeof gift.to);
    ask(f, &gift, KIOSK_CREDIT_REFUSED, "SELF");
    g_strlcpy(gift.to, BOB, sizeof gift.to);
    ask(f, &gift, KIOSK_CREDIT_PENDING, "");
    ask(f, &donate, KIOSK_CREDIT_REFUSED, "BALANCE");
    donate.amount = 40;
    ask(f, &donate, KIOSK_CREDIT_PENDING, "");
    g_strlcpy(gift.to, "no token", sizeof gift.to);
    ask(f, &gift, KIOSK_CREDIT_REFUSED, "FORM");
}

/* ---- Attendance and staff ---------------------------------------------------------------------------------------------- */

static void approve(struct fixture *f, const char *first, const char *second)
{
    memset(f->kit.kiosk->approvals, 0, sizeof f->kit.kiosk->approvals);
    g_strlcpy(f->kit.kiosk->approvals[0].token, first, 33);
    g_strlcpy(f->kit.kiosk->approvals[1].token, second, 33);
    f->kit.kiosk->approvals[0].boot_ms = f->kit.kiosk->approvals[1].boot_ms = clock_boot_ms();
}

/* Who came last stands there; what was tapped before somebody was asked was for something else. */
static void test_last_tap(struct fixture *f, const void *data)
{
    char tokens[2][33] = {"", ""};

    approve(f, BOB, STAFF);
    f->kit.kiosk->approvals[0].boot_ms--;
    g_assert_cmpint(staff_approvals(f->kit.kiosk, 1, STAFF_CONFIRM, 0, tokens), ==, LEDGER_OK);
    g_assert_cmpstr(tokens[0], ==, STAFF);
    g_assert_cmpint(staff_approvals(f->kit.kiosk, 1, STAFF_CONFIRM, clock_boot_ms() + 1, tokens), ==, LEDGER_TWO_PERSONS);
    approve(f, STAFF, BOB);
    f->kit.kiosk->approvals[0].boot_ms--;
    g_assert_cmpint(staff_approvals(f->kit.kiosk, 1, STAFF_CONFIRM, 0, tokens), ==, LEDGER_STAFF_UNKNOWN);
}

static void test_attend(struct fixture *f, const void *data)
{
    struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms() - HOUR,
                                       .slot_end_ms = now_ms() + HOUR + 10 * MINUTE};
    struct kiosk_credit_request confirm = {.ask = KIOSK_CREDIT_ASK_CONFIRM, .amount = 60}, balance = {0};

    ask(f, &tap, KIOSK_CREDIT_IN, "");
    g_strlcpy(confirm.id, f->event.id, sizeof confirm.id);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_true(f->event.serving);
    g_assert_cmpstr(f->event.slot, ==, "S1");
    g_assert_cmpint(f->event.noted_min, ==, 0);
    ask(f, &tap, KIOSK_CREDIT_REPEATED, "");
    shift_ms += HOUR + 5 * MINUTE;
    ask(f, &tap, KIOSK_CREDIT_OUT, "");
    g_assert_cmpint(f->event.minutes, ==, 60);
    g_assert_cmpstr(f->event.id, ==, confirm.id);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_false(f->event.serving);
    g_assert_cmpint(f->event.noted_min, ==, 60);
    ask(f, &confirm, KIOSK_CREDIT_REFUSED, "TWO_PERSONS"); /* nobody of the staff has tapped */
    approve(f, STAFF, "");
    ask(f, &confirm, KIOSK_CREDIT_DONE, "");
    approve(f, STAFF, "");
    ask(f, &confirm, KIOSK_CREDIT_REFUSED, "UNKNOWN"); /* it is closed */
    ask(f, &tap, KIOSK_CREDIT_REPEATED, ""); /* and does not sign in again by the same tap */
    shift_ms += 6 * MINUTE;
    ask(f, &tap, KIOSK_CREDIT_REFUSED, "OVERLAP"); /* the slot is over */
}

/* From one service to the next, within a minute: out there, in here. The same slot again is a second tap. */
static void test_next_slot(struct fixture *f, const void *data)
{
    struct kiosk_credit_request first = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms() - HOUR,
                                         .slot_end_ms = now_ms() + HOUR};
    struct kiosk_credit_request next = first, none = first;
    g_autofree char *id = NULL;

    g_strlcpy(next.slot, "S2", sizeof next.slot);
    none.slot[0] = '\0';
    ask(f, &first, KIOSK_CREDIT_IN, "");
    id = g_strdup(f->event.id);
    ask(f, &next, KIOSK_CREDIT_REPEATED, ""); /* not out of the first yet */
    shift_ms += 40 * MINUTE;
    ask(f, &first, KIOSK_CREDIT_OUT, "");
    shift_ms += 10000;
    ask(f, &first, KIOSK_CREDIT_REPEATED, "");
    ask(f, &none, KIOSK_CREDIT_REPEATED, "");
    ask(f, &next, KIOSK_CREDIT_IN, "");
    g_assert_cmpstr(f->event.id, !=, id);
    ask(f, &next, KIOSK_CREDIT_REPEATED, "");
    shift_ms += 40 * MINUTE;
    ask(f, &next, KIOSK_CREDIT_OUT, "");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 4);
}

static void line_tell(struct fixture *f, const char *token, const char *current)
{
    roomkit_feed(&f->kit, "card", token, current != NULL ? json_pack("{s:s, s:s}", "card_token", token, "current", current) : NULL);
}

/* A card that was exchanged for a new one while it served: until the platform has told, nothing is known here of whose the new one is. */
static void test_replaced_unknown(struct fixture *f, const void *data)
{
    const struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                             .slot_end_ms = now_ms() + HOUR};
    struct kiosk_credit_request balance = {0};

    ask(f, &tap, KIOSK_CREDIT_IN, "");
    line_tell(f, STAFF, BOB); /* who never signed in here is nothing to this kiosk */
    shift_ms += 40 * MINUTE;
    roomkit_lay(&f->kit, BOB); /* the new card of the same person */
    ask(f, &tap, KIOSK_CREDIT_IN, ""); /* no sign-out: a second attendance, which the platform takes for the first one */
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 2);
    shift_ms += 3 * HOUR;
    roomkit_lay(&f->kit, ALICE);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_cmpuint(f->event.forgotten, ==, 1);
}

/* The same, and the kiosk is told before the new card signs out: what the old one began is not signed out of as well. */
static void test_replaced_late(struct fixture *f, const void *data)
{
    const struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                             .slot_end_ms = now_ms() + HOUR};
    struct kiosk_credit_request balance = {0};
    char id[37];

    ask(f, &tap, KIOSK_CREDIT_IN, "");
    shift_ms += 10 * MINUTE;
    roomkit_lay(&f->kit, BOB);
    ask(f, &tap, KIOSK_CREDIT_IN, "");
    g_strlcpy(id, f->event.id, sizeof id);
    line_tell(f, ALICE, BOB);
    shift_ms += 40 * MINUTE;
    ask(f, &tap, KIOSK_CREDIT_OUT, "");
    g_assert_cmpstr(f->event.id, ==, id);
    shift_ms += 2 * MINUTE;
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_false(f->event.serving);
    g_assert_cmpuint(f->event.forgotten, ==, 0);
    ask(f, &tap, KIOSK_CREDIT_IN, ""); /* and the books hold: test end looks */
}

/* The last event that waits, as it will be told; new reference. */
static json_t *last_told(struct fixture *f)
{
    g_autoptr(GPtrArray) batch = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, NULL);
    const struct store_row *event = batch->pdata[batch->len - 1];
    json_t *body = json_loads(event->body, 0, NULL), *data = json_incref(json_object_get(body, "data"));

    json_decref(body);
    return data;
}

/* The platform has told: the new card signs out of what the old one began, with its own name. */
static void test_replaced_card(struct fixture *f, const void *data)
{
    const struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                             .slot_end_ms = now_ms() + HOUR};
    struct kiosk_credit_request balance = {0};
    struct attendance_event told;
    char id[37];

    ask(f, &tap, KIOSK_CREDIT_IN, "");
    g_strlcpy(id, f->event.id, sizeof id);
    shift_ms += 40 * MINUTE;
    line_tell(f, ALICE, ALICE); /* no line at all */
    line_tell(f, ALICE, "bob");
    line_tell(f, ALICE, SECOND); /* twice replaced: the last one counts */
    line_tell(f, ALICE, BOB);
    roomkit_lay(&f->kit, SECOND);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_false(f->event.serving);
    roomkit_lay(&f->kit, BOB);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_true(f->event.serving);
    ask(f, &tap, KIOSK_CREDIT_OUT, "");
    g_assert_cmpstr(f->event.id, ==, id);
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 2);
    json_t *last = last_told(f);
    g_assert_true(attendance_event_from_json(last, &told) && told.out);
    g_assert_cmpstr(told.id, ==, id);
    g_assert_cmpstr(told.token, ==, BOB);
    json_decref(last);
    ask(f, &tap, KIOSK_CREDIT_REPEATED, "");
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_false(f->event.serving);
    line_tell(f, ALICE, NULL); /* it is the new card's now, whatever is known of the line: test end rebuilds it from the journal */
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_cmpint(f->event.noted_min, ==, 30);
}

/* Whose card was there when it was asked, and whose is there when its turn comes. */
static void test_another_card(struct fixture *f, const void *data)
{
    const struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                             .slot_end_ms = now_ms() + HOUR};
    struct kiosk_credit_request balance = {0};

    roomkit_swap(&f->kit); /* the worker was busy: it has not looked since */
    credit_do(f->kit.kiosk, &tap);
    roomkit_deliver();
    g_assert_cmpstr(f->event.reason, ==, "NO_CARD");
    g_assert_cmpint(store_outbox_waiting(f->kit.kiosk->store), ==, 0);
    g_assert_true(f->kit.kiosk->readers_moved); /* and acts upon it next */
    credit_do(f->kit.kiosk, &balance);
    roomkit_deliver();
    g_assert_cmpint(f->event.phase, ==, KIOSK_CREDIT_REFUSED);
    f->kit.lies = false;
    credit_do(f->kit.kiosk, &tap);
    roomkit_deliver();
    g_assert_cmpstr(f->event.reason, ==, "NO_CARD");
    roomkit_lay(&f->kit, ALICE);
    ask(f, &tap, KIOSK_CREDIT_IN, "");
}

/* A request that was asked with one card on the screen is nothing to the next one, nor does it end that one's session. */
static void test_another_session(struct fixture *f, const void *data)
{
    const struct kiosk_credit_request tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                             .slot_end_ms = now_ms() + HOUR};
    struct kiosk *kiosk = f->kit.kiosk;
    unsigned had = f->events;

    for (int i = 0; i < 3; i++)
        kiosk_request_credit(kiosk, &tap);
    kiosk_request_rate(kiosk, &(struct kiosk_rating_request){.grade = 5});
    kiosk_request_end(kiosk);
    roomkit_swap(&f->kit);
    roomkit_lay(&f->kit, BOB);
    kiosk->session.number = ++kiosk->sessions; /* and the screen has not heard yet */
    g_assert_true(worker_turn(kiosk));
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 3);
    g_assert_cmpstr(f->event.reason, ==, "NO_CARD");
    g_assert_cmpstr(f->rated.reason, ==, "NO_CARD");
    g_assert_cmpint(store_outbox_waiting(kiosk->store), ==, 0);
    g_assert_true(kiosk->session.present && !kiosk->session.closed);
    kiosk_request_credit(kiosk, &tap);
    g_assert_true(worker_turn(kiosk));
    roomkit_deliver();
    g_assert_cmpstr(f->event.reason, ==, "NO_CARD");
    roomkit_lay(&f->kit, BOB);
    kiosk_request_credit(kiosk, &tap);
    kiosk_request_end(kiosk);
    g_assert_true(worker_turn(kiosk));
    roomkit_deliver();
    g_assert_cmpint(f->event.phase, ==, KIOSK_CREDIT_IN);
    g_assert_true(kiosk->session.closed);
}

/* Who never signed out is told so two hours after the end; after two weeks it is no news any more. */
static void test_forgotten(struct fixture *f, const void *data)
{
    struct kiosk_credit_request balance = {0}, tap = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot = "S1", .slot_start_ms = now_ms(),
                                                      .slot_end_ms = now_ms() + HOUR};

    ask(f, &tap, KIOSK_CREDIT_IN, "");
    shift_ms += 3 * HOUR + MINUTE;
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_false(f->event.serving);
    g_assert_cmpuint(f->event.forgotten, ==, 1);
    g_assert_cmpint(f->event.noted_min, ==, 0); /* nothing is credited by itself */
    shift_ms += 15 * 24 * HOUR;
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_cmpuint(f->event.forgotten, ==, 0);
}

static void lots_tell(struct fixture *f)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);
    uint32_t today = date_of_ms(now_ms());

    g_strlcpy(balance->token, ALICE, sizeof balance->token);
    balance->books[BOOK_POINTS].balance = 175;
    balance_add_lot(balance, BOOK_POINTS, 0, 50);
    balance_add_lot(balance, BOOK_POINTS, date_of_ms(ms_of_date(today) + 400 * 24 * HOUR), 60);
    balance_add_lot(balance, BOOK_POINTS, date_of_ms(ms_of_date(today) + 50 * 24 * HOUR), 40);
    balance_add_lot(balance, BOOK_POINTS, date_of_ms(ms_of_date(today) + 20 * 24 * HOUR), 25);
    roomkit_feed(&f->kit, "credit", ALICE, balance_to_json(balance));
}

static void test_points_end(struct fixture *f, const void *data)
{
    struct kiosk_credit_request balance = {0};

    lots_tell(f);
    ask(f, &balance, KIOSK_CREDIT_BALANCE, "");
    g_assert_cmpint(f->event.points, ==, 175);
    g_assert_cmpint(f->event.points_ending, ==, 25); /* the next one, of two that end soon */
    g_assert_cmpuint(f->event.points_end_on, ==, date_of_ms(ms_of_date(date_of_ms(now_ms())) + 20 * 24 * HOUR));
}

/* They lie in the same table. */
static void rules_still(struct fixture *f)
{
    struct credit_rules rules;
    bool known = false;

    g_assert_true(store_credit_rules(f->kit.kiosk->store, &rules, &known, NULL));
    g_assert_true(known);
    g_assert_cmpstr(rules.version, ==, "sample");
}

static json_t *reward(const char *id, const char *book, int price)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "id", id, "name_zh", "大米", "name_en", "Rice", "place_zh", "", "place_en", "",
                     "book", book, "price", price);
}

static void rewards_ask(struct fixture *f)
{
    struct kiosk_credit_request request = {.ask = KIOSK_CREDIT_ASK_REWARDS};

    f->rewards = SIZE_MAX;
    credit_do(f->kit.kiosk, &request);
    roomkit_deliver();
}

/* A list is taken as a whole: one that does not fit leaves the one before in force. */
static void test_rewards(struct fixture *f, const void *data)
{
    roomkit_lift(&f->kit); /* needs no card */
    rewards_ask(f);
    g_assert_cmpuint(f->rewards, ==, 0);
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[o, o]}", "version", "1", "rewards", reward("RICE", "POINTS", 600), reward("WALK", "COIN", 60)));
    rewards_ask(f);
    g_assert_cmpuint(f->rewards, ==, 2);
    g_assert_cmpstr(f->reward.id, ==, "WALK");
    g_assert_cmpint(f->reward.book, ==, KIOSK_BOOK_COIN);
    g_assert_cmpint(f->reward.price, ==, 60);
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[o, o]}", "version", "2", "rewards", reward("RICE", "POINTS", 1), reward("RICE", "COIN", 60)));
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[o]}", "version", "2", "rewards", reward("RICE", "MONEY", 1)));
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[o]}", "version", "2", "rewards", reward("RICE", "POINTS", 0)));
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[o]}", "version", "2", "rewards", reward("a:b", "POINTS", 1)));
    rewards_ask(f);
    g_assert_cmpuint(f->rewards, ==, 2);
    roomkit_feed(&f->kit, "reward", "list", json_pack("{s:s, s:[]}", "version", "3", "rewards"));
    rewards_ask(f);
    g_assert_cmpuint(f->rewards, ==, 0);
    rules_still(f);
}

/* The platform takes what was before, and refuses the last event. */
static void refuse_head(struct fixture *f, const char *code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < rows->len; i++) {
        struct store_verdict_row verdict = {.seq = ((struct store_row *)rows->pdata[i])->seq};
        verdict.verdict = i + 1 == rows->len ? STORE_REJECTED : STORE_ACCEPTED;
        g_strlcpy(verdict.code, code, sizeof verdict.code);
        g_assert_true(store_outbox_verdicts(f->kit.kiosk->store, &verdict, 1, &error));
    }
}

static void test_staff(struct fixture *f, const void *data)
{
    struct kiosk_credit_request earn = {.ask = KIOSK_CREDIT_ASK_EARN, .amount = 300, .ref = "slip-7"};
    struct kiosk_credit_request adjust = {.ask = KIOSK_CREDIT_ASK_ADJUST, .book = KIOSK_BOOK_POINTS, .amount = -5};
    struct kiosk_credit_request reverse = {.ask = KIOSK_CREDIT_ASK_REVERSE};
    char undo[37];

    ask(f, &earn, KIOSK_CREDIT_REFUSED, "TWO_PERSONS");
    approve(f, STAFF, "");
    ask(f, &earn, KIOSK_CREDIT_PENDING, "");
    g_strlcpy(reverse.id, f->event.id, sizeof reverse.id);
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "TWO_PERSONS"); /* one tap is good for one thing */
    approve(f, STAFF, ALICE); /* her own card does not count */
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "TWO_PERSONS");
    approve(f, STAFF, SECOND);
    ask(f, &adjust, KIOSK_CREDIT_PENDING, "");
    approve(f, STAFF, "");
    ask(f, &reverse, KIOSK_CREDIT_REFUSED, "TWO_PERSONS"); /* more than four hours */
    approve(f, STAFF, SECOND);
    ask(f, &reverse, KIOSK_CREDIT_PENDING, "");
    approve(f, STAFF, SECOND);
    ask(f, &reverse, KIOSK_CREDIT_REFUSED, "REVERSED_BEFORE");
    g_assert_true(f->kit.kiosk->store_ok);
    refuse_head(f, "CAP");
    ask(f, &reverse, KIOSK_CREDIT_PENDING, ""); /* the platform refused that one: another, with the taps that were not spent */
    g_strlcpy(undo, f->event.id, sizeof undo);
    approve(f, STAFF, SECOND);
    ask(f, &reverse, KIOSK_CREDIT_REFUSED, "REVERSED_BEFORE");
    g_strlcpy(reverse.id, undo, sizeof reverse.id);
    ask(f, &reverse, KIOSK_CREDIT_REFUSED, "NOT_EXACT"); /* a reversal is not undone */
    g_strlcpy(reverse.id, STAFF, sizeof reverse.id);
    ask(f, &reverse, KIOSK_CREDIT_REFUSED, "UNKNOWN");
}

/* What a card says of itself is not enough: the register says who may do what, and until when. */
static void test_register(struct fixture *f, const void *data)
{
    struct kiosk_credit_request earn = {.ask = KIOSK_CREDIT_ASK_EARN, .amount = 30, .ref = "slip-8"};
    struct kiosk_credit_request adjust = {.ask = KIOSK_CREDIT_ASK_ADJUST, .book = KIOSK_BOOK_POINTS, .amount = 5};
    struct staff away = {.token = STAFF, .id = "S0001", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE, .to_ms = now_ms()};

    approve(f, BOB, "");
    ask(f, &earn, KIOSK_CREDIT_REFUSED, "STAFF_UNKNOWN");
    staff_tell(f, BOB, "S0003", STAFF_LEADER);
    ask(f, &earn, KIOSK_CREDIT_PENDING, ""); /* leaders confirm hours … */
    approve(f, BOB, STAFF);
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "STAFF_ROLE"); /* … and correct nothing */
    staff_tell(f, BOB, "S0001", STAFF_CLERK);
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "STAFF_ONE_PERSON"); /* two cards of one */
    approve(f, STAFF, SECOND);
    roomkit_feed(&f->kit, "staff", STAFF, staff_to_json(&away));
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "STAFF_RETIRED");
    away.to_ms = 0;
    g_strlcpy(away.scope, "K0099", sizeof away.scope);
    roomkit_feed(&f->kit, "staff", STAFF, staff_to_json(&away));
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "STAFF_ROLE"); /* at another kiosk */
    staff_tell(f, STAFF, "S0001", STAFF_CLERK);
    hotlist_tell(f, 2, SECOND);
    ask(f, &adjust, KIOSK_CREDIT_REFUSED, "FROZEN"); /* whoever has found the card */
    hotlist_tell(f, 3, NULL);
    ask(f, &adjust, KIOSK_CREDIT_PENDING, "");
}

/* Eight hours a day and forty a month, as far as this machine knows; and a day's work of one clerk. */
static void test_paper(struct fixture *f, const void *data)
{
    struct kiosk_credit_request earn = {.ask = KIOSK_CREDIT_ASK_EARN, .amount = 481, .ref = "slip-9"};

    approve(f, STAFF, "");
    ask(f, &earn, KIOSK_CREDIT_REFUSED, "HOURS"); /* more than an activity lasts */
    earn.amount = 300;
    ask(f, &earn, KIOSK_CREDIT_PENDING, "");
    approve(f, SECOND, "");
    earn.amount = 210;
    ask(f, &earn, KIOSK_CREDIT_REFUSED, "HOURS"); /* another one confirms no more than is left of the day */
    earn.amount = 180;
    ask(f, &earn, KIOSK_CREDIT_PENDING, "");
}

static void test_hold_ends(struct fixture *f, const void *data)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {OWNER_PERSON, ALICE}, .amount = 100,
                               .expires_ms = now_ms() + MINUTE}, read;
    g_autoptr(GError) error = NULL;
    bool found;

    uuid7(now_ms(), hold.id);
    json_t *json = ledger_hold_to_json(&hold);
    g_assert_true(store_append(f->kit.kiosk->store, "ledger.hold", json, NULL, &error));
    json_decref(json);
    credit_follow(f->kit.kiosk);
    g_assert_true(store_ledger_hold(f->kit.kiosk->store, hold.id, &read, &found, &error) && read.state == HOLD_HELD);
    shift_ms += 2 * MINUTE;
    credit_follow(f->kit.kiosk);
    g_assert_true(store_ledger_hold(f->kit.kiosk->store, hold.id, &read, &found, &error) && read.state == HOLD_EXPIRED);
}

/* Beside the books: how often a notice was opened is one event for many times, and names nobody. */
static void test_notice_reads(struct fixture *f, const void *data)
{
    int64_t before;
    uint8_t hash[32];

    roomkit_lay(&f->kit, ALICE);
    before = store_head(f->kit.kiosk->store, hash);
    for (int i = 0; i < 7; i++)
        kiosk_notice_read(f->kit.kiosk, i < 5 ? "n1" : "n2");
    g_assert_true(worker_turn(f->kit.kiosk));
    notices_reads_keep(f->kit.kiosk, false);
    g_assert_cmpint(store_head(f->kit.kiosk->store, hash), ==, before);
    shift_ms += 11 * MINUTE;
    notices_reads_keep(f->kit.kiosk, false);
    g_assert_cmpint(store_head(f->kit.kiosk->store, hash), ==, before + 2);
    notices_reads_keep(f->kit.kiosk, true);
    g_assert_cmpint(store_head(f->kit.kiosk->store, hash), ==, before + 2);
    g_assert_cmpuint(g_hash_table_size(f->kit.kiosk->notice_reads), ==, 0);
}

/* ---- What is said of it ---------------------------------------------------------------------------------------------- */

static void rate(struct fixture *f, const char *service, unsigned grade, const char *reason)
{
    struct kiosk_rating_request request = {.grade = grade, .reasons = grade <= RATING_LOW ? RATING_ATTITUDE : 0};

    g_strlcpy(request.service, service, sizeof request.service);
    memset(&f->rated, 0, sizeof f->rated);
    rating_give(f->kit.kiosk, &request);
    roomkit_deliver();
    g_assert_cmpstr(f->rated.service, ==, service);
    g_assert_cmpstr(f->rated.reason, ==, reason);
    g_assert_true(f->rated.given == (*reason == '\0'));
}

static int64_t ratings_waiting(struct fixture *f, const char *type)
{
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, NULL);
    int64_t count = 0;

    for (guint i = 0; i < rows->len; i++)
        count += strstr(((struct store_row *)g_ptr_array_index(rows, i))->body, type) != NULL;
    return count;
}

/* Whose card did it says so once, offline too, after a restart as well, and within thirty days. */
static void test_rating(struct fixture *f, const void *data)
{
    struct kiosk_credit_request request = redeem(KIOSK_BOOK_COIN, 60);
    char first[37], second[37], third[37], fourth[37];

    credit_tell(f, 600, 0, 70);
    quota_tell(f, 1);
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    g_strlcpy(first, f->event.id, sizeof first);
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    g_strlcpy(second, f->event.id, sizeof second);
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    g_strlcpy(third, f->event.id, sizeof third);
    ask(f, &request, KIOSK_CREDIT_DONE, "");
    g_strlcpy(fourth, f->event.id, sizeof fourth);
    rate(f, first, 6, "GRADE");
    rate(f, "01985d5e-5c00-7000-8000-000000000009", 5, "NOT_THEIRS");
    g_strlcpy(f->kit.kiosk->session.token, BOB, sizeof f->kit.kiosk->session.token);
    rate(f, first, 5, "NOT_THEIRS");
    roomkit_lay(&f->kit, ALICE);
    rate(f, first, 2, "");
    rate(f, second, 3, "");
    g_assert_true(store_rebuild(f->kit.kiosk->store, NULL));
    shift_ms += RATING_CHANGE_MS - MINUTE;
    rate(f, first, 5, ""); /* better thought of, once, */
    rate(f, first, 4, "RATED_ALREADY");
    g_assert_true(store_rebuild(f->kit.kiosk->store, NULL));
    rate(f, first, 4, "RATED_ALREADY");
    shift_ms += 2 * MINUTE;
    rate(f, second, 5, "RATED_ALREADY"); /* and within a day */
    g_assert_cmpint(ratings_waiting(f, RATING_GIVEN), ==, 2);
    g_assert_cmpint(ratings_waiting(f, RATING_CHANGED), ==, 1);
    roomkit_lift(&f->kit);
    rate(f, third, 5, "NO_CARD");
    roomkit_lay(&f->kit, ALICE);
    shift_ms += RATING_WINDOW_MS - RATING_CHANGE_MS - 2 * MINUTE;
    rate(f, third, 5, "");
    shift_ms += 2 * MINUTE;
    rate(f, fourth, 5, "WINDOW_CLOSED");
    rate(f, third, 4, ""); /* a change comes a day after at the latest, whenever that is */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/credit/offline", test_offline);
    ADD("/credit/facts", test_facts);
    ADD("/credit/online", test_online);
    ADD("/credit/give", test_give);
    ADD("/credit/last-tap", test_last_tap);
    ADD("/credit/attend", test_attend);
    ADD("/credit/another-card", test_another_card);
    ADD("/credit/next-slot", test_next_slot);
    ADD("/credit/replaced-card", test_replaced_card);
    ADD("/credit/replaced-card-unknown", test_replaced_unknown);
    ADD("/credit/replaced-card-late", test_replaced_late);
    ADD("/credit/another-session", test_another_session);
    ADD("/credit/forgotten", test_forgotten);
    ADD("/credit/points-end", test_points_end);
    ADD("/credit/rewards", test_rewards);
    ADD("/credit/staff", test_staff);
    ADD("/credit/register", test_register);
    ADD("/credit/paper", test_paper);
    ADD("/credit/hold-ends", test_hold_ends);
    ADD("/credit/notice-reads", test_notice_reads);
    ADD("/rating", test_rating);
    return g_test_run();
}
