/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One SQLite connection as the files of this folder use it: settings that were read back, statements that are prepared
 * once, errors as GError. Not thread safe: the store's lock is held around every call.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One place for each prepared statement. */
enum sql_slot {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_META_GET,
    SQL_META_SET,
    SQL_JOURNAL_ADD,
    SQL_JOURNAL_HEAD,
    SQL_JOURNAL_AT,
    SQL_JOURNAL_FIND,
    SQL_JOURNAL_RANGE,
    SQL_JOURNAL_REPLAY,
    SQL_JOURNAL_TIME,
    SQL_SEGMENT_AT,
    SQL_SEGMENT_LAST,
    SQL_SEGMENT_SEAL,
    SQL_SEGMENT_SEALED,
    SQL_SEGMENT_SEAL_PUT,
    SQL_SEGMENT_ADD,
    SQL_SEGMENT_CARRIED,
    SQL_SEGMENT_ALL,
    SQL_COMPACT_ROWS,
    SQL_COMPACT_HASHES,
    SQL_COMPACT_CUT,
    SQL_COMPACT_REFUSED,
    SQL_SEGMENT_PAYMENT,
    SQL_CARRY, /* one for each table that is carried, and room for more */
    SQL_CARRY_LAST = SQL_CARRY + 15,
    SQL_CARRY_KNOWN,
    SQL_CARRY_PAYMENT_PUT,
    SQL_CARRY_BILLS_FREE,
    SQL_LEDGER_CARRIED,
    SQL_OUTBOX_ROW,
    SQL_OLDEST,
    SQL_SEGMENT_END,
    SQL_SEGMENT_OVER,
    SQL_EPOCHS,
    SQL_EPOCH_ADD,
    SQL_EPOCH_BEFORE,
    SQL_SALVAGED_ADD,
    SQL_SALVAGED_HAS,
    SQL_SALVAGED_FORK,
    SQL_SALVAGED_BETWEEN,
    SQL_SALVAGED_KNOWN,
    SQL_SALVAGED_LAST,
    SQL_SALVAGED_COUNT,
    SQL_SALVAGED_NEXT,
    SQL_SALVAGED_MARK,
    SQL_PAYMENT_STATE,
    SQL_REFUSED_CUT,
    SQL_JOURNAL_CUT,
    SQL_META_DROP,
    SQL_PAYMENT_GET,
    SQL_PAYMENT_ADD,
    SQL_PAYMENT_MOVE,
    SQL_PAYMENT_BODY,
    SQL_PAYMENT_OPEN_BODY,
    SQL_PAYMENT_DOUBTS,
    SQL_PAYMENT_COMMITTING,
    SQL_PAYMENT_LAST,
    SQL_BILL_PAID,
    SQL_BILL_OF,
    SQL_BILL_ADD,
    SQL_CARD_LAST,
    SQL_CARD_SET,
    SQL_DOUBT_ADD,
    SQL_DOUBT_END,
    SQL_RECEIPT_LAST,
    SQL_PRINTED_ADD,
    SQL_PRINTED_GET,
    SQL_USAGE_DAY,
    SQL_USAGE_WAITING,
    SQL_OUTBOX,
    SQL_OUTBOX_REFUSE,
    SQL_OUTBOX_REFUSED,
    SQL_OUTBOX_COUNT,
    SQL_OUTBOX_GONE,
    SQL_OUTBOX_AGAIN,
    SQL_FEED_BILL_PUT,
    SQL_FEED_BILL_DELETE,
    SQL_FEED_NOTICE_PUT,
    SQL_FEED_NOTICE_DELETE,
    SQL_FEED_KEEP,
    SQL_FEED_PRUNE,
    SQL_FEED_SERVICE_PUT,
    SQL_FEED_SERVICE_DELETE,
    SQL_FEED_PROVIDER_PUT,
    SQL_FEED_PROVIDER_DELETE,
    SQL_FEED_ORDER_PUT,
    SQL_FEED_ORDER_DELETE,
    SQL_SERVICES,
    SQL_SERVICE,
    SQL_PROVIDERS,
    SQL_ORDERS,
    SQL_WAITING,
    SQL_FEED_LISTED_PUT,
    SQL_FEED_LISTED_DELETE,
    SQL_FEED_TICKET_PUT,
    SQL_FEED_TICKET_DELETE,
    SQL_LISTED,
    SQL_LISTED_ONE,
    SQL_CASES,
    SQL_TICKETS,
    SQL_HOME,
    SQL_RATED,
    SQL_WIPE_TICKET,
    SQL_WIPE_TICKETS,
    SQL_VOLUNTEER_PUT,
    SQL_VOLUNTEER_DELETE,
    SQL_VOLUNTEER_GET,
    SQL_WIPE_VOLUNTEER,
    SQL_WIPE_VOLUNTEERS,
    SQL_WIPE_ORDER,
    SQL_WIPE_ORDERS,
    SQL_BILLS,
    SQL_BILL_OPEN,
    SQL_BILL,
    SQL_NOTICES,
    SQL_HOTLIST_CLEAR,
    SQL_HOTLIST_PUT,
    SQL_HOTLIST_DROP,
    SQL_HOTLIST_GET,
    SQL_HOTLIST_COUNT,
    SQL_HOTLIST_ALL,
    SQL_PAYMENTS_OPEN,
    SQL_PAYMENTS_CARD,
    SQL_REVERSAL_OTHER,
    SQL_REVERSAL_ADD,
    SQL_REVERSAL_BILLS,
    SQL_REVERSAL_OF,
    SQL_DOUBT_SETTLED_ADD,
    SQL_DOUBT_PUT,
    SQL_DOUBT_DELETE,
    SQL_DOUBT_LIST,
    SQL_DOUBT_VERDICT,
    SQL_LEDGER_HOLD_GET,
    SQL_LEDGER_HOLDS_OPEN,
    SQL_CREDIT_PAPER,
    SQL_LEDGER_HOLD_END,
    SQL_LEDGER_HOLD_ADD,
    SQL_LEDGER_HOLD_DUE,
    SQL_LEDGER_ENTRIES,
    SQL_LEDGER_TXN_GET,
    SQL_LEDGER_ENTRY_ADD,
    SQL_LEDGER_TXN_ADD,
    SQL_LEDGER_STATE,
    SQL_LEDGER_REVERSED,
    SQL_ATTENDANCE_GET,
    SQL_ATTENDANCE_OTHER,
    SQL_ATTENDANCE_ADD,
    SQL_ATTENDANCE_OUT,
    SQL_ATTENDANCE_CLOSE,
    SQL_ATTENDANCE_OPEN,
    SQL_ATTENDANCE_DONE,
    SQL_ATTENDANCE_UNCONFIRMED,
    SQL_QUOTA_GET,
    SQL_QUOTA_USED,
    SQL_QUOTA_CLEAR,
    SQL_QUOTA_NEWER,
    SQL_QUOTA_TAKE,
    SQL_RATING_ADD,
    SQL_RATING_CHANGE,
    SQL_RATING_SAID,
    SQL_RATING_FACTS,
    SQL_QUOTA_ADD,
    SQL_CREDIT_PUT,
    SQL_CREDIT_DELETE,
    SQL_CREDIT_GET,
    SQL_CREDIT_SPENT,
    SQL_CREDIT_USAGE,
    SQL_RULE_PUT,
    SQL_RULE_GET,
    SQL_LINE_PUT,
    SQL_LINE_DELETE,
    SQL_LINE_IS,
    SQL_WIPE_LINE,
    SQL_WIPE_LINES,
    SQL_STAFF_PUT,
    SQL_STAFF_DELETE,
    SQL_STAFF_GET,
    SQL_POST_PUT,
    SQL_POST_DELETE,
    SQL_FILE_PUT,
    SQL_FILE_DELETE,
    SQL_FILES,
    SQL_REFUSED_LIST,
    SQL_REFUSED_GET,
    SQL_REFUSED_RESOLVE,
    SQL_ANCHORED,
    SQL_WIPE_BILL,
    SQL_WIPE_BILLS,
    SQL_WIPE_CREDIT,
    SQL_WIPE_CREDITS,
    SQL_WIPE_PERSON,
    SQL_WIPE_PEOPLE,
    SQL_PERSON_PUT,
    SQL_PERSON_GET,
    SQL_PERSON_OLD,
    SQL_PREFERENCE_PUT,
    SQL_PREFERENCE_DELETE,
    SQL_PREFERENCE_GET,
    SQL_WIPE_PREFERENCE,
    SQL_WIPE_PREFERENCES,
    SQL_WIPED_RETURN,
    SQL_WIPED_RETURNING,
    SQL_WIPED_RETURNED,
    SQL_WIPE_ASIDE,
    SQL_WIPED_FIND,
    SQL_WIPED_PUT,
    SQL_WIPED_END,
    SQL_WIPED_LOST,
    SQL_PERSONS,
    SQL_PERSONS_COUNT,
    SQL_PERSONS_OLDEST,
    SQL_ACTIVITY_PUT,
    SQL_ACTIVITY_DELETE,
    SQL_ACTIVITIES,
    SQL_SEAT_PUT,
    SQL_SEAT_DELETE,
    SQL_SEAT_ANSWERED,
    SQL_SEATS,
    SQL_SEATS_OWN,
    SQL_SEAT_DRAWN,
    SQL_SEAT_OWN_ADD,
    SQL_SEAT_OWN_NAME,
    SQL_SEAT_OWN_KEEP,
    SQL_SEAT_OWN_STEP,
    SQL_HELP_OPEN,
    SQL_ALLOTMENT_GET,
    SQL_ALLOTMENT_CLEAR,
    SQL_ALLOTMENT_ADD,
    SQL_WIPE_SEAT,
    SQL_WIPE_SEATS,
    SQL_WIPE_SEAT_OWN,
    SQL_WIPE_SEATS_OWN,
    SQL_PRINT_WAITS,
    SQL_PRINT_OLD,
    SQL_PRINT_ADD,
    SQL_PRINT_GIVE_UP,
    SQL_PRINT_NEXT,
    SQL_PRINT_TAKE,
    SQL_PRINT_END,
    SQL_PRINT_STOPPED,
    SQL_PRINT_OUT,
    SQL_WIPE_PRINT,
    SQL_WIPE_PRINTS,
    SQL_SLOTS
};

