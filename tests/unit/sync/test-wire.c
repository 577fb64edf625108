/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what came over the network: limits of JSON, hex, base64, pages, verdicts. */
#include "sync/round.h"
#include "sync/hotlist.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <string.h>

static json_t *parse(const char *text, GError **error)
{
    /* Exactly as long as it is, so that a read beyond the end is seen. */
    size_t len = strlen(text);
    g_autofree char *bytes = g_memdup2(text, len);

    return wire_parse(bytes != NULL ? bytes : "", len, error);
}

static void assert_refused(const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(text, &error));
    g_assert_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER);
}

static void test_parse(void)
{
    g_autoptr(GError) error = NULL;
    json_t *json = parse("{\"a\": 9007199254740993, \"b\": \"]}[{\\\"]\"}", &error);

    g_assert_no_error(error);
    g_assert_cmpint(json_integer_value(json_object_get(json, "a")), ==, INT64_C(9007199254740993));
    json_decref(json);
    assert_refused("");
    assert_refused(" ");
    assert_refused("[]");
    assert_refused("1");
    assert_refused("null");
    assert_refused("{\"a\":1,\"a\":2}");
    assert_refused("{\"a\":1} x");
    assert_refused("{\"a\":1");
    assert_refused("{\"a\":\"\xff\"}");
    assert_refused("{\"a\":\"\\u0000\"}");
    assert_refused("{\"a\":99999999999999999999}");
    assert_refused("<html></html>");
}

static char *nested(unsigned depth)
{
    GString *text = g_string_new("{\"a\":");

    for (unsigned i = 1; i < depth; i++)
        g_string_append_c(text, '[');
    for (unsigned i = 1; i < depth; i++)
        g_string_append_c(text, ']');
    return g_string_free(g_string_append_c(text, '}'), FALSE);
}

static void test_depth(void)
{
    g_autofree char *deep = nested(WIRE_DEPTH_MAX + 1), *allowed = nested(WIRE_DEPTH_MAX),
                    *abyss = nested(1000000);
    g_autoptr(GError) error = NULL;
    json_t *json;

    assert_refused(deep);
    assert_refused(abyss);
    json = parse(allowed, &error);
    /* The innermost list is empty: depth is right at the limit. */
    g_assert_no_error(error);
    g_assert_nonnull(json);
    json_decref(json);
}

static void test_members(void)
{
    json_t *json = parse("{\"s\":\"abc\",\"i\":5,\"b\":true,\"h\":\"0aff\",\"r\":5.0}", NULL);
    const char *text;
    int64_t number;
    bool flag;
    uint8_t bytes[2];

    g_assert_true(wire_get_string(json, "s", 3, &text));
    g_assert_false(wire_get_string(json, "s", 2, &text));
    g_assert_false(wire_get_string(json, "i", 9, &text));
    g_assert_false(wire_get_string(json, "none", 9, &text));
    g_assert_true(wire_get_int(json, "i", 5, 5, &number));
    g_assert_false(wire_get_int(json, "i", 6, 9, &number));
    g_assert_false(wire_get_int(json, "r", 0, 9, &number));
    g_assert_true(wire_get_bool(json, "b", &flag) && flag);
    g_assert_false(wire_get_bool(json, "i", &flag));
    g_assert_true(wire_get_hex(json, "h", bytes, 2));
    g_assert_cmpmem(bytes, 2, "\x0a\xff", 2);
    g_assert_false(wire_get_hex(json, "h", bytes, 1));
    json_decref(json);
}

static void test_hex_base64(void)
{
    uint8_t bytes[3];
    char hex[7];

    g_assert_true(wire_unhex("00ff10", bytes, 3));
    g_assert_cmpstr(wire_hex(bytes, 3, hex), ==, "00ff10");
    g_assert_false(wire_unhex("00FF10", bytes, 3));
    g_assert_false(wire_unhex("00ff1", bytes, 3));
    g_assert_false(wire_unhex("00ff100", bytes, 3));
    g_assert_false(wire_unhex("00ff1g", bytes, 3));
    g_assert_true(wire_unbase64("AP8Q", bytes, 3));
    g_assert_cmpmem(bytes, 3, "\x00\xff\x10", 3);
    g_assert_false(wire_unbase64("AP8", bytes, 3));
    g_assert_false(wire_unbase64("A P8Q", bytes, 3));
    g_assert_false(wire_unbase64("AP8!", bytes, 3));
    g_assert_false(wire_unbase64("AP8QAA==", bytes, 3));
    g_assert_true(wire_unbase64("AA==", bytes, 1));
    g_assert_false(wire_unbase64("AB==", bytes, 1)); /* bits behind the end */
}

