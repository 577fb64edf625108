/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of the rules that people's credit, votes, meals and dates rest on. */
#include "model/bill.h"
#include "model/civic.h"
#include "model/codes.h"
#include "model/credit.h"
#include "model/hours.h"
#include "model/limits.h"
#include "model/model.h"
#include "model/volunteer.h"

#include <string.h>

#define MINUTE_MS INT64_C(60000)

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

static void test_uscc(void)
{
    static const char *const GOOD[] = {"91350100M000100Y43", "54990102MF0000013R", "54990102MF0000021L",
                                       "91990102MA000A1B0K", "92990103MA00QT3X70", "52990102MJ00C7D23G",
                                       "12990100000000174Q", "91990102MA00002420"}; /* the last: a sum of 0 */

    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        g_assert_cmpint(uscc_check(GOOD[i]), ==, USCC_OK);
        for (size_t at = 0; at < 18; at++) { /* any other figure or letter in any place is noticed */
            char wrong[19];
            g_strlcpy(wrong, GOOD[i], sizeof wrong);
            wrong[at] = wrong[at] == '7' ? '8' : '7';
            g_assert_cmpint(uscc_check(wrong), ==, USCC_BAD_CHECK);
        }
    }
    g_assert_cmpint(uscc_check("91350100M000100Y4Z"), ==, USCC_BAD_FORM);
    g_assert_cmpint(uscc_check("91350A00M000100Y43"), ==, USCC_BAD_FORM);
    g_assert_cmpint(uscc_check("91350100M000100Y4"), ==, USCC_BAD_FORM);
    g_assert_cmpint(uscc_check(NULL), ==, USCC_BAD_FORM);
}

static void test_organisation(void)
{
    /* Characters 9 to 17 of the codes above. */
    g_assert_cmpint(organisation_check("M000100Y"), ==, '4');
    g_assert_cmpint(organisation_check("MF000001"), ==, '3');
    g_assert_cmpint(organisation_check("MA000A1B"), ==, '0');
    g_assert_cmpint(organisation_check("MA000009"), ==, '0');
    g_assert_cmpint(organisation_check("MA00000"), ==, 0);
    g_assert_cmpint(organisation_check("ma000009"), ==, 0);
}

static void test_region(void)
{
    struct region region;

    g_assert_true(region_parse("990102001003", &region));
    g_assert_cmpuint(region.street, ==, 1);
    g_assert_cmpint(region.street_kind, ==, REGION_STREET);
    g_assert_cmpuint(region.committee, ==, 3);
    g_assert_false(region.village);
    g_assert_true(region_parse("630102", &region));
    g_assert_cmpuint(region.province * 10000 + region.city * 100 + region.county, ==, 630102);
    g_assert_cmpint(region.street_kind, ==, REGION_STREET_UNKNOWN);
    g_assert_true(region_parse("990102150", &region) && region.street_kind == REGION_TOWN);
    g_assert_true(region_parse("990102250200", &region) && region.street_kind == REGION_TOWNSHIP && region.village);
    g_assert_true(region_parse("990102450", &region) && region.street_kind == REGION_ENTERPRISE);
    g_assert_false(region_parse("9901020", &region) || region_parse("99010200100x", &region) ||
                   region_parse(NULL, &region) || region_parse("9901020010031", &region));
}

static void test_certificate(void)
{
    char number[32];

    /* ISO/IEC 7064's own example. */
    g_assert_cmpint(mod37_36("A12425GABC1234002"), ==, 'M');
    g_assert_true(mod37_36_ok("A12425GABC1234002M"));
    g_assert_true(certificate_number(2026, "DX1", 42, number, sizeof number));
    g_assert_cmpuint(strlen(number), ==, 15);
    g_assert_true(g_str_has_prefix(number, "V2026DX1000042"));
    g_assert_true(certificate_number_ok(number));
    for (size_t at = 0; number[at] != '\0'; at++) {
        char had = number[at];
        number[at] = had == '5' ? '6' : '5';
        g_assert_false(certificate_number_ok(number));
        number[at] = had;
    }
    g_assert_false(certificate_number(2026, "dx", 42, number, sizeof number));
    g_assert_false(certificate_number(2026, "DX1", 1000000, number, sizeof number));
    g_assert_false(certificate_number(2026, "DX1", 42, number, 15));
    g_assert_false(certificate_number_ok("") || certificate_number_ok(NULL) || certificate_number_ok("V"));
}

