/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds_service.h"
#include "kinds/kinds.h"
#include "words.h"

struct kept {
    int64_t fen;
    struct kind_answers answers;
    unsigned done;
};

static struct kept *kept(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_kind_form, sizeof(struct kept), NULL);
}

static const char *in(const char *zh, const char *en)
{
    return texts_language() == LANGUAGE_ZH ? zh : en;
}

static void nothing(struct ui *ui, size_t index)
{
}

/* ---- How much -------------------------------------------------------------------------------------------------------- */

static const char *amount_title(struct ui *ui)
{
    return in("要充多少钱？", "How much to add?");
}

static char *amount_speech(struct ui *ui)
{
    return g_strdup(amount_title(ui));
}

static char *cost(struct ui *ui, int64_t fen)
{
    g_autofree char *words = words_amount_in_words(fen);

    return g_strdup_printf(in("从银行卡里付%s。", "Your bank card pays %s."), words);
}

static GtkWidget *amount_build(struct page *page)
{
    return kind_amount(page, &(struct kind_amount){
                                 .value = &kept(page->ui)->fen,
                                 .given = {2000, 5000, 10000, 20000, 30000, 50000},
                                 .min = 1000,
                                 .max = 30000,
                                 .step = 1000,
                                 .words = words_amount_round,
                                 .cap = in("卡里最多存 1000 元，所以最多再充 300 元。",
                                           "A card holds at most ¥1,000: no more than ¥300 can be added."),
                                 .cost = cost,
                                 .next = {NULL, in("下一步", "Next"), "kx-primary", nothing},
                             });
}

const struct page_class page_kind_amount = {
    .name = "kind-amount",
    .title = amount_title,
    .speech = amount_speech,
    .build = amount_build,
};

void kinds_press_amount(struct stage *stage)
{
    g_autofree char *fifty = words_amount_round(5000);

    stage_press(stage, fifty);
    stage_press(stage, _("Add"));
    g_assert_cmpint(kept(stage->ui)->fen, ==, 6000);
}

/* ---- A few questions ------------------------------------------------------------------------------------------------- */

static const char *what(struct ui *ui)
{
    return in("要哪种帮助？", "What help is needed?");
}

static const char *what_name(struct ui *ui)
{
    return in("哪种帮助", "What");
}

static bool what_option(struct ui *ui, size_t index, struct kind_option *out)
{
    static const char *const zh[] = {"助浴", "陪诊", "家电维修"}, *const en[] = {"Bathing", "Going along to the doctor", "Repairs"};
    static const char *const notes[] = {"60 min", "120 min", "90 min"};

    if (index >= G_N_ELEMENTS(zh))
        return false;
    *out = (struct kind_option){.icon = "person", .word = g_strdup(in(zh[index], en[index])), .note = g_strdup(notes[index]), .off = index == 2};
    return true;
}

static const char *day(struct ui *ui)
{
    return in("哪一天来？", "On which day?");
}

static const char *day_name(struct ui *ui)
{
    return in("日期", "Day");
}

static const char *hour(struct ui *ui)
{
    return in("几点来？", "At what time?");
}

static const char *hour_name(struct ui *ui)
{
    return in("时间", "Time");
}

static const char *people(struct ui *ui)
{
    return in("几个人？", "How many people?");
}

static const char *people_name(struct ui *ui)
{
    return in("人数", "People");
}

static char *sum_up(struct ui *ui)
{
    return g_strdup(in("预计 30 元，做完再付。", "About ¥30, paid when it is done."));
}

static const char *verb(void)
{
    return in("下单", "Order");
}

static void done(struct ui *ui, size_t index)
{
    kept(ui)->done++;
}

static const struct kind_question questions[] = {
    {KIND_ASK_PICK, "help", what, what_name, .option = what_option},
    {KIND_ASK_DAY, "day", day, day_name, .from = 0, .to = 13},
    {KIND_ASK_TIME, "clock", hour, hour_name, .from = 9 * 60, .to = 16 * 60 + 30, .step = 30},
    {KIND_ASK_NUMBER, "person", people, people_name, .from = 1, .to = 4, .step = 1},
};

