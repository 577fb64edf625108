/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed values: known answers, every changed byte, values moved elsewhere, members at any depth, keys of several versions. */
#include "model/clock.h"
#include "model/model.h"
#include "model/seal.h"

#include <string.h>

#define EVENT "01900000-0000-7000-8000-000000000001"
#define OTHER "01900000-0000-7000-8000-000000000002"

static int64_t fixed_ms(void *ctx)
{
    return 0;
}

static const char *fixed_boot(void *ctx)
{
    return EVENT;
}

static void fixed_sleep(void *ctx, unsigned ms)
{
}

/* The nonce of the published vectors. */
static void fixed_random(void *ctx, uint8_t *out, size_t len)
{
    g_assert_cmpuint(len, <=, 12);
    memcpy(out, ctx, len);
}

static void unhex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++)
        out[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
}

/* Test cases 13, 14 and 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), the ones of AES-256 and a 96-bit IV whose
 * additional data is a text without NUL. */
static const struct {
    const char *key, *nonce, *place, *plain, *sealed;
} VECTORS[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

static void test_known(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VECTORS); i++) {
        uint8_t key[32], nonce[12], plain[64], expected[12 + 96], place[32] = {0};
        size_t len = strlen(VECTORS[i].plain) / 2, got = 0, sealed_len = strlen(VECTORS[i].sealed) / 2;
        struct clock_source source = {nonce, fixed_ms, fixed_ms, fixed_boot, fixed_sleep, fixed_random};

        unhex(VECTORS[i].key, key);
        unhex(VECTORS[i].nonce, nonce);
        unhex(VECTORS[i].place, place);
        unhex(VECTORS[i].plain, plain);
        memcpy(expected, nonce, 12);
        unhex(VECTORS[i].sealed, expected + 12);
        clock_use(&source);
        g_autofree char *sealed = seal_close(key, (const char *)place, plain, len);
        clock_use(NULL);
        g_autofree char *wanted = g_base64_encode(expected, 12 + sealed_len);
        g_assert_cmpstr(sealed, ==, wanted);
        g_autofree char *opened = seal_open(key, (const char *)place, sealed, &got);
        g_assert_nonnull(opened);
        g_assert_cmpmem(opened, got, plain, len);
    }
}

/* RFC 5869 computed apart: HMAC(HMAC(0^32, root), "citycard test" ‖ 01). */
static void test_derive(void)
{
    uint8_t root[32], out[32], other[32], expected[32];

    for (size_t i = 0; i < sizeof root; i++)
        root[i] = (uint8_t)i;
    unhex("128e6df786ec4515272c90ae14eb783a75fabf3b8499e1d570c98b94ca82e6c3", expected);
    seal_derive(root, "citycard test", out);
    g_assert_cmpmem(out, 32, expected, 32);
    seal_derive(root, "citycard tesu", other);
    g_assert_true(memcmp(out, other, 32) != 0);
}

static void test_fresh(void)
{
    uint8_t key[32] = {1};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int i = 0; i < 1000; i++)
        g_assert_true(g_hash_table_add(seen, seal_close(key, "here", "9901000000001017", 16)));
}

static void refused(const uint8_t key[32], const char *place, const char *sealed)
{
    size_t len = 99;

    g_assert_null(seal_open(key, place, sealed, &len));
    g_assert_true(len == 0 || len == 99);
}

static void test_tampered(void)
{
    uint8_t key[32] = {7}, other_key[32] = {8};
    g_autofree char *sealed = seal_close(key, "here", "9901000000001017", 16);
    gsize len = 0;
    g_autofree guchar *bytes = g_base64_decode(sealed, &len);

    g_assert_cmpuint(len, ==, 12 + 16 + 16);
    for (gsize bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (guchar)(1 << bit % 8);
        g_autofree char *changed = g_base64_encode(bytes, len);
        refused(key, "here", changed);
        bytes[bit / 8] ^= (guchar)(1 << bit % 8);
    }
    for (gsize shorter = 0; shorter < len; shorter++) {
        g_autofree char *cut = g_base64_encode(bytes, shorter);
        refused(key, "here", cut);
    }
    refused(key, "there", sealed);
    refused(key, "her", sealed);
    refused(key, "", sealed);
    refused(other_key, "here", sealed);
}

/* Any other spelling of the same bytes is refused. */
static void test_base64(void)
{
    uint8_t key[32] = {7};
    g_autofree char *sealed = seal_close(key, "here", "12", 2); /* 30 bytes: no padding */
    g_autofree char *padded = seal_close(key, "here", "1", 1);  /* 29 bytes: one "=" */
    g_autofree char *spaced = g_strdup_printf(" %s", sealed);
    g_autofree char *tail = g_strdup_printf("%sAAAA", sealed);
    g_autofree char *bare = g_strndup(padded, strlen(padded) - 1);
    g_autofree char *bits = g_strdup(padded);
    size_t len = 0;

    g_assert_true(g_str_has_suffix(padded, "="));
    refused(key, "here", spaced);
    refused(key, "here", tail);
    refused(key, "here", bare);
    bits[strlen(bits) - 2]++; /* the two bits that no byte has */
    refused(key, "here", bits);
    refused(key, "here", "");
    refused(key, "here", "====");
    g_assert_null(base64_read("AAAA", 2, &len));
    g_autofree uint8_t *three = base64_read("AAAA", 3, &len);
    g_assert_true(three != NULL && len == 3);
}

