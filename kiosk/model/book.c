/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a transaction one: whole amounts, zero sums, and a shape that its type allows. Facts about people (balances,
 * ages) are for credit.c; here a transaction is looked at by itself.
 */
#include "model/book.h"
#include "model/strict.h"

#include <string.h>

static const char *const BOOK_NAMES[] = {"HOURS", "POINTS", "COIN", "MONEY", "SUBSIDY"};
static const char *const OWNER_NAMES[] = {"person",  "team",   "org",   "fund",    "donation", "issue",    "redeemed",
                                          "expired", "adjust", "purse", "payable", "refund",   "suspense", "clearing"};
static const char *const TYPE_NAMES[] = {"EARN",    "SPEND",  "GIFT",    "DONATE", "ISSUE", "EXPIRE",
                                         "REVERSE", "ADJUST", "PAYMENT", "LOAD",   "REFUND", "MOVE"};
static const char *const CODE_NAMES[] = {"OK",      "FORM",   "SELF",      "SHAPE",  "CASH", "TWO_PERSONS", "TEAM",
                                         "BALANCE", "AGE",    "STARS",     "CAP",    "QUOTA", "REVERSED_BEFORE",
                                         "NOT_EXACT", "UNKNOWN", "HOLD",   "OVERLAP", "RULE", "OFFLINE", "FROZEN", "HOURS",
                                         "STAFF_UNKNOWN", "STAFF_RETIRED", "STAFF_ROLE", "STAFF_ONE_PERSON",
                                         "STAFF_OWN_CARD"};

G_STATIC_ASSERT(G_N_ELEMENTS(BOOK_NAMES) == BOOKS);
G_STATIC_ASSERT(G_N_ELEMENTS(OWNER_NAMES) == OWNERS);
G_STATIC_ASSERT(G_N_ELEMENTS(TYPE_NAMES) == LEDGER_TYPES);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == LEDGER_CODES);

const char *book_name(enum book book)
{
    return names_at(BOOK_NAMES, BOOKS, book);
}

bool book_parse(const char *name, enum book *out)
{
    unsigned at = 0;
    bool found = names_find(BOOK_NAMES, BOOKS, name, &at);

    if (found)
        *out = (enum book)at;
    return found;
}

const char *ledger_type_name(enum ledger_type type)
{
    return names_at(TYPE_NAMES, LEDGER_TYPES, type);
}

bool ledger_type_parse(const char *name, enum ledger_type *out)
{
    unsigned at = 0;
    bool found = names_find(TYPE_NAMES, LEDGER_TYPES, name, &at);

    if (found)
        *out = (enum ledger_type)at;
    return found;
}

const char *ledger_code_name(enum ledger_code code)
{
    return names_at(CODE_NAMES, LEDGER_CODES, code);
}

/* ---- Accounts ---------------------------------------------------------------------------------------------------- */

static bool owner_valid(const char *owner)
{
    size_t len = strnlen(owner, sizeof ((struct account *)0)->owner);

    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(owner[i]) && strchr("._-", owner[i]) == NULL)
            return false;
    return len > 0 && len < sizeof ((struct account *)0)->owner;
}

bool account_parse(const char *text, struct account *out)
{
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    unsigned kind = 0;

    if (colon == NULL || !owner_valid(colon + 1))
        return false;
    g_autofree char *name = g_strndup(text, (gsize)(colon - text));
    if (!names_find(OWNER_NAMES, OWNERS, name, &kind))
        return false;
    out->kind = (enum owner_kind)kind;
    g_strlcpy(out->owner, colon + 1, sizeof out->owner);
    return true;
}

void account_text(const struct account *account, char out[ACCOUNT_TEXT_SIZE])
{
    g_snprintf(out, ACCOUNT_TEXT_SIZE, "%s:%s", names_at(OWNER_NAMES, OWNERS, account->kind), account->owner);
}

bool account_equal(const struct account *a, const struct account *b)
{
    return a->kind == b->kind && strcmp(a->owner, b->owner) == 0;
}

bool account_may_owe(enum owner_kind kind)
{
    switch (kind) {
    case OWNER_PERSON:
    case OWNER_TEAM:
    case OWNER_ORG:
    case OWNER_DONATION:
    case OWNER_REDEEMED:
    case OWNER_EXPIRED:
        return false;
    default:
        return true;
    }
}

bool account_has_lots(enum book book, enum owner_kind kind)
{
    return kind == OWNER_PERSON && (book == BOOK_POINTS || book == BOOK_COIN);
}

/* ---- Shapes: which books a type is for, and from which kinds of account to which --------------------------------- */

#define BIT(x) (1u << (x))
#define CREDIT (BIT(BOOK_HOURS) | BIT(BOOK_POINTS) | BIT(BOOK_COIN))
#define MONEY_KINDS                                                                                          \
    (BIT(OWNER_PURSE) | BIT(OWNER_PAYABLE) | BIT(OWNER_REFUND) | BIT(OWNER_SUSPENSE) | BIT(OWNER_CLEARING))

