/* SPDX-License-Identifier: Apache-2.0 */
/* The sample at its full size, one resident by himself, and a year that went through the books. */
#include "kit.h"
#include "platform/data/db-care.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/sample/canteen.h"
#include "platform/sample/dirty.h"
#include "platform/sample/init.h"
#include "platform/sample/notices.h"
#include "platform/sample/realism.h"
#include "model/model.h"
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define FULL_SIZE 4000
#else
#define FULL_SIZE 100000
#endif

#define DIRTY_SIZE 1200 /* among fewer, not every kind of dirt is there */

/* How many have their year in the database: CITYCARD_SAMPLE_RESIDENTS=100000 is for who has a quarter of an hour. */
static unsigned year_size(void)
{
    const char *asked = g_getenv("CITYCARD_SAMPLE_RESIDENTS");
    guint64 size = 800;

    g_assert_true(asked == NULL || g_ascii_string_to_unsigned(asked, 10, 800, 1000000, &size, NULL));
    return (unsigned)size;
}

static struct init_options options_of(unsigned residents, uint64_t seed)
{
    return (struct init_options){.residents = residents, .seed = seed, .today = KIT_TODAY, .year = true,
                                 .personas_file = COMMUNITY_DIR "/personas.json", .keys_file = COMMUNITY_DIR "/demo-keys.json"};
}

static unsigned wrong_figures(const struct init_options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) figures = sample_check(options, &error);
    unsigned wrong = 0;

    g_assert_no_error(error);
    g_assert_cmpuint(figures->len, >, 40);
    for (guint i = 0; i < figures->len; i++) {
        const struct realism_figure *figure = &g_array_index(figures, struct realism_figure, i);

        if (!realism_holds(figure))
            g_test_message("%s: %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, figure->name, figure->value,
                           figure->low, figure->high);
        wrong += !realism_holds(figure);
    }
    return wrong;
}

static void test_believable(void)
{
    struct init_options full = options_of(FULL_SIZE, 1), smaller = options_of(3500, 8);

    g_assert_cmpuint(wrong_figures(&full), ==, 0);
    g_assert_cmpuint(wrong_figures(&smaller), ==, 0);
}

static unsigned failed(const GArray *figures, const char *name)
{
    for (guint i = 0; i < figures->len; i++)
        if (strcmp(g_array_index(figures, struct realism_figure, i).name, name) == 0)
            return !realism_holds(&g_array_index(figures, struct realism_figure, i));
    g_error("no figure is called %s", name);
}

/* What a block says of people and bills, spoilt one by one. */
static void test_unbelievable_details(void)
{
    static const char *const names[] = {"of Han, 1/1000", "male from 15 on, 1/1000", "pupils that work, or pensioners that do not rest",
                                        "cards in use, 1/1000", "hard names", "bills of another tariff than their biller's",
                                        "bills outside their year, or of nothing and paid", "large text, from 70 on, 1/1000",
                                        "one character given, born until 1979, 1/1000", "married before the law lets them",
                                        "married, of 35 to 44, 1/1000"};
    struct community_options options = {.residents = 1000, .seed = 3, .today = KIT_TODAY};
    struct credit_rules rules = {.hours.unit_min = 30, .points_per_hour = 10};
    struct realism *clean = realism_new(&options, &rules), *spoilt = realism_new(&options, &rules);
    struct community block;

    g_assert_true(community_block_make(&options, 0, &block, NULL));
    realism_add(clean, &block, NULL);
    for (guint i = 0; i < block.people->len; i++) {
        struct person *person = &g_array_index(block.people, struct person, i);
        person->nation = 3;
        person->sex = 'F';
        person->employment = 31;
        person->marital = person->age < 20 ? 20 : 10;
        person->large_text = false;
        g_free(person->name);
        person->name = g_strdup("王伟");
    }
    for (guint i = 0; i < block.cards->len; i++)
        g_array_index(block.cards, struct sample_card, i).state = CARD_LOST;
    for (guint i = 0; i < block.bills->len; i++) {
        struct sample_bill *bill = &g_array_index(block.bills, struct sample_bill, i);
        bill->amount_fen = bill->paid && i % 2 == 0 ? 0 : bill->amount_fen + 1;
    }
    realism_add(spoilt, &block, NULL);
    g_autoptr(GArray) good = realism_figures(clean), bad = realism_figures(spoilt);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_cmpuint(failed(good, names[i]), ==, 0);
        g_assert_cmpuint(failed(bad, names[i]), ==, 1);
    }
    realism_free(clean);
    realism_free(spoilt);
    community_clear(&block);
}

