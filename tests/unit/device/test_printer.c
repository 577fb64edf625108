/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts as a reader of paper meets them: the PDF's text, its page, its QR code; and printers that cannot print. */
#include "device/printer.h"
#include "device/printer_reasons.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

static const struct paper_line lines[] = {
    {"户名", "李*安"},
    {"地址", "澄明区稻香街道禾光路126弄3号"},
    {"电费 2026年9月", "86.50"},
    {"缴费单位", "澄明供电公司（演示）第一营业厅自助终端代收业务专用户头"},
};

static struct paper sample(void)
{
    return (struct paper){
        .title = "缴费凭条",
        .place = "稻香街道社区服务中心",
        .number = "K0001-261104-0007",
        .when = "2026年11月4日 09:15",
        .lines = lines,
        .line_count = G_N_ELEMENTS(lines),
        .total_label = "合计",
        .total = "86.50",
        .total_words = "捌拾陆元伍角",
        .footer = "请妥善保管",
        .qr = "citycard:receipt:K0001-261104-0007",
    };
}

static char *folder_new(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("receipt-XXXXXX", &error);

    g_assert_no_error(error);
    return folder;
}

static void folder_free(char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_free(folder);
}

static char *output_of(const char *const *argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) child =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
    char *out = NULL;

    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(child, NULL, NULL, &out, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_subprocess_get_exit_status(child), ==, 0);
    return out;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("“%s” is not in:\n%s", part, text);
}

static void test_pdf_text(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *target = g_strconcat("folder:", folder, NULL);
    g_autofree char *file = NULL, *text = NULL, *info = NULL;
    struct paper receipt = sample();

    g_assert_true(printer_check(target, &error));
    g_assert_true(printer_print(target, &receipt, NULL, &file, NULL, &error));
    g_assert_no_error(error);
    text = output_of((const char *[]){"pdftotext", "-layout", file, "-", NULL});
    assert_has(text, "缴费凭条");
    assert_has(text, "K0001-261104-0007");
    assert_has(text, "86.50");
    assert_has(text, "捌拾陆元伍角");
    assert_has(text, "李*安");
    assert_has(text, "专用户头");
    g_assert_null(strstr(text, "补打"));
    info = output_of((const char *[]){"pdfinfo", file, NULL});
    assert_has(info, "Pages:           1");
    assert_has(info, "226.77"); /* 80 mm */
    folder_free(folder);
}

static double page_height(const char *file)
{
    g_autofree char *info = output_of((const char *[]){"pdfinfo", file, NULL});
    const char *size = strstr(info, " x ");

    g_assert_nonnull(size);
    return g_ascii_strtod(size + 3, NULL);
}

