/* SPDX-License-Identifier: Apache-2.0 */
/** Pages of services and what they keep, for those who look at them from outside: other files of the same service, and tests. */
#ifndef UI_SERVICES_PAGES_H
#define UI_SERVICES_PAGES_H

#include "../ui.h"
#include "bill_list.h"
#include "rating.h"

extern const struct page_class page_orders, page_order_services, page_order_words, page_order_when, page_order_pay, page_order_confirm, page_order_placed,
    page_order_refused, page_order_mine, page_order, page_order_cancel, page_order_dispute, page_rate, page_rate_why, page_rate_thanks;
extern const struct page_class page_bills, page_confirm, page_wallet, page_me, page_notices, page_notice, page_activities,
    page_activity, page_companions, page_seat_cancel, page_seat_answer, page_volunteer, page_volunteer_done,
    page_points, page_rewards, page_reward, page_reward_done;

/** Bills of the card on the reader. */
struct bill_list *bills_of(struct ui *ui);
/** Pay what is ticked. */
void bills_pay(struct ui *ui);
/** Sign in to the service that is listed at `index`, or out. */
void volunteer_attend(struct ui *ui, size_t index);
/** Look at one of the rewards that are listed; redeem the one that is looked at. */
void points_choose(struct ui *ui, size_t index);
void points_redeem(struct ui *ui, size_t index);
/** Show one of the notices that are listed. */
void notices_open(struct ui *ui, size_t index);

#endif
