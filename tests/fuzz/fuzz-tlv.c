/* SPDX-License-Identifier: Apache-2.0 */
/* BER-TLV: objects lie within their input, searching ends, and a found value lies within too. */
#include "fuzz.h"
#include "tlv.h"

static void check_within(struct cc_bytes value, const uint8_t *data, size_t size)
{
    if (value.left == 0)
        return;
    FUZZ_CHECK(value.at >= data && value.at + value.left <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t tags[] = {0x84, 0x9F0C, 0x6F, 0xA5, 0x5F8101};
    struct cc_bytes in = cc_bytes_of(data, size);
    struct cc_tlv object;
    while (cc_tlv_next(&in, &object) == CC_TLV_OBJECT) {
        FUZZ_CHECK(object.tag != 0);
        check_within(object.value, data, size);
    }
    FUZZ_CHECK(in.bad || in.left == 0);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct cc_bytes value;
        bool found = cc_tlv_find(cc_bytes_of(data, size), tags[i], &value);
        FUZZ_CHECK(found || value.left == 0);
        check_within(value, data, size);
    }
    return 0;
}
