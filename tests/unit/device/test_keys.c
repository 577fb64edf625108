/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's secret in a file: made once, refused when others can read it; files sealed with it, and files from before. */
#include "device/files.h"
#include "device/keys.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLEAR "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"

struct fixture {
    char *dir;
};

static void up(struct fixture *f, const void *data)
{
    f->dir = g_dir_make_tmp("citycard-keys-XXXXXX", NULL);
    g_assert_nonnull(f->dir);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

static void down(struct fixture *f, const void *data)
{
    g_assert_cmpint(nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(f->dir);
}

static struct device_keys *open_keys(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = device_keys_open(f->dir, &error);

    g_assert_no_error(error);
    g_assert_nonnull(keys);
    return keys;
}

static void refuse(struct fixture *f, int code)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(device_keys_open(f->dir, &error));
    g_assert_error(error, KEYS_ERROR, code);
}

static char *in_dir(struct fixture *f, const char *name)
{
    return g_build_filename(f->dir, name, NULL);
}

static void test_made_once(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, KEYS_FILE), *fresh = in_dir(f, KEYS_FILE ".new");
    uint8_t one[32], two[32], other[32];
    struct stat info;

    struct device_keys *keys = open_keys(f);
    g_assert_true(device_keys_in_file(keys));
    device_keys_derive(keys, "a", one);
    device_keys_derive(keys, "b", other);
    device_keys_free(keys);
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 07777, ==, 0600);
    g_assert_cmpint(info.st_size, ==, 32);
    g_assert_false(g_file_test(fresh, G_FILE_TEST_EXISTS));
    keys = open_keys(f);
    device_keys_derive(keys, "a", two);
    device_keys_free(keys);
    g_assert_cmpmem(one, 32, two, 32);
    g_assert_true(memcmp(one, other, 32) != 0);
}

/* A half-written file of an earlier start does not count, and does not harm. */
static void test_left_over(struct fixture *f, const void *data)
{
    g_autofree char *fresh = in_dir(f, KEYS_FILE ".new");

    g_assert_true(g_file_set_contents(fresh, "half", -1, NULL));
    device_keys_free(open_keys(f));
    g_assert_false(g_file_test(fresh, G_FILE_TEST_EXISTS));
}

static void test_mode(struct fixture *f, const void *data)
{
    static const mode_t OPEN[] = {0640, 0604, 0660, 0700 | 0001};
    g_autofree char *path = in_dir(f, KEYS_FILE);

    device_keys_free(open_keys(f));
    for (size_t i = 0; i < G_N_ELEMENTS(OPEN); i++) {
        g_assert_cmpint(g_chmod(path, OPEN[i]), ==, 0);
        refuse(f, KEYS_ERROR_MODE);
    }
    g_assert_cmpint(g_chmod(path, 0400), ==, 0);
    device_keys_free(open_keys(f));
}

static void test_owner(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, KEYS_FILE);

    if (geteuid() != 0) {
        g_test_skip("only root can give a file away");
        return;
    }
    device_keys_free(open_keys(f));
    g_assert_cmpint(chown(path, 65534, 65534), ==, 0);
    refuse(f, KEYS_ERROR_MODE);
}

