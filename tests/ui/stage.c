/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"
#include "stage_practice.h"
#include "stage_volunteer.h"
#include "charge.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "shell.h"

/* ---- Requests, written down ------------------------------------------------------------------------------------- */

static void on_bills(void *data)
{
    struct stage *stage = data;

    stage->bills++;
}

static void on_pay(void *data, const char *const *bill_ids, const char *pin)
{
    struct stage *stage = data;

    stage->pays++;
    g_free(stage->paid_ids);
    g_free(stage->paid_pin);
    stage->paid_ids = g_strjoinv(",", (char **)bill_ids);
    stage->paid_pin = g_strdup(pin);
}

static void on_load(void *data, const struct kiosk_load_request *request, const char *pin)
{
    struct stage *stage = data;

    stage->loads++;
    stage->load = *request;
    g_free(stage->paid_pin);
    stage->paid_pin = g_strdup(pin);
}

static void on_help(void *data, enum kiosk_help_ask ask)
{
    struct stage *stage = data;

    stage->helps++;
    stage->help = ask;
}

static void on_statement(void *data)
{
    struct stage *stage = data;

    stage->statements++;
}

/* All that is on it, one line after the other. */
static char *slip_text(const struct kiosk_slip *slip)
{
    GString *text = g_string_new(slip->title);

    g_string_append_printf(text, "\n%s\n%s", slip->number != NULL ? slip->number : "", slip->text != NULL ? slip->text : "");
    for (size_t i = 0; i < slip->count; i++)
        g_string_append_printf(text, "\n%s: %s", slip->lines[i].label, slip->lines[i].value);
    return g_string_free(text, FALSE);
}

static void on_print(void *data, const struct kiosk_print_request *request)
{
    struct stage *stage = data;

    stage->prints++;
    g_free(stage->printed_id);
    g_free(stage->printed_language);
    stage->printed_id = g_strdup(request->id);
    stage->printed_language = g_strdup(request->language);
    stage->printed_kind = request->kind;
    stage->printed_large = request->large;
    g_free(stage->printed_text);
    stage->printed_text = request->slip != NULL ? slip_text(request->slip) : NULL;
}

static void on_notices(void *data)
{
    struct stage *stage = data;

    stage->notices++;
}

static void on_person(void *data)
{
    struct stage *stage = data;

    stage->persons++;
}

static void on_mine(void *data, const struct kiosk_mine_request *request)
{
    struct stage *stage = data;

    stage->mines++;
    stage->mine = *request;
}

static void on_services(void *data)
{
    struct stage *stage = data;

    stage->catalogues++;
}

static void on_orders(void *data, const struct kiosk_order_request *request)
{
    struct stage *stage = data;

    if (request->ask == KIOSK_ORDER_ASK_LIST) {
        stage->order_lists++;
        return;
    }
    stage->orders++;
    stage->order = *request;
}

static void on_tickets(void *data, const struct kiosk_ticket_request *request)
{
    struct stage *stage = data;

    if (request->ask == KIOSK_TICKET_ASK_LIST || request->ask == KIOSK_TICKET_ASK_CATALOGUE) {
        stage->ticket_lists += request->ask == KIOSK_TICKET_ASK_LIST;
        return;
    }
    stage->tickets++;
    stage->ticket = *request;
}

static void on_rate(void *data, const struct kiosk_rating_request *request)
{
    struct stage *stage = data;

    stage->rates++;
    stage->rated = *request;
}

static void on_seat(void *data, const struct kiosk_seat_request *request)
{
    struct stage *stage = data;

    stage->seat_lists += request->ask == KIOSK_SEAT_ASK_LIST;
    if (request->ask == KIOSK_SEAT_ASK_LIST || request->ask == KIOSK_SEAT_ASK_MINE)
        return;
    stage->seats++;
    stage->seat = *request;
}

static void on_credit(void *data, const struct kiosk_credit_request *request)
{
    struct stage *stage = data;

    if (request->ask == KIOSK_CREDIT_ASK_BALANCE || request->ask == KIOSK_CREDIT_ASK_REWARDS)
        return;
    stage->credits++;
    stage->credit = *request;
}

static void on_certificates(void *data, const struct kiosk_certificate_request *request)
{
    struct stage *stage = data;

    stage->certificates++;
    stage->certificate = *request;
}

static void on_volunteer(void *data, const struct kiosk_volunteer_request *request)
{
    struct stage *stage = data;

    if (request->ask == KIOSK_VOLUNTEER_ASK_LOOK)
        return;
    stage->volunteers++;
    stage->volunteer = *request;
}

static void on_end(void *data)
{
    struct stage *stage = data;

    stage->ends++;
}

