/* SPDX-License-Identifier: Apache-2.0 */
/* --record. One recording at a time: a program run has one. */
#include "cli.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct cc_recorder *recorder;
static FILE *record_file;
static const char *record_name; /* borrowed of the options */
static bool damaged, used;

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
        return report_no_file(options, "The recording cannot be written",
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
