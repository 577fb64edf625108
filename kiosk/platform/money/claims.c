/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/claims.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include <string.h>

static const char *const STATES[] = {"WAITS", "DOUBT", "UNKNOWN", "DUE", "DONE", "SHORT"};
_Static_assert(G_N_ELEMENTS(STATES) == CLAIM_STATES, "a state has no name");

const char *claim_state_name(enum claim_state state)
{
    return STATES[state];
}

int64_t claim_due_ms(const struct purse_claim *claim)
{
    return claim->stopped_ms + CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS;
}

/* Of what it had. */
static int64_t given_fen(const struct purse_claim *claim)
{
    return claim->paid_fen - claim->short_fen;
}

/* No transaction of it was ever told. */
static bool unknown(const struct purse_claim *claim)
{
    return claim->balance_fen < 0;
}

static bool doubtful(const struct purse_claim *claim)
{
    return claim->findings > 0 || claim->unclear || claim->lost > 0 || unknown(claim);
}

/* As long as nobody can be certain, and nothing was told since that says of more. */
static bool accepted(const struct purse_claim *claim)
{
    return doubtful(claim) && claim->accepted > 0 && claim->most_fen <= claim->accepted_most_fen;
}

int64_t claim_owed_fen(const struct purse_claim *claim)
{
    return accepted(claim) ? 0 : MAX(claim->balance_fen, 0) - given_fen(claim);
}

int64_t claim_most_fen(const struct purse_claim *claim)
{
    return MAX(claim->most_fen - given_fen(claim), 0);
}

int64_t claim_open_fen(const struct purse_claim *claim)
{
    return claim->short_fen - claim->ended_fen;
}

enum claim_state claim_state(const struct purse_claim *claim, int64_t now_ms)
{
    bool nothing = claim_owed_fen(claim) == 0;

    if (claim_open_fen(claim) != 0)
        return CLAIM_SHORT;
    if (claim->open > 0)
        return CLAIM_DOUBT;
    if (accepted(claim))
        return CLAIM_DONE;
    if (claim->findings > 0)
        return CLAIM_DOUBT;
    if (claim->rows > 0 && nothing)
        return CLAIM_DONE;
    if (now_ms < claim_due_ms(claim) || claim->silent > 0)
        return CLAIM_WAITS;
    if (claim->unclear || claim->lost > 0)
        return CLAIM_DOUBT;
    if (unknown(claim))
        return CLAIM_UNKNOWN;
    return nothing ? CLAIM_DONE : CLAIM_DUE;
}

static json_t *claim_json(const struct purse_claim *claim, int64_t now_ms)
{
    json_t *balance = unknown(claim) ? json_null() : json_integer(claim->balance_fen);

    return json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I}", "card", claim->card, "successor", claim->successor, "state",
                     claim_state_name(claim_state(claim, now_ms)), "balance_fen", balance, "paid_fen", (json_int_t)claim->paid_fen, "owed_fen",
                     (json_int_t)claim_owed_fen(claim), "short_fen", (json_int_t)claim_open_fen(claim), "due_ms",
                     (json_int_t)claim_due_ms(claim), "open_payments", (json_int_t)claim->open, "findings", (json_int_t)claim->findings,
                     "silent_kiosks", (json_int_t)claim->silent,
                     "lost_kiosks", (json_int_t)claim->lost, "unclear", (int)claim->unclear, "most_fen",
                     (json_int_t)claim_most_fen(claim), "accepted", (json_int_t)claim->accepted);
}

json_t *claims_list(struct platform *platform, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return NULL;
    g_autoptr(GArray) claims = db_purse_claims(platform->db, CLAIM_OFFLINE_MS, error);
    db_rollback(platform->db);
    json_t *out = claims != NULL ? json_array() : NULL;
    for (guint i = 0; claims != NULL && i < claims->len; i++)
        json_array_append_new(out, claim_json(&g_array_index(claims, struct purse_claim, i), now_ms));
    return out;
}

/* ---- Two people ---- */

static bool people_fit(struct db *db, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error)
{
    const struct staff_question question = {.names = {deed->staff[0], deed->staff[1]}, .needed = 2, .act = STAFF_DESK, .kiosk = deed->kiosk,
                                            .about = deed->card, .at_ms = now_ms, .now_ms = now_ms};
    enum ledger_code code = LEDGER_OK;

    if (!staff_judge(db, &question, &code, error))
        return false;
    *refused = code != LEDGER_OK ? ledger_code_name(code) : NULL;
    return true;
}

static bool kiosk_fits(struct db *db, const char *kiosk, const char **refused, GError **error)
{
    struct kiosk_row row;
    bool found = true;

    if (kiosk != NULL && !db_kiosk_find(db, kiosk, &row, &found, error))
        return false;
    *refused = found ? NULL : "KIOSK_UNKNOWN";
    return true;
}

