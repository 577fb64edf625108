/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a recording (RECORDINGS.md) and plays it back, strictly: each name's exchanges in their order, nothing skipped,
 * nothing invented. The file is as hostile as a card: lines, names and bytes have ceilings, and the first line that is not
 * as the format says ends it.
 */
#include "bytes.h"
#include "recording.h"

#include <stdlib.h>
#include <string.h>

enum entry_kind { ENTRY_ATR, ENTRY_EXCHANGE };

/* `at` in the store: the command, as many bytes that are 1 where any byte will do, the answer. An ATR is all answer. */
struct entry {
    enum entry_kind kind;
    uint8_t name;
    int result;
    size_t at, command_len, answer_len;
};

struct player {
    struct cc_replay *replay;
    struct cc_channel channel;
    char name[CC_RECORDING_NAME_SIZE];
    uint8_t index;
    bool has_pad, strayed; /* strayed: somebody asked for what was not recorded */
    size_t next;           /* entry */
};

struct cc_replay {
    struct player players[CC_RECORDING_NAMES_MAX];
    size_t player_count;
    struct entry *entries;
    size_t entry_count, entry_room;
    uint8_t *store;
    size_t store_len, store_room;
};

/* ---- Reading the file ------------------------------------------------------------------------------------------ */

enum line_end { LINE_FED, LINE_CUT, LINE_NONE, LINE_BAD };

/* One line into `line` (CC_RECORDING_LINE_MAX + 1 bytes), terminated, without its line feed. */
static enum line_end read_line(FILE *file, char *line)
{
    size_t len = 0;
    for (int c = getc(file); c != '\n'; c = getc(file)) {
        if (c == EOF) {
            line[len] = '\0';
            return ferror(file) ? LINE_BAD : len > 0 ? LINE_CUT : LINE_NONE;
        }
        if (c < 0x20 || c == 0x7F || len == CC_RECORDING_LINE_MAX)
            return LINE_BAD;
        line[len++] = (char)c;
    }
    line[len] = '\0';
    return LINE_FED;
}

/* The next word of the line: words are parted by exactly one space. Empty when there is none. */
struct word {
    const char *at;
    size_t len;
};

static struct word next_word(const char **line)
{
    struct word word = {*line, strcspn(*line, " ")};
    *line += word.len;
    if (**line == ' ' && (*line)[1] != '\0' && (*line)[1] != ' ')
        *line += 1; /* else the space stays, and the line has no end where one is expected */
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return word.len == strlen(text) && strncmp(word.at, text, word.len) == 0;
}

static bool is_number(struct word word)
{
    return word.len >= 1 && word.len <= 9 && strspn(word.at, "0123456789") >= word.len;
}

/* Room for `len` more bytes. */
static int reserve(struct cc_replay *replay, size_t len)
{
    if (len > CC_RECORDING_BYTES_MAX - replay->store_len)
        return CC_ERR_PROTOCOL;
    if (len <= replay->store_room - replay->store_len)
        return CC_OK;
    size_t room = replay->store_room < 4096 ? 4096 : replay->store_room;
    while (room < replay->store_len + len)
        room *= 2;
    uint8_t *store = realloc(replay->store, room);
    if (!store)
        return CC_ERR_MEMORY;
    replay->store = store;
    replay->store_room = room;
    return CC_OK;
}

/* One byte of a pattern: two hex digits, or two stars. */
static bool pattern_byte(const char *digits, uint8_t *value, bool *any)
{
    char text[3] = {digits[0], digits[1], '\0'};
    *any = text[0] == '*' && text[1] == '*';
    *value = '*';
    return *any || cc_unhex(text, value, 1) == 1;
}

/* Append the word's bytes, or where they are masked, to the store. */
static int store_word(struct cc_replay *replay, struct word word, bool masks)
{
    int result = reserve(replay, word.len / 2);
    if (result != CC_OK)
        return result;
    for (size_t i = 0; i < word.len; i += 2) {
        uint8_t value;
        bool any;
        if (!pattern_byte(word.at + i, &value, &any))
            return CC_ERR_PROTOCOL;
        replay->store[replay->store_len++] = masks ? any : value;
    }
    return CC_OK;
}

static int add_entry(struct cc_replay *replay, const struct entry *entry)
{
    if (replay->entry_count == replay->entry_room) {
        size_t room = replay->entry_room == 0 ? 64 : 2 * replay->entry_room;
        struct entry *entries = realloc(replay->entries, room * sizeof *entries);
        if (!entries)
            return CC_ERR_MEMORY;
        replay->entries = entries;
        replay->entry_room = room;
    }
    replay->entries[replay->entry_count++] = *entry;
    return CC_OK;
}

