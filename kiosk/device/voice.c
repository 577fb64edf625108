/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speech through the espeak-ng program, one utterance at a time.
 *
 *   IDLE --say--> SPEAKING --exit--> IDLE
 *                   | say, stop: kill the program, forget it (and start the new text)
 *
 * The text goes in through the program's standard input, never its command line, where anyone on the machine could read
 * it. espeak-ng is GPL-3+: it stays a process of its own. Voice `cmn` of Debian 12 (espeak-ng 1.51) reads Chinese
 * characters as English letters (upstream issues 1236 and 1370); `cmn-latn-pinyin` speaks them.
 */
#include "device/voice.h"

#include <gio/gio.h>
#include <signal.h>

#define SPEED_WORDS_A_MINUTE "140"

struct voice {
    char *wav_dir;
    unsigned wav_count;
    GSubprocess *speaking; /* NULL when silent */
    bool missing;          /* espeak-ng is not here: said once in the log */
};

struct voice *voice_new(const char *wav_dir)
{
    struct voice *voice = g_new0(struct voice, 1);

    voice->wav_dir = g_strdup(wav_dir);
    signal(SIGPIPE,
           SIG_IGN); /* a program killed before it has read its text is an error to read, not our end */
    return voice;
}

void voice_free(struct voice *voice)
{
    if (voice == NULL)
        return;
    voice_stop(voice);
    g_free(voice->wav_dir);
    g_free(voice);
}

void voice_stop(struct voice *voice)
{
    if (voice->speaking == NULL)
        return;
    g_subprocess_force_exit(voice->speaking);
    g_clear_object(&voice->speaking);
}

static const char *voice_name(const char *language)
{
    return g_str_has_prefix(language, "zh") ? "cmn-latn-pinyin" : "en";
}

/* Runs also for a program that was killed by voice_stop(): `voice` may be gone by then, so it is not touched. */
static void on_text_taken(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;

    if (!g_subprocess_communicate_finish(G_SUBPROCESS(source), result, NULL, NULL, &error) &&
        !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        g_message("speech: %s", error->message);
}

static GSubprocess *spawn(struct voice *voice, const char *language, GError **error)
{
    const char *argv[] = {
        "espeak-ng", "-v", voice_name(language), "-s", SPEED_WORDS_A_MINUTE, "-b", "1", "--stdin", NULL,
        NULL,        NULL};
    g_autofree char *file = NULL;
    GSubprocessFlags flags =
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE;

    if (voice->wav_dir != NULL) {
        g_autofree char *name = g_strdup_printf("%04u.wav", ++voice->wav_count);

        file = g_build_filename(voice->wav_dir, name, NULL);
        argv[8] = "-w";
        argv[9] = file;
    }
    return g_subprocess_newv(argv, flags, error);
}

void voice_say(struct voice *voice, const char *language, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) input = NULL;

    voice_stop(voice);
    if (voice->missing || text == NULL || *text == '\0')
        return;
    voice->speaking = spawn(voice, language, &error);
    if (voice->speaking == NULL) {
        voice->missing = true;
        g_message("no speech: %s", error->message);
        return;
    }
    input = g_bytes_new(text, strlen(text));
    g_subprocess_communicate_async(voice->speaking, input, NULL, on_text_taken, NULL);
}
