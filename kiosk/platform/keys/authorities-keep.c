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

/* Steals both. What only the lower one has must not be lost (authorities.h): *aside is the lower one when it cannot be taken over. */
static struct authorities *judged(struct authorities *higher, struct authorities *lower, struct authorities **aside, GError **error)
{
    struct authorities *out = higher;

    if (!authorities_cover(higher, lower) && !authorities_cover(lower, higher)) {
        *aside = lower;
        return out;
    }
    if (!authorities_cover(higher, lower)) {
        out = authorities_taken_over(higher, lower, error);
        authorities_unref(higher);
    }
    authorities_unref(lower);
    return out;
}

/* Of two of one version the one that all nodes share. A file that is damaged is written anew from the database, when that has one. */
static struct authorities *newest_of(struct authorities *file, struct authorities *database, struct authorities **aside, GError **error)
{
    if (file == NULL || database == NULL)
        return file != NULL ? file : database;
    return file->version > database->version ? judged(file, database, aside, error) : judged(database, file, aside, error);
}

static struct authorities *newest(struct platform *platform, struct authorities **aside, GError **error)
{
    g_autoptr(GError) why = NULL;
    bool asked;
    struct authorities *database = of_database(platform, &asked, error), *file;

    if (!asked)
        return NULL;
    file = authorities_of_files(platform->data_dir, &why);
    if (file == NULL && database == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return newest_of(file, database, aside, error);
}

struct authorities *authorities_newest(struct platform *platform, GError **error)
{
    struct authorities *aside = NULL, *out = newest(platform, &aside, error);

    authorities_unref(aside);
    return out;
}

/* ---- Kept aside ---- */

#define ASIDE_PREFIX "authorities-aside-"

static int by_name(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

GPtrArray *authorities_aside(const char *data_dir)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(data_dir, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_prefix(name, ASIDE_PREFIX) && g_str_has_suffix(name, ".json"))
            g_ptr_array_add(out, g_strdup(name));
    g_ptr_array_sort(out, by_name);
    return out;
}

/* Named by what is in it: nothing is written over. */
static bool aside_put(const char *data_dir, const struct authorities *aside, GError **error)
{
    char *text = authorities_text(aside);
    g_autofree char *digest = text != NULL ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1) : NULL;
    g_autofree char *name = g_strdup_printf(ASIDE_PREFIX "%" G_GINT64_FORMAT "-%.16s.json", aside->version, digest != NULL ? digest : "");
    bool there = text != NULL && file_there(data_dir, name), ok = there || (text != NULL && file_put(data_dir, name, text, strlen(text), error));

    if (ok && !there)
        g_warning("authorities of version %" G_GINT64_FORMAT " that are not in the ones in force are kept in %s: kiosks that went over to them cannot"
                  " connect",
                  aside->version, name);
    text_free(text);
    return ok;
}

/* ---- Writing it wherever it is not ---- */

bool authorities_put(struct platform *platform, int64_t before, const struct authorities *next, GError **error)
{
    int64_t version;

    if (!db_authorities_version(platform->db, &version, error))
        return false;
    if (version > before) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "somebody else changed the authorities at this moment: look at ca-status");
        return false;
    }
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
        ok = authorities_put(platform, version, next, error);
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

static bool issued_by_one(const struct authorities *authorities, const char *pem)
{
    for (size_t i = 0; i < authorities->count; i++)
        if (credentials_issued_by(pem, authorities->list[i].pem))
            return true;
    return false;
}

/* Of one that was kept aside and is not in force: kiosks in service do not trust it. */
static bool of_aside(const char *data_dir, const struct authorities *next, const char *pem)
{
    g_autoptr(GPtrArray) names = authorities_aside(data_dir);
    bool found = false;

    for (guint i = 0; !found && i < names->len; i++) {
        char *text = platform_file(data_dir, names->pdata[i], NULL, NULL);
        struct authorities *aside = text != NULL ? authorities_parse(text, NULL) : NULL;

        found = aside != NULL && issued_by_one(aside, pem);
        authorities_unref(aside);
        text_free(text);
    }
    return found && !issued_by_one(next, pem);
}

/* A certificate that no authority of ours made is somebody's choice, and stays. Its key may have changed at the same time (server_fits()). */
static bool server_follow(const char *data_dir, const struct authorities *next, GError **error)
{
    g_autofree char *pem = platform_file(data_dir, PLATFORM_SERVER_FILE, NULL, NULL);

    return pem == NULL || (!authorities_server_outdated(next, pem) && !of_aside(data_dir, next, pem)) || pki_server_remake(data_dir, error);
}

/* A stop between a new key and its certificate, or one of two files that was brought from another node. */
static bool server_fits(const char *data_dir, const struct authorities *next, GError **error)
{
    g_autofree char *pem = platform_file(data_dir, PLATFORM_SERVER_FILE, NULL, NULL);

    return pem == NULL || !issued_by_one(next, pem) || pki_server_mend(data_dir, error);
}

static bool follow(struct platform *platform, const struct authorities *next, GError **error)
{
    return database_follow(platform, next, error) &&
           (next->version == 1 || (files_follow(platform->data_dir, next, error) && server_follow(platform->data_dir, next, error))) &&
           server_fits(platform->data_dir, next, error);
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
    struct authorities *aside = NULL, *next = lock >= 0 ? newest(platform, &aside, error) : NULL;
    bool ok = next != NULL && (aside == NULL || aside_put(platform->data_dir, aside, error)) && follow(platform, next, error);

    authorities_unref(aside);
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
