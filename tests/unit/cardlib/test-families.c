/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every virtual card of tests/vcard/data through cc_card_read(), against what its file says a reader should show ("expect"):
 * with and without 61xx chaining, with every history, and with nothing sent that changes a counter or a try.
 */
#include "channel.h"
#include "citycard.h"

#include <glib.h>
#include <jansson.h>

struct known {
    const char *file;
    enum cc_family family;
};

static const struct known cards[] = {
    {"t-union", CC_FAMILY_T_UNION},
    {"t-union-overdrawn", CC_FAMILY_T_UNION},
    {"demonstration", CC_FAMILY_T_UNION},
    {"community", CC_FAMILY_COMMUNITY},
    {"cityunion", CC_FAMILY_CITY_UNION},
    {"cityunion-29", CC_FAMILY_CITY_UNION},
    {"changsha", CC_FAMILY_CHANGSHA},
    {"chongqing", CC_FAMILY_CHONGQING},
    {"tsinghua", CC_FAMILY_TSINGHUA},
    {"beijing", CC_FAMILY_BEIJING},
    {"shenzhen", CC_FAMILY_SHENZHEN},
    {"wuhan", CC_FAMILY_WUHAN},
    {"lingnan", CC_FAMILY_LINGNAN},
    {"suzhou", CC_FAMILY_SUZHOU},
    {"macau", CC_FAMILY_MACAU},
    {"ssse", CC_FAMILY_SOCIAL_SECURITY},
    {"ssse-v1", CC_FAMILY_SOCIAL_SECURITY},
    {"dual", CC_FAMILY_T_UNION},
    {"dual-shared", CC_FAMILY_T_UNION},
    {"storage", CC_FAMILY_STORAGE},
    {"unknown-iso", CC_FAMILY_ISO7816},
};

static const char *folder;

/* ---- One reading ---------------------------------------------------------------------------------------------- */

/* INIT, VERIFY, GET CHALLENGE and whatever writes: never sent to a card that is only read. */
static bool only_reads(const uint8_t *command)
{
    static const uint8_t reading[] = {0xA4, 0xB0, 0xB2, 0x5C, 0xC0, 0xCA};
    return memchr(reading, command[1], sizeof reading) != NULL && (command[1] != 0xCA || command[0] == 0xFF);
}

static void watch(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    GString *seen = ctx;
    if (kind == CC_TRACE_COMMAND)
        g_assert_true(only_reads(bytes));
    g_string_append_len(seen, (const char *)bytes, (gssize)len);
}

struct reading {
    struct vc_loaded loaded;
    struct cc_port port;
    struct cc_card card;
    GString *seen;
    int result;
};

