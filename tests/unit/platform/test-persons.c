/* SPDX-License-Identifier: Apache-2.0 */
/* Taps that prove their card: what opens a session and what does not, what may be read by it, and who finds it in the log. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "model/purpose.h"
#include "platform/data/db-engine.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/persons/replace.h"
#include "platform/persons/snapshot.h"
#include "platform/staff.h"
#include "schema.h"
#include <string.h>

/* ---- As a kiosk does it ---- */

/* GET when `body` is NULL (stolen). The path has its query as on the wire; what the handlers are given is beside it. */
static json_t *ask(struct credit_kit *f, const char *kiosk, const char *path, const char *secret, json_t *body,
                   struct request given, unsigned *status)
{
    g_autofree char *header = secret != NULL ? g_strconcat("Bearer ", secret, NULL) : NULL;
    g_autofree char *plain = g_strndup(path, strcspn(path, "?"));
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct reply reply = {0};

    given.method = body != NULL ? "POST" : "GET";
    given.path = plain;
    given.kiosk = kiosk;
    given.certificate = KIT_SERIAL;
    given.authorization = header;
    given.body = text != NULL ? text : "";
    given.body_len = strlen(given.body);
    handlers_run(f->platform, &given, &reply);
    schema_check_exchange(given.method, path, text, reply.status, reply.body, reply.body_len);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    *status = reply.status;
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

static void assert_code(json_t *answer, unsigned status, unsigned wanted, const char *code)
{
    g_assert_cmpstr(json_string_value(json_object_get(answer, "code")), ==, code);
    g_assert_cmpuint(status, ==, wanted);
    json_decref(answer);
}

static json_t *challenge(struct credit_kit *f, const char *kiosk, const char *token, unsigned *status)
{
    return ask(f, kiosk, "/v1/taps", NULL, json_pack("{s:s}", "card_token", token), (struct request){0}, status);
}

static json_t *answer_it(struct credit_kit *f, const char *kiosk, json_t *asked, const char *number, unsigned *status)
{
    char said[17];

    kit_proof(number, json_string_value(json_object_get(asked, "challenge")), said);
    return ask(f, kiosk, "/v1/sessions", NULL,
               json_pack("{s:s, s:s}", "id", json_string_value(json_object_get(asked, "id")), "answer", said), (struct request){0},
               status);
}

/* The whole way; g_free the secret. */
static char *tap(struct credit_kit *f, const char *kiosk, unsigned persona, bool staff)
{
    g_autofree char *number = kit_card(persona);
    char token[33];
    unsigned status;

    card_token(f->platform->index_key, number, token);
    json_t *asked = challenge(f, kiosk, token, &status);
    g_assert_cmpuint(status, ==, 200);
    json_t *opened = answer_it(f, kiosk, asked, number, &status);
    g_assert_cmpuint(status, ==, 200);
    g_assert_true(json_is_true(json_object_get(opened, "staff")) == staff);
    char *secret = g_strdup(json_string_value(json_object_get(opened, "session")));
    json_decref(asked);
    json_decref(opened);
    return secret;
}

static json_t *me(struct credit_kit *f, const char *kiosk, const char *secret, const char *purpose, unsigned *status)
{
    g_autofree char *path = g_strconcat("/v1/me?purpose=", purpose, NULL);

    return ask(f, kiosk, path, secret, NULL, (struct request){.purpose = purpose}, status);
}

static json_t *person(struct credit_kit *f, const char *secret, const char *token, const char *purpose, const char *case_id,
                      unsigned *status)
{
    g_autofree char *path = g_strdup_printf("/v1/persons/%s?purpose=%s%s%s", token, purpose, case_id != NULL ? "&case=" : "",
                                            case_id != NULL ? case_id : "");

    return ask(f, "K0001", path, secret, NULL, (struct request){.purpose = purpose, .case_id = case_id}, status);
}

#define LOGGED "SELECT count(*) FROM access_log WHERE community=?1"

/* ---- Tests ---- */

static void test_tap(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false);
    unsigned status;
    json_t *home = me(f, "K0001", secret, "home", &status);

    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(home, "card"), "last4")), ==, "1025");
    g_assert_cmpint(json_integer_value(json_object_get(json_object_get(home, "balances"), "hours_min")), ==, 1200);
    g_assert_nonnull(strchr(json_string_value(json_object_get(home, "name_masked")), '*'));
    g_assert_cmpuint(json_array_size(json_object_get(home, "bills")), >, 0);
    g_assert_null(json_object_get(home, "entries")); /* home does not need them */
    json_decref(home);
    json_t *credit = me(f, "K0001", secret, "credit", &status), *log;
    g_assert_cmpuint(json_array_size(json_object_get(credit, "entries")), ==, 3);
    g_assert_null(json_object_get(credit, "bills"));
    json_decref(credit);
    log = ask(f, "K0001", "/v1/me/access-log", secret, NULL, (struct request){0}, &status);
    json_t *rows = json_object_get(log, "access"), *oldest = json_array_get(rows, 2);
    g_assert_cmpuint(json_array_size(rows), ==, 3); /* this reading is one of them */
    g_assert_cmpstr(json_string_value(json_object_get(oldest, "fields")), ==, "name,card,balances,holds,bills");
    g_assert_cmpstr(json_string_value(json_object_get(oldest, "actor")), ==, "self");
    g_assert_cmpstr(json_string_value(json_object_get(oldest, "kiosk")), ==, "K0001");
    json_decref(log);
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 3);
    g_assert_false(kit_database_has(f->dir, secret)); /* its digest alone */
}

