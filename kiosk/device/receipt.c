/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receipt for an 80 mm roll, drawn twice by the same code: once to learn its length, once into a PDF page of exactly
 * that length. Needs no display.
 *
 * Lengths are PostScript points. Pango takes 96 dpi for granted; the context's resolution is set to 72 so that a point of
 * type is a point on paper.
 */
#include "device/printer.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

#define MM(length)   ((length)*72.0 / 25.4)
#define ROLL_WIDTH   MM(80)
#define MARGIN       MM(4) /* the print head of an 80 mm printer is 72 mm wide */
#define INNER_WIDTH  (ROLL_WIDTH - 2 * MARGIN)
#define GAP          MM(2)
#define QR_SIDE      MM(30)
#define QR_QUIET     4 /* modules of white around the code, ISO/IEC 18004 */
#define QR_TEXT_MAX  512
#define RECEIPT_FONT "Noto Sans CJK SC"

struct pen {
    cairo_t *cr;
    double y;
};

static PangoLayout *layout_new(struct pen *pen, const char *text, double points, bool bold)
{
    PangoLayout *layout = pango_cairo_create_layout(pen->cr);
    PangoFontDescription *font = pango_font_description_from_string(RECEIPT_FONT);

    pango_cairo_context_set_resolution(pango_layout_get_context(layout), 72);
    pango_font_description_set_size(font, (int)(points * PANGO_SCALE));
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(INNER_WIDTH * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double layout_height(PangoLayout *layout)
{
    int height;

    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

static void show_at(struct pen *pen, PangoLayout *layout, double y)
{
    cairo_move_to(pen->cr, MARGIN, y);
    pango_cairo_show_layout(pen->cr, layout);
}

static void draw_text(struct pen *pen, const char *text, double points, bool bold, PangoAlignment align)
{
    g_autoptr(PangoLayout) layout = NULL;

    if (text == NULL || *text == '\0')
        return;
    layout = layout_new(pen, text, points, bold);
    pango_layout_set_alignment(layout, align);
    show_at(pen, layout, pen->y);
    pen->y += layout_height(layout) + GAP / 2;
}

static void draw_rule(struct pen *pen)
{
    const double dash[] = {2, 2};

    pen->y += GAP / 2;
    cairo_set_line_width(pen->cr, 0.6);
    cairo_set_dash(pen->cr, dash, G_N_ELEMENTS(dash), 0);
    cairo_move_to(pen->cr, MARGIN, pen->y);
    cairo_line_to(pen->cr, ROLL_WIDTH - MARGIN, pen->y);
    cairo_stroke(pen->cr);
    pen->y += GAP;
}

/* Label at the left, value at the right; on two lines when they do not fit beside each other. */
static void draw_pair(struct pen *pen, const char *label, const char *value, double points, bool bold)
{
    g_autoptr(PangoLayout) left = layout_new(pen, label, points * 0.9, false);
    g_autoptr(PangoLayout) right = layout_new(pen, value, points, bold);
    PangoRectangle label_box, value_box;

    pango_layout_get_pixel_extents(left, NULL, &label_box);
    pango_layout_get_pixel_extents(right, NULL, &value_box);
    pango_layout_set_alignment(right, PANGO_ALIGN_RIGHT);
    show_at(pen, left,
            pen->y +
                (double)(pango_layout_get_baseline(right) - pango_layout_get_baseline(left)) / PANGO_SCALE);
    if (label_box.width + value_box.width + MM(3) > INNER_WIDTH || pango_layout_get_line_count(right) > 1)
        pen->y += layout_height(left);
    show_at(pen, right, pen->y);
    pen->y += layout_height(right) + GAP / 3;
}

/* One rectangle a module: sharp at any resolution of the printer. */
static bool draw_qr(struct pen *pen, const char *text, GError **error)
{
    QRcode *code = strlen(text) > QR_TEXT_MAX ? NULL : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    double module, left;

    if (code == NULL) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "the text for the QR code does not fit");
        return false;
    }
    module = QR_SIDE / (code->width + 2 * QR_QUIET);
    left = (ROLL_WIDTH - module * code->width) / 2;
    pen->y += module * QR_QUIET;
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(pen->cr, left + column * module, pen->y + row * module, module, module);
    cairo_fill(pen->cr);
    pen->y += module * (code->width + QR_QUIET);
    QRcode_free(code);
    return true;
}

static bool draw(struct pen *pen, const struct receipt *receipt, GError **error)
{
    pen->y = MARGIN;
    draw_text(pen, receipt->title, 15, true, PANGO_ALIGN_CENTER);
    draw_text(pen, receipt->place, 9.5, false, PANGO_ALIGN_CENTER);
    if (receipt->reprint)
        draw_text(pen, receipt->reprint_mark, 12, true, PANGO_ALIGN_CENTER);
    draw_rule(pen);
    draw_text(pen, receipt->number, 15, true, PANGO_ALIGN_CENTER);
    draw_text(pen, receipt->when, 9.5, false, PANGO_ALIGN_CENTER);
    draw_rule(pen);
    for (size_t i = 0; i < receipt->line_count; i++)
        draw_pair(pen, receipt->lines[i].label, receipt->lines[i].value, 10.5, false);
    if (receipt->total != NULL) {
        draw_rule(pen);
        draw_pair(pen, receipt->total_label ? receipt->total_label : "", receipt->total, 17, true);
        draw_text(pen, receipt->total_words, 10.5, false, PANGO_ALIGN_RIGHT);
    }
    if (receipt->qr != NULL && !draw_qr(pen, receipt->qr, error))
        return false;
    draw_text(pen, receipt->footer, 9.5, false, PANGO_ALIGN_CENTER);
    pen->y += MARGIN;
    return true;
}

/* Draw on `surface` (owned) and report what Cairo thinks of it: a full disk shows here. */
static bool draw_on(cairo_surface_t *surface, const struct receipt *receipt, double *height, GError **error)
{
    struct pen pen = {.cr = cairo_create(surface)};
    bool drawn = draw(&pen, receipt, error);
    cairo_status_t status = cairo_status(pen.cr);

    *height = pen.y;
    cairo_destroy(pen.cr);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn && status != CAIRO_STATUS_SUCCESS)
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%s", cairo_status_to_string(status));
    return drawn && status == CAIRO_STATUS_SUCCESS;
}

bool receipt_write_pdf(const struct receipt *receipt, const char *path, GError **error)
{
    double height;

    g_assert(receipt->number != NULL && *receipt->number != '\0');
    if (!draw_on(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL), receipt, &height, error))
        return false;
    return draw_on(cairo_pdf_surface_create(path, ROLL_WIDTH, height), receipt, &height, error);
}
