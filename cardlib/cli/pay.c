/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard pay and citycard resume.
 *
 *      PSAM and card open
 *        │
 *      a file of this card? ── yes ──► settle it: proof, log, counter
 *        │ no                             │                     │
 *        │ ◄── not charged, or another ───┘                     └─► charged, same amount: its receipt, end
 *        ▼     amount (its receipt first)
 *      prepare, PIN when the card wants it; nothing has changed on the card
 *        ▼
 *      intent on disk (SENT) ── cannot be written ──► nothing is charged, end
 *        ▼   from here on no signal ends the program
 *      debit ─┬─ declined ──► file removed, exit 1
 *        │    └─ in doubt ──► file stays, exit 5; the next pay or resume settles it
 *        ▼
 *      confirmed on disk ──► receipt written ──► file removed
 *
 * A receipt that could not be written leaves its file behind, and resume writes it again.
 */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct till {
    const struct options *options;
    char dir[PATH_SIZE];
    struct seat card_seat, sam_seat;
    struct cc_card card;
    struct cc_sam sam;
    struct cc_sam *usable_sam; /* NULL: resume without a PSAM */
    bool pin_verified;
};

/* ---- Receipts ---------------------------------------------------------------------------------------------------- */

/* The number that the card's log shows for it: INIT tells the counter before the increment. */
static unsigned log_counter(const struct cc_purchase *purchase)
{
    return (purchase->counter + 1u) & 0xFFFF;
}

static uint32_t balance_after(const struct cc_purchase *purchase)
{
    bool charged =
        purchase->state == CC_PURCHASE_CONFIRMED && purchase->balance_before_fen >= purchase->amount_fen;
    return purchase->balance_before_fen - (charged ? purchase->amount_fen : 0);
}

static json_t *receipt_json(const struct cc_purchase *purchase, bool recovered)
{
    char date[DATE_SIZE], time[TIME_SIZE];
    date_bcd_text(purchase->date_bcd, date);
    time_bcd_text(purchase->time_bcd, time);
    json_t *object = json_object();
    json_object_set_new(object, "result", json_string(cc_purchase_state_name(purchase->state)));
    json_object_set_new(object, "recovered", json_boolean(recovered));
    json_object_set_new(object, "card_number", json_text(purchase->card_number));
    json_object_set_new(object, "amount_fen", json_integer(purchase->amount_fen));
    json_object_set_new(object, "balance_before_fen", json_integer(purchase->balance_before_fen));
    json_object_set_new(object, "balance_after_fen", json_integer(balance_after(purchase)));
    json_object_set_new(object, "terminal", json_hex(purchase->terminal, sizeof purchase->terminal));
    json_object_set_new(object, "terminal_serial", json_integer(purchase->terminal_serial));
    json_object_set_new(object, "counter", json_integer(log_counter(purchase)));
    json_object_set_new(object, "tac",
                        purchase->has_tac ? json_hex(purchase->tac, sizeof purchase->tac) : json_null());
    /* Recovered by the log, the order of the proof's halves is only assumed. */
    json_object_set_new(object, "tac_verified",
                        json_boolean(purchase->has_tac && (purchase->evidence == CC_EVIDENCE_MAC2 ||
                                                           purchase->evidence == CC_EVIDENCE_TAC)));
    json_object_set_new(object, "evidence", json_string(cc_evidence_name(purchase->evidence)));
    json_object_set_new(object, "date", json_string(date));
    json_object_set_new(object, "time", json_string(time));
    return object;
}

