/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's PSAM. It counts the terminal's transactions, makes MAC1 and checks MAC2, so that no purse key is
 * anywhere else at the kiosk.
 *
 *   selected ── 80 70: serial + 1 committed, MAC1 given ──▶ open ── 80 72, MAC2 right ──▶ selected
 *   open ── three wrong MAC2, another 80 70, SELECT, loss of power ──▶ the transaction is lost, its serial used up
 *
 * Factors of 80 70 and 80 1A: in which order they are applied, and how many, is a property of the PSAM's data.
 */
#include "crypto.h"
#include "model.h"

#include <openssl/crypto.h>
#include <string.h>

static const uint8_t t_union_aid[] = {0xA0, 0x00, 0x00, 0x06, 0x32, 'M', 'O', 'T',
                                      '.',  'C',  'P',  'S',  'A',  'M', '0', '1'};
enum { SHORT_AID = 7, FID_MF = 0x3F00, FID_ADF = 0xDF01, MAC2_TRIES = 3 };
/* Key usages of 80 1A, low five bits of P1: systems differ about the TAC key. */
enum { USAGE_TAC = 0x04, USAGE_TAC_TOO = 0x0C, USAGE_MAINTENANCE = 0x05 };

void vc_sam_init(struct vc_sam *sam, const struct vc_sam_identity *identity, const struct vc_keys *masters,
                 const struct vc_sam_state *state)
{
    memset(sam, 0, sizeof(*sam));
    sam->identity = *identity;
    sam->masters = *masters;
    sam->state = *state;
    struct vc_sam_identity *own = &sam->identity;
    own->version = own->version ? own->version : 1;
    own->card_type = own->card_type ? own->card_type : 1;
    own->fid = own->fid || own->aid_len ? own->fid : FID_ADF;
    if (own->aid_len || own->no_aid)
        return;
    memcpy(own->aid, t_union_aid, sizeof(t_union_aid));
    own->aid_len = sizeof(t_union_aid);
    own->aid_least = SHORT_AID;
}

void vc_sam_power(struct vc_sam *sam)
{
    OPENSSL_cleanse(&sam->session, sizeof(sam->session));
    sam->transport.keeps = false;
}

void vc_sam_cleanse(struct vc_sam *sam)
{
    OPENSSL_cleanse(sam, sizeof(*sam));
}

static bool commit(struct vc_sam *sam, struct vc_sam_state *next, struct vc_reply *reply)
{
    enum vc_commit outcome = VC_COMMITTED;
    next->commits = sam->state.commits + 1;
    if (sam->lose_power_at_commit)
        outcome = VC_COMMIT_POWER_LOST;
    else if (sam->commit)
        outcome = sam->commit(sam->commit_ctx, next);
    if (outcome == VC_COMMITTED)
        sam->state = *next;
    else
        *reply = (struct vc_reply){.sw = 0x6581};
    return outcome != VC_COMMIT_POWER_LOST;
}

/* ---- Selection and files ------------------------------------------------------------------------------------------------ */

static void select_dir(struct vc_sam *sam, enum vc_selected selected, struct vc_reply *reply)
{
    static const uint8_t mf[] = {0x6F, 0x10, 0x84, 0x0E, '1', 'P', 'A', 'Y', '.',
                                 'S',  'Y',  'S',  '.',  'D', 'D', 'F', '0', '1'};
    OPENSSL_cleanse(&sam->session, sizeof(sam->session));
    sam->session.selected = selected;
    reply->sw = 0x9000;
    if (selected == VC_SELECTED_MF) {
        vc_reply_put(reply, mf, sizeof(mf));
        return;
    }
    uint8_t len = sam->identity.aid_len, head[] = {0x6F, (uint8_t)(len + 2), 0x84, len};
    vc_reply_put(reply, head, len ? sizeof(head) : 0);
    vc_reply_put(reply, sam->identity.aid, len);
}

static bool file_here(const struct vc_sam *sam, unsigned fid)
{
    return sam->session.selected == VC_SELECTED_MF ? fid == 0x15 || fid == 0x16 : fid == 0x17 || fid == 0x18;
}

static bool select_command(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    unsigned fid = command->lc == 2 ? (unsigned)(command->data[0] << 8 | command->data[1]) : 0;
    const struct vc_sam_identity *own = &sam->identity;
    /* Whole, or cut to the shortest name that this PSAM knows. */
    bool by_name = command->p1 == 0x04 && own->aid_len &&
                   (command->lc == own->aid_least || command->lc == own->aid_len) &&
                   memcmp(command->data, own->aid, command->lc) == 0;
    reply->sw = 0x6A82;
    if ((command->p1 != 0x00 && command->p1 != 0x04) || command->p2 != 0x00)
        reply->sw = 0x6A86;
    else if (by_name)
        select_dir(sam, VC_SELECTED_ADF, reply);
    else if (command->p1 == 0x00 && (command->lc == 0 || fid == FID_MF))
        select_dir(sam, VC_SELECTED_MF, reply);
    else if (command->p1 == 0x00 && fid && fid == own->fid)
        select_dir(sam, VC_SELECTED_ADF, reply);
    else if (command->p1 == 0x00 && file_here(sam, fid)) {
        sam->session.file = (uint16_t)fid;
        reply->sw = 0x9000;
    }
    return true;
}