static void test_replay(struct credit_kit *f, const void *data)
{
    g_autofree char *number = kit_card(1), *other = kit_card(2);
    unsigned status;
    json_t *asked = challenge(f, "K0001", f->elder, &status), *opened = answer_it(f, "K0001", asked, number, &status);

    g_assert_cmpuint(status, ==, 200);
    json_decref(opened);
    opened = answer_it(f, "K0001", asked, number, &status);
    assert_code(opened, status, 409, "CHALLENGE_UNKNOWN");
    json_decref(asked);
    /* Another card; and then the right one comes too late, the challenge is burnt. */
    asked = challenge(f, "K0001", f->elder, &status);
    opened = answer_it(f, "K0001", asked, other, &status);
    assert_code(opened, status, 403, "PROOF_WRONG");
    opened = answer_it(f, "K0001", asked, number, &status);
    assert_code(opened, status, 409, "CHALLENGE_UNKNOWN");
    json_decref(asked);
    asked = challenge(f, "K0001", f->elder, &status);
    opened = answer_it(f, "K0002", asked, number, &status); /* not where it was asked */
    assert_code(opened, status, 409, "CHALLENGE_UNKNOWN");
    credit_kit_shift_ms += TAP_CHALLENGE_MS + 1000;
    opened = answer_it(f, "K0001", asked, number, &status);
    assert_code(opened, status, 409, "CHALLENGE_OVER");
    json_decref(asked);
    json_t *first = challenge(f, "K0001", f->elder, &status);
    json_decref(challenge(f, "K0001", f->elder, &status)); /* takes its place */
    opened = answer_it(f, "K0001", first, number, &status);
    assert_code(opened, status, 409, "CHALLENGE_UNKNOWN");
    json_decref(first);
}

static void script(struct credit_kit *f, const char *sql)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(f->platform->db->engine->script(f->platform->db, sql, NULL) && db_commit(f->platform->db, NULL));
}

/* A commit that fails is an error of this answer only: the next one is heard. */
static void test_commit_fails(struct credit_kit *f, const void *data)
{
    g_autofree char *number = kit_card(1), *secret = NULL;
    char token[33];
    unsigned status;

    card_token(f->platform->index_key, number, token);
    json_t *asked = challenge(f, "K0001", token, &status);
    if (kit_on_file()) {
        script(f, "CREATE TRIGGER broken AFTER DELETE ON tap_challenge BEGIN INSERT INTO open_file VALUES(OLD.community,'x','MONEY',1);"
                  " END");
    } else {
        script(f, "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN INSERT INTO open_file"
                  " VALUES(OLD.community,'x','MONEY',1); RETURN NULL; END $$; CREATE TRIGGER broken AFTER DELETE ON tap_challenge FOR"
                  " EACH ROW EXECUTE FUNCTION broken()");
    }
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "request failed: *");
    json_decref(answer_it(f, "K0001", asked, number, &status));
    g_test_assert_expected_messages();
    g_assert_cmpuint(status, ==, 503);
    json_decref(asked);
    script(f, kit_on_file() ? "DROP TRIGGER broken" : "DROP TRIGGER broken ON tap_challenge; DROP FUNCTION broken");
    secret = tap(f, "K0001", 1, false);
    g_assert_nonnull(secret);
}

