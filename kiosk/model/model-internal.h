/* SPDX-License-Identifier: Apache-2.0 */
/** Shared by the files of this folder only. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include <openssl/evp.h>

/**
 * OpenSSL objects of this folder live in a library context of their own: the default context may belong to a
 * TPM, and then every digest in it would be computed by the TPM at its own pace.
 */
OSSL_LIB_CTX *model_crypto(void);
const EVP_MD *model_sha256(void);

#endif