static void print_receipt(const struct cc_purchase *purchase, bool recovered)
{
    char amount[16], before[16], after[16], terminal[13], tac[9], date[DATE_SIZE], time[TIME_SIZE];
    bool charged = purchase->state == CC_PURCHASE_CONFIRMED;
    yuan_text(purchase->amount_fen, amount, sizeof amount);
    yuan_text(purchase->balance_before_fen, before, sizeof before);
    yuan_text(balance_after(purchase), after, sizeof after);
    date_bcd_text(purchase->date_bcd, date);
    time_bcd_text(purchase->time_bcd, time);
    cc_hex(purchase->terminal, sizeof purchase->terminal, terminal, sizeof terminal);
    cc_hex(purchase->tac, sizeof purchase->tac, tac, sizeof tac);
    if (recovered)
        printf("The interrupted payment was %s.\n", charged ? "charged, once" : "not charged");
    printf("%s %s yuan\n", charged ? "Paid     " : "Not paid ", amount);
    printf("Card      %s  no. %u\n", purchase->card_number, log_counter(purchase));
    printf("Balance   %s yuan, before %s yuan\n", after, before);
    printf("Time      %s %s\n", date, time);
    printf("Terminal  %s  no. %u\n", terminal, purchase->terminal_serial);
    if (purchase->has_tac)
        printf("TAC       %s%s\n", tac, purchase->evidence == CC_EVIDENCE_LOG ? " (not verified)" : "");
    if (charged)
        printf("Proof     %s\n", cc_evidence_name(purchase->evidence));
}

/* False: it is not sure that anybody got it. With `wrapped` it is told as {"settled": …}, another one follows. */
static bool write_receipt(const struct options *options, const struct cc_purchase *purchase, bool recovered,
                          bool wrapped)
{
    if (!options->json) {
        print_receipt(purchase, recovered);
        return output_written();
    }
    json_t *object = receipt_json(purchase, recovered);
    if (wrapped)
        object = json_pack("{s:o}", "settled", object);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    bool written = text != NULL && puts(text) >= 0;
    free(text);
    return output_written() && written;
}

/* Write the receipt, then drop the file. */
static int hand_out(struct till *till, const struct cc_purchase *purchase, bool recovered, bool wrapped)
{
    /* Not as JSON: stdout is what just failed. */
    struct options on_stderr = *till->options;
    on_stderr.json = false;
    if (!write_receipt(till->options, purchase, recovered, wrapped))
        return report(&on_stderr, (struct problem){
                                      "OUTPUT", "The payment is settled but its receipt could not be written",
                                      "run \"citycard resume\" with the same card", EXIT_IN_DOUBT});
    if (!recovery_remove(till->dir, purchase->serial))
        return report(till->options,
                      (struct problem){"RECOVERY_FILE",
                                       "The payment is settled but its file could not be removed",
                                       "check the state directory, then run \"citycard resume\"", EXIT_CARD});
    return EXIT_OK;
}

/* ---- Settling an interrupted payment ----------------------------------------------------------------------------- */

static int still_in_doubt(const struct options *options, int result)
{
    struct problem problem = problem_of(result);
    problem.exit = EXIT_IN_DOUBT;
    problem.next = "put the same card back and run \"citycard resume\"";
    if (result == CC_IN_DOUBT)
        problem.message = "The card cannot tell whether it was charged";
    if (result == CC_IN_DOUBT)
        problem.next = "keep the file and let the platform decide";
    return report(options, problem);
}

/* EXIT_OK with *found and the settled purchase, which is then on disk as settled. */
static int settle(struct till *till, struct cc_purchase *purchase, bool *found)
{
    *found = false;
    enum recovery recovery = recovery_read(till->dir, till->card.serial, purchase);
    if (recovery == RECOVERY_NONE)
        return EXIT_OK;
    if (recovery == RECOVERY_DAMAGED)
        return report(till->options,
                      (struct problem){"RECOVERY_FILE",
                                       "The file of this card's interrupted payment cannot be read",
                                       "keep it and let staff look at the state directory", EXIT_IN_DOUBT});
    if (purchase->state == CC_PURCHASE_SENT || purchase->state == CC_PURCHASE_IN_DOUBT) {
        int result = cc_purchase_resolve(&till->card_seat.port, till->usable_sam, purchase);
        if (result == CC_OK && purchase->state != CC_PURCHASE_CONFIRMED &&
            purchase->state != CC_PURCHASE_VOID)
            result = CC_IN_DOUBT;
        if (result != CC_OK)
            return still_in_doubt(till->options, result);
        if (!recovery_write(till->dir, purchase))
            fprintf(stderr,
                    "citycard: The outcome could not be saved: it will be asked from the card again.\n");
    }
    *found = true;
    return EXIT_OK;
}

