/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volunteer credit (F03, F04, F05): signing in and out, what a card holds, redeeming, giving, and corrections by staff.
 *
 *   redeem ─► gates ─► rules and balance ─► hold on disk ─► spend on disk, captures the hold
 *                                             ├─ within this kiosk's quota ─► DONE: may be handed over
 *                                             └─ else, online only ─────────► PENDING ─► POSTED | REJECTED
 *
 * Invariants: (1) Nothing is handed over before its transaction is on disk. (2) Offline nothing is spent but from a quota
 * that the platform signed, of a balance it told within a day. (3) Giving and donating are the platform's to judge: online
 * only. (4) Who answers for a correction has tapped, and is not the person it is about.
 */
#include "service/wallet.h"
#include "model/credit.h"
#include "model/reward.h"
#include "store/ledger.h"

#include <string.h>

#define HOLD_MS     (10 * 60 * 1000)
#define SNAPSHOT_MS (24 * 3600 * INT64_C(1000))
#define FOLLOW_MS   1000
#define ENDING_MS   (61 * 24 * 3600 * INT64_C(1000))
#define NOTED_MS    (14 * 24 * 3600 * INT64_C(1000))
#define WAITS_MAX   256

/* ---- Telling ----------------------------------------------------------------------------------------------------- */

static void tell_aged(struct kiosk *kiosk, enum kiosk_credit_phase phase, const char *id, const char *reason, int from_age)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CREDIT, .credit = {.ask = kiosk->answers.credit, .phase = phase, .from_age = from_age}};

    g_strlcpy(event.credit.id, id, sizeof event.credit.id);
    g_strlcpy(event.credit.reason, reason, sizeof event.credit.reason);
    kiosk_post(kiosk, &event, NULL);
}

static void tell(struct kiosk *kiosk, enum kiosk_credit_phase phase, const char *id, const char *reason)
{
    tell_aged(kiosk, phase, id, reason, 0);
}

static void refuse(struct kiosk *kiosk, const char *reason)
{
    tell(kiosk, KIOSK_CREDIT_REFUSED, "", reason);
}

static void fill(struct kiosk_credit_event *out, const struct store_credit *credit)
{
    out->known = credit->known;
    out->asof_ms = credit->confirmed_ms;
    out->hours_min = credit->balance.books[BOOK_HOURS].balance;
    out->points = credit->spendable[BOOK_POINTS];
    out->coin_min = credit->spendable[BOOK_COIN];
    out->subsidy_fen = credit->spendable[BOOK_SUBSIDY];
    out->stars = credit->balance.stars;
}

/* The lot of points that ends next, when that is soon. */
static void ending_fill(struct kiosk *kiosk, struct kiosk_credit_event *out, const struct balance *balance)
{
    uint32_t today = date_of_ms(health_now_ms(kiosk)), soon = date_of_ms(health_now_ms(kiosk) + ENDING_MS);

    for (size_t i = 0; i < balance->lot_count; i++) {
        const struct balance_lot *lot = &balance->lots[i];

        if (lot->book != BOOK_POINTS || lot->remaining <= 0 || lot->expires_on < today || lot->expires_on > soon ||
            (out->points_end_on != 0 && lot->expires_on >= out->points_end_on))
            continue;
        out->points_end_on = lot->expires_on;
        out->points_ending = MIN(lot->remaining, out->points);
    }
}

static bool credit_load(struct kiosk *kiosk, struct store_credit *out)
{
    g_autoptr(GError) error = NULL;
    bool done = store_credit(kiosk->store, kiosk->session.token, health_now_ms(kiosk), out, &error);

    if (!done)
        g_warning("credit: %s", error->message);
    return done;
}

