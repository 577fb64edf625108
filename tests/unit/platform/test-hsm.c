/* SPDX-License-Identifier: Apache-2.0 */
/* Purse keys in a real token (SoftHSM), and one whose every call may fail: the right answer or "away", never a wrong verdict. */
#include "faulty-token.h"
#include "kit.h"
#include "model/clock.h"
#include "platform/data/error.h"
#include "platform/keys/hsm-visit.h"
#include "platform/money/tac.h"
#include "token.h"
#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    char *dir, *uri; /* with check values */
    struct purse_masters masters;
    struct purse_keys file, keys;
    struct hsm *hsm;
};

static void example(struct fixture *f)
{
    g_assert_cmpint(cc_unhex("000102030405060708090A0B0C0D0E0F", f->masters.load, 16), ==, 16);
    g_assert_cmpint(cc_unhex("F0E0D0C0B0A090807060504030201000", f->masters.tac, 16), ==, 16);
    g_assert_cmpint(cc_unhex("000102030405060708090A0B0C0D0E0F", f->masters.proof, 16), ==, 16);
    f->masters.has_proof = true;
    f->file = purse_keys_of_masters(&f->masters);
}

static char *checked(const struct fixture *f, const char *text)
{
    uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE];
    struct hsm_uri uri;

    g_assert_true(hsm_uri_parse(&uri, text, NULL));
    g_assert_true(purse_check_value(f->masters.load, checks[HSM_LOAD]));
    g_assert_true(purse_check_value(f->masters.tac, checks[HSM_TAC]));
    g_assert_true(purse_check_value(f->masters.proof, checks[HSM_PROOF]));
    uri.wanted[HSM_PROOF] = true;
    char *out = hsm_uri_with_checks(&uri, checks);
    g_assert_nonnull(out);
    hsm_uri_clear(&uri);
    return out;
}

/* The same with another value of `name`; NULL: without it. */
static char *with(const char *uri, const char *name, const char *value)
{
    g_autofree char *like = g_strdup_printf("([;?&:])%s=[^;?&]*", name);
    g_autoptr(GRegex) regex = g_regex_new(like, 0, 0, NULL);
    g_autofree char *left = g_regex_replace(regex, uri, -1, 0, "\\1", 0, NULL);
    g_autoptr(GString) out = g_string_new(left);

    g_string_replace(out, "&&", "&", 0);
    g_string_replace(out, "?&", "?", 0);
    if (value != NULL)
        g_string_append_printf(out, "%s%s=%s", g_str_has_suffix(out->str, "&") ? "" : "&", name, value);
    else if (g_str_has_suffix(out->str, "&"))
        g_string_truncate(out, out->len - 1);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void up(struct fixture *f, const void *module)
{
    g_autoptr(GError) error = NULL;

    f->dir = kit_dir();
    example(f);
    g_autofree char *uri = token_make(f->dir, module != NULL ? module : TOKEN_MODULE);
    f->uri = checked(f, uri);
    hsm_import(f->uri, &f->masters, &error);
    g_assert_no_error(error);
    f->hsm = hsm_new(f->uri, &error);
    g_assert_no_error(error);
    f->keys = purse_keys_of_hsm(f->hsm);
}

static void down(struct fixture *f, const void *module)
{
    hsm_free(f->hsm);
    kit_dir_done(f->dir);
    g_free(f->uri);
}

static void assert_opens(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    hsm_check(f->hsm, &error);
    g_assert_no_error(error);
}

static void assert_refused(struct fixture *f, const char *uri, const char *says)
{
    g_autoptr(GError) error = NULL;
    struct hsm *hsm = hsm_new(uri, &error);

    g_assert_no_error(error);
    g_assert_false(hsm_check(hsm, &error));
    g_assert_nonnull(error);
    if (strstr(error->message, says) == NULL)
        g_error("'%s' does not say '%s'", error->message, says);
    hsm_free(hsm);
}

/* A load of a random card, with the right MAC1, MAC2 and TAC by our own code. */
static void random_load(struct fixture *f, struct cc_load *load)
{
    uint8_t key[16], session[8];

    *load = (struct cc_load){.state = CC_PURCHASE_PREPARED, .type = 2, .has_tac = true, .amount_fen = random_below(100000),
                             .balance_before_fen = random_below(100000), .counter = (uint16_t)random_below(65535)};
    random_bytes(load->issuer, 8);
    random_bytes(load->serial, 8);
    random_bytes(load->terminal, 6);
    random_bytes(load->random, 4);
    random_bytes(load->date_bcd, 4);
    random_bytes(load->time_bcd, 3);
    g_assert_true(purse_card_key(f->masters.load, load->issuer, load->serial, key));
    g_assert_cmpint(cc_suite_load_session(key, load->random, load->counter, session), ==, CC_OK);
    g_assert_cmpint(cc_suite_load_mac1(session, load, load->mac1), ==, CC_OK);
    g_assert_cmpint(cc_suite_load_mac2(session, load, load->mac2), ==, CC_OK);
    g_assert_true(purse_card_key(f->masters.tac, load->issuer, load->serial, key));
    g_assert_cmpint(cc_suite_load_tac(key, load, load->tac), ==, CC_OK);
}

static enum purse_keys_verdict ask(const struct purse_keys *keys, const struct cc_load *load, uint8_t mac2[4])
{
    return keys->authorise(keys->ctx, load, load->date_bcd, load->time_bcd, mac2);
}

static void assert_answers(struct fixture *f)
{
    struct cc_load load;
    uint8_t mac2[4];

    random_load(f, &load);
    g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_OK);
    g_assert_cmpmem(mac2, 4, load.mac2, 4);
    g_assert_cmpint(tac_check_load(&f->keys, &load), ==, TAC_OK);
}

