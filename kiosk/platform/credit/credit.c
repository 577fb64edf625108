/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging events of volunteer credit.
 *
 *   attendance.tap     two taps of one card in a slot; a second attendance in the same time is refused
 *   attendance.close   people say how many minutes count: never more than the rules credit for the taps, never for themselves
 *   ledger.hold        taken as it is: it keeps credit from being spent, and gives nobody anything
 *   ledger.txn         EARN of hours on paper, SPEND, GIFT, DONATE, REVERSE, ADJUST
 *   quota.taken        a newer quota is in force at the kiosk: older ones are closed to what it writes from now on
 *
 * A spend that names a quota was handed over already, while nobody could be asked. Within what was handed out to that kiosk it
 * is posted whatever the balance is; what is missing, because another kiosk spent the same, a fund covers: the resident is
 * never asked to pay back, the transaction is flagged, and the loss is bounded by the quotas.
 */
#include "platform/credit/credit-work.h"
#include "platform/credit/quota.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "model/reward.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

#define DAY_MS        INT64_C(86400000)
#define MONTH_MS      (31 * DAY_MS)
#define PAPER_LATE_MS (92 * DAY_MS)

static const char *const types[] = {"ledger.txn", "ledger.hold", "attendance.tap", "attendance.close", QUOTA_TAKEN, NULL};

bool credit_type(const char *type)
{
    return g_strv_contains(types, type);
}

/* db_quota_closed() */
bool credit_reads_events(const char *type)
{
    return strcmp(type, "ledger.txn") == 0;
}

bool credit_refuse_as(struct credit_work *work, enum store_verdict verdict, const char *code)
{
    *work->out = (struct outcome){.verdict = verdict, .code = code};
    return true;
}

bool credit_refuse(struct credit_work *work, enum ledger_code code)
{
    return credit_refuse_as(work, STORE_REJECTED, ledger_code_name(code));
}

/* ---- Rules ---- */

bool credit_rules_find(struct db *db, struct credit_rules *out, bool *found, GError **error)
{
    g_autofree char *text = NULL;

    if (!db_meta_get(db, "credit_rules", &text, error))
        return false;
    json_t *json = text != NULL ? wire_parse(text, strlen(text), NULL) : NULL;
    *found = credit_rules_from_json(json, out);
    json_decref(json);
    return true;
}

static bool rules_keep(struct db *db, struct credit_rules_kept *kept, GError **error)
{
    if (kept->read)
        return true;
    *kept = (struct credit_rules_kept){.read = false};
    return kept->read = credit_rules_find(db, &kept->rules, &kept->found, error);
}

bool credit_rules_load(struct db *db, struct credit_rules *out, GError **error)
{
    bool ok = false;

    if (!credit_rules_find(db, out, &ok, error))
        return false;
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "this community has no rules for credit");
    return ok;
}

bool credit_rules_set(struct db *db, const struct credit_rules *rules, GError **error)
{
    json_t *json = credit_rules_to_json(rules);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    bool ok = text != NULL && db_meta_set(db, "credit_rules", text, error) &&
              db_change_add(db, "rule", "credit", error);

    free(text);
    json_decref(json);
    return ok;
}

bool credit_rewards_set(struct db *db, const struct reward_list *list, GError **error)
{
    json_t *json = reward_list_to_json(list);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    bool ok = text != NULL && db_meta_set(db, "rewards", text, error) && db_change_add(db, "reward", "list", error);

    free(text);
    json_decref(json);
    return ok;
}

/* ---- Facts ---- */

static const struct ledger_entry *side(const struct ledger_txn *txn, bool giving)
{
    for (size_t i = 0; i < txn->entry_count; i++) {
        enum owner_kind kind = txn->entries[i].account.kind;
        if ((txn->entries[i].amount < 0) == giving && (kind == OWNER_PERSON || kind == OWNER_TEAM))
            return &txn->entries[i];
    }
    return NULL;
}

