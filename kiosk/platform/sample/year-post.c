/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/year-post.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-volunteers.h"
#include "platform/money/payments.h"
#include "platform/sample/places.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <string.h>

#define FIRST_LOOK  150 /* acts of the first block */
#define SECOND_LOOK 900

static const struct sample_card *card_of(const struct year_posting *posting, int card)
{
    return &g_array_index(posting->community->cards, struct sample_card, card);
}

void year_token_of(const struct year_posting *posting, int card, char out[33])
{
    card_token(posting->platform->index_key, card_of(posting, card)->number, out);
}

const struct person *year_person_of(const struct year_posting *posting, int card)
{
    return &g_array_index(posting->community->people, struct person, card_of(posting, card)->person);
}

void year_step_id(const struct act *act, unsigned step, char out[37])
{
    g_strlcpy(out, act->id, 37);
    out[34] = "0123456789abcdef"[step / 16 % 16];
    out[35] = "0123456789abcdef"[step % 16];
    out[14] = '4';
}

static bool refused(const struct act *act, const char *code, GError **error)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the sample's %s of %u was refused: %s", act_kind_name(act->kind),
                date_of_ms(act->at_ms), code);
    return false;
}

/* ---- Volunteers ---- */

/* On the roll, with something that they can do. */
static bool post_join(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    unsigned card = (unsigned)act->card;
    struct roll_row row = {.guardian = -1, .registered_ms = act->at_ms - act->amount * 86400000, .pledge = VOLUNTEER_PLEDGE,
                           .skills = 1u << card % VOLUNTEER_SKILLS | 1u << card / 3 % VOLUNTEER_SKILLS};

    row.registered_on = date_of_ms(row.registered_ms);
    if (act->kiosk != 0) {
        year_kiosk_id(act->kiosk, row.kiosk);
        g_strlcpy(row.event, act->id, sizeof row.event);
    }
    return db_card_token_person(posting->platform->db, token, &row.person, error) && db_roll_add(posting->platform->db, &row, error) &&
           db_change_add(posting->platform->db, "volunteer", token, error);
}

static bool post_attendance(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    struct attendance_row row = {.times = act->times, .minutes = act->amount};
    bool overlaps;

    g_strlcpy(row.id, act->id, sizeof row.id);
    year_kiosk_id(act->kiosk, row.kiosk);
    g_strlcpy(row.token, token, sizeof row.token);
    g_snprintf(row.slot, sizeof row.slot, "sample-%u-%02u", date_of_ms(act->times.slot_start_ms),
               (unsigned)((act->times.slot_start_ms + 28800000) / 3600000 % 24));
    if (!db_attendance_overlaps(posting->platform->db, &row, &overlaps, error))
        return false;
    if (overlaps)
        return refused(act, ledger_code_name(LEDGER_OVERLAP), error);
    /* What people confirm, they confirm once it is over. */
    return db_attendance_put(posting->platform->db, &row, error) &&
           (act->amount == 0 || credit_post_hours_as(posting->platform->db, posting->rules, act->id, token, act->id, act->amount,
                                                     act->times.slot_end_ms + 3600000, error));
}

static bool facts_of(struct year_posting *posting, const struct act *act, enum book book, const char *token, const char *other,
                     struct credit_facts *facts, GError **error)
{
    struct db *db = posting->platform->db;
    const struct person *person = year_person_of(posting, act->card);
    g_autofree char *account = g_strconcat("person:", token, NULL), *receiver = g_strconcat("person:", other, NULL);
    g_autoptr(GArray) lots = db_credit_lots(db, account, book, error);

    *facts = (struct credit_facts){.judge = true, .now_ms = act->at_ms, .age = age_on(person->birth, date_of_ms(act->at_ms))};
    if (lots == NULL)
        return false;
    facts->spendable = lots_spendable((struct lot *)(void *)lots->data, lots->len, date_of_ms(act->at_ms));
    return act->other < 0 || db_credit_balance(db, receiver, book, &facts->receiver_balance, error);
}

