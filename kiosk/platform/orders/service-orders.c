/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/orders/order-work.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE "-" /* the scope of what was placed at no kiosk: only staff of everywhere */

/* ---- Writing ---- */

bool order_work_put(struct order_work *work, GError **error)
{
    struct service_order_row *row = work->row;

    row->updated_ms = work->now_ms;
    row->next_ms = service_order_next_ms(row);
    return db_service_order_put(work->db, row, error) && db_change_add(work->db, "order", row->id, error);
}

bool order_work_do(struct order_work *work, const struct order_deed *deed, enum order_code *code, GError **error)
{
    struct service_order_row *row = work->row;
    const char *from = order_state_name(row->order.state);

    if (row->reminded_ms != 0) /* what a clerk was told of goes on now */
        row->order.alert = false;
    *code = order_do(&row->order, deed, NULL);
    if (*code != ORDER_OK)
        return true;
    /* The resident's time to say something begins when it can be known; when it was done stands in the step. */
    if (deed->step == ORDER_DO_FINISH)
        row->order.finished_ms = MAX(row->order.finished_ms, work->now_ms);
    struct order_step_row step = {.order = row->id, .id = work->id, .step = order_step_name(deed->step),
                                  .actor = order_actor_name(deed->actor), .staff = {work->staff[0], work->staff[1]},
                                  .provider = row->order.provider, .kiosk = work->kiosk, .from = from,
                                  .to = order_state_name(row->order.state), .note = work->note, .at_ms = deed->at_ms,
                                  .received_ms = work->now_ms};
    row->reminded_ms = 0;
    return order_credit_follow(work->db, row, work->now_ms, error) && order_work_put(work, error) &&
           db_order_step_add(work->db, &step, error);
}

/* ---- Placing ---- */

static char *contact_text(const struct order_placing *placing)
{
    json_t *contact = json_pack("{s:s, s:s, s:s}", "address", placing->address, "phone", placing->phone, "name", placing->name);
    char *text = json_dumps(contact, JSON_COMPACT), *out = g_strdup(text != NULL ? text : "{}");

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(contact);
    return out;
}

static int64_t amount_of(const struct service_offer *offer, enum order_pay pay)
{
    return pay == ORDER_PAY_COIN ? offer->coin_min : pay == ORDER_PAY_SUBSIDY ? offer->subsidy_fen : 0;
}

static const char *offer_refuses(const struct service_offer *offer, bool found, const struct order_placing *placing)
{
    if (!found || offer->retired_ms != 0)
        return "SERVICE";
    if (offer->own_words && *placing->words == '\0')
        return "WORDS";
    if (offer->price_fen != placing->price_fen || amount_of(offer, placing->pay) != placing->amount ||
        (placing->pay != ORDER_PAY_NONE && placing->amount == 0))
        return "PRICE";
    return NULL;
}

static bool placing_judge(struct db *db, const struct order_placing *placing, const struct order_origin *origin,
                          struct service_offer *offer, const char **refused, GError **error)
{
    struct service_order_row like = {0};
    bool active = false, found = false, there = false;

    g_strlcpy(like.card, placing->card_token, sizeof like.card);
    g_strlcpy(like.service, placing->service, sizeof like.service);
    if (!db_card_token_active(db, placing->card_token, &active, error) ||
        !db_service_find(db, placing->service, offer, &found, error) ||
        !db_service_order_between(db, &like, origin->placed_ms - ORDER_REPEAT_MS, origin->placed_ms + ORDER_REPEAT_MS, &there, error))
        return false;
    *refused = !active ? "CARD" : offer_refuses(offer, found, placing);
    if (*refused == NULL && there)
        *refused = "REPEATED";
    return true;
}

static void row_make(const struct order_placing *placing, const struct order_origin *origin, const struct service_offer *offer,
                     int64_t now_ms, struct service_order_row *out)
{
    memset(out, 0, sizeof *out);
    g_strlcpy(out->id, origin->id, sizeof out->id);
    g_strlcpy(out->card, placing->card_token, sizeof out->card);
    g_strlcpy(out->kiosk, origin->kiosk, sizeof out->kiosk);
    g_strlcpy(out->service, placing->service, sizeof out->service);
    out->order = order_place(offer->own_words || placing->pay == ORDER_PAY_SUBSIDY, origin->placed_ms, offer->accept_ms);
    out->want_from_ms = placing->want_from_ms;
    out->want_to_ms = placing->want_to_ms;
    out->price_fen = placing->price_fen;
    out->pay = placing->pay;
    out->amount = placing->amount;
    out->received_ms = out->updated_ms = now_ms;
    out->told = true;
    out->words = g_strdup(placing->words);
    out->contact = contact_text(placing);
    out->said = g_strdup("");
}

