/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/fill.h"
#include "platform/sample/canteen.h"
#include "platform/sample/dirty.h"
#include "platform/credit/credit.h"
#include "platform/data/db-certificates.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/sample/notices.h"
#include "platform/sample/year-post.h"
#include "platform/credit/quota.h"
#include "platform/staff.h"
#include "platform/orders/service-orders.h"
#include "platform/activities/activities.h"
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include "model/reward.h"
#include "sync/wire.h"
#include <string.h>

json_t *sample_json(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    json_t *json;

    if (!g_file_get_contents(path, &text, &len, error))
        return NULL;
    json = wire_parse(text, len, error);
    if (json == NULL)
        g_prefix_error(error, "%s: ", path);
    return json;
}

/* ---- Community into the database ---- */

static bool add_person(struct db *db, const struct community *community, const struct person *from, int id, GError **error)
{
    struct person person = *from;

    person.household = g_array_index(community->households, struct household, person.household).id;
    return db_person_add(db, id, &person, error);
}

static bool add_people(struct db *db, const struct community *community, GError **error)
{
    for (unsigned i = 0; i < community->households->len; i++)
        if (!db_household_add(db, &g_array_index(community->households, struct household, i), error))
            return false;
    for (unsigned i = 0; i < community->people->len; i++)
        if (!add_person(db, community, &g_array_index(community->people, struct person, i), community->first + (int)i, error))
            return false;
    for (unsigned i = 0; i < community->doubles->len; i++) {
        const struct person *twin = &g_array_index(community->doubles, struct person, i);
        if (!add_person(db, community, twin, twin->double_number, error))
            return false;
    }
    return true;
}

static int hot_reason(enum card_state state)
{
    return state == CARD_LOST ? (int)HOTLIST_LOST : state == CARD_SUSPENDED ? (int)HOTLIST_SUSPENDED : HOTLIST_TAKE_OFF;
}

/* The cards; those of them that are lost or suspended come to what is listed. */
static bool add_cards(struct platform *platform, const struct community *community, GArray *listed, GError **error)
{
    for (unsigned i = 0; i < community->cards->len; i++) {
        struct sample_card card = g_array_index(community->cards, struct sample_card, i);
        struct hotlist_change change = {.reason = hot_reason(card.state)};
        char token[33];

        card.person += community->first;
        card_token(platform->index_key, card.number, token);
        if (!db_card_add(platform->db, &card, token, error) || !hotlist_mark_of_token(token, &change.mark))
            return false;
        if (change.reason != HOTLIST_TAKE_OFF)
            g_array_append_val(listed, change);
    }
    return true;
}

static bool add_billers(struct db *db, GError **error)
{
    for (unsigned i = 0; i < community_billers_count; i++)
        if (!db_biller_add(db, &community_billers[i], error))
            return false;
    return true;
}

/* Behind all of them, so that rows of one table come one after the other. */
static bool tell_bills(struct db *db, const struct community *community, GError **error)
{
    for (unsigned i = 0; i < community->bills->len; i++) {
        const struct sample_bill *bill = &g_array_index(community->bills, struct sample_bill, i);
        if (!bill->paid && bill->amount_fen > 0 && !db_change_add(db, "bill", bill->id, error))
            return false;
    }
    return true;
}

/* What is paid at a kiosk is unpaid until that is posted, but for what the biller had been paid before. */
static bool add_bills(struct db *db, const struct community *community, GError **error)
{
    for (unsigned i = 0; i < community->bills->len; i++) {
        const struct sample_bill *bill = &g_array_index(community->bills, struct sample_bill, i);
        struct bill_row row = {.amount_fen = bill->amount_fen, .issue = bill->issue, .due = bill->due};

        g_strlcpy(row.id, bill->id, sizeof row.id);
        g_strlcpy(row.card, g_array_index(community->cards, struct sample_card, bill->card).number,
                  sizeof row.card);
        g_strlcpy(row.biller, bill->biller, sizeof row.biller);
        g_strlcpy(row.account_no, bill->account_no, sizeof row.account_no);
        g_strlcpy(row.period, bill->period, sizeof row.period);
        g_strlcpy(row.usage, bill->usage, sizeof row.usage);
        g_strlcpy(row.state, bill->paid && (!bill->at_kiosk || bill->elsewhere) ? "PAID" : "UNPAID", sizeof row.state);
        if (bill->amount_fen > 0 ? !db_bill_add(db, &row, error) : !db_statement_add(db, &row, error))
            return false;
    }
    return tell_bills(db, community, error);
}