static void read_it(struct reading *reading, const struct known *known, bool chaining, struct cc_history *history,
                    unsigned what)
{
    g_autofree char *name = g_strconcat(known->file, ".json", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct cc_channel channel;
    char error[200];
    if (!vc_channel_load(&reading->loaded, path, &channel, error, sizeof error))
        g_error("%s: %s", path, error);
    reading->loaded.card.transport.chaining = chaining;
    reading->seen = g_string_new(NULL);
    cc_port_init(&reading->port, &channel);
    reading->port.trace = watch;
    reading->port.trace_ctx = reading->seen;
    reading->port.history = history;
    uint64_t commits = reading->loaded.card.state.commits;
    reading->result = cc_card_read(&reading->port, what, &reading->card);
    g_assert_cmpuint(reading->loaded.card.state.commits, ==, commits);
}

static void forget(struct reading *reading)
{
    g_string_free(reading->seen, TRUE);
    vc_card_cleanse(&reading->loaded.card);
}

/* ---- What is expected ------------------------------------------------------------------------------------------- */

static json_t *expect_of(const struct known *known)
{
    g_autofree char *name = g_strconcat(known->file, ".json", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    g_assert_nonnull(root);
    json_t *expect = json_incref(json_object_get(root, "expect"));
    json_decref(root);
    return expect;
}

static void check_text(json_t *expect, const char *key, const char *got)
{
    const char *wanted = json_string_value(json_object_get(expect, key));
    if (wanted)
        g_assert_cmpstr(got, ==, wanted);
}

static void check_integer(json_t *expect, const char *key, int64_t got)
{
    json_t *wanted = json_object_get(expect, key);
    if (json_is_integer(wanted))
        g_assert_cmpint(got, ==, json_integer_value(wanted));
}

static void check_holder(json_t *expect, const struct cc_holder *holder)
{
    const char *sex = json_string_value(json_object_get(expect, "sex"));
    check_text(expect, "name", holder->name);
    check_text(expect, "id_number", holder->id_number);
    check_text(expect, "student_number", holder->student_number);
    check_text(expect, "volunteer_number", holder->volunteer_number);
    check_text(expect, "birth_place", holder->birth_place);
    check_integer(expect, "birth_date", holder->birth_date);
    check_integer(expect, "nation", holder->nation);
    if (sex)
        g_assert_cmpint(holder->sex, ==, sex[0] == 'f' ? 'F' : 'M');
    g_assert_true(holder->present == (json_object_get(expect, "id_number") || json_object_get(expect, "student_number")));
}

static void check_log(json_t *expect, const struct cc_card *card)
{
    json_t *log = json_object_get(expect, "log"), *entry;
    int64_t factor = card->family == CC_FAMILY_MACAU ? 10 : 1; /* the file tells the card's own tenths */
    size_t i;
    if (!log)
        return;
    g_assert_cmpuint(card->log_count, >=, json_array_size(log));
    json_array_foreach(log, i, entry)
    {
        check_integer(entry, "counter", card->log[i].counter);
        check_integer(entry, "type", card->log[i].type);
        g_assert_cmpint(card->log[i].amount_fen, ==, factor * json_integer_value(json_object_get(entry, "amount_fen")));
    }
}

static void check_city(json_t *expect, const struct cc_card *card)
{
    json_t *region = json_object_get(expect, "region");
    const char *wanted = json_string_value(region ? region : json_object_get(expect, "city"));
    if (wanted)
        g_assert_cmphex(card->city, ==, g_ascii_strtoull(wanted, NULL, 16) >> (strlen(wanted) > 4 ? 8 : 0));
}

static void check_second(json_t *expect, const struct cc_card *card)
{
    json_t *second = json_object_get(expect, "second");
    g_assert_cmpuint(card->other_count, ==, second != NULL);
    if (!second)
        return;
    g_assert_cmpint(card->others[0].family, ==, CC_FAMILY_CITY_UNION);
    check_text(second, "number", card->others[0].card_number);
    check_integer(second, "balance_fen", card->others[0].balance_fen);
    check_integer(second, "valid_to", card->others[0].valid_to);
}

static void check_card(const struct known *known, const struct cc_card *card)
{
    json_t *expect = expect_of(known);
    bool campus = known->family == CC_FAMILY_TSINGHUA; /* its people know the student number, the card its own */
    check_text(expect, campus ? "inner_number" : "number", card->card_number);
    check_city(expect, card);
    check_integer(expect, "valid_from", card->valid_from);
    check_integer(expect, "valid_to", card->valid_to);
    check_integer(expect, "resident_since", card->issued);
    check_text(expect, "community", card->community);
    check_text(expect, "version", card->spec_version);
    if (json_is_string(json_object_get(expect, "card_class")))
        check_text(expect, "card_class", card->card_kind);
    if (json_is_integer(json_object_get(expect, "card_class")))
        check_integer(expect, "card_class", card->card_class);
    g_assert_true(card->has_balance == (json_object_get(expect, "balance_fen") != NULL));
    check_integer(expect, "balance_fen", card->balance_fen);
    check_integer(expect, "journeys", (int64_t)card->journey_count);
    check_holder(expect, &card->holder);
    check_log(expect, card);
    check_second(expect, card);
    json_decref(expect);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------------ */

static void check_read(const struct known *known, bool chaining, struct cc_history *history)
{
    struct reading reading;
    bool anonymous = known->family == CC_FAMILY_STORAGE || known->family == CC_FAMILY_ISO7816;
    read_it(&reading, known, chaining, history, CC_READ_ALL);
    g_assert_cmpint(reading.result, ==, anonymous ? CC_NO_IDENTITY : CC_OK);
    g_assert_cmpint(reading.card.family, ==, known->family);
    if (anonymous) {
        json_t *expect = expect_of(known);
        char uid[21];
        check_text(expect, "uid", cc_hex(reading.card.uid, reading.card.uid_len, uid, sizeof uid));
        json_decref(expect);
    } else {
        check_card(known, &reading.card);
    }
    forget(&reading);
}

static void test_plain(gconstpointer known)
{
    check_read(known, false, NULL);
}

static void test_chained(gconstpointer known)
{
    check_read(known, true, NULL);
}

/* What was seen before changes the number of questions, never the answers. */
static void test_histories(gconstpointer known)
{
    for (unsigned family = 0; family < CC_FAMILIES; family++) {
        struct cc_history history = {0};
        history.seen[family] = 100;
        check_read(known, false, &history);
    }
}

/* Names and ID numbers do not pass the trace. */
static void test_masked(gconstpointer data)
{
    const struct known *known = data;
    struct reading reading;
    read_it(&reading, known, known->family % 2 == 0, NULL, CC_READ_ALL);
    const struct cc_holder *holder = &reading.card.holder;
    if (holder->id_number[0] != '\0')
        g_assert_null(memmem(reading.seen->str, reading.seen->len, holder->id_number, strlen(holder->id_number)));
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    g_autofree char *bytes = g_convert(holder->name, -1, "GB18030", "UTF-8", NULL, &len, &error);
    g_assert_no_error(error);
    if (len > 0)
        g_assert_null(memmem(reading.seen->str, reading.seen->len, bytes, MIN(len, 8)));
    forget(&reading);
}

static void add(const char *what, const struct known *known, GTestDataFunc test)
{
    g_autofree char *path = g_strdup_printf("/families/%s/%s", known->file, what);
    g_test_add_data_func(path, known, test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = argv[1];
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        add("plain", &cards[i], test_plain);
        add("chained", &cards[i], test_chained);
        add("histories", &cards[i], test_histories);
        add("masked", &cards[i], test_masked);
    }
    return g_test_run();
}
