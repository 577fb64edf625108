/* SPDX-License-Identifier: Apache-2.0 */
/** The register of staff at the kiosk. */
#ifndef STORE_STAFF_H
#define STORE_STAFF_H

#include "model/staff.h"
#include "store/store.h"

/** Whose card this token is at that time, in force or not; *found false: nobody's of the staff. */
bool store_staff(struct store *store, const char *token, int64_t at_ms, struct staff *out, bool *found, GError **error);

#endif