static void test_cards(struct credit_kit *f, const void *data)
{
    g_autofree char *lost = kit_card(4), *elder = kit_card(1);
    char token[33];
    unsigned status;
    int64_t version;
    json_t *answer;

    card_token(f->platform->index_key, lost, token);
    answer = challenge(f, "K0001", token, &status);
    assert_code(answer, status, 422, "CARD_CLOSED");
    answer = challenge(f, "K0001", STRANGER, &status);
    assert_code(answer, status, 422, "CARD_UNKNOWN");
    answer = challenge(f, "K0001", "xyz", &status);
    assert_code(answer, status, 400, "MALFORMED");
    json_t *asked = challenge(f, "K0001", f->elder, &status);
    g_assert_true(hotlist_card_lost(f->platform, elder, now_ms(), &version, NULL)); /* while it lies there */
    answer = answer_it(f, "K0001", asked, elder, &status);
    assert_code(answer, status, 422, "CARD_CLOSED");
    json_decref(asked);
    /* A card whose number nothing can be made of. */
    asked = challenge(f, "K0001", f->student, &status);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE card SET issuer='?' WHERE community=?1 AND token=?2", "s", f->student));
    g_assert_true(db_commit(f->platform->db, NULL));
    answer = answer_it(f, "K0001", asked, elder, &status);
    assert_code(answer, status, 422, "CARD_UNKNOWN");
    json_decref(asked);
}

static void test_no_key(struct credit_kit *f, const void *data)
{
    g_autofree char *number = kit_card(1);
    unsigned status;
    json_t *asked = challenge(f, "K0001", f->elder, &status), *answer;

    f->platform->masters.has_proof = false;
    answer = answer_it(f, "K0001", asked, number, &status);
    assert_code(answer, status, 503, "PROOF_CLOSED");
    json_decref(asked);
}

static void wrong(struct credit_kit *f, const char *token)
{
    unsigned status;
    json_t *asked = challenge(f, "K0001", token, &status);

    g_assert_cmpuint(status, ==, 200);
    json_t *answer = ask(f, "K0001", "/v1/sessions", NULL,
                         json_pack("{s:s, s:s}", "id", json_string_value(json_object_get(asked, "id")), "answer",
                                   "0000000000000000"),
                         (struct request){0}, &status);
    assert_code(answer, status, 403, "PROOF_WRONG");
    json_decref(asked);
}

/* Counted for the card wherever it is, and for the kiosk; a right answer begins anew, and so does the time. */
static void test_tries(struct credit_kit *f, const void *data)
{
    unsigned status;
    json_t *answer;

    for (int i = 0; i < TAP_CARD_TRIES - 1; i++)
        wrong(f, f->elder);
    g_free(tap(f, "K0001", 1, false));
    for (int i = 0; i < TAP_CARD_TRIES; i++)
        wrong(f, f->elder);
    answer = challenge(f, "K0002", f->elder, &status);
    assert_code(answer, status, 429, "PROOF_TRIES");
    g_free(tap(f, "K0001", 2, false));
    for (int i = 0; i < TAP_KIOSK_TRIES - 2 * TAP_CARD_TRIES + 1; i++) {
        answer = challenge(f, "K0001", STRANGER, &status);
        assert_code(answer, status, 422, "CARD_UNKNOWN");
    }
    answer = challenge(f, "K0001", f->student, &status);
    assert_code(answer, status, 429, "PROOF_TRIES");
    g_free(tap(f, "K0002", 2, false));
    credit_kit_shift_ms += TAP_WINDOW_MS + 1000;
    g_free(tap(f, "K0001", 1, false));
}

static void assert_over(struct credit_kit *f, const char *kiosk, const char *secret)
{
    unsigned status;
    int64_t before = kit_count(f->platform, LOGGED);
    json_t *answer = me(f, kiosk, secret, "home", &status);

    assert_code(answer, status, 403, "SESSION_OVER");
    answer = ask(f, kiosk, "/v1/me/access-log", secret, NULL, (struct request){0}, &status);
    assert_code(answer, status, 403, "SESSION_OVER");
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, before);
}

static void assert_good(struct credit_kit *f, const char *kiosk, const char *secret)
{
    unsigned status;
    json_t *answer = me(f, kiosk, secret, "home", &status);

    g_assert_cmpuint(status, ==, 200);
    json_decref(answer);
}

static void test_session_ends(struct credit_kit *f, const void *data)
{
    g_autofree char *one = tap(f, "K0001", 1, false), *card = kit_card(2), *staff = NULL, *two = NULL, *three = NULL;
    unsigned status;
    int64_t version;

    assert_good(f, "K0001", one);
    assert_over(f, "K0002", one);
    assert_over(f, "K0001", NULL);
    assert_over(f, "K0001", "5f1c0e7c7f2f4d53b9d0a7e8c1b2a3948576a1b2c3d4e5f60718293a4b5c6d7e");
    staff = tap(f, "K0001", 3, true); /* beside the resident's */
    assert_good(f, "K0001", one);
    two = tap(f, "K0001", 2, false);
    assert_over(f, "K0001", one);
    assert_good(f, "K0001", staff);
    three = tap(f, "K0002", 2, false); /* the same card elsewhere */
    assert_over(f, "K0001", two);
    json_decref(ask(f, "K0001", "/v1/sessions/end", three, json_object(), (struct request){0}, &status));
    assert_good(f, "K0002", three); /* not that kiosk's to end */
    json_decref(ask(f, "K0002", "/v1/sessions/end", three, json_object(), (struct request){0}, &status));
    g_assert_cmpuint(status, ==, 200);
    assert_over(f, "K0002", three);
    g_free(g_steal_pointer(&two));
    two = tap(f, "K0001", 2, false);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, NULL));
    assert_over(f, "K0001", two);
    credit_kit_shift_ms += TAP_SESSION_MS + 1000;
    assert_over(f, "K0001", staff);
}

