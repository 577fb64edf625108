/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The kinds of pages that services are made of. A page gives its words and what a touch does; where things stand at each text
 * size, on a high and on a wide panel, is decided here, once.
 *
 *   choose    a question and tiles as its answers                        (home)
 *   scale     answers of one weight, all to be seen at once              (rating, what is wrong)
 *   list      rows to be touched, leafed through                         (notices)
 *   sheet     a heading over blocks of one's own, buttons: a detail      (wallet)
 *   amount    how much: amounts as large buttons, less and more, a cap   (questions of a form)
 *   picks     several of a few, ticked                               (what a volunteer can do)
 *   form      a few questions, one a page, each answered by choosing; at the end all of it, to be looked over
 *   confirm   what will happen, who pays what, verbs as buttons          (bills)
 *   pin       a 12-key pad, tries left told before the first key         (charges)
 *   progress  what is happening, how far, a way out where that is safe   (working)
 *   result    a tick, what was done, what is left, the slip              (paid)
 *   poster    a drawing, a headline, a few words, buttons: notices; progress and result stand on it   (goodbye, messages)
 *
 * The heading is the page's title. Texts are borrowed for the call only. amount, pin and progress keep what they need in
 * page->state, and so does a form that asks for a number. No page asks more than one question.
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
    const char *icon, *word, *note; /* icon and note may be NULL */
    kind_go go;
    size_t index;
    bool off;      /* there, but cannot be touched now */
    bool pressing; /* its note is in colour: it is needed now */
};

