/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked names and numbers for screens that others can see. 张* · 欧阳** · 阿***·*** · last four digits of an
 * ID number. A two-character name keeps one character even when it spells a compound surname, else nothing
 * would be masked.
 */
#include "bytes.h"
#include "citycard.h"
#include "text.h"

#include <string.h>

/* Compound surnames in use today (the list of the Hundred Family Surnames and the larger ones outside of it).
 */
static const char *const compound_surnames[] = {
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "司空", "东方",
    "独孤", "南宫", "长孙", "宇文", "端木", "轩辕", "西门", "百里", "呼延", "东郭", "钟离", "闻人", "赫连",
    "澹台", "公冶", "宗政", "濮阳", "淳于", "单于", "太叔", "申屠", "仲孙", "鲜于", "闾丘", "亓官", "司寇",
    "子车", "颛孙", "巫马", "公西", "漆雕", "乐正", "壤驷", "公良", "拓跋", "夹谷", "宰父", "谷梁", "段干",
    "左丘", "梁丘", "东门", "第五", "纳兰", "叶赫", "完颜", "耶律", "爱新",
};

/* Signs between the parts of a name stay as they are: the dots in use, and spaces. */
static bool is_separator(uint32_t c)
{
    return c == 0xB7 || c == 0x2022 || c == 0x2027 || c == 0x30FB || c == 0xFF0E || c == ' ' || c == 0x3000;
}

static size_t count_characters(const char *text, bool *has_separator)
{
    size_t count = 0;
    uint32_t c;
    for (*has_separator = false; *text != '\0'; count++) {
        text += cc_utf8_next(text, &c);
        *has_separator = *has_separator || is_separator(c);
    }
    return count;
}

static size_t characters_to_keep(const char *name)
{
    bool has_separator;
    size_t count = count_characters(name, &has_separator);
    if (count < 2)
        return 0;
    for (size_t i = 0;
         count > 2 && !has_separator && i < sizeof compound_surnames / sizeof compound_surnames[0]; i++) {
        if (strncmp(name, compound_surnames[i], strlen(compound_surnames[i])) == 0)
            return 2;
    }
    return 1;
}

void cc_mask_name(const char *name, char *out, size_t out_size)
{
    if (out_size == 0)
        return;
    memset(out, 0, out_size);
    struct cc_writer writer = cc_writer_on((uint8_t *)out, out_size - 1);
    size_t keep = characters_to_keep(name);
    while (*name != '\0' && !writer.bad) {
        uint32_t c;
        size_t len = cc_utf8_next(name, &c);
        bool shown = c != 0xFFFD && (keep > 0 || is_separator(c));
        cc_put(&writer, (const uint8_t *)(shown ? name : "*"), shown ? len : 1);
        name += len;
        keep -= keep > 0;
    }
}

void cc_mask_id(const char *id_number, char *out, size_t out_size)
{
    if (out_size == 0)
        return;
    memset(out, 0, out_size);
    size_t len = strlen(id_number);
    for (size_t i = 0; i < len && i + 1 < out_size; i++)
        out[i] = len > 4 && i >= len - 4 ? id_number[i] : '*';
}
