/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keys of loads and TACs are, and their way into an HSM. */
#include "platform/commands/commands-two.h"
#include "platform/commands/commands.h"
#include "platform/data/error.h"
#include "platform/keys/hsm-uri.h"
#include "platform/keys/signing.h"
#include "platform/platform.h"
#include "platform/money/tac.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define COMPARED 16 /* loads and TACs of random cards */

static void print_check(const char *name, const uint8_t check[PURSE_CHECK_SIZE], const char *more)
{
    char text[2 * PURSE_CHECK_SIZE + 1];

    printf("%-5s check value %s%s\n", name, cc_hex(check, PURSE_CHECK_SIZE, text, sizeof text), more);
}

static bool print_masters(const struct platform *platform, GError **error)
{
    uint8_t load[PURSE_CHECK_SIZE], tac[PURSE_CHECK_SIZE], proof[PURSE_CHECK_SIZE];

    if (!purse_check_value(platform->masters.tac, tac) || !purse_check_value(platform->masters.load, load) ||
        !purse_check_value(platform->masters.proof, proof)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "our own code of loads fails");
        return false;
    }
    printf("in %s, in clear\n", PLATFORM_SECRETS_FILE);
    if (platform->loads)
        print_check("load", load, "");
    print_check("tac", tac, "");
    if (platform->masters.has_proof)
        print_check("proof", proof, "");
    return true;
}

static bool print_token(struct hsm *hsm, GError **error)
{
    struct hsm_about about;

    if (!hsm_check(hsm, error))
        return false;
    hsm_about(hsm, &about);
    printf("in the token %s, serial %s; keys of cards as %s\n", about.token, about.serial, about.shape);
    for (int key = 0; key < HSM_KEYS; key++) {
        if (key == HSM_PROOF && !about.proves)
            continue;
        g_autofree char *more = g_strdup_printf(", %s, %s", about.keys[key].type,
                                                about.keys[key].never_extractable ? "born in a token" : "laid into it");

        print_check(hsm_key_name(key), about.keys[key].check, more);
    }
    puts("a load and a TAC by a public key are answered rightly");
    return true;
}

bool command_keys(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *uri = NULL;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &uri, "look at this token instead", "PKCS11_URI"},
        G_OPTION_ENTRY_NULL};
    struct platform *platform = NULL;
    bool ok;

    if (!command_options(&argc, &argv, "citycard-platform keys", entries, NULL, error))
        return false;
    platform = command_data_open(data_dir, error);
    ok = platform != NULL && (uri == NULL || platform_use_hsm(platform, uri, error)) &&
         (platform->hsm != NULL ? print_token(platform->hsm, error) : print_masters(platform, error));
    platform_close(platform);
    return ok;
}

/* ---- Into a token ---- */

static void random_load(struct cc_load *out)
{
    *out = (struct cc_load){.state = CC_PURCHASE_PREPARED, .type = 2, .has_tac = true, .counter = (uint16_t)random_below(0xFFFF),
                            .amount_fen = random_below(100000), .balance_before_fen = random_below(100000)};
    random_bytes(out->issuer, sizeof out->issuer);
    random_bytes(out->serial, sizeof out->serial);
    random_bytes(out->terminal, sizeof out->terminal);
    random_bytes(out->random, sizeof out->random);
    random_bytes(out->date_bcd, sizeof out->date_bcd);
    random_bytes(out->time_bcd, sizeof out->time_bcd);
}

/* As its card would begin it: with the right MAC1. */
static bool begin_load(const struct purse_masters *masters, struct cc_load *load)
{
    uint8_t key[16], session[8];
    bool ok = purse_card_key(masters->load, load->issuer, load->serial, key) &&
              cc_suite_load_session(key, load->random, load->counter, session) == CC_OK &&
              cc_suite_load_mac1(session, load, load->mac1) == CC_OK &&
              purse_card_key(masters->tac, load->issuer, load->serial, key) &&
              cc_suite_load_tac(key, load, load->tac) == CC_OK;

    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(session, sizeof session);
    return ok;
}

