/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs read: sentences, JSON, lines. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Problems ---------------------------------------------------------------------------------------------------- */

static const struct {
    int result;
    enum exit_code exit;
    const char *message, *next;
} problems[] = {
    {CC_NOT_FOUND, EXIT_REFUSED, "The card has no such file", "use a card of this city's network"},
    {CC_PIN_NEEDED, EXIT_REFUSED, "The card wants its PIN",
     "run the command on a terminal, or give --pin-fd"},
    {CC_PIN_WRONG, EXIT_REFUSED, "The PIN is wrong", "ask the holder again before trying once more"},
    {CC_PIN_BLOCKED, EXIT_REFUSED, "The PIN is blocked", "send the holder to the issuer's service desk"},
    {CC_BALANCE_LOW, EXIT_REFUSED, "The balance on the card is too low",
     "load the card or take a smaller amount"},
    {CC_CARD_BLOCKED, EXIT_REFUSED, "The card is blocked", "send the holder to the issuer's service desk"},
    {CC_DECLINED, EXIT_REFUSED, "The card declined, nothing was charged", "try again or use another card"},
    {CC_IN_DOUBT, EXIT_IN_DOUBT, "It is not known yet whether the card was charged",
     "put the same card back and run \"citycard resume\""},
    {CC_NO_PROOF, EXIT_REFUSED, "The card keeps no proof of that transaction", "let the platform decide"},
    {CC_OTHER_CARD, EXIT_REFUSED, "This is another card, nothing was charged", "put the first card back"},
    {CC_TIMEOUT, EXIT_ABSENT, "Nothing happened in time", "try again"},
    {CC_CANCELLED, EXIT_REFUSED, "The holder pressed cancel", "run the command again"},
    {CC_TWO_CARDS, EXIT_ABSENT, "There is more than one card, nothing was done",
     "take all but one away, or say which with --reader"},
    {CC_NO_IDENTITY, EXIT_CARD, "This card says nothing of whose it is", "use a city card"},
    {CC_WORN_OUT, EXIT_REFUSED, "The card's counter has reached its end", "have the issuer replace the card"},
    {CC_ERR_ARGUMENT, EXIT_USAGE, "The arguments make no sense", "see citycard --help"},
    {CC_ERR_NO_SERVICE, EXIT_ABSENT, "The smart card service does not answer",
     "start it with \"systemctl start pcscd.socket\""},
    {CC_ERR_NO_READER, EXIT_ABSENT, "There is no such reader", "plug it in, or see \"citycard readers\""},
    {CC_ERR_IN_USE, EXIT_ABSENT, "Another program is using the reader", "close that program and try again"},
    {CC_ERR_NO_CARD, EXIT_ABSENT, "There is no card on the reader",
     "put the card on the reader and try again"},
    {CC_ERR_REMOVED, EXIT_CARD, "The card was taken away too early",
     "hold it still until the end and try again"},
    {CC_ERR_UNRESPONSIVE, EXIT_CARD, "The card does not answer",
     "turn it over or clean it, and put it in again"},
    {CC_ERR_RESET, EXIT_CARD, "Another program reset the card", "close that program and try again"},
    {CC_ERR_PROTOCOL, EXIT_CARD, "The card gave an answer that no card may give",
     "try again, and replace the card if it stays so"},
    {CC_ERR_UNSUPPORTED, EXIT_CARD, "This is no card that citycard knows", "use a city card"},
    {CC_ERR_REFUSED, EXIT_CARD, "The card refused", "try again with --trace and show the result to staff"},
    {CC_ERR_SAM, EXIT_CARD, "The operator's security module (PSAM) is missing, expired or unfit",
     "check the PSAM slot with \"citycard readers\""},
    {CC_ERR_MAC, EXIT_CARD, "An authentication code is wrong", "check that PSAM and card belong together"},
    {CC_ERR_CRYPTO, EXIT_CARD, "The cryptographic library failed", "check the installation of OpenSSL 3"},
    {CC_ERR_MEMORY, EXIT_CARD, "There is no memory left", "close other programs and try again"},
    {CC_ERR_SYSTEM, EXIT_CARD, "The system or the reader's driver failed",
     "look at \"journalctl -u pcscd\" and plug the reader in anew"},
    {CC_ERR_FROZEN, EXIT_CARD, "The reader has stopped answering",
     "unplug the reader and plug it in again, or restart pcscd"},
};

