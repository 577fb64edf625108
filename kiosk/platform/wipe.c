/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/wipe.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "sync/wire.h"
#include <jansson.h>
#include <string.h>

static bool command_put(struct db *db, const char *token, GError **error)
{
    g_autofree char *id = g_strdup_printf("wipe-%s", token != NULL ? token : "all");
    json_t *value = token != NULL ? json_pack("{s:s, s:s}", "kind", "wipe", "token", token)
                                  : json_pack("{s:s, s:b}", "kind", "wipe", "all", 1);
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    bool ok = text != NULL && db_command_set(db, id, text, error) && db_change_add(db, "command", id, error);

    json_decref(value);
    free(text);
    return ok;
}

/* Behind the command, in the order that they had. */
static bool tell_again(struct db *db, const char *topic, const char *token, int64_t *again, GError **error)
{
    g_autoptr(GPtrArray) keys = db_change_personal(db, topic, token, error);

    if (keys == NULL)
        return false;
    for (guint i = 0; i < keys->len; i++)
        if (!db_change_add(db, topic, g_ptr_array_index(keys, i), error))
            return false;
    *again += keys->len;
    return true;
}

const char *const wipe_topics[] = {"bill", "credit", "order", "ticket", "seat", "card", "preference", "volunteer", NULL};

static bool told_behind(struct db *db, const char *token, int64_t *again, GError **error)
{
    for (const char *const *topic = wipe_topics; *topic != NULL; topic++)
        if (!tell_again(db, *topic, token, again, error))
            return false;
    return true;
}

/* Somebody's, or one that lies in the stock still; of one that was replaced the card in its place. */
static bool card_known(struct db *db, const char *token, char current[33], bool *known, GError **error)
{
    struct card_row row;
    int64_t stopped_ms = 0;

    if (!db_card_row(db, token, &row, known, error) || (!*known && !db_stock_find(db, token, &row, known, error)))
        return false;
    return db_card_current(db, token, current, &stopped_ms, error);
}

/* All cards of the line are one person's: whichever of them is named. */
static bool order_person(struct db *db, const char *token, int64_t *again, GError **error)
{
    char current[33];
    bool known = false;

    if (!card_known(db, token, current, &known, error))
        return false;
    if (!known) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        return false;
    }
    g_autoptr(GPtrArray) before = db_card_line(db, current, error);
    bool ok = before != NULL && command_put(db, current, error);
    for (guint i = 0; ok && i < before->len; i++)
        ok = command_put(db, g_ptr_array_index(before, i), error);
    return ok && told_behind(db, current, again, error);
}

static bool order(struct platform *platform, const char *number, int64_t *again, GError **error)
{
    char token[33];

    *again = 0;
    if (number == NULL)
        return command_put(platform->db, NULL, error) && told_behind(platform->db, NULL, again, error);
    card_token(platform->index_key, number, token);
    return order_person(platform->db, token, again, error);
}

bool wipe_order(struct platform *platform, const char *number, int64_t *again, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (order(platform, number, again, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
