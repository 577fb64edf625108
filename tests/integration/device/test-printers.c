/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Printers that answer: ippeveprinter, the virtual printer of CUPS, on a message bus of its own; and one of ESC/POS that is played
 * here, byte by byte, behind a socket. With paper, without, with a jam, silent, and stopped in the middle.
 */
#include "device/printer.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#ifndef IPPEVEPRINTER
#define IPPEVEPRINTER NULL
#define DBUS_DAEMON NULL
#endif

static const struct paper slip = {.title = "缴费凭条", .number = "K0001-0007", .when = "2026-11-04 09:15", .qr = "citycard:x"};

/* *sent as it is told: whether it may be out all the same. */
static void assert_fails(const char *target, GCancellable *stop, bool sent, enum printer_error code)
{
    bool told = !sent;
    g_autoptr(GError) error = NULL;

    g_assert_false(printer_print(target, &slip, stop, NULL, &told, &error));
    g_assert_error(error, PRINTER_ERROR, (int)code);
    g_assert_cmpint(told, ==, sent);
}

static void assert_printed(const char *target)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(printer_print(target, &slip, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
}

/* ---- ESC/POS ------------------------------------------------------------------------------------------------------- */

enum { EATS_ALL = -1 };
struct machine {
    GSocketListener *listener;
    GCancellable *closed;
    GThread *thread;
    char *target;
    /* Told before a job: */
    uint8_t status[5];   /* of DLE EOT n, before and while it eats */
    int ends_after;      /* bands of dots, then .then is the status of n 4; EATS_ALL never */
    uint8_t then;
    bool mute;
    /* Seen: */
    gint bands, cuts, forgotten; /* atomic */
    unsigned rows;
    bool wide; /* each band was as wide as the head */
};

static void must_read(GInputStream *in, uint8_t *out, size_t len)
{
    gsize got = 0;
    g_assert_true(g_input_stream_read_all(in, out, len, &got, NULL, NULL));
    g_assert_cmpint(got, ==, len);
}

static bool stopped(const struct machine *machine)
{
    return machine->ends_after != EATS_ALL && g_atomic_int_get(&machine->bands) >= machine->ends_after;
}

static void answer(struct machine *machine, GIOStream *stream, uint8_t byte)
{
    if (!machine->mute)
        g_assert_true(g_output_stream_write_all(g_io_stream_get_output_stream(stream), &byte, 1, NULL, NULL, NULL));
}

static void band(struct machine *machine, GInputStream *in)
{
    uint8_t head[6];
    must_read(in, head, sizeof head); /* 30 m xL xH yL yH */
    size_t rows = head[4] | (size_t)head[5] << 8, width = head[2] | (size_t)head[3] << 8;
    g_autofree uint8_t *dots = g_malloc(rows * width);
    must_read(in, dots, rows * width);
    for (size_t i = 0; i + 1 < rows * width; i++)
        g_assert_false(dots[i] == 0x10 && (dots[i + 1] == 0x04 || dots[i + 1] == 0x05 || dots[i + 1] == 0x14));
    machine->wide = head[0] == 0x30 && head[1] == 0 && width == PAPER_BYTES && (machine->wide || machine->rows == 0);
    machine->rows += (unsigned)rows;
    g_atomic_int_inc(&machine->bands);
}

static void immediate(struct machine *machine, GIOStream *stream, GInputStream *in)
{
    uint8_t bytes[8];
    must_read(in, bytes, 2);
    if (bytes[0] == 0x04) {
        g_assert_true(bytes[1] >= 2 && bytes[1] <= 4);
        answer(machine, stream, stopped(machine) && bytes[1] == 4 ? machine->then : machine->status[bytes[1]]);
        return;
    }
    g_assert_cmpint(bytes[0], ==, 0x14);
    must_read(in, bytes, 7);
    g_atomic_int_inc(&machine->forgotten);
}

static void in_line(struct machine *machine, GIOStream *stream, GInputStream *in)
{
    uint8_t bytes[3];
    must_read(in, bytes, 1);
    if (bytes[0] == 0x76) {
        band(machine, in);
        return;
    }
    g_assert_true(bytes[0] == 0x56 || bytes[0] == 0x72); /* cut, or status in line */
    must_read(in, bytes + 1, bytes[0] == 0x56 ? 2 : 1);
    if (stopped(machine))
        return; /* waits behind the paper */
    if (bytes[0] == 0x56)
        g_atomic_int_inc(&machine->cuts);
    else
        answer(machine, stream, 0x00);
}

static void serve(struct machine *machine, GIOStream *stream)
{
    GInputStream *in = g_io_stream_get_input_stream(stream);
    uint8_t byte;

    while (g_input_stream_read(in, &byte, 1, NULL, NULL) == 1) {
        uint8_t more[2];
        if (byte == 0x10)
            immediate(machine, stream, in);
        else if (byte == 0x1d)
            in_line(machine, stream, in);
        else {
            g_assert_cmpint(byte, ==, 0x1b);
            must_read(in, more, 1);
            g_assert_true(more[0] == 0x40 || more[0] == 0x64);
            if (more[0] == 0x64)
                must_read(in, more, 1);
        }
    }
}

static void *machine_main(void *data)
{
    struct machine *machine = data;
    GSocketConnection *connection;

    while ((connection = g_socket_listener_accept(machine->listener, NULL, machine->closed, NULL)) != NULL) {
        serve(machine, G_IO_STREAM(connection));
        g_object_unref(connection);
    }
    return NULL;
}

static void machine_on(struct machine *machine, const void *data)
{
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_autoptr(GSocketAddress) bound = NULL;

    *machine = (struct machine){.status = {0x12, 0x12, 0x12, 0x12, 0x12}, .ends_after = EATS_ALL};
    machine->listener = g_socket_listener_new();
    machine->closed = g_cancellable_new();
    g_assert_true(g_socket_listener_add_address(machine->listener, any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
    machine->target = g_strdup_printf("escpos:127.0.0.1:%u", g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)));
    machine->thread = g_thread_new("printer", machine_main, machine);
}

static void machine_off(struct machine *machine, const void *data)
{
    g_cancellable_cancel(machine->closed);
    g_thread_join(machine->thread);
    g_object_unref(machine->closed);
    g_object_unref(machine->listener);
    g_free(machine->target);
}

static void test_escpos(struct machine *machine, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) dots = paper_raster(&slip, &error);

    g_assert_true(printer_check(machine->target, &error));
    assert_printed(machine->target);
    g_assert_cmpint(g_atomic_int_get(&machine->cuts), ==, 1);
    g_assert_cmpint(g_atomic_int_get(&machine->bands), >, 2);
    g_assert_true(machine->wide);
    g_assert_cmpint(machine->rows, ==, g_bytes_get_size(dots) / PAPER_BYTES);
}

