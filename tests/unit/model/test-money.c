/* SPDX-License-Identifier: Apache-2.0 */
/* Money in figures and words: the golden list, then zero, negative and the ends of the range. */
#include "model/model.h"

#include <string.h>

struct vector {
    int64_t fen;
    const char *text;
};

static void check(char *(*write)(int64_t), const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *text = write(vectors[i].fen);
        g_assert_cmpstr(text, ==, vectors[i].text);
    }
}

static void test_capitals(void)
{
    static const struct vector VECTORS[] = {
        {5, "伍分"},
        {50, "伍角"},
        {100, "壹元整"},
        {1000, "壹拾元整"},
        {1005, "壹拾元零伍分"},
        {8650, "捌拾陆元伍角"},
        {32504, "叁佰贰拾伍元零肆分"},
        {140950, "壹仟肆佰零玖元伍角"},
        {600714, "陆仟零柒元壹角肆分"},
        {1000500, "壹万零伍元整"},
        {1640902, "壹万陆仟肆佰零玖元零贰分"},
        {100000000, "壹佰万元整"},
        {10700053, "壹拾万柒仟元伍角叁分"},
        {0, "零元整"},
        {-8650, "负捌拾陆元伍角"},
        {2000200, "贰万零贰元整"},
        {15, "壹角伍分"},
        {1000000500000, "壹佰亿零伍仟元整"},
        {10000000000, "壹亿元整"},
        {10000000100, "壹亿零壹元整"},
        {1234567890123456, "壹拾贰万叁仟肆佰伍拾陆亿柒仟捌佰玖拾万壹仟贰佰叁拾肆元伍角陆分"},
        {1000000000000000, "壹拾万亿元整"},
        {-1000000000000000, "负壹拾万亿元整"},
    };
    check(money_words_zh, VECTORS, G_N_ELEMENTS(VECTORS));
}

static void test_spoken(void)
{
    static const struct vector VECTORS[] = {
        {8650, "八十六元五角"},
        {140950, "一千四百零九元五角"},
        {0, "零元"},
        {5, "五分"},
        {50, "五角"},
        {200, "两元"},
        {20, "两角"},
        {1000, "十元"},
        {1200, "十二元"},
        {1005, "十元零五分"},
        {11000, "一百一十元"},
        {20000, "二百元"},
        {200000, "两千元"},
        {2000200, "两万零二元"},
        {10000000, "十万元"},
        {10001500, "十万零一十五元"},
        {-1000, "负十元"},
        {100000000, "一百万元"},
        {20000000000, "两亿元"},
    };
    check(money_spoken_zh, VECTORS, G_N_ELEMENTS(VECTORS));
}

static void test_english(void)
{
    static const struct vector VECTORS[] = {
        {8650, "eighty-six yuan fifty"},
        {140950, "one thousand four hundred and nine yuan fifty"},
        {0, "zero yuan"},
        {5, "zero yuan zero five"},
        {100, "one yuan"},
        {8605, "eighty-six yuan zero five"},
        {10000, "one hundred yuan"},
        {-1019, "minus ten yuan nineteen"},
        {10700053, "one hundred and seven thousand yuan fifty-three"},
        {100000500, "one million and five yuan"},
        {1000000000000000, "ten trillion yuan"},
    };
    check(money_words_en, VECTORS, G_N_ELEMENTS(VECTORS));
}

static void test_figures(void)
{
    static const struct vector FORMAT[] = {
        {140950, "1,409.50"},
        {0, "0.00"},
        {5, "0.05"},
        {-5, "-0.05"},
        {99900, "999.00"},
        {100000000, "1,000,000.00"},
        {INT64_MAX, "92,233,720,368,547,758.07"},
        {INT64_MIN, "-92,233,720,368,547,758.08"},
    };
    static const struct vector YUAN[] = {{140950, "1,409"}, {99, "0"}, {-12345678, "-123,456"}};
    static const struct vector CENTS[] = {{140950, "50"}, {5, "05"}, {-7, "07"}, {100, "00"}};

    check(money_format, FORMAT, G_N_ELEMENTS(FORMAT));
    check(money_yuan, YUAN, G_N_ELEMENTS(YUAN));
    check(money_cents, CENTS, G_N_ELEMENTS(CENTS));
}

/* Every amount has words that no other amount has, and both ends of the range are written. */
static void test_range(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int64_t fen = -30000; fen <= 1300000; fen += 7) {
        char *writers[] = {money_words_zh(fen), money_spoken_zh(fen), money_words_en(fen)};
        for (size_t i = 0; i < G_N_ELEMENTS(writers); i++)
            g_assert_true(g_hash_table_add(seen, writers[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        int64_t fen = i == 0 ? INT64_MIN : INT64_MAX;
        g_autofree char *zh = money_words_zh(fen), *spoken = money_spoken_zh(fen), *en = money_words_en(fen);
        g_assert_true(g_utf8_validate(zh, -1, NULL) && g_utf8_validate(spoken, -1, NULL));
        g_assert_cmpuint(strlen(en), >, 100);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/money/capitals", test_capitals);
    g_test_add_func("/model/money/spoken", test_spoken);
    g_test_add_func("/model/money/english", test_english);
    g_test_add_func("/model/money/figures", test_figures);
    g_test_add_func("/model/money/range", test_range);
    return g_test_run();
}
