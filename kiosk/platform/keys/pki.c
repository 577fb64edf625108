/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/pki.h"
#include "platform/keys/authorities.h"
#include "platform/keys/operators.h"
#include "platform/platform.h"
#include "device/files.h"
#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <glib/gstdio.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS12, PKCS12_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ASN1_TIME, ASN1_TIME_free)

#define DAY_S         86400
#define CA_LIFE_S     (INT64_C(3650) * DAY_S)
#define P12_ROUNDS    100000 /* of PBKDF2: the file lies on somebody's desk */
#define SERVER_LIFE_S (INT64_C(825) * DAY_S)

static bool crypto_failed(GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "%s failed", what);
    return false;
}

/* ---- Building certificates ---- */

/* RFC 5280 4.1.2.2: positive, at most 20 bytes; 16 random ones here. */
static bool set_serial(X509 *certificate)
{
    g_autoptr(BIGNUM) number = BN_new();

    return number != NULL && BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
}

/* A day back: kiosk clocks are not all right. */
static bool set_dates(X509 *certificate, int64_t life_s)
{
    return X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), (int)(life_s / DAY_S), (long)(life_s % DAY_S), NULL) !=
               NULL;
}

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"citycard", -1, -1,
                                      0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
                                      0) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;
    bool ok;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

struct extension {
    int nid;
    const char *value;
};

/* Everything but the signature. `issuer` NULL: self-signed. */
static X509 *draft(X509 *issuer, EVP_PKEY *key, const char *common_name, int64_t life_s,
                   const struct extension *extensions)
{
    g_autoptr(X509) certificate = X509_new();

    if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
        !set_serial(certificate) || !set_dates(certificate, life_s) ||
        !set_name(X509_get_subject_name(certificate), common_name) ||
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer != NULL ? issuer : certificate)) !=
            1 ||
        X509_set_pubkey(certificate, key) != 1)
        return NULL;
    for (; extensions->value != NULL; extensions++)
        if (!add_extension(certificate, issuer != NULL ? issuer : certificate, extensions->nid,
                           extensions->value))
            return NULL;
    return g_steal_pointer(&certificate);
}

static char *bio_text(BIO *bio)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    return len > 0 ? g_strndup(bytes, (gsize)len) : NULL;
}

static char *certificate_pem(X509 *certificate)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());

    return bio != NULL && PEM_write_bio_X509(bio, certificate) == 1 ? bio_text(bio) : NULL;
}

/* PEM; key_text_free() it. */
static char *key_text(EVP_PKEY *key, GError **error)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_secmem());
    char *text = NULL;

    if (bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        text = bio_text(bio);
    if (text == NULL)
        crypto_failed(error, "writing a key");
    return text;
}

static void key_text_free(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
}

static bool write_key(const char *data_dir, const char *name, EVP_PKEY *key, GError **error)
{
    char *text = key_text(key, error);
    bool ok = text != NULL && platform_file_new(data_dir, name, text, error);

    key_text_free(text);
    return ok;
}

bool pki_key_put(const char *data_dir, const char *name, EVP_PKEY *key, GError **error)
{
    char *text = key_text(key, error);
    bool ok = text != NULL && file_put(data_dir, name, text, strlen(text), error);

    key_text_free(text);
    return ok;
}

static bool write_certificate(const char *data_dir, const char *name, X509 *certificate, GError **error)
{
    g_autofree char *text = certificate_pem(certificate);

    return text != NULL ? platform_file_new(data_dir, name, text, error)
                        : crypto_failed(error, "writing a certificate");
}

/* ---- Init ---- */

static X509 *make_ca(EVP_PKEY *key, const char *name)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"},
        {0, NULL},
    };
    X509 *ca = draft(NULL, key, name, CA_LIFE_S, extensions);

    if (ca != NULL && X509_sign(ca, key, EVP_sha256()) <= 0)
        g_clear_pointer(&ca, X509_free);
    return ca;
}

bool pki_authority_new(const char *name, EVP_PKEY **key, X509 **certificate, char **pem, GError **error)
{
    *key = EVP_EC_gen("P-256");
    *certificate = *key != NULL ? make_ca(*key, name) : NULL;
    *pem = *certificate != NULL ? certificate_pem(*certificate) : NULL;
    return *pem != NULL || crypto_failed(error, "making an authority");
}

