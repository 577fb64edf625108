/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

bool db_meta_set(struct db *db, const char *key, const char *value, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO meta VALUES(?1,?2,?3) ON CONFLICT(community, key) DO UPDATE SET value=excluded.value", "ss",
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

bool db_household_add(struct db *db, const struct household *household, GError **error)
{
    char key[24];

    return db_add_row(db, error, "INSERT INTO household VALUES(?1,?2,?3,?4,?5)", "ipsi", (int64_t)household->id, "household.address",
                      db_key(household->id, key), household->address, household->grid, (int64_t)household->area_m2);
}

bool db_person_add(struct db *db, int id, const struct person *person, GError **error)
{
    const char sex[2] = {person->sex, '\0'};
    char key[24], birth[24];

    db_key(id, key);
    return db_add_row(db, error,
                      "INSERT INTO person(community, id, name, id_number, sex, birth, phone, nation, local, household, id_index, born)"
                      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
                      "ippsipiiixp", (int64_t)id, "person.name", key, person->name, "person.id_number", key, person->id_number, sex,
                      (int64_t)0, "person.phone", key, person->phone, (int64_t)person->nation, (int64_t)person->local,
                      (int64_t)person->household, person->id_number, "person.birth", key, db_key(person->birth, birth));
}

bool db_card_add(struct db *db, const struct sample_card *card, const char *token, GError **error)
{
    return db_add_row(db, error,
                      "INSERT INTO card(community, token, number, person, issuer, class, valid_from, valid_to, state)"
                      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                      "spisiiis", token, "card.number", token, card->number, (int64_t)card->person, card->issuer,
                      (int64_t)card->card_class, (int64_t)card->valid_from, (int64_t)card->valid_to, card_state_name(card->state));
}

bool db_card_find(struct db *db, const char *number, char **token, char **state, GError **error)
{
    return db_text(db, error, token, "SELECT token FROM card WHERE community=?1 AND token=?2", "c", number) &&
           db_text(db, error, state, "SELECT " DB_CARD_STATE("card") " FROM card WHERE community=?1 AND token=?2", "c", number);
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
    return db_run(db, error, "UPDATE card SET state=?3 WHERE community=?1 AND token=?2", "cs", number, state);
}

/* ---- Bills ---- */

bool db_bill_add(struct db *db, const struct bill_row *bill, GError **error)
{
    g_autofree char *account = g_strconcat("account|", bill->account_no, NULL);

    return db_add_row(db, error,
                      "INSERT INTO bill(community, id, card, biller, account_no, period, amount_fen, usage, issue, due, state,"
                      " account_index) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
                      "scspsisiisx", bill->id, bill->card, bill->biller, "bill.account_no", bill->id, bill->account_no, bill->period,
                      bill->amount_fen, bill->usage, (int64_t)bill->issue, (int64_t)bill->due, bill->state, account);
}

bool db_statement_add(struct db *db, const struct bill_row *statement, GError **error)
{
    return db_add_row(db, error,
                      "INSERT INTO statement(community, id, card, biller, account_no, period, amount_fen, usage, issue)"
                      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                      "scspsisi", statement->id, statement->card, statement->biller, "statement.account_no", statement->id,
                      statement->account_no, statement->period, statement->amount_fen, statement->usage, (int64_t)statement->issue);
}

bool db_bill_find(struct db *db, const char *id, struct bill_row *out, bool *found, GError **error)
{
    struct db_rows *stmt =
        db_query(db, error,
                 "SELECT (SELECT c.number FROM card c WHERE c.community=b.community AND c.token=b.card), b.biller, b.account_no,"
                 " b.period, b.amount_fen, b.usage, b.issue, b.due, b.state, b.card FROM bill b WHERE b.community=?1 AND b.id=?2",
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
    db_copy_text(stmt, 1, out->biller, sizeof out->biller);
    db_copy_text(stmt, 3, out->period, sizeof out->period);
    out->amount_fen = db_col_int(stmt, 4);
    db_copy_text(stmt, 5, out->usage, sizeof out->usage);
    out->issue = (uint32_t)db_col_int(stmt, 6);
    out->due = (uint32_t)db_col_int(stmt, 7);
    db_copy_text(stmt, 8, out->state, sizeof out->state);
    *found = db_copy_unsealed(db, stmt, 0, "card.number", db_col_text(stmt, 9), out->card, sizeof out->card, error) &&
             db_copy_unsealed(db, stmt, 2, "bill.account_no", id, out->account_no, sizeof out->account_no, error);
    db_done(stmt);
    return *found;
}

bool db_bill_state_set(struct db *db, const char *id, const char *state, GError **error)
{
    /* Each by its key, whatever the server thinks of how many there are. */
    static const struct db_later STATE = {
        .sql = "UPDATE bill SET state=?3 WHERE community=?1 AND id=?2",
        .arrays = "UPDATE bill SET state=(?3)[array_position(?2, CAST(id AS TEXT))] WHERE community=?1 AND id=ANY(?2)",
        .rank = LATER_BILL,
        .keys = 1};

    db_touches(db, "bill", id);
    return db_run_later(db, error, &STATE, "ss", id, state);
}

bool db_bill_count(struct db *db, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out, "SELECT count(*) FROM bill WHERE community=?1", "");
}

struct bill_secret {
    char *account, *name, *address;
};

static const char *column(struct db_rows *stmt, int index)
{
    const char *text = db_col_text(stmt, index);

    return text != NULL ? text : "";
}

/* Masked here, so that a kiosk's disk never holds more than a screen may show (PV-1). */
static json_t *bill_value(struct db_rows *stmt, const struct bill_secret *secret)
{
    g_autofree char *name = mask_name(secret->name);
    g_autofree char *address = mask_address(secret->address);

    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "id",
                     column(stmt, 0), "card_token", column(stmt, 1), "biller", "id", column(stmt, 2), "kind",
                     column(stmt, 3), "name_zh", column(stmt, 4), "name_en", column(stmt, 5),
                     "account_masked", db_last4(secret->account), "period", column(stmt, 7), "name_masked", name,
                     "address_masked", address, "usage", column(stmt, 11), "amount_fen",
                     (json_int_t)db_col_int(stmt, 10), "issue",
                     (json_int_t)db_col_int(stmt, 12), "due",
                     (json_int_t)db_col_int(stmt, 14), "state", column(stmt, 13));
}

