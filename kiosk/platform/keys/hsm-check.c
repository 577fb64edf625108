/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at each time that the token is opened: at the start, and when it comes back after it was away. */
#include "platform/keys/hsm-visit.h"
#include "platform/data/error.h"
#include <openssl/crypto.h>
#include <string.h>

enum hsm_opened hsm_lost(GError **error, const char *what, CK_RV rv)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the token: %s: %s (0x%lx)", what, p11_kit_strerror(rv), rv);
    return HSM_LOST;
}

G_GNUC_PRINTF(2, 3) static enum hsm_opened refused(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the token: %s", text);
    return HSM_REFUSED;
}

/* ---- The keys ---- */

CK_RV hsm_key_find(const struct hsm_visit *visit, const char *label, CK_OBJECT_HANDLE *out, unsigned *count)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE like[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, 1}, {CKA_LABEL, (void *)label, strlen(label)}};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG got = 0;
    CK_RV rv = visit->f->C_FindObjectsInit(visit->session, like, G_N_ELEMENTS(like)), done;

    if (rv != CKR_OK)
        return rv;
    rv = visit->f->C_FindObjects(visit->session, found, G_N_ELEMENTS(found), &got);
    done = visit->f->C_FindObjectsFinal(visit->session);
    *count = (unsigned)got;
    if (got > 0)
        *out = found[0];
    return rv != CKR_OK ? rv : done;
}

/* CKR_ATTRIBUTE_TYPE_INVALID also for one of another length. */
static CK_RV attribute_get(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, void *out, size_t len)
{
    CK_ATTRIBUTE attribute = {type, out, len};
    CK_RV rv = visit->f->C_GetAttributeValue(visit->session, key, &attribute, 1);

    return rv == CKR_OK && attribute.ulValueLen != len ? CKR_ATTRIBUTE_TYPE_INVALID : rv;
}

/* The token says no more of this, which is an answer, too. */
static bool untold(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_BUFFER_TOO_SMALL;
}

static const char *type_name(CK_KEY_TYPE type)
{
    return type == CKK_DES2 ? "DES2" : type == CKK_DES3 ? "DES3" : type == CKK_DES ? "DES" : type == CKK_AES ? "AES" : "another";
}