/* ---- Right answers ---- */

/* Reckoned with the command line of OpenSSL, for the card 0000000012345678 of the issuer B1B1BEA9B1B1BEA9. */
static void test_vector(struct fixture *f, const void *data)
{
    const struct purse_keys *const both[] = {&f->file, &f->keys};
    struct cc_load load = {.state = CC_PURCHASE_PREPARED, .type = 2, .amount_fen = 0x1C37};
    uint8_t mac2[4];
    char text[9];

    g_assert_cmpint(cc_unhex("B1B1BEA9B1B1BEA9", load.issuer, 8), ==, 8);
    g_assert_cmpint(cc_unhex("0000000012345678", load.serial, 8), ==, 8);
    g_assert_cmpint(cc_unhex("CDEF4F20", load.random, 4), ==, 4);
    g_assert_cmpint(cc_unhex("000001000050", load.terminal, 6), ==, 6);
    g_assert_cmpint(cc_unhex("20140825", load.date_bcd, 4), ==, 4);
    g_assert_cmpint(cc_unhex("103100", load.time_bcd, 3), ==, 3);
    g_assert_cmpint(cc_unhex("934F2779", load.mac1, 4), ==, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        g_assert_cmpint(ask(both[i], &load, mac2), ==, PURSE_KEYS_OK);
        g_assert_cmpstr(cc_hex(mac2, 4, text, sizeof text), ==, "33B3C089");
    }
}

/* The same card's answer to a challenge, reckoned with the command line of OpenSSL. */
static void test_proof(struct fixture *f, const void *data)
{
    const struct purse_keys *const both[] = {&f->file, &f->keys};
    uint8_t issuer[8], serial[8], challenge[8], answer[8];
    char text[17];

    g_assert_cmpint(cc_unhex("B1B1BEA9B1B1BEA9", issuer, 8), ==, 8);
    g_assert_cmpint(cc_unhex("0000000012345678", serial, 8), ==, 8);
    g_assert_cmpint(cc_unhex("0123456789ABCDEF", challenge, 8), ==, 8);
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        g_assert_cmpint(both[i]->prove(both[i]->ctx, issuer, serial, challenge, answer), ==, PURSE_KEYS_OK);
        g_assert_cmpstr(cc_hex(answer, 8, text, sizeof text), ==, "3182884FCBFF80A4");
    }
}

/* A platform whose URI or key file has no such key says so, and does all else. */
static void test_no_proof(struct fixture *f, const void *data)
{
    g_autofree char *checkless = with(f->uri, "proof-check", NULL), *wrong = with(f->uri, "proof-check", "000000");
    g_autoptr(GError) error = NULL;
    struct hsm *hsm = hsm_new(checkless, &error);
    struct purse_keys keys = purse_keys_of_hsm(hsm);
    uint8_t bytes[8] = {0}, answer[8];
    struct cc_load load;
    uint8_t mac2[4];

    g_assert_no_error(error);
    g_assert_cmpint(keys.prove(keys.ctx, bytes, bytes, bytes, answer), ==, PURSE_KEYS_UNKNOWN);
    random_load(f, &load);
    g_assert_cmpint(ask(&keys, &load, mac2), ==, PURSE_KEYS_OK);
    hsm_free(hsm);
    assert_refused(f, wrong, "its check value is");
    f->masters.has_proof = false;
    g_assert_cmpint(f->file.prove(f->file.ctx, bytes, bytes, bytes, answer), ==, PURSE_KEYS_UNKNOWN);
    token_take_away(f->dir);
    g_assert_cmpint(f->keys.prove(f->keys.ctx, bytes, bytes, bytes, answer), ==, PURSE_KEYS_AWAY);
    token_put_back(f->dir);
}

