/* SPDX-License-Identifier: Apache-2.0 */
#include "model/credit.h"
#include "model/lot.h"
#include "model/model.h"
#include "model/strict.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

const struct limits credit_offline_limits = {
    .payment = 240, .card_day = 240, .stored_sum = 12000, .stored_count = 500, .hotlist_age_ms = 24 * HOUR_MS,
    .offline_ms = 24 * HOUR_MS};

/* ---- Judging ----------------------------------------------------------------------------------------------------- */

/* What a person or a team gives in this transaction, and in which book. */
static const struct ledger_entry *giver(const struct ledger_txn *txn)
{
    for (size_t i = 0; i < txn->entry_count; i++) {
        enum owner_kind kind = txn->entries[i].account.kind;
        if (txn->entries[i].amount < 0 && (kind == OWNER_PERSON || kind == OWNER_TEAM))
            return &txn->entries[i];
    }
    return NULL;
}

int credit_redeem_age(const struct credit_rules *rules, bool hardship)
{
    return hardship ? rules->redeem_age_hardship : rules->redeem_age;
}

static enum ledger_code redeem_age(const struct credit_rules *rules, const struct credit_facts *facts)
{
    int age = credit_redeem_age(rules, facts->hardship);
    return age > 0 && facts->age < age ? LEDGER_AGE : LEDGER_OK;
}

/* TB-4: age and stars are for spending coins; points are for all who earned them. */
static enum ledger_code may_redeem(const struct credit_rules *rules, const struct ledger_entry *from,
                                   const struct credit_facts *facts)
{
    if (from->book != BOOK_COIN)
        return LEDGER_OK;
    enum ledger_code code = redeem_age(rules, facts);
    if (code == LEDGER_OK && facts->stars < rules->redeem_stars)
        code = LEDGER_STARS;
    return code;
}

static enum ledger_code covered(const struct credit_rules *rules, const struct ledger_entry *from,
                                const struct credit_facts *facts)
{
    int64_t floor = from->book == BOOK_COIN && from->account.kind == OWNER_PERSON ? rules->credit_limit_min : 0;
    return -from->amount > facts->spendable + floor ? LEDGER_BALANCE : LEDGER_OK;
}

static enum ledger_code held(const struct ledger_txn *txn, const struct ledger_entry *from,
                             const struct credit_facts *facts)
{
    const struct ledger_hold *hold = facts->hold;

    if (*txn->hold == '\0')
        return LEDGER_OK;
    if (hold == NULL || strcmp(hold->id, txn->hold) != 0)
        return LEDGER_UNKNOWN;
    if (hold->book != from->book || !account_equal(&hold->account, &from->account))
        return LEDGER_HOLD;
    return -from->amount <= hold_blocks(hold, facts->now_ms) ? LEDGER_OK : LEDGER_HOLD;
}

/* TB-5: what a person is given may not pass the cap; hours are earned through credit_earned(), which splits. */
static enum ledger_code capped(const struct credit_rules *rules, const struct ledger_txn *txn,
                               const struct credit_facts *facts)
{
    for (size_t i = 0; i < txn->entry_count && rules->coin_cap_min > 0; i++) {
        const struct ledger_entry *to = &txn->entries[i];
        if (to->amount > 0 && to->book == BOOK_COIN && to->account.kind == OWNER_PERSON &&
            cap_part(facts->receiver_balance, to->amount, rules->coin_cap_min) < to->amount)
            return LEDGER_CAP;
    }
    return LEDGER_OK;
}

#define REVERSAL_ALONE_MAX 240

unsigned credit_reversal_staff(const struct ledger_txn *original)
{
    for (size_t i = 0; i < original->entry_count; i++)
        if (ABS(original->entries[i].amount) > REVERSAL_ALONE_MAX)
            return 2;
    return 1;
}

static enum ledger_code reversal(const struct ledger_txn *txn, const struct credit_facts *facts)
{
    if (facts->original == NULL)
        return LEDGER_UNKNOWN;
    enum ledger_code code = ledger_txn_undoes(txn, facts->original);
    if (code == LEDGER_OK && facts->reversed)
        code = LEDGER_REVERSED_BEFORE;
    bool two = *txn->staff[1] != '\0' && strcmp(txn->staff[0], txn->staff[1]) != 0;
    if (code == LEDGER_OK && (*txn->staff[0] == '\0' || (credit_reversal_staff(facts->original) == 2 && !two)))
        code = LEDGER_TWO_PERSONS;
    return code;
}

