/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks are told of tickets: what can be told of and what is asked along with it, places, working days; a card's own tickets with
 * what happened to them; and, for everybody, open ones that somebody may have, too. Words of residents and whose they are never leave.
 */
#include "platform/data/db-tickets.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define STEPS_MAX   16
#define NOTE_BYTES  300 /* of a public note; the same of the last reply */
#define DAYS_MAX    800
#define CHOICES_MAX 8

/* At most so many bytes, whole characters; new reference. */
static json_t *text_cut(const char *text, size_t bytes_max)
{
    const char *end = NULL;

    g_utf8_validate_len(text, MIN(strlen(text), bytes_max), &end);
    g_autofree char *cut = g_strndup(text, (gsize)(end - text));
    for (char *p = cut; *p != '\0'; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return json_string(cut);
}

static const char *text_of(json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text != NULL ? text : "";
}

/* ---- What can be told of ---- */

/* The name of one choice in "key=name;key=name"; g_free; NULL: not there. */
static char *choice_name(const char *choices, const char *key)
{
    g_auto(GStrv) list = g_strsplit(choices, ";", -1);
    size_t len = strlen(key);

    for (char **one = list; *one != NULL; one++)
        if (strncmp(*one, key, len) == 0 && (*one)[len] == '=')
            return g_strdup(*one + len + 1);
    return NULL;
}

static json_t *choices_json(json_t *attribute)
{
    g_auto(GStrv) list = g_strsplit(text_of(attribute, "choices"), ";", -1);
    json_t *out = json_array();

    for (char **one = list; *one != NULL && json_array_size(out) < CHOICES_MAX; one++) {
        g_autofree char *key = g_strndup(*one, strcspn(*one, "=")), *en = choice_name(*one, key),
                        *zh = choice_name(text_of(attribute, "choices_zh"), key);
        if (*key != '\0')
            json_array_append_new(out, json_pack("{s:s, s:s, s:s}", "key", key, "name_zh", zh != NULL ? zh : en != NULL ? en : key, "name_en",
                                                 en != NULL ? en : key));
    }
    return out;
}

/* What is chosen from a list is asked at kiosks; `other` says that something else is asked that cannot be left out. */
static json_t *questions_json(json_t *attributes, bool *other)
{
    json_t *out = json_array(), *one;
    size_t i;

    json_array_foreach(attributes, i, one)
    {
        const char *type = text_of(one, "datatype"), *zh = text_of(one, "about_zh");
        bool required = json_integer_value(json_object_get(one, "required")) == 1;
        if (g_str_has_suffix(type, "list"))
            json_array_append_new(out, json_pack("{s:s, s:b, s:b, s:s, s:s, s:o}", "code", text_of(one, "code"), "required", required, "many",
                                                 strcmp(type, "multivaluelist") == 0, "about_zh", *zh != '\0' ? zh : text_of(one, "about"),
                                                 "about_en", text_of(one, "about"), "choices", choices_json(one)));
        else
            *other = *other || required;
    }
    return out;
}

json_t *db_category_value(struct db *db, const char *code, GError **error)
{
    json_t *services = db_ticket_services(db, code, error), *attributes = services != NULL ? db_ticket_attributes(db, code, error) : NULL;
    json_t *row = json_array_get(services, 0), *questions = NULL, *value = NULL;
    bool other = false;

    if (attributes != NULL && row != NULL) {
        questions = questions_json(attributes, &other);
        value = json_pack("{s:s, s:O, s:s, s:s, s:s, s:s, s:b, s:o}", "id", code, "place", json_object_get(row, "place"), "name_zh",
                          text_of(row, "name_zh"), "name_en", text_of(row, "name_en"), "group", text_of(row, "grouping"), "class",
                          text_of(row, "class"), "other", other, "questions", questions);
    }
    json_decref(services);
    json_decref(attributes);
    return value;
}

json_t *db_place_value(struct db *db, const char *id, GError **error)
{
    g_autofree char *name = NULL;

    if (!db_ticket_place_name(db, id, &name, error) || name == NULL)
        return NULL;
    return json_pack("{s:s, s:o}", "id", id, "name", text_cut(name, 200));
}

json_t *db_calendar_value(struct db *db, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) days = db_ticket_days(db, error);
    uint32_t from = date_of_ms(now_ms) / 10000 * 10000;
    json_t *list;

    if (days == NULL)
        return NULL;
    list = json_array();
    for (guint i = 0; i < days->len && json_array_size(list) < DAYS_MAX; i++) {
        const struct calendar_day *day = &g_array_index(days, struct calendar_day, i);
        if (day->date >= from)
            json_array_append_new(list, json_pack("{s:I, s:b}", "date", (json_int_t)day->date, "work", day->work));
    }
    return json_pack("{s:s, s:o}", "id", "workdays", "days", list);
}

