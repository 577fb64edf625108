/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back to a whole journal: rows of our own that the platform (or a sidecar, or a damaged file) has and this file has not.
 *
 *   rows ─► does the body say what is around it, does the hash fit? ─► do they go on where our chain ends?
 *                                                                        │ yes: taken over byte by byte
 *                                                                        │ another row stands at that place: ours and all
 *                                                                        │   behind it go to `salvaged`, then the same
 *                                                                        └ no: kept in `salvaged`
 *   new epoch ─► journal.restored ─► facts of `salvaged` that no row has, written anew under their own event ids
 *
 * An event id is a fact's name for ever: what was salvaged twice, or came back from the platform as well, is recorded once.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

#define SEQ_MAX (INT64_C(1) << 53) /* what JSON can say */

/* ---- One row ------------------------------------------------------------------------------------------------------------ */

/* What stands beside a body in the table is read out of it. */
bool recover_row_read(const struct store *store, const struct store_row *row, char type[49], int64_t *at_ms)
{
    json_t *body = json_loads(row->body, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(body, "type"));
    json_t *at = json_object_get(body, "at");
    uint8_t hash[32];

    *type = '\0';
    *at_ms = json_integer_value(at);
    if (name != NULL && journal_type_valid(name))
        g_strlcpy(type, name, 49);
    json_decref(body);
    if (*type == '\0' || row->seq < 1 || row->seq > SEQ_MAX || row->epoch < 0 || row->epoch > G_MAXINT || !uuid_valid(row->id))
        return false;
    chain_hash(row->prev, row->epoch, row->seq, row->id, row->body, strlen(row->body), hash);
    return memcmp(hash, row->hash, 32) == 0 &&
           journal_body_says(store, row->body, strlen(row->body), *at_ms, row->seq, row->id, type);
}

static bool row_put(struct store *store, const struct store_row *row, const char *type, int64_t at_ms, GError **error)
{
    if (!journal_insert(store, row, type, at_ms, error))
        return false;
    if (row->seq > store->head_seq) {
        store->head_seq = row->seq;
        memcpy(store->head_hash, row->hash, 32);
    }
    return true;
}

static bool salvaged_put(struct store *store, const struct store_row *row, const char *type, int64_t at_ms,
                         const char *source, GError **error)
{
    return sql_run(&store->sql, SQL_SALVAGED_ADD,
                   "INSERT INTO salvaged(epoch,seq,id,type,at_ms,body,prev,hash,source,state)"
                   " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,'kept') ON CONFLICT(epoch,seq,hash) DO NOTHING",
                   error, "iissisbbs", row->epoch, row->seq, row->id, type, at_ms, row->body, row->prev, 32,
                   row->hash, 32, source);
}

/* The epoch that the last row lies in, -1 when there is no row. */
static int64_t head_epoch(const struct store *store)
{
    const struct epoch *epoch = store->head_seq > 0 ? epochs_at(store, store->head_seq) : NULL;
    return epoch != NULL ? epoch->epoch : -1;
}

/* Epochs that never got a row give way to those that did. */
static bool empty_epochs_drop(struct store *store, GError **error)
{
    return sql_script(&store->sql,
                      "DELETE FROM epoch WHERE epoch NOT IN (SELECT epoch FROM journal) AND epoch NOT IN"
                      " (SELECT epoch FROM segment)",
                      error) &&
           epochs_load(store, error);
}

/* Where the chain ends: with the last row, or with the last segment when rows behind it are missing. */
struct chain_end {
    int64_t seq, epoch; /* 0, -1: nowhere */
    uint8_t hash[32];
};

static bool chain_end(struct store *store, struct chain_end *end, GError **error)
{
    sqlite3_stmt *last = sql_query(&store->sql, SQL_SEGMENT_LAST,
                                   "SELECT last_seq,epoch,last_hash FROM segment WHERE last_seq>?1 ORDER BY last_seq DESC"
                                   " LIMIT 1",
                                   error, "i", store->head_seq);
    int found = last == NULL ? -1 : sql_step(&store->sql, last, error);

    end->seq = store->head_seq;
    end->epoch = head_epoch(store);
    memcpy(end->hash, store->head_hash, 32);
    if (found != 1)
        return found == 0;
    end->seq = sqlite3_column_int64(last, 0);
    end->epoch = sqlite3_column_int64(last, 1);
    bool good = sql_bytes(last, 2, end->hash, 32);
    sql_done(last);
    return good || store_state_error(error, "a segment has no hash");
}

