/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Complaints and repairs (F12): what can be told of, where, what others have told; filing one, and what became of a card's own.
 *
 *   file ─► gates ─► danger: whom to call first ─► what is asked, chosen ─► a place ─► not the same a moment ago ─► on disk: FILED
 *   join, confirm, deny, withdraw ─► gates ─► there, and the model says yes ─► on disk: DONE
 *
 * Invariants: (1) What the screen is told as done is on disk, once; its id is the ticket's. (2) It works without a line: the clock runs
 * from now (TK-1), the due date is that of the working days as last told (TK-2), the number is the kiosk's own. (3) Without a name
 * (TK-5) neither card nor contact is written down. (4) Fire, gas and injuries are no tickets (TK-7); in danger people are told whom to
 * call before anything is written.
 */
#include "service/internal.h"
#include "service/values.h"
#include "model/model.h"
#include "model/rating.h"
#include "store/ledger.h"
#include "store/tickets.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MS   INT64_C(600000)
#define SESSION_MAX 5 /* filed with one tap: a child cannot fill the desk's list */
#define LIST_MAX    50

/* ---- What can be told of, and where --------------------------------------------------------------------------------- */

static void choices_fill(json_t *choices, struct kiosk_question *out)
{
    json_t *one;
    size_t i;

    json_array_foreach(choices, i, one)
    {
        if (out->count >= KIOSK_CHOICES)
            break;
        value_string(one, "key", out->choices[out->count].key, sizeof out->choices[0].key);
        value_string(one, "name_zh", out->choices[out->count].name_zh, sizeof out->choices[0].name_zh);
        value_string(one, "name_en", out->choices[out->count].name_en, sizeof out->choices[0].name_en);
        out->count++;
    }
}

static void question_fill(json_t *value, struct kiosk_question *out)
{
    value_string(value, "code", out->code, sizeof out->code);
    value_string(value, "about_zh", out->about_zh, sizeof out->about_zh);
    value_string(value, "about_en", out->about_en, sizeof out->about_en);
    out->required = json_is_true(json_object_get(value, "required"));
    out->many = json_is_true(json_object_get(value, "many"));
    choices_fill(json_object_get(value, "choices"), out);
}

/* Names count, too: who chose another word chose another thing. */
static void asks_fill(json_t *questions, char out[65])
{
    char *text = json_dumps(questions, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text != NULL ? text : "", -1);

    g_strlcpy(out, digest, 65);
    free(text);
}

/* A question without answers is left out; one that cannot be left out makes it one of the desk's. */
static void questions_fill(json_t *questions, struct kiosk_category *out)
{
    json_t *one;
    size_t i;

    json_array_foreach(questions, i, one)
    {
        struct kiosk_question question = {0};

        question_fill(one, &question);
        if (question.count > 0 && out->count < KIOSK_QUESTIONS)
            out->questions[out->count++] = question;
        else
            out->desk = out->desk || question.required;
    }
}

static enum ticket_class class_of(json_t *category)
{
    enum ticket_class class = TICKET_NORMAL;
    const char *name = json_string_value(json_object_get(category, "class"));

    return name != NULL && ticket_class_parse(name, &class) ? class : TICKET_NORMAL;
}

bool category_personal(json_t *category)
{
    return category != NULL && !ticket_public(class_of(category));
}

static void category_fill(json_t *value, struct kiosk_category *out)
{
    value_string(value, "id", out->code, sizeof out->code);
    value_string(value, "name_zh", out->name_zh, sizeof out->name_zh);
    value_string(value, "name_en", out->name_en, sizeof out->name_en);
    value_string(value, "group", out->group, sizeof out->group);
    out->danger = class_of(value) == TICKET_DANGER;
    out->personal = category_personal(value);
    out->desk = json_is_true(json_object_get(value, "other"));
    questions_fill(json_object_get(value, "questions"), out);
    asks_fill(json_object_get(value, "questions"), out->asks);
}

static void categories_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_categories(kiosk->store, &error);
    size_t count = rows != NULL ? rows->len : 0;
    struct kiosk_category *items = g_new0(struct kiosk_category, count + 1);

    if (rows == NULL)
        g_warning("categories: %s", error->message);
    size_t told = 0;
    for (guint i = 0; i < count; i++) {
        category_fill(g_ptr_array_index(rows, i), &items[told]);
        if (strcmp(items[told].code, TICKET_QUESTION) == 0) /* asked behind an answer that did not help */
            memset(&items[told], 0, sizeof items[told]);
        else
            told++;
    }
    kiosk_post(kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_CATEGORIES, .categories = {.items = items, .count = told}}, items);
}

