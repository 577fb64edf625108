/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Channels that answer from text: a script, whose commands must come exactly in order, and a table, which answers each
 * command by itself. Commands and answers are hex; spaces are allowed. Special answers: "lost" (transport error),
 * "empty" (success without a byte), "one" (success with a single byte).
 */
#ifndef TEST_SCRIPT_H
#define TEST_SCRIPT_H

#include "citycard.h"

#include <glib.h>

struct exchange {
    const char *command; /* in a table a final '*' matches any rest */
    const char *answer;
};

struct script {
    const struct exchange *steps; /* ended by {0} */
    size_t at;
    bool is_table;
    bool lost;     /* once lost, any further command is the library's mistake */
    GString *seen; /* all commands, separated by spaces */
    size_t cut_at; /* answer number (from 1) that is cut … */
    size_t cut_to; /* … to so many bytes */
    size_t answered;
};

void script_init(struct script *script, const struct exchange *steps);
void table_init(struct script *script, const struct exchange *rows);
struct cc_channel script_channel(struct script *script);
/** Port on the script's channel. */
void script_port(struct script *script, struct cc_port *port);
/** All steps were used up (scripts only); frees. */
void script_done(struct script *script);
/** How often a command that begins so was sent. */
unsigned script_count(const struct script *script, const char *prefix);

/** Bytes of hex text with spaces. */
size_t unhex(const char *text, uint8_t *out, size_t room);
void assert_hex(const uint8_t *bytes, size_t len, const char *expected);

#endif