static bool follows(const struct chain_end *end, const struct store_row *row)
{
    return end->epoch == row->epoch && row->seq == end->seq + 1 && memcmp(row->prev, end->hash, 32) == 0;
}

static bool begin_epoch(struct store *store, const struct store_row *row, GError **error)
{
    return empty_epochs_drop(store, error) &&
           epochs_add(store, row->epoch, row->prev, row->seq, "regained", error) && epochs_load(store, error);
}

/* A row of the platform. 1 it was put behind the end, 0 it does not go on there, -1 error. */
static int row_join(struct store *store, const struct store_row *row, const char *type, int64_t at_ms, GError **error)
{
    struct chain_end end;

    if (!chain_end(store, &end, error))
        return -1;
    if (!follows(&end, row)) {
        if (row->epoch <= end.epoch || row->seq <= end.seq)
            return 0;
        if (!begin_epoch(store, row, error))
            return -1;
    }
    return row_put(store, row, type, at_ms, error) ? 1 : -1;
}

/* Of a row that was found here nobody says that it is the first of its epoch: its nonce must be known. */
static bool nonce_known(const struct store *store, const struct store_row *row)
{
    if (row->epoch == store->identity.epoch && memcmp(row->prev, store->identity.chain_nonce, 32) == 0)
        return true;
    for (guint i = 0; store->old_epochs != NULL && i < store->old_epochs->len; i++) {
        const struct epoch *old = &g_array_index(store->old_epochs, struct epoch, i);
        if (old->epoch == row->epoch && old->first_seq == row->seq && memcmp(old->nonce, row->prev, 32) == 0)
            return true;
    }
    return row->seq == 1;
}

/* The database itself says that this row begins an epoch. One that waits knows too little to say so. */
static bool begins_epoch(const struct store *store, const struct store_row *row)
{
    const struct epoch *at = epochs_at(store, row->seq);

    return store->state != STORE_WAITS && at != NULL && at->epoch == row->epoch && at->first_seq == row->seq &&
           memcmp(at->nonce, row->prev, 32) == 0;
}

/* Its place is another's when a later epoch begins there. */
static bool place_is_later(const struct store *store, const struct store_row *row, const struct chain_end *end)
{
    const struct epoch *at = epochs_at(store, row->seq);
    return follows(end, row) && at != NULL && at->epoch > row->epoch;
}

/* Is this fact in the chain, at whatever place? 1 yes, 0 no, -1 error. */
static int fact_known(struct store *store, const char *id, GError **error)
{
    sqlite3_stmt *find =
        sql_query(&store->sql, SQL_JOURNAL_FIND, "SELECT hash FROM journal WHERE id=?1", error, "s", id);
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found == 1)
        sql_done(find);
    return found;
}

/* Rows that stayed when those around them went into an archive: does this one go on where a segment, or a row, ends? */
static int fits_between(struct store *store, const struct store_row *row, GError **error)
{
    const struct epoch *epoch = epochs_at(store, row->seq);
    sqlite3_stmt *inside = sql_query(&store->sql, SQL_SEGMENT_OVER,
                                     "SELECT first_seq FROM segment WHERE first_seq<=?1 AND last_seq>=?1", error, "i", row->seq);
    int found = inside == NULL ? -1 : sql_step(&store->sql, inside, error);
    uint8_t hash[32];

    if (found == 1)
        sql_done(inside);
    if (found == 0)
        found = journal_hash_at(store, row->seq, hash, error);
    if (found != 0 || epoch == NULL || epoch->epoch != row->epoch)
        return found < 0 ? -1 : 0;
    if (epoch->first_seq == row->seq)
        return memcmp(epoch->nonce, row->prev, 32) == 0;
    found = journal_hash_at(store, row->seq - 1, hash, error);
    return found == 1 ? memcmp(hash, row->prev, 32) == 0 : found;
}

