/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/names.h"
#include <string.h>

/* Share of people in 1/10,000: the first ten from the census of names of 2020, the rest rounded. */
static const struct {
    const char *name;
    unsigned weight;
} surnames[] = {
    {"王", 710}, {"李", 696}, {"张", 642}, {"刘", 516}, {"陈", 426}, {"杨", 297}, {"黄", 216}, {"赵", 203},
    {"周", 188}, {"吴", 178}, {"徐", 145}, {"孙", 138}, {"马", 129}, {"朱", 122}, {"胡", 119}, {"郭", 115},
    {"何", 114}, {"林", 113}, {"高", 109}, {"罗", 107}, {"郑", 93},  {"梁", 90},  {"谢", 79},  {"宋", 78},
    {"唐", 76},  {"许", 72},  {"邓", 68},  {"韩", 67},  {"冯", 66},  {"曹", 64},  {"彭", 59},  {"曾", 58},
    {"肖", 58},  {"田", 56},  {"董", 56},  {"潘", 54},  {"袁", 53},  {"蔡", 50},  {"蒋", 49},  {"余", 49},
    {"于", 48},  {"杜", 47},  {"叶", 46},  {"程", 46},  {"魏", 46},  {"苏", 45},  {"吕", 45},  {"丁", 43},
    {"任", 42},  {"卢", 42},  {"姚", 41},  {"沈", 41},  {"钟", 41},  {"姜", 40},  {"崔", 40},  {"谭", 39},
    {"陆", 39},  {"范", 38},  {"汪", 37},  {"廖", 37},  {"石", 36},  {"金", 36},  {"韦", 36},  {"贾", 35},
    {"夏", 34},  {"付", 34},  {"方", 34},  {"邹", 34},  {"熊", 33},  {"白", 32},  {"孟", 32},  {"秦", 31},
    {"邱", 31},  {"侯", 30},  {"江", 30},  {"尹", 30},  {"薛", 29},  {"闫", 29},  {"段", 28},  {"雷", 28},
    {"龙", 27},  {"黎", 27},  {"史", 27},  {"陶", 26},  {"贺", 26},  {"毛", 25},  {"郝", 25},  {"顾", 25},
    {"龚", 25},  {"邵", 24},  {"万", 24},  {"钱", 24},  {"覃", 23},  {"武", 23},  {"戴", 23},  {"孔", 22},
    {"汤", 22},
};

/* The long tail: 14 % of people, shared equally. */
static const char *const tail[] = {
    "庞", "樊", "兰", "殷", "施", "洪", "翟", "安", "颜", "倪", "严", "牛", "温", "芦", "季", "俞", "章",
    "鲁", "葛", "伍", "申", "尤", "毕", "聂", "柴", "焦", "向", "柳", "邢", "岳", "齐", "沿", "梅", "莫",
    "庄", "辛", "管", "祝", "左", "涂", "谷", "祁", "舒", "耿", "牟", "卜", "路", "詹", "关", "苗", "凌",
    "费", "纪", "靳", "盛", "童", "欧", "甄", "项", "曲", "成", "游", "阳", "裴", "席", "卫", "查", "屈",
    "鲍", "位", "覃", "霍", "翁", "隋", "植", "甘", "景", "薄", "单", "包", "司", "柏", "宁", "柯", "阮",
    "桂", "闵", "解", "强", "丛", "华", "车", "冉", "房", "边", "辜", "吉", "饶", "刁", "瞿",
};

/* Of two characters: the first is as common as the others together. */
static const char *const compound[] = {"欧阳", "上官", "诸葛", "司徒", "司马"};

const char *names_surname(struct rng *rng)
{
    unsigned draw = rng_below(rng, 10000);

    for (size_t i = 0; i < G_N_ELEMENTS(surnames); i++) {
        if (draw < surnames[i].weight)
            return surnames[i].name;
        draw -= surnames[i].weight;
    }
    unsigned rare = rng_below(rng, 1000);
    return rare < 8 ? compound[rare < 4 ? 0 : rare - 3] : tail[rng_below(rng, G_N_ELEMENTS(tail))];
}

