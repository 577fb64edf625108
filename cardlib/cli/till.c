/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pay, load and resume share.
 *
 *      card open (PSAM too, when there is one)
 *        │
 *      a file of this card? ── yes ──► settle it: proof, log, counter
 *        │ no                             │                     │
 *        │ ◄── nothing moved, or ─────────┘                     └─► same kind, same amount: its receipt, end
 *        ▼     another (its receipt first)
 *      prepare, PIN when the card wants it; nothing has changed on the card
 *        ▼
 *      intent on disk (SENT) ── cannot be written ──► nothing is sent, end
 *        ▼   from here on no signal ends the program
 *      commit ─┬─ declined ──► file removed, exit 1
 *        │     └─ in doubt ──► file stays, exit 5; the next pay, load or resume settles it
 *        ▼
 *      confirmed on disk ──► receipt written ──► file removed
 *
 * A card keeps the proof of its latest purse transaction only, so a new one of either kind waits until the
 * old one of either kind is settled. A receipt that could not be written leaves its file behind, and resume
 * writes it again.
 */
#include "cli.h"

#include <signal.h>
#include <string.h>

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

int till_run(const struct options *options, int (*command)(struct till *till))
{
    static struct till till; /* large, and the paths in it outlive nothing */
    memset(&till, 0, sizeof till);
    till.options = options;
    if (!recovery_dir(options, till.dir))
        return report(options, (struct problem){"STATE_DIR", "The state directory cannot be used",
                                                "check its owner and space, or give --state", EXIT_CARD});
    int code = command(&till);
    close_seat(&till.card_seat, till.pin_verified);
    close_seat(&till.sam_seat, false);
    return code;
}

int till_read_card(struct till *till)
{
    int result = open_and_read(till->options, WANT_CARD, &till->card_seat, CC_READ_BALANCE, &till->card);
    return result == CC_OK || result == CC_CARD_BLOCKED
               ? EXIT_OK
               : report_seat(till->options, result, &till->card_seat);
}

int till_check_card(struct till *till)
{
    if (till->card.blocked)
        return report_result(till->options, CC_CARD_BLOCKED);
    if (!cc_card_valid_on(&till->card, today()))
        return report(till->options,
                      (struct problem){"CARD_NOT_VALID", "The card is not valid today",
                                       "send the holder to the issuer's service desk", EXIT_REFUSED});
    return EXIT_OK;
}

/* ---- Settling ---------------------------------------------------------------------------------------------------- */

int till_hand_out(struct till *till, const struct transaction *transaction, bool recovered, bool wrapped)
{
    /* Not as JSON: stdout is what just failed. */
    struct options on_stderr = *till->options;
    on_stderr.json = false;
    char message[96];
    snprintf(message, sizeof message, "The %s is settled but its receipt could not be written",
             transaction_noun(transaction->kind));
    if (!write_receipt(till->options, transaction, recovered, wrapped))
        return report(
            &on_stderr,
            (struct problem){"OUTPUT", message, "run \"citycard resume\" with the same card", EXIT_IN_DOUBT});
    snprintf(message, sizeof message, "The %s is settled but its file could not be removed",
             transaction_noun(transaction->kind));
    if (!recovery_remove(till->dir, transaction))
        return report(till->options,
                      (struct problem){"RECOVERY_FILE", message,
                                       "check the state directory, then run \"citycard resume\"", EXIT_CARD});
    return EXIT_OK;
}

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

static int resolve(struct till *till, struct transaction *transaction)
{
    struct cc_port *port = &till->card_seat.port;
    if (transaction->kind == TRANSACTION_LOAD)
        return cc_load_resolve(port, &transaction->load);
    int result = cc_purchase_resolve(port, till->usable_sam, &transaction->purchase);
    if (result == CC_IN_DOUBT && till->options->pad) {
        till->pin_verified = true;
        return cc_purchase_resolve_pin(port, till->usable_sam, &transaction->purchase, cc_pin_on_pad);
    }
    if (result != CC_IN_DOUBT || till->options->pin_fd < 0)
        return result;
    /* Some cards tell their counter only after the PIN, and the holder has left it for this. */
    char pin[PIN_SIZE];
    if (pin_read(till->options, "PIN of the card", pin) != CC_OK)
        return CC_IN_DOUBT;
    till->pin_verified = true;
    result = cc_purchase_resolve_pin(port, till->usable_sam, &transaction->purchase, pin);
    pin_cleanse(pin);
    return result;
}

