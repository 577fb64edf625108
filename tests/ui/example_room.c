/* SPDX-License-Identifier: Apache-2.0 */
/* The example's first room: what it knows. A real one lies in kiosk/service, and asks the store or the platform. */
#include "example.h"
#include "model/model.h"

bool example_open(int64_t wall_ms)
{
    int64_t minute = (wall_ms - ms_of_date(date_of_ms(wall_ms))) / 60000;

    return minute >= 10 * 60 + 30 && minute < 13 * 60;
}
