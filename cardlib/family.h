/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card family as data: how to recognise it, which files it has, which fields lie where in which coding, its purses, logs
 * and PIN, and what its PSAM wants. One description a file in families/; one interpreter in card.c, recognise.c, fields.c
 * and purse.c. Where sources disagree, the description carries the choice, and a comment its reason.
 */
#ifndef CITYCARD_FAMILY_H
#define CITYCARD_FAMILY_H

#include "citycard.h"

/* ---- Fields ------------------------------------------------------------------------------------------------- */

/** Where a field goes. */
enum cc_field {
    CC_FIELD_NUMBER = 0,
    CC_FIELD_SERIAL,
    CC_FIELD_ISSUER,
    CC_FIELD_CITY,
    CC_FIELD_APP_TYPE,
    CC_FIELD_APP_VERSION,
    CC_FIELD_VALID_FROM,
    CC_FIELD_VALID_TO,
    CC_FIELD_ISSUED,
    CC_FIELD_INTEROPERABLE,
    CC_FIELD_CLASS,
    CC_FIELD_ISSUED_BY,
    CC_FIELD_CARD_ID,
    CC_FIELD_CARD_KIND,
    CC_FIELD_SPEC_VERSION,
    CC_FIELD_COMMUNITY,
    CC_FIELD_HOLDER_TYPE,
    CC_FIELD_STAFF,
    CC_FIELD_NAME,
    CC_FIELD_NAME_MORE, /* appended to the name */
    CC_FIELD_ID_NUMBER,
    CC_FIELD_ID_TYPE,
    CC_FIELD_SEX,
    CC_FIELD_NATION,
    CC_FIELD_BIRTH_DATE,
    CC_FIELD_BIRTH_PLACE,
    CC_FIELD_STUDENT_NUMBER,
    CC_FIELD_VOLUNTEER_NUMBER,
};

/** How the card writes it. */
enum cc_coding {
    CC_CODING_DIGITS = 0, /* BCD, all digits */
    CC_CODING_NUMBER,     /* BCD, without leading zeros */
    CC_CODING_BE_NUMBER,  /* big-endian integer, in decimal */
    CC_CODING_LE_NUMBER,  /* little-endian integer, in decimal */
    CC_CODING_HEX,
    CC_CODING_CN,         /* compressed number, as hex without the F it is padded with */
    CC_CODING_GB,         /* GBK / GB 18030 text */
    CC_CODING_ASCII,
    CC_CODING_BYTES,
    CC_CODING_U8,
    CC_CODING_U16,
    CC_CODING_BCD_U8,     /* one byte, two digits */
    CC_CODING_TRUE_1,     /* true when the integer is 1 */
    CC_CODING_DATE,       /* YYYYMMDD in BCD */
    CC_CODING_DATE_SHORT, /* YYMMDD in BCD, 20YY */
    CC_CODING_SEX_ASCII,  /* GB/T 2261: '1' male, '2' female */
    CC_CODING_SEX_BINARY, /* 00 female, 01 male */
};

struct cc_field_desc {
    enum cc_field field;
    uint8_t offset, len;
    enum cc_coding coding;
};

/* ---- Files -------------------------------------------------------------------------------------------------- */

enum cc_place {
    CC_PLACE_APPLICATION = 0, /* READ BINARY by short identifier in the application */
    CC_PLACE_MASTER,          /* the same in the master file */
    CC_PLACE_RECORD,          /* SELECT `id` once, then READ RECORD by tag, else by number; value after tag and length */
};

#define CC_FIELDS_MAX 12

struct cc_file_desc {
    enum cc_place place;
    uint16_t id;           /* short identifier, or file identifier of records */
    uint8_t tag;           /* of CC_PLACE_RECORD */
    uint8_t want, least;   /* bytes asked for; fewer than `least` are no such file */
    bool instead;          /* only when the files before did not tell the number: sources disagree on where it lies */
    bool in_fci;           /* also in tag 9F0C of SELECT's answer: then it is not read again */
    bool needed;           /* without it the card is not what it seems: CC_ERR_UNSUPPORTED */
    bool personal;         /* masked in traces */
    unsigned when;         /* bits of enum cc_read that want it; 0: always */
    struct cc_field_desc fields[CC_FIELDS_MAX];
    uint8_t field_count;
};

