/* SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t application[30] = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0x01,
                                        0x00, 0x00, 0x99, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10, 0x17,
                                        0x20, 0x24, 0x03, 0x01, 0x20, 0x34, 0x02, 0x28, 0x00, 0x00};
static const uint8_t fci_head[21] = {0x6F, 0x31, 0x84, 0x08, 0xA0, 0x00, 0x00, 0x06, 0x32, 0x01, 0x01,
                                     0x05, 0xA5, 0x25, 0x9F, 0x08, 0x01, 0x02, 0x9F, 0x0C, 0x1E};
static const uint8_t terminal[6] = {0x99, 0x01, 0x00, 0x00, 0x00, 0x01};
static const uint8_t management[11] = {0x00, 0x00, 0x01, 0x56, 0x99, 0x00, 0x99, 0x01, 0x00, 0x01, 0x03};

uint8_t choose(struct choices *choices)
{
    if (choices->left == 0)
        return 0;
    choices->left -= 1;
    return *choices->at++;
}

void hostile_init(struct hostile *hostile, struct choices *choices, bool is_module)
{
    memset(hostile, 0, sizeof *hostile);
    hostile->choices = choices;
    hostile->is_module = is_module;
    hostile->counter = 7;
}

void hostile_again(struct hostile *hostile)
{
    struct heard nothing = {0};
    hostile->gone = false;
    hostile->select = hostile->init = hostile->balance = hostile->prove = hostile->check = hostile->tac =
        nothing;
    hostile->said_our_record = hostile->said_other_record = hostile->mac2_accepted = false;
    hostile->kept_len = 0;
}

/* An answer being built: data without the status word. */
struct saying {
    uint8_t bytes[600];
    size_t len;
    uint16_t sw;
};

static void say(struct saying *saying, const void *bytes, size_t len)
{
    if (len > sizeof saying->bytes - saying->len)
        len = sizeof saying->bytes - saying->len;
    if (len > 0)
        memcpy(saying->bytes + saying->len, bytes, len);
    saying->len += len;
}

static void say_noise(struct hostile *hostile, struct saying *saying, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = choose(hostile->choices);
        say(saying, &byte, 1);
    }
}

static void say_number(struct saying *saying, uint32_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (len - 1 - i));
        say(saying, &byte, 1);
    }
}

/* A record of the log: our own purchase as it would be written, or the one before it. */
static void say_record(struct hostile *hostile, struct saying *saying)
{
    static const uint8_t earlier[7] = {0x20, 0x26, 0x01, 0x14, 0x08, 0x00, 0x00};
    uint8_t which = choose(hostile->choices);
    bool ours = hostile->knows_purchase && which % 2 == 1;
    say_number(saying, hostile->counter + (ours ? 1u : 0u), 2);
    say_number(saying, 0, 3);
    say(saying, hostile->init_body + 1, 4);
    say_number(saying, ours ? hostile->type : 6, 1);
    say(saying, terminal, 6);
    say(saying, ours ? hostile->debit_body + 4 : earlier, 7);
}

static uint32_t balance_to_say(struct hostile *hostile)
{
    static const uint32_t balances[] = {26850, 26850, 26850, 26650, 0, 0x800068E2, 0xFFFFFFFF, 199};
    return balances[choose(hostile->choices) % 8];
}

static void card_says_file(const uint8_t *command, struct saying *saying)
{
    static const uint8_t name[6] = {0xD5, 0xC5, 0xD0, 0xE3, 0xD3, 0xA2};
    uint8_t holder[55] = {0};
    memcpy(holder + 2, name, sizeof name);
    memcpy(holder + 22, "990102194403080021", 18);
    if (command[2] == 0x95)
        say(saying, application, sizeof application);
    else if (command[2] == 0x96)
        say(saying, holder, sizeof holder);
    else
        say(saying, management, sizeof management);
}

static void card_says_init(struct hostile *hostile, struct saying *saying)
{
    static const uint8_t rest[9] = {0, 0, 0, 1, 0, 0xA1, 0xB2, 0xC3, 0xD4};
    say_number(saying, balance_to_say(hostile), 4);
    say_number(saying, hostile->counter + choose(hostile->choices) % 4 / 3u, 2);
    say(saying, rest, sizeof rest);
}

