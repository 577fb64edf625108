/* SPDX-License-Identifier: Apache-2.0 */
/** A token of SoftHSM in a folder of the test's own. */
#ifndef TEST_TOKEN_H
#define TEST_TOKEN_H

#define TOKEN_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define TOKEN_PIN    "471108"

/** Is SoftHSM on this machine? */
int token_possible(void);
/**
 * Make DIR/tokens with one empty token "citycard" and DIR/pin, and let this process and its children see nothing else.
 * Returns its URI without check values, g_free.
 */
char *token_make(const char *dir, const char *module);
/** Write another PIN into DIR/pin. */
void token_pin(const char *dir, const char *pin);
/** The token's files away, and back. */
void token_take_away(const char *dir);
void token_put_back(const char *dir);

#endif
