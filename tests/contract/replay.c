/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an older version said is understood: its kiosk's requests by today's platform, its platform's answers by today's kiosk, and
 * all of it by today's contract. And what a later version may add is overlooked: members, topics, codes that nobody knows yet.
 */
#include "carrier.h"
#include "life.h"
#include "model/clock.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/handlers.h"
#include "schema.h"
#include "sync/signed.h"
#include <stdlib.h>
#include <string.h>

/* ---- A recording ---- */

static GPtrArray *recording_read(const char *name)
{
    g_autofree char *path = g_build_filename(RECORDED_DIR, name, NULL), *text = NULL;
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **part = parts; *part != NULL; part++) {
        json_t *line = json_loads(*part, JSON_REJECT_DUPLICATES, NULL);
        g_assert_nonnull(line);
        g_ptr_array_add(lines, line);
    }
    g_assert_cmpuint(lines->len, >, 10);
    return lines;
}

static const char *text_of(json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

static struct schema_exchange exchange_of(json_t *line)
{
    const char *request = text_of(line, "request"), *answer = text_of(line, "answer");

    return (struct schema_exchange){.method = text_of(line, "method"), .path = text_of(line, "path"),
                                    .key = text_of(line, "key"), .request = request,
                                    .request_len = request != NULL ? strlen(request) : 0,
                                    .status = (unsigned)json_integer_value(json_object_get(line, "status")),
                                    .type = text_of(line, "type"), .answer = answer != NULL ? answer : "",
                                    .answer_len = answer != NULL ? strlen(answer) : 0};
}

/* Every exchange is still one of today's contract, as JSON Schema has it. */
static void test_matches(const void *name)
{
    GPtrArray *lines = recording_read(name);

    for (guint i = 0; i < lines->len; i++) {
        const struct schema_exchange exchange = exchange_of(lines->pdata[i]);
        g_autofree char *why = schema_exchange_fault(&exchange, SCHEMA_OTHER);
        if (why != NULL)
            g_error("line %u, %s %s: %s", i + 1, exchange.method, exchange.path, why);
    }
    g_ptr_array_unref(lines);
}

/* ---- An older kiosk before today's platform ---- */

struct today {
    struct platform *platform;
    char *dir, serial[64];
    char *cursor; /* the last one of ours, for the kiosk's that was another platform's */
    GHashTable *ours; /* ids of challenges and secrets of sessions that another platform gave → those of ours in their place */
    unsigned pushed;
};

static char *code_of(struct platform *platform)
{
    char *code = enrolment_code_new(platform, LIFE_KIOSK, now_ms(), NULL);

    g_assert_nonnull(code);
    return code;
}

/* The one-time code is ours; all else is as it was sent. */
static char *with_our_code(struct platform *platform, const char *request)
{
    json_t *json = json_loads(request, 0, NULL);
    g_autofree char *code = code_of(platform);
    char *text, *out;

    json_object_set_new(json, "code", json_string(code));
    text = json_dumps(json, JSON_COMPACT);
    out = g_strdup(text);
    free(text);
    json_decref(json);
    return out;
}

/* A cursor is the platform's: the one that ours gave in its place. */
static char *with_our_cursor(const struct today *today, const char *path)
{
    const char *at = g_str_has_prefix(path, "/v1/feed") ? strstr(path, "cursor=") : NULL;

    if (at == NULL || at[7] == '&' || today->cursor == NULL)
        return g_strdup(path);
    return g_strdup_printf("%.*scursor=%s%s", (int)(at - path), path, today->cursor, at + strcspn(at, "&"));
}

/* Whoever was told an id or a secret by the platform says that of ours. g_free; NULL: nothing. */
static char *with_our_words(const struct today *today, const char *text)
{
    GString *out = text != NULL ? g_string_new(text) : NULL;
    GHashTableIter iter;
    gpointer theirs, ours;

    if (out == NULL)
        return NULL;
    g_hash_table_iter_init(&iter, today->ours);
    while (g_hash_table_iter_next(&iter, &theirs, &ours))
        g_string_replace(out, theirs, ours, 0);
    return g_string_free(out, FALSE);
}

static void learn(struct today *today, json_t *was, json_t *is, const char *member)
{
    const char *theirs = text_of(was, member), *ours = text_of(is, member);

    if (theirs != NULL && ours != NULL)
        g_hash_table_insert(today->ours, g_strdup(theirs), g_strdup(ours));
}

/* What an older kiosk was told it still is: each member that was there is there, of its kind. Values are of the day. */
static void same_members(json_t *was, json_t *is, const char *path)
{
    const char *name;
    json_t *value;

    json_object_foreach(was, name, value)
    {
        json_t *now = json_object_get(is, name);
        if (now == NULL || json_typeof(now) != json_typeof(value))
            g_error("%s: \"%s\" is not told any more as it was", path, name);
        same_members(value, now, path);
    }
}

static void same_verdicts(struct today *today, json_t *was, json_t *is)
{
    json_t *old = json_object_get(was, "verdicts"), *new = json_object_get(is, "verdicts"), *one;
    size_t i;

    g_assert_cmpuint(json_array_size(old), ==, json_array_size(new));
    json_array_foreach(old, i, one)
    {
        g_assert_true(json_equal(one, json_array_get(new, i)));
        today->pushed++;
    }
    g_assert_true(json_equal(json_object_get(was, "head"), json_object_get(is, "head")));
}

static void replay_line(struct today *today, json_t *line)
{
    const char *request = text_of(line, "request"), *path = text_of(line, "path");
    bool enrols = strcmp(path, "/v1/enrol") == 0;
    g_autofree char *body = enrols ? with_our_code(today->platform, request) : with_our_words(today, request),
                    *ours = with_our_cursor(today, path), *session = with_our_words(today, text_of(line, "session"));
    struct reply reply;

    life_draw_secrets(strcmp(path, "/v1/sessions") == 0);
    carrier_run(today->platform,
                &(struct carried){.method = text_of(line, "method"), .path = ours, .key = text_of(line, "key"),
                                  .range = text_of(line, "range"), .session = session, .body = body, .kiosk = LIFE_KIOSK, .certificate = today->serial},
                &reply);
    if ((int)reply.status != json_integer_value(json_object_get(line, "status")))
        g_error("%s %s: %u %.*s", text_of(line, "method"), path, reply.status, (int)reply.body_len, reply.body);
    g_assert_cmpstr(reply.content_type, ==, text_of(line, "type"));
    schema_check_answer(&(struct schema_exchange){.method = text_of(line, "method"), .path = ours, .status = reply.status,
                                                  .type = reply.content_type, .answer = reply.body,
                                                  .answer_len = reply.body_len});
    json_t *was = text_of(line, "answer") != NULL ? json_loads(text_of(line, "answer"), 0, NULL) : NULL,
           *is = json_loadb(reply.body, reply.body_len, 0, NULL);
    same_members(was, is, path);
    if (strcmp(text_of(line, "method"), "POST") == 0 && json_object_get(was, "verdicts") != NULL)
        same_verdicts(today, was, is);
    if (g_str_has_prefix(path, "/v1/feed")) {
        g_free(today->cursor);
        today->cursor = g_strdup(json_string_value(json_object_get(is, "cursor")));
    }
    if (strcmp(path, "/v1/taps") == 0)
        learn(today, was, is, "id");
    if (strcmp(path, "/v1/sessions") == 0)
        learn(today, was, is, "session");
    life_draw_secrets(false);
    if (enrols)
        carrier_certificate(today->platform, LIFE_KIOSK, today->serial);
    json_decref(was);
    json_decref(is);
    reply_clear(&reply);
}

static void test_old_kiosk(const void *name)
{
    GPtrArray *lines = recording_read(name);
    struct today today = {.dir = kit_dir(), .ours = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};

    life_clock(LIFE_BEGIN_MS);
    today.platform = kit_platform(today.dir);
    life_desk(today.platform);
    for (guint i = 0; i < lines->len; i++) {
        life_clock_again(json_integer_value(json_object_get(lines->pdata[i], "at_ms")));
        replay_line(&today, lines->pdata[i]);
    }
    g_assert_cmpuint(today.pushed, >=, 12);
    json_t *report = kit_report(today.platform);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), !=, 0);
    json_decref(report);
    platform_close(today.platform);
    kit_dir_done(today.dir);
    g_free(today.cursor);
    g_hash_table_unref(today.ours);
    life_clock_end();
    g_ptr_array_unref(lines);
}

