/* SPDX-License-Identifier: Apache-2.0 */
/** One session of the token and what is done in it; for the files hsm-*.c. */
#ifndef PLATFORM_HSM_VISIT_H
#define PLATFORM_HSM_VISIT_H

#include "platform/keys/hsm-uri.h"
#include "platform/keys/hsm.h"

/**
 * How keys are shaped for this token. Triple DES with two or three equal parts is single DES, and few tokens still have that
 * by itself; some know keys of three parts only.
 */
struct hsm_shape {
    const char *name;
    CK_KEY_TYPE card_type, session_type;
    size_t card_len, session_len;
    CK_MECHANISM_TYPE mac;
};
extern const struct hsm_shape hsm_shapes[];
extern const size_t hsm_shape_count;

struct hsm_visit {
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE keys[HSM_KEYS];
    bool proves; /* is the third one there? */
    const struct hsm_shape *shape;
};

/** CKR_OK, and a verdict; anything else is the token's trouble. */
CK_RV hsm_visit_authorise(struct hsm_visit *visit, const struct cc_load *load, const uint8_t date_bcd[4],
                          const uint8_t time_bcd[3], uint8_t mac2[4], enum purse_keys_verdict *verdict);
/** The TAC key of a card. Cleanse it. */
CK_RV hsm_visit_tac_key(struct hsm_visit *visit, const uint8_t issuer[8], const uint8_t serial[8], uint8_t key[16]);

/** What the card answers to this challenge, made inside. */
CK_RV hsm_visit_prove(struct hsm_visit *visit, const uint8_t issuer[8], const uint8_t serial[8], const uint8_t challenge[8],
                      uint8_t answer[8]);

/** `type` and usage of a key that lies in the token and cannot be read; `label` NULL: it ends with the session. */
CK_RV hsm_key_create(const struct hsm_visit *visit, CK_KEY_TYPE type, const char *label, const uint8_t *value,
                     size_t len, CK_OBJECT_HANDLE *out);

/** How a check ended that was not passed: worth another try, or not without people. */
enum hsm_opened { HSM_OPENED, HSM_LOST, HSM_REFUSED };

/**
 * Find the keys that are wanted, and refuse what must not be: missing or double, readable, for more than derivation, of another type or
 * value; a token that cannot derive, or reckons wrongly (a load, a TAC and a proof by a public key, compared with our own code).
 * Fills keys and shape of `visit`.
 */
enum hsm_opened hsm_visit_check(struct hsm_visit *visit, CK_SLOT_ID slot, const struct hsm_uri *uri,
                                struct hsm_about *about, GError **error);
/** How many keys have this label, 2 for more; the first of them. */
CK_RV hsm_key_find(const struct hsm_visit *visit, const char *label, CK_OBJECT_HANDLE *out, unsigned *count);

/** Set an error of the token: what was done, and its answer. */
enum hsm_opened hsm_lost(GError **error, const char *what, CK_RV rv);

#endif