static void places_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_ticket_places(kiosk->store, &error);
    size_t count = rows != NULL ? rows->len : 0;
    struct kiosk_place *items = g_new0(struct kiosk_place, count + 1);

    if (rows == NULL)
        g_warning("places: %s", error->message);
    for (guint i = 0; i < count; i++) {
        value_string(g_ptr_array_index(rows, i), "id", items[i].id, sizeof items[i].id);
        value_string(g_ptr_array_index(rows, i), "name", items[i].name, sizeof items[i].name);
    }
    kiosk_post(kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_PLACES, .places = {.items = items, .count = count}}, items);
}

/* ---- Answers ---------------------------------------------------------------------------------------------------------- */

static struct kiosk_event answer(struct kiosk *kiosk, enum kiosk_ticket_phase phase)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_TICKETS, .tickets = {.ask = kiosk->answers.ticket, .phase = phase}};

    g_strlcpy(event.tickets.service, kiosk->answers.similar_service, sizeof event.tickets.service);
    g_strlcpy(event.tickets.place, kiosk->answers.similar_place, sizeof event.tickets.place);
    return event;
}

static void refuse(struct kiosk *kiosk, const char *reason, const char *call)
{
    struct kiosk_event event = answer(kiosk, KIOSK_TICKET_REFUSED);

    g_strlcpy(event.tickets.reason, reason, sizeof event.tickets.reason);
    g_strlcpy(event.tickets.call, call, sizeof event.tickets.call);
    kiosk_post(kiosk, &event, NULL);
}

static void done(struct kiosk *kiosk, enum kiosk_ticket_phase phase, const char *id)
{
    struct kiosk_event event = answer(kiosk, phase);

    g_strlcpy(event.tickets.id, id, sizeof event.tickets.id);
    kiosk_post(kiosk, &event, NULL);
}

static bool gates(struct kiosk *kiosk, bool writes)
{
    const char *reason = writes ? gate_machine(kiosk) : NULL;

    if (reason == NULL)
        reason = gate_card(kiosk);
    if (reason != NULL)
        refuse(kiosk, reason, "");
    return reason == NULL;
}

/* ---- A card's own ------------------------------------------------------------------------------------------------------ */

/* Until when, by the working days that are known here. */
static void due_of(struct kiosk *kiosk, json_t *category, int64_t filed_ms, struct ticket_clock *out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) days = store_workdays(kiosk->store, &error);
    const struct calendar calendar = {days != NULL ? (const struct calendar_day *)(const void *)days->data : NULL, days != NULL ? days->len : 0};

    if (error != NULL)
        g_warning("working days: %s", error->message);
    ticket_file(out, class_of(category), filed_ms, &calendar);
}

static void category_of(struct kiosk *kiosk, const struct store_ticket *ticket, struct kiosk_ticket *out)
{
    g_autoptr(GError) error = NULL;
    json_t *category = store_category(kiosk->store, out->service, &error);
    struct ticket_clock clock = ticket->clock;

    if (error != NULL)
        g_warning("category: %s", error->message);
    value_string(category, "name_zh", out->name_zh, sizeof out->name_zh);
    value_string(category, "name_en", out->name_en, sizeof out->name_en);
    out->personal = category_personal(category);
    if (ticket->clock.due == 0 && !ticket->refused && category != NULL)
        due_of(kiosk, category, ticket->filed_ms, &clock);
    out->due = clock.due;
    out->provisional = clock.provisional;
    json_decref(category);
}

static void steps_fill(const struct store_ticket *ticket, struct kiosk_ticket *out)
{
    for (size_t i = 0; i < ticket->step_count && i < KIOSK_TICKET_STEPS; i++) {
        out->steps[i].at_ms = ticket->steps[i].at_ms;
        g_strlcpy(out->steps[i].state, ticket_state_name(ticket->steps[i].state), sizeof out->steps[i].state);
        g_strlcpy(out->steps[i].note, ticket->steps[i].note, sizeof out->steps[i].note);
        out->step_count++;
    }
}

static bool may(const struct store_ticket *ticket, enum ticket_step step)
{
    return !ticket->refused && ticket->clock.state != TICKET_NEW && ticket_resident_may(&ticket->clock, step);
}

