/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/contradictions.h"
#include "platform/money/alarms.h"
#include "platform/money/bills.h"
#include "platform/money/doubts.h"
#include "platform/money/loads.h"
#include "platform/money/orders.h"
#include <openssl/crypto.h>
#include <string.h>

/* ---- Told otherwise ---- */

/* Kiosks that were told VOID hear of it; of a doubt that is over it is a tombstone as before. */
static bool tell_again(struct payment_work *work, GError **error)
{
    return bills_refresh_of(work->db, work->payment.id, error) && db_change_add(work->db, "doubt", work->payment.id, error);
}

static bool post_proven(struct payment_work *work, GError **error)
{
    char denier[32];

    work->proven = work->contradicted = true;
    if (strcmp(work->kiosk, work->row.kiosk) != 0)
        work->payment.settled_by = PAYMENT_BY_ELSEWHERE;
    return db_payment_denier(work->db, work->row.id, denier, error) && postings_undo(work, error) &&
           postings_make(work, error) && payment_state_write(work, "OK", error) &&
           loads_follow(work, error) && tell_again(work, error) &&
           alarm_raise(work->db, work->row.id, "VOID_BUT_PROVEN", denier, work->kiosk, work->now_ms, error) &&
           doubts_by_counter(work, error);
}

bool contradict_void(struct payment_work *work, const char *code, GError **error)
{
    enum tac_verdict tac;
    char denier[32];

    if (!payment_tac_take(work, &tac, error))
        return false;
    if (work->out->verdict != STORE_ACCEPTED)
        return true;
    if (tac == TAC_OK)
        return post_proven(work, error);
    return db_payment_denier(work->db, work->row.id, denier, error) &&
           payment_alarm(work, code, "LOG_CONTRADICTS", denier);
}

bool contradict_paid(struct payment_work *work, const char *code)
{
    return payment_alarm(work, code, "PAID_BUT_VOID", work->kiosk);
}

bool contradict_prove(struct payment_work *work, GError **error)
{
    enum tac_verdict tac;

    if (strcmp(work->row.tac, "OK") == 0)
        return true;
    tac = payment_tac(work);
    if (tac == TAC_WRONG)
        return payment_alarm(work, "TAC_WRONG", "TAC_WRONG", work->kiosk);
    if (tac != TAC_OK)
        return payment_tac_known(tac, error);
    work->proven = true;
    return postings_prove(work, error) && payment_state_write(work, "OK", error) &&
           db_change_add(work->db, "doubt", work->payment.id, error) &&
           (work->payment.kind != PAYMENT_LOAD || loads_follow(work, error)) && doubts_by_counter(work, error);
}

/* ---- Void, and on the card ---- */

struct sight {
    bool moved; /* the card's counter is beyond it */
    bool fits;  /* and what is on it is what this load would have left */
};

/* The card's own word at its next load: no kiosk can make that up. */
static bool see_counter(struct payment_work *work, const struct card_moment *load, struct sight *out, GError **error)
{
    struct card_moment next;
    int64_t spent_fen;

    if (!db_order_next(work->db, work->facts.card_number, load->counter, &next, &out->moved, error))
        return false;
    if (!out->moved || next.counter != load->counter + 1)
        return true;
    if (!db_purchases_sum(work->db, work->facts.card_number, load->at_ms, next.at_ms, &spent_fen, error))
        return false;
    out->fits = next.balance_before_fen + spent_fen == load->balance_before_fen + load->amount_fen;
    return true;
}

static bool see_balance(struct payment_work *work, const struct card_moment *load, struct sight *out, GError **error)
{
    struct card_moment next;
    bool found;

    if (!db_purchase_next(work->db, work->facts.card_number, load->at_ms, &next, &found, error))
        return false;
    out->fits = found && next.balance_before_fen == load->balance_before_fen + load->amount_fen;
    return true;
}

