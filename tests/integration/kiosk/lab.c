/* SPDX-License-Identifier: Apache-2.0 */
#include "lab.h"
#include "personal.h"
#include "token.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "sync/sync.h"

#define PORT 8443
#define URL  "https://127.0.0.1:8443"

struct lab {
    char *psam; /* file, or NULL: that of the demonstration keys */
    char *dir, *control, *platform_dir, *kiosk_dir;
    GSubprocess *cards, *platform;
    struct kiosk_config *config;
    struct kiosk *kiosk;
    GQueue events; /* of struct lab_event */
    struct lab_event status; /* the latest of its kind */
    kiosk_event_fn listener;
    void *listening;
};

static GSubprocess *spawn(const char *const *argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    GSubprocess *process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    return process;
}

static void end(GSubprocess **process)
{
    if (*process == NULL)
        return;
    g_subprocess_send_signal(*process, SIGTERM);
    g_subprocess_wait(*process, NULL, NULL);
    g_clear_object(process);
}

/* ---- Cards ---------------------------------------------------------------------------------------------------------- */

static char *control_line(struct lab *lab, const char *line, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(lab->control);
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, error);
    if (connection == NULL)
        return NULL;
    g_autofree char *text = g_strdup_printf("%s\n", line);
    if (!g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), text, strlen(text), NULL,
                                   NULL, error))
        return NULL;
    g_autoptr(GDataInputStream) in = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    return g_data_input_stream_read_line(in, NULL, NULL, error);
}

char *lab_cards(struct lab *lab, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *answer = control_line(lab, line, &error);
    g_assert_no_error(error);
    if (answer == NULL || !g_str_has_prefix(answer, "ok"))
        g_error("virtual cards: '%s' answered '%s'", line, answer ? answer : "nothing");
    return g_strdup(g_strstrip(answer + 2));
}

json_t *lab_card_state(struct lab *lab, const char *key)
{
    json_error_t error;
    g_autofree char *text = lab_cards(lab, "card %s", key);
    json_t *state = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    g_assert_nonnull(state);
    return state;
}

int64_t lab_card_balance(struct lab *lab, const char *key)
{
    json_t *state = lab_card_state(lab, key);
    json_t *balance = json_object_get(state, "balance_fen");
    g_assert_true(json_is_integer(balance));
    int64_t fen = json_integer_value(balance);
    json_decref(state);
    return fen;
}

/* `second`: the PSAM's slot is a reader for residents too. */
static void cards_start(struct lab *lab, bool second)
{
    g_autofree char *state = g_build_filename(lab->dir, "cards", NULL);
    const char *const argv[] = {BUILD_ROOT "/tests/vcard/citycard-vcard",
                                "--personas", COMMUNITY "/personas.json",
                                "--keys", COMMUNITY "/demo-keys.json",
                                "--cards", LAB_CARDS,
                                "--state", state,
                                "--control", lab->control,
                                "--card", "none",
                                "--card-port", "35963",
                                "--sam-port", second ? "35999" : "35964",
                                second ? "--card-port" : lab->psam != NULL ? "--psam" : NULL,
                                second ? "35964" : lab->psam,
                                NULL};
    lab->cards = spawn(argv);
    for (int tries = 0; tries < 100; tries++) {
        g_autofree char *answer = control_line(lab, "status", NULL);
        if (answer != NULL)
            return;
        g_usleep(50000);
    }
    g_error("the virtual cards did not start");
}

/* ---- Platform -------------------------------------------------------------------------------------------------------- */

static char *platform_output(char **argv)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv((const char *const *)argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, &text, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_successful(process));
    return text;
}

char *lab_platform_run(struct lab *lab, const char *command, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    va_list args;
    char *argument;

    g_ptr_array_add(argv, (char *)BUILD_ROOT "/kiosk/platform/citycard-platform");
    g_ptr_array_add(argv, (char *)command);
    g_ptr_array_add(argv, (char *)"--data");
    g_ptr_array_add(argv, lab->platform_dir);
    va_start(args, command);
    while ((argument = va_arg(args, char *)) != NULL)
        g_ptr_array_add(argv, argument);
    va_end(args);
    g_ptr_array_add(argv, NULL);
    return platform_output((char **)argv->pdata);
}