struct sql {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_SLOTS];
    const uint8_t *index_key; /* of card tokens, borrowed */
    struct wal_sync *wal_sync; /* walsync.c */
    int wal_pages; /* since the last whole checkpoint */
    bool torn;     /* a flush may have failed: what lies in the WAL may have a hole, and nothing behind it counts after a power cut */
    void (*lawful)(void *ctx); /* projection.c: called once an event was found lawful, before its tables change; NULL nobody asks */
    void *lawful_ctx;
    int64_t receipt_day, receipt_last; /* projection.c remembers; day 0: nothing. Forgotten at a rollback */
    bool again; /* rows of the journal are applied once more: what was asked when they were written is not asked again */
};

/** Open (create) the store's file with the settings of README.md, each of them read back. */
bool sql_open(struct sql *sql, const char *path, GError **error);
/** A private database that vanishes when closed: projections are built in it to be compared. */
bool sql_open_scratch(struct sql *sql, GError **error);
/** Read-only, and never checkpointing: may lie beside the connection of a kiosk that runs. */
bool sql_open_look(struct sql *sql, const char *path, GError **error);
void sql_close(struct sql *sql);

/** Fill `error` from what the connection says of its last call. Always false. */
bool sql_fail(struct sql *sql, const char *what, GError **error);

