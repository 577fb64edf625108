/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A code ends by its use, by a newer code, after 24 hours, or at the third wrong try; a wrong try is counted in a
 * transaction of its own before the answer goes out. With the code a kiosk gets a new epoch and the nonce its chain
 * begins with, so that an old disk of the same name cannot go on where the new one is.
 */
#include "platform/calls/enrolment.h"
#include "platform/activities/activities.h"
#include "platform/queue/queues.h"
#include "platform/credit/quota.h"
#include "platform/money/doubts.h"
#include "platform/calls/restored.h"
#include "platform/data/db-authorities.h"
#include "platform/data/db-rows.h"
#include "platform/calls/epochs.h"
#include "platform/keys/pki.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define CODE_DIGITS 12

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool enrolment_kiosk_id_ok(const char *id)
{
    size_t len = strlen(id);

    return len >= 2 && len <= 16 && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

/* Without dashes and blanks, upper case; O reads as 0, I and L as 1. False when it is not a code at all. */
static bool normalise(const char *code, char out[CODE_DIGITS + 1])
{
    size_t len = 0;

    for (; *code != '\0'; code++) {
        char c = g_ascii_toupper(*code);

        if (c == '-' || c == ' ')
            continue;
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (len == CODE_DIGITS || strchr(alphabet, c) == NULL)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    return len == CODE_DIGITS;
}

static bool digest_of(const uint8_t salt[16], const char *code, uint8_t digest[32])
{
    uint8_t bytes[16 + CODE_DIGITS];
    bool ok;

    memcpy(bytes, salt, 16);
    memcpy(bytes + 16, code, CODE_DIGITS);
    ok = EVP_Digest(bytes, sizeof bytes, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_cleanse(bytes, sizeof bytes);
    return ok;
}

/* ---- Making a code ---- */

static void draw_code(char code[CODE_DIGITS + 1])
{
    uint8_t bytes[CODE_DIGITS];

    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < CODE_DIGITS; i++)
        code[i] = alphabet[bytes[i] % 32];
    code[CODE_DIGITS] = '\0';
}

static bool keep_code(struct platform *platform, const char *kiosk, const struct code_row *row,
                      GError **error)
{
    struct kiosk_row known;
    bool found;

    if (!db_kiosk_find(platform->db, kiosk, &known, &found, error))
        return false;
    if (!found && !db_kiosk_add(platform->db, kiosk, "稻香一村居民服务站",
                                "Daoxiang First Village Service Station", error))
        return false;
    return db_code_set(platform->db, kiosk, row, error);
}

char *enrolment_code_new(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    struct code_row row = {.expires_ms = now_ms + ENROLMENT_CODE_HOURS * INT64_C(3600000),
                           .tries_left = ENROLMENT_TRIES};
    char code[CODE_DIGITS + 1], *text;

    if (!enrolment_kiosk_id_ok(kiosk)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "a kiosk's id is 2 to 16 of A-Z, 0-9 and -");
        return NULL;
    }
    draw_code(code);
    random_bytes(row.salt, sizeof row.salt);
    if (!digest_of(row.salt, code, row.digest)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 failed");
        return NULL;
    }
    if (!db_begin(platform->db, true, error))
        return NULL;
    if (!keep_code(platform, kiosk, &row, error)) {
        db_rollback(platform->db);
        return NULL;
    }
    if (!db_commit(platform->db, error))
        return NULL;
    text = g_strdup_printf("%.4s-%.4s-%.4s", code, code + 4, code + 8);
    OPENSSL_cleanse(code, sizeof code);
    return text;
}

/* ---- Using it ---- */

enum code_verdict { CODE_RIGHT, CODE_WRONG, CODE_EXPIRED, CODE_TROUBLE };

/* Compares, counts a wrong try and burns a right one, durably. */
static enum code_verdict judge_code(struct db *db, const char *kiosk, const char *code, int64_t now_ms,
                                    GError **error)
{
    struct code_row row;
    uint8_t digest[32];
    bool found;

    if (!db_code_find(db, kiosk, &row, &found, error))
        return CODE_TROUBLE;
    if (!found || row.tries_left <= 0)
        return CODE_WRONG;
    if (!digest_of(row.salt, code, digest)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 failed");
        return CODE_TROUBLE;
    }
    if (CRYPTO_memcmp(digest, row.digest, sizeof digest) != 0) {
        row.tries_left--;
        return db_code_set(db, kiosk, &row, error) ? CODE_WRONG : CODE_TROUBLE;
    }
    if (!db_code_delete(db, kiosk, error))
        return CODE_TROUBLE;
    return now_ms < row.expires_ms ? CODE_RIGHT : CODE_EXPIRED;
}

/* [key of version 1, …] in hex: what this kiosk seals and opens personal members with. */
static json_t *seal_keys_of(const struct platform *platform, const char *kiosk)
{
    struct seal_ring ring;
    char text[65];
    json_t *keys = json_array();

    platform_seal_ring(platform, kiosk, &ring);
    for (uint32_t at = 0; at < ring.newest; at++)
        json_array_append_new(keys, json_string(wire_hex(ring.keys[at], SEAL_KEY_SIZE, text)));
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(&ring, sizeof ring);
    return keys;
}

static json_t *answer_of(struct platform *platform, const struct kiosk_row *kiosk, const char *certificate, int64_t now_ms, GError **error)
{
    char nonce[65], index_key[65], signing_key[65];
    json_t *answer, *authorities = authorities_envelope(platform, error);

    if (authorities == NULL)
        return NULL;
    wire_hex(kiosk->chain_nonce, 32, nonce);
    wire_hex(platform->index_key, 32, index_key);
    wire_hex(platform->sign_public, 32, signing_key);
    answer = json_pack("{s:s, s:s, s:o, s:I, s:s, s:o, s:s, s:s, s:o, s:s, s:s, s:I}", "kiosk", kiosk->id, "certificate",
                       certificate, "authorities", authorities, "epoch", (json_int_t)kiosk->epoch, "chain_nonce", nonce, "head",
                       epochs_head_json(kiosk->epoch, kiosk->head_seq, kiosk->head_seq == 0 ? kiosk->chain_nonce : kiosk->head_hash),
                       "index_key", index_key, "signing_key", signing_key, "seal_keys",
                       seal_keys_of(platform, kiosk->id), "place_zh", kiosk->place_zh, "place_en", kiosk->place_en, "server_time", (json_int_t)now_ms);
    OPENSSL_cleanse(index_key, sizeof index_key);
    return answer;
}

/* By the authority that issues now (pki_sign_kiosk). */
static char *sign(struct platform *platform, const char *csr, const char *kiosk_id, char serial[64], GError **error)
{
    struct authorities *authorities = authorities_now(platform);
    const struct authority *issuer = authorities_issuer(authorities);
    char *pem = pki_sign_kiosk(issuer->certificate, issuer->key, csr, kiosk_id, platform->kiosk_life_s, serial, error);

    authorities_unref(authorities);
    return pem;
}

static json_t *enrol(struct platform *platform, const char *kiosk_id, const char *csr, int64_t now_ms,
                     GError **error)
{
    struct kiosk_row kiosk;
    g_autofree char *certificate = NULL;
    bool found;

    if (!db_kiosk_find(platform->db, kiosk_id, &kiosk, &found, error) || !found)
        return NULL;
    certificate = sign(platform, csr, kiosk_id, kiosk.certificate, error);
    if (certificate == NULL)
        return NULL;
    bool first = kiosk.epoch == 0;
    int64_t step;
    if (!restored_epoch_step(platform->db, now_ms, &step, error))
        return NULL;
    kiosk.epoch += step;
    random_bytes(kiosk.chain_nonce, sizeof kiosk.chain_nonce);
    if (!db_kiosk_enrol(platform->db, &kiosk, now_ms, error) || !db_kiosk_authorities_set(platform->db, kiosk_id, 0, now_ms, error) ||
        !db_certificate_add(platform->db, kiosk_id, kiosk.certificate, certificate, "CURRENT", now_ms, error) ||
        !quota_end(platform->db, kiosk_id, "enrolled", &(struct quota_place){.epoch = kiosk.epoch, .at_ms = now_ms}, error) ||
        (!first && !(activities_close(platform, kiosk_id, now_ms, error) && queues_close(platform, kiosk_id, now_ms, error))) || !doubts_take_over(platform, kiosk_id, now_ms, error))
        return NULL;
    return answer_of(platform, &kiosk, certificate, now_ms, error);
}

static json_t *use_code(struct platform *platform, const char *kiosk, const char *code, const char *csr,
                        int64_t now_ms, GError **error)
{
    enum code_verdict verdict;
    json_t *answer = NULL;

    if (!db_begin(platform->db, true, error))
        return NULL;
    verdict = judge_code(platform->db, kiosk, code, now_ms, error);
    if (verdict == CODE_RIGHT)
        answer = enrol(platform, kiosk, csr, now_ms, error);
    /* A malformed csr leaves the code as it was: the installer tries again with the same one. */
    if (verdict == CODE_TROUBLE || (verdict == CODE_RIGHT && answer == NULL)) {
        db_rollback(platform->db);
        return NULL;
    }
    if (!db_commit(platform->db, error)) {
        json_decref(answer);
        return NULL;
    }
    if (verdict == CODE_EXPIRED)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "code has expired");
    else if (verdict == CODE_WRONG)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "kiosk or code is not valid");
    return answer;
}

