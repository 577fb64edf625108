/* SPDX-License-Identifier: Apache-2.0 */
/** What the service rooms share. Everything in struct kiosk belongs to the card worker thread unless said. */
#ifndef SERVICE_INTERNAL_H
#define SERVICE_INTERNAL_H

#include "citycard.h"
#include "device/config.h"
#include "device/keys.h"
#include "model/model.h"
#include "model/payment.h"
#include "model/purpose.h"
#include "model/strict.h"
#include "service/hall.h"
#include "service/kiosk.h"
#include "store/store.h"
#include "sync/persons.h"
#include "sync/sync.h"
#include "sync/transport.h"

#include <gio/gio.h>

/** Somebody's card on the resident's reader, from the tap until it is lifted. */
struct session {
    bool present; /* a card lies there and has been looked at */
    unsigned number; /* counted since the start; 0: none */
    bool closed;  /* the screen's session ended: nothing more until the card is lifted */
    char reader[CC_READER_NAME_SIZE];
    uint16_t events; /* the reader's count at the tap: another count may be another card */
    enum kiosk_card_verdict verdict;
    struct cc_card card;
    struct kiosk_identity identity;
    char token[33];
    char secret[PERSONS_SECRET_SIZE]; /* of the session at the platform that this card opened; "" none */
    unsigned tickets; /* so many were filed in it */
};

/** A slot that was looked into and holds neither PSAM nor known card, at that event count. */
struct seen_slot {
    char reader[CC_READER_NAME_SIZE];
    uint16_t events;
    bool valid;
};

struct sam_slot {
    struct hall_card card; /* exclusive while held */
    struct cc_sam sam;
    char reader[CC_READER_NAME_SIZE];
    uint16_t events; /* another count: it was out, and its session is lost */
};

/** A member of staff who has tapped. */
struct approval {
    char token[33];
    int64_t boot_ms;
};

struct mailbox;
struct upkeep;

struct kiosk {
    const struct kiosk_config *config; /* borrowed, constant */
    struct store *store;               /* thread safe */
    struct sync *sync;                 /* NULL: not enrolled */
    gulong network_handler;            /* of the network monitor; 0: none */
    struct device_keys *keys;          /* the machine's secret, while starting */
    bool key_in_file;
    struct sync_identity enrolment;    /* constant after start */
    bool enrolled;
    struct mailbox *mailbox;           /* thread safe */
    GAsyncQueue *requests;             /* of struct request */
    GThreadPool *print_queue;
    GCancellable *print_stop; /* thread safe */
    GThread *worker;
    struct upkeep *upkeep;

    GMutex sync_lock; /* guards sync_status only */
    struct sync_status sync_status;

    struct hall hall; /* hall.wake() from any thread */
    struct cc_reader_list readers;
    unsigned restarts; /* of the reader service, at the last look */
    struct sam_slot sam;
    char sam_reader[CC_READER_NAME_SIZE]; /* where the PSAM was last, in or out */
    bool readers_moved; /* since the worker acted upon them last */
    struct session session;
    unsigned sessions; /* so many there were */
    unsigned asked_in; /* the session that was on the screen when what is done now was asked for; 0: none */
    bool two_cards;   /* told: cards on two readers */
    bool sam_foreign; /* said once: another till's PSAM lies there */
    struct cc_history families_seen; /* the order in which cards are asked adapts to it */
    struct seen_slot seen[CC_READERS_MAX];
    bool store_ok;
    bool books_broken; /* also after they were built anew from the journal: for people */
    int64_t raised_ms, sam_tried_ms, swept_ms; /* boot time of the last try of each */
    int64_t stirred_ms; /* boot time at which something happened last: readers, requests, the platform's word */
    struct kiosk_status told;
    int64_t told_ms;
    struct approval approvals[2];
    struct {
        enum kiosk_credit_ask credit;
        enum kiosk_seat_ask seat;
        enum kiosk_order_ask order;
        enum kiosk_ticket_ask ticket;
        char similar_service[17], similar_place[64]; /* "" when nothing similar is looked for */
        enum kiosk_volunteer_ask volunteer;
    } answers; /* what is being answered, of each kind */
    struct {
        char id[37]; /* the call's; "" none is open */
        bool red, answered;
        int64_t boot_ms, quiet_ms; /* when it was made; since when nothing was heard of it */
        struct {
            bool is, red;
            int64_t boot_ms, tried_ms;
        } wish; /* a call that the disk has refused so far; in the place of the other one once it is written */
    } help;
    GArray *help_ends; /* of struct help_end: those that the disk has refused so far; NULL before the first turn */
    int64_t help_tried_ms, help_read_ms;
    bool help_read; /* what was open when this program began is known */
    struct {
        char token[33]; /* a child that asked to be a volunteer and waits for a guardian's card; "" none */
        unsigned skills;
        int64_t boot_ms; /* when it asked */
    } child;
    json_t *certificates; /* that the session can print, of certificates.c; NULL: none */
    GPtrArray *credit_waits; /* transactions that the platform has not judged, of credit.c; NULL: none yet */
    int64_t credit_seen_ms;  /* boot time of the last look at them */
    GHashTable *notice_reads; /* id → how often it was opened since it was last recorded; NULL: none */
    int64_t notice_reads_ms;  /* boot time of that */
};

