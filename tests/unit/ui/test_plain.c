/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the screen that need none: words, messages, session, sizes, the key filter, the colours. */
#include "lockdown.h"
#include "message.h"
#include "notice_text.h"
#include "services/bill_list.h"
#include "session.h"
#include "texts.h"
#include "theme.h"
#include "words.h"

#include <math.h>

#define assert_text(call, expected)                                                                          \
    do {                                                                                                     \
        g_autofree char *text_ = (call);                                                                     \
        g_assert_cmpstr(text_, ==, (expected));                                                              \
    } while (0)

/* ---- Texts and words ------------------------------------------------------------------------------------------------ */

static void test_texts(void)
{
    texts_use(LANGUAGE_ZH);
    g_assert_cmpstr(_("Pay bills"), ==, "生活缴费");
    g_assert_cmpstr(L_("Pay bills", NC_("large", "Pay bills")), ==, "生活缴费");
    texts_use_large(true);
    g_assert_cmpstr(L_("Pay bills", NC_("large", "Pay bills")), ==, "交水电费");
    g_assert_cmpstr(_("Pay bills"), ==, "生活缴费");
    texts_use(LANGUAGE_EN);
    g_assert_cmpstr(L_("Nothing to pay", NC_("large", "All paid")), ==, "All paid");
    texts_use_large(false);
    g_assert_cmpstr(L_("Nothing to pay", NC_("large", "All paid")), ==, "Nothing to pay");
    g_assert_cmpint(texts_parse("en_GB"), ==, LANGUAGE_EN);
    g_assert_cmpint(texts_parse("fr"), ==, LANGUAGE_ZH);
    g_assert_cmpint(texts_parse(NULL), ==, LANGUAGE_ZH);
}

static void test_words(void)
{
    texts_use(LANGUAGE_ZH);
    assert_text(words_day(20261031), "10月31日");
    assert_text(words_date(20340228), "2034年2月28日");
    assert_text(words_day(20260231), "");
    assert_text(words_day(0), "");
    assert_text(words_period("202609"), "2026年9月");
    assert_text(words_period("202607-202609"), "2026年7月至9月");
    assert_text(words_period("202611-202703"), "2026年11月至2027年3月");
    assert_text(words_period("202613"), "202613");
    assert_text(words_period("spring"), "spring");
    assert_text(words_period("202609-"), "202609-");
    assert_text(words_amount(140950), "1,409.50 元");
    assert_text(words_clock(1793754900000), "09:15");
    g_assert_cmpstr(words_bill_kind("gas"), ==, "燃气费");
    g_assert_cmpstr(words_bill_kind("rent"), ==, "账单");
    g_assert_cmpstr(words_bill_icon("rent"), ==, "bills");
    texts_use(LANGUAGE_EN);
    assert_text(words_day(20261031), "31 October");
    assert_text(words_period("202607-202609"), "July to September 2026");
    assert_text(words_amount(140950), "¥1,409.50");
}

static void test_amount_markup(void)
{
    g_autoptr(GError) error = NULL;

    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        g_autofree char *markup = NULL, *text = NULL;

        texts_use((enum language)language);
        markup = words_amount_markup(140950);
        g_assert_true(pango_parse_markup(markup, -1, 0, NULL, &text, NULL, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, language == LANGUAGE_ZH ? "1,409.50 元" : "¥1,409.50");
    }
}

static void test_paragraphs(void)
{
    g_auto(GStrv) lines = notice_paragraphs("一。\n\n二。\n");
    g_autofree char *long_text = g_strnfill(200, 'x');
    g_autofree char *text = g_strconcat(long_text, ". Second one here. ", "Third.", NULL);
    g_auto(GStrv) divided = notice_paragraphs(text);
    g_auto(GStrv) broken = notice_paragraphs("bad \xff\xfe bytes");

    g_assert_cmpuint(g_strv_length(lines), ==, 2);
    g_assert_cmpstr(lines[1], ==, "二。");
    g_assert_cmpuint(g_strv_length(divided), ==, 2);
    g_assert_cmpstr(divided[1], ==, "Second one here. Third.");
    g_assert_true(g_utf8_validate(broken[0], -1, NULL));
}