void lab_platform_start(struct lab *lab)
{
    const char *const argv[] = {BUILD_ROOT "/kiosk/platform/citycard-platform", "serve", "--data", lab->platform_dir,
                                "--listen", "127.0.0.1:8443", NULL};
    lab->platform = spawn(argv);
    g_autoptr(GDataInputStream) out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(lab->platform));
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(out), FALSE);
    g_autofree char *line = g_data_input_stream_read_line(out, NULL, NULL, NULL);
    g_assert_nonnull(line);
}

void lab_platform_stop(struct lab *lab)
{
    end(&lab->platform);
}

void lab_platform_hang(struct lab *lab, bool hangs)
{
    g_subprocess_send_signal(lab->platform, hangs ? SIGSTOP : SIGCONT);
}

json_t *lab_ledger(struct lab *lab)
{
    json_error_t error;
    g_autofree char *text = lab_platform_run(lab, "ledger", "--json", NULL);
    json_t *ledger = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (ledger == NULL)
        g_error("ledger: %s", error.text);
    return ledger;
}

/* ---- Events ------------------------------------------------------------------------------------------------------------ */

static void on_event(void *data, const struct kiosk_event *event)
{
    struct lab *lab = data;
    struct lab_event *copy = g_new0(struct lab_event, 1);

    copy->event = *event;
    if (event->kind == KIOSK_EVENT_BILLS)
        for (size_t i = 0; i < event->bills.count && i < LAB_BILLS_MAX; i++) {
            g_strlcpy(copy->bill_ids[i], event->bills.items[i].id, sizeof copy->bill_ids[i]);
            copy->bill_fen[i] = event->bills.items[i].amount_fen;
            copy->bill_count = i + 1;
        }
    if (event->kind == KIOSK_EVENT_STATEMENT && event->statement.count > 0)
        copy->movement = event->statement.items[0];
    if (event->kind == KIOSK_EVENT_ORDERS && event->orders.count > 0)
        copy->order = event->orders.items[0];
    for (size_t i = 0; event->kind == KIOSK_EVENT_SERVICES && i < event->services.count; i++)
        if (g_str_equal(event->services.items[i].code, "H04"))
            copy->price_fen = event->services.items[i].price_fen;
    if (event->kind == KIOSK_EVENT_STATUS)
        lab->status = *copy;
    g_queue_push_tail(&lab->events, copy);
    if (lab->listener != NULL)
        lab->listener(lab->listening, event);
}

void lab_listen(struct lab *lab, kiosk_event_fn fn, void *data)
{
    lab->listener = fn;
    lab->listening = data;
}

void lab_events_clear(struct lab *lab)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    g_queue_clear_full(&lab->events, g_free);
}

static gboolean tick(void *data)
{
    return G_SOURCE_CONTINUE;
}

bool lab_try(struct lab *lab, lab_match match, void *data, unsigned timeout_ms, struct lab_event *out)
{
    gint64 until = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    guint timer = g_timeout_add(20, tick, NULL);
    bool found = false;

    do {
        struct lab_event *event;
        while (!found && (event = g_queue_pop_head(&lab->events)) != NULL) {
            found = match(event, data);
            if (found)
                *out = *event;
            g_free(event);
        }
        if (!found)
            g_main_context_iteration(NULL, TRUE);
    } while (!found && g_get_monotonic_time() < until);
    g_source_remove(timer);
    return found;
}

/* What comes in time on a machine of its own comes later under a sanitizer on a busy one; what does not come is late all the same. */
#define PATIENCE 4

struct lab_event lab_wait(struct lab *lab, const char *what, lab_match match, void *data, unsigned timeout_ms)
{
    struct lab_event event = {0};
    if (!lab_try(lab, match, data, timeout_ms * PATIENCE, &event))
        g_error("no %s within %u ms", what, timeout_ms);
    return event;
}

