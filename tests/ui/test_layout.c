/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every scene, in both languages, in every text size on a high and on a wide panel: the audit finds nothing. On a wider one in
 * the largest English, which has the longest words; both colourings on the high one in standard size, as no colour changes
 * with the size. CITYCARD_AUDIT=full does all of it everywhere; CITYCARD_SHOTS=FOLDER saves each page as a picture, and a
 * contact sheet of each setting.
 */
#include "audit.h"
#include "audit_paint.h"
#include "contact.h"
#include "flow.h"
#include "scenes.h"

#include <stdio.h>

struct setting {
    const char *shape;
    int width, height;
    enum language language;
    enum text_size size;
    bool colours, low;
};

static const char *const size_names[TEXT_SIZE_COUNT] = {"std", "large", "xlarge"};
static unsigned pages, violations;

static char *name_of(const struct setting *setting, const char *scene)
{
    return g_strdup_printf("%s-%s-%s-%s%s", scene, setting->shape, size_names[setting->size], texts_code(setting->language),
                           setting->low ? "-low" : "");
}

static unsigned lines_of(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static bool look(GString *report, const char *name, const char *what)
{
    bool bad = report->len > 0;

    if (bad)
        g_test_message("%s%s:\n%s", name, what, report->str);
    pages++;
    violations += lines_of(report->str);
    g_string_free(report, TRUE);
    return bad;
}

/* As it is, with the rings of the focus, and in the other colouring, whose edges are broader. */
static bool look_at_colours(struct stage *stage, const char *name)
{
    GtkWindow *window = ui_window(stage->ui);
    bool bad;

    audit_focus_all(window, TRUE);
    stage_settle(stage);
    bad = look(audit_paint(window), name, " (colours)");
    theme_set_contrast(GTK_WIDGET(window), !stage->ui->contrast);
    stage_settle(stage);
    bad = look(audit_paint(window), name, " (other colours)") || bad;
    audit_focus_all(window, FALSE);
    return look(audit_window(stage->ui), name, " (other colours)") || bad;
}

static void keep_picture(struct stage *stage, const char *folder, const char *name, struct contact *contact)
{
    g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
    cairo_surface_t *picture = stage_picture(stage);

    g_assert_cmpint(cairo_surface_write_to_png(picture, path), ==, CAIRO_STATUS_SUCCESS);
    contact_add(contact, picture);
    cairo_surface_destroy(picture);
}

/* "Still there?" stands over the page. */
static bool is_asked(struct ui *ui)
{
    GtkWidget *overlay = gtk_window_get_child(ui_window(ui));

    return gtk_widget_get_first_child(overlay) != gtk_widget_get_last_child(overlay);
}

/* A scene for itself: a new stage, so that none leans on the one before. */
static bool run_scene(const struct setting *setting, const struct scene *scene, struct contact *contact)
{
    struct stage *stage =
        stage_new_serving(setting->width, setting->height, setting->language, setting->size, scene->services);
    g_autofree char *name = name_of(setting, scene->name);
    bool bad;

    scene->play(stage);
    stage_assert_page(stage, scene->page);
    if (setting->low && !is_asked(stage->ui)) { /* nobody moves the page then */
        flow_set_low(stage->ui, true);
        stage_settle(stage);
    }
    if (contact != NULL)
        keep_picture(stage, g_getenv("CITYCARD_SHOTS"), name, contact);
    bad = look(audit_window(stage->ui), name, "");
    if (setting->colours)
        bad = look_at_colours(stage, name) || bad;
    stage_free(stage);
    return bad;
}

static void save_contact(struct contact *contact, const struct setting *setting)
{
    g_autofree char *name = name_of(setting, "contact");
    g_autofree char *path = g_strdup_printf("%s/%s.png", g_getenv("CITYCARD_SHOTS"), name);

    contact_save(contact, path);
}

static void test_setting(gconstpointer data)
{
    const struct setting *setting = data;
    const struct scene *scene;
    const char *only = g_getenv("CITYCARD_SCENE");
    bool shots = g_getenv("CITYCARD_SHOTS") != NULL;
    struct contact *contact = shots ? contact_new(scene_count(), setting->width, setting->height) : NULL;
    unsigned bad = 0, seen = 0;

    for (size_t i = 0; (scene = scene_at(i)) != NULL; i++)
        if (only == NULL || strcmp(only, scene->name) == 0) {
            bad += run_scene(setting, scene, contact);
            seen++;
        }
    if (contact != NULL)
        save_contact(contact, setting);
    g_assert_cmpuint(seen, >, 0);
    if (bad > 0)
        g_test_fail_printf("%u of %u scenes", bad, seen);
}

static void add(const struct setting *setting)
{
    g_autofree char *path =
        g_strdup_printf("/ui/layout/%s/%s/%s%s", setting->shape, texts_code(setting->language), size_names[setting->size], setting->low ? "/low" : "");

    g_test_add_data_func_full(path, g_memdup2(setting, sizeof *setting), test_setting, g_free);
}

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Where memory is watched, each scene is played in the smallest Chinese and the largest English: no other code runs for other sizes. */
static bool left_out(int language, int size, bool full)
{
    return SANITIZED && !full && (language == LANGUAGE_ZH ? size != TEXT_STD : size != TEXT_XLARGE);
}

/* One shape and language a process, so that all cores have work; NULL: every one. */
static const char *only_shape, *only_language;

static bool wanted(const char *only, const char *name)
{
    return only == NULL || strcmp(only, name) == 0;
}

/* For who sits, too, on a high panel. */
static void add_size(const struct setting *setting, bool full)
{
    struct setting low = *setting;

    add(setting);
    low.low = true;
    low.colours = false;
    if (full && setting->height > setting->width)
        add(&low);
}

static void add_shape(const char *shape, int width, int height, bool full)
{
    for (int language = 0; language < LANGUAGE_COUNT; language++)
        for (int size = 0; size < TEXT_SIZE_COUNT; size++)
            if (wanted(only_language, texts_code((enum language)language)) && !left_out(language, size, full))
                add_size(&(struct setting){shape, width, height, (enum language)language, (enum text_size)size,
                                           full || (height > width && language == LANGUAGE_ZH && size == TEXT_STD)}, full);
}

/*
 * GTK measures a label with a height given and without, and rounds the two apart by a pixel: that breaks nothing, as no page is as
 * narrow as it may be. More than a pixel, and all else that GTK complains of, ends the test.
 */
static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
    for (gsize i = 0; i < count; i++) {
        const char *asked = g_str_equal(fields[i].key, "MESSAGE") ? strstr(fields[i].value, "reports a minimum width of ") : NULL;
        int plain, given;

        if (asked != NULL && sscanf(asked, "reports a minimum width of %d, but minimum width for height of 1048576 is %d", &plain, &given) == 2 &&
            given == plain + 1)
            return G_LOG_WRITER_HANDLED;
    }
    return g_log_writer_default(level, fields, count, data);
}

int main(int argc, char **argv)
{
    bool full = g_strcmp0(g_getenv("CITYCARD_AUDIT"), "full") == 0;
    int rc;

    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_log_set_writer_func(on_log, NULL, NULL);
    only_shape = argc > 1 ? argv[1] : NULL;
    only_language = argc > 2 ? argv[2] : NULL;
    if (wanted(only_shape, "portrait"))
        add_shape("portrait", 1080, 1920, full);
    if (wanted(only_shape, "landscape"))
        add_shape("landscape", 1280, 800, full);
    if (full && wanted(only_shape, "wide"))
        add_shape("wide", 1920, 1080, full);
    if (!full && !SANITIZED && (wanted(only_shape, "wide") || wanted(only_shape, "landscape")) && wanted(only_language, texts_code(LANGUAGE_EN)))
        add(&(struct setting){"wide", 1920, 1080, LANGUAGE_EN, TEXT_XLARGE, false});
    rc = g_test_run();
    g_print("# %u pages looked at, %u violations\n", pages, violations);
    return rc;
}
