/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The server's certificate and the authorities whose kiosks and people it lets in, all of which may change while it runs; and who a client
 * is. GnuTLS. One for the process, since GnuTLS tells whoever picks a certificate of no context. Thread safe.
 */
#ifndef PLATFORM_TLS_H
#define PLATFORM_TLS_H

#include "platform/data/error.h"
#include <glib.h>
#include <gnutls/abstract.h>
#include <stdbool.h>

struct tls;
/** What lies in the data folder now. */
struct tls *tls_new(const char *data_dir, GError **error);
void tls_free(struct tls *tls);
/** Look again. False: what is there does not fit together, and everything stays as it was. `changed` may be NULL. */
bool tls_reload(struct tls *tls, bool *changed, GError **error);
/** gnutls_certificate_retrieve_function2: the newest. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *names, int names_count, const gnutls_pk_algorithm_t *algorithms,
                 int algorithms_count, gnutls_pcert_st **certificates, unsigned *count, gnutls_privkey_t *key);

/** CN and number; of the operators' authority also OU: "" is a kiosk. */
struct tls_identity {
    char name[32], role[16], serial[64];
    char digest[65]; /* SHA-256 of the certificate, hex */
    char pem[4096]; /* "": longer than any of ours */
};
/** Chain, dates and purpose of the client's certificate are looked at each time that this is asked. */
bool tls_peer(struct tls *tls, gnutls_session_t session, struct tls_identity *out);

#endif
