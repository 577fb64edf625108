/* SPDX-License-Identifier: Apache-2.0 */
/** Notices, files, and what staff said of cards. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_CONTENT_H
#define PLATFORM_DB_CONTENT_H

#include "model/content.h"
#include "platform/data/db.h"

/* ---- Notices ---- */
struct notice_case {
    char id[64], state[12], author[33], approved_by[33], withdrawn_by[33];
    char value[8192]; /* JSON */
    bool urgent;
    int64_t ends, made_ms;
};
bool db_notice_case_find(struct db *db, const char *id, struct notice_case *out, bool *found, GError **error);
bool db_notice_case_add(struct db *db, const struct notice_case *notice, GError **error);
bool db_notice_case_approve(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error);
/** One that is there from before there were drafts gets its case by this. */
bool db_notice_case_withdraw(struct db *db, const char *id, const char *by, const char *reason, int64_t now_ms, GError **error);
/** What kiosks are told. Text, g_free; NULL without error: there is none. */
bool db_notice_value(struct db *db, const char *id, char **out, GError **error);
bool db_notice_delete(struct db *db, const char *id, GError **error);
/** [{id, state, value, author, …, opened, readers}], newest first. New reference. */
json_t *db_notice_list(struct db *db, bool all, GError **error);
bool db_notice_opened(struct db *db, const char *notice, const char *kiosk, int64_t n, GError **error);
/** Is it counted of this kiosk already, or are fewer than `max` of its own names? */
bool db_notice_own_room(struct db *db, const char *name, const char *kiosk, int64_t max, bool *out, GError **error);
/** [{notice, value, n}], most first; value "" of what is no notice. New reference. */
json_t *db_notice_counts(struct db *db, GError **error);
bool db_notice_reader(struct db *db, const char *notice, const char *reader, const char *kiosk, int64_t at_ms, GError **error);

/* ---- Files ---- */
#define FILE_PART_SIZE 32768
struct file_row {
    struct file_told told;
    bool personal;
    char kiosk[32]; /* "": of the staff */
    int64_t made_ms;
};
bool db_file_find(struct db *db, const char *id, struct file_row *out, bool *found, GError **error);
/** With all of its bytes. */
bool db_file_add(struct db *db, const struct file_row *row, const void *bytes, size_t len, GError **error);
/** Bytes `from` until before `to`; NULL on error, also when they are not there. g_byte_array_unref. */
GByteArray *db_file_bytes(struct db *db, const struct file_row *row, int64_t from, int64_t to, GError **error);
/** `what` uses it: "notice", "activity", "ticket", "pin", and which one. Twice is once. */
bool db_file_use(struct db *db, const char *id, const char *what, const char *which, GError **error);
bool db_file_used(struct db *db, const char *id, const char *what, const char *which, bool *used, GError **error);
/** Which ones of `what` use it: GPtrArray of text. */
GPtrArray *db_file_users(struct db *db, const char *id, const char *what, GError **error);
/** Not any more; *files: ids of those that it used, GPtrArray of text. */
bool db_file_unuse(struct db *db, const char *what, const char *which, GPtrArray **files, GError **error);
/** How many and how much a kiosk has sent since then. */
bool db_file_sent(struct db *db, const char *kiosk, int64_t from_ms, int64_t *count, int64_t *bytes, GError **error);
/** For kiosks: a public one that something uses; NULL without error: none. */
json_t *db_file_value(struct db *db, const char *id, GError **error);
/** [{sha256, type, length, name, personal, kiosk, made_ms, used_by}]; `what` and `which` NULL: all. New reference. */
json_t *db_file_list(struct db *db, const char *what, const char *which, GError **error);

/* ---- Cards ---- */
struct card_report {
    char id[37], token[33], what[8], kiosk[32], staff_a[33], staff_b[33];
    int64_t at_ms, version;
};
bool db_card_report_find(struct db *db, const char *id, struct card_report *out, bool *found, GError **error);
bool db_card_report_add(struct db *db, const struct card_report *report, GError **error);
/** {card_token, state, kind, valid_from, valid_to, listed} or NULL without error: no such card. */
json_t *db_card_seen(struct db *db, const char *token, GError **error);

#endif
