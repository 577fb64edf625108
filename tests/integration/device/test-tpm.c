/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's secret in a real TPM 2.0 (swtpm): kept over restarts, refused by another, never lost on its way there. */
#include "device/files.h"
#include "device/keys.h"
#include "device/tpm.h"
#include "model/seal.h"

#include <ftw.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SWTPM
#define SWTPM NULL
#endif

struct chip {
    char *dir, *socket, *tcti;
    GSubprocess *process;
};

struct fixture {
    char *dir; /* of the kiosk */
    struct chip chip;
};

/* ---- A chip ------------------------------------------------------------------------------------------------------- */

static void die_with_parent(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Reach for it as the kiosk does, until it answers. */
static void chip_wait(struct chip *chip)
{
    const uint8_t secret[KEYS_ROOT_SIZE] = {0};

    for (int tries = 0; tries < 200; tries++) {
        g_autofree char *blob = tpm_seal(chip->tcti, secret, NULL);
        if (blob != NULL)
            return;
        g_usleep(50 * 1000);
    }
    g_error("swtpm does not answer");
}

static void chip_on(struct chip *chip)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autofree char *state = g_strdup_printf("dir=%s", chip->dir);
    g_autofree char *server = g_strdup_printf("type=unixio,path=%s", chip->socket);
    g_autofree char *control = g_strdup_printf("type=unixio,path=%s.ctrl", chip->socket);

    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    chip->process = g_subprocess_launcher_spawn(launcher, &error, SWTPM, "socket", "--tpm2", "--tpmstate", state, "--server",
                                                server, "--ctrl", control, "--flags", "startup-clear,not-need-init", NULL);
    g_assert_no_error(error);
    chip_wait(chip);
}

static void chip_off(struct chip *chip)
{
    g_subprocess_force_exit(chip->process);
    g_assert_true(g_subprocess_wait(chip->process, NULL, NULL));
    g_clear_object(&chip->process);
    g_unlink(chip->socket);
}