bool credit_spendable(struct credit_work *work, const struct account *of, enum book book, const char *except, int64_t *out,
                      GError **error)
{
    char account[ACCOUNT_TEXT_SIZE];
    int64_t balance = 0, held = 0;

    account_text(of, account);
    if (!db_credit_balance(work->db, account, book, &balance, error) ||
        !db_credit_held(work->db, account, book, except, work->now_ms, &held, error))
        return false;
    if (account_has_lots(book, of->kind)) {
        g_autoptr(GArray) lots = db_credit_lots(work->db, account, book, error);
        if (lots == NULL)
            return false;
        balance = MIN(balance, lots_spendable((struct lot *)(void *)lots->data, lots->len, date_of_ms(work->now_ms)));
    }
    *out = balance - held;
    return true;
}

static bool person_facts(struct credit_work *work, const struct account *account, bool giving, bool *known, GError **error)
{
    struct credit_person person;

    *known = true;
    if (account->kind != OWNER_PERSON)
        return true;
    if (!db_credit_person(work->db, account->owner, &person, error))
        return false;
    *known = person.found;
    if (!giving)
        return true;
    work->facts.age = age_on(person.birth, date_of_ms(work->now_ms));
    work->facts.hardship = person.hardship;
    work->facts.stars = person.stars;
    work->facts.frozen = person.frozen;
    return true;
}

/* What is said of a card that was replaced is said of the one in its place. */
static bool as_current(struct db *db, struct ledger_txn *txn, GError **error)
{
    char current[33];
    int64_t stopped_ms;

    for (size_t i = 0; txn->type != LEDGER_MOVE && i < txn->entry_count; i++) {
        struct account *account = &txn->entries[i].account;
        if (account->kind != OWNER_PERSON)
            continue;
        if (!db_card_current(db, account->owner, current, &stopped_ms, error))
            return false;
        g_strlcpy(account->owner, current, sizeof account->owner);
    }
    return true;
}

static bool linked_facts(struct credit_work *work, GError **error)
{
    bool found = false;

    if (work->txn.type == LEDGER_REVERSE) {
        /* A kiosk undoes what it told of itself. Whether another's goods came back it cannot know. */
        bool here = work->kiosk == NULL;
        if (!db_credit_txn_find(work->db, work->txn.reverses, &work->original, &found, error) ||
            (!here && !db_credit_written_at(work->db, work->txn.reverses, work->kiosk, &here, error)) ||
            !db_credit_reversed(work->db, work->txn.reverses, &work->facts.reversed, error))
            return false;
        if (found && !as_current(work->db, &work->original, error))
            return false;
        work->facts.original = found && here ? &work->original : NULL;
    }
    if (*work->txn.hold != '\0') {
        char owner[32];
        if (!db_credit_hold_find(work->db, work->txn.hold, &work->hold, owner, &found, error))
            return false;
        if (found && g_strcmp0(owner, work->kiosk) != 0)
            work->hold.state = HOLD_RELEASED; /* another kiosk's: nothing to be spent here */
        /* The daily run goes by the platform's clock. What was captured before its end and is told of later, was held. */
        else if (found && work->hold.state == HOLD_EXPIRED && work->txn.at_ms < work->hold.expires_ms)
            work->hold.state = HOLD_HELD;
        work->facts.hold = found ? &work->hold : NULL;
    }
    return true;
}

/* Does the money-like side know both people? *known false: a token that no card of ours has. */
static bool facts_load(struct credit_work *work, bool *known, GError **error)
{
    const struct ledger_entry *from = side(&work->txn, true), *to = side(&work->txn, false);
    bool known_from = true, known_to = true;
    char account[ACCOUNT_TEXT_SIZE];

    work->facts = (struct credit_facts){.age = -1, .judge = true, .now_ms = work->txn.at_ms};
    if (!linked_facts(work, error))
        return false;
    if (from != NULL && (!person_facts(work, &from->account, true, &known_from, error) || 
                         !credit_spendable(work, &from->account, from->book, work->txn.hold, &work->facts.spendable, error)))
        return false;
    if (to != NULL) {
        account_text(&to->account, account);
        if (!person_facts(work, &to->account, false, &known_to, error) ||
            !db_credit_balance(work->db, account, BOOK_COIN, &work->facts.receiver_balance, error))
            return false;
    }
    *known = known_from && known_to;
    return true;
}