/* The bytes of a file; 0 when it is not in the selected directory. */
static size_t file_bytes(const struct vc_sam *sam, unsigned fid, uint8_t out[32])
{
    const struct vc_sam_identity *identity = &sam->identity;
    const uint8_t version_type_fci[4] = {identity->version, identity->card_type, 0x01, 0x01};
    struct vc_reply file = {.len = 0};
    if (!file_here(sam, fid))
        return 0;
    if (fid == 0x15) {
        vc_reply_put(&file, identity->serial, 10);
        vc_reply_put(&file, version_type_fci, 4);
    } else if (fid == 0x16) {
        vc_reply_put(&file, identity->terminal, 6);
    } else if (fid == 0x17) {
        vc_reply_put8(&file, identity->key_index);
        vc_reply_put(&file, identity->issuer, 8);
        vc_reply_put(&file, identity->receiver, 8);
        vc_reply_put(&file, identity->valid_from, 4);
        vc_reply_put(&file, identity->valid_to, 4);
    } else {
        vc_reply_put32(&file, sam->state.terminal_serial);
    }
    memcpy(out, file.data, file.len);
    return file.len;
}

static bool read_binary(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    bool by_sfi = command->p1 & 0x80;
    unsigned file = by_sfi ? command->p1 & 0x1F : sam->session.file;
    size_t offset = by_sfi ? command->p2 : (size_t)(command->p1 << 8 | command->p2);
    uint8_t bytes[32];
    size_t size = file_bytes(sam, file, bytes);
    if (command->lc || !command->has_le)
        return vc_reply_status(reply, 0x6700);
    if (size == 0)
        return vc_reply_status(reply, file == 0 ? 0x6986 : 0x6A82);
    if (offset >= size)
        return vc_reply_status(reply, 0x6B00);
    vc_reply_put(reply, bytes + offset, command->le < size - offset ? command->le : size - offset);
    reply->sw = 0x9000;
    return true;
}

static bool get_challenge(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t challenge[8];
    size_t len = command->le == 4 ? 4 : 8;
    if (command->lc || !command->has_le)
        return vc_reply_status(reply, 0x6700);
    if (!(sam->random ? sam->random(sam->random_ctx, challenge, len) : vc_random(challenge, len)))
        return vc_reply_status(reply, 0x6F00);
    vc_reply_put(reply, challenge, len);
    reply->sw = 0x9000;
    return true;
}

/* ---- 80 70 and 80 72: a purchase ------------------------------------------------------------------------------------------ */

/* The card's key out of the operator's, with the factors in this PSAM's order. */
static bool derive(const struct vc_sam *sam, const uint8_t master[16], const uint8_t *factors, size_t count,
                   uint8_t key[16])
{
    memcpy(key, master, 16);
    for (size_t i = 0; i < count; i++) {
        size_t at = sam->identity.first_factor_first ? i : count - 1 - i;
        if (!vc_diversify(key, factors + 8 * at, key))
            return false;
    }
    return true;
}

static uint16_t refuse_8070(const struct vc_sam *sam, const struct vc_command *command)
{
    const uint8_t *data = command->data;
    if (sam->session.selected != VC_SELECTED_ADF)
        return 0x6985;
    if (command->p1 || command->p2)
        return 0x6A86;
    size_t factors = command->lc < 20 ? 0 : (command->lc - 20) / 8;
    if (factors < 1 || factors > 3 || command->lc != 20 + 8 * factors)
        return 0x6700;
    if (sam->identity.factors && factors != sam->identity.factors)
        return 0x6700;
    if (data[10] != 0x05 && data[10] != 0x06 && data[10] != 0x09)
        return 0x6A80;
    if (data[18] != 0x01 || data[19] != 0x00)
        return 0x9403; /* key version, algorithm */
    if (sam->state.terminal_serial == UINT32_MAX)
        return 0x9402;
    return 0;
}