/* "DNS:localhost,IP:127.0.0.1,…"; NULL when a host is neither a name nor an address. */
static char *subject_alternatives(const char *const *hosts)
{
    GString *out = g_string_new("DNS:localhost,IP:127.0.0.1,IP:10.99.0.1");
    uint8_t address[16];

    for (; hosts != NULL && *hosts != NULL; hosts++) {
        bool is_address =
            inet_pton(AF_INET, *hosts, address) == 1 || inet_pton(AF_INET6, *hosts, address) == 1;

        if (!is_address &&
            (**hosts == '\0' || strlen(*hosts) > 253 ||
             (*hosts)[strspn(*hosts, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] !=
                 '\0')) {
            g_string_free(out, TRUE);
            return NULL;
        }
        g_string_append_printf(out, ",%s:%s", is_address ? "IP" : "DNS", *hosts);
    }
    return g_string_free(out, FALSE);
}

static bool make_server(const char *data_dir, X509 *ca, EVP_PKEY *ca_key, const char *const *hosts,
                        GError **error)
{
    g_autofree char *names = subject_alternatives(hosts);
    g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
    const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_alt_name, names},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"},
        {0, NULL},
    };

    if (names == NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "--host takes a host name or an IP address");
        return false;
    }
    g_autoptr(X509) certificate =
        key != NULL ? draft(ca, key, "citycard platform", SERVER_LIFE_S, extensions) : NULL;
    if (certificate == NULL || X509_sign(certificate, ca_key, EVP_sha256()) <= 0)
        return crypto_failed(error, "making the server's certificate");
    return write_key(data_dir, PLATFORM_SERVER_KEY_FILE, key, error) &&
           write_certificate(data_dir, PLATFORM_SERVER_FILE, certificate, error);
}

bool pki_signing_key_new(const char *data_dir, const char *name, GError **error)
{
    g_autoptr(EVP_PKEY) key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    return key != NULL ? write_key(data_dir, name, key, error) : crypto_failed(error, "making a signing key");
}

bool pki_init(const char *data_dir, const char *const *hosts, GError **error)
{
    g_autoptr(EVP_PKEY) ca_key = EVP_EC_gen("P-256");
    g_autoptr(EVP_PKEY) sign_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    g_autoptr(X509) ca = ca_key != NULL ? make_ca(ca_key, "citycard platform CA") : NULL;

    if (sign_key == NULL || ca == NULL)
        return crypto_failed(error, "making the certificate authority");
    return write_key(data_dir, PLATFORM_CA_KEY_FILE, ca_key, error) &&
           write_certificate(data_dir, PLATFORM_CA_FILE, ca, error) &&
           write_key(data_dir, PLATFORM_SIGN_KEY_FILE, sign_key, error) &&
           make_server(data_dir, ca, ca_key, hosts, error) && pki_operators_init(data_dir, error);
}

/* The certificate comes last: who finds it finds the key as well. A key that is alone is of an attempt that was stopped. */
bool pki_operators_init(const char *data_dir, GError **error)
{
    g_autofree char *certificate = g_build_filename(data_dir, PLATFORM_OPERATORS_FILE, NULL);
    g_autofree char *left = g_build_filename(data_dir, PLATFORM_OPERATORS_KEY_FILE, NULL);
    g_autoptr(EVP_PKEY) key = NULL;

    if (g_file_test(certificate, G_FILE_TEST_EXISTS))
        return true;
    key = EVP_EC_gen("P-256");
    g_autoptr(X509) ca = key != NULL ? make_ca(key, OPERATORS_NAME) : NULL;
    if (ca == NULL)
        return crypto_failed(error, "making the operators' authority");
    if (g_file_test(left, G_FILE_TEST_EXISTS) && g_unlink(left) != 0)
        return crypto_failed(error, "making the operators' authority anew");
    return write_key(data_dir, PLATFORM_OPERATORS_KEY_FILE, key, error) &&
           write_certificate(data_dir, PLATFORM_OPERATORS_FILE, ca, error);
}

/* ---- Loading ---- */

EVP_PKEY *pki_key_load(const char *data_dir, const char *name, GError **error)
{
    gsize len = 0;
    char *text = platform_file(data_dir, name, &len, error);
    BIO *bio;
    EVP_PKEY *key = NULL;

    if (text == NULL)
        return NULL;
    bio = BIO_new_mem_buf(text, (int)len);
    if (bio != NULL)
        key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    OPENSSL_cleanse(text, len);
    g_free(text);
    if (key == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "%s is not a private key", name);
    return key;
}

X509 *pki_certificate_load(const char *data_dir, const char *name, GError **error)
{
    gsize len = 0;
    g_autofree char *text = platform_file(data_dir, name, &len, error);
    g_autoptr(BIO) bio = text != NULL ? BIO_new_mem_buf(text, (int)len) : NULL;
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    if (text != NULL && certificate == NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "%s is not a certificate", name);
    return certificate;
}

