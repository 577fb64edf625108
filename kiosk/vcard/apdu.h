/* SPDX-License-Identifier: Apache-2.0 */
/** Commands in, answers out: short APDUs of ISO 7816-4, and the T=0 habit of handing out data in a second step. */
#ifndef VCARD_APDU_H
#define VCARD_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One short command. `data` points into the caller's bytes. */
struct vc_command {
    uint8_t cla, ins, p1, p2;
    const uint8_t *data;
    size_t lc; /* bytes of data */
    bool has_le;
    size_t le; /* 1 to 256 */
};

/** False when the bytes are no short APDU: fewer than four, or an Lc that does not fit. */
bool vc_command_parse(struct vc_command *command, const uint8_t *bytes, size_t len);

/** What a model answers before the transport has its say. A warning (62xx, 6A81 on SELECT) may carry data. */
struct vc_reply {
    uint8_t data[256];
    size_t len;
    uint16_t sw;
};

/** Only a status. Returns true: the command is dealt with, and nothing was committed. */
bool vc_reply_status(struct vc_reply *reply, uint16_t sw);
void vc_reply_put(struct vc_reply *reply, const void *bytes, size_t len);
void vc_reply_put8(struct vc_reply *reply, uint8_t value);
void vc_reply_put16(struct vc_reply *reply, uint16_t value);
void vc_reply_put32(struct vc_reply *reply, uint32_t value);

/** Big-endian numbers in fields. */
uint32_t vc_get32(const uint8_t *bytes);
void vc_put16(uint8_t *bytes, uint16_t value);
void vc_put32(uint8_t *bytes, uint32_t value);

/**
 * How answers with data leave. Whole: data and status at once; a Le that is neither exact nor 00 gets 6Cxx. T=0
 * (`chaining`): always 61xx first and the data after GET RESPONSE, and 6Cxx for any Le that is not exact, 00 included.
 */
struct vc_transport {
    bool chaining;
    struct vc_reply kept; /* for GET RESPONSE */
    bool keeps;
};

/** Answer GET RESPONSE from what is kept. */
void vc_transport_get_response(struct vc_transport *transport, const struct vc_command *command,
                               struct vc_reply *reply);
/** Shape a model's reply to what goes over the wire. */
void vc_transport_shape(struct vc_transport *transport, const struct vc_command *command,
                        struct vc_reply *reply);
/** Data and SW1 SW2 as bytes; returns how many, 0 when `room` is too small. */
size_t vc_reply_bytes(const struct vc_reply *reply, uint8_t *out, size_t room);

#endif
