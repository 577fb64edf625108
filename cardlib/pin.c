/* SPDX-License-Identifier: Apache-2.0 */
/* The holder's PIN (JR/T 0025.2, VERIFY). Every command here may cost a try: none is ever sent twice. */
#include "apdu.h"
#include "citycard.h"

#include <openssl/crypto.h>
#include <string.h>

/* Two digits a byte; an odd last digit is followed by F. Length of the packed PIN, 0 when it is none. */
static size_t pack_pin(const char *pin, uint8_t packed[6])
{
    size_t len = strnlen(pin, 13);
    if (len < 4 || len > 12 || strspn(pin, "0123456789") != len)
        return 0;
    memset(packed, 0xFF, 6);
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(pin[i] - '0');
        packed[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 | 0x0F : (packed[i / 2] & 0xF0) | digit);
    }
    return (len + 1) / 2;
}

int cc_pin_verify(struct cc_port *port, const struct cc_card *card, const char *pin, unsigned *tries_left)
{
    uint8_t packed[6];
    struct cc_answer answer;
    *tries_left = 0;
    size_t len = pack_pin(pin, packed);
    if (len == 0)
        return CC_ERR_ARGUMENT;
    struct cc_command verify = {.ins = 0x20, .data = packed, .data_len = len, .le = CC_LE_NONE, .once = true};
    int result = cc_apdu(port, &verify, &answer);
    OPENSSL_cleanse(packed, sizeof packed);
    if (result != CC_OK)
        return result;
    result = cc_sw_result(answer.sw);
    if (result == CC_PIN_WRONG)
        *tries_left = answer.sw & 0x0F;
    return result;
}
