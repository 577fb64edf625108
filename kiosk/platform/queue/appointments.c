/* SPDX-License-Identifier: Apache-2.0 */
/* Who may come when, who came, and who did not. */
#include "platform/queue/appointments.h"
#include "model/civic.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/staff.h"
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    INT64_C(86400000)

/* ---- Times that are offered ---- */

static bool hours_fit(struct db *db, const struct hall_row *hall, const struct slot_row *slot, bool *fit, GError **error)
{
    g_autoptr(GArray) days = db_ticket_days(db, error);
    uint32_t day = date_of_ms(slot->start_ms);
    int64_t minute = (slot->start_ms - ms_of_date(day)) / MINUTE_MS;

    if (days == NULL)
        return false;
    const struct calendar calendar = {(const struct calendar_day *)(const void *)days->data, days->len};
    *fit = workday(&calendar, day) && minute >= hall->open_min && minute + slot->minutes <= hall->close_min;
    return true;
}

/* *found: there is this matter, here and now. */
static bool matter_load(struct db *db, const char *hall, const char *code, struct matter *out, bool *found, GError **error)
{
    bool retired = false;

    if (!db_matter_find(db, code, out, &retired, found, error))
        return false;
    *found = *found && !retired && matter_at(out, hall);
    return true;
}

bool appointments_slot_put(struct db *db, const struct slot_row *slot, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    struct hall_row hall;
    bool found = false, here = false, fit = false;

    if (!db_hall_find(db, slot->hall, &hall, &found, error) || !matter_load(db, slot->hall, slot->matter, matter, &here, error))
        return false;
    if (!found || !here)
        return platform_refuse(error, "there is no such hall, or this matter is not done there");
    if (!hours_fit(db, &hall, slot, &fit, error))
        return false;
    if (!fit || slot->minutes < 1 || slot->minutes > 480 || slot->places < 0 || slot->places > 1000)
        return platform_refuse(error, "a time lies within the hours of the hall on a working day, and has up to 1000 places");
    return db_slot_put(db, slot, error);
}

/* ---- One step ---- */

static bool written(struct db *db, const struct appointment_row *row, const char *step, const char *staff, int64_t at_ms, GError **error)
{
    const struct appointment_step_row said = {.appointment = row->id, .step = step, .staff = staff, .at_ms = at_ms,
                                              .start_ms = row->appointment.start_ms};

    return db_appointment_step_add(db, &said, error);
}

struct doing {
    enum appointment_step step;
    const char *staff; /* "" nobody */
    int64_t start_ms, at_ms;
};

static bool step_do(struct db *db, struct appointment_row *row, const struct doing *doing, enum appointment_code *code, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    bool retired, found;

    if (!db_matter_find(db, row->matter, matter, &retired, &found, error))
        return false;
    *code = appointment_do(&row->appointment, doing->step, matter, doing->start_ms, doing->at_ms);
    return *code != APPOINTMENT_OK ||
           (db_appointment_put(db, row, error) && written(db, row, appointment_step_name(doing->step), doing->staff, doing->at_ms, error));
}

/* ---- Asking ---- */

static bool people_fit(struct db *db, const char *staff, const char *card, int64_t now_ms, const char **code, GError **error)
{
    const struct staff_question question = {.names = {staff}, .needed = 1, .act = STAFF_DESK, .about = card, .at_ms = now_ms, .now_ms = now_ms};
    enum ledger_code judged = LEDGER_OK;

    if (!staff_judge(db, &question, &judged, error))
        return false;
    *code = judged != LEDGER_OK ? ledger_code_name(judged) : NULL;
    return true;
}

static bool judged_by(struct db *db, const struct matter *matter, const struct appointment_facts *facts, int64_t start_ms, int64_t now_ms,
                      enum appointment_code *code, GError **error)
{
    g_autoptr(GArray) days = db_ticket_days(db, error);

