/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recovery file: the intent of one payment, on disk before the card may be debited.
 *
 * One file per card, purchase-<serial>.json, mode 0600. Written to a new file, synced, renamed, and the
 * directory synced: after a power cut there is the old file or the new one, never half of one. A file that
 * cannot be understood is never dropped: it may be the only trace of money that has moved.
 */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX 4096
#define FORMAT        1
#define PREFIX        "purchase-"
#define SUFFIX        ".json"

/* ---- The place --------------------------------------------------------------------------------------------------- */

static bool make_dirs(const char *path)
{
    char part[PATH_SIZE];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return false;
    memcpy(part, path, len + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
        return false;
    struct stat info;
    return stat(part, &info) == 0 && S_ISDIR(info.st_mode);
}

bool recovery_dir(const struct options *options, char dir[PATH_SIZE])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len;
    if (home == NULL || home[0] != '/') {
        const struct passwd *user = getpwuid(getuid());
        home = user != NULL ? user->pw_dir : NULL;
    }
    if (options->state_dir != NULL)
        len = snprintf(dir, PATH_SIZE, "%s", options->state_dir);
    else if (state != NULL &&
             state[0] == '/') /* the XDG base directory specification ignores relative ones */
        len = snprintf(dir, PATH_SIZE, "%s/citycard", state);
    else if (home != NULL)
        len = snprintf(dir, PATH_SIZE, "%s/.local/state/citycard", home);
    else
        return false;
    return len > 0 && len < PATH_SIZE && make_dirs(dir) && access(dir, R_OK | W_OK | X_OK) == 0;
}

static bool file_path(const char *dir, const uint8_t serial[8], const char *suffix, char path[PATH_SIZE])
{
    char hex[17];
    int len = snprintf(path, PATH_SIZE, "%s/" PREFIX "%s%s", dir, cc_hex(serial, 8, hex, sizeof hex), suffix);
    return len > 0 && len < PATH_SIZE;
}

static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    return close(fd) == 0 && synced;
}

/* ---- Out --------------------------------------------------------------------------------------------------------- */

