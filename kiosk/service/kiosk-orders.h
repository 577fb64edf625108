/* SPDX-License-Identifier: Apache-2.0 */
/** What the screen and the machine say to each other of orders of services: a part of kiosk.h. */
#ifndef SERVICE_KIOSK_ORDERS_H
#define SERVICE_KIOSK_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kiosk_service {
    char code[17], name_zh[64], name_en[64];
    char need[16]; /* clothing food housing travel health joy care: picks icon and list */
    char unit[16];
    int64_t price_fen, coin_min, subsidy_fen; /* coin_min, subsidy_fen 0: not paid so */
    int64_t minutes, accept_ms;               /* how long it takes; in what time it is promised to be taken on */
    bool own_words, at_home;
    unsigned providers;                       /* so many do it; the first of them: */
    char provider_zh[64], provider_en[64], provider_phone[33];
};

struct kiosk_order {
    char id[37], service[17], name_zh[64], name_en[64];
    char need[16]; /* as of the service; "" when it is not offered any more, as its names */
    char state[16];    /* PLACED REVIEW POOL OFFERED ESCALATED ACCEPTED IN_SERVICE NO_SHOW FINISHED DISPUTED COMPLETED RATED …; or … */
    /*
     * … REFUSED: it was placed here, and the platform did not take it in, for .reason (PRICE, BALANCE, SERVICE, CARD, …): nothing is
     * ordered. It is in the list until the service is ordered again, for thirty days at the most. With any other state .reason is
     * why the platform did not do what was asked for last, and the rest is as the platform has it. "": nothing was refused.
     */
    char reason[32];
    char provider[33]; /* id; "" nobody yet, as: */
    char provider_zh[64], provider_en[64], provider_phone[33];
    int64_t no;        /* 0: the platform has not said yet */
    int64_t price_fen, placed_ms, accept_by_ms, visit_ms, minutes;
    int64_t want_from_ms, want_to_ms; /* 0 and 0: at any time */
    int stars;
    bool at_home;
    bool remind;  /* finished for long: please confirm */
    bool pending; /* the platform has not heard of it, or of the last step */
    bool may_cancel, may_confirm, may_dispute, may_rate;
};

enum kiosk_order_ask {
    KIOSK_ORDER_ASK_LIST,
    KIOSK_ORDER_ASK_PLACE,   /* .service .price_fen .pay .amount, also offline; .words .address .phone .want_* as far as they are given */
    KIOSK_ORDER_ASK_CANCEL,  /* .order, .words why */
    KIOSK_ORDER_ASK_CONFIRM, /* .order */
    KIOSK_ORDER_ASK_DISPUTE, /* .order, .words what is wrong */
    KIOSK_ORDER_ASK_RATE,    /* .order, .stars 1 to 5 */
};
enum kiosk_order_pay { KIOSK_ORDER_PAY_NONE, KIOSK_ORDER_PAY_COIN, KIOSK_ORDER_PAY_SUBSIDY };
struct kiosk_order_request {
    enum kiosk_order_ask ask;
    enum kiosk_order_pay pay;
    int64_t price_fen, amount; /* that were on the screen: amount minutes of coins or fen of subsidy, 0 with PAY_NONE */
    int64_t want_from_ms, want_to_ms;
    int stars;
    char service[17], order[37];
    char words[2001], address[601], phone[33];
};

enum kiosk_order_phase {
    KIOSK_ORDER_LIST,
    KIOSK_ORDER_PLACED,  /* on disk, .id: its clock runs from now */
    KIOSK_ORDER_DONE,    /* on disk: what was asked about order .id */
    KIOSK_ORDER_REFUSED, /* nothing happened: .reason */
};
struct kiosk_orders_event {
    enum kiosk_order_phase phase;
    enum kiosk_order_ask ask; /* what this answers */
    char id[37];
    char reason[32]; /* PRICE (ask again), REPEATED, BALANCE, SNAPSHOT, SERVICE, WORDS, UNKNOWN, ORDER_LATE, NO_CARD, STORE, … */
    const struct kiosk_order *items; /* with LIST, newest first */
    size_t count;
    bool known; /* false: only what was done here is in the list; the rest is there again when online */
    /* With LIST: what the card's owner can pay a service with, less what waits here; false: not known now. */
    bool means_known;
    int64_t coin_min, subsidy_fen;
};

#endif
