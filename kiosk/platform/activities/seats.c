/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets a place. One order for everybody: by when they asked, however late their kiosk tells of it. Whoever asks while others wait goes
 * behind them, also when a place would do for one and not for the first of the queue. Places that a kiosk was given and has not told of are held for it.
 *
 *   asked ─► of the kiosk's own? ─► REGISTERED
 *         └► free, and nobody waits who asked before? ─► REGISTERED, else WAITLISTED ─► a place comes free: OFFERED to the first
 */
#include "platform/activities/activities.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define LATE_MS (3 * INT64_C(86400000)) /* kiosks without a line tell of who came so long after the end */
#define AT_ONCE 200                     /* seats of a transaction of the clock */
#define CARD    "SEAT_CARD"             /* not in use here: of nobody, lost, or given back */

/* ---- One step ---- */

struct doing {
    enum seat_step step;
    const char *id, *actor, *kiosk, *staff; /* id "": made of the seat's */
    int64_t at_ms, now_ms;
};

static bool told(struct db *db, const struct seat_row *row, const struct date_row *session, GError **error)
{
    return db_change_add(db, "seat", row->id, error) && db_change_add(db, "activity", session->activity, error);
}

/* *code SEAT_OK: it is done and written. */
static bool step_do(struct db *db, struct seat_row *row, const struct date_row *session, const struct doing *doing, enum seat_code *code,
                    GError **error)
{
    enum seat_state from = row->seat.state;
    struct seat_step_row step = {.seat = row->id, .id = doing->id, .step = seat_step_name(doing->step), .actor = doing->actor,
                                 .kiosk = doing->kiosk, .staff = doing->staff, .from = seat_state_name(from), .at_ms = doing->at_ms};

    *code = seat_do(&row->seat, doing->step, &session->session, doing->at_ms);
    if (*code != SEAT_OK)
        return true;
    if (row->seat.state == SEAT_CHECKED_IN && (from == SEAT_REQUESTED || from == SEAT_WAITLISTED))
        row->door = true; /* nobody had promised that one */
    row->changed_ms = doing->now_ms;
    step.to = seat_state_name(row->seat.state);
    return db_seat_put(db, row, error) && db_seat_step_add(db, &step, error) && told(db, row, session, error);
}

/* ---- Moving up ---- */

/* Who waits longest, as long as there is room for them and theirs. */
static bool promote(struct db *db, const struct date_row *session, int64_t now_ms, GError **error)
{
    struct doing offer = {.step = SEAT_DO_OFFER, .id = "", .actor = "platform", .at_ms = now_ms, .now_ms = now_ms};
    enum seat_code code = SEAT_OK;

    while (code == SEAT_OK) {
        struct date_count count;
        struct seat_row first;
        bool found;

        if (!db_date_count(db, session->id, &count, error) || !db_seat_first(db, session->id, &first, &found, error))
            return false;
        if (!found || session->session.seats - count.taken - count.held < 1 + first.seat.companions)
            return true;
        if (!step_do(db, &first, session, &offer, &code, error))
            return false;
    }
    return true;
}

/* ---- Asking ---- */

static bool facts_load(struct db *db, const struct seat_asking *asking, const struct date_row *session, struct seat_facts *out,
                       GError **error)
{
    struct credit_person person;
    struct date_count count;
    bool ahead;

    if (!db_date_count(db, session->id, &count, error) || !db_credit_person(db, asking->card, &person, error) ||
        !db_seat_clash(db, asking->card, session, &out->clash, error) ||
        !db_seat_ahead(db, asking->session, asking->at_ms, asking->id, &ahead, error))
        return false;
    out->taken = ahead ? session->session.seats : (int)MIN(INT32_MAX, count.taken + count.held);
    out->age = person.found && person.birth != 0 ? age_on(person.birth, date_of_ms(session->session.start_ms)) : -1;
    return true;
}

/* Was it given so many, and has it told of fewer? Told before the date began, by its own time. */
static bool drawn_right(struct db *db, const struct seat_asking *asking, const struct date_row *session, bool *right, GError **error)
{
    int64_t places = 0, gone = 0;

    if (!db_allotment(db, asking->kiosk, asking->session, &places, &gone, error))
        return false;
    *right = asking->drawn && places - gone >= 1 + asking->companions && asking->at_ms < session->session.start_ms;
    return true;
}

