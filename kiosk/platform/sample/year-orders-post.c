/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of services of a planned year, and the entitlement they are paid with: by the rules of their rooms, and refused by the same. */
#include "platform/sample/year-post.h"
#include "platform/credit/credit.h"
#include "platform/data/db-rows.h"
#include "platform/orders/service-orders.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <string.h>

#define DAY_MS  INT64_C(86400000)
#define TOLD_MS (30 * DAY_MS) /* so long kiosks have what has ended */
#define FUND    "elder-service"

static bool refused(const struct act *act, const char *code, GError **error)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the sample's %s %s of %u was refused: %s", act_kind_name(act->kind), act->item,
                date_of_ms(act->at_ms), code);
    return false;
}

/* ---- The entitlement of a quarter ---- */

static bool allowance_post(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    enum ledger_code code = LEDGER_FORM;

    txn->type = LEDGER_ISSUE;
    txn->at_ms = act->at_ms;
    g_strlcpy(txn->id, act->id, sizeof txn->id);
    g_strlcpy(txn->ref, FUND, sizeof txn->ref);
    g_strlcpy(txn->staff[0], posting->staff, sizeof txn->staff[0]);
    if (ledger_txn_add(txn, BOOK_SUBSIDY, OWNER_FUND, FUND, -act->amount) && ledger_txn_add(txn, BOOK_SUBSIDY, OWNER_PERSON, token, act->amount) &&
        !credit_by_hand_in(posting->platform, txn, act->at_ms, &code, error))
        return false;
    return code == LEDGER_OK || refused(act, ledger_code_name(code), error);
}

/* ---- One order ---- */

/* What the desk knows of who asks, and what they say where the catalogue has nothing. */
static void placing_fill(const struct year_posting *posting, const struct act *act, const char *token, struct order_placing *out)
{
    const struct service_offer *offer = service_first(act->item);
    const struct person *person = year_person_of(posting, act->card);
    const struct household *home = &g_array_index(posting->community->households, struct household, person->household);

    *out = (struct order_placing){.price_fen = offer->price_fen, .pay = act->order.pay, .amount = act->amount};
    g_strlcpy(out->service, act->item, sizeof out->service);
    g_strlcpy(out->card_token, token, sizeof out->card_token);
    g_strlcpy(out->words, offer->own_words ? "想请人陪我去一趟银行 Somebody to go to the bank with" : "", sizeof out->words);
    g_strlcpy(out->address, offer->at_home ? home->address : "", sizeof out->address);
    g_strlcpy(out->phone, person->phone, sizeof out->phone);
    g_strlcpy(out->name, person->name, sizeof out->name);
}

static bool place(struct year_posting *posting, const struct act *act, const char *token, const char *kiosk, GError **error)
{
    struct order_placing placing;
    struct order_origin origin = {.id = act->id, .kiosk = kiosk, .placed_ms = act->at_ms};
    const char *code = NULL;

    placing_fill(posting, act, token, &placing);
    bool ok = service_order_place(posting->platform->db, &placing, &origin, act->at_ms, &code, error);
    OPENSSL_cleanse(&placing, sizeof placing);
    return ok && (code == NULL || refused(act, code, error));
}

static const char *reason_of(const struct order_said *said)
{
    switch ((enum order_step)said->step) {
    case ORDER_DO_REFUSE:
        return "这几天排满了 No time these days";
    case ORDER_DO_WITHDRAW:
        return "师傅病了 Our man is ill";
    case ORDER_DO_REJECT:
        return "不在补助范围 Not covered";
    case ORDER_DO_DISPUTE:
        return "没有做好 Not done well";
    case ORDER_DO_SETTLE:
        return "与双方谈妥 Agreed with both";
    case ORDER_DO_GIVE_BACK:
        return "服务未到位，退还 Not as promised: given back";
    default:
        return said->desk ? "家属来电 The family rang" : "";
    }
}

/* A manager's business is done by two of the desk. */
static void saying_fill(const struct year_posting *posting, const struct act *act, const struct order_said *said, const char *token,
                        struct order_saying *out)
{
    bool card = said->actor == ORDER_RESIDENT && !said->desk;

    *out = (struct order_saying){.deed = {.step = said->step, .actor = said->actor, .at_ms = said->at_ms, .visit_ms = said->visit_ms,
                                          .minutes = said->minutes},
                                 .stars = said->step == ORDER_DO_RATE ? act->order.stars : 0};
    g_strlcpy(out->order, act->id, sizeof out->order);
    g_strlcpy(out->deed.provider, said->provider, sizeof out->deed.provider);
    g_strlcpy(out->deed.reason, reason_of(said), sizeof out->deed.reason);
    g_strlcpy(out->card_token, card ? token : "", sizeof out->card_token);
    if (!card)
        g_strlcpy(out->staff[0], posting->staff_ids[act->order.staff], sizeof out->staff[0]);
    if (said->actor == ORDER_MANAGER)
        g_strlcpy(out->staff[1], posting->staff_ids[1 - act->order.staff], sizeof out->staff[1]);
}

static bool step_post(struct year_posting *posting, const struct act *act, unsigned i, const char *token, const char *kiosk, GError **error)
{
    const struct order_said *said = &act->order.steps[i];
    struct db *db = posting->platform->db;
    struct order_saying saying;
    struct order_run run = {0};
    enum order_state state = ORDER_PLACED;
    const char *code = NULL;
    char id[37];

    if (said->actor == ORDER_CLOCK)
        return service_order_tick(db, act->id, said->at_ms, &run, error);
    year_step_id(act, i + 1, id);
    saying_fill(posting, act, said, token, &saying);
    struct order_told told = {.id = id, .kiosk = said->actor == ORDER_RESIDENT && !said->desk ? kiosk : "", .desk = said->desk};
    bool ok = service_order_step(db, &saying, &told, said->at_ms, &state, &code, error);
    if (!ok || code != NULL)
        return ok && refused(act, code, error);
    return state == (enum order_state)said->to || refused(act, order_state_name(state), error);
}

static bool order_post(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    const struct order_course *course = &act->order;
    int64_t today_ms = ms_of_date(posting->community->today);
    struct order_run run = {0};
    char kiosk[8];

    year_kiosk_id(act->kiosk, kiosk);
    if (!place(posting, act, token, kiosk, error))
        return false;
    for (unsigned i = 0; i < course->count; i++)
        if (!step_post(posting, act, i, token, kiosk, error))
            return false;
    /* As the clock has left it by today: what ended long ago kiosks have no more. */
    return course->count == 0 || course->steps[course->count - 1].at_ms + TOLD_MS > today_ms ||
           service_order_tick(posting->platform->db, act->id, today_ms, &run, error);
}

bool year_post_orders(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    return act->kind == ACT_ALLOWANCE ? allowance_post(posting, act, token, error) : order_post(posting, act, token, error);
}
