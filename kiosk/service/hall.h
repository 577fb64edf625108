/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where readers and cards come from: PC/SC in the hall, the card models in the fault simulator. The worker and every
 * service above it are the same code on both. All but wake() is called by the card worker only.
 */
#ifndef SERVICE_HALL_H
#define SERVICE_HALL_H

#include "citycard.h"

/** An open card or PSAM. All zero: none. */
struct hall_card {
    void *link;
    struct cc_channel channel;
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len;
};

struct hall {
    void *ctx;
    /** As cc_monitor_wait(); with 0 as cc_monitor_look(): what is there now. */
    int (*wait)(void *ctx, unsigned timeout_ms, struct cc_reader_list *out);
    /** From any thread: make wait() return now. */
    void (*wake)(void *ctx);
    /** As cc_link_open(). `out` is all zero unless CC_OK. */
    int (*open)(void *ctx, const char *reader, enum cc_share share, unsigned timeout_ms, struct hall_card *out);
    /** As cc_link_close(); none is allowed. */
    void (*close)(void *ctx, struct hall_card *card, bool reset);
    /** Do residents' cards lie on two readers? As cc_find_card(). */
    bool (*two_cards)(void *ctx, const struct cc_reader_list *readers);
    void (*free)(void *ctx);
};

/** PC/SC. False: no memory. */
bool hall_pcsc(struct hall *out);

#endif
