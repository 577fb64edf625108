/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets at the platform: filed by kiosks exactly once, moved by staff, closed by time; and the public door for them. */
#include "kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/ingest.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"
#include "platform/tickets/form.h"
#include "platform/tickets/georeport.h"
#include "platform/tickets/tickets.h"
#include "schema.h"
#include <stdio.h>
#include <string.h>

#define FORM   "application/x-www-form-urlencoded"
#define TOKEN  "0123456789abcdef0123456789abcdef"
#define SECRET "灯坏了，请打给王小明 13800001234"

struct fixture {
    char *dir, *key;
    struct platform *platform;
    struct pen pen;
};

static void set_up(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    char id[17];

    (void)data;
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    kit_staff(f->platform, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "elder", 1, STAFF_CLERK);
    f->key = ticket_key_new(f->platform, "tests", 3, id, &error);
    g_assert_no_error(error);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    platform_close(f->platform);
    g_free(f->key);
    kit_dir_done(f->dir);
}

/* ---- Kiosks ---- */

static json_t *pushed(struct fixture *f, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[O]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
    return event;
}

static json_t *filing(const char *service)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:s}", "service", service, "anonymous", 0, "description", SECRET, "card_token", TOKEN,
                     "address_id", "P0001", "phone", "13800001234");
}

static char *filed(struct fixture *f, const char *service)
{
    json_t *event = pushed(f, pen_event(&f->pen, "ticket.filed", filing(service)), "accepted", "");
    char *token = g_strdup(json_string_value(json_object_get(event, "id")));

    json_decref(event);
    return token;
}

static void row_of(struct fixture *f, const char *name, struct ticket_row *row)
{
    g_autoptr(GError) error = NULL;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, &error) && db_ticket_find(f->platform->db, name, row, &found, &error));
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_true(found);
}

static void test_filed_once(struct fixture *f, gconstpointer data)
{
    json_t *event = pushed(f, pen_event(&f->pen, "ticket.filed", filing("F01")), "accepted", "");
    const char *token = json_string_value(json_object_get(event, "id"));
    struct ticket_row row;
    int64_t count = 0;

    pushed(f, event, "duplicate", "");
    row_of(f, token, &row);
    g_assert_cmpint(row.no / 1000000, ==, date_of_ms(now_ms()));
    g_assert_cmpint(row.clock.state, ==, TICKET_TRIAGE);
    g_assert_cmpstr(row.kiosk, ==, "K0001");
    g_assert_cmpstr(row.description, ==, SECRET);
    g_assert_cmpstr(row.reporter, ==, TOKEN);
    g_assert_true(row.public && row.clock.provisional && !row.anonymous);
    ticket_row_clear(&row);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &count, "SELECT count(*) FROM ticket WHERE community=?1", ""));
    db_rollback(f->platform->db);
    g_assert_cmpint(count, ==, 1);
    /* Nothing of what was written or of who wrote it lies in clear, in a file, a log of it or a dump. */
    g_assert_false(kit_database_has(f->dir, "王小明"));
    g_assert_false(kit_database_has(f->dir, "13800001234"));
    json_decref(event);
}

/* ---- A batch that fails beside others ---- */

struct sender {
    struct platform *platform;
    struct pen pen;
    json_t *events;
    bool kept;
};

static gpointer send_all(gpointer data)
{
    struct sender *sender = data;
    json_t *request = json_pack("{s:I, s:O}", "epoch", (json_int_t)sender->pen.epoch, "events", sender->events);
    json_t *answer = ingest_batch(sender->platform, sender->pen.kiosk, KIT_SERIAL, request, now_ms(), NULL);

    sender->kept = answer != NULL;
    json_decref(request);
    json_decref(answer);
    return NULL;
}

/* While somebody writes, the first one waits for its turn, and the others behind it to share a commit. */
static void send_together(struct platform *platform, struct sender *senders, size_t count)
{
    GThread *threads[4];

    g_assert_true(db_begin(platform->db, true, NULL));
    for (size_t i = 0; i < count; i++) {
        threads[i] = g_thread_new("kiosk", send_all, &senders[i]);
        clock_sleep_ms(200);
    }
    db_rollback(platform->db);
    for (size_t i = 0; i < count; i++)
        g_thread_join(threads[i]);
}

static void file_by_door(struct fixture *f, const char *token)
{
    struct ticket_filing filing = {.token = token, .service = "F01", .description = "", .kiosk = "", .reporter = "", .api_key = "",
                                   .address_id = "P0001", .address = "", .anonymous = true, .filed_ms = now_ms()};
    const char *why = NULL;
    struct ticket_row row;

    g_assert_true(db_begin(f->platform->db, true, NULL) && tickets_file(f->platform->db, &filing, now_ms(), &row, &why, NULL));
    g_assert_null(why);
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_true(row.has_place && ABS(row.lat_e6 - 30000000) < 50000 && ABS(row.lon_e6 - 128000000) < 50000); /* the building's: over open sea */
    ticket_row_clear(&row);
}

/* A ticket whose sealed text is none any more. */
static char *damaged(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    char *token = filed(f, "F01");

    g_assert_true(db_begin(f->platform->db, true, &error) &&
                  db_run(f->platform->db, &error, "UPDATE ticket SET description='-' WHERE community=?1 AND token=?2", "s", token) &&
                  db_commit(f->platform->db, &error));
    return token;
}