static void test_same(struct fixture *f, const void *data)
{
    struct cc_load load;
    uint8_t mac2[2][4];

    for (int i = 0; i < 100; i++) {
        random_load(f, &load);
        g_assert_cmpint(ask(&f->file, &load, mac2[0]), ==, PURSE_KEYS_OK);
        g_assert_cmpint(ask(&f->keys, &load, mac2[1]), ==, PURSE_KEYS_OK);
        g_assert_cmpmem(mac2[0], 4, mac2[1], 4);
        g_assert_cmpint(tac_check_load(&f->keys, &load), ==, TAC_OK);
        g_assert_cmpint(f->keys.authorise(f->keys.ctx, &load, NULL, NULL, NULL), ==, PURSE_KEYS_OK);
    }
}

/* Each bit of MAC1 and TAC counts, and what they are made over. A wrong MAC1 gets no MAC2. */
static void test_wrong(struct fixture *f, const void *data)
{
    static const uint8_t none[4];
    struct cc_load load, changed;
    uint8_t mac2[4] = {0};

    random_load(f, &load);
    for (int bit = 0; bit < 32; bit++) {
        changed = load;
        changed.mac1[bit / 8] ^= (uint8_t)(1 << bit % 8);
        changed.tac[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_cmpint(ask(&f->keys, &changed, mac2), ==, PURSE_KEYS_MAC1_WRONG);
        g_assert_cmpint(tac_check_load(&f->keys, &changed), ==, TAC_WRONG);
    }
    changed = load;
    changed.balance_before_fen++;
    g_assert_cmpint(ask(&f->keys, &changed, mac2), ==, PURSE_KEYS_MAC1_WRONG);
    changed = load;
    changed.algorithm = 4;
    g_assert_cmpint(ask(&f->keys, &changed, mac2), ==, PURSE_KEYS_UNKNOWN);
    changed.has_tac = false;
    g_assert_cmpint(tac_check_load(&f->keys, &changed), ==, TAC_UNPROVEN);
    g_assert_cmpmem(mac2, 4, none, 4);
    assert_answers(f);
}

struct teller {
    struct fixture *fixture;
    GThread *thread;
    unsigned right;
};

static gpointer tell(gpointer data)
{
    struct teller *teller = data;
    uint8_t mac2[4];
    struct cc_load load;

    for (int i = 0; i < 50; i++) {
        random_load(teller->fixture, &load);
        teller->right += ask(&teller->fixture->keys, &load, mac2) == PURSE_KEYS_OK && memcmp(mac2, load.mac2, 4) == 0 &&
                         tac_check_load(&teller->fixture->keys, &load) == TAC_OK;
    }
    return NULL;
}

/* More threads than sessions. */
static void test_threads(struct fixture *f, const void *data)
{
    struct teller tellers[8];

    for (size_t i = 0; i < G_N_ELEMENTS(tellers); i++) {
        tellers[i] = (struct teller){.fixture = f};
        tellers[i].thread = g_thread_new("teller", tell, &tellers[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tellers); i++) {
        g_thread_join(tellers[i].thread);
        g_assert_cmpuint(tellers[i].right, ==, 50);
    }
}

/* ---- What is refused at the start ---- */

static void test_wrong_uri(void)
{
    static const char *const rows[][2] = {
        {"", "begins with"},
        {"token=a", "begins with"},
        {"pkcs11:token=a b?module-path=/a.so&pin-source=/p", "begins with"},
        {"pkcs11:token=a?module-path=/a%00.so&pin-source=/p", "begins with"},
        {"pkcs11:token=%zz?module-path=/a.so&pin-source=/p", "RFC 7512"},
        {"pkcs11:token=a?module-path=/a.so&pin-value=471108", "does not belong"},
        {"pkcs11:token=a;colour=red?module-path=/a.so&pin-source=/p", "not known"},
        {"pkcs11:token=a;object=b?module-path=/a.so&pin-source=/p", "names a token"},
        {"pkcs11:token=a;id=%01?module-path=/a.so&pin-source=/p", "names a token"},
        {"pkcs11:?module-path=/a.so&pin-source=/p", "token=… or serial=…"},
        {"pkcs11:token=a?pin-source=/p", "module-path"},
        {"pkcs11:token=a?module-path=a.so&pin-source=/p", "module-path"},
        {"pkcs11:token=a?module-path=/a.so", "pin-source"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=%7C/bin/cat", "commands are not run"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=file:p", "absolute"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=credential:../p", "takes a name"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=credential:p", "CREDENTIALS_DIRECTORY"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p&load-check=12345", "six hex digits"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p&tac-check=12345G", "six hex digits"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p&load-label=", "1 to 64"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p&pin-source=/q", "twice"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p&load-lable=x", "not known"},
        {"pkcs11:token=a?module-path=/a.so&pin-source=/p;q", "not known"},
        {"pkcs11:token=a;slot-id=1?module-path=/a.so&pin-source=/p", "not known"},
        {"pkcs11:token=a;token=b?module-path=/a.so&pin-source=/p", "twice"},
    };

    g_unsetenv("CREDENTIALS_DIRECTORY");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(hsm_new(rows[i][0], &error));
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
        if (strstr(error->message, rows[i][1]) == NULL)
            g_error("'%s': '%s' does not say '%s'", rows[i][0], error->message, rows[i][1]);
        g_assert_null(strstr(error->message, "471108"));
    }
}

static void test_right_uri(void)
{
    g_autoptr(GError) error = NULL;
    struct hsm_uri uri;

    g_setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", TRUE);
    g_assert_true(hsm_uri_parse(&uri, "pkcs11:token=a%20b?module-path=/a.so&pin-source=credential:pin&tac-label=t%26&"
                                      "load-check=0a1B2d", &error));
    g_assert_no_error(error);
    g_assert_cmpstr(uri.pin_file, ==, "/run/credentials/x/pin");
    g_assert_cmpstr(uri.labels[HSM_LOAD], ==, "citycard-load");
    g_assert_cmpstr(uri.labels[HSM_TAC], ==, "t&");
    g_assert_true(uri.checked[HSM_LOAD] && !uri.checked[HSM_TAC]);
    g_assert_cmpint(uri.checks[HSM_LOAD][2], ==, 0x2D);
    hsm_uri_clear(&uri);
    g_unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_other_keys(struct fixture *f, const void *data)
{
    g_autofree char *label = with(f->uri, "load-label", "nobody"), *check = with(f->uri, "tac-check", "000000");
    g_autofree char *module = with(f->uri, "module-path", "/nowhere/lib.so"), *bare = with(f->uri, "load-check", NULL);
    g_autoptr(GString) token = g_string_new(f->uri);

    assert_refused(f, label, "no secret key with the label nobody");
    assert_refused(f, check, "its check value is");
    assert_refused(f, module, "/nowhere/lib.so");
    g_string_replace(token, "token=citycard", "token=another", 1);
    assert_refused(f, token->str, "none that its URI fits");
    assert_refused(f, bare, "load-check=… is missing");
    assert_opens(f);
}

/* One that cannot be read in, is not only for this, or is not even of the kind. */
static void test_unfit_keys(struct fixture *f, const void *data)
{
    static const struct {
        const char *label, *says;
        CK_ATTRIBUTE_TYPE turned;
        CK_KEY_TYPE type;
    } rows[] = {
        {"out", "CKA_EXTRACTABLE has to be false", CKA_EXTRACTABLE, CKK_DES2}, {"open", "CKA_SENSITIVE has to be true", CKA_SENSITIVE, CKK_DES2},
        {"public", "CKA_PRIVATE has to be true", CKA_PRIVATE, CKK_DES2},       {"encrypt", "CKA_ENCRYPT has to be false", CKA_ENCRYPT, CKK_DES2},
        {"sign", "CKA_SIGN has to be false", CKA_SIGN, CKK_DES2},              {"wrap", "CKA_WRAP has to be false", CKA_WRAP, CKK_DES2},
        {"derive", "CKA_DERIVE has to be true", CKA_DERIVE, CKK_DES2},         {"aes", "no derivation by SM4", CKA_MODIFIABLE, CKK_AES},
    };
    CK_FUNCTION_LIST *p11 = p11_kit_module_load(TOKEN_MODULE, P11_KIT_MODULE_CRITICAL);
    CK_SLOT_ID slots[2];
    CK_ULONG count = 2;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;

    g_assert_cmpint(p11_kit_module_initialize(p11), ==, CKR_OK);
    g_assert_cmpint(p11->C_GetSlotList(CK_TRUE, slots, &count), ==, CKR_OK);
    g_assert_cmpint(p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), ==, CKR_OK);
    g_assert_cmpint(p11->C_Login(session, CKU_USER, (unsigned char *)TOKEN_PIN, strlen(TOKEN_PIN)), ==, CKR_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CK_OBJECT_CLASS class = CKO_SECRET_KEY;
        CK_KEY_TYPE type = rows[i].type;
        CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
        CK_ATTRIBUTE as[] = {{CKA_PRIVATE, &yes, 1}, {CKA_SENSITIVE, &yes, 1}, {CKA_EXTRACTABLE, &no, 1}, {CKA_DERIVE, &yes, 1},
                             {CKA_ENCRYPT, &no, 1}, {CKA_SIGN, &no, 1}, {CKA_WRAP, &no, 1}, {CKA_MODIFIABLE, &yes, 1},
                             {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &yes, 1},
                             {CKA_VALUE, f->masters.load, 16}, {CKA_LABEL, (void *)rows[i].label, strlen(rows[i].label)}};
        g_autofree char *uri = with(f->uri, "load-label", rows[i].label);

        for (size_t j = 0; j < 8; j++)
            if (as[j].type == rows[i].turned)
                as[j].pValue = as[j].pValue == &yes ? &no : &yes;
        g_assert_cmpint(p11->C_CreateObject(session, as, G_N_ELEMENTS(as), &key), ==, CKR_OK);
        assert_refused(f, uri, rows[i].says);
    }
    p11_kit_module_finalize(p11);
    p11_kit_module_release(p11);
    assert_opens(f);
}

static void test_import_once(struct fixture *f, const void *data)
{
    g_autofree char *first = with(f->uri, "load-label", "twice"), *both = with(first, "tac-label", "twice"),
                     *others = with(both, "proof-label", "thrice");
    g_autoptr(GError) error = NULL;

    g_assert_false(hsm_import(f->uri, &f->masters, &error));
    g_assert_nonnull(strstr(error->message, "there already"));
    g_clear_error(&error);
    g_assert_true(hsm_import(others, &f->masters, &error));
    g_assert_no_error(error);
    assert_refused(f, others, "more than one secret key");
}

static void test_pin_file(struct fixture *f, const void *data)
{
    g_autofree char *path = g_build_filename(f->dir, "pin", NULL), *folder = with(f->uri, "pin-source", f->dir);
    g_autofree char *nowhere = with(f->uri, "pin-source", "/nowhere/pin");
    g_autofree char *longer = g_strnfill(300, '4');

    assert_refused(f, folder, "this is no file");
    assert_refused(f, nowhere, "/nowhere/pin");
    token_pin(f->dir, longer);
    assert_refused(f, f->uri, "one line");
    token_pin(f->dir, "4711\n08");
    assert_refused(f, f->uri, "one line");
    token_pin(f->dir, "");
    assert_refused(f, f->uri, "one line");
    token_pin(f->dir, TOKEN_PIN);
    g_assert_cmpint(chmod(path, 0604), ==, 0);
    assert_refused(f, f->uri, "others may read");
    g_assert_cmpint(chmod(path, 0640), ==, 0);
    assert_opens(f);
}

/* ---- Away, and back ---- */

static void wait_a_second(void)
{
    clock_sleep_ms(1050);
}

static void test_taken_away(struct fixture *f, const void *data)
{
    struct cc_load load;
    uint8_t mac2[4];

    assert_answers(f);
    token_take_away(f->dir);
    random_load(f, &load);
    g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_AWAY);
    g_assert_cmpint(tac_check_load(&f->keys, &load), ==, TAC_AWAY);
    token_put_back(f->dir);
    wait_a_second();
    g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_OK);
    g_assert_cmpmem(mac2, 4, load.mac2, 4);
    assert_answers(f);
}

