/* SPDX-License-Identifier: Apache-2.0 */
/* --record, and citycard replay. One recording at a time: a program run has one. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct cc_recorder *recorder;
static FILE *record_file;
static const char *record_name; /* borrowed of the options */
static bool damaged, used;

static int no_file(const struct options *options, const char *what, const char *next)
{
    char message[128];
    snprintf(message, sizeof message, "%s (%s)", what, strerror(errno));
    return report(options, (struct problem){"FILE", message, next, EXIT_CARD});
}

/* ---- Recording --------------------------------------------------------------------------------------------------- */

int recording_begin(const struct options *options)
{
    if (options->record == NULL)
        return EXIT_OK;
    /* A recording that exists is somebody's evidence. Masked as it is, it is not for everybody. */
    int fd = open(options->record, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    record_file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (record_file == NULL) {
        if (fd >= 0)
            close(fd);
        return no_file(options, "The recording cannot be written",
                       "give a new name in a folder of yours");
    }
    damaged = used = false;
    record_name = options->record;
    int result = cc_recorder_new(&recorder, record_file, "citycard " CLI_VERSION);
    return result == CC_OK ? EXIT_OK : report_result(options, result);
}

void recording_attach(struct cc_port *port, const char *name)
{
    used = true;
    if (recorder != NULL && cc_recorder_attach(recorder, port, name) != CC_OK)
        damaged = true;
}

bool recording_end(void)
{
    if (record_file == NULL)
        return true;
    bool whole = cc_recorder_free(recorder) == CC_OK && !damaged;
    whole = fclose(record_file) == 0 && whole;
    recorder = NULL;
    record_file = NULL;
    /* Nothing was opened: without a card there is no recording, and its name is free for the next try. */
    if (!used)
        return unlink(record_name) == 0;
    if (!whole)
        fprintf(stderr, "citycard: The recording is not complete: free some space and record again.\n");
    return whole;
}

/* ---- Replay ------------------------------------------------------------------------------------------------------ */

static int read_recording(const struct options *options, struct cc_replay **replay)
{
    unsigned line = 0;
    char message[96];
    FILE *file = fopen(options->words[0], "re");
    if (file == NULL)
        return no_file(options, "The recording cannot be read", "check its name");
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
