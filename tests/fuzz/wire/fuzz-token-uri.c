/* SPDX-License-Identifier: Apache-2.0 */
/* The URI that names the token of the purse keys. Input: its text. */
#include "../fuzz.h"
#include "platform/data/error.h"
#include "platform/keys/hsm-uri.h"
#include <string.h>

static void check_taken(struct hsm_uri *uri, const char *text)
{
    static const uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE] = {{1, 2, 3}, {4, 5, 6}};
    struct hsm_uri again;

    FUZZ_CHECK(strlen(text) <= HSM_URI_BYTES_MAX);
    FUZZ_CHECK(strstr(text, "?pin-value=") == NULL && strstr(text, "&pin-value=") == NULL);
    FUZZ_CHECK(uri->module_path[0] == '/' && uri->pin_file[0] == '/');
    for (int key = 0; key < HSM_KEYS; key++)
        FUZZ_CHECK(uri->labels[key][0] != '\0' && strlen(uri->labels[key]) <= HSM_LABEL_BYTES_MAX);
    g_autofree char *file = g_strdup(uri->pin_file), *module = g_strdup(uri->module_path);
    g_autofree char *label = g_strdup(uri->labels[HSM_TAC]), *written = hsm_uri_with_checks(uri, checks);
    FUZZ_CHECK(written != NULL);
    /* Escapes may make it too long for us; else it says the same. */
    if (hsm_uri_parse(&again, written, NULL)) {
        FUZZ_CHECK(strcmp(again.pin_file, file) == 0 && strcmp(again.module_path, module) == 0);
        FUZZ_CHECK(strcmp(again.labels[HSM_TAC], label) == 0 && again.checked[HSM_LOAD] && again.checked[HSM_TAC]);
        FUZZ_CHECK(memcmp(again.checks, checks, sizeof checks) == 0);
    } else {
        FUZZ_CHECK(strlen(written) > HSM_URI_BYTES_MAX);
    }
    hsm_uri_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    struct hsm_uri uri;

    g_setenv("CREDENTIALS_DIRECTORY", "/run/credentials/citycard", TRUE);
    if (hsm_uri_parse(&uri, text, &error)) {
        FUZZ_CHECK(error == NULL);
        check_taken(&uri, text);
    } else {
        FUZZ_CHECK(g_error_matches(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT));
        FUZZ_CHECK(strlen(error->message) < 256);
    }
    hsm_uri_clear(&uri);
    return 0;
}
