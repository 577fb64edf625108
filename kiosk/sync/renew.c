/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key and certificate are two files, and must change as one. Until the platform has answered under the new pair the old one stays,
 * and while there are two, nothing is asked for anew:
 *
 *   client-next.key written ─► client-next.pem written ─► in use ─► an answer under it: proven
 *                         (1)                       (2)        (2)   ─► rename the key in ─► rename the certificate in ─► one pair
 *                                                                                       (3)
 *   not taken (403, or TLS ends): the other pair of the two is used; whichever is answered first stays, the other one goes
 *
 * What a stop, or a disk that fails once or many times, leaves: at (1) half a pair, which is thrown away; at (2) two whole pairs, of
 * which the new one is tried first (the platform may have taken it for good; when it was never used, both are taken); at (3) the key
 * in place with the certificate beside it, which are the pair, renamed or not. So there is always a pair that the platform takes.
 */
#include "sync/renew.h"
#include "sync/credentials.h"
#include "device/files.h"
#include "model/clock.h"
#include "model/model.h"

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

/* ---- Pairs -------------------------------------------------------------------------------------------------------- */

void renew_pair_clear(struct renew_pair *pair)
{
    if (pair->key_pem != NULL)
        OPENSSL_cleanse(pair->key_pem, strlen(pair->key_pem));
    g_clear_pointer(&pair->key_pem, g_free);
    g_clear_pointer(&pair->cert_pem, g_free);
}

/* True: both are there, and belong together. */
static bool pair_read(const struct device_keys *keys, const char *dir, const char *key_name, const char *cert_name,
                      struct renew_pair *out, GError **error)
{
    bool next = strcmp(key_name, NEXT_KEY) == 0;
    g_autoptr(EVP_PKEY) key = NULL;

    *out = (struct renew_pair){.key_pem = next ? device_keys_read_next(keys, dir, key_name, "client.key", error)
                                               : device_keys_read(keys, dir, key_name, error)};
    if (out->key_pem != NULL)
        out->cert_pem = file_get(dir, cert_name, CERT_MAX, NULL, error);
    if (out->cert_pem != NULL)
        key = credentials_key_read(out->key_pem);
    if (key != NULL && credentials_match(out->cert_pem, key))
        return true;
    if (out->cert_pem != NULL)
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "%s does not belong to %s: enrol this kiosk anew", cert_name, key_name);
    renew_pair_clear(out);
    return false;
}

static bool two_there(const char *dir)
{
    return file_there(dir, NEXT_KEY) || file_there(dir, NEXT_CERT);
}

static bool next_discard(const char *dir, GError **error)
{
    return discard(dir, NEXT_CERT, error) && discard(dir, NEXT_KEY, error) && folder_flush(dir, error);
}

/* Goes on where it ended the last time. */
static bool next_move_in(const char *dir, GError **error)
{
    return (!file_there(dir, NEXT_KEY) || move_in(dir, NEXT_KEY, "client.key", error)) &&
           (!file_there(dir, NEXT_CERT) || move_in(dir, NEXT_CERT, "client.pem", error));
}

/* One pair again: the one in use, which the platform has answered. */
static void settle(struct round *round)
{
    g_autoptr(GError) error = NULL;

    if (round->pair_next ? next_move_in(round->data_dir, &error) : next_discard(round->data_dir, &error)) {
        round->pair_two = round->pair_next = false;
        return;
    }
    g_warning("two certificates stay for now: %s", error->message); /* both are whole, or the one in use is */
    round->pair_answered = false;                                  /* again after the next answer */
}

/* What is left of a change: the new pair to begin with, or out of the way. */
static void next_open(struct round *round, const struct device_keys *keys, struct renew_pair *out)
{
    const char *dir = round->data_dir;
    bool key = file_there(dir, NEXT_KEY), cert = file_there(dir, NEXT_CERT);
    g_autoptr(GError) error = NULL;

    round->pair_next = cert && pair_read(keys, dir, key ? NEXT_KEY : "client.key", NEXT_CERT, out, &error);
    round->pair_two = key || cert;
    /* One that cannot be read now may be the one that the platform takes: it stays until the old one was answered. */
    bool unread = error != NULL && error->domain == G_FILE_ERROR;
    if (!round->pair_two || unread || (key && round->pair_next))
        return;
    g_clear_error(&error);
    if (round->pair_next ? next_move_in(dir, &error) : next_discard(dir, &error))
        round->pair_two = round->pair_next = false;
    else
        g_warning("what is left of a change of certificate stays for now: %s", error->message);
}

bool renew_open(struct round *round, const struct device_keys *keys, struct renew_pair *out, GError **error)
{
    next_open(round, keys, out);
    return out->cert_pem != NULL || pair_read(keys, round->data_dir, "client.key", "client.pem", out, error);
}