/* What comes back under the same name is another one: it is not asked. */
static void test_changed_meanwhile(struct fixture *f, const void *data)
{
    struct fixture other = {.dir = kit_dir()};
    g_autofree char *conf = g_build_filename(f->dir, "softhsm2.conf", NULL), *here = g_build_filename(f->dir, "tokens", NULL);
    g_autofree char *there = g_build_filename(other.dir, "tokens", NULL), *bare = token_make(other.dir, TOKEN_MODULE);
    struct cc_load load;
    uint8_t mac2[4];

    example(&other);
    other.masters.load[0] ^= 2;
    g_autofree char *uri = checked(&other, bare);
    g_assert_true(hsm_import(uri, &other.masters, NULL));
    g_setenv("SOFTHSM2_CONF", conf, TRUE);
    assert_answers(f);
    random_load(f, &load);
    token_take_away(f->dir);
    g_assert_cmpint(g_rename(there, here), ==, 0);
    for (int i = 0; i < 2; i++, wait_a_second())
        g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_AWAY);
    g_assert_cmpint(g_rename(here, there), ==, 0);
    token_put_back(f->dir);
    assert_answers(f);
    kit_dir_done(other.dir);
}

/* ---- Every call may fail ---- */

static struct faults *faults_of(const char *module)
{
    CK_FUNCTION_LIST *p11 = p11_kit_module_load(module, P11_KIT_MODULE_CRITICAL); /* stays, so that it is one and the same */
    void *library = dlopen(module, RTLD_NOW);
    faults_fn find = NULL;

