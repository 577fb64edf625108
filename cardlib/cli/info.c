/* SPDX-License-Identifier: Apache-2.0 */
/* citycard info: what a card says of itself. Name and ID number are masked unless --unmasked is given. */
#include "cli.h"

#include <string.h>

/* Transaction types of PBOC (JR/T 0025.2) and the compound purchase. */
static const char *type_name(uint8_t type)
{
    switch (type) {
    case 0x01:
    case 0x02:
        return "load";
    case 0x03:
        return "unload";
    case 0x04:
        return "cash";
    case 0x05:
    case 0x06:
        return "purchase";
    case 0x07:
        return "overdraft";
    case 0x09:
        return "compound purchase";
    default:
        return "other";
    }
}

static json_t *json_or_null(bool known, const char *text)
{
    return known ? json_string(text) : json_null();
}

static json_t *json_date(uint32_t date)
{
    char text[DATE_SIZE];
    bool known = date_text(date, text);
    return json_or_null(known, text);
}

static json_t *record_json(const struct cc_log_entry *entry)
{
    char date[DATE_SIZE], time[TIME_SIZE], type[3];
    bool has_date = date_bcd_text(entry->date_bcd, date);
    bool has_time = time_bcd_text(entry->time_bcd, time);
    json_t *object = json_object();
    json_object_set_new(object, "counter", json_integer(entry->counter));
    json_object_set_new(object, "type", json_string(cc_hex(&entry->type, 1, type, sizeof type)));
    json_object_set_new(object, "type_name", json_string(type_name(entry->type)));
    json_object_set_new(object, "amount_fen", json_integer(entry->amount_fen));
    json_object_set_new(object, "terminal", json_hex(entry->terminal, sizeof entry->terminal));
    json_object_set_new(object, "date", json_or_null(has_date, date));
    json_object_set_new(object, "time", json_or_null(has_time, time));
    return object;
}

static json_t *card_json(const struct cc_card *card, const char *name, const char *id_number)
{
    json_t *holder = json_object(), *records = json_array(), *object = json_object();
    json_object_set_new(holder, "present", json_boolean(card->holder.present));
    json_object_set_new(holder, "name", json_or_null(name[0] != '\0', name));
    json_object_set_new(holder, "id_number", json_or_null(id_number[0] != '\0', id_number));
    json_object_set_new(holder, "class", json_or_null(card->card_class != 0, cc_class_name(card->card_class)));
    for (size_t i = 0; i < card->log_count && i < CC_LOG_MAX; i++)
        json_array_append_new(records, record_json(&card->log[i]));

    char city[5];
    snprintf(city, sizeof city, "%04X", card->city);
    json_object_set_new(object, "family", json_string(cc_family_name(card->family)));
    json_object_set_new(object, "card_number", json_text(card->card_number));
    json_object_set_new(object, "issuer", json_hex(card->issuer, sizeof card->issuer));
    json_object_set_new(object, "city", json_string(city));
    json_object_set_new(object, "interoperable", json_boolean(card->interoperable));
    json_object_set_new(object, "blocked", json_boolean(card->blocked));
    json_object_set_new(object, "valid_today", json_boolean(cc_card_valid_on(card, today())));
    json_object_set_new(object, "valid_from", json_date(card->valid_from));
    json_object_set_new(object, "valid_to", json_date(card->valid_to));
    json_object_set_new(object, "balance_fen",
                        card->has_balance ? json_integer(card->balance_fen) : json_null());
    json_object_set_new(object, "holder", holder);
    json_object_set_new(object, "records", records);
    return object;
}

static void print_record(const struct cc_log_entry *entry)
{
    char date[DATE_SIZE], time[TIME_SIZE], terminal[13], amount[16];
    date_bcd_text(entry->date_bcd, date);
    time_bcd_text(entry->time_bcd, time);
    yuan_text(entry->amount_fen, amount, sizeof amount);
    cc_hex(entry->terminal, sizeof entry->terminal, terminal, sizeof terminal);
    printf("  %-10s %-8s  %-17s %10s yuan  terminal %s  no. %u\n", date, time, type_name(entry->type), amount,
           terminal, entry->counter);
}

static void print_card(const struct cc_card *card, const char *name, const char *id_number)
{
    char from[DATE_SIZE], to[DATE_SIZE], balance[16] = "unknown", number[CC_CARD_NUMBER_SIZE];
    bool valid = cc_card_valid_on(card, today());
    clean_text(card->card_number, number, sizeof number);
    if (card->has_balance)
        yuan_text(card->balance_fen, balance, sizeof balance);
    printf("Card      %s (%s)%s\n", number, cc_family_name(card->family), card->blocked ? " BLOCKED" : "");
    if (name[0] != '\0')
        printf("Holder    %s\n", name);
    if (id_number[0] != '\0')
        printf("ID number %s\n", id_number);
    if (card->card_class != 0)
        printf("Class     %s\n", cc_class_name(card->card_class));
    date_text(card->valid_from, from);
    date_text(card->valid_to, to);
    printf("Valid     %s to %s%s\n", from, to, valid ? "" : " (NOT VALID TODAY)");
    printf("Balance   %s%s\n", balance, card->has_balance ? " yuan" : "");
    if (card->log_count > 0)
        printf("Last transactions, newest first:\n");
    for (size_t i = 0; i < card->log_count && i < CC_LOG_MAX; i++)
        print_record(&card->log[i]);
}

int command_info(const struct options *options)
{
    struct seat seat;
    struct cc_card card = {0};
    int result = open_and_read(options, &seat, CC_READ_ALL, &card);
    close_seat(&seat, false);
    /* A blocked card is still told apart; its identity is filled. */
    if (result != CC_OK && result != CC_CARD_BLOCKED)
        return report_result(options, result);

    char name[CC_NAME_SIZE], id_number[CC_ID_NUMBER_SIZE], clean_name[CC_NAME_SIZE],
        clean_id[CC_ID_NUMBER_SIZE];
    clean_text(card.holder.name, clean_name, sizeof clean_name);
    clean_text(card.holder.id_number, clean_id, sizeof clean_id);
    if (options->unmasked) {
        memcpy(name, clean_name, sizeof name);
        memcpy(id_number, clean_id, sizeof id_number);
    } else {
        cc_mask_name(clean_name, name, sizeof name);
        cc_mask_id(clean_id, id_number, sizeof id_number);
    }
    if (options->json)
        return print_json(card_json(&card, name, id_number));
    print_card(&card, name, id_number);
    return finish_output();
}
