/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Speech: says one text at a time; a new text, or voice_stop(), ends the one before. A clip that somebody has recorded for exactly this
 * text is played by aplay, anything else is said by the program espeak-ng. Main thread; nothing here waits.
 */
#ifndef DEVICE_VOICE_H
#define DEVICE_VOICE_H

#include <glib.h>
#include <stdbool.h>

#define VOICE_VOLUMES        4 /* 6 dB a step, so 18 dB from end to end (EN 301 549, 8.2.1.1) */
#define VOICE_VOLUME_DEFAULT 2

/** Speech does not work: the program is missing, or ended by itself with an error. Told once for the life of the voice. */
typedef void (*voice_fault_fn)(void *data);

struct voice_setup {
    const char *wav_dir;   /* NULL speaks; a folder gets numbered WAV files instead (machines without a sound device, tests) */
    const char *clips_dir; /* recorded clips, see clips.h; NULL: none */
    voice_fault_fn fault;  /* may be NULL */
    void *data;
};

struct voice;
struct voice *voice_new(const struct voice_setup *setup);
void voice_free(struct voice *voice);
/** Say `text` in `language` ("zh_CN", "en"); any bytes are safe. NULL or nothing that can be said: only ends the one before. */
void voice_say(struct voice *voice, const char *language, const char *text);
void voice_stop(struct voice *voice);
bool voice_speaking(const struct voice *voice);
/** From the next text on. `volume` below VOICE_VOLUMES. */
void voice_set_volume(struct voice *voice, unsigned volume);
void voice_set_slow(struct voice *voice, bool slow);

#endif
