/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

GtkWidget *kind_poster(struct page *page, const struct kind_poster *it)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new(), *poster = kit_poster(it->drawing, ui_landscape(ui));

    kit_poster_add(poster, kit_title(it->headline != NULL ? it->headline : page->class->title(ui)));
    if (it->under != NULL)
        kit_poster_add(poster, it->under);
    if (it->answer != NULL && it->answer[0] != '\0')
        kit_poster_add(poster, kit_label(it->answer, "kx-answer"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    for (size_t i = 0; i < KIND_SOFT && it->soft[i] != NULL; i++)
        kx_pager_add(KX_PAGER(pager), kit_poster_under(poster, kit_label(it->soft[i], "kx-soft")));
    for (size_t i = 0; i < KIND_BLOCKS && it->blocks[i] != NULL; i++)
        kx_pager_add(KX_PAGER(pager), it->blocks[i]);
    return kit_sheet(NULL, pager,
                     kind_foot(ui, it->buttons, KIND_BUTTONS, it->upright_when_largest && kind_upright(ui)));
}

GtkWidget *kind_sheet(struct page *page, GtkWidget *const *blocks, const struct kind_button *buttons, size_t count)
{
    GtkWidget *pager = kx_pager_new();

    for (; *blocks != NULL; blocks++)
        kx_pager_add(KX_PAGER(pager), *blocks);
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, kind_foot(page->ui, buttons, count, false));
}
