/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/content/content.h"
#include "platform/data/db-figures.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/staff.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define USES   "files" /* the daily total: tickets that were given a photo */

/* ---- Of the staff ---- */

bool files_add(struct db *db, const char *name, const void *bytes, size_t len, int64_t now_ms, char id[FILE_ID_SIZE], GError **error)
{
    struct file_row row = {.told = {.length = (int64_t)len}, .made_ms = now_ms}, there;
    bool found = false;

    if (len > FILE_BYTES_MAX)
        return platform_refuse(error, "the file is too long: 8 MiB are the most");
    if (!file_type_of(bytes, len, &row.told.type))
        return platform_refuse(error, "this is no PNG, JPEG, PDF, Ogg or WAV");
    file_id_of(bytes, len, id);
    g_strlcpy(row.told.id, id, sizeof row.told.id);
    g_strlcpy(row.told.name, name, sizeof row.told.name);
    json_t *told = file_told_to_json(&row.told);
    bool fits = file_told_from_json(told, &row.told);
    json_decref(told);
    if (!fits || strlen(name) > FILE_NAME_MAX)
        return platform_refuse(error, "its name is too long, or no line of text");
    if (!db_file_find(db, id, &there, &found, error))
        return false;
    if (found && there.personal)
        return platform_refuse(error, "this file came from a resident, it is not for everybody");
    return found || db_file_add(db, &row, bytes, len, error);
}

bool files_use(struct db *db, const char *id, const char *what, const char *which, GError **error)
{
    struct file_row row;
    bool found = false;

    if (!db_file_find(db, id, &row, &found, error))
        return false;
    if (!found || row.personal)
        return platform_refuse(error, "there is no such file for everybody");
    return db_file_use(db, id, what, which, error) && db_change_add(db, "file", id, error);
}

bool files_unuse(struct db *db, const char *what, const char *which, GError **error)
{
    GPtrArray *files = NULL;
    bool ok = db_file_unuse(db, what, which, &files, error);

    for (guint i = 0; ok && i < files->len; i++)
        ok = db_change_add(db, "file", files->pdata[i], error);
    if (files != NULL)
        g_ptr_array_unref(files);
    return ok;
}

/* ---- Of a kiosk ---- */

struct taken {
    const char *kiosk, *ticket, *sha256;
    enum file_type type;
    uint8_t *bytes;
    size_t len;
    int64_t now_ms;
};

