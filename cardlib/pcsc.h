/* SPDX-License-Identifier: Apache-2.0 */
/* What monitor.c, link.c and find.c share: the only files that know PC/SC. Not part of the public interface.
 */
#ifndef CITYCARD_PCSC_H
#define CITYCARD_PCSC_H

#include <stdint.h>
#include <winscard.h>

/**
 * Result for a return code of PC/SC. `rc` is the LONG as libpcsclite gave it (8 bytes wide on 64-bit
 * machines). A timeout and a cancelled wait are CC_TIMEOUT, everything unknown is CC_ERR_SYSTEM.
 */
int cc_pcsc_result(long rc);

/**
 * libpcsclite 1.9.9 receives the states of all readers into one static array, whatever the context, without a lock (later
 * versions have one): SCardListReaders, SCardStatus and SCardGetStatusChange of two threads spoil each other's answers. So
 * they have their turn one after another. cc_states_wait() is SCardGetStatusChange for long waits: when somebody else wants
 * a turn, or when it is recalled, it ends early with SCARD_E_CANCELLED. Of two that want to wait, each does for 250 ms.
 */
struct cc_recall;
void cc_states_lock(void);
void cc_states_unlock(void);
LONG cc_states_wait(SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states, DWORD count,
                    struct cc_recall *recall);

/**
 * From any thread: the wait that was given this, and each that will be, ends now. It asks pcscd, so it may block as long as pcscd does.
 * Shared by reference; cc_recall_new() gives NULL without memory.
 */
void cc_states_recall(struct cc_recall *recall);
struct cc_recall *cc_recall_new(void);
struct cc_recall *cc_recall_ref(struct cc_recall *recall);
void cc_recall_unref(struct cc_recall *recall);

/**
 * libpcsclite 1.9.9 takes a handle off its lists in SCardDisconnect without their lock, walking over the contexts of all
 * threads; one that is made or released at that moment crashes it. So contexts are made and released here, and a handle is
 * disconnected here, alone. Only a card that is held exclusively needs that: else the context's release does all.
 */
LONG cc_context_new(SCARDCONTEXT *context);
void cc_context_free(SCARDCONTEXT context);
void cc_card_leave(SCARDHANDLE card);

/** Milliseconds of a clock that nobody sets. */
uint64_t cc_pcsc_now_ms(void);

#endif
