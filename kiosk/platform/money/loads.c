/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/loads.h"
#include "platform/money/alarms.h"
#include "platform/money/contradictions.h"
#include "platform/money/doubts.h"
#include "platform/staff.h"
#include "model/load.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Events ---- */

/* Others that are posted at this number by their kiosk's word alone: one of the two words is wrong, and this one is proof. */
static bool doubt_others(struct payment_work *work, GError **error)
{
    g_autoptr(GPtrArray) ids =
        db_orders_unproven_at(work->db, work->facts.card_number, work->facts.counter, work->payment.id, error);
    struct payment_row row;
    bool found;

    for (guint i = 0; ids != NULL && i < ids->len; i++)
        if (!db_payment_find(work->db, g_ptr_array_index(ids, i), &row, &found, error) ||
            !alarm_raise(work->db, row.id, "PAID_BUT_VOID", row.kiosk, work->kiosk, work->now_ms, error))
            return false;
    return ids != NULL;
}

/* A number of the card is given once: what else began at it and was never told of put nothing onto the card. */
static bool close_others(struct payment_work *work, GError **error)
{
    g_autoptr(GPtrArray) orders =
        db_orders_open_at(work->db, work->facts.card_number, work->facts.counter, work->payment.id, error);

    if (orders == NULL)
        return false;
    for (guint i = 0; i < orders->len; i++)
        if (!db_order_state_set(work->db, g_ptr_array_index(orders, i), "REVERSED", error))
            return false;
    return doubt_others(work, error);
}

/* Two loads that give the same back cannot both stand: of one that is proven after the other its payment tells. */
static bool order_move(struct payment_work *work, const char *state, GError **error)
{
    bool reversed = false;

    if (work->contradicted && work->payment.reverses[0] != '\0' &&
        !db_order_reverses(work->db, work->payment.reverses, &reversed, error))
        return false;
    return reversed || db_order_state_set(work->db, work->payment.id, state, error);
}

bool loads_follow(struct payment_work *work, GError **error)
{
    bool posted = work->payment.state == PAYMENT_CONFIRMED;
    const char *state = posted ? "POSTED" : work->payment.state == PAYMENT_IN_DOUBT ? "UNKNOWN" : "REVERSED";

    return work->payment.kind != PAYMENT_LOAD ||
           (order_move(work, state, error) && (!work->proven || close_others(work, error)));
}

static bool order_commit(struct payment_work *work, const struct order_row *order, bool *settled, GError **error)
{
    if (CRYPTO_memcmp(order->intent, work->intent, sizeof order->intent) != 0)
        return payment_refuse(work, STORE_CONFLICT, "PAYMENT_CHANGED");
    *settled = strcmp(order->state, "REVERSED") == 0;
    if (*settled)
        return true;
    if (strcmp(order->state, "CREATED") != 0)
        return payment_refuse(work, STORE_CONFLICT, "STATE");
    return db_order_state_set(work->db, work->payment.id, "SENT", error);
}

static bool order_known(struct platform *platform, const char *id, bool *known, GError **error)
{
    struct order_row order;

    if (!db_begin(platform->db, false, error))
        return false;
    bool ok = db_order_find(platform->db, id, &order, known, error);
    db_rollback(platform->db); /* nothing was written */
    return ok;
}

/* That we authorised it our own MAC2 proves, which nobody else can make. */
static bool mac2_look(const struct platform *platform, const struct cc_load *load, bool *ours, GError **error)
{
    const struct purse_keys *keys = &platform->purse_keys;
    enum purse_keys_verdict verdict = PURSE_KEYS_UNKNOWN;
    uint8_t mac2[4] = {0};

    if (platform->loads)
        verdict = keys->authorise(keys->ctx, load, load->date_bcd, load->time_bcd, mac2);
    *ours = verdict == PURSE_KEYS_OK && CRYPTO_memcmp(mac2, load->mac2, sizeof mac2) == 0;
    OPENSSL_cleanse(mac2, sizeof mac2);
    if (verdict != PURSE_KEYS_AWAY && verdict != PURSE_KEYS_FAILED)
        return true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the keys of loads are away");
    return false;
}

