/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libcitycard: Chinese smart-city cards over PC/SC.
 *
 * Read it top to bottom: results, the channel seam, a port to a card, what a card says of itself, the PIN, the PSAM, a
 * purchase that survives a torn card, a load, the issuer's commands, recordings, and last the PC/SC side (readers,
 * monitor, links).
 *
 * Conventions
 *  - Every function returns an enum cc_result as int: CC_OK (0), below zero an error, above zero a lawful outcome
 *    ("PIN wrong, two left" is not an error).
 *  - Money is in fen, unsigned 32 bit as on the card; dates are YYYYMMDD as a number; `_bcd` bytes are as on the card.
 *  - Strings are UTF-8 and always terminated. Nothing here allocates unless its name says `_open` or `_new`.
 *  - Nothing is thread safe but cc_monitor_wake(): give each thread its own objects.
 *  - No call waits for ever: whatever a reader, its driver or pcscd does, a time limit of ours ends it.
 *  - Norms: JR/T 0025.2 (PBOC purse), JT/T 978 (T-Union), CJ/T 166 and 304 (CityUnion), LD/T 32 (social security
 *    card), ISO 7816-4, PC/SC parts 3 and 10.
 */
#ifndef CITYCARD_H
#define CITYCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Results ------------------------------------------------------------------------------------------------ */

/** What a function returns, as int: below zero an error, above zero a lawful outcome. */
enum cc_result {
    CC_OK = 0,

    /* Lawful outcomes. */
    CC_NOT_FOUND = 1,    /* no such file, record or application (6A82, 6A83, 6A88) */
    CC_PIN_NEEDED = 2,   /* 6982: the holder must give the PIN first */
    CC_PIN_WRONG = 3,    /* 63Cx: see the tries left */
    CC_PIN_BLOCKED = 4,  /* 6983, or 63C0 */
    CC_BALANCE_LOW = 5,  /* 9401, or found out before asking the card */
    CC_CARD_BLOCKED = 6, /* 6A81 on SELECT, 6283, 9303: application blocked */
    CC_DECLINED = 7,     /* the card refused before anything changed */
    CC_IN_DOUBT = 8,     /* a debit was sent and its outcome is not known yet */
    CC_NO_PROOF = 9,     /* 9406: the card keeps no proof of that transaction */
    CC_OTHER_CARD = 10,  /* another card than the one asked for */
    CC_TIMEOUT = 11,     /* nothing changed while waiting */
    CC_CANCELLED = 12,   /* the holder pressed cancel on the reader's keypad */
    CC_TWO_CARDS = 13,   /* cards on two readers: the holder must choose */
    CC_NO_IDENTITY = 14, /* a card that says nothing of whose it is: storage card, bank card, unknown ISO 7816-4 card */
    CC_WORN_OUT = 15,    /* 9402, or a counter at its end: the card must be replaced */

    /* Errors. */
    CC_ERR_ARGUMENT = -1,    /* the caller's mistake */
    CC_ERR_NO_SERVICE = -2,  /* pcscd is not running, or was restarted: open anew */
    CC_ERR_NO_READER = -3,   /* no such reader, or unplugged */
    CC_ERR_IN_USE = -4,      /* another program holds the reader */
    CC_ERR_NO_CARD = -5,     /* slot empty */
    CC_ERR_REMOVED = -6,     /* card gone in the middle (any transport error or an answer below two bytes) */
    CC_ERR_UNRESPONSIVE = -7,/* no ATR, no power: dirty or upside down */
    CC_ERR_RESET = -8,       /* another program reset the card: all card state is lost */
    CC_ERR_PROTOCOL = -9,    /* the card answered what no card may answer (short, long, contradictory) */
    CC_ERR_UNSUPPORTED = -10,/* a card or a feature this library does not know */
    CC_ERR_REFUSED = -11,    /* a status word with no better name: see cc_port.last_sw */
    CC_ERR_SAM = -12,        /* the PSAM refuses, is expired, is not one, or is absent */
    CC_ERR_MAC = -13,        /* 9302, 6988: an authentication code is wrong */
    CC_ERR_CRYPTO = -14,     /* OpenSSL failed */
    CC_ERR_MEMORY = -15,
    CC_ERR_SYSTEM = -16,     /* anything else of the operating system or PC/SC */
    CC_ERR_FROZEN = -17,     /* the reader, its driver or pcscd did not answer in time: whatever was asked may have happened */
};

/** Short machine name, e.g. "CARD_REMOVED"; never NULL. */
const char *cc_result_name(int result);
/** One plain English sentence for a person; never NULL. */
const char *cc_result_text(int result);

/* ---- The channel: the one seam between APDUs and the world ---------------------------------------------------- */

/** Longest answer a channel may be asked for: 65536 data bytes and SW1 SW2. */
#define CC_ANSWER_MAX 65538
/** Longest answer to reset, ISO 7816-3. */
#define CC_ATR_MAX 33

/** What the holder types on a reader with a keypad. */
enum cc_pad_kind {
    CC_PAD_VERIFY = 0, /* VERIFY, 00 20 00 reference */
    CC_PAD_CHANGE = 1, /* CHANGE PIN, 80 5E 01 reference, old PIN ‖ FF ‖ new PIN; the new one is asked for twice */
};

/**
 * PIN entry on the reader (PC/SC part 10): the digits go from its keys to the card and never through this machine. They are
 * sent as BCD pairs. With digits_min equal to digits_max the block has a fixed length, F behind an odd last digit; with
 * different ones it is as long as what was typed, and the reader sets Lc. CHANGE needs a fixed number: where the new PIN
 * begins must be known beforehand. 4 to 12 digits, 1 to 120 s.
 *
 * pad() gets the room of `answer` (2 at least) in *answer_len. With CC_OK the answer is SW1 SW2 of the card, or of the reader:
 * 6400 nobody typed in time, 6401 cancelled, 6402 the two new PINs differ, 6403 too few or too many digits. CC_ERR_ARGUMENT and
 * CC_ERR_UNSUPPORTED (no such entry on this reader) change nothing; after other errors the channel must not be used again.
 */