/* ---- An older platform before today's kiosk ---- */

struct before {
    GPtrArray *lines;
    GHashTable *at; /* "GET /v1/feed" → line + 1 that was answered last: each path goes on from there */
    guint verdicts; /* how many were given */
    bool additions; /* with what a later version may add */
    bool problem;   /* nothing but one of those */
    json_t *head;
};

static bool line_is(json_t *line, const char *what)
{
    g_autofree char *name = g_strdup_printf("%s %.*s", text_of(line, "method"), (int)strcspn(text_of(line, "path"), "?"),
                                            text_of(line, "path"));

    return strcmp(name, what) == 0;
}

/* The next line of this call, or the last one again. With a nonce or without is two calls. */
static json_t *next_line(struct before *before, const char *method, const char *path)
{
    g_autofree char *what = g_strdup_printf("%s %.*s", method, (int)strcspn(path, "?"), path),
                    *key = g_strdup_printf("%s%s", what, strstr(path, "nonce=") != NULL ? " nonce" : "");
    guint last = GPOINTER_TO_UINT(g_hash_table_lookup(before->at, key));

    for (guint i = last; i < before->lines->len; i++) {
        json_t *line = before->lines->pdata[i];
        bool signs = strstr(text_of(line, "path"), "nonce=") != NULL;

        if (!line_is(line, what) || signs != (strstr(path, "nonce=") != NULL))
            continue;
        g_hash_table_insert(before->at, g_strdup(key), GUINT_TO_POINTER(i + 1));
        return line;
    }
    if (last == 0)
        g_error("%s %s was never recorded", method, path);
    return before->lines->pdata[last - 1];
}

