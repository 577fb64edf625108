/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A visit to the virtual card and PSAM is recorded and played back through the same calls with the same results; nothing
 * secret or personal stands in the file.
 */
#include "community.h"
#include "recording.h"
#include "script.h"
#include "slot.h"
#include "channel.h"

#include <string.h>

static struct vc_community community;
static const struct cc_time now = {2026, 1, 15, 9, 30, 45};

/* What the library told its caller in one visit. */
struct told {
    int recorded, read, opened, prepared, debited;
    struct cc_card card;
    struct cc_sam sam;
    struct cc_purchase purchase;
    unsigned commands;
};

struct memory {
    char *text;
    size_t len;
    FILE *file;
};

static void memory_open(struct memory *memory)
{
    *memory = (struct memory){0};
    memory->file = open_memstream(&memory->text, &memory->len);
    g_assert_nonnull(memory->file);
}

static struct cc_recorder *recorder_on(struct memory *memory, const char *about)
{
    struct cc_recorder *recorder;
    memory_open(memory);
    g_assert_cmpint(cc_recorder_new(&recorder, memory->file, about), ==, CC_OK);
    return recorder;
}

static void memory_close(struct memory *memory)
{
    free(memory->text);
}

static struct cc_replay *play(const struct memory *memory)
{
    struct cc_replay *replay;
    unsigned line;
    FILE *file = fmemopen(memory->text, memory->len, "r");
    int result = cc_replay_new(&replay, file, &line);
    fclose(file);
    if (result != CC_OK)
        g_error("line %u is wrong in:\n%s", line, memory->text);
    return replay;
}

/* Read, pay. The recorder is NULL when a recording is played. */
static void visit(const struct cc_channel *card, const struct cc_channel *module,
                  struct cc_recorder *recorder, const char *pin, struct told *told)
{
    struct cc_port port;
    memset(told, 0, sizeof *told);
    cc_port_init(&port, card);
    cc_port_set_atr(&port, (const uint8_t[]){0x3B, 0x80, 0x80, 0x01, 0x01}, 5);
    if (recorder)
        told->recorded = cc_recorder_attach(recorder, &port, "card");
    told->read = cc_card_read(&port, CC_READ_ALL, &told->card);
    cc_port_init(&told->sam.port, module);
    if (recorder && told->recorded == CC_OK)
        told->recorded = cc_recorder_attach(recorder, &told->sam.port, "sam");
    told->opened = cc_sam_open_port(&told->sam, 20260115);
    told->prepared = cc_purchase_prepare(&port, &told->sam, &told->card, 200, &now, pin, &told->purchase);
    if (told->prepared == CC_OK) {
        told->purchase.state = CC_PURCHASE_SENT;
        told->debited = cc_purchase_debit(&port, &told->sam, &told->purchase);
    }
    told->commands = port.commands;
}

static void with_vcards(const char *key, const char *pin, enum tear tear, unsigned at,
                        struct cc_recorder *recorder, struct told *told)
{
    const struct vc_persona *persona = vc_community_find(&community, key);
    struct vc_card card;
    struct vc_sam module;
    struct vc_card_state state;
    struct vc_sam_state sam_state = {.terminal_serial = 0x1FF};
    struct slot card_slot, module_slot;
    g_assert_nonnull(persona);
    g_assert_true(vc_card_fresh(persona, &state));
    g_assert_true(vc_card_init(&card, persona, &community.keys, &state));
    vc_sam_init(&module, &community.sam, &community.keys, &sam_state);
    slot_card(&card_slot, &card);
    slot_module(&module_slot, &module);
    slot_again(&card_slot, tear, at, 0);
    struct cc_channel card_channel = slot_channel(&card_slot), module_channel = slot_channel(&module_slot);
    visit(&card_channel, &module_channel, recorder, pin, told);
}

static void replayed(const struct memory *memory, const char *pin, struct told *told)
{
    struct cc_replay *replay = play(memory);
    const struct cc_channel *module = cc_replay_channel(replay, "sam");
    uint8_t atr[CC_ATR_MAX];
    g_assert_nonnull(module);
    g_assert_cmpuint(cc_replay_atr(replay, "card", atr), ==, 5);
    assert_hex(atr, 5, "3B80800101");
    visit(cc_replay_channel(replay, "card"), module, NULL, pin, told);
    cc_replay_free(replay);
}

