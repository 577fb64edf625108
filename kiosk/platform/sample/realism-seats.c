/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of what there was to go to in a year, and of who came. */
#include "platform/sample/realism-year.h"
#include "model/model.h"
#include <string.h>

struct realism_seats {
    int64_t dates, full, least, most, asked, waited, offered, moved_up, came, absent, cancelled;
    int64_t oversold, wrong_age, wrong_day, gone, open; /* what must not be */
    int64_t kinds[32];
};

struct realism_seats *realism_seats_new(void)
{
    struct realism_seats *r = g_new0(struct realism_seats, 1);

    r->least = G_MAXINT64;
    return r;
}

void realism_seats_free(struct realism_seats *r)
{
    g_free(r);
}

/* ---- One date: its seats come together ---- */

struct move {
    const char *date;
    int64_t at_ms, start_ms;
    int places, seats;
};

static int by_date(gconstpointer a, gconstpointer b)
{
    const struct move *one = a, *two = b;

    if (one->start_ms != two->start_ms)
        return one->start_ms < two->start_ms ? -1 : 1;
    int order = strcmp(one->date, two->date);
    if (order != 0)
        return order;
    return one->at_ms != two->at_ms ? (one->at_ms < two->at_ms ? -1 : 1) : one->places - two->places; /* given back first */
}

/* At no moment more are promised than there are. */
static int64_t oversold(GArray *moves)
{
    int64_t wrong = 0;
    int sum = 0;

    g_array_sort(moves, by_date);
    for (guint i = 0; i < moves->len; i++) {
        const struct move *move = &g_array_index(moves, struct move, i);
        bool other = i > 0 && (move[-1].start_ms != move->start_ms || strcmp(move[-1].date, move->date) != 0);
        sum = (other ? 0 : sum) + move->places;
        wrong += sum > move->seats;
    }
    return wrong;
}

/* Each step that takes or gives back places, played by the machine itself. */
static void add_moves(const struct act *act, GArray *moves)
{
    struct seat seat = {.state = SEAT_REQUESTED, .companions = act->seat.companions, .asked_ms = act->at_ms};

    for (unsigned i = 0; i < act->seat.count; i++) {
        int before = seat_places(&seat);
        struct move move = {act->item, act->seat.steps[i].at_ms, act->seat.session.start_ms, 0, act->seat.session.seats};
        if (seat_do(&seat, act->seat.steps[i].step, &act->seat.session, move.at_ms) != SEAT_OK)
            return;
        move.places = seat_places(&seat) - before;
        if (move.places != 0)
            g_array_append_val(moves, move);
    }
}

static void add_seat(struct realism_seats *r, const struct community *block, const struct act *act)
{
    const struct person *person = realism_holder(block, act->card);
    const struct seat_session *session = &act->seat.session;
    const struct year_offer *offer = &year_offers[act->seat.offer];
    int age = age_on(person->birth, date_of_ms(session->start_ms));

    r->asked++;
    for (unsigned i = 0; i < act->seat.count; i++) {
        r->waited += act->seat.steps[i].step == SEAT_DO_QUEUE;
        r->offered += act->seat.steps[i].step == SEAT_DO_OFFER;
        r->moved_up += act->seat.steps[i].step == SEAT_DO_TAKE;
    }
    r->came += act->seat.state == SEAT_COMPLETED;
    r->absent += act->seat.state == SEAT_NO_SHOW;
    r->cancelled += act->seat.state == SEAT_CANCELLED;
    r->open += seat_is_open(act->seat.state);
    r->wrong_age += session->age_max != 0 && (age < session->age_min || age > session->age_max);
    r->gone += realism_gone(person, date_of_ms(session->end_ms));
    if (!act->seat.first)
        return;
    r->dates++;
    r->kinds[act->seat.offer]++;
    r->least = MIN(r->least, session->seats);
    r->most = MAX(r->most, session->seats);
    r->wrong_day += year_holiday(date_of_ms(session->start_ms)) || !year_in_season(offer, date_of_ms(session->start_ms));
}

/* Somebody had to wait. */
static int64_t full_dates(const GArray *acts)
{
    g_autoptr(GHashTable) full = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        if (act->kind == ACT_SEAT && act->seat.count > 0 && act->seat.steps[0].step == SEAT_DO_QUEUE)
            g_hash_table_add(full, g_strdup_printf("%s %" G_GINT64_FORMAT, act->item, act->seat.session.start_ms));
    }
    return g_hash_table_size(full);
}

void realism_seats_add(struct realism_seats *r, const struct community *block, const GArray *acts)
{
    g_autoptr(GArray) moves = g_array_new(FALSE, FALSE, sizeof(struct move));

    for (guint i = 0; i < acts->len; i++) {
        const struct act *act = &g_array_index(acts, struct act, i);
        if (act->kind != ACT_SEAT)
            continue;
        add_seat(r, block, act);
        add_moves(act, moves);
    }
    r->full += full_dates(acts);
    r->oversold += oversold(moves);
}

void realism_seats_put(struct realism_seats *r, int64_t people, GArray *figures)
{
    bool full = people >= REALISM_FULL, some = people >= 3000;
    int64_t kinds = 0;
    const struct realism_bound bounds[] = {
        {"activities a week of 100000", r->dates * 100000 / 52, people, 1, 38, 41, 10},
        {"activities that were full, 1/1000", r->full, r->dates, 1000, 280, 340, 200},
        {"of who had a seat, did not come, 1/1000", r->absent, r->came + r->absent, 1000, 130, 150, 60},
        {"of who asked, had to wait, 1/1000", r->waited, r->asked, 1000, 30, 150, 100},
        {"of who was offered a seat, took it, 1/1000", r->moved_up, r->offered, 1000, 600, 780, 400},
        {"seats given up, of those asked for, 1/1000", r->cancelled, r->asked, 1000, 30, 80, 40},
    };

    for (unsigned i = 0; i < year_offers_count; i++)
        kinds += r->kinds[i] > 0;
    realism_put_bounds(bounds, some ? G_N_ELEMENTS(bounds) : 0, full, figures);
    realism_put(figures, "kinds of activities", kinds, full ? year_offers_count : people >= 1000 ? 2 : 0, year_offers_count);
    realism_put(figures, "fewest seats of a date", r->dates > 0 ? r->least : 12, 12, 120);
    realism_put(figures, "most seats of a date", r->dates > 0 ? r->most : 120, 12, 120);
    realism_put(figures, "seats promised twice", r->oversold, 0, 0);
    realism_put(figures, "seats of the wrong age", r->wrong_age, 0, 0);
    realism_put(figures, "dates on a holiday or out of season", r->wrong_day, 0, 0);
    realism_put(figures, "seats of who is gone", r->gone, 0, 0);
    realism_put(figures, "seats that nobody ended", r->open, 0, 0);
}
