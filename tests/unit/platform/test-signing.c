/* SPDX-License-Identifier: Apache-2.0 */
/* What an older key signed is signed again only when one of ours did sign it, and when it is what it is told as. */
#include "kit.h"
#include "platform/data/db.h"
#include "platform/keys/signing.h"
#include "sync/signed.h"
#include <string.h>

struct fixture {
    char *dir;
    struct platform *platform;
    char old_id[SIGNED_KEY_ID_SIZE], id[SIGNED_KEY_ID_SIZE];
};

/* As a program left it that did not know `first`. */
static void make_older(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, PLATFORM_SIGNING_FILE, NULL);
    json_t *chain = json_load_file(path, 0, NULL);

    g_assert_cmpint(json_object_del(chain, "first"), ==, 0);
    g_assert_cmpint(json_dump_file(chain, path, JSON_INDENT(2)), ==, 0);
    json_decref(chain);
}

#define OLDER GINT_TO_POINTER(1)

/* Its list is of before the change. */
static void up(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    g_assert_true(signed_key_id(f->platform->sign_public, f->old_id));
    platform_close(f->platform);
    signing_begin(f->dir, 2000, 1000, &error);
    g_assert_no_error(error);
    if (data == OLDER)
        make_older(f->dir);
    signing_finish(f->dir, &error);
    g_assert_no_error(error);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    g_assert_true(signed_key_id(f->platform->sign_public, f->id));
    g_assert_cmpstr(f->id, !=, f->old_id);
    struct pen pen;
    kit_enrol(f->platform, "K0001", &pen);
}

static void down(struct fixture *f, const void *data)
{
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

/* New reference. */
static json_t *told(struct fixture *f)
{
    json_t *answer = kit_hotlist(f->platform, 0), *manifest = json_incref(json_object_get(answer, "manifest"));

    json_decref(answer);
    g_assert_true(json_is_object(manifest));
    return manifest;
}

static void assert_as_it_was(struct fixture *f, const char *why)
{
    g_autofree char *pattern = g_strdup_printf("*not signed again: %s*", why);

    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
    json_t *manifest = told(f);
    g_test_assert_expected_messages();
    g_assert_cmpstr(json_string_value(json_object_get(manifest, "key_id")), ==, f->old_id);
    json_decref(manifest);
}

/* By somebody who can write into the database and has no key. */
static void write_in(struct fixture *f, const char *payload, const char *signature)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE hotlist_file SET payload=?2, signature=?3 WHERE community=?1", "ss", payload, signature));
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void test_again(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *manifest = told(f), *payload = signed_open(f->platform->sign_public, manifest, &error);

    g_assert_no_error(error);
    json_decref(payload);
    json_decref(manifest);
}

static void test_written(struct fixture *f, const void *data)
{
    json_t *manifest = told(f), *list = signing_introductions(f->dir, NULL), *first = json_array_get(list, 0);

    g_autofree char *changed = g_strdup(json_string_value(json_object_get(manifest, "payload")));
    char *at = strstr(changed, "\"count\":");
    g_assert_nonnull(at);
    at[strlen("\"count\":")] ^= 1;
    write_in(f, changed, json_string_value(json_object_get(manifest, "signature")));
    assert_as_it_was(f, "signature of the list is wrong");
    /* What the old key did sign, but as something else. */
    g_assert_cmpstr(json_string_value(json_object_get(first, "key_id")), ==, f->old_id);
    write_in(f, json_string_value(json_object_get(first, "payload")), json_string_value(json_object_get(first, "signature")));
    assert_as_it_was(f, "it is of another kind");
    json_decref(list);
    json_decref(manifest);
}

static void test_stranger(struct fixture *f, const void *data)
{
    g_autofree char *path = g_build_filename(f->dir, PLATFORM_SIGNING_FILE, NULL);

    g_assert_true(g_file_set_contents(path, "{\"introductions\":[]}", -1, NULL));
    assert_as_it_was(f, "its key is not in " PLATFORM_SIGNING_FILE);
}

/* The very first key is still known after one more change. */
static void test_twice(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *list;

    platform_close(f->platform);
    (void)(signing_begin(f->dir, 2000, 1000, &error) && signing_finish(f->dir, &error));
    g_assert_no_error(error);
    (void)signing_fits(f->dir, &error);
    g_assert_no_error(error);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    list = signing_introductions(f->dir, &error);
    g_assert_cmpuint(json_array_size(list), ==, 2);
    json_decref(list);
    test_again(f, data);
}

#define ADD(name) g_test_add("/signing/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(again);
    g_test_add("/signing/again-older", struct fixture, OLDER, up, test_again, down);
    ADD(written);
    ADD(stranger);
    ADD(twice);
    return g_test_run();
}
