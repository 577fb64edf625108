/* SPDX-License-Identifier: Apache-2.0 */
/* The program with its purse keys in a token: on their way there, from the start, and what it refuses to start with. */
#include "rig.h"
#include "token.h"
#include <string.h>

struct fixture {
    char *dir, *data, *uri;
};

static void up(struct fixture *f, const void *unused)
{
    f->dir = kit_dir();
    f->data = g_build_filename(f->dir, "data", NULL);
    f->uri = token_make(f->dir, TOKEN_MODULE);
}

static void down(struct fixture *f, const void *unused)
{
    kit_dir_done(f->dir);
    g_free(f->data);
    g_free(f->uri);
}

/* Run a command with --hsm; what it says on both outputs. */
static char *run(struct fixture *f, bool *good, const char *command, const char *data, const char *uri, const char *option)
{
    const char *const argv[] = {PLATFORM_PROGRAM, command, "--data", data, "--hsm", uri, option, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
    char *said = NULL;

    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &said, NULL, &error));
    g_assert_no_error(error);
    *good = g_subprocess_get_successful(process);
    g_assert_null(strstr(said, TOKEN_PIN));
    return said;
}

static void assert_fails(struct fixture *f, const char *command, const char *data, const char *uri, const char *option, const char *says)
{
    bool good;
    g_autofree char *said = run(f, &good, command, data, uri, option);

    g_assert_false(good);
    if (strstr(said, says) == NULL)
        g_error("%s: '%s' does not say '%s'", command, said, says);
}

static char *secrets(const char *data)
{
    g_autofree char *path = g_build_filename(data, "secrets.json", NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* The URI that keys-to-hsm wrote, with the check values. */
static char *uri_of(const char *data)
{
    g_autofree char *text = secrets(data);
    json_t *json = json_loads(text, 0, NULL);
    char *uri = g_strdup(json_string_value(json_object_get(json, "hsm")));

    json_decref(json);
    g_assert_nonnull(uri);
    return uri;
}

static void test_moved(struct fixture *f, const void *unused)
{
    struct server_process server;
    bool good;

    kit_init(f->data, 20);
    g_autofree char *before = secrets(f->data), *first = platform_run(f->data, "keys", NULL, NULL);
    g_assert_nonnull(strstr(first, "in clear"));
    assert_fails(f, "keys-to-hsm", f->data, f->uri, NULL, "no secret key with the label");
    g_autofree char *still = secrets(f->data);
    g_assert_cmpstr(still, ==, before);
    g_autofree char *moved = run(f, &good, "keys-to-hsm", f->data, f->uri, "--import");
    g_assert_true(good);
    g_autofree char *after = secrets(f->data), *second = platform_run(f->data, "keys", NULL, NULL);
    g_assert_null(strstr(after, "master"));
    g_assert_nonnull(strstr(second, "in the token citycard"));
    const char *const checks[] = {"load  check value 2D90CB", "tac   check value ADD067"}; /* of the demonstration's keys */
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        g_assert_true(strstr(first, checks[i]) != NULL && strstr(second, checks[i]) != NULL);
    assert_fails(f, "keys-to-hsm", f->data, f->uri, NULL, "no masters");
    server_up(&server, f->data, 0);
    server_down(&server);
    /* Commands that need no key do without the token; the server does not start. */
    g_autofree char *uri = uri_of(f->data);
    token_take_away(f->dir);
    g_autofree char *kiosks = platform_run(f->data, "kiosks", NULL, NULL);
    g_assert_nonnull(strstr(kiosks, "K0001"));
    assert_fails(f, "serve", f->data, uri, NULL, "the token: ");
    token_put_back(f->dir);
}

/* A second platform takes the same token from its first day on; other keys are found at once. */
static void test_from_the_start(struct fixture *f, const void *unused)
{
    g_autofree char *data = g_build_filename(f->dir, "second", NULL);
    struct server_process server;
    bool good;

    kit_init(f->data, 20);
    g_autofree char *moved = run(f, &good, "keys-to-hsm", f->data, f->uri, "--import"), *uri = uri_of(f->data);
    g_assert_true(good);
    assert_fails(f, "init", data, f->uri, NULL, "load-check=… is missing");
    g_assert_false(g_file_test(data, G_FILE_TEST_EXISTS));
    g_autofree char *made = run(f, &good, "init", data, uri, "--residents=20");
    g_assert_true(good);
    g_autofree char *text = secrets(data);
    g_assert_null(strstr(text, "master"));
    server_up(&server, data, 0);
    server_down(&server);
    GString *other = g_string_new(uri);
    g_string_replace(other, "load-check=", "load-check=000000&tac-label=x&other=", 1);
    assert_fails(f, "serve", data, other->str, NULL, "not known");
    g_string_assign(other, uri);
    char *check = strstr(other->str, "load-check=") + strlen("load-check=");
    check[0] = check[0] == '0' ? '1' : '0';
    assert_fails(f, "serve", data, other->str, NULL, "its check value is");
    g_string_free(other, TRUE);
    token_pin(f->dir, "123456");
    assert_fails(f, "serve", data, uri, NULL, "the PIN of pin-source is refused");
}

/* A platform of a token from before there were proofs: its URI does not speak of that key. */
static void test_proof_later(struct fixture *f, const void *unused)
{
    bool good;

    kit_init(f->data, 20);
    g_autofree char *moved = run(f, &good, "keys-to-hsm", f->data, f->uri, "--import"), *uri = uri_of(f->data);
    g_assert_true(good);
    g_autofree char *text = secrets(f->data), *path = g_build_filename(f->data, "secrets.json", NULL);
    char *at = strstr(text, "&proof-check=");
    g_assert_nonnull(at);
    g_autofree char *without = g_strdup_printf("%.*s%s", (int)(at - text), text, at + strlen("&proof-check=XXXXXX"));
    g_assert_true(g_file_set_contents(path, without, -1, NULL));
    g_autofree char *old = uri_of(f->data);
    g_assert_null(strstr(old, "proof"));
    assert_fails(f, "keys-add", f->data, old, "proof", "names no key of proofs");
    g_autofree char *added = run(f, &good, "keys-add", f->data, uri, "proof"), *now = uri_of(f->data);
    g_assert_true(good);
    g_assert_nonnull(strstr(added, "proof check value"));
    g_assert_cmpstr(now, ==, uri);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!token_possible()) {
        g_print("1..0 # SKIP SoftHSM is needed\n");
        return 0;
    }
    g_test_add("/platform/token/moved", struct fixture, NULL, up, test_moved, down);
    g_test_add("/platform/token/from-the-start", struct fixture, NULL, up, test_from_the_start, down);
    g_test_add("/platform/token/proof-later", struct fixture, NULL, up, test_proof_later, down);
    return g_test_run();
}
