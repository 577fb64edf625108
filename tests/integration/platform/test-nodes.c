/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A city: two nodes of the platform behind a load balancer (HAProxy, TCP), one PostgreSQL, many kiosks that push. One node is killed
 * and comes back, the server crashes and comes back, all of it while kiosks write. In the end every event that a kiosk has is
 * there once, and the books sum to zero.
 *
 * CITYCARD_NODES_KIOSKS: how many kiosks (12), CITYCARD_NODES_PAYMENTS: of each (30).
 */
#include "rig.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/sample/community.h"
#include "sync/credentials.h"
#include "sync/http.h"
#include "sync/trust.h"
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESIDENTS_MIN 60

struct city {
    char *data[2]; /* folders of the nodes: the same keys, the same database */
    struct server_process node[2];
    GSubprocess *balancer;
    char *balancer_dir;
    unsigned port;
    unsigned count, payments;
    struct kiosk_rig *kiosks;
    GPtrArray *cards;
    int64_t sum_fen;
};

static unsigned number_of(const char *name, unsigned fallback)
{
    const char *text = g_getenv(name);
    guint64 value = fallback;

    g_assert_true(text == NULL || g_ascii_string_to_unsigned(text, 10, 1, 1000, &value, NULL));
    return (unsigned)value;
}

/* ---- Nodes and what stands before them ---- */

static char *node_copy(const char *data_dir)
{
    static const char *const FILES[] = {"ca.key", "ca.pem", "server.key", "server.pem", "sign.key", "secrets.json", "operators-ca.key", "operators-ca.pem",
                                        DB_SERVER_FILE};
    char *copy = kit_dir();

    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *from = g_build_filename(data_dir, FILES[i], NULL), *to = g_build_filename(copy, FILES[i], NULL), *bytes = NULL;
        gsize len = 0;
        g_assert_true(g_file_get_contents(from, &bytes, &len, NULL) && g_file_set_contents(to, bytes, (gssize)len, NULL));
        g_assert_cmpint(g_chmod(to, 0600), ==, 0);
    }
    return copy;
}

static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &len), ==, 0);
    close(fd);
    return ntohs(at.sin_port);
}

static bool listens(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;

    close(fd);
    return there;
}

static void die_with_parent(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* TLS goes through to the nodes: kiosks prove themselves to them, and a balancer has no key. */
static void balancer_up(struct city *city, bool drains)
{
    /* One that asks for /v1/health leaves sessions of a node that drains alone: they end by themselves. */
    /* A look's handshake may take `inter`, and a busy machine takes its time: one late answer is not yet a node that drains. */
    static const char *const BY_HEALTH = "check check-ssl verify none inter 2s fall 2 rise 1";
    static const char *const PATIENT = " timeout check 20s\n option httpchk GET /v1/health\n";
    static const char *const BY_PORT = "check inter 200ms fall 1 rise 1 on-marked-down shutdown-sessions";
    const char *look = drains ? BY_HEALTH : BY_PORT;
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_autofree char *path = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;

    city->port = free_port();
    city->balancer_dir = kit_dir();
    path = g_build_filename(city->balancer_dir, "haproxy.cfg", NULL);
    text = g_strdup_printf("global\n maxconn 2000\n stats socket %s/stats mode 600 level user\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
                           " retries 3\n option redispatch\nlisten city\n bind 127.0.0.1:%u\n balance roundrobin\n%s"
                           " server a 127.0.0.1:%u %s\n server b 127.0.0.1:%u %s\n",
                           city->balancer_dir, city->port, drains ? PATIENT : "", city->node[0].port, look, city->node[1].port, look);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    city->balancer = g_subprocess_launcher_spawn(launcher, &error, "/usr/sbin/haproxy", "-q", "-db", "-f", path, NULL);
    g_assert_no_error(error);
    for (int i = 0; i < 500 && !listens(city->port); i++)
        g_usleep(10000);
    g_assert_true(listens(city->port));
}

/* The answer of HAProxy's "show stat": a line for each node, "city,a,…,UP,…". */
static char *balancer_stat(const struct city *city)
{
    g_autofree char *path = g_build_filename(city->balancer_dir, "stats", NULL), *text = g_malloc0(65536);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketConnection) connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &error);

    g_assert_no_error(error);
    g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), "show stat\n", 10, NULL, NULL, &error);
    g_assert_no_error(error);
    g_input_stream_read_all(g_io_stream_get_input_stream(G_IO_STREAM(connection)), text, 65535, NULL, NULL, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&text);
}