static int64_t minutes_of(struct kiosk *kiosk, const struct attendance *times)
{
    struct credit_rules rules;
    g_autoptr(GError) error = NULL;
    int64_t day_ms = ms_of_date(date_of_ms(times->in_ms)), done = 0;
    bool known = false;

    if (!store_credit_rules(kiosk->store, &rules, &known, &error) || !known ||
        !store_attendance_done(kiosk->store, kiosk->session.token, day_ms, &done, &error))
        return 0;
    return hours_credited(&rules.hours, times, done);
}

static void tap_fill(struct kiosk *kiosk, struct kiosk_credit_event *out, struct store_attendance *tap)
{
    if (tap->times.state == ATTENDANCE_OUT) {
        out->noted_min += minutes_of(kiosk, &tap->times);
    } else if (attendance_overdue(&tap->times, health_now_ms(kiosk))) {
        out->forgotten++;
    } else if (!out->serving) {
        out->serving = true;
        out->serving_since_ms = tap->times.in_ms;
        g_strlcpy(out->slot, tap->slot, sizeof out->slot);
    }
}

static void taps_fill(struct kiosk *kiosk, struct kiosk_credit_event *out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) taps =
        store_attendance_unconfirmed(kiosk->store, kiosk->session.token, health_now_ms(kiosk) - NOTED_MS, &error);

    if (taps == NULL)
        g_warning("attendance: %s", error->message);
    for (guint i = 0; taps != NULL && i < taps->len; i++)
        tap_fill(kiosk, out, &g_array_index(taps, struct store_attendance, i));
}

static void tell_with_balance(struct kiosk *kiosk, enum kiosk_credit_phase phase, const char *id)
{
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    struct kiosk_event event = {.kind = KIOSK_EVENT_CREDIT, .credit = {.ask = kiosk->answers.credit, .phase = phase}};

    g_strlcpy(event.credit.id, id, sizeof event.credit.id);
    if (credit_load(kiosk, credit)) {
        fill(&event.credit, credit);
        ending_fill(kiosk, &event.credit, &credit->balance);
    }
    if (phase == KIOSK_CREDIT_BALANCE)
        taps_fill(kiosk, &event.credit);
    kiosk_post(kiosk, &event, NULL);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------ */

/* The store's refusal ends with the rule's code: "quota: QUOTA". Anything else is the disk, and closes the till. */
static bool write_event(struct kiosk *kiosk, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;
    bool done = data != NULL && store_append(kiosk->store, type, data, NULL, &error);

    json_decref(data);
    if (done) {
        sync_kick(kiosk->sync);
        return true;
    }
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_STATE)) {
        const char *code = strrchr(error->message, ' ');
        refuse(kiosk, code != NULL ? code + 1 : error->message);
        return false;
    }
    g_critical("%s cannot be written: %s", type, error != NULL ? error->message : "no memory");
    kiosk->store_ok = false;
    refuse(kiosk, "STORE");
    return false;
}

/* A transaction that the platform has not judged. */
struct wait {
    char id[37];
    enum kiosk_credit_ask ask;
};

static void wait_for(struct kiosk *kiosk, const char *id)
{
    if (kiosk->credit_waits == NULL)
        kiosk->credit_waits = g_ptr_array_new_with_free_func(g_free);
    if (kiosk->credit_waits->len >= WAITS_MAX)
        g_ptr_array_remove_index(kiosk->credit_waits, 0); /* the list of refused events has it in any case */
    struct wait *wait = g_new0(struct wait, 1);
    wait->ask = kiosk->answers.credit;
    g_strlcpy(wait->id, id, sizeof wait->id);
    g_ptr_array_add(kiosk->credit_waits, wait);
}

/* ---- Gates -------------------------------------------------------------------------------------------------------- */

/* Signing in is a fact whatever the hotlist's age; credit moves only while the list is young. */
static bool gates(struct kiosk *kiosk, bool moves)
{
    const char *reason = gate_machine(kiosk);
    enum ladder ladder = health_ladder(kiosk);

    if (reason == NULL)
        reason = gate_card(kiosk);
    if (reason == NULL && moves && (ladder == LADDER_READING || ladder == LADDER_PUBLIC))
        reason = "HOTLIST_OLD";
    if (reason != NULL)
        refuse(kiosk, reason);
    return reason == NULL;
}

