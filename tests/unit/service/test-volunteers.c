/* SPDX-License-Identifier: Apache-2.0 */
/* The roll of volunteers at the kiosk: registered once and without a line, a child with a guardian's card, stars, hours that are not right. */
#include "model/balance.h"
#include "model/credit.h"
#include "model/volunteer.h"
#include "roomkit.h"
#include "service/internal.h"
#include "store/volunteers.h"

#include <string.h>

#define ALICE "00112233445566778899aabbccddeeff"
#define BOB   "ffeeddccbbaa99887766554433221100"
#define CAROL "0123456789abcdef0123456789abcdef"
#define HOURS "01890000-0000-7000-8000-0000000000ab"
#define OTHER "01890000-0000-7000-8000-0000000000ac"

struct fixture {
    struct roomkit kit;
    struct kiosk_volunteer_event told;
    struct kiosk_credit_event credit;
    unsigned events;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_CREDIT)
        f->credit = event->credit;
    if (event->kind != KIOSK_EVENT_VOLUNTEER)
        return;
    f->told = event->volunteer;
    f->events++;
}

static void up(struct fixture *f, const void *data)
{
    const struct credit_rules rules = {.version = "R1", .hours = {30, 0, 480, 480}, .coin_granularity_min = 60, .star_min = {120, 240, 360, 480, 600}};
    g_autoptr(GError) error = NULL;

    roomkit_open(&f->kit, on_event, f);
    roomkit_feed(&f->kit, "rule", "credit", credit_rules_to_json(&rules));
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
}

static void ask(struct fixture *f, const struct kiosk_volunteer_request *request, enum kiosk_volunteer_phase phase, const char *reason)
{
    unsigned had = f->events;

    volunteers_do(f->kit.kiosk, request);
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpstr(f->told.reason, ==, reason);
    g_assert_cmpint(f->told.phase, ==, phase);
    g_assert_cmpint(f->told.ask, ==, request->ask);
}

static void look(struct fixture *f)
{
    ask(f, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_LOOK}, KIOSK_VOLUNTEER_STATE, "");
}

static void join(struct fixture *f, enum kiosk_volunteer_phase phase, const char *reason)
{
    ask(f, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_JOIN, .skills = 1u << SKILL_GREEN}, phase, reason);
}

static void consent(struct fixture *f, enum kiosk_volunteer_phase phase, const char *reason)
{
    ask(f, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_CONSENT}, phase, reason);
}

/* The holder of the card that lies there was born so many years ago, today. */
static void of_age(struct fixture *f, unsigned years)
{
    g_snprintf(f->kit.kiosk->session.card.holder.id_number, sizeof f->kit.kiosk->session.card.holder.id_number, "990102%08u101",
               date_of_ms(now_ms()) - years * 10000);
    size_t end = strlen(f->kit.kiosk->session.card.holder.id_number);
    for (char check = '0'; check <= 'Y' && id_number_birth(f->kit.kiosk->session.card.holder.id_number) == 0; check = check == '9' ? 'X' : (char)(check + 1)) {
        f->kit.kiosk->session.card.holder.id_number[end] = check;
        f->kit.kiosk->session.card.holder.id_number[end + 1] = '\0';
    }
    g_assert_cmpuint(id_number_birth(f->kit.kiosk->session.card.holder.id_number), !=, 0);
}

static void assert_written(struct fixture *f, const char *type, unsigned count, const char *member, const char *value)
{
    unsigned had = 0;
    json_t *data = roomkit_written(&f->kit, type, &had);

    g_assert_cmpuint(had, ==, count);
    if (member != NULL)
        g_assert_cmpstr(json_string_value(json_object_get(data, member)), ==, value);
    json_decref(data);
}