static void test_purposes(struct credit_kit *f, const void *data)
{
    static const char *const bad[] = {"desk-help", "export", "audit", "nothing", ""};
    g_autofree char *secret = tap(f, "K0001", 1, false);
    unsigned status;
    json_t *answer;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        answer = me(f, "K0001", secret, bad[i], &status);
        assert_code(answer, status, 400, "PURPOSE");
    }
    answer = ask(f, "K0001", "/v1/me?purpose=credit&cursor=1.2.3.4", secret, NULL,
                 (struct request){.purpose = "credit", .cursor = "1.2.3.4"}, &status);
    assert_code(answer, status, 400, "MALFORMED");
    answer = ask(f, "K0001", "/v1/me/access-log?cursor=x", secret, NULL, (struct request){.cursor = "x"}, &status);
    assert_code(answer, status, 400, "MALFORMED");
    for (enum purpose purpose = 0; purpose < PURPOSES; purpose++) {
        enum purpose back;
        g_assert_true(purpose_parse(purpose_name(purpose), &back) && back == purpose);
        g_assert_cmpuint(purpose_fields(purpose), !=, 0);
    }
}

static void test_staff(struct credit_kit *f, const void *data)
{
    g_autofree char *staff = tap(f, "K0001", 3, true), *resident = tap(f, "K0001", 1, false);
    char own[33];
    unsigned status;
    json_t *answer = person(f, staff, f->student, "desk-help", NULL, &status), *log;
    g_autofree char *number = kit_card(3);

    g_assert_cmpuint(status, ==, 200);
    g_assert_nonnull(json_object_get(answer, "balances"));
    g_assert_null(json_object_get(answer, "attendance"));
    json_decref(answer);
    answer = person(f, staff, f->student, "complaint", "T-2026/0017", &status);
    g_assert_cmpuint(status, ==, 200);
    json_decref(answer);
    answer = person(f, staff, f->student, "complaint", NULL, &status);
    assert_code(answer, status, 400, "PURPOSE"); /* about which? */
    answer = person(f, staff, f->student, "home", NULL, &status);
    assert_code(answer, status, 400, "PURPOSE");
    answer = person(f, staff, f->student, "care", "Mr%20Wang", &status);
    assert_code(answer, status, 400, "MALFORMED");
    answer = person(f, resident, f->student, "desk-help", NULL, &status);
    assert_code(answer, status, 403, "STAFF_NEEDED");
    answer = person(f, "00", f->student, "desk-help", NULL, &status);
    assert_code(answer, status, 403, "SESSION_OVER");
    answer = person(f, staff, STRANGER, "desk-help", NULL, &status);
    assert_code(answer, status, 422, "CARD_UNKNOWN");
    card_token(f->platform->index_key, number, own);
    answer = person(f, staff, own, "desk-help", NULL, &status);
    assert_code(answer, status, 403, "STAFF_NEEDED"); /* nobody of their own */
    /* The student finds both, with case and name of the register. */
    g_autofree char *student = tap(f, "K0001", 2, false);
    log = ask(f, "K0001", "/v1/me/access-log", student, NULL, (struct request){0}, &status);
    json_t *rows = json_object_get(log, "access"), *row = json_array_get(rows, 1);
    g_assert_cmpuint(json_array_size(rows), ==, 3);
    g_assert_cmpstr(json_string_value(json_object_get(row, "actor")), ==, "S0001");
    g_assert_cmpstr(json_string_value(json_object_get(row, "role")), ==, "clerk");
    g_assert_cmpstr(json_string_value(json_object_get(row, "purpose")), ==, "complaint");
    g_assert_cmpstr(json_string_value(json_object_get(row, "case_id")), ==, "T-2026/0017");
    json_decref(log);
    g_assert_true(staff_retire(f->platform, "S0001", now_ms(), NULL));
    credit_kit_shift_ms += 1000;
    answer = person(f, staff, f->student, "desk-help", NULL, &status);
    assert_code(answer, status, 403, "STAFF_NEEDED");
}

