/* SPDX-License-Identifier: Apache-2.0 */
/* Topics of the community and residents' opinions. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "platform/persons/access.h"
#include "platform/topics/topics.h"
#include "model/clock.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

#define LIST_BYTES_MAX (64 * 1024 * 1024)

struct entry {
    char *data_dir, *topic, *file, *step, *statement, *id, *until, *meeting, *reason, *other, *electorate, *rule, *zh, *en;
    char **by;
    gint64 threshold;
    gboolean all, json, special, binding, resident;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->topic, &entry->file, &entry->step, &entry->statement, &entry->id, &entry->until,
                      &entry->meeting, &entry->reason, &entry->other, &entry->electorate, &entry->rule, &entry->zh, &entry->en};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&entry->by, g_strfreev);
}

/* One name, and no second one. */
static const char *one(const struct entry *entry)
{
    return entry->by != NULL && g_strv_length(entry->by) == 1 ? entry->by[0] : NULL;
}

static json_t *file_json(const struct entry *entry, GError **error)
{
    json_error_t where = {0};
    json_t *json = entry->file != NULL ? json_load_file(entry->file, JSON_REJECT_DUPLICATES, &where) : NULL;

    if (json == NULL)
        command_wrong(error, entry->file == NULL ? "--file FILE is needed" : "the file is no JSON: topics/README.md");
    return json;
}

static json_t *pair_of(const struct entry *entry)
{
    return entry->zh != NULL && entry->en != NULL ? json_pack("{s:s, s:s}", "zh", entry->zh, "en", entry->en) : NULL;
}

/* ---- Topics ---- */

static bool add(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->topic == NULL || one(entry) == NULL)
        return command_wrong(error, "--topic ID --file FILE --by STAFF are needed");
    json_t *words = file_json(entry, error);
    bool ok = words != NULL && topics_add(platform, entry->topic, words, one(entry), now_ms(), error);

    json_decref(words);
    return ok;
}

/* adults, households, or the file of a list; NONE: it was not said. */
static bool electorate_read(const struct entry *entry, struct topic_order *order, char **list, GError **error)
{
    gsize len = 0;

    if (entry->electorate == NULL)
        return true;
    if (strcmp(entry->electorate, "adults") == 0)
        order->kind = ELECTORATE_ADULTS;
    else if (strcmp(entry->electorate, "households") == 0)
        order->kind = ELECTORATE_HOUSEHOLDS;
    else
        order->kind = ELECTORATE_LIST;
    if (order->kind != ELECTORATE_LIST)
        return true;
    if (!g_file_get_contents(entry->electorate, list, &len, error))
        return false;
    order->list = *list;
    return (len <= LIST_BYTES_MAX && strlen(*list) == len) || command_wrong(error, "the list is too long, or no text");
}

static bool order_read(const struct entry *entry, struct topic_order *order, char **list, GError **error)
{
    size_t people = entry->by != NULL ? g_strv_length(entry->by) : 0;

    if (entry->topic == NULL || entry->step == NULL || !topic_step_parse(entry->step, &order->step) || people < 1 || people > 2)
        return command_wrong(error, "--topic ID, --step submit|accept|return|merge|deliberate|open|decide|execute|milestone|report|withdraw and"
                                    " --by STAFF (twice to open and to decide) are needed");
    if (!command_moment(entry->until, &order->until_ms) || !command_moment(entry->meeting, &order->meeting_ms))
        return command_wrong(error, "a time is written 2026-12-01T18:00:00+08:00");
    order->by[0] = entry->by[0];
    order->by[1] = people == 2 ? entry->by[1] : NULL;
    order->milestones = order->step == TOPIC_EXECUTE ? file_json(entry, error) : NULL;
    return (order->step != TOPIC_EXECUTE || order->milestones != NULL) && electorate_read(entry, order, list, error);
}

static bool step(struct platform *platform, struct entry *entry, GError **error)
{
    struct topic_order order = {.topic = entry->topic, .reason = entry->reason, .other = entry->other, .threshold = entry->threshold,
                                .special = entry->special, .binding = entry->binding, .rule = entry->rule, .answer = pair_of(entry)};
    g_autofree char *list = NULL;
    bool ok = order_read(entry, &order, &list, error) && topics_step(platform, &order, now_ms(), error);

    json_decref(order.answer);
    json_decref(order.milestones);
    return ok;
}

static bool statement(struct platform *platform, struct entry *entry, GError **error)
{
    struct statement_new new = {.id = entry->statement, .topic = entry->topic, .by = one(entry), .words = pair_of(entry),
                                .resident = entry->resident};
    bool ok = new.id != NULL && new.topic != NULL && new.by != NULL && new.words != NULL;

    ok = ok ? topics_statement(platform, &new, now_ms(), error)
            : command_wrong(error, "--topic ID --statement ID --zh TEXT --en TEXT --by STAFF [--resident] are needed");
    json_decref(new.words);
    return ok;
}