    g_assert_nonnull(p11);
    g_assert_nonnull(library);
    *(void **)&find = dlsym(library, "faults");
    g_assert_nonnull(find);
    return find();
}

static void heal(struct faults *faults)
{
    faults->at = 0;
    faults->hidden = faults->no_key = faults->flags = 0;
    faults->sessions_max = 0;
    faults->last = FAULTS_ONCE;
}

/* The n-th call of a load and a TAC fails: they are answered rightly all the same, or not at all. */
static void test_faults(struct fixture *f, const void *module)
{
    static const CK_RV rvs[] = {CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_REMOVED, CKR_USER_NOT_LOGGED_IN, CKR_KEY_HANDLE_INVALID,
                                CKR_DEVICE_ERROR, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_TOKEN_NOT_PRESENT, CKR_HOST_MEMORY};
    struct faults *faults = faults_of(module);
    struct cc_load load;
    uint8_t mac2[4];
    unsigned answered = 0, away = 0;

    assert_answers(f);
    unsigned long before = faults->calls;
    assert_answers(f);
    unsigned long calls = faults->calls - before;
    g_assert_cmpuint(calls, >, 12);
    for (size_t i = 0; i < G_N_ELEMENTS(rvs); i++)
        for (unsigned long n = 1; n <= calls; n++) {
            random_load(f, &load);
            load.mac1[0] ^= (uint8_t)(n % 2); /* now and then a wrong one */
            faults->rv = rvs[i];
            faults->last = i % 2 == 0 ? FAULTS_ONCE : FAULTS_UNTIL_RESTART;
            faults->at = n;
            memset(mac2, 0, sizeof mac2);
            enum purse_keys_verdict verdict = ask(&f->keys, &load, mac2);
            g_assert_cmpint(verdict, ==, n % 2 == 1 ? PURSE_KEYS_MAC1_WRONG : PURSE_KEYS_OK);
            g_assert_cmpint(memcmp(mac2, load.mac2, 4) == 0, ==, verdict == PURSE_KEYS_OK);
            g_assert_cmpint(tac_check_load(&f->keys, &load), ==, TAC_OK);
            answered++;
        }
    heal(faults);
    /* And for good: away, until it is there again. */
    for (unsigned long n = 1; n <= calls; n += 5) {
        random_load(f, &load);
        faults->rv = CKR_DEVICE_REMOVED;
        faults->last = FAULTS_UNTIL_HEALED;
        faults->at = n;
        enum purse_keys_verdict verdict = ask(&f->keys, &load, mac2);
        enum tac_verdict tac = tac_check_load(&f->keys, &load);
        g_assert_true(verdict == PURSE_KEYS_AWAY || (verdict == PURSE_KEYS_OK && memcmp(mac2, load.mac2, 4) == 0));
        g_assert_true(tac == TAC_AWAY);
        away += verdict == PURSE_KEYS_AWAY;
        heal(faults);
        wait_a_second();
        assert_answers(f);
    }
    g_test_message("%u answered with a fault on the way, %u away", answered, away);
    g_assert_cmpuint(away, >, 0);
}

