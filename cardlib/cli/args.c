/* SPDX-License-Identifier: Apache-2.0 */
/* Options and numbers of the command line. */
#include "cli.h"

#include <getopt.h>
#include <string.h>

#define AMOUNT_MAX_FEN  1000000
#define WAIT_DEFAULT_MS 2000

enum {
    OPT_JSON = 256,
    OPT_READER,
    OPT_SAM,
    OPT_WAIT,
    OPT_TRACE,
    OPT_RECORD,
    OPT_UNMASKED,
    OPT_COUNT,
    OPT_TIMEOUT,
    OPT_PIN_FD,
    OPT_PAD,
    OPT_STATE,
    OPT_TERMINAL,
    OPT_KEY_INDEX,
    OPT_ALLOW_SECRETS,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"reader", required_argument, NULL, OPT_READER},
    {"sam", required_argument, NULL, OPT_SAM},
    {"wait", required_argument, NULL, OPT_WAIT},
    {"trace", no_argument, NULL, OPT_TRACE},
    {"record", required_argument, NULL, OPT_RECORD},
    {"unmasked", no_argument, NULL, OPT_UNMASKED},
    {"count", required_argument, NULL, OPT_COUNT},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"pin-fd", required_argument, NULL, OPT_PIN_FD},
    {"pad", no_argument, NULL, OPT_PAD},
    {"state", required_argument, NULL, OPT_STATE},
    {"terminal", required_argument, NULL, OPT_TERMINAL},
    {"key-index", required_argument, NULL, OPT_KEY_INDEX},
    {"allow-secrets", no_argument, NULL, OPT_ALLOW_SECRETS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

int wrong_usage(const struct options *options, const char *message)
{
    return report(options, (struct problem){"USAGE", message, "see citycard --help", EXIT_USAGE});
}

bool parse_number(const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
    size_t len = strlen(text);
    *number = 0;
    if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
        return false;
    for (size_t i = 0; i < len; i++)
        *number = *number * 10 + (unsigned long)(text[i] - '0');
    return *number >= least && *number <= most;
}

bool parse_amount(const struct options *options, uint32_t *amount_fen)
{
    unsigned long amount = 0;
    if (options->word_count != 1 || !parse_number(options->words[0], 1, AMOUNT_MAX_FEN, &amount))
        return false;
    *amount_fen = (uint32_t)amount;
    return true;
}

/* Seconds with up to three decimals, e.g. "2" or "0.5". */
static bool parse_seconds(const char *text, unsigned long *ms)
{
    char whole[8] = "", part[4] = "000";
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits >= sizeof whole)
        return false;
    memcpy(whole, text, digits);
    const char *rest = text + digits;
    if (*rest == '.') {
        size_t decimals = strspn(rest + 1, "0123456789");
        if (decimals == 0 || decimals > 3 || rest[1 + decimals] != '\0')
            return false;
        memcpy(part, rest + 1, decimals);
    } else if (*rest != '\0') {
        return false;
    }
    unsigned long seconds = 0, thousandths = 0;
    if (!parse_number(whole, 0, 1000000, &seconds) || !parse_number(part, 0, 999, &thousandths))
        return false;
    *ms = seconds * 1000 + thousandths;
    return true;
}

/* An option that takes a text which may not be empty. */
static const char *take_text(const char **out, const char *value, const char *empty)
{
    *out = value;
    return value[0] != '\0' ? NULL : empty;
}

static const char *take_flag(bool *flag)
{
    *flag = true;
    return NULL;
}

/* An option with a number. NULL, or what is wrong with it. */
static const char *take_number(struct options *options, int option, const char *value)
{
    unsigned long number = 0;
    switch (option) {
    case OPT_WAIT:
        if (!parse_seconds(value, &number) || number > 3600000)
            return "--wait takes 0 to 3600 seconds";
        options->wait_ms = (unsigned)number;
        return NULL;
    case OPT_TIMEOUT:
        if (!parse_seconds(value, &number) || number == 0)
            return "--timeout takes seconds, more than 0";
        options->timeout_ms = number;
        return NULL;
    case OPT_COUNT:
        return parse_number(value, 1, 1000000000, &options->lines_max) ? NULL
                                                                       : "--count takes a number from 1";
    case OPT_PIN_FD:
        if (!parse_number(value, 0, 1023, &number))
            return "--pin-fd takes the number of an open descriptor";
        options->pin_fd = (int)number;
        return NULL;
    case OPT_KEY_INDEX:
        if (!parse_number(value, 0, 255, &number))
            return "--key-index takes a number from 0 to 255";
        options->key_index = (uint8_t)number;
        return NULL;
    case OPT_TERMINAL:
        options->has_terminal = cc_unhex(value, options->terminal, sizeof options->terminal) == 6;
        return options->has_terminal ? NULL : "--terminal takes twelve hexadecimal digits";
    default:
        return "There is an unknown option, or one without its value";
    }
}

/* What an option means. NULL, or what is wrong with it. */
static const char *take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPT_JSON:
        return take_flag(&options->json);
    case OPT_TRACE:
        return take_flag(&options->trace);
    case OPT_UNMASKED:
        return take_flag(&options->unmasked);
    case OPT_PAD:
        return take_flag(&options->pad);
    case OPT_ALLOW_SECRETS:
        return take_flag(&options->allow_secrets);
    case OPT_READER:
        return take_text(&options->reader, value, "--reader needs a name");
    case OPT_SAM:
        return take_text(&options->sam, value, "--sam needs a name");
    case OPT_STATE:
        return take_text(&options->state_dir, value, "--state needs a directory");
    case OPT_RECORD:
        return take_text(&options->record, value, "--record needs a file");
    default:
        return take_number(options, option, value);
    }
}

const char *args_parse(int argc, char **argv, struct options *options, enum asked *asked)
{
    *options = (struct options){.pin_fd = -1, .wait_ms = WAIT_DEFAULT_MS, .key_index = 1};
    *asked = ASKED_COMMAND;
    /* Before anything can go wrong: in which form to tell it. */
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        options->json |= strcmp(argv[i], "--json") == 0;
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == OPT_HELP || option == 'h' || option == OPT_VERSION) {
            *asked = option == OPT_VERSION ? ASKED_VERSION : ASKED_HELP;
            return NULL;
        }
        const char *wrong = take_option(options, option, optarg);
        if (wrong != NULL)
            return wrong;
    }
    options->words = argv + optind;
    options->word_count = argc - optind;
    return NULL;
}