/* A damaged file may hold a fact twice: where it was set aside, and where it was recorded again. */
static int found_join(struct store *store, const struct store_row *row, const char *type, int64_t at_ms, GError **error)
{
    struct chain_end end;
    int known = fact_known(store, row->id, error);

    if (known != 0 || !chain_end(store, &end, error))
        return known == 1 ? 0 : -1;
    if (row->seq < end.seq) {
        int fits = fits_between(store, row, error);
        return fits != 1 ? fits : row_put(store, row, type, at_ms, error) ? 1 : -1;
    }
    if (place_is_later(store, row, &end))
        return 0;
    if (!follows(&end, row)) {
        bool begins = begins_epoch(store, row);
        if (row->epoch <= end.epoch || row->seq <= end.seq || (!begins && (row->seq != end.seq + 1 || !nonce_known(store, row))))
            return 0;
        if (!begins && !begin_epoch(store, row, error))
            return -1;
    }
    return row_put(store, row, type, at_ms, error) ? 1 : -1;
}

/* ---- Rows that the platform has ------------------------------------------------------------------------------------------ */

/* Ours from here on were written on another disk's places: kept whole, but no longer part of the chain. */
bool recover_set_aside(struct store *store, int64_t from, GError **error)
{
    if (from <= store->acked_seq) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN,
                    "row %" G_GINT64_FORMAT " was acknowledged, and the platform now has another one", from);
        return false;
    }
    return sql_run(&store->sql, SQL_SALVAGED_FORK,
                   "INSERT INTO salvaged(epoch,seq,id,type,at_ms,body,prev,hash,source,state)"
                   " SELECT epoch,seq,id,type,at_ms,body,prev,hash,'fork','kept' FROM journal WHERE seq>=?1"
                   " ON CONFLICT(epoch,seq,hash) DO NOTHING",
                   error, "i", from) &&
           sql_run(&store->sql, SQL_REFUSED_CUT, "DELETE FROM refused WHERE seq>=?1", error, "i", from) &&
           sql_run(&store->sql, SQL_JOURNAL_CUT, "DELETE FROM journal WHERE seq>=?1", error, "i", from) &&
           empty_epochs_drop(store, error) && journal_head_load(store, error);
}

static bool not_ours(GError **error, int64_t seq)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN, "row %" G_GINT64_FORMAT " of the platform does not fit our chain",
                seq);
    return false;
}

/* Rows of ours between two that follow on each other at the platform: nobody takes them at their places any more. With them goes
 * what is behind, which the platform has or is recorded again. */
static bool passed_by(struct store *store, int64_t before, const struct store_row *row, bool *changed, GError **error)
{
    sqlite3_stmt *find = sql_query(&store->sql, SQL_SALVAGED_BETWEEN, "SELECT 1 FROM journal WHERE seq>?1 AND seq<?2 LIMIT 1",
                                   error, "ii", before, row->seq);
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found != 1)
        return found == 0;
    sql_done(find);
    *changed = true;
    return recover_set_aside(store, before + 1, error);
}

/* `before`: the row that the platform has before this one. */
static bool adopt_one(struct store *store, const struct store_row *row, int64_t before, bool *changed, GError **error)
{
    uint8_t hash[32];
    char type[49];
    int64_t at_ms;

    if (!recover_row_read(store, row, type, &at_ms))
        return not_ours(error, row->seq);
    struct chain_end end;
    if (!passed_by(store, before, row, changed, error) || !chain_end(store, &end, error))
        return false;
    int found = row->seq > end.seq ? 0 : journal_hash_at(store, row->seq, hash, error);
    if (found < 0)
        return false;
    /* At our place, or behind our head: else it lies in a segment, and left the journal after it was acknowledged. */
    if (found == 1 && memcmp(hash, row->hash, 32) == 0)
        return true;
    if (found == 0 && row->seq <= end.seq)
        return true;
    *changed = true;
    if (found == 1 && !recover_set_aside(store, row->seq, error))
        return false;
    int joined = row_join(store, row, type, at_ms, error);
    return joined == 0 ? not_ours(error, row->seq) : joined == 1;
}

static bool verdict_put(struct store *store, const struct store_verdict_row *verdict, GError **error)
{
    if (verdict->verdict != STORE_CONFLICT && verdict->verdict != STORE_REJECTED)
        return true;
    return outbox_refuse(store, verdict, error);
}

/* Whatever row it had once: the platform has the fact, also where its row here is in an archive by now. */
static bool fact_is_there(struct store *store, const struct store_row *row, GError **error)
{
    return sql_run(&store->sql, SQL_SALVAGED_KNOWN, "UPDATE salvaged SET state='known' WHERE id=?1 AND state='kept'", error,
                   "s", row->id);
}

