/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming a volunteer (F03): what one likes to do, by pictures; who one is, as it is known, and the pledge; the number. Nothing is
 * typed. A child's guardian puts their card there behind the child's, on the last page.
 */
#include "../flow.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "volunteer.h"
#include "volunteer_words.h"

#include <string.h>

#define LOOK_AGAIN_S 2 /* for the number */

/* ---- What can you do? ----------------------------------------------------------------------------------------------- */

static const char *skills_title(struct ui *ui)
{
    return L_("How would you like to help?", NC_("large", "What can you do?"));
}

static char *skills_speech(struct ui *ui)
{
    return g_strdup(_("How would you like to help? Touch the pictures, as many as you like. Then touch Next."));
}

static void go_pledge(struct ui *ui, size_t index)
{
    flow_go(ui, &page_volunteer_pledge);
}

static GtkWidget *skills_build(struct page *page)
{
    const char *words[KIOSK_SKILLS], *icons[KIOSK_SKILLS];

    for (size_t i = 0; i < KIOSK_SKILLS; i++) {
        words[i] = volunteer_skill_word(i);
        icons[i] = volunteer_skill_icon(i);
    }
    return kind_picks(page, &(struct kind_picks){
                                .words = words,
                                .icons = icons,
                                .count = KIOSK_SKILLS,
                                .picked = &volunteer_room(page->ui)->skills,
                                .buttons = {{NULL, L_("Next", NC_("large", "Next")), "kx-primary", go_pledge}},
                            });
}

const struct page_class page_volunteer_skills = {
    .name = "volunteer-skills",
    .service = &service_volunteer,
    .title = skills_title,
    .speech = skills_speech,
    .build = skills_build,
};

void volunteer_go_join(struct ui *ui, size_t index)
{
    flow_go(ui, &page_volunteer_skills);
}

/* ---- Is this you? The pledge ----------------------------------------------------------------------------------------- */

static const char *pledge_title(struct ui *ui)
{
    return L_("Do you promise this?", NC_("large", "Do you promise?"));
}

static const char *pledge_text(void)
{
    return _("I help of my own free will, without pay. I keep to what was agreed, and keep to myself what I learn of others.");
}

static const char *consent_text(void)
{
    return _("My name and my hours are kept by the community. Others see my number, never my ID number.");
}

static char *pledge_speech(struct ui *ui)
{
    return g_strdup_printf("%s %s %s", pledge_text(), consent_text(), _("If that is right, touch I promise."));
}

static void read_pledge(struct ui *ui, size_t index)
{
    g_autofree char *text = pledge_speech(ui);

    flow_say(ui, text);
}

/* Who is meant, masked, and what was ticked. */
static GtkWidget *person_new(struct ui *ui)
{
    const struct kiosk_identity *identity = &ui->session.identity;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *number = g_strdup_printf(_("ending in %s"), identity->card_last4), *skills = volunteer_skills_words(volunteer_room(ui)->skills);

    if (identity->name_masked[0] != '\0')
        kit_add(card, kit_label(identity->name_masked, "kx-answer kx-strong"));
    kit_add(card, kit_fact(_("Card number"), number));
    if (skills[0] != '\0')
        kit_add(card, kit_label(skills, "kx-body"));
    return card;
}

static GtkWidget *pledge_build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *const blocks[] = {person_new(ui), kit_label(pledge_text(), "kx-answer"), kit_label(consent_text(), "kx-body"), NULL};

    return kind_confirm(page, &(struct kind_confirm){
                                  .blocks = blocks,
                                  .read = read_pledge,
                                  .yes = L_("I promise", NC_("large", "I promise")),
                                  .yes_go = volunteer_join,
                              });
}

const struct page_class page_volunteer_pledge = {
    .name = "volunteer-pledge",
    .service = &service_volunteer,
    .title = pledge_title,
    .speech = pledge_speech,
    .build = pledge_build,
};

/* ---- What became of it ----------------------------------------------------------------------------------------------- */

