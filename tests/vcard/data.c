/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "data_internal.h"
#include "hex.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

/* ---- Keys and PINs ---------------------------------------------------------------------------------------------------- */

static const char *const key_kinds[VC_KEY_KINDS] = {
    "purchase",   "load",   "tac",       "maintenance", "external", "internal", "pin_unblock",
    "pin_reload", "unload", "overdraft", "block",       "unblock",  "master"};

/* A key of the card's own, or one made of "masters" with "factors", the first of them first. */
static void derive_key(struct vc_reader *root, const char *kind, uint8_t value[16])
{
    struct vc_reader masters = vc_read_inner(root, json_object_get(root->object, "masters"), "masters");
    const json_t *factors = vc_read_list(root, "factors"), *factor;
    uint8_t x[8];
    size_t index;
    vc_read_hex(&masters, kind, value, 16);
    vc_read_join(root, &masters);
    json_array_foreach(factors, index, factor)
    {
        if (vc_data_bytes(root, "factors", factor, x, 8) != 8 || !vc_diversify(value, x, value))
            vc_read_fail(root, "factors", "are not 8 bytes each");
    }
}

static void read_key(struct vc_reader *reader, struct vc_reader *root, struct vc_data_card *card, size_t app)
{
    struct vc_key key = {.apps = (uint8_t)(1u << app)};
    uint8_t type = 0;
    size_t kind = vc_read_choice(reader, "kind", key_kinds, VC_KEY_KINDS, VC_KEY_KINDS);
    if (kind == VC_KEY_KINDS) {
        vc_read_fail(reader, "kind", "is missing");
        return;
    }
    bool purse =
        kind == VC_KEY_PURCHASE || kind == VC_KEY_LOAD || kind == VC_KEY_UNLOAD || kind == VC_KEY_OVERDRAFT;
    key.kind = (enum vc_key_kind)kind;
    key.id = (uint8_t)vc_read_number_or(reader, "id", 255, purse ? 1 : 0);
    key.version = (uint8_t)vc_read_number_or(reader, "version", 255, 1);
    key.algorithm = (uint8_t)vc_read_number_or(reader, "algorithm", 255, 0);
    if (vc_read_has(reader, "type"))
        vc_read_hex(reader, "type", &type, 1);
    key.type = type;
    if (vc_read_has(reader, "value"))
        vc_read_hex(reader, "value", key.value, 16);
    else
        derive_key(root, key_kinds[kind], key.value);
    if (!vc_profile_add_key(&card->profile, &key))
        vc_read_fail(reader, "kind", "is one key too many");
    OPENSSL_cleanse(&key, sizeof(key));
}

static void read_pin(struct vc_reader *reader, struct vc_data_card *card, size_t app)
{
    size_t index = card->profile.pin_count;
    if (index == VC_PINS_MAX) {
        vc_read_fail(reader, "value", "is one PIN too many");
        return;
    }
    struct vc_pin *pin = &card->profile.pins[index];
    struct vc_pin_state *state = &card->fresh.pins[index];
    pin->apps = (uint8_t)(1u << app);
    pin->id = (uint8_t)vc_read_number_or(reader, "id", 255, 0);
    pin->tries = (uint8_t)vc_read_number_or(reader, "tries", 15, VC_PIN_TRIES);
    state->tries = pin->tries;
    state->len = (uint8_t)vc_read_hex_some(reader, "value", state->digits, 2, VC_PIN_MAX);
    card->profile.pin_count++;
}

/* ---- Purses ------------------------------------------------------------------------------------------------------------- */

static void read_balance_sources(struct vc_reader *reader, struct vc_purse *purse)
{
    static const char *const names[] = {"refused", "balance", "overdrawn", "limit", "available", "zero"};
    const json_t *list = vc_read_list(reader, "get_balance"), *value;
    size_t index;
    purse->balance[0] = VC_BALANCE_PLAIN;
    json_array_foreach(list, index, value)
    {
        size_t which = 0;
        const char *text = json_string_value(value) ? json_string_value(value) : "";
        while (which < 6 && strcmp(names[which], text) != 0)
            which++;
        if (which == 6 || index > 3)
            vc_read_fail(reader, "get_balance", "has an unknown word, or more than four");
        else
            purse->balance[index] = (enum vc_balance)which;
    }
}

