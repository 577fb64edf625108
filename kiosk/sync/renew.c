/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key and certificate are two files, and must change as one:
 *
 *   client-next.key written ─► client-next.pem written ─► rename the key in ─► rename the certificate in ─► in use
 *                         (1)                       (2)                  (3)
 *
 * What a stop leaves at (1) and (2) is thrown away: the old pair is whole, and the platform takes it until the new one is used
 * for the first time. At (3) the certificate alone is left, and fits the key that is in place: it is renamed in. Nothing else
 * can be there; a certificate that fits no key is thrown away.
 */
#include "sync/renew.h"
#include "sync/credentials.h"
#include "device/files.h"
#include "model/clock.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)

#define TRY_EVERY_MS INT64_C(3600000)
#define NEXT_KEY     "client-next.key"
#define NEXT_CERT    "client-next.pem"
#define CERT_MAX     16384

/* ---- Files -------------------------------------------------------------------------------------------------------- */

static bool move_in(const char *dir, const char *from, const char *to, GError **error)
{
    g_autofree char *old = g_build_filename(dir, from, NULL), *new = g_build_filename(dir, to, NULL);

    if (g_rename(old, new) == 0)
        return folder_flush(dir, error);
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "cannot rename to %s: %s", new, g_strerror(errno));
    return false;
}

static bool discard(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    if (g_unlink(path) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "cannot remove %s: %s", path, g_strerror(errno));
    return false;
}

static bool next_fits(const struct device_keys *keys, const char *dir)
{
    g_autofree char *cert = file_get(dir, NEXT_CERT, CERT_MAX, NULL, NULL);
    char *pem = cert != NULL ? device_keys_read(keys, dir, "client.key", NULL) : NULL;
    g_autoptr(EVP_PKEY) key = pem != NULL ? credentials_key_read(pem) : NULL;

    if (pem != NULL)
        OPENSSL_cleanse(pem, strlen(pem));
    g_free(pem);
    return key != NULL && credentials_match(cert, key);
}

bool renew_settle(const struct device_keys *keys, const char *dir, GError **error)
{
    if (file_there(dir, NEXT_CERT) && !file_there(dir, NEXT_KEY) && next_fits(keys, dir))
        return move_in(dir, NEXT_CERT, "client.pem", error);
    return discard(dir, NEXT_KEY, error) && discard(dir, NEXT_CERT, error);
}

static bool keep(const char *dir, const char *key_pem, const char *cert_pem, GError **error)
{
    struct device_keys *keys = device_keys_open(dir, error);
    g_autofree char *sealed = keys != NULL ? device_keys_wrap(keys, "client.key", key_pem, error) : NULL;

    device_keys_free(keys);
    return sealed != NULL && file_put(dir, NEXT_KEY, sealed, strlen(sealed), error) &&
           file_put(dir, NEXT_CERT, cert_pem, strlen(cert_pem), error) && move_in(dir, NEXT_KEY, "client.key", error) &&
           move_in(dir, NEXT_CERT, "client.pem", error);
}

/* ---- Asking ------------------------------------------------------------------------------------------------------- */

static json_t *ask(struct round *round, EVP_PKEY *key, GError **error)
{
    g_autofree char *csr = credentials_request_pem(key, round->identity->kiosk_id);
    json_t *body = csr != NULL ? json_pack("{s:s}", "csr", csr) : NULL, *answer = NULL;
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

    json_decref(body);
    if (text != NULL)
        answer = round_call(round, "/v1/renew", text, error);
    else
        crypto_failed(error, "making a certificate request");
    free(text);
    return answer;
}

static bool change(struct round *round, EVP_PKEY *key, const char *cert_pem, GError **error)
{
    char *key_pem = credentials_key_pem(key);
    bool done = key_pem != NULL ? keep(round->data_dir, key_pem, cert_pem, error)
                                : crypto_failed(error, "writing the key");

    if (done && !round->transport->renew(round->transport->ctx, cert_pem, key_pem))
        done = crypto_failed(error, "changing the certificate");
    if (key_pem != NULL)
        OPENSSL_cleanse(key_pem, strlen(key_pem));
    g_free(key_pem);
    if (done) {
        EVP_PKEY_up_ref(key);
        EVP_PKEY_free(round->key);
        round->key = key;
    }
    return done;
}

static bool renew(struct round *round, GError **error)
{
    g_autofree char *ca = g_build_filename(round->data_dir, "ca.pem", NULL);
    g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
    json_t *answer = key != NULL ? ask(round, key, error) : NULL;
    const char *cert_pem;
    bool done = false;

    if (key == NULL)
        crypto_failed(error, "making a key");
    if (answer == NULL)
        return false;
    if (wire_get_string(answer, "certificate", 8192, &cert_pem) &&
        credentials_certificate_ok(cert_pem, key, round->identity->kiosk_id, ca))
        done = change(round, key, cert_pem, error);
    else
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "the new certificate is not one for this kiosk");
    json_decref(answer);
    return done;
}

static bool due(const struct round *round)
{
    g_autofree char *cert = file_get(round->data_dir, "client.pem", CERT_MAX, NULL, NULL);
    int64_t from_ms, to_ms;

    return cert != NULL && credentials_validity(cert, &from_ms, &to_ms) &&
           store_true_ms(round->store) >= to_ms - (to_ms - from_ms) / 3;
}

bool renew_when_due(struct round *round, GError **error)
{
    int64_t now_boot_ms = clock_boot_ms();
    GError *why = NULL;

    if (round->transport->renew == NULL || round->key == NULL ||
        (round->renew_tried_ms != 0 && now_boot_ms - round->renew_tried_ms < TRY_EVERY_MS))
        return true;
    round->renew_tried_ms = MAX(now_boot_ms, 1);
    if (!due(round))
        return true;
    if (!renew(round, &why))
        return round_spare(&round->renew_tried_ms, "the kiosk's certificate is not renewed", why, error);
    g_message("the kiosk's certificate was renewed");
    return true;
}
