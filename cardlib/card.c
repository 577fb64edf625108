/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a card: recognise its family, then what is asked for, by the family's description. The master file comes last, for it
 * leaves the application. Nothing here changes a counter or a try.
 */
#include "apdu.h"
#include "citycard.h"
#include "purse.h"
#include "recognise.h"

#include <openssl/crypto.h>
#include <string.h>

static int enter_purse(struct cc_port *port, const struct cc_family_desc *desc, bool *entered)
{
    struct cc_answer answer;
    *entered = true;
    if (desc->purse_name_len == 0)
        return CC_OK;
    int result = cc_select_name(port, desc->purse_name, desc->purse_name_len, &answer);
    *entered = result == CC_OK && answer.sw == 0x9000;
    return result;
}

static int read_money(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_card *card)
{
    bool entered;
    int result = enter_purse(port, desc, &entered);
    if (result != CC_OK || !entered)
        return result;
    if ((what & (CC_READ_BALANCE | CC_READ_PURSES)) != 0)
        result = cc_purses_read(port, desc, what, card);
    if (result == CC_OK && (what & CC_READ_LOG) != 0)
        result = cc_logs_read(port, desc, card);
    if (result == CC_OK && (what & CC_READ_JOURNEYS) != 0)
        result = cc_journeys_read(port, desc, card);
    return result;
}

static void finish_holder(struct cc_holder *holder)
{
    holder->present = holder->name[0] != '\0' || holder->id_number[0] != '\0' || holder->student_number[0] != '\0';
    if (!holder->present && holder->volunteer_number[0] == '\0')
        memset(holder, 0, sizeof *holder);
}

/* ---- Other applications on the same card ------------------------------------------------------------------------ */

/* Its number may lie in the master file, its purse in an application of its own. */
static int read_other(struct cc_port *port, const struct cc_family_desc *desc, struct cc_reading *reading)
{
    bool entered = false;
    int result = enter_purse(port, desc, &entered);
    if (result == CC_OK && entered && desc->purse_count > 0)
        result = cc_purses_read(port, desc, CC_READ_BALANCE, reading->card);
    if (result == CC_OK && cc_has_master_files(desc) && reading->card->card_number[0] == '\0')
        result = cc_master_files_read(port, desc, reading);
    return port->broken ? result : CC_OK;
}

static void keep_other(const struct cc_card *other, struct cc_card *card)
{
    struct cc_application *application = &card->others[card->other_count++];
    *application = (struct cc_application){.family = other->family,
                                           .blocked = other->blocked,
                                           .has_balance = other->has_balance,
                                           .balance_fen = other->balance_fen,
                                           .valid_from = other->valid_from,
                                           .valid_to = other->valid_to,
                                           .city = other->city};
    snprintf(application->card_number, sizeof application->card_number, "%s", other->card_number);
}

/* Found by file identifier and by name: once is enough. */
static bool is_kept(const struct cc_card *card, enum cc_family family)
{
    for (size_t i = 0; i < card->other_count; i++) {
        if (card->others[i].family == family)
            return true;
    }
    return false;
}

static int read_others(struct cc_port *port, struct cc_card *card)
{
    size_t at = 0;
    while (card->other_count < CC_OTHERS_MAX) {
        const struct cc_family_desc *desc = NULL;
        struct cc_card other = {0};
        struct cc_reading reading = {.card = &other};
        int result = cc_recognise_beside(port, &at, &reading, &desc);
        if (result == CC_NOT_FOUND)
            return CC_OK;
        if (result >= 0)
            result = read_other(port, desc, &reading);
        if (result == CC_OK && other.card_number[0] != '\0' && !is_kept(card, other.family))
            keep_other(&other, card);
        OPENSSL_cleanse(&other, sizeof other);
        OPENSSL_cleanse(reading.name, sizeof reading.name);
        if (port->broken)
            return result;
    }
    return CC_OK;
}

/* ---- The whole card --------------------------------------------------------------------------------------------------- */

static int read_rest(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_reading *reading)
{
    struct cc_card *card = reading->card;
    int result = cc_files_read(port, desc, what, reading);
    if (result == CC_OK)
        result = read_money(port, desc, what, card);
    bool in_master = cc_has_master_files(desc) && card->card_number[0] == '\0';
    if (result == CC_OK && in_master)
        result = cc_master_files_read(port, desc, reading);
    bool in_others = (what & CC_READ_OTHERS) != 0 && card->family == CC_FAMILY_T_UNION;
    if (result == CC_OK && in_others)
        result = read_others(port, card);
    port->elsewhere = port->elsewhere || in_master || in_others;
    return result;
}

int cc_card_read(struct cc_port *port, unsigned what, struct cc_card *out)
{
    struct cc_reading reading = {.card = out};
    const struct cc_family_desc *desc = NULL;
    memset(out, 0, sizeof *out);
    port->elsewhere = false;
    if ((what & ~(unsigned)CC_READ_ALL) != 0)
        return CC_ERR_ARGUMENT;
    int recognised = cc_recognise(port, &reading, &desc);
    if (recognised < 0 || recognised == CC_NO_IDENTITY)
        return recognised;
    int result = read_rest(port, desc, what, &reading);
    OPENSSL_cleanse(reading.name, sizeof reading.name);
    finish_holder(&out->holder);
    if (result == CC_OK && out->card_number[0] == '\0')
        result = CC_ERR_UNSUPPORTED;
    if (result != CC_OK) {
        OPENSSL_cleanse(out, sizeof *out);
        return result;
    }
    return recognised;
}

/* The social security card's number is given by each region: its identification code, when it was read, must be the same too. */
static bool is_same(const struct cc_card *now, const struct cc_card *card)
{
    return strncmp(now->card_number, card->card_number, sizeof now->card_number) == 0 &&
           memcmp(now->issuer, card->issuer, sizeof now->issuer) == 0 &&
           (card->card_id[0] == '\0' || strncmp(now->card_id, card->card_id, sizeof now->card_id) == 0);
}

int cc_card_reselect(struct cc_port *port, const struct cc_card *card)
{
    struct cc_card now = {0};
    const struct cc_family_desc *desc = cc_family_desc_of(card->family);
    if (!desc || card->card_number[0] == '\0')
        return CC_ERR_ARGUMENT;
    int result = cc_family_select(port, desc, &now);
    if (result == CC_ERR_UNSUPPORTED)
        return CC_OTHER_CARD; /* the card asked for has this application */
    if (result < 0)
        return result;
    return is_same(&now, card) ? result : CC_OTHER_CARD;
}

/* Only T-Union and our own profile say whether the issuer has enabled the application; CityUnion says 01 too. */
static bool is_enabled(const struct cc_card *card)
{
    switch (card->family) {
    case CC_FAMILY_T_UNION:
    case CC_FAMILY_COMMUNITY:
        return card->app_version == 0x01;
    case CC_FAMILY_CITY_UNION:
    case CC_FAMILY_CHANGSHA:
        return card->app_version != 0x00;
    default:
        return card->card_number[0] != '\0';
    }
}

bool cc_card_valid_on(const struct cc_card *card, uint32_t date)
{
    if (card->family == CC_FAMILY_UNKNOWN || card->blocked || !is_enabled(card))
        return false;
    bool begun = card->valid_from == 0 || date >= card->valid_from;
    bool ended = card->valid_to != 0 && date > card->valid_to;
    return begun && !ended;
}
