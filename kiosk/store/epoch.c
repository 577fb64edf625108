/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose journal this is, and in which epoch its next row is written. The platform gives epochs: one with each enrolment, one
 * to a kiosk whose disk turned out to be a copy, a new one, or damaged. Within an epoch places are taken one after the
 * other; seq goes on over all epochs, so that no place and no number is ever used for two things.
 *
 *   WHOLE ──(new disk, restored copy, damaged file, the platform knows more)──► WAITS: nothing is appended
 *     ▲                                                                            │ own rows fetched, new epoch
 *     ├──────────────────────── nothing is known to be missing ────────────────────┤
 *     └──(staff has seen the loss)── LOST: appends go on, no money is taken ◄──────┘
 *
 * The state is in `meta`, so that it outlives a stop at any moment.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

/* ---- The list of epochs, in memory ------------------------------------------------------------------------------------- */

/* The last row before each epoch, wherever it is now: what lies between was lost, and seq jumps over it. */
static bool last_before(struct store *store, int64_t first_seq, int64_t *last, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, SQL_EPOCH_BEFORE,
                                    "SELECT max(coalesce((SELECT max(seq) FROM journal WHERE seq<?1),0),"
                                    " coalesce((SELECT max(last_seq) FROM segment WHERE last_seq<?1),0))",
                                    error, "i", first_seq);

    if (query == NULL || sql_step(&store->sql, query, error) != 1)
        return false;
    *last = sqlite3_column_int64(query, 0);
    sql_done(query);
    return true;
}

static bool gaps_load(struct store *store, GError **error)
{
    for (guint i = 0; i < store->epochs->len; i++) {
        struct epoch *epoch = &g_array_index(store->epochs, struct epoch, i);
        if (!last_before(store, epoch->first_seq, &epoch->before_seq, error))
            return false;
    }
    return true;
}

bool epochs_load(struct store *store, GError **error)
{
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_EPOCHS, "SELECT epoch,nonce,first_seq FROM epoch ORDER BY epoch", error, "");
    int more = -1;
    bool good = query != NULL;

    if (store->epochs == NULL)
        store->epochs = g_array_new(FALSE, TRUE, sizeof(struct epoch));
    g_array_set_size(store->epochs, 0);
    store->epoch = 0;
    while (good && (more = sql_step(&store->sql, query, error)) == 1) {
        struct epoch epoch = {.epoch = sqlite3_column_int64(query, 0), .first_seq = sqlite3_column_int64(query, 2)};
        good = sql_bytes(query, 1, epoch.nonce, 32) && epoch.first_seq >= 1 &&
               (store->epochs->len == 0 || epoch.first_seq >= epochs_last(store)->first_seq);
        g_array_append_val(store->epochs, epoch);
        store->epoch = epoch.epoch;
    }
    if (!good && more == 1) {
        sql_done(query);
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CHAIN, "the list of epochs makes no sense");
    }
    return good && more == 0 && gaps_load(store, error);
}

const struct epoch *epochs_last(const struct store *store)
{
    return store->epochs->len == 0 ? NULL
                                   : &g_array_index(store->epochs, struct epoch, store->epochs->len - 1);
}

/* An epoch that never got a row begins where the next one does: the later one counts. */
const struct epoch *epochs_at(const struct store *store, int64_t seq)
{
    for (guint i = store->epochs->len; i-- > 0;) {
        const struct epoch *epoch = &g_array_index(store->epochs, struct epoch, i);
        if (epoch->first_seq <= seq)
            return epoch;
    }
    return NULL;
}

const struct epoch *epochs_after_gap(const struct store *store, int64_t seq)
{
    for (guint i = 0; i < store->epochs->len; i++) {
        const struct epoch *epoch = &g_array_index(store->epochs, struct epoch, i);
        if (seq > epoch->before_seq && seq < epoch->first_seq)
            return epoch;
    }
    return NULL;
}

int64_t epochs_gaps(const struct store *store, int64_t after)
{
    int64_t gaps = 0, seen = 0;

    for (guint i = 0; i < store->epochs->len; i++) {
        const struct epoch *epoch = &g_array_index(store->epochs, struct epoch, i);
        int64_t from = MAX(MAX(epoch->before_seq, after), seen);
        if (epoch->first_seq <= store->head_seq && epoch->first_seq - 1 > from)
            gaps += epoch->first_seq - 1 - from;
        seen = MAX(seen, epoch->first_seq - 1);
    }
    return gaps;
}

int64_t epochs_first(const struct store *store)
{
    return store->epochs->len == 0 ? 1 : g_array_index(store->epochs, struct epoch, 0).first_seq;
}

int64_t epochs_next(const struct store *store, uint8_t prev[32])
{
    const struct epoch *epoch = epochs_last(store);

    if (store->head_seq >= epoch->first_seq) {
        memcpy(prev, store->head_hash, 32);
        return store->head_seq + 1;
    }
    memcpy(prev, epoch->nonce, 32);
    return epoch->first_seq;
}

bool epochs_add(struct store *store, int64_t epoch, const uint8_t nonce[32], int64_t first_seq, const char *reason,
                GError **error)
{
    return sql_run(&store->sql, SQL_EPOCH_ADD,
                   "INSERT INTO epoch(epoch,nonce,first_seq,opened_ms,reason) VALUES(?1,?2,?3,?4,?5)", error, "ibiis",
                   epoch, nonce, 32, first_seq, now_ms(), reason);
}

