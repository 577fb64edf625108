/* SPDX-License-Identifier: Apache-2.0 */
/* What the disk knows of time: the highest that was ever seen, and the last one that the platform signed. */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

/* ---- Trust -------------------------------------------------------------------------------------------------------- */

void clock_load(struct store *store)
{
    g_autofree char *boot_id = meta_text(store, "clock_boot_id");
    struct clock_anchor saved = {.server_ms = meta_int(store, "clock_server_ms", 0),
                                 .boot_ms = meta_int(store, "clock_boot_ms", 0)};
    struct clock_reading now;

    g_strlcpy(saved.boot_id, boot_id, sizeof saved.boot_id);
    clock_read(&now);
    clockwatch_start(&store->clock, &saved, store->time_high.now_ms, &now);
    store->revoked = meta_int(store, "revoked", 0) != 0;
}

void store_clock(struct store *store, struct clock_view *out)
{
    struct clock_reading now;

    g_mutex_lock(&store->lock);
    clock_read(&now);
    clockwatch_look(&store->clock, store->time_high.now_ms, &now, out);
    g_mutex_unlock(&store->lock);
}

int64_t store_true_ms(struct store *store)
{
    struct clock_view view;

    store_clock(store, &view);
    return view.true_ms;
}

static bool clock_write(struct store *store, int64_t high_ms, GError **error)
{
    const struct clock_anchor *anchor = &store->clock.anchor;

    return meta_set_int(store, "clock_server_ms", anchor->server_ms, error) &&
           meta_set_int(store, "clock_boot_ms", anchor->boot_ms, error) &&
           meta_set_text(store, "clock_boot_id", anchor->boot_id, error) &&
           mark_write(store, &store->time_high, high_ms, error) && store_commit(store, error);
}

/*
 * A mark ahead of both clocks came from one that ran ahead once: without this the kiosk would be closed until then. Our own
 * clock alone could have been set back, the platform's alone may be wrong: only together they take the mark back.
 */
static int64_t high_after(const struct store *store, int64_t server_ms, int64_t wall_ms)
{
    int64_t high_ms = store->time_high.now_ms;

    if (ABS(server_ms - wall_ms) <= CLOCKWATCH_NEAR_MS && high_ms > MAX(server_ms, wall_ms) + CLOCKWATCH_NEAR_MS)
        return server_ms;
    return MAX(high_ms, server_ms);
}

static bool signed_keep(struct store *store, int64_t server_ms, int64_t high_ms, GError **error)
{
    /* Not each of them is worth a flush: at most a minute of knowledge is lost with the power. */
    bool due = store->clock_saved_ms == 0 || ABS(server_ms - store->clock_saved_ms) >= MARK_STEP_MS ||
               high_ms < store->time_high.now_ms;

    if (!due) {
        store->time_high.now_ms = high_ms;
        return true;
    }
    if (!sql_begin(&store->sql, error) || !clock_write(store, high_ms, error))
        return store_abandon(store);
    store->time_high.now_ms = high_ms;
    store->clock_saved_ms = server_ms;
    return true;
}

bool store_clock_signed(struct store *store, int64_t server_ms, const struct clock_reading *sent,
                        const struct clock_reading *received, GError **error)
{
    bool done = true;

    g_mutex_lock(&store->lock);
    if (clockwatch_signed(&store->clock, server_ms, sent, received))
        done = signed_keep(store, server_ms, high_after(store, server_ms, received->wall_ms), error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Other words of the platform that outlive a restart ----------------------------------------------------------- */

bool store_revoked(struct store *store)
{
    g_mutex_lock(&store->lock);
    bool revoked = store->revoked;
    g_mutex_unlock(&store->lock);
    return revoked;
}

bool store_revoked_set(struct store *store, bool revoked, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = store->revoked == revoked ||
                (sql_begin(&store->sql, error) && meta_set_int(store, "revoked", revoked, error) &&
                 store_commit(store, error)) ||
                store_abandon(store);
    if (done)
        store->revoked = revoked;
    g_mutex_unlock(&store->lock);
    return done;
}

/* A scan from the end: at most a day of rows while all is well. */
int64_t store_anchored_ms(struct store *store)
{
    g_autoptr(GError) error = NULL;
    int64_t at_ms = 0;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *last = sql_query(&store->sql, SQL_ANCHORED,
                                   "SELECT at_ms FROM journal WHERE type='journal.anchored' ORDER BY seq DESC LIMIT 1",
                                   &error, "");
    int found = last == NULL ? -1 : sql_step(&store->sql, last, &error);
    if (found == 1) {
        at_ms = sqlite3_column_int64(last, 0);
        sql_done(last);
    }
    g_mutex_unlock(&store->lock);
    if (found < 0)
        g_critical("the last anchor: %s", error->message);
    return found < 0 ? -1 : at_ms;
}

/* ---- The highest time that was seen ------------------------------------------------------------------------------- */

int64_t store_time_high(struct store *store)
{
    g_mutex_lock(&store->lock);
    int64_t ms = store->time_high.now_ms;
    g_mutex_unlock(&store->lock);
    return ms;
}

static bool time_set(struct store *store, int64_t high_ms, GError **error)
{
    bool done = high_ms == store->time_high.disk_ms ||
                (sql_begin(&store->sql, error) && mark_write(store, &store->time_high, high_ms, error) &&
                 store_commit(store, error)) ||
                store_abandon(store);
    if (done)
        store->time_high.now_ms = high_ms;
    return done;
}

/* Written each time, at the caller's pace: the kiosk's health also asks in this way whether the disk takes anything. */
bool store_time_raise(struct store *store, int64_t wall_ms, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = time_set(store, MAX(wall_ms, store->time_high.now_ms), error);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_time_correct(struct store *store, int64_t wall_ms, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = time_set(store, wall_ms, error);
    g_mutex_unlock(&store->lock);
    return done;
}