static void on_notice_read(void *data, const char *id)
{
    struct stage *stage = data;
    char *before = stage->counted;

    stage->counted = g_strconcat(before != NULL ? before : "", " ", id, NULL);
    g_free(before);
}

const struct ui_backend stage_backend = {
    .bills = on_bills,
    .pay = on_pay,
    .load = on_load,
    .help = on_help,
    .statement = on_statement,
    .print = on_print,
    .notices = on_notices,
    .notice_read = on_notice_read,
    .person = on_person,
    .mine = on_mine,
    .services = on_services,
    .orders = on_orders,
    .tickets = on_tickets,
    .rate = on_rate,
    .seat = on_seat,
    .credit = on_credit,
    .certificates = on_certificates,
    .volunteer = on_volunteer,
    .end = on_end,
};

/* ---- The stage ------------------------------------------------------------------------------------------------------ */

struct stage *stage_new(int width, int height, enum language language, enum text_size size)
{
    return stage_new_serving(width, height, language, size, NULL);
}

struct stage *stage_new_serving(int width, int height, enum language language, enum text_size size,
                                const struct service *const *serving)
{
    struct stage *stage = g_new0(struct stage, 1);
    struct ui_options options = {
        .config = &stage->config, .language = language, .width = width, .height = height, .practice = &stage_practice, .services = serving};

    stage->width = width;
    stage->height = height;
    stage->config.panel_inches = 21.5;
    stage->config.kiosk_id = (char *)"K0001";
    stage->config.desk_phone = (char *)"100-5550-0126";
    stage->config.duty_phone = (char *)"100-5550-0199";
    stage->config.next_kiosk = (char *)"";
    stage->config.offline_payment_fen_max = 20000;
    stage->ui = ui_new(&options);
    if (size != TEXT_STD) {
        flow_set_size(stage->ui, size);
        flow_refresh(stage->ui, false);
    }
    ui_attach(stage->ui, &stage_backend, stage);
    gtk_window_present(ui_window(stage->ui));
    stage_settle(stage);
    return stage;
}

void stage_free(struct stage *stage)
{
    ui_free(stage->ui);
    g_free(stage->counted);
    g_free(stage->paid_ids);
    g_free(stage->paid_pin);
    g_free(stage->printed_id);
    g_free(stage->printed_text);
    g_free(stage->printed_language);
    g_free(stage);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

void stage_settle(struct stage *stage)
{
    GtkWidget *window = GTK_WIDGET(ui_window(stage->ui));

    gtk_widget_queue_draw(window);
    gtk_test_widget_wait_for_draw(window);
    for (int i = 0; i < 20 && g_main_context_iteration(NULL, FALSE); i++)
        ;
    gtk_widget_queue_draw(window);
    gtk_test_widget_wait_for_draw(window);
}

static gboolean on_waited(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

void stage_wait(unsigned ms)
{
    bool over = false;

    g_timeout_add(ms, on_waited, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

/* A minute is for a machine with much else to do: what is waited for comes within parts of a second. */
#define AWAIT_MS 60000

static bool await(struct stage *stage, bool (*come)(struct stage *stage, const void *what), const void *what)
{
    bool over = false, there = false;
    guint timer = g_timeout_add(AWAIT_MS, on_waited, &over);

    while (!over && !(there = come(stage, what)))
        g_main_context_iteration(NULL, TRUE);
    if (!over)
        g_source_remove(timer);
    return there;
}

static bool page_is(struct stage *stage, const void *what)
{
    return stage->ui->page == (const struct page_class *)what;
}

static bool text_is_there(struct stage *stage, const void *what)
{
    return stage_holds(stage, what);
}

static bool text_is_gone(struct stage *stage, const void *what)
{
    return !stage_holds(stage, what);
}

void stage_await_page(struct stage *stage, const struct page_class *page)
{
    if (!await(stage, page_is, page))
        g_error("page %s did not come, %s is shown", page->name,
                stage->ui->page->name);
}

void stage_await_text(struct stage *stage, const char *text, bool there)
{
    if (!await(stage, there ? text_is_there : text_is_gone, text))
        g_error("“%s” did not %s on page %s", text, there ? "come" : "go", stage->ui->page->name);
}

/* ---- Looking ------------------------------------------------------------------------------------------------------------ */

static bool is_named(GtkWidget *widget, const char *name)
{
    g_autofree char *other = NULL;

    if (!GTK_IS_BUTTON(widget))
        return false;
    other = gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name);
    return other == NULL;
}

static GtkWidget *find_button(GtkWidget *widget, const char *name)
{
    if (is_named(widget, name) && gtk_widget_get_mapped(widget))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = find_button(child, name);

        if (found != NULL)
            return found;
    }
    return NULL;
}

GtkWidget *stage_button(struct stage *stage, const char *name)
{
    return find_button(GTK_WIDGET(ui_window(stage->ui)), name);
}

void stage_press(struct stage *stage, const char *name)
{
    GtkWidget *button = stage_button(stage, name);

    if (button == NULL || !gtk_widget_is_sensitive(button))
        g_error("no button “%s” to press on page %s", name, stage->ui->page->name);
    g_signal_emit_by_name(button, "clicked");
    stage_settle(stage);
}

static bool holds(GtkWidget *widget, const char *text, bool mapped_only)
{
    if (mapped_only && !gtk_widget_get_mapped(widget))
        return false;
    if (GTK_IS_LABEL(widget) && strstr(gtk_label_get_text(GTK_LABEL(widget)), text) != NULL)
        return true;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        if (holds(child, text, mapped_only))
            return true;
    return false;
}

bool stage_shows(struct stage *stage, const char *text)
{
    return holds(GTK_WIDGET(ui_window(stage->ui)), text, true);
}

bool stage_holds(struct stage *stage, const char *text)
{
    return holds(GTK_WIDGET(ui_window(stage->ui)), text, false);
}

void stage_assert_page(struct stage *stage, const struct page_class *page)
{
    g_assert_cmpstr(stage->ui->page->name, ==, page->name);
    g_assert_cmpstr(shell_page(stage->ui->shell)->class->name, ==, page->name);
}

/* ---- Events ------------------------------------------------------------------------------------------------------------- */

void stage_tell(struct stage *stage, const struct kiosk_event *event)
{
    if (stage->ui->practising.on && !stage->beside)
        stage->lesson_fn(stage->lesson_data, event);
    else
        ui_event(stage->ui, event);
}

static void play(struct stage *stage, const struct kiosk_event *event)
{
    stage_tell(stage, event);
    stage_settle(stage);
}

void stage_status(struct stage *stage, void (*change)(struct kiosk_status *))
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_STATUS};

    event.status =
        (struct kiosk_status){.sam_ready = true, .online = true, .clock_trusted = true, .store_ok = true};
    event.status.synced_ms = 1793754900000; /* 2026-11-04 09:15 +08:00 */
    if (change != NULL)
        change(&event.status);
    play(stage, &event);
}

