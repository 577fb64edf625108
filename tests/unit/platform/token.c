/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define UTIL "/usr/bin/softhsm2-util"

int token_possible(void)
{
    return access(TOKEN_MODULE, R_OK) == 0 && access(UTIL, X_OK) == 0;
}

void token_pin(const char *dir, const char *pin)
{
    g_autofree char *path = g_build_filename(dir, "pin", NULL), *text = g_strconcat(pin, "\n", NULL);

    g_unlink(path); /* a new file, as an editor makes it */
    g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

char *token_make(const char *dir, const char *module)
{
    g_autofree char *conf = g_build_filename(dir, "softhsm2.conf", NULL), *tokens = g_build_filename(dir, "tokens", NULL);
    g_autofree char *text = g_strdup_printf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens);
    const char *const argv[] = {UTIL, "--init-token", "--free", "--label", "citycard", "--pin", TOKEN_PIN, "--so-pin", "87654321", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_mkdir(tokens, 0700), ==, 0);
    g_assert_true(g_file_set_contents(conf, text, -1, NULL));
    g_setenv("SOFTHSM2_CONF", conf, TRUE);
    token_pin(dir, TOKEN_PIN);
    g_autoptr(GSubprocess) util = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(util, NULL, &error));
    g_assert_no_error(error);
    return g_strdup_printf("pkcs11:token=citycard?module-path=%s&pin-source=file:%s/pin", module, dir);
}

static void rename_tokens(const char *dir, const char *from, const char *to)
{
    g_autofree char *here = g_build_filename(dir, from, NULL), *there = g_build_filename(dir, to, NULL);

    g_assert_cmpint(g_rename(here, there), ==, 0);
}

void token_take_away(const char *dir)
{
    rename_tokens(dir, "tokens", "away");
}

void token_put_back(const char *dir)
{
    rename_tokens(dir, "away", "tokens");
}