/* A cap sends a part of what was earned to all; a service is paid with coins to who gives it; an elder's own coins may go to
 * another elder, a body or the pool. */
static const struct shape {
    unsigned books, from, to;
} SHAPES[LEDGER_TYPES] = {
    [LEDGER_EARN] = {CREDIT, BIT(OWNER_ISSUE), BIT(OWNER_PERSON) | BIT(OWNER_TEAM) | BIT(OWNER_DONATION)},
    [LEDGER_SPEND] = {BIT(BOOK_POINTS) | BIT(BOOK_COIN) | BIT(BOOK_SUBSIDY), BIT(OWNER_PERSON), BIT(OWNER_REDEEMED)},
    [LEDGER_GIFT] = {BIT(BOOK_COIN), BIT(OWNER_PERSON), BIT(OWNER_PERSON)},
    [LEDGER_DONATE] = {BIT(BOOK_POINTS) | BIT(BOOK_COIN), BIT(OWNER_PERSON) | BIT(OWNER_TEAM),
                       BIT(OWNER_DONATION) | BIT(OWNER_ORG) | BIT(OWNER_FUND)},
    [LEDGER_ISSUE] = {BIT(BOOK_POINTS) | BIT(BOOK_COIN) | BIT(BOOK_SUBSIDY), BIT(OWNER_FUND) | BIT(OWNER_DONATION), BIT(OWNER_PERSON)},
    [LEDGER_EXPIRE] = {BIT(BOOK_POINTS) | BIT(BOOK_COIN) | BIT(BOOK_SUBSIDY), BIT(OWNER_PERSON), BIT(OWNER_EXPIRED)},
    [LEDGER_REVERSE] = {~0u, ~0u, ~0u},
    [LEDGER_ADJUST] = {~0u, ~0u, ~0u},
    [LEDGER_PAYMENT] = {BIT(BOOK_MONEY), MONEY_KINDS, MONEY_KINDS},
    [LEDGER_LOAD] = {BIT(BOOK_MONEY), MONEY_KINDS, MONEY_KINDS},
    [LEDGER_REFUND] = {BIT(BOOK_MONEY), MONEY_KINDS, MONEY_KINDS},
    [LEDGER_MOVE] = {CREDIT | BIT(BOOK_SUBSIDY), BIT(OWNER_PERSON), BIT(OWNER_PERSON)},
};

/* Kinds of account that a book has at all: money never meets credit, not even in an account's name (TB-10). */
static bool book_holds(enum book book, enum owner_kind kind)
{
    bool money = (BIT(kind) & MONEY_KINDS) != 0;
    return kind == OWNER_ADJUST || money == (book == BOOK_MONEY);
}

static enum ledger_code shape_check(const struct ledger_txn *txn)
{
    const struct shape *shape = &SHAPES[txn->type];

    for (size_t i = 0; i < txn->entry_count; i++) {
        const struct ledger_entry *entry = &txn->entries[i];
        unsigned allowed = entry->amount < 0 ? shape->from : shape->to;
        if (!book_holds(entry->book, entry->account.kind))
            return LEDGER_CASH;
        if (txn->type == LEDGER_SPEND && entry->account.kind == OWNER_TEAM)
            return LEDGER_TEAM;
        if ((shape->books & BIT(entry->book)) == 0 || (allowed & BIT(entry->account.kind)) == 0)
            return LEDGER_SHAPE;
        if (entry->expires_on != 0 && (entry->amount < 0 || !account_has_lots(entry->book, entry->account.kind)))
            return LEDGER_SHAPE;
    }
    return LEDGER_OK;
}

/* ---- A transaction by itself ------------------------------------------------------------------------------------- */

/* Each book's entries sum to zero; the sum of 32 amounts within the limit cannot overflow. */
static bool sums_zero(const struct ledger_txn *txn)
{
    int64_t sum[BOOKS] = {0};

    for (size_t i = 0; i < txn->entry_count; i++)
        sum[txn->entries[i].book] += txn->entries[i].amount;
    for (size_t book = 0; book < BOOKS; book++)
        if (sum[book] != 0)
            return false;
    return true;
}

/* Where the same account of the same book stands before; entry_count: nowhere. */
static size_t account_before(const struct ledger_txn *txn, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (txn->entries[i].book == txn->entries[at].book &&
            account_equal(&txn->entries[i].account, &txn->entries[at].account))
            return i;
    return txn->entry_count;
}

