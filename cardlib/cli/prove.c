/* SPDX-License-Identifier: Apache-2.0 */
/* citycard prove: the card's own proof of one of its transactions (GET TRANSACTION PROVE). */
#include "cli.h"

#include <string.h>

/* "06", or a word for the usual ones. */
static bool parse_type(const char *text, uint8_t *type)
{
    static const struct {
        const char *word;
        uint8_t type;
    } words[] = {{"load", 0x02}, {"purchase", 0x06}, {"compound", 0x09}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].word) == 0) {
            *type = words[i].type;
            return true;
        }
    return strlen(text) == 2 && cc_unhex(text, type, 1) == 1;
}

int command_prove(const struct options *options)
{
    uint8_t type = 0;
    unsigned long counter = 0;
    if (!parse_type(options->words[0], &type))
        return wrong_usage(options, "The type is load, purchase, compound or two hexadecimal digits");
    if (!parse_number(options->words[1], 0, UINT16_MAX, &counter))
        return wrong_usage(options, "The counter is a number from 0 to 65535, as the log shows it");
    struct seat seat;
    struct cc_card card;
    struct cc_proof proof = {0};
    int result = open_and_read(options, WANT_CARD, &seat, 0, &card);
    bool known = result == CC_OK;
    if (known)
        result = cc_prove(&seat.port, type, (uint16_t)counter, &proof);
    close_seat(&seat, false);
    if (result != CC_OK)
        return known ? report_asked(options, result) : report_seat(options, result, &seat);
    if (options->json)
        return print_json(json_pack("{s:o,s:o,s:i,s:o,s:o}", "card_number", json_text(card.card_number),
                                    "type", json_hex(&type, 1), "counter", (int)counter, "mac",
                                    json_hex(proof.mac, sizeof proof.mac), "tac",
                                    json_hex(proof.tac, sizeof proof.tac)));
    char mac[9], tac[9];
    printf("MAC       %s\n", cc_hex(proof.mac, sizeof proof.mac, mac, sizeof mac));
    printf("TAC       %s\n", cc_hex(proof.tac, sizeof proof.tac, tac, sizeof tac));
    return finish_output();
}
