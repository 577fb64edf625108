/* SPDX-License-Identifier: Apache-2.0 */
/* A topic's life: drafts, steps of the staff, what the clock does. Who may do a step is the model's; who somebody is, the register's. */
#include "platform/topics/topics.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "model/strict.h"
#include <stdlib.h>
#include <string.h>

#define TITLE_BYTES 200
#define ABOUT_BYTES 2000
#define LINE_BYTES  400
#define ANSWER_BYTES 2000
#define STATEMENT_BYTES 200

bool topics_staff(struct db *db, const char *const by[2], size_t needed, enum staff_act act, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {by[0], by[1]}, .needed = needed, .act = act, .at_ms = now_ms, .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

/* ---- Words ---- */

static bool id_fits(const char *id)
{
    size_t len = strlen(id);

    return len > 0 && len < TOPIC_ID_SIZE && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

static bool pair_fits(json_t *words, size_t max)
{
    g_autofree char *text = g_malloc(max + 1);
    struct strict r = strict_open(words);

    strict_words(&r, "zh", text, max + 1);
    bool filled = *text != '\0';
    strict_words(&r, "en", text, max + 1);
    return strict_done(&r) && filled && *text != '\0';
}

static char *dumped(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS), *out = g_strdup(text);

    free(text);
    return out;
}

char *topics_pair(json_t *words, size_t max, GError **error)
{
    if (pair_fits(words, max))
        return dumped(words);
    platform_refuse(error, "a text is needed as {\"zh\": …, \"en\": …}, and not too long");
    return NULL;
}

static bool words_fit(json_t *words)
{
    static const struct {
        const char *member;
        size_t max;
    } PARTS[] = {{"title", TITLE_BYTES}, {"about", ABOUT_BYTES}, {"decides", LINE_BYTES}, {"next", LINE_BYTES}};
    struct strict r = strict_open(words);
    bool fit = true;

    for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++)
        fit = pair_fits(strict_take(&r, PARTS[i].member), PARTS[i].max) && fit;
    return strict_done(&r) && fit;
}

/* ---- Drafts ---- */

static bool add_in(struct db *db, struct topic_row *row, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *there = g_new0(struct topic_row, 1);
    const char *const by[2] = {row->author, NULL};
    bool found = false;

    if (!topics_staff(db, by, 1, STAFF_PRESENT, now_ms, error) || !db_topic_find(db, row->id, there, &found, error))
        return false;
    return found ? platform_refuse(error, "there is a topic of this id already") : db_topic_add(db, row, error);
}

bool topics_add(struct platform *platform, const char *id, json_t *words, const char *by, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);

    if (!id_fits(id))
        return platform_refuse(error, "a topic's id is 1 to 32 letters, digits, - _ .");
    if (!words_fit(words))
        return platform_refuse(error, "a topic has title, about, decides and next, each with zh and en, and none too long");
    g_autofree char *text = dumped(words);
    row->made_ms = now_ms;
    if (g_strlcpy(row->words, text, sizeof row->words) >= sizeof row->words || g_strlcpy(row->author, by, sizeof row->author) >= sizeof row->author)
        return platform_refuse(error, "a text is too long");
    g_strlcpy(row->id, id, sizeof row->id);
    return db_begin(platform->db, true, error) && db_end(platform->db, add_in(platform->db, row, now_ms, error), error);
}

/* ---- Who does a step ---- */

struct stepping {
    struct platform *platform;
    struct db *db;
    const struct topic_order *order;
    struct topic_row *row;
    struct topic_move move;
    int64_t now_ms;
};

/* Whoever does it, by this or another id of the register: the author, also when they are of the staff no more. */
static bool is_author(struct stepping *s, bool *is, GError **error)
{
    struct staff_row author = {0}, doer = {0};
    bool known = false, there = false;

    if (!db_staff_find(s->db, s->row->author, s->now_ms, &author, &known, error) ||
        !db_staff_find(s->db, s->order->by[0], s->now_ms, &doer, &there, error))
        return false;
    *is = strcmp(s->order->by[0], s->row->author) == 0 || (known && there && author.person == doer.person);
    return true;
}