struct cc_pad_request {
    enum cc_pad_kind kind;
    uint8_t reference; /* P2 */
    uint8_t digits_min, digits_max;
    unsigned timeout_s; /* for the first key, and again from the first to the last */
};

/**
 * Whoever can carry one command to a card and its answer back: PC/SC, a recording, a simulator, a fuzzer.
 * transmit() gets the room of `answer` in *answer_len and leaves there what arrived (0 to room). It returns CC_OK or a
 * negative result; it may return CC_OK with fewer than two bytes (some drivers do when a card is pulled) and the layer
 * above treats that as CC_ERR_REMOVED. After an error the channel must not be used again.
 */
struct cc_channel {
    void *ctx;
    int (*transmit)(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer, size_t *answer_len);
    /** PIN entry on the reader's own keypad (PC/SC part 10): the digits never reach this computer. NULL: no keypad. */
    int (*pad)(void *ctx, const struct cc_pad_request *request, uint8_t *answer, size_t *answer_len);
};

/**
 * What a trace callback sees, masked here, below everything that could write it down: the bodies of VERIFY, CHANGE,
 * RELOAD, UNBLOCK, WRITE KEY and the reader's LOAD KEYS, those of UPDATE and CIPHER DATA (the file may be the holder's), and
 * the answers that hold a name or an ID number, are bytes 2A ('*').
 */
enum cc_trace_kind { CC_TRACE_COMMAND, CC_TRACE_ANSWER, CC_TRACE_ERROR };
/** `bytes` are valid only during the call; `result` is that of the channel. */
typedef void (*cc_trace_fn)(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result);

/** A channel in use by this library: counters, the last status word, and whether it may be used any more. */
struct cc_port {
    struct cc_channel channel;
    cc_trace_fn trace; /* may be NULL */
    void *trace_ctx;
    unsigned commands; /* sent so far, GET RESPONSE included */
    size_t bytes;      /* both ways */
    uint16_t last_sw;  /* of the last whole answer */
    bool broken;       /* a transmit failed: every later command returns CC_ERR_REMOVED without being sent */
    bool personal;     /* the answers to come hold a name or an ID number: masked in the trace */
    bool tagged;       /* these are a tag, a length and the value (LD/T 32): only the value is masked */
    bool bare_body;    /* learned: this card wants commands that have a body without Le */
    bool elsewhere;    /* a reading ended outside the card's application: the PIN's functions select it first */
    uint8_t atr[CC_ATR_MAX]; /* when the caller knows it: tells storage cards apart without asking them */
    size_t atr_len;
    struct cc_history *history; /* may be NULL: what this reader saw most, borrowed */
};

/** A port with nothing known of its card; the channel's ctx is borrowed. */
void cc_port_init(struct cc_port *port, const struct cc_channel *channel);
/** Tell the port the ATR of its card. */
void cc_port_set_atr(struct cc_port *port, const uint8_t *atr, size_t atr_len);

/**
 * One command as it is, for tools. No GET RESPONSE, no repetition; a body that may hold a PIN or key is masked in the
 * trace, and so is every answer when `personal`. *answer_len: the room of `answer`, then what arrived, SW included.
 */
int cc_port_exchange(struct cc_port *port, const uint8_t *command, size_t command_len, bool personal, uint8_t *answer,
                     size_t *answer_len);

/* ---- A card ------------------------------------------------------------------------------------------------ */

#define CC_CARD_NUMBER_SIZE 21 /* 20 digits and NUL */
#define CC_NAME_SIZE 129       /* UTF-8 */
#define CC_ID_NUMBER_SIZE 33   /* of any kind of document */
#define CC_LOG_MAX 10          /* records of one log */
#define CC_LOGS_MAX 30         /* records of all logs of a card */
#define CC_JOURNEYS_MAX 30     /* records of EF1E */
#define CC_PURSES_MAX 2        /* ED and EP */
#define CC_OTHERS_MAX 2        /* second applications that are told */

/** Which rules a card follows. The numbers are written to disk by callers: they never change. */
enum cc_family {
    CC_FAMILY_UNKNOWN = 0,
    CC_FAMILY_T_UNION = 1,    /* JT/T 978, transport cards of the whole country and their phones */
    CC_FAMILY_COMMUNITY = 2,  /* cards a community issues itself: our own profile */
    CC_FAMILY_CITY_UNION = 3, /* CJ/T 166, cards of the construction ministry's union */
    CC_FAMILY_CHANGSHA = 4,   /* CityUnion as issued by Changsha's metro */
    CC_FAMILY_CHONGQING = 5,  /* CityUnion, number in the master file */
    CC_FAMILY_TSINGHUA = 6,   /* CityUnion, campus card */
    CC_FAMILY_BEIJING = 7,
    CC_FAMILY_SHENZHEN = 8,
    CC_FAMILY_WUHAN = 9,
    CC_FAMILY_LINGNAN = 10,
    CC_FAMILY_SUZHOU = 11,
    CC_FAMILY_MACAU = 12,
    CC_FAMILY_SOCIAL_SECURITY = 13, /* LD/T 32, second and third generation */
    CC_FAMILY_BANK = 14,      /* an EMV payment card: recognised, never read */
    CC_FAMILY_ISO7816 = 15,   /* answers to ISO 7816-4, follows no rules known here */
    CC_FAMILY_STORAGE = 16,   /* Mifare and its like: a UID, nothing else */
};
#define CC_FAMILIES 17 /* members of enum cc_family */
/** "t-union", "city-union" …, "unknown". */
const char *cc_family_name(enum cc_family family);

/** How often each family was seen: the order of asking adapts to it. Zeroed is empty; plain, to be stored as it is. */
struct cc_history {
    uint32_t seen[CC_FAMILIES];
    uint32_t by_file[CC_FAMILIES]; /* of these, found by a file identifier rather than by name */
};