/* A master that enciphers, signs or wraps shows the keys of cards, which are nothing but blocks that it has enciphered. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL needed;
    const char *wrong;
} rules[] = {
    {CKA_PRIVATE, CK_TRUE, "may be used without the PIN: CKA_PRIVATE has to be true"},
    {CKA_SENSITIVE, CK_TRUE, "can be read: CKA_SENSITIVE has to be true"},
    {CKA_EXTRACTABLE, CK_FALSE, "can be taken out: CKA_EXTRACTABLE has to be false"},
    {CKA_DERIVE, CK_TRUE, "is not for derivation: CKA_DERIVE has to be true"},
    {CKA_ENCRYPT, CK_FALSE, "shows the keys of cards: CKA_ENCRYPT has to be false"},
    {CKA_SIGN, CK_FALSE, "shows the keys of cards: CKA_SIGN has to be false"},
    {CKA_WRAP, CK_FALSE, "shows the keys of cards: CKA_WRAP has to be false"},
};

static enum hsm_opened check_rules(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, const char *label, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        CK_BBOOL value = CK_FALSE;
        CK_RV rv = attribute_get(visit, key, rules[i].type, &value, sizeof value);

        if (rv != CKR_OK && !untold(rv))
            return hsm_lost(error, "a key cannot be looked at", rv);
        if (rv != CKR_OK || (value != CK_FALSE) != rules[i].needed)
            return refused(error, "the key %s %s", label, rules[i].wrong);
    }
    return HSM_OPENED;
}

static enum hsm_opened check_type(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, const char *label,
                                  struct hsm_about *about, enum hsm_key which, GError **error)
{
    CK_KEY_TYPE type = 0;
    CK_BBOOL born = CK_FALSE;
    CK_RV rv = attribute_get(visit, key, CKA_KEY_TYPE, &type, sizeof type);

    if (rv != CKR_OK)
        return hsm_lost(error, "a key cannot be looked at", rv);
    if (type != CKK_DES2 && type != CKK_DES3)
        return refused(error, "the key %s is of type %s (0x%lx): purses have keys of triple DES (DES2, or DES3 with its first "
                              "part again as the third). PKCS#11 has no derivation by SM4, so an HSM cannot keep keys of SM4 purses",
                       label, type_name(type), type);
    about->keys[which].type = type_name(type);
    about->keys[which].never_extractable =
        attribute_get(visit, key, CKA_NEVER_EXTRACTABLE, &born, sizeof born) == CKR_OK && born != CK_FALSE;
    return HSM_OPENED;
}

static enum hsm_opened check_value(const struct hsm_visit *visit, CK_OBJECT_HANDLE key, const struct hsm_uri *uri,
                                   struct hsm_about *about, enum hsm_key which, GError **error)
{
    uint8_t *check = about->keys[which].check;
    char is[2 * PURSE_CHECK_SIZE + 1], wanted[2 * PURSE_CHECK_SIZE + 1];
    CK_RV rv = attribute_get(visit, key, CKA_CHECK_VALUE, check, PURSE_CHECK_SIZE);

    if (rv != CKR_OK && !untold(rv))
        return hsm_lost(error, "a key cannot be looked at", rv);
    if (rv != CKR_OK)
        return refused(error, "it tells no check value of the key %s (CKA_CHECK_VALUE), so nobody knows whether it is the right one",
                       uri->labels[which]);
    cc_hex(check, PURSE_CHECK_SIZE, is, sizeof is);
    if (!uri->checked[which])
        return refused(error, "%s-check=… is missing in its URI; the key %s has the check value %s: compare it with what was "
                              "written down when the key was made",
                       hsm_key_name(which), uri->labels[which], is);
    if (CRYPTO_memcmp(check, uri->checks[which], PURSE_CHECK_SIZE) != 0)
        return refused(error, "the key %s is another one: its check value is %s, not %s", uri->labels[which], is,
                       cc_hex(uri->checks[which], PURSE_CHECK_SIZE, wanted, sizeof wanted));
    return HSM_OPENED;
}

static enum hsm_opened check_key(struct hsm_visit *visit, const struct hsm_uri *uri, struct hsm_about *about,
                                 enum hsm_key which, GError **error)
{
    const char *label = uri->labels[which];
    enum hsm_opened opened;
    unsigned count = 0;
    CK_RV rv = hsm_key_find(visit, label, &visit->keys[which], &count);

    if (rv != CKR_OK)
        return hsm_lost(error, "keys cannot be looked for", rv);
    if (count != 1)
        return refused(error, "it has %s secret key with the label %s", count == 0 ? "no" : "more than one", label);
    opened = check_rules(visit, visit->keys[which], label, error);
    if (opened == HSM_OPENED)
        opened = check_type(visit, visit->keys[which], label, about, which, error);
    return opened == HSM_OPENED ? check_value(visit, visit->keys[which], uri, about, which, error) : opened;
}

/* ---- What the token can do ---- */

static bool offers(const struct hsm_visit *visit, CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism, CK_FLAGS flag)
{
    CK_MECHANISM_INFO info;

    return visit->f->C_GetMechanismInfo(slot, mechanism, &info) == CKR_OK && (info.flags & flag) != 0;
}

static enum hsm_opened check_mechanisms(const struct hsm_visit *visit, CK_SLOT_ID slot, GError **error)
{
    if (!offers(visit, slot, CKM_DES3_ECB_ENCRYPT_DATA, CKF_DERIVE))
        return refused(error, "it does not offer CKM_DES3_ECB_ENCRYPT_DATA: keys of cards could not be derived inside");
    if (!offers(visit, slot, CKM_DES3_ECB, CKF_ENCRYPT))
        return refused(error, "it does not offer CKM_DES3_ECB, which TACs need");
    if (!offers(visit, slot, CKM_DES3_CBC, CKF_ENCRYPT) && !offers(visit, slot, CKM_DES_CBC, CKF_ENCRYPT))
        return refused(error, "it offers neither CKM_DES3_CBC nor CKM_DES_CBC: MAC1 and MAC2 could not be made inside");
    return HSM_OPENED;
}

/* ---- Whether it reckons rightly: a load and a TAC by a key that everybody may know ---- */

static const struct purse_masters public_masters = {
    .load = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10},
    .tac = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10},
};

