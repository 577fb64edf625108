/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the secret is, at a start:
 *
 *   device.tpm ──unsealed──► TPM          (a device.key left beside it by a stop in the middle is removed when it is the same)
 *       └─ not, and device.key is there ──► FILE, as before; said in the log
 *       └─ not, and there is no other ──► error: nothing is made in its place, but for an enrolment
 *   device.key ─┬─ a TPM answers ──► sealed, unsealed, compared, device.tpm on the disk, device.key overwritten ──► TPM
 *               └─ none ──► FILE
 *   neither ────┬─ a TPM answers ──► made, and never in a file ──► TPM
 *               └─ none ──► made ──► FILE
 *
 * At every moment at least one of the two files opens the secret.
 */
#include "device/keys.h"
#include "device/config.h"
#include "device/files.h"
#include "device/tpm.h"
#include "model/clock.h"
#include "model/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(keys - error - quark, keys_error)

#define TPM_DEFAULT    "device:/dev/tpmrm0"
#define TPM_DEVICE     "/dev/tpmrm0"
#define TPM_BLOB_MAX   4096
#define FILES_PURPOSE  "citycard device: files"
#define SEALED_VERSION 1

struct device_keys {
    uint8_t root[KEYS_ROOT_SIZE];
    bool in_file;
};

/* What is known while opening. */
struct opening {
    const char *dir;
    char *tcti;    /* NULL: no TPM */
    bool expected; /* somebody said which: then it must answer */
    struct device_keys *keys;
};

/* ---- The key file ------------------------------------------------------------------------------------------------- */

static bool file_is_private(int fd, const char *path, GError **error)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s: %s", path, g_strerror(errno));
        return false;
    }
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_MODE,
                    "%s must be a file of this user that nobody else can read (chmod 600)", path);
        return false;
    }
    return true;
}

static bool key_file_bytes(struct opening *o, uint8_t root[KEYS_ROOT_SIZE], GError **error)
{
    g_autofree char *path = g_build_filename(o->dir, KEYS_FILE, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint8_t bytes[KEYS_ROOT_SIZE + 1];
    bool ok = false;

    if (fd < 0) {
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s: %s", path, g_strerror(errno));
        return false;
    }
    if (file_is_private(fd, path, error)) {
        ok = read(fd, bytes, sizeof bytes) == KEYS_ROOT_SIZE;
        if (!ok)
            g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s is not a key of %d bytes", path, KEYS_ROOT_SIZE);
    }
    if (ok)
        memcpy(root, bytes, KEYS_ROOT_SIZE);
    OPENSSL_cleanse(bytes, sizeof bytes);
    close(fd);
    return ok;
}

/* What is left of a key that was being overwritten, or of a disk that lost it. */
static bool is_blank(const uint8_t root[KEYS_ROOT_SIZE])
{
    static const uint8_t NOTHING[KEYS_ROOT_SIZE];
    return CRYPTO_memcmp(root, NOTHING, KEYS_ROOT_SIZE) == 0;
}

static bool key_file_read(struct opening *o, uint8_t root[KEYS_ROOT_SIZE], GError **error)
{
    if (!key_file_bytes(o, root, error))
        return false;
    if (is_blank(root))
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s/%s holds no key any more", o->dir, KEYS_FILE);
    return !is_blank(root);
}

/* By link(): of two programs that start at once on a new machine one makes the key and the other reads it. */
static bool key_file_make(struct opening *o, GError **error)
{
    g_autofree char *fresh = g_strdup_printf("%s/" KEYS_FILE ".new", o->dir);
    g_autofree char *path = g_build_filename(o->dir, KEYS_FILE, NULL);

    if (!file_prepare(o->dir, KEYS_FILE, (const char *)o->keys->root, KEYS_ROOT_SIZE, error))
        return false;
    if (link(fresh, path) != 0 && errno != EEXIST) {
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "cannot make %s: %s", path, g_strerror(errno));
        return false;
    }
    return g_unlink(fresh) == 0 && folder_flush(o->dir, error) && key_file_read(o, o->keys->root, error);
}

/* ---- The TPM ------------------------------------------------------------------------------------------------------ */

static char *blob_read(struct opening *o, GError **error)
{
    return file_get(o->dir, KEYS_TPM_FILE, TPM_BLOB_MAX, NULL, error);
}

/* The secret into the TPM and its blob onto the disk; only then a key file may go. */
static bool tpm_take(struct opening *o, GError **error)
{
    uint8_t back[KEYS_ROOT_SIZE];
    g_autofree char *blob = tpm_seal(o->tcti, o->keys->root, error);
    bool ok = blob != NULL && tpm_unseal(o->tcti, blob, back, error);

    if (ok && CRYPTO_memcmp(back, o->keys->root, KEYS_ROOT_SIZE) != 0) {
        g_set_error_literal(error, KEYS_ERROR, KEYS_ERROR_TPM, "the TPM does not give back what it sealed");
        ok = false;
    }
    OPENSSL_cleanse(back, sizeof back);
    return ok && file_put(o->dir, KEYS_TPM_FILE, blob, strlen(blob), error);
}

