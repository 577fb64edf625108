/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done here: the services that are offered to this card in their order, those that are needed now before the others. */
#include "../kinds/kinds.h"
#include "../service.h"

#define TILES_MAX 16

static const char *title(struct ui *ui)
{
    return L_("What would you like to do?", NC_("large", "What would you like?"));
}

static bool is_pressing(const struct service *service, struct ui *ui)
{
    return practice_wants(ui, service) || (service->pressing != NULL && service->pressing(ui));
}

static size_t add(struct ui *ui, bool pressing, size_t out[TILES_MAX], size_t count)
{
    const struct service *const *list = ui->options.services;

    for (size_t i = 0; list[i] != NULL; i++)
        if (service_offered(list[i], ui) && is_pressing(list[i], ui) == pressing) {
            g_assert(count < TILES_MAX);
            out[count++] = i;
        }
    return count;
}

/* Indexes into the list of services, in the order of the tiles. */
static size_t offered(struct ui *ui, size_t out[TILES_MAX])
{
    return add(ui, false, out, add(ui, true, out, 0));
}

static char *speech(struct ui *ui)
{
    size_t list[TILES_MAX], count = offered(ui, list);
    g_autoptr(GString) names = g_string_new(NULL);

    for (size_t i = 0; i < count; i++)
        g_string_append_printf(names, "%s%s", /* Translators: between the things to choose from, and before the last. */
                               i == 0          ? ""
                               : i + 1 < count ? _(", ")
                                               : _(", or "),
                               ui->options.services[list[i]]->spoken());
    return g_strdup_printf(_("Choose: %s."), names->str);
}

static void go(struct ui *ui, size_t index)
{
    if (!practice_elsewhere(ui, ui->options.services[index]))
        ui->options.services[index]->enter(ui);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct kind_tile tiles[TILES_MAX] = {0};
    size_t list[TILES_MAX], count = offered(ui, list);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < count; i++) {
        const struct service *service = ui->options.services[list[i]];

        g_ptr_array_add(notes, service->note != NULL ? service->note(ui) : NULL);
        tiles[i] = (struct kind_tile){.icon = service->icon,
                                      .word = service->word(),
                                      .note = notes->pdata[i],
                                      .go = go,
                                      .index = list[i],
                                      .pressing = is_pressing(service, ui)};
    }
    return kind_choose(page, tiles, count, true);
}

const struct page_class page_home = {
    .name = "home",
    .flags = PAGE_NO_HOME | PAGE_NO_BACK | PAGE_ROOT,
    .title = title,
    .speech = speech,
    .build = build,
};