static bool post_spend(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    static const enum ledger_type types[ACT_KINDS] = {
        [ACT_REDEEM] = LEDGER_SPEND, [ACT_COIN_SPEND] = LEDGER_SPEND, [ACT_GIFT] = LEDGER_GIFT, [ACT_DONATE] = LEDGER_DONATE};
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    enum book book = act->kind == ACT_REDEEM ? BOOK_POINTS : BOOK_COIN;
    enum owner_kind to = act->kind == ACT_GIFT ? OWNER_PERSON : act->kind == ACT_DONATE ? OWNER_DONATION : OWNER_REDEEMED;
    struct credit_facts facts;
    char other[33] = "", kiosk[8];

    if (act->other >= 0)
        year_token_of(posting, act->other, other);
    txn->type = types[act->kind];
    txn->at_ms = act->at_ms;
    g_strlcpy(txn->id, act->id, sizeof txn->id);
    g_strlcpy(txn->rule, posting->rules->version, sizeof txn->rule);
    g_strlcpy(txn->ref, act->kind == ACT_GIFT ? "family" : act->item, sizeof txn->ref);
    bool room = ledger_txn_add(txn, book, OWNER_PERSON, token, -act->amount) &&
                ledger_txn_add(txn, book, to, act->kind == ACT_GIFT ? other : act->kind == ACT_DONATE ? CREDIT_ORG : act->item, act->amount);
    if (!facts_of(posting, act, book, token, other, &facts, error))
        return false;
    enum ledger_code code = room ? credit_judge(posting->rules, txn, &facts) : LEDGER_FORM;
    if (code != LEDGER_OK)
        return refused(act, ledger_code_name(code), error);
    year_kiosk_id(act->kiosk, kiosk);
    return credit_post(posting->platform->db, txn, kiosk, 0, act->at_ms, act->kind == ACT_GIFT ? CREDIT_FLAG_HOUSEHOLD : 0u, error);
}

/* ---- Money ---- */

/* Local time as a card keeps it. */
static void bcd_of(int64_t at_ms, uint8_t date_bcd[4], uint8_t time_bcd[3])
{
    unsigned seconds = (unsigned)((at_ms / 1000 + 28800) % 86400);
    char text[17];

    g_snprintf(text, sizeof text, "%08u%02u%02u%02u", date_of_ms(at_ms) % 100000000, seconds / 3600, seconds / 60 % 60, seconds % 60);
    cc_unhex(text, date_bcd, 4);
    cc_unhex(text + 8, time_bcd, 3);
}

static void serial_of(const char *number, uint8_t serial[8])
{
    cc_unhex(number + strlen(number) - 16, serial, 8);
}

static void terminal_of(unsigned kiosk, uint8_t terminal[6])
{
    char text[13];

    g_snprintf(text, sizeof text, "9901%08u", kiosk % 100000000);
    cc_unhex(text, terminal, 6);
}

static void purchase_fill(const struct year_posting *posting, const struct act *act, struct payment *payment)
{
    struct cc_purchase *p = &payment->purchase;
    const struct sample_card *card = card_of(posting, act->card);

    *p = (struct cc_purchase){.state = CC_PURCHASE_SENT, .terminal_serial = act->serial, .type = 6, .amount_fen = (uint32_t)act->amount,
                              .balance_before_fen = (uint32_t)act->balance_before_fen, .counter = (uint16_t)act->counter, .key_version = 1};
    g_strlcpy(p->card_number, card->number, sizeof p->card_number);
    serial_of(card->number, p->serial);
    cc_unhex(card->issuer, p->issuer, sizeof p->issuer);
    terminal_of(act->kiosk, p->terminal);
    bcd_of(act->at_ms, p->date_bcd, p->time_bcd);
    payment->bill_count = act->bill_count;
    for (unsigned i = 0; i < act->bill_count; i++) {
        const struct sample_bill *bill = &g_array_index(posting->community->bills, struct sample_bill, act->bills[i]);
        g_strlcpy(payment->bills[i].id, bill->id, sizeof payment->bills[i].id);
        payment->bills[i].amount_fen = bill->amount_fen;
    }
}

