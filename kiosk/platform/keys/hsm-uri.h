/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which token has the purse keys, in one line that an operator writes down: a PKCS#11 URI (RFC 7512).
 *
 *   pkcs11:token=TOKEN[;serial=…;manufacturer=…;model=…]?module-path=/…/lib.so&pin-source=file:/…
 *         [&load-label=citycard-load][&tac-label=citycard-tac]&load-check=HHHHHH&tac-check=HHHHHH
 *         [[&proof-label=citycard-proof]&proof-check=HHHHHH]
 *
 * The URI names the token, not an object: two keys lie in it, found by their labels, and a third one when the URI speaks of it:
 * the one that cards prove themselves by. `load-check`, `tac-check` and `proof-check` are the check values of the right keys. A PIN never stands in it.
 */
#ifndef PLATFORM_HSM_URI_H
#define PLATFORM_HSM_URI_H

#include <glib.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdbool.h>
#include "platform/keys/purse-keys.h"

enum hsm_key { HSM_LOAD, HSM_TAC, HSM_PROOF, HSM_KEYS };

#define HSM_URI_BYTES_MAX   1024
#define HSM_LABEL_BYTES_MAX 64
#define HSM_PIN_BYTES_MAX   255

struct hsm_uri {
    char *text;
    P11KitUri *uri; /* its token */
    const char *module_path; /* of uri */
    char *pin_file, *labels[HSM_KEYS];
    bool wanted[HSM_KEYS];  /* has it to be there? */
    bool checked[HSM_KEYS]; /* is there a check value? */
    uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE];
};

/** "load", "tac", "proof" */
const char *hsm_key_name(enum hsm_key key);

/** hsm_uri_clear() it, also when false. An error never repeats the text: somebody may have put a PIN into it. */
bool hsm_uri_parse(struct hsm_uri *out, const char *text, GError **error);
void hsm_uri_clear(struct hsm_uri *uri);
/** As a text with these check values of all keys that are wanted in it, and in `uri` they are from now on; g_free. NULL: it cannot be written. */
char *hsm_uri_with_checks(const struct hsm_uri *uri, const uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE]);

/**
 * The PIN from its file, without the line's end. A file that others may read or write is refused. Cleanse `pin`. `mark` gets
 * something that changes when the file does.
 */
bool hsm_pin_read(const struct hsm_uri *uri, char pin[HSM_PIN_BYTES_MAX + 1], size_t *len, int64_t *mark, GError **error);

#endif
