/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a session down as text (RECORDINGS.md), out of what the trace shows: bytes are masked before they come here.
 *
 * A line is begun with its command before the card has answered and flushed, so that a program that dies in the middle
 * leaves the command that killed it. The answer, or the error's name, ends the line. One exchange is under way at a time:
 * a second command before the first one's answer cannot be put on lines and makes the recording fail.
 */
#include "recording.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct attachment {
    struct attachment *next;
    struct cc_recorder *recorder;
    size_t name;         /* index */
    cc_trace_fn chained; /* who listened before */
    void *chained_ctx;
};

struct cc_recorder {
    FILE *file;
    struct attachment *attachments, *open; /* open: its command stands on the line, without an answer */
    char names[CC_RECORDING_NAMES_MAX][CC_RECORDING_NAME_SIZE];
    size_t name_count;
    unsigned lines;
    uint64_t begun_ms;
    bool failed;
};

bool cc_recording_name_ok(const char *name, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    static const char *const keywords[] = {"about", "atr", "pad"};
    if (len == 0 || len >= CC_RECORDING_NAME_SIZE || name[0] < 'a' || name[0] > 'z')
        return false;
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (len == strlen(keywords[i]) && strncmp(name, keywords[i], len) == 0)
            return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '\0' || !strchr(allowed, name[i]))
            return false;
    }
    return true;
}

