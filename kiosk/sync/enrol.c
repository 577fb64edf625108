/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment, once in a kiosk's life or after its disk was replaced:
 *
 *   open or make the machine's secret ─► make key ─► request a certificate with the one-time code ─► check that the
 *   certificate is ours, by this CA or one that it was told with, for this kiosk ─► write the files beside their places, the two with
 *   keys in them sealed ─► rename them in, platform.json last
 *
 * platform.json is what sync_start() looks for: as long as it is not there, a kiosk is not enrolled.
 */
#include "device/files.h"
#include "device/keys.h"
#include "model/clock.h"
#include "sync/credentials.h"
#include "sync/http.h"
#include "sync/identity.h"
#include "sync/signed.h"
#include "sync/sync.h"
#include "sync/trust.h"
#include "sync/wire.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)

enum { FILE_CA, FILE_KEY, FILE_CERTIFICATE, FILE_TRUST, FILE_MARK, FILES };
static const char *const file_names[FILES] = {"ca.pem", "client.key", "client.pem", TRUST_FILE, "platform.json"};

/* The key and what the platform told are sealed: they are good on this machine only. */
static bool prepare(const struct device_keys *keys, const char *data_dir, size_t at, const char *text, GError **error)
{
    bool secret = at == FILE_KEY || at == FILE_MARK;
    g_autofree char *sealed = secret ? device_keys_wrap(keys, file_names[at], text, error) : NULL;

    if (secret && sealed == NULL)
        return false;
    text = secret ? sealed : text;
    return file_prepare(data_dir, file_names[at], text, strlen(text), error);
}

static bool discard(const char *data_dir, size_t at, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, file_names[at], NULL);

    if (g_unlink(path) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "cannot replace %s: %s", path, g_strerror(errno));
    return false;
}

/* NULL: there is no such file. */
static bool write_files(const struct device_keys *keys, const char *data_dir, const char *const texts[FILES], GError **error)
{
    for (size_t i = 0; i < FILES; i++)
        if (texts[i] != NULL && !prepare(keys, data_dir, i, texts[i], error))
            return false;
    /* An earlier enrolment ends here: a half-made new one must not look whole with the old mark. */
    if (!discard(data_dir, FILE_MARK, error))
        return false;
    for (size_t i = 0; i < FILES; i++)
        if (!(texts[i] != NULL ? file_commit(data_dir, file_names[i], error) : discard(data_dir, i, error)))
            return false;
    return folder_flush(data_dir, error);
}

struct enrolment {
    const char *data_dir, *url, *ca_file, *kiosk_id, *code;
    struct device_keys *keys;
};

static json_t *ask(const struct enrolment *enrolment, EVP_PKEY *key, GError **error)
{
    struct http_options options = {.url = enrolment->url, .ca_file = enrolment->ca_file};
    g_autofree char *csr = credentials_request_pem(key, enrolment->kiosk_id);
    struct http_response response;
    struct http *http;
    json_t *body, *answer = NULL;
    char *text;

    if (csr == NULL) {
        crypto_failed(error, "making a certificate request");
        return NULL;
    }
    http = http_new(&options, NULL, error);
    if (http == NULL)
        return NULL;
    body = json_pack("{s:s, s:s, s:s}", "kiosk", enrolment->kiosk_id, "code", enrolment->code, "csr", csr);
    text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (text == NULL) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "kiosk id or code is not UTF-8");
    } else {
        struct http_call call = {.path = "/v1/enrol", .body = text, .body_len = strlen(text)};

        if (http_request(http, &call, &response, error) &&
            http_expect(&response, 200, error))
            answer = wire_parse(response.body->str, response.body->len, error);
        http_response_clear(&response);
        OPENSSL_cleanse(text, strlen(text));
        free(text);
    }
    http_free(http);
    return answer;
}

/* The authorities in force: NULL stays with a platform that does not know of such lists. */
static bool told_read(json_t *answer, const struct sync_identity *identity, const char *ca, struct trust *out)
{
    json_t *envelope = json_object_get(answer, "authorities"), *payload;

    if (envelope == NULL)
        return true;
    payload = signed_open(identity->signing_key, envelope, NULL);
    if (payload != NULL)
        trust_first(ca, payload, now_ms(), out);
    json_decref(payload);
    return payload != NULL;
}

static bool keep(const struct enrolment *enrolment, EVP_PKEY *key, json_t *answer, GError **error)
{
    struct sync_identity identity;
    struct trust trust = {0};
    const char *certificate;
    g_autofree char *ca = NULL, *private_key = NULL, *told = NULL;
    char *text = NULL;
    bool ok = false;

    if (!g_file_get_contents(enrolment->ca_file, &ca, NULL, error))
        return false;
    if (!identity_from_json(answer, &identity) || strcmp(identity.kiosk_id, enrolment->kiosk_id) != 0 ||
        !wire_get_string(answer, "certificate", 8192, &certificate) || !told_read(answer, &identity, ca, &trust) ||
        !credentials_certificate_ok(certificate, key, enrolment->kiosk_id, trust.pem != NULL ? trust.pem : ca)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                            "the platform's answer is not an enrolment of this kiosk");
    } else {
        private_key = credentials_key_pem(key);
        told = trust.pem != NULL ? trust_text(&trust) : NULL;
        text = json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS);
        if (private_key == NULL || text == NULL)
            crypto_failed(error, "writing the key");
        else
            ok = write_files(enrolment->keys, enrolment->data_dir, (const char *const[FILES]){ca, private_key, certificate, told, text},
                             error);
    }
    trust_clear(&trust);
    if (private_key != NULL)
        OPENSSL_cleanse(private_key, strlen(private_key));
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    OPENSSL_cleanse(&identity, sizeof identity);
    return ok;
}

bool sync_enrol(const char *data_dir, const char *platform_url, const char *ca_file, const char *kiosk_id,
                const char *code, GError **error)
{
    struct enrolment enrolment = {data_dir, platform_url, ca_file, kiosk_id, code, NULL};
    g_autoptr(EVP_PKEY) key = NULL;
    json_t *answer = NULL;
    bool ok = false;

    g_return_val_if_fail(data_dir != NULL && ca_file != NULL && kiosk_id != NULL && code != NULL, false);
    if (g_mkdir_with_parents(data_dir, 0700) != 0) {
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_FILE, "cannot make %s: %s", data_dir, g_strerror(errno));
        return false;
    }
    key = EVP_EC_gen("P-256");
    if (key == NULL)
        return crypto_failed(error, "making a key");
    /* Before the code is used: a machine that cannot keep a secret is not enrolled. */
    enrolment.keys = device_keys_renew(data_dir, error);
    if (enrolment.keys != NULL)
        answer = ask(&enrolment, key, error);
    if (answer != NULL)
        ok = keep(&enrolment, key, answer, error);
    json_decref(answer);
    device_keys_free(enrolment.keys);
    return ok;
}