/** Kinds of holders, T-Union EF17. */
enum cc_class { CC_CLASS_ORDINARY = 1, CC_CLASS_STUDENT = 2, CC_CLASS_ELDER = 3, CC_CLASS_TEST = 4, CC_CLASS_SOLDIER = 5 };
/** "ordinary", "student", "elder", "test", "soldier", "other". */
const char *cc_class_name(unsigned card_class);

/** Holder. All empty when the files are absent, closed or blank. */
struct cc_holder {
    bool present;
    uint8_t holder_type, staff, id_type;
    char name[CC_NAME_SIZE]; /* from GBK / GB 18030; broken bytes are U+FFFD */
    char id_number[CC_ID_NUMBER_SIZE];
    char sex;            /* 'F', 'M', or 0 when not told */
    uint8_t nation;      /* GB/T 3304, 0 when not told */
    uint32_t birth_date; /* YYYYMMDD, 0 when not told */
    char birth_place[7]; /* GB/T 2260 */
    char student_number[17], volunteer_number[17];
};

/** One record of a purse log, 23 bytes. */
struct cc_log_entry {
    uint16_t counter; /* online for loads, offline for purchases; the value after the increment */
    uint32_t overdraft_fen, amount_fen;
    uint8_t type; /* 02 load, 06 purchase, 09 compound … */
    uint8_t terminal[6];
    uint8_t date_bcd[4], time_bcd[3];
    uint8_t file; /* short identifier of the log it is from: 18, 10, 1A */
};

/** One journey, T-Union EF1E, 48 bytes. */
struct cc_journey {
    uint8_t event;    /* 03 in, 04 out, 06 single … */
    uint8_t industry; /* 01 metro, 02 bus … */
    uint8_t terminal[8], line_station[7], institution[8];
    uint32_t amount_fen, balance_fen;
    uint16_t city;
    uint8_t date_bcd[4], time_bcd[3];
};

/** A purse. What may be spent is balance_fen (hundredths of a pataca on Macau Pass); below zero it is a debt. */
struct cc_purse {
    uint8_t p2; /* 01 ED (asks for the PIN), 02 EP */
    int64_t balance_fen;
    bool has_overdraft;
    uint32_t overdraft_limit_fen, overdraft_used_fen;
};

/** A second application on the same card. The identity is the card's, not this one's. */
struct cc_application {
    enum cc_family family;
    char card_number[CC_CARD_NUMBER_SIZE];
    bool blocked, has_balance;
    int64_t balance_fen;
    uint32_t valid_from, valid_to;
    uint16_t city;
};

/** What is known of a card after cc_card_read(). */
struct cc_card {
    enum cc_family family;
    /* As the family shows it (T-Union and our own profile: without leading zeros). Unique within family and issuer; social
     * security cards: within a region, only card_id is unique. */
    char card_number[CC_CARD_NUMBER_SIZE];
    uint8_t serial[8];                     /* rightmost 8 bytes of the application serial: key diversification */
    uint8_t issuer[8];                     /* issuer code, EF15[0..7] */
    uint8_t app_type, app_version;         /* T-Union: 02; state 00 not enabled, 01 enabled, 02 stopped */
    uint32_t valid_from, valid_to;         /* YYYYMMDD, 0 when not told */
    uint32_t issued;                       /* YYYYMMDD, 0 when not told; our own profile: resident since */
    uint16_t city;                         /* BCD as on the card, e.g. 0x9901 */
    bool interoperable;
    uint8_t card_class; /* enum cc_class, 0 when unknown */
    char issued_by[49]; /* organisation in words, UTF-8 */
    char card_id[33];   /* social security card: identification code, hex */
    char card_kind[3];  /* social security card: its class as the card writes it, "1", "2", "3" … */
    char spec_version[5];
    char community[13];  /* our own profile: code of the community, 12 digits */
    bool blocked;        /* the application answered as blocked */
    bool has_balance;
    int64_t balance_fen; /* of the purse that purchases use */
    struct cc_purse purses[CC_PURSES_MAX];
    size_t purse_count;
    uint8_t uid[10]; /* of storage and unknown cards only: never an identity, phones change it */
    size_t uid_len;
    struct cc_holder holder;
    struct cc_log_entry log[CC_LOGS_MAX];
    size_t log_count;
    struct cc_journey journeys[CC_JOURNEYS_MAX];
    size_t journey_count;
    struct cc_application others[CC_OTHERS_MAX];
    size_t other_count;
};

/** What to read beyond the identity (which always is). */
enum cc_read {
    CC_READ_HOLDER = 1,
    CC_READ_CLASS = 2,
    CC_READ_BALANCE = 4,
    CC_READ_LOG = 8,
    CC_READ_JOURNEYS = 16,
    CC_READ_PURSES = 32, /* every purse and overdraft, not only what may be spent */
    CC_READ_OTHERS = 64, /* other applications on the card */
    CC_READ_ALL = 127,
};

/**
 * Recognise the card behind `port` and read it. Sends nothing that changes a counter or a try on the card.
 * Returns CC_OK; CC_CARD_BLOCKED with the identity filled; CC_NO_IDENTITY with the family (storage, bank, ISO 7816-4) and
 * the UID, when there is one; CC_ERR_UNSUPPORTED for a card whose files do not hold what its family promises;
 * CC_ERR_REMOVED, CC_ERR_PROTOCOL. `out` is zeroed first and never holds half of a field.
 */
int cc_card_read(struct cc_port *port, unsigned what, struct cc_card *out);

/**
 * Select the same application anew and make sure that it still is `card`. CC_OTHER_CARD when not, CC_CARD_BLOCKED when it is and
 * is blocked. CC_ERR_ARGUMENT for a card without a number.
 */
int cc_card_reselect(struct cc_port *port, const struct cc_card *card);