#define STATUS_COLUMN 17

/* Until the balancer has the node for one that is there ("UP") or is not ("DOWN"). */
static void balancer_sees(const struct city *city, int node, const char *status)
{
    g_autofree char *line = g_strdup_printf("\ncity,%c,", 'a' + node);
    bool seen = false;

    for (int i = 0; i < 1200 && !seen; i++) {
        g_autofree char *text = balancer_stat(city);
        const char *at = strstr(text, line);
        g_assert_nonnull(at);
        g_auto(GStrv) columns = g_strsplit(at + 1, ",", STATUS_COLUMN + 2);
        g_assert_cmpuint(g_strv_length(columns), >, STATUS_COLUMN);
        seen = strcmp(columns[STATUS_COLUMN], status) == 0;
        if (!seen)
            g_usleep(50000);
    }
    g_assert_true(seen);
}

static void server_crash(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) crash = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, g_getenv("CITYCARD_TEST_PG_CRASH"), NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(crash, NULL, &error));
    g_assert_no_error(error);
}

/* ---- Kiosks ---- */

/* A card for each kiosk, so that no two of them pay with one. */
static void cards_find(struct city *city, struct platform *platform)
{
    g_autoptr(GError) error = NULL;
    int step;

    city->cards = g_ptr_array_new_with_free_func(g_free);
    g_assert_true(db_begin(platform->db, false, NULL));
    struct db_rows *rows = db_query(platform->db, &error, "SELECT token, number FROM card WHERE community=?1 AND state='active' ORDER BY token", "");
    while ((step = db_next(platform->db, rows, &error)) > 0) {
        g_autofree char *token = g_strdup(db_col_text(rows, 0));
        char *number = NULL;
        g_assert_true(db_col_unsealed(platform->db, rows, 1, "card.number", token, &number, &error));
        g_ptr_array_add(city->cards, number);
    }
    g_assert_no_error(error);
    db_rollback(platform->db);
    g_assert_cmpuint(city->cards->len, >=, city->count);
}

static void kiosks_up(struct city *city)
{
    g_autoptr(GError) error = NULL;
    struct platform *platform = platform_open(city->data[0], &error);

    g_assert_no_error(error);
    cards_find(city, platform);
    g_assert_true(db_begin(platform->db, true, NULL));
    for (unsigned i = 0; i < city->count; i++) {
        g_autofree char *id = g_strdup_printf("N%04u", i);
        g_assert_true(db_kiosk_add(platform->db, id, "社区", "Community", &error));
    }
    g_assert_true(db_commit(platform->db, NULL));
    platform_close(platform);
    city->kiosks = g_new0(struct kiosk_rig, city->count);
    for (unsigned i = 0; i < city->count; i++) {
        g_autofree char *id = g_strdup_printf("N%04u", i);
        kiosk_enrol(&city->kiosks[i], city->data[i % 2], city->port, id);
    }
}

static void pay_all(struct city *city, unsigned turns)
{
    for (unsigned turn = 0; turn < turns; turn++)
        for (unsigned i = 0; i < city->count; i++) {
            struct payment payment;
            kit_payment(&payment, city->cards->pdata[i], NULL, 10 + turn);
            kiosk_pay(&city->kiosks[i], &payment, PAYMENT_CONFIRMED);
            city->sum_fen += 10 + turn;
        }
}

/* All of them together ask a hundred times a second, however many they are: more, and a small machine does nothing but shake hands. */
static void city_start(struct city *city, struct kiosk_rig *kiosk)
{
    unsigned interval_ms = 10 * city->count;

    kiosk->retry_ms_max = MAX(300, 5 * interval_ms); /* nor may they come again at once where it is too much */
    kiosk_start_every(kiosk, MAX(100, interval_ms));
}

