/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what came over the network: limits of JSON, hex, base64, pages, verdicts. */
#include "sync/round.h"
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

#define LIST                                                                                                 \
    "{\"version\":3,\"issued_at\":1795312800000,\"entries\":[{\"token\":"                                    \
    "\"00112233445566778899aabbccddeeff\",\"reason\":\"lost\"}]}"

static void assert_list(const struct signer *signer, json_t *envelope, int code)
{
    g_autoptr(GError) error = NULL;
    struct signed_hotlist list;

    g_assert_false(signed_hotlist_open(signer->public_key, envelope, &list, &error));
    g_assert_error(error, SYNC_ERROR, code);
    json_decref(envelope);
}

static json_t *changed(const struct signer *signer, const char *member, const char *value)
{
    json_t *envelope = sign(signer, LIST);

    json_object_set_new(envelope, member, json_string(value));
    return envelope;
}

static void test_signed(void)
{
    g_autoptr(GError) error = NULL;
    struct signer signer, other;
    struct signed_hotlist list;
    json_t *envelope;
    g_autofree char *payload = g_strdup(LIST);

    signer_init(&signer);
    signer_init(&other);
    envelope = sign(&signer, LIST);
    g_assert_true(signed_hotlist_open(signer.public_key, envelope, &list, &error));
    g_assert_no_error(error);
    g_assert_cmpint(list.version, ==, 3);
    g_assert_cmpuint(json_array_size(list.entries), ==, 1);
    signed_hotlist_clear(&list);
    json_decref(envelope);

    assert_list(&other, sign(&signer, LIST), SYNC_ERROR_SIGNATURE);
    payload[11] = '4'; /* the version */
    assert_list(&signer, changed(&signer, "payload", payload), SYNC_ERROR_SIGNATURE);
    assert_list(&signer, changed(&signer, "payload", LIST " "), SYNC_ERROR_SIGNATURE);
    assert_list(&signer, changed(&signer, "signature", ""), SYNC_ERROR_SIGNATURE);
    assert_list(&signer, changed(&signer, "key_id", "0000000000000000"), SYNC_ERROR_SIGNATURE);
    assert_list(&signer, json_object(), SYNC_ERROR_ANSWER);
    assert_list(&signer, json_string("x"), SYNC_ERROR_ANSWER);
    /* Rightly signed and yet not a list. */
    assert_list(&signer, sign(&signer, "{}"), SYNC_ERROR_ANSWER);
    assert_list(&signer, sign(&signer, "{\"version\":0,\"issued_at\":1795312800000,\"entries\":[]}"),
                SYNC_ERROR_ANSWER);
    assert_list(&signer, sign(&signer, "{\"version\":1,\"issued_at\":5,\"entries\":[]}"), SYNC_ERROR_ANSWER);
    assert_list(&signer,
                sign(&signer, "{\"version\":1,\"issued_at\":1795312800000,\"entries\":[{\"token\":\"x\","
                              "\"reason\":\"lost\"}]}"),
                SYNC_ERROR_ANSWER);
    EVP_PKEY_free(signer.key);
    EVP_PKEY_free(other.key);
}

/* Each bit of a signature counts. */
static void test_signature_bits(void)
{
    struct signer signer;
    uint8_t signature[64];

    signer_init(&signer);
    for (unsigned bit = 0; bit < 512; bit += 7) {
        json_t *envelope = sign(&signer, LIST);

        g_assert_true(
            wire_unbase64(json_string_value(json_object_get(envelope, "signature")), signature, 64));
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_autofree char *text = g_base64_encode(signature, 64);
        json_object_set_new(envelope, "signature", json_string(text));
        assert_list(&signer, envelope, SYNC_ERROR_SIGNATURE);
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
    assert_page("{'items':[{'topic':'hotlist','key':'current','version':1,'deleted':false,'value':{}}],'"
                "cursor':'','more':false,"
                "'hotlist_version':7}",
                true);
    assert_page("{}", false);
    assert_page("{'items':{},'cursor':'','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':5,'more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'a b','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'a&limit=1','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'','more':0,'hotlist_version':0}", false);
    assert_page("{'items':[],'cursor':'','more':false,'hotlist_version':-1}", false);
    /* What does not fit is set aside by the store. A hotlist is taken whole or not at all. */
    assert_page("{'items':[1],'cursor':'','more':false,'hotlist_version':0}", true);
    assert_page("{'items':[{'topic':'bill'}],'cursor':'','more':false,'hotlist_version':0}", true);
    assert_page("{'items':[{'topic':'hotlist','value':{}}],'cursor':'','more':false,'hotlist_version':0}", false);
    assert_page("{'items':[{'topic':'hotlist','key':'current','version':1,'deleted':false,'value':null}],'cursor':'','more':false,"
                "'hotlist_version':7}",
                false);
    assert_page("{'items':[{'topic':'hotlist','key':'a','version':1,'deleted':false,'value':{}},"
                "{'topic':'hotlist','key':'a','version':1,'deleted':false,'value':{}}],'cursor':'','more':"
                "false,'hotlist_version':7}",
                false);
}

static void test_feed_page_hotlist_is_split(void)
{
    json_t *json = json_pack("{s:[{s:s,s:s,s:i,s:b,s:o},{s:s,s:s,s:i,s:b,s:{s:i}}],s:s,s:b,s:i}", "items",
                             "topic", "bill", "key", "B1", "version", 1, "deleted", 1, "value", json_null(),
                             "topic", "hotlist", "key", "current", "version", 1, "deleted", 0, "value", "x",
                             5, "cursor", "1", "more", 0, "hotlist_version", 4);
    struct feed_page page;

    g_assert_true(feed_page_read(json, &page, NULL));
    g_assert_cmpuint(json_array_size(page.items), ==, 1);
    g_assert_cmpint(json_integer_value(json_object_get(page.hotlist, "x")), ==, 5);
    feed_page_clear(&page);
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
    g_test_add_func("/sync/signed/bits", test_signature_bits);
    g_test_add_func("/sync/feed/page", test_feed_page);
    g_test_add_func("/sync/feed/hotlist-is-split", test_feed_page_hotlist_is_split);
    g_test_add_func("/sync/push/verdicts", test_verdicts);
    g_test_add_func("/sync/push/verdicts-that-do-not-fit", test_verdicts_that_do_not_fit);
    return g_test_run();
}
