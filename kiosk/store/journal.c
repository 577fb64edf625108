/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: one table, appended to and never changed, each row chained to the one before by its hash.
 *
 *   append:  BEGIN ─► lawful? ─► the row into the sidecar ─► projections, journal row ─► COMMIT, flush of the sidecar ─► true
 *              │                                                                               │ error: flush of the WAL ─► true
 *              └─ any error ─► ROLLBACK, the row out of the sidecar ─► false                   └─ error ─► is the id there? ─► true
 *                                     └──────────────────────────────────────────────────────────────────── no ─┘
 *
 * So an append waits for one flush of one page, which the disk began to write while the tables changed: what else it changed
 * follows with the next flush of the database, and is made again from the sidecar's rows when the power goes before that.
 *
 * Invariants: (1) seq only rises, over all epochs, without a gap inside of one. (2) hash(n) = chain_hash(hash(n−1), epoch, n,
 * id, body); the first `prev` of an epoch is its nonce. (3) A row and its effect on the projections are one transaction.
 * (4) The columns id, type and at_ms say what the body says. (5) The bytes of a body are written once and only ever copied.
 * (6) Nothing is appended while the store waits for the platform to tell it a new epoch.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

#define DATA_BYTES_MAX (48 * 1024) /* one event must fit into one push */
#define TYPE_MAX       48

/* ---- Body: the same bytes as jansson's compact, sorted dump, without building the object ------------------------- */

static char *body_head(int64_t at_ms)
{
    return g_strdup_printf("{\"at\":%" G_GINT64_FORMAT ",\"boot_id\":\"", at_ms);
}

static char *body_tail(const struct store *store, int64_t seq, const char *id, const char *type)
{
    return g_strdup_printf(",\"id\":\"%s\",\"kiosk\":\"%s\",\"seq\":%" G_GINT64_FORMAT ",\"type\":\"%s\"}",
                           id, store->identity.kiosk_id, seq, type);
}

/* Both clocks, and how far apart the platform's and ours are when a signed time of this boot says so. */
static char *body_write(const struct store *store, int64_t at_ms, int64_t seq, const char *id,
                        const char *type, const char *data)
{
    g_autofree char *head = body_head(at_ms);
    g_autofree char *tail = body_tail(store, seq, id, type);
    struct clock_reading now = {.wall_ms = at_ms, .boot_ms = clock_boot_ms()};
    char offset[48] = "";
    int64_t offset_ms;

    g_strlcpy(now.boot_id, store->boot_id, sizeof now.boot_id);
    if (clockwatch_offset(&store->clock, &now, &offset_ms))
        g_snprintf(offset, sizeof offset, ",\"clock_offset_ms\":%" G_GINT64_FORMAT, offset_ms);
    return g_strdup_printf("%s%s\",\"boot_ms\":%" G_GINT64_FORMAT "%s,\"data\":%s%s", head, store->boot_id,
                           now.boot_ms, offset, data, tail);
}

/* The columns beside the body are not hashed themselves: they must say the same as the body, which is. */
bool journal_body_says(const struct store *store, const char *body, size_t len, int64_t at_ms, int64_t seq,
                       const char *id, const char *type)
{
    g_autofree char *head = body_head(at_ms);
    g_autofree char *tail = body_tail(store, seq, id, type);
    size_t head_len = strlen(head), tail_len = strlen(tail);

    return len > head_len + tail_len && memcmp(body, head, head_len) == 0 &&
           memcmp(body + len - tail_len, tail, tail_len) == 0;
}

json_t *journal_data(const struct store *store, const char *body, GError **error)
{
    json_t *root = json_loads(body, JSON_REJECT_DUPLICATES, NULL), *sealed = json_object_get(root, "data");
    const char *id = json_string_value(json_object_get(root, "id"));
    json_t *data = id != NULL ? seal_open_members(&store->identity.seal, id, sealed) : NULL;

    if (id == NULL || sealed == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a row of the journal is not our JSON");
    else if (data == NULL)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OPEN,
                            "a row of the journal is sealed with a key that this kiosk does not have");
    json_decref(root);
    return data;
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

void store_row_free(struct store_row *row)
{
    if (row == NULL)
        return;
    g_free(row->body);
    g_free(row);
}

bool journal_head_load(struct store *store, GError **error)
{
    sqlite3_stmt *head = sql_query(&store->sql, SQL_JOURNAL_HEAD,
                                   "SELECT seq,hash FROM journal ORDER BY seq DESC LIMIT 1", error, "");
    int found = head == NULL ? -1 : sql_step(&store->sql, head, error);

    if (found < 0)
        return false;
    store->head_seq = 0;
    memset(store->head_hash, 0, sizeof store->head_hash);
    if (found == 0)
        return true;
    store->head_seq = sqlite3_column_int64(head, 0);
    bool good = sql_bytes(head, 1, store->head_hash, 32);
    sql_done(head);
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CHAIN, "the last row of the journal has no hash");
    return good;
}