/* Whoever decides of a purse has looked at it: its holder sees who. */
static bool log_one(struct db *db, const struct claim_deed *deed, const char *staff, int64_t person, int64_t now_ms, GError **error)
{
    struct access access = {.actor = staff, .role = "clerk", .person = person, .fields = PERSON_BALANCES, .purpose = PURPOSE_CORRECTION,
                            .case_id = "", .kiosk = deed->kiosk != NULL ? deed->kiosk : ""};
    struct staff_row row;
    bool found = false;

    if (!db_staff_find(db, staff, now_ms, &row, &found, error))
        return false;
    if (found)
        access.role = staff_role_name(row.staff.role);
    return db_access_add(db, &access, now_ms, error);
}

static bool log_both(struct db *db, const struct claim_deed *deed, int64_t now_ms, GError **error)
{
    int64_t person = -1;

    return db_card_token_person(db, deed->card, &person, error) && log_one(db, deed, deed->staff[0], person, now_ms, error) &&
           log_one(db, deed, deed->staff[1], person, now_ms, error);
}

/* *claim as it is now; a code in *refused when these people, this drawer or this card are not the right ones. */
static bool deed_open(struct db *db, const struct claim_deed *deed, int64_t now_ms, struct purse_claim *claim, const char **refused, GError **error)
{
    bool found = false;

    *refused = NULL;
    if (!db_purse_claim(db, deed->card, CLAIM_OFFLINE_MS, claim, &found, error))
        return false;
    if (!found) {
        *refused = "CLAIM_NONE";
        return true;
    }
    return kiosk_fits(db, deed->kiosk, refused, error) && (*refused != NULL || people_fit(db, deed, now_ms, refused, error)) &&
           (*refused != NULL || log_both(db, deed, now_ms, error));
}

static bool deed_write(struct db *db, const struct claim_deed *deed, const struct purse_payout *row, int64_t n, int64_t now_ms, GError **error)
{
    struct purse_payout out = *row;

    out.card = deed->card;
    out.n = n;
    out.fen = deed->fen;
    out.kiosk = deed->kiosk != NULL ? deed->kiosk : "";
    out.payment = "";
    out.staff_a = deed->staff[0];
    out.staff_b = deed->staff[1];
    out.reason = deed->reason;
    out.at_ms = now_ms;
    return db_purse_payout_add(db, &out, error);
}

bool claim_pay(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error)
{
    g_autofree char *drawer = g_strconcat("cash:", deed->kiosk, NULL);
    const struct purse_payout row = {.what = "PAID", .debit = "purse:float", .credit = drawer};
    struct purse_claim claim;

    if (!deed_open(platform->db, deed, now_ms, &claim, refused, error) || *refused != NULL)
        return *refused != NULL;
    if (claim_state(&claim, now_ms) != CLAIM_DUE)
        *refused = "CLAIM_NOT_DUE";
    else if (claim_owed_fen(&claim) != deed->fen)
        *refused = "CLAIM_AMOUNT";
    return *refused != NULL || deed_write(platform->db, deed, &row, claim.rows + 1, now_ms, error);
}

bool claim_end(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error)
{
    g_autofree char *drawer = deed->kiosk != NULL ? g_strconcat("cash:", deed->kiosk, NULL) : g_strdup("loss:purses");
    g_autofree char *open = g_strconcat("overpaid:", deed->card, NULL);
    const struct purse_payout row = {.what = deed->kiosk != NULL ? "REPAID" : "BORNE", .debit = drawer, .credit = open};
    struct purse_claim claim;

    if (!deed_open(platform->db, deed, now_ms, &claim, refused, error) || *refused != NULL)
        return *refused != NULL;
    if (claim_open_fen(&claim) == 0)
        *refused = "CLAIM_NOT_SHORT";
    else if (claim_open_fen(&claim) != deed->fen)
        *refused = "CLAIM_AMOUNT";
    return *refused != NULL || deed_write(platform->db, deed, &row, claim.rows + 1, now_ms, error);
}

static const char *accept_refusal(const struct purse_claim *claim, const struct claim_deed *deed, int64_t now_ms)
{
    if (claim->open > 0)
        return "CLAIM_OPEN";
    if (now_ms < claim_due_ms(claim) || claim->silent > 0)
        return "CLAIM_WAITS";
    enum claim_state state = claim_state(claim, now_ms);
    if (state != CLAIM_DOUBT && state != CLAIM_UNKNOWN)
        return "CLAIM_NOT_IN_DOUBT";
    return deed->fen < 0 || deed->fen > deed->most_fen || deed->most_fen != claim_most_fen(claim) ? "CLAIM_AMOUNT" : NULL;
}