/* Ids are this kiosk's own: the answer names what it sent. */
static void name_what_was_sent(struct before *before, const char *request, json_t *answer)
{
    json_t *sent = json_loads(request, 0, NULL), *events = json_object_get(sent, "events"), *one,
           *verdicts = json_array();
    size_t i;

    if (events == NULL) { /* a load */
        json_object_set(answer, "id", json_object_get(sent, "id"));
        json_decref(verdicts);
        json_decref(sent);
        return;
    }
    json_array_foreach(events, i, one)
    {
        json_array_append_new(verdicts, json_pack("{s:O, s:O, s:s}", "seq", json_object_get(one, "seq"), "id",
                                                  json_object_get(one, "id"), "verdict", "accepted"));
        json_decref(before->head);
        before->head = json_pack("{s:O, s:O, s:O}", "epoch", json_object_get(sent, "epoch"), "seq", json_object_get(one, "seq"),
                                 "hash", json_object_get(one, "hash"));
        before->verdicts++;
    }
    json_object_set_new(answer, "verdicts", verdicts);
    if (before->head != NULL)
        json_object_set(answer, "head", before->head);
    json_decref(sent);
}

/* A receipt is refused with a code that nobody knows yet. */
static void refuse_as_later(const char *request, json_t *answer)
{
    json_t *sent = json_loads(request, 0, NULL), *event;
    size_t i;

    json_array_foreach(json_object_get(sent, "events"), i, event)
    {
        json_t *verdict = json_array_get(json_object_get(answer, "verdicts"), i);
        if (strstr(text_of(event, "body"), "\"receipt.printed\"") == NULL)
            continue;
        json_object_set_new(verdict, "verdict", json_string("rejected"));
        json_object_set_new(verdict, "code", json_string("OF_LATER"));
    }
    json_decref(sent);
}

/* What is open for additions gets one; signed texts and the values of closed topics stay as they are. */
static void add(json_t *answer)
{
    static const char *const places[] = {"items", "verdicts", "events", "deltas", NULL};
    json_t *one, *items = json_object_get(answer, "items");
    size_t i;

    for (size_t p = 0; places[p] != NULL; p++) {
        json_array_foreach(json_object_get(answer, places[p]), i, one)
        {
            json_object_set_new(one, "x_later", json_pack("{s:[i]}", "a", 1));
            json_t *value = json_object_get(one, "value");
            if (g_strcmp0(text_of(one, "topic"), "bill") == 0 && json_is_object(value))
                json_object_set_new(value, "x_later", json_string("of a bill"));
        }
    }
    if (items != NULL)
        json_array_insert_new(items, 0, json_pack("{s:s, s:s, s:i, s:b, s:{s:i}}", "topic", "weather", "key", "today",
                                                  "version", 1, "deleted", 0, "value", "degrees", 21));
    if (json_is_object(json_object_get(answer, "head")))
        json_object_set_new(json_object_get(answer, "head"), "x_later", json_true());
    json_object_set_new(answer, "x_later", json_null());
}

