/* SPDX-License-Identifier: Apache-2.0 */
/* Topics: their life by those who may, once a person, the frozen list, a secret ballot in two tables, the count, what the tables refuse. */
#include "hall-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/ballot-serve.h"
#include "platform/commands/commands.h"
#include "platform/data/db-rows.h"
#include "platform/persons/replace.h"
#include "platform/topics/topics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_ID "LIFT-2026"
#define BALLOT   "/v1/ballots/" TOPIC_ID "/papers"
#define CHIEF    "0f0e0d0c0b0a09080706050403020111"
#define DEPUTY   "0f0e0d0c0b0a09080706050403020112"
#define WRITER   "0f0e0d0c0b0a09080706050403020114"
#define AUDITOR  "0f0e0d0c0b0a09080706050403020113"

static char owner[33]; /* the first card of whoever has STAFF, too */

static void token_of(struct credit_kit *f, unsigned persona, char token[33])
{
    g_autofree char *card = kit_card(persona);

    card_token(f->platform->index_key, card, token);
}

static void up(struct credit_kit *f, const void *data)
{
    credit_kit_up(f, data);
    kit_staff(f->platform, CHIEF, "chief", 5, STAFF_MANAGER);
    kit_staff(f->platform, DEPUTY, "deputy", 6, STAFF_MANAGER);
    kit_staff(f->platform, AUDITOR, "auditor", 7, STAFF_AUDITOR);
    token_of(f, 3, owner);
}

#define TOPICS_ADD(path, test) g_test_add(path, struct credit_kit, NULL, up, test, credit_kit_down)

/* ---- What staff do ---- */

static json_t *pair(const char *text)
{
    return json_pack("{s:s, s:s}", "zh", "加装电梯", "en", text);
}

static json_t *words_new(void)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "title", pair("A lift"), "about", pair("For house 3"), "decides", pair("The owners"), "next",
                     pair("It is talked over"));
}

static void draft(struct credit_kit *f, const char *id)
{
    json_auto_t *words = words_new();

    g_assert_true(topics_add(f->platform, id, words, "staff-1", now_ms(), NULL));
}

/* "" done, else the last word of why not. */
static const char *stepped(struct credit_kit *f, const struct topic_order *order)
{
    static char why[64];
    g_autoptr(GError) error = NULL;

    if (topics_step(f->platform, order, now_ms(), &error))
        return "";
    g_assert_cmpint(error->code, ==, PLATFORM_ERROR_STATE);
    g_strlcpy(why, strrchr(error->message, ' ') + 1, sizeof why);
    return why;
}

static struct topic_order order_of(enum topic_step step, const char *by)
{
    return (struct topic_order){.topic = TOPIC_ID, .step = step, .by = {by, NULL}};
}

static void stands(struct credit_kit *f, const struct topic_order *order, const char *why)
{
    g_assert_cmpstr(stepped(f, order), ==, why);
}

static void simple(struct credit_kit *f, enum topic_step step, const char *by, const char *why)
{
    struct topic_order order = order_of(step, by);

    stands(f, &order, why);
}

static struct topic_row *row_of(struct credit_kit *f, const char *id)
{
    struct topic_row *row = g_new0(struct topic_row, 1);
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_topic_find(f->platform->db, id, row, &found, NULL) && found);
    db_rollback(f->platform->db);
    return row;
}

static void state_is(struct credit_kit *f, enum topic_state state)
{
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);

    g_assert_cmpstr(topic_state_name(row->topic.state), ==, topic_state_name(state));
}

static void accepted(struct credit_kit *f, int64_t threshold)
{
    struct topic_order order = order_of(TOPIC_ACCEPT, "staff-2");

    draft(f, TOPIC_ID);
    simple(f, TOPIC_SUBMIT, "staff-1", "");
    order.threshold = threshold;
    order.until_ms = now_ms() + DAY;
    stands(f, &order, "");
}

static void said(struct credit_kit *f, struct pen *pen, const char *type, json_t *data, const char *code)
{
    static const char *const SCHEMAS[][2] = {{"opinion.given", "OpinionGiven"}, {"topic.supported", "TopicSupported"},
                                             {"statement.voted", "StatementVoted"}, {"ballot.wished", "BallotWished"}};
    size_t i = 0;

    while (strcmp(SCHEMAS[i][0], type) != 0)
        i++;
    credit_kit_push(f, pen, type, SCHEMAS[i][1], data, *code == '\0' ? "accepted" : "rejected", code);
}

static void supports(struct credit_kit *f, struct pen *pen, const char *card, const char *code)
{
    said(f, pen, "topic.supported", json_pack("{s:s, s:s}", "topic", TOPIC_ID, "card_token", card), code);
}

/* Adult, elder and owner: 30, 40 and 50 square metres. */
static char *owners_list(void)
{
    g_autofree char *a = kit_card(0), *b = kit_card(1), *c = kit_card(3);

    return g_strdup_printf("%s 300000\n\n%s 400000\r\n%s 500000\n", a, b, c);
}

static void deliberated(struct credit_kit *f)
{
    struct topic_order order = order_of(TOPIC_DELIBERATE, "chief");

    accepted(f, 1);
    supports(f, &f->pen, f->student, "");
    order.meeting_ms = now_ms() + HOUR;
    stands(f, &order, "");
}

static struct topic_order opening(const char *list)
{
    struct topic_order order = order_of(TOPIC_OPEN, "chief");

    order.by[1] = "deputy";
    order.kind = ELECTORATE_LIST;
    order.list = list;
    order.until_ms = now_ms() + DAY;
    return order;
}

static void ballot_opened(struct credit_kit *f)
{
    g_autofree char *list = owners_list();
    struct topic_order order = opening(list);

    deliberated(f);
    stands(f, &order, "");
}

static const char *decided(struct credit_kit *f)
{
    struct topic_order order = order_of(TOPIC_DECIDE, "chief");
    json_auto_t *answer = pair("It is built");

    order.by[1] = "deputy";
    order.answer = answer;
    return stepped(f, &order);
}

/* ---- What residents do ---- */

static json_t *voted(struct credit_kit *f, const char *secret, const char *code, int choice, unsigned wanted)
{
    return hall_post(f, "K0001", BALLOT, secret, json_pack("{s:s, s:i}", "code", code, "choice", choice), hall_key(), wanted);
}

static void votes(struct credit_kit *f, const char *card, const char *code, int choice)
{
    json_auto_t *answer = voted(f, credit_kit_session(f, card, "", (char)(code[0] - 'A' + 'a')), code, choice, 200);

    g_assert_cmpstr(hall_text(answer, "code"), ==, code);
}

static void checked(struct credit_kit *f, const char *why)
{
    g_autofree char *broken = NULL;

    g_assert_true(db_begin(f->platform->db, false, NULL) && ballots_check(f->platform->db, TOPIC_ID, &broken, NULL));
    db_rollback(f->platform->db);
    if (why == NULL)
        g_assert_cmpstr(broken, ==, NULL);
    else
        g_assert_true(broken != NULL && strstr(broken, why) != NULL);
}

