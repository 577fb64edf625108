/* SPDX-License-Identifier: Apache-2.0 */
/** rename, unlink and fsync that stop the process or fail, from a step on; link with -Wl,--wrap for the three. */
#ifndef TEST_DISK_FAULTS_H
#define TEST_DISK_FAULTS_H

#include <stdbool.h>

#define STOPPED 42 /* exit status of a process that was stopped */

enum fault { FAULT_NONE, FAULT_STOP_BEFORE, FAULT_STOP_AFTER, FAULT_FAIL };

/** The operations at … at + length − 1, counted from now. */
void fault_set(enum fault fault, unsigned at, unsigned length);

/** Operations since it was set. */
unsigned fault_count(void);

#endif
