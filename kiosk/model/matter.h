/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What can be done at a hall (F10): the guide to it (papers, fee, where, can a kiosk do it) and what holds for numbers and appointments
 * (QU-1), as data. And the ranges of numbers that a kiosk was given beforehand. Strict both ways. Pure.
 */
#ifndef MODEL_MATTER_H
#define MODEL_MATTER_H

#include "model/queue.h"
#include <jansson.h>

#define MATTER_CODE_SIZE   33
#define MATTER_PAPERS_MAX  12
#define MATTER_PLACES_MAX  16
#define MATTER_TEXT_SIZE   129

enum matter_kiosk { MATTER_KIOSK_NO, MATTER_KIOSK_PART, MATTER_KIOSK_YES, MATTER_KIOSKS };

struct matter_words {
    char zh[MATTER_TEXT_SIZE], en[MATTER_TEXT_SIZE];
};
struct matter {
    char code[MATTER_CODE_SIZE];
    char group; /* the letter of its numbers */
    struct matter_words name, dept, fee_note;
    size_t paper_count;
    struct matter_words papers[MATTER_PAPERS_MAX];
    int64_t fee_fen;
    int days; /* how long it takes, in working days; 0: at once */
    size_t place_count;
    char places[MATTER_PLACES_MAX][QUEUE_PLACE_SIZE];
    enum matter_kiosk kiosk;
    bool own_only; /* nobody does it for somebody else */
    /* QU-1 */
    int lead_days_min, horizon_workdays, cancel_hours, max_per_day, no_show_limit, no_show_window_days, ban_days;
};
bool matter_from_json(json_t *json, struct matter *out);
/** New reference. */
json_t *matter_to_json(const struct matter *matter);
/** Of matters and halls: letters, digits, "-", "_", "."; shorter than MATTER_CODE_SIZE. */
bool matter_code_valid(const char *code);
bool matter_at(const struct matter *matter, const char *place);

/* ---- Numbers of a kiosk's own ---- */
#define QUEUE_RANGES_MAX 200
struct queue_range {
    uint32_t day; /* YYYYMMDD: on no other one */
    char letter;
    int from_no, to_no;
};
struct queue_ranges {
    int64_t version; /* never goes back */
    char kiosk[32], place[QUEUE_PLACE_SIZE];
    int64_t issued_ms;
    size_t count;
    struct queue_range ranges[QUEUE_RANGES_MAX];
};
bool queue_ranges_from_json(json_t *json, struct queue_ranges *out);
/** New reference. */
json_t *queue_ranges_to_json(const struct queue_ranges *ranges);

#endif
