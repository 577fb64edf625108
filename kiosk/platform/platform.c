/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/platform.h"
#include "platform/sample/community.h"
#include "platform/data/db-seal.h"
#include "platform/keys/pki.h"
#include "device/files.h"
#include "model/clock.h"
#include "sync/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_BYTES_MAX (64 * 1024)

char *platform_file(const char *data_dir, const char *name, gsize *len, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, name, NULL);
    char *text = NULL;
    gsize got = 0;

    if (!g_file_get_contents(path, &text, &got, error))
        return NULL;
    if (got > FILE_BYTES_MAX || memchr(text, '\0', got) != NULL) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s is not a text of at most 64 KiB", path);
        OPENSSL_cleanse(text, got);
        g_free(text);
        return NULL;
    }
    if (len != NULL)
        *len = got;
    return text;
}

bool platform_bytes_new(const char *data_dir, const char *name, const char *bytes, size_t len, GError **error)
{
    g_autofree char *path = data_dir != NULL ? g_build_filename(data_dir, name, NULL) : g_strdup(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t left = len;
    bool ok = fd >= 0;

    while (ok && left > 0) {
        ssize_t done = write(fd, bytes + len - left, left);

        if (done < 0 && errno == EINTR)
            continue;
        ok = done > 0;
        left -= ok ? (size_t)done : 0;
    }
    ok = ok && fsync(fd) == 0;
    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot write %s: %s", path,
                    g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

bool platform_file_new(const char *data_dir, const char *name, const char *text, GError **error)
{
    return platform_bytes_new(data_dir, name, text, strlen(text), error);
}

static bool seal_secrets_read(json_t *secrets, struct seal_ring *out)
{
    size_t count = json_array_size(secrets), at = 0;
    json_t *secret = NULL;

    if (count == 0 || count > SEAL_VERSIONS_MAX)
        return false;
    json_array_foreach(secrets, at, secret)
    {
        if (!json_is_string(secret) || !wire_unhex(json_string_value(secret), out->keys[at], SEAL_KEY_SIZE))
            return false;
    }
    out->newest = (uint32_t)count;
    return true;
}

void platform_seal_ring(const struct platform *platform, const char *kiosk, struct seal_ring *out)
{
    g_autofree char *purpose = g_strdup_printf("citycard platform: personal members of kiosk %s", kiosk);

    memset(out, 0, sizeof *out);
    out->newest = platform->seal.newest;
    for (uint32_t at = 0; at < out->newest; at++)
        seal_derive(platform->seal.keys[at], purpose, out->keys[at]);
}

static json_t *secrets_read(struct platform *platform, GError **error)
{
    gsize len = 0;
    char *text = platform_file(platform->data_dir, PLATFORM_SECRETS_FILE, &len, error);
    json_t *json;

    if (text == NULL)
        return NULL;
    json = wire_parse(text, len, NULL);
    OPENSSL_cleanse(text, len);
    g_free(text);
    if (json == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, PLATFORM_SECRETS_FILE " is not what init wrote");
    return json;
}

static bool secrets_write(struct platform *platform, json_t *json, GError **error)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS);
    bool ok = text != NULL && file_put(platform->data_dir, PLATFORM_SECRETS_FILE, text, strlen(text), error);

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    return ok;
}

/* One more version of the secret; true also when there are already as many as there may be. */
static bool seal_secret_add(struct platform *platform, json_t *json, GError **error)
{
    uint8_t secret[SEAL_KEY_SIZE];
    char text[2 * SEAL_KEY_SIZE + 1];
    json_t *secrets = json_object_get(json, "seal_secrets");

    if (json_array_size(secrets) >= SEAL_VERSIONS_MAX) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "there are %d versions already", SEAL_VERSIONS_MAX);
        return false;
    }
    if (secrets == NULL) {
        secrets = json_array();
        json_object_set_new(json, "seal_secrets", secrets);
    }
    random_bytes(secret, sizeof secret);
    json_array_append_new(secrets, json_string(wire_hex(secret, sizeof secret, text)));
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(text, sizeof text);
    return secrets_write(platform, json, error);
}

