/* SPDX-License-Identifier: Apache-2.0 */
/* A whole visit, see dialogue.c. */
#include "fuzz.h"
#include "hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dialogue_options options = {0};
    struct dialogue_outcome outcome;
    dialogue_run(data, size, &options, &outcome);
    return 0;
}