static void ticket_fill(struct kiosk *kiosk, const struct store_ticket *ticket, struct kiosk_ticket *out)
{
    g_strlcpy(out->id, ticket->id, sizeof out->id);
    g_strlcpy(out->service, ticket->service, sizeof out->service);
    g_strlcpy(out->place, ticket->place, sizeof out->place);
    g_strlcpy(out->state, ticket->refused ? "REFUSED" : ticket_state_name(ticket->clock.state), sizeof out->state);
    g_strlcpy(out->reason, ticket->reason, sizeof out->reason);
    g_strlcpy(out->reply, ticket->reply, sizeof out->reply);
    if (ticket->no == 0)
        ticket_local(kiosk->enrolment.kiosk_id, ticket->id, out->local, sizeof out->local);
    out->no = ticket->no;
    out->filed_ms = ticket->filed_ms;
    out->ended_ms = ticket_closed(ticket->clock.state) ? ticket->clock.state_ms : 0;
    out->interest = ticket->interest;
    out->planned = ticket->planned;
    out->pending = ticket->pending;
    out->may_confirm = may(ticket, TICKET_CONFIRM);
    out->may_deny = may(ticket, TICKET_DENY);
    out->may_withdraw = may(ticket, TICKET_WITHDRAW) && !out->may_confirm;
    out->may_rate = ticket->clock.state == TICKET_CLOSED && !ticket->refused;
    steps_fill(ticket, out);
    category_of(kiosk, ticket, out);
}

static GArray *tickets_load(struct kiosk *kiosk, bool *known)
{
    g_autoptr(GError) error = NULL;
    GArray *tickets = store_tickets(kiosk->store, kiosk->session.token, known, &error);

    if (tickets == NULL)
        g_warning("tickets: %s", error->message);
    return tickets;
}

/* Rated here with this card is not asked again; who thinks better of it changes it. */
static bool is_rated(struct kiosk *kiosk, const char *id)
{
    g_autoptr(GError) error = NULL;
    bool rated = false;

    if (!store_rated(kiosk->store, id, kiosk->session.token, &rated, &error))
        g_warning("ratings: %s", error->message);
    return rated;
}

static struct kiosk_ticket *tickets_fill(struct kiosk *kiosk, GArray *tickets, size_t count)
{
    struct kiosk_ticket *items = g_new0(struct kiosk_ticket, count + 1);

    for (size_t i = 0; i < count; i++) {
        ticket_fill(kiosk, &g_array_index(tickets, struct store_ticket, i), &items[i]);
        items[i].rated = items[i].may_rate && is_rated(kiosk, items[i].id);
        items[i].may_rate = items[i].may_rate && (!items[i].rated || rating_may_again(kiosk, items[i].id));
    }
    return items;
}

/* Where they live, and which of the list's addresses that is. */
static void home_take(struct kiosk *kiosk, struct kiosk_place *out)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *home = store_home(kiosk->store, kiosk->session.token, &error);
    g_autoptr(GPtrArray) places = home != NULL ? store_ticket_places(kiosk->store, &error) : NULL;

    if (error != NULL)
        g_warning("where somebody lives: %s", error->message);
    g_strlcpy(out->name, home != NULL ? home : "", sizeof out->name);
    for (guint i = 0; places != NULL && i < places->len; i++)
        if (g_strcmp0(json_string_value(json_object_get(g_ptr_array_index(places, i), "name")), home) == 0)
            value_string(g_ptr_array_index(places, i), "id", out->id, sizeof out->id);
}

static void list_tell(struct kiosk *kiosk)
{
    struct kiosk_event event = answer(kiosk, KIOSK_TICKET_LIST);

    if (!gates(kiosk, false))
        return;
    g_autoptr(GArray) tickets = tickets_load(kiosk, &event.tickets.known);
    if (tickets == NULL) {
        refuse(kiosk, "STORE", "");
        return;
    }
    event.tickets.count = MIN(tickets->len, LIST_MAX);
    struct kiosk_ticket *items = tickets_fill(kiosk, tickets, event.tickets.count);
    event.tickets.items = items;
    home_take(kiosk, &event.tickets.home);
    kiosk_post(kiosk, &event, items);
}

/* ---- What others have told --------------------------------------------------------------------------------------------- */

