/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posting. A transaction's entries are what happened; lots say how much of what a person earned is left, and until when.
 *
 *   earned, given, issued   a new lot
 *   spent                   from lots that live, the oldest first
 *   written off             from lots that ended
 *   given           the receiver's lots end when those ended that it was taken from
 *   reversed                back into, or out of, the very lots of the original; what came of lots of a card that was replaced since lies
 *                           in a new one of the same end
 *   moved                   all lots of a card into lots of the same ids, times and ends of the one in its place
 *   then                    the lots hold exactly the balance, or nothing while it is below zero: what is owed is taken from
 *                           what comes
 */
#include "platform/credit/credit.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"
#include "model/model.h"
#include <string.h>

#define GIFT_LOTS_MAX 99 /* of more days than that what is left ends with the first */

struct posting {
    struct db *db;
    const struct ledger_txn *txn;
    const struct ledger_entry *entry;
    char account[ACCOUNT_TEXT_SIZE];
    int64_t now_ms;
    unsigned opened; /* lots */
};

static bool use(struct posting *p, const char *lot, int64_t amount, GError **error)
{
    return amount == 0 || db_credit_lot_use(p->db, p->txn->id, p->account, p->entry->book, lot, amount, error);
}

static bool open_lot(struct posting *p, int64_t amount, uint32_t expires_on, GError **error)
{
    struct lot lot = {.earned_ms = p->txn->at_ms, .expires_on = expires_on, .remaining = amount};

    if (p->opened == 0)
        g_strlcpy(lot.id, p->txn->id, sizeof lot.id);
    else
        g_snprintf(lot.id, sizeof lot.id, "%s/%u", p->txn->id, p->opened);
    p->opened++;
    return db_credit_lot_open(p->db, p->account, p->entry->book, p->txn->id, &lot, error);
}

/* What is given on credit has no lot: it ends with the first of the others. */
static bool open_given(struct posting *p, GError **error)
{
    g_autoptr(GArray) given = db_credit_given(p->db, p->txn->id, p->entry->book, error);
    int64_t left = p->entry->amount;
    uint32_t end = 0;

    if (given == NULL)
        return false;
    if (given->len > 0)
        end = g_array_index(given, struct lot, 0).expires_on;
    for (guint i = 0; i < MIN(given->len, GIFT_LOTS_MAX) && left > 0; i++) {
        const struct lot *lot = &g_array_index(given, struct lot, i);
        int64_t part = MIN(left, lot->remaining);
        if (!open_lot(p, part, lot->expires_on, error))
            return false;
        left -= part;
    }
    return left == 0 || open_lot(p, left, end, error);
}

/* All that its lots hold; what is owed has none. */
static bool move_out(struct posting *p, GError **error)
{
    g_autoptr(GArray) lots = db_credit_lots(p->db, p->account, p->entry->book, error);

    for (guint i = 0; lots != NULL && i < lots->len; i++) {
        const struct lot *lot = &g_array_index(lots, struct lot, i);
        if (!use(p, lot->id, lot->remaining, error))
            return false;
    }
    return lots != NULL;
}

static bool move_in(struct posting *p, GError **error)
{
    g_autoptr(GArray) lots = db_lots_moved(p->db, p->txn->id, p->entry->book, error);

    for (guint i = 0; lots != NULL && i < lots->len; i++)
        if (!db_credit_lot_open(p->db, p->account, p->entry->book, p->txn->id, &g_array_index(lots, struct lot, i), error))
            return false;
    return lots != NULL;
}

/* Out of lots by the rules; `ended`: only those that are over. What they do not hold is owed. */
static bool take(struct posting *p, int64_t amount, bool ended, GError **error)
{
    g_autoptr(GArray) lots = db_credit_lots(p->db, p->account, p->entry->book, error);
    uint32_t today = date_of_ms(p->now_ms);

    if (lots == NULL)
        return false;
    struct lot *all = (struct lot *)(void *)lots->data;
    g_autofree struct lot_use *uses = g_new0(struct lot_use, lots->len + 1);
    size_t used = ended ? lots_expire(all, lots->len, today, uses)
                        : lots_spend(all, lots->len, MIN(amount, lots_spendable(all, lots->len, today)), today, uses);
    for (size_t i = 0; i < used; i++)
        if (!use(p, all[uses[i].lot].id, uses[i].amount, error))
            return false;
    return true;
}

/* What was taken from lots of a card that this one took the place of: they are closed, and what comes back ends when they did. */
static bool turn_back_before(struct posting *p, GError **error)
{
    g_autoptr(GArray) before = db_uses_before(p->db, p->txn->reverses, p->entry->account.owner, p->entry->book, error);

    for (guint i = 0; before != NULL && i < before->len; i++) {
        const struct lot *lot = &g_array_index(before, struct lot, i);
        if (!open_lot(p, lot->remaining, lot->expires_on, error))
            return false;
    }
    return before != NULL;
}

/* The original's uses turned round; and a lot that it opened is emptied as far as it still holds something. */
static bool turn_back(struct posting *p, GError **error)
{
    g_autoptr(GArray) uses = db_credit_uses(p->db, p->txn->reverses, p->account, p->entry->book, error);
    g_autoptr(GArray) lots = db_credit_lots(p->db, p->account, p->entry->book, error);
    int64_t left = -p->entry->amount;

    if (uses == NULL || lots == NULL || !turn_back_before(p, error))
        return false;
    for (guint i = 0; i < uses->len; i++) {
        const struct credit_use *had = &g_array_index(uses, struct credit_use, i);
        if (!use(p, had->lot, -had->amount, error))
            return false;
    }
    for (guint i = 0; i < lots->len; i++) {
        const struct lot *lot = &g_array_index(lots, struct lot, i);
        if (left <= 0 || !g_str_has_prefix(lot->id, p->txn->reverses))
            continue;
        if (!use(p, lot->id, MIN(lot->remaining, left), error))
            return false;
        left -= MIN(lot->remaining, left);
    }
    return true;
}

