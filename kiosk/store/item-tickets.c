/* SPDX-License-Identifier: Apache-2.0 */
/* What the feed tells of tickets: what can be told of, places, working days, a card's own, and open ones of everybody. */
#include "model/model.h"
#include "model/ticket.h"
#include "store/item.h"
#include "store/member.h"

#define QUESTIONS_MAX 16
#define CHOICES_MAX   8
#define STEPS_MAX     16
#define DAYS_MAX      800

static const struct member CATEGORY[] = {
    {"id", FORM_ID, 16, true},        {"place", FORM_NUMBER, 0, true}, {"name_zh", FORM_LINE, 63, true}, {"name_en", FORM_LINE, 63, true},
    {"group", FORM_LINE, 63, false},  {"class", FORM_WORD, 15, true},  {"other", FORM_BOOL, 0, false},
};
static const struct member QUESTION[] = {
    {"code", FORM_ID, 32, true},        {"required", FORM_BOOL, 0, false},  {"many", FORM_BOOL, 0, false},
    {"about_zh", FORM_LINE, 127, true}, {"about_en", FORM_LINE, 127, true},
};
static const struct member CHOICE[] = {
    {"key", FORM_ID, 32, true},
    {"name_zh", FORM_LINE, 63, true},
    {"name_en", FORM_LINE, 63, true},
};
static const struct member PLACE[] = {{"id", FORM_ID, 63, true}, {"name", FORM_LINE, 200, true}};
static const struct member CALENDAR[] = {{"id", FORM_ID, 63, true}};
static const struct member DAY[] = {{"date", FORM_DATE, 8, true}, {"work", FORM_BOOL, 0, false}};
static const struct member TICKET[] = {
    {"id", FORM_ID, 36, true},          {"no", FORM_NUMBER, 0, true},       {"card_token", FORM_TOKEN, 32, true}, {"service", FORM_ID, 16, true},
    {"place", FORM_LINE, 200, false},   {"state", FORM_ID, 15, true},       {"state_ms", FORM_NUMBER, 0, true},   {"filed_ms", FORM_NUMBER, 0, true},
    {"due", FORM_NUMBER, 0, true},      {"reopened", FORM_NUMBER, 0, true}, {"provisional", FORM_BOOL, 0, false}, {"planned", FORM_NUMBER, 0, true},
    {"interest", FORM_NUMBER, 0, true}, {"reply", FORM_LINE, 300, false},
};
static const struct member STEP[] = {{"at_ms", FORM_NUMBER, 0, true}, {"state", FORM_ID, 15, true}, {"note", FORM_LINE, 300, false}};
static const struct member CASE[] = {
    {"id", FORM_ID, 14, true},      {"service", FORM_ID, 16, true},      {"place", FORM_ID, 63, true},
    {"state", FORM_ID, 15, true}, {"filed_ms", FORM_NUMBER, 0, true}, {"interest", FORM_NUMBER, 0, true},
};

/* ---- Lists within an object --------------------------------------------------------------------------------------- */

typedef json_t *(*read_fn)(json_t *value); /* new reference; NULL: it does not fit */

/* false: it is no list, longer than `max`, or one does not fit. */
static bool list_keep(json_t *from, json_t *to, const char *name, size_t max, read_fn read)
{
    json_t *list = json_object_get(from, name), *out = json_array(), *one, *kept;
    bool good = json_is_array(list) && json_array_size(list) <= max;
    size_t i;

    if (good)
        json_array_foreach(list, i, one)
        {
            good = good && (kept = read(one)) != NULL && json_array_append_new(out, kept) == 0;
        }
    return json_object_set_new(to, name, out) == 0 && good;
}

static json_t *choice_read(json_t *value)
{
    const char *wrong;

    return members_read(CHOICE, G_N_ELEMENTS(CHOICE), value, &wrong);
}

static json_t *question_read(json_t *value)
{
    const char *wrong;
    json_t *out = members_read(QUESTION, G_N_ELEMENTS(QUESTION), value, &wrong);

    if (out != NULL && !list_keep(value, out, "choices", CHOICES_MAX, choice_read))
        g_clear_pointer(&out, json_decref);
    return out;
}

static json_t *day_read(json_t *value)
{
    const char *wrong;

    return members_read(DAY, G_N_ELEMENTS(DAY), value, &wrong);
}

static bool state_fits(json_t *value)
{
    enum ticket_state state;

    return ticket_state_parse(json_string_value(json_object_get(value, "state")), &state);
}

static json_t *step_read(json_t *value)
{
    const char *wrong;
    json_t *out = members_read(STEP, G_N_ELEMENTS(STEP), value, &wrong);

    if (out != NULL && !state_fits(out))
        g_clear_pointer(&out, json_decref);
    return out;
}

/* ---- Topics ------------------------------------------------------------------------------------------------------- */

static const char *category_rest(json_t *value, struct item *out)
{
    enum ticket_class class;

    if (!ticket_class_parse(json_string_value(json_object_get(out->value, "class")), &class))
        return "class";
    out->place = json_integer_value(json_object_get(out->value, "place"));
    return list_keep(value, out->value, "questions", QUESTIONS_MAX, question_read) ? NULL : "questions";
}

static bool date_or_none(json_t *value, const char *name)
{
    json_int_t date = json_integer_value(json_object_get(value, name));

    return date == 0 || (date <= 99991231 && date_valid((uint32_t)date));
}

static const char *ticket_rest(json_t *value, struct item *out)
{
    out->card_token = json_string_value(json_object_get(out->value, "card_token"));
    if (!state_fits(out->value))
        return "state";
    if (!date_or_none(out->value, "due"))
        return "due";
    if (!date_or_none(out->value, "planned"))
        return "planned";
    return list_keep(value, out->value, "steps", STEPS_MAX, step_read) ? NULL : "steps";
}

static const char *rest_read(json_t *value, struct item *out)
{
    switch (out->topic) {
    case ITEM_CATEGORY:
        return category_rest(value, out);
    case ITEM_CALENDAR:
        return list_keep(value, out->value, "days", DAYS_MAX, day_read) ? NULL : "days";
    case ITEM_TICKET:
        return ticket_rest(value, out);
    case ITEM_CASE:
        out->about = json_string_value(json_object_get(out->value, "service"));
        return state_fits(out->value) ? NULL : "state";
    default:
        return NULL;
    }
}

const char *item_ticket_read(json_t *value, struct item *out)
{
    static const struct {
        const struct member *members;
        size_t count;
    } TOPICS[] = {
        [ITEM_CATEGORY] = {CATEGORY, G_N_ELEMENTS(CATEGORY)}, [ITEM_PLACE] = {PLACE, G_N_ELEMENTS(PLACE)},
        [ITEM_CALENDAR] = {CALENDAR, G_N_ELEMENTS(CALENDAR)}, [ITEM_TICKET] = {TICKET, G_N_ELEMENTS(TICKET)},
        [ITEM_CASE] = {CASE, G_N_ELEMENTS(CASE)},
    };
    const char *wrong = NULL;

    out->about = "";
    out->value = members_read(TOPICS[out->topic].members, TOPICS[out->topic].count, value, &wrong);
    return out->value == NULL ? wrong : rest_read(value, out);
}