static uint64_t now_ms(void)
{
    struct timespec now = {0};
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void put_text(struct cc_recorder *recorder, const char *text)
{
    if (!recorder->failed && fputs(text, recorder->file) < 0)
        recorder->failed = true;
}

static void end_line(struct cc_recorder *recorder)
{
    put_text(recorder, "\n");
    if (!recorder->failed && fflush(recorder->file) != 0)
        recorder->failed = true;
    recorder->lines += 1;
    if (recorder->lines > CC_RECORDING_LINES_MAX)
        recorder->failed = true; /* a longer one could not be read back */
}

/* A masked byte reaches the trace as 2A; a true 2A cannot be told from it, so both are written as stars. */
static void put_bytes(struct cc_recorder *recorder, const uint8_t *bytes, size_t len)
{
    char digits[3];
    for (size_t i = 0; i < len && !recorder->failed; i++)
        put_text(recorder, bytes[i] == '*' ? "**" : cc_hex(bytes + i, 1, digits, sizeof digits));
}

static void put_command(struct attachment *from, const uint8_t *bytes, size_t len)
{
    struct cc_recorder *recorder = from->recorder;
    if (recorder->open || len == 0 || len > CC_RECORDING_COMMAND_MAX ||
        recorder->lines >= CC_RECORDING_LINES_MAX) {
        recorder->failed = true;
        return;
    }
    uint64_t elapsed_ms = now_ms() - recorder->begun_ms;
    if (!recorder->failed && fprintf(recorder->file, "%s %llu ", recorder->names[from->name],
                                     (unsigned long long)(elapsed_ms % 1000000000u)) < 0)
        recorder->failed = true;
    put_bytes(recorder, bytes, len);
    if (!recorder->failed && fflush(recorder->file) != 0)
        recorder->failed = true;
    recorder->open = from;
}

static void put_outcome(struct attachment *from, const uint8_t *bytes, size_t len, int result)
{
    struct cc_recorder *recorder = from->recorder;
    if (recorder->open != from || len > CC_ANSWER_MAX) {
        recorder->failed = true;
        return;
    }
    recorder->open = NULL;
    put_text(recorder, result == CC_OK ? " > " : " ! ");
    if (result == CC_OK)
        put_bytes(recorder, bytes, len);
    else
        put_text(recorder, cc_result_name(result));
    end_line(recorder);
}

static void record(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    struct attachment *from = ctx;
    if (from->chained)
        from->chained(from->chained_ctx, kind, bytes, len, result);
    if (from->recorder->failed)
        return;
    if (kind == CC_TRACE_COMMAND)
        put_command(from, bytes, len);
    else if (kind == CC_TRACE_ANSWER)
        put_outcome(from, bytes, len, CC_OK);
    else if (from->recorder->open == from) /* else nothing was sent: the port was dead before */
        put_outcome(from, NULL, 0, result);
}

/* One line of whole UTF-8 without controls, however long and odd `about` is. */
static void put_about(struct cc_recorder *recorder, const char *about)
{
    char line[CC_RECORDING_ABOUT_MAX + 1];
    size_t len = 0;
    while (about[len] != '\0' && len < CC_RECORDING_ABOUT_MAX) {
        unsigned char c = (unsigned char)about[len];
        line[len] = c < 0x20 || c == 0x7F ? ' ' : about[len];
        len++;
    }
    if (about[len] != '\0') { /* cut: not within a character */
        while (len > 0 && ((unsigned char)about[len] & 0xC0) == 0x80)
            len--;
    }
    line[len] = '\0';
    put_text(recorder, "about ");
    put_text(recorder, line);
    end_line(recorder);
}

int cc_recorder_new(struct cc_recorder **out, FILE *file, const char *about)
{
    *out = NULL;
    if (!file)
        return CC_ERR_ARGUMENT;
    struct cc_recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return CC_ERR_MEMORY;
    recorder->file = file;
    recorder->begun_ms = now_ms();
    put_text(recorder, CC_RECORDING_FIRST_LINE);
    end_line(recorder);
    if (about)
        put_about(recorder, about);
    if (recorder->failed) {
        free(recorder);
        return CC_ERR_SYSTEM;
    }
    *out = recorder;
    return CC_OK;
}

/* Index of the name, made when it is new; CC_RECORDING_NAMES_MAX when there is no room. */
static size_t name_index(struct cc_recorder *recorder, const char *name, size_t len)
{
    for (size_t i = 0; i < recorder->name_count; i++) {
        if (strcmp(recorder->names[i], name) == 0)
            return i;
    }
    if (recorder->name_count == CC_RECORDING_NAMES_MAX)
        return CC_RECORDING_NAMES_MAX;
    for (size_t i = 0; i <= len; i++)
        recorder->names[recorder->name_count][i] = name[i];
    return recorder->name_count++;
}

/* What is known of the slot before the first command: its keypad, its ATR. */
static void put_slot(struct cc_recorder *recorder, const char *name, const struct cc_port *port)
{
    char atr[2 * CC_ATR_MAX + 1];
    if (port->channel.pad) {
        put_text(recorder, "pad ");
        put_text(recorder, name);
        end_line(recorder);
    }
    if (port->atr_len == 0)
        return;
    put_text(recorder, "atr ");
    put_text(recorder, name);
    put_text(recorder, " ");
    put_text(recorder, cc_hex(port->atr, port->atr_len, atr, sizeof atr));
    end_line(recorder);
}

int cc_recorder_attach(struct cc_recorder *recorder, struct cc_port *port, const char *name)
{
    size_t len = name ? strnlen(name, CC_RECORDING_NAME_SIZE) : 0;
    if (!recorder || !port || !name || !cc_recording_name_ok(name, len) || port->atr_len > CC_ATR_MAX)
        return CC_ERR_ARGUMENT;
    if (port->trace == record && ((const struct attachment *)port->trace_ctx)->recorder == recorder)
        return CC_ERR_ARGUMENT; /* already: each line would stand there twice */
    size_t index = name_index(recorder, name, len);
    if (index == CC_RECORDING_NAMES_MAX)
        return CC_ERR_ARGUMENT;
    struct attachment *attachment = calloc(1, sizeof *attachment);
    if (!attachment)
        return CC_ERR_MEMORY;
    *attachment = (struct attachment){.next = recorder->attachments,
                                      .recorder = recorder,
                                      .name = index,
                                      .chained = port->trace,
                                      .chained_ctx = port->trace_ctx};
    recorder->attachments = attachment;
    port->trace = record;
    port->trace_ctx = attachment;
    put_slot(recorder, name, port);
    return recorder->failed ? CC_ERR_SYSTEM : CC_OK;
}

int cc_recorder_free(struct cc_recorder *recorder)
{
    if (!recorder)
        return CC_OK;
    if (recorder->open)
        put_outcome(recorder->open, NULL, 0, CC_ERR_REMOVED);
    int result = recorder->failed || fflush(recorder->file) != 0 ? CC_ERR_SYSTEM : CC_OK;
    for (struct attachment *at = recorder->attachments; at;) {
        struct attachment *next = at->next;
        free(at);
        at = next;
    }
    free(recorder);
    return result;
}
