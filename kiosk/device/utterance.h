/* SPDX-License-Identifier: Apache-2.0 */
/** A text as espeak-ng is given it: in words (model/spoken.h), each part in the voice of its script. Pure. */
#ifndef DEVICE_UTTERANCE_H
#define DEVICE_UTTERANCE_H

/** SSML. `language` "zh_CN" or "en"; any bytes are safe to give: nothing of the text is markup. NULL: nothing to say. g_free. */
char *utterance_markup(const char *language, const char *text);
/** The name of espeak-ng's voice for this language. */
const char *utterance_voice(const char *language);

#endif
