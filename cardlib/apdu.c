/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchange of one command. Facts that shaped it:
 *  - A driver may report success with no bytes at all when the card is pulled: fewer than two bytes is a lost
 * card.
 *  - After any failed transmit the same handle may talk to another card: the port is broken for good.
 *  - The transmit's result is looked at before the length it left, which means nothing after an error.
 *  - T=0 cards ask for GET RESPONSE (61xx) or for another Le (6Cxx); contactless cards do so too behind some
 * readers.
 *  - Some cards refuse Le in a command with a body (6700). It is tried without once, and remembered in the
 * port before DEBIT, which cannot be tried twice, has its turn.
 */
#include "apdu.h"

#include <openssl/crypto.h>
#include <string.h>

#define COMMAND_MAX (5 + 255 + 1)
#define RAW_MAX     (CC_APDU_DATA_MAX + 2)

void cc_port_init(struct cc_port *port, const struct cc_channel *channel)
{
    *port = (struct cc_port){.channel = *channel};
}

void cc_port_set_atr(struct cc_port *port, const uint8_t *atr, size_t atr_len)
{
    struct cc_bytes in = cc_bytes_of(atr, atr_len <= sizeof port->atr ? atr_len : 0);
    port->atr_len = in.left;
    cc_take(&in, port->atr, port->atr_len);
}

struct cc_bytes cc_answer_bytes(const struct cc_answer *answer)
{
    return cc_bytes_of(answer->data, answer->len);
}

/*
 * PINs and keys: VERIFY, its ISO relatives and PIN UNBLOCK (20, 21, 24, 25, 2C, 2D), CHANGE and RELOAD PIN (5E), WRITE KEY
 * (D4), and the reader's own LOAD KEYS (FF 82, PC/SC part 3). People: what is written into a file may be its holder (D6, D7,
 * DC, DD, E2; 80 DC, the cache of a compound purchase, is none), and so may what the PSAM makes a code of (80 FA).
 */
static bool carries_secret(uint8_t cla, uint8_t ins)
{
    static const uint8_t secret[] = {0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D, 0x5E, 0xD4, 0xD6, 0xD7, 0xDD, 0xE2};
    if (ins == 0x82)
        return cla == 0xFF;
    if (ins == 0xFA)
        return cla == 0x80;
    if (ins == 0xDC)
        return cla != 0x80;
    return memchr(secret, ins, sizeof secret) != NULL;
}

static void trace(struct cc_port *port, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    if (port->trace)
        port->trace(port->trace_ctx, kind, bytes, len, result);
}

/* Data and these come together. Anything else behind data is data too: the answer was cut. */
static bool closes_data(const uint8_t sw[2])
{
    return sw[0] == 0x61 || sw[0] == 0x62 || (sw[0] == 0x90 && sw[1] == 0x00);
}

/*
 * Tag and length of a record are no secret, and without them a recording could not be played back. Whatever does not add
 * up is masked whole.
 */
static size_t told_head(const struct cc_port *port, const uint8_t *bytes, size_t len)
{
    return port->tagged && len > 4 && bytes[1] <= len - 4 ? 2 : 0;
}

/* The answer with its data masked; a record's head, once, and the status word stay. */
static void trace_answer(struct cc_port *port, const uint8_t *bytes, size_t len)
{
    uint8_t masked[RAW_MAX] = {0};
    if (!port->trace)
        return;
    if (!port->personal) {
        trace(port, CC_TRACE_ANSWER, bytes, len, CC_OK);
        return;
    }
    size_t tail = len == 2 || closes_data(bytes + len - 2) ? 2 : 0;
    size_t head = told_head(port, bytes, len);
    if (head > 0)
        port->tagged = false; /* later parts of it have none */
    struct cc_writer out = cc_writer_on(masked, sizeof masked);
    cc_put(&out, bytes, head);
    while (out.len < len - tail)
        cc_put_u8(&out, '*');
    cc_put(&out, bytes + len - tail, tail);
    trace(port, CC_TRACE_ANSWER, masked, len, CC_OK);
}

static void trace_command(struct cc_port *port, const uint8_t *bytes, size_t len)
{
    uint8_t masked[COMMAND_MAX] = {0};
    if (!port->trace)
        return;
    if (len <= 5 || !carries_secret(bytes[0], bytes[1])) {
        trace(port, CC_TRACE_COMMAND, bytes, len, CC_OK);
        return;
    }
    memcpy(masked, bytes, 5);
    memset(masked + 5, '*', len - 5);
    trace(port, CC_TRACE_COMMAND, masked, len, CC_OK);
}

