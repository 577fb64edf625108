/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"
#include "device/keys.h"
#include "model/model.h"
#include "platform/data/db.h"
#include "sync/credentials.h"
#include <errno.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_S 20

/* ---- A platform process ---- */

/* A test that is killed must not leave its platform behind. */
static void die_with_parent(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void server_up(struct server_process *server, const char *data_dir, unsigned port)
{
    server_up_with(server, data_dir, port, NULL);
}

void server_up_with(struct server_process *server, const char *data_dir, unsigned port, const char *const *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *listen = g_strdup_printf("127.0.0.1:%u", port), *line = NULL;
    g_autoptr(GDataInputStream) out = NULL;
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *colon;
    guint64 number;

    server->data_dir = g_strdup(data_dir);
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    g_ptr_array_add(argv, (gpointer)PLATFORM_PROGRAM);
    g_ptr_array_add(argv, (gpointer) "serve");
    g_ptr_array_add(argv, (gpointer) "--data");
    g_ptr_array_add(argv, (gpointer)data_dir);
    g_ptr_array_add(argv, (gpointer) "--listen");
    g_ptr_array_add(argv, listen);
    for (; options != NULL && *options != NULL; options++)
        g_ptr_array_add(argv, (gpointer)*options);
    g_ptr_array_add(argv, NULL);
    server->process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(server->process));
    line = g_data_input_stream_read_line(out, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(line);
    g_assert_true(g_str_has_prefix(line, "listening on 127.0.0.1:"));
    colon = strrchr(line, ':');
    g_assert_true(g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL));
    server->port = (unsigned)number;
}

/* ---- systemd's side ---- */

int notify_up(struct server_process *server, const char *data_dir, const char *watchdog_us)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(data_dir, "notify", NULL);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_setenv("NOTIFY_SOCKET", path, TRUE);
    g_setenv("WATCHDOG_USEC", watchdog_us, TRUE);
    server_up(server, data_dir, 0);
    g_unsetenv("NOTIFY_SOCKET");
    g_unsetenv("WATCHDOG_USEC");
    return fd;
}

/* False: nothing came in this time. */
static bool notify_next(int fd, int ms, char text[512])
{
    struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
    ssize_t len = recv(fd, text, 511, 0);
    g_assert_true(len > 0 || errno == EAGAIN);
    text[MAX(len, 0)] = '\0';
    return len > 0;
}

void notify_read(int fd, const char *wanted)
{
    char text[512];

    do
        g_assert_true(notify_next(fd, 20000, text));
    while (strstr(text, wanted) == NULL);
}

bool notify_silent(int fd, int ms)
{
    char text[512];

    for (int i = 0; i < 15; i++)
        if (!notify_next(fd, ms, text))
            return true;
    return false;
}

static void server_clear(struct server_process *server)
{
    g_clear_object(&server->process);
    g_clear_pointer(&server->data_dir, g_free);
}

void server_kill(struct server_process *server)
{
    g_subprocess_force_exit(server->process);
    g_assert_true(g_subprocess_wait(server->process, NULL, NULL));
    server_clear(server);
}

void server_down(struct server_process *server)
{
    gint64 start = g_get_monotonic_time();

    g_subprocess_send_signal(server->process, SIGTERM);
    g_assert_true(g_subprocess_wait(server->process, NULL, NULL));
    g_assert_true(g_subprocess_get_if_exited(server->process));
    g_assert_cmpint(g_subprocess_get_exit_status(server->process), ==, 0);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 30 * G_USEC_PER_SEC);
    server_clear(server);
}

char *platform_run(const char *data_dir, const char *command, const char *argument, const char *option)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocess) process = NULL;
    char *out = NULL;

    g_ptr_array_add(argv, (gpointer)PLATFORM_PROGRAM);
    g_ptr_array_add(argv, (gpointer)command);
    g_ptr_array_add(argv, (gpointer) "--data");
    g_ptr_array_add(argv, (gpointer)data_dir);
    if (option != NULL)
        g_ptr_array_add(argv, (gpointer)option);
    if (argument != NULL)
        g_ptr_array_add(argv, (gpointer)argument);
    g_ptr_array_add(argv, NULL);
    process = g_subprocess_newv((const char *const *)argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_successful(process));
    return g_strchomp(out);
}

char *platform_command(const char *const *argv, char **refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | (refused != NULL ? G_SUBPROCESS_FLAGS_STDERR_PIPE : 0), &error);
    char *out = NULL;

    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, refused, &error));
    g_assert_true(g_subprocess_get_successful(process) == (refused == NULL));
    return out;
}

