/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit finds what it is there for: a page that is right passes, and with one fault planted in it, it is told of, in its own words.
 */
#include "audit.h"
#include "audit_paint.h"
#include "flow.h"
#include "kit/kit.h"
#include "stage.h"

enum fault {
    FAULT_NONE,
    FAULT_CUT,        /* a label that is ellipsised */
    FAULT_CLIPPED,    /* a label in something less high */
    FAULT_LARGER,     /* a label that got more text than it has room for */
    FAULT_TALL,       /* a block higher than its leaf */
    FAULT_GLYPH,      /* a character that no font has */
    FAULT_BROKEN,     /* a word over two lines */
    FAULT_OUTSIDE,    /* beyond the edge of the window */
    FAULT_SMALL,      /* 50 px high */
    FAULT_FINE_PANEL, /* 60 px, on a panel where that is less than 15 mm */
    FAULT_NEAR,       /* 4 px from the next one */
    FAULT_NAMELESS,
    FAULT_MISNAMED,   /* another name than its word */
    FAULT_WORDLESS,   /* nothing is read on it */
    FAULT_UNFOCUSED,  /* not by keys */
    FAULT_ORDER,      /* the last comes first by Tab */
    FAULT_COVERED,    /* by keys, not by touch */
    FAULT_QUESTIONS,  /* two of them */
    FAULT_SILENT,
    FAULT_PALE,       /* words at 4:1 */
    FAULT_PALE_ICON,
    FAULT_EDGELESS,   /* a button like the paper around it */
    FAULT_RINGLESS,
    FAULT_PALE_RING,
    FAULT_CUT_RING,
    FAULT_COUNT
};

static const char *const told[FAULT_COUNT] = {
    [FAULT_CUT] = "cut by an ellipsis",
    [FAULT_CLIPPED] = "clipped by what is around it",
    [FAULT_LARGER] = "text larger than its place",
    [FAULT_TALL] = "taller than its page",
    [FAULT_GLYPH] = "glyphs missing in the font",
    [FAULT_BROKEN] = "a word is broken",
    [FAULT_OUTSIDE] = "outside the window",
    [FAULT_SMALL] = "touch target below 60 px or 15 mm",
    [FAULT_FINE_PANEL] = "touch target below 60 px or 15 mm",
    [FAULT_NEAR] = "nearer than 8 px",
    [FAULT_NAMELESS] = "no accessible name",
    [FAULT_MISNAMED] = "another accessible name than its word",
    [FAULT_WORDLESS] = "nothing to be read on it, nor to be spoken",
    [FAULT_UNFOCUSED] = "not reached by Tab",
    [FAULT_ORDER] = "comes too late by Tab",
    [FAULT_COVERED] = "reached by Tab, and cannot be touched",
    [FAULT_QUESTIONS] = "2 questions on one page",
    [FAULT_SILENT] = "nothing is spoken",
    [FAULT_PALE] = "below 7.0",
    [FAULT_PALE_ICON] = "below 3.0",
    [FAULT_EDGELESS] = "does not stand out",
    [FAULT_RINGLESS] = "the focus is not seen",
    [FAULT_PALE_RING] = "the ring of the focus is below 3:1",
    [FAULT_CUT_RING] = "the ring of the focus is cut",
};

static enum fault planted;
static GtkWidget *sentence; /* on the page that is shown */

/* ---- The page ----------------------------------------------------------------------------------------------------------- */

/* What the page's own style sheet would never say: each rule is of one widget, by its name. */
static const char *const style = "#faulty-pale { color: #6E6E6E; }\n"
                                 "#faulty-icon kxicon { color: #B8B8B8; }\n"
                                 "#faulty-edge { border-color: #FBF7F0; background-color: #FBF7F0; color: #1F1B16; box-shadow: none; }\n"
                                 "#faulty-ring:focus-visible { outline: none; }\n"
                                 "#faulty-pale-ring:focus-visible { outline-color: #D8D0C4; }\n";

