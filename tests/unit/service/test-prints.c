/* SPDX-License-Identifier: Apache-2.0 */
/* Slips as the screen asks for them: what is on the paper, its mark when it is printed again, no paper, and what was left in the queue. */
#include "roomkit.h"
#include "device/locale.h"
#include "store/prints.h"

#include <glib/gstdio.h>
#include <string.h>

#define CARD "00112233445566778899aabbccddeeff"
#define SEAT "019a4d2e-7c00-7000-8000-0000abcd0001"

struct fixture {
    struct roomkit kit;
    struct kiosk_print_event print; /* the last one */
    unsigned events;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind != KIOSK_EVENT_PRINT)
        return;
    f->print = event->print;
    f->events++;
}

static void up(struct fixture *f, const void *data)
{
    roomkit_open(&f->kit, on_event, f);
    roomkit_lay(&f->kit, CARD);
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
}

static const struct kiosk_slip slip = {
    .title = "座位已为您留好", .text = "来时请刷卡", .lines = {{"活动", "太极拳"}, {"Where", "2号楼\xe2\x80\xae"}}, .count = 2};

static void ask(struct fixture *f, const struct kiosk_print_request *request)
{
    unsigned had = f->events;

    kiosk_request_print(f->kit.kiosk, request);
    g_assert_true(worker_turn(f->kit.kiosk));
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(f->events, ==, had + 1);
}

static void ask_seat(struct fixture *f, const char *language)
{
    ask(f, &(struct kiosk_print_request){.kind = KIOSK_PRINT_SEAT, .id = SEAT, .language = language, .slip = &slip});
    g_assert_cmpint(f->print.kind, ==, KIOSK_PRINT_SEAT);
    g_assert_cmpstr(f->print.id, ==, SEAT);
}

static void assert_reads(const struct fixture *f, const char *part, bool there)
{
    g_autofree char *text = roomkit_paper_text(f->print.file);

    if ((strstr(text, part) != NULL) != there)
        g_error("“%s” is %sin:\n%s", part, there ? "not " : "", text);
}

static void test_slip(struct fixture *f, const void *data)
{
    ask_seat(f, "zh_CN");
    g_assert_true(f->print.ok);
    g_assert_cmpstr(f->print.number, ==, "abcd0001");
    assert_reads(f, "座位已为您留好", true);
    assert_reads(f, "太极拳", true);
    assert_reads(f, "2号楼", true);
    assert_reads(f, "补打", false);
    ask_seat(f, "zh_CN"); /* the same number, and the mark */
    g_assert_cmpstr(f->print.number, ==, "abcd0001");
    assert_reads(f, "补打", true);
    ask_seat(f, "en");
    assert_reads(f, "Printed again", true);
}

static void load_put(struct fixture *f, const struct payment *load, const char *type)
{
    g_autoptr(GError) error = NULL;
    json_t *json = payment_to_json(load);

    g_assert_nonnull(json);
    store_append(f->kit.kiosk->store, type, json, NULL, &error);
    g_assert_no_error(error);
    json_decref(json);
}

/* Money that came onto the card: its own title, what is on the card now, and nothing that only purchases have. */
static void test_load(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *receipt_no = store_receipt_no(f->kit.kiosk->store, &error);
    struct payment *load = payment_new();

    g_assert_no_error(error);
    load->kind = PAYMENT_LOAD;
    load->state = PAYMENT_COMMITTING;
    load->at_ms = now_ms();
    uuid7(load->at_ms, load->id);
    load->online = true;
    load->staff_count = 1;
    g_strlcpy(load->staff[0], "0f0e0d0c0b0a09080706050403020100", sizeof load->staff[0]);
    load->load = (struct cc_load){.state = CC_PURCHASE_SENT, .card_number = "9901000000004321", .type = 2, .amount_fen = 5000,
                                  .balance_before_fen = 1234, .terminal = {0x99, 0, 0, 0, 0, 0x17}};
    g_strlcpy(load->receipt_no, receipt_no, sizeof load->receipt_no);
    load_put(f, load, "load.committing");
    payment_set_outcome(load, PAYMENT_CONFIRMED);
    load_put(f, load, "load.confirmed");
    ask(f, &(struct kiosk_print_request){.kind = KIOSK_PRINT_RECEIPT, .id = load->id, .language = "en"});
    g_assert_true(f->print.ok);
    assert_reads(f, "Money added", true);
    assert_reads(f, "50.00", true);
    assert_reads(f, "62.34", true);
    assert_reads(f, "**** 4321", true);
    assert_reads(f, "990000000017", true);
    assert_reads(f, "Terminal serial", false);
    assert_reads(f, "TAC", false);
    payment_free(load);
}

/* A notice is nobody's document: however often it is printed, none is a second one. */
static void test_notice(struct fixture *f, const void *data)
{
    for (unsigned i = 0; i < 2; i++) {
        ask(f, &(struct kiosk_print_request){.kind = KIOSK_PRINT_NOTICE, .id = "7", .language = "zh_CN", .slip = &slip});
        g_assert_true(f->print.ok);
        assert_reads(f, "补打", false);
    }
}

static char *in_folder(const struct fixture *f, const char *name)
{
    return g_build_filename(f->kit.config->printer + strlen("folder:"), name, NULL);
}

