/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of services, by the staff; the catalogue and who does what is in it. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/access.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 1000
#define NOT_SET  G_MININT64

struct entry {
    char *data_dir, *order, *step, *as, *provider, *reason, *id, *service, *state, *visit;
    char *name_zh, *name_en, *need, *unit, *kind, *phone, *hours, *services, *staff;
    char **by;
    gint64 minutes, stars, price_fen, coin_min, subsidy_fen, accept_hours, place;
    gboolean json, all, own_words, at_home, retire;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->order, &entry->step, &entry->as,      &entry->provider, &entry->reason, &entry->id,
                      &entry->service,  &entry->state, &entry->visit, &entry->name_zh, &entry->name_en,  &entry->need,   &entry->unit,
                      &entry->kind,     &entry->phone, &entry->hours, &entry->services, &entry->staff};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&entry->by, g_strfreev);
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool print_json(json_t *rows, GError **error)
{
    char *text = rows != NULL ? json_dumps(rows, JSON_INDENT(2)) : NULL;
    bool ok = text != NULL;

    if (ok)
        puts(text);
    else if (error != NULL && *error == NULL)
        command_wrong(error, "what is there cannot be written down");
    free(text);
    json_decref(rows);
    return ok;
}

/* ---- list, show ---- */

static json_t *row_json(const struct service_order_row *row)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:i, s:I, s:o}", "id", row->id, "no", (json_int_t)row->no, "service",
                     row->service, "kiosk", row->kiosk, "want_from_ms", (json_int_t)row->want_from_ms, "want_to_ms",
                     (json_int_t)row->want_to_ms, "price_fen", (json_int_t)row->price_fen, "pay", order_pay_name(row->pay), "amount",
                     (json_int_t)row->amount, "stars", row->stars, "next_ms", (json_int_t)row->next_ms, "order",
                     order_to_json(&row->order));
}

static void print_row(const struct service_order_row *row)
{
    printf("%" G_GINT64_FORMAT "  %-5s %-10s take on by %u  refused %u  %s%s\n", row->no, row->service,
           order_state_name(row->order.state), date_of_ms(row->order.accept_by_ms), row->order.refusals, row->order.provider, row->order.alert ? "  LOOK" : "");
}

static bool list_in(struct db *db, const struct entry *entry, json_t *rows, GError **error)
{
    struct service_order_search search = {.state = or_empty(entry->state), .provider = or_empty(entry->provider),
                                          .service = or_empty(entry->service), .ended = entry->all, .limit = LIST_MAX};
    g_autoptr(GPtrArray) ids = db_service_orders_search(db, &search, error);

    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        struct service_order_row row;
        bool found;
        if (!db_service_order_find(db, g_ptr_array_index(ids, i), &row, &found, error))
            return false;
        if (found && entry->json)
            json_array_append_new(rows, row_json(&row));
        else if (found)
            print_row(&row);
        service_order_clear(&row);
    }
    return ids != NULL;
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    enum order_state state;
    json_t *rows;

    if (entry->state != NULL && !order_state_parse(entry->state, &state))
        return command_wrong(error, "no such --state");
    if (!db_begin(platform->db, false, error))
        return false;
    rows = json_array();
    bool ok = list_in(platform->db, entry, rows, error);
    db_rollback(platform->db);
    if (ok && entry->json)
        return print_json(rows, error);
    json_decref(rows);
    return ok;
}

static json_t *show_in(struct db *db, const char *name, GError **error)
{
    struct service_order_row row;
    bool found = false;

    if (!db_service_order_find(db, name, &row, &found, error))
        return NULL;
    if (!found) {
        command_wrong(error, "no such order");
        return NULL;
    }
    json_t *out = row_json(&row), *steps = db_order_steps(db, row.id, error);
    json_object_set_new(out, "card_token", json_string(row.card));
    json_object_set_new(out, "words", json_string(row.words));
    json_object_set_new(out, "said", json_string(row.said));
    json_object_set_new(out, "contact", json_loads(row.contact, 0, NULL));
    service_order_clear(&row);
    if (steps == NULL || json_object_set_new(out, "steps", steps) != 0)
        g_clear_pointer(&out, json_decref);
    return out;
}

