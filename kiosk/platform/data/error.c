/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/error.h"

G_DEFINE_QUARK(platform - error - quark, platform_error)

bool platform_refuse(GError **error, const char *what)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, what);
    return false;
}