static void all_start(struct city *city)
{
    for (unsigned i = 0; i < city->count; i++)
        city_start(city, &city->kiosks[i]);
}

static int64_t all_waiting(const struct city *city)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < city->count; i++)
        sum += store_outbox_waiting(city->kiosks[i].store);
    return sum;
}

/* Many kiosks take their turns: one waits as long as the city goes on. */
static void its_turn(struct city *city, struct kiosk_rig *kiosk)
{
    int64_t least = all_waiting(city), waiting;

    for (int stood = 0; stood < 4 && !kiosk_wait_sent(kiosk);) {
        waiting = all_waiting(city);
        stood = waiting < least ? 0 : stood + 1;
        least = MIN(least, waiting);
    }
    g_assert_cmpint(store_outbox_waiting(kiosk->store), ==, 0);
}

/* What a kiosk notes by itself (its anchor) may come at any moment until it is stopped. */
static void one_sent(struct city *city, struct kiosk_rig *kiosk)
{
    its_turn(city, kiosk);
    kiosk_stop(kiosk);
    for (int i = 0; i < 5 && store_outbox_waiting(kiosk->store) > 0; i++) {
        city_start(city, kiosk);
        its_turn(city, kiosk);
        kiosk_stop(kiosk);
    }
    g_assert_cmpint(store_outbox_waiting(kiosk->store), ==, 0);
}

static void all_sent(struct city *city)
{
    for (unsigned i = 0; i < city->count; i++)
        one_sent(city, &city->kiosks[i]);
}

/* ---- The run ---- */

static void up_with(struct city *city, const void *data, unsigned count)
{
    city->count = count;
    city->payments = number_of("CITYCARD_NODES_PAYMENTS", 30);
    city->data[0] = kit_dir();
    kit_init(city->data[0], MAX(RESIDENTS_MIN, 2 * city->count));
    city->data[1] = node_copy(city->data[0]);
    for (int i = 0; i < 2; i++)
        server_up_with(&city->node[i], city->data[i], 0, data);
    balancer_up(city, data != NULL);
    kiosks_up(city);
}

static void up(struct city *city, const void *data)
{
    up_with(city, data, number_of("CITYCARD_NODES_KIOSKS", 12));
}

/* Where it is about the nodes. */
static void up_few(struct city *city, const void *data)
{
    up_with(city, data, 3);
}

static void down(struct city *city, const void *data)
{
    for (unsigned i = 0; i < city->count; i++)
        kiosk_done(&city->kiosks[i]);
    for (int i = 0; i < 2; i++)
        g_subprocess_send_signal(city->node[i].process, SIGTERM); /* the next one ends the wait of a node that drains */
    g_usleep(200000);
    for (int i = 0; i < 2; i++)
        server_down(&city->node[i]);
    g_subprocess_force_exit(city->balancer);
    g_subprocess_wait(city->balancer, NULL, NULL);
    g_object_unref(city->balancer);
    kit_dir_done(city->balancer_dir);
    g_free(g_steal_pointer(&city->kiosks));
    g_ptr_array_unref(city->cards);
    /* The second has the first one's database. */
    g_autofree char *server = g_build_filename(city->data[1], DB_SERVER_FILE, NULL);
    g_assert_cmpint(g_unlink(server), ==, 0);
    kit_dir_done(city->data[1]);
    kit_dir_done(city->data[0]);
}

/* What each kiosk has is there, to the last row, and nothing else. */
static void assert_once(struct city *city)
{
    int64_t rows = 0;

    for (unsigned i = 0; i < city->count; i++) {
        uint8_t hash[32];
        char hex[65];
        int64_t head = store_head(city->kiosks[i].store, hash);
        g_autofree char *same = NULL;
        for (int at = 0; at < 32; at++)
            g_snprintf(hex + 2 * at, 3, "%02x", hash[at]);
        same = g_strdup_printf("SELECT count(*) FROM kiosk WHERE id='N%04u' AND head_seq=%" G_GINT64_FORMAT " AND encode(head_hash,'hex')='%s'"
                               " AND alarm IS NULL", i, head, hex);
        g_assert_cmpint(platform_sql_int(city->data[0], same), ==, 1);
        g_assert_cmpint(store_refused_count(city->kiosks[i].store), ==, 0);
        rows += head;
    }
    g_assert_cmpint(platform_sql_int(city->data[0], "SELECT count(*) FROM event"), ==, rows);
    g_assert_cmpint(platform_sql_int(city->data[0], "SELECT count(DISTINCT id) FROM event WHERE verdict='accepted'"), ==, rows);
    g_assert_cmpint(platform_sql_int(city->data[0], "SELECT count(*) FROM refusal"), ==, 0);
}

