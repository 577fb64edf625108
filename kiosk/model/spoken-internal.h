/* SPDX-License-Identifier: Apache-2.0 */
/** Between the files of spoken.h. */
#ifndef MODEL_SPOKEN_INTERNAL_H
#define MODEL_SPOKEN_INTERNAL_H

#include <stdbool.h>
#include "model/spoken.h"

struct scan {
    const char *start, *at; /* the clean text */
    GString *out;
    enum spoken_language language;
    bool gap; /* English: a space belongs before the next letter */
};

/** Valid UTF-8 of printable characters only, full-width figures and letters narrow, at most SPOKEN_CHARS_MAX of them. g_free. */
char *spoken_clean(const char *text);
/** One pause where there were several, none at the head, no space twice; takes `words`. g_free. */
char *spoken_tidy(enum spoken_language language, char *words);

#endif