/* The second event of one of them cannot be judged: what it names is damaged here. Nothing of its first one stays, and it is taken later. */
static void test_fails_alone(struct fixture *f, gconstpointer data)
{
    struct sender senders[] = {{.platform = f->platform}, {.platform = f->platform}, {.platform = f->platform}};
    g_autofree char *ruin = damaged(f);

    kit_enrol(f->platform, "K0002", &senders[1].pen);
    struct pen *pens[] = {&f->pen, &senders[1].pen, &f->pen};
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        senders[i].events = json_pack("[o]", pen_event(pens[i], "ticket.filed", filing("F01")));
    senders[0].pen = senders[2].pen = f->pen;
    struct pen before = senders[1].pen;
    json_array_append_new(senders[1].events, pen_event(&senders[1].pen, "ticket.interest", json_pack("{s:s}", "ticket", ruin)));
    send_together(f->platform, senders, G_N_ELEMENTS(senders));
    g_assert_true(senders[0].kept && !senders[1].kept && senders[2].kept);

    json_array_remove(senders[1].events, 1);
    senders[1].pen = before;
    send_all(&senders[1]);
    g_assert_true(senders[1].kept);
    json_t *answer = kit_push(f->platform, &senders[1].pen, json_incref(senders[1].events));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "duplicate");
    json_decref(answer);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        json_decref(senders[i].events);
}

/* An id that is another ticket's, or a step's, is said to be so: the kiosk is not asked for the same event for ever. */
static void test_id_taken(struct fixture *f, gconstpointer data)
{
    json_t *events[] = {pen_event(&f->pen, "ticket.filed", filing("F01")), pen_event(&f->pen, "ticket.filed", filing("F01"))};
    const char *ids[] = {json_string_value(json_object_get(events[0], "id")), json_string_value(json_object_get(events[1], "id"))};
    struct ticket_order order = {.ticket = ids[0], .id = ids[1], .step = TICKET_ASSIGN, .staff = {"adult"}, .unit = "Anhe"};
    enum ticket_state state;
    struct ticket_row row;

    file_by_door(f, ids[0]);
    g_assert_true(tickets_step(f->platform, &order, now_ms(), &state, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        pushed(f, events[i], "conflict", "ID_REUSED");
        pushed(f, events[i], "conflict", "ID_REUSED"); /* and again, of the same place */
    }
    row_of(f, ids[0], &row);
    g_assert_true(row.anonymous); /* the door's, as it was */
    g_assert_cmpint(row.clock.state, ==, TICKET_ASSIGNED);
    ticket_row_clear(&row);
    g_free(filed(f, "F01"));
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
        json_decref(events[i]);
}

static void refused(struct fixture *f, json_t *data, const char *code)
{
    json_decref(pushed(f, pen_event(&f->pen, "ticket.filed", data), "rejected", code));
}

static void test_refused(struct fixture *f, gconstpointer data)
{
    json_t *changed;

    refused(f, filing("Z99"), "SERVICE");
    refused(f, filing("FIRE"), "EMERGENCY");
    refused(f, filing("F02"), "ATTRIBUTES"); /* a lift's symptom is asked for */
    changed = filing("F01");
    json_object_set_new(changed, "address_id", json_string("P9999"));
    refused(f, changed, "LOCATION");
    changed = filing("F01");
    json_object_del(changed, "address_id");
    refused(f, changed, "LOCATION");
    changed = filing("S02");
    json_object_set_new(changed, "anonymous", json_true());
    refused(f, changed, "ANONYMOUS");
    changed = filing("F01");
    json_object_set_new(changed, "foreign", json_integer(1));
    refused(f, changed, "DATA");
    changed = filing("F01");
    json_object_set_new(changed, "lat_e6", json_integer(1));
    refused(f, changed, "DATA");
    changed = filing("F02");
    json_object_set_new(changed, "attributes", json_pack("{s:[s]}", "symptom", "sings"));
    refused(f, changed, "ATTRIBUTES");
    changed = filing("F02");
    json_object_set_new(changed, "attributes", json_pack("{s:[s]}", "symptom", "doors"));
    json_decref(pushed(f, pen_event(&f->pen, "ticket.filed", changed), "accepted", ""));
}

/* Who is anonymous leaves neither card nor phone here, whatever the kiosk sent along. */
static void test_anonymous(struct fixture *f, gconstpointer data)
{
    json_t *changed = filing("F01");
    struct ticket_row row;

    json_object_set_new(changed, "anonymous", json_true());
    json_t *event = pushed(f, pen_event(&f->pen, "ticket.filed", changed), "accepted", "");
    row_of(f, json_string_value(json_object_get(event, "id")), &row);
    g_assert_true(row.anonymous);
    g_assert_cmpstr(row.reporter, ==, "");
    g_assert_cmpstr(row.contact, ==, "{}");
    ticket_row_clear(&row);
    json_decref(event);
}

/* TK-1: the resident's time as it is known here, and never a later one than now. */
static void test_clock(struct fixture *f, gconstpointer data)
{
    const int64_t hour = 3600000, now = now_ms();
    const struct {
        int64_t at_ms, offset_ms, filed_ms;
    } cases[] = {
        {now - 50 * hour, 0, now - 50 * hour},
        {now - 50 * hour, 20 * hour, now - 30 * hour}, /* the kiosk's clock was slow */
        {now + 50 * hour, -60 * hour, now - 10 * hour}, /* or fast */
        {now + 50 * hour, 0, now},
        {now, hour, now},
        {now - hour, INT64_MAX, now - hour}, /* no such offset: as it was told */
        {now - hour, INT64_MIN, now - hour},
        {0, 0, now - 400 * 24 * hour},
        {INT64_MAX, 5, now},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ticket_event event = {.kiosk = "K0001", .type = "ticket.filed", .at_ms = cases[i].at_ms, .offset_ms = cases[i].offset_ms};
        g_autoptr(GError) error = NULL;
        const char *code = NULL;
        struct ticket_row row;
        json_t *told = filing("F01");
        char id[37];

        uuid7(now, id);
        event.id = id;
        g_assert_true(db_begin(f->platform->db, true, &error) && tickets_apply(f->platform, &event, told, now, &code, &error) &&
                      db_commit(f->platform->db, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(code, ==, NULL);
        json_decref(told);
        row_of(f, id, &row);
        g_assert_cmpint(row.filed_ms, ==, cases[i].filed_ms);
        g_assert_cmpint(row.received_ms, ==, now);
        g_assert_cmpuint(row.clock.due, ==, workday_after(NULL, date_of_ms(cases[i].filed_ms), 5));
        ticket_row_clear(&row);
    }
}

static void interested(struct fixture *f, const char *ticket, const char *who, const char *verdict, const char *code)
{
    json_t *told = json_pack("{s:s, s:s*}", "ticket", ticket, "card_token", who);

    json_decref(pushed(f, pen_event(&f->pen, "ticket.interest", told), verdict, code));
}

static void test_interest(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01"), *private = filed(f, "S02");
    struct ticket_row row;

    interested(f, token, TOKEN, "accepted", "");
    interested(f, token, TOKEN, "accepted", ""); /* once a card */
    interested(f, token, NULL, "accepted", "");
    interested(f, "20200101000001", NULL, "rejected", "UNKNOWN");
    interested(f, private, NULL, "rejected", "UNKNOWN"); /* that there is one is nobody's business */
    row_of(f, token, &row);
    g_assert_cmpint(row.interest, ==, 2);
    ticket_row_clear(&row);
}

/* ---- Staff ---- */

static bool stepped(struct fixture *f, const char *ticket, enum ticket_step step, const char *by, const char *too, bool resident,
                    GError **error)
{
    enum ticket_state state;
    char id[37];

    uuid7(now_ms(), id);
    return tickets_step(f->platform,
                        &(struct ticket_order){.ticket = ticket, .id = id, .step = step, .staff = {by, too}, .resident = resident,
                                               .reason = "private reason", .unit = "Anhe", .reply = "public reply", .date = 20261201,
                                               .days = 3},
                        now_ms(), &state, error);
}

static void may(struct fixture *f, const char *ticket, enum ticket_step step, const char *by, const char *too, bool resident)
{
    g_autoptr(GError) error = NULL;
    bool ok = stepped(f, ticket, step, by, too, resident, &error);

    g_assert_no_error(error);
    g_assert_true(ok);
}

static void may_not(struct fixture *f, const char *ticket, enum ticket_step step, const char *by, const char *too, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(stepped(f, ticket, step, by, too, false, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_assert_nonnull(strstr(error->message, why));
}

static void test_life(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01");
    g_autoptr(GError) error = NULL;

    may_not(f, token, TICKET_START, "adult", NULL, "STATE");
    may_not(f, token, TICKET_ASSIGN, "nobody", NULL, "STAFF_UNKNOWN");
    for (int i = 0; i < 2; i++) {
        may(f, token, TICKET_ASSIGN, "adult", NULL, false);
        may(f, token, TICKET_RETURN, "adult", NULL, false);
    }
    may_not(f, token, TICKET_ASSIGN, "adult", NULL, "MANAGER");
    may_not(f, token, TICKET_FORCE, "adult", "adult", "TWO_PERSONS");
    may(f, token, TICKET_FORCE, "adult", "elder", false);
    may(f, token, TICKET_START, "adult", NULL, false);
    may_not(f, token, TICKET_EXTEND, "adult", NULL, "MANAGER");
    may(f, token, TICKET_EXTEND, "adult", "elder", false);
    may(f, token, TICKET_RESOLVE, "adult", NULL, false);
    may(f, token, TICKET_CALL, "adult", NULL, false);
    may_not(f, token, TICKET_CONFIRM, "adult", NULL, "ACTOR"); /* only the resident says so */
    may(f, token, TICKET_CONFIRM, "adult", NULL, true);
    may_not(f, token, TICKET_WITHDRAW, "adult", NULL, "STATE");
    g_assert_true(db_begin(f->platform->db, true, &error));
    json_t *events = db_ticket_events(f->platform->db, token, &error);
    g_assert_cmpuint(json_array_size(events), ==, 11);
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(events, 10), "actor")), ==, "resident");
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(events, 2), "private_note")), ==, "private reason");
    json_decref(events);
    KIT_REFUSED(f->platform->db, db_run(f->platform->db, &error, "DELETE FROM ticket_event WHERE community=?1", ""));
    g_clear_error(&error);
    KIT_REFUSED(f->platform->db, db_run(f->platform->db, &error, "UPDATE ticket SET state='TRIAGE' WHERE community=?1", ""));
    g_clear_error(&error);
    db_rollback(f->platform->db);
    g_assert_false(kit_database_has(f->dir, "private reason"));
}