static enum book book_of(enum kiosk_book book)
{
    static const enum book BOOK[] = {BOOK_HOURS, BOOK_POINTS, BOOK_COIN, BOOK_SUBSIDY};
    return book < G_N_ELEMENTS(BOOK) ? BOOK[book] : BOOK_MONEY; /* no transaction of ours has that */
}

/* ---- A transaction of the card on the reader ----------------------------------------------------------------------- */

struct deal {
    struct kiosk *kiosk;
    struct credit_rules rules;
    struct store_credit credit;
    struct ledger_txn txn;
    int64_t now_ms;
};

static void begin_txn(struct deal *deal, enum ledger_type type, const char *ref)
{
    deal->now_ms = health_now_ms(deal->kiosk);
    deal->txn.type = type;
    deal->txn.at_ms = deal->now_ms;
    uuid7(deal->now_ms, deal->txn.id);
    g_strlcpy(deal->txn.rule, deal->rules.version, sizeof deal->txn.rule);
    g_strlcpy(deal->txn.ref, ref, sizeof deal->txn.ref);
}

static struct deal *deal_new(struct kiosk *kiosk, enum ledger_type type, const char *ref)
{
    struct deal *deal = g_new0(struct deal, 1);
    g_autoptr(GError) error = NULL;
    bool known = false;

    deal->kiosk = kiosk;
    if (store_credit_rules(kiosk->store, &deal->rules, &known, &error) && known && credit_load(kiosk, &deal->credit)) {
        begin_txn(deal, type, ref);
        return deal;
    }
    g_free(deal);
    refuse(kiosk, error != NULL ? "STORE" : "SNAPSHOT"); /* without rules nothing can be judged */
    return NULL;
}

static int age_of(const struct deal *deal)
{
    uint32_t birth = id_number_birth(deal->kiosk->session.card.holder.id_number);
    return birth != 0 ? age_on(birth, date_of_ms(deal->now_ms)) : deal->credit.balance.age;
}

static enum ledger_code judged(const struct deal *deal, enum book book)
{
    const struct credit_facts facts = {.spendable = deal->credit.spendable[book],
                                       .age = age_of(deal),
                                       .hardship = deal->credit.balance.hardship,
                                       .stars = deal->credit.balance.stars,
                                       .frozen = deal->credit.balance.frozen,
                                       .judge = health_online(deal->kiosk),
                                       .now_ms = deal->now_ms};
    return credit_judge(&deal->rules, &deal->txn, &facts);
}

/* NULL: go on. What only counts when nobody can be asked. */
static const char *offline_limits(const struct deal *deal, enum book book, int64_t amount)
{
    const struct store_credit *credit = &deal->credit;
    struct limits limits = credit_offline_limits;
    const struct limit_facts facts = {.amount = amount,
                                      .card_day = credit->used[book].day,
                                      .stored_sum = credit->used[book].sum,
                                      .stored_count = credit->used[book].count,
                                      .offline_ms = MAX(0, deal->now_ms - credit->confirmed_ms)};

    limits.hotlist_age_ms = -1; /* the gates asked */
    enum limit_reason reason = limits_check(&limits, &facts);
    return reason != LIMIT_NONE ? limit_reason_name(reason) : NULL;
}

/* ---- Redeeming ------------------------------------------------------------------------------------------------------ */

static bool place_hold(struct deal *deal, enum book book, int64_t amount)
{
    struct ledger_hold hold = {.book = book, .account = {.kind = OWNER_PERSON}, .amount = amount,
                               .expires_ms = deal->now_ms + HOLD_MS};

    uuid7(deal->now_ms, hold.id);
    g_strlcpy(hold.account.owner, deal->kiosk->session.token, sizeof hold.account.owner);
    g_strlcpy(deal->txn.hold, hold.id, sizeof deal->txn.hold);
    return write_event(deal->kiosk, "ledger.hold", ledger_hold_to_json(&hold));
}

