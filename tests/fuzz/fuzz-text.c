/* SPDX-License-Identifier: Apache-2.0 */
/* Text fields as cards hold them, into rooms of every size: whole UTF-8, nothing that steers a screen, and no two rooms disagree. */
#include "checks.h"
#include "fuzz.h"
#include "text.h"

#include <string.h>

typedef void (*convert_fn)(struct cc_bytes in, char *out, size_t out_size);

static void check_convert(convert_fn convert, const uint8_t *data, size_t size, size_t room)
{
    static char whole[16384];
    char *small = malloc(room); /* so that a sanitizer sees one byte too many */
    FUZZ_CHECK(small != NULL);
    memset(small, 0x5A, room);
    convert(cc_bytes_of(data, size), whole, sizeof whole);
    convert(cc_bytes_of(data, size), small, room);
    check_text(whole, sizeof whole);
    check_text(small, room);
    FUZZ_CHECK(strncmp(small, whole, strlen(small)) == 0); /* cut, not changed */
    free(small);
}

typedef void (*mask_fn)(const char *text, char *out, size_t out_size);

static void check_mask(mask_fn mask, const char *text, size_t room)
{
    char *masked = malloc(room);
    FUZZ_CHECK(masked != NULL);
    mask(text, masked, room);
    check_text(masked, room);
    free(masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[CC_NAME_SIZE], id_number[CC_ID_NUMBER_SIZE];
    if (size < 1 || size > 4096)
        return 0;
    size_t room = 1 + data[0] % 160;
    check_convert(cc_text_from_gb, data + 1, size - 1, room);
    check_convert(cc_text_from_ascii, data + 1, size - 1, room);
    cc_text_from_gb(cc_bytes_of(data + 1, size - 1), name, sizeof name);
    check_mask(cc_mask_name, name, room);
    cc_text_from_ascii(cc_bytes_of(data + 1, size - 1), id_number, sizeof id_number);
    check_mask(cc_mask_id, id_number, room);
    return 0;
}