struct shaken {
    struct fixture *fixture;
    gint64 end_us;
    GThread *thread;
    unsigned right, away, wrong;
};

static gpointer be_shaken(gpointer data)
{
    struct shaken *own = data;
    struct cc_load load;
    uint8_t mac2[4];

    while (g_get_monotonic_time() < own->end_us) {
        random_load(own->fixture, &load);
        enum purse_keys_verdict verdict = ask(&own->fixture->keys, &load, mac2);
        enum tac_verdict tac = tac_check_load(&own->fixture->keys, &load);
        own->right += verdict == PURSE_KEYS_OK && memcmp(mac2, load.mac2, 4) == 0;
        own->away += verdict == PURSE_KEYS_AWAY;
        own->wrong += (verdict != PURSE_KEYS_OK && verdict != PURSE_KEYS_AWAY) ||
                      (verdict == PURSE_KEYS_OK && memcmp(mac2, load.mac2, 4) != 0) || (tac != TAC_OK && tac != TAC_AWAY);
        if (verdict == PURSE_KEYS_AWAY)
            g_usleep(1000);
    }
    return NULL;
}

/* Eight threads, two sessions, and the token lost again and again under all of them. */
static void test_shaken(struct fixture *f, const void *module)
{
    static const CK_RV rvs[] = {CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_REMOVED, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_ERROR};
    struct faults *faults = faults_of(module);
    struct shaken threads[8];
    gint64 end_us = g_get_monotonic_time() + 3 * G_USEC_PER_SEC;
    unsigned right = 0, away = 0;

    faults->sessions_max = 2;
    unsigned long restarts = faults->restarts;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = (struct shaken){.fixture = f, .end_us = end_us};
        threads[i].thread = g_thread_new("shaken", be_shaken, &threads[i]);
    }
    while (g_get_monotonic_time() < end_us) {
        g_usleep(20000 + random_below(100000));
        faults->rv = rvs[random_below(G_N_ELEMENTS(rvs))];
        faults->last = random_below(4) == 0 ? FAULTS_UNTIL_RESTART : FAULTS_ONCE;
        faults->at = 1 + random_below(200);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i].thread);
        g_assert_cmpuint(threads[i].wrong, ==, 0);
        right += threads[i].right;
        away += threads[i].away;
    }
    g_test_message("%u right, %u away, %lu starts of the library", right, away, faults->restarts - restarts);
    g_assert_cmpuint(right, >, 20);
    g_assert_cmpuint(faults->restarts - restarts, >, 1);
    heal(faults);
    wait_a_second();
    assert_answers(f);
}