/* ---- Messages ----------------------------------------------------------------------------------------------------------- */

/* Each has a headline, one next step and a button, in both languages and wordings; payments say what happened to the money. */
static void check_message(const struct message *message, bool money)
{
    g_assert_cmpstr(message->headline, !=, "");
    g_assert_cmpstr(message->advice, !=, "");
    g_assert_nonnull(message->button);
    g_assert_cmpstr(message->icon, !=, "");
    if (money && texts_language() == LANGUAGE_ZH)
        g_assert_nonnull(strstr(message->headline, "没有扣"));
    if (money && texts_language() == LANGUAGE_EN)
        g_assert_nonnull(strstr(message->headline, "No money was taken"));
    g_assert_true(g_utf8_validate(message->headline, -1, NULL));
    g_assert_true(g_utf8_validate(message->reason, -1, NULL));
    g_assert_true(g_utf8_validate(message->advice, -1, NULL));
}

static void test_messages(void)
{
    static const enum kiosk_payment_phase phases[] = {
        KIOSK_PAYMENT_VOID,    KIOSK_PAYMENT_PIN_BLOCKED, KIOSK_PAYMENT_LOW,       KIOSK_PAYMENT_LIMIT,
        KIOSK_PAYMENT_NOT_NOW, KIOSK_PAYMENT_OTHER_CARD,  KIOSK_PAYMENT_ELSEWHERE, KIOSK_PAYMENT_FAILED,
    };

    for (int i = 0; i < LANGUAGE_COUNT * 2; i++) {
        texts_use((enum language)(i / 2));
        texts_use_large(i % 2);
        for (int verdict = KIOSK_CARD_LOST; verdict <= KIOSK_CARD_UNREADABLE; verdict++) {
            struct message message = message_of_verdict((enum kiosk_card_verdict)verdict);

            check_message(&message, false);
        }
        for (size_t phase = 0; phase < G_N_ELEMENTS(phases); phase++)
            for (int card = 0; card < 2; card++) {
                struct kiosk_payment_event payment = {
                    .phase = phases[phase], .short_fen = 100, .reason = "UNHEARD_OF"};
                struct message message = message_of_payment(&payment, card, 20000);

                check_message(&message, true);
            }
    }
    texts_use_large(false);
}

static void test_message_details(void)
{
    struct kiosk_payment_event payment = {.phase = KIOSK_PAYMENT_LOW, .short_fen = 2345};
    struct message message;

    texts_use(LANGUAGE_EN);
    message = message_of_payment(&payment, true, 20000);
    g_assert_cmpstr(message.reason, ==, "¥23.45 short");
    g_assert_cmpint(message.action, ==, MESSAGE_ANEW);
    payment = (struct kiosk_payment_event){.phase = KIOSK_PAYMENT_LIMIT, .reason = "LIMIT_PAYMENT"};
    message = message_of_payment(&payment, true, 20000);
    g_assert_nonnull(strstr(message.reason, "¥200.00"));
    payment = (struct kiosk_payment_event){.phase = KIOSK_PAYMENT_NOT_NOW, .reason = "HOTLIST_OLD"};
    message = message_of_payment(&payment, true, 20000);
    g_assert_cmpstr(message.reason, ==, "View only while offline");
    payment = (struct kiosk_payment_event){.phase = KIOSK_PAYMENT_FAILED};
    g_assert_cmpint(message_of_payment(&payment, true, 0).action, ==, MESSAGE_RETRY);
    g_assert_cmpint(message_of_payment(&payment, false, 0).action, ==, MESSAGE_END);
    /* Reported lost while it lay there: the desk, not "try again". */
    g_strlcpy(payment.reason, "CARD_LOST", sizeof payment.reason);
    g_assert_cmpint(message_of_payment(&payment, true, 0).action, ==, MESSAGE_HELP);
}

