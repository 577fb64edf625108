/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/authorities.h"
#include "platform/keys/pki.h"
#include "platform/platform.h"
#include "device/files.h"
#include "sync/credentials.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX     8192
#define RETIRED_MAX 8 /* the last ones; who has a server's certificate of an older one makes it anew by hand */

static void *fail(GError **error, int code, const char *why)
{
    g_set_error_literal(error, PLATFORM_ERROR, code, why);
    return NULL;
}

/* ---- One of them ---- */

static void authority_clear(struct authority *authority)
{
    g_free(authority->pem);
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    memset(authority, 0, sizeof *authority);
}

/* Key and certificate belong together. */
static bool authority_set(struct authority *out, const char *pem, const char *key_pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);

    out->certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    out->key = credentials_key_read(key_pem);
    out->pem = g_strdup(pem);
    BIO_free(bio);
    return out->certificate != NULL && out->key != NULL && X509_check_private_key(out->certificate, out->key) == 1;
}

static bool authority_read(json_t *json, struct authority *out)
{
    const char *pem, *key;

    return wire_get_int(json, "number", 1, INT32_MAX, &out->number) && wire_get_int(json, "since", 1, INT64_MAX, &out->since) &&
           wire_get_int(json, "made_ms", 0, INT64_MAX, &out->made_ms) && wire_get_string(json, "certificate", PEM_MAX, &pem) &&
           wire_get_string(json, "key", PEM_MAX, &key) && authority_set(out, pem, key);
}

static json_t *authority_json(const struct authority *authority)
{
    char *key = credentials_key_pem(authority->key);
    json_t *json = key != NULL ? json_pack("{s:I, s:I, s:I, s:s, s:s}", "number", (json_int_t)authority->number, "since",
                                           (json_int_t)authority->since, "made_ms", (json_int_t)authority->made_ms, "certificate",
                                           authority->pem, "key", key)
                               : NULL;

    if (key != NULL)
        OPENSSL_cleanse(key, strlen(key));
    g_free(key);
    return json;
}

/* ---- All of them ---- */

static struct authorities *authorities_new(void)
{
    struct authorities *out = g_atomic_rc_box_new0(struct authorities);

    out->retired = g_ptr_array_new_with_free_func(g_free);
    return out;
}

struct authorities *authorities_ref(const struct authorities *authorities)
{
    return g_atomic_rc_box_acquire((struct authorities *)authorities);
}

static void clear(gpointer data)
{
    struct authorities *authorities = data;

    for (size_t i = 0; i < AUTHORITIES_MAX; i++)
        authority_clear(&authorities->list[i]);
    g_ptr_array_unref(authorities->retired);
}

void authorities_unref(struct authorities *authorities)
{
    if (authorities != NULL)
        g_atomic_rc_box_release_full(authorities, clear);
}

static bool list_read(json_t *list, struct authorities *out)
{
    json_t *item = NULL;
    size_t i = 0;

    if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > AUTHORITIES_MAX)
        return false;
    json_array_foreach(list, i, item)
    {
        if (!authority_read(item, &out->list[out->count++]))
            return false;
    }
    return true;
}

static bool retired_read(json_t *list, struct authorities *out)
{
    json_t *item = NULL;
    size_t i = 0;

    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return false;
        g_ptr_array_add(out->retired, g_strdup(json_string_value(item)));
    }
    return json_is_array(list);
}

static struct authorities *read_json(json_t *json, GError **error)
{
    struct authorities *out = authorities_new();
    int64_t serving;

    if (wire_get_int(json, "version", 1, INT64_MAX / 2, &out->version) && list_read(json_object_get(json, "authorities"), out) &&
        wire_get_int(json, "serving", 0, (int64_t)out->count - 1, &serving) && retired_read(json_object_get(json, "retired"), out)) {
        out->serving = (size_t)serving;
        return out;
    }
    authorities_unref(out);
    return fail(error, PLATFORM_ERROR_FILE, "the authorities' document is damaged");
}

static json_t *to_json(const struct authorities *authorities)
{
    json_t *list = json_array(), *retired = json_array();

    for (size_t i = 0; i < authorities->count; i++)
        json_array_append_new(list, authority_json(&authorities->list[i]));
    for (guint i = 0; i < authorities->retired->len; i++)
        json_array_append_new(retired, json_string(authorities->retired->pdata[i]));
    return json_pack("{s:I, s:I, s:o, s:o}", "version", (json_int_t)authorities->version, "serving", (json_int_t)authorities->serving,
                     "authorities", list, "retired", retired);
}

struct authorities *authorities_parse(const char *text, GError **error)
{
    json_t *json = wire_parse(text, strlen(text), NULL);
    struct authorities *out = read_json(json, error);

    json_decref(json);
    return out;
}

char *authorities_text(const struct authorities *authorities)
{
    json_t *json = to_json(authorities);
    char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);

    json_decref(json);
    return text;
}

/* ---- Of a folder ---- */

static struct authorities *first(const char *data_dir, GError **error)
{
    g_autofree char *pem = platform_file(data_dir, PLATFORM_CA_FILE, NULL, error);
    char *key = pem != NULL ? platform_file(data_dir, PLATFORM_CA_KEY_FILE, NULL, error) : NULL;
    struct authorities *out = NULL;

    if (key != NULL) {
        out = authorities_new();
        out->version = 1;
        out->count = 1;
        out->list[0] = (struct authority){.number = 1, .since = 1};
        if (!authority_set(&out->list[0], pem, key)) {
            g_clear_pointer(&out, authorities_unref);
            fail(error, PLATFORM_ERROR_CRYPTO, PLATFORM_CA_KEY_FILE " does not belong to " PLATFORM_CA_FILE);
        }
        OPENSSL_cleanse(key, strlen(key));
    }
    g_free(key);
    return out;
}