static int64_t held(const GArray *lots)
{
    int64_t sum = 0;

    for (guint i = 0; i < lots->len; i++)
        sum += g_array_index(lots, struct lot, i).remaining;
    return sum;
}

/* More in the lots than the balance: what was owed is paid, first from what lives longest in the order of spending. */
static bool pay_debt(struct posting *p, GArray *lots, int64_t amount, GError **error)
{
    for (guint i = 0; i < lots->len && amount > 0; i++) {
        const struct lot *lot = &g_array_index(lots, struct lot, i);
        int64_t part = MIN(amount, lot->remaining);
        if (!use(p, lot->id, part, error))
            return false;
        amount -= part;
    }
    return true;
}

static bool settle(struct posting *p, GError **error)
{
    g_autoptr(GArray) lots = db_credit_lots(p->db, p->account, p->entry->book, error);
    int64_t balance = 0, end = 0;

    if (lots == NULL || !db_credit_balance(p->db, p->account, p->entry->book, &balance, error))
        return false;
    int64_t more = held(lots) - MAX(balance, 0);
    if (more > 0)
        return pay_debt(p, lots, more, error);
    if (more == 0)
        return true;
    /* Something came back whose lot had paid a debt meanwhile. */
    return db_credit_last_end(p->db, p->account, p->entry->book, &end, error) &&
           open_lot(p, -more, (uint32_t)end, error);
}

static bool post_lots(struct posting *p, GError **error)
{
    int64_t amount = p->entry->amount;
    bool done;

    if (p->txn->type == LEDGER_REVERSE)
        done = turn_back(p, error);
    else if (p->txn->type == LEDGER_MOVE)
        done = amount > 0 ? move_in(p, error) : move_out(p, error);
    else if (amount > 0 && p->txn->type == LEDGER_GIFT)
        done = open_given(p, error);
    else if (amount > 0)
        done = open_lot(p, amount, p->entry->expires_on, error);
    else
        done = take(p, -amount, p->txn->type == LEDGER_EXPIRE, error);
    return done && settle(p, error);
}

static bool post_entry(struct posting *p, GError **error)
{
    account_text(&p->entry->account, p->account);
    if (account_has_lots(p->entry->book, p->entry->account.kind) && !post_lots(p, error))
        return false;
    return p->entry->account.kind != OWNER_PERSON || db_change_add(p->db, "credit", p->entry->account.owner, error);
}

/* First what is taken: what is given ends with it. */
bool credit_post(struct db *db, const struct ledger_txn *txn, const char *kiosk, int64_t seq, int64_t now_ms,
                 unsigned flags, GError **error)
{
    if (!db_credit_txn_add(db, txn, kiosk, seq, now_ms, flags, error))
        return false;
    for (int giving = 1; giving >= 0; giving--)
        for (size_t i = 0; i < txn->entry_count; i++) {
            struct posting p = {.db = db, .txn = txn, .entry = &txn->entries[i], .now_ms = now_ms};
            if ((p.entry->amount < 0) == giving && !post_entry(&p, error))
                return false;
        }
    return true;
}

/* ---- Hours and what they bring ---- */

static void own_txn(struct ledger_txn *txn, const struct credit_rules *rules, const char *ref, int64_t now_ms)
{
    uuid7(now_ms, txn->id);
    txn->at_ms = now_ms;
    g_strlcpy(txn->rule, rules->version, sizeof txn->rule);
    g_strlcpy(txn->ref, ref, sizeof txn->ref);
}

static bool earned(struct db *db, const struct credit_rules *rules, const struct account *who, int64_t minutes,
                   int64_t now_ms, struct ledger_txn *txn, GError **error)
{
    char account[ACCOUNT_TEXT_SIZE];
    int64_t coins = 0;

    account_text(who, account);
    if (!db_credit_balance(db, account, BOOK_COIN, &coins, error))
        return false;
    credit_earned(rules, who, CREDIT_ORG, minutes, coins, date_of_ms(now_ms), txn);
    return true;
}

bool credit_post_hours(struct db *db, const struct credit_rules *rules, const char *token, const char *ref, int64_t minutes,
                       int64_t now_ms, GError **error)
{
    char id[37];

    uuid7(now_ms, id);
    return credit_post_hours_as(db, rules, id, token, ref, minutes, now_ms, error);
}

bool credit_post_hours_as(struct db *db, const struct credit_rules *rules, const char *id, const char *token, const char *ref,
                          int64_t minutes, int64_t now_ms, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    struct account who = {.kind = OWNER_PERSON};

    g_strlcpy(who.owner, token, sizeof who.owner);
    own_txn(txn, rules, ref, now_ms);
    g_strlcpy(txn->id, id, sizeof txn->id);
    return earned(db, rules, &who, minutes, now_ms, txn, error) &&
           ledger_txn_add(txn, BOOK_HOURS, OWNER_ISSUE, CREDIT_ORG, -minutes) &&
           ledger_txn_add(txn, BOOK_HOURS, OWNER_PERSON, token, minutes) &&
           credit_post(db, txn, NULL, 0, now_ms, 0, error);
}

bool credit_post_earned(struct db *db, const struct credit_rules *rules, const struct account *who, const char *ref,
                        int64_t minutes, int64_t now_ms, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);

    own_txn(txn, rules, ref, now_ms);
    return earned(db, rules, who, minutes, now_ms, txn, error) &&
           (txn->entry_count == 0 || credit_post(db, txn, NULL, 0, now_ms, 0, error));
}