int store_epoch(struct store *store)
{
    g_mutex_lock(&store->lock);
    int epoch = (int)store->epoch;
    g_mutex_unlock(&store->lock);
    return epoch;
}

/* ---- Whose file is it ---------------------------------------------------------------------------------------------------- */

static bool foreign(GError **error, const char *kiosk_id)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_FOREIGN,
                "the journal is of kiosk %s or of another platform: it is to be set aside", kiosk_id);
    return false;
}

/* What another platform sent means nothing to this one, and its cursor even less. */
static bool identity_adopt(struct store *store, GError **error)
{
    return feed_forget(store, error) &&
           sql_script(&store->sql,
                      "DELETE FROM meta WHERE key NOT IN ('state','state_reason'); DELETE FROM epoch;"
                      "DELETE FROM hotlist_overlay; DELETE FROM pull_quarantine; DELETE FROM quota; DELETE FROM allotment;"
                      "DELETE FROM seat_own; DELETE FROM print; DELETE FROM wiped",
                      error) &&
           meta_set_text(store, "kiosk_id", store->identity.kiosk_id, error) &&
           epochs_add(store, store->identity.epoch, store->identity.chain_nonce, store->identity.head_seq + 1,
                     "enrolled", error);
}

/* A new enrolment of the kiosk whose journal this is: rows that wait keep their epoch and are sent first. The platform hands out quotas
 * anew, and takes nothing that is spent from the ones before. */
static bool identity_raise(struct store *store, GError **error)
{
    int64_t first_seq = MAX(MAX(store->head_seq, store->identity.head_seq) + 1, epochs_last(store)->first_seq);

    /* Facts from before the first enrolment are in no epoch that the platform knows: recorded again in one that it does. */
    if (store->epoch == 0 && store->head_seq > 0 &&
        (!recover_set_aside(store, 1, error) || !epochs_state_write(store, STORE_WAITS, "enrolled", error) ||
         !meta_set_int(store, "end_known", 1, error) || !meta_set_int(store, "projection_version", 0, error)))
        return false;
    return sql_script(&store->sql, "DELETE FROM quota", error) &&
           epochs_add(store, store->identity.epoch, store->identity.chain_nonce, first_seq, "enrolled", error);
}

static bool change_hands(struct store *store, bool (*change)(struct store *, GError **), GError **error)
{
    if (sql_begin(&store->sql, error) && change(store, error) && sql_commit(&store->sql, error))
        return epochs_load(store, error);
    sql_rollback(&store->sql);
    return false;
}

/* 1 the epoch of this enrolment is in the list with its nonce, 0 it is not in the list, -1 it is, with another one. */
static int epoch_known(const struct store *store)
{
    for (guint i = 0; i < store->epochs->len; i++) {
        const struct epoch *epoch = &g_array_index(store->epochs, struct epoch, i);
        if (epoch->epoch == store->identity.epoch)
            return memcmp(epoch->nonce, store->identity.chain_nonce, 32) == 0 ? 1 : -1;
    }
    return 0;
}

/* A kiosk that ran before it was enrolled has an empty journal, which changes hands by itself. */
bool identity_hold(struct store *store, GError **error)
{
    g_autofree char *kiosk_id = meta_text(store, "kiosk_id");
    bool ours = strcmp(kiosk_id, store->identity.kiosk_id) == 0;
    int known = epoch_known(store);

    if (store->epochs->len > 0 && ours && known == 1)
        return true;
    /* Epochs may have come from the platform since: then the enrolment is the older knowledge. */
    if (store->epochs->len > 0 && ours && known == 0)
        return store->identity.epoch < store->epoch || change_hands(store, identity_raise, error);
    return store->head_seq == 0 ? change_hands(store, identity_adopt, error) : foreign(error, kiosk_id);
}

/* ---- State ----------------------------------------------------------------------------------------------------------------- */

static const char *const STATES[] = {[STORE_WHOLE] = "whole", [STORE_WAITS] = "waits", [STORE_LOST] = "lost"};

void epochs_state_load(struct store *store)
{
    g_autofree char *text = meta_text(store, "state");

    store->state = STORE_WHOLE;
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++)
        if (strcmp(text, STATES[i]) == 0)
            store->state = (enum store_state)i;
    g_free(store->state_reason);
    store->state_reason = meta_text(store, "state_reason");
}

bool epochs_state_write(struct store *store, enum store_state state, const char *reason, GError **error)
{
    return meta_set_text(store, "state", STATES[state], error) && meta_set_text(store, "state_reason", reason, error);
}

bool epochs_may_append(struct store *store, GError **error)
{
    if (store->state == STORE_WAITS && !store->recovering)
        return store_state_error(error, "the journal waits for a new epoch: %s", store->state_reason);
    return epochs_last(store) != NULL || store_state_error(error, "the journal has no epoch");
}

enum store_state store_state(struct store *store, char **reason)
{
    g_mutex_lock(&store->lock);
    enum store_state state = store->state;
    if (reason != NULL)
        *reason = g_strdup(state == STORE_WHOLE ? "" : store->state_reason);
    g_mutex_unlock(&store->lock);
    return state;
}

bool store_state_set(struct store *store, enum store_state state, const char *reason, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = (sql_begin(&store->sql, error) && epochs_state_write(store, state, reason, error) &&
                 store_commit(store, error)) ||
                store_abandon(store);
    if (done)
        epochs_state_load(store);
    g_mutex_unlock(&store->lock);
    return done;
}
