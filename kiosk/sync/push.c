/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/epoch.h"
#include "sync/round.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

#define BATCHES_MAX 64  /* then the feed has its turn again, without a pause */
#define GROW_ROWS   (WIRE_PUSH_ROWS_MAX / 8)

/* ---- Batches ------------------------------------------------------------------------------------------------------ */

/* A JSON string (RFC 8259 7) of valid UTF-8. Written here and not by the parser's library: a backlog is a hundred megabytes. */
static void string_write(GString *out, const char *text)
{
    const char *plain = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
            continue;
        g_string_append_len(out, plain, at - plain);
        if ((unsigned char)*at >= 0x20)
            g_string_append_c(g_string_append_c(out, '\\'), *at);
        else
            g_string_append_printf(out, "\\u%04x", (unsigned char)*at);
        plain = at + 1;
    }
    g_string_append(out, plain);
}

/* False: bytes that no batch can carry. */
static bool event_write(GString *out, const struct store_row *row)
{
    char prev[65], hash[65];

    if (!uuid_valid(row->id) || !g_utf8_validate(row->body, -1, NULL))
        return false;
    g_string_append_printf(out, "{\"seq\":%" G_GINT64_FORMAT ",\"id\":\"%s\",\"prev\":\"%s\",\"hash\":\"%s\",\"body\":\"",
                           row->seq, row->id, wire_hex(row->prev, 32, prev), wire_hex(row->hash, 32, hash));
    string_write(out, row->body);
    g_string_append(out, "\"}");
    return true;
}

/* The rows of one batch are of one epoch. What cannot be carried ends it, and begins the next: *fits rows are in it. */
static GString *batch_text(const struct round *round, GPtrArray *rows, guint *fits)
{
    int64_t epoch = rows->len > 0 ? ((struct store_row *)rows->pdata[0])->epoch : store_epoch(round->store);
    GString *out = g_string_sized_new(4096);

    g_string_append_printf(out, "{\"epoch\":%" G_GINT64_FORMAT ",\"events\":[", epoch);
    for (*fits = 0; *fits < rows->len; (*fits)++) {
        gsize len = out->len;

        if (*fits > 0)
            g_string_append_c(out, ',');
        if (!event_write(out, rows->pdata[*fits])) {
            g_string_truncate(out, len);
            break;
        }
    }
    g_string_append(out, "]}");
    return out;
}

/* ---- Verdicts ----------------------------------------------------------------------------------------------------- */

/* One verdict of the answer, put at the place of its row. */
static bool verdict_read(json_t *json, GPtrArray *rows, size_t at, struct store_verdict_row *out, bool *seen)
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
    /* In the order of the rows as a rule, but that is not promised. */
    for (size_t n = 0; n < rows->len; n++) {
        size_t i = (at + n) % rows->len;
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
        if (!verdict_read(one, rows, i, out, seen))
            goto malformed;
    }
    return g_steal_pointer(&out);
malformed:
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER,
                        "verdicts do not fit the events that were sent");
    return NULL;
}

/* Our platform finds the request malformed or too large as a whole. Anything else with such a status is somebody between. */
static bool refused_as_a_whole(const struct round *round)
{
    return round->problem[0] != '\0' &&
           (round->http_status == 400 || round->http_status == 413 || round->http_status == 422);
}

/* Halved also when it does not get through in time: on a bad line a smaller one may. */
static void shrink(struct round *round, guint rows)
{
    round->rows_max = MAX((int)rows / 2, 1);
}

static void grow(struct round *round)
{
    round->rows_max = MIN(round->rows_max + GROW_ROWS, WIRE_PUSH_ROWS_MAX);
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
    if (!epoch_check(round, answer, error))
        return false;
    if (retry) /* it misses something: ask how far it knows us before the next push */
        round->head_known = false;
    return true;
}

/* ---- Dead letters ------------------------------------------------------------------------------------------------- */

static char *letter_text(const struct store_row *row, const char *reason)
{
    char prev[65], hash[65];
    g_autofree char *body = g_base64_encode((const guchar *)row->body, strlen(row->body));
    g_autofree char *why = g_utf8_substring(reason, 0, MIN(g_utf8_strlen(reason, -1), 60));
    json_t *json = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)row->epoch, "seq",
                             (json_int_t)row->seq, "id", row->id, "prev", wire_hex(row->prev, 32, prev), "hash",
                             wire_hex(row->hash, 32, hash), "body", body, "reason", strlen(why) <= 96 ? why : "");
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    return text;
}

/* One row that no batch can carry, or that is refused with whatever batch it is in: its raw bytes go by themselves, take their
 * place in the chain there and get a verdict like any other. What is behind them hangs on their hash. */
static bool send_letter(struct round *round, struct store_row *row, const char *reason, bool *again, GError **error)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    char *text = letter_text(row, reason);
    json_t *answer = text != NULL ? round_call(round, "/v1/deadletter", text, error) : NULL;
    bool done;

    if (text == NULL)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "a journal row cannot be written as a letter");
    free(text);
    g_ptr_array_add(one, row);
    done = answer != NULL && record(round, answer, one, again, error);
    json_decref(answer);
    return done;
}

/* ---- Pushing ------------------------------------------------------------------------------------------------------ */

/* Refused as a whole: half of it at once, down to one row, which goes as a letter. */
static bool refused(struct round *round, GPtrArray *rows, bool *again, GError *why, GError **error)
{
    bool done = true;

    if (rows->len > 1) {
        shrink(round, rows->len);
        *again = true;
    } else {
        done = send_letter(round, rows->pdata[0], why->message, again, error);
    }
    g_error_free(why);
    return done;
}

/* Send one batch. *again: there may be more that is worth sending in this round. */
static bool push_batch(struct round *round, GPtrArray *rows, bool *again, GError **error)
{
    GError *why = NULL;
    guint fits = 0;
    GString *text = batch_text(round, rows, &fits);
    json_t *answer = NULL;
    bool unfit = fits == 0 && rows->len > 0, ok = false;

    *again = false;
    if (fits < rows->len && !unfit)
        g_ptr_array_set_size(rows, (gint)fits);
    if (!unfit)
        answer = round_call(round, "/v1/events", text->str, &why);
    g_string_free(text, TRUE);
    if (unfit)
        return send_letter(round, rows->pdata[0], "not text", again, error);
    if (answer == NULL && rows->len > 0 && refused_as_a_whole(round))
        return refused(round, rows, again, why, error);
    if (answer == NULL) {
        if (g_error_matches(why, SYNC_ERROR, SYNC_ERROR_TRANSPORT) && rows->len > 0)
            shrink(round, rows->len);
        g_propagate_error(error, why);
        return false;
    }
    ok = record(round, answer, rows, again, error);
    json_decref(answer);
    if (ok)
        grow(round);
    return ok;
}

bool push_outbox(struct round *round, GError **error)
{
    bool again = true;

    round->more = false;
    if (!epoch_settle(round, error))
        return false;
    for (int i = 0; again; i++) {
        g_autoptr(GPtrArray) rows = store_outbox(round->store, round->rows_max, WIRE_PUSH_BYTES_MAX, error);

        if (rows == NULL)
            return false;
        if (rows->len == 0)
            return true;
        if (i == BATCHES_MAX) {
            round->more = true;
            return true;
        }
        if (!push_batch(round, rows, &again, error))
            return false;
    }
    return true;
}