void stage_card(struct stage *stage, enum stage_person person)
{
    static const struct {
        const char *name, *last4;
        bool elder, visitor;
        int64_t balance_fen;
        bool staff;
    } people[] = {
        [PERSON_ADULT] = {"李**", "1017", false, false, 26850},
        [PERSON_ELDER] = {"张**", "1025", true, false, 15230},
        [PERSON_VISITOR] = {"欧阳**", "7730", false, true, 4210},
        [PERSON_NAMELESS] = {"", "5501", false, false, 1200},
        [PERSON_STAFF] = {"周*", "1090", false, false, 3000, .staff = true},
        [PERSON_RICH] = {"王*", "1033", false, false, 499550},
    };
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD};
    struct kiosk_identity *identity = &event.card.identity;

    g_strlcpy(identity->name_masked, people[person].name, sizeof identity->name_masked);
    g_strlcpy(identity->card_last4, people[person].last4, sizeof identity->card_last4);
    identity->staff = people[person].staff;
    identity->elder = people[person].elder;
    identity->visitor = people[person].visitor;
    identity->has_balance = true;
    identity->balance_fen = people[person].balance_fen;
    identity->valid_to = 20340228;
    play(stage, &event);
}

void stage_bad_card(struct stage *stage, enum kiosk_card_verdict verdict)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD, .card = {.verdict = verdict}};

    play(stage, &event);
}

void stage_card_removed(struct stage *stage)
{
    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_CARD_REMOVED}); /* a lesson's card is never taken */
    stage_settle(stage);
}

static struct kiosk_bill bill_of(size_t i)
{
    static const struct {
        const char *kind, *zh, *en, *period, *usage;
        int64_t fen;
        uint32_t due;
        bool overdue;
    } samples[] = {
        {"elec", "澄明供电公司", "Chengming Power", "202609", "186 kWh", 9672, 20261031, true},
        {"water", "澄明自来水公司", "Chengming Water", "202608-202609", "12 m³", 4380, 20261115, false},
        {"gas", "澄明燃气公司", "Chengming Gas", "202609", "23 m³", 6905, 20261120, false},
        {"property", "禾光物业服务有限公司", "Heguang Property Services", "202607-202609", "", 27600,
         20261130, false},
        {"telecom", "澄明通信", "Chengming Telecom", "202610", "", 12900, 20261110, false},
        {"heat", "澄明热力公司", "Chengming Heating", "202611-202703", "89.5 m²", 214800, 20261215, false},
        {"tv", "澄明广电网络", "Chengming Cable", "202610", "", 2300, 20261125, false},
    };
    size_t sample = i % G_N_ELEMENTS(samples);
    struct kiosk_bill bill = {
        .amount_fen = samples[sample].fen, .due = samples[sample].due, .overdue = samples[sample].overdue};

