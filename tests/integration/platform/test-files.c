/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of notices on their way to a kiosk, over TLS: whole, past a line that is cut, and never other bytes than those that were told of.
 */
#include "eavesdrop.h"
#include "front.h"
#include "model/model.h"
#include "platform/content/content.h"
#include "store/file.h"
#include "store/files.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH 1500000

struct fixture {
    char *data;
    struct front *front;
    struct kiosk_rig kiosk;
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    eavesdrop_answers(false); /* files are no JSON; the front checks all else */
    f->front = front_new(f->data);
    kiosk_enrol(&f->kiosk, f->data, front_port(f->front), "K0001");
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    front_free(f->front);
    kit_dir_done(f->data);
}

static GByteArray *picture(unsigned seed, size_t len)
{
    GByteArray *bytes = g_byte_array_sized_new((guint)len);

    g_byte_array_append(bytes, (const guint8 *)"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    for (uint32_t x = seed + 1; bytes->len < len; x = x * 1664525 + 1013904223)
        g_byte_array_append(bytes, (const guint8[]){(guint8)(x >> 24)}, 1);
    return bytes;
}

static void told(struct fixture *f, const GByteArray *bytes, char id[FILE_ID_SIZE])
{
    struct db *db = front_platform(f->front)->db;
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(db, true, &error) && files_add(db, "poster.png", bytes->data, bytes->len, now_ms(), id, &error) &&
                  files_use(db, id, "pin", id, &error) && db_commit(db, &error));
    g_assert_no_error(error);
}

/* Whether it is here within ten seconds, which it then is whole. */
static bool here(struct fixture *f, const char *id, const GByteArray *bytes)
{
    for (unsigned tries = 0; tries < 1000; tries++) {
        g_autofree char *path = store_file(f->kiosk.store, id);
        g_autofree char *read = NULL;
        gsize len = 0;
        if (path == NULL) {
            g_usleep(10000);
            continue;
        }
        g_assert_true(g_file_get_contents(path, &read, &len, NULL));
        g_assert_cmpmem(read, len, bytes->data, bytes->len);
        return true;
    }
    return false;
}

static void test_fetched(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(1, LENGTH), other = picture(2, 100);
    g_autofree char *path = NULL;
    char id[FILE_ID_SIZE], next[FILE_ID_SIZE];

    told(f, bytes, id);
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, id, bytes));
    path = store_file_path(f->kiosk.store, id);
    /* Nothing uses it any more: with the next file that comes it goes. */
    struct db *db = front_platform(f->front)->db;
    g_assert_true(db_begin(db, true, NULL) && files_unuse(db, "pin", id, NULL) && db_commit(db, NULL));
    told(f, other, next);
    g_assert_true(here(f, next, other));
    g_assert_null(store_file(f->kiosk.store, id));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* The first answer breaks off in the middle, or has one other bit; what is asked for after it is written down. */
struct damage {
    const GByteArray *bytes;
    char id[FILE_ID_SIZE]; /* of this file only */
    bool cut;
    gint asked;
    char range[64], if_range[80];
};

static bool damage_hook(void *data, const struct request *request, struct reply *out)
{
    struct damage *damage = data;
    char *body;

    if (!g_str_has_prefix(request->path, "/v1/files/") || strcmp(request->path + strlen("/v1/files/"), damage->id) != 0)
        return false;
    if (g_atomic_int_add(&damage->asked, 1) > 0) {
        g_strlcpy(damage->range, request->range != NULL ? request->range : "", sizeof damage->range);
        g_strlcpy(damage->if_range, request->if_range != NULL ? request->if_range : "", sizeof damage->if_range);
        return false;
    }
    body = malloc(damage->bytes->len);
    memcpy(body, damage->bytes->data, damage->bytes->len);
    if (!damage->cut)
        body[damage->bytes->len / 2] ^= 1;
    out->status = 200;
    out->content_type = damage->cut ? FRONT_CUT : "application/octet-stream";
    out->body = body;
    out->body_len = damage->bytes->len;
    g_snprintf(out->etag, sizeof out->etag, "\"%s\"", damage->id);
    return true;
}

