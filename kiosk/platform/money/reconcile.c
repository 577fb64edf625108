/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/reconcile.h"
#include "platform/money/claims.h"
#include "model/limits.h"
#include <string.h>

#define PURSE_CAP_FEN INT64_C(500000) /* of a registered card, SV-1 */
#define PAGE_ROWS     5000

/* ---- What does not follow, between neighbours. Pure. ------------------------------------------------------------- */

static void add(GArray *out, const struct card_step *a, const struct card_step *b, const char *code, bool alarm, int64_t off_fen)
{
    struct card_finding finding = {.counter = b->counter, .from_counter = a != NULL ? a->counter : -1, .off_fen = off_fen,
                                   .since_ms = b->at_ms};

    g_strlcpy(finding.card, b->card, sizeof finding.card);
    g_strlcpy(finding.kind, b->kind, sizeof finding.kind);
    g_strlcpy(finding.code, code, sizeof finding.code);
    g_strlcpy(finding.severity, alarm ? "ALARM" : "NOTE", sizeof finding.severity);
    g_strlcpy(finding.payment_a, a != NULL ? a->payment : "", sizeof finding.payment_a);
    g_strlcpy(finding.payment_b, b->payment, sizeof finding.payment_b);
    g_strlcpy(finding.kiosk_a, a != NULL ? a->kiosk : "", sizeof finding.kiosk_a);
    g_strlcpy(finding.kiosk_b, b->kiosk, sizeof finding.kiosk_b);
    g_array_append_val(out, finding);
}

/* Balances of two that follow each other without a gap. `bridged`: loads of ours lie between. */
static void judge_balance(const struct card_step *a, const struct card_step *b, bool bridged, GArray *out)
{
    int64_t more_fen = b->before_fen - a->after_fen;
    bool load = strcmp(b->kind, "load") == 0;

    if (load ? more_fen > 0 : more_fen < 0)
        add(out, a, b, "BALANCE", true, more_fen);
    else if (!load && more_fen > 0 && !bridged)
        add(out, a, b, "LOAD_MISSING", false, more_fen);
}

/* All at one counter, by their ids, and the first of those at the counter before (NULL: none is known). */
static void judge(const struct card_step *at, size_t count, const struct card_step *before, bool bridged, GArray *out)
{
    int64_t most_fen = 0;

    for (size_t i = 0; i < count; i++)
        most_fen = MAX(most_fen, MAX(at[i].before_fen, at[i].after_fen));
    if (count > 1)
        add(out, &at[0], &at[count - 1], "SAME_COUNTER", true, at[count - 1].after_fen - at[0].after_fen);
    if (most_fen > PURSE_CAP_FEN)
        add(out, NULL, &at[0], "OVER_CAP", true, most_fen - PURSE_CAP_FEN);
    if (before == NULL)
        return;
    if (at[0].counter > before->counter + 1)
        add(out, before, &at[0], "GAP", false, at[0].before_fen - before->after_fen);
    else
        judge_balance(before, &at[0], bridged, out);
    if (at[0].at_ms < before->at_ms - RECONCILE_BACK_MS)
        add(out, before, &at[0], "BACK", true, 0);
}

/* Only then it matters whether loads lie between. */
static bool asks_bridge(const struct card_step *at, const struct card_step *before)
{
    return before != NULL && strcmp(at->kind, "purchase") == 0 && at->counter == before->counter + 1 &&
           at->before_fen > before->after_fen;
}

static bool same(const struct card_finding *a, const struct card_finding *b)
{
    return strcmp(a->code, b->code) == 0 && strcmp(a->kind, b->kind) == 0 && a->counter == b->counter &&
           a->from_counter == b->from_counter && a->off_fen == b->off_fen && strcmp(a->payment_a, b->payment_a) == 0 &&
           strcmp(a->payment_b, b->payment_b) == 0 && a->since_ms == b->since_ms;
}

static bool has(const GArray *list, const struct card_finding *wanted)
{
    for (guint i = 0; i < list->len; i++)
        if (same(&g_array_index(list, struct card_finding, i), wanted))
            return true;
    return false;
}

/* End what is found no more, first, and open what is new. */
static bool replace(struct db *db, const GArray *had, const GArray *wanted, const char *by, int64_t now_ms, int64_t *changed, GError **error)
{
    for (guint i = 0; i < had->len; i++) {
        const struct card_finding *finding = &g_array_index(had, struct card_finding, i);
        if (has(wanted, finding))
            continue;
        if (!db_finding_end(db, finding, by, now_ms, error))
            return false;
        *changed += 1;
    }
    for (guint i = 0; i < wanted->len; i++) {
        const struct card_finding *finding = &g_array_index(wanted, struct card_finding, i);
        if (has(had, finding))
            continue;
        if (!db_finding_add(db, finding, now_ms, error))
            return false;
        *changed += 1;
    }
    return true;
}

