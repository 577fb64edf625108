/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/epoch.h"
#include "sync/round.h"
#include <string.h>

#define BATCHES_MAX 500

static json_t *event_json(const struct store_row *row)
{
    char prev[65], hash[65];

    return json_pack("{s:I, s:s, s:s, s:s, s:s}", "seq", (json_int_t)row->seq, "id", row->id, "prev",
                     wire_hex(row->prev, 32, prev), "hash", wire_hex(row->hash, 32, hash), "body", row->body);
}

/* The rows of one batch are of one epoch. */
static char *batch_text(const struct round *round, GPtrArray *rows, GError **error)
{
    int64_t epoch = rows->len > 0 ? ((struct store_row *)rows->pdata[0])->epoch : store_epoch(round->store);
    json_t *events = json_array(), *batch;
    char *text = NULL;

    for (guint i = 0; i < rows->len; i++) {
        if (json_array_append_new(events, event_json(g_ptr_array_index(rows, i))) != 0) {
            g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "a journal row is not UTF-8");
            json_decref(events);
            return NULL;
        }
    }
    batch = json_pack("{s:I, s:o}", "epoch", (json_int_t)epoch, "events", events);
    if (batch != NULL)
        text = json_dumps(batch, JSON_COMPACT);
    json_decref(batch);
    if (text == NULL)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "a batch cannot be written as JSON");
    return text;
}

/* One verdict of the answer, put at the place of its row. */
static bool verdict_read(json_t *json, GPtrArray *rows, struct store_verdict_row *out, bool *seen)
{
    const char *id, *name, *code = "";
    int64_t seq;
    enum store_verdict verdict;

    if (!json_is_object(json) || !wire_get_int(json, "seq", 1, INT64_MAX, &seq) ||
        !wire_get_string(json, "id", 36, &id) || !wire_get_string(json, "verdict", 16, &name) ||
        !wire_verdict_parse(name, &verdict))
        return false;
    if (json_object_get(json, "code") != NULL && !wire_get_string(json, "code", sizeof out->code - 1, &code))
        return false;
    for (guint i = 0; i < rows->len; i++) {
        const struct store_row *row = g_ptr_array_index(rows, i);

        if (row->seq != seq)
            continue;
        if (seen[i] || strcmp(row->id, id) != 0)
            return false;
        seen[i] = true;
        out[i].seq = seq;
        out[i].verdict = verdict;
        g_strlcpy(out[i].code, code, sizeof out[i].code);
        return true;
    }
    return false;
}

struct store_verdict_row *push_verdicts_read(json_t *answer, GPtrArray *rows, GError **error)
{
    json_t *verdicts = json_object_get(answer, "verdicts"), *one;
    g_autofree struct store_verdict_row *out = g_new0(struct store_verdict_row, rows->len);
    g_autofree bool *seen = g_new0(bool, rows->len);
    size_t i;

    /* All or nothing: with a part of the verdicts nothing is recorded and the batch is sent again, which is always safe. */
    if (!json_is_array(verdicts) || json_array_size(verdicts) != rows->len)
        goto malformed;
    json_array_foreach(verdicts, i, one)
    {
        if (!verdict_read(one, rows, out, seen))
            goto malformed;
    }
    return g_steal_pointer(&out);
malformed:
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                        "verdicts do not fit the events that were sent");
    return NULL;
}

/* The platform refuses the request as a whole (400, 413, 422): send half of it the next time, down to one row. A row that
 * is refused alone stays in the outbox and in the error text: what is behind it hangs on its hash and cannot go first. */
static void shrink(struct round *round, guint rows)
{
    round->rows_max = MAX((int)rows / 2, 1);
}

static bool refused_as_a_whole(const struct round *round)
{
    return round->http_status == 400 || round->http_status == 413 || round->http_status == 422;
}

static bool record(struct round *round, json_t *answer, GPtrArray *rows, bool *again, GError **error)
{
    g_autofree struct store_verdict_row *verdicts = NULL;
    bool retry = false;

    verdicts = push_verdicts_read(answer, rows, error);
    if (verdicts == NULL || !store_outbox_verdicts(round->store, verdicts, rows->len, error))
        return false;
    for (guint i = 0; i < rows->len; i++)
        retry = retry || verdicts[i].verdict == STORE_RETRY;
    *again = !retry;
    return epoch_check(round, answer, error);
}

/* Send one batch. *again: there may be more that is worth sending in this round. */
static bool push_batch(struct round *round, GPtrArray *rows, bool *again, GError **error)
{
    char *text = batch_text(round, rows, error);
    json_t *answer;
    bool ok;

    *again = false;
    if (text == NULL)
        return false;
    answer = round_call(round, "/v1/events", text, error);
    free(text);
    if (answer == NULL) {
        if (refused_as_a_whole(round))
            shrink(round, rows->len);
        return false;
    }
    ok = record(round, answer, rows, again, error);
    json_decref(answer);
    if (ok)
        round->rows_max = MIN(round->rows_max * 2, WIRE_PUSH_ROWS_MAX);
    return ok;
}

bool push_outbox(struct round *round, GError **error)
{
    bool again = true;

    if (!epoch_settle(round, error))
        return false;
    for (int i = 0; i < BATCHES_MAX && again; i++) {
        g_autoptr(GPtrArray) rows = store_outbox(round->store, round->rows_max, WIRE_PUSH_BYTES_MAX, error);

        if (rows == NULL)
            return false;
        if (rows->len == 0)
            return true;
        if (!push_batch(round, rows, &again, error))
            return false;
    }
    return true;
}
