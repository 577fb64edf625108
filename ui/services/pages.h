/* SPDX-License-Identifier: Apache-2.0 */
/** Pages of services and what they keep, for those who look at them from outside: other files of the same service, and tests. */
#ifndef UI_SERVICES_PAGES_H
#define UI_SERVICES_PAGES_H

#include "../ui.h"
#include "bill_list.h"
#include "rating.h"

extern const struct page_class page_orders, page_order_services, page_order_words, page_order_when, page_order_pay, page_order_confirm, page_order_placed,
    page_order_refused, page_order_mine, page_order, page_order_cancel, page_order_dispute, page_rate, page_rate_why, page_rate_thanks;
extern const struct page_class page_tickets, page_ticket_danger, page_ticket_where, page_ticket_street, page_ticket_similar, page_ticket_joined,
    page_ticket_more, page_ticket_filed, page_ticket_refused, page_ticket_mine, page_ticket, page_ticket_withdraw, page_ticket_deny;
extern const struct page_class page_prints, page_receipts, page_receipt, page_certificates, page_certificate;
extern const struct page_class page_bills, page_confirm, page_wallet, page_statement, page_load,
    page_load_desk, page_load_confirm, page_me, page_notices, page_notice, page_activities,
    page_activity, page_companions, page_seat_cancel, page_seat_answer, page_volunteer, page_volunteer_done, page_volunteer_adhoc, page_volunteer_skills, page_volunteer_pledge,
    page_volunteer_guardian, page_volunteer_joined, page_volunteer_hours, page_volunteer_dispute, page_volunteer_noted,
    page_questions, page_question, page_question_sent, page_points, page_rewards, page_reward, page_reward_done, page_settings;
extern const struct page_class page_practice, page_practice_away, page_lesson, page_learnt;

/** Bills of the card on the reader. */
struct bill_list *bills_of(struct ui *ui);
/** Ask for the card's last movements, and show them. */
void statement_enter(struct ui *ui);
/** What a movement was: "Added", "Bills paid" …; borrowed. */
const char *statement_what(const struct kiosk_movement *line);
/** For the service's event(). */
void statement_event(struct ui *ui, const struct kiosk_event *event);
/** Money onto the card: how much, then the desk. */
void load_enter(struct ui *ui);
/** It is paid at the desk; staff have taken it: onto the card that lies there. */
void load_desk_enter(struct ui *ui);
void load_put(struct ui *ui);
/** So much is wanted, in fen; 0: nothing was chosen. */
int64_t *load_amount(struct ui *ui);
/** Pay what is ticked. */
void bills_pay(struct ui *ui);
/** Sign in to the service that is listed at `index`, or out. */
void volunteer_attend(struct ui *ui, size_t index);
/** Look at one of the rewards that are listed; redeem the one that is looked at. */
void points_choose(struct ui *ui, size_t index);
void points_redeem(struct ui *ui, size_t index);
/** Show the answer to the question of this id; nothing when it is not there. */
void questions_open(struct ui *ui, const char *id);
/** Show one of the notices that are listed. */
void notices_open(struct ui *ui, size_t index);
/** All of them. */
void notices_enter(struct ui *ui);

#endif