enum ledger_code credit_judge(const struct credit_rules *rules, const struct ledger_txn *txn,
                              const struct credit_facts *facts)
{
    enum ledger_code code = ledger_txn_check(txn);
    const struct ledger_entry *from = giver(txn);

    if (code == LEDGER_OK && txn->type == LEDGER_REVERSE)
        return reversal(txn, facts); /* a mistake is undone whatever the balance; what is owed then blocks spending */
    if (code == LEDGER_OK && facts->frozen && txn->type != LEDGER_EXPIRE && txn->type != LEDGER_ADJUST)
        code = LEDGER_FROZEN;
    if (code == LEDGER_OK && (txn->type == LEDGER_GIFT || txn->type == LEDGER_DONATE) && !facts->judge)
        code = LEDGER_OFFLINE;
    if (code == LEDGER_OK && txn->type == LEDGER_SPEND)
        code = may_redeem(rules, from, facts);
    if (code == LEDGER_OK && from != NULL)
        code = held(txn, from, facts);
    if (code == LEDGER_OK && from != NULL)
        code = covered(rules, from, facts);
    return code == LEDGER_OK ? capped(rules, txn, facts) : code;
}

unsigned credit_flags(const struct credit_rules *rules, bool same_household, int64_t mirrored_this_month)
{
    return (same_household ? CREDIT_FLAG_HOUSEHOLD : 0u) |
           (mirrored_this_month > rules->mirrored_max ? CREDIT_FLAG_MIRRORED : 0u);
}

static bool within(int64_t minutes, int64_t used, int64_t max)
{
    return minutes <= max && used <= max - minutes;
}

enum ledger_code credit_paper(const struct credit_rules *rules, enum owner_kind of, int64_t minutes, const struct paper_use *use)
{
    int64_t month = rules->paper_month_min > 0 ? rules->paper_month_min : PAPER_MONTH_MIN;
    int64_t staff_day = rules->paper_staff_day_min > 0 ? rules->paper_staff_day_min : PAPER_STAFF_DAY_MIN;

    if (!within(minutes, use->staff_day_min, staff_day))
        return LEDGER_HOURS;
    bool one_persons = minutes <= rules->hours.activity_max_min && within(minutes, use->day_min, rules->hours.day_max_min) &&
                       within(minutes, use->month_min, month);
    return of == OWNER_TEAM || one_persons ? LEDGER_OK : LEDGER_HOURS;
}

/* ---- What hours bring -------------------------------------------------------------------------------------------- */

int64_t credit_points(const struct credit_rules *rules, int64_t minutes)
{
    return minutes <= 0 ? 0 : minutes * rules->points_per_hour / 60;
}

static void add_lot(struct ledger_txn *txn, enum book book, const struct account *who, int64_t amount, uint32_t end)
{
    if (amount > 0 && ledger_txn_add(txn, book, who->kind, who->owner, amount) && account_has_lots(book, who->kind))
        txn->entries[txn->entry_count - 1].expires_on = end;
}

bool credit_earned(const struct credit_rules *rules, const struct account *who, const char *org, int64_t minutes,
                   int64_t coin_balance, uint32_t today, struct ledger_txn *out)
{
    bool person = who->kind == OWNER_PERSON;
    int64_t coins = coin_minutes(minutes, rules->coin_granularity_min);
    int64_t own = person ? cap_part(coin_balance, coins, rules->coin_cap_min) : coins;
    int64_t points = person ? credit_points(rules, minutes) : 0;

    out->type = LEDGER_EARN;
    out->entry_count = 0;
    if (coins > 0 && ledger_txn_add(out, BOOK_COIN, OWNER_ISSUE, org, -coins)) {
        add_lot(out, BOOK_COIN, who, own, lot_end(today, rules->coin_months));
        if (coins > own)
            ledger_txn_add(out, BOOK_COIN, OWNER_DONATION, "cap", coins - own);
    }
    if (points > 0 && ledger_txn_add(out, BOOK_POINTS, OWNER_ISSUE, org, -points))
        add_lot(out, BOOK_POINTS, who, points, lot_end(today, rules->points_months));
    return out->entry_count > 0;
}