/* The same step with the same id is done once; a staff's own ticket is for others. */
static void test_step_once(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01");
    struct ticket_order order = {.ticket = token, .id = "01985d5e-5c00-7000-8000-000000000001", .step = TICKET_ASSIGN,
                                 .staff = {"adult"}, .unit = "Anhe"};
    enum ticket_state state;
    struct ticket_row row;

    for (int i = 0; i < 2; i++) {
        g_assert_true(tickets_step(f->platform, &order, now_ms(), &state, NULL));
        g_assert_cmpint(state, ==, TICKET_ASSIGNED);
    }
    g_autofree char *card = kit_card(0);
    char own[33];
    card_token(f->platform->index_key, card, own);
    json_t *mine = filing("F01");
    json_object_set_new(mine, "card_token", json_string(own));
    json_t *event = pushed(f, pen_event(&f->pen, "ticket.filed", mine), "accepted", "");
    const char *id = json_string_value(json_object_get(event, "id"));
    may_not(f, id, TICKET_ASSIGN, "adult", NULL, "STAFF_OWN_CARD");
    row_of(f, id, &row);
    g_assert_cmpint(row.clock.state, ==, TICKET_TRIAGE);
    ticket_row_clear(&row);
    json_decref(event);
}

static void test_seven_days(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01");
    static const enum ticket_step way[] = {TICKET_ASSIGN, TICKET_START, TICKET_RESOLVE, TICKET_CALL};
    g_autoptr(GError) error = NULL;
    struct ticket_row row;
    int closed = -1;

    for (size_t i = 0; i < G_N_ELEMENTS(way); i++)
        may(f, token, way[i], "adult", NULL, false);
    g_assert_true(tickets_day_run(f->platform, now_ms() + TICKET_CALLBACK_MS - 60000, &closed, &error));
    g_assert_cmpint(closed, ==, 0);
    g_assert_true(tickets_day_run(f->platform, now_ms() + TICKET_CALLBACK_MS, &closed, &error));
    g_assert_cmpint(closed, ==, 1);
    g_assert_true(tickets_day_run(f->platform, now_ms() + TICKET_CALLBACK_MS, &closed, &error));
    g_assert_cmpint(closed, ==, 0);
    g_assert_no_error(error);
    row_of(f, token, &row);
    g_assert_cmpint(row.clock.state, ==, TICKET_CLOSED);
    ticket_row_clear(&row);
}