static bool is_kind(const struct lab_event *event, void *kind)
{
    return event->event.kind == *(enum kiosk_event_kind *)kind;
}

static bool is_online(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.online && event->event.status.sam_ready;
}

static bool is_synced(const struct lab_event *event, void *data)
{
    return is_online(event, data) && event->event.status.waiting == 0;
}

static bool is_payment_end(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_PAYMENT && event->event.payment.phase != KIOSK_PAYMENT_WORKING;
}

struct lab_event lab_wait_card(struct lab *lab)
{
    enum kiosk_event_kind kind = KIOSK_EVENT_CARD;
    return lab_wait(lab, "card", is_kind, &kind, 10000);
}

void lab_wait_online(struct lab *lab)
{
    lab_wait(lab, "kiosk online with its PSAM", is_online, NULL, 20000);
}

void lab_wait_synced(struct lab *lab)
{
    /*
     * A status is told when it differs from the last one. The platform may have everything before the first look after a
     * payment, so what counts is the latest status, once there was time for a look.
     */
    gint64 start = g_get_monotonic_time();
    guint timer = g_timeout_add(20, tick, NULL);

    do {
        g_main_context_iteration(NULL, TRUE);
        if (g_get_monotonic_time() - start > 30 * G_USEC_PER_SEC)
            g_error("no empty outbox within 30 s");
    } while (g_get_monotonic_time() - start < 1500000 || !is_synced(&lab->status, NULL));
    g_source_remove(timer);
    lab_events_clear(lab);
}

struct lab_event lab_wait_payment(struct lab *lab)
{
    return lab_wait(lab, "end of a payment", is_payment_end, NULL, 20000);
}

/* ---- What residents do --------------------------------------------------------------------------------------------------- */

struct lab_event lab_tap(struct lab *lab, const char *key)
{
    g_autofree char *answer = lab_cards(lab, "insert %s", key);
    return lab_wait_card(lab);
}

struct lab_event lab_bills(struct lab *lab)
{
    enum kiosk_event_kind kind = KIOSK_EVENT_BILLS;
    kiosk_request_bills(lab->kiosk);
    return lab_wait(lab, "bills", is_kind, &kind, 5000);
}

void lab_pay(struct lab *lab, const struct lab_event *bills, const char *pin)
{
    const char *const ids[] = {bills->bill_ids[0], NULL};
    g_assert_cmpuint(bills->bill_count, >, 0);
    kiosk_request_pay(lab->kiosk, ids, pin);
}

/* ---- Life ---------------------------------------------------------------------------------------------------------------- */

void lab_kiosk_start(struct lab *lab)
{
    g_autoptr(GError) error = NULL;
    lab->kiosk = kiosk_new(lab->config, on_event, lab, &error);
    g_assert_no_error(error);
}

void lab_kiosk_stop(struct lab *lab)
{
    kiosk_free(lab->kiosk);
    lab->kiosk = NULL;
    lab_events_clear(lab);
}

void lab_two_readers(struct lab *lab)
{
    end(&lab->cards);
    cards_start(lab, true);
}

void lab_psam(struct lab *lab, const char *file)
{
    g_free(lab->psam);
    lab->psam = g_strdup(file);
    end(&lab->cards);
    cards_start(lab, false);
}

void lab_kiosk_bind_sam(struct lab *lab, const char *reader, const char *terminal)
{
    g_free(lab->config->sam);
    g_free(lab->config->sam_terminal);
    lab->config->sam = g_strdup(reader);
    lab->config->sam_terminal = g_strdup(terminal);
}

static void enrol(struct lab *lab, const char *kiosk_id)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *ca = g_build_filename(lab->platform_dir, "ca.pem", NULL);
    g_autofree char *code = lab_platform_run(lab, "enrol-code", kiosk_id, NULL);

    sync_enrol(lab->kiosk_dir, URL, ca, kiosk_id, g_strstrip(code), &error);
    g_assert_no_error(error);
}

