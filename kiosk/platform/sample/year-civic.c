/* SPDX-License-Identifier: Apache-2.0 */
/* What residents tell the community in a year, and the community of them: tickets with their course, ratings, who died or moved away. */
#include "platform/sample/planner.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_TICKET = 90, KIND_LEFT };

#define TICKETS_A_DAY   90 /* of a hundred thousand people */
#define RATED_PERMILLE  220
#define TOLD_DAYS_MAX   14 /* until the community hears of it */
#define YOUNGEST_TO_WRITE 16

const struct ticket_weight ticket_weights[] = {
    {"F01", 9, TICKET_NORMAL}, {"F02", 7, TICKET_URGENT}, {"F03", 7, TICKET_URGENT}, {"F04", 6, TICKET_NORMAL}, {"F05", 5, TICKET_NORMAL},
    {"F06", 2, TICKET_DANGER}, {"F07", 5, TICKET_NORMAL}, {"F08", 3, TICKET_NORMAL}, {"F09", 2, TICKET_NORMAL}, {"E01", 8, TICKET_NORMAL},
    {"E02", 4, TICKET_NORMAL}, {"E03", 9, TICKET_NORMAL}, {"E04", 3, TICKET_NORMAL}, {"E05", 3, TICKET_NORMAL}, {"E06", 3, TICKET_NORMAL},
    {"O01", 8, TICKET_NORMAL}, {"O02", 4, TICKET_DANGER}, {"O03", 3, TICKET_DANGER}, {"O04", 1, TICKET_DANGER}, {"S01", 5, TICKET_NORMAL},
    {"S02", 1, TICKET_PERSONAL}, {"S03", 1, TICKET_NORMAL}, {"A01", 1, TICKET_COMPLEX},
};
const unsigned ticket_weights_count = G_N_ELEMENTS(ticket_weights);

static const struct ticket_weight *draw_service(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);
    size_t i = 0;

    while (draw >= ticket_weights[i].percent)
        draw -= ticket_weights[i++].percent;
    return &ticket_weights[i];
}

/* ---- The course of a ticket ---- */

struct course_maker {
    struct ticket_course *course;
    struct rng *rng;
    int64_t at_ms, end_ms; /* of the last step; nobody has done anything from `end_ms` on */
};

static void step_at(struct course_maker *maker, enum ticket_step step, int64_t at_ms)
{
    struct ticket_course *course = maker->course;

    maker->at_ms = at_ms;
    if (at_ms >= maker->end_ms || course->count >= TICKET_COURSE_MAX)
        return;
    course->steps[course->count].step = step;
    course->steps[course->count++].at_ms = at_ms;
}

static void step_after(struct course_maker *maker, enum ticket_step step, unsigned hours_min, unsigned hours_max)
{
    int64_t wait_ms = (int64_t)hours_min * HOUR_MS + (int64_t)rng_below(maker->rng, (hours_max - hours_min) * 60 + 1) * MINUTE_MS;

    step_at(maker, step, planner_office(maker->at_ms + wait_ms + MINUTE_MS));
}

static void work(struct course_maker *maker, enum ticket_class class)
{
    static const unsigned hours[TICKET_CLASSES] = {
        [TICKET_DANGER] = 6, [TICKET_URGENT] = 20, [TICKET_NORMAL] = 72, [TICKET_PERSONAL] = 110, [TICKET_COMPLEX] = 240};

    step_after(maker, TICKET_START, 1, 2 + hours[class] / 4);
    step_after(maker, TICKET_RESOLVE, 1, hours[class]);
    step_after(maker, TICKET_CALL, 0, 24);
}

/* 9 % are returned by the unit they went to, 3 % opened again; three in ten residents do not answer when they are called. */
static void course_make(struct course_maker *maker, const struct person *person, enum ticket_class class)
{
    bool returned = rng_permille(maker->rng, 90), reopened = rng_permille(maker->rng, 30), answers = rng_permille(maker->rng, 700);
    unsigned early = rng_below(maker->rng, 1000);

    maker->course->staff = (unsigned char)rng_below(maker->rng, 2);
    if (early < 30 && !returned && !reopened) {
        step_after(maker, early < 20 ? TICKET_REFUSE : TICKET_WITHDRAW, 1, 20);
        return;
    }
    step_after(maker, TICKET_ASSIGN, 0, class == TICKET_DANGER ? 1 : 12);
    if (returned) {
        step_after(maker, TICKET_RETURN, 1, 20);
        step_after(maker, TICKET_ASSIGN, 1, 8);
    }
    work(maker, class);
    if (reopened) {
        step_after(maker, TICKET_DENY, 1, 48);
        work(maker, class);
    }
    int64_t answer_ms = planner_office(maker->at_ms + (int64_t)(1 + rng_below(maker->rng, 96)) * HOUR_MS);
    if (answers && planner_lives(person, answer_ms))
        step_at(maker, TICKET_CONFIRM, answer_ms);
    else /* the day's run after seven days */
        step_at(maker, TICKET_EXPIRE, (maker->at_ms + 8 * HOUR_MS) / DAY_MS * DAY_MS + 8 * DAY_MS - 5 * HOUR_MS);
}

/* ---- Ratings ---- */