/* A check that finds nothing wrong with what is wrong would be none. */
static void test_unbelievable(void)
{
    struct community_options options = {.residents = 1000, .seed = 3, .today = KIT_TODAY};
    struct credit_rules rules = {.hours.unit_min = 30, .points_per_hour = 10};
    struct realism *realism = realism_new(&options, &rules);
    struct community block;
    unsigned wrong = 0;

    g_assert_true(community_block_make(&options, 0, &block, NULL));
    struct person *first = &g_array_index(block.people, struct person, 0), *second = &g_array_index(block.people, struct person, 1);
    memcpy(first->id_number, second->id_number, sizeof first->id_number);
    first->mother = 1;
    second->age = first->age + 5;
    g_array_index(block.households, struct household, 0).lat_e6 = 31230000;
    realism_add(realism, &block, NULL);
    g_autoptr(GArray) figures = realism_figures(realism);
    for (guint i = 0; i < figures->len; i++)
        wrong += !realism_holds(&g_array_index(figures, struct realism_figure, i));
    g_assert_cmpuint(wrong, >=, 5); /* number twice, of another birth date, age, mother, place */
    realism_free(realism);
    community_clear(&block);
}

static void assert_same(const struct community *all, unsigned number, const struct community *alone, int at)
{
    const struct person *a = &g_array_index(all->people, struct person, number), *b = &g_array_index(alone->people, struct person, at);
    const struct household *home = &g_array_index(all->households, struct household, a->household);
    const struct household *alone_home = &g_array_index(alone->households, struct household, b->household);

    g_assert_cmpint((int)number, ==, alone->first + at);
    g_assert_cmpstr(a->name, ==, b->name);
    g_assert_cmpstr(a->id_number, ==, b->id_number);
    g_assert_cmpstr(a->phone, ==, b->phone);
    g_assert_cmpuint(a->birth, ==, b->birth);
    g_assert_cmpint(a->marital, ==, b->marital);
    g_assert_cmpint(a->employment, ==, b->employment);
    g_assert_cmpint(home->id, ==, alone_home->id);
    g_assert_cmpstr(home->address, ==, alone_home->address);
    g_assert_cmpstr(home->grid, ==, alone_home->grid);
    g_assert_cmpint(home->lat_e6, ==, alone_home->lat_e6);
}

/* The card that this person has; "" none. */
static const char *card_of(const struct community *community, int at)
{
    for (guint i = 0; i < community->cards->len; i++)
        if (g_array_index(community->cards, struct sample_card, i).person == at)
            return g_array_index(community->cards, struct sample_card, i).number;
    return "";
}

static void test_alone(void)
{
    static const unsigned numbers[] = {0, 11, 999, 1000, 2345, 2999, 4199};
    struct community_options options = {.residents = 4200, .seed = 77, .today = KIT_TODAY};
    struct community all, alone;
    int at;

    g_assert_true(community_make(&options, &all, NULL));
    g_assert_cmpuint(all.people->len, ==, 4200);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_assert_true(community_resident(&options, numbers[i], &alone, &at, NULL));
        assert_same(&all, numbers[i], &alone, at);
        g_assert_cmpstr(card_of(&all, (int)numbers[i]), ==, card_of(&alone, at));
        community_clear(&alone);
    }
    g_assert_false(community_resident(&options, 4200, &alone, &at, NULL));
    community_clear(&all);
}

