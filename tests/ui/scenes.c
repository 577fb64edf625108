/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"
#include "flow.h"
#include "shell.h"

static void offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_OFFLINE_LIMITS;
}

static void offline_long(struct kiosk_status *status)
{
    offline(status);
    status->allowed = KIOSK_ALLOWED_READING;
}

static void no_reader(struct kiosk_status *status)
{
    status->reader = KIOSK_READER_NONE;
}

static void no_service_no_sam(struct kiosk_status *status)
{
    offline(status);
    status->reader = KIOSK_READER_NO_SERVICE;
    status->sam_ready = false;
}

static void idle(struct stage *stage)
{
    stage_status(stage, NULL);
}

static void idle_offline(struct stage *stage)
{
    stage_status(stage, offline);
}

static void idle_no_reader(struct stage *stage)
{
    stage_status(stage, no_reader);
}

static void idle_much_trouble(struct stage *stage)
{
    stage_status(stage, no_service_no_sam);
}

static void greeting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
}

static void greeting_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
}

static void home(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_bills(stage, 3);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void home_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void bills_n(struct stage *stage, size_t count)
{
    stage_card(stage, PERSON_ADULT);
    flow_bills(stage->ui);
    stage_bills(stage, count);
}

static void bills_waiting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_bills(stage->ui);
    stage_settle(stage);
}

static void bills(struct stage *stage)
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
    stage_status(stage, offline_long);
    bills_n(stage, 3);
}

static void confirm(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
}

static void confirm_many(struct stage *stage)
{
    bills_n(stage, 8);
    flow_go(stage->ui, PAGE_CONFIRM);
    stage_settle(stage);
}

static void pay(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
    flow_pay(stage->ui);
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
    flow_print(stage->ui);
    stage_print(stage, true, "");
}

static void result_no_paper(struct stage *stage)
{
    result(stage);
    flow_print(stage->ui);
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
    flow_go(stage->ui, PAGE_WALLET);
    stage_settle(stage);
}

static void notices(struct stage *stage)
{
    stage_notices(stage, 9);
    flow_notices(stage->ui);
    stage_settle(stage);
}

static void notices_none(struct stage *stage)
{
    stage_notices(stage, 0);
    flow_notices(stage->ui);
    stage_settle(stage);
}

static void notice(struct stage *stage)
{
    notices(stage);
    flow_notice(stage->ui, 0);
    stage_settle(stage);
}

static void help(struct stage *stage)
{
    home(stage);
    flow_help(stage->ui);
    stage_settle(stage);
}

static void contrast(struct stage *stage)
{
    bills(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void contrast_home(struct stage *stage)
{
    home(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void still_there(struct stage *stage)
{
    home(stage);
    shell_warn(stage->ui->shell, 17);
    stage_settle(stage);
}

static void goodbye_take_card(struct stage *stage)
{
    home(stage);
    flow_end(stage->ui);
    stage_settle(stage);
}

static void goodbye(struct stage *stage)
{
    home(stage);
    stage_card_removed(stage);
}

const struct scene scenes[] = {
    {"idle", PAGE_IDLE, idle},
    {"idle-offline", PAGE_IDLE, idle_offline},
    {"idle-no-reader", PAGE_IDLE, idle_no_reader},
    {"idle-much-trouble", PAGE_IDLE, idle_much_trouble},
    {"greeting", PAGE_GREETING, greeting},
    {"greeting-visitor", PAGE_GREETING, greeting_visitor},
    {"home", PAGE_HOME, home},
    {"home-visitor", PAGE_HOME, home_visitor},
    {"bills-waiting", PAGE_BILLS, bills_waiting},
    {"bills", PAGE_BILLS, bills},
    {"bills-many", PAGE_BILLS, bills_many},
    {"bills-none", PAGE_BILLS, bills_none},
    {"bills-looking-only", PAGE_BILLS, bills_looking_only},
    {"confirm", PAGE_CONFIRM, confirm},
    {"confirm-many", PAGE_CONFIRM, confirm_many},
    {"pin", PAGE_PIN, pin},
    {"pin-wrong", PAGE_PIN, pin_wrong},
    {"working", PAGE_WORKING, pay},
    {"working-removed", PAGE_WORKING, working_removed},
    {"result", PAGE_RESULT, result},
    {"result-printed", PAGE_RESULT, result_printed},
    {"result-no-paper", PAGE_RESULT, result_no_paper},
    {"result-recovered", PAGE_RESULT, result_recovered},
    {"doubt", PAGE_DOUBT, doubt},
    {"low", PAGE_MESSAGE, low},
    {"limit-payment", PAGE_MESSAGE, limit_payment},
    {"limit-day", PAGE_MESSAGE, limit_day},
    {"not-now", PAGE_MESSAGE, not_now},
    {"not-now-records-wait", PAGE_MESSAGE, not_now_waits},
    {"not-now-records-lost", PAGE_MESSAGE, not_now_lost},
    {"failed", PAGE_MESSAGE, failed},
    {"failed-removed", PAGE_MESSAGE, failed_removed},
    {"void", PAGE_MESSAGE, voided},
    {"void-recovered", PAGE_MESSAGE, void_recovered},
    {"other-card", PAGE_MESSAGE, other_card},
    {"elsewhere", PAGE_MESSAGE, elsewhere},
    {"pin-blocked", PAGE_MESSAGE, pin_blocked},
    {"card-lost", PAGE_MESSAGE, card_lost},
    {"card-expired", PAGE_MESSAGE, card_expired},
    {"card-blocked", PAGE_MESSAGE, card_blocked},
    {"card-unknown", PAGE_MESSAGE, card_unknown},
    {"card-unreadable", PAGE_MESSAGE, card_unreadable},
    {"card-two", PAGE_MESSAGE, card_two},
    {"wallet", PAGE_WALLET, wallet},
    {"notices", PAGE_NOTICES, notices},
    {"notices-none", PAGE_NOTICES, notices_none},
    {"notice", PAGE_NOTICE, notice},
    {"help", PAGE_HELP, help},
    {"contrast", PAGE_BILLS, contrast},
    {"contrast-home", PAGE_HOME, contrast_home},
    {"still-there", PAGE_HOME, still_there},
    {"goodbye-take-card", PAGE_GOODBYE, goodbye_take_card},
    {"goodbye", PAGE_GOODBYE, goodbye},
};
const size_t scene_count = G_N_ELEMENTS(scenes);
