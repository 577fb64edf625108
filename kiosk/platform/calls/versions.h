/* SPDX-License-Identifier: Apache-2.0 */
/** Which software of kiosks is served. */
#ifndef PLATFORM_VERSIONS_H
#define PLATFORM_VERSIONS_H

#include <stdbool.h>

/** "N", "N.N" or "N.N.N"; NULL is none and valid. */
bool versions_valid(const char *version);
/** Is this User-Agent ("citycard-kiosk/N.N.N", NULL none) of an older version than `min`, or of none? NULL: all are served. */
bool versions_too_old(const char *min, const char *user_agent);

#endif
