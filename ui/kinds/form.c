/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page class for all questions of a form; answers.at says which one is on the screen.
 *
 *   question --answer--> the first one that is asked and open … --> count: all is looked over --verb--> done()
 *      ^  |                                                            |
 *      |  '-- back: the one asked before; from the first one away      |
 *      '------------------------------- a row is touched (going_over, back leads here again)
 */
#include "../flow.h"
#include "../words.h"
#include "kinds.h"
#include "model/model.h"

#define DAY_MS INT64_C(86400000)

struct form_state {
    const struct kind_form *form;
    struct kind_answers *answers;
    int64_t shown[KIND_OPTIONS]; /* the answers that can be touched now */
};

/* ---- Which question ------------------------------------------------------------------------------------------------- */

static bool is_asked(struct ui *ui, const struct kind_form *form, size_t at)
{
    return form->questions[at].asked == NULL || form->questions[at].asked(ui);
}

static bool is_given(const struct kind_answers *answers, size_t at)
{
    return (answers->given & 1u << at) != 0;
}

static size_t first_open(struct ui *ui, const struct kind_form *form, const struct kind_answers *answers)
{
    for (size_t i = 0; i < form->count; i++)
        if (is_asked(ui, form, i) && !is_given(answers, i))
            return i;
    return form->count;
}

static void answer(struct ui *ui, const struct form_state *state, int64_t value)
{
    const struct kind_form *form = state->form;
    struct kind_answers *answers = state->answers;
    size_t at = answers->at;

    answers->value[at] = value;
    answers->given |= 1u << at;
    answers->going_over = false;
    if (form->changed != NULL)
        form->changed(ui, at);
    answers->at = first_open(ui, form, answers);
    flow_refresh(ui, true);
}

void kind_form_forget(struct kind_answers *answers, size_t question)
{
    g_assert(question < KIND_QUESTIONS);
    answers->given &= ~(1u << question);
    answers->value[question] = 0;
}

bool kind_form_back(struct ui *ui, const struct kind_form *form)
{
    struct kind_answers *answers = form->answers(ui);
    size_t at = answers->at;

    if (answers->going_over) {
        answers->going_over = false;
        answers->at = first_open(ui, form, answers);
        flow_refresh(ui, true);
        return true;
    }
    while (at > 0)
        if (is_asked(ui, form, --at)) {
            answers->at = at;
            flow_refresh(ui, true);
            return true;
        }
    return false;
}

/* ---- Answers that can be touched ------------------------------------------------------------------------------------ */

static uint32_t day_in(int64_t days)
{
    return date_of_ms(now_ms() + days * DAY_MS);
}

static char *words_of_day(uint32_t date)
{
    g_autofree char *day = words_day(date);

    return g_strdup_printf(_("%1$s, %2$s"), day, words_weekday(date)); /* Translators: day, weekday. */
}

static char *words_of(struct ui *ui, const struct kind_question *question, int64_t value)
{
    struct kind_option option = {0};

    switch (question->ask) {
    case KIND_ASK_DAY:
        return words_of_day((uint32_t)value);
    case KIND_ASK_TIME:
        return words_time(value);
    case KIND_ASK_NUMBER:
        return question->words != NULL ? question->words(value) : g_strdup_printf("%" G_GINT64_FORMAT, value);
    default:
        break;
    }
    if (!question->option(ui, (size_t)value, &option))
        return g_strdup("");
    g_free(option.note);
    return option.word;
}

static struct form_state *state_of(struct ui *ui)
{
    return g_object_get_data(G_OBJECT(kind_page(ui)->widget), "kx-form");
}

static void on_option(struct ui *ui, size_t index)
{
    const struct form_state *state = state_of(ui);

    answer(ui, state, state->shown[index]);
}

static void on_number(struct ui *ui, size_t index)
{
    const struct form_state *state = state_of(ui);

    answer(ui, state, state->answers->value[state->answers->at]);
}

static const char *keep(GPtrArray *texts, char *text)
{
    g_ptr_array_add(texts, text);
    return text;
}

static GtkWidget *build_pick(struct page *page, struct form_state *state, const struct kind_question *question)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct kind_row rows[KIND_OPTIONS] = {0};
    struct kind_option option = {0};
    size_t count = 0;

    for (; count < KIND_OPTIONS && question->option(page->ui, count, &option); count++) {
        state->shown[count] = (int64_t)count;
        rows[count] = (struct kind_row){.icon = option.icon != NULL ? option.icon : "tick",
                                        .text = keep(texts, option.word),
                                        .note = keep(texts, option.note),
                                        .go = on_option,
                                        .index = count,
                                        .off = option.off};
        option = (struct kind_option){0};
    }
    return kind_list(page, rows, count, _("There is nothing to choose from now."), NULL);
}

static char *words_near(int64_t days, uint32_t date)
{
    const char *near = days == 0 ? _("Today") : days == 1 ? _("Tomorrow") : NULL;

    if (near == NULL)
        return g_strdup(words_weekday(date));
    return g_strdup_printf(_("%1$s, %2$s"), near, words_weekday(date));
}