/* The player of a name, made when it is new; NULL for a bad name or one too many. */
static struct player *player_of(struct cc_replay *replay, struct word name)
{
    if (!cc_recording_name_ok(name.at, name.len))
        return NULL;
    for (size_t i = 0; i < replay->player_count; i++) {
        if (word_is(name, replay->players[i].name))
            return &replay->players[i];
    }
    if (replay->player_count == CC_RECORDING_NAMES_MAX)
        return NULL;
    struct player *player = &replay->players[replay->player_count];
    for (size_t i = 0; i < name.len; i++)
        player->name[i] = name.at[i];
    player->replay = replay;
    player->index = (uint8_t)replay->player_count++;
    return player;
}

/* An error's name as a result; 0 when it is none. Lawful outcomes are no errors of a channel. */
static int error_named(struct word word)
{
    for (int result = -1; result > -64; result--) {
        const char *name = cc_result_name(result);
        if (word_is(word, name) && strcmp(name, cc_result_name(INT32_MIN)) != 0)
            return result;
    }
    return 0;
}

static int parse_atr(struct cc_replay *replay, const char *line)
{
    struct player *player = player_of(replay, next_word(&line));
    struct word atr = next_word(&line);
    if (!player || *line != '\0' || atr.len % 2 != 0 || atr.len < 2 || atr.len > 2 * CC_ATR_MAX ||
        memchr(atr.at, '*', atr.len))
        return CC_ERR_PROTOCOL;
    struct entry entry = {
        .kind = ENTRY_ATR, .name = player->index, .at = replay->store_len, .answer_len = atr.len / 2};
    int result = store_word(replay, atr, false);
    return result == CC_OK ? add_entry(replay, &entry) : result;
}

static int parse_pad(struct cc_replay *replay, const char *line)
{
    struct player *player = player_of(replay, next_word(&line));
    if (!player || *line != '\0')
        return CC_ERR_PROTOCOL;
    player->has_pad = true;
    return CC_OK;
}

/* What came after the command: "> ANSWER", "! ERROR", or nothing where the recording was cut off. */
static int parse_outcome(struct cc_replay *replay, const char *line, enum line_end end, struct entry *entry)
{
    entry->result = CC_ERR_REMOVED;
    if (*line == '\0')
        return end == LINE_CUT ? CC_OK : CC_ERR_PROTOCOL;
    struct word sign = next_word(&line), what = next_word(&line);
    if (*line != '\0' || end != LINE_FED)
        return CC_ERR_PROTOCOL;
    if (word_is(sign, "!")) {
        entry->result = error_named(what);
        return entry->result < 0 ? CC_OK : CC_ERR_PROTOCOL;
    }
    if (!word_is(sign, ">") || what.len < 2 || what.len % 2 != 0 || what.len > 2 * CC_ANSWER_MAX)
        return CC_ERR_PROTOCOL;
    entry->result = CC_OK;
    entry->answer_len = what.len / 2;
    return store_word(replay, what, false);
}

static int parse_exchange(struct cc_replay *replay, struct word name, const char *line, enum line_end end)
{
    struct player *player = player_of(replay, name);
    struct word elapsed = next_word(&line), command = next_word(&line);
    if (!player || !is_number(elapsed) || command.len < 2 || command.len % 2 != 0 ||
        command.len > 2 * CC_RECORDING_COMMAND_MAX)
        return CC_ERR_PROTOCOL;
    struct entry entry = {.kind = ENTRY_EXCHANGE,
                          .name = player->index,
                          .at = replay->store_len,
                          .command_len = command.len / 2};
    int result = store_word(replay, command, false);
    if (result == CC_OK)
        result = store_word(replay, command, true);
    if (result == CC_OK)
        result = parse_outcome(replay, line, end, &entry);
    return result == CC_OK ? add_entry(replay, &entry) : result;
}

/* Line 2 and following. */
static int parse_line(struct cc_replay *replay, const char *line, enum line_end end)
{
    if (line[0] == '\0' || line[0] == '#' || strcmp(line, "about") == 0)
        return CC_OK;
    struct word first = next_word(&line);
    if (word_is(first, "about"))
        return CC_OK;
    if (word_is(first, "atr") || word_is(first, "pad")) {
        if (end != LINE_FED)
            return CC_ERR_PROTOCOL;
        return word_is(first, "atr") ? parse_atr(replay, line) : parse_pad(replay, line);
    }
    return parse_exchange(replay, first, line, end);
}

static int parse_file(struct cc_replay *replay, FILE *file, char *line, unsigned *number)
{
    enum line_end end = read_line(file, line);
    *number = 1;
    if (end != LINE_FED || strcmp(line, CC_RECORDING_FIRST_LINE) != 0)
        return CC_ERR_PROTOCOL;
    while (end == LINE_FED) {
        *number += 1;
        end = read_line(file, line);
        if (end == LINE_NONE)
            break;
        if (end == LINE_BAD || *number > CC_RECORDING_LINES_MAX)
            return CC_ERR_PROTOCOL;
        int result = parse_line(replay, line, end);
        if (result != CC_OK)
            return result;
    }
    *number = 0;
    return CC_OK;
}

/* ---- Playing it back ------------------------------------------------------------------------------------------- */