/* ---- Dirty data ---- */

/* What of this row is another than in the clean sample; DIRT_KINDS: nothing. */
static enum dirt_kind seen(const struct person *dirty, const struct person *clean)
{
    if (strcmp(dirty->id_number, clean->id_number) != 0)
        return dirty->id_number[17] == 'x' ? DIRT_LOWER_X : DIRT_CHECK_DIGIT;
    if (dirty->sex != clean->sex)
        return DIRT_SEX;
    if (dirty->birth != clean->birth)
        return DIRT_BIRTH;
    if (strcmp(dirty->phone, clean->phone) != 0)
        return dirty->phone[0] == '\0' ? DIRT_NO_PHONE : DIRT_WIDE;
    if (dirty->nation != clean->nation)
        return DIRT_NATION;
    if (strcmp(dirty->name, clean->name) != 0)
        return DIRT_SPACE;
    return dirty->local != clean->local ? DIRT_LOCAL : DIRT_KINDS;
}

/* And whether the row by itself is wrong in that way. */
static bool is_wrong(const struct person *dirty, enum dirt_kind kind)
{
    switch (kind) {
    case DIRT_CHECK_DIGIT:
        return id_number_check(dirty->id_number) != ID_OK;
    case DIRT_SEX:
        return id_number_check(dirty->id_number) == ID_OK && id_number_sex(dirty->id_number) != dirty->sex;
    case DIRT_BIRTH:
        return dirty->birth == 19000101 && id_number_birth(dirty->id_number) != dirty->birth;
    case DIRT_WIDE:
        return strlen(dirty->phone) == 33 && g_utf8_strlen(dirty->phone, -1) == 11;
    case DIRT_NATION:
        return dirty->nation == 57 || dirty->nation == 99;
    case DIRT_SPACE:
        return strchr(dirty->name, ' ') != NULL;
    default:
        return true;
    }
}

static void assert_twins(const struct community *dirty, unsigned counts[DIRT_KINDS])
{
    for (guint i = 0; i < dirty->doubles->len; i++) {
        const struct person *twin = &g_array_index(dirty->doubles, struct person, i);
        const struct person *person = &g_array_index(dirty->people, struct person, twin->double_number - DIRT_TWICE_FIRST);

        g_assert_cmpuint(strlen(twin->id_number), ==, 15);
        g_assert_cmpstr(twin->name, !=, person->name);
        g_assert_cmpint(twin->household, ==, person->household);
        g_assert_true(memcmp(twin->id_number, person->id_number, 6) == 0 && memcmp(twin->id_number + 6, person->id_number + 8, 9) == 0);
        counts[DIRT_TWICE]++;
    }
}

static void count_seen(const struct community *dirty, const struct community *clean, unsigned counts[DIRT_KINDS])
{
    for (guint i = 0; i < clean->people->len; i++) {
        enum dirt_kind kind = seen(&g_array_index(dirty->people, struct person, i), &g_array_index(clean->people, struct person, i));
        if (kind < DIRT_KINDS)
            counts[kind]++;
        g_assert_true(is_wrong(&g_array_index(dirty->people, struct person, i), kind));
    }
    for (guint i = 0; i < clean->households->len; i++)
        counts[DIRT_GCJ] += g_array_index(dirty->households, struct household, i).lat_e6 !=
                            g_array_index(clean->households, struct household, i).lat_e6;
    assert_twins(dirty, counts);
}