static struct kind_tile tile_of(GPtrArray *texts, const struct kind_question *question, int64_t at, int64_t answer)
{
    if (question->ask == KIND_ASK_TIME)
        return (struct kind_tile){.word = keep(texts, words_time(answer)), .go = on_option};
    return (struct kind_tile){.word = keep(texts, words_day((uint32_t)answer)),
                              .note = keep(texts, words_near(at, (uint32_t)answer)),
                              .go = on_option};
}

static GtkWidget *build_tiles(struct page *page, struct form_state *state, const struct kind_question *question)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct kind_tile tiles[KIND_OPTIONS] = {0};
    bool day = question->ask == KIND_ASK_DAY;
    size_t count = 0;

    g_assert(day || question->step > 0);
    for (int64_t at = question->from; at <= question->to && count < KIND_OPTIONS; at += day ? 1 : question->step) {
        int64_t answer = day ? (int64_t)day_in(at) : at;

        if (question->offered != NULL && !question->offered(page->ui, answer))
            continue;
        tiles[count] = tile_of(texts, question, at, answer);
        tiles[count].index = count;
        state->shown[count++] = answer;
    }
    if (count == 0)
        return kind_list(page, NULL, 0, _("There is nothing to choose from now."), NULL);
    return kind_choose(page, tiles, count, false);
}

static GtkWidget *build_number(struct page *page, struct form_state *state, const struct kind_question *question)
{
    int64_t *value = &state->answers->value[state->answers->at];

    *value = CLAMP(*value, question->from, question->to);
    return kind_amount(page, &(struct kind_amount){
                                 .value = value,
                                 .min = question->from,
                                 .max = question->to,
                                 .step = question->step,
                                 .words = question->words,
                                 .next = {NULL, L_("Next", NC_("large", "Next")), "kx-primary", on_number},
                             });
}

/* ---- All of it ------------------------------------------------------------------------------------------------------ */

static void on_row(struct ui *ui, size_t index)
{
    struct kind_answers *answers = state_of(ui)->answers;

    answers->at = index;
    answers->going_over = true;
    flow_refresh(ui, true);
}

static void on_done(struct ui *ui, size_t index)
{
    state_of(ui)->form->done(ui, index);
}

static GtkWidget *foot_new(struct ui *ui, const struct kind_form *form)
{
    g_autofree char *sum = form->sum_up != NULL ? form->sum_up(ui) : NULL;
    const struct kind_button buttons[] = {
        {"speak", form->read != NULL ? _("Read aloud") : NULL, "kx-plain", form->read},
        {NULL, form->verb(), "kx-primary", on_done},
    };
    GtkWidget *foot = kit_column("kx-foot");

    if (sum != NULL)
        kit_add(foot, kit_label(sum, "kx-answer"));
    kit_add(foot, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), form->read != NULL && kind_upright(ui)));
    return foot;
}

static GtkWidget *build_all(struct page *page, const struct form_state *state)
{
    const struct kind_form *form = state->form;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct kind_row rows[KIND_FACTS + KIND_QUESTIONS] = {0};
    size_t count = form->facts != NULL ? form->facts(page->ui, rows) : 0;

    for (size_t i = 0; i < form->count; i++) {
        const struct kind_question *question = &form->questions[i];

        if (!is_asked(page->ui, form, i))
            continue;
        rows[count++] = (struct kind_row){.icon = question->icon != NULL ? question->icon : "tick",
                                          .text = keep(texts, words_of(page->ui, question, state->answers->value[i])),
                                          .note = question->name(page->ui),
                                          .go = on_row,
                                          .index = i};
    }
    return kind_list(page, rows, count, "", foot_new(page->ui, form));
}

/* ---- The page ------------------------------------------------------------------------------------------------------- */

const char *kind_form_title(struct ui *ui, const struct kind_form *form)
{
    const struct kind_answers *answers = form->answers(ui);

    if (answers->at < form->count)
        return form->questions[answers->at].title(ui);
    return form->title != NULL ? form->title(ui) : _("Is all of this right?");
}

char *kind_form_speech(struct ui *ui, const struct kind_form *form)
{
    const char *title = kind_form_title(ui, form);

    if (form->answers(ui)->at < form->count)
        return g_strdup(title);
    return g_strdup_printf("%s %s", title, _("Touch one to change it."));
}

static GtkWidget *build_question(struct page *page, struct form_state *state)
{
    const struct kind_question *question = &state->form->questions[state->answers->at];

    switch (question->ask) {
    case KIND_ASK_PICK:
        return build_pick(page, state, question);
    case KIND_ASK_NUMBER:
        return build_number(page, state, question);
    default:
        return build_tiles(page, state, question);
    }
}

GtkWidget *kind_form(struct page *page, const struct kind_form *form)
{
    struct form_state *state = g_new0(struct form_state, 1);
    GtkWidget *widget;

    g_assert(form->count <= KIND_QUESTIONS);
    state->form = form;
    state->answers = form->answers(page->ui);
    widget = state->answers->at < form->count ? build_question(page, state) : build_all(page, state);
    g_object_set_data_full(G_OBJECT(widget), "kx-form", state, g_free);
    return widget;
}
