/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The simulated town: kiosks, their disks, cards, PSAMs, the platform and the wires between them, in one thread and one
 * virtual time. All code under test is the real one; only what lies below its seams (clock.h, hall.h, transport.h, SQLite's
 * file system) is played here. See README.md.
 */
#ifndef SIM_H
#define SIM_H

#include "action.h"
#include "channel.h"
#include "device/config.h"
#include "community.h"
#include "disk.h"
#include "plain.h"
#include "platform/platform.h"
#include "platform/sample/rng.h"
#include "service/hall.h"
#include "service/kiosk.h"
#include "store/file.h"
#include "sync/transport.h"

#define SIM_KIOSKS_MAX 50
#define SIM_CARDS_MAX  8
#define SIM_CARDS_ALL  16 /* with those that took the place of others */
#define SIM_STAFF_A    2 /* these cards are of staff, where there are so many */
#define SIM_STAFF_B    3
#define SIM_PLATFORM   (-1)
#define SIM_NOBODY     (-2)
#define SIM_BILLS_MAX  8

struct world;
struct books;

/** A computer: it can die at any effect, and then has none any more until it is started again. */
struct machine {
    struct world *world;
    int index; /* of the kiosk, or SIM_PLATFORM */
    struct disk *disk;
    struct plain *files; /* those beside the databases */
    char *folder;
    bool dead;       /* the process is gone; what still runs is being unwound */
    bool power_lost; /* and the power with it */
    bool stuck;      /* every sync and write fails until the disk is healed */
};

/** What lies in one slot of a kiosk's readers. */
struct slot {
    int device;      /* card or PSAM, −1 none */
    uint16_t events; /* as PC/SC counts them */
    unsigned generation; /* a link of another one is to a card that is gone */
};

struct sim_kiosk {
    struct machine machine;
    char id[8];
    char certificate[64];  /* the number of the one in use */
    char *certificate_pem; /* all of it */
    char *trusted;         /* which authorities its platform may be of */
    struct kiosk_config config;
    struct kiosk *kiosk; /* NULL: not running */
    unsigned opens;      /* starts so far */
    struct slot reader, sam;
    bool readers_changed;
    bool online;       /* the cable is in */
    int64_t offset_ms; /* its clock minus the true time */
    int64_t booted_ms; /* true time of its last boot */
    char boot_id[37];
    int archives;      /* files that its journal's segments named when last looked */
    bool snapshot;     /* a copy of its disk was laid aside */
    bool restored;     /* its disk is an old copy, damaged, or new; what it had comes from the platform again */
    bool must_ask;     /* it can see that itself: nothing is written before the platform was asked */
    bool had_more;     /* not all that it had was acknowledged: facts are there again, not always at their places */
    int64_t acked;     /* what was, then */
    /* The last answer to "which bills". */
    char bills[SIM_BILLS_MAX][64];
    unsigned bill_count;
    char last_paid[37];
    char last_credit[37], last_attendance[37];
};

struct sim_card {
    struct vc_card card;
    char number[24];
    struct vc_persona persona;
    int next;        /* the card that took its place, −1 none */
    const char *pin; /* NULL: none is asked for */
    int64_t issued_fen;
    int at; /* kiosk, or SIM_NOBODY */
    bool lost;
    struct world *world;
};

struct sim_sam {
    struct vc_sam sam;
    int at; /* kiosk, or SIM_NOBODY */
};

struct sim_platform {
    struct machine machine;
    struct platform *platform; /* the node that does what is done; NULL: all are down */
    struct platform *other;    /* the second one; NULL: down, or there is none */
    bool two;
    unsigned down_steps;
    unsigned bills_made;
};

/** How often what happened. */
struct stats {
    uint64_t effects, faults, kills, power_cuts, paid, loaded, voided, doubts, recovered, refused, rounds, requests, drains, debits, opens, credited, nights, archives, looks, replaced, authorities, seats, orders, moved, nodes, enrolled;
};

struct armed {
    struct fault fault;
    unsigned seen;
    bool anchored, fired;
};