static void chip_make(struct chip *chip)
{
    chip->dir = g_dir_make_tmp("citycard-tpm-XXXXXX", NULL);
    g_assert_nonnull(chip->dir);
    chip->socket = g_build_filename(chip->dir, "s", NULL);
    chip->tcti = g_strdup_printf("swtpm:path=%s", chip->socket);
    chip_on(chip);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

static void folder_remove(char *dir)
{
    g_assert_cmpint(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(dir);
}

static void chip_break(struct chip *chip)
{
    if (chip->process != NULL)
        chip_off(chip);
    folder_remove(chip->dir);
    g_free(chip->socket);
    g_free(chip->tcti);
}

/* ---- A kiosk ------------------------------------------------------------------------------------------------------ */

static void use(struct fixture *f, const char *tcti)
{
    g_autofree char *path = g_build_filename(f->dir, "kiosk.conf", NULL);
    g_autofree char *text = g_strdup_printf("[keys]\ntpm=%s\n", tcti);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void up(struct fixture *f, const void *data)
{
    f->dir = g_dir_make_tmp("citycard-keys-XXXXXX", NULL);
    chip_make(&f->chip);
    use(f, f->chip.tcti);
}

static void down(struct fixture *f, const void *data)
{
    chip_break(&f->chip);
    folder_remove(f->dir);
}

/* What the secret gives, so that two openings can be compared. */
static void open_keys(struct fixture *f, bool in_file, uint8_t out[32])
{
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = device_keys_open(f->dir, &error);

    g_assert_no_error(error);
    g_assert_cmpint(device_keys_in_file(keys), ==, in_file);
    device_keys_derive(keys, "test", out);
    device_keys_free(keys);
}

static void assert_same(struct fixture *f, bool in_file, const uint8_t expected[32])
{
    uint8_t found[32];

    open_keys(f, in_file, found);
    g_assert_cmpmem(found, 32, expected, 32);
}

static void refuse(struct fixture *f, int code)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(device_keys_open(f->dir, &error));
    g_assert_error(error, KEYS_ERROR, code);
    g_assert_false(file_there(f->dir, KEYS_FILE));
    g_assert_true(file_there(f->dir, KEYS_TPM_FILE));
}

/* Made in the TPM, given back after the machine was off, and never in a file. */
static void test_sealed(struct fixture *f, const void *data)
{
    uint8_t first[32];

    open_keys(f, false, first);
    g_assert_true(file_there(f->dir, KEYS_TPM_FILE));
    g_assert_false(file_there(f->dir, KEYS_FILE));
    assert_same(f, false, first);
    chip_off(&f->chip);
    chip_on(&f->chip);
    assert_same(f, false, first);
}

/* Many openings do not fill the few places that a chip has. */
static void test_many(struct fixture *f, const void *data)
{
    uint8_t first[32];

    open_keys(f, false, first);
    for (int i = 0; i < 20; i++)
        assert_same(f, false, first);
}

static void test_gone(struct fixture *f, const void *data)
{
    uint8_t first[32];

    open_keys(f, false, first);
    chip_off(&f->chip);
    refuse(f, KEYS_ERROR_TPM);
    use(f, "none");
    refuse(f, KEYS_ERROR_TPM);
    use(f, f->chip.tcti);
    chip_on(&f->chip);
    assert_same(f, false, first);
}

static void test_other_chip(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct chip other;
    uint8_t first[32], second[32];

    open_keys(f, false, first);
    chip_make(&other);
    use(f, other.tcti);
    refuse(f, KEYS_ERROR_FOREIGN);
    use(f, f->chip.tcti);
    assert_same(f, false, first);
    /* An enrolment on the new machine: a new secret, the old blob is set aside. */
    use(f, other.tcti);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*former key is lost*another TPM*");
    struct device_keys *keys = device_keys_renew(f->dir, &error);
    g_test_assert_expected_messages();
    g_assert_no_error(error);
    g_assert_false(device_keys_in_file(keys));
    device_keys_derive(keys, "test", second);
    device_keys_free(keys);
    g_assert_true(memcmp(first, second, 32) != 0);
    g_assert_true(file_there(f->dir, KEYS_TPM_FILE ".lost"));
    assert_same(f, false, second);
    chip_break(&other);
}

/* Each byte of the blob changed in turn (a few of them: each try is a dozen commands): never another secret. */
static void test_changed(struct fixture *f, const void *data)
{
    uint8_t first[32], secret[KEYS_ROOT_SIZE];
    gsize len = 0;

    open_keys(f, false, first);
    g_autofree char *blob = file_get(f->dir, KEYS_TPM_FILE, 4096, &len, NULL);
    for (gsize at = 40; at + 4 < len; at += 7) {
        g_autoptr(GError) error = NULL;
        g_autofree char *changed = g_strdup(blob);
        if (!g_ascii_isalnum(changed[at]))
            continue;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        g_assert_false(tpm_unseal(f->chip.tcti, changed, secret, &error));
        g_assert_true(error->domain == KEYS_ERROR);
    }
    assert_same(f, false, first);
}

/* ---- From a file into the TPM ---------------------------------------------------------------------------------------- */

static void test_moves(struct fixture *f, const void *data)
{
    g_autofree char *key = g_build_filename(f->dir, KEYS_FILE, NULL), *held = g_build_filename(f->dir, "held", NULL);
    g_autofree char *old = NULL;
    uint8_t first[32];

    use(f, "none");
    open_keys(f, true, first);
    g_assert_cmpint(link(key, held), ==, 0);
    use(f, f->chip.tcti);
    assert_same(f, false, first);
    g_assert_false(file_there(f->dir, KEYS_FILE));
    g_assert_true(g_file_get_contents(held, &old, NULL, NULL));
    for (int i = 0; i < KEYS_ROOT_SIZE; i++)
        g_assert_cmpint(old[i], ==, 0); /* overwritten */
    assert_same(f, false, first);
}

/* The chip is away at the time: the file stays, and moves when it is back. */
static void test_moves_later(struct fixture *f, const void *data)
{
    uint8_t first[32];

    use(f, "none");
    open_keys(f, true, first);
    use(f, f->chip.tcti);
    chip_off(&f->chip);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*key stays in its file*");
    assert_same(f, true, first);
    g_test_assert_expected_messages();
    g_assert_true(file_there(f->dir, KEYS_FILE));
    chip_on(&f->chip);
    assert_same(f, false, first);
}

/* Stopped after the blob was on the disk and before the file was removed; or the blob is half of one. */
static void test_moves_stopped(struct fixture *f, const void *data)
{
    g_autofree char *key = NULL, *blob = NULL;
    uint8_t first[32];

    use(f, "none");
    open_keys(f, true, first);
    key = file_get(f->dir, KEYS_FILE, 64, NULL, NULL);
    use(f, f->chip.tcti);
    assert_same(f, false, first);
    g_assert_true(file_put(f->dir, KEYS_FILE, key, KEYS_ROOT_SIZE, NULL));
    assert_same(f, false, first);
    g_assert_false(file_there(f->dir, KEYS_FILE));
    blob = file_get(f->dir, KEYS_TPM_FILE, 4096, NULL, NULL);
    g_assert_true(file_put(f->dir, KEYS_FILE, key, KEYS_ROOT_SIZE, NULL));
    g_assert_true(file_put(f->dir, KEYS_TPM_FILE, blob, strlen(blob) / 2, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*the key file does*");
    assert_same(f, true, first);
    g_test_assert_expected_messages();
}

/* Killed anywhere on the way: the secret is there afterwards, the same, and comes into the TPM in the end. */
static void test_moves_killed(struct fixture *f, const void *data)
{
    uint8_t first[32];
    int in_time = 0;

    use(f, "none");
    open_keys(f, true, first);
    g_autofree char *key = file_get(f->dir, KEYS_FILE, 64, NULL, NULL);
    for (int i = 0; i < 60; i++) {
        int status = 0;
        g_autofree char *blob = g_build_filename(f->dir, KEYS_TPM_FILE, NULL);
        g_unlink(blob);
        g_assert_true(file_put(f->dir, KEYS_FILE, key, KEYS_ROOT_SIZE, NULL));
        use(f, f->chip.tcti);
        pid_t child = fork();
        if (child == 0)
            _exit(device_keys_open(f->dir, NULL) != NULL ? 0 : 1);
        g_usleep((gulong)g_test_rand_int_range(0, 30000));
        kill(child, SIGKILL);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        in_time += WIFSIGNALED(status);
        chip_off(&f->chip); /* without a resource manager the dead one's objects stay in its few places */
        chip_on(&f->chip);
        assert_same(f, false, first);
        g_assert_false(file_there(f->dir, KEYS_FILE));
    }
    g_test_message("%d of 60 were killed before they had done it", in_time);
    g_assert_cmpint(in_time, >, 5);
}

/* A key of something else beside the TPM's is not thrown away. */
static void test_two_keys(struct fixture *f, const void *data)
{
    uint8_t first[32];

    open_keys(f, false, first);
    g_assert_true(file_put(f->dir, KEYS_FILE, "another key, of thirty-two bytes", KEYS_ROOT_SIZE, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*stays beside the TPM*");
    assert_same(f, false, first);
    g_test_assert_expected_messages();
    g_assert_true(file_there(f->dir, KEYS_FILE));
}

int main(int argc, char **argv)
{
    g_setenv("TSS2_LOG", "all+NONE", TRUE);
    g_test_init(&argc, &argv, NULL);
    if (SWTPM == NULL || !tpm_supported()) {
        g_print("1..0 # SKIP swtpm and tpm2-tss are needed\n");
        return 0;
    }
#define ADD(path, test) g_test_add("/device/tpm/" path, struct fixture, NULL, up, test, down)
    ADD("sealed", test_sealed);
    ADD("many", test_many);
    ADD("gone", test_gone);
    ADD("other-chip", test_other_chip);
    ADD("changed", test_changed);
    ADD("moves", test_moves);
    ADD("moves/later", test_moves_later);
    ADD("moves/stopped", test_moves_stopped);
    ADD("moves/killed", test_moves_killed);
    ADD("two-keys", test_two_keys);
    return g_test_run();
}