/* The rows differ from those of the clean sample where the report says so, and nowhere else. */
static void test_dirty(void)
{
    struct community_options options = {.residents = FULL_SIZE, .seed = 21, .today = KIT_TODAY};
    unsigned counts[DIRT_KINDS] = {0}, told[DIRT_KINDS] = {0}, low, high;
    struct community clean, dirty;

    g_assert_true(community_make(&options, &clean, NULL));
    options.dirty = true;
    g_assert_true(community_make(&options, &dirty, NULL));
    g_assert_cmpuint(clean.dirt->len + clean.doubles->len, ==, 0);
    g_assert_cmpuint(dirty.people->len, ==, clean.people->len);
    count_seen(&dirty, &clean, counts);
    for (guint i = 0; i < dirty.dirt->len; i++)
        told[g_array_index(dirty.dirt, struct dirt, i).kind]++;
    for (unsigned kind = 0; kind < DIRT_KINDS; kind++) {
        dirt_bounds(kind, &low, &high);
        if (kind != DIRT_STALE) /* that somebody does not live there any more is seen in no row */
            g_assert_cmpuint(told[kind], ==, counts[kind]);
        if (FULL_SIZE == 100000)
            g_assert_true(told[kind] >= low && told[kind] <= high);
    }
    community_clear(&clean);
    community_clear(&dirty);
}

/* ---- A year in the database ---- */

static int64_t number(struct platform *platform, const char *sql)
{
    g_autoptr(GError) error = NULL;
    int64_t out;

    g_assert_true(db_int(platform->db, &error, -1, &out, sql, ""));
    g_assert_no_error(error);
    return out;
}

static struct platform *filled(const char *dir, const char *database, const char *dirty)
{
    struct init_options options = options_of(dirty != NULL ? DIRTY_SIZE : year_size(), 5);
    g_autoptr(GError) error = NULL;

    options.data_dir = dir;
    options.database = database;
    options.dirty_report = dirty;
    bool ok = platform_init(&options, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    struct platform *platform = platform_open(dir, &error);
    g_assert_no_error(error);
    return platform;
}

/* What a plan has beside its acts. */
struct town {
    int64_t meals, statements, elsewhere, notices, notices_on;
};

static void count_town(const struct community *block, const struct community_options *options, struct town *town)
{
    g_autoptr(GArray) meals = canteen_plan(block, options);

    town->meals += meals->len;
    for (guint i = 0; i < block->bills->len; i++) {
        const struct sample_bill *bill = &g_array_index(block->bills, struct sample_bill, i);
        town->statements += bill->amount_fen <= 0;
        town->elsewhere += bill->elsewhere;
    }
}

static void count_notices(const struct community_options *options, struct town *town)
{
    g_autoptr(GArray) notices = notices_plan(options);

    town->notices = notices->len;
    for (guint i = 0; i < notices->len; i++)
        town->notices_on += g_array_index(notices, struct year_notice, i).to >= KIT_TODAY;
}

static void planned(int64_t acts[ACT_KINDS], struct town *town)
{
    struct community_options options = {.residents = year_size(), .seed = 5, .today = KIT_TODAY, .year = true,
                                        .personas = json_load_file(COMMUNITY_DIR "/personas.json", 0, NULL)};
    json_t *json = json_load_file(COMMUNITY_DIR "/credit-rules.json", 0, NULL);
    struct credit_rules rules;

    g_assert_true(credit_rules_from_json(json, &rules));
    for (unsigned i = 0; i < community_blocks(options.residents); i++) {
        struct community block;
        g_assert_true(community_block_make(&options, i, &block, NULL));
        g_autoptr(GArray) plan = year_plan(&block, &options, &rules);
        for (guint j = 0; j < plan->len; j++)
            acts[g_array_index(plan, struct act, j).kind]++;
        count_town(&block, &options, town);
        community_clear(&block);
    }
    count_notices(&options, town);
    json_decref(json);
    json_decref(options.personas);
}

/* Orders have come to where they were planned to, nobody's two visits cross, and what was held was spent or given back, or is held still. */
static void assert_orders(struct platform *platform, const int64_t acts[ACT_KINDS])
{
    g_assert_cmpint(number(platform, "SELECT count(*) FROM service_order WHERE community=?1"), ==, acts[ACT_ORDER]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='ISSUE' AND ref='elder-service'"), ==,
                    acts[ACT_ALLOWANCE]);
    g_assert_cmpint(number(platform, "SELECT count(DISTINCT state) FROM service_order WHERE community=?1"), >=, 5);
    g_assert_cmpint(number(platform, "SELECT count(DISTINCT step) FROM order_step WHERE community=?1"), >=, 18);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM service_order WHERE community=?1 AND pay='subsidy'"), >, 5);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM service_order o JOIN credit_hold h ON h.community=o.community AND h.id=o.hold WHERE"
                                     " o.community=?1 AND h.amount=o.amount AND h.state=CASE WHEN o.state IN ('COMPLETED','RATED') THEN 'CAPTURED'"
                                     " WHEN o.state IN ('CANCELLED','EXPIRED','REJECTED','REFUNDED') THEN 'RELEASED' ELSE 'HELD' END"), ==,
                    number(platform, "SELECT count(*) FROM service_order WHERE community=?1 AND pay<>'none'"));
    g_assert_cmpint(number(platform, "SELECT coalesce(sum(amount),0) FROM service_order WHERE community=?1 AND pay='subsidy' AND state IN"
                                     " ('COMPLETED','RATED')"), ==,
                    number(platform, "SELECT coalesce(sum(amount),0) FROM credit_entry WHERE community=?1 AND book='SUBSIDY' AND account LIKE"
                                     " 'redeemed:%'"));
    g_assert_cmpint(number(platform, "SELECT count(*) FROM service_order o JOIN card c ON c.community=o.community AND c.token=o.card JOIN"
                                     " person_left l ON l.community=o.community AND l.person=c.person WHERE o.community=?1 AND"
                                     " (o.placed_ms>=l.left_ms OR o.state IN ('POOL','OFFERED','ACCEPTED','FINISHED'))"), ==, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM service_order WHERE community=?1 AND told=1 AND ended_ms>0 AND ended_ms<"
                                     "(SELECT max(updated_ms) FROM service_order WHERE community=?1)-2678400000"), ==, 0);
}

