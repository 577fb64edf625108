/* SPDX-License-Identifier: Apache-2.0 */
/* Speech into files: it is said, in the right voice, and stopped when it should be. Needs espeak-ng. */
#include "device/voice.h"

#include <glib/gstdio.h>

#define WAV_HEADER_BYTES 44
#define BYTES_A_SECOND   (22050 * 2) /* espeak-ng: 22,050 Hz, 16 bit, mono */

static double seconds_of(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *bytes = NULL;
    gsize len = 0;

    if (!g_file_get_contents(path, &bytes, &len, NULL) || len < WAV_HEADER_BYTES ||
        strncmp(bytes, "RIFF", 4) != 0)
        return 0;
    return (double)(len - WAV_HEADER_BYTES) / BYTES_A_SECOND;
}

/* Turn the loop until the file has stopped growing at more than `least` seconds of sound, or give up after 10 s. */
static double wait_for(const char *folder, const char *name, double least)
{
    gint64 end_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    double before = -1, now = 0;

    while (g_get_monotonic_time() < end_us && (now < least || now != before)) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(50000);
        before = now;
        now = seconds_of(folder, name);
    }
    return now;
}

static void clear(char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_free(folder);
}

static void test_two_languages(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_new(folder);

    voice_say(voice, "zh_CN", "请把卡放在感应区");
    g_assert_cmpfloat(wait_for(folder, "0001.wav", 1.0), >, 1.0);
    /* Voice cmn would spell the characters as English letters: four to five times as long. */
    g_assert_cmpfloat(seconds_of(folder, "0001.wav"), <, 5.0);
    voice_say(voice, "en", "Place your card on the reader");
    g_assert_cmpfloat(wait_for(folder, "0002.wav", 1.0), >, 1.0);
    voice_free(voice);
    clear(folder);
}

static void test_new_text_replaces_old(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_new(folder);

    voice_say(voice, "en", "one");
    voice_say(voice, "en", "This sentence is said in full, to the end.");
    g_assert_cmpfloat(wait_for(folder, "0002.wav", 1.0), >, 1.0);
    voice_stop(voice);
    voice_stop(voice);
    voice_free(voice);
    clear(folder);
}

static void test_freed_while_speaking(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_new(folder);

    voice_say(voice, "en", "This is never finished.");
    voice_free(voice);
    for (int i = 0; i < 20; i++) { /* the answer of the killed program arrives with nobody left */
        g_main_context_iteration(NULL, FALSE);
        g_usleep(10000);
    }
    clear(folder);
}

static void test_nothing_to_say(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_new(folder);

    voice_say(voice, "en", "");
    voice_say(voice, "en", NULL);
    voice_free(voice);
    clear(folder); /* fails when a file had been started: the folder is then not as it was listed */
}

static void test_without_program(void)
{
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    struct voice *voice = voice_new(NULL);

    g_setenv("PATH", "/nonexistent", TRUE);
    g_test_expect_message(NULL, G_LOG_LEVEL_MESSAGE, "no speech:*");
    voice_say(voice, "en", "nobody hears this");
    voice_say(voice, "en", "nor this, and the log has one line");
    g_test_assert_expected_messages();
    g_setenv("PATH", path, TRUE);
    voice_free(voice);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/voice/languages", test_two_languages);
    g_test_add_func("/device/voice/replaces", test_new_text_replaces_old);
    g_test_add_func("/device/voice/freed", test_freed_while_speaking);
    g_test_add_func("/device/voice/empty", test_nothing_to_say);
    g_test_add_func("/device/voice/no-program", test_without_program);
    return g_test_run();
}
