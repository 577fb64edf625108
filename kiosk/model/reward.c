/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reward.h"
#include "model/strict.h"

#include <string.h>

#define PRICE_MAX 1000000
#define ID_SIGNS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

json_t *reward_list_to_json(const struct reward_list *list)
{
    json_t *rewards = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct reward *it = &list->rewards[i];

        if (json_array_append_new(rewards, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "id", it->id, "name_zh", it->name_zh,
                                                     "name_en", it->name_en, "place_zh", it->place_zh, "place_en", it->place_en,
                                                     "book", book_name(it->book), "price", (json_int_t)it->price)) != 0) {
            json_decref(rewards);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o}", "version", list->version, "rewards", rewards);
}

/* One line of text of people. */
static void line_take(struct strict *r, const char *key, size_t min, char *out, size_t out_size)
{
    json_t *value = strict_take(r, key);
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);

    out[0] = '\0';
    if (text == NULL || strlen(text) != len || len < min || len >= out_size) {
        r->ok = false;
        return;
    }
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (g_unichar_iscntrl(g_utf8_get_char(p)))
            r->ok = false;
    g_strlcpy(out, text, out_size);
}

static bool reward_read(json_t *json, struct reward *out)
{
    static const char *const BOOKS_REDEEMED[] = {"POINTS", "COIN"};
    struct strict r = strict_open(json);

    strict_text(&r, "id", 1, out->id, sizeof out->id);
    line_take(&r, "name_zh", 1, out->name_zh, sizeof out->name_zh);
    line_take(&r, "name_en", 0, out->name_en, sizeof out->name_en);
    line_take(&r, "place_zh", 0, out->place_zh, sizeof out->place_zh);
    line_take(&r, "place_en", 0, out->place_en, sizeof out->place_en);
    out->book = strict_name(&r, "book", BOOKS_REDEEMED, G_N_ELEMENTS(BOOKS_REDEEMED)) == 0 ? BOOK_POINTS : BOOK_COIN;
    out->price = strict_int(&r, "price", 1, PRICE_MAX);
    return strict_done(&r) && strspn(out->id, ID_SIGNS) == strlen(out->id);
}

static bool listed(const struct reward_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rewards[i].id, id) == 0)
            return true;
    return false;
}

bool reward_list_from_json(json_t *json, struct reward_list *out)
{
    struct strict r = strict_open(json);
    json_t *rewards, *one;
    size_t i;

    memset(out, 0, sizeof *out);
    strict_text(&r, "version", 1, out->version, sizeof out->version);
    rewards = strict_take(&r, "rewards");
    if (!json_is_array(rewards) || json_array_size(rewards) > REWARDS_MAX || !strict_done(&r))
        return false;
    json_array_foreach(rewards, i, one)
    {
        struct reward reward;

        if (!reward_read(one, &reward) || listed(out, reward.id))
            return false;
        out->rewards[out->count++] = reward;
    }
    return true;
}