/* Everything but what was masked: the holder. */
static void assert_same(struct told *first, struct told *again)
{
    memset(&first->card.holder, 0, sizeof first->card.holder);
    memset(&again->card.holder, 0, sizeof again->card.holder);
    g_assert_cmpint(first->read, ==, again->read);
    g_assert_cmpint(first->opened, ==, again->opened);
    g_assert_cmpint(first->prepared, ==, again->prepared);
    g_assert_cmpint(first->debited, ==, again->debited);
    g_assert_cmpuint(first->commands, ==, again->commands);
    g_assert_cmpmem(&first->card, sizeof first->card, &again->card, sizeof again->card);
    g_assert_cmpmem(&first->purchase, sizeof first->purchase, &again->purchase, sizeof again->purchase);
}

static void record(const char *key, const char *pin, enum tear tear, unsigned at, struct memory *memory,
                   struct told *told)
{
    struct cc_recorder *recorder = recorder_on(memory, "a visit");
    with_vcards(key, pin, tear, at, recorder, told);
    g_assert_cmpint(told->recorded, ==, CC_OK);
    g_assert_cmpint(cc_recorder_free(recorder), ==, CC_OK);
    g_assert_cmpint(fclose(memory->file), ==, 0);
}

/* Everybody of the community. */
static void test_round_trip(void)
{
    for (size_t i = 0; i < community.count; i++) {
        const struct vc_persona *persona = &community.personas[i];
        const char *pin = persona->pin_for_purchase ? "123456" : NULL;
        struct memory memory;
        struct told first, again;
        record(persona->key, pin, TEAR_NONE, 0, &memory, &first);
        replayed(&memory, pin, &again);
        assert_same(&first, &again);
        memory_close(&memory);
    }
}

static void test_torn(void)
{
    static const enum tear tears[] = {TEAR_BEFORE, TEAR_AFTER, TEAR_EMPTY};
    struct told whole, first, again;
    with_vcards(community.personas[0].key, NULL, TEAR_NONE, 0, NULL, &whole);
    g_assert_cmpint(whole.debited, ==, CC_OK);
    for (unsigned at = 1; at <= whole.commands; at++) {
        for (size_t i = 0; i < G_N_ELEMENTS(tears); i++) {
            struct memory memory;
            record(community.personas[0].key, NULL, tears[i], at, &memory, &first);
            if (first.read == CC_OK) { /* else the slot would be used on after the loss */
                replayed(&memory, NULL, &again);
                assert_same(&first, &again);
            }
            memory_close(&memory);
        }
    }
}

static void assert_absent(const struct memory *memory, const uint8_t *bytes, size_t len)
{
    char digits[2 * 64 + 1];
    g_assert_cmpuint(len, <=, 64);
    g_assert_null(strstr(memory->text, cc_hex(bytes, len, digits, sizeof digits)));
}

/* Neither as hex nor as they are. */
static void test_nothing_private(void)
{
    for (size_t i = 0; i < community.count; i++) {
        const struct vc_persona *persona = &community.personas[i];
        uint8_t name[20];
        struct memory memory;
        struct told told;
        record(persona->key, "123456", TEAR_NONE, 0, &memory, &told);
        g_assert_nonnull(strstr(memory.text, " 0020"));
        assert_absent(&memory, (const uint8_t[]){0x12, 0x34, 0x56}, 3);
        assert_absent(&memory, persona->pin, persona->pin_len);
        g_assert_true(vc_gb18030(persona->name, name, sizeof name));
        size_t name_len = strnlen((const char *)name, sizeof name);
        g_assert_cmpuint(name_len, >=, 4);
        assert_absent(&memory, name, name_len);
        assert_absent(&memory, (const uint8_t *)persona->id_number, strlen(persona->id_number));
        g_assert_null(strstr(memory.text, persona->name));
        g_assert_null(strstr(memory.text, persona->id_number));
        memory_close(&memory);
    }
}