static bool add_kiosks(struct db *db, GError **error)
{
    return db_kiosk_add(db, "K0001", "稻香一村居民服务站 1 号机",
                        "Daoxiang First Village Service Station, kiosk 1", error) &&
           db_kiosk_add(db, "K0002", "稻香一村居民服务站 2 号机",
                        "Daoxiang First Village Service Station, kiosk 2", error);
}

bool sample_rules(const struct init_options *options, struct credit_rules *rules, GError **error)
{
    const char *path = options->rules_file != NULL ? options->rules_file : COMMUNITY_DIR "/credit-rules.json";
    json_t *json = sample_json(path, error);
    bool ok = credit_rules_from_json(json, rules);

    if (json != NULL && !ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s has no rules for credit", path);
    json_decref(json);
    return ok;
}

static bool add_rewards(struct platform *platform, GError **error)
{
    g_autofree struct reward_list *list = g_new0(struct reward_list, 1);
    json_t *json = sample_json(COMMUNITY_DIR "/rewards.json", error);
    bool ok = reward_list_from_json(json, list);

    if (json != NULL && !ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "rewards.json is no list of rewards");
    json_decref(json);
    return ok && credit_rewards_set(platform->db, list, error);
}

/* Rules, what there is to be had, quotas, and hours that some of the personas have served: there is something to be redeemed. */
static bool add_credit(struct platform *platform, const struct init_options *options, GError **error)
{
    static const struct { const char *card; int64_t minutes; } SERVED[] = {{"3109901000000001017", 180}, {"3109901000000001025", 1200}};
    struct credit_rules rules;
    int64_t now = now_ms();
    bool ok = sample_rules(options, &rules, error) && credit_rules_set(platform->db, &rules, error) && add_rewards(platform, error) &&
              quota_sample(platform->db, error);
    for (size_t i = 0; ok && options->personas_file != NULL && i < G_N_ELEMENTS(SERVED); i++) {
        char token[33];
        card_token(platform->index_key, SERVED[i].card, token);
        ok = credit_post_hours(platform->db, &rules, token, "sample", SERVED[i].minutes, now, error);
    }
    return ok;
}

/* Who certifies what was served here: a committee that there is not. */
static bool add_issuer(struct db *db, GError **error)
{
    static const struct certificate_issuer OWN = {.code = "YT01", .uscc = "54990100MA0000017Y", .name_zh = "燕塔社区居民委员会",
                                                  .name_en = "Yanta Residents' Committee", .lead = "示范负责人", .phone = "010-00000000",
                                                  .own = true};

    return db_issuer_put(db, &OWN, now_ms(), error);
}

/* Who has a card of staff among the personas is in the register. */
static bool add_staff(struct platform *platform, const struct init_options *options, GError **error)
{
    json_t *personas = options->personas_file != NULL ? sample_json(options->personas_file, error) : NULL, *card;
    bool ok = options->personas_file == NULL || personas != NULL;
    unsigned count = 0;
    size_t i;

    json_array_foreach(json_object_get(personas, "cards"), i, card)
    {
        struct staff staff = {.role = STAFF_CLERK, .scope = STAFF_EVERYWHERE};
        const char *number = json_string_value(json_object_get(card, "card_number")),
                   *name = json_string_value(json_object_get(card, "name"));
        if (!ok || json_integer_value(json_object_get(card, "staff")) == 0)
            continue;
        g_autofree char *full = g_strconcat("310", number, NULL);
        g_snprintf(staff.id, sizeof staff.id, "S%04u", ++count);
        ok = staff_add(platform, full, name, &staff, error);
    }
    json_decref(personas);
    return ok;
}

static bool add_meta(struct db *db, const struct init_options *options, GError **error)
{
    uint8_t generation[8];
    char generation_text[17];
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, options->seed);
    g_autofree char *today = g_strdup_printf("%u", options->today);

    random_bytes(generation, sizeof generation);
    wire_hex(generation, sizeof generation, generation_text);
    return db_meta_set(db, "generation", generation_text, error) && db_meta_set(db, "seed", seed, error) &&
           db_meta_set(db, "today", today, error);
}

