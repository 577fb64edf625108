/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/ledger.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-figures.h"

static bool entries_add(struct db *db, const char *id, const struct ledger_line *lines, size_t count, GError **error)
{
    for (size_t i = 0; i < count; i++)
        if (!db_entry_add(db, id, (int64_t)i, lines[i].account, lines[i].amount_fen, error))
            return false;
    return true;
}

static bool txn_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms, const struct ledger_line *lines,
                    size_t count, GError **error)
{
    if (count == 2)
        return db_posting_add(db, id, payment, kind, at_ms, lines[0].account, lines[1].account, lines[0].amount_fen, error);
    return db_txn_add(db, id, payment, kind, at_ms, error) && entries_add(db, id, lines, count, error) && db_txn_close(db, id, error);
}

bool ledger_post_uncounted(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                           const struct ledger_line *lines, size_t count, GError **error)
{
    int64_t sum_fen = 0;

    for (size_t i = 0; i < count; i++) {
        if (lines[i].amount_fen == 0 || __builtin_add_overflow(sum_fen, lines[i].amount_fen, &sum_fen)) {
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                                "a ledger line is zero or too large");
            return false;
        }
    }
    if (count < 2 || sum_fen != 0) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "a ledger transaction does not sum to zero");
        return false;
    }
    return txn_add(db, id, payment, kind, at_ms, lines, count, error);
}

bool ledger_post(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms, const struct ledger_line *lines,
                 size_t count, GError **error)
{
    return ledger_post_uncounted(db, id, payment, kind, at_ms, lines, count, error) && db_day_posted(db, payment, kind, at_ms, error);
}
