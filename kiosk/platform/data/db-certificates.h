/* SPDX-License-Identifier: Apache-2.0 */
/** Certificates of volunteer service and who issues them. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_CERTIFICATES_H
#define PLATFORM_DB_CERTIFICATES_H

#include <jansson.h>
#include "platform/data/db.h"

#define CERTIFICATE_NUMBER_SIZE 21
#define CERTIFICATE_ISSUER_SIZE 9

struct certificate_issuer {
    char code[CERTIFICATE_ISSUER_SIZE]; /* 1 to 8 of 0-9 A-Z: in the number */
    char uscc[19];
    char name_zh[128], name_en[128];
    char lead[64];                      /* the person in charge */
    char phone[33];
    bool own; /* the community's own body */
};
bool db_issuer_put(struct db *db, const struct certificate_issuer *issuer, int64_t now_ms, GError **error);
/** "" is the own one. */
bool db_issuer_find(struct db *db, const char *code, struct certificate_issuer *out, bool *found, GError **error);
/** GArray of struct certificate_issuer, the own one first. */
GArray *db_issuers(struct db *db, GError **error);
/** Whose service this activity is; "" the own body's. */
bool db_activity_issuer_set(struct db *db, const char *activity, const char *issuer, GError **error);

/** Posted hours of one activity, or of what was told on paper (titles ""). */
struct certificate_service {
    char issuer[CERTIFICATE_ISSUER_SIZE]; /* "" the own body */
    char title_zh[128], title_en[128];
    int64_t minutes, times, first_ms;
};
/** Of all cards of this person, served from from_ms until before to_ms, the most first; what was undone is not in it. */
GArray *db_certificate_services(struct db *db, int64_t person, int64_t from_ms, int64_t to_ms, GError **error);

struct certificate_row {
    char number[CERTIFICATE_NUMBER_SIZE], issuer[CERTIFICATE_ISSUER_SIZE], request[37], kiosk[32], state[12];
    int64_t person, minutes, prints, made_ms, issued_ms, withdrawn_ms, year, seq;
    uint32_t from, to;
    bool full_name;
    json_t *told; /* what stands on it; NULL: it was erased. json_decref() */
};
void certificate_row_clear(struct certificate_row *row);
bool db_certificate_enter(struct db *db, const struct certificate_row *row, GError **error);
bool db_certificate_find(struct db *db, const char *number, struct certificate_row *out, bool *found, GError **error);
bool db_certificate_of_request(struct db *db, const char *request, struct certificate_row *out, bool *found, GError **error);
/** One that says the same and is not withdrawn: person, issuer, dates, minutes, how the name is written. */
bool db_certificate_same(struct db *db, const struct certificate_row *like, struct certificate_row *out, bool *found, GError **error);
/**
 * The one of this number, or any other one: whoever asks for a number that there is not costs the same. *found false: there is none at all.
 */
bool db_certificate_or_other(struct db *db, const char *number, struct certificate_row *out, bool *found, GError **error);
/** Newest first, GPtrArray of numbers; person −1: of everybody. */
GPtrArray *db_certificate_numbers(struct db *db, int64_t person, int64_t limit, GError **error);
/** How many were made for this person since then. */
bool db_certificate_count(struct db *db, int64_t person, int64_t since_ms, int64_t *count, GError **error);
bool db_certificate_next(struct db *db, const char *issuer, int64_t year, int64_t *seq, GError **error);
/** The printer has said that it is out: once more. */
bool db_certificate_printed(struct db *db, const char *number, int64_t at_ms, GError **error);
bool db_certificate_withdraw(struct db *db, const char *number, int64_t at_ms, GError **error);
struct certificate_step {
    const char *number, *step, *kiosk, *staff[2], *reason; /* "" none */
    int64_t at_ms;
};
bool db_certificate_step_add(struct db *db, const struct certificate_step *step, GError **error);
/** New reference. */
json_t *db_certificate_steps(struct db *db, const char *number, GError **error);
/** What stands on this person's certificates goes; numbers and hours stay. */
bool db_certificates_erase(struct db *db, int64_t person, GError **error);

/** By this a number is known to be one that somebody has on paper. */
#define CERTIFICATE_CODE_SIZE 11
bool db_certificate_code(struct db *db, const char *number, char out[CERTIFICATE_CODE_SIZE], GError **error);

#endif
