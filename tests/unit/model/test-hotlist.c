/* SPDX-License-Identifier: Apache-2.0 */
/* Marks, the digest that knows no order, and buckets. Known answers are by a second implementation, in Python. */
#include "model/hotlist.h"

#include <string.h>

#define VERSION 5

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < len; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_names(void)
{
    enum hotlist_reason reason;

    for (int i = 0; i < HOTLIST_REASONS; i++) {
        g_assert_true(hotlist_reason_parse(hotlist_reason_name(i), &reason));
        g_assert_cmpint(reason, ==, i);
    }
    g_assert_cmpstr(hotlist_reason_name(HOTLIST_REASONS), ==, "other");
    g_assert_cmpstr(hotlist_reason_name(-1), ==, "other");
    g_assert_false(hotlist_reason_parse("LOST", &reason));
    g_assert_false(hotlist_reason_parse("", &reason));
}

static void test_marks(void)
{
    static const char *const WRONG[] = {"", "0011", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0",
                                        "00112233445566778899AABBCCDDEEFF", "0011223344556677-899aabbccddeeff",
                                        "g0112233445566778899aabbccddeeff"};
    char digits[HOTLIST_MARK_DIGITS + 1];
    uint64_t mark = 0;

    g_assert_true(hotlist_mark_of_token("00112233445566778899aabbccddeeff", &mark));
    g_assert_cmphex(mark, ==, 0x0011223344556677);
    hotlist_mark_format(mark, digits);
    g_assert_cmpstr(digits, ==, "0011223344556677");
    hotlist_mark_format(UINT64_MAX, digits);
    g_assert_true(hotlist_mark_parse(digits, &mark));
    g_assert_cmphex(mark, ==, UINT64_MAX);
    g_assert_false(hotlist_mark_of_token(NULL, &mark));
    for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++)
        g_assert_false(hotlist_mark_of_token(WRONG[i], &mark));
}

static void test_digest(void)
{
    uint64_t state = 7, marks[200];
    uint8_t forth[32] = {0}, back[32] = {0}, zero[32] = {0}, known[32] = {0};

    hotlist_digest_add(known, 0x0011223344556677, HOTLIST_LOST);
    hotlist_digest_add(known, UINT64_MAX, HOTLIST_OTHER);
    assert_hex(known, 32, "050b17ab5b97cb6cc9b3c45a9e7c8242faa43c8b6fd8b5d191d0fe6e6faa9b03");
    for (int i = 0; i < 200; i++)
        marks[i] = draw(&state);
    for (int i = 0; i < 200; i++)
        hotlist_digest_add(forth, marks[i], (uint8_t)(i % HOTLIST_REASONS));
    for (int i = 199; i >= 0; i--)
        hotlist_digest_add(back, marks[i], (uint8_t)(i % HOTLIST_REASONS));
    g_assert_cmpmem(forth, 32, back, 32);
    hotlist_digest_remove(back, marks[3], 3);
    hotlist_digest_add(back, marks[3], 4); /* another reason is another list */
    g_assert_true(memcmp(forth, back, 32) != 0);
    for (int i = 0; i < 200; i += 2)
        hotlist_digest_remove(forth, marks[i], (uint8_t)(i % HOTLIST_REASONS));
    for (int i = 199; i >= 0; i -= 2)
        hotlist_digest_remove(forth, marks[i], (uint8_t)(i % HOTLIST_REASONS));
    g_assert_cmpmem(forth, 32, zero, 32);
}

static void test_shape(void)
{
    static const struct {
        int64_t count;
        unsigned bits, rice;
    } CASES[] = {{0, 0, 63},        {1, 0, 63},      {3, 0, 61},        {127, 0, 56},         {128, 1, 56},
                 {1000, 3, 53},     {100000, 10, 46}, {10000000, 17, 40}, {HOTLIST_COUNT_MAX, 22, 35}};

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        struct hotlist_shape shape = hotlist_shape_of(CASES[i].count);
        g_assert_cmpuint(shape.bucket_bits, ==, CASES[i].bits);
        g_assert_cmpuint(shape.rice, ==, CASES[i].rice);
    }
}

/* ---- Buckets ------------------------------------------------------------------------------------------------------ */

