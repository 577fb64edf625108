/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A year of a block's people: what they did at kiosks, planned from the seed alone, in the order of time. year-post.c brings it into the books;
 * the checks of realism read the plan. Nobody does anything before they are born, after they died, or today.
 *
 *   volunteers   18 % of those of 14 to 80, three in ten of them active: two taps a slot, hours by a lognormal with median 12
 *   points       come with the hours; 45 of a hundred are redeemed
 *   coins        likewise; 6 % of volunteers use them: spent by those who are old enough, 12 % of the times given to elders of the same home,
 *                9 % donated
 *   tickets      90 a day in a city of a hundred thousand, by categories with their weights; what staff did with each, and what residents say of it
 *   orders       130 a day in such a city, by services with their weights, with what providers, clerks and the clock did with each
 *   seats        40 dates a week in such a city, in series with their seasons: who asked, waited, moved up, came
 *   visits       210, 1,400 and 2,600 of a hundred thousand, those most at risk: weekly, monthly, quarterly, 91 % in time
 *   money        households that pay at kiosks do so for several bills at once, and load the card when it does not hold enough
 */
#ifndef PLATFORM_YEAR_H
#define PLATFORM_YEAR_H

#include "model/care.h"
#include "model/credit.h"
#include "model/order-event.h"
#include "model/seat.h"
#include "model/ticket.h"
#include "platform/sample/community.h"

#define YEAR_DAYS 365

enum act_kind {
    ACT_JOIN,       /* on the roll of volunteers; of a paper register: `amount` days before */
    ACT_EARLIER,    /* hours of the years before, from a paper register */
    ACT_ATTENDANCE, /* taps; minutes that count come with it */
    ACT_REDEEM,     /* points for a benefit */
    ACT_COIN_SPEND, /* coins for a service */
    ACT_GIFT,       /* coins to `other` */
    ACT_DONATE,     /* coins to all */
    ACT_LOAD,       /* cash onto the card */
    ACT_PAY,        /* bills from the card's purse */
    ACT_TICKET,     /* a problem of the neighbourhood, with all that became of it */
    ACT_RATING,     /* of a ticket that has ended */
    ACT_LEFT,       /* the community was told that somebody died or moved away */
    ACT_ALLOWANCE,  /* fen of an entitlement, for a quarter */
    ACT_ORDER,      /* of a service, with all that became of it */
    ACT_SEAT,       /* at a date of an activity, with all that became of it */
    ACT_CARE,       /* somebody begins to be looked after */
    ACT_VISIT,      /* and is visited */
    ACT_KINDS
};
const char *act_kind_name(enum act_kind kind);

/* What was done with a ticket, and when. */
#define TICKET_COURSE_MAX 12
struct ticket_course {
    unsigned char count, staff; /* staff: 0 or 1, who of them */
    bool anonymous;
    int64_t too_ms; /* when `other` had it too */
    struct {
        enum ticket_step step;
        int64_t at_ms;
    } steps[TICKET_COURSE_MAX];
};

/* What was done with an order, by whom and when. */
#define ORDER_COURSE_MAX 24
struct order_course {
    unsigned char count, staff, stars;
    enum order_pay pay;
    bool reviewed;
    struct order_said {
        unsigned char step, actor, to; /* enum order_step, ORDER_STEPS: the reminder; enum order_actor; enum order_state */
        bool desk;                     /* the resident's word, or their family's, at a desk */
        const char *provider;          /* of this step; "" none */
        int64_t at_ms, visit_ms, minutes;
    } steps[ORDER_COURSE_MAX];
};

/* A wish for a seat: at which date, and what became of it. */
#define SEAT_COURSE_MAX 6
struct seat_course {
    unsigned char offer, companions, count; /* place in year_offers */
    bool first;                             /* of its date */
    struct seat_session session;
    enum seat_state state; /* at the end */
    struct {
        unsigned char step; /* enum seat_step */
        int64_t at_ms;
    } steps[SEAT_COURSE_MAX];
};

/* How closely somebody is looked after, or one visit. */
struct care_course {
    enum care_level level;
    enum care_kind kind;
    enum care_result result;
    unsigned found; /* items */
    char care[37];  /* the act that it began with */
};

struct act {
    enum act_kind kind;
    int64_t at_ms;
    char id[37];
    int card, other;    /* places in community->cards; other −1: nobody */
    unsigned kiosk;     /* from 1 */
    int64_t amount;     /* minutes, points, fen or a grade */
    const char *item;   /* what it is spent on */
    struct attendance times;
    /* ACT_LOAD, ACT_PAY: the card as it was before */
    int64_t balance_before_fen;
    unsigned counter, serial; /* the card's, and the terminal's */
    unsigned bill_count;
    int bills[8]; /* places in community->bills */
    struct ticket_course ticket; /* ACT_TICKET */
    struct order_course order;   /* ACT_ORDER; `item` is the service, `amount` what is held for it */
    struct seat_course seat;     /* ACT_SEAT; `item` is the code of the offer */
    struct care_course care;     /* ACT_CARE, ACT_VISIT */
    char rated[37], rater[33];   /* ACT_RATING: what, and a token of nobody's; the grade is `amount` */
};

/** What a block may have a series of: months of its season, weekday (1 Monday), minute of the day, minutes, seats, ages (0 and 0: anybody). */
struct year_offer {
    const char *code, *kind, *title_zh, *title_en;
    unsigned from_month, to_month;
    int weekday, minute, minutes, seats, age_min, age_max;
};
extern const struct year_offer year_offers[];
extern const unsigned year_offers_count;
bool year_holiday(uint32_t date);
bool year_in_season(const struct year_offer *offer, uint32_t date);

/** How often each service is ordered, in percent, and what it belongs to. */
struct order_weight {
    const char *code, *group;
    unsigned percent;
    bool elders; /* ordered by those of sixty and more */
};
extern const struct order_weight order_weights[];
extern const unsigned order_weights_count;
/** Minutes between the two in which somebody takes orders on: every day from eight to six. */
int64_t order_duty_minutes(int64_t from_ms, int64_t to_ms);

/** How often each service is told of, in percent. */
struct ticket_weight {
    const char *code;
    unsigned percent;
    enum ticket_class class;
};
extern const struct ticket_weight ticket_weights[];
extern const unsigned ticket_weights_count;

/** GArray of struct act in the order of time. The community was made with options->year. */
GArray *year_plan(const struct community *community, const struct community_options *options, const struct credit_rules *rules);

/** Kiosks of a sample of so many people with a year: two, and with more communities one each and five in centres. */
unsigned year_kiosks(unsigned residents);
/** "K0007". */
void year_kiosk_id(unsigned kiosk, char out[8]);

#endif
