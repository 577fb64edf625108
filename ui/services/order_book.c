/* SPDX-License-Identifier: Apache-2.0 */
#include "order_book.h"
#include "../texts.h"
#include "../words.h"

#include <openssl/crypto.h>
#include <string.h>

#define HOUR_MS  INT64_C(3600000)
#define DAY_MS   (24 * HOUR_MS)
#define ZONE_MS  (8 * HOUR_MS) /* China has one time zone and no summer time */
#define MOST     500

/* ---- What is offered ------------------------------------------------------------------------------------------------ */

void order_catalogue_clear(void *data)
{
    struct order_catalogue *catalogue = data;

    g_free(catalogue->items);
    *catalogue = (struct order_catalogue){0};
}

void order_catalogue_take(struct order_catalogue *catalogue, const struct kiosk_service *items, size_t count, int64_t now_ms)
{
    order_catalogue_clear(catalogue);
    catalogue->count = MIN(count, MOST);
    catalogue->items = g_memdup2(items, catalogue->count * sizeof *items);
    catalogue->now_ms = now_ms;
    catalogue->known = true;
}

const struct kiosk_service *order_catalogue_find(const struct order_catalogue *catalogue, const char *code)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->items[i].code, code) == 0)
            return &catalogue->items[i];
    return NULL;
}

bool order_catalogue_has(const struct order_catalogue *catalogue, const char *need)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->items[i].need, need) == 0)
            return true;
    return false;
}

static const struct {
    const char *need, *word;
} needs[ORDER_NEEDS] = {
    {"clothing", N_("Clothes")}, {"food", N_("Meals")},    {"housing", N_("House")}, {"travel", N_("Outings")},
    {"health", N_("Health")},    {"joy", N_("Leisure")}, {"care", N_("Care")},
};

const char *order_need(size_t index)
{
    g_assert(index < ORDER_NEEDS);
    return needs[index].need;
}

static size_t need_index(const char *need)
{
    for (size_t i = 0; i < ORDER_NEEDS; i++)
        if (strcmp(needs[i].need, need) == 0)
            return i;
    return ORDER_NEEDS - 1;
}

const char *order_need_word(const char *need)
{
    return _(needs[need_index(need)].word);
}

const char *order_need_icon(const char *need)
{
    return needs[need_index(need)].need;
}

const char *order_either(const char *zh, const char *en)
{
    return texts_language() == LANGUAGE_ZH || en[0] == '\0' ? zh : en;
}

/* "次 time": the Chinese word, a blank, the English one. */
static char *unit_word(const char *unit)
{
    const char *blank = strchr(unit, ' ');

    if (blank == NULL)
        return g_strdup(unit);
    return texts_language() == LANGUAGE_ZH ? g_strndup(unit, (gsize)(blank - unit)) : g_strdup(blank + 1);
}

char *order_price_words(const struct kiosk_service *service)
{
    g_autofree char *amount = words_amount(service->price_fen), *unit = unit_word(service->unit);

    if (service->price_fen == 0)
        return g_strdup(_("Free of charge"));
    if (unit[0] == '\0')
        return g_steal_pointer(&amount);
    /* Translators: an amount, what it is paid for: time, piece, hour. */
    return g_strdup_printf(_("%1$s per %2$s"), amount, unit);
}

bool order_by_hour(const struct kiosk_service *service)
{
    return g_str_has_prefix(service->unit, "小时");
}

char *order_promise_words(const struct kiosk_service *service)
{
    return words_duration(service->accept_ms / 60000);
}

/* ---- When it would suit ---------------------------------------------------------------------------------------------- */

static struct order_when when(const char *word, const char *icon, int64_t from_ms, int64_t to_ms)
{
    return (struct order_when){.from_ms = from_ms, .to_ms = to_ms, .word = word, .icon = icon};
}