static uint8_t file_named(struct vc_reader *reader, const struct vc_data_card *card, const char *field)
{
    if (!vc_read_has(reader, field))
        return VC_NONE;
    uint8_t file = vc_profile_file(&card->profile, vc_read_text(reader, field));
    if (file == VC_NONE)
        vc_read_fail(reader, field, "names no file");
    else if (card->profile.files[file].kind != VC_CYCLIC)
        vc_read_fail(reader, field, "is no cyclic file");
    return file;
}

static void read_new_purse(struct vc_reader *reader, struct vc_data_card *card, const char *app, size_t kind)
{
    size_t index = card->profile.purse_count;
    if (index == VC_PURSES_MAX) {
        vc_read_fail(reader, "kind", "is one purse too many");
        return;
    }
    struct vc_purse *purse = &card->profile.purses[index];
    struct vc_purse_state *state = &card->fresh.purses[index];
    snprintf(purse->name, sizeof(purse->name), "%.10s.%s", app, kind ? "ep" : "ed");
    purse->deposit = kind == 0;
    purse->noise = vc_read_truth(reader, "noise", false);
    purse->pin_for_purchase = vc_read_truth(reader, "pin", false);
    purse->code_in_mac1 = vc_read_truth(reader, "code_in_mac1", false);
    purse->log = file_named(reader, card, "log");
    purse->load_log = file_named(reader, card, "load_log");
    read_balance_sources(reader, purse);
    state->balance_fen = (uint32_t)vc_read_number(reader, "balance_fen", INT32_MAX);
    state->offline_counter = (uint16_t)vc_read_number_or(reader, "offline_counter", UINT16_MAX, 0);
    state->online_counter = (uint16_t)vc_read_number_or(reader, "online_counter", UINT16_MAX, 0);
    state->limit_fen = (uint32_t)vc_read_number_or(reader, "limit_fen", 0xFFFFFF, 0);
    state->overdrawn_fen = (uint32_t)vc_read_number_or(reader, "overdrawn_fen", state->limit_fen, 0);
    card->profile.purse_count++;
}

/* A purse of this directory's own, or "as" another's: the same money seen from here. */
static void read_purse(struct vc_reader *reader, struct vc_data_card *card, size_t app)
{
    static const char *const kinds[] = {"ed", "ep"};
    struct vc_app *at = &card->profile.apps[app];
    size_t kind = vc_read_choice(reader, "kind", kinds, 2, 1);
    uint8_t index = (uint8_t)card->profile.purse_count;
    char app_name[sizeof(at->name)];
    memcpy(app_name, at->name, sizeof(app_name));
    if (vc_read_has(reader, "as"))
        index = vc_profile_purse(&card->profile, vc_read_text(reader, "as"));
    else
        read_new_purse(reader, card, app_name, kind);
    if (index == VC_NONE || at->purses[kind] != VC_NONE)
        vc_read_fail(reader, "kind", "names no purse, or a second one of its kind");
    at->purses[kind] = index;
}

/* ---- Directories --------------------------------------------------------------------------------------------------------- */

