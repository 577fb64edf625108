/* SPDX-License-Identifier: Apache-2.0 */
#include "question_list.h"
#include "../notice_text.h"
#include "../texts.h"
#include "model/content.h"

#include <string.h>

#define LEAF_COLUMNS 60 /* of a step; a Chinese character is two */

#define PUBLISHED_MAX 40

/* ---- What people ask most ------------------------------------------------------------------------------------------ */

static const struct own {
    const char *id, *icon, *title;
    struct {
        const char *icon, *text;
    } steps[4];
} OWN[] = {
    {"kiosk.question.start",
     "reader",
     N_("How do I begin?"),
     {{"card", N_("Lay your card flat on the reader. No other card beside it.")},
      {"clock", N_("Leave it there as long as you use the machine.")},
      {"home", N_("Touch what you would like to do. Home leads back to the beginning.")},
      {"tick", N_("Take your card at the end. That signs you out, and nothing of yours stays on the screen.")}}},
    {"kiosk.question.bill",
     "bills",
     N_("How do I pay a bill?"),
     {{"card", N_("Lay your card on the reader, and touch Pay bills.")},
      {"home", N_("Look whether the name and the address are yours.")},
      {"bills", N_("Choose what you want to pay. The sum stands below.")},
      {"tick", N_("Touch Pay, and leave the card where it is until you see the tick.")}}},
    {"kiosk.question.wallet",
     "wallet",
     N_("How do I add money?"),
     {{"wallet", N_("Lay your card on the reader, touch My wallet, then Add money.")},
      {"plus", N_("Choose how much. Then take your card off.")},
      {"people", N_("Give the cash to the staff at the desk. They put their card here.")},
      {"tick", N_("Put your own card back, and wait for the tick.")}}},
    {"kiosk.question.pin",
     "lock",
     N_("I forgot my PIN"),
     {{"warn", N_("Better not guess: after the last try the card locks itself.")},
      {"person", N_("Go to the service desk with your card and your identity card.")},
      {"lock", N_("They set a new PIN together with you. The money stays on the card.")}}},
    {"kiosk.question.lost",
     "card",
     N_("My card is gone"),
     {{"phone", N_("Tell the service desk at once, or let somebody call there.")},
      {"lock", N_("They report the card lost. Then it is refused here.")},
      {"card", N_("You get a new card there. Your hours, points and coins move to it.")},
      {"wallet", N_("Ask there what becomes of the money that was on the old one.")}}},
    {"kiosk.question.paper",
     "print",
     N_("No slip comes out"),
     {{"tick", N_("Nothing is lost: what you did is written down.")},
      {"note", N_("Note the number on the screen, or take a picture of it.")},
      {"people", N_("Tell the service desk that there is no paper. They see to it.")}}},
    {"kiosk.question.text",
     "text",
     N_("The text is too small"),
     {{"text", N_("Touch Large text in the bar of buttons. Once more makes it larger still.")},
      {"voice", N_("Touch Voice to hear what stands on the screen.")},
      {"help", N_("Behind Get help there are strong colours.")}}},
    {"kiosk.question.data",
     "people",
     N_("Who reads my data?"),
     {{"lock", N_("Names and numbers stand here only in part, so that nobody reads along.")},
      {"notes", N_("Who of the staff looks at your data is written down, with the reason.")},
      {"people", N_("Ask at the service desk who looked, and why. They have to tell you.")},
      {"tick", N_("What this machine showed of you is gone when you take your card.")}}},
};

/* ---- What was published -------------------------------------------------------------------------------------------- */

bool question_list_take(struct question_list *list, const struct kiosk_notice *notices, size_t count)
{
    struct kiosk_notice *items = g_new0(struct kiosk_notice, PUBLISHED_MAX);
    size_t taken = 0;

    for (size_t i = 0; i < count && taken < PUBLISHED_MAX; i++)
        if (notices[i].question)
            items[taken++] = notices[i];
    if (taken == list->count && (taken == 0 || memcmp(items, list->items, taken * sizeof *items) == 0)) {
        g_free(items);
        return false;
    }
    g_free(list->items);
    list->items = items;
    list->count = taken;
    return true;
}