static void test_sizes(void)
{
    uint8_t key[32] = {9};
    g_autofree char *most = g_strnfill(SEAL_BYTES_MAX + 1, 'x');
    size_t len = 0;

    g_assert_null(seal_close(key, "here", most, SEAL_BYTES_MAX + 1));
    g_autofree char *sealed = seal_close(key, "here", most, SEAL_BYTES_MAX);
    g_autofree char *opened = seal_open(key, "here", sealed, &len);
    g_assert_cmpuint(len, ==, SEAL_BYTES_MAX);
    g_assert_cmpint(memcmp(opened, most, len), ==, 0);
}

/* ---- Members ------------------------------------------------------------------------------------------------------ */

static json_t *json_of(const char *text)
{
    g_autofree char *proper = g_strdelimit(g_strdup(text), "'", '"');
    json_t *json = json_loads(proper, 0, NULL);

    g_assert_nonnull(json);
    return json;
}

static const char DATA[] = "{'id':'x','amount_fen':5,'people':[{'name':'张伟','phone':'13800000000'},{'name':''},7,null],"
                           "'purchase':{'card_number':'9901000000001017','serial':'0A0B','tac':'00'},'address':null}";

static void test_members(void)
{
    struct seal_ring ring = {.newest = 2};
    json_t *data = json_of(DATA), *copy = json_deep_copy(data);

    memset(ring.keys[1], 0x5A, 32);
    json_t *sealed = seal_members(&ring, EVENT, data);
    g_assert_nonnull(sealed);
    g_assert_true(json_equal(data, copy)); /* the caller's is left alone */
    char *text = json_dumps(sealed, JSON_COMPACT);
    g_assert_null(strstr(text, "张伟"));
    g_assert_null(strstr(text, "13800000000"));
    g_assert_null(strstr(text, "9901000000001017"));
    g_assert_null(strstr(text, "0A0B"));
    g_assert_nonnull(strstr(text, "\"k\":2"));
    g_assert_nonnull(strstr(text, "\"amount_fen\":5"));
    free(text);
    json_t *opened = seal_open_members(&ring, EVENT, sealed);
    g_assert_true(json_equal(opened, data));
    g_assert_null(seal_open_members(&ring, OTHER, sealed)); /* another event */
    json_decref(opened);
    json_decref(sealed);
    json_decref(copy);
    json_decref(data);
}

/* Nothing personal: not even a copy. Clear members of old rows come through. */
static void test_members_clear(void)
{
    struct seal_ring ring = {.newest = 1};
    json_t *facts = json_of("{'n':1,'list':[{'k':1,'s':'AAAA'}]}"), *old = json_of("{'card_number':'99'}");
    json_t *sealed = seal_members(&ring, EVENT, facts), *opened = seal_open_members(&ring, EVENT, facts);
    json_t *clear = seal_open_members(&ring, EVENT, old);

    g_assert_true(sealed == facts && opened == facts && clear == old);
    json_decref(sealed);
    json_decref(opened);
    json_decref(clear);
    json_decref(facts);
    json_decref(old);
}

/* A value that was moved to the neighbouring member, or whose frame was changed. */
static void test_members_swapped(void)
{
    struct seal_ring ring = {.newest = 1}, two = {.newest = 2};
    json_t *data = json_of("{'card_number':'11','serial':'22'}"), *sealed = seal_members(&ring, EVENT, data);

    memset(two.keys[1], 0x22, 32);
    json_t *card = json_incref(json_object_get(sealed, "card_number"));
    json_t *serial = json_incref(json_object_get(sealed, "serial"));

    json_object_set(sealed, "card_number", serial);
    json_object_set(sealed, "serial", card);
    g_assert_null(seal_open_members(&ring, EVENT, sealed));
    json_object_set(sealed, "card_number", card);
    json_object_set(sealed, "serial", serial);
    json_t *good = seal_open_members(&ring, EVENT, sealed);
    g_assert_true(json_equal(good, data));
    json_object_set_new(card, "k", json_integer(2));
    g_assert_null(seal_open_members(&ring, EVENT, sealed)); /* a version that we have not */
    g_assert_null(seal_open_members(&two, EVENT, sealed)); /* one that did not seal it */
    json_decref(good);
    json_decref(card);
    json_decref(serial);
    json_decref(sealed);
    json_decref(data);
}

static void test_members_refused(void)
{
    static const char *const BAD[] = {
        "{'card_number':{'k':1,'s':'AAAA'}}",    "{'card_number':{'k':1}}",   "{'card_number':{'k':'1','s':''}}",
        "{'card_number':{'k':0,'s':'AAAA'}}",    "{'card_number':{}}",        "{'card_number':['1']}",
        "{'card_number':{'k':1,'s':7}}",         "{'card_number':1}",         "{'list':[[{'name':true}]]}",
        "{'card_number':{'k':-1,'s':'AAAA'}}",   "{'name':{'k':17,'s':'AAAA'}}",
        "[[[[[[[[[[[[[{'n':1}]]]]]]]]]]]]]",
    };
    struct seal_ring ring = {.newest = 1};

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        json_t *data = json_of(BAD[i]);
        g_assert_null(seal_open_members(&ring, EVENT, data));
        g_assert_null(seal_members(&ring, EVENT, data));
        json_decref(data);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/seal/known", test_known);
    g_test_add_func("/seal/derive", test_derive);
    g_test_add_func("/seal/fresh", test_fresh);
    g_test_add_func("/seal/tampered", test_tampered);
    g_test_add_func("/seal/base64", test_base64);
    g_test_add_func("/seal/sizes", test_sizes);
    g_test_add_func("/seal/members", test_members);
    g_test_add_func("/seal/members/clear", test_members_clear);
    g_test_add_func("/seal/members/swapped", test_members_swapped);
    g_test_add_func("/seal/members/refused", test_members_refused);
    return g_test_run();
}