size_t order_whens(int64_t now_ms, struct order_when out[ORDER_WHENS])
{
    int64_t today_ms = (now_ms + ZONE_MS) / DAY_MS * DAY_MS - ZONE_MS, tomorrow_ms = today_ms + DAY_MS;
    size_t count = 0;

    if (now_ms < today_ms + 16 * HOUR_MS) /* later than four nobody comes the same day */
        out[count++] = when(N_("Today"), "clock", MAX(now_ms, today_ms + 8 * HOUR_MS), today_ms + 18 * HOUR_MS);
    out[count++] = when(N_("Tomorrow morning"), "morning", tomorrow_ms + 8 * HOUR_MS, tomorrow_ms + 12 * HOUR_MS);
    out[count++] = when(N_("Tomorrow afternoon"), "afternoon", tomorrow_ms + 13 * HOUR_MS, tomorrow_ms + 18 * HOUR_MS);
    out[count++] = when(N_("The day after tomorrow"), "calendar", tomorrow_ms + DAY_MS + 8 * HOUR_MS,
                        tomorrow_ms + DAY_MS + 18 * HOUR_MS);
    out[count++] = when(N_("Any day this week"), "calendar", 0, 0);
    g_assert(count <= ORDER_WHENS);
    return count;
}

/* ---- A person's orders ------------------------------------------------------------------------------------------------ */

void order_list_clear(struct order_list *list)
{
    if (list->items != NULL)
        OPENSSL_cleanse(list->items, list->count * sizeof *list->items);
    g_free(list->items);
    *list = (struct order_list){0};
}

static bool wants_answer(const struct kiosk_order *order)
{
    return order->may_confirm;
}

void order_list_take(struct order_list *list, const struct kiosk_orders_event *told)
{
    size_t count = MIN(told->count, MOST), at = 0;

    order_list_clear(list);
    list->items = g_new0(struct kiosk_order, MAX(count, 1));
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < count; i++)
            if (wants_answer(&told->items[i]) == (first == 1))
                list->items[at++] = told->items[i];
    list->count = at;
    list->told = true;
    list->known = told->known;
    list->means_known = told->means_known;
    list->coin_min = told->coin_min;
    list->subsidy_fen = told->subsidy_fen;
}

const struct kiosk_order *order_list_find(const struct order_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return &list->items[i];
    return NULL;
}

unsigned order_list_waiting(const struct order_list *list)
{
    unsigned count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += wants_answer(&list->items[i]);
    return count;
}

bool order_list_affords(const struct order_list *list, const struct kiosk_service *service, enum kiosk_order_pay pay)
{
    if (pay == KIOSK_ORDER_PAY_NONE)
        return true;
    if (!list->means_known)
        return false;
    return pay == KIOSK_ORDER_PAY_COIN ? service->coin_min > 0 && service->coin_min <= list->coin_min
                                       : service->subsidy_fen > 0 && service->subsidy_fen <= list->subsidy_fen;
}

/* ---- Words of one ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *state, *word, *next; /* in `next` %s is the day by which somebody answers, where it is asked for */
    bool by;
} states[] = {
    {"PLACED", N_("Waiting"), N_("Somebody is being found for you. You get an answer by %s."), true},
    {"POOL", N_("Waiting"), N_("Somebody is being found for you. You get an answer by %s."), true},
    {"ESCALATED", N_("Waiting"), N_("Nobody took it in time. The manager is looking for somebody now."), false},
    {"REVIEW", N_("In review"), N_("The service centre looks at it first. You get an answer by %s."), true},
    {"OFFERED", N_("Offered"), N_("Somebody has been asked and answers soon."), false},
    {"ACCEPTED", N_("Accepted"), N_("It is settled. You need do nothing more."), false},
    {"NO_SHOW", N_("Not met"), N_("You did not meet. The service centre agrees a new time with you."), false},
    {"IN_SERVICE", N_("In service"), N_("It is being done now."), false},
    {"FINISHED", N_("Please confirm"), N_("They say that it is done. Is it?"), false},
    {"DISPUTED", N_("Disputed"), N_("The service centre looks into it and gets in touch with you."), false},
    {"COMPLETED", N_("Completed"), N_("It is done. Thank you."), false},
    {"RATED", N_("Rated"), N_("It is done. Thank you for your rating."), false},
    {"REFUNDED", N_("Refunded"), N_("What you paid with was given back to you."), false},
    {"REJECTED", N_("Not approved"), N_("The service desk tells you why, and what else there is."), false},
    {"CANCELLED", N_("Cancelled"), N_("It was called off. Nothing is to be paid."), false},
    {"REFUSED", N_("Not ordered"), N_("This was not ordered. You can order it again, or ask at the service desk."), false},
    {"EXPIRED", N_("Nobody found"), N_("We are sorry, nobody could do it. Please ask at the service desk."), false},
};