/* What came before the cut is not fetched again. */
static void test_cut(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(3, LENGTH);
    struct damage damage = {.bytes = bytes, .cut = true};
    g_autofree char *etag = NULL;
    gint64 from = 0;

    told(f, bytes, damage.id);
    front_set(f->front, damage_hook, &damage);
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, damage.id, bytes));
    kiosk_stop(&f->kiosk);
    front_set(f->front, NULL, NULL);
    g_assert_cmpint(damage.asked, ==, 2);
    g_assert_true(g_str_has_prefix(damage.range, "bytes="));
    from = g_ascii_strtoll(damage.range + strlen("bytes="), NULL, 10);
    g_assert_cmpint(from, >, 0);
    g_assert_cmpint(from, <=, LENGTH / 2);
    etag = g_strdup_printf("\"%s\"", damage.id);
    g_assert_cmpstr(damage.if_range, ==, etag);
}

/* A kiosk that was switched off in the middle goes on from there. */
static void test_restarted(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(4, LENGTH);
    struct damage damage = {.bytes = bytes, .cut = true};

    told(f, bytes, damage.id);
    front_set(f->front, damage_hook, &damage);
    kiosk_start(&f->kiosk);
    while (g_atomic_int_get(&damage.asked) == 0)
        g_usleep(1000);
    kiosk_stop(&f->kiosk);
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, damage.id, bytes));
    kiosk_stop(&f->kiosk);
    front_set(f->front, NULL, NULL);
}

/* Other bytes than those that were told of are never shown; they do not hold up the next file, nor the rounds. */
static void test_other_bytes(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(5, 5000), good = picture(6, 5000);
    struct damage damage = {.bytes = bytes};
    g_autofree char *part = NULL;
    char id[FILE_ID_SIZE];

    told(f, good, id);
    told(f, bytes, damage.id);
    front_set(f->front, damage_hook, &damage);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "a file was not fetched: *other bytes*");
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, id, good));
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 5));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_null(store_file(f->kiosk.store, damage.id));
    part = store_file_part(f->kiosk.store, damage.id);
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_atomic_int_get(&damage.asked), ==, 1); /* again in an hour */
    kiosk_stop(&f->kiosk);
    g_test_assert_expected_messages();
    front_set(f->front, NULL, NULL);
    kiosk_start(&f->kiosk); /* or after a restart */
    g_assert_true(here(f, damage.id, bytes));
}

/* One file is never sent whole: as one that is longer than was told, or with a line that breaks before its first byte. */
struct spoilt {
    char id[FILE_ID_SIZE];
    size_t len; /* of the body; 1: the half of it that goes out is nothing */
    gint asked;
};

static bool spoilt_hook(void *data, const struct request *request, struct reply *out)
{
    struct spoilt *spoilt = data;

    if (!g_str_has_prefix(request->path, "/v1/files/") || strcmp(request->path + strlen("/v1/files/"), spoilt->id) != 0)
        return false;
    g_atomic_int_inc(&spoilt->asked);
    out->status = 200;
    out->content_type = spoilt->len == 1 ? FRONT_CUT : "application/octet-stream";
    out->body = calloc(spoilt->len, 1);
    out->body_len = spoilt->len;
    return true;
}

/* It does not hold up the file behind it, and is not asked for all the time. */
static void test_spoilt(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(7, 5000), good = picture(8, 5000);
    struct spoilt spoilt = {.len = GPOINTER_TO_SIZE(data)};
    char id[FILE_ID_SIZE];
    gint asked;

    told(f, good, id);
    told(f, bytes, spoilt.id);
    front_set(f->front, spoilt_hook, &spoilt);
    if (spoilt.len == 1)
        g_test_expect_message(NULL, G_LOG_LEVEL_INFO, "a file is not whole yet: *");
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "a file was not fetched: *");
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, id, good));
    asked = g_atomic_int_get(&spoilt.asked);
    g_assert_cmpint(asked, >=, spoilt.len == 1 ? 2 : 1);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 5));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_test_assert_expected_messages();
    g_assert_cmpint(spoilt.asked, ==, asked);
    front_set(f->front, NULL, NULL);
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, spoilt.id, bytes));
}