static void row_fill(const struct seat_asking *asking, int64_t now_ms, struct seat_row *row)
{
    *row = (struct seat_row){.seat = {.state = SEAT_REQUESTED, .companions = asking->companions, .asked_ms = asking->at_ms},
                             .changed_ms = now_ms};
    g_strlcpy(row->id, asking->id, sizeof row->id);
    g_strlcpy(row->session, asking->session, sizeof row->session);
    g_strlcpy(row->card, asking->card, sizeof row->card);
    g_strlcpy(row->kiosk, asking->kiosk, sizeof row->kiosk);
}

/* A new one, with what becomes of it at once. *code SEAT_OK: it is written. */
static bool row_add(struct db *db, struct seat_row *row, const struct date_row *session, enum seat_step first, enum seat_code *code,
                    GError **error)
{
    struct seat_step_row ask = {.seat = row->id, .id = row->id, .step = "ask", .actor = "resident", .kiosk = row->kiosk, .from = "",
                                .to = seat_state_name(SEAT_REQUESTED), .at_ms = row->seat.asked_ms};
    struct seat_step_row step = {.seat = row->id, .id = "", .step = seat_step_name(first), .kiosk = row->kiosk, .from = ask.to,
                                 .actor = first == SEAT_DO_CHECK_IN ? "resident" : "platform", .at_ms = row->seat.asked_ms};

    *code = seat_do(&row->seat, first, &session->session, row->seat.asked_ms);
    if (*code != SEAT_OK)
        return true;
    row->door = first == SEAT_DO_CHECK_IN;
    step.to = seat_state_name(row->seat.state);
    return db_seat_add(db, row, error) && db_seat_step_add(db, &ask, error) && db_seat_step_add(db, &step, error) &&
           told(db, row, session, error);
}

static bool judge(struct db *db, const struct seat_asking *asking, const struct date_row *session, struct seat_row *row,
                  enum seat_code *code, GError **error)
{
    struct seat_facts facts;

    /* What the kiosk had no more is a wish like any other. */
    if (!drawn_right(db, asking, session, &row->drawn, error) || !facts_load(db, asking, session, &facts, error))
        return false;
    *code = seat_judge(&session->session, &row->seat, &facts, asking->at_ms);
    if (*code == SEAT_FULL && row->drawn)
        *code = SEAT_OK;
    return true;
}

/* Why there is no seat, whatever is left; "": nothing stands against it. `twice`: the card has an open one at this date. */
static const char *refusal(bool active, bool twice, enum seat_code judged)
{
    if (!active)
        return CARD;
    if (twice)
        return "SEAT_TWICE";
    return judged == SEAT_OK || judged == SEAT_FULL ? "" : seat_code_name(judged);
}

/* A wish; `twice`: the card has an open one at this date, and gets nothing more. */
static bool wish(struct db *db, const struct seat_asking *asking, const struct date_row *session, bool twice, int64_t now_ms,
                 GError **error)
{
    enum seat_code judged = SEAT_OK, done;
    struct seat_row row;
    bool active;

    row_fill(asking, now_ms, &row);
    if (!db_card_token_active(db, asking->card, &active, error) || !judge(db, asking, session, &row, &judged, error))
        return false;
    g_strlcpy(row.reason, refusal(active, twice, judged), sizeof row.reason);
    bool refused = *row.reason != '\0';
    enum seat_step step = refused ? SEAT_DO_REFUSE : judged == SEAT_OK ? SEAT_DO_SEAT : SEAT_DO_QUEUE;
    if (!row_add(db, &row, session, step, &done, error))
        return false;
    return !refused || !row.drawn || promote(db, session, now_ms, error); /* what was held for it is free */
}

/* Who stands at the door is checked in by the seat that the card has. */
static bool check_in_open(struct db *db, const struct seat_asking *asking, const struct date_row *session, struct seat_row *open,
                          int64_t now_ms, const char **code, GError **error)
{
    struct doing in = {.step = SEAT_DO_CHECK_IN, .id = asking->id, .actor = "resident", .kiosk = asking->kiosk, .at_ms = asking->at_ms,
                       .now_ms = now_ms};
    enum seat_code done;

    if (open->seat.state == SEAT_CHECKED_IN)
        return true; /* a second tap */
    if (!step_do(db, open, session, &in, &done, error))
        return false;
    *code = done != SEAT_OK ? seat_code_name(done) : NULL;
    return true;
}

