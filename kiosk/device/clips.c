/* SPDX-License-Identifier: Apache-2.0 */
#include "device/clips.h"

#include <string.h>

#define CHUNK_HEADER  8
#define RIFF_HEADER   12
#define BITS_AT       14 /* in the chunk "fmt " */
#define FORMAT_MIN    16
#define PCM_BITS      16

struct clips {
    GHashTable *files; /* language, line feed, text → path */
};

static char *key_of(const char *language, const char *text)
{
    return g_strdup_printf("%s\n%s", language, text);
}

static void load(struct clips *clips, const char *dir, const char *language)
{
    g_autofree char *name = g_strdup_printf("%s.clips", language), *path = g_build_filename(dir, name, NULL);
    g_autoptr(GKeyFile) list = g_key_file_new();
    g_auto(GStrv) files = NULL;
    g_autoptr(GError) error = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    if (!g_key_file_load_from_file(list, path, G_KEY_FILE_NONE, &error)) {
        g_message("recorded speech: %s", error->message);
        return;
    }
    files = g_key_file_get_keys(list, "clips", NULL, NULL);
    for (char **file = files; file != NULL && *file != NULL; file++) {
        g_autofree char *text = g_key_file_get_string(list, "clips", *file, NULL);

        if (text != NULL && *text != '\0' && strchr(*file, '/') == NULL)
            g_hash_table_replace(clips->files, key_of(language, text), g_build_filename(dir, *file, NULL));
    }
}

struct clips *clips_new(const char *dir)
{
    struct clips *clips = g_new0(struct clips, 1);

    clips->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (dir != NULL) {
        load(clips, dir, "zh_CN");
        load(clips, dir, "en");
    }
    return clips;
}

void clips_free(struct clips *clips)
{
    g_hash_table_unref(clips->files);
    g_free(clips);
}

const char *clips_find(const struct clips *clips, const char *language, const char *text)
{
    g_autofree char *key = key_of(language, text);

    return g_hash_table_lookup(clips->files, key);
}

static guint32 little(const guint8 *at, int bytes)
{
    guint32 value = 0;

    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

static void scale(guint8 *samples, gsize len, int num, int den)
{
    for (gsize i = 0; i + 1 < len; i += 2) {
        int value = (gint16)little(samples + i, 2) * num / den;
        guint16 clipped = (guint16)(gint16)CLAMP(value, G_MININT16, G_MAXINT16);

        samples[i] = (guint8)clipped;
        samples[i + 1] = (guint8)(clipped >> 8);
    }
}

void clips_scale(guint8 *wav, gsize len, int num, int den)
{
    gboolean pcm = FALSE;

    if (len < RIFF_HEADER || memcmp(wav, "RIFF", 4) != 0)
        return;
    for (gsize at = RIFF_HEADER; at + CHUNK_HEADER <= len;) {
        gsize room = len - at - CHUNK_HEADER, size = MIN(little(wav + at + 4, 4), room);
        guint8 *body = wav + at + CHUNK_HEADER;

        if (memcmp(wav + at, "fmt ", 4) == 0 && size >= FORMAT_MIN)
            pcm = little(body, 2) == 1 && little(body + BITS_AT, 2) == PCM_BITS;
        if (memcmp(wav + at, "data", 4) == 0 && pcm)
            scale(body, size, num, den);
        at += CHUNK_HEADER + size + size % 2;
    }
}