/** GET BALANCE of the purse that purchases use, as the family writes it. The application must be selected. */
int cc_balance(struct cc_port *port, const struct cc_card *card, int64_t *balance_fen);

/**
 * The purse log, newest first. *count gets the number of records that are not blank. The application must be selected.
 */
int cc_log_read(struct cc_port *port, const struct cc_card *card, struct cc_log_entry log[CC_LOG_MAX], size_t *count);

/** True when `date` (YYYYMMDD) lies within the card's dates and the application is enabled. */
bool cc_card_valid_on(const struct cc_card *card, uint32_t date);

/** A name masked: its first character and stars; compound surnames are kept whole. */
void cc_mask_name(const char *name, char *out, size_t out_size);
/** An ID number masked: stars and its last four digits. */
void cc_mask_id(const char *id_number, char *out, size_t out_size);

/* ---- The PIN ------------------------------------------------------------------------------------------------ */

/**
 * VERIFY (00 20 00 kid). `pin` is 4 to 12 decimal digits, packed as BCD pairs; NULL lets the holder type it on the
 * reader's keypad (CC_ERR_UNSUPPORTED when it has none; CC_TIMEOUT, CC_CANCELLED). *tries_left is set with CC_PIN_WRONG.
 * `card` gives the family's PIN; its application must be selected, or `card` just have been read. Never sent twice, never to find out whether a PIN fits.
 */
int cc_pin_verify(struct cc_port *port, const struct cc_card *card, const char *pin, unsigned *tries_left);
/** CHANGE PIN (80 5E 01 kid): old FF new. Both NULL: on the reader's keypad. Results as above. */
int cc_pin_change(struct cc_port *port, const struct cc_card *card, const char *old_pin, const char *new_pin,
                  unsigned *tries_left);
/** True when the channel's reader has a keypad. */
bool cc_pin_pad(const struct cc_port *port);
/**
 * Give this for the `pin` of a purchase, a load or a resolve, and the holder types it on the reader's keypad at that point: a PIN
 * verified earlier is forgotten by the selection that they begin with. CC_ERR_UNSUPPORTED without a keypad.
 */
extern const char cc_pin_on_pad[];

/* ---- The operator's PSAM ------------------------------------------------------------------------------------ */

/**
 * A PSAM found usable. Its session lives from 8070 (prepare) to the end of 8072 (check), and dies with a reset of the
 * slot: keep the slot exclusive and never reset it in between.
 */
struct cc_sam {
    struct cc_port port;
    uint8_t serial[10];
    uint8_t terminal[6]; /* EF16: goes into every INIT, MAC1 and TAC */
    uint8_t key_index;   /* EF17[0], 1 when the file is short or absent */
    uint8_t issuer[8], receiver[8]; /* EF17, zero when not told */
    uint32_t valid_from, valid_to; /* YYYYMMDD, 0 when not told */
    bool live;            /* an 8070 of this power session has not been followed by another */
    uint32_t live_serial; /* its terminal transaction serial */
    bool debit_sent;      /* the one DEBIT that this 8070 allows has been sent */
};

/**
 * Read a PSAM's public files and select its purchase application (T-Union by AID, full then shortened, else DF01).
 * CC_ERR_SAM when the slot holds something else or an expired PSAM (`today` YYYYMMDD; 0 does not check).
 */
int cc_sam_open(struct cc_sam *sam, const struct cc_channel *channel, uint32_t today);
/**
 * The same on sam->port as it is: after cc_port_init() and cc_recorder_attach(), or with a trace, so that nothing the PSAM says
 * is missed. All other members are overwritten.
 */
int cc_sam_open_port(struct cc_sam *sam, uint32_t today);

/** What the operator's PSAM must be: members with `has_` false are not checked. */
struct cc_sam_expected {
    bool has_terminal, has_issuer;
    uint8_t terminal[6], issuer[8];
};
/** CC_OK, or CC_ERR_SAM when an opened PSAM is another than the operator's. */
int cc_sam_check(const struct cc_sam *sam, const struct cc_sam_expected *expected);

/* ---- A purchase that survives a torn card ------------------------------------------------------------------- */

/** How far a purchase or a load is. */
enum cc_purchase_state {
    CC_PURCHASE_NONE = 0,
    CC_PURCHASE_PREPARED,  /* INIT and 8070 done: nothing has changed on the card */
    CC_PURCHASE_SENT,      /* the caller is about to send, or has sent, DEBIT */
    CC_PURCHASE_CONFIRMED, /* debited */
    CC_PURCHASE_VOID,      /* surely not debited */
    CC_PURCHASE_IN_DOUBT,  /* not known: resolve at the next tap of this card */
};
/** "none", "prepared", "sent", "confirmed", "void", "in-doubt". */
const char *cc_purchase_state_name(enum cc_purchase_state state);

/** What a confirmation rests on, strongest first. */
enum cc_evidence {
    CC_EVIDENCE_NONE = 0,
    CC_EVIDENCE_MAC2,     /* the PSAM checked MAC2 (80 72) */
    CC_EVIDENCE_TAC,      /* the PSAM recomputed the TAC (80 1A / 80 FA) */
    CC_EVIDENCE_LOG,      /* the card's log has exactly our record; the TAC, if any, is for the platform to check */
    CC_EVIDENCE_PROOF,    /* loads: the card's proof, whose TAC the platform checks */
};
/** "none", "mac2", "tac", "log", "proof". */
const char *cc_evidence_name(enum cc_evidence evidence);

/**
 * Every value of one purchase, plain: write it to disk as it is between prepare and debit, and after a power cut read it
 * back and resolve. Never send a debit twice for one of these.
 */