/* The TPM has it: what a file still holds of it goes. One that is not the same is nobody's to remove. */
static bool key_file_end(struct opening *o, GError **error)
{
    uint8_t left[KEYS_ROOT_SIZE];

    if (!file_there(o->dir, KEYS_FILE))
        return true;
    bool same = key_file_bytes(o, left, error) &&
                (is_blank(left) || CRYPTO_memcmp(left, o->keys->root, KEYS_ROOT_SIZE) == 0);
    OPENSSL_cleanse(left, sizeof left);
    if (same)
        return file_shred(o->dir, KEYS_FILE, error);
    if (error != NULL && *error == NULL)
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s/%s is not the key that the TPM holds", o->dir, KEYS_FILE);
    return false;
}

/* What went wrong does not stop a kiosk that has its secret. */
static void said(const char *what, GError **failure)
{
    g_warning("%s: %s", what, *failure != NULL ? (*failure)->message : "unknown");
    g_clear_error(failure);
}

/* ---- Opening ------------------------------------------------------------------------------------------------------ */

static bool open_tpm(struct opening *o, GError **error)
{
    GError *failure = NULL;
    g_autofree char *blob = blob_read(o, &failure);

    if (blob != NULL && o->tcti == NULL)
        g_set_error_literal(&failure, KEYS_ERROR, KEYS_ERROR_TPM, "the key is in a TPM, and none is to be used");
    if (failure == NULL && tpm_unseal(o->tcti, blob, o->keys->root, &failure)) {
        if (!key_file_end(o, &failure))
            said("the key file stays beside the TPM", &failure);
        return true;
    }
    if (!file_there(o->dir, KEYS_FILE)) {
        g_propagate_error(error, failure);
        return false;
    }
    said("the TPM does not open the key, the key file does", &failure);
    o->keys->in_file = true;
    return key_file_read(o, o->keys->root, error);
}

static bool open_file(struct opening *o, GError **error)
{
    GError *failure = NULL;

    if (!key_file_read(o, o->keys->root, error))
        return false;
    o->keys->in_file = true;
    if (o->tcti == NULL)
        return true;
    if (!tpm_take(o, &failure) || !key_file_end(o, &failure)) {
        said("the key stays in its file", &failure);
        return true;
    }
    g_message("the key has moved from its file into the TPM");
    o->keys->in_file = false;
    return true;
}

static bool make_key(struct opening *o, GError **error)
{
    GError *failure = NULL;

    random_bytes(o->keys->root, KEYS_ROOT_SIZE);
    if (o->tcti != NULL && tpm_take(o, &failure))
        return true;
    if (o->tcti != NULL && o->expected) {
        g_propagate_error(error, failure);
        return false;
    }
    if (failure != NULL)
        said("no TPM keeps the key", &failure);
    o->keys->in_file = true;
    return key_file_make(o, error);
}

/* kiosk.conf, the environment, the usual device; NULL none. */
static bool tcti_find(struct opening *o, GError **error)
{
    struct kiosk_config *config = kiosk_config_load(o->dir, error);
    if (config == NULL)
        return false;
    const char *said_by_name = config->tpm != NULL ? config->tpm : g_getenv("CITYCARD_TPM");
    if (said_by_name != NULL && *said_by_name != '\0') {
        o->expected = true;
        o->tcti = strcmp(said_by_name, "none") == 0 ? NULL : g_strdup(said_by_name);
    } else if (tpm_supported() && g_file_test(TPM_DEVICE, G_FILE_TEST_EXISTS)) {
        o->tcti = g_strdup(TPM_DEFAULT);
    }
    kiosk_config_free(config);
    return true;
}

/* Never in a swap file. A machine that has no room for 33 locked bytes goes on and says so. */
static struct device_keys *keys_new(void)
{
    struct device_keys *keys = g_new0(struct device_keys, 1);

    if (mlock(keys, sizeof *keys) != 0)
        g_message("keys cannot be kept out of the swap space: %s", g_strerror(errno));
    return keys;
}

struct device_keys *device_keys_open(const char *data_dir, GError **error)
{
    struct opening o = {.dir = data_dir, .keys = keys_new()};
    bool ok = tcti_find(&o, error);

    if (ok && file_there(data_dir, KEYS_TPM_FILE))
        ok = open_tpm(&o, error);
    else if (ok && file_there(data_dir, KEYS_FILE))
        ok = open_file(&o, error);
    else if (ok)
        ok = make_key(&o, error);
    g_free(o.tcti);
    if (ok)
        return o.keys;
    device_keys_free(o.keys);
    return NULL;
}

