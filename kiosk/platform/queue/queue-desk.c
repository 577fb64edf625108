/* SPDX-License-Identifier: Apache-2.0 */
/* What a kiosk asks for whoever stands there, and what staff say at their counters. */
#include "platform/queue/queues.h"
#include "platform/queue/appointments.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include <string.h>

struct desk {
    struct platform *platform;
    struct db *db;
    const struct queue_call *call;
    struct tap_session session;
    bool tapped;
    char hall[QUEUE_PLACE_SIZE];
    struct queue_row row;
    int64_t now_ms;
};

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

/* What there is not is 422, what cannot be now 409. */
static bool refuse_by(struct tap_refusal *refusal, const char *code)
{
    bool unknown = strcmp(code, "QUEUE_MATTER") == 0 || strcmp(code, "QUEUE_UNKNOWN") == 0 || strcmp(code, "KEY_REUSED") == 0;

    if (strcmp(code, "QUEUE_TOO_MANY") != 0)
        return refuse(refusal, unknown ? 422 : 409, code);
    *refusal = (struct tap_refusal){.status = 429, .code = code, .retry_after_s = QUEUE_RETRY_S};
    return false;
}

/* ---- The answer ---- */

static bool estimate_of(struct desk *d, unsigned ahead, struct queue_estimate *out, GError **error)
{
    g_autoptr(GArray) services = db_queue_services(d->db, d->row.hall, d->row.letter, error);
    int64_t counters = 0;

    if (services == NULL || !db_queue_counters(d->db, d->row.hall, d->row.letter, &counters, error))
        return false;
    *out = queue_estimate(queue_median((int64_t *)(void *)services->data, services->len), ahead, (unsigned)counters);
    return true;
}

static json_t *answer(struct desk *d, GError **error)
{
    char number[QUEUE_NO_SIZE] = "";
    struct queue_estimate estimate;
    unsigned ahead = 0;

    if (!queues_ahead(d->db, &d->row, d->now_ms, &ahead, error) || !estimate_of(d, ahead, &estimate, error))
        return NULL;
    queue_no_write(d->row.letter, d->row.no, number);
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I}", "id", d->row.id, "number", number, "matter", d->row.matter, "class",
                            queue_class_name(d->row.class), "state", queue_state_name(d->row.ticket.state), "calls",
                            (int)d->row.ticket.calls, "counter", d->row.counter, "ahead", (int)ahead, "server_time", (json_int_t)d->now_ms);
    if (queue_waits(d->row.ticket.state) && estimate.from_min >= 0) {
        json_object_set_new(out, "from_min", json_integer(estimate.from_min));
        json_object_set_new(out, "to_min", json_integer(estimate.to_min));
    }
    return out;
}

/* ---- Who asks ---- */

static bool hall_open(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    int64_t own;

    if (!db_hall_of_kiosk(d->db, d->call->kiosk, d->hall, &own, error))
        return false;
    return *d->hall != '\0' || refuse(refusal, 409, "QUEUE_HALL");
}

static bool session_open(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    if (d->call->secret == NULL)
        return true;
    if (!taps_find(d->db, d->call->kiosk, d->call->secret, d->now_ms, &d->session, &d->tapped, error))
        return false;
    return d->tapped || refuse(refusal, 403, "SESSION_OVER");
}

static bool staff_judged(struct db *db, const char *staff, const char *kiosk, int64_t now_ms, enum ledger_code *code, GError **error)
{
    struct staff_question question = {.names = {staff}, .needed = 1, .act = STAFF_DESK, .kiosk = kiosk, .at_ms = now_ms, .now_ms = now_ms};

    return staff_judge(db, &question, code, error);
}

static bool staff_open(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    enum ledger_code code = LEDGER_OK;

    if (!d->tapped || d->session.staff[0] == '\0')
        return refuse(refusal, 403, "STAFF_NEEDED");
    if (!staff_judged(d->db, d->session.staff, d->call->kiosk, d->now_ms, &code, error))
        return false;
    return code == LEDGER_OK || refuse(refusal, 403, "STAFF_NEEDED");
}

/* ---- A number ---- */

/* The same request once more: what became of it. */
static bool number_again(struct desk *d, bool *again, struct tap_refusal *refusal, GError **error)
{
    if (!db_queue_find(d->db, d->call->key, &d->row, again, error))
        return false;
    if (*again && (strcmp(d->row.kiosk, d->call->kiosk) != 0 || strcmp(d->row.matter, d->call->matter) != 0))
        return refuse(refusal, 422, "KEY_REUSED");
    return true;
}