/* `serve` and a command may start at the same moment: one of them changes the file, the other reads what it wrote. */
int platform_keys_lock(const char *data_dir, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/%s.lock", data_dir, PLATFORM_SECRETS_FILE);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool secrets_change(struct platform *platform, bool only_first, GError **error)
{
    int lock = platform_keys_lock(platform->data_dir, error);
    json_t *json;
    bool ok;

    if (lock < 0)
        return false;
    json = secrets_read(platform, error);
    ok = json != NULL && ((only_first && json_object_get(json, "seal_secrets") != NULL) ||
                          seal_secret_add(platform, json, error));
    json_decref(json);
    close(lock);
    return ok;
}

bool platform_use_hsm(struct platform *platform, const char *uri, GError **error)
{
    struct hsm *hsm = hsm_new(uri, error);

    if (hsm == NULL)
        return false;
    hsm_free(platform->hsm);
    platform->hsm = hsm;
    OPENSSL_cleanse(&platform->masters, sizeof platform->masters);
    platform->purse_keys = purse_keys_of_hsm(hsm);
    platform->loads = true;
    return true;
}

bool platform_keep_hsm(struct platform *platform, const char *uri, GError **error)
{
    int lock = platform_keys_lock(platform->data_dir, error);
    json_t *json;
    bool ok;

    if (lock < 0)
        return false;
    json = secrets_read(platform, error);
    ok = json != NULL;
    if (ok) {
        json_object_del(json, "load_master");
        json_object_del(json, "tac_master");
        json_object_del(json, "proof_master");
        json_object_set_new(json, "hsm", json_string(uri));
        ok = secrets_write(platform, json, error);
    }
    json_decref(json);
    close(lock);
    return ok;
}

/* Either the name of a token, or masters. A platform from before there were loads goes on without them. */
static bool purse_keys_read(struct platform *platform, json_t *json, GError **error)
{
    const char *uri = json_string_value(json_object_get(json, "hsm"));

    if (uri != NULL)
        return platform_use_hsm(platform, uri, error);
    platform->loads = wire_get_hex(json, "load_master", platform->masters.load, sizeof platform->masters.load);
    platform->masters.has_proof =
        wire_get_hex(json, "proof_master", platform->masters.proof, sizeof platform->masters.proof);
    platform->purse_keys = purse_keys_of_masters(&platform->masters);
    return wire_get_hex(json, "tac_master", platform->masters.tac, sizeof platform->masters.tac);
}

static bool load_secrets(struct platform *platform, GError **error)
{
    json_t *json = secrets_read(platform, error);
    bool ok;

    /* Made by an older version, which sealed nothing. */
    if (json != NULL && json_object_get(json, "seal_secrets") == NULL) {
        json_decref(json);
        json = secrets_change(platform, true, error) ? secrets_read(platform, error) : NULL;
    }
    if (json == NULL)
        return false;
    ok = wire_get_hex(json, "index_key", platform->index_key, sizeof platform->index_key) &&
         seal_secrets_read(json_object_get(json, "seal_secrets"), &platform->seal) &&
         purse_keys_read(platform, json, error);
    json_decref(json);
    if (!ok && (error == NULL || *error == NULL))
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE,
                            PLATFORM_SECRETS_FILE " is not what init wrote");
    return ok;
}

bool platform_add_proof(struct platform *platform, const uint8_t master[16], GError **error)
{
    int lock = platform_keys_lock(platform->data_dir, error);
    char text[33];
    json_t *json;
    bool ok;

    if (lock < 0)
        return false;
    json = secrets_read(platform, error);
    ok = json != NULL && json_object_get(json, "proof_master") == NULL && json_object_get(json, "hsm") == NULL;
    if (ok) {
        json_object_set_new(json, "proof_master", json_string(wire_hex(master, 16, text)));
        ok = secrets_write(platform, json, error);
        OPENSSL_cleanse(text, sizeof text);
    } else if (json != NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "there is a master of proofs already, or a token");
    }
    json_decref(json);
    close(lock);
    return ok && load_secrets(platform, error);
}