static int broken(struct cc_port *port, int result)
{
    port->broken = true;
    trace(port, CC_TRACE_ERROR, NULL, 0, result);
    return result;
}

/* One round trip. `raw` has RAW_MAX bytes; *raw_len is at least 2 on CC_OK. */
static int round_trip(struct cc_port *port, const uint8_t *command, size_t len, uint8_t *raw, size_t *raw_len)
{
    if (port->broken)
        return CC_ERR_REMOVED;
    trace_command(port, command, len);
    *raw_len = RAW_MAX;
    port->commands += 1;
    port->bytes += len;
    int result = port->channel.transmit(port->channel.ctx, command, len, raw, raw_len);
    if (result < 0)
        return broken(port, result);
    if (result > 0 || *raw_len > RAW_MAX)
        return broken(port, CC_ERR_SYSTEM);
    if (*raw_len < 2)
        return broken(port, CC_ERR_REMOVED);
    port->bytes += *raw_len;
    port->last_sw = (uint16_t)(raw[*raw_len - 2] << 8 | raw[*raw_len - 1]);
    trace_answer(port, raw, *raw_len);
    return CC_OK;
}

int cc_port_exchange(struct cc_port *port, const uint8_t *command, size_t command_len, bool personal, uint8_t *answer,
                     size_t *answer_len)
{
    uint8_t raw[RAW_MAX] = {0};
    size_t raw_len = 0;
    if (command_len < 4 || command_len > COMMAND_MAX)
        return CC_ERR_ARGUMENT;
    port->personal = personal;
    int result = round_trip(port, command, command_len, raw, &raw_len);
    port->personal = false;
    struct cc_bytes in = cc_bytes_of(raw, result == CC_OK ? raw_len : 0);
    if (result == CC_OK && raw_len > *answer_len)
        result = CC_ERR_ARGUMENT;
    *answer_len = result == CC_OK ? raw_len : 0;
    cc_take(&in, answer, *answer_len);
    OPENSSL_cleanse(raw, sizeof raw);
    return result;
}

/* Send the command with this Le and append the answer's data. */
static int send_with_le(struct cc_port *port, const struct cc_command *command, int le,
                        struct cc_answer *answer)
{
    uint8_t bytes[COMMAND_MAX] = {0}, raw[RAW_MAX] = {0};
    struct cc_writer out = cc_writer_on(bytes, sizeof bytes);
    cc_put_u8(&out, command->cla);
    cc_put_u8(&out, command->ins);
    cc_put_u8(&out, command->p1);
    cc_put_u8(&out, command->p2);
    if (command->data_len > 0) {
        cc_put_u8(&out, (uint8_t)command->data_len);
        cc_put(&out, command->data, command->data_len);
    }
    if (le != CC_LE_NONE)
        cc_put_u8(&out, (uint8_t)le);
    else if (command->data_len == 0)
        cc_put_u8(&out, 0); /* T=0 has no command of four bytes; T=1 takes P3 = 00 as Le */
    size_t raw_len = 0;
    int result = out.bad ? CC_ERR_ARGUMENT : round_trip(port, bytes, out.len, raw, &raw_len);
    OPENSSL_cleanse(bytes, sizeof bytes);
    struct cc_bytes in = cc_bytes_of(raw, result == CC_OK ? raw_len - 2 : 0);
    if (result == CC_OK && in.left > CC_APDU_DATA_MAX - answer->len)
        result = CC_ERR_PROTOCOL;
    if (result == CC_OK) {
        size_t part = in.left;
        cc_take(&in, answer->data + answer->len, part);
        answer->len += part;
        answer->sw = port->last_sw;
    }
    if (port->personal)
        OPENSSL_cleanse(raw, sizeof raw);
    return result;
}

/* 61xx: fetch the rest. A 6Cxx to GET RESPONSE corrects its length; each counts towards the ceiling. */
static int fetch_rest(struct cc_port *port, struct cc_answer *answer)
{
    static const struct cc_command get_response = {.ins = 0xC0};
    for (unsigned sent = 0; answer->sw >> 8 == 0x61 || (answer->chained && answer->sw >> 8 == 0x6C); sent++) {
        if (sent == CC_APDU_GET_RESPONSE_MAX)
            return CC_ERR_PROTOCOL;
        answer->chained = true;
        int result = send_with_le(port, &get_response, answer->sw & 0xFF, answer);
        if (result != CC_OK)
            return result;
    }
    return CC_OK;
}

