/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The authority of operators' certificates, and how another takes its place.
 *
 *   one ── operators_rotate() ──► two: the new one issues, certificates of both are taken ── operators_retire() ──► one
 *
 * operators-ca.pem has who is trusted, the issuing one first; operators-ca.key is the issuing one's, the older key is gone. Certificates
 * are written before the key: a stop in between leaves two and the older key, which goes on issuing, and the same step is done again.
 * Both have the same name, so that browsers offer certificates of either to a server that was started before. The caller has
 * platform_keys_lock().
 */
#ifndef PLATFORM_OPERATORS_H
#define PLATFORM_OPERATORS_H

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>

#define OPERATORS_NAME      "citycard operators CA"
#define OPERATORS_MARK_SIZE 65 /* of a certificate: SHA-256, hex */

/** The one whose key is there; X509_free and EVP_PKEY_free. */
X509 *operators_issuer(const char *data_dir, EVP_PKEY **key, GError **error);
/** Is the key that is there the one of a certificate that is there? */
bool operators_fit(const char *data_dir, GError **error);
/** What the register knows a certificate by, of an authority or of a person. */
bool operators_mark(X509 *certificate, char mark[OPERATORS_MARK_SIZE], GError **error);
/** After a stop in operators_rotate(): the mark of the new one, whose key is not here and which the same step drops; else "". */
bool operators_stopped(const char *data_dir, char mark[OPERATORS_MARK_SIZE], GError **error);
/** PLATFORM_ERROR_STATE: there are two. */
bool operators_rotate(const char *data_dir, GError **error);
/** The issuing one alone. PLATFORM_ERROR_STATE: there is one only. */
bool operators_retire(const char *data_dir, GError **error);

#endif