static bool number_new(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    bool own = d->tapped && d->session.staff[0] == '\0', found = false;
    struct queue_asking asking = {.id = d->call->key, .hall = d->hall, .matter = d->call->matter, .kiosk = d->call->kiosk,
                                  .card = own ? d->session.card : "", .staff = d->call->priority ? d->session.staff : NULL,
                                  .priority = d->call->priority, .at_ms = d->now_ms};
    struct queue_step_found other;
    const char *code = NULL;

    if (!db_queue_step_of(d->db, d->call->key, &other, error))
        return false;
    if (*other.ticket != '\0')
        return refuse(refusal, 422, "KEY_REUSED");
    /* The one that it has, whose answer may have been lost. */
    if (own && !queues_of_card(d->db, d->hall, d->call->matter, d->session.card, &d->row, &found, error))
        return false;
    if (found)
        return appointments_meet(d->db, &d->row, d->now_ms, error);
    if (!queues_issue(d->db, &asking, d->now_ms, &code, error))
        return false;
    if (code != NULL)
        return refuse_by(refusal, code);
    return db_queue_find(d->db, d->call->key, &d->row, &found, error) && found;
}

static json_t *number_in(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    bool again = false;
    int done = 0;

    /* What was yesterday's is nobody's today, whether the clock looked or not. */
    if (!hall_open(d, refusal, error) || !queues_tick(d->db, d->hall, d->now_ms, &done, error) || !number_again(d, &again, refusal, error))
        return NULL;
    if (!again && (!session_open(d, refusal, error) || (d->call->priority && !staff_open(d, refusal, error)) || !number_new(d, refusal, error)))
        return NULL;
    return answer(d, error);
}

/* ---- At a counter ---- */

static const struct {
    const char *what;
    enum queue_step step;
    bool own; /* only of whom this counter has called */
} SAYINGS[] = {{"recall", QUEUE_DO_RECALL, true}, {"skip", QUEUE_DO_SKIP, true},      {"serve", QUEUE_DO_SERVE, true},
               {"done", QUEUE_DO_DONE, true},     {"back", QUEUE_DO_BACK, false},     {"cancel", QUEUE_DO_CANCEL, false},
               {"transfer", QUEUE_DO_TRANSFER, false}};

static bool saying_find(const char *what, enum queue_step *step, bool *own)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SAYINGS); i++)
        if (strcmp(SAYINGS[i].what, what) == 0) {
            *step = SAYINGS[i].step;
            *own = SAYINGS[i].own;
            return true;
        }
    return false;
}

static bool call_next(struct desk *d, struct queue_doing *doing, const char **code, GError **error)
{
    bool paused = false, busy = false;

    doing->step = QUEUE_DO_CALL;
    if (!db_queue_counter_paused(d->db, d->hall, d->call->counter, &paused, error) ||
        !db_queue_at_counter(d->db, d->hall, d->call->counter, &d->row, &busy, error))
        return false;
    *code = paused ? "QUEUE_PAUSED" : busy ? "QUEUE_BUSY" : NULL;
    return *code != NULL || queues_call(d->db, d->hall, d->call->groups, doing, &d->row, code, error);
}

static bool move(struct desk *d, struct queue_doing *doing, const char **code, GError **error)
{
    struct queue_row old = d->row;
    char id[37];

    uuid7(d->now_ms, id);
    return queues_transfer(d->db, &old, d->call->matter, id, doing, &d->row, code, error);
}

/* Of one that is known: nobody moves their own. */
static bool say(struct desk *d, struct queue_doing *doing, bool own, const char **code, GError **error)
{
    enum queue_code done = QUEUE_OK;
    bool found = false, mine = false;

    if (!db_queue_find(d->db, d->call->ticket, &d->row, &found, error))
        return false;
    if (!found || strcmp(d->row.hall, d->hall) != 0)
        *code = "QUEUE_UNKNOWN";
    else if (own && strcmp(d->row.counter, d->call->counter) != 0)
        *code = "QUEUE_OTHER";
    else if (!queues_own(d->db, doing, d->row.card, &mine, error))
        return false;
    if (mine)
        *code = "QUEUE_OWN";
    if (*code != NULL)
        return true;
    if (doing->step == QUEUE_DO_TRANSFER)
        return move(d, doing, code, error);
    if (!queues_step(d->db, &d->row, doing, &done, error))
        return false;
    *code = done != QUEUE_OK ? queue_code_name(done) : NULL;
    return true;
}

