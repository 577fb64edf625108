/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard apdu: commands as they are, nothing added and nothing repeated. With --reader nothing was asked of
 * the card before; without, it was looked for, which selects its application. What bears a PIN or a key is
 * taken from standard input only, where no process list and no shell history sees it, and is never printed.
 */
#include "cli.h"

#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_MAX      4096
#define COMMAND_LINE_MAX (2 * COMMAND_MAX + 1)

static uint8_t answer[CC_ANSWER_MAX];
static char answer_hex[2 * CC_ANSWER_MAX + 1];

/* VERIFY, CHANGE, RESET RETRY COUNTER (ISO 7816-4), RELOAD and CHANGE (80 5E), WRITE KEY (84 D4), PC/SC part
 * 3 load key. */
static bool bears_secret(const uint8_t *command, size_t len)
{
    static const uint8_t secret_ins[] = {0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D, 0x5E, 0xD4};
    if (len < 2)
        return false;
    if (command[0] == 0xFF)
        return command[1] == 0x82;
    return memchr(secret_ins, command[1], sizeof secret_ins) != NULL;
}

/* Whatever may cost a try, move money, or change a file, a counter or a lock. */
static bool may_change(const uint8_t *command, size_t len)
{
    static const uint8_t changing_ins[] = {0x04, 0x0E, 0x16, 0x18, 0x1E, 0x20, 0x21, 0x24, 0x25,
                                           0x2C, 0x2D, 0x44, 0x52, 0x54, 0x58, 0x5E, 0x70, 0x72,
                                           0x7C, 0x7E, 0x82, 0xD0, 0xD1, 0xD2, 0xD4, 0xD6, 0xD7,
                                           0xDA, 0xDB, 0xDC, 0xDD, 0xE0, 0xE2, 0xE4, 0xE6};
    return len >= 2 && memchr(changing_ins, command[1], sizeof changing_ins) != NULL;
}

/* Spaces between bytes are for people. */
static int parse_command(const char *text, uint8_t *command, size_t *len)
{
    char packed[COMMAND_LINE_MAX];
    size_t used = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ' ' || *c == '\t')
            continue;
        if (used + 1 >= sizeof packed)
            return CC_ERR_ARGUMENT;
        packed[used++] = *c;
    }
    packed[used] = '\0';
    int got = cc_unhex(packed, command, COMMAND_MAX);
    OPENSSL_cleanse(packed, sizeof packed);
    *len = got > 0 ? (size_t)got : 0;
    return got >= 4 ? CC_OK : CC_ERR_ARGUMENT;
}

static int show_answer(const struct options *options, const uint8_t *command, size_t len, size_t answer_len)
{
    char command_hex[2 * COMMAND_MAX + 1];
    cc_hex(answer, answer_len, answer_hex, sizeof answer_hex);
    if (!options->json) {
        puts(answer_hex);
        return finish_output();
    }
    bool secret = bears_secret(command, len);
    char sw[5];
    memcpy(sw, answer_hex + 2 * answer_len - 4, sizeof sw);
    answer_hex[2 * answer_len - 4] = '\0';
    return print_json(
        json_pack("{s:o,s:s,s:s}", "command",
                  secret ? json_null() : json_string(cc_hex(command, len, command_hex, sizeof command_hex)),
                  "data", answer_hex, "sw", sw));
}

static int send_command(const struct options *options, struct seat *seat, const char *text, bool from_input)
{
    uint8_t command[COMMAND_MAX];
    size_t len = 0, answer_len = sizeof answer;
    if (parse_command(text, command, &len) != CC_OK)
        return wrong_usage(options, "A command is 4 to 4096 bytes in hexadecimal digits");
    if (bears_secret(command, len) && !(from_input && options->allow_secrets))
        return wrong_usage(
            options, "A command that bears a PIN or a key goes through standard input, with --allow-secrets");
    if (may_change(command, len))
        fprintf(stderr, "citycard: INS %02X may change what is on the card, or cost a try.\n", command[1]);
    /* What the answer is nobody can know here: people's data may be in it, so trace and recording show stars.
     */
    int result = cc_port_exchange(&seat->port, command, len, !options->unmasked, answer, &answer_len);
    int code =
        result == CC_OK ? show_answer(options, command, len, answer_len) : report_result(options, result);
    OPENSSL_cleanse(command, sizeof command);
    return code;
}

static int send_lines(const struct options *options, struct seat *seat)
{
    int code = EXIT_OK;
    while (code == EXIT_OK) {
        char line[COMMAND_LINE_MAX];
        int result = read_line(STDIN_FILENO, 0, line, sizeof line);
        if (result == CC_NOT_FOUND)
            break;
        size_t blank = strspn(line, " \t");
        if (result != CC_OK)
            code = wrong_usage(options, "A command is 4 to 4096 bytes in hexadecimal digits");
        else if (line[blank] != '\0' && line[blank] != '#')
            code = send_command(options, seat, line, true);
        OPENSSL_cleanse(line, sizeof line);
    }
    return code;
}

int command_apdu(const struct options *options)
{
    struct seat seat;
    int result = open_slot(options, WANT_SLOT, &seat);
    if (result != CC_OK)
        return report_seat(options, result, &seat);
    int code = EXIT_OK;
    for (int i = 0; i < options->word_count && code == EXIT_OK; i++)
        code = send_command(options, &seat, options->words[i], false);
    if (options->word_count == 0)
        code = send_lines(options, &seat);
    /* What was selected, authenticated or verified here ends here. */
    close_seat(&seat, true);
    return code;
}
