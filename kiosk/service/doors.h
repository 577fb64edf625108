/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What citycard-kiosk does without a screen: checks, exports and figures for those who look after it. No display, no reader and
 * no network is needed. All but a backup's target and --accept-loss only read, and may be used while the kiosk runs.
 */
#ifndef SERVICE_DOORS_H
#define SERVICE_DOORS_H

#include "device/config.h"

struct doors {
    gboolean store_check, all, refused, doubts, accept_loss;
    char *export_file, *backup_file, *metrics;
};

/** --store-check …, to be parsed into `doors`; the group is the caller's. */
GOptionGroup *doors_group(struct doors *doors);
/** Was one of them asked for? */
bool doors_wanted(const struct doors *doors);
/** Do it, and tell on stdout. The program's exit code: 0 good, 1 something is wrong, 2 it could not be done. */
int doors_run(const struct doors *doors, const struct kiosk_config *config);
void doors_clear(struct doors *doors);

#endif