static enum ledger_code entries_check(const struct ledger_txn *txn)
{
    if (txn->entry_count < 2 || txn->entry_count > LEDGER_ENTRIES_MAX)
        return LEDGER_FORM;
    for (size_t i = 0; i < txn->entry_count; i++) {
        const struct ledger_entry *entry = &txn->entries[i];
        if (entry->amount == 0 || entry->amount > LEDGER_AMOUNT_MAX || entry->amount < -LEDGER_AMOUNT_MAX ||
            entry->book >= BOOKS || entry->account.kind >= OWNERS || !owner_valid(entry->account.owner))
            return LEDGER_FORM;
        size_t before = account_before(txn, i);
        if (before < i)
            return (txn->entries[before].amount < 0) != (entry->amount < 0) ? LEDGER_SELF : LEDGER_FORM;
    }
    return sums_zero(txn) ? LEDGER_OK : LEDGER_FORM;
}

static bool two_staff(const struct ledger_txn *txn)
{
    return *txn->staff[0] != '\0' && *txn->staff[1] != '\0' && strcmp(txn->staff[0], txn->staff[1]) != 0;
}

/* What somebody gives goes from one account to one: limits, quotas and balances are asked for one giver and one receiver. */
static bool gives(enum ledger_type type)
{
    return type == LEDGER_SPEND || type == LEDGER_GIFT || type == LEDGER_DONATE;
}

/* An adjustment moves between one account and the book's correction account, so that it is seen there. */
static bool adjusts(const struct ledger_txn *txn)
{
    return txn->entry_count == 2 && txn->entries[0].book == txn->entries[1].book &&
           (txn->entries[0].account.kind == OWNER_ADJUST) != (txn->entries[1].account.kind == OWNER_ADJUST);
}

/* Between two cards and no others; what is owed moves as well, so that either may be the one that gets something. */
static bool moves(const struct ledger_txn *txn)
{
    const struct account *a = &txn->entries[0].account, *b = &txn->entries[1].account;

    for (size_t i = 2; i < txn->entry_count; i++)
        if (!account_equal(&txn->entries[i].account, a) && !account_equal(&txn->entries[i].account, b))
            return false;
    return !account_equal(a, b);
}

enum ledger_code ledger_txn_check(const struct ledger_txn *txn)
{
    enum ledger_code code = txn->type < LEDGER_TYPES ? entries_check(txn) : LEDGER_FORM;

    if (code == LEDGER_OK)
        code = shape_check(txn);
    if (code != LEDGER_OK)
        return code;
    if ((txn->type == LEDGER_REVERSE) != (*txn->reverses != '\0') || (txn->quota != 0 && txn->type != LEDGER_SPEND) ||
        (*txn->hold != '\0' && txn->type != LEDGER_SPEND) || (gives(txn->type) && txn->entry_count != 2))
        return LEDGER_SHAPE;
    if (txn->type != LEDGER_ADJUST && txn->type != LEDGER_MOVE)
        return LEDGER_OK;
    if (txn->type == LEDGER_ADJUST ? !adjusts(txn) : !moves(txn))
        return LEDGER_SHAPE;
    return two_staff(txn) ? LEDGER_OK : LEDGER_TWO_PERSONS;
}

int64_t ledger_txn_amount(const struct ledger_txn *txn, enum book book, const struct account *account)
{
    for (size_t i = 0; i < txn->entry_count; i++)
        if (txn->entries[i].book == book && account_equal(&txn->entries[i].account, account))
            return txn->entries[i].amount; /* an account stands once in a book */
    return 0;
}

void ledger_txn_reverse(const struct ledger_txn *original, struct ledger_txn *out)
{
    out->type = LEDGER_REVERSE;
    g_strlcpy(out->reverses, original->id, sizeof out->reverses);
    g_strlcpy(out->ref, original->ref, sizeof out->ref);
    out->entry_count = original->entry_count;
    for (size_t i = 0; i < original->entry_count; i++) {
        out->entries[i] = original->entries[i];
        out->entries[i].amount = -original->entries[i].amount;
        out->entries[i].expires_on = 0; /* what comes back goes into the lots it came from */
    }
}

enum ledger_code ledger_txn_undoes(const struct ledger_txn *txn, const struct ledger_txn *original)
{
    if (original->type == LEDGER_MOVE)
        return LEDGER_SHAPE; /* a card that was replaced does not come back */
    if (txn->type != LEDGER_REVERSE || original->type == LEDGER_REVERSE || strcmp(txn->reverses, original->id) != 0 ||
        txn->entry_count != original->entry_count)
        return LEDGER_NOT_EXACT;
    for (size_t i = 0; i < txn->entry_count; i++)
        if (ledger_txn_amount(txn, original->entries[i].book, &original->entries[i].account) !=
            -original->entries[i].amount)
            return LEDGER_NOT_EXACT;
    return LEDGER_OK;
}