    if (days == NULL)
        return false;
    const struct calendar calendar = {(const struct calendar_day *)(const void *)days->data, days->len};
    *code = appointment_judge(matter, &calendar, facts, start_ms, now_ms);
    return true;
}

/* One person is in one place at a time. */
static bool once_judge(struct db *db, const struct appointment_row *row, const struct slot_row *slot, const char **code, GError **error)
{
    int64_t others = 0;

    if (!db_appointments_at(db, row->card, slot, row->id, &others, error))
        return false;
    if (others > 0)
        *code = "APPOINTMENT_TWICE";
    return true;
}

/* May this one be at that time, or move there? */
static bool time_judge(struct db *db, const struct appointment_row *row, int64_t start_ms, int64_t now_ms, const char **code, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    struct appointment_facts facts = {0};
    struct slot_row slot;
    enum appointment_code judged = APPOINTMENT_OK;
    bool here = false, found = false;

    if (!matter_load(db, row->hall, row->matter, matter, &here, error) ||
        !db_slot_find(db, row->hall, row->matter, start_ms, &slot, &found, error))
        return false;
    *code = !here || !found ? "APPOINTMENT_NONE" : NULL;
    if (*code != NULL)
        return true;
    g_autoptr(GArray) missed = db_appointments_missed(db, row->matter, row->card, error);
    if (missed == NULL)
        return false;
    facts = (struct appointment_facts){.places = slot.places, .missed_ms = (const int64_t *)(const void *)missed->data, .missed = missed->len};
    if (!db_appointment_facts(db, row, start_ms, row->id, &facts, error) ||
        !judged_by(db, matter, &facts, start_ms, now_ms, &judged, error))
        return false;
    *code = judged != APPOINTMENT_OK ? appointment_code_name(judged) : NULL;
    return *code != NULL || once_judge(db, row, &slot, code, error);
}

static bool same(const struct appointment_row *row, const struct appointment_asking *asking)
{
    return row->appointment.start_ms == asking->start_ms && strcmp(row->hall, asking->hall) == 0 &&
           strcmp(row->matter, asking->matter) == 0 && strcmp(row->card, asking->card) == 0;
}

bool appointments_book(struct db *db, const struct appointment_asking *asking, int64_t now_ms, const char **code, GError **error)
{
    struct appointment_row row, known;
    bool active = false, found = false;

    *code = NULL;
    if (!db_appointment_find(db, asking->id, &known, &found, error) || !people_fit(db, asking->staff, asking->card, now_ms, code, error))
        return false;
    if (found && *code == NULL)
        *code = !same(&known, asking)                           ? ID_REUSED
                : known.appointment.state == APPOINTMENT_BOOKED ? NULL
                                                                : appointment_code_name(APPOINTMENT_STATE);
    if (found || *code != NULL)
        return true;
    row = (struct appointment_row){.booked_ms = now_ms, .appointment = {.state = APPOINTMENT_BOOKED, .start_ms = asking->start_ms}};
    g_strlcpy(row.id, asking->id, sizeof row.id);
    g_strlcpy(row.hall, asking->hall, sizeof row.hall);
    g_strlcpy(row.matter, asking->matter, sizeof row.matter);
    g_strlcpy(row.card, asking->card, sizeof row.card);
    if (!db_card_token_active(db, asking->card, &active, error))
        return false;
    *code = active ? NULL : "APPOINTMENT_CARD";
    if (*code == NULL && !time_judge(db, &row, asking->start_ms, now_ms, code, error))
        return false;
    return *code != NULL || (db_appointment_add(db, &row, error) && written(db, &row, "book", asking->staff, now_ms, error));
}

static bool open_find(struct db *db, const struct appointment_asking *asking, int64_t now_ms, struct appointment_row *row, const char **code,
                      GError **error)
{
    bool found = false;

    *code = NULL;
    if (!db_appointment_find(db, asking->id, row, &found, error))
        return false;
    if (found)
        return people_fit(db, asking->staff, row->card, now_ms, code, error);
    *code = "APPOINTMENT_UNKNOWN";
    return true;
}