/* Each reason has its own sentence in both languages, on the message's page and on the strip; none names a command. */
static void test_records(void)
{
    static const char *const CODES[] = {"STORE", "JOURNAL_WAITS", "JOURNAL_LOST", "DISK_FULL"};
    static const enum kiosk_records RECORDS[] = {KIOSK_RECORDS_TROUBLE, KIOSK_RECORDS_WAIT, KIOSK_RECORDS_LOST,
                                                 KIOSK_RECORDS_FULL};
    struct kiosk_payment_event payment = {.phase = KIOSK_PAYMENT_NOT_NOW};
    struct kiosk_status status = {.sam_ready = true, .online = true, .clock_trusted = true};

    for (int language = 0; language < 2; language++) {
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        texts_use(language == 0 ? LANGUAGE_ZH : LANGUAGE_EN);
        for (size_t i = 0; i < G_N_ELEMENTS(CODES); i++) {
            struct trouble troubles[TROUBLES_MAX];
            g_strlcpy(payment.reason, CODES[i], sizeof payment.reason);
            struct message message = message_of_payment(&payment, true, 0);
            status.records = RECORDS[i];
            g_assert_cmpuint(message_troubles(&status, NULL, "", troubles), ==, 1);
            g_assert_true(g_hash_table_add(seen, g_strdup(message.reason)));
            g_assert_true(g_hash_table_add(seen, g_strdup(troubles[0].text)));
            g_assert_null(strstr(message.reason, "--"));
            g_assert_cmpint(message.action, ==, MESSAGE_HOME);
        }
    }
    texts_use(LANGUAGE_EN);
}

static void test_troubles(void)
{
    struct kiosk_status status = {.sam_ready = true, .online = true, .clock_trusted = true, .store_ok = true};
    struct trouble troubles[TROUBLES_MAX];
    struct message message;

    texts_use(LANGUAGE_EN);
    g_assert_cmpuint(message_troubles(&status, NULL, "", troubles), ==, 0);
    g_assert_cmpuint(message_troubles(&status, "", "", troubles), ==, 0);
    g_assert_false(message_for_staff(&status, false, troubles));
    status.key_in_file = true;
    g_assert_cmpuint(message_troubles(&status, "", "", troubles), ==, 0); /* nothing for residents */
    g_assert_true(message_for_staff(&status, false, troubles));
    status.hotlist_damaged = true; /* goes before it */
    g_assert_true(message_for_staff(&status, false, troubles));
    g_assert_true(troubles[0].severe);
    status.records = KIOSK_RECORDS_LOST; /* and this before all else */
    g_assert_true(message_for_staff(&status, false, troubles));
    g_assert_nonnull(strstr(troubles[0].text, "technician"));
    status.records = KIOSK_RECORDS_GOOD;
    status.key_in_file = status.hotlist_damaged = false;
    status.disk_little = true;
    g_assert_cmpuint(message_troubles(&status, "", "", troubles), ==, 0); /* money is taken still */
    g_assert_true(message_for_staff(&status, false, troubles));
    g_assert_false(troubles[0].severe);
    status.disk_little = false;
    g_assert_false(message_for_staff(&status, false, troubles));
    g_assert_true(message_for_staff(&status, true, troubles));
    g_assert_nonnull(strstr(troubles[0].text, "cannot speak"));
    g_assert_false(message_of_machine(&status, "Lobby of house 5", &message));
    g_assert_cmpuint(message_troubles(&status, "NO_PAPER", "", troubles), ==, 1);
    g_assert_cmpstr(troubles[0].text, ==, "The printer has no paper");
    status = (struct kiosk_status){.reader = KIOSK_READER_IN_USE};
    g_assert_cmpuint(message_troubles(&status, "JAM", "", troubles), ==, 4);
    g_assert_cmpstr(troubles[0].icon, ==, "reader");
    g_assert_true(troubles[0].severe && troubles[1].severe);
    g_assert_false(troubles[2].severe);
    g_assert_true(message_of_machine(&status, NULL, &message));
    g_assert_null(strstr(message.advice, "machine:"));
    g_assert_true(message_of_machine(&status, "Lobby of house 5", &message));
    g_assert_nonnull(strstr(message.advice, "Lobby of house 5"));
    g_assert_cmpuint(message_troubles(&status, "", "Lobby of house 5", troubles), >, 0);
    g_assert_nonnull(strstr(troubles[0].text, "Lobby of house 5"));
    g_autofree char *wild = g_strnfill(3001, 'x');
    for (size_t i = 0; i + 3 < 3000; i += 3)
        memcpy(wild + i, "楼", 3);
    g_assert_true(message_of_machine(&status, wild, &message) && g_utf8_validate(message.advice, -1, NULL));
    message_troubles(&status, "", wild, troubles);
    g_assert_true(g_utf8_validate(troubles[0].text, -1, NULL));
}

