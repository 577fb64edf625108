/* SPDX-License-Identifier: Apache-2.0 */
/* A packed body, and the header that says whether it may be one. Input: the bytes of the body. */
#include "../fuzz.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_HERE (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *out, *packed, *again = NULL;
    size_t len, packed_len, back_len;
    bool listed = zip_listed(text);

    FUZZ_CHECK(!listed || strcasestr(text, "zstd") != NULL);
    if (zip_unpack((const char *)data, size, SIZE_MAX_HERE, &out, &len) != ZIP_OK) {
        FUZZ_CHECK(out == NULL);
        return 0;
    }
    FUZZ_CHECK(len <= SIZE_MAX_HERE && out[len] == '\0');
    FUZZ_CHECK(len <= ZIP_FREE_BYTES + size * ZIP_RATIO_MAX);
    packed = zip_pack(out, len, &packed_len);
    if (packed != NULL) {
        FUZZ_CHECK(packed_len < len);
        if (zip_unpack(packed, packed_len, SIZE_MAX_HERE, &again, &back_len) == ZIP_OK)
            FUZZ_CHECK(back_len == len && memcmp(again, out, len) == 0);
        free(packed);
    }
    free(out);
    free(again);
    return 0;
}
