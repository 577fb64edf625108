/* SPDX-License-Identifier: Apache-2.0 */
/* What is said in a lesson. Never that something was wrong: what to touch. The words on the buttons are the buttons' own. */
#include "practice.h"
#include "service.h"
#include "services/pages.h"
#include "services/tickets.h"

static const struct {
    const struct service *service;
    const char *icon, *name;
} lessons[LESSONS] = {
    [LESSON_BILLS] = {&service_bills, "bills", "bills"},
    [LESSON_REPORT] = {&service_tickets, "tools", "report"},
    [LESSON_SIGN_IN] = {&service_volunteer, "volunteer", "sign-in"},
    [LESSON_ORDER] = {&service_orders, "orders", "order"},
};

const struct service *lesson_service(enum lesson lesson)
{
    return lessons[lesson].service;
}

const char *lesson_icon(enum lesson lesson)
{
    return lessons[lesson].icon;
}

const char *lesson_name(enum lesson lesson)
{
    return lessons[lesson].name;
}

const char *lesson_word(enum lesson lesson)
{
    switch (lesson) {
    case LESSON_BILLS:
        return L_("Pay the water bill", NC_("large", "Pay for water"));
    case LESSON_REPORT:
        return L_("Report a repair", NC_("large", "Repairs"));
    case LESSON_SIGN_IN:
        return L_("Sign in to serve", NC_("large", "Sign in"));
    default:
        return L_("Order a service", NC_("large", "Call a service"));
    }
}

const char *lesson_learnt(enum lesson lesson)
{
    switch (lesson) {
    case LESSON_BILLS:
        return L_("You can pay a bill now", NC_("large", "You can pay now"));
    case LESSON_REPORT:
        return L_("You can report a repair now", NC_("large", "You can report now"));
    case LESSON_SIGN_IN:
        return L_("You can sign in now", NC_("large", "You can sign in now"));
    default:
        return L_("You can order a service now", NC_("large", "You can order now"));
    }
}

/* With the buttons' words as they are in that size of text. */
const char *lesson_steps(enum lesson lesson)
{
    switch (lesson) {
    case LESSON_BILLS:
        return L_("Card on the reader. Pay bills. Look at the bills, then Next. Look at the sum, then Pay now.",
                  NC_("large", "Card on the reader. Pay bills. Next. Pay now."));
    case LESSON_REPORT:
        return L_("Card on the reader. Report a problem. Touch what it is, then where it is, then Send the report.",
                  NC_("large", "Card on the reader. Repairs, complaints. What, where, then Send."));
    case LESSON_SIGN_IN:
        return L_("Card on the reader. Volunteer. Sign in. When you leave: the same, then Sign out.",
                  NC_("large", "Card on the reader. Volunteer. I am here. Later: I leave."));
    default:
        return L_("Card on the reader. Order a service. Touch what you need, then when, then Order.",
                  NC_("large", "Card on the reader. Call a service. What, when, then Order."));
    }
}

/* ---- What to touch now ------------------------------------------------------------------------------------------------ */

static const char *next_word(void)
{
    return L_("Next", NC_("large", "Next"));
}

static const char *pay_word(void)
{
    return L_("Pay now", NC_("large", "Pay now"));
}

static const char *sign_in_word(void)
{
    return L_("Sign in", NC_("large", "I am here"));
}

static const char *send_word(void)
{
    return L_("Send the report", NC_("large", "Send"));
}

static const char *begin_word(void)
{
    return _("Begin");
}

/* Pages on which one button leads on; the lesson's other ones want a choice. */
static const struct {
    const struct page_class *page;
    const char *(*word)(void);
} buttons[] = {
    {&page_lesson, begin_word},       {&page_bills, next_word},      {&page_confirm, pay_word},
    {&page_volunteer, sign_in_word}, {&page_ticket_more, send_word},
};

static const struct page_class *const choices[] = {
    &page_orders, &page_order_services, &page_order_when, &page_order_pay, &page_order_words, &page_tickets, &page_ticket_where, &page_ticket_street,
};

static bool wants_choice(struct ui *ui, const struct page_class *page)
{
    if (page == &page_ticket_more)
        return !tickets_read_back(ui);
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++)
        if (choices[i] == page)
            return true;
    return false;
}

static char *touch(const char *word)
{
    return g_strdup_printf(_("Touch “%s”"), word);
}

char *practice_hint(struct ui *ui)
{
    const struct page_class *page = ui->page;

    if (ui->practising.done)
        return g_strdup_printf(_("Well done! Touch “%s”"), L_("Finish", NC_("large", "Finish")));
    if (page == &page_home)
        return touch(lesson_service(ui->practising.lesson)->word());
    if (wants_choice(ui, page))
        return g_strdup(_("Touch whichever you like"));
    if (page == &page_order_confirm)
        return g_strdup(_("Read it, then touch the button with the price"));
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++)
        if (buttons[i].page == page)
            return touch(buttons[i].word());
    return page == &page_working ? g_strdup(_("One moment, please")) : touch(_("Home"));
}
