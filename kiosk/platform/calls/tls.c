/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/tls.h"
#include "platform/calls/metrics.h"
#include "platform/platform.h"
#include "sync/wire.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/crypto.h>
#include <string.h>

#define CHAIN_MAX 4

/* What was read at one moment. Handshakes hold pointers into it, so that none of them is freed before the end: there are few. */
struct set {
    char *server_pem, *ca_pem, *operators_pem;
    gnutls_pcert_st certificates[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    gnutls_x509_trust_list_t trust, operators; /* kiosks' and people's */
};

struct tls {
    char *data_dir;
    GRWLock lock; /* guards `sets`; the last one is in force */
    GPtrArray *sets;
};

static struct tls *the_tls; /* for tls_retrieve() */

static bool fail(GError **error, const char *what, int code)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "%s: %s", what, gnutls_strerror(code));
    return false;
}

static void set_free(gpointer data)
{
    struct set *set = data;

    for (unsigned i = 0; i < set->count; i++)
        gnutls_pcert_deinit(&set->certificates[i]);
    if (set->key != NULL)
        gnutls_privkey_deinit(set->key);
    if (set->trust != NULL)
        gnutls_x509_trust_list_deinit(set->trust, 1);
    if (set->operators != NULL)
        gnutls_x509_trust_list_deinit(set->operators, 1);
    g_free(set->operators_pem);
    g_free(set->server_pem);
    g_free(set->ca_pem);
    g_free(set);
}

/* ---- Reading ---- */

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)strlen(text)};
}

static bool key_read(struct set *set, const char *data_dir, GError **error)
{
    char *text = platform_file(data_dir, PLATFORM_SERVER_KEY_FILE, NULL, error);
    int code;

    if (text == NULL)
        return false;
    gnutls_datum_t pem = datum(text);
    code = gnutls_privkey_init(&set->key);
    if (code == 0)
        code = gnutls_privkey_import_x509_raw(set->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    return code == 0 || fail(error, PLATFORM_SERVER_KEY_FILE, code);
}

static bool key_fits(struct set *set, GError **error)
{
    uint8_t ours[64], theirs[64];
    size_t ours_len = sizeof ours, theirs_len = sizeof theirs;
    gnutls_pubkey_t public = NULL;
    bool fits = gnutls_pubkey_init(&public) == 0 && gnutls_pubkey_import_privkey(public, set->key, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(public, 0, ours, &ours_len) == 0 &&
                gnutls_pubkey_get_key_id(set->certificates[0].pubkey, 0, theirs, &theirs_len) == 0 && ours_len == theirs_len &&
                memcmp(ours, theirs, ours_len) == 0;

    if (public != NULL)
        gnutls_pubkey_deinit(public);
    if (!fits)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO,
                            PLATFORM_SERVER_KEY_FILE " does not belong to " PLATFORM_SERVER_FILE);
    return fits;
}

static bool trust_read(const char *pem, const char *name, gnutls_x509_trust_list_t *out, GError **error)
{
    gnutls_datum_t text = datum(pem);
    int code = gnutls_x509_trust_list_init(out, 0);

    if (code == 0)
        code = gnutls_x509_trust_list_add_trust_mem(*out, &text, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
    return code > 0 || fail(error, name, code);
}

static struct set *set_read(const char *data_dir, GError **error)
{
    struct set *set = g_new0(struct set, 1);
    bool ok = (set->server_pem = platform_file(data_dir, PLATFORM_SERVER_FILE, NULL, error)) != NULL &&
              (set->ca_pem = platform_file(data_dir, PLATFORM_CA_FILE, NULL, error)) != NULL &&
              (set->operators_pem = platform_file(data_dir, PLATFORM_OPERATORS_FILE, NULL, error)) != NULL && key_read(set, data_dir, error);

    if (ok) {
        gnutls_datum_t server = datum(set->server_pem);
        unsigned count = CHAIN_MAX;
        int code = gnutls_pcert_list_import_x509_raw(set->certificates, &count, &server, GNUTLS_X509_FMT_PEM, 0);

        set->count = code == 0 ? count : 0;
        ok = (code == 0 || fail(error, PLATFORM_SERVER_FILE, code)) && key_fits(set, error);
        ok = ok && trust_read(set->ca_pem, PLATFORM_CA_FILE, &set->trust, error) &&
             trust_read(set->operators_pem, PLATFORM_OPERATORS_FILE, &set->operators, error);
    }
    if (ok)
        return set;
    set_free(set);
    return NULL;
}

static int64_t end_s(const char *pem)
{
    gnutls_datum_t text = datum(pem);
    gnutls_x509_crt_t certificate;
    int64_t end = 0;

    if (gnutls_x509_crt_init(&certificate) != 0)
        return 0;
    if (gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) == 0)
        end = gnutls_x509_crt_get_expiration_time(certificate);
    gnutls_x509_crt_deinit(certificate);
    return end;
}

/* Of the second of a list: the authority that is about to go. 0: there is none. */
static int64_t second_end_s(const char *pems)
{
    gnutls_datum_t text = datum(pems);
    gnutls_x509_crt_t *list = NULL;
    unsigned count = 0;
    int64_t end = 0;

    if (gnutls_x509_crt_list_import2(&list, &count, &text, GNUTLS_X509_FMT_PEM, 0) < 0)
        return 0;
    if (count > 1)
        end = gnutls_x509_crt_get_expiration_time(list[1]);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return end;
}

static struct set *newest(struct tls *tls)
{
    return tls->sets->len > 0 ? tls->sets->pdata[tls->sets->len - 1] : NULL;
}

bool tls_reload(struct tls *tls, bool *changed, GError **error)
{
    struct set *set = set_read(tls->data_dir, error), *old;
    bool differs;

    if (set == NULL)
        return false;
    g_rw_lock_writer_lock(&tls->lock);
    old = newest(tls);
    differs = old == NULL || strcmp(old->server_pem, set->server_pem) != 0 || strcmp(old->ca_pem, set->ca_pem) != 0 ||
              strcmp(old->operators_pem, set->operators_pem) != 0;
    if (differs)
        g_ptr_array_add(tls->sets, set);
    g_rw_lock_writer_unlock(&tls->lock);
    if (differs)
        metrics_certificates(end_s(set->server_pem), end_s(set->ca_pem), second_end_s(set->ca_pem));
    else
        set_free(set);
    if (changed != NULL)
        *changed = differs;
    return true;
}

struct tls *tls_new(const char *data_dir, GError **error)
{
    struct tls *tls = g_new0(struct tls, 1);

    tls->data_dir = g_strdup(data_dir);
    g_rw_lock_init(&tls->lock);
    tls->sets = g_ptr_array_new_with_free_func(set_free);
    if (!tls_reload(tls, NULL, error)) {
        tls_free(tls);
        return NULL;
    }
    the_tls = tls;
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    if (the_tls == tls)
        the_tls = NULL;
    g_ptr_array_unref(tls->sets);
    g_rw_lock_clear(&tls->lock);
    g_free(tls->data_dir);
    g_free(tls);
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *names, int names_count, const gnutls_pk_algorithm_t *algorithms,
                 int algorithms_count, gnutls_pcert_st **certificates, unsigned *count, gnutls_privkey_t *key)
{
    struct set *set;

    g_rw_lock_reader_lock(&the_tls->lock);
    set = newest(the_tls);
    g_rw_lock_reader_unlock(&the_tls->lock);
    *certificates = set->certificates;
    *count = set->count;
    *key = set->key;
    return 0;
}

/* ---- Who is there ---- */

static bool name_part(gnutls_x509_crt_t certificate, const char *oid, char *out, size_t size)
{
    size_t len = size;

    return gnutls_x509_crt_get_dn_by_oid(certificate, oid, 0, 0, out, &len) == 0 && strlen(out) == len && len > 0;
}

static bool digest_of(gnutls_x509_crt_t certificate, char digest[65])
{
    uint8_t bytes[32];
    size_t len = sizeof bytes;

    if (gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, bytes, &len) != 0 || len != sizeof bytes)
        return false;
    wire_hex(bytes, len, digest);
    return true;
}

