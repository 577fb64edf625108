/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk that is shut out, or enrolled anew elsewhere, between the door and the first transaction of what it asked for: whichever call of
 * openapi.json it is, it is told so, and nothing of it is kept. Requests are the contract's examples.
 */
#include "carrier.h"
#include "kit.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"
#include "schema.h"

#include <string.h>

bool __real_db_begin(struct db *db, bool writing, GError **error);
bool __wrap_db_begin(struct db *db, bool writing, GError **error);

/* What happens behind the door; NULL: nothing. Transactions since it was set: the first one is the door's. */
static void (*meanwhile)(struct db *db);
static unsigned begun;

bool __wrap_db_begin(struct db *db, bool writing, GError **error)
{
    if (meanwhile != NULL && ++begun == 2)
        meanwhile(db);
    return __real_db_begin(db, writing, error);
}

static void revoked(struct db *db)
{
    g_assert_true(__real_db_begin(db, true, NULL) && db_kiosk_revoke(db, "K0001", NULL) && db_commit(db, NULL));
}

static void elsewhere(struct db *db)
{
    g_assert_true(__real_db_begin(db, true, NULL) &&
                  db_run(db, NULL, "UPDATE kiosk SET certificate='0e15e' WHERE community=?1 AND id=?2", "s", "K0001") && db_commit(db, NULL));
}

/* ---- The examples ------------------------------------------------------------------------------------------------------ */

static bool for_kiosks(json_t *operation)
{
    return json_object_get(json_array_get(json_object_get(operation, "security"), 0), "kioskCertificate") != NULL;
}

/* Of a parameter; those without one are of paths. */
static char *example(json_t *parameter)
{
    json_t *value = json_object_get(parameter, "example");
    const char *name = json_string_value(json_object_get(parameter, "name"));

    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    if (json_is_integer(value))
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return g_strcmp0(name, "sha256") == 0 ? g_strnfill(64, '0') : g_strdup("1");
}

struct asked {
    GString *path;
    char *key, *session, *body;
};

static void put(struct asked *asked, json_t *parameter)
{
    const char *in = json_string_value(json_object_get(parameter, "in")), *name = json_string_value(json_object_get(parameter, "name"));
    g_autofree char *value = example(parameter), *hole = g_strdup_printf("{%s}", name);

    if (strcmp(in, "path") == 0)
        g_string_replace(asked->path, hole, value, 0);
    else if (strcmp(name, "Idempotency-Key") == 0)
        asked->key = g_steal_pointer(&value);
    else if (strcmp(name, "Authorization") == 0)
        asked->session = g_strdup(value + strlen("Bearer "));
    else if (strcmp(in, "query") == 0 && json_is_true(json_object_get(parameter, "required")))
        g_string_append_printf(asked->path, "%c%s=%s", strchr(asked->path->str, '?') == NULL ? '?' : '&', name, value);
}

static void asked_read(struct asked *asked, const char *path, json_t *operation)
{
    json_t *content = json_object_get(schema_resolved(json_object_get(operation, "requestBody")), "content"), *parameter;
    json_t *body = json_object_get(json_object_get(content, "application/json"), "example");
    size_t i;

    *asked = (struct asked){.path = g_string_new(path), .body = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL};
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
        put(asked, schema_resolved(parameter));
}

static void asked_clear(struct asked *asked)
{
    g_string_free(asked->path, TRUE);
    g_free(asked->key);
    g_free(asked->session);
    free(asked->body);
}

/* ---- The calls --------------------------------------------------------------------------------------------------------- */

/* It tells what lies in no table: a kiosk that comes for it is asked at the door alone. */
static const char *const UNTOLD[] = {"GET /v1/signing-keys", NULL};

static void ask(struct kit_stage *f, const char *method, const struct asked *asked, const char *code)
{
    struct carried carried = {.method = method, .path = asked->path->str, .key = asked->key, .body = asked->body, .session = asked->session,
                              .kiosk = "K0001", .certificate = KIT_SERIAL};
    g_autofree char *name = g_strdup_printf("%s %s", method, asked->path->str);
    struct reply reply;

    begun = 0;
    carrier_run(f->platform, &carried, &reply);
    g_test_message("%s: %u transactions, %u", name, begun, reply.status);
    if (!g_strv_contains(UNTOLD, name)) {
        g_assert_cmpuint(begun, >=, 2);
        g_assert_cmpuint(reply.status, ==, 403);
        g_assert_nonnull(strstr(reply.body, code));
    } else {
        g_assert_cmpuint(begun, <=, 1);
    }
    reply_clear(&reply);
}

static void every_call(struct kit_stage *f, void (*what)(struct db *db), const char *code)
{
    json_t *methods, *operation;
    const char *path, *method;
    unsigned calls = 0;

    json_object_foreach(json_object_get(schema_document(), "paths"), path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            g_autofree char *upper = g_ascii_strup(method, -1);
            struct asked asked;
            struct pen pen;

            if (!for_kiosks(operation))
                continue;
            kit_enrol(f->platform, "K0001", &pen);
            asked_read(&asked, path, operation);
            meanwhile = what;
            ask(f, upper, &asked, code);
            meanwhile = NULL;
            asked_clear(&asked);
            calls++;
        }
    }
    g_assert_cmpuint(calls, >, 20);
}

static void test_revoked(struct kit_stage *f, const void *data)
{
    every_call(f, revoked, "\"KIOSK_REVOKED\"");
}

static void test_elsewhere(struct kit_stage *f, const void *data)
{
    every_call(f, elsewhere, "\"KIOSK_UNKNOWN\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/platform/shut-out/revoked", struct kit_stage, NULL, kit_up, test_revoked, kit_down);
    g_test_add("/platform/shut-out/elsewhere", struct kit_stage, NULL, kit_up, test_elsewhere, kit_down);
    return g_test_run();
}