static void refused_before(struct machine *machine, unsigned n, uint8_t status, enum printer_error code)
{
    g_autoptr(GError) error = NULL;

    machine->status[n] = status;
    g_assert_false(printer_check(machine->target, &error));
    g_assert_error(error, PRINTER_ERROR, (int)code);
    assert_fails(machine->target, NULL, false, code);
    g_assert_cmpint(g_atomic_int_get(&machine->bands), ==, 0); /* nothing was sent */
    machine->status[n] = 0x12;
}

static void test_escpos_troubles(struct machine *machine, const void *data)
{
    refused_before(machine, 4, 0x72, PRINTER_ERROR_PAPER);
    refused_before(machine, 2, 0x16, PRINTER_ERROR_JAM);
    refused_before(machine, 3, 0x1a, PRINTER_ERROR_JAM);
    refused_before(machine, 3, 0x32, PRINTER_ERROR_FAILED);
    assert_printed(machine->target);
}

/* The roll ends in the middle: not printed, and what the printer holds of it is called back. */
static void test_escpos_ends(struct machine *machine, const void *data)
{
    machine->ends_after = 2;
    machine->then = 0x72;
    assert_fails(machine->target, NULL, true, PRINTER_ERROR_PAPER);
    g_assert_cmpint(g_atomic_int_get(&machine->cuts), ==, 0);
    while (g_atomic_int_get(&machine->forgotten) < 2) /* one before, one after */
        g_thread_yield();
}