static bool changed(struct db *db, struct appointment_row *row, const struct doing *doing, const char **code, GError **error)
{
    enum appointment_code done = APPOINTMENT_OK;

    if (!step_do(db, row, doing, &done, error))
        return false;
    *code = done != APPOINTMENT_OK ? appointment_code_name(done) : NULL;
    return true;
}

bool appointments_move(struct db *db, const struct appointment_asking *asking, int64_t now_ms, const char **code, GError **error)
{
    const struct doing move = {.step = APPOINTMENT_DO_MOVE, .staff = asking->staff, .start_ms = asking->start_ms, .at_ms = now_ms};
    struct appointment_row row;

    if (!open_find(db, asking, now_ms, &row, code, error))
        return false;
    if (*code != NULL || (row.appointment.state == APPOINTMENT_BOOKED && row.appointment.start_ms == asking->start_ms))
        return true; /* it is there already */
    if (!time_judge(db, &row, asking->start_ms, now_ms, code, error))
        return false;
    return *code != NULL || changed(db, &row, &move, code, error);
}

bool appointments_cancel(struct db *db, const struct appointment_asking *asking, bool by_hall, int64_t now_ms, const char **code, GError **error)
{
    const struct doing cancel = {.step = by_hall ? APPOINTMENT_DO_CALL_OFF : APPOINTMENT_DO_CANCEL, .staff = asking->staff, .at_ms = now_ms};
    struct appointment_row row;

    if (!open_find(db, asking, now_ms, &row, code, error))
        return false;
    if (*code != NULL || row.appointment.state == APPOINTMENT_CANCELLED)
        return true;
    return changed(db, &row, &cancel, code, error);
}

/* ---- Who came ---- */

bool appointments_near(struct db *db, const struct queue_row *number, int64_t at_ms, struct appointment_row *out, bool *found, GError **error)
{
    *found = false;
    if (number->card[0] == '\0')
        return true;
    if (!db_appointment_of_slip(db, number->hall, number->matter, number->card, number->day, out, found, error))
        return false;
    return *found || db_appointment_near(db, number->hall, number->matter, number->card, at_ms - APPOINTMENT_AFTER_MS,
                                         at_ms + APPOINTMENT_BEFORE_MS, out, found, error);
}

bool appointments_keep(struct db *db, struct appointment_row *row, const struct queue_row *number, int64_t at_ms, GError **error)
{
    const struct doing keep = {.step = APPOINTMENT_DO_KEEP, .staff = "", .at_ms = at_ms};
    enum appointment_code code = APPOINTMENT_OK;

    g_strlcpy(row->ticket, number->id, sizeof row->ticket);
    if (row->appointment.state == APPOINTMENT_KEPT) /* with a slip until now */
        return db_appointment_put(db, row, error) && written(db, row, appointment_step_name(keep.step), "", at_ms, error);
    return step_do(db, row, &keep, &code, error) && (code == APPOINTMENT_OK || platform_refuse(error, appointment_code_name(code)));
}

bool appointments_waited(struct db *db, const struct queue_row *number, GError **error)
{
    int64_t from_ms = number->ticket.issued_ms + APPOINTMENT_BEFORE_MS, to_ms = ms_of_date(number->day) + DAY_MS - 1;
    bool found = number->card[0] != '\0';
    struct appointment_row row;

    while (found) {
        struct doing keep = {.step = APPOINTMENT_DO_KEEP, .staff = ""};
        enum appointment_code code;

        if (!db_appointment_near(db, number->hall, number->matter, number->card, from_ms, to_ms, &row, &found, error))
            return false;
        if (!found || row.appointment.state != APPOINTMENT_NO_SHOW)
            return true; /* what is still to come the clock judges */
        keep.at_ms = row.appointment.start_ms;
        if (!step_do(db, &row, &keep, &code, error))
            return false;
        found = code == APPOINTMENT_OK;
    }
    return true;
}