/* All of it, for whoever has to work on it: that is written down first. */
static bool show(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->order == NULL)
        return command_wrong(error, "--order is needed");
    if (!access_note_command(platform, "order show", PURPOSE_EXPORT, error) || !db_begin(platform->db, false, error))
        return false;
    json_t *out = show_in(platform->db, entry->order, error);
    db_rollback(platform->db);
    return out != NULL && print_json(out, error);
}

/* ---- step ---- */

static bool saying_read(const struct entry *entry, struct order_saying *out, GError **error)
{
    guint count = entry->by != NULL ? g_strv_length(entry->by) : 0;

    if (entry->order == NULL || entry->step == NULL || !order_step_parse(entry->step, &out->deed.step) ||
        !order_actor_parse(entry->as != NULL ? entry->as : "clerk", &out->deed.actor) || out->deed.actor == ORDER_CLOCK)
        return command_wrong(error, "--order NO and --step are needed; --as resident, provider, clerk or manager");
    if (count < 1 || count > 2 || !command_moment(entry->visit, &out->deed.visit_ms) || entry->minutes < 0 ||
        entry->minutes > ORDER_MINUTES_MAX || entry->stars < 0 || entry->stars > ORDER_STARS_MAX ||
        (entry->id != NULL && !uuid_valid(entry->id)))
        return command_wrong(error, "--by ID (twice: with authority); --visit 2026-11-22T09:00:00+08:00, --minutes N, --stars 1 to 5");
    if ((entry->reason != NULL && !command_text_fits(entry->reason, ORDER_REASON_SIZE - 1)) || strlen(or_empty(entry->provider)) >= ORDER_PROVIDER_SIZE ||
        strlen(entry->by[0]) >= sizeof out->staff[0] || (count > 1 && strlen(entry->by[1]) >= sizeof out->staff[1]))
        return command_wrong(error, "--reason has at most 200 bytes, --provider and --by at most 32");
    g_strlcpy(out->deed.provider, or_empty(entry->provider), sizeof out->deed.provider);
    g_strlcpy(out->deed.reason, or_empty(entry->reason), sizeof out->deed.reason);
    for (guint i = 0; i < count; i++)
        g_strlcpy(out->staff[i], entry->by[i], sizeof out->staff[i]);
    out->deed.minutes = entry->minutes;
    out->stars = (int)entry->stars;
    return true;
}

/* By its number, or its id. */
static bool order_named(struct db *db, const char *name, char id[37], GError **error)
{
    struct service_order_row row;
    bool found = false;

    if (!db_service_order_find(db, name, &row, &found, error))
        return false;
    g_strlcpy(id, row.id, 37);
    service_order_clear(&row);
    return found || command_wrong(error, "no such order");
}