static bool secret_read(struct db *db, struct db_rows *stmt, struct bill_secret *out, GError **error)
{
    char key[24];

    return db_col_unsealed(db, stmt, 6, "bill.account_no", column(stmt, 0), &out->account, error) &&
           db_col_unsealed(db, stmt, 8, "person.name", db_key(db_col_int(stmt, 15), key), &out->name, error) &&
           db_col_unsealed(db, stmt, 9, "household.address", db_key(db_col_int(stmt, 16), key), &out->address, error);
}

json_t *db_bill_value(struct db *db, const char *id, GError **error)
{
    struct db_rows *stmt = db_query(
        db, error,
        "SELECT b.id, c.token, r.id, r.kind, r.name_zh, r.name_en, b.account_no, b.period, p.name, h.address, b.amount_fen,"
        " b.usage, b.issue, b.state, b.due, p.id, h.id FROM bill b"
        " JOIN card c ON c.community=b.community AND c.token=b.card"
        " JOIN person p ON p.community=c.community AND p.id=c.person"
        " JOIN household h ON h.community=p.community AND h.id=p.household"
        " JOIN biller r ON r.community=b.community AND r.id=b.biller WHERE b.community=?1 AND b.id=?2",
        "s", id);
    struct bill_secret secret = {0};
    json_t *value = NULL;

    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    bool opened = secret_read(db, stmt, &secret, error);
    if (opened)
        value = bill_value(stmt, &secret);
    db_secret_free(secret.account);
    db_secret_free(secret.name);
    db_secret_free(secret.address);
    db_done(stmt);
    if (opened && value == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a bill is not UTF-8");
    return value;
}

bool db_notice_set(struct db *db, const char *id, const char *value, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO notice VALUES(?1,?2,?3) ON CONFLICT(community, id) DO UPDATE SET value=excluded.value", "ss",
                  id, value);
}