static void assert_books(struct city *city)
{
    json_t *report = platform_ledger(city->data[1]);

    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, city->sum_fen);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, city->count * city->payments);
    json_decref(report);
}

static void test_city(struct city *city, const void *data)
{
    unsigned part = city->payments / 3, port = city->node[0].port;

    all_start(city);
    pay_all(city, part);
    g_usleep((gulong)g_test_rand_int_range(0, 200000));
    server_kill(&city->node[0]);
    pay_all(city, part);
    server_up(&city->node[0], city->data[0], port);
    g_usleep((gulong)g_test_rand_int_range(0, 200000));
    server_crash();
    pay_all(city, city->payments - 2 * part);
    all_sent(city);
    assert_once(city);
    assert_books(city);
}

/* ---- One node is taken out, and the next one after it has come back ---- */

static const char *const DRAINING[] = {"--drain-seconds", "10", NULL}; /* the balancer needs two looks, 2 s apart */

static void failures_forget(struct city *city)
{
    for (unsigned i = 0; i < city->count; i++) {
        g_mutex_lock(&city->kiosks[i].lock);
        city->kiosks[i].failures = 0;
        g_mutex_unlock(&city->kiosks[i].lock);
    }
}

/* Each is told on the test's standard error. */
static unsigned failures(struct city *city)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < city->count; i++) {
        struct kiosk_rig *kiosk = &city->kiosks[i];
        g_mutex_lock(&kiosk->lock);
        if (kiosk->failures > 0)
            g_printerr("%s: %u rounds failed, the first of them with http %d, %s\n", kiosk->identity.kiosk_id, kiosk->failures,
                       kiosk->failed.http_status, kiosk->failed.error);
        sum += kiosk->failures;
        g_mutex_unlock(&kiosk->lock);
    }
    return sum;
}

/* Every kiosk pushes, pulls and waits for news all the time; not one of its rounds may fail. */
static void test_drain(struct city *city, const void *data)
{
    all_start(city);
    for (unsigned i = 0; i < city->count; i++)
        g_assert_true(kiosk_wait_online(&city->kiosks[i], true));
    failures_forget(city);
    for (int turn = 0; turn < 2; turn++) {
        unsigned port = city->node[turn].port;

        g_subprocess_send_signal(city->node[turn].process, SIGTERM);
        balancer_sees(city, turn, "DOWN");
        for (int i = 0; i < 10; i++) {
            pay_all(city, city->payments / 30);
            g_usleep(150000);
        }
        g_assert_true(g_subprocess_wait(city->node[turn].process, NULL, NULL)); /* a second signal would end the wait */
        server_down(&city->node[turn]);
        pay_all(city, city->payments / 30);
        server_up_with(&city->node[turn], city->data[turn], port, data);
        balancer_sees(city, turn, "UP");
    }
    city->payments = 22 * (city->payments / 30);
    all_sent(city);
    g_assert_cmpuint(failures(city), ==, 0);
    assert_once(city);
    assert_books(city);
}

/* ---- A node of a newer version has changed the tables ---- */

static const char NEWER[] = "BEGIN; LOCK TABLE schema_version IN EXCLUSIVE MODE;"
                            "ALTER TABLE kiosk ADD COLUMN newer BIGINT NOT NULL DEFAULT 7; ALTER TABLE event ADD COLUMN newer TEXT;"
                            "CREATE TABLE newer(community TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(community, id));"
                            "INSERT INTO schema_version SELECT max(version)+1 FROM schema_version; COMMIT";