/* The player's next exchange; entry_count at the end. */
static size_t next_exchange(const struct player *player)
{
    const struct cc_replay *replay = player->replay;
    size_t i = player->next;
    while (i < replay->entry_count &&
           (replay->entries[i].kind != ENTRY_EXCHANGE || replay->entries[i].name != player->index))
        i++;
    return i;
}

static bool fits(const struct cc_replay *replay, const struct entry *entry, const uint8_t *command,
                 size_t len)
{
    const uint8_t *recorded = replay->store + entry->at, *any = recorded + entry->command_len;
    if (len != entry->command_len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!any[i] && recorded[i] != command[i])
            return false;
    }
    return true;
}

static int answer_with(struct player *player, size_t index, uint8_t *answer, size_t *answer_len)
{
    const struct entry *entry = &player->replay->entries[index];
    size_t room = *answer_len;
    *answer_len = 0;
    player->next = index + 1;
    if (entry->result != CC_OK)
        return entry->result;
    if (entry->answer_len > room)
        return CC_ERR_SYSTEM; /* as a driver whose answer does not fit: it is lost */
    struct cc_bytes in =
        cc_bytes_of(player->replay->store + entry->at + 2 * entry->command_len, entry->answer_len);
    cc_take(&in, answer, entry->answer_len);
    *answer_len = entry->answer_len;
    return CC_OK;
}

static int transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                    size_t *answer_len)
{
    struct player *player = ctx;
    const struct cc_replay *replay = player->replay;
    size_t index = next_exchange(player);
    if (!player->strayed && index == replay->entry_count) {
        *answer_len = 0;
        return CC_ERR_REMOVED;
    }
    if (player->strayed || !fits(replay, &replay->entries[index], command, command_len)) {
        player->strayed = true; /* what follows would answer other questions than were asked */
        *answer_len = 0;
        return CC_ERR_PROTOCOL;
    }
    return answer_with(player, index, answer, answer_len);
}

/* A request to the keypad is on record as the command that the reader made of it: VERIFY or CHANGE, its digits masked. */
static int pad(void *ctx, const struct cc_pad_request *request, uint8_t *answer, size_t *answer_len)
{
    struct player *player = ctx;
    const struct cc_replay *replay = player->replay;
    size_t index = next_exchange(player);
    if (!player->strayed && index == replay->entry_count) {
        *answer_len = 0;
        return CC_ERR_REMOVED;
    }
    const uint8_t *recorded = index < replay->entry_count ? replay->store + replay->entries[index].at : NULL;
    uint8_t ins = request->kind == CC_PAD_VERIFY ? 0x20 : 0x5E;
    if (player->strayed || replay->entries[index].command_len < 4 || recorded[1] != ins ||
        recorded[3] != request->reference) {
        player->strayed = true;
        *answer_len = 0;
        return CC_ERR_PROTOCOL;
    }
    return answer_with(player, index, answer, answer_len);
}

int cc_replay_new(struct cc_replay **out, FILE *file, unsigned *line)
{
    *out = NULL;
    *line = 0;
    if (!file)
        return CC_ERR_ARGUMENT;
    struct cc_replay *replay = calloc(1, sizeof *replay);
    char *text = malloc(CC_RECORDING_LINE_MAX + 1);
    int result = replay && text ? parse_file(replay, file, text, line) : CC_ERR_MEMORY;
    free(text);
    if (result != CC_OK) {
        cc_replay_free(replay);
        return result;
    }
    for (size_t i = 0; i < replay->player_count; i++) {
        struct player *player = &replay->players[i];
        player->channel = (struct cc_channel){player, transmit, player->has_pad ? pad : NULL};
    }
    *out = replay;
    return CC_OK;
}

static const struct player *find_player(const struct cc_replay *replay, const char *name)
{
    for (size_t i = 0; i < replay->player_count; i++) {
        if (strcmp(replay->players[i].name, name) == 0)
            return &replay->players[i];
    }
    return NULL;
}

const struct cc_channel *cc_replay_channel(struct cc_replay *replay, const char *name)
{
    const struct player *player = find_player(replay, name);
    return player ? &player->channel : NULL;
}

/* The last one on record before the exchange that comes next: a slot that saw two cards had two. */
size_t cc_replay_atr(const struct cc_replay *replay, const char *name, uint8_t atr[CC_ATR_MAX])
{
    const struct player *player = find_player(replay, name);
    size_t len = 0, end = player ? next_exchange(player) : 0;
    for (size_t i = 0; i < end; i++) {
        const struct entry *entry = &replay->entries[i];
        if (entry->kind != ENTRY_ATR || entry->name != player->index)
            continue;
        struct cc_bytes in = cc_bytes_of(replay->store + entry->at, entry->answer_len);
        len = in.left;
        cc_take(&in, atr, len);
    }
    return len;
}

void cc_replay_free(struct cc_replay *replay)
{
    if (!replay)
        return;
    free(replay->entries);
    free(replay->store);
    free(replay);
}
