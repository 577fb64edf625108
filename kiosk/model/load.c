/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"
#include <stddef.h>

const char *load_refused(int64_t balance_fen, int64_t amount_fen, int64_t cap_fen, bool reversal)
{
    if (amount_fen <= 0 || amount_fen > LOAD_CAP_REGISTERED_FEN || balance_fen < 0)
        return "LOAD_AMOUNT";
    if (!reversal && amount_fen % LOAD_UNIT_FEN != 0)
        return "LOAD_UNIT";
    return balance_fen > cap_fen - amount_fen ? "LOAD_CAP" : NULL;
}
