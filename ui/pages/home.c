/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done here: the services that are offered to this card, the first one widest. */
#include "../kinds/kinds.h"
#include "../service.h"

#define TILES_MAX 16

static const char *title(struct ui *ui)
{
    return L_("What would you like to do?", NC_("large", "What would you like?"));
}

static size_t offered(struct ui *ui, const struct service *out[TILES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; services[i] != NULL; i++)
        if (service_offered(services[i], ui)) {
            g_assert(count < TILES_MAX);
            out[count++] = services[i];
        }
    return count;
}

static char *speech(struct ui *ui)
{
    const struct service *list[TILES_MAX];
    size_t count = offered(ui, list);
    g_autoptr(GString) names = g_string_new(NULL);

    for (size_t i = 0; i < count; i++)
        g_string_append_printf(names, "%s%s", /* Translators: between the things to choose from, and before the last. */
                               i == 0 ? "" : i + 1 < count ? _(", ") : _(", or "), list[i]->spoken());
    return g_strdup_printf(_("Choose: %s."), names->str);
}

static void go(struct ui *ui, size_t index)
{
    services[index]->enter(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct kind_tile tiles[TILES_MAX] = {0};
    char *notes[TILES_MAX] = {0};
    size_t count = 0;
    GtkWidget *widget;

    for (size_t i = 0; services[i] != NULL; i++) {
        const struct service *service = services[i];

        if (!service_offered(service, ui))
            continue;
        g_assert(count < TILES_MAX);
        notes[count] = service->note != NULL ? service->note(ui) : NULL;
        tiles[count] = (struct kind_tile){service->icon, service->word(), notes[count], go, i};
        count++;
    }
    widget = kind_choose(page, tiles, count, true);
    for (size_t i = 0; i < count; i++)
        g_free(notes[i]);
    return widget;
}

const struct page_class page_home = {
    .name = "home",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_ROOT,
    .title = title,
    .speech = speech,
    .build = build,
};
