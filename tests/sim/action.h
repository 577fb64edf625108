/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One step of a history: what is done, where, and which faults strike while it is done. An action holds all that it needs,
 * also the seed of the chance inside it, so that a history with some actions left out means the same in all the others.
 */
#ifndef SIM_ACTION_H
#define SIM_ACTION_H

#include "platform/sample/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum deed {
    DEED_TAP,
    DEED_PAY,
    DEED_LIFT,
    DEED_IDLE,
    DEED_SYNC,
    DEED_TIME,
    DEED_RESTART,
    DEED_KILL,
    DEED_POWER,
    DEED_CLOCK,
    DEED_SAM,
    DEED_LINK,
    DEED_DISK,
    DEED_PLATFORM,
    DEED_BILL,
    DEED_LOST,
    DEED_ELSEWHERE,
    DEED_LOAD,
    DEED_CASH,
    DEED_GIVE_BACK,
    DEED_LATE,
    DEED_AUDIT,
    DEED_PRINT,
    DEED_DISASTER,
    DEED_SETTLE,
    DEED_CREDIT,
    DEED_HOTLIST,
    DEED_NIGHT,
    DEED_PERSON,
    DEED_REPLACE,
    DEED_AUTHORITY,
    DEED_SEAT,
    DEED_ORDER,
    DEED_DESK,
    DEED_COUNT
};

enum fault_kind {
    FAULT_NONE,
    FAULT_KILL,  /* the kiosk's process ends */
    FAULT_POWER, /* its power, too */
    FAULT_CLOCK, /* its clock jumps */
    FAULT_EIO,   /* one write, sync … of its disk fails */
    FAULT_EIO_STUCK,
    FAULT_FULL,
    FAULT_PULL_BEFORE, /* the card goes before it has the command */
    FAULT_PULL_AT_COMMIT,
    FAULT_PULL_AFTER, /* it has carried the command out, nobody heard the answer */
    FAULT_EMPTY,
    FAULT_CUT,
    FAULT_RESET,
    FAULT_SWAP,      /* another card; the exchange under way fails */
    FAULT_SWAP_LIVE, /* another card answers at once */
    FAULT_SAM_RESET,
    FAULT_SAM_PULL,
    FAULT_SAM_EXCHANGE,
    FAULT_SAM_EMPTY,
    FAULT_REQUEST_LOST,
    FAULT_ANSWER_LOST,
    FAULT_DOUBLE, /* the platform gets the request twice */
    FAULT_LATE,   /* the request is lost, and arrives later */
    FAULT_ANSWER_CUT,
    FAULT_NONSENSE,
    FAULT_STATUS,
    FAULT_PLATFORM_KILL,
    FAULT_PLATFORM_POWER,
    FAULT_PLATFORM_EIO,
    FAULT_PLATFORM_FULL,
    FAULT_COUNT
};

/** From where the effects of a fault's kind are counted. */
enum anchor { ANCHOR_ACTION, ANCHOR_WRITE, ANCHOR_DEBIT, ANCHOR_COUNT };

struct fault {
    enum fault_kind kind;
    enum anchor anchor;
    unsigned at; /* strikes at the at-th effect, from 1 */
    uint32_t arg;
};

#define ACTION_FAULTS 2

struct action {
    enum deed deed;
    unsigned kiosk, card;
    uint32_t arg;
    uint64_t salt;
    struct fault faults[ACTION_FAULTS];
};

/** What a life is drawn with: sizes, and how often what happens, so that lives differ from each other. */
struct town {
    unsigned kiosks, cards;
    bool tight_limits; /* offline limits that a few payments reach */
    bool two_nodes;    /* of the platform, on one database */
    bool lying_disks;  /* the kiosks' disks ignore every flush: never drawn, the control that breaks are found */
    unsigned deed_weight[DEED_COUNT], fault_weight[FAULT_COUNT];
    unsigned fault_permille;
};

/** Do disks get exchanged, too (disaster.c)? In half of the lives, unless this says otherwise before towns are drawn. */
enum disasters { DISASTERS_SOME, DISASTERS_NONE, DISASTERS_MANY };
extern enum disasters town_disasters;
struct town town_draw(uint64_t seed);
struct action action_draw(struct rng *rng, const struct town *town);
/** Does this deed by itself, or with its faults, count as a fault? */
bool action_has_fault(const struct action *action);

/** One line without its end; g_free. And back; false when it is none. */
char *action_text(const struct action *action);
bool action_parse(const char *line, struct action *out);
/** The same of a town; the weights are not written: an action needs none. */
char *town_text(const struct town *town);
bool town_parse(const char *line, struct town *out);

#endif