static void load_style(void)
{
    GtkCssProvider *provider = gtk_css_provider_new();

    gtk_css_provider_load_from_data(provider, style, -1);
    gtk_style_context_add_provider_for_display(gdk_display_get_default(), GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_USER);
    g_object_unref(provider);
}

static const char *title(struct ui *ui)
{
    return "One question?";
}

static char *speech(struct ui *ui)
{
    return planted == FAULT_SILENT ? NULL : g_strdup("One question?");
}

static GtkWidget *label_new(void)
{
    static const char *const texts[FAULT_COUNT] = {
        [FAULT_CUT] = "A sentence that is much longer than the line it stands on, and on which it is cut",
        [FAULT_GLYPH] = "A character of nobody: \xF3\xB0\x80\x80",
        [FAULT_BROKEN] = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstelle",
    };
    GtkWidget *label = kit_label(texts[planted] != NULL ? texts[planted] : "A sentence.", "kx-answer");

    if (planted == FAULT_CUT) {
        gtk_label_set_wrap(GTK_LABEL(label), FALSE);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    }
    if (planted == FAULT_PALE)
        gtk_widget_set_name(label, "faulty-pale");
    return label;
}

static GtkWidget *beyond_new(GtkWidget *label)
{
    GtkWidget *fixed = gtk_fixed_new();

    gtk_fixed_put(GTK_FIXED(fixed), label, -200, 0);
    return fixed;
}

static GtkWidget *clipped_new(GtkWidget *label)
{
    GtkWidget *scrolled = gtk_scrolled_window_new();

    gtk_label_set_label(GTK_LABEL(label), "Four\nlines\nof\ntext");
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), label);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_EXTERNAL);
    gtk_widget_set_size_request(scrolled, -1, 60);
    return scrolled;
}

static GtkWidget *tall_new(GtkWidget *label)
{
    GtkWidget *pager = kx_pager_new();

    gtk_widget_set_size_request(label, -1, 3000);
    kx_pager_add(KX_PAGER(pager), label);
    return pager;
}

static GtkWidget *placed(GtkWidget *label)
{
    switch (planted) {
    case FAULT_OUTSIDE:
        return beyond_new(label);
    case FAULT_CLIPPED:
        return clipped_new(label);
    case FAULT_TALL:
        return tall_new(label);
    default:
        return label;
    }
}

static GtkWidget *button_new(const char *icon, const char *word)
{
    return kit_button(icon, word, "kx-plain", NULL, NULL);
}

static void spoil_button(GtkWidget *button)
{
    static const char *const names[FAULT_COUNT] = {[FAULT_PALE_ICON] = "faulty-icon",
                                                   [FAULT_EDGELESS] = "faulty-edge",
                                                   [FAULT_RINGLESS] = "faulty-ring",
                                                   [FAULT_PALE_RING] = "faulty-pale-ring"};

    if (names[planted] != NULL)
        gtk_widget_set_name(button, names[planted]);
    if (planted == FAULT_NAMELESS)
        kit_name(button, "");
    if (planted == FAULT_MISNAMED)
        kit_name(button, "Another");
    if (planted == FAULT_WORDLESS) {
        g_object_set_data(G_OBJECT(button), "kx-word", NULL); /* it goes with the child */
        gtk_button_set_child(GTK_BUTTON(button), kx_icon_new("tick"));
    }
    if (planted == FAULT_UNFOCUSED)
        gtk_widget_set_focusable(button, FALSE);
    gtk_widget_set_can_target(button, planted != FAULT_COVERED);
}

/* Goes by Tab from its last child to its first. */
struct _BackwardBox {
    GtkBox parent;
};
#define TEST_TYPE_BACKWARD_BOX (backward_box_get_type())
G_DECLARE_FINAL_TYPE(BackwardBox, backward_box, TEST, BACKWARD_BOX, GtkBox)
G_DEFINE_FINAL_TYPE(BackwardBox, backward_box, GTK_TYPE_BOX)