static void test_time(void)
{
    g_assert_true(wire_time_plausible(INT64_C(1795312800000)));
    g_assert_false(wire_time_plausible(0));
    g_assert_false(wire_time_plausible(-1));
    g_assert_false(wire_time_plausible(INT64_MAX));
    g_assert_false(wire_time_plausible(INT64_C(253402271999999)));
}

/* ---- Signed lists ---- */

struct signer {
    EVP_PKEY *key;
    uint8_t public_key[32];
};

static void signer_init(struct signer *signer)
{
    size_t len = 32;

    signer->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    g_assert_cmpint(EVP_PKEY_get_raw_public_key(signer->key, signer->public_key, &len), ==, 1);
}

static json_t *sign(const struct signer *signer, const char *payload)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[64];
    size_t len = sizeof signature;
    char key_id[SIGNED_KEY_ID_SIZE];
    g_autofree char *text = NULL;

    g_assert_cmpint(EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer->key), ==, 1);
    g_assert_cmpint(EVP_DigestSign(ctx, signature, &len, (const uint8_t *)payload, strlen(payload)), ==, 1);
    EVP_MD_CTX_free(ctx);
    text = g_base64_encode(signature, len);
    g_assert_true(signed_key_id(signer->public_key, key_id));
    return json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", text, "key_id", key_id);
}

#define DIGEST "0000000000000000000000000000000000000000000000000000000000000000"
#define DELTA_OF(from, to, adds, removes)                                                                    \
    "{\"kind\":\"hotlist.delta\",\"from\":" from ",\"to\":" to ",\"issued_at\":1795312800000,\"count\":1,"    \
    "\"digest\":\"" DIGEST "\",\"adds\":" adds ",\"removes\":\"" removes "\"}"
#define MARK  "0011223344556677"
#define DELTA DELTA_OF("3", "4", "{\"lost\":\"" MARK "8899aabbccddeeff\"}", MARK)
#define FILE_OF(version, count, length)                                                                      \
    "{\"kind\":\"hotlist.file\",\"version\":" version ",\"issued_at\":1795312800000,\"count\":" count          \
    ",\"digest\":\"" DIGEST "\",\"length\":" length ",\"sha256\":\"" DIGEST "\"}"

static void assert_delta(const struct signer *signer, json_t *envelope, int code)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_delta_read delta;

    g_assert_false(hotlist_delta_open(signer->public_key, envelope, &delta, &error));
    g_assert_error(error, SYNC_ERROR, code);
    hotlist_delta_clear(&delta);
    json_decref(envelope);
}

static void assert_file(const struct signer *signer, json_t *envelope, int code)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest;

    g_assert_false(hotlist_manifest_open(signer->public_key, envelope, &manifest, &error));
    g_assert_error(error, SYNC_ERROR, code);
    json_decref(envelope);
}

static json_t *changed(const struct signer *signer, const char *member, const char *value)
{
    json_t *envelope = sign(signer, DELTA);

    json_object_set_new(envelope, member, json_string(value));
    return envelope;
}