/* ---- Session ------------------------------------------------------------------------------------------------------------ */

static void test_pin(void)
{
    struct session session = {0};

    g_assert_false(session_pin_add(&session, 'x'));
    for (int i = 0; i < SESSION_PIN_MAX; i++)
        g_assert_true(session_pin_add(&session, (char)('1' + i)));
    g_assert_false(session_pin_add(&session, '7'));
    g_assert_cmpstr(session.pin, ==, "123456");
    session_pin_erase(&session);
    g_assert_cmpstr(session.pin, ==, "12345");
    session_pin_wipe(&session);
    for (size_t i = 0; i < sizeof session.pin; i++)
        g_assert_cmpint(session.pin[i], ==, 0);
    session_pin_erase(&session);
    g_assert_cmpstr(session.pin, ==, "");
}

static void test_bills(void)
{
    struct kiosk_bill bills[3] = {
        {.id = "a", .amount_fen = 100}, {.id = "b", .amount_fen = 20}, {.id = "c", .amount_fen = 3}};
    struct session session = {0};
    struct bill_list *list = rooms_get(&session.rooms, "bills", sizeof *list, bill_list_clear);
    g_autofree const char **ids = NULL;

    bill_list_take(list, bills, 3, 0);
    g_assert_true(bill_list_choose(list, 1, false));
    g_assert_cmpint(bill_list_chosen_fen(list), ==, 103);
    g_assert_cmpint(bill_list_unpaid_fen(list), ==, 123);
    ids = bill_list_chosen_ids(list);
    g_assert_cmpstr(ids[0], ==, "a");
    g_assert_cmpstr(ids[1], ==, "c");
    g_assert_null(ids[2]);
    g_assert_false(list->away);
    bill_list_take(list, NULL, 0, 5);
    g_assert_false(list->away); /* nothing to pay, as of then */
    bill_list_take(list, NULL, 0, 0);
    g_assert_true(list->away); /* nothing is known */
    session_wipe(&session);
    g_assert_null(session.rooms.room[0].state);
}

/* ---- Sizes, keys, colours -------------------------------------------------------------------------------------------------- */

static void test_sizes(void)
{
    g_assert_cmpint(theme_base_px(21.5, 1080, 1920), ==, 28);
    g_assert_cmpint(theme_base_px(15.6, 1080, 1920), ==, 38);
    g_assert_cmpint(theme_base_px(32, 1080, 1920), ==, 24); /* never below */
    g_assert_cmpint(theme_base_px(0, 1080, 1920), <, 200);
    g_assert_cmpint(theme_px(21.5, 1080, 1920, TEXT_LARGE), ==, 40);
    g_assert_cmpint(theme_px(21.5, 1080, 1920, TEXT_XLARGE), ==, 56);
}