struct cc_purchase {
    enum cc_purchase_state state;
    enum cc_evidence evidence;
    enum cc_family family; /* UNKNOWN is T-Union, as purchases written before there were others */
    char card_number[CC_CARD_NUMBER_SIZE];
    uint8_t serial[8], issuer[8]; /* diversification, as in struct cc_card */
    uint8_t terminal[6];
    uint32_t terminal_serial; /* of the PSAM, never repeats */
    uint8_t type;             /* 06, or 09 compound */
    uint32_t amount_fen;
    uint32_t balance_before_fen;
    uint16_t counter; /* offline serial told by INIT, before the increment */
    uint8_t key_version, algorithm, random[4];
    uint8_t date_bcd[4], time_bcd[3];
    uint8_t mac1[4];
    bool has_tac;
    uint8_t tac[4], mac2[4];
    bool has_security_code; /* Ministry of Housing: goes into MAC1 */
    uint8_t security_code[9];
};

/** Local time of the terminal for a purchase. */
struct cc_time { unsigned year, month, day, hour, minute, second; };

/**
 * INITIALIZE FOR PURCHASE on the card and 80 70 on the PSAM: `out` becomes PREPARED, nothing has changed on the card.
 * Begins with a reselect, so that a card swapped in silence is found (CC_OTHER_CARD). Other outcomes: CC_PIN_NEEDED,
 * CC_BALANCE_LOW, CC_CARD_BLOCKED, CC_WORN_OUT, CC_DECLINED; errors
 * CC_ERR_UNSUPPORTED (this family does not pay here), CC_ERR_REMOVED, CC_ERR_SAM, CC_ERR_PROTOCOL.
 * `pin` may be NULL; when given it is verified in the same selection: CC_PIN_WRONG (tries left: the last digit of
 * port->last_sw), CC_PIN_BLOCKED, and cc_pin_verify()'s outcomes of a keypad.
 */
int cc_purchase_prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card, uint32_t amount_fen,
                        const struct cc_time *now, const char *pin, struct cc_purchase *out);

/** One record of a compound purchase: 80 DC `p1` (sfi<<3), written by the card together with the debit, never before. */
struct cc_compound_record {
    uint8_t p1, sfi, len;
    uint8_t bytes[128];
};

/**
 * A compound purchase (INIT with P1 = 03, type 09): as cc_purchase_prepare, with one to four records that the card takes
 * over with the debit, and with amount 0 allowed (entry without charge). Then cc_purchase_debit and _resolve as for any.
 */
int cc_compound_prepare(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card, uint32_t amount_fen,
                        const struct cc_time *now, const char *pin, const struct cc_compound_record *records,
                        size_t record_count, struct cc_purchase *out);

/**
 * DEBIT, then 80 72. Call it once, after the intent is on disk. CC_OK: CONFIRMED by MAC2. CC_DECLINED: VOID, the card's
 * refusal is on the short list of known ones and its balance is unchanged. CC_IN_DOUBT: anything else at all.
 * CC_ERR_ARGUMENT and CC_ERR_SAM leave the purchase as it was and send nothing: wrong state, or not the PSAM's open
 * session (another 8070 since, a reset, or its DEBIT has been sent already).
 */
int cc_purchase_debit(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase);

/**
 * Settle a purchase in SENT or IN_DOUBT (or PREPARED, as it was on disk) with the card on the reader: GET TRANSACTION PROVE, the log, then the counter.
 * `sam` may be NULL. CC_OK: CONFIRMED or VOID, see state and evidence. CC_OTHER_CARD: nothing was asked.
 * CC_IN_DOUBT: this card cannot tell (any more); the platform decides. Errors leave the purchase as it was.
 */
int cc_purchase_resolve(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase);
/**
 * The same for a card that tells its counter only after its PIN, when the holder is there to give it. Without it such a card's
 * log decides. CC_PIN_WRONG and CC_PIN_BLOCKED leave the purchase as it was.
 */
int cc_purchase_resolve_pin(struct cc_port *port, struct cc_sam *sam, struct cc_purchase *purchase, const char *pin);

/* ---- A load ---------------------------------------------------------------------------------------------------
 *
 * The kiosk holds no load key: the card's MAC1 goes to the platform, which answers with a time and MAC2. The states are
 * those of a purchase: PREPARED (INIT done), SENT, CONFIRMED, VOID, IN_DOUBT.
 */

/** Every value of one load, plain: on disk before CREDIT, read back and resolved after a power cut. */
struct cc_load {
    enum cc_purchase_state state;
    enum cc_evidence evidence;
    enum cc_family family;
    char card_number[CC_CARD_NUMBER_SIZE];
    uint8_t serial[8], issuer[8];
    uint8_t terminal[6];
    uint8_t type; /* 02 EP, 01 ED */
    uint32_t amount_fen, balance_before_fen;
    uint16_t counter; /* online serial told by INIT, before the increment */
    uint8_t key_index, key_version, algorithm, random[4];
    uint8_t mac1[4]; /* of the card, for the platform to check */
    uint8_t date_bcd[4], time_bcd[3], mac2[4]; /* of the platform */
    bool has_tac;
    uint8_t tac[4]; /* proves the load to the platform */
};

/**
 * INITIALIZE FOR LOAD: `out` becomes PREPARED with MAC1; nothing has changed on the card. Begins with a reselect. Outcomes
 * as cc_purchase_prepare. The card forgets it at the next SELECT: ask the platform and credit with the link still open.
 */
int cc_load_prepare(struct cc_port *port, const struct cc_card *card, const uint8_t terminal[6], uint8_t key_index,
                    uint32_t amount_fen, const char *pin, struct cc_load *out);
/** Take over the platform's answer: PREPARED becomes SENT. Write it to disk, then credit. */
int cc_load_authorise(struct cc_load *load, const uint8_t date_bcd[4], const uint8_t time_bcd[3], const uint8_t mac2[4]);
/** CREDIT FOR LOAD, once. CC_OK: CONFIRMED with TAC. CC_DECLINED: VOID. CC_IN_DOUBT: anything else. */
int cc_load_credit(struct cc_port *port, struct cc_load *load);
/** Settle a load in SENT or IN_DOUBT with the card on the reader, as cc_purchase_resolve. */
int cc_load_resolve(struct cc_port *port, struct cc_load *load);

