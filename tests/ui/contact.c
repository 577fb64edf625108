/* SPDX-License-Identifier: Apache-2.0 */
#include "contact.h"

#define COLUMNS 10
#define THUMB   240 /* px of a page's width */
#define APART   8

struct contact {
    cairo_surface_t *sheet;
    unsigned count;
    int width, height;
};

struct contact *contact_new(unsigned pages, int width, int height)
{
    struct contact *contact = g_new0(struct contact, 1);
    int lines = (int)((pages + COLUMNS - 1) / COLUMNS);

    contact->width = THUMB;
    contact->height = THUMB * height / width;
    contact->sheet = cairo_image_surface_create(CAIRO_FORMAT_RGB24, COLUMNS * (THUMB + APART), lines * (contact->height + APART));
    return contact;
}

void contact_add(struct contact *contact, cairo_surface_t *page)
{
    cairo_t *cr = cairo_create(contact->sheet);
    double scale = (double)contact->width / cairo_image_surface_get_width(page);

    cairo_translate(cr, contact->count % COLUMNS * (THUMB + APART),
                    (int)(contact->count / COLUMNS) * (contact->height + APART));
    cairo_scale(cr, scale, scale);
    cairo_set_source_surface(cr, page, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BEST);
    cairo_paint(cr);
    cairo_destroy(cr);
    contact->count++;
}

void contact_save(struct contact *contact, const char *path)
{
    g_assert_cmpint(cairo_surface_write_to_png(contact->sheet, path), ==, CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(contact->sheet);
    g_free(contact);
}
