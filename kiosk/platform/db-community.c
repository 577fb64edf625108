/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db-rows.h"
#include "model/model.h"
#include <string.h>

bool db_meta_set(struct db *db, const char *key, const char *value, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO meta VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET value=excluded.value", "ss",
                  key, value);
}

bool db_meta_get(struct db *db, const char *key, char **value, GError **error)
{
    return db_text(db, error, value, "SELECT value FROM meta WHERE community=?1 AND key=?2", "s", key);
}

bool db_biller_add(struct db *db, const struct biller *biller, GError **error)
{
    return db_run(db, error, "INSERT INTO biller VALUES(?1,?2,?3,?4,?5)", "ssss", biller->id, biller->kind,
                  biller->name_zh, biller->name_en);
}

bool db_household_add(struct db *db, int id, const struct household *household, GError **error)
{
    return db_run(db, error, "INSERT INTO household VALUES(?1,?2,seal('household.address|'||?2,?3),?4,?5)", "issi", (int64_t)id,
                  household->address, household->grid, (int64_t)household->area_m2);
}

bool db_person_add(struct db *db, int id, const struct person *person, GError **error)
{
    const char sex[2] = {person->sex, '\0'};

    return db_run(db, error, "INSERT INTO person VALUES(?1,?2,seal('person.name|'||?2,?3),seal('person.id_number|'||?2,?4),?5,0,"
                  "seal('person.phone|'||?2,?7),?8,?9,?10,blind(?4),seal('person.birth|'||?2,CAST(?6 AS TEXT)))",
                  "isssisiii",
                  (int64_t)id, person->name, person->id_number, sex, (int64_t)person->birth, person->phone,
                  (int64_t)person->nation, (int64_t)person->local, (int64_t)person->household);
}

bool db_card_add(struct db *db, const struct sample_card *card, const char *token, GError **error)
{
    return db_run(db, error, "INSERT INTO card VALUES(?1,?3,seal('card.number|'||?3,?2),?4,?5,?6,?7,?8,?9)", "ssisiiis",
                  card->number, token, (int64_t)card->person, card->issuer, (int64_t)card->card_class,
                  (int64_t)card->valid_from, (int64_t)card->valid_to, card_state_name(card->state));
}

bool db_card_find(struct db *db, const char *number, char **token, char **state, GError **error)
{
    return db_text(db, error, token, "SELECT token FROM card WHERE community=?1 AND token=card_ref(?2)", "s",
                   number) &&
           db_text(db, error, state, "SELECT state FROM card WHERE community=?1 AND token=card_ref(?2)", "s", number);
}

bool db_card_token_active(struct db *db, const char *token, bool *active, GError **error)
{
    int64_t count;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM card WHERE community=?1 AND token=?2 AND state='active'", "s", token);

    *active = count > 0;
    return ok;
}

bool db_card_token_person(struct db *db, const char *token, int64_t *person, GError **error)
{
    return db_int(db, error, -1, person, "SELECT person FROM card WHERE community=?1 AND token=?2", "s", token);
}

bool db_card_state_set(struct db *db, const char *number, const char *state, GError **error)
{
    return db_run(db, error, "UPDATE card SET state=?3 WHERE community=?1 AND token=card_ref(?2)", "ss", number,
                  state);
}

/* ---- Bills ---- */

bool db_bill_add(struct db *db, const struct bill_row *bill, GError **error)
{
    return db_run(db, error, "INSERT INTO bill VALUES(?1,?2,card_ref(?3),?4,seal('bill.account_no|'||?2,?5),?6,?7,?8,?9,?10,?11,"
                  "blind('account|'||?5))", "sssssisiis",
                  bill->id, bill->card, bill->biller, bill->account_no, bill->period, bill->amount_fen,
                  bill->usage, (int64_t)bill->issue, (int64_t)bill->due, bill->state);
}