/* Nobody moderates what they wrote. */
static bool moderator(struct stepping *s, GError **error)
{
    bool own = false;

    s->move.actor = TOPIC_BY_STAFF;
    if (!topics_staff(s->db, s->order->by, 1, STAFF_PUBLISH, s->now_ms, error) || !is_author(s, &own, error))
        return false;
    return !own || platform_refuse(error, "whoever wrote it does not moderate it: TWO_PERSONS");
}

static bool actor_find(struct stepping *s, GError **error)
{
    enum topic_step step = s->order->step;
    bool two = topic_step_by_two(step);

    s->move.people = s->order->by[1] != NULL ? 2 : 1;
    if (step == TOPIC_SUBMIT || step == TOPIC_WITHDRAW) {
        bool own = false;
        if (!topics_staff(s->db, s->order->by, 1, STAFF_PRESENT, s->now_ms, error) || !is_author(s, &own, error))
            return false;
        s->move.actor = own ? TOPIC_BY_AUTHOR : TOPIC_BY_STAFF;
        return true;
    }
    if (step == TOPIC_ACCEPT || step == TOPIC_RETURN || step == TOPIC_MERGE)
        return moderator(s, error);
    s->move.actor = TOPIC_BY_COMMITTEE;
    return topics_staff(s->db, s->order->by, two ? 2 : 1, STAFF_APPROVE, s->now_ms, error);
}

/* ---- What a step brings along ---- */

static bool other_is_there(struct stepping *s, bool *there, GError **error)
{
    g_autofree struct topic_row *other = g_new0(struct topic_row, 1);
    const char *id = s->order->other;

    *there = false;
    if (id == NULL || strcmp(id, s->row->id) == 0)
        return true;
    if (!db_topic_find(s->db, id, other, there, error))
        return false;
    *there = *there && !topic_ended(other->topic.state);
    return true;
}

static unsigned brings_of(const struct topic_order *order, bool other)
{
    bool reason = order->reason != NULL && *order->reason != '\0', answer = order->answer != NULL;

    return (reason ? TOPIC_NEEDS_REASON : 0) | (other ? TOPIC_NEEDS_OTHER : 0) |
           (order->threshold > 0 && order->until_ms > 0 ? TOPIC_NEEDS_THRESHOLD : 0) | (order->meeting_ms > 0 ? TOPIC_NEEDS_MEETING : 0) |
           (order->kind != ELECTORATE_NONE && order->until_ms > 0 ? TOPIC_NEEDS_ELECTORATE : 0) | (answer ? TOPIC_NEEDS_ANSWER : 0) |
           (json_array_size(order->milestones) > 0 ? TOPIC_NEEDS_MILESTONES : 0);
}

static bool note_take(char *out, size_t size, const char *text, GError **error)
{
    if (text == NULL)
        return true;
    return (g_utf8_validate(text, -1, NULL) && g_strlcpy(out, text, size) < size) || platform_refuse(error, "a text is too long, or none");
}

static bool answer_take(struct stepping *s, char out[TOPIC_ANSWER_SIZE], GError **error)
{
    g_autofree char *text = topics_pair(s->order->answer, ANSWER_BYTES, error);

    return text != NULL && (g_strlcpy(out, text, TOPIC_ANSWER_SIZE) < TOPIC_ANSWER_SIZE || platform_refuse(error, "a text is too long"));
}

/* Threshold, ends, answers are the topic's now. */
static bool milestones_add(struct stepping *s, GError **error)
{
    bool ok = true;

    for (size_t i = 0; ok && i < json_array_size(s->order->milestones); i++) {
        json_t *words = json_copy(json_array_get(s->order->milestones, i));
        int64_t due = json_integer_value(json_object_get(words, "due"));

        json_object_del(words, "due");
        g_autofree char *text = date_valid((uint32_t)due) ? topics_pair(words, LINE_BYTES, error) : NULL;
        json_decref(words);
        ok = text != NULL ? db_milestone_add(s->db, s->row->id, (int64_t)i + 1, text, (uint32_t)due, error)
                          : (error == NULL || *error == NULL) && platform_refuse(error, "a milestone has a due day YYYYMMDD");
    }
    return ok;
}

