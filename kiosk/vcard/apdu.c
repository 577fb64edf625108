/* SPDX-License-Identifier: Apache-2.0 */
#include "apdu.h"

#include <string.h>

bool vc_command_parse(struct vc_command *command, const uint8_t *bytes, size_t len)
{
    if (len < 4)
        return false;
    *command = (struct vc_command){.cla = bytes[0], .ins = bytes[1], .p1 = bytes[2], .p2 = bytes[3]};
    if (len == 4)
        return true;
    size_t rest = len - 5;
    if (rest > 0) {
        command->lc = bytes[4];
        command->data = bytes + 5;
        if (command->lc == 0 || command->lc > rest || rest - command->lc > 1)
            return false;
        if (rest == command->lc)
            return true;
    }
    command->has_le = true;
    command->le = bytes[len - 1] ? bytes[len - 1] : 256;
    return true;
}

uint32_t vc_get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void vc_put16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

void vc_put32(uint8_t *bytes, uint32_t value)
{
    vc_put16(bytes, (uint16_t)(value >> 16));
    vc_put16(bytes + 2, (uint16_t)value);
}

bool vc_reply_status(struct vc_reply *reply, uint16_t sw)
{
    *reply = (struct vc_reply){.sw = sw};
    return true;
}

void vc_reply_put(struct vc_reply *reply, const void *bytes, size_t len)
{
    if (len > sizeof(reply->data) - reply->len)
        len = sizeof(reply->data) - reply->len;
    memcpy(reply->data + reply->len, bytes, len);
    reply->len += len;
}

void vc_reply_put8(struct vc_reply *reply, uint8_t value)
{
    vc_reply_put(reply, &value, 1);
}

void vc_reply_put16(struct vc_reply *reply, uint16_t value)
{
    uint8_t bytes[2];
    vc_put16(bytes, value);
    vc_reply_put(reply, bytes, 2);
}

void vc_reply_put32(struct vc_reply *reply, uint32_t value)
{
    uint8_t bytes[4];
    vc_put32(bytes, value);
    vc_reply_put(reply, bytes, 4);
}

void vc_transport_get_response(struct vc_transport *transport, const struct vc_command *command,
                               struct vc_reply *reply)
{
    struct vc_reply *kept = &transport->kept;
    if (!transport->keeps) {
        reply->sw = 0x6F00;
    } else if (!command->has_le || command->le > kept->len) {
        reply->sw = (uint16_t)(0x6C00 | (kept->len & 0xFF));
    } else {
        vc_reply_put(reply, kept->data, command->le);
        kept->len -= command->le;
        memmove(kept->data, kept->data + command->le, kept->len);
        transport->keeps = kept->len > 0;
        reply->sw = transport->keeps ? (uint16_t)(0x6100 | kept->len) : kept->sw;
    }
}

void vc_transport_shape(struct vc_transport *transport, const struct vc_command *command,
                        struct vc_reply *reply)
{
    transport->keeps = false;
    if (reply->len == 0)
        return;
    /* Only a command without data states its Le in T=0; 00 asks for "all" and is inexact there. */
    bool inexact = command->lc == 0 && command->has_le && command->le != reply->len;
    if (inexact && (transport->chaining || command->le != 256)) {
        *reply = (struct vc_reply){.sw = (uint16_t)(0x6C00 | (reply->len & 0xFF))};
        return;
    }
    if (!transport->chaining)
        return;
    transport->kept = *reply;
    transport->keeps = true;
    *reply = (struct vc_reply){.sw = (uint16_t)(0x6100 | (transport->kept.len & 0xFF))};
}

size_t vc_reply_bytes(const struct vc_reply *reply, uint8_t *out, size_t room)
{
    if (room < reply->len + 2)
        return 0;
    memcpy(out, reply->data, reply->len);
    out[reply->len] = (uint8_t)(reply->sw >> 8);
    out[reply->len + 1] = (uint8_t)reply->sw;
    return reply->len + 2;
}
