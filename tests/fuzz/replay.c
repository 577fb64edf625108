/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of a folder, and over each file cut at every length: an ordinary test program. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX 65536

static int run_file(const char *folder, const char *name)
{
    char path[4096];
    static uint8_t input[INPUT_MAX];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return -1;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    size_t len = fread(input, 1, sizeof input, file);
    int failed = ferror(file);
    fclose(file);
    if (failed)
        return -1;
    for (size_t cut = 0; cut <= len; cut++) {
        uint8_t *exact = malloc(cut > 0 ? cut : 1); /* so that a sanitizer sees one byte too many */
        if (!exact)
            return -1;
        memcpy(exact, input, cut);
        LLVMFuzzerTestOneInput(exact, cut);
        free(exact);
    }
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    unsigned files = 0;
    int failed = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        failed |= run_file(argv[1], entry->d_name);
        files += 1;
    }
    closedir(folder);
    printf("%u inputs\n", files);
    return failed || files == 0;
}
