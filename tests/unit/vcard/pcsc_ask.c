/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcsc_ask READER COMMAND-HEX…: through real pcscd, print the ATR and the answer to each command, one a line, in hex.
 * Waits up to ten seconds for a card. "repeat=N" before a command sends it N times and prints the last answer and
 * "us=" with the mean time of one. A lost card prints "lost" and ends with 3.
 */
#include "hex.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

enum { FAILED = 1, USAGE = 2, LOST = 3, PATIENCE_MS = 10000 };

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int failed(const char *what, LONG code)
{
    fprintf(stderr, "%s: %08x\n", what, (unsigned)code);
    return FAILED;
}

static LONG wait_for_card(SCARDCONTEXT context, const char *reader)
{
    SCARD_READERSTATE state = {.szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG code = SCardGetStatusChange(context, 0, &state, 1);
    if (code != SCARD_S_SUCCESS || (state.dwEventState & SCARD_STATE_PRESENT))
        return code;
    state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    code = SCardGetStatusChange(context, PATIENCE_MS, &state, 1);
    return code == SCARD_S_SUCCESS && !(state.dwEventState & SCARD_STATE_PRESENT) ? (LONG)SCARD_E_NO_SMARTCARD
                                                                                  : code;
}

static void print_hex(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02X", bytes[i]);
}

static int print_atr(SCARDHANDLE card)
{
    uint8_t atr[MAX_ATR_SIZE];
    DWORD atr_len = sizeof(atr), state, protocol, name_len = 0;
    LONG code = SCardStatus(card, NULL, &name_len, &state, &protocol, atr, &atr_len);
    if (code != SCARD_S_SUCCESS)
        return failed("status", code);
    print_hex(atr, atr_len);
    printf("\n");
    return 0;
}

static int send_command(SCARDHANDLE card, DWORD protocol, const char *hex, long long repeat)
{
    static uint8_t answer[65538];
    uint8_t command[300];
    size_t len = 0;
    DWORD answer_len = 0;
    uint64_t begin_us = now_us();
    if (!vc_unhex(hex, command, sizeof(command), &len) || len < 4)
        return USAGE;
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    for (long long i = 0; i < repeat; i++) {
        answer_len = sizeof(answer);
        LONG code = SCardTransmit(card, pci, command, len, NULL, answer, &answer_len);
        if (code != SCARD_S_SUCCESS || answer_len < 2) {
            printf("lost %08x %lu\n", (unsigned)code, answer_len);
            return LOST;
        }
    }
    print_hex(answer, answer_len);
    if (repeat > 1)
        printf(" us=%llu", (unsigned long long)((now_us() - begin_us) / (uint64_t)repeat));
    printf("\n");
    return 0;
}

static int talk(SCARDHANDLE card, DWORD protocol, char **words, int count)
{
    int status = print_atr(card);
    long long repeat = 1;
    for (int i = 0; i < count && status == 0; i++) {
        if (strncmp(words[i], "repeat=", 7) == 0) {
            status = vc_number(words[i] + 7, 1, 100000, &repeat) ? 0 : USAGE;
            continue;
        }
        status = send_command(card, protocol, words[i], repeat);
        repeat = 1;
    }
    return status;
}

int main(int argc, char **argv)
{
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    if (argc < 2) {
        fprintf(stderr, "usage: pcsc_ask READER [repeat=N] COMMAND-HEX…\n");
        return USAGE;
    }
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (code != SCARD_S_SUCCESS)
        return failed("establish", code);
    code = wait_for_card(context, argv[1]);
    if (code == SCARD_S_SUCCESS)
        code = SCardConnect(context, argv[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                            &card, &protocol);
    int status = code == SCARD_S_SUCCESS ? talk(card, protocol, argv + 2, argc - 2) : failed("connect", code);
    if (code == SCARD_S_SUCCESS)
        SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
    return status;
}