static bool row_place(struct db *db, struct service_order_row *row, int64_t now_ms, const char **refused, GError **error)
{
    struct order_run run = {0};
    struct order_step_row step = {.order = row->id, .id = row->id, .step = "place", .actor = "resident", .staff = {"", ""},
                                  .provider = "", .kiosk = row->kiosk, .from = "", .to = "PLACED", .note = "",
                                  .at_ms = row->order.placed_ms, .received_ms = now_ms};

    if (!db_service_order_next_no(db, date_of_ms(now_ms), &row->no, error) || !order_credit_hold(db, row, now_ms, refused, error))
        return false;
    if (*refused != NULL)
        return true;
    return db_service_order_add(db, row, error) && db_order_step_add(db, &step, error) &&
           service_order_tick(db, row->id, now_ms, &run, error);
}

bool service_order_place(struct db *db, const struct order_placing *placing, const struct order_origin *origin, int64_t now_ms,
                         const char **refused, GError **error)
{
    struct service_order_row row;
    struct service_offer offer;
    bool taken = false;

    *refused = NULL;
    if (!db_order_step_taken(db, origin->id, &taken, error))
        return false;
    if (taken) { /* an order's first step has the order's id */
        *refused = ID_REUSED;
        return true;
    }
    if (!placing_judge(db, placing, origin, &offer, refused, error))
        return false;
    if (*refused != NULL)
        return true;
    row_make(placing, origin, &offer, now_ms, &row);
    bool ok = row_place(db, &row, now_ms, refused, error);
    service_order_clear(&row);
    return ok;
}

/* ---- Who may ---- */

struct stepping {
    struct db *db;
    const struct order_saying *saying;
    const struct order_told *told;
    struct service_order_row row;
    struct staff_row staff[2]; /* of the register, as far as they are known to it */
    struct service_provider provider;
    bool provider_known;
    int64_t now_ms;
    const char *refused;
};

static bool staff_look(struct stepping *s, GError **error)
{
    for (size_t i = 0; i < 2; i++) {
        bool found = false;
        if (s->saying->staff[i][0] != '\0' && !db_staff_find(s->db, s->saying->staff[i], s->saying->deed.at_ms, &s->staff[i], &found, error))
            return false;
        if (!found)
            memset(&s->staff[i], 0, sizeof s->staff[i]);
    }
    return true;
}

static bool register_judge(struct stepping *s, enum staff_act act, size_t needed, GError **error)
{
    enum ledger_code code = LEDGER_OK;
    const char *kiosk = *s->told->kiosk != '\0' ? s->told->kiosk : *s->row.kiosk != '\0' ? s->row.kiosk : NOWHERE;
    struct staff_question question = {.names = {s->saying->staff[0], s->saying->staff[1]}, .needed = needed, .act = act,
                                      .kiosk = kiosk, .about = *s->row.card != '\0' ? s->row.card : NULL,
                                      .at_ms = s->saying->deed.at_ms, .now_ms = s->now_ms};

    if (!staff_judge(s->db, &question, &code, error))
        return false;
    if (code != LEDGER_OK)
        s->refused = ledger_code_name(code);
    return true;
}

/* Whoever is of one provider speaks for that one; a clerk writes down what any of them says. */
static void provider_judge(struct stepping *s)
{
    if (!s->provider_known)
        s->refused = "PROVIDER";
    else if (s->staff[0].staff.role == STAFF_PROVIDER && !db_list_has(s->provider.staff, s->staff[0].staff.id))
        s->refused = "PROVIDER_STAFF";
}

/* Two of the desk are authority; a manager is by role. */
static size_t managers_needed(const struct stepping *s)
{
    return s->staff[0].staff.id[0] != '\0' && s->staff[0].staff.role == STAFF_MANAGER ? 1 : 2;
}

static bool who_judge(struct stepping *s, GError **error)
{
    switch (s->saying->deed.actor) {
    case ORDER_RESIDENT:
        if (s->told->desk)
            return register_judge(s, STAFF_DISPATCH, 1, error); /* not a provider, about its own work */
        if (*s->row.card == '\0' || strcmp(s->saying->card_token, s->row.card) != 0)
            s->refused = "OTHER_CARD";
        return true;
    case ORDER_PROVIDER:
        if (!register_judge(s, STAFF_ORDERS, 1, error))
            return false;
        if (s->refused == NULL)
            provider_judge(s);
        return true;
    case ORDER_CLERK:
        return register_judge(s, STAFF_DISPATCH, 1, error);
    case ORDER_MANAGER:
        return register_judge(s, STAFF_DISPATCH, managers_needed(s), error);
    default: /* the clock is ours */
        s->refused = order_code_name(ORDER_ACTOR);
        return true;
    }
}