static json_t *fed(struct credit_kit *f)
{
    return hall_fed(f, "K0001", "topic", TOPIC_ID);
}

static void script(struct credit_kit *f, const char *sql)
{
    g_autoptr(GError) error = NULL;
    bool done = db_begin(f->platform->db, true, &error) && db_run(f->platform->db, &error, sql, "") && db_commit(f->platform->db, &error);

    g_assert_no_error(error);
    g_assert_true(done);
}

/* ---- A life ---- */

static void test_life(struct credit_kit *f, const void *data)
{
    g_autofree char *list = owners_list();
    struct topic_order accept = order_of(TOPIC_ACCEPT, "staff-2"), open = opening(list), execute = order_of(TOPIC_EXECUTE, "chief"),
                       report = order_of(TOPIC_REPORT, "deputy");
    json_auto_t *plan = json_pack("[{s:s, s:s, s:i}]", "zh", "施工", "en", "Built", "due", 20271231), *built = pair("Built");

    draft(f, TOPIC_ID);
    g_assert_null(fed(f));
    simple(f, TOPIC_SUBMIT, "staff-2", "TOPIC_ACTOR");
    simple(f, TOPIC_SUBMIT, "nobody", "STAFF_UNKNOWN");
    simple(f, TOPIC_SUBMIT, "staff-1", "");
    accept.threshold = 2;
    accept.until_ms = now_ms() + DAY;
    accept.by[0] = "staff-1";
    stands(f, &accept, "TWO_PERSONS"); /* nobody moderates what they wrote */
    accept.by[0] = "staff-2";
    stands(f, &accept, "");
    supports(f, &f->pen, f->adult, "");
    state_is(f, TOPIC_COLLECTING);
    supports(f, &f->other, f->elder, "");
    state_is(f, TOPIC_QUALIFIED);
    struct topic_order meet = order_of(TOPIC_DELIBERATE, "auditor");
    meet.meeting_ms = now_ms() + HOUR;
    stands(f, &meet, "STAFF_ROLE");
    meet.by[0] = "chief";
    stands(f, &meet, "");
    open.by[1] = NULL;
    stands(f, &open, "TWO_PERSONS");
    open.by[1] = "chief";
    stands(f, &open, "TWO_PERSONS");
    open.by[1] = "deputy";
    open.binding = true;
    stands(f, &open, "rule"); /* what binds names its rule */
    open.binding = false;
    stands(f, &open, "");
    simple(f, TOPIC_WITHDRAW, "staff-1", "TOPIC_STATE");
    votes(f, f->adult, "AAAAAAAAAAAAAAAA", BALLOT_FOR);
    votes(f, f->elder, "BBBBBBBBBBBBBBBB", BALLOT_FOR);
    g_assert_cmpstr(decided(f), ==, "TOPIC_EARLY");
    json_t *value = fed(f);
    g_assert_null(json_object_get(value, "result"));
    json_decref(value);
    credit_kit_shift_ms += DAY;
    g_assert_cmpstr(decided(f), ==, "");
    value = fed(f);
    g_assert_cmpstr(hall_text(json_object_get(value, "result"), "outcome"), ==, "NO_QUORUM"); /* two of three, but not of the area */
    g_assert_cmpint(hall_int(json_object_get(value, "result"), "voted_percent"), ==, 58);
    json_decref(value);
    execute.milestones = plan;
    stands(f, &execute, "");
    report.answer = built;
    stands(f, &report, "TOPIC_EARLY");
    simple(f, TOPIC_MILESTONE, "chief", "");
    stands(f, &report, "");
    value = fed(f);
    g_assert_cmpstr(hall_text(value, "state"), ==, "REPORTED");
    g_assert_cmpint(hall_int(json_array_get(json_object_get(value, "milestones"), 0), "reached_ms"), >, 0);
    json_decref(value);
    checked(f, NULL);
    credit_kit_shift_ms += 31 * DAY;
    int done = 0;
    g_assert_true(topics_run(f->platform, now_ms(), &done, NULL));
    value = fed(f);
    g_assert_true(json_is_null(value)); /* a tombstone */
    json_decref(value);
}

/* A ballot that binds and did not pass: nothing is carried out, and it ends with what is said to it. */
static void test_refused(struct credit_kit *f, const void *data)
{
    g_autofree char *list = owners_list();
    struct topic_order open = opening(list), execute = order_of(TOPIC_EXECUTE, "chief"), report = order_of(TOPIC_REPORT, "chief");
    json_auto_t *plan = json_pack("[{s:s, s:s, s:i}]", "zh", "施工", "en", "Built", "due", 20271231), *said_of_it = pair("Not built");

    open.binding = true;
    open.rule = "Rule 7";
    execute.milestones = plan;
    report.answer = said_of_it;
    deliberated(f);
    stands(f, &open, "");
    stands(f, &report, "TOPIC_STATE");
    credit_kit_shift_ms += DAY;
    g_assert_cmpstr(decided(f), ==, "");
    stands(f, &execute, "TOPIC_STATE");
    report.answer = NULL;
    stands(f, &report, "TOPIC_MISSING");
    report.answer = said_of_it;
    stands(f, &report, "");
    json_auto_t *value = fed(f);
    g_assert_cmpstr(hall_text(value, "state"), ==, "REPORTED");
    g_assert_cmpstr(hall_text(json_object_get(value, "report"), "en"), ==, "Not built");
}