json_t *enrolment_accept(struct platform *platform, json_t *request, int64_t now_ms, GError **error)
{
    const char *kiosk, *code, *csr;
    char digits[CODE_DIGITS + 1];
    json_t *answer;

    if (!wire_get_string(request, "kiosk", 16, &kiosk) || !enrolment_kiosk_id_ok(kiosk) ||
        !wire_get_string(request, "code", 32, &code) || !wire_get_string(request, "csr", 4096, &csr)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "kiosk, code and csr are needed");
        return NULL;
    }
    if (!normalise(code, digits)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "kiosk or code is not valid");
        return NULL;
    }
    answer = use_code(platform, kiosk, digits, csr, now_ms, error);
    OPENSSL_cleanse(digits, sizeof digits);
    return answer;
}

/* ---- A new certificate under the old one ---- */

/* Who was the kiosk at the door may have waited for the lock behind an enrolment: the new machine's certificates are not touched then. */
static bool next_keep(struct db *db, const char *id, const char *under, const char *serial, const char *pem, int64_t now_ms, GError **error)
{
    struct kiosk_row kiosk;

    return db_kiosk_still(db, id, under, &kiosk, error) && db_certificate_add(db, id, serial, pem, "NEXT", now_ms, error);
}

json_t *enrolment_renew(struct platform *platform, const char *kiosk, const char *certificate, const char *csr, int64_t now_ms, GError **error)
{
    char serial[64];
    g_autofree char *pem = sign(platform, csr, kiosk, serial, error);

    if (pem == NULL || !db_begin(platform->db, true, error))
        return NULL;
    if (!next_keep(platform->db, kiosk, certificate, serial, pem, now_ms, error)) {
        db_rollback(platform->db);
        return NULL;
    }
    if (!db_commit(platform->db, error))
        return NULL;
    return json_pack("{s:s, s:s, s:I}", "kiosk", kiosk, "certificate", pem, "server_time", (json_int_t)now_ms);
}