static void *stop_later(void *data)
{
    struct { struct machine *machine; GCancellable *stop; } *it = data;
    while (g_atomic_int_get(&it->machine->bands) < 2)
        g_thread_yield();
    g_cancellable_cancel(it->stop);
    return NULL;
}

/* It eats all and never says that it is out: whoever stops it gets no "printed". */
static void test_escpos_stop(struct machine *machine, const void *data)
{
    g_autoptr(GCancellable) stop = g_cancellable_new();
    struct { struct machine *machine; GCancellable *stop; } it = {machine, stop};
    GThread *thread = g_thread_new("stop", stop_later, &it);

    machine->ends_after = 2;
    machine->then = 0x12;
    assert_fails(machine->target, stop, true, PRINTER_ERROR_OFFLINE);
    g_thread_join(thread);
}

static void test_escpos_mute(struct machine *machine, const void *data)
{
    machine->mute = true;
    assert_fails(machine->target, NULL, false, PRINTER_ERROR_OFFLINE);
    g_assert_cmpint(g_atomic_int_get(&machine->bands), ==, 0);
}

/* ---- IPP ------------------------------------------------------------------------------------------------------------ */

/* What the virtual printer does with a job, by the files in its folder. */
static const char COMMAND[] = "#!/bin/sh\n"
                              "cd \"$(dirname \"$0\")\" || exit 1\n"
                              "if [ -e reason ]; then echo \"STATE: $(cat reason)\" >&2; fi\n"
                              "while [ -e hold ]; do sleep 0.05; done\n"
                              "[ -e reason ] && exit 1\n"
                              "cat \"$1\" >printed.pdf\n";

struct office {
    char *dir, *target;
    GSubprocess *bus, *printer;
};