    g_snprintf(bill.id, sizeof bill.id, "bill-%zu", i + 1);
    g_strlcpy(bill.kind, samples[sample].kind, sizeof bill.kind);
    g_strlcpy(bill.biller_zh, samples[sample].zh, sizeof bill.biller_zh);
    g_strlcpy(bill.biller_en, samples[sample].en, sizeof bill.biller_en);
    g_strlcpy(bill.period, samples[sample].period, sizeof bill.period);
    g_strlcpy(bill.usage, samples[sample].usage, sizeof bill.usage);
    g_snprintf(bill.account_masked, sizeof bill.account_masked, "%04zu", 3120 + i);
    g_strlcpy(bill.name_masked, "张**", sizeof bill.name_masked);
    g_strlcpy(bill.address_masked, "澄明区稻香街道禾光路126弄4号", sizeof bill.address_masked);
    return bill;
}

void stage_bills(struct stage *stage, size_t count)
{
    g_autofree struct kiosk_bill *bills = g_new0(struct kiosk_bill, MAX(count, 1));
    struct kiosk_event event = {.kind = KIOSK_EVENT_BILLS, .bills = {.items = bills, .count = count, .asof_ms = 1}};

    for (size_t i = 0; i < count; i++)
        bills[i] = bill_of(i);
    play(stage, &event);
}

static struct kiosk_notice notice_of(size_t i)
{
    static const struct {
        const char *title_zh, *title_en, *body_zh, *body_en;
        uint32_t from;
        bool urgent;
    } samples[] = {
        {"禾光路126弄明天停水", "No water at Lane 126 tomorrow",
         "因水管检修，11月5日上午8点到下午3点，禾光路126弄1至8号停水。请提前存水。高层住户恢复供水后，请先放"
         "水两分钟。"
         "行动不便的老人需要送水，请打居委会电话，或在服务台登记。",
         "Pipes are being repaired: no water at Heguang Road, Lane 126, numbers 1 to 8, on 5 November from "
         "8:00 to 15:00. "
         "Please store some water. After it is back, let it run for two minutes first. Should you need water "
         "brought to "
         "you, call the residents' committee or tell the service desk.",
         20261104, true},
        {"长者食堂本周菜单", "This week's menu of the elder canteen",
         "星期一：番茄炒蛋、青菜豆腐。\n星期二：清蒸鲈鱼、冬瓜汤。\n星期三：红烧肉、菌菇汤。",
         "Monday: eggs with tomatoes.\nTuesday: steamed perch.\nWednesday: braised pork.", 20261102, false},
        {"免费量血压，每周三上午", "Free blood pressure check, Wednesdays",
         "每周三上午9点到11点，在社区服务中心一楼。", "", 20261030, false},
        {"垃圾分类志愿者招募", "Volunteers for waste sorting wanted", "欢迎报名，请到服务台。",
         "Please ask at the desk.", 20261028, false},
    };
    size_t sample = i % G_N_ELEMENTS(samples);
    struct kiosk_notice notice = {.from = samples[sample].from, .urgent = samples[sample].urgent};

    g_snprintf(notice.id, sizeof notice.id, "n%zu", i);
    g_strlcpy(notice.title_zh, samples[sample].title_zh, sizeof notice.title_zh);
    g_strlcpy(notice.title_en, samples[sample].title_en, sizeof notice.title_en);
    g_strlcpy(notice.body_zh, samples[sample].body_zh, sizeof notice.body_zh);
    g_strlcpy(notice.body_en, samples[sample].body_en, sizeof notice.body_en);
    return notice;
}

void stage_notices(struct stage *stage, size_t count)
{
    g_autofree struct kiosk_notice *notices = g_new0(struct kiosk_notice, MAX(count, 1));
    struct kiosk_event event = {.kind = KIOSK_EVENT_NOTICES, .notices = {.items = notices, .count = count}};

    for (size_t i = 0; i < count; i++)
        notices[i] = notice_of(i);
    play(stage, &event);
}

