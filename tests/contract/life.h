/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A kiosk's first day, the same each time: a clock and draws of its own, a fixed key, a real store and sync worker. Whoever plays it
 * says what carries its requests: a platform in this process (record.c), or the answers of a recording (replay.c).
 */
#ifndef TEST_LIFE_H
#define TEST_LIFE_H

#include "carrier.h"
#include "kit.h"
#include "store/store.h"
#include "sync/sync.h"
#include "sync/transport.h"

#define LIFE_KIOSK    "K0001"
#define LIFE_BEGIN_MS INT64_C(1795312800000)

struct life {
    /** Whose it is, is not filled in. The answer's status; its text is appended. */
    unsigned (*carry)(struct life *life, const struct carried *call, GString *answer, char type[64]);
    void *ctx;
    char *dir; /* of the kiosk */
    struct sync_identity identity;
    struct store *store;
    struct sync *sync;
    struct sync_status status; /* of the last round */
    struct payment load;
};

/** A clock that stands but for a millisecond at each look, and draws that are the same in each life: until life_clock_end(). */
void life_clock(int64_t wall_ms);
void life_clock_end(void);
/** Whatever was drawn before, from here on it is the same. */
void life_clock_again(int64_t wall_ms);
/** Secrets of sessions differ from each other, unlike all else that is as long. */
void life_draw_secrets(bool differ);

/** The body of POST /v1/enrol with this code and a request by the fixed key, g_free. */
char *life_enrolment(const char *code);
/** What enrolment answered; opens store and worker. */
void life_open(struct life *life, const char *enrolment);
/** Pulls, pays, loads, taps and pushes. */
void life_day(struct life *life);
/** The calls that the worker makes seldom: own events, anchor, renewal, dead letter, a new epoch, health. */
void life_seldom(struct life *life);
/** What a platform has before life_news(): a colleague of the staff, a card of the stock. */
void life_desk(struct platform *platform);
/** What came behind the first version: lists of keys and authorities, an order, a file, taps that prove their card, cards at the desk;
 * help, ratings, settings, a problem, a volunteer; and what the platform refuses. */
void life_news(struct life *life);
void life_close(struct life *life);

#endif