/* ---- Tickets ---- */

static json_t *steps_json(json_t *events)
{
    json_t *out = json_array(), *one;
    size_t count = json_array_size(events), i;

    json_array_foreach(events, i, one)
    {
        if (i + STEPS_MAX >= count)
            json_array_append_new(out, json_pack("{s:O, s:s, s:o}", "at_ms", json_object_get(one, "at_ms"), "state", text_of(one, "to_state"),
                                                 "note", text_cut(text_of(one, "public_note"), NOTE_BYTES)));
    }
    return out;
}

static json_t *ticket_json(const struct ticket_row *row, json_t *events)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:I, s:I, s:I, s:i, s:b, s:I, s:I, s:o, s:o}", "id", row->token, "no", (json_int_t)row->no,
                     "card_token", row->reporter, "service", row->service, "place", text_cut(row->place_name, 200), "state",
                     ticket_state_name(row->clock.state), "state_ms", (json_int_t)row->clock.state_ms, "filed_ms", (json_int_t)row->filed_ms,
                     "due", (json_int_t)row->clock.due, "reopened", (int)row->clock.reopened, "provisional", row->clock.provisional, "planned",
                     (json_int_t)row->planned, "interest", (json_int_t)row->interest, "reply", text_cut(row->status_notes, NOTE_BYTES), "steps",
                     steps_json(events));
}

json_t *db_ticket_value(struct db *db, const char *token, GError **error)
{
    struct ticket_row row;
    bool found = false;

    if (!db_ticket_find(db, token, &row, &found, error) || !found)
        return NULL;
    bool over = ticket_closed(row.clock.state) && row.clock.state_ms <= now_ms() - TICKET_TOLD_MS;
    json_t *events = row.told && !over && *row.reporter != '\0' ? db_ticket_events(db, row.token, error) : NULL;
    json_t *value = events != NULL ? ticket_json(&row, events) : NULL;
    json_decref(events);
    ticket_row_clear(&row);
    return value;
}

static bool case_told(const struct ticket_row *row)
{
    return row->public && *row->address_id != '\0' && !ticket_closed(row->clock.state);
}

json_t *db_case_value(struct db *db, const char *no, GError **error)
{
    struct ticket_row row;
    bool found = false;
    json_t *value = NULL;

    if (!db_ticket_find(db, no, &row, &found, error) || !found)
        return NULL;
    if (case_told(&row))
        value = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "id", no, "service", row.service, "place", row.address_id, "state",
                          ticket_state_name(row.clock.state), "filed_ms", (json_int_t)row.filed_ms, "interest", (json_int_t)row.interest);
    ticket_row_clear(&row);
    return value;
}

bool db_ticket_tell(struct db *db, const struct ticket_row *row, GError **error)
{
    g_autofree char *no = g_strdup_printf("%" G_GINT64_FORMAT, row->no);

    return (*row->reporter == '\0' || db_change_add(db, "ticket", row->token, error)) &&
           (!row->public || *row->address_id == '\0' || db_change_add(db, "case", no, error));
}

bool db_tickets_untell(struct db *db, int64_t before_ms, GError **error)
{
    g_autoptr(GPtrArray) over =
        db_texts(db,
                 db_query(db, error,
                          "SELECT token FROM ticket WHERE community=?1 AND told=1 AND state_ms<=?2 AND state IN"
                          " ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN') ORDER BY state_ms, token",
                          "i", before_ms),
                 error);
    bool ok = over != NULL;

    for (guint i = 0; ok && i < over->len; i++) {
        const char *token = g_ptr_array_index(over, i);
        ok = db_run(db, error, "UPDATE ticket SET told=0 WHERE community=?1 AND token=?2", "s", token) &&
             db_change_add(db, "ticket", token, error);
    }
    return ok;
}