enum request_kind { REQUEST_BILLS, REQUEST_PAY, REQUEST_PRINT, REQUEST_NOTICES, REQUEST_NOTICE_READ, REQUEST_LOAD, REQUEST_DOUBTS, REQUEST_CREDIT, REQUEST_VOLUNTEER, REQUEST_PERSON, REQUEST_SEAT, REQUEST_RATE, REQUEST_SERVICES, REQUEST_ORDERS, REQUEST_STATEMENT, REQUEST_TICKETS, REQUEST_HELP, REQUEST_MINE, REQUEST_CERTIFICATES, REQUEST_END, REQUEST_STOP };
struct request {
    enum request_kind kind;
    unsigned session; /* what the screen had been told last when it asked: session.number, 0 none */
    char **bill_ids;
    char *pin; /* wiped by request_free() */
    char *notice_id;
    char *language;
    enum kiosk_print_kind print; /* of .print_id, in large type if .large; .slip is what is on it, wiped by request_free() */
    char *print_id, *slip;
    bool large;
    struct kiosk_load_request load;
    struct kiosk_credit_request credit;
    struct kiosk_volunteer_request volunteer;
    struct kiosk_seat_request seat;
    enum kiosk_help_ask help;
    struct kiosk_rating_request rating;
    struct kiosk_mine_request mine;
    struct kiosk_certificate_request certificate;
    struct kiosk_order_request *order; /* wiped by request_free() */
    struct kiosk_ticket_request *ticket; /* wiped by request_free() */
};

/* kiosk.c */
/**
 * A kiosk without threads: worker_turn() and sync_turn() are its life. `hall` and `transport` (NULL: PC/SC, libcurl) are
 * copied; the hall is freed with it, also when this fails, the transport with the sync that took it.
 */
struct kiosk *kiosk_open(const struct kiosk_config *config, const struct hall *hall, const struct transport *transport,
                         kiosk_event_fn fn, void *data, GError **error);
void request_free(struct request *request);
/** From any thread. `items` (may be NULL) is g_free'd after delivery; the event points into it. */
void kiosk_post(struct kiosk *kiosk, const struct kiosk_event *event, void *items);

/* worker.c */
void *worker_main(void *kiosk);
/** One turn of the worker's loop, in the caller's thread. False: told to stop. */
bool worker_turn(struct kiosk *kiosk);
/** Let go of PSAM and person. */
void worker_end(struct kiosk *kiosk);
/** Open the session's card inside a transaction. CC_OK or what cc_link_open() says. */
int worker_card_open(struct kiosk *kiosk, struct hall_card *card, struct cc_port *port);
void worker_card_close(struct kiosk *kiosk, struct hall_card *card, bool reset);
/** What is done now was asked for in the session that is on, with a card that is good; the card itself is not looked for. */
bool worker_card_asked(const struct kiosk *kiosk);
/** The same, and its card lies there at this moment: a request may have waited while the card was changed for another's. */
bool worker_card_there(struct kiosk *kiosk);

/* identity.c */
/** Fill session->card, verdict, identity and token from the card behind `port`. An error result when the card was lost. */
int identity_read(struct kiosk *kiosk, struct cc_port *port, struct session *session);

