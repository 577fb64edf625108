/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the platform know the same of us as our disk does? Asked once after each start, before anything is pushed, and looked
 * at in every answer to a push. When it knows more, or something else, the journal stops and is made whole:
 *
 *   HELLO ─► head is ours, or behind us ──────────────────────────────────────────────────────────────► push
 *     │         └─► behind what it had acknowledged: it forgot; all of that waits again ────────────────► push
 *     └─► beyond ours, another hash, an epoch that we do not know; or the store was waiting already
 *            └─► GET /v1/events behind the last place we are sure of, page by page ─► POST /v1/epoch ─► push
 *                  every step may fail and be done again in the next round: the store keeps what it took over
 */
#include "sync/epoch.h"

#include <string.h>

#define PAGES_MAX 2000

bool epoch_head_read(json_t *answer, struct epoch_head *out, GError **error)
{
    json_t *head = json_object_get(answer, "head");

    if (json_is_object(head) && wire_get_int(head, "epoch", 0, INT32_MAX, &out->epoch) &&
        wire_get_int(head, "seq", 0, WIRE_SEQ_MAX, &out->seq) &&
        wire_get_hex(head, "hash", out->hash, sizeof out->hash))
        return true;
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer without the platform's head");
    return false;
}

/* ---- The same head? ----------------------------------------------------------------------------------------------------- */

static bool head_same(struct round *round, const struct epoch_head *head, bool *same, GError **error)
{
    uint8_t hash[32];

    *same = head->epoch <= store_epoch(round->store) && head->seq <= store_head(round->store, hash);
    if (!*same || head->seq == 0)
        return true;
    int found = store_hash_at(round->store, head->seq, hash, error);
    *same = found == 0 || memcmp(hash, head->hash, 32) == 0; /* 0: it left the journal after it was acknowledged */
    return found >= 0;
}

bool epoch_check(struct round *round, json_t *answer, GError **error)
{
    struct epoch_head head;
    bool same = false;

    if (!epoch_head_read(answer, &head, error) || !head_same(round, &head, &same, error))
        return false;
    round->head_known = same;
    if (same)
        return true;
    /* Should the state not be kept, on a full disk, it is found again in the next round. */
    round->disk_old = true;
    if (store_state_set(round->store, STORE_WAITS, "disk_old", error))
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                    "the platform has event %" G_GINT64_FORMAT " of this kiosk, this disk has not: an old copy?", head.seq);
    return false;
}

/*
 * Behind what it had acknowledged: the platform's own disk is a copy of an earlier day. All that it forgot is told again; events of
 * an epoch that it does not know would be refused one by one, so these wait for people.
 */
static bool tell_again(struct round *round, const struct epoch_head *head, GError **error)
{
    int epoch = store_epoch(round->store);

    if (head->epoch >= epoch)
        return store_outbox_again(round->store, head->seq, error);
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "the platform does not know epoch %d of this kiosk: enrol it anew", epoch);
    return false;
}

static json_t *hello(struct round *round, GError **error)
{
    int epoch = MAX(store_epoch(round->store), 1);
    json_t *batch = json_pack("{s:i, s:[]}", "epoch", epoch, "events");
    char *text = batch != NULL ? json_dumps(batch, JSON_COMPACT) : NULL;
    json_t *answer = text != NULL ? round_call(round, "/v1/events", text, error) : NULL;

    if (text == NULL)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "no memory for a question");
    free(text);
    json_decref(batch);
    return answer;
}

/* ---- Own rows back ------------------------------------------------------------------------------------------------------ */

struct page {
    GPtrArray *rows;
    struct store_verdict_row *verdicts;
    bool more;
};

static void page_clear(struct page *page)
{
    g_clear_pointer(&page->rows, g_ptr_array_unref);
    g_clear_pointer(&page->verdicts, g_free);
}

static bool row_read(json_t *json, struct store_row *row, struct store_verdict_row *verdict)
{
    const char *id, *body, *name, *code = "";

    if (!json_is_object(json) || !wire_get_int(json, "epoch", 0, INT32_MAX, &row->epoch) ||
        !wire_get_int(json, "seq", 1, WIRE_SEQ_MAX, &row->seq) || !wire_get_string(json, "id", 36, &id) ||
        !wire_get_hex(json, "prev", row->prev, 32) || !wire_get_hex(json, "hash", row->hash, 32) ||
        !wire_get_string(json, "body", WIRE_BODY_BYTES_MAX, &body) || !wire_get_string(json, "verdict", 16, &name) ||
        !wire_verdict_parse(name, &verdict->verdict))
        return false;
    if (json_object_get(json, "code") != NULL && !wire_get_string(json, "code", sizeof verdict->code - 1, &code))
        return false;
    g_strlcpy(row->id, id, sizeof row->id);
    row->body = g_strdup(body);
    verdict->seq = row->seq;
    g_strlcpy(verdict->code, code, sizeof verdict->code);
    return true;
}