/* The same request once more: the number that it was about, or the one that came of it. */
static bool step_again(struct desk *d, bool *again, const char **code, GError **error)
{
    struct queue_step_found before;
    bool found;

    if (!db_queue_step_of(d->db, d->call->key, &before, error))
        return false;
    *again = *before.ticket != '\0';
    if (!*again)
        return true;
    if (strcmp(before.step, d->call->what) != 0 || (*d->call->ticket != '\0' && strcmp(before.ticket, d->call->ticket) != 0))
        *code = "KEY_REUSED";
    if (!db_queue_find(d->db, before.ticket, &d->row, &found, error))
        return false;
    return strcmp(d->call->what, "transfer") != 0 || d->row.moved[0] == '\0' || db_queue_find(d->db, d->row.moved, &d->row, &found, error);
}

static json_t *pause_in(struct desk *d, bool pause, GError **error)
{
    if (!db_queue_counter_set(d->db, d->hall, d->call->counter, pause ? d->now_ms : 0, error) || !db_change_add(d->db, "queue", d->hall, error))
        return NULL;
    return json_pack("{s:s, s:b, s:I}", "counter", d->call->counter, "paused", pause, "server_time", (json_int_t)d->now_ms);
}

static json_t *step_in(struct desk *d, const char *staff, const char **code, GError **error)
{
    bool pause = strcmp(d->call->what, "pause") == 0, own = false, again = false;
    struct queue_doing doing = {.actor = QUEUE_BY_DESK, .id = d->call->key, .kiosk = d->call->kiosk, .staff = staff, .counter = d->call->counter,
                                .at_ms = d->now_ms};
    int done = 0;

    if (pause || strcmp(d->call->what, "resume") == 0)
        return pause_in(d, pause, error);
    if (!queues_tick(d->db, d->hall, d->now_ms, &done, error) || !step_again(d, &again, code, error))
        return NULL;
    bool ok = again || (saying_find(d->call->what, &doing.step, &own) ? say(d, &doing, own, code, error) : call_next(d, &doing, code, error));
    return ok && *code == NULL ? answer(d, error) : NULL;
}

/* ---- Transactions ---- */

static json_t *ended(struct desk *d, json_t *json, GError **error)
{
    if (json != NULL && db_commit(d->db, error))
        return json;
    if (json == NULL)
        db_rollback(d->db);
    json_decref(json);
    return NULL;
}

json_t *queues_number(struct platform *platform, const struct queue_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    struct desk d = {.platform = platform, .db = platform->db, .call = call, .now_ms = now_ms};

    *refusal = (struct tap_refusal){0};
    return db_begin(d.db, true, error) ? ended(&d, number_in(&d, refusal, error), error) : NULL;
}

static json_t *desk_in(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    const char *code = NULL;

    if (!hall_open(d, refusal, error) || !session_open(d, refusal, error) || !staff_open(d, refusal, error))
        return NULL;
    json_t *out = step_in(d, d->session.staff, &code, error);
    if (code != NULL)
        refuse_by(refusal, code);
    return out;
}

json_t *queues_desk(struct platform *platform, const struct queue_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    struct desk d = {.platform = platform, .db = platform->db, .call = call, .now_ms = now_ms};

    *refusal = (struct tap_refusal){0};
    return db_begin(d.db, true, error) ? ended(&d, desk_in(&d, refusal, error), error) : NULL;
}

static json_t *by_in(struct desk *d, const char *hall, const char *staff, GError **error)
{
    enum ledger_code judged = LEDGER_OK;
    const char *code = NULL;
    struct hall_row row;
    bool found = false;

    g_strlcpy(d->hall, hall, sizeof d->hall);
    if (!db_hall_find(d->db, hall, &row, &found, error) || !staff_judged(d->db, staff, NULL, d->now_ms, &judged, error))
        return NULL;
    code = !found ? "QUEUE_HALL" : judged != LEDGER_OK ? ledger_code_name(judged) : NULL;
    json_t *out = code == NULL ? step_in(d, staff, &code, error) : NULL;
    if (code != NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "it is not done: %s", code);
    return out;
}

json_t *queues_desk_by(struct platform *platform, const char *hall, const char *staff, const struct queue_call *call, int64_t now_ms,
                       GError **error)
{
    struct desk d = {.platform = platform, .db = platform->db, .call = call, .now_ms = now_ms};

    return db_begin(d.db, true, error) ? ended(&d, by_in(&d, hall, staff, error), error) : NULL;
}
