/* SPDX-License-Identifier: Apache-2.0 */
/** Keys, requests and certificates of this kiosk, for enrolment and renewal. */
#ifndef SYNC_CREDENTIALS_H
#define SYNC_CREDENTIALS_H

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

/** SYNC_ERROR_CRYPTO; always false. */
bool crypto_failed(GError **error, const char *what);

/** PEM, g_free (wipe it first), or NULL. */
char *credentials_key_pem(EVP_PKEY *key);
EVP_PKEY *credentials_key_read(const char *pem);
/** PKCS #10 with the kiosk's id as CN, PEM, g_free; the platform puts its own subject into the certificate. */
char *credentials_request_pem(EVP_PKEY *key, const char *kiosk_id);
/** It must hold our key and our name and be of one of the authorities that we were told (PEM): anything else is not for us. */
bool credentials_certificate_ok(const char *pem, EVP_PKEY *key, const char *kiosk_id, const char *authorities);
/** Did this authority sign the certificate? PEM both. */
bool credentials_issued_by(const char *certificate_pem, const char *authority_pem);
#define CREDENTIALS_PEM_END "-----END CERTIFICATE-----\n"
/** One certificate that may sign others and is valid then (0: whenever): itself alone as PEM, g_free; NULL: it is none. */
char *credentials_authority(const char *pem, int64_t now_ms);
/** SHA-256 of the whole certificate in hex, g_free; NULL: it is none. */
char *credentials_digest(const char *pem);
/** Is a certificate in both? PEM of any number. */
bool credentials_share(const char *these, const char *those);
/** As base64 of DER, g_free; NULL: it is none. */
char *credentials_certificate_der(const char *certificate_pem);
bool credentials_match(const char *certificate_pem, EVP_PKEY *key);
/** Begin and end of its validity, ms UTC. */
bool credentials_validity(const char *certificate_pem, int64_t *from_ms, int64_t *to_ms);
/** ECDSA over SHA-256, DER in base64, g_free. */
char *credentials_sign(EVP_PKEY *key, const char *bytes, size_t len, GError **error);

#endif
