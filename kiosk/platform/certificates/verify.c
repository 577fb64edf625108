/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever has a certificate before them has its number and the code beside it, and sees what the register says of it: masked name, hours,
 * period, issuer, whether it still counts. Without the right code a number is as unknown as one that there is not: the same page, after the
 * same work (some certificate is read and opened whatever was asked), so that nobody finds out numbers, let alone what is behind them.
 */
#include "platform/certificates/verify.h"
#include "platform/admin/page.h"
#include "platform/certificates/certificates.h"
#include "platform/tickets/form.h"
#include "model/model.h"
#include <gio/gio.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define NONE "–"

struct view {
    struct page page;
    char number[CERTIFICATE_NUMBER_SIZE], code[CERTIFICATE_CODE_SIZE]; /* as they were given, in capitals; "" nothing that fits */
    bool asked, known;
    unsigned later; /* 429 or 503: not now; 0: as it is asked */
    struct certificate_row row;
};

bool verify_path(const char *path)
{
    return strcmp(path, VERIFY_PATH) == 0 || strcmp(path, VERIFY_STYLE_PATH) == 0;
}

/* ---- What was asked ---- */

/* People type blanks, dashes and small letters, and with a Chinese keyboard all of it in full width (NFKC takes that for the plain ones). */
static void field_take(const char *given, char *out, size_t size)
{
    g_autofree char *plain = g_utf8_normalize(given, -1, G_NORMALIZE_ALL_COMPOSE);
    size_t len = 0;

    for (const char *text = plain != NULL ? plain : ""; *text != '\0'; text++) {
        if (*text == ' ' || *text == '-')
            continue;
        if (!g_ascii_isalnum(*text) || len + 1 >= size) {
            len = 0;
            break;
        }
        out[len++] = g_ascii_toupper(*text);
    }
    out[len] = '\0';
}

/* A code has no O, I and L: they were read for digits. */
static void code_take(const char *given, char *out, size_t size)
{
    field_take(given, out, size);
    for (; *out != '\0'; out++)
        *out = *out == 'O' ? '0' : *out == 'I' || *out == 'L' ? '1' : *out;
}

static void query_read(const struct request *request, struct view *view, char lang[16])
{
    const char *text = request->query != NULL ? request->query : "", *why;
    struct form *form = form_parse(text, strlen(text), &why);

    if (form == NULL)
        return;
    g_strlcpy(lang, form_text(form, "lang"), 16);
    view->asked = form_get(form, "number") != NULL || form_get(form, "code") != NULL;
    field_take(form_text(form, "number"), view->number, sizeof view->number);
    code_take(form_text(form, "code"), view->code, sizeof view->code);
    form_free(form);
}

/* ---- What the register says ---- */

/* Printed and not withdrawn, or withdrawn: else nobody has it on paper. */
static bool judge(struct db *db, struct view *view, GError **error)
{
    char code[CERTIFICATE_CODE_SIZE];
    bool there = false;

    if (!db_certificate_code(db, view->number, code, error) || !db_certificate_or_other(db, view->number, &view->row, &there, error))
        return false;
    bool right = CRYPTO_memcmp(code, view->code, sizeof code) == 0, same = strcmp(view->row.number, view->number) == 0;
    view->known = there && right && same && strcmp(view->row.state, "MADE") != 0;
    return true;
}

static bool look_up(struct platform *platform, struct view *view, GError **error)
{
    if (!view->asked)
        return true;
    if (!db_begin(platform->db, false, error))
        return false;
    bool ok = judge(platform->db, view, error);
    db_rollback(platform->db);
    return ok;
}

/* ---- The page ---- */

static void language_link(struct view *view, enum words_language language, const char *name)
{
    page_put(&view->page, "<a href=\"" VERIFY_PATH "?lang=%s&amp;number=%s&amp;code=%s\" hreflang=\"%s\" lang=\"%s\" aria-current=\"%s\">%s</a> ",
             words_code(language), view->number, view->code, words_code(language), words_code(language),
             language == view->page.language ? "true" : "false", name);
}

