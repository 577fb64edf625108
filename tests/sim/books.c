/* SPDX-License-Identifier: Apache-2.0 */
/* Recording what really happens, and what must hold at that very moment. */
#include "books-internal.h"
#include "service/internal.h"

#include <string.h>

#define INS_DEBIT  0x54
#define INS_CREDIT 0x52
#define CREDIT_LEN (5 + 11) /* header, date 4, time 3, MAC2 4 */
#define DEBIT_LEN (5 + 15) /* header, terminal serial 4, date 4, time 3, MAC1 4 */

struct books *books_new(struct world *world)
{
    struct books *books = g_new0(struct books, 1);

    books->debits = g_array_new(FALSE, TRUE, sizeof(struct debit));
    books->debit_at = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    books->sent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    books->claims = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    books->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    books->receipts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    books->wishes = g_array_new(FALSE, TRUE, sizeof(struct wish));
    books->told = g_array_new(FALSE, TRUE, sizeof(struct told));
    books->handed_over = g_ptr_array_new_with_free_func(g_free);
    books->sessions = sessions_new();
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        books->kiosks[i].hashes = g_byte_array_new();
        books->kiosks[i].names = g_ptr_array_new_with_free_func(g_free);
        books->kiosks[i].owed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        books->kiosks[i].claims = g_ptr_array_new();
        books->kiosks[i].bills = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
    return books;
}

void books_free(struct books *books)
{
    for (unsigned i = 0; i < SIM_KIOSKS_MAX && books->kiosks[i].hashes != NULL; i++) {
        g_byte_array_unref(books->kiosks[i].hashes);
        g_ptr_array_unref(books->kiosks[i].names);
        g_hash_table_unref(books->kiosks[i].owed);
        g_ptr_array_unref(books->kiosks[i].claims);
        g_hash_table_unref(books->kiosks[i].bills);
    }
    g_array_unref(books->told);
    g_array_unref(books->wishes);
    g_ptr_array_unref(books->handed_over);
    sessions_free(books->sessions);
    g_hash_table_unref(books->receipts);
    g_hash_table_unref(books->ids);
    g_hash_table_unref(books->claims);
    g_hash_table_unref(books->sent);
    g_hash_table_unref(books->debit_at);
    g_array_unref(books->debits);
    g_free(books);
}

const struct debit *debit_of(const struct books *books, const char *payment_id)
{
    guint at = GPOINTER_TO_UINT(g_hash_table_lookup(books->debit_at, payment_id));

    return at > 0 ? &g_array_index(books->debits, struct debit, at - 1) : NULL;
}

int books_card_of(const struct world *world, const char *payment_id)
{
    const struct claim *claim = g_hash_table_lookup(world->books->claims, payment_id);

    for (unsigned i = 0; claim != NULL && i < world->card_count; i++)
        if (strcmp(world->cards[i].number, claim->card) == 0)
            return (int)i;
    return -1;
}

/* ---- DEBIT and CREDIT --------------------------------------------------------------------------------------------- */

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Is this command the one that the intent speaks of? */
static bool same_command(const struct payment *payment, const uint8_t *command)
{
    if (payment->state != PAYMENT_COMMITTING || (payment->kind == PAYMENT_LOAD) != (command[1] == INS_CREDIT))
        return false;
    if (payment->kind == PAYMENT_LOAD)
        return memcmp(payment->load.mac2, command + 12, 4) == 0;
    return payment->purchase.terminal_serial == be32(command + 5) && memcmp(payment->purchase.mac1, command + 16, 4) == 0;
}

static void sent_once(struct world *world, const struct sim_kiosk *kiosk, const struct payment *payment)
{
    char hex[13];
    bool fresh = g_hash_table_add(world->books->sent, g_strdup(payment->id));

    if (payment->kind == PAYMENT_PURCHASE)
        fresh &= g_hash_table_add(world->books->sent,
                                  g_strdup_printf("%s:%u", cc_hex(payment->purchase.terminal, 6, hex, sizeof hex),
                                                  payment->purchase.terminal_serial));
    if (!fresh)
        break_invariant(world, "debit-once", "%s: DEBIT or CREDIT of %s leaves a second time", kiosk->id, payment->id);
}

