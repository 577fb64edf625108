/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-ahead.h"

#define AGAIN_MAX 64
#define ALL_MAX   4096 /* of some kilobytes each */
#define PARTS_MAX 4096 /* as many; rows of what ended may be open */

static void answer_free(gpointer data)
{
    struct db_pg_answer *answer = data;

    g_ptr_array_unref(answer->places);
    db_pg_row_free(answer->values, answer->count);
    g_free(answer);
}

static void group_free(gpointer data)
{
    struct db_pg_group *group = data;

    g_ptr_array_unref(group->answers);
    g_free(group);
}

/* What came for a group, and its rows in the order of its answers. */
struct part {
    PGresult *result;
    int *rows;
};

static void part_free(gpointer data)
{
    struct part *part = data;

    PQclear(part->result);
    g_free(part->rows);
    g_free(part);
}

static void key_add(GString *key, const struct db_value *value)
{
    if (value->kind == 'i')
        g_string_append_printf(key, "i%" G_GINT64_FORMAT "|", value->number);
    else if (value->kind == 's' && value->text != NULL)
        g_string_append_printf(key, "s%zu:%s|", strlen(value->text), value->text);
    else if (value->kind == 'b' && value->bytes != NULL)
        for (size_t i = 0; i < value->len; i++)
            g_string_append_printf(key, "%02x", ((const uint8_t *)value->bytes)[i]);
    g_string_append_c(key, value->kind);
}

/* A question is its literal and its values. g_free. */
static char *key_of(const char *sql, const struct db_value *values, int count)
{
    GString *key = g_string_sized_new(256);

    g_string_append_printf(key, "%p", (const void *)sql);
    for (int i = 1; i < count; i++) /* the first is the community, always the same */
        key_add(key, &values[i]);
    return g_string_free(key, FALSE);
}

static char *place_of(const char *topic, const char *key)
{
    return g_strconcat(topic, "|", key, NULL);
}

void db_pg_ahead_clear(struct db_pg_ahead *ahead)
{
    g_clear_pointer(&ahead->resting, g_hash_table_unref);
    g_clear_pointer(&ahead->all, g_ptr_array_unref);
    g_clear_pointer(&ahead->asked, g_ptr_array_unref);
    g_clear_pointer(&ahead->groups, g_ptr_array_unref);
    g_clear_pointer(&ahead->rests, g_ptr_array_unref);
    g_clear_pointer(&ahead->parts, g_ptr_array_unref);
    g_clear_pointer(&ahead->answers, g_hash_table_unref);
    *ahead = (struct db_pg_ahead){.asking = false};
}

bool db_pg_ahead_complete(const struct db_pg_ahead *ahead, GError **error)
{
    if (ahead->read == ahead->groups->len)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "of %u questions %u have answers", ahead->groups->len, ahead->read);
    return false;
}

void db_pg_ahead_begin(struct db_pg_ahead *ahead)
{
    db_pg_ahead_clear(ahead);
    ahead->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, answer_free);
    ahead->resting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    ahead->all = g_ptr_array_new();
    ahead->asked = g_ptr_array_new();
    ahead->groups = g_ptr_array_new_with_free_func(group_free);
    ahead->parts = g_ptr_array_new_with_free_func(part_free);
    ahead->rests = g_ptr_array_new_with_free_func(g_free);
    ahead->asking = ahead->live = true;
}

static void rest_on(struct db_pg_ahead *ahead, const char *place, struct db_pg_answer *answer)
{
    GPtrArray *list = g_hash_table_lookup(ahead->resting, place);

    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(ahead->resting, g_strdup(place), list);
    }
    g_ptr_array_add(list, answer);
    g_ptr_array_add(answer->places, list);
}

bool db_pg_ahead_full(struct db_pg_ahead *ahead)
{
    if (ahead->all->len < ALL_MAX)
        return false;
    g_ptr_array_set_size(ahead->rests, 0);
    return true;
}

bool db_pg_ahead_add(struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count)
{
    g_autofree char *key = key_of(sql, values, count);
    struct db_pg_answer *answer = g_hash_table_lookup(ahead->answers, key);
    bool is_new = answer == NULL;

    if (is_new) {
        answer = g_new0(struct db_pg_answer, 1);
        *answer = (struct db_pg_answer){.sql = sql, .values = db_pg_row_copy(values, count), .count = count, .places = g_ptr_array_new()};
        for (guint i = 0; i < ahead->rests->len; i++)
            rest_on(ahead, ahead->rests->pdata[i], answer);
        g_ptr_array_add(ahead->all, answer);
        g_ptr_array_add(ahead->asked, answer);
        g_hash_table_insert(ahead->answers, g_steal_pointer(&key), answer);
    }
    answer->wanted++;
    g_ptr_array_set_size(ahead->rests, 0);
    return is_new;
}

