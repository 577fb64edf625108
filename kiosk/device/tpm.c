/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Through ESAPI of tpm2-tss (TCG TSS 2.0). The parent is the storage primary of the owner hierarchy, made anew each time: it
 * comes from the chip's own seed, so the same on this chip for ever and on no other. What goes over the bus is encrypted by
 * a session salted with that primary: the secret is not to be read off the pins.
 */
#include "device/tpm.h"
#include "model/model.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define BLOB_VERSION 1

bool tpm_supported(void)
{
    return true;
}

struct tpm {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
    ESYS_TR primary, session;
};

/* ---- Errors ------------------------------------------------------------------------------------------------------- */

static bool failed(TSS2_RC rc, const char *what, GError **error)
{
    g_set_error(error, KEYS_ERROR, KEYS_ERROR_TPM, "TPM: %s: %s", what, Tss2_RC_Decode(rc));
    return false;
}

/* The chip itself says that this was not wrapped by it (TPM_RC_INTEGRITY, TPM_RC_SIZE … of a parameter). */
static bool is_refusal(TSS2_RC rc)
{
    TSS2_RC base = rc & ~(TSS2_RC)(TPM2_RC_N_MASK | TPM2_RC_P);

    return (rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER && (rc & TPM2_RC_FMT1) != 0 &&
           (base == TPM2_RC_INTEGRITY || base == TPM2_RC_SIZE || base == TPM2_RC_HASH || base == TPM2_RC_ATTRIBUTES ||
            base == TPM2_RC_BINDING || base == TPM2_RC_TYPE);
}

static bool foreign(const char *why, GError **error)
{
    g_set_error(error, KEYS_ERROR, KEYS_ERROR_FOREIGN, "the key was sealed by another TPM, or this one was cleared: %s",
                why);
    return false;
}

/* ---- A connection, the primary, a session ------------------------------------------------------------------------- */

/* TCG EK and SRK templates (TCG Provisioning Guidance, 7.5.1): ECC P-256, restricted to decrypting its children. */
static const TPM2B_PUBLIC PRIMARY = {
    .publicArea = {
        .type = TPM2_ALG_ECC,
        .nameAlg = TPM2_ALG_SHA256,
        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
        .parameters.eccDetail = {.symmetric = {.algorithm = TPM2_ALG_AES,
                                               .keyBits.aes = 128,
                                               .mode.aes = TPM2_ALG_CFB},
                                 .scheme = {.scheme = TPM2_ALG_NULL},
                                 .curveID = TPM2_ECC_NIST_P256,
                                 .kdf = {.scheme = TPM2_ALG_NULL}},
    }};

/* Sealed data: bound to this chip and this parent, no password, no lockout. */
static const TPM2B_PUBLIC SEALED = {
    .publicArea = {.type = TPM2_ALG_KEYEDHASH,
                   .nameAlg = TPM2_ALG_SHA256,
                   .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
                                       TPMA_OBJECT_NODA,
                   .parameters.keyedHashDetail.scheme = {.scheme = TPM2_ALG_NULL}}};

static bool primary_make(struct tpm *tpm, GError **error)
{
    const TPM2B_SENSITIVE_CREATE nothing = {0};
    const TPM2B_DATA outside = {0};
    const TPML_PCR_SELECTION no_pcrs = {0};
    TSS2_RC rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing,
                                    &PRIMARY, &outside, &no_pcrs, &tpm->primary, NULL, NULL, NULL, NULL);

    return rc == TSS2_RC_SUCCESS || failed(rc, "no primary key", error);
}

static bool session_make(struct tpm *tpm, GError **error)
{
    const TPMT_SYM_DEF aes = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
    const TPMA_SESSION uses = TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
    TSS2_RC rc = Esys_StartAuthSession(tpm->esys, tpm->primary, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256, &tpm->session);

    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_TRSess_SetAttributes(tpm->esys, tpm->session, uses, 0xFF);
    return rc == TSS2_RC_SUCCESS || failed(rc, "no session", error);
}

static void tpm_close(struct tpm *tpm)
{
    if (tpm->session != ESYS_TR_NONE)
        Esys_FlushContext(tpm->esys, tpm->session);
    if (tpm->primary != ESYS_TR_NONE)
        Esys_FlushContext(tpm->esys, tpm->primary);
    Esys_Finalize(&tpm->esys);
    Tss2_TctiLdr_Finalize(&tpm->tcti);
}

/* Behind a resource manager the TPM was started long ago; a bare one may not have been. */
static bool startup(struct tpm *tpm, GError **error)
{
    TSS2_RC rc = Esys_Startup(tpm->esys, TPM2_SU_CLEAR);

    return rc == TSS2_RC_SUCCESS || rc == TPM2_RC_INITIALIZE || failed(rc, "it does not start", error);
}

/* Always followed by tpm_close(), also after false. */
static bool tpm_open(struct tpm *tpm, const char *tcti, GError **error)
{
    *tpm = (struct tpm){.primary = ESYS_TR_NONE, .session = ESYS_TR_NONE};
    TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);
    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
    if (rc != TSS2_RC_SUCCESS)
        return failed(rc, tcti, error);
    return startup(tpm, error) && primary_make(tpm, error) && session_make(tpm, error);
}

