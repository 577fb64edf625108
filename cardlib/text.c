/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <iconv.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* What is left of the field without its padding: up to the first 00, without FF and spaces at the end. */
static struct cc_bytes unpadded(struct cc_bytes in)
{
    struct cc_bytes text = cc_bytes_of(in.at, 0);
    while (text.left < in.left && in.at[text.left] != 0x00)
        text.left++;
    while (text.left > 0 && (text.at[text.left - 1] == 0xFF || text.at[text.left - 1] == ' '))
        text.left--;
    return text;
}

static bool append(struct cc_writer *out, const char *bytes, size_t len)
{
    if (out->room - out->len < len + 1)
        return false;
    cc_put(out, (const uint8_t *)bytes, len);
    return true;
}

static bool steers_the_screen(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB);
}

size_t cc_utf8_next(const char *text, uint32_t *code_point)
{
    const uint8_t *at = (const uint8_t *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = at[0] < 0x80             ? 1
                 : (at[0] & 0xE0) == 0xC0 ? 2
                 : (at[0] & 0xF0) == 0xE0 ? 3
                 : (at[0] & 0xF8) == 0xF0 ? 4
                                          : 0;
    *code_point = 0xFFFD;
    if (len == 0)
        return 1;
    uint32_t value = len == 1 ? at[0] : at[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80) /* also stops at the terminator */
            return 1;
        value = value << 6 | (at[i] & 0x3F);
    }
    if (value < smallest[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 1;
    *code_point = value;
    return len;
}

/*
 * One character out of `text`, tried with one, two and four bytes as GB 18030 has them. Going character by
 * character keeps one broken byte from taking its neighbours along, and costs nothing on fields of twenty
 * bytes.
 */
static size_t convert_one(iconv_t converter, struct cc_bytes text, char utf8[8], size_t *utf8_len)
{
    static const size_t lengths[] = {1, 2, 4};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] && lengths[i] <= text.left; i++) {
        char *from = (char *)text.at;
        char *to = utf8;
        size_t from_left = lengths[i], to_left = 8;
        if (iconv(converter, NULL, NULL, NULL, NULL) == (size_t)-1)
            return 0;
        if (iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1 && from_left == 0 &&
            to_left < 8) {
            *utf8_len = 8 - to_left;
            return lengths[i];
        }
    }
    return 0;
}

static void convert(iconv_t converter, struct cc_bytes text, struct cc_writer *out)
{
    bool room = true;
    while (room && text.left > 0) {
        char utf8[9] = {0};
        size_t utf8_len = 0;
        uint32_t code_point = 0xFFFD;
        size_t used = convert_one(converter, text, utf8, &utf8_len);
        if (used > 0)
            cc_utf8_next(utf8, &code_point);
        if (used == 0 || code_point == 0xFFFD || steers_the_screen(code_point))
            room = append(out, replacement, 3);
        else
            room = append(out, utf8, utf8_len);
        cc_skip(&text, used > 0 ? used : 1);
    }
}

/* Without the converter (a system without its gconv modules) ASCII is still right. */
static void convert_ascii_only(struct cc_bytes text, struct cc_writer *out)
{
    bool room = true;
    while (room && text.left > 0) {
        char c = (char)cc_take_u8(&text);
        room = c >= 0x20 && c < 0x7F ? append(out, &c, 1) : append(out, replacement, 3);
    }
}

void cc_text_from_gb(struct cc_bytes in, char *out, size_t out_size)
{
    memset(out, 0, out_size);
    struct cc_writer writer = cc_writer_on((uint8_t *)out, out_size);
    struct cc_bytes text = unpadded(in);
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1) {
        convert_ascii_only(text, &writer);
        return;
    }
    convert(converter, text, &writer);
    iconv_close(converter);
}

void cc_text_from_ascii(struct cc_bytes in, char *out, size_t out_size)
{
    memset(out, 0, out_size);
    struct cc_writer writer = cc_writer_on((uint8_t *)out, out_size);
    struct cc_bytes text = unpadded(in);
    bool room = true;
    while (room && text.left > 0) {
        char c = (char)cc_take_u8(&text);
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '.' || c == '/' || c == '(' || c == ')' || c == '*' || c == ' ';
        room = append(&writer, plain ? &c : "?", 1);
    }
}
