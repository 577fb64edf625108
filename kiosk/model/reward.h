/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What points and coins can be redeemed for: one dated list of a community, data with a version like its rules of credit. Pure; kiosk
 * and platform link the same file.
 */
#ifndef MODEL_REWARD_H
#define MODEL_REWARD_H

#include "model/book.h"

#define REWARDS_MAX 48

struct reward {
    char id[33]; /* the item that a redemption names: letters, digits, - and _ */
    char name_zh[64], name_en[64];
    char place_zh[64], place_en[64]; /* where it is handed over */
    enum book book;                  /* POINTS or COIN */
    int64_t price;                   /* of one: points, or minutes */
};
struct reward_list {
    char version[33];
    size_t count;
    struct reward rewards[REWARDS_MAX];
};
/** New reference. */
json_t *reward_list_to_json(const struct reward_list *list);
/** Strict: every member, nothing else, no item twice. */
bool reward_list_from_json(json_t *json, struct reward_list *out);

#endif