static bool raise_on_card(struct payment_work *work, const struct card_moment *load, GError **error)
{
    struct outcome out = {.verdict = STORE_ACCEPTED};
    struct payment_work its = {.platform = work->platform, .db = work->db, .now_ms = work->now_ms, .out = &out};
    bool made, ok = order_payment(&its, load->id, PAYMENT_VOID, &made, error);

    if (ok && made)
        ok = postings_contradict(&its, error) && alarm_raise(work->db, load->id, "LOAD_ON_CARD", its.row.kiosk,
                                                             work->kiosk, work->now_ms, error);
    OPENSSL_cleanse(&its, sizeof its);
    return ok;
}

static bool raise_unexplained(struct payment_work *work, const struct card_moment *load, GError **error)
{
    struct outcome out = {.verdict = STORE_ACCEPTED};
    struct payment_work its = {.platform = work->platform, .db = work->db, .now_ms = work->now_ms, .out = &out};
    bool made, ok = order_payment(&its, load->id, PAYMENT_VOID, &made, error);

    if (ok && made)
        ok = alarm_raise(work->db, load->id, "LOAD_UNEXPLAINED", its.row.kiosk, work->kiosk, work->now_ms, error);
    OPENSSL_cleanse(&its, sizeof its);
    return ok;
}

bool contradictions_of_card(struct payment_work *work, GError **error)
{
    if (work->looked && work->around.reversed == 0)
        return true;
    g_autoptr(GArray) loads = db_orders_suspect(work->db, work->facts.card_number, error);

    if (loads == NULL)
        return false;
    for (guint i = 0; i < loads->len; i++) {
        const struct card_moment *load = &g_array_index(loads, struct card_moment, i);
        struct sight sight = {0};
        if (!see_counter(work, load, &sight, error) || (!sight.moved && !see_balance(work, load, &sight, error)))
            return false;
        if (sight.fits && !raise_on_card(work, load, error))
            return false;
        if (!sight.fits && sight.moved && !raise_unexplained(work, load, error))
            return false;
    }
    return true;
}

/* ---- Two people ---- */

static bool say_paid(struct payment_work *work, const struct settlement *settlement, GError **error)
{
    bool reversed = false;

    if (work->row.state == PAYMENT_CONFIRMED)
        return postings_to_desk(work, error);
    if (work->payment.reverses[0] != '\0' && !db_order_reverses(work->db, work->payment.reverses, &reversed, error))
        return false;
    if (reversed)
        return payment_refuse(work, STORE_CONFLICT, "REVERSED_ALREADY");
    payment_set_outcome(&work->payment, PAYMENT_CONFIRMED);
    work->payment.settled_by = settlement->by;
    work->facts = payment_facts(&work->payment);
    return postings_undo(work, error) && payment_finish(work, error) && tell_again(work, error);
}

static bool say_void(struct payment_work *work, const struct settlement *settlement, GError **error)
{
    if (work->row.state == PAYMENT_CONFIRMED && strcmp(work->row.tac, "OK") == 0)
        return payment_refuse(work, STORE_CONFLICT, "PROVEN");
    if (work->row.state == PAYMENT_CONFIRMED && work->payment.reverses[0] != '\0')
        return payment_refuse(work, STORE_CONFLICT, "REVERSAL");
    if (!postings_undo(work, error))
        return false;
    if (work->row.state == PAYMENT_VOID)
        return true;
    payment_set_outcome(&work->payment, PAYMENT_VOID);
    work->payment.settled_by = settlement->by;
    work->facts = payment_facts(&work->payment);
    return payment_finish(work, error) && bills_reopen_of(work->db, work->payment.id, error) && tell_again(work, error);
}

bool contradictions_settle(struct payment_work *work, const struct settlement *settlement, GError **error)
{
    bool ok = settlement->outcome == PAYMENT_CONFIRMED ? say_paid(work, settlement, error)
                                                       : say_void(work, settlement, error);

    return ok && (work->out->verdict != STORE_ACCEPTED ||
                  db_alarms_close(work->db, work->row.id, settlement, work->now_ms, error));
}
