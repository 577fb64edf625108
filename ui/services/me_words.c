/* SPDX-License-Identifier: Apache-2.0 */
/* Who looked, why and at what; what happened: in words. Nothing here names any of the staff. */
#include "me.h"
#include "../words.h"
#include "model/clock.h"
#include "model/purpose.h"
#include "order_book.h"
#include "ticket_book.h"

#include <string.h>

struct word {
    const char *name, *word;
};

static const char *word_of(const struct word *words, size_t count, const char *name, const char *other)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].name, name) == 0)
            return _(words[i].word);
    return other;
}
#define WORD_OF(words, name, other) word_of(words, G_N_ELEMENTS(words), name, other)

/* ---- Who looked ---- */

const char *reading_who(const struct kiosk_reading *reading)
{
    static const struct word ROLES[] = {
        {"clerk", N_("Clerk of the service desk")}, {"leader", N_("Team leader of volunteers")}, {"grid_worker", N_("Grid worker")},
        {"manager", N_("Manager of the community")}, {"auditor", N_("Auditor")},                 {"operator", N_("Operator of the platform")},
        {"technician", N_("Technician")},            {"provider", N_("Service provider")},       {"merchant", N_("Merchant")},
        {"resident", N_("You yourself")},
    };

    return WORD_OF(ROLES, reading->role, _("Member of staff"));
}

const char *reading_why(const struct kiosk_reading *reading)
{
    static const struct word REASONS[] = {
        {"desk-help", N_("help at the desk")}, {"complaint", N_("a complaint of yours")}, {"correction", N_("putting something right")},
        {"care", N_("care and visits")},       {"export", N_("a report of everybody")},   {"audit", N_("a check of who looked")},
        {"register", N_("the register")},
    };

    return WORD_OF(REASONS, reading->purpose, _("their work"));
}

char *reading_fields(const struct kiosk_reading *reading)
{
    static const char *const WORDS[] = {N_("name"),  N_("card"),    N_("balances"),        N_("amounts held"), N_("bills"), N_("entries"),
                                        N_("hours"), N_("who looked"), N_("accounts with billers"), N_("care")};
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
        if ((reading->fields & 1u << i) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? _(", ") : "", _(WORDS[i]));
    return g_strdup(text->len > 0 ? text->str : _("what is written down for you"));
}

char *reading_sentence(const struct kiosk_reading *reading)
{
    const char *place = order_either(reading->place_zh, reading->place_en);
    g_autofree char *moment = words_moment(reading->at_ms), *fields = reading_fields(reading);

    if (place[0] == '\0') /* Translators: when, who, why, what. */
        return g_strdup_printf(_("%1$s: %2$s looked at %4$s, for %3$s."), moment, reading_who(reading), reading_why(reading), fields);
    /* Translators: when, who, why, what, where. */
    return g_strdup_printf(_("%1$s: %2$s looked at %4$s, for %3$s, at %5$s."), moment, reading_who(reading), reading_why(reading), fields, place);
}

/* ---- When ---- */

static int64_t day_number(int64_t at_ms)
{
    return (at_ms + INT64_C(28800000)) / INT64_C(86400000); /* China Standard Time */
}

char *mine_day(int64_t at_ms)
{
    int64_t ago = day_number(now_ms()) - day_number(at_ms);

    if (at_ms <= 0)
        return g_strdup(_("no date"));
    if (ago == 0)
        return g_strdup(_("Today"));
    return ago == 1 ? g_strdup(_("Yesterday")) : words_day_of(at_ms);
}

/* ---- What happened ---- */

const char *happening_icon(const struct kiosk_happening *line)
{
    static const char *const ICONS[] = {
        [KIOSK_HAPPENED_SERVED] = "volunteer", [KIOSK_HAPPENED_CREDIT] = "gift",   [KIOSK_HAPPENED_PAYMENT] = "wallet",
        [KIOSK_HAPPENED_ORDER] = "orders",     [KIOSK_HAPPENED_TICKET] = "report", [KIOSK_HAPPENED_SEAT] = "activity",
    };

    return ICONS[line->kind];
}

static char *served_text(const struct kiosk_happening *line)
{
    g_autofree char *time = words_duration(line->amount);

    return line->amount > 0 ? g_strdup_printf(_("Volunteering: %s"), time) : g_strdup(_("Volunteering"));
}

static char *credit_text(const struct kiosk_happening *line)
{
    static const char *const BOOKS[] = {N_("Volunteer hours: %s"), N_("Points: %s"), N_("Time coins: %s"), N_("Subsidy: %s")};
    int64_t amount = line->amount < 0 ? -line->amount : line->amount;
    const char *sign = line->amount < 0 ? "−" : "+";
    g_autofree char *much = NULL;

    if (line->book == KIOSK_BOOK_POINTS)
        much = g_strdup_printf("%" G_GINT64_FORMAT, amount);
    else
        much = line->book == KIOSK_BOOK_SUBSIDY ? words_amount(amount) : words_duration(amount);
    g_autofree char *signed_much = g_strconcat(sign, much, NULL);
    return g_strdup_printf(_(BOOKS[line->book & 3]), signed_much);
}

