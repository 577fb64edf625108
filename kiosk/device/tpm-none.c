/* SPDX-License-Identifier: Apache-2.0 */
/* A build without the TPM library: keys lie in a file, and the status page says so. */
#include "device/tpm.h"

bool tpm_supported(void)
{
    return false;
}

static void not_built(GError **error)
{
    g_set_error_literal(error, KEYS_ERROR, KEYS_ERROR_TPM, "this program was built without TPM support");
}

char *tpm_seal(const char *tcti, const uint8_t secret[KEYS_ROOT_SIZE], GError **error)
{
    not_built(error);
    return NULL;
}

bool tpm_unseal(const char *tcti, const char *blob, uint8_t secret[KEYS_ROOT_SIZE], GError **error)
{
    not_built(error);
    return false;
}
