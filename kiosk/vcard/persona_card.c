/* SPDX-License-Identifier: Apache-2.0 */
/* A person's card: T-Union (JT/T 978), one purse, files EF15 to EF18 and EF1E. */
#include "crypto.h"
#include "model.h"

#include <iconv.h>
#include <openssl/crypto.h>
#include <string.h>

enum { FID_ADF = 0x1001, ADF = 1, LOG = 3, JOURNEY_RECORDS = 30 };
static const uint8_t adf_aid[] = {0xA0, 0x00, 0x00, 0x06, 0x32, 0x01, 0x01, 0x05};
static const uint8_t mf_fci[] = {0x6F, 0x15, 0x84, 0x0E, '1', 'P', 'A',  'Y',  '.',  'S',  'Y', 'S',
                                 '.',  'D',  'D',  'F',  '0', '1', 0xA5, 0x03, 0x88, 0x01, 0x01};
enum { MF_NAME_AT = 4, MF_NAME_SIZE = 14 };

/* State files call them so. */
static const struct vc_file files[] = {
    {.name = "ef15", .fid = 0x15, .sfi = 0x15, .size = 30, .update = VC_WITH_MAC},
    {.name = "ef16", .fid = 0x16, .sfi = 0x16, .size = 55, .update = VC_WITH_MAC},
    {.name = "ef17", .fid = 0x17, .sfi = 0x17, .size = 60, .update = VC_WITH_MAC},
    {.name = "log",
     .fid = 0x18,
     .sfi = 0x18,
     .kind = VC_CYCLIC,
     .size = VC_LOG_SIZE,
     .slots = VC_LOG_RECORDS,
     .update = VC_NEVER,
     .tag_sw = 0x6A86},
    {.name = "journeys",
     .fid = 0x1E,
     .sfi = 0x1E,
     .kind = VC_CYCLIC,
     .size = VC_JOURNEY_SIZE,
     .slots = JOURNEY_RECORDS,
     .update = VC_WITH_MAC,
     .tag_sw = 0x6A86,
     .compound = true},
};
#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

bool vc_gb18030(const char *utf8, uint8_t *out, size_t room)
{
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    if (converter == (iconv_t)-1)
        return false;
    char *from = (char *)utf8, *to = (char *)out;
    size_t from_left = strlen(utf8), to_left = room;
    memset(out, 0, room);
    bool good = iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1 && from_left == 0;
    return iconv_close(converter) == 0 && good;
}

/* ---- Files ---------------------------------------------------------------------------------------------------------- */

static void put(uint8_t **at, const void *bytes, size_t len)
{
    memcpy(*at, bytes, len);
    *at += len;
}

/* EF15: issuer, type 02 (purse), state 01 (enabled), application serial, dates, issuer's FCI data. */
static void fresh_ef15(const struct vc_persona *persona, uint8_t *at)
{
    static const uint8_t enabled[] = {0x02, 0x01}, serial_head[] = {0x03, 0x10}, fci[2] = {0};
    put(&at, persona->issuer, 8);
    put(&at, enabled, 2);
    put(&at, serial_head, 2); /* '0' and the industry's 310: the number has 19 digits */
    put(&at, persona->serial, 8);
    put(&at, persona->valid_from, 4);
    put(&at, persona->valid_to, 4);
    put(&at, fci, 2);
}

/* EF16: holder. */
static bool fresh_ef16(const struct vc_persona *persona, uint8_t *ef16)
{
    ef16[0] = persona->holder_type;
    ef16[1] = persona->staff;
    memcpy(ef16 + 22, persona->id_number, strnlen(persona->id_number, 32));
    ef16[54] = persona->id_type;
    return vc_gb18030(persona->name, ef16 + 2, 20);
}

/* EF17: country 156, province, city, interoperable, class. */
static void fresh_ef17(const struct vc_persona *persona, uint8_t *at)
{
    const uint8_t country[] = {0x00, 0x00, 0x01, 0x56}, province[] = {persona->city[0], 0x00},
                  city[] = {persona->city[0], persona->city[1]}, tail[] = {0x00, 0x01, persona->card_class};
    put(&at, country, sizeof(country));
    put(&at, province, sizeof(province));
    put(&at, city, sizeof(city));
    put(&at, tail, sizeof(tail));
}

static bool fresh(const struct vc_persona *persona, const struct vc_profile *profile,
                  struct vc_card_state *state)
{
    memset(state, 0, sizeof(*state));
    state->balance_fen = persona->balance_fen;
    state->offline_counter = persona->offline_counter;
    state->online_counter = persona->online_counter;
    state->pins[0].tries = VC_PIN_TRIES;
    state->pins[0].len = (uint8_t)persona->pin_len;
    memcpy(state->pins[0].digits, persona->pin, persona->pin_len);
    state->counts[vc_profile_file(profile, "journeys")] = JOURNEY_RECORDS;
    fresh_ef15(persona, state->image + profile->files[0].at);
    fresh_ef17(persona, state->image + profile->files[2].at);
    return fresh_ef16(persona, state->image + profile->files[1].at);
}

