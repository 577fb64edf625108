/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "hex.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 65536

bool vc_store_open(struct vc_store *store, const char *path, char *error, size_t error_size)
{
    store->folder = -1;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(error, error_size, "cannot make %s: %s", path, strerror(errno));
        return false;
    }
    store->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->folder < 0 || flock(store->folder, LOCK_EX | LOCK_NB) != 0) {
        snprintf(error, error_size, "cannot use %s alone: %s", path, strerror(errno));
        vc_store_close(store);
        return false;
    }
    return true;
}

void vc_store_close(struct vc_store *store)
{
    if (store->folder >= 0)
        close(store->folder);
    store->folder = -1;
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

static bool replace_file(const struct vc_store *store, const char *name, const char *bytes, size_t len)
{
    char aside[80];
    snprintf(aside, sizeof(aside), "%s.tmp", name);
    int fd = openat(store->folder, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good = write_all(fd, bytes, len) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return good && renameat(store->folder, aside, store->folder, name) == 0 && fsync(store->folder) == 0;
}

/* Takes over `root`. */
static bool save(const struct vc_store *store, const char *name, json_t *root)
{
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    bool good = text && replace_file(store, name, text, strlen(text));
    free(text);
    json_decref(root);
    return good;
}

static json_t *load(const struct vc_store *store, const char *name, enum vc_found *found)
{
    char bytes[FILE_MAX];
    int fd = openat(store->folder, name, O_RDONLY | O_CLOEXEC);
    *found = fd < 0 && errno == ENOENT ? VC_ABSENT : VC_DAMAGED;
    if (fd < 0)
        return NULL;
    size_t len = 0;
    ssize_t got;
    while (len < sizeof(bytes) && (got = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
        len += (size_t)got;
    close(fd);
    return json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
}

/* ---- One field table for both directions --------------------------------------------------------------------------- */

enum field_kind { NUMBER8, NUMBER16, NUMBER32, NUMBER64, BYTES };

struct field {
    const char *name;
    void *at;
    size_t size;
    enum field_kind kind;
    bool optional;
};

static uint64_t get_number(const struct field *field)
{
    switch (field->kind) {
    case NUMBER8:
        return *(const uint8_t *)field->at;
    case NUMBER16:
        return *(const uint16_t *)field->at;
    case NUMBER32:
        return *(const uint32_t *)field->at;
    default:
        return *(const uint64_t *)field->at;
    }
}

static bool set_number(const struct field *field, json_int_t value)
{
    static const json_int_t highest[] = {UINT8_MAX, UINT16_MAX, UINT32_MAX, INT64_MAX};
    if (value < 0 || value > highest[field->kind])
        return false;
    if (field->kind == NUMBER8)
        *(uint8_t *)field->at = (uint8_t)value;
    else if (field->kind == NUMBER16)
        *(uint16_t *)field->at = (uint16_t)value;
    else if (field->kind == NUMBER32)
        *(uint32_t *)field->at = (uint32_t)value;
    else
        *(uint64_t *)field->at = (uint64_t)value;
    return true;
}

static json_t *fields_to_json(const struct field *fields, size_t count)
{
    char hex[2 * VC_IMAGE_MAX + 1];
    json_t *root = json_object();
    for (size_t i = 0; i < count && root; i++) {
        json_t *value = fields[i].kind == BYTES
                            ? json_string(vc_hex(fields[i].at, fields[i].size, hex, sizeof(hex)))
                            : json_integer((json_int_t)get_number(&fields[i]));
        if (json_object_set_new(root, fields[i].name, value) != 0) {
            json_decref(root);
            root = NULL;
        }
    }
    return root;
}

static bool fields_from_json(const struct field *fields, size_t count, const json_t *root)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(root, fields[i].name);
        size_t len = 0;
        if (!value && fields[i].optional)
            continue;
        bool good = fields[i].kind == BYTES
                        ? json_is_string(value) &&
                              vc_unhex(json_string_value(value), fields[i].at, fields[i].size, &len) &&
                              len == fields[i].size
                        : json_is_integer(value) && set_number(&fields[i], json_integer_value(value));
        if (!good)
            return false;
    }
    return true;
}

/* ---- The card ---------------------------------------------------------------------------------------------------------- */

#define FIELDS_MAX (4 + 9 * VC_PURSES_MAX + 3 * VC_PINS_MAX + VC_APPS_MAX + 2 * VC_FILES_MAX)

/* The table of one card: its profile says which fields there are. Names live here. */
struct table {
    struct field fields[FIELDS_MAX];
    char names[FIELDS_MAX][48];
    size_t count;
};

/* Things of which a card may have more than one are numbered from the second on: "balance_fen", "balance_fen_2". */
static struct field *add(struct table *table, const char *name, size_t index, void *at, size_t size,
                         enum field_kind kind)
{
    char *own = table->names[table->count];
    if (index)
        snprintf(own, sizeof(table->names[0]), "%s_%zu", name, index + 1);
    else
        snprintf(own, sizeof(table->names[0]), "%s", name);
    struct field *field = &table->fields[table->count++];
    *field = (struct field){.name = own, .at = at, .size = size, .kind = kind};
    return field;
}

static void add_purse(struct table *table, size_t i, struct vc_purse_state *purse)
{
    add(table, "balance_fen", i, &purse->balance_fen, 0, NUMBER32);
    add(table, "offline_counter", i, &purse->offline_counter, 0, NUMBER16);
    add(table, "online_counter", i, &purse->online_counter, 0, NUMBER16);
    add(table, "proof_type", i, &purse->proof.type, 0, NUMBER8);
    add(table, "proof_counter", i, &purse->proof.counter, 0, NUMBER16);
    add(table, "proof_mac", i, purse->proof.mac, 4, BYTES);
    add(table, "proof_tac", i, purse->proof.tac, 4, BYTES);
    add(table, "limit_fen", i, &purse->limit_fen, 0, NUMBER32)->optional = true;
    add(table, "overdrawn_fen", i, &purse->overdrawn_fen, 0, NUMBER32)->optional = true;
}

static void add_file(struct table *table, const struct vc_file *file, struct vc_card_state *state, size_t i)
{
    char count[sizeof(file->name) + 8];
    add(table, file->name, 0, state->image + file->at, vc_file_room(file), BYTES);
    snprintf(count, sizeof(count), "%s_count", file->name);
    /* Journeys of an older program's file are all there: such a file lacks their number. */
    if (file->kind != VC_BINARY)
        add(table, count, 0, &state->counts[i], 0, NUMBER8)->optional = file->compound;
}

/* Fields that a file of an older program lacks are optional: the card is as it was fresh then. */
static void card_table(const struct vc_profile *profile, struct vc_card_state *state, struct table *table)
{
    table->count = 0;
    add(table, "commits", 0, &state->commits, 0, NUMBER64);
    for (size_t i = 0; i < profile->purse_count; i++)
        add_purse(table, i, &state->purses[i]);
    for (size_t i = 0; i < profile->pin_count; i++) {
        add(table, "tries", i, &state->pins[i].tries, 0, NUMBER8);
        add(table, "pin", i, state->pins[i].digits, VC_PIN_MAX, BYTES);
        add(table, "pin_len", i, &state->pins[i].len, 0, NUMBER8);
    }
    for (size_t i = 1; i < profile->app_count; i++)
        add(table, "block", i - 1, &state->blocks[i], 0, NUMBER8);
    for (size_t i = 0; i < profile->file_count; i++)
        add_file(table, &profile->files[i], state, i);
    add(table, "card_blocked", 0, &state->card_blocked, 0, NUMBER8)->optional = true;
    if (profile->key_count == 0)
        return;
    add(table, "rekeyed", 0, state->rekeyed, sizeof(state->rekeyed), BYTES)->optional = true;
    add(table, "new_keys", 0, state->new_keys, sizeof(state->new_keys), BYTES)->optional = true;
}

static bool lawful_file(const struct vc_file *file, const struct vc_card_state *state, size_t index)
{
    if (state->counts[index] > file->slots)
        return false;
    for (size_t i = 0; file->kind == VC_VARIABLE && i < file->slots; i++)
        if (state->image[file->at + i * vc_file_stride(file)] > file->size)
            return false;
    return true;
}

static bool lawful(const struct vc_profile *profile, const struct vc_card_state *state)
{
    for (size_t i = 0; i < profile->pin_count; i++)
        if (state->pins[i].tries > profile->pins[i].tries || state->pins[i].len > VC_PIN_MAX)
            return false;
    for (size_t i = 0; i < profile->app_count; i++)
        if (state->blocks[i] > VC_BLOCKED_FOR_EVER)
            return false;
    for (size_t i = 0; i < profile->purse_count; i++)
        if (state->purses[i].overdrawn_fen > state->purses[i].limit_fen)
            return false;
    for (size_t i = 0; i < profile->file_count; i++)
        if (!lawful_file(&profile->files[i], state, i))
            return false;
    return true;
}

static void card_name(const char *key, char name[64])
{
    snprintf(name, 64, "card-%s.json", key);
}

bool vc_store_save_card(const struct vc_store *store, const struct vc_profile *profile, const char *key,
                        const struct vc_card_state *state)
{
    struct vc_card_state copy = *state;
    struct table table;
    char name[64];
    card_name(key, name);
    card_table(profile, &copy, &table);
    return save(store, name, fields_to_json(table.fields, table.count));
}

enum vc_found vc_store_load_card(const struct vc_store *store, const struct vc_profile *profile,
                                 const char *key, struct vc_card_state *state)
{
    struct vc_card_state copy = *state;
    struct table table;
    enum vc_found found;
    char name[64];
    card_name(key, name);
    json_t *root = load(store, name, &found);
    if (!root)
        return found;
    card_table(profile, &copy, &table);
    bool good = fields_from_json(table.fields, table.count, root) && lawful(profile, &copy);
    json_decref(root);
    if (good)
        *state = copy;
    return good ? VC_FOUND : VC_DAMAGED;
}

/* ---- The PSAM ------------------------------------------------------------------------------------------------------------ */

#define SAM_FIELDS 2

static void sam_fields(struct vc_sam_state *state, struct field fields[SAM_FIELDS])
{
    fields[0] = (struct field){"commits", &state->commits, 0, NUMBER64, false};
    fields[1] = (struct field){"terminal_serial", &state->terminal_serial, 0, NUMBER32, false};
}

bool vc_store_save_sam(const struct vc_store *store, const struct vc_sam_state *state)
{
    struct vc_sam_state copy = *state;
    struct field fields[SAM_FIELDS];
    sam_fields(&copy, fields);
    return save(store, "sam.json", fields_to_json(fields, SAM_FIELDS));
}

enum vc_found vc_store_load_sam(const struct vc_store *store, struct vc_sam_state *state)
{
    struct vc_sam_state copy = {.commits = 0};
    struct field fields[SAM_FIELDS];
    enum vc_found found;
    json_t *root = load(store, "sam.json", &found);
    if (!root)
        return found;
    sam_fields(&copy, fields);
    bool good = fields_from_json(fields, SAM_FIELDS, root);
    json_decref(root);
    if (good)
        *state = copy;
    return good ? VC_FOUND : VC_DAMAGED;
}