bool ledger_txn_add(struct ledger_txn *txn, enum book book, enum owner_kind kind, const char *owner, int64_t amount)
{
    struct ledger_entry entry = {.book = book, .account = {.kind = kind}, .amount = amount};

    if (txn->entry_count >= LEDGER_ENTRIES_MAX || !owner_valid(owner))
        return false;
    g_strlcpy(entry.account.owner, owner, sizeof entry.account.owner);
    txn->entries[txn->entry_count++] = entry;
    return true;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *entry_to_json(const struct ledger_entry *entry)
{
    char account[ACCOUNT_TEXT_SIZE];

    account_text(&entry->account, account);
    json_t *json = json_pack("{s:s, s:s, s:I}", "book", book_name(entry->book), "account", account, //
                             "amount", (json_int_t)entry->amount);
    if (json != NULL && entry->expires_on != 0)
        json_object_set_new(json, "expires_on", json_integer(entry->expires_on));
    return json;
}

/* What is empty is left out: a member that is there says something. */
static void set_text(json_t *json, const char *key, const char *text)
{
    if (*text != '\0')
        json_object_set_new(json, key, json_string(text));
}

json_t *ledger_txn_to_json(const struct ledger_txn *txn)
{
    json_t *entries = json_array(), *staff = json_array();

    for (size_t i = 0; i < txn->entry_count && i < LEDGER_ENTRIES_MAX; i++)
        json_array_append_new(entries, entry_to_json(&txn->entries[i]));
    for (size_t i = 0; i < 2; i++)
        if (*txn->staff[i] != '\0')
            json_array_append_new(staff, json_string(txn->staff[i]));
    json_t *json = json_pack("{s:s, s:s, s:I, s:s, s:o, s:o}", "id", txn->id, "type", ledger_type_name(txn->type),
                             "at_ms", (json_int_t)txn->at_ms, "rule", txn->rule, "staff", staff, "entries", entries);
    if (json == NULL)
        return NULL;
    set_text(json, "ref", txn->ref);
    set_text(json, "reverses", txn->reverses);
    set_text(json, "hold", txn->hold);
    if (txn->quota != 0)
        json_object_set_new(json, "quota", json_integer(txn->quota));
    return json;
}

static void strict_account(struct strict *strict, const char *key, struct account *out)
{
    char text[ACCOUNT_TEXT_SIZE] = "";

    strict_text(strict, key, 3, text, sizeof text);
    if (!account_parse(text, out))
        strict->ok = false;
}

static bool entry_from_json(json_t *json, struct ledger_entry *entry)
{
    struct strict r = strict_open(json);

    entry->book = (enum book)strict_name(&r, "book", BOOK_NAMES, BOOKS);
    strict_account(&r, "account", &entry->account);
    entry->amount = strict_int(&r, "amount", -LEDGER_AMOUNT_MAX, LEDGER_AMOUNT_MAX);
    if (strict_has(&r, "expires_on"))
        entry->expires_on = (uint32_t)strict_int(&r, "expires_on", 19700101, 99991231);
    return strict_done(&r);
}

static bool entries_from_json(json_t *json, struct ledger_txn *txn)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > LEDGER_ENTRIES_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!entry_from_json(json_array_get(json, i), &txn->entries[i]))
            return false;
    txn->entry_count = count;
    return true;
}

static bool staff_from_json(json_t *json, struct ledger_txn *txn)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > 2)
        return false;
    for (size_t i = 0; i < count; i++) {
        json_t *name = json_array_get(json, i);
        const char *text = json_string_value(name);
        if (text == NULL || json_string_length(name) != strlen(text) || !owner_valid(text))
            return false;
        g_strlcpy(txn->staff[i], text, sizeof txn->staff[i]);
    }
    return true;
}

static void maybe_uuid(struct strict *strict, const char *key, char out[37])
{
    if (strict_has(strict, key))
        strict_uuid(strict, key, out);
}

bool ledger_txn_from_json(json_t *json, struct ledger_txn *out)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    struct strict r = strict_open(json);

    strict_uuid(&r, "id", txn->id);
    txn->type = (enum ledger_type)strict_name(&r, "type", TYPE_NAMES, LEDGER_TYPES);
    txn->at_ms = strict_int(&r, "at_ms", 0, STRICT_MS_MAX);
    strict_text(&r, "rule", 1, txn->rule, sizeof txn->rule);
    if (strict_has(&r, "ref"))
        strict_text(&r, "ref", 1, txn->ref, sizeof txn->ref);
    maybe_uuid(&r, "reverses", txn->reverses);
    maybe_uuid(&r, "hold", txn->hold);
    if (strict_has(&r, "quota"))
        txn->quota = strict_int(&r, "quota", 1, INT64_MAX);
    bool parts = staff_from_json(strict_take(&r, "staff"), txn);
    parts = entries_from_json(strict_take(&r, "entries"), txn) && parts;
    if (!parts || !strict_done(&r))
        return false;
    *out = *txn;
    return true;
}