/* Every visit that was planned, nobody twice on a day, nothing due of who left. */
static void assert_care(struct platform *platform, const int64_t acts[ACT_KINDS])
{
    g_assert_cmpint(acts[ACT_CARE], >, 20);
    g_assert_cmpint(acts[ACT_VISIT], >, 4 * acts[ACT_CARE]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM care_profile WHERE community=?1"), ==, acts[ACT_CARE]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM care_visit WHERE community=?1"), ==, acts[ACT_VISIT]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM care_visit v JOIN care_profile p ON p.community=v.community AND p.id=v.care JOIN"
                                     " person_left l ON l.community=v.community AND l.person=p.person WHERE v.community=?1 AND"
                                     " v.at_ms>=l.left_ms"), ==, 0);
    const struct care_page page = {.not_household = -1, .id = "", .limit = G_MAXINT32};
    g_autoptr(GArray) rows = db_care_list(platform->db, &page, NULL);
    g_assert_cmpint(rows->len, ==,
                    number(platform, "SELECT count(*) FROM care_profile p WHERE p.community=?1 AND p.due_ms>0 AND NOT EXISTS (SELECT 1 FROM"
                                     " person_left l WHERE l.community=?1 AND l.person=p.person)"));
}

/* Every seat that was planned, none promised twice, and nobody at two dates at once. */
static void assert_seats(struct platform *platform, int64_t planned)
{
    g_assert_cmpint(number(platform, "SELECT count(*) FROM seat WHERE community=?1"), ==, planned);
    g_assert_cmpint(planned, >, 50);
    g_assert_cmpint(number(platform, "SELECT count(DISTINCT state) FROM seat WHERE community=?1"), >=, 4);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM activity_session a WHERE a.community=?1 AND a.seats<(SELECT coalesce(sum(1+s.companions),0)"
                                     " FROM seat s WHERE s.community=?1 AND s.session=a.id AND s.door=0 AND s.state IN ('COMPLETED','NO_SHOW'))"),
                    ==, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM seat s JOIN activity_session a ON a.community=?1 AND a.id=s.session JOIN seat t ON"
                                     " t.community=?1 AND t.card=s.card AND t.id<>s.id JOIN activity_session b ON b.community=?1 AND b.id=t.session"
                                     " WHERE s.community=?1 AND a.start_ms<b.end_ms AND a.end_ms>b.start_ms AND s.state='COMPLETED' AND"
                                     " t.state='COMPLETED'"), ==, 0);
}