void question_list_clear(void *data)
{
    struct question_list *list = data;

    g_clear_pointer(&list->items, g_free);
    list->count = 0;
}

/* ---- One of them --------------------------------------------------------------------------------------------------- */

size_t question_list_count(const struct question_list *list)
{
    return G_N_ELEMENTS(OWN) + list->count;
}

static void own_read(const struct own *own, struct question *out)
{
    *out = (struct question){.id = own->id, .icon = own->icon, .title = _(own->title), .picture = ""};
    for (size_t i = 0; i < G_N_ELEMENTS(own->steps) && own->steps[i].text != NULL; i++) {
        out->steps[i].icon = own->steps[i].icon;
        out->steps[i].text = g_strdup(_(own->steps[i].text));
        out->steps[i].number = i + 1;
        out->count++;
    }
}

/* A name from outside is a drawing only when it is one of these. */
static const char *symbol_icon(const char *symbol)
{
    static const char *const ICONS[] = {"bills",  "wallet",   "card",   "lock",  "print", "text",
                                        "people", "orders", "activity", "report", "phone", NULL};

    for (const char *const *icon = ICONS; *icon != NULL; icon++)
        if (strcmp(*icon, symbol) == 0)
            return *icon;
    return "help";
}

/* Bytes of the beginning that stands on one leaf at every size; where there is a blank, up to it. */
static size_t leaf_bytes(const char *text)
{
    const char *blank = NULL, *p = text;
    unsigned columns = 0;

    for (; *p != '\0'; p = g_utf8_next_char(p)) {
        columns += g_unichar_iswide(g_utf8_get_char(p)) ? 2 : 1;
        if (columns > LEAF_COLUMNS)
            return (size_t)((blank != NULL ? blank : p) - text);
        if (*p == ' ' && p > text)
            blank = p;
    }
    return (size_t)(p - text);
}

static void step_add(struct question *out, const char *text, size_t number)
{
    for (; *text != '\0' && out->count < QUESTION_STEPS; number = 0) {
        while (*text == ' ')
            text++;
        size_t bytes = leaf_bytes(text);
        if (bytes == 0)
            return;
        out->steps[out->count].icon = out->icon;
        out->steps[out->count].number = number;
        out->steps[out->count++].text = g_strstrip(g_strndup(text, bytes));
        text += bytes;
    }
}

static void published_read(const struct kiosk_notice *notice, struct question *out)
{
    g_auto(GStrv) lines = notice_paragraphs(notice_body(notice));

    *out = (struct question){.id = notice->id, .icon = symbol_icon(notice->symbol), .title = notice_title(notice), .picture = notice->picture};
    for (size_t i = 0; lines[i] != NULL; i++)
        step_add(out, lines[i], i + 1);
}

void question_at(const struct question_list *list, size_t index, struct question *out)
{
    g_assert(index < question_list_count(list));
    if (index < G_N_ELEMENTS(OWN))
        own_read(&OWN[index], out);
    else
        published_read(&list->items[index - G_N_ELEMENTS(OWN)], out);
}

void question_clear(struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        g_free(question->steps[i].text);
    *question = (struct question){0};
}

bool question_find(const struct question_list *list, const char *id, size_t *index)
{
    for (size_t i = 0; i < question_list_count(list); i++) {
        const char *there = i < G_N_ELEMENTS(OWN) ? OWN[i].id : list->items[i - G_N_ELEMENTS(OWN)].id;

        if (strcmp(there, id) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool question_counted_as(const char *id, bool unsolved, char out[64])
{
    const char *name = g_str_has_prefix(id, "kiosk.question.") ? id + strlen("kiosk.question.") : id;

    if (!unsolved)
        return g_strlcpy(out, id, 64) < 64;
    return g_snprintf(out, 64, NOTICE_OWN "unsolved.%s", name) < 64;
}
