/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One utterance at a time, each with its own program:
 *
 *   IDLE --say--> READING a clip --> SPEAKING --exit--> IDLE
 *          '---- no clip ---------->    | say, stop: kill the program, forget it (and start the new text)
 *
 * A clip that cannot be played is said by espeak-ng. Text and clip go in through the program's standard input, never its command
 * line, where anyone on the machine could read them; no shell is ever involved. espeak-ng is GPL-3+: it stays a process of its own.
 */
#include "device/voice.h"
#include "device/clips.h"
#include "device/utterance.h"

#include <gio/gio.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>

#define PACE_NORMAL "140" /* words a minute */
#define PACE_SLOW   "105"

static const struct {
    const char *amplitude; /* of espeak-ng, which has 100 by itself */
    int num, den;          /* of clips */
} volumes[VOICE_VOLUMES] = {{"25", 1, 4}, {"50", 1, 2}, {"100", 1, 1}, {"200", 2, 1}};

/* Lives until its program has ended, which may be long after the voice has forgotten it. */
struct utterance {
    struct voice *voice; /* NULL: stopped, nobody waits for it */
    GCancellable *reading;
    GSubprocess *program; /* NULL: none yet */
    char *language, *text;
    bool clip;
};

struct voice {
    char *wav_dir;
    unsigned wav_count;
    struct clips *clips;
    struct utterance *speaking; /* NULL when silent */
    voice_fault_fn fault;
    void *data;
    bool fault_told;
    unsigned volume;
    bool slow;
};

struct voice *voice_new(const struct voice_setup *setup)
{
    struct voice *voice = g_new0(struct voice, 1);

    voice->wav_dir = g_strdup(setup->wav_dir);
    voice->clips = clips_new(setup->clips_dir);
    voice->fault = setup->fault;
    voice->data = setup->data;
    voice->volume = VOICE_VOLUME_DEFAULT;
    signal(SIGPIPE,
           SIG_IGN); /* a program killed before it has read its text is an error to read, not our end */
    return voice;
}

void voice_free(struct voice *voice)
{
    if (voice == NULL)
        return;
    voice_stop(voice);
    clips_free(voice->clips);
    g_free(voice->wav_dir);
    g_free(voice);
}

void voice_stop(struct voice *voice)
{
    struct utterance *utterance = g_steal_pointer(&voice->speaking);

    if (utterance == NULL)
        return;
    utterance->voice = NULL;
    g_cancellable_cancel(utterance->reading);
    if (utterance->program != NULL)
        g_subprocess_force_exit(utterance->program);
}

bool voice_speaking(const struct voice *voice)
{
    return voice->speaking != NULL;
}

void voice_set_volume(struct voice *voice, unsigned volume)
{
    g_assert(volume < VOICE_VOLUMES);
    voice->volume = volume;
}

void voice_set_slow(struct voice *voice, bool slow)
{
    voice->slow = slow;
}

static void utterance_free(struct utterance *utterance)
{
    if (utterance->voice != NULL && utterance->voice->speaking == utterance)
        utterance->voice->speaking = NULL;
    g_object_unref(utterance->reading);
    g_clear_object(&utterance->program);
    g_free(utterance->language);
    OPENSSL_cleanse(utterance->text, strlen(utterance->text));
    g_free(utterance->text);
    g_free(utterance);
}

static void tell_fault(struct voice *voice, const char *what)
{
    if (voice->fault_told)
        return;
    voice->fault_told = true;
    g_message("no speech: %s", what);
    if (voice->fault != NULL)
        voice->fault(voice->data);
}

/* ---- The programs --------------------------------------------------------------------------------------------------- */

static char *wav_path(struct voice *voice)
{
    g_autofree char *name = NULL;

    if (voice->wav_dir == NULL)
        return NULL;
    name = g_strdup_printf("%04u.wav", ++voice->wav_count);
    return g_build_filename(voice->wav_dir, name, NULL);
}

