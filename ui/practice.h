/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Lessons (F23). While one is on, the whole of the machine behind the pages is another one: requests go to it, its events are what pages
 * hear, and what services keep of the machine is kept apart. The kiosk's own goes on beside it: its status and its card are noted and
 * shown when the lesson is over. To it go calls for help, and how many lessons were begun and finished; nothing else.
 */
#ifndef UI_PRACTICE_H
#define UI_PRACTICE_H

#include <glib.h>
#include "rooms.h"
#include "service/kiosk.h"

struct service;
struct ui;
struct ui_backend;

#define PRACTICE_FOLDER "practice" /* in the kiosk's own, while a lesson is on */

enum lesson { LESSON_BILLS, LESSON_REPORT, LESSON_SIGN_IN, LESSON_ORDER, LESSONS };

/** How a machine to learn on is had; the shipped one is service/practice.h. */
struct practice_ways {
    const struct ui_backend *backend;
    /** A new one; `kiosk` is what the backend's requests take. NULL with error. Events come from the main loop, until close(). */
    void *(*open)(kiosk_event_fn fn, void *data, const char *folder, void **kiosk, GError **error);
    void (*close)(void *machine);
};

/** Of struct ui. */
struct practising {
    bool on;
    enum lesson lesson;
    bool done; /* what was to be learnt was done: the page that says so is read */
    void *machine;
    guint repeat, repeats; /* the timer that says again what to touch, and how often it has */
    /* The kiosk's own: */
    struct rooms rooms;
    struct kiosk_status status;
    bool status_known, card_present;
    bool began_with_card; /* it leads the lesson: when it is taken, that is over */
    bool person;          /* .identity is whose card lies there */
    struct kiosk_identity identity;
    bool came;            /* a card was laid there meanwhile: what it said goes on when the lesson is left, as if it had come then */
    struct kiosk_card_event card;
};

/** Behind it the practice card comes by itself. False: there is no machine to learn on now, and nothing has changed. */
bool practice_start(struct ui *ui, enum lesson lesson);
/** The machine to learn on is gone, and with it what it had of anybody; the kiosk's own is back. The page stays for whoever calls. */
void practice_leave(struct ui *ui);
/** "Leave practice": the person whose card lies there goes on at home; one whose card came meanwhile is met as at any time. */
void practice_exit(struct ui *ui);
/** Home or Finish was touched, and the lesson was done: the page that says so is shown. False: nothing was. */
bool practice_finish(struct ui *ui);
/** The kiosk's own machine says this while somebody practises. True: it is noted, and is nothing for the page. */
bool practice_minds(struct ui *ui, const struct kiosk_event *event);
/** Is this a page of a lesson? Not those beside it: a call for help is real, and nobody is sent away from it. */
bool practice_guides(const struct ui *ui);
/** Another page is shown, or the same again: on one of a lesson, after a while without a touch it is said what to touch. */
void practice_shown(struct ui *ui);

/** What to touch now, as a sentence; g_free'd. */
char *practice_hint(struct ui *ui);
/** This is what is learnt now: its tile comes first. */
bool practice_wants(const struct ui *ui, const struct service *service);
/** Another tile than the lesson's was touched: it is said which one is meant. False: go on. */
bool practice_elsewhere(struct ui *ui, const struct service *service);

/** The service that is learnt. */
const struct service *lesson_service(enum lesson lesson);
const char *lesson_word(enum lesson lesson);
const char *lesson_icon(enum lesson lesson);
/** By this it is counted, behind "kiosk.lesson.". */
const char *lesson_name(enum lesson lesson);
/** "You have learnt to …", and how it went, as sentences. */
const char *lesson_learnt(enum lesson lesson);
const char *lesson_steps(enum lesson lesson);

#endif