static void test_volunteer_number(void)
{
    char number[VOLUNTEER_NO_SIZE];

    g_assert_true(volunteer_number(2026, 42, number));
    g_assert_cmpstr(number, ==, "Z202600000420");
    g_assert_true(volunteer_number(2026, 9999999, number));
    g_assert_cmpstr(number, ==, "Z20269999999J");
    g_assert_true(volunteer_number_ok(number));
    for (size_t at = 0; number[at] != '\0'; at++) {
        char had = number[at];
        number[at] = had == '5' ? '6' : '5';
        g_assert_false(volunteer_number_ok(number));
        number[at] = had;
    }
    g_assert_false(volunteer_number(2026, 0, number) || volunteer_number(2026, 10000000, number) || volunteer_number(999, 1, number));
    g_assert_false(volunteer_number_ok(NULL) || volunteer_number_ok("") || volunteer_number_ok("Z20260000042") ||
                   volunteer_number_ok("V202600000420"));
}

/* ---- Canteen and allowance --------------------------------------------------------------------------------------- */

struct meal {
    int age;
    bool registered, low_income;
    int64_t gross_fen, discounted_fen, gross_basis_fen, net_basis_fen;
};

static void test_canteen(void)
{
    static const struct canteen_band BANDS[] = {
        {60, 79, 90, 1500, 200, false}, {80, 150, 85, 1500, 300, false}, {60, 150, 100, 800, 500, true}};
    static const struct meal MEALS[] = {
        {82, true, false, 1800, 1530, 1230, 1230}, {82, true, false, 1700, 1445, 1145, 1445},
        {66, true, true, 800, 720, 220, 720},      {66, true, false, 1650, 1485, 1285, 1485},
        {59, true, false, 1800, 1800, 1800, 1800}, {70, false, false, 2000, 1800, 1800, 1800},
        {82, true, false, 0, 0, 0, 0},             {66, true, true, 801, 721, 221, 721}, /* 720.9 */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(MEALS); i++) {
        const struct meal *meal = &MEALS[i];
        struct canteen_guest guest = {.age = meal->age, .of_district = true, .registered = meal->registered,
                                      .low_income = meal->low_income};
        struct canteen_rules rules = {BANDS, G_N_ELEMENTS(BANDS), false};
        struct canteen_price price;
        g_assert_true(canteen_price(&rules, &guest, meal->gross_fen, &price));
        g_assert_cmpint(price.discounted_fen, ==, meal->discounted_fen);
        g_assert_cmpint(price.pay_fen, ==, meal->gross_basis_fen);
        g_assert_cmpint(price.subsidy_fen, ==, price.discounted_fen - price.pay_fen);
        rules.threshold_net = true;
        g_assert_true(canteen_price(&rules, &guest, meal->gross_fen, &price));
        g_assert_cmpint(price.pay_fen, ==, meal->net_basis_fen);
        guest.subsidy_used = true; /* the day's second meal */
        g_assert_true(canteen_price(&rules, &guest, meal->gross_fen, &price));
        g_assert_cmpint(price.pay_fen, ==, meal->discounted_fen);
        g_assert_false(canteen_price(&rules, &guest, -1, &price));
    }
}

static void test_allowance(void)
{
    static const struct allowance_band BANDS[] = {{65, 7500}, {70, 15000}, {80, 18000}, {90, 35000}, {100, 60000}};
    size_t n = G_N_ELEMENTS(BANDS);

    g_assert_cmpint(allowance_month_fen(BANDS, n, 19560531, 202605), ==, 15000);
    g_assert_cmpint(allowance_month_fen(BANDS, n, 19560531, 202604), ==, 7500);
    g_assert_cmpint(allowance_month_fen(BANDS, n, 19611201, 202611), ==, 0); /* 64 years, 11 months */
    g_assert_cmpint(allowance_month_fen(BANDS, n, 19611201, 202612), ==, 7500);
    g_assert_cmpint(allowance_month_fen(BANDS, n, 19260101, 202601), ==, 60000);
    g_assert_cmpint(allowance_month_fen(BANDS, n, 0, 202601), ==, 0);
    for (uint32_t month = 1; month <= 12; month++)
        g_assert_true(allowance_paid_in(202600 + month) == (month == 1 || month == 4 || month == 7 || month == 10));
    g_assert_false(allowance_paid_in(202613));
}

/* ---- Ballot and working days ------------------------------------------------------------------------------------- */

