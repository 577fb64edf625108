/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the platform's values, and the machine's own configuration. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "device/config.h"
#include "service/values.h"

static void cuts_text_at_a_whole_character(void)
{
    char out[8];
    json_t *object = json_pack("{s:s, s:i}", "name", "张秀英", "number", 7);

    value_string(object, "name", out, sizeof out); /* nine bytes into eight: the third character does not fit */
    g_assert_cmpstr(out, ==, "张秀");
    value_string(object, "absent", out, sizeof out);
    g_assert_cmpstr(out, ==, "");
    value_string(object, "number", out, sizeof out);
    g_assert_cmpstr(out, ==, "");
    json_decref(object);
}

static void leaves_out_what_turns_the_direction(void)
{
    char out[64];
    json_t *object = json_pack("{s:s}", "name", "\xe2\x80\xae张\xe2\x81\xa6秀英\xd8\x9c");

    value_string(object, "name", out, sizeof out);
    g_assert_cmpstr(out, ==, "张秀英");
    json_decref(object);
}

static void reads_dates_as_number_or_text(void)
{
    json_t *object = json_pack("{s:i, s:s, s:s, s:i}", "a", 20261122, "b", "20261122", "c", "soon", "d", -5);

    g_assert_cmpuint(value_date(object, "a"), ==, 20261122);
    g_assert_cmpuint(value_date(object, "b"), ==, 20261122);
    g_assert_cmpuint(value_date(object, "c"), ==, 0);
    g_assert_cmpuint(value_date(object, "d"), ==, 0);
    g_assert_cmpuint(value_date(object, "e"), ==, 0);
    json_decref(object);
}

static char *folder;

static struct kiosk_config *load(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "kiosk.conf", NULL);

    g_assert_true(g_file_set_contents(path, text, -1, &error));
    struct kiosk_config *config = kiosk_config_load(folder, &error);
    g_assert_no_error(error);
    return config;
}

static void limits_may_only_be_stricter(void)
{
    struct kiosk_config *config =
        load("[limits]\noffline_payment_fen_max=999999999\noffline_card_day_fen_max=100\noffline_count_max=-1\n");
    g_assert_cmpint(config->offline_payment_fen_max, ==, 20000);
    g_assert_cmpint(config->offline_card_day_fen_max, ==, 100);
    g_assert_cmpint(config->offline_count_max, ==, 2000);
    kiosk_config_free(config);
}

static void saved_is_what_is_loaded(void)
{
    g_autoptr(GError) error = NULL;
    struct kiosk_config *config = load("[kiosk]\nid=K0007\nplace=杏林里\n[screen]\nlanguage=en\npanel_inches=3\nvoice=false\n");

    g_assert_cmpfloat(config->panel_inches, ==, 21.5);
    g_assert_true(kiosk_config_save(config, &error));
    g_assert_no_error(error);
    kiosk_config_free(config);
    config = kiosk_config_load(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(config->kiosk_id, ==, "K0007");
    g_assert_cmpstr(config->place, ==, "杏林里");
    g_assert_cmpstr(config->language, ==, "en");
    g_assert_false(config->voice);
    g_assert_null(config->platform_url);
    kiosk_config_free(config);
}

static void nonsense_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "kiosk.conf", NULL);

    g_assert_true(g_file_set_contents(path, "\x01\x02 not a key file", -1, NULL));
    g_assert_null(kiosk_config_load(folder, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("citycard-config-XXXXXX", NULL);
    g_test_add_func("/values/cuts-text-at-a-whole-character", cuts_text_at_a_whole_character);
    g_test_add_func("/values/leaves-out-what-turns-the-direction", leaves_out_what_turns_the_direction);
    g_test_add_func("/values/reads-dates-as-number-or-text", reads_dates_as_number_or_text);
    g_test_add_func("/config/limits-may-only-be-stricter", limits_may_only_be_stricter);
    g_test_add_func("/config/saved-is-what-is-loaded", saved_is_what_is_loaded);
    g_test_add_func("/config/nonsense-is-refused", nonsense_is_refused);
    int result = g_test_run();
    g_autofree char *path = g_build_filename(folder, "kiosk.conf", NULL);
    g_unlink(path);
    g_rmdir(folder);
    return result;
}
