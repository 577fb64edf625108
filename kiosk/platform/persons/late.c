/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/late.h"
#include "model/book.h"
#include "platform/data/db-cards.h"
#include <string.h>

#define PERSON "person:"

/* Where an event names the card, and until when what it tells is the new card's. Payments and loads are of the purse: they stay the old one's. */
static const struct rule {
    const char *type, *member;
    enum { UNTIL_STOPPED, ALWAYS, WHEN_OPENED, WISH, SLIP } follows;
} RULES[] = {
    {"attendance.tap", "card_token", UNTIL_STOPPED},
    {"order.placed", "card_token", UNTIL_STOPPED},
    {"order.step", "card_token", UNTIL_STOPPED},
    {"seat.asked", "card_token", WISH}, /* later it is the old card's, and there is a seat that says so */
    {"seat.step", "card_token", UNTIL_STOPPED},
    {"queue.issued", "card_token", SLIP}, /* it was printed: later it is nobody's */
    {"queue.cancelled", "card_token", UNTIL_STOPPED},
    {"queue.back", "card_token", UNTIL_STOPPED},
    {"ledger.hold", "account", WHEN_OPENED}, /* one that ends is ended whenever that is */
    {"ticket.filed", "card_token", ALWAYS},
    {"ticket.interest", "card_token", ALWAYS},
    {"ticket.step", "card_token", ALWAYS},
    {"rating.given", "rater", ALWAYS},
    {"rating.changed", "rater", ALWAYS},
    {"notice.read", "card_token", ALWAYS},
    {"preference.kept", "card_token", ALWAYS},
    {"preference.given_up", "card_token", ALWAYS},
    {"opinion.given", "card_token", UNTIL_STOPPED},
    {"topic.supported", "card_token", UNTIL_STOPPED},
    {"statement.voted", "card_token", UNTIL_STOPPED},
    {"ballot.wished", "card_token", UNTIL_STOPPED},
    {"volunteer.joined", "card_token", UNTIL_STOPPED},
    {"volunteer.star", "card_token", UNTIL_STOPPED},
    {"volunteer.disputed", "card_token", UNTIL_STOPPED},
};

static const struct rule *rule_of(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++)
        if (strcmp(RULES[i].type, type) == 0)
            return &RULES[i];
    return NULL;
}

static const char *text_in(json_t *data, const char *member)
{
    const char *text = json_string_value(json_object_get(data, member));

    return text != NULL ? text : "";
}

static bool refuse(struct late_word *out)
{
    out->code = "CARD_REPLACED";
    return true;
}

static bool closed(const struct rule *rule, json_t *data, int64_t at_ms, int64_t stopped_ms)
{
    bool opens = rule->follows == UNTIL_STOPPED || rule->follows == WISH || (rule->follows == WHEN_OPENED && strcmp(text_in(data, "state"), "HELD") == 0);

    return opens && at_ms > stopped_ms;
}

static bool named(struct db *db, const struct rule *rule, json_t *data, int64_t at_ms, struct late_word *out, GError **error)
{
    const char *text = text_in(data, rule->member);
    bool account = g_str_has_prefix(text, PERSON);
    const char *card = account ? text + strlen(PERSON) : text;
    char current[33];
    int64_t stopped_ms = 0;

    if (*card == '\0')
        return true;
    if (!db_card_current(db, card, current, &stopped_ms, error))
        return false;
    if (stopped_ms == 0)
        return true;
    if (closed(rule, data, at_ms, stopped_ms))
        return (rule->follows == WISH && !json_is_true(json_object_get(data, "door"))) || refuse(out);
    out->data = json_deep_copy(data);
    if (rule->follows == SLIP && at_ms > stopped_ms) {
        json_object_del(out->data, rule->member);
        return true;
    }
    g_autofree char *now = g_strconcat(account ? PERSON : "", current, NULL);
    json_object_set_new(out->data, rule->member, json_string(now));
    return true;
}

/* ---- Transactions name several cards: credit.c takes each for the one in its place. Here is asked whether anything may be given ---- */

/* Handed over within a quota, or put right by people: that counts whenever it was. */
static bool gives(json_t *data)
{
    const char *type = text_in(data, "type");

    return strcmp(type, "GIFT") == 0 || strcmp(type, "DONATE") == 0 ||
           (strcmp(type, "SPEND") == 0 && json_integer_value(json_object_get(data, "quota")) == 0);
}

static bool giver_asked(struct db *db, json_t *entry, int64_t at_ms, struct late_word *out, GError **error)
{
    const char *account = text_in(entry, "account");
    char current[33];
    int64_t stopped_ms = 0;

    if (json_integer_value(json_object_get(entry, "amount")) >= 0 || !g_str_has_prefix(account, PERSON))
        return true;
    if (!db_card_current(db, account + strlen(PERSON), current, &stopped_ms, error))
        return false;
    return stopped_ms == 0 || at_ms <= stopped_ms || refuse(out);
}

static bool txn_asked(struct db *db, json_t *data, int64_t at_ms, struct late_word *out, GError **error)
{
    json_t *entries = json_object_get(data, "entries"), *entry;
    size_t i;

    if (json_array_size(entries) > LEDGER_ENTRIES_MAX) /* credit.c refuses it */
        return true;
    json_array_foreach(entries, i, entry)
    {
        if (!giver_asked(db, entry, at_ms, out, error))
            return false;
    }
    return true;
}

bool late_read(struct db *db, const char *type, json_t *data, int64_t at_ms, struct late_word *out, GError **error)
{
    const struct rule *rule = rule_of(type);

    *out = (struct late_word){NULL, NULL};
    if (strcmp(type, "ledger.txn") == 0)
        return !gives(data) || txn_asked(db, data, at_ms, out, error);
    return rule == NULL || named(db, rule, data, at_ms, out, error);
}
