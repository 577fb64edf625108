/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 of a real kiosk at random moments of real purchases and loads, through a real pcscd, against a real platform. It is
 * started again each time, with its cards on the reader or not, and in the end everything has to agree: cards, journal, ledger,
 * and what was told.
 */
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "model/model.h"
#include "store/store.h"
#include "sync/sync.h"

#define URL        "https://127.0.0.1:8443"
#define PROGRESS_S 30
#define CARDS      3
#define LAST_LINES 20

static int kills = 25;
static int seed = -1;
static const GOptionEntry entries[] = {
    {"kills", 0, 0, G_OPTION_ARG_INT, &kills, "How often the kiosk is killed (25)", "N"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "Choices as in an earlier run; moments differ", "N"},
    {NULL},
};

/* ---- The till, and all that it ever told ----------------------------------------------------------------------------------- */

struct told {
    bool confirmed, void_;
};

struct till {
    GSubprocess *process;
    int out;       /* borrowed */
    GString *text; /* not yet a line */
    GQueue last; /* what it said last, for whoever has to find out */
    GHashTable *told; /* payment id → struct told, over all lives */
    unsigned confirmed, voided, recovered;
};

/* The values of a line of the till: "payment phase=1 id=… load=0 …". g_free; NULL: no such member. */
static char *member(const char *line, const char *name)
{
    g_autofree char *key = g_strconcat(" ", name, "=", NULL);
    const char *at = strstr(line, key);

    if (at == NULL)
        return NULL;
    at += strlen(key);
    return g_strndup(at, strcspn(at, " "));
}

static gint64 number(const char *line, const char *name)
{
    g_autofree char *text = member(line, name);
    gint64 value = -1;

    g_assert_true(text != NULL && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &value, NULL));
    return value;
}

static void keep_payment(struct till *till, const char *line)
{
    g_autofree char *id = member(line, "id");
    gint64 phase = number(line, "phase");

    if (phase != KIOSK_PAYMENT_CONFIRMED && phase != KIOSK_PAYMENT_VOID)
        return;
    struct told *told = g_hash_table_lookup(till->told, id);
    if (told == NULL) {
        told = g_new0(struct told, 1);
        g_hash_table_insert(till->told, g_strdup(id), told);
    }
    told->confirmed |= phase == KIOSK_PAYMENT_CONFIRMED;
    told->void_ |= phase == KIOSK_PAYMENT_VOID;
    till->confirmed += phase == KIOSK_PAYMENT_CONFIRMED;
    till->voided += phase == KIOSK_PAYMENT_VOID;
    till->recovered += number(line, "recovered") == 1;
    if (told->confirmed && told->void_)
        g_error("payment %s was told as confirmed and as void", id);
}

static void keep(struct till *till, const char *line)
{
    if (g_str_has_prefix(line, "payment "))
        keep_payment(till, line);
    if (g_str_has_prefix(line, "status ") && number(line, "refused") > 0)
        g_error("the platform refused something: %s", line);
}

/* A line of the till within timeout_ms; NULL: none, or it is dead. g_free. */
static char *next_line(struct till *till, int timeout_ms)
{
    for (;;) {
        char *end = strchr(till->text->str, '\n');
        char bytes[1024];
        struct pollfd ready = {.fd = till->out, .events = POLLIN};

        if (end != NULL) {
            char *line = g_strndup(till->text->str, (gsize)(end - till->text->str));
            g_string_erase(till->text, 0, end + 1 - till->text->str);
            keep(till, line);
            g_queue_push_tail(&till->last, g_strdup(line));
            if (till->last.length > LAST_LINES)
                g_free(g_queue_pop_head(&till->last));
            return line;
        }
        if (poll(&ready, 1, timeout_ms) != 1)
            return NULL;
        ssize_t got = read(till->out, bytes, sizeof bytes);
        if (got <= 0)
            return NULL;
        g_string_append_len(till->text, bytes, got);
    }
}

typedef bool (*line_match)(const char *line);

/* Until a line fits, or the time is over: NULL. */
static char *wait_line(struct till *till, line_match match, int timeout_ms)
{
    gint64 end_us = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

    for (;;) {
        gint64 left_ms = (end_us - g_get_monotonic_time()) / 1000;
        char *line = left_ms > 0 ? next_line(till, (int)left_ms) : NULL;
        if (line == NULL || match(line))
            return line;
        g_free(line);
    }
}

static bool is_ready(const char *line)
{
    return g_str_has_prefix(line, "status ") && number(line, "sam") == 1 && number(line, "online") == 1 &&
           number(line, "store") == 1;
}