struct bucket {
    struct hotlist_shape shape;
    uint64_t number;
    struct hotlist_entry entries[300];
    size_t count, len;
    uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX];
};

static int by_mark(const void *a, const void *b)
{
    uint64_t left = ((const struct hotlist_entry *)a)->mark, right = ((const struct hotlist_entry *)b)->mark;
    return (left > right) - (left < right);
}

/* Bucket `number` of a list of `listed` entries, with so many of them in it; its first and last possible mark when `edges`. */
static void bucket_make(struct bucket *bucket, int64_t listed, uint64_t number, size_t count, bool edges, uint64_t seed)
{
    bucket->shape = hotlist_shape_of(listed);
    bucket->number = number;
    bucket->count = count;
    unsigned bits = bucket->shape.bucket_bits;
    uint64_t first = bits == 0 ? 0 : number << (64 - bits), reach = UINT64_MAX >> bits;

    for (size_t i = 0; i < count; i++)
        bucket->entries[i] = (struct hotlist_entry){first + (draw(&seed) & reach), (uint8_t)(i % HOTLIST_REASONS)};
    if (edges) {
        bucket->entries[0].mark = first;
        bucket->entries[1].mark = first + reach;
        bucket->entries[2].mark = first + reach - 1;
    }
    qsort(bucket->entries, count, sizeof *bucket->entries, by_mark);
    bucket->len = hotlist_bucket_write(bucket->shape, VERSION, number, bucket->entries, count, bucket->bytes,
                                       sizeof bucket->bytes);
    g_assert_cmpuint(bucket->len, >=, HOTLIST_BUCKET_BYTES_MIN);
}

static enum hotlist_found find(const struct bucket *bucket, uint64_t mark, enum hotlist_reason *reason)
{
    return hotlist_bucket_find(bucket->shape, VERSION, mark, bucket->bytes, bucket->len, reason);
}

static void assert_holds(const struct bucket *bucket)
{
    g_autofree struct hotlist_entry *read = g_new0(struct hotlist_entry, HOTLIST_BUCKET_ENTRIES_MAX);
    enum hotlist_reason reason;

    g_assert_cmpint(hotlist_bucket_read(bucket->shape, VERSION, bucket->number, bucket->bytes, bucket->len, read), ==,
                    bucket->count);
    for (size_t i = 0; i < bucket->count; i++) {
        uint64_t mark = bucket->entries[i].mark;

        g_assert_cmphex(read[i].mark, ==, mark);
        g_assert_cmpuint(read[i].reason, ==, bucket->entries[i].reason);
        g_assert_cmpint(find(bucket, mark, &reason), ==, HOTLIST_LISTED);
        g_assert_cmpint(reason, ==, bucket->entries[i].reason);
        bool next = i + 1 < bucket->count && bucket->entries[i + 1].mark == mark + 1;
        if (!next && hotlist_bucket_of(bucket->shape, mark + 1) == bucket->number && mark != UINT64_MAX)
            g_assert_cmpint(find(bucket, mark + 1, &reason), ==, HOTLIST_ABSENT);
    }
}

static void test_known(void)
{
    static const struct hotlist_entry entries[] = {
        {0x6c576faf21467d1e, 0}, {0x826886b7950e2e87, 1}, {0xa5fae19c0f40a6c7, 2}};
    struct bucket *bucket = g_new0(struct bucket, 1);

    bucket->shape = hotlist_shape_of(3);
    memcpy(bucket->entries, entries, sizeof entries);
    bucket->count = 3;
    bucket->len = hotlist_bucket_write(bucket->shape, VERSION, 0, entries, 3, bucket->bytes, sizeof bucket->bytes);
    assert_hex(bucket->bytes, bucket->len, "8291a2cfe62bb7d790a33e8f1611170873c7b168a1c92d723d193c1fef");
    assert_holds(bucket);
    g_free(bucket);
}