static void card_says(struct hostile *hostile, const uint8_t *command, struct saying *saying)
{
    switch (command[1]) {
    case 0xA4:
        say(saying, fci_head, sizeof fci_head);
        say(saying, application, sizeof application);
        break;
    case 0xB0:
        card_says_file(command, saying);
        break;
    case 0xB2:
        say_record(hostile, saying);
        break;
    case 0x5C:
        say_number(saying, balance_to_say(hostile), 4);
        break;
    case 0x50:
        card_says_init(hostile, saying);
        break;
    case 0x54:
    case 0x5A:
        say_noise(hostile, saying, 8);
        break;
    default:
        break;
    }
}

static void module_says(struct hostile *hostile, const uint8_t *command, struct saying *saying)
{
    switch (command[1]) {
    case 0xA4:
        saying->sw = command[2] == 0x04 && command[4] == 8 ? 0x6A82 : 0x9000; /* has no purse */
        break;
    case 0xB0:
        if (command[2] == 0x96)
            say(saying, terminal, sizeof terminal);
        else
            saying->sw = 0x6A82;
        break;
    case 0x70:
        say_number(saying, 0x102, 4);
        say_number(saying, 0xE551702B, 4);
        break;
    case 0x72:
        saying->sw = hostile->never_confirms ? 0x9302 : 0x9000;
        break;
    case 0xFA:
        if (hostile->never_confirms)
            say_number(saying, 0xDEADBEEF, 4); /* not a value that dry choices (zeros) run into */
        else
            say_noise(hostile, saying, 4);
        break;
    default:
        break;
    }
}

/* How the answer is spoilt, by one choice. */
static int spoil(struct hostile *hostile, struct saying *saying)
{
    static const uint16_t words[] = {0x6A82, 0x6A83, 0x6982, 0x6985, 0x9406, 0x9401, 0x9302, 0x6700,
                                     0x6C08, 0x6101, 0x6581, 0x6A81, 0x6283, 0x63C1, 0x6D00, 0x9303};
    uint8_t how = choose(hostile->choices) % 16;
    if (how == 10)
        saying->len = saying->len > 0 ? choose(hostile->choices) % saying->len : 0;
    if (how == 11 || how == 12) {
        saying->sw = words[choose(hostile->choices) % 16];
        saying->len = how == 11 ? 0 : saying->len;
    }
    if (how == 13 && saying->len > 0)
        saying->bytes[choose(hostile->choices) % saying->len] ^= choose(hostile->choices);
    if (how == 14) {
        saying->len = 0;
        say_noise(hostile, saying, choose(hostile->choices) * 2u);
        saying->sw = (uint16_t)(choose(hostile->choices) << 8 | choose(hostile->choices));
    }
    return how == 15 ? 1 + choose(hostile->choices) % 3 : 0;
}

static void keep_rest(struct hostile *hostile, struct saying *saying)
{
    if (choose(hostile->choices) % 4 != 3 || saying->len == 0 || saying->len > sizeof hostile->kept)
        return;
    memcpy(hostile->kept, saying->bytes, saying->len);
    hostile->kept_len = saying->len;
    saying->sw = (uint16_t)(0x6100 | (saying->len & 0xFF));
    saying->len = 0;
}

static struct heard *slot_of(struct hostile *hostile, uint8_t ins)
{
    switch (ins) {
    case 0xA4:
        return &hostile->select;
    case 0x50:
        return &hostile->init;
    case 0x54:
        return &hostile->debit;
    case 0x5C:
        return &hostile->balance;
    case 0x5A:
        return &hostile->prove;
    case 0x72:
        return &hostile->check;
    case 0xFA:
        return &hostile->tac;
    default:
        return NULL;
    }
}

/* Equal but for what does not matter: the overdraft limit and the noise bit of the amount. */
static bool is_our_record(const struct hostile *hostile)
{
    const uint8_t *said = hostile->whole, *ours = hostile->ours;
    return memcmp(said, ours, 2) == 0 && (said[5] & 0x7F) == ours[5] && memcmp(said + 6, ours + 6, 17) == 0;
}