static bool hide(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->statement == NULL || one(entry) == NULL)
        return command_wrong(error, "--statement ID --by STAFF are needed");
    return topics_statement_hide(platform, entry->statement, one(entry), now_ms(), error);
}

/* ---- Looking ---- */

static json_t *topic_json(struct db *db, const char *id, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    int64_t wishes = 0, voted = 0, voted_cm2 = 0;
    bool found = false;

    if (!db_topic_find(db, id, row, &found, error) || !db_wish_count(db, id, &wishes, error) ||
        !db_turnout_sum(db, id, &voted, &voted_cm2, error))
        return NULL;
    if (!found) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such topic");
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:o*, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:o*}", "id", row->id, "state", topic_state_name(row->topic.state),
                     "author", row->author, "words", json_loads(row->words, 0, NULL), "threshold", (json_int_t)row->topic.threshold, "support",
                     (json_int_t)row->topic.support, "until_ms", (json_int_t)row->topic.until_ms, "electorate", row->electorate, "units",
                     (json_int_t)row->units, "area_cm2", (json_int_t)row->area_cm2, "voted", (json_int_t)voted, "wishes", (json_int_t)wishes,
                     "result", *row->result != '\0' ? json_loads(row->result, 0, NULL) : NULL);
}

static json_t *list_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autoptr(GPtrArray) ids = db_topics(db, entry->all, error);
    json_t *out = ids != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < ids->len; i++) {
        json_t *one_of_them = topic_json(db, g_ptr_array_index(ids, i), error);
        if (one_of_them == NULL)
            g_clear_pointer(&out, json_decref);
        else
            json_array_append_new(out, one_of_them);
    }
    return out;
}

static json_t *show_in(struct db *db, const struct entry *entry, GError **error)
{
    json_t *topic = topic_json(db, entry->topic, error), *steps = topic != NULL ? db_topic_steps(db, entry->topic, error) : NULL;

    if (steps == NULL) {
        json_decref(topic);
        return NULL;
    }
    json_object_set_new(topic, "steps", steps);
    return json_pack("[o]", topic);
}

static json_t *codes_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    g_autoptr(GPtrArray) codes = db_paper_codes(db, entry->topic, error);
    bool found = false;

    if (codes == NULL || !db_topic_find(db, entry->topic, row, &found, error))
        return NULL;
    if (*row->result == '\0') {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the codes of papers are told when the ballot is decided");
        return NULL;
    }
    json_t *out = json_array();
    for (guint i = 0; i < codes->len; i++)
        json_array_append_new(out, json_pack("{s:s}", "id", (const char *)g_ptr_array_index(codes, i)));
    return out;
}

static void print_row(json_t *row)
{
    const char *state = json_string_value(json_object_get(row, "state")), *theme = json_string_value(json_object_get(row, "theme"));

    printf("%s", json_string_value(json_object_get(row, "id")));
    if (state != NULL)
        printf("  %-12s  support %" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT "  %s", state, json_integer_value(json_object_get(row, "support")),
               json_integer_value(json_object_get(row, "threshold")),
               json_string_value(json_object_get(json_object_get(json_object_get(row, "words"), "title"), "en")));
    if (theme != NULL)
        printf("  %-11s %-8s %s", theme, json_integer_value(json_object_get(row, "answered_ms")) != 0 ? "answered" : "OPEN",
               json_string_value(json_object_get(row, "words")));
    printf("\n");
}

static bool told(json_t *rows, bool json)
{
    json_t *row;
    size_t i;

    if (rows == NULL || json)
        return rows != NULL && command_print_json(rows);
    json_array_foreach(rows, i, row)
    {
        print_row(row);
    }
    json_decref(rows);
    return true;
}

typedef json_t *(*look_fn)(struct db *db, const struct entry *entry, GError **error);

static bool look(struct platform *platform, const struct entry *entry, look_fn in, bool json, GError **error)
{
    json_t *rows = NULL;

    if (db_begin(platform->db, false, error)) {
        rows = in(platform->db, entry, error);
        db_rollback(platform->db);
    }
    return told(rows, json);
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    return look(platform, entry, list_in, entry->json, error);
}

static bool show(struct platform *platform, struct entry *entry, GError **error)
{
    return entry->topic != NULL ? look(platform, entry, show_in, true, error) : command_wrong(error, "--topic ID is needed");
}