bool loads_ahead(struct platform *platform, const struct payment *load, struct payment_ahead *out, GError **error)
{
    bool known = true;

    if (load->kind != PAYMENT_LOAD || load->state != PAYMENT_COMMITTING)
        return true;
    if (!order_known(platform, load->id, &known, error))
        return false;
    out->mac2_known = !known;
    return known || mac2_look(platform, &load->load, &out->mac2_ours, error);
}

/* The sample's year looks at nothing ahead: its keys are in memory, and nobody waits for it. */
static bool mac2_known(struct payment_work *work, bool *ours, GError **error)
{
    if (work->ahead == NULL)
        return mac2_look(work->platform, &work->payment.load, ours, error);
    *ours = work->ahead->mac2_ours;
    if (!work->ahead->mac2_known)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an order that was there a moment ago is gone");
    return work->ahead->mac2_known;
}

/*
 * Told of a load that we have no order of: this database was put back to an earlier day. Its MAC2, which was looked at before the
 * transaction, counts for one load, and a purchase is given back once.
 */
static bool order_again(struct payment_work *work, GError **error)
{
    bool ours, used, reversed = false;

    if (!mac2_known(work, &ours, error))
        return false;
    if (!ours)
        return payment_refuse(work, STORE_CONFLICT, "LOAD_UNKNOWN");
    if (!db_order_mac1_used(work->db, &work->payment.load, &used, error) ||
        (work->payment.reverses[0] != '\0' && !db_order_reverses(work->db, work->payment.reverses, &reversed, error)))
        return false;
    if (used || reversed)
        return payment_refuse(work, STORE_CONFLICT, "LOAD_UNKNOWN");
    return db_order_add(work->db, work->kiosk, &work->payment, work->intent, "SENT", true, work->now_ms, error);
}

bool loads_begin(struct payment_work *work, bool *settled, GError **error)
{
    struct order_row order;
    bool found;

    if (!db_order_find(work->db, work->payment.id, &order, &found, error))
        return false;
    if (found && strcmp(order.kiosk, work->kiosk) != 0)
        return payment_refuse(work, STORE_CONFLICT, "OTHER_KIOSK");
    if (work->payment.state == PAYMENT_COMMITTING)
        return found ? order_commit(work, &order, settled, error) : order_again(work, error);
    /* Given up before CREDIT. The request may still be on its way to us: it must find that it is over. */
    if (!found)
        return db_order_add(work->db, work->kiosk, &work->payment, work->intent, "REVERSED", false, work->now_ms,
                            error);
    return strcmp(order.state, "CREATED") == 0
               ? db_order_state_set(work->db, work->payment.id, "REVERSED", error)
               : strcmp(order.state, "REVERSED") == 0 || payment_refuse(work, STORE_CONFLICT, "STATE");
}

/* ---- Who, what, how much: each false is trouble, a code in `out` a refusal ---- */

static bool refuse(struct load_answer *out, unsigned status, const char *code)
{
    out->status = status;
    out->code = code;
    return true;
}

static bool check_card(struct payment_work *work, struct load_answer *out, GError **error)
{
    g_autofree char *token = NULL, *state = NULL;

    if (!db_card_find(work->db, work->facts.card_number, &token, &state, error))
        return false;
    if (state == NULL)
        return refuse(out, 422, "CARD_UNKNOWN");
    return strcmp(state, "active") == 0 || refuse(out, 422, "CARD_CLOSED");
}

/* Who answers for a load is asked now, with the card that they have now: one that is lost vouches for nobody. The register says the
 * rest: nobody loads their own card, and two cards of one person are one person. */
