/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-pg-ahead.h"

struct answer {
    PGresult *result; /* NULL: under way */
    bool ended;
};

static void answer_free(gpointer data)
{
    struct answer *answer = data;

    PQclear(answer->result);
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
    g_clear_pointer(&ahead->asked, g_ptr_array_unref);
    g_clear_pointer(&ahead->rests, g_ptr_array_unref);
    g_clear_pointer(&ahead->answers, g_hash_table_unref);
    *ahead = (struct db_pg_ahead){.asking = false};
}

void db_pg_ahead_begin(struct db_pg_ahead *ahead)
{
    db_pg_ahead_clear(ahead);
    ahead->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, answer_free);
    ahead->resting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    ahead->asked = g_ptr_array_new();
    ahead->rests = g_ptr_array_new_with_free_func(g_free);
    ahead->asking = ahead->live = true;
}

static void rest_on(struct db_pg_ahead *ahead, const char *place, struct answer *answer)
{
    GPtrArray *list = g_hash_table_lookup(ahead->resting, place);

    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(ahead->resting, g_strdup(place), list);
    }
    g_ptr_array_add(list, answer);
}

bool db_pg_ahead_add(struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count)
{
    g_autofree char *key = key_of(sql, values, count);
    bool is_new = !g_hash_table_contains(ahead->answers, key);

    if (is_new) {
        struct answer *answer = g_new0(struct answer, 1);
        for (guint i = 0; i < ahead->rests->len; i++)
            rest_on(ahead, ahead->rests->pdata[i], answer);
        g_ptr_array_add(ahead->asked, answer);
        g_hash_table_insert(ahead->answers, g_steal_pointer(&key), answer);
    }
    g_ptr_array_set_size(ahead->rests, 0);
    return is_new;
}

void db_pg_ahead_answer(struct db_pg_ahead *ahead, PGresult *result)
{
    g_assert(ahead->read < ahead->asked->len);
    ((struct answer *)ahead->asked->pdata[ahead->read++])->result = result;
}

PGresult *db_pg_ahead_find(const struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count)
{
    if (!ahead->live)
        return NULL;
    g_autofree char *key = key_of(sql, values, count);
    const struct answer *answer = g_hash_table_lookup(ahead->answers, key);
    return answer != NULL && !answer->ended ? answer->result : NULL;
}

void db_pg_ahead_rests(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    if (ahead->asking)
        g_ptr_array_add(ahead->rests, place_of(topic, key));
}

void db_pg_ahead_touches(struct db_pg_ahead *ahead, const char *topic, const char *key)
{
    if (!ahead->live)
        return;
    ahead->told = true;
    if (topic == NULL)
        return;
    g_autofree char *place = place_of(topic, key);
    GPtrArray *list = g_hash_table_lookup(ahead->resting, place);
    for (guint i = 0; list != NULL && i < list->len; i++)
        ((struct answer *)list->pdata[i])->ended = true;
}

void db_pg_ahead_wrote(struct db_pg_ahead *ahead)
{
    if (!ahead->told)
        ahead->live = false;
    ahead->told = false;
}