static void test_round_trip(void)
{
    static const int64_t LISTED[] = {3, 100, 127, 128, 5000, 10000000, HOTLIST_COUNT_MAX};
    struct bucket *bucket = g_new0(struct bucket, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(LISTED); i++) {
        uint64_t last = (UINT64_C(1) << hotlist_shape_of(LISTED[i]).bucket_bits) - 1;
        for (size_t count = 0; count < 300; count += count < 10 ? 1 : 29) {
            bucket_make(bucket, LISTED[i], 0, count, count >= 3, i);
            assert_holds(bucket);
            bucket_make(bucket, LISTED[i], last, count, count >= 3, i + 100);
            assert_holds(bucket);
        }
    }
    g_free(bucket);
}

static size_t try_write(struct hotlist_shape shape, uint64_t number, const struct hotlist_entry *entries, size_t count,
                        size_t size)
{
    uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX];

    return hotlist_bucket_write(shape, VERSION, number, entries, count, bytes, size);
}

static void test_refused(void)
{
    struct hotlist_shape shape = hotlist_shape_of(128); /* two buckets */
    const uint64_t half = UINT64_C(1) << 63;
    const struct hotlist_entry twice[] = {{5, 0}, {5, 0}}, falling[] = {{6, 0}, {5, 0}}, over[] = {{half, 0}},
                               under[] = {{half - 1, 0}}, reason[] = {{5, HOTLIST_REASONS}},
                               wrap[] = {{UINT64_MAX, 0}, {half, 0}}, good[] = {{half, 0}, {UINT64_MAX, 6}};

    g_assert_cmpuint(try_write(shape, 0, twice, 2, 100), ==, 0);
    g_assert_cmpuint(try_write(shape, 0, falling, 2, 100), ==, 0);
    g_assert_cmpuint(try_write(shape, 0, over, 1, 100), ==, 0);
    g_assert_cmpuint(try_write(shape, 1, under, 1, 100), ==, 0);
    g_assert_cmpuint(try_write(shape, 0, reason, 1, 100), ==, 0);
    g_assert_cmpuint(try_write(shape, 1, wrap, 2, 100), ==, 0);
    size_t len = try_write(shape, 1, good, 2, 100);
    g_assert_cmpuint(len, >, 4);
    g_assert_cmpuint(try_write(shape, 1, good, 2, len), ==, len);
    for (size_t size = 0; size < len; size++)
        g_assert_cmpuint(try_write(shape, 1, good, 2, size), ==, 0);
}

/* Each bit counts, and so do the place and the version that it was written for. */
static void test_damaged(void)
{
    struct bucket *bucket = g_new0(struct bucket, 1);
    enum hotlist_reason reason;

    bucket_make(bucket, 10000000, 77, 76, true, 9);
    uint64_t mark = bucket->entries[20].mark;
    for (size_t bit = 0; bit < bucket->len * 8; bit++) {
        bucket->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_cmpint(find(bucket, mark, &reason), ==, HOTLIST_DAMAGED);
        bucket->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len < bucket->len; len++)
        g_assert_cmpint(hotlist_bucket_find(bucket->shape, VERSION, mark, bucket->bytes, len, &reason), ==,
                        HOTLIST_DAMAGED);
    g_assert_cmpint(hotlist_bucket_find(bucket->shape, VERSION + 1, mark, bucket->bytes, bucket->len, &reason), ==,
                    HOTLIST_DAMAGED);
    g_assert_cmpint(hotlist_bucket_find(bucket->shape, VERSION, mark + (UINT64_C(1) << 48), bucket->bytes, bucket->len,
                                        &reason),
                    ==, HOTLIST_DAMAGED);
    g_assert_cmpint(hotlist_bucket_read(bucket->shape, VERSION, 78, bucket->bytes, bucket->len, bucket->entries), ==, -1);
    g_assert_cmpint(find(bucket, mark, &reason), ==, HOTLIST_LISTED);
    g_free(bucket);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/hotlist/names", test_names);
    g_test_add_func("/model/hotlist/marks", test_marks);
    g_test_add_func("/model/hotlist/digest", test_digest);
    g_test_add_func("/model/hotlist/shape", test_shape);
    g_test_add_func("/model/hotlist/known", test_known);
    g_test_add_func("/model/hotlist/round-trip", test_round_trip);
    g_test_add_func("/model/hotlist/refused", test_refused);
    g_test_add_func("/model/hotlist/damaged", test_damaged);
    return g_test_run();
}
