/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a platform in order over the years: keys that come later. */
#include "pair.h"
#include "platform/commands/commands.h"
#include "platform/data/error.h"
#include <glib/gstdio.h>
#include <string.h>

/* A command as it is typed. */
static bool run(command_fn command, GError **error, ...)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    va_list args;

    g_ptr_array_add(words, (char *)"command");
    va_start(args, error);
    for (char *word = va_arg(args, char *); word != NULL; word = va_arg(args, char *))
        g_ptr_array_add(words, word);
    va_end(args);
    int count = (int)words->len;
    g_ptr_array_add(words, NULL);
    return command(count, (char **)words->pdata, error);
}

static void assert_says(GError **error, const char *text)
{
    g_assert_nonnull(*error);
    if (strstr((*error)->message, text) == NULL)
        g_error("\"%s\" does not say \"%s\"", (*error)->message, text);
    g_clear_error(error);
}

static void reopen(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
}

/* ---- The key of proofs ---- */

static void secrets_without_proof(struct fixture *f)
{
    g_autofree char *path = g_build_filename(f->dir, PLATFORM_SECRETS_FILE, NULL);
    json_t *json = json_load_file(path, 0, NULL);

    g_assert_cmpint(json_object_del(json, "proof_master"), ==, 0);
    g_assert_cmpint(json_dump_file(json, path, 0), ==, 0);
    json_decref(json);
    reopen(f);
    g_assert_false(f->platform->masters.has_proof);
}

static void test_proof(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *in = g_strconcat("--data=", f->dir, NULL), *none = g_build_filename(f->dir, "none.json", NULL);
    const uint8_t serial[8] = {1}, challenge[8] = {2};
    uint8_t before[8] = {0}, after[8] = {0};
    GStatBuf info;

    const struct purse_keys *keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, before), ==, PURSE_KEYS_OK);
    g_assert_false(run(command_keys_add, &error, in, "proof", "--keys=" COMMUNITY_DIR "/demo-keys.json", NULL));
    assert_says(&error, "already");
    secrets_without_proof(f);
    keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, after), ==, PURSE_KEYS_UNKNOWN);

    g_assert_false(run(command_keys_add, &error, in, "proof", NULL));
    assert_says(&error, "--keys FILE");
    g_assert_true(g_file_set_contents(none, "{\"master\": {\"authentication\": \"00\"}}", -1, NULL));
    g_autofree char *wrong = g_strconcat("--keys=", none, NULL);
    g_assert_false(run(command_keys_add, &error, in, "proof", wrong, NULL));
    assert_says(&error, "no master.authentication");
    g_assert_true(run(command_keys_add, &error, in, "proof", "--keys=" COMMUNITY_DIR "/demo-keys.json", NULL));
    g_assert_no_error(error);
    reopen(f);
    keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, after), ==, PURSE_KEYS_OK);
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
    g_autofree char *secrets = g_build_filename(f->dir, PLATFORM_SECRETS_FILE, NULL);
    g_assert_cmpint(g_stat(secrets, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

#define ADD(name) g_test_add("/upkeep/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(proof);
    return g_test_run();
}