static void fill_hour(struct credit_kit *f)
{
    struct access access = {.actor = "S0001", .role = "clerk", .purpose = PURPOSE_CARE, .case_id = "", .kiosk = "K0001"};

    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (access.person = 0; access.person < SNAPSHOT_STAFF_HOUR_MAX; access.person++)
        g_assert_true(db_access_add(f->platform->db, &access, now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void test_staff_limit(struct credit_kit *f, const void *data)
{
    g_autofree char *staff = tap(f, "K0001", 3, true);
    unsigned status;

    fill_hour(f);
    json_t *answer = person(f, staff, f->student, "desk-help", NULL, &status);
    assert_code(answer, status, 429, "PERSONS_TOO_MANY");
}

/* Pages hang together, each row once. */
static void test_pages(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false), *cursor = g_strdup("");
    unsigned status, seen = 0, pages = 0;
    int64_t last = G_MAXINT64;

    for (int i = 0; i < 119; i++)
        assert_good(f, "K0001", secret);
    do {
        g_autofree char *path = g_strconcat("/v1/me/access-log?cursor=", cursor, NULL);
        json_t *page = ask(f, "K0001", path, secret, NULL, (struct request){.cursor = cursor}, &status), *row;
        size_t i;
        json_array_foreach(json_object_get(page, "access"), i, row)
        {
            g_assert_cmpint(json_integer_value(json_object_get(row, "n")), <, last);
            last = json_integer_value(json_object_get(row, "n"));
            seen++;
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
        json_decref(page);
        pages++;
    } while (*cursor != '\0');
    g_assert_cmpuint(pages, ==, 3);
    g_assert_cmpuint(seen, ==, 120); /* the readings of later pages are newer than the first one */
}

/* What the person looked at does not bury what others did; where that was is said, and how often the person looked themselves. */
static void test_others(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false), *staff = tap(f, "K0001", 3, true);
    unsigned status;

    json_decref(person(f, staff, f->elder, "complaint", "C-1", &status));
    g_assert_cmpuint(status, ==, 200);
    for (int i = 0; i < 60; i++)
        assert_good(f, "K0001", secret);
    json_t *log = ask(f, "K0001", "/v1/me/access-log?who=others", secret, NULL, (struct request){.who = "others"}, &status);
    json_t *rows = json_object_get(log, "access"), *row = json_array_get(rows, 0), *own = json_object_get(log, "own");
    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(row, "role")), ==, "clerk");
    g_assert_cmpstr(json_string_value(json_object_get(row, "case_id")), ==, "C-1");
    g_assert_cmpuint(json_string_length(json_object_get(row, "place_zh")), >, 0);
    g_assert_cmpuint(json_string_length(json_object_get(row, "place_en")), >, 0);
    g_assert_cmpint(json_integer_value(json_object_get(own, "times")), ==, 61); /* this reading is one of them */
    g_assert_cmpint(json_integer_value(json_object_get(own, "last_ms")), >, 0);
    json_decref(log);
    log = ask(f, "K0001", "/v1/me/access-log?who=me", secret, NULL, (struct request){.who = "me"}, &status);
    assert_code(log, status, 400, "MALFORMED");
    log = ask(f, "K0001", "/v1/me?purpose=home", secret, NULL, (struct request){.purpose = "home", .who = "others"}, &status);
    assert_code(log, status, 400, "MALFORMED");
}

static void test_entry_pages(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false), *cursor = g_strdup("");
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned status;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (int i = 0; i < 60; i++)
        g_assert_true(credit_post_hours(f->platform->db, &f->rules, f->elder, "test", 60, now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    int64_t all = 0;
    g_autofree char *account = g_strconcat("person:", f->elder, NULL);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &all, "SELECT count(*) FROM credit_entry WHERE community=?1 AND account=?2",
                         "s", account));
    db_rollback(f->platform->db);
    do {
        g_autofree char *path = g_strconcat("/v1/me?purpose=credit&cursor=", cursor, NULL);
        json_t *page = ask(f, "K0001", path, secret, NULL, (struct request){.purpose = "credit", .cursor = cursor}, &status), *row;
        size_t i;
        json_array_foreach(json_object_get(page, "entries"), i, row)
            g_assert_true(g_hash_table_add(seen, g_strdup_printf("%s.%d", json_string_value(json_object_get(row, "txn")),
                                                                 (int)json_integer_value(json_object_get(row, "line")))));
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
        json_decref(page);
    } while (*cursor != '\0');
    g_assert_cmpint(g_hash_table_size(seen), ==, all);
    g_assert_cmpint(all, >, 100);
}

/* The tables refuse to change what was logged; and where nothing can be logged nothing is told. */
static void test_log(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false);
    struct db *db = f->platform->db;
    unsigned status;

    assert_good(f, "K0001", secret);
    g_assert_true(db_begin(db, true, NULL));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE access_log SET actor='x' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM access_log WHERE community=?1", ""));
    /* No number is left behind this one. */
    g_assert_true(db_run(db, NULL, "INSERT INTO access_log VALUES(?1,9223372036854775807,0,'x','clerk',NULL,'','care','','')", ""));
    g_assert_true(db_commit(db, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "request failed*");
    json_t *answer = me(f, "K0001", secret, "home", &status);
    g_test_assert_expected_messages();
    assert_code(answer, status, 503, "UNAVAILABLE");
}