struct problem problem_of(int result)
{
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (problems[i].result == result)
            return (struct problem){cc_result_name(result), problems[i].message, problems[i].next,
                                    problems[i].exit};
    return (struct problem){cc_result_name(result), cc_result_text(result), "try again", EXIT_CARD};
}

int report(const struct options *options, struct problem problem)
{
    fprintf(stderr, "citycard: %s: %s.\n", problem.message, problem.next);
    if (options->json) {
        int code = print_json(json_pack("{s:{s:s,s:s,s:s}}", "error", "code", problem.code, "message",
                                        problem.message, "next", problem.next));
        if (code != EXIT_OK)
            return code;
    }
    return problem.exit;
}

int report_result(const struct options *options, int result)
{
    return report(options, problem_of(result));
}

int report_no_file(const struct options *options, const char *what, const char *next)
{
    char message[128];
    snprintf(message, sizeof message, "%s (%s)", what, strerror(errno));
    return report(options, (struct problem){"FILE", message, next, EXIT_CARD});
}

int report_asked(const struct options *options, int result)
{
    struct problem problem = problem_of(result);
    if (result == CC_ERR_UNSUPPORTED) {
        problem.message = "This card cannot do that, or not in a way that citycard knows";
        problem.next = "use another card";
    }
    return report(options, problem);
}

int report_pin(const struct options *options, int result, unsigned tries_left)
{
    struct problem problem = problem_of(result);
    char message[64];
    if (result == CC_ERR_UNSUPPORTED)
        return report_asked(options, result);
    if (result == CC_PIN_WRONG) {
        snprintf(message, sizeof message, "The PIN is wrong, %u %s left", tries_left,
                 tries_left == 1 ? "try" : "tries");
        problem.message = message;
    }
    return report(options, problem);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

bool output_written(void)
{
    return fflush(stdout) == 0 && !ferror(stdout);
}

int finish_output(void)
{
    if (output_written())
        return EXIT_OK;
    if (errno == EPIPE) {
        /* main() ignores SIGPIPE so that a payment is never cut short; here it may do what it always does. */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fprintf(stderr, "citycard: The output could not be written (%s): free some space and try again.\n",
            strerror(errno));
    return EXIT_CARD;
}

int print_json(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        fprintf(stderr, "citycard: There is no memory left: close other programs and try again.\n");
        return EXIT_CARD;
    }
    puts(text);
    free(text);
    return finish_output();
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Waits for the next byte until the deadline (0: none). */
static int await_byte(int fd, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t at_ms = now_ms();
        if (deadline_ms != 0 && at_ms >= deadline_ms)
            return CC_TIMEOUT;
        uint64_t left_ms = deadline_ms - at_ms;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, deadline_ms == 0 ? -1 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
        if (ready > 0)
            return CC_OK;
        if (ready < 0 && errno != EINTR)
            return CC_ERR_SYSTEM;
    }
}

int read_line(int fd, unsigned long timeout_ms, char *line, size_t size)
{
    uint64_t deadline_ms = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
    size_t len = 0;
    bool ended = false, too_long = false;
    while (!ended) {
        char c = '\0';
        int result = await_byte(fd, deadline_ms);
        if (result != CC_OK)
            return result;
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return CC_ERR_SYSTEM;
        if (got == 0 && len == 0 && !too_long)
            return CC_NOT_FOUND;
        ended = got == 0 || c == '\n';
        if (!ended && c != '\r' && len + 1 < size)
            line[len++] = c;
        else if (!ended && c != '\r')
            too_long = true;
    }
    line[len] = '\0';
    return too_long ? CC_ERR_ARGUMENT : CC_OK;
}
