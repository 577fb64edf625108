/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/two.h"
#include "platform/activities/activities.h"
#include "platform/certificates/certificates.h"
#include "platform/credit/credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-queue.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/money/claims.h"
#include "platform/money/doubts.h"
#include "platform/money/settle.h"
#include "platform/orders/service-orders.h"
#include "platform/queue/appointments.h"
#include "platform/persons/replace.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

#define ROWS_MAX 200

static bool state_error(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, text);
    return false;
}

/* ---- What can be done -------------------------------------------------------------------------------------------------- */

struct doing {
    struct platform *platform;
    const char *subject, *data, *reason;
    char **by;
    int64_t now_ms;
};

static bool do_doubt_settle(const struct doing *d, GError **error)
{
    struct settlement settlement = {.outcome = strcmp(d->data, "paid") == 0 ? PAYMENT_CONFIRMED : PAYMENT_VOID, .by = PAYMENT_BY_STAFF,
                                    .staff_a = d->by[0], .staff_b = d->by[1], .reason = d->reason};
    struct outcome out;

    if (!doubts_settle(d->platform, d->subject, &settlement, d->now_ms, &out, error))
        return false;
    if (out.verdict != STORE_ACCEPTED)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "payment %s: %s", d->subject, out.code);
    return out.verdict == STORE_ACCEPTED;
}

static bool do_hold_release(const struct doing *d, GError **error)
{
    return credit_hold_release(d->platform, d->subject, d->by, d->reason, d->now_ms, error);
}

static bool do_person_left(const struct doing *d, GError **error)
{
    struct db *db = d->platform->db;
    const char *why = NULL;
    int64_t person = -1;

    if (!db_card_token_person(db, d->subject, &person, error))
        return false;
    if (person < 0)
        return state_error(error, "no such card in this community");
    /* When the rest keeps them from leaving, this is undone with everything else. */
    if (!service_orders_leave(db, person, (const char *const *)d->by, d->reason, d->now_ms, error) ||
        !seats_leave(db, person, d->by[0], d->now_ms, error) || !db_queue_leave(db, person, error) ||
        !appointments_leave(db, person, d->by[0], d->now_ms, error) || !db_person_may_leave(db, person, &why, error))
        return false;
    if (why != NULL)
        return state_error(error, why);
    return db_person_left_add(db, person, (const char *const *)d->by, d->reason, d->now_ms, error);
}

/* "BILLER:NUMBER" of its file. */
static bool do_settlement_paid(const struct doing *d, GError **error)
{
    const struct settle_payment payment = {.staff_a = d->by[0], .staff_b = d->by[1], .reason = d->reason, .paid_ms = d->now_ms};
    struct settle_party party = {.book = "MONEY"};
    const char *colon = strrchr(d->subject, ':');
    gint64 n;

    if (colon == NULL || !g_ascii_string_to_signed(colon + 1, 10, 1, G_MAXINT64, &n, NULL))
        return state_error(error, "a settlement is named as BILLER:NUMBER");
    g_snprintf(party.account, sizeof party.account, "payable:%.*s", (int)(colon - d->subject), d->subject);
    return settle_pay(d->platform, &party, n, &payment, error);
}

/* "CARD:BOOK:AMOUNT", the card by its token. */
static bool move_read(const struct doing *d, struct ledger_txn *txn)
{
    g_auto(GStrv) parts = g_strsplit(d->subject, ":", 4);
    enum book book;
    gint64 amount;

    if (g_strv_length(parts) != 3 || !book_parse(parts[1], &book) || book == BOOK_MONEY ||
        !g_ascii_string_to_signed(parts[2], 10, -LEDGER_AMOUNT_MAX, LEDGER_AMOUNT_MAX, &amount, NULL))
        return false;
    *txn = (struct ledger_txn){.type = LEDGER_ADJUST, .at_ms = d->now_ms};
    uuid7(d->now_ms, txn->id);
    for (size_t i = 0; i < 2; i++)
        g_strlcpy(txn->staff[i], d->by[i], sizeof txn->staff[i]);
    return ledger_txn_add(txn, book, OWNER_ADJUST, "staff", -amount) && ledger_txn_add(txn, book, OWNER_PERSON, parts[0], amount);
}

static bool do_credit_move(const struct doing *d, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    enum ledger_code code;

    if (!move_read(d, txn))
        return state_error(error, "a move is named as CARD:BOOK:AMOUNT, the book HOURS, POINTS, COIN or SUBSIDY");
    if (!credit_by_hand_in(d->platform, txn, d->now_ms, &code, error))
        return false;
    return code == LEDGER_OK || state_error(error, ledger_code_name(code));
}

static bool do_card_replace(const struct doing *d, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(d->data, ":", 2);
    const struct card_replacing ask = {.card = d->subject, .successor = parts[0] != NULL ? parts[0] : "",
                                       .cause = parts[0] != NULL && parts[1] != NULL ? parts[1] : "", .staff = {d->by[0], d->by[1]},
                                       .reason = d->reason};
    const char *refused = NULL;

    if (!card_replace(d->platform, &ask, d->now_ms, &refused, error))
        return false;
    return refused == NULL || state_error(error, refused);
}