static bool opened(struct stepping *s, GError **error)
{
    s->row->special = s->order->special;
    s->row->topic.binding = s->order->binding;
    if (!note_take(s->row->rule, sizeof s->row->rule, s->order->rule, error))
        return false;
    if (s->row->topic.binding && *s->row->rule == '\0')
        return platform_refuse(error, "a ballot that binds names its rule");
    return electorate_freeze(s->platform, s->order, s->row, s->now_ms, error) && db_urn_open(s->db, s->row->id, error);
}

static bool decided(struct stepping *s, GError **error)
{
    g_autofree char *result = ballots_result(s->db, s->row, error);

    return result != NULL && g_strlcpy(s->row->result, result, sizeof s->row->result) < sizeof s->row->result &&
           answer_take(s, s->row->answer, error);
}

/* Before the row is written: an electorate is frozen while it is talked over. */
static bool brought(struct stepping *s, GError **error)
{
    switch (s->order->step) {
    case TOPIC_MERGE:
        return note_take(s->row->other, sizeof s->row->other, s->order->other, error);
    case TOPIC_DELIBERATE:
        s->row->meeting_ms = s->order->meeting_ms;
        return true;
    case TOPIC_OPEN:
        return opened(s, error);
    case TOPIC_DECIDE:
        return decided(s, error);
    case TOPIC_EXECUTE:
        return milestones_add(s, error);
    case TOPIC_MILESTONE:
        return db_milestone_reach(s->db, s->row->id, s->row->topic.reached, s->now_ms, error);
    case TOPIC_REPORT:
        return answer_take(s, s->row->report, error);
    default:
        return true;
    }
}

/* ---- The step ---- */

static bool written(struct db *db, struct topic_row *row, enum topic_state from, struct topic_step_row *step, GError **error)
{
    row->changed_ms = step->at_ms;
    row->ended_ms = topic_ended(row->topic.state) ? step->at_ms : 0;
    step->topic = row->id;
    step->from = topic_state_name(from);
    step->to = topic_state_name(row->topic.state);
    return db_topic_set(db, row, error) && db_topic_step_add(db, step, error) && db_change_add(db, "topic", row->id, error);
}

static const char *actor_name(enum topic_actor actor)
{
    static const char *const NAMES[] = {"author", "staff", "committee", "platform"};

    G_STATIC_ASSERT(G_N_ELEMENTS(NAMES) == TOPIC_ACTORS);
    return names_at(NAMES, TOPIC_ACTORS, actor);
}

static bool step_do(struct stepping *s, GError **error)
{
    enum topic_state from = s->row->topic.state;
    enum topic_code code = topic_do(&s->row->topic, &s->move);

    if (code != TOPIC_OK) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the topic is not moved: %s", topic_code_name(code));
        return false;
    }
    struct topic_step_row step = {.at_ms = s->now_ms, .step = topic_step_name(s->order->step), .actor = actor_name(s->move.actor),
                                  .staff_a = s->order->by[0], .staff_b = s->move.people == 2 ? s->order->by[1] : "",
                                  .note = s->order->reason != NULL ? s->order->reason : ""};
    return note_take(s->row->reason, sizeof s->row->reason, s->order->reason, error) && brought(s, error) && written(s->db, s->row, from, &step, error);
}