/* Every meal with the price of its guest's age, one subsidy a day; what nobody pays is no bill; who paid twice is owed it. */
static void assert_town(struct platform *platform, const struct town *town)
{
    g_assert_cmpint(town->meals, >, 2000);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM meal WHERE community=?1"), ==, town->meals);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM canteen WHERE community=?1"), ==, CANTEENS);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM meal WHERE community=?1 AND subsidy_fen>0 AND (gross_fen<800 OR subsidy_fen NOT IN"
                                     " (200,300,500) OR discounted_fen>=gross_fen)"), ==, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM meal WHERE community=?1 AND subsidy_fen>0"), >, town->meals / 4);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM meal m JOIN person_left l ON l.community=m.community AND l.person=m.person WHERE"
                                     " m.community=?1 AND m.at_ms>=l.left_ms"), ==, 0);
    g_assert_cmpint(town->statements, >, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM statement WHERE community=?1 AND amount_fen<=0"), ==, town->statements);
    g_assert_cmpint(town->elsewhere, >, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM payment_bill WHERE community=?1 AND outcome='PAID_ELSEWHERE'"), ==, town->elsewhere);
    g_assert_cmpint(number(platform, "SELECT coalesce(sum(amount_fen),0) FROM payment_bill WHERE community=?1 AND outcome='PAID_ELSEWHERE'"), ==,
                    -number(platform, "SELECT coalesce(sum(amount_fen),0) FROM entry WHERE community=?1 AND account LIKE 'refund:%'"));
    g_assert_cmpint(town->notices, >, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM notice_case WHERE community=?1 AND state='PUBLISHED'"), ==, town->notices);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM notice WHERE community=?1 AND id LIKE 'NY%'"), ==, town->notices_on);
}

/* Whatever was planned lies there, and nothing else. */
static void assert_posted(struct platform *platform)
{
    int64_t acts[ACT_KINDS] = {0};
    struct town town = {0};

    planned(acts, &town);
    assert_town(platform, &town);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM attendance WHERE community=?1"), ==, acts[ACT_ATTENDANCE]);
    g_assert_cmpint(acts[ACT_JOIN], >, 80);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM volunteer_roll WHERE community=?1"), ==, acts[ACT_JOIN]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM attendance a JOIN card c ON c.community=a.community AND c.token=a.token LEFT JOIN"
                                     " volunteer_roll r ON r.community=c.community AND r.person=c.person WHERE a.community=?1 AND"
                                     " (r.person IS NULL OR r.registered_ms>a.in_ms)"), ==, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='SPEND' AND hold=''"), ==,
                    acts[ACT_REDEEM] + acts[ACT_COIN_SPEND]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='GIFT'"), ==, acts[ACT_GIFT]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND type='DONATE'"), ==, acts[ACT_DONATE]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM payment WHERE community=?1 AND kind='load' AND state='CONFIRMED' AND tac='OK'"),
                    ==, acts[ACT_LOAD]);
    g_assert_cmpint(
        number(platform, "SELECT count(*) FROM payment WHERE community=?1 AND kind='purchase' AND state='CONFIRMED' AND tac='OK'"), ==,
        acts[ACT_PAY]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM ticket WHERE community=?1"), ==, acts[ACT_TICKET]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM rating WHERE community=?1"), ==, acts[ACT_RATING]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM person_left WHERE community=?1"), ==, acts[ACT_LEFT]);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM ticket WHERE community=?1 AND (lat_e6 IS NULL OR address_id='')"), ==, 0);
    /* A card of who left is of no use to anybody. */
    g_assert_cmpint(number(platform, "SELECT count(*) FROM person_left l JOIN card c ON c.community=l.community AND c.person=l.person"
                                     " WHERE l.community=?1 AND c.state='active'"), ==, 0);
    assert_orders(platform, acts);
    assert_seats(platform, acts[ACT_SEAT]);
    assert_care(platform, acts);
    g_assert_cmpint(acts[ACT_TICKET], >, 200);
    g_assert_cmpint(acts[ACT_LEFT], >, 5);
    g_assert_cmpint(acts[ACT_PAY], >, 50);
    g_assert_cmpint(acts[ACT_ATTENDANCE], >, 100);
}

