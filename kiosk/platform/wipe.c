/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/wipe.h"
#include "platform/data/db-rows.h"
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

static bool order(struct db *db, const char *number, int64_t *again, GError **error)
{
    g_autofree char *token = NULL, *state = NULL;

    *again = 0;
    if (number != NULL && !db_card_find(db, number, &token, &state, error))
        return false;
    if (number != NULL && token == NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        return false;
    }
    return command_put(db, token, error) && tell_again(db, "bill", token, again, error) &&
           tell_again(db, "credit", token, again, error) && tell_again(db, "order", token, again, error) &&
           tell_again(db, "ticket", token, again, error) && tell_again(db, "seat", token, again, error);
}

bool wipe_order(struct platform *platform, const char *number, int64_t *again, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (order(platform->db, number, again, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
