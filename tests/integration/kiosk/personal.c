/* SPDX-License-Identifier: Apache-2.0 */
#include "personal.h"
#include "model/model.h"

#include <ftw.h>
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* ---- What is looked for --------------------------------------------------------------------------------------------- */

static void add(GPtrArray *texts, const char *text)
{
    if (text != NULL && strlen(text) >= 5)
        g_ptr_array_add(texts, g_strdup(text));
}

/* As it is, and as a screen shows it: a masked name is personal too. A building alone is not: all of them are a list for everybody. */
static void add_person(GPtrArray *texts, json_t *person)
{
    static const char *const MEMBERS[] = {"card_number", "name", "id_number", "phone", "address"};
    g_autofree char *name = mask_name(json_string_value(json_object_get(person, "name")));
    g_autofree char *phone = mask_phone(json_string_value(json_object_get(person, "phone")));

    for (size_t i = 0; i < G_N_ELEMENTS(MEMBERS); i++)
        add(texts, json_string_value(json_object_get(person, MEMBERS[i])));
    add(texts, name);
    add(texts, phone);
}

static GPtrArray *personal(void)
{
    static GPtrArray *texts;
    json_t *personas, *person;
    size_t at = 0;

    if (texts != NULL)
        return texts;
    texts = g_ptr_array_new_with_free_func(g_free);
    personas = json_load_file(COMMUNITY "/personas.json", 0, NULL);
    json_array_foreach(json_object_get(personas, "cards"), at, person)
    {
        add_person(texts, person);
    }
    json_decref(personas);
    g_assert_cmpuint(texts->len, >, 40);
    return texts;
}

/* Keys of the kiosk, by what stands beside them. */
static const char *const KEYS[] = {"PRIVATE KEY", "index_key", NULL};

/* The text that stands in these bytes, NULL none. */
static const char *found_in(const char *bytes, gsize len)
{
    GPtrArray *texts = personal();

    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        if (memmem(bytes, len, text, strlen(text)) != NULL)
            return text;
    }
    return NULL;
}

/* ---- Files ------------------------------------------------------------------------------------------------------------ */

static unsigned files, events_seen;

static int look(const char *path, const struct stat *info, int type, struct FTW *at)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;

    if (!S_ISREG(info->st_mode))
        return 0;
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    const char *found = found_in(bytes, len);
    for (size_t i = 0; found == NULL && KEYS[i] != NULL; i++)
        if (memmem(bytes, len, KEYS[i], strlen(KEYS[i])) != NULL)
            found = KEYS[i];
    if (found != NULL)
        g_error("%s holds \"%s\" in clear", path, found);
    files++;
    /* The search is worth something: what has to be there is found in the same way. */
    events_seen += memmem(bytes, len, "\"sealed\"", 8) != NULL || memmem(bytes, len, "payment.committing", 18) != NULL;
    return 0;
}

void personal_assert_files(const char *dir)
{
    files = events_seen = 0;
    g_assert_cmpint(nftw(dir, look, 16, FTW_PHYS), ==, 0);
    g_assert_cmpuint(files, >=, 5);
    g_assert_cmpuint(events_seen, >=, 2);
}

void personal_assert_database(const char *dir)
{
    static const char *const NAMES[] = {"platform.db", "platform.db-wal"};

    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_autofree char *path = g_build_filename(dir, NAMES[i], NULL), *bytes = NULL;
        gsize len = 0;
        bool there = g_file_get_contents(path, &bytes, &len, NULL);
        g_assert_true(there || i > 0); /* a WAL there may be or not */
        const char *found = there ? found_in(bytes, len) : NULL;
        if (found != NULL)
            g_error("%s holds \"%s\" in clear", path, found);
    }
}

/* ---- Log ---------------------------------------------------------------------------------------------------------------- */

static GMutex log_lock;
static GString *log_text;

static GLogWriterOutput remember(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
    g_mutex_lock(&log_lock);
    for (gsize i = 0; i < count; i++)
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            g_string_append_printf(log_text, "%s\n", (const char *)fields[i].value);
    g_mutex_unlock(&log_lock);
    return g_log_writer_default(level, fields, count, data);
}

void personal_listen(void)
{
    if (log_text != NULL)
        return;
    log_text = g_string_new(NULL);
    g_log_set_writer_func(remember, NULL, NULL);
}

void personal_assert_log(void)
{
    g_mutex_lock(&log_lock);
    const char *found = found_in(log_text->str, log_text->len);
    g_mutex_unlock(&log_lock);
    if (found != NULL)
        g_error("the log holds \"%s\"", found);
}