struct world {
    uint64_t seed;
    char *folder;
    struct rng env; /* chance of what happens inside a step; seeded anew for each from its salt */
    int64_t now_ms; /* true time */
    int who;        /* whose code runs: a kiosk, SIM_PLATFORM or SIM_NOBODY */
    uint64_t digest;
    bool trace;
    unsigned step;
    GMainContext *context;
    struct vc_community people;
    uint8_t index_key[32]; /* of the platform: card tokens */
    struct sim_kiosk kiosks[SIM_KIOSKS_MAX];
    unsigned kiosk_count;
    struct sim_card cards[SIM_CARDS_ALL];
    unsigned holder_count, card_count; /* people, each with one of the first cards; and all cards, those that were replaced too */
    struct sim_sam sams[SIM_KIOSKS_MAX + 3]; /* one a kiosk, two spares, and the bus's */
    unsigned sam_count;
    struct sim_platform platform;
    GPtrArray *late; /* requests that the network keeps: struct late of wire.c */
    struct armed armed[ACTION_FAULTS];
    bool calm; /* no faults any more */
    bool authorities_changed;
    struct books *books;
    struct stats stats;
    /** Called when an invariant is broken; does not return. */
    void (*broken)(struct world *world, const char *invariant, const char *detail);
};

/* ---- world.c ---- */
struct world *world_new(uint64_t seed, const struct town *town, const char *folder, bool trace,
                        void (*broken)(struct world *, const char *, const char *));
void world_free(struct world *world);
/** The world that callbacks without a context belong to. */
struct world *world_now(void);
/** Run a kiosk's, or the platform's, code as that one; gives back who was before. */
int world_become(struct world *world, int who);
/** The kiosk's process starts; false: it did not, or died on the way. */
bool kiosk_start(struct sim_kiosk *kiosk);
/** The process ends, in an orderly way or because it is dead; a power cut is played when there was one. */
void kiosk_stop(struct sim_kiosk *kiosk);
/** On a disk with nothing on it, by a platform that is up and whose disk is good. */
void kiosk_enrol_anew(struct sim_kiosk *kiosk);
/** Turns of the worker until nothing changes, with the events they bring; ends early when the kiosk dies. */
void kiosk_turns(struct sim_kiosk *kiosk, unsigned turns);
/** The card that takes this one's place is made: not yet anybody's. */
void card_successor(struct world *world, unsigned card, unsigned successor);
/** One more bill for this card's owner. */
void platform_bill(struct world *world, unsigned card);

/** If it lost its power. What was not flushed is gone, or there in parts. */
void machine_power_cut(struct machine *machine);

/* ---- nodes.c: the platform's programs ---- */
/** All of them; false: none is there. */
bool platform_up(struct world *world);
/** All of them end; when nothing but the program died that ran, that one alone. */
void platform_down(struct world *world);
/** One of them does what comes now: a request. */
void platform_turn(struct world *world);
/** Before a step: who was killed comes back after a while. */
void platform_step(struct world *world);