/* As at a desk (cards.c): of a card that was reported lost, by two people, of whom it is neither's. */
static bool do_card_found(const struct doing *d, GError **error)
{
    const struct staff_question question = {.names = {d->by[0], d->by[1]}, .needed = 2, .act = STAFF_DESK, .about = d->subject,
                                            .at_ms = d->now_ms, .now_ms = d->now_ms};
    enum ledger_code code = LEDGER_OK;
    struct tap_card card;
    int64_t version;

    if (!staff_judge(d->platform->db, &question, &code, error) || !db_tap_card(d->platform->db, d->subject, &card, error))
        return false;
    const char *refused = code != LEDGER_OK                  ? ledger_code_name(code)
                          : card.number == NULL              ? "CARD_UNKNOWN"
                          : strcmp(card.state, "lost") != 0 ? "CARD_NOT_LOST"
                                                             : NULL;
    bool ok = refused == NULL ? hotlist_card_tell(d->platform, card.number, false, d->now_ms, &version, error) : state_error(error, refused);
    db_tap_card_clear(&card);
    return ok;
}

typedef bool (*claim_fn)(struct platform *platform, const struct claim_deed *deed, int64_t now_ms, const char **refused, GError **error);

/* May a deed of this sum, of this drawer or of none, be asked for at all? */
static bool drawer_fits(claim_fn act, const struct claim_deed *deed)
{
    return act == claim_end || (deed->kiosk != NULL) == (act == claim_pay || deed->fen != 0);
}

static bool fen_read(const char *text, int64_t *fen)
{
    return g_ascii_string_to_signed(text, 10, -LEDGER_AMOUNT_MAX, LEDGER_AMOUNT_MAX, fen, NULL);
}

/* "CARD:KIOSK:FEN", and of what is accepted ":MOST", which they saw that there could have been; the card by its token, a drawer "-" is none. */
static bool do_claim(const struct doing *d, claim_fn act, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(d->subject, ":", 5);
    bool accepts = act == claim_accept, whole = g_strv_length(parts) == (accepts ? 4 : 3);
    struct claim_deed deed = {.staff = (const char *const *)d->by, .reason = d->reason};
    const char *refused = NULL;

    deed.kiosk = whole && strcmp(parts[1], "-") != 0 ? parts[1] : NULL;
    if (!whole || *parts[1] == '\0' || !fen_read(parts[2], &deed.fen) || (accepts && !fen_read(parts[3], &deed.most_fen)) || !drawer_fits(act, &deed))
        return state_error(error, accepts ? "what is accepted of a purse is named as CARD:KIOSK:FEN:MOST" : "what a purse had left is named as CARD:KIOSK:FEN");
    deed.card = parts[0];
    if (!act(d->platform, &deed, d->now_ms, &refused, error))
        return false;
    return refused == NULL || state_error(error, refused);
}

static bool do_claim_pay(const struct doing *d, GError **error)
{
    return do_claim(d, claim_pay, error);
}

static bool do_claim_short(const struct doing *d, GError **error)
{
    return do_claim(d, claim_end, error);
}

static bool do_claim_accept(const struct doing *d, GError **error)
{
    return do_claim(d, claim_accept, error);
}

static bool do_certificate_withdraw(const struct doing *d, GError **error)
{
    return certificate_withdraw(d->platform, d->subject, d->by, d->reason, d->now_ms, error);
}

static const struct {
    const char *kind;
    bool (*run)(const struct doing *doing, GError **error);
    bool lists; /* it makes a version of the hotlist */
} KINDS[] = {{"doubt-settle", do_doubt_settle, false},
             {"hold-release", do_hold_release, false},
             {"person-left", do_person_left, false},
             {"settlement-paid", do_settlement_paid, false},
             {"credit-move", do_credit_move, false},
             {"card-replace", do_card_replace, true},
             {"card-found", do_card_found, true},
             {"claim-pay", do_claim_pay, false},
             {"claim-short", do_claim_short, false},
             {"claim-accept", do_claim_accept, false},
             {"certificate-withdraw", do_certificate_withdraw, false}};

bool two_kind_valid(const char *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        if (g_strcmp0(kind, KINDS[i].kind) == 0)
            return true;
    return false;
}

static bool run(const char *kind, const struct doing *doing, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        if (strcmp(kind, KINDS[i].kind) == 0)
            return KINDS[i].run(doing, error);
    return state_error(error, "this program does not know such an action");
}

/* After it is done, and told: the list's file may be due by it, and until it is there kiosks that deltas do not reach get none. */
static bool list_follows(struct platform *platform, const char *kind, int64_t now_ms, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        if (KINDS[i].lists && strcmp(kind, KINDS[i].kind) == 0)
            return hotlist_tend(platform, now_ms, error) && hotlist_settle(platform, error);
    return true;
}

/* ---- Who may ------------------------------------------------------------------------------------------------------------ */