/* One that was running goes on, over a broken connection too; one of the older version that is started then says what is wrong. */
static void test_versions(struct city *city, const void *data)
{
    unsigned part = city->payments / 3;
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;

    all_start(city);
    pay_all(city, part);
    platform_sql_run(city->data[0], NEWER);
    pay_all(city, part);
    for (unsigned i = 0; i < city->count; i++)
        g_assert_true(kiosk_wait_sent(&city->kiosks[i]));
    server_crash();
    pay_all(city, city->payments - 2 * part);
    all_sent(city);
    assert_once(city);
    g_assert_cmpint(platform_sql_int(city->data[0], "SELECT count(*) FROM kiosk WHERE newer=7"), >=, city->count);
    g_autoptr(GSubprocess) older = g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, PLATFORM_PROGRAM,
                                                    "ledger", "--data", city->data[1], NULL);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(older, NULL, NULL, NULL, &said, &error));
    g_assert_cmpint(g_subprocess_get_exit_status(older), ==, 1);
    g_assert_nonnull(strstr(said, "this program knows"));
}

/* One node makes a version of the hotlist with so many changes that it needs a file; the other has one soon, too. */
static void test_hotlist(struct city *city, const void *data)
{
    g_autofree char *list = g_build_filename(city->data[0], "list.txt", NULL), *said = NULL, *path = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);

    for (unsigned i = 1; i <= 1200; i++) {
        g_autofree char *text = g_strdup_printf("card %u", i), *token = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
        g_string_append_printf(lines, "%.32s lost\n", token);
    }
    g_assert_true(g_file_set_contents(list, lines->str, -1, NULL));
    said = platform_run(city->data[0], "hotlist-import", list, NULL);
    g_assert_cmpint(g_unlink(list), ==, 0);
    g_autofree char *name = g_strdup_printf("hotlist-%" G_GINT64_FORMAT ".bin",
                                            platform_sql_int(city->data[0], "SELECT max(version) FROM hotlist_file"));
    path = g_build_filename(city->data[1], name, NULL);
    for (int i = 0; i < 2000 && !g_file_test(path, G_FILE_TEST_EXISTS); i++)
        g_usleep(10000);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_autofree char *here = g_build_filename(city->data[0], name, NULL), *first = NULL, *second = NULL;
    gsize first_len = 0, second_len = 0;
    g_assert_true(g_file_get_contents(here, &first, &first_len, NULL) && g_file_get_contents(path, &second, &second_len, NULL));
    g_assert_cmpmem(first, first_len, second, second_len);
}

/* ---- Another certificate authority ---- */

static void ca(struct city *city, int node, const char *what, const char *option)
{
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", what, "--data", city->data[node], option, NULL}, NULL));
}

/* Whoever trusts this authority alone is answered by the node, which had time for a look. */
static void wait_serves(struct city *city, int node, const char *authority)
{
    g_autofree char *url = g_strdup_printf("https://localhost:%u", city->node[node].port);
    struct http_options options = {.url = url, .ca_pem = authority};
    bool served = false;

    for (int i = 0; i < 400 && !served; i++) {
        struct http *http = http_new(&options, NULL, NULL);
        struct http_response response;
        served = http_request(http, &(struct http_call){.path = "/v1/health"}, &response, NULL) && response.status == 200;
        http_response_clear(&response);
        http_free(http);
        if (!served)
            g_usleep(50000);
    }
    g_assert_true(served);
}

static void wait_issues(struct city *city, int node, const char *authority)
{
    g_autofree char *issuer = NULL;

    for (int i = 0; i < 400 && g_strcmp0(issuer, authority) != 0; i++) {
        g_usleep(50000);
        g_free(issuer);
        issuer = platform_issuer(city->data[node]);
    }
    g_assert_cmpstr(issuer, ==, authority);
}

static void wait_nobody_left(struct city *city)
{
    json_t *status = NULL;

    for (int i = 0; i < 100; i++) {
        g_autofree char *text = platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "ca-status", "--data", city->data[1], "--json", NULL},
                                                 NULL);
        json_decref(status);
        status = json_loads(text, 0, NULL);
        if (json_array_size(json_object_get(status, "left_out")) == 0)
            break;
        g_usleep(100000);
    }
    g_assert_cmpuint(json_array_size(json_object_get(status, "left_out")), ==, 0);
    json_decref(status);
}

