/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to hex digits and back. */
#include "citycard.h"

char *cc_hex(const uint8_t *bytes, size_t len, char *out, size_t out_size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t at = 0;
    for (size_t i = 0; i < len && at + 3 <= out_size; i++) {
        out[at++] = digits[bytes[i] >> 4];
        out[at++] = digits[bytes[i] & 0x0F];
    }
    if (out_size > 0)
        out[at] = '\0';
    return out;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int cc_unhex(const char *text, uint8_t *out, size_t out_size)
{
    size_t count = 0;
    while (text[0] != '\0') {
        int high = digit_value(text[0]);
        int low = high < 0 ? -1 : digit_value(text[1]);
        if (low < 0 || count >= out_size)
            return -1;
        out[count++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return (int)count;
}
