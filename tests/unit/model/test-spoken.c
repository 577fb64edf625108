/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a written text: golden pairs in both languages, the readings of words and surnames, and texts that want to do harm. */
#include "model/spoken.h"

#include <stdbool.h>
#include <string.h>

struct golden {
    const char *text, *said;
};

static const struct golden CHINESE[] = {
    {"应付 286.40 元", "应付 二百八十六元四角"},
    {"¥1,409.50", "一千四百零九元五角"},
    {"￥5，谢谢", "五元，谢谢"},
    {"余额 0.05 元", "余额 五分"},
    {"2026年9月1日", "二零二六年九月一日"},
    {"2026-11-04 14:05", "二零二六年十一月四日 十四点零五分"},
    {"10月31日", "十月三十一日"},
    {"09:00–11:00", "九点到十一点"},
    {"星期三，11月25日，09:30–11:00", "星期三，十一月二十五日，九点三十分到十一点"},
    {"12:02 开始", "十二点零二分 开始"},
    {"2:00", "两点"},
    {"电话 138****1234", "电话 幺三八，尾号幺二三四"},
    {"13812345678", "幺三八，幺二三四，五六七八"},
    {"0571-87654321", "零五七幺，八七六五四三二幺"},
    {"400-820-8820", "四零零，八二零，八八二零"},
    {"拨打 120 或 12345", "拨打 幺二零 或 幺二三四，五"},
    {"尾号 6021 的卡", "尾号 六零二幺 的卡"},
    {"张** · 卡 6021", "张某， 卡 六零二幺"},
    {"单*，您好", "单某，您好"},
    {"仇某 解女士 曾先生 区师傅 查老师 盖大爷", "仇某 解女士 曾先生 区师傅 查老师 盖大爷"},
    {"欧阳** 尉迟*", "欧阳某 尉迟某"},
    {"A023 号请到 2 号窗口", "A 零二三 号请到 二号窗口"},
    {"K0001-000123", "K 零零零幺，零零零幺二三"},
    {"用电 186 kWh", "用电 一百八十六度"},
    {"用水 12.5 m³", "用水 十二点五立方米"},
    {"12 小时 30 分", "十二小时 三十分"},
    {"还有 2 个座位，第 2 位", "还有 两个座位，第 二位"},
    {"12 个人 2 人 200 元 2000 分", "十二个人 两人 二百元 两千分"},
    {"去银行找行长，重庆路，重新排队，音乐快乐，重量", "去银行找行长，重庆路，重新排队，音乐快乐，重量"},
    {"长者食堂为您服务，校长处长，还款还有", "长者食堂为您服务，校长处长，还款还有"},
    {"气温 -5 ℃ 到 8℃", "气温 负五摄氏度 到 八摄氏度"},
    {"打折 85%", "打折 百分之八十五"},
    {"100%", "百分之一百"},
    {"3.14", "三点一四"},
    {"连 Wi-Fi 用 APP", "连 Wi-Fi 用 APP"},
    {"２０２６年　（通知）“停水”", "二零二六年，通知，停水"},
    {"每周三上午9点到11点", "每周三上午九点到十一点"},
    {"1234567", "幺二三四，五六七"},
    {"12345678901234567890", "幺二三四，五六七八，九零幺二，三四五六，七八九零"},
    {"2026年7月至9月", "二零二六年七月至九月"},
    {"10000 分，20 人，110 个", "一万分，二十人，一百一十个"},
    {"第1/3页", "第一，三页"},
    {"3号楼2单元501室", "三号楼二单元五零幺室"},
    {"5-7 天", "五到七天"},
    {"地址：幸福路1号", "地址：幸福路一号"},
    {"12:30、6:05、0:15", "十二点三十分、六点零五分、零点十五分"},
    {"−5 元", "负五元"},
    {"2月2日 2点 2年 2楼 2米", "二月二日 两点 两年 二楼 两米"},
    {"第2次，每2次", "第二次，每两次"},
    {"1,234,567 元", "一百二十三万四千五百六十七元"},
    {"一共 3 件，2 种", "一共 三件，两种"},
    {"卡里还剩 20.00 元", "卡里还剩 二十元"},
    {"收据号码 20261104001", "收据号码 二零二六，幺幺零四，零零幺"},
    {"应该更换空调，调整地址", "应该更换空调，调整地址"},
    {"理发 5 折，量血压 2 次", "理发 五折，量血压 两次"},
    {"行走，行业，各行各业", "行走，行业，各行各业"},
    {"重阳节，双重", "重阳节，双重"},
    {"120 平方米，25 m²", "一百二十平方米，二十五平方米"},
};