/* Nobody waits for a token that is away but the first of each second. */
static void test_quick_no(struct fixture *f, const void *module)
{
    struct faults *faults = faults_of(module);
    struct cc_load load;
    uint8_t mac2[4];

    assert_answers(f);
    random_load(f, &load);
    faults->rv = CKR_DEVICE_REMOVED;
    faults->last = FAULTS_UNTIL_HEALED;
    faults->at = 1;
    g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_AWAY);
    unsigned long calls = faults->calls;
    for (int i = 0; i < 100; i++)
        g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_AWAY);
    g_assert_cmpuint(faults->calls - calls, <=, 8);
    heal(faults);
    wait_a_second();
    assert_answers(f);
}

/* A wrong PIN is tried once, however often somebody asks, until its file is another one; and never as the token's last try. */
static void test_wrong_pin(struct fixture *f, const void *module)
{
    struct faults *faults = faults_of(module);
    g_autoptr(GError) error = NULL;
    unsigned long logins;

    assert_opens(f);
    faults->rv = CKR_SESSION_HANDLE_INVALID;
    faults->at = 1;
    token_pin(f->dir, "000000");
    logins = faults->logins;
    struct cc_load load;
    uint8_t mac2[4];
    random_load(f, &load);
    for (int i = 0; i < 3; i++, wait_a_second())
        g_assert_cmpint(ask(&f->keys, &load, mac2), ==, PURSE_KEYS_AWAY);
    g_assert_false(hsm_check(f->hsm, &error));
    g_assert_nonnull(strstr(error->message, "still the same"));
    g_assert_null(strstr(error->message, "000000"));
    g_assert_cmpuint(faults->logins - logins, ==, 1);
    token_pin(f->dir, TOKEN_PIN);
    assert_opens(f);
    faults->flags = CKF_USER_PIN_FINAL_TRY;
    logins = faults->logins;
    assert_refused(f, f->uri, "one try of its PIN is left");
    faults->flags = CKF_USER_PIN_LOCKED;
    assert_refused(f, f->uri, "its PIN is locked");
    g_assert_cmpuint(faults->logins, ==, logins);
    heal(faults);
    assert_answers(f);
}

/* Tokens of other makers: without what is needed, or with keys of three parts only. */
static void test_other_tokens(struct fixture *f, const void *module)
{
    struct faults *faults = faults_of(module);
    g_autofree char *first = with(f->uri, "load-label", "three"), *both = with(first, "tac-label", "four"),
                     *others = with(both, "proof-label", "five");
    g_autoptr(GError) error = NULL;
    struct hsm_about about;

    faults->hidden = CKM_DES3_ECB_ENCRYPT_DATA;
    assert_refused(f, f->uri, "CKM_DES3_ECB_ENCRYPT_DATA");
    faults->hidden = CKM_DES3_ECB;
    assert_refused(f, f->uri, "CKM_DES3_ECB, which TACs need");
    faults->hidden = 0;
    faults->no_key = CKK_DES2;
    g_assert_true(hsm_import(others, &f->masters, &error));
    g_assert_no_error(error);
    struct hsm *three = hsm_new(others, &error);
    g_assert_true(hsm_check(three, &error));
    g_assert_no_error(error);
    hsm_about(three, &about);
    g_assert_cmpstr(about.shape, ==, "DES3");
    g_assert_cmpstr(about.keys[HSM_LOAD].type, ==, "DES3");
    struct purse_keys two = f->keys;
    f->keys = purse_keys_of_hsm(three);
    assert_answers(f);
    f->keys = two;
    hsm_free(three);
    heal(faults);
}

/* ---- The platform ---- */

