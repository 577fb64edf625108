/* SPDX-License-Identifier: Apache-2.0 */
/* Appointments: who may have which, moved and given up, who came in time, early, late, and not at all, and what the tables refuse. */
#include "hall-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/queue-serve.h"
#include "platform/calls/restored.h"
#include "platform/commands/commands.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/hotlist/hotlist.h"
#include "platform/persons/two.h"
#include "platform/queue/appointments.h"
#include <string.h>

#define BY "staff-1"

static int64_t first_ms; /* midnight of the first day */

static int64_t on(int day, int hours)
{
    return first_ms + day * DAY + hours * HOUR;
}

static void matter_put(struct credit_kit *f, const char *code, char group, bool retired)
{
    struct matter matter = {.group = group, .name = {"预约事项", "By appointment"}, .places = {HALL}, .place_count = 1, .lead_days_min = 1,
                            .horizon_workdays = 5, .cancel_hours = 2, .max_per_day = 1, .no_show_limit = 2, .no_show_window_days = 90,
                            .ban_days = 30};

    g_strlcpy(matter.code, code, sizeof matter.code);
    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_matter_put(f->platform->db, &matter, retired, now_ms(), NULL) &&
                  db_commit(f->platform->db, NULL));
}

static void workday_set(struct credit_kit *f, int day, bool work)
{
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_ticket_day_set(f->platform->db, date_of_ms(on(day, 12)), work, NULL) &&
                  db_commit(f->platform->db, NULL));
}

static bool slot_of(struct credit_kit *f, const char *matter, int64_t start_ms, int64_t places)
{
    struct slot_row slot = {.hall = HALL, .start_ms = start_ms, .minutes = 30, .places = places};

    g_strlcpy(slot.matter, matter, sizeof slot.matter);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    if (appointments_slot_put(f->platform->db, &slot, NULL))
        return db_commit(f->platform->db, NULL);
    db_rollback(f->platform->db);
    return false;
}

static void up(struct credit_kit *f, const void *data)
{
    hall_up(f, data);
    first_ms = ms_of_date(date_of_ms(now_ms()));
    for (int day = 7; day >= 0; day--)
        hall_hour(f, day, 9); /* a working day each */
    hall_hour(f, 0, 10);
    matter_put(f, "MARRY", 'C', false);
    matter_put(f, "ADOPT", 'D', false);
    for (int day = 0; day < 7; day++)
        g_assert_true(slot_of(f, "MARRY", on(day, 14), 1) && slot_of(f, "MARRY", on(day, 15), 2));
    g_assert_true(slot_of(f, "ADOPT", on(1, 14), 1));
}

#define ADD(path, test) g_test_add(path, struct credit_kit, NULL, up, test, credit_kit_down)

/* ---- At the desk ---- */

static void ended(struct credit_kit *f, const char *code, const char *wanted)
{
    if (code == NULL)
        g_assert_true(db_commit(f->platform->db, NULL));
    else
        db_rollback(f->platform->db);
    g_assert_cmpstr(code != NULL ? code : "", ==, wanted);
}

static void booked_by(struct credit_kit *f, const struct appointment_asking *asking, const char *wanted)
{
    const char *code = "";

    g_assert_true(db_begin(f->platform->db, true, NULL) && appointments_book(f->platform->db, asking, now_ms(), &code, NULL));
    ended(f, code, wanted);
}

/* Its id, good until eight more were asked for. */
static const char *book(struct credit_kit *f, const char *matter, const char *card, int64_t start_ms, const char *wanted)
{
    const struct appointment_asking asking = {.id = hall_key(), .hall = HALL, .matter = matter, .card = card, .staff = BY, .start_ms = start_ms};

    booked_by(f, &asking, wanted);
    return asking.id;
}

static void move(struct credit_kit *f, const char *id, int64_t start_ms, const char *wanted)
{
    const struct appointment_asking asking = {.id = id, .staff = BY, .start_ms = start_ms};
    const char *code = "";

    g_assert_true(db_begin(f->platform->db, true, NULL) && appointments_move(f->platform->db, &asking, now_ms(), &code, NULL));
    ended(f, code, wanted);
}

static void cancel(struct credit_kit *f, const char *id, bool by_hall, const char *wanted)
{
    const struct appointment_asking asking = {.id = id, .staff = BY};
    const char *code = "";

    g_assert_true(db_begin(f->platform->db, true, NULL) && appointments_cancel(f->platform->db, &asking, by_hall, now_ms(), &code, NULL));
    ended(f, code, wanted);
}