/* ---- The server's next certificate ---- */

/* For the names of the one before: they are its subjectAltName. */
static X509 *renewed(X509 *ca, EVP_PKEY *ca_key, X509 *before, EVP_PKEY *key)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"},
        {0, NULL},
    };
    int at = X509_get_ext_by_NID(before, NID_subject_alt_name, -1);
    g_autoptr(X509) certificate = at >= 0 ? draft(ca, key, "citycard platform", SERVER_LIFE_S, extensions) : NULL;

    if (certificate == NULL || X509_add_ext(certificate, X509_get_ext(before, at), -1) != 1 ||
        X509_sign(certificate, ca_key, EVP_sha256()) <= 0)
        return NULL;
    return g_steal_pointer(&certificate);
}

/* The PEM of one for this key, of the authority that servers are to have one of. g_free. */
static char *server_next(const char *data_dir, X509 *before, EVP_PKEY *key, GError **error)
{
    struct authorities *authorities = authorities_of_files(data_dir, error);
    g_autoptr(X509) certificate = NULL;
    char *text = NULL;

    if (authorities == NULL)
        return NULL;
    certificate = renewed(authorities_server(authorities)->certificate, authorities_server(authorities)->key, before, key);
    text = certificate != NULL ? certificate_pem(certificate) : NULL;
    authorities_unref(authorities);
    if (text == NULL)
        crypto_failed(error, "making the server's certificate");
    return text;
}

#define NOT_ITS_KEY PLATFORM_SERVER_KEY_FILE " does not belong to " PLATFORM_SERVER_FILE

/* Whose key is in DIR now. `fits`: it has to be the one of the certificate before. */
static bool server_renew(const char *data_dir, bool fits, GError **error)
{
    g_autoptr(EVP_PKEY) key = pki_key_load(data_dir, PLATFORM_SERVER_KEY_FILE, error);
    g_autoptr(X509) before = key != NULL ? pki_certificate_load(data_dir, PLATFORM_SERVER_FILE, error) : NULL;
    g_autofree char *text = NULL;

    if (before == NULL)
        return false;
    if (fits && X509_check_private_key(before, key) != 1) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, NOT_ITS_KEY);
        return false;
    }
    if (!fits && X509_check_private_key(before, key) != 1)
        g_warning(NOT_ITS_KEY ": a new certificate is made for the key that is here. Where only one of the two was brought, bring both");
    text = server_next(data_dir, before, key, error);
    return text != NULL && file_put(data_dir, PLATFORM_SERVER_FILE, text, strlen(text), error);
}

bool pki_server_renew(const char *data_dir, GError **error)
{
    return server_renew(data_dir, true, error);
}

bool pki_server_remake(const char *data_dir, GError **error)
{
    return server_renew(data_dir, false, error);
}

/* The key first: a stop behind it leaves what pki_server_mend() ends. */
bool pki_server_rekey(const char *data_dir, GError **error)
{
    g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
    g_autoptr(X509) before = pki_certificate_load(data_dir, PLATFORM_SERVER_FILE, error);
    g_autofree char *text = before != NULL && key != NULL ? server_next(data_dir, before, key, error) : NULL;

    if (before != NULL && key == NULL)
        return crypto_failed(error, "making the server's key");
    return text != NULL && pki_key_put(data_dir, PLATFORM_SERVER_KEY_FILE, key, error) &&
           file_put(data_dir, PLATFORM_SERVER_FILE, text, strlen(text), error);
}

bool pki_server_mend(const char *data_dir, GError **error)
{
    g_autoptr(EVP_PKEY) key = pki_key_load(data_dir, PLATFORM_SERVER_KEY_FILE, error);
    g_autoptr(X509) certificate = key != NULL ? pki_certificate_load(data_dir, PLATFORM_SERVER_FILE, error) : NULL;

    return certificate != NULL && (X509_check_private_key(certificate, key) == 1 || server_renew(data_dir, false, error));
}

/* ---- Kiosks ---- */

