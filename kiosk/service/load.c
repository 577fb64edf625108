/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money onto the card: cash at the desk, or a purchase that is given back. The card stays selected between INIT and CREDIT,
 * while the platform is asked; that wait is bounded, and without an answer nothing has happened.
 */
#include "service/wallet.h"
#include "model/load.h"
#include "sync/ask.h"
#include "sync/wire.h"

#include <stdlib.h>
#include <string.h>

#define ASK_MS   8000
#define LOAD_KEY 1 /* index of the load key on the card */

/* ---- What, and by whom ------------------------------------------------------------------------------------------------------ */

/* What is given back is what the purchase took; of one that was taken elsewhere only the platform knows. */
static const char *original_take(struct kiosk *kiosk, const struct kiosk_load_request *request, struct payment *load)
{
    g_autoptr(GError) error = NULL;
    struct payment *original = store_payment(kiosk->store, request->reverses, &error);
    const char *wrong = NULL;

    if (error != NULL)
        wrong = "STORE";
    else if (store_payment_reversed(kiosk->store, request->reverses))
        wrong = "REVERSED_ALREADY";
    else if (original != NULL && (original->kind != PAYMENT_PURCHASE || original->state != PAYMENT_CONFIRMED))
        wrong = "ORIGINAL_UNKNOWN";
    else if (original != NULL && strcmp(original->purchase.card_number, kiosk->session.card.card_number) != 0)
        wrong = "ORIGINAL_OTHER";
    load->load.amount_fen = original != NULL ? original->purchase.amount_fen : (uint32_t)request->amount_fen;
    payment_free(original);
    return wrong;
}

static const char *terms_take(struct kiosk *kiosk, const struct kiosk_load_request *request, struct payment *load)
{
    bool reversal = request->reverses[0] != '\0';
    const char *wrong = NULL;

    load->way = reversal ? PAYMENT_WAY_REVERSAL : PAYMENT_WAY_CASH;
    load->load.amount_fen = (uint32_t)CLAMP(request->amount_fen, 0, UINT32_MAX);
    g_strlcpy(load->reverses, request->reverses, sizeof load->reverses);
    if (reversal && (!uuid_valid(request->reverses) || (wrong = original_take(kiosk, request, load)) != NULL))
        return wrong != NULL ? wrong : "ORIGINAL_UNKNOWN";
    load->staff_count = reversal ? 2 : 1;
    if (staff_approvals(kiosk, load->staff_count, STAFF_DESK, request->since_boot_ms, load->staff) != LEDGER_OK)
        return "STAFF";
    return load_refused(MAX(0, kiosk->session.identity.balance_fen), load->load.amount_fen, true, reversal);
}

static bool may_load(struct kiosk *kiosk, const struct kiosk_load_request *request, struct payment *load)
{
    const char *reason;

    if (!wallet_gates(kiosk))
        return false;
    if (kiosk->sync == NULL || !health_online(kiosk)) {
        wallet_tell(kiosk, KIOSK_PAYMENT_NOT_NOW, NULL, "OFFLINE");
        return false;
    }
    reason = terms_take(kiosk, request, load);
    if (reason == NULL)
        return true;
    wallet_tell(kiosk, g_str_has_prefix(reason, "LOAD_") ? KIOSK_PAYMENT_LIMIT : KIOSK_PAYMENT_NOT_NOW, NULL, reason);
    return false;
}

/* ---- The platform's word ---------------------------------------------------------------------------------------------------- */

static bool bytes_read(json_t *json, const char *key, uint8_t *out, size_t len)
{
    const char *text;

    return wire_get_string(json, key, 2 * len, &text) && cc_unhex(text, out, len) == (int)len;
}

static bool answer_take(const struct sync_answer *answer, struct payment *load)
{
    json_t *json = wire_parse(answer->body, strlen(answer->body), NULL);
    uint8_t date[4], time[3], mac2[4];
    const char *id;
    bool good = json != NULL && wire_get_string(json, "id", 36, &id) && strcmp(id, load->id) == 0 &&
                bytes_read(json, "date", date, sizeof date) && bytes_read(json, "time", time, sizeof time) &&
                bytes_read(json, "mac2", mac2, sizeof mac2) &&
                cc_load_authorise(&load->load, date, time, mac2) == CC_OK;

    json_decref(json);
    return good;
}

