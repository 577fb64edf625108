/* SPDX-License-Identifier: Apache-2.0 */
/* citycard: the command line of libcitycard. Here: arguments only. */
#include "cli.h"

#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define AMOUNT_MAX_FEN  1000000
#define WAIT_DEFAULT_MS 2000

static const char help[] =
    "Usage: citycard COMMAND [OPTION…]\n"
    "Read Chinese smart-city cards (T-Union) over PC/SC and pay from their purse with the operator's PSAM.\n"
    "\n"
    "Commands:\n"
    "  readers             every reader, its state and what is in it\n"
    "  info                what the card says: number, holder, dates, balance, last transactions\n"
    "  watch               one line for each change of service, readers and cards, until interrupted\n"
    "  pay AMOUNT_FEN      take 1 to 1000000 fen from the purse; first settles what was interrupted before\n"
    "  resume              settle an interrupted payment of the card on the reader\n"
    "\n"
    "Options:\n"
    "  --json              machine-readable output; errors as {\"error\":{\"code\",\"message\",\"next\"}}\n"
    "  --reader NAME       the card's reader (default: the only one with a known card)\n"
    "  --sam NAME          the PSAM's slot (default: the first with a PSAM)\n"
    "  --wait SECONDS      how long to wait for a reader or a card to appear (default 2)\n"
    "  --trace             every command and answer on stderr, PINs and holder data masked\n"
    "  --unmasked          info: show name and ID number in full\n"
    "  --count N           watch: end after N lines\n"
    "  --timeout SECONDS   watch: end after this time\n"
    "  --pin-fd N          pay: read the PIN from descriptor N instead of the terminal, when the card wants "
    "one\n"
    "  --state DIR         pay, resume: where an open payment is kept (default $XDG_STATE_HOME/citycard)\n"
    "  --help, --version\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused, nothing changed: declined, balance low, PIN wrong, card blocked, another card\n"
    "  2  the command line is wrong\n"
    "  3  no service, reader, card or PSAM slot, or in use by another program\n"
    "  4  the card, the PSAM or the system failed, or the card is not supported\n"
    "  5  in doubt: the card may have been charged; put it back and run \"citycard resume\"\n";

static const struct command {
    const char *name;
    int (*run)(const struct options *options);
    bool takes_amount;
} commands[] = {
    {"readers", command_readers, false}, {"info", command_info, false},     {"watch", command_watch, false},
    {"pay", command_pay, true},          {"resume", command_resume, false},
};

enum {
    OPT_JSON = 256,
    OPT_READER,
    OPT_SAM,
    OPT_WAIT,
    OPT_TRACE,
    OPT_UNMASKED,
    OPT_COUNT,
    OPT_TIMEOUT,
    OPT_PIN_FD,
    OPT_STATE,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"reader", required_argument, NULL, OPT_READER},
    {"sam", required_argument, NULL, OPT_SAM},
    {"wait", required_argument, NULL, OPT_WAIT},
    {"trace", no_argument, NULL, OPT_TRACE},
    {"unmasked", no_argument, NULL, OPT_UNMASKED},
    {"count", required_argument, NULL, OPT_COUNT},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"pin-fd", required_argument, NULL, OPT_PIN_FD},
    {"state", required_argument, NULL, OPT_STATE},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static int wrong_usage(const struct options *options, const char *message)
{
    return report(options, (struct problem){"USAGE", message, "see citycard --help", EXIT_USAGE});
}

/* Digits only, no sign, no space, within the bounds. */
static bool parse_number(const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
    size_t len = strlen(text);
    *number = 0;
    if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
        return false;
    for (size_t i = 0; i < len; i++)
        *number = *number * 10 + (unsigned long)(text[i] - '0');
    return *number >= least && *number <= most;
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

/* What an option means. NULL, or what is wrong with it. */
static const char *take_option(struct options *options, int option, const char *value)
{
    unsigned long number = 0;
    switch (option) {
    case OPT_JSON:
        options->json = true;
        return NULL;
    case OPT_TRACE:
        options->trace = true;
        return NULL;
    case OPT_UNMASKED:
        options->unmasked = true;
        return NULL;
    case OPT_READER:
        options->reader = value;
        return value[0] != '\0' ? NULL : "--reader needs a name";
    case OPT_SAM:
        options->sam = value;
        return value[0] != '\0' ? NULL : "--sam needs a name";
    case OPT_STATE:
        options->state_dir = value;
        return value[0] != '\0' ? NULL : "--state needs a directory";
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
    default:
        return "There is an unknown option, or one without its value";
    }
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* The command and its operand out of what getopt left. */
static int run_command(struct options *options, int count, char **words)
{
    if (count == 0)
        return wrong_usage(options, "There is no command");
    const struct command *command = find_command(words[0]);
    if (command == NULL)
        return wrong_usage(options, "There is no such command");
    if (count > (command->takes_amount ? 2 : 1))
        return wrong_usage(options, "There are too many arguments");
    if (command->takes_amount) {
        unsigned long amount = 0;
        if (count < 2 || !parse_number(words[1], 1, AMOUNT_MAX_FEN, &amount))
            return wrong_usage(options, "pay takes the amount in fen, 1 to 1000000, digits only");
        options->amount_fen = (uint32_t)amount;
    }
    return command->run(options);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    /* A payment must not end because nobody reads its receipt; finish_output() ends the others as expected.
     */
    signal(SIGPIPE, SIG_IGN);
    /* Each line is whole when it appears, also in a pipe. */
    setvbuf(stdout, NULL, _IOLBF, 0);

    struct options options = {.pin_fd = -1, .wait_ms = WAIT_DEFAULT_MS};
    /* Before anything can go wrong: in which form to tell it. */
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        options.json |= strcmp(argv[i], "--json") == 0;
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == OPT_HELP || option == 'h') {
            fputs(help, stdout);
            return finish_output();
        }
        if (option == OPT_VERSION) {
            puts("citycard " CLI_VERSION);
            return finish_output();
        }
        const char *wrong = take_option(&options, option, optarg);
        if (wrong != NULL)
            return wrong_usage(&options, wrong);
    }
    return run_command(&options, argc - optind, argv + optind);
}