static unsigned answer_as_recorded(struct life *life, const struct carried *call, GString *out, char type[64])
{
    struct before *before = life->ctx;
    const char *body = call->body;
    json_t *line = next_line(before, call->method, call->path);
    const char *base64 = text_of(line, "answer_base64");
    gsize len = 0;

    if (before->problem) {
        g_strlcpy(type, "application/problem+json", 64);
        g_string_append(out, "{\"type\":\"urn:citycard:problem:OF_LATER\",\"title\":\"Later\",\"status\":403,\"code\":\"OF_LATER\",\"more\":{}}");
        return 403;
    }
    g_strlcpy(type, text_of(line, "type"), 64);
    if (base64 != NULL) {
        g_autofree guchar *bytes = g_base64_decode(base64, &len);
        g_string_append_len(out, (const char *)bytes, (gssize)len);
        return (unsigned)json_integer_value(json_object_get(line, "status"));
    }
    json_t *answer = json_loads(text_of(line, "answer"), 0, NULL);
    if (body != NULL)
        name_what_was_sent(before, body, answer);
    if (before->additions && body != NULL)
        refuse_as_later(body, answer);
    if (before->additions)
        add(answer);
    char *text = json_dumps(answer, JSON_COMPACT);
    g_string_append(out, text);
    free(text);
    json_decref(answer);
    return (unsigned)json_integer_value(json_object_get(line, "status"));
}

static void assert_known(struct life *life, json_t *first_feed)
{
    struct store_hotlist hotlist;
    struct clock_view clock;
    char key_id[SIGNED_KEY_ID_SIZE];
    json_t *one;
    size_t i, bills = 0, known = 0;

    json_array_foreach(json_object_get(first_feed, "items"), i, one)
    {
        if (strcmp(text_of(one, "topic"), "bill") != 0)
            continue;
        json_t *bill = store_bill(life->store, text_of(one, "key"), NULL);
        known += bill != NULL;
        json_decref(bill);
        bills++;
    }
    /* Three were paid or begun, and are tombstones since. */
    g_assert_cmpuint(bills, >, 10);
    g_assert_cmpuint(known, >=, bills - 3);
    g_assert_true(signed_key_id(life->identity.signing_key, key_id));
    store_hotlist_state(life->store, key_id, &hotlist);
    g_assert_cmpint(hotlist.version, ==, json_integer_value(json_object_get(first_feed, "hotlist_version")));
    store_clock(life->store, &clock);
    g_assert_true(clock.offset_known);
    g_assert_cmpint(store_outbox_waiting(life->store), ==, 0);
    g_assert_true(life->status.online);
}

/* The code of later stands on the staff's list as it is. */
static void assert_refused(struct life *life, bool additions)
{
    GPtrArray *refused = store_refused(life->store, false, NULL);

    g_assert_nonnull(refused);
    g_assert_cmpuint(refused->len, ==, additions ? 1 : 0);
    if (additions)
        g_assert_cmpstr(((struct store_refused *)refused->pdata[0])->code, ==, "OF_LATER");
    g_ptr_array_unref(refused);
}

/* A problem that nobody knows yet is taken by its status: trouble, and gone with the next answer. */
static void meet_a_later_problem(struct life *life, struct before *before)
{
    before->problem = true;
    sync_turn(life->sync);
    g_assert_false(life->status.online);
    g_assert_cmpint(life->status.http_status, ==, 403);
    before->problem = false;
    sync_turn(life->sync);
    g_assert_true(life->status.online);
}

/* The kiosk knows the bills, the list and the time, and nothing waits: today's kiosk has understood all of it. */
static void live_with(const char *name, bool additions)
{
    struct before before = {.lines = recording_read(name), .additions = additions,
                            .at = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct life life = {.carry = answer_as_recorded, .ctx = &before};
    g_autoptr(GString) enrolment = g_string_new(NULL);
    char type[64];

    life_clock(LIFE_BEGIN_MS + 60000);
    answer_as_recorded(&life, &(struct carried){.method = "POST", .path = "/v1/enrol"}, enrolment, type);
    json_t *first = NULL;
    for (guint i = 0; first == NULL; i++)
        if (line_is(before.lines->pdata[i], "GET /v1/feed"))
            first = json_loads(text_of(before.lines->pdata[i], "answer"), 0, NULL);
    life_open(&life, enrolment->str);
    life_day(&life);
    assert_known(&life, first);
    if (additions)
        meet_a_later_problem(&life, &before);
    g_assert_cmpuint(before.verdicts, >=, 10);
    assert_refused(&life, additions);
    life_close(&life);
    life_clock_end();
    json_decref(first);
    json_decref(before.head);
    g_hash_table_unref(before.at);
    g_ptr_array_unref(before.lines);
}

static void test_old_platform(const void *name)
{
    live_with(name, false);
}

static void test_later_platform(const void *name)
{
    live_with(name, true);
}

/* ---- A later kiosk before today's platform ---- */

static void add_to_request(json_t *request)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(request, "events"), i, one)
    {
        json_object_set_new(one, "x_later", json_integer(1));
    }
    if (json_is_object(json_object_get(request, "head")))
        json_object_set_new(json_object_get(request, "head"), "x_later", json_true());
    json_object_set_new(request, "x_later", json_pack("{s:[i]}", "a", 1));
}