static bool step_in(struct db *db, struct order_saying *saying, const struct entry *entry, enum order_state *state, GError **error)
{
    const char *refused = NULL;
    char id[37];
    struct order_told told = {.id = entry->id != NULL ? entry->id : id, .kiosk = "", .desk = saying->deed.actor == ORDER_RESIDENT};

    saying->deed.at_ms = now_ms();
    uuid7(saying->deed.at_ms, id);
    if (!order_named(db, entry->order, saying->order, error) ||
        !service_order_step(db, saying, &told, saying->deed.at_ms, state, &refused, error))
        return false;
    if (refused != NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%s: %s", order_step_name(saying->deed.step), refused);
    return refused == NULL;
}

static bool step(struct platform *platform, struct entry *entry, GError **error)
{
    struct order_saying saying = {0};
    enum order_state state = ORDER_PLACED;

    if (!saying_read(entry, &saying, error) || !db_begin(platform->db, true, error) ||
        !db_end(platform->db, step_in(platform->db, &saying, entry, &state, error), error))
        return false;
    puts(order_state_name(state));
    return true;
}

/* ---- service, provider ---- */

static bool fill(char *out, size_t size, const char *text)
{
    return text == NULL || (command_text_fits(text, size - 1) && g_strlcpy(out, text, size) < size);
}

static void fill_number(int64_t *out, gint64 value)
{
    if (value != NOT_SET)
        *out = value;
}

static json_t *values(struct db *db, GPtrArray *keys, json_t *(*value)(struct db *db, const char *key, GError **error), GError **error)
{
    json_t *out = json_array();

    for (guint i = 0; keys != NULL && i < keys->len; i++) {
        GError *why = NULL;
        json_t *one = value(db, g_ptr_array_index(keys, i), &why);
        if (why != NULL) {
            g_propagate_error(error, why);
            json_decref(out);
            return NULL;
        }
        if (one != NULL)
            json_array_append_new(out, one);
    }
    if (keys == NULL)
        g_clear_pointer(&out, json_decref);
    return out;
}

static bool print_values(struct platform *platform, bool services, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return false;
    g_autoptr(GPtrArray) keys = services ? db_service_codes(platform->db, error) : db_provider_ids(platform->db, error);
    json_t *out = values(platform->db, keys, services ? db_service_value : db_provider_value, error);
    db_rollback(platform->db);
    return out != NULL && print_json(out, error);
}

static bool service_set(struct db *db, const struct entry *entry, GError **error)
{
    struct service_offer offer = {.minutes = 60, .accept_ms = INT64_C(86400000)};
    bool found = false;

    if (!db_service_find(db, entry->service, &offer, &found, error))
        return false;
    if (!found)
        offer = (struct service_offer){.minutes = 60, .accept_ms = INT64_C(86400000)};
    if (!fill(offer.code, sizeof offer.code, entry->service) || !fill(offer.name_zh, sizeof offer.name_zh, entry->name_zh) ||
        !fill(offer.name_en, sizeof offer.name_en, entry->name_en) || !fill(offer.need, sizeof offer.need, entry->need) ||
        !fill(offer.unit, sizeof offer.unit, entry->unit))
        return command_wrong(error, "a code of 16 bytes, names of 63, a unit of 15");
    fill_number(&offer.place, entry->place);
    fill_number(&offer.price_fen, entry->price_fen);
    fill_number(&offer.coin_min, entry->coin_min);
    fill_number(&offer.subsidy_fen, entry->subsidy_fen);
    fill_number(&offer.minutes, entry->minutes > 0 ? entry->minutes : NOT_SET);
    if (entry->accept_hours > 0 && entry->accept_hours <= 168)
        offer.accept_ms = entry->accept_hours * INT64_C(3600000);
    offer.own_words = offer.own_words || entry->own_words;
    offer.at_home = offer.at_home || entry->at_home;
    offer.retired_ms = entry->retire ? now_ms() : 0;
    return service_put(db, &offer, error);
}

static bool service(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->service == NULL)
        return print_values(platform, true, error);
    return db_begin(platform->db, true, error) && db_end(platform->db, service_set(platform->db, entry, error), error);
}

static bool provider_set(struct db *db, const struct entry *entry, GError **error)
{
    struct service_provider provider = {0};
    bool found = false;

    if (!db_provider_find(db, entry->provider, &provider, &found, error))
        return false;
    if (!found)
        memset(&provider, 0, sizeof provider);
    if (!fill(provider.id, sizeof provider.id, entry->provider) || !fill(provider.kind, sizeof provider.kind, entry->kind) ||
        !fill(provider.name_zh, sizeof provider.name_zh, entry->name_zh) ||
        !fill(provider.name_en, sizeof provider.name_en, entry->name_en) || !fill(provider.phone, sizeof provider.phone, entry->phone) ||
        !fill(provider.hours, sizeof provider.hours, entry->hours) ||
        !fill(provider.services, sizeof provider.services, entry->services) || !fill(provider.staff, sizeof provider.staff, entry->staff))
        return command_wrong(error, "an id of 32 bytes, names and hours of 63, services of 255, staff of 511");
    provider.retired_ms = entry->retire ? now_ms() : 0;
    return provider_put(db, &provider, error);
}