/* ---- Cards at the desk ---- */

#define SECOND 9 /* the other persona of the staff */
#define FRESH_NUMBER "3109901007700000017" /* nobody's */
#define OVER_NUMBER "3109901007700000025"
#define EARLY_NUMBER "3109901007700000033"

static json_t *card(struct credit_kit *f, const char *secret, const char *token, unsigned *status)
{
    g_autofree char *path = g_strconcat("/v1/cards/", token, NULL);

    return ask(f, "K0001", path, secret, NULL, (struct request){0}, status);
}

/* `second` NULL: none is named. */
static json_t *card_told(struct credit_kit *f, const char *secret, const char *token, const char *what, unsigned key, const char *second,
                         unsigned *status)
{
    g_autofree char *path = g_strdup_printf("/v1/cards/%s/%s", token, what);
    g_autofree char *id = key != 0 ? g_strdup_printf("\"01985d5e-5c00-7000-8000-%012u\"", key) : NULL;

    return ask(f, "K0001", path, secret, json_pack("{s:s*}", "second", second), (struct request){.idempotency_key = id}, status);
}

static void assert_state(json_t *answer, const unsigned *status, const char *state, bool listed)
{
    g_assert_cmpuint(*status, ==, 200);
    g_assert_cmpstr(json_string_value(json_object_get(answer, "state")), ==, state);
    g_assert_cmpint(json_is_true(json_object_get(answer, "listed")), ==, listed);
    json_decref(answer);
}

/* One of the staff is enough to say that it is lost, two have to be there to take it back. */
static void test_card_lost(struct credit_kit *f, const void *data)
{
    g_autofree char *one = tap(f, "K0001", 3, true), *two = tap(f, "K0001", SECOND, true), *elder = tap(f, "K0001", 1, false);
    unsigned status;

    assert_state(card(f, one, f->elder, &status), &status, "active", false);
    assert_state(card_told(f, one, f->elder, "lost", 1, NULL, &status), &status, "lost", true);
    json_t *over = me(f, "K0001", elder, "home", &status);
    assert_code(over, status, 403, "SESSION_OVER");
    assert_state(card_told(f, one, f->elder, "lost", 1, NULL, &status), &status, "lost", true);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM card_report WHERE community=?1"), ==, 1);
    json_t *again = card_told(f, one, f->student, "lost", 1, NULL, &status);
    assert_code(again, status, 422, "KEY_REUSED");
    again = card_told(f, one, f->elder, "found", 1, two, &status);
    assert_code(again, status, 422, "KEY_REUSED");
    json_t *alone = card_told(f, one, f->elder, "found", 2, one, &status);
    assert_code(alone, status, 422, "STAFF_ONE_PERSON");
    alone = card_told(f, one, f->elder, "found", 2, "0000000000000000000000000000000000000000000000000000000000000000", &status);
    assert_code(alone, status, 422, "STAFF_ONE_PERSON");
    assert_state(card(f, one, f->elder, &status), &status, "lost", true);
    assert_state(card_told(f, one, f->elder, "found", 2, two, &status), &status, "active", false);
    json_t *twice = card_told(f, one, f->elder, "found", 3, two, &status);
    assert_code(twice, status, 409, "CARD_NOT_LOST");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM access_log WHERE community=?1 AND fields='card' AND actor='S0001'"), ==, 5);
}

/* ---- Another card in its place ---- */

static json_t *card_replaced(struct credit_kit *f, const char *secret, const char *token, const char *successor, unsigned key,
                             const char *second, const char *cause, unsigned *status)
{
    g_autofree char *path = g_strdup_printf("/v1/cards/%s/replaced", token);
    g_autofree char *id = key != 0 ? g_strdup_printf("\"01985d5e-5c00-7000-8000-%012u\"", key) : NULL;

    return ask(f, "K0001", path, secret,
               json_pack("{s:s*, s:s, s:s*, s:s}", "second", second, "successor", successor, "cause", cause, "reason", "in the washing"),
               (struct request){.idempotency_key = id}, status);
}

static void stocked(struct credit_kit *f, const char *number, char token[33])
{
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20361231};

    g_assert_true(card_stock_add(f->platform, number, &row, now_ms(), NULL));
    g_assert_false(card_stock_add(f->platform, number, &row, now_ms(), NULL));
    g_strlcpy(token, row.token, 33);
}

static void assert_replaced(json_t *answer, const unsigned *status, const char *successor)
{
    g_assert_cmpstr(json_string_value(json_object_get(answer, "successor")), ==, successor);
    assert_state(answer, status, "replaced", true);
}

