/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/doubts.h"
#include "platform/money/bills.h"
#include "platform/money/contradictions.h"
#include "platform/money/orders.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

/* ---- Telling ---- */

bool doubts_tell(struct db *db, const char *payment, int64_t now_ms, GError **error)
{
    return db_doubt_open(db, payment, now_ms, error) && db_change_add(db, "doubt", payment, error);
}

bool doubts_close(struct db *db, const char *payment, int64_t now_ms, GError **error)
{
    bool was_told;

    return db_doubt_close(db, payment, now_ms, &was_told, error) &&
           (!was_told || db_change_add(db, "doubt", payment, error));
}

/* ---- Ending one ---- */

static bool load_open(struct payment_work *work, const char *id, GError **error)
{
    g_autofree char *text = NULL;
    json_t *json;
    bool found, ok;

    if (!db_payment_find(work->db, id, &work->row, &found, error))
        return false;
    if (!found)
        return payment_refuse(work, STORE_CONFLICT, "DOUBT_UNKNOWN");
    if (!db_payment_body(work->db, id, &text, error))
        return false;
    json = text != NULL ? wire_parse(text, strlen(text), NULL) : NULL;
    ok = payment_from_json(json, &work->payment);
    json_decref(json);
    if (ok)
        return payment_work_fill(work, error);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "payment %s cannot be read", id);
    return false;
}

/* work->payment is as it was open; `proof` (may be NULL) is it as the card had it, elsewhere. */
static bool settle(struct payment_work *work, const struct settlement *settlement, const struct payment *proof,
                   GError **error)
{
    if (proof != NULL)
        work->payment = *proof;
    payment_set_outcome(&work->payment, settlement->outcome);
    work->payment.settled_by = settlement->by;
    work->facts = payment_facts(&work->payment);
    if (!payment_finish(work, error))
        return false;
    if (work->out->verdict != STORE_ACCEPTED)
        return true;
    if (!db_settlement_add(work->db, work->payment.id, settlement, work->now_ms, error))
        return false;
    /* A kiosk that has never told of it waits for nothing. */
    return work->row.taken ? doubts_close(work->db, work->payment.id, work->now_ms, error)
                           : doubts_tell(work->db, work->payment.id, work->now_ms, error);
}

/* It is over: people may still have to say what is right. */
static bool settle_alarms(struct payment_work *work, const struct settlement *settlement, GError **error)
{
    int64_t alarms;

    if (!db_alarms_open(work->db, work->row.id, &alarms, error))
        return false;
    if (settlement->by != PAYMENT_BY_STAFF || alarms == 0)
        return payment_refuse(work, STORE_CONFLICT, "DOUBT_OVER");
    return contradictions_settle(work, settlement, error);
}

static bool settle_any(struct payment_work *work, const struct settlement *settlement, GError **error)
{
    int64_t alarms = 0;

    if (!payment_is_open(work->row.state))
        return settle_alarms(work, settlement, error);
    if (!settle(work, settlement, NULL, error))
        return false;
    if (work->out->verdict != STORE_ACCEPTED || settlement->by != PAYMENT_BY_STAFF)
        return true;
    return db_alarms_open(work->db, work->row.id, &alarms, error) &&
           (alarms == 0 || db_alarms_close(work->db, work->row.id, settlement, work->now_ms, error));
}

bool doubts_settle(struct platform *platform, const char *payment, const struct settlement *settlement, int64_t now_ms,
                   struct outcome *out, GError **error)
{
    struct payment_work work = {.platform = platform, .db = platform->db, .now_ms = now_ms, .out = out};
    bool ok;

    *out = (struct outcome){.verdict = STORE_ACCEPTED};
    ok = load_open(&work, payment, error);
    if (ok && out->verdict == STORE_ACCEPTED)
        ok = settle_any(&work, settlement, error);
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}

/* Told by a payment whose own outcome does not depend on it: a refusal here is no refusal of that one. */
static bool settle_quietly(struct platform *platform, const char *payment, enum payment_state outcome,
                           enum payment_settler by, int64_t now_ms, GError **error)
{
    struct settlement settlement = {.outcome = outcome, .by = by};
    struct outcome out;

    return doubts_settle(platform, payment, &settlement, now_ms, &out, error);
}

bool doubts_settle_counter(struct platform *platform, const char *payment, int64_t now_ms, GError **error)
{
    return settle_quietly(platform, payment, PAYMENT_VOID, PAYMENT_BY_COUNTER, now_ms, error);
}

/* ---- What counters say ---- */

/*
 * Began `next` where `doubt` would have ended, and did nothing of the other kind move the balance in between? Of loads only:
 * each of them asks the platform, which knows them all. A purchase can be where nobody has heard of it yet, in a kiosk that is
 * offline or later in the same batch, and is of the same amount more often than not: the same bill, tried again.
 */
static bool continues(struct payment_work *work, const struct card_moment *doubt, const struct card_moment *next,
                      bool *yes, GError **error)
{
    enum payment_kind kind = work->payment.kind;
    int64_t between = 0;

    *yes = kind == PAYMENT_LOAD && next->counter == doubt->counter + 1 &&
           next->balance_before_fen == doubt->balance_before_fen + doubt->amount_fen && next->at_ms >= doubt->at_ms;
    if (!*yes)
        return true;
    if (!db_payments_between(work->db, work->facts.card_number, PAYMENT_PURCHASE, doubt->at_ms, next->at_ms, &between, error))
        return false;
    *yes = between == 0;
    return true;
}