static bool is_drained(const char *line)
{
    return is_ready(line) && number(line, "waiting") == 0 && number(line, "doubts") == 0;
}

static bool is_card(const char *line)
{
    return g_str_has_prefix(line, "card ");
}

static bool is_removed(const char *line)
{
    return strcmp(line, "removed") == 0;
}

static bool is_working(const char *line)
{
    return g_str_has_prefix(line, "payment ") && number(line, "phase") == KIOSK_PAYMENT_WORKING;
}

static bool is_end(const char *line)
{
    return g_str_has_prefix(line, "payment ") && number(line, "phase") != KIOSK_PAYMENT_WORKING;
}

static void till_start(struct till *till, struct lab *lab)
{
    g_autoptr(GError) error = NULL;

    till->process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                         G_SUBPROCESS_FLAGS_NONE,
                                     &error, TILL, lab_kiosk_dir(lab), URL, NULL);
    g_assert_no_error(error);
    till->out = g_unix_input_stream_get_fd(G_UNIX_INPUT_STREAM(g_subprocess_get_stdout_pipe(till->process)));
    g_string_truncate(till->text, 0);
}

/* Signal 0: it has been told to quit. All that it has told is read before it is forgotten. */
static void till_end(struct till *till, int signal_number)
{
    char *line;

    if (signal_number != 0)
        g_subprocess_send_signal(till->process, signal_number);
    g_assert_true(g_subprocess_wait(till->process, NULL, NULL));
    if (signal_number != 0 && (!g_subprocess_get_if_signaled(till->process) ||
                               g_subprocess_get_term_sig(till->process) != signal_number))
        g_error("the kiosk ended by itself before it was killed");
    while ((line = next_line(till, 1000)) != NULL)
        g_free(line);
    g_clear_object(&till->process);
}