static bool set_aside(const char *dir, const char *name, GError **error)
{
    g_autofree char *from = g_build_filename(dir, name, NULL), *to = g_strdup_printf("%s/%s.lost", dir, name);

    if (!file_there(dir, name) || g_rename(from, to) == 0)
        return true;
    g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "cannot rename %s: %s", from, g_strerror(errno));
    return false;
}

struct device_keys *device_keys_renew(const char *data_dir, GError **error)
{
    GError *failure = NULL;
    struct device_keys *keys = device_keys_open(data_dir, &failure);

    if (keys != NULL)
        return keys;
    /* Files that others can read, and folders that cannot be written, are for people to put right. */
    if (!g_error_matches(failure, KEYS_ERROR, KEYS_ERROR_TPM) && !g_error_matches(failure, KEYS_ERROR, KEYS_ERROR_FOREIGN)) {
        g_propagate_error(error, failure);
        return NULL;
    }
    said("the former key is lost, a new one is made", &failure);
    return set_aside(data_dir, KEYS_TPM_FILE, error) && folder_flush(data_dir, error) ? device_keys_open(data_dir, error)
                                                                                       : NULL;
}

void device_keys_free(struct device_keys *keys)
{
    if (keys == NULL)
        return;
    OPENSSL_cleanse(keys, sizeof *keys);
    munlock(keys, sizeof *keys);
    g_free(keys);
}

bool device_keys_in_file(const struct device_keys *keys)
{
    return keys->in_file;
}

void device_keys_derive(const struct device_keys *keys, const char *purpose, uint8_t out[KEYS_ROOT_SIZE])
{
    seal_derive(keys->root, purpose, out);
}

/* ---- Sealed files ------------------------------------------------------------------------------------------------- */

char *device_keys_wrap(const struct device_keys *keys, const char *name, const char *text, GError **error)
{
    uint8_t key[SEAL_KEY_SIZE];

    device_keys_derive(keys, FILES_PURPOSE, key);
    g_autofree char *sealed = strlen(text) <= KEYS_FILE_MAX / 2 ? seal_close(key, name, text, strlen(text)) : NULL;
    OPENSSL_cleanse(key, sizeof key);
    if (sealed != NULL)
        return g_strdup_printf("{\"sealed\": {\"k\": %d, \"s\": \"%s\"}}\n", SEALED_VERSION, sealed);
    g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "%s is too long to be sealed", name);
    return NULL;
}

/* The sealed text within, borrowed from `json`; NULL: not such a file. */
static const char *sealed_part(json_t *json)
{
    json_t *sealed = json_object_get(json, "sealed");

    if (json_object_size(json) != 1 || json_integer_value(json_object_get(sealed, "k")) != SEALED_VERSION)
        return NULL;
    return json_string_value(json_object_get(sealed, "s"));
}

static char *unwrap(const struct device_keys *keys, const char *name, json_t *json, GError **error)
{
    const char *sealed = sealed_part(json);
    uint8_t key[SEAL_KEY_SIZE];
    size_t len = 0;

    device_keys_derive(keys, FILES_PURPOSE, key);
    char *text = sealed != NULL ? seal_open(key, name, sealed, &len) : NULL;
    OPENSSL_cleanse(key, sizeof key);
    if (text == NULL || memchr(text, '\0', len) != NULL) {
        g_clear_pointer(&text, g_free);
        g_set_error(error, KEYS_ERROR, KEYS_ERROR_SEAL, "%s is not sealed with this machine's key", name);
    }
    return text;
}

/* In clear, of an older version: it is sealed now; when that fails it is tried again at the next start. */
static void seal_in_place(const struct device_keys *keys, const char *dir, const char *name, const char *text)
{
    GError *failure = NULL;
    g_autofree char *sealed = device_keys_wrap(keys, name, text, &failure);

    if (sealed == NULL || !file_replace_shred(dir, name, sealed, strlen(sealed), &failure))
        said("a file stays in clear", &failure);
}

char *device_keys_read(const struct device_keys *keys, const char *data_dir, const char *name, GError **error)
{
    gsize len = 0;
    char *bytes = file_get(data_dir, name, KEYS_FILE_MAX, &len, error);
    if (bytes == NULL)
        return NULL;
    json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    bool in_clear = json_object_get(json, "sealed") == NULL && memchr(bytes, '\0', len) == NULL;
    char *text = in_clear ? bytes : unwrap(keys, name, json, error);

    json_decref(json);
    if (in_clear)
        seal_in_place(keys, data_dir, name, text);
    else
        g_free(bytes);
    return text;
}

char *device_keys_read_next(const struct device_keys *keys, const char *data_dir, const char *file, const char *name,
                            GError **error)
{
    gsize len = 0;
    g_autofree char *bytes = file_get(data_dir, file, KEYS_FILE_MAX, &len, error);
    if (bytes == NULL)
        return NULL;
    json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    char *text = unwrap(keys, name, json, error);

    json_decref(json);
    return text;
}
