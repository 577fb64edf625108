/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the command line `citycard`. It uses nothing of the library but citycard.h. */
#ifndef CITYCARD_CLI_H
#define CITYCARD_CLI_H

#include "citycard.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Documented in --help and README.md: scripts rely on them. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,  /* the operation failed lawfully: declined, balance low, PIN, another card */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_ABSENT = 3,   /* no service, no reader, no card, no PSAM, or in use by another program */
    EXIT_CARD = 4,     /* the card, the PSAM or the system failed, or the card is not supported */
    EXIT_IN_DOUBT = 5, /* a payment was sent and its outcome is not known: run `citycard resume` */
};

struct options {
    const char *reader, *sam, *state_dir; /* NULL: not given */
    bool json, trace, unmasked;
    int pin_fd;               /* -1: ask on the terminal */
    unsigned wait_ms;         /* for a card or a reader to appear */
    unsigned long lines_max;  /* watch: 0 without limit */
    unsigned long timeout_ms; /* watch: 0 without limit */
    uint32_t amount_fen;      /* pay */
};

/* ---- Commands: each returns an exit code ------------------------------------------------------------------------- */

int command_readers(const struct options *options);
int command_info(const struct options *options);
int command_watch(const struct options *options);
int command_pay(const struct options *options);
int command_resume(const struct options *options);

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

/** UTF-8 without control characters: what cards and readers say may not steer a terminal or break JSON. */
void clean_text(const char *text, char *out, size_t out_size);
/** A JSON string out of foreign text. */
json_t *json_text(const char *text);
json_t *json_hex(const uint8_t *bytes, size_t len);

#define DATE_SIZE 11
#define TIME_SIZE 9
/** YYYYMMDD to "YYYY-MM-DD"; false when it is none. */
bool date_text(uint32_t date, char out[DATE_SIZE]);
bool date_bcd_text(const uint8_t bcd[4], char out[DATE_SIZE]);
bool time_bcd_text(const uint8_t bcd[3], char out[TIME_SIZE]);
/** "-12.05" style yuan. */
void yuan_text(uint32_t fen, char *out, size_t out_size);
uint32_t today(void);

/** Write one JSON object and a line feed; the reference is taken. Exit code: 0, or the write failed. */
int print_json(json_t *object);
/** Flush stdout. When its reader has gone, the program ends by SIGPIPE as any filter would. */
int finish_output(void);
/** The same, but tell instead of ending. */
bool output_written(void);

/* ---- Slots (slots.c) --------------------------------------------------------------------------------------------- */

enum holds { HOLDS_UNKNOWN, HOLDS_CARD, HOLDS_SAM };

/** What is in a slot. `result` below zero: it could not be asked. `card` is filled for HOLDS_CARD. */
struct slot {
    enum holds holds;
    int result; /* CC_OK, CC_CARD_BLOCKED, or why not */
    struct cc_card card;
};

/** Ask the card in a reader that has one. `timeout_ms` bounds the wait for other programs. */
void slot_probe(const char *reader, unsigned timeout_ms, struct slot *slot);

/**
 * Wait up to wait_ms for the card or the PSAM that the options name; `reader` gets its slot.
 * CC_OK, or why there is none.
 */
int find_card(const struct options *options, char reader[CC_READER_NAME_SIZE]);
int find_sam(const struct options *options, char reader[CC_READER_NAME_SIZE]);

/** A card or PSAM in use, with its trace. */
struct seat {
    struct cc_link *link;
    char reader[CC_READER_NAME_SIZE];
    struct cc_port port;
    struct tracer {
        bool on, unmasked, is_card;
        const char *name;
        bool personal;             /* the answer to come holds name and ID number */
        bool holder_selected;      /* EF16 is the selected file */
        struct cc_channel channel; /* the link behind, while the PSAM is being opened */
    } tracer;
};

/** Find the card, open it and read it; a contact lost for a moment is tried again. */
int open_and_read(const struct options *options, struct seat *seat, unsigned what, struct cc_card *card);
/** A new link to the same reader, after the old one died. Whose card it is now must be asked. */
int reopen_card(struct seat *seat);
/** The contact was lost but may come back: sleeps a little; then reopen_card() and ask again. *attempt begins at 0. */
bool contact_may_return(int result, int *attempt);
/** Opens the seat's link exclusively and the PSAM on it. */
int open_sam(const struct options *options, struct seat *seat, struct cc_sam *sam);
void close_seat(struct seat *seat, bool reset);

/* ---- The recovery file (recovery.c) ------------------------------------------------------------------------------ */

#define PATH_SIZE 4096

/** $XDG_STATE_HOME/citycard, or --state; made with mode 0700 when missing. False: no such place. */
bool recovery_dir(const struct options *options, char dir[PATH_SIZE]);
/** Durable when it returns true: file and directory are synced. */
bool recovery_write(const char *dir, const struct cc_purchase *purchase);
enum recovery { RECOVERY_NONE, RECOVERY_FOUND, RECOVERY_DAMAGED };
enum recovery recovery_read(const char *dir, const uint8_t serial[8], struct cc_purchase *purchase);
bool recovery_remove(const char *dir, const uint8_t serial[8]);
/** The card number of any payment that waits, for "bring that card back". False: none. */
bool recovery_any(const char *dir, char card_number[CC_CARD_NUMBER_SIZE]);

/* ---- The PIN (pin.c) --------------------------------------------------------------------------------------------- */

#define PIN_SIZE 13 /* 4 to 12 digits and NUL */

/** CC_OK, CC_PIN_NEEDED when there is nobody to ask, CC_ERR_ARGUMENT when what came is no PIN. Cleanse it
 * after use. */
int pin_read(const struct options *options, char pin[PIN_SIZE]);
void pin_cleanse(char pin[PIN_SIZE]);

#endif