/* ---- What the resident says at a kiosk, and what kiosks are told ---- */

static json_t *saying(const char *ticket, const char *card, const char *step, const char *why)
{
    json_t *data = json_pack("{s:s, s:s, s:s}", "ticket", ticket, "card_token", card, "step", step);

    if (why != NULL)
        json_object_set_new(data, "description", json_string(why));
    return data;
}

static void says(struct fixture *f, json_t *data, const char *code)
{
    json_decref(pushed(f, pen_event(&f->pen, "ticket.step", data), *code == '\0' ? "accepted" : "rejected", code));
}

static void to_callback(struct fixture *f, const char *ticket, bool again)
{
    static const enum ticket_step way[] = {TICKET_ASSIGN, TICKET_START, TICKET_RESOLVE, TICKET_CALL};

    for (size_t i = again ? 1 : 0; i < G_N_ELEMENTS(way); i++)
        may(f, ticket, way[i], "adult", NULL, false);
}

/* Opened again, then confirmed, by the card whose it is and no other; each event is one step. */
static void test_said_by_card(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01"), *second = filed(f, "F01");
    struct ticket_row row;

    says(f, saying(token, TOKEN, "confirm", NULL), "STATE");
    to_callback(f, token, false);
    says(f, saying(token, "fedcba9876543210fedcba9876543210", "confirm", NULL), "UNKNOWN");
    says(f, saying("01890000-0000-7000-8000-000000000001", TOKEN, "confirm", NULL), "UNKNOWN");
    says(f, saying(token, TOKEN, "deny", NULL), "STATE"); /* without a word */
    says(f, saying(token, TOKEN, "resolve", NULL), "STATE"); /* the desk's */
    says(f, saying(token, TOKEN, "jump", NULL), "DATA");
    says(f, saying(token, "", "confirm", NULL), "DATA");
    json_t *deny = pushed(f, pen_event(&f->pen, "ticket.step", saying(token, TOKEN, "deny", "灯还是不亮 王小明")), "accepted", "");
    pushed(f, deny, "duplicate", "");
    row_of(f, token, &row);
    g_assert_cmpint(row.clock.state, ==, TICKET_REOPENED);
    g_assert_cmpuint(row.clock.reopened, ==, 1);
    ticket_row_clear(&row);
    g_assert_false(kit_database_has(f->dir, "王小明"));
    to_callback(f, token, true);
    says(f, saying(token, TOKEN, "confirm", NULL), "");
    row_of(f, token, &row);
    g_assert_cmpint(row.clock.state, ==, TICKET_CLOSED);
    ticket_row_clear(&row);
    says(f, saying(second, TOKEN, "withdraw", NULL), "");
    says(f, saying(second, TOKEN, "withdraw", NULL), "STATE");
    json_decref(deny);
}

static void places(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    int count = 0;

    g_assert_true(db_begin(f->platform->db, true, &error));
    g_assert_true(tickets_places_read(f->platform->db, "P0001 澄明区禾光路 8 号\n", &count, &error));
    g_assert_true(tickets_days_read(f->platform->db, "29990101 rest\n", &count, &error));
    g_assert_true(db_commit(f->platform->db, &error));
}

static char *number(struct fixture *f, const char *token)
{
    struct ticket_row row;

    row_of(f, token, &row);
    char *no = g_strdup_printf("%" G_GINT64_FORMAT, row.no);
    ticket_row_clear(&row);
    return no;
}

static void assert_told_lists(json_t *feed)
{
    json_t *noise = json_object_get(kit_fed(feed, "category", "E03"), "value"), *asked = json_object_get(noise, "questions");

    g_assert_cmpstr(json_string_value(json_object_get(noise, "name_zh")), ==, "噪音");
    g_assert_cmpuint(json_array_size(asked), ==, 1); /* "since" is no list, and may be left out */
    json_t *choices = json_object_get(json_array_get(asked, 0), "choices");
    g_assert_true(json_is_true(json_object_get(json_array_get(asked, 0), "many")));
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(choices, 2), "name_zh")), ==, "夜里");
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(kit_fed(feed, "place", "P0001"), "value"), "name")), ==, "澄明区禾光路 8 号");
    json_t *days = json_object_get(json_object_get(kit_fed(feed, "calendar", "workdays"), "value"), "days");
    g_assert_cmpint(json_integer_value(json_object_get(json_array_get(days, 0), "date")), ==, 29990101);
}