static bool adopt_all(struct store *store, struct store_row *const rows[], const struct store_verdict_row verdicts[],
                      size_t count, GError **error)
{
    bool changed = false;

    for (size_t i = 0; i < count; i++)
        if (!adopt_one(store, rows[i], i > 0 ? rows[i - 1]->seq : store->acked_seq, &changed, error) ||
            !fact_is_there(store, rows[i], error) || !verdict_put(store, &verdicts[i], error))
            return false;
    int64_t acked_seq = count > 0 ? MAX(store->acked_seq, rows[count - 1]->seq) : store->acked_seq;
    /* The projections are built again when all is there; a stop before that is noticed by their version. */
    return meta_set_int(store, "acked_seq", acked_seq, error) &&
           (!changed || meta_set_int(store, "projection_version", 0, error)) && store_commit(store, error);
}

static bool reload(struct store *store, GError **error)
{
    store->acked_seq = meta_int(store, "acked_seq", 0);
    return epochs_load(store, error);
}

bool store_rows_adopt(struct store *store, struct store_row *const rows[], const struct store_verdict_row verdicts[],
                      size_t count, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = store->state == STORE_WAITS || store_state_error(error, "the journal waits for nothing");
    done = done && ((sql_begin(&store->sql, error) && adopt_all(store, rows, verdicts, count, error) &&
                     reload(store, error)) ||
                    store_abandon(store));
    g_mutex_unlock(&store->lock);
    return done;
}

void store_sure_place(struct store *store, int64_t *epoch, int64_t *seq)
{
    g_mutex_lock(&store->lock);
    const struct epoch *at = store->acked_seq > 0 ? epochs_at(store, store->acked_seq) : NULL;
    *seq = at != NULL ? store->acked_seq : 0;
    *epoch = at != NULL ? at->epoch : 0;
    g_mutex_unlock(&store->lock);
}

int store_hash_at(struct store *store, int64_t seq, uint8_t hash[32], GError **error)
{
    g_mutex_lock(&store->lock);
    int found = journal_hash_at(store, seq, hash, error);
    g_mutex_unlock(&store->lock);
    return found;
}

/* ---- Rows that were found on this machine ---------------------------------------------------------------------------------- */

/* 1 it was set aside before, and waits there for its next epoch, 0 not, -1 error. */
static int is_set_aside(struct store *store, const struct store_row *row, GError **error)
{
    sqlite3_stmt *find = sql_query(&store->sql, SQL_SALVAGED_HAS, "SELECT 1 FROM salvaged WHERE epoch=?1 AND seq=?2 AND hash=?3",
                                   error, "iib", row->epoch, row->seq, row->hash, 32);
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found == 1)
        sql_done(find);
    return found;
}

bool recover_row(struct store *store, const struct store_row *row, const char *source, bool *joined, bool *holds,
                 GError **error)
{
    char type[49];
    int64_t at_ms;

    *joined = false;
    *holds = recover_row_read(store, row, type, &at_ms);
    int aside = *holds ? is_set_aside(store, row, error) : 0;
    *holds = *holds && aside == 0;
    if (!*holds)
        return aside >= 0; /* damaged itself: nothing that could be believed */
    int done = found_join(store, row, type, at_ms, error);
    *joined = done == 1;
    return done == 0 ? salvaged_put(store, row, type, at_ms, source, error) : done == 1;
}

/* ---- A new epoch ------------------------------------------------------------------------------------------------------------- */

static bool number_of(struct store *store, enum sql_slot slot, const char *text, int64_t value, int64_t *out, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, slot, text, error, "i", value);

    if (query == NULL || sql_step(&store->sql, query, error) != 1)
        return false;
    *out = sqlite3_column_int64(query, 0);
    sql_done(query);
    return true;
}

struct loss {
    int64_t after, first_seq; /* numbers between them have no row */
    int64_t salvaged;         /* of these, so many were found outside of the chain */
    bool end_known;           /* is it known how far the journal went? */
};