/* ---- The rules as data ------------------------------------------------------------------------------------------- */

json_t *credit_rules_to_json(const struct credit_rules *r)
{
    json_t *json = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:[i,i,i,i,i]}",
                     "version", r->version, "unit_min", (int)r->hours.unit_min, "grace_min", (int)r->hours.grace_min,
                     "activity_max_min", (int)r->hours.activity_max_min, "day_max_min", (int)r->hours.day_max_min,
                     "coin_granularity_min", (int)r->coin_granularity_min, //
                     "coin_cap_min", (json_int_t)r->coin_cap_min, "points_per_hour", (json_int_t)r->points_per_hour,
                     "points_months", (int)r->points_months, "coin_months", (int)r->coin_months, //
                     "redeem_age", r->redeem_age, "redeem_age_hardship", r->redeem_age_hardship, //
                     "redeem_stars", (int)r->redeem_stars, "credit_limit_min", (json_int_t)r->credit_limit_min,
                     "mirrored_max", (json_int_t)r->mirrored_max, "public_days", (int)r->public_days, //
                     "star_min", (int)r->star_min[0], (int)r->star_min[1], (int)r->star_min[2], (int)r->star_min[3],
                     (int)r->star_min[4]);

    /* Left out when they are the usual: who reads strictly and does not know them reads the rules as before. */
    if (json != NULL && r->paper_month_min > 0)
        json_object_set_new(json, "paper_month_min", json_integer(r->paper_month_min));
    if (json != NULL && r->paper_staff_day_min > 0)
        json_object_set_new(json, "paper_staff_day_min", json_integer(r->paper_staff_day_min));
    return json;
}

static bool stars_from_json(json_t *json, struct credit_rules *rules)
{
    unsigned before = 0;

    if (!json_is_array(json) || json_array_size(json) != STAR_LEVELS)
        return false;
    for (size_t i = 0; i < STAR_LEVELS; i++) {
        json_int_t minutes = json_integer_value(json_array_get(json, i));
        if (minutes <= before || minutes > 10000000)
            return false;
        rules->star_min[i] = before = (unsigned)minutes;
    }
    return true;
}

bool credit_rules_from_json(json_t *json, struct credit_rules *out)
{
    struct credit_rules rules = {0};
    struct strict r = strict_open(json);

    strict_text(&r, "version", 1, rules.version, sizeof rules.version);
    rules.hours.unit_min = (unsigned)strict_int(&r, "unit_min", 1, 60);
    rules.hours.grace_min = (unsigned)strict_int(&r, "grace_min", 0, 240);
    rules.hours.activity_max_min = (unsigned)strict_int(&r, "activity_max_min", 1, 1440);
    rules.hours.day_max_min = (unsigned)strict_int(&r, "day_max_min", 1, 1440);
    rules.coin_granularity_min = (unsigned)strict_int(&r, "coin_granularity_min", 1, 480);
    rules.coin_cap_min = strict_int(&r, "coin_cap_min", 0, LEDGER_AMOUNT_MAX);
    rules.points_per_hour = strict_int(&r, "points_per_hour", 0, 1000);
    rules.points_months = (unsigned)strict_int(&r, "points_months", 0, 1200);
    rules.coin_months = (unsigned)strict_int(&r, "coin_months", 0, 1200);
    rules.redeem_age = (int)strict_int(&r, "redeem_age", 0, 120);
    rules.redeem_age_hardship = (int)strict_int(&r, "redeem_age_hardship", 0, 120);
    rules.redeem_stars = (unsigned)strict_int(&r, "redeem_stars", 0, STAR_LEVELS);
    rules.credit_limit_min = strict_int(&r, "credit_limit_min", 0, 60000);
    rules.mirrored_max = strict_int(&r, "mirrored_max", 0, 1000);
    rules.public_days = (unsigned)strict_int(&r, "public_days", 0, 365);
    if (strict_has(&r, "paper_month_min"))
        rules.paper_month_min = strict_int(&r, "paper_month_min", 1, 44640);
    if (strict_has(&r, "paper_staff_day_min"))
        rules.paper_staff_day_min = strict_int(&r, "paper_staff_day_min", 1, 1000000);
    bool stars = stars_from_json(strict_take(&r, "star_min"), &rules);
    if (!stars || !strict_done(&r))
        return false;
    *out = rules;
    return true;
}