static struct appointment_row row_of(struct credit_kit *f, const char *id)
{
    struct appointment_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_appointment_find(f->platform->db, id, &row, &found, NULL) && found);
    db_rollback(f->platform->db);
    return row;
}

static void stands(struct credit_kit *f, const char *id, const char *state)
{
    g_assert_cmpstr(appointment_state_name(row_of(f, id).appointment.state), ==, state);
}

static void clock_runs(struct credit_kit *f)
{
    int done = 0;

    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
}

/* ---- Who may have which ---- */

static void test_book(struct credit_kit *f, const void *data)
{
    const struct appointment_asking again = {.id = hall_key(), .hall = HALL, .matter = "MARRY", .card = f->adult, .staff = BY, .start_ms = on(1, 14)};
    struct appointment_asking other = again;

    book(f, "MARRY", f->adult, on(0, 14), "APPOINTMENT_LATE"); /* a day before at the latest */
    book(f, "MARRY", f->adult, on(6, 14), "APPOINTMENT_FAR");
    book(f, "MARRY", f->adult, on(1, 13), "APPOINTMENT_NONE");
    book(f, "NONE", f->adult, on(1, 14), "APPOINTMENT_NONE");
    book(f, "MARRY", STRANGER, on(1, 14), "APPOINTMENT_CARD");
    book(f, "MARRY", STAFF, on(1, 14), "STAFF_OWN_CARD");
    other.staff = "nobody";
    booked_by(f, &other, "STAFF_UNKNOWN");
    booked_by(f, &again, "");
    booked_by(f, &again, "");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM appointment_step WHERE community=?1"), ==, 1);
    other = again;
    other.card = f->elder;
    booked_by(f, &other, "ID_REUSED");
    other = again;
    other.start_ms = on(2, 14);
    booked_by(f, &other, "ID_REUSED");
    book(f, "MARRY", f->elder, on(1, 14), "APPOINTMENT_FULL");
    book(f, "MARRY", f->adult, on(1, 15), "APPOINTMENT_MANY");
    book(f, "ADOPT", f->adult, on(1, 14), "APPOINTMENT_TWICE");
    g_assert_true(slot_of(f, "ADOPT", on(1, 14) + 29 * MINUTE, 2) && slot_of(f, "ADOPT", on(1, 13) + 31 * MINUTE, 2) &&
                  slot_of(f, "ADOPT", on(1, 14) + 30 * MINUTE, 2) && slot_of(f, "ADOPT", on(1, 15), 2));
    book(f, "ADOPT", f->adult, on(1, 14) + 29 * MINUTE, "APPOINTMENT_TWICE"); /* they overlap */
    book(f, "ADOPT", f->adult, on(1, 13) + 31 * MINUTE, "APPOINTMENT_TWICE");
    g_autofree char *beside = g_strdup(book(f, "ADOPT", f->adult, on(1, 14) + 30 * MINUTE, ""));
    move(f, beside, on(1, 14) + 29 * MINUTE, "APPOINTMENT_TWICE");
    move(f, beside, on(1, 15), "");
    book(f, "MARRY", f->elder, on(5, 14), "");
    g_assert_true(slot_of(f, "MARRY", on(2, 14), 0));
    book(f, "MARRY", f->elder, on(2, 14), "APPOINTMENT_FULL");
    g_assert_false(slot_of(f, "MARRY", on(2, 17), 1)); /* the hall is closed */
    g_assert_false(slot_of(f, "NONE", on(2, 14), 1));
}