/* The card's MAC1, and the answer that the platform gives to it. */
static bool load_fill(const struct year_posting *posting, const struct act *act, struct payment *payment, GError **error)
{
    struct cc_load *l = &payment->load;
    const struct sample_card *card = card_of(posting, act->card);
    const struct purse_keys *keys = &posting->platform->purse_keys;
    uint8_t key[16], session[8];

    *l = (struct cc_load){.state = CC_PURCHASE_PREPARED, .family = CC_FAMILY_T_UNION, .type = 2, .amount_fen = (uint32_t)act->amount,
                          .balance_before_fen = (uint32_t)act->balance_before_fen, .counter = (uint16_t)act->counter, .key_index = 1,
                          .key_version = 1};
    g_strlcpy(l->card_number, card->number, sizeof l->card_number);
    serial_of(card->number, l->serial);
    cc_unhex(card->issuer, l->issuer, sizeof l->issuer);
    terminal_of(act->kiosk, l->terminal);
    for (int i = 0; i < 4; i++)
        l->random[i] = (uint8_t)(act->serial >> 8 * i);
    bcd_of(act->at_ms, l->date_bcd, l->time_bcd);
    bool good = purse_card_key(posting->platform->masters.load, l->issuer, l->serial, key) &&
                cc_suite_load_session(key, l->random, l->counter, session) == CC_OK && cc_suite_load_mac1(session, l, l->mac1) == CC_OK &&
                keys->authorise(keys->ctx, l, l->date_bcd, l->time_bcd, l->mac2) == PURSE_KEYS_OK;
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(session, sizeof session);
    l->state = CC_PURCHASE_SENT;
    payment->way = PAYMENT_WAY_CASH;
    payment->staff_count = 1;
    g_strlcpy(payment->staff[0], posting->staff, sizeof payment->staff[0]);
    return good || refused(act, "MAC1", error);
}

static int purchase_code(const uint8_t key[16], const void *what, uint8_t tac[4])
{
    return cc_suite_purchase_tac(key, what, tac);
}

static int load_code(const uint8_t key[16], const void *what, uint8_t tac[4])
{
    return cc_suite_load_tac(key, what, tac);
}

/* The card's own proof, and with it the end. */
static bool prove(const struct year_posting *posting, const struct act *act, struct payment *payment, GError **error)
{
    const struct purse_keys *keys = &posting->platform->purse_keys;
    struct cc_purchase *p = &payment->purchase;
    struct cc_load *l = &payment->load;
    bool load = payment->kind == PAYMENT_LOAD;
    enum purse_keys_verdict made = load ? keys->tac(keys->ctx, l->issuer, l->serial, load_code, l, l->tac)
                                        : keys->tac(keys->ctx, p->issuer, p->serial, purchase_code, p, p->tac);

    payment_set_outcome(payment, PAYMENT_CONFIRMED);
    p->has_tac = !load;
    l->has_tac = load;
    p->evidence = load ? p->evidence : CC_EVIDENCE_MAC2;
    l->evidence = load ? CC_EVIDENCE_PROOF : l->evidence;
    return made == PURSE_KEYS_OK || refused(act, "TAC", error);
}

static bool tell(const struct year_posting *posting, const struct act *act, const struct payment *payment, GError **error)
{
    struct outcome out;
    json_t *json = payment_to_json(payment);
    char kiosk[8];

    year_kiosk_id(act->kiosk, kiosk);
    bool ok = json != NULL && payments_apply(posting->platform, kiosk, payment_event_type(payment->kind, payment->state), json, act->at_ms,
                                             NULL, NULL, &out, error);
    json_decref(json);
    if (!ok && error != NULL && *error == NULL)
        return refused(act, "no memory", error);
    return ok && (out.verdict == STORE_ACCEPTED || refused(act, out.code, error));
}

/* As its kiosk tells of it: before the card is asked, and after it has answered. */
static bool post_money(struct year_posting *posting, const struct act *act, GError **error)
{
    struct payment *payment = payment_new();
    char kiosk[8];

    year_kiosk_id(act->kiosk, kiosk);
    payment->kind = act->kind == ACT_LOAD ? PAYMENT_LOAD : PAYMENT_PURCHASE;
    payment->state = PAYMENT_COMMITTING;
    payment->at_ms = act->at_ms;
    payment->online = true;
    g_strlcpy(payment->id, act->id, sizeof payment->id);
    g_snprintf(payment->receipt_no, sizeof payment->receipt_no, "%s-%08u-%08u", kiosk, date_of_ms(act->at_ms), act->serial);
    bool ok = true;
    if (payment->kind == PAYMENT_LOAD)
        ok = load_fill(posting, act, payment, error);
    else
        purchase_fill(posting, act, payment);
    ok = ok && tell(posting, act, payment, error) && prove(posting, act, payment, error) && tell(posting, act, payment, error);
    payment_free(payment);
    return ok;
}

/* ---- All of it ---- */

