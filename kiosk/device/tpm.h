/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A secret sealed by the machine's TPM 2.0 (TCG TPM 2.0 Library, part 1, 27: storage hierarchy): only this chip gives it
 * back, so that a disk without its machine is worth nothing. Not bound to PCRs: an update of the firmware must not lock a
 * kiosk out; what boots is the business of Secure Boot and the disk's encryption.
 */
#ifndef DEVICE_TPM_H
#define DEVICE_TPM_H

#include "device/keys.h"

/** Was this program built with the TPM library? */
bool tpm_supported(void);

/**
 * Seal under a primary key of the owner hierarchy. `tcti` says how to reach the TPM ("device:/dev/tpmrm0",
 * "swtpm:path=…"). The blob, text, g_free; NULL with KEYS_ERROR_TPM.
 */
char *tpm_seal(const char *tcti, const uint8_t secret[KEYS_ROOT_SIZE], GError **error);
/** KEYS_ERROR_TPM: the TPM does not answer; KEYS_ERROR_FOREIGN: it answers, and this blob is not its own. */
bool tpm_unseal(const char *tcti, const char *blob, uint8_t secret[KEYS_ROOT_SIZE], GError **error);

#endif