/* ---- One payment ------------------------------------------------------------------------------------------------- */

struct work {
    struct db *db;
    const char *card, *payment;
    int64_t now_ms;
};

static bool judge_counter(struct work *work, const char *kind, GArray *at, GArray *before, GArray *wanted, GError **error)
{
    const struct card_step *first = &g_array_index(at, struct card_step, 0);
    const struct card_step *prior = before != NULL && before->len > 0 ? &g_array_index(before, struct card_step, 0) : NULL;
    bool bridged = false;

    if (asks_bridge(first, prior) && !db_loads_bridge(work->db, work->card, prior->after_fen, first->before_fen, &bridged, error))
        return false;
    judge(first, at->len, prior, bridged, wanted);
    return true;
}

static bool look_at(struct work *work, const char *kind, int64_t counter, GError **error)
{
    g_autoptr(GArray) at = db_steps_at(work->db, work->card, kind, counter, error), before = NULL;
    g_autoptr(GArray) had = db_findings_open(work->db, work->card, kind, counter, error);
    g_autoptr(GArray) wanted = g_array_new(FALSE, TRUE, sizeof(struct card_finding));
    int64_t below = -1, changed = 0;

    if (at == NULL || had == NULL || !db_step_below(work->db, work->card, kind, counter, &below, error))
        return false;
    if (below >= 0 && (before = db_steps_at(work->db, work->card, kind, below, error)) == NULL)
        return false;
    return (at->len == 0 || judge_counter(work, kind, at, before, wanted, error)) &&
           replace(work->db, had, wanted, work->payment, work->now_ms, &changed, error);
}

static bool look_above(struct work *work, const char *kind, int64_t counter, GError **error)
{
    int64_t above = -1;

    return db_step_above(work->db, work->card, kind, counter, &above, error) && (above < 0 || look_at(work, kind, above, error));
}

/* Purchases that begin where the load ended, and those behind one that ended where it began. */
static bool look_across(struct work *work, const struct card_step *load, GError **error)
{
    g_autoptr(GArray) begin = db_purchases_balance(work->db, work->card, true, load->after_fen, error);
    g_autoptr(GArray) end = db_purchases_balance(work->db, work->card, false, load->before_fen, error);
    bool ok = begin != NULL && end != NULL;

    for (guint i = 0; ok && i < begin->len; i++)
        ok = look_at(work, "purchase", g_array_index(begin, struct card_step, i).counter, error);
    for (guint i = 0; ok && i < end->len; i++)
        ok = look_above(work, "purchase", g_array_index(end, struct card_step, i).counter, error);
    return ok;
}

/* The newest step of its card, as most are: nothing of it is there yet, nor behind it, and only what is before it has to be looked at. */
static bool is_newest(const struct card_look *look)
{
    return look->at == 0 && look->open == 0 && look->above < 0 && strcmp(look->is.kind, "purchase") == 0;
}

static bool follow_newest(struct work *work, const struct card_look *look, GError **error)
{
    g_autoptr(GArray) none = g_array_new(FALSE, TRUE, sizeof(struct card_finding));
    g_autoptr(GArray) wanted = g_array_new(FALSE, TRUE, sizeof(struct card_finding));
    const struct card_step *prior = look->below >= 0 ? &look->prior : NULL;
    bool bridged = false;
    int64_t changed = 0;

    if (asks_bridge(&look->is, prior) && !db_loads_bridge(work->db, work->card, prior->after_fen, look->is.before_fen, &bridged, error))
        return false;
    judge(&look->is, 1, prior, bridged, wanted);
    return db_step_add(work->db, &look->is, error) && replace(work->db, none, wanted, work->payment, work->now_ms, &changed, error) &&
           (look->payouts == 0 || claim_follow(work->db, work->card, work->payment, look->is.kiosk, work->now_ms, error));
}

/* A card that was replaced, and what its purse had left was paid already. */
static bool paid_out_follows(struct work *work, const struct card_step *step, GError **error)
{
    int64_t payouts = 0;

    return db_purse_payouts(work->db, work->card, &payouts, error) &&
           (payouts == 0 || claim_follow(work->db, work->card, work->payment, step->kiosk, work->now_ms, error));
}

static bool follow_any(struct db *db, const char *payment, int64_t now_ms, GError **error)
{
    struct card_step is, had;
    bool now = false, before = false;

    if (!db_step_of_payment(db, payment, &is, &now, error) || !db_step_find(db, payment, &had, &before, error))
        return false;
    if (now == before)
        return true;
    const struct card_step *step = now ? &is : &had;
    struct work work = {db, step->card, payment, now_ms};
    return (now ? db_step_add(db, step, error) : db_step_remove(db, step, error)) && look_at(&work, step->kind, step->counter, error) &&
           look_above(&work, step->kind, step->counter, error) &&
           (strcmp(step->kind, "load") != 0 || look_across(&work, step, error)) && paid_out_follows(&work, step, error);
}

