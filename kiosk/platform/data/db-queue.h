/* SPDX-License-Identifier: Apache-2.0 */
/** Halls, what can be done there, and numbers, in the database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_QUEUE_H
#define PLATFORM_DB_QUEUE_H

#include "model/matter.h"
#include "platform/data/db.h"

/* ---- db-halls.c ---- */
struct hall_row {
    char id[QUEUE_PLACE_SIZE], name_zh[128], name_en[128], address_zh[256], address_en[256], phone[33];
    int64_t open_min, close_min; /* of a working day */
};
bool db_hall_put(struct db *db, const struct hall_row *row, GError **error);
bool db_hall_find(struct db *db, const char *id, struct hall_row *out, bool *found, GError **error);
/** GPtrArray of g_free'd ids. */
GPtrArray *db_halls(struct db *db, GError **error);
/** New reference. */
json_t *db_hall_json(const struct hall_row *row);
/** Where a kiosk stands, and how many numbers of each letter it gets for a day; "" nowhere. */
bool db_hall_kiosk_set(struct db *db, const char *kiosk, const char *hall, int64_t own, GError **error);
bool db_hall_of_kiosk(struct db *db, const char *kiosk, char hall[QUEUE_PLACE_SIZE], int64_t *own, GError **error);
/** Kiosks that get numbers of their own, or were ever told of any. GPtrArray of g_free'd text. */
GPtrArray *db_hall_kiosks_own(struct db *db, GError **error);

bool db_matter_set(struct db *db, const struct matter *matter, int64_t retired_ms, GError **error);
bool db_matter_find(struct db *db, const char *code, struct matter *out, bool *retired, bool *found, GError **error);
/** Codes of all that are not retired. GPtrArray of g_free'd text. */
GPtrArray *db_matters(struct db *db, GError **error);
/** What the feed says: the matter with its halls; NULL without error: none, or retired. New reference. */
json_t *db_matter_value(struct db *db, const char *code, GError **error);

/* ---- db-queue-numbers.c: counting ---- */
/** *no the next one, 0: none is left. */
bool db_queue_next_no(struct db *db, const char *hall, uint32_t day, char letter, int *no, GError **error);
/** Pass over `up` numbers of the platform's end, and `down` of the kiosks', as far as there are so many. */
bool db_queue_line_jump(struct db *db, const char *hall, uint32_t day, char letter, int64_t up, int64_t down, GError **error);
/** How many numbers of a letter and day the kiosks of a hall get together. */
bool db_queue_own_of_hall(struct db *db, const char *hall, int64_t *own, GError **error);
bool db_queue_ranges_close_all(struct db *db, GError **error);
#define QUEUE_PLATFORM_NO 500 /* up to here numbers are the platform's */
/** The next `own` numbers from the other end for this kiosk; false in *given: so many are not left. */
bool db_queue_range_give(struct db *db, const char *kiosk, const char *hall, const struct queue_range *like, int64_t own, bool *given,
                         GError **error);
/** Has it numbers of this letter and day that are not closed? */
bool db_queue_range_has(struct db *db, const char *kiosk, const char *hall, uint32_t day, char letter, bool *has, GError **error);
/** Was it ever given this number, closed or not? */
bool db_queue_range_held(struct db *db, const char *kiosk, const char *hall, uint32_t day, char letter, int no, bool *held, GError **error);
/** All that are not closed, of days from `from` on: fills `ranges`. */
bool db_queue_ranges(struct db *db, const char *kiosk, uint32_t from, struct queue_ranges *out, GError **error);
/** It gives out none of those that it has by now. */
bool db_queue_ranges_close(struct db *db, const char *kiosk, GError **error);
bool db_queue_issue_add(struct db *db, const struct queue_ranges *ranges, const char *payload, const char *signature, const char *key_id,
                        GError **error);
/** {payload, signature, key_id}; NULL without error: it was never given any. */
json_t *db_queue_envelope(struct db *db, const char *kiosk, GError **error);