/* The quota first, also online: what it covers is certain at once. *refused: why not, when it can be refused. */
static bool from_quota(struct deal *deal, enum book book, const char *item, int64_t amount, const char **refused)
{
    struct kiosk *kiosk = deal->kiosk;
    g_autoptr(GError) error = NULL;
    enum ledger_code code = LEDGER_QUOTA;
    int64_t version = 0;

    *refused = "STORE";
    if (!store_quota_ask(kiosk->store, kiosk->session.token, book, item, amount, deal->now_ms, &code, &version, &error)) {
        g_warning("quota: %s", error->message);
        return false;
    }
    *refused = code == LEDGER_OK ? offline_limits(deal, book, amount) : ledger_code_name(code);
    if (*refused != NULL)
        return false;
    deal->txn.quota = version;
    return true;
}

/* By its rules; who is too young is told from when on. */
static void refuse_by(struct deal *deal, enum ledger_code code)
{
    int from_age = code == LEDGER_AGE ? credit_redeem_age(&deal->rules, deal->credit.balance.hardship) : 0;

    tell_aged(deal->kiosk, KIOSK_CREDIT_REFUSED, "", ledger_code_name(code), from_age);
}

static void redeem_write(struct deal *deal, enum book book, int64_t amount)
{
    struct kiosk *kiosk = deal->kiosk;

    if (!place_hold(deal, book, amount) || !write_event(kiosk, "ledger.txn", ledger_txn_to_json(&deal->txn)))
        return;
    if (deal->txn.quota == 0)
        wait_for(kiosk, deal->txn.id);
    tell_with_balance(kiosk, deal->txn.quota != 0 ? KIOSK_CREDIT_DONE : KIOSK_CREDIT_PENDING, deal->txn.id);
}

static void redeem_judged(struct deal *deal, enum book book, const char *item, int64_t amount)
{
    struct kiosk *kiosk = deal->kiosk;
    const char *refused = NULL;
    enum ledger_code code = judged(deal, book);

    if (!deal->credit.known || deal->now_ms - deal->credit.confirmed_ms > SNAPSHOT_MS)
        refuse(kiosk, "SNAPSHOT");
    else if (code != LEDGER_OK)
        refuse_by(deal, code);
    else if (from_quota(deal, book, item, amount, &refused) || health_online(kiosk))
        redeem_write(deal, book, amount);
    else
        refuse(kiosk, refused);
}

static void redeem(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    enum book book = book_of(request->book);

    if (!gates(kiosk, true))
        return;
    g_autofree struct deal *deal = deal_new(kiosk, LEDGER_SPEND, request->ref);
    if (deal == NULL)
        return;
    if (ledger_txn_add(&deal->txn, book, OWNER_PERSON, kiosk->session.token, -request->amount) &&
        ledger_txn_add(&deal->txn, book, OWNER_REDEEMED, request->item, request->amount))
        redeem_judged(deal, book, request->item, request->amount);
    else
        refuse(kiosk, ledger_code_name(LEDGER_FORM));
}

static void reward_fill(struct kiosk_reward *out, const struct reward *reward)
{
    g_strlcpy(out->id, reward->id, sizeof out->id);
    g_strlcpy(out->name_zh, reward->name_zh, sizeof out->name_zh);
    g_strlcpy(out->name_en, reward->name_en, sizeof out->name_en);
    g_strlcpy(out->place_zh, reward->place_zh, sizeof out->place_zh);
    g_strlcpy(out->place_en, reward->place_en, sizeof out->place_en);
    out->book = reward->book == BOOK_POINTS ? KIOSK_BOOK_POINTS : KIOSK_BOOK_COIN;
    out->price = reward->price;
}