bool db_bill_find(struct db *db, const char *id, struct bill_row *out, bool *found, GError **error)
{
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT (SELECT unseal('card.number|'||c.token, c.number) FROM card c WHERE c.community=b.community"
                 " AND c.token=b.card), biller, unseal('bill.account_no|'||id, account_no), period, amount_fen, usage, issue, due,"
                 " state FROM bill b"
                 " WHERE community=?1 AND id=?2",
                 "s", id);
    int step;

    memset(out, 0, sizeof *out);
    *found = false;
    if (stmt == NULL)
        return false;
    step = db_next(db, stmt, error);
    if (step <= 0)
        return step == 0;
    g_strlcpy(out->id, id, sizeof out->id);
    db_copy_text(stmt, 0, out->card, sizeof out->card);
    db_copy_text(stmt, 1, out->biller, sizeof out->biller);
    db_copy_text(stmt, 2, out->account_no, sizeof out->account_no);
    db_copy_text(stmt, 3, out->period, sizeof out->period);
    out->amount_fen = db_col_int(stmt, 4);
    db_copy_text(stmt, 5, out->usage, sizeof out->usage);
    out->issue = (uint32_t)db_col_int(stmt, 6);
    out->due = (uint32_t)db_col_int(stmt, 7);
    db_copy_text(stmt, 8, out->state, sizeof out->state);
    db_done(stmt);
    *found = true;
    return true;
}

bool db_bill_state_set(struct db *db, const char *id, const char *state, GError **error)
{
    return db_run(db, error, "UPDATE bill SET state=?3 WHERE community=?1 AND id=?2", "ss", id, state);
}

bool db_bill_count(struct db *db, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out, "SELECT count(*) FROM bill WHERE community=?1", "");
}

static const char *column(struct db_rows *stmt, int index)
{
    const char *text = db_col_text(stmt, index);

    return text != NULL ? text : "";
}

/* Masked here, so that a kiosk's disk never holds more than a screen may show (PV-1). */
static json_t *bill_value(struct db_rows *stmt)
{
    const char *account = column(stmt, 6), *state = column(stmt, 13);
    g_autofree char *name = mask_name(column(stmt, 8));
    g_autofree char *address = mask_address(column(stmt, 9));

    account = strlen(account) > 4 ? account + strlen(account) - 4 : account;
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "id",
                     column(stmt, 0), "card_token", column(stmt, 1), "biller", "id", column(stmt, 2), "kind",
                     column(stmt, 3), "name_zh", column(stmt, 4), "name_en", column(stmt, 5),
                     "account_masked", account, "period", column(stmt, 7), "name_masked", name,
                     "address_masked", address, "usage", column(stmt, 11), "amount_fen",
                     (json_int_t)db_col_int(stmt, 10), "issue",
                     (json_int_t)db_col_int(stmt, 12), "due",
                     (json_int_t)db_col_int(stmt, 14), "state", state);
}

json_t *db_bill_value(struct db *db, const char *id, GError **error)
{
    struct db_rows *stmt = db_query(
        db, error,
        "SELECT b.id, c.token, r.id, r.kind, r.name_zh, r.name_en, unseal('bill.account_no|'||b.id, b.account_no), b.period, "
        "unseal('person.name|'||p.id, p.name), unseal('household.address|'||h.id, h.address), b.amount_fen,"
        " b.usage, b.issue, b.state, b.due FROM bill b"
        " JOIN card c ON c.community=b.community AND c.token=b.card"
        " JOIN person p ON p.community=c.community AND p.id=c.person"
        " JOIN household h ON h.community=p.community AND h.id=p.household"
        " JOIN biller r ON r.community=b.community AND r.id=b.biller WHERE b.community=?1 AND b.id=?2",
        "s", id);
    json_t *value;

    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    value = bill_value(stmt);
    db_done(stmt);
    if (value == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a bill is not UTF-8");
    return value;
}

bool db_notice_set(struct db *db, const char *id, const char *value, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO notice VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET value=excluded.value", "ss",
                  id, value);
}