/* Without paper nothing is issued: what comes later is the first one. */
static void test_no_paper(struct fixture *f, const void *data)
{
    g_autofree char *mark = in_folder(f, "OUT_OF_PAPER");

    g_assert_true(g_file_set_contents(mark, "", 0, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*out of paper*");
    ask_seat(f, "zh_CN");
    g_test_assert_expected_messages();
    g_assert_false(f->print.ok);
    g_assert_cmpstr(f->print.reason, ==, "NO_PAPER");
    g_assert_cmpstr(f->print.number, ==, "abcd0001");
    g_assert_cmpint(g_unlink(mark), ==, 0);
    ask_seat(f, "zh_CN");
    g_assert_true(f->print.ok);
    assert_reads(f, "补打", false);
}

/* A printer of ESC/POS that is well, takes what comes, and is gone in the middle of it. */
static void *cut_line(void *data)
{
    GSocketConnection *line = g_socket_listener_accept(data, NULL, NULL, NULL);
    GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(line));
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(line));
    uint8_t last = 0, byte = 0;

    while (byte != 0x1b && g_input_stream_read(in, &byte, 1, NULL, NULL) == 1) { /* ESC begins the page */
        if (last == 0x10 && byte == 0x04)
            g_output_stream_write_all(out, "\x12", 1, NULL, NULL, NULL);
        last = byte;
    }
    g_io_stream_close(G_IO_STREAM(line), NULL, NULL);
    g_object_unref(line);
    return NULL;
}

static void ask_seat_zh(struct fixture *f)
{
    ask_seat(f, "zh_CN");
}

static void print_certificate(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_print_add(f->kit.kiosk->store, "certificate:V2026YT010000172", CARD, "{\"number\":\"V2026YT010000172\"}", &error));
    prints_kick(f->kit.kiosk);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

/* Done with that printer, and then again with the one that works. */
static void cut_short(struct fixture *f, void (*act)(struct fixture *f))
{
    struct kiosk_config config = *f->kit.kiosk->config;
    const struct kiosk_config *folder = f->kit.kiosk->config;
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    guint16 port = g_socket_listener_add_any_inet_port(listener, NULL, NULL);
    g_autofree char *target = g_strdup_printf("escpos:127.0.0.1:%u", port);
    GThread *printer = g_thread_new("printer", cut_line, listener);

    config.printer = target;
    f->kit.kiosk->config = &config;
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK); /* it warns, in this or that order */
    act(f);
    g_log_set_always_fatal(fatal);
    g_thread_join(printer);
    g_assert_cmpstr(f->print.reason, ==, "OFFLINE");
    f->kit.kiosk->config = folder;
}

/* What went to a printer that does not say what became of it may be out: the next one bears the mark. */
static void test_unsure(struct fixture *f, const void *data)
{
    cut_short(f, ask_seat_zh);
    ask_seat(f, "zh_CN");
    g_assert_true(f->print.ok);
    assert_reads(f, "补打", true);
}

/* And a certificate that may be out is told as issued. */
static void test_unsure_certificate(struct fixture *f, const void *data)
{
    unsigned count;

    cut_short(f, print_certificate);
    json_t *told = roomkit_written(&f->kit, "certificate.printed", &count);
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(told, "number")), ==, "V2026YT010000172");
    json_decref(told);
}

/* Left by a stop of the machine: told and printed with what is asked for next, or at the start. */
static void test_left(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_print_add(f->kit.kiosk->store, "notice:7", "", "{\"id\":\"7\",\"number\":\"20261104\",\"title\":\"停水通知\"}", &error));
    g_assert_true(store_print_add(f->kit.kiosk->store, "notice:8", "", "not JSON", &error));
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*cannot be read*");
    prints_kick(f->kit.kiosk);
    g_test_assert_expected_messages();
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(f->events, ==, 2);
    g_assert_cmpstr(f->print.reason, ==, "FAILED");
    g_autofree char *pdf = in_folder(f, "20261104.pdf"), *text = roomkit_paper_text(pdf);
    g_assert_nonnull(strstr(text, "停水通知"));
}

static void test_refused(struct fixture *f, const void *data)
{
    ask(f, &(struct kiosk_print_request){.kind = KIOSK_PRINT_RECEIPT, .id = "019a4d2e-7c00-7000-8000-000000000009", .language = "en"});
    g_assert_cmpstr(f->print.reason, ==, "NO_PAYMENT");
    g_assert_false(f->print.ok);
    g_autofree char *long_id = g_strnfill(200, 'x');
    ask(f, &(struct kiosk_print_request){.kind = KIOSK_PRINT_NOTICE, .id = long_id, .language = "en", .slip = &slip});
    g_assert_cmpstr(f->print.reason, ==, "QUEUE");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    locale_bind(NULL);
#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)
    ADD("/service/prints/slip", test_slip);
    ADD("/service/prints/load", test_load);
    ADD("/service/prints/notice", test_notice);
    ADD("/service/prints/no-paper", test_no_paper);
    ADD("/service/prints/unsure", test_unsure);
    ADD("/service/prints/unsure-certificate", test_unsure_certificate);
    ADD("/service/prints/left", test_left);
    ADD("/service/prints/refused", test_refused);
    return g_test_run();
}