static void test_ballot(void)
{
    struct ballot b = {900, 810000000, 600, 540000000, 300, 270000001};

    g_assert_true(ballot_quorum(&b));
    g_assert_false(ballot_passes(&b, false)); /* 300 of 600 is not more than half */
    b.yes_owners = 301;
    g_assert_true(ballot_passes(&b, false));
    b.yes_cm2 = 270000000;
    g_assert_false(ballot_passes(&b, false));
    b.yes_owners = 450;
    b.yes_cm2 = 405000000;
    g_assert_true(ballot_passes(&b, true));
    b.yes_owners = 449;
    g_assert_false(ballot_passes(&b, true));
    b.voting_owners = 599;
    g_assert_false(ballot_quorum(&b) || ballot_passes(&b, false));
    b = (struct ballot){900, 810000000, 600, 540000000, 601, 405000000}; /* more yes than votes */
    g_assert_false(ballot_quorum(&b) || ballot_passes(&b, false));
    b = (struct ballot){900, INT64_MAX, 600, INT64_MAX, 600, INT64_MAX};
    g_assert_false(ballot_quorum(&b));
}

static void test_workdays(void)
{
    static const struct calendar_day DAYS[] = {{20261123, false}, {20261128, true}};
    const struct calendar holidays = {DAYS, G_N_ELEMENTS(DAYS)};

    g_assert_cmpuint(workday_after(NULL, 20261120, 1), ==, 20261123); /* Friday; Monday */
    g_assert_cmpuint(workday_after(NULL, 20261120, 15), ==, 20261211);
    g_assert_cmpuint(workday_after(&holidays, 20261120, 1), ==, 20261124);
    g_assert_cmpuint(workday_after(&holidays, 20261127, 1), ==, 20261128); /* a Saturday that is worked */
    g_assert_cmpuint(workday_after(NULL, 20261120, 0), ==, 20261120);
    g_assert_cmpuint(workday_after(NULL, 20261131, 1), ==, 0);
    g_assert_cmpuint(workday_after(NULL, 99991231, 1), ==, 0);
    g_assert_true(workday(NULL, 19691231) && !workday(NULL, 19691228)); /* a Wednesday, a Sunday */
}

/* ---- Hours ------------------------------------------------------------------------------------------------------- */

/* Times of 22 November 2026 at +08:00. */
static int64_t at(int hour, int minute)
{
    return ms_of_date(20261122) + (hour * 60 + minute) * MINUTE_MS;
}

static int64_t credited(int64_t in_ms, int64_t out_ms, int64_t done)
{
    const struct hours_rules rules = {.unit_min = 30, .activity_max_min = 480, .day_max_min = 480};
    struct attendance a = {.slot_start_ms = at(9, 0), .slot_end_ms = at(11, 0), .in_ms = in_ms, .out_ms = out_ms};
    return hours_credited(&rules, &a, done);
}

static void test_hours(void)
{
    g_assert_cmpint(credited(at(8, 50), at(11, 20), 0), ==, 120);
    g_assert_cmpint(credited(at(9, 10), at(10, 35), 0), ==, 60);
    g_assert_cmpint(credited(at(9, 0), at(11, 0), 420), ==, 60);
    g_assert_cmpint(credited(at(9, 0), at(11, 0), 480), ==, 0);
    g_assert_cmpint(credited(at(9, 0), at(9, 29), 0), ==, 0);
    g_assert_cmpint(credited(at(7, 0), at(9, 10), 0), ==, 0); /* came early, left early */
    g_assert_cmpint(credited(at(9, 0), 0, 0), ==, 0);
    g_assert_cmpint(credited(at(10, 0), at(9, 0), 0), ==, 0);
    g_assert_cmpint(credited(at(11, 30), at(13, 0), 0), ==, 0);
}

static void test_attendance(void)
{
    struct attendance a = {.slot_start_ms = at(9, 0), .slot_end_ms = at(11, 0)};

    g_assert_cmpint(attendance_tap(&a, at(8, 55)), ==, TAP_IN);
    g_assert_cmpint(attendance_tap(&a, at(8, 55) + 59999), ==, TAP_REPEATED);
    g_assert_false(attendance_overdue(&a, at(12, 59)));
    struct attendance forgotten = a;
    g_assert_true(attendance_overdue(&forgotten, at(13, 0)));
    g_assert_cmpint(forgotten.state, ==, ATTENDANCE_NEEDS_CONFIRM);
    g_assert_cmpint(attendance_tap(&forgotten, at(13, 1)), ==, TAP_REFUSED); /* people close it now */
    g_assert_cmpint(attendance_tap(&a, at(11, 5)), ==, TAP_OUT);
    g_assert_cmpint(attendance_tap(&a, at(11, 30)), ==, TAP_REFUSED);
    g_assert_false(attendance_overdue(&a, at(20, 0)));
    struct attendance late = {.slot_start_ms = at(9, 0), .slot_end_ms = at(11, 0)};
    g_assert_cmpint(attendance_tap(&late, at(11, 0)), ==, TAP_REFUSED);
    g_assert_true(attendance_overlaps(at(9, 0), at(10, 0), at(9, 59), at(11, 0)));
    g_assert_false(attendance_overlaps(at(9, 0), at(10, 0), at(10, 0), at(11, 0)));
    g_assert_true(attendance_overlaps(at(9, 0), 0, at(10, 0), at(11, 0)));
}