static bool joined(struct kiosk *kiosk, const char *no)
{
    g_autoptr(GError) error = NULL;
    bool waits = false;

    if (!store_interest_waits(kiosk->store, kiosk->session.token, no, &waits, &error))
        g_warning("tickets: %s", error->message);
    return waits;
}

static void similar_tell(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    g_autoptr(GError) error = NULL;
    struct kiosk_event event = answer(kiosk, KIOSK_TICKET_SIMILAR);

    if (!gates(kiosk, false))
        return;
    g_autoptr(GPtrArray) rows = store_cases(kiosk->store, request->service, request->place, &error);
    if (rows == NULL)
        g_warning("cases: %s", error->message);
    event.tickets.count = rows != NULL ? MIN(rows->len, LIST_MAX) : 0;
    struct kiosk_case *items = g_new0(struct kiosk_case, event.tickets.count + 1);
    for (size_t i = 0; i < event.tickets.count; i++) {
        json_t *value = g_ptr_array_index(rows, i);
        value_string(value, "id", items[i].no, sizeof items[i].no);
        value_string(value, "state", items[i].state, sizeof items[i].state);
        items[i].filed_ms = json_integer_value(json_object_get(value, "filed_ms"));
        items[i].interest = json_integer_value(json_object_get(value, "interest"));
        items[i].joined = joined(kiosk, items[i].no);
    }
    event.tickets.cases = items;
    kiosk_post(kiosk, &event, items);
}

static void join(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    char id[37];

    if (!gates(kiosk, true))
        return;
    const char *reason = request->ticket[0] == '\0' || strspn(request->ticket, "0123456789") != strlen(request->ticket) ? "UNKNOWN"
                         : joined(kiosk, request->ticket)                                                              ? "REPEATED"
                                                                                                                        : NULL;
    if (reason == NULL)
        reason = room_write(kiosk, "ticket.interest", json_pack("{s:s, s:s}", "ticket", request->ticket, "card_token", kiosk->session.token), id);
    if (reason != NULL)
        refuse(kiosk, reason, "");
    else
        done(kiosk, KIOSK_TICKET_JOINED, id);
}

/* ---- Filing -------------------------------------------------------------------------------------------------------------- */

static bool answer_fits(const struct kiosk_question *question, unsigned bits)
{
    bool one = (bits & (bits - 1)) == 0;

    return (bits >> question->count) == 0 && (question->many || one) && (bits != 0 || !question->required);
}

/* Choices are told by their places, so the questions have to be those that were read. */
static bool answers_fit(const struct kiosk_category *category, const struct kiosk_ticket_request *request)
{
    if (category->count > 0 && strncmp(category->asks, request->asks, sizeof request->asks) != 0)
        return false;
    for (size_t i = 0; i < KIOSK_QUESTIONS; i++)
        if (i < category->count ? !answer_fits(&category->questions[i], request->answers[i]) : request->answers[i] != 0)
            return false;
    return true;
}

static bool text_fits(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL && g_utf8_validate(text, -1, NULL);
}

static const char *location_refusal(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    g_autoptr(GError) error = NULL;
    json_t *place = request->place[0] != '\0' ? store_ticket_place(kiosk->store, request->place, &error) : NULL;
    bool there = place != NULL;

    json_decref(place);
    if (error != NULL) {
        g_warning("places: %s", error->message);
        return "STORE";
    }
    return there || (request->place[0] == '\0' && request->address[0] != '\0') ? NULL : "LOCATION";
}

/* As store_ticket.place has it: the name of the list's place, or what was said instead. */
static bool place_name(struct kiosk *kiosk, const struct kiosk_ticket_request *request, char *out, size_t size)
{
    g_autoptr(GError) error = NULL;
    json_t *place = request->place[0] != '\0' ? store_ticket_place(kiosk->store, request->place, &error) : NULL;

    const char *name = place != NULL ? json_string_value(json_object_get(place, "name")) : request->address;

    g_strlcpy(out, name != NULL ? name : "", size);
    json_decref(place);
    if (error != NULL)
        g_warning("places: %s", error->message);
    return error == NULL;
}

/* One whose place is not known may be at this one. */
static bool same(const struct store_ticket *ticket, const struct kiosk_ticket_request *request, const char *place)
{
    return strcmp(ticket->service, request->service) == 0 && (ticket->place[0] == '\0' || strcmp(ticket->place, place) == 0);
}

