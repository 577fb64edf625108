/* SPDX-License-Identifier: Apache-2.0 */
/* Speech into files: it is said, in the right voice, and stopped when it should be. Needs espeak-ng. */
#include "device/clips.h"
#include "device/headset.h"
#include "device/utterance.h"
#include "device/voice.h"

#include <glib/gstdio.h>

#define WAV_HEADER_BYTES 44
#define BYTES_A_SECOND   (22050 * 2) /* espeak-ng: 22,050 Hz, 16 bit, mono */

static unsigned faults;

static void on_fault(void *data)
{
    faults++;
}

static struct voice *voice_into(const char *folder)
{
    faults = 0;
    return voice_new(&(struct voice_setup){.wav_dir = folder, .fault = on_fault});
}

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
    struct voice *voice = voice_into(folder);

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
    struct voice *voice = voice_into(folder);

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
    struct voice *voice = voice_into(folder);

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
    struct voice *voice = voice_into(folder);

    voice_say(voice, "en", "");
    voice_say(voice, "en", NULL);
    voice_free(voice);
    clear(folder); /* fails when a file had been started: the folder is then not as it was listed */
}

static void test_without_program(void)
{
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    struct voice *voice = voice_into(NULL);

    g_setenv("PATH", "/nonexistent", TRUE);
    g_test_expect_message(NULL, G_LOG_LEVEL_MESSAGE, "no speech:*");
    voice_say(voice, "en", "nobody hears this");
    voice_say(voice, "en", "nor this, and the log has one line");
    g_test_assert_expected_messages();
    g_assert_cmpuint(faults, ==, 1);
    g_assert_false(voice_speaking(voice));
    g_setenv("PATH", path, TRUE);
    voice_free(voice);
}

static void turn_until_silent(struct voice *voice)
{
    gint64 end_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

    while (voice_speaking(voice) && g_get_monotonic_time() < end_us)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(2000);
    g_assert_false(voice_speaking(voice));
}

/* A program of that name that breaks down, like a crash: told once, and the next text is tried all the same. */
static void test_program_breaks(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    g_autofree char *path = g_strdup(g_getenv("PATH")), *program = g_build_filename(folder, "espeak-ng", NULL);
    struct voice *voice = voice_into(NULL);

    g_assert_true(g_file_set_contents(program, "#!/bin/bash\nkill -SEGV $$\n", -1, NULL));
    g_assert_cmpint(g_chmod(program, 0700), ==, 0);
    g_setenv("PATH", folder, TRUE);
    g_test_expect_message(NULL, G_LOG_LEVEL_MESSAGE, "no speech:*");
    for (int i = 0; i < 3; i++) {
        voice_say(voice, "en", "nobody hears this");
        g_assert_true(voice_speaking(voice));
        turn_until_silent(voice);
    }
    g_test_assert_expected_messages();
    g_assert_cmpuint(faults, ==, 1);
    g_setenv("PATH", path, TRUE);
    voice_free(voice);
    clear(folder);
}

static gint16 peak_of(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *bytes = NULL;
    gsize len = 0;
    int peak = 0;

    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    for (gsize i = WAV_HEADER_BYTES; i + 1 < len; i += 2)
        peak = MAX(peak, ABS((gint16)((guint8)bytes[i] | (guint8)bytes[i + 1] << 8)));
    return (gint16)MIN(peak, G_MAXINT16);
}

static void test_volume_and_pace(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_into(folder);
    const char *text = "This is as loud and as slow as it was asked to be.";

    voice_say(voice, "en", text);
    turn_until_silent(voice);
    voice_set_volume(voice, 0);
    voice_set_slow(voice, true);
    voice_say(voice, "en", text);
    turn_until_silent(voice);
    g_assert_cmpint(peak_of(folder, "0001.wav"), >, 3 * peak_of(folder, "0002.wav"));
    g_assert_cmpint(peak_of(folder, "0002.wav"), >, 100);
    g_assert_cmpfloat(seconds_of(folder, "0002.wav"), >, 1.15 * seconds_of(folder, "0001.wav"));
    voice_free(voice);
    clear(folder);
}

/* An amount takes the time of its words, not of its figures; English among Chinese is heard. */
static void test_in_words(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    struct voice *voice = voice_into(folder);
    static const char *const texts[][2] = {{"zh_CN", "应付 286.40 元，请到 2 号窗口，连 Wi-Fi"}, {"en", "You pay ¥286.40 by card 6021. 每周三"}};

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *name = g_strdup_printf("%04u.wav", i + 1);

        voice_say(voice, texts[i][0], texts[i][1]);
        turn_until_silent(voice);
        g_assert_cmpfloat(seconds_of(folder, name), >, 3.0);
        g_assert_cmpfloat(seconds_of(folder, name), <, 12.0);
        g_assert_cmpint(peak_of(folder, name), >, 1000);
    }
    g_assert_cmpuint(faults, ==, 0);
    voice_free(voice);
    clear(folder);
}

