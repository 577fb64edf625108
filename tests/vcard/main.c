/* SPDX-License-Identifier: Apache-2.0 */
/* citycard-vcard: the virtual card and PSAM behind the vpcd reader driver. One thread, one poll(). */
#include "control.h"
#include "hex.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char *personas, *keys, *state, *control, *card;
    uint16_t card_port, sam_port;
    bool sam;
};

static const char usage_text[] =
    "usage: citycard-vcard --personas FILE --keys FILE --state FOLDER --control SOCKET\n"
    "                      [--card-port 35963] [--sam-port 35964] [--card KEY|none] [--sam on|off]\n"
    "       citycard-vcard ctl SOCKET COMMAND [WORD]…\n";

static bool parse_port(const char *text, uint16_t *port)
{
    long long number;
    bool good = vc_number(text, 1, UINT16_MAX, &number);
    *port = good ? (uint16_t)number : 0;
    return good;
}

static bool parse_option(int option, const char *value, struct options *options)
{
    switch (option) {
    case 'p':
        options->personas = value;
        return true;
    case 'k':
        options->keys = value;
        return true;
    case 's':
        options->state = value;
        return true;
    case 'c':
        options->control = value;
        return true;
    case 'C':
        return parse_port(value, &options->card_port);
    case 'S':
        return parse_port(value, &options->sam_port);
    case 'i':
        options->card = strcmp(value, "none") == 0 ? NULL : value;
        return true;
    case 'm':
        options->sam = strcmp(value, "on") == 0;
        return options->sam || strcmp(value, "off") == 0;
    default:
        return false;
    }
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"personas", required_argument, NULL, 'p'},
        {"keys", required_argument, NULL, 'k'},
        {"state", required_argument, NULL, 's'},
        {"control", required_argument, NULL, 'c'},
        {"card-port", required_argument, NULL, 'C'},
        {"sam-port", required_argument, NULL, 'S'},
        {"card", required_argument, NULL, 'i'},
        {"sam", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    int option;
    *options = (struct options){.card_port = 35963, .sam_port = 35964, .sam = true};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!parse_option(option, optarg, options))
            return false;
    return optind == argc && options->personas && options->keys && options->state && options->control;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* How long to wait for `due_us`; NULL for ever. Microseconds matter: a delay per byte is short. */
static const struct timespec *time_left(uint64_t due_us, struct timespec *left)
{
    uint64_t now_us = vc_now_us(), wait_us = due_us > now_us ? due_us - now_us : 0;
    if (due_us == UINT64_MAX)
        return NULL;
    *left = (struct timespec){(time_t)(wait_us / 1000000u), (long)(wait_us % 1000000u) * 1000};
    return left;
}

static int run(struct vc_bench *bench, struct vc_control *control, int signals)
{
    struct pollfd pollfds[4 + VC_CLIENTS_MAX];
    struct timespec left;
    while (!control->quit) {
        uint64_t due_us = vc_bench_prepare(bench, pollfds);
        pollfds[2] = (struct pollfd){.fd = signals, .events = POLLIN};
        vc_control_prepare(control, pollfds + 3);
        if (ppoll(pollfds, 4 + VC_CLIENTS_MAX, time_left(due_us, &left), NULL) < 0) {
            if (errno == EINTR)
                continue;
            perror("citycard-vcard: poll");
            return EXIT_FAILURE;
        }
        if (pollfds[2].revents)
            break;
        vc_bench_step(bench, pollfds);
        vc_control_step(control, pollfds + 3, bench);
    }
    return EXIT_SUCCESS;
}

static int serve(const struct options *options)
{
    static struct vc_bench bench;
    static struct vc_control control = {.listener = -1};
    char error[256] = "";
    int signals = open_signals(), status = EXIT_FAILURE;
    bool good = signals >= 0 &&
                vc_bench_open(&bench, options->personas, options->keys, options->state, error, sizeof(error));
    struct vc_drawer *first = good && options->card ? vc_bench_find(&bench, options->card) : NULL;
    if (good && options->card && !first) {
        snprintf(error, sizeof(error), "no card \"%s\"", options->card);
        good = false;
    }
    if (good && vc_control_open(&control, options->control, error, sizeof(error))) {
        vc_bench_links(&bench, options->card_port, options->sam_port);
        vc_bench_sam(&bench, options->sam);
        if (first)
            vc_bench_insert(&bench, first, 0);
        status = run(&bench, &control, signals);
        vc_control_close(&control);
    } else {
        fprintf(stderr, "citycard-vcard: %s\n", error[0] ? error : "cannot watch signals");
    }
    vc_bench_close(&bench);
    if (signals >= 0)
        close(signals);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    if (argc >= 4 && strcmp(argv[1], "ctl") == 0)
        return vc_control_ask(argv[2], argv + 3, (size_t)argc - 3);
    if (!parse_options(argc, argv, &options)) {
        fputs(usage_text, stderr);
        return 2;
    }
    return serve(&options);
}
