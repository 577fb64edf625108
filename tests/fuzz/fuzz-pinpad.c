/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader's driver says of its keypad, and the structures built for any request. */
#include "fuzz.h"
#include "pinpad.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_pad_features features, again;
    memset(&features, 0xA5, sizeof features);
    memset(&again, 0x5A, sizeof again);
    cc_pad_features_read(cc_bytes_of(data, size), &features);
    cc_pad_features_read(cc_bytes_of(data, size), &again);
    FUZZ_CHECK(features.verify == again.verify && features.modify == again.modify); /* nothing uninitialised */
    FUZZ_CHECK(size >= 6 || (features.verify == 0 && features.modify == 0));
    if (size < 5)
        return 0;
    struct cc_pad_request request = {.kind = data[0] % 2 == 0 ? CC_PAD_VERIFY : CC_PAD_CHANGE,
                                     .reference = data[1],
                                     .digits_min = data[2],
                                     .digits_max = data[3],
                                     .timeout_s = data[4]};
    uint8_t structure[CC_PAD_STRUCTURE_MAX + 1];
    memset(structure, 0xA5, sizeof structure);
    size_t len = cc_pad_build(&request, structure);
    FUZZ_CHECK(len <= CC_PAD_STRUCTURE_MAX && structure[CC_PAD_STRUCTURE_MAX] == 0xA5);
    bool possible = data[2] >= 4 && data[3] <= 12 && data[2] <= data[3] && data[4] >= 1 && data[4] <= 120;
    FUZZ_CHECK(possible || len == 0);
    return 0;
}
