/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "printing.h"
#include "service.h"
#include "services/pages.h"

static void bills_n(struct stage *stage, size_t count)
{
    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, count);
}

static void bills_waiting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_settle(stage);
}

void scene_bills(struct stage *stage)
{
    bills_n(stage, 3);
    stage_settle(stage);
}

static void bills_many(struct stage *stage)
{
    bills_n(stage, 12);
}

static void bills_none(struct stage *stage)
{
    bills_n(stage, 0);
}

static void bills_looking_only(struct stage *stage)
{
    stage_status(stage, scene_offline_long);
    bills_n(stage, 3);
}

static void confirm(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
}

static void confirm_many(struct stage *stage)
{
    bills_n(stage, 8);
    flow_go(stage->ui, &page_confirm);
    stage_settle(stage);
}

static void pay(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_settle(stage);
}

static void pin(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL);
}

static void pin_wrong(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_PIN_WRONG, NULL);
    stage_press(stage, "1");
    stage_press(stage, "2");
}

static void working_removed(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
}

static void result(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
}

static void result_printed(struct stage *stage)
{
    result(stage);
    printing_ask(stage->ui, KIOSK_PRINT_RECEIPT, stage->ui->session.payment.id, NULL);
    stage_print(stage, true, "");
}

static void result_no_paper(struct stage *stage)
{
    result(stage);
    printing_ask(stage->ui, KIOSK_PRINT_RECEIPT, stage->ui->session.payment.id, NULL);
    stage_print(stage, false, "NO_PAPER");
}

static void result_recovered(struct stage *stage)
{
    struct kiosk_payment_event payment = {.phase = KIOSK_PAYMENT_CONFIRMED,
                                          .recovered = true,
                                          .amount_fen = 14052,
                                          .balance_after_fen = 1178,
                                          .id = "019a4d2e-7c00-7000-8000-000000000001",
                                          .receipt_no = "K0001-261104-0007"};

    stage_card(stage, PERSON_ADULT);
    stage_payment_full(stage, &payment);
}

static void doubt(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
}

static void ended(struct stage *stage, enum kiosk_payment_phase phase, const char *reason)
{
    pay(stage);
    stage_payment(stage, phase, reason);
}

static void low(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LOW, NULL);
}

static void limit_payment(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LIMIT, "LIMIT_PAYMENT");
}

static void limit_day(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LIMIT, "LIMIT_DAY");
}

static void not_now(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "NO_SAM");
}

static void records_wait(struct kiosk_status *status)
{
    status->store_ok = false;
    status->records = KIOSK_RECORDS_WAIT;
}

static void records_lost(struct kiosk_status *status)
{
    status->store_ok = false;
    status->records = KIOSK_RECORDS_LOST;
}

static void not_now_waits(struct stage *stage)
{
    stage_status(stage, records_wait);
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "JOURNAL_WAITS");
}

static void not_now_lost(struct stage *stage)
{
    stage_status(stage, records_lost);
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "JOURNAL_LOST");
}

static void failed(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_FAILED, "CARD");
}

static void failed_removed(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
    stage_payment(stage, KIOSK_PAYMENT_FAILED, "CARD_REMOVED");
}

static void void_recovered(struct stage *stage)
{
    struct kiosk_payment_event payment = {
        .phase = KIOSK_PAYMENT_VOID, .recovered = true, .amount_fen = 14052};

    stage_card(stage, PERSON_ADULT);
    stage_payment_full(stage, &payment);
}

static void voided(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_VOID, NULL);
}

static void other_card(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_OTHER_CARD, "OTHER_CARD");
}

static void elsewhere(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_ELSEWHERE, "BILL");
}

static void pin_blocked(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_PIN_BLOCKED, NULL);
}

static void card_lost(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_LOST);
}

static void card_expired(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_EXPIRED);
}

static void card_blocked(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_BLOCKED);
}

static void card_unknown(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_UNKNOWN);
}

static void card_unreadable(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_UNREADABLE);
}

static void card_two(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_TWO);
}

static void wallet(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_wallet);
    stage_settle(stage);
}

static void wallet_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
    flow_go(stage->ui, &page_wallet);
    stage_settle(stage);
}

static void statement(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 6, true);
}

static void statement_none(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 0, true);
}

static void statement_unread(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 1, false);
}