static bool loss_count(struct store *store, int64_t platform_seq, struct loss *loss, GError **error)
{
    int64_t known = MAX(platform_seq, meta_int(store, "seq_floor", 0)), highest = 0;

    if (!number_of(store, SQL_SALVAGED_LAST, "SELECT coalesce(max(seq),0) FROM salvaged WHERE seq>?1", 0, &highest, error) ||
        !number_of(store, SQL_SALVAGED_COUNT, "SELECT count(DISTINCT seq) FROM salvaged WHERE seq>?1", store->head_seq,
                   &loss->salvaged, error))
        return false;
    loss->after = store->head_seq;
    loss->first_seq = MAX(MAX(known, highest), store->head_seq) + 1;
    loss->end_known = meta_int(store, "end_known", 0) != 0;
    return true;
}

static bool epoch_begin(struct store *store, int64_t epoch, const uint8_t nonce[32], const struct loss *loss,
                        const char *reason, GError **error)
{
    bool done = (sql_begin(&store->sql, error) && epochs_add(store, epoch, nonce, loss->first_seq, reason, error) &&
                 store_commit(store, error)) ||
                store_abandon(store);
    return done && epochs_load(store, error);
}

static bool tell_restored(struct store *store, const char *reason, const struct loss *loss, GError **error)
{
    int64_t missing = loss->first_seq - loss->after - 1 - loss->salvaged;
    json_t *data = json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "reason", reason, "after", (json_int_t)loss->after, "before",
                             (json_int_t)loss->first_seq, "salvaged", (json_int_t)loss->salvaged, "lost",
                             (json_int_t)MAX(missing, 0), "end_known", loss->end_known);
    bool done = data != NULL && journal_append(store, "journal.restored", data, NULL, error);

    json_decref(data);
    return done;
}

/* ---- Facts that have no row any more ------------------------------------------------------------------------------------------ */

/* The next one in the order of their places, wherever each was found: later facts build on earlier ones. `row` and *n are those of
 * the one before. 1 there is one, 0 none, -1 error. */
static int salvaged_next(struct store *store, int64_t *n, struct store_row *row, char type[49], bool *known, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, SQL_SALVAGED_NEXT,
                                    "SELECT n,id,type,body,EXISTS(SELECT 1 FROM journal j WHERE j.id=s.id),epoch,seq"
                                    " FROM salvaged s WHERE state='kept' AND (epoch,seq,n)>(?1,?2,?3)"
                                    " ORDER BY epoch,seq,n LIMIT 1",
                                    error, "iii", row->epoch, row->seq, *n);
    int found = query == NULL ? -1 : sql_step(&store->sql, query, error);

    if (found != 1)
        return found;
    *n = sqlite3_column_int64(query, 0);
    g_strlcpy(row->id, sql_text(query, 1), sizeof row->id);
    g_strlcpy(type, sql_text(query, 2), 49);
    row->body = g_strdup(sql_text(query, 3));
    *known = sqlite3_column_int(query, 4) != 0;
    row->epoch = sqlite3_column_int64(query, 5);
    row->seq = sqlite3_column_int64(query, 6);
    sql_done(query);
    return 1;
}

static bool salvaged_mark(struct store *store, int64_t n, const char *state, GError **error)
{
    return (sql_begin(&store->sql, error) &&
            sql_run(&store->sql, SQL_SALVAGED_MARK, "UPDATE salvaged SET state=?2 WHERE n=?1", error, "is", n, state) &&
            store_commit(store, error)) ||
           store_abandon(store);
}

/*
 * Both copies of a disk told of one payment. The same end, or how it came to the end that is known, is no news. Another end is told
 * to the platform, as if it were of another kiosk: proof counts there, and people hear of it. False: trouble.
 */
enum again { AGAIN_NO, AGAIN_SAID, AGAIN_OTHER };

static bool again_what(struct store *store, const char *type, json_t *data, enum again *out, GError **error)
{
    enum payment_kind kind;
    enum payment_state told, known;
    const char *id = json_string_value(json_object_get(data, "id"));

    *out = AGAIN_NO;
    if (id == NULL || !payment_event_parse(type, &kind, &told))
        return true;
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_PAYMENT_STATE, "SELECT state FROM payment WHERE id=?1", error, "s", id);
    int found = query == NULL ? -1 : sql_step(&store->sql, query, error);
    if (found == 1 && payment_state_parse(sql_text(query, 0), &known)) {
        if (told == known || payment_is_open(told))
            *out = AGAIN_SAID;
        else if (!payment_is_open(known))
            *out = AGAIN_OTHER;
    }
    if (found == 1)
        sql_done(query);
    return found >= 0;
}