/* Two of the staff, once; the new card is known by itself, and has what was said of the old one. */
static void test_card_replaced(struct credit_kit *f, const void *data)
{
    g_autofree char *one = tap(f, "K0001", 3, true), *two = tap(f, "K0001", SECOND, true), *elder = tap(f, "K0001", 1, false);
    char fresh[33];
    unsigned status;

    g_assert_false(kit_database_has(f->dir, FRESH_NUMBER));
    stocked(f, FRESH_NUMBER, fresh);
    g_assert_false(kit_database_has(f->dir, FRESH_NUMBER));
    json_t *answer = card_replaced(f, one, f->elder, fresh, 1, two, NULL, &status);
    assert_code(answer, status, 409, "CARD_STATE");
    answer = card_replaced(f, one, f->elder, f->student, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "CARD_NOT_STOCK");
    answer = card_replaced(f, one, f->elder, fresh, 1, one, "damaged", &status);
    assert_code(answer, status, 422, "STAFF_ONE_PERSON");
    answer = card_replaced(f, one, f->elder, fresh, 0, two, "damaged", &status);
    assert_code(answer, status, 400, "IDEMPOTENCY_KEY");
    answer = card_replaced(f, one, f->elder, fresh, 1, NULL, "damaged", &status);
    assert_code(answer, status, 400, "MALFORMED");
    answer = card_replaced(f, "00", f->elder, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 403, "SESSION_OVER");
    answer = card_replaced(f, one, STRANGER, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "CARD_UNKNOWN");
    answer = card_replaced(f, one, f->adult, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "CARD_OF_STAFF");
    struct card_row over = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20200101, .valid_to = 20251231};
    g_assert_true(card_stock_add(f->platform, OVER_NUMBER, &over, now_ms(), NULL));
    answer = card_replaced(f, one, f->elder, over.token, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "CARD_EXPIRED");
    struct card_row early = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20350101, .valid_to = 20361231};
    g_assert_true(card_stock_add(f->platform, EARLY_NUMBER, &early, now_ms(), NULL));
    answer = card_replaced(f, one, f->elder, early.token, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "CARD_TOO_EARLY");
    answer = card_replaced(f, one, f->elder, fresh, 1, two, "active", &status);
    assert_code(answer, status, 400, "MALFORMED");
    answer = card_replaced(f, one, STAFF, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 403, "STAFF_NEEDED"); /* their own */
    assert_good(f, "K0001", elder);
    assert_replaced(card_replaced(f, one, f->elder, fresh, 1, two, "damaged", &status), &status, fresh);
    assert_replaced(card_replaced(f, one, f->elder, fresh, 1, two, "damaged", &status), &status, fresh);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM card_replacement WHERE community=?1"), ==, 1);
    answer = card_replaced(f, one, f->student, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "KEY_REUSED");
    answer = card_told(f, one, f->elder, "lost", 1, NULL, &status);
    assert_code(answer, status, 422, "KEY_REUSED");
    answer = card_told(f, one, f->elder, "lost", 2, NULL, &status);
    assert_code(answer, status, 422, "CARD_CLOSED");
    answer = card_told(f, one, f->elder, "found", 2, two, &status);
    assert_code(answer, status, 409, "CARD_NOT_LOST");
    answer = me(f, "K0001", elder, "home", &status);
    assert_code(answer, status, 403, "SESSION_OVER");
    assert_replaced(card(f, one, f->elder, &status), &status, fresh);
    assert_state(card(f, one, fresh, &status), &status, "active", false);
}