/* A card's own with its course; for everybody the open public ones; nobody's words, and nothing thirty days after the end. */
static void test_told(struct fixture *f, gconstpointer data)
{
    places(f);
    g_autofree char *token = filed(f, "F01"), *private = filed(f, "S02"), *no = number(f, token), *secret = number(f, private);
    int closed = 0;

    to_callback(f, token, false);
    json_t *feed = kit_feed(f->platform, "K0001");
    assert_told_lists(feed);
    json_t *ticket = json_object_get(kit_fed(feed, "ticket", token), "value");
    char *text = json_dumps(feed, 0);
    g_assert_null(strstr(text, "王小明"));
    g_assert_null(strstr(text, "13800001234"));
    g_assert_null(strstr(text, "private reason"));
    free(text);
    g_assert_cmpstr(json_string_value(json_object_get(ticket, "card_token")), ==, TOKEN);
    g_assert_cmpstr(json_string_value(json_object_get(ticket, "state")), ==, "CALLBACK");
    g_assert_cmpstr(json_string_value(json_object_get(ticket, "reply")), ==, "public reply");
    g_assert_cmpstr(json_string_value(json_object_get(ticket, "place")), ==, "澄明区禾光路 8 号");
    g_assert_cmpuint(json_array_size(json_object_get(ticket, "steps")), ==, 5);
    json_t *told = json_object_get(kit_fed(feed, "case", no), "value");
    g_assert_cmpstr(json_string_value(json_object_get(told, "place")), ==, "P0001");
    g_assert_null(json_object_get(told, "card_token"));
    g_assert_null(kit_fed(feed, "case", secret));
    g_assert_nonnull(kit_fed(feed, "ticket", private));
    json_decref(feed);

    says(f, saying(token, TOKEN, "confirm", NULL), "");
    feed = kit_feed(f->platform, "K0001");
    g_assert_true(json_is_true(json_object_get(kit_fed(feed, "case", no), "deleted")));
    g_assert_false(json_is_true(json_object_get(kit_fed(feed, "ticket", token), "deleted")));
    json_decref(feed);
    g_assert_true(tickets_day_run(f->platform, now_ms() + TICKET_TOLD_MS + 60000, &closed, NULL));
    feed = kit_feed(f->platform, "K0001");
    g_assert_true(json_is_true(json_object_get(kit_fed(feed, "ticket", token), "deleted")));
    g_assert_false(json_is_true(json_object_get(kit_fed(feed, "ticket", private), "deleted")));
    json_decref(feed);
}

/* The number of a kiosk without a line is found, also in small letters. */
static void test_local_number(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01"), *no = number(f, token);
    char local[48];
    struct ticket_row row;
    bool found;

    ticket_local("K0001", token, local, sizeof local);
    g_assert_cmpuint(strlen(local), ==, 12);
    for (int i = 0; i < 2; i++) {
        g_autofree char *found_no = number(f, local);
        g_assert_cmpstr(found_no, ==, no);
        for (char *p = local + 6; *p != '\0'; p++)
            *p = g_ascii_tolower(*p);
    }
    local[4] = '2';
    g_assert_true(db_begin(f->platform->db, false, NULL) && db_ticket_find(f->platform->db, local, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_false(found);
}

static void test_similar(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01"), *other = filed(f, "F01"), *far = filed(f, "E01");
    struct ticket_row row;

    row_of(f, token, &row);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autoptr(GPtrArray) near = tickets_similar(f->platform->db, &row, NULL);
    db_rollback(f->platform->db);
    g_assert_cmpuint(near->len, ==, 2); /* itself, and the other one; rubbish is another matter */
    ticket_row_clear(&row);
    may(f, other, TICKET_WITHDRAW, "adult", NULL, true);
    row_of(f, far, &row);
    ticket_row_clear(&row);
}

/* ---- The public door ---- */

static json_t *asked(struct fixture *f, const char *path, const char *query, const char *body, unsigned status, const char *schema)
{
    g_autofree char *whole = g_strconcat(GEOREPORT_ROOT, path, NULL);
    struct request request = {.method = body != NULL ? "POST" : "GET", .path = whole, .query = query, .body = body != NULL ? body : "",
                              .body_len = body != NULL ? strlen(body) : 0, .content_type = body != NULL ? FORM : NULL};
    const char *allow = NULL;
    struct reply reply = {0};

    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 0);
    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, status);
    json_t *answer = json_loadb(reply.body, reply.body_len, JSON_REJECT_DUPLICATES, NULL);
    g_autofree char *why = schema_fault(schema, answer);
    g_assert_cmpstr(why, ==, NULL);
    g_assert_null(strstr(reply.body, "王小明"));
    g_assert_null(strstr(reply.body, "1380000"));
    if (status >= 400)
        g_assert_cmpint(json_integer_value(json_object_get(json_array_get(answer, 0), "code")), ==, status);
    reply_clear(&reply);
    return answer;
}

static void error_of(struct fixture *f, const char *path, const char *query, const char *body, unsigned status, const char *text)
{
    json_t *answer = asked(f, path, query, body, status, "GeoErrors");

    g_assert_nonnull(strstr(json_string_value(json_object_get(json_array_get(answer, 0), "description")), text));
    json_decref(answer);
}

static char *body_of(struct fixture *f, const char *rest)
{
    return g_strdup_printf("api_key=%s&%s", f->key, rest);
}

static void wrong_body(struct fixture *f, const char *rest, unsigned status, const char *text)
{
    g_autofree char *body = body_of(f, rest);

    error_of(f, "requests.json", NULL, body, status, text);
}

static void test_door(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01"), *private = filed(f, "S02"), *path = g_strdup_printf("tokens/%s.json", token);
    g_autofree char *private_path = g_strdup_printf("tokens/%s.json", private);
    json_t *answer = asked(f, path, NULL, NULL, 200, "GeoToken");
    g_autofree char *no = g_strdup(json_string_value(json_object_get(json_array_get(answer, 0), "service_request_id")));
    g_autofree char *one = g_strdup_printf("requests/%s.json", no);

    json_decref(answer);
    answer = asked(f, one, NULL, NULL, 200, "GeoRequests");
    json_t *row = json_array_get(answer, 0);
    g_assert_true(json_is_null(json_object_get(row, "description"))); /* nobody released it */
    g_assert_cmpstr(json_string_value(json_object_get(row, "status")), ==, "open");
    json_decref(answer);
    /* Not public: its number is told to who has the token, and nothing else to anybody. */
    answer = asked(f, private_path, NULL, NULL, 200, "GeoToken");
    g_autofree char *hidden =
        g_strdup_printf("requests/%s.json", json_string_value(json_object_get(json_array_get(answer, 0), "service_request_id")));
    json_decref(answer);
    error_of(f, hidden, NULL, NULL, 404, "service_request_id");
    answer = asked(f, "requests.json", NULL, NULL, 200, "GeoRequests");
    g_assert_cmpuint(json_array_size(answer), ==, 1);
    json_decref(answer);
}