static size_t state_index(const char *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return i;
    return 0;
}

const char *order_state_word(const char *state)
{
    return _(states[state_index(state)].word);
}

bool order_waits_here(const struct kiosk_order *order)
{
    return order->pending && order->no == 0 && strcmp(order->state, "PLACED") == 0;
}

static const struct order_refusal *refusal_find(const char *reason);

char *order_next_words(const struct kiosk_order *order)
{
    size_t index = state_index(order->state);
    g_autofree char *by = words_moment(order->accept_by_ms);
    const struct order_refusal *refusal = strcmp(order->state, "REFUSED") == 0 ? refusal_find(order->reason) : NULL;

    if (refusal != NULL)
        return g_strdup(_(refusal->headline));
    if (order_waits_here(order))
        return g_strdup(_("It waits here until the network is back. Nobody can promise a time before; your turn counts from when you ordered."));
    if (!states[index].by)
        return g_strdup(_(states[index].next));
    return g_strdup_printf(_(states[index].next), by);
}

char *order_number_words(int64_t no)
{
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, no);
    size_t len = strlen(digits);

    if (no <= 0)
        return g_strdup("");
    if (len <= 6)
        return g_steal_pointer(&digits);
    return g_strdup_printf("%.*s %s", (int)(len - 6), digits, digits + len - 6);
}

char *order_name(const struct kiosk_order *order)
{
    const char *name = order_either(order->name_zh, order->name_en);
    g_autofree char *no = order_number_words(order->no), *day = words_day_of(order->placed_ms);

    if (name[0] != '\0')
        return g_strdup(name);
    if (no[0] == '\0') /* Translators: the day on which it was ordered. */
        return g_strdup_printf(_("Ordered on %s"), day);
    /* Translators: the number of an order, the day on which it was ordered. */
    return g_strdup_printf(_("No. %1$s, %2$s"), no, day);
}

/* ---- Why not ------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *reason;
    struct order_refusal refusal;
} refusals[] = {
    {"PRICE",
     {N_("The price has changed. Nothing was ordered."), N_("Look at the new price and decide then."), ORDER_WAY_PRICE, N_("New price")}},
    {"REPEATED",
     {N_("You ordered this a moment ago"), N_("It was ordered once, that is enough."), ORDER_WAY_MINE, N_("My orders")}},
    {"BALANCE",
     {N_("There is not enough left. Nothing was ordered."), N_("You can pay in another way."), ORDER_WAY_PAY, N_("Pay otherwise")}},
    {"SNAPSHOT",
     {N_("Coins and subsidy cannot be seen just now. Nothing was ordered."), N_("You can pay in another way."), ORDER_WAY_PAY,
      N_("Pay otherwise")}},
    {"SERVICE",
     {N_("This is not offered any more. Nothing was ordered."), N_("Look for another service, please."), ORDER_WAY_SERVICES,
      N_("Other services")}},
    {"ORDER_LATE",
     {N_("It is too late for that on this screen"), N_("Please call them, or ask at the service desk."), ORDER_WAY_MINE, N_("My orders")}},
    {"ORDER_STATE",
     {N_("Something has changed meanwhile. Nothing was done."), N_("Look at your order again."), ORDER_WAY_MINE, N_("My orders")}},
    {"UNKNOWN",
     {N_("This order is not known any more"), N_("Look at your orders again."), ORDER_WAY_MINE, N_("My orders")}},
    {"NO_CARD",
     {N_("The card was gone too soon. Nothing was done."), N_("Put it back and start again, please."), ORDER_WAY_HOME, N_("Home")}},
    {"CARD_LOST",
     {N_("This card is reported lost. Nothing was done."), N_("Please see the service desk."), ORDER_WAY_HOME, N_("Home")}},
};

static const struct order_refusal *refusal_find(const char *reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (strcmp(refusals[i].reason, reason) == 0)
            return &refusals[i].refusal;
    return NULL;
}

struct order_refusal order_refusal_of(const char *reason)
{
    const struct order_refusal *known = refusal_find(reason);
    struct order_refusal out = {N_("This machine cannot write anything down just now. Nothing was done."),
                                N_("Please ask at the service desk."), ORDER_WAY_HOME, N_("Home")};

    if (known != NULL)
        out = *known;
    return (struct order_refusal){_(out.headline), _(out.advice), out.way, _(out.button)};
}
