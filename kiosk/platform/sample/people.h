/* SPDX-License-Identifier: Apache-2.0 */
/** Inner side of people.c and homes.c: a block's people in pools by sex and age, until each has a household. */
#ifndef PLATFORM_PEOPLE_H
#define PLATFORM_PEOPLE_H

#include "platform/sample/community.h"
#include "platform/sample/rng.h"

#define AGE_MAX   110
#define HOME_SIZE 7 /* the largest household that is planned */

struct maker {
    struct community *community;
    struct rng rng;
    GArray *pool[2][AGE_MAX + 1];  /* of int: people without a household, by sex and age */
    unsigned left;
    unsigned homes[HOME_SIZE + 1]; /* households still to be made, by size */
};

/** Back to those without a household. */
void people_to_pool(struct maker *maker, int person);
/** Somebody of this sex as near to `wanted` years as there is, within [low, high]; −1: nobody. */
int people_take(struct maker *maker, char sex, int wanted, int low, int high);
int people_take_any(struct maker *maker, int wanted, int low, int high);

/** How many households of each size a block of `people` behind `first` has: the shares hold over all blocks. */
void homes_plan(struct maker *maker, unsigned first, unsigned people);
int homes_open(struct maker *maker);
void homes_join(struct maker *maker, int household, int person); /* −1: nobody */
/** A household of this size was made that is not of the plan's making. */
void homes_count(struct maker *maker, unsigned size);
/** All who are in the pools, into what is planned. */
void homes_make(struct maker *maker);

#endif