static void intended(struct world *world, struct sim_kiosk *kiosk, const uint8_t *command)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment_open(kiosk->kiosk->store, kiosk->kiosk->session.card.card_number, &error);

    if (payment == NULL)
        break_invariant(world, "intent-before-debit", "%s: DEBIT or CREDIT without an open payment of the card (%s)", kiosk->id,
                        error != NULL ? error->message : "none");
    if (!same_command(payment, command))
        break_invariant(world, "intent-before-debit", "%s: DEBIT or CREDIT is another than the open payment %s intends", kiosk->id,
                        payment->id);
    if (!medium_has_payment(kiosk, payment->id, PAYMENT_COMMITTING))
        break_invariant(world, "intent-before-debit", "%s: DEBIT or CREDIT of %s, but its intent is not on the medium", kiosk->id,
                        payment->id);
    sent_once(world, kiosk, payment);
    g_strlcpy(world->books->payment_now, payment->id, sizeof world->books->payment_now);
    payment_free(payment);
}

void books_command(struct world *world, struct sim_kiosk *kiosk, int card, const uint8_t *command, size_t len)
{
    bool debit = len >= DEBIT_LEN && command[1] == INS_DEBIT, credit = len >= CREDIT_LEN && command[1] == INS_CREDIT;

    session_command(world, card, command, len);
    if (!debit && !credit)
        return;
    world->stats.debits++;
    intended(world, kiosk, command);
}

void books_committed(struct world *world, unsigned card, const struct vc_card_state *next)
{
    const struct vc_card_state *state = &world->cards[card].card.state;
    struct books *books = world->books;
    bool load = next->online_counter != state->online_counter;

    if (next->offline_counter == state->offline_counter && !load)
        return;
    struct debit debit = {.card = (int)card,
                          .kiosk = world->who >= 0 ? world->who : SIM_NOBODY,
                          .load = load,
                          .amount_fen = load ? next->balance_fen - state->balance_fen : state->balance_fen - next->balance_fen,
                          .counter = load ? state->online_counter : state->offline_counter};
    if (debit.kiosk >= 0)
        g_strlcpy(debit.payment, books->payment_now, sizeof debit.payment);
    g_array_append_val(books->debits, debit);
    note(world, "card %u: %s %u at %u", card, load ? "credited" : "debited", debit.amount_fen, debit.counter);
    if (debit.kiosk >= 0 &&
        !g_hash_table_insert(books->debit_at, g_strdup(debit.payment), GUINT_TO_POINTER(books->debits->len)))
        break_invariant(world, "debited-once", "%s was carried out twice", debit.payment);
}

/* ---- The screen --------------------------------------------------------------------------------------------------- */

/* A doubt of another kiosk that its card settled here: the journal of this one has only that. A load that its kiosk had MAC2 of
 * is at the platform: in no journal when it was never begun, and in one that nobody has read yet when its kiosk has stopped. */
static void shown_elsewhere(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_payment_event *event, bool paid)
{
    const struct claim *claim = g_hash_table_lookup(world->books->claims, event->id);

    if (claim != NULL ? claim->kiosk == (unsigned)kiosk->machine.index : !books_order_known(world, event->id))
        break_invariant(world, "shown-is-known", "%s shows %s as over, no journal knows it", kiosk->id, event->id);
    if ((debit_of(world->books, event->id) != NULL) != paid)
        break_invariant(world, paid ? "paid-is-debited" : "void-not-debited", "%s shows %s of %s as %s", kiosk->id, event->id,
                        claim != NULL ? world->kiosks[claim->kiosk].id : "nobody", paid ? "paid" : "not charged");
    if (!medium_has_settled(kiosk, event->id))
        break_invariant(world, "paid-is-durable", "%s shows %s as over before it is on the medium", kiosk->id, event->id);
}

static void receipt_known(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_payment_event *event)
{
    const char *known = g_hash_table_lookup(world->books->receipts, event->receipt_no);

    const struct claim *claim = g_hash_table_lookup(world->books->claims, event->id);

    if (kiosk->restored || (claim != NULL && claim->forked))
        return;
    if (*event->receipt_no == '\0' || (known != NULL && strcmp(known, event->id) != 0))
        break_invariant(world, "receipts-unique", "%s: receipt %s for %s and %s", kiosk->id, event->receipt_no, event->id,
                        known != NULL ? known : "?");
    if (known == NULL)
        g_hash_table_insert(world->books->receipts, g_strdup(event->receipt_no), g_strdup(event->id));
}

