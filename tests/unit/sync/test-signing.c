/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures count: introductions that lead on, forged ones, and the end of an old key. */
#include "model/clock.h"
#include "sync/signing.h"
#include "sync/sync.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <string.h>

#define KEYS 4
#define END  INT64_C(2000)

struct fixture {
    EVP_PKEY *keys[KEYS];
    uint8_t public[KEYS][32];
    struct signing signing;
};

static void up(struct fixture *f, const void *data)
{
    for (size_t i = 0; i < KEYS; i++) {
        size_t len = 32;
        f->keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        g_assert_cmpint(EVP_PKEY_get_raw_public_key(f->keys[i], f->public[i], &len), ==, 1);
    }
    g_assert_true(signing_init(&f->signing, f->public[0]));
}

static void down(struct fixture *f, const void *data)
{
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(f->keys[i]);
}

/* `says`: whose key id stands there; `by`: who signed. */
static json_t *envelope(struct fixture *f, size_t says, size_t by, const char *payload)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[64];
    size_t len = sizeof signature;
    char id[SIGNED_KEY_ID_SIZE];

    g_assert_cmpint(EVP_DigestSignInit(ctx, NULL, NULL, NULL, f->keys[by]), ==, 1);
    g_assert_cmpint(EVP_DigestSign(ctx, signature, &len, (const uint8_t *)payload, strlen(payload)), ==, 1);
    EVP_MD_CTX_free(ctx);
    g_assert_true(signed_key_id(f->public[says], id));
    g_autofree char *base64 = g_base64_encode(signature, len);
    return json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", base64, "key_id", id);
}

static json_t *introduce(struct fixture *f, size_t says, size_t by, size_t next)
{
    char hex[65];
    g_autofree char *payload = g_strdup_printf("{\"kind\":\"signing.key\",\"public_key\":\"%s\",\"old_until\":%d,\"issued_at\":1}",
                                               wire_hex(f->public[next], 32, hex), (int)END);
    return envelope(f, says, by, payload);
}

static void assert_newest(struct fixture *f, size_t key)
{
    g_assert_cmpmem(f->signing.newest, 32, f->public[key], 32);
}