/* The page is as long as what is on it: more lines, longer page; no code, shorter page. */
static void test_length(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *full = g_build_filename(folder, "full.pdf", NULL);
    g_autofree char *bare = g_build_filename(folder, "bare.pdf", NULL);
    struct paper receipt = sample();

    g_assert_true(paper_write_pdf(&receipt, full, &error));
    receipt.qr = NULL;
    receipt.line_count = 1;
    g_assert_true(paper_write_pdf(&receipt, bare, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(page_height(full), >,
                      page_height(bare) + 85 + 30); /* the code's 30 mm and three lines */
    g_assert_cmpfloat(page_height(full), <, 500);
    folder_free(folder);
}

static void test_qr(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *pdf = g_build_filename(folder, "r.pdf", NULL);
    g_autofree char *image = g_build_filename(folder, "r", NULL);
    g_autofree char *png = g_build_filename(folder, "r.png", NULL);
    g_autofree char *decoded = NULL;
    struct paper receipt = sample();

    g_assert_true(paper_write_pdf(&receipt, pdf, &error));
    g_assert_no_error(error);
    g_free(output_of((const char *[]){"pdftoppm", "-r", "203", "-png", "-singlefile", pdf, image, NULL}));
    decoded = output_of((const char *[]){"zbarimg", "-q", "--raw", png, NULL});
    g_assert_cmpstr(g_strchomp(decoded), ==, receipt.qr);
    folder_free(folder);
}

static void test_qr_too_long(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *pdf = g_build_filename(folder, "r.pdf", NULL);
    g_autofree char *text = g_strnfill(5000, 'x');
    struct paper receipt = sample();

    receipt.qr = text;
    g_assert_false(paper_write_pdf(&receipt, pdf, &error));
    g_assert_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED);
    folder_free(folder);
}

static void test_reprint(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *pdf = g_build_filename(folder, "r.pdf", NULL);
    g_autofree char *text = NULL;
    struct paper receipt = sample();

    receipt.mark = "补打";
    g_assert_true(paper_write_pdf(&receipt, pdf, &error));
    text = output_of((const char *[]){"pdftotext", pdf, "-", NULL});
    assert_has(text, "补打");
    folder_free(folder);
}

static void test_large(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *plain = g_build_filename(folder, "p.pdf", NULL), *large = g_build_filename(folder, "l.pdf", NULL);
    struct paper receipt = sample();

    g_assert_true(paper_write_pdf(&receipt, plain, &error));
    receipt.large = true;
    g_assert_true(paper_write_pdf(&receipt, large, &error));
    g_assert_cmpfloat(page_height(large), >, page_height(plain) * 1.2);
    folder_free(folder);
}

/* Text from outside is drawn as text: marks that cannot be seen are left out, broken UTF-8 shows, no page without end. */
static void test_hostile(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *pdf = g_build_filename(folder, "r.pdf", NULL), *text = NULL, *long_text = g_strnfill(100000, '\n');
    struct paper receipt = sample();

    receipt.title = "<b>\xe2\x80\xae" "A\x01Z</b>\xff";
    g_assert_true(paper_write_pdf(&receipt, pdf, &error));
    text = output_of((const char *[]){"pdftotext", pdf, "-", NULL});
    assert_has(text, "<b>AZ</b>\xef\xbf\xbd");
    receipt.text = long_text;
    g_assert_false(paper_write_pdf(&receipt, pdf, &error));
    g_assert_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED);
    folder_free(folder);
}

/* The dots as a picture (PBM has the same order of bits): the code on it is read as from paper. */
static void test_raster(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *pbm = g_build_filename(folder, "r.pbm", NULL), *head = NULL, *decoded = NULL;
    struct paper receipt = sample();
    g_autoptr(GBytes) dots = paper_raster(&receipt, &error);
    g_autoptr(GByteArray) picture = g_byte_array_new();

    g_assert_no_error(error);
    g_assert_cmpint(g_bytes_get_size(dots) % PAPER_BYTES, ==, 0);
    head = g_strdup_printf("P4\n%d %d\n", PAPER_DOTS, (int)(g_bytes_get_size(dots) / PAPER_BYTES));
    g_byte_array_append(picture, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(picture, g_bytes_get_data(dots, NULL), (guint)g_bytes_get_size(dots));
    g_assert_true(g_file_set_contents(pbm, (const char *)picture->data, picture->len, &error));
    decoded = output_of((const char *[]){"zbarimg", "-q", "--raw", pbm, NULL});
    g_assert_cmpstr(g_strchomp(decoded), ==, receipt.qr);
    folder_free(folder);
}

static void test_no_paper(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = folder_new();
    g_autofree char *target = g_strconcat("folder:", folder, NULL);
    g_autofree char *mark = g_build_filename(folder, "OUT_OF_PAPER", NULL);
    g_autofree char *pdf = g_build_filename(folder, "K0001-261104-0007.pdf", NULL);
    g_autofree char *file = NULL;
    struct paper receipt = sample();

    g_assert_true(g_file_set_contents(mark, "", 0, NULL));
    g_assert_false(printer_check(target, &error));
    g_assert_error(error, PRINTER_ERROR, PRINTER_ERROR_PAPER);
    g_clear_error(&error);
    g_assert_false(printer_print(target, &receipt, NULL, &file, NULL, &error));
    g_assert_error(error, PRINTER_ERROR, PRINTER_ERROR_PAPER);
    g_assert_null(file);
    g_assert_false(g_file_test(pdf, G_FILE_TEST_EXISTS));
    folder_free(folder);
}

static void assert_refused(const char *target, const char *number, enum printer_error code)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    struct paper receipt = sample();

    receipt.number = number;
    g_assert_false(printer_print(target, &receipt, NULL, &file, NULL, &error));
    g_assert_error(error, PRINTER_ERROR, (int)code);
    g_assert_null(file);
}