/* Any step, by anybody: the table goes with the model. */
static void test_walk(struct credit_kit *f, const void *data)
{
    static const char *const WHO[] = {"staff-1", "staff-2", "chief", "auditor"};
    static const enum topic_step NEXT[TOPIC_STATES] = {[TOPIC_MODERATION] = TOPIC_ACCEPT, [TOPIC_COLLECTING] = TOPIC_QUALIFY,
                                                       [TOPIC_QUALIFIED] = TOPIC_DELIBERATE, [TOPIC_DELIBERATION] = TOPIC_OPEN,
                                                       [TOPIC_BALLOT] = TOPIC_DECIDE, [TOPIC_DECIDED] = TOPIC_EXECUTE,
                                                       [TOPIC_EXECUTING] = TOPIC_REPORT};
    g_autofree char *list = owners_list();
    json_auto_t *text = pair("Said"), *plan = json_pack("[{s:s, s:s, s:i}]", "zh", "施工", "en", "Built", "due", 20271231);
    struct topic shadow = {.state = TOPIC_DRAFT};
    char id[16];

    for (int life = 0; life < 4; life++) {
        int moves = 0;
        g_snprintf(id, sizeof id, "WALK-%d", life);
        draft(f, id);
        shadow = (struct topic){.state = TOPIC_DRAFT};
        for (int i = 0; i < 30 && !topic_ended(shadow.state); i++) {
            bool straight = i % 3 != 0;
            enum topic_step next = straight ? NEXT[shadow.state] : (enum topic_step)g_test_rand_int_range(0, TOPIC_STEPS);
            unsigned first = straight ? next != TOPIC_SUBMIT : (unsigned)g_test_rand_int_range(0, 4);
            unsigned second = straight ? 2 : (unsigned)g_test_rand_int_range(0, 4);
            struct topic_order order = {.topic = id, .step = next, .by = {WHO[first], NULL},
                                        .reason = "why", .other = life > 0 ? "WALK-0" : "NONE", .threshold = 1,
                                        .until_ms = now_ms() + (next == TOPIC_ACCEPT ? 2 * DAY : HOUR), /* its clock goes on between the steps */
                                        .meeting_ms = now_ms(), .kind = ELECTORATE_LIST, .list = list, .answer = text};
            bool two = topic_step_by_two(order.step), manager = first != 3 && (!two || (second != 3 && second != first));
            bool authors = order.step == TOPIC_SUBMIT || order.step == TOPIC_WITHDRAW, moderates = order.step == TOPIC_ACCEPT;
            enum topic_actor actor = authors && first == 0 ? TOPIC_BY_AUTHOR : manager ? TOPIC_BY_COMMITTEE : TOPIC_ACTORS;
            struct topic_move move = {.step = order.step, .actor = actor, .people = two && manager ? 2 : 1, .brings = 0x7F, .threshold = 1,
                                      .until_ms = order.until_ms, .milestones = 1, .at_ms = now_ms()};

            if (order.step == TOPIC_EXECUTE)
                order.milestones = plan;
            if (two)
                order.by[1] = WHO[second];
            if (order.step == TOPIC_MERGE || (moderates && first == 0) || (order.step == TOPIC_WITHDRAW && i < 15) || order.step == TOPIC_RETURN)
                continue; /* another one has to be there; nobody moderates their own; some lives are long */
            bool may = topic_do(&shadow, &move) == TOPIC_OK;
            g_assert_cmpint(*stepped(f, &order) == '\0', ==, may);
            moves += may;
            if (shadow.state == TOPIC_COLLECTING && i % 2 == 0) {
                credit_kit_push(f, &f->pen, "topic.supported", "TopicSupported", json_pack("{s:s, s:s}", "topic", id, "card_token", f->adult),
                                "accepted", "");
                shadow.support = 1;
                shadow.state = TOPIC_QUALIFIED;
            }
            credit_kit_shift_ms += HOUR;
            g_autofree struct topic_row *row = row_of(f, id);
            g_assert_cmpstr(topic_state_name(row->topic.state), ==, topic_state_name(shadow.state));
        }
        g_assert_cmpint(moves, >, 3);
    }
}

/* ---- Once a person ---- */

static void statement_add(struct credit_kit *f, const char *id)
{
    json_auto_t *words = pair("Lifts are worth it");
    const struct statement_new statement = {.id = id, .topic = TOPIC_ID, .by = "chief", .words = words, .resident = true};

    g_assert_true(topics_statement(f->platform, &statement, now_ms(), NULL));
}

static void thinks(struct credit_kit *f, struct pen *pen, const char *statement, const char *card, int vote, const char *code)
{
    said(f, pen, "statement.voted", json_pack("{s:s, s:s, s:i}", "statement", statement, "card_token", card, "vote", vote), code);
}

static void wishes(struct credit_kit *f, const char *card, const char *code)
{
    said(f, &f->pen, "ballot.wished", json_pack("{s:s, s:s}", "topic", TOPIC_ID, "card_token", card), code);
}

static void test_support(struct credit_kit *f, const void *data)
{
    supports(f, &f->pen, f->adult, "TOPIC_UNKNOWN");
    wishes(f, f->adult, "TOPIC_UNKNOWN");
    accepted(f, 3);
    supports(f, &f->pen, owner, "");
    supports(f, &f->other, STAFF, "TOPIC_ALREADY"); /* the same person by another card, at another kiosk */
    supports(f, &f->pen, STRANGER, "TOPIC_OTHERS");
    wishes(f, owner, "TOPIC_STATE");
    json_t *late = pen_event(&f->pen, "topic.supported", json_pack("{s:s, s:s}", "topic", TOPIC_ID, "card_token", f->elder));
    json_decref(kit_push(f->platform, &f->pen, json_pack("[O]", late)));
    json_t *again = kit_push(f->platform, &f->pen, json_pack("[o]", late)); /* the same event */
    g_assert_cmpstr(kit_verdict(again, 0), ==, "duplicate");
    json_decref(again);
    credit_kit_shift_ms += DAY;
    supports(f, &f->pen, f->adult, "TOPIC_LATE");
    int done = 0;
    g_assert_true(topics_run(f->platform, now_ms(), &done, NULL) && done == 1);
    state_is(f, TOPIC_LAPSED);
    supports(f, &f->pen, f->adult, "TOPIC_STATE");
    checked(f, NULL);
    script(f, "UPDATE topic SET support=support+1 WHERE community=?1");
    checked(f, "support");
}

static void test_statements(struct credit_kit *f, const void *data)
{
    accepted(f, 1);
    statement_add(f, "S-1");
    statement_add(f, "S-2");
    thinks(f, &f->pen, "S-1", owner, 1, "");
    thinks(f, &f->other, "S-1", STAFF, -1, ""); /* thought it over */
    thinks(f, &f->pen, "S-1", f->adult, 0, "");
    thinks(f, &f->pen, "S-1", STRANGER, 1, "TOPIC_OTHERS");
    thinks(f, &f->pen, "NONE", owner, 1, "TOPIC_UNKNOWN");
    json_t *value = fed(f), *first = json_array_get(json_object_get(value, "statements"), 0);
    g_assert_cmpint(hall_int(first, "agree") * 100 + hall_int(first, "disagree") * 10 + hall_int(first, "pass"), ==, 11);
    json_decref(value);
    g_assert_true(topics_statement_hide(f->platform, "S-2", "chief", now_ms(), NULL));
    g_assert_false(topics_statement_hide(f->platform, "S-2", "chief", now_ms(), NULL));
    thinks(f, &f->pen, "S-2", owner, 1, "TOPIC_UNKNOWN");
    simple(f, TOPIC_WITHDRAW, "staff-1", "");
    thinks(f, &f->pen, "S-1", owner, 1, "TOPIC_STATE");
}