/* People decide at the door: judged by the time alone, if it is anybody's card. */
static bool walk_in(struct db *db, const struct seat_asking *asking, const struct date_row *session, int64_t now_ms, const char **code,
                    GError **error)
{
    int64_t person = -1;
    enum seat_code done;
    struct seat_row row;

    if (!db_card_token_person(db, asking->card, &person, error))
        return false;
    if (person < 0) {
        *code = CARD;
        return true;
    }
    row_fill(asking, now_ms, &row);
    if (!row_add(db, &row, session, SEAT_DO_CHECK_IN, &done, error))
        return false;
    *code = done != SEAT_OK ? seat_code_name(done) : NULL;
    return true;
}

bool seats_ask(struct db *db, const struct seat_asking *asking, int64_t now_ms, const char **code, GError **error)
{
    struct date_row session;
    struct seat_row open;
    bool found, has, taken;

    *code = NULL;
    /* A seat's first step has the seat's id. */
    if (!db_seat_step_taken(db, asking->id, &taken, error) || !db_date_find(db, asking->session, &session, &found, error) ||
        !db_seat_open(db, asking->session, asking->card, &open, &has, error))
        return false;
    if (taken || !found) {
        *code = taken ? ID_REUSED : "SEAT_UNKNOWN";
        return true;
    }
    if (!asking->door)
        return wish(db, asking, &session, has, now_ms, error);
    return has ? check_in_open(db, asking, &session, &open, now_ms, code, error)
               : walk_in(db, asking, &session, now_ms, code, error);
}

/* ---- Steps of residents and staff ---- */

/* Their place went while their kiosk could not tell; they came all the same. */
static bool came_all_the_same(struct db *db, const struct seat_order *order, const struct seat_row *row, const struct date_row *session,
                              int64_t now_ms, const char **code, GError **error)
{
    struct seat_asking asking = {.id = order->id, .session = row->session, .card = row->card,
                                 .kiosk = order->kiosk != NULL ? order->kiosk : "", .companions = row->seat.companions, .door = true,
                                 .at_ms = order->at_ms};

    return walk_in(db, &asking, session, now_ms, code, error);
}

static bool step_found(struct db *db, const struct seat_order *order, struct seat_row *row, const struct date_row *session,
                       int64_t now_ms, const char **code, GError **error)
{
    struct doing doing = {.step = order->step, .id = order->id, .actor = order->staff != NULL ? "staff" : "resident",
                          .kiosk = order->kiosk, .staff = order->staff, .at_ms = order->at_ms, .now_ms = now_ms};
    bool gone = !seat_is_open(row->seat.state) && row->seat.state != SEAT_COMPLETED, open;
    struct seat_row other;
    enum seat_code done;

    if (order->step == SEAT_DO_CHECK_IN && gone) {
        if (!told(db, row, session, error) || /* its kiosk waits for an answer about this one */
            !db_seat_open(db, row->session, row->card, &other, &open, error))
            return false;
        if (!open)
            return came_all_the_same(db, order, row, session, now_ms, code, error);
        *row = other;
    }
    if (!step_do(db, row, session, &doing, &done, error))
        return false;
    if (done != SEAT_OK)
        *code = seat_code_name(done);
    return done != SEAT_OK || promote(db, session, now_ms, error);
}

static bool step_of_people(enum seat_step step)
{
    return step == SEAT_DO_CANCEL || step == SEAT_DO_TAKE || step == SEAT_DO_CHECK_IN;
}

bool seats_step(struct db *db, const struct seat_order *order, int64_t now_ms, const char **code, GError **error)
{
    struct date_row session;
    struct seat_row row;
    bool found, taken;

    *code = NULL;
    if (!db_seat_step_taken(db, order->id, &taken, error) || !db_seat_find(db, order->seat, &row, &found, error))
        return false;
    if (taken)
        return true;
    if (!found)
        *code = "SEAT_UNKNOWN";
    else if (order->card != NULL && strcmp(order->card, row.card) != 0)
        *code = "SEAT_OTHER_CARD";
    else if (!step_of_people(order->step))
        *code = seat_code_name(SEAT_STATE);
    if (*code != NULL)
        return true;
    return db_date_find(db, row.session, &session, &found, error) && step_found(db, order, &row, &session, now_ms, code, error);
}