static void rewards_tell(struct kiosk *kiosk)
{
    g_autofree struct reward_list *list = g_new0(struct reward_list, 1);
    struct kiosk_reward *items = g_new0(struct kiosk_reward, REWARDS_MAX);
    g_autoptr(GError) error = NULL;
    bool known = false;

    if (!store_rewards(kiosk->store, list, &known, &error))
        g_warning("rewards: %s", error->message);
    for (size_t i = 0; known && i < list->count; i++)
        reward_fill(&items[i], &list->rewards[i]);
    struct kiosk_event event = {.kind = KIOSK_EVENT_REWARDS,
                                .rewards = {.items = items, .count = known ? list->count : 0, .asof_ms = kiosk->told.synced_ms}};
    kiosk_post(kiosk, &event, items);
}

/* ---- Giving --------------------------------------------------------------------------------------------------------- */

static void write_pending(struct deal *deal)
{
    if (!write_event(deal->kiosk, "ledger.txn", ledger_txn_to_json(&deal->txn)))
        return;
    wait_for(deal->kiosk, deal->txn.id);
    tell_with_balance(deal->kiosk, KIOSK_CREDIT_PENDING, deal->txn.id);
}

static void give(struct kiosk *kiosk, const struct kiosk_credit_request *request, bool donate)
{
    enum book book = donate ? book_of(request->book) : BOOK_COIN;

    if (!gates(kiosk, true))
        return;
    g_autofree struct deal *deal = deal_new(kiosk, donate ? LEDGER_DONATE : LEDGER_GIFT, request->ref);
    if (deal == NULL)
        return;
    bool made = ledger_txn_add(&deal->txn, book, OWNER_PERSON, kiosk->session.token, -request->amount) &&
                (donate ? ledger_txn_add(&deal->txn, book, OWNER_DONATION, "pool", request->amount)
                        : ledger_txn_add(&deal->txn, book, OWNER_PERSON, request->to, request->amount));
    enum ledger_code code = made ? judged(deal, book) : LEDGER_FORM;
    if (code == LEDGER_OK)
        write_pending(deal);
    else
        refuse(kiosk, ledger_code_name(code));
}

/* ---- Attendance ------------------------------------------------------------------------------------------------------ */

static void tell_tap(struct kiosk *kiosk, enum kiosk_credit_phase phase, const char *id, int64_t minutes)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CREDIT, .credit = {.ask = kiosk->answers.credit, .phase = phase, .minutes = minutes}};

    g_strlcpy(event.credit.id, id, sizeof event.credit.id);
    kiosk_post(kiosk, &event, NULL);
}

/* VR-9: too young to serve at all. */
static bool too_young(struct kiosk *kiosk, int64_t now_ms)
{
    uint32_t birth = id_number_birth(kiosk->session.card.holder.id_number);
    return birth != 0 && volunteer_gate(birth, date_of_ms(now_ms)) == VOLUNTEER_REFUSED;
}

static void tap_in(struct kiosk *kiosk, const struct kiosk_credit_request *request, int64_t now_ms)
{
    struct attendance_event event = {.slot_start_ms = request->slot_start_ms, .slot_end_ms = request->slot_end_ms,
                                     .at_ms = now_ms};

    if (too_young(kiosk, now_ms)) {
        tell_aged(kiosk, KIOSK_CREDIT_REFUSED, "", ledger_code_name(LEDGER_AGE), VOLUNTEER_AGE_FROM);
        return;
    }
    if (!volunteers_may_serve(kiosk, now_ms)) {
        refuse(kiosk, "CONSENT");
        return;
    }
    uuid7(now_ms, event.id);
    g_strlcpy(event.slot, request->adhoc ? ATTENDANCE_ADHOC : request->slot, sizeof event.slot);
    if (request->adhoc) {
        event.slot_start_ms = now_ms;
        event.slot_end_ms = now_ms + ATTENDANCE_ADHOC_MS;
    }
    g_strlcpy(event.token, kiosk->session.token, sizeof event.token);
    if (write_event(kiosk, "attendance.tap", attendance_event_to_json(&event)))
        tell_tap(kiosk, KIOSK_CREDIT_IN, event.id, 0);
}