static void shown_paid(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_payment_event *event,
                       const struct payment *payment)
{
    if (payment->state != PAYMENT_CONFIRMED)
        break_invariant(world, "paid-is-durable", "%s shows %s as paid, the journal has it as %s", kiosk->id, event->id,
                        payment_state_name(payment->state));
    if (!medium_has_payment(kiosk, event->id, PAYMENT_CONFIRMED))
        break_invariant(world, "paid-is-durable", "%s shows %s as paid before it is on the medium", kiosk->id, event->id);
    if (debit_of(world->books, payment->id) == NULL)
        break_invariant(world, "paid-is-debited", "%s shows %s as paid, no card was debited", kiosk->id, event->id);
    if (payment->kind == PAYMENT_PURCHASE)
        g_strlcpy(kiosk->last_paid, event->id, sizeof kiosk->last_paid);
}

static void shown_void(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_payment_event *event,
                       const struct payment *payment)
{
    if (debit_of(world->books, payment->id) != NULL)
        break_invariant(world, "void-not-debited", "%s shows %s as not charged, but the card was debited", kiosk->id, event->id);
}

static void shown_over(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_payment_event *event, bool paid)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment(kiosk->kiosk->store, event->id, &error);

    if (payment == NULL)
        shown_elsewhere(world, kiosk, event, paid);
    else if (paid)
        shown_paid(world, kiosk, event, payment);
    else
        shown_void(world, kiosk, event, payment);
    payment_free(payment);
    if (paid) {
        receipt_known(world, kiosk, event);
        struct told told = {.kiosk = (unsigned)kiosk->machine.index};
        g_strlcpy(told.id, event->id, sizeof told.id);
        g_array_append_val(world->books->told, told);
    }
    world->stats.loaded += paid && event->load;
    world->stats.paid += paid && !event->load;
    world->stats.voided += !paid;
    world->stats.recovered += paid && event->recovered;
}

void books_durable(struct world *world, struct sim_kiosk *kiosk, const char *invariant, const char *id)
{
    uint8_t hash[32];

    if (!medium_has_row(kiosk, store_head(kiosk->kiosk->store, hash)))
        break_invariant(world, invariant, "%s shows %s as done before it is on the medium", kiosk->id, id);
}

void books_wish(struct world *world, struct sim_kiosk *kiosk, enum wish_kind kind, const char *id, const char *service)
{
    struct wish wish = {.kind = kind, .kiosk = (unsigned)kiosk->machine.index, .forked = kiosk->restored};

    g_strlcpy(wish.id, id, sizeof wish.id);
    g_strlcpy(wish.service, service, sizeof wish.service);
    g_strlcpy(wish.token, kiosk->kiosk->session.token, sizeof wish.token);
    g_array_append_val(world->books->wishes, wish);
}

void books_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_PAYMENT)
        note(world, "shown %s payment %u %s", kiosk->id, event->payment.phase, event->payment.reason);
    else
        note(world, "shown %s %u", kiosk->id, event->kind);
    if (event->kind == KIOSK_EVENT_CREDIT)
        credit_shown(world, kiosk, &event->credit);
    if (event->kind == KIOSK_EVENT_PERSON)
        session_shown(world, kiosk, &event->person);
    seat_shown(world, kiosk, event);
    order_shown(world, kiosk, event);
    if (event->kind != KIOSK_EVENT_PAYMENT)
        return;
    if (event->payment.phase == KIOSK_PAYMENT_CONFIRMED || event->payment.phase == KIOSK_PAYMENT_VOID)
        shown_over(world, kiosk, &event->payment, event->payment.phase == KIOSK_PAYMENT_CONFIRMED);
    else if (event->payment.phase == KIOSK_PAYMENT_IN_DOUBT)
        world->stats.doubts++;
    else if (event->payment.phase != KIOSK_PAYMENT_WORKING)
        world->stats.refused++;
}

/* ---- The wire ----------------------------------------------------------------------------------------------------- */

void books_sent(struct world *world, struct sim_kiosk *kiosk, const char *path, const char *body)
{
    json_t *batch = body != NULL && g_str_has_prefix(path, "/v1/events") ? json_loads(body, 0, NULL) : NULL;
    json_t *events = json_object_get(batch, "events");
    json_int_t last = json_integer_value(json_object_get(json_array_get(events, json_array_size(events) - 1), "seq"));

    if (last > 0 && !medium_has_row(kiosk, last))
        break_invariant(world, "told-is-durable", "%s tells the platform of row %" JSON_INTEGER_FORMAT ", which a power cut could take back",
                        kiosk->id, last);
    json_decref(batch);
}