/* ---- A new payment ----------------------------------------------------------------------------------------------- */

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

static int pin_refused(struct till *till)
{
    struct problem problem = problem_of(CC_PIN_WRONG);
    char message[64];
    uint16_t sw = till->card_seat.port.last_sw;
    if ((sw & 0xFFF0) == 0x63C0) {
        unsigned tries = sw & 0xF;
        snprintf(message, sizeof message, "The PIN is wrong, %u %s left", tries,
                 tries == 1 ? "try" : "tries");
        problem.message = message;
    }
    return report(till->options, problem);
}

/*
 * Nothing has changed on the card before the debit, so a contact that was lost may be tried again. The library asks first
 * whether it is the same card, which is how an exchange too quick for pcscd is found out.
 */
static int prepare_again(struct till *till, const char *pin, struct cc_purchase *purchase)
{
    struct cc_time now;
    int result = CC_OK, attempt = 0;
    do {
        if (!local_time(&now))
            return CC_ERR_SYSTEM;
        if (attempt > 0)
            result = reopen_card(&till->card_seat);
        if (result == CC_OK)
            result = cc_purchase_prepare(&till->card_seat.port, &till->sam, &till->card,
                                         till->options->amount_fen, &now, pin, purchase);
        /* A VERIFY whose answer was lost may have cost a try: what a person entered once is sent once. */
    } while (pin == NULL && contact_may_return(result, &attempt));
    return result == CC_ERR_NO_CARD ? CC_ERR_REMOVED : result;
}

static int prepare(struct till *till, struct cc_purchase *purchase)
{
    int result = prepare_again(till, NULL, purchase);
    if (result == CC_PIN_NEEDED) {
        char pin[PIN_SIZE];
        result = pin_read(till->options, pin);
        if (result == CC_ERR_ARGUMENT)
            return report(till->options, (struct problem){"PIN_FORMAT", "A PIN has 4 to 12 digits",
                                                          "run the command again", EXIT_REFUSED});
        if (result == CC_OK) {
            till->pin_verified = true;
            result = prepare_again(till, pin, purchase);
        }
        pin_cleanse(pin);
    }
    if (result == CC_PIN_WRONG)
        return pin_refused(till);
    return result == CC_OK ? EXIT_OK : report_result(till->options, result);
}

static void hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

static int debit(struct till *till, struct cc_purchase *purchase)
{
    hold_signals();
    purchase->state = CC_PURCHASE_SENT;
    if (!recovery_write(till->dir, purchase)) {
        recovery_remove(till->dir, purchase->serial);
        return report(till->options,
                      (struct problem){"STATE_DIR",
                                       "The payment cannot be made safe on disk, nothing was charged",
                                       "free some space or give --state", EXIT_CARD});
    }
    int result = cc_purchase_debit(&till->card_seat.port, &till->sam, purchase);
    if (result == CC_DECLINED && purchase->state == CC_PURCHASE_VOID) {
        recovery_remove(till->dir, purchase->serial);
        return report_result(till->options, CC_DECLINED);
    }
    if (result == CC_OK && purchase->state == CC_PURCHASE_CONFIRMED) {
        if (!recovery_write(till->dir, purchase))
            fprintf(stderr,
                    "citycard: The outcome could not be saved; the intent stays until the receipt is out.\n");
        return hand_out(till, purchase, false, false);
    }
    /* Whatever else it was: the intent is on disk already, this only adds the word for it. */
    purchase->state = CC_PURCHASE_IN_DOUBT;
    if (!recovery_write(till->dir, purchase))
        fprintf(stderr, "citycard: The file of the payment keeps its earlier state.\n");
    return report_result(till->options, CC_IN_DOUBT);
}

/* ---- The two commands -------------------------------------------------------------------------------------------- */

static int open_till(struct till *till, const struct options *options)
{
    memset(till, 0, sizeof *till);
    till->options = options;
    if (!recovery_dir(options, till->dir))
        return report(options, (struct problem){"STATE_DIR", "The state directory cannot be used",
                                                "check its owner and space, or give --state", EXIT_CARD});
    return EXIT_OK;
}

