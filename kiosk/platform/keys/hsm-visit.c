/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/hsm-visit.h"
#include <openssl/crypto.h>
#include <string.h>

#define BLOCK      8
#define SHAPE_MAX  24
#define PADDED_MAX (CC_SUITE_INPUT_MAX + BLOCK)

const struct hsm_shape hsm_shapes[] = {
    {"DES2", CKK_DES2, CKK_DES2, 16, 16, CKM_DES3_CBC},
    {"DES3", CKK_DES3, CKK_DES3, 24, 24, CKM_DES3_CBC},
    {"DES2 and DES", CKK_DES2, CKK_DES, 16, 8, CKM_DES_CBC},
    {"DES3 and DES", CKK_DES3, CKK_DES, 24, 8, CKM_DES_CBC},
};
const size_t hsm_shape_count = G_N_ELEMENTS(hsm_shapes);

/* ---- Keys ---- */

CK_RV hsm_key_create(const struct hsm_visit *visit, CK_KEY_TYPE type, const char *label, const uint8_t *value,
                     size_t len, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE, stays = label != NULL, changes = label == NULL;
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &stays, 1},
        {CKA_PRIVATE, &yes, 1},            {CKA_SENSITIVE, &yes, 1},           {CKA_EXTRACTABLE, &no, 1},
        {CKA_DERIVE, &yes, 1},             {CKA_ENCRYPT, &no, 1},              {CKA_DECRYPT, &no, 1},
        {CKA_SIGN, &no, 1},                {CKA_VERIFY, &no, 1},               {CKA_WRAP, &no, 1},
        {CKA_UNWRAP, &no, 1},              {CKA_MODIFIABLE, &changes, 1},      {CKA_VALUE, (void *)value, len},
        {CKA_LABEL, (void *)label, label != NULL ? strlen(label) : 0}};

    return visit->f->C_CreateObject(visit->session, attributes, G_N_ELEMENTS(attributes) - (label == NULL), out);
}

/* A key made of `len` bytes that `base` enciphers, for one use only; it cannot be read and ends with the session. */
static CK_RV derive(const struct hsm_visit *visit, CK_OBJECT_HANDLE base, const uint8_t *data, size_t len,
                    CK_KEY_TYPE type, CK_ATTRIBUTE_TYPE use, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE, derives = use == CKA_DERIVE, enciphers = use == CKA_ENCRYPT;
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &no, 1},
        {CKA_PRIVATE, &yes, 1},            {CKA_SENSITIVE, &yes, 1},           {CKA_EXTRACTABLE, &no, 1},
        {CKA_DERIVE, &derives, 1},         {CKA_ENCRYPT, &enciphers, 1},       {CKA_DECRYPT, &no, 1},
        {CKA_SIGN, &no, 1},                {CKA_VERIFY, &no, 1},               {CKA_WRAP, &no, 1},
        {CKA_UNWRAP, &no, 1}};
    CK_KEY_DERIVATION_STRING_DATA string = {(void *)data, len};
    CK_MECHANISM mechanism = {CKM_DES3_ECB_ENCRYPT_DATA, &string, sizeof string};

    return visit->f->C_DeriveKey(visit->session, &mechanism, base, attributes, G_N_ELEMENTS(attributes), out);
}

/* What went wrong first counts. A key that cannot be destroyed ends with its session, which is then closed. */
static CK_RV destroy(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, CK_RV rv)
{
    CK_RV gone = visit->f->C_DestroyObject(visit->session, key);

    return rv != CKR_OK ? rv : gone;
}

/* Eight bytes and their inverse, again and again. */
static void factor_data(const uint8_t factor[8], uint8_t data[SHAPE_MAX])
{
    for (size_t i = 0; i < SHAPE_MAX; i++)
        data[i] = i / 8 % 2 == 0 ? factor[i % 8] : (uint8_t)~factor[i % 8];
}

static CK_RV diversify(const struct hsm_visit *visit, CK_OBJECT_HANDLE base, const uint8_t factor[8],
                       CK_ATTRIBUTE_TYPE use, CK_OBJECT_HANDLE *out)
{
    uint8_t data[SHAPE_MAX];

    factor_data(factor, data);
    return derive(visit, base, data, visit->shape->card_len, visit->shape->card_type, use, out);
}

/* ---- A load ---- */

static CK_RV session_key(const struct hsm_visit *visit, CK_OBJECT_HANDLE card, const struct cc_load *load,
                         CK_OBJECT_HANDLE *out)
{
    uint8_t input[8], data[SHAPE_MAX];

    cc_suite_load_session_input(load->random, load->counter, input);
    for (size_t i = 0; i < SHAPE_MAX; i++)
        data[i] = input[i % 8];
    return derive(visit, card, data, visit->shape->session_len, visit->shape->session_type, CKA_ENCRYPT, out);
}

