/* SPDX-License-Identifier: Apache-2.0 */
/* Two taps, and what people make of them. */
#include "platform/credit/credit-work.h"
#include "platform/data/db-credit.h"
#include "platform/volunteers/volunteers.h"
#include "model/model.h"
#include <string.h>

bool credit_attendance_put(struct db *db, const struct attendance_row *row, GError **error)
{
    return db_attendance_put(db, row, error) && db_volunteer_changed(db, row->token, error);
}

/* VR-1: as it was told, whatever is made of it. */
static bool tap_put(struct credit_work *work, const struct attendance_event *event, const struct attendance_row *row, GError **error)
{
    const struct tap_row tap = {event->id, work->kiosk, event->out, event->at_ms, work->offset_ms};

    if (!credit_attendance_put(work->db, row, error) || !db_tap_told(work->db, &tap, error))
        return false;
    work->kept->tapped = *event;
    work->kept->tapped_seq = event->out ? 0 : work->seq;
    return true;
}

/* Its kiosk had not heard that this card took another's place, in which the person had signed in there: it is the same attendance. */
static bool same_attendance(struct credit_work *work, const struct attendance_row *row, bool *same, GError **error)
{
    g_autofree char *first = NULL;

    if (!db_attendance_begun(work->db, row, &first, error))
        return false;
    *same = first != NULL;
    return first == NULL || db_attendance_also(work->db, row->id, first, error);
}

/* Before its first tap. */
static struct attendance_row row_of(const char *kiosk, const struct attendance_event *event)
{
    struct attendance_row row = {.times = {.slot_start_ms = event->slot_start_ms, .slot_end_ms = event->slot_end_ms}};

    g_strlcpy(row.id, event->id, sizeof row.id);
    g_strlcpy(row.kiosk, kiosk, sizeof row.kiosk);
    g_strlcpy(row.token, event->token, sizeof row.token);
    g_strlcpy(row.slot, event->slot, sizeof row.slot);
    return row;
}

static bool tap_in(struct credit_work *work, const struct attendance_event *event, GError **error)
{
    struct attendance_row row = row_of(work->kiosk, event);
    struct credit_person person;
    bool overlaps, same = false, consent = false;

    if (!db_credit_person(work->db, event->token, &person, error))
        return false;
    if (!person.found)
        return credit_refuse(work, LEDGER_UNKNOWN);
    if (volunteer_gate(person.birth, date_of_ms(event->at_ms)) == VOLUNTEER_REFUSED)
        return credit_refuse(work, LEDGER_AGE);
    if (!volunteers_consent(work->db, event->token, person.birth, event->at_ms, &consent, error))
        return false;
    if (!consent)
        return credit_refuse_as(work, STORE_REJECTED, volunteer_code_name(VOLUNTEER_NO_CONSENT));
    if (attendance_tap(&row.times, event->at_ms) != TAP_IN)
        return credit_refuse(work, LEDGER_RULE);
    if (!same_attendance(work, &row, &same, error) || (!same && !db_attendance_overlaps(work->db, &row, &overlaps, error)))
        return false;
    if (same)
        return true;
    return overlaps ? credit_refuse(work, LEDGER_OVERLAP) : tap_put(work, event, &row, error);
}

/* Often somebody signs in and out and nobody is told of anything between: then the row is as the event before made it. */
static bool just_begun(const struct credit_work *work, const struct attendance_event *event, struct attendance_row *row)
{
    const struct attendance_event *in = &work->kept->tapped;

    if (!event->out || work->kept->tapped_seq == 0 || work->kept->tapped_seq != work->seq - 1 || strcmp(in->id, event->id) != 0)
        return false;
    *row = row_of(work->kiosk, in);
    return attendance_tap(&row->times, in->at_ms) == TAP_IN;
}

/* Of one that has just begun nothing was in the way up to the slot's end. */
static bool out_overlaps(struct credit_work *work, const struct attendance_row *row, bool just, bool *overlaps, GError **error)
{
    *overlaps = false;
    return (just && row->times.out_ms <= row->times.slot_end_ms) || db_attendance_overlaps(work->db, row, overlaps, error);
}

static bool tap_out(struct credit_work *work, const struct attendance_event *event, struct attendance_row *row, bool just, GError **error)
{
    bool overlaps;

    if (strcmp(row->token, event->token) != 0 || strcmp(row->slot, event->slot) != 0 ||
        attendance_tap(&row->times, event->at_ms) != TAP_OUT)
        return credit_refuse(work, LEDGER_RULE);
    if (!out_overlaps(work, row, just, &overlaps, error))
        return false;
    return overlaps ? credit_refuse(work, LEDGER_OVERLAP) : tap_put(work, event, row, error);
}

void credit_ask_tap(struct db *db, const char *kiosk, json_t *data)
{
    struct attendance_event event;
    struct credit_person person;
    g_autofree char *none = NULL;
    bool unused;

    if (!attendance_event_from_json(data, &event))
        return;
    struct attendance_row row = row_of(kiosk, &event), had;
    (void)db_attendance_find(db, event.id, &had, &unused, NULL);
    if (event.out || attendance_tap(&row.times, event.at_ms) != TAP_IN)
        return;
    (void)db_credit_person(db, event.token, &person, NULL);
    (void)db_attendance_begun(db, &row, &none, NULL);
    (void)db_attendance_overlaps(db, &row, &unused, NULL);
}