static bool load_keys(struct platform *platform, GError **error)
{
    size_t len = sizeof platform->sign_public;

    platform->authorities = authorities_newest(platform, error);
    platform->sign_key = platform->authorities != NULL ? pki_key_load(platform->data_dir, PLATFORM_SIGN_KEY_FILE, error) : NULL;
    if (platform->sign_key == NULL)
        return false;
    if (EVP_PKEY_get_raw_public_key(platform->sign_key, platform->sign_public, &len) != 1 || len != 32) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO,
                            PLATFORM_SIGN_KEY_FILE " is not an Ed25519 key");
        return false;
    }
    return true;
}

/* From the first version for ever: what lies in the database is not written anew when a version is added. */
static bool open_db(struct platform *platform, GError **error)
{
    struct db_keys keys;

    memcpy(keys.index_key, platform->index_key, sizeof keys.index_key);
    seal_derive(platform->seal.keys[0], "citycard platform: personal data at rest", keys.rest_key);
    seal_derive(platform->seal.keys[0], "citycard platform: blind indexes", keys.blind_key);
    platform->db = db_open(platform->data_dir, COMMUNITY_ID, false, &keys, error);
    OPENSSL_cleanse(&keys, sizeof keys);
    return platform->db != NULL;
}

bool platform_seal_rotate(struct platform *platform, GError **error)
{
    return secrets_change(platform, false, error) && load_secrets(platform, error);
}

struct platform *platform_open(const char *data_dir, GError **error)
{
    struct platform *platform = g_new0(struct platform, 1);

    platform->data_dir = g_strdup(data_dir);
    g_mutex_init(&platform->running_lock);
    g_mutex_init(&platform->authorities_lock);
    g_mutex_init(&platform->ingest.lock);
    g_cond_init(&platform->ingest.moved);
    g_cond_init(&platform->ingest.room);
    g_queue_init(&platform->ingest.waiting);
    platform->running = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    platform->kiosk_life_s = PKI_KIOSK_LIFE_S;
    if (!load_secrets(platform, error) || !open_db(platform, error) || !load_keys(platform, error)) {
        platform_close(platform);
        return NULL;
    }
    return platform;
}

void platform_close(struct platform *platform)
{
    if (platform == NULL)
        return;
    if (platform->ingest.helpers != NULL)
        g_thread_pool_free(platform->ingest.helpers, FALSE, TRUE);
    db_close(platform->db);
    hsm_free(platform->hsm);
    authorities_unref(platform->authorities);
    EVP_PKEY_free(platform->sign_key);
    g_hash_table_unref(platform->running);
    g_mutex_clear(&platform->running_lock);
    g_mutex_clear(&platform->authorities_lock);
    g_mutex_clear(&platform->ingest.lock);
    g_cond_clear(&platform->ingest.moved);
    g_cond_clear(&platform->ingest.room);
    g_free(platform->data_dir);
    g_free(platform->kiosk_version_min);
    OPENSSL_cleanse(platform, sizeof *platform);
    g_free(platform);
}

const char ID_REUSED[] = "ID_REUSED";

#define OLDEST_MS (400 * INT64_C(86400000)) /* no journal is older and still unsent */

int64_t platform_told_ms(int64_t at_ms, int64_t offset_ms, int64_t now_ms)
{
    if (offset_ms > -OLDEST_MS && offset_ms < OLDEST_MS && at_ms < now_ms + OLDEST_MS)
        at_ms += offset_ms;
    return CLAMP(at_ms, now_ms - OLDEST_MS, now_ms);
}
