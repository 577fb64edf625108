/* SPDX-License-Identifier: Apache-2.0 */
/* The order of asking, its adaption, and the identity of cards with two applications. */
#include "recognise.h"
#include "script.h"

#define SELECT_T_UNION "00A4040008A00000063201010500"
#define SELECT_CITY    "00A4040009A0000000038698070100"
#define SELECT_1001    "00A4000002100100"
#define EF15_T_UNION   "01019901FFFFFFFF 02 01 03109901000000001017 20240301 20340228 0000"
#define EF15_CITY      "0000990100000000 01 01 0001 9901000000007777 20170101 20271231 0000"
#define FCI_T_UNION    "6F31 8408A000000632010105 A525 9F080102 9F0C1E " EF15_T_UNION
#define FCI_CITY       "6F2E 8409A00000000386980701 A521 9F0C1E " EF15_CITY

static size_t order(struct cc_history history, struct cc_probe probes[CC_PROBES_MAX])
{
    return cc_probe_order(&history, probes);
}

static size_t place_of(const struct cc_probe *probes, size_t count, enum cc_probe_kind kind, enum cc_family family)
{
    for (size_t i = 0; i < count; i++) {
        if (probes[i].kind == kind && probes[i].desc->family == family)
            return i;
    }
    g_assert_not_reached();
}

static void test_order_unknown(void)
{
    struct cc_probe probes[CC_PROBES_MAX], same[CC_PROBES_MAX];
    size_t count = cc_probe_order(NULL, probes);
    g_assert_cmpint(probes[0].desc->family, ==, CC_FAMILY_T_UNION);
    g_assert_cmpuint(order((struct cc_history){0}, same), ==, count);
    for (size_t i = 0; i < count; i++)
        g_assert_true(probes[i].desc == same[i].desc && probes[i].kind == same[i].kind);
    /* Every family can be found. */
    for (size_t k = 0; k < cc_family_desc_count; k++) {
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            const struct cc_select_desc *a = &probes[i].desc->select, *b = &cc_family_descs[k]->select;
            found = found || probes[i].desc == cc_family_descs[k] ||
                    (probes[i].kind == CC_PROBE_NAME && a->name_len == b->name_len &&
                     memcmp(a->name, b->name, a->name_len) == 0);
        }
        g_assert_true(found);
    }
}

static void test_order_adapts(void)
{
    struct cc_probe probes[CC_PROBES_MAX];
    order((struct cc_history){.seen = {[CC_FAMILY_BEIJING] = 9, [CC_FAMILY_T_UNION] = 5}}, probes);
    g_assert_cmpint(probes[0].desc->family, ==, CC_FAMILY_T_UNION); /* may lie beside it: the identity comes first */
    g_assert_cmpint(probes[1].kind, ==, CC_PROBE_MASTER);
    order((struct cc_history){.seen = {[CC_FAMILY_COMMUNITY] = 9, [CC_FAMILY_T_UNION] = 5}}, probes);
    g_assert_cmpint(probes[0].desc->family, ==, CC_FAMILY_COMMUNITY);
}

static bool may_lie_beside(const struct cc_probe *probe)
{
    for (size_t k = 0; k < cc_family_desc_count; k++) {
        const struct cc_family_desc *desc = cc_family_descs[k];
        const struct cc_select_desc *a = &probe->desc->select, *b = &desc->select;
        bool same_name = a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
        bool finds = probe->kind == CC_PROBE_NAME   ? same_name && b->name_len > 0
                     : probe->kind == CC_PROBE_FILE ? a->file == b->file
                                                    : desc == probe->desc;
        if (finds && desc->beside_t_union)
            return true;
    }
    return false;
}

/* Whatever was seen most: T-Union before every question that may find a family lying beside it. */
static void test_order_keeps_identity(void)
{
    for (size_t k = 0; k < cc_family_desc_count; k++) {
        const struct cc_family_desc *desc = cc_family_descs[k];
        struct cc_history history = {0};
        struct cc_probe probes[CC_PROBES_MAX];
        history.seen[desc->family] = 1000;
        history.seen[CC_FAMILY_BEIJING] = 900;
        size_t count = order(history, probes);
        size_t t_union = place_of(probes, count, CC_PROBE_NAME, CC_FAMILY_T_UNION);
        for (size_t i = 0; i < t_union; i++)
            g_assert_false(may_lie_beside(&probes[i]));
    }
}

static void test_history(void)
{
    struct cc_history history = {0};
    cc_history_note(NULL, CC_FAMILY_T_UNION, false);
    for (unsigned i = 0; i < 5000; i++)
        cc_history_note(&history, i % 10 == 0 ? CC_FAMILY_BEIJING : CC_FAMILY_T_UNION, i % 10 == 0);
    g_assert_cmpuint(history.seen[CC_FAMILY_T_UNION], <=, 1000);
    g_assert_cmpuint(history.seen[CC_FAMILY_T_UNION], >, 5 * history.seen[CC_FAMILY_BEIJING]);
    for (unsigned i = 0; i < 3000; i++)
        cc_history_note(&history, CC_FAMILY_BEIJING, true); /* the neighbourhood has changed */
    g_assert_cmpuint(history.seen[CC_FAMILY_BEIJING], >, history.seen[CC_FAMILY_T_UNION]);
}