void stage_notices_calm(struct stage *stage, size_t count, const char *picture, bool ended)
{
    struct kiosk_notice notices[3] = {notice_of(1), notice_of(2), notice_of(3)};
    struct kiosk_event event = {.kind = KIOSK_EVENT_NOTICES, .notices = {.items = notices, .count = count}};

    g_assert_true(count >= 1 && count <= G_N_ELEMENTS(notices));
    g_strlcpy(notices[0].picture, picture != NULL ? picture : "", sizeof notices[0].picture);
    notices[count - 1].to = ended ? 20200101 : 0;
    play(stage, &event);
}

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static const struct {
    const char *zh, *en, *place_zh, *place_en, *kind;
    int64_t start_ms, hours, fee_fen, left, own;
    int age_min;
    bool called_off;
} dates[] = {
    {"晨练太极", "Morning tai chi", "小石桥广场", "Small Bridge Square", "sport", HOUR / 4, 1, 0, 12, 2, 0, false},
    {"老年大学：智能手机课", "School for seniors: smartphones", "社区服务中心二楼 205 教室", "Community centre, room 205", "class", DAY + 5 * HOUR, 2, 0, 0,
     0, 60, false},
    {"邻里包饺子", "Neighbours make dumplings", "长者食堂", "Elder canteen", "culture", 3 * DAY, 2, 1000, 0, 0, 0, false},
    {"秋游植物园", "Autumn trip to the botanical garden", "社区服务中心门口集合", "Meet at the community centre", "culture", 4 * DAY, 6, 2500, 8, 0, 0, true},
    {"书法课", "Calligraphy", "", "", "class", 6 * DAY, 1, 0, 6, 0, 0, false},
    {"社区清洁日", "Clean-up day", "小石桥广场", "Small Bridge Square", "volunteer", -HOUR / 4, 2, 0, 20, 0, 14, false},
};

void stage_activities(struct stage *stage)
{
    struct kiosk_activity items[G_N_ELEMENTS(dates)] = {0};
    struct kiosk_event event = {.kind = KIOSK_EVENT_ACTIVITIES,
                                .activities = {items, G_N_ELEMENTS(dates), 1793754900000, 1793754900000}};

    for (size_t i = 0; i < G_N_ELEMENTS(dates); i++) {
        items[i] = (struct kiosk_activity){.fee_fen = dates[i].fee_fen, .seats = 30, .age_min = dates[i].age_min,
                                           .called_off = dates[i].called_off, .left = dates[i].left, .own = dates[i].own,
                                           .start_ms = event.activities.now_ms + dates[i].start_ms};
        items[i].end_ms = items[i].start_ms + dates[i].hours * HOUR;
        g_snprintf(items[i].session, sizeof items[i].session, "date-%zu", i);
        g_strlcpy(items[i].kind, dates[i].kind, sizeof items[i].kind);
        g_strlcpy(items[i].title_zh, dates[i].zh, sizeof items[i].title_zh);
        g_strlcpy(items[i].title_en, dates[i].en, sizeof items[i].title_en);
        g_strlcpy(items[i].place_zh, dates[i].place_zh, sizeof items[i].place_zh);
        g_strlcpy(items[i].place_en, dates[i].place_en, sizeof items[i].place_en);
    }
    play(stage, &event);
}

static void seats_play(struct stage *stage, const struct kiosk_seat *seats, size_t count, bool whole)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_SEATS, .seats = {seats, count, whole}};

    play(stage, &event);
}

void stage_seats(struct stage *stage, bool whole)
{
    const struct kiosk_seat seats[] = {
        {.id = "seat-2", .session = "date-2", .state = "OFFERED", .told = true, .offer_ends_ms = 1793754900000 + 5 * HOUR},
        {.id = "seat-3", .session = "date-3", .state = "REGISTERED", .told = true, .called_off = true},
        {.id = "seat-4", .session = "date-4", .state = "REQUESTED"},
    };

    seats_play(stage, seats, whole ? G_N_ELEMENTS(seats) : 0, whole);
}

void stage_seat_told(struct stage *stage, const char *state, const char *reason)
{
    struct kiosk_seat seat = {.id = "seat-1", .session = "date-1", .state = state, .told = true};

    g_strlcpy(seat.reason, reason, sizeof seat.reason);
    seats_play(stage, &seat, 1, true);
}

void stage_seat(struct stage *stage, enum kiosk_seat_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_SEAT, .seat = {.phase = phase, .ask = stage->seat.ask}};

    g_strlcpy(event.seat.id, "seat-1", sizeof event.seat.id);
    g_strlcpy(event.seat.reason, reason, sizeof event.seat.reason);
    play(stage, &event);
}

