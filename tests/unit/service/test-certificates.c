/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of volunteer service at the kiosk: asked with a line and not without one, on paper, told as issued when the printer has said
 * so and only then, also over a stop of the machine, and whatever else the platform may answer.
 */
#include "device/locale.h"
#include "model/codes.h"
#include "model/model.h"
#include "roomkit.h"
#include "store/prints.h"
#include "sync/wire.h"

#include <glib/gstdio.h>
#include <string.h>

#define CARD    "00112233445566778899aabbccddeeff"
#define PRINTED "certificate.printed"
#define LIST    "{\"name_masked\":\"张*\",\"volunteer_no\":\"Z20260000017C\",\"offers\":[],\"certificates\":[]}"

struct fixture {
    struct roomkit kit;
    struct transport transport;
    char *answer, *body, *key; /* what the platform says, NULL: nothing; the last question's */
    long status;
    unsigned calls;
    char number[24];
    struct kiosk_certificates_event told; /* the last one; .list points to: */
    struct kiosk_certificates list;
    struct kiosk_print_event print;
    unsigned events, prints;
};

/* ---- The platform, as it is heard ---- */

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct fixture *f = ctx;

    memset(out, 0, sizeof *out);
    if (g_str_has_prefix(call->path, "/v1/certificates")) {
        g_free(f->body);
        g_free(f->key);
        f->body = g_strdup(call->body);
        f->key = g_strdup(call->idempotency_key);
        f->calls++;
        if (f->answer != NULL) {
            out->status = f->status;
            out->body = g_string_new(f->answer);
            return true;
        }
    }
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "the cable is out");
    return false;
}

static void rest(void *ctx, int timeout_ms)
{
}

static void wake(void *ctx)
{
}

/* `json` is taken. */
static void say(struct fixture *f, long status, json_t *json)
{
    g_assert_nonnull(json);
    free(f->answer);
    f->answer = json_dumps(json, JSON_COMPACT);
    f->status = status;
    json_decref(json);
}

static json_t *certificate(struct fixture *f, int prints)
{
    g_autofree char *verify = g_strdup_printf("/verify?number=%s&code=ABCDEFGH23", f->number);
    json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:i, s:b}", "number", f->number, "code", "ABCDEFGH23", "verify", verify,
                            "state", prints > 0 ? "ISSUED" : "MADE", "from", 20260101, "to", 20261104, "minutes", 1230, "made_ms",
                            (json_int_t)1793754900000, "prints", prints, "full_name", 0);
    json_t *told = json_pack("{s:s, s:s, s:s, s:i, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:[{s:s, s:s, s:i}, {s:s, s:s, s:i}]}", "name", "张*",
                             "name_masked", "张*", "volunteer_no", "Z20260000017C", "times", 8, "issuer", "code", "YT01", "uscc",
                             "54990100MA0000017Y", "name_zh", "燕塔社区居民委员会", "name_en", "Yanta Residents' Committee", "lead", "王主任",
                             "phone", "990-1234567", "content", "title_zh", "陪老人散步", "title_en", "Walking with elders", "minutes", 1200,
                             "title_zh", "", "title_en", "", "minutes", 30);

    g_assert_nonnull(one);
    g_assert_nonnull(told);
    json_object_update(one, told);
    json_decref(told);
    return one;
}

/* One offer; `one` is taken, NULL: none was made. */
static json_t *list_with(json_t *one)
{
    json_t *list = json_loads(LIST, 0, NULL);

    json_array_append_new(json_object_get(list, "offers"),
                          json_pack("{s:s, s:s, s:s, s:i, s:i, s:i}", "issuer", "YT01", "name_zh", "燕塔社区居民委员会", "name_en", "", "from", 20260101,
                                    "to", 20261104, "minutes", 1230));
    if (one != NULL)
        json_array_append_new(json_object_get(list, "certificates"), one);
    return list;
}

/* ---- The screen ---- */

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_PRINT) {
        f->print = event->print;
        f->prints++;
    }
    if (event->kind != KIOSK_EVENT_CERTIFICATES)
        return;
    f->told = event->certificates;
    if (event->certificates.list != NULL) {
        f->list = *event->certificates.list;
        f->told.list = &f->list;
    }
    f->events++;
}

