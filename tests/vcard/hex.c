/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

#include <errno.h>
#include <stdlib.h>

char *vc_hex(const uint8_t *bytes, size_t len, char *out, size_t out_size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t at = 0;
    if (out_size == 0)
        return out;
    for (size_t i = 0; i < len && at + 2 < out_size; i++) {
        out[at++] = digits[bytes[i] >> 4];
        out[at++] = digits[bytes[i] & 15];
    }
    out[at] = '\0';
    return out;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool vc_unhex(const char *text, uint8_t *out, size_t room, size_t *len)
{
    size_t count = 0;
    for (; text[0]; text += 2) {
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        if (low < 0 || count == room)
            return false;
        out[count++] = (uint8_t)(high << 4 | low);
    }
    *len = count;
    return true;
}

bool vc_number(const char *text, long long lowest, long long highest, long long *out)
{
    char *end;
    if ((text[0] < '0' || text[0] > '9') && text[0] != '-')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= lowest && *out <= highest;
}
