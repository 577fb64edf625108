/* SPDX-License-Identifier: Apache-2.0 */
/** Cards' chains and what does not follow in them. All inside a transaction of db.h; cards are their tokens. */
#ifndef PLATFORM_DB_RECONCILE_H
#define PLATFORM_DB_RECONCILE_H

#include <jansson.h>
#include "platform/data/db.h"

struct card_step {
    char card[40], kind[12], payment[37], kiosk[32];
    int64_t counter, before_fen, after_fen, at_ms;
};
struct card_finding {
    char card[40], kind[12], code[16], severity[8];
    char payment_a[37], payment_b[37], kiosk_a[32], kiosk_b[32];
    int64_t counter, from_counter; /* from −1: nothing before it is known */
    int64_t off_fen;               /* what is too much (above 0) or too little */
    int64_t since_ms;              /* when the card made the later of both */
};

/** What the payments' table says of one payment now; *found false: it is not confirmed. */
bool db_step_of_payment(struct db *db, const char *payment, struct card_step *out, bool *found, GError **error);
/** What most payments need to know of their card's chain, in one look. */
struct card_look {
    struct card_step is;    /* the payment, confirmed, or about to be */
    int64_t at, open;       /* steps at its counter, and open findings there */
    int64_t below, above;   /* the nearest counters that have a step; −1 none */
    struct card_step prior; /* the first one at `below` */
    int64_t payouts;        /* rows of what became of its purse, after it was replaced */
};
/** Whether it has its own step already or not. */
bool db_card_look(struct db *db, const struct card_step *is, struct card_look *out, GError **error);
/** What the chain has of it. */
bool db_step_find(struct db *db, const char *payment, struct card_step *out, bool *found, GError **error);
bool db_step_add(struct db *db, const struct card_step *step, GError **error);
bool db_step_remove(struct db *db, const struct card_step *step, GError **error);
/** All at this counter, by their ids. GArray of struct card_step. */
GArray *db_steps_at(struct db *db, const char *card, const char *kind, int64_t counter, GError **error);
/** The nearest counter below (or above) that has one; −1 none. */
bool db_step_below(struct db *db, const char *card, const char *kind, int64_t counter, int64_t *out, GError **error);
bool db_step_above(struct db *db, const char *card, const char *kind, int64_t counter, int64_t *out, GError **error);
/** Purchases that began at this balance, and those that ended there. GArray of struct card_step. */
GArray *db_purchases_balance(struct db *db, const char *card, bool before, int64_t fen, GError **error);
/** Is there a load that began at `from_fen`, and one that ended at `to_fen`? */
bool db_loads_bridge(struct db *db, const char *card, int64_t from_fen, int64_t to_fen, bool *out, GError **error);
/** The last card of the next about so many payments behind this card (NULL: from the beginning); g_free, NULL without error: none. */
bool db_cards_last(struct db *db, const char *after_card, int64_t rows, char **last, GError **error);
/** All confirmed payments of the cards behind one up to another, by card, kind, counter, id: from the payments, not from the chain. */
GArray *db_steps_page(struct db *db, const char *after_card, const char *last_card, GError **error);
/** Cards that have an open finding or a step, and no confirmed payment. GPtrArray of g_free'd text. */
GPtrArray *db_cards_without(struct db *db, GError **error);
/** Of a card: all that the chain has. */
GArray *db_steps_of(struct db *db, const char *card, GError **error);

/** Open ones of a card; counter −1: all of it. GArray of struct card_finding. */
GArray *db_findings_open(struct db *db, const char *card, const char *kind, int64_t counter, GError **error);
bool db_finding_add(struct db *db, const struct card_finding *finding, int64_t now_ms, GError **error);
/** `by`: the payment that explained it, or "whole". */
bool db_finding_end(struct db *db, const struct card_finding *finding, const char *by, int64_t now_ms, GError **error);
/** All open ones for people, with open doubts at the counters that are missing and open alarms of either payment. New reference. */
json_t *db_findings_report(struct db *db, GError **error);

/* ---- db-claims.c: what purses of cards that were replaced had left ---- */
struct purse_claim {
    char card[33], successor[33];
    int64_t stopped_ms;
    int64_t open, findings; /* payments without an end; what does not follow in its chain */
    int64_t silent;         /* kiosks that have not told all since it was out of use for `offline_ms` */
    int64_t lost;           /* such kiosks that will not tell any more */
    int64_t balance_fen;    /* behind its last transaction; −1 none is known */
    bool unclear;           /* which one is the last cannot be told for certain */
    int64_t most_fen;       /* behind whichever may be its last one: more it cannot have had; 0 none is known */
    int64_t accepted;       /* times that two people accepted a sum in doubt */
    int64_t accepted_most_fen; /* most_fen at the last of them; −1 there is none */
    int64_t accepted_had_fen;  /* what it had had by their word, with what was given before; 0 there is none */
    int64_t accepted_balance_fen; /* what it had had by its last transaction then, 0 at least */
    int64_t rows;           /* of what became of it: */
    int64_t paid_fen;       /* given to the holder */
    int64_t short_fen;      /* of that, what turned out not to have been there */
    int64_t ended_fen;      /* of that, what came back or is borne by the community */
};
/** All, by when they went out of use. GArray of struct purse_claim. */
GArray *db_purse_claims(struct db *db, int64_t offline_ms, GError **error);
/** Of one card; *found false: it was not replaced. */
bool db_purse_claim(struct db *db, const char *card, int64_t offline_ms, struct purse_claim *out, bool *found, GError **error);
/** Rows of what became of it, and of what people accepted. */
bool db_purse_payouts(struct db *db, const char *card, int64_t *count, GError **error);
struct purse_payout {
    const char *card;
    int64_t n;                         /* the card's next one */
    const char *what;                  /* PAID, SHORT, REPAID, BORNE */
    const char *debit, *credit;        /* accounts of the MONEY book */
    int64_t fen;
    const char *kiosk, *payment;       /* whose drawer; what was told late; "" none */
    const char *staff_a, *staff_b, *reason; /* "" of SHORT */
    int64_t at_ms;
};
struct purse_accepted {
    const char *card;
    int64_t n;                 /* the card's next one */
    int64_t fen, most_fen;     /* paid by it; the most that it could have had */
    int64_t had_fen, balance_fen; /* what it had by their word, and by its last transaction */
    int64_t payout;            /* that row; 0 none, of no fen */
    const char *staff_a, *staff_b, *reason;
    int64_t at_ms;
};
bool db_purse_accepted_add(struct db *db, const struct purse_accepted *accepted, GError **error);
/** Fails when a row of this number is there. */
bool db_purse_payout_add(struct db *db, const struct purse_payout *payout, GError **error);

#endif