/* Every way that is not drawn is closed; what is over stays over. */
static void test_attendance_states(void)
{
    int ways = 0;

    for (int from = 0; from < ATTENDANCE_STATES; from++) {
        enum attendance_state parsed;
        g_assert_true(attendance_state_parse(attendance_state_name((enum attendance_state)from), &parsed));
        g_assert_cmpint(parsed, ==, from);
        for (int to = 0; to < ATTENDANCE_STATES; to++)
            ways += attendance_may((enum attendance_state)from, (enum attendance_state)to);
        g_assert_false(attendance_may(ATTENDANCE_REJECTED, (enum attendance_state)from));
        g_assert_false(attendance_may(ATTENDANCE_CORRECTED, (enum attendance_state)from));
    }
    g_assert_cmpint(ways, ==, 13);
    g_assert_false(attendance_may(ATTENDANCE_RAW, ATTENDANCE_POSTED));
    g_assert_false(attendance_may(ATTENDANCE_IN, ATTENDANCE_RAW));
}

static void test_coins(void)
{
    g_assert_cmpint(coin_minutes(150, 60), ==, 120);
    g_assert_cmpint(150 - coin_minutes(150, 60), ==, 30);
    g_assert_cmpint(coin_minutes(59, 60), ==, 0);
    g_assert_cmpint(coin_minutes(-60, 60), ==, 0);
    g_assert_cmpint(cap_part(1499 * 60, 3 * 60, 1500 * 60), ==, 60);
    g_assert_cmpint(cap_part(1600 * 60, 60, 1500 * 60), ==, 0);
    g_assert_cmpint(cap_part(0, 60, 1500 * 60), ==, 60);
    g_assert_cmpint(cap_part(1600 * 60, 60, 0), ==, 60);
}

static void test_stars(void)
{
    static const unsigned TABLE[] = {6000, 18000, 36000, 60000, 90000}; /* 100 to 1,500 hours */

    g_assert_cmpuint(stars_of(5999, TABLE, 5), ==, 0);
    g_assert_cmpuint(stars_of(18000, TABLE, 5), ==, 2);
    g_assert_cmpuint(stars_of(INT64_MAX, TABLE, 5), ==, 5);
    g_assert_cmpuint(stars_grant(0, 60000, TABLE, 5), ==, 1); /* one level at a time */
    g_assert_cmpuint(stars_grant(4, 60000, TABLE, 5), ==, 4);
    g_assert_cmpint(volunteer_gate(20201123, 20261122), ==, VOLUNTEER_REFUSED);
    g_assert_cmpint(volunteer_gate(20201122, 20261122), ==, VOLUNTEER_ACCOMPANIED);
    g_assert_cmpint(volunteer_gate(20161122, 20261122), ==, VOLUNTEER_CONSENT);
    g_assert_cmpint(volunteer_gate(20121122, 20261122), ==, VOLUNTEER_ASSISTED);
    g_assert_cmpint(volunteer_gate(20081122, 20261122), ==, VOLUNTEER_FREE);
    g_assert_cmpint(volunteer_gate(0, 20261122), ==, VOLUNTEER_REFUSED);
}

/* ---- Limits and bills -------------------------------------------------------------------------------------------- */