bool appointments_meet(struct db *db, struct queue_row *number, int64_t now_ms, GError **error)
{
    struct appointment_row row;
    bool found = false;

    if (number->ticket.state != QUEUE_ISSUED || number->class == QUEUE_BOOKED)
        return true;
    if (!appointments_near(db, number, now_ms, &row, &found, error))
        return false;
    if (!found)
        return true;
    number->class = QUEUE_BOOKED;
    return db_queue_booked(db, number->id, error) && appointments_keep(db, &row, number, now_ms, error) &&
           db_change_add(db, "queue", number->hall, error);
}

/* Could they have come: was the matter still done there, and the hall open then? */
static bool could_come(struct db *db, const struct appointment_row *row, bool *could, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    bool here = false, known = false, offered = false;
    struct hall_row hall;
    struct slot_row slot;

    *could = false;
    if (!matter_load(db, row->hall, row->matter, matter, &here, error) || !db_hall_find(db, row->hall, &hall, &known, error) ||
        !db_slot_find(db, row->hall, row->matter, row->appointment.start_ms, &slot, &offered, error))
        return false;
    return !here || !known || !offered || hours_fit(db, &hall, &slot, could, error);
}

static bool came(struct db *db, const struct appointment_row *row, bool *came_then, GError **error)
{
    int64_t start_ms = row->appointment.start_ms, count = 0;
    struct queue_row like = {.day = date_of_ms(start_ms)};

    g_strlcpy(like.hall, row->hall, sizeof like.hall);
    g_strlcpy(like.matter, row->matter, sizeof like.matter);
    g_strlcpy(like.card, row->card, sizeof like.card);
    bool ok = db_queue_came(db, &like, start_ms + APPOINTMENT_AFTER_MS, &count, error);
    *came_then = count > 0;
    return ok;
}

/* Served before the time was in time, or with a number that waits since then: they came. Nobody is absent where nobody could come. */
static bool tick_one(struct db *db, struct appointment_row *row, int64_t now_ms, GError **error)
{
    struct doing doing = {.step = APPOINTMENT_DO_MISS, .staff = "", .at_ms = now_ms};
    bool was_there = false, could = false;
    enum appointment_code code;

    if (!came(db, row, &was_there, error) || !could_come(db, row, &could, error))
        return false;
    if (was_there) {
        doing.step = APPOINTMENT_DO_KEEP;
        doing.at_ms = row->appointment.start_ms;
    } else if (!could) {
        doing.step = APPOINTMENT_DO_CALL_OFF;
    }
    return step_do(db, row, &doing, &code, error);
}

bool appointments_tick(struct db *db, int64_t now_ms, int *done, GError **error)
{
    g_autoptr(GArray) rows = db_appointments_due(db, now_ms - APPOINTMENT_AFTER_MS, error);
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++, (*done)++)
        ok = tick_one(db, &g_array_index(rows, struct appointment_row, i), now_ms, error);
    return ok;
}

static bool all_called_off(struct db *db, GArray *rows, const char *staff, int64_t now_ms, GError **error)
{
    const struct doing off = {.step = APPOINTMENT_DO_CALL_OFF, .staff = staff, .at_ms = now_ms};
    enum appointment_code code;
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++)
        ok = step_do(db, &g_array_index(rows, struct appointment_row, i), &off, &code, error);
    return ok;
}

bool appointments_leave(struct db *db, int64_t person, const char *staff, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) rows = db_appointments_of_person(db, person, error);

    return all_called_off(db, rows, staff, now_ms, error);
}

bool appointments_restored(struct db *db, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) rows = db_appointments_due(db, now_ms - APPOINTMENT_AFTER_MS, error);

    return all_called_off(db, rows, "", now_ms, error);
}
