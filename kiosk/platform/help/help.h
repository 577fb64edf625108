/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Calls for help that kiosks tell of (model/help.h). Staff answer them; the kiosk hears of it at once. Of an answer the time since the
 * call is counted by day and kiosk: keys "help" (n, and the sum of milliseconds) and "help60" (answered within a minute).
 */
#ifndef PLATFORM_HELP_H
#define PLATFORM_HELP_H

#include "platform/platform.h"

struct help_event {
    const char *kiosk, *id, *type;
    int64_t at_ms;
};
bool help_type(const char *type);
/** Inside a transaction. *code NULL: taken, else the verdict's: DATA, UNKNOWN, ID_REUSED. False: trouble. */
bool help_apply(struct platform *platform, const struct help_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);

/** A transaction of its own: somebody of the register is coming. Refused: PLATFORM_ERROR_STATE. */
bool help_answer(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error);
/** [{id, kiosk, kind, at_ms, told_ms, answered_ms, staff, ended_ms, how, waited_ms}], newest first; new reference. `all`: of a week. */
json_t *help_list(struct platform *platform, bool all, int64_t now_ms, GError **error);

#endif