static bool refused(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

static bool request_read(json_t *request, struct taken *out, struct tap_refusal *refusal)
{
    const char *type, *text;
    enum file_type real;
    char id[FILE_ID_SIZE];

    if (!json_is_object(request) || !wire_get_string(request, "sha256", 64, &out->sha256) || !file_id_valid(out->sha256) ||
        !wire_get_string(request, "type", 31, &type) || !file_type_parse(type, &out->type) ||
        !wire_get_string(request, "ticket", 36, &out->ticket) || !uuid_valid(out->ticket) ||
        !wire_get_string(request, "bytes", WIRE_REQUEST_BYTES_MAX, &text))
        return refused(refusal, 400, "MALFORMED");
    out->bytes = base64_read(text, PHOTO_BYTES_MAX, &out->len);
    if (out->bytes == NULL)
        return refused(refusal, 400, "MALFORMED");
    if (!file_type_of(out->bytes, out->len, &real) || real != out->type)
        return refused(refusal, 422, "FILE_TYPE");
    file_id_of(out->bytes, out->len, id);
    return strcmp(id, out->sha256) == 0 || refused(refusal, 422, "FILE_DIGEST");
}

static bool too_many(struct tap_refusal *refusal)
{
    refused(refusal, 429, "FILES_TOO_MANY");
    refusal->retry_after_s = 3600;
    return false;
}

/* Room for its bytes. */
static bool room(struct db *db, const struct taken *taken, struct tap_refusal *refusal, GError **error)
{
    int64_t count = 0, bytes = 0;

    if (!db_file_sent(db, taken->kiosk, taken->now_ms - DAY_MS, &count, &bytes, error))
        return false;
    return (count < FILES_DAY_MAX && bytes + (int64_t)taken->len <= FILES_DAY_BYTES_MAX) || too_many(refusal);
}

/* A ticket that is not here yet may still come. */
static bool ticket_fits(struct db *db, const struct taken *taken, struct tap_refusal *refusal, GError **error)
{
    struct ticket_row ticket;
    bool found = false;

    if (!db_ticket_find(db, taken->ticket, &ticket, &found, error))
        return false;
    bool fits = !found || ticket.kiosk[0] == '\0' || strcmp(ticket.kiosk, taken->kiosk) == 0;
    ticket_row_clear(&ticket);
    return fits || refused(refusal, 422, "FILE_TICKET");
}

/* Each use counts, of a file that is there already, too: else one file could be used without end. */
static bool use(struct db *db, const struct taken *taken, struct tap_refusal *refusal, GError **error)
{
    int64_t today = 0;

    if (!db_day_count(db, USES, taken->kiosk, taken->now_ms, &today, error))
        return false;
    if (today >= FILES_DAY_MAX)
        return too_many(refusal);
    return db_file_use(db, taken->sha256, "ticket", taken->ticket, error) &&
           db_day_add(db, USES, taken->kiosk, taken->now_ms, 1, 0, error);
}

static bool keep(struct db *db, const struct taken *taken, bool *known, struct tap_refusal *refusal, GError **error)
{
    struct file_row row = {.told = {.length = (int64_t)taken->len, .type = taken->type}, .personal = true, .made_ms = taken->now_ms}, there;

    bool used = false;

    if (!db_file_find(db, taken->sha256, &there, known, error))
        return false;
    if (*known && !there.personal)
        return refused(refusal, 422, "FILE_PUBLIC");
    if (!ticket_fits(db, taken, refusal, error) || !db_file_used(db, taken->sha256, "ticket", taken->ticket, &used, error))
        return false;
    if (used)
        return true;
    g_strlcpy(row.told.id, taken->sha256, sizeof row.told.id);
    g_strlcpy(row.kiosk, taken->kiosk, sizeof row.kiosk);
    return (*known || (room(db, taken, refusal, error) && db_file_add(db, &row, taken->bytes, taken->len, error))) &&
           use(db, taken, refusal, error);
}

json_t *files_take(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms, struct tap_refusal *refusal,
                   GError **error)
{
    struct taken taken = {.kiosk = kiosk, .now_ms = now_ms};
    struct db *db = platform->db;
    bool known = false, ok = false;

    memset(refusal, 0, sizeof *refusal);
    if (request_read(request, &taken, refusal) && db_begin(db, true, error)) {
        ok = keep(db, &taken, &known, refusal, error);
        if (ok)
            ok = db_commit(db, error);
        else
            db_rollback(db);
    }
    if (taken.bytes != NULL)
        OPENSSL_cleanse(taken.bytes, taken.len);
    g_free(taken.bytes);
    return ok ? json_pack("{s:s, s:I, s:s, s:b, s:I}", "sha256", taken.sha256, "length", (json_int_t)taken.len, "type",
                          file_type_name(taken.type), "known", known, "server_time", (json_int_t)now_ms)
              : NULL;
}

/* ---- Read by the staff ---- */

struct reading {
    struct db *db;
    const struct file_row *row;
    const char *by;
    int64_t now_ms;
};

/* May they, about whom it is of (NULL: nobody knows)? That they did is written down first. */
static bool reader_fits(const struct reading *r, const char *about, GError **error)
{
    struct staff_question question = {.names = {r->by}, .needed = 1, .act = STAFF_TICKETS, .kiosk = r->row->kiosk, .about = about,
                                      .at_ms = r->now_ms, .now_ms = r->now_ms};
    struct access access = {.actor = r->by, .role = "", .person = -1, .fields = purpose_fields(PURPOSE_COMPLAINT),
                            .purpose = PURPOSE_COMPLAINT, .case_id = r->row->told.id, .kiosk = r->row->kiosk};
    enum ledger_code code = LEDGER_OK;
    struct staff_row member;
    bool found = false;

    if (!staff_judge(r->db, &question, &code, error))
        return false;
    if (code != LEDGER_OK)
        return platform_refuse(error, "the register of staff says no");
    if (!db_staff_find(r->db, r->by, r->now_ms, &member, &found, error) ||
        (about != NULL && !db_card_token_person(r->db, about, &access.person, error)))
        return false;
    if (found) {
        access.actor = member.staff.id;
        access.role = staff_role_name(member.staff.role);
    }
    return db_access_add(r->db, &access, r->now_ms, error);
}

/* Who filed this ticket; "": nobody who is known. */
static bool reporter_of(struct db *db, const char *ticket, char out[33], GError **error)
{
    struct ticket_row row;
    bool found = false;

    if (!db_ticket_find(db, ticket, &row, &found, error))
        return false;
    g_strlcpy(out, row.reporter, 33);
    ticket_row_clear(&row);
    return true;
}

static bool reader_fits_all(const struct reading *r, GError **error)
{
    g_autoptr(GPtrArray) tickets = db_file_users(r->db, r->row->told.id, "ticket", error);
    bool ok = tickets != NULL, any = false;

    for (guint i = 0; ok && i < tickets->len; i++) {
        char reporter[33] = "";
        ok = reporter_of(r->db, tickets->pdata[i], reporter, error);
        if (ok && reporter[0] != '\0') {
            any = true;
            ok = reader_fits(r, reporter, error);
        }
    }
    return ok && (any || reader_fits(r, NULL, error));
}

GByteArray *files_read(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error)
{
    struct file_row row;
    const struct reading reading = {.db = db, .row = &row, .by = by, .now_ms = now_ms};
    bool found = false;

    if (!db_file_find(db, id, &row, &found, error))
        return NULL;
    if (!found)
        platform_refuse(error, "there is no such file");
    else if (row.personal && by == NULL)
        platform_refuse(error, "--by is needed: it came from a resident");
    else if (!row.personal || reader_fits_all(&reading, error))
        return db_file_bytes(db, &row, 0, row.told.length, error);
    return NULL;
}