static void order(struct till *till, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void order(struct till *till, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    g_assert_true(g_output_stream_write_all(g_subprocess_get_stdin_pipe(till->process), line, strlen(line), NULL, NULL, NULL));
}

/* ---- One life of the kiosk -------------------------------------------------------------------------------------------------- */

static void give_up(struct till *till, const char *what)
{
    for (GList *line = till->last.head; line != NULL; line = line->next)
        fprintf(stderr, "# %s\n", (const char *)line->data);
    g_error("%s", what);
}

static const char *const KEYS[CARDS] = {"adult", "elder", "poor"};

struct game {
    struct lab *lab;
    struct till till;
    GRand *rand;
    bool lies; /* a card is on the reader */
    unsigned bills, again, restarts; /* cards put there again, restarts of the reader service */
    int took_us[2]; /* from "working" to the end, as last seen: a purchase, a load */
};

static void put(struct game *game, const char *key)
{
    g_autofree char *answer = lab_cards(game->lab, "insert %s", key);
    game->lies = true;
}

static void take(struct game *game)
{
    g_autofree char *answer = lab_cards(game->lab, "remove");
    game->lies = false;
}

/*
 * A client that is killed in the middle of a command leaves the virtual reader's driver now and then where it sees no card any
 * more. What a person would do comes first: put the card there again. Then what the machine's watchdog would do.
 */
static void tap(struct game *game, const char *key)
{
    static const char *const RESTART[] = {"sh", "-c", "\"$WITH_READERS_RESTART\" restart", NULL};

    for (int try = 0; try < 4; try++) {
        put(game, key);
        g_autofree char *line = wait_line(&game->till, is_card, 2500);
        if (line != NULL)
            return;
        take(game);
        g_usleep(600000);
        game->again++;
        if (try < 1)
            continue;
        g_autoptr(GSubprocess) restart = g_subprocess_newv(RESTART, G_SUBPROCESS_FLAGS_NONE, NULL);
        g_assert_true(restart != NULL && g_subprocess_wait_check(restart, NULL, NULL));
        game->restarts++;
    }
    give_up(&game->till, "a card was put on the reader and not seen");
}

static void take_and_wait(struct game *game)
{
    take(game);
    g_free(wait_line(&game->till, is_removed, 3000));
}

/* Bills of a few yuan for the two who pay, whenever they may run out. */
static void bills_add(struct game *game)
{
    static const char *const NUMBERS[] = {"9901000000001017", "9901000000001025"};

    for (unsigned i = 0; i < 2; i++, game->bills++) {
        g_autofree char *amount = g_strdup_printf("%d", g_rand_int_range(game->rand, 100, 400));
        g_autofree char *out = lab_platform_run(game->lab, "bill-add", "--card", NUMBERS[i], "--biller", "ytdl",
                                                "--amount-fen", amount, NULL);
    }
}

static void sleep_some(struct game *game, int most_ms)
{
    g_usleep((gulong)g_rand_int_range(game->rand, 0, most_ms * 1000));
}

/* Right after the end was told, at any moment between "working" and that, or at any moment at all. */
static void wait_for_the_moment(struct game *game, bool load)
{
    int mode = g_rand_int_range(game->rand, 0, 6);

    if (mode == 5) {
        sleep_some(game, 100);
        return;
    }
    g_autofree char *working = wait_line(&game->till, is_working, 10000);
    if (working == NULL)
        return;
    if (mode > 0) {
        g_usleep((gulong)g_rand_int_range(game->rand, 0, game->took_us[load] * 5 / 4));
        return;
    }
    gint64 start_us = g_get_monotonic_time();
    g_autofree char *end = wait_line(&game->till, is_end, 10000);
    if (end != NULL)
        game->took_us[load] = (int)CLAMP(g_get_monotonic_time() - start_us, 1000, 1000000);
}

/* Somebody pays or loads, and the end comes at any moment of it. */
static void life_of_money(struct game *game)
{
    bool load = g_rand_int_range(game->rand, 0, 10) < 3;
    const char *key = KEYS[g_rand_int_range(game->rand, 0, load ? CARDS : 2)];

    if (game->lies)
        take_and_wait(game);
    if (load) {
        tap(game, "staff");
        take_and_wait(game);
    } else {
        bills_add(game);
    }
    tap(game, key);
    if (load)
        order(&game->till, "load 1000");
    else
        order(&game->till, "pay");
    wait_for_the_moment(game, load);
}

/* The end comes while it starts, settles what was open, and tells the platform. */
static void life_of_recovery(struct game *game)
{
    sleep_some(game, 1500);
}

static void one_life(struct game *game)
{
    till_start(&game->till, game->lab);
    if (g_rand_int_range(game->rand, 0, 8) == 0) {
        life_of_recovery(game);
    } else {
        g_autofree char *ready = wait_line(&game->till, is_ready, 20000);
        if (ready == NULL)
            give_up(&game->till, "the kiosk did not come up");
        life_of_money(game);
    }
    till_end(&game->till, SIGKILL);
    if (game->lies && g_rand_boolean(game->rand))
        take(game);
    if (g_rand_int_range(game->rand, 0, 30) == 0) {
        lab_platform_stop(game->lab);
        lab_platform_start(game->lab);
    }
}

/* Everybody comes once more, then all is told to the platform. */
static void drain(struct game *game)
{
    till_start(&game->till, game->lab);
    g_free(wait_line(&game->till, is_ready, 20000));
    for (int i = 0; i < CARDS; i++) {
        if (game->lies)
            take_and_wait(game);
        tap(game, KEYS[i]);
        g_usleep(500000);
    }
    take_and_wait(game);
    /* A status is told when it changes, and once a minute. */
    g_autofree char *drained = wait_line(&game->till, is_drained, 70000);
    if (drained == NULL)
        give_up(&game->till, "there are doubts, or untold events, that stay");
    order(&game->till, "quit");
    till_end(&game->till, 0);
}

/* ---- Does everything agree? -------------------------------------------------------------------------------------------------- */

struct books {
    int64_t spent_fen, loaded_fen;
    int64_t purchases, loads;
};

/* Journal: id → last state, of payments and loads. */
static GHashTable *journal_states(struct lab *lab)
{
    GHashTable *states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *path = g_build_filename(lab_kiosk_dir(lab), "kiosk.db", NULL);
    sqlite3_stmt *rows = NULL;
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db,
                                       "SELECT json_extract(body,'$.data.id'), json_extract(body,'$.data.state') FROM"
                                       " journal WHERE type GLOB 'payment.*' OR type GLOB 'load.*' ORDER BY seq",
                                       -1, &rows, NULL),
                    ==, SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        g_hash_table_replace(states, g_strdup((const char *)sqlite3_column_text(rows, 0)),
                             g_strdup((const char *)sqlite3_column_text(rows, 1)));
    sqlite3_finalize(rows);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    return states;
}

static void check_chain(struct lab *lab)
{
    g_autoptr(GError) error = NULL;
    struct sync_identity enrolment;
    struct store_identity identity;
    g_autofree char *path = g_build_filename(lab_kiosk_dir(lab), "kiosk.db", NULL);

    sync_identity_load(lab_kiosk_dir(lab), &enrolment, &error);
    g_assert_no_error(error);
    sync_store_identity(&enrolment, &identity);
    struct store *store = store_open(path, &identity, &error);
    g_assert_no_error(error);
    g_assert_true(store_verify_chain(store, 0, &error));
    g_assert_no_error(error);
    g_assert_true(store_rebuild(store, &error));
    g_assert_no_error(error);
    g_assert_cmpint(store_payments_in_doubt(store), ==, 0);
    g_assert_cmpint(store_outbox_waiting(store), ==, 0);
    g_assert_cmpint(store_refused_count(store), ==, 0);
    store_close(store);
}