static void tap_out(struct kiosk *kiosk, struct store_attendance *open, int64_t now_ms)
{
    struct attendance_event event = {.slot_start_ms = open->times.slot_start_ms, .slot_end_ms = open->times.slot_end_ms,
                                     .at_ms = now_ms, .out = true};
    struct attendance times = open->times;

    if (attendance_tap(&times, now_ms) == TAP_REPEATED) {
        tell_tap(kiosk, KIOSK_CREDIT_REPEATED, open->id, 0);
        return;
    }
    g_strlcpy(event.id, open->id, sizeof event.id);
    g_strlcpy(event.slot, open->slot, sizeof event.slot);
    g_strlcpy(event.token, kiosk->session.token, sizeof event.token); /* not the one in whose place it is: that is out of use */
    if (write_event(kiosk, "attendance.tap", attendance_event_to_json(&event)))
        tell_tap(kiosk, KIOSK_CREDIT_OUT, open->id, minutes_of(kiosk, &times));
}

/* Who has just signed out of one service goes on to the next: that is no tap of the same again. */
static bool is_next(const struct store_attendance *last, const struct kiosk_credit_request *request)
{
    const char *slot = request->adhoc ? ATTENDANCE_ADHOC : request->slot;

    return last->times.state != ATTENDANCE_IN && *slot != '\0' && strcmp(slot, last->slot) != 0;
}

static void attend(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    struct store_attendance open;
    g_autoptr(GError) error = NULL;
    int64_t now_ms = health_now_ms(kiosk);
    bool found = false;

    if (!gates(kiosk, false))
        return;
    if (!store_attendance_open(kiosk->store, kiosk->session.token, now_ms, &open, &found, &error)) {
        g_warning("attendance: %s", error->message);
        refuse(kiosk, "STORE");
    } else if (found && !is_next(&open, request)) {
        tap_out(kiosk, &open, now_ms);
    } else {
        tap_in(kiosk, request, now_ms);
    }
}

/* ---- Staff ------------------------------------------------------------------------------------------------------------ */

static bool staff_ready(struct kiosk *kiosk, size_t count, enum staff_act act, char tokens[2][33])
{
    const char *reason = gate_machine(kiosk);

    enum ledger_code code = reason == NULL ? staff_approvals(kiosk, count, act, 0, tokens) : LEDGER_OK;

    if (code != LEDGER_OK)
        reason = ledger_code_name(code);
    if (reason != NULL)
        refuse(kiosk, reason);
    return reason == NULL;
}

static void confirm(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    struct attendance_close end = {.confirmed = request->amount > 0, .minutes = request->amount};
    char staff[2][33] = {"", ""};

    if (!staff_ready(kiosk, 1, STAFF_CONFIRM, staff))
        return;
    g_strlcpy(end.id, request->id, sizeof end.id);
    g_strlcpy(end.staff, staff[0], sizeof end.staff);
    g_strlcpy(end.reason, request->ref, sizeof end.reason);
    if (!write_event(kiosk, "attendance.close", attendance_close_to_json(&end)))
        return;
    staff_approvals_use(kiosk);
    tell(kiosk, KIOSK_CREDIT_DONE, end.id, "");
}