bool credit_apply_tap(struct credit_work *work, json_t *data, GError **error)
{
    struct attendance_event event;
    struct attendance_row row;
    bool found = false;

    if (!attendance_event_from_json(data, &event))
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    bool just = just_begun(work, &event, &row);
    if (!just && !db_attendance_find(work->db, event.id, &row, &found, error))
        return false;
    found = found || just;
    if (found != event.out)
        return credit_refuse(work, LEDGER_UNKNOWN);
    return found ? tap_out(work, &event, &row, just, error) : tap_in(work, &event, error);
}

bool credit_day_minutes(struct db *db, const char *token, int64_t at_ms, int64_t now_ms, int64_t *out, GError **error)
{
    static const char *const nobody[2] = {"", ""};
    int64_t day_ms = ms_of_date(date_of_ms(at_ms)), tapped = 0, received = 0;
    g_autofree char *account = g_strconcat("person:", token, NULL);
    struct paper_use paper;

    if (!db_attendance_minutes(db, token, day_ms, day_ms + 86400000, &tapped, error) ||
        !db_credit_paper(db, account, nobody, at_ms, now_ms, &paper, &received, error))
        return false;
    *out = tapped + paper.day_min;
    return true;
}

bool credit_star_minutes(struct db *db, const char *token, int64_t *out, GError **error)
{
    g_autofree char *account = g_strconcat("person:", token, NULL);
    int64_t posted = 0, disputed = 0;

    if (!db_credit_balance(db, account, BOOK_HOURS, &posted, error) || !db_attendance_disputed(db, token, &disputed, error))
        return false;
    *out = MAX(0, posted - disputed);
    return true;
}

/* VR-2, VR-3: with both taps what the rules credit; with one, what people answer for, within a day's hours. */
static bool minutes_most(struct credit_work *work, const struct attendance_row *row, int64_t *most, GError **error)
{
    int64_t done = 0;

    if (!credit_day_minutes(work->db, row->token, row->times.in_ms, work->now_ms, &done, error))
        return false;
    struct attendance times = row->times;
    if (times.out_ms == 0)
        times.out_ms = times.slot_end_ms;
    *most = hours_credited(&work->rules.hours, &times, done);
    return true;
}

static bool confirm(struct credit_work *work, struct attendance_row *row, int64_t minutes, GError **error)
{
    uint32_t today = date_of_ms(work->now_ms);

    row->minutes = minutes;
    row->times.state = work->rules.public_days > 0 ? ATTENDANCE_PUBLIC : ATTENDANCE_POSTED;
    row->public_until = date_of_ms(ms_of_date(today) + work->rules.public_days * INT64_C(86400000));
    return credit_attendance_put(work->db, row, error) &&
           (row->times.state == ATTENDANCE_PUBLIC ||
            credit_post_hours(work->db, &work->rules, row->token, row->id, row->minutes, work->now_ms, error));
}

static bool close_row(struct credit_work *work, struct attendance_row *row, const struct attendance_close *end, GError **error)
{
    char staff[2][33] = {"", ""};
    enum ledger_code code;
    int64_t most;

    g_strlcpy(staff[0], end->staff, sizeof staff[0]);
    if (strcmp(end->staff, row->token) == 0)
        return credit_refuse(work, LEDGER_TWO_PERSONS);
    if (!credit_staff(work, staff, 1, STAFF_CONFIRM, row->token, &code, error))
        return false;
    if (code != LEDGER_OK)
        return credit_refuse(work, code);
    if (row->times.state != ATTENDANCE_OUT && *end->reason == '\0')
        return credit_refuse(work, LEDGER_RULE);
    if (!end->confirmed) {
        row->times.state = ATTENDANCE_REJECTED;
        return credit_attendance_put(work->db, row, error);
    }
    if (!minutes_most(work, row, &most, error))
        return false;
    if (end->minutes > most)
        return credit_refuse(work, LEDGER_RULE);
    /* By a later id its kiosk knew but the last part of the time: with both taps the whole of it counts. */
    bool part = strcmp(end->id, row->id) != 0 && row->times.out_ms != 0;
    return confirm(work, row, part ? most : end->minutes, error);
}

/* Of one attendance with several ids people close each: the first word counts, and of refusals only the one of the last id. */
static bool without_effect(struct credit_work *work, const struct attendance_row *row, const struct attendance_close *end, bool open,
                           bool *effectless, GError **error)
{
    g_autofree char *last = NULL;

    *effectless = false;
    if (!db_attendance_last_id(work->db, row->id, &last, error))
        return false;
    *effectless = last != NULL && (!open || (!end->confirmed && strcmp(end->id, last) != 0));
    return true;
}

bool credit_apply_close(struct credit_work *work, json_t *data, GError **error)
{
    struct attendance_close end;
    struct attendance_row row;
    bool found, effectless = false;

    if (!attendance_close_from_json(data, &end))
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    if (!db_attendance_find(work->db, end.id, &row, &found, error))
        return false;
    bool open = found && (row.times.state == ATTENDANCE_OUT || row.times.state == ATTENDANCE_IN ||
                          row.times.state == ATTENDANCE_NEEDS_CONFIRM);
    if (found && !without_effect(work, &row, &end, open, &effectless, error))
        return false;
    if (effectless)
        return true;
    return open ? close_row(work, &row, &end, error) : credit_refuse(work, LEDGER_UNKNOWN);
}
