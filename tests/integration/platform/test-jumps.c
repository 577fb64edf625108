/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk's store and sync in a process of their own, whose wall clock really jumps (libfaketime, which leaves the boot clock
 * alone), against a real platform: what the clock watch says before, in between and after.
 *
 * The same program is the watcher: `--watch DIR URL` prints "TRUST MS" ten times a second, MS being the time it believes in.
 */
#include "rig.h"
#include "model/clock.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

#define FAKETIME_LIBRARY "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

#if defined(__SANITIZE_ADDRESS__)
#define POSSIBLE false
#else
#define POSSIBLE true
#endif

/* ---- The watcher -------------------------------------------------------------------------------------------------- */

static int watch(const char *dir, const char *url)
{
    struct kiosk_rig kiosk = {.dir = (char *)dir, .url = (char *)url};
    struct clock_view view;

    g_log_set_always_fatal(G_LOG_LEVEL_ERROR); /* a wire that fails under a wrong clock is what is tested */
    g_mutex_init(&kiosk.lock);
    g_cond_init(&kiosk.changed);
    if (!sync_identity_load(dir, &kiosk.identity, NULL))
        return 1;
    kiosk_open_store(&kiosk);
    kiosk_start(&kiosk);
    while (true) {
        store_clock(kiosk.store, &view);
        printf("%s %" G_GINT64_FORMAT "\n", clock_trust_name(view.trust), view.true_ms);
        if (fflush(stdout) != 0)
            return 0; /* the test is over */
        g_usleep(100000);
    }
}

/* ---- The test ----------------------------------------------------------------------------------------------------- */

struct jumps {
    char *file; /* libfaketime reads the offset from it at each look at the clock */
    GSubprocess *process;
    GDataInputStream *lines;
};

static void jump(struct jumps *jumps, const char *offset)
{
    g_assert_true(g_file_set_contents(jumps->file, offset, -1, NULL));
}

static void start(struct jumps *jumps, const char *self, const struct kiosk_rig *kiosk)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GError) error = NULL;

    jump(jumps, "+0");
    g_subprocess_launcher_setenv(launcher, "LD_PRELOAD", FAKETIME_LIBRARY, TRUE);
    g_subprocess_launcher_setenv(launcher, "FAKETIME_TIMESTAMP_FILE", jumps->file, TRUE);
    g_subprocess_launcher_setenv(launcher, "FAKETIME_NO_CACHE", "1", TRUE);
    g_subprocess_launcher_setenv(launcher, "FAKETIME_DONT_FAKE_MONOTONIC", "1", TRUE);
    jumps->process = g_subprocess_launcher_spawn(launcher, &error, self, "--watch", kiosk->dir, kiosk->url, NULL);
    g_assert_no_error(error);
    jumps->lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(jumps->process));
}

/* Until it says so; and whatever it says, the time that it believes in is ours, within two seconds. */
static void expect(struct jumps *jumps, const char *trust, bool time_known)
{
    char said[16] = "";

    for (int i = 0; i < 150 && strcmp(said, trust) != 0; i++) {
        g_autofree char *line = g_data_input_stream_read_line(jumps->lines, NULL, NULL, NULL);
        long long true_ms;

        g_assert_nonnull(line);
        g_assert_cmpint(sscanf(line, "%15s %lld", said, &true_ms), ==, 2);
        if (time_known)
            g_assert_cmpint(ABS(true_ms - now_ms()), <, 2000);
    }
    g_assert_cmpstr(said, ==, trust);
}

static void test_jumps(const void *self)
{
    char *data = kit_dir();
    struct server_process server;
    struct kiosk_rig kiosk;
    struct jumps jumps = {0};

    if (!POSSIBLE || !g_file_test(FAKETIME_LIBRARY, G_FILE_TEST_EXISTS)) {
        g_test_skip("libfaketime is not installed, or the sanitizer wants to be the first library");
        kit_dir_done(data);
        return;
    }
    kit_init(data, 60);
    server_up(&server, data, 0);
    kiosk_enrol(&kiosk, data, server.port, "K0001");
    g_clear_pointer(&kiosk.store, store_close);
    jumps.file = g_build_filename(kiosk.dir, "faketime", NULL);
    start(&jumps, self, &kiosk);
    g_usleep(1000000); /* signed by now */
    expect(&jumps, "TRUSTED", true);
    jump(&jumps, "+20m");
    expect(&jumps, "DRIFTING", true);
    jump(&jumps, "-25h");
    expect(&jumps, "UNTRUSTED", true);
    jump(&jumps, "+300d");
    expect(&jumps, "UNTRUSTED", true);
    jump(&jumps, "-20m");
    expect(&jumps, "DRIFTING", true);
    jump(&jumps, "+0");
    expect(&jumps, "TRUSTED", true);
    g_subprocess_force_exit(jumps.process);
    g_assert_true(g_subprocess_wait(jumps.process, NULL, NULL));
    g_object_unref(jumps.lines);
    g_object_unref(jumps.process);
    g_free(jumps.file);
    kiosk_done(&kiosk);
    server_down(&server);
    kit_dir_done(data);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--watch") == 0)
        return watch(argv[2], argv[3]);
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/jumps/real-clock", argv[0], test_jumps);
    return g_test_run();
}
