/* SPDX-License-Identifier: Apache-2.0 */
/* Paying bills from the card's purse: what is bought, whether it may be, and one DEBIT. */
#include "service/wallet.h"
#include "model/limits.h"

#include <string.h>
#include <time.h>

/* SV and F08 limits hold while the platform cannot be asked. NULL: none is passed. The age of the hotlist is the ladder's. */
static const char *limit_passed(struct kiosk *kiosk, int64_t amount_fen, GError **error)
{
    const struct kiosk_config *config = kiosk->config;
    const struct limits limits = {.payment = config->offline_payment_fen_max,
                                  .card_day = config->offline_card_day_fen_max,
                                  .stored_sum = config->offline_total_fen_max,
                                  .stored_count = config->offline_count_max,
                                  .hotlist_age_ms = -1,
                                  .offline_ms = -1};
    struct store_usage usage = {0};
    int64_t day_ms = ms_of_date(date_of_ms(health_now_ms(kiosk)));

    if (health_ladder(kiosk) == LADDER_FULL)
        return NULL;
    if (!store_usage(kiosk->store, kiosk->session.card.card_number, day_ms, &usage, error))
        return "STORE";
    const struct limit_facts facts = {.amount = amount_fen,
                                      .card_day = usage.card_day_fen,
                                      .stored_sum = usage.unacknowledged_fen,
                                      .stored_count = usage.unacknowledged_count};
    enum limit_reason reason = limits_check(&limits, &facts);
    return reason == LIMIT_NONE ? NULL : limit_reason_name(reason);
}

/* Take the bills into the payment; false when one of them is no longer to be paid or there are too many. */
static bool bills_take(struct kiosk *kiosk, struct payment *payment, char **bill_ids, int64_t *total_fen)
{
    *total_fen = 0;
    for (size_t i = 0; bill_ids[i] != NULL; i++) {
        int64_t amount_fen = store_bill_open_fen(kiosk->store, kiosk->session.token, bill_ids[i]);
        if (amount_fen <= 0 || i >= PAYMENT_BILLS_MAX)
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(bill_ids[i], bill_ids[j]) == 0)
                return false;
        g_strlcpy(payment->bills[i].id, bill_ids[i], sizeof payment->bills[i].id);
        payment->bills[i].amount_fen = amount_fen;
        payment->bill_count = i + 1;
        *total_fen += amount_fen;
    }
    return payment->bill_count > 0;
}

static bool may_pay(struct kiosk *kiosk, struct payment *payment, char **bill_ids, int64_t *total_fen)
{
    g_autoptr(GError) error = NULL;
    const char *reason;

    if (!wallet_gates(kiosk))
        return false;
    if (!bills_take(kiosk, payment, bill_ids, total_fen))
        wallet_tell(kiosk, KIOSK_PAYMENT_ELSEWHERE, NULL, "BILL");
    else if ((reason = limit_passed(kiosk, *total_fen, &error)) != NULL)
        wallet_tell(kiosk, KIOSK_PAYMENT_LIMIT, NULL, reason);
    else
        return true;
    return false;
}

static struct cc_time local_time(int64_t wall_ms)
{
    time_t seconds = wall_ms / 1000 + 8 * 3600; /* +08:00, the terminal's time zone on cards and receipts */
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return (struct cc_time){.year = (unsigned)tm.tm_year + 1900, .month = (unsigned)tm.tm_mon + 1,
                            .day = (unsigned)tm.tm_mday, .hour = (unsigned)tm.tm_hour,
                            .minute = (unsigned)tm.tm_min, .second = (unsigned)tm.tm_sec};
}

/* Prepare, and make the intent durable. True when DEBIT may be sent. */
static bool intend(struct kiosk *kiosk, struct cc_port *port, struct payment *payment, int64_t total_fen, const char *pin)
{
    struct cc_time now = local_time(health_now_ms(kiosk));
    int result = cc_purchase_prepare(port, &kiosk->sam.sam, &kiosk->session.card, (uint32_t)total_fen, &now, pin,
                                     &payment->purchase);
    if (result != CC_OK) {
        wallet_tell_not_prepared(kiosk, port, result, total_fen);
        return false;
    }
    payment->at_ms = health_now_ms(kiosk);
    payment->online = health_online(kiosk);
    uuid7(payment->at_ms, payment->id);
    payment->purchase.state = CC_PURCHASE_SENT;
    return wallet_commit(kiosk, payment);
}

static void pay_on_card(struct kiosk *kiosk, struct payment *payment, int64_t total_fen, const char *pin)
{
    struct hall_card card = {0};
    struct cc_port port;
    bool in_doubt = false;

    int result = worker_card_open(kiosk, &card, &port);
    if (result != CC_OK) {
        wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, cc_result_name(result));
        return;
    }
    /* An older doubt of this card comes first, and whatever it ends as is all that this request does. */
    if (wallet_recover(kiosk, &port, pin) == WALLET_DOUBT_NONE && intend(kiosk, &port, payment, total_fen, pin))
        in_doubt =
            !wallet_outcome(kiosk, payment, cc_purchase_debit(&port, &kiosk->sam.sam, &payment->purchase));
    worker_card_close(kiosk, &card, pin != NULL);
    if (in_doubt)
        doubt_ask_again(kiosk, payment);
}

void wallet_pay(struct kiosk *kiosk, char **bill_ids, const char *pin)
{
    struct payment *payment = payment_new();
    int64_t total_fen = 0;

    if (bill_ids != NULL && may_pay(kiosk, payment, bill_ids, &total_fen)) {
        wallet_tell(kiosk, KIOSK_PAYMENT_WORKING, NULL, NULL);
        pay_on_card(kiosk, payment, total_fen, pin);
    }
    payment_free(payment);
}