/* master → issuer code → card serial → this load; each goes as soon as the next is there. */
static CK_RV load_key(const struct hsm_visit *visit, const struct cc_load *load, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_HANDLE issuer, card;
    CK_RV rv = diversify(visit, visit->keys[HSM_LOAD], load->issuer, CKA_DERIVE, &issuer);

    if (rv != CKR_OK)
        return rv;
    rv = destroy(visit, issuer, diversify(visit, issuer, load->serial, CKA_DERIVE, &card));
    if (rv != CKR_OK)
        return rv;
    return destroy(visit, card, session_key(visit, card, load, out));
}

struct mac_session {
    const struct hsm_visit *visit;
    CK_OBJECT_HANDLE key;
    CK_RV rv;
};

/* CBC from zeros over what is filled up by ISO 9797-1 method 2; the last block's left half. */
static bool mac_by_token(void *session, const uint8_t *data, size_t len, uint8_t mac[4])
{
    struct mac_session *own = session;
    CK_FUNCTION_LIST *f = own->visit->f;
    uint8_t iv[BLOCK] = {0}, padded[PADDED_MAX] = {0}, out[PADDED_MAX];
    CK_MECHANISM mechanism = {own->visit->shape->mac, iv, sizeof iv};
    size_t padded_len = (len / BLOCK + 1) * BLOCK;
    CK_ULONG out_len = sizeof out;

    if (len > CC_SUITE_INPUT_MAX)
        return false;
    memcpy(padded, data, len);
    padded[len] = 0x80;
    own->rv = f->C_EncryptInit(own->visit->session, &mechanism, own->key);
    if (own->rv == CKR_OK)
        own->rv = f->C_Encrypt(own->visit->session, padded, padded_len, out, &out_len);
    if (own->rv == CKR_OK && out_len != padded_len)
        own->rv = CKR_DATA_LEN_RANGE;
    if (own->rv == CKR_OK)
        memcpy(mac, out + padded_len - BLOCK, 4);
    OPENSSL_cleanse(out, sizeof out);
    return own->rv == CKR_OK;
}

CK_RV hsm_visit_authorise(struct hsm_visit *visit, const struct cc_load *load, const uint8_t date_bcd[4],
                          const uint8_t time_bcd[3], uint8_t mac2[4], enum purse_keys_verdict *verdict)
{
    struct mac_session session = {.visit = visit};
    CK_RV rv = load_key(visit, load, &session.key);

    if (rv != CKR_OK)
        return rv;
    *verdict = purse_keys_answer(mac_by_token, &session, load, date_bcd, time_bcd, mac2);
    return destroy(visit, session.key, session.rv);
}

/* ---- A TAC ---- */

CK_RV hsm_visit_tac_key(struct hsm_visit *visit, const uint8_t issuer[8], const uint8_t serial[8], uint8_t key[16])
{
    CK_MECHANISM mechanism = {CKM_DES3_ECB, NULL, 0};
    CK_OBJECT_HANDLE issuer_key;
    uint8_t data[SHAPE_MAX];
    CK_ULONG len = 16;
    CK_RV rv = diversify(visit, visit->keys[HSM_TAC], issuer, CKA_ENCRYPT, &issuer_key);

    if (rv != CKR_OK)
        return rv;
    factor_data(serial, data);
    rv = visit->f->C_EncryptInit(visit->session, &mechanism, issuer_key);
    if (rv == CKR_OK)
        rv = visit->f->C_Encrypt(visit->session, data, 16, key, &len);
    if (rv == CKR_OK && len != 16)
        rv = CKR_DATA_LEN_RANGE;
    return destroy(visit, issuer_key, rv);
}

/* ---- A proof ---- */

static CK_RV encipher(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, const uint8_t in[8], uint8_t out[8])
{
    CK_MECHANISM mechanism = {CKM_DES3_ECB, NULL, 0};
    CK_ULONG len = BLOCK;
    CK_RV rv = visit->f->C_EncryptInit(visit->session, &mechanism, key);

    if (rv == CKR_OK)
        rv = visit->f->C_Encrypt(visit->session, (uint8_t *)in, BLOCK, out, &len);
    return rv == CKR_OK && len != BLOCK ? CKR_DATA_LEN_RANGE : rv;
}

CK_RV hsm_visit_prove(struct hsm_visit *visit, const uint8_t issuer[8], const uint8_t serial[8], const uint8_t challenge[8],
                      uint8_t answer[8])
{
    CK_OBJECT_HANDLE issuer_key, card;
    CK_RV rv = diversify(visit, visit->keys[HSM_PROOF], issuer, CKA_DERIVE, &issuer_key);

    if (rv != CKR_OK)
        return rv;
    rv = destroy(visit, issuer_key, diversify(visit, issuer_key, serial, CKA_ENCRYPT, &card));
    if (rv != CKR_OK)
        return rv;
    return destroy(visit, card, encipher(visit, card, challenge, answer));
}
