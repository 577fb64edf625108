/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/access.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/clock.h"

bool access_note_command(struct platform *platform, const char *command, enum purpose purpose, GError **error)
{
    struct access access = {.actor = command, .role = "operator", .person = -1, .fields = purpose_fields(purpose),
                            .purpose = purpose, .case_id = "", .kiosk = ""};

    return db_begin(platform->db, true, error) &&
           db_end(platform->db, db_access_add(platform->db, &access, now_ms(), error), error);
}

static bool auditor_fits(struct db *db, const char *staff, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {staff}, .needed = 1, .act = STAFF_AUDIT, .at_ms = now_ms, .now_ms = now_ms};
    enum ledger_code code = LEDGER_OK;

    if (!staff_judge(db, &question, &code, error))
        return false;
    if (code != LEDGER_OK)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "who reads the log has to be in the register of staff: %s",
                    ledger_code_name(code));
    return code == LEDGER_OK;
}

static json_t *audit_read(struct db *db, const struct access *access, int64_t before, int64_t limit, int64_t now_ms, GError **error)
{
    if (!auditor_fits(db, access->actor, now_ms, error) || !db_access_add(db, access, now_ms, error))
        return NULL;
    return db_access_rows(db, access->person, before, limit, error);
}

json_t *access_told(struct db *db, json_t *told, GError **error)
{
    if (told == NULL)
        db_rollback(db);
    else if (!db_commit(db, error))
        g_clear_pointer(&told, json_decref);
    return told;
}

json_t *access_audit(struct platform *platform, const char *staff, const char *card, int64_t before, int64_t limit, int64_t now_ms,
                     GError **error)
{
    struct access access = {.actor = staff, .role = "auditor", .person = -1, .fields = purpose_fields(PURPOSE_AUDIT),
                            .purpose = PURPOSE_AUDIT, .case_id = "", .kiosk = ""};
    struct db *db = platform->db;

    if (!db_begin(db, true, error))
        return NULL;
    bool good = card == NULL || db_card_token_person(db, card, &access.person, error);
    if (good && card != NULL && access.person < 0) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        good = false;
    }
    return access_told(db, good ? audit_read(db, &access, before, limit, now_ms, error) : NULL, error);
}