/* With the MAC1 that its card would tell. */
static bool example_load(const struct purse_masters *masters, struct cc_load *out)
{
    uint8_t key[16], session[8];

    *out = (struct cc_load){.state = CC_PURCHASE_PREPARED, .type = 2, .amount_fen = 5000, .balance_before_fen = 25230,
                            .counter = 0x1A7, .key_index = 1, .key_version = 1,
                            .issuer = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF},
                            .serial = {0x99, 0x01, 0x12, 0x34, 0x56, 0x78, 0x90, 0x17},
                            .terminal = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01}, .random = {0x5A, 0xC3, 0x0F, 0x96},
                            .date_bcd = {0x20, 0x26, 0x11, 0x22}, .time_bcd = {0x09, 0x30, 0x15}};
    bool ok = purse_card_key(masters->load, out->issuer, out->serial, key) &&
              cc_suite_load_session(key, out->random, out->counter, session) == CC_OK &&
              cc_suite_load_mac1(session, out, out->mac1) == CC_OK &&
              cc_suite_load_mac2(session, out, out->mac2) == CC_OK;
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(session, sizeof session);
    return ok;
}

/* Any eight bytes are as good as a challenge. */
static bool proves_rightly(struct hsm_visit *visit, const struct cc_load *load)
{
    uint8_t key[16], ours[8], theirs[8];
    bool ok = purse_card_key(public_masters.tac, load->issuer, load->serial, key) &&
              cc_suite_3des.session(key, load->serial, ours) == CC_OK &&
              hsm_visit_prove(visit, load->issuer, load->serial, load->serial, theirs) == CKR_OK &&
              memcmp(ours, theirs, sizeof ours) == 0;

    OPENSSL_cleanse(key, sizeof key);
    return ok;
}

static bool reckons(struct hsm_visit *visit, const struct cc_load *load)
{
    uint8_t mac2[4], ours[16], theirs[16];
    enum purse_keys_verdict verdict = PURSE_KEYS_FAILED;
    bool ok = hsm_visit_authorise(visit, load, load->date_bcd, load->time_bcd, mac2, &verdict) == CKR_OK &&
              verdict == PURSE_KEYS_OK && memcmp(mac2, load->mac2, sizeof mac2) == 0 &&
              purse_card_key(public_masters.tac, load->issuer, load->serial, ours) &&
              hsm_visit_tac_key(visit, load->issuer, load->serial, theirs) == CKR_OK &&
              memcmp(ours, theirs, sizeof ours) == 0 && (!visit->proves || proves_rightly(visit, load));

    OPENSSL_cleanse(ours, sizeof ours);
    OPENSSL_cleanse(theirs, sizeof theirs);
    return ok;
}

static bool shape_fits(const struct hsm_visit *visit, const struct hsm_shape *shape, const struct cc_load *load, CK_RV *rv)
{
    struct hsm_visit trial = {.f = visit->f, .session = visit->session, .proves = visit->proves, .shape = shape};
    uint8_t value[24];
    bool fits;

    memcpy(value, public_masters.load, 16);
    memcpy(value + 16, public_masters.load, 8);
    *rv = hsm_key_create(visit, shape->card_type, NULL, value, shape->card_len, &trial.keys[HSM_LOAD]);
    if (*rv != CKR_OK)
        return false;
    trial.keys[HSM_PROOF] = trial.keys[HSM_TAC] = trial.keys[HSM_LOAD];
    fits = reckons(&trial, load);
    *rv = visit->f->C_DestroyObject(visit->session, trial.keys[HSM_LOAD]);
    return fits && *rv == CKR_OK;
}

static enum hsm_opened check_answers(struct hsm_visit *visit, CK_SLOT_ID slot, GError **error)
{
    struct cc_load load;
    CK_RV rv = CKR_OK;

    if (!example_load(&public_masters, &load))
        return refused(error, "our own code of loads fails");
    for (size_t i = 0; i < hsm_shape_count; i++)
        if (offers(visit, slot, hsm_shapes[i].mac, CKF_ENCRYPT) && shape_fits(visit, &hsm_shapes[i], &load, &rv)) {
            visit->shape = &hsm_shapes[i];
            return HSM_OPENED;
        }
    if (rv != CKR_OK)
        return hsm_lost(error, "it does not take a public key for a trial", rv);
    return refused(error, "its answer to a load or a TAC by a public key is wrong");
}

enum hsm_opened hsm_visit_check(struct hsm_visit *visit, CK_SLOT_ID slot, const struct hsm_uri *uri,
                                struct hsm_about *about, GError **error)
{
    enum hsm_opened opened = check_mechanisms(visit, slot, error);

    visit->proves = uri->wanted[HSM_PROOF];
    about->proves = visit->proves;
    for (int key = 0; opened == HSM_OPENED && key < HSM_KEYS; key++)
        if (uri->wanted[key])
            opened = check_key(visit, uri, about, key, error);
    if (opened == HSM_OPENED)
        opened = check_answers(visit, slot, error);
    if (opened == HSM_OPENED)
        about->shape = visit->shape->name;
    return opened;
}
