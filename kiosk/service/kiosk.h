/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The kiosk as its screen sees it: requests go in, events come out, nothing else.
 *
 * One card worker thread owns readers, PSAM and services; one sync worker owns HTTP; the store owns the database. The
 * screen calls kiosk_request_*() (they return at once, nothing is done in the caller's thread) and gets events through
 * one callback, always in the thread that called kiosk_new(), from its GMainContext. Requests and events hold plain values.
 *
 * A request about a card is about the one that the last KIOSK_EVENT_CARD told of: when that is gone before the request's turn comes, it
 * is refused (NO_CARD), also when another card lies there by then.
 */
#ifndef KIOSK_H
#define KIOSK_H

#include "service/kiosk-certificates.h"
#include "service/kiosk-orders.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct kiosk;
struct kiosk_config;

/* ---- What the card is --------------------------------------------------------------------------------------- */

enum kiosk_card_verdict {
    KIOSK_CARD_OK,
    KIOSK_CARD_LOST,       /* on the hotlist: err.card.lost */
    KIOSK_CARD_EXPIRED,    /* outside its dates: err.card.expired */
    KIOSK_CARD_BLOCKED,    /* application blocked or not enabled */
    KIOSK_CARD_UNKNOWN,    /* a card, but none we know */
    KIOSK_CARD_UNREADABLE, /* err.card.read: lay it flat and try again */
    KIOSK_CARD_TWO,        /* cards on two readers: the resident chooses by taking one away; neither was asked whose it is */
    KIOSK_CARD_DEMO,       /* a demonstration card: it leads to the lessons, and nothing is done for it. No identity comes with it */
};

/** How somebody wants it, and said that it may be kept (model/preference.h). */
struct kiosk_preference {
    unsigned size; /* of the text: 0 to 2 */
    bool contrast, voice, slow, english;
    bool left, low; /* where the controls are */
};

/** Who is acting: only what a page may show (PV-1). */
struct kiosk_identity {
    char name_masked[64]; /* "张**", empty for an anonymous card */
    char card_last4[5];
    uint8_t card_class; /* enum cc_class */
    bool elder;         /* EL-1: 60 or over by the birth date in the ID number, or an elder card */
    bool staff;
    bool visitor;       /* a genuine card of another city: reading only */
    bool has_balance;
    int64_t balance_fen;
    uint32_t valid_to; /* YYYYMMDD */
    bool preference_kept; /* .preference is how they want it; else nothing is kept */
    struct kiosk_preference preference;
};

/* ---- What there is to pay -------------------------------------------------------------------------------------- */

struct kiosk_bill {
    char id[64];
    char kind[16]; /* elec water gas telecom property heat tv: picks icon and word */
    char biller_zh[64], biller_en[64];
    char period[16];              /* YYYYMM, or YYYYMM-YYYYMM */
    char account_masked[32];      /* last four digits of the account */
    char name_masked[64];         /* BL-2 */
    char address_masked[128];     /* to the building */
    char usage[32];               /* "186 kWh", may be empty */
    int64_t amount_fen;
    uint32_t due; /* YYYYMMDD */
    bool overdue;
};

/* ---- Events ----------------------------------------------------------------------------------------------------- */

enum kiosk_event_kind {
    KIOSK_EVENT_STATUS,       /* .status: something about the machine changed; also once at start */
    KIOSK_EVENT_CARD,         /* .card: a card was put on the reader and looked at */
    KIOSK_EVENT_CARD_REMOVED, /* the card was taken; the session is over unless a payment is in doubt */
    KIOSK_EVENT_BILLS,        /* .bills: the answer to kiosk_request_bills() */
    KIOSK_EVENT_PAYMENT,      /* .payment: progress and end of kiosk_request_pay(), or of a recovery at a tap */
    KIOSK_EVENT_PRINT,        /* .print: the end of kiosk_request_print() */
    KIOSK_EVENT_NOTICES,      /* .notices: the answer to kiosk_request_notices() */
    KIOSK_EVENT_DOUBTS,       /* .doubts: the answer to kiosk_request_doubts() */
    KIOSK_EVENT_VOLUNTEER,    /* .volunteer: the answer to kiosk_request_volunteer() */
    KIOSK_EVENT_REWARDS,      /* .rewards: the answer to a KIOSK_CREDIT_ASK_REWARDS */
    KIOSK_EVENT_CREDIT,       /* .credit: the answer to kiosk_request_credit(), and what the platform made of it later */
    KIOSK_EVENT_ACTIVITIES,   /* .activities: the answer to a KIOSK_SEAT_ASK_LIST */
    KIOSK_EVENT_SEATS,        /* .seats: the answer to a KIOSK_SEAT_ASK_MINE */
    KIOSK_EVENT_SEAT,         /* .seat: the answer to every other kiosk_request_seat() */
    KIOSK_EVENT_PERSON,       /* .person: the answer to kiosk_request_person() */
    KIOSK_EVENT_MINE,         /* .mine: the answer to kiosk_request_mine() */
    KIOSK_EVENT_RATING,       /* .rating: the answer to kiosk_request_rate() */
    KIOSK_EVENT_SERVICES,     /* .services: the answer to kiosk_request_services() */
    KIOSK_EVENT_ORDERS,       /* .orders: the answer to kiosk_request_orders() */
    KIOSK_EVENT_HELP,         /* .help: the answer to kiosk_request_help(), and what became of the call later */
    KIOSK_EVENT_STATEMENT,    /* .statement: the answer to kiosk_request_statement() */
    KIOSK_EVENT_CATEGORIES,   /* .categories: the first answer to a KIOSK_TICKET_ASK_CATALOGUE */
    KIOSK_EVENT_PLACES,       /* .places: the second */
    KIOSK_EVENT_CERTIFICATES, /* .certificates: the answer to kiosk_request_certificates() */
    KIOSK_EVENT_TICKETS,      /* .tickets: the answer to every other kiosk_request_tickets() */
};

enum kiosk_reader_status {
    KIOSK_READER_READY,
    KIOSK_READER_NO_SERVICE, /* the reader service is not running; it is tried again */
    KIOSK_READER_NONE,       /* no reader is plugged in */
    KIOSK_READER_IN_USE,     /* another program holds it */
};

/** What a hotlist of that age allows (offline ladder, see kiosk/model/ladder.h). */
enum kiosk_allowed { KIOSK_ALLOWED_ALL, KIOSK_ALLOWED_OFFLINE_LIMITS, KIOSK_ALLOWED_READING, KIOSK_ALLOWED_PUBLIC };

/** Why no money is taken, as far as it is a matter of the records. */
enum kiosk_records {
    KIOSK_RECORDS_GOOD,
    KIOSK_RECORDS_TROUBLE, /* "STORE": they cannot be written, or the books do not hold */
    KIOSK_RECORDS_WAIT,    /* "JOURNAL_WAITS": the journal is not whole and is fetched from the platform; ends by itself when online */
    KIOSK_RECORDS_LOST,    /* "JOURNAL_LOST": rows are missing; somebody has to look, then --accept-loss */
    KIOSK_RECORDS_FULL,    /* "DISK_FULL": no room on the disk; ends when there is some */
};

struct kiosk_status {
    enum kiosk_reader_status reader;
    bool sam_ready;    /* false: no PSAM, so no payments */
    bool online;       /* the last exchange with the platform succeeded */
    int64_t synced_ms; /* time of the last success, 0 never */
    int64_t hotlist_age_ms; /* -1 no hotlist yet */
    int waiting;       /* events the platform has not acknowledged */
    int refused;       /* events the platform refused, for staff */
    int in_doubt;      /* open doubts, for staff */
    bool clock_trusted;  /* false: no money is taken */
    bool clock_drifting; /* minutes or hours off the platform's: dates are corrected, staff should look at it */
    bool store_ok;     /* false: no money is taken, because of … */
    enum kiosk_records records;
    bool disk_little;  /* money is taken still; staff should make room */
    bool hotlist_damaged; /* cards in a part of it count as listed until it was fetched anew */
    bool key_in_file;  /* no TPM keeps the machine's secret: whoever has the disk has it */
    enum kiosk_allowed allowed;
};

enum kiosk_payment_phase {
    KIOSK_PAYMENT_WORKING,     /* card and PSAM are being asked: hold the card until the tick */
    KIOSK_PAYMENT_CONFIRMED,   /* on disk. "Paid" may be shown */
    KIOSK_PAYMENT_IN_DOUBT,    /* do not pay again: put the same card back */
    KIOSK_PAYMENT_VOID,        /* surely not charged; may be tried again */
    KIOSK_PAYMENT_PIN_NEEDED,  /* ask for the PIN, then kiosk_request_pay() with it */
    KIOSK_PAYMENT_PIN_WRONG,   /* .tries_left */
    KIOSK_PAYMENT_PIN_BLOCKED,
    KIOSK_PAYMENT_LOW,         /* .short_fen is missing */
    KIOSK_PAYMENT_LIMIT,       /* an offline limit would be passed */
    KIOSK_PAYMENT_NOT_NOW,     /* no PSAM, no hotlist young enough, clock or store not trusted: .reason */
    KIOSK_PAYMENT_OTHER_CARD,  /* another card lies there than the one on the screen */
    KIOSK_PAYMENT_ELSEWHERE,   /* the bill was settled meanwhile */
    KIOSK_PAYMENT_FAILED,      /* nothing was charged: .reason */
};

struct kiosk_payment_event {
    enum kiosk_payment_phase phase;
    bool load;           /* money onto the card, not off it */
    char id[37];         /* payment_id, UUIDv7; empty before there is one */
    char receipt_no[24]; /* with CONFIRMED */
    bool recovered;      /* settled at a later tap */
    int64_t amount_fen;
    int64_t balance_after_fen;
    int64_t short_fen;
    unsigned tries_left;
    char reason[32]; /* for the staff page: NO_SAM, HOTLIST_OLD, CLOCK, STORE, REVOKED, LIMIT_PAYMENT, LIMIT_DAY, CARD, CARD_LOST, OFFLINE, STAFF, NO_ANSWER, LOAD_CAP, CARD_IN_DOUBT, … */
};

struct kiosk_card_event {
    enum kiosk_card_verdict verdict;
    struct kiosk_identity identity; /* empty for UNKNOWN and UNREADABLE */
};

enum kiosk_print_kind { KIOSK_PRINT_RECEIPT, KIOSK_PRINT_ORDER, KIOSK_PRINT_SEAT, KIOSK_PRINT_NOTICE, KIOSK_PRINT_TICKET, KIOSK_PRINT_CERTIFICATE, KIOSK_PRINT_LESSON };

/** What is on a slip, as the screen says it and masked as there; strings borrowed for the call. */
#define KIOSK_SLIP_LINES 10
struct kiosk_slip {
    const char *title;
    const char *number; /* NULL, "": a part of the id */
    const char *text;   /* NULL: none */
    struct { const char *label, *value; } lines[KIOSK_SLIP_LINES];
    size_t count;
};

struct kiosk_print_request {
    enum kiosk_print_kind kind;
    const char *id;                /* of the payment, order, seat, notice or ticket; number of the certificate */
    const char *language;          /* "zh_CN" or "en" */
    bool large;                    /* in large type */
    const struct kiosk_slip *slip; /* NULL with a receipt and a certificate, which say what the records say */
};

struct kiosk_print_event {
    enum kiosk_print_kind kind;
    char id[64]; /* as asked for; "": of whatever was asked for last */
    bool ok;     /* the printer has reported that it is out */
    char number[64]; /* that is on it; "" when there is none */
    char reason[32]; /* NO_PAPER, JAM, OFFLINE, FAILED, STOPPED, NO_PAYMENT (nothing of this name), QUEUE */
    char file[256];  /* the PDF, when the printer is a folder */
};

struct kiosk_notice {
    char id[64];
    char title_zh[128], title_en[128];
    char body_zh[1024], body_en[1024];
    uint32_t from, to; /* YYYYMMDD */
    bool urgent;
    bool question;   /* not a notice: a question, and its answer a step a line */
    char symbol[16]; /* of a question: name of a drawing; "" none */
    char picture[256]; /* path of a PNG or JPEG that belongs to it and is here; "" none */
};

/** One movement of the card's purse. */
struct kiosk_movement {
    int64_t at_ms; /* 0: the card does not say, or says nonsense */
    int64_t amount_fen;
    bool load;     /* onto the card, not off it */
    bool here;     /* at this kiosk */
    bool returned; /* a load that gave a purchase back */
    bool open;     /* a doubt: nobody knows yet */
    unsigned bills; /* so many bills of ours were paid with it; 0: not known, or something else */
    char receipt_no[24]; /* of one of ours */
    char payment[37];    /* of one of ours that is done: its receipt can be printed; "" */
};

/** A payment or load whose outcome is not known, for staff. */
struct kiosk_doubt {
    char id[37];
    char kiosk[32];       /* where it was taken */
    bool own, load, here; /* taken here; money onto the card; its card lies on the reader */
    char card_last4[5];
    int64_t amount_fen, at_ms, age_ms;
    char happened[16]; /* CARD, STOPPED */
    char step[16];     /* ASK_HOLDER, CARD_AGAIN, TWO_PEOPLE, DISK */
    const char *what, *sentence; /* the same for people: msgids of the screen's catalogues, constant */
};

/** Money onto the card on the reader. Staff tap their cards before: one for cash, two different ones for a reversal. */
struct kiosk_load_request {
    int64_t amount_fen; /* of a reversal of a payment that this kiosk took: not looked at */
    char reverses[37];  /* "" cash; else the payment that is given back */
    int64_t since_boot_ms; /* taps of staff before this, by the boot clock, were for something else; 0: any of the last minutes counts */
};

/* ---- Volunteer credit ------------------------------------------------------------------------------------------- */

enum kiosk_book { KIOSK_BOOK_HOURS, KIOSK_BOOK_POINTS, KIOSK_BOOK_COIN, KIOSK_BOOK_SUBSIDY };

enum kiosk_credit_ask {
    KIOSK_CREDIT_ASK_BALANCE,
    KIOSK_CREDIT_ASK_REWARDS, /* what can be redeemed: needs no card */
    KIOSK_CREDIT_ASK_ATTEND,  /* .slot … or .adhoc: sign in or out, whichever it is */
    KIOSK_CREDIT_ASK_REDEEM,  /* .book .amount .item */
    KIOSK_CREDIT_ASK_GIVE,    /* .amount coin minutes to card token .to, .ref: the relation. Online only */
    KIOSK_CREDIT_ASK_DONATE,  /* .book .amount to the pool. Online only */
    KIOSK_CREDIT_ASK_CONFIRM, /* attendance .id: .amount minutes count, 0: none; .ref the reason. One of the staff has tapped */
    KIOSK_CREDIT_ASK_EARN,    /* .amount minutes on paper slip .ref. One of the staff has tapped */
    KIOSK_CREDIT_ASK_REVERSE, /* transaction .id of this kiosk. One of the staff has tapped, two above four hours */
    KIOSK_CREDIT_ASK_ADJUST,  /* .book .amount (also below 0) of the card. Two of the staff have tapped */
};
struct kiosk_credit_request {
    enum kiosk_credit_ask ask;
    enum kiosk_book book;
    int64_t amount; /* minutes, points or fen */
    char item[33], to[33], ref[33], id[37];
    char slot[33];
    int64_t slot_start_ms, slot_end_ms;
    bool adhoc; /* service that nobody planned, from now on: KIOSK_SLOT_ADHOC */
};
#define KIOSK_SLOT_ADHOC "adhoc"

enum kiosk_credit_phase {
    KIOSK_CREDIT_BALANCE,
    KIOSK_CREDIT_IN,       /* .id: the attendance */
    KIOSK_CREDIT_OUT,      /* .minutes would count, once they are confirmed */
    KIOSK_CREDIT_REPEATED, /* the same tap again within a minute: nothing happened */
    KIOSK_CREDIT_DONE,     /* on disk and certain: may be handed over. Within this kiosk's quota, or nothing to hand over */
    KIOSK_CREDIT_PENDING,  /* on disk; the platform decides: hand over nothing yet */
    KIOSK_CREDIT_POSTED,   /* the platform said yes to what was pending */
    KIOSK_CREDIT_REJECTED, /* it said no: .reason */
    KIOSK_CREDIT_REFUSED,  /* nothing happened: .reason */
};
struct kiosk_credit_event {
    enum kiosk_credit_phase phase;
    enum kiosk_credit_ask ask; /* what this answers; with POSTED and REJECTED what was asked then */
    char id[37]; /* transaction or attendance */
    char reason[32]; /* BALANCE, QUOTA, AGE, OFFLINE, SNAPSHOT, STORE, LIMIT_DAY, … */
    int from_age;    /* with AGE: in whole years; 0: not known here */
    /* With BALANCE, DONE and PENDING: what can be spent, as told at asof_ms less what was done here since. */
    bool known; /* false: the platform has told nothing of this card */
    int64_t asof_ms;
    int64_t hours_min, points, coin_min, subsidy_fen;
    unsigned stars;
    int64_t points_ending; /* of the points: so many end with the day .points_end_on (YYYYMMDD), within two months; 0: none */
    uint32_t points_end_on;
    int64_t minutes;
    /* With BALANCE: what was tapped at this kiosk in the last two weeks and nobody has confirmed here. */
    bool serving;              /* signed in, and not out yet: */
    char slot[33];
    int64_t serving_since_ms;
    int64_t noted_min;         /* signed in and out: so much would count */
    unsigned forgotten;        /* signed in, never out: a leader has to say how long it was */
};

/** What can be had for points or coins. */
struct kiosk_reward {
    char id[33]; /* the .item of a KIOSK_CREDIT_ASK_REDEEM */
    char name_zh[64], name_en[64], place_zh[64], place_en[64];
    enum kiosk_book book; /* POINTS or COIN */
    int64_t price;        /* points, or minutes */
};

/* ---- Volunteers --------------------------------------------------------------------------------------------------- */

#define KIOSK_SKILLS 8 /* bits in the order of enum volunteer_skill: company, errand, repair, phone, teach, culture, green, patrol */
#define KIOSK_HOURS  20
struct kiosk_hours {
    char id[37];
    char state[16]; /* IN, OUT, NEEDS_CONFIRM, PUBLIC, POSTED, DISPUTED, CORRECTED, REJECTED */
    int64_t in_ms, minutes;
    uint32_t until; /* PUBLIC: they count from that day on */
    bool may_dispute;
    bool disputed; /* said here, and on its way */
};
/** By the birthday on the card. */
enum kiosk_gate {
    KIOSK_GATE_UNKNOWN,     /* it does not say; the platform knows */
    KIOSK_GATE_REFUSED,     /* under 6 */
    KIOSK_GATE_ACCOMPANIED, /* under 10: somebody comes along, and has agreed */
    KIOSK_GATE_CONSENT,     /* under 14: a guardian agrees */
    KIOSK_GATE_ASSISTED,    /* under 18 */
    KIOSK_GATE_FREE,
};

enum kiosk_volunteer_ask {
    KIOSK_VOLUNTEER_ASK_LOOK,
    KIOSK_VOLUNTEER_ASK_JOIN,    /* .skills; also offline */
    KIOSK_VOLUNTEER_ASK_CONSENT, /* the guardian's card lies there now: what its child asked for is written down */
    KIOSK_VOLUNTEER_ASK_STAR,    /* the next one; also offline */
    KIOSK_VOLUNTEER_ASK_DISPUTE, /* .hours .what: 0 too few, 1 too many, 2 not mine; also offline */
};
struct kiosk_volunteer_request {
    enum kiosk_volunteer_ask ask;
    unsigned skills, what;
    char hours[37];
};
enum kiosk_volunteer_phase {
    KIOSK_VOLUNTEER_STATE,
    KIOSK_VOLUNTEER_JOINED,   /* on disk; the number comes from the platform */
    KIOSK_VOLUNTEER_GUARDIAN, /* nothing is written down: a guardian's card within two minutes, and CONSENT when they agree */
    KIOSK_VOLUNTEER_DONE,     /* on disk */
    KIOSK_VOLUNTEER_REFUSED,  /* nothing happened: .reason */
};
struct kiosk_volunteer_event {
    enum kiosk_volunteer_phase phase;
    enum kiosk_volunteer_ask ask; /* what this answers */
    char reason[32]; /* ALREADY, AGE, CONSENT, GUARDIAN, STAR, STATE, REPEATED, NO_CARD, STORE, … */
    /* With STATE: */
    enum kiosk_gate gate;
    bool known;   /* false: what the platform told is too old; only what was done here is in it */
    bool on_roll;
    bool waits;   /* registered here, and on its way */
    char refused[32], star_refused[32]; /* why the platform did not take that in; "" */
    char no[21];  /* on_roll: the volunteer's number */
    uint32_t registered_on;
    unsigned skills, stars;
    unsigned star_next;    /* the level that can be asked for now; 0 none */
    int64_t star_missing;  /* minutes until the next one; 0: it is reached, or there is none, or nobody knows */
    unsigned star_asked;   /* being publicised, or on its way; 0 none */
    uint32_t star_until;   /* 0: not said yet */
    size_t hour_count;
    struct kiosk_hours hours[KIOSK_HOURS]; /* the latest first */
};

/* ---- Activities and seats ---------------------------------------------------------------------------------------- */

/** One date of an activity. */
struct kiosk_activity {
    char activity[64], session[64], kind[32];
    char title_zh[128], title_en[128], place_zh[128], place_en[128], phone[32];
    int64_t fee_fen; /* paid there */
    int64_t start_ms, end_ms;
    int seats, age_min, age_max; /* years; both 0: anybody */
    bool called_off;
    int64_t left, waiting; /* as last told: whoever asks gets one, if left is above 0, when the platform has heard it */
    int64_t own;           /* seats that this kiosk may promise by itself, also offline */
};

/** A seat of the card that lies there. */
struct kiosk_seat {
    char id[37], activity[64], session[64];
    const char *state; /* REQUESTED promises nothing, REGISTERED does; see model/seat.h. Constant */
    char reason[16];   /* of REFUSED and CANCELLED: SEAT_AGE, SEAT_CARD, SEAT_CLASH, SEAT_OVER, SEAT_LATE, SEAT_TWICE; "" */
    int companions;
    bool told;  /* by the platform; false: asked for here and not answered yet */
    bool waits; /* cancelled, taken or checked in here, which the platform has not answered yet: */
    char step[12]; /* which of them, as model/seat.h names it; "" none */
    bool called_off;
    int64_t offer_ends_ms; /* of OFFERED; else 0 */
    int64_t start_ms;
};

enum kiosk_seat_ask {
    KIOSK_SEAT_ASK_LIST,   /* what there is: needs no card */
    KIOSK_SEAT_ASK_MINE,   /* of the card that lies there */
    KIOSK_SEAT_ASK_SEAT,   /* .session .companions */
    KIOSK_SEAT_ASK_CANCEL, /* .id */
    KIOSK_SEAT_ASK_TAKE,   /* .id: an offer */
    KIOSK_SEAT_ASK_CHECK_IN, /* .session .companions: with a seat, or without one */
};
struct kiosk_seat_request {
    enum kiosk_seat_ask ask;
    char session[64], id[37];
    int companions;
};

enum kiosk_seat_phase {
    KIOSK_SEAT_PROMISED,   /* on disk, and certain: one of this kiosk's own */
    KIOSK_SEAT_ASKED,      /* on disk; the platform decides. Nothing is promised: act.full and the waiting list are possible */
    KIOSK_SEAT_WAITS,      /* on disk; the platform confirms. An offer that ended meanwhile is not taken */
    KIOSK_SEAT_CHECKED_IN, /* on disk */
    KIOSK_SEAT_WALKED_IN,  /* the same, without a seat */
    KIOSK_SEAT_REFUSED,    /* nothing happened: .reason */
};
struct kiosk_seat_event {
    enum kiosk_seat_phase phase;
    enum kiosk_seat_ask ask; /* what this answers */
    char id[37];     /* of the seat */
    char reason[32]; /* SEAT_AGE, SEAT_CLASH, SEAT_TWICE, SEAT_EARLY, SEAT_LATE, SEAT_OVER, SEAT_STATE, SEAT_UNKNOWN, NO_CARD, STORE, … */
};

/** What the platform knows of the owner of the card that lies there. */
struct kiosk_person_event {
    bool known;      /* false: "available when online", .reason */
    bool live;       /* just told, after the card proved itself; false: what was kept, as of then */
    int64_t asof_ms; /* the platform's time */
    char reason[32]; /* why it is not live: OFFLINE, NO_PROOF (the card cannot), NO_ANSWER, PROOF_WRONG, … */
    char name_masked[64], card_state[16];
    int64_t hours_min, points, coin_min, subsidy_fen;
    unsigned stars, holds, bills;
    int64_t bills_fen;
};

/** Somebody looked at what is known of the card's owner, who is not told who it was. */
struct kiosk_reading {
    int64_t n, at_ms;
    char role[16];    /* clerk leader grid_worker manager auditor operator … */
    char purpose[16]; /* desk-help complaint correction care export audit register … (model/purpose.h) */
    char place_zh[64], place_en[64]; /* where the kiosk stands; "": at no kiosk */
    char case_id[65]; /* the case that it was for; "" */
    unsigned fields;  /* enum person_field (model/purpose.h) */
};

enum kiosk_happened {
    KIOSK_HAPPENED_SERVED,  /* .amount minutes as a volunteer; .state IN: not out yet */
    KIOSK_HAPPENED_CREDIT,  /* .amount of .book, below 0: given out; .state: EARN SPEND GIFT … (model/book.h) */
    KIOSK_HAPPENED_PAYMENT, /* .amount fen, below 0: off the card; .state OPEN: nobody knows yet; "" */
    KIOSK_HAPPENED_ORDER,   /* .state as kiosk_order's */
    KIOSK_HAPPENED_TICKET,  /* .state as kiosk_ticket's */
    KIOSK_HAPPENED_SEAT,    /* .state as model/seat.h names it */
};
struct kiosk_happening {
    enum kiosk_happened kind;
    int64_t at_ms;
    int64_t amount;
    int64_t book; /* enum kiosk_book */
    char state[20];
    char name_zh[128], name_en[128]; /* of what was ordered, told of, attended; "", also of what is personal */
    char number[40]; /* the receipt's, order's or ticket's; "" */
    bool personal;   /* TICKET: of a kind that nobody else is to see */
    char payment[37]; /* PAYMENT: its id; "" of everything else */
    bool returned, may_rate, rated; /* PAYMENT: a load that gave a purchase back; it can be rated now; and would be changed */
};

enum kiosk_mine_ask {
    KIOSK_MINE_ASK_READINGS, /* who else looked at what is known of them */
    KIOSK_MINE_ASK_HAPPENED, /* what happened, the newest first */
    KIOSK_MINE_ASK_KEEP,     /* .preference: how they want it, and that may be kept */
    KIOSK_MINE_ASK_GIVE_UP,  /* nothing of that is kept any more */
    KIOSK_MINE_ASK_FORGET,   /* what this kiosk keeps of them goes; events stay */
};
struct kiosk_mine_request {
    enum kiosk_mine_ask ask;
    struct kiosk_preference preference;
};
struct kiosk_mine_event {
    enum kiosk_mine_ask ask; /* what this answers */
    char reason[32]; /* why it was not done, or is not live; "" */
    bool known;      /* READINGS, HAPPENED: what the platform says is in it */
    bool live;       /* just told; false: as of then */
    int64_t asof_ms; /* the platform's time */
    const struct kiosk_reading *readings; /* with READINGS, newest first */
    const struct kiosk_happening *happenings;
    size_t count;
    int64_t own_times, own_ms; /* READINGS: so often they looked themselves, at a kiosk, and when last */
};

/** What the owner of the card that lies there says of a service (model/rating.h). */
struct kiosk_rating_request {
    char service[37]; /* id of what was done here with this card, of its order, or of its ticket */
    unsigned grade;   /* 5 to 1 */
    unsigned reasons; /* enum rating_reason, 0 none */
};
struct kiosk_rating_event {
    char service[37];
    bool given;      /* on disk */
    char reason[32]; /* why not: NO_CARD, NOT_THEIRS, RATED_ALREADY (and changed, or a day ago), WINDOW_CLOSED, GRADE, REASON, STORE */
};

/* ---- Calls for help --------------------------------------------------------------------------------------------------- */

enum kiosk_help_ask {
    KIOSK_HELP_ASK_GREEN, /* somebody of the desk */
    KIOSK_HELP_ASK_RED,   /* an emergency; in the place of a green one that is open */
    KIOSK_HELP_ASK_END,   /* somebody touched: it is over */
};
enum kiosk_help_phase {
    KIOSK_HELP_CALLED,
    KIOSK_HELP_ANSWERED, /* somebody is coming, says the platform */
    KIOSK_HELP_ENDED,    /* by a card of the staff, by a touch, or nobody came for long */
};
struct kiosk_help_event {
    enum kiosk_help_phase phase;
    bool red;
    bool heard; /* with CALLED: the platform hears of it now; false: nobody does before the line is back, or it could not be written */
};

/* ---- Complaints and repairs ------------------------------------------------------------------------------------------ */

#define KIOSK_QUESTIONS 4
#define KIOSK_CHOICES   8
struct kiosk_question {
    char code[33], about_zh[128], about_en[128];
    bool required, many; /* many: more than one may be chosen */
    size_t count;
    struct {
        char key[33], name_zh[64], name_en[64];
    } choices[KIOSK_CHOICES];
};
/** What residents can tell of. */
struct kiosk_category {
    char code[17], name_zh[64], name_en[64];
    char group[64];        /* "设施 Facilities" */
    bool danger, personal; /* personal: about somebody; never without a name, seen by nobody else */
    bool desk;             /* what it asks for cannot be chosen from a list: at the service desk */
    char asks[65];         /* digest of its questions, as they are now */
    size_t count;
    struct kiosk_question questions[KIOSK_QUESTIONS];
};
/** An address of the community's list, to the building. */
struct kiosk_place {
    char id[64], name[201];
};
/** An open one of somebody's at the same place. */
struct kiosk_case {
    char no[15];
    char state[16];
    int64_t filed_ms, interest;
    bool joined; /* said here with this card, and on its way */
};

#define KIOSK_TICKET_STEPS 16
/** A card's own. */
struct kiosk_ticket {
    char id[37], local[41]; /* local: the kiosk's own number of one that waits here, "" */
    char service[17], name_zh[64], name_en[64]; /* names: "" when it cannot be told of any more */
    char place[201];
    char state[16]; /* NEW (waits here), TRIAGE, ASSIGNED, FORCE_ASSIGNED, IN_PROGRESS, PLANNED, WAIT_INFO, RESOLVED, CALLBACK, … or … */
    /* … REFUSED: told of here, and the platform did not take it in, for .reason. With any other state .reason is why what was asked for
     * last was not done. "": nothing was refused. */
    char reason[32];
    char reply[301];       /* the last word for the resident */
    int64_t no;            /* 0: the platform has not said yet */
    int64_t filed_ms, ended_ms, interest;
    uint32_t due, planned; /* YYYYMMDD; 0: not known */
    bool provisional;      /* the working days of that year are not known here: about then */
    bool personal, pending;
    bool may_confirm, may_deny, may_withdraw, may_rate, rated; /* rated: here, by this card; may_rate is a change then */
    size_t step_count;
    struct {
        int64_t at_ms;
        char state[16], note[301];
    } steps[KIOSK_TICKET_STEPS]; /* what happened, the oldest first */
};

enum kiosk_ticket_ask {
    KIOSK_TICKET_ASK_CATALOGUE, /* for everybody; what can be told of, and where */
    KIOSK_TICKET_ASK_LIST,      /* the card's own, and where its owner lives */
    KIOSK_TICKET_ASK_SIMILAR,   /* .service .place: open ones of everybody there */
    KIOSK_TICKET_ASK_FILE,      /* .service, .place or .address, .answers, .description, .anonymous, .warned; also offline */
    KIOSK_TICKET_ASK_JOIN,      /* .ticket: the number of a similar one: "I have it, too"; also offline */
    KIOSK_TICKET_ASK_CONFIRM,   /* .ticket: it is done */
    KIOSK_TICKET_ASK_DENY,      /* .ticket, .description what is wrong: it is not */
    KIOSK_TICKET_ASK_WITHDRAW,  /* .ticket */
};
struct kiosk_ticket_request {
    enum kiosk_ticket_ask ask;
    char service[17], place[64], ticket[37];
    char address[601];                 /* where the list has none */
    char description[2001];
    unsigned answers[KIOSK_QUESTIONS]; /* a bit a choice of the category's questions */
    char asks[65];                     /* kiosk_category.asks of what was answered: of other questions by now is ATTRIBUTES */
    bool anonymous;                    /* nothing of whose card it is goes out */
    bool warned;                       /* they were told whom to call in danger */
};

enum kiosk_ticket_phase {
    KIOSK_TICKET_LIST,
    KIOSK_TICKET_SIMILAR,
    KIOSK_TICKET_FILED,   /* on disk: .id .local .due; its clock runs from now */
    KIOSK_TICKET_JOINED,  /* on disk */
    KIOSK_TICKET_DONE,    /* on disk: what was asked about ticket .id */
    KIOSK_TICKET_REFUSED, /* nothing happened: .reason */
};
struct kiosk_tickets_event {
    enum kiosk_ticket_phase phase;
    enum kiosk_ticket_ask ask; /* what this answers */
    char id[37], local[41];
    char reason[32]; /* DANGER (tell them whom to call, .call, then ask again with .warned), EMERGENCY, SERVICE, DESK, LOCATION, ATTRIBUTES,
                        ANONYMOUS, REPEATED, MANY (filed enough in this session), WORDS, UNKNOWN, STATE, NO_CARD, STORE, … */
    char call[8];    /* "119" */
    uint32_t due;
    bool provisional;
    const struct kiosk_ticket *items; /* with LIST, newest first */
    const struct kiosk_case *cases;   /* with SIMILAR */
    char service[17], place[64];      /* of the request, when .ask is SIMILAR */
    size_t count;
    bool known;                       /* LIST: false: only what was done here is in it */
    struct kiosk_place home;          /* LIST: where they live; .id "" not in the list of addresses, .name "" not known */
};

struct kiosk_event {
    enum kiosk_event_kind kind;
    union {
        struct kiosk_help_event help;
        struct kiosk_certificates_event certificates;
        struct kiosk_rating_event rating;
        struct kiosk_mine_event mine;
        struct kiosk_orders_event orders;
        struct kiosk_tickets_event tickets;
        struct { const struct kiosk_category *items; size_t count; } categories;
        struct { const struct kiosk_place *items; size_t count; } places;
        struct { const struct kiosk_service *items; size_t count; int64_t asof_ms, now_ms; /* the kiosk's own time */ } services;
        struct kiosk_credit_event credit;
        struct kiosk_volunteer_event volunteer;
        struct { const struct kiosk_reward *items; size_t count; int64_t asof_ms; } rewards;
        struct kiosk_person_event person;
        struct kiosk_seat_event seat;
        struct { const struct kiosk_activity *items; size_t count; int64_t asof_ms, now_ms; /* the machine's time */ } activities;
        struct { const struct kiosk_seat *items; size_t count; bool known; /* false: only what was asked for here */ } seats;
        struct kiosk_status status;
        struct kiosk_card_event card;
        struct kiosk_payment_event payment;
        struct kiosk_print_event print;
        struct { const struct kiosk_bill *items; size_t count; int64_t asof_ms; /* 0: nothing is known now */ } bills;
        struct { const struct kiosk_notice *items; size_t count; int64_t asof_ms; } notices;
        struct { const struct kiosk_doubt *items; size_t count; } doubts;
        struct { const struct kiosk_movement *items; size_t count; bool read; /* false: the card's own log could not be read */ } statement;
    };
};

/** The event and all it points to live for this call only. */
typedef void (*kiosk_event_fn)(void *data, const struct kiosk_event *event);

/* ---- The kiosk ---------------------------------------------------------------------------------------------------- */

/**
 * Open the store, start the workers. Events come from the next turn of the caller's GMainContext on. NULL and error when
 * the store cannot be opened at all; a missing reader, PSAM or platform is a status, not an error.
 */
struct kiosk *kiosk_new(const struct kiosk_config *config, kiosk_event_fn fn, void *data, GError **error);
/** Stop the workers (a running card command is waited for) and free. No event comes after it. NULL is allowed. */
void kiosk_free(struct kiosk *kiosk);

/** Unpaid bills of the card on the reader. Answered by KIOSK_EVENT_BILLS. */
void kiosk_request_bills(struct kiosk *kiosk);
/** Pay these bills (NULL-terminated list of ids) in one debit. `pin` NULL until asked for; copied, wiped after use. */
void kiosk_request_pay(struct kiosk *kiosk, const char *const *bill_ids, const char *pin);
/** Load the card, answered as a payment. Never offline. `pin` as above. */
void kiosk_request_load(struct kiosk *kiosk, const struct kiosk_load_request *request, const char *pin);
/** The purse's last movements, newest first: the card's own log, and what this kiosk knows. Answered by KIOSK_EVENT_STATEMENT. */
void kiosk_request_statement(struct kiosk *kiosk);
/** What is open, here and at other kiosks: answered by KIOSK_EVENT_DOUBTS. */
void kiosk_request_doubts(struct kiosk *kiosk);
/** Print the receipt of a confirmed payment, or a slip; copied. Answered by KIOSK_EVENT_PRINT, when the printer is done with it. */
void kiosk_request_print(struct kiosk *kiosk, const struct kiosk_print_request *request);
/** Volunteer credit of the card on the reader. Answered by KIOSK_EVENT_CREDIT (REWARDS by KIOSK_EVENT_REWARDS); PENDING is followed by POSTED or REJECTED. */
void kiosk_request_credit(struct kiosk *kiosk, const struct kiosk_credit_request *request);
/** The roll of volunteers, stars and hours of the card on the reader. Answered by KIOSK_EVENT_VOLUNTEER. */
void kiosk_request_volunteer(struct kiosk *kiosk, const struct kiosk_volunteer_request *request);
/**
 * What the platform knows of the card's owner, for the page of the person: the card proves itself, and the platform writes the
 * reading into its log. Offline what was kept, with its time. Answered by KIOSK_EVENT_PERSON.
 */
void kiosk_request_person(struct kiosk *kiosk);
/** My page of the card on the reader. Answered by KIOSK_EVENT_MINE. */
void kiosk_request_mine(struct kiosk *kiosk, const struct kiosk_mine_request *request);
/**
 * Rate a service that was done here with the card on the reader, a ticket of its that was closed, or an order of its that is completed
 * (wherever; that one is then rated, too): once, within thirty days. Answered by KIOSK_EVENT_RATING.
 */
void kiosk_request_rate(struct kiosk *kiosk, const struct kiosk_rating_request *request);
/** Activities and seats. Answered by KIOSK_EVENT_ACTIVITIES, _SEATS or _SEAT. */
void kiosk_request_seat(struct kiosk *kiosk, const struct kiosk_seat_request *request);
/** What is offered, for everybody. Answered by KIOSK_EVENT_SERVICES. */
void kiosk_request_services(struct kiosk *kiosk);
/** Orders of the card on the reader; copied, wiped after use. Answered by KIOSK_EVENT_ORDERS. */
void kiosk_request_orders(struct kiosk *kiosk, const struct kiosk_order_request *request);
/** Needs no card. Answered by KIOSK_EVENT_HELP; END of nothing by nothing. */
void kiosk_request_help(struct kiosk *kiosk, enum kiosk_help_ask ask);
/** Complaints and repairs; copied, wiped after use. Answered by KIOSK_EVENT_TICKETS, or _CATEGORIES and _PLACES. */
void kiosk_request_tickets(struct kiosk *kiosk, const struct kiosk_ticket_request *request);
/**
 * Certificates of volunteer service, made by the platform for a card that proves itself; never offline: what is kept here of a person's hours
 * is signed by nobody. Answered by KIOSK_EVENT_CERTIFICATES.
 */
void kiosk_request_certificates(struct kiosk *kiosk, const struct kiosk_certificate_request *request);
void kiosk_request_notices(struct kiosk *kiosk);
/** Somebody opened this notice: how often is told to the platform, who is not. */
void kiosk_notice_read(struct kiosk *kiosk, const char *notice_id);
/** The screen's session ended (done, time-out): forget the person; the card must be lifted before it counts as a new tap. */
void kiosk_request_end(struct kiosk *kiosk);

#endif