#define BLOCKS_AT_ONCE 10 /* of a transaction: a log of writes that is bounded */

/* One block after the other: only one is in memory. */
struct filling {
    struct platform *platform;
    const struct community_options *options;
    GArray *listed, *dirt;
    struct year_posting *year; /* NULL: people, cards and bills; else what they did */
    GHashTable *places;        /* addresses to the building that are listed → their ids */
    bool ended;                /* no transaction is open: one could not be ended or begun */
};

/* The buildings where residents' problems are. */
static bool add_places(const struct filling *filling, const struct community *block, GError **error)
{
    struct db *db = filling->platform->db;

    for (unsigned i = 0; i < block->households->len; i++) {
        const struct household *home = &g_array_index(block->households, struct household, i);
        char *name = mask_address(home->address);
        g_autofree char *id = g_strdup_printf("P%04u", g_hash_table_size(filling->places) + 1);
        const struct ticket_point at = {home->lat_e6, home->lon_e6};

        if (g_hash_table_contains(filling->places, name)) {
            g_free(name);
            continue;
        }
        if (!db_ticket_place_set(db, id, name, error) || !db_ticket_place_locate(db, id, &at, error) ||
            !db_change_add(db, "place", id, error)) {
            g_free(name);
            return false;
        }
        g_hash_table_insert(filling->places, name, g_steal_pointer(&id));
    }
    return true;
}

static bool fill_people(const struct filling *filling, const struct community *block, GError **error)
{
    g_array_append_vals(filling->dirt, block->dirt->data, block->dirt->len);
    return add_people(filling->platform->db, block, error) && add_cards(filling->platform, block, filling->listed, error) &&
           add_bills(filling->platform->db, block, error) && add_places(filling, block, error);
}

static bool fill_year(const struct filling *filling, const struct community *block, GError **error)
{
    g_autoptr(GArray) acts = year_plan(block, filling->options, filling->year->rules), meals = canteen_plan(block, filling->options);

    filling->year->community = block;
    return year_post(filling->year, acts, error) && canteen_post(filling->platform->db, block, meals, error);
}

static bool fill_block(const struct filling *filling, unsigned number, GError **error)
{
    struct community block;

    if (!community_block_make(filling->options, number, &block, error))
        return false;
    bool ok = filling->year == NULL ? fill_people(filling, &block, error) : fill_year(filling, &block, error);
    community_clear(&block);
    return ok;
}

/* `again`: the tables have grown so much that the engine should look at them anew. */
static bool next_transaction(struct filling *filling, bool again, GError **error)
{
    struct db *db = filling->platform->db;

    if (again && !db_bulk(db, false, error))
        return false;
    filling->ended = !db_commit(db, error) || !db_begin(db, true, error);
    return !filling->ended && db_bulk(db, true, error);
}

static bool fill_blocks(struct filling *filling, GError **error)
{
    for (unsigned i = 0; i < community_blocks(filling->options->residents); i++) {
        bool again = i == 1 || i == 10 || i == 40;

        if ((again || (i > 0 && i % BLOCKS_AT_ONCE == 0)) && !next_transaction(filling, again, error))
            return false;
        if (!fill_block(filling, i, error))
            return false;
    }
    return db_bulk(filling->platform->db, false, error);
}