/* "fci": hex, or {"version", "file", "size"}. Missing: SELECT answers with the status alone. */
static void read_fci(struct vc_reader *reader, const struct vc_data_card *card, struct vc_app *app)
{
    const json_t *value = json_object_get(reader->object, "fci");
    if (!value)
        return;
    if (json_is_string(value)) {
        app->fci_len = (uint8_t)vc_data_bytes(reader, "fci", value, app->fci, sizeof(app->fci));
        return;
    }
    struct vc_reader fci = vc_read_inner(reader, value, "fci");
    app->fci_built = true;
    if (vc_read_has(&fci, "version"))
        app->fci_version_len = (uint8_t)vc_read_hex_some(&fci, "version", app->fci_version, 1, 2);
    if (vc_read_has(&fci, "tail"))
        app->fci_tail_len = (uint8_t)vc_read_hex_some(&fci, "tail", app->fci_tail, 1, sizeof(app->fci_tail));
    if (vc_read_has(&fci, "file")) {
        app->fci_file = vc_profile_file(&card->profile, vc_read_text(&fci, "file"));
        bool binary = app->fci_file != VC_NONE && card->profile.files[app->fci_file].kind == VC_BINARY;
        if (!binary)
            vc_read_fail(&fci, "file", "names no transparent file");
        else
            app->fci_size =
                (uint8_t)vc_read_number_or(&fci, "size", 96, card->profile.files[app->fci_file].size);
        if (app->fci_size > 96)
            vc_read_fail(&fci, "file", "is too long for an FCI");
    }
    vc_read_join(reader, &fci);
}

/* "keys_as": this directory has another's keys, PINs and security code too. */
static void share_guards(struct vc_reader *reader, struct vc_data_card *card, size_t app)
{
    const char *name = vc_read_has(reader, "keys_as") ? vc_read_text(reader, "keys_as") : NULL;
    size_t other = 0;
    while (name && other < app && strcmp(card->profile.apps[other].name, name) != 0)
        other++;
    if (!name || other == app) {
        if (name)
            vc_read_fail(reader, "keys_as", "names no directory before this one");
        return;
    }
    for (size_t i = 0; i < card->profile.key_count; i++)
        card->profile.keys[i].apps |= (uint8_t)((card->profile.keys[i].apps >> other & 1) << app);
    for (size_t i = 0; i < card->profile.pin_count; i++)
        card->profile.pins[i].apps |= (uint8_t)((card->profile.pins[i].apps >> other & 1) << app);
    card->profile.apps[app].has_code = card->profile.apps[other].has_code;
    memcpy(card->profile.apps[app].code, card->profile.apps[other].code, VC_CODE_SIZE);
}

static void share_files(struct vc_reader *reader, struct vc_data_card *card, size_t app)
{
    const json_t *list = vc_read_list(reader, "shares"), *name;
    size_t index;
    json_array_foreach(list, index, name)
    {
        uint8_t file =
            vc_profile_file(&card->profile, json_string_value(name) ? json_string_value(name) : "");
        if (file == VC_NONE)
            vc_read_fail(reader, "shares", "names no file before this directory's");
        else
            card->profile.apps[app].files |= UINT64_C(1) << file;
    }
}

/* Each member of the lists "files", "keys", "pins" and "purses". */
static void read_members(struct vc_reader *reader, struct vc_reader *root, struct vc_data_card *card,
                         size_t app)
{
    static const char *const lists[] = {"files", "keys", "pins", "purses"};
    const json_t *member;
    size_t index;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const json_t *list = vc_read_list(reader, lists[i]);
        json_array_foreach(list, index, member)
        {
            struct vc_reader inner = vc_read_inner(reader, member, lists[i]);
            if (i == 0)
                vc_data_file(&inner, card, app);
            else if (i == 1)
                read_key(&inner, root, card, app);
            else if (i == 2)
                read_pin(&inner, card, app);
            else
                read_purse(&inner, card, app);
            vc_read_join(reader, &inner);
        }
    }
}

static void read_app(struct vc_reader *reader, struct vc_reader *root, struct vc_data_card *card,
                     size_t index)
{
    struct vc_app *app = &card->profile.apps[index];
    char name[16] = "mf";
    uint8_t fid[2] = {0};
    if (index)
        vc_read_copy(reader, "name", name, sizeof(name));
    *app = vc_app_empty(name);
    card->profile.app_count = index + 1;
    if (vc_read_has(reader, "aid"))
        app->aid_len = (uint8_t)vc_read_hex_some(reader, "aid", app->aid, 1, sizeof(app->aid));
    app->aid_least = (uint8_t)vc_read_number_or(reader, "aid_least", app->aid_len, app->aid_len);
    if (vc_read_has(reader, "fid"))
        vc_read_hex(reader, "fid", fid, 2);
    app->fid = (uint16_t)(fid[0] << 8 | fid[1]);
    app->has_code = vc_read_has(reader, "code");
    if (app->has_code)
        vc_read_hex(reader, "code", app->code, VC_CODE_SIZE);
    share_files(reader, card, index);
    read_members(reader, root, card, index);
    share_guards(reader, card, index);
    read_fci(reader, card, app);
}

