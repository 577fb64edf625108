/* SPDX-License-Identifier: Apache-2.0 */
/* Every scene, in every text size and both languages, on a high and on a wide panel: the audit finds nothing. With
 * CITYCARD_SHOTS=FOLDER each is saved as a picture. */
#include "audit.h"
#include "flow.h"
#include "scenes.h"

struct setting {
    const char *shape;
    int width, height;
    enum language language;
    enum text_size size;
};

static const char *const size_names[TEXT_SIZE_COUNT] = {"std", "large", "xlarge"};

/* A scene for itself: a new stage, so that none leans on the one before. */
static unsigned run_scene(const struct setting *setting, const struct scene *scene)
{
    struct stage *stage = 
        stage_new_serving(setting->width, setting->height, setting->language, setting->size, scene->services);
    g_autofree char *name = g_strdup_printf("%s-%s-%s-%s", scene->name, setting->shape, size_names[setting->size],
                                            texts_code(setting->language));
    GString *report;
    unsigned bad;

    scene->play(stage);
    stage_assert_page(stage, scene->page);
    stage_shot(stage, name);
    report = audit_window(ui_window(stage->ui), setting->width, setting->height);
    bad = report->len > 0;
    if (bad)
        g_test_message("%s:\n%s", name, report->str);
    g_string_free(report, TRUE);
    stage_free(stage);
    return bad;
}

static void test_setting(gconstpointer data)
{
    const struct setting *setting = data;
    const char *only = g_getenv("CITYCARD_SCENE");
    unsigned bad = 0, seen = 0;

    for (size_t i = 0; i < scene_count; i++)
        if (only == NULL || strcmp(only, scenes[i].name) == 0) {
            bad += run_scene(setting, &scenes[i]);
            seen++;
        }
    g_assert_cmpuint(seen, >, 0);
    if (bad > 0)
        g_test_fail_printf("%u of %u scenes", bad, seen);
}

static void add_shape(const char *shape, int width, int height)
{
    for (int language = 0; language < LANGUAGE_COUNT; language++)
        for (int size = 0; size < TEXT_SIZE_COUNT; size++) {
            struct setting *setting = g_new0(struct setting, 1);
            g_autofree char *path = g_strdup_printf("/ui/layout/%s/%s/%s", shape, texts_code((enum language)language),
                                                    size_names[size]);

            *setting = (struct setting){shape, width, height, (enum language)language, (enum text_size)size};
            g_test_add_data_func_full(path, setting, test_setting, g_free);
        }
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    const char *only = argc > 1 ? argv[1] : NULL; /* one shape a process, so that both cores have work */
    if (only == NULL || strcmp(only, "portrait") == 0)
        add_shape("portrait", 1080, 1920);
    if (only == NULL || strcmp(only, "landscape") == 0)
        add_shape("landscape", 1280, 800);
    return g_test_run();
}
