/* SPDX-License-Identifier: Apache-2.0 */
/* Who is looked after in a planned year, and each visit: by the rules of its room, and refused by the same. */
#include "platform/sample/year-post.h"
#include "platform/care/care.h"
#include "model/model.h"
#include <string.h>

static bool refused(const struct act *act, const char *code, GError **error)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the sample's %s of %u was refused: %s", act_kind_name(act->kind),
                date_of_ms(act->at_ms), code);
    return false;
}

/* By day of the year one or the other of the two. */
static const char *worker_of(const struct year_posting *posting, const struct act *act)
{
    return posting->staff_ids[date_of_ms(act->at_ms) % 2];
}

static bool begin_post(struct year_posting *posting, const struct act *act, GError **error)
{
    const struct sample_card *card = &g_array_index(posting->community->cards, struct sample_card, act->card);
    const struct person *person = year_person_of(posting, act->card);
    const char *grid = g_array_index(posting->community->households, struct household, person->household).grid;
    struct care_order order = {.id = act->care.care, .person = posting->community->first + card->person, .level = act->care.level,
                               .consent = true, .began = date_of_ms(act->at_ms), .items = act->care.found};
    struct db *db = posting->platform->db;
    char id[37];

    return db_care_grid_set(db, posting->staff_ids[0], grid, 0, error) && db_care_grid_set(db, posting->staff_ids[1], grid, 0, error) &&
           care_put(db, &order, id, error);
}

static const char *words_of(enum care_result result)
{
    switch (result) {
    case CARE_HELP_NEEDED:
        return "说最近有件事自己做不了，已登记需求 Needs a hand, noted";
    case CARE_MAJOR_CHANGE:
        return "家里有变故，明早再来 Something happened, somebody comes tomorrow";
    case CARE_NOT_MET:
        return "敲门无人应 Nobody opened";
    default:
        return "";
    }
}

bool year_post_care(struct year_posting *posting, const struct act *act, GError **error)
{
    struct care_visit visit = {.kind = act->care.kind, .result = act->care.result, .at_ms = act->at_ms, .found = act->care.found};
    const char *code = NULL;
    char kiosk[8];

    if (act->kind == ACT_CARE)
        return begin_post(posting, act, error);
    g_strlcpy(visit.care, act->care.care, sizeof visit.care);
    g_strlcpy(visit.staff, worker_of(posting, act), sizeof visit.staff);
    g_strlcpy(visit.words, words_of(visit.result), sizeof visit.words);
    year_kiosk_id(act->kiosk, kiosk);
    const struct care_origin origin = {.id = act->id, .kiosk = kiosk, .told_ms = act->at_ms};
    return care_visit_take(posting->platform->db, &visit, &origin, act->at_ms, &code, error) && (code == NULL || refused(act, code, error));
}
