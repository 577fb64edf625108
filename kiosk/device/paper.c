/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawn twice by the same code: once to learn its length, once into a page of exactly that length, of PDF or of dots. Needs no
 * display.
 *
 * Lengths are PostScript points. Pango takes 96 dpi for granted; the context's resolution is set to 72 so that a point of
 * type is a point on paper. A QR code's modules are whole dots of the print head, in their place too: no edge is blurred.
 */
#include "device/paper.h"
#include "device/printer.h"

#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <string.h>

#define MM(length)   ((length)*72.0 / 25.4)
#define DOT          MM(0.125)
#define ROLL_WIDTH   MM(80)
#define MARGIN       MM(4) /* the print head of an 80 mm printer is 72 mm wide */
#define INNER_WIDTH  (ROLL_WIDTH - 2 * MARGIN)
#define GAP          MM(2)
#define QR_DOTS      256 /* at most, with the white around it */
#define QR_QUIET     4 /* modules of white around the code, ISO/IEC 18004 */
#define PAPER_FONT   "Noto Sans CJK SC"
#define LARGE        1.5
#define TEXT_MAX     8000 /* bytes of one text */

struct pen {
    cairo_t *cr;
    double y;
    double scale; /* of type */
};

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

/* Neither what cannot be seen nor what turns the direction of a line: a number on paper reads as it is. */
static bool drawable(gunichar c)
{
    return c == '\n' || !(g_unichar_iscntrl(c) || (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
                          (c >= 0x2066 && c <= 0x2069));
}

static char *text_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, TEXT_MAX));
    GString *clean = g_string_sized_new(strlen(valid));

    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at))
        if (drawable(g_utf8_get_char(at)))
            g_string_append_unichar(clean, g_utf8_get_char(at));
    return g_string_free(clean, FALSE);
}

static PangoLayout *layout_new(struct pen *pen, const char *text, double points, bool bold)
{
    PangoLayout *layout = pango_cairo_create_layout(pen->cr);
    PangoFontDescription *font = pango_font_description_from_string(PAPER_FONT);
    g_autofree char *clean = text_clean(text);

    pango_cairo_context_set_resolution(pango_layout_get_context(layout), 72);
    pango_font_description_set_size(font, (int)(points * pen->scale * PANGO_SCALE));
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(INNER_WIDTH * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, clean, -1);
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

/* A number that breaks reads as two: smaller type rather than two lines, as far as that can be read. */
static double points_of_number(struct pen *pen, const char *number)
{
    double points = 15;

    for (; points * pen->scale > 9.5; points -= 0.5) {
        g_autoptr(PangoLayout) layout = layout_new(pen, number, points, true);
        if (pango_layout_get_line_count(layout) == 1)
            break;
    }
    return points;
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

/* Up to the next whole dot: a code drawn there is sharp. */
static double to_dot(double length)
{
    return ceil(length / DOT - 1e-6) * DOT;
}

static void draw_modules(struct pen *pen, const QRcode *code)
{
    double module = QR_DOTS / (code->width + 2 * QR_QUIET) * DOT;
    double left = MARGIN + to_dot((INNER_WIDTH - module * code->width) / 2);

    pen->y = to_dot(pen->y - MARGIN + module * QR_QUIET) + MARGIN;
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(pen->cr, left + column * module, pen->y + row * module, module, module);
    cairo_fill(pen->cr);
    pen->y += module * (code->width + QR_QUIET);
}

static bool draw_qr(struct pen *pen, const char *text, GError **error)
{
    QRcode *code = strlen(text) > PAPER_QR_MAX ? NULL : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (code == NULL) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "the text for the QR code does not fit");
        return false;
    }
    draw_modules(pen, code);
    QRcode_free(code);
    return true;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void draw_head(struct pen *pen, const struct paper *paper)
{
    draw_text(pen, paper->title, 15, true, PANGO_ALIGN_CENTER);
    draw_text(pen, paper->place, 9.5, false, PANGO_ALIGN_CENTER);
    draw_text(pen, paper->mark, 12, true, PANGO_ALIGN_CENTER);
    draw_rule(pen);
    draw_text(pen, paper->number, points_of_number(pen, paper->number), true, PANGO_ALIGN_CENTER);
    draw_text(pen, paper->when, 9.5, false, PANGO_ALIGN_CENTER);
    draw_text(pen, paper->kiosk, 9.5, false, PANGO_ALIGN_CENTER);
    draw_rule(pen);
}

static void draw_total(struct pen *pen, const struct paper *paper)
{
    if (paper->total == NULL)
        return;
    draw_rule(pen);
    draw_pair(pen, paper->total_label ? paper->total_label : "", paper->total, 17, true);
    draw_text(pen, paper->total_words, 10.5, false, PANGO_ALIGN_RIGHT);
}

static bool draw(struct pen *pen, const struct paper *paper, GError **error)
{
    pen->y = MARGIN;
    pen->scale = paper->large ? LARGE : 1.0;
    draw_head(pen, paper);
    draw_text(pen, paper->text, 10.5, false, PANGO_ALIGN_LEFT);
    for (size_t i = 0; i < paper->line_count; i++)
        draw_pair(pen, paper->lines[i].label, paper->lines[i].value, 10.5, false);
    draw_total(pen, paper);
    if (paper->qr != NULL && !draw_qr(pen, paper->qr, error))
        return false;
    draw_text(pen, paper->footer, 9.5, false, PANGO_ALIGN_CENTER);
    pen->y += MARGIN;
    return true;
}

/* Draw with `cr` (owned) and report what Cairo thinks of it: a full disk shows here. *height is the length that it took. */
static bool draw_with(cairo_t *cr, const struct paper *paper, double *height, GError **error)
{
    struct pen pen = {.cr = cr};
    bool drawn = draw(&pen, paper, error);
    cairo_surface_t *surface = cairo_surface_reference(cairo_get_target(cr));
    cairo_status_t status = cairo_status(cr);

    *height = pen.y;
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn && status != CAIRO_STATUS_SUCCESS)
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%s", cairo_status_to_string(status));
    return drawn && status == CAIRO_STATUS_SUCCESS;
}

