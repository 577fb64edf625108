/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sentences for the results and enumerations of citycard.h. */
#include "citycard.h"

struct result_entry {
    int result;
    const char *name;
    const char *text;
};

static const struct result_entry results[] = {
    {CC_OK, "OK", "Done."},
    {CC_NOT_FOUND, "NOT_FOUND", "The card has no such file, record or application."},
    {CC_PIN_NEEDED, "PIN_NEEDED", "The card asks for its PIN first."},
    {CC_PIN_WRONG, "PIN_WRONG", "The PIN is wrong."},
    {CC_PIN_BLOCKED, "PIN_BLOCKED", "The PIN is blocked."},
    {CC_BALANCE_LOW, "BALANCE_LOW", "The balance on the card is too low."},
    {CC_CARD_BLOCKED, "CARD_BLOCKED", "The card's application is blocked."},
    {CC_DECLINED, "DECLINED", "The card refused; nothing has changed on it."},
    {CC_IN_DOUBT, "IN_DOUBT", "It is not known yet whether the card was charged."},
    {CC_NO_PROOF, "NO_PROOF", "The card keeps no proof of that transaction."},
    {CC_OTHER_CARD, "OTHER_CARD", "This is another card than the one asked for."},
    {CC_TIMEOUT, "TIMEOUT", "Nothing changed while waiting."},
    {CC_CANCELLED, "CANCELLED", "The entry was cancelled on the reader."},
    {CC_TWO_CARDS, "TWO_CARDS", "There is more than one card: leave only one."},
    {CC_NO_IDENTITY, "NO_IDENTITY", "This card does not say whose it is."},
    {CC_WORN_OUT, "WORN_OUT", "The card is used up and must be replaced."},
    {CC_ERR_ARGUMENT, "ARGUMENT", "The program asked for something impossible."},
    {CC_ERR_NO_SERVICE, "NO_SERVICE", "The smart card service is not running."},
    {CC_ERR_NO_READER, "NO_READER", "The card reader is not connected."},
    {CC_ERR_IN_USE, "IN_USE", "Another program is using the card reader."},
    {CC_ERR_NO_CARD, "NO_CARD", "There is no card on the reader."},
    {CC_ERR_REMOVED, "CARD_REMOVED", "The card was taken away too early."},
    {CC_ERR_UNRESPONSIVE, "UNRESPONSIVE", "The card does not answer."},
    {CC_ERR_RESET, "CARD_RESET", "Another program reset the card."},
    {CC_ERR_PROTOCOL, "PROTOCOL", "The card gave an answer that makes no sense."},
    {CC_ERR_UNSUPPORTED, "UNSUPPORTED", "This kind of card is not known here."},
    {CC_ERR_REFUSED, "REFUSED", "The card refused the command."},
    {CC_ERR_SAM, "SAM", "The payment module is missing, expired or not working."},
    {CC_ERR_MAC, "MAC", "An authentication code is wrong."},
    {CC_ERR_CRYPTO, "CRYPTO", "The cryptographic library failed."},
    {CC_ERR_MEMORY, "MEMORY", "There is not enough memory."},
    {CC_ERR_SYSTEM, "SYSTEM", "The operating system or the reader service failed."},
    {CC_ERR_FROZEN, "READER_FROZEN", "The card reader has stopped answering."},
};

static const struct result_entry *find_result(int result)
{
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i].result == result)
            return &results[i];
    }
    return NULL;
}

const char *cc_result_name(int result)
{
    const struct result_entry *entry = find_result(result);
    return entry ? entry->name : "UNKNOWN";
}

const char *cc_result_text(int result)
{
    const struct result_entry *entry = find_result(result);
    return entry ? entry->text : "An unknown result.";
}

const char *cc_class_name(unsigned card_class)
{
    static const char *const names[] = {"other", "ordinary", "student", "elder", "test", "soldier"};
    return card_class < sizeof names / sizeof names[0] ? names[card_class] : names[0];
}

const char *cc_evidence_name(enum cc_evidence evidence)
{
    static const char *const names[] = {"none", "mac2", "tac", "log", "proof"};
    return (size_t)evidence < sizeof names / sizeof names[0] ? names[evidence] : "unknown";
}

const char *cc_purchase_state_name(enum cc_purchase_state state)
{
    switch (state) {
    case CC_PURCHASE_NONE:
        return "none";
    case CC_PURCHASE_PREPARED:
        return "prepared";
    case CC_PURCHASE_SENT:
        return "sent";
    case CC_PURCHASE_CONFIRMED:
        return "confirmed";
    case CC_PURCHASE_VOID:
        return "void";
    case CC_PURCHASE_IN_DOUBT:
        return "in-doubt";
    }
    return "unknown";
}
