/* SPDX-License-Identifier: Apache-2.0 */
/* citycard replay: a card out of its recording, without a reader. */
#include "cli.h"

static int read_recording(const struct options *options, struct cc_replay **replay)
{
    unsigned line = 0;
    char message[96];
    FILE *file = fopen(options->words[0], "re");
    if (file == NULL)
        return report_no_file(options, "The recording cannot be read", "check its name");
    int result = cc_replay_new(replay, file, &line);
    fclose(file);
    if (result != CC_ERR_PROTOCOL)
        return result == CC_OK ? EXIT_OK : report_result(options, result);
    snprintf(message, sizeof message, "This is no recording: line %u makes no sense", line);
    return report(options, (struct problem){"RECORDING", message, "record the card again", EXIT_CARD});
}

int command_replay(const struct options *options)
{
    struct cc_replay *replay = NULL;
    int code = read_recording(options, &replay);
    if (code != EXIT_OK)
        return code;
    const struct cc_channel *channel = cc_replay_channel(replay, "card");
    if (channel == NULL) {
        cc_replay_free(replay);
        return report(options, (struct problem){"RECORDING", "The recording has no card",
                                                "make one with \"citycard record\"", EXIT_CARD});
    }
    struct cc_port port;
    struct cc_card card;
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len = cc_replay_atr(replay, "card", atr);
    cc_port_init(&port, channel);
    cc_port_set_atr(&port, atr, atr_len);
    int result = cc_card_read(&port, CC_READ_ALL, &card);
    cc_replay_free(replay);
    if (result == CC_ERR_PROTOCOL || result == CC_ERR_REMOVED)
        return report(options,
                      (struct problem){"RECORDING", "The recording ends before the card is read, or differs",
                                       "replay what \"citycard record\" or \"citycard info\" recorded",
                                       EXIT_CARD});
    return show_card(options, &card, result);
}