/* ---- Keys ----------------------------------------------------------------------------------------------------------- */

bool vc_card_keys(const struct vc_keys *masters, const uint8_t issuer[8], const uint8_t serial[8],
                  struct vc_keys *keys)
{
    const uint8_t *from[] = {masters->purchase,       masters->tac,
                             masters->load,           masters->maintenance,
                             masters->authentication, masters->pin_unblock};
    uint8_t *to[] = {keys->purchase,       keys->tac,        keys->load, keys->maintenance,
                     keys->authentication, keys->pin_unblock};
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        if (!vc_diversify(from[i], issuer, to[i]) || !vc_diversify(to[i], serial, to[i]))
            return false;
    return true;
}

static bool add_keys(struct vc_profile *profile, const struct vc_keys *keys)
{
    const struct {
        enum vc_key_kind kind;
        uint8_t id;
        const uint8_t *value;
    } rows[] = {
        {VC_KEY_PURCHASE, 1, keys->purchase},
        {VC_KEY_LOAD, 1, keys->load},
        {VC_KEY_TAC, 0, keys->tac},
        {VC_KEY_MAINTENANCE, 0, keys->maintenance},
        {VC_KEY_EXTERNAL, 0, keys->authentication},
        {VC_KEY_PIN_UNBLOCK, 0, keys->pin_unblock},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vc_key key = {.apps = 1 << ADF, .kind = rows[i].kind, .id = rows[i].id, .version = 1};
        memcpy(key.value, rows[i].value, 16);
        good = vc_profile_add_key(profile, &key) && good;
        OPENSSL_cleanse(&key, sizeof(key));
    }
    return good;
}

/* ---- The card ------------------------------------------------------------------------------------------------------- */

static void add_apps(struct vc_profile *profile)
{
    struct vc_app *mf = &profile->apps[0], *adf = &profile->apps[ADF];
    profile->app_count = 2;
    *mf = vc_app_empty("mf");
    memcpy(mf->aid, mf_fci + MF_NAME_AT, MF_NAME_SIZE);
    mf->aid_len = mf->aid_least = MF_NAME_SIZE;
    memcpy(mf->fci, mf_fci, sizeof(mf_fci));
    mf->fci_len = sizeof(mf_fci);
    *adf = vc_app_empty("t-union");
    memcpy(adf->aid, adf_aid, sizeof(adf_aid));
    adf->aid_len = adf->aid_least = sizeof(adf_aid);
    adf->fid = FID_ADF;
    adf->purses[1] = 0;
    adf->fci_built = true;
    adf->fci_version[0] = 0x02;
    adf->fci_version_len = 1;
    adf->fci_file = 0;
    adf->fci_size = 30;
}

static void add_purse(struct vc_profile *profile, const struct vc_persona *persona)
{
    profile->pins[0] = (struct vc_pin){.apps = 1 << ADF, .tries = VC_PIN_TRIES};
    profile->pin_count = 1;
    profile->purse_count = 1;
    profile->purses[0] = (struct vc_purse){
        .name = "purse",
        .pin_for_purchase = persona->pin_for_purchase,
        /* P1 = 1 and 2 are the two sides of an overdraft, in an order that terminals do not agree about: none here. */
        .balance = {VC_BALANCE_PLAIN, VC_BALANCE_ZERO, VC_BALANCE_ZERO, VC_BALANCE_PLAIN},
        .log = LOG,
        .load_log = VC_NONE,
    };
}

bool vc_persona_card(const struct vc_persona *persona, const struct vc_keys *masters,
                     struct vc_profile *profile, struct vc_card_state *state)
{
    struct vc_keys keys = {.purchase = {0}};
    memset(profile, 0, sizeof(*profile));
    add_apps(profile);
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (vc_profile_add_file(profile, ADF, &files[i]) == VC_NONE)
            return false;
    add_purse(profile, persona);
    profile->atr_len = persona->atr_len;
    memcpy(profile->atr, persona->atr, persona->atr_len);
    profile->uid_len = 4; /* a made-up one; nobody's identity */
    profile->uid[0] = 0x99;
    memcpy(profile->uid + 1, persona->serial + 5, 3);
    bool good = !masters || vc_card_keys(masters, persona->issuer, persona->serial, &keys);
    good = good && add_keys(profile, &keys) && fresh(persona, profile, state);
    OPENSSL_cleanse(&keys, sizeof(keys));
    return good;
}

bool vc_card_fresh(const struct vc_persona *persona, struct vc_card_state *state)
{
    struct vc_profile profile;
    return vc_persona_card(persona, NULL, &profile, state);
}

bool vc_card_init(struct vc_card *card, const struct vc_persona *persona, const struct vc_keys *masters,
                  const struct vc_card_state *state)
{
    struct vc_profile profile;
    struct vc_card_state unused;
    bool good = vc_persona_card(persona, masters, &profile, &unused);
    vc_card_setup(card, &profile, state);
    OPENSSL_cleanse(&profile, sizeof(profile));
    return good;
}