/* "Paid" was told: it is CONFIRMED on disk. */
static void check_told(struct till *till, GHashTable *journal)
{
    GHashTableIter iter;
    void *id, *value;

    g_hash_table_iter_init(&iter, till->told);
    while (g_hash_table_iter_next(&iter, &id, &value)) {
        const struct told *told = value;
        const char *state = g_hash_table_lookup(journal, id);
        if (g_strcmp0(state, told->confirmed ? "CONFIRMED" : "VOID") != 0)
            g_error("payment %s was told as %s and is %s", (char *)id, told->confirmed ? "CONFIRMED" : "VOID", state);
    }
}

static struct books *books_of(GHashTable *cards, const char *card)
{
    struct books *books = g_hash_table_lookup(cards, card);

    if (books == NULL) {
        books = g_new0(struct books, 1);
        g_hash_table_insert(cards, g_strdup(card), books);
    }
    return books;
}

static void check_bills_once(json_t *payment, GHashTable *paid)
{
    json_t *bill;
    size_t i;

    json_array_foreach(json_object_get(payment, "bills"), i, bill)
    {
        const char *outcome = json_string_value(json_object_get(bill, "outcome"));
        const char *id = json_string_value(json_object_get(bill, "id"));
        g_assert_cmpstr(outcome, ==, "PAID");
        if (!g_hash_table_add(paid, g_strdup(id)))
            g_error("bill %s was paid twice", id);
    }
}

/* Every payment of the platform is the journal's, in the same state; the books of each card follow from them. */
static GHashTable *check_platform(json_t *ledger, GHashTable *journal, unsigned *confirmed)
{
    GHashTable *cards = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) paid = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_t *payment;
    size_t i;

    json_array_foreach(json_object_get(ledger, "payments"), i, payment)
    {
        const char *id = json_string_value(json_object_get(payment, "id"));
        const char *state = json_string_value(json_object_get(payment, "state"));
        bool load = strcmp(json_string_value(json_object_get(payment, "kind")), "load") == 0;
        int64_t amount_fen = json_integer_value(json_object_get(payment, "amount_fen"));

        if (g_strcmp0(g_hash_table_lookup(journal, id), state) != 0)
            g_error("payment %s is %s for the platform and %s in the journal", id, state,
                    (char *)g_hash_table_lookup(journal, id));
        if (strcmp(state, "CONFIRMED") != 0)
            continue;
        struct books *books = books_of(cards, json_string_value(json_object_get(payment, "card_number")));
        *confirmed += 1;
        books->purchases += !load;
        books->loads += load;
        books->spent_fen += load ? 0 : amount_fen;
        books->loaded_fen += load ? amount_fen : 0;
        check_bills_once(payment, paid);
    }
    return cards;
}

static void check_journal_told(GHashTable *journal, unsigned confirmed)
{
    GHashTableIter iter;
    void *id, *state;
    unsigned ours = 0;

    g_hash_table_iter_init(&iter, journal);
    while (g_hash_table_iter_next(&iter, &id, &state)) {
        if (strcmp(state, "CONFIRMED") != 0 && strcmp(state, "VOID") != 0)
            g_error("payment %s is still %s", (char *)id, (char *)state);
        ours += strcmp(state, "CONFIRMED") == 0;
    }
    g_assert_cmpuint(ours, ==, confirmed);
}

static int64_t at(json_t *state, const char *name)
{
    json_t *value = json_object_get(state, name);

    g_assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/* The cards themselves: what they hold and how often they were used. */
static void check_cards(struct lab *lab, GHashTable *cards)
{
    static const struct {
        const char *key, *number;
        int64_t balance_fen;
    } ISSUED[CARDS] = {{"adult", "3109901000000001017", 26850},
                       {"elder", "3109901000000001025", 25230},
                       {"poor", "3109901000000001090", 150}};

    for (size_t i = 0; i < CARDS; i++) {
        const struct books *books = books_of(cards, ISSUED[i].number);
        json_t *state = lab_card_state(lab, ISSUED[i].key);

        g_assert_cmpint(at(state, "balance_fen"), ==, ISSUED[i].balance_fen - books->spent_fen + books->loaded_fen);
        g_assert_cmpint(at(state, "offline_counter"), ==, 7 + books->purchases);
        g_assert_cmpint(at(state, "online_counter"), ==, 3 + books->loads);
        json_decref(state);
    }
}

static int64_t account(json_t *ledger, const char *code)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(ledger, "accounts"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "code")), code) == 0)
            return json_integer_value(json_object_get(row, "balance_fen"));
    }
    return 0;
}