static GSubprocess *spawn_speech(struct voice *voice, const char *language, GError **error)
{
    const char *argv[] = {"espeak-ng", "-m", "-v", utterance_voice(language), "-s", voice->slow ? PACE_SLOW : PACE_NORMAL,
                          "-a",        volumes[voice->volume].amplitude, "-b", "1", "--stdin", NULL, NULL, NULL};
    g_autofree char *file = wav_path(voice);

    if (file != NULL) {
        argv[11] = "-w";
        argv[12] = file;
    }
    return g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                             error);
}

static GSubprocess *spawn_player(struct voice *voice, GError **error)
{
    g_autofree char *file = wav_path(voice);

    if (file != NULL) /* what would be heard */
        return g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, error, "tee", "--", file, NULL);
    return g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error,
                            "aplay", "-q", "-", NULL);
}

static void speak(struct utterance *utterance);

static void on_ended(GObject *source, GAsyncResult *result, gpointer data)
{
    struct utterance *utterance = data;
    g_autoptr(GError) error = NULL;
    GSubprocess *program = G_SUBPROCESS(source);
    bool taken = g_subprocess_communicate_finish(program, result, NULL, NULL, &error);
    /* Not taken: perhaps it has not even ended. */
    bool well = taken && g_subprocess_get_if_exited(program) && g_subprocess_get_exit_status(program) == 0;

    if (utterance->voice != NULL && !well) {
        tell_fault(utterance->voice, error != NULL ? error->message : "the program ended with an error");
        if (utterance->clip) {
            speak(utterance);
            return;
        }
    }
    utterance_free(utterance);
}

/* False: there is no program; the utterance is still the caller's. */
static bool give(struct utterance *utterance, GSubprocess *program, GBytes *input, GError *error)
{
    g_set_object(&utterance->program, program);
    if (program == NULL) {
        tell_fault(utterance->voice, error->message);
        return false;
    }
    g_subprocess_communicate_async(program, input, NULL, on_ended, utterance);
    return true;
}

static void speak(struct utterance *utterance)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *markup = utterance_markup(utterance->language, utterance->text);
    g_autoptr(GSubprocess) program = NULL;
    g_autoptr(GBytes) input = NULL;

    utterance->clip = false;
    if (markup != NULL) {
        program = spawn_speech(utterance->voice, utterance->language, &error);
        input = g_bytes_new(markup, strlen(markup));
    }
    if (markup == NULL || !give(utterance, program, input, error))
        utterance_free(utterance);
}

/* ---- Clips ------------------------------------------------------------------------------------------------------------- */

static void on_clip_read(GObject *source, GAsyncResult *result, gpointer data)
{
    struct utterance *utterance = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) input = NULL;
    g_autoptr(GSubprocess) program = NULL;
    char *wav = NULL;
    gsize len = 0;
    bool read = g_file_load_contents_finish(G_FILE(source), result, &wav, &len, NULL, &error);

    if (utterance->voice == NULL) {
        g_free(wav);
        utterance_free(utterance);
        return;
    }
    if (read) {
        const unsigned volume = utterance->voice->volume;

        clips_scale((guint8 *)wav, len, volumes[volume].num, volumes[volume].den);
        input = g_bytes_new_take(wav, len);
        program = spawn_player(utterance->voice, &error);
        if (give(utterance, program, input, error))
            return;
    } else {
        tell_fault(utterance->voice, error->message);
    }
    speak(utterance);
}

void voice_say(struct voice *voice, const char *language, const char *text)
{
    struct utterance *utterance;
    const char *clip;

    voice_stop(voice);
    if (text == NULL || *text == '\0')
        return;
    utterance = g_new0(struct utterance, 1);
    *utterance = (struct utterance){
        .voice = voice, .reading = g_cancellable_new(), .language = g_strdup(language), .text = g_strdup(text)};
    voice->speaking = utterance;
    clip = clips_find(voice->clips, language, text);
    if (clip == NULL) {
        speak(utterance);
        return;
    }
    utterance->clip = true;
    g_autoptr(GFile) file = g_file_new_for_path(clip);
    g_file_load_contents_async(file, utterance->reading, on_clip_read, utterance);
}
