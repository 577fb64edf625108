/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A column of blocks that is leafed through, never scrolled: as many whole blocks as fit, and a bar "previous, 1 of 3,
 * next" when not all do. Blocks with vexpand share what is left over of their
 * page.
 */
#ifndef UI_KIT_PAGER_H
#define UI_KIT_PAGER_H

#include <gtk/gtk.h>

#define KX_TYPE_PAGER (kx_pager_get_type())
G_DECLARE_FINAL_TYPE(KxPager, kx_pager, KX, PAGER, GtkWidget)

GtkWidget *kx_pager_new(void);
void kx_pager_add(KxPager *pager, GtkWidget *block);
/** The next block begins a page. */
void kx_pager_break(KxPager *pager);
/** Blocks in the middle of a page that has room, instead of at its top. */
void kx_pager_set_centred(KxPager *pager, gboolean centred);
unsigned kx_pager_pages(KxPager *pager);
unsigned kx_pager_page(KxPager *pager);
void kx_pager_turn(KxPager *pager, int by);

#endif
