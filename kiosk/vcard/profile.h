/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the issuer decided about a card and nothing ever changes: its directories, files, purses, keys, PINs and habits.
 * A family of cards differs from another in this data alone; the commands are the same program. Files are bytes of one
 * image in the card's state; a profile says where each lies and what it takes to read or write it.
 */
#ifndef VCARD_PROFILE_H
#define VCARD_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VC_APPS_MAX   6
#define VC_FILES_MAX  48
#define VC_PURSES_MAX 4
#define VC_PINS_MAX   4
#define VC_KEYS_MAX   32
#define VC_LACKS_MAX  16
#define VC_IMAGE_MAX  8192
#define VC_FCI_MAX    128
#define VC_CODE_SIZE  9    /* security code of the Ministry of Housing (CJ/T 166) */
#define VC_NONE       0xFF /* no such file, purse … */

/** What reading or writing a file takes. */
enum vc_access { VC_FREE, VC_WITH_PIN, VC_WITH_EXTERNAL, VC_WITH_MAC, VC_NEVER };

enum vc_file_kind {
    VC_BINARY,   /* transparent */
    VC_LINEAR,   /* records of one length */
    VC_VARIABLE, /* records of their own lengths: each slot begins with a byte that holds it */
    VC_CYCLIC,   /* records of one length, the newest is number 1 */
};

struct vc_file {
    char name[32]; /* in data and state files */
    uint16_t fid;
    uint8_t sfi; /* 0: only by FID */
    enum vc_file_kind kind;
    enum vc_access read, update;
    uint16_t at, size; /* place in the image; of the file, or the most of one record */
    uint8_t slots;     /* records there is room for; 0 in a transparent file */
    bool by_tag;       /* READ RECORD by identifier: a record's first byte is its tag */
    uint16_t tag_sw;   /* the refusal when not, 6A86 or 6B00 */
    bool compound;     /* written by a compound purchase */
};

/** What GET BALANCE answers for one value of P1: cards do not agree. */
enum vc_balance {
    VC_BALANCE_REFUSED, /* 6A86 */
    VC_BALANCE_PLAIN,
    VC_BALANCE_OVERDRAWN, /* used overdraft, the negative part */
    VC_BALANCE_LIMIT,     /* overdraft limit */
    VC_BALANCE_AVAILABLE, /* balance and unused overdraft */
    VC_BALANCE_ZERO,
};

struct vc_purse {
    char name[16];
    bool deposit; /* ED (P2 = 01), else EP (P2 = 02) */
    bool noise;   /* GET BALANCE sets the top bit */
    bool pin_for_purchase;
    bool code_in_mac1; /* MAC1 of a purchase covers the security code (CJ/T 166) */
    enum vc_balance balance[4];
    uint8_t log, load_log; /* files, or VC_NONE; without a load log loads are in the log */
};

enum vc_key_kind {
    VC_KEY_PURCHASE,
    VC_KEY_LOAD,
    VC_KEY_TAC,
    VC_KEY_MAINTENANCE,
    VC_KEY_EXTERNAL,
    VC_KEY_INTERNAL, /* without one: external */
    VC_KEY_PIN_UNBLOCK,
    VC_KEY_PIN_RELOAD,
    VC_KEY_UNLOAD,
    VC_KEY_OVERDRAFT,
    VC_KEY_BLOCK,   /* without one: maintenance */
    VC_KEY_UNBLOCK, /* without one: maintenance */
    VC_KEY_MASTER,  /* of WRITE KEY */
    VC_KEY_KINDS
};

struct vc_key {
    uint8_t apps; /* bit n: directory n has it */
    enum vc_key_kind kind;
    uint8_t id, version, algorithm;
    uint8_t type; /* P1 of WRITE KEY, 0: cannot be written */
    uint8_t value[16];
};

struct vc_pin {
    uint8_t apps;  /* bit n: directory n has it */
    uint8_t id;    /* P2 of VERIFY */
    uint8_t tries; /* when fresh */
};

/** A directory. The first one is the MF. Two may hold the same file or purse. */
struct vc_app {
    char name[16];
    uint8_t aid[16];
    uint8_t aid_len, aid_least; /* the shortest beginning that selects it; equal: only the whole */
    uint16_t fid;               /* 0: none */
    uint64_t files;             /* bit n: file n is here */
    uint8_t purses[2];          /* of P2 = 01 and 02, or VC_NONE */
    bool has_code;
    uint8_t code[VC_CODE_SIZE];
    /* The answer to SELECT: nothing, these bytes, or built with the file's present bytes in tag 9F0C. */
    uint8_t fci[VC_FCI_MAX];
    uint8_t fci_len;
    bool fci_built;
    uint8_t fci_version[2]; /* tag 9F08 */
    uint8_t fci_version_len;
    uint8_t fci_file, fci_size; /* 9F0C: the file, then the tail, then 00 up to the size */
    uint8_t fci_tail[8], fci_tail_len;
};

struct vc_profile {
    uint8_t atr[33];
    size_t atr_len;
    uint8_t uid[10];
    size_t uid_len; /* 0: a contact card */
    bool storage;   /* no processor: the reader answers for it, PC/SC part 3 */
    bool chaining;  /* T=0: 61xx and GET RESPONSE */
    struct {
        uint8_t cla, ins;
    } lacks[VC_LACKS_MAX]; /* commands this card does not know */
    size_t lack_count;
    struct vc_app apps[VC_APPS_MAX];
    size_t app_count;
    struct vc_file files[VC_FILES_MAX];
    size_t file_count, image_used;
    struct vc_purse purses[VC_PURSES_MAX];
    size_t purse_count;
    struct vc_pin pins[VC_PINS_MAX];
    size_t pin_count;
    struct vc_key keys[VC_KEYS_MAX];
    size_t key_count;
};

/** Bytes one record takes in the image. */
size_t vc_file_stride(const struct vc_file *file);
/** Bytes the whole file takes. */
size_t vc_file_room(const struct vc_file *file);

/** Put a file into the image and into directory `app`; its index, or VC_NONE when there is no room. */
uint8_t vc_profile_add_file(struct vc_profile *profile, size_t app, const struct vc_file *file);
/** False when there is no room. */
bool vc_profile_add_key(struct vc_profile *profile, const struct vc_key *key);
/** Index by name, or VC_NONE. */
uint8_t vc_profile_file(const struct vc_profile *profile, const char *name);
uint8_t vc_profile_purse(const struct vc_profile *profile, const char *name);

/** A directory with neither purses nor a name. */
struct vc_app vc_app_empty(const char *name);

#endif
