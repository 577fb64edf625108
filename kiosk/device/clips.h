/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Recorded speech. DIR/zh_CN.clips and DIR/en.clips are GKeyFiles: group [clips], "name.wav = the text that is heard". A clip is found by
 * its whole text, so that a changed wording is never said by an old recording.
 */
#ifndef DEVICE_CLIPS_H
#define DEVICE_CLIPS_H

#include <glib.h>

struct clips;
/** `dir` NULL or without lists: no clips. */
struct clips *clips_new(const char *dir);
void clips_free(struct clips *clips);
/** The file with this text, borrowed; NULL: none. */
const char *clips_find(const struct clips *clips, const char *language, const char *text);
/** 16-bit PCM in a WAV file, times num/den, clipped; anything else is left as it is. In place. */
void clips_scale(guint8 *wav, gsize len, int num, int den);

#endif