/* SELECT and GET BALANCE: nothing that the FCI told is read again. */
static void test_t_union_commands(void)
{
    static const struct exchange steps[] = {{SELECT_T_UNION, FCI_T_UNION "9000"}, {"805C000204", "000068E2 9000"}, {0}};
    struct script script;
    struct cc_port port;
    struct cc_card card;
    script_init(&script, steps);
    script_port(&script, &port);
    g_assert_cmpint(cc_card_read(&port, CC_READ_BALANCE, &card), ==, CC_OK);
    g_assert_cmpuint(port.commands, ==, 2);
    g_assert_cmpstr(card.card_number, ==, "3109901000000001017");
    script_done(&script);
}

static void test_two_applications(void)
{
    static const struct exchange rows[] = {
        {SELECT_T_UNION, FCI_T_UNION "9000"}, {SELECT_CITY, FCI_CITY "9000"}, {"805C000204", "000068E2 9000"}, {0}};
    static const struct cc_history histories[] = {
        {{0}}, {.seen = {[CC_FAMILY_CITY_UNION] = 900}}, {.seen = {[CC_FAMILY_SOCIAL_SECURITY] = 900}}};
    for (size_t i = 0; i < G_N_ELEMENTS(histories); i++) {
        struct cc_history history = histories[i];
        struct script script;
        struct cc_port port;
        struct cc_card card;
        table_init(&script, rows);
        script_port(&script, &port);
        port.history = &history;
        g_assert_cmpint(cc_card_read(&port, CC_READ_BALANCE | CC_READ_OTHERS, &card), ==, CC_OK);
        g_assert_cmpint(card.family, ==, CC_FAMILY_T_UNION);
        g_assert_cmpstr(card.card_number, ==, "3109901000000001017");
        g_assert_cmpuint(card.other_count, ==, 1);
        g_assert_cmpint(card.others[0].family, ==, CC_FAMILY_CITY_UNION);
        g_assert_cmpstr(card.others[0].card_number, ==, "9901000000007777");
        g_assert_cmpint(card.others[0].balance_fen, ==, 26850);
        g_assert_cmpuint(history.seen[CC_FAMILY_T_UNION], ==, 1);
        script_done(&script);
    }
}

static void test_storage(void)
{
    static const struct exchange rows[] = {{"FFCA000000", "04A1B2C3D4E5F6 9000"}, {"*", "6E00"}, {0}};
    static const uint8_t atr[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                  0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6A};
    for (int with_atr = 0; with_atr < 2; with_atr++) {
        struct script script;
        struct cc_port port;
        struct cc_card card;
        table_init(&script, rows);
        script_port(&script, &port);
        if (with_atr)
            cc_port_set_atr(&port, atr, sizeof atr);
        g_assert_cmpint(cc_card_read(&port, CC_READ_ALL, &card), ==, CC_NO_IDENTITY);
        g_assert_cmpint(card.family, ==, CC_FAMILY_STORAGE);
        g_assert_cmpuint(card.uid_len, ==, 7);
        g_assert_cmpstr(card.card_number, ==, "");
        g_assert_true(!with_atr || port.commands == 1);
        script_done(&script);
    }
}

/* Overdraft: what each answer to P1 = 0, 2, 1 comes to. */
static void test_overdraft(void)
{
    static const struct {
        const char *p0, *p2, *p1;
        int64_t balance_fen;
        bool has_overdraft;
        uint32_t limit_fen;
    } rows[] = {
        {"00000000 9000", "0000012C 9000", "000003E8 9000", -300, true, 1000},
        {"00000000 9000", "6A86", "0000012C 9000", -300, true, 0}, /* what is owed alone */
        {"00000000 9000", "00000000 9000", "000003E8 9000", 0, true, 1000},
        {"00000000 9000", "6A86", "6A86", 0, false, 0},
        {"00000000 9000", "000003E8 9000", "0000012C 9000", -300, true, 1000}, /* the two the other way round */
        {"000003E8 9000", "000003E8 9000", "000003E8 9000", 1000, false, 0}, /* a card that knows no P1 */
        {"000003E8 9000", "00000000 9000", "000003E8 9000", 1000, true, 1000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct exchange table[] = {{SELECT_T_UNION, FCI_T_UNION "9000"},
                                         {"805C000204", rows[i].p0},
                                         {"805C020204", rows[i].p2},
                                         {"805C010204", rows[i].p1},
                                         {0}};
        struct script script;
        struct cc_port port;
        struct cc_card card;
        table_init(&script, table);
        script_port(&script, &port);
        g_assert_cmpint(cc_card_read(&port, CC_READ_BALANCE | CC_READ_PURSES, &card), ==, CC_OK);
        g_assert_cmpint(card.balance_fen, ==, rows[i].balance_fen);
        g_assert_true(card.purses[0].has_overdraft == rows[i].has_overdraft);
        g_assert_cmpuint(card.purses[0].overdraft_limit_fen, ==, rows[i].limit_fen);
        script_done(&script);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recognise/order-unknown", test_order_unknown);
    g_test_add_func("/recognise/order-adapts", test_order_adapts);
    g_test_add_func("/recognise/order-keeps-identity", test_order_keeps_identity);
    g_test_add_func("/recognise/history", test_history);
    g_test_add_func("/recognise/t-union-commands", test_t_union_commands);
    g_test_add_func("/recognise/two-applications", test_two_applications);
    g_test_add_func("/recognise/storage", test_storage);
    g_test_add_func("/recognise/overdraft", test_overdraft);
    return g_test_run();
}
