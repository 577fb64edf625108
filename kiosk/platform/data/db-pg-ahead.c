/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-ahead.h"

#define AGAIN_MAX 16 /* more would end once more before they are wanted, likely */
#define ALL_MAX   4096 /* of some kilobytes each */
#define OLD_MAX   4096 /* as many */

/* The first is the community, which stays. */
static void values_free(struct db_value *values, int count)
{
    for (int i = 1; i < count; i++) {
        g_free((gpointer)values[i].text);
        g_free((gpointer)values[i].bytes);
    }
    g_free(values);
}

static struct db_value *values_copy(const struct db_value *values, int count)
{
    struct db_value *copy = g_memdup2(values, (gsize)count * sizeof *values);

    for (int i = 1; i < count; i++) {
        copy[i].text = g_strdup(values[i].kind == 's' ? values[i].text : NULL);
        copy[i].bytes = values[i].kind == 'b' && values[i].bytes != NULL ? g_memdup2(values[i].bytes, values[i].len) : NULL;
    }
    return copy;
}

static void result_free(gpointer result)
{
    PQclear(result);
}

static void answer_free(gpointer data)
{
    struct db_pg_answer *answer = data;

    PQclear(answer->result);
    values_free(answer->values, answer->count);
    g_free(answer);
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
    g_clear_pointer(&ahead->rests, g_ptr_array_unref);
    g_clear_pointer(&ahead->old, g_ptr_array_unref);
    g_clear_pointer(&ahead->answers, g_hash_table_unref);
    g_clear_error(&ahead->failed);
    *ahead = (struct db_pg_ahead){.asking = false};
}

void db_pg_ahead_fail(struct db_pg_ahead *ahead, GError *why)
{
    db_pg_ahead_clear(ahead);
    ahead->asking = true;
    ahead->failed = why;
}

bool db_pg_ahead_awaits(const struct db_pg_ahead *ahead)
{
    return ahead->asking && ahead->failed == NULL;
}

bool db_pg_ahead_complete(const struct db_pg_ahead *ahead, GError **error)
{
    if (ahead->failed != NULL)
        g_propagate_error(error, g_error_copy(ahead->failed));
    else if (ahead->asking && ahead->read != ahead->asked->len)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%u questions have %u answers", ahead->asked->len, ahead->read);
    else
        return true;
    return false;
}

void db_pg_ahead_begin(struct db_pg_ahead *ahead)
{
    db_pg_ahead_clear(ahead);
    ahead->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, answer_free);
    ahead->resting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    ahead->all = g_ptr_array_new();
    ahead->asked = g_ptr_array_new();
    ahead->old = g_ptr_array_new_with_free_func(result_free);
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
}

bool db_pg_ahead_full(struct db_pg_ahead *ahead)
{
    if (ahead->all->len < ALL_MAX)
        return false;
    g_ptr_array_set_size(ahead->rests, 0);
    return true;
}

bool db_pg_ahead_add(struct db_pg_ahead *ahead, const char *sql, const char *name, const struct db_value *values, int count)
{
    g_autofree char *key = key_of(sql, values, count);
    struct db_pg_answer *answer = g_hash_table_lookup(ahead->answers, key);
    bool is_new = answer == NULL;

    if (is_new) {
        answer = g_new0(struct db_pg_answer, 1);
        *answer = (struct db_pg_answer){.name = name, .values = values_copy(values, count), .count = count};
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

void db_pg_ahead_answer(struct db_pg_ahead *ahead, PGresult *result)
{
    g_assert(ahead->read < ahead->asked->len);
    struct db_pg_answer *answer = ahead->asked->pdata[ahead->read++];
    if (answer->result != NULL)
        g_ptr_array_add(ahead->old, answer->result);
    answer->result = result;
    answer->ended = false;
}

void db_pg_ahead_again(struct db_pg_ahead *ahead, struct db_pg_answer *first)
{
    g_ptr_array_set_size(ahead->asked, 0);
    ahead->read = 0;
    ahead->asking = true;
    g_ptr_array_add(ahead->asked, first);
    guint i = ahead->all->len;
    (void)g_ptr_array_find(ahead->all, first, &i); /* what was asked before it is hardly wanted any more */
    for (i++; i < ahead->all->len && ahead->asked->len < AGAIN_MAX; i++) {
        struct db_pg_answer *answer = ahead->all->pdata[i];
        if (answer->ended && answer->wanted > 0)
            g_ptr_array_add(ahead->asked, answer);
    }
}

struct db_pg_answer *db_pg_ahead_find(const struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count)
{
    if (!ahead->live)
        return NULL;
    g_autofree char *key = key_of(sql, values, count);
    struct db_pg_answer *answer = g_hash_table_lookup(ahead->answers, key);
    if (answer == NULL || answer->result == NULL || answer->wanted == 0)
        return NULL;
    return answer->ended && ahead->old->len + AGAIN_MAX > OLD_MAX ? NULL : answer;
}

void db_pg_ahead_rests(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    if (db_pg_ahead_awaits(ahead))
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
