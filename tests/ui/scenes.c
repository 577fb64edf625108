/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

static const struct scene *const sets[] = {
    scenes_frame,
    scenes_money,
    scenes_community,
    scenes_tickets,
    scenes_mine,
    scenes_prints,
    scenes_volunteer,
    scenes_kinds,
    scenes_faq,
    scenes_practice,
};

const struct scene *scene_at(size_t index)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++)
        for (const struct scene *scene = sets[i]; scene->name != NULL; scene++)
            if (index-- == 0)
                return scene;
    return NULL;
}

unsigned scene_count(void)
{
    unsigned count = 0;

    while (scene_at(count) != NULL)
        count++;
    return count;
}