/* Owned by the page that shows it: it stays when the card is taken, and while a guardian's is awaited. */
struct joining {
    bool waits;    /* for the machine's answer */
    bool guardian; /* for a guardian's card */
    bool child;    /* registered behind it: the card that lies there is not the volunteer's */
    enum kiosk_volunteer_phase phase;
    char reason[32], no[21];
};

static struct joining *joining_at(struct ui *ui, const struct page_class *page)
{
    return rooms_get(&ui->session.rooms, page, sizeof(struct joining), NULL);
}

static struct joining *joining_of(struct ui *ui)
{
    return joining_at(ui, flow_underneath(ui) == &page_volunteer_guardian ? &page_volunteer_guardian : &page_volunteer_joined);
}

static void ask_with(struct ui *ui, enum kiosk_volunteer_ask ask)
{
    struct kiosk_volunteer_request request = {.ask = ask, .skills = volunteer_room(ui)->skills};

    joining_of(ui)->waits = true;
    ui->backend->volunteer(ui->kiosk, &request);
}

void volunteer_join(struct ui *ui, size_t index)
{
    *joining_of(ui) = (struct joining){.waits = false};
    ask_with(ui, KIOSK_VOLUNTEER_ASK_JOIN);
    flow_go(ui, &page_volunteer_joined);
}

static bool refused(const struct joining *joining)
{
    return joining->phase == KIOSK_VOLUNTEER_REFUSED && !joining->guardian;
}

static const char *joined_title(struct ui *ui)
{
    const struct joining *joining = joining_of(ui);

    if (joining->guardian)
        return L_("Now the card of your parent", NC_("large", "Now a parent's card"));
    if (joining->waits)
        return _("One moment, please");
    if (refused(joining))
        return L_("Not yet a volunteer", NC_("large", "Not yet"));
    return joining->no[0] != '\0' ? L_("Welcome, volunteer!", NC_("large", "Welcome!")) : L_("You are registered. Thank you!", NC_("large", "Registered, thanks!"));
}

static char *joined_answer(struct ui *ui)
{
    const struct joining *joining = joining_of(ui);
    g_autofree char *number = volunteer_number_words(joining->no);

    if (joining->guardian && joining->phase == KIOSK_VOLUNTEER_REFUSED)
        return g_strdup(volunteer_refusal(joining->reason));
    if (joining->guardian)
        return g_strdup(_("Under fourteen a parent agrees: the card here now, please. It has two minutes. Or the service desk does it with you."));
    if (joining->waits)
        return g_strdup("");
    if (refused(joining))
        return g_strdup(volunteer_refusal(joining->reason));
    if (joining->no[0] != '\0')
        return g_strdup_printf(_("Your volunteer number: %s"), number);
    if (joining->child)
        return g_strdup(_("The child's number is shown here with the child's card, as soon as the community has given it."));
    return g_strdup(_("Your number comes from the community. It is shown here as soon as it is there, and with your card at any time."));
}

static char *joined_speech(struct ui *ui)
{
    const struct joining *joining = joining_of(ui);
    g_autofree char *answer = joined_answer(ui);

    return joining->no[0] != '\0' ? g_strdup(_("Welcome, volunteer! Your number is on the screen.")) : g_strdup_printf("%s. %s", joined_title(ui), answer);
}

static const char *joined_drawing(const struct joining *joining, const char **class)
{
    *class = joining->guardian || joining->waits ? "kx-badge-large" : refused(joining) ? "kx-badge-large kx-warn" : "kx-badge-large kx-ok";
    return joining->guardian ? "people" : joining->waits ? "clock" : refused(joining) ? "warn" : "tick";
}

static GtkWidget *joined_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct joining *joining = joining_of(ui);
    g_autofree char *text = joined_answer(ui);
    const char *class, *icon = joined_drawing(joining, &class);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(icon, class),
                                 .answer = text,
                                 .buttons = {{NULL, ui->session.active && !joining->guardian ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, joining->guardian ? _("Not today") : L_("Finish", NC_("large", "Finish")),
                                              joining->guardian ? "kx-plain" : "kx-primary", kind_go_end}},
                             });
}