static bool proves_alike(const struct purse_keys *file, const struct purse_keys *token, const struct cc_load *card)
{
    uint8_t proofs[2][8] = {{0}};
    enum purse_keys_verdict ours = file->prove(file->ctx, card->issuer, card->serial, card->serial, proofs[0]);

    return ours == PURSE_KEYS_UNKNOWN ||
           (ours == PURSE_KEYS_OK &&
            token->prove(token->ctx, card->issuer, card->serial, card->serial, proofs[1]) == PURSE_KEYS_OK &&
            memcmp(proofs[0], proofs[1], sizeof proofs[0]) == 0);
}

static bool answers_alike(struct purse_masters *masters, struct hsm *hsm)
{
    const struct purse_keys file = purse_keys_of_masters(masters), token = purse_keys_of_hsm(hsm);
    uint8_t mac2[2][4] = {{0}};
    struct cc_load load;

    for (int i = 0; i < COMPARED; i++) {
        random_load(&load);
        if (!begin_load(masters, &load) ||
            file.authorise(file.ctx, &load, load.date_bcd, load.time_bcd, mac2[0]) != PURSE_KEYS_OK ||
            token.authorise(token.ctx, &load, load.date_bcd, load.time_bcd, mac2[1]) != PURSE_KEYS_OK ||
            memcmp(mac2[0], mac2[1], sizeof mac2[0]) != 0 || tac_check_load(&token, &load) != TAC_OK ||
            !proves_alike(&file, &token, &load))
            return false;
    }
    return true;
}

/* With the check values of the masters that we have, whatever the operator wrote. */
static char *checked_uri(const struct purse_masters *masters, const char *text, GError **error)
{
    uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE];
    struct hsm_uri uri;
    char *out = NULL;

    if (hsm_uri_parse(&uri, text, error)) {
        uri.wanted[HSM_PROOF] = uri.wanted[HSM_PROOF] || masters->has_proof;
        if (purse_check_value(masters->load, checks[HSM_LOAD]) && purse_check_value(masters->tac, checks[HSM_TAC]) &&
            purse_check_value(masters->proof, checks[HSM_PROOF]))
            out = hsm_uri_with_checks(&uri, checks);
        if (out == NULL)
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "check values cannot be made");
    }
    hsm_uri_clear(&uri);
    return out;
}

static bool move(struct platform *platform, const char *uri, gboolean import, GError **error)
{
    g_autofree char *checked = checked_uri(&platform->masters, uri, error);
    struct hsm *hsm = checked != NULL ? hsm_new(checked, error) : NULL;
    bool ok = hsm != NULL && (!import || hsm_import(checked, &platform->masters, error)) && hsm_check(hsm, error);

    if (ok && !answers_alike(&platform->masters, hsm)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the token does not answer as the masters do");
        ok = false;
    }
    ok = ok && platform_keep_hsm(platform, checked, error);
    if (ok)
        ok = print_token(hsm, error);
    hsm_free(hsm);
    return ok;
}

bool command_keys_to_hsm(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *uri = NULL;
    gboolean import = FALSE;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &uri, "the token", "PKCS11_URI"},
        {"import", 0, 0, G_OPTION_ARG_NONE, &import, "lay the masters into it; without, they are there already", NULL},
        G_OPTION_ENTRY_NULL};
    struct platform *platform = NULL;
    bool ok;

    if (!command_options(&argc, &argv, "citycard-platform keys-to-hsm", entries, NULL, error))
        return false;
    if (data_dir == NULL || uri == NULL)
        return command_wrong(error, "--data DIR and --hsm PKCS11_URI are needed");
    platform = platform_open(data_dir, error);
    if (platform != NULL && (platform->hsm != NULL || !platform->loads)) {
        platform_close(platform);
        return command_wrong(error, "there are no masters in secrets.json, or not both");
    }
    ok = platform != NULL && move(platform, uri, import, error);
    platform_close(platform);
    return ok;
}