static void staff_txn(struct deal *deal, char staff[2][33])
{
    memcpy(deal->txn.staff, staff, sizeof deal->txn.staff);
    enum ledger_code code = ledger_txn_check(&deal->txn);
    for (size_t i = 0; i < deal->txn.entry_count && code == LEDGER_OK; i++)
        if (strcmp(deal->txn.entries[i].account.owner, staff[0]) == 0 || strcmp(deal->txn.entries[i].account.owner, staff[1]) == 0)
            code = LEDGER_STAFF_OWN_CARD; /* the card that it is about need not lie there */
    if (code != LEDGER_OK) {
        refuse(deal->kiosk, ledger_code_name(code));
        return;
    }
    staff_approvals_use(deal->kiosk);
    write_pending(deal);
}

/* What is known here; the platform knows of the other kiosks too. */
static bool paper_fits(struct deal *deal, const char *staff, int64_t minutes)
{
    struct kiosk *kiosk = deal->kiosk;
    const char *token = kiosk->session.token;
    int64_t day_ms = ms_of_date(date_of_ms(deal->now_ms)), tapped = 0;
    struct paper_use use = {0};
    g_autoptr(GError) error = NULL;

    if (!store_paper(kiosk->store, token, staff, deal->now_ms, &use, &error) ||
        !store_attendance_done(kiosk->store, token, day_ms, &tapped, &error)) {
        g_warning("hours on paper: %s", error->message);
        refuse(kiosk, "STORE");
        return false;
    }
    use.day_min += tapped;
    enum ledger_code code = credit_paper(&deal->rules, OWNER_PERSON, minutes, &use);
    if (code != LEDGER_OK)
        refuse(kiosk, ledger_code_name(code));
    return code == LEDGER_OK;
}

static void earn(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    char staff[2][33] = {"", ""};

    if (!gates(kiosk, false) || !staff_ready(kiosk, 1, STAFF_CONFIRM, staff))
        return;
    g_autofree struct deal *deal = deal_new(kiosk, LEDGER_EARN, request->ref);
    if (deal == NULL)
        return;
    if (!paper_fits(deal, staff[0], request->amount))
        return;
    ledger_txn_add(&deal->txn, BOOK_HOURS, OWNER_ISSUE, "community", -request->amount);
    ledger_txn_add(&deal->txn, BOOK_HOURS, OWNER_PERSON, kiosk->session.token, request->amount);
    staff_txn(deal, staff);
}

static void adjust(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    char staff[2][33] = {"", ""};
    enum book book = book_of(request->book);

    if (!gates(kiosk, true) || !staff_ready(kiosk, 2, STAFF_DESK, staff))
        return;
    g_autofree struct deal *deal = deal_new(kiosk, LEDGER_ADJUST, request->ref);
    if (deal == NULL)
        return;
    ledger_txn_add(&deal->txn, book, OWNER_ADJUST, "staff", -request->amount);
    ledger_txn_add(&deal->txn, book, OWNER_PERSON, kiosk->session.token, request->amount);
    staff_txn(deal, staff);
}

/* Only what was written here is at hand to be undone here; the card need not be there. */
static void reverse(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    g_autofree struct ledger_txn *original = g_new0(struct ledger_txn, 1);
    g_autofree struct deal *deal = NULL;
    char staff[2][33] = {"", ""};
    enum ledger_state state = LEDGER_NONE;
    g_autoptr(GError) error = NULL;
    bool found = false;

    if (!store_ledger_txn(kiosk->store, request->id, original, &found, &error)) {
        g_warning("reverse: %s", error->message);
        refuse(kiosk, "STORE");
        return;
    }
    if (!found) {
        refuse(kiosk, ledger_code_name(LEDGER_UNKNOWN));
        return;
    }
    if (!store_ledger_state(kiosk->store, request->id, &state, NULL, &error)) {
        g_warning("reverse: %s", error->message);
        refuse(kiosk, "STORE");
        return;
    }
    if (state == LEDGER_REVERSED) { /* by one that is not refused: before staff's taps are spent on it */
        refuse(kiosk, ledger_code_name(LEDGER_REVERSED_BEFORE));
        return;
    }
    if (!staff_ready(kiosk, credit_reversal_staff(original), STAFF_DESK, staff) ||
        (deal = deal_new(kiosk, LEDGER_REVERSE, "")) == NULL)
        return;
    ledger_txn_reverse(original, &deal->txn);
    staff_txn(deal, staff);
}

