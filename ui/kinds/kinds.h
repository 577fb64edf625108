/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The kinds of pages that services are made of. A page gives its words and what a touch does; where things stand at each text
 * size, on a high and on a wide panel, is decided here, once.
 *
 *   choose    a question and tiles as its answers          (home)
 *   scale     answers from one end to the other            (rating)
 *   list      rows to be touched, leafed through           (notices)
 *   poster    a drawing, a headline, a few words, buttons: progress, result, notice   (working, paid, goodbye, messages)
 *   sheet     a heading over blocks of one's own, buttons  (detail, confirm)
 *
 * The heading is the page's title. Texts are borrowed for the call only.
 */
#ifndef UI_KINDS_H
#define UI_KINDS_H

#include "../kit/kit.h"
#include "../ui.h"

/** What a touch does. It may show another page: nothing is done after it. */
typedef void (*kind_go)(struct ui *ui, size_t index);

struct kind_button {
    const char *icon; /* may be NULL */
    const char *word; /* NULL: this one is left out */
    const char *class; /* kx-primary, kx-plain, kx-pay */
    kind_go go;
    size_t index; /* given to go */
    bool off;     /* there, but cannot be touched now */
};

struct kind_tile {
    const char *icon, *word, *note; /* note may be NULL */
    kind_go go;
    size_t index;
};

struct kind_row {
    const char *icon, *tone; /* tone: a class of the badge, may be NULL */
    const char *kicker;      /* above the text, in colour; may be NULL */
    const char *text, *note; /* note may be NULL or empty */
    kind_go go;
    size_t index;
};

#define KIND_BUTTONS 3
#define KIND_SOFT    3
#define KIND_BLOCKS  4
struct kind_poster {
    GtkWidget *drawing;
    const char *headline;            /* NULL: the page's title */
    GtkWidget *under;                /* below it, beside the drawing; may be NULL */
    const char *answer;              /* the sentence below the headline; NULL or empty: none */
    const char *soft[KIND_SOFT];     /* sentences of their own below the drawing; NULL after the last one */
    GtkWidget *blocks[KIND_BLOCKS];  /* below those; NULL after the last one */
    struct kind_button buttons[KIND_BUTTONS]; /* the one to press first last */
    bool upright_when_largest;       /* long words: one below the other on a high panel in the largest text */
};

/** `lead`: the first one is twice as large. */
GtkWidget *kind_choose(struct page *page, const struct kind_tile *tiles, size_t count, bool lead);
/** `empty`: what is said when there are none. `foot` may be NULL. */
GtkWidget *kind_list(struct page *page, const struct kind_row *rows, size_t count, const char *empty, GtkWidget *foot);
/** All on one leaf: at most six, their words short. Notes are not shown. */
GtkWidget *kind_scale(struct page *page, const struct kind_tile *tiles, size_t count);
GtkWidget *kind_poster(struct page *page, const struct kind_poster *poster);
/** `blocks` NULL-terminated. */
GtkWidget *kind_sheet(struct page *page, GtkWidget *const *blocks, const struct kind_button *buttons, size_t count);

/** A row of buttons of equal width; NULL when none has a word. */
GtkWidget *kind_foot(struct ui *ui, const struct kind_button *buttons, size_t count, bool upright);
/** Long words in the largest text on a high panel stand one below the other. */
bool kind_upright(const struct ui *ui);
/** For widgets of one's own: touched, it does this. */
GtkWidget *kind_touch(GtkWidget *button, struct ui *ui, kind_go go, size_t index);

/* What many buttons do. */
void kind_go_home(struct ui *ui, size_t index);
void kind_go_back(struct ui *ui, size_t index);
void kind_go_end(struct ui *ui, size_t index);
/** Says the page's own speech, voice on or off. */
void kind_go_read(struct ui *ui, size_t index);

#endif