static void die_with_parent(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static char *in_office(const struct office *office, const char *name)
{
    return g_build_filename(office->dir, name, NULL);
}

static void put(const struct office *office, const char *name, const char *text)
{
    g_autofree char *path = in_office(office, name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void drop(const struct office *office, const char *name)
{
    g_autofree char *path = in_office(office, name);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static bool there(const struct office *office, const char *name)
{
    g_autofree char *path = in_office(office, name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static GSubprocess *start(const struct office *office, const char *const *argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autofree char *bus = g_strdup_printf("unix:path=%s/bus", office->dir);

    g_subprocess_launcher_setenv(launcher, "DBUS_SYSTEM_BUS_ADDRESS", bus, TRUE);
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    GSubprocess *process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    return process;
}

/* A port that nobody has at this moment. */
static unsigned port_free(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autoptr(GError) error = NULL;
    unsigned port = g_socket_listener_add_any_inet_port(listener, NULL, &error);

    g_assert_no_error(error);
    g_socket_listener_close(listener);
    return port;
}

static void until_well(const struct office *office)
{
    for (int tries = 0; !printer_check(office->target, NULL); tries++) {
        g_assert_cmpint(tries, <, 600);
        g_usleep(50 * 1000);
    }
}

static void office_open(struct office *office, const void *data)
{
    unsigned port = port_free();
    g_autofree char *number = g_strdup_printf("%u", port);

    office->dir = g_dir_make_tmp("citycard-ipp-XXXXXX", NULL);
    office->target = g_strdup_printf("ipp://localhost:%u/ipp/print", port);
    g_autofree char *address = g_strdup_printf("--address=unix:path=%s/bus", office->dir), *bus = in_office(office, "bus"),
                    *command = in_office(office, "print"), *spool = in_office(office, "spool");
    put(office, "print", COMMAND);
    g_assert_cmpint(g_chmod(command, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(spool, 0700), ==, 0);
    office->bus = start(office, (const char *[]){DBUS_DAEMON, "--session", "--nofork", address, NULL});
    for (int tries = 0; !g_file_test(bus, G_FILE_TEST_EXISTS); tries++) {
        g_assert_cmpint(tries, <, 600);
        g_usleep(20 * 1000);
    }
    office->printer = start(office, (const char *[]){IPPEVEPRINTER, "-r", "off", "-n", "localhost", "-p", number, "-d", spool, "-f",
                                                     "application/pdf", "-c", command, "roll", NULL});
    until_well(office);
}

static void office_close(struct office *office, const void *data)
{
    GSubprocess *all[] = {office->printer, office->bus};

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_subprocess_force_exit(all[i]);
        g_assert_true(g_subprocess_wait(all[i], NULL, NULL));
        g_object_unref(all[i]);
    }
    const char *argv[] = {"rm", "-r", office->dir, NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free(office->dir);
    g_free(office->target);
}

static void test_ipp(struct office *office, const void *data)
{
    g_autofree char *pdf = in_office(office, "printed.pdf"), *text = NULL;
    const char *argv[] = {"pdftotext", pdf, "-", NULL};

    assert_printed(office->target);
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
    g_assert_nonnull(strstr(text, "缴费凭条"));
    g_assert_nonnull(strstr(text, "K0001-0007"));
}

/* The paper ends, or tears, while it prints: said for what it is, and called back. The next one works when it is mended. */
static void trouble(struct office *office, const char *add, const char *take, enum printer_error code)
{
    g_autoptr(GError) error = NULL;

    put(office, "reason", add);
    put(office, "hold", "");
    assert_fails(office->target, NULL, true, code);
    g_assert_false(printer_check(office->target, &error)); /* it still says so: nothing more is sent */
    g_assert_error(error, PRINTER_ERROR, (int)code);
    drop(office, "hold");
    put(office, "reason", take);
    g_assert_false(there(office, "printed.pdf"));
}

static void test_ipp_paper(struct office *office, const void *data)
{
    trouble(office, "+media-empty-error", "-media-empty-error", PRINTER_ERROR_PAPER);
}

static void test_ipp_jam(struct office *office, const void *data)
{
    trouble(office, "+media-jam-error", "-media-jam-error", PRINTER_ERROR_JAM);
}

/* The printer gives the job up by itself. */
static void test_ipp_gives_up(struct office *office, const void *data)
{
    put(office, "reason", "+media-low-warning");
    assert_fails(office->target, NULL, true, PRINTER_ERROR_FAILED);
    drop(office, "reason");
    assert_printed(office->target);
}

static void *cancel_when_held(void *data)
{
    g_usleep(200 * 1000);
    g_cancellable_cancel(data);
    return NULL;
}

static void test_ipp_stop(struct office *office, const void *data)
{
    g_autoptr(GCancellable) stop = g_cancellable_new();
    GThread *thread;

    put(office, "hold", "");
    thread = g_thread_new("stop", cancel_when_held, stop);
    assert_fails(office->target, stop, true, PRINTER_ERROR_OFFLINE);
    g_thread_join(thread);
    g_assert_false(there(office, "printed.pdf"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define MACHINE(path, test) g_test_add("/device/escpos/" path, struct machine, NULL, machine_on, test, machine_off)
    MACHINE("page", test_escpos);
    MACHINE("troubles", test_escpos_troubles);
    MACHINE("ends", test_escpos_ends);
    MACHINE("stop", test_escpos_stop);
    MACHINE("mute", test_escpos_mute);
#define OFFICE(path, test) g_test_add("/device/ipp/" path, struct office, NULL, office_open, test, office_close)
    if (IPPEVEPRINTER != NULL) {
        OFFICE("page", test_ipp);
        OFFICE("paper", test_ipp_paper);
        OFFICE("jam", test_ipp_jam);
        OFFICE("gives-up", test_ipp_gives_up);
        OFFICE("stop", test_ipp_stop);
    }
    return g_test_run();
}
