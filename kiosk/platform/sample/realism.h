/* SPDX-License-Identifier: Apache-2.0 */
/** Is a sample believable? Figures of its people and their year, each with the bounds that it has to keep. Block by block, without a database. */
#ifndef PLATFORM_REALISM_H
#define PLATFORM_REALISM_H

#include "platform/sample/year.h"

struct realism_figure {
    char name[64];
    int64_t value, low, high; /* shares in thousandths or hundred thousandths, as the name says */
};

struct realism;
struct realism *realism_new(const struct community_options *options, const struct credit_rules *rules);
/** `acts` NULL: no year. Blocks in any order, each once. */
void realism_add(struct realism *realism, const struct community *block, const GArray *acts);
/** GArray of struct realism_figure. Bounds are those of a hundred thousand; fewer people may be further off by chance. */
GArray *realism_figures(struct realism *realism);
void realism_free(struct realism *realism);

/** All of it: makes every block. GArray of struct realism_figure, NULL with error. */
GArray *realism_check(const struct community_options *options, const struct credit_rules *rules, GError **error);
bool realism_holds(const struct realism_figure *figure);

#endif
