/* SPDX-License-Identifier: Apache-2.0 */
/* Learning to use the machine (F23): which lesson, how it goes, and what was learnt. The lesson itself is on the services' own pages (practice.h). */
#include "../practice.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "model/model.h"
#include "pages.h"

#define SLIP_ID_SIZE 37

/* What was learnt last, and the name of its slip: another lesson is another slip. */
struct learnt {
    enum lesson lesson;
    char slip[SLIP_ID_SIZE];
};

static struct learnt *learnt_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_practice, sizeof(struct learnt), NULL);
}

/* ---- Which lesson? ---------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    return L_("What would you like to learn?", NC_("large", "Learn what?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("What would you like to learn? Nothing is real here: no money goes, nobody is called. Take your time."));
}

static void go_lesson(struct ui *ui, size_t lesson)
{
    flow_go(ui, practice_start(ui, (enum lesson)lesson) ? &page_lesson : &page_practice_away);
}

static GtkWidget *build(struct page *page)
{
    struct kind_tile tiles[LESSONS];

    for (size_t i = 0; i < LESSONS; i++)
        tiles[i] = (struct kind_tile){.icon = lesson_icon((enum lesson)i), .word = lesson_word((enum lesson)i), .go = go_lesson, .index = i};
    return kind_choose(page, tiles, LESSONS, false);
}

const struct page_class page_practice = {
    .name = "practice",
    .service = &service_practice,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- Not now ---------------------------------------------------------------------------------------------------------- */

static const char *away_title(struct ui *ui)
{
    return L_("Practice is not possible just now", NC_("large", "No practice now"));
}

static char *away_speech(struct ui *ui)
{
    return g_strdup(away_title(ui));
}

static GtkWidget *away_build(struct page *page)
{
    return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("book", "kx-badge-large"),
                                                   .answer = _("Everything else works as always. Our staff can show it to you."),
                                                   .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
}

const struct page_class page_practice_away = {
    .name = "practice-away",
    .service = &service_practice,
    .flags = PAGE_PASSING,
    .title = away_title,
    .speech = away_speech,
    .build = away_build,
};

/* ---- How it goes -------------------------------------------------------------------------------------------------------- */

static const char *lesson_title(struct ui *ui)
{
    return lesson_word(ui->practising.lesson);
}

static char *lesson_speech(struct ui *ui)
{
    return g_strdup(_("Above you always see what to touch. Touch Begin."));
}

/* The card of the lesson is laid by then. */
static void begin(struct ui *ui, size_t index)
{
    flow_go(ui, &page_home);
}

static GtkWidget *lesson_build(struct page *page)
{
    struct ui *ui = page->ui;

    return kind_poster(page, &(struct kind_poster){.drawing = kit_badge(lesson_icon(ui->practising.lesson), "kx-badge-large"),
                                                   .answer = _("Above you always see what to touch. Take your time."),
                                                   .soft = {_("A practice card lies on the reader. No money goes, nobody is called.")},
                                                   .buttons = {{NULL, _("Begin"), "kx-primary", begin, 0, !ui->session.active}}});
}

const struct page_class page_lesson = {
    .name = "lesson",
    .service = &service_practice,
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_ROOT,
    .title = lesson_title,
    .speech = lesson_speech,
    .build = lesson_build,
};

/* ---- What was learnt ------------------------------------------------------------------------------------------------------ */

static void learnt_fill(struct ui *ui)
{
    struct learnt *learnt = learnt_of(ui);

    if (learnt->slip[0] != '\0')
        return;
    learnt->lesson = ui->practising.lesson;
    uuid7(now_ms(), learnt->slip);
}

static const char *learnt_title(struct ui *ui)
{
    learnt_fill(ui);
    return lesson_learnt(learnt_of(ui)->lesson);
}

static char *learnt_speech(struct ui *ui)
{
    char *slip = printing_says(ui, KIOSK_PRINT_LESSON, learnt_of(ui)->slip, "");

    return slip != NULL ? slip : g_strdup_printf("%s. %s", learnt_title(ui), lesson_steps(learnt_of(ui)->lesson));
}

static void learnt_print(struct ui *ui, size_t index)
{
    const struct learnt *learnt = learnt_of(ui);
    struct kiosk_slip slip = {.title = lesson_word(learnt->lesson), .text = lesson_steps(learnt->lesson)};

    printing_ask(ui, KIOSK_PRINT_LESSON, learnt->slip, &slip);
}

static void go_again(struct ui *ui, size_t index)
{
    flow_go(ui, &page_practice);
}

static GtkWidget *learnt_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct learnt *learnt = learnt_of(ui);

    learnt_fill(ui);
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = lesson_steps(learnt->lesson),
                                 .soft = {_("That was practice: nothing of it is real.")},
                                 .blocks = {printing_line(ui, KIOSK_PRINT_LESSON, learnt->slip, "")},
                                 .buttons = {printing_button(ui, KIOSK_PRINT_LESSON, learnt->slip, learnt_print),
                                             {NULL, L_("Another lesson", NC_("large", "More")), "kx-plain", go_again},
                                             {NULL, _("Home"), "kx-primary", kind_go_home}},
                                 .upright_when_largest = true,
                             });
}

const struct page_class page_learnt = {
    .name = "learnt",
    .service = &service_practice,
    .flags = PAGE_NO_BACK | PAGE_ROOT,
    .news = PAGE_NEWS_PRINT,
    .title = learnt_title,
    .speech = learnt_speech,
    .build = learnt_build,
};

/* ---- The service ---------------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return L_("Learn to use", NC_("large", "Learn to use"));
}

static const char *spoken(void)
{
    return _("learn to use this machine");
}

static void enter(struct ui *ui)
{
    flow_go(ui, &page_practice);
}

const struct service service_practice = {
    .name = "practice",
    .icon = "book",
    .who = SERVICE_FOR_ALL,
    .word = word,
    .spoken = spoken,
    .enter = enter,
};
