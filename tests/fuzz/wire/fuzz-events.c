/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kiosk can push. First byte even: the rest is a whole request. Odd: the rest is the body of the next event, rightly
 * chained; %ID% and %SEQ% in it stand for the event's own. Whatever comes, the books balance and a body that is not
 * accepted leaves no payment behind.
 */
#include "../fuzz.h"
#include "kit.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/calls/ingest.h"
#include "sync/wire.h"
#include <string.h>

static struct platform *platform;
static struct pen pen;
static char *dir;

static void clean_up(void)
{
    platform_close(platform);
    kit_dir_done(dir);
}

static void set_up(void)
{
    if (platform != NULL)
        return;
    dir = kit_dir();
    platform = kit_platform(dir);
    kit_enrol(platform, "K0001", &pen);
    atexit(clean_up);
}

static int64_t count(const char *sql)
{
    int64_t out;

    FUZZ_CHECK(db_begin(platform->db, false, NULL));
    FUZZ_CHECK(db_int(platform->db, NULL, 0, &out, sql, ""));
    db_rollback(platform->db);
    return out;
}

static const char payments_sql[] = "SELECT count(*) FROM payment WHERE community=?1";
static const char unbalanced_sql[] =
    "SELECT count(*) FROM (SELECT txn FROM entry WHERE community=?1 GROUP BY txn HAVING sum(amount_fen)<>0)";

static void replace(GString *text, const char *mark, const char *by)
{
    g_string_replace(text, mark, by, 8);
}

/* The next event with this body; the pen moves on. NULL: not UTF-8. */
static json_t *next_event(const uint8_t *data, size_t size)
{
    char id[37], prev[65], hash_text[65], seq[24];
    uint8_t hash[32];
    json_t *event;

    if (!g_utf8_validate_len((const char *)data, size, NULL))
        return NULL;
    uuid7(now_ms(), id);
    g_snprintf(seq, sizeof seq, "%" G_GINT64_FORMAT, pen.seq + 1);
    GString *body = g_string_new_len((const char *)data, (gssize)size);
    replace(body, "%ID%", id);
    replace(body, "%SEQ%", seq);
    chain_hash(pen.prev, pen.epoch, pen.seq + 1, id, body->str, body->len, hash);
    event = json_pack("{s:I, s:s, s:s, s:s, s:s#}", "seq", (json_int_t)pen.seq + 1, "id", id, "prev",
                      wire_hex(pen.prev, 32, prev), "hash", wire_hex(hash, 32, hash_text), "body", body->str,
                      (int)body->len);
    g_string_free(body, TRUE);
    if (event == NULL)
        return NULL;
    pen.seq++;
    memcpy(pen.prev, hash, 32);
    return event;
}

static void try_body(const uint8_t *data, size_t size)
{
    json_t *event = next_event(data, size), *request, *answer;
    int64_t before = count(payments_sql);

    if (event == NULL)
        return;
    request = json_pack("{s:I, s:[o]}", "epoch", (json_int_t)pen.epoch, "events", event);
    answer = ingest_batch(platform, pen.kiosk, KIT_SERIAL, request, now_ms(), NULL);
    FUZZ_CHECK(answer != NULL);
    if (strcmp(kit_verdict(answer, 0), "accepted") != 0)
        FUZZ_CHECK(count(payments_sql) == before);
    FUZZ_CHECK(count(unbalanced_sql) == 0);
    json_decref(answer);
    json_decref(request);
}

/* Any bytes at all, as a dead letter at our next place: they take it, and the chain goes on behind them. */
static void try_letter(const uint8_t *data, size_t size)
{
    char id[37], prev[65], hash_text[65];
    uint8_t hash[32];
    g_autofree char *base64 = g_base64_encode(data, size);
    json_t *letter, *answer;

    if (size == 0)
        return;
    uuid7(now_ms(), id);
    chain_hash(pen.prev, pen.epoch, pen.seq + 1, id, (const char *)data, size, hash);
    letter = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)pen.epoch, "seq",
                       (json_int_t)pen.seq + 1, "id", id, "prev", wire_hex(pen.prev, 32, prev), "hash",
                       wire_hex(hash, 32, hash_text), "body", base64, "reason", "fuzz");
    answer = ingest_letter(platform, pen.kiosk, KIT_SERIAL, letter, now_ms(), NULL);
    FUZZ_CHECK(answer != NULL);
    FUZZ_CHECK(strcmp(kit_verdict(answer, 0), "rejected") == 0 || strcmp(kit_verdict(answer, 0), "accepted") == 0);
    FUZZ_CHECK(count(unbalanced_sql) == 0);
    pen.seq++;
    memcpy(pen.prev, hash, 32);
    json_decref(answer);
    json_decref(letter);
}

static void try_request(const uint8_t *data, size_t size)
{
    json_t *request = wire_parse((const char *)data, size, NULL);
    int64_t before = count(payments_sql);

    if (request == NULL)
        return;
    /* No request from nowhere continues our chain: no payment can come of it. */
    json_decref(ingest_batch(platform, pen.kiosk, KIT_SERIAL, request, now_ms(), NULL));
    json_decref(ingest_letter(platform, pen.kiosk, KIT_SERIAL, request, now_ms(), NULL));
    FUZZ_CHECK(count(payments_sql) == before);
    json_decref(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size == 0 || size > WIRE_BODY_BYTES_MAX)
        return 0;
    if (data[0] == 0xFF)
        try_letter(data + 1, size - 1);
    else if (data[0] % 2 == 0)
        try_request(data + 1, size - 1);
    else
        try_body(data + 1, size - 1);
    return 0;
}