char *file_text(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

char *platform_issuer(const char *data_dir)
{
    g_autofree char *bundle = file_text(data_dir, "ca.pem");
    char *end = strstr(bundle, CREDENTIALS_PEM_END);
    return g_strndup(bundle, (gsize)(end - bundle) + strlen(CREDENTIALS_PEM_END));
}

void wait_issued_by(const char *dir, const char *name, const char *authority)
{
    for (int i = 0; i < 400; i++) {
        g_autofree char *pem = file_text(dir, name);
        if (credentials_issued_by(pem, authority))
            return;
        g_usleep(50000);
    }
    g_error("%s/%s is not of the authority", dir, name);
}

json_t *platform_ledger(const char *data_dir)
{
    g_autofree char *text = platform_run(data_dir, "ledger", NULL, "--json");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    g_assert_nonnull(json);
    return json;
}

static sqlite3 *open_beside(const char *data_dir)
{
    g_autofree char *path = g_build_filename(data_dir, "platform.db", NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return db;
}

static int64_t file_sql(const char *data_dir, const char *sql)
{
    sqlite3 *db = open_beside(data_dir);
    sqlite3_stmt *stmt = NULL;
    int64_t out = 0;

    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), ==, SQLITE_OK);
    int code = sqlite3_step(stmt);
    g_assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    if (code == SQLITE_ROW)
        out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    return out;
}

static int64_t server_sql(const char *conninfo, const char *sql)
{
    PGconn *conn = PQconnectdb(conninfo);
    PQclear(PQexec(conn, "SET search_path=citycard"));
    PGresult *result = PQexec(conn, sql);
    int64_t out = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        g_error("%s: %s", sql, PQerrorMessage(conn));
    if (PQntuples(result) > 0)
        out = g_ascii_strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(conn);
    return out;
}

/* How its server is reached; NULL: it lies in a file. g_free. */
static char *server_of(const char *data_dir)
{
    g_autofree char *path = g_build_filename(data_dir, DB_SERVER_FILE, NULL);
    char *conninfo = NULL;

    (void)g_file_get_contents(path, &conninfo, NULL, NULL);
    return conninfo;
}

/* The first number of the first row, 0 none. One statement. */
int64_t platform_sql_int(const char *data_dir, const char *sql)
{
    g_autofree char *conninfo = server_of(data_dir);

    return conninfo != NULL ? server_sql(conninfo, sql) : file_sql(data_dir, sql);
}

