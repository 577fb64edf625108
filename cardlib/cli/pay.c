/* SPDX-License-Identifier: Apache-2.0 */
/* citycard pay and citycard resume. What they share with load is drawn in till.c. */
#include "cli.h"

#include <string.h>
#include <time.h>

static bool local_time(struct cc_time *out)
{
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL)
        return false;
    *out =
        (struct cc_time){(unsigned)local.tm_year + 1900, (unsigned)local.tm_mon + 1, (unsigned)local.tm_mday,
                         (unsigned)local.tm_hour,        (unsigned)local.tm_min,     (unsigned)local.tm_sec};
    return true;
}

static int prepare_purchase(struct till *till, const char *pin, struct transaction *out)
{
    struct cc_time now;
    uint32_t amount_fen = 0;
    if (!local_time(&now) || !parse_amount(till->options, &amount_fen))
        return CC_ERR_SYSTEM;
    out->kind = TRANSACTION_PURCHASE;
    return cc_purchase_prepare(&till->card_seat.port, &till->sam, &till->card, amount_fen, &now, pin,
                               &out->purchase);
}

static int debit(struct till *till, struct transaction *transaction)
{
    return cc_purchase_debit(&till->card_seat.port, &till->sam, &transaction->purchase);
}

static int no_sam(const struct options *options)
{
    return report(options, (struct problem){"SAM",
                                            options->sam != NULL
                                                ? "The slot of --sam holds no security module (PSAM)"
                                                : "No slot holds the operator's security module (PSAM)",
                                            "put it in, or see \"citycard readers\"", EXIT_ABSENT});
}

static int pay(struct till *till)
{
    uint32_t amount_fen = 0;
    if (!parse_amount(till->options, &amount_fen))
        return wrong_usage(till->options, "pay takes the amount in fen, 1 to 1000000, digits only");
    /* The PSAM first: while the card's transaction runs, asking other slots would have to wait for it. */
    int result = open_sam(till->options, &till->sam_seat, &till->sam);
    if (result == CC_ERR_SAM && till->sam_seat.link == NULL)
        return no_sam(till->options);
    if (result != CC_OK)
        return report_result(till->options, result);
    till->usable_sam = &till->sam;
    int code = till_read_card(till);
    bool done = false;
    if (code == EXIT_OK)
        code = till_settle_before(till, TRANSACTION_PURCHASE, amount_fen, &done);
    if (code != EXIT_OK || done)
        return code;
    code = till_check_card(till);
    struct transaction transaction = {.kind = TRANSACTION_PURCHASE};
    if (code == EXIT_OK)
        code = till_prepare(till, prepare_purchase, &transaction);
    return code == EXIT_OK ? till_commit(till, debit, &transaction) : code;
}

static int nothing_to_resume(struct till *till)
{
    char other[CC_CARD_NUMBER_SIZE], message[128];
    if (recovery_any(till->dir, other)) {
        snprintf(message, sizeof message, "Nothing is open for this card, but for card %s", other);
        return report(till->options, (struct problem){cc_result_name(CC_OTHER_CARD), message,
                                                      "put that card on", EXIT_REFUSED});
    }
    if (till->options->json)
        return print_json(json_pack("{s:s}", "result", "nothing-to-resume"));
    puts("Nothing to resume: no payment or load of this card was interrupted.");
    return finish_output();
}

static int resume(struct till *till)
{
    /* Without a PSAM the card's proof and log must do: do not wait for one. */
    struct options at_once = *till->options;
    at_once.wait_ms = 0;
    if (open_sam(&at_once, &till->sam_seat, &till->sam) == CC_OK)
        till->usable_sam = &till->sam;
    int code = till_read_card(till);
    if (code != EXIT_OK)
        return code;
    bool any = false;
    for (int kind = 0; kind < TRANSACTION_KINDS; kind++) {
        struct transaction transaction;
        bool found;
        code = till_settle(till, (enum transaction_kind)kind, &transaction, &found);
        if (code == EXIT_OK && found)
            code = till_hand_out(till, &transaction, true, false);
        if (code != EXIT_OK)
            return code;
        any |= found;
    }
    return any ? EXIT_OK : nothing_to_resume(till);
}

int command_pay(const struct options *options)
{
    return till_run(options, pay);
}

int command_resume(const struct options *options)
{
    return till_run(options, resume);
}