/* A limit of absences in no days would never close anything. */
static void test_limit(struct credit_kit *f, const void *data)
{
    struct matter matter = {.code = "ADOPT", .group = 'D', .name = {"预约事项", "By appointment"}, .max_per_day = 1, .no_show_limit = 2,
                            .no_show_window_days = 0, .ban_days = 30};
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_false(queues_matter_put(f->platform->db, &matter, false, now_ms(), &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    matter.no_show_limit = 0;
    g_assert_true(queues_matter_put(f->platform->db, &matter, false, now_ms(), NULL));
    db_rollback(f->platform->db);
}

static void test_change(struct credit_kit *f, const void *data)
{
    g_autofree char *id = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *late = NULL;

    move(f, id, on(1, 15), ""); /* its own day does not count twice */
    move(f, id, on(1, 15), "");
    g_assert_cmpint(row_of(f, id).appointment.start_ms, ==, on(1, 15));
    book(f, "MARRY", f->elder, on(1, 14), "");
    move(f, id, on(1, 14), "APPOINTMENT_FULL");
    move(f, id, on(6, 14), "APPOINTMENT_FAR");
    move(f, hall_key(), on(2, 14), "APPOINTMENT_UNKNOWN");
    cancel(f, id, false, "");
    cancel(f, id, false, "");
    stands(f, id, "CANCELLED");
    move(f, id, on(2, 14), "APPOINTMENT_STATE");
    late = g_strdup(book(f, "MARRY", f->adult, on(1, 15), ""));
    hall_hour(f, 1, 13);
    credit_kit_shift_ms += 1000; /* less than two hours before */
    cancel(f, late, false, "APPOINTMENT_LATE");
    move(f, late, on(2, 15), "APPOINTMENT_LATE");
    cancel(f, late, true, "");
    stands(f, late, "CANCELLED");
}

/* ---- Who came ---- */

static json_t *taken(struct credit_kit *f, const char *card, const char *class)
{
    json_t *answer = hall_take(f, hall_tapped(f, card, ""), "MARRY", hall_key(), 200);

    g_assert_cmpstr(hall_text(answer, "class"), ==, class);
    return answer;
}

static void test_in_time(struct credit_kit *f, const void *data)
{
    g_autofree char *hers = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *early = g_strdup(book(f, "MARRY", f->student, on(1, 15), ""));

    hall_hour(f, 1, 13);
    json_auto_t *before = taken(f, f->student, "normal"); /* two hours too early */
    stands(f, early, "BOOKED");
    credit_kit_shift_ms += 45 * MINUTE;
    json_auto_t *number = taken(f, f->adult, "booked");
    stands(f, hers, "KEPT");
    g_assert_cmpstr(row_of(f, hers).ticket, ==, hall_text(number, "id"));
    g_assert_cmpint(hall_int(number, "ahead"), ==, 0);
    credit_kit_shift_ms += HOUR;
    json_auto_t *again = taken(f, f->student, "booked"); /* the same number, in time now */
    g_assert_cmpstr(hall_text(again, "id"), ==, hall_text(before, "id"));
    stands(f, early, "KEPT");
    clock_runs(f);
    stands(f, hers, "KEPT");
}

/* Served before the time was in time: that is no absence. */
static void test_early(struct credit_kit *f, const void *data)
{
    g_autofree char *id = g_strdup(book(f, "MARRY", f->adult, on(1, 14), ""));

    hall_hour(f, 1, 10);
    json_auto_t *number = taken(f, f->adult, "normal");
    const char *ticket = hall_text(number, "id");
    json_decref(hall_desk(f, hall_saying("call", "1", NULL), 200));
    json_decref(hall_desk(f, hall_saying("serve", "1", ticket), 200));
    json_decref(hall_desk(f, hall_saying("done", "1", ticket), 200));
    hall_hour(f, 1, 15);
    clock_runs(f);
    stands(f, id, "KEPT");
}

static void test_absent(struct credit_kit *f, const void *data)
{
    g_autofree char *one = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *two = g_strdup(book(f, "MARRY", f->adult, on(2, 14), ""));

    hall_hour(f, 1, 14);
    credit_kit_shift_ms += 15 * MINUTE - 1000;
    clock_runs(f);
    stands(f, one, "BOOKED");
    credit_kit_shift_ms += 2000;
    clock_runs(f);
    stands(f, one, "NO_SHOW");
    hall_hour(f, 2, 10);
    g_autofree char *later = g_strdup(book(f, "MARRY", f->adult, on(4, 14), "")); /* once is not too often */
    cancel(f, later, false, "");
    hall_hour(f, 2, 15);
    clock_runs(f);
    stands(f, two, "NO_SHOW");
    book(f, "MARRY", f->adult, on(4, 14), "APPOINTMENT_BANNED");
    book(f, "ADOPT", f->adult, on(1, 14), "APPOINTMENT_LATE"); /* each matter by itself: not banned there */
    cancel(f, one, false, "APPOINTMENT_STATE");
    cancel(f, one, true, ""); /* the hall's fault: no absence */
    stands(f, one, "CANCELLED");
    book(f, "MARRY", f->adult, on(4, 14), "");
}

/* Where nobody could come, nobody was absent. */
static void test_not_there(struct credit_kit *f, const void *data)
{
    g_autofree char *closed = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *retired = g_strdup(book(f, "ADOPT", f->elder, on(1, 14), "")),
                    *missed = g_strdup(book(f, "MARRY", f->adult, on(2, 14), ""));

    hall_hour(f, 1, 15);
    matter_put(f, "ADOPT", 'D', true);
    workday_set(f, 1, false);
    clock_runs(f);
    stands(f, closed, "CANCELLED");
    stands(f, retired, "CANCELLED");
    hall_hour(f, 2, 15);
    clock_runs(f);
    stands(f, missed, "NO_SHOW");
}

/* The platform is down from the afternoon on: the number waits until the day is closed. */
static void test_outage(struct credit_kit *f, const void *data)
{
    g_autofree char *waited = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *absent = g_strdup(book(f, "MARRY", f->elder, on(1, 15), ""));

    hall_hour(f, 1, 10);
    json_decref(taken(f, f->adult, "normal"));
    hall_hour(f, 2, 10);
    json_decref(hall_desk(f, hall_saying("pause", "1", NULL), 200)); /* the counter's clock closes the day first */
    clock_runs(f);
    stands(f, waited, "KEPT");
    stands(f, absent, "NO_SHOW");
}

/* Numbers of the time that is gone are lost: who came then is not known. */
static void test_restored(struct credit_kit *f, const void *data)
{
    g_autofree char *gone = g_strdup(book(f, "MARRY", f->adult, on(1, 14), "")), *now = g_strdup(book(f, "MARRY", f->elder, on(1, 15), ""));

    hall_hour(f, 1, 15);
    g_assert_true(restored_mark(f->platform, now_ms() - 2 * HOUR, now_ms(), NULL));
    clock_runs(f);
    stands(f, gone, "CANCELLED");
    stands(f, now, "BOOKED");
}

/* What a kiosk without a line will tell of a number that it gave out now. */
static json_t *drawn(struct credit_kit *f, const char *card, const char *number)
{
    return pen_event(&f->pen, "queue.issued", json_pack("{s:s, s:s, s:i, s:s, s:s}", "place", HALL, "matter", "MARRY", "day",
                                                        (int)date_of_ms(now_ms()), "number", number, "card_token", card));
}

static void pushed(struct credit_kit *f, json_t *event)
{
    json_auto_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
}

/* A kiosk without a line gave her a number in time, and tells of it when she counts as absent. */
static void test_told_late(struct credit_kit *f, const void *data)
{
    g_autofree char *id = g_strdup(book(f, "MARRY", f->adult, on(1, 14), ""));

    hall_kiosk(f, "K0001", 10);
    hall_hour(f, 1, 14);
    clock_runs(f);
    json_t *event = drawn(f, f->adult, "C990");
    credit_kit_shift_ms += HOUR;
    clock_runs(f);
    stands(f, id, "NO_SHOW");
    pushed(f, event);
    stands(f, id, "KEPT");
    g_assert_cmpint(hall_number(f, row_of(f, id).ticket).class, ==, QUEUE_BOOKED);
}

/* Both took a number from a kiosk without a line before they were in time; of one it tells only when she counts as absent. */
static void test_drawn_early(struct credit_kit *f, const void *data)
{
    g_autofree char *told = g_strdup(book(f, "MARRY", f->adult, on(1, 15), "")), *late = g_strdup(book(f, "MARRY", f->elder, on(1, 15), ""));

    hall_kiosk(f, "K0001", 10);
    hall_hour(f, 1, 14);
    clock_runs(f);
    json_t *first = drawn(f, f->adult, "C990"), *second = drawn(f, f->elder, "C991");
    pushed(f, first);
    stands(f, told, "BOOKED");
    credit_kit_shift_ms += 2 * HOUR;
    clock_runs(f);
    stands(f, told, "KEPT");
    stands(f, late, "NO_SHOW");
    pushed(f, second);
    stands(f, late, "KEPT");
}

/* The card's own number takes the place that a slip was given, which is nobody's then and goes before nobody. */
static void test_slip(struct credit_kit *f, const void *data)
{
    g_autofree char *id = g_strdup(book(f, "MARRY", f->adult, on(1, 14), ""));

    hall_kiosk(f, "K0001", 10);
    hall_hour(f, 1, 14);
    clock_runs(f);
    pushed(f, drawn(f, f->adult, "C990"));
    g_autofree char *slip = g_strdup(row_of(f, id).ticket);
    g_assert_cmpint(hall_number(f, slip).class, ==, QUEUE_BOOKED);
    credit_kit_shift_ms += 20 * MINUTE; /* too late for a place that is not theirs by then */
    json_auto_t *number = taken(f, f->adult, "booked");
    g_assert_cmpstr(hall_text(number, "id"), !=, slip);
    g_assert_cmpstr(row_of(f, id).ticket, ==, hall_text(number, "id"));
    g_assert_cmpint(hall_number(f, slip).class, ==, QUEUE_NORMAL);
    g_assert_cmpstr(hall_number(f, slip).card, ==, "");
    stands(f, id, "KEPT");
}

/* Whoever leaves gives the time back. */
static void test_left(struct credit_kit *f, const void *data)
{
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    const struct two_action left = {"person-left", f->elder, "", "moved away"};
    g_autofree char *card = kit_card(1), *id = g_strdup(book(f, "MARRY", f->elder, on(1, 14), ""));
    g_autoptr(GError) error = NULL;
    int64_t version;

    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, NULL));
    two_now(f->platform, &left, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    stands(f, id, "CANCELLED");
    book(f, "MARRY", f->adult, on(1, 14), "");
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_appointments_erase(f->platform->db, f->elder, NULL) && db_commit(f->platform->db, NULL));
    g_assert_cmpstr(row_of(f, id).card, ==, "");
}