static void assert_code(struct platform *platform, struct payment *load, unsigned wanted, const char *code)
{
    unsigned status;

    g_assert_cmpstr(kit_ask_load(platform, "K0001", load, NULL, &status), ==, code);
    g_assert_cmpuint(status, ==, wanted);
}

static json_t *push(struct platform *platform, const struct pen *pen, json_t *event, unsigned *status)
{
    json_t *body = json_pack("{s:I, s:[o]}", "epoch", (json_int_t)pen->epoch, "events", event);

    return kit_call(platform, "POST", "/v1/events", NULL, "K0001", body, status);
}

/* Away: nothing is kept as refused, and the same request and event are taken once the token is back. */
static void test_platform(struct fixture *f, const void *data)
{
    g_autofree char *data_dir = g_build_filename(f->dir, "data", NULL), *card = kit_card(1), *staff = kit_card(0);
    g_autoptr(GError) error = NULL;
    struct platform *platform = kit_platform(data_dir);
    struct payment load, wrong;
    struct pen pen;
    unsigned status;

    f->masters = platform->masters;
    g_autofree char *bare = g_strconcat(f->uri, "&load-label=demo-load&tac-label=demo-tac&proof-label=demo-proof", NULL), *uri = checked(f, bare);
    g_assert_true(hsm_import(uri, &f->masters, &error));
    g_assert_true(platform_use_hsm(platform, uri, &error));
    g_assert_no_error(error);
    kit_enrol(platform, "K0001", &pen);
    kit_load(platform, &load, card, 5000, 25230, 3, staff);
    kit_load(platform, &wrong, card, 5000, 25230, 3, staff);
    wrong.load.mac1[0] ^= 1;
    token_take_away(f->dir);
    assert_code(platform, &load, 503, "KEYS_AWAY");
    assert_code(platform, &wrong, 503, "KEYS_AWAY");
    token_put_back(f->dir);
    wait_a_second();
    assert_code(platform, &wrong, 422, "MAC1_WRONG");
    assert_code(platform, &load, 200, "");
    token_take_away(f->dir);
    struct payment again = load;
    again.load.state = CC_PURCHASE_PREPARED;
    memset(again.load.mac2, 0, 4), memset(again.load.date_bcd, 0, 4), memset(again.load.time_bcd, 0, 3);
    assert_code(platform, &again, 200, ""); /* kept, no key is needed */
    json_t *committing = pen_payment(&pen, &load, PAYMENT_COMMITTING);
    kit_tac(&load);
    json_t *confirmed = pen_payment(&pen, &load, PAYMENT_CONFIRMED), *answer = push(platform, &pen, committing, &status);
    g_assert_cmpuint(status, ==, 200);
    json_decref(answer);
    answer = push(platform, &pen, json_incref(confirmed), &status);
    g_assert_cmpuint(status, ==, 503);
    json_decref(answer);
    token_put_back(f->dir);
    wait_a_second();
    answer = push(platform, &pen, confirmed, &status);
    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    json_t *report = kit_report(platform);
    g_assert_cmpstr(kit_payment_text(report, load.id, "tac"), ==, "OK");
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, -5000);
    json_decref(report);
    platform_close(platform);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings of a token that is away are not failures */
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK);
    g_test_add_func("/platform/hsm/uri/wrong", test_wrong_uri);
    g_test_add_func("/platform/hsm/uri/right", test_right_uri);
    if (!token_possible()) {
        g_test_message("SoftHSM is not on this machine");
        return g_test_run();
    }
#define ADD(path, test, module) g_test_add("/platform/hsm/" path, struct fixture, module, up, test, down)
    ADD("vector", test_vector, NULL);
    ADD("proof", test_proof, NULL);
    ADD("no-proof", test_no_proof, NULL);
    ADD("same", test_same, NULL);
    ADD("wrong", test_wrong, NULL);
    ADD("threads", test_threads, NULL);
    ADD("other-keys", test_other_keys, NULL);
    ADD("unfit-keys", test_unfit_keys, NULL);
    ADD("import-once", test_import_once, NULL);
    ADD("pin-file", test_pin_file, NULL);
    ADD("taken-away", test_taken_away, NULL);
    ADD("changed-meanwhile", test_changed_meanwhile, NULL);
    ADD("faults", test_faults, FAULTY_TOKEN);
    ADD("shaken", test_shaken, FAULTY_TOKEN);
    ADD("quick-no", test_quick_no, FAULTY_TOKEN);
    ADD("wrong-pin", test_wrong_pin, FAULTY_TOKEN);
    ADD("other-tokens", test_other_tokens, FAULTY_TOKEN);
    ADD("platform", test_platform, NULL);
    return g_test_run();
}