/* The same at the same place a moment ago. Without a name nobody knows whose it was. */
static const char *repeated(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    bool known = false;
    g_autoptr(GArray) tickets = tickets_load(kiosk, &known);
    int64_t now = health_now_ms(kiosk);
    char place[sizeof(((struct store_ticket *)NULL)->place)];

    if (!place_name(kiosk, request, place, sizeof place))
        return "STORE";
    for (guint i = 0; tickets != NULL && i < tickets->len; i++) {
        const struct store_ticket *ticket = &g_array_index(tickets, struct store_ticket, i);
        if (same(ticket, request, place) && !ticket->refused && !ticket_closed(ticket->clock.state) &&
            now - ticket->filed_ms < REPEAT_MS)
            return "REPEATED";
    }
    return tickets != NULL ? NULL : "STORE";
}

/* Whom to call first; NULL: nobody, or they know. */
static const char *danger(const struct kiosk_category *category, const struct kiosk_ticket_request *request)
{
    const char *call = ticket_danger_words(request->description);

    if (request->warned)
        return NULL;
    return call != NULL ? call : category->danger ? "110" : NULL;
}

static const char *file_judge(struct kiosk *kiosk, const struct kiosk_category *category, const struct kiosk_ticket_request *request)
{
    if (category->desk)
        return "DESK";
    if (request->anonymous && category->personal)
        return "ANONYMOUS";
    if (!text_fits(request->description, sizeof request->description) || !text_fits(request->address, sizeof request->address))
        return "WORDS";
    if (!answers_fit(category, request))
        return "ATTRIBUTES";
    if (kiosk->session.tickets >= SESSION_MAX)
        return "MANY";
    const char *reason = location_refusal(kiosk, request);
    return reason != NULL || request->anonymous ? reason : repeated(kiosk, request);
}

static json_t *attributes_json(const struct kiosk_category *category, const struct kiosk_ticket_request *request)
{
    json_t *out = json_object();

    for (size_t i = 0; i < category->count; i++) {
        json_t *values = json_array();
        for (size_t j = 0; j < category->questions[i].count; j++)
            if ((request->answers[i] & (1u << j)) != 0)
                json_array_append_new(values, json_string(category->questions[i].choices[j].key));
        if (json_array_size(values) > 0)
            json_object_set_new(out, category->questions[i].code, values);
        else
            json_decref(values);
    }
    return out;
}

static void text_set(json_t *object, const char *name, const char *text)
{
    if (*text != '\0')
        json_object_set_new(object, name, json_string(text));
}

static json_t *filing_json(struct kiosk *kiosk, const struct kiosk_category *category, const struct kiosk_ticket_request *request)
{
    json_t *out = json_pack("{s:s, s:b, s:o}", "service", category->code, "anonymous", request->anonymous, "attributes",
                            attributes_json(category, request));

    text_set(out, "address_id", request->place);
    text_set(out, "address", request->place[0] == '\0' ? request->address : "");
    text_set(out, "description", request->description);
    text_set(out, "card_token", request->anonymous ? "" : kiosk->session.token);
    return out;
}

static void filed_tell(struct kiosk *kiosk, json_t *value, const char *id)
{
    struct kiosk_event event = answer(kiosk, KIOSK_TICKET_FILED);
    struct ticket_clock clock;

    due_of(kiosk, value, health_now_ms(kiosk), &clock);
    event.tickets.due = clock.due;
    event.tickets.provisional = clock.provisional;
    g_strlcpy(event.tickets.id, id, sizeof event.tickets.id);
    ticket_local(kiosk->enrolment.kiosk_id, id, event.tickets.local, sizeof event.tickets.local);
    kiosk_post(kiosk, &event, NULL);
}

static void file_category(struct kiosk *kiosk, json_t *value, const struct kiosk_ticket_request *request)
{
    g_autofree struct kiosk_category *category = g_new0(struct kiosk_category, 1);
    char id[37];

    category_fill(value, category);
    const char *reason = file_judge(kiosk, category, request), *call = reason == NULL ? danger(category, request) : NULL;
    if (call != NULL)
        reason = "DANGER";
    if (reason == NULL)
        reason = room_write(kiosk, "ticket.filed", filing_json(kiosk, category, request), id);
    if (reason != NULL) {
        refuse(kiosk, reason, call != NULL ? call : "");
        return;
    }
    kiosk->session.tickets++;
    filed_tell(kiosk, value, id);
}