static const struct golden ENGLISH[] = {
    {"¥286.40", "two hundred and eighty-six yuan forty"},
    {"You pay ¥1,409.05.", "You pay one thousand four hundred and nine yuan zero five."},
    {"28 February 2034", "the twenty-eighth of February twenty thirty-four"},
    {"31 October", "the thirty-first of October"},
    {"September 2026", "September twenty twenty-six"},
    {"July to September 2026", "July to September twenty twenty-six"},
    {"November 2026 to January 2027", "November twenty twenty-six to January twenty twenty-seven"},
    {"09:30", "nine thirty a.m."},
    {"Wednesday, 25 November, 09:00–11:00", "Wednesday, the twenty-fifth of November, nine a.m. to eleven a.m."},
    {"12:00 and 00:05", "twelve p.m. and twelve oh five a.m."},
    {"Card ending in 6021", "Card ending in six zero two one"},
    {"Call 120 or 0571-8765 4321", "Call one two zero or zero five seven one, eight seven six five, four three two one"},
    {"138****1234", "one three eight, ending in one two three four"},
    {"A023, please go to counter 2", "A zero two three, please go to counter two"},
    {"Receipt number 000123", "Receipt number zero zero zero one, two three"},
    {"186 kWh", "one hundred and eighty-six kilowatt-hours"},
    {"12 h 30 min", "twelve hours thirty minutes"},
    {"1 h", "one hour"},
    {"2.5 km away", "two point five kilometres away"},
    {"5,000 people", "five thousand people"},
    {"3 seats left", "three seats left"},
    {"85%", "eighty-five percent"},
    {"−5 ℃", "minus five degrees Celsius"},
    {"in 2026 we had 1,234,567 visitors", "in twenty twenty-six we had one million two hundred and thirty-four thousand five hundred and sixty-seven visitors"},
    {"Open 9-11", "Open nine to eleven"},
    {"Machine K0001", "Machine K zero zero zero one"},
    {"1/2", "one, two"},
    {"Left on the card ¥20.00", "Left on the card twenty yuan"},
    {"¥0.05", "zero yuan zero five"},
    {"0 points", "zero points"},
    {"1.5 h", "one point five hours"},
    {"2005-08-15", "the fifteenth of August two thousand and five"},
    {"from 8 to 10 people", "from eight to ten people"},
    {"张** has a bill", "张 has a bill"},
    {"Room 501, 3 m²", "Room five hundred and one, three square metres"},
    {"A1", "A one"},
};

static const struct golden READINGS[] = {
    {"单某，您好", "shan4 某，您好"},
    {"仇某 解女士 曾先生 区师傅 查老师 盖大爷", "qiu2 某 xie4 女士 zeng1 xian1 sheng5  ou1 师傅 zha1 老师 ge3 大爷"},
    {"欧阳某 尉迟某", "欧阳某 yu4 chi2 某"},
    {"去银行找行长，重庆路，重新排队，音乐快乐，重量", "去 yin2 hang2 找 hang2 zhang3 ， chong2 qing4 路， chong2 xin1 排队， yin1 yue4 快乐，重量"},
    {"长者食堂为您服务，校长处长，还款还有", "zhang3 zhe3 食堂为您服务， xiao4 zhang3 chu4 zhang3 ， huan2 kuan3 还有"},
    {"地址：幸福路一号", "di4 zhi3 ：幸福路一号"},
    {"应该更换空调，调整地址", "应该 geng1 huan4 kong1 tiao2 ， tiao2 zheng3 di4 zhi3 "},
    {"理发 五折，量血压 两次", "li3 fa4  五折， liang2 xue4 ya1  两次"},
    {"行走，行业，各行各业", "行走， hang2 ye4 ， ge4 hang2 ge4 ye4 "},
    {"重阳节，双重", "chong2 yang2 节， shuang1 chong2 "},
};