int64_t store_head(struct store *store, uint8_t hash[32])
{
    g_mutex_lock(&store->lock);
    int64_t seq = store->head_seq;
    const struct epoch *epoch = epochs_last(store);
    memcpy(hash, seq == 0 && epoch != NULL ? epoch->nonce : store->head_hash, 32);
    g_mutex_unlock(&store->lock);
    return seq;
}

int64_t store_head_place(struct store *store, int64_t *epoch, uint8_t hash[32])
{
    g_mutex_lock(&store->lock);
    int64_t seq = store->head_seq;
    const struct epoch *at = epochs_at(store, seq);
    *epoch = at != NULL ? at->epoch : store->epoch;
    memcpy(hash, store->head_hash, 32);
    g_mutex_unlock(&store->lock);
    return seq;
}

/* ---- Append ------------------------------------------------------------------------------------------------------- */

bool journal_type_valid(const char *type)
{
    size_t len = strnlen(type, TYPE_MAX + 1);
    bool good = len > 0 && len <= TYPE_MAX;

    for (size_t i = 0; good && i < len; i++)
        good = g_ascii_islower(type[i]) || type[i] == '_' || type[i] == '.';
    return good;
}

/* The text of `data` as it will be hashed, nothing personal in clear; NULL when it is no object, or too large. */
static char *data_dump(const struct store *store, const char *id, const char *type, json_t *data, GError **error)
{
    json_t *sealed = json_is_object(data) ? seal_members(&store->identity.seal, id, data) : NULL;
    char *text = sealed != NULL ? json_dumps(sealed, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(sealed);
    if (text != NULL && journal_type_valid(type) && strlen(text) <= DATA_BYTES_MAX)
        return text;
    g_free(text);
    store_state_error(error,
                      "an event is a type of at most %d lower-case letters and an object of at most %d bytes whose personal members are text",
                      TYPE_MAX, DATA_BYTES_MAX);
    return NULL;
}

struct entry {
    int64_t seq, at_ms;
    char id[37];
    uint8_t prev[32], hash[32];
    char *body;
};

/* `id` NULL: a new fact. False: this is no event, and `entry` holds nothing to free. */
static bool entry_fill(const struct store *store, struct entry *entry, const char *id, const char *type, json_t *data,
                       GError **error)
{
    entry->seq = epochs_next(store, entry->prev);
    entry->at_ms = now_ms();
    if (id != NULL)
        g_strlcpy(entry->id, id, sizeof entry->id);
    else
        uuid7(entry->at_ms, entry->id);
    g_autofree char *text = data_dump(store, entry->id, type, data, error);
    if (text == NULL)
        return false;
    entry->body = body_write(store, entry->at_ms, entry->seq, entry->id, type, text);
    chain_hash(entry->prev, store->epoch, entry->seq, entry->id, entry->body, strlen(entry->body), entry->hash);
    return true;
}

bool journal_insert(struct store *store, const struct store_row *row, const char *type, int64_t at_ms, GError **error)
{
    return sql_run(&store->sql, SQL_JOURNAL_ADD,
                   "INSERT INTO journal(seq,epoch,id,type,at_ms,body,prev,hash) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
                   error, "iissisbb", row->seq, row->epoch, row->id, type, at_ms, row->body, row->prev, 32, row->hash, 32);
}

/* The highest time seen lives in the last row's at_ms, unless the clock went back since: then it is written down. */
static bool time_keep(struct store *store, const struct entry *entry, GError **error)
{
    struct mark *high = &store->time_high;

    if (entry->at_ms >= high->now_ms || high->disk_ms == high->now_ms)
        return true;
    return mark_write(store, high, high->now_ms, error);
}

/* After an error of COMMIT only the file knows. */
static bool entry_is_there(struct store *store, const struct entry *entry)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];
    sqlite3_stmt *find = sql_query(&store->sql, SQL_JOURNAL_FIND, "SELECT hash FROM journal WHERE id=?1",
                                   &error, "s", entry->id);
    if (find == NULL || sql_step(&store->sql, find, &error) != 1)
        return false;
    bool same = sql_bytes(find, 0, hash, 32) && memcmp(hash, entry->hash, 32) == 0;
    sql_done(find);
    return same;
}