static char *digest_of(struct platform *platform)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(platform->db, false, &error));
    char *digest = db_sample_digest(platform->db, &error);
    db_rollback(platform->db);
    g_assert_no_error(error);
    return digest;
}

static void test_books(void)
{
    char *dir = kit_dir(), *other = kit_dir();
    g_autofree char *database = kit_database(), *digest = NULL, *again = NULL;
    g_autoptr(GError) error = NULL;
    struct platform *platform = filled(dir, database, NULL);

    digest = digest_of(platform);
    json_t *report = kit_report(platform);
    kit_assert_ledger(report);
    json_decref(report);
    g_assert_true(db_begin(platform->db, false, &error));
    assert_posted(platform);
    g_autofree char *broken = db_credit_broken(platform->db, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(broken, ==, NULL);
    g_assert_cmpint(number(platform, "SELECT coalesce(sum(amount_fen),0) FROM entry WHERE community=?1"), ==, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM payment_bill WHERE community=?1 AND outcome NOT IN ('PAID','PAID_ELSEWHERE')"), ==, 0);
    db_rollback(platform->db);
    platform_close(platform);

    /* The same seed in a file, under other keys: the same rows. */
    platform = filled(other, NULL, NULL);
    again = digest_of(platform);
    g_assert_cmpstr(digest, ==, again);
    platform_close(platform);
    kit_dir_done(dir);
    kit_dir_done(other);
}

/* The platform takes dirty people as it takes others, and what they do in a year leaves the books right. */
static void test_dirty_books(void)
{
    char *dir = kit_dir();
    g_autofree char *database = kit_database(), *path = g_build_filename(dir, "dirty.txt", NULL), *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *data = g_build_filename(dir, "data", NULL);
    struct platform *platform = filled(data, database, path);
    int64_t twice = 0;

    json_t *report = kit_report(platform);
    kit_assert_ledger(report);
    json_decref(report);
    g_assert_true(g_file_get_contents(path, &text, NULL, &error));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), >, 60);
    for (char **line = lines; *line != NULL; line++)
        twice += g_str_has_prefix(*line, "twice person ");
    g_assert_true(db_begin(platform->db, false, &error));
    g_assert_cmpint(number(platform, "SELECT count(*) FROM person WHERE community=?1"), ==, DIRTY_SIZE + twice);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM person WHERE community=?1 AND nation IN (57, 99)"), >, 0);
    g_assert_cmpint(number(platform, "SELECT count(*) FROM payment WHERE community=?1 AND state='CONFIRMED'"), >, 50);
    g_autofree char *broken = db_credit_broken(platform->db, &error);
    g_assert_cmpstr(broken, ==, NULL);
    db_rollback(platform->db);
    platform_close(platform);
    kit_dir_done(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (kit_on_file()) {
        g_test_add_func("/platform/sample/believable", test_believable);
        g_test_add_func("/platform/sample/unbelievable", test_unbelievable);
        g_test_add_func("/platform/sample/unbelievable-details", test_unbelievable_details);
        g_test_add_func("/platform/sample/alone", test_alone);
        g_test_add_func("/platform/sample/dirty", test_dirty);
    }
    g_test_add_func("/platform/sample/dirty-books", test_dirty_books);
    g_test_add_func("/platform/sample/books", test_books);
    return g_test_run();
}