static void check(enum spoken_language language, const struct golden *golden, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *said = spoken_words(language, golden[i].text);

        g_assert_cmpstr(said, ==, golden[i].said);
    }
}

static void test_chinese(void)
{
    check(SPOKEN_ZH, CHINESE, G_N_ELEMENTS(CHINESE));
}

static void test_english(void)
{
    check(SPOKEN_EN, ENGLISH, G_N_ELEMENTS(ENGLISH));
}

static void test_readings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(READINGS); i++) {
        g_autofree char *said = spoken_pinyin(READINGS[i].text);

        g_assert_cmpstr(said, ==, READINGS[i].said);
    }
}

/* Surnames are read so in front of a title and of the mask only. */
static void test_surnames(void)
{
    static const struct golden pairs[] = {{"单某", " shan4 某"}, {"单位", "单位"},   {"曾先生", "zeng1"}, {"曾经", "曾经"},
                                          {"解某", "xie4"},      {"解决", "解决"},   {"乐某", "yue4"},    {"快乐", "快乐"},
                                          {"区女士", "ou1"},     {"社区", "社区"},   {"重某", "chong2"},  {"重要", "重要"},
                                          {"查某", "zha1"},      {"盖某", "ge3"},    {"仇某", "qiu2"},    {"检查", "检查"}};

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *said = spoken_pinyin(pairs[i].text);
        g_autofree char *wanted = g_strstrip(g_strdup(pairs[i].said));

        g_assert_true(g_str_has_prefix(said, wanted));
    }
}

static void assert_safe(const char *said)
{
    g_assert_true(g_utf8_validate(said, -1, NULL));
    for (const char *at = said; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        g_assert_false(g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT);
        g_assert_true(c >= 0x80 || strchr("<>&[]{}|\\^_`$*0123456789", (int)c) == NULL);
    }
}

static void check_safe(const char *text)
{
    g_autofree char *chinese = spoken_words(SPOKEN_ZH, text), *english = spoken_words(SPOKEN_EN, text);
    g_autofree char *pinyin = spoken_pinyin(chinese);

    assert_safe(chinese);
    assert_safe(english);
    g_assert_true(g_utf8_validate(pinyin, -1, NULL));
}

static void test_hostile(void)
{
    static const char *const texts[] = {
        "", "\xff\xfe\x80", "<speak><voice name=\"x\">&lt;</voice>", "[[h@l'oU]]", "$(reboot); `id` | sh\n\r\t\x1b[31m",
        "\u202e12.50\u202c 元", "a\u0301\u0302\u0303\u0304\u0305", "¥", "¥¥¥-", "99999999999999999999.99 元", "1,,2,3,,,4", "1.2.3.4",
        "--5", "24:00 25:61 9:5", "2026-13-45", "****", "1*", "*1*2*3*", "A-", "AAAA-1-2-3-", "第", "％％", "\x07", "٣٤٥", "½²³", "−", "\U0001F600",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        check_safe(texts[i]);
}

/* Any bytes at all, by a fixed seed; and a text without end is cut. */
static void test_any_bytes(void)
{
    GRand *chance = g_rand_new_with_seed(20261123);
    static const char alphabet[] = "0123456789¥元.,:-*年月日AK％~～/ \n<[\xe4\xb8\x80\xff";

    for (int round = 0; round < 3000; round++) {
        char text[64] = "";

        for (int i = 0; i < 63; i++)
            text[i] = alphabet[g_rand_int_range(chance, 0, sizeof alphabet - 1)];
        check_safe(text);
    }
    g_rand_free(chance);
    g_autofree char *endless = g_strnfill(100000, 'a'), *said = spoken_words(SPOKEN_EN, endless);
    g_assert_cmpuint(strlen(said), ==, SPOKEN_CHARS_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/spoken/chinese", test_chinese);
    g_test_add_func("/model/spoken/english", test_english);
    g_test_add_func("/model/spoken/readings", test_readings);
    g_test_add_func("/model/spoken/surnames", test_surnames);
    g_test_add_func("/model/spoken/hostile", test_hostile);
    g_test_add_func("/model/spoken/any-bytes", test_any_bytes);
    return g_test_run();
}