void platform_sql_run(const char *data_dir, const char *sql)
{
    g_autofree char *conninfo = server_of(data_dir);

    if (conninfo != NULL) {
        server_sql(conninfo, sql);
        return;
    }
    sqlite3 *db = open_beside(data_dir);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

/* ---- A kiosk ---- */

void kiosk_enrol(struct kiosk_rig *kiosk, const char *data_dir, unsigned port, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *code = platform_run(data_dir, "enrol-code", id, NULL);
    g_autofree char *ca = g_build_filename(data_dir, "ca.pem", NULL);

    memset(kiosk, 0, sizeof *kiosk);
    g_mutex_init(&kiosk->lock);
    g_cond_init(&kiosk->changed);
    kiosk->dir = kit_dir();
    kiosk->url = g_strdup_printf("https://localhost:%u", port);
    sync_enrol(kiosk->dir, kiosk->url, ca, id, code, &error);
    g_assert_no_error(error);
    sync_identity_load(kiosk->dir, &kiosk->identity, &error);
    g_assert_no_error(error);
    kiosk_open_store(kiosk);
}

char *kiosk_client_key(const char *dir)
{
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = device_keys_open(dir, &error);
    char *key = keys != NULL ? device_keys_read(keys, dir, "client.key", &error) : NULL;

    g_assert_no_error(error);
    device_keys_free(keys);
    return key;
}

void kiosk_open_store(struct kiosk_rig *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(kiosk->dir, "kiosk.db", NULL);
    struct store_identity identity;

    sync_store_identity(&kiosk->identity, &identity);
    kiosk->store = store_open(path, &identity, &error);
    g_assert_no_error(error);
}

static void on_status(void *data, const struct sync_status *status)
{
    struct kiosk_rig *kiosk = data;

    g_mutex_lock(&kiosk->lock);
    kiosk->status = *status;
    kiosk->rounds++;
    if (!status->online && kiosk->failures++ == 0)
        kiosk->failed = *status;
    g_cond_broadcast(&kiosk->changed);
    g_mutex_unlock(&kiosk->lock);
}

void kiosk_start(struct kiosk_rig *kiosk)
{
    kiosk_start_every(kiosk, 100);
}

void kiosk_start_every(struct kiosk_rig *kiosk, unsigned interval_ms)
{
    g_autoptr(GError) error = NULL;
    struct sync_options options = {
        .data_dir = kiosk->dir, .platform_url = kiosk->url, .interval_ms = interval_ms,
        .retry_ms_max = kiosk->retry_ms_max > 0 ? kiosk->retry_ms_max : 300};

    kiosk->sync = sync_start(&options, kiosk->store, on_status, kiosk, &error);
    g_assert_no_error(error);
    g_assert_nonnull(kiosk->sync);
}

void kiosk_stop(struct kiosk_rig *kiosk)
{
    g_clear_pointer(&kiosk->sync, sync_stop);
}

void kiosk_done(struct kiosk_rig *kiosk)
{
    kiosk_stop(kiosk);
    g_clear_pointer(&kiosk->store, store_close);
    kit_dir_done(kiosk->dir);
    g_free(kiosk->url);
    g_mutex_clear(&kiosk->lock);
    g_cond_clear(&kiosk->changed);
}

typedef bool (*condition_fn)(struct kiosk_rig *kiosk, unsigned argument);

static bool wait_for(struct kiosk_rig *kiosk, condition_fn condition, unsigned argument)
{
    gint64 end = g_get_monotonic_time() + WAIT_S * G_USEC_PER_SEC;
    bool met = false;

    g_mutex_lock(&kiosk->lock);
    while (!(met = condition(kiosk, argument)) && g_cond_wait_until(&kiosk->changed, &kiosk->lock, end))
        ;
    if (!met)
        g_test_message("status: online %d, http %d, %s", kiosk->status.online, kiosk->status.http_status,
                       kiosk->status.error);
    g_mutex_unlock(&kiosk->lock);
    return met;
}

static bool is_online(struct kiosk_rig *kiosk, unsigned argument)
{
    return kiosk->rounds > 0 && kiosk->status.online == (argument != 0);
}

bool kiosk_wait_online(struct kiosk_rig *kiosk, bool online)
{
    g_mutex_lock(&kiosk->lock);
    kiosk->rounds = 0;
    g_mutex_unlock(&kiosk->lock);
    return wait_for(kiosk, is_online, online);
}

static bool is_sent(struct kiosk_rig *kiosk, unsigned argument)
{
    return store_outbox_waiting(kiosk->store) == 0;
}

bool kiosk_wait_sent(struct kiosk_rig *kiosk)
{
    if (kiosk->sync != NULL)
        sync_kick(kiosk->sync);
    return wait_for(kiosk, is_sent, 0);
}

static bool is_anchored(struct kiosk_rig *kiosk, unsigned argument)
{
    return store_anchored_ms(kiosk->store) > 0 && store_outbox_waiting(kiosk->store) == 0;
}

bool kiosk_wait_anchored(struct kiosk_rig *kiosk)
{
    return wait_for(kiosk, is_anchored, 0);
}

static bool has_rounds(struct kiosk_rig *kiosk, unsigned argument)
{
    return kiosk->rounds >= argument;
}

bool kiosk_wait_rounds(struct kiosk_rig *kiosk, unsigned rounds)
{
    g_mutex_lock(&kiosk->lock);
    kiosk->rounds = 0;
    g_mutex_unlock(&kiosk->lock);
    return wait_for(kiosk, has_rounds, rounds);
}

void kiosk_status(struct kiosk_rig *kiosk, struct sync_status *out)
{
    g_mutex_lock(&kiosk->lock);
    *out = kiosk->status;
    g_mutex_unlock(&kiosk->lock);
}

static void append(struct kiosk_rig *kiosk, struct payment *payment, enum payment_state state)
{
    g_autofree char *name = g_ascii_strdown(payment_state_name(state), -1);
    g_autofree char *type = g_strconcat("payment.", name, NULL);
    g_autoptr(GError) error = NULL;
    json_t *data;

    payment->state = state;
    data = payment_to_json(payment);
    store_append(kiosk->store, type, data, NULL, &error);
    g_assert_no_error(error);
    json_decref(data);
}

void kiosk_pay(struct kiosk_rig *kiosk, struct payment *payment, enum payment_state end)
{
    append(kiosk, payment, PAYMENT_COMMITTING);
    if (end == PAYMENT_COMMITTING)
        return;
    if (end == PAYMENT_CONFIRMED && payment->purchase.evidence == CC_EVIDENCE_NONE)
        kit_tac(payment);
    append(kiosk, payment, end);
}
