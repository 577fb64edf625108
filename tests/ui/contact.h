/* SPDX-License-Identifier: Apache-2.0 */
/** Many pages, small, on one sheet: to look over all of them at once. */
#ifndef TESTS_UI_CONTACT_H
#define TESTS_UI_CONTACT_H

#include <gtk/gtk.h>

struct contact *contact_new(unsigned pages, int width, int height);
void contact_add(struct contact *contact, cairo_surface_t *page);
/** And free it. */
void contact_save(struct contact *contact, const char *path);

#endif