static char *payment_text(const struct kiosk_happening *line)
{
    g_autofree char *amount = words_amount(line->amount < 0 ? -line->amount : line->amount);

    return g_strdup_printf(line->amount < 0 ? _("Paid %s") : _("Put on the card: %s"), amount);
}

static char *named(const struct kiosk_happening *line, const char *nameless)
{
    const char *name = order_either(line->name_zh, line->name_en);

    return g_strdup(name[0] != '\0' ? name : nameless);
}

char *happening_text(const struct kiosk_happening *line)
{
    switch (line->kind) {
    case KIOSK_HAPPENED_SERVED:
        return served_text(line);
    case KIOSK_HAPPENED_CREDIT:
        return credit_text(line);
    case KIOSK_HAPPENED_PAYMENT:
        return payment_text(line);
    case KIOSK_HAPPENED_ORDER:
        return named(line, _("A service was ordered"));
    case KIOSK_HAPPENED_TICKET:
        return named(line, line->personal ? _("A private matter") : _("A problem was reported"));
    case KIOSK_HAPPENED_SEAT:
        return named(line, _("A seat was asked for"));
    }
    return g_strdup("");
}

static const char *credit_state(const char *state)
{
    static const struct word TYPES[] = {
        {"EARN", N_("earned")},     {"SPEND", N_("redeemed")},     {"GIFT", N_("given to somebody")}, {"DONATE", N_("given away")},
        {"ISSUE", N_("granted")},   {"EXPIRE", N_("expired")},     {"REVERSE", N_("taken back")},     {"ADJUST", N_("put right")},
        {"PAPER", N_("entered from paper")}, {"CORRECTED", N_("put right")},
    };

    return WORD_OF(TYPES, state, "");
}

static const char *served_state(const char *state)
{
    static const struct word STATES[] = {
        {"IN", N_("signed in")},       {"OUT", N_("not confirmed yet")},      {"RAW", N_("not confirmed yet")}, {"NEEDS_CONFIRM", N_("not confirmed yet")},
        {"CONFIRMED", N_("confirmed")}, {"PUBLIC", N_("under public notice")}, {"POSTED", N_("recorded")},      {"DISPUTED", N_("in question")},
        {"CORRECTED", N_("put right")}, {"REJECTED", N_("did not count")},
    };

    return WORD_OF(STATES, state, "");
}

static const char *seat_state(const char *state)
{
    static const struct word STATES[] = {
        {"REQUESTED", N_("asked for")},  {"WAITLISTED", N_("on the waiting list")}, {"OFFERED", N_("offered to you")},
        {"REGISTERED", N_("yours")},     {"CHECKED_IN", N_("you came")},            {"COMPLETED", N_("you were there")},
        {"REFUSED", N_("not possible")}, {"LAPSED", N_("the offer ended")},         {"CANCELLED", N_("given back")},
        {"NO_SHOW", N_("not taken")},
    };

    return WORD_OF(STATES, state, "");
}

const char *happening_state(const struct kiosk_happening *line)
{
    switch (line->kind) {
    case KIOSK_HAPPENED_SERVED:
        return served_state(line->state);
    case KIOSK_HAPPENED_CREDIT:
        return credit_state(line->state);
    case KIOSK_HAPPENED_PAYMENT:
        return line->state[0] != '\0' ? _("being checked") : "";
    case KIOSK_HAPPENED_ORDER:
        return order_state_word(line->state);
    case KIOSK_HAPPENED_TICKET:
        return ticket_state_word(line->state);
    case KIOSK_HAPPENED_SEAT:
        return seat_state(line->state);
    }
    return "";
}

bool happening_open(const struct kiosk_happening *line)
{
    static const char *const ORDERS[] = {"COMPLETED", "RATED", "REFUNDED", "REJECTED", "CANCELLED", "EXPIRED", "REFUSED", NULL};
    static const char *const TICKETS[] = {"CLOSED", "DUPLICATE", "NOT_ACCEPTED", "WITHDRAWN", "REFUSED", NULL};
    static const char *const SEATS[] = {"CHECKED_IN", "COMPLETED", "REFUSED", "LAPSED", "CANCELLED", "NO_SHOW", NULL};

    if (line->kind == KIOSK_HAPPENED_ORDER)
        return !g_strv_contains(ORDERS, line->state);
    if (line->kind == KIOSK_HAPPENED_TICKET)
        return !g_strv_contains(TICKETS, line->state);
    return line->kind == KIOSK_HAPPENED_SEAT && !g_strv_contains(SEATS, line->state);
}
