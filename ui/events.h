/* SPDX-License-Identifier: Apache-2.0 */
/** What the machine behind the pages says, whichever that is. */
#ifndef UI_EVENTS_H
#define UI_EVENTS_H

#include "ui.h"

void events_tell(struct ui *ui, const struct kiosk_event *event);

#endif