/* health.c */
enum ladder health_ladder(struct kiosk *kiosk);
bool health_revoked(struct kiosk *kiosk);
bool health_store_ok(struct kiosk *kiosk);
/** What is in the way; its code, NULL: nothing. */
enum kiosk_records health_records(struct kiosk *kiosk);
const char *health_records_code(struct kiosk *kiosk);
bool health_clock_trusted(struct kiosk *kiosk);
/** The best that is known of the time, whatever the wall clock says: for dates and ages. */
int64_t health_now_ms(const struct kiosk *kiosk);
bool health_online(struct kiosk *kiosk);
/** Tell the screen when something about the machine changed, and once a minute. */
void health_tell(struct kiosk *kiosk);

/* room.c */
/** Why nothing is written down now, by the machine, and by the card that lies there; NULL: nothing is in the way. */
const char *gate_machine(struct kiosk *kiosk);
const char *gate_card(struct kiosk *kiosk);
/** An event onto the disk; takes `data` (NULL: no memory). NULL: it is there, `id` its own; else why not. */
const char *room_write(struct kiosk *kiosk, const char *type, json_t *data, char id[37]);

/* credit.c */
void credit_do(struct kiosk *kiosk, const struct kiosk_credit_request *request);
/** Tell what the platform said since the last look, and end holds whose time is over. */
void credit_follow(struct kiosk *kiosk);

/* upkeep.c */
/** Room on the disk, backups, archives: a thread of its own, beside the workers. */
struct upkeep *upkeep_start(struct kiosk *kiosk, GError **error);
void upkeep_stop(struct upkeep *upkeep);
/** What stays in the journal: so many of the newest rows, those written since, and runs that are shorter. */
struct upkeep_keep {
    int64_t before_ms;
    int rows, run_min, rows_a_piece;
};
/** Old rows into the archive, as each night. */
void upkeep_archive(struct kiosk *kiosk, const struct upkeep_keep *keep);

/* activities.c */
void activities_do(struct kiosk *kiosk, const struct kiosk_seat_request *request);

/* bills.c */
void bills_tell(struct kiosk *kiosk);

/* purchase.c, load.c, doubt.c: the machine is drawn in wallet.c */
void wallet_pay(struct kiosk *kiosk, char **bill_ids, const char *pin);
void wallet_load(struct kiosk *kiosk, const struct kiosk_load_request *request, const char *pin);
enum wallet_doubt { WALLET_DOUBT_NONE, WALLET_DOUBT_SETTLED, WALLET_DOUBT_OPEN };
/** Settle the open doubts of the session's card, ours and other kiosks', if there are any, and tell the outcome. `pin` NULL
 *  unless the resident has just given it. */
enum wallet_doubt wallet_recover(struct kiosk *kiosk, struct cc_port *port, const char *pin);
/** Write down what the platform has said of a doubt of ours since the last look. */
void wallet_follow(struct kiosk *kiosk);
void wallet_doubts_tell(struct kiosk *kiosk);

/* help.c */
void help_do(struct kiosk *kiosk, enum kiosk_help_ask ask);
/** One of the staff has put a card there. True: that ended a call, and is no tap for anything else. */
bool help_staff_came(struct kiosk *kiosk);
/** Tell what the platform said since the last look, and end a call that nobody ended. */
void help_follow(struct kiosk *kiosk);
/* By the worker's thread, once it could be read: what was open when the program ended. */
void help_begin(struct kiosk *kiosk);
void help_forget(struct kiosk *kiosk);
/** Is something to be tried again before long? */
bool help_waits(const struct kiosk *kiosk);

/* statement.c */
void statement_tell(struct kiosk *kiosk);

/* staff.c */
/** The session's card is a member of staff's, and in use. */
void staff_tapped(struct kiosk *kiosk);

/* receipts.c */
/** What is on the receipt of a payment of ours, as prints.c has it; a new reference. NULL: there is no such payment that is done. */
json_t *receipts_paper(struct kiosk *kiosk, const char *payment_id, bool english);

/* prints.c */
/** From the screen's thread: as text, which is wiped and freed by whoever takes it. */
char *prints_pack(const struct kiosk_slip *slip);
void prints_ask(struct kiosk *kiosk, const struct request *request);
/** Whatever is in the queue, one after another; in the thread of the printer. `data` is not looked at. */
void prints_run(void *data, void *kiosk);
/** Begin with what was left in the queue. */
void prints_kick(struct kiosk *kiosk);
/** A text of the language's catalogue. */
const char *prints_word(bool english, const char *text);

