/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_INIT_H
#define PLATFORM_INIT_H

#include "platform/platform.h"

struct init_options {
    const char *data_dir;
    unsigned residents;
    uint64_t seed;
    uint32_t today;
    bool year;                               /* twelve months of what they did, too */
    const char *dirty_report;                /* NULL: clean; else this file is told which row has what of dirty.h */
    const char *personas_file, *keys_file; /* NULL: without personas; keys are needed */
    const char *hsm;                       /* URI of the token that has the purse keys; NULL: they come from keys_file */
    const char *rules_file;                /* of volunteer credit; NULL: the sample's */
    const char *const *hosts;              /* NULL-terminated */
    const char *database;                  /* libpq's connection string; NULL: a file in the data folder */
};

/** Make the data folder: authority, keys, database with the sample community, bills, notices and the first hotlist. */
bool platform_init(const struct init_options *options, GError **error);

/** What realism.h says of the sample that these options make, by their rules and personas. GArray of struct realism_figure; NULL with error. */
GArray *sample_check(const struct init_options *options, GError **error);

#endif
