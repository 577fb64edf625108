/* SPDX-License-Identifier: Apache-2.0 */
#include "bill_list.h"

#include <glib.h>
#include <openssl/crypto.h>
#include <string.h>

void bill_list_clear(void *data)
{
    struct bill_list *list = data;

    if (list->items != NULL)
        OPENSSL_cleanse(list->items, list->count * sizeof *list->items);
    g_free(list->items);
    g_free(list->chosen);
    *list = (struct bill_list){0};
}

/* Whether the person has taken the tick off this bill. */
static bool was_unticked(const struct bill_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return !list->chosen[i];
    return false;
}

bool bill_list_same(const struct bill_list *list, const struct kiosk_bill *items, size_t count, int64_t asof_ms)
{
    size_t held = MIN(count, BILLS_HELD_MAX);

    return list->known && list->count == held && list->away == (count == 0 && asof_ms == 0) &&
           (held == 0 || memcmp(list->items, items, held * sizeof *items) == 0);
}

void bill_list_take(struct bill_list *list, const struct kiosk_bill *items, size_t count, int64_t asof_ms)
{
    struct bill_list taken = {.known = true,
                              .away = count == 0 && asof_ms == 0,
                              .items = g_new0(struct kiosk_bill, MAX(MIN(count, BILLS_HELD_MAX), 1)),
                              .chosen = g_new0(bool, MAX(MIN(count, BILLS_HELD_MAX), 1)),
                              .count = MIN(count, BILLS_HELD_MAX),
                              .asof_ms = asof_ms};
    size_t ticked = 0;

    for (size_t i = 0; i < taken.count; i++) {
        memcpy(&taken.items[i], &items[i], sizeof items[i]); /* with its gaps: bill_list_same() */
        taken.chosen[i] = ticked < BILLS_PAY_MAX && !was_unticked(list, items[i].id);
        ticked += taken.chosen[i];
    }
    bill_list_clear(list);
    *list = taken;
}

size_t bill_list_chosen_count(const struct bill_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->chosen[i];
    return count;
}

static int64_t sum(const struct bill_list *list, bool chosen_only)
{
    int64_t fen = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->chosen[i] || !chosen_only)
            fen += list->items[i].amount_fen;
    return fen;
}

int64_t bill_list_chosen_fen(const struct bill_list *list)
{
    return sum(list, true);
}

int64_t bill_list_unpaid_fen(const struct bill_list *list)
{
    return sum(list, false);
}

bool bill_list_choose(struct bill_list *list, size_t index, bool chosen)
{
    g_assert(index < list->count);
    if (chosen && !list->chosen[index] && bill_list_chosen_count(list) >= BILLS_PAY_MAX)
        return false;
    list->chosen[index] = chosen;
    return true;
}

const char **bill_list_chosen_ids(const struct bill_list *list)
{
    const char **ids = g_new0(const char *, list->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->chosen[i])
            ids[count++] = list->items[i].id;
    return ids;
}