/* A whole answer has been given: remember it. */
static void hear(struct hostile *hostile, uint16_t sw)
{
    struct heard *heard = slot_of(hostile, hostile->command[1]);
    if (heard) {
        *heard = (struct heard){.any = true, .sw = sw, .len = hostile->whole_len};
        memcpy(heard->data, hostile->whole, hostile->whole_len < 64 ? hostile->whole_len : 64);
        heard->command_len = hostile->command_len < 64 ? hostile->command_len : 64;
        memcpy(heard->command, hostile->command, heard->command_len);
    }
    if (hostile->command[1] == 0xB2 && sw == 0x9000 && hostile->whole_len >= 23) {
        bool ours = is_our_record(hostile);
        hostile->said_our_record = hostile->said_our_record || ours;
        if (!ours && memcmp(hostile->whole, hostile->ours, 2) == 0)
            hostile->said_other_record = true;
    }
    if (hostile->is_module && hostile->command[1] == 0x72 && sw == 0x9000) {
        hostile->mac2_accepted = true;
        memcpy(hostile->accepted_mac2, hostile->command + 5, 4);
    }
}

static void note_command(struct hostile *hostile, const uint8_t *command, size_t len)
{
    hostile->commands += 1;
    if (command[1] == 0xC0)
        return;
    hostile->whole_len = 0;
    memcpy(hostile->command, command, len);
    hostile->command_len = len;
    if (command[1] == 0x50 && len >= 16) {
        memcpy(hostile->init_body, command + 5, sizeof hostile->init_body);
        hostile->type = command[2] == 0x03 ? 9 : 6;
    }
    if (command[1] == 0x54 && len >= 20) {
        memcpy(hostile->debit_body, command + 5, sizeof hostile->debit_body);
        hostile->debits += 1;
    }
}

static void note_answer(struct hostile *hostile, bool is_get_response, const struct saying *saying)
{
    size_t room = sizeof hostile->whole - hostile->whole_len;
    size_t len = saying->len < room ? saying->len : room;
    memcpy(hostile->whole + hostile->whole_len, saying->bytes, len);
    hostile->whole_len += len;
    bool more = saying->sw >> 8 == 0x61 || (is_get_response && saying->sw >> 8 == 0x6C);
    if (!more)
        hear(hostile, saying->sw);
}

static void answer_command(struct hostile *hostile, const uint8_t *command, struct saying *saying)
{
    if (command[1] == 0xC0) {
        say(saying, hostile->kept, hostile->kept_len);
        hostile->kept_len = 0;
    } else if (hostile->is_module) {
        module_says(hostile, command, saying);
    } else {
        card_says(hostile, command, saying);
    }
}

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct hostile *hostile = ctx;
    struct saying saying = {.sw = 0x9000};
    if (hostile->gone || len < 5 || len > sizeof hostile->command)
        abort(); /* the library must not use a broken channel, nor send what is no command */
    note_command(hostile, command, len);
    answer_command(hostile, command, &saying);
    int lost = hostile->is_module && hostile->never_confirms ? 0 : spoil(hostile, &saying);
    if (lost > 0) {
        hostile->gone = true;
        *answer_len = lost == 3 ? 1 : 0;
        return lost == 1 ? CC_ERR_RESET : CC_OK;
    }
    if (saying.sw == 0x9000)
        keep_rest(hostile, &saying);
    note_answer(hostile, command[1] == 0xC0, &saying);
    memcpy(answer, saying.bytes, saying.len);
    answer[saying.len] = (uint8_t)(saying.sw >> 8);
    answer[saying.len + 1] = (uint8_t)saying.sw;
    *answer_len = saying.len + 2;
    return CC_OK;
}

/* Nothing right at all: noise of any length, now and then a lost link. */
static int transmit_noise(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct hostile *hostile = ctx;
    if (hostile->gone || len < 5)
        abort();
    note_command(hostile, command, len);
    uint8_t how = choose(hostile->choices);
    size_t count = how < 0x20 ? how % 3 : how < 0xC0 ? how % 40 : (how - 0xC0u) * 40;
    count = count < *answer_len ? count : *answer_len;
    for (size_t i = 0; i < count; i++)
        answer[i] = choose(hostile->choices);
    if (count >= 2 && how % 4 != 0) { /* often a happy ending */
        answer[count - 2] = 0x90;
        answer[count - 1] = 0x00;
    }
    hostile->gone = count < 2;
    *answer_len = count;
    return CC_OK;
}

struct cc_channel hostile_channel(struct hostile *hostile)
{
    bool noise = !hostile->is_module && hostile->never_confirms;
    return (struct cc_channel){.ctx = hostile, .transmit = noise ? transmit_noise : transmit};
}