struct kind_row {
    const char *icon, *tone; /* tone: a class of the badge, may be NULL */
    const char *heading;     /* above the row, of this one and those that follow; may be NULL */
    const char *kicker;      /* above the text, in colour; may be NULL */
    const char *text, *note; /* note may be NULL or empty */
    kind_go go;
    size_t index;
    bool off;
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

/** Tiles in rows, at most eight on a leaf, six in large text, four in the largest. `lead`: the first one may be wider. */
GtkWidget *kind_choose(struct page *page, const struct kind_tile *tiles, size_t count, bool lead);
/** Tiles as long as their words are short, else rows: words that come from outside. */
GtkWidget *kind_pick(struct page *page, const struct kind_tile *tiles, size_t count, bool lead);
/** `empty`: what is said when there are none. `foot` may be NULL. */
GtkWidget *kind_list(struct page *page, const struct kind_row *rows, size_t count, const char *empty, GtkWidget *foot);
/** One of its rows, as a block of a sheet; a heading is not shown. */
GtkWidget *kind_row_new(struct ui *ui, const struct kind_row *row);
/** Answers of one weight, all on one leaf: at most six, their words short. Notes are not shown. */
GtkWidget *kind_scale(struct page *page, const struct kind_tile *tiles, size_t count);
GtkWidget *kind_poster(struct page *page, const struct kind_poster *poster);
/** `blocks` NULL-terminated. */
GtkWidget *kind_sheet(struct page *page, GtkWidget *const *blocks, const struct kind_button *buttons, size_t count);

/* ---- How much ---------------------------------------------------------------------------------------------------- */

#define KIND_GIVEN 6

struct kind_amount {
    int64_t *value;                        /* in the service's room, it outlives the page; 0 until something was chosen */
    int64_t given[KIND_GIVEN];             /* amounts to choose at once; 0 after the last one */
    const char *icons[KIND_GIVEN];         /* a drawing of each; NULL: none */
    int64_t min, max, step;                /* "less" and "more" stay in between; what is above max cannot be touched */
    char *(*words)(int64_t value);         /* the amount as it is read; g_free'd; NULL: the figure alone */
    const char *cap;                       /* why no more than max; NULL: nothing to say */
    char *(*cost)(struct ui *ui, int64_t value); /* what it costs, as a sentence; g_free'd; may be NULL */
    struct kind_button next;               /* cannot be touched before something was chosen */
};
GtkWidget *kind_amount(struct page *page, const struct kind_amount *amount);

/* ---- Which of these? --------------------------------------------------------------------------------------------- */

struct kind_picks {
    const char *const *words, *const *icons; /* `count` each, at most 32 */
    size_t count;
    unsigned *picked; /* a bit each, in the service's room: it outlives the page */
    struct kind_button buttons[KIND_BUTTONS];
};
/** Several of a few, by pictures: a touch ticks one, or takes the tick away. */
GtkWidget *kind_picks(struct page *page, const struct kind_picks *picks);

/* ---- A few questions --------------------------------------------------------------------------------------------- */

#define KIND_QUESTIONS 8
#define KIND_FACTS     4
#define KIND_OPTIONS   64

enum kind_ask {
    KIND_ASK_PICK,   /* one of a list; the answer is its index */
    KIND_ASK_DAY,    /* from … to days from today; the answer is YYYYMMDD */
    KIND_ASK_TIME,   /* from … to minutes of the day, `step` apart; the answer is minutes */
    KIND_ASK_NUMBER, /* from … to, `step` apart */
};

struct kind_option {
    const char *icon;  /* may be NULL */
    char *word, *note; /* g_free'd; note may be NULL */
    bool off;          /* there, but cannot be chosen */
};

struct kind_question {
    enum kind_ask ask;
    const char *icon;                         /* in the list of answers; NULL: a tick */
    const char *(*title)(struct ui *ui);      /* the question */
    const char *(*name)(struct ui *ui);       /* below its answer, when all is looked over: "When" */
    bool (*option)(struct ui *ui, size_t index, struct kind_option *out); /* PICK: false after the last one */
    int64_t from, to, step;
    bool (*offered)(struct ui *ui, int64_t answer); /* DAY, TIME: NULL: all are */
    char *(*words)(int64_t number);           /* NUMBER: g_free'd; NULL: the figure alone */
    bool (*asked)(struct ui *ui);             /* NULL: always */
};

/** What was answered so far: the service keeps it in its room, zeros at first. */
struct kind_answers {
    int64_t value[KIND_QUESTIONS];
    unsigned given;  /* a bit a question */
    size_t at;       /* the question on the screen; the count of them: all is looked over */
    bool going_over; /* one question was touched there, and is asked again */
};

struct kind_form {
    const struct kind_question *questions; /* at most KIND_QUESTIONS */
    size_t count;
    struct kind_answers *(*answers)(struct ui *ui);
    const char *(*title)(struct ui *ui);  /* over all the answers; NULL: "Is all of this right?" */
    size_t (*facts)(struct ui *ui, struct kind_row *rows); /* rows above them, at most KIND_FACTS: what was chosen before; borrowed; may be NULL */
    char *(*sum_up)(struct ui *ui);       /* a sentence below them: what it costs, who comes; g_free'd; may be NULL */
    const char *(*verb)(void);            /* what the button does with them */
    kind_go done;
    kind_go read;                         /* "Read aloud", when all is looked over; may be NULL */
    void (*changed)(struct ui *ui, size_t question); /* answers that hold no more are forgotten here; may be NULL */
};
/* A page of questions: its class gives these with its form. */
GtkWidget *kind_form(struct page *page, const struct kind_form *form);
const char *kind_form_title(struct ui *ui, const struct kind_form *form);
char *kind_form_speech(struct ui *ui, const struct kind_form *form);
/** For page_class.back: the question before; false when this is the first one. */
bool kind_form_back(struct ui *ui, const struct kind_form *form);
void kind_form_forget(struct kind_answers *answers, size_t question);

/* ---- Before and after -------------------------------------------------------------------------------------------- */

struct kind_confirm {
    const char *sentence;       /* what will happen; NULL: the blocks say it */
    GtkWidget *const *blocks;   /* NULL-terminated; may be NULL */
    const char *payer;          /* who pays, beside the sum; NULL: nothing to say */
    int64_t sum_fen;            /* what is paid, in digits and words; 0: nothing is */
    kind_go read;               /* "Read aloud"; may be NULL */
    const char *no;             /* a verb: "Rather not"; NULL: only the way back */
    kind_go no_go;              /* NULL: back */
    const char *yes;            /* a verb: "Pay now" */
    kind_go yes_go;
    bool yes_off;               /* there, but not now */
};
GtkWidget *kind_confirm(struct page *page, const struct kind_confirm *confirm);

struct kind_pin {
    const char *trouble;             /* in colour above the dots; NULL: none */
    unsigned tries_left;             /* 0: not known */
    void (*entered)(struct ui *ui);  /* the PIN is in session.pin, and overwritten when another page comes */
};
GtkWidget *kind_pin(struct page *page, const struct kind_pin *pin);
/** For page_class.key. */
bool kind_pin_key(struct page *page, guint keyval);

struct kind_progress {
    GtkWidget *drawing;
    const char *doing;         /* what is happening */
    const char *const *later;  /* what is said instead when it lasts, one after the other: static msgids, NULL after the last */
    unsigned done, of;         /* how far; `of` 0: nobody knows */
    struct kind_button cancel; /* no word: it cannot be cancelled safely */
};
GtkWidget *kind_progress(struct page *page, const struct kind_progress *progress);
/** It has come further; the page stays. */
void kind_progress_set(struct page *page, const char *doing, unsigned done, unsigned of);

struct kind_fact {
    const char *name, *value;
};
struct kind_result {
    const char *headline;               /* NULL: the page's title */
    int64_t sum_fen;                    /* 0: no money */
    const char *answer, *soft;          /* what was done; what comes next; NULL: nothing to say */
    struct kind_fact facts[KIND_FACTS]; /* what is left, the number; no name after the last one */
    GtkWidget *slip;                    /* how it is with the slip; NULL: none was asked for */
    struct kind_button buttons[KIND_BUTTONS]; /* the one to press first last */
};
/** How it is with a slip, as a block; NULL without a text. */
GtkWidget *kind_slip(const char *text, bool failed);
GtkWidget *kind_result(struct page *page, const struct kind_result *result);

/* ---- Parts --------------------------------------------------------------------------------------------------------- */

/** A row of buttons of equal width; NULL when none has a word. */
GtkWidget *kind_foot(struct ui *ui, const struct kind_button *buttons, size_t count, bool upright);
/** Long words in the largest text on a high panel stand one below the other. */
bool kind_upright(const struct ui *ui);
/** For widgets of one's own: touched, it does this. */
GtkWidget *kind_touch(GtkWidget *button, struct ui *ui, kind_go go, size_t index);

/** The page on the screen: what a touch of one of its widgets is about. */
struct page *kind_page(struct ui *ui);

/* What many buttons do. */
void kind_go_home(struct ui *ui, size_t index);
void kind_go_back(struct ui *ui, size_t index);
void kind_go_end(struct ui *ui, size_t index);
/** Says the page's own speech, voice on or off. */
void kind_go_read(struct ui *ui, size_t index);

#endif