/* Data: random 4, card serial 2, amount 4, type 1, date 4, time 3, key version 1, algorithm 1, factors. */
static bool purchase_mac1(struct vc_sam *sam, const struct vc_command *command, uint32_t serial,
                          uint8_t mac1[4])
{
    const uint8_t *data = command->data;
    uint8_t key[16], input[18 + VC_CODE_SIZE], tail[2] = {(uint8_t)(serial >> 8), (uint8_t)serial};
    memcpy(input, data + 6, 5);
    memcpy(input + 5, sam->identity.terminal, 6);
    memcpy(input + 11, data + 11, 7);
    memcpy(input + 18, sam->session.code, VC_CODE_SIZE);
    size_t input_len = sam->session.has_code ? sizeof(input) : 18;
    sam->session.has_code = false; /* one card, one purchase */
    bool good =
        derive(sam, sam->masters.purchase, data + 20, (command->lc - 20) / 8, key) &&
        vc_session_key(key, data, (uint16_t)(data[4] << 8 | data[5]), tail, sam->session.session_key) &&
        vc_mac(sam->session.session_key, input, input_len, mac1);
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}

static bool init_for_purchase(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_sam_state next = sam->state;
    const uint8_t *data = command->data;
    uint8_t mac1[4];
    sam->session.open = false;
    uint16_t sw = refuse_8070(sam, command);
    if (sw)
        return vc_reply_status(reply, sw);
    next.terminal_serial++;
    if (!purchase_mac1(sam, command, next.terminal_serial, mac1))
        return vc_reply_status(reply, 0x6F00);
    vc_reply_put32(reply, next.terminal_serial);
    vc_reply_put(reply, mac1, 4);
    reply->sw = 0x9000;
    bool powered = commit(sam, &next, reply);
    sam->session.open = powered && reply->sw == 0x9000;
    sam->session.mac2_tries = MAC2_TRIES;
    sam->session.amount_fen = vc_get32(data + 6);
    return powered;
}

static bool check_mac2(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_sam_session *session = &sam->session;
    uint32_t fen = session->amount_fen;
    uint8_t mac2[4],
        amount[4] = {(uint8_t)(fen >> 24), (uint8_t)(fen >> 16), (uint8_t)(fen >> 8), (uint8_t)fen};
    if (!session->open)
        return vc_reply_status(reply, 0x6901);
    if (command->p1 || command->p2)
        return vc_reply_status(reply, 0x6A86);
    if (command->lc != 4)
        return vc_reply_status(reply, 0x6700);
    vc_put32(amount, session->amount_fen);
    if (!vc_mac(session->session_key, amount, 4, mac2))
        return vc_reply_status(reply, 0x6F00);
    bool right = CRYPTO_memcmp(mac2, command->data, 4) == 0;
    if (!right)
        session->mac2_tries--;
    session->open = !right && session->mac2_tries > 0;
    return vc_reply_status(reply, right ? 0x9000 : 0x9302);
}

/* ---- 80 1A and 80 FA: a key of the card's, and a MAC with it ---------------------------------------------------------------- */

static bool deliver_key(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    size_t levels = command->p1 >> 5;
    uint8_t usage = command->p1 & 0x1F;
    bool tac = usage == USAGE_TAC || usage == USAGE_TAC_TOO;
    sam->session.working_usage = 0;
    sam->session.mac_going = false;
    if (sam->session.selected != VC_SELECTED_ADF)
        return vc_reply_status(reply, 0x6985);
    if (!tac && usage != USAGE_MAINTENANCE)
        return vc_reply_status(reply, 0x6A88);
    if (command->p2 > 2)
        return vc_reply_status(reply, 0x9403);
    if (levels == 0 || levels > 3 || command->lc != 8 * levels)
        return vc_reply_status(reply, 0x6700);
    if (!derive(sam, tac ? sam->masters.tac : sam->masters.maintenance, command->data, levels,
                sam->session.working_key))
        return vc_reply_status(reply, 0x6F00);
    sam->session.working_usage = tac ? USAGE_TAC : usage;
    return vc_reply_status(reply, 0x9000);
}

/*
 * P1: bit 0 MAC, bit 1 more blocks follow, bit 2 the data begin with an initial value. 05 one MAC; 07, 03 …, 01 a MAC
 * over several commands. The data come padded by the caller. The working key serves for one MAC.
 */
static uint16_t refuse_mac(const struct vc_sam *sam, const struct vc_command *command)
{
    bool first = command->p1 & 0x04;
    if (sam->session.working_usage == 0)
        return 0x6985;
    if (!(command->p1 & 0x01) || command->p1 > 0x07 || command->p2)
        return 0x6A86;
    if (first == sam->session.mac_going)
        return 0x6985; /* an initial value in the middle, or none at the beginning */
    return command->lc < (first ? 16u : 8u) || command->lc % 8 ? 0x6700 : 0;
}

