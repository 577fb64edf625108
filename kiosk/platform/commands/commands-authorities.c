/* SPDX-License-Identifier: Apache-2.0 */
/* Another certificate authority in the place of the one before: keys/authorities.h. */
#include "platform/commands/commands-admin.h"
#include "platform/keys/authorities.h"
#include "platform/keys/pki.h"
#include "model/clock.h"
#include <stdio.h>

#define DAY_MS INT64_C(86400000)

struct order {
    char *data_dir;
    gboolean finish, force, json;
};

static struct platform *opened(struct order *order, int argc, char **argv, const char *name, const GOptionEntry *entries, GError **error)
{
    return command_options(&argc, &argv, name, entries, NULL, error) ? command_data_open(order->data_dir, error) : NULL;
}

#define DATA_OPTION(order)  {"data", 0, 0, G_OPTION_ARG_FILENAME, &(order).data_dir, "data folder", "DIR"}
#define FORCE_OPTION(order) {"force", 0, 0, G_OPTION_ARG_NONE, &(order).force, "also when kiosks in service are left out: enrol them anew", NULL}

bool command_ca_rotate(int argc, char **argv, GError **error)
{
    struct order order = {0};
    const GOptionEntry entries[] = {DATA_OPTION(order),
                                    {"finish", 0, 0, G_OPTION_ARG_NONE, &order.finish, "the servers' certificates go over to it", NULL},
                                    FORCE_OPTION(order), G_OPTION_ENTRY_NULL};
    struct platform *platform = opened(&order, argc, argv, "citycard-platform admin ca-rotate", entries, error);
    bool ok = platform != NULL && (order.finish ? authorities_serve(platform, order.force, now_ms(), error)
                                                : authorities_rotate(platform, now_ms(), error));

    platform_close(platform);
    g_free(order.data_dir);
    if (ok)
        puts(order.finish ? "Every node's server gets a certificate of the new authority. When ca-status lists nobody any more: ca-retire."
                          : "The new authority issues from now on, and kiosks are told of it. Give ca.pem to whoever enrols kiosks. When ca-status"
                            " lists nobody any more: ca-rotate --finish.");
    return ok;
}

bool command_ca_retire(int argc, char **argv, GError **error)
{
    struct order order = {0};
    const GOptionEntry entries[] = {DATA_OPTION(order), FORCE_OPTION(order), G_OPTION_ENTRY_NULL};
    struct platform *platform = opened(&order, argc, argv, "citycard-platform admin ca-retire", entries, error);
    bool ok = platform != NULL && authorities_retire(platform, order.force, now_ms(), error);

    platform_close(platform);
    g_free(order.data_dir);
    if (ok)
        puts("The old authority is gone: none of its certificates is taken. Make a backup of the keys.");
    return ok;
}

/* ---- How far it is ---- */

static const char *role_of(const struct authorities *authorities, size_t i)
{
    bool issues = i + 1 == authorities->count, serves = i == authorities->serving;

    return issues && serves ? "issues, servers have its certificates" : issues ? "issues" : serves ? "servers have its certificates" : "about to go";
}

static json_t *status_json(const struct authorities *authorities, const GArray *left, const GPtrArray *aside)
{
    json_t *list = json_array(), *kiosks = json_array(), *files = json_array();

    for (size_t i = 0; i < authorities->count; i++)
        json_array_append_new(list, json_pack("{s:I, s:I, s:b, s:b}", "number", (json_int_t)authorities->list[i].number, "end_ms",
                                              (json_int_t)pki_end_ms(authorities->list[i].pem), "issues", i + 1 == authorities->count, "serves",
                                              i == authorities->serving));
    for (guint i = 0; i < left->len; i++) {
        const struct authorities_left *kiosk = &g_array_index(left, struct authorities_left, i);
        json_array_append_new(kiosks, json_pack("{s:s, s:b, s:I}", "kiosk", kiosk->kiosk, "trusts", kiosk->knows, "seen_ms", (json_int_t)kiosk->seen_ms));
    }
    for (guint i = 0; i < aside->len; i++)
        json_array_append_new(files, json_string(aside->pdata[i]));
    return json_pack("{s:I, s:o, s:o, s:o}", "version", (json_int_t)authorities->version, "authorities", list, "left_out", kiosks, "aside", files);
}

static void print_left(const GArray *left)
{
    for (guint i = 0; i < left->len; i++) {
        const struct authorities_left *kiosk = &g_array_index(left, struct authorities_left, i);
        g_autoptr(GDateTime) seen = g_date_time_new_from_unix_utc(kiosk->seen_ms / 1000);
        g_autofree char *at = kiosk->seen_ms > 0 ? g_date_time_format_iso8601(seen) : g_strdup("never");

        printf("%-16s %s, last event %s\n", kiosk->kiosk, kiosk->knows ? "uses a certificate of the old one" : "does not trust the new one yet", at);
    }
}

static void print_status(const struct authorities *authorities, const GArray *left, const GPtrArray *aside)
{
    printf("version %" G_GINT64_FORMAT "\n", authorities->version);
    for (size_t i = 0; i < authorities->count; i++)
        printf("authority %" G_GINT64_FORMAT ": %s, ends in %" G_GINT64_FORMAT " days\n", authorities->list[i].number, role_of(authorities, i),
               (pki_end_ms(authorities->list[i].pem) - now_ms()) / DAY_MS);
    for (guint i = 0; i < aside->len; i++)
        printf("kept aside, with keys: %s\n", (const char *)aside->pdata[i]);
    if (authorities->count == 1)
        return;
    printf("next: %s; it would leave out %u kiosks in service\n", authorities->serving == 0 ? "ca-rotate --finish" : "ca-retire", left->len);
    print_left(left);
}

bool command_ca_status(int argc, char **argv, GError **error)
{
    struct order order = {0};
    const GOptionEntry entries[] = {DATA_OPTION(order), {"json", 0, 0, G_OPTION_ARG_NONE, &order.json, "as JSON", NULL}, G_OPTION_ENTRY_NULL};
    struct platform *platform = opened(&order, argc, argv, "citycard-platform admin ca-status", entries, error);
    struct authorities *now = platform != NULL ? authorities_now(platform) : NULL;
    g_autoptr(GArray) left = now != NULL ? authorities_left_out(platform, now, now_ms(), error) : NULL;
    g_autoptr(GPtrArray) aside = authorities_aside(order.data_dir != NULL ? order.data_dir : "");
    bool ok = left != NULL;

    if (ok && order.json)
        ok = command_print_json(status_json(now, left, aside));
    else if (ok)
        print_status(now, left, aside);
    authorities_unref(now);
    platform_close(platform);
    g_free(order.data_dir);
    return ok;
}