/** Run one or more statements without parameters. */
bool sql_script(struct sql *sql, const char *script, GError **error);

/**
 * Prepare (once) and bind. `format`: s text, i int64_t, b bytes (pointer, int length). Values are borrowed until the
 * statement is reset. NULL with error.
 */
sqlite3_stmt *sql_query(struct sql *sql, enum sql_slot slot, const char *text, GError **error,
                        const char *format, ...);
/** 1 a row is there, 0 no more (the statement is reset), -1 error (reset as well). */
int sql_step(struct sql *sql, sqlite3_stmt *statement, GError **error);
/** Reset a statement that was not stepped to its end. */
void sql_done(sqlite3_stmt *statement);
/** Prepare, bind and run a statement that gives no rows. */
bool sql_run(struct sql *sql, enum sql_slot slot, const char *text, GError **error, const char *format, ...);

/** Column helpers. The string is borrowed until the next step; "" for NULL. */
const char *sql_text(sqlite3_stmt *statement, int column);
/** Exactly `len` bytes, else false. */
bool sql_bytes(sqlite3_stmt *statement, int column, uint8_t *out, size_t len);

bool sql_begin(struct sql *sql, GError **error);
/** Flush the WAL and carry it over into the database, as far as readers beside allow. False: not done;
 *  when it may have left a hole (`torn`) no transaction begins before sql_settle() has worked: sql_begin() sees to it. */
bool sql_checkpoint(struct sql *sql);
/** The same, and the WAL is emptied, on the medium too: nothing of it can be replayed. A hole in it is filled before. */
bool sql_settle(struct sql *sql);
/** Write again what stands in the WAL: the process before may have been refused a flush of it. */
bool sql_again(struct sql *sql, GError **error);
/** Plain COMMIT: false when SQLite says so; then the WAL may have a hole, or frames that count (`torn`). Whether it really was
 *  not committed is for the caller to find out. */
bool sql_commit(struct sql *sql, GError **error);

/** Flushes what else holds the facts of a transaction. False: it does not. */
typedef bool (*sql_flush)(void *ctx);
/** COMMIT, whose flush is that of `flush`; the WAL's own when that fails. After a power cut the transaction, and what came after it,
 *  may be gone as a whole until a sql_commit(), or a checkpoint, flushes it too. */
bool sql_commit_with(struct sql *sql, sql_flush flush, void *ctx, GError **error);
/** Back to no transaction, whatever happened before. */
void sql_rollback(struct sql *sql);

#endif