static void test_door_released(struct fixture *f, gconstpointer data)
{
    g_autofree char *token = filed(f, "F01");
    struct ticket_row row;
    enum ticket_state state;
    char id[37];

    uuid7(now_ms(), id);
    g_assert_true(tickets_step(f->platform,
                               &(struct ticket_order){.ticket = token, .id = id, .step = TICKET_ASSIGN, .staff = {"adult"},
                                                      .unit = "Anhe", .reply = "Tomorrow", .publish = "The light of house 1 is out"},
                               now_ms(), &state, NULL));
    row_of(f, token, &row);
    g_autofree char *ids = g_strdup_printf("service_request_id=%" G_GINT64_FORMAT "%%2C1&status=nonsense", row.no);
    ticket_row_clear(&row);
    json_t *answer = asked(f, "requests.json", ids, NULL, 200, "GeoRequests"), *one = json_array_get(answer, 0);
    g_assert_cmpuint(json_array_size(answer), ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(one, "description")), ==, "The light of house 1 is out");
    g_assert_cmpstr(json_string_value(json_object_get(one, "status_notes")), ==, "Tomorrow");
    g_assert_cmpstr(json_string_value(json_object_get(one, "agency_responsible")), ==, "Anhe");
    json_decref(answer);
}

static void test_door_file(struct fixture *f, gconstpointer data)
{
    g_autofree char *good = body_of(f, "service_code=F02&attribute%5Bsymptom%5D=doors&lat=31.23014&long=-121.4737&phone=13800001234"
                                       "&first_name=%E7%8E%8B%E5%B0%8F%E6%98%8E&description=a+b%0Ac");
    json_t *answer = asked(f, "requests.json", NULL, good, 201, "GeoFiled");
    const char *no = json_string_value(json_object_get(json_array_get(answer, 0), "service_request_id"));
    struct ticket_row row;

    row_of(f, no, &row);
    g_assert_cmpstr(row.description, ==, "a b\nc");
    g_assert_nonnull(strstr(row.contact, "13800001234"));
    g_assert_cmpint(row.lat_e6, ==, 31230140);
    g_assert_cmpint(row.lon_e6, ==, -121473700);
    g_assert_false(row.anonymous);
    ticket_row_clear(&row);
    json_decref(answer);
    g_assert_false(kit_database_has(f->dir, "13800001234"));
    g_assert_false(kit_database_has(f->dir, f->key));

    wrong_body(f, "lat=1&long=2", 400, "service_code");
    wrong_body(f, "service_code=Q1&lat=1&long=2", 404, "service_code");
    wrong_body(f, "service_code=F01", 400, "full location");
    wrong_body(f, "service_code=F01&lat=1", 400, "together");
    wrong_body(f, "service_code=F01&lat=91&long=2", 400, "degrees");
    wrong_body(f, "service_code=F01&lat=1e3&long=2", 400, "degrees");
    wrong_body(f, "service_code=F01&address_id=nowhere", 400, "address_id");
    wrong_body(f, "service_code=F02&address_id=P0001", 400, "attribute");
    wrong_body(f, "service_code=GAS&address_id=P0001", 400, "119");
    wrong_body(f, "service_code=S02&address_id=P0001", 400, "answer to");
    wrong_body(f, "service_code=F01&address_id=P0001&media_url=javascript:x", 400, "media_url");
    wrong_body(f, "service_code=F01&address_id=P0001&jurisdiction_id=else", 404, "jurisdiction_id");
    wrong_body(f, "service_code=F01&address_id=P0001&description=%ff", 400, "UTF-8");
    wrong_body(f, "service_code=F01&service_code=F02", 400, "twice");
    g_autofree char *long_text = g_strnfill(4001, 'a'), *long_form = g_strdup_printf("service_code=F01&address_id=P0001&description=%s", long_text);
    wrong_body(f, long_form, 400, "4000");
    error_of(f, "requests.json", NULL, "service_code=F01&address_id=P0001", 403, "Missing");
    error_of(f, "requests.json", NULL, "api_key=0000000000000000000000000000000000000000000000000000000000000000&service_code=F01&address_id=P0001", 403,
             "Invalid");
}

/* What somebody wrote as an address is nobody else's to read before staff have seen it. */
static void test_door_address(struct fixture *f, gconstpointer data)
{
    g_autofree char *body = body_of(f, "service_code=F01&address_string=%E7%8E%8B%E5%B0%8F%E6%98%8E13800001234%E5%8F%B7");
    json_t *filed = asked(f, "requests.json", NULL, body, 201, "GeoFiled"), *all = asked(f, "requests.json", NULL, NULL, 200, "GeoRequests");

    g_assert_cmpuint(json_array_size(all), ==, 1);
    g_assert_true(json_is_null(json_object_get(json_array_get(all, 0), "address")));
    json_decref(filed);
    json_decref(all);
}

static void test_door_keys(struct fixture *f, gconstpointer data)
{
    g_autofree char *body = body_of(f, "service_code=F01&address_id=P0001");
    g_autoptr(GError) error = NULL;
    char id[17];
    bool done = false;

    for (int i = 0; i < 3; i++)
        json_decref(asked(f, "requests.json", NULL, body, 201, "GeoFiled"));
    error_of(f, "requests.json", NULL, body, 429, "hour");
    char *key = ticket_key_new(f->platform, "another", 10, id, &error);
    g_autofree char *other = g_strdup_printf("api_key=%s&service_code=F01&address_id=P0001", key);
    json_decref(asked(f, "requests.json", NULL, other, 201, "GeoFiled"));
    g_assert_true(db_begin(f->platform->db, true, &error) &&
                  db_ticket_key_revoke(f->platform->db, id, now_ms(), &done, &error) && db_commit(f->platform->db, &error));
    g_assert_true(done);
    error_of(f, "requests.json", NULL, other, 403, "Invalid");
    g_free(key);
}