/* A refusal (4xx) is the platform's last word: it keeps no order. None either when its keys did not answer. But of a request that was
 * sent twice on its way (RUNNING) the first may be taken. `reason` gets its code. */
static bool refused(const struct sync_answer *answer, char *reason, size_t size)
{
    json_t *json;
    const char *code;
    bool known, last;

    if (answer->status < 400 || (answer->status >= 500 && answer->status != 503))
        return false;
    json = wire_parse(answer->body, strlen(answer->body), NULL);
    known = json != NULL && wire_get_string(json, "code", size - 1, &code);
    last = known && strcmp(code, "RUNNING") == 0 ? false : answer->status < 500 || (known && strcmp(code, "KEYS_AWAY") == 0);
    g_strlcpy(reason, known ? code : "REFUSED", size);
    json_decref(json);
    return last;
}

/* Nobody knows whether the platform made an order: tell it that there will be no load. */
static void give_up(struct kiosk *kiosk, struct payment *load)
{
    load->load.state = CC_PURCHASE_VOID; /* the card was sent nothing */
    wallet_write(kiosk, load, PAYMENT_VOID);
    wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, "NO_ANSWER");
}

/* True: the load is SENT, and may be committed and credited. */
static bool ask_platform(struct kiosk *kiosk, struct payment *load)
{
    g_autoptr(GError) error = NULL;
    struct sync_answer answer = {0};
    char reason[32] = "";
    json_t *json = payment_to_json(load);
    char *body = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    struct sync_question question = {.path = "/v1/loads", .key = load->id, .body = body};

    json_decref(json);
    bool answered = body != NULL && sync_ask(kiosk->sync, &question, ASK_MS, &answer, &error);
    free(body);
    bool good = answered && answer.status == 200 && answer_take(&answer, load);
    if (!good && answered && refused(&answer, reason, sizeof reason)) {
        enum kiosk_payment_phase phase =
            g_str_has_prefix(reason, "LOAD_C") ? KIOSK_PAYMENT_LIMIT : KIOSK_PAYMENT_NOT_NOW;
        wallet_tell(kiosk, phase, NULL, reason);
    } else if (!good) {
        g_message("load %s: %s", load->id, error != NULL ? error->message : "the answer cannot be used");
        give_up(kiosk, load);
    }
    sync_answer_clear(&answer);
    return good;
}

/* ---- The card ------------------------------------------------------------------------------------------------------------------ */

static bool intend(struct kiosk *kiosk, struct cc_port *port, struct payment *load, const char *pin)
{
    uint32_t amount_fen = load->load.amount_fen;
    int result = cc_load_prepare(port, &kiosk->session.card, kiosk->sam.sam.terminal, LOAD_KEY, amount_fen, pin,
                                 &load->load);

    if (result != CC_OK) {
        wallet_tell_not_prepared(kiosk, port, result, amount_fen);
        return false;
    }
    load->at_ms = health_now_ms(kiosk);
    load->online = true;
    uuid7(load->at_ms, load->id);
    if (!ask_platform(kiosk, load))
        return false;
    staff_approvals_use(kiosk);
    return wallet_commit(kiosk, load);
}

static void load_on_card(struct kiosk *kiosk, struct payment *load, const char *pin)
{
    struct hall_card card = {0};
    struct cc_port port;
    bool in_doubt = false;

    int result = worker_card_open(kiosk, &card, &port);
    if (result != CC_OK) {
        wallet_tell(kiosk, KIOSK_PAYMENT_FAILED, NULL, cc_result_name(result));
        return;
    }
    if (wallet_recover(kiosk, &port, pin) == WALLET_DOUBT_NONE && intend(kiosk, &port, load, pin))
        in_doubt = !wallet_outcome(kiosk, load, cc_load_credit(&port, &load->load));
    worker_card_close(kiosk, &card, pin != NULL);
    if (in_doubt)
        doubt_ask_again(kiosk, load);
}

void wallet_load(struct kiosk *kiosk, const struct kiosk_load_request *request, const char *pin)
{
    struct payment *load = payment_new();

    load->kind = PAYMENT_LOAD;
    if (may_load(kiosk, request, load)) {
        wallet_tell(kiosk, KIOSK_PAYMENT_WORKING, NULL, NULL);
        load_on_card(kiosk, load, pin);
    }
    payment_free(load);
}