static void test_opinions(struct credit_kit *f, const void *data)
{
    json_auto_t *answer = pair("It is looked at");
    json_t *rows;

    said(f, &f->pen, "opinion.given", json_pack("{s:s, s:s, s:s}", "theme", "elders", "description", "More benches", "card_token", f->elder), "");
    said(f, &f->pen, "opinion.given", json_pack("{s:s, s:s}", "theme", "other", "description", "Nobody said this"), "");
    said(f, &f->pen, "opinion.given", json_pack("{s:s, s:s, s:s}", "theme", "elders", "description", "x", "card_token", STRANGER), "TOPIC_OTHERS");
    g_assert_false(kit_database_has(f->dir, "More benches"));
    rows = opinions_list(f->platform, false, NULL);
    g_assert_cmpint(json_array_size(rows), ==, 2);
    g_assert_cmpstr(hall_text(json_array_get(rows, 0), "words"), ==, "More benches");
    g_autofree char *id = g_strdup(hall_text(json_array_get(rows, 0), "id"));
    json_decref(rows);
    draft(f, TOPIC_ID);
    g_assert_false(opinions_answer(f->platform, id, answer, "auditor", now_ms(), NULL));
    g_assert_true(opinions_answer(f->platform, id, answer, "chief", now_ms(), NULL));
    g_assert_false(opinions_answer(f->platform, id, answer, "chief", now_ms(), NULL));
    g_assert_true(opinions_link(f->platform, id, TOPIC_ID, "chief", now_ms(), NULL));
    g_assert_false(opinions_link(f->platform, id, "NONE", "chief", now_ms(), NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_opinions_erase(f->platform->db, f->elder, NULL) && db_commit(f->platform->db, NULL));
    rows = opinions_list(f->platform, true, NULL);
    g_assert_cmpstr(hall_text(json_array_get(rows, 0), "words"), ==, "");
    g_assert_cmpint(hall_int(json_array_get(rows, 0), "named"), ==, 0);
    json_decref(rows);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM access_log WHERE community=?1 AND actor='opinion list'"), ==, 2);
}

/* ---- The electorate ---- */

/* With its area, whether anybody of it can vote or not. */
static void every_household(struct credit_kit *f)
{
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);

    g_assert_cmpint(row->units, ==, kit_count(f->platform, "SELECT count(*) FROM household WHERE community=?1"));
    g_assert_cmpint(row->area_cm2, ==, kit_count(f->platform, "SELECT sum(area_m2)*10000 FROM household WHERE community=?1"));
    g_assert_cmpint(row->units, ==, kit_count(f->platform, "SELECT count(*) FROM elector_unit WHERE community=?1"));
}

static void test_electorate(struct credit_kit *f, const void *data)
{
    g_autofree char *list = owners_list(), *card = kit_card(0), *twice = g_strconcat(list, card, " 1\n", NULL);
    struct topic_order order = opening(twice);

    deliberated(f);
    stands(f, &order, "twice");
    order.list = "123 4\n";
    stands(f, &order, "centimetres");
    order.list = "\n";
    stands(f, &order, "electorate"); /* nobody */
    order.list = "- 300000\n";
    stands(f, &order, "electorate"); /* nobody who can vote */
    order.list = "3109901777700000000 300000\n";
    stands(f, &order, "-"); /* nobody's: mistyped, or an owner without a card, which is written so */
    order.kind = ELECTORATE_HOUSEHOLDS;
    script(f, "UPDATE household SET area_m2=-area_m2 WHERE community=?1 AND id=1");
    stands(f, &order, "areas"); /* not known of one */
    script(f, "UPDATE household SET area_m2=-area_m2 WHERE community=?1 AND id=1");
    stands(f, &order, "");
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);
    g_assert_cmpint(strlen(row->electorate), ==, 64);
    every_household(f);
    g_assert_cmpint(row->units, <, kit_count(f->platform, "SELECT count(*) FROM elector WHERE community=?1"));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM elector e JOIN person p ON p.community=e.community AND p.id=e.person WHERE"
                                           " e.community=?1 AND p.household<>e.unit"), ==, 0);
    checked(f, NULL);
    static const struct kit_attempt FROZEN[] = {
        {"INSERT INTO elector SELECT community, topic, -5, unit FROM elector WHERE community=?1 AND person=(SELECT max(person) FROM elector)", "frozen"},
        {"INSERT INTO elector_unit SELECT community, id, -5, 1 FROM topic WHERE community=?1", "frozen"},
        {"UPDATE elector_unit SET area_cm2=area_cm2+1 WHERE community=?1", "frozen"},
        {"DELETE FROM elector WHERE community=?1", "frozen"},
        {"UPDATE topic SET electorate='' WHERE community=?1", "frozen"},
        {"UPDATE topic SET until_ms=until_ms+1 WHERE community=?1", "frozen"},
    };
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(FROZEN); i++)
        kit_assert_refused(f->platform->db, &FROZEN[i]);
    db_rollback(f->platform->db);
}

static void test_adults(struct credit_kit *f, const void *data)
{
    struct topic_order order = opening(NULL);

    deliberated(f);
    order.kind = ELECTORATE_ADULTS;
    stands(f, &order, "");
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);
    g_assert_cmpint(row->units, ==, row->area_cm2);
    g_assert_cmpint(row->units, ==, kit_count(f->platform, "SELECT count(*) FROM elector WHERE community=?1 AND person=unit"));
    g_assert_cmpint(row->units, >, 10);
    g_assert_cmpint(row->units, <, KIT_RESIDENTS);
}

/* A new card in the place of one that was reported lost. */
static void replaced(struct credit_kit *f, const char *card, char successor[33])
{
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20361231};
    struct card_replacing ask = {.card = card, .successor = row.token, .cause = "", .staff = {"staff-1", "staff-2"}, .reason = "lost"};
    char digits[17] = "990100770000001", number[20];
    const char *refused = NULL;

    digits[15] = luhn_digit(digits);
    g_snprintf(number, sizeof number, "310%s", digits);
    g_assert_true(card_stock_add(f->platform, number, &row, now_ms(), NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL) && card_replace(f->platform, &ask, now_ms(), &refused, NULL));
    g_assert_cmpstr(refused, ==, NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
    g_strlcpy(successor, row.token, 33);
}

/* No card of the household is in use on the day: it counts, and votes with the next card. */
static void test_lost(struct credit_kit *f, const void *data)
{
    struct topic_order order = opening(NULL);
    g_autofree char *number = kit_card(1);
    char successor[33];
    int64_t version;

    deliberated(f);
    g_assert_true(kit_card_told(f->platform, number, true, now_ms(), &version, NULL));
    script(f, "UPDATE card SET state='lost' WHERE community=?1 AND person IN (SELECT id FROM person WHERE household IN (SELECT p.household FROM person p"
              " JOIN card c ON c.community=p.community AND c.person=p.id WHERE c.community=?1 AND c.state='lost'))");
    order.kind = ELECTORATE_HOUSEHOLDS;
    stands(f, &order, "");
    every_household(f);
    replaced(f, f->elder, successor);
    votes(f, successor, "AAAAAAAAAAAAAAAA", BALLOT_FOR);
    checked(f, NULL);
}

static json_t *opinion_of(struct credit_kit *f, const char *words)
{
    return pen_event(&f->other, "opinion.given",
                     json_pack("{s:s, s:s, s:s}", "theme", "elders", "description", words, "card_token", f->elder));
}