static void test_door_filters(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *query;
        size_t count;
    } good[] = {
        {"", 3},
        {"service_code=F01", 2},
        {"service_code=F01,E01", 3},
        {"service_code=F0", 0},
        {"status=open", 3},
        {"status=closed", 0},
        {"page_size=2", 2},
        {"page_size=2&page=2", 1},
        {"page=9", 0},
        {"start_date=2026-01-01T00:00:00Z&end_date=2026-03-31T00:00:00%2B08:00", 0},
        {"end_date=2020-01-01T00:00:00Z", 0},
        {"foreign=1", 3},
    };
    static const char *const bad[] = {"status=half", "page=0", "page_size=1001", "start_date=yesterday", "start_date=2026-01-01T00:00:00",
                                      "start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z",
                                      "start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "service_code=%25", "service_code=",
                                      "service_request_id=a", "service_request_id=1%20OR", "status=", "page=1&page=2", "a=%zz"};

    for (int i = 0; i < 2; i++)
        g_free(filed(f, "F01"));
    g_free(filed(f, "E01"));
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        json_t *answer = asked(f, "requests.json", good[i].query, NULL, 200, "GeoRequests");
        g_assert_cmpuint(json_array_size(answer), ==, good[i].count);
        json_decref(answer);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        error_of(f, "requests.json", bad[i], NULL, 400, "");
    error_of(f, "requests/0.json", NULL, NULL, 404, "");
    error_of(f, "requests.json", "jurisdiction_id=other", NULL, 404, "jurisdiction_id");
    error_of(f, "services/NO.json", NULL, NULL, 404, "service_code");
    error_of(f, "tokens/x.json", NULL, NULL, 404, "token");
    json_decref(asked(f, "services.json", "jurisdiction_id=990102002001", NULL, 200, "GeoServices"));
    json_decref(asked(f, "services/F02.json", NULL, NULL, 200, "GeoDefinition"));
}

static char *xml_of(struct fixture *f, const char *path, const char *accept, unsigned status)
{
    g_autofree char *whole = g_strconcat(GEOREPORT_ROOT, path, NULL);
    struct request request = {.method = "GET", .path = whole, .body = "", .accept = accept};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, status);
    char *text = g_strdup_printf("%s|%s", reply.content_type, reply.body);
    reply_clear(&reply);
    return text;
}

static void test_door_xml(struct fixture *f, gconstpointer data)
{
    g_autofree char *definition = xml_of(f, "services/F02.xml", NULL, 200), *plain = xml_of(f, "services", NULL, 200),
                    *json = xml_of(f, "services", "application/json", 200), *nothing = xml_of(f, "services/NO", NULL, 404),
                    *empty = xml_of(f, "requests.xml", NULL, 200);

    g_assert_true(g_str_has_prefix(definition, "text/xml; charset=utf-8|<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<service_definition>"
                                               "<service_code>F02</service_code><attributes><attribute><variable>true</variable>"
                                               "<code>symptom</code>"));
    g_assert_nonnull(strstr(definition, "<values><value><key>stands</key><name>It stands still</name></value>"));
    g_assert_nonnull(strstr(plain, "<services><service><service_code>F01</service_code><service_name>楼道灯不亮 Stair light out</service_name>"));
    g_assert_true(g_str_has_prefix(json, "application/json; charset=utf-8|[{\"service_code\":\"F01\""));
    g_assert_nonnull(strstr(nothing, "<errors><error><code>404</code><description>service_code provided was not found</description></error></errors>"));
    g_assert_nonnull(strstr(empty, "<service_requests/>"));
}

static void test_door_methods(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *method, *path, *type;
        unsigned status;
    } cases[] = {
        {"HEAD", "services.json", NULL, 0},     {"HEAD", "requests/1", NULL, 0},      {"HEAD", "nothing", NULL, 404},
        {"PUT", "requests.json", FORM, 405},    {"POST", "services.json", FORM, 405}, {"POST", "requests.json", "application/json", 415},
        {"POST", "requests.xml", FORM "; charset=utf-8", 0}, {"GET", "", NULL, 404},  {"GET", "request.json", NULL, 404},
        {"GET", "requests/1/2.json", NULL, 404}, {"GET", "tokens.json", NULL, 404},   {"GET", "requests/.json", NULL, 404},
    };
    (void)f;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *whole = g_strconcat(GEOREPORT_ROOT, cases[i].path, NULL);
        struct request request = {.method = cases[i].method, .path = whole, .content_type = cases[i].type};
        const char *allow = NULL;
        g_assert_cmpuint(handlers_precheck(&request, &allow), ==, cases[i].status);
    }
}

#define MARK     "0n3-s3cr3t-that-nobody-else-has-here"
#define MARK_LEN (sizeof MARK - 1)

/* How often the mark stands on the heap, in what is used or was given back. −1: nobody can look there. */
static int marks_on_heap(const char *mark)
{
    g_autofree char *maps = NULL;
    gsize len = 0;
    unsigned long from, to;
    int count = 0;

    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, &len, NULL));
    char *line = strstr(maps, "[heap]");
    while (line != NULL && line > maps && line[-1] != '\n')
        line--;
    if (line == NULL || sscanf(line, "%lx-%lx", &from, &to) != 2)
        return -1;
    for (const char *at = (const char *)from, *end = (const char *)to - MARK_LEN; at < end; at++)
        count += *at == mark[0] && memcmp(at, mark, MARK_LEN) == 0;
    return count;
}