static int exchange(struct cc_port *port, const struct cc_command *command, int le, struct cc_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    int result = send_with_le(port, command, le, answer);
    if (result != CC_OK)
        return result;
    if (answer->sw >> 8 == 0x6C && !command->once) {
        uint8_t right = answer->sw & 0xFF;
        memset(answer, 0, sizeof *answer);
        result = send_with_le(port, command, right, answer);
        if (result != CC_OK)
            return result;
    }
    return fetch_rest(port, answer);
}

int cc_apdu(struct cc_port *port, const struct cc_command *command, struct cc_answer *answer)
{
    bool both = command->data_len > 0 && command->le != CC_LE_NONE;
    int result = exchange(port, command, both && port->bare_body ? CC_LE_NONE : command->le, answer);
    if (result != CC_OK || !both || port->bare_body || command->once || answer->sw != 0x6700 ||
        answer->chained)
        return result;
    result = exchange(port, command, CC_LE_NONE, answer);
    if (result == CC_OK && answer->sw == 0x9000)
        port->bare_body = true;
    return result;
}

int cc_sw_result(uint16_t sw)
{
    switch (sw) {
    case 0x9000:
        return CC_OK;
    case 0x6A82:
    case 0x6A83:
    case 0x6A88:
        return CC_NOT_FOUND;
    case 0x6982:
        return CC_PIN_NEEDED;
    case 0x6983:
    case 0x63C0:
        return CC_PIN_BLOCKED;
    case 0x6283:
    case 0x9303:
        return CC_CARD_BLOCKED;
    case 0x9302:
    case 0x6988:
        return CC_ERR_MAC;
    case 0x9401:
        return CC_BALANCE_LOW;
    case 0x9406:
        return CC_NO_PROOF;
    case 0x6D00:
    case 0x6E00:
        return CC_ERR_UNSUPPORTED;
    default:
        return (sw & 0xFFF0) == 0x63C0 ? CC_PIN_WRONG : CC_ERR_REFUSED;
    }
}

int cc_select_name(struct cc_port *port, const uint8_t *name, size_t len, struct cc_answer *answer)
{
    struct cc_command command = {.ins = 0xA4, .p1 = 0x04, .data = name, .data_len = len, .le = 0};
    return cc_apdu(port, &command, answer);
}

static int select_id(struct cc_port *port, uint8_t p1, uint16_t file, struct cc_answer *answer)
{
    uint8_t id[2] = {(uint8_t)(file >> 8), (uint8_t)file};
    struct cc_command command = {.ins = 0xA4, .p1 = p1, .data = id, .data_len = sizeof id, .le = 0};
    return cc_apdu(port, &command, answer);
}

int cc_select_file(struct cc_port *port, uint16_t file, struct cc_answer *answer)
{
    return select_id(port, 0x00, file, answer);
}

int cc_select_child(struct cc_port *port, uint16_t file, struct cc_answer *answer)
{
    return select_id(port, 0x02, file, answer);
}

/* A file shorter than asked for: 6282 with what there is, or 6700, after which all of it is asked for. */
static int read_binary(struct cc_port *port, uint8_t p1, uint8_t want, struct cc_answer *answer)
{
    struct cc_command command = {.ins = 0xB0, .p1 = p1, .le = want};
    int result = cc_apdu(port, &command, answer);
    if (result == CC_OK && answer->sw == 0x6700 && want != 0) {
        command.le = 0;
        result = cc_apdu(port, &command, answer);
    }
    if (result != CC_OK)
        return result;
    bool readable = answer->sw == 0x9000 || answer->sw == 0x6282;
    return readable && answer->len > 0 ? CC_OK : CC_NOT_FOUND;
}

int cc_file_read(struct cc_port *port, uint8_t sfi, uint8_t want, struct cc_answer *answer)
{
    return read_binary(port, 0x80 | sfi, want, answer);
}

int cc_file_read_current(struct cc_port *port, uint8_t want, struct cc_answer *answer)
{
    return read_binary(port, 0x00, want, answer);
}

int cc_file_read_either(struct cc_port *port, uint8_t sfi, uint8_t want, struct cc_answer *answer)
{
    int result = cc_file_read(port, sfi, want, answer);
    if (result != CC_NOT_FOUND || port->last_sw == 0x6982)
        return result;
    result = cc_select_file(port, sfi, answer);
    if (result != CC_OK)
        return result;
    port->elsewhere = port->elsewhere || answer->sw == 0x9000; /* it may be the parent's file: ISO 7816-4, 7.1.1 */
    return answer->sw == 0x9000 ? cc_file_read_current(port, want, answer) : CC_NOT_FOUND;
}
