/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A page, as the shell sees it. The shell builds it, shows it, speaks it, and throws it away when another one comes: a
 * page lives as long as it is on the screen, so nothing personal stays behind in a hidden widget. A change of language
 * or text size builds it again; what must outlive that is in struct session.
 */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include <assert.h>
#include <gtk/gtk.h>
#include <stdbool.h>

struct kiosk_identity;
struct service;
struct ui;

/* Flags are numbered by their place in their list, so that no two are the same bit. */
#define PAGE_FLAG_BIT(name)   name##_BIT,
#define PAGE_FLAG_VALUE(name) name = 1 << name##_BIT,

#define PAGE_FLAGS(FLAG) \
    FLAG(PAGE_NO_HOME) /* 首页 leads nowhere from here */ \
    FLAG(PAGE_NO_BACK) \
    FLAG(PAGE_OUTLIVES_CARD) /* stays when the card is taken: it still has to be read */ \
    FLAG(PAGE_UNHURRIED)     /* no "still there?" */ \
    FLAG(PAGE_PASSING)       /* 返回 never leads back to it */ \
    FLAG(PAGE_ROOT)          /* there is no way back from it, and none past it */ \
    FLAG(PAGE_AWAITS_CARD)   /* outlives its card to wait for one: people have as long as an elder with it */ \
    FLAG(PAGE_ASIDE)         /* reached from everywhere, and leads back there */

/** What the machine may tell that builds the page again. */
#define PAGE_NEWS(FLAG) \
    FLAG(PAGE_NEWS_READER)  /* another state of the reader */ \
    FLAG(PAGE_NEWS_ALLOWED) /* another state of what is allowed offline */ \
    FLAG(PAGE_NEWS_CARD)    /* the card was taken */ \
    FLAG(PAGE_NEWS_PRINT)   /* a slip came, or did not */ \
    FLAG(PAGE_NEWS_ONLINE)  /* the network has come or gone */

enum page_flag_bit { PAGE_FLAGS(PAGE_FLAG_BIT) PAGE_FLAG_BITS };
enum page_news_bit { PAGE_NEWS(PAGE_FLAG_BIT) PAGE_NEWS_BITS };
enum page_flag { PAGE_FLAGS(PAGE_FLAG_VALUE) };
enum page_news { PAGE_NEWS(PAGE_FLAG_VALUE) };
static_assert(PAGE_FLAG_BITS < 31 && PAGE_NEWS_BITS < 31, "as many as an int has bits");

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
extern const struct page_class page_idle, page_greeting, page_home, page_help, page_help_called, page_sound, page_goodbye, page_message, page_pin,
    page_working, page_result, page_doubt;

#endif