/* What is read out of a form, and what was begun of one that is refused, does not stay in memory. */
static void test_form_wiped(struct fixture *f, gconstpointer data)
{
    static const char *const tails[] = {"", "&api_key=1", "%zz", "&=nameless", "%00", "%ff"};
    static const char mark[] = MARK;
    char body[6 * MARK_LEN + 32];
    const char *why = NULL;
    struct form *form = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        char *end = body + g_snprintf(body, sizeof body, "api_key=");
        for (size_t k = 0; k < MARK_LEN; k++) /* escaped, so that it stands nowhere but where it was read */
            end += g_snprintf(end, 4, "%%%02X", (unsigned)mark[k]);
        g_snprintf(end, sizeof body - (size_t)(end - body), "%s", tails[i]);
        int before = marks_on_heap(mark);
        form = form_parse(body, strlen(body), &why);
        g_assert_true((form != NULL) == (i == 0));
        if (before < 0 || (form != NULL && marks_on_heap(mark) <= before)) {
            form_free(form);
            g_test_skip("the heap is kept elsewhere");
            return;
        }
        form_free(form);
        g_assert_cmpint(marks_on_heap(mark), ==, before);
    }
}

/* Of any host that a name may be; in XML as the page of the specification has it. */
static void test_discovery(struct fixture *f, gconstpointer data)
{
    static const char *const wrong[] = {NULL, "", "a b", "x\"y", "x/y", "<x>", "x?y", "x@y"};
    struct request request = {.method = "GET", .path = "/open311/discovery.json", .body = "", .host = "city.example:8443"};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    json_t *answer = json_loadb(reply.body, reply.body_len, JSON_REJECT_DUPLICATES, NULL);
    g_autofree char *why = schema_fault("GeoDiscovery", answer);
    g_assert_cmpstr(why, ==, NULL);
    json_t *endpoint = json_array_get(json_object_get(answer, "endpoints"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(endpoint, "url")), ==, "https://city.example:8443/open311/v2");
    json_decref(answer);
    reply_clear(&reply);
    request.path = "/open311/discovery.xml";
    request.host = "[::1]:8443";
    handlers_run(f->platform, &request, &reply);
    g_assert_nonnull(strstr(reply.body, "<endpoints><endpoint><specification>http://wiki.open311.org/GeoReport_v2</specification>"
                                        "<url>https://[::1]:8443/open311/v2</url>"));
    g_assert_nonnull(strstr(reply.body, "<formats><format>text/xml</format><format>application/json</format></formats></endpoint>"));
    reply_clear(&reply);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        request.host = wrong[i];
        handlers_run(f->platform, &request, &reply);
        g_assert_cmpuint(reply.status, ==, 400);
        reply_clear(&reply);
    }
    request.path = "/open311/discovery/x";
    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 404);
    reply_clear(&reply);
}

static void test_lists(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct db *db = f->platform->db;
    g_autofree char *name = NULL;
    struct ticket_point at;
    bool found;
    int count = 0;

    g_assert_true(db_begin(db, true, &error));
    g_assert_true(tickets_days_read(db, "# 2026\n20261123 rest\n\n20261128 work\n", &count, &error));
    g_assert_cmpint(count, ==, 2);
    g_assert_true(tickets_places_read(db, "P0001 新名 1 号\nHALL-1 会所\n", &count, &error));
    g_assert_true(db_ticket_place_name(db, "P0001", &name, &error));
    g_assert_cmpstr(name, ==, "新名 1 号");
    g_assert_true(db_ticket_place_point(db, "P0001", &at, &found, &error) && found); /* where it is stays */
    g_assert_true(db_ticket_place_point(db, "HALL-1", &at, &found, &error) && !found);
    g_autoptr(GArray) days = db_ticket_days(db, &error);
    g_assert_cmpuint(days->len, ==, 2);
    g_assert_no_error(error);
    g_assert_false(tickets_days_read(db, "20261131 rest\n", &count, NULL));
    g_assert_false(tickets_days_read(db, "20261123 perhaps\n", &count, NULL));
    g_assert_false(tickets_places_read(db, "P1\n", &count, NULL));
    db_rollback(db);
}

/* A community of before has no questions: they come with the next start, its own services stay. What was asked is nobody else's. */
static void test_question(struct fixture *f, gconstpointer data)
{
    struct ticket_row row;

    (void)data;
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM ticket_service WHERE community=?1 AND code IN ('Q01','F05')", ""));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_true(tickets_ready(f->platform, NULL) && tickets_ready(f->platform, NULL));
    refused(f, filing("F05"), "SERVICE");
    json_t *asked = filing(TICKET_QUESTION);
    json_object_del(asked, "address_id");
    json_object_set_new(asked, "address", json_string("K0001 · How do I pay a bill?"));
    json_t *event = pushed(f, pen_event(&f->pen, "ticket.filed", asked), "accepted", "");
    row_of(f, json_string_value(json_object_get(event, "id")), &row);
    g_assert_false(row.public);
    g_assert_cmpstr(row.reporter, ==, TOKEN);
    ticket_row_clear(&row);
    json_decref(event);
}

#define ADD(NAME, RUN) g_test_add("/tickets/" NAME, struct fixture, NULL, set_up, RUN, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("filed-once", test_filed_once);
    ADD("fails-alone", test_fails_alone);
    ADD("id-taken", test_id_taken);
    ADD("refused", test_refused);
    ADD("anonymous", test_anonymous);
    ADD("clock", test_clock);
    ADD("interest", test_interest);
    ADD("life", test_life);
    ADD("step-once", test_step_once);
    ADD("seven-days", test_seven_days);
    ADD("said-by-card", test_said_by_card);
    ADD("told", test_told);
    ADD("local-number", test_local_number);
    ADD("similar", test_similar);
    ADD("door", test_door);
    ADD("door-released", test_door_released);
    ADD("door-file", test_door_file);
    ADD("door-keys", test_door_keys);
    ADD("door-address", test_door_address);
    ADD("door-filters", test_door_filters);
    ADD("door-xml", test_door_xml);
    ADD("door-methods", test_door_methods);
    ADD("form-wiped", test_form_wiped);
    ADD("discovery", test_discovery);
    ADD("question", test_question);
    ADD("lists", test_lists);
    return g_test_run();
}