/* ---- Proof ---------------------------------------------------------------------------------------------------- */

/** The two halves as the card sent them; most sources have MAC first, TAC second. */
struct cc_proof {
    uint8_t mac[4], tac[4];
};
/**
 * GET TRANSACTION PROVE (80 5A 00 type) of the transaction with this counter (the value after the card's increment).
 * CC_OK, CC_NO_PROOF; CC_ERR_UNSUPPORTED, CC_ERR_REFUSED and the outcomes of other status words from cards that cannot tell;
 * CC_ERR_PROTOCOL, CC_ERR_REMOVED. The application must be selected. Changes nothing.
 */
int cc_prove(struct cc_port *port, uint8_t type, uint16_t counter, struct cc_proof *proof);

/* ---- The issuer's commands ------------------------------------------------------------------------------------ */

/**
 * Whoever holds the issuer's keys and makes codes with them: a platform, a PSAM, a key in a test. Both return a result.
 * mac() gets the initial value and the data without padding; encrypt() gets plain data whose length it states itself
 * (length byte, padding 80 00…) and returns whole blocks; *out_len is the room, then the length. NULL where unused.
 */
struct cc_signer {
    void *ctx;
    int (*mac)(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4]);
    int (*encrypt)(void *ctx, const uint8_t *data, size_t len, uint8_t *out, size_t *out_len);
    /** One block, plain: for authentication. */
    int (*cipher)(void *ctx, const uint8_t in[8], uint8_t out[8]);
};
/** A signer out of a 16-byte key (borrowed, must outlive it). For issuers and tests; a kiosk has no such key. */
void cc_signer_of_key(struct cc_signer *signer, const uint8_t *key);
/** The signer that RELOAD PIN alone wants: single DES, left half XOR right half of the key. It only makes MACs. */
void cc_signer_of_reload_key(struct cc_signer *signer, const uint8_t *key);
/** What 80 1A needs so that the PSAM makes codes for a card; both borrowed. P1, P2 as the operator's PSAM wants them. */
struct cc_sam_key {
    struct cc_sam *sam;
    const struct cc_card *card;
    uint8_t p1, p2;
};
/** A signer inside the PSAM (80 1A, 80 FA): it ends a live purchase session. It only makes MACs. */
void cc_signer_of_sam(struct cc_signer *signer, struct cc_sam_key *key);

/** APPLICATION BLOCK (84 1E 00 00, or 00 01 for ever). The application must be selected. */
int cc_application_block(struct cc_port *port, bool for_ever, const struct cc_signer *signer);
/** APPLICATION UNBLOCK (84 18), after a temporary block. */
int cc_application_unblock(struct cc_port *port, const struct cc_signer *signer);
/** UPDATE BINARY with MAC (04 D6), at most 251 bytes; the offset is below 256. */
int cc_file_update(struct cc_port *port, uint8_t sfi, uint8_t offset, const uint8_t *data, size_t len,
                   const struct cc_signer *signer);
/** UPDATE RECORD with MAC (04 DC), by number. */
int cc_record_update(struct cc_port *port, uint8_t sfi, uint8_t record, const uint8_t *data, size_t len,
                     const struct cc_signer *signer);
/** EXTERNAL AUTHENTICATE (00 82 00 kid) with a fresh challenge. CC_OK, CC_PIN_BLOCKED, CC_PIN_WRONG with *tries_left. */
int cc_authenticate_external(struct cc_port *port, uint8_t key_id, const struct cc_signer *signer, unsigned *tries_left);
/** INTERNAL AUTHENTICATE (00 88): true in *genuine when the card answers as the key does. `data` should be random. */
int cc_authenticate_internal(struct cc_port *port, uint8_t p1, uint8_t p2, const uint8_t data[8],
                             const struct cc_signer *signer, bool *genuine);
/** What the card answers to INTERNAL AUTHENTICATE, for whoever has the key elsewhere: a platform. The application must be selected. */
int cc_internal_answer(struct cc_port *port, uint8_t p1, uint8_t p2, const uint8_t data[8], uint8_t given[8]);
/** PIN UNBLOCK (84 24): P1 P2 differ between systems, the family's description has them. `pin`: the PIN as it was. */
int cc_pin_unblock(struct cc_port *port, const struct cc_card *card, const char *pin, const struct cc_signer *signer);
/** RELOAD PIN (80 5E 00 kid): a new PIN without the old one. */
int cc_pin_reload(struct cc_port *port, const struct cc_card *card, const char *new_pin, const struct cc_signer *signer);

/* ---- Purse arithmetic, for checkers and platforms; a kiosk needs none of it ----------------------------------- */

/**
 * One set of algorithms. Keys have 16 bytes; session keys `session_len` (8 or 16). `usable` is false for SM4: it is
 * written down as the drafts have it, but no issuer's vector is public, so cc_suite_for() does not hand it out.
 */
struct cc_suite {
    const char *name; /* "3des", "sm4" */
    bool usable;
    size_t block_len, session_len;
    int (*diversify)(const uint8_t master[16], const uint8_t x[8], uint8_t key[16]);
    /** Input: random 4 ‖ counter 2 ‖ tail 2 (rightmost bytes of the terminal serial, or 8000 for a load). */
    int (*session)(const uint8_t key[16], const uint8_t input[8], uint8_t *session);
    int (*mac)(const uint8_t *session, const uint8_t *data, size_t len, uint8_t mac[4]);
    int (*tac)(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t tac[4]);
    /** Secure messaging; `iv` has block_len bytes. */
    int (*sm_mac)(const uint8_t key[16], const uint8_t *iv, const uint8_t *data, size_t len, uint8_t mac[4]);
};
/** Two-key triple DES: all cards in service. */
extern const struct cc_suite cc_suite_3des;
/** SM4 as drafted. */
extern const struct cc_suite cc_suite_sm4;
/** The suite of an INIT answer's algorithm id (00: 3DES); NULL for one that is not usable here. */
const struct cc_suite *cc_suite_for(uint8_t algorithm);