/* Its session is proved: how a card proves itself is not looked at here. */
static void lay(struct fixture *f)
{
    roomkit_lay(&f->kit, CARD);
    g_strlcpy(f->kit.kiosk->session.secret, "aa", sizeof f->kit.kiosk->session.secret);
    g_strlcpy(f->kit.kiosk->session.identity.name_masked, "张*", sizeof f->kit.kiosk->session.identity.name_masked);
    roomkit_online(&f->kit, true);
}

static void up(struct fixture *f, const void *data)
{
    f->transport = (struct transport){.ctx = f, .request = request, .sleep = rest, .wake = wake};
    g_assert_true(certificate_number(2026, "YT01", 17, f->number, sizeof f->number));
    roomkit_open_enrolled(&f->kit, &f->transport, on_event, f);
    lay(f);
    say(f, 200, list_with(certificate(f, 0)));
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
    free(f->answer);
    g_free(f->body);
    g_free(f->key);
}

static void ask(struct fixture *f, const struct kiosk_certificate_request *request, const char *reason)
{
    unsigned had = f->events;

    certificates_do(f->kit.kiosk, request);
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpint(f->told.ask, ==, request->ask);
    g_assert_cmpstr(f->told.reason, ==, reason);
}

static void ask_list(struct fixture *f, const char *reason)
{
    ask(f, &(struct kiosk_certificate_request){.ask = KIOSK_CERTIFICATE_ASK_LIST}, reason);
    g_assert_true((f->told.list != NULL) == (*reason == '\0'));
}

static const struct kiosk_certificate_request making = {
    .ask = KIOSK_CERTIFICATE_ASK_MAKE, .issuer = "YT01", .from = 20260101, .to = 20261104};

static void ask_make(struct fixture *f, const char *reason)
{
    ask(f, &making, reason);
    g_assert_cmpstr(f->told.number, ==, *reason == '\0' ? f->number : "");
}

static void print_in(struct fixture *f, const char *language, bool large, const char *reason)
{
    unsigned had = f->prints;

    kiosk_request_print(f->kit.kiosk, &(struct kiosk_print_request){.kind = KIOSK_PRINT_CERTIFICATE, .id = f->number, .language = language,
                                                                    .large = large});
    g_assert_true(worker_turn(f->kit.kiosk));
    roomkit_deliver();
    g_assert_cmpuint(f->prints, ==, had + 1);
    g_assert_cmpint(f->print.kind, ==, KIOSK_PRINT_CERTIFICATE);
    g_assert_cmpstr(f->print.reason, ==, reason);
    g_assert_true(f->print.ok == (*reason == '\0'));
}

static void print(struct fixture *f, const char *reason)
{
    print_in(f, "zh_CN", false, reason);
}

static void assert_reads(const struct fixture *f, const char *part, bool there)
{
    g_autofree char *text = roomkit_paper_text(f->print.file);

    if ((strstr(text, part) != NULL) != there)
        g_error("“%s” is %sin:\n%s", part, there ? "not " : "", text);
}

/* So often it is told as issued, always under its number. */
static void assert_issued(struct fixture *f, unsigned times)
{
    unsigned count;
    json_t *data = roomkit_written(&f->kit, PRINTED, &count);

    g_assert_cmpuint(count, ==, times);
    if (times > 0) {
        g_assert_cmpuint(json_object_size(data), ==, 1);
        g_assert_cmpstr(json_string_value(json_object_get(data, "number")), ==, f->number);
    }
    json_decref(data);
}

/* ---- Asked ---- */

static void test_asked(struct fixture *f, const void *data)
{
    ask_list(f, "");
    g_assert_cmpuint(f->list.offer_count, ==, 1);
    g_assert_cmpuint(f->list.count, ==, 1);
    g_assert_cmpint(f->list.offers[0].minutes, ==, 1230);
    g_assert_cmpstr(f->list.items[0].number, ==, f->number);
    g_assert_cmpstr(f->list.name_masked, ==, "张*");
    g_assert_null(f->body);
    say(f, 200, certificate(f, 0));
    ask_make(f, "");
    json_t *asked = json_loads(f->body, 0, NULL);
    g_assert_cmpstr(json_string_value(json_object_get(asked, "issuer")), ==, "YT01");
    g_assert_cmpint(json_integer_value(json_object_get(asked, "from")), ==, 20260101);
    g_assert_true(json_is_false(json_object_get(asked, "full_name")));
    g_assert_cmpuint(strlen(f->key), ==, 36);
    json_decref(asked);
    assert_issued(f, 0); /* a number is no paper */
}

