/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_NOTICES_H
#define PLATFORM_NOTICES_H

#include "platform/data/db.h"

/** The community's sample notices, dated around `today`. */
bool notices_add(struct db *db, uint32_t today, GError **error);

#endif