/* All that waits was answered: the last with this code, "" well. */
static void verdict_last(struct fixture *f, const char *code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, 1 << 20, &error);

    for (guint i = 0; i < rows->len; i++) {
        bool refuse = i + 1 == rows->len && *code != '\0';
        struct store_verdict_row said = {.seq = ((const struct store_row *)g_ptr_array_index(rows, i))->seq,
                                         .verdict = refuse ? STORE_REJECTED : STORE_ACCEPTED};
        g_strlcpy(said.code, refuse ? code : "", sizeof said.code);
        store_outbox_verdicts(f->kit.kiosk->store, &said, 1, &error);
        g_assert_no_error(error);
    }
}

static json_t *volunteer_value(bool consent)
{
    struct volunteer volunteer = {.token = ALICE, .no = "Z202600000420", .registered_on = 20261101, .skills = 3, .consent = consent, .hour_count = 2,
                                  .hours = {{HOURS, 1000, 120, ATTENDANCE_POSTED, 0}, {OTHER, 500, 60, ATTENDANCE_PUBLIC, 20261201}}};
    return volunteer_to_json(&volunteer);
}

static void hours_tell(struct fixture *f, int64_t minutes)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);

    g_strlcpy(balance->token, ALICE, sizeof balance->token);
    balance->books[BOOK_HOURS].balance = minutes;
    roomkit_feed(&f->kit, "credit", ALICE, balance_to_json(balance));
}

static void test_join(struct fixture *f, const void *data)
{
    look(f);
    g_assert_true(f->told.known && !f->told.on_roll && !f->told.waits);
    g_assert_cmpint(f->told.gate, ==, KIOSK_GATE_UNKNOWN);
    join(f, KIOSK_VOLUNTEER_JOINED, "");
    look(f);
    g_assert_true(f->told.waits && !f->told.on_roll);
    join(f, KIOSK_VOLUNTEER_REFUSED, "REPEATED"); /* once, however often it is touched */
    assert_written(f, VOLUNTEER_JOINED, 1, "card_token", ALICE);
    verdict_last(f, "");
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(false));
    look(f);
    g_assert_true(f->told.on_roll && !f->told.waits);
    g_assert_cmpstr(f->told.no, ==, "Z202600000420");
    g_assert_cmpuint(f->told.skills, ==, 3);
    g_assert_cmpuint(f->told.hour_count, ==, 2);
    g_assert_true(f->told.hours[0].may_dispute && !f->told.hours[1].may_dispute);
    join(f, KIOSK_VOLUNTEER_REFUSED, "ALREADY");
    roomkit_lift(&f->kit);
    join(f, KIOSK_VOLUNTEER_REFUSED, "NO_CARD");
}

static void test_refused(struct fixture *f, const void *data)
{
    join(f, KIOSK_VOLUNTEER_JOINED, "");
    verdict_last(f, "CONSENT");
    look(f);
    g_assert_false(f->told.waits);
    g_assert_cmpstr(f->told.refused, ==, "CONSENT");
    join(f, KIOSK_VOLUNTEER_JOINED, ""); /* it may be asked for again */
    look(f);
    g_assert_true(f->told.waits);
    g_assert_cmpstr(f->told.refused, ==, "");
}

/* VR-9 by the card, and the guardian's card behind the child's. */
static void test_child(struct fixture *f, const void *data)
{
    of_age(f, 5);
    join(f, KIOSK_VOLUNTEER_REFUSED, "AGE");
    of_age(f, 9);
    look(f);
    g_assert_cmpint(f->told.gate, ==, KIOSK_GATE_ACCOMPANIED);
    consent(f, KIOSK_VOLUNTEER_REFUSED, "CONSENT"); /* nobody asked */
    join(f, KIOSK_VOLUNTEER_GUARDIAN, "");
    assert_written(f, VOLUNTEER_JOINED, 0, NULL, NULL);
    consent(f, KIOSK_VOLUNTEER_REFUSED, "GUARDIAN"); /* its own card */
    roomkit_lift(&f->kit);
    roomkit_lay(&f->kit, BOB);
    of_age(f, 17);
    consent(f, KIOSK_VOLUNTEER_REFUSED, "GUARDIAN");
    of_age(f, 40);
    consent(f, KIOSK_VOLUNTEER_JOINED, "");
    assert_written(f, VOLUNTEER_JOINED, 1, "card_token", ALICE);
    assert_written(f, VOLUNTEER_JOINED, 1, "guardian", BOB);
    consent(f, KIOSK_VOLUNTEER_REFUSED, "CONSENT"); /* it was for once */
}

