/* SPDX-License-Identifier: Apache-2.0 */
/* Holds: credit that is promised and not yet spent. Drawn in book.h. */
#include "model/book.h"
#include "model/strict.h"

static const char *const STATE_NAMES[] = {"HELD", "CAPTURED", "RELEASED", "EXPIRED"};

const char *hold_state_name(enum hold_state state)
{
    return names_at(STATE_NAMES, G_N_ELEMENTS(STATE_NAMES), state);
}

bool hold_state_parse(const char *name, enum hold_state *out)
{
    unsigned at = 0;
    bool found = names_find(STATE_NAMES, G_N_ELEMENTS(STATE_NAMES), name, &at);

    if (found)
        *out = (enum hold_state)at;
    return found;
}

bool hold_may(enum hold_state from, enum hold_state to)
{
    return from == HOLD_HELD && to != HOLD_HELD;
}

enum ledger_code hold_capture(struct ledger_hold *hold, int64_t amount, int64_t now_ms)
{
    if (hold->state != HOLD_HELD || now_ms >= hold->expires_ms || amount <= 0 || amount > hold->amount)
        return LEDGER_HOLD;
    hold->state = HOLD_CAPTURED;
    hold->captured = amount;
    return LEDGER_OK;
}

enum ledger_code hold_release(struct ledger_hold *hold)
{
    if (hold->state != HOLD_HELD)
        return LEDGER_HOLD;
    hold->state = HOLD_RELEASED;
    return LEDGER_OK;
}

bool hold_expire(struct ledger_hold *hold, int64_t now_ms)
{
    if (hold->state != HOLD_HELD || now_ms < hold->expires_ms)
        return false;
    hold->state = HOLD_EXPIRED;
    return true;
}

enum ledger_code hold_begins(const struct ledger_hold *hold, int64_t open, int64_t now_ms)
{
    return hold->expires_ms - HOLD_LIFE_MAX_MS > now_ms || open >= HOLDS_OPEN_MAX ? LEDGER_HOLD : LEDGER_OK;
}

int64_t hold_blocks(const struct ledger_hold *hold, int64_t now_ms)
{
    return hold->state == HOLD_HELD && now_ms < hold->expires_ms ? hold->amount : 0;
}

json_t *ledger_hold_to_json(const struct ledger_hold *hold)
{
    char account[ACCOUNT_TEXT_SIZE];

    account_text(&hold->account, account);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:s}", "id", hold->id, "book", book_name(hold->book), //
                     "account", account, "amount", (json_int_t)hold->amount, "captured",
                     (json_int_t)hold->captured, "state", hold_state_name(hold->state), "expires_ms",
                     (json_int_t)hold->expires_ms, "ref", hold->ref);
}

bool ledger_hold_from_json(json_t *json, struct ledger_hold *out)
{
    struct ledger_hold hold = {0};
    struct strict r = strict_open(json);
    char account[ACCOUNT_TEXT_SIZE] = "", book[16] = "";

    strict_uuid(&r, "id", hold.id);
    strict_text(&r, "book", 1, book, sizeof book);
    strict_text(&r, "account", 3, account, sizeof account);
    hold.amount = strict_int(&r, "amount", 1, LEDGER_AMOUNT_MAX);
    hold.captured = strict_int(&r, "captured", 0, LEDGER_AMOUNT_MAX);
    hold.state = (enum hold_state)strict_name(&r, "state", STATE_NAMES, G_N_ELEMENTS(STATE_NAMES));
    hold.expires_ms = strict_int(&r, "expires_ms", 0, STRICT_MS_MAX);
    strict_text(&r, "ref", 0, hold.ref, sizeof hold.ref);
    bool captured = hold.state == HOLD_CAPTURED ? hold.captured >= 1 && hold.captured <= hold.amount : hold.captured == 0;
    if (!strict_done(&r) || !book_parse(book, &hold.book) || !account_parse(account, &hold.account) ||
        hold.account.kind != OWNER_PERSON || hold.book == BOOK_HOURS || hold.book == BOOK_MONEY || !captured)
        return false;
    *out = hold;
    return true;
}