static struct db_pg_group *group_of(struct db_pg_ahead *ahead, const struct db_pg_answer *answer)
{
    for (guint i = 0; i < ahead->groups->len; i++) {
        struct db_pg_group *group = ahead->groups->pdata[i];
        if (group->sql == answer->sql)
            return group;
    }
    struct db_pg_group *group = g_new(struct db_pg_group, 1);
    *group = (struct db_pg_group){answer->sql, answer->count, g_ptr_array_new()};
    g_ptr_array_add(ahead->groups, group);
    return group;
}

void db_pg_ahead_send(struct db_pg_ahead *ahead)
{
    g_ptr_array_set_size(ahead->groups, 0);
    for (guint i = 0; i < ahead->asked->len; i++)
        g_ptr_array_add(group_of(ahead, ahead->asked->pdata[i])->answers, ahead->asked->pdata[i]);
    g_ptr_array_set_size(ahead->asked, 0);
    ahead->read = 0;
    ahead->asking = false;
    ahead->awaits = true;
}

/* Which of a group's questions a row answers, from 0. */
static guint question_of(const PGresult *result, int row, guint questions)
{
    int64_t at = g_ascii_strtoll(PQgetvalue(result, row, PQnfields(result) - 1), NULL, 10) - 1;

    g_assert(at >= 0 && at < (int64_t)questions);
    return (guint)at;
}

/* Rows of several answers: each one's together, and in the order in which they came. */
static void part_deal(struct part *part, const struct db_pg_group *group)
{
    int rows = PQntuples(part->result), at = 0;
    g_autofree int *next = g_new0(int, group->answers->len);

    part->rows = g_new(int, rows + 1);
    for (int i = 0; i < rows; i++)
        next[question_of(part->result, i, group->answers->len)]++;
    for (guint i = 0; i < group->answers->len; i++) {
        struct db_pg_answer *answer = group->answers->pdata[i];
        answer->slice = (struct db_pg_slice){part->result, part->rows + at, next[i]};
        next[i] = at;
        at += answer->slice.count;
    }
    for (int i = 0; i < rows; i++)
        part->rows[next[question_of(part->result, i, group->answers->len)]++] = i;
}

void db_pg_ahead_answer(struct db_pg_ahead *ahead, PGresult *result)
{
    g_assert(ahead->read < ahead->groups->len);
    const struct db_pg_group *group = ahead->groups->pdata[ahead->read++];
    struct part *part = g_new0(struct part, 1);

    part->result = result;
    g_ptr_array_add(ahead->parts, part);
    if (group->answers->len > 1)
        part_deal(part, group);
    else
        ((struct db_pg_answer *)group->answers->pdata[0])->slice = (struct db_pg_slice){result, NULL, PQntuples(result)};
    for (guint i = 0; i < group->answers->len; i++)
        ((struct db_pg_answer *)group->answers->pdata[i])->ended = false;
}

/* By one that will be wanted before it, and whose event likely writes what both rest on. */
static bool ends_again(const struct db_pg_answer *answer, GHashTable *places)
{
    bool ends = false;

    for (guint i = 0; i < answer->places->len; i++)
        ends = !g_hash_table_add(places, answer->places->pdata[i]) || ends;
    return ends;
}

void db_pg_ahead_again(struct db_pg_ahead *ahead, struct db_pg_answer *first)
{
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
    guint i = ahead->all->len;

    g_ptr_array_add(ahead->asked, first);
    (void)ends_again(first, places);
    (void)g_ptr_array_find(ahead->all, first, &i); /* what was asked before it is hardly wanted any more */
    for (i++; i < ahead->all->len && ahead->asked->len < AGAIN_MAX; i++) {
        struct db_pg_answer *answer = ahead->all->pdata[i];
        if (answer->wanted > 0 && !ends_again(answer, places) && answer->ended)
            g_ptr_array_add(ahead->asked, answer);
    }
}

struct db_pg_answer *db_pg_ahead_find(const struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count)
{
    if (!ahead->live)
        return NULL;
    g_autofree char *key = key_of(sql, values, count);
    struct db_pg_answer *answer = g_hash_table_lookup(ahead->answers, key);
    if (answer == NULL || answer->slice.result == NULL || answer->wanted == 0)
        return NULL;
    return answer->ended && ahead->parts->len >= PARTS_MAX ? NULL : answer;
}

void db_pg_ahead_rests(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    if (ahead->asking)
        g_ptr_array_add(ahead->rests, place_of(topic, key));
}

void db_pg_ahead_forget(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    if (!ahead->live)
        return;
    g_autofree char *place = place_of(topic, key);
    GPtrArray *list = g_hash_table_lookup(ahead->resting, place);
    for (guint i = 0; list != NULL && i < list->len; i++)
        ((struct db_pg_answer *)list->pdata[i])->ended = true;
}

void db_pg_ahead_touches(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    ahead->told = ahead->live;
    if (topic != NULL)
        db_pg_ahead_forget(ahead, topic, key);
}

void db_pg_ahead_wrote(struct db_pg_ahead *ahead)
{
    if (!ahead->told)
        ahead->live = false;
    ahead->told = false;
}