static bool names_of(gnutls_x509_crt_t certificate, struct tls_identity *out)
{
    uint8_t serial[20];
    size_t serial_len = sizeof serial;

    if (!name_part(certificate, GNUTLS_OID_X520_COMMON_NAME, out->name, sizeof out->name) ||
        gnutls_x509_crt_get_serial(certificate, serial, &serial_len) != 0 || !digest_of(certificate, out->digest))
        return false;
    /* As OpenSSL writes the number: without the leading zero byte of a positive DER integer. */
    size_t skip = serial_len > 1 && serial[0] == 0 ? 1 : 0;
    wire_hex(serial + skip, serial_len - skip, out->serial);
    size_t pem_len = sizeof out->pem;
    if (gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, out->pem, &pem_len) != 0)
        out->pem[0] = '\0';
    return true;
}

/* Certificates are signed by an authority itself: the first of the chain is enough. */
static bool trusted(gnutls_x509_trust_list_t trust, gnutls_x509_crt_t certificate)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = GNUTLS_CERT_INVALID;
    int code = gnutls_x509_trust_list_verify_crt2(trust, &certificate, 1, &purpose, 1, 0, &status, NULL);

    return code == 0 && status == 0;
}

/* By the one authority or the other: which one it is says what the names mean. */
static bool identify(struct tls *tls, gnutls_x509_crt_t certificate, struct tls_identity *out)
{
    bool ok;

    out->role[0] = '\0';
    g_rw_lock_reader_lock(&tls->lock);
    ok = trusted(newest(tls)->trust, certificate) ||
         (trusted(newest(tls)->operators, certificate) &&
          name_part(certificate, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, out->role, sizeof out->role));
    g_rw_lock_reader_unlock(&tls->lock);
    return ok && names_of(certificate, out);
}

bool tls_peer(struct tls *tls, gnutls_session_t session, struct tls_identity *out)
{
    gnutls_x509_crt_t certificate;
    const gnutls_datum_t *chain;
    unsigned count = 0;
    bool ok;

    chain = session != NULL ? gnutls_certificate_get_peers(session, &count) : NULL;
    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&certificate) != 0)
        return false;
    ok = gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == 0 && identify(tls, certificate, out);
    gnutls_x509_crt_deinit(certificate);
    return ok;
}
