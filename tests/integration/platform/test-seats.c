/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last seat, asked for at two kiosks that have no line: one has it, the other waits, moves up and takes it. And a kiosk's own seat,
 * promised without a line, is never somebody else's. All over TLS, told exactly once.
 */
#include "rig.h"
#include "model/clock.h"
#include "model/model.h"
#include "store/seats.h"
#include <string.h>

#define DATE "LAST-1"

struct fixture {
    char *data;
    struct server_process server;
    struct wire *wires[2];
    struct kiosk_rig kiosks[2];
    char tokens[2][33];
};

static void command_of(struct fixture *f, const char *name, const char *const *more)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (char *)PLATFORM_PROGRAM);
    g_ptr_array_add(argv, (char *)name);
    for (; *more != NULL; more++)
        g_ptr_array_add(argv, (char *)*more);
    g_ptr_array_add(argv, (char *)"--data");
    g_ptr_array_add(argv, f->data);
    g_ptr_array_add(argv, NULL);
    g_autoptr(GSubprocess) process = g_subprocess_newv((const char *const *)argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(process, NULL, &error));
    g_assert_no_error(error);
}

static void command(struct fixture *f, const char *const *more)
{
    command_of(f, "activity", more);
}

static void date_add(struct fixture *f)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc(), day = g_date_time_add_days(now, 3);
    g_autofree char *start = g_date_time_format(day, "%Y-%m-%dT%H:%M:%SZ");
    const char *add[] = {"add", "--activity", "LAST", "--kind", "test", "--title-zh", "最后一席", "--title-en", "The last seat", NULL};
    const char *session[] = {"session", "--activity", "LAST", "--session", DATE, "--start", start, "--minutes", "60", "--seats", "1", NULL};

    command(f, add);
    command(f, session);
}

static void up(struct fixture *f, const void *data)
{
    static const char *const names[] = {"K0001", "K0002"};

    f->data = kit_dir();
    kit_init(f->data, 60);
    date_add(f);
    server_up(&f->server, f->data, 0);
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *card = kit_card(i);

        f->wires[i] = wire_new(f->server.port);
        kiosk_enrol(&f->kiosks[i], f->data, wire_port(f->wires[i]), names[i]);
        card_token(f->kiosks[i].identity.index_key, card, f->tokens[i]);
        kiosk_start(&f->kiosks[i]);
        g_assert_true(kiosk_wait_online(&f->kiosks[i], true));
    }
}

static void down(struct fixture *f, const void *data)
{
    for (unsigned i = 0; i < 2; i++) {
        kiosk_done(&f->kiosks[i]);
        wire_free(f->wires[i]);
    }
    server_down(&f->server);
    kit_dir_done(f->data);
}

static void line(struct fixture *f, unsigned kiosk, bool there)
{
    wire_set(f->wires[kiosk], there ? WIRE_PASS : WIRE_REFUSE);
    wire_cut(f->wires[kiosk]);
    g_assert_true(kiosk_wait_online(&f->kiosks[kiosk], there));
}

static void ask(struct fixture *f, unsigned kiosk, bool own, bool drawn, char id[37])
{
    struct store_wish wish = {.session = DATE, .token = f->tokens[kiosk]};
    g_autoptr(GError) error = NULL;
    bool was = !drawn;

    g_assert_true(store_seat_ask(f->kiosks[kiosk].store, &wish, own, &was, id, &error));
    g_assert_no_error(error);
    g_assert_cmpint(was, ==, drawn);
}

static enum seat_state state_at(struct fixture *f, unsigned kiosk, unsigned who, const char *id)
{
    g_autoptr(GError) error = NULL;
    bool known = false;
    g_autoptr(GArray) seats = store_seats(f->kiosks[kiosk].store, f->tokens[who], &known, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < seats->len; i++) {
        const struct store_seat *seat = &g_array_index(seats, struct store_seat, i);
        if (strcmp(seat->id, id) == 0 && seat->told && *seat->waits == '\0')
            return seat->seat.state;
    }
    return SEAT_STATES;
}

/* At both kiosks, as soon as their feeds have it. */
static void stands(struct fixture *f, unsigned who, const char *id, enum seat_state state)
{
    for (unsigned kiosk = 0; kiosk < 2; kiosk++) {
        int64_t end = clock_boot_ms() + 20000;

        while (state_at(f, kiosk, who, id) != state && clock_boot_ms() < end)
            clock_sleep_ms(50);
        g_assert_cmpstr(seat_state_name(state_at(f, kiosk, who, id)), ==, seat_state_name(state));
    }
}

static void step(struct fixture *f, unsigned kiosk, const char *id, enum seat_step step)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_seat_step(f->kiosks[kiosk].store, id, f->tokens[kiosk], step, &error));
    g_assert_no_error(error);
}

static void told_once(struct fixture *f, int64_t seats, int64_t events)
{
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM seat WHERE session='" DATE "'"), ==, seats);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict='accepted' AND body LIKE '%\"type\":\"seat.%'"), ==,
                    events);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict<>'accepted'"), ==, 0);
}

