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

struct field {
    const char *name;
    void *at;
    size_t size;
    enum { NUMBER8, NUMBER16, NUMBER32, NUMBER64, BYTES } kind;
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
    char hex[2 * VC_JOURNEY_RECORDS * VC_JOURNEY_SIZE + 1];
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

#define CARD_FIELDS 18

/* Widths differ from the struct's where that has size_t or an enum: those pass through `aside`. */
static void card_fields(struct vc_card_state *state, uint8_t aside[3], struct field fields[CARD_FIELDS])
{
    const struct field table[CARD_FIELDS] = {
        {"commits", &state->commits, 0, NUMBER64},
        {"balance_fen", &state->balance_fen, 0, NUMBER32},
        {"offline_counter", &state->offline_counter, 0, NUMBER16},
        {"online_counter", &state->online_counter, 0, NUMBER16},
        {"tries", &state->tries, 0, NUMBER8},
        {"block", &aside[0], 0, NUMBER8},
        {"pin", state->pin, sizeof(state->pin), BYTES},
        {"pin_len", &aside[1], 0, NUMBER8},
        {"ef15", state->ef15, sizeof(state->ef15), BYTES},
        {"ef16", state->ef16, sizeof(state->ef16), BYTES},
        {"ef17", state->ef17, sizeof(state->ef17), BYTES},
        {"log", state->log, sizeof(state->log), BYTES},
        {"log_count", &aside[2], 0, NUMBER8},
        {"journeys", state->journeys, sizeof(state->journeys), BYTES},
        {"proof_type", &state->proof.type, 0, NUMBER8},
        {"proof_counter", &state->proof.counter, 0, NUMBER16},
        {"proof_mac", state->proof.mac, sizeof(state->proof.mac), BYTES},
        {"proof_tac", state->proof.tac, sizeof(state->proof.tac), BYTES},
    };
    memcpy(fields, table, sizeof(table));
}

static void card_name(const char *key, char name[64])
{
    snprintf(name, 64, "card-%s.json", key);
}

bool vc_store_save_card(const struct vc_store *store, const char *key, const struct vc_card_state *state)
{
    struct vc_card_state copy = *state;
    uint8_t aside[3] = {(uint8_t)state->block, (uint8_t)state->pin_len, (uint8_t)state->log_count};
    struct field fields[CARD_FIELDS];
    char name[64];
    card_name(key, name);
    card_fields(&copy, aside, fields);
    return save(store, name, fields_to_json(fields, CARD_FIELDS));
}

enum vc_found vc_store_load_card(const struct vc_store *store, const char *key, struct vc_card_state *state)
{
    struct vc_card_state copy = {.commits = 0};
    uint8_t aside[3] = {0};
    struct field fields[CARD_FIELDS];
    enum vc_found found;
    char name[64];
    card_name(key, name);
    json_t *root = load(store, name, &found);
    if (!root)
        return found;
    card_fields(&copy, aside, fields);
    bool good = fields_from_json(fields, CARD_FIELDS, root) && aside[0] <= VC_BLOCKED_FOR_EVER &&
                aside[1] <= VC_PIN_MAX && aside[2] <= VC_LOG_RECORDS && copy.tries <= VC_PIN_TRIES;
    json_decref(root);
    if (!good)
        return VC_DAMAGED;
    copy.block = (enum vc_block)aside[0];
    copy.pin_len = aside[1];
    copy.log_count = aside[2];
    *state = copy;
    return VC_FOUND;
}

/* ---- The PSAM ------------------------------------------------------------------------------------------------------------ */

#define SAM_FIELDS 2

static void sam_fields(struct vc_sam_state *state, struct field fields[SAM_FIELDS])
{
    fields[0] = (struct field){"commits", &state->commits, 0, NUMBER64};
    fields[1] = (struct field){"terminal_serial", &state->terminal_serial, 0, NUMBER32};
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
