/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/error.h"

G_DEFINE_QUARK(platform - error - quark, platform_error)