static struct card_moment moment_of(const struct payment_work *work)
{
    return (struct card_moment){.counter = work->facts.counter, .balance_before_fen = work->facts.balance_before_fen,
                                .amount_fen = work->facts.amount_fen, .at_ms = work->payment.at_ms};
}

static bool weigh(struct payment_work *work, const struct card_moment *doubt, GError **error)
{
    struct card_moment now = moment_of(work);
    bool next;

    /* Only proof: a MAC1 may be asked of the card before and sent after, and a kiosk's word ends nobody else's. */
    if (doubt->counter == now.counter)
        return !work->proven || doubts_settle_counter(work->platform, doubt->id, work->now_ms, error);
    if (!doubt->in_doubt) /* its kiosk has not said yet that it does not know */
        return true;
    if (!continues(work, doubt, &now, &next, error))
        return false;
    return !next || settle_quietly(work->platform, doubt->id, PAYMENT_CONFIRMED, PAYMENT_BY_NEXT, work->now_ms, error);
}

bool doubts_by_counter(struct payment_work *work, GError **error)
{
    if (work->looked && work->around.open == 0)
        return true;
    g_autoptr(GArray) open =
        db_payments_open(work->db, work->facts.card_number, work->payment.kind, work->payment.id, error);

    if (open == NULL)
        return false;
    for (guint i = 0; i < open->len; i++)
        if (!weigh(work, &g_array_index(open, struct card_moment, i), error))
            return false;
    return true;
}

bool doubts_by_the_past(struct payment_work *work, bool *over, GError **error)
{
    const char *card = work->facts.card_number;
    struct card_moment doubt = moment_of(work), at, next;
    bool used, found, follows = false;

    if (!db_payment_at(work->db, card, work->payment.kind, doubt.counter, &at, &used, error) ||
        !db_payment_at(work->db, card, work->payment.kind, doubt.counter + 1, &next, &found, error) ||
        (found && !continues(work, &doubt, &next, &follows, error)))
        return false;
    *over = used || follows;
    if (used)
        return doubts_settle_counter(work->platform, work->payment.id, work->now_ms, error);
    return !follows ||
           settle_quietly(work->platform, work->payment.id, PAYMENT_CONFIRMED, PAYMENT_BY_NEXT, work->now_ms, error);
}

/* ---- At another kiosk ---- */

static bool final(const struct payment *payment)
{
    return payment->state == PAYMENT_CONFIRMED || payment->state == PAYMENT_VOID;
}

static bool judge(struct payment_work *work, const struct payment *told, GError **error)
{
    struct settlement settlement = {.outcome = told->state, .by = PAYMENT_BY_ELSEWHERE, .kiosk = work->kiosk};

    if (CRYPTO_memcmp(work->row.intent, work->intent, sizeof work->intent) != 0)
        return payment_refuse(work, STORE_CONFLICT, "PAYMENT_CHANGED");
    if (payment_is_open(work->row.state))
        return settle(work, &settlement, told, error);
    /* Its own kiosk, or the counter, was faster: the same is no news, but for a proof. */
    if (told->state == PAYMENT_VOID)
        return work->row.state == PAYMENT_VOID || contradict_paid(work, "DOUBT_CONTRADICTED");
    return work->row.state == PAYMENT_CONFIRMED ? contradict_prove(work, error)
                                                : contradict_void(work, "DOUBT_CONTRADICTED", error);
}

bool doubts_settled_elsewhere(struct payment_work *work, json_t *data, GError **error)
{
    const char *kiosk;
    bool found;

    if (!wire_get_string(data, "kiosk", 31, &kiosk) || json_object_size(data) != 2 ||
        !payment_from_json(json_object_get(data, "payment"), &work->payment) || !final(&work->payment))
        return payment_refuse(work, STORE_REJECTED, "DATA");
    if (!payment_work_fill(work, error))
        return work->out->verdict != STORE_ACCEPTED;
    if (!db_payment_find(work->db, work->payment.id, &work->row, &found, error))
        return false;
    if (!found || strcmp(work->row.kiosk, kiosk) != 0)
        return payment_refuse(work, STORE_CONFLICT, "DOUBT_UNKNOWN");
    struct payment told = work->payment;
    bool ok = judge(work, &told, error);
    OPENSSL_cleanse(&told, sizeof told);
    return ok;
}

/* ---- A kiosk that is gone ---- */

bool doubts_take_over(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    struct db *db = platform->db;
    g_autoptr(GPtrArray) ids = db_payments_committing(db, kiosk, error);

    if (ids == NULL)
        return false;
    for (guint i = 0; i < ids->len; i++) {
        const char *id = g_ptr_array_index(ids, i);
        if (!db_payment_doubt(db, id, error) || !bills_refresh_of(db, id, error) ||
            !doubts_tell(db, id, now_ms, error))
            return false;
    }
    return orders_take_over(platform, kiosk, now_ms, error);
}
