/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of who was looked after in a year, and of the visits: each is played once more by the model's own rule. */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

struct realism_care {
    int64_t levels[CARE_LEVELS], contacts[CARE_LEVELS], contacts_all, in_time, met_nobody;
    int64_t refused, gone; /* what must not be */
};

struct realism_care *realism_care_new(void)
{
    return g_new0(struct realism_care, 1);
}

void realism_care_free(struct realism_care *r)
{
    g_free(r);
}

static void add_visit(struct realism_care *r, struct care *care, const struct act *act)
{
    struct care_visit visit = {.kind = act->care.kind, .result = act->care.result, .at_ms = act->at_ms};
    int64_t due_ms = care != NULL ? care_due_ms(care) : 0;

    r->refused += care == NULL || care_visited(care, &visit, act->at_ms) != CARE_OK;
    r->met_nobody += !care_contact(&visit);
    if (!care_contact(&visit))
        return;
    r->contacts[act->care.level]++;
    r->contacts_all++;
    r->in_time += act->at_ms <= due_ms;
}

void realism_care_add(struct realism_care *r, const struct community *block, const GArray *acts)
{
    g_autoptr(GHashTable) cares = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        if (act->kind != ACT_CARE && act->kind != ACT_VISIT)
            continue;
        r->gone += realism_gone(realism_holder(block, act->card), date_of_ms(act->at_ms));
        if (act->kind == ACT_VISIT) {
            add_visit(r, g_hash_table_lookup(cares, act->care.care), act);
            continue;
        }
        struct care *care = g_new0(struct care, 1);
        *care = (struct care){.level = act->care.level, .consent = true, .began = date_of_ms(act->at_ms)};
        g_hash_table_insert(cares, (gpointer)act->care.care, care);
        r->levels[act->care.level]++;
    }
}

void realism_care_put(struct realism_care *r, int64_t people, GArray *figures)
{
    bool full = people >= REALISM_FULL, some = people >= 3000;
    const struct realism_bound bounds[] = {
        {"visited weekly, of 100000", r->levels[CARE_HIGH] * 100000, people, 1, 200, 212, 60},
        {"visited monthly, of 100000", r->levels[CARE_KEY] * 100000, people, 1, 1360, 1402, 60},
        {"visited quarterly, of 100000", r->levels[CARE_GENERAL] * 100000, people, 1, 2540, 2602, 60},
        {"visits in time, 1/1000", r->in_time, r->contacts_all, 1000, 900, 920, 30},
        {"visits of who is visited weekly, a year", r->contacts[CARE_HIGH], r->levels[CARE_HIGH], 1, 46, 60, 8},
        {"visits of who is visited monthly, tenths a year", r->contacts[CARE_KEY], r->levels[CARE_KEY], 10, 112, 150, 15},
        {"visits of who is visited quarterly, tenths a year", r->contacts[CARE_GENERAL], r->levels[CARE_GENERAL], 10, 36, 50, 8},
        {"visits that met nobody, 1/1000", r->met_nobody, r->contacts_all + r->met_nobody, 1000, 25, 50, 20},
    };

    realism_put_bounds(bounds, some ? G_N_ELEMENTS(bounds) : 0, full, figures);
    realism_put(figures, "visits twice on a day, or of nobody who is looked after", r->refused, 0, 0);
    realism_put(figures, "visits before birth or of who is gone", r->gone, 0, 0);
}