/* TB-9 */
static bool gift_flags(struct credit_work *work, GError **error)
{
    const struct ledger_entry *from = side(&work->txn, true), *to = side(&work->txn, false);
    char giver[ACCOUNT_TEXT_SIZE], receiver[ACCOUNT_TEXT_SIZE];
    struct credit_person a, b;
    int64_t back = 0;

    if (work->txn.type != LEDGER_GIFT || from == NULL || to == NULL)
        return true;
    account_text(&from->account, giver);
    account_text(&to->account, receiver);
    if (!db_credit_person(work->db, from->account.owner, &a, error) ||
        !db_credit_person(work->db, to->account.owner, &b, error) ||
        !db_credit_gifts(work->db, receiver, giver, work->now_ms - MONTH_MS, &back, error))
        return false;
    work->flags |= credit_flags(&work->rules, a.household == b.household, back);
    return true;
}

/* ---- Quotas ---- */

static const char *item_of(const struct ledger_txn *txn)
{
    for (size_t i = 0; i < txn->entry_count; i++)
        if (txn->entries[i].account.kind == OWNER_REDEEMED)
            return txn->entries[i].account.owner;
    return "";
}

/* Was it within what this kiosk had been handed out, at the time it says it was spent? What it spent from a newer version it
 * did after it had given up the rest of the older one. */
static bool within_quota(struct credit_work *work, bool *within, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    const struct ledger_entry *from = side(&work->txn, true);
    struct quota_use uses[QUOTAS_MAX] = {{0, 0}};
    char account[ACCOUNT_TEXT_SIZE];
    bool closed = false;

    *within = false;
    if (from == NULL || work->kiosk == NULL)
        return true;
    account_text(&from->account, account);
    if (!db_quota_find(work->db, work->kiosk, work->txn.quota, set, error))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (!db_quota_used(work->db, work->kiosk, set->version, &set->quotas[i], account, &uses[i], error))
            return false;
    const struct quota_place at = {work->epoch, work->seq, work->txn.at_ms};
    if (!db_quota_closed(work->db, work->kiosk, work->txn.quota, &at, &closed, error))
        return false;
    *within = !closed && set->version == work->txn.quota &&
              quota_check(set, work->kiosk, from->book, item_of(&work->txn), -from->amount, uses, work->txn.at_ms) ==
                  LEDGER_OK;
    return true;
}

/* What is there is spent; the rest comes from the fund for such cases. Holds stand back: they were never handed over. */
static bool cover(struct credit_work *work, GError **error)
{
    const struct ledger_entry *from = side(&work->txn, true);
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);

    work->flags |= CREDIT_FLAG_OVERDRAWN;
    uuid7(work->now_ms, txn->id);
    txn->type = LEDGER_ISSUE;
    txn->at_ms = work->now_ms;
    g_strlcpy(txn->rule, work->rules.version, sizeof txn->rule);
    g_strlcpy(txn->ref, work->txn.id, sizeof txn->ref);
    return ledger_txn_add(txn, from->book, OWNER_FUND, "offline", -work->missing) &&
           ledger_txn_add(txn, from->book, OWNER_PERSON, from->account.owner, work->missing) &&
           credit_post(work->db, txn, NULL, 0, work->now_ms, CREDIT_FLAG_OVERDRAWN, error);
}

/* Nothing of the balance's rules applies to what was handed over within a quota. */
static bool quota_facts(struct credit_work *work, bool *within, GError **error)
{
    const struct ledger_entry *from = side(&work->txn, true);

    *within = true;
    if (work->txn.quota == 0)
        return true;
    if (!within_quota(work, within, error))
        return false;
    if (!*within)
        return true;
    /* The goods are gone. What was refused to be held, or is held no more, does not bring them back. */
    if (work->facts.hold == NULL || hold_blocks(work->facts.hold, work->txn.at_ms) < -from->amount)
        *work->txn.hold = '\0';
    work->missing = MAX(0, -from->amount - MAX(0, work->facts.spendable));
    work->facts.spendable = MAX(work->facts.spendable, -from->amount);
    work->facts.frozen = false; /* reported lost after it was spent */
    return true;
}

