/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"
#include "fuzz.h"

#include <string.h>

/* FNV-1a over the header and the body, folded. Bodies of INIT, DEBIT and CREDIT differ from visit to visit: header only. */
uint16_t table_key(const uint8_t *command, size_t len)
{
    uint32_t hash = 2166136261u;
    bool varies = len >= 4 && (command[0] & 0xF0) == 0x80 && (command[1] & 0xF0) != 0xC0;
    size_t end =
        varies || len < 4 || command[1] == 0x20 || command[1] == 0x82 || command[1] == 0x88 ? 4 : len;
    for (size_t i = 0; i < end && i < len; i++)
        hash = (hash ^ command[i]) * 16777619u;
    return (uint16_t)(hash >> 16 ^ hash);
}

size_t table_init(struct table *table, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(table, 0, sizeof *table);
    while (size - at >= 4 && table->count < TABLE_ROWS_MAX) {
        struct table_row row = {.key = (uint16_t)(data[at] << 8 | data[at + 1]),
                                .form = data[at + 2],
                                .len = data[at + 3],
                                .answer = data + at + 4};
        at += 4;
        if (row.len > size - at)
            row.len = (uint8_t)(size - at);
        at += row.len;
        if (row.key == 0)
            break;
        table->rows[table->count++] = row;
    }
    return at;
}

void table_again(struct table *table)
{
    table->gone = false;
    table->chained = NULL;
}

static struct table_row *find_row(struct table *table, uint16_t key)
{
    struct table_row *last = NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].key != key)
            continue;
        last = &table->rows[i];
        if (!last->used)
            break;
    }
    if (last)
        last->used = true;
    return last;
}

static size_t put(uint8_t *answer, size_t room, size_t at, const uint8_t *bytes, size_t len)
{
    len = len < room - at ? len : room - at;
    if (len > 0)
        memcpy(answer + at, bytes, len);
    return at + len;
}

static int status(uint8_t *answer, size_t *answer_len, uint8_t sw1, size_t sw2)
{
    answer[0] = sw1;
    answer[1] = sw2 > 0xFF ? 0 : (uint8_t)sw2;
    *answer_len = 2;
    return CC_OK;
}

/* The next part of a chained answer; the last two bytes of the row are its status word. */
static int chain_on(struct table *table, uint8_t *answer, size_t *answer_len)
{
    const struct table_row *row = table->chained;
    if (!row)
        return status(answer, answer_len, 0x6F, 0x00);
    size_t left = row->len - table->chained_at, part = 1 + (row->form >> 4) * 16u;
    if (left <= part + 2) {
        *answer_len = put(answer, *answer_len, 0, row->answer + table->chained_at, left);
        table->chained = NULL;
        table->gone = *answer_len < 2;
        return CC_OK;
    }
    size_t len = put(answer, *answer_len - 2, 0, row->answer + table->chained_at, part);
    table->chained_at += part;
    left = row->len - table->chained_at;
    answer[len] = 0x61;
    answer[len + 1] = (uint8_t)(left > 2 ? left - 2 : 0);
    *answer_len = len + 2;
    return CC_OK;
}

static int answer_row(struct table *table, struct table_row *row, uint8_t *answer, size_t *answer_len)
{
    size_t room = *answer_len, len = 0;
    unsigned times = (row->form & 0x0F) == TABLE_LONG ? 1 + (row->form >> 4) : 1;
    switch ((row->form & 0x0F) % TABLE_FORMS) {
    case TABLE_CHAIN:
        table->chained = row;
        table->chained_at = 0;
        return status(answer, answer_len, 0x61, row->len > 2 ? row->len - 2u : 0);
    case TABLE_RIGHT_LE:
        row->form = TABLE_PLAIN;
        row->used = false;
        return status(answer, answer_len, 0x6C, row->len > 2 ? row->len - 2u : 0);
    case TABLE_LOST:
        table->gone = true;
        return CC_ERR_RESET; /* *answer_len stays: it means nothing */
    case TABLE_EMPTY:
        table->gone = true;
        *answer_len = 0;
        return CC_OK;
    default:
        break;
    }
    for (unsigned i = 0; i + 1 < times; i++)
        len = put(answer, room, len, row->answer, row->len);
    *answer_len = put(answer, room, len, row->answer, row->len);
    table->gone = *answer_len < 2;
    return CC_OK;
}

static void count(struct table *table, const uint8_t *command)
{
    table->commands += 1;
    table->debits += command[0] == 0x80 && command[1] == 0x54;
    table->credits += command[0] == 0x80 && command[1] == 0x52;
    table->verifies += command[1] == 0x20;
    /* Whatever changes a file, a key, a PIN or a state on a card. */
    table->writes += command[1] == 0xD6 || command[1] == 0xDC || command[1] == 0xE2 || command[1] == 0xD4 ||
                     command[1] == 0x1E || command[1] == 0x18 || command[1] == 0x16 || command[1] == 0x24 ||
                     command[1] == 0x5E || command[1] == 0x58;
}

/* Remember what was said: GET RESPONSE goes on with the command before it. */
static void hear(struct table *table, const uint8_t *command, const uint8_t *answer, size_t len)
{
    if (command[0] != 0x00 || command[1] != 0xC0) {
        bool is_credit = command[0] == 0x80 && command[1] == 0x52,
             is_prove = command[0] == 0x80 && command[1] == 0x5A;
        table->hearing = is_credit ? &table->credit : is_prove ? &table->prove : &table->other;
        *table->hearing = (struct table_heard){0};
    }
    struct table_heard *heard = table->hearing;
    if (!heard || len < 2)
        return;
    heard->sw = (uint16_t)(answer[len - 2] << 8 | answer[len - 1]);
    for (size_t i = 0; i + 2 < len; i++, heard->len++) {
        if (heard->len < sizeof heard->data)
            heard->data[heard->len] = answer[i];
    }
}

static int say(struct table *table, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    if (command[1] == 0xC0 && command[0] == 0x00)
        return chain_on(table, answer, answer_len);
    table->chained = NULL;
    struct table_row *row = find_row(table, table_key(command, len));
    return row ? answer_row(table, row, answer, answer_len) : status(answer, answer_len, 0x6A, 0x82);
}

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct table *table = ctx;
    FUZZ_CHECK(!table->gone);           /* a lost card is not asked again */
    FUZZ_CHECK(len >= 5 && len <= 262); /* and nothing is sent that is no command */
    FUZZ_CHECK(*answer_len >= 258);
    count(table, command);
    int result = say(table, command, len, answer, answer_len);
    hear(table, command, answer, result == CC_OK ? *answer_len : 0);
    return result;
}

struct cc_channel table_channel(struct table *table)
{
    return (struct cc_channel){.ctx = table, .transmit = transmit};
}