/* ---- The key of proofs, for a platform that was made before there were any ---- */

/* The same token with one key more: whoever names another one would change the keys of money by the way. */
static bool same_purse(struct hsm *before, struct hsm *after, GError **error)
{
    struct hsm_about old, new;

    if (!hsm_check(before, error) || !hsm_check(after, error))
        return false;
    hsm_about(before, &old);
    hsm_about(after, &new);
    if (memcmp(old.keys[HSM_LOAD].check, new.keys[HSM_LOAD].check, PURSE_CHECK_SIZE) == 0 &&
        memcmp(old.keys[HSM_TAC].check, new.keys[HSM_TAC].check, PURSE_CHECK_SIZE) == 0 && new.proves)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "it has other keys of loads or TACs, or its URI names no key of proofs (proof-check=…)");
    return false;
}

static bool add_proof_of_token(struct platform *platform, const char *uri, GError **error)
{
    struct hsm *hsm;

    if (platform->hsm == NULL)
        return command_wrong(error, "the masters are in secrets.json: give --keys FILE");
    hsm = hsm_new(uri, error);
    bool ok = hsm != NULL && same_purse(platform->hsm, hsm, error) && platform_keep_hsm(platform, uri, error) && print_token(hsm, error);
    hsm_free(hsm);
    return ok;
}

static bool add_proof_of_file(struct platform *platform, const char *keys_file, GError **error)
{
    uint8_t master[16];
    bool ok;

    if (platform->hsm != NULL)
        return command_wrong(error, "the keys are in a token: lay this one into it and give --hsm PKCS11_URI with proof-check=…");
    ok = purse_master_read(keys_file, "authentication", master, error) && platform_add_proof(platform, master, error) &&
         print_masters(platform, error);
    OPENSSL_cleanse(master, sizeof master);
    return ok;
}

bool command_keys_add(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *uri = NULL, *keys = NULL;
    char *what = NULL;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"keys", 0, 0, G_OPTION_ARG_FILENAME, &keys, "a file with master.authentication", "FILE"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &uri, "the same token as before, with proof-check", "PKCS11_URI"},
        G_OPTION_ENTRY_NULL};
    struct platform *platform;
    bool ok;

    if (!command_options(&argc, &argv, "citycard-platform keys-add", entries, &what, error))
        return false;
    if (data_dir == NULL || g_strcmp0(what, "proof") != 0 || (keys == NULL) == (uri == NULL))
        return command_wrong(error, "'proof', --data DIR and one of --keys FILE and --hsm PKCS11_URI are needed");
    platform = platform_open(data_dir, error);
    ok = platform != NULL && (uri != NULL ? add_proof_of_token(platform, uri, error) : add_proof_of_file(platform, keys, error));
    platform_close(platform);
    return ok;
}

/* ---- The key of lists, times and quotas ---- */

#define OLD_KEY_DAYS 90

bool command_rotate_signing(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean finish = FALSE;
    gint days = OLD_KEY_DAYS;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"finish", 0, 0, G_OPTION_ARG_NONE, &finish, "sign with the key that was introduced, from the next start on", NULL},
        {"days", 0, 0, G_OPTION_ARG_INT, &days, "how long kiosks that know the next key take the old one (90)", "N"},
        G_OPTION_ENTRY_NULL};
    bool ok;

    if (!command_options(&argc, &argv, "citycard-platform admin rotate signing", entries, NULL, error))
        return false;
    if (data_dir == NULL || days < 1 || days > 365)
        return command_wrong(error, "--data DIR is needed; --days takes 1 to 365");
    ok = finish ? signing_finish(data_dir, error) : signing_begin(data_dir, now_ms() + days * INT64_C(86400000), now_ms(), error);
    if (ok)
        puts(finish ? "Start every node anew: from then on the new key signs, and kiosks follow by themselves."
                    : "Introduced. Kiosks of software that does not know such introductions have to be renewed before --finish.");
    return ok;
}