static bool gives_provider(enum order_step step)
{
    return step == ORDER_DO_DISPATCH || step == ORDER_DO_ASSIGN || step == ORDER_DO_GRAB;
}

/* To whom it goes: somebody who is there and does this. */
static bool provider_look(struct stepping *s, GError **error)
{
    const struct order_deed *deed = &s->saying->deed;

    if (*deed->provider == '\0')
        return true;
    if (!db_provider_find(s->db, deed->provider, &s->provider, &s->provider_known, error))
        return false;
    if (!s->provider_known || (gives_provider(deed->step) &&
                               (s->provider.retired_ms != 0 || !db_list_has(s->provider.services, s->row.service))))
        s->refused = "PROVIDER";
    return true;
}

static bool stars_fit(const struct order_saying *saying)
{
    bool rates = saying->deed.step == ORDER_DO_RATE;

    return rates ? saying->stars >= 1 && saying->stars <= ORDER_STARS_MAX : saying->stars == 0;
}

/* ---- Steps ---- */

/* What a resident says lies with the order, from where it can be taken away; what staff say, with the step. */
static void said_keep(struct stepping *s, bool resident)
{
    if (!resident || *s->saying->deed.reason == '\0')
        return;
    db_secret_free(s->row.said);
    s->row.said = g_strdup(s->saying->deed.reason);
}

static bool step_write(struct stepping *s, GError **error)
{
    const struct order_deed *deed = &s->saying->deed;
    bool resident = deed->actor == ORDER_RESIDENT;
    enum order_code code = ORDER_OK;
    struct order_work work = {.db = s->db, .row = &s->row, .id = s->told->id, .kiosk = s->told->kiosk,
                              .staff = {s->staff[0].staff.id, s->staff[1].staff.id}, .note = resident ? "" : deed->reason,
                              .now_ms = s->now_ms};

    said_keep(s, resident);
    if (deed->step == ORDER_DO_RATE)
        s->row.stars = s->saying->stars;
    if (!order_work_do(&work, deed, &code, error))
        return false;
    if (code != ORDER_OK)
        s->refused = order_code_name(code);
    return true;
}

static bool step_judged(struct stepping *s, GError **error)
{
    if (!stars_fit(s->saying))
        s->refused = "STARS";
    return (s->refused != NULL || staff_look(s, error)) && (s->refused != NULL || provider_look(s, error)) &&
           (s->refused != NULL || who_judge(s, error)) && (s->refused != NULL || step_write(s, error));
}

bool service_order_step(struct db *db, const struct order_saying *saying, const struct order_told *told, int64_t now_ms,
                        enum order_state *out, const char **refused, GError **error)
{
    struct stepping s = {.db = db, .saying = saying, .told = told, .now_ms = now_ms};
    bool found = false, taken = false;

    *refused = NULL;
    if (!db_service_order_find(db, saying->order, &s.row, &found, error) || !db_order_step_taken(db, told->id, &taken, error)) {
        service_order_clear(&s.row);
        return false;
    }
    if (!found) {
        *refused = "UNKNOWN";
        return true;
    }
    bool ok = taken || step_judged(&s, error);
    *refused = s.refused;
    *out = s.row.order.state;
    service_order_clear(&s.row);
    return ok;
}

/* ---- Who left ---- */

/* As the resident may, whom others speak for now. */
static struct order_deed leaving_deed(const struct service_order_row *row, int64_t now_ms)
{
    bool was_absent = row->order.state == ORDER_NO_SHOW;

    return (struct order_deed){.step = was_absent ? ORDER_DO_CLOSE : ORDER_DO_CANCEL, .actor = was_absent ? ORDER_CLERK : ORDER_RESIDENT,
                               .at_ms = now_ms};
}

static bool leave_one(struct db *db, const char *id, const char *const staff[2], const char *note, int64_t now_ms, GError **error)
{
    struct service_order_row row;
    enum order_code code;
    bool found = false;
    char step[37];

    uuid7(now_ms, step);
    struct order_work work = {.db = db, .row = &row, .id = step, .kiosk = "", .staff = {staff[0], staff[1]}, .note = note, .now_ms = now_ms};
    if (!db_service_order_find(db, id, &row, &found, error))
        return false;
    struct order_deed deed = leaving_deed(&row, now_ms);
    bool ok = found && order_work_do(&work, &deed, &code, error);
    service_order_clear(&row);
    return ok;
}

bool service_orders_leave(struct db *db, int64_t person, const char *const staff[2], const char *note, int64_t now_ms, GError **error)
{
    g_autoptr(GPtrArray) ids = db_service_orders_open(db, person, error);
    bool ok = ids != NULL;

    for (guint i = 0; ok && i < ids->len; i++)
        ok = leave_one(db, g_ptr_array_index(ids, i), staff, note, now_ms, error);
    return ok;
}
