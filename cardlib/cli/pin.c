/* SPDX-License-Identifier: Apache-2.0 */
/* The PIN: typed on the terminal with echo off, or read from a descriptor; never shown, never kept. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define INTERRUPT '\003' /* Ctrl-C, as a character while ISIG is off */

void pin_cleanse(char pin[PIN_SIZE])
{
    OPENSSL_cleanse(pin, PIN_SIZE);
}

/* One line, byte by byte so that nothing is buffered elsewhere. False: too long, or nothing at all. */
static bool read_pin_line(int fd, char pin[PIN_SIZE])
{
    size_t len = 0;
    for (;;) {
        char c = '\0';
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || c == '\n')
            break;
        if (c == INTERRUPT) {
            len = 0;
            break;
        }
        if (c == '\r')
            continue;
        if (len == PIN_SIZE - 1)
            return false;
        pin[len++] = c;
    }
    pin[len] = '\0';
    return len > 0;
}

static bool is_pin(const char *pin)
{
    size_t len = strnlen(pin, PIN_SIZE);
    return len >= 4 && len < PIN_SIZE && strspn(pin, "0123456789") == len;
}

static int ask_terminal(const char *prompt, char pin[PIN_SIZE])
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return CC_PIN_NEEDED;
    /* An interrupt in between must not leave the terminal without echo: hold it back until echo is on again.
     */
    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, &before);

    struct termios was, quiet;
    int result = CC_PIN_NEEDED;
    if (tcgetattr(fd, &was) == 0) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
        quiet.c_lflag |= ECHONL;
        quiet.c_cc[VEOL] = INTERRUPT; /* ends the line like the enter key does */
        if (tcsetattr(fd, TCSAFLUSH, &quiet) == 0) {
            dprintf(fd, "%s (empty to cancel): ", prompt);
            result = read_pin_line(fd, pin) && is_pin(pin) ? CC_OK
                     : pin[0] == '\0'                      ? CC_PIN_NEEDED
                                                           : CC_ERR_ARGUMENT;
            tcsetattr(fd, TCSAFLUSH, &was);
        }
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fd);
    return result;
}

int pin_read(const struct options *options, const char *prompt, char pin[PIN_SIZE])
{
    memset(pin, 0, PIN_SIZE);
    int result = CC_OK;
    if (options->pin_fd < 0)
        result = ask_terminal(prompt, pin);
    else if (!read_pin_line(options->pin_fd, pin))
        result = pin[0] == '\0' ? CC_PIN_NEEDED : CC_ERR_ARGUMENT;
    else if (!is_pin(pin))
        result = CC_ERR_ARGUMENT;
    if (result != CC_OK)
        pin_cleanse(pin);
    return result;
}

int report_no_pin(const struct options *options, int result)
{
    if (result != CC_ERR_ARGUMENT)
        return report_result(options, result);
    return report(options, (struct problem){"PIN_FORMAT", "A PIN has 4 to 12 digits", "run the command again",
                                            EXIT_REFUSED});
}

int report_no_pad(const struct options *options)
{
    return report(options,
                  (struct problem){"NO_KEYPAD", "This reader has no keypad", "leave --pad out", EXIT_ABSENT});
}