static void load(struct stage *stage)
{
    wallet(stage);
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_chosen(struct stage *stage)
{
    wallet(stage);
    *load_amount(stage->ui) = 10000;
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_little_room(struct stage *stage)
{
    stage_card(stage, PERSON_RICH);
    stage->ui->session.identity.balance_fen -= 9000;
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_full(struct stage *stage)
{
    stage_card(stage, PERSON_RICH);
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_offline(struct stage *stage)
{
    stage_status(stage, scene_offline);
    load(stage);
}

static void load_desk(struct stage *stage)
{
    load_chosen(stage);
    load_desk_enter(stage->ui);
    stage_settle(stage);
}

static void load_desk_staff(struct stage *stage)
{
    load_desk(stage);
    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
}

static void load_confirm(struct stage *stage)
{
    load_desk_staff(stage);
    stage_card(stage, PERSON_ADULT);
}

static void load_ends(struct stage *stage, enum kiosk_payment_phase phase, const char *reason)
{
    load_confirm(stage);
    load_put(stage->ui);
    stage_load(stage, phase, reason, false);
}

static void load_result(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
}

static void load_doubt(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
}

static void load_no_staff(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_NOT_NOW, "STAFF");
}

static void load_cap(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_LIMIT, "LOAD_CAP");
}

static void load_no_answer(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_FAILED, "NO_ANSWER");
}

static void load_void_recovered(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_load(stage, KIOSK_PAYMENT_VOID, NULL, true);
}

static void load_recovered(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_load(stage, KIOSK_PAYMENT_CONFIRMED, NULL, true);
}

const struct scene scenes_money[] = {
    {"bills-waiting", &page_bills, bills_waiting},
    {"bills", &page_bills, scene_bills},
    {"bills-many", &page_bills, bills_many},
    {"bills-none", &page_bills, bills_none},
    {"bills-looking-only", &page_bills, bills_looking_only},
    {"confirm", &page_confirm, confirm},
    {"confirm-many", &page_confirm, confirm_many},
    {"pin", &page_pin, pin},
    {"pin-wrong", &page_pin, pin_wrong},
    {"working", &page_working, pay},
    {"working-removed", &page_working, working_removed},
    {"result", &page_result, result},
    {"result-printed", &page_result, result_printed},
    {"result-no-paper", &page_result, result_no_paper},
    {"result-recovered", &page_result, result_recovered},
    {"doubt", &page_doubt, doubt},
    {"low", &page_message, low},
    {"limit-payment", &page_message, limit_payment},
    {"limit-day", &page_message, limit_day},
    {"not-now", &page_message, not_now},
    {"not-now-records-wait", &page_message, not_now_waits},
    {"not-now-records-lost", &page_message, not_now_lost},
    {"failed", &page_message, failed},
    {"failed-removed", &page_message, failed_removed},
    {"void", &page_message, voided},
    {"void-recovered", &page_message, void_recovered},
    {"other-card", &page_message, other_card},
    {"elsewhere", &page_message, elsewhere},
    {"pin-blocked", &page_message, pin_blocked},
    {"card-lost", &page_message, card_lost},
    {"card-expired", &page_message, card_expired},
    {"card-blocked", &page_message, card_blocked},
    {"card-unknown", &page_message, card_unknown},
    {"card-unreadable", &page_message, card_unreadable},
    {"card-two", &page_message, card_two},
    {"wallet", &page_wallet, wallet},
    {"wallet-visitor", &page_wallet, wallet_visitor},
    {"statement", &page_statement, statement},
    {"statement-none", &page_statement, statement_none},
    {"statement-unread", &page_statement, statement_unread},
    {"load", &page_load, load},
    {"load-chosen", &page_load, load_chosen},
    {"load-little-room", &page_load, load_little_room},
    {"load-full", &page_load, load_full},
    {"load-offline", &page_load, load_offline},
    {"load-desk", &page_load_desk, load_desk},
    {"load-desk-staff", &page_load_desk, load_desk_staff},
    {"load-confirm", &page_load_confirm, load_confirm},
    {"load-result", &page_result, load_result},
    {"load-doubt", &page_doubt, load_doubt},
    {"load-no-staff", &page_message, load_no_staff},
    {"load-cap", &page_message, load_cap},
    {"load-no-answer", &page_message, load_no_answer},
    {"load-void-recovered", &page_message, load_void_recovered},
    {"load-recovered", &page_result, load_recovered},
    {NULL}};