/* ---- Transactions ---- */

/* What a kiosk may ask for. Coins and points come of hours by themselves; funds are issued and lots written off here only. */
static enum ledger_code asked_by_kiosk(const struct ledger_txn *txn)
{
    switch (txn->type) {
    case LEDGER_SPEND:
    case LEDGER_GIFT:
    case LEDGER_DONATE:
    case LEDGER_REVERSE:
    case LEDGER_ADJUST:
        return LEDGER_OK;
    case LEDGER_EARN:
        if (txn->entry_count != 2) /* one person's hours: what they bring is counted for one */
            return LEDGER_SHAPE;
        for (size_t i = 0; i < txn->entry_count; i++)
            if (txn->entries[i].book != BOOK_HOURS || strcmp(txn->entries[i].account.owner, txn->staff[0]) == 0)
                return txn->entries[i].book != BOOK_HOURS ? LEDGER_RULE : LEDGER_TWO_PERSONS;
        return *txn->staff[0] != '\0' ? LEDGER_OK : LEDGER_TWO_PERSONS;
    default:
        return LEDGER_RULE;
    }
}

static bool capture(struct credit_work *work, GError **error)
{
    const struct ledger_entry *from = side(&work->txn, true);

    if (*work->txn.hold == '\0')
        return true;
    return hold_capture(&work->hold, -from->amount, work->txn.at_ms) == LEDGER_OK &&
           db_credit_hold_put(work->db, &work->hold, work->kiosk, error);
}

/* Hours on paper bring their coins and points too, and a fund covers what was spent twice; when they are undone, so is that. */
static bool follow_up(struct credit_work *work, GError **error)
{
    const struct ledger_entry *to = side(&work->txn, false);
    g_autofree struct ledger_txn *derived = g_new0(struct ledger_txn, 1), *undo = g_new0(struct ledger_txn, 1);
    char id[37];
    bool found;

    if (work->txn.type == LEDGER_EARN && to != NULL && to->book == BOOK_HOURS)
        return credit_post_earned(work->db, &work->rules, &to->account, work->txn.id, to->amount, work->now_ms, error);
    if (work->txn.type != LEDGER_REVERSE)
        return true;
    if (!db_credit_derived(work->db, work->txn.reverses, id, error))
        return false;
    if (*id == '\0')
        return true;
    if (!db_credit_txn_find(work->db, id, derived, &found, error) || !as_current(work->db, derived, error))
        return false;
    ledger_txn_reverse(derived, undo);
    uuid7(work->now_ms, undo->id);
    undo->at_ms = work->now_ms;
    g_strlcpy(undo->rule, work->rules.version, sizeof undo->rule);
    return credit_post(work->db, undo, NULL, 0, work->now_ms, 0, error);
}

static bool owes(const struct credit_work *work)
{
    const struct ledger_entry *from = side(&work->txn, true);
    return work->txn.type == LEDGER_SPEND && from != NULL && -from->amount > work->facts.spendable;
}

/* No lot outlives what the rules give it, whatever the kiosk says; a gift's ends come with what is given. */
static void ends_set(struct credit_work *work)
{
    for (size_t i = 0; i < work->txn.entry_count; i++) {
        struct ledger_entry *entry = &work->txn.entries[i];
        unsigned months = entry->book == BOOK_COIN ? work->rules.coin_months : work->rules.points_months;
        uint32_t last = lot_end(date_of_ms(work->now_ms), months);

        if (entry->amount < 0 || !account_has_lots(entry->book, entry->account.kind))
            continue;
        if (work->txn.type == LEDGER_GIFT)
            entry->expires_on = 0;
        else if (work->txn.type == LEDGER_ADJUST && last != 0 && (entry->expires_on == 0 || entry->expires_on > last))
            entry->expires_on = last;
    }
}

