/* SPDX-License-Identifier: Apache-2.0 */
/* The community's people and the demonstration keys, from their JSON files. Strict: a wrong file is refused whole. */
#include "community.h"
#include "json_read.h"

#include <stdio.h>
#include <string.h>

static void read_persona(struct vc_reader *reader, struct vc_persona *persona)
{
    vc_read_copy(reader, "key", persona->key, sizeof(persona->key));
    vc_read_copy(reader, "name", persona->name, sizeof(persona->name));
    vc_read_copy(reader, "id_number", persona->id_number, sizeof(persona->id_number));
    vc_read_hex(reader, "card_number", persona->serial, 8);
    vc_read_hex(reader, "issuer", persona->issuer, 8);
    vc_read_hex(reader, "city", persona->city, 2);
    vc_read_hex(reader, "valid_from", persona->valid_from, 4);
    vc_read_hex(reader, "valid_to", persona->valid_to, 4);
    persona->card_class = (uint8_t)vc_read_number(reader, "card_class", 255);
    persona->holder_type = (uint8_t)vc_read_number(reader, "holder_type", 255);
    persona->staff = (uint8_t)vc_read_number(reader, "staff", 255);
    persona->id_type = (uint8_t)vc_read_number(reader, "id_type", 255);
    persona->balance_fen = (uint32_t)vc_read_number(reader, "balance_fen", INT32_MAX);
    persona->offline_counter = (uint16_t)vc_read_number(reader, "offline_counter", UINT16_MAX);
    persona->online_counter = (uint16_t)vc_read_number(reader, "online_counter", UINT16_MAX);
    persona->pin_len = vc_read_hex_some(reader, "pin", persona->pin, 2, VC_PIN_MAX);
    persona->atr_len = vc_read_hex_some(reader, "atr", persona->atr, 2, sizeof(persona->atr));
    const json_t *pin_first = json_object_get(reader->object, "pin_for_purchase");
    if (!json_is_boolean(pin_first))
        vc_read_fail(reader, "pin_for_purchase", "is missing or no truth value");
    persona->pin_for_purchase = json_is_true(pin_first);
    uint8_t name[20];
    if (!vc_gb18030(persona->name, name, sizeof(name)))
        vc_read_fail(reader, "name", "does not fit the card's 20 bytes of GB 18030");
    if (strpbrk(persona->key, "/. \t") || persona->key[0] == '\0')
        vc_read_fail(reader, "key", "is no plain word");
}

static bool read_personas(struct vc_community *community, const json_t *root, char *error, size_t error_size)
{
    const json_t *cards = json_object_get(root, "cards"), *card;
    size_t index;
    if (!json_is_array(cards) || json_array_size(cards) > VC_PERSONAS_MAX) {
        snprintf(error, error_size, "personas: no list \"cards\", or a longer one than %d", VC_PERSONAS_MAX);
        return false;
    }
    json_array_foreach(cards, index, card)
    {
        struct vc_persona persona = {.key = ""};
        struct vc_reader reader = {card, "a card", error, error_size, false};
        read_persona(&reader, &persona);
        if (vc_community_find(community, persona.key))
            vc_read_fail(&reader, "key", "occurs twice");
        if (reader.failed)
            return false;
        community->personas[community->count++] = persona;
    }
    return true;
}

static bool read_keys(struct vc_community *community, const json_t *root, char *error, size_t error_size)
{
    struct vc_reader master = {json_object_get(root, "master"), "master keys", error, error_size, false};
    vc_read_hex(&master, "purchase", community->keys.purchase, 16);
    vc_read_hex(&master, "tac", community->keys.tac, 16);
    vc_read_hex(&master, "load", community->keys.load, 16);
    vc_read_hex(&master, "maintenance", community->keys.maintenance, 16);
    vc_read_hex(&master, "authentication", community->keys.authentication, 16);
    vc_read_hex(&master, "pin_unblock", community->keys.pin_unblock, 16);
    struct vc_reader psam = {json_object_get(root, "psam"), "PSAM", error, error_size, master.failed};
    struct vc_sam_identity *sam = &community->sam;
    vc_read_hex(&psam, "serial", sam->serial, 10);
    vc_read_hex(&psam, "terminal", sam->terminal, 6);
    vc_read_hex(&psam, "issuer", sam->issuer, 8);
    vc_read_hex(&psam, "receiver", sam->receiver, 8);
    vc_read_hex(&psam, "valid_from", sam->valid_from, 4);
    vc_read_hex(&psam, "valid_to", sam->valid_to, 4);
    sam->key_index = (uint8_t)vc_read_number(&psam, "purchase_key_index", 255);
    sam->atr_len = vc_read_hex_some(&psam, "atr", sam->atr, 2, sizeof(sam->atr));
    return !psam.failed;
}

typedef bool (*read_fn)(struct vc_community *community, const json_t *root, char *error, size_t error_size);

static bool load_file(struct vc_community *community, const char *path, read_fn read, char *error,
                      size_t error_size)
{
    json_error_t json_error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    if (!root) {
        snprintf(error, error_size, "%s:%d: %s", path, json_error.line, json_error.text);
        return false;
    }
    bool good = read(community, root, error, error_size);
    json_decref(root);
    return good;
}

bool vc_community_load(struct vc_community *community, const char *personas_path, const char *keys_path,
                       char *error, size_t error_size)
{
    memset(community, 0, sizeof(*community));
    return load_file(community, personas_path, read_personas, error, error_size) &&
           load_file(community, keys_path, read_keys, error, error_size);
}

const struct vc_persona *vc_community_find(const struct vc_community *community, const char *key)
{
    for (size_t i = 0; i < community->count; i++)
        if (strcmp(community->personas[i].key, key) == 0)
            return &community->personas[i];
    return NULL;
}
