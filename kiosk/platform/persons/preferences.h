/* SPDX-License-Identifier: Apache-2.0 */
/** How people want kiosks to look and sound (model/preference.h): the last word of a card counts, whichever kiosk tells it and when. */
#ifndef PLATFORM_PREFERENCES_H
#define PLATFORM_PREFERENCES_H

#include "platform/platform.h"

struct preference_word {
    const char *id, *type; /* of the event */
    int64_t at_ms;         /* when it was said, by the platform's time */
};
bool preferences_type(const char *type);
/** Inside a transaction. *code NULL: taken, else the verdict's: DATA, CARD. False: trouble. */
bool preferences_apply(struct platform *platform, const struct preference_word *word, json_t *data, const char **code, GError **error);

#endif