size_t names_surname_size(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(compound); i++)
        if (g_str_has_prefix(name, compound[i]))
            return strlen(compound[i]);
    return (size_t)(g_utf8_next_char(name) - name);
}

bool names_is_listed(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(surnames); i++)
        if (g_str_has_prefix(name, surnames[i].name))
            return true;
    return false;
}

/* A generation: given names of one character are made of `ones`; longer ones of `twos`, or of two of `ones`. */
struct generation {
    uint32_t until_year;
    unsigned one_permille;
    const char *ones[2]; /* male, female: characters, separated by spaces */
    const char *twos[2]; /* whole given names; may be empty */
};

static const struct generation generations[] = {
    {1949, 80, {"德 福 根 生 宝 金 祥 茂 长 荣", "秀 英 珍 桂 兰 凤 玉 淑 梅 菊"}, {"", ""}},
    {1959, 100, {"国 明 志 忠 平 生 荣 建 华", "英 兰 秀 华 玉 桂 芳 珍"}, {"建国 建华 志明 国忠 明荣", ""}},
    {1979, 200, {"军 勇 强 伟 斌 明 刚 平 国 华", "丽 英 红 霞 敏 艳 燕 萍 芳 玲"}, {"", ""}},
    {1989, 270, {"伟 磊 涛 鹏 超 杰 斌 俊 峰 波", "静 丽 婷 敏 娜 娟 慧 颖 洁 倩"}, {"", ""}},
    {1999, 270, {"杰 浩 宇 鑫 凯 晨 昊 翔 博 旭", "婷 雪 雨 欣 佳 悦 瑶 琪 莹 慧"}, {"", ""}},
    {2009, 140, {"涛 杰 宇 浩", "婷 欣 雨 佳"}, {"浩宇 浩然 子轩 俊杰 天宇", "欣怡 梓涵 雨欣 思雨 佳怡"}},
    {9999,
     60,
     {"宸 泽 睿 轩", "诺 妍 汐 桐"},
     {"奕辰 宇轩 浩宇 亦辰 宇辰 子墨 宇航 浩然 梓豪 亦宸",
      "一诺 依诺 欣怡 梓涵 语桐 欣妍 可欣 语汐 雨桐 梦瑶"}},
};

static const char *pick(struct rng *rng, char **list)
{
    return list[rng_below(rng, g_strv_length(list))];
}

char *names_given(struct rng *rng, char sex, uint32_t birth)
{
    const struct generation *g = generations;
    int s = sex == 'M' ? 0 : 1;

    while (birth / 10000 > g->until_year)
        g++;
    g_auto(GStrv) ones = g_strsplit(g->ones[s], " ", -1);
    if (rng_permille(rng, g->one_permille))
        return g_strdup(pick(rng, ones));
    if (*g->twos[s] != '\0' && rng_permille(rng, 700)) {
        g_auto(GStrv) twos = g_strsplit(g->twos[s], " ", -1);
        return g_strdup(pick(rng, twos));
    }
    const char *first = pick(rng, ones), *second = pick(rng, ones);
    /* A doubled character is a fashion of the young: 婷婷 yes, 德德 no. */
    while (birth < 19800000 && strcmp(first, second) == 0)
        second = pick(rng, ones);
    return g_strconcat(first, second, NULL);
}

const char *const names_hard[] = {
    "司马予安", "上官明月", "阿依努尔·艾山江", "完么东智", "爱新觉罗·玉书", "陈喆",       "林堃",
    "吴犇",     "何龘",     "王𬍛",         "李𠅤",     "诸葛明轩",      "SMITH JOHN",
    "于一",
};
const unsigned names_hard_count = G_N_ELEMENTS(names_hard);