static void test_refused(struct fixture *f, const void *data)
{
    roomkit_online(&f->kit, false);
    ask_list(f, "OFFLINE");
    ask_make(f, "OFFLINE");
    g_assert_cmpuint(f->calls, ==, 0);
    roomkit_online(&f->kit, true);
    say(f, 422, json_pack("{s:s}", "code", "HOURS_NONE"));
    ask_make(f, "HOURS_NONE");
    free(f->answer);
    f->answer = NULL;
    ask_list(f, "NO_ANSWER");
    say(f, 200, list_with(NULL));
    g_strlcpy(f->kit.kiosk->session.identity.name_masked, "李*", sizeof f->kit.kiosk->session.identity.name_masked);
    ask_list(f, "NAME");
    say(f, 200, certificate(f, 0));
    ask_make(f, "NAME");
    roomkit_lift(&f->kit);
    ask_list(f, "NO_CARD");
    ask_make(f, "NO_CARD");
    print(f, "NO_PAYMENT"); /* nothing was told that could be on it */
    assert_issued(f, 0);
}

/* What was told to one is not printed for the next. */
static void test_next_person(struct fixture *f, const void *data)
{
    ask_list(f, "");
    kiosk_request_end(f->kit.kiosk);
    g_assert_true(worker_turn(f->kit.kiosk));
    roomkit_deliver();
    g_assert_cmpstr(f->kit.kiosk->session.secret, ==, "");
    lay(f);
    print(f, "NO_PAYMENT");
    assert_issued(f, 0);
}

/* ---- Printed ---- */

static void test_printed(struct fixture *f, const void *data)
{
    say(f, 200, certificate(f, 0));
    ask_make(f, "");
    print(f, "");
    assert_issued(f, 1);
    for (size_t i = 0; i < 2; i++) {
        const char *const reads[][6] = {{"志愿服务", "张*", "54990100MA0000017Y", "陪老人散步", "王主任", "30 分钟"},
                                        {"Volunteer number", "ABCDEFGH23", "990-1234567", "Walking with elders", "Other service", "Yanta"}};
        for (size_t j = 0; j < G_N_ELEMENTS(reads[i]); j++)
            assert_reads(f, reads[i][j], true);
        assert_reads(f, f->number, true);
        assert_reads(f, "20 ", true);
        assert_reads(f, "8443/verify", true);
        assert_reads(f, "/verify?", false);
        assert_reads(f, i == 0 ? "补打" : "Printed again", i == 1);
        if (i == 0)
            print_in(f, "en", true, "");
    }
    assert_issued(f, 2); /* each paper is told of */
    say(f, 200, list_with(certificate(f, 2)));
    ask_list(f, "");
    g_assert_cmpstr(f->list.items[0].number, ==, f->number);
}

/* At a machine that has never seen it the platform's word makes the mark. */
static void test_elsewhere(struct fixture *f, const void *data)
{
    say(f, 200, list_with(certificate(f, 1)));
    ask_list(f, "");
    print(f, "");
    assert_reads(f, "补打", true);
    assert_reads(f, f->number, true);
    assert_issued(f, 1);
}

