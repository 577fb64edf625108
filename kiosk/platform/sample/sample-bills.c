/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bills of the sample community. The kiosk never computes a tariff; the fictitious billers do it here: electricity
 * monthly in three steps, water in two and gas for two months, telecom and TV by plan, property by area and kind of house.
 */
#include "platform/sample/community.h"
#include "platform/sample/rng.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_BILL = 40, KIND_ACCOUNT, KIND_PAID, KIND_PAYER, KIND_EARLIER, KIND_NOTHING, KIND_ELSEWHERE };

const struct biller community_billers[] = {
    {"ytdl", "elec", "云汀供电", "Yunting Power"},      {"ytsw", "water", "云汀水务", "Yunting Water"},
    {"ytrq", "gas", "云汀燃气", "Yunting Gas"},         {"yttx", "telecom", "云汀通信", "Yunting Telecom"},
    {"ytgd", "tv", "云汀广电", "Yunting TV"},           {"ahwy", "property", "安和物业", "Anhe Property"},
    {"hjwy", "property", "禾家物业", "Hejia Property"},
};
const unsigned community_billers_count = G_N_ELEMENTS(community_billers);

const struct biller *community_biller(const char *id)
{
    for (unsigned i = 0; i < community_billers_count; i++)
        if (strcmp(community_billers[i].id, id) == 0)
            return &community_billers[i];
    return NULL;
}

static void period_of(uint32_t first_month, unsigned months, char out[16])
{
    uint32_t last = first_month;

    for (unsigned i = 1; i < months; i++)
        last = last % 100 == 12 ? last + 89 : last + 1;
    if (months == 1)
        g_snprintf(out, 16, "%06u", first_month);
    else
        g_snprintf(out, 16, "%06u-%06u", first_month, last);
}

/* YYYYMM, `back` months before the month of `date`. */
static uint32_t month_back(uint32_t date, unsigned back)
{
    unsigned months = date / 10000 * 12 + date / 100 % 100 - 1 - back;

    return months / 12 * 100 + months % 12 + 1;
}

/* 35 % within three days, 45 % until three days before it is due, 13 % in those, 7 % late. */
static uint32_t paid_on(struct rng *rng, uint32_t issue, uint32_t due)
{
    unsigned draw = rng_below(rng, 100), days = (unsigned)MAX(community_days_between(issue, due), 7);

    if (draw < 35)
        return community_date_add(issue, (int)rng_below(rng, 4));
    if (draw < 80)
        return community_date_add(issue, (int)(4 + rng_below(rng, days - 6)));
    return community_date_add(due, draw < 93 ? -(int)rng_below(rng, 3) : 1 + (int)rng_below(rng, 25));
}

/* Of the one that is made next. */
static uint64_t bill_number(const struct community *community)
{
    return community->block * UINT64_C(100000) + community->bills->len;
}

static void add_bill(struct community *community, uint64_t seed, const char *biller, int card,
                     const char *period, int64_t amount_fen, const char *usage, uint32_t issue, uint32_t due,
                     bool paid)
{
    struct sample_bill bill = {
        .biller = biller, .card = card, .amount_fen = amount_fen, .issue = issue, .due = due, .paid = paid};
    const struct sample_card *owner = &g_array_index(community->cards, struct sample_card, card);
    int person = community->first + owner->person;
    struct rng rng =
        rng_of(seed, KIND_ACCOUNT,
               (uint64_t)person * 64 + (uint64_t)(community_biller(biller) - community_billers));

    g_snprintf(bill.id, sizeof bill.id, "B%07u", community->block * 100000 + community->bills->len + 1);
    g_snprintf(bill.account_no, sizeof bill.account_no, "T%06d%03u", person, rng_below(&rng, 1000));
    g_strlcpy(bill.period, period, sizeof bill.period);
    g_strlcpy(bill.usage, usage, sizeof bill.usage);
    if (paid) {
        struct rng when = rng_of(seed, KIND_PAID, bill_number(community));
        uint32_t date = paid_on(&when, issue, due);
        /* Sundays are quiet. */
        if ((ms_of_date(date) / 86400000 + 5) % 7 == 0 && rng_permille(&when, 400))
            date = community_date_add(date, rng_permille(&when, 500) ? 1 : -1);
        bill.paid_on = MAX(MIN(date, community_date_add(community->today, -1)), issue);
    }
    g_array_append_val(community->bills, bill);
}

