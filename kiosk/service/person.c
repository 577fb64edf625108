/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of the person (F02): what the platform knows of the card's owner. It shows it to a card that proves itself and to
 * nobody else, and writes down that it did.
 *
 *   asked ─► a session of this card? ─ no ─► challenge ─► INTERNAL AUTHENTICATE ─► session ─┐
 *                    └─ yes ────────────────────────────────────────────────────────────────┴─► snapshot ─► kept a day, told live
 *   offline, no answer, no proof ─► what was kept, with its time; else "available when online"
 */
#include "service/internal.h"
#include "sync/wire.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* ---- The card proves itself ------------------------------------------------------------------------------------------- */

/* The session's card, asked anew whether it is this one: whoever changed it in between proves nothing. */
static bool card_answer(struct kiosk *kiosk, const uint8_t challenge[8], uint8_t answer[8])
{
    struct hall_card card = {0};
    struct cc_port port;
    int result = worker_card_open(kiosk, &card, &port);

    if (result == CC_OK) {
        result = cc_card_reselect(&port, &kiosk->session.card);
        if (result == CC_OK)
            result = cc_internal_answer(&port, 0, 0, challenge, answer);
        worker_card_close(kiosk, &card, false);
    }
    if (result != CC_OK)
        g_message("the card does not prove itself: %s", cc_result_name(result));
    return result == CC_OK;
}

static bool session_open(struct kiosk *kiosk, char reason[PERSONS_CODE_SIZE])
{
    struct persons_challenge challenge;
    uint8_t answer[8];

    if (kiosk->session.secret[0] != '\0')
        return true;
    if (!persons_challenge(kiosk->sync, kiosk->session.token, &challenge, reason))
        return false;
    if (card_answer(kiosk, challenge.bytes, answer))
        return persons_open(kiosk->sync, &challenge, answer, kiosk->session.secret, reason);
    g_strlcpy(reason, "NO_PROOF", PERSONS_CODE_SIZE);
    return false;
}

void person_session_end(struct kiosk *kiosk)
{
    if (kiosk->session.secret[0] == '\0')
        return;
    if (kiosk->sync != NULL)
        persons_end(kiosk->sync, kiosk->session.secret);
    OPENSSL_cleanse(kiosk->session.secret, sizeof kiosk->session.secret);
}

/* A session that the platform has ended meanwhile is opened once more. */
json_t *person_ask(struct kiosk *kiosk, person_question ask, const void *question, char reason[PERSONS_CODE_SIZE])
{
    json_t *answer = NULL;

    for (int try = 0; try < 2 && answer == NULL && session_open(kiosk, reason); try++) {
        answer = ask(kiosk, question, reason);
        if (answer == NULL && strcmp(reason, "SESSION_OVER") != 0)
            break;
        if (answer == NULL)
            OPENSSL_cleanse(kiosk->session.secret, sizeof kiosk->session.secret);
    }
    return answer;
}

static json_t *ask_page(struct kiosk *kiosk, const void *purpose, char reason[PERSONS_CODE_SIZE])
{
    return persons_me(kiosk->sync, kiosk->session.secret, purpose, reason);
}

/* ---- Live, or kept ------------------------------------------------------------------------------------------------------ */

static void page_keep(struct kiosk *kiosk, const char *purpose, json_t *page)
{
    g_autoptr(GError) error = NULL;
    char *text = json_dumps(page, JSON_COMPACT);

    if (text == NULL)
        return;
    if (!store_person_put(kiosk->store, kiosk->session.token, purpose, text, &error))
        g_warning("what is known of a person is not kept: %s", error->message);
    OPENSSL_cleanse(text, strlen(text));
    free(text);
}

/* Nothing of an answer that does not fit is told or kept. */
static json_t *page_live(struct kiosk *kiosk, enum purpose purpose, person_fits fits, char reason[PERSONS_CODE_SIZE])
{
    json_t *page = person_ask(kiosk, ask_page, purpose_name(purpose), reason);

    if (page == NULL)
        return NULL;
    if (fits(page)) {
        page_keep(kiosk, purpose_name(purpose), page);
        return page;
    }
    g_warning("what the platform says of a person cannot be used");
    g_strlcpy(reason, "NO_ANSWER", PERSONS_CODE_SIZE);
    json_decref(page);
    return NULL;
}

