/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_ERROR_H
#define PLATFORM_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define PLATFORM_ERROR platform_error_quark()
GQuark platform_error_quark(void);
enum platform_error {
    PLATFORM_ERROR_ARGUMENT, /* the caller's or the operator's mistake */
    PLATFORM_ERROR_FILE,
    PLATFORM_ERROR_SQL,
    PLATFORM_ERROR_CRYPTO,
    PLATFORM_ERROR_STATE, /* lawful in form, not now: unknown kiosk, used code … */
    PLATFORM_ERROR_HTTP,
    PLATFORM_ERROR_KIOSK_UNKNOWN, /* not enrolled, or with another certificate than this: db_kiosk_still() */
    PLATFORM_ERROR_KIOSK_REVOKED,
    PLATFORM_ERROR_READS, /* a thread that only reads was asked to write: db_thread_reads() */
};

/** False, with PLATFORM_ERROR_STATE and these words. */
bool platform_refuse(GError **error, const char *what);

#endif
