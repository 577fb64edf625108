/* SPDX-License-Identifier: Apache-2.0 */
/** A new certificate before the old one ends. */
#ifndef SYNC_RENEW_H
#define SYNC_RENEW_H

#include "device/keys.h"
#include "sync/round.h"

/** A key and its certificate, as text. */
struct renew_pair {
    char *key_pem, *cert_pem;
};
/** Wipes it. */
void renew_pair_clear(struct renew_pair *pair);
/** At start: the pair to begin with, after what a stop left was put in order. round->pair_next and pair_two are set. */
bool renew_open(struct round *round, const struct device_keys *keys, struct renew_pair *out, GError **error);
/** From now on `key`, which it takes, and this certificate; NULL: none. */
void renew_use(struct round *round, EVP_PKEY *key, const char *cert_pem);
/** In the last third of the certificate's life, or when another authority issues, at most once an hour: ask for a new one and go on under it. */
bool renew_when_due(struct round *round, GError **error);
/** Our certificate has ended: the day (YYYYMMDD, local). No renewal helps any more, the kiosk is enrolled anew. */
bool renew_ended(const struct round *round, uint32_t *date);
/**
 * The platform does not take us. True: there is another pair, and the next round is under that; with one pair, or when neither was
 * taken, its word stands.
 */
bool renew_other(struct round *round);

#endif