static bool other_end(struct store *store, const char *id, json_t *payment, GError **error)
{
    json_t *data = json_pack("{s:s, s:O}", "kiosk", store->identity.kiosk_id, "payment", payment);
    bool done = data != NULL && journal_append_as(store, id, "doubt.settled", data, error);

    json_decref(data);
    return done;
}

/* The projections do not allow it. *said: it is no news; *done: the platform gets it in another form. */
static bool again(struct store *store, const struct store_row *row, const char *type, json_t *data, bool *said, bool *done,
                  GError **why, GError **error)
{
    enum again what;

    if (!again_what(store, type, data, &what, error))
        return false;
    *said = what == AGAIN_SAID;
    if (what == AGAIN_OTHER) {
        g_clear_error(why);
        *done = other_end(store, row->id, data, why);
    }
    return true;
}

/* It happened: rules that are asked before something is done (numbers, bills, one doubt a card) are not asked any more. What
 * builds on something that is lost stays for staff. */
static bool record_again(struct store *store, int64_t n, const struct store_row *row, const char *type, GError **error)
{
    GError *why = NULL;
    json_t *data = journal_data(store, row->body, NULL);
    bool done = data != NULL && journal_append_as(store, row->id, type, data, &why), said = false;
    bool asked = !g_error_matches(why, STORE_ERROR, STORE_ERROR_STATE) ||
                 again(store, row, type, data, &said, &done, &why, error);

    json_decref(data);
    if (!asked || done || said) {
        g_clear_error(&why);
        return asked && salvaged_mark(store, n, said ? "known" : "recorded", error);
    }
    if (data == NULL || g_error_matches(why, STORE_ERROR, STORE_ERROR_STATE)) {
        g_message("salvaged row %" G_GINT64_FORMAT " stays for staff: %s", n, why != NULL ? why->message : "not readable");
        g_clear_error(&why);
        return true;
    }
    g_propagate_error(error, why);
    return false;
}

static bool record_salvaged(struct store *store, GError **error)
{
    struct store_row row = {.epoch = -1};
    int64_t n = 0;
    int found;

    do {
        char type[49];
        bool known = false;
        found = salvaged_next(store, &n, &row, type, &known, error);
        /* "restored" told of an earlier loss: its numbers say nothing here. */
        if (found == 1 && (known || strcmp(type, "journal.restored") == 0))
            found = salvaged_mark(store, n, "known", error) ? 1 : -1;
        else if (found == 1)
            found = record_again(store, n, &row, type, error) ? 1 : -1;
        g_clear_pointer(&row.body, g_free);
    } while (found == 1);
    return found == 0;
}

static bool state_after(struct store *store, const char *reason, const struct loss *loss, GError **error)
{
    bool whole = loss->end_known && loss->first_seq - loss->after - 1 <= loss->salvaged;
    bool done = (sql_begin(&store->sql, error) &&
                 epochs_state_write(store, whole ? STORE_WHOLE : STORE_LOST, whole ? "" : reason, error) &&
                 sql_run(&store->sql, SQL_META_DROP, "DELETE FROM meta WHERE key IN ('seq_floor','end_known')", error, "") &&
                 store_commit(store, error)) ||
                store_abandon(store);
    epochs_state_load(store);
    return done;
}

static bool go_on(struct store *store, int64_t epoch, const uint8_t nonce[32], int64_t platform_seq, GError **error)
{
    g_autofree char *reason = g_strdup(store->state_reason);
    struct loss loss;

    if (!schema_projections(store, error) || !loss_count(store, platform_seq, &loss, error) ||
        !epoch_begin(store, epoch, nonce, &loss, reason, error))
        return false;
    store->recovering = true;
    bool done = tell_restored(store, reason, &loss, error) && record_salvaged(store, error);
    store->recovering = false;
    return done && state_after(store, reason, &loss, error);
}

bool store_epoch_open(struct store *store, int epoch, const uint8_t nonce[32], int64_t platform_seq, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = store->state == STORE_WAITS || store_state_error(error, "the journal waits for no epoch");
    done = done && go_on(store, epoch, nonce, platform_seq, error);
    g_mutex_unlock(&store->lock);
    /* Payments that were under way when the journal stopped: nobody knows whether DEBIT left. */
    return done && store_payments_settle_boot(store, error) >= 0;
}
