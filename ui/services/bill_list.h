/* SPDX-License-Identifier: Apache-2.0 */
/** Bills of the card on the reader, and which of them are ticked. No GTK. */
#ifndef UI_BILL_LIST_H
#define UI_BILL_LIST_H

#include <stdbool.h>
#include "service/kiosk.h"

#define BILLS_HELD_MAX 200
#define BILLS_PAY_MAX  8 /* in one debit: PAYMENT_BILLS_MAX of kiosk/model/payment.h */

struct bill_list {
    bool known;
    bool away; /* what was known of this card's bills is too old to be shown: to be seen when online */
    struct kiosk_bill *items;
    bool *chosen;
    size_t count;
    int64_t asof_ms;
};

/** Copy the bills. A bill known before keeps its tick; of new ones, all up to BILLS_PAY_MAX are ticked. */
void bill_list_take(struct bill_list *list, const struct kiosk_bill *items, size_t count, int64_t asof_ms);
/** Is that what it has, whichever are ticked? */
bool bill_list_same(const struct bill_list *list, const struct kiosk_bill *items, size_t count, int64_t asof_ms);
size_t bill_list_chosen_count(const struct bill_list *list);
int64_t bill_list_chosen_fen(const struct bill_list *list);
int64_t bill_list_unpaid_fen(const struct bill_list *list);
/** Tick or untick; false when BILLS_PAY_MAX are ticked already. */
bool bill_list_choose(struct bill_list *list, size_t index, bool chosen);
/** NULL-terminated ids of the ticked bills, borrowed strings in a list for g_free(). */
const char **bill_list_chosen_ids(const struct bill_list *list);
/** Overwritten, then freed; nothing is known any more. */
void bill_list_clear(void *list);

#endif