static bool step_in(struct stepping *s, GError **error)
{
    bool found = false, other = false;

    if (!db_topic_find(s->db, s->order->topic, s->row, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "no such topic");
    if (!actor_find(s, error) || !other_is_there(s, &other, error))
        return false;
    s->move.step = s->order->step;
    s->move.brings = brings_of(s->order, other);
    s->move.threshold = s->order->threshold;
    s->move.until_ms = s->order->until_ms;
    s->move.milestones = (unsigned)MIN(json_array_size(s->order->milestones), TOPIC_MILESTONES_MAX + 1);
    s->move.at_ms = s->now_ms;
    return step_do(s, error);
}

bool topics_step(struct platform *platform, const struct topic_order *order, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    struct stepping s = {.platform = platform, .db = platform->db, .order = order, .row = row, .now_ms = now_ms};

    return db_begin(s.db, true, error) && db_end(s.db, step_in(&s, error), error);
}

/* ---- Statements ---- */

static bool talked_over(enum topic_state state)
{
    return state == TOPIC_COLLECTING || state == TOPIC_QUALIFIED || state == TOPIC_DELIBERATION;
}

static bool statement_in(struct db *db, const struct statement_new *statement, const char *words, int64_t now_ms, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    const char *const by[2] = {statement->by, NULL};
    struct statement_row there;
    int64_t count = 0;
    bool found = false, taken = false;

    if (!topics_staff(db, by, 1, STAFF_PUBLISH, now_ms, error) || !db_topic_find(db, statement->topic, row, &found, error) ||
        !db_topic_statement_find(db, statement->id, &there, &taken, error) || !db_topic_statement_count(db, statement->topic, &count, error))
        return false;
    if (!found || !talked_over(row->topic.state))
        return platform_refuse(error, "there is no such topic that is talked over now");
    if (taken || count >= TOPIC_STATEMENTS_MAX)
        return platform_refuse(error, taken ? "there is a statement of this id already" : "this topic has as many statements as it may");
    return db_topic_statement_add(db, statement->id, statement->topic, words, statement->resident, statement->by, now_ms, error) &&
           db_change_add(db, "topic", statement->topic, error);
}

bool topics_statement(struct platform *platform, const struct statement_new *statement, int64_t now_ms, GError **error)
{
    if (!id_fits(statement->id))
        return platform_refuse(error, "a statement's id is 1 to 32 letters, digits, - _ .");
    g_autofree char *words = topics_pair(statement->words, STATEMENT_BYTES, error);

    return words != NULL && db_begin(platform->db, true, error) &&
           db_end(platform->db, statement_in(platform->db, statement, words, now_ms, error), error);
}

static bool hide_in(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error)
{
    const char *const who[2] = {by, NULL};
    struct statement_row row;
    bool found = false;

    if (!topics_staff(db, who, 1, STAFF_PUBLISH, now_ms, error) || !db_topic_statement_find(db, id, &row, &found, error))
        return false;
    if (!found || row.hidden)
        return platform_refuse(error, "there is no such statement, or it is hidden already");
    return db_topic_statement_hide(db, id, error) && db_change_add(db, "topic", row.topic, error);
}

bool topics_statement_hide(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error)
{
    return db_begin(platform->db, true, error) && db_end(platform->db, hide_in(platform->db, id, by, now_ms, error), error);
}

/* ---- The clock ---- */

bool topics_clock(struct db *db, const char *id, int64_t now_ms, int *done, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    struct topic_move move = {.actor = TOPIC_BY_SYSTEM, .at_ms = now_ms};
    bool found = false;

    if (!db_topic_find(db, id, row, &found, error))
        return false;
    if (!found || !topic_due(&row->topic, now_ms, &move.step))
        return true;
    enum topic_state from = row->topic.state;
    if (topic_do(&row->topic, &move) != TOPIC_OK)
        return true;
    ++*done;
    struct topic_step_row step = {.at_ms = now_ms, .step = topic_step_name(move.step), .actor = actor_name(TOPIC_BY_SYSTEM), .staff_a = "",
                                  .staff_b = "", .note = ""};
    return written(db, row, from, &step, error);
}

bool topics_run(struct platform *platform, int64_t now_ms, int *done, GError **error)
{
    *done = 0;
    if (!db_begin(platform->db, true, error))
        return false;
    g_autoptr(GPtrArray) due = db_topics_due(platform->db, now_ms, error);
    bool ok = due != NULL;

    for (guint i = 0; ok && i < due->len; i++)
        ok = topics_clock(platform->db, g_ptr_array_index(due, i), now_ms, done, error);
    return db_end(platform->db, ok && db_topics_told_end(platform->db, now_ms, error), error);
}