/* Another request with it may have been faster. An enrolment leaves no NEXT behind, a revocation does: it ends here as well. */
static bool promote(struct db *db, const char *id, const char *certificate, GError **error)
{
    struct kiosk_row kiosk;
    bool found, next = false;

    if (!db_kiosk_find(db, id, &kiosk, &found, error) || !db_certificate_is_next(db, id, certificate, &next, error))
        return false;
    if (next && found && strcmp(kiosk.state, "ENROLLED") == 0)
        return db_certificate_promote(db, id, certificate, error);
    return db_kiosk_still(db, id, certificate, &kiosk, error);
}

bool enrolment_renewed(struct platform *platform, const char *kiosk, const char *certificate, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (promote(platform->db, kiosk, certificate, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* ---- Shutting a kiosk out ---- */

static bool shut_out(struct platform *platform, const char *id, int64_t now_ms, GError **error)
{
    struct kiosk_row kiosk;
    bool found;

    if (!db_kiosk_find(platform->db, id, &kiosk, &found, error))
        return false;
    if (!found) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no kiosk %s", id);
        return false;
    }
    const struct quota_place heard = {.seq = kiosk.head_seq, .at_ms = now_ms};
    return db_kiosk_revoke(platform->db, id, error) && quota_end(platform->db, id, "revoked", &heard, error) &&
           queues_close(platform, id, now_ms, error) && doubts_take_over(platform, id, now_ms, error);
}

bool enrolment_revoke(struct platform *platform, const char *id, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (shut_out(platform, id, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
