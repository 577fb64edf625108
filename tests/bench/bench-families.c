/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands and bytes that a card of each family costs, counted on its virtual card: identity and balance, asked for the first
 * time and once this reader knows its neighbourhood; then everything. Beside it the commands that NFSee, the open-source reader
 * that knows most of these families, sends until it has the same fields, counted from the order its source asks in (file 04,
 * DESFire, Shenzhen, Wuhan, Lingnan, T-Money, Suzhou, Macau twice, CityUnion, T-Union; for Wuhan's older layout two files
 * more than it reads). Prints one JSON line for `tests/run
 * bench`: the ratio for T-Union when nothing is known, and the worst of all once the reader has
 * adapted. That may be above 1: a card that may carry T-Union too is asked for it first, whatever it costs, for it must be the same
 * person's at every kiosk.
 */
#include "channel.h"
#include "citycard.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *file;
    unsigned reference; /* commands of the other reader, 0: it does not know the family */
};

static const struct row rows[] = {
    {"t-union", 12}, {"community", 0}, {"cityunion", 11}, {"changsha", 11}, {"chongqing", 13}, {"tsinghua", 5},
    {"beijing", 3},  {"shenzhen", 4},  {"wuhan", 7},      {"lingnan", 7},   {"suzhou", 8},     {"macau", 9},
    {"ssse", 0},     {"dual", 12},     {"storage", 0},    {"unknown-iso", 0},
};

struct cost {
    unsigned commands;
    size_t bytes;
    enum cc_family family;
};

static struct cost read_card(const char *folder, const char *file, unsigned what, struct cc_history *history)
{
    char path[4096], error[200];
    static struct vc_loaded loaded;
    struct cc_channel channel;
    struct cc_port port;
    static struct cc_card card;
    snprintf(path, sizeof path, "%s/%s.json", folder, file);
    if (!vc_channel_load(&loaded, path, &channel, error, sizeof error)) {
        fprintf(stderr, "bench-families: %s\n", error);
        exit(1);
    }
    cc_port_init(&port, &channel);
    port.history = history;
    int result = cc_card_read(&port, what, &card);
    if (result < 0) {
        fprintf(stderr, "bench-families: %s: %s\n", file, cc_result_name(result));
        exit(1);
    }
    return (struct cost){port.commands, port.bytes, card.family};
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    double worst = 0, t_union = 0;
    fprintf(stderr, "%-12s %-16s %9s %9s %9s %9s\n", "card", "family", "first", "adapted", "all", "NFSee");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct cost first = read_card(argv[1], row->file, CC_READ_BALANCE, NULL);
        struct cc_history history = {0};
        for (unsigned tap = 0; tap < 100; tap++)
            read_card(argv[1], row->file, 0, &history);
        struct cost adapted = read_card(argv[1], row->file, CC_READ_BALANCE, &history);
        struct cost all = read_card(argv[1], row->file, CC_READ_ALL, &history);
        fprintf(stderr, "%-12s %-16s %3u/%5zu %3u/%5zu %3u/%5zu %9u\n", row->file, cc_family_name(first.family), first.commands,
                first.bytes, adapted.commands, adapted.bytes, all.commands, all.bytes, row->reference);
        double ratio = row->reference > 0 ? (double)adapted.commands / row->reference : 0;
        worst = ratio > worst ? ratio : worst;
        if (i == 0)
            t_union = (double)first.commands / row->reference;
    }
    fprintf(stderr, "commands/bytes both ways; first: nothing known; adapted: the reader has seen this family most\n");
    printf("{\"bench\": \"families\", \"worst_adapted\": %.3f, \"ratio\": %.3f, \"bar\": 1.00}\n", worst, t_union);
    return 0;
}