static gboolean backward_focus(GtkWidget *widget, GtkDirectionType direction)
{
    GtkWidget *child = gtk_widget_get_focus_child(widget);

    child = child != NULL ? gtk_widget_get_prev_sibling(child) : gtk_widget_get_last_child(widget);
    return child != NULL && gtk_widget_child_focus(child, direction);
}

static void backward_box_class_init(BackwardBoxClass *class)
{
    GTK_WIDGET_CLASS(class)->focus = backward_focus;
}

static void backward_box_init(BackwardBox *self)
{
}

static GtkWidget *pair_new(GtkWidget *one, GtkWidget *other)
{
    GtkWidget *box = planted == FAULT_ORDER ? g_object_new(TEST_TYPE_BACKWARD_BOX, NULL) : gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

    gtk_box_set_spacing(GTK_BOX(box), planted == FAULT_NEAR ? 4 : 24);
    gtk_widget_set_halign(box, GTK_ALIGN_START);
    kit_add(box, one);
    kit_add(box, other);
    if (planted == FAULT_CUT_RING)
        gtk_widget_set_overflow(box, GTK_OVERFLOW_HIDDEN);
    return box;
}

/* A button is never less high than its words: those of a key are of one line without any room above and below. */
static GtkWidget *small_new(int px)
{
    GtkWidget *button = gtk_button_new();

    gtk_button_set_child(GTK_BUTTON(button), kit_label("Small", NULL));
    kit_name(button, "Small");
    kit_add_classes(button, "kx-card");
    gtk_widget_set_valign(button, GTK_ALIGN_START);
    gtk_widget_set_size_request(button, 300, px);
    return button;
}

static GtkWidget *build(struct page *page)
{
    GtkWidget *column = kit_column("kx-sheet"), *label = label_new(), *one = button_new(planted == FAULT_PALE_ICON ? "tick" : NULL, "One");

    spoil_button(one);
    kit_add(column, kit_title(title(page->ui)));
    if (planted == FAULT_QUESTIONS)
        kit_add(column, kit_title("Another question?"));
    kit_add(column, placed(label));
    sentence = label;
    kit_add(column, pair_new(one, button_new(NULL, "Two")));
    if (planted == FAULT_SMALL || planted == FAULT_FINE_PANEL)
        kit_add(column, small_new(planted == FAULT_SMALL ? 40 : 66));
    return column;
}

static const struct page_class page_planted = {.name = "planted", .title = title, .speech = speech, .build = build};

/* ---- What is told ------------------------------------------------------------------------------------------------------- */

static char *audit(struct stage *stage)
{
    GtkWindow *window = ui_window(stage->ui);
    g_autoptr(GString) layout = audit_window(stage->ui), colours;

    audit_focus_all(window, TRUE);
    stage_settle(stage);
    colours = audit_paint(window);
    return g_strconcat(layout->str, colours->str, NULL);
}

static void test_fault(gconstpointer data)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    g_autofree char *report = NULL;

    planted = GPOINTER_TO_INT(data);
    if (planted == FAULT_FINE_PANEL)
        stage->config.panel_inches = 15.6;
    flow_go(stage->ui, &page_planted);
    stage_settle(stage);
    if (planted == FAULT_LARGER) /* and no time to make room */
        gtk_label_set_label(GTK_LABEL(sentence), "A sentence.\nAnother.");
    report = audit(stage);
    if (told[planted] == NULL)
        g_assert_cmpstr(report, ==, "");
    else if (strstr(report, told[planted]) == NULL)
        g_error("“%s” was not told, but: %s", told[planted], report);
    planted = FAULT_NONE;
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    load_style();
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        g_autofree char *path = g_strdup_printf("/ui/audit/%s", told[fault] != NULL ? told[fault] : "nothing");

        g_strdelimit(path + 10, " /", '-');
        if (fault == FAULT_FINE_PANEL)
            g_test_add_data_func("/ui/audit/panel", GINT_TO_POINTER(fault), test_fault);
        else
            g_test_add_data_func(path, GINT_TO_POINTER(fault), test_fault);
    }
    return g_test_run();
}
