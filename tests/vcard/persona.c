/* SPDX-License-Identifier: Apache-2.0 */
/* The community's people and the demonstration keys, from their JSON files. Strict: a wrong file is refused whole. */
#include "hex.h"
#include "model.h"

#include <iconv.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

bool vc_gb18030(const char *utf8, uint8_t *out, size_t room)
{
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    if (converter == (iconv_t)-1)
        return false;
    char *from = (char *)utf8, *to = (char *)out;
    size_t from_left = strlen(utf8), to_left = room;
    memset(out, 0, room);
    bool good = iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1 && from_left == 0;
    return iconv_close(converter) == 0 && good;
}

/* One object of a file while it is read: the first thing wrong with it is remembered. */
struct reader {
    const json_t *object;
    const char *what; /* for the message */
    char *error;
    size_t error_size;
    bool failed;
};

static void fail(struct reader *reader, const char *field, const char *why)
{
    if (!reader->failed)
        snprintf(reader->error, reader->error_size, "%s: \"%s\" %s", reader->what, field, why);
    reader->failed = true;
}

static const char *text(struct reader *reader, const char *field)
{
    const char *value = json_string_value(json_object_get(reader->object, field));
    if (!value)
        fail(reader, field, "is missing or no text");
    return value ? value : "";
}

static void copy_text(struct reader *reader, const char *field, char *out, size_t room)
{
    if ((size_t)snprintf(out, room, "%s", text(reader, field)) >= room)
        fail(reader, field, "is too long");
}

static long long number(struct reader *reader, const char *field, long long highest)
{
    const json_t *value = json_object_get(reader->object, field);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > highest) {
        fail(reader, field, "is missing or out of range");
        return 0;
    }
    return json_integer_value(value);
}

static void hex_exact(struct reader *reader, const char *field, uint8_t *out, size_t size)
{
    size_t len = 0;
    if (!vc_unhex(text(reader, field), out, size, &len) || len != size)
        fail(reader, field, "is no hex of the right length");
}

static size_t hex_some(struct reader *reader, const char *field, uint8_t *out, size_t lowest, size_t room)
{
    size_t len = 0;
    if (!vc_unhex(text(reader, field), out, room, &len) || len < lowest)
        fail(reader, field, "is no hex of a lawful length");
    return len;
}

static void read_persona(struct reader *reader, struct vc_persona *persona)
{
    copy_text(reader, "key", persona->key, sizeof(persona->key));
    copy_text(reader, "name", persona->name, sizeof(persona->name));
    copy_text(reader, "id_number", persona->id_number, sizeof(persona->id_number));
    hex_exact(reader, "card_number", persona->serial, 8);
    hex_exact(reader, "issuer", persona->issuer, 8);
    hex_exact(reader, "city", persona->city, 2);
    hex_exact(reader, "valid_from", persona->valid_from, 4);
    hex_exact(reader, "valid_to", persona->valid_to, 4);
    persona->card_class = (uint8_t)number(reader, "card_class", 255);
    persona->holder_type = (uint8_t)number(reader, "holder_type", 255);
    persona->staff = (uint8_t)number(reader, "staff", 255);
    persona->id_type = (uint8_t)number(reader, "id_type", 255);
    persona->balance_fen = (uint32_t)number(reader, "balance_fen", INT32_MAX);
    persona->offline_counter = (uint16_t)number(reader, "offline_counter", UINT16_MAX);
    persona->online_counter = (uint16_t)number(reader, "online_counter", UINT16_MAX);
    persona->pin_len = hex_some(reader, "pin", persona->pin, 2, VC_PIN_MAX);
    persona->atr_len = hex_some(reader, "atr", persona->atr, 2, sizeof(persona->atr));
    const json_t *pin_first = json_object_get(reader->object, "pin_for_purchase");
    if (!json_is_boolean(pin_first))
        fail(reader, "pin_for_purchase", "is missing or no truth value");
    persona->pin_for_purchase = json_is_true(pin_first);
    uint8_t name[20];
    if (!vc_gb18030(persona->name, name, sizeof(name)))
        fail(reader, "name", "does not fit the card's 20 bytes of GB 18030");
    if (strpbrk(persona->key, "/. \t") || persona->key[0] == '\0')
        fail(reader, "key", "is no plain word");
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
        struct reader reader = {card, "a card", error, error_size, false};
        read_persona(&reader, &persona);
        if (vc_community_find(community, persona.key))
            fail(&reader, "key", "occurs twice");
        if (reader.failed)
            return false;
        community->personas[community->count++] = persona;
    }
    return true;
}

static bool read_keys(struct vc_community *community, const json_t *root, char *error, size_t error_size)
{
    struct reader master = {json_object_get(root, "master"), "master keys", error, error_size, false};
    hex_exact(&master, "purchase", community->keys.purchase, 16);
    hex_exact(&master, "tac", community->keys.tac, 16);
    hex_exact(&master, "load", community->keys.load, 16);
    hex_exact(&master, "maintenance", community->keys.maintenance, 16);
    hex_exact(&master, "authentication", community->keys.authentication, 16);
    hex_exact(&master, "pin_unblock", community->keys.pin_unblock, 16);
    struct reader psam = {json_object_get(root, "psam"), "PSAM", error, error_size, master.failed};
    struct vc_sam_identity *sam = &community->sam;
    hex_exact(&psam, "serial", sam->serial, 10);
    hex_exact(&psam, "terminal", sam->terminal, 6);
    hex_exact(&psam, "issuer", sam->issuer, 8);
    hex_exact(&psam, "receiver", sam->receiver, 8);
    hex_exact(&psam, "valid_from", sam->valid_from, 4);
    hex_exact(&psam, "valid_to", sam->valid_to, 4);
    sam->key_index = (uint8_t)number(&psam, "purchase_key_index", 255);
    sam->atr_len = hex_some(&psam, "atr", sam->atr, 2, sizeof(sam->atr));
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
