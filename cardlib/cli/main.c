/* SPDX-License-Identifier: Apache-2.0 */
/* citycard: the command line of libcitycard. Here: which command. */
#include "cli.h"

#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static const char help[] =
    "Usage: citycard COMMAND [OPTION…]\n"
    "Read Chinese smart-city cards over PC/SC, pay from their purse with the operator's PSAM, load it with\n"
    "a platform's authorisation. See citycard(1).\n"
    "\n"
    "Commands:\n"
    "  readers             every reader, its state and what is in it\n"
    "  info                what the card says of itself\n"
    "  log                 purse logs and journeys\n"
    "  watch               one line for each change of service, readers and cards, until interrupted\n"
    "  pay AMOUNT_FEN      take 1 to 1000000 fen from the purse; first settles what was interrupted before\n"
    "  load AMOUNT_FEN     put 1 to 1000000 fen into the purse: prints a request as one line of JSON, waits\n"
    "                      for the platform's answer on standard input\n"
    "  resume              settle an interrupted payment or load of the card on the reader\n"
    "  pin verify|change|unblock\n"
    "                      the holder's PIN\n"
    "  prove TYPE COUNTER  the card's proof of a transaction, e.g. prove 06 17\n"
    "  record FILE         info and log, recorded\n"
    "  replay FILE         info and log of a recorded card\n"
    "  apdu [HEX…]         commands as they are, from the command line or one a line from standard input\n"
    "  selftest            vectors, service, readers, PSAM\n"
    "\n"
    "Options:\n"
    "  --json              machine-readable output; errors as {\"error\":{\"code\",\"message\",\"next\"}}\n"
    "  --reader NAME       the card's reader (default: the only one with a known card)\n"
    "  --sam NAME          the PSAM's slot (default: the first with a PSAM)\n"
    "  --wait SECONDS      how long to wait for a reader or a card to appear (default 2)\n"
    "  --trace             every command and answer on stderr, PINs and holder data masked\n"
    "  --record FILE       record every command and answer into a new file, masked in the same way\n"
    "  --unmasked          show names and numbers of people in full\n"
    "  --count N           watch: end after N lines\n"
    "  --timeout SECONDS   watch: end after this time; load, pin unblock: for an answer (default 30)\n"
    "  --pin-fd N          read PINs from descriptor N, one a line, instead of the terminal\n"
    "  --pad               a PIN that is wanted is typed by the holder on the reader's keypad\n"
    "  --terminal HEX      load: terminal number (default: the PSAM's)\n"
    "  --key-index N       load: key index (default 1)\n"
    "  --state DIR         pay, load, resume: place of open ones (default $XDG_STATE_HOME/citycard)\n"
    "  --allow-secrets     apdu: take commands that bear a PIN or a key, from standard input only\n"
    "  --help, --version\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused, nothing changed: declined, balance low, PIN wrong, card blocked, another card\n"
    "  2  the command line is wrong\n"
    "  3  no service, reader, card or PSAM slot, in use by another program, or two cards\n"
    "  4  the card, the PSAM or the system failed, or the card is not supported\n"
    "  5  in doubt: the card may have been charged; put it back and run \"citycard resume\"\n";

static const struct command {
    const char *name;
    int (*run)(const struct options *options);
    int words_least, words_most;
    bool records; /* takes --record */
    const char *usage;
} commands[] = {
    {"readers", command_readers, 0, 0, false, "readers takes no argument"},
    {"info", command_info, 0, 0, true, "info takes no argument"},
    {"log", command_log, 0, 0, true, "log takes no argument"},
    {"watch", command_watch, 0, 0, false, "watch takes no argument"},
    {"pay", command_pay, 1, 1, true, "pay takes the amount in fen"},
    {"load", command_load, 1, 1, true, "load takes the amount in fen"},
    {"resume", command_resume, 0, 0, true, "resume takes no argument"},
    {"pin", command_pin, 1, 1, true, "pin takes one of verify, change and unblock"},
    {"prove", command_prove, 2, 2, true, "prove takes a transaction type and a counter"},
    {"record", command_record, 1, 1, false, "record takes the name of a new file"},
    {"replay", command_replay, 1, 1, false, "replay takes the name of a recording"},
    {"apdu", command_apdu, 0, 100, true, "apdu takes at most a hundred commands"},
    {"selftest", command_selftest, 0, 0, false, "selftest takes no argument"},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int run_command(struct options *options)
{
    if (options->word_count == 0)
        return wrong_usage(options, "There is no command");
    const struct command *command = find_command(options->words[0]);
    if (command == NULL)
        return wrong_usage(options, "There is no such command");
    options->words++;
    options->word_count--;
    if (options->word_count < command->words_least || options->word_count > command->words_most)
        return wrong_usage(options, command->usage);
    if (options->record != NULL && !command->records)
        return wrong_usage(options, "This command records nothing");
    int code = recording_begin(options);
    if (code != EXIT_OK)
        return code;
    code = command->run(options);
    /* What became of the card is said by the exit code already; a lost recording changes nothing of that. */
    recording_end();
    return code;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    /* A core file would hold PINs, names and ID numbers; where the limit cannot be lowered it is none of ours. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    /* A payment must not end because nobody reads its receipt; finish_output() ends the others. */
    signal(SIGPIPE, SIG_IGN);
    /* Each line is whole when it appears, also in a pipe. */
    setvbuf(stdout, NULL, _IOLBF, 0);

    struct options options;
    enum asked asked;
    const char *wrong = args_parse(argc, argv, &options, &asked);
    if (wrong != NULL)
        return wrong_usage(&options, wrong);
    if (asked == ASKED_HELP)
        fputs(help, stdout);
    else if (asked == ASKED_VERSION)
        puts("citycard " CLI_VERSION);
    else
        return run_command(&options);
    return finish_output();
}