static bool check_staff(struct payment_work *work, struct load_answer *out, GError **error)
{
    const struct payment *load = &work->payment;
    const struct staff_question question = {.names = {load->staff[0], load->staff_count > 1 ? load->staff[1] : NULL},
                                            .needed = load->staff_count, .act = STAFF_DESK, .kiosk = work->kiosk,
                                            .about = work->token, .at_ms = work->now_ms, .now_ms = work->now_ms};
    enum ledger_code code;

    for (size_t i = 0; i < load->staff_count; i++) {
        bool active;
        if (!db_card_token_active(work->db, load->staff[i], &active, error))
            return false;
        if (!active)
            return refuse(out, 422, "STAFF_UNKNOWN");
    }
    if (!staff_judge(work->db, &question, &code, error))
        return false;
    return code == LEDGER_OK || refuse(out, 422, ledger_code_name(code));
}

static bool check_original(struct payment_work *work, struct load_answer *out, GError **error)
{
    struct payment_row row;
    g_autofree char *tac = NULL;
    bool found, reversed, same;

    if (work->payment.reverses[0] == '\0')
        return true;
    if (!db_payment_find(work->db, work->payment.reverses, &row, &found, error))
        return false;
    if (!found || row.kind != PAYMENT_PURCHASE || row.state != PAYMENT_CONFIRMED)
        return refuse(out, 422, "ORIGINAL_UNKNOWN");
    if (!db_payment_tac(work->db, row.id, &tac, error) ||
        !db_payment_is(work->db, row.id, work->facts.card_number, work->facts.amount_fen, &same, error) ||
        !db_order_reverses(work->db, row.id, &reversed, error))
        return false;
    if (!same)
        return refuse(out, 422, "ORIGINAL_OTHER");
    /* Without a TAC only a kiosk says that the card ever paid: nothing is put onto a card for that. */
    if (g_strcmp0(tac, "OK") != 0)
        return refuse(out, 422, "ORIGINAL_UNPROVEN");
    return !reversed || refuse(out, 422, "REVERSED_ALREADY");
}

static bool check_amount(struct payment_work *work, struct load_answer *out)
{
    /* Registered: check_card() has found it, and every card of ours has a holder. */
    const char *code = load_refused(work->facts.balance_before_fen, work->facts.amount_fen, true,
                                    work->payment.way == PAYMENT_WAY_REVERSAL);

    return code == NULL || refuse(out, 422, code);
}

/*
 * A right MAC1 is the card's own word for its online counter and balance, but not for when it said so: it may have been asked
 * before and be sent now. So it ends nothing at its own counter. Repeated, or older than what the card has shown since, it is
 * refused; newer than an order or a doubt it shows what became of that.
 */
static bool check_counter(struct payment_work *work, struct load_answer *out, GError **error)
{
    int64_t posted, shown;
    bool used, in_doubt;

    if (!db_order_counter_max(work->db, work->facts.card_number, &posted, error) ||
        !db_order_counter_shown(work->db, work->facts.card_number, &shown, error) ||
        !db_order_mac1_used(work->db, &work->payment.load, &used, error))
        return false;
    if (posted >= work->facts.counter || shown > work->facts.counter)
        return refuse(out, 422, "COUNTER_OLD");
    if (used)
        return refuse(out, 422, "MAC1_USED");
    if (!doubts_by_counter(work, error) || !db_card_in_doubt(work->db, work->facts.card_number, &in_doubt, error))
        return false;
    return !in_doubt || refuse(out, 409, "CARD_IN_DOUBT");
}

/* ---- The card's word, and ours ---- */

static uint8_t bcd(int value)
{
    return (uint8_t)(value / 10 << 4 | value % 10);
}

/* +08:00, the time zone of cards and receipts. */
static void stamp(struct cc_load *load, int64_t now_ms)
{
    time_t seconds = now_ms / 1000 + 8 * 3600;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    const uint8_t date[] = {bcd((tm.tm_year + 1900) / 100), bcd(tm.tm_year % 100), bcd(tm.tm_mon + 1), bcd(tm.tm_mday)};
    const uint8_t time[] = {bcd(tm.tm_hour), bcd(tm.tm_min), bcd(tm.tm_sec)};
    memcpy(load->date_bcd, date, sizeof load->date_bcd);
    memcpy(load->time_bcd, time, sizeof load->time_bcd);
}