/* ---- Selection ---------------------------------------------------------------------------------------------- */

/** Bytes that EF15 (or the FCI's copy of it) must have at an offset, so that one AID can serve several families. */
struct cc_match {
    uint8_t offset, len;
    uint8_t bytes[8];
};

struct cc_select_desc {
    uint8_t name[16], name_len; /* by AID or DF name; 0: none */
    uint16_t file;              /* by file identifier in the master file, when name_len is 0 or the name is refused */
    uint8_t df_names[2][16], df_name_len[2]; /* names that the FCI of `file` may show */
    /* A file of the master file that must begin so, for cards without any name (Beijing). */
    uint8_t master_sfi, master_want;
    struct cc_match master;
    struct cc_match variant; /* of a more general family with the same name; len 0: none */
};

/* ---- Purse, logs, PIN ----------------------------------------------------------------------------------------- */

struct cc_purse_desc {
    uint8_t p2;              /* 01 ED, 02 EP */
    bool is_signed;          /* the lower 31 bits are signed (the top bit is noise everywhere) */
    uint8_t factor;          /* fen = value * factor + offset; 0 is 1 */
    int16_t offset_fen;
    uint8_t overdraft_p1[2]; /* P1 of GET BALANCE for what is owed and for its limit, in whatever order; 0: has none */
};

struct cc_log_desc {
    uint8_t sfi, records;
};

struct cc_pin_desc {
    uint8_t reference;      /* P2 of VERIFY and CHANGE */
    uint8_t digits_min, digits_max;
    uint8_t unblock_p1, unblock_p2;
};

/* ---- PSAM --------------------------------------------------------------------------------------------------- */

#define CC_FACTORS_MAX 3

enum cc_factor {
    CC_FACTOR_CARD_SERIAL, /* rightmost 8 bytes of the application serial */
    CC_FACTOR_ISSUER,      /* issuer code, EF15[0..7] */
};

struct cc_payment_desc {
    bool supported;         /* purchases with the operator's PSAM */
    bool security_code;     /* 80 CA on card and PSAM (Ministry of Housing), into MAC1; a card without it goes without */
    /* 80 70: factors in order; after 6700 only the first `factors_fallback` are sent. */
    enum cc_factor factors[CC_FACTORS_MAX];
    uint8_t factor_count, factors_fallback;
    /* TAC by the PSAM: 80 1A `tac_key_p1` `tac_key_p2`, then 80 FA `mac_p1` 00. */
    uint8_t tac_key_p1, tac_key_p2, mac_p1;
};

#define CC_LOG_FILES_MAX 3

struct cc_family_desc {
    enum cc_family family;
    const char *name;
    bool beside_t_union; /* may lie on the same card as T-Union: T-Union, the identity, is asked first */
    struct cc_select_desc select;
    const struct cc_file_desc *files;
    uint8_t file_count;
    uint8_t purse_name[16], purse_name_len; /* purse and logs are in an application of their own; 0: in the same */
    struct cc_purse_desc purses[CC_PURSES_MAX]; /* the first is the one that purchases use */
    uint8_t purse_count;
    struct cc_log_desc logs[CC_LOG_FILES_MAX]; /* the first is the purse log */
    uint8_t log_count;
    uint8_t journeys_sfi; /* 48-byte records as T-Union EF1E; 0: none */
    struct cc_pin_desc pin;
    struct cc_payment_desc payment;
};

/** Description of a family; NULL for those that have none (unknown, bank, ISO 7816, storage). UNKNOWN is T-Union, see cc_purchase. */
const struct cc_family_desc *cc_family_desc_of(enum cc_family family);

/** All descriptions, in the order of asking when nothing is known. */
extern const struct cc_family_desc *const cc_family_descs[];
extern const size_t cc_family_desc_count;

/** Names and ways of selecting the PSAM's purchase application, in the order of trying. */
struct cc_sam_system {
    const char *name;
    uint8_t aid[16], aid_len, aid_short_len; /* 0: none */
    uint16_t file;                           /* 0: none */
};
extern const struct cc_sam_system cc_sam_systems[];
extern const size_t cc_sam_system_count;

#endif
