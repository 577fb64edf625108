/* SPDX-License-Identifier: Apache-2.0 */
/* A driver's word on its keypad: only codes that stand in it. And whatever request: a whole structure or none. */
#include "fuzz.h"
#include "pinpad.h"

#include <string.h>

static void check_told(uint32_t code, const uint8_t *data, size_t size)
{
    uint8_t big[4] = {(uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
    bool told = code == 0;
    for (size_t at = 2; !told && at + sizeof big <= size; at++)
        told = data[at - 1] == sizeof big && memcmp(data + at, big, sizeof big) == 0;
    FUZZ_CHECK(told);
}

static void check_build(const uint8_t *data)
{
    struct cc_pad_request request = {.kind = (enum cc_pad_kind)(data[0] & 3), .reference = data[1], .digits_min = data[2],
                                     .digits_max = data[3], .timeout_s = data[4]};
    uint8_t out[CC_PAD_STRUCTURE_MAX];
    size_t len = cc_pad_build(&request, out);
    FUZZ_CHECK(len <= sizeof out);
    /* Behind the length stands a command whose Lc is what follows it. */
    size_t head = request.kind == CC_PAD_VERIFY ? 19 : 24;
    bool possible = data[2] >= 4 && data[3] <= 12 && data[2] <= data[3] && data[4] >= 1 && data[4] <= 120;
    FUZZ_CHECK(possible || len == 0);
    FUZZ_CHECK(len == 0 || (len >= head + 5 && out[head + 4] == len - head - 5));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_pad_features features, again;
    memset(&features, 0xA5, sizeof features);
    memset(&again, 0x5A, sizeof again);
    cc_pad_features_read(cc_bytes_of(data, size), &features);
    cc_pad_features_read(cc_bytes_of(data, size), &again);
    FUZZ_CHECK(features.verify == again.verify && features.modify == again.modify); /* nothing uninitialised */
    check_told(features.verify, data, size);
    check_told(features.modify, data, size);
    if (size >= 5)
        check_build(data);
    return 0;
}
