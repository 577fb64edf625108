/* SPDX-License-Identifier: Apache-2.0 */
/** citycard-platform: the other end of sync for one community. */
#include "platform/commands/commands.h"
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void print_usage(FILE *out)
{
    fputs("Usage: citycard-platform COMMAND …\n\n", out);
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(out, "  %s %s\n      %s\n", command->name, command->arguments, command->about);
}

int main(int argc, char **argv)
{
    GError *error = NULL;

    setlocale(LC_ALL, "");
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, argv[1]) != 0)
            continue;
        if (command->run(argc - 1, argv + 1, &error))
            return 0;
        fprintf(stderr, "citycard-platform %s: %s\n", argv[1], error != NULL ? error->message : "failed");
        g_clear_error(&error);
        return 1;
    }
    print_usage(stderr);
    return 2;
}