void stage_balance(struct stage *stage, bool known, bool serving)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CREDIT, .credit = {.phase = KIOSK_CREDIT_BALANCE}};

    if (known)
        event.credit = (struct kiosk_credit_event){.phase = KIOSK_CREDIT_BALANCE, .known = true, .asof_ms = 1793754900000,
                                                   .hours_min = 7470, .points = 1245, .coin_min = 720, .stars = 2,
                                                   .points_ending = 120, .points_end_on = 20261201};
    event.credit.noted_min = 150;
    event.credit.forgotten = known ? 1 : 0;
    event.credit.serving = serving;
    event.credit.serving_since_ms = 1793754900000 - HOUR * 5 / 12;
    g_strlcpy(event.credit.slot, "date-5", sizeof event.credit.slot);
    play(stage, &event);
    stage_volunteer(stage, known ? ROLL_NEW : ROLL_NONE);
}

void stage_rewards(struct stage *stage)
{
    const struct kiosk_reward items[] = {
        {"RICE", "大米 2 公斤", "Rice, 2 kg", "社区超市", "Community shop", KIOSK_BOOK_POINTS, 600},
        {"HAIRCUT", "理发一次", "A haircut", "桥边理发", "Bridge Barber", KIOSK_BOOK_POINTS, 300},
        {"WALK", "陪同散步 1 小时", "An hour of company on a walk", "", "", KIOSK_BOOK_COIN, 60},
        {"FAN", "电风扇", "A fan", "社区超市", "Community shop", KIOSK_BOOK_POINTS, 2500},
    };
    struct kiosk_event event = {.kind = KIOSK_EVENT_REWARDS, .rewards = {items, G_N_ELEMENTS(items), 1793754900000}};

    play(stage, &event);
}

void stage_credit(struct stage *stage, enum kiosk_credit_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CREDIT, .credit = {.phase = phase, .ask = stage->credit.ask, .minutes = phase == KIOSK_CREDIT_OUT ? 90 : 0,
                                                                        .from_age = strcmp(reason, "AGE") == 0 ? 65 : 0}};

    g_strlcpy(event.credit.id, "019a4d2e-7c00-7000-8000-00000000a1b2", sizeof event.credit.id);
    g_strlcpy(event.credit.reason, reason, sizeof event.credit.reason);
    play(stage, &event);
}

void stage_payment_full(struct stage *stage, const struct kiosk_payment_event *payment)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PAYMENT, .payment = *payment};

    play(stage, &event);
}

void stage_payment(struct stage *stage, enum kiosk_payment_phase phase, const char *reason)
{
    struct kiosk_payment_event payment = {
        .phase = phase, .amount_fen = 14052, .balance_after_fen = 1178, .short_fen = 2345, .tries_left = 2};

    g_strlcpy(payment.id, "019a4d2e-7c00-7000-8000-000000000001", sizeof payment.id);
    g_strlcpy(payment.reason, reason != NULL ? reason : "", sizeof payment.reason);
    if (phase == KIOSK_PAYMENT_CONFIRMED)
        g_strlcpy(payment.receipt_no, "K0001-261104-0007", sizeof payment.receipt_no);
    if (phase == KIOSK_PAYMENT_PIN_NEEDED)
        payment.tries_left = 3;
    stage_payment_full(stage, &payment);
}

void stage_person(struct stage *stage, enum stage_page page)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PERSON};

    if (page == PERSON_AWAY)
        g_strlcpy(event.person.reason, "OFFLINE", sizeof event.person.reason);
    else
        event.person = (struct kiosk_person_event){.known = true,
                                                   .live = page == PERSON_LIVE,
                                                   .asof_ms = 1793754900000,
                                                   .hours_min = 7470,
                                                   .points = 1245,
                                                   .coin_min = 720,
                                                   .subsidy_fen = 6000,
                                                   .stars = 2,
                                                   .bills = 3,
                                                   .bills_fen = 20957};
    play(stage, &event);
}

#define MORNING_MS INT64_C(1793754900000) /* 2026-11-04 09:15 +08:00 */
#define HOUR_MS    INT64_C(3600000)

