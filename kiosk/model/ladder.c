/* SPDX-License-Identifier: Apache-2.0 */
/* What a kiosk may do by the age of its hotlist: money for a day, looking for three, public pages for ever.
 */
#include "model/model.h"

#define HOUR_MS INT64_C(3600000)

enum ladder ladder_of(bool online, int64_t hotlist_age_ms)
{
    if (hotlist_age_ms < 0 || hotlist_age_ms > 72 * HOUR_MS)
        return LADDER_PUBLIC;
    if (hotlist_age_ms > 24 * HOUR_MS)
        return LADDER_READING;
    return online ? LADDER_FULL : LADDER_OFFLINE_LIMITS;
}
