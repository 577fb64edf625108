/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/authorities.h"
#include "platform/data/db-authorities.h"
#include "platform/keys/pki.h"
#include "platform/platform.h"
#include "device/files.h"
#include "sync/credentials.h"
#include "sync/signed.h"
#include "sync/trust.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void text_free(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

/* ---- Which one is the newest ---- */

static struct authorities *of_database(struct platform *platform, bool *asked, GError **error)
{
    struct authorities *out = NULL;
    char *text = NULL;

    *asked = db_begin(platform->db, false, error);
    if (!*asked)
        return NULL;
    *asked = db_authorities_get(platform->db, &text, error);
    db_rollback(platform->db);
    if (text != NULL) {
        out = authorities_parse(text, error);
        *asked = out != NULL;
        OPENSSL_cleanse(text, strlen(text));
        g_free(text);
    }
    return out;
}

/* Of two of one version the one that all nodes share. A file that is damaged is written anew from the database, when that has one. */
static struct authorities *higher(struct authorities *file, struct authorities *database)
{
    bool first = database == NULL || (file != NULL && file->version > database->version);

    authorities_unref(first ? database : file);
    return first ? file : database;
}

struct authorities *authorities_newest(struct platform *platform, GError **error)
{
    g_autoptr(GError) why = NULL;
    bool asked;
    struct authorities *database = of_database(platform, &asked, error), *file;

    if (!asked)
        return NULL;
    file = authorities_of_files(platform->data_dir, &why);
    if (file == NULL && database == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return higher(file, database);
}

/* ---- Writing it wherever it is not ---- */

bool authorities_put(struct platform *platform, const struct authorities *next, GError **error)
{
    char *text = authorities_text(next);
    bool put = text != NULL && db_authorities_set(platform->db, next->version, text, error);

    text_free(text);
    return put;
}

static bool database_put(struct platform *platform, const struct authorities *next, GError **error)
{
    int64_t version;

    if (!db_begin(platform->db, true, error))
        return false;
    bool ok = db_authorities_version(platform->db, &version, error);
    if (ok && version < next->version)
        ok = authorities_put(platform, next, error);
    if (ok)
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* Before the first change there is nothing to write: ca.pem and ca.key are all of it. */
static bool database_follow(struct platform *platform, const struct authorities *next, GError **error)
{
    int64_t version = 0;
    bool ok = next->version > 1 && db_begin(platform->db, false, error);

    if (ok) {
        ok = db_authorities_version(platform->db, &version, error);
        db_rollback(platform->db);
    }
    return next->version == 1 || (ok && (version >= next->version || database_put(platform, next, error)));
}

static bool file_follow(const char *data_dir, const char *name, const char *text, GError **error)
{
    char *there = file_there(data_dir, name) ? platform_file(data_dir, name, NULL, NULL) : NULL;
    bool same = g_strcmp0(there, text) == 0;

    if (there != NULL)
        OPENSSL_cleanse(there, strlen(there));
    g_free(there);
    return same || file_put(data_dir, name, text, strlen(text), error);
}

/* The document first: what comes behind it is made of it. */
static bool files_follow(const char *data_dir, const struct authorities *next, GError **error)
{
    char *text = authorities_text(next), *key = credentials_key_pem(authorities_issuer(next)->key);
    g_autofree char *bundle = authorities_bundle(next);
    bool ok = text != NULL && key != NULL && file_follow(data_dir, PLATFORM_AUTHORITIES_FILE, text, error) &&
              file_follow(data_dir, PLATFORM_CA_KEY_FILE, key, error) && file_follow(data_dir, PLATFORM_CA_FILE, bundle, error);

    if (key != NULL)
        OPENSSL_cleanse(key, strlen(key));
    g_free(key);
    text_free(text);
    return ok;
}

/* A certificate that no authority of ours made is somebody's choice, and stays. */
static bool server_follow(const char *data_dir, const struct authorities *next, GError **error)
{
    g_autofree char *pem = platform_file(data_dir, PLATFORM_SERVER_FILE, NULL, NULL);

    return pem == NULL || !authorities_server_outdated(next, pem) || pki_server_renew(data_dir, error);
}

static bool follow(struct platform *platform, const struct authorities *next, GError **error)
{
    return database_follow(platform, next, error) &&
           (next->version == 1 || (files_follow(platform->data_dir, next, error) && server_follow(platform->data_dir, next, error)));
}

/* Steals `next`. */
static void take(struct platform *platform, struct authorities *next)
{
    struct authorities *before;

    g_mutex_lock(&platform->authorities_lock);
    before = platform->authorities;
    platform->authorities = next;
    g_mutex_unlock(&platform->authorities_lock);
    if (before != NULL && before->version != next->version)
        g_message("authorities of kiosks: version %" G_GINT64_FORMAT ", %zu in force", next->version, next->count);
    authorities_unref(before);
}

bool authorities_follow(struct platform *platform, GError **error)
{
    int lock = platform_keys_lock(platform->data_dir, error);
    struct authorities *next = lock >= 0 ? authorities_newest(platform, error) : NULL;
    bool ok = next != NULL && follow(platform, next, error);

    if (lock >= 0)
        close(lock);
    if (ok)
        take(platform, next);
    else
        authorities_unref(next);
    return ok;
}

struct authorities *authorities_now(struct platform *platform)
{
    struct authorities *out;

    g_mutex_lock(&platform->authorities_lock);
    out = authorities_ref(platform->authorities);
    g_mutex_unlock(&platform->authorities_lock);
    return out;
}

/* ---- What kiosks are told ---- */

static char *payload_of(const struct authorities *authorities)
{
    json_t *list = json_array();
    json_t *json = json_pack("{s:s, s:I, s:I, s:o}", "kind", TRUST_KIND, "version", (json_int_t)authorities->version, "issued_at",
                             (json_int_t)authorities_issuer(authorities)->made_ms, "authorities", list);
    char *text;

    for (size_t i = 0; i < authorities->count; i++)
        json_array_append_new(list, json_string(authorities->list[i].pem));
    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

json_t *authorities_envelope(struct platform *platform, GError **error)
{
    struct authorities *now = authorities_now(platform);
    char *payload = payload_of(now);
    g_autofree char *signature = payload != NULL ? pki_sign(platform->sign_key, payload, strlen(payload), error) : NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    json_t *envelope = NULL;

    if (signature != NULL && signed_key_id(platform->sign_public, key_id))
        envelope = json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", signature, "key_id", key_id);
    free(payload);
    authorities_unref(now);
    return envelope;
}
