/* SPDX-License-Identifier: Apache-2.0 */
/** The access log for commands of the platform: a row before anything is shown. */
#ifndef PLATFORM_ACCESS_H
#define PLATFORM_ACCESS_H

#include "platform/data/db-persons.h"
#include "platform/platform.h"

/** A transaction of its own: this command is about to show many persons. False: it must not. */
bool access_note_command(struct platform *platform, const char *command, enum purpose purpose, GError **error);
/** The end of a reading, and of the transaction that it began: told is what is committed with its row of the log. Steals `told`; NULL: taken back. */
json_t *access_told(struct db *db, json_t *told, GError **error);
/**
 * Rows before `before`, the newest first, of one person (card token; NULL: of all), and this reading is one of them, by `staff` of
 * the register. {rows}, new reference.
 */
json_t *access_audit(struct platform *platform, const char *staff, const char *card, int64_t before, int64_t limit, int64_t now_ms,
                     GError **error);

#endif