/* ---- The whole file ------------------------------------------------------------------------------------------------------- */

static void read_lacks(struct vc_reader *root, struct vc_profile *profile)
{
    const json_t *list = vc_read_list(root, "lacks"), *value;
    uint8_t head[2];
    size_t index;
    json_array_foreach(list, index, value)
    {
        if (profile->lack_count == VC_LACKS_MAX || vc_data_bytes(root, "lacks", value, head, 2) != 2) {
            vc_read_fail(root, "lacks", "has too many members, or one that is no CLA and INS");
            return;
        }
        profile->lacks[profile->lack_count].cla = head[0];
        profile->lacks[profile->lack_count++].ins = head[1];
    }
}

static void read_apps(struct vc_reader *root, struct vc_data_card *card)
{
    const json_t *apps = vc_read_list(root, "apps"), *app;
    struct vc_reader mf = vc_read_inner(root, json_object_get(root->object, "mf"), "mf");
    size_t index;
    if (json_array_size(apps) > VC_APPS_MAX - 1) {
        vc_read_fail(root, "apps", "are too many");
        return;
    }
    read_app(&mf, root, card, 0);
    vc_read_join(root, &mf);
    json_array_foreach(apps, index, app)
    {
        struct vc_reader inner = vc_read_inner(root, app, "apps");
        read_app(&inner, root, card, index + 1);
        vc_read_join(root, &inner);
    }
}

static void read_card(struct vc_reader *root, struct vc_data_card *card)
{
    struct vc_profile *profile = &card->profile;
    struct vc_reader expect = vc_read_inner(root, json_object_get(root->object, "expect"), "expect");
    vc_read_text(root, "about");
    if (!json_is_object(expect.object))
        vc_read_fail(root, "expect", "is missing");
    else if (vc_read_has(&expect, "number"))
        vc_read_copy(&expect, "number", card->number, sizeof(card->number));
    vc_read_join(root, &expect);
    profile->atr_len = vc_read_hex_some(root, "atr", profile->atr, 2, sizeof(profile->atr));
    if (vc_read_has(root, "uid"))
        profile->uid_len = vc_read_hex_some(root, "uid", profile->uid, 4, sizeof(profile->uid));
    profile->storage = vc_read_truth(root, "storage", false);
    profile->chaining = vc_read_truth(root, "t0", false);
    read_lacks(root, profile);
    read_apps(root, card);
}

/* The file's name without folder and ".json" is the card's key. */
static void take_key(struct vc_reader *root, const char *path, char *key, size_t room)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *end = strstr(name, ".json");
    size_t len = end ? (size_t)(end - name) : 0;
    if (len == 0 || len >= room || end[5] != '\0' || strcspn(name, " \t") < len)
        vc_read_fail(root, name, "is no name like city.json");
    else
        snprintf(key, room, "%.*s", (int)len, name);
}

static json_t *open_file(const char *path, char *error, size_t error_size)
{
    json_error_t json_error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    if (!root)
        snprintf(error, error_size, "%s:%d: %s", path, json_error.line, json_error.text);
    return root;
}

bool vc_data_is_sam(const char *path, bool *is_sam, char *error, size_t error_size)
{
    json_t *file = open_file(path, error, error_size);
    static const char *const types[] = {"card", "psam"};
    if (!file)
        return false;
    struct vc_reader root = {file, path, error, error_size, false};
    *is_sam = vc_read_choice(&root, "type", types, 2, 0) == 1;
    json_decref(file);
    return !root.failed;
}