static void close_till(struct till *till)
{
    close_seat(&till->card_seat, till->pin_verified);
    close_seat(&till->sam_seat, false);
}

/* The card and what it says of itself. A blocked card may still settle what was paid before. */
static int read_card(struct till *till, bool blocked_too)
{
    int result = open_and_read(till->options, &till->card_seat, CC_READ_BALANCE, &till->card);
    if (result == CC_CARD_BLOCKED && blocked_too)
        result = CC_OK;
    return result == CC_OK ? EXIT_OK : report_result(till->options, result);
}

static int pay(struct till *till)
{
    /* The PSAM first: while the card's transaction runs, asking other slots would have to wait for it. */
    int result = open_sam(till->options, &till->sam_seat, &till->sam);
    if (result == CC_ERR_SAM && till->sam_seat.link == NULL)
        return report(till->options,
                      (struct problem){"SAM",
                                       till->options->sam != NULL
                                           ? "The slot of --sam holds no security module (PSAM)"
                                           : "No slot holds the operator's security module (PSAM)",
                                       "put it in, or see \"citycard readers\"", EXIT_ABSENT});
    if (result != CC_OK)
        return report_result(till->options, result);
    till->usable_sam = &till->sam;
    int code = read_card(till, true);
    if (code != EXIT_OK)
        return code;

    struct cc_purchase purchase;
    bool found;
    code = settle(till, &purchase, &found);
    if (code != EXIT_OK)
        return code;
    if (found && purchase.state == CC_PURCHASE_CONFIRMED) {
        bool same = purchase.amount_fen == till->options->amount_fen;
        code = hand_out(till, &purchase, true, !same);
        if (same || code != EXIT_OK)
            return code;
    } else if (found) {
        fprintf(stderr, "citycard: The interrupted payment was not charged; a new one begins.\n");
        if (!recovery_remove(till->dir, purchase.serial))
            return report_result(till->options, CC_ERR_SYSTEM);
    }
    if (till->card.blocked)
        return report_result(till->options, CC_CARD_BLOCKED);
    if (!cc_card_valid_on(&till->card, today()))
        return report(till->options,
                      (struct problem){"CARD_NOT_VALID", "The card is not valid today",
                                       "send the holder to the issuer's service desk", EXIT_REFUSED});
    code = prepare(till, &purchase);
    return code == EXIT_OK ? debit(till, &purchase) : code;
}

static int resume(struct till *till)
{
    /* Without a PSAM the card's proof and log must do: do not wait for one. */
    struct options at_once = *till->options;
    at_once.wait_ms = 0;
    if (open_sam(&at_once, &till->sam_seat, &till->sam) == CC_OK)
        till->usable_sam = &till->sam;
    int code = read_card(till, true);
    if (code != EXIT_OK)
        return code;
    struct cc_purchase purchase;
    bool found;
    code = settle(till, &purchase, &found);
    if (code != EXIT_OK)
        return code;
    if (found)
        return hand_out(till, &purchase, true, false);

    char other[CC_CARD_NUMBER_SIZE], message[128];
    if (recovery_any(till->dir, other)) {
        snprintf(message, sizeof message, "Nothing is open for this card, but for card %s", other);
        return report(till->options, (struct problem){cc_result_name(CC_OTHER_CARD), message,
                                                      "put that card on", EXIT_REFUSED});
    }
    if (till->options->json)
        return print_json(json_pack("{s:s}", "result", "nothing-to-resume"));
    puts("Nothing to resume: no payment of this card was interrupted.");
    return finish_output();
}

static int run(const struct options *options, int (*command)(struct till *till))
{
    static struct till till; /* large, and the paths in it outlive nothing */
    int code = open_till(&till, options);
    if (code == EXIT_OK)
        code = command(&till);
    close_till(&till);
    return code;
}

int command_pay(const struct options *options)
{
    return run(options, pay);
}

int command_resume(const struct options *options)
{
    return run(options, resume);
}