/* ---- db-queue.c ---- */
struct queue_row {
    char id[37], hall[QUEUE_PLACE_SIZE], matter[MATTER_CODE_SIZE], card[33], kiosk[32], counter[QUEUE_COUNTER_SIZE], moved[37];
    uint32_t day;
    char letter;
    int no;
    enum queue_class class;
    bool drawn; /* of the kiosk's own numbers */
    struct queue_ticket ticket;
};
bool db_queue_add(struct db *db, const struct queue_row *row, GError **error);
/** State, counter, where it was moved to, times. */
bool db_queue_put(struct db *db, const struct queue_row *row, GError **error);
bool db_queue_find(struct db *db, const char *id, struct queue_row *out, bool *found, GError **error);
bool db_queue_numbered(struct db *db, const char *hall, uint32_t day, char letter, int no, bool *taken, GError **error);
/** The open one of this card for this matter. */
bool db_queue_of_card(struct db *db, const char *hall, const char *matter, const char *card, struct queue_row *out, bool *found, GError **error);
/** How many of this matter a card got that day from the platform: all, and those that it did not give up or miss. */
struct queue_had {
    int64_t all, used;
};
bool db_queue_had(struct db *db, const char *hall, const char *matter, const char *card, uint32_t day, struct queue_had *out, GError **error);
/** Numbers of a card, hall, matter and day taken until `until_ms`, the platform's or a kiosk's own, but for those given up, moved to another
 *  matter, or ended because nobody came when called: who waited until the day was closed came. */
bool db_queue_came(struct db *db, const struct queue_row *like, int64_t until_ms, int64_t *count, GError **error);
/** Of nobody, asked for at this kiosk today: open ones, and those of the last hour. */
struct queue_nobodys {
    int64_t open, hour;
};
bool db_queue_nobodys(struct db *db, const char *kiosk, const char *hall, char letter, int64_t now_ms, struct queue_nobodys *out, GError **error);
/** Who has it came in time for an appointment. */
bool db_queue_booked(struct db *db, const char *id, GError **error);
/** It is nobody's from now on, and so nobody's appointment either. */
bool db_queue_unname(struct db *db, const char *id, GError **error);
/** The one that this counter has called or serves. */
bool db_queue_at_counter(struct db *db, const char *hall, const char *counter, struct queue_row *out, bool *found, GError **error);
/** Open ones of a hall, the oldest first, whatever their day. GArray of struct queue_row. */
GArray *db_queue_open(struct db *db, const char *hall, GError **error);
/** Those of a day: who can be called. */
GArray *db_queue_open_of(struct db *db, const char *hall, uint32_t day, GError **error);
/** All of a day, for people. GArray of struct queue_row. */
GArray *db_queue_day(struct db *db, const char *hall, uint32_t day, GError **error);
/** Calls of those who go before others, one after the other, until now. `counter` "": of letters only. */
bool db_queue_runs(struct db *db, const char *hall, uint32_t day, const char *counter, struct queue_runs *out, GError **error);
/** Somebody of this letter was called at this counter. */
bool db_queue_runs_put(struct db *db, const char *hall, uint32_t day, char letter, const char *counter, const struct queue_runs *runs,
                       GError **error);
/** How long each of the last QUEUE_SERVICES services took that people ended. GArray of int64_t. */
GArray *db_queue_services(struct db *db, const char *hall, char letter, GError **error);
/** Counters that have somebody now, of this letter. */
bool db_queue_counters(struct db *db, const char *hall, char letter, int64_t *count, GError **error);
bool db_queue_counter_set(struct db *db, const char *hall, const char *counter, int64_t paused_ms, GError **error);
bool db_queue_counter_paused(struct db *db, const char *hall, const char *counter, bool *paused, GError **error);
/** GPtrArray of g_free'd names. */
GPtrArray *db_queue_paused(struct db *db, const char *hall, GError **error);

struct queue_step_row {
    const char *ticket, *id; /* id "": made of the ticket's and the number of the step */
    const char *step, *actor, *kiosk, *staff, *counter, *from, *to;
    int64_t at_ms;
};
/** At the end of the ticket's steps. */
bool db_queue_step_add(struct db *db, const struct queue_step_row *row, GError **error);
/** Of which number, and what it was: ticket "" there is no such step. */
struct queue_step_found {
    char ticket[37], step[16];
};
bool db_queue_step_of(struct db *db, const char *id, struct queue_step_found *out, GError **error);
/** New reference. */
json_t *db_queue_steps(struct db *db, const char *ticket, GError **error);

/** What the feed says of a hall: no cards in it. NULL without error: there is no such hall. New reference. */
json_t *db_queue_value(struct db *db, const char *hall, int64_t now_ms, GError **error);
/** Of how many at most the feed speaks. */
#define QUEUE_TOLD_MAX 300
/** They left: nobody's are the numbers that they wait with. */
bool db_queue_leave(struct db *db, int64_t person, GError **error);
/** The owner of the card left for good: no number is theirs. */
bool db_queue_erase(struct db *db, const char *card, GError **error);

#endif