bool vc_data_card(const char *path, struct vc_data_card *card, char *error, size_t error_size)
{
    json_t *file = open_file(path, error, error_size);
    memset(card, 0, sizeof(*card));
    if (!file)
        return false;
    struct vc_reader root = {file, path, error, error_size, false};
    take_key(&root, path, card->key, sizeof(card->key));
    if (!root.failed)
        read_card(&root, card);
    json_decref(file);
    return !root.failed;
}

/* ---- A PSAM ---------------------------------------------------------------------------------------------------------------- */

static void read_habits(struct vc_reader *root, struct vc_sam_identity *sam)
{
    static const char *const orders[] = {"last-first", "first-first"};
    uint8_t fid[2] = {0};
    size_t index;
    const json_t *codes = vc_read_list(root, "known_codes"), *code;
    sam->version = (uint8_t)vc_read_number_or(root, "version", 255, 1);
    sam->card_type = (uint8_t)vc_read_number_or(root, "card_type", 255, 1);
    sam->no_aid = !vc_read_has(root, "aid");
    if (!sam->no_aid)
        sam->aid_len = (uint8_t)vc_read_hex_some(root, "aid", sam->aid, 5, sizeof(sam->aid));
    sam->aid_least = (uint8_t)vc_read_number_or(root, "aid_least", sam->aid_len, sam->aid_len);
    if (vc_read_has(root, "fid"))
        vc_read_hex(root, "fid", fid, 2);
    sam->fid = (uint16_t)(fid[0] << 8 | fid[1]);
    sam->factors = (uint8_t)json_array_size(vc_read_list(root, "factors"));
    if (sam->factors > 3)
        vc_read_fail(root, "factors", "are more than three");
    sam->first_factor_first = vc_read_choice(root, "order", orders, 2, 0) == 1;
    sam->takes_code = vc_read_has(root, "code_key");
    if (sam->takes_code)
        vc_read_hex(root, "code_key", sam->code_key, 16);
    json_array_foreach(codes, index, code)
    {
        if (index > 3 ||
            vc_data_bytes(root, "known_codes", code, sam->known_codes[index], VC_CODE_SIZE) != VC_CODE_SIZE)
            vc_read_fail(root, "known_codes", "are not at most four of 9 bytes");
        else
            sam->known_code_count = index + 1;
    }
}

static void read_sam(struct vc_reader *root, struct vc_data_sam *sam)
{
    struct vc_sam_identity *identity = &sam->identity;
    struct vc_reader masters = vc_read_inner(root, json_object_get(root->object, "masters"), "masters");
    vc_read_text(root, "about");
    vc_read_hex(root, "serial", identity->serial, 10);
    vc_read_hex(root, "terminal", identity->terminal, 6);
    vc_read_hex(root, "issuer", identity->issuer, 8);
    vc_read_hex(root, "receiver", identity->receiver, 8);
    vc_read_hex(root, "valid_from", identity->valid_from, 4);
    vc_read_hex(root, "valid_to", identity->valid_to, 4);
    identity->key_index = (uint8_t)vc_read_number_or(root, "key_index", 255, 1);
    identity->atr_len = vc_read_hex_some(root, "atr", identity->atr, 2, sizeof(identity->atr));
    read_habits(root, identity);
    vc_read_hex(&masters, "purchase", sam->masters.purchase, 16);
    vc_read_hex(&masters, "tac", sam->masters.tac, 16);
    vc_read_hex(&masters, "maintenance", sam->masters.maintenance, 16);
    vc_read_join(root, &masters);
}

bool vc_data_sam(const char *path, struct vc_data_sam *sam, char *error, size_t error_size)
{
    json_t *file = open_file(path, error, error_size);
    memset(sam, 0, sizeof(*sam));
    if (!file)
        return false;
    struct vc_reader root = {file, path, error, error_size, false};
    read_sam(&root, sam);
    json_decref(file);
    return !root.failed;
}
