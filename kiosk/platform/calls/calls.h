/* SPDX-License-Identifier: Apache-2.0 */
/** Calls that keep a kiosk and its platform in step: signed time, anchors, dead letters, new certificates. */
#ifndef PLATFORM_CALLS_H
#define PLATFORM_CALLS_H

#include "platform/calls/handlers.h"

/** GET /v1/time. With `nonce` (and the kiosk's certificate) also {payload, signature, key_id}. */
void call_time(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/signing-keys: who signs after whom. */
void call_signing_keys(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/authorities: which ones the server may be of; `known` tells which version the kiosk has. */
void call_authorities(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/anchors {anchor, signature}. */
void call_anchor(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/deadletter {epoch, seq, id, prev, hash, body, reason}; `body` is base64 of the raw bytes. */
void call_letter(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/renew {csr}. */
void call_renew(struct platform *platform, const struct request *request, struct reply *out);

#endif
