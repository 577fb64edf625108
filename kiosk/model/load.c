/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"
#include "model/limits.h"

const char *load_refused(int64_t balance_fen, int64_t amount_fen, bool registered, bool reversal)
{
    const struct purse_caps caps = {.registered_fen = LOAD_CAP_REGISTERED_FEN,
                                    .unregistered_fen = LOAD_CAP_UNREGISTERED_FEN,
                                    .unit_fen = reversal ? 1 : LOAD_UNIT_FEN};

    if (amount_fen <= 0 || balance_fen < 0)
        return "LOAD_AMOUNT";
    switch (topup_check(&caps, registered, balance_fen, amount_fen)) {
    case TOPUP_OK:
        return NULL;
    case TOPUP_UNIT:
        return "LOAD_UNIT";
    case TOPUP_CAP:
        break;
    }
    return "LOAD_CAP";
}