struct kind_answers *kinds_answers(struct ui *ui)
{
    return &kept(ui)->answers;
}

unsigned kinds_done(struct ui *ui)
{
    return kept(ui)->done;
}

static const struct kind_form form = {.questions = questions,
                                      .count = G_N_ELEMENTS(questions),
                                      .answers = kinds_answers,
                                      .sum_up = sum_up,
                                      .verb = verb,
                                      .done = done};

void kinds_answer(struct ui *ui, size_t count)
{
    *kinds_answers(ui) = (struct kind_answers){
        .value = {1, 20261126, 9 * 60 + 30, count > 3 ? 2 : 0}, .given = (1u << count) - 1, .at = count};
}

static const char *form_title(struct ui *ui)
{
    return kind_form_title(ui, &form);
}

static char *form_speech(struct ui *ui)
{
    return kind_form_speech(ui, &form);
}

static GtkWidget *form_build(struct page *page)
{
    return kind_form(page, &form);
}

static bool form_back(struct ui *ui)
{
    return kind_form_back(ui, &form);
}

const struct page_class page_kind_form = {
    .name = "kind-form",
    .title = form_title,
    .speech = form_speech,
    .build = form_build,
    .back = form_back,
};

/* ---- Before and after -------------------------------------------------------------------------------------------------- */

static const char *confirm_title(struct ui *ui)
{
    return in("要取消这一单吗？", "Cancel this order?");
}

static char *confirm_speech(struct ui *ui)
{
    return g_strdup(confirm_title(ui));
}

static GtkWidget *confirm_build(struct page *page)
{
    return kind_confirm(page, &(struct kind_confirm){
                                  .sentence = in("11月26日 09:30 的陪诊不来了。护理员已经出门，所以要收 5 元。",
                                                 "Nobody comes on 26 November at 09:30. The helper has left already: it costs ¥5."),
                                  .payer = in("从您的卡里付", "Your card pays"),
                                  .sum_fen = 500,
                                  .no = in("不取消", "Keep it"),
                                  .yes = in("取消这一单", "Cancel the order"),
                                  .yes_go = nothing,
                              });
}

const struct page_class page_kind_confirm = {
    .name = "kind-confirm",
    .title = confirm_title,
    .speech = confirm_speech,
    .build = confirm_build,
};

static const char *progress_title(struct ui *ui)
{
    return in("正在充值", "Adding money");
}

static char *progress_speech(struct ui *ui)
{
    return g_strdup(progress_title(ui));
}

static GtkWidget *progress_build(struct page *page)
{
    return kind_progress(page, &(struct kind_progress){
                                   .drawing = kx_picture_new("hold", in("卡放在读卡区", "A card lying on the reader")),
                                   .doing = in("正在问平台", "Asking the platform"),
                                   .done = 1,
                                   .of = 4,
                                   .cancel = {NULL, in("不充了", "Stop"), "kx-plain", kind_go_back},
                               });
}

const struct page_class page_kind_progress = {
    .name = "kind-progress",
    .flags = PAGE_PASSING,
    .title = progress_title,
    .speech = progress_speech,
    .build = progress_build,
};

static const char *result_title(struct ui *ui)
{
    return in("已下单", "Ordered");
}

static char *result_speech(struct ui *ui)
{
    return g_strdup(result_title(ui));
}

static GtkWidget *result_build(struct page *page)
{
    return kind_result(page, &(struct kind_result){
                                 .answer = in("11月26日 09:30 陪诊", "Going along to the doctor, 26 November, 09:30"),
                                 .facts = {{in("单号", "Number"), "O-2611-0042"}, {in("预计", "About"), "¥30"}},
                                 .slip = kind_slip(in("小票在屏幕下面的出纸口", "The slip is in the tray below the screen"), false),
                                 .buttons = {{NULL, in("回首页", "Home"), "kx-plain", kind_go_home},
                                             {NULL, in("完成", "Finish"), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_kind_result = {
    .name = "kind-result",
    .flags = PAGE_PASSING,
    .title = result_title,
    .speech = result_speech,
    .build = result_build,
};