static void file(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    g_autoptr(GError) error = NULL;
    const char *call = NULL;

    if (ticket_emergency(request->service, &call)) {
        refuse(kiosk, "EMERGENCY", call);
        return;
    }
    if (!gates(kiosk, true))
        return;
    json_t *value = store_category(kiosk->store, request->service, &error);
    if (value == NULL)
        refuse(kiosk, error != NULL ? "STORE" : "SERVICE", "");
    else
        file_category(kiosk, value, request);
    json_decref(value);
}

/* ---- What residents do about their own ------------------------------------------------------------------------------------- */

static const struct store_ticket *own(GArray *tickets, const char *id)
{
    for (guint i = 0; tickets != NULL && i < tickets->len; i++)
        if (strcmp(g_array_index(tickets, struct store_ticket, i).id, id) == 0)
            return &g_array_index(tickets, struct store_ticket, i);
    return NULL;
}

static const char *step_judge(const struct store_ticket *ticket, const struct kiosk_ticket_request *request, enum ticket_step step)
{
    if (ticket == NULL)
        return "UNKNOWN";
    if (!may(ticket, step))
        return "STATE";
    bool why = (ticket_step_needs(step) & TICKET_NEEDS_REASON) != 0;
    return (why && request->description[0] == '\0') || strnlen(request->description, sizeof request->description) >= TICKET_SAID_BYTES ||
                   !text_fits(request->description, sizeof request->description)
               ? "WORDS"
               : NULL;
}

static void step(struct kiosk *kiosk, const struct kiosk_ticket_request *request, enum ticket_step step)
{
    bool known = false;
    char id[37];

    if (!gates(kiosk, true))
        return;
    g_autoptr(GArray) tickets = tickets_load(kiosk, &known);
    const char *reason = tickets == NULL ? "STORE" : step_judge(own(tickets, request->ticket), request, step);
    if (reason == NULL) {
        json_t *data = json_pack("{s:s, s:s, s:s}", "ticket", request->ticket, "card_token", kiosk->session.token, "step", ticket_step_name(step));
        text_set(data, "description", request->description);
        reason = room_write(kiosk, "ticket.step", data, id);
    }
    if (reason != NULL)
        refuse(kiosk, reason, "");
    else
        done(kiosk, KIOSK_TICKET_DONE, request->ticket);
}

/* ---- What is said of one ---------------------------------------------------------------------------------------------------- */

bool tickets_rating_facts(struct kiosk *kiosk, struct rating *rating, struct rating_facts *out)
{
    bool known = false;
    g_autoptr(GArray) tickets = tickets_load(kiosk, &known);
    const struct store_ticket *ticket = own(tickets, rating->service);

    /* Rated here is what the store knows of, with its time. */
    out->theirs = ticket != NULL && !ticket->refused && ticket->clock.state == TICKET_CLOSED;
    if (out->theirs) {
        out->done_ms = ticket->clock.state_ms;
        out->rated = out->rated || is_rated(kiosk, rating->service);
        g_strlcpy(rating->kind, "ticket", sizeof rating->kind);
    }
    return tickets != NULL;
}

void tickets_do(struct kiosk *kiosk, const struct kiosk_ticket_request *request)
{
    bool similar = request->ask == KIOSK_TICKET_ASK_SIMILAR;

    kiosk->answers.ticket = request->ask;
    g_strlcpy(kiosk->answers.similar_service, similar ? request->service : "", sizeof kiosk->answers.similar_service);
    g_strlcpy(kiosk->answers.similar_place, similar ? request->place : "", sizeof kiosk->answers.similar_place);
    switch (request->ask) {
    case KIOSK_TICKET_ASK_CATALOGUE:
        categories_tell(kiosk);
        places_tell(kiosk);
        break;
    case KIOSK_TICKET_ASK_LIST:
        list_tell(kiosk);
        break;
    case KIOSK_TICKET_ASK_SIMILAR:
        similar_tell(kiosk, request);
        break;
    case KIOSK_TICKET_ASK_FILE:
        file(kiosk, request);
        break;
    case KIOSK_TICKET_ASK_JOIN:
        join(kiosk, request);
        break;
    case KIOSK_TICKET_ASK_CONFIRM:
        step(kiosk, request, TICKET_CONFIRM);
        break;
    case KIOSK_TICKET_ASK_DENY:
        step(kiosk, request, TICKET_DENY);
        break;
    case KIOSK_TICKET_ASK_WITHDRAW:
        step(kiosk, request, TICKET_WITHDRAW);
        break;
    }
}