static bool post(struct credit_work *work, GError **error)
{
    ends_set(work);
    if (owes(work))
        work->flags |= CREDIT_FLAG_OWES;
    if (!gift_flags(work, error) || (work->missing > 0 && !cover(work, error)))
        return false;
    /* Who spends from a version has given up the older ones. */
    const struct quota_place at = {0, work->seq, work->now_ms};
    if (work->txn.quota != 0 && !db_quota_over(work->db, work->kiosk, work->txn.quota, "taken", &at, error))
        return false;
    return capture(work, error) &&
           credit_post(work->db, &work->txn, work->kiosk, work->seq, work->now_ms, work->flags, error) &&
           follow_up(work, error);
}

bool credit_staff(struct credit_work *work, const char staff[2][33], size_t needed, enum staff_act act, const char *about,
                  enum ledger_code *out, GError **error)
{
    const struct staff_question question = {.names = {staff[0], staff[1]}, .needed = needed, .act = act, .kiosk = work->kiosk,
                                            .about = about, .at_ms = work->at_ms, .now_ms = work->now_ms};

    return staff_judge(work->db, &question, out, error);
}

static size_t staff_needed(const struct credit_work *work)
{
    switch (work->txn.type) {
    case LEDGER_ADJUST:
        return 2;
    case LEDGER_EARN:
        return 1;
    case LEDGER_REVERSE:
        return work->facts.original != NULL ? credit_reversal_staff(work->facts.original) : 1;
    default:
        return 0;
    }
}

/* Somebody of the register, and nobody whom it is about. */
static bool staff_answers(struct credit_work *work, enum ledger_code *out, GError **error)
{
    const struct ledger_txn *txn = &work->txn;
    enum staff_act act = txn->type == LEDGER_EARN ? STAFF_CONFIRM : STAFF_DESK;
    size_t needed = staff_needed(work);

    *out = LEDGER_OK;
    if (needed == 0 && *txn->staff[0] == '\0')
        return true;
    if (!credit_staff(work, txn->staff, needed, act, NULL, out, error))
        return false;
    for (size_t i = 0; i < txn->entry_count && *out == LEDGER_OK; i++)
        if (txn->entries[i].account.kind == OWNER_PERSON &&
            !credit_staff(work, txn->staff, needed, act, txn->entries[i].account.owner, out, error))
            return false;
    return true;
}

/* A slip of paper has no taps: only limits say what is believed. `at_ms` is the kiosk's word, so what is told late, or comes in
 * bulk, is limited by our own months as well. */
static bool paper_fits(struct credit_work *work, enum ledger_code *out, GError **error)
{
    const struct ledger_entry *to = side(&work->txn, false);
    struct paper_use use;
    struct staff_row member;
    char account[ACCOUNT_TEXT_SIZE];
    int64_t day_ms = ms_of_date(date_of_ms(work->txn.at_ms)), tapped = 0, received = 0;
    bool found;

    *out = LEDGER_OK;
    if (work->kiosk == NULL || work->txn.type != LEDGER_EARN || to == NULL)
        return true;
    account_text(&to->account, account);
    if (!db_staff_find(work->db, work->txn.staff[0], work->at_ms, &member, &found, error))
        return false;
    const char *const names[2] = {found ? member.staff.id : work->txn.staff[0], found ? member.staff.token : ""};
    if (!db_credit_paper(work->db, account, names, work->txn.at_ms, work->now_ms, &use, &received, error) ||
        !db_attendance_minutes(work->db, to->account.owner, day_ms, day_ms + DAY_MS, &tapped, error))
        return false;
    use.day_min += tapped;
    use.month_min = MAX(use.month_min, received / 2);
    *out = credit_paper(&work->rules, to->account.kind, to->amount, &use);
    if (work->txn.at_ms > work->now_ms + DAY_MS || work->txn.at_ms < work->now_ms - PAPER_LATE_MS)
        *out = LEDGER_HOURS;
    return true;
}

/* OK: posted. *ok false is trouble of the database. */
static enum ledger_code judge(struct credit_work *work, bool *ok, GError **error)
{
    enum ledger_code code = LEDGER_UNKNOWN;
    bool known = true, within = true;