/* ---- Personas: sums that a demonstration can be told with ---- */

static const struct {
    int persona; /* place in personas.json */
    const char *biller;
    unsigned months;
    int64_t amount_fen;
    const char *usage;
    int issued_days_ago, due_in_days;
} persona_bills[] = {
    {0, "ytdl", 1, 10230, "186 kWh", 9, 11}, {0, "ytsw", 2, 5460, "15 m³", 16, 9},
    {0, "yttx", 1, 9900, "", 6, 14},         {1, "ytdl", 1, 8650, "158 kWh", 14, 6},
    {1, "ytsw", 2, 4160, "11 m³", 12, 18},   {1, "ytrq", 2, 2890, "9 m³", 10, 20},
    {2, "yttx", 1, 5900, "", 5, 15},         {2, "ytgd", 1, 2300, "", 5, 25},
    {3, "ytdl", 1, 6420, "123 kWh", 8, 12},  {3, "ytsw", 2, 2100, "6 m³", 15, 10},
    {3, "ytrq", 2, 3480, "12 m³", 11, 19},   {4, "ytdl", 1, 7310, "138 kWh", 9, 11},
    {4, "ytrq", 2, 3190, "11 m³", 10, 20},   {5, "ytdl", 1, 5580, "107 kWh", 24, -4},
    {5, "ytsw", 2, 2800, "8 m³", 16, 9},     {7, "ytdl", 1, 11940, "214 kWh", 9, 11},
    {7, "ytsw", 2, 3500, "10 m³", 12, 13},   {7, "yttx", 1, 12900, "", 6, 14},
    {7, "ahwy", 1, 13800, "92 m²", 18, 2},   {8, "ytdl", 1, 6320, "121 kWh", 21, -1},
    {8, "ytsw", 2, 1840, "5 m³", 12, 13},
};

static void make_persona_bills(struct community *community, uint64_t seed)
{
    char period[16];

    for (size_t i = 0; i < G_N_ELEMENTS(persona_bills); i++) {
        int persona = persona_bills[i].persona;
        uint32_t today = community->today;

        if (persona >= (int)community->cards->len)
            continue;
        const struct sample_card *card = &g_array_index(community->cards, struct sample_card, persona);
        if (!g_array_index(community->people, struct person, card->person).persona)
            continue;
        period_of(month_back(today, persona_bills[i].months), persona_bills[i].months, period);
        add_bill(community, seed, persona_bills[i].biller, persona, period, persona_bills[i].amount_fen,
                 persona_bills[i].usage, community_date_add(today, -persona_bills[i].issued_days_ago),
                 community_date_add(today, persona_bills[i].due_in_days), false);
    }
}

/* ---- Everybody else ---- */

/* Share of bills not paid yet: 35 % go within three days, 45 % before the due day, 13 % in its last three days, 7 % late. */
static unsigned unpaid_permille(int days_since_issue, int days_to_due)
{
    if (days_to_due < -45)
        return 3;
    if (days_since_issue <= 3)
        return 1000 - 350u * (unsigned)days_since_issue / 3;
    if (days_to_due >= 3)
        return 200 +
               450u * (unsigned)(days_to_due - 3) / (unsigned)MAX(days_to_due - 3 + days_since_issue - 3, 1);
    return days_to_due >= 0 ? 70 + 43u * (unsigned)days_to_due : 70;
}

static int64_t electricity_fen(unsigned kwh)
{
    return (int64_t)MIN(kwh, 200) * 52 + (int64_t)(CLAMP(kwh, 200, 400) - 200) * 57 +
           (int64_t)(MAX(kwh, 400) - 400) * 82;
}

/* What a home uses in two months above that costs more. */
static int64_t water_fen(unsigned m3)
{
    return (int64_t)MIN(m3, COMMUNITY_WATER_STEP_M3) * 350 + (int64_t)(MAX(m3, COMMUNITY_WATER_STEP_M3) - COMMUNITY_WATER_STEP_M3) * 480;
}

struct draft {
    const char *biller;
    unsigned months, back; /* the period's length, and how many months ago it began */
    unsigned issue_day;    /* of the month after the period */
    int64_t amount_fen;
    char usage[24];
};