static const struct kiosk_service services_told[] = {
    {"F01", "助餐送餐", "Meal delivery", "food", "份 meal", 1200, 0, 400, 30, 4 * HOUR_MS, false, true, 1, "稻香长者食堂",
     "Daoxiang Elder Canteen", "010-00008102"},
    {"H01", "助洁保洁", "Home cleaning", "housing", "小时 hour", 4000, 60, 2000, 60, 24 * HOUR_MS, false, true, 1, "银龄社工服务中心",
     "Yinling Social Work Centre", "010-00008106"},
    {"H03", "水管疏通", "Drain clearing", "housing", "次 time", 8000, 0, 0, 60, 4 * HOUR_MS, false, true, 1, "安和物业", "Anhe Property",
     "010-00008101"},
    {"H04", "换灯泡换锁", "Bulbs and locks", "housing", "次 time", 2000, 30, 0, 30, 24 * HOUR_MS, false, true, 2, "安和物业",
     "Anhe Property", "010-00008101"},
    {"H06", "磨刀", "Knife grinding", "housing", "把 knife", 500, 15, 0, 15, 48 * HOUR_MS, false, false, 1, "小石桥修理铺",
     "Stone-Bridge Repairs", "010-00008104"},
    {"H07", "居家适老化评估", "Home-safety check", "housing", "次 time", 0, 0, 0, 60, 72 * HOUR_MS, false, true, 1, "银龄社工服务中心",
     "Yinling Social Work Centre", "010-00008106"},
    {"C01", "衣物洗涤", "Laundry", "clothing", "袋 bag", 1500, 0, 0, 60, 24 * HOUR_MS, false, true, 1, "月华洗衣", "Yuehua Laundry", ""},
    {"T03", "陪同散步", "Walking company", "travel", "小时 hour", 0, 60, 0, 60, 24 * HOUR_MS, false, true, 1, "邻里志愿服务队",
     "Neighbours' Volunteer Team", "010-00008108"},
    {"K01", "代配药", "Medicine pick-up", "health", "次 time", 500, 30, 0, 30, 4 * HOUR_MS, false, true, 0, "", "", ""},
    {"J01", "心理陪聊", "Friendly chat", "joy", "小时 hour", 0, 60, 0, 60, 24 * HOUR_MS, false, true, 0, "", "", ""},
    {"X01", "说出您的需要", "Something else, in your own words", "care", "次 time", 0, 0, 0, 60, 24 * HOUR_MS, true, false, 0, "", "", ""},
};

void stage_services(struct stage *stage)
{
    struct kiosk_event event = {
        .kind = KIOSK_EVENT_SERVICES,
        .services = {.items = services_told, .count = G_N_ELEMENTS(services_told), .asof_ms = MORNING_MS, .now_ms = MORNING_MS}};

    play(stage, &event);
}

static struct kiosk_order order_of(size_t i, const char *state)
{
    static const char *const taken = "ACCEPTED IN_SERVICE FINISHED COMPLETED RATED DISPUTED";
    const struct kiosk_service *service = &services_told[(i + 3) % 5];
    struct kiosk_order order = {.price_fen = service->price_fen, .placed_ms = MORNING_MS - (int64_t)i * 24 * HOUR_MS, .at_home = true};
    bool done = strcmp(state, "COMPLETED") == 0;

    g_snprintf(order.id, sizeof order.id, "01890000-0000-7000-8000-%012zu", i + 1);
    g_strlcpy(order.state, state, sizeof order.state);
    g_strlcpy(order.service, service->code, sizeof order.service);
    g_strlcpy(order.name_zh, service->name_zh, sizeof order.name_zh);
    g_strlcpy(order.name_en, service->name_en, sizeof order.name_en);
    g_strlcpy(order.need, service->need, sizeof order.need);
    order.accept_by_ms = order.placed_ms + service->accept_ms;
    order.no = strcmp(state, "PLACED") != 0 ? 20261104000101 + (int64_t)i : 0;
    order.pending = order.no == 0;
    order.want_from_ms = order.placed_ms + 5 * HOUR_MS;
    order.want_to_ms = order.placed_ms + 9 * HOUR_MS;
    order.may_confirm = order.may_dispute = strcmp(state, "FINISHED") == 0;
    order.may_cancel = strstr("PLACED POOL REVIEW OFFERED ESCALATED ACCEPTED", state) != NULL;
    order.stars = strcmp(state, "RATED") == 0 ? 2 : 0;
    order.may_rate = done || order.stars > 0;
    g_strlcpy(order.reason, strcmp(state, "REFUSED") == 0 ? "PRICE" : "", sizeof order.reason);
    if (strstr(taken, state) != NULL) {
        g_strlcpy(order.provider_zh, "邻里志愿服务队", sizeof order.provider_zh);
        g_strlcpy(order.provider_en, "Neighbours' Volunteer Team", sizeof order.provider_en);
        g_strlcpy(order.provider_phone, "010-00008108", sizeof order.provider_phone);
        order.visit_ms = order.placed_ms + 29 * HOUR_MS;
    }
    return order;
}

static void orders_told(struct stage *stage, const char *states, bool rich)
{
    g_auto(GStrv) list = g_strsplit(states, " ", -1);
    size_t count = states[0] != '\0' ? g_strv_length(list) : 0;
    g_autofree struct kiosk_order *items = g_new0(struct kiosk_order, MAX(count, 1));
    struct kiosk_event event = {.kind = KIOSK_EVENT_ORDERS,
                                .orders = {.phase = KIOSK_ORDER_LIST, .items = items, .count = count, .known = true}};

    event.orders.means_known = rich;
    event.orders.coin_min = 600;
    event.orders.subsidy_fen = 10000;
    for (size_t i = 0; i < count; i++)
        items[i] = order_of(i, list[i]);
    play(stage, &event);
}