static bool codes(struct platform *platform, struct entry *entry, GError **error)
{
    return entry->topic != NULL ? look(platform, entry, codes_in, entry->json, error) : command_wrong(error, "--topic ID is needed");
}

static bool check(struct platform *platform, struct entry *entry, GError **error)
{
    char *broken = NULL;
    int64_t count = 1;
    bool ok = db_begin(platform->db, false, error);

    if (!ok)
        return false;
    ok = entry->topic != NULL ? ballots_check(platform->db, entry->topic, &broken, error) : ballots_check_all(platform->db, &count, &broken, error);
    db_rollback(platform->db);
    if (ok && broken != NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, broken);
    else if (ok)
        printf("%" G_GINT64_FORMAT " right\n", count);
    ok = ok && broken == NULL;
    g_free(broken);
    return ok;
}

/* ---- Opinions ---- */

static bool opinions(struct platform *platform, struct entry *entry, GError **error)
{
    return told(opinions_list(platform, entry->all, error), entry->json);
}

static bool answer(struct platform *platform, struct entry *entry, GError **error)
{
    json_t *words = pair_of(entry);
    bool ok = uuid_valid(entry->id) && words != NULL && one(entry) != NULL;

    ok = ok ? opinions_answer(platform, entry->id, words, one(entry), now_ms(), error)
            : command_wrong(error, "--id ID --zh TEXT --en TEXT --by STAFF are needed");
    json_decref(words);
    return ok;
}

static bool link_to(struct platform *platform, struct entry *entry, GError **error)
{
    if (!uuid_valid(entry->id) || entry->topic == NULL || one(entry) == NULL)
        return command_wrong(error, "--id ID --topic ID --by STAFF are needed");
    return opinions_link(platform, entry->id, entry->topic, one(entry), now_ms(), error);
}

/* ---- The commands ---- */

static const struct command_action OF_TOPICS[] = {{"list", list}, {"show", show}, {"add", add}, {"step", step}, {"statement", statement},
                                          {"hide", hide}, {"check", check}, {"codes", codes}, {NULL, NULL}};
static const struct command_action OF_OPINIONS[] = {{"list", opinions}, {"answer", answer}, {"link", link_to}, {NULL, NULL}};

static bool command(int *argc, char ***argv, const char *name, const struct command_action *actions, GError **error)
{
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"topic", 0, 0, G_OPTION_ARG_STRING, &entry.topic, "which topic", "ID"},
        {"file", 0, 0, G_OPTION_ARG_FILENAME, &entry.file, "words of a draft, or milestones, as JSON", "FILE"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "what happens to it", "STEP"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &entry.by, "who of the register answers for it", "STAFF"},
        {"threshold", 0, 0, G_OPTION_ARG_INT64, &entry.threshold, "how much support is needed", "N"},
        {"until", 0, 0, G_OPTION_ARG_STRING, &entry.until, "before this moment", "TIME"},
        {"meeting", 0, 0, G_OPTION_ARG_STRING, &entry.meeting, "when it is talked over", "TIME"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why", "TEXT"},
        {"other", 0, 0, G_OPTION_ARG_STRING, &entry.other, "the topic that it is merged into", "ID"},
        {"electorate", 0, 0, G_OPTION_ARG_STRING, &entry.electorate, "adults, households, or a file with a card's number and an area in cm² a line", "WHO"},
        {"special", 0, 0, G_OPTION_ARG_NONE, &entry.special, "three quarters have to be for it", NULL},
        {"binding", 0, 0, G_OPTION_ARG_NONE, &entry.binding, "it binds, by --rule; else it advises", NULL},
        {"rule", 0, 0, G_OPTION_ARG_STRING, &entry.rule, "what makes it binding", "TEXT"},
        {"zh", 0, 0, G_OPTION_ARG_STRING, &entry.zh, "the answer, or the statement", "TEXT"},
        {"en", 0, 0, G_OPTION_ARG_STRING, &entry.en, "the same in English", "TEXT"},
        {"statement", 0, 0, G_OPTION_ARG_STRING, &entry.statement, "which statement", "ID"},
        {"resident", 0, 0, G_OPTION_ARG_NONE, &entry.resident, "a resident said so", NULL},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "which opinion", "ID"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "those that are over, too", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(argc, argv, name, entries, &what, error) && command_act(actions, what, entry.data_dir, NULL, &entry, error);

    entry_clear(&entry);
    return ok;
}

bool command_topic(int argc, char **argv, GError **error)
{
    return command(&argc, &argv, "citycard-platform topic", OF_TOPICS, error);
}

bool command_opinion(int argc, char **argv, GError **error)
{
    return command(&argc, &argv, "citycard-platform opinion", OF_OPINIONS, error);
}
