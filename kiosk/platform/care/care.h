/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Visits at the platform: who is looked after, what kiosks tell of visits, and what the one who looks after a grid may read. The rules of
 * when are those of model/care.h; here is who may, and that every reading stands in the access log.
 */
#ifndef PLATFORM_CARE_H
#define PLATFORM_CARE_H

#include "platform/data/db-care.h"
#include "platform/persons/taps.h"
#include "platform/platform.h"

/* ---- care.c: inside a transaction ---- */

/** Begin to look after somebody, or go on with other words: the level, whether they agreed. */
struct care_order {
    const char *id; /* of a new profile; NULL: of chance */
    int64_t person;
    enum care_level level;
    bool consent;
    uint32_t began;            /* of a new one, or one that had ended */
    unsigned items;            /* what is known beside what was */
};
/** PLATFORM_ERROR_STATE: no such person, or who has left. `out` gets the profile's id. */
bool care_put(struct db *db, const struct care_order *order, char out[37], GError **error);

/** Where and when a visit was told. Its id is that of the event. */
struct care_origin {
    const char *id, *kiosk; /* "": at the platform */
    int64_t told_ms;
};
/**
 * Takes a visit in. *refused not NULL: why not, and nothing was written: CARE_UNKNOWN (nobody of this id), CARE_GRID (of somebody else's
 * grid), CARE_* of model/care.h, ID_REUSED, STAFF_OWN_CARD (themselves, or their home), or the word of the register of staff.
 */
bool care_visit_take(struct db *db, const struct care_visit *visit, const struct care_origin *origin, int64_t now_ms,
                     const char **refused, GError **error);
/** One more visit by that day, of all in a grid ("": of all) with a level ("": any): a festival, the weather. *count of whom. */
bool care_extra(struct db *db, const char *grid, const char *level, uint32_t by, int64_t now_ms, int64_t *count, GError **error);
/** Something happened to them: somebody comes within 24 hours. PLATFORM_ERROR_STATE: nobody is to. */
bool care_change(struct db *db, const char *id, int64_t at_ms, GError **error);

/* ---- care-events.c ---- */
#define CARE_VISITED_TYPE "care.visited"
bool care_type(const char *type);
/** An event of a kiosk, inside its transaction. `offset_ms`: platform minus `at`, as far as the kiosk knows. */
struct care_event {
    const char *kiosk, *id;
    int64_t at_ms, offset_ms;
};
bool care_apply(struct platform *platform, const struct care_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);

/* ---- care-read.c ---- */
#define CARE_PAGE_MAX   50
#define CARE_VISITS_MAX 20 /* of each of a household, the newest */
#define CARE_CURSOR_MAX 60
struct care_request {
    const char *kiosk, *secret;    /* who asks, and by which session */
    const char *purpose, *cursor;  /* as they came; NULL not given */
    const char *household;         /* NULL: the list */
};
/**
 * What is due in the grids of whose session it is, soonest first; or one household of them, with needs, risks and visits. Each person
 * told of is a row of the access log in the same transaction. As taps_challenge().
 */
json_t *care_read(struct platform *platform, const struct care_request *request, int64_t now_ms, struct tap_refusal *refusal,
                  GError **error);
/** The rows of all grids for people at the platform: a reading of everybody, noted in the access log first. New reference. */
json_t *care_rows(struct platform *platform, int64_t now_ms, GError **error);

#endif
