/* SPDX-License-Identifier: Apache-2.0 */
/** Is somebody listening alone? A socket for headphones at the kiosk (EN 301 549, 5.1.3.9). */
#ifndef DEVICE_HEADSET_H
#define DEVICE_HEADSET_H

#include <stdbool.h>

/**
 * Asked for each time, never kept. `where` (kiosk.conf, [screen] headset):
 *   NULL, "none"              there is no socket
 *   "always"                  there is no loudspeaker
 *   "switch:/dev/input/event…" the jack's switch, as ALSA gives it to the kernel's input devices (SW_HEADPHONE_INSERT)
 *   "file:PATH"               an extcon or GPIO state in sysfs: "1", or a line HEADPHONE=1
 * What cannot be read counts as nobody listening alone.
 */
bool headset_plugged(const char *where);

#endif