/* ---- The blob: both halves as the TPM gave them out ----------------------------------------------------------------- */

static char *blob_write(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private, GError **error)
{
    uint8_t bytes[2][sizeof(TPM2B_PUBLIC)];
    size_t len[2] = {0, 0};
    TSS2_RC rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes[0], sizeof bytes[0], &len[0]);

    if (rc == TSS2_RC_SUCCESS)
        rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private, bytes[1], sizeof bytes[1], &len[1]);
    if (rc != TSS2_RC_SUCCESS) {
        failed(rc, "marshal", error);
        return NULL;
    }
    g_autofree char *half = g_base64_encode(bytes[0], len[0]), *other = g_base64_encode(bytes[1], len[1]);
    return g_strdup_printf("{\"version\": %d, \"public\": \"%s\", \"private\": \"%s\"}\n", BLOB_VERSION, half, other);
}

static uint8_t *part_read(json_t *json, const char *name, size_t *len)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? base64_read(text, sizeof(TPM2B_PUBLIC), len) : NULL;
}

static bool blob_read(const char *blob, TPM2B_PUBLIC *public, TPM2B_PRIVATE *private, GError **error)
{
    json_t *json = json_loads(blob, JSON_REJECT_DUPLICATES, NULL);
    size_t len[2] = {0, 0}, at[2] = {0, 0};
    g_autofree uint8_t *half = part_read(json, "public", &len[0]), *other = part_read(json, "private", &len[1]);
    bool ok = json_integer_value(json_object_get(json, "version")) == BLOB_VERSION && half != NULL && other != NULL &&
              Tss2_MU_TPM2B_PUBLIC_Unmarshal(half, len[0], &at[0], public) == TSS2_RC_SUCCESS && at[0] == len[0] &&
              Tss2_MU_TPM2B_PRIVATE_Unmarshal(other, len[1], &at[1], private) == TSS2_RC_SUCCESS && at[1] == len[1];

    json_decref(json);
    return ok || foreign(KEYS_TPM_FILE " is damaged", error);
}

/* ---- Seal, unseal --------------------------------------------------------------------------------------------------- */

static char *seal_with(struct tpm *tpm, const uint8_t *secret, GError **error)
{
    TPM2B_SENSITIVE_CREATE sensitive = {.sensitive.data.size = KEYS_ROOT_SIZE};
    const TPM2B_DATA outside = {0};
    const TPML_PCR_SELECTION no_pcrs = {0};
    TPM2B_PRIVATE *private = NULL;
    TPM2B_PUBLIC *public = NULL;

    memcpy(sensitive.sensitive.data.buffer, secret, KEYS_ROOT_SIZE);
    TSS2_RC rc = Esys_Create(tpm->esys, tpm->primary, ESYS_TR_PASSWORD, tpm->session, ESYS_TR_NONE, &sensitive, &SEALED,
                             &outside, &no_pcrs, &private, &public, NULL, NULL, NULL);
    OPENSSL_cleanse(&sensitive, sizeof sensitive);
    char *blob = NULL;
    if (rc == TSS2_RC_SUCCESS)
        blob = blob_write(public, private, error);
    else
        failed(rc, "it does not seal", error);
    Esys_Free(private);
    Esys_Free(public);
    return blob;
}

static bool unseal_with(struct tpm *tpm, const char *blob, uint8_t *secret, GError **error)
{
    TPM2B_PUBLIC public = {0};
    TPM2B_PRIVATE private = {0};
    TPM2B_SENSITIVE_DATA *data = NULL;
    ESYS_TR object = ESYS_TR_NONE;

    if (!blob_read(blob, &public, &private, error))
        return false;
    TSS2_RC rc = Esys_Load(tpm->esys, tpm->primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &private, &public,
                           &object);
    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_Unseal(tpm->esys, object, ESYS_TR_PASSWORD, tpm->session, ESYS_TR_NONE, &data);
    if (object != ESYS_TR_NONE)
        Esys_FlushContext(tpm->esys, object);
    if (rc != TSS2_RC_SUCCESS)
        return is_refusal(rc) ? foreign(Tss2_RC_Decode(rc), error) : failed(rc, "it does not unseal", error);
    bool ok = data->size == KEYS_ROOT_SIZE || foreign("not a key of ours", error);
    if (ok)
        memcpy(secret, data->buffer, KEYS_ROOT_SIZE);
    OPENSSL_cleanse(data, sizeof *data);
    Esys_Free(data);
    return ok;
}

char *tpm_seal(const char *tcti, const uint8_t secret[KEYS_ROOT_SIZE], GError **error)
{
    struct tpm tpm;
    char *blob = tpm_open(&tpm, tcti, error) ? seal_with(&tpm, secret, error) : NULL;

    tpm_close(&tpm);
    return blob;
}

bool tpm_unseal(const char *tcti, const char *blob, uint8_t secret[KEYS_ROOT_SIZE], GError **error)
{
    struct tpm tpm;
    bool ok = tpm_open(&tpm, tcti, error) && unseal_with(&tpm, blob, secret, error);

    tpm_close(&tpm);
    return ok;
}
