/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one place where the kiosk and its platform ask for time and chance. Both come from the machine, unless a source was
 * put in its place: tests and the fault simulator play with days and draws of their own.
 *
 * Wall time is what people and the platform mean, and can jump. Boot time (CLOCK_BOOTTIME) never jumps and counts sleep
 * too, but begins anew with each boot, which boot_id names. Windows that must not be reopened by setting a clock are counted
 * in boot time.
 */
#ifndef MODEL_CLOCK_H
#define MODEL_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock_source {
    void *ctx;
    int64_t (*wall_ms)(void *ctx);
    int64_t (*boot_ms)(void *ctx);
    const char *(*boot_id)(void *ctx); /* a UUID, borrowed until the next call */
    void (*sleep_ms)(void *ctx, unsigned ms);
    void (*random)(void *ctx, uint8_t *out, size_t len);
};

/** Borrowed, for the whole process, until the next call. NULL: the machine's. Not while another thread may ask. */
void clock_use(const struct clock_source *source);

/** Wall time now, ms UTC. */
int64_t now_ms(void);
/** Milliseconds since this machine's boot, sleep included. */
int64_t clock_boot_ms(void);
/** The boot's UUID; where the kernel tells none, one of this process. */
void clock_boot_id(char out[37]);
void clock_sleep_ms(unsigned ms);

/** From the kernel; ends the program when there is none, as nothing may go on with guessable ids, nonces and keys. */
void random_bytes(uint8_t *out, size_t len);
/** 0 … limit − 1, each as likely; 0 for a limit of 0. */
uint32_t random_below(uint32_t limit);

#endif
