/* SPDX-License-Identifier: Apache-2.0 */
/* citycard info, log and record: what a card says of itself. People are masked unless --unmasked is given. */
#include "cli.h"

int show_card(const struct options *options, const struct cc_card *card, int result)
{
    /* A blocked card is still told apart, and a card without a number has a kind. */
    if (result != CC_OK && result != CC_CARD_BLOCKED && result != CC_NO_IDENTITY)
        return report_result(options, result);
    if (options->json)
        return print_json(card_json(card, options->unmasked));
    print_card(card, options->unmasked);
    return finish_output();
}

int command_info(const struct options *options)
{
    struct seat seat;
    struct cc_card card = {0};
    int result = open_and_read(options, WANT_ANY, &seat, CC_READ_ALL, &card);
    close_seat(&seat, false);
    if (result == CC_TWO_CARDS)
        return report_seat(options, result, &seat);
    return show_card(options, &card, result);
}

int command_log(const struct options *options)
{
    struct seat seat;
    struct cc_card card = {0};
    int result = open_and_read(options, WANT_CARD, &seat, CC_READ_LOG | CC_READ_JOURNEYS, &card);
    close_seat(&seat, false);
    if (result != CC_OK && result != CC_CARD_BLOCKED)
        return report_seat(options, result, &seat);
    if (options->json)
        return print_json(json_pack("{s:s,s:o,s:o,s:o}", "family", cc_family_name(card.family), "card_number",
                                    json_text(card.card_number), "records", records_json(&card), "journeys",
                                    journeys_json(&card)));
    print_logs(&card);
    if (card.log_count == 0 && card.journey_count == 0)
        puts("The card's logs are empty or closed.");
    return finish_output();
}

int command_record(const struct options *options)
{
    struct options recorded = *options;
    recorded.record = options->words[0];
    int code = recording_begin(&recorded);
    if (code == EXIT_OK)
        code = command_info(&recorded);
    if (!recording_end() && code == EXIT_OK)
        code = EXIT_CARD;
    return code;
}