/* The yes is of the card that was on the screen when it was touched, whatever lies there when the machine comes to it. */
static void test_child_swapped(struct fixture *f, const void *data)
{
    unsigned asked;

    of_age(f, 9);
    join(f, KIOSK_VOLUNTEER_GUARDIAN, "");
    roomkit_lift(&f->kit);
    roomkit_lay(&f->kit, BOB);
    of_age(f, 40);
    asked = f->kit.kiosk->asked_in;
    roomkit_swap(&f->kit); /* nobody has looked at that one yet */
    consent(f, KIOSK_VOLUNTEER_REFUSED, "NO_CARD");
    roomkit_lay(&f->kit, CAROL);
    of_age(f, 40);
    f->kit.kiosk->asked_in = asked; /* touched for the card before */
    consent(f, KIOSK_VOLUNTEER_REFUSED, "NO_CARD");
    assert_written(f, VOLUNTEER_JOINED, 0, NULL, NULL);
    roomkit_lay(&f->kit, BOB); /* who comes back may still agree */
    of_age(f, 40);
    consent(f, KIOSK_VOLUNTEER_JOINED, "");
    assert_written(f, VOLUNTEER_JOINED, 1, "guardian", BOB);
}

static void test_child_late(struct fixture *f, const void *data)
{
    of_age(f, 12);
    join(f, KIOSK_VOLUNTEER_GUARDIAN, "");
    f->kit.kiosk->child.boot_ms -= 240001;
    roomkit_lift(&f->kit);
    roomkit_lay(&f->kit, BOB);
    of_age(f, 40);
    consent(f, KIOSK_VOLUNTEER_REFUSED, "CONSENT");
    g_assert_cmpstr(f->kit.kiosk->child.token, ==, "");
    assert_written(f, VOLUNTEER_JOINED, 0, NULL, NULL);
}

static void attend(struct fixture *f, enum kiosk_credit_phase phase, const char *reason)
{
    credit_do(f->kit.kiosk, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_ATTEND, .adhoc = true});
    roomkit_deliver();
    g_assert_cmpstr(f->credit.reason, ==, reason);
    g_assert_cmpint(f->credit.phase, ==, phase);
}

/* Service that nobody planned; a child only when the roll says that somebody agreed. */
static void test_adhoc(struct fixture *f, const void *data)
{
    of_age(f, 12);
    attend(f, KIOSK_CREDIT_REFUSED, "CONSENT");
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(false));
    attend(f, KIOSK_CREDIT_REFUSED, "CONSENT");
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(true));
    attend(f, KIOSK_CREDIT_IN, "");
    assert_written(f, "attendance.tap", 1, "slot", KIOSK_SLOT_ADHOC);
    attend(f, KIOSK_CREDIT_REPEATED, ""); /* within the minute */
    assert_written(f, "attendance.tap", 1, NULL, NULL);
    credit_do(f->kit.kiosk, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_BALANCE});
    roomkit_deliver();
    g_assert_true(f->credit.serving);
    g_assert_cmpstr(f->credit.slot, ==, KIOSK_SLOT_ADHOC);
}

