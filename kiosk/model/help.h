/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Calls for help at a kiosk (F16): red is an emergency, green wants somebody to come. A call names the kiosk and never the person,
 * needs no card and no line. Pure; kiosk and platform link the same file.
 *
 *   CALLED ──► ANSWERED (the platform's word: somebody of the staff is coming) ──► ENDED
 *     └───────────────────────────────────────────────────────────────────────────►
 */
#ifndef MODEL_HELP_H
#define MODEL_HELP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define HELP_CALLED  "help.called" /* the event's id is the call's */
#define HELP_ENDED   "help.ended"
#define HELP_AFTER_MS_MAX INT64_C(31536000000) /* a year: of a machine that stood still */
#define HELP_WAIT_MS 60000 /* without an answer for so long the next way to help is shown */

enum help_kind { HELP_GREEN, HELP_RED, HELP_KINDS };

/** How it ended. */
enum help_how {
    HELP_CARD,   /* one of the staff put a card there */
    HELP_TOUCH,  /* somebody touched the screen */
    HELP_NOBODY, /* nobody did for long */
    HELP_RAISED, /* a red call came in the place of this green one */
    HELP_HOWS
};
struct help_end {
    char call[37];
    enum help_how how;
    int64_t after_ms; /* since the call, by the clock that never jumps */
};

const char *help_kind_name(enum help_kind kind); /* "green", "red" */
const char *help_how_name(enum help_how how);    /* "card", "touch", "nobody", "raised" */

/** Strict: foreign members are wrong. */
json_t *help_call_to_json(enum help_kind kind);
bool help_call_from_json(json_t *json, enum help_kind *out);
json_t *help_end_to_json(const struct help_end *end);
bool help_end_from_json(json_t *json, struct help_end *out);

#endif