static void test_signed(void)
{
    g_autoptr(GError) error = NULL;
    struct signer signer, other;
    struct hotlist_delta_read delta;
    struct hotlist_manifest manifest;
    json_t *envelope;
    g_autofree char *payload = g_strdup(DELTA);

    signer_init(&signer);
    signer_init(&other);
    envelope = sign(&signer, DELTA);
    g_assert_true(hotlist_delta_open(signer.public_key, envelope, &delta, &error));
    g_assert_no_error(error);
    g_assert_cmpint(delta.delta.from, ==, 3);
    g_assert_cmpint(delta.delta.to, ==, 4);
    g_assert_cmpuint(delta.delta.add_count, ==, 2);
    g_assert_cmpuint(delta.delta.adds[1].mark, ==, 0x8899aabbccddeeff);
    g_assert_cmpuint(delta.delta.adds[1].reason, ==, HOTLIST_LOST);
    g_assert_cmpuint(delta.delta.remove_count, ==, 1);
    g_assert_cmpuint(delta.delta.removes[0], ==, 0x0011223344556677);
    hotlist_delta_clear(&delta);
    json_decref(envelope);
    envelope = sign(&signer, FILE_OF("3", "1", "300"));
    g_assert_true(hotlist_manifest_open(signer.public_key, envelope, &manifest, &error));
    g_assert_cmpint(manifest.head.version, ==, 3);
    g_assert_cmpint(manifest.length, ==, 300);
    json_decref(envelope);

    assert_delta(&other, sign(&signer, DELTA), SYNC_ERROR_SIGNATURE);
    assert_file(&other, sign(&signer, FILE_OF("3", "1", "300")), SYNC_ERROR_SIGNATURE);
    strstr(payload, "\"to\":4")[5] = '9';
    assert_delta(&signer, changed(&signer, "payload", payload), SYNC_ERROR_SIGNATURE);
    assert_delta(&signer, changed(&signer, "payload", DELTA " "), SYNC_ERROR_SIGNATURE);
    assert_delta(&signer, changed(&signer, "signature", ""), SYNC_ERROR_SIGNATURE);
    assert_delta(&signer, changed(&signer, "key_id", "0000000000000000"), SYNC_ERROR_SIGNATURE);
    assert_delta(&signer, json_object(), SYNC_ERROR_ANSWER);
    assert_delta(&signer, json_string("x"), SYNC_ERROR_ANSWER);
    EVP_PKEY_free(signer.key);
    EVP_PKEY_free(other.key);
}

/* Rightly signed, and yet not what it is taken for. */
static void test_signed_form(void)
{
    static const char *const DELTAS[] = {
        "{}",
        FILE_OF("3", "1", "300"),
        DELTA_OF("0", "4", "{}", ""),
        DELTA_OF("4", "4", "{}", ""),
        DELTA_OF("4", "3", "{}", ""),
        DELTA_OF("3", "4", "[]", ""),
        DELTA_OF("3", "4", "{\"weather\":\"" MARK "\"}", ""),
        DELTA_OF("3", "4", "{\"lost\":\"" MARK "0\"}", ""),
        DELTA_OF("3", "4", "{\"lost\":\"00112233445566XX\"}", ""),
        DELTA_OF("3", "4", "{\"lost\":5}", ""),
        DELTA_OF("3", "4", "{}", "0011"),
        DELTA_OF("3", "4", "{}", "001122334455667A"),
    };
    static const char *const FILES[] = {
        "{}", DELTA, FILE_OF("0", "1", "300"), FILE_OF("3", "-1", "300"), FILE_OF("3", "268435457", "300"),
        FILE_OF("3", "1", "4294967296"), FILE_OF("3", "1", "0"), FILE_OF("\"3\"", "1", "300")};
    struct signer signer;

    signer_init(&signer);
    for (size_t i = 0; i < G_N_ELEMENTS(DELTAS); i++)
        assert_delta(&signer, sign(&signer, DELTAS[i]), SYNC_ERROR_ANSWER);
    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++)
        assert_file(&signer, sign(&signer, FILES[i]), SYNC_ERROR_ANSWER);
    EVP_PKEY_free(signer.key);
}

/* Each bit of a signature counts. */
static void test_signature_bits(void)
{
    struct signer signer;
    uint8_t signature[64];

    signer_init(&signer);
    for (unsigned bit = 0; bit < 512; bit += 7) {
        json_t *envelope = sign(&signer, DELTA);

        g_assert_true(
            wire_unbase64(json_string_value(json_object_get(envelope, "signature")), signature, 64));
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_autofree char *text = g_base64_encode(signature, 64);
        json_object_set_new(envelope, "signature", json_string(text));
        assert_delta(&signer, envelope, SYNC_ERROR_SIGNATURE);
    }
    EVP_PKEY_free(signer.key);
}

/* ---- Pages of the feed ---- */