static cairo_t *cr_new(cairo_surface_t *surface)
{
    cairo_t *cr = cairo_create(surface);

    cairo_surface_destroy(surface);
    return cr;
}

static bool measure(const struct paper *paper, double *height, GError **error)
{
    g_assert(paper->number != NULL && *paper->number != '\0');
    if (!draw_with(cr_new(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL)), paper, height, error))
        return false;
    if (*height <= MM(PAPER_MM_MAX))
        return true;
    g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%.0f mm of paper are too many", *height / MM(1));
    return false;
}

bool paper_write_pdf(const struct paper *paper, const char *path, GError **error)
{
    double height;

    return measure(paper, &height, error) &&
           draw_with(cr_new(cairo_pdf_surface_create(path, ROLL_WIDTH, height)), paper, &height, error);
}

/* ---- Dots --------------------------------------------------------------------------------------------------------- */

/* Half covered is black. */
static GBytes *dots_of(cairo_surface_t *image)
{
    const uint8_t *alpha = cairo_image_surface_get_data(image);
    size_t rows = (size_t)cairo_image_surface_get_height(image), stride = (size_t)cairo_image_surface_get_stride(image);
    uint8_t *bits = g_malloc0(rows * PAPER_BYTES);

    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < PAPER_DOTS; x++)
            if (alpha[y * stride + x] >= 0x80)
                bits[y * PAPER_BYTES + x / 8] |= (uint8_t)(0x80 >> x % 8);
    return g_bytes_new_take(bits, rows * PAPER_BYTES);
}

GBytes *paper_raster(const struct paper *paper, GError **error)
{
    double height;

    if (!measure(paper, &height, error))
        return NULL;
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_A8, PAPER_DOTS, (int)ceil(height / DOT));
    cairo_t *cr = cairo_create(image);
    struct pen pen = {.cr = cr};
    cairo_scale(cr, 1 / DOT, 1 / DOT);
    cairo_translate(cr, -MARGIN, -MARGIN);
    bool drawn = draw(&pen, paper, error);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_flush(image);
    GBytes *dots = drawn && status == CAIRO_STATUS_SUCCESS ? dots_of(image) : NULL;
    cairo_surface_destroy(image);
    if (drawn && dots == NULL)
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%s", cairo_status_to_string(status));
    return dots;
}