static void test_moves_up(struct fixture *f, const void *data)
{
    char first[37], second[37];

    line(f, 0, false);
    line(f, 1, false);
    ask(f, 0, true, false, first);
    ask(f, 1, true, false, second);
    line(f, 0, true);
    g_assert_true(kiosk_wait_sent(&f->kiosks[0]));
    line(f, 1, true);
    stands(f, 0, first, SEAT_REGISTERED);
    stands(f, 1, second, SEAT_WAITLISTED);
    line(f, 0, false); /* cancelled without a line, then told */
    step(f, 0, first, SEAT_DO_CANCEL);
    line(f, 0, true);
    stands(f, 0, first, SEAT_CANCELLED);
    stands(f, 1, second, SEAT_OFFERED);
    wire_set(f->wires[1], WIRE_DEAF); /* the answer is lost: it is told again, and is one step */
    step(f, 1, second, SEAT_DO_TAKE);
    clock_sleep_ms(500);
    line(f, 1, true);
    stands(f, 1, second, SEAT_REGISTERED);
    told_once(f, 2, 4);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM seat_step WHERE step='take'"), ==, 1);
}

static void test_own_seat(struct fixture *f, const void *data)
{
    const char *allot[] = {"allot", "--kiosk", "K0002", "--session", DATE, "--places", "1", NULL};
    int64_t left = 0, end = clock_boot_ms() + 20000;
    char own[37], other[37];

    command(f, allot);
    while (left == 0 && clock_boot_ms() < end) {
        g_assert_true(store_allotment_left(f->kiosks[1].store, DATE, &left, NULL));
        clock_sleep_ms(50);
    }
    g_assert_cmpint(left, ==, 1);
    line(f, 1, false);
    ask(f, 1, true, true, own); /* promised, while somebody asks where there is a line */
    ask(f, 0, true, false, other);
    g_assert_true(kiosk_wait_sent(&f->kiosks[0]));
    line(f, 1, true);
    stands(f, 0, other, SEAT_WAITLISTED);
    stands(f, 1, own, SEAT_REGISTERED);
    told_once(f, 2, 2);
}

/* ---- A card in another one's place ---- */

#define FRESH "3109901007700000017" /* a card that nobody has */

static void replace_elder(struct fixture *f, char fresh[33])
{
    g_autofree char *elder = kit_card(1);
    const char *stock[] = {"--card", FRESH, "--issuer", "01019901FFFFFFFF", "--valid-from", "20260101", "--valid-to", "20461231", NULL};
    const char *replace[] = {"--card", elder, "--successor", FRESH, "--by", "S0001", "--by", "S0002", "--reason", "lost in the park", NULL};

    g_free(platform_run(f->data, "card-lost", elder, NULL));
    command_of(f, "card-stock", stock);
    command_of(f, "card-replace", replace);
    card_token(f->kiosks[0].identity.index_key, FRESH, fresh);
}

/* By the number that the biller has of old: it is theirs who has the card in its place. */
static void bill_elder(struct fixture *f)
{
    g_autofree char *elder = kit_card(1);
    const char *bill[] = {"--card", elder, "--biller", "ytdl", "--amount-fen", "4200", NULL};

    command_of(f, "bill-add", bill);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM bill b JOIN card_line l ON l.current=b.card WHERE b.amount_fen=4200"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM bill b JOIN card_line l ON l.card=b.card"), ==, 0);
}

static void listed(struct fixture *f, unsigned kiosk, const char *token, const char *reason)
{
    int64_t end = clock_boot_ms() + 20000;
    g_autofree char *now = NULL;

    do {
        g_free(now);
        now = store_hotlist_lookup(f->kiosks[kiosk].store, token);
        clock_sleep_ms(50);
    } while (g_strcmp0(now, reason) != 0 && clock_boot_ms() < end);
    g_assert_cmpstr(now, ==, reason);
}

/* K0001 has no line: what it wrote before the card was lost is the new card's, what it writes of the old one afterwards is refused. */
static void test_card_replaced(struct fixture *f, const void *data)
{
    char before[37], after[37], old[33], fresh[33];

    line(f, 0, false);
    g_strlcpy(old, f->tokens[1], sizeof old);
    g_strlcpy(f->tokens[0], old, sizeof f->tokens[0]); /* the elder stands at K0001 */
    ask(f, 0, true, false, before);
    clock_sleep_ms(20);
    replace_elder(f, fresh);
    bill_elder(f);
    listed(f, 1, old, "replaced");
    listed(f, 1, fresh, NULL);
    listed(f, 0, old, NULL); /* it cannot know */
    step(f, 0, before, SEAT_DO_CANCEL); /* whoever has the old card now */
    wire_set(f->wires[0], WIRE_DEAF);   /* told, and told again */
    clock_sleep_ms(500);
    line(f, 0, true);
    g_assert_true(kiosk_wait_sent(&f->kiosks[0]));
    g_strlcpy(f->tokens[0], fresh, sizeof f->tokens[0]);
    stands(f, 0, before, SEAT_REGISTERED);
    listed(f, 0, old, "replaced");
    g_assert_cmpint(state_at(f, 0, 1, before), ==, SEAT_STATES); /* nothing is kept of the old card */
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE code='CARD_REPLACED' AND verdict='rejected'"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict<>'accepted'"), ==, 1);
    line(f, 0, false);
    step(f, 0, before, SEAT_DO_CANCEL); /* with the new one it is theirs to give back */
    line(f, 0, true);
    stands(f, 0, before, SEAT_CANCELLED);
    g_strlcpy(f->tokens[1], fresh, sizeof f->tokens[1]);
    ask(f, 1, true, false, after);
    stands(f, 1, after, SEAT_REGISTERED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/seats/moves-up", struct fixture, NULL, up, test_moves_up, down);
    g_test_add("/seats/own-seat", struct fixture, NULL, up, test_own_seat, down);
    g_test_add("/seats/card-replaced", struct fixture, NULL, up, test_card_replaced, down);
    return g_test_run();
}