/* CBC of single DES goes on from block to block; a two-key MAC is finished with the other half at the end. */
static bool run_mac(struct vc_sam *sam, const struct vc_command *command, uint8_t out[8])
{
    struct vc_sam_session *session = &sam->session;
    bool first = command->p1 & 0x04, more = command->p1 & 0x02, folded = session->working_usage == USAGE_TAC;
    const uint8_t *iv = first ? command->data : session->chain, *data = command->data + (first ? 8 : 0);
    size_t len = command->lc - (first ? 8 : 0);
    uint8_t key[8];
    if (folded)
        vc_fold(session->working_key, key);
    else
        memcpy(key, session->working_key, 8);
    bool good = more || folded ? vc_mac_chain(key, iv, data, len, out)
                               : vc_retail_mac_padded(session->working_key, iv, data, len, out);
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}

static bool compute_mac(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_sam_session *session = &sam->session;
    bool more = command->p1 & 0x02;
    uint8_t out[8] = {0};
    uint16_t sw = refuse_mac(sam, command);
    if (!sw && !run_mac(sam, command, out))
        sw = 0x6F00;
    if (!sw && more) {
        memcpy(session->chain, out, 8);
        session->mac_going = true;
        return vc_reply_status(reply, 0x9000);
    }
    session->working_usage = 0;
    session->mac_going = false;
    OPENSSL_cleanse(session->working_key, sizeof(session->working_key));
    if (sw)
        return vc_reply_status(reply, sw);
    vc_reply_put(reply, out, 4);
    reply->sw = 0x9000;
    return true;
}

/*
 * 80 CA: the security code that the card gave (CJ/T 166). How a true PSAM checks it is published nowhere. Assumed here: a
 * code is five bytes of the issuer's and four bytes of retail MAC over them with the code key; codes of true cards whose
 * key nobody knows can be listed.
 */
static bool is_code(const struct vc_sam *sam, const uint8_t *code)
{
    static const uint8_t zero[8];
    uint8_t mac[4];
    for (size_t i = 0; i < sam->identity.known_code_count; i++)
        if (memcmp(sam->identity.known_codes[i], code, VC_CODE_SIZE) == 0)
            return true;
    return vc_retail_mac(sam->identity.code_key, zero, code, 5, mac) && CRYPTO_memcmp(mac, code + 5, 4) == 0;
}

static bool check_code(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    sam->session.has_code = false;
    if (!sam->identity.takes_code)
        return vc_reply_status(reply, 0x6D00);
    if (sam->session.selected != VC_SELECTED_ADF)
        return vc_reply_status(reply, 0x6985);
    if (command->p1 || command->p2)
        return vc_reply_status(reply, 0x6A86);
    if (command->lc != VC_CODE_SIZE)
        return vc_reply_status(reply, 0x6700);
    sam->session.has_code = is_code(sam, command->data);
    memcpy(sam->session.code, command->data, VC_CODE_SIZE);
    return vc_reply_status(reply, sam->session.has_code ? 0x9000 : 0x6300);
}

/* ---- The table ------------------------------------------------------------------------------------------------------------- */

static const struct {
    uint8_t cla, ins;
    bool (*handler)(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply);
} rows[] = {
    {0x00, 0xA4, select_command},    {0x00, 0xB0, read_binary}, {0x00, 0x84, get_challenge},
    {0x80, 0x70, init_for_purchase}, {0x80, 0x72, check_mac2},  {0x80, 0x1A, deliver_key},
    {0x80, 0xFA, compute_mac},       {0x80, 0xCA, check_code},
};

static bool execute(struct vc_sam *sam, const struct vc_command *command, struct vc_reply *reply)
{
    reply->sw = 0x6E00;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].cla != command->cla)
            continue;
        if (rows[i].ins == command->ins)
            return rows[i].handler(sam, command, reply);
        reply->sw = 0x6D00;
    }
    return true;
}

enum vc_outcome vc_sam_transmit(struct vc_sam *sam, const uint8_t *command_bytes, size_t len, uint8_t *answer,
                                size_t room, size_t *answer_len)
{
    struct vc_command command;
    struct vc_reply reply = {.sw = 0x6700};
    bool powered = true;
    if (vc_command_parse(&command, command_bytes, len)) {
        if (command.cla == 0x00 && command.ins == 0xC0) {
            vc_transport_get_response(&sam->transport, &command, &reply);
        } else {
            powered = execute(sam, &command, &reply);
            vc_transport_shape(&sam->transport, &command, &reply);
        }
    }
    sam->lose_power_at_commit = false;
    *answer_len = powered ? vc_reply_bytes(&reply, answer, room) : 0;
    if (!powered)
        vc_sam_power(sam);
    return powered ? VC_ANSWERED : VC_POWER_LOST;
}