/* A folder among the files stays, a stray file goes. */
static void test_lost_and_found(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(9, 100);
    g_autofree char *path = NULL, *files = NULL, *folder = NULL, *stray = NULL;
    char id[FILE_ID_SIZE];

    told(f, bytes, id);
    path = store_file_path(f->kiosk.store, id);
    files = g_path_get_dirname(path);
    folder = g_build_filename(files, "lost+found", NULL);
    stray = g_build_filename(files, "stray", NULL);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(stray, "x", 1, NULL));
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, id, bytes));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    g_assert_false(g_file_test(stray, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static int no_removal(void *ctx, enum file_step step, const char *path)
{
    return step == FILE_REMOVE && g_str_has_suffix(path, "/files/stray") ? EIO : 0;
}

/* What cannot be removed is told of, and holds up neither files nor rounds. */
static void test_disk_fault(struct fixture *f, const void *data)
{
    g_autoptr(GByteArray) bytes = picture(10, 100);
    g_autofree char *path = NULL, *files = NULL, *stray = NULL;
    char id[FILE_ID_SIZE];

    told(f, bytes, id);
    path = store_file_path(f->kiosk.store, id);
    files = g_path_get_dirname(path);
    stray = g_build_filename(files, "stray", NULL);
    g_assert_cmpint(g_mkdir_with_parents(files, 0700), ==, 0);
    g_assert_true(g_file_set_contents(stray, "x", 1, NULL));
    file_faults(no_removal, NULL);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "the folder of files is not tidy: */files/stray: remove: *");
    kiosk_start(&f->kiosk);
    g_assert_true(here(f, id, bytes));
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 3));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    file_faults(NULL, NULL);
    g_test_assert_expected_messages();
    g_assert_true(g_file_test(stray, G_FILE_TEST_EXISTS));
}

/* Says no: to the first `times` that anything is asked for, and when. */
struct refusal {
    unsigned status, times;
    gint asked;
    gint64 asked_us[2];
};

static bool refusal_hook(void *data, const struct request *request, struct reply *out)
{
    struct refusal *refusal = data;
    int asked;

    if (!g_str_has_prefix(request->path, "/v1/files/"))
        return false;
    asked = g_atomic_int_add(&refusal->asked, 1);
    if (asked < (int)G_N_ELEMENTS(refusal->asked_us))
        refusal->asked_us[asked] = g_get_monotonic_time();
    if ((unsigned)asked >= refusal->times)
        return false;
    out->status = refusal->status;
    out->content_type = "text/plain";
    out->retry_after_s = refusal->status == 503 ? 2 : 0;
    return true;
}

#define MANY 12

static void told_many(struct fixture *f, GByteArray *bytes[MANY], char ids[MANY][FILE_ID_SIZE])
{
    for (unsigned i = 0; i < MANY; i++) {
        bytes[i] = picture(20 + i, 100);
        told(f, bytes[i], ids[i]);
    }
}

static void here_many(struct fixture *f, GByteArray *bytes[MANY], char ids[MANY][FILE_ID_SIZE])
{
    for (unsigned i = 0; i < MANY; i++) {
        g_assert_true(here(f, ids[i], bytes[i]));
        g_byte_array_unref(bytes[i]);
    }
}

/* A busy platform is asked for no file, this one or another, before the time that it named; the rounds are good meanwhile. */
static void test_busy(struct fixture *f, const void *data)
{
    struct refusal refusal = {.status = 503, .times = 2};
    GByteArray *bytes[MANY];
    char ids[MANY][FILE_ID_SIZE];

    told_many(f, bytes, ids);
    front_set(f->front, refusal_hook, &refusal);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 5));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    here_many(f, bytes, ids);
    kiosk_stop(&f->kiosk);
    front_set(f->front, NULL, NULL);
    g_assert_cmpint(refusal.asked_us[1] - refusal.asked_us[0], >=, 2 * G_USEC_PER_SEC);
    g_assert_cmpint(refusal.asked, ==, 2 + MANY);
}

/* Many that the platform does not have: each is asked for once an hour, however many there are. */
static void test_refused(struct fixture *f, const void *data)
{
    struct refusal refusal = {.status = 404, .times = G_MAXINT};
    GByteArray *bytes[MANY];
    char ids[MANY][FILE_ID_SIZE];

    told_many(f, bytes, ids);
    front_set(f->front, refusal_hook, &refusal);
    for (unsigned i = 0; i < MANY; i++)
        g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "a file was not fetched: HTTP 404");
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 8));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    kiosk_stop(&f->kiosk);
    g_test_assert_expected_messages();
    g_assert_cmpint(refusal.asked, ==, MANY);
    front_set(f->front, NULL, NULL);
    kiosk_start(&f->kiosk);
    here_many(f, bytes, ids);
}

#define ADD(name) g_test_add("/files/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(fetched);
    ADD(cut);
    ADD(restarted);
    ADD(other_bytes);
    g_test_add("/files/longer", struct fixture, GSIZE_TO_POINTER(5010), up, test_spoilt, down);
    g_test_add("/files/broken", struct fixture, GSIZE_TO_POINTER(1), up, test_spoilt, down);
    ADD(lost_and_found);
    ADD(disk_fault);
    ADD(busy);
    ADD(refused);
    return g_test_run();
}
