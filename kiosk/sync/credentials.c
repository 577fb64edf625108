/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/credentials.h"
#include "model/clock.h"
#include "sync/wire.h"
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_STORE_CTX, X509_STORE_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

bool crypto_failed(GError **error, const char *what)
{
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_CRYPTO, "%s failed", what);
    return false;
}

static char *bio_text(BIO *bio)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    return len > 0 ? g_strndup(bytes, (gsize)len) : NULL;
}

char *credentials_key_pem(EVP_PKEY *key)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_secmem());

    if (bio == NULL || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return NULL;
    return bio_text(bio);
}

char *credentials_request_pem(EVP_PKEY *key, const char *kiosk_id)
{
    g_autoptr(X509_REQ) request = X509_REQ_new();
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    X509_NAME *name = request != NULL ? X509_REQ_get_subject_name(request) : NULL;

    if (bio == NULL || name == NULL || X509_REQ_set_version(request, 0) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)kiosk_id, -1, -1, 0) !=
            1 ||
        X509_REQ_set_pubkey(request, key) != 1 || X509_REQ_sign(request, key, EVP_sha256()) <= 0 ||
        PEM_write_bio_X509_REQ(bio, request) != 1)
        return NULL;
    return bio_text(bio);
}

/* Of a text with any number of them, in order. */
static GPtrArray *certificates_read(const char *pem)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem, -1);
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
    X509 *certificate;

    while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        g_ptr_array_add(out, certificate);
    return out;
}

static X509_STORE *store_of(const char *authorities)
{
    g_autoptr(GPtrArray) list = certificates_read(authorities);
    g_autoptr(X509_STORE) store = list->len > 0 ? X509_STORE_new() : NULL;

    for (guint i = 0; store != NULL && i < list->len; i++)
        if (X509_STORE_add_cert(store, list->pdata[i]) != 1)
            return NULL;
    return g_steal_pointer(&store);
}

static bool signed_by(X509 *certificate, const char *authorities)
{
    g_autoptr(X509_STORE) store = store_of(authorities);
    g_autoptr(X509_STORE_CTX) ctx = X509_STORE_CTX_new();

    if (store == NULL || ctx == NULL || X509_STORE_CTX_init(ctx, store, certificate, NULL) != 1)
        return false;
    X509_STORE_CTX_set_time(ctx, 0, (time_t)(now_ms() / 1000)); /* the program's clock, which tests set */
    return X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT) == 1 && X509_verify_cert(ctx) == 1;
}

static X509 *certificate_read(const char *pem)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem, -1);

    return bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

bool credentials_certificate_ok(const char *pem, EVP_PKEY *key, const char *kiosk_id, const char *authorities)
{
    g_autoptr(X509) certificate = certificate_read(pem);
    char name[64];

    if (certificate == NULL || X509_check_private_key(certificate, key) != 1)
        return false;
    if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name) <
            1 ||
        strcmp(name, kiosk_id) != 0)
        return false;
    return signed_by(certificate, authorities);
}

bool credentials_issued_by(const char *certificate_pem, const char *authority_pem)
{
    g_autoptr(X509) certificate = certificate_read(certificate_pem), authority = certificate_read(authority_pem);

    return certificate != NULL && authority != NULL && X509_check_issued(authority, certificate) == X509_V_OK &&
           X509_verify(certificate, X509_get0_pubkey(authority)) == 1;
}

static bool valid_then(X509 *certificate, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);

    return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

char *credentials_authority(const char *pem, int64_t now_ms)
{
    g_autoptr(X509) certificate = certificate_read(pem);
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());

    if (certificate == NULL || bio == NULL || X509_check_ca(certificate) != 1 || (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0 ||
        X509_check_issued(certificate, certificate) != X509_V_OK || X509_verify(certificate, X509_get0_pubkey(certificate)) != 1 ||
        (now_ms != 0 && !valid_then(certificate, now_ms)) || PEM_write_bio_X509(bio, certificate) != 1)
        return NULL;
    return bio_text(bio);
}

char *credentials_digest(const char *pem)
{
    g_autoptr(X509) certificate = certificate_read(pem);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char text[2 * EVP_MAX_MD_SIZE + 1];

    if (certificate == NULL || X509_digest(certificate, EVP_sha256(), digest, &len) != 1)
        return NULL;
    return g_strdup(wire_hex(digest, len, text));
}

bool credentials_share(const char *these, const char *those)
{
    g_autoptr(GPtrArray) left = certificates_read(these), right = certificates_read(those);

    for (guint i = 0; i < left->len; i++)
        for (guint j = 0; j < right->len; j++)
            if (X509_cmp(left->pdata[i], right->pdata[j]) == 0)
                return true;
    return false;
}

EVP_PKEY *credentials_key_read(const char *pem)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem, -1);

    return bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
}

bool credentials_match(const char *certificate_pem, EVP_PKEY *key)
{
    g_autoptr(X509) certificate = certificate_read(certificate_pem);

    return certificate != NULL && X509_check_private_key(certificate, key) == 1;
}

static bool time_ms(const ASN1_TIME *time, int64_t *out)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *out = (int64_t)timegm(&parts) * 1000;
    return true;
}

bool credentials_validity(const char *certificate_pem, int64_t *from_ms, int64_t *to_ms)
{
    g_autoptr(X509) certificate = certificate_read(certificate_pem);

    return certificate != NULL && time_ms(X509_get0_notBefore(certificate), from_ms) &&
           time_ms(X509_get0_notAfter(certificate), to_ms) && *from_ms < *to_ms;
}

char *credentials_sign(EVP_PKEY *key, const char *bytes, size_t len, GError **error)
{
    g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    uint8_t der[128];
    size_t der_len = sizeof der;

    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, der, &der_len, (const uint8_t *)bytes, len) != 1) {
        crypto_failed(error, "signing");
        return NULL;
    }
    return g_base64_encode(der, der_len);
}

char *credentials_certificate_der(const char *certificate_pem)
{
    g_autoptr(X509) certificate = certificate_read(certificate_pem);
    uint8_t *der = NULL;
    int len = certificate != NULL ? i2d_X509(certificate, &der) : -1;
    char *text = len > 0 ? g_base64_encode(der, (gsize)len) : NULL;

    OPENSSL_free(der);
    return text;
}