static unsigned electricity_kwh(struct rng *rng, int size, uint32_t month)
{
    static const unsigned median[] = {95, 95, 150, 195, 240, 290};
    static const unsigned month_percent[] = {115, 105, 90, 80, 80, 100, 150, 160, 110, 80, 85, 105};
    double kwh =
        median[MIN(size, 5)] * exp(rng_normal(rng, 0, 0.40)) * month_percent[(month % 100 - 1) % 12] / 100;

    return (unsigned)CLAMP(kwh, 8, 2000);
}

static void draft_amount(struct draft *draft, struct rng *rng, const struct household *household,
                         uint32_t month)
{
    static const int64_t plans_fen[] = {5900, 9900, 12900, 19900};
    static const struct { unsigned least, steps; } area[] = {[HOUSING_OLD] = {80, 5}, [HOUSING_TOWER] = {150, 21}, [HOUSING_LANE] = {80, 4}, [HOUSING_PUBLIC] = {100, 7}}; /* fen a month, by 10 */
    unsigned used = 0;

    draft->usage[0] = '\0';
    if (strcmp(draft->biller, "ytdl") == 0) {
        used = electricity_kwh(rng, household->size, month);
        draft->amount_fen = electricity_fen(used);
        g_snprintf(draft->usage, sizeof draft->usage, "%u kWh", used);
    } else if (strcmp(draft->biller, "ytsw") == 0) {
        used = MAX(1, (unsigned)(household->size * 6.4 * exp(rng_normal(rng, 0, 0.3))));
        draft->amount_fen = water_fen(used);
        g_snprintf(draft->usage, sizeof draft->usage, "%u m³", used);
    } else if (strcmp(draft->biller, "ytrq") == 0) {
        used = MAX(1, (unsigned)(24 * exp(rng_normal(rng, 0, 0.4))));
        draft->amount_fen = (int64_t)used * 290;
        g_snprintf(draft->usage, sizeof draft->usage, "%u m³", used);
    } else if (strcmp(draft->biller, "yttx") == 0) {
        draft->amount_fen = plans_fen[rng_below(rng, 4)];
    } else if (strcmp(draft->biller, "ytgd") == 0) {
        draft->amount_fen = 2300;
    } else {
        draft->amount_fen = (int64_t)household->area_m2 * (area[household->housing].least + 10 * rng_below(rng, area[household->housing].steps));
        g_snprintf(draft->usage, sizeof draft->usage, "%u m²", household->area_m2);
    }
}

/* Two of a thousand say zero, one that something is left over: nobody pays them, and nobody is asked to. */
static void nothing_to_pay(const struct community *community, uint64_t seed, struct draft *draft)
{
    struct rng rng = rng_of(seed, KIND_NOTHING, bill_number(community));
    unsigned draw = rng_below(&rng, 1000);
    g_autofree char *usage = g_strdup(draft->usage);
    const char *unit = strchr(usage, ' ');

    if (draw > 2)
        return;
    draft->amount_fen = draw < 2 ? 0 : -(int64_t)(100 + rng_below(&rng, 9900));
    if (draw < 2 && unit != NULL && strcmp(unit, " m²") != 0)
        g_snprintf(draft->usage, sizeof draft->usage, "0%s", unit);
}

static void make_bill(struct community *community, uint64_t seed, int card, struct draft *draft,
                      struct rng *rng)
{
    const struct sample_card *owner = &g_array_index(community->cards, struct sample_card, card);
    const struct person *person = &g_array_index(community->people, struct person, owner->person);
    const struct household *household =
        &g_array_index(community->households, struct household, person->household);
    uint32_t first = month_back(community->today, draft->back), issue, due;
    char period[16];
    int since, to_due;

    issue = month_back(community->today, draft->back - draft->months) * 100 + draft->issue_day;
    if (issue > community->today)
        return;
    draft_amount(draft, rng, household, first);
    nothing_to_pay(community, seed, draft);
    due = community_date_add(issue, 25);
    since = community_days_between(issue, community->today);
    to_due = community_days_between(community->today, due);
    period_of(first, draft->months, period);
    bool paid = !rng_permille(rng, unpaid_permille(since, to_due));
    add_bill(community, seed, draft->biller, card, period, draft->amount_fen, draft->usage, issue, due, paid && draft->amount_fen > 0);
}

