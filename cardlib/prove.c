/* SPDX-License-Identifier: Apache-2.0 */
/* GET TRANSACTION PROVE, JR/T 0025.2: what a card that was pulled still says of its last transaction. */
#include "transaction.h"

#include <string.h>

int cc_prove(struct cc_port *port, uint8_t type, uint16_t counter, struct cc_proof *proof)
{
    uint8_t body[2] = {(uint8_t)(counter >> 8), (uint8_t)counter};
    struct cc_command command = {.cla = 0x80, .ins = 0x5A, .p2 = type, .data = body, .data_len = 2, .le = 8};
    struct cc_answer answer;
    memset(proof, 0, sizeof *proof);
    int result = cc_apdu(port, &command, &answer);
    if (result == CC_OK)
        result = cc_sw_result(answer.sw);
    if (result != CC_OK)
        return result;
    struct cc_bytes in = cc_answer_bytes(&answer);
    if (answer.len != 8)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(in))
        return CC_NO_PROOF; /* some cards answer with an empty slot instead of 9406 */
    cc_take(&in, proof->mac, sizeof proof->mac);
    cc_take(&in, proof->tac, sizeof proof->tac);
    return CC_OK;
}

int cc_transaction_prove(struct cc_port *port, uint8_t type, uint16_t counter_before, struct cc_proof *proof, bool *given)
{
    int result = cc_prove(port, type, (uint16_t)(counter_before + 1), proof);
    *given = result == CC_OK;
    return result < 0 && port->broken ? result : CC_OK; /* 9406, 6A86, 6D00 …: it cannot tell this way */
}
