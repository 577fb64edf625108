/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the command line `citycard`. It uses nothing of the library but citycard.h. */
#ifndef CITYCARD_CLI_H
#define CITYCARD_CLI_H

#include "citycard.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Documented in --help, README.md and citycard(1): scripts rely on them. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,  /* the operation failed lawfully: declined, balance low, PIN, another card */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_ABSENT = 3,   /* no service, no reader, no card, no PSAM, in use by another program, or two cards */
    EXIT_CARD = 4,     /* the card, the PSAM or the system failed, or the card is not supported */
    EXIT_IN_DOUBT = 5, /* a debit or credit was sent and its outcome is not known: run `citycard resume` */
};

struct options {
    const char *reader, *sam, *state_dir, *record; /* NULL: not given */
    bool json, trace, unmasked, pad, allow_secrets;
    int pin_fd;               /* -1: ask on the terminal */
    unsigned wait_ms;         /* for a card or a reader to appear */
    unsigned long lines_max;  /* watch: 0 without limit */
    unsigned long timeout_ms; /* watch, load, pin unblock: 0 not given */
    bool has_terminal;        /* load */
    uint8_t terminal[6];
    uint8_t key_index; /* load */
    char **words;      /* what stands behind the command */
    int word_count;
};

/* ---- Commands: each returns an exit code ------------------------------------------------------------------------- */

int command_readers(const struct options *options);
int command_info(const struct options *options);
int command_log(const struct options *options);
int command_watch(const struct options *options);
int command_pay(const struct options *options);
int command_load(const struct options *options);
int command_resume(const struct options *options);
int command_pin(const struct options *options);
int command_prove(const struct options *options);
int command_record(const struct options *options);
int command_replay(const struct options *options);
int command_apdu(const struct options *options);
int command_selftest(const struct options *options);

/* ---- Arguments (args.c) ------------------------------------------------------------------------------------------ */

/** What was asked for instead of a command. */
enum asked { ASKED_COMMAND, ASKED_HELP, ASKED_VERSION };

/** NULL, or what is wrong with the options; what is left of the words is in `options`. */
const char *args_parse(int argc, char **argv, struct options *options, enum asked *asked);
/** Digits only, no sign, no space, within the bounds. */
bool parse_number(const char *text, unsigned long least, unsigned long most, unsigned long *number);
/** The operand of pay and load. */
bool parse_amount(const struct options *options, uint32_t *amount_fen);
int wrong_usage(const struct options *options, const char *message);

/* ---- Output (output.c) ------------------------------------------------------------------------------------------- */

/** What went wrong, for a person and for a program. */
struct problem {
    const char *code;    /* machine name, e.g. "NO_CARD" */
    const char *message; /* what is wrong */
    const char *next;    /* what to do next */
    enum exit_code exit;
};

/** The problem behind a result of the library. */
struct problem problem_of(int result);
/** One sentence on stderr, and with --json an error object on stdout. Returns the exit code. */
int report(const struct options *options, struct problem problem);
int report_result(const struct options *options, int result);
/** `what` cannot be done with a file: errno says why. */
int report_no_file(const struct options *options, const char *what, const char *next);
/** Of something that was asked of a card citycard knows: CC_ERR_UNSUPPORTED then says that this card cannot do it. */
int report_asked(const struct options *options, int result);
/** The same for a PIN that was refused. */
int report_pin(const struct options *options, int result, unsigned tries_left);

/** Write one JSON object and a line feed; the reference is taken. Exit code: 0, or the write failed. */
int print_json(json_t *object);
/** Flush stdout. When its reader has gone, the program ends by SIGPIPE as any filter would. */
int finish_output(void);
/** The same, but tell instead of ending. */
bool output_written(void);
/** One line of text from a descriptor, without its end, at most timeout_ms (0: no limit) in all. CC_OK,
 * CC_NOT_FOUND at the end, CC_TIMEOUT, CC_ERR_ARGUMENT when it is too long. Nothing is buffered: what follows
 * stays there. */
int read_line(int fd, unsigned long timeout_ms, char *line, size_t size);

/* ---- Text (text.c) ----------------------------------------------------------------------------------------------- */

/** UTF-8 without control characters: what cards and readers say may not steer a terminal or break JSON. */
void clean_text(const char *text, char *out, size_t out_size);
/** A JSON string out of foreign text. */
json_t *json_text(const char *text);
json_t *json_text_or_null(const char *text);
json_t *json_hex(const uint8_t *bytes, size_t len);