static bool fill_community(struct filling *filling, const struct init_options *options, GError **error)
{
    struct platform *platform = filling->platform;
    int64_t version;

    return db_bulk(platform->db, true, error) && add_meta(platform->db, options, error) && add_billers(platform->db, error) &&
           fill_blocks(filling, error) && hotlist_publish(platform, filling->listed, now_ms(), &version, error) &&
           notices_add(platform->db, options->today, error) && add_kiosks(platform->db, error) &&
           (!options->year || year_kiosks_add(platform->db, 3, options->residents, error)) && add_credit(platform, options, error) &&
           add_staff(platform, options, error) && tickets_catalogue(platform->db, error) &&
           service_catalogue(platform->db, error) && add_issuer(platform->db, error) && activities_sample(platform, options->today, now_ms(), error);
}

/* Who takes the cash of a year's loads: the first of the register. With two of them there is somebody for tickets. */
static bool staff_of_year(struct db *db, struct year_posting *year, GError **error)
{
    static const char *const ids[] = {"S0001", "S0002"};

    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        struct staff_row staff;
        bool found;

        if (!db_staff_find(db, ids[i], now_ms(), &staff, &found, error))
            return false;
        if (found && i == 0)
            g_strlcpy(year->staff, staff.staff.token, sizeof year->staff);
        year->staff_ids[i] = found ? ids[i] : NULL;
    }
    return true;
}

/* Nobody approves what they wrote themselves: one of the register alone has none. */
static bool fill_notices(const struct filling *filling, const struct year_posting *year, GError **error)
{
    g_autoptr(GArray) plan = notices_plan(filling->options);

    return year->staff_ids[1] == NULL || notices_post(filling->platform->db, plan, year->staff_ids, filling->options->today, error);
}

static bool fill_acts(struct filling *filling, const struct init_options *options, GError **error)
{
    struct db *db = filling->platform->db;
    struct credit_rules rules;
    struct year_posting year = {.platform = filling->platform, .rules = &rules, .places = filling->places, .listed = filling->listed};
    int64_t version;

    g_array_set_size(filling->listed, 0);
    if (!credit_rules_load(db, &rules, error) || !staff_of_year(db, &year, error))
        return false;
    filling->year = &year;
    return db_bulk(db, true, error) && canteens_add(db, error) && fill_notices(filling, &year, error) && fill_blocks(filling, error) &&
           (filling->listed->len == 0 || hotlist_publish(filling->platform, filling->listed, now_ms(), &version, error));
}

typedef bool (*fill_fn)(struct filling *filling, const struct init_options *options, GError **error);

static bool fill_by(struct filling *filling, fill_fn fill, const struct init_options *options, GError **error)
{
    if (!db_begin(filling->platform->db, true, error))
        return false;
    if (fill(filling, options, error))
        return db_commit(filling->platform->db, error);
    if (!filling->ended)
        db_rollback(filling->platform->db);
    return false;
}

/* The one place that says which row was spoilt. */
static bool write_report(const struct init_options *options, const GArray *dirt, GError **error)
{
    g_autofree char *text = options->dirty_report != NULL ? dirt_report(dirt) : NULL;

    return text == NULL || g_file_set_contents(options->dirty_report, text, -1, error);
}

/* People first, so that what they did is posted against what lies there. */
bool sample_fill(struct platform *platform, const struct community_options *community, const struct init_options *options, GError **error)
{
    g_autoptr(GArray) listed = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    g_autoptr(GHashTable) places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GArray) dirt = g_array_new(FALSE, FALSE, sizeof(struct dirt));
    struct filling filling = {.platform = platform, .options = community, .listed = listed, .dirt = dirt, .places = places};

    return fill_by(&filling, fill_community, options, error) && (!options->year || fill_by(&filling, fill_acts, options, error)) &&
           write_report(options, dirt, error);
}