/* The number comes from the platform, when it comes. */
static gboolean look_again(gpointer data)
{
    struct page *page = data;

    page->ui->backend->volunteer(page->ui->kiosk, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_LOOK});
    return G_SOURCE_CONTINUE;
}

static void joined_show(struct page *page)
{
    const struct joining *joining = joining_of(page->ui);

    if (joining->phase == KIOSK_VOLUNTEER_JOINED && !joining->child && joining->no[0] == '\0' && page->ui->session.active)
        page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, look_again, page);
}

/* Whoever's card it is: the machine says whether it can be a guardian's. */
static bool guardian_card(struct ui *ui, const struct kiosk_identity *identity)
{
    struct joining joining = *joining_of(ui);

    if (!joining.guardian || identity->visitor)
        return false;
    flow_take(ui, identity);
    *joining_of(ui) = joining;
    ask_with(ui, KIOSK_VOLUNTEER_ASK_CONSENT);
    flow_refresh(ui, false);
    return true;
}

const struct page_class page_volunteer_joined = {
    .name = "volunteer-joined",
    .service = &service_volunteer,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = joined_title,
    .speech = joined_speech,
    .build = joined_build,
    .show = joined_show,
};

/* The same, of which only the guardian's card leads on. */
const struct page_class page_volunteer_guardian = {
    .name = "volunteer-guardian",
    .service = &service_volunteer,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_AWAITS_CARD | PAGE_PASSING,
    .title = joined_title,
    .speech = joined_speech,
    .build = joined_build,
    .card = guardian_card,
};

/* ---- Answers --------------------------------------------------------------------------------------------------------- */

static void number_told(struct ui *ui, const struct kiosk_volunteer_event *answer)
{
    struct joining *joining = joining_of(ui);

    if (joining->phase != KIOSK_VOLUNTEER_JOINED || joining->child || !answer->on_roll || joining->no[0] != '\0')
        return;
    g_strlcpy(joining->no, answer->no, sizeof joining->no);
    if (ui->page == &page_volunteer_joined)
        flow_refresh(ui, true);
}

static void refusal_told(struct ui *ui, const struct kiosk_volunteer_event *answer)
{
    struct joining *joining = joining_of(ui);

    if (joining->phase != KIOSK_VOLUNTEER_JOINED || answer->refused[0] == '\0' || answer->waits)
        return;
    joining->phase = KIOSK_VOLUNTEER_REFUSED;
    g_strlcpy(joining->reason, answer->refused, sizeof joining->reason);
    if (ui->page == &page_volunteer_joined)
        flow_refresh(ui, true);
}

/* A guardian's card that was none: another one may come, until the machine has forgotten the child. */
static bool still_guardian(const struct joining *joining, const struct kiosk_volunteer_event *answer)
{
    return answer->phase == KIOSK_VOLUNTEER_GUARDIAN ||
           (joining->guardian && answer->phase == KIOSK_VOLUNTEER_REFUSED && strcmp(answer->reason, "GUARDIAN") == 0);
}

/* Each page keeps its own: what was asked goes along, and nothing of it stays behind. */
static void joining_show(struct ui *ui, struct joining joining)
{
    const struct page_class *page = joining.guardian ? &page_volunteer_guardian : &page_volunteer_joined;

    *joining_at(ui, &page_volunteer_guardian) = (struct joining){.waits = false};
    *joining_at(ui, page) = joining;
    if (flow_within(ui, &service_volunteer))
        flow_go(ui, page);
}

void volunteer_joining_answered(struct ui *ui, const struct kiosk_volunteer_event *answer)
{
    struct joining *joining = joining_of(ui);

    if (answer->ask == KIOSK_VOLUNTEER_ASK_LOOK) {
        number_told(ui, answer);
        refusal_told(ui, answer);
        return;
    }
    if (!joining->waits)
        return;
    joining->waits = false;
    joining->child = answer->ask == KIOSK_VOLUNTEER_ASK_CONSENT;
    joining->guardian = still_guardian(joining, answer);
    joining->phase = answer->phase;
    g_strlcpy(joining->reason, answer->reason, sizeof joining->reason);
    joining_show(ui, *joining);
}
