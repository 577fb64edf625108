/* SPDX-License-Identifier: Apache-2.0 */
/* A card as JSON: the one mapping that info, log, record, replay and apdu share. What is not known is null.
 */
#include "cli.h"

#include <string.h>

const char *type_name(uint8_t type)
{
    switch (type) { /* JR/T 0025.2, and 09 of JR/T 0025.9 */
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

/* An integer of the card where zero means that it does not tell. */
static json_t *json_told(uint32_t number)
{
    return number != 0 ? json_integer(number) : json_null();
}

static json_t *json_byte(uint8_t byte)
{
    return json_hex(&byte, 1);
}

/* Cards whose family has no issuer code leave it zero. */
static json_t *json_issuer(const struct cc_card *card)
{
    static const uint8_t none[sizeof card->issuer];
    bool told = memcmp(card->issuer, none, sizeof none) != 0;
    return told ? json_hex(card->issuer, sizeof card->issuer) : json_null();
}

static json_t *json_city(uint16_t city)
{
    char text[5];
    snprintf(text, sizeof text, "%04X", city);
    return city != 0 ? json_string(text) : json_null();
}

/* ---- Holder ------------------------------------------------------------------------------------------------------ */

static json_t *json_masked_number(const char *number, bool unmasked)
{
    char masked[CC_ID_NUMBER_SIZE];
    if (unmasked || number[0] == '\0')
        return json_text_or_null(number);
    cc_mask_id(number, masked, sizeof masked);
    return json_text(masked);
}

static json_t *json_name(const char *name, bool unmasked)
{
    char clean[CC_NAME_SIZE], masked[CC_NAME_SIZE];
    clean_text(name, clean, sizeof clean);
    if (unmasked || clean[0] == '\0')
        return json_text_or_null(clean);
    cc_mask_name(clean, masked, sizeof masked);
    return json_text(masked);
}

static json_t *holder_json(const struct cc_card *card, bool unmasked)
{
    const struct cc_holder *holder = &card->holder;
    json_t *object = json_object();
    json_object_set_new(object, "present", json_boolean(holder->present));
    json_object_set_new(object, "masked", json_boolean(!unmasked));
    json_object_set_new(object, "name", json_name(holder->name, unmasked));
    json_object_set_new(object, "id_number", json_masked_number(holder->id_number, unmasked));
    json_object_set_new(object, "id_type", holder->present ? json_integer(holder->id_type) : json_null());
    json_object_set_new(object, "sex",
                        holder->sex == 'F'   ? json_string("female")
                        : holder->sex == 'M' ? json_string("male")
                                             : json_null());
    /* Together they are most of an ID number. */
    json_object_set_new(object, "birth_date", unmasked ? json_date(holder->birth_date) : json_null());
    json_object_set_new(object, "birth_place",
                        unmasked ? json_text_or_null(holder->birth_place) : json_null());
    json_object_set_new(object, "nation", unmasked ? json_told(holder->nation) : json_null());
    json_object_set_new(object, "student_number", json_masked_number(holder->student_number, unmasked));
    json_object_set_new(object, "volunteer_number", json_masked_number(holder->volunteer_number, unmasked));
    json_object_set_new(object, "class",
                        card->card_class != 0 ? json_string(cc_class_name(card->card_class)) : json_null());
    return object;
}

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

static json_t *record_json(const struct cc_log_entry *entry)
{
    json_t *object = json_object();
    json_object_set_new(object, "log", json_byte(entry->file));
    json_object_set_new(object, "counter", json_integer(entry->counter));
    json_object_set_new(object, "type", json_byte(entry->type));
    json_object_set_new(object, "type_name", json_string(type_name(entry->type)));
    json_object_set_new(object, "amount_fen", json_integer(entry->amount_fen));
    json_object_set_new(object, "overdraft_fen", json_integer(entry->overdraft_fen));
    json_object_set_new(object, "terminal", json_hex(entry->terminal, sizeof entry->terminal));
    json_object_set_new(object, "date", json_date_bcd(entry->date_bcd));
    json_object_set_new(object, "time", json_time_bcd(entry->time_bcd));
    return object;
}

json_t *records_json(const struct cc_card *card)
{
    json_t *list = json_array();
    for (size_t i = 0; i < card->log_count && i < CC_LOGS_MAX; i++)
        json_array_append_new(list, record_json(&card->log[i]));
    return list;
}

static json_t *journey_json(const struct cc_journey *journey)
{
    json_t *object = json_object();
    json_object_set_new(object, "event", json_byte(journey->event));
    json_object_set_new(object, "industry", json_byte(journey->industry));
    json_object_set_new(object, "terminal", json_hex(journey->terminal, sizeof journey->terminal));
    json_object_set_new(object, "line_station",
                        json_hex(journey->line_station, sizeof journey->line_station));
    json_object_set_new(object, "institution", json_hex(journey->institution, sizeof journey->institution));
    json_object_set_new(object, "amount_fen", json_integer(journey->amount_fen));
    json_object_set_new(object, "balance_fen", json_integer(journey->balance_fen));
    json_object_set_new(object, "city", json_city(journey->city));
    json_object_set_new(object, "date", json_date_bcd(journey->date_bcd));
    json_object_set_new(object, "time", json_time_bcd(journey->time_bcd));
    return object;
}

json_t *journeys_json(const struct cc_card *card)
{
    json_t *list = json_array();
    for (size_t i = 0; i < card->journey_count && i < CC_JOURNEYS_MAX; i++)
        json_array_append_new(list, journey_json(&card->journeys[i]));
    return list;
}

static json_t *purses_json(const struct cc_card *card)
{
    json_t *list = json_array();
    for (size_t i = 0; i < card->purse_count && i < CC_PURSES_MAX; i++) {
        const struct cc_purse *purse = &card->purses[i];
        bool told = purse->has_overdraft;
        json_t *object = json_object();
        json_object_set_new(object, "purse", json_string(purse->p2 == 0x01 ? "ED" : "EP"));
        json_object_set_new(object, "balance_fen", json_integer(purse->balance_fen));
        json_object_set_new(object, "overdraft_limit_fen",
                            told ? json_integer(purse->overdraft_limit_fen) : json_null());
        json_object_set_new(object, "overdraft_used_fen",
                            told ? json_integer(purse->overdraft_used_fen) : json_null());
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *others_json(const struct cc_card *card)
{
    json_t *list = json_array();
    for (size_t i = 0; i < card->other_count && i < CC_OTHERS_MAX; i++) {
        const struct cc_application *other = &card->others[i];
        json_t *object = json_object();
        json_object_set_new(object, "family", json_string(cc_family_name(other->family)));
        json_object_set_new(object, "card_number", json_text_or_null(other->card_number));
        json_object_set_new(object, "city", json_city(other->city));
        json_object_set_new(object, "blocked", json_boolean(other->blocked));
        json_object_set_new(object, "valid_from", json_date(other->valid_from));
        json_object_set_new(object, "valid_to", json_date(other->valid_to));
        json_object_set_new(object, "balance_fen",
                            other->has_balance ? json_integer(other->balance_fen) : json_null());
        json_array_append_new(list, object);
    }
    return list;
}

/* ---- The card ---------------------------------------------------------------------------------------------------- */

json_t *card_json(const struct cc_card *card, bool unmasked)
{
    bool known = card->card_number[0] != '\0';
    json_t *object = json_object();
    json_object_set_new(object, "family", json_string(cc_family_name(card->family)));
    json_object_set_new(object, "card_number", json_text_or_null(card->card_number));
    json_object_set_new(object, "issuer", json_issuer(card));
    json_object_set_new(object, "city", json_city(card->city));
    json_object_set_new(object, "interoperable", json_boolean(card->interoperable));
    json_object_set_new(object, "community", json_text_or_null(card->community));
    json_object_set_new(object, "card_id", json_text_or_null(card->card_id));
    json_object_set_new(object, "card_kind", json_text_or_null(card->card_kind));
    json_object_set_new(object, "spec_version", json_text_or_null(card->spec_version));
    json_object_set_new(object, "blocked", json_boolean(card->blocked));
    json_object_set_new(object, "valid_today",
                        known ? json_boolean(cc_card_valid_on(card, today())) : json_null());
    json_object_set_new(object, "valid_from", json_date(card->valid_from));
    json_object_set_new(object, "valid_to", json_date(card->valid_to));
    json_object_set_new(object, "issued", json_date(card->issued));
    json_object_set_new(object, "issued_by", json_text_or_null(card->issued_by));
    json_object_set_new(object, "balance_fen",
                        card->has_balance ? json_integer(card->balance_fen) : json_null());
    json_object_set_new(object, "purses", purses_json(card));
    json_object_set_new(object, "holder", holder_json(card, unmasked));
    json_object_set_new(object, "records", records_json(card));
    json_object_set_new(object, "journeys", journeys_json(card));
    json_object_set_new(object, "others", others_json(card));
    json_object_set_new(object, "uid",
                        card->uid_len > 0 && card->uid_len <= sizeof card->uid
                            ? json_hex(card->uid, card->uid_len)
                            : json_null());
    return object;
}