static void head(struct view *view)
{
    struct page *page = &view->page;
    const char *title = word(page, "Is this certificate right?");

    page_put(page,
             "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
             "<meta name=\"robots\" content=\"noindex\"><title>%s</title><link rel=\"stylesheet\" href=\"" VERIFY_STYLE_PATH "\"></head>\n"
             "<body><a class=\"skip\" href=\"#main\">%s</a>\n<header><h1>%s</h1><nav aria-label=\"%s\">",
             words_code(page->language), title, word(page, "To the content"), title, word(page, "Language"));
    language_link(view, WORDS_ZH, "中文");
    language_link(view, WORDS_EN, "English");
    page_put(page, "</nav></header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

static void row_put(struct page *page, const char *name, const char *value)
{
    page_put(page, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", name, value);
}

static const char *text_of(const struct view *view, json_t *json, const char *member)
{
    const char *text = view->known ? json_string_value(json_object_get(json, member)) : NULL;

    return text != NULL && *text != '\0' ? text : NONE;
}

/* A body may have no name in this language. */
static const char *issuer_name(const struct view *view)
{
    json_t *issuer = json_object_get(view->row.told, "issuer");
    const char *english = text_of(view, issuer, "name_en");

    return view->page.language == WORDS_EN && strcmp(english, NONE) != 0 ? english : text_of(view, issuer, "name_zh");
}

static char *day_text(const struct view *view, uint32_t date)
{
    return view->known ? g_strdup_printf("%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100) : g_strdup(NONE);
}

/* One may be withdrawn before its kiosk told that it was printed. */
static char *issued_text(const struct view *view)
{
    return view->row.issued_ms != 0 ? day_text(view, date_of_ms(view->row.issued_ms)) : g_strdup(NONE);
}

static char *hours_text(const struct view *view)
{
    int64_t minutes = view->row.minutes;

    if (!view->known)
        return g_strdup(NONE);
    return g_strdup_printf(word(&view->page, "%d h %d min"), (int)(minutes / 60), (int)(minutes % 60));
}

static const char *state_word(const struct view *view)
{
    if (!view->known)
        return word(&view->page, "Not known: number and code do not belong together, or it was not printed");
    return strcmp(view->row.state, "WITHDRAWN") == 0 ? word(&view->page, "Withdrawn: it does not count any more")
                                                     : word(&view->page, "Right: it stands in the register");
}

/* The same rows whatever is known. */
static void answer(struct view *view)
{
    struct page *page = &view->page;
    g_autofree char *hours = hours_text(view), *from = day_text(view, view->row.from), *to = day_text(view, view->row.to),
                    *issued = issued_text(view), *period = g_strdup_printf("%s – %s", from, to);

    page_put(page, "<section aria-labelledby=\"state\"><h2 id=\"state\" role=\"status\">%s</h2>\n<div class=\"scroll\"><table><tbody>\n",
             state_word(view));
    row_put(page, word(page, "Certificate number"), *view->number != '\0' ? view->number : NONE);
    row_put(page, word(page, "Name"), text_of(view, view->row.told, "name_masked"));
    row_put(page, word(page, "Hours of volunteer service"), hours);
    row_put(page, word(page, "In the time"), period);
    row_put(page, word(page, "Issued by"), issuer_name(view));
    row_put(page, word(page, "Unified social credit code"), text_of(view, json_object_get(view->row.told, "issuer"), "uscc"));
    row_put(page, word(page, "Issued on"), issued);
    page_put(page, "</tbody></table></div></section>\n");
}

static void form_put(struct view *view)
{
    struct page *page = &view->page;

    page_put(page,
             "<section aria-labelledby=\"ask\"><h2 id=\"ask\">%s</h2>\n<form method=\"get\" action=\"" VERIFY_PATH "\"><input type=\"hidden\""
             " name=\"lang\" value=\"%s\"><label for=\"number\">%s</label><input id=\"number\" name=\"number\" maxlength=\"40\" required"
             " autocomplete=\"off\" spellcheck=\"false\" value=\"%s\"><label for=\"code\">%s</label><input id=\"code\" name=\"code\""
             " maxlength=\"20\" required autocomplete=\"off\" spellcheck=\"false\" value=\"%s\"><button type=\"submit\">%s</button></form>\n"
             "<p class=\"note\">%s</p></section>\n",
             word(page, "Look one up"), words_code(page->language), word(page, "Certificate number"), view->number, word(page, "Check code"), view->code,
             word(page, "Look"), word(page, "Both stand on the certificate. One that was printed just now is here after some minutes."));
}

/* Nothing was looked up: it must not be read as an answer. */
static void later_put(struct view *view)
{
    struct page *page = &view->page;

    page_put(page, "<section aria-labelledby=\"state\"><h2 id=\"state\" role=\"status\">%s</h2>\n<p>%s</p></section>\n",
             view->later == 429 ? word(page, "Too many have asked from here: look again in a minute")
                                : word(page, "The register cannot be asked just now: look again in a minute"),
             word(page, "This says nothing about the certificate. Nothing was looked up."));
}

static char *written(struct view *view)
{
    view->page.out = g_string_sized_new(8 * 1024);
    head(view);
    if (view->later != 0)
        later_put(view);
    else if (view->asked)
        answer(view);
    form_put(view);
    page_put(&view->page, "</main>\n</body></html>\n");
    return g_string_free(view->page.out, FALSE);
}

static void page_reply(struct view *view, struct reply *out)
{
    g_autofree char *text = written(view);

    reply_bytes(out, "text/html; charset=utf-8", text, strlen(text));
    out->page_language = words_code(view->page.language);
}

static bool takes_html(const struct request *request)
{
    return request->accept != NULL && strstr(request->accept, "text/html") != NULL;
}

void verify_later(const struct request *request, struct reply *out, unsigned status, const char *code)
{
    struct view view = {.later = status};
    char lang[16] = "";

    handlers_problem(out, status, code, NULL);
    if (strcmp(request->path, VERIFY_PATH) != 0 || !takes_html(request))
        return;
    query_read(request, &view, lang);
    view.page.language = words_choose(lang, request->accept_language);
    struct reply problem = *out;
    page_reply(&view, out);
    out->status = status;
    out->problem = problem.problem;
    out->retry_after_s = problem.retry_after_s;
    free(problem.body);
}

void call_verify(struct platform *platform, const struct request *request, struct reply *out)
{
    struct view view = {0};
    char lang[16] = "";
    GError *error = NULL;

    query_read(request, &view, lang);
    view.page.language = words_choose(lang, request->accept_language);
    if (look_up(platform, &view, &error)) {
        page_reply(&view, out);
    } else {
        g_warning("a certificate cannot be looked up: %s", error->message);
        g_error_free(error);
        verify_later(request, out, 503, "UNAVAILABLE");
    }
    certificate_row_clear(&view.row);
}

/* One look for both pages of the platform. */
void call_verify_style(struct platform *platform, const struct request *request, struct reply *out)
{
    g_autoptr(GBytes) bytes = g_resources_lookup_data("/org/citycard/platform/admin/style.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    gsize len = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &len) : NULL;

    reply_bytes(out, "text/css; charset=utf-8", data, len);
}