static void test_not_a_key(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, KEYS_FILE), *elsewhere = in_dir(f, "elsewhere"), *long_key = g_strnfill(33, 'k');

    g_assert_true(g_file_set_contents_full(path, "short", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    refuse(f, KEYS_ERROR_FILE);
    g_assert_true(g_file_set_contents_full(path, long_key, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    refuse(f, KEYS_ERROR_FILE);
    char blank[32] = {0};
    g_assert_true(g_file_set_contents_full(path, blank, sizeof blank, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    refuse(f, KEYS_ERROR_FILE);
    g_assert_true(g_file_set_contents_full(elsewhere, long_key, 32, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(symlink(elsewhere, path), ==, 0); /* where a link leads is not ours to trust */
    refuse(f, KEYS_ERROR_FILE);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    refuse(f, KEYS_ERROR_MODE);
}

/* Sealed by a TPM, and there is none: no new secret in its place, but for an enrolment. */
static void test_tpm_gone(struct fixture *f, const void *data)
{
    g_autofree char *blob = in_dir(f, KEYS_TPM_FILE), *lost = in_dir(f, KEYS_TPM_FILE ".lost");
    g_autofree char *key = in_dir(f, KEYS_FILE);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(blob, "{\"version\": 1, \"public\": \"\", \"private\": \"\"}\n", -1, NULL));
    refuse(f, KEYS_ERROR_TPM);
    g_assert_false(g_file_test(key, G_FILE_TEST_EXISTS));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*former key is lost*");
    struct device_keys *keys = device_keys_renew(f->dir, &error);
    g_test_assert_expected_messages();
    g_assert_no_error(error);
    g_assert_true(device_keys_in_file(keys));
    device_keys_free(keys);
    g_assert_true(g_file_test(lost, G_FILE_TEST_EXISTS)); /* not deleted */
    device_keys_free(open_keys(f));
}

/* kiosk.conf goes before the environment. */
static void test_configured(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, "kiosk.conf"), *key = in_dir(f, KEYS_FILE);

    g_assert_true(g_file_set_contents(path, "[keys]\ntpm=device:/dev/null/none\n", -1, NULL));
    refuse(f, KEYS_ERROR_TPM); /* one was named: it is not silently done without */
    g_assert_false(g_file_test(key, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_set_contents(path, "[keys]\ntpm=none\n", -1, NULL));
    device_keys_free(open_keys(f));
    g_assert_true(g_file_set_contents(path, "[keys]\ntpm=device:/dev/null/none\n", -1, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*key stays in its file*");
    struct device_keys *keys = open_keys(f); /* what there is goes on */
    g_test_assert_expected_messages();
    g_assert_true(device_keys_in_file(keys));
    device_keys_free(keys);
}

/* ---- Sealed files ------------------------------------------------------------------------------------------------- */

static char *bytes_of(struct fixture *f, const char *name)
{
    return file_get(f->dir, name, KEYS_FILE_MAX, NULL, NULL);
}

static void put_sealed(struct fixture *f, const struct device_keys *keys, const char *name, const char *text)
{
    g_autofree char *sealed = device_keys_wrap(keys, name, text, NULL);

    g_assert_true(file_put(f->dir, name, sealed, strlen(sealed), NULL));
}

static void test_sealed_file(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = open_keys(f);

    put_sealed(f, keys, "client.key", CLEAR);
    g_autofree char *bytes = bytes_of(f, "client.key"), *text = device_keys_read(keys, f->dir, "client.key", &error);
    g_assert_null(strstr(bytes, "PRIVATE"));
    g_assert_cmpstr(text, ==, CLEAR);
    g_autofree char *again = bytes_of(f, "client.key");
    g_assert_cmpstr(bytes, ==, again); /* reading writes nothing */
    g_assert_true(file_put(f->dir, "platform.json", bytes, strlen(bytes), NULL)); /* under another name */
    g_assert_null(device_keys_read(keys, f->dir, "platform.json", &error));
    g_assert_error(error, KEYS_ERROR, KEYS_ERROR_SEAL);
    g_clear_error(&error);
    g_assert_null(device_keys_read(keys, f->dir, "nothing", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    device_keys_free(keys);
}

/* Every byte of the sealed text changed in turn. */
static void test_sealed_file_changed(struct fixture *f, const void *data)
{
    struct device_keys *keys = open_keys(f);

    put_sealed(f, keys, "client.key", "secret");
    g_autofree char *bytes = bytes_of(f, "client.key");
    char *at = strstr(bytes, "\"s\": \"") + 6;
    for (; *at != '"'; at++) {
        g_autoptr(GError) error = NULL;
        char had = *at;
        *at = had == 'A' ? 'B' : 'A';
        g_assert_true(file_put(f->dir, "client.key", bytes, strlen(bytes), NULL));
        g_assert_null(device_keys_read(keys, f->dir, "client.key", &error));
        g_assert_error(error, KEYS_ERROR, KEYS_ERROR_SEAL);
        *at = had;
    }
    device_keys_free(keys);
}

/* Another machine's secret: the disk alone is worth nothing. */
static void test_other_machine(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, KEYS_FILE);
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = open_keys(f);

    put_sealed(f, keys, "client.key", CLEAR);
    device_keys_free(keys);
    g_assert_cmpint(g_unlink(path), ==, 0);
    keys = open_keys(f);
    g_assert_null(device_keys_read(keys, f->dir, "client.key", &error));
    g_assert_error(error, KEYS_ERROR, KEYS_ERROR_SEAL);
    device_keys_free(keys);
}

/* From before: in clear. Sealed on the way, and the old bytes are gone from the file that held them. */
static void test_in_clear(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, "client.key"), *held = in_dir(f, "held");
    g_autoptr(GError) error = NULL;
    struct stat info;
    struct device_keys *keys = open_keys(f);

    g_assert_true(g_file_set_contents(path, CLEAR, -1, NULL));
    g_assert_cmpint(link(path, held), ==, 0); /* the old bytes' own file stays to be looked at */
    g_autofree char *first = device_keys_read(keys, f->dir, "client.key", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(first, ==, CLEAR);
    g_autofree char *bytes = bytes_of(f, "client.key"), *old = NULL;
    gsize len = 0;
    g_assert_null(strstr(bytes, "MIGH"));
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    g_assert_true(g_file_get_contents(held, &old, &len, NULL));
    g_assert_cmpuint(len, ==, strlen(CLEAR));
    for (gsize i = 0; i < len; i++)
        g_assert_cmpint(old[i], ==, 0);
    g_autofree char *second = device_keys_read(keys, f->dir, "client.key", &error);
    g_assert_cmpstr(second, ==, CLEAR);
    device_keys_free(keys);
}

static void test_shred(struct fixture *f, const void *data)
{
    g_autofree char *path = in_dir(f, "x"), *held = in_dir(f, "held"), *old = NULL;

    g_assert_true(g_file_set_contents(path, CLEAR, -1, NULL));
    g_assert_cmpint(link(path, held), ==, 0);
    g_assert_true(file_shred(f->dir, "x", NULL));
    g_assert_false(file_there(f->dir, "x"));
    g_assert_true(g_file_get_contents(held, &old, NULL, NULL));
    g_assert_cmpint(old[0], ==, 0);
    g_assert_false(file_shred(f->dir, "x", NULL));
}

int main(int argc, char **argv)
{
    g_setenv("CITYCARD_TPM", "none", TRUE);
    g_setenv("TSS2_LOG", "all+NONE", TRUE);
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add("/device/keys/" path, struct fixture, NULL, up, test, down)
    ADD("made-once", test_made_once);
    ADD("left-over", test_left_over);
    ADD("mode", test_mode);
    ADD("owner", test_owner);
    ADD("not-a-key", test_not_a_key);
    ADD("tpm-gone", test_tpm_gone);
    ADD("configured", test_configured);
    ADD("sealed-file", test_sealed_file);
    ADD("sealed-file/changed", test_sealed_file_changed);
    ADD("sealed-file/other-machine", test_other_machine);
    ADD("sealed-file/in-clear", test_in_clear);
    ADD("shred", test_shred);
    return g_test_run();
}
