/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A page, as the shell sees it. The shell builds it, shows it, speaks it, and throws it away when another one comes: a
 * page lives as long as it is on the screen, so nothing personal stays behind in a hidden widget. A change of language
 * or text size builds it again; what must outlive that is in struct session.
 */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include <gtk/gtk.h>
#include <stdbool.h>

struct kiosk_identity;
struct service;
struct ui;

enum page_flag {
    PAGE_NO_HOME = 1 << 0, /* 首页 leads nowhere from here */
    PAGE_NO_BACK = 1 << 1,
    PAGE_OUTLIVES_CARD = 1 << 2, /* stays when the card is taken: it still has to be read */
    PAGE_UNHURRIED = 1 << 3,     /* no "still there?" */
    PAGE_PASSING = 1 << 4,       /* 返回 never leads back to it */
    PAGE_ROOT = 1 << 5,          /* there is no way back from it, and none past it */
    PAGE_AWAITS_CARD = 1 << 6,   /* outlives its card to wait for one: people have as long as with it */
    PAGE_ASIDE = 1 << 7,         /* reached from everywhere, and leads back there */
};

/** What the machine may tell that builds the page again. */
enum page_news {
    PAGE_NEWS_READER = 1 << 0,  /* another state of the reader */
    PAGE_NEWS_ALLOWED = 1 << 1, /* another state of what is allowed offline */
    PAGE_NEWS_CARD = 1 << 2,    /* the card was taken */
    PAGE_NEWS_PRINT = 1 << 3,   /* a slip came, or did not */
    PAGE_NEWS_ONLINE = 1 << 4,  /* the network has come or gone */
};

struct page {
    const struct page_class *class;
    struct ui *ui;
    GtkWidget *widget;
    void *state;   /* g_free'd by the shell after hide() */
    guint timeout; /* removed by the shell */
};

struct page_class {
    const char *name; /* for tests and logs */
    unsigned flags;
    unsigned news;
    const struct service *service; /* whose it is; NULL: of the frame */
    /** The window's title. */
    const char *(*title)(struct ui *ui);
    /** What is said aloud; never amounts or names (EL-3). g_free'd; NULL is silence. */
    char *(*speech)(struct ui *ui);
    GtkWidget *(*build)(struct page *page);
    void (*show)(struct page *page); /* may be NULL */
    void (*hide)(struct page *page); /* may be NULL */
    /** One step back within the page; false: it is left. May be NULL. */
    bool (*back)(struct ui *ui);
    /** A good card was put there; true: it is what the page waits for, and nobody is greeted. May be NULL. */
    bool (*card)(struct ui *ui, const struct kiosk_identity *identity);
    /** A key of an attached keypad; true when taken. May be NULL. */
    bool (*key)(struct page *page, guint keyval);
};

/* Of the frame, and of what is paid by card (charge.h). Services have their own in their files. */
extern const struct page_class page_idle, page_greeting, page_home, page_help, page_sound, page_goodbye, page_message, page_pin,
    page_working, page_result, page_doubt;

#endif