/* orders.c */
void services_tell(struct kiosk *kiosk);
void orders_do(struct kiosk *kiosk, const struct kiosk_order_request *request);
struct rating;
struct rating_facts;
/** What rating.service is, when it is an order of the card there. False: the store cannot be read. */
bool orders_rating_facts(struct kiosk *kiosk, struct rating *rating, struct rating_facts *out);
/** The order's own step; NULL: on disk, else why not. */
const char *orders_rate(struct kiosk *kiosk, const char *order, int stars);

/* volunteers.c */
void volunteers_do(struct kiosk *kiosk, const struct kiosk_volunteer_request *request);
/** Has a guardian agreed that this child serves (VR-9)? Nobody has to for the others. By the birthday on the card and what the platform told. */
bool volunteers_may_serve(struct kiosk *kiosk, int64_t now_ms);

/* tickets.c */
void tickets_do(struct kiosk *kiosk, const struct kiosk_ticket_request *request);
/** Nobody else is to see what such a case is about; NULL, the list does not have it: false. */
bool category_personal(json_t *category);
/** What rating.service is, when it is a ticket of the card there. False: the store cannot be read. */
bool tickets_rating_facts(struct kiosk *kiosk, struct rating *rating, struct rating_facts *out);

/* person.c */
void person_tell(struct kiosk *kiosk);
/** Is it what this kiosk can show? */
typedef bool (*person_fits)(json_t *page);
/**
 * What the platform shows of the session's card for this purpose, and it proves itself for it: just told (*live), or as it was kept, which
 * `fits`; new reference. NULL: neither. `reason`: why it is not live, "".
 */
json_t *person_page(struct kiosk *kiosk, enum purpose purpose, person_fits fits, bool *live, char reason[PERSONS_CODE_SIZE]);

/* mine.c */
void mine_do(struct kiosk *kiosk, const struct kiosk_mine_request *request);

/* preference.c */
/** How the card's owner wants it, into the session's identity; and when they had what is kept of them taken away, it is fetched again. */
void preference_look(struct kiosk *kiosk, struct session *session);
/** KEEP or GIVE_UP. NULL: it is so; else why not. */
const char *preference_say(struct kiosk *kiosk, const struct kiosk_mine_request *request);

/* timeline.c */
/** What happened to the session's card, newest first; count, known, live, asof and reason into `out`. g_free. */
struct kiosk_happening *timeline_make(struct kiosk *kiosk, struct kiosk_mine_event *out);

/** What may be asked of the platform about the person of the session: as persons_me(). */
typedef json_t *(*person_question)(struct kiosk *kiosk, const void *question, char reason[PERSONS_CODE_SIZE]);
/** Its answer, a new reference: the card proves itself for it, once more when the platform has ended the session meanwhile. NULL: `reason`. */
json_t *person_ask(struct kiosk *kiosk, person_question ask, const void *question, char reason[PERSONS_CODE_SIZE]);

/* certificates.c */
void certificates_do(struct kiosk *kiosk, const struct kiosk_certificate_request *request);
/** What is on one that was told in this session, as prints.c has it; a new reference. NULL: none was. */
json_t *certificates_paper(struct kiosk *kiosk, const char *number, bool english);
/** The person has gone. */
void certificates_forget(struct kiosk *kiosk);

/* rating.c */
/** What this session's card said of it here may be changed yet (RT-2). */
bool rating_may_again(struct kiosk *kiosk, const char *service);
/* What was done at this machine with the card there (no order, no ticket): may it be rated now? *rated: it would be a change. */
bool rating_may(struct kiosk *kiosk, const char *service, bool *rated);
void rating_give(struct kiosk *kiosk, const struct kiosk_rating_request *request);
/** The card goes: its session at the platform, too. */
void person_session_end(struct kiosk *kiosk);

/* notices.c */
void notices_tell(struct kiosk *kiosk);
/** Somebody opened it: counted, by nobody's name. */
void notices_opened(struct kiosk *kiosk, const char *id);
/** The counts become events, every ten minutes or `now`. */
void notices_reads_keep(struct kiosk *kiosk, bool now);

#endif