static void make_household_bills(struct community *community, uint64_t seed, int card, struct rng *rng)
{
    const char *property = rng_below(rng, 2) ? "ahwy" : "hjwy";
    struct draft drafts[] = {
        {"ytdl", 1, 2, 8}, {"ytdl", 1, 1, 8}, {"ytsw", 2, 2, 12},   {"ytrq", 2, 2, 15},
        {"yttx", 1, 1, 3}, {"ytgd", 1, 1, 5}, {property, 1, 1, 10},
    };
    const unsigned chance[] = {1000, 1000, 1000, 800, 700, 400, 500};

    for (size_t i = 0; i < G_N_ELEMENTS(drafts); i++)
        if (rng_permille(rng, chance[i]))
            make_bill(community, seed, card, &drafts[i], rng);
}

/* ---- The months before, of those whose year is told ---- */

struct earlier {
    unsigned months, issue_day, permille;
    const char *biller;
};

/* The same homes and contracts as now: who has gas now had it then. */
static void make_earlier(struct community *community, uint64_t seed, int card, const char *property)
{
    const struct earlier kinds[] = {{1, 8, 1000, "ytdl"}, {2, 12, 1000, "ytsw"}, {2, 15, 800, "ytrq"},
                                    {1, 3, 700, "yttx"},  {1, 5, 400, "ytgd"},   {1, 10, 500, property}};
    const struct sample_card *owner = &g_array_index(community->cards, struct sample_card, card);

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct rng rng = rng_of(seed, KIND_EARLIER, (uint64_t)(community->first + owner->person) * 8 + i);
        /* Those of the last round have been made: one month more of electricity, which goes by single months. */
        unsigned back = i == 0 ? 3 : kinds[i].months == 2 ? 4 : 2;

        if (!rng_permille(&rng, kinds[i].permille))
            continue;
        for (; back <= 12; back += kinds[i].months) {
            struct draft draft = {.biller = kinds[i].biller, .months = kinds[i].months, .back = back, .issue_day = kinds[i].issue_day};
            make_bill(community, seed, card, &draft, &rng);
        }
    }
}

/* Six in a hundred households pay at kiosks, for what is not too much for a purse; of that three in a thousand have been paid elsewhere meanwhile. */
static void choose_payers(struct community *community, uint64_t seed)
{
    for (unsigned i = 0; i < community->bills->len; i++) {
        struct sample_bill *bill = &g_array_index(community->bills, struct sample_bill, i);
        const struct sample_card *owner = &g_array_index(community->cards, struct sample_card, bill->card);
        struct rng rng = rng_of(seed, KIND_PAYER, (uint64_t)(community->first + owner->person));

        struct rng other = rng_of(seed, KIND_ELSEWHERE, community->block * UINT64_C(100000) + i);

        bill->at_kiosk = bill->paid && bill->amount_fen <= 60000 && rng_permille(&rng, 60);
        bill->elsewhere = bill->at_kiosk && rng_permille(&other, 3);
    }
}

static void make_year(struct community *community, uint64_t seed, const bool *payers)
{
    for (unsigned i = 0; i < community->cards->len; i++) {
        const struct sample_card *card = &g_array_index(community->cards, struct sample_card, i);
        const struct person *person = &g_array_index(community->people, struct person, card->person);
        struct rng rng = rng_of(seed, KIND_BILL, (uint64_t)g_array_index(community->households, struct household, person->household).id);

        if (payers[i])
            make_earlier(community, seed, (int)i, rng_below(&rng, 2) ? "ahwy" : "hjwy");
    }
    choose_payers(community, seed);
}

void community_bills(struct community *community, const struct community_options *options)
{
    g_autofree bool *served = g_new0(bool, community->households->len), *payers = g_new0(bool, community->cards->len);

    make_persona_bills(community, options->seed);
    for (unsigned i = 0; i < community->cards->len; i++) {
        const struct sample_card *card = &g_array_index(community->cards, struct sample_card, i);
        const struct person *person = &g_array_index(community->people, struct person, card->person);
        struct rng rng = rng_of(options->seed, KIND_BILL,
                                (uint64_t)g_array_index(community->households, struct household, person->household).id);

        if (person->persona) {
            served[person->household] = true;
            continue;
        }
        /* One payer a household: its first grown-up with a usable card. */
        if (served[person->household] || person->age < 18 || card->state != CARD_ACTIVE)
            continue;
        served[person->household] = payers[i] = true;
        make_household_bills(community, options->seed, (int)i, &rng);
    }
    if (options->year)
        make_year(community, options->seed, payers);
}