static bool is_p256(EVP_PKEY *key)
{
    char group[32];

    return key != NULL && EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_utf8_string_param(key, "group", group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static bool serial_text(X509 *certificate, char serial[64])
{
    g_autoptr(BIGNUM) number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = number != NULL ? BN_bn2hex(number) : NULL;
    g_autofree char *lower = hex != NULL ? g_ascii_strdown(hex, -1) : NULL;

    OPENSSL_free(hex);
    if (lower == NULL)
        return false;
    return g_strlcpy(serial, lower, 64) < 64;
}

char *pki_sign_kiosk(X509 *ca, EVP_PKEY *ca_key, const char *csr_pem, const char *kiosk_id, int64_t life_s,
                     char serial[64], GError **error)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "clientAuth"},
        {NID_authority_key_identifier, "keyid"},
        {0, NULL},
    };
    g_autoptr(BIO) bio = BIO_new_mem_buf(csr_pem, -1);
    g_autoptr(X509_REQ) request = bio != NULL ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = request != NULL ? X509_REQ_get0_pubkey(request) : NULL;

    if (!is_p256(key) || X509_REQ_verify(request, key) != 1) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "csr is not a self-signed request for a P-256 key");
        return NULL;
    }
    g_autoptr(X509) certificate = draft(ca, key, kiosk_id, life_s, extensions);
    if (certificate == NULL || X509_sign(certificate, ca_key, EVP_sha256()) <= 0 ||
        !serial_text(certificate, serial)) {
        crypto_failed(error, "making a kiosk's certificate");
        return NULL;
    }
    return certificate_pem(certificate);
}

/* ---- Operators ---- */

/* Subject: CN who, OU in which role. */
static X509 *make_operator(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key, const char *id, const char *role, int64_t life_s)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "clientAuth"},
        {NID_authority_key_identifier, "keyid"},
        {0, NULL},
    };
    X509 *out = key != NULL ? draft(ca, key, id, life_s, extensions) : NULL;

    if (out != NULL && (X509_NAME_add_entry_by_txt(X509_get_subject_name(out), "OU", MBSTRING_UTF8, (const unsigned char *)role, -1, -1,
                                                   0) != 1 ||
                        X509_sign(out, ca_key, EVP_sha256()) <= 0))
        g_clear_pointer(&out, X509_free);
    return out;
}

GBytes *pki_operator(const char *data_dir, const char *id, const char *role, int64_t life_s, const char *passphrase, char serial[64],
                     char authority[OPERATORS_MARK_SIZE], char digest[OPERATORS_MARK_SIZE], GError **error)
{
    EVP_PKEY *issuing = NULL;
    g_autoptr(X509) ca = operators_issuer(data_dir, &issuing, error);
    g_autoptr(EVP_PKEY) ca_key = issuing, key = ca != NULL ? EVP_EC_gen("P-256") : NULL;
    unsigned char *der = NULL;
    GBytes *out = NULL;
    int len = -1;

    if (ca == NULL || !operators_mark(ca, authority, error))
        return NULL;
    g_autoptr(X509) certificate = make_operator(ca, ca_key, key, id, role, life_s);
    if (certificate != NULL && !operators_mark(certificate, digest, error))
        return NULL;
    g_autoptr(PKCS12) bag = certificate != NULL && serial_text(certificate, serial)
                                ? PKCS12_create(passphrase, id, key, certificate, NULL, NID_aes_256_cbc, NID_aes_256_cbc, P12_ROUNDS,
                                                P12_ROUNDS, 0)
                                : NULL;
    if (bag != NULL)
        len = i2d_PKCS12(bag, &der);
    if (len > 0)
        out = g_bytes_new(der, (gsize)len);
    else
        crypto_failed(error, "making an operator's certificate");
    OPENSSL_free(der);
    return out;
}

int64_t pki_end_ms(const char *certificate_pem)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(certificate_pem, -1);
    g_autoptr(X509) certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    g_autoptr(ASN1_TIME) zero = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (certificate == NULL || zero == NULL || ASN1_TIME_diff(&days, &seconds, zero, X509_get0_notAfter(certificate)) != 1)
        return 0;
    return (days * INT64_C(86400) + seconds) * 1000;
}

bool pki_signed_by(const char *certificate_pem, const char *bytes, size_t len, const char *signature)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(certificate_pem, -1);
    g_autoptr(X509) certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = certificate != NULL ? X509_get0_pubkey(certificate) : NULL;
    g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    gsize signature_len = 0;
    g_autofree guchar *der = g_base64_decode(signature, &signature_len);

    return is_p256(key) && ctx != NULL && der != NULL &&
           EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(ctx, der, signature_len, (const uint8_t *)bytes, len) == 1;
}

char *pki_sign(EVP_PKEY *key, const char *bytes, size_t len, GError **error)
{
    g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    uint8_t signature[64];
    size_t signature_len = sizeof signature;

    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &signature_len, (const uint8_t *)bytes, len) != 1 ||
        signature_len != sizeof signature) {
        crypto_failed(error, "signing");
        return NULL;
    }
    return g_base64_encode(signature, signature_len);
}