static json_t *page_kept(struct kiosk *kiosk, enum purpose purpose, person_fits fits)
{
    g_autoptr(GError) error = NULL;
    char *text = store_person(kiosk->store, kiosk->session.token, purpose_name(purpose), &error);
    json_t *page = text != NULL ? wire_parse(text, strlen(text), NULL) : NULL;

    if (error != NULL)
        g_warning("what was kept of a person: %s", error->message);
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
    if (page != NULL && fits(page))
        return page;
    json_decref(page);
    return NULL;
}

json_t *person_page(struct kiosk *kiosk, enum purpose purpose, person_fits fits, bool *live, char reason[PERSONS_CODE_SIZE])
{
    json_t *page = NULL;

    *live = false;
    reason[0] = '\0';
    if (kiosk->sync == NULL || !health_online(kiosk))
        g_strlcpy(reason, "OFFLINE", PERSONS_CODE_SIZE);
    else if ((page = page_live(kiosk, purpose, fits, reason)) != NULL)
        *live = true;
    return page != NULL ? page : page_kept(kiosk, purpose, fits);
}

/* ---- What it says -------------------------------------------------------------------------------------------------------- */

#define AMOUNT_MAX INT64_C(1000000000000)

static bool text_take(json_t *json, const char *key, char *out, size_t size)
{
    const char *text;
    bool good = wire_get_string(json, key, size - 1, &text);

    if (good)
        g_strlcpy(out, text, size);
    return good;
}

static bool bills_take(json_t *bills, struct kiosk_person_event *out)
{
    json_t *bill;
    size_t i;

    json_array_foreach(bills, i, bill)
    {
        int64_t fen;
        if (!wire_get_int(bill, "amount_fen", 1, AMOUNT_MAX, &fen))
            return false;
        out->bills++;
        out->bills_fen += fen;
    }
    return json_is_array(bills) && i <= 50;
}

static bool snapshot_take(json_t *json, struct kiosk_person_event *out)
{
    json_t *balances = json_object_get(json, "balances"), *holds = json_object_get(json, "holds");
    int64_t stars = 0;
    bool good = wire_get_int(json, "asof_ms", 0, G_MAXINT64, &out->asof_ms) && wire_time_plausible(out->asof_ms) &&
                text_take(json, "name_masked", out->name_masked, sizeof out->name_masked) &&
                text_take(json_object_get(json, "card"), "state", out->card_state, sizeof out->card_state) &&
                wire_get_int(balances, "hours_min", -AMOUNT_MAX, AMOUNT_MAX, &out->hours_min) &&
                wire_get_int(balances, "points", -AMOUNT_MAX, AMOUNT_MAX, &out->points) &&
                wire_get_int(balances, "coin_min", -AMOUNT_MAX, AMOUNT_MAX, &out->coin_min) &&
                wire_get_int(balances, "subsidy_fen", -AMOUNT_MAX, AMOUNT_MAX, &out->subsidy_fen) &&
                wire_get_int(balances, "stars", 0, 5, &stars) && json_is_array(holds) && json_array_size(holds) <= 16 &&
                bills_take(json_object_get(json, "bills"), out);

    out->holds = (unsigned)json_array_size(holds);
    out->stars = (unsigned)stars;
    out->known = good;
    return good;
}

static bool home_fits(json_t *json)
{
    struct kiosk_person_event person = {0};
    bool good = snapshot_take(json, &person);

    OPENSSL_cleanse(&person, sizeof person);
    return good;
}

static void home_take(struct kiosk *kiosk, struct kiosk_person_event *out)
{
    json_t *page = person_page(kiosk, PURPOSE_HOME, home_fits, &out->live, out->reason);

    if (page != NULL)
        snapshot_take(page, out);
    json_decref(page);
}

static void no_card(struct kiosk_person_event *out)
{
    OPENSSL_cleanse(out, sizeof *out);
    g_strlcpy(out->reason, "CARD", sizeof out->reason);
}

void person_tell(struct kiosk *kiosk)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PERSON};

    if (!worker_card_there(kiosk) || kiosk->session.token[0] == '\0') {
        no_card(&event.person);
    } else {
        home_take(kiosk, &event.person);
    }
    if (!worker_card_there(kiosk)) /* the platform may have taken its time: nothing of it to whoever stands there now */
        no_card(&event.person);
    kiosk_post(kiosk, &event, NULL);
    OPENSSL_cleanse(&event, sizeof event);
}