/* The text is data: nothing of it is a command, an option or markup, and it stands on no command line. */
static void test_hostile_text(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL);
    g_autofree char *trap = g_build_filename(folder, "trap", NULL);
    g_autofree char *shell = g_strdup_printf("$(touch %s) `touch %s`; touch %s", trap, trap, trap);
    g_autofree char *option = g_strdup_printf("-w %s --help", trap);
    g_autofree char *markup_of_theirs = g_strdup_printf("</voice></speak><audio src=\"%s\"/>&#0;[[_:]]", trap);
    const char *const texts[] = {shell, option, markup_of_theirs};
    struct voice *voice = voice_into(folder);

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *markup = utterance_markup("en", texts[i]);

        g_assert_true(g_str_has_prefix(markup, "<speak><voice name=\"en\">"));
        g_assert_null(strstr(markup, "<audio"));
        g_assert_null(strstr(markup, "[["));
        voice_say(voice, i % 2 == 0 ? "en" : "zh_CN", texts[i]);
        turn_until_silent(voice);
    }
    g_assert_false(g_file_test(trap, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(faults, ==, 0);
    voice_free(voice);
    clear(folder);
}

static void put(const char *folder, const char *name, const char *bytes, gssize len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, len, NULL));
}

/* A WAV of four samples, as loud as can be. */
static const char CLIP[] = "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0"
                           "data\x08\0\0\0\0\x40\0\xc0\xff\x7f\0\x80";

static void test_clips(void)
{
    char *folder = g_dir_make_tmp("voice-XXXXXX", NULL), *clips = g_dir_make_tmp("clips-XXXXXX", NULL);
    struct voice *voice;

    put(clips, "hello.wav", CLIP, sizeof CLIP - 1);
    put(clips, "en.clips", "[clips]\nhello.wav=Hello there\ngone.wav=Goodbye\n../hello.wav=Trap\n", -1);
    voice = voice_new(&(struct voice_setup){.wav_dir = folder, .clips_dir = clips, .fault = on_fault});
    voice_set_volume(voice, 1);
    voice_say(voice, "en", "Hello there");
    turn_until_silent(voice);
    g_assert_cmpint(peak_of(folder, "0001.wav"), ==, 0x4000); /* half as loud */
    faults = 0;
    g_test_expect_message(NULL, G_LOG_LEVEL_MESSAGE, "no speech:*");
    voice_say(voice, "en", "Goodbye"); /* its file is missing: told, and said all the same */
    turn_until_silent(voice);
    g_test_assert_expected_messages();
    g_assert_cmpuint(faults, ==, 1);
    g_assert_cmpfloat(seconds_of(folder, "0002.wav"), >, 0.3);
    voice_say(voice, "en", "Hello there.");
    turn_until_silent(voice);
    g_assert_cmpfloat(seconds_of(folder, "0003.wav"), >, 0.3);
    voice_free(voice);
    clear(folder);
    clear(clips);
}

static void test_clips_are_any_bytes(void)
{
    guint8 wav[sizeof CLIP];

    for (gsize len = 0; len < sizeof CLIP; len++)
        for (gsize at = 0; at < len; at++) {
            memcpy(wav, CLIP, len);
            wav[at] ^= 0xff;
            clips_scale(wav, len, 2, 1);
        }
    memcpy(wav, CLIP, sizeof CLIP - 1);
    clips_scale(wav, sizeof CLIP - 1, 2, 1);
    g_assert_cmphex(wav[WAV_HEADER_BYTES + 1], ==, 0x7f); /* 0x4000 twice is as loud as it goes */
    g_assert_cmphex(wav[WAV_HEADER_BYTES + 3], ==, 0x80);
}

static void test_headset(void)
{
    char *folder = g_dir_make_tmp("jack-XXXXXX", NULL);
    g_autofree char *where = g_strdup_printf("file:%s/state", folder), *no_switch = g_strdup_printf("switch:%s/state", folder);

    g_assert_false(headset_plugged(NULL));
    g_assert_false(headset_plugged("none"));
    g_assert_true(headset_plugged("always"));
    g_assert_false(headset_plugged(where));
    put(folder, "state", "USB=0\nHEADPHONE=1\n", -1);
    g_assert_true(headset_plugged(where));
    g_assert_false(headset_plugged(no_switch)); /* no input device */
    put(folder, "state", "0\n", -1);
    g_assert_false(headset_plugged(where));
    put(folder, "state", "1\n", -1);
    g_assert_true(headset_plugged(where));
    clear(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/voice/languages", test_two_languages);
    g_test_add_func("/device/voice/replaces", test_new_text_replaces_old);
    g_test_add_func("/device/voice/freed", test_freed_while_speaking);
    g_test_add_func("/device/voice/empty", test_nothing_to_say);
    g_test_add_func("/device/voice/no-program", test_without_program);
    g_test_add_func("/device/voice/program-breaks", test_program_breaks);
    g_test_add_func("/device/voice/volume", test_volume_and_pace);
    g_test_add_func("/device/voice/in-words", test_in_words);
    g_test_add_func("/device/voice/hostile", test_hostile_text);
    g_test_add_func("/device/voice/clips", test_clips);
    g_test_add_func("/device/voice/clips-any-bytes", test_clips_are_any_bytes);
    g_test_add_func("/device/headset", test_headset);
    return g_test_run();
}
