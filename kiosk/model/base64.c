/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, 4) of one spelling only: what was signed or sealed must not have a second form. */
#include "model/model.h"

#include <string.h>

uint8_t *base64_read(const char *text, size_t bytes_max, size_t *len)
{
    gsize got = 0;

    if (strnlen(text, (bytes_max + 2) / 3 * 4 + 1) > (bytes_max + 2) / 3 * 4)
        return NULL;
    g_autofree guchar *bytes = g_base64_decode(text, &got);
    /* GLib's decoder skips foreign characters: only a text that encodes back to itself is base64. */
    g_autofree char *again = g_base64_encode(bytes, got);
    if (got > bytes_max || strcmp(again, text) != 0)
        return NULL;
    *len = got;
    return g_steal_pointer(&bytes);
}