/* Told after the card was replaced: what was said while it was in use is the new card's, and what a lost one says nobody's word. */
static void test_opinion_late(struct credit_kit *f, const void *data)
{
    g_autofree char *number = kit_card(1);
    json_t *early = opinion_of(f, "More benches");
    char successor[33];
    int64_t version;

    credit_kit_shift_ms += MINUTE;
    g_assert_true(kit_card_told(f->platform, number, true, now_ms(), &version, NULL));
    credit_kit_shift_ms += MINUTE;
    json_t *late = opinion_of(f, "Whoever found it says so");
    replaced(f, f->elder, successor);
    json_auto_t *answer = kit_push(f->platform, &f->other, json_pack("[o, o]", early, late));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    g_assert_cmpstr(kit_verdict(answer, 1), ==, "rejected");
    g_assert_cmpstr(kit_code(answer, 1), ==, "CARD_REPLACED");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM opinion WHERE community=?1"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM opinion o JOIN card c ON c.community=o.community AND c.token=o.card WHERE"
                                           " o.community=?1 AND c.state='active'"), ==, 1);
}

/* Two owners of the list have no card: they count, and nobody votes for them. */
static void test_without(struct credit_kit *f, const void *data)
{
    g_autofree char *list = owners_list(), *all = g_strconcat(list, "- 100\n- 100\n", NULL);
    struct topic_order order = opening(all);

    deliberated(f);
    stands(f, &order, "");
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);
    g_assert_cmpint(row->units, ==, 5);
    g_assert_cmpint(row->area_cm2, ==, 1200200);
    votes(f, f->adult, "AAAAAAAAAAAAAAAA", BALLOT_FOR);
    votes(f, f->elder, "BBBBBBBBBBBBBBBB", BALLOT_FOR);
    votes(f, owner, "CCCCCCCCCCCCCCCC", BALLOT_FOR);
    checked(f, NULL);
    credit_kit_shift_ms += DAY;
    g_assert_cmpstr(decided(f), ==, "");
    json_auto_t *value = fed(f);
    g_assert_cmpstr(hall_text(json_object_get(value, "result"), "outcome"), ==, "NO_QUORUM"); /* three of five, of nearly all of the area */
}

/* ---- Votes ---- */

static void test_votes(struct credit_kit *f, const void *data)
{
    const char *code = "23456789ABCDEFGH", *secret;

    hall_refused(voted(f, credit_kit_session(f, f->adult, "", '1'), code, BALLOT_FOR, 404), "NOT_FOUND");
    deliberated(f);
    wishes(f, f->adult, "TOPIC_STATE");
    g_autofree char *list = owners_list();
    struct topic_order order = opening(list);
    stands(f, &order, "");
    supports(f, &f->pen, f->adult, "TOPIC_STATE");
    wishes(f, f->adult, "");
    wishes(f, f->adult, "");
    wishes(f, f->student, "TOPIC_OTHERS");
    wishes(f, STRANGER, "TOPIC_OTHERS");
    hall_refused(voted(f, credit_kit_secret('f'), code, BALLOT_FOR, 403), "SESSION_OVER");
    hall_refused(voted(f, credit_kit_session(f, f->student, "", '2'), code, BALLOT_FOR, 403), "TOPIC_OTHERS"); /* not on the frozen list */
    hall_refused(voted(f, credit_kit_secret('1'), "IIIIIIIIIIIIIIII", BALLOT_FOR, 400), "MALFORMED");
    hall_refused(voted(f, credit_kit_secret('1'), code, 4, 400), "MALFORMED");
    json_decref(voted(f, credit_kit_secret('1'), code, BALLOT_FOR, 200));
    json_decref(voted(f, credit_kit_secret('1'), code, BALLOT_FOR, 200)); /* whose answer was lost */
    json_decref(voted(f, credit_kit_secret('1'), code, BALLOT_AGAINST, 200)); /* which tells nobody what the paper says, and changes nothing */
    hall_refused(voted(f, credit_kit_secret('1'), "AAAAAAAAAAAAAAAA", BALLOT_AGAINST, 409), "TOPIC_ALREADY");
    hall_refused(voted(f, credit_kit_session(f, f->elder, "", '3'), code, BALLOT_FOR, 409), "PAPER_CODE");
    wishes(f, f->adult, "TOPIC_ALREADY");
    votes(f, owner, "BBBBBBBBBBBBBBBB", BALLOT_ABSTAIN);
    hall_refused(voted(f, credit_kit_session(f, STAFF, "", '5'), "CCCCCCCCCCCCCCCC", BALLOT_FOR, 409), "TOPIC_ALREADY"); /* by another card */
    checked(f, NULL);
    credit_kit_shift_ms += DAY;
    hall_refused(voted(f, credit_kit_session(f, f->elder, "", '6'), "CCCCCCCCCCCCCCCC", BALLOT_FOR, 409), "TOPIC_LATE");
    secret = credit_kit_session(f, f->adult, "", '7');
    json_decref(voted(f, secret, code, BALLOT_FOR, 200)); /* the answer was lost until after the end: it lies in the urn */
    hall_refused(voted(f, secret, "CCCCCCCCCCCCCCCC", BALLOT_FOR, 409), "TOPIC_LATE");
    wishes(f, f->elder, "TOPIC_LATE");
    g_assert_cmpstr(decided(f), ==, "");
    json_decref(voted(f, secret, code, BALLOT_FOR, 200));
    hall_refused(voted(f, credit_kit_secret('6'), "CCCCCCCCCCCCCCCC", BALLOT_FOR, 409), "TOPIC_STATE");
    json_t *value = fed(f), *result = json_object_get(value, "result");
    g_assert_cmpstr(hall_text(result, "outcome"), ==, "REJECTED"); /* one of two, 300,000 of 800,000 */
    g_assert_cmpint(hall_int(result, "for"), ==, 1);
    g_assert_cmpint(hall_int(result, "against_or_abstain"), ==, 1);
    json_decref(value);
    checked(f, NULL);
}

/* No number in it is the area of one unit, or of two of the three. */
static void tells_no_area(json_t *json)
{
    static const int64_t AREAS[] = {300000, 400000, 500000, 700000, 800000, 900000};
    const char *member;
    json_t *part;
    size_t i;

    for (i = 0; json_is_integer(json) && i < G_N_ELEMENTS(AREAS); i++)
        g_assert_cmpint(json_integer_value(json), !=, AREAS[i]);
    json_array_foreach(json, i, part)
    {
        tells_no_area(part);
    }
    json_object_foreach(json, member, part)
    {
        g_assert_false(g_str_has_suffix(member, "_percent") && strcmp(member, "voted_percent") != 0); /* that of one paper */
        tells_no_area(part);
    }
}