static void test_limits(void)
{
    const struct limits limits = {20000, 50000, 2000000, 2000, 1000, 5000};
    const struct limit_facts fine = {20000, 30000, 1980000, 1999, 1000, 5000};
    struct limit_facts f = fine;

    g_assert_cmpint(limits_check(&limits, &f), ==, LIMIT_NONE);
    g_assert_cmpint(limits_left(&limits, &f), ==, 20000);
    g_assert_cmpint((f.amount = 20001, limits_check(&limits, &f)), ==, LIMIT_PAYMENT);
    g_assert_cmpint((f.amount = 0, limits_check(&limits, &f)), ==, LIMIT_AMOUNT);
    f = fine;
    g_assert_cmpint((f.card_day++, limits_check(&limits, &f)), ==, LIMIT_DAY);
    g_assert_cmpint(limits_left(&limits, &f), ==, 19999);
    f = fine;
    g_assert_cmpint((f.stored_sum++, limits_check(&limits, &f)), ==, LIMIT_TOTAL);
    f = fine;
    g_assert_cmpint((f.stored_count++, limits_check(&limits, &f)), ==, LIMIT_COUNT);
    g_assert_cmpint(limits_left(&limits, &f), ==, 0);
    f = fine;
    g_assert_cmpint((f.hotlist_age_ms++, limits_check(&limits, &f)), ==, LIMIT_HOTLIST);
    g_assert_cmpint((f.hotlist_age_ms = -1, limits_check(&limits, &f)), ==, LIMIT_HOTLIST);
    f = fine;
    g_assert_cmpint((f.offline_ms++, limits_check(&limits, &f)), ==, LIMIT_OFFLINE);
    f = (struct limit_facts){INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0, 0};
    g_assert_cmpint(limits_check(&limits, &f), ==, LIMIT_PAYMENT);
    const struct limits none = {-1, -1, -1, -1, -1, -1};
    g_assert_cmpint(limits_check(&none, &f), ==, LIMIT_NONE);
    g_assert_cmpstr(limit_reason_name(LIMIT_TOTAL), ==, "LIMIT_TOTAL");
}

static void test_topup(void)
{
    const struct purse_caps caps = {500000, 100000, 1000};

    g_assert_cmpint(topup_check(&caps, false, 99000, 1000), ==, TOPUP_OK);
    g_assert_cmpint(topup_check(&caps, false, 99001, 1000), ==, TOPUP_CAP);
    g_assert_cmpint(topup_check(&caps, true, 499000, 1000), ==, TOPUP_OK);
    g_assert_cmpint(topup_check(&caps, true, 0, 501000), ==, TOPUP_CAP);
    g_assert_cmpint(topup_check(&caps, true, 0, 1500), ==, TOPUP_UNIT);
    g_assert_cmpint(topup_check(&caps, true, 0, 0), ==, TOPUP_UNIT);
    g_assert_cmpint(topup_check(&caps, true, INT64_MAX, 1000), ==, TOPUP_CAP);
}

static void test_bills(void)
{
    char key[32];

    g_assert_true(bill_key("ytdl", "T0012861", "202610", key, sizeof key));
    g_assert_cmpstr(key, ==, "ytdl|T0012861|202610");
    g_assert_false(bill_key("ytdl", "", "202610", key, sizeof key) || bill_key("a|b", "1", "2", key, sizeof key) ||
                   bill_key("ytdl", "T0012861", "202610123456789012", key, sizeof key));
    g_assert_true(bill_may(BILL_PAYING, BILL_UNPAID) && bill_may(BILL_UNKNOWN, BILL_PAID));
    g_assert_false(bill_may(BILL_UNPAID, BILL_PAID) || bill_may(BILL_PAID, BILL_UNPAID) ||
                   bill_may(BILL_UNKNOWN, BILL_PAYING)); /* a doubt blocks a second try */
    g_assert_cmpint(bill_state_by(PAYMENT_IN_DOUBT), ==, BILL_UNKNOWN);
    g_assert_cmpint(bill_state_by(PAYMENT_VOID), ==, BILL_UNPAID);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/uscc", test_uscc);
    g_test_add_func("/golden/organisation", test_organisation);
    g_test_add_func("/golden/region", test_region);
    g_test_add_func("/golden/certificate", test_certificate);
    g_test_add_func("/golden/volunteer-number", test_volunteer_number);
    g_test_add_func("/golden/canteen", test_canteen);
    g_test_add_func("/golden/allowance", test_allowance);
    g_test_add_func("/golden/ballot", test_ballot);
    g_test_add_func("/golden/workdays", test_workdays);
    g_test_add_func("/golden/hours", test_hours);
    g_test_add_func("/golden/attendance", test_attendance);
    g_test_add_func("/golden/attendance-states", test_attendance_states);
    g_test_add_func("/golden/coins", test_coins);
    g_test_add_func("/golden/stars", test_stars);
    g_test_add_func("/golden/limits", test_limits);
    g_test_add_func("/golden/topup", test_topup);
    g_test_add_func("/golden/bills", test_bills);
    return g_test_run();
}
