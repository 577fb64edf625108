/* SPDX-License-Identifier: Apache-2.0 */
/** Every page in every state that looks different, and how to get there from idle. */
#ifndef TESTS_UI_SCENES_H
#define TESTS_UI_SCENES_H

#include "stage.h"

struct scene {
    const char *name;
    const struct page_class *page; /* where it must end */
    void (*play)(struct stage *stage);
    const struct service *const *services; /* NULL: those of the kiosk */
};

extern const struct scene scenes[];
extern const size_t scene_count;

#endif