#define DATE_SIZE 11
#define TIME_SIZE 9
/** YYYYMMDD to "YYYY-MM-DD"; false when it is none. */
bool date_text(uint32_t date, char out[DATE_SIZE]);
bool date_bcd_text(const uint8_t bcd[4], char out[DATE_SIZE]);
bool time_bcd_text(const uint8_t bcd[3], char out[TIME_SIZE]);
/** Either as JSON, null when it is none. */
json_t *json_date(uint32_t date);
json_t *json_date_bcd(const uint8_t bcd[4]);
json_t *json_time_bcd(const uint8_t bcd[3]);
#define YUAN_SIZE 24
/** "-12.05" style yuan. */
void yuan_text(int64_t fen, char out[YUAN_SIZE]);
uint32_t today(void);
/** Milliseconds of a clock that only goes forward. */
uint64_t now_ms(void);

/* ---- A card as JSON and as text (card_json.c, card_text.c) ------------------------------------------------------- */

/** "load", "purchase" … of a transaction type. */
const char *type_name(uint8_t type);
/** All that is known of a card; without `unmasked` its holder is. */
json_t *card_json(const struct cc_card *card, bool unmasked);
json_t *records_json(const struct cc_card *card);
json_t *journeys_json(const struct cc_card *card);
void print_card(const struct cc_card *card, bool unmasked);
void print_logs(const struct cc_card *card);
/** Either form of what cc_card_read() told with `result`: CC_OK, CC_CARD_BLOCKED or CC_NO_IDENTITY. */
int show_card(const struct options *options, const struct cc_card *card, int result);

/* ---- Slots (slots.c, seats.c) ------------------------------------------------------------------------------------ */

enum holds { HOLDS_UNKNOWN, HOLDS_CARD, HOLDS_SAM };

/** What is in a slot. `result` below zero: it could not be asked. `card` is filled for HOLDS_CARD and
 * CC_NO_IDENTITY. */
struct slot {
    enum holds holds;
    int result; /* CC_OK, CC_CARD_BLOCKED, CC_NO_IDENTITY, or why not */
    struct cc_card card;
};

/** Ask the card in a reader that has one. `timeout_ms` bounds the wait for other programs. */
void slot_probe(const char *reader, unsigned timeout_ms, struct slot *slot);

/** What to look for: a card with a number; a PSAM; any card; any card, or whatever is in the slot of
 * --reader. */
enum wanted { WANT_CARD, WANT_SAM, WANT_ANY, WANT_SLOT };

/** Readers found: one, or two with CC_TWO_CARDS. */
struct found {
    char reader[2][CC_READER_NAME_SIZE];
};
/** Wait up to wait_ms for the card or the PSAM that the options name. CC_OK, or why there is none. */
int find_slot(const struct options *options, enum wanted wanted, struct found *found);

/** A card or PSAM in use, with its trace and its recording. */
struct seat {
    struct cc_link *link;
    char reader[2][CC_READER_NAME_SIZE]; /* the second is told with CC_TWO_CARDS */
    struct cc_port port;
    const char *name; /* in traces and recordings */
    bool trace;
};

/** Find the slot and open what is in it, without asking it anything. */
int open_slot(const struct options *options, enum wanted wanted, struct seat *seat);
/** Find the card, open it and read it; a contact lost for a moment is tried again. CC_NO_IDENTITY only with
 * WANT_ANY. */
int open_and_read(const struct options *options, enum wanted wanted, struct seat *seat, unsigned what,
                  struct cc_card *card);
/** A new link to the same reader, after the old one died. Whose card it is now must be asked. */
int reopen_card(struct seat *seat);
/** The contact was lost but may come back: sleeps a little; then reopen_card() and ask again. *attempt begins
 * at 0. */
bool contact_may_return(int result, int *attempt);
/** Opens the seat's link exclusively and the PSAM on it. */
int open_sam(const struct options *options, struct seat *seat, struct cc_sam *sam);
void close_seat(struct seat *seat, bool reset);
/** report_result(), and with CC_TWO_CARDS both readers. */
int report_seat(const struct options *options, int result, const struct seat *seat);

/* ---- Recordings (recording.c) ------------------------------------------------------------------------------------ */

/** Make the file of --record. EXIT_OK, also without --record. */
int recording_begin(const struct options *options);
/** From now on this port's exchanges are recorded, when there is a recording. */
void recording_attach(struct cc_port *port, const char *name);
/** False: something could not be written, which has been told. */
bool recording_end(void);

/* ---- The recovery file (recovery.c, transaction.c) --------------------------------------------------------------- */