/* Stars, and nothing else that could be a person's. */
static void assert_stars(const char *text)
{
    g_assert_cmpuint(strspn(text, "*"), ==, strlen(text));
}

static int read_again(struct memory *memory, struct cc_card *card)
{
    struct cc_replay *replay = play(memory);
    struct cc_port port;
    cc_port_init(&port, cc_replay_channel(replay, "card"));
    int result = cc_card_read(&port, CC_READ_ALL, card);
    cc_replay_free(replay);
    return result;
}

/* A card of each family comes back from its recording, with stars in the place of its holder. */
static void check_family(const char *file)
{
    g_autofree char *path = g_strconcat(DATA_DIR "/", file, ".json", NULL);
    struct vc_loaded *loaded = g_new0(struct vc_loaded, 1);
    struct cc_card *first = g_new0(struct cc_card, 1), *again = g_new0(struct cc_card, 1);
    struct memory memory;
    struct cc_port port;
    struct cc_channel channel;
    char error[200];
    if (!vc_channel_load(loaded, path, &channel, error, sizeof error))
        g_error("%s: %s", path, error);
    struct cc_recorder *recorder = recorder_on(&memory, file);
    cc_port_init(&port, &channel);
    g_assert_cmpint(cc_recorder_attach(recorder, &port, "card"), ==, CC_OK);
    g_assert_cmpint(cc_card_read(&port, CC_READ_ALL, first), ==, CC_OK);
    g_assert_cmpint(cc_recorder_free(recorder), ==, CC_OK);
    g_assert_cmpint(fclose(memory.file), ==, 0);
    g_assert_cmpint(read_again(&memory, again), ==, CC_OK);
    g_assert_cmpstr(again->card_number, ==, first->card_number);
    g_assert_cmpint(again->balance_fen, ==, first->balance_fen);
    g_assert_cmpuint(again->log_count, ==, first->log_count);
    g_assert_true(again->holder.present || !first->holder.present); /* a blank file comes back as stars too */
    g_assert_true(again->holder.name[0] != '\0' || first->holder.name[0] == '\0');
    assert_stars(again->holder.name);
    assert_stars(again->holder.id_number);
    assert_stars(again->holder.student_number);
    g_assert_cmpstr(again->holder.volunteer_number, ==, ""); /* digits on the card: stars are none */
    g_assert_cmpstr(again->community, ==, "");
    if (strlen(first->holder.id_number) > 0)
        assert_absent(&memory, (const uint8_t *)first->holder.id_number, strlen(first->holder.id_number));
    memory_close(&memory);
    g_free(loaded), g_free(first), g_free(again);
}

static void test_families(void)
{
    static const char *const files[] = {"t-union", "t-union-overdrawn", "community", "cityunion", "changsha", "chongqing",
                                        "tsinghua", "beijing", "shenzhen", "wuhan", "lingnan", "suzhou", "macau", "ssse",
                                        "ssse-v1", "dual", "dual-shared"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        check_family(files[i]);
}

static unsigned heard;
static void listener(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    (void)bytes, (void)len, (void)result;
    g_assert_cmpint(*(int *)ctx, ==, 42);
    heard += kind == CC_TRACE_COMMAND;
}

static void test_chained(void)
{
    struct memory memory;
    struct script script;
    struct cc_port port;
    struct cc_recorder *recorder = recorder_on(&memory, NULL);
    struct cc_card card;
    int mark = 42;
    table_init(&script, (const struct exchange[]){{0}});
    script_port(&script, &port);
    port.trace = listener;
    port.trace_ctx = &mark;
    heard = 0;
    g_assert_cmpint(cc_recorder_attach(recorder, &port, "card"), ==, CC_OK);
    g_assert_cmpint(cc_recorder_attach(recorder, &port, "card"), ==, CC_ERR_ARGUMENT);
    cc_card_read(&port, CC_READ_ALL, &card);
    g_assert_cmpuint(heard, >, 0);
    g_assert_cmpuint(heard, ==, port.commands);
    g_assert_cmpint(cc_recorder_free(recorder), ==, CC_OK);
    fclose(memory.file);
    script_done(&script);
    memory_close(&memory);
}

static void test_about(void)
{
    static const char *const odd[][2] = {
        {"a\nb\tc\x7F", "about a b c \n"}, {"", "about \n"}, {"深圳通", "about 深圳通\n"}};
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        struct memory memory;
        g_assert_cmpint(cc_recorder_free(recorder_on(&memory, odd[i][0])), ==, CC_OK);
        fclose(memory.file);
        g_autofree char *whole = g_strconcat(CC_RECORDING_FIRST_LINE "\n", odd[i][1], NULL);
        g_assert_cmpstr(memory.text, ==, whole);
        cc_replay_free(play(&memory));
        memory_close(&memory);
    }
    g_autoptr(GString) endless = g_string_new("x");
    for (int i = 0; i < 500; i++)
        g_string_append(endless, "卡");
    struct memory memory;
    g_assert_cmpint(cc_recorder_free(recorder_on(&memory, endless->str)), ==, CC_OK);
    fclose(memory.file);
    g_assert_true(g_utf8_validate(memory.text, -1, NULL));
    g_assert_cmpuint(memory.len, <, CC_RECORDING_ABOUT_MAX + 40);
    memory_close(&memory);
}