/* All three, which is a quorum, and more than half of it by both counts; a special one wants three quarters. */
static void passes(struct credit_kit *f, bool special, const char *outcome)
{
    g_autofree char *list = owners_list();
    struct topic_order order = opening(list);

    deliberated(f);
    order.special = special;
    stands(f, &order, "");
    votes(f, f->adult, "AAAAAAAAAAAAAAAA", BALLOT_AGAINST);
    votes(f, f->elder, "BBBBBBBBBBBBBBBB", BALLOT_FOR);
    votes(f, owner, "CCCCCCCCCCCCCCCC", BALLOT_FOR); /* 900,000 of 1,200,000: three quarters of the area, two thirds of the owners */
    credit_kit_shift_ms += DAY;
    g_assert_cmpstr(decided(f), ==, "");
    json_auto_t *value = fed(f);
    g_assert_cmpstr(hall_text(json_object_get(value, "result"), "outcome"), ==, outcome);
    tells_no_area(value);
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);
    json_auto_t *kept = json_loads(row->result, 0, NULL);
    g_assert_cmpint(hall_int(kept, "for") * 10 + hall_int(kept, "against_or_abstain"), ==, 21);
    g_assert_null(json_object_get(kept, "against"));
    tells_no_area(kept);
}

static void test_ordinary(struct credit_kit *f, const void *data)
{
    passes(f, false, "PASSED");
}

static void test_special(struct credit_kit *f, const void *data)
{
    passes(f, true, "REJECTED");
}

/* Papers of the next `count` electors, each of an area of 1. */
static void papers(struct credit_kit *f, enum ballot_choice choice, unsigned count, unsigned *n)
{
    g_autoptr(GArray) electors = db_electors(f->platform->db, TOPIC_ID, NULL);
    char code[] = "AAAAAAAAAAAAAAAA";

    g_assert_nonnull(electors);
    for (unsigned end = *n + count; *n < end; ++*n) {
        code[0] = PAPER_ALPHABET[*n];
        g_assert_true(db_turnout_add(f->platform->db, TOPIC_ID, g_array_index(electors, struct elector_row, *n).unit, 20261001, NULL) &&
                      db_paper_add(f->platform->db, TOPIC_ID, code, choice, 1, NULL));
    }
}

static json_t *result_now(struct credit_kit *f, const struct topic_row *row)
{
    g_autofree char *text = ballots_result(f->platform->db, row, NULL);

    g_assert_nonnull(text);
    return json_loads(text, 0, NULL);
}

/* What few say is told with the others', and no share from which theirs follows. */
static void test_few(struct credit_kit *f, const void *data)
{
    struct topic_order order = opening(NULL);
    unsigned n = 0;

    deliberated(f);
    order.kind = ELECTORATE_ADULTS;
    stands(f, &order, "");
    g_autofree struct topic_row *row = row_of(f, TOPIC_ID);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    papers(f, BALLOT_FOR, 4, &n);
    papers(f, BALLOT_AGAINST, 9, &n);
    json_auto_t *few = result_now(f, row);
    g_assert_cmpint(hall_int(few, "for") * 10 + hall_int(few, "against_or_abstain"), ==, 49);
    g_assert_null(json_object_get(few, "for_percent"));
    papers(f, BALLOT_FOR, 1, &n);
    papers(f, BALLOT_ABSTAIN, 4, &n);
    json_auto_t *together = result_now(f, row);
    g_assert_cmpint(hall_int(together, "against_or_abstain"), ==, 13);
    g_assert_cmpint(hall_int(together, "for_percent") * 100 + hall_int(together, "against_or_abstain_percent"), ==, 2772); /* 5 and 13 of 18 */
    g_assert_null(json_object_get(together, "against"));
    papers(f, BALLOT_ABSTAIN, 1, &n);
    json_auto_t *apart = result_now(f, row);
    g_assert_cmpint(hall_int(apart, "against") * 10 + hall_int(apart, "abstain"), ==, 95);
    g_assert_cmpint(hall_int(apart, "against_percent") * 100 + hall_int(apart, "abstain_percent"), ==, 4726);
    g_assert_null(json_object_get(apart, "against_or_abstain"));
    db_rollback(f->platform->db);
}

/* ---- Secret ---- */

static void code_make(unsigned n, char out[PAPER_CODE_SIZE])
{
    memset(out, 'A', PAPER_CODE_SIZE - 1);
    out[0] = PAPER_ALPHABET[n * 7 % 32];
    out[1] = PAPER_ALPHABET[n / 32 % 32];
    out[PAPER_CODE_SIZE - 1] = '\0';
}

static GPtrArray *sealed_choices(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    GPtrArray *out = db_texts(f->platform->db, db_query(f->platform->db, NULL, "SELECT choice FROM ballot_paper WHERE community=?1 ORDER BY code", ""), NULL);
    db_rollback(f->platform->db);
    g_assert_nonnull(out);
    return out;
}

/* What else there is of a vote: rows of anything that has a time, a kiosk or a card. */
static int64_t traces(struct credit_kit *f)
{
    return kit_count(f->platform, "SELECT (SELECT count(*) FROM event WHERE community=?1)+(SELECT count(*) FROM idempotency WHERE community=?1)+"
                                  "(SELECT count(*) FROM access_log WHERE community=?1)+(SELECT max(n) FROM change WHERE community=?1)+"
                                  "(SELECT count(*) FROM topic_step WHERE community=?1)+(SELECT coalesce(sum(changed_ms),0) FROM topic WHERE community=?1)");
}

static void test_secret(struct credit_kit *f, const void *data)
{
    const char *secret;

    ballot_opened(f);
    secret = credit_kit_session(f, f->adult, "", '1');
    int64_t before = traces(f);
    json_decref(voted(f, secret, "ZZZZZZZZZZZZZZZZ", BALLOT_AGAINST, 200));
    g_assert_cmpint(traces(f), ==, before);
    g_autoptr(GPtrArray) one = sealed_choices(f);
    json_decref(voted(f, credit_kit_session(f, f->elder, "", '2'), "22222222222222ZZ", BALLOT_FOR, 200));
    g_autoptr(GPtrArray) two = sealed_choices(f);
    g_assert_cmpuint(two->len, ==, 2);
    g_assert_cmpstr(one->pdata[0], !=, two->pdata[1]); /* the first paper was sealed anew with the second one */
    g_assert_cmpuint(strlen(two->pdata[0]), ==, strlen(two->pdata[1]));
    static const struct kit_attempt KEPT[] = {
        {"UPDATE ballot_turnout SET day=day+1 WHERE community=?1", "voted"},
        {"DELETE FROM ballot_turnout WHERE community=?1", "voted"},
        {"DELETE FROM ballot_paper WHERE community=?1", "urn"},
        {"UPDATE ballot_paper SET code='3333333333333333' WHERE community=?1 AND code='ZZZZZZZZZZZZZZZZ'", "urn"},
        {"DELETE FROM ballot_urn WHERE community=?1", "urn"},
    };
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(KEPT); i++)
        kit_assert_refused(f->platform->db, &KEPT[i]);
    db_rollback(f->platform->db);
    if (!kit_on_file()) { /* the engine's own mark on each row: both papers carry the second vote's, and so does the sum */
        g_assert_cmpint(kit_count(f->platform, "SELECT count(DISTINCT CAST(xmin AS TEXT)) FROM ballot_paper WHERE community=?1"), ==, 1);
        g_assert_cmpint(kit_count(f->platform, "SELECT count(DISTINCT CAST(xmin AS TEXT)) FROM ballot_turnout WHERE community=?1"), ==, 2);
    }
}