static void test_no_paper(struct fixture *f, const void *data)
{
    g_autofree char *mark = g_build_filename(f->kit.config->printer + strlen("folder:"), "OUT_OF_PAPER", NULL);

    ask_list(f, "");
    g_assert_true(g_file_set_contents(mark, "", 0, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*out of paper*");
    print(f, "NO_PAPER");
    g_test_assert_expected_messages();
    assert_issued(f, 0);
    g_assert_cmpint(g_unlink(mark), ==, 0);
    print(f, "");
    assert_reads(f, "补打", false); /* that was the first */
    assert_issued(f, 1);
}

/* ---- The machine stops ---- */

static void put_in_queue(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *what = g_strconcat("certificate:", f->number, NULL),
                    *text = g_strdup_printf("{\"id\":\"%s\",\"number\":\"%s\",\"title\":\"志愿服务证明\"}", f->number, f->number);

    g_assert_true(store_print_add(f->kit.kiosk->store, what, CARD, text, &error));
    g_assert_no_error(error);
}

/* It waited: it is printed after the start, and told once, whatever is asked of the printer then. */
static void test_stopped_before(struct fixture *f, const void *data)
{
    put_in_queue(f);
    roomkit_restart(&f->kit);
    assert_issued(f, 0);
    prints_kick(f->kit.kiosk);
    assert_issued(f, 1);
    prints_kick(f->kit.kiosk);
    roomkit_restart(&f->kit);
    prints_kick(f->kit.kiosk);
    assert_issued(f, 1);
}

/* It was being printed, and nobody has said that it is out: whoever holds it is not told that it is unknown, and the next one bears the mark. */
static void test_stopped_in_it(struct fixture *f, const void *data)
{
    struct store_print job;

    put_in_queue(f);
    g_assert_cmpint(store_print_next(f->kit.kiosk->store, &job, NULL), ==, 1);
    g_free(job.text);
    roomkit_restart(&f->kit);
    prints_kick(f->kit.kiosk);
    assert_issued(f, 1);
    prints_kick(f->kit.kiosk);
    assert_issued(f, 1);
    lay(f);
    ask_list(f, "");
    print(f, "");
    assert_reads(f, "补打", true);
    assert_issued(f, 2);
}

/* Its end and the word of it are one: after any stop there are both or none, and never a second word. */
static void test_stopped_behind(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store *store = f->kit.kiosk->store;
    struct store_print job;
    json_t *word = json_pack("{s:s}", "number", f->number);

    put_in_queue(f);
    g_assert_cmpint(store_print_next(store, &job, NULL), ==, 1);
    g_free(job.text);
    g_assert_true(store_print_out(store, job.id, STORE_PRINT_DONE, "", PRINTED, word, &error));
    g_assert_no_error(error);
    g_assert_false(store_print_out(store, job.id, STORE_PRINT_DONE, "", PRINTED, word, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    json_decref(word);
    roomkit_restart(&f->kit);
    prints_kick(f->kit.kiosk);
    assert_issued(f, 1);
    g_autofree char *what = g_strconcat("certificate:", f->number, NULL);
    g_assert_true(store_print_was_out(f->kit.kiosk->store, what));
}

/* ---- Hostile answers ---- */

/* Each member is gone, of every other type, far too long, and empty where that is no answer: refused, or it fits the paper. */
static void refused_with(struct fixture *f, const char *group, const char *member, json_t *value)
{
    json_t *one = certificate(f, 0), *of = *group != '\0' ? json_object_get(one, group) : one;

    if (json_is_array(of))
        of = json_array_get(of, 0);
    g_assert_nonnull(json_object_get(of, member));
    if (value != NULL)
        json_object_set_new(of, member, value);
    else
        json_object_del(of, member);
    say(f, 200, json_incref(one));
    ask_make(f, "NO_ANSWER");
    print(f, "NO_PAYMENT");
    say(f, 200, list_with(one));
    ask_list(f, "NO_ANSWER");
    print(f, "NO_PAYMENT");
}

static void test_members(struct fixture *f, const void *data)
{
    static const struct { const char *group, *member; } MEMBERS[] = {
        {"", "number"}, {"", "code"}, {"", "verify"}, {"", "name"}, {"", "volunteer_no"}, {"", "from"}, {"", "to"}, {"", "minutes"},
        {"", "made_ms"}, {"", "prints"}, {"", "times"}, {"", "issuer"}, {"", "content"}, {"issuer", "code"}, {"issuer", "uscc"},
        {"issuer", "name_zh"}, {"issuer", "name_en"}, {"issuer", "lead"}, {"issuer", "phone"}, {"content", "title_zh"},
        {"content", "title_en"}, {"content", "minutes"}};
    g_autofree char *much = g_strnfill(10 * 1024, 'x');

    for (size_t i = 0; i < G_N_ELEMENTS(MEMBERS); i++) {
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, NULL);
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, json_string(much));
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, json_null());
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, json_real(1e300));
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, json_integer(-1));
        refused_with(f, MEMBERS[i].group, MEMBERS[i].member, json_pack("[[]]"));
    }
    assert_issued(f, 0);
}