/* Who has left gets no other card. */
static void test_card_of_one_who_left(struct credit_kit *f, const void *data)
{
    static const char *const by[2] = {"staff-1", "staff-2"};
    g_autofree char *one = tap(f, "K0001", 3, true), *two = tap(f, "K0001", SECOND, true);
    char fresh[33];
    int64_t person = -1;
    unsigned status;

    stocked(f, FRESH_NUMBER, fresh);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_card_token_person(f->platform->db, f->student, &person, NULL));
    g_assert_true(db_person_left_add(f->platform->db, person, by, "moved away", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    json_t *answer = card_replaced(f, one, f->student, fresh, 1, two, "damaged", &status);
    assert_code(answer, status, 422, "PERSON_LEFT");
}

static void test_card_refused(struct credit_kit *f, const void *data)
{
    static const char *const WHAT[] = {"", "lost", "found"};
    g_autofree char *staff = tap(f, "K0001", 3, true), *two = tap(f, "K0001", SECOND, true), *number = kit_card(3);
    char own[33];
    unsigned status;

    card_token(f->platform->index_key, number, own);
    for (unsigned i = 0; i < G_N_ELEMENTS(WHAT); i++) {
        g_autofree char *resident = tap(f, "K0001", 2, false);
        const char *second = i == 2 ? two : NULL;
#define SAID(secret, token) (i == 0 ? card(f, secret, token, &status) : card_told(f, secret, token, WHAT[i], 9, second, &status))
        json_t *answer = SAID("00", f->elder);
        assert_code(answer, status, 403, "SESSION_OVER");
        answer = SAID(resident, f->elder);
        assert_code(answer, status, 403, "STAFF_NEEDED");
        answer = SAID(staff, own);
        assert_code(answer, status, 403, "STAFF_NEEDED");
        answer = SAID(staff, STRANGER);
        assert_code(answer, status, 422, "CARD_UNKNOWN");
    }
    json_t *answer = card_told(f, staff, f->elder, "lost", 0, NULL, &status);
    assert_code(answer, status, 400, "IDEMPOTENCY_KEY");
    answer = card_told(f, staff, f->elder, "found", 0, two, &status);
    assert_code(answer, status, 400, "IDEMPOTENCY_KEY");
    g_assert_true(db_begin(f->platform->db, true, NULL) &&
                  db_run(f->platform->db, NULL, "UPDATE card SET state='expired' WHERE community=?1 AND token=?2", "s", f->elder) &&
                  db_commit(f->platform->db, NULL));
    answer = card_told(f, staff, f->elder, "lost", 8, NULL, &status);
    assert_code(answer, status, 422, "CARD_CLOSED");
    fill_hour(f);
    for (unsigned i = 0; i < G_N_ELEMENTS(WHAT); i++) {
        const char *second = i == 2 ? two : NULL;
        answer = SAID(staff, f->student);
        assert_code(answer, status, 429, "PERSONS_TOO_MANY");
    }
    json_t *many = card_replaced(f, staff, f->student, STRANGER, 9, two, "damaged", &status);
    assert_code(many, status, 429, "PERSONS_TOO_MANY");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM card_report WHERE community=?1"), ==, 0);
}

/* Each account with a biller once, with what is unpaid, and no number of it. */
static void test_accounts(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = tap(f, "K0001", 1, false);
    unsigned status;
    json_t *answer = me(f, "K0001", secret, "accounts", &status), *bills = me(f, "K0001", secret, "bills", &status), *one;
    int64_t unpaid = 0, fen = 0, billed = 0;
    size_t i;

    json_array_foreach(json_object_get(answer, "accounts"), i, one)
    {
        unpaid += json_integer_value(json_object_get(one, "unpaid"));
        fen += json_integer_value(json_object_get(one, "unpaid_fen"));
        g_assert_cmpuint(strlen(json_string_value(json_object_get(one, "account_masked"))), ==, 4);
    }
    json_array_foreach(json_object_get(bills, "bills"), i, one)
        billed += json_integer_value(json_object_get(one, "amount_fen"));
    g_assert_cmpint(unpaid, ==, (int64_t)json_array_size(json_object_get(bills, "bills")));
    g_assert_cmpint(fen, ==, billed);
    g_assert_cmpint(fen, >, 0);
    g_assert_nonnull(json_object_get(answer, "balances"));
    json_decref(answer);
    json_decref(bills);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM access_log WHERE community=?1 AND purpose='accounts' AND"
                             " fields='name,card,balances,accounts'"),
                    ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/persons/tap", test_tap);
    CREDIT_KIT_ADD("/persons/replay", test_replay);
    CREDIT_KIT_ADD("/persons/commit-fails", test_commit_fails);
    CREDIT_KIT_ADD("/persons/cards", test_cards);
    CREDIT_KIT_ADD("/persons/no-key", test_no_key);
    CREDIT_KIT_ADD("/persons/tries", test_tries);
    CREDIT_KIT_ADD("/persons/session-ends", test_session_ends);
    CREDIT_KIT_ADD("/persons/purposes", test_purposes);
    CREDIT_KIT_ADD("/persons/staff", test_staff);
    CREDIT_KIT_ADD("/persons/staff-limit", test_staff_limit);
    CREDIT_KIT_ADD("/persons/pages", test_pages);
    CREDIT_KIT_ADD("/persons/others", test_others);
    CREDIT_KIT_ADD("/persons/entry-pages", test_entry_pages);
    CREDIT_KIT_ADD("/persons/log", test_log);
    CREDIT_KIT_ADD("/persons/card-lost", test_card_lost);
    CREDIT_KIT_ADD("/persons/card-replaced", test_card_replaced);
    CREDIT_KIT_ADD("/persons/card-of-one-who-left", test_card_of_one_who_left);
    CREDIT_KIT_ADD("/persons/card-refused", test_card_refused);
    CREDIT_KIT_ADD("/persons/accounts", test_accounts);
    return g_test_run();
}