static void test_names(void)
{
    static const char *const bad[] = {"",      "Card", "1card", "a b", "a-name-too-long-",
                                      "about", "atr",  "pad",   "卡",  "a\n"};
    struct memory memory;
    struct script script;
    struct cc_port port;
    struct cc_recorder *recorder = recorder_on(&memory, NULL);
    table_init(&script, (const struct exchange[]){{0}});
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        script_port(&script, &port);
        g_assert_cmpint(cc_recorder_attach(recorder, &port, bad[i]), ==, CC_ERR_ARGUMENT);
        g_assert_null(port.trace);
    }
    for (int i = 0; i <= CC_RECORDING_NAMES_MAX; i++) {
        g_autofree char *name = g_strdup_printf("card-%d", i);
        script_port(&script, &port);
        int expected = i < CC_RECORDING_NAMES_MAX ? CC_OK : CC_ERR_ARGUMENT;
        g_assert_cmpint(cc_recorder_attach(recorder, &port, name), ==, expected);
    }
    g_assert_cmpint(cc_recorder_free(recorder), ==, CC_OK);
    fclose(memory.file);
    script_done(&script);
    memory_close(&memory);
}

/* A disk that is full is told, and the card's work goes on. */
static void test_full_disk(void)
{
    struct cc_recorder *recorder;
    FILE *full = fopen("/dev/full", "w");
    g_assert_nonnull(full);
    g_assert_cmpint(cc_recorder_new(&recorder, full, "x"), ==, CC_ERR_SYSTEM);
    g_assert_null(recorder);
    fclose(full);
    char room[60];
    FILE *small = fmemopen(room, sizeof room, "w");
    setbuf(small, NULL);
    g_assert_cmpint(cc_recorder_new(&recorder, small, NULL), ==, CC_OK);
    struct told told;
    with_vcards(community.personas[0].key, NULL, TEAR_NONE, 0, recorder, &told);
    g_assert_cmpint(told.debited, ==, CC_OK);
    g_assert_cmpint(told.recorded, ==, CC_ERR_SYSTEM);
    g_assert_cmpint(cc_recorder_free(recorder), ==, CC_ERR_SYSTEM);
    fclose(small);
}

int main(int argc, char **argv)
{
    char error[256] = "";
    g_test_init(&argc, &argv, NULL);
    if (!vc_community_load(&community, COMMUNITY_DIR "/personas.json", COMMUNITY_DIR "/demo-keys.json", error,
                           sizeof error))
        g_error("%s", error);
    g_test_add_func("/recorder/round-trip", test_round_trip);
    g_test_add_func("/recorder/torn", test_torn);
    g_test_add_func("/recorder/nothing-private", test_nothing_private);
    g_test_add_func("/recorder/families", test_families);
    g_test_add_func("/recorder/chained", test_chained);
    g_test_add_func("/recorder/about", test_about);
    g_test_add_func("/recorder/names", test_names);
    g_test_add_func("/recorder/full-disk", test_full_disk);
    return g_test_run();
}