/* The 3DES suite by single functions. */

/** Two-key 3DES diversification: left = E(MK, x), right = E(MK, ~x). */
int cc_suite_diversify(const uint8_t master[16], const uint8_t x[8], uint8_t key[16]);
/** Session key of a purchase: E(key, random 4 ‖ counter 2 ‖ rightmost 2 bytes of the terminal serial). */
int cc_suite_purchase_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter, uint32_t terminal_serial,
                              uint8_t session[8]);
/** Session key of a load: E(key, random 4 ‖ counter 2 ‖ 8000). */
int cc_suite_load_session(const uint8_t key[16], const uint8_t random[4], uint16_t counter, uint8_t session[8]);
/** Single-DES CBC MAC, IV 0, ISO 9797 padding method 2, leftmost 4 bytes. */
int cc_suite_mac(const uint8_t key[8], const uint8_t *data, size_t len, uint8_t mac[4]);
/** TAC: the same with left half XOR right half of the TAC key. */
int cc_suite_tac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t tac[4]);
/** Secure-messaging MAC: retail MAC with `key`, IV = challenge ‖ 00000000. */
int cc_suite_sm_mac(const uint8_t key[16], const uint8_t challenge[4], const uint8_t *data, size_t len, uint8_t mac[4]);
/** TAC of a purchase from its values: amount 4 ‖ type 1 ‖ terminal 6 ‖ terminal serial 4 ‖ date 4 ‖ time 3. */
int cc_suite_purchase_tac(const uint8_t tac_key[16], const struct cc_purchase *purchase, uint8_t tac[4]);
/** MAC1 of a purchase: amount 4 ‖ type 1 ‖ terminal 6 ‖ date 4 ‖ time 3, and its security code when it has one. */
int cc_suite_purchase_mac1(const uint8_t session[8], const struct cc_purchase *purchase, uint8_t mac1[4]);
/** MAC1 of a load, which a platform checks: old balance 4 ‖ amount 4 ‖ type 1 ‖ terminal 6. */
int cc_suite_load_mac1(const uint8_t session[8], const struct cc_load *load, uint8_t mac1[4]);
/**
 * MAC2 of a load, which a platform makes: amount 4 ‖ type 1 ‖ terminal 6 ‖ date 4 ‖ time 3. `load` has date_bcd and time_bcd
 * already: the platform sets them, cc_load_authorise() takes them over on the other side.
 */
int cc_suite_load_mac2(const uint8_t session[8], const struct cc_load *load, uint8_t mac2[4]);
/** Longest input of a load's code. */
#define CC_SUITE_INPUT_MAX 32
/** For a key that lies in an HSM: what it enciphers to the session key of a load. */
void cc_suite_load_session_input(const uint8_t random[4], uint16_t counter, uint8_t input[8]);
/** For a session key that lies in an HSM: what it makes MAC1 of a load over, not padded yet. Returns the length. */
size_t cc_suite_load_mac1_input(const struct cc_load *load, uint8_t input[CC_SUITE_INPUT_MAX]);
/** The same of MAC2. */
size_t cc_suite_load_mac2_input(const struct cc_load *load, uint8_t input[CC_SUITE_INPUT_MAX]);
/** TAC of a load, which proves it: new balance 4 ‖ counter before 2 ‖ amount 4 ‖ type 1 ‖ terminal 6 ‖ date 4 ‖ time 3. */
int cc_suite_load_tac(const uint8_t tac_key[16], const struct cc_load *load, uint8_t tac[4]);

/* ---- Recordings ----------------------------------------------------------------------------------------------- */

/**
 * A session as text, one line an exchange, masked as a trace is (PINs, keys, names and ID numbers never reach it). The
 * format is described in cardlib/RECORDINGS.md.
 */
struct cc_recorder;
/** Writes to `file` (borrowed). `about` is one line for people, or NULL. */
int cc_recorder_new(struct cc_recorder **out, FILE *file, const char *about);
/** Record what passes through `port` from now on, under a name ("card", "sam"); its ATR first, when the port has one. */
int cc_recorder_attach(struct cc_recorder *recorder, struct cc_port *port, const char *name);
/** CC_OK, or CC_ERR_SYSTEM when something could not be written. Ports must not be used with it any more. */
int cc_recorder_free(struct cc_recorder *recorder);

/** A recording played back. */
struct cc_replay;
/** Read all of `file` (borrowed only for this call). CC_ERR_PROTOCOL: no recording; *line is the first wrong line. */
int cc_replay_new(struct cc_replay **out, FILE *file, unsigned *line);
/** The channel of one name; NULL when the recording has none. A command that was not recorded next is CC_ERR_PROTOCOL. */
const struct cc_channel *cc_replay_channel(struct cc_replay *replay, const char *name);
/** The recorded ATR of one name; 0 when it has none. */
size_t cc_replay_atr(const struct cc_replay *replay, const char *name, uint8_t atr[CC_ATR_MAX]);
/** NULL is allowed. Its channels end with it. */
void cc_replay_free(struct cc_replay *replay);

/* ---- PC/SC ------------------------------------------------------------------------------------------------ */

#define CC_READER_NAME_SIZE 128 /* of pcsc-lite, with NUL */
#define CC_READERS_MAX 64 /* pcscd has its own, lower one: 16 in Debian 12 */

/** State of the whole service and of one reader. */
enum cc_reader_state {
    CC_READER_NO_SERVICE = 0, /* pcscd is not there, not there any more, or does not answer: tried again and again */
    CC_READER_NONE,           /* no reader plugged in */
    CC_READER_EMPTY,
    CC_READER_CARD,           /* a card is in the slot and answers to reset */
    CC_READER_MUTE,           /* a card is there and does not answer: dirty, upside down */
    CC_READER_IN_USE,         /* held exclusively by another program */
    CC_READER_GONE,           /* unplugged */
};
/** "no-service", "no-reader", "empty", "card", "mute", "in-use", "gone". */
const char *cc_reader_state_name(enum cc_reader_state state);

