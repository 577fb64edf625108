/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the platform that change while kiosks are there, away, or were away for all of it. */
#include "rig.h"
#include "sync/signed.h"
#include "sync/signing.h"
#include <glib/gstdio.h>
#include <string.h>

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig here, away;
    char *card[4];
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    kiosk_enrol(&f->here, f->data, f->server.port, "K0001");
    kiosk_enrol(&f->away, f->data, f->server.port, "K0002");
    for (unsigned i = 0; i < 4; i++)
        f->card[i] = kit_card(i);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->here);
    kiosk_done(&f->away);
    server_down(&f->server);
    for (unsigned i = 0; i < 4; i++)
        g_free(f->card[i]);
    kit_dir_done(f->data);
}

/* citycard-platform admin rotate WHAT --data DIR [OPTION] */
static void rotate(struct fixture *f, const char *what, const char *option)
{
    const char *const argv[] = {PLATFORM_PROGRAM, "admin", "rotate", what, "--data", f->data, option, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(process, NULL, &error));
    g_assert_no_error(error);
}

static void again(struct fixture *f)
{
    server_down(&f->server);
    server_up(&f->server, f->data, f->server.port);
}

static int64_t version_of(struct kiosk_rig *kiosk)
{
    struct store_hotlist state;
    char line[SIGNED_KEY_ID_SIZE];

    g_assert_true(signed_key_id(kiosk->identity.signing_key, line));
    store_hotlist_state(kiosk->store, line, &state);
    return state.version;
}

static void assert_list(struct fixture *f, struct kiosk_rig *kiosk)
{
    int64_t newest = platform_sql_int(f->data, "SELECT max(version) FROM hotlist");

    g_assert_true(kiosk_wait_online(kiosk, true));
    for (int i = 0; i < 100 && version_of(kiosk) != newest; i++)
        g_assert_true(kiosk_wait_rounds(kiosk, 1));
    g_assert_cmpint(version_of(kiosk), ==, newest);
}

static bool follows(struct kiosk_rig *kiosk)
{
    g_autofree char *path = g_build_filename(kiosk->dir, "signing.json", NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void lost(struct fixture *f, unsigned card)
{
    g_free(platform_run(f->data, "card-lost", f->card[card], NULL));
}

static void assert_sent(struct kiosk_rig *kiosk, const char *card)
{
    struct payment payment;

    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(kiosk));
    g_assert_cmpint(store_refused_count(kiosk->store), ==, 0);
}

static void change_key(struct fixture *f)
{
    rotate(f, "signing", NULL);
    rotate(f, "signing", "--finish");
    again(f);
}

/* One is there all the time, the other one comes back when the key has changed twice. */
static void test_signing(struct fixture *f, const void *data)
{
    kiosk_start(&f->here);
    kiosk_start(&f->away);
    assert_list(f, &f->here);
    assert_list(f, &f->away);
    kiosk_stop(&f->away);
    rotate(f, "signing", NULL);
    lost(f, 0);
    assert_list(f, &f->here);
    g_assert_false(follows(&f->here)); /* still the old one's signatures */
    rotate(f, "signing", "--finish");
    again(f);
    lost(f, 1);
    assert_list(f, &f->here);
    g_assert_true(follows(&f->here));
    assert_sent(&f->here, f->card[2]);
    /* The next start follows what it kept. */
    kiosk_stop(&f->here);
    kiosk_start(&f->here);
    lost(f, 2);
    assert_list(f, &f->here);
    change_key(f);
    lost(f, 3);
    assert_list(f, &f->here);
    kiosk_start(&f->away);
    assert_list(f, &f->away);
    g_assert_true(follows(&f->away));
    assert_sent(&f->away, f->card[0]);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
}

static char *file_of(struct fixture *f, const char *name)
{
    return g_build_filename(f->data, name, NULL);
}

/* A key that nobody introduced is refused, by its name in the status; the journal still gets out, and nothing else is lost. */
static void test_not_introduced(struct fixture *f, const void *data)
{
    g_autofree char *list = file_of(f, "signing.json"), *aside = file_of(f, "aside"), *text = NULL;
    struct sync_status status;

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    kiosk_stop(&f->here);
    int64_t before = version_of(&f->here);
    change_key(f);
    lost(f, 0);
    g_assert_cmpint(g_rename(list, aside), ==, 0);
    kiosk_start(&f->here);
    g_assert_true(kiosk_wait_online(&f->here, false));
    kiosk_status(&f->here, &status);
    g_assert_nonnull(strstr(status.error, "not introduced to this kiosk"));
    assert_sent(&f->here, f->card[2]);
    g_assert_cmpint(version_of(&f->here), ==, before);
    kiosk_stop(&f->here);
    /* Damaged on its way: as good as none. */
    g_assert_true(g_file_get_contents(aside, &text, NULL, NULL));
    char *key = strstr(text, "public_key\\\":\\\"");
    g_assert_nonnull(key);
    key[strlen("public_key\\\":\\\"")] ^= 1;
    g_assert_true(g_file_set_contents(list, text, -1, NULL));
    kiosk_start(&f->here);
    g_assert_true(kiosk_wait_online(&f->here, false));
    g_assert_false(follows(&f->here));
    kiosk_stop(&f->here);
    g_assert_cmpint(g_rename(aside, list), ==, 0);
    kiosk_start(&f->here);
    assert_list(f, &f->here);
    g_assert_cmpint(version_of(&f->here), >, before);
}

/* The platform's list loses what a kiosk has followed already: the next start still gets to where it was. */
static void test_list_lost(struct fixture *f, const void *data)
{
    g_autofree char *list = file_of(f, "signing.json");

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    change_key(f);
    lost(f, 0);
    assert_list(f, &f->here);
    g_assert_true(follows(&f->here));
    g_assert_cmpint(g_unlink(list), ==, 0);
    kiosk_stop(&f->here); /* it asks once a minute only */
    change_key(f);
    kiosk_start(&f->here);
    lost(f, 1);
    assert_list(f, &f->here);
    kiosk_stop(&f->here);
    kiosk_start(&f->here);
    lost(f, 2);
    assert_list(f, &f->here);
}

/* Whoever has the new key cannot go back either: versions are counted on over the change. */
static void test_not_back(struct fixture *f, const void *data)
{
    g_autofree char *db = file_of(f, "platform.db"), *bytes = NULL;
    struct sync_status status;
    gsize len;

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    server_down(&f->server);
    g_assert_true(g_file_get_contents(db, &bytes, &len, NULL));
    server_up(&f->server, f->data, f->server.port);
    lost(f, 0);
    assert_list(f, &f->here);
    int64_t high = version_of(&f->here);
    change_key(f);
    assert_list(f, &f->here);
    server_down(&f->server);
    g_assert_true(g_file_set_contents(db, bytes, (gssize)len, NULL));
    server_up(&f->server, f->data, f->server.port);
    g_assert_true(kiosk_wait_online(&f->here, false));
    g_assert_true(kiosk_wait_rounds(&f->here, 2));
    kiosk_status(&f->here, &status);
    g_assert_false(status.online);
    g_assert_nonnull(strstr(status.error, "hotlist"));
    g_assert_cmpint(version_of(&f->here), ==, high);
}

#define ADD(name) g_test_add("/platform/rotate/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* what a kiosk refuses is told in the log, too */
    ADD(signing);
    ADD(not_introduced);
    ADD(list_lost);
    ADD(not_back);
    return g_test_run();
}
