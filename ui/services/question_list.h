/* SPDX-License-Identifier: Apache-2.0 */
/** Questions and their answers: what the machine has of its own, and behind it what the community has published. No GTK. */
#ifndef UI_SERVICES_QUESTION_LIST_H
#define UI_SERVICES_QUESTION_LIST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include "service/kiosk.h"

#define QUESTION_STEPS 40 /* blocks of an answer; what is longer ends there */

struct question_list {
    struct kiosk_notice *items; /* published */
    size_t count;
};
/** Take those out of the notices that are questions. False: they are the ones that are known already. */
bool question_list_take(struct question_list *list, const struct kiosk_notice *notices, size_t count);
void question_list_clear(void *list);

/** One of them, in the language that is in force; texts are borrowed but for the steps. */
struct question {
    const char *id, *icon, *title, *picture; /* picture: a path; "" none */
    struct {
        const char *icon;
        char *text;
        size_t number; /* of the step that begins here; 0: it goes on */
    } steps[QUESTION_STEPS];
    size_t count;
};
/** Of our own and published ones together. */
size_t question_list_count(const struct question_list *list);
void question_at(const struct question_list *list, size_t index, struct question *out);
void question_clear(struct question *question);
/** Where the one of this id is; false: it has gone. */
bool question_find(const struct question_list *list, const char *id, size_t *index);

/** The name under which an opened answer, or one that did not help, is counted; false: there is none. */
bool question_counted_as(const char *id, bool unsolved, char out[64]);

#endif
