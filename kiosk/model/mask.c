/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a person may be shown (PV-1 on the screen, PV-2 on paper). When a value is too short or not what it
 * should be, everything is starred: a mask never shows more than asked for.
 */
#include "model/model.h"

#include <string.h>

/* Surnames of two characters in use, 百家姓 and later registers; only the common ones need to be right. */
static const char *const COMPOUND[] = {
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟",
    "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离",
    "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷",
    "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭",
    "南门", "羊舌", "微生", "梁丘", "左丘", "西门", "南荣", "东里", "东宫", "即墨", "达奚", "褚师", "纳兰",
    "完颜", "耶律", "尔朱", "第五", "歐陽", "司馬", "東方", "諸葛", "尉遲", "鍾離", "長孫", "鮮于", "軒轅",
};

static char *stars(size_t count)
{
    char *out = g_malloc(count + 1);
    memset(out, '*', count);
    out[count] = '\0';
    return out;
}

/* Characters of the name to keep: a surname, but never a whole name. */
static glong surname_len(const char *name, glong len)
{
    if (len <= 1)
        return 0;
    for (size_t i = 0; len > 2 && i < G_N_ELEMENTS(COMPOUND); i++)
        if (g_str_has_prefix(name, COMPOUND[i]))
            return 2;
    return 1;
}

static bool separator(gunichar c)
{
    return c == 0x00B7 || c == 0x2022 || c == 0x2027 || c == 0x30FB || c == ' ' || c == '-';
}

char *mask_name(const char *name)
{
    g_autofree char *text = name != NULL && g_utf8_validate(name, -1, NULL) ? g_strdup(name) : NULL;

    if (text == NULL)
        return name != NULL ? stars(2) : g_strdup("");
    g_strstrip(text);
    glong keep = surname_len(text, g_utf8_strlen(text, -1)), at = 0;
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p), at++) {
        gunichar c = g_utf8_get_char(p);
        if (at < keep || separator(c))
            g_string_append_unichar(out, c);
        else
            g_string_append_c(out, '*');
    }
    return g_string_free(out, FALSE);
}

/* Keep `head` and `tail` bytes of an ASCII number when at least `hidden_min` lie between them. */
static char *mask_middle(const char *text, size_t head, size_t tail, size_t hidden_min)
{
    size_t len = text != NULL ? strlen(text) : 0;
    char *out = stars(len);

    if (text == NULL || !g_str_is_ascii(text) || len < head + tail + hidden_min)
        return out;
    memcpy(out, text, head);
    memcpy(out + len - tail, text + len - tail, tail);
    return out;
}

char *mask_id_screen(const char *id)
{
    return mask_middle(id, 0, 4, 4);
}

char *mask_id_paper(const char *id)
{
    return mask_middle(id, 3, 4, 4);
}

char *mask_phone(const char *phone)
{
    size_t len = phone != NULL ? strlen(phone) : 0;
    return len >= 11 ? mask_middle(phone, 3, 4, 4) : mask_middle(phone, 0, 4, 3);
}

/* Where the first figure stands: a door number in an address that names no building. */
static size_t first_figure(const char *text)
{
    const char *p = text;

    for (; *p != '\0'; p = g_utf8_next_char(p))
        if (g_unichar_isdigit(g_utf8_get_char(p)))
            break;
    return (size_t)(p - text);
}

char *mask_address(const char *address)
{
    static const char *const BUILDING[] = {"号楼", "幢", "栋", "号"};

    if (address == NULL || !g_utf8_validate(address, -1, NULL))
        return g_strdup("");
    for (size_t i = 0; i < G_N_ELEMENTS(BUILDING); i++) {
        const char *at = strstr(address, BUILDING[i]);
        if (at != NULL)
            return g_strndup(address, (gsize)(at - address) + strlen(BUILDING[i]));
    }
    char *out = g_strndup(address, first_figure(address));
    return g_strchomp(out);
}