/* ---- Changing ------------------------------------------------------------------------------------------------------ */

static bool keep(struct round *round, const struct renew_pair *pair, GError **error)
{
    const char *dir = round->data_dir;
    struct device_keys *keys = device_keys_open(dir, error);
    g_autofree char *sealed = keys != NULL ? device_keys_wrap(keys, "client.key", pair->key_pem, error) : NULL;
    bool done = sealed != NULL && file_put(dir, NEXT_KEY, sealed, strlen(sealed), error) &&
                file_put(dir, NEXT_CERT, pair->cert_pem, strlen(pair->cert_pem), error);

    device_keys_free(keys);
    round->pair_two = two_there(dir);
    return done;
}

void renew_use(struct round *round, EVP_PKEY *key, const char *cert_pem)
{
    EVP_PKEY_free(round->key);
    g_free(round->cert_pem);
    round->key = key;
    round->cert_pem = g_strdup(cert_pem);
}

static bool use(struct round *round, const struct renew_pair *pair, bool next, GError **error)
{
    EVP_PKEY *key = credentials_key_read(pair->key_pem);

    if (key == NULL || !round->transport->renew(round->transport->ctx, pair->cert_pem, pair->key_pem)) {
        EVP_PKEY_free(key);
        return crypto_failed(error, "changing the certificate");
    }
    renew_use(round, key, pair->cert_pem);
    round->pair_next = next;
    round->pair_answered = false;
    return true;
}

bool renew_other(struct round *round)
{
    struct device_keys *keys = round->pair_two && round->transport->renew != NULL ? device_keys_open(round->data_dir, NULL) : NULL;
    struct renew_pair pair = {0};
    bool next = !round->pair_next;
    bool used = keys != NULL && round->pair_refused < 1 &&
                pair_read(keys, round->data_dir, next ? NEXT_KEY : "client.key", next ? NEXT_CERT : "client.pem", &pair,
                          NULL) &&
                use(round, &pair, next, NULL);

    round->pair_refused = used ? round->pair_refused + 1 : 0;
    renew_pair_clear(&pair);
    device_keys_free(keys);
    return used;
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
    struct renew_pair pair = {credentials_key_pem(key), g_strdup(cert_pem)};
    bool done = pair.key_pem != NULL ? keep(round, &pair, error) && use(round, &pair, true, error)
                                     : crypto_failed(error, "writing the key");

    renew_pair_clear(&pair);
    return done;
}

static bool renew(struct round *round, GError **error)
{
    g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
    json_t *answer = key != NULL ? ask(round, key, error) : NULL;
    const char *cert_pem;
    bool done = false;

    if (key == NULL)
        crypto_failed(error, "making a key");
    if (answer == NULL)
        return false;
    if (wire_get_string(answer, "certificate", 8192, &cert_pem) &&
        credentials_certificate_ok(cert_pem, key, round->identity->kiosk_id, round->trust.pem))
        done = change(round, key, cert_pem, error);
    else
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "the new certificate is not one for this kiosk");
    json_decref(answer);
    return done;
}

bool renew_ended(const struct round *round, uint32_t *date)
{
    g_autofree char *cert = file_get(round->data_dir, "client.pem", CERT_MAX, NULL, NULL);
    int64_t from_ms, to_ms;

    if (cert == NULL || !credentials_validity(cert, &from_ms, &to_ms) || store_true_ms(round->store) < to_ms)
        return false;
    *date = date_of_ms(to_ms);
    return true;
}

/* Also when another authority issues by now: the one that ours is of will end. */
static bool due(const struct round *round)
{
    g_autofree char *cert = file_get(round->data_dir, "client.pem", CERT_MAX, NULL, NULL);
    int64_t from_ms, to_ms;

    return cert != NULL && credentials_validity(cert, &from_ms, &to_ms) &&
           (store_true_ms(round->store) >= to_ms - (to_ms - from_ms) / 3 ||
            (round->trust.issuer != NULL && !credentials_issued_by(cert, round->trust.issuer)));
}

bool renew_when_due(struct round *round, GError **error)
{
    int64_t now_boot_ms = clock_boot_ms();
    GError *why = NULL;

    if (round->transport->renew == NULL || round->key == NULL)
        return true;
    if (round->pair_answered)
        round->pair_refused = 0;
    if (round->pair_two) {
        if (round->pair_answered)
            settle(round);
        return true;
    }
    if (round->renew_tried_ms != 0 && now_boot_ms - round->renew_tried_ms < TRY_EVERY_MS)
        return true;
    round->renew_tried_ms = MAX(now_boot_ms, 1);
    if (!due(round))
        return true;
    if (!renew(round, &why))
        return round_spare(&round->renew_tried_ms, "the kiosk's certificate is not renewed", why, error);
    g_message("the kiosk's certificate was renewed");
    return true;
}