/* ---- What the tables refuse, and the command's way ---- */

static void test_tables(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt attempts[] = {
        {"UPDATE appointment SET matter='ADOPT' WHERE community=?1", "an appointment stays what it was|FOREIGN|foreign"},
        {"UPDATE appointment SET card='x' WHERE community=?1", "an appointment stays what it was"},
        {"UPDATE appointment SET state='BOOKED', ended_ms=0 WHERE community=?1 AND state='CANCELLED'", "an appointment stays what it was"},
        {"DELETE FROM appointment WHERE community=?1", "appointments end"},
        {"DELETE FROM appointment_slot WHERE community=?1", "a time that was offered stays"},
        {"UPDATE appointment_step SET staff='x' WHERE community=?1", "what happened to an appointment stays"},
        {"DELETE FROM appointment_step WHERE community=?1", "what happened to an appointment stays"},
        {"UPDATE queue_ticket SET class='priority' WHERE community=?1", "a number stays what it was"},
    };
    g_autofree char *number = hall_given(f, "RETIRE", "A001"), *id = g_strdup(book(f, "MARRY", f->adult, on(1, 14), ""));

    cancel(f, id, false, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
}

static void commanded(struct credit_kit *f, const char *what, const char *const *more, const char *refused)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(words, (char *)"appointment");
    g_ptr_array_add(words, (char *)what);
    g_ptr_array_add(words, (char *)"--data");
    g_ptr_array_add(words, f->dir);
    for (size_t i = 0; more[i] != NULL; i++)
        g_ptr_array_add(words, (char *)more[i]);
    g_ptr_array_add(words, NULL);
    bool ok = kit_command(command_appointment, words, &error);
    if (ok != (*refused == '\0') || (!ok && strstr(error->message, refused) == NULL))
        g_error("%s: %s", what, error != NULL ? error->message : "done");
}

