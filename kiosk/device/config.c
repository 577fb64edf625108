/* SPDX-License-Identifier: Apache-2.0 */
#include "device/config.h"

#include <errno.h>
#include <glib/gstdio.h>

#define FILE_NAME "kiosk.conf"

/* Hard ceilings: a configuration may only be stricter than these. */
#define PAYMENT_FEN_MAX  20000
#define CARD_DAY_FEN_MAX 50000
#define TOTAL_FEN_MAX    2000000
#define COUNT_MAX        2000
#define PERSONS_MAX      20000
#define IDLE_SECONDS     20
#define IDLE_SECONDS_MIN 8 /* whoever reads slowly has read it by then */
#define IDLE_SECONDS_MAX 600
#define JOURNAL_DAYS 30
#define JOURNAL_DAYS_MAX 3650

static char *string_key(GKeyFile *file, const char *group, const char *key, const char *fallback)
{
    g_autofree char *value = g_key_file_get_string(file, group, key, NULL);
    if (value == NULL || *value == '\0')
        return g_strdup(fallback);
    return g_steal_pointer(&value);
}

static int64_t limit_key(GKeyFile *file, const char *key, int64_t max)
{
    g_autoptr(GError) error = NULL;
    int64_t value = g_key_file_get_int64(file, "limits", key, &error);
    if (error != NULL || value < 0 || value > max)
        return max;
    return value;
}

/* Never shorter than the default: what was told is kept at hand for so long. */
static int days_key(GKeyFile *file)
{
    int days = g_key_file_get_integer(file, "limits", "journal_days", NULL);
    return CLAMP(days, JOURNAL_DAYS, JOURNAL_DAYS_MAX);
}

static double panel_key(GKeyFile *file)
{
    double inches = g_key_file_get_double(file, "screen", "panel_inches", NULL);
    return inches >= 7 && inches <= 100 ? inches : 21.5;
}

static int idle_key(GKeyFile *file)
{
    g_autoptr(GError) error = NULL;
    int seconds = g_key_file_get_integer(file, "screen", "idle_seconds", &error);

    return error != NULL ? IDLE_SECONDS : seconds <= 0 ? 0 : CLAMP(seconds, IDLE_SECONDS_MIN, IDLE_SECONDS_MAX);
}

static bool voice_key(GKeyFile *file)
{
    g_autoptr(GError) error = NULL;
    bool voice = g_key_file_get_boolean(file, "screen", "voice", &error);
    return error != NULL || voice;
}

struct kiosk_config *kiosk_config_load(const char *data_dir, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = g_build_filename(data_dir, FILE_NAME, NULL);
    g_autofree char *receipts = g_strdup_printf("folder:%s/receipts", data_dir);

    if (g_file_test(path, G_FILE_TEST_EXISTS) &&
        !g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error))
        return NULL;

    struct kiosk_config *config = g_new0(struct kiosk_config, 1);
    config->data_dir = g_strdup(data_dir);
    config->kiosk_id = string_key(file, "kiosk", "id", "");
    config->city = string_key(file, "kiosk", "city", "9901");
    config->place = string_key(file, "kiosk", "place", "");
    config->language = string_key(file, "screen", "language", "zh_CN");
    config->panel_inches = panel_key(file);
    config->voice = voice_key(file);
    config->idle_seconds = idle_key(file);
    config->headset = string_key(file, "screen", "headset", NULL);
    config->clips = string_key(file, "screen", "clips", NULL);
    config->reader = string_key(file, "reader", "card", NULL);
    config->sam = string_key(file, "reader", "sam", NULL);
    config->sam_terminal = string_key(file, "reader", "sam_terminal", NULL);
    config->platform_url = string_key(file, "platform", "url", NULL);
    config->tpm = string_key(file, "keys", "tpm", NULL);
    config->printer = string_key(file, "printer", "target", receipts);
    config->offline_payment_fen_max = limit_key(file, "offline_payment_fen_max", PAYMENT_FEN_MAX);
    config->offline_card_day_fen_max = limit_key(file, "offline_card_day_fen_max", CARD_DAY_FEN_MAX);
    config->offline_total_fen_max = limit_key(file, "offline_total_fen_max", TOTAL_FEN_MAX);
    config->offline_count_max = (int)limit_key(file, "offline_count_max", COUNT_MAX);
    config->journal_days = days_key(file);
    config->cached_persons_max = (int)limit_key(file, "cached_persons_max", PERSONS_MAX);
    return config;
}

static void set_string(GKeyFile *file, const char *group, const char *key, const char *value)
{
    if (value != NULL)
        g_key_file_set_string(file, group, key, value);
}

bool kiosk_config_save(const struct kiosk_config *config, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = g_build_filename(config->data_dir, FILE_NAME, NULL);

    if (g_mkdir_with_parents(config->data_dir, 0700) != 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", config->data_dir,
                    g_strerror(errno));
        return false;
    }
    set_string(file, "kiosk", "id", config->kiosk_id);
    set_string(file, "kiosk", "city", config->city);
    set_string(file, "kiosk", "place", config->place);
    set_string(file, "screen", "language", config->language);
    g_key_file_set_double(file, "screen", "panel_inches", config->panel_inches);
    g_key_file_set_boolean(file, "screen", "voice", config->voice);
    g_key_file_set_integer(file, "screen", "idle_seconds", config->idle_seconds);
    set_string(file, "screen", "headset", config->headset);
    set_string(file, "screen", "clips", config->clips);
    set_string(file, "reader", "card", config->reader);
    set_string(file, "reader", "sam", config->sam);
    set_string(file, "reader", "sam_terminal", config->sam_terminal);
    set_string(file, "platform", "url", config->platform_url);
    set_string(file, "printer", "target", config->printer);
    set_string(file, "keys", "tpm", config->tpm);
    g_key_file_set_int64(file, "limits", "offline_payment_fen_max", config->offline_payment_fen_max);
    g_key_file_set_int64(file, "limits", "offline_card_day_fen_max", config->offline_card_day_fen_max);
    g_key_file_set_int64(file, "limits", "offline_total_fen_max", config->offline_total_fen_max);
    g_key_file_set_int64(file, "limits", "offline_count_max", config->offline_count_max);
    g_key_file_set_int64(file, "limits", "journal_days", config->journal_days);
    g_key_file_set_int64(file, "limits", "cached_persons_max", config->cached_persons_max);
    return g_key_file_save_to_file(file, path, error);
}

void kiosk_config_free(struct kiosk_config *config)
{
    if (config == NULL)
        return;
    g_free(config->data_dir);
    g_free(config->kiosk_id);
    g_free(config->city);
    g_free(config->place);
    g_free(config->language);
    g_free(config->headset);
    g_free(config->clips);
    g_free(config->reader);
    g_free(config->sam);
    g_free(config->sam_terminal);
    g_free(config->platform_url);
    g_free(config->printer);
    g_free(config->tpm);
    g_free(config);
}