static void assert_follows(struct fixture *f, json_t *list, unsigned wanted)
{
    g_autoptr(GError) error = NULL;
    unsigned steps;

    g_assert_true(signing_follow(&f->signing, list, &steps, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(steps, ==, wanted);
    json_decref(list);
}

static void assert_refused(struct fixture *f, json_t *list, enum sync_error code)
{
    g_autoptr(GError) error = NULL;
    unsigned steps;

    g_assert_false(signing_follow(&f->signing, list, &steps, &error));
    g_assert_error(error, SYNC_ERROR, (int)code);
    json_decref(list);
}

static const uint8_t *pick(struct fixture *f, size_t key, int64_t now_ms)
{
    json_t *list = envelope(f, key, key, "{}");
    const uint8_t *out = signing_pick(&f->signing, list, now_ms);

    json_decref(list);
    return out;
}

static void test_chain(struct fixture *f, const void *data)
{
    char line[SIGNED_KEY_ID_SIZE];

    g_assert_true(pick(f, 0, 0) == f->signing.newest);
    g_assert_null(pick(f, 1, 0));
    assert_follows(f, json_array(), 0);
    assert_follows(f, json_pack("[o, o]", introduce(f, 0, 0, 1), introduce(f, 1, 1, 2)), 2);
    assert_newest(f, 2);
    /* Two keys count, the older one until its time. */
    g_assert_true(pick(f, 2, END + 1) == f->signing.newest);
    g_assert_true(pick(f, 1, END - 1) == f->signing.before);
    g_assert_null(pick(f, 1, END));
    g_assert_null(pick(f, 0, 0));
    /* The same once more leads nowhere else, and neither does what older keys say now. */
    assert_follows(f, json_pack("[o, o, o]", introduce(f, 0, 0, 1), introduce(f, 1, 1, 3), introduce(f, 0, 0, 3)), 0);
    assert_newest(f, 2);
    g_assert_true(signed_key_id(f->public[0], line));
    g_assert_cmpstr(f->signing.line, ==, line);
}

static void test_forged(struct fixture *f, const void *data)
{
    json_t *changed = introduce(f, 0, 0, 1), *other = introduce(f, 0, 0, 2);

    assert_refused(f, json_pack("[o]", introduce(f, 0, 3, 3)), SYNC_ERROR_SIGNATURE); /* in our newest key's name */
    json_object_set(changed, "payload", json_object_get(other, "payload"));
    assert_refused(f, json_pack("[o]", changed), SYNC_ERROR_SIGNATURE);
    json_decref(other);
    assert_follows(f, json_pack("[o]", introduce(f, 3, 3, 2)), 0); /* a stranger's */
    assert_newest(f, 0);
    /* Good until the one that is not. */
    assert_refused(f, json_pack("[o, o]", introduce(f, 0, 0, 1), introduce(f, 1, 0, 3)), SYNC_ERROR_SIGNATURE);
    assert_newest(f, 1);
}

static void test_form(struct fixture *f, const void *data)
{
    static const char *const payloads[] = {
        "{}",
        "{\"kind\":\"hotlist.file\",\"version\":1}",
        "{\"kind\":\"signing.key\",\"public_key\":\"00\",\"old_until\":5}",
        "{\"kind\":\"signing.key\",\"public_key\":7,\"old_until\":5}",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(payloads); i++)
        assert_refused(f, json_pack("[o]", envelope(f, 0, 0, payloads[i])), SYNC_ERROR_ANSWER);
    assert_refused(f, json_pack("[o]", introduce(f, 0, 0, 0)), SYNC_ERROR_ANSWER); /* to itself */
    assert_refused(f, json_object(), SYNC_ERROR_ANSWER);
    json_t *many = json_array();
    for (size_t i = 0; i <= SIGNING_LIST_MAX; i++)
        json_array_append_new(many, json_null());
    assert_refused(f, many, SYNC_ERROR_ANSWER);
    assert_follows(f, json_pack("[n, s, i, {}, {s:i}]", "x", 1, "key_id", 1), 0);
    assert_newest(f, 0);
}

static void assert_way(struct fixture *f, json_t *kept, json_t *told, size_t steps, size_t newest)
{
    struct signing end;
    json_t *way = signing_way(f->public[0], kept, told, &end);

    g_assert_cmpuint(json_array_size(way), ==, steps);
    g_assert_cmpmem(end.newest, 32, f->public[newest], 32);
    /* What is kept leads there by itself. */
    g_assert_true(signing_init(&f->signing, f->public[0]));
    assert_follows(f, way, (unsigned)steps);
    assert_newest(f, newest);
    json_decref(kept);
    json_decref(told);
}

static void test_way(struct fixture *f, const void *data)
{
    json_t *first = introduce(f, 0, 0, 1), *second = introduce(f, 1, 1, 2), *stranger = introduce(f, 3, 3, 2), *forged = introduce(f, 1, 3, 3);

    assert_way(f, NULL, json_pack("[O, O]", first, second), 2, 2);
    assert_way(f, json_pack("[O]", first), json_pack("[O, O, O]", stranger, first, second), 2, 2);
    assert_way(f, json_pack("[O]", first), json_pack("[O]", second), 2, 2); /* told without its beginning */
    assert_way(f, NULL, json_pack("[O]", second), 0, 0);
    assert_way(f, json_pack("[O, O]", first, forged), json_pack("[O, O]", first, second), 2, 2); /* a kept one that is damaged */
    json_decref(first);
    json_decref(second);
    json_decref(stranger);
    json_decref(forged);
}

#define ADD(name) g_test_add("/signing/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(chain);
    ADD(forged);
    ADD(form);
    ADD(way);
    return g_test_run();
}