int till_settle(struct till *till, enum transaction_kind kind, struct transaction *transaction, bool *found)
{
    *found = false;
    struct recovery_key key = {.kind = kind, .family = till->card.family};
    memcpy(key.serial, till->card.serial, sizeof key.serial);
    enum recovery recovery = recovery_read(till->dir, &key, transaction);
    if (recovery == RECOVERY_NONE)
        return EXIT_OK;
    if (recovery == RECOVERY_DAMAGED)
        return report(till->options,
                      (struct problem){"RECOVERY_FILE",
                                       "The file of this card's interrupted transaction cannot be read",
                                       "keep it and let staff look at the state directory", EXIT_IN_DOUBT});
    enum cc_purchase_state *state = transaction_common(transaction).state;
    if (*state == CC_PURCHASE_SENT || *state == CC_PURCHASE_IN_DOUBT) {
        int result = resolve(till, transaction);
        if (result == CC_OK && *state != CC_PURCHASE_CONFIRMED && *state != CC_PURCHASE_VOID)
            result = CC_IN_DOUBT;
        if (result != CC_OK)
            return still_in_doubt(till->options, result);
        if (!recovery_write(till->dir, transaction))
            fprintf(stderr,
                    "citycard: The outcome could not be saved: it will be asked from the card again.\n");
    }
    *found = true;
    return EXIT_OK;
}

int till_settle_before(struct till *till, enum transaction_kind kind, uint32_t amount_fen, bool *done)
{
    *done = false;
    for (int each = 0; each < TRANSACTION_KINDS; each++) {
        struct transaction old;
        bool found;
        int code = till_settle(till, (enum transaction_kind)each, &old, &found);
        if (code != EXIT_OK)
            return code;
        if (!found)
            continue;
        struct transaction_common c = transaction_common(&old);
        if (*c.state == CC_PURCHASE_CONFIRMED) {
            *done = old.kind == kind && *c.amount_fen == amount_fen;
            code = till_hand_out(till, &old, true, !*done);
            if (*done || code != EXIT_OK)
                return code;
            continue;
        }
        fprintf(stderr, "citycard: The interrupted %s was not made; a new one begins.\n",
                transaction_noun(old.kind));
        if (!recovery_remove(till->dir, &old))
            return report_result(till->options, CC_ERR_SYSTEM);
    }
    return EXIT_OK;
}

/* ---- A new one --------------------------------------------------------------------------------------------------- */

/*
 * Nothing has changed on the card before the commit, so a contact that was lost may be tried again. The
 * library asks first whether it is the same card, which is how an exchange too quick for pcscd is found out.
 */
static int prepare_again(struct till *till, prepare_fn prepare, const char *pin,
                         struct transaction *transaction)
{
    int result = CC_OK, attempt = 0;
    do {
        if (attempt > 0)
            result = reopen_card(&till->card_seat);
        if (result == CC_OK)
            result = prepare(till, pin, transaction);
        /* A VERIFY whose answer was lost may have cost a try: what a person entered once is sent once. */
    } while (pin == NULL && contact_may_return(result, &attempt));
    return result == CC_ERR_NO_CARD ? CC_ERR_REMOVED : result;
}

int till_prepare(struct till *till, prepare_fn prepare, struct transaction *transaction)
{
    int result = prepare_again(till, prepare, NULL, transaction);
    if (result == CC_PIN_NEEDED && till->options->pad) {
        if (!cc_pin_pad(&till->card_seat.port))
            return report_no_pad(till->options);
        till->pin_verified = true;
        result = prepare_again(till, prepare, cc_pin_on_pad, transaction);
    } else if (result == CC_PIN_NEEDED) {
        char pin[PIN_SIZE];
        result = pin_read(till->options, "PIN of the card", pin);
        if (result != CC_OK)
            return report_no_pin(till->options, result);
        till->pin_verified = true;
        result = prepare_again(till, prepare, pin, transaction);
        pin_cleanse(pin);
    }
    uint16_t sw = till->card_seat.port.last_sw;
    if (result == CC_PIN_WRONG && (sw & 0xFFF0) == 0x63C0)
        return report_pin(till->options, result, sw & 0xF);
    return result == CC_OK ? EXIT_OK : report_asked(till->options, result);
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

int till_commit(struct till *till, commit_fn commit, struct transaction *transaction)
{
    hold_signals();
    enum cc_purchase_state *state = transaction_common(transaction).state;
    *state = CC_PURCHASE_SENT;
    if (!recovery_write(till->dir, transaction)) {
        recovery_remove(till->dir, transaction);
        return report(till->options,
                      (struct problem){"STATE_DIR",
                                       "The transaction cannot be made safe on disk, nothing was changed",
                                       "free some space or give --state", EXIT_CARD});
    }
    int result = commit(till, transaction);
    if (result == CC_DECLINED && *state == CC_PURCHASE_VOID) {
        recovery_remove(till->dir, transaction);
        return report_result(till->options, CC_DECLINED);
    }
    if (result == CC_OK && *state == CC_PURCHASE_CONFIRMED) {
        if (!recovery_write(till->dir, transaction))
            fprintf(stderr,
                    "citycard: The outcome could not be saved; the intent stays until the receipt is out.\n");
        return till_hand_out(till, transaction, false, false);
    }
    /* Whatever else it was: the intent is on disk already, this only adds the word for it. */
    *state = CC_PURCHASE_IN_DOUBT;
    if (!recovery_write(till->dir, transaction))
        fprintf(stderr, "citycard: The file of the transaction keeps its earlier state.\n");
    return report_result(till->options, CC_IN_DOUBT);
}
