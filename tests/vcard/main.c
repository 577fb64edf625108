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
    struct vc_bench_files files;
    const char *control;
    const char *cards[VC_CARD_SLOTS_MAX]; /* to put in at once, a slot each; NULL none */
    size_t card_count;
    uint16_t card_ports[VC_CARD_SLOTS_MAX], sam_port;
    size_t card_port_count;
    bool sam;
};

static const char usage_text[] =
    "usage: citycard-vcard --personas FILE --keys FILE --state FOLDER --control SOCKET\n"
    "                      [--cards FOLDER] [--psam FILE] [--card-port 35963]… [--sam-port 35964]\n"
    "                      [--card KEY|none]… [--sam on|off]\n"
    "       citycard-vcard ctl SOCKET COMMAND [WORD]…\n";

static bool parse_port(const char *text, uint16_t *port)
{
    long long number;
    bool good = vc_number(text, 1, UINT16_MAX, &number);
    *port = good ? (uint16_t)number : 0;
    return good;
}

/* Each --card-port is one more card slot, each --card what lies in the next one. */
static bool parse_slot(int option, const char *value, struct options *options)
{
    size_t *count = option == 'C' ? &options->card_port_count : &options->card_count;
    if (*count == VC_CARD_SLOTS_MAX)
        return false;
    if (option == 'C')
        return parse_port(value, &options->card_ports[(*count)++]);
    options->cards[(*count)++] = strcmp(value, "none") == 0 ? NULL : value;
    return true;
}

static bool parse_option(int option, const char *value, struct options *options)
{
    switch (option) {
    case 'p':
        options->files.personas = value;
        return true;
    case 'k':
        options->files.keys = value;
        return true;
    case 's':
        options->files.state = value;
        return true;
    case 'd':
        options->files.cards = value;
        return true;
    case 'P':
        options->files.psam = value;
        return true;
    case 'c':
        options->control = value;
        return true;
    case 'S':
        return parse_port(value, &options->sam_port);
    case 'C':
    case 'i':
        return parse_slot(option, value, options);
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
        {"cards", required_argument, NULL, 'd'},
        {"psam", required_argument, NULL, 'P'},
        {"control", required_argument, NULL, 'c'},
        {"card-port", required_argument, NULL, 'C'},
        {"sam-port", required_argument, NULL, 'S'},
        {"card", required_argument, NULL, 'i'},
        {"sam", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    int option;
    *options = (struct options){.card_ports = {35963}, .sam_port = 35964, .sam = true};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!parse_option(option, optarg, options))
            return false;
    if (options->card_port_count == 0)
        options->card_port_count = 1;
    return optind == argc && options->files.personas && options->files.keys && options->files.state &&
           options->control && options->card_count <= options->card_port_count;
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
    struct pollfd pollfds[VC_SLOTS_MAX + 2 + VC_CLIENTS_MAX];
    const size_t slots = bench->card_slot_count + 1;
    struct timespec left;
    while (!control->quit) {
        uint64_t due_us = vc_bench_prepare(bench, pollfds);
        pollfds[slots] = (struct pollfd){.fd = signals, .events = POLLIN};
        vc_control_prepare(control, pollfds + slots + 1);
        if (ppoll(pollfds, slots + 2 + VC_CLIENTS_MAX, time_left(due_us, &left), NULL) < 0) {
            if (errno == EINTR)
                continue;
            perror("citycard-vcard: poll");
            return EXIT_FAILURE;
        }
        if (pollfds[slots].revents)
            break;
        vc_bench_step(bench, pollfds);
        vc_control_step(control, pollfds + slots + 1, bench);
    }
    return EXIT_SUCCESS;
}

/* The cards to begin with; false when one of them is not there. */
static bool insert_first(struct vc_bench *bench, const struct options *options, char *error,
                         size_t error_size)
{
    for (size_t i = 0; i < options->card_count; i++) {
        const char *key = options->cards[i];
        struct vc_drawer *drawer = key ? vc_bench_find(bench, key) : NULL;
        if (key && (!drawer || drawer->slot)) {
            snprintf(error, error_size, "no card \"%s\"", key);
            return false;
        }
        if (drawer)
            vc_bench_insert(&bench->card_slots[i], drawer, 0);
    }
    return true;
}

static int serve(const struct options *options)
{
    static struct vc_bench bench;
    static struct vc_control control = {.listener = -1};
    char error[256] = "";
    int signals = open_signals(), status = EXIT_FAILURE;
    bool good = signals >= 0 && vc_bench_open(&bench, &options->files, error, sizeof(error));
    if (good)
        vc_bench_links(&bench, options->card_ports, options->card_port_count, options->sam_port);
    good = good && insert_first(&bench, options, error, sizeof(error));
    if (good && vc_control_open(&control, options->control, error, sizeof(error))) {
        vc_bench_sam(&bench, options->sam);
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