void stage_orders(struct stage *stage, const char *states)
{
    orders_told(stage, states, false);
}

void stage_orders_rich(struct stage *stage, const char *states)
{
    orders_told(stage, states, true);
}

void stage_order_answer(struct stage *stage, enum kiosk_order_phase phase, const char *id, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_ORDERS, .orders = {.phase = phase, .ask = stage->order.ask}};

    g_strlcpy(event.orders.id, id, sizeof event.orders.id);
    g_strlcpy(event.orders.reason, reason, sizeof event.orders.reason);
    play(stage, &event);
}

void stage_rated(struct stage *stage, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_RATING, .rating = {.given = reason[0] == '\0'}};

    g_strlcpy(event.rating.service, stage->rated.service, sizeof event.rating.service);
    g_strlcpy(event.rating.reason, reason, sizeof event.rating.reason);
    play(stage, &event);
}

void stage_print(struct stage *stage, bool ok, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PRINT, .print = {.ok = ok}};

    g_strlcpy(event.print.reason, reason, sizeof event.print.reason);
    play(stage, &event);
}

void stage_to_confirm(struct stage *stage, enum stage_person person)
{
    stage_card(stage, person);
    stage_bills(stage, 3);
    flow_home(stage->ui);
    service_bills.enter(stage->ui);
    stage_bills(stage, 3);
    flow_go(stage->ui, &page_confirm);
    stage_settle(stage);
}

/* ---- Pictures --------------------------------------------------------------------------------------------------------------- */

cairo_surface_t *stage_picture(struct stage *stage)
{
    GtkWidget *window = GTK_WIDGET(ui_window(stage->ui));
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(window);
    GtkSnapshot *snapshot = gtk_snapshot_new();
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, stage->width, stage->height);
    cairo_t *cr = cairo_create(surface);
    GskRenderNode *node;

    gdk_paintable_snapshot(paintable, snapshot, stage->width, stage->height);
    node = gtk_snapshot_free_to_node(snapshot);
    g_assert_nonnull(node);
    gsk_render_node_draw(node, cr);
    gsk_render_node_unref(node);
    cairo_destroy(cr);
    return surface;
}

void stage_statement(struct stage *stage, size_t count, bool read)
{
    static const struct kiosk_movement samples[] = {
        {.at_ms = 1793754000000, .amount_fen = 20957, .here = true, .bills = 3, .receipt_no = "K0001-261104-0007"},
        {.at_ms = 1793668000000, .amount_fen = 10000, .load = true, .here = true, .receipt_no = "K0001-261103-0002"},
        {.at_ms = 1793580000000, .amount_fen = 300},
        {.at_ms = 1793400000000, .amount_fen = 4380, .load = true, .here = true, .returned = true, .receipt_no = "K0001-261031-0004"},
        {.at_ms = 1793300000000, .amount_fen = 1000000000, .here = true, .open = true},
        {.at_ms = 0, .amount_fen = 4294967295},
    };
    g_autofree struct kiosk_movement *items = g_new0(struct kiosk_movement, MAX(count, 1));
    struct kiosk_event event = {.kind = KIOSK_EVENT_STATEMENT, .statement = {.items = items, .count = count, .read = read}};

    for (size_t i = 0; i < count; i++)
        items[i] = samples[i % G_N_ELEMENTS(samples)];
    play(stage, &event);
}

void stage_load(struct stage *stage, enum kiosk_payment_phase phase, const char *reason, bool recovered)
{
    struct kiosk_payment_event payment = {.phase = phase, .recovered = recovered, .amount_fen = 10000, .balance_after_fen = 36850};
    bool numbered = phase == KIOSK_PAYMENT_CONFIRMED || phase == KIOSK_PAYMENT_IN_DOUBT || phase == KIOSK_PAYMENT_VOID;

    if (numbered) {
        payment.load = true;
        g_strlcpy(payment.id, "0193f1d2-7a5e-7000-8000-000000000008", sizeof payment.id);
    }
    if (phase == KIOSK_PAYMENT_CONFIRMED)
        g_strlcpy(payment.receipt_no, "K0001-261104-0008", sizeof payment.receipt_no);
    g_strlcpy(payment.reason, reason != NULL ? reason : "", sizeof payment.reason);
    stage_payment_full(stage, &payment);
}

void stage_help(struct stage *stage, enum kiosk_help_phase phase, bool red, bool heard)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_HELP, .help = {.phase = phase, .red = red, .heard = heard}};

    play(stage, &event);
}
