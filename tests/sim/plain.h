/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The files that a store writes without SQLite (kiosk/store/file.h), and what a power cut leaves of them: bytes that were not
 * flushed are there sector by sector or not, and a file that was made, renamed or removed has its new name or its old one,
 * each by itself, until the folder was flushed.
 */
#ifndef SIM_PLAIN_H
#define SIM_PLAIN_H

#include "platform/sample/rng.h"
#include "store/file.h"

struct plain;
struct plain *plain_new(void);
void plain_free(struct plain *plain);

/** This step is about to be done; it will not fail. */
void plain_step(struct plain *plain, enum file_step step, const char *path);
/** What lies there now is on the medium. */
void plain_forget(struct plain *plain);
/** The power is cut; no file may be open for writing. Of 1000 changes about `keep_permille` reach the medium all the same. */
void plain_power_cut(struct plain *plain, struct rng *rng, unsigned keep_permille);

#endif
