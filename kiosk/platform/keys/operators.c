/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/operators.h"
#include "platform/keys/pki.h"
#include "platform/platform.h"
#include "device/files.h"
#include "sync/wire.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)

#define TRUSTED_MAX 2

static void certificate_free(gpointer certificate)
{
    X509_free(certificate);
}

static GPtrArray *certificates_of(const char *text)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(certificate_free);
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *one;

    while (bio != NULL && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        g_ptr_array_add(list, one);
    ERR_clear_error(); /* that there is no further one */
    BIO_free(bio);
    return list;
}

/* All that are trusted, in the file's order. */
static GPtrArray *trusted(const char *data_dir, GError **error)
{
    g_autofree char *text = platform_file(data_dir, PLATFORM_OPERATORS_FILE, NULL, error);
    GPtrArray *list = text != NULL ? certificates_of(text) : NULL;

    if (text != NULL && (list->len == 0 || list->len > TRUSTED_MAX)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, PLATFORM_OPERATORS_FILE " is not one certificate or two");
        g_clear_pointer(&list, g_ptr_array_unref);
    }
    return list;
}

/* Whose key is there: its place in the list, -1 nobody's. */
static int issuing(const GPtrArray *list, EVP_PKEY *key)
{
    for (guint i = 0; i < list->len; i++)
        if (X509_check_private_key(list->pdata[i], key) == 1)
            return (int)i;
    return -1;
}

static bool operators_read(const char *data_dir, GPtrArray **list, EVP_PKEY **key, int *at, GError **error)
{
    *key = NULL;
    *list = trusted(data_dir, error);
    *key = *list != NULL ? pki_key_load(data_dir, PLATFORM_OPERATORS_KEY_FILE, error) : NULL;
    *at = *key != NULL ? issuing(*list, *key) : -1;
    if (*key != NULL && *at < 0)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO,
                            PLATFORM_OPERATORS_KEY_FILE " does not belong to " PLATFORM_OPERATORS_FILE);
    if (*at >= 0)
        return true;
    g_clear_pointer(list, g_ptr_array_unref);
    g_clear_pointer(key, EVP_PKEY_free);
    return false;
}

X509 *operators_issuer(const char *data_dir, EVP_PKEY **key, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    X509 *issuer;
    int at;

    if (!operators_read(data_dir, &list, key, &at, error))
        return NULL;
    issuer = list->pdata[at];
    X509_up_ref(issuer);
    return issuer;
}

bool operators_fit(const char *data_dir, GError **error)
{
    g_autoptr(EVP_PKEY) key = NULL;
    g_autoptr(X509) issuer = operators_issuer(data_dir, &key, error);

    return issuer != NULL;
}

bool operators_mark(X509 *certificate, char mark[OPERATORS_MARK_SIZE], GError **error)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1 || 2 * len + 1 != OPERATORS_MARK_SIZE) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "an operator's certificate, or their authority's, has no digest");
        return false;
    }
    wire_hex(digest, len, mark);
    return true;
}

static char *pem_of(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL, *text = NULL;

    if (bio != NULL && PEM_write_bio_X509(bio, certificate) == 1) {
        long len = BIO_get_mem_data(bio, &bytes);
        text = g_strndup(bytes, (gsize)len);
    }
    BIO_free(bio);
    return text;
}

static bool certificates_put(const char *data_dir, const char *pem, GError **error)
{
    return file_put(data_dir, PLATFORM_OPERATORS_FILE, pem, strlen(pem), error);
}

static bool state_wrong(GError **error, const char *why)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, why);
    return false;
}

/* Beside the one that issues until now. */
static bool next_put(const char *data_dir, X509 *now, GError **error)
{
    g_autoptr(EVP_PKEY) key = NULL;
    g_autoptr(X509) next = NULL;
    g_autofree char *next_pem = NULL, *now_pem = pem_of(now), *both = NULL;

    if (now_pem == NULL || !pki_authority_new(OPERATORS_NAME, &key, &next, &next_pem, error))
        return false;
    both = g_strconcat(next_pem, now_pem, NULL);
    return certificates_put(data_dir, both, error) && pki_key_put(data_dir, PLATFORM_OPERATORS_KEY_FILE, key, error);
}

bool operators_stopped(const char *data_dir, char mark[OPERATORS_MARK_SIZE], GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(EVP_PKEY) key = NULL;
    int at;

    *mark = '\0';
    return operators_read(data_dir, &list, &key, &at, error) && (list->len < 2 || at == 0 || operators_mark(list->pdata[0], mark, error));
}

bool operators_rotate(const char *data_dir, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(EVP_PKEY) key = NULL;
    int at;

    if (!operators_read(data_dir, &list, &key, &at, error))
        return false;
    if (list->len > 1 && at == 0)
        return state_wrong(error, "there are two authorities of operators already: operator ca-retire comes next");
    return next_put(data_dir, list->pdata[at], error);
}

bool operators_retire(const char *data_dir, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(EVP_PKEY) key = NULL;
    g_autofree char *pem = NULL;
    int at;

    if (!operators_read(data_dir, &list, &key, &at, error))
        return false;
    if (list->len < 2 || at != 0)
        return state_wrong(error, "there is no other authority of operators: operator ca-rotate comes first");
    pem = pem_of(list->pdata[0]);
    return pem != NULL && certificates_put(data_dir, pem, error);
}