static json_t *purchase_json(const struct cc_purchase *p)
{
    json_t *object = json_object();
    json_object_set_new(object, "format", json_integer(FORMAT));
    json_object_set_new(object, "state", json_integer(p->state));
    json_object_set_new(object, "evidence", json_integer(p->evidence));
    json_object_set_new(object, "card_number", json_text(p->card_number));
    json_object_set_new(object, "serial", json_hex(p->serial, sizeof p->serial));
    json_object_set_new(object, "issuer", json_hex(p->issuer, sizeof p->issuer));
    json_object_set_new(object, "terminal", json_hex(p->terminal, sizeof p->terminal));
    json_object_set_new(object, "terminal_serial", json_integer(p->terminal_serial));
    json_object_set_new(object, "type", json_integer(p->type));
    json_object_set_new(object, "amount_fen", json_integer(p->amount_fen));
    json_object_set_new(object, "balance_before_fen", json_integer(p->balance_before_fen));
    json_object_set_new(object, "counter", json_integer(p->counter));
    json_object_set_new(object, "key_version", json_integer(p->key_version));
    json_object_set_new(object, "algorithm", json_integer(p->algorithm));
    json_object_set_new(object, "random", json_hex(p->random, sizeof p->random));
    json_object_set_new(object, "date", json_hex(p->date_bcd, sizeof p->date_bcd));
    json_object_set_new(object, "time", json_hex(p->time_bcd, sizeof p->time_bcd));
    json_object_set_new(object, "mac1", json_hex(p->mac1, sizeof p->mac1));
    json_object_set_new(object, "has_tac", json_boolean(p->has_tac));
    json_object_set_new(object, "tac", json_hex(p->tac, sizeof p->tac));
    json_object_set_new(object, "mac2", json_hex(p->mac2, sizeof p->mac2));
    return object;
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, text, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        text += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static bool write_file(const char *path, const char *text)
{
    /* A left-over of a run that was cut off is ours to replace; O_EXCL keeps links out. */
    if (unlink(path) != 0 && errno != ENOENT)
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool written = write_all(fd, text, strlen(text)) && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

struct reading {
    const json_t *object;
    bool failed;
};

static uint32_t get_number(struct reading *reading, const char *key, uint32_t max)
{
    const json_t *value = json_object_get(reading->object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > (json_int_t)max) {
        reading->failed = true;
        return 0;
    }
    return (uint32_t)number;
}

static void get_bytes(struct reading *reading, const char *key, uint8_t *out, size_t len)
{
    const char *text = json_string_value(json_object_get(reading->object, key));
    if (text == NULL || strlen(text) != 2 * len || cc_unhex(text, out, len) != (int)len)
        reading->failed = true;
}

static void get_card_number(struct reading *reading, char out[CC_CARD_NUMBER_SIZE])
{
    const char *text = json_string_value(json_object_get(reading->object, "card_number"));
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len >= CC_CARD_NUMBER_SIZE || strspn(text, "0123456789ABCDEF") != len) {
        reading->failed = true;
        return;
    }
    memcpy(out, text, len + 1);
}

static bool purchase_from_json(const json_t *object, struct cc_purchase *p)
{
    struct reading in = {.object = object};
    memset(p, 0, sizeof *p);
    if (get_number(&in, "format", UINT32_MAX) != FORMAT)
        return false;
    p->state = (enum cc_purchase_state)get_number(&in, "state", CC_PURCHASE_IN_DOUBT);
    p->evidence = (enum cc_evidence)get_number(&in, "evidence", CC_EVIDENCE_LOG);
    get_card_number(&in, p->card_number);
    get_bytes(&in, "serial", p->serial, sizeof p->serial);
    get_bytes(&in, "issuer", p->issuer, sizeof p->issuer);
    get_bytes(&in, "terminal", p->terminal, sizeof p->terminal);
    p->terminal_serial = get_number(&in, "terminal_serial", UINT32_MAX);
    p->type = (uint8_t)get_number(&in, "type", UINT8_MAX);
    p->amount_fen = get_number(&in, "amount_fen", UINT32_MAX);
    p->balance_before_fen = get_number(&in, "balance_before_fen", UINT32_MAX);
    p->counter = (uint16_t)get_number(&in, "counter", UINT16_MAX);
    p->key_version = (uint8_t)get_number(&in, "key_version", UINT8_MAX);
    p->algorithm = (uint8_t)get_number(&in, "algorithm", UINT8_MAX);
    get_bytes(&in, "random", p->random, sizeof p->random);
    get_bytes(&in, "date", p->date_bcd, sizeof p->date_bcd);
    get_bytes(&in, "time", p->time_bcd, sizeof p->time_bcd);
    get_bytes(&in, "mac1", p->mac1, sizeof p->mac1);
    const json_t *has_tac = json_object_get(object, "has_tac");
    p->has_tac = json_is_true(has_tac);
    get_bytes(&in, "tac", p->tac, sizeof p->tac);
    get_bytes(&in, "mac2", p->mac2, sizeof p->mac2);
    return !in.failed && json_is_boolean(has_tac);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

bool recovery_write(const char *dir, const struct cc_purchase *purchase)
{
    char path[PATH_SIZE], fresh[PATH_SIZE];
    if (!file_path(dir, purchase->serial, SUFFIX, path) || !file_path(dir, purchase->serial, ".new", fresh))
        return false;
    json_t *object = purchase_json(purchase);
    /* Read it back before it counts: memory may have run out in the middle of building it. */
    struct cc_purchase again;
    char *text = purchase_from_json(object, &again) ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (text == NULL)
        return false;
    bool written = write_file(fresh, text) && rename(fresh, path) == 0 && sync_dir(dir);
    free(text);
    return written;
}

bool recovery_remove(const char *dir, const uint8_t serial[8])
{
    char path[PATH_SIZE];
    return file_path(dir, serial, SUFFIX, path) && (unlink(path) == 0 || errno == ENOENT) && sync_dir(dir);
}

static enum recovery read_path(const char *path, struct cc_purchase *purchase)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? RECOVERY_NONE : RECOVERY_DAMAGED;
    char text[FILE_SIZE_MAX];
    size_t len = 0;
    ssize_t got = 0;
    while (len < sizeof text && (got = read(fd, text + len, sizeof text - len)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        len += (size_t)got;
    }
    close(fd);
    if (got < 0 || len == sizeof text)
        return RECOVERY_DAMAGED;
    json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    bool good = object != NULL && purchase_from_json(object, purchase);
    json_decref(object);
    return good ? RECOVERY_FOUND : RECOVERY_DAMAGED;
}

enum recovery recovery_read(const char *dir, const uint8_t serial[8], struct cc_purchase *purchase)
{
    char path[PATH_SIZE];
    if (!file_path(dir, serial, SUFFIX, path))
        return RECOVERY_DAMAGED;
    enum recovery found = read_path(path, purchase);
    if (found == RECOVERY_FOUND && memcmp(purchase->serial, serial, sizeof purchase->serial) != 0)
        return RECOVERY_DAMAGED;
    return found;
}

bool recovery_any(const char *dir, char card_number[CC_CARD_NUMBER_SIZE])
{
    DIR *entries = opendir(dir);
    if (entries == NULL)
        return false;
    bool found = false;
    const struct dirent *entry;
    while (!found && (entry = readdir(entries)) != NULL) {
        size_t len = strlen(entry->d_name), tail = sizeof SUFFIX - 1;
        char path[PATH_SIZE];
        struct cc_purchase purchase;
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0 || len < tail ||
            strcmp(entry->d_name + len - tail, SUFFIX) != 0)
            continue;
        int path_len = snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (path_len > 0 && path_len < (int)sizeof path && read_path(path, &purchase) == RECOVERY_FOUND) {
            memcpy(card_number, purchase.card_number, CC_CARD_NUMBER_SIZE);
            found = true;
        }
    }
    closedir(entries);
    return found;
}