    *ok = as_current(work->db, &work->txn, error) && facts_load(work, &known, error);
    if (!*ok || !known)
        return LEDGER_UNKNOWN;
    *ok = staff_answers(work, &code, error);
    if (!*ok || code != LEDGER_OK)
        return code;
    *ok = paper_fits(work, &code, error);
    if (!*ok || code != LEDGER_OK)
        return code;
    *ok = quota_facts(work, &within, error);
    if (!*ok || !within)
        return LEDGER_QUOTA;
    code = credit_judge(&work->rules, &work->txn, &work->facts);
    if (code == LEDGER_OK)
        *ok = post(work, error);
    return code;
}

static bool apply_txn(struct credit_work *work, json_t *data, GError **error)
{
    bool taken, ok;

    if (!ledger_txn_from_json(data, &work->txn))
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    enum ledger_code code = asked_by_kiosk(&work->txn);
    if (code != LEDGER_OK)
        return credit_refuse(work, code);
    if (!db_credit_txn_taken(work->db, work->txn.id, &taken, error))
        return false;
    if (taken)
        return credit_refuse_as(work, STORE_CONFLICT, ID_REUSED);
    code = judge(work, &ok, error);
    if (!ok)
        return false;
    return code == LEDGER_OK || credit_refuse(work, code);
}

/* ---- Doors ---- */

bool credit_apply(struct platform *platform, const struct credit_event *event, json_t *data, int64_t now_ms,
                  struct outcome *out, GError **error)
{
    g_autofree struct credit_work *work = g_new0(struct credit_work, 1);

    *work = (struct credit_work){.db = platform->db, .kiosk = event->kiosk, .epoch = event->epoch, .seq = event->seq, .at_ms = event->at_ms,
                                 .offset_ms = event->offset_ms,
                                 .now_ms = now_ms, .kept = event->kept, .out = out};
    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    if (strcmp(event->type, QUOTA_TAKEN) == 0)
        return quota_taken(work, data, error);
    if (!rules_keep(platform->db, event->kept, error))
        return false;
    work->rules = event->kept->rules;
    if (!event->kept->found)
        return credit_refuse(work, LEDGER_RULE); /* this community has no volunteer credit */
    if (strcmp(event->type, "ledger.txn") == 0)
        return apply_txn(work, data, error);
    if (strcmp(event->type, "ledger.hold") == 0)
        return credit_apply_hold(work, data, error);
    return strcmp(event->type, "attendance.tap") == 0 ? credit_apply_tap(work, data, error) : credit_apply_close(work, data, error);
}

void credit_ask(struct db *db, const char *kiosk, const char *type, json_t *data)
{
    struct credit_rules rules;
    bool unused;

    (void)credit_rules_find(db, &rules, &unused, NULL);
    if (strcmp(type, "attendance.tap") == 0)
        credit_ask_tap(db, kiosk, data);
}

static bool by_hand(struct credit_work *work, enum ledger_code *out, GError **error)
{
    bool ok;

    if (!credit_rules_load(work->db, &work->rules, error))
        return false;
    if (*work->txn.rule == '\0')
        g_strlcpy(work->txn.rule, work->rules.version, sizeof work->txn.rule);
    *out = judge(work, &ok, error);
    return ok;
}

bool credit_by_hand(struct platform *platform, struct ledger_txn *txn, int64_t now_ms, enum ledger_code *out, GError **error)
{
    g_autofree struct credit_work *work = g_new0(struct credit_work, 1);

    *work = (struct credit_work){.db = platform->db, .at_ms = now_ms, .now_ms = now_ms, .txn = *txn};
    if (!db_begin(platform->db, true, error))
        return false;
    if (by_hand(work, out, error) && *out == LEDGER_OK)
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return error == NULL || *error == NULL;
}

bool credit_by_hand_in(struct platform *platform, const struct ledger_txn *txn, int64_t now_ms, enum ledger_code *out, GError **error)
{
    g_autofree struct credit_work *work = g_new0(struct credit_work, 1);

    *work = (struct credit_work){.db = platform->db, .at_ms = now_ms, .now_ms = now_ms, .txn = *txn};
    return by_hand(work, out, error);
}
