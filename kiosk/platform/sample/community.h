/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A believable community of people who do not exist. Deterministic from its seed. Marks that cannot occur in reality:
 * region 99 in ID numbers, mobile numbers that begin with 100, cards that begin with 9901, bill accounts that begin with T.
 *
 * Shape: age and sex by an ageing city's pyramid; households by quotas of their size, 2.6 people on average, made of families (parents of
 * fitting age, three generations, lone parents), elders alone or in couples, couples and sharers; cards and their states;
 * bills of a two months' cycle, most of them paid. The personas of assets/community/personas.json come first.
 */
#ifndef PLATFORM_COMMUNITY_H
#define PLATFORM_COMMUNITY_H

#include "model/card.h"
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define COMMUNITY_WATER_STEP_M3 30u /* of a home in two months: what is above it costs more */
#define COMMUNITY_ID "990102002001" /* 云汀市 澄明区 稻香街道 稻香一村 */

struct person {
    char *name;
    char id_number[19];
    char phone[36];     /* empty: none; dirty ones may be of full-width digits */
    char sex;           /* M, F */
    uint8_t marital, employment; /* GB/T 2261.2, GB/T 2261.4 */
    bool disabled, low_income, chronic, large_text;
    char proxy;         /* who acts for them: c child, n neighbour, w worker; 0 nobody */
    uint32_t birth;     /* YYYYMMDD */
    int age;            /* on the community's day */
    int household;      /* index, -1 only while it is being made */
    int mother, father; /* indexes or -1 */
    bool local;         /* household registration here */
    uint8_t nation;     /* GB/T 3304 */
    bool persona;
    int double_number; /* in the database, of one that is there twice; see dirty.h */
    uint32_t died, moved; /* within the year, moved away; 0 */
};

enum housing { HOUSING_OLD, HOUSING_TOWER, HOUSING_LANE, HOUSING_PUBLIC };

struct household {
    int id; /* in the database: thousands of the block, see community_block_make() */
    char *address;
    char grid[16]; /* 15 digits: region, street, community, grid */
    enum housing housing;
    int32_t lat_e6, lon_e6; /* of the building: open sea */
    int size;
    unsigned area_m2;
    bool shared; /* by people who are no family */
};

struct sample_card {
    char number[20]; /* 19 digits: 310 and the 16 of the issuer */
    char issuer[17]; /* hex */
    int person;
    uint8_t card_class;
    enum card_state state;
    uint32_t valid_from, valid_to;
};

struct sample_bill {
    char id[16];
    const char *biller;  /* id */
    char account_no[12]; /* T… */
    char period[16];
    int card; /* index: whose bill it is */
    int64_t amount_fen; /* 0 or less: a statement, nothing is to be paid */
    char usage[24];
    uint32_t issue, due;
    bool paid;
    uint32_t paid_on; /* when it is paid */
    bool at_kiosk;    /* and where: from a card's purse at a kiosk of ours */
    bool elsewhere;   /* there when it had been paid at the biller's counter already */
};

struct community_options {
    unsigned residents; /* at least 20 */
    uint64_t seed;
    uint32_t today;
    json_t *personas; /* the parsed file, or NULL */
    bool dirty;       /* dirty.h */
    bool year;        /* bills of twelve months instead of those of the last round, and whatever year.h plans */
};

struct community {
    uint32_t today;
    unsigned block;
    int first; /* number of its first person: the others follow */
    GArray *people, *households, *cards, *bills; /* of the structs above; indexes in them are places in these arrays */
    GArray *doubles, *dirt; /* struct person, struct dirt: empty in a clean one */
};

/**
 * People are made in blocks of a thousand (the last one takes what is left over, up to 1,999), each from the seed alone: a block, and so any
 * resident, is the same whether it is made by itself or with all others, and a million need the memory of one block.
 */
#define COMMUNITY_BLOCK 1000
unsigned community_blocks(unsigned residents);
/** False with an error when the personas, which live in block 0, cannot be used. */
bool community_block_make(const struct community_options *options, unsigned block, struct community *out, GError **error);
/** All blocks as one. */
bool community_make(const struct community_options *options, struct community *out, GError **error);
/** The block of one resident, who is at *at in it. */
bool community_resident(const struct community_options *options, unsigned number, struct community *out, int *at, GError **error);
void community_clear(struct community *community);

/** The billers of the city: ids and names. */
struct biller {
    const char *id, *kind, *name_zh, *name_en;
};
extern const struct biller community_billers[];
extern const unsigned community_billers_count;
const struct biller *community_biller(const char *id); /* NULL: unknown */

/** `days` after (before when negative) a date. */
uint32_t community_date_add(uint32_t date, int days);
int community_days_between(uint32_t from, uint32_t to);

/* Inner steps, in their own files. */
void community_attributes(struct community *community, const struct community_options *options);
void community_fates(struct community *community, const struct community_options *options);
void community_places(struct community *community, const struct community_options *options);
bool community_people(struct community *community, const struct community_options *options, GError **error);
bool community_cards(struct community *community, const struct community_options *options, GError **error);
void community_bills(struct community *community, const struct community_options *options);

#endif