static void check_ledger(struct game *game, json_t *ledger, GHashTable *cards)
{
    GHashTableIter iter;
    void *card, *value;
    int64_t spent_fen = 0, loaded_fen = 0;

    g_hash_table_iter_init(&iter, cards);
    while (g_hash_table_iter_next(&iter, &card, &value)) {
        spent_fen += ((struct books *)value)->spent_fen;
        loaded_fen += ((struct books *)value)->loaded_fen;
    }
    g_assert_cmpint(json_integer_value(json_object_get(ledger, "sum_fen")), ==, 0);
    g_assert_cmpuint(json_array_size(json_object_get(ledger, "refused")), ==, 0);
    g_assert_cmpint(account(ledger, "cash:K0001"), ==, loaded_fen);
    /* What rests on the card's log only waits in suspense, in the same sums. */
    g_assert_cmpint(account(ledger, "purse:float") + account(ledger, "payable:ytdl") + account(ledger, "suspense:unproven") +
                        loaded_fen,
                    ==, -(account(ledger, "payable:ytsw") + account(ledger, "payable:ytrq") + account(ledger, "payable:yttx") +
                          account(ledger, "payable:ytgd") + account(ledger, "payable:ahwy") + account(ledger, "payable:hjwy")));
    printf("# a purchase took %d ms, a load %d ms\n", game->took_us[0] / 1000, game->took_us[1] / 1000);
    printf("# spent %.2f, loaded %.2f, in suspense %.2f\n", (double)spent_fen / 100, (double)loaded_fen / 100,
           (double)-account(ledger, "suspense:unproven") / 100);
}

static void check(struct game *game)
{
    g_autoptr(GHashTable) journal = journal_states(game->lab);
    json_t *ledger = lab_ledger(game->lab);
    unsigned confirmed = 0;
    g_autoptr(GHashTable) cards = check_platform(ledger, journal, &confirmed);

    check_chain(game->lab);
    check_told(&game->till, journal);
    check_journal_told(journal, confirmed);
    check_cards(game->lab, cards);
    check_ledger(game, ledger, cards);
    printf("# %u payments and loads confirmed, of %u begun; told: %u confirmed, %u void, %u of these at a later tap\n",
           confirmed, g_hash_table_size(journal), game->till.confirmed, game->till.voided, game->till.recovered);
    printf("# cards put there again: %u, restarts of pcscd: %u\n", game->again, game->restarts);
    json_decref(ledger);
}

/* ---- The run ------------------------------------------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) options = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    gint64 told_us = 0;

    g_option_context_add_main_entries(options, entries, NULL);
    if (!g_option_context_parse(options, &argc, &argv, &error) || kills < 1)
        g_error("%s", error != NULL ? error->message : "--kills of 1 at least");
    guint32 chosen = seed >= 0 ? (guint32)seed : g_random_int() >> 1;
    printf("TAP version 13\n1..1\n# seed %u\n", chosen);
    fflush(stdout);
    struct game game = {.lab = lab_new(), .rand = g_rand_new_with_seed(chosen), .took_us = {120000, 150000}};
    game.till.text = g_string_new(NULL);
    game.till.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    lab_kiosk_stop(game.lab);
    /* As slow as real cards: else most of a purchase would be over before anybody can kill it. */
    g_autofree char *slow_card = lab_cards(game.lab, "fault card delay ms=6 repeat=all");
    g_autofree char *slow_sam = lab_cards(game.lab, "fault sam delay ms=6 repeat=all");
    for (int n = 1; n <= kills; n++) {
        one_life(&game);
        if (g_get_monotonic_time() - told_us < PROGRESS_S * G_USEC_PER_SEC)
            continue;
        told_us = g_get_monotonic_time();
        printf("# %d kills\n", n);
        fflush(stdout);
    }
    drain(&game);
    check(&game);
    g_string_free(game.till.text, TRUE);
    g_queue_clear_full(&game.till.last, g_free);
    g_hash_table_unref(game.till.told);
    g_rand_free(game.rand);
    lab_free(game.lab);
    printf("ok 1 - %d kills with seed %u\n", kills, chosen);
    return 0;
}
