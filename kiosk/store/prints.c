/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of the printer. It is no part of the ledger: a payment never waits for it, and nothing of it is told to anybody but that a receipt
 * or a certificate is out (store_print_out()).
 *
 *   WAITING ─► PRINTING ─┬─ the printer has reported it out ─► DONE
 *      │                 ├─ no paper, jam, silence … ────────► FAILED; UNSURE if any of it was sent: as STOPPED
 *      │                 └─ the kiosk stopped meanwhile ─────► FAILED "STOPPED": may be out; whatever comes next of it bears the mark
 *      └─ its turn comes later than WAIT_MS, or it is wiped ─► GIVEN_UP
 *
 * WAITING outlives a restart. What is on it is sealed as all that is of persons, and goes from the disk with the end of PRINTING,
 * whatever that was: who asks once more is still there, and it is made anew from the thing itself. After WAIT_MS nobody stands there
 * any more who should find it in the tray. What a row says without it is kept for KEPT_MS, for the mark of a reprint.
 */
#include "store/prints.h"
#include "store/internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define WAIT_MS (10 * 60 * INT64_C(1000))
#define KEPT_MS (90 * 24 * 3600 * INT64_C(1000))

static const char *const STATES[] = {"WAITING", "PRINTING", "DONE", "FAILED", "UNSURE", "GIVEN_UP"};

/* `done` of a transaction that was begun, or was not. */
static bool finish(struct store *store, bool done, GError **error)
{
    return (done && store_commit(store, error)) || store_abandon(store);
}

/* ---- Asked for ---------------------------------------------------------------------------------------------------- */

static int waits(struct store *store, const char *what, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PRINT_WAITS,
                                  "SELECT 1 FROM print WHERE what=?1 AND state='WAITING'", error, "s", what);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (found == 1)
        sql_done(get);
    return found;
}

static bool add(struct store *store, const char *what, const char *token, const char *text, GError **error)
{
    g_autofree char *sealed = cache_close(store, "print", what, text);
    int64_t now = snapshots_now_ms(store);

    if (sealed == NULL)
        return store_state_error(error, "what is to be printed is too long");
    return sql_run(&store->sql, SQL_PRINT_OLD, "DELETE FROM print WHERE made_ms<?1 AND state NOT IN ('WAITING','PRINTING')", error, "i",
                   now - KEPT_MS) &&
           sql_run(&store->sql, SQL_PRINT_ADD,
                   "INSERT INTO print(what,card_token,state,reason,made_ms,value) VALUES(?1,?2,'WAITING','',?3,?4)", error, "ssis", what,
                   token, now, sealed);
}

bool store_print_add(struct store *store, const char *what, const char *token, const char *text, GError **error)
{
    g_assert(strlen(what) < STORE_PRINT_WHAT_SIZE);
    g_mutex_lock(&store->lock);
    int there = waits(store, what, error);
    bool done = there == 1 || (there == 0 && finish(store, sql_begin(&store->sql, error) && add(store, what, token, text, error), error));
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Its turn ----------------------------------------------------------------------------------------------------- */

static bool give_up_old(struct store *store, GError **error)
{
    int64_t now = snapshots_now_ms(store);

    return sql_run(&store->sql, SQL_PRINT_GIVE_UP,
                   "UPDATE print SET state='GIVEN_UP', value='' WHERE state='WAITING' AND made_ms NOT BETWEEN ?1 AND ?2", error, "ii",
                   now - WAIT_MS, now + WAIT_MS);
}

static int oldest(struct store *store, struct store_print *out, GError **error)
{
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PRINT_NEXT,
                                  "SELECT id,what,value FROM print WHERE state='WAITING' ORDER BY id LIMIT 1", error, "");
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (found != 1)
        return found;
    out->id = sqlite3_column_int64(get, 0);
    g_strlcpy(out->what, sql_text(get, 1), sizeof out->what);
    out->text = cache_open(store, "print", out->what, sql_text(get, 2), NULL);
    sql_done(get);
    return 1;
}

