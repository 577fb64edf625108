/* SPDX-License-Identifier: Apache-2.0 */
#include "service/doubt-list.h"
#include "model/model.h"

#include <libintl.h>
#include <string.h>

#define N_(text) text /* a wording of the catalogues */

#define STALE_MS (7 * 86400000LL) /* the card's log has surely moved on */

/* Sentences are msgids of the screen's catalogues; codes are for programs. */
static void step_fill(const struct doubt_view *view, struct kiosk_doubt *item)
{
    const char *step = "ASK_HOLDER";

    item->sentence = N_("Ask the holder to put the same card onto any kiosk. Do not charge again.");
    if (!view->store_ok) {
        step = "DISK";
        item->sentence = N_("The disk does not take the answer. Call the technician; nothing is lost.");
    } else if (item->age_ms > STALE_MS) {
        step = "TWO_PEOPLE";
        item->sentence = N_("The card did not come back for a week. "
                            "Two colleagues decide on the platform, by the operator's clearing.");
    } else if (item->here) {
        step = "CARD_AGAIN";
        item->sentence = N_("Lift the card and put it onto the reader again, flat, until the tick.");
    }
    g_strlcpy(item->step, step, sizeof item->step);
}

static void happened_fill(struct kiosk_doubt *item, enum payment_why why)
{
    bool stopped = why == PAYMENT_WHY_STOPPED;

    g_strlcpy(item->happened, stopped ? "STOPPED" : "CARD", sizeof item->happened);
    item->what = stopped ? N_("The machine stopped, or its disk failed, before the outcome was known.")
                         : N_("The card was lifted too early, or did not answer.");
}

static void item_fill(const struct doubt_view *view, struct kiosk_doubt *item, const struct payment *payment,
                      const char *taken_at)
{
    struct payment_facts facts = payment_facts(payment);
    size_t digits = strlen(facts.card_number);

    g_strlcpy(item->id, payment->id, sizeof item->id);
    g_strlcpy(item->kiosk, taken_at, sizeof item->kiosk);
    g_strlcpy(item->card_last4, digits > 4 ? facts.card_number + digits - 4 : "", sizeof item->card_last4);
    item->load = payment->kind == PAYMENT_LOAD;
    item->amount_fen = facts.amount_fen;
    item->at_ms = payment->at_ms;
    item->age_ms = MAX(0, view->now_ms - payment->at_ms);
    item->own = strcmp(taken_at, view->kiosk_id) == 0;
    item->here = strcmp(view->card_number, facts.card_number) == 0;
    happened_fill(item, payment->why);
    step_fill(view, item);
}

struct kiosk_doubt *doubt_list(struct store *store, const struct doubt_view *view, size_t *count, GError **error)
{
    g_autoptr(GPtrArray) own = store_payments_open(store, error);
    g_autoptr(GPtrArray) others = own != NULL ? store_doubts(store, NULL, error) : NULL;

    *count = 0;
    if (others == NULL)
        return NULL;
    struct kiosk_doubt *items = g_new0(struct kiosk_doubt, own->len + others->len + 1);
    for (guint i = 0; i < own->len; i++)
        item_fill(view, &items[(*count)++], g_ptr_array_index(own, i), view->kiosk_id);
    for (guint i = 0; i < others->len; i++) {
        const struct store_doubt *doubt = g_ptr_array_index(others, i);
        item_fill(view, &items[(*count)++], &doubt->payment, doubt->kiosk);
    }
    return items;
}

char *doubt_text(const struct kiosk_doubt *doubt)
{
    g_autofree char *amount = money_format(doubt->amount_fen);

    return g_strdup_printf("%s  %s  %s  %s  **** %s  %" G_GINT64_FORMAT " min  %s %s\n    %s\n    %s\n", doubt->id,
                           doubt->kiosk, doubt->load ? "load" : "payment", amount, doubt->card_last4,
                           doubt->age_ms / 60000, doubt->happened, doubt->step,
                           dgettext("citycard-en", doubt->sentence), dgettext("citycard-zh_CN", doubt->sentence));
}