/* Many papers: each part is written by itself, and none is lost. */
static void test_parts(struct credit_kit *f, const void *data)
{
    char code[PAPER_CODE_SIZE];
    struct urn urn, counted;

    ballot_opened(f);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (unsigned n = 0; n < 300; n++) {
        code_make(n, code);
        g_assert_true(db_paper_add(f->platform->db, TOPIC_ID, code, (enum ballot_choice)(1 + n % 3), 10, NULL));
    }
    g_assert_true(db_urn_get(f->platform->db, TOPIC_ID, &urn, NULL) && db_papers_count(f->platform->db, TOPIC_ID, &counted, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpint(urn.papers, ==, 300);
    for (size_t i = 0; i < BALLOT_CHOICES; i++)
        g_assert_true(urn.count[i] == 100 && counted.count[i] == 100 && urn.area_cm2[i] == 1000);
    checked(f, "as many papers"); /* nobody voted */
    credit_kit_shift_ms += DAY;
    g_assert_cmpstr(decided(f), ==, "voted"); /* and nothing is decided by that */
    g_autoptr(GPtrArray) before = sealed_choices(f);
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_paper_add(f->platform->db, TOPIC_ID, "ZZZZZZZZZZZZZZZZ", BALLOT_FOR, 10, NULL) &&
                  db_commit(f->platform->db, NULL));
    g_autoptr(GPtrArray) after = sealed_choices(f);
    unsigned written = 0;
    for (guint i = 0; i < before->len; i++)
        written += strcmp(before->pdata[i], after->pdata[i]) != 0;
    g_assert_cmpuint(written, >=, 32);
    g_assert_cmpuint(written, <, 200);
}

/* The paper cannot be written: nobody has voted. */
static void test_crash(struct credit_kit *f, const void *data)
{
    ballot_opened(f);
    const char *secret = credit_kit_session(f, f->adult, "", '1');

    script(f, "UPDATE ballot_urn SET sums='x'||sums WHERE community=?1");
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*request failed*");
    json_decref(voted(f, secret, "AAAAAAAAAAAAAAAA", BALLOT_FOR, 503));
    g_test_assert_expected_messages();
    g_assert_cmpint(kit_count(f->platform, "SELECT (SELECT count(*) FROM ballot_turnout WHERE community=?1)+(SELECT count(*) FROM ballot_paper WHERE"
                                           " community=?1)"), ==, 0);
    script(f, "UPDATE ballot_urn SET sums=substr(sums,2) WHERE community=?1");
    json_decref(voted(f, secret, "AAAAAAAAAAAAAAAA", BALLOT_FOR, 200));
    checked(f, NULL);
}

/* ---- Two nodes ---- */

struct node {
    struct platform *platform;
    const char *code, *secret;
    int good, already;
};

static gpointer node_votes(gpointer data)
{
    struct node *node = data;
    const struct ballot_call call = {.kiosk = "K0001", .secret = node->secret, .topic = TOPIC_ID, .code = node->code, .choice = BALLOT_FOR};

    for (int i = 0; i < 5; i++) {
        struct tap_refusal refusal;
        GError *error = NULL;
        json_t *answer = ballots_vote(node->platform, &call, now_ms(), &refusal, &error);

        g_assert_no_error(error);
        node->good += answer != NULL;
        node->already += answer == NULL && g_strcmp0(refusal.code, "TOPIC_ALREADY") == 0;
        json_decref(answer);
    }
    return NULL;
}

static void test_nodes(struct credit_kit *f, const void *data)
{
    ballot_opened(f);
    g_autofree char *secret = g_strdup(credit_kit_session(f, f->adult, "", '1'));
    struct node nodes[2] = {{.platform = f->platform, .code = "AAAAAAAAAAAAAAAA", .secret = secret},
                            {.platform = platform_open(f->dir, NULL), .code = "BBBBBBBBBBBBBBBB", .secret = secret}};
    GThread *threads[2];

    g_assert_nonnull(nodes[1].platform);
    for (int i = 0; i < 2; i++)
        threads[i] = g_thread_new("node", node_votes, &nodes[i]);
    for (int i = 0; i < 2; i++)
        g_thread_join(threads[i]);
    platform_close(nodes[1].platform);
    g_assert_cmpint(nodes[0].good + nodes[1].good, ==, 5); /* one of them each time, and the other one never */
    g_assert_cmpint(nodes[0].already + nodes[1].already, ==, 5);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM ballot_paper WHERE community=?1"), ==, 1);
    checked(f, NULL);
}

/* ---- Who left ---- */

static void test_left(struct credit_kit *f, const void *data)
{
    int64_t person = -1;

    accepted(f, 9);
    statement_add(f, "S-1");
    supports(f, &f->pen, f->adult, "");
    supports(f, &f->pen, f->elder, "");
    thinks(f, &f->pen, "S-1", f->adult, 1, "");
    thinks(f, &f->pen, "S-1", f->elder, 1, "");
    const char *const cards[] = {f->adult, f->elder};
    for (size_t i = 0; i < 2; i++)
        g_assert_true(db_begin(f->platform->db, true, NULL) && db_card_token_person(f->platform->db, cards[i], &person, NULL) && person >= 0 &&
                      db_topics_erase(f->platform->db, person, NULL) && db_commit(f->platform->db, NULL));
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM topic_support WHERE community=?1 AND person<0"), ==, 2);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM statement_vote WHERE community=?1 AND person<0"), ==, 2);
    checked(f, NULL);
}

/* ---- By command ---- */

/* "citycard-platform topic WORDS…", blanks between them; "" done, else why not. */
static char *commanded(struct credit_kit *f, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (char *)"topic");
    for (char **word = words; *word != NULL; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, (char *)"--data");
    g_ptr_array_add(argv, f->dir);
    g_ptr_array_add(argv, NULL);
    return kit_command(command_topic, argv, &error) ? g_strdup("") : g_strdup(error->message);
}

static void by_words(struct credit_kit *f, const char *text, const char *why)
{
    g_autofree char *said_back = commanded(f, text);

    if (*why == '\0' ? *said_back != '\0' : strstr(said_back, why) == NULL)
        g_error("%s: \"%s\", not \"%s\"", text, said_back, why);
}

static char *file_of(struct credit_kit *f, const char *name, json_t *json)
{
    g_autofree char *path = g_build_filename(f->dir, name, NULL);

    g_assert_cmpint(json_dump_file(json, path, 0), ==, 0);
    return g_steal_pointer(&path);
}