/* ---- Doors -------------------------------------------------------------------------------------------------------------- */

static void balance_tell(struct kiosk *kiosk)
{
    const char *closed = gate_card(kiosk);

    if (closed != NULL)
        refuse(kiosk, closed);
    else
        tell_with_balance(kiosk, KIOSK_CREDIT_BALANCE, "");
}

void credit_do(struct kiosk *kiosk, const struct kiosk_credit_request *request)
{
    kiosk->answers.credit = request->ask;
    switch (request->ask) {
    case KIOSK_CREDIT_ASK_BALANCE:
        balance_tell(kiosk);
        break;
    case KIOSK_CREDIT_ASK_REWARDS:
        rewards_tell(kiosk);
        break;
    case KIOSK_CREDIT_ASK_ATTEND:
        attend(kiosk, request);
        break;
    case KIOSK_CREDIT_ASK_REDEEM:
        redeem(kiosk, request);
        break;
    case KIOSK_CREDIT_ASK_GIVE:
    case KIOSK_CREDIT_ASK_DONATE:
        give(kiosk, request, request->ask == KIOSK_CREDIT_ASK_DONATE);
        break;
    case KIOSK_CREDIT_ASK_CONFIRM:
        confirm(kiosk, request);
        break;
    case KIOSK_CREDIT_ASK_EARN:
        earn(kiosk, request);
        break;
    case KIOSK_CREDIT_ASK_REVERSE:
        reverse(kiosk, request);
        break;
    case KIOSK_CREDIT_ASK_ADJUST:
        adjust(kiosk, request);
        break;
    }
}

/* True: over, and told. */
static bool followed(struct kiosk *kiosk, const struct wait *wait)
{
    enum ledger_state state = LEDGER_NONE;
    g_autoptr(GError) error = NULL;
    char code[48];

    if (!store_ledger_state(kiosk->store, wait->id, &state, code, &error)) {
        g_warning("credit: %s", error->message);
        return false;
    }
    if (state == LEDGER_PENDING)
        return false;
    kiosk->answers.credit = wait->ask;
    tell(kiosk, state == LEDGER_REJECTED ? KIOSK_CREDIT_REJECTED : KIOSK_CREDIT_POSTED, wait->id, code);
    return true;
}

static void holds_end(struct kiosk *kiosk)
{
    struct ledger_hold hold;
    g_autoptr(GError) error = NULL;
    int64_t now_ms = health_now_ms(kiosk);
    bool found = false;

    if (!store_ledger_hold_due(kiosk->store, now_ms, &hold, &found, &error)) {
        g_warning("holds: %s", error->message);
        return;
    }
    if (!found || !hold_expire(&hold, now_ms))
        return;
    json_t *data = ledger_hold_to_json(&hold);
    if (data == NULL || !store_append(kiosk->store, "ledger.hold", data, NULL, &error))
        g_warning("hold: %s", error != NULL ? error->message : "no memory");
    json_decref(data);
}

void credit_follow(struct kiosk *kiosk)
{
    int64_t boot_ms = clock_boot_ms();

    if (kiosk->credit_seen_ms != 0 && boot_ms - kiosk->credit_seen_ms < FOLLOW_MS)
        return;
    kiosk->credit_seen_ms = boot_ms;
    for (guint i = 0; kiosk->credit_waits != NULL && i < kiosk->credit_waits->len;)
        if (followed(kiosk, g_ptr_array_index(kiosk->credit_waits, i)))
            g_ptr_array_remove_index(kiosk->credit_waits, i);
        else
            i++;
    if (health_store_ok(kiosk) && health_clock_trusted(kiosk))
        holds_end(kiosk);
}