static void test_command(struct credit_kit *f, const void *data)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(on(3, 11) / 1000);
    g_autofree char *start = g_date_time_format(when, "%Y-%m-%dT%H:%M:%SZ"), *card = kit_card(0), *id = g_strdup(hall_key());
    const char *const slot[] = {"--hall", HALL, "--matter", "MARRY", "--start", start, "--minutes", "30", "--places", "1", "--by", "staff-1", NULL};
    const char *const book_it[] = {"--card", card, "--hall", HALL, "--matter", "MARRY", "--start", start, "--by", "staff-1", "--id", id, NULL};
    const char *const drop[] = {"--id", id, "--by", "staff-1", NULL}, *const none[] = {NULL}, *const day[] = {"--day", "20261399", NULL};

    commanded(f, "nonsense", none, "slot, slots, book, move, cancel or list");
    commanded(f, "book", none, "are needed");
    commanded(f, "list", day, "YYYYMMDD");
    commanded(f, "book", book_it, "APPOINTMENT_NONE");
    commanded(f, "slot", slot, "");
    commanded(f, "book", book_it, "");
    stands(f, id, "BOOKED");
    commanded(f, "cancel", drop, "");
    stands(f, id, "CANCELLED");
    commanded(f, "book", book_it, "APPOINTMENT_STATE");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/platform/appointments/book", test_book);
    ADD("/platform/appointments/limit", test_limit);
    ADD("/platform/appointments/change", test_change);
    ADD("/platform/appointments/in-time", test_in_time);
    ADD("/platform/appointments/early", test_early);
    ADD("/platform/appointments/absent", test_absent);
    ADD("/platform/appointments/not-there", test_not_there);
    ADD("/platform/appointments/outage", test_outage);
    ADD("/platform/appointments/restored", test_restored);
    ADD("/platform/appointments/told-late", test_told_late);
    ADD("/platform/appointments/drawn-early", test_drawn_early);
    ADD("/platform/appointments/slip", test_slip);
    ADD("/platform/appointments/left", test_left);
    ADD("/platform/appointments/tables", test_tables);
    ADD("/platform/appointments/command", test_command);
    return g_test_run();
}