enum transaction_kind { TRANSACTION_PURCHASE, TRANSACTION_LOAD };
#define TRANSACTION_KINDS 2

/** A purchase or a load. */
struct transaction {
    enum transaction_kind kind;
    struct cc_purchase purchase;
    struct cc_load load;
};

/** The members that both have. */
struct transaction_common {
    enum cc_purchase_state *state;
    enum cc_evidence *evidence;
    enum cc_family *family;
    char *card_number;
    uint8_t *serial, *issuer, *terminal, *type, *key_version, *algorithm, *random, *date_bcd, *time_bcd, *tac;
    uint32_t *amount_fen, *balance_before_fen;
    uint16_t *counter;
    bool *has_tac;
};
struct transaction_common transaction_common(struct transaction *transaction);
/** "payment" or "load". */
const char *transaction_noun(enum transaction_kind kind);
json_t *transaction_json(const struct transaction *transaction);
bool transaction_from_json(const json_t *object, enum transaction_kind kind, struct transaction *out);

/** Which file: one a card and kind. */
struct recovery_key {
    enum transaction_kind kind;
    enum cc_family family;
    uint8_t serial[8];
};
struct recovery_key recovery_key_of(const struct transaction *transaction);

#define PATH_SIZE 4096

/** $XDG_STATE_HOME/citycard, or --state; made with mode 0700 when missing. False: no such place. */
bool recovery_dir(const struct options *options, char dir[PATH_SIZE]);
/** Durable when it returns true: file and directory are synced. */
bool recovery_write(const char *dir, const struct transaction *transaction);
enum recovery { RECOVERY_NONE, RECOVERY_FOUND, RECOVERY_DAMAGED };
enum recovery recovery_read(const char *dir, const struct recovery_key *key, struct transaction *transaction);
bool recovery_remove(const char *dir, const struct transaction *transaction);
/** The card number of any transaction that waits, for "bring that card back". False: none. */
bool recovery_any(const char *dir, char card_number[CC_CARD_NUMBER_SIZE]);

/* ---- The PIN (pin.c) --------------------------------------------------------------------------------------------- */

#define PIN_SIZE 13 /* 4 to 12 digits and NUL */

/** CC_OK, CC_PIN_NEEDED when there is nobody to ask, CC_ERR_ARGUMENT when what came is no PIN. Cleanse it
 * after use. `prompt` is for a person. */
int pin_read(const struct options *options, const char *prompt, char pin[PIN_SIZE]);
void pin_cleanse(char pin[PIN_SIZE]);
int report_no_pin(const struct options *options, int result);
int report_no_pad(const struct options *options);

/* ---- Receipts (receipt.c) and the till (till.c) ------------------------------------------------------------------ */

/** False: it is not sure that anybody got it. With `wrapped` it is told as {"settled": …}, another one
 * follows. */
bool write_receipt(const struct options *options, const struct transaction *transaction, bool recovered,
                   bool wrapped);

/** Card and PSAM of one transaction that moves money. */
struct till {
    const struct options *options;
    char dir[PATH_SIZE];
    struct seat card_seat, sam_seat;
    struct cc_card card;
    struct cc_sam sam;
    struct cc_sam *usable_sam; /* NULL: without a PSAM */
    bool pin_verified;
};

/** Open the state directory, run the command, close all. */
int till_run(const struct options *options, int (*command)(struct till *till));
/** The card and what it says of itself. A blocked card may still settle what was begun before. */
int till_read_card(struct till *till);
/** Not blocked, and valid today. */
int till_check_card(struct till *till);
/** EXIT_OK with *found and the settled transaction, which is then on disk as settled. */
int till_settle(struct till *till, enum transaction_kind kind, struct transaction *transaction, bool *found);
/** Write the receipt, then drop the file. */
int till_hand_out(struct till *till, const struct transaction *transaction, bool recovered, bool wrapped);
/**
 * Settle what was interrupted: the same kind and amount ends the command with its receipt (*done), anything
 * else that was charged gives its receipt first.
 */
int till_settle_before(struct till *till, enum transaction_kind kind, uint32_t amount_fen, bool *done);
/** INITIALIZE, with the PIN when the card wants it. */
typedef int (*prepare_fn)(struct till *till, const char *pin, struct transaction *out);
int till_prepare(struct till *till, prepare_fn prepare, struct transaction *transaction);
/** From here on no signal ends the program: intent on disk, the one command, the outcome on disk, the
 * receipt. */
typedef int (*commit_fn)(struct till *till, struct transaction *transaction);
int till_commit(struct till *till, commit_fn commit, struct transaction *transaction);

#endif