static void test_star(struct fixture *f, const void *data)
{
    const struct kiosk_volunteer_request star = {.ask = KIOSK_VOLUNTEER_ASK_STAR};

    ask(f, &star, KIOSK_VOLUNTEER_REFUSED, "STAR"); /* not on the roll */
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(false));
    hours_tell(f, 100);
    look(f);
    g_assert_cmpuint(f->told.star_next, ==, 0);
    g_assert_cmpint(f->told.star_missing, ==, 20);
    ask(f, &star, KIOSK_VOLUNTEER_REFUSED, "STAR");
    hours_tell(f, 300);
    look(f);
    g_assert_cmpuint(f->told.star_next, ==, 1); /* one at a time */
    ask(f, &star, KIOSK_VOLUNTEER_DONE, "");
    assert_written(f, VOLUNTEER_STAR_ASKED, 1, "table", "R1");
    look(f);
    g_assert_cmpuint(f->told.star_asked, ==, 1);
    g_assert_cmpuint(f->told.star_next, ==, 0);
    ask(f, &star, KIOSK_VOLUNTEER_REFUSED, "STAR");
    verdict_last(f, "STAR");
    look(f);
    g_assert_cmpuint(f->told.star_asked, ==, 0);
    g_assert_cmpstr(f->told.star_refused, ==, "STAR");
}

static void test_dispute(struct fixture *f, const void *data)
{
    struct kiosk_volunteer_request dispute = {.ask = KIOSK_VOLUNTEER_ASK_DISPUTE, .hours = HOURS};

    ask(f, &dispute, KIOSK_VOLUNTEER_REFUSED, "UNKNOWN");
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(false));
    g_strlcpy(dispute.hours, OTHER, sizeof dispute.hours);
    ask(f, &dispute, KIOSK_VOLUNTEER_REFUSED, "STATE"); /* still publicised: the leader can put it right */
    g_strlcpy(dispute.hours, HOURS, sizeof dispute.hours);
    dispute.what = 3;
    ask(f, &dispute, KIOSK_VOLUNTEER_REFUSED, "DATA");
    dispute.what = 1;
    ask(f, &dispute, KIOSK_VOLUNTEER_DONE, "");
    assert_written(f, VOLUNTEER_DISPUTED, 1, "what", "TOO_MANY");
    ask(f, &dispute, KIOSK_VOLUNTEER_REFUSED, "REPEATED");
    look(f);
    g_assert_true(f->told.hours[0].disputed && !f->told.hours[0].may_dispute);
}

/* What does not fit is set aside; a lost card's goes. */
static void test_cache(struct fixture *f, const void *data)
{
    json_t *broken = volunteer_value(false);
    g_autoptr(GError) error = NULL;
    struct store_volunteer volunteer;

    json_object_set_new(broken, "no", json_string("with blanks"));
    roomkit_feed(&f->kit, "volunteer", ALICE, broken);
    look(f);
    g_assert_false(f->told.on_roll);
    broken = volunteer_value(false);
    json_object_set_new(broken, "later", json_string("what a platform of later tells"));
    roomkit_feed(&f->kit, "volunteer", ALICE, broken);
    look(f);
    g_assert_true(f->told.on_roll);
    roomkit_feed(&f->kit, "volunteer", BOB, volunteer_value(false)); /* of another card */
    g_assert_true(store_volunteer(f->kit.kiosk->store, BOB, &volunteer, &error));
    g_assert_false(volunteer.on_roll);
    roomkit_feed(&f->kit, "volunteer", ALICE, NULL);
    look(f);
    g_assert_false(f->told.on_roll);
    roomkit_feed(&f->kit, "volunteer", ALICE, volunteer_value(false));
    roomkit_feed(&f->kit, "command", "C1", json_pack("{s:s, s:s}", "kind", "wipe", "token", ALICE));
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    look(f);
    g_assert_false(f->told.on_roll);
}

#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/volunteers/join", test_join);
    ADD("/volunteers/refused", test_refused);
    ADD("/volunteers/child", test_child);
    ADD("/volunteers/child-swapped", test_child_swapped);
    ADD("/volunteers/child-late", test_child_late);
    ADD("/volunteers/adhoc", test_adhoc);
    ADD("/volunteers/star", test_star);
    ADD("/volunteers/dispute", test_dispute);
    ADD("/volunteers/cache", test_cache);
    return g_test_run();
}