/* Open requests are taken with what is added to them; a LoadPayment is closed, and refused as a whole. */
static unsigned carry_with_additions(struct life *life, const struct carried *given, GString *out, char type[64])
{
    struct today *today = life->ctx;
    const char *path = given->path, *body = given->body;
    json_t *request = body != NULL ? json_loads(body, 0, NULL) : NULL;
    g_autofree char *later = g_strdup_printf("%s%sx_later=1", path, strchr(path, '?') != NULL ? "&" : "?");
    struct carried call = {.method = given->method, .path = later, .key = given->key, .range = given->range, .session = given->session,
                           .kiosk = LIFE_KIOSK, .certificate = today->serial};
    struct reply reply;
    unsigned status;
    char *text = NULL;

    if (request != NULL) {
        add_to_request(request);
        call.body = text = json_dumps(request, JSON_COMPACT);
        json_decref(request);
    }
    carrier_run(today->platform, &call, &reply);
    if (strcmp(path, "/v1/loads") == 0) {
        g_assert_cmpuint(reply.status, ==, 400);
        g_assert_nonnull(strstr(reply.body, "\"MALFORMED\""));
        reply_clear(&reply);
        call.body = body;
        carrier_run(today->platform, &call, &reply);
    }
    status = reply.status;
    g_string_append_len(out, reply.body, (gssize)reply.body_len);
    g_strlcpy(type, reply.content_type, 64);
    reply_clear(&reply);
    free(text);
    return status;
}

static void test_later_kiosk(void)
{
    struct today today = {.dir = kit_dir()};
    struct life life = {.carry = carry_with_additions, .ctx = &today};
    g_autoptr(GString) enrolment = g_string_new(NULL);
    char type[64];

    life_clock(LIFE_BEGIN_MS);
    today.platform = kit_platform(today.dir);
    life_desk(today.platform);
    g_autofree char *code = code_of(today.platform), *body = life_enrolment(code);
    g_assert_cmpuint(carry_with_additions(&life, &(struct carried){.method = "POST", .path = "/v1/enrol", .body = body}, enrolment, type), ==, 200);
    carrier_certificate(today.platform, LIFE_KIOSK, today.serial);
    life_open(&life, enrolment->str);
    life_day(&life);
    life_news(&life);
    life_seldom(&life);
    g_assert_cmpint(store_outbox_waiting(life.store), ==, 0);
    life_close(&life);
    platform_close(today.platform);
    kit_dir_done(today.dir);
    life_clock_end();
}

/* The versions of what was recorded, oldest first. */
static const struct {
    const char *file, *version;
} RECORDINGS[] = {{"d745c5e.jsonl", "1"}, {"1fe4b9ab.jsonl", "1.2"}, {"362069d.jsonl", "1.3"}, {"dc0fb9b7.jsonl", "1.3"}};

/* One at least is older than what is told today, and none is newer. */
static void test_older(void)
{
    json_t *document = json_load_file(OPENAPI_FILE, 0, NULL);
    const char *today = text_of(json_object_get(document, "info"), "version");

    g_assert_nonnull(today);
    g_assert_cmpint(strverscmp(RECORDINGS[0].version, today), <, 0);
    g_assert_cmpint(strverscmp(RECORDINGS[G_N_ELEMENTS(RECORDINGS) - 1].version, today), <=, 0);
    json_decref(document);
}

int main(int argc, char **argv)
{

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(RECORDINGS); i++) {
        const struct {
            const char *name;
            GTestDataFunc run;
        } tests[] = {{"matches", test_matches}, {"old_kiosk", test_old_kiosk}, {"old_platform", test_old_platform},
                     {"later_platform", test_later_platform}};
        for (size_t j = 0; j < G_N_ELEMENTS(tests); j++) {
            g_autofree char *path = g_strdup_printf("/contract/%s/%s", RECORDINGS[i].file, tests[j].name);
            g_test_add_data_func(path, RECORDINGS[i].file, tests[j].run);
        }
    }
    g_test_add_func("/contract/later_kiosk", test_later_kiosk);
    g_test_add_func("/contract/older", test_older);
    return g_test_run();
}