/* The row as others are handed it; the body stays the entry's. */
static struct store_row entry_row(const struct store *store, const struct entry *entry)
{
    struct store_row row = {.seq = entry->seq, .epoch = store->epoch, .body = entry->body};

    memcpy(row.id, entry->id, sizeof row.id);
    memcpy(row.prev, entry->prev, 32);
    memcpy(row.hash, entry->hash, 32);
    return row;
}

static bool entry_commit(struct store *store, const struct entry *entry, GError **error)
{
    GError *failure = NULL;

    if (!store_commit_beside(store, &failure) && !entry_is_there(store, entry)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    store->head_seq = entry->seq;
    memcpy(store->head_hash, entry->hash, 32);
    store->time_high.now_ms = MAX(store->time_high.now_ms, entry->at_ms);
    return true;
}

struct beside {
    struct store *store;
    const struct store_row *row;
};

/* The disk begins to write the row while the tables are changed. */
static void beside_begin(void *ctx)
{
    const struct beside *beside = ctx;
    sidecar_begin(beside->store, beside->row);
}

static bool append_begin(struct store *store, struct beside *beside, GError **error)
{
    if (!sql_begin(&store->sql, error))
        return false;
    store->sql.lawful = beside_begin; /* projection_apply() takes it off again */
    store->sql.lawful_ctx = beside;
    return true;
}

struct fact {
    const char *id, *type; /* id NULL: a new one */
    json_t *data;
    journal_with_fn with; /* may be NULL */
    const void *ctx;
};

static bool append_once(struct store *store, const struct fact *fact, char *id_out, GError **error)
{
    struct entry entry = {0};

    if (!epochs_may_append(store, error) || !entry_fill(store, &entry, fact->id, fact->type, fact->data, error))
        return false;
    struct store_row row = entry_row(store, &entry);
    struct beside beside = {store, &row};
    bool done = append_begin(store, &beside, error) &&
                projection_apply(&store->sql, entry.seq, fact->type, fact->data, fact->id != NULL, error) &&
                (fact->with == NULL || fact->with(store, fact->ctx, error)) &&
                journal_insert(store, &row, fact->type, entry.at_ms, error) && time_keep(store, &entry, error) &&
                entry_commit(store, &entry, error);
    if (!done) {
        store_abandon(store);
        sidecar_take_back(store, &row);
    }
    if (done && id_out != NULL)
        memcpy(id_out, entry.id, sizeof entry.id);
    g_free(entry.body);
    return done;
}

/* A full disk makes room once, so that what was begun can be ended. */
static bool append(struct store *store, const struct fact *fact, char *id_out, GError **error)
{
    GError *why = NULL;
    bool done = append_once(store, fact, id_out, &why);

    if (!done && g_error_matches(why, STORE_ERROR, STORE_ERROR_FULL) && room_make(store)) {
        g_clear_error(&why);
        done = append_once(store, fact, id_out, &why);
    }
    if (!done)
        g_propagate_error(error, why);
    return done;
}

bool journal_append(struct store *store, const char *type, json_t *data, char *id_out, GError **error)
{
    return append(store, &(struct fact){.type = type, .data = data}, id_out, error);
}

bool journal_append_with(struct store *store, const char *type, json_t *data, journal_with_fn with, const void *ctx, GError **error)
{
    return append(store, &(struct fact){.type = type, .data = data, .with = with, .ctx = ctx}, NULL, error);
}

bool journal_append_as(struct store *store, const char *id, const char *type, json_t *data, GError **error)
{
    return append(store, &(struct fact){.id = id, .type = type, .data = data}, NULL, error);
}

bool store_append(struct store *store, const char *type, json_t *data, char *id_out, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = journal_append(store, type, data, id_out, error);
    g_mutex_unlock(&store->lock);
    return done;
}
