/* SPDX-License-Identifier: Apache-2.0 */
/* A card for a person's eyes. */
#include "cli.h"

#include <string.h>

/* One line, unless there is nothing to say. Foreign text is cleaned. */
static void line(const char *title, const char *text)
{
    char clean[CC_NAME_SIZE];
    clean_text(text, clean, sizeof clean);
    if (clean[0] != '\0')
        printf("%-10s%s\n", title, clean);
}

static void line_of_number(const char *title, const char *number, bool unmasked)
{
    char masked[CC_ID_NUMBER_SIZE];
    cc_mask_id(number, masked, sizeof masked);
    line(title, unmasked ? number : masked);
}

static void print_holder(const struct cc_card *card, bool unmasked)
{
    const struct cc_holder *holder = &card->holder;
    char clean[CC_NAME_SIZE], masked[CC_NAME_SIZE], date[DATE_SIZE];
    clean_text(holder->name, clean, sizeof clean);
    cc_mask_name(clean, masked, sizeof masked);
    line("Holder", unmasked ? clean : masked);
    line_of_number("ID number", holder->id_number, unmasked);
    if (unmasked && date_text(holder->birth_date, date))
        line("Born", date);
    line_of_number("Student", holder->student_number, unmasked);
    line_of_number("Volunteer", holder->volunteer_number, unmasked);
    if (card->card_class != 0)
        line("Class", cc_class_name(card->card_class));
}

/* Macau Pass holds patacas; a hundredth of one is its fen. */
static const char *unit(enum cc_family family)
{
    return family == CC_FAMILY_MACAU ? "patacas" : "yuan";
}

static void print_money(const struct cc_card *card)
{
    char yuan[YUAN_SIZE], limit[YUAN_SIZE];
    if (card->family == CC_FAMILY_SOCIAL_SECURITY)
        return; /* has no purse */
    if (card->has_balance)
        yuan_text(card->balance_fen, yuan);
    printf("Balance   %s%s%s\n", card->has_balance ? yuan : "unknown", card->has_balance ? " " : "",
           card->has_balance ? unit(card->family) : "");
    for (size_t i = 0; i < card->purse_count && i < CC_PURSES_MAX; i++) {
        const struct cc_purse *purse = &card->purses[i];
        if (!purse->has_overdraft || (purse->overdraft_limit_fen == 0 && purse->overdraft_used_fen == 0))
            continue;
        yuan_text(purse->overdraft_used_fen, yuan);
        yuan_text(purse->overdraft_limit_fen, limit);
        printf("Overdraft %s of %s yuan used\n", yuan, limit);
    }
}

static void print_record(const struct cc_card *card, const struct cc_log_entry *entry)
{
    char date[DATE_SIZE], time[TIME_SIZE], terminal[13], amount[YUAN_SIZE];
    date_bcd_text(entry->date_bcd, date);
    time_bcd_text(entry->time_bcd, time);
    yuan_text(entry->amount_fen, amount);
    cc_hex(entry->terminal, sizeof entry->terminal, terminal, sizeof terminal);
    printf("  %-10s %-8s  %-17s %10s %s  terminal %s  no. %u\n", date, time, type_name(entry->type), amount,
           unit(card->family), terminal, entry->counter);
}

static void print_journey(const struct cc_journey *journey)
{
    char date[DATE_SIZE], time[TIME_SIZE], station[15], amount[YUAN_SIZE], balance[YUAN_SIZE];
    date_bcd_text(journey->date_bcd, date);
    time_bcd_text(journey->time_bcd, time);
    yuan_text(journey->amount_fen, amount);
    yuan_text(journey->balance_fen, balance);
    cc_hex(journey->line_station, sizeof journey->line_station, station, sizeof station);
    printf("  %-10s %-8s  event %02X  %10s yuan, then %s  city %04X  station %s\n", date, time,
           journey->event, amount, balance, journey->city, station);
}

void print_logs(const struct cc_card *card)
{
    if (card->log_count > 0)
        printf("Last transactions, newest first:\n");
    for (size_t i = 0; i < card->log_count && i < CC_LOGS_MAX; i++)
        print_record(card, &card->log[i]);
    if (card->journey_count > 0)
        printf("Last journeys, newest first:\n");
    for (size_t i = 0; i < card->journey_count && i < CC_JOURNEYS_MAX; i++)
        print_journey(&card->journeys[i]);
}

static void print_other(const struct cc_application *other)
{
    char number[CC_CARD_NUMBER_SIZE], yuan[YUAN_SIZE];
    clean_text(other->card_number, number, sizeof number);
    printf("Also      %s (%s)%s", number, cc_family_name(other->family), other->blocked ? " BLOCKED" : "");
    if (other->has_balance) {
        yuan_text(other->balance_fen, yuan);
        printf(", balance %s %s", yuan, unit(other->family));
    }
    printf("\n");
}

void print_card(const struct cc_card *card, bool unmasked)
{
    char number[CC_CARD_NUMBER_SIZE], uid[2 * sizeof card->uid + 1], from[DATE_SIZE], to[DATE_SIZE];
    clean_text(card->card_number, number, sizeof number);
    if (number[0] == '\0') {
        printf("Card      %s, says nothing of whose it is\n", cc_family_name(card->family));
        if (card->uid_len <= sizeof card->uid)
            line("UID", cc_hex(card->uid, card->uid_len, uid, sizeof uid));
        return;
    }
    printf("Card      %s (%s)%s\n", number, cc_family_name(card->family), card->blocked ? " BLOCKED" : "");
    line("Issued by", card->issued_by);
    line("Community", card->community);
    print_holder(card, unmasked);
    date_text(card->valid_from, from);
    date_text(card->valid_to, to);
    printf("Valid     %s to %s%s\n", from, to, cc_card_valid_on(card, today()) ? "" : " (NOT VALID TODAY)");
    print_money(card);
    for (size_t i = 0; i < card->other_count && i < CC_OTHERS_MAX; i++) {
        print_other(&card->others[i]);
    }
    print_logs(card);
}