static bool people_fit(struct db *db, const char *a, const char *b, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {a, b}, .needed = b != NULL ? 2 : 1, .act = STAFF_DESK, .at_ms = now_ms, .now_ms = now_ms};
    enum ledger_code code = LEDGER_OK;

    if (!staff_judge(db, &question, &code, error))
        return false;
    if (code != LEDGER_OK)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%s: %s",
                    b != NULL ? "two different members of staff are needed" : "a member of staff is needed", ledger_code_name(code));
    return code == LEDGER_OK;
}

/* ---- In a transaction ---------------------------------------------------------------------------------------------------- */

static bool add(struct platform *platform, const struct two_action *action, const char *by, int64_t now_ms, char id[37], GError **error)
{
    struct pending_action row = {.asked_ms = now_ms, .expires_ms = now_ms + TWO_LIFE_MS};
    int64_t same = 0;

    if (strlen(action->subject) >= sizeof row.subject || strlen(action->data) >= sizeof row.data ||
        strlen(action->reason) > TWO_REASON_BYTES_MAX || strlen(by) >= sizeof row.asked_by)
        return state_error(error, "what was asked is too long");
    uuid7(now_ms, row.id);
    g_strlcpy(row.kind, action->kind, sizeof row.kind);
    g_strlcpy(row.subject, action->subject, sizeof row.subject);
    g_strlcpy(row.data, action->data, sizeof row.data);
    g_strlcpy(row.reason, action->reason, sizeof row.reason);
    g_strlcpy(row.asked_by, by, sizeof row.asked_by);
    g_strlcpy(id, row.id, 37);
    if (!db_pending_expire(platform->db, now_ms, error) || !db_pending_same(platform->db, &row, &same, error))
        return false;
    return same == 0 ? db_pending_add(platform->db, &row, error) : state_error(error, "this waits for somebody's word already");
}

bool two_ask(struct platform *platform, const struct two_action *action, const char *by, int64_t now_ms, char id[37], GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    return db_end(platform->db,
                 people_fit(platform->db, by, NULL, now_ms, error) && add(platform, action, by, now_ms, id, error), error);
}

static bool finish(struct platform *platform, const struct pending_action *action, char **by, int64_t now_ms, GError **error)
{
    const struct doing doing = {platform, action->subject, action->data, action->reason, by, now_ms};

    return people_fit(platform->db, by[0], by[1], now_ms, error) && run(action->kind, &doing, error) &&
           db_pending_end(platform->db, action->id, "DONE", by[1], now_ms, error);
}

/* The action that still waits. */
static bool take(struct db *db, const char *id, int64_t now_ms, struct pending_action *out, GError **error)
{
    bool found = false;

    if (!db_pending_expire(db, now_ms, error) || !db_pending_find(db, id, out, &found, error))
        return false;
    return (found && strcmp(out->state, "ASKED") == 0) || state_error(error, "there is no such action that waits");
}

bool two_confirm(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error)
{
    struct pending_action action;

    if (!db_begin(platform->db, true, error))
        return false;
    bool good = take(platform->db, id, now_ms, &action, error);
    char *people[] = {action.asked_by, (char *)by, NULL};
    return db_end(platform->db, good && finish(platform, &action, people, now_ms, error), error) &&
           list_follows(platform, action.kind, now_ms, error);
}

bool two_withdraw(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error)
{
    struct pending_action action;

    if (!db_begin(platform->db, true, error))
        return false;
    return db_end(platform->db,
                 people_fit(platform->db, by, NULL, now_ms, error) && take(platform->db, id, now_ms, &action, error) &&
                     db_pending_end(platform->db, id, "WITHDRAWN", by, now_ms, error),
                 error);
}

/* What somebody had asked for before is overtaken by it. */
static bool now(struct platform *platform, const struct two_action *action, char **by, int64_t now_ms, GError **error)
{
    struct pending_action row;
    bool found = false;
    char id[37];

    return people_fit(platform->db, by[0], by[1], now_ms, error) &&
           db_pending_overtake(platform->db, action->kind, action->subject, by[0], now_ms, error) && add(platform, action, by[0], now_ms, id, error) &&
           db_pending_find(platform->db, id, &row, &found, error) && finish(platform, &row, by, now_ms, error);
}

bool two_now(struct platform *platform, const struct two_action *action, char **by, int64_t now_ms, GError **error)
{
    if (by == NULL || g_strv_length(by) != 2)
        return state_error(error, "two different members of staff are needed: TWO_PERSONS");
    if (!db_begin(platform->db, true, error))
        return false;
    return db_end(platform->db, now(platform, action, by, now_ms, error), error) && list_follows(platform, action->kind, now_ms, error);
}

json_t *two_list(struct platform *platform, bool open_only, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return NULL;
    json_t *rows = db_pending_expire(platform->db, now_ms, error) ? db_pending_rows(platform->db, open_only, ROWS_MAX, error) : NULL;
    if (db_end(platform->db, rows != NULL, error))
        return rows;
    json_decref(rows);
    return NULL;
}