static void rate(struct planner *planner, struct rng *rng, const struct act *rated, int64_t ended_ms)
{
    uint32_t date = date_of_ms(ended_ms + (int64_t)(1 + rng_below(rng, 3)) * DAY_MS);
    int64_t at_ms;
    char id[37];
    int card = rated->card;

    while (!planner_day_suits(rng, date))
        date = community_date_add(date, 1);
    at_ms = ms_of_date(date) + planner_time_of_day(rng, planner_holder(planner, card)->age);
    if (at_ms >= ms_of_date(planner->community->today) || !planner_lives(planner_holder(planner, card), at_ms))
        return;
    g_strlcpy(id, rated->id, sizeof id);
    struct act *act = planner_add(planner, ACT_RATING, card, at_ms, planner_kiosk_for(planner, rng, card));
    uint64_t a = rng_next(rng), b = rng_next(rng);
    act->item = "ticket";
    act->amount = planner_grade(rng);
    g_strlcpy(act->rated, id, sizeof act->rated);
    g_snprintf(act->rater, sizeof act->rater, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", a, b);
}

/* ---- Tickets ---- */

/* Somebody else had it, too: one on eight who file. Of what nobody else sees nobody says so. */
static void have_too(struct planner *planner, struct rng *rng, struct act *act, enum ticket_class class)
{
    int64_t too_ms = act->at_ms + (int64_t)(20 + rng_below(rng, 220)) * MINUTE_MS;
    int other = rng_permille(rng, 143) ? planner_draw(planner, rng, YOUNGEST_TO_WRITE) : -1;

    if (other < 0 || other == act->card || !ticket_public(class) || !planner_lives(planner_holder(planner, other), too_ms) ||
        date_of_ms(too_ms) != date_of_ms(act->at_ms))
        return;
    /* Before whatever ended it. */
    for (unsigned i = 0; i < act->ticket.count; i++)
        if (act->ticket.steps[i].at_ms <= too_ms && act->ticket.steps[i].step >= TICKET_CONFIRM)
            return;
    act->other = other;
    act->ticket.too_ms = too_ms;
}

static void ticket(struct planner *planner, unsigned number)
{
    const struct community *community = planner->community;
    struct rng rng = rng_of(planner->options->seed, KIND_TICKET, (uint64_t)community->block << 24 | number);
    const struct ticket_weight *service = draw_service(&rng);
    uint32_t date;
    int card = -1;

    do {
        date = community_date_add(community->today, -(int)(1 + rng_below(&rng, YEAR_DAYS - 1)));
    } while (!planner_day_suits(&rng, date));
    for (unsigned tries = 0; tries < 5 && (card < 0 || !planner_lives(planner_holder(planner, card), ms_of_date(date))); tries++)
        card = planner_draw(planner, &rng, YOUNGEST_TO_WRITE);
    if (card < 0 || !planner_lives(planner_holder(planner, card), ms_of_date(date)))
        return;
    int64_t at_ms = ms_of_date(date) + planner_time_of_day(&rng, planner_holder(planner, card)->age);
    struct act *act = planner_add(planner, ACT_TICKET, card, at_ms, planner_kiosk_for(planner, &rng, card));
    struct course_maker maker = {&act->ticket, &rng, at_ms, ms_of_date(community->today)};
    act->item = service->code;
    act->ticket.anonymous = rng_permille(&rng, 200) && ticket_anonymous_allowed(service->class);
    course_make(&maker, planner_holder(planner, card), service->class);
    have_too(planner, &rng, act, service->class);
    unsigned count = act->ticket.count;
    if (count > 0 && act->ticket.steps[count - 1].step == TICKET_CONFIRM && rng_permille(&rng, RATED_PERMILLE))
        rate(planner, &rng, act, act->ticket.steps[count - 1].at_ms);
}

static void tickets(struct planner *planner)
{
    uint64_t before = (uint64_t)planner->community->first, behind = before + planner->community->people->len;
    unsigned count = (unsigned)(behind * TICKETS_A_DAY * YEAR_DAYS / 100000 - before * TICKETS_A_DAY * YEAR_DAYS / 100000);

    for (unsigned i = 0; i < count; i++)
        ticket(planner, i);
}

/* ---- Who left ---- */

static void left(struct planner *planner)
{
    for (unsigned i = 0; i < planner->community->cards->len; i++) {
        const struct person *person = planner_holder(planner, (int)i);
        uint32_t date = person->died != 0 ? person->died : person->moved;
        struct rng rng = rng_of(planner->options->seed, KIND_LEFT,
                                (uint64_t)(planner->community->first + g_array_index(planner->community->cards, struct sample_card, i).person));
        int64_t at_ms = date != 0 ? planner_office(ms_of_date(date) + (int64_t)(1 + rng_below(&rng, TOLD_DAYS_MAX)) * DAY_MS + 9 * HOUR_MS) : 0;

        if (date == 0 || at_ms >= ms_of_date(planner->community->today))
            continue;
        struct act *act = planner_add(planner, ACT_LEFT, (int)i, at_ms, 0);
        act->item = person->died != 0 ? "died" : "moved away";
    }
}

void planner_civic(struct planner *planner)
{
    tickets(planner);
    left(planner);
}