static void test_values(struct fixture *f, const void *data)
{
    char other[24];
    g_autofree char *elsewhere = g_strdup_printf("//evil.example/verify?number=%s&code=ABCDEFGH23", f->number);
    json_t *many = json_array();

    g_assert_true(certificate_number(2026, "YT01", 18, other, sizeof other));
    g_autofree char *its = g_strdup_printf("/verify?number=%s&code=ABCDEFGH23", other);
    for (unsigned i = 0; i < 1000; i++)
        json_array_append_new(many, json_pack("{s:s, s:s, s:i}", "title_zh", "a", "title_en", "a", "minutes", 1));
    refused_with(f, "", "number", json_string(other)); /* the code that can be scanned is another one's */
    refused_with(f, "", "number", json_string("V2026YT010000170"));
    refused_with(f, "", "number", json_string("../../etc/passwd"));
    refused_with(f, "", "verify", json_string(its));
    refused_with(f, "", "verify", json_string(elsewhere));
    refused_with(f, "", "code", json_string("JKLMNPQR45"));
    refused_with(f, "", "code", json_string(""));
    refused_with(f, "", "name", json_string(""));
    refused_with(f, "", "from", json_integer(20260230));
    refused_with(f, "", "minutes", json_integer(G_MAXINT64));
    refused_with(f, "", "content", many);
    refused_with(f, "issuer", "name_zh", json_string(""));
    refused_with(f, "issuer", "uscc", json_string("54990100MA00000170"));
    assert_issued(f, 0);
}

/* Good in itself and not what was asked for: the paper would say something else than the screen. */
static void test_other_one(struct fixture *f, const void *data)
{
    static const struct { const char *member; int value; } OTHERS[] = {{"from", 20250101}, {"to", 20261103}};

    for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++) {
        json_t *one = certificate(f, 0);
        json_object_set_new(one, OTHERS[i].member, json_integer(OTHERS[i].value));
        say(f, 200, one);
        ask_make(f, "NO_ANSWER");
    }
    json_t *full = certificate(f, 0), *charity = certificate(f, 0);
    json_object_set_new(full, "full_name", json_true());
    say(f, 200, full);
    ask_make(f, "NO_ANSWER");
    json_object_set_new(json_object_get(charity, "issuer"), "code", json_string("CH01"));
    say(f, 200, charity);
    ask_make(f, "NO_ANSWER");
    print(f, "NO_PAYMENT");
    assert_issued(f, 0);
}

static void test_lists(struct fixture *f, const void *data)
{
    static const char *const NONSENSE[] = {
        "", "null", "[]", "{", "{}", "{\"name_masked\":\"张*\"}", "{\"name_masked\":7,\"volunteer_no\":\"\",\"offers\":[],\"certificates\":[]}",
        "{\"name_masked\":\"张*\",\"volunteer_no\":\"\",\"offers\":{},\"certificates\":[]}",
        "{\"name_masked\":\"张*\",\"volunteer_no\":\"\",\"offers\":[7],\"certificates\":[]}",
        "{\"name_masked\":\"张*\",\"volunteer_no\":\"\",\"offers\":[],\"certificates\":{}}",
        "{\"name_masked\":\"张*\",\"volunteer_no\":\"\",\"offers\":[],\"certificates\":[null]}",
        "{\"name_masked\":\"张*\",\"volunteer_no\":\"\",\"offers\":[],\"certificates\":[[],[],[],[],[],[],[],[],[],[],[]]}"};
    json_t *crowd = list_with(NULL), *offers = json_object_get(crowd, "offers");

    for (size_t i = 0; i < G_N_ELEMENTS(NONSENSE); i++) {
        free(f->answer);
        f->answer = strdup(NONSENSE[i]);
        ask_list(f, "NO_ANSWER");
        ask_make(f, "NO_ANSWER");
    }
    while (json_array_size(offers) < 500)
        json_array_append(offers, json_array_get(offers, 0));
    say(f, 200, crowd);
    ask_list(f, "");
    g_assert_cmpuint(f->list.offer_count, ==, KIOSK_CERTIFICATE_OFFERS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    locale_bind(NULL);
#define ADD(path, test) g_test_add("/service/certificates/" path, struct fixture, NULL, up, test, down)
    ADD("asked", test_asked);
    ADD("refused", test_refused);
    ADD("next-person", test_next_person);
    ADD("printed", test_printed);
    ADD("elsewhere", test_elsewhere);
    ADD("no-paper", test_no_paper);
    ADD("stopped-before", test_stopped_before);
    ADD("stopped-in-it", test_stopped_in_it);
    ADD("stopped-behind", test_stopped_behind);
    ADD("members", test_members);
    ADD("values", test_values);
    ADD("other-one", test_other_one);
    ADD("lists", test_lists);
    return g_test_run();
}