bool reconcile_new(struct db *db, const struct card_look *look, int64_t now_ms, GError **error)
{
    const struct card_step *is = &look->is;

    return is_newest(look) ? follow_newest(&(struct work){db, is->card, is->payment, now_ms}, look, error)
                           : follow_any(db, is->payment, now_ms, error);
}

bool reconcile_follow(struct db *db, const char *payment, int64_t now_ms, GError **error)
{
    struct card_step is;
    struct card_look look;
    bool confirmed;

    if (!db_step_of_payment(db, payment, &is, &confirmed, error))
        return false;
    if (!confirmed)
        return follow_any(db, payment, now_ms, error);
    return db_card_look(db, &is, &look, error) && reconcile_new(db, &look, now_ms, error);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

/* Loads of a card among its rows: does one begin there, does one end there? */
static bool bridged_by(const struct card_step *rows, size_t count, int64_t from_fen, int64_t to_fen)
{
    bool from = false, to = false;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].kind, "load") != 0)
            continue;
        from = from || rows[i].before_fen == from_fen;
        to = to || rows[i].after_fen == to_fen;
    }
    return from && to;
}

static void judge_card(const struct card_step *rows, size_t count, GArray *wanted)
{
    const struct card_step *before = NULL;

    for (size_t i = 0, n; i < count; i += n) {
        const struct card_step *at = &rows[i];
        for (n = 1; i + n < count && at[n].counter == at->counter && strcmp(at[n].kind, at->kind) == 0;)
            n++;
        if (before != NULL && strcmp(before->kind, at->kind) != 0)
            before = NULL;
        bool bridged = asks_bridge(at, before) && bridged_by(rows, count, before->after_fen, at->before_fen);
        judge(at, n, before, bridged, wanted);
        before = at;
    }
}

static bool steps_right(struct db *db, const char *card, const struct card_step *rows, size_t count, int64_t *wrong, GError **error)
{
    g_autoptr(GArray) had = db_steps_of(db, card, error);
    bool ok = had != NULL;

    if (ok && had->len == count && (count == 0 || memcmp(had->data, rows, count * sizeof *rows) == 0))
        return true;
    *wrong += 1;
    for (guint i = 0; ok && i < had->len; i++)
        ok = db_step_remove(db, &g_array_index(had, struct card_step, i), error);
    for (size_t i = 0; ok && i < count; i++)
        ok = db_step_add(db, &rows[i], error);
    return ok;
}

static bool whole_card(struct db *db, const char *card, const struct card_step *rows, size_t count, int64_t now_ms,
                       struct reconcile_whole *out, GError **error)
{
    g_autoptr(GArray) had = db_findings_open(db, card, "", -1, error);
    g_autoptr(GArray) wanted = g_array_new(FALSE, TRUE, sizeof(struct card_finding));

    int64_t before = out->wrong;

    judge_card(rows, count, wanted);
    out->cards++;
    out->steps += (int64_t)count;
    out->findings += wanted->len;
    return had != NULL && steps_right(db, card, rows, count, &out->wrong, error) &&
           replace(db, had, wanted, "whole", now_ms, &out->wrong, error) &&
           (out->wrong == before || claim_follow(db, card, "", "", now_ms, error));
}

static bool whole_page(struct db *db, const GArray *rows, int64_t now_ms, struct reconcile_whole *out, GError **error)
{
    const struct card_step *all = (const struct card_step *)(const void *)rows->data;

    for (guint i = 0, n; i < rows->len; i += n) {
        for (n = 1; i + n < rows->len && strcmp(all[i + n].card, all[i].card) == 0;)
            n++;
        if (!whole_card(db, all[i].card, &all[i], n, now_ms, out, error))
            return false;
    }
    return true;
}

bool reconcile_whole(struct db *db, int64_t now_ms, struct reconcile_whole *out, GError **error)
{
    g_autofree char *after = NULL;

    *out = (struct reconcile_whole){0};
    for (;;) {
        g_autofree char *last = NULL;
        g_autoptr(GArray) rows = NULL;
        if (!db_cards_last(db, after, PAGE_ROWS, &last, error))
            return false;
        if (last == NULL)
            break;
        rows = db_steps_page(db, after, last, error);
        if (rows == NULL || !whole_page(db, rows, now_ms, out, error))
            return false;
        g_free(after);
        after = g_steal_pointer(&last);
    }
    g_autoptr(GPtrArray) without = db_cards_without(db, error);
    for (guint i = 0; without != NULL && i < without->len; i++)
        if (!whole_card(db, without->pdata[i], NULL, 0, now_ms, out, error))
            return false;
    return without != NULL;
}