/* ---- Called off ---- */

bool seats_call_off(struct db *db, const struct date_row *session, const char *staff, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) rows = db_seats(db, session->id, false, error);
    struct doing off = {.step = SEAT_DO_CALL_OFF, .id = "", .actor = "staff", .staff = staff, .at_ms = now_ms, .now_ms = now_ms};
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++) {
        struct seat_row *row = &g_array_index(rows, struct seat_row, i);
        enum seat_code code;

        g_strlcpy(row->reason, seat_code_name(SEAT_OVER), sizeof row->reason);
        ok = step_do(db, row, session, &off, &code, error);
    }
    return ok;
}

/* ---- Who left ---- */

/* What has begun goes on: the clock ends it. */
static bool give_back(struct db *db, struct seat_row *row, const char *staff, int64_t now_ms, GError **error)
{
    struct doing cancel = {.step = SEAT_DO_CANCEL, .id = "", .actor = "staff", .kiosk = "", .staff = staff, .at_ms = now_ms, .now_ms = now_ms};
    struct date_row session;
    enum seat_code code;
    bool found;

    return db_date_find(db, row->session, &session, &found, error) && found && step_do(db, row, &session, &cancel, &code, error);
}

static bool move_up(struct db *db, const char *id, int64_t now_ms, GError **error)
{
    struct date_row session;
    bool found;

    return db_date_find(db, id, &session, &found, error) && found && promote(db, &session, now_ms, error);
}

/* All of theirs before anybody moves up: another card of theirs may wait for the same date. */
bool seats_leave(struct db *db, int64_t person, const char *staff, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) rows = db_seats_of_person(db, person, error);
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++)
        ok = give_back(db, &g_array_index(rows, struct seat_row, i), staff, now_ms, error);
    for (guint i = 0; ok && i < rows->len; i++)
        ok = move_up(db, g_array_index(rows, struct seat_row, i).session, now_ms, error);
    return ok;
}

/* ---- The clock ---- */

static bool clock_one(struct db *db, const char *id, int64_t now_ms, int *done, GError **error)
{
    struct doing doing = {.id = "", .actor = "platform", .now_ms = now_ms};
    enum seat_code code = SEAT_STATE;
    struct date_row session;
    struct seat_row row;
    bool found;

    if (!db_seat_find(db, id, &row, &found, error) || !found || !db_date_find(db, row.session, &session, &found, error))
        return false;
    if (!seat_next(&row.seat, &session.session, &doing.step, &doing.at_ms) || doing.at_ms > now_ms)
        return true; /* an offer before it in this run changed what is next */
    if (doing.step == SEAT_DO_REFUSE)
        g_strlcpy(row.reason, seat_code_name(SEAT_LATE), sizeof row.reason);
    doing.at_ms = now_ms;
    if (!step_do(db, &row, &session, &doing, &code, error))
        return false;
    *done += code == SEAT_OK;
    return promote(db, &session, now_ms, error);
}

static bool clock_some(struct db *db, int64_t now_ms, int *done, guint *count, GError **error)
{
    g_autoptr(GPtrArray) due = db_seats_due(db, now_ms, LATE_MS, AT_ONCE, error);
    bool ok = due != NULL;

    *count = ok ? due->len : 0;
    for (guint i = 0; ok && i < due->len; i++)
        ok = clock_one(db, g_ptr_array_index(due, i), now_ms, done, error);
    return ok;
}

static bool told_end(struct db *db, int64_t now_ms, GError **error)
{
    if (!db_begin(db, true, error))
        return false;
    if (db_seats_told_end(db, now_ms, error) && db_activities_told_end(db, now_ms, error))
        return db_commit(db, error);
    db_rollback(db);
    return false;
}

bool seats_run(struct platform *platform, int64_t now_ms, int *done, GError **error)
{
    guint count = AT_ONCE;
    int before = -1;

    *done = 0;
    while (count == AT_ONCE && *done > before) {
        before = *done;
        if (!db_begin(platform->db, true, error))
            return false;
        if (!clock_some(platform->db, now_ms, done, &count, error)) {
            db_rollback(platform->db);
            return false;
        }
        if (!db_commit(platform->db, error))
            return false;
    }
    return told_end(platform->db, now_ms, error);
}