static void configure(struct lab *lab)
{
    g_autoptr(GError) error = NULL;

    lab->config = kiosk_config_load(lab->kiosk_dir, &error);
    g_assert_no_error(error);
    g_free(lab->config->platform_url);
    lab->config->platform_url = g_strdup(URL);
}

void lab_kiosk_move(struct lab *lab, const char *kiosk_id)
{
    g_autofree char *name = g_strconcat("kiosk-", kiosk_id, NULL);
    g_autofree char *first = g_build_filename(lab->dir, "kiosk", NULL);
    bool is_first = g_str_equal(kiosk_id, "K0001");

    lab_kiosk_stop(lab);
    kiosk_config_free(lab->config);
    g_free(lab->kiosk_dir);
    lab->kiosk_dir = is_first ? g_strdup(first) : g_build_filename(lab->dir, name, NULL);
    if (!g_file_test(lab->kiosk_dir, G_FILE_TEST_IS_DIR))
        enrol(lab, kiosk_id);
    configure(lab);
    lab_kiosk_start(lab);
}

/* The platform's purse keys go into a token, and out of its folder. */
static void keys_into_token(struct lab *lab)
{
    g_autofree char *uri = token_make(lab->dir, TOKEN_MODULE), *secrets = NULL;
    g_autofree char *path = g_build_filename(lab->platform_dir, "secrets.json", NULL);
    g_autofree char *said = lab_platform_run(lab, "keys-to-hsm", "--hsm", uri, "--import", NULL);

    g_assert_nonnull(strstr(said, "in the token citycard"));
    g_assert_true(g_file_get_contents(path, &secrets, NULL, NULL));
    g_assert_null(strstr(secrets, "master"));
    g_assert_null(strstr(secrets, TOKEN_PIN));
}

struct lab *lab_new(void)
{
    struct lab *lab = g_new0(struct lab, 1);
    g_autoptr(GError) error = NULL;

    personal_listen();

    if (g_getenv("CITYCARD_TPM") == NULL)
        g_setenv("CITYCARD_TPM", "none", FALSE); /* not the TPM of the machine that tests */
    lab->dir = g_dir_make_tmp("citycard-lab-XXXXXX", &error);
    g_assert_no_error(error);
    lab->control = g_build_filename(lab->dir, "cards.sock", NULL);
    lab->platform_dir = g_build_filename(lab->dir, "platform", NULL);
    lab->kiosk_dir = g_build_filename(lab->dir, "kiosk", NULL);
    g_queue_init(&lab->events);
    cards_start(lab, false);
    g_autofree char *made = lab_platform_run(lab, "init", "--residents", "200", "--personas", COMMUNITY "/personas.json",
                                             "--keys", COMMUNITY "/demo-keys.json", NULL);
    if (g_getenv("CITYCARD_LAB_TOKEN") != NULL)
        keys_into_token(lab);
    lab_platform_start(lab);
    enrol(lab, "K0001");
    configure(lab);
    lab_kiosk_start(lab);
    return lab;
}

static void remove_tree(const char *path)
{
    const char *const argv[] = {"rm", "-rf", path, NULL};
    g_autoptr(GSubprocess) rm = spawn(argv);
    g_subprocess_wait(rm, NULL, NULL);
}

void lab_free(struct lab *lab)
{
    personal_assert_files(lab->kiosk_dir); /* while it runs, with the WAL beside the database */
    lab_kiosk_stop(lab);
    personal_assert_files(lab->kiosk_dir);
    personal_assert_log();
    personal_assert_database(lab->platform_dir);
    lab_platform_stop(lab);
    end(&lab->cards);
    remove_tree(lab->dir);
    kiosk_config_free(lab->config);
    g_free(lab->psam);
    g_free(lab->dir);
    g_free(lab->control);
    g_free(lab->platform_dir);
    g_free(lab->kiosk_dir);
    g_free(lab);
}

struct kiosk *lab_kiosk(struct lab *lab)
{
    return lab->kiosk;
}

const char *lab_dir(struct lab *lab)
{
    return lab->dir;
}

const char *lab_kiosk_dir(struct lab *lab)
{
    return lab->kiosk_dir;
}
