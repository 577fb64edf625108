/* SPDX-License-Identifier: Apache-2.0 */
/** The platform's own certificate authority: P-256 for TLS, Ed25519 for signed lists. OpenSSL only. */
#ifndef PLATFORM_PKI_H
#define PLATFORM_PKI_H

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>
#include "platform/data/error.h"
#include "platform/keys/operators.h"

#define PKI_KIOSK_LIFE_S (90 * INT64_C(86400))

/** Make ca.*, server.* and sign.key in DIR. `hosts`: names and addresses of the server, NULL-terminated. */
bool pki_init(const char *data_dir, const char *const *hosts, GError **error);

/**
 * A new certificate of the server in DIR, of the authority that servers are to have one of (authorities.h), for the same key, names and
 * addresses; a running server takes it by itself. The caller has platform_keys_lock().
 */
bool pki_server_renew(const char *data_dir, GError **error);
/** The same, for whatever key is there: the log tells when it is another one than the certificate's before. */
bool pki_server_remake(const char *data_dir, GError **error);
/** The same, for a new key: after somebody saw the one that there is. */
bool pki_server_rekey(const char *data_dir, GError **error);
/** When certificate and key do not belong together: a new one for the names of this certificate and this key. */
bool pki_server_mend(const char *data_dir, GError **error);
/** A new authority of kiosks and server, in nobody's files yet; free all three. */
bool pki_authority_new(const char *name, EVP_PKEY **key, X509 **certificate, char **pem, GError **error);

/** PEM in the place of what is there. */
bool pki_key_put(const char *data_dir, const char *name, EVP_PKEY *key, GError **error);
EVP_PKEY *pki_key_load(const char *data_dir, const char *name, GError **error);
X509 *pki_certificate_load(const char *data_dir, const char *name, GError **error);

/**
 * Sign a kiosk's request (PKCS #10, PEM): P-256 only, its own signature checked, its subject replaced by `kiosk_id`,
 * its extensions ignored. g_free'd PEM; `serial` gets the certificate's number in lower-case hex.
 */
char *pki_sign_kiosk(X509 *ca, EVP_PKEY *ca_key, const char *csr_pem, const char *kiosk_id, int64_t life_s,
                     char serial[64], GError **error);

/**
 * The operators' own authority, apart from that of kiosks, so that neither kind of certificate can stand for the other. Made when it
 * is not there.
 */
bool pki_operators_init(const char *data_dir, GError **error);
/** A new key and its certificate (CN `id`, OU `role`) as PKCS#12 under this passphrase; nothing of it stays here but its number, its mark and whose it is. */
GBytes *pki_operator(const char *data_dir, const char *id, const char *role, int64_t life_s, const char *passphrase, char serial[64],
                     char authority[OPERATORS_MARK_SIZE], char digest[OPERATORS_MARK_SIZE], GError **error);
/** When a certificate ends; 0: it is none. */
int64_t pki_end_ms(const char *certificate_pem);

/** Is `signature` (base64 of DER, ECDSA over SHA-256) by the key of this certificate? */
bool pki_signed_by(const char *certificate_pem, const char *bytes, size_t len, const char *signature);

/** Ed25519 over the bytes, base64, g_free. */
char *pki_sign(EVP_PKEY *key, const char *bytes, size_t len, GError **error);

/** A new Ed25519 key into a file that is not there yet. */
bool pki_signing_key_new(const char *data_dir, const char *name, GError **error);

#endif
