/* SPDX-License-Identifier: Apache-2.0 */
/** Speech: says one text at a time; a new text, or voice_stop(), ends the one before. Uses the espeak-ng program. */
#ifndef DEVICE_VOICE_H
#define DEVICE_VOICE_H

#include <glib.h>
#include <stdbool.h>

struct voice;
/** `wav_dir` NULL speaks; a folder writes numbered WAV files there instead (machines without a sound device, tests). */
struct voice *voice_new(const char *wav_dir);
void voice_free(struct voice *voice);
/** Queue `text` in `language` ("zh_CN", "en"). Never blocks; without espeak-ng it does nothing but log once. */
void voice_say(struct voice *voice, const char *language, const char *text);
void voice_stop(struct voice *voice);

#endif