static void assert_page(const char *text, bool ok)
{
    g_autofree char *json_text = g_strdelimit(g_strdup(text), "'", '"');
    json_t *json = parse(json_text, NULL);
    g_autoptr(GError) error = NULL;
    struct feed_page page;
    bool read;

    g_assert_nonnull(json);
    read = feed_page_read(json, &page, &error);
    g_assert_true(read == ok);
    g_assert_true(ok == (error == NULL));
    if (read)
        feed_page_clear(&page);
}

static void test_feed_page(void)
{
    assert_page("{'items':[],'cursor':'','more':false,'hotlist_version':0}", true);
    assert_page("{'items':[{'topic':'bill','key':'B1','version':1,'deleted':true,'value':null}],'cursor':'a."
                "b-c_~9','more':true,"
                "'hotlist_version':7}",
                true);
    assert_page("{}", false);
    assert_page("{'items':{},'cursor':'','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':5,'more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'a b','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'a&limit=1','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'','more':0,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'','more':false,'hotlist_version':-1}", false);
    /* What is no item is no answer; what does not fit in one is set aside by the store. */
    assert_page("{'items':[1],'cursor':'','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[{'topic':'bill'}],'cursor':'','more':false,'hotlist_version':0}", true);
}

/* ---- Verdicts ---- */

#define ID1 "01985d5e-5c00-7000-8000-000000000001"
#define ID2 "01985d5e-5c00-7000-8000-000000000002"

static GPtrArray *two_rows(void)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    const char *const ids[] = {ID1, ID2};

    for (int i = 0; i < 2; i++) {
        struct store_row *row = g_new0(struct store_row, 1);

        row->seq = 8 + i;
        g_strlcpy(row->id, ids[i], sizeof row->id);
        g_ptr_array_add(rows, row);
    }
    return rows;
}

static struct store_verdict_row *verdicts(const char *text, GError **error)
{
    g_autofree char *json_text = g_strdelimit(g_strdup(text), "'", '"');
    g_autoptr(GPtrArray) rows = two_rows();
    json_t *json = parse(json_text, NULL);
    struct store_verdict_row *out = push_verdicts_read(json, rows, error);

    json_decref(json);
    return out;
}

static void test_verdicts(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct store_verdict_row *out =
        verdicts("{'verdicts':[{'seq':9,'id':'" ID2 "','verdict':'conflict','code':'TAC_WRONG'},"
                 "{'seq':8,'id':'" ID1 "','verdict':'duplicate'}]}",
                 &error);

    g_assert_no_error(error);
    g_assert_cmpint(out[0].seq, ==, 8);
    g_assert_cmpint(out[0].verdict, ==, STORE_DUPLICATE);
    g_assert_cmpint(out[1].verdict, ==, STORE_CONFLICT);
    g_assert_cmpstr(out[1].code, ==, "TAC_WRONG");
}

static void test_verdicts_that_do_not_fit(void)
{
    static const char *const bad[] = {
        "{}",
        "{'verdicts':[]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'accepted'},{'seq':8,'id':'" ID1
        "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'accepted'},{'seq':10,'id':'" ID2
        "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID2 "','verdict':'accepted'},{'seq':9,'id':'" ID1
        "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'fine'},{'seq':9,'id':'" ID2
        "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'accepted','code':5},{'seq':9,'id':'" ID2
        "','verdict':'accepted'}]}",
        "{'verdicts':[{'seq':8,'id':'" ID1 "','verdict':'accepted'},null]}",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(verdicts(bad[i], &error));
        g_assert_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync/wire/parse", test_parse);
    g_test_add_func("/sync/wire/depth", test_depth);
    g_test_add_func("/sync/wire/members", test_members);
    g_test_add_func("/sync/wire/hex-base64", test_hex_base64);
    g_test_add_func("/sync/wire/time", test_time);
    g_test_add_func("/sync/signed/list", test_signed);
    g_test_add_func("/sync/signed/form", test_signed_form);
    g_test_add_func("/sync/signed/bits", test_signature_bits);
    g_test_add_func("/sync/feed/page", test_feed_page);
    g_test_add_func("/sync/push/verdicts", test_verdicts);
    g_test_add_func("/sync/push/verdicts-that-do-not-fit", test_verdicts_that_do_not_fit);
    return g_test_run();
}
