/* SPDX-License-Identifier: Apache-2.0 */
/* What monitor.c, link.c and find.c share: the only files that know PC/SC. Not part of the public interface.
 */
#ifndef CITYCARD_PCSC_H
#define CITYCARD_PCSC_H

#include <stdint.h>

/**
 * Result for a return code of PC/SC. `rc` is the LONG as libpcsclite gave it (8 bytes wide on 64-bit
 * machines). A timeout and a cancelled wait are CC_TIMEOUT, everything unknown is CC_ERR_SYSTEM.
 */
int cc_pcsc_result(long rc);

/** Milliseconds of a clock that nobody sets. */
uint64_t cc_pcsc_now_ms(void);

#endif