/* One whose text does not open is taken, too, and fails: the next one is not to wait behind it for ever. */
int store_print_next(struct store *store, struct store_print *out, GError **error)
{
    int found = -1;

    *out = (struct store_print){0};
    g_mutex_lock(&store->lock);
    bool done = sql_begin(&store->sql, error) && give_up_old(store, error) && (found = oldest(store, out, error)) >= 0 &&
                (found == 0 || sql_run(&store->sql, SQL_PRINT_TAKE, "UPDATE print SET state='PRINTING' WHERE id=?1", error, "i", out->id));
    if (!finish(store, done, error))
        found = -1;
    g_mutex_unlock(&store->lock);
    if (found != 1 && out->text != NULL) {
        OPENSSL_cleanse(out->text, strlen(out->text));
        g_clear_pointer(&out->text, g_free);
    }
    return found;
}

static bool end(struct store *store, int64_t id, enum store_print_state state, const char *reason, GError **error)
{
    return sql_run(&store->sql, SQL_PRINT_END, "UPDATE print SET state=?2, reason=?3, value='' WHERE id=?1 AND state='PRINTING'", error,
                   "iss", id, STATES[state], reason);
}

bool store_print_end(struct store *store, int64_t id, enum store_print_state state, const char *reason, GError **error)
{
    g_assert(state == STORE_PRINT_DONE || state == STORE_PRINT_FAILED || state == STORE_PRINT_UNSURE);
    g_mutex_lock(&store->lock);
    bool done = finish(store, sql_begin(&store->sql, error) && end(store, id, state, reason, error), error);
    g_mutex_unlock(&store->lock);
    return done;
}

struct ending {
    int64_t id;
    enum store_print_state state;
    const char *reason;
};

static bool out(struct store *store, const void *ctx, GError **error)
{
    const struct ending *ending = ctx;

    return end(store, ending->id, ending->state, ending->reason, error) &&
           (sqlite3_changes(store->sql.db) == 1 || store_state_error(error, "this is not being printed"));
}

bool store_print_out(struct store *store, int64_t id, enum store_print_state state, const char *reason, const char *type, json_t *data,
                     GError **error)
{
    const struct ending ending = {id, state, reason};

    g_mutex_lock(&store->lock);
    bool done = journal_append_with(store, type, data, out, &ending, error);
    g_mutex_unlock(&store->lock);
    return done;
}

int store_print_stopped(struct store *store, const char *kind, int64_t after, struct store_print *out, GError **error)
{
    *out = (struct store_print){0};
    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PRINT_STOPPED,
                                  "SELECT id,what FROM print WHERE state='PRINTING' AND id>?1 AND substr(what,1,length(?2)+1)=?2||':'"
                                  " ORDER BY id LIMIT 1",
                                  error, "is", after, kind);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);
    if (found == 1) {
        out->id = sqlite3_column_int64(get, 0);
        g_strlcpy(out->what, sql_text(get, 1), sizeof out->what);
        sql_done(get);
    }
    g_mutex_unlock(&store->lock);
    return found;
}

bool store_prints_settle(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = sql_begin(&store->sql, error) &&
                sql_script(&store->sql, "UPDATE print SET state='FAILED', reason='STOPPED', value='' WHERE state='PRINTING'", error);
    done = finish(store, done, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- What became of it -------------------------------------------------------------------------------------------- */

bool store_print_was_out(struct store *store, const char *what)
{
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PRINT_OUT,
                                  "SELECT 1 FROM print WHERE what=?1 AND (state IN ('DONE','UNSURE') OR (state='FAILED' AND reason='STOPPED'))", &error,
                                  "s", what);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, &error);
    if (found == 1)
        sql_done(get);
    g_mutex_unlock(&store->lock);
    if (found < 0)
        g_warning("whether it was printed before: %s", error->message);
    return found != 0;
}