/** One reader, or one slot of it. */
struct cc_reader {
    char name[CC_READER_NAME_SIZE];
    enum cc_reader_state state;
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len;
    uint16_t events; /* insertions and removals that pcscd saw: a change means that the card may be another */
};

/** The whole picture. With `service` NO_SERVICE or NONE there are no readers. `restarts` grows when pcscd came back. */
struct cc_reader_list {
    enum cc_reader_state service; /* NO_SERVICE, NONE, or EMPTY for "service and readers are there" */
    unsigned restarts;
    bool full; /* as many as pcscd or this list can hold: what is plugged in beyond them is not seen */
    size_t count;
    struct cc_reader readers[CC_READERS_MAX];
};

/** Watches pcscd, readers and cards for years. Owned by one thread. */
struct cc_monitor;
/** CC_OK also while pcscd is not there: the monitor waits for it. */
int cc_monitor_new(struct cc_monitor **out);
/** NULL is allowed. */
void cc_monitor_free(struct cc_monitor *monitor);
/**
 * Wait until something differs from what the last call told, at most timeout_ms. CC_OK with the whole picture in `out`,
 * CC_TIMEOUT (picture filled too) when nothing changed or cc_monitor_wake() was called. The first call returns at once. A long wait costs
 * no wake-ups; that pcscd hangs is told 2 s after it.
 */
int cc_monitor_wait(struct cc_monitor *monitor, unsigned timeout_ms, struct cc_reader_list *out);
/**
 * The picture of this moment, whatever the last wait left under way: for whoever was kept by something else and asks whether a card is
 * there still. Commonly done within 30 ms; a pcscd that hangs is told as NO_SERVICE, once the wait under way has had its time.
 * Answers as cc_monitor_wait(); a wake is kept for the next wait.
 */
int cc_monitor_look(struct cc_monitor *monitor, struct cc_reader_list *out);
/** From any thread: make a waiting call return now. */
void cc_monitor_wake(struct cc_monitor *monitor);

/** An open connection to the card in one reader, as a channel. */
struct cc_link;
/** How a link shares the card with other programs. */
enum cc_share {
    CC_SHARE_TRANSACTION, /* shared, and inside one PC/SC transaction until closed: for a resident's card */
    CC_SHARE_EXCLUSIVE,   /* for a PSAM */
};
/**
 * Connect to the card in `reader` (exact name). Waits up to timeout_ms while another program holds it. The result's
 * channel is borrowed from the link. CC_ERR_NO_SERVICE, NO_READER, IN_USE, NO_CARD, UNRESPONSIVE.
 */
int cc_link_open(struct cc_link **out, const char *reader, enum cc_share share, unsigned timeout_ms);
/** Borrowed: it ends with the link. */
const struct cc_channel *cc_link_channel(const struct cc_link *link);
/**
 * The longest a command may take, 10 s unless told (PIN entry: as long on top of its own time). Beyond it transmit() returns
 * CC_ERR_FROZEN, the link is dead, and its reader stays taken until driver and pcscd let go of it.
 */
void cc_link_deadline(struct cc_link *link, unsigned answer_ms);
/** ATR of the connected card. */
size_t cc_link_atr(const struct cc_link *link, uint8_t atr[CC_ATR_MAX]);
/** End the transaction and disconnect; `reset` resets the card (after a PIN was verified). NULL is allowed. */
void cc_link_close(struct cc_link *link, bool reset);

/**
 * Find the resident's card by asking every slot that has one. `list` is a picture from the monitor; `name` non-NULL restricts
 * to that exact reader. CC_OK: index[0]. CC_TWO_CARDS: the first two of several, for somebody to choose; never one of them
 * by itself. CC_ERR_NO_CARD: none that a family knows; CC_ERR_NO_SERVICE, CC_ERR_NO_READER: `list` says so. Unused entries
 * are -1.
 */
int cc_find_card(const struct cc_reader_list *list, const char *name, int index[2]);
/** The first reader that holds a PSAM, or -1. With several PSAMs say which one by cc_find_role(). */
int cc_find_sam_reader(const struct cc_reader_list *list, const char *name);

/** A reader by what it is for, however USB numbers it today. */
struct cc_role {
    char name_prefix[CC_READER_NAME_SIZE]; /* the name without pcscd's two numbers, or its beginning; "" fits all */
    int slot;                              /* pcscd's second number, -1 any */
    uint8_t terminal[6];                   /* a PSAM's terminal number */
    bool has_terminal;                     /* prove it: contact card, T=0, and cc_sam_open() reads that number */
};
/**
 * Index of the one reader that fits, -1 when none does, -2 when several do. With has_terminal only slots with a card are asked,
 * and the PSAM must not be held by anybody, this program included.
 */
int cc_find_role(const struct cc_reader_list *list, const struct cc_role *role);
/** True when a reader's name fits the role's: what lies in it is not asked. */
bool cc_role_fits(const struct cc_role *role, const char *name);
/** The role of the reader that had this name, whatever number USB gives it now; any slot when the name shows none. */
void cc_role_of(const char *name, struct cc_role *role);
/** pcscd's second number at the end of a reader's name: its slot. -1 when the name does not end in two numbers. */
int cc_reader_slot(const char *name);

/* ---- Small helpers ------------------------------------------------------------------------------------------ */

/** Upper-case hex of `len` bytes into out (2·len + 1 bytes needed); truncated if smaller. Returns out. */
char *cc_hex(const uint8_t *bytes, size_t len, char *out, size_t out_size);
/** Parse an even number of hex digits. Returns the number of bytes, or -1 (odd, foreign character, too long). */
int cc_unhex(const char *text, uint8_t *out, size_t out_size);

#ifdef __cplusplus
}
#endif
#endif