/* Before the transaction: keys that lie elsewhere may take their time, and nobody else has to wait for that. */
static void ask_keys(struct payment_work *work)
{
    const struct purse_keys *keys = &work->platform->purse_keys;
    struct cc_load *load = &work->payment.load;

    stamp(load, work->now_ms);
    work->mac1 = keys->authorise(keys->ctx, load, load->date_bcd, load->time_bcd, load->mac2);
}

static bool check_mac1(struct payment_work *work, struct load_answer *out, GError **error)
{
    switch (work->mac1) {
    case PURSE_KEYS_OK:
        return true;
    case PURSE_KEYS_MAC1_WRONG:
        return refuse(out, 422, "MAC1_WRONG");
    case PURSE_KEYS_UNKNOWN:
        return refuse(out, 422, "KEY_UNKNOWN");
    case PURSE_KEYS_AWAY:
        return refuse(out, 503, "KEYS_AWAY");
    case PURSE_KEYS_FAILED:
        break;
    }
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "MAC2 cannot be made");
    return false;
}

static bool authorise(struct payment_work *work, struct load_answer *out, GError **error)
{
    const struct cc_load *load = &work->payment.load;
    char date[9], time[7], mac2[9];

    if (!payment_work_fill(work, error)) /* once more: the time and MAC2 are part of what is intended */
        return false;
    if (!db_order_add(work->db, work->kiosk, &work->payment, work->intent, "CREATED", true, work->now_ms,
                      error) ||
        !contradictions_of_card(work, error))
        return false;
    json_t *answer = json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", work->payment.id, "date",
                               cc_hex(load->date_bcd, 4, date, sizeof date), "time",
                               cc_hex(load->time_bcd, 3, time, sizeof time), "mac2",
                               cc_hex(load->mac2, 4, mac2, sizeof mac2), "server_time", (json_int_t)work->now_ms);
    char *text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
    json_decref(answer);
    out->text = g_strdup(text);
    out->status = 200;
    free(text);
    return true;
}

static bool decide(struct payment_work *work, struct load_answer *out, GError **error)
{
    struct order_row order;
    bool found;

    if (!payment_work_fill(work, error))
        return work->out->verdict != STORE_ACCEPTED && refuse(out, 422, "CARD_SERIAL");
    if (!db_order_find(work->db, work->payment.id, &order, &found, error))
        return false;
    if (found)
        return refuse(out, 409, "LOAD_OVER");
    if (!check_card(work, out, error) || out->status != 0 || !check_staff(work, out, error) || out->status != 0)
        return out->status != 0;
    if (!check_mac1(work, out, error) || out->status != 0 || !check_counter(work, out, error) || out->status != 0)
        return out->status != 0;
    if (!check_amount(work, out) || out->status != 0 || !check_original(work, out, error) || out->status != 0)
        return out->status != 0;
    return authorise(work, out, error);
}

/* ---- The request ---- */

/* A Structured Field String (RFC 9651) that holds a UUID. */
bool idempotency_key_read(const char *header, char key[37])
{
    size_t len = header != NULL ? strlen(header) : 0;

    if (len != 38 || header[0] != '"' || header[37] != '"')
        return false;
    memcpy(key, header + 1, 36);
    key[36] = '\0';
    return uuid_valid(key);
}

