/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recovery file: the intent of one purchase or load, on disk before the card may be debited or credited.
 *
 * One file per card and kind, purchase-<serial>.json or load-<serial>.json, with the family before the serial
 * for cards other than T-Union's; mode 0600. Written to a new file, synced, renamed, and the directory
 * synced: after a power cut there is the old file or the new one, never half of one. A file that cannot be
 * understood is never dropped: it may be the only trace of money that has moved.
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
#define SUFFIX        ".json"

static const char *const prefixes[TRANSACTION_KINDS] = {
    [TRANSACTION_PURCHASE] = "purchase-",
    [TRANSACTION_LOAD] = "load-",
};

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

static bool file_path(const char *dir, const struct recovery_key *key, const char *suffix,
                      char path[PATH_SIZE])
{
    char hex[17];
    bool plain = key->family == CC_FAMILY_T_UNION || key->family == CC_FAMILY_UNKNOWN;
    int len = snprintf(path, PATH_SIZE, "%s/%s%s%s%s%s", dir, prefixes[key->kind],
                       plain ? "" : cc_family_name(key->family), plain ? "" : "-",
                       cc_hex(key->serial, sizeof key->serial, hex, sizeof hex), suffix);
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

/* ---- Files ------------------------------------------------------------------------------------------------------- */

bool recovery_write(const char *dir, const struct transaction *transaction)
{
    char path[PATH_SIZE], fresh[PATH_SIZE];
    struct recovery_key key = recovery_key_of(transaction);
    if (!file_path(dir, &key, SUFFIX, path) || !file_path(dir, &key, ".new", fresh))
        return false;
    json_t *object = transaction_json(transaction);
    /* Read it back before it counts: memory may have run out in the middle of building it. */
    struct transaction again;
    char *text = transaction_from_json(object, key.kind, &again) ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (text == NULL)
        return false;
    bool written = write_file(fresh, text) && rename(fresh, path) == 0 && sync_dir(dir);
    free(text);
    return written;
}

bool recovery_remove(const char *dir, const struct transaction *transaction)
{
    char path[PATH_SIZE];
    struct recovery_key key = recovery_key_of(transaction);
    return file_path(dir, &key, SUFFIX, path) && (unlink(path) == 0 || errno == ENOENT) && sync_dir(dir);
}

static enum recovery read_path(const char *path, enum transaction_kind kind, struct transaction *transaction)
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
    bool good = object != NULL && transaction_from_json(object, kind, transaction);
    json_decref(object);
    return good ? RECOVERY_FOUND : RECOVERY_DAMAGED;
}

enum recovery recovery_read(const char *dir, const struct recovery_key *key, struct transaction *transaction)
{
    char path[PATH_SIZE];
    if (!file_path(dir, key, SUFFIX, path))
        return RECOVERY_DAMAGED;
    enum recovery found = read_path(path, key->kind, transaction);
    if (found != RECOVERY_FOUND)
        return found;
    struct recovery_key told = recovery_key_of(transaction);
    return memcmp(told.serial, key->serial, sizeof told.serial) == 0 ? RECOVERY_FOUND : RECOVERY_DAMAGED;
}

/* True when a file of the directory is a transaction of this kind; the path to it. */
static bool is_kind(const char *dir, const char *name, enum transaction_kind kind, char path[PATH_SIZE])
{
    size_t len = strlen(name), tail = sizeof SUFFIX - 1, head = strlen(prefixes[kind]);
    if (len < head + tail || strncmp(name, prefixes[kind], head) != 0 ||
        strcmp(name + len - tail, SUFFIX) != 0)
        return false;
    int path_len = snprintf(path, PATH_SIZE, "%s/%s", dir, name);
    return path_len > 0 && path_len < PATH_SIZE;
}

bool recovery_any(const char *dir, char card_number[CC_CARD_NUMBER_SIZE])
{
    DIR *entries = opendir(dir);
    if (entries == NULL)
        return false;
    bool found = false;
    const struct dirent *entry;
    while (!found && (entry = readdir(entries)) != NULL) {
        for (int kind = 0; kind < TRANSACTION_KINDS && !found; kind++) {
            char path[PATH_SIZE];
            struct transaction transaction;
            if (!is_kind(dir, entry->d_name, (enum transaction_kind)kind, path) ||
                read_path(path, (enum transaction_kind)kind, &transaction) != RECOVERY_FOUND)
                continue;
            memcpy(card_number, transaction_common(&transaction).card_number, CC_CARD_NUMBER_SIZE);
            found = true;
        }
    }
    closedir(entries);
    return found;
}