static void test_keys(void)
{
    g_setenv("GTK_DEBUG", "interactive", TRUE);
    g_setenv("G_RESOURCE_OVERLAYS", "/org=/tmp", TRUE);
    lockdown_clear_environment();
    g_assert_null(g_getenv("GTK_DEBUG"));
    g_assert_null(g_getenv("G_RESOURCE_OVERLAYS"));
    g_assert_true(lockdown_allows(GDK_KEY_1, 0));
    g_assert_true(lockdown_allows(GDK_KEY_Tab, 0));
    g_assert_true(lockdown_allows(GDK_KEY_ISO_Left_Tab, GDK_SHIFT_MASK));
    g_assert_true(lockdown_allows(GDK_KEY_Return, GDK_LOCK_MASK));
    g_assert_false(lockdown_allows(GDK_KEY_F4, GDK_ALT_MASK));
    g_assert_false(lockdown_allows(GDK_KEY_d, GDK_CONTROL_MASK | GDK_SHIFT_MASK));
    g_assert_false(lockdown_allows(GDK_KEY_F11, 0));
    g_assert_false(lockdown_allows(GDK_KEY_Menu, 0));
    g_assert_false(lockdown_allows(GDK_KEY_q, GDK_SUPER_MASK));
}

static GdkRGBA token(const char *css, const char *name)
{
    g_autofree char *head = g_strdup_printf("@define-color %s #", name);
    const char *at = strstr(css, head);
    char value[8] = "#";
    GdkRGBA colour;

    g_assert_nonnull(at);
    g_strlcpy(value + 1, at + strlen(head), 7);
    g_assert_true(gdk_rgba_parse(&colour, value));
    return colour;
}

static double linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* WCAG 2.2, relative luminance. */
static double luminance(GdkRGBA c)
{
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

static void test_colours(void)
{
    static const struct {
        const char *front, *ground;
        double least;
    } pairs[] = {
        {"ink", "paper", 7},      {"ink2", "paper", 7},   {"ink", "card", 7},
        {"ink2", "card", 7},      {"ink", "tint", 7},     {"ink2", "tint", 7},
        {"primary", "paper", 7},  {"primary", "tint", 6}, {"card", "primary", 7},
        {"accent", "paper", 7},   {"card", "accent", 7},  {"accent", "card", 7},
        {"card", "ok", 7},        {"danger", "card", 7},  {"danger", "tint", 6},
        {"warn", "warn_tint", 7}, {"border", "card", 3},  {"border", "paper", 3},
        {"focus", "paper", 3},    {"focus", "tint", 3},   {"danger", "danger_tint", 6},
    };
    g_autoptr(GBytes) bytes = g_resources_lookup_data(THEME_RESOURCE "css/kiosk.css", 0, NULL);
    const char *css;

    g_assert_nonnull(bytes);
    css = g_bytes_get_data(bytes, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        double a = luminance(token(css, pairs[i].front)), b = luminance(token(css, pairs[i].ground));
        double ratio = (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);

        if (ratio < pairs[i].least)
            g_error("%s on %s: %.2f, must be %.1f", pairs[i].front, pairs[i].ground, ratio, pairs[i].least);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    texts_init(NULL);
    g_test_add_func("/ui/texts", test_texts);
    g_test_add_func("/ui/words", test_words);
    g_test_add_func("/ui/amount-markup", test_amount_markup);
    g_test_add_func("/ui/paragraphs", test_paragraphs);
    g_test_add_func("/ui/messages", test_messages);
    g_test_add_func("/ui/message-details", test_message_details);
    g_test_add_func("/ui/records", test_records);
    g_test_add_func("/ui/troubles", test_troubles);
    g_test_add_func("/ui/session/pin", test_pin);
    g_test_add_func("/ui/session/bills", test_bills);
    g_test_add_func("/ui/sizes", test_sizes);
    g_test_add_func("/ui/keys", test_keys);
    g_test_add_func("/ui/colours", test_colours);
    return g_test_run();
}