static bool fingerprint_of(const char *kiosk, const char *body, size_t body_len, uint8_t out[32])
{
    g_autofree char *head = g_strdup_printf("POST /v1/loads %s\n", kiosk);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(ctx, head, strlen(head)) == 1 && EVP_DigestUpdate(ctx, body, body_len) == 1 &&
              EVP_DigestFinal_ex(ctx, out, NULL) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool body_read(const char *body, size_t body_len, const char *key, struct payment *out)
{
    json_t *json = wire_parse(body, body_len, NULL);
    bool ok = payment_from_json(json, out) && out->kind == PAYMENT_LOAD && out->state == PAYMENT_INTENT &&
              out->load.state == CC_PURCHASE_PREPARED && strcmp(out->id, key) == 0;

    json_decref(json);
    return ok;
}

struct load_request {
    const char *certificate;
    uint8_t fingerprint[32];
};

/*
 * Inside the transaction: the kept answer, or a new one that is kept. A refusal that may pass by itself (409, 503) is not. While the keys were
 * asked the kiosk may have been shut out, and its orders left to the others: MAC2 would go to nobody who is known.
 */
static bool answer_once(struct payment_work *work, const struct load_request *request, struct load_answer *out, GError **error)
{
    struct kiosk_row kiosk;
    struct answer_row kept;
    bool found, ok = true;

    if (!db_kiosk_still(work->db, work->kiosk, request->certificate, &kiosk, error) || !db_answer_find(work->db, work->kiosk, work->payment.id, &kept, &found, error))
        return false;
    if (found && CRYPTO_memcmp(kept.fingerprint, request->fingerprint, 32) != 0) {
        refuse(out, 422, "KEY_REUSED");
    } else if (found) {
        out->status = kept.status;
        out->text = kept.status == 200 ? g_strdup(kept.answer) : NULL;
        out->code = kept.status == 200 ? NULL : g_intern_string(kept.answer);
    } else {
        ok = decide(work, out, error);
        memcpy(kept.fingerprint, request->fingerprint, 32);
        kept.status = out->status;
        kept.answer = g_strdup(out->status == 200 ? out->text : out->code);
        ok = ok && (out->status == 409 || out->status == 503 || db_answer_add(work->db, work->kiosk, work->payment.id, &kept, work->now_ms,
                                                        error));
    }
    g_free(kept.answer);
    return ok;
}

static bool running_claim(struct platform *platform, const char *key)
{
    g_mutex_lock(&platform->running_lock);
    bool mine = g_hash_table_add(platform->running, g_strdup(key));
    g_mutex_unlock(&platform->running_lock);
    return mine;
}

static void running_release(struct platform *platform, const char *key)
{
    g_mutex_lock(&platform->running_lock);
    g_hash_table_remove(platform->running, key);
    g_mutex_unlock(&platform->running_lock);
}

static bool in_transaction(struct payment_work *work, const struct load_request *request, struct load_answer *out,
                           GError **error)
{
    if (!db_begin(work->db, true, error))
        return false;
    if (answer_once(work, request, out, error)) {
        if (db_commit(work->db, error))
            return true;
    } else {
        db_rollback(work->db);
    }
    if (error != NULL && *error == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a load could not be decided");
    return false;
}

bool loads_authorise(struct platform *platform, const char *kiosk, const char *certificate, const char *key, const char *body, size_t body_len,
                     int64_t now_ms, struct load_answer *out, GError **error)
{
    struct outcome outcome = {.verdict = STORE_ACCEPTED};
    struct payment_work work = {
        .platform = platform, .db = platform->db, .kiosk = kiosk, .now_ms = now_ms, .out = &outcome};
    struct load_request request = {.certificate = certificate};
    char id[37];
    bool ok = true;

    memset(out, 0, sizeof *out);
    if (!platform->loads)
        return refuse(out, 503, "LOADS_CLOSED");
    if (!idempotency_key_read(key, id))
        return refuse(out, 400, "IDEMPOTENCY_KEY");
    if (!body_read(body, body_len, id, &work.payment))
        return refuse(out, 400, "MALFORMED");
    if (!running_claim(platform, id))
        return refuse(out, 409, "RUNNING");
    if (!fingerprint_of(kiosk, body, body_len, request.fingerprint)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "SHA-256 failed");
        ok = false;
    } else {
        ask_keys(&work);
        ok = in_transaction(&work, &request, out, error);
    }
    running_release(platform, id);
    OPENSSL_cleanse(&work, sizeof work);
    return ok;
}