static bool provider(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->provider == NULL)
        return print_values(platform, false, error);
    return db_begin(platform->db, true, error) && db_end(platform->db, provider_set(platform->db, entry, error), error);
}

/* ---- The command ---- */

bool command_order(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"list", list}, {"show", show}, {"step", step}, {"service", service},
                                                    {"provider", provider}, {NULL, NULL}};
    struct entry entry = {.price_fen = NOT_SET, .coin_min = NOT_SET, .subsidy_fen = NOT_SET, .place = NOT_SET};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"order", 0, 0, G_OPTION_ARG_STRING, &entry.order, "its number, or its id", "NO"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "what happens to it", "STEP"},
        {"as", 0, 0, G_OPTION_ARG_STRING, &entry.as, "whose word it is: resident, provider, clerk (this), manager", "WHO"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &entry.by, "who answers for it, of the register; given twice: with authority", "ID"},
        {"provider", 0, 0, G_OPTION_ARG_STRING, &entry.provider, "to whom, or whose word; list: of this one only", "ID"},
        {"visit", 0, 0, G_OPTION_ARG_STRING, &entry.visit, "the hour agreed, ISO 8601 with its zone", "TIME"},
        {"minutes", 0, 0, G_OPTION_ARG_INT64, &entry.minutes, "how long it took, or usually takes", "N"},
        {"stars", 0, 0, G_OPTION_ARG_INT64, &entry.stars, "what the resident gives it, 1 to 5", "N"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why; stays here, sealed", "TEXT"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "of this step: given twice it is done once", "UUID"},
        {"state", 0, 0, G_OPTION_ARG_STRING, &entry.state, "list: in this state only", "STATE"},
        {"service", 0, 0, G_OPTION_ARG_STRING, &entry.service, "list: of this one only; service: put this one in force", "CODE"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "also what has ended", NULL},
        {"name-zh", 0, 0, G_OPTION_ARG_STRING, &entry.name_zh, "its Chinese name", "TEXT"},
        {"name-en", 0, 0, G_OPTION_ARG_STRING, &entry.name_en, "its English name", "TEXT"},
        {"need", 0, 0, G_OPTION_ARG_STRING, &entry.need, "clothing food housing travel health joy care", "NEED"},
        {"unit", 0, 0, G_OPTION_ARG_STRING, &entry.unit, "what the price is for", "TEXT"},
        {"price-fen", 0, 0, G_OPTION_ARG_INT64, &entry.price_fen, "its price", "FEN"},
        {"coin-min", 0, 0, G_OPTION_ARG_INT64, &entry.coin_min, "in coins instead; 0: not", "MINUTES"},
        {"subsidy-fen", 0, 0, G_OPTION_ARG_INT64, &entry.subsidy_fen, "of a subsidy; 0: none", "FEN"},
        {"accept-hours", 0, 0, G_OPTION_ARG_INT64, &entry.accept_hours, "in what time it is promised to be taken on", "N"},
        {"place", 0, 0, G_OPTION_ARG_INT64, &entry.place, "its place in the list", "N"},
        {"own-words", 0, 0, G_OPTION_ARG_NONE, &entry.own_words, "asked for in the resident's own words", NULL},
        {"at-home", 0, 0, G_OPTION_ARG_NONE, &entry.at_home, "somebody comes", NULL},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &entry.kind, "ngo social volunteer merchant individual", "KIND"},
        {"phone", 0, 0, G_OPTION_ARG_STRING, &entry.phone, "of the provider's place", "TEXT"},
        {"hours", 0, 0, G_OPTION_ARG_STRING, &entry.hours, "when it is open", "TEXT"},
        {"services", 0, 0, G_OPTION_ARG_STRING, &entry.services, "which it does: A,B", "CODES"},
        {"staff", 0, 0, G_OPTION_ARG_STRING, &entry.staff, "who of the register speaks for it: A,B", "IDS"},
        {"retire", 0, 0, G_OPTION_ARG_NONE, &entry.retire, "not offered any more", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform order", entries, &what, error) && command_act(actions, what, entry.data_dir, service_catalogue_ready, &entry, error);

    entry_clear(&entry);
    return ok;
}