static bool post_one(struct year_posting *posting, const struct act *act, GError **error)
{
    char token[33];

    year_token_of(posting, act->card, token);
    switch (act->kind) {
    case ACT_JOIN:
        return post_join(posting, act, token, error);
    case ACT_EARLIER:
        return credit_post_hours_as(posting->platform->db, posting->rules, act->id, token, "paper-register", act->amount, act->at_ms, error);
    case ACT_ATTENDANCE:
        return post_attendance(posting, act, token, error);
    case ACT_LOAD:
    case ACT_PAY:
        return post_money(posting, act, error);
    case ACT_TICKET:
    case ACT_RATING:
    case ACT_LEFT:
        return year_post_civic(posting, act, token, error);
    case ACT_ALLOWANCE:
    case ACT_ORDER:
        return year_post_orders(posting, act, token, error);
    case ACT_CARE:
    case ACT_VISIT:
        return year_post_care(posting, act, error);
    case ACT_SEAT:
        return year_post_seat(posting, act, token, error);
    default:
        return post_spend(posting, act, token, error);
    }
}

/* Who volunteers, with the stars that their hours carry and whether they are in special hardship. */
static bool post_volunteers(struct year_posting *posting, const GArray *acts, GError **error)
{
    g_autofree int64_t *minutes = g_new0(int64_t, posting->community->cards->len);

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        if (act->kind == ACT_EARLIER || act->kind == ACT_ATTENDANCE)
            minutes[act->card] += act->amount;
    }
    for (unsigned i = 0; i < posting->community->cards->len; i++) {
        char token[33];
        if (minutes[i] == 0)
            continue;
        year_token_of(posting, (int)i, token);
        if (!db_volunteer_set(posting->platform->db, token, year_person_of(posting, (int)i)->low_income,
                              stars_of(minutes[i], posting->rules->star_min, STAR_LEVELS), error))
            return false;
    }
    return true;
}

/* Loads ask for the cards' MAC1 and for somebody who takes the cash; tickets, orders and who left for two who answer. */
static bool cannot(const struct year_posting *posting, const struct act *act)
{
    if (act->kind == ACT_LOAD)
        return posting->platform->hsm != NULL || *posting->staff == '\0';
    return act->kind >= ACT_TICKET && posting->staff_ids[1] == NULL;
}

/*
 * A way through tables is chosen when they are empty, when any index that begins with the community is as good as another: they are looked at
 * when there is something of each kind, and not only behind the first thousand people.
 */
static bool look_again(const struct year_posting *posting, guint done, GError **error)
{
    if (posting->community->block != 0 || (done != FIRST_LOOK && done != SECOND_LOOK))
        return true;
    return db_bulk(posting->platform->db, false, error) && db_bulk(posting->platform->db, true, error);
}

bool year_post(struct year_posting *posting, const GArray *acts, GError **error)
{
    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);

        if (!look_again(posting, i, error))
            return false;
        if (cannot(posting, act)) {
            posting->skipped++;
            continue;
        }
        if (!post_one(posting, act, error))
            return false;
        posting->posted[act->kind]++;
    }
    return post_volunteers(posting, acts, error);
}

bool year_kiosks_add(struct db *db, unsigned first, unsigned residents, GError **error)
{
    static const char *const centres[] = {"听澜街道服务中心", "听澜街道服务中心", "稻香街道服务中心", "明桥街道服务中心", "明桥街道服务中心"};

    for (unsigned kiosk = first; kiosk <= year_kiosks(residents); kiosk++) {
        struct place place;
        char id[8];

        place_of((unsigned)(((uint64_t)(kiosk - 2) * PLACES_CITY + PLACES_CITY / 2) / PLACES_COMMUNITIES) % PLACES_CITY, &place);
        bool centre = kiosk > PLACES_COMMUNITIES + 1;
        g_autofree char *zh = centre ? g_strdup_printf("%s %u 号机", centres[(kiosk - PLACES_COMMUNITIES - 2) % 5], kiosk)
                                     : g_strdup_printf("%s居民服务站", place.community_zh);
        g_autofree char *en = g_strdup_printf("%s %s, kiosk %u", centre ? "Street centre" : "Community station", place.code, kiosk);
        year_kiosk_id(kiosk, id);
        if (!db_kiosk_add(db, id, zh, en, error))
            return false;
    }
    return true;
}