bool claim_accept(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error)
{
    g_autofree char *drawer = g_strconcat("cash:", deed->kiosk, NULL);
    const struct purse_payout row = {.what = "PAID", .debit = "purse:float", .credit = drawer};
    struct purse_claim claim;

    if (!deed_open(platform->db, deed, now_ms, &claim, refused, error) || *refused != NULL ||
        (*refused = accept_refusal(&claim, deed, now_ms)) != NULL)
        return *refused != NULL;
    const struct purse_accepted word = {.card = deed->card, .n = claim.accepted + 1, .fen = deed->fen, .most_fen = claim.most_fen,
                                        .had_fen = given_fen(&claim) + deed->fen, .balance_fen = MAX(claim.balance_fen, 0),
                                        .payout = deed->fen > 0 ? claim.rows + 1 : 0, .staff_a = deed->staff[0],
                                        .staff_b = deed->staff[1], .reason = deed->reason, .at_ms = now_ms};
    return (deed->fen == 0 || deed_write(platform->db, deed, &row, claim.rows + 1, now_ms, error)) &&
           db_purse_accepted_add(platform->db, &word, error);
}

/* ---- What comes late ---- */

/*
 * By its last transaction. Where people accepted more than that had left, as much more as they did, and no more than they did: what was told
 * since and took of it was unknown to them.
 */
static int64_t had_fen(const struct purse_claim *claim)
{
    int64_t balance_fen = MAX(claim->balance_fen, 0), over_fen = claim->accepted_had_fen - claim->accepted_balance_fen;
    int64_t word_fen = MIN(balance_fen + over_fen, claim->accepted_had_fen);

    return over_fen > 0 ? MAX(balance_fen, MIN(word_fen, claim->most_fen)) : balance_fen;
}

/* Of what was paid, what the purse did not have. */
static int64_t missing_fen(const struct purse_claim *claim)
{
    return MAX(claim->paid_fen - had_fen(claim), 0);
}

/* People had ended it by less than is told now: it is open again, and somebody has to look. */
static bool opened_again(const struct purse_claim *claim)
{
    return claim->accepted > 0 && !accepted(claim) && claim->most_fen > claim->accepted_most_fen && claim_most_fen(claim) > 0;
}

/* NULL: what came late changes nothing that people had ended. What is short comes first: somebody got money that was not there. */
static const char *late_alarm(const struct purse_claim *claim, int64_t more_fen)
{
    return more_fen > 0 ? "PURSE_WAS_PAID_OUT" : opened_again(claim) ? "PURSE_OPEN_AGAIN" : NULL;
}

bool claim_follow(struct db *db, const char *card, const char *payment, const char *kiosk, int64_t now_ms, GError **error)
{
    struct purse_claim claim;
    bool found = false;

    if (!db_purse_claim(db, card, CLAIM_OFFLINE_MS, &claim, &found, error))
        return false;
    if (!found)
        return true;
    int64_t more_fen = missing_fen(&claim) - claim.short_fen;
    claim.short_fen += more_fen;
    const char *alarm = *kiosk != '\0' ? late_alarm(&claim, more_fen) : NULL;
    if (alarm != NULL && !db_kiosk_alarm_set(db, kiosk, alarm, error))
        return false;
    if (more_fen == 0)
        return true;
    g_autofree char *open = g_strconcat("overpaid:", card, NULL);
    const struct purse_payout row = {.card = card, .n = claim.rows + 1, .what = "SHORT", .debit = open, .credit = "purse:float",
                                     .fen = more_fen, .kiosk = kiosk, .payment = payment, .staff_a = "", .staff_b = "", .reason = "",
                                     .at_ms = now_ms};
    return db_purse_payout_add(db, &row, error);
}

bool claims_check(struct db *db, int64_t now_ms, int64_t counts[CLAIM_STATES], char **broken, GError **error)
{
    g_autoptr(GArray) claims = db_purse_claims(db, CLAIM_OFFLINE_MS, error);

    *broken = NULL;
    memset(counts, 0, CLAIM_STATES * sizeof counts[0]);
    for (guint i = 0; claims != NULL && i < claims->len; i++) {
        const struct purse_claim *claim = &g_array_index(claims, struct purse_claim, i);
        counts[claim_state(claim, now_ms)]++;
        if (*broken == NULL && missing_fen(claim) != claim->short_fen)
            *broken = g_strdup_printf("%s: of what was paid %" G_GINT64_FORMAT " fen were not there, and %" G_GINT64_FORMAT " are written down",
                                      claim->card, missing_fen(claim), claim->short_fen);
    }
    return claims != NULL;
}
