/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model-internal.h"

#include <glib.h>
#include <openssl/crypto.h>

OSSL_LIB_CTX *model_crypto(void)
{
    static OSSL_LIB_CTX *context;

    if (g_once_init_enter(&context)) {
        OSSL_LIB_CTX *fresh = OSSL_LIB_CTX_new();
        if (fresh == NULL)
            g_error("OpenSSL: no library context");
        g_once_init_leave(&context, fresh);
    }
    return context;
}

const EVP_MD *model_sha256(void)
{
    static EVP_MD *digest;

    if (g_once_init_enter(&digest)) {
        EVP_MD *fresh = EVP_MD_fetch(model_crypto(), "SHA2-256", NULL);
        if (fresh == NULL)
            g_error("OpenSSL: no SHA-256 in the default provider");
        g_once_init_leave(&digest, fresh);
    }
    return digest;
}
