/* SPDX-License-Identifier: Apache-2.0 */
/** What writer and reader of recordings agree on; RECORDINGS.md has the whole format. */
#ifndef CITYCARD_RECORDING_H
#define CITYCARD_RECORDING_H

#include "citycard.h"

#define CC_RECORDING_FIRST_LINE  "citycard-recording 1"
#define CC_RECORDING_COMMAND_MAX 65544 /* bytes: the longest extended command */
#define CC_RECORDING_LINE_MAX    262400 /* characters, without the line feed: a longest command and a longest answer */
#define CC_RECORDING_ABOUT_MAX   240    /* bytes of UTF-8 */
#define CC_RECORDING_LINES_MAX   100000
#define CC_RECORDING_BYTES_MAX   (16u * 1024 * 1024) /* of all commands and answers played back */
#define CC_RECORDING_NAMES_MAX   8
#define CC_RECORDING_NAME_SIZE   16 /* 15 characters a–z 0–9 and '-', beginning with a letter, and NUL */

/** True for a name that may stand in a recording: no keyword of the format. */
bool cc_recording_name_ok(const char *name, size_t len);

#endif
