/* SPDX-License-Identifier: Apache-2.0 */
/** A new certificate before the old one ends. */
#ifndef SYNC_RENEW_H
#define SYNC_RENEW_H

#include "device/keys.h"
#include "sync/round.h"

/** At start: end a change of key and certificate that was cut off, one way or the other. */
bool renew_settle(const struct device_keys *keys, const char *data_dir, GError **error);
/** In the last third of the certificate's life, at most once an hour: ask for a new one and go on under it. */
bool renew_when_due(struct round *round, GError **error);

#endif
