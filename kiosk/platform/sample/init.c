/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/init.h"
#include "platform/backup/backup.h"
#include "platform/data/db-move.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "platform/sample/fill.h"
#include "platform/sample/realism.h"
#include "model/model.h"
#include "sync/wire.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Secrets ---- */

static bool add_hex(json_t *secrets, const char *name, const uint8_t *bytes, size_t len)
{
    char text[2 * SEAL_KEY_SIZE + 1];
    bool ok = len <= SEAL_KEY_SIZE && json_object_set_new(secrets, name, json_string(wire_hex(bytes, len, text))) == 0;

    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

/* The name of the token that has them, or the keys themselves. */
static bool add_purse_keys(json_t *secrets, const struct init_options *options, GError **error)
{
    struct purse_masters masters;
    bool ok;

    if (options->hsm != NULL)
        return json_object_set_new(secrets, "hsm", json_string(options->hsm)) == 0;
    ok = purse_master_read(options->keys_file, "tac", masters.tac, error) &&
         purse_master_read(options->keys_file, "load", masters.load, error) &&
         purse_master_read(options->keys_file, "authentication", masters.proof, error) &&
         add_hex(secrets, "proof_master", masters.proof, sizeof masters.proof) &&
         add_hex(secrets, "tac_master", masters.tac, sizeof masters.tac) &&
         add_hex(secrets, "load_master", masters.load, sizeof masters.load);
    OPENSSL_cleanse(&masters, sizeof masters);
    return ok;
}

static bool write_secrets(const struct init_options *options, GError **error)
{
    uint8_t index_key[32], seal[SEAL_KEY_SIZE];
    char seal_text[2 * SEAL_KEY_SIZE + 1], *text = NULL;
    json_t *secrets = json_object();
    bool ok;

    random_bytes(index_key, sizeof index_key);
    random_bytes(seal, sizeof seal);
    wire_hex(seal, sizeof seal, seal_text);
    ok = add_hex(secrets, "index_key", index_key, sizeof index_key) &&
         json_object_set_new(secrets, "seal_secrets", json_pack("[s]", seal_text)) == 0 &&
         add_purse_keys(secrets, options, error) && (text = json_dumps(secrets, JSON_INDENT(2) | JSON_SORT_KEYS)) != NULL &&
         platform_file_new(options->data_dir, PLATFORM_SECRETS_FILE, text, error);
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(secrets);
    OPENSSL_cleanse(seal_text, sizeof seal_text);
    OPENSSL_cleanse(seal, sizeof seal);
    OPENSSL_cleanse(index_key, sizeof index_key);
    return ok;
}

/* ---- All of it ---- */

/* Before anything is made: a token that is not there, or has other keys, is found now. */
static bool hsm_answers(const char *uri, GError **error)
{
    struct hsm *hsm = uri != NULL ? hsm_new(uri, error) : NULL;
    bool ok = uri == NULL || (hsm != NULL && hsm_check(hsm, error));

    hsm_free(hsm);
    return ok;
}

static bool make_folder(const char *data_dir, GError **error)
{
    if (g_mkdir_with_parents(data_dir, 0700) == 0 && chmod(data_dir, 0700) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "cannot make %s: %s", data_dir,
                g_strerror(errno));
    return false;
}

static bool load_personas(const struct init_options *options, json_t **out, GError **error)
{
    *out = NULL;
    if (options->personas_file == NULL)
        return true;
    *out = sample_json(options->personas_file, error);
    return *out != NULL;
}

/* Whatever would be refused later is found before anything is made. */
static bool options_good(const struct community_options *options, GError **error)
{
    struct community first;
    bool good = community_block_make(options, 0, &first, error);

    if (good)
        community_clear(&first);
    return good;
}

GArray *sample_check(const struct init_options *options, GError **error)
{
    struct community_options community = {
        .residents = options->residents, .seed = options->seed, .today = options->today, .year = options->year,
        .dirty = options->dirty_report != NULL};
    struct credit_rules rules;
    GArray *figures = NULL;

    if (sample_rules(options, &rules, error) && load_personas(options, &community.personas, error))
        figures = realism_check(&community, &rules, error);
    json_decref(community.personas);
    return figures;
}

/* ---- A server's community is made in a file beside ---- */

#define BESIDE "making" /* in the data folder, as long as it takes */

static bool fill_file(struct platform *platform, struct db *file, const struct community_options *community, const struct init_options *options,
                      GError **error)
{
    struct db *server = platform->db;

    platform->db = file;
    bool ok = sample_fill(platform, community, options, error);
    platform->db = server;
    return ok && db_move(file, server, error);
}

static bool fill_beside(struct platform *platform, const struct community_options *community, const struct init_options *options, GError **error)
{
    g_autofree char *dir = g_build_filename(options->data_dir, BESIDE, NULL);

    if (!make_folder(dir, error))
        return false;
    struct db *file = db_beside(platform->db, dir, error);
    bool ok = file != NULL && fill_file(platform, file, community, options, error);
    db_close(file);
    folder_discard(dir);
    return ok;
}

static bool fill(struct platform *platform, const struct community_options *community, const struct init_options *options, GError **error)
{
    return options->database != NULL ? fill_beside(platform, community, options, error) : sample_fill(platform, community, options, error);
}

bool platform_init(const struct init_options *options, GError **error)
{
    struct community_options community = {
        .residents = options->residents, .seed = options->seed, .today = options->today, .year = options->year,
        .dirty = options->dirty_report != NULL};
    struct platform *platform = NULL;
    struct db *db;
    bool ok = false;

    if (!hsm_answers(options->hsm, error) || !load_personas(options, &community.personas, error))
        return false;
    if (options_good(&community, error) && make_folder(options->data_dir, error) &&
        (options->database == NULL || platform_file_new(options->data_dir, DB_SERVER_FILE, options->database, error)) &&
        (db = db_open(options->data_dir, COMMUNITY_ID, true, NULL, error)) != NULL) {
        db_close(db);
        if (pki_init(options->data_dir, options->hosts, error) && write_secrets(options, error))
            platform = platform_open(options->data_dir, error);
    }
    if (platform != NULL)
        ok = fill(platform, &community, options, error) && hotlist_tend(platform, now_ms(), error);
    platform_close(platform);
    json_decref(community.personas);
    return ok;
}