static bool page_read(json_t *answer, struct page *page, GError **error)
{
    json_t *events = json_object_get(answer, "events"), *one;
    bool good = json_is_array(events) && json_array_size(events) <= WIRE_FEED_LIMIT_MAX &&
                wire_get_bool(answer, "more", &page->more) && (!page->more || json_array_size(events) > 0);
    size_t i;

    page->rows = g_ptr_array_new_with_free_func((GDestroyNotify)store_row_free);
    page->verdicts = g_new0(struct store_verdict_row, json_array_size(events) + 1);
    if (good) {
        json_array_foreach(events, i, one)
        {
            struct store_row *row = g_new0(struct store_row, 1);
            g_ptr_array_add(page->rows, row);
            good = good && row_read(one, row, &page->verdicts[i]);
        }
    }
    if (!good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "own events are not what the contract says");
    return good;
}

/* One page behind the place, which moves on. */
static bool fetch_page(struct round *round, int64_t *epoch, int64_t *after, bool *more, GError **error)
{
    g_autofree char *path = g_strdup_printf("/v1/events?epoch=%" G_GINT64_FORMAT "&after=%" G_GINT64_FORMAT "&limit=%d",
                                            *epoch, *after, WIRE_FEED_LIMIT_MAX);
    json_t *answer = round_call(round, path, NULL, error);
    struct page page = {0};
    bool done = answer != NULL && page_read(answer, &page, error) &&
                store_rows_adopt(round->store, (struct store_row *const *)page.rows->pdata, page.verdicts,
                                 page.rows->len, error);

    if (done && page.rows->len > 0) {
        const struct store_row *last = page.rows->pdata[page.rows->len - 1];
        *epoch = last->epoch;
        *after = last->seq;
    }
    *more = page.more;
    page_clear(&page);
    json_decref(answer);
    return done;
}

static bool fetch_all(struct round *round, GError **error)
{
    int64_t epoch = 0, after = 0;
    bool more = true;

    store_sure_place(round->store, &epoch, &after);
    for (int i = 0; more && i < PAGES_MAX; i++)
        if (!fetch_page(round, &epoch, &after, &more, error))
            return false;
    if (more)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "own events have no end");
    return !more;
}

/* ---- A new epoch -------------------------------------------------------------------------------------------------------- */

static json_t *ask_epoch(struct round *round, GError **error)
{
    g_autofree char *reason = NULL;
    uint8_t hash[32];
    char hex[65];
    int64_t seq = store_head(round->store, hash);

    store_state(round->store, &reason);
    json_t *request = json_pack("{s:{s:i, s:I, s:s}, s:s}", "head", "epoch", store_epoch(round->store), "seq",
                                (json_int_t)seq, "hash", wire_hex(hash, 32, hex), "reason", reason);
    char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_t *answer = text != NULL ? round_call(round, "/v1/epoch", text, error) : NULL;

    if (text == NULL)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, "the reason of a new epoch is not text");
    free(text);
    json_decref(request);
    return answer;
}

static bool take_epoch(struct round *round, json_t *answer, GError **error)
{
    struct epoch_head head;
    uint8_t nonce[32];
    int64_t epoch;

    if (!wire_get_int(answer, "epoch", 1, INT32_MAX, &epoch) || !wire_get_hex(answer, "chain_nonce", nonce, 32)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "answer without an epoch");
        return false;
    }
    return epoch_head_read(answer, &head, error) && store_epoch_open(round->store, (int)epoch, nonce, head.seq, error);
}

/* A disk that is new, of a kiosk that never told anything: nothing can be missing. */
static bool is_first_day(struct round *round, const struct epoch_head *head)
{
    g_autofree char *reason = NULL;
    uint8_t hash[32];

    store_state(round->store, &reason);
    return head->seq == 0 && strcmp(reason, "new") == 0 && store_head(round->store, hash) == 0 &&
           head->epoch == store_epoch(round->store);
}

static bool make_whole(struct round *round, const struct epoch_head *head, GError **error)
{
    if (is_first_day(round, head))
        return store_state_set(round->store, STORE_WHOLE, "", error);
    if (!fetch_all(round, error))
        return false;
    json_t *answer = ask_epoch(round, error);
    bool done = answer != NULL && take_epoch(round, answer, error);

    json_decref(answer);
    return done;
}

bool epoch_settle(struct round *round, GError **error)
{
    struct epoch_head head;
    bool waits = store_state(round->store, NULL) == STORE_WAITS;

    if (round->head_known && !waits)
        return true;
    json_t *answer = hello(round, error);
    bool done = answer != NULL && epoch_head_read(answer, &head, error) &&
                (waits || (epoch_check(round, answer, error) && tell_again(round, &head, error)));
    json_decref(answer);
    if (done && waits)
        done = make_whole(round, &head, error);
    if (done) {
        round->head_known = true;
        round->disk_old = false;
    }
    return done;
}