static void test_refusals(void)
{
    char *folder = folder_new();
    g_autofree char *target = g_strconcat("folder:", folder, NULL);

    assert_refused(target, "../escape", PRINTER_ERROR_FAILED);
    assert_refused(target, "", PRINTER_ERROR_FAILED);
    assert_refused("folder:/nonexistent/receipts", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused("folder:", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused("telex:1", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused("escpos:/nonexistent/lp0", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused("escpos:127.0.0.1:1", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused("ipp://127.0.0.1:1/ipp/print", "K1", PRINTER_ERROR_OFFLINE);
    assert_refused(NULL, "K1", PRINTER_ERROR_OFFLINE);
    folder_free(folder);
}

/* No print service listens on this port: said at once, never a hang. */
static void test_cups_absent(void)
{
    g_autoptr(GError) error = NULL;

    g_setenv("CUPS_SERVER", "127.0.0.1:1", TRUE);
    g_assert_false(printer_check("cups:roll", &error));
    g_assert_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE);
    assert_refused("cups:roll", "K1", PRINTER_ERROR_OFFLINE);
}

static void test_reasons(void)
{
    g_assert_cmpint(printer_trouble_of("none"), ==, PRINTER_TROUBLE_NONE);
    g_assert_cmpint(printer_trouble_of("media-low-warning"), ==, PRINTER_TROUBLE_NONE);
    g_assert_cmpint(printer_trouble_of("media-empty-error"), ==, PRINTER_TROUBLE_PAPER);
    g_assert_cmpint(printer_trouble_of("media-empty"), ==, PRINTER_TROUBLE_PAPER);
    g_assert_cmpint(printer_trouble_of("media-jam-error"), ==, PRINTER_TROUBLE_JAM);
    g_assert_cmpint(printer_trouble_of("cover-open-error"), ==, PRINTER_TROUBLE_JAM);
    g_assert_cmpint(printer_trouble_of("offline-report"), ==, PRINTER_TROUBLE_OFFLINE);
    g_assert_cmpint(printer_trouble_of("marker-failure-error"), ==, PRINTER_TROUBLE_OTHER);
    g_assert_cmpint(printer_trouble_of("connecting-to-device"), ==, PRINTER_TROUBLE_NONE); /* each job begins so */
    g_assert_cmpint(printer_trouble_of("connecting-to-device-error"), ==, PRINTER_TROUBLE_NONE);
}

/* The bytes of ESC/POS: 0x12 is an idle printer, whichever status was asked for. */
static void test_statuses(void)
{
    for (unsigned n = 2; n <= 4; n++)
        g_assert_cmpint(printer_trouble_of_status(n, 0x12), ==, PRINTER_TROUBLE_NONE);
    g_assert_cmpint(printer_trouble_of_status(4, 0x1e), ==, PRINTER_TROUBLE_NONE); /* near its end */
    g_assert_cmpint(printer_trouble_of_status(4, 0x7e), ==, PRINTER_TROUBLE_PAPER);
    g_assert_cmpint(printer_trouble_of_status(2, 0x32), ==, PRINTER_TROUBLE_PAPER);
    g_assert_cmpint(printer_trouble_of_status(2, 0x16), ==, PRINTER_TROUBLE_JAM);
    g_assert_cmpint(printer_trouble_of_status(3, 0x1a), ==, PRINTER_TROUBLE_JAM); /* the knife */
    g_assert_cmpint(printer_trouble_of_status(3, 0x32), ==, PRINTER_TROUBLE_OTHER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/receipt/text", test_pdf_text);
    g_test_add_func("/device/receipt/length", test_length);
    g_test_add_func("/device/receipt/qr", test_qr);
    g_test_add_func("/device/receipt/qr-too-long", test_qr_too_long);
    g_test_add_func("/device/receipt/reprint", test_reprint);
    g_test_add_func("/device/receipt/large", test_large);
    g_test_add_func("/device/receipt/hostile", test_hostile);
    g_test_add_func("/device/receipt/raster", test_raster);
    g_test_add_func("/device/printer/statuses", test_statuses);
    g_test_add_func("/device/printer/no-paper", test_no_paper);
    g_test_add_func("/device/printer/refusals", test_refusals);
    g_test_add_func("/device/printer/cups-absent", test_cups_absent);
    g_test_add_func("/device/printer/reasons", test_reasons);
    return g_test_run();
}