/* ---- log.c: everything that happens goes into one running digest ---- */
void note(struct world *world, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** For readers of a trace only. */
void trace_text(const struct world *world, const char *text);
void note_bytes(struct world *world, const char *what, const void *bytes, size_t len);
void break_invariant(struct world *world, const char *invariant, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* ---- effect.c: counting effects, playing faults ---- */
enum effect { EFFECT_DISK, EFFECT_CARD, EFFECT_SAM, EFFECT_NET, EFFECT_ANSWER };
void faults_arm(struct world *world, const struct action *action);
/** About to have an effect: the fault that strikes here, mostly none. A kiosk that dies is dead when this returns. */
struct fault effect_now(struct machine *machine, enum effect effect);
/** DEBIT leaves: faults that are counted from there begin to count. */
void faults_debit(struct world *world, struct machine *machine);
enum disk_verdict machine_disk(void *machine, enum disk_op op, const char *name, int64_t at, const void *bytes, size_t len);
int machine_file(void *world, enum file_step step, const char *path);

/* ---- hall.c ---- */
struct hall sim_hall(struct sim_kiosk *kiosk);
/** Lay a card on the kiosk's reader (it is taken away from wherever it is), or take the one that lies there away. */
void card_put(struct sim_kiosk *kiosk, int card);
void card_lift(struct sim_kiosk *kiosk);
void sam_put(struct sim_kiosk *kiosk, int sam);
void sam_lift(struct sim_kiosk *kiosk);
/** The card is used at another operator's terminal. */
void card_elsewhere(struct world *world, unsigned card, uint32_t amount_fen);
void card_load_elsewhere(struct world *world, unsigned card, uint32_t amount_fen);

/* ---- wire.c ---- */
struct transport sim_transport(struct sim_kiosk *kiosk);
/** Deliver a message that was kept back; its answer reaches nobody. */
void wire_deliver_late(struct world *world);
void wire_forget_late(struct world *world);

/* ---- disaster.c: what happens to disks that no flush helps against ---- */
/** By `arg`: lay a copy of the disk aside, put it back, damage the database, or take it away. */
void disaster(struct sim_kiosk *kiosk, uint32_t arg);

/* ---- credit.c ---- */
void credit_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** The screen of a living kiosk is shown this. */
void credit_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_credit_event *event);
/** In the platform's database, now: what kiosks may let people spend is open there. */
struct sqlite3;
void credit_check_open(struct world *world, struct sqlite3 *db);
/** Everything is settled and sent: what was handed over is posted, all books hold. */
void credit_check_end(struct world *world);

/* ---- replace.c: cards that take the place of others ---- */
/** Which card its owner has now. */
unsigned card_newest(const struct world *world, unsigned card);
/** Which one they take in this action: now and then that of before. */
unsigned card_taken(const struct world *world, const struct action *action);
void replace_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
void replace_check(struct world *world, struct sqlite3 *db);
void replace_check_end(struct world *world);

/* ---- authority.c: the platform's certificate authorities ---- */
void authority_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** Of a kiosk's transport. */
bool authority_identity(void *kiosk, const char *cert_pem, const char *key_pem);
bool authority_trust(void *kiosk, const char *pems);
/** A connection of this kiosk is made to the platform, which is up. */
void authority_handshake(struct world *world, const struct sim_kiosk *kiosk);
void authority_check_end(struct world *world);

/* ---- session.c: taps that prove their card ---- */
struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);
void session_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** A command is about to reach a card. */
void session_command(struct world *world, int card, const uint8_t *command, size_t len);
/** The screen of a living kiosk is shown this. */
void session_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_person_event *event);
struct session_exchange {
    const char *path, *secret, *body; /* secret, body: NULL none */
    const char *answer;
    size_t answer_len;
};
/** The platform answered this with 200, whoever hears it. */
void session_answered(struct world *world, const char *kiosk, const struct session_exchange *x);
void session_check_log(struct world *world, struct sqlite3 *db);

/* ---- seats.c ---- */
void seat_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** The screen of a living kiosk is shown this, whatever it is. */
void seat_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event);
void seats_check(struct world *world, struct sqlite3 *db);
void seats_check_end(struct world *world, struct sqlite3 *db);

/* ---- orders.c: of services ---- */
void order_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** The screen of a living kiosk is shown this, whatever it is. */
void order_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event);
void orders_check(struct world *world, struct sqlite3 *db);
void orders_check_end(struct world *world, struct sqlite3 *db);

/* ---- desk.c: what staff and the clock do at the platform about seats and orders ---- */
void desk_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
/** The town's own activity, with its first dates. */
void desk_first_day(struct world *world);

/* ---- hotlist.c ---- */
void hotlist_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
void hotlist_lose(struct world *world, struct sim_kiosk *kiosk, const struct action *action);
void hotlist_check(struct world *world, struct sim_kiosk *kiosk);
/** Has this kiosk the newest list? */
bool hotlist_newest(struct world *world, struct sim_kiosk *kiosk);
/** The kiosk's disk was exchanged or damaged. */
void hotlist_disk_changed(struct world *world, struct sim_kiosk *kiosk);

/* ---- play.c ---- */
/** With that card on the reader; nothing where the kiosk is not running, also of the next two. */
void kiosk_lay(struct sim_kiosk *kiosk, int card);
/** The screen asks, and is answered. */
void kiosk_ask(struct sim_kiosk *kiosk, void (*request)(struct kiosk *kiosk));
/** A round with the platform. */
void kiosk_sync(struct sim_kiosk *kiosk);
void play(struct world *world, const struct action *action);
/** All faults off, everyone online, every card at every kiosk: what is open must be settled by this. */
void play_drain(struct world *world);

#endif