static char *time_of(int64_t at_ms)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at_ms / 1000);

    return g_date_time_format_iso8601(time);
}

static void test_moderated(struct credit_kit *f, const void *data)
{
    json_auto_t *words = words_new();
    g_autofree char *file = file_of(f, "words.json", words), *add = g_strdup_printf("add --topic OTHER --by staff-1 --file %s", file);
    g_autofree char *until = time_of(now_ms() + DAY), *past = time_of(now_ms() - DAY);
    g_autofree char *good = g_strdup_printf("step --topic OTHER --step accept --by chief --threshold 5 --until %s", until),
                    *late = g_strdup_printf("step --topic OTHER --step accept --by chief --threshold 5 --until %s", past);

    by_words(f, "add --topic OTHER --by staff-1", "--file");
    by_words(f, add, "");
    by_words(f, add, "already");
    by_words(f, "step --topic OTHER --step submit --by staff-1", "");
    by_words(f, "step --topic OTHER --step accept --by chief", "TOPIC_MISSING");
    by_words(f, late, "TOPIC_MISSING");
    by_words(f, "step --topic OTHER --step accept --by chief --until soon", "a time is written");
    by_words(f, "step --topic NONE --step accept --by chief", "no such topic");
    by_words(f, "step --topic OTHER --step fly --by chief", "--step");
    by_words(f, "step --topic OTHER --step return --by chief", "TOPIC_MISSING");
    by_words(f, good, "");
    by_words(f, "codes --topic OTHER", "when the ballot is decided");
    draft(f, TOPIC_ID);
    simple(f, TOPIC_SUBMIT, "staff-1", "");
    by_words(f, "step --topic " TOPIC_ID " --step merge --by chief --other " TOPIC_ID, "TOPIC_MISSING");
    by_words(f, "step --topic " TOPIC_ID " --step merge --by chief --other NONE", "TOPIC_MISSING");
    by_words(f, "step --topic " TOPIC_ID " --step merge --by chief --other OTHER", "");
    state_is(f, TOPIC_MERGED);
    draft(f, "THIRD");
    by_words(f, "step --topic THIRD --step submit --by staff-1", "");
    by_words(f, "step --topic THIRD --step return --by chief --reason rude", "");
    g_autofree struct topic_row *row = row_of(f, "THIRD");
    g_assert_cmpstr(row->reason, ==, "rude");
    g_assert_true(row->ended_ms > 0);
}

/* The author's topic is theirs by any id of theirs, and goes on when they are of the staff no more. */
static void test_author(struct credit_kit *f, const void *data)
{
    struct topic_order accept = order_of(TOPIC_ACCEPT, "writer");

    kit_staff(f->platform, WRITER, "writer", 3, STAFF_MANAGER); /* staff-1 once more, by another card */
    accept.threshold = 1;
    accept.until_ms = now_ms() + DAY;
    draft(f, TOPIC_ID);
    simple(f, TOPIC_SUBMIT, "staff-2", "TOPIC_ACTOR");
    simple(f, TOPIC_SUBMIT, "writer", "");
    stands(f, &accept, "TWO_PERSONS");
    g_assert_true(staff_retire(f->platform, "staff-1", now_ms(), NULL));
    stands(f, &accept, "TWO_PERSONS");
    accept.by[0] = "staff-1";
    stands(f, &accept, "STAFF_RETIRED");
    accept.by[0] = "chief";
    stands(f, &accept, "");
    simple(f, TOPIC_WITHDRAW, "writer", "");
}

static void test_by_command(struct credit_kit *f, const void *data)
{
    json_auto_t *plan = json_pack("[{s:s, s:s, s:i}]", "zh", "施工", "en", "Built", "due", 20271231);
    g_autofree char *file = file_of(f, "plan.json", plan), *list = owners_list(), *who = g_build_filename(f->dir, "who", NULL);
    g_autofree char *until = time_of(now_ms() + DAY);
    g_autofree char *open = g_strdup_printf("step --topic " TOPIC_ID " --step open --electorate %s --until %s --by chief", who, until),
                    *both = g_strconcat(open, " --by deputy", NULL),
                    *execute = g_strdup_printf("step --topic " TOPIC_ID " --step execute --by chief --file %s", file);

    g_assert_true(g_file_set_contents(who, list, -1, NULL));
    deliberated(f);
    by_words(f, "statement --topic " TOPIC_ID " --statement S-1 --zh zhide --en Worth --by chief", "");
    by_words(f, "statement --topic " TOPIC_ID " --statement S-1 --zh zhide --en Worth --by chief", "already");
    by_words(f, "hide --statement S-1 --by chief", "");
    by_words(f, open, "TWO_PERSONS");
    by_words(f, both, "");
    votes(f, f->adult, "AAAAAAAAAAAAAAAA", BALLOT_FOR);
    credit_kit_shift_ms += DAY;
    by_words(f, "step --topic " TOPIC_ID " --step decide --by chief --by deputy", "TOPIC_MISSING");
    by_words(f, "step --topic " TOPIC_ID " --step decide --by chief --by deputy --zh bugou --en Few", "");
    by_words(f, execute, "");
    state_is(f, TOPIC_EXECUTING);
    script(f, "UPDATE ballot_urn SET papers=papers+1 WHERE community=?1");
    by_words(f, "check --topic " TOPIC_ID, "counted");
    by_words(f, "check", "counted");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TOPICS_ADD("/platform/topics/life", test_life);
    TOPICS_ADD("/platform/topics/refused", test_refused);
    TOPICS_ADD("/platform/topics/walk", test_walk);
    TOPICS_ADD("/platform/topics/support", test_support);
    TOPICS_ADD("/platform/topics/statements", test_statements);
    TOPICS_ADD("/platform/topics/opinions", test_opinions);
    TOPICS_ADD("/platform/topics/electorate", test_electorate);
    TOPICS_ADD("/platform/topics/adults", test_adults);
    TOPICS_ADD("/platform/topics/lost", test_lost);
    TOPICS_ADD("/platform/topics/opinion-late", test_opinion_late);
    TOPICS_ADD("/platform/topics/without", test_without);
    TOPICS_ADD("/platform/topics/votes", test_votes);
    TOPICS_ADD("/platform/topics/ordinary", test_ordinary);
    TOPICS_ADD("/platform/topics/special", test_special);
    TOPICS_ADD("/platform/topics/few", test_few);
    TOPICS_ADD("/platform/topics/secret", test_secret);
    TOPICS_ADD("/platform/topics/parts", test_parts);
    TOPICS_ADD("/platform/topics/crash", test_crash);
    TOPICS_ADD("/platform/topics/nodes", test_nodes);
    TOPICS_ADD("/platform/topics/left", test_left);
    TOPICS_ADD("/platform/topics/moderated", test_moderated);
    TOPICS_ADD("/platform/topics/author", test_author);
    TOPICS_ADD("/platform/topics/by-command", test_by_command);
    return g_test_run();
}