/* Has it followed? `certificate`: with its own, too; else it trusts this authority and no other one. */
static bool has_followed(const struct kiosk_rig *kiosk, const char *authority, bool certificate)
{
    g_autofree char *pem = file_text(kiosk->dir, "client.pem");
    g_autoptr(GError) error = NULL;
    struct trust trust;

    g_assert_true(trust_open(kiosk->dir, &trust, &error));
    g_assert_no_error(error);
    bool alone = strcmp(trust.pem, authority) == 0;
    trust_clear(&trust);
    return certificate ? credentials_issued_by(pem, authority) : alone;
}

/* They ask at their start; the node that is asked may look a moment later. */
static void all_follow(struct city *city, const char *authority, bool certificate)
{
    unsigned behind = city->count;

    for (int i = 0; i < 20 && behind > 0; i++) {
        for (unsigned at = 0; at < city->count; at++)
            kiosk_stop(&city->kiosks[at]);
        all_start(city);
        behind = 0;
        for (unsigned at = 0; at < city->count; at++) {
            g_assert_true(kiosk_wait_online(&city->kiosks[at], true) && kiosk_wait_rounds(&city->kiosks[at], 1));
            behind += !has_followed(&city->kiosks[at], authority, certificate);
        }
    }
    g_assert_cmpuint(behind, ==, 0);
}

/* Begun at one node, finished at the other one; nothing is copied between their folders. Kiosks come to either by the balancer. */
static void test_authority(struct city *city, const void *data)
{
    g_autofree char *old = platform_issuer(city->data[0]), *new = NULL;

    all_start(city);
    pay_all(city, 1);
    ca(city, 0, "ca-rotate", NULL);
    new = platform_issuer(city->data[0]);
    g_assert_cmpstr(new, !=, old);
    wait_issues(city, 1, new);
    all_follow(city, new, true);
    wait_nobody_left(city);
    pay_all(city, 1);
    ca(city, 1, "ca-rotate", "--finish");
    for (int node = 0; node < 2; node++)
        wait_serves(city, node, new);
    pay_all(city, 1);
    ca(city, 0, "ca-retire", NULL);
    all_follow(city, new, false);
    all_sent(city);
    city->payments = 3;
    assert_once(city);
    assert_books(city);
}

/* ---- A writer that does not come back ---- */

/* Somebody else has the community's row, for as long as it likes: signals are heard all the while, and systemd is told nothing. */
static void test_writer_stuck(void)
{
    char *data = kit_dir();
    struct server_process server;
    struct kiosk_rig kiosk;
    struct payment payment;
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(0);

    kit_init(data, RESIDENTS_MIN);
    struct db *db = db_open(data, COMMUNITY_ID, false, NULL, &error);
    g_assert_no_error(error);
    int fd = notify_up(&server, data, "400000");
    kiosk_enrol(&kiosk, data, server.port, "K0001");
    kiosk_start(&kiosk);
    g_assert_true(kiosk_wait_online(&kiosk, true));
    notify_read(fd, "WATCHDOG=1");
    g_assert_true(db_begin(db, true, NULL));
    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(&kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(notify_silent(fd, 1500));
    db_rollback(db);
    notify_read(fd, "WATCHDOG=1");
    g_assert_true(kiosk_wait_sent(&kiosk));
    g_assert_false(notify_silent(fd, 1500));
    kiosk_done(&kiosk);
    server_down(&server);
    close(fd);
    db_close(db);
    kit_dir_done(data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* kiosks warn of a platform that cannot answer now */
    g_test_add("/platform/nodes/city", struct city, NULL, up, test_city, down);
    g_test_add("/platform/nodes/drain", struct city, DRAINING, up, test_drain, down);
    g_test_add("/platform/nodes/versions", struct city, NULL, up, test_versions, down);
    g_test_add("/platform/nodes/hotlist", struct city, NULL, up_few, test_hotlist, down);
    g_test_add("/platform/nodes/authority", struct city, NULL, up_few, test_authority, down);
    g_test_add_func("/platform/nodes/writer-stuck", test_writer_stuck);
    return g_test_run();
}
