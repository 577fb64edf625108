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

/** The scenes of one part of the screen, up to the one without a name. */
extern const struct scene scenes_frame[], scenes_money[], scenes_community[], scenes_tickets[], scenes_mine[], scenes_prints[], scenes_volunteer[], scenes_kinds[], scenes_faq[], scenes_practice[];

/** Any of all scenes; NULL: there are not so many. */
const struct scene *scene_at(size_t index);
unsigned scene_count(void);

/* Plays that others begin with. */
void scene_offline(struct kiosk_status *status);
void scene_offline_long(struct kiosk_status *status);
void scene_home(struct stage *stage);
void scene_bills(struct stage *stage);

#endif
