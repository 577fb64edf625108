/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a card through cardlib beside the very same commands sent bare with SCardTransmit, in turns, in one run. The
 * commands are those that cc_card_read() was seen to send. Prints one JSON line: lower quartiles of both, and their ratio.
 */
#include "citycard.h"

#include <PCSC/winscard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS       121
#define READS        8
#define COMMANDS_MAX 64

struct script {
    size_t count;
    size_t lengths[COMMANDS_MAX];
    uint8_t commands[COMMANDS_MAX][300];
};

static void fail(const char *what, long code)
{
    fprintf(stderr, "bench-card: %s: %lx\n", what, (unsigned long)code & 0xFFFFFFFF);
    exit(1);
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void record(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    struct script *script = ctx;
    if (kind != CC_TRACE_COMMAND)
        return;
    if (script->count == COMMANDS_MAX || len > sizeof script->commands[0])
        fail("more commands than expected", (long)len);
    memcpy(script->commands[script->count], bytes, len);
    script->lengths[script->count++] = len;
}

static double through_cardlib(const char *reader, struct script *script)
{
    struct cc_link *link = NULL;
    struct cc_port port;
    struct cc_card card;

    int result = cc_link_open(&link, reader, CC_SHARE_TRANSACTION, 2000);
    if (result != CC_OK)
        fail("cc_link_open", result);
    cc_port_init(&port, cc_link_channel(link));
    if (script != NULL) {
        port.trace = record;
        port.trace_ctx = script;
    }
    double start = now_us();
    for (int i = 0; i < (script != NULL ? 1 : READS); i++)
        if ((result = cc_card_read(&port, CC_READ_ALL, &card)) != CC_OK)
            fail("cc_card_read", result);
    double elapsed = now_us() - start;
    cc_link_close(link, false);
    return elapsed / READS;
}

static void send_bare(SCARDHANDLE card, const SCARD_IO_REQUEST *pci, const uint8_t *command, size_t len)
{
    uint8_t answer[CC_ANSWER_MAX];
    DWORD got = sizeof answer;
    LONG rc = SCardTransmit(card, pci, command, len, NULL, answer, &got);
    if (rc != SCARD_S_SUCCESS || got < 2)
        fail("SCardTransmit", rc);
}

static double bare(const char *reader, const struct script *script)
{
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol = SCARD_PROTOCOL_T1;

    LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (rc == SCARD_S_SUCCESS)
        rc = SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (rc == SCARD_S_SUCCESS)
        rc = SCardBeginTransaction(card);
    if (rc != SCARD_S_SUCCESS)
        fail("bare connection", rc);
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    double start = now_us();
    for (int i = 0; i < READS; i++)
        for (size_t c = 0; c < script->count; c++)
            send_bare(card, pci, script->commands[c], script->lengths[c]);
    double elapsed = now_us() - start;
    SCardEndTransaction(card, SCARD_LEAVE_CARD);
    SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
    return elapsed / READS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * Of each side the quarter that was quickest ends here. A connection whose three processes (client, pcscd, card) happen to lie on two
 * cores waits for wake-ups at each command, half as long again: that is neither side's cost, and hits some rounds of both.
 */
static double lower_quartile(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 4];
}

int main(int argc, char **argv)
{
    const char *reader = argc > 1 ? argv[1] : "Virtual PCD 00 00";
    static struct script script;
    double lib_us[ROUNDS], bare_us[ROUNDS];

    through_cardlib(reader, &script);
    for (int i = 0; i < ROUNDS; i++) {
        /* Who goes first changes from round to round, so that neither is always the warm one. */
        if (i % 2 == 0)
            lib_us[i] = through_cardlib(reader, NULL);
        bare_us[i] = bare(reader, &script);
        if (i % 2 != 0)
            lib_us[i] = through_cardlib(reader, NULL);
    }
    double lib = lower_quartile(lib_us, ROUNDS), plain = lower_quartile(bare_us, ROUNDS);
    printf("{\"bench\": \"card\", \"commands\": %zu, \"rounds\": %d, \"cardlib_us\": %.0f, \"bare_us\": %.0f, "
           "\"ratio\": %.3f, \"bar\": 1.10}\n",
           script.count, ROUNDS, lib, plain, lib / plain);
    return 0;
}