struct authorities *authorities_of_files(const char *data_dir, GError **error)
{
    char *text;
    struct authorities *out;

    if (!file_there(data_dir, PLATFORM_AUTHORITIES_FILE))
        return first(data_dir, error);
    text = platform_file(data_dir, PLATFORM_AUTHORITIES_FILE, NULL, error);
    out = text != NULL ? authorities_parse(text, error) : NULL;
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    return out;
}

/* ---- What they say ---- */

const struct authority *authorities_issuer(const struct authorities *authorities)
{
    return &authorities->list[authorities->count - 1];
}

const struct authority *authorities_server(const struct authorities *authorities)
{
    return &authorities->list[authorities->serving];
}

char *authorities_bundle(const struct authorities *authorities)
{
    GString *out = g_string_new(NULL);

    for (size_t i = authorities->count; i-- > 0;)
        g_string_append(out, authorities->list[i].pem);
    return g_string_free(out, FALSE);
}

bool authorities_server_outdated(const struct authorities *authorities, const char *server_pem)
{
    for (size_t i = 0; i < authorities->count; i++)
        if (credentials_issued_by(server_pem, authorities->list[i].pem))
            return i != authorities->serving;
    for (guint i = 0; i < authorities->retired->len; i++)
        if (credentials_issued_by(server_pem, authorities->retired->pdata[i]))
            return true;
    return false;
}

static bool in_force(const struct authorities *authorities, const char *pem)
{
    for (size_t i = 0; i < authorities->count; i++)
        if (credentials_share(authorities->list[i].pem, pem))
            return true;
    return false;
}

static bool knows(const struct authorities *authorities, const char *pem)
{
    for (guint i = 0; i < authorities->retired->len; i++)
        if (credentials_share(authorities->retired->pdata[i], pem))
            return true;
    return in_force(authorities, pem);
}

bool authorities_cover(const struct authorities *authorities, const struct authorities *other)
{
    for (size_t i = 0; i < other->count; i++)
        if (!knows(authorities, other->list[i].pem))
            return false;
    return true;
}

/* ---- What comes next ---- */

static struct authorities *changed(json_t *json, const struct authorities *before, int64_t step, GError **error)
{
    struct authorities *out;

    json_object_set_new(json, "version", json_integer((json_int_t)(before->version + step)));
    out = read_json(json, error);
    json_decref(json);
    return out;
}

struct authorities *authorities_with_next(const struct authorities *authorities, int64_t now_ms, GError **error)
{
    const struct authority *last = authorities_issuer(authorities);
    struct authority next = {.number = last->number + 1, .since = authorities->version + 1, .made_ms = now_ms};
    g_autofree char *name = g_strdup_printf("citycard platform CA %" G_GINT64_FORMAT, next.number);
    struct authorities *out = NULL;

    if (authorities->count == AUTHORITIES_MAX)
        return fail(error, PLATFORM_ERROR_STATE, "another authority was made already: ca-rotate --finish, then ca-retire");
    if (pki_authority_new(name, &next.key, &next.certificate, &next.pem, error)) {
        json_t *json = to_json(authorities);

        json_array_append_new(json_object_get(json, "authorities"), authority_json(&next));
        out = changed(json, authorities, 1, error);
    }
    authority_clear(&next);
    return out;
}

struct authorities *authorities_with_server(const struct authorities *authorities, GError **error)
{
    json_t *json;

    if (authorities->serving + 1 == authorities->count)
        return fail(error, PLATFORM_ERROR_STATE, authorities->count == 1 ? "there is no other authority: ca-rotate" : "servers have its certificates already: ca-retire");
    json = to_json(authorities);
    json_object_set_new(json, "serving", json_integer((json_int_t)authorities->count - 1));
    return changed(json, authorities, 1, error);
}

struct authorities *authorities_without_old(const struct authorities *authorities, GError **error)
{
    json_t *json, *retired;

    if (authorities->count == 1)
        return fail(error, PLATFORM_ERROR_STATE, "there is one authority: ca-rotate");
    if (authorities->serving + 1 != authorities->count)
        return fail(error, PLATFORM_ERROR_STATE, "servers still have certificates of the old one: ca-rotate --finish");
    json = to_json(authorities);
    retired = json_object_get(json, "retired");
    json_array_append_new(retired, json_string(authorities->list[0].pem));
    if (json_array_size(retired) > RETIRED_MAX)
        json_array_remove(retired, 0);
    json_array_remove(json_object_get(json, "authorities"), 0);
    json_object_set_new(json, "serving", json_integer(0));
    return changed(json, authorities, 1, error);
}

/* Whoever only said that it has a version of before the jump was not told of the ones that come back. */
static void since_set(json_t *list, const struct authorities *before, const struct authorities *later)
{
    json_t *item = NULL;
    size_t i = 0;

    json_array_foreach(list, i, item)
    {
        if (!in_force(before, later->list[i].pem))
            json_object_set_new(item, "since", json_integer((json_int_t)before->version + 1));
    }
}

struct authorities *authorities_taken_over(const struct authorities *before, const struct authorities *later, GError **error)
{
    json_t *json = to_json(later);

    since_set(json_object_get(json, "authorities"), before, later);
    /* A kiosk that was told since then trusts the server by what it has now. */
    for (size_t i = 0; i < later->count; i++)
        if (credentials_share(authorities_server(before)->pem, later->list[i].pem))
            json_object_set_new(json, "serving", json_integer((json_int_t)i));
    return changed(json, before, 1, error);
}

struct authorities *authorities_jumped(const struct authorities *authorities, GError **error)
{
    return changed(to_json(authorities), authorities, AUTHORITIES_JUMP, error);
}
